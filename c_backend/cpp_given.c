/* cpp_given.c: makes Python's values of the arguments that C++ gives, see cpp_given.h. */
#include "cpp_runtime.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_type.h"
#include "cpp_convert.h"
#include "cpp_given.h"

static int given_is_temporary(const cpp_type *type)
{
    if (type->kind == CPP_RVALUE_REF)
        type = type->target;
    return type->kind == CPP_CLASS && !(type->flags & CPP_TYPE_TEXT);
}

void cpp_given_init(cpp_given *self, cpp_type *type)
{
    self->type = type;
    self->how = type->kind == CPP_INT ? CPP_GIVEN_INT
              : type->kind == CPP_DOUBLE ? CPP_GIVEN_DOUBLE
              : type->kind == CPP_ARRAY ? CPP_GIVEN_ARRAY
              : given_is_temporary(type) ? CPP_GIVEN_TEMPORARY : CPP_GIVEN_VALUE;
}

/* Of a temporary Python gets a copy, or, where it cannot be copied, a proxy that is
   empty after the call. */
static PyObject *given_copy(PyObject *value)
{
    PyObject *copy;

    if (cpp_class_of_type(Py_TYPE(value)) == NULL && !PyExceptionInstance_Check(value))
        return value;
    copy = PyObject_CallMethod(value, "__copy__", NULL);
    if (copy == NULL && PyErr_ExceptionMatches(PyExc_TypeError)) {
        PyErr_Clear();
        return value;
    }
    Py_DECREF(value);
    return copy;
}

COMPAT_NOINLINE PyObject *cpp_given_load_slow(const cpp_given *self, void *place)
{
    cpp_type *type = self->type;
    PyObject *value;

    if (self->how == CPP_GIVEN_ARRAY)
        return type->ctype == NULL || type->extent < 0
                   ? cpp_convert_unknown.load(type, place, NULL)
                   : cpp_convert_pointer_array.load(type, *(char **)place, NULL);
    value = type->ops->load(type, place, NULL);
    return value != NULL && self->how == CPP_GIVEN_TEMPORARY ? given_copy(value) : value;
}

COMPAT_NOINLINE void cpp_given_expire(PyObject *value)
{
    if (cpp_class_of_type(Py_TYPE(value)) != NULL && !(((cpp_instance *)value)->flags & CPP_OWNED))
        cpp_instance_expire(value);
}
