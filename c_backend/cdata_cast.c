/* cdata_cast.c: cast(): explicit conversion, as C's, between numbers, characters
   and addresses (C11 6.5.4).  Values that do not fit are cut off. */
#include "cdata.h"
#include "convert.h"

static PyObject *cdata_cast_error(ctype *type, PyObject *value)
{
    if (CDATA_CHECK(value))
        PyErr_Format(PyExc_TypeError, "cannot cast ctype '%U' to ctype '%U'",
                     ((cdata *)value)->type->name, type->name);
    else
        PyErr_Format(PyExc_TypeError, "cannot cast %.200s object to ctype '%U'",
                     Py_TYPE(value)->tp_name, type->name);
    return NULL;
}

static int cdata_is_address(PyObject *value)
{
    ctype *type;

    if (!CDATA_CHECK(value))
        return 0;
    type = ((cdata *)value)->type;
    return ctype_is_pointer(type) || type->kind == CTYPE_ARRAY;
}

/* The code of a string of one character; -1 with an error for another length,
   -2 where `value` is no string. */
static long cdata_cast_character(ctype *type, PyObject *value)
{
    long code = convert_character(value);

    if (code >= 0)
        return code;
    if (PyUnicode_Check(value))
        PyErr_Format(PyExc_TypeError, "cannot cast unicode string of length %zd to ctype '%U'",
                     PyUnicode_GET_LENGTH(value), type->name);
    else if (PyBytes_Check(value))
        PyErr_Format(PyExc_TypeError, "cannot cast bytes of length %zd to ctype '%U'",
                     PyBytes_GET_SIZE(value), type->name);
    else
        return -2;
    return -1;
}

static PyObject *cdata_cast_pointer(ctype *type, PyObject *value)
{
    unsigned long long address;

    if (cdata_is_address(value))
        return cdata_new_view(type, ((cdata *)value)->data);
    if (type->kind == CTYPE_POINTER && (type->item->flags & CTYPE_IS_FILE) &&
        !CDATA_CHECK(value) && !PyLong_Check(value) && !PyFloat_Check(value)) {
        void *file = convert_file_pointer(value);

        return file == NULL ? NULL : cdata_new_view(type, file);
    }
    address = convert_as_ulonglong_wrapping(value);
    if (address == (unsigned long long)-1 && PyErr_Occurred())
        return NULL;
    return cdata_new_view(type, (char *)(uintptr_t)address);
}

/* Non-zero or not (C11 6.3.1.2). */
static int cdata_cast_truth(ctype *type, PyObject *value)
{
    PyNumberMethods *numbers = Py_TYPE(value)->tp_as_number;

    if (CDATA_CHECK(value)) {
        if (ctype_is_record(((cdata *)value)->type) ||
            ((cdata *)value)->type->class_ == CTYPE_CLASS_COMPLEX) {
            cdata_cast_error(type, value);
            return -1;
        }
        return PyObject_IsTrue(value);
    }
    if (PyLong_Check(value) || PyFloat_Check(value))
        return PyObject_IsTrue(value);
    if (numbers != NULL && numbers->nb_float != NULL) {
        double number = PyFloat_AsDouble(value);

        return number == -1.0 && PyErr_Occurred() ? -1 : number != 0.0;
    }
    if (numbers != NULL && (numbers->nb_int != NULL || numbers->nb_index != NULL)) {
        unsigned long long number = convert_as_ulonglong_wrapping(value);

        return number == (unsigned long long)-1 && PyErr_Occurred() ? -1 : number != 0;
    }
    PyErr_Format(PyExc_TypeError, "integer/float expected for ctype '%U', not %.200s", type->name,
                 Py_TYPE(value)->tp_name);
    return -1;
}

static PyObject *cdata_cast_int128(ctype *type, PyObject *value)
{
    long code = cdata_cast_character(type, value);
    PyObject *number = NULL;
    char memory[16];
    int failed;

    if (code == -1)
        return NULL;
    if (code >= 0)
        number = PyLong_FromLong(code);
    else if (cdata_is_address(value))
        number = PyLong_FromVoidPtr(((cdata *)value)->data);
    else if (CDATA_CHECK(value) || PyFloat_Check(value))
        number = PyNumber_Long(value);
    else
        number = convert_integer_object(type, value);
    failed = number == NULL || convert_cast_int128(number, memory) < 0;
    Py_XDECREF(number);
    return failed ? NULL : cdata_new_scalar(type, memory);
}

static PyObject *cdata_cast_integer(ctype *type, PyObject *value)
{
    unsigned long long number;
    long code = cdata_cast_character(type, value);
    int truth;
    char memory[16];

    if (code == -1)
        return NULL;
    if (type->class_ == CTYPE_CLASS_BOOL) {
        truth = code >= 0 ? code != 0 : cdata_cast_truth(type, value);
        if (truth < 0)
            return NULL;
        number = (unsigned long long)truth;
    }
    else if (code >= 0)
        number = (unsigned long long)code;
    else {
        number = convert_as_ulonglong_wrapping(value);
        if (number == (unsigned long long)-1 && PyErr_Occurred())
            return NULL;
    }
    convert_write_integer(type, memory, number);
    return cdata_new_scalar(type, memory);
}

/* A real number from anything but complex and addresses. */
static int cdata_cast_real(ctype *type, PyObject *value, double *result)
{
    long code = cdata_cast_character(type, value);

    if (code == -1)
        return -1;
    if (code >= 0)
        *result = (double)code;
    else if (CDATA_CHECK(value)) {
        cdata *source = (cdata *)value;

        if (source->type->class_ == CTYPE_CLASS_INT128)
            *result = convert_int128_as_double(source->type, source->data);
        else if (ctype_is_integer(source->type)) {
            long long number = convert_read_integer(source->type, source->data);

            *result = source->type->class_ == CTYPE_CLASS_UNSIGNED && number < 0
                          ? (double)(unsigned long long)number
                          : (double)number;
        }
        else if (source->type->class_ == CTYPE_CLASS_FLOAT ||
                 source->type->class_ == CTYPE_CLASS_LONGDOUBLE)
            *result = convert_read_double(source->type, source->data);
        else {
            cdata_cast_error(type, value);
            return -1;
        }
    }
    else {
        *result = PyFloat_AsDouble(value);
        if (*result == -1.0 && PyErr_Occurred())
            return -1;
    }
    return 0;
}

static PyObject *cdata_cast_floating(ctype *type, PyObject *value)
{
    char memory[16] = {0};
    double number;

    if (type->class_ == CTYPE_CLASS_LONGDOUBLE && CDATA_CHECK(value) &&
        ((cdata *)value)->type->class_ == CTYPE_CLASS_LONGDOUBLE)
        return cdata_new_scalar(type, ((cdata *)value)->data);
    if (cdata_cast_real(type, value, &number) < 0)
        return NULL;
    convert_write_double(type, memory, number);
    return cdata_new_scalar(type, memory);
}

static PyObject *cdata_cast_complex(ctype *type, PyObject *value)
{
    Py_complex number = {0.0, 0.0};
    char memory[16];

    if (CDATA_CHECK(value) && ((cdata *)value)->type->class_ == CTYPE_CLASS_COMPLEX)
        number = convert_read_complex(((cdata *)value)->type, ((cdata *)value)->data);
    else if (CDATA_CHECK(value) || PyUnicode_Check(value) || PyBytes_Check(value)) {
        if (cdata_cast_real(type, value, &number.real) < 0)
            return NULL;
    }
    else {
        number = PyComplex_AsCComplex(value);
        if (number.real == -1.0 && PyErr_Occurred())
            return NULL;
    }
    convert_write_complex(type, memory, number);
    return cdata_new_scalar(type, memory);
}

PyObject *cdata_cast(ctype *type, PyObject *value)
{
    switch (type->class_) {
    case CTYPE_CLASS_POINTER:
        return cdata_cast_pointer(type, value);
    case CTYPE_CLASS_FLOAT:
    case CTYPE_CLASS_LONGDOUBLE:
        return cdata_cast_floating(type, value);
    case CTYPE_CLASS_COMPLEX:
        return cdata_cast_complex(type, value);
    case CTYPE_CLASS_NONE:
        if (type->kind == CTYPE_ARRAY && type->size >= 0)
            return cdata_cast_pointer(type, value);
        return cdata_cast_error(type, value);
    case CTYPE_CLASS_INT128:
        return cdata_cast_int128(type, value);
    default:
        return cdata_cast_integer(type, value);
    }
}

static PyObject *cdata_py_cast(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    if (count != 2) {
        PyErr_Format(PyExc_TypeError, "cast() takes 2 arguments (%zd given)", count);
        return NULL;
    }
    if (!CTYPE_CHECK(core_state_of(module), args[0]))
        return ctype_wrong_argument("cast", 1, args[0]);
    return cdata_cast((ctype *)args[0], args[1]);
}

static PyMethodDef cdata_cast_functions[] = {
    {"cast", (PyCFunction)(void (*)(void))cdata_py_cast, METH_FASTCALL,
     "cast(ctype, value) -> cdata"},
    {NULL, NULL, 0, NULL},
};

int cdata_cast_offer(PyObject *module)
{
    return PyModule_AddFunctions(module, cdata_cast_functions);
}
