/* convert_scalar.c: numbers, characters and bit-fields between Python and C.

   Neighbours: convert_pointer.c, convert_aggregate.c.  Memory is read and
   written with memcpy, since members of packed records are not aligned
   (compilers turn it into one move). */
#include "convert.h"
#include "cdata.h"
#include <string.h>

/* ---- errors ------------------------------------------------------------------ */

COMPAT_NOINLINE int convert_error(ctype *type, const char *expected, PyObject *value)
{
    if (cdata_check(type->state, value))
        PyErr_Format(PyExc_TypeError, "initializer for ctype '%U' must be a %s, not cdata '%U'",
                     type->name, expected, ((cdata *)value)->type->name);
    else
        PyErr_Format(PyExc_TypeError, "initializer for ctype '%U' must be a %s, not %.200s",
                     type->name, expected, Py_TYPE(value)->tp_name);
    return -1;
}

COMPAT_NOINLINE int convert_overflow(ctype *type, PyObject *value)
{
    PyErr_Format(PyExc_OverflowError, "integer %S does not fit '%U'", value, type->name);
    return -1;
}

/* ---- integers, Python to C ----------------------------------------------------- */

static int convert_is_float(core_state *state, PyObject *value)
{
    if (PyFloat_Check(value))
        return 1;
    if (cdata_check(state, value)) {
        ctype_class class_ = (ctype_class)((cdata *)value)->type->class_;

        return class_ == CTYPE_CLASS_FLOAT || class_ == CTYPE_CLASS_LONGDOUBLE;
    }
    return 0;
}

/* The int that `value` stands for, as a new reference.  What has __int__ and
   __float__ (Decimal, NumPy floats) is a number with a fraction: refused. */
static COMPAT_NOINLINE PyObject *convert_as_int(ctype *type, PyObject *value)
{
    PyNumberMethods *number = Py_TYPE(value)->tp_as_number;

    if (PyLong_Check(value))
        return Py_NewRef(value);
    if (number != NULL && !convert_is_float(type->state, value)) {
        if (number->nb_index != NULL)
            return PyNumber_Index(value);
        if (number->nb_int != NULL && (number->nb_float == NULL || cdata_check(type->state, value)))
            return PyNumber_Long(value);
    }
    if (cdata_check(type->state, value))
        PyErr_Format(PyExc_TypeError, "an integer is required for '%U', not cdata '%U'", type->name,
                     ((cdata *)value)->type->name);
    else
        PyErr_Format(PyExc_TypeError, "an integer is required for '%U', not %.200s", type->name,
                     Py_TYPE(value)->tp_name);
    return NULL;
}

static COMPAT_NOINLINE long long convert_as_longlong_slow(ctype *type, PyObject *value)
{
    PyObject *integer = convert_as_int(type, value);
    long long result;
    int overflow = 0;

    if (integer == NULL)
        return -1;
    result = PyLong_AsLongLongAndOverflow(integer, &overflow);
    if (overflow != 0)
        result = convert_overflow(type, integer);
    Py_DECREF(integer);
    return result;
}

long long convert_as_longlong(ctype *type, PyObject *value)
{
    Py_ssize_t small;

    if (COMPAT_LIKELY(PyLong_CheckExact(value)) && compat_small_int(value, &small))
        return small;
    return convert_as_longlong_slow(type, value);
}

static COMPAT_NOINLINE unsigned long long convert_as_ulonglong_slow(ctype *type, PyObject *value)
{
    PyObject *integer = convert_as_int(type, value);
    unsigned long long result;

    if (integer == NULL)
        return (unsigned long long)-1;
    result = PyLong_AsUnsignedLongLong(integer);
    if (result == (unsigned long long)-1 && PyErr_ExceptionMatches(PyExc_OverflowError)) {
        PyErr_Clear();
        (void)convert_overflow(type, integer);
    }
    Py_DECREF(integer);
    return result;
}

unsigned long long convert_as_ulonglong(ctype *type, PyObject *value)
{
    Py_ssize_t small;

    if (COMPAT_LIKELY(PyLong_CheckExact(value)) && compat_small_int(value, &small) && small >= 0)
        return (unsigned long long)small;
    return convert_as_ulonglong_slow(type, value);
}

unsigned long long convert_as_ulonglong_wrapping(PyObject *value)
{
    return PyLong_AsUnsignedLongLongMask(value);
}

/* ---- integers of any size --------------------------------------------------------- */

long long convert_read_signed(const char *address, Py_ssize_t size)
{
    int8_t b;
    int16_t h;
    int32_t w;
    long long q;

    switch (size) {
    case 1: memcpy(&b, address, 1); return b;
    case 2: memcpy(&h, address, 2); return h;
    case 4: memcpy(&w, address, 4); return w;
    default: memcpy(&q, address, 8); return q;
    }
}

unsigned long long convert_read_unsigned(const char *address, Py_ssize_t size)
{
    uint8_t b;
    uint16_t h;
    uint32_t w;
    unsigned long long q;

    switch (size) {
    case 1: memcpy(&b, address, 1); return b;
    case 2: memcpy(&h, address, 2); return h;
    case 4: memcpy(&w, address, 4); return w;
    default: memcpy(&q, address, 8); return q;
    }
}

void convert_write_integer(char *address, Py_ssize_t size, unsigned long long value)
{
    uint8_t b = (uint8_t)value;
    uint16_t h = (uint16_t)value;
    uint32_t w = (uint32_t)value;

    switch (size) {
    case 1: memcpy(address, &b, 1); break;
    case 2: memcpy(address, &h, 2); break;
    case 4: memcpy(address, &w, 4); break;
    default: memcpy(address, &value, 8); break;
    }
}

/* ---- load and store of the integer types, one pair per width and sign -------------- */

#define CONVERT_INTEGER(name, c_type, wide_type, as_wide, from_wide)                   \
    static PyObject *convert_load_##name(ctype *type, char *address)                  \
    {                                                                                  \
        c_type value;                                                                  \
                                                                                       \
        (void)type;                                                                    \
        memcpy(&value, address, sizeof(value));                                        \
        return from_wide(value);                                                       \
    }                                                                                  \
                                                                                       \
    static int convert_store_##name(ctype *type, char *address, PyObject *object)     \
    {                                                                                  \
        wide_type wide = as_wide(type, object);                                        \
        c_type value = (c_type)wide;                                                   \
                                                                                       \
        if (COMPAT_UNLIKELY(wide == (wide_type)-1) && PyErr_Occurred())                \
            return -1;                                                                 \
        if (COMPAT_UNLIKELY((wide_type)value != wide))                                 \
            return convert_overflow(type, object);                                     \
        memcpy(address, &value, sizeof(value));                                        \
        return 0;                                                                      \
    }

CONVERT_INTEGER(int8, int8_t, long long, convert_as_longlong, PyLong_FromLong)
CONVERT_INTEGER(int16, int16_t, long long, convert_as_longlong, PyLong_FromLong)
CONVERT_INTEGER(int32, int32_t, long long, convert_as_longlong, PyLong_FromLong)
CONVERT_INTEGER(int64, int64_t, long long, convert_as_longlong, PyLong_FromLongLong)
CONVERT_INTEGER(uint8, uint8_t, unsigned long long, convert_as_ulonglong, PyLong_FromLong)
CONVERT_INTEGER(uint16, uint16_t, unsigned long long, convert_as_ulonglong, PyLong_FromLong)
CONVERT_INTEGER(uint32, uint32_t, unsigned long long, convert_as_ulonglong, PyLong_FromUnsignedLong)
CONVERT_INTEGER(uint64, uint64_t, unsigned long long, convert_as_ulonglong, PyLong_FromUnsignedLongLong)

static PyObject *convert_load_bool(ctype *type, char *address)
{
    unsigned char value = *(unsigned char *)address;

    if (value > 1) {
        PyErr_Format(PyExc_ValueError, "got a %U of value %d, expected 0 or 1", type->name, (int)value);
        return NULL;
    }
    return PyBool_FromLong(value);
}

static int convert_store_bool(ctype *type, char *address, PyObject *object)
{
    unsigned long long value = convert_as_ulonglong(type, object);

    if (value == (unsigned long long)-1 && PyErr_Occurred())
        return -1;
    if (value > 1)
        return convert_overflow(type, object);
    *address = (char)value;
    return 0;
}

/* ---- floating types ----------------------------------------------------------------- */

double convert_as_double(PyObject *value)
{
    if (COMPAT_LIKELY(PyFloat_CheckExact(value)))
        return PyFloat_AS_DOUBLE(value);
    return PyFloat_AsDouble(value);
}

long double convert_as_longdouble(core_state *state, PyObject *value)
{
    long double result;

    if (cdata_check(state, value) && ((cdata *)value)->type->class_ == CTYPE_CLASS_LONGDOUBLE) {
        memcpy(&result, ((cdata *)value)->data, sizeof(result));
        return result;
    }
    return convert_as_double(value);
}

static PyObject *convert_load_float(ctype *type, char *address)
{
    float value;

    (void)type;
    memcpy(&value, address, sizeof(value));
    return PyFloat_FromDouble(value);
}

static int convert_store_float(ctype *type, char *address, PyObject *object)
{
    double wide = convert_as_double(object);
    float value = (float)wide;

    (void)type;
    if (wide == -1.0 && PyErr_Occurred())
        return -1;
    memcpy(address, &value, sizeof(value));
    return 0;
}

static PyObject *convert_load_double(ctype *type, char *address)
{
    double value;

    (void)type;
    memcpy(&value, address, sizeof(value));
    return PyFloat_FromDouble(value);
}

static int convert_store_double(ctype *type, char *address, PyObject *object)
{
    double value = convert_as_double(object);

    (void)type;
    if (value == -1.0 && PyErr_Occurred())
        return -1;
    memcpy(address, &value, sizeof(value));
    return 0;
}

/* A Python float cannot hold a long double, so it is read as a cdata. */
static PyObject *convert_load_longdouble(ctype *type, char *address)
{
    PyObject *result = cdata_new_owned(type, type->size);

    if (result != NULL)
        memcpy(((cdata *)result)->data, address, (size_t)type->size);
    return result;
}

static int convert_store_longdouble(ctype *type, char *address, PyObject *object)
{
    long double value = convert_as_longdouble(type->state, object);

    if (value == -1.0L && PyErr_Occurred())
        return -1;
    memcpy(address, &value, sizeof(value));
    return 0;
}

/* C11 6.2.5 p13: a complex is an array of two, the real part first. */
static PyObject *convert_load_complex(ctype *type, char *address)
{
    double parts[2];
    float halves[2];

    if (type->size == (Py_ssize_t)sizeof(halves)) {
        memcpy(halves, address, sizeof(halves));
        return PyComplex_FromDoubles(halves[0], halves[1]);
    }
    memcpy(parts, address, sizeof(parts));
    return PyComplex_FromDoubles(parts[0], parts[1]);
}

static int convert_store_complex(ctype *type, char *address, PyObject *object)
{
    Py_complex value = PyComplex_AsCComplex(object);
    double parts[2] = {value.real, value.imag};
    float halves[2] = {(float)value.real, (float)value.imag};

    if (value.real == -1.0 && PyErr_Occurred())
        return -1;
    if (type->size == (Py_ssize_t)sizeof(halves))
        memcpy(address, halves, sizeof(halves));
    else
        memcpy(address, parts, sizeof(parts));
    return 0;
}

/* ---- characters ------------------------------------------------------------------------ */

static PyObject *convert_load_char(ctype *type, char *address)
{
    (void)type;
    return PyBytes_FromStringAndSize(address, 1);
}

static PyObject *convert_load_wide(ctype *type, char *address)
{
    unsigned long value = (unsigned long)convert_read_unsigned(address, type->size);

    if (value > 0x10FFFF) {
        PyErr_Format(PyExc_ValueError, "%U out of range for conversion to unicode: 0x%lx", type->name, value);
        return NULL;
    }
    return PyUnicode_FromOrdinal((int)value);
}

/* A character cdata of the same size stands for its character. */
static int convert_store_character_cdata(ctype *type, char *address, PyObject *object, const char *expected)
{
    ctype *source;

    if (!cdata_check(type->state, object))
        return convert_error(type, expected, object);
    source = ((cdata *)object)->type;
    if (source->kind != CTYPE_PRIMITIVE || source->class_ != CTYPE_CLASS_CHAR || source->size != type->size)
        return convert_error(type, expected, object);
    memcpy(address, ((cdata *)object)->data, (size_t)type->size);
    return 0;
}

static int convert_store_char(ctype *type, char *address, PyObject *object)
{
    if (PyBytes_Check(object) && PyBytes_GET_SIZE(object) == 1) {
        *address = PyBytes_AS_STRING(object)[0];
        return 0;
    }
    return convert_store_character_cdata(type, address, object, "bytes of length 1");
}

static int convert_store_wide(ctype *type, char *address, PyObject *object)
{
    Py_UCS4 value;

    if (!PyUnicode_Check(object))
        return convert_store_character_cdata(type, address, object, "unicode string of length 1");
    if (PyUnicode_GET_LENGTH(object) != 1) {
        PyErr_Format(PyExc_TypeError,
                     "initializer for ctype '%U' must be a unicode string of length 1, "
                     "not unicode string of length %zd", type->name, PyUnicode_GET_LENGTH(object));
        return -1;
    }
    value = PyUnicode_READ_CHAR(object, 0);
    if (type->size == 2 && value > 0xFFFF) {
        PyErr_Format(PyExc_TypeError,
                     "initializer for ctype '%U' must be a unicode string of length 1, "
                     "not larger-than-0xFFFF character", type->name);
        return -1;
    }
    convert_write_integer(address, type->size, value);
    return 0;
}

/* ---- bit-fields -------------------------------------------------------------------------- */

PyObject *convert_load_bitfield(cfield *field, char *record)
{
    ctype *type = field->type;
    unsigned long long unit = convert_read_unsigned(record + field->offset, type->size);
    unsigned long long mask = field->bitsize >= 64 ? ~0ULL : (1ULL << field->bitsize) - 1;
    unsigned long long value = (unit >> field->bitshift) & mask;

    if (type->class_ == CTYPE_CLASS_BOOL)
        return PyBool_FromLong((long)value);
    if (type->class_ == CTYPE_CLASS_SIGNED) {
        unsigned long long sign = 1ULL << (field->bitsize - 1);

        return PyLong_FromLongLong((long long)((value ^ sign) - sign));
    }
    return PyLong_FromUnsignedLongLong(value);
}

static int convert_bitfield_range(cfield *field, long long value, int is_signed)
{
    long long least = 0, most;

    if (is_signed) {
        least = -(1LL << (field->bitsize - 1));
        most = -(least + 1);
        if (most == 0)
            most = 1;           /* `int flag:1` is given 1 and reads -1, as compilers accept */
    }
    else
        most = (long long)((1ULL << field->bitsize) - 1);
    if (value >= least && value <= most)
        return 0;
    PyErr_Format(PyExc_OverflowError,
                 "value %lld outside the range allowed by the bit field width: %lld <= x <= %lld",
                 value, least, most);
    return -1;
}

int convert_store_bitfield(cfield *field, char *record, PyObject *object)
{
    ctype *type = field->type;
    int is_signed = type->class_ == CTYPE_CLASS_SIGNED;
    unsigned long long mask = field->bitsize >= 64 ? ~0ULL : (1ULL << field->bitsize) - 1;
    unsigned long long unit, value;

    if (!is_signed && field->bitsize >= 64) {
        value = convert_as_ulonglong(type, object);
        if (value == (unsigned long long)-1 && PyErr_Occurred())
            return -1;
    }
    else {
        long long wide = convert_as_longlong(type, object);

        if (wide == -1 && PyErr_Occurred())
            return -1;
        if (field->bitsize < 64 && convert_bitfield_range(field, wide, is_signed) < 0)
            return -1;
        value = (unsigned long long)wide;
    }
    unit = convert_read_unsigned(record + field->offset, type->size);
    unit = (unit & ~(mask << field->bitshift)) | ((value & mask) << field->bitshift);
    convert_write_integer(record + field->offset, type->size, unit);
    return 0;
}

/* ---- choosing ---------------------------------------------------------------------------- */

static PyObject *convert_load_nothing(ctype *type, char *address)
{
    (void)address;
    PyErr_Format(PyExc_TypeError, "cannot return a value of ctype '%U', whose size is not known", type->name);
    return NULL;
}

static int convert_store_nothing(ctype *type, char *address, PyObject *object)
{
    (void)address;
    (void)object;
    PyErr_Format(PyExc_TypeError, "cannot store a value of ctype '%U', whose size is not known", type->name);
    return -1;
}

static void convert_choose_integer(ctype *type)
{
    static const ctype_load_fn loads[2][4] = {
        {convert_load_uint8, convert_load_uint16, convert_load_uint32, convert_load_uint64},
        {convert_load_int8, convert_load_int16, convert_load_int32, convert_load_int64}};
    static const ctype_store_fn stores[2][4] = {
        {convert_store_uint8, convert_store_uint16, convert_store_uint32, convert_store_uint64},
        {convert_store_int8, convert_store_int16, convert_store_int32, convert_store_int64}};
    int sign = type->class_ == CTYPE_CLASS_SIGNED;
    int width = type->size == 1 ? 0 : type->size == 2 ? 1 : type->size == 4 ? 2 : 3;

    type->load = loads[sign][width];
    type->store = stores[sign][width];
}

static void convert_choose_scalar(ctype *type)
{
    switch ((ctype_class)type->class_) {
    case CTYPE_CLASS_SIGNED:
    case CTYPE_CLASS_UNSIGNED:
        convert_choose_integer(type);
        break;
    case CTYPE_CLASS_BOOL:
        type->load = convert_load_bool;
        type->store = convert_store_bool;
        break;
    case CTYPE_CLASS_CHAR:
        type->load = type->size == 1 ? convert_load_char : convert_load_wide;
        type->store = type->size == 1 ? convert_store_char : convert_store_wide;
        break;
    case CTYPE_CLASS_FLOAT:
        type->load = type->size == sizeof(float) ? convert_load_float : convert_load_double;
        type->store = type->size == sizeof(float) ? convert_store_float : convert_store_double;
        break;
    case CTYPE_CLASS_LONGDOUBLE:
        type->load = convert_load_longdouble;
        type->store = convert_store_longdouble;
        break;
    case CTYPE_CLASS_COMPLEX:
        type->load = convert_load_complex;
        type->store = convert_store_complex;
        break;
    default:
        break;
    }
}

void convert_choose(ctype *type)
{
    type->load = convert_load_nothing;
    type->store = convert_store_nothing;
    switch ((ctype_kind)type->kind) {
    case CTYPE_PRIMITIVE:
    case CTYPE_ENUM:
        if (type->size > 0)
            convert_choose_scalar(type);
        break;
    case CTYPE_POINTER:
    case CTYPE_FUNCTION:
        type->load = convert_load_pointer;
        type->store = convert_store_pointer;
        break;
    case CTYPE_ARRAY:
        type->load = convert_load_aggregate;
        type->store = convert_store_array;
        break;
    case CTYPE_STRUCT:
    case CTYPE_UNION:
        type->load = convert_load_aggregate;
        if (!(type->flags & CTYPE_IS_OPAQUE))
            type->store = convert_store_record;
        break;
    default:
        break;
    }
}
