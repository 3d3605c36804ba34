/* cpp_convert_function.c: pointers and references to functions.

   From Python: a C++ function of the same type goes by its own address, any
   other callable by a closure (cpp_closure.c), cdata of C by what it points to.
   To Python: a callable.  All of that is looked up by cppbind/runtime/functions.py. */
#include "cdata.h"
#include "convert.h"
#include "cpp_runtime.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_type.h"

static int function_rank(cpp_type *type, PyObject *value)
{
    if (cpp_type_is_null(type, value))
        return type->kind == CPP_POINTER ? CPP_RANK_CONVERSION + 1 : CPP_RANK_NONE;
    if (cdata_check(type->runtime->state, value)) {
        char *ignored;
        if (type->ctype != NULL && convert_as_pointer(type->ctype, value, &ignored) == 0)
            return CPP_RANK_EXACT;
        PyErr_Clear();
        return CPP_RANK_NONE;
    }
    /* A proxy that can be called is first of all an object. */
    if (!PyCallable_Check(value) || PyType_Check(value))
        return CPP_RANK_NONE;
    return cpp_class_of_type(Py_TYPE(value)) != NULL ? CPP_RANK_USER : CPP_RANK_CONVERSION;
}

static int function_pass(cpp_type *type, PyObject *value, void *place, cpp_call *Py_UNUSED(call),
                         void *Py_UNUSED(scratch))
{
    *(void **)place = NULL;
    if (cpp_type_is_null(type, value))
        return type->kind == CPP_POINTER ? 0 : cpp_type_refuse(type, value, "there is no null reference");
    if (cdata_check(type->runtime->state, value)) {
        if (type->ctype == NULL)
            return cpp_type_refuse(type, value, "this type has no counterpart in C");
        return convert_as_pointer(type->ctype, value, place);
    }
    if (!PyCallable_Check(value) || PyType_Check(value) || type->runtime->function_address == NULL)
        return cpp_type_refuse(type, value, "a function is needed");
    PyObject *address = PyObject_CallFunctionObjArgs(type->runtime->function_address, (PyObject *)type, value, NULL);
    if (address == NULL)
        return -1;
    *(void **)place = PyLong_AsVoidPtr(address);
    Py_DECREF(address);
    return *(void **)place == NULL ? (PyErr_Occurred() ? -1 : cpp_type_refuse(type, value, NULL)) : 0;
}

static PyObject *function_load(cpp_type *type, char *place, PyObject *Py_UNUSED(owner))
{
    if (*(void **)place == NULL)
        Py_RETURN_NONE;
    if (type->runtime->function_at == NULL)
        return cpp_convert_unknown.load(type, place, NULL);
    return PyObject_CallFunction(type->runtime->function_at, "OK", (PyObject *)type,
                                 (unsigned long long)*(uintptr_t *)place);
}

static int function_store(cpp_type *type, char *place, PyObject *value, PyObject *owner)
{
    void *address;

    if (function_pass(type, value, &address, NULL, NULL) < 0)
        return -1;
    if (owner != NULL && cpp_instance_keep(owner, place, address == NULL ? NULL : value) < 0)
        return -1;
    *(void **)place = address;
    return 0;
}

const cpp_ops cpp_convert_function = {
    function_rank, function_pass, function_load, function_store, 0,
};
