/* test_buffers.c: gives a Python class the buffer protocol, as CFFI's own tests ask of
   `_testbuff`: 8 a writable buffer, 16 a read-only one. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

static int test_buffers_writable(PyObject *self, Py_buffer *view, int flags)
{
    static char bytes[] = "GTB";

    return PyBuffer_FillInfo(view, self, bytes, 3, 0, flags);
}

static int test_buffers_readonly(PyObject *self, Py_buffer *view, int flags)
{
    static char bytes[] = "ROB";

    return PyBuffer_FillInfo(view, self, bytes, 3, 1, flags);
}

static PyObject *test_buffers_give(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyTypeObject *type;
    int methods;

    if (!PyArg_ParseTuple(args, "O!i", &PyType_Type, &type, &methods))
        return NULL;
    type->tp_as_buffer->bf_getbuffer = methods & 8 ? test_buffers_writable : test_buffers_readonly;
    PyType_Modified(type);
    Py_RETURN_NONE;
}

static PyMethodDef test_buffers_functions[] = {
    {"give", test_buffers_give, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef test_buffers_definition = {
    PyModuleDef_HEAD_INIT, .m_name = "test_buffers", .m_methods = test_buffers_functions,
};

PyMODINIT_FUNC PyInit_test_buffers(void)
{
    return PyModule_Create(&test_buffers_definition);
}
