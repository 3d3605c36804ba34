/* cpp_convert_object.c: PyObject *, for C++ that knows Python itself.

   An argument is borrowed, as in Python's own API.  Neighbour: cpp_type.c, which
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

static PyObject *object_load(cpp_type *type, char *Py_UNUSED(address), PyObject *Py_UNUSED(owner))
{
    return PyErr_Format(PyExc_TypeError, "'%U' is not read from C++: whether it is a new reference is not known",
                        type->spelling);
}

static int object_store(cpp_type *type, char *Py_UNUSED(address), PyObject *value, PyObject *Py_UNUSED(owner))
{
    return cpp_type_refuse(type, value, "C++ would not own the reference");
}

const cpp_ops cpp_convert_object = {
    object_rank, object_pass, object_load, object_store, 0,
};
