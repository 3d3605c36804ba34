/* cdata_keep.c: memory that keeps alive what is stored into its pointers:
   ffi.new(..., keepalive=True).

   The owner has a dict from the offset of a pointer to the object whose memory
   it points to.  Assignments go through the types below, which do what CData
   does (cdata_access.c) and then note the values: so memory without keepalive
   pays nothing.  Parts and slices of such memory are of types of their own
   (cdata_new.c makes them), which find the owner.  What C code or memmove()
   writes is not seen. */
#include "cdata.h"
#include "convert.h"

/* The owner with the dict, for the three types of this file and for pointers that
   are bounded by such memory.  Borrowed. */
static cdata_keep *cdata_keep_owner(cdata *self)
{
    core_state *state = cdata_state(self);
    cdata_extent extent = {NULL, NULL, NULL};

    if (Py_TYPE(self) == CORE_TYPE(state, cdata_keep_type))
        return (cdata_keep *)self;
    if (Py_TYPE(self) == CORE_TYPE(state, cdata_keep_part_type))
        return (cdata_keep *)((cdata_struct *)self)->owner;
    if (Py_TYPE(self) == CORE_TYPE(state, cdata_keep_slice_type))
        return (cdata_keep *)((cdata_slice *)self)->owner;
    (void)cdata_extent_of(self, &extent);
    return (cdata_keep *)extent.owner;
}

static int cdata_keep_is(cdata *self)
{
    core_state *state = cdata_state(self);

    return Py_TYPE(self) == CORE_TYPE(state, cdata_keep_type) ||
           Py_TYPE(self) == CORE_TYPE(state, cdata_keep_part_type) ||
           Py_TYPE(self) == CORE_TYPE(state, cdata_keep_slice_type);
}

/* ---- noting ------------------------------------------------------------ */

static int cdata_keep_set(cdata_keep *keep, Py_ssize_t offset, PyObject *value)
{
    PyObject *key = PyLong_FromSsize_t(offset);
    int failed = key == NULL;

    if (!failed && value != NULL)
        failed = PyDict_SetItem(keep->kept, key, value) < 0;
    else if (!failed && PyDict_DelItem(keep->kept, key) < 0) {
        failed = !PyErr_ExceptionMatches(PyExc_KeyError);
        if (!failed)
            PyErr_Clear();
    }
    Py_XDECREF(key);
    return failed ? -1 : 0;
}

/* Values copied from other memory bring along what that keeps. */
static int cdata_keep_set_copied(cdata_keep *keep, Py_ssize_t offset, Py_ssize_t size, cdata *value)
{
    PyObject *old = PyDict_Keys(keep->kept), *source = NULL, *key, *object;
    Py_ssize_t first = 0, position = 0, at;
    int failed = old == NULL;

    if (!failed && cdata_keep_is(value)) {
        first = value->data - cdata_keep_owner(value)->sized.head.data;
        source = PyDict_Copy(cdata_keep_owner(value)->kept);
        failed = source == NULL;
    }
    for (Py_ssize_t i = 0; !failed && i < PyList_GET_SIZE(old); i++) {
        at = PyLong_AsSsize_t(PyList_GET_ITEM(old, i));
        if (at >= offset && at - offset < size)
            failed = cdata_keep_set(keep, at, NULL) < 0;
    }
    while (!failed && source != NULL && PyDict_Next(source, &position, &key, &object)) {
        at = PyLong_AsSsize_t(key) - first;
        if (at >= 0 && at < size)
            failed = cdata_keep_set(keep, offset + at, object) < 0;
    }
    Py_XDECREF(old);
    Py_XDECREF(source);
    return failed ? -1 : 0;
}

/* The object to keep for a pointer's value: what owns the memory, or NULL. */
static PyObject *cdata_keep_root(PyObject *value)
{
    core_state *state;
    PyObject *keeper;

    if (!CDATA_CHECK(value))
        return NULL;
    state = cdata_state((cdata *)value);
    if (Py_TYPE(value) == CORE_TYPE(state, cdata_gc_type))
        return value;           /* not only its memory: its destructor is to wait */
    keeper = cdata_keeper((cdata *)value);
    if (keeper != NULL)
        return keeper;
    if (Py_TYPE(value) == CORE_TYPE(state, cdata_type) ||
        Py_TYPE(value) == CORE_TYPE(state, cdata_function_type))
        return NULL;
    return value;
}

static int cdata_keep_note(cdata_keep *keep, Py_ssize_t offset, ctype *type, PyObject *value);

/* For an item that its list may lose: what is no longer kept may run a destructor. */
static int cdata_keep_note_held(cdata_keep *keep, Py_ssize_t offset, ctype *type, PyObject *value)
{
    int result;

    Py_INCREF(value);
    result = cdata_keep_note(keep, offset, type, value);
    Py_DECREF(value);
    return result;
}

static int cdata_keep_note_items(cdata_keep *keep, Py_ssize_t offset, ctype *item, PyObject *value)
{
    if (!ctype_is_pointer(item) && !ctype_is_aggregate(item))
        return 0;
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(value); i++)
        if (cdata_keep_note_held(keep, offset + i * item->size, item,
                                 PySequence_Fast_GET_ITEM(value, i)) < 0)
            return -1;
    return 0;
}

/* A list goes by position, as convert_aggregate.c has it. */
static int cdata_keep_note_members(cdata_keep *keep, Py_ssize_t offset, ctype *type,
                                   PyObject *value)
{
    cfield *field = type->u.record.first;

    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(value); i++, field = field->next) {
        while (field != NULL && (field->flags & CFIELD_NOT_IN_LIST))
            field = field->next;
        if (field == NULL)
            break;
        if (cdata_keep_note_held(keep, offset + field->offset, field->type,
                                 PySequence_Fast_GET_ITEM(value, i)) < 0)
            return -1;
    }
    return 0;
}

static int cdata_keep_note_dict(cdata_keep *keep, Py_ssize_t offset, ctype *type, PyObject *value)
{
    PyObject *items = PyDict_Items(value);
    int failed = items == NULL;

    for (Py_ssize_t i = 0; !failed && i < PyList_GET_SIZE(items); i++) {
        PyObject *pair = PyList_GET_ITEM(items, i);
        cfield *field = ctype_find_field(type, PyTuple_GET_ITEM(pair, 0));

        if (field != NULL)
            failed = cdata_keep_note(keep, offset + field->offset, field->type,
                                     PyTuple_GET_ITEM(pair, 1)) < 0;
        else
            failed = PyErr_Occurred() != NULL;
    }
    Py_XDECREF(items);
    return failed ? -1 : 0;
}

/* `value` was stored as a `type` at `offset`. */
static int cdata_keep_note(cdata_keep *keep, Py_ssize_t offset, ctype *type, PyObject *value)
{
    if (ctype_is_pointer(type))
        return cdata_keep_set(keep, offset, cdata_keep_root(value));
    if (!ctype_is_aggregate(type))
        return 0;
    if (CDATA_CHECK(value)) {
        Py_ssize_t size = cdata_known_size((cdata *)value);

        return cdata_keep_set_copied(keep, offset, size >= 0 ? size : type->size, (cdata *)value);
    }
    if (PyDict_Check(value) && ctype_is_record(type))
        return cdata_keep_note_dict(keep, offset, type, value);
    if (!PyList_Check(value) && !PyTuple_Check(value))
        return 0;
    return type->kind == CTYPE_ARRAY ? cdata_keep_note_items(keep, offset, type->item, value)
                                     : cdata_keep_note_members(keep, offset, type, value);
}

/* ---- assignment -------------------------------------------------------- */

int cdata_keep_setattro(PyObject *object, PyObject *name, PyObject *value)
{
    cdata *self = (cdata *)object;
    ctype *record = self->type->kind == CTYPE_POINTER ? self->type->item : self->type;
    cdata_keep *keep = cdata_keep_owner(self);
    cfield *field;

    if (cdata_access_setattro(object, name, value) < 0)
        return -1;
    field = ctype_find_field(record, name);
    if (field == NULL || field->bitshift >= 0)
        return PyErr_Occurred() ? -1 : 0;
    return cdata_keep_note(keep, self->data - keep->sized.head.data + field->offset, field->type,
                           value);
}

static int cdata_keep_set_slice(cdata *self, PyObject *slice, PyObject *value)
{
    cdata_keep *keep = cdata_keep_owner(self);
    ctype *item = self->type->item;
    Py_ssize_t start, offset;
    PyObject *items = NULL;
    int result;

    /* The values are needed twice. */
    if (value != NULL && !PyBytes_Check(value) && !PyByteArray_Check(value)) {
        items = CDATA_CHECK(value) ? NULL : PySequence_List(value);
        if (items == NULL && PyErr_Occurred())
            return -1;
    }
    result = cdata_access_ass_subscript((PyObject *)self, slice, items == NULL ? value : items);
    if (result == 0) {
        start = PyNumber_AsSsize_t(((PySliceObject *)slice)->start, PyExc_IndexError);
        offset = self->data - keep->sized.head.data + start * item->size;
        if (start == -1 && PyErr_Occurred())
            result = -1;
        else if (items != NULL)
            result = cdata_keep_note_items(keep, offset, item, items);
        else if (CDATA_CHECK(value) && ((cdata *)value)->type->kind == CTYPE_ARRAY)
            result = cdata_keep_set_copied(keep, offset, cdata_known_size((cdata *)value),
                                           (cdata *)value);
    }
    Py_XDECREF(items);
    return result;
}

int cdata_keep_ass_subscript(PyObject *object, PyObject *key, PyObject *value)
{
    cdata *self = (cdata *)object;
    cdata_keep *keep = cdata_keep_owner(self);
    ctype *item = self->type->item;
    Py_ssize_t index;

    if (PySlice_Check(key))
        return cdata_keep_set_slice(self, key, value);
    if (cdata_access_ass_subscript(object, key, value) < 0)
        return -1;
    index = PyNumber_AsSsize_t(key, PyExc_IndexError);
    if (index == -1 && PyErr_Occurred())
        return -1;
    return cdata_keep_note(keep, self->data - keep->sized.head.data + index * item->size, item,
                           value);
}

/* ---- life -------------------------------------------------------------- */

static int cdata_keep_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((cdata *)self)->type);
    Py_VISIT(((cdata_keep *)self)->memory);
    Py_VISIT(((cdata_keep *)self)->kept);
    return 0;
}

/* The memory stays: somebody may still read it.  Only what it keeps goes. */
static int cdata_keep_clear(PyObject *self)
{
    if (((cdata_keep *)self)->kept != NULL)
        PyDict_Clear(((cdata_keep *)self)->kept);
    return 0;
}

static void cdata_keep_dealloc(PyObject *self)
{
    PyTypeObject *python_type = Py_TYPE(self);

    PyObject_GC_UnTrack(self);
    if (((cdata *)self)->weakrefs != NULL)
        PyObject_ClearWeakRefs(self);
    Py_XDECREF(((cdata_keep *)self)->kept);
    Py_XDECREF(((cdata_keep *)self)->memory);
    Py_DECREF(((cdata *)self)->type);
    PyObject_GC_Del(self);
    Py_DECREF(python_type);
}

static void cdata_keep_part_dealloc(PyObject *self)
{
    PyTypeObject *python_type = Py_TYPE(self);
    PyObject *owner = (PyObject *)cdata_keep_owner((cdata *)self);

    if (((cdata *)self)->weakrefs != NULL)
        PyObject_ClearWeakRefs(self);
    Py_DECREF(((cdata *)self)->type);
    PyObject_Free(self);
    Py_DECREF(python_type);
    Py_DECREF(owner);
}

static PyType_Slot cdata_keep_slots[] = {
    {Py_tp_doc, "C data that owns its memory, and keeps what is stored into its pointers."},
    {Py_tp_dealloc, (void *)cdata_keep_dealloc},
    {Py_tp_traverse, (void *)cdata_keep_traverse},
    {Py_tp_clear, (void *)cdata_keep_clear},
    {Py_tp_setattro, (void *)cdata_keep_setattro},
    {Py_tp_getattro, (void *)cdata_access_getattro},
    {Py_mp_ass_subscript, (void *)cdata_keep_ass_subscript},
    COMPAT_NO_NEW_SLOT
    {0, NULL},
};

static PyType_Spec cdata_keep_spec = {
    .name = CORE_TYPE_NAME("__CDataKeep"),
    .basicsize = sizeof(cdata_keep),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION |
             Py_TPFLAGS_IMMUTABLETYPE,
    .slots = cdata_keep_slots,
};

static PyType_Slot cdata_keep_part_slots[] = {
    {Py_tp_doc, "A part or slice of such memory."},
    {Py_tp_dealloc, (void *)cdata_keep_part_dealloc},
    {Py_tp_setattro, (void *)cdata_keep_setattro},
    {Py_tp_getattro, (void *)cdata_access_getattro},
    {Py_mp_ass_subscript, (void *)cdata_keep_ass_subscript},
    COMPAT_NO_NEW_SLOT
    {0, NULL},
};

static PyType_Spec cdata_keep_part_spec = {
    .name = CORE_TYPE_NAME("__CDataKeepPart"),
    .basicsize = sizeof(cdata_struct),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = cdata_keep_part_slots,
};

static PyType_Spec cdata_keep_slice_spec = {
    .name = CORE_TYPE_NAME("__CDataKeepSlice"),
    .basicsize = sizeof(cdata_slice),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = cdata_keep_part_slots,
};

static PyTypeObject *cdata_keep_class(core_state *state)
{
    return CDATA_NEED(state, keep);
}

PyTypeObject *cdata_keep_part_class(core_state *state)
{
    return CDATA_NEED(state, keep_part);
}

PyTypeObject *cdata_keep_slice_class(core_state *state)
{
    return CDATA_NEED(state, keep_slice);
}

/* ---- making ------------------------------------------------------------ */

/* Takes `memory` (stolen; NULL: an error is set). */
static cdata_keep *cdata_keep_around(ctype *type, cdata *memory, Py_ssize_t length)
{
    PyTypeObject *class = cdata_keep_class(type->state);
    PyObject *kept = memory == NULL || class == NULL ? NULL : PyDict_New();
    cdata_keep *self = kept == NULL ? NULL : PyObject_GC_New(cdata_keep, class);

    if (self == NULL) {
        Py_XDECREF(kept);
        Py_XDECREF(memory);
        return NULL;
    }
    self->sized.head.type = (ctype *)Py_NewRef((PyObject *)type);
    self->sized.head.data = memory->data;
    self->sized.head.weakrefs = NULL;
    self->sized.length = length;
    self->memory = (PyObject *)memory;
    self->kept = kept;
    PyObject_GC_Track((PyObject *)self);
    return self;
}

/* newp_keeping(ctype, init=None) */
static PyObject *cdata_py_newp_keeping(PyObject *module, PyObject *args)
{
    PyObject *type, *init = Py_None;
    cdata_plan plan;
    cdata_keep *self;

    if (!PyArg_ParseTuple(args, "O!|O:newp_keeping",
                          CORE_TYPE(core_state_of(module), ctype_type), &type, &init) ||
        cdata_plan_memory((ctype *)type, init, &plan) < 0)
        return NULL;
    self = cdata_keep_around((ctype *)type, cdata_new_memory((ctype *)type, plan.size,
                                                             plan.target->align, plan.length),
                             plan.length);
    if (self != NULL && init != Py_None &&
        (cdata_initialize(&plan, self->sized.head.data, init) < 0 ||
         cdata_keep_note(self, 0, plan.target, init) < 0))
        Py_CLEAR(self);
    return (PyObject *)self;
}

PyObject *cdata_keep_copy(cdata *object)
{
    cdata_keep *source = (cdata_keep *)object, *self;
    ctype *type = object->type, *target = type->kind == CTYPE_POINTER ? type->item : type;
    Py_ssize_t size = cdata_known_size((cdata *)source->memory);
    cdata *memory = cdata_new_memory(type, size, target->align, source->sized.length);

    if (memory != NULL)
        memcpy(memory->data, object->data, (size_t)size);
    self = cdata_keep_around(type, memory, source->sized.length);
    if (self != NULL && PyDict_Update(self->kept, source->kept) < 0)
        Py_CLEAR(self);
    return (PyObject *)self;
}

static PyMethodDef cdata_keep_functions[] = {
    {"newp_keeping", cdata_py_newp_keeping, METH_VARARGS,
     "newp_keeping(ctype, init=None) -> cdata that keeps what is stored into its pointers"},
    {NULL, NULL, 0, NULL},
};

int cdata_keep_offer(PyObject *module, core_state *state)
{
    return core_publish_type(state, cdata_keep_class(state)) < 0 ||
                   core_publish_type(state, cdata_keep_part_class(state)) < 0 ||
                   core_publish_type(state, cdata_keep_slice_class(state)) < 0
               ? -1
               : PyModule_AddFunctions(module, cdata_keep_functions);
}
