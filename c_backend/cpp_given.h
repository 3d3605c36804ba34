/* cpp_given.h: the arguments that C++ gives to Python: of a function object, a
   function pointer, a virtual function.

   How each is made is worked out once.  cpp_answer.h has the way back.  Used by
   cpp_callable.c, cpp_closure.c and cpp_director.c.  Include after cpp_convert.h. */
#ifndef CPP_GIVEN_H
#define CPP_GIVEN_H

#include "core.h"

typedef enum cpp_given_how {
    CPP_GIVEN_INT,
    CPP_GIVEN_DOUBLE,
    CPP_GIVEN_VALUE,            /* by the type's ops */
    CPP_GIVEN_ARRAY,            /* a parameter that is an array is a pointer */
    CPP_GIVEN_TEMPORARY,        /* an object that C++ destroys after the call */
    CPP_GIVEN_LENT,             /* a reference or pointer to an object, which C++ may destroy then */
    CPP_GIVEN_NUMBER            /* a reference to a number, which Python may change */
} cpp_given_how;

typedef struct cpp_given {
    cpp_type *type;             /* borrowed: who has this owns it */
    cpp_given_how how;
} cpp_given;

void cpp_given_init(cpp_given *self, cpp_type *type);

PyObject *cpp_given_load_slow(const cpp_given *self, void *place);
void cpp_given_expire(const cpp_given *self, PyObject *value);

/* `place` is where the argument lies; of a reference, where a pointer lies to what
   it refers to.  New reference, to be given back by cpp_given_drop; NULL with an error. */
static inline PyObject *cpp_given_load(const cpp_given *self, void *place)
{
    switch (self->how) {
    case CPP_GIVEN_INT:
        return cpp_runtime_int(self->type->runtime, *(int *)place);
    case CPP_GIVEN_DOUBLE:
        return PyFloat_FromDouble(*(double *)place);
    default:
        return cpp_given_load_slow(self, place);
    }
}

/* After the call: nothing of what C++ destroys now stays reachable. */
static inline void cpp_given_drop(const cpp_given *self, PyObject *value)
{
    if (COMPAT_UNLIKELY(self->how >= CPP_GIVEN_TEMPORARY))
        cpp_given_expire(self, value);
    Py_DECREF(value);
}

#endif
