/* cdata_buffer.c: C memory and Python's buffer protocol, in both directions:
   the type `buffer` shows memory of cdata as bytes, from_buffer() gives cdata
   in the memory of a Python object. */
#include "cdata.h"
#include "convert.h"
#include <structmember.h>

/* ---- buffer ------------------------------------------------------------ */

typedef struct cdata_bytes {
    PyObject_HEAD
    Py_ssize_t size;
    PyObject *owner;            /* owned: the cdata, which has the address */
    PyObject *weakrefs;
} cdata_bytes;

/* The memory now; NULL with an error if there is none: it may have been released. */
static char *cdata_bytes_data(cdata_bytes *self)
{
    cdata *owner = (cdata *)self->owner;

    if (owner->data == NULL && self->size > 0)
        cdata_null_error(owner);
    return owner->data;
}

/* Whether there are `size` bytes, as far as anybody knows. */
static int cdata_bytes_fit(cdata *source, Py_ssize_t size)
{
    Py_ssize_t reach = cdata_reach(source);

    if (source->type->kind == CTYPE_ARRAY || reach < 0 || size <= reach)
        return 0;
    PyErr_Format(PyExc_ValueError, "buffer(): cdata '%U' points to %zd bytes, %zd are asked for",
                 source->type->name, reach, size);
    return -1;
}

/* The bytes from `source` on; size -1: as many as are known. */
static PyObject *cdata_bytes_make(PyTypeObject *type, cdata *source, Py_ssize_t size)
{
    Py_ssize_t known;
    cdata_bytes *self;

    if (source->type->kind != CTYPE_POINTER && source->type->kind != CTYPE_ARRAY) {
        PyErr_Format(PyExc_TypeError, "expected a pointer or array cdata, got '%U'",
                     source->type->name);
        return NULL;
    }
    known = cdata_known_size(source);
    if (size < 0) {
        size = known >= 0 ? known : source->type->item->size;
        if (size < 0) {
            PyErr_Format(PyExc_TypeError, "don't know the size pointed to by '%U'",
                         source->type->name);
            return NULL;
        }
    }
    else if (known >= 0 && size > known) {
        if (PyErr_WarnFormat(PyExc_UserWarning, 1, "ffi.buffer(cdata, bytes): creating a buffer of "
                             "%zd bytes over a cdata that owns only %zd bytes: it has those", size,
                             known) < 0)
            return NULL;
        size = known;
    }
    if (cdata_bytes_fit(source, size) < 0)
        return NULL;
    self = PyObject_GC_New(cdata_bytes, type);
    if (self == NULL)
        return NULL;
    self->size = size;
    self->owner = Py_NewRef((PyObject *)source);
    self->weakrefs = NULL;
    PyObject_GC_Track((PyObject *)self);
    return (PyObject *)self;
}

/* buffer(cdata, size=-1) */
static PyObject *cdata_bytes_vectorcall(PyObject *type, PyObject *const *args, size_t flags,
                                        PyObject *names)
{
    static const char *const keywords[] = {"cdata", "size"};
    PyObject *values[2] = {NULL, NULL};
    Py_ssize_t size = -1;

    if (cdata_parse("buffer", args, PyVectorcall_NARGS(flags), names, keywords, 2, values) < 0)
        return NULL;
    if (values[0] == NULL || !CDATA_CHECK(values[0]))
        return cdata_wrong_argument("buffer", 1, values[0] == NULL ? Py_None : values[0]);
    if (values[1] != NULL) {
        size = PyNumber_AsSsize_t(values[1], PyExc_OverflowError);
        if (size == -1 && PyErr_Occurred())
            return NULL;
    }
    return cdata_bytes_make((PyTypeObject *)type, (cdata *)values[0], size);
}

/* What calls the type other than by vectorcall. */
static PyObject *cdata_bytes_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"cdata", "size", NULL};
    PyObject *object;
    Py_ssize_t size = -1;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|n:buffer", keywords, &object, &size))
        return NULL;
    if (!CDATA_CHECK(object))
        return cdata_wrong_argument("buffer", 1, object);
    return cdata_bytes_make(type, (cdata *)object, size);
}

static int cdata_bytes_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((cdata_bytes *)self)->owner);
    return 0;
}

static void cdata_bytes_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    PyObject_GC_UnTrack(self);
    /* Buffers of from_buffer() of buffers, and so on without end. */
    Py_TRASHCAN_BEGIN(self, cdata_bytes_dealloc)
    if (((cdata_bytes *)self)->weakrefs != NULL)
        PyObject_ClearWeakRefs(self);
    Py_XDECREF(((cdata_bytes *)self)->owner);
    PyObject_GC_Del(self);
    Py_DECREF(type);
    Py_TRASHCAN_END
}

static int cdata_bytes_getbuffer(PyObject *self, Py_buffer *view, int flags)
{
    PyObject *owner = ((cdata_bytes *)self)->owner;
    char *data = cdata_bytes_data((cdata_bytes *)self);

    view->obj = NULL;
    if (data == NULL && PyErr_Occurred())
        return -1;
    if (PyBuffer_FillInfo(view, self, data, ((cdata_bytes *)self)->size, 0, flags) < 0)
        return -1;
    cdata_pin(cdata_keeper((cdata *)owner));
    return 0;
}

static void cdata_bytes_releasebuffer(PyObject *self, Py_buffer *Py_UNUSED(view))
{
    cdata_unpin(cdata_keeper((cdata *)((cdata_bytes *)self)->owner));
}

static Py_ssize_t cdata_bytes_length(PyObject *self)
{
    return ((cdata_bytes *)self)->size;
}

/* A key as start and count of bytes; *single: it was an index. */
static int cdata_bytes_key(cdata_bytes *self, PyObject *key, Py_ssize_t *start, Py_ssize_t *count,
                           int *single)
{
    Py_ssize_t stop, step;

    *single = PyIndex_Check(key);
    if (*single) {
        *start = PyNumber_AsSsize_t(key, PyExc_IndexError);
        if (*start == -1 && PyErr_Occurred())
            return -1;
        if (*start < 0)
            *start += self->size;
        *count = 1;
        if (*start >= 0 && *start < self->size)
            return 0;
        PyErr_SetString(PyExc_IndexError, "buffer index out of range");
        return -1;
    }
    if (!PySlice_Check(key)) {
        PyErr_Format(PyExc_TypeError, "buffer indices must be integers, not %.200s",
                     Py_TYPE(key)->tp_name);
        return -1;
    }
    if (PySlice_Unpack(key, start, &stop, &step) < 0)
        return -1;
    if (step != 1) {
        PyErr_SetString(PyExc_TypeError, "buffer doesn't support slicing with step != 1");
        return -1;
    }
    *count = PySlice_AdjustIndices(self->size, start, &stop, step);
    return 0;
}

static PyObject *cdata_bytes_subscript(PyObject *object, PyObject *key)
{
    cdata_bytes *self = (cdata_bytes *)object;
    Py_ssize_t start, count;
    int single;
    char *data;

    if (cdata_bytes_key(self, key, &start, &count, &single) < 0)
        return NULL;
    data = cdata_bytes_data(self);
    return data == NULL && PyErr_Occurred() ? NULL : PyBytes_FromStringAndSize(data + start, count);
}

/* sq_item makes the type iterable. */
static PyObject *cdata_bytes_item(PyObject *object, Py_ssize_t index)
{
    cdata_bytes *self = (cdata_bytes *)object;
    char *data;

    if (index < 0 || index >= self->size) {
        PyErr_SetString(PyExc_IndexError, "buffer index out of range");
        return NULL;
    }
    data = cdata_bytes_data(self);
    return data == NULL ? NULL : PyBytes_FromStringAndSize(data + index, 1);
}

static int cdata_bytes_ass_subscript(PyObject *object, PyObject *key, PyObject *value)
{
    cdata_bytes *self = (cdata_bytes *)object;
    Py_ssize_t start, count;
    Py_buffer source;
    int single, result = -1;
    char *data;

    if (value == NULL) {
        PyErr_SetString(PyExc_TypeError, "items of a buffer cannot be deleted");
        return -1;
    }
    if (cdata_bytes_key(self, key, &start, &count, &single) < 0 ||
        PyObject_GetBuffer(value, &source, PyBUF_SIMPLE) < 0)
        return -1;
    data = cdata_bytes_data(self);
    if (data == NULL && PyErr_Occurred())
        ;
    else if (source.len == count) {
        if (count > 0)
            memmove(data + start, source.buf, (size_t)count);
        result = 0;
    }
    else if (single)
        PyErr_Format(PyExc_ValueError, "must assign a single byte, not %zd bytes", source.len);
    else
        PyErr_Format(PyExc_ValueError, "right operand length must match slice length: "
                     "%zd bytes into %zd", source.len, count);
    PyBuffer_Release(&source);
    return result;
}

static PyObject *cdata_bytes_richcompare(PyObject *left, PyObject *right, int op)
{
    Py_buffer first, second;
    Py_ssize_t shorter;
    int order;

    if (!PyObject_CheckBuffer(left) || !PyObject_CheckBuffer(right) || CDATA_CHECK(right))
        Py_RETURN_NOTIMPLEMENTED;
    if (PyObject_GetBuffer(left, &first, PyBUF_SIMPLE) < 0)
        return NULL;
    if (PyObject_GetBuffer(right, &second, PyBUF_SIMPLE) < 0) {
        PyBuffer_Release(&first);
        return NULL;
    }
    shorter = first.len < second.len ? first.len : second.len;
    order = memcmp(first.buf, second.buf, (size_t)shorter);
    if (order == 0)
        order = first.len < second.len ? -1 : first.len > second.len;
    PyBuffer_Release(&first);
    PyBuffer_Release(&second);
    Py_RETURN_RICHCOMPARE(order, 0, op);
}

static PyMemberDef cdata_bytes_members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(cdata_bytes, weakrefs), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot cdata_bytes_slots[] = {
    {Py_tp_doc, "buffer(cdata, size=-1): the memory of a pointer or array as bytes that can be\n"
                "read and written, and that other objects can share.  Keeps the cdata alive."},
    {Py_tp_new, (void *)cdata_bytes_new},
    {Py_tp_dealloc, (void *)cdata_bytes_dealloc},
    {Py_tp_traverse, (void *)cdata_bytes_traverse},
    {Py_tp_richcompare, (void *)cdata_bytes_richcompare},
    {Py_tp_hash, (void *)PyObject_HashNotImplemented},
    {Py_sq_item, (void *)cdata_bytes_item},
    {Py_mp_length, (void *)cdata_bytes_length},
    {Py_mp_subscript, (void *)cdata_bytes_subscript},
    {Py_mp_ass_subscript, (void *)cdata_bytes_ass_subscript},
    {Py_bf_getbuffer, (void *)cdata_bytes_getbuffer},
    {Py_bf_releasebuffer, (void *)cdata_bytes_releasebuffer},
    {Py_tp_members, cdata_bytes_members},
    {0, NULL},
};

static PyType_Spec cdata_bytes_spec = {
    .name = CORE_TYPE_NAME("buffer"),
    .basicsize = sizeof(cdata_bytes),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = cdata_bytes_slots,
};

/* ---- from_buffer ------------------------------------------------------- */

void cdata_buffer_release(cdata_buffer *self)
{
    Py_buffer view;

    Py_BEGIN_CRITICAL_SECTION(self);
    view = self->view;
    if (view.obj != NULL)
        self->source = Py_NewRef(view.obj);
    self->view.obj = NULL;
    Py_END_CRITICAL_SECTION();
    cdata_lender_empty((PyObject *)self);
    if (view.obj != NULL)
        PyBuffer_Release(&view);
}

/* An item after release(): what the object has there now, as CFFI's users know it.
   It is asked for its memory for as long as it takes to read. */
static PyObject *cdata_buffer_read_released(cdata_buffer *self, PyObject *key)
{
    ctype *item = self->sized.head.type->item;
    Py_ssize_t index = PyNumber_AsSsize_t(key, PyExc_IndexError);
    PyObject *result = NULL;
    Py_buffer view;

    if ((index == -1 && PyErr_Occurred()) ||
        PyObject_GetBuffer(self->source, &view, PyBUF_SIMPLE) < 0)
        return NULL;
    if (index < 0 || index >= cdata_array_length(&self->sized.head))
        PyErr_Format(PyExc_IndexError, "index %zd is outside cdata '%U' of %zd items", index,
                     self->sized.head.type->name, cdata_array_length(&self->sized.head));
    else if (index >= view.len / (item->size > 0 ? item->size : 1))
        PyErr_Format(PyExc_RuntimeError, "cdata '%U' was released, and its object has become too "
                     "small for index %zd", self->sized.head.type->name, index);
    else
        result = convert_load(item, (char *)view.buf + index * item->size);
    PyBuffer_Release(&view);
    return result;
}

static PyObject *cdata_buffer_subscript(PyObject *object, PyObject *key)
{
    cdata_buffer *self = (cdata_buffer *)object;
    ctype *type = self->sized.head.type;

    if (COMPAT_UNLIKELY(self->view.obj == NULL) && self->source != NULL &&
        type->kind == CTYPE_ARRAY && !ctype_is_aggregate(type->item) && !PySlice_Check(key))
        return cdata_buffer_read_released(self, key);
    return cdata_lent_subscript(object, key);
}

static int cdata_buffer_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((cdata *)self)->type);
    Py_VISIT(((cdata_buffer *)self)->view.obj);
    Py_VISIT(((cdata_buffer *)self)->source);
    return 0;
}

static int cdata_buffer_clear(PyObject *self)
{
    if (((cdata_buffer *)self)->lender.exports > 0)
        return 0;
    cdata_buffer_release((cdata_buffer *)self);
    Py_CLEAR(((cdata_buffer *)self)->source);
    return 0;
}

static void cdata_buffer_dealloc(PyObject *self)
{
    PyTypeObject *python_type = Py_TYPE(self);

    PyObject_GC_UnTrack(self);
    Py_TRASHCAN_BEGIN(self, cdata_buffer_dealloc)
    if (((cdata *)self)->weakrefs != NULL)
        PyObject_ClearWeakRefs(self);
    cdata_buffer_release((cdata_buffer *)self);
    Py_XDECREF(((cdata_buffer *)self)->source);
    Py_DECREF(((cdata *)self)->type);
    PyObject_GC_Del(self);
    Py_DECREF(python_type);
    Py_TRASHCAN_END
}

static PyObject *cdata_buffer_repr(PyObject *object)
{
    cdata_buffer *self = (cdata_buffer *)object;
    ctype *type = self->sized.head.type;

    if (self->view.obj == NULL)
        return PyUnicode_FromFormat("<cdata '%U' buffer RELEASED>", type->name);
    if (type->kind == CTYPE_ARRAY)
        return PyUnicode_FromFormat("<cdata '%U' buffer len %zd from '%.200s' object>", type->name,
                                    cdata_array_length(&self->sized.head),
                                    Py_TYPE(self->view.obj)->tp_name);
    return PyUnicode_FromFormat("<cdata '%U' buffer from '%.200s' object>", type->name,
                                Py_TYPE(self->view.obj)->tp_name);
}

static PyType_Slot cdata_buffer_slots[] = {
    {Py_tp_doc, "C data in the memory of a Python object."},
    {Py_tp_dealloc, (void *)cdata_buffer_dealloc},
    {Py_tp_traverse, (void *)cdata_buffer_traverse},
    {Py_tp_clear, (void *)cdata_buffer_clear},
    {Py_tp_repr, (void *)cdata_buffer_repr},
    {Py_tp_getattro, (void *)cdata_bounds_getattro},
    {Py_tp_setattro, (void *)cdata_lent_setattro},
    {Py_mp_subscript, (void *)cdata_buffer_subscript},
    {Py_mp_ass_subscript, (void *)cdata_lent_ass_subscript},
    COMPAT_NO_NEW_SLOT
    {0, NULL},
};

static PyType_Spec cdata_buffer_spec = {
    .name = CORE_TYPE_NAME("__CDataFromBuf"),
    .basicsize = sizeof(cdata_buffer),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION |
             Py_TPFLAGS_IMMUTABLETYPE,
    .slots = cdata_buffer_slots,
};

static PyTypeObject *cdata_buffer_class(core_state *state)
{
    return CDATA_NEED(state, buffer);
}

/* How many items of the array `size` bytes hold; -1 with an error. */
static Py_ssize_t cdata_buffer_items(ctype *type, Py_ssize_t size)
{
    if (type->kind != CTYPE_ARRAY)
        return 0;
    if (type->size >= 0) {
        if (size >= type->size)
            return type->u.array.length;
        PyErr_Format(PyExc_ValueError, "buffer is too small (%zd bytes) for '%U' (%zd bytes)", size,
                     type->name, type->size);
        return -1;
    }
    if (type->item->size > 0)
        return size / type->item->size;
    PyErr_Format(PyExc_ZeroDivisionError, "from_buffer('%U', ..): the actual length of the array "
                 "cannot be computed", type->name);
    return -1;
}

PyObject *cdata_new_from_buffer(ctype *type, PyObject *object, int writable)
{
    core_state *state = type->state;
    cdata_buffer *self;
    PyTypeObject *class;
    Py_buffer view;
    Py_ssize_t items;

    if (type->kind != CTYPE_POINTER && type->kind != CTYPE_ARRAY) {
        PyErr_Format(PyExc_TypeError, "expected a pointer or array ctype, got '%U'", type->name);
        return NULL;
    }
    if (PyUnicode_Check(object)) {
        PyErr_SetString(PyExc_TypeError,
                        "from_buffer() cannot return the address of a unicode object");
        return NULL;
    }
    if (CDATA_CHECK(object)) {
        PyErr_Format(PyExc_TypeError, "from_buffer() needs a Python object with a buffer, not "
                     "cdata '%U': cast() gives its memory another type",
                     ((cdata *)object)->type->name);
        return NULL;
    }
    if (PyObject_GetBuffer(object, &view, writable ? PyBUF_WRITABLE : PyBUF_SIMPLE) < 0)
        return NULL;
    items = cdata_buffer_items(type, view.len);
    class = items < 0 ? NULL : cdata_buffer_class(state);
    self = class == NULL ? NULL : PyObject_GC_New(cdata_buffer, class);
    if (self == NULL) {
        PyBuffer_Release(&view);
        return NULL;
    }
    self->sized.head.type = (ctype *)Py_NewRef((PyObject *)type);
    self->sized.head.data = view.buf;
    self->sized.head.weakrefs = NULL;
    self->sized.length = items;
    self->view = view;
    self->lender = (cdata_lender){NULL, 0};
    self->source = NULL;
    PyObject_GC_Track((PyObject *)self);
    return (PyObject *)self;
}

/* from_buffer(ctype, object, require_writable=False) */
static PyObject *cdata_py_from_buffer(PyObject *module, PyObject *const *args, Py_ssize_t count,
                                      PyObject *names)
{
    static const char *const keywords[] = {"cdecl", "python_buffer", "require_writable"};
    PyObject *values[3] = {NULL, NULL, Py_False};
    int writable;

    if (cdata_parse("from_buffer", args, count, names, keywords, 3, values) < 0)
        return NULL;
    if (values[0] == NULL || !CTYPE_CHECK(core_state_of(module), values[0]))
        return ctype_wrong_argument("from_buffer", 1, values[0] == NULL ? Py_None : values[0]);
    if (values[1] == NULL) {
        PyErr_SetString(PyExc_TypeError,
                        "from_buffer() missing required argument 'python_buffer' (pos 2)");
        return NULL;
    }
    writable = PyObject_IsTrue(values[2]);
    return writable < 0 ? NULL : cdata_new_from_buffer((ctype *)values[0], values[1], writable);
}

static PyMethodDef cdata_buffer_functions[] = {
    {"from_buffer", (PyCFunction)(void (*)(void))cdata_py_from_buffer,
     METH_FASTCALL | METH_KEYWORDS, "from_buffer(ctype, object, require_writable=False) -> cdata"},
    {NULL, NULL, 0, NULL},
};

int cdata_buffer_offer(PyObject *module, core_state *state)
{
    PyTypeObject *class = CORE_NEED_TYPE(state, buffer_type, &cdata_bytes_spec, NULL);

    if (class == NULL)
        return -1;
    /* Before 3.14 there is no slot for it. */
    class->tp_vectorcall = cdata_bytes_vectorcall;
    return core_publish_type(state, class) < 0 ||
                   core_publish_type(state, cdata_buffer_class(state)) < 0
               ? -1
               : PyModule_AddFunctions(module, cdata_buffer_functions);
}
