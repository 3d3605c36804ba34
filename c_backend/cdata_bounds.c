/* cdata_bounds.c: pointers that know how far their memory goes.

   What is computed from owned memory (`array + 1`, addressof) is a pointer into
   all of that memory: it keeps the owner, and reading and writing outside is an
   IndexError.  It may point outside, as one past the end of an array does (C11
   6.5.6p8).  A pointer that C gave, or that cast() made, has no bounds.
   Neighbours: cdata_access.c asks here for anything that is no plain view;
   cdata_lent.c has the same in memory that is given back. */
#include "cdata.h"

/* ---- what is known ----------------------------------------------------- */

static int cdata_extent_of_memory(cdata *self, cdata_extent *extent)
{
    Py_ssize_t size = cdata_known_size(self);

    if (size < 0)
        return 0;
    /* NULL: it was released. */
    *extent = (cdata_extent){(PyObject *)self, self->data,
                             self->data == NULL ? NULL : self->data + size};
    return 1;
}

static int cdata_extent_of_gc(cdata_gc *self, cdata_extent *extent)
{
    if (self->is_memory)
        return cdata_extent_of_memory(&self->sized.head, extent);
    *extent = self->extent;
    return extent->owner != NULL;
}

int cdata_extent_of(cdata *self, cdata_extent *extent)
{
    core_state *state = cdata_state(self);
    PyTypeObject *python_type = Py_TYPE(self);

    if (python_type == CORE_TYPE(state, cdata_type))
        return 0;
    if (python_type == CORE_TYPE(state, cdata_bounded_type) ||
        python_type == CORE_TYPE(state, cdata_lent_type)) {
        *extent = ((cdata_bounded *)self)->extent;
        return 1;
    }
    if (python_type == CORE_TYPE(state, cdata_owned_type) ||
        python_type == CORE_TYPE(state, cdata_keep_type))
        return cdata_extent_of_memory(self, extent);
    if (python_type == CORE_TYPE(state, cdata_buffer_type)) {
        Py_ssize_t size = self->data == NULL ? 0 : ((cdata_buffer *)self)->view.len;

        *extent = (cdata_extent){(PyObject *)self, self->data, self->data + size};
        return 1;
    }
    if (python_type == CORE_TYPE(state, cdata_gc_type))
        return cdata_extent_of_gc((cdata_gc *)self, extent);
    if (python_type == CORE_TYPE(state, cdata_handle_type)) {
        /* The address says which object it is; the bytes there are nobody's. */
        *extent = (cdata_extent){(PyObject *)self, self->data, self->data};
        return 1;
    }
    return cdata_keeper(self) != NULL &&
           cdata_extent_of_memory((cdata *)cdata_keeper(self), extent);
}

Py_ssize_t cdata_reach(cdata *self)
{
    cdata_extent extent;

    if (!cdata_extent_of(self, &extent))
        return -1;
    return (uintptr_t)self->data >= (uintptr_t)extent.low &&
                   (uintptr_t)self->data <= (uintptr_t)extent.high
               ? extent.high - self->data
               : 0;
}

Py_ssize_t cdata_room(cdata *self)
{
    Py_ssize_t size = cdata_known_size(self);

    return size >= 0 ? size : cdata_reach(self);
}

/* ---- checks ------------------------------------------------------------ */

static COMPAT_NOINLINE int cdata_bounds_error(cdata *self, Py_ssize_t index, Py_ssize_t count,
                                              Py_ssize_t first, Py_ssize_t end)
{
    if (count == 1)
        PyErr_Format(PyExc_IndexError, "index %zd is outside the memory of cdata '%U' "
                     "(expected %zd <= index < %zd)", index, self->type->name, first, end);
    else
        PyErr_Format(PyExc_IndexError, "slice from %zd, %zd items, is outside the memory of cdata "
                     "'%U' (expected %zd <= index < %zd)", index, count, self->type->name, first,
                     end);
    return -1;
}

int cdata_bounds_check(cdata *self, Py_ssize_t index, Py_ssize_t count)
{
    Py_ssize_t size = self->type->item->size, before, behind, first, end;
    cdata_extent extent;

    if (!cdata_extent_of(self, &extent) || size < 0)
        return 0;
    /* Commonest, and without a division: a few items, at a small index. */
    if (COMPAT_LIKELY(count == 1 && (size_t)index + INT32_MAX < 2 * (size_t)INT32_MAX &&
                      size < INT32_MAX)) {
        before = (Py_ssize_t)((uintptr_t)self->data - (uintptr_t)extent.low +
                              (uintptr_t)(index * size));
        if (COMPAT_LIKELY(before >= 0 && before <= extent.high - extent.low - size))
            return 0;
    }
    /* Signed distances: the pointer may lie anywhere. */
    before = (Py_ssize_t)((uintptr_t)extent.low - (uintptr_t)self->data);
    behind = (Py_ssize_t)((uintptr_t)extent.high - (uintptr_t)self->data);
    if (size == 0)
        return before <= 0 && behind >= 0 ? 0 : cdata_bounds_error(self, index, count, 0, 0);
    /* Rounded into the memory, whichever side of the pointer it is on. */
    first = before / size + (before > 0 && before % size != 0);
    end = behind / size - (behind < 0 && behind % size != 0);
    if (index >= first && index <= end && end - index >= count)
        return 0;
    return cdata_bounds_error(self, index, count, first, end > first ? end : first);
}

/* Whether the member may be used through a pointer to a record; what is no member
   is left to cdata_access.c.  0, or -1 with an error. */
static int cdata_bounds_check_member(cdata *self, PyObject *name)
{
    ctype *record = self->type->item;
    Py_ssize_t place, size;
    cdata_extent extent;
    cfield *field;

    if (self->type->kind != CTYPE_POINTER || !ctype_is_record(record) || self->data == NULL ||
        !cdata_extent_of(self, &extent))
        return 0;
    place = (Py_ssize_t)((uintptr_t)self->data - (uintptr_t)extent.low);
    size = extent.high - extent.low;
    if (COMPAT_LIKELY(place >= 0 && record->size <= size && place <= size - record->size))
        return 0;
    field = ctype_find_field(record, name);
    if (field == NULL)
        return PyErr_Occurred() ? -1 : 0;
    if (place >= -field->offset && place <= size - field->offset &&
        (field->type->size < 0 || place <= size - field->offset - field->type->size))
        return 0;
    PyErr_Format(PyExc_IndexError, "field '%U' is outside the memory of cdata '%U': %zd bytes, in "
                 "which the struct begins at %zd and the field at %zd", name, self->type->name, size,
                 place, (Py_ssize_t)((size_t)place + (size_t)field->offset));
    return -1;
}

/* ---- slots ------------------------------------------------------------- */

PyObject *cdata_bounds_getattro(PyObject *self, PyObject *name)
{
    if (cdata_bounds_check_member((cdata *)self, name) < 0)
        return NULL;
    return cdata_access_getattro(self, name);
}

/* Pointers into keeping memory keep what is stored through them. */
static int cdata_bounds_keeps(cdata *self)
{
    core_state *state = cdata_state(self);
    cdata_extent extent;

    if (COMPAT_LIKELY(Py_TYPE(self) == CORE_TYPE(state, cdata_bounded_type)))
        extent = ((cdata_bounded *)self)->extent;
    else if (!cdata_extent_of(self, &extent))
        return 0;
    return Py_TYPE(extent.owner) == CORE_TYPE(state, cdata_keep_type);
}

int cdata_bounds_setattro(PyObject *self, PyObject *name, PyObject *value)
{
    if (cdata_bounds_check_member((cdata *)self, name) < 0)
        return -1;
    if (COMPAT_UNLIKELY(cdata_bounds_keeps((cdata *)self)))
        return cdata_keep_setattro(self, name, value);
    return cdata_access_setattro(self, name, value);
}

int cdata_bounds_ass_subscript(PyObject *self, PyObject *key, PyObject *value)
{
    if (COMPAT_UNLIKELY(cdata_bounds_keeps((cdata *)self)))
        return cdata_keep_ass_subscript(self, key, value);
    return cdata_access_ass_subscript(self, key, value);
}

/* ---- life -------------------------------------------------------------- */

static void cdata_bounded_dealloc(PyObject *self)
{
    PyTypeObject *python_type = Py_TYPE(self);
    PyObject *owner = ((cdata_bounded *)self)->extent.owner;

    Py_XDECREF(((cdata_bounded *)self)->outside);
    if (((cdata *)self)->weakrefs != NULL)
        PyObject_ClearWeakRefs(self);
    Py_DECREF(((cdata *)self)->type);
    PyObject_Free(self);
    Py_DECREF(python_type);
    Py_DECREF(owner);
}

static PyType_Slot cdata_bounded_slots[] = {
    {Py_tp_doc, "A pointer that keeps the memory it was computed from, and knows its ends."},
    {Py_tp_dealloc, (void *)cdata_bounded_dealloc},
    {Py_tp_getattro, (void *)cdata_bounds_getattro},
    {Py_tp_setattro, (void *)cdata_bounds_setattro},
    {Py_mp_ass_subscript, (void *)cdata_bounds_ass_subscript},
    COMPAT_NO_NEW_SLOT
    {0, NULL},
};

static PyType_Spec cdata_bounded_spec = {
    .name = CORE_TYPE_NAME("__CDataBounded"),
    .basicsize = sizeof(cdata_bounded),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = cdata_bounded_slots,
};

static cdata_bounded *cdata_new_bounded(ctype *type, char *data, Py_ssize_t length,
                                        const cdata_extent *extent)
{
    PyTypeObject *class = CDATA_NEED(type->state, bounded);
    cdata_bounded *self = class == NULL ? NULL : PyObject_Malloc(sizeof(cdata_bounded));

    if (self == NULL)
        return class == NULL ? NULL : (cdata_bounded *)PyErr_NoMemory();
    PyObject_Init((PyObject *)self, class);
    self->sized.head.type = (ctype *)Py_NewRef((PyObject *)type);
    self->sized.head.data = data;
    self->sized.head.weakrefs = NULL;
    self->sized.length = length;
    self->extent = *extent;
    self->outside = NULL;
    Py_INCREF(extent->owner);
    return self;
}

PyObject *cdata_new_computed(ctype *type, char *data, cdata *from)
{
    cdata_extent extent;

    if (Py_TYPE(from) == CORE_TYPE(type->state, cdata_type) || type->kind == CTYPE_FUNCTION ||
        !cdata_extent_of(from, &extent))
        return cdata_new_view(type, data);
    /* Nowhere, and C shall not get it. */
    if (COMPAT_UNLIKELY(from->data == NULL) && cdata_is_gone(from))
        data = NULL;
    if (cdata_lender_of(extent.owner) != NULL)
        return cdata_new_lent(type, data, -1, &extent);
    return (PyObject *)cdata_new_bounded(type, data, -1, &extent);
}

PyObject *cdata_new_outside(ctype *type, Py_ssize_t length, cdata *from)
{
    PyObject *class, *error, *trace;
    cdata_bounded *self = NULL;
    cdata_extent extent;

    PyErr_Fetch(&class, &error, &trace);
    if (cdata_extent_of(from, &extent))
        self = cdata_new_bounded(type, NULL, length, &extent);
    if (self != NULL && error != NULL)
        self->outside = PyObject_Str(error);
    Py_XDECREF(class);
    Py_XDECREF(error);
    Py_XDECREF(trace);
    if (self != NULL && self->outside == NULL)
        Py_CLEAR(self);
    return (PyObject *)self;
}

int cdata_is_gone(cdata *self)
{
    core_state *state = cdata_state(self);
    PyObject *owner = self->data != NULL ? NULL : cdata_keeper(self);

    if (owner == NULL)
        return 0;
    if (Py_TYPE(self) == CORE_TYPE(state, cdata_bounded_type))
        return ((cdata_bounded *)self)->outside != NULL;
    if (Py_TYPE(owner) == CORE_TYPE(state, cdata_buffer_type))
        return ((cdata_buffer *)owner)->view.obj == NULL;
    return cdata_lender_of(owner) != NULL;
}

COMPAT_NOINLINE void *cdata_null_error(cdata *self)
{
    if (Py_TYPE(self) == CORE_TYPE(cdata_state(self), cdata_bounded_type) &&
        ((cdata_bounded *)self)->outside != NULL)
        PyErr_SetObject(PyExc_IndexError, ((cdata_bounded *)self)->outside);
    else if (cdata_is_gone(self))
        PyErr_Format(PyExc_RuntimeError, "the memory of cdata '%U' was released", self->type->name);
    else
        PyErr_Format(PyExc_RuntimeError, "cannot dereference null pointer from cdata '%U'",
                     self->type->name);
    return NULL;
}

int cdata_bounds_offer(core_state *state)
{
    return core_publish_type(state, CDATA_NEED(state, bounded));
}
