/* cdata_memory.c: string(), unpack() and memmove(): C memory to and from Python
   values in bulk.

   Reads cdata.h and ctype.h.  These functions copy; nothing of what they
   return refers to C memory, except structs of unpack(). */
#include "core.h"
#include "ctype.h"
#include "cdata.h"
#include "convert.h"
#include <string.h>

/* ---- text -------------------------------------------------------------------- */

/* `count` wide characters as str.  UTF-16 surrogate pairs are joined; a lone
   surrogate stays what it is.  A 32-bit value above U+10FFFF is a ValueError. */
static PyObject *cdata_memory_text16(const uint16_t *text, Py_ssize_t count)
{
    int order = PY_BIG_ENDIAN ? 1 : -1;     /* native, so that no mark is looked for */

    return PyUnicode_DecodeUTF16((const char *)text, count * 2, "surrogatepass", &order);
}

static PyObject *cdata_memory_text(ctype *item, const char *text, Py_ssize_t count)
{
    const uint32_t *wide = (const uint32_t *)text;
    Py_ssize_t i;

    if (item->size == 2)
        return cdata_memory_text16((const uint16_t *)text, count);
    for (i = 0; i < count; i++) {
        if (wide[i] > 0x10FFFF) {
            PyErr_Format(PyExc_ValueError, "%U out of range for conversion to unicode: 0x%x",
                         item->name, (unsigned int)wide[i]);
            return NULL;
        }
    }
    return PyUnicode_FromKindAndData(PyUnicode_4BYTE_KIND, text, count);
}

/* Items before the first zero, at most `limit` (-1: no limit). */
static Py_ssize_t cdata_memory_strlen(ctype *item, const char *text, Py_ssize_t limit)
{
    Py_ssize_t count = 0;

    if (item->size == 1) {
        const char *end;

        if (limit < 0)
            return (Py_ssize_t)strlen(text);
        end = limit > 0 ? memchr(text, 0, (size_t)limit) : NULL;
        return end != NULL ? end - text : limit;
    }
    if (item->size == 2) {
        while (count != limit && ((const uint16_t *)text)[count] != 0)
            count++;
    }
    else {
        while (count != limit && ((const uint32_t *)text)[count] != 0)
            count++;
    }
    return count;
}

static int cdata_memory_is_text(const ctype *item)
{
    return (item->flags & (CTYPE_IS_CHAR_LIKE | CTYPE_IS_WIDE_CHAR)) != 0 &&
           item->class_ != CTYPE_CLASS_BOOL;
}

static PyObject *cdata_memory_string_of_items(cdata *data, Py_ssize_t limit)
{
    ctype *item = data->type->item;
    Py_ssize_t count;

    if (data->data == NULL) {
        PyErr_Format(PyExc_RuntimeError, "cannot use string() on %R", (PyObject *)data);
        return NULL;
    }
    if (data->type->kind == CTYPE_ARRAY) {
        Py_ssize_t length = cdata_array_length(data);

        if (limit < 0 || limit > length)
            limit = length;
    }
    count = cdata_memory_strlen(item, data->data, limit);
    if (item->size == 1)
        return PyBytes_FromStringAndSize(data->data, count);
    return cdata_memory_text(item, data->data, count);
}

/* The enumerator's name, or the number's digits where it has none. */
static PyObject *cdata_memory_enum_name(cdata *data)
{
    PyObject *value = convert_load(data->type, data->data), *name = NULL;

    if (value == NULL)
        return NULL;
    if (data->type->u.enumeration.by_value != NULL)
        name = PyDict_GetItemWithError(data->type->u.enumeration.by_value, value);
    if (name != NULL)
        Py_INCREF(name);
    else if (!PyErr_Occurred())
        name = PyObject_Str(value);
    Py_DECREF(value);
    return name;
}

PyDoc_STRVAR(cdata_memory_string_doc,
"string(cdata, maxlen=-1)\n--\n\n"
"The zero-terminated string that `cdata` refers to: bytes for 1-byte items,\n"
"str for wide characters, at most `maxlen` items and never past the end of an\n"
"array.  A single character gives itself, an enum its enumerator's name (or\n"
"its number in digits).  RuntimeError for NULL, TypeError for other types.");

static PyObject *cdata_memory_string(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"cdata", "maxlen", NULL};
    PyObject *object;
    Py_ssize_t limit = -1;
    cdata *data;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|n:string", names, &object, &limit))
        return NULL;
    if (!cdata_check(core_state_of(module), object)) {
        PyErr_Format(PyExc_TypeError, "string() argument 1 must be a cdata, not %.200s",
                     Py_TYPE(object)->tp_name);
        return NULL;
    }
    data = (cdata *)object;
    switch (data->type->kind) {
    case CTYPE_POINTER:
    case CTYPE_ARRAY:
        if (cdata_memory_is_text(data->type->item))
            return cdata_memory_string_of_items(data, limit);
        break;
    case CTYPE_ENUM:
        return cdata_memory_enum_name(data);
    case CTYPE_PRIMITIVE:
        if (data->type->class_ == CTYPE_CLASS_BOOL)
            break;
        if (data->type->size == 1)
            return PyBytes_FromStringAndSize(data->data, 1);
        if (data->type->class_ == CTYPE_CLASS_CHAR)
            return cdata_memory_text(data->type, data->data, 1);
        break;
    default:
        break;
    }
    PyErr_Format(PyExc_TypeError, "string(): unexpected cdata '%U' argument", data->type->name);
    return NULL;
}

/* ---- unpack ------------------------------------------------------------------ */

/* The two commonest items have loops without an indirect call per item. */
static PyObject *cdata_memory_unpack_items(ctype *item, char *source, Py_ssize_t count)
{
    PyObject *list = PyList_New(count);
    Py_ssize_t i;

    if (list == NULL)
        return NULL;
    for (i = 0; i < count; i++) {
        PyObject *value;

        if (item->class_ == CTYPE_CLASS_SIGNED && item->size == 4)
            value = PyLong_FromLong(((int32_t *)source)[i]);
        else if (item->class_ == CTYPE_CLASS_FLOAT && item->size == 8)
            value = PyFloat_FromDouble(((double *)source)[i]);
        else
            value = convert_load(item, source + i * item->size);
        if (value == NULL) {
            Py_DECREF(list);
            return NULL;
        }
        PyList_SET_ITEM(list, i, value);
    }
    return list;
}

PyDoc_STRVAR(cdata_memory_unpack_doc,
"unpack(cdata, length)\n--\n\n"
"The first `length` items that a pointer or array refers to: bytes for char,\n"
"str for wide characters (zeros included), else a list.  The length is not\n"
"checked against an array's.  RuntimeError for NULL, ValueError for a negative\n"
"length or items of unknown size, TypeError for other types.");

static PyObject *cdata_memory_unpack(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"cdata", "length", NULL};
    PyObject *object;
    Py_ssize_t count;
    cdata *data;
    ctype *item;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "On:unpack", names, &object, &count))
        return NULL;
    if (!cdata_check(core_state_of(module), object)) {
        PyErr_Format(PyExc_TypeError, "unpack() argument 1 must be a cdata, not %.200s",
                     Py_TYPE(object)->tp_name);
        return NULL;
    }
    data = (cdata *)object;
    if (data->type->kind != CTYPE_POINTER && data->type->kind != CTYPE_ARRAY) {
        PyErr_Format(PyExc_TypeError, "expected a pointer or array, got '%U'", data->type->name);
        return NULL;
    }
    if (count < 0) {
        PyErr_SetString(PyExc_ValueError, "'length' cannot be negative");
        return NULL;
    }
    if (data->data == NULL) {
        PyErr_Format(PyExc_RuntimeError, "cannot use unpack() on %R", object);
        return NULL;
    }
    item = data->type->item;
    if (item->size < 0) {
        PyErr_Format(PyExc_ValueError, "'%U' points to items of unknown size", data->type->name);
        return NULL;
    }
    if (item->kind == CTYPE_PRIMITIVE && item->class_ == CTYPE_CLASS_CHAR) {
        if (item->size == 1)
            return PyBytes_FromStringAndSize(data->data, count);
        return cdata_memory_text(item, data->data, count);
    }
    return cdata_memory_unpack_items(item, data->data, count);
}

/* ---- memmove ----------------------------------------------------------------- */

/* The memory of one side: a cdata's own, or a Python buffer to be released. */
static int cdata_memory_side(core_state *state, PyObject *object, int flags, Py_buffer *view, char **start)
{
    view->obj = NULL;
    if (cdata_check(state, object)) {
        ctype *type = ((cdata *)object)->type;

        if (type->kind != CTYPE_POINTER && type->kind != CTYPE_ARRAY) {
            PyErr_Format(PyExc_TypeError, "expected a pointer or array ctype, got '%U'", type->name);
            return -1;
        }
        *start = ((cdata *)object)->data;
        if (*start == NULL) {
            PyErr_Format(PyExc_RuntimeError, "cannot use memmove() on %R", object);
            return -1;
        }
        return 0;
    }
    if (PyObject_GetBuffer(object, view, flags) < 0)
        return -1;
    *start = view->buf;
    return 0;
}

/* A Python buffer knows its size; a move past its end would be a write into
   another object. */
static int cdata_memory_check_size(const Py_buffer *view, const char *role, Py_ssize_t count)
{
    if (view->obj != NULL && view->len < count) {
        PyErr_Format(PyExc_ValueError, "memmove() of %zd bytes: the %s has only %zd", count, role, view->len);
        return -1;
    }
    return 0;
}

PyDoc_STRVAR(cdata_memory_memmove_doc,
"memmove(dest, src, n)\n--\n\n"
"Copies `n` bytes; the two may overlap.  Each side is a pointer or array cdata\n"
"or an object with a (for `dest` writable) contiguous buffer.  ValueError if n\n"
"is negative or larger than a buffer, BufferError if `dest` is read-only.");

static PyObject *cdata_memory_memmove(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"dest", "src", "n", NULL};
    core_state *state = core_state_of(module);
    PyObject *dest, *source, *result = NULL;
    Py_ssize_t count;
    Py_buffer to, from;
    char *to_start, *from_start;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OOn:memmove", names, &dest, &source, &count))
        return NULL;
    if (count < 0) {
        PyErr_SetString(PyExc_ValueError, "negative size");
        return NULL;
    }
    if (cdata_memory_side(state, source, PyBUF_SIMPLE, &from, &from_start) < 0)
        return NULL;
    if (cdata_memory_side(state, dest, PyBUF_WRITABLE, &to, &to_start) == 0) {
        if (cdata_memory_check_size(&from, "source", count) == 0 &&
            cdata_memory_check_size(&to, "destination", count) == 0) {
            if (count > 0)
                memmove(to_start, from_start, (size_t)count);
            result = Py_NewRef(Py_None);
        }
        if (to.obj != NULL)
            PyBuffer_Release(&to);
    }
    if (from.obj != NULL)
        PyBuffer_Release(&from);
    return result;
}

static PyMethodDef cdata_memory_functions[] = {
    {"string", (PyCFunction)(void (*)(void))cdata_memory_string, METH_VARARGS | METH_KEYWORDS,
     cdata_memory_string_doc},
    {"unpack", (PyCFunction)(void (*)(void))cdata_memory_unpack, METH_VARARGS | METH_KEYWORDS,
     cdata_memory_unpack_doc},
    {"memmove", (PyCFunction)(void (*)(void))cdata_memory_memmove, METH_VARARGS | METH_KEYWORDS,
     cdata_memory_memmove_doc},
    {NULL, NULL, 0, NULL},
};

int cdata_memory_init(PyObject *module, core_state *state)
{
    (void)state;
    return PyModule_AddFunctions(module, cdata_memory_functions);
}
