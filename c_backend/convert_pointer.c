/* convert_pointer.c: pointers, and what Python gives for a pointer argument.

   A stored pointer must be cdata of a fitting type: nothing would keep other
   memory alive.  An argument may be a temporary too, since it lives as long as
   the call. */
#include "convert.h"
#include "cdata.h"
#include <stdio.h>
#include <unistd.h>

static PyObject *convert_load_pointer(ctype *type, char *address)
{
    char *value;

    memcpy(&value, address, sizeof(value));
    return cdata_new_view(type, value);
}

static PyObject *convert_load_function(ctype *type, char *address)
{
    void *value;

    memcpy(&value, address, sizeof(value));
    return cdata_new_function(type, value, NULL, NULL, 1);
}

/* Memory of single bytes: char of any signedness and _Bool. */
static int convert_is_bytes(const ctype *target)
{
    return target->kind == CTYPE_PRIMITIVE && target->size == 1;
}

static int convert_is_char(const ctype *target)
{
    return target->class_ == CTYPE_CLASS_CHAR && target->size == 1;
}

/* Why a pointer of type `from` does not go into `type`. */
static COMPAT_NOINLINE int convert_pointer_mismatch(ctype *type, ctype *from)
{
    if (PyUnicode_Compare(type->name, from->name) == 0)
        PyErr_Format(PyExc_TypeError, "initializer for ctype '%U' appears indeed to be '%U', but "
                     "the types are different (check that you are not e.g. mixing up different "
                     "ffi instances)", type->name, from->name);
    else if (ctype_is_pointer(from) || from->kind == CTYPE_ARRAY)
        PyErr_Format(PyExc_TypeError, "initializer for ctype '%U' must be a pointer to same type, "
                     "not cdata '%U'", type->name, from->name);
    else
        PyErr_Format(PyExc_TypeError, "initializer for ctype '%U' must be a pointer or array, "
                     "not cdata '%U'", type->name, from->name);
    return -1;
}

/* Whether a pointer of type `from` may be used as one of type `type` without
   a cast: void * on either side, and char * for any pointer to bytes. */
static int convert_pointer_fits(const ctype *type, const ctype *from)
{
    if (!ctype_is_pointer(from))
        return 0;
    if ((type->flags | from->flags) & CTYPE_IS_VOID_PTR)
        return 1;
    return type->kind == CTYPE_POINTER && from->kind == CTYPE_POINTER &&
           ((convert_is_char(type->item) && convert_is_bytes(from->item)) ||
            (convert_is_bytes(type->item) && convert_is_char(from->item)));
}

int convert_as_pointer(ctype *type, PyObject *value, char **result)
{
    cdata *source = (cdata *)value;
    ctype *from;

    if (COMPAT_UNLIKELY(!CDATA_CHECK(value)))
        return convert_error(type, "cdata pointer", value);
    from = source->type;
    if (from->kind == CTYPE_ARRAY)
        from = from->u.array.pointer;
    if (COMPAT_UNLIKELY(from != type && !convert_pointer_fits(type, from)))
        return convert_pointer_mismatch(type, source->type);
    *result = source->data;
    /* C is not told that there is no memory: NULL would mean something else. */
    if (COMPAT_UNLIKELY(*result == NULL) && cdata_is_gone(source)) {
        cdata_null_error(source);
        return -1;
    }
    return 0;
}

static int convert_store_pointer(ctype *type, char *address, PyObject *value)
{
    char *pointer;

    if (convert_as_pointer(type, value, &pointer) < 0)
        return -1;
    memcpy(address, &pointer, sizeof(pointer));
    return 0;
}

void convert_choose_pointer(ctype *type)
{
    type->load = type->kind == CTYPE_FUNCTION ? convert_load_function : convert_load_pointer;
    type->store = convert_store_pointer;
}

/* ---- FILE * ------------------------------------------------------------ */

#define CONVERT_FILE_ATTRIBUTE "__cffi_like_FILE"

static void convert_close_file(PyObject *capsule)
{
    FILE *file = PyCapsule_GetPointer(capsule, "FILE");

    if (file != NULL)
        fclose(file);
}

/* An unbuffered FILE on a duplicate of the descriptor, so that C and Python
   agree on what was written; it is closed with the Python file object. */
static FILE *convert_open_file(PyObject *object)
{
    PyObject *mode = NULL, *flushed = NULL, *capsule = NULL;
    FILE *file = NULL;
    int descriptor = PyObject_AsFileDescriptor(object);

    if (descriptor < 0)
        return NULL;
    mode = PyObject_GetAttrString(object, "mode");
    flushed = mode == NULL ? NULL : PyObject_CallMethod(object, "flush", NULL);
    if (flushed == NULL)
        goto done;
    if (!PyUnicode_Check(mode)) {
        PyErr_Format(PyExc_TypeError, "the mode of the file must be str, not %.200s",
                     Py_TYPE(mode)->tp_name);
        goto done;
    }
    descriptor = dup(descriptor);
    if (descriptor < 0 || (file = fdopen(descriptor, PyUnicode_AsUTF8(mode))) == NULL) {
        PyErr_SetFromErrno(PyExc_OSError);
        if (descriptor >= 0)
            close(descriptor);
        goto done;
    }
    setvbuf(file, NULL, _IONBF, 0);
    capsule = PyCapsule_New(file, "FILE", convert_close_file);
    if (capsule == NULL)
        fclose(file);
    if (capsule == NULL || PyObject_SetAttrString(object, CONVERT_FILE_ATTRIBUTE, capsule) < 0)
        file = NULL;
done:
    Py_XDECREF(mode);
    Py_XDECREF(flushed);
    Py_XDECREF(capsule);
    return file;
}

void *convert_file_pointer(PyObject *object)
{
    PyObject *capsule = PyObject_GetAttrString(object, CONVERT_FILE_ATTRIBUTE);
    PyObject *flushed;
    void *file;

    if (capsule == NULL) {
        PyErr_Clear();
        return convert_open_file(object);
    }
    flushed = PyObject_CallMethod(object, "flush", NULL);
    file = flushed == NULL ? NULL : PyCapsule_GetPointer(capsule, "FILE");
    Py_XDECREF(flushed);
    Py_DECREF(capsule);
    return file;
}

static int convert_is_file(PyObject *value)
{
    static const char *const needed[] = {"fileno", "mode", "flush"};
    int found = 1;

    for (size_t i = 0; found && i < sizeof(needed) / sizeof(needed[0]); i++) {
        PyObject *attribute = PyObject_GetAttrString(value, needed[i]);

        found = attribute != NULL;
        Py_XDECREF(attribute);
    }
    PyErr_Clear();
    return found;
}

/* ---- arguments --------------------------------------------------------- */

static Py_ssize_t convert_list_argument(ctype *type, PyObject *value)
{
    Py_ssize_t size, count = PySequence_Fast_GET_SIZE(value);

    if (type->item->size < 0) {
        convert_error(type, "cdata pointer", value);
        return -1;
    }
    if (__builtin_mul_overflow(count, type->item->size, &size)) {
        PyErr_SetString(PyExc_OverflowError, "array size would overflow a Py_ssize_t");
        return -1;
    }
    return size > 0 ? size : 1;
}

/* bytes are passed as they are; C must not write to them. */
static Py_ssize_t convert_bytes_argument(ctype *type, PyObject *value, char **result)
{
    if (type->item->class_ == CTYPE_CLASS_BOOL) {
        const char *read = PyBytes_AS_STRING(value);

        for (Py_ssize_t i = 0; i < PyBytes_GET_SIZE(value); i++)
            if ((unsigned char)read[i] > 1) {
                PyErr_Format(PyExc_ValueError, "an array of _Bool can only contain \\x00 or \\x01");
                return -1;
            }
    }
    *result = PyBytes_AS_STRING(value);
    return 0;
}

/* Buffers other than bytes are not taken as they are: say how they are passed. */
static COMPAT_NOINLINE int convert_argument_error(ctype *type, PyObject *value)
{
    const char *item = type->flags & CTYPE_IS_VOID_PTR ? "char" : NULL;

    if (!PyObject_CheckBuffer(value))
        return convert_error(type, "cdata pointer", value);
    PyErr_Format(PyExc_TypeError, "initializer for ctype '%U' must be a cdata pointer, not %.200s: "
                 "ffi.from_buffer('%V[]', x) gives one", type->name, Py_TYPE(value)->tp_name,
                 item == NULL ? type->item->name : NULL, item);
    return -1;
}

Py_ssize_t convert_prepare_argument(ctype *type, PyObject *value, char **result)
{
    ctype *target = type->item;
    void *file;

    if (CDATA_CHECK(value) || type->kind == CTYPE_FUNCTION)
        return convert_as_pointer(type, value, result);
    if (PyBytes_Check(value) && ((type->flags & CTYPE_IS_VOID_PTR) || convert_is_bytes(target)))
        return convert_bytes_argument(type, value, result);
    if (PyList_Check(value) || PyTuple_Check(value))
        return convert_list_argument(type, value);
    if (PyUnicode_Check(value) && (target->flags & CTYPE_IS_WIDE_CHAR)) {
        Py_ssize_t count = convert_array_length(type, value);

        return count < 0 ? -1 : count * target->size;
    }
    if ((target->flags & CTYPE_IS_FILE) && convert_is_file(value)) {
        file = convert_file_pointer(value);
        *result = file;
        return file == NULL ? -1 : 0;
    }
    /* The commonest mistake: say which text is taken. */
    if ((PyUnicode_Check(value) || PyBytes_Check(value)) && target->size > 0)
        return convert_error(type, convert_is_bytes(target) ? "bytes or list or tuple"
                                   : target->flags & CTYPE_IS_WIDE_CHAR ? "str or list or tuple"
                                                                        : "list or tuple", value);
    return convert_argument_error(type, value);
}

int convert_fill_argument(ctype *type, PyObject *value, char *memory, Py_ssize_t size)
{
    /* A list that shrank or grew meanwhile is checked against the memory. */
    Py_ssize_t length = type->item->size > 0 ? size / type->item->size : 0;

    return convert_store_array(type, memory, length, value);
}
