/* cdata_lent.c: memory that release() gives back while parts of it live: that of
   from_buffer() and of an allocator.

   The lender knows its parts, slices and pointers and empties them, so reading
   through them raises RuntimeError as NULL does.  What needs the memory to stay
   pins it: then release() raises BufferError.  Memory of newp needs none of
   this: it goes with the last part.  Neighbours: cdata_buffer.c and
   cdata_owner.c have the lenders, cdata_bounds.c the bounds. */
#include "cdata.h"
#include "convert.h"

cdata_lender *cdata_lender_of(PyObject *owner)
{
    core_state *state = cdata_state((cdata *)owner);

    if (Py_TYPE(owner) == CORE_TYPE(state, cdata_buffer_type))
        return &((cdata_buffer *)owner)->lender;
    if (Py_TYPE(owner) == CORE_TYPE(state, cdata_gc_type) && ((cdata_gc *)owner)->is_memory)
        return &((cdata_gc *)owner)->lender;
    return NULL;
}

void cdata_pin(PyObject *owner)
{
    cdata_lender *lender = owner == NULL ? NULL : cdata_lender_of(owner);

    if (lender != NULL)
        __atomic_add_fetch(&lender->exports, 1, __ATOMIC_SEQ_CST);
}

void cdata_unpin(PyObject *owner)
{
    cdata_lender *lender = owner == NULL ? NULL : cdata_lender_of(owner);

    if (lender != NULL)
        __atomic_sub_fetch(&lender->exports, 1, __ATOMIC_SEQ_CST);
}

void cdata_lender_empty(PyObject *owner)
{
    cdata_lender *lender = cdata_lender_of(owner);

    Py_BEGIN_CRITICAL_SECTION(owner);
    while (lender->parts != NULL) {
        cdata_lent *part = lender->parts;

        lender->parts = part->next;
        part->place = NULL;
        part->bounded.sized.head.data = NULL;
        part->bounded.extent.low = part->bounded.extent.high = NULL;
    }
    ((cdata *)owner)->data = NULL;
    Py_END_CRITICAL_SECTION();
}

/* ---- slots ------------------------------------------------------------- */

/* Whether storing `value` runs no Python code, so that nothing needs a pin. */
static inline int cdata_lent_is_plain(PyObject *value)
{
    return value == NULL || PyLong_CheckExact(value) || PyFloat_CheckExact(value) ||
           PyBytes_CheckExact(value) || CDATA_CHECK(value);
}

int cdata_lent_setattro(PyObject *self, PyObject *name, PyObject *value)
{
    PyObject *owner;
    int result;

    if (cdata_lent_is_plain(value))
        return cdata_bounds_setattro(self, name, value);
    owner = cdata_keeper((cdata *)self);
    cdata_pin(owner);
    result = cdata_bounds_setattro(self, name, value);
    cdata_unpin(owner);
    return result;
}

int cdata_lent_ass_subscript(PyObject *self, PyObject *key, PyObject *value)
{
    PyObject *owner;
    int result;

    if (cdata_lent_is_plain(value))
        return cdata_bounds_ass_subscript(self, key, value);
    owner = cdata_keeper((cdata *)self);
    cdata_pin(owner);
    result = cdata_bounds_ass_subscript(self, key, value);
    cdata_unpin(owner);
    return result;
}

/* ---- reading outside ---------------------------------------------------- */

/* A scalar that lies outside the memory of from_buffer(), wholly or not.  CFFI reads
   whatever is there, and says that this is no error (its tests do it by one item):
   a warning, and what is not the object's reads as zero. */
static PyObject *cdata_lent_read_outside(cdata *self, Py_ssize_t index)
{
    ctype *item = self->type->item;
    char bytes[16] = {0};       /* no scalar has more */
    PyObject *class, *error, *trace;
    cdata_extent extent;
    int failed;

    PyErr_Fetch(&class, &error, &trace);
    failed = PyErr_WarnFormat(PyExc_UserWarning, 1, "%S: reads as zero", error) < 0;
    Py_XDECREF(class);
    Py_XDECREF(error);
    Py_XDECREF(trace);
    /* The warning may have run Python code that released the memory. */
    if (failed || !cdata_extent_of(self, &extent))
        return NULL;
    for (Py_ssize_t i = 0; i < item->size && self->data != NULL; i++) {
        uintptr_t address = (uintptr_t)self->data + (uintptr_t)index * (uintptr_t)item->size +
                            (uintptr_t)i;

        if (address >= (uintptr_t)extent.low && address < (uintptr_t)extent.high)
            bytes[i] = *(char *)address;
    }
    return convert_load(item, bytes);
}

PyObject *cdata_lent_subscript(PyObject *object, PyObject *key)
{
    cdata *self = (cdata *)object;
    ctype *item = self->type->item;
    PyObject *owner = cdata_keeper(self), *result;
    cdata_extent released = {owner, NULL, NULL};
    Py_ssize_t index;

    if (self->type->kind != CTYPE_POINTER || PySlice_Check(key) ||
        Py_TYPE(owner) != CORE_TYPE(cdata_state(self), cdata_buffer_type))
        return cdata_access_subscript(object, key);
    index = PyNumber_AsSsize_t(key, PyExc_IndexError);
    if (index == -1 && PyErr_Occurred())
        return NULL;
    if (self->data == NULL)
        return ctype_is_aggregate(item) ? cdata_new_lent(item, NULL, -1, &released)
                                        : cdata_null_error(self);
    if (cdata_bounds_check(self, index, 1) < 0)
        return ctype_is_aggregate(item) ? cdata_new_outside(item, -1, self)
                                        : cdata_lent_read_outside(self, index);
    key = PyLong_FromSsize_t(index);
    result = key == NULL ? NULL : cdata_access_subscript(object, key);
    Py_XDECREF(key);
    return result;
}

/* ---- life -------------------------------------------------------------- */

static void cdata_lent_dealloc(PyObject *object)
{
    PyTypeObject *python_type = Py_TYPE(object);
    cdata_lent *self = (cdata_lent *)object;
    PyObject *owner = self->bounded.extent.owner;

    if (((cdata *)object)->weakrefs != NULL)
        PyObject_ClearWeakRefs(object);
    Py_BEGIN_CRITICAL_SECTION(owner);
    if (self->place != NULL) {
        *self->place = self->next;
        if (self->next != NULL)
            self->next->place = self->place;
    }
    Py_END_CRITICAL_SECTION();
    Py_DECREF(((cdata *)object)->type);
    PyObject_Free(object);
    Py_DECREF(python_type);
    Py_DECREF(owner);
}

static PyType_Slot cdata_lent_slots[] = {
    {Py_tp_doc, "A part of or pointer into memory that release() gives back."},
    {Py_tp_dealloc, (void *)cdata_lent_dealloc},
    {Py_tp_getattro, (void *)cdata_bounds_getattro},
    {Py_tp_setattro, (void *)cdata_lent_setattro},
    {Py_mp_subscript, (void *)cdata_lent_subscript},
    {Py_mp_ass_subscript, (void *)cdata_lent_ass_subscript},
    COMPAT_NO_NEW_SLOT
    {0, NULL},
};

static PyType_Spec cdata_lent_spec = {
    .name = CORE_TYPE_NAME("__CDataLent"),
    .basicsize = sizeof(cdata_lent),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = cdata_lent_slots,
};

PyObject *cdata_new_lent(ctype *type, char *data, Py_ssize_t length, const cdata_extent *extent)
{
    PyTypeObject *class = CDATA_NEED(type->state, lent);
    cdata_lender *lender = cdata_lender_of(extent->owner);
    cdata_lent *self = class == NULL ? NULL : PyObject_Malloc(sizeof(cdata_lent));

    if (self == NULL)
        return class == NULL ? NULL : PyErr_NoMemory();
    PyObject_Init((PyObject *)self, class);
    self->bounded.sized.head.type = (ctype *)Py_NewRef((PyObject *)type);
    self->bounded.sized.head.data = data;
    self->bounded.sized.head.weakrefs = NULL;
    self->bounded.sized.length = length;
    self->bounded.extent = *extent;
    self->bounded.outside = NULL;
    Py_INCREF(extent->owner);
    Py_BEGIN_CRITICAL_SECTION(extent->owner);
    self->next = lender->parts;
    self->place = &lender->parts;
    if (self->next != NULL)
        self->next->place = &self->next;
    lender->parts = self;
    Py_END_CRITICAL_SECTION();
    return (PyObject *)self;
}

int cdata_lent_offer(core_state *state)
{
    return core_publish_type(state, CDATA_NEED(state, lent));
}
