/* cpp_runtime.h: what all C++ classes of one interpreter share.

   The table of proxies (address and class to proxy, weak) and the hooks that
   cppbind/runtime/native.py registers.  One object per core_state, kept alive
   by a capsule in `state->cpp_instances`; every C++ class holds that capsule,
   so a proxy that dies late still finds its table. */
#ifndef CPP_RUNTIME_H
#define CPP_RUNTIME_H

#include "core.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cpp_table_entry {
    void *address;              /* NULL: empty */
    PyObject *proxy;            /* borrowed: removed by the proxy's dealloc */
} cpp_table_entry;

typedef struct cpp_table {
    cpp_table_entry *entries;
    size_t mask;                /* entries - 1, entries being a power of two */
    size_t used;
    int shift;
} cpp_table;

/* Each hook is a callable of cppbind/runtime, or NULL before it is set. */
#define CPP_HOOKS(ROW)                                                        \
    ROW(resolve_method)   /* (method): calls method.set_candidates */         \
    ROW(restrict_overloads) /* (method, signature, const or None): a method */ \
    ROW(fill_defaults)    /* (method, args, keywords): tuples of arguments */   \
    ROW(signature)        /* (method): an inspect.Signature */                \
    ROW(class_by_name)    /* (qualified name) -> proxy class, always one */   \
    ROW(enum_by_name)     /* (qualified name) -> enum class */                \
    ROW(downcast)         /* (class, type_info name) -> derived class or None */ \
    ROW(translate)        /* (type name, message or None, base names, address, keeper) -> exception */ \
    ROW(namespace_get)    /* (namespace, name): its value, found in the registry */ \
    ROW(namespace_set)    /* (namespace, name, value) */                      \
    ROW(director)         /* (class): the class of its director, or None */   \
    ROW(describe_override) /* (token) -> (signature, result type, types) */   \
    ROW(reduce)           /* (object): what __reduce_ex__ gives */            \
    ROW(map_type)         /* (class name, to, from, accepts): a mapping of C++'s */ \
    ROW(hold_view)        /* (view, owner): the owner lives as long as the view */ \
    ROW(function_address) /* (type, callable): the address C++ may call */     \
    ROW(function_at)      /* (type, address): a callable for a C++ function */ \
    ROW(instantiate_overload) /* (method, arguments) -> a method that takes them, or None */ \
    ROW(convert_arguments) /* (method, arguments) -> arguments converted by functions of theirs, or None */ \
    ROW(convert_value)    /* (type, object) -> (what a conversion function gives,), or None */ \
    ROW(moved_class)      /* what std.move gives: its `object` may be moved from */ \
    ROW(number_reference) /* (number, pointer): what Python gets for `int &` */ \
    ROW(default_constant) /* as an argument: the parameter's default */       \
    ROW(null_constant)         /* the null pointer constant */

#define CPP_SPARE 64
/* The ints that CPython has made already. */
#define CPP_SMALL_FIRST (-5)
#define CPP_SMALL_COUNT 262

typedef struct cpp_runtime {
    core_state *state;          /* not behind CPP_END_COMPLETE */
    PyInterpreterState *interpreter;
    int64_t interpreter_id;     /* addresses are used again */
    int end;                    /* cpp_enter.h */
    int entered;                /* threads that came in by cpp_enter */
    cpp_table table;
    PyObject *small[CPP_SMALL_COUNT];   /* owned */
    struct cpp_regulator *regulator;    /* cpp_regulator.h; NULL while nobody wants to be told */
    struct cpp_hold *holds;     /* borrowed, linked: living views of memory, see cpp_hold.c */
    unsigned int generation;    /* grows when a dictionary is loaded */
    int heuristics;             /* C++ owns what it is given by pointer, unless a method says otherwise */
    int destroying;             /* a destructor runs that Python called: nothing may be thrown out of it */
    unsigned int destroyed;     /* grows when a proxy that is in use may have lost its object */
#ifndef Py_GIL_DISABLED
    void *spare[CPP_SPARE];     /* memory of dead proxies, to be used again */
    int spare_count;
#endif
#ifdef Py_GIL_DISABLED
    PyMutex table_lock;
    PyMutex memo_lock;
#endif
#define CPP_HOOK_FIELD(name) PyObject *name;
    CPP_HOOKS(CPP_HOOK_FIELD)
#undef CPP_HOOK_FIELD
} cpp_runtime;

/* Borrowed; NULL with an error set where the core is shut down. */
cpp_runtime *cpp_runtime_of(core_state *state);
/* The core of the interpreter is about to go. */
void cpp_runtime_end(core_state *state);

static inline PyObject *cpp_runtime_int(cpp_runtime *runtime, long number)
{
    unsigned long place = (unsigned long)number - (unsigned long)CPP_SMALL_FIRST;

    return place < CPP_SMALL_COUNT ? Py_NewRef(runtime->small[place]) : PyLong_FromLong(number);
}

/* 0, or -1 with MemoryError.  An entry of the same address and class is
   taken over by `proxy`. */
int cpp_runtime_remember(cpp_runtime *runtime, void *address, PyObject *proxy);
void cpp_runtime_forget(cpp_runtime *runtime, void *address, PyObject *proxy);
/* New reference to the proxy of that C++ class at the address, or NULL without an error.  *is_going: a proxy that is
   being dropped is about to destroy the object there. */
PyObject *cpp_runtime_find(cpp_runtime *runtime, void *address, PyTypeObject *cxx, int *is_going);

/* New list of the living proxies of the object at the address, or of all for NULL.  NULL with an error. */
PyObject *cpp_runtime_list(cpp_runtime *runtime, void *address);

/* The class of the director that lies at the address, by its proxy; borrowed, NULL without an error. */
struct cpp_class *cpp_runtime_find_director(cpp_runtime *runtime, void *address);

/* The same two where the entry is alone in its place, which is nearly always. */
static inline size_t cpp_runtime_place(const cpp_table *table, const void *address)
{
    return (size_t)(((uint64_t)(uintptr_t)address * UINT64_C(0x9E3779B97F4A7C15)) >> table->shift);
}

static inline int cpp_runtime_remember_fast(cpp_runtime *runtime, void *address, PyObject *proxy)
{
#ifndef Py_GIL_DISABLED
    cpp_table *table = &runtime->table;
    cpp_table_entry *entry = &table->entries[cpp_runtime_place(table, address)];

    if (COMPAT_LIKELY(entry->address == NULL && (table->used + 1) * 2 <= table->mask && runtime->regulator == NULL)) {
        entry->address = address;
        entry->proxy = proxy;
        table->used++;
        return 0;
    }
#endif
    return cpp_runtime_remember(runtime, address, proxy);
}

static inline void cpp_runtime_forget_fast(cpp_runtime *runtime, void *address, PyObject *proxy)
{
#ifndef Py_GIL_DISABLED
    cpp_table *table = &runtime->table;
    size_t at = cpp_runtime_place(table, address);

    if (COMPAT_LIKELY(table->entries[at].proxy == proxy && table->entries[(at + 1) & table->mask].address == NULL &&
                      runtime->regulator == NULL)) {
        table->entries[at].address = NULL;
        table->entries[at].proxy = NULL;
        table->used--;
        return;
    }
#endif
    cpp_runtime_forget(runtime, address, proxy);
}

/* The memo lists (cpp_cast, cpp_member, cpp_method) are append-only: readers
   need no lock, writers hold this one. */
#ifdef Py_GIL_DISABLED
#  define CPP_MEMO_LOCK(runtime) PyMutex_Lock(&(runtime)->memo_lock)
#  define CPP_MEMO_UNLOCK(runtime) PyMutex_Unlock(&(runtime)->memo_lock)
#  define CPP_LOAD_POINTER(place) __atomic_load_n(&(place), __ATOMIC_ACQUIRE)
#  define CPP_STORE_POINTER(place, value) __atomic_store_n(&(place), (value), __ATOMIC_RELEASE)
#else
#  define CPP_MEMO_LOCK(runtime) ((void)(runtime))
#  define CPP_MEMO_UNLOCK(runtime) ((void)(runtime))
#  define CPP_LOAD_POINTER(place) (place)
#  define CPP_STORE_POINTER(place, value) ((place) = (value))
#endif

#ifdef __cplusplus
}
#endif
#endif
