/* cpp_given.c: makes Python's values of the arguments that C++ gives, see cpp_given.h.

   What C++ passes by value is destroyed behind the call: Python gets a copy.  What it
   passes by reference may be a local variable, or an item that moves: if Python keeps
   the proxy it is empty afterwards (ReferenceError), unless the object was known
   before.  A pointer is taken for one to an object that stays, as one that a function
   returns, except where it points into the caller's stack. */
#if defined(__linux__) && !defined(_GNU_SOURCE)
#  define _GNU_SOURCE
#endif
#include "cdata.h"
#include "cpp_runtime.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_type.h"
#include "cpp_convert.h"
#include "cpp_given.h"

#if defined(__linux__) || defined(__APPLE__)
#  include <pthread.h>
#endif

/* Whether the address lies in this thread's stack, where it is used now: a local variable of some caller. */
static int given_is_local(const void *address)
{
    char here;
#if defined(__linux__)
    static _Thread_local char *end;

    if (end == NULL) {
        pthread_attr_t attributes;
        void *low;
        size_t size;
        end = &here;            /* unknown: nothing lies below it */
        if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
            if (pthread_attr_getstack(&attributes, &low, &size) == 0)
                end = (char *)low + size;
            (void)pthread_attr_destroy(&attributes);
        }
    }
#elif defined(__APPLE__)
    char *end = (char *)pthread_get_stackaddr_np(pthread_self());
#else
    char *end = &here;
#endif
    return (const char *)address > &here && (const char *)address < end;
}

static int given_is_temporary(const cpp_type *type)
{
    if (type->kind == CPP_RVALUE_REF)
        type = type->target;
    return type->kind == CPP_CLASS && !(type->flags & CPP_TYPE_TEXT);
}

static int given_is_lent(const cpp_type *type)
{
    return (type->kind == CPP_LVALUE_REF || type->kind == CPP_POINTER) && type->target->kind == CPP_CLASS &&
           !(type->target->flags & CPP_TYPE_TEXT);
}

static int given_is_number(const cpp_type *type)
{
    const cpp_type *target = type->target;

    return type->kind == CPP_LVALUE_REF && type->ctype != NULL && !(target->flags & CPP_TYPE_CONST) &&
           ((target->kind >= CPP_SHORT && target->kind <= CPP_ULONGLONG) ||
            target->kind == CPP_FLOAT || target->kind == CPP_DOUBLE);
}

void cpp_given_init(cpp_given *self, cpp_type *type)
{
    self->type = type;
    self->how = type->kind == CPP_INT ? CPP_GIVEN_INT
              : type->kind == CPP_DOUBLE ? CPP_GIVEN_DOUBLE
              : type->kind == CPP_ARRAY ? CPP_GIVEN_ARRAY
              : given_is_temporary(type) ? CPP_GIVEN_TEMPORARY
              : given_is_lent(type) ? CPP_GIVEN_LENT
              : given_is_number(type) ? CPP_GIVEN_NUMBER : CPP_GIVEN_VALUE;
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

/* Marks the proxy of an object that was not known before: nobody else has it.  It is in use until the
   outermost call is over that C++ gave it to. */
static PyObject *given_lend(const cpp_type *type, PyObject *value)
{
    cpp_instance *self = (cpp_instance *)value;

    if (cpp_class_of_type(Py_TYPE(value)) == NULL)
        return value;
    if (Py_REFCNT(value) == 1 && self->lifeline == NULL && (self->flags & (CPP_SIMPLE | CPP_OWNED | CPP_HELD)) == CPP_SIMPLE &&
        (type->kind == CPP_LVALUE_REF || given_is_local(self->address)))
        self->flags |= (uint16_t)(type->target->flags & CPP_TYPE_CONST ? CPP_LENT | CPP_READONLY : CPP_LENT);
    if (self->flags & CPP_LENT)
        cpp_instance_use(value, 1);
    if (self->uses > 0 && !(type->target->flags & CPP_TYPE_CONST))
        self->flags |= CPP_CHANGEABLE;
    return value;
}

/* `value` is what the number is now; C++'s variable goes with it until the call is over. */
static PyObject *given_number(const cpp_type *type, PyObject *value, char *where)
{
    PyObject *pointer = cdata_new_view(type->ctype, where), *made = NULL;

    if (pointer != NULL && type->runtime->number_reference != NULL)
        made = PyObject_CallFunctionObjArgs(type->runtime->number_reference, value, pointer, NULL);
    Py_XDECREF(pointer);
    Py_DECREF(value);
    return made;
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
    return value == NULL ? NULL : self->how == CPP_GIVEN_TEMPORARY ? given_copy(value)
                                : self->how == CPP_GIVEN_LENT ? given_lend(type, value)
                                : self->how == CPP_GIVEN_NUMBER ? given_number(type, value, *(char **)place) : value;
}

COMPAT_NOINLINE void cpp_given_expire(const cpp_given *given, PyObject *value)
{
    cpp_instance *self = (cpp_instance *)value;
    int is_last = given->how == CPP_GIVEN_TEMPORARY;

    if (given->how == CPP_GIVEN_NUMBER && Py_REFCNT(value) > 1) {
        PyObject *type, *error, *traceback;
        PyErr_Fetch(&type, &error, &traceback);
        if (PyObject_SetAttrString(value, "pointer", Py_None) < 0)
            PyErr_Clear();
        PyErr_Restore(type, error, traceback);
    }
    if (cpp_class_of_type(Py_TYPE(value)) == NULL)
        return;
    if (!is_last && (self->flags & CPP_LENT)) {
        cpp_instance_use(value, -1);
        if (self->uses > 0)
            return;             /* lent further up, too */
        self->flags &= (uint16_t)~(CPP_LENT | CPP_READONLY);
        is_last = Py_REFCNT(value) > 1;
    }
    self->flags &= (uint16_t)~CPP_CHANGEABLE;
    if (is_last && !(self->flags & (CPP_OWNED | CPP_HELD)))
        cpp_instance_expire(value);
}
