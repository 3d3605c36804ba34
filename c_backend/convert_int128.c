/* convert_int128.c: __int128 and unsigned __int128 from and to Python ints.

   A class of its own (CTYPE_CLASS_INT128), because all other integers fit a
   register and most of the core relies on that.  Neighbour: convert_scalar.c. */
#include "convert.h"
#include "cdata.h"

#ifdef __SIZEOF_INT128__

static int convert_int128_is_signed(const ctype *type)
{
    return type->u.primitive.which == CTYPE_INT128;
}

/* The two halves as Python ints: no public function takes 128 bits at once. */
static PyObject *convert_load_int128(ctype *type, char *address)
{
    __int128 value;
    long long high;
    PyObject *upper, *bits = NULL, *shifted = NULL, *lower = NULL, *result = NULL;

    memcpy(&value, address, sizeof(value));
    high = (long long)(value >> 64);
    if (high == 0)
        return PyLong_FromUnsignedLongLong((unsigned long long)value);
    if (convert_int128_is_signed(type) && value == (long long)value)
        return PyLong_FromLongLong((long long)value);
    upper = convert_int128_is_signed(type) ? PyLong_FromLongLong(high)
                                           : PyLong_FromUnsignedLongLong((unsigned long long)high);
    bits = PyLong_FromLong(64);
    if (upper != NULL && bits != NULL)
        shifted = PyNumber_Lshift(upper, bits);
    lower = PyLong_FromUnsignedLongLong((unsigned long long)value);
    if (shifted != NULL && lower != NULL)
        result = PyNumber_Or(shifted, lower);
    Py_XDECREF(upper);
    Py_XDECREF(bits);
    Py_XDECREF(shifted);
    Py_XDECREF(lower);
    return result;
}

/* The lowest 128 bits of an int; `*rest` is what an arithmetic shift by 64 leaves
   above the lower half, NULL with an error.  New reference. */
static PyObject *convert_split_int128(PyObject *number, unsigned long long *low)
{
    PyObject *bits = PyLong_FromLong(64), *rest = NULL;

    *low = PyLong_AsUnsignedLongLongMask(number);
    if (bits != NULL)
        rest = PyNumber_Rshift(number, bits);
    Py_XDECREF(bits);
    return rest;
}

static void convert_write_int128(char *address, unsigned long long high, unsigned long long low)
{
    unsigned __int128 value = (unsigned __int128)high << 64 | low;

    memcpy(address, &value, sizeof(value));
}

static int convert_store_int128(ctype *type, char *address, PyObject *value)
{
    PyObject *number = convert_integer_object(type, value), *rest;
    unsigned long long low, high;
    int overflow = 0;

    if (number == NULL)
        return -1;
    rest = convert_split_int128(number, &low);
    Py_DECREF(number);
    if (rest == NULL)
        return -1;
    if (convert_int128_is_signed(type))
        high = (unsigned long long)PyLong_AsLongLongAndOverflow(rest, &overflow);
    else {
        high = PyLong_AsUnsignedLongLong(rest);
        overflow = high == (unsigned long long)-1 && PyErr_Occurred() != NULL;
        if (overflow)
            PyErr_Clear();
    }
    Py_DECREF(rest);
    if (overflow)
        return convert_overflow(type, value);
    convert_write_int128(address, high, low);
    return 0;
}

int convert_cast_int128(PyObject *number, char *address)
{
    unsigned long long low, high;
    PyObject *rest = convert_split_int128(number, &low);

    if (rest == NULL)
        return -1;
    high = PyLong_AsUnsignedLongLongMask(rest);
    Py_DECREF(rest);
    convert_write_int128(address, high, low);
    return 0;
}

double convert_int128_as_double(const ctype *type, const char *address)
{
    __int128 value;

    memcpy(&value, address, sizeof(value));
    return convert_int128_is_signed(type) ? (double)value : (double)(unsigned __int128)value;
}

void convert_choose_int128(ctype *type)
{
    type->load = convert_load_int128;
    type->store = convert_store_int128;
}

#else   /* no such type, so nobody asks */

int convert_cast_int128(PyObject *Py_UNUSED(number), char *Py_UNUSED(address))
{
    return -1;
}

double convert_int128_as_double(const ctype *Py_UNUSED(type), const char *Py_UNUSED(address))
{
    return 0.0;
}

void convert_choose_int128(ctype *Py_UNUSED(type))
{
}

#endif
