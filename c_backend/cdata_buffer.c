/* cdata_buffer.c: `ffi.buffer`, a writable view of the bytes behind a cdata.

   Reads cdata.h.  The view keeps the cdata alive, so memory that the cdata
   owns outlives the view; memory that it merely points to is the user's. */
#include "core.h"
#include "ctype.h"
#include "cdata.h"
#include "cdata_buffer.h"
#include <string.h>

typedef struct cdata_buffer {
    PyObject_HEAD
    char *start;
    Py_ssize_t size;            /* bytes */
    PyObject *owner;            /* owned: the cdata */
    PyObject *weakrefs;
} cdata_buffer;

int cdata_buffer_extent(cdata *data, char **start, Py_ssize_t *size)
{
    ctype *type = data->type;

    if (type->kind == CTYPE_POINTER) {
        *size = type->item->size;
        if (*size < 0) {
            PyErr_Format(PyExc_TypeError, "don't know the size pointed to by '%U'", type->name);
            return -1;
        }
    }
    else if (type->kind == CTYPE_ARRAY)
        *size = cdata_array_length(data) * type->item->size;
    else {
        PyErr_Format(PyExc_TypeError, "expected a pointer or array cdata, got '%U'", type->name);
        return -1;
    }
    *start = data->data;
    return 0;
}

static PyObject *cdata_buffer_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"cdata", "size", NULL};
    core_state *state = (core_state *)PyType_GetModuleState(type);
    PyObject *owner;
    Py_ssize_t given = -1, size;
    char *start;
    cdata_buffer *self;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|n:buffer", names, &owner, &given))
        return NULL;
    if (!cdata_check(state, owner)) {
        PyErr_Format(PyExc_TypeError, "buffer() argument 1 must be a cdata, not %.200s",
                     Py_TYPE(owner)->tp_name);
        return NULL;
    }
    /* A size given by the user also serves void * and opaque targets. */
    if (given >= 0 && ((cdata *)owner)->type->kind == CTYPE_POINTER) {
        start = ((cdata *)owner)->data;
        size = given;
    }
    else {
        if (cdata_buffer_extent((cdata *)owner, &start, &size) < 0)
            return NULL;
        if (given >= 0)
            size = given;
    }
    if (start == NULL && size > 0) {
        PyErr_Format(PyExc_RuntimeError, "cannot take the buffer of %R", owner);
        return NULL;
    }
    self = (cdata_buffer *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    self->start = start;
    self->size = size;
    self->owner = Py_NewRef(owner);
    return (PyObject *)self;
}

static int cdata_buffer_traverse(PyObject *object, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(((cdata_buffer *)object)->owner);
    return 0;
}

static int cdata_buffer_clear(PyObject *object)
{
    cdata_buffer *self = (cdata_buffer *)object;

    /* Nothing can be read any more once the owner is gone. */
    self->size = 0;
    Py_CLEAR(self->owner);
    return 0;
}

static void cdata_buffer_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);

    PyObject_GC_UnTrack(object);
    if (((cdata_buffer *)object)->weakrefs != NULL)
        PyObject_ClearWeakRefs(object);
    (void)cdata_buffer_clear(object);
    type->tp_free(object);
    Py_DECREF(type);
}

static int cdata_buffer_get(PyObject *object, Py_buffer *view, int flags)
{
    cdata_buffer *self = (cdata_buffer *)object;

    return PyBuffer_FillInfo(view, object, self->start, self->size, 0, flags);
}

static Py_ssize_t cdata_buffer_length(PyObject *object)
{
    return ((cdata_buffer *)object)->size;
}

static PyObject *cdata_buffer_item(PyObject *object, Py_ssize_t index)
{
    cdata_buffer *self = (cdata_buffer *)object;

    if (index < 0 || index >= self->size) {
        PyErr_SetString(PyExc_IndexError, "buffer index out of range");
        return NULL;
    }
    return PyBytes_FromStringAndSize(self->start + index, 1);
}

/* A slice of step 1 as start and length; -1 with a TypeError for other keys. */
static int cdata_buffer_range(cdata_buffer *self, PyObject *key, Py_ssize_t *start, Py_ssize_t *length)
{
    Py_ssize_t stop, step;

    if (!PySlice_Check(key)) {
        PyErr_Format(PyExc_TypeError, "buffer indices must be integers or slices, not %.200s",
                     Py_TYPE(key)->tp_name);
        return -1;
    }
    if (PySlice_Unpack(key, start, &stop, &step) < 0)
        return -1;
    *length = PySlice_AdjustIndices(self->size, start, &stop, step);
    if (step != 1) {
        PyErr_SetString(PyExc_TypeError, "buffer doesn't support slicing with step != 1");
        return -1;
    }
    return 0;
}

static PyObject *cdata_buffer_subscript(PyObject *object, PyObject *key)
{
    cdata_buffer *self = (cdata_buffer *)object;
    Py_ssize_t start, length;

    if (PyIndex_Check(key)) {
        start = PyNumber_AsSsize_t(key, PyExc_IndexError);
        if (start == -1 && PyErr_Occurred())
            return NULL;
        return cdata_buffer_item(object, start < 0 ? start + self->size : start);
    }
    if (cdata_buffer_range(self, key, &start, &length) < 0)
        return NULL;
    return PyBytes_FromStringAndSize(self->start + start, length);
}

static int cdata_buffer_assign_item(cdata_buffer *self, PyObject *key, PyObject *value)
{
    Py_ssize_t index = PyNumber_AsSsize_t(key, PyExc_IndexError);

    if (index == -1 && PyErr_Occurred())
        return -1;
    if (index < 0)
        index += self->size;
    if (index < 0 || index >= self->size) {
        PyErr_SetString(PyExc_IndexError, "buffer assignment index out of range");
        return -1;
    }
    if (!PyBytes_Check(value) || PyBytes_GET_SIZE(value) != 1) {
        PyErr_Format(PyExc_TypeError, "must assign a bytes of length 1, not %.200s", Py_TYPE(value)->tp_name);
        return -1;
    }
    self->start[index] = PyBytes_AS_STRING(value)[0];
    return 0;
}

static int cdata_buffer_assign(PyObject *object, PyObject *key, PyObject *value)
{
    cdata_buffer *self = (cdata_buffer *)object;
    Py_ssize_t start, length;
    Py_buffer source;

    if (value == NULL) {
        PyErr_SetString(PyExc_TypeError, "'del x[n]' not supported for buffer objects");
        return -1;
    }
    if (PyIndex_Check(key))
        return cdata_buffer_assign_item(self, key, value);
    if (cdata_buffer_range(self, key, &start, &length) < 0)
        return -1;
    if (PyObject_GetBuffer(value, &source, PyBUF_SIMPLE) < 0)
        return -1;
    if (source.len != length) {
        PyErr_Format(PyExc_ValueError, "right operand length must match slice length (%zd bytes for %zd)",
                     source.len, length);
        PyBuffer_Release(&source);
        return -1;
    }
    memmove(self->start + start, source.buf, (size_t)length);
    PyBuffer_Release(&source);
    return 0;
}

/* Compares as bytes do, with anything that has a simple buffer. */
static PyObject *cdata_buffer_compare(PyObject *left, PyObject *right, int operation)
{
    Py_buffer a, b;
    Py_ssize_t common;
    int order;

    if (PyObject_GetBuffer(left, &a, PyBUF_SIMPLE) < 0) {
        PyErr_Clear();
        Py_RETURN_NOTIMPLEMENTED;
    }
    if (PyObject_GetBuffer(right, &b, PyBUF_SIMPLE) < 0) {
        PyErr_Clear();
        PyBuffer_Release(&a);
        Py_RETURN_NOTIMPLEMENTED;
    }
    common = a.len < b.len ? a.len : b.len;
    order = common > 0 ? memcmp(a.buf, b.buf, (size_t)common) : 0;
    if (order == 0)
        order = (a.len > b.len) - (a.len < b.len);
    PyBuffer_Release(&a);
    PyBuffer_Release(&b);
    Py_RETURN_RICHCOMPARE(order, 0, operation);
}

PyDoc_STRVAR(cdata_buffer_doc,
"buffer(cdata, size=-1)\n--\n\n"
"A readable and writable view of the bytes that a pointer or array cdata\n"
"refers to: `size` of them, or as many as the type tells.  Indexing gives\n"
"bytes of length 1, slicing gives bytes; both can be assigned.  The view has\n"
"the buffer protocol (format 'B'), compares like bytes, and keeps the cdata\n"
"alive.  Raises TypeError for another kind of cdata or an unknown size.");

static PyMemberDef cdata_buffer_members[] = {
    {"__weaklistoffset__", Py_T_PYSSIZET, offsetof(cdata_buffer, weakrefs), Py_READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot cdata_buffer_slots[] = {
    {Py_tp_doc, (void *)cdata_buffer_doc},
    {Py_tp_new, (void *)cdata_buffer_new},
    {Py_tp_dealloc, (void *)cdata_buffer_dealloc},
    {Py_tp_traverse, (void *)cdata_buffer_traverse},
    {Py_tp_clear, (void *)cdata_buffer_clear},
    {Py_tp_members, cdata_buffer_members},
    {Py_tp_richcompare, (void *)cdata_buffer_compare},
    {Py_tp_hash, (void *)PyObject_HashNotImplemented},
    {Py_sq_length, (void *)cdata_buffer_length},
    {Py_sq_item, (void *)cdata_buffer_item},
    {Py_mp_length, (void *)cdata_buffer_length},
    {Py_mp_subscript, (void *)cdata_buffer_subscript},
    {Py_mp_ass_subscript, (void *)cdata_buffer_assign},
    {Py_bf_getbuffer, (void *)cdata_buffer_get},
    {0, NULL},
};

static PyType_Spec cdata_buffer_spec = {
    .name = "cffi_like._backend.buffer",
    .basicsize = sizeof(cdata_buffer),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = cdata_buffer_slots,
};

int cdata_buffer_init(PyObject *module, core_state *state)
{
    state->buffer_type = PyType_FromModuleAndSpec(module, &cdata_buffer_spec, NULL);
    if (state->buffer_type == NULL)
        return -1;
    return PyModule_AddType(module, CORE_TYPE(state, buffer_type));
}
