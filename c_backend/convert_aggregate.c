/* convert_aggregate.c: arrays, structs and unions between Python and C.

   Neighbours: convert_scalar.c, convert_pointer.c.  Every function that writes
   knows how many bytes there are, so that no initializer runs past the end:
   an array has its length, and only memory made for an initializer (`new`) can
   be larger than its type says. */
#include "convert.h"
#include "cdata.h"
#include <string.h>

/* A view; reading an open array gives a pointer, for its length is not known. */
PyObject *convert_load_aggregate(ctype *type, char *address)
{
    if (type->kind == CTYPE_ARRAY && type->u.array.length < 0)
        return cdata_new_view(type->u.array.pointer, address);
    return cdata_new_view(type, address);
}

/* ---- text ------------------------------------------------------------------------------ */

Py_ssize_t convert_text_length(ctype *item, PyObject *text)
{
    Py_ssize_t count = PyUnicode_GET_LENGTH(text), units = count, i;

    if (item->size == 2 && PyUnicode_KIND(text) == PyUnicode_4BYTE_KIND) {
        for (i = 0; i < count; i++)
            units += PyUnicode_READ_CHAR(text, i) > 0xFFFF;
    }
    return units;
}

int convert_write_text(ctype *item, char *address, PyObject *text)
{
    Py_ssize_t count = PyUnicode_GET_LENGTH(text), i;
    int kind = (int)PyUnicode_KIND(text);
    const void *data = PyUnicode_DATA(text);

    for (i = 0; i < count; i++) {
        Py_UCS4 value = PyUnicode_READ(kind, data, i);

        if (item->size == 2 && value > 0xFFFF) {        /* a surrogate pair, UTF-16 */
            convert_write_integer(address, 2, 0xD800 + ((value - 0x10000) >> 10));
            address += 2;
            value = 0xDC00 + ((value - 0x10000) & 0x3FF);
        }
        convert_write_integer(address, item->size, value);
        address += item->size;
    }
    return 0;
}

/* ---- arrays ----------------------------------------------------------------------------- */

Py_ssize_t convert_array_length(ctype *item, PyObject *initializer)
{
    Py_ssize_t length;

    if (PyList_Check(initializer) || PyTuple_Check(initializer))
        return PySequence_Fast_GET_SIZE(initializer);
    if (PyBytes_Check(initializer) && (item->flags & CTYPE_IS_CHAR_LIKE))
        return PyBytes_GET_SIZE(initializer) + 1;
    if (PyUnicode_Check(initializer) && (item->flags & CTYPE_IS_WIDE_CHAR))
        return convert_text_length(item, initializer) + 1;
    if (PyBytes_Check(initializer) || PyUnicode_Check(initializer)) {
        PyErr_Format(PyExc_TypeError, "initializer for ctype '%U[]' must be a list or tuple or length, not %.200s",
                     item->name, Py_TYPE(initializer)->tp_name);
        return -1;
    }
    length = PyNumber_AsSsize_t(initializer, PyExc_OverflowError);
    if (length == -1 && PyErr_Occurred()) {
        if (PyErr_ExceptionMatches(PyExc_TypeError))
            PyErr_Format(PyExc_TypeError, "expected new array length or list/tuple/str, not %.200s",
                         Py_TYPE(initializer)->tp_name);
        return -1;
    }
    if (length < 0) {
        PyErr_SetString(PyExc_ValueError, "negative array length");
        return -1;
    }
    return length;
}

static int convert_too_many(ctype *type, PyObject *exception, const char *what, Py_ssize_t got, const char *unit)
{
    PyErr_Format(exception, "%s for '%U' (got %zd%s)", what, type->name, got, unit);
    return -1;
}

static int convert_store_items(ctype *type, char *address, Py_ssize_t capacity, PyObject *value)
{
    ctype *item = type->item;
    Py_ssize_t i;

    if (PySequence_Fast_GET_SIZE(value) > capacity)
        return convert_too_many(type, PyExc_IndexError, "too many initializers",
                                PySequence_Fast_GET_SIZE(value), "");
    /* Read the length again each time: converting an item may change a list. */
    for (i = 0; i < PySequence_Fast_GET_SIZE(value) && i < capacity; i++) {
        PyObject *element = Py_NewRef(PySequence_Fast_GET_ITEM(value, i));
        int failed = convert_store(item, address, element);

        Py_DECREF(element);
        if (failed)
            return -1;
        address += item->size;
    }
    return 0;
}

/* As in C11 6.7.9 p14, the terminator is written if there is room for it. */
static int convert_store_bytes(ctype *type, char *address, Py_ssize_t capacity, PyObject *value)
{
    Py_ssize_t count = PyBytes_GET_SIZE(value), i;
    const char *text = PyBytes_AS_STRING(value);

    if (count > capacity)
        return convert_too_many(type, PyExc_IndexError, "initializer bytes is too long", count, " characters");
    if (type->item->class_ == CTYPE_CLASS_BOOL) {
        for (i = 0; i < count; i++) {
            if ((unsigned char)text[i] > 1) {
                PyErr_Format(PyExc_ValueError, "an array of %U can only contain \\x00 or \\x01",
                             type->item->name);
                return -1;
            }
        }
    }
    memcpy(address, text, (size_t)(count < capacity ? count + 1 : count));
    return 0;
}

static int convert_store_text(ctype *type, char *address, Py_ssize_t capacity, PyObject *value)
{
    ctype *item = type->item;
    Py_ssize_t units = convert_text_length(item, value);

    if (units > capacity)
        return convert_too_many(type, PyExc_IndexError, "initializer unicode is too long", units, " characters");
    if (convert_write_text(item, address, value) < 0)
        return -1;
    if (units < capacity)
        memset(address + units * item->size, 0, (size_t)item->size);
    return 0;
}

static int convert_store_array_of(ctype *type, char *address, Py_ssize_t capacity, PyObject *value)
{
    ctype *item = type->item;

    if (PyList_Check(value) || PyTuple_Check(value))
        return convert_store_items(type, address, capacity, value);
    if (PyBytes_Check(value) && (item->flags & CTYPE_IS_CHAR_LIKE))
        return convert_store_bytes(type, address, capacity, value);
    if (PyUnicode_Check(value) && (item->flags & CTYPE_IS_WIDE_CHAR))
        return convert_store_text(type, address, capacity, value);
    if (cdata_check(type->state, value) && ((cdata *)value)->type == type &&
        cdata_array_length((cdata *)value) <= capacity) {
        memmove(address, ((cdata *)value)->data, (size_t)(cdata_array_length((cdata *)value) * item->size));
        return 0;
    }
    return convert_error(type, item->flags & CTYPE_IS_CHAR_LIKE  ? "bytes or list or tuple"
                             : item->flags & CTYPE_IS_WIDE_CHAR ? "unicode or list or tuple"
                                                                : "list or tuple", value);
}

int convert_store_array(ctype *type, char *address, PyObject *value)
{
    Py_ssize_t length = type->u.array.length;

    return convert_store_array_of(type, address, length < 0 ? 0 : length, value);
}

/* ---- records ------------------------------------------------------------------------------ */

PyObject *convert_load_field(cfield *field, char *record)
{
    if (field->bitshift >= 0)
        return convert_load_bitfield(field, record);
    return convert_load(field->type, record + field->offset);
}

int convert_store_field(cfield *field, char *record, PyObject *value)
{
    if (field->bitshift >= 0)
        return convert_store_bitfield(field, record, value);
    return convert_store(field->type, record + field->offset, value);
}

/* `size`: bytes from the start of the record to the end of its memory. */
static int convert_store_member(cfield *field, char *record, Py_ssize_t size, PyObject *value)
{
    if (field->bitshift == CFIELD_EMPTY_ARRAY) {
        if (PyIndex_Check(value))       /* `new` was told only the length */
            return 0;
        return convert_store_sized(field->type, record + field->offset, size - field->offset, value);
    }
    if (field->type->flags & CTYPE_HAS_VAR_ARRAY)
        return convert_store_sized(field->type, record + field->offset, size - field->offset, value);
    return convert_store_field(field, record, value);
}

static cfield *convert_next_listed(cfield *field)
{
    while (field != NULL && (field->flags & CFIELD_NOT_IN_LIST))
        field = field->next;
    return field;
}

static int convert_store_listed(ctype *type, char *address, Py_ssize_t size, PyObject *value)
{
    cfield *field = convert_next_listed(type->u.record.first);
    Py_ssize_t i;

    for (i = 0; i < PySequence_Fast_GET_SIZE(value); i++) {
        PyObject *element;
        int failed;

        if (field == NULL)
            return convert_too_many(type, PyExc_ValueError, "too many initializers",
                                    PySequence_Fast_GET_SIZE(value), "");
        element = Py_NewRef(PySequence_Fast_GET_ITEM(value, i));
        failed = convert_store_member(field, address, size, element);
        Py_DECREF(element);
        if (failed)
            return -1;
        field = convert_next_listed(field->next);
    }
    return 0;
}

static int convert_store_named(ctype *type, char *address, Py_ssize_t size, PyObject *value)
{
    PyObject *name, *element;
    Py_ssize_t position = 0;

    while (PyDict_Next(value, &position, &name, &element)) {
        cfield *field = PyUnicode_Check(name) ? ctype_find_field(type, name) : NULL;
        int failed;

        if (field == NULL) {
            PyErr_SetObject(PyExc_KeyError, name);
            return -1;
        }
        Py_INCREF(element);
        failed = convert_store_member(field, address, size, element);
        Py_DECREF(element);
        if (failed)
            return -1;
    }
    return 0;
}

static int convert_store_record_of(ctype *type, char *address, Py_ssize_t size, PyObject *value)
{
    if (PyList_Check(value) || PyTuple_Check(value))
        return convert_store_listed(type, address, size, value);
    if (PyDict_Check(value))
        return convert_store_named(type, address, size, value);
    if (cdata_check(type->state, value) && ((cdata *)value)->type == type) {
        memmove(address, ((cdata *)value)->data, (size_t)type->size);
        return 0;
    }
    return convert_error(type, "list or tuple or dict or struct-cdata", value);
}

int convert_store_record(ctype *type, char *address, PyObject *value)
{
    return convert_store_record_of(type, address, type->size, value);
}

int convert_store_sized(ctype *type, char *address, Py_ssize_t size, PyObject *value)
{
    if (type->kind == CTYPE_ARRAY && type->u.array.length < 0)
        return convert_store_array_of(type, address, type->item->size > 0 ? size / type->item->size : 0, value);
    if (ctype_is_record(type) && !(type->flags & CTYPE_IS_OPAQUE))
        return convert_store_record_of(type, address, size, value);
    return convert_store(type, address, value);
}

/* ---- flexible array members ----------------------------------------------------------------- */

static int convert_grow(Py_ssize_t *size, cfield *field, PyObject *value)
{
    Py_ssize_t needed;

    if (field->bitshift == CFIELD_EMPTY_ARRAY) {
        ctype *item = field->type->item;
        Py_ssize_t length = convert_array_length(item, value);

        if (length < 0)
            return -1;
        if (item->size > 0 && length > (PY_SSIZE_T_MAX - field->offset) / item->size) {
            PyErr_SetString(PyExc_OverflowError, "array size would overflow a Py_ssize_t");
            return -1;
        }
        needed = length * item->size;
    }
    else if (field->type->flags & CTYPE_HAS_VAR_ARRAY) {
        needed = convert_record_size(field->type, value);
        if (needed < 0)
            return -1;
    }
    else
        return 0;
    if (field->offset + needed > *size)
        *size = field->offset + needed;
    return 0;
}

Py_ssize_t convert_record_size(ctype *type, PyObject *initializer)
{
    Py_ssize_t size = type->size, i;

    if (!(type->flags & CTYPE_HAS_VAR_ARRAY))
        return size;
    if (PyList_Check(initializer) || PyTuple_Check(initializer)) {
        cfield *field = convert_next_listed(type->u.record.first);

        for (i = 0; field != NULL && i < PySequence_Fast_GET_SIZE(initializer); i++) {
            if (convert_grow(&size, field, PySequence_Fast_GET_ITEM(initializer, i)) < 0)
                return -1;
            field = convert_next_listed(field->next);
        }
    }
    else if (PyDict_Check(initializer)) {
        PyObject *name, *element;
        Py_ssize_t position = 0;

        while (PyDict_Next(initializer, &position, &name, &element)) {
            cfield *field = PyUnicode_Check(name) ? ctype_find_field(type, name) : NULL;

            if (field != NULL && convert_grow(&size, field, element) < 0)
                return -1;
        }
    }
    return size;
}
