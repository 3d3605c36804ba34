/* convert_scalar.c: integers, characters and bit-fields, both ways.

   One load and one store per C type, made by the macros below, so that the
   hot paths have no switch.  convert_floating.c has the other numbers,
   convert_pointer.c pointers, convert_aggregate.c arrays, structs, unions. */
#include "convert.h"
#include "cdata.h"
#include <limits.h>

/* ---- errors ------------------------------------------------------------ */

int convert_error(ctype *type, const char *expected, PyObject *value)
{
    if (CDATA_CHECK(value))
        PyErr_Format(PyExc_TypeError, "initializer for ctype '%U' must be a %s, not cdata '%U'",
                     type->name, expected, ((cdata *)value)->type->name);
    else
        PyErr_Format(PyExc_TypeError, "initializer for ctype '%U' must be a %s, not %.200s",
                     type->name, expected, Py_TYPE(value)->tp_name);
    return -1;
}

static COMPAT_NOINLINE int convert_not_integer(ctype *type, PyObject *value)
{
    PyObject *name = CDATA_CHECK(value) ? ((cdata *)value)->type->name : NULL;

    if (type == NULL)
        PyErr_Format(PyExc_TypeError, name ? "an integer is required, not cdata '%U'"
                                           : "an integer is required, not %V",
                     name, Py_TYPE(value)->tp_name);
    else if (name != NULL)
        PyErr_Format(PyExc_TypeError, "an integer is required for ctype '%U', not cdata '%U'",
                     type->name, name);
    else
        PyErr_Format(PyExc_TypeError, "an integer is required for ctype '%U', not %.200s",
                     type->name, Py_TYPE(value)->tp_name);
    return -1;
}

COMPAT_NOINLINE int convert_overflow(ctype *type, PyObject *value)
{
    PyObject *digits = CDATA_CHECK(value) ? PyNumber_Long(value) : Py_NewRef(value);
    PyObject *text = digits == NULL ? NULL : PyObject_Str(digits);

    Py_XDECREF(digits);
    if (text == NULL) {
        /* Too many digits for str(). */
        PyErr_Clear();
        text = PyUnicode_FromString("of thousands of digits");
    }
    if (text != NULL && type == NULL)
        PyErr_Format(PyExc_OverflowError, "integer %U does not fit 64 bits", text);
    else if (text != NULL)
        PyErr_Format(PyExc_OverflowError, "integer %U does not fit '%U'", text, type->name);
    Py_XDECREF(text);
    return -1;
}

/* ---- integers in memory ------------------------------------------------ */

int convert_reads_signed(const ctype *type)
{
    if (type->class_ == CTYPE_CLASS_CHAR)
        return type->u.primitive.which == CTYPE_WCHAR && (wchar_t)-1 < (wchar_t)0;
    return type->class_ == CTYPE_CLASS_SIGNED;
}

#define CONVERT_READ(type) \
    {                      \
        type value;        \
        memcpy(&value, address, sizeof(value)); \
        return (long long)value; \
    }

long long convert_read_integer(const ctype *type, const char *address)
{
    int is_signed = convert_reads_signed(type);

    switch (type->size) {
    case 1:
        if (is_signed)
            CONVERT_READ(int8_t)
        else
            CONVERT_READ(uint8_t)
    case 2:
        if (is_signed)
            CONVERT_READ(int16_t)
        else
            CONVERT_READ(uint16_t)
    case 4:
        if (is_signed)
            CONVERT_READ(int32_t)
        else
            CONVERT_READ(uint32_t)
    default:
        CONVERT_READ(int64_t)
    }
}

void convert_write_integer(const ctype *type, char *address, unsigned long long value)
{
    uint8_t one = (uint8_t)value;
    uint16_t two = (uint16_t)value;
    uint32_t four = (uint32_t)value;
    uint64_t eight = (uint64_t)value;

    switch (type->size) {
    case 1:
        memcpy(address, &one, 1);
        break;
    case 2:
        memcpy(address, &two, 2);
        break;
    case 4:
        memcpy(address, &four, 4);
        break;
    default:
        memcpy(address, &eight, 8);
        break;
    }
}

/* ---- Python integers --------------------------------------------------- */

/* An int for what is int-like: __index__, or __int__ of an object that is no
   float and no string; integer and character cdata.  New reference. */
PyObject *convert_integer_object(ctype *type, PyObject *value)
{
    PyNumberMethods *numbers = Py_TYPE(value)->tp_as_number;

    if (CDATA_CHECK(value)) {
        if (ctype_is_integer(((cdata *)value)->type) ||
            ((cdata *)value)->type->class_ == CTYPE_CLASS_INT128)
            return PyNumber_Long(value);
    }
    else if (PyIndex_Check(value))
        return PyNumber_Index(value);
    else if (!PyFloat_Check(value) && numbers != NULL && numbers->nb_int != NULL)
        return PyNumber_Long(value);
    convert_not_integer(type, value);
    return NULL;
}

static COMPAT_NOINLINE int convert_signed_slow(ctype *type, PyObject *value, long long *result)
{
    int overflow = 0;

    if (!PyLong_Check(value)) {
        PyObject *number = convert_integer_object(type, value);
        int failed = number == NULL || convert_signed_slow(type, number, result) < 0;

        Py_XDECREF(number);
        return failed ? -1 : 0;
    }
    *result = PyLong_AsLongLongAndOverflow(value, &overflow);
    if (overflow)
        return convert_overflow(type, value);
    return *result == -1 && PyErr_Occurred() ? -1 : 0;
}

static COMPAT_NOINLINE int convert_unsigned_slow(ctype *type, PyObject *value,
                                                 unsigned long long *result)
{
    if (!PyLong_Check(value)) {
        PyObject *number = convert_integer_object(type, value);
        int failed = number == NULL || convert_unsigned_slow(type, number, result) < 0;

        Py_XDECREF(number);
        return failed ? -1 : 0;
    }
    *result = PyLong_AsUnsignedLongLong(value);
    if (*result == (unsigned long long)-1 && PyErr_Occurred()) {
        PyErr_Clear();
        return convert_overflow(type, value);
    }
    return 0;
}

static COMPAT_ALWAYS_INLINE int convert_get_signed(ctype *type, PyObject *value, long long *result)
{
    Py_ssize_t small;

    if (COMPAT_LIKELY(PyLong_Check(value) && compat_small_int(value, &small))) {
        *result = small;
        return 0;
    }
    return convert_signed_slow(type, value, result);
}

static COMPAT_ALWAYS_INLINE int convert_get_unsigned(ctype *type, PyObject *value,
                                                     unsigned long long *result)
{
    Py_ssize_t small;

    if (COMPAT_LIKELY(PyLong_Check(value) && compat_small_int(value, &small) && small >= 0)) {
        *result = (unsigned long long)small;
        return 0;
    }
    return convert_unsigned_slow(type, value, result);
}

long long convert_as_longlong(PyObject *value)
{
    long long result;

    return convert_get_signed(NULL, value, &result) < 0 ? -1 : result;
}

unsigned long long convert_as_ulonglong(PyObject *value)
{
    unsigned long long result;

    return convert_get_unsigned(NULL, value, &result) < 0 ? (unsigned long long)-1 : result;
}

unsigned long long convert_as_ulonglong_wrapping(PyObject *value)
{
    unsigned long long result;
    PyObject *number;

    if (PyLong_Check(value))
        return PyLong_AsUnsignedLongLongMask(value);
    if (CDATA_CHECK(value)) {
        cdata *source = (cdata *)value;

        if (ctype_is_pointer(source->type) || source->type->kind == CTYPE_ARRAY)
            return (uintptr_t)source->data;
        if (ctype_is_integer(source->type))
            return (unsigned long long)convert_read_integer(source->type, source->data);
        number = PyNumber_Long(value);
    }
    else
        number = PyFloat_Check(value) ? PyNumber_Long(value) : convert_integer_object(NULL, value);
    if (number == NULL)
        return (unsigned long long)-1;
    result = PyLong_AsUnsignedLongLongMask(number);
    Py_DECREF(number);
    return result;
}

#define CONVERT_SIGNED(name, type_, low, high)                                              \
    static PyObject *convert_load_##name(ctype *Py_UNUSED(type), char *address)             \
    {                                                                                       \
        type_ value;                                                                        \
        memcpy(&value, address, sizeof(value));                                             \
        return PyLong_FromLongLong(value);                                                  \
    }                                                                                       \
    static int convert_store_##name(ctype *type, char *address, PyObject *object)           \
    {                                                                                       \
        long long wide;                                                                     \
        type_ value;                                                                        \
        if (convert_get_signed(type, object, &wide) < 0)                                    \
            return -1;                                                                      \
        value = (type_)wide;                                                                \
        if (COMPAT_UNLIKELY((long long)value != wide))                                      \
            return convert_overflow(type, object);                                          \
        memcpy(address, &value, sizeof(value));                                             \
        return 0;                                                                           \
    }

#define CONVERT_UNSIGNED(name, type_, from)                                                 \
    static PyObject *convert_load_##name(ctype *Py_UNUSED(type), char *address)             \
    {                                                                                       \
        type_ value;                                                                        \
        memcpy(&value, address, sizeof(value));                                             \
        return from(value);                                                                 \
    }                                                                                       \
    static int convert_store_##name(ctype *type, char *address, PyObject *object)           \
    {                                                                                       \
        unsigned long long wide;                                                            \
        type_ value;                                                                        \
        if (convert_get_unsigned(type, object, &wide) < 0)                                  \
            return -1;                                                                      \
        value = (type_)wide;                                                                \
        if (COMPAT_UNLIKELY((unsigned long long)value != wide))                             \
            return convert_overflow(type, object);                                          \
        memcpy(address, &value, sizeof(value));                                             \
        return 0;                                                                           \
    }

CONVERT_SIGNED(s1, int8_t, INT8_MIN, INT8_MAX)
CONVERT_SIGNED(s2, int16_t, INT16_MIN, INT16_MAX)
CONVERT_SIGNED(s4, int32_t, INT32_MIN, INT32_MAX)
CONVERT_SIGNED(s8, int64_t, INT64_MIN, INT64_MAX)
CONVERT_UNSIGNED(u1, uint8_t, PyLong_FromLong)
CONVERT_UNSIGNED(u2, uint16_t, PyLong_FromLong)
CONVERT_UNSIGNED(u4, uint32_t, PyLong_FromLongLong)
CONVERT_UNSIGNED(u8, uint64_t, PyLong_FromUnsignedLongLong)

static PyObject *convert_load_bool(ctype *type, char *address)
{
    unsigned char value = *(unsigned char *)address;

    if (COMPAT_LIKELY(value <= 1))
        return PyBool_FromLong(value);
    PyErr_Format(PyExc_ValueError, "got a %U of value %d, expected 0 or 1", type->name, value);
    return NULL;
}

static int convert_store_bool(ctype *type, char *address, PyObject *object)
{
    unsigned long long value;

    if (convert_get_unsigned(type, object, &value) < 0)
        return -1;
    if (value > 1)
        return convert_overflow(type, object);
    *address = (char)value;
    return 0;
}

/* ---- characters -------------------------------------------------------- */

long convert_character(PyObject *value)
{
    if (PyUnicode_Check(value) && PyUnicode_GET_LENGTH(value) == 1)
        return (long)PyUnicode_READ_CHAR(value, 0);
    if (PyBytes_Check(value) && PyBytes_GET_SIZE(value) == 1)
        return (unsigned char)PyBytes_AS_STRING(value)[0];
    return -1;
}

static PyObject *convert_load_char(ctype *Py_UNUSED(type), char *address)
{
    return PyBytes_FromStringAndSize(address, 1);
}

static int convert_store_char(ctype *type, char *address, PyObject *value)
{
    if (PyBytes_Check(value) && PyBytes_GET_SIZE(value) == 1)
        *address = PyBytes_AS_STRING(value)[0];
    else if (CDATA_CHECK(value) && ((cdata *)value)->type->class_ == CTYPE_CLASS_CHAR &&
             ((cdata *)value)->type->size == 1)
        *address = *((cdata *)value)->data;
    else
        return convert_error(type, "bytes of length 1", value);
    return 0;
}

static PyObject *convert_load_wide(ctype *type, char *address)
{
    return convert_load_wide_string(type, address, 1);
}

static int convert_store_wide(ctype *type, char *address, PyObject *value)
{
    Py_UCS4 code;

    if (PyUnicode_Check(value)) {
        if (PyUnicode_GET_LENGTH(value) != 1) {
            PyErr_Format(PyExc_TypeError, "initializer for ctype '%U' must be a unicode string of "
                         "length 1, not unicode string of length %zd", type->name,
                         PyUnicode_GET_LENGTH(value));
            return -1;
        }
        code = PyUnicode_READ_CHAR(value, 0);
        if (type->size == 2 && code > 0xffff) {
            PyErr_Format(PyExc_TypeError, "initializer for ctype '%U' must be a unicode string of "
                         "length 1, not larger-than-0xFFFF character", type->name);
            return -1;
        }
        convert_write_integer(type, address, code);
        return 0;
    }
    if (CDATA_CHECK(value) && ((cdata *)value)->type->kind == CTYPE_PRIMITIVE &&
        ((cdata *)value)->type->flags & CTYPE_IS_WIDE_CHAR &&
        ((cdata *)value)->type->size == type->size) {
        memcpy(address, ((cdata *)value)->data, (size_t)type->size);
        return 0;
    }
    return convert_error(type, "unicode string of length 1", value);
}

PyObject *convert_load_wide_string(ctype *item, const char *address, Py_ssize_t length)
{
    if (item->size == 2) {
        int order = PY_BIG_ENDIAN ? 1 : -1;
        PyObject *result;

        if (length == 1) {
            uint16_t code;

            memcpy(&code, address, sizeof(code));
            return PyUnicode_FromOrdinal(code);
        }
        result = PyUnicode_DecodeUTF16(address, 2 * length, "surrogatepass", &order);
        return result;
    }
    for (Py_ssize_t i = 0; i < length; i++) {
        uint32_t code;

        memcpy(&code, address + 4 * i, sizeof(code));
        if (COMPAT_UNLIKELY(code > 0x10ffff)) {
            PyErr_Format(PyExc_ValueError, "%U 0x%x is no character: the largest is 0x10ffff",
                         item->name, (unsigned)code);
            return NULL;
        }
    }
    if ((uintptr_t)address % 4 == 0)
        return PyUnicode_FromKindAndData(PyUnicode_4BYTE_KIND, address, length);
    else {
        char *copy = PyMem_Malloc((size_t)(4 * length));
        PyObject *result;

        if (copy == NULL)
            return PyErr_NoMemory();
        memcpy(copy, address, (size_t)(4 * length));
        result = PyUnicode_FromKindAndData(PyUnicode_4BYTE_KIND, copy, length);
        PyMem_Free(copy);
        return result;
    }
}

/* ---- bit-fields -------------------------------------------------------- */

/* The bytes of the unit that the bit-field touches, first..last counted from
   the low end; the rest may lie outside the record. */
static void convert_bitfield_bytes(cfield *field, int *first, int *last)
{
    *first = field->bitshift / 8;
    *last = (field->bitshift + field->bitsize - 1) / 8;
}

static inline char *convert_bitfield_byte(cfield *field, char *address, int index)
{
    return address + (PY_BIG_ENDIAN ? (int)field->type->size - 1 - index : index);
}

PyObject *convert_load_bitfield(cfield *field, char *address)
{
    unsigned long long raw = 0;
    int first, last;

    convert_bitfield_bytes(field, &first, &last);
    /* A packed one of 58 bits or more may touch nine bytes. */
    for (int i = last < first + 8 ? last : first + 7; i >= first; i--)
        raw = raw << 8 | (unsigned char)*convert_bitfield_byte(field, address, i);
    raw >>= field->bitshift - 8 * first;
    if (COMPAT_UNLIKELY(last == first + 8))
        raw |= (unsigned long long)(unsigned char)*convert_bitfield_byte(field, address, last)
               << (64 - (field->bitshift - 8 * first));
    raw <<= 64 - field->bitsize;
    if (convert_reads_signed(field->type))
        return PyLong_FromLongLong((long long)raw >> (64 - field->bitsize));
    return PyLong_FromUnsignedLongLong(raw >> (64 - field->bitsize));
}

static int convert_bitfield_range(PyObject *value, long long low, unsigned long long high)
{
    PyErr_Format(PyExc_OverflowError, "value %S outside the range allowed by the bit field width: "
                 "%lld <= x <= %llu", value, low, high);
    return -1;
}

/* Sets the bits under `place` of the bytes first..last to those of `raw`. */
static inline void convert_set_bits(cfield *field, char *address, int first, int last,
                                    unsigned long long place, unsigned long long raw)
{
    for (int i = first; i <= last; i++) {
        char *byte = convert_bitfield_byte(field, address, i);

        *byte = (char)((*byte & ~place) | (raw & place));
        place >>= 8;
        raw >>= 8;
    }
}

int convert_store_bitfield(cfield *field, char *address, PyObject *value)
{
    int bits = field->bitsize, first, last;
    unsigned long long mask = ~0ULL >> (64 - bits), high = mask, raw;
    long long number, low = 0;
    int shift;

    if (convert_reads_signed(field->type)) {
        low = -1 - (long long)(mask >> 1);
        /* `int x:1` takes 1 as well, which reads back as -1. */
        high = bits == 1 ? 1 : mask >> 1;
        if (convert_get_signed(field->type, value, &number) < 0)
            return -1;
        if (number < low || number > (long long)high)
            return convert_bitfield_range(value, low, high);
        raw = (unsigned long long)number & mask;
    }
    else {
        if (convert_get_unsigned(field->type, value, &raw) < 0)
            return -1;
        if (raw > high)
            return convert_bitfield_range(value, low, high);
    }
    convert_bitfield_bytes(field, &first, &last);
    shift = field->bitshift - 8 * first;
    convert_set_bits(field, address, first, last < first + 8 ? last : first + 7, mask << shift,
                     raw << shift);
    if (COMPAT_UNLIKELY(last == first + 8))
        convert_set_bits(field, address, last, last, mask >> (64 - shift), raw >> (64 - shift));
    return 0;
}

/* ---- choice ------------------------------------------------------------ */

static PyObject *convert_load_nothing(ctype *type, char *Py_UNUSED(address))
{
    PyErr_Format(PyExc_TypeError, "cdata '%U' is opaque", type->name);
    return NULL;
}

static int convert_store_nothing(ctype *type, char *Py_UNUSED(address), PyObject *Py_UNUSED(value))
{
    PyErr_Format(PyExc_TypeError, "'%U' is opaque: it cannot be written", type->name);
    return -1;
}

/* By log2 of the size. */
static const ctype_load_fn convert_signed_loads[] = {
    convert_load_s1, convert_load_s2, convert_load_s4, convert_load_s8};
static const ctype_store_fn convert_signed_stores[] = {
    convert_store_s1, convert_store_s2, convert_store_s4, convert_store_s8};
static const ctype_load_fn convert_unsigned_loads[] = {
    convert_load_u1, convert_load_u2, convert_load_u4, convert_load_u8};
static const ctype_store_fn convert_unsigned_stores[] = {
    convert_store_u1, convert_store_u2, convert_store_u4, convert_store_u8};

void convert_choose_scalar(ctype *type)
{
    int by_size = type->size == 8 ? 3 : type->size == 4 ? 2 : type->size == 2 ? 1 : 0;

    switch (type->class_) {
    case CTYPE_CLASS_BOOL:
        type->load = convert_load_bool;
        type->store = convert_store_bool;
        break;
    case CTYPE_CLASS_CHAR:
        type->load = type->size == 1 ? convert_load_char : convert_load_wide;
        type->store = type->size == 1 ? convert_store_char : convert_store_wide;
        break;
    case CTYPE_CLASS_SIGNED:
        type->load = convert_signed_loads[by_size];
        type->store = convert_signed_stores[by_size];
        break;
    case CTYPE_CLASS_UNSIGNED:
        type->load = convert_unsigned_loads[by_size];
        type->store = convert_unsigned_stores[by_size];
        break;
    case CTYPE_CLASS_FLOAT:
    case CTYPE_CLASS_LONGDOUBLE:
    case CTYPE_CLASS_COMPLEX:
        convert_choose_floating(type);
        break;
    case CTYPE_CLASS_INT128:
        convert_choose_int128(type);
        break;
    default:
        type->load = convert_load_nothing;
        type->store = convert_store_nothing;
        break;
    }
}

void convert_choose(ctype *type)
{
    switch (type->kind) {
    case CTYPE_POINTER:
    case CTYPE_FUNCTION:
        convert_choose_pointer(type);
        break;
    case CTYPE_ARRAY:
    case CTYPE_STRUCT:
    case CTYPE_UNION:
        convert_choose_aggregate(type);
        break;
    default:
        convert_choose_scalar(type);
        break;
    }
}
