/* cpp_convert.c: numbers and bool between Python and C++; void and the types
   that cannot be converted at all.

   Ranks follow C++ [over.ics.rank] with Python's int taken as `int` first and
   the wider types after it; a value that does not fit is an OverflowError,
   after which the next overload is tried. */
#include "cpp_runtime.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_type.h"
#include "cpp_convert.h"

#include <math.h>

/* ---- integers ---------------------------------------------------------------------- */

static int convert_is_unsigned(const cpp_type *type)
{
    switch (type->kind) {
    case CPP_UCHAR: case CPP_USHORT: case CPP_UINT: case CPP_ULONG: case CPP_ULONGLONG:
    case CPP_CHAR8: case CPP_CHAR16: case CPP_CHAR32: case CPP_BOOL:
        return 1;
    case CPP_CHAR:
        return (char)-1 > 0;
    case CPP_WCHAR:
        return (wchar_t)-1 > 0;
    default:
        return 0;
    }
}

static int convert_fits(const cpp_type *type, int64_t value)
{
    if (convert_is_unsigned(type))
        return value >= 0 && (type->size >= 8 || (value >> (8 * type->size)) == 0);
    switch (type->size) {
    case 1: return value == (int8_t)value;
    case 2: return value == (int16_t)value;
    case 4: return value == (int32_t)value;
    default: return 1;
    }
}

void cpp_convert_bounds(const cpp_type *type, int32_t *low, int32_t *high)
{
    int is_unsigned = convert_is_unsigned(type), bits = 8 * (int)type->size - !is_unsigned;

    *high = bits >= 31 ? INT32_MAX : (int32_t)((INT64_C(1) << bits) - 1);
    *low = is_unsigned ? 0 : -1 - *high;
}

static COMPAT_NOINLINE int convert_overflow(cpp_type *type, PyObject *value)
{
    PyErr_Clear();
    PyErr_Format(PyExc_OverflowError, "cannot convert %.60R to '%U': out of range", value, type->spelling);
    return -1;
}

/* A C++ object is converted by its functions, explicit ones not, or not at all (cpp_overload_retry). */
COMPAT_NOINLINE int cpp_convert_double_slow(cpp_type *type, PyObject *value, double *result)
{
    if (cpp_class_of_type(Py_TYPE(value)) != NULL)
        return cpp_type_refuse(type, value, NULL);
    *result = PyFloat_AsDouble(value);
    if (*result != -1.0 || !PyErr_Occurred())
        return 0;
    if (!PyErr_ExceptionMatches(PyExc_TypeError))
        return -1;
    PyErr_Clear();
    return cpp_type_refuse(type, value, NULL);
}

COMPAT_NOINLINE int cpp_convert_int_slow(cpp_type *type, PyObject *value, int64_t *result)
{
    PyObject *number;
    int overflow;

    if (PyLong_Check(value))
        number = Py_NewRef(value);
    else {
        if (PyFloat_Check(value) || !PyIndex_Check(value))
            return cpp_type_refuse(type, value, "an integer is needed");
        number = PyNumber_Index(value);
        if (number == NULL)
            return -1;
    }
    long long converted = PyLong_AsLongLongAndOverflow(number, &overflow);
    int status = 0;
    if (overflow > 0 && type->size == 8 && convert_is_unsigned(type)) {
        unsigned long long large = PyLong_AsUnsignedLongLong(number);
        if (large == (unsigned long long)-1 && PyErr_Occurred())
            status = convert_overflow(type, value);
        converted = (long long)large;
    }
    else if (overflow || !convert_fits(type, converted))
        status = convert_overflow(type, value);
    Py_DECREF(number);
    *result = converted;
    return status;
}

/* How an int goes to each kind.  ORDER: none, indexed by kind. */
static const short convert_int_ranks[CPP_KIND_COUNT] = {
    [CPP_INT] = CPP_RANK_EXACT, [CPP_LONG] = 1, [CPP_LONGLONG] = 2,
    [CPP_UINT] = CPP_RANK_PROMOTION + 2, [CPP_ULONG] = CPP_RANK_PROMOTION + 3,
    [CPP_ULONGLONG] = CPP_RANK_PROMOTION + 4, [CPP_SHORT] = CPP_RANK_PROMOTION + 5,
    [CPP_USHORT] = CPP_RANK_PROMOTION + 6, [CPP_SCHAR] = CPP_RANK_PROMOTION + 7,
    [CPP_UCHAR] = CPP_RANK_PROMOTION + 8, [CPP_INT128] = CPP_RANK_PROMOTION + 9,
    [CPP_UINT128] = CPP_RANK_PROMOTION + 10, [CPP_DOUBLE] = CPP_RANK_CONVERSION,
    [CPP_FLOAT] = CPP_RANK_CONVERSION + 1, [CPP_LONGDOUBLE] = CPP_RANK_CONVERSION + 2,
    [CPP_BOOL] = CPP_RANK_CONVERSION + 3,
};

static int convert_rank_integer(cpp_type *type, PyObject *value)
{
    int rank = convert_int_ranks[type->kind];

    if (PyLong_CheckExact(value))
        return rank;
    if (PyBool_Check(value) || PyLong_Check(value))     /* bool, enumerators */
        return rank + CPP_RANK_PROMOTION;
    if (PyFloat_Check(value) || !PyIndex_Check(value))
        return CPP_RANK_NONE;
    return rank + 5;            /* such as numpy.int64 */
}

static int convert_pass_integer(cpp_type *type, PyObject *value, void *place, cpp_call *Py_UNUSED(call),
                                void *Py_UNUSED(scratch))
{
    int64_t *result = place;

    if (cpp_convert_small_int(value, result) && convert_fits(type, *result))
        return 0;
    return cpp_convert_int_slow(type, value, result);
}

static PyObject *convert_load_integer(cpp_type *type, char *address, PyObject *Py_UNUSED(owner))
{
    int is_unsigned = convert_is_unsigned(type);

    switch (type->size) {
    case 1: return PyLong_FromLong(is_unsigned ? *(uint8_t *)address : *(int8_t *)address);
    case 2: return PyLong_FromLong(is_unsigned ? *(uint16_t *)address : *(int16_t *)address);
    case 4: return is_unsigned ? PyLong_FromUnsignedLong(*(uint32_t *)address)
                               : PyLong_FromLong(*(int32_t *)address);
    default: return is_unsigned ? PyLong_FromUnsignedLongLong(*(uint64_t *)address)
                                : PyLong_FromLongLong(*(int64_t *)address);
    }
}

static int convert_store_integer(cpp_type *type, char *address, PyObject *value, PyObject *Py_UNUSED(owner))
{
    int64_t number;

    if (convert_pass_integer(type, value, &number, NULL, NULL) < 0)
        return -1;
    memcpy(address, &number, (size_t)type->size);       /* little-endian, as call_regs.h needs */
    return 0;
}

const cpp_ops cpp_convert_integer = {
    convert_rank_integer, convert_pass_integer, convert_load_integer, convert_store_integer, 0,
};

/* ---- bool ------------------------------------------------------------------------------ */

static int convert_rank_bool(cpp_type *Py_UNUSED(type), PyObject *value)
{
    if (PyBool_Check(value))
        return CPP_RANK_EXACT;
    return PyIndex_Check(value) && !PyFloat_Check(value) ? CPP_RANK_CONVERSION + 3 : CPP_RANK_NONE;
}

static int convert_pass_bool(cpp_type *type, PyObject *value, void *place, cpp_call *Py_UNUSED(call),
                             void *Py_UNUSED(scratch))
{
    int64_t *result = place;

    if (value == Py_True || value == Py_False) {
        *result = value == Py_True;
        return 0;
    }
    if (PyFloat_Check(value) || !PyIndex_Check(value))
        return cpp_type_refuse(type, value, "a bool is needed");
    PyObject *number = PyNumber_Index(value);
    if (number == NULL)
        return -1;
    int overflow;
    *result = PyLong_AsLongLongAndOverflow(number, &overflow);
    Py_DECREF(number);
    if (overflow || (*result != 0 && *result != 1))
        return cpp_type_refuse(type, value, "of the integers only 0 and 1 are bools");
    return 0;
}

static PyObject *convert_load_bool(cpp_type *Py_UNUSED(type), char *address, PyObject *Py_UNUSED(owner))
{
    return PyBool_FromLong(*(unsigned char *)address);
}

static int convert_store_bool(cpp_type *type, char *address, PyObject *value, PyObject *Py_UNUSED(owner))
{
    int64_t number;

    if (convert_pass_bool(type, value, &number, NULL, NULL) < 0)
        return -1;
    *address = (char)number;
    return 0;
}

const cpp_ops cpp_convert_bool = {
    convert_rank_bool, convert_pass_bool, convert_load_bool, convert_store_bool, 0,
};

/* ---- floating point ------------------------------------------------------------------------ */

static int convert_rank_float(cpp_type *type, PyObject *value)
{
    int rank = type->kind == CPP_DOUBLE ? CPP_RANK_EXACT : type->kind == CPP_FLOAT ? 1 : 2;

    if (PyFloat_Check(value))
        return rank;
    if (PyLong_Check(value))
        return convert_int_ranks[type->kind] + (PyLong_CheckExact(value) ? 0 : CPP_RANK_PROMOTION);
    PyNumberMethods *numbers = Py_TYPE(value)->tp_as_number;
    if (numbers == NULL || PyComplex_Check(value))
        return CPP_RANK_NONE;
    if (numbers->nb_index != NULL)
        return CPP_RANK_CONVERSION + rank;
    if (numbers->nb_float == NULL || cpp_class_of_type(Py_TYPE(value)) != NULL)
        return CPP_RANK_NONE;
    return 5 + rank;            /* such as numpy.float32 */
}

static int convert_pass_float(cpp_type *type, PyObject *value, void *place, cpp_call *Py_UNUSED(call),
                              void *Py_UNUSED(scratch))
{
    double number;

    if (cpp_convert_as_double(type, value, &number) < 0)
        return -1;
    if (type->kind == CPP_FLOAT)
        *(float *)place = (float)number;
    else
        *(double *)place = number;
    return 0;
}

static PyObject *convert_load_float(cpp_type *type, char *address, PyObject *Py_UNUSED(owner))
{
    return PyFloat_FromDouble(type->kind == CPP_FLOAT ? *(float *)address : *(double *)address);
}

static int convert_store_float(cpp_type *type, char *address, PyObject *value, PyObject *Py_UNUSED(owner))
{
    return convert_pass_float(type, value, address, NULL, NULL);
}

const cpp_ops cpp_convert_float = {
    convert_rank_float, convert_pass_float, convert_load_float, convert_store_float, 0,
};

/* long double goes through memory: the wrapper takes a pointer to it. */
static int convert_pass_long_double(cpp_type *type, PyObject *value, void *place, cpp_call *Py_UNUSED(call),
                                    void *scratch)
{
    double number;

    if (cpp_convert_as_double(type, value, &number) < 0)
        return -1;
    *(long double *)scratch = number;
    *(void **)place = scratch;
    return 0;
}

static PyObject *convert_load_long_double(cpp_type *Py_UNUSED(type), char *address, PyObject *Py_UNUSED(owner))
{
    return PyFloat_FromDouble((double)*(long double *)address);
}

static int convert_store_long_double(cpp_type *type, char *address, PyObject *value, PyObject *Py_UNUSED(owner))
{
    double number;

    if (cpp_convert_as_double(type, value, &number) < 0)
        return -1;
    *(long double *)address = number;
    return 0;
}

const cpp_ops cpp_convert_long_double = {
    convert_rank_float, convert_pass_long_double, convert_load_long_double, convert_store_long_double, 16,
};

/* ---- 128 bits -------------------------------------------------------------------------------- */

static PyObject *convert_load_int128(cpp_type *type, char *address, PyObject *Py_UNUSED(owner))
{
    uint64_t low;
    int64_t high;

    memcpy(&low, address, 8);
    memcpy(&high, address + 8, 8);
    PyObject *upper = type->kind == CPP_INT128 ? PyLong_FromLongLong(high)
                                               : PyLong_FromUnsignedLongLong((uint64_t)high);
    PyObject *lower = PyLong_FromUnsignedLongLong(low), *bits = PyLong_FromLong(64);
    PyObject *shifted = upper && bits ? PyNumber_Lshift(upper, bits) : NULL;
    PyObject *result = shifted && lower ? PyNumber_Or(shifted, lower) : NULL;
    Py_XDECREF(upper);
    Py_XDECREF(lower);
    Py_XDECREF(bits);
    Py_XDECREF(shifted);
    return result;
}

static int convert_store_int128(cpp_type *type, char *address, PyObject *value, PyObject *Py_UNUSED(owner))
{
    PyObject *bits = NULL, *upper = NULL;
    int status = -1, overflow;

    if (PyFloat_Check(value) || !PyIndex_Check(value))
        return cpp_type_refuse(type, value, "an integer is needed");
    PyObject *number = PyNumber_Index(value);
    if (number == NULL || (bits = PyLong_FromLong(64)) == NULL || (upper = PyNumber_Rshift(number, bits)) == NULL)
        goto done;
    uint64_t low = PyLong_AsUnsignedLongLongMask(number);
    int64_t high = PyLong_AsLongLongAndOverflow(upper, &overflow);
    if (type->kind == CPP_UINT128) {
        high = (int64_t)PyLong_AsUnsignedLongLong(upper);
        overflow = high == -1 && PyErr_Occurred();
    }
    if (overflow) {
        convert_overflow(type, value);
        goto done;
    }
    memcpy(address, &low, 8);
    memcpy(address + 8, &high, 8);
    status = 0;
done:
    Py_XDECREF(number);
    Py_XDECREF(bits);
    Py_XDECREF(upper);
    return status;
}

static int convert_pass_int128(cpp_type *type, PyObject *value, void *place, cpp_call *Py_UNUSED(call),
                               void *scratch)
{
    *(void **)place = scratch;
    return convert_store_int128(type, scratch, value, NULL);
}

const cpp_ops cpp_convert_int128 = {
    convert_rank_integer, convert_pass_int128, convert_load_int128, convert_store_int128, 16,
};

/* ---- nothing, nullptr_t, and what has no conversion -------------------------------------------- */

static int convert_rank_none(cpp_type *Py_UNUSED(type), PyObject *Py_UNUSED(value))
{
    return CPP_RANK_NONE;
}

static int convert_pass_unknown(cpp_type *type, PyObject *value, void *Py_UNUSED(place),
                                cpp_call *Py_UNUSED(call), void *Py_UNUSED(scratch))
{
    return cpp_type_refuse(type, value, "this type has no reflection");
}

static PyObject *convert_load_unknown(cpp_type *type, char *Py_UNUSED(address), PyObject *Py_UNUSED(owner))
{
    return PyErr_Format(PyExc_TypeError, "cannot convert '%U' to a Python object: this type has no reflection",
                        type->spelling);
}

static int convert_store_unknown(cpp_type *type, char *Py_UNUSED(address), PyObject *value,
                                 PyObject *Py_UNUSED(owner))
{
    return cpp_type_refuse(type, value, "this type has no reflection");
}

static PyObject *convert_load_void(cpp_type *Py_UNUSED(type), char *Py_UNUSED(address), PyObject *Py_UNUSED(owner))
{
    Py_RETURN_NONE;
}

const cpp_ops cpp_convert_void = {
    convert_rank_none, convert_pass_unknown, convert_load_void, convert_store_unknown, 0,
};

const cpp_ops cpp_convert_unknown = {
    convert_rank_none, convert_pass_unknown, convert_load_unknown, convert_store_unknown, 0,
};

static int convert_rank_nullptr(cpp_type *type, PyObject *value)
{
    return cpp_type_is_null(type, value) ? CPP_RANK_EXACT : CPP_RANK_NONE;
}

static int convert_pass_nullptr(cpp_type *type, PyObject *value, void *place, cpp_call *Py_UNUSED(call),
                                void *Py_UNUSED(scratch))
{
    *(void **)place = NULL;
    return cpp_type_is_null(type, value) ? 0 : cpp_type_refuse(type, value, NULL);
}

static PyObject *convert_load_nullptr(cpp_type *type, char *Py_UNUSED(address), PyObject *Py_UNUSED(owner))
{
    return Py_NewRef(type->runtime->null_constant != NULL ? type->runtime->null_constant : Py_None);
}

const cpp_ops cpp_convert_nullptr = {
    convert_rank_nullptr, convert_pass_nullptr, convert_load_nullptr, convert_store_unknown, 0,
};
