/* cdata_memory.c: many items at once: string, unpack, memmove. */
#include "cdata.h"
#include "convert.h"
#include <wchar.h>

int cdata_parse(const char *function, PyObject *const *args, Py_ssize_t count, PyObject *names,
                const char *const *keywords, int most, PyObject **values)
{
    Py_ssize_t named = names == NULL ? 0 : PyTuple_GET_SIZE(names);

    if (count + named > most) {
        PyErr_Format(PyExc_TypeError, "%s() takes at most %d arguments (%zd given)", function, most,
                     count + named);
        return -1;
    }
    for (Py_ssize_t i = 0; i < count; i++)
        values[i] = args[i];
    for (Py_ssize_t i = 0; i < named; i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i);
        int which = 0;

        while (which < most && PyUnicode_CompareWithASCIIString(name, keywords[which]) != 0)
            which++;
        if (which == most || which < count) {
            PyErr_Format(PyExc_TypeError, which == most
                         ? "%s() got an unexpected keyword argument '%U'"
                         : "%s() got multiple values for argument '%U'", function, name);
            return -1;
        }
        values[which] = args[count + i];
    }
    return 0;
}

static int cdata_parse_size(PyObject *object, Py_ssize_t *size)
{
    *size = PyNumber_AsSsize_t(object, PyExc_OverflowError);
    return *size == -1 && PyErr_Occurred() ? -1 : 0;
}

/* Items in memory whose end is known, else -1. */
static Py_ssize_t cdata_items(cdata *self)
{
    Py_ssize_t size = cdata_room(self), item = self->type->item->size;

    return size < 0 || item <= 0 ? -1 : size / item;
}

/* ---- string ------------------------------------------------------------ */

static PyObject *cdata_null_string(const char *function, cdata *self)
{
    PyErr_Format(PyExc_RuntimeError, "cannot use %s() on %R", function, self);
    return NULL;
}

/* Up to the first null, at most `limit` (-1: any number of) characters. */
static PyObject *cdata_wide_string(ctype *item, const char *data, Py_ssize_t limit)
{
    Py_ssize_t length = 0;

    if (item->size == 4 && (uintptr_t)data % sizeof(wchar_t) == 0 && sizeof(wchar_t) == 4)
        length = (Py_ssize_t)(limit < 0 ? wcslen((const wchar_t *)data)
                                        : wcsnlen((const wchar_t *)data, (size_t)limit));
    else
        while (length != limit && convert_read_integer(item, data + length * item->size) != 0)
            length++;
    return convert_load_wide_string(item, data, length);
}

static PyObject *cdata_string_of_memory(cdata *self, Py_ssize_t limit)
{
    ctype *item = self->type->item;
    Py_ssize_t room;

    if (self->data == NULL)
        return cdata_null_string("string", self);
    if (self->type->kind == CTYPE_ARRAY && limit < 0)
        limit = cdata_array_length(self);
    room = cdata_reach(self);
    if (room >= 0 && (limit < 0 || limit > room / item->size))
        limit = room / item->size;
    if (item->size == 1) {
        size_t length = limit < 0 ? strlen(self->data) : strnlen(self->data, (size_t)limit);

        return PyBytes_FromStringAndSize(self->data, (Py_ssize_t)length);
    }
    return cdata_wide_string(item, self->data, limit);
}

static PyObject *cdata_string_of_enum(cdata *self)
{
    PyObject *value = convert_load(self->type, self->data), *name;

    if (value == NULL)
        return NULL;
    name = PyDict_GetItemWithError(self->type->u.enumeration.by_value, value);
    name = name != NULL ? Py_NewRef(name) : PyErr_Occurred() ? NULL : PyObject_Str(value);
    Py_DECREF(value);
    return name;
}

/* Characters: char and wide; and bytes of either signedness. */
static int cdata_is_text(const ctype *type)
{
    return type->kind == CTYPE_PRIMITIVE &&
           (type->flags & (CTYPE_IS_CHAR_LIKE | CTYPE_IS_WIDE_CHAR));
}

/* string(cdata, maxlen=-1) */
static PyObject *cdata_py_string(PyObject *Py_UNUSED(module), PyObject *const *args,
                                 Py_ssize_t count, PyObject *names)
{
    static const char *const keywords[] = {"cdata", "maxlen"};
    PyObject *values[2] = {NULL, NULL};
    Py_ssize_t limit = -1;
    cdata *self;
    ctype *type;

    if (cdata_parse("string", args, count, names, keywords, 2, values) < 0)
        return NULL;
    if (values[0] == NULL || !CDATA_CHECK(values[0]))
        return cdata_wrong_argument("string", 1, values[0] == NULL ? Py_None : values[0]);
    if (values[1] != NULL && cdata_parse_size(values[1], &limit) < 0)
        return NULL;
    self = (cdata *)values[0];
    type = self->type;
    if ((type->kind == CTYPE_POINTER || type->kind == CTYPE_ARRAY) && cdata_is_text(type->item))
        return cdata_string_of_memory(self, limit);
    if ((type->kind == CTYPE_POINTER || type->kind == CTYPE_ARRAY) && type->item->kind == CTYPE_PRIMITIVE &&
        self->data == NULL)
        return cdata_null_string("string", self);       /* said before the type, as in CFFI */
    if (type->kind == CTYPE_ENUM)
        return cdata_string_of_enum(self);
    if (cdata_is_text(type))
        return type->size == 1 ? PyBytes_FromStringAndSize(self->data, 1)
                               : convert_load_wide_string(type, self->data, 1);
    PyErr_Format(PyExc_TypeError, "string(): unexpected cdata '%U' argument", type->name);
    return NULL;
}

/* ---- unpack ------------------------------------------------------------ */

#define CDATA_UNPACK(type, make)                            \
    for (Py_ssize_t i = 0; i < length; i++) {               \
        type value;                                         \
        PyObject *object;                                   \
        memcpy(&value, data, sizeof(value));                \
        object = make(value);                               \
        if (COMPAT_UNLIKELY(object == NULL))                \
            return -1;                                      \
        PyList_SET_ITEM(list, i, object);                   \
        data += sizeof(value);                              \
    }                                                       \
    return 0;

/* Fills a new list; the commonest types without a call per item. */
static int cdata_unpack_items(cdata *self, Py_ssize_t length, PyObject *list)
{
    ctype *item = self->type->item;
    char *data = self->data;

    if (item->class_ == CTYPE_CLASS_SIGNED && item->size == 4) {
        CDATA_UNPACK(int32_t, PyLong_FromLong)
    }
    if (item->class_ == CTYPE_CLASS_SIGNED && item->size == 8) {
        CDATA_UNPACK(int64_t, PyLong_FromLongLong)
    }
    if (item->class_ == CTYPE_CLASS_UNSIGNED && item->size == 1) {
        CDATA_UNPACK(uint8_t, PyLong_FromLong)
    }
    if (item->class_ == CTYPE_CLASS_FLOAT && item->size == 8) {
        CDATA_UNPACK(double, PyFloat_FromDouble)
    }
    for (Py_ssize_t i = 0; i < length; i++) {
        PyObject *object = ctype_is_aggregate(item) ? cdata_new_part(item, data, self)
                                                    : convert_load(item, data);

        if (object == NULL)
            return -1;
        PyList_SET_ITEM(list, i, object);
        data += item->size;
    }
    return 0;
}

static PyObject *cdata_unpack(cdata *self, Py_ssize_t length)
{
    ctype *item = self->type->item;
    PyObject *list;

    if (item->class_ == CTYPE_CLASS_CHAR)
        return item->size == 1 ? PyBytes_FromStringAndSize(self->data, length)
                               : convert_load_wide_string(item, self->data, length);
    list = PyList_New(length);
    if (list != NULL && cdata_unpack_items(self, length, list) < 0)
        Py_CLEAR(list);
    return list;
}

/* unpack(cdata, length): a list; bytes or str of characters. */
static PyObject *cdata_py_unpack(PyObject *Py_UNUSED(module), PyObject *const *args,
                                 Py_ssize_t count, PyObject *names)
{
    static const char *const keywords[] = {"cdata", "length"};
    PyObject *values[2] = {NULL, NULL};
    Py_ssize_t length;
    cdata *self;

    if (cdata_parse("unpack", args, count, names, keywords, 2, values) < 0)
        return NULL;
    if (values[0] == NULL || values[1] == NULL) {
        PyErr_Format(PyExc_TypeError, "unpack() missing required argument '%s' (pos %d)",
                     values[0] == NULL ? "cdata" : "length", values[0] == NULL ? 1 : 2);
        return NULL;
    }
    if (!CDATA_CHECK(values[0]))
        return cdata_wrong_argument("unpack", 1, values[0]);
    if (cdata_parse_size(values[1], &length) < 0)
        return NULL;
    self = (cdata *)values[0];
    if (self->type->kind != CTYPE_POINTER && self->type->kind != CTYPE_ARRAY) {
        PyErr_Format(PyExc_TypeError, "expected a pointer or array, got '%U'", self->type->name);
        return NULL;
    }
    if (length < 0) {
        PyErr_SetString(PyExc_ValueError, "'length' cannot be negative");
        return NULL;
    }
    if (self->data == NULL)
        return cdata_null_string("unpack", self);
    if (self->type->item->size < 0) {
        PyErr_Format(PyExc_ValueError, "'%U' points to items of unknown size", self->type->name);
        return NULL;
    }
    if (cdata_items(self) >= 0 && length > cdata_items(self)) {
        PyErr_Format(PyExc_IndexError, "unpack(): cdata '%U' has %zd items, %zd are asked for",
                     self->type->name, cdata_items(self), length);
        return NULL;
    }
    return cdata_unpack(self, length);
}

/* ---- memmove ----------------------------------------------------------- */

/* The memory of a side: cdata (whose address is read once both sides are there,
   since a buffer may run Python code), else a buffer, which the caller releases. */
static int cdata_memory_of(PyObject *object, int writable, Py_buffer *view)
{
    view->obj = NULL;
    if (CDATA_CHECK(object)) {
        ctype *type = ((cdata *)object)->type;

        if (type->kind != CTYPE_POINTER && type->kind != CTYPE_ARRAY) {
            PyErr_Format(PyExc_TypeError, "expected a pointer or array ctype, got '%U'",
                         type->name);
            return -1;
        }
        return 0;
    }
    return PyObject_GetBuffer(object, view, writable ? PyBUF_WRITABLE : PyBUF_SIMPLE);
}

/* A side that knows its end must have the bytes. */
static int cdata_memmove_fits(PyObject *object, const Py_buffer *view, Py_ssize_t size,
                              const char *side)
{
    Py_ssize_t known = CDATA_CHECK(object) ? cdata_room((cdata *)object) : view->len;

    if (CDATA_CHECK(object) && ((cdata *)object)->data == NULL && size > 0) {
        PyErr_Format(PyExc_RuntimeError, "memmove(): %s is a null pointer: cdata '%U'", side,
                     ((cdata *)object)->type->name);
        return -1;
    }
    if (known >= 0 && size > known) {
        PyErr_Format(PyExc_ValueError, "memmove(): %s has %zd bytes, %zd are asked for", side,
                     known, size);
        return -1;
    }
    return 0;
}

/* memmove(dest, src, n) */
static PyObject *cdata_py_memmove(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"dest", "src", "n", NULL};
    PyObject *dest, *src;
    Py_ssize_t size;
    Py_buffer dest_view, src_view;
    int failed;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OOn:memmove", keywords, &dest, &src, &size))
        return NULL;
    if (size < 0) {
        PyErr_SetString(PyExc_ValueError, "negative size");
        return NULL;
    }
    if (cdata_memory_of(src, 0, &src_view) < 0)
        return NULL;
    if (cdata_memory_of(dest, 1, &dest_view) < 0) {
        PyBuffer_Release(&src_view);
        return NULL;
    }
    failed = cdata_memmove_fits(dest, &dest_view, size, "dest") < 0 ||
             cdata_memmove_fits(src, &src_view, size, "src") < 0;
    if (!failed && size > 0)
        memmove(CDATA_CHECK(dest) ? ((cdata *)dest)->data : dest_view.buf,
                CDATA_CHECK(src) ? ((cdata *)src)->data : src_view.buf, (size_t)size);
    PyBuffer_Release(&src_view);
    PyBuffer_Release(&dest_view);
    if (failed)
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef cdata_memory_functions[] = {
    {"string", (PyCFunction)(void (*)(void))cdata_py_string, METH_FASTCALL | METH_KEYWORDS,
     "string(cdata, maxlen=-1) -> bytes or str"},
    {"unpack", (PyCFunction)(void (*)(void))cdata_py_unpack, METH_FASTCALL | METH_KEYWORDS,
     "unpack(cdata, length) -> list, bytes or str"},
    {"memmove", (PyCFunction)(void (*)(void))cdata_py_memmove, METH_VARARGS | METH_KEYWORDS,
     "memmove(dest, src, n)"},
    {NULL, NULL, 0, NULL},
};

int cdata_memory_offer(PyObject *module, core_state *Py_UNUSED(state))
{
    return PyModule_AddFunctions(module, cdata_memory_functions);
}
