/* convert_pointer.c: pointers, and what may be given for a pointer argument.

   Neighbours: convert_scalar.c, convert_aggregate.c (for the items of a
   temporary array).  Only an argument may be made from a list or a string:
   its memory lives as long as the call.  A stored pointer has to point to
   something that the user keeps. */
#include "convert.h"
#include "cdata.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

PyObject *convert_load_pointer(ctype *type, char *address)
{
    char *value;

    memcpy(&value, address, sizeof(value));
    return cdata_new_view(type, value);
}

int convert_store_pointer(ctype *type, char *address, PyObject *value)
{
    char *pointer;

    if (convert_as_pointer(type, value, &pointer) < 0)
        return -1;
    memcpy(address, &pointer, sizeof(pointer));
    return 0;
}

static int convert_is_char_pointer(ctype *type)
{
    return type->kind == CTYPE_POINTER && (type->item->flags & CTYPE_IS_CHAR_LIKE) != 0;
}

static COMPAT_NOINLINE int convert_pointer_mismatch(ctype *type, ctype *source, PyObject *value)
{
    int to_char = type->kind == CTYPE_POINTER && type->item->class_ == CTYPE_CLASS_CHAR && type->item->size == 1;
    int from_char = source->kind == CTYPE_POINTER && source->item->class_ == CTYPE_CLASS_CHAR &&
                    source->item->size == 1;

    if (!to_char && !from_char)
        return convert_error(type, "pointer to same type", value);
    PyErr_Format(PyExc_TypeError,
                 "initializer for ctype '%U' must be a pointer to same type, not cdata '%U' (an implicit cast "
                 "%s 'char *' is not made: use an explicit ffi.cast() if it is meant)",
                 type->name, ((cdata *)value)->type->name, to_char ? "to" : "from");
    return -1;
}

int convert_as_pointer(ctype *type, PyObject *value, char **result)
{
    ctype *source;

    if (!cdata_check(type->state, value))
        return convert_error(type, "cdata pointer", value);
    source = ((cdata *)value)->type;
    *result = ((cdata *)value)->data;
    if (source == type)
        return 0;
    if (source->kind == CTYPE_ARRAY)
        source = source->u.array.pointer;
    if (!ctype_is_pointer(source))
        return convert_error(type, "pointer or array", value);
    if (source == type || ((source->flags | type->flags) & CTYPE_IS_VOID_PTR) != 0 ||
        (convert_is_char_pointer(source) && convert_is_char_pointer(type)))
        return 0;
    return convert_pointer_mismatch(type, source, value);
}

/* ---- FILE * --------------------------------------------------------------------------- */

#define CONVERT_FILE_ATTRIBUTE "_cffi_like_FILE"
#define CONVERT_FILE_CAPSULE "cffi_like.FILE"

static void convert_close_file(PyObject *capsule)
{
    FILE *stream = (FILE *)PyCapsule_GetPointer(capsule, CONVERT_FILE_CAPSULE);

    if (stream != NULL)
        fclose(stream);
}

/* An unbuffered stream on a duplicate of the file's descriptor. */
static FILE *convert_open_file(PyObject *file)
{
    int descriptor = PyObject_AsFileDescriptor(file), copy;
    PyObject *mode = NULL;
    FILE *stream = NULL;

    if (descriptor < 0)
        return NULL;
    mode = PyObject_GetAttrString(file, "mode");
    if (mode == NULL || !PyUnicode_Check(mode)) {
        PyErr_Clear();
        Py_XDECREF(mode);
        mode = PyUnicode_FromString("r+");
        if (mode == NULL)
            return NULL;
    }
    copy = dup(descriptor);
    if (copy >= 0) {
        const char *text = PyUnicode_AsUTF8(mode);

        /* fdopen does not know Python's 'x', which has done its work by now. */
        stream = text == NULL ? NULL : fdopen(copy, text[0] == 'x' ? "w" : text);
        if (stream == NULL)
            close(copy);
        else
            setvbuf(stream, NULL, _IONBF, 0);
    }
    if (stream == NULL && !PyErr_Occurred())
        PyErr_SetFromErrno(PyExc_OSError);
    Py_DECREF(mode);
    return stream;
}

/* The stream of a Python file, made once and closed with the file object. */
static int convert_as_file(PyObject *file, char **result)
{
    PyObject *flushed = PyObject_CallMethod(file, "flush", NULL), *capsule;
    FILE *stream;

    if (flushed == NULL)
        return -1;
    Py_DECREF(flushed);
    capsule = PyObject_GetAttrString(file, CONVERT_FILE_ATTRIBUTE);
    if (capsule != NULL) {
        *result = (char *)PyCapsule_GetPointer(capsule, CONVERT_FILE_CAPSULE);
        Py_DECREF(capsule);
        return *result == NULL ? -1 : 0;
    }
    PyErr_Clear();
    stream = convert_open_file(file);
    if (stream == NULL)
        return -1;
    capsule = PyCapsule_New(stream, CONVERT_FILE_CAPSULE, convert_close_file);
    if (capsule == NULL) {
        fclose(stream);
        return -1;
    }
    if (PyObject_SetAttrString(file, CONVERT_FILE_ATTRIBUTE, capsule) < 0) {
        Py_DECREF(capsule);
        return -1;
    }
    Py_DECREF(capsule);
    *result = (char *)stream;
    return 0;
}

static int convert_is_python_file(PyObject *value)
{
    return PyObject_HasAttrString(value, "fileno") && PyObject_HasAttrString(value, "flush");
}

/* ---- arguments -------------------------------------------------------------------------- */

/* What an empty list or tuple points to: an address that is valid, for nothing. */
static long double convert_empty_array;

static int convert_check_bools(ctype *type, PyObject *bytes)
{
    const char *text = PyBytes_AS_STRING(bytes);
    Py_ssize_t i, count = PyBytes_GET_SIZE(bytes);

    for (i = 0; i < count; i++) {
        if ((unsigned char)text[i] > 1) {
            PyErr_Format(PyExc_ValueError, "an array of %U can only contain \\x00 or \\x01", type->item->name);
            return -1;
        }
    }
    return 0;
}

static COMPAT_NOINLINE int convert_argument_error(ctype *type, PyObject *value)
{
    ctype *item = type->item;

    if (type->kind == CTYPE_POINTER && (PyUnicode_Check(value) || PyBytes_Check(value)) &&
        (item->flags & (CTYPE_IS_CHAR_LIKE | CTYPE_IS_WIDE_CHAR)) != 0)
        return convert_error(type, (item->flags & CTYPE_IS_CHAR_LIKE) != 0 ? "bytes or list or tuple"
                                                                          : "str or list or tuple", value);
    return convert_error(type, "cdata pointer", value);
}

static Py_ssize_t convert_prepare_sequence(ctype *type, PyObject *value, char **result)
{
    Py_ssize_t count = PySequence_Fast_GET_SIZE(value);
    ctype *item = type->item;

    if (item->size < 0)
        return convert_argument_error(type, value);
    if (item->size > 0 && count > PY_SSIZE_T_MAX / item->size) {
        PyErr_NoMemory();
        return -1;
    }
    *result = (char *)&convert_empty_array;
    return count * item->size;
}

Py_ssize_t convert_prepare_argument(ctype *type, PyObject *value, char **result)
{
    ctype *item = type->item;

    if (cdata_check(type->state, value))
        return convert_as_pointer(type, value, result);
    if (type->kind != CTYPE_POINTER)
        return convert_argument_error(type, value);
    if (PyBytes_Check(value) && (type->flags & CTYPE_IS_VOID_PTR || item->flags & CTYPE_IS_CHAR_LIKE)) {
        if (item->class_ == CTYPE_CLASS_BOOL && convert_check_bools(type, value) < 0)
            return -1;
        *result = PyBytes_AS_STRING(value);
        return 0;
    }
    if (PyList_Check(value) || PyTuple_Check(value))
        return convert_prepare_sequence(type, value, result);
    if (PyUnicode_Check(value) && (item->flags & CTYPE_IS_WIDE_CHAR))
        return (convert_text_length(item, value) + 1) * item->size;
    if ((item->flags & CTYPE_IS_FILE) && convert_is_python_file(value))
        return convert_as_file(value, result);
    return convert_argument_error(type, value);
}

int convert_fill_argument(ctype *type, PyObject *value, char *memory, Py_ssize_t size)
{
    ctype *item = type->item;
    Py_ssize_t i;

    if (PyUnicode_Check(value))
        return convert_write_text(item, memory, value);
    /* A list may change while its items are converted (their __index__ may do
       anything), so its length is read again each time. */
    for (i = 0; i < PySequence_Fast_GET_SIZE(value) && (i + 1) * item->size <= size; i++) {
        PyObject *element = Py_NewRef(PySequence_Fast_GET_ITEM(value, i));
        int failed = convert_store(item, memory + i * item->size, element);

        Py_DECREF(element);
        if (failed)
            return -1;
    }
    return 0;
}
