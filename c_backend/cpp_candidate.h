/* cpp_candidate.h: one C++ function as a prepared frame.

   Where each argument goes, how it is converted and how the result comes back
   is worked out once (cpp_candidate_new); a call converts into the frame, calls
   through the guard and boxes.  cpp_method.c chooses between candidates.
   Include after cpp_convert.h and cpp_guard.h. */
#ifndef CPP_CANDIDATE_H
#define CPP_CANDIDATE_H

#include "core.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {                          /* ORDER: cppbind/runtime/native.py */
    CPP_CANDIDATE_THIS = 1 << 0,
    CPP_CANDIDATE_WRAPPER = 1 << 1,
    CPP_CANDIDATE_EXPLICIT = 1 << 2,    /* a constructor, not for implicit conversions */
    CPP_CANDIDATE_COPY = 1 << 3,        /* a copy or move constructor */
    CPP_CANDIDATE_NOEXCEPT = 1 << 4,
    CPP_CANDIDATE_CONSTRUCTOR = 1 << 5,
    CPP_CANDIDATE_ASSIGN = 1 << 6,      /* the last argument is assigned to the reference that comes back */
    CPP_CANDIDATE_VARIADIC = 1 << 7,    /* takes more arguments than `count` */
    CPP_CANDIDATE_HELPER = 1 << 8,      /* of `cppbind_stl`: what it drops is known by its name (runtime/items.py) */
    CPP_CANDIDATE_LENDS = 1 << 9        /* its result may be a part of an argument: cpp_lend.c */
};

typedef enum cpp_result_mode {
    CPP_RESULT_VOID,
    CPP_RESULT_INT,
    CPP_RESULT_DOUBLE,
    CPP_RESULT_LOAD,            /* from the register's image, by the type's ops */
    CPP_RESULT_STORAGE,         /* constructed on our stack, read, then dropped */
    CPP_RESULT_OBJECT           /* constructed in memory that the new proxy owns */
} cpp_result_mode;

enum { CPP_PASS_OTHER, CPP_PASS_INT, CPP_PASS_DOUBLE, CPP_PASS_OBJECT };

typedef struct cpp_argument {
    cpp_type *type;             /* owned */
    int32_t low, high;          /* CPP_PASS_INT: the one-digit ints between these fit */
    short place;                /* offset into the frame */
    short scratch;              /* offset into the scratch memory */
    unsigned char shortcut;     /* CPP_PASS_... */
    unsigned char is_object;    /* a C++ class, or a reference or pointer to one */
    unsigned char is_const;     /* of such: C++ does not change it */
} cpp_argument;

typedef struct cpp_candidate cpp_candidate;
/* The vectorcall of a method, function or class, for one candidate of it. */
typedef PyObject *cpp_candidate_call(PyObject *callable, cpp_candidate *candidate, PyObject *const *args,
                                     size_t nargsf);

struct cpp_candidate {
    void (*function)(void);     /* NULL: virtual, or not callable (see reason) */
    Py_ssize_t adjust;          /* added to `this`, Itanium C++ ABI 2.3 */
    Py_ssize_t slot;            /* offset into the vtable; -1: not virtual */
    call_regs_shape shape;
    uint8_t result_mode;
    uint8_t gives;              /* has pointers to objects that are not const, which C++ may take over */
    uint16_t flags;
    uint8_t has_objects;        /* an argument may be a C++ object, see cpp_candidate_use */
    uint8_t has_functions;      /* an argument may be a function of Python's, see cpp_method_keep_callbacks */
    short count;                /* arguments in Python, without `this` */
    short passed;               /* arguments in C++: the first of them */
    short place_this;           /* register number */
    int scratch_size;
    cpp_candidate_call *call;   /* the fast way, or NULL: see cpp_plain.h */
    cpp_type *result;           /* owned */
    PyObject *signature;        /* owned str */
    PyObject *names;            /* owned tuple of str */
    PyObject *reason;           /* owned str or NULL: why it cannot be called */
    cpp_argument arguments[];
};

/* cpp_lend.c: whether the result of a candidate may be a part of an argument; what keeps such a result's arguments that
   nothing else refers to, and memory that the call made for them.  0, or -1 with an error. */
int cpp_lend_is_lending(const cpp_candidate *candidate);
int cpp_lend_keep(PyObject *result, PyObject *const *args, Py_ssize_t count);
int cpp_lend_keep_memory(PyObject *result, const void *memory, PyObject *capsule);

/* description: (signature, flags, address, adjustment, result type, argument
   types, argument names, reason or None).  NULL with an error. */
cpp_candidate *cpp_candidate_new(core_state *state, PyObject *description);
void cpp_candidate_free(cpp_candidate *candidate);

/* Whether a call needs nothing but the frame: no memory beside it. */
int cpp_candidate_is_fast(const cpp_candidate *candidate);

/* Puts "argument 2 of 'void f(int)': " before the message of the conversion
   that just failed. */
void cpp_candidate_explain(cpp_candidate *candidate, Py_ssize_t position);

/* The results that need more than a register.  `value` is what came back. */
PyObject *cpp_candidate_box(cpp_candidate *candidate, call_regs_value *value, PyObject *owner, int creates);
/* A C++ exception as the Python exception that is set now. */
void cpp_candidate_raise(cpp_runtime *runtime, cpp_guard_error *error);

/* C++ owns what the arguments of pointer type give it, if Python owned that. */
void cpp_candidate_give(cpp_candidate *candidate, PyObject *const *args);

/* Runs what the converted arguments left to do. */
void cpp_candidate_clean(cpp_call *call);

/* Around the call (step 1, then -1): the objects among the arguments cannot be destroyed or moved by hand. */
void cpp_candidate_use(cpp_candidate *candidate, PyObject *const *args, int step);

static inline int cpp_candidate_as_integer(const cpp_argument *argument, PyObject *value, int64_t *result)
{
    if (COMPAT_LIKELY(cpp_convert_small_int(value, result) && *result >= argument->low && *result <= argument->high))
        return 0;
    return cpp_convert_int_slow(argument->type, value, result);
}

/* 0, or -1 - position of the argument that could not be converted, error set. */
static inline Py_ssize_t cpp_candidate_convert(cpp_candidate *candidate, PyObject *const *args,
                                               call_regs_frame *frame, cpp_call *call, char *scratch)
{
    for (Py_ssize_t i = 0; i < candidate->passed; i++) {
        cpp_argument *argument = &candidate->arguments[i];
        char *place = (char *)frame + argument->place;
        int status;
        if (argument->shortcut == CPP_PASS_INT)
            status = cpp_candidate_as_integer(argument, args[i], (int64_t *)place);
        else if (argument->shortcut == CPP_PASS_DOUBLE)
            status = cpp_convert_as_double(argument->type, args[i], (double *)place);
        else
            status = argument->type->ops->argument(argument->type, args[i], place, call,
                                                   scratch + argument->scratch);
        if (COMPAT_UNLIKELY(status < 0))
            return -1 - i;
    }
    return 0;
}

/* Something was destroyed while the arguments were converted: whether those before it
   are still there.  0, or -1 - position of the one that is not, error set. */
Py_ssize_t cpp_candidate_verify(cpp_candidate *candidate, PyObject *const *args, call_regs_frame *frame);

/* The function for this object; a virtual one from the live vtable. */
static inline void (*cpp_candidate_target(cpp_candidate *candidate, call_regs_frame *frame, void *object))(void)
{
    void (*function)(void) = candidate->function;

    if (candidate->flags & CPP_CANDIDATE_THIS) {
        char *adjusted = (char *)object + candidate->adjust;
        frame->g[candidate->place_this] = (int64_t)(intptr_t)adjusted;
        if (candidate->slot >= 0)
            memcpy(&function, *(char **)adjusted + candidate->slot, sizeof function);
    }
    return function;
}

#ifdef __cplusplus
}
#endif
#endif
