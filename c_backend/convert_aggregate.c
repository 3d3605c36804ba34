/* convert_aggregate.c: arrays, structs and unions from and to Python objects.

   `type` of the array functions is an array or a pointer type: both have the
   item's type in `item`. */
#include "convert.h"
#include "cdata.h"

/* ---- arrays ------------------------------------------------------------ */

/* "a bytes or list or tuple" as the item's type has it. */
static int convert_array_error(ctype *type, PyObject *value)
{
    const char *expected = "list or tuple";

    if (type->item->flags & CTYPE_IS_CHAR_LIKE)
        expected = "bytes or list or tuple";
    else if (type->item->flags & CTYPE_IS_WIDE_CHAR)
        expected = "unicode or list or tuple";
    return convert_error(type, expected, value);
}

static int convert_too_many(ctype *type, const char *what, Py_ssize_t count, const char *unit)
{
    PyErr_Format(PyExc_IndexError, "%s for '%U' (got %zd%s)", what, type->name, count, unit);
    return -1;
}

/* UTF-16 code units or UCS-4 codes of a str, without the final null. */
static Py_ssize_t convert_wide_length(ctype *item, PyObject *text)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(text), extra = 0;

    if (item->size == 2 && PyUnicode_MAX_CHAR_VALUE(text) > 0xffff)
        for (Py_ssize_t i = 0; i < length; i++)
            extra += PyUnicode_READ_CHAR(text, i) > 0xffff;
    return length + extra;
}

static void convert_write_wide(ctype *item, char *address, PyObject *text)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(text);

    for (Py_ssize_t i = 0; i < length; i++) {
        Py_UCS4 code = PyUnicode_READ_CHAR(text, i);

        if (item->size == 2 && code > 0xffff) {
            convert_write_integer(item, address, 0xd800 + ((code - 0x10000) >> 10));
            address += 2;
            code = 0xdc00 + ((code - 0x10000) & 0x3ff);
        }
        convert_write_integer(item, address, code);
        address += item->size;
    }
}

/* A string fills its array to the end; the null is kept only if there is room
   (C11 6.7.9p14). */
static int convert_store_string(ctype *type, char *address, Py_ssize_t room, PyObject *value)
{
    Py_ssize_t length;

    if (PyBytes_Check(value)) {
        const char *bytes = PyBytes_AS_STRING(value);

        length = PyBytes_GET_SIZE(value);
        if (room >= 0 && length > room)
            return convert_too_many(type, "initializer bytes is too long", length, " characters");
        if (type->item->class_ == CTYPE_CLASS_BOOL)
            for (Py_ssize_t i = 0; i < length; i++)
                if ((unsigned char)bytes[i] > 1) {
                    PyErr_SetString(PyExc_ValueError,
                                    "an array of _Bool can only contain \\x00 or \\x01");
                    return -1;
                }
        memcpy(address, bytes, (size_t)(length + (length != room)));
        return 0;
    }
    length = convert_wide_length(type->item, value);
    if (room >= 0 && length > room)
        return convert_too_many(type, "initializer unicode is too long", length, " characters");
    convert_write_wide(type->item, address, value);
    if (length != room)
        convert_write_integer(type->item, address + length * type->item->size, 0);
    return 0;
}

static int convert_store_items(ctype *type, char *address, Py_ssize_t room, PyObject *value)
{
    ctype *item = type->item;
    ctype_store_fn store = item->store;
    Py_ssize_t count = PySequence_Fast_GET_SIZE(value);

    if (room >= 0 && count > room)
        return convert_too_many(type, "too many initializers", count, "");
    /* Storing runs Python code at times, which may shorten the list. */
    for (Py_ssize_t i = 0; i < count && i < PySequence_Fast_GET_SIZE(value); i++) {
        PyObject *object = Py_NewRef(PySequence_Fast_GET_ITEM(value, i));
        int failed = store(item, address, object);

        Py_DECREF(object);
        if (COMPAT_UNLIKELY(failed))
            return -1;
        address += item->size;
    }
    return 0;
}

int convert_store_array(ctype *type, char *address, Py_ssize_t length, PyObject *value)
{
    ctype *item = type->item;

    if (PyList_Check(value) || PyTuple_Check(value))
        return convert_store_items(type, address, length, value);
    if ((PyBytes_Check(value) &&
         ((item->flags & CTYPE_IS_CHAR_LIKE) || item->class_ == CTYPE_CLASS_BOOL)) ||
        (PyUnicode_Check(value) && (item->flags & CTYPE_IS_WIDE_CHAR)))
        return convert_store_string(type, address, length, value);
    return convert_array_error(type, value);
}

static int convert_store_array_value(ctype *type, char *address, PyObject *value)
{
    if (CDATA_CHECK(value) && ((cdata *)value)->type == type && type->size >= 0) {
        if (((cdata *)value)->data == NULL && type->size > 0) {
            PyErr_Format(PyExc_RuntimeError, "cannot copy from null array '%U'", type->name);
            return -1;
        }
        memmove(address, ((cdata *)value)->data, (size_t)type->size);
        return 0;
    }
    return convert_store_array(type, address, type->u.array.length, value);
}

static PyObject *convert_load_array(ctype *type, char *address)
{
    return cdata_new_view(type->u.array.length < 0 ? type->u.array.pointer : type, address);
}

Py_ssize_t convert_array_length(ctype *type, PyObject *value)
{
    Py_ssize_t length;

    if (PyList_Check(value) || PyTuple_Check(value))
        return PySequence_Fast_GET_SIZE(value);
    if (PyBytes_Check(value))
        return PyBytes_GET_SIZE(value) + 1;
    if (PyUnicode_Check(value))
        return convert_wide_length(type->item, value) + 1;
    if (!PyIndex_Check(value) || CDATA_CHECK(value)) {
        PyErr_Format(PyExc_TypeError, "expected new array length or list/tuple/str, not %.200s",
                     Py_TYPE(value)->tp_name);
        return -1;
    }
    length = PyNumber_AsSsize_t(value, PyExc_OverflowError);
    if (length < 0 && !PyErr_Occurred())
        PyErr_SetString(PyExc_ValueError, "negative array length");
    return length < 0 ? -1 : length;
}

/* ---- structs and unions ------------------------------------------------ */

/* How far an initializer may go.  A flexible array member takes what lies
   before `end`, so that no list can write behind the memory. */
typedef struct convert_bounds {
    const char *end;
    int allocating;             /* new memory: an int gives a length */
} convert_bounds;

static int convert_record(ctype *type, char *address, PyObject *value, convert_bounds bounds);

static int convert_store_open_array(ctype *type, char *address, PyObject *value,
                                    convert_bounds bounds)
{
    Py_ssize_t room = address < bounds.end ? bounds.end - address : 0;

    if (bounds.allocating && PyIndex_Check(value) && !CDATA_CHECK(value))
        return 0;
    return convert_store_array(type, address, type->item->size > 0 ? room / type->item->size : 0,
                               value);
}

static int convert_store_field(cfield *field, char *record, PyObject *value, convert_bounds bounds)
{
    ctype *type = field->type;
    char *address = record + field->offset;

    if (field->bitshift >= 0)
        return convert_store_bitfield(field, address, value);
    if (type->kind == CTYPE_ARRAY && type->u.array.length < 0)
        return convert_store_open_array(type, address, value, bounds);
    if (ctype_is_record(type) && (type->flags & CTYPE_HAS_VAR_ARRAY))
        return convert_record(type, address, value, bounds);
    return convert_store(type, address, value);
}

static int convert_record_items(ctype *type, char *address, PyObject *value, convert_bounds bounds)
{
    Py_ssize_t count = PySequence_Fast_GET_SIZE(value);
    cfield *field = type->u.record.first;

    for (Py_ssize_t i = 0; i < count && i < PySequence_Fast_GET_SIZE(value); i++) {
        PyObject *item;
        int failed;

        while (field != NULL && (field->flags & CFIELD_NOT_IN_LIST))
            field = field->next;
        if (field == NULL) {
            PyErr_Format(PyExc_ValueError, "too many initializers for '%U' (got %zd)", type->name,
                         count);
            return -1;
        }
        item = Py_NewRef(PySequence_Fast_GET_ITEM(value, i));
        failed = convert_store_field(field, address, item, bounds);
        Py_DECREF(item);
        if (failed)
            return -1;
        field = field->next;
    }
    return 0;
}

static int convert_record_dict(ctype *type, char *address, PyObject *value, convert_bounds bounds)
{
    PyObject *items = PyDict_Items(value);
    int failed = items == NULL;

    for (Py_ssize_t i = 0; !failed && i < PyList_GET_SIZE(items); i++) {
        PyObject *pair = PyList_GET_ITEM(items, i), *name = PyTuple_GET_ITEM(pair, 0);
        cfield *field = ctype_find_field(type, name);

        if (field == NULL) {
            if (!PyErr_Occurred())
                PyErr_SetObject(PyExc_KeyError, name);
            failed = 1;
        }
        else
            failed = convert_store_field(field, address, PyTuple_GET_ITEM(pair, 1), bounds) < 0;
    }
    Py_XDECREF(items);
    return failed ? -1 : 0;
}

static int convert_record(ctype *type, char *address, PyObject *value, convert_bounds bounds)
{
    if (type->flags & CTYPE_IS_OPAQUE) {
        PyErr_Format(PyExc_TypeError, "'%U' is opaque", type->name);
        return -1;
    }
    if (CDATA_CHECK(value) && ((cdata *)value)->type == type) {
        if (COMPAT_UNLIKELY(((cdata *)value)->data == NULL)) {
            PyErr_Format(PyExc_RuntimeError, "cannot copy from null struct or union '%U'",
                         type->name);
            return -1;
        }
        memmove(address, ((cdata *)value)->data, (size_t)type->size);
        return 0;
    }
    if (PyList_Check(value) || PyTuple_Check(value))
        return convert_record_items(type, address, value, bounds);
    if (PyDict_Check(value))
        return convert_record_dict(type, address, value, bounds);
    return convert_error(type, "list or tuple or dict or struct-cdata", value);
}

static int convert_store_record(ctype *type, char *address, PyObject *value)
{
    return convert_record(type, address, value, (convert_bounds){address + type->size, 0});
}

static PyObject *convert_load_record(ctype *type, char *address)
{
    return cdata_new_view(type, address);
}

/* ---- new memory -------------------------------------------------------- */

int convert_initialize(ctype *type, char *address, PyObject *value, const char *end)
{
    if (ctype_is_record(type))
        return convert_record(type, address, value, (convert_bounds){end, 1});
    return convert_store(type, address, value);
}

/* What the member `field` set to `value` needs beyond the end of the record. */
static int convert_field_size(cfield *field, PyObject *value, Py_ssize_t *size)
{
    ctype *type = field->type;
    Py_ssize_t needed;

    if (ctype_is_record(type) && (type->flags & CTYPE_HAS_VAR_ARRAY)) {
        needed = type->size;
        if (convert_initializer_size(type, value, &needed) < 0)
            return -1;
    }
    else if (type->kind == CTYPE_ARRAY && type->u.array.length < 0) {
        needed = convert_array_length(type, value);
        if (needed < 0)
            return -1;
        if (__builtin_mul_overflow(needed, type->item->size, &needed))
            goto overflow;
    }
    else
        return 0;
    if (__builtin_add_overflow(needed, field->offset, &needed))
        goto overflow;
    if (needed > *size)
        *size = needed;
    return 0;
overflow:
    PyErr_SetString(PyExc_OverflowError, "array size would overflow a Py_ssize_t");
    return -1;
}

int convert_initializer_size(ctype *type, PyObject *value, Py_ssize_t *size)
{
    cfield *field = type->u.record.first;

    if (PyList_Check(value) || PyTuple_Check(value)) {
        for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(value); i++) {
            while (field != NULL && (field->flags & CFIELD_NOT_IN_LIST))
                field = field->next;
            if (field == NULL)
                break;
            if (convert_field_size(field, PySequence_Fast_GET_ITEM(value, i), size) < 0)
                return -1;
            field = field->next;
        }
    }
    else if (PyDict_Check(value)) {
        Py_ssize_t position = 0;
        PyObject *name, *item;

        while (PyDict_Next(value, &position, &name, &item)) {
            int failed = 0;

            Py_INCREF(item);
            field = ctype_find_field(type, name);
            if (field != NULL)
                failed = convert_field_size(field, item, size) < 0;
            Py_DECREF(item);
            if (failed || PyErr_Occurred())
                return -1;
        }
    }
    return 0;
}

void convert_choose_aggregate(ctype *type)
{
    if (type->kind == CTYPE_ARRAY) {
        type->load = convert_load_array;
        type->store = convert_store_array_value;
    }
    else {
        type->load = convert_load_record;
        type->store = convert_store_record;
    }
}
