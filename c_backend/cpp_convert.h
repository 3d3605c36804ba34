/* cpp_convert.h: the shortest ways from Python's numbers to C++'s and back.

   Inlined into the hot paths of cpp_member.c and cpp_method.c; the converters
   of cpp_convert.c fall back on the same functions.  Include after cpp_type.h. */
#ifndef CPP_CONVERT_H
#define CPP_CONVERT_H

#include "core.h"

/* An exact int of one digit, without calling into CPython. */
static inline int cpp_convert_small_int(PyObject *value, int64_t *result)
{
    if (!PyLong_CheckExact(value))
        return 0;
#if PY_VERSION_HEX >= 0x030c0000
    if (!PyUnstable_Long_IsCompact((PyLongObject *)value))
        return 0;
    *result = PyUnstable_Long_CompactValue((PyLongObject *)value);
#else
    Py_ssize_t digits = Py_SIZE(value);     /* with its sign; a zero has none, but room for one */
    if ((size_t)digits + 1 > 2)
        return 0;
    *result = digits * (int64_t)((PyLongObject *)value)->ob_digit[0];
#endif
    return 1;
}

/* For `int`, which small ints always fit (a digit has 30 bits). */
static inline int cpp_convert_as_int(cpp_type *type, PyObject *value, int64_t *result)
{
    if (COMPAT_LIKELY(cpp_convert_small_int(value, result) && *result == (int32_t)*result))
        return 0;
    return cpp_convert_int_slow(type, value, result);
}

static inline int cpp_convert_as_double(cpp_type *type, PyObject *value, double *result)
{
    if (COMPAT_LIKELY(PyFloat_CheckExact(value))) {
        *result = PyFloat_AS_DOUBLE(value);
        return 0;
    }
    int64_t small;
    if (cpp_convert_small_int(value, &small)) {
        *result = (double)small;
        return 0;
    }
    return cpp_convert_double_slow(type, value, result);
}

#endif
