/* cpp_class.h: a C++ class as Python's class.

   Every C++ class has a metaclass of its own below `cpp_class_type`; the
   metaclasses mirror the C++ bases, so what lies on a metaclass (static data)
   is inherited as in C++ and can be assigned through the class.

     type ─ CppClass ─ A_meta ─ B_meta          (B derives from A)
                         │        │      instance of
     object ─ CppInstance ─ A ─── B ─── class Mine(B): written in Python

   A Python class derived from a C++ class has the same metaclass; its `cxx`
   tells the C++ class that its objects are for C++.  Include after cpp_runtime.h. */
#ifndef CPP_CLASS_H
#define CPP_CLASS_H

#include "core.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cpp_class cpp_class;

/* One step of a path from a class to a base: first `offset`, then, where the
   next base is a virtual one, `upcast`. */
typedef struct cpp_cast_step {
    Py_ssize_t offset;
    void *(*upcast)(void *);    /* NULL: nothing virtual here */
} cpp_cast_step;

/* The vtable pointer at the start of an object tells its dynamic class, hence
   where its virtual bases lie.  Append-only, see CPP_MEMO_LOCK. */
typedef struct cpp_cast_memo {
    void *vptr;
    Py_ssize_t offset;
    struct cpp_cast_memo *next;
} cpp_cast_memo;

typedef struct cpp_cast {
    cpp_class *base;            /* borrowed: the class's own MRO holds it */
    Py_ssize_t offset;          /* the whole way, unless is_virtual */
    Py_ssize_t step_count;
    cpp_cast_step *steps;       /* owned */
    cpp_cast_memo *memo;
    unsigned char is_virtual;
    unsigned char is_ambiguous; /* C++ would refuse this conversion */
} cpp_cast;

/* Downcast: what a vtable pointer told us. */
typedef struct cpp_dynamic_memo {
    void *vptr;
    cpp_class *derived;         /* borrowed: classes of C++ live as long as their registry */
    Py_ssize_t offset;          /* from the static to the derived object */
    unsigned int generation;    /* of the registry, when nothing better was known */
    struct cpp_dynamic_memo *next;
} cpp_dynamic_memo;

enum {                          /* ORDER: cppbind/runtime/native.py */
    CPP_CLASS_ABSTRACT = 1 << 0,
    CPP_CLASS_POLYMORPHIC = 1 << 1,
    CPP_CLASS_INCOMPLETE = 1 << 2,
    CPP_CLASS_TRIVIAL = 1 << 3,     /* trivially copyable: assignment copies bytes */
    CPP_CLASS_NAMESPACE = 1 << 4,
    CPP_CLASS_MAPPED = 1 << 6,      /* from_python is the user's and may construct: cls(x) does without it */
    CPP_CLASS_UNION = 1 << 7,       /* of its members one at most is initialised */
    CPP_CLASS_VIEW = 1 << 8,        /* its objects point into others: std::span, std::initializer_list */
    CPP_CLASS_READONLY = 1 << 9,    /* the items are const */
    CPP_CLASS_PLAIN = 1 << 10       /* set here: constructed in memory of the global operator new, not over-aligned */
};

/* Where the items of a sequence lie.  ORDER: runtime/native.py */
enum { CPP_ITEMS_VECTOR, CPP_ITEMS_SPAN, CPP_ITEMS_INLINE };

/* How an item of a container is known to be still there.  ORDER: runtime/native.py */
enum {
    CPP_LIES_NOWHERE,               /* no container */
    CPP_LIES_IN_VECTOR,             /* between the first two pointers of the container */
    CPP_LIES_IN_NODES,              /* nothing that moves items was called since; else `holds` tells */
    CPP_LIES_BEHIND                 /* the container's first word is a pointer to it */
};

struct cpp_class {
    PyHeapTypeObject head;
    cpp_class *cxx;             /* borrowed, see above; NULL for CppInstance itself */
    cpp_runtime *runtime;       /* borrowed: runtime_owner holds it */
    PyObject *runtime_owner;    /* owned by C++ classes: the capsule */
    PyObject *constructor;      /* owned by C++ classes: a CppMethod, or NULL: none */
    PyObject *aggregate;        /* owned or NULL: tuple of the members that an aggregate is initialised by */
    PyObject *from_python;      /* owned or NULL: f(class, value) makes an object from a value of Python's */
    PyObject *from_types;       /* owned or NULL: tuple of the types of such values that convert implicitly; a function there is asked about a value */
    PyObject *to_python;        /* owned or NULL: what the user's type mapping makes of an object */
    struct cpp_type *items;     /* owned or NULL: of a std::vector of numbers, see cpp_sequence.c */
    struct cpp_type *pointee;   /* owned or NULL: of a smart pointer whose first word points to its object */
    PyObject *buffer_format;    /* owned bytes or NULL: of sequences whose items are a buffer */
    Py_ssize_t buffer_item;     /* size of an item of such */
    unsigned char buffer_layout;    /* CPP_ITEMS_... */
    unsigned char items_lie;        /* CPP_LIES_... */
    unsigned char (*holds)(void *container, const void *item);  /* whether it is there, or NULL: nobody knows */
    void (*destroy)(void *);    /* a delete-expression; NULL: cannot be deleted */
    void (*destructor)(void *);
    void *(*storage)(void);     /* the class's own operator new, or NULL */
    Py_ssize_t size, align;
    uint32_t flags;
    Py_ssize_t cast_count;
    cpp_cast *casts;
    cpp_dynamic_memo *dynamic;
    struct cpp_director *director;  /* of a director, see cpp_director.h; never freed, as C++ classes are not */
    struct cpp_answers *answers;    /* of a Python class whose cxx is one; a capsule in its dict owns it */
};

/* The type as a C++ class, or one derived from such; NULL without an error
   where objects of `type` are no proxies. */
cpp_class *cpp_class_of_type(PyTypeObject *type);

static inline int cpp_class_check(core_state *state, PyTypeObject *type)
{
    return PyType_IsSubtype(Py_TYPE(type), CORE_TYPE(state, cpp_class_type)) &&
           ((cpp_class *)type)->cxx != NULL;
}

/* The object as the user's type mapping has it; takes over the proxy's reference.  NULL with an error. */
static inline PyObject *cpp_class_map(cpp_class *cls, PyObject *proxy)
{
    if (COMPAT_LIKELY(cls->to_python == NULL) || proxy == NULL)
        return proxy;
    PyObject *result = PyObject_CallOneArg(cls->to_python, proxy);
    Py_DECREF(proxy);
    return result;
}

/* The cast from one C++ class to a base, or NULL without an error. */
cpp_cast *cpp_class_find_cast(cpp_class *from, cpp_class *base);
/* Where the base lies in the object at `address`, which must be alive. */
Py_ssize_t cpp_class_virtual_offset(cpp_class *from, cpp_cast *cast, void *address);

static inline void *cpp_class_apply_cast(cpp_class *from, cpp_cast *cast, void *address)
{
    if (COMPAT_LIKELY(!cast->is_virtual))
        return (char *)address + cast->offset;
    cpp_cast_memo *memo = CPP_LOAD_POINTER(cast->memo);
    if (COMPAT_LIKELY(memo != NULL && memo->vptr == *(void **)address))
        return (char *)address + memo->offset;
    return (char *)address + cpp_class_virtual_offset(from, cast, address);
}

/* The most derived known class of the object at `*address`, which is adjusted;
   `cls` itself where nothing better is known.  NULL with an error. */
cpp_class *cpp_class_downcast(cpp_class *cls, void **address);

/* Memory for one object; NULL with MemoryError.  Paired with cpp_class_free
   while nothing is constructed in it, with `destroy` afterwards. */
void *cpp_class_allocate(cpp_class *cls);
void cpp_class_free(cpp_class *cls, void *memory);
/* cpp_construct.c.  cls(args): what cpp_entry.cpp leaves. */
PyObject *cpp_construct_vectorcall(PyObject *callable, PyObject *const *args, size_t nargsf,
                               PyObject *keyword_names);
/* CppInstance.__init__: constructs the object of an empty proxy. */
int cpp_construct_init(PyObject *self, PyObject *args, PyObject *keywords);

#ifdef __cplusplus
}
#endif
#endif
