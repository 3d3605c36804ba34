/* cpp_variadic.c: the arguments that an ellipsis takes, by what they are in Python.

   The default argument promotions of C++ [expr.call]/12 are done by Python's
   types: an int is passed in 64 bits, which serves `int` and `long` alike where
   this core runs, a float as double, text as const char *.  Neighbour:
   cpp_method.c, which calls. */
#include "cdata.h"
#include "convert.h"
#include "cpp_runtime.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_type.h"
#include "cpp_convert.h"
#include "cpp_guard.h"
#include "cpp_candidate.h"
#include "cpp_variadic.h"

typedef struct variadic_buffer {
    cpp_cleanup cleanup;
    Py_buffer view;
} variadic_buffer;

static void variadic_release(cpp_cleanup *cleanup)
{
    PyBuffer_Release(&((variadic_buffer *)cleanup)->view);
    PyMem_Free(cleanup);
}

static int variadic_text(PyObject *value, int64_t *image)
{
    Py_ssize_t size;
    const char *text;

    if (PyUnicode_Check(value))
        text = PyUnicode_AsUTF8AndSize(value, &size);
    else {
        text = PyBytes_AS_STRING(value);
        size = PyBytes_GET_SIZE(value);
    }
    if (text != NULL && strlen(text) != (size_t)size) {
        PyErr_SetString(PyExc_ValueError, "cannot convert to 'const char *': embedded null character");
        return -1;
    }
    *image = (int64_t)(intptr_t)text;
    return text == NULL ? -1 : 0;
}

static int variadic_integer(PyObject *value, int64_t *image)
{
    PyObject *number = PyNumber_Index(value);
    int overflow;

    if (number == NULL)
        return -1;
    *image = PyLong_AsLongLongAndOverflow(number, &overflow);
    if (overflow > 0)
        *image = (int64_t)PyLong_AsUnsignedLongLong(number);
    else if (overflow < 0)
        PyErr_SetString(PyExc_OverflowError, "the integer does not fit into 64 bits");
    Py_DECREF(number);
    return PyErr_Occurred() ? -1 : 0;
}

static int variadic_cdata(cdata *value, int64_t *image)
{
    ctype *type = value->type;

    if (type->kind == CTYPE_POINTER || type->kind == CTYPE_ARRAY || type->kind == CTYPE_FUNCTION)
        *image = (int64_t)(intptr_t)value->data;
    else if (ctype_is_integer(type))
        *image = convert_read_integer(type, value->data);
    else {
        PyErr_Format(PyExc_TypeError, "cdata of '%U' cannot be passed for '...'", type->name);
        return -1;
    }
    return 0;
}

static int variadic_buffer_of(PyObject *value, int64_t *image, cpp_call *call)
{
    variadic_buffer *buffer = PyMem_Malloc(sizeof *buffer);

    if (buffer == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    if (PyObject_GetBuffer(value, &buffer->view, PyBUF_SIMPLE) < 0) {
        PyMem_Free(buffer);
        return -1;
    }
    cpp_call_defer(call, &buffer->cleanup, variadic_release);
    *image = (int64_t)(intptr_t)buffer->view.buf;
    return 0;
}

/* 0 and the image of its register, 1 for a vector register; -1 with an error. */
static int variadic_pass(cpp_runtime *runtime, PyObject *value, int64_t *image, cpp_call *call)
{
    PyNumberMethods *numbers = Py_TYPE(value)->tp_as_number;
    double number;

    if (PyUnicode_Check(value) || PyBytes_Check(value))
        return variadic_text(value, image);
    if (value == Py_None || value == runtime->null_constant) {
        *image = 0;
        return 0;
    }
    if (cdata_check(runtime->state, value))
        return variadic_cdata((cdata *)value, image);
    if (cpp_class_of_type(Py_TYPE(value)) != NULL) {
        *image = (int64_t)(intptr_t)cpp_instance_address((cpp_instance *)value);
        return *image == 0 ? -1 : 0;
    }
    if (PyFloat_Check(value) || (numbers != NULL && numbers->nb_index == NULL && numbers->nb_float != NULL)) {
        number = PyFloat_AsDouble(value);
        memcpy(image, &number, sizeof number);
        return number == -1.0 && PyErr_Occurred() ? -1 : 1;
    }
    if (PyIndex_Check(value)) {
        if (variadic_integer(value, image) == 0)
            return 0;
        if (!PyErr_ExceptionMatches(PyExc_TypeError) || !PyObject_CheckBuffer(value))
            return -1;
        PyErr_Clear();          /* a NumPy array: only of one item it is an integer */
    }
    if (PyObject_CheckBuffer(value))
        return variadic_buffer_of(value, image, call);
    PyErr_Format(PyExc_TypeError, "%s cannot be passed for '...'", Py_TYPE(value)->tp_name);
    return -1;
}

Py_ssize_t cpp_variadic_convert(cpp_candidate *candidate, cpp_runtime *runtime, PyObject *const *args,
                                Py_ssize_t count, call_regs_frame *frame, cpp_call *call)
{
    call_regs_placer placer = {0, 0, 0};

    if (candidate->result_mode >= CPP_RESULT_STORAGE)
        (void)call_regs_place(&placer, 0);
    if (candidate->flags & CPP_CANDIDATE_THIS)
        (void)call_regs_place(&placer, 0);
    for (Py_ssize_t i = 0; i < candidate->count; i++)
        (void)call_regs_place(&placer, candidate->arguments[i].type->is_floating);
    for (Py_ssize_t i = candidate->count; i < count; i++) {
        int64_t image = 0;
        int form = variadic_pass(runtime, args[i], &image, call);
        int place = form < 0 ? CALL_REGS_NO_PLACE : call_regs_place(&placer, form);
        if (form >= 0 && place == CALL_REGS_NO_PLACE)
            PyErr_SetString(PyExc_TypeError, "more arguments than are supported");
        if (place == CALL_REGS_NO_PLACE)
            return -1 - i;
        memcpy((char *)frame + place, &image, sizeof image);
    }
    return 0;
}
