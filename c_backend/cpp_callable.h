/* cpp_callable.h: a Python callable as C++ calls it, and Python exceptions on
   their way through C++.

   A dictionary has a function object per signature (cppbind/stl_text.py,
   `trampoline`), which holds a `cpp_callable` and calls it by its first three
   fields; so no dictionary knows Python.  cpp_callable.c converts and calls,
   cpp_throw.cpp throws.  Include after cpp_type.h. */
#ifndef CPP_CALLABLE_H
#define CPP_CALLABLE_H

#include "core.h"

#ifdef __cplusplus
extern "C" {
#endif

/* An exception of Python's that C++ carries.  Shared by its copies, which any thread may drop.

   Where it stands for an object of C++ (runtime/exception_objects.py), that is what is thrown: `object` is a copy of it
   in memory of __cxa_allocate_exception, or `keeper` holds what C++ threw before. */
typedef struct cpp_python_error {
    int references;             /* atomic */
    cpp_runtime *runtime;       /* borrowed: of the callable that raised it, and of classes, which stay */
    PyObject *type, *value, *traceback;
    char *text;                 /* for what(): "ValueError: no such channel"; NULL without memory */
    void *object;               /* owned until it is thrown, or NULL */
    void (*destructor)(void *); /* of `object` */
    void *keeper;               /* borrowed from `value`, a std::exception_ptr, or NULL */
} cpp_python_error;

typedef struct cpp_callable {
    /* ORDER: cppbind/stl_text.py, `callback`.  `arguments` are the addresses of
       the arguments (of a reference: of a pointer).  The result: for a class the
       address of an object, else `room`, where its image is.  What that needs
       lives until `done` is called with *hold.  Throws what Python raises. */
    void *(*call)(struct cpp_callable *self, void **arguments, void *room, void **hold);
    void (*done)(struct cpp_callable *self, void *hold);
    void (*release)(struct cpp_callable *self);     /* frees it, from any thread */
    cpp_runtime *runtime;       /* borrowed from `result` */
    PyObject *callable;         /* owned */
    PyObject *signature;        /* owned str */
    PyObject *types;            /* owned: what holds the descriptions below */
    struct cpp_answer *last;    /* the last results that C++ may go on looking at */
    cpp_type *result;
    int has_zero;               /* C++ can be given a zero, or nothing, where Python is gone */
    Py_ssize_t count;
    struct cpp_given *params;   /* owned, in the same memory */
} cpp_callable;

/* Of the capsule that keeps what C++ threw: a std::exception_ptr (cpp_guard.h). */
#define CPP_KEEPER_CAPSULE "cppbind.thrown"

/* cpp_callable.c.  NULL where it failed: *raised is the exception, or NULL where Python is gone and the result has no zero. */
void *cpp_callable_run(cpp_callable *self, void **arguments, void *room, void **hold, cpp_python_error **raised);
void cpp_callable_done(cpp_callable *self, void *hold);
void cpp_callable_release(cpp_callable *self);

/* The exception that is set, taken; NULL where there is no memory. */
cpp_python_error *cpp_python_error_take(cpp_runtime *runtime);
void cpp_python_error_retain(cpp_python_error *error);
void cpp_python_error_release(cpp_python_error *error);
/* Sets it again. */
void cpp_python_error_restore(cpp_python_error *error);

/* cpp_throw.cpp.  Sets the first three fields. */
void cpp_native_callable(cpp_callable *self);

int cpp_callable_init(PyObject *module, core_state *state);

#ifdef __cplusplus
}

#include <exception>

/* What C++ sees of an exception of Python's. */
class cpp_python_exception : public std::exception {
public:
    explicit cpp_python_exception(cpp_python_error *taken) : error(taken) {}
    cpp_python_exception(const cpp_python_exception &other) : std::exception(other), error(other.error)
    {
        cpp_python_error_retain(error);
    }
    cpp_python_exception &operator=(const cpp_python_exception &) = delete;
    ~cpp_python_exception() override { cpp_python_error_release(error); }
    const char *what() const noexcept override
    {
        return error->text != nullptr ? error->text : "a Python exception";
    }
    cpp_python_error *const error;
};
#endif
#endif
