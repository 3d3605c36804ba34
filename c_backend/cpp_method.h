/* cpp_method.h: overload sets as callables.

   cpp_method.c is the object and the call of one candidate; cpp_overload.c
   chooses where there are several, and explains when none fits.  Include after cpp_candidate.h. */
#ifndef CPP_METHOD_H
#define CPP_METHOD_H

#include "core.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {                          /* ORDER: cppbind/runtime/native.py */
    CPP_METHOD_STATIC = 1 << 0,     /* no candidate takes `this` */
    CPP_METHOD_CONSTRUCTOR = 1 << 1,
    CPP_METHOD_MIXED = 1 << 2,      /* static and non-static candidates under one name */
    CPP_METHOD_READY = 1 << 3,      /* the candidates are there */
    CPP_METHOD_CREATES = 1 << 4,    /* Python owns what a pointer result points to */
    CPP_METHOD_NO_GIL = 1 << 5,     /* the GIL is released during the call */
    CPP_METHOD_OPERATOR = 1 << 6,   /* NotImplemented where no overload fits */
    CPP_METHOD_DIRECTED = 1 << 7,   /* Python classes override it: see cpp_director.h */
    CPP_METHOD_LIFELINE = 1 << 8,   /* an object that comes back keeps `self` alive */
    CPP_METHOD_SIGNALS = 1 << 10,   /* a signal during the call is an exception: see cpp_signals.h */
    CPP_METHOD_TEMPLATE = 1 << 9,   /* templates are among the overloads: the hook instantiate_overload knows them */
    CPP_METHOD_HEURISTICS = 1 << 11,    /* C++ owns what it is given by pointers to what is not const */
    CPP_METHOD_STRICT = 1 << 12,    /* it does not; with neither, cpp_runtime.heuristics tells */
    CPP_METHOD_REPLACES = 1 << 13,  /* items of `self` are assigned to: not while they are viewed */
    CPP_METHOD_DROPS = 1 << 14,     /* items of `self` move or go: neither while they are in use */
    CPP_METHOD_LENDS = 1 << 15,     /* the result of a candidate may be a part of an argument: cpp_lend.c */
    CPP_METHOD_CALLBACKS = 1 << 16  /* functions of Python's that it is given stay as long as `self` */
};

/* As in cppyy, whose scripts may have the numbers.  ORDER: cppbind/memory.py */
enum { CPP_POLICY_HEURISTICS = 256, CPP_POLICY_STRICT = 512 };

#define CPP_METHOD_DIRECT 8

/* What overload resolution found for these argument types.  Immutable; the
   list is append-only and short. */
#define CPP_MEMO_ARGUMENTS 6
#define CPP_MEMO_LIMIT 16
typedef struct cpp_overload_memo {
    struct cpp_overload_memo *next;
    cpp_candidate *candidate;
    Py_ssize_t count;
    PyTypeObject *types[CPP_MEMO_ARGUMENTS];    /* owned, so no other type takes their place */
} cpp_overload_memo;

typedef struct cpp_method {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    cpp_class *owner;           /* owned: class or namespace */
    cpp_site *sites;            /* append-only */
    cpp_candidate *direct[CPP_METHOD_DIRECT];   /* by argument count, where only one has it */
    cpp_candidate *fast[CPP_METHOD_DIRECT];     /* those of them that cpp_entry.cpp can call */
    cpp_candidate **candidates;
    Py_ssize_t candidate_count;
    cpp_overload_memo *memo;
    int memo_count;
    uint32_t flags;
    PyObject *name;             /* owned str */
    PyObject *doc;              /* owned, None before the candidates are there */
    PyObject *token;            /* owned: what the hook resolve_method works from */
    PyObject *weakrefs;
    PyObject *fallback;         /* owned or NULL: a function of Python's for what no candidate takes */
    vectorcallfunc plain;       /* the entry below cpp_method_extended */
} cpp_method;

/* The candidate that overload resolution chose for arguments of these types
   before; borrowed, NULL if they are new. */
static COMPAT_ALWAYS_INLINE cpp_candidate *cpp_method_recall(cpp_method *self, PyObject *const *args, Py_ssize_t count)
{
    for (cpp_overload_memo *memo = CPP_LOAD_POINTER(self->memo); memo != NULL; memo = memo->next) {
        Py_ssize_t i = 0;
        if (memo->count != count)
            continue;
        while (i < count && memo->types[i] == Py_TYPE(args[i]))
            i++;
        if (i == count)
            return memo->candidate;
    }
    return NULL;
}

/* cpp_method_bound.c: obj.f as a value.  New reference or NULL. */
PyObject *cpp_method_bind(PyObject *method, PyObject *object);

/* cpp_method_attributes.c */
extern PyGetSetDef cpp_method_getset[];
PyObject *cpp_method_overload(PyObject *self, PyObject *args, PyObject *keywords);
PyObject *cpp_method_add_overload(PyObject *self, PyObject *function);
#define CPP_METHOD_ATTRIBUTE_METHODS                                                                          \
    {"__overload__", (PyCFunction)(void (*)(void))cpp_method_overload, METH_VARARGS | METH_KEYWORDS,          \
     "(signature, const=None): those overloads alone whose parameter types are these."},                      \
    {"__add_overload__", cpp_method_add_overload, METH_O, "A Python function for what no C++ overload takes."},
/* Once the candidates are there: whether functions of Python's go to pointers to functions. */
void cpp_method_note_callbacks(struct cpp_method *self);
/* Those among the arguments of a method or constructor live as long as the object, or until the next ones take
   their place.  0, or -1 with an error. */
int cpp_method_keep_callbacks(PyObject *method, PyObject *object, PyObject *const *args, Py_ssize_t count);
/* The entry of methods with a fallback, a lifeline or callbacks. */
PyObject *cpp_method_extended(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *keyword_names);
/* The entry that the flags ask for now. */
void cpp_method_choose_entry(cpp_method *self);
/* The candidates that need no choice, and no care: after the candidates or the memory policy have changed. */
void cpp_method_index_direct(cpp_method *self);

/* Asks the hook for the candidates.  0, or -1 with an error. */
int cpp_method_resolve(cpp_method *self);

/* One candidate: `object` is the C++ object or NULL, `owner` its proxy or NULL.
   *bad is set where an argument could not be converted, so that another
   candidate may be tried; it stays 0 where the call itself failed. */
PyObject *cpp_method_run(cpp_method *self, cpp_candidate *candidate, void *object, PyObject *owner,
                         PyObject *const *args, int *bad);

/* The same for `count` arguments of a candidate with an ellipsis. */
PyObject *cpp_method_run_variadic(cpp_method *self, cpp_candidate *candidate, void *object, PyObject *owner,
                                  PyObject *const *args, Py_ssize_t count, int *bad);

/* Every call that cpp_entry.cpp leaves: vectorcall of methods and functions. */
PyObject *cpp_method_vectorcall(PyObject *callable, PyObject *const *args, size_t nargsf,
                                PyObject *keyword_names);
PyObject *cpp_method_function_vectorcall(PyObject *callable, PyObject *const *args, size_t nargsf,
                                         PyObject *keyword_names);

/* cpp_entry.cpp: the shortest ways, with the try block round the call itself.  The
   core asks for their addresses, since they are beyond the border of cpp_part.h. */
PyObject *cpp_entry_method(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *keyword_names);
PyObject *cpp_entry_function(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *keyword_names);
PyObject *cpp_entry_class(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *keyword_names);
typedef PyObject *cpp_part_vectorcall(PyObject *, PyObject *const *, size_t, PyObject *);
cpp_part_vectorcall *cpp_part_entry_method(void);
cpp_part_vectorcall *cpp_part_entry_function(void);
cpp_part_vectorcall *cpp_part_entry_class(void);

/* Chooses among several, keywords included. */
PyObject *cpp_overload_call(cpp_method *self, void *object, PyObject *owner, PyObject *const *args,
                            Py_ssize_t count, PyObject *keyword_names);
/* After an argument was refused: the call with what conversion functions give, or NULL with the error that is set. */
PyObject *cpp_overload_retry(cpp_method *self, void *object, PyObject *owner, PyObject *const *args,
                             Py_ssize_t count);
void cpp_overload_free_memo(cpp_method *self);

/* From now on it looks whether it is called as the base's own, super().f(). */
void cpp_method_mark_directed(cpp_method *self);

/* Runs a constructor on raw memory.  0, or -1 with an error: then nothing is
   constructed there. */
int cpp_method_construct(PyObject *constructor, void *memory, PyObject *const *args, Py_ssize_t count,
                         PyObject *keyword_names);

/* How well a converting constructor takes `value`; -1: none does.  No error. */
int cpp_method_rank_conversion(PyObject *constructor, PyObject *value);
/* A new object of the class `cls` made from `value`, without a further
   user-defined conversion inside, [over.best.ics]/4.  New reference or NULL. */
PyObject *cpp_method_convert(PyObject *cls, PyObject *value);

#ifdef __cplusplus
}
#endif
#endif
