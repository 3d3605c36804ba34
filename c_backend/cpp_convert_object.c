/* cpp_convert_object.c: PyObject *, for C++ that knows Python itself.

   An argument is borrowed, as in Python's own API, and a result is a new
   reference; a data member owns what it points to.  Neighbour: cpp_type.c, which
   chooses this by the name of the struct behind PyObject. */
#include "cpp_runtime.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_type.h"

static int object_rank(cpp_type *Py_UNUSED(type), PyObject *Py_UNUSED(value))
{
    return CPP_RANK_CONVERSION;         /* everything fits, so everything else goes before */
}

static int object_pass(cpp_type *Py_UNUSED(type), PyObject *value, void *place, cpp_call *Py_UNUSED(call),
                       void *Py_UNUSED(scratch))
{
    *(PyObject **)place = value;
    return 0;
}

static PyObject *object_load(cpp_type *type, char *address, PyObject *Py_UNUSED(owner))
{
    PyObject *value = *(PyObject **)address;

    (void)type;
    return Py_NewRef(value == NULL ? Py_None : value);
}

static int object_store(cpp_type *Py_UNUSED(type), char *address, PyObject *value, PyObject *Py_UNUSED(owner))
{
    PyObject **place = (PyObject **)address;

    Py_XSETREF(*place, Py_NewRef(value));
    return 0;
}

PyObject *cpp_convert_object_result(cpp_type *type, void *result)
{
    if (result == NULL && !PyErr_Occurred())
        return PyErr_Format(PyExc_SystemError, "a C++ function returned a null '%U' and set no exception",
                            type->spelling);
    return result;
}

const cpp_ops cpp_convert_object = {
    object_rank, object_pass, object_load, object_store, 0,
};
