/* cdata_owner.c: C data with a release of its own: gc(), new_handle(), memory of
   a custom allocator; release() and the context manager.

   from_buffer() has its release in cdata_buffer.c. */
#include "cdata.h"
#include "convert.h"
#include "call.h"
#include "cdata_export.h"

/* A head of cdata for an object that the cycle collector knows.  `python_type` NULL: an error
   is set. */
static void *cdata_new_tracked(PyTypeObject *python_type, ctype *type, char *data)
{
    cdata *self = python_type == NULL ? NULL : PyObject_GC_New(cdata, python_type);

    if (self == NULL)
        return NULL;
    memset((char *)self + sizeof(PyObject), 0, (size_t)python_type->tp_basicsize -
                                                   sizeof(PyObject));
    self->type = (ctype *)Py_NewRef((PyObject *)type);
    self->data = data;
    return self;
}

static void cdata_free_tracked(PyObject *self)
{
    PyTypeObject *python_type = Py_TYPE(self);

    if (((cdata *)self)->weakrefs != NULL)
        PyObject_ClearWeakRefs(self);
    Py_DECREF(((cdata *)self)->type);
    PyObject_GC_Del(self);
    Py_DECREF(python_type);
}

/* ---- gc() -------------------------------------------------------------- */

/* Takes destructor and origin out, so that each runs once, whichever thread
   comes first.  Owned references. */
static void cdata_gc_take(cdata_gc *self, PyObject **destructor, PyObject **origin)
{
    Py_BEGIN_CRITICAL_SECTION(self);
    *destructor = self->destructor;
    *origin = self->origin;
    self->destructor = NULL;
    self->origin = NULL;
    Py_END_CRITICAL_SECTION();
}

/* Lets go of the origin's memory. */
static void cdata_gc_drop_extent(cdata_gc *self)
{
    PyObject *owner = self->extent.owner;

    self->extent.owner = NULL;
    cdata_unpin(owner);
    Py_XDECREF(owner);
}

/* Runs the destructor if it has not run.  An exception cannot reach anybody. */
static void cdata_gc_finish(cdata_gc *self)
{
    PyObject *destructor, *origin, *result = NULL, *kind, *value, *trace;

    cdata_gc_take(self, &destructor, &origin);
    /* The destructor may be what releases the memory that was lent to us. */
    if (origin != NULL && self->extent.owner != NULL &&
        cdata_lender_of(self->extent.owner) != NULL) {
        self->sized.head.data = NULL;
        cdata_gc_drop_extent(self);
    }
    if (destructor != NULL && origin != NULL) {
        PyErr_Fetch(&kind, &value, &trace);
        result = PyObject_CallFunctionObjArgs(destructor, origin, NULL);
        if (result == NULL)
            PyErr_WriteUnraisable(destructor);
        PyErr_Restore(kind, value, trace);
    }
    Py_XDECREF(result);
    Py_XDECREF(destructor);
    Py_XDECREF(origin);
}

/* Somebody in the same garbage may still use the memory: then cdata_gc_dealloc
   runs the destructor. */
static void cdata_gc_finalize(PyObject *self)
{
    if (((cdata_gc *)self)->lender.exports > 0)
        return;
    if (((cdata_gc *)self)->is_memory)
        cdata_lender_empty(self);
    cdata_gc_finish((cdata_gc *)self);
}

static int cdata_gc_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((cdata *)self)->type);
    Py_VISIT(((cdata_gc *)self)->origin);
    Py_VISIT(((cdata_gc *)self)->destructor);
    Py_VISIT(((cdata_gc *)self)->extent.owner);
    return 0;
}

static int cdata_gc_clear(PyObject *self)
{
    if (((cdata_gc *)self)->lender.exports > 0)
        return 0;
    Py_CLEAR(((cdata_gc *)self)->origin);
    Py_CLEAR(((cdata_gc *)self)->destructor);
    return 0;
}

/* Trashcan: the origin may be another of these, and so on without end.  It wants
   an untracked object, the destructor a tracked one. */
static void cdata_gc_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    Py_TRASHCAN_BEGIN(self, cdata_gc_dealloc)
    PyObject_GC_Track(self);
    /* -1: the destructor kept it alive. */
    if (PyObject_CallFinalizerFromDealloc(self) == 0) {
        PyObject_GC_UnTrack(self);
        cdata_gc_finish((cdata_gc *)self);
        Py_XDECREF(((cdata_gc *)self)->origin);
        Py_XDECREF(((cdata_gc *)self)->destructor);
        cdata_gc_drop_extent((cdata_gc *)self);
        cdata_free_tracked(self);
    }
    Py_TRASHCAN_END
}

static PyType_Slot cdata_gc_slots[] = {
    {Py_tp_doc, "C data with a destructor."},
    {Py_tp_dealloc, (void *)cdata_gc_dealloc},
    {Py_tp_finalize, (void *)cdata_gc_finalize},
    {Py_tp_traverse, (void *)cdata_gc_traverse},
    {Py_tp_clear, (void *)cdata_gc_clear},
    {Py_tp_getattro, (void *)cdata_bounds_getattro},
    {Py_tp_setattro, (void *)cdata_lent_setattro},
    {Py_mp_ass_subscript, (void *)cdata_lent_ass_subscript},
    COMPAT_NO_NEW_SLOT
    {0, NULL},
};

static PyType_Spec cdata_gc_spec = {
    .name = CORE_TYPE_NAME("__CDataGCP"),
    .basicsize = sizeof(cdata_gc),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION |
             Py_TPFLAGS_IMMUTABLETYPE,
    .slots = cdata_gc_slots,
};

/* With the bounds of the origin, whose memory stays as long as the result. */
static cdata_gc *cdata_gc_make(cdata *origin, PyObject *destructor)
{
    core_state *state = cdata_state(origin);
    cdata_gc *self = cdata_new_tracked(CDATA_NEED(state, gc), origin->type, origin->data);

    if (self == NULL)
        return NULL;
    if (origin->type->kind == CTYPE_ARRAY)
        self->sized.length = cdata_array_length(origin);
    self->origin = Py_NewRef((PyObject *)origin);
    self->destructor = Py_XNewRef(destructor);
    if (cdata_extent_of(origin, &self->extent)) {
        Py_INCREF(self->extent.owner);
        cdata_pin(self->extent.owner);
    }
    return self;
}

cdata_gc *cdata_new_gc(cdata *origin, PyObject *destructor)
{
    cdata_gc *self = cdata_gc_make(origin, destructor);

    if (self != NULL)
        PyObject_GC_Track((PyObject *)self);
    return self;
}

/* gcp(cdata, destructor or None, size=0) */
static PyObject *cdata_py_gcp(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"cdata", "destructor", "size", NULL};
    core_state *state = core_state_of(module);
    PyObject *object, *destructor, *old_destructor, *old_origin;
    Py_ssize_t size = 0;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OO|n:gc", keywords, &object, &destructor,
                                     &size))
        return NULL;
    if (!CDATA_CHECK(object))
        return cdata_wrong_argument("gc", 1, object);
    if (destructor != Py_None)
        return (PyObject *)cdata_new_gc((cdata *)object, destructor);
    if (Py_TYPE(object) != CORE_TYPE(state, cdata_gc_type) || ((cdata_gc *)object)->is_memory) {
        PyErr_SetString(PyExc_TypeError, "Can remove destructor only on a object previously "
                        "returned by ffi.gc()");
        return NULL;
    }
    cdata_gc_take((cdata_gc *)object, &old_destructor, &old_origin);
    Py_XDECREF(old_destructor);
    /* The origin stays alive with the object, as its memory is still used. */
    ((cdata_gc *)object)->origin = old_origin;
    Py_RETURN_NONE;
}

/* ---- handles ----------------------------------------------------------- */

static int cdata_handle_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((cdata *)self)->type);
    Py_VISIT(((cdata_handle *)self)->object);
    return 0;
}

static int cdata_handle_clear(PyObject *self)
{
    Py_CLEAR(((cdata_handle *)self)->object);
    return 0;
}

/* The living handles by address, chained through `next`.  The capsule that holds
   the table is its lock. */
typedef struct cdata_handles {
    cdata_handle **buckets;
    size_t mask, count;
} cdata_handles;

#define CDATA_HANDLES "cffi_like.handles"

static cdata_handle **cdata_handles_bucket(const cdata_handles *table, const void *address)
{
    uintptr_t bits = (uintptr_t)address;

    return &table->buckets[(bits >> 4 ^ bits >> 12) & table->mask];
}

/* Twice as many buckets; where there is no memory the chains get longer. */
static void cdata_handles_grow(cdata_handles *table)
{
    cdata_handles old = *table;
    cdata_handle *handle, *next;
    size_t i;

    table->buckets = PyMem_Calloc(2 * (old.mask + 1), sizeof *table->buckets);
    if (table->buckets == NULL) {
        table->buckets = old.buckets;
        return;
    }
    table->mask = 2 * old.mask + 1;
    for (i = 0; i <= old.mask; i++)
        for (handle = old.buckets[i]; handle != NULL; handle = next) {
            cdata_handle **bucket = cdata_handles_bucket(table, handle);

            next = handle->next;
            handle->next = *bucket;
            *bucket = handle;
        }
    PyMem_Free(old.buckets);
}

static void cdata_handles_free(PyObject *capsule)
{
    cdata_handles *table = PyCapsule_GetPointer(capsule, CDATA_HANDLES);

    PyMem_Free(table->buckets);
    PyMem_Free(table);
}

static PyObject *cdata_handles_new(void)
{
    cdata_handles *table = PyMem_Calloc(1, sizeof *table);
    PyObject *capsule = NULL;

    if (table != NULL)
        table->buckets = PyMem_Calloc(16, sizeof *table->buckets);
    if (table == NULL || table->buckets == NULL)
        PyErr_NoMemory();
    else {
        table->mask = 15;
        capsule = PyCapsule_New(table, CDATA_HANDLES, cdata_handles_free);
    }
    if (capsule == NULL && table != NULL) {
        PyMem_Free(table->buckets);
        PyMem_Free(table);
    }
    return capsule;
}

static void cdata_handles_add(PyObject *capsule, cdata_handle *handle)
{
    cdata_handles *table = PyCapsule_GetPointer(capsule, CDATA_HANDLES);
    cdata_handle **bucket;

    Py_BEGIN_CRITICAL_SECTION(capsule);
    if (table->count++ > table->mask)
        cdata_handles_grow(table);
    bucket = cdata_handles_bucket(table, handle);
    handle->next = *bucket;
    *bucket = handle;
    Py_END_CRITICAL_SECTION();
}

static void cdata_handles_remove(PyObject *capsule, cdata_handle *handle)
{
    cdata_handles *table = PyCapsule_GetPointer(capsule, CDATA_HANDLES);
    cdata_handle **place;

    Py_BEGIN_CRITICAL_SECTION(capsule);
    place = cdata_handles_bucket(table, handle);
    while (*place != NULL && *place != handle)
        place = &(*place)->next;
    if (*place != NULL) {
        *place = handle->next;
        table->count--;
    }
    Py_END_CRITICAL_SECTION();
}

/* What the handle at `address` stands for: a new reference; NULL without an error
   if no handle lives there. */
static PyObject *cdata_handles_find(PyObject *capsule, const void *address)
{
    cdata_handles *table = PyCapsule_GetPointer(capsule, CDATA_HANDLES);
    PyObject *found = NULL;
    cdata_handle *handle;

    Py_BEGIN_CRITICAL_SECTION(capsule);
    handle = *cdata_handles_bucket(table, address);
    while (handle != NULL && (void *)handle != address)
        handle = handle->next;
    if (handle != NULL)
        found = Py_XNewRef(handle->object);
    Py_END_CRITICAL_SECTION();
    return found;
}

static void cdata_handle_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    Py_TRASHCAN_BEGIN(self, cdata_handle_dealloc)
    PyObject *table = cdata_state((cdata *)self)->handle_table;

    if (table != NULL)
        cdata_handles_remove(table, (cdata_handle *)self);
    Py_XDECREF(((cdata_handle *)self)->object);
    cdata_free_tracked(self);
    Py_TRASHCAN_END
}

static PyObject *cdata_handle_repr(PyObject *self)
{
    return PyUnicode_FromFormat("<cdata '%U' handle to %R>", ((cdata *)self)->type->name,
                                ((cdata_handle *)self)->object);
}

static PyType_Slot cdata_handle_slots[] = {
    {Py_tp_doc, "A void * that stands for a Python object."},
    {Py_tp_dealloc, (void *)cdata_handle_dealloc},
    {Py_tp_traverse, (void *)cdata_handle_traverse},
    {Py_tp_clear, (void *)cdata_handle_clear},
    {Py_tp_repr, (void *)cdata_handle_repr},
    COMPAT_NO_NEW_SLOT
    {0, NULL},
};

static PyType_Spec cdata_handle_spec = {
    .name = CORE_TYPE_NAME("__CDataOwnGC"),
    .basicsize = sizeof(cdata_handle),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION |
             Py_TPFLAGS_IMMUTABLETYPE,
    .slots = cdata_handle_slots,
};

PyObject *cdata_new_handle(ctype *type, PyObject *object)
{
    core_state *state = type->state;
    cdata_handle *self = cdata_new_tracked(CDATA_NEED(state, handle), type, NULL);

    if (self == NULL)
        return NULL;
    self->head.data = (char *)self;
    self->object = Py_NewRef(object);
    PyObject_GC_Track((PyObject *)self);
    cdata_handles_add(state->handle_table, self);
    return (PyObject *)self;
}

/* newp_handle(void * ctype, object) */
static PyObject *cdata_py_newp_handle(PyObject *module, PyObject *args)
{
    core_state *state = core_state_of(module);
    PyObject *type, *object;

    if (!PyArg_ParseTuple(args, "O!O:newp_handle", CORE_TYPE(state, ctype_type), &type, &object))
        return NULL;
    if (!(((ctype *)type)->flags & CTYPE_IS_VOID_PTR)) {
        PyErr_Format(PyExc_TypeError, "needs 'void *', got '%U'", ((ctype *)type)->name);
        return NULL;
    }
    return cdata_new_handle((ctype *)type, object);
}

/* from_handle(pointer): the object; only addresses of living handles work. */
static PyObject *cdata_py_from_handle(PyObject *module, PyObject *object)
{
    core_state *state = core_state_of(module);
    PyObject *result;
    char *address;

    if (!CDATA_CHECK(object)) {
        PyErr_Format(PyExc_TypeError, "expected a 'cdata' object, not %.200s",
                     Py_TYPE(object)->tp_name);
        return NULL;
    }
    if (((cdata *)object)->type->kind != CTYPE_POINTER ||
        !((((cdata *)object)->type->flags & CTYPE_IS_VOID_PTR) ||
          (((cdata *)object)->type->item->flags & CTYPE_IS_CHAR_LIKE))) {
        PyErr_Format(PyExc_TypeError, "expected a 'cdata' object with a 'void *' out of "
                     "new_handle(), got '%U'", ((cdata *)object)->type->name);
        return NULL;
    }
    address = ((cdata *)object)->data;
    if (address == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "cannot use from_handle() on NULL pointer");
        return NULL;
    }
    result = cdata_handles_find(state->handle_table, address);
    if (result == NULL)
        PyErr_Format(PyExc_RuntimeError, "from_handle(): %p is not the address of a living handle "
                     "(new_handle()'s result must be kept alive)", address);
    return result;
}

/* ---- release ----------------------------------------------------------- */

PyObject *cdata_release_now(PyObject *object)
{
    cdata *self = (cdata *)object;
    core_state *state = cdata_state(self);

    if (Py_TYPE(object) == CORE_TYPE(state, cdata_gc_type)) {
        if (cdata_export_check_free(((cdata_gc *)object)->lender.exports, object) < 0)
            return NULL;
        if (((cdata_gc *)object)->is_memory)
            cdata_lender_empty(object);
        cdata_gc_finish((cdata_gc *)object);
        if (((cdata_gc *)object)->is_memory)
            cdata_gc_drop_extent((cdata_gc *)object);
    }
    else if (Py_TYPE(object) == CORE_TYPE(state, cdata_buffer_type)) {
        if (cdata_export_check_free(((cdata_buffer *)object)->lender.exports, object) < 0)
            return NULL;
        cdata_buffer_release((cdata_buffer *)object);
    }
    else if (Py_TYPE(object) == CORE_TYPE(state, cdata_keep_type))
        PyDict_Clear(((cdata_keep *)object)->kept);
    else if (!CDATA_IS_OWNED(object) || ctype_is_record(self->type)) {
        PyErr_SetString(PyExc_ValueError, "only 'cdata' object from ffi.new(), ffi.gc(), "
                        "ffi.from_buffer() or ffi.new_allocator()() can be used with the 'with' "
                        "keyword or ffi.release()");
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *cdata_py_release(PyObject *Py_UNUSED(module), PyObject *object)
{
    if (!CDATA_CHECK(object)) {
        PyErr_Format(PyExc_TypeError, "expected a 'cdata' object, not %.200s",
                     Py_TYPE(object)->tp_name);
        return NULL;
    }
    return cdata_release_now(object);
}

/* ---- custom allocators ------------------------------------------------- */

typedef struct cdata_allocator {
    PyObject_HEAD
    core_state *state;          /* borrowed: the type's module owns it */
    PyObject *alloc;            /* owned: alloc(bytes) -> pointer cdata; NULL: newp's memory */
    PyObject *release;          /* owned: free(pointer), or NULL */
    int clear;                  /* zero the memory first */
} cdata_allocator;

static int cdata_allocator_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((cdata_allocator *)self)->alloc);
    Py_VISIT(((cdata_allocator *)self)->release);
    return 0;
}

static int cdata_allocator_clear(PyObject *self)
{
    Py_CLEAR(((cdata_allocator *)self)->alloc);
    Py_CLEAR(((cdata_allocator *)self)->release);
    return 0;
}

static void cdata_allocator_dealloc(PyObject *self)
{
    PyTypeObject *python_type = Py_TYPE(self);

    PyObject_GC_UnTrack(self);
    cdata_allocator_clear(self);
    PyObject_GC_Del(self);
    Py_DECREF(python_type);
}

/* Memory from the user's alloc(), as C data that frees it. */
static cdata_gc *cdata_allocate_by(cdata_allocator *self, ctype *type, const cdata_plan *plan)
{
    PyObject *memory = PyObject_CallFunction(self->alloc, "n", plan->size);
    cdata_gc *result = NULL;

    if (memory == NULL)
        return NULL;
    if (!CDATA_CHECK(memory)) {
        PyErr_Format(PyExc_TypeError, "alloc() must return a cdata object (got %.200s)",
                     Py_TYPE(memory)->tp_name);
        goto done;
    }
    if (((cdata *)memory)->type->kind != CTYPE_POINTER &&
        ((cdata *)memory)->type->kind != CTYPE_ARRAY) {
        PyErr_Format(PyExc_TypeError, "alloc() must return a cdata pointer, not '%U'",
                     ((cdata *)memory)->type->name);
        goto done;
    }
    if (((cdata *)memory)->data == NULL) {
        PyErr_SetString(PyExc_MemoryError, "alloc() returned NULL");
        goto done;
    }
    if (cdata_room((cdata *)memory) >= 0 && cdata_room((cdata *)memory) < plan->size) {
        PyErr_Format(PyExc_ValueError, "alloc() returned %zd bytes for '%U', which needs %zd",
                     cdata_room((cdata *)memory), type->name, plan->size);
        goto done;
    }
    result = cdata_gc_make((cdata *)memory, self->release);
    if (result == NULL)
        goto done;
    PyObject_GC_Track((PyObject *)result);
    Py_SETREF(result->sized.head.type, (ctype *)Py_NewRef((PyObject *)type));
    result->sized.length = plan->length;
    result->is_memory = 1;
    if (self->clear)
        memset(result->sized.head.data, 0, (size_t)plan->size);
done:
    Py_DECREF(memory);
    return result;
}

static PyObject *cdata_allocator_call(PyObject *object, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"cdecl", "init", NULL};
    cdata_allocator *self = (cdata_allocator *)object;
    PyObject *type, *init = Py_None;
    cdata_plan plan;
    cdata *result;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O!|O:new", keywords,
                                     CORE_TYPE(self->state, ctype_type), &type, &init) ||
        cdata_plan_memory((ctype *)type, init, &plan) < 0)
        return NULL;
    if (self->alloc == NULL && self->clear)
        return cdata_new_initialized((ctype *)type, init);
    result = self->alloc == NULL ? cdata_new_uncleared((ctype *)type, &plan)
                                 : (cdata *)cdata_allocate_by(self, (ctype *)type, &plan);
    if (result != NULL && init != Py_None && cdata_initialize(&plan, result->data, init) < 0)
        Py_CLEAR(result);
    return (PyObject *)result;
}

static PyType_Slot cdata_allocator_slots[] = {
    {Py_tp_doc, "allocator(ctype, init=None): like newp, with memory of its own."},
    {Py_tp_dealloc, (void *)cdata_allocator_dealloc},
    {Py_tp_traverse, (void *)cdata_allocator_traverse},
    {Py_tp_clear, (void *)cdata_allocator_clear},
    {Py_tp_call, (void *)cdata_allocator_call},
    COMPAT_NO_NEW_SLOT
    {0, NULL},
};

static PyType_Spec cdata_allocator_spec = {
    .name = CORE_TYPE_NAME("__FFIAllocator"),
    .basicsize = sizeof(cdata_allocator),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION |
             Py_TPFLAGS_IMMUTABLETYPE,
    .slots = cdata_allocator_slots,
};

/* new_allocator(alloc=None, free=None, should_clear_after_alloc=True) */
static PyObject *cdata_py_new_allocator(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"alloc", "free", "should_clear_after_alloc", NULL};
    core_state *state = core_state_of(module);
    PyObject *alloc = Py_None, *release = Py_None;
    PyTypeObject *class;
    cdata_allocator *self;
    int clear = 1;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|OOp:new_allocator", keywords, &alloc,
                                     &release, &clear))
        return NULL;
    if (alloc == Py_None && release != Py_None) {
        PyErr_SetString(PyExc_TypeError, "cannot pass 'free' without 'alloc'");
        return NULL;
    }
    class = CORE_NEED_TYPE(state, allocator_type, &cdata_allocator_spec, NULL);
    self = class == NULL ? NULL : PyObject_GC_New(cdata_allocator, class);
    if (self == NULL)
        return NULL;
    self->state = state;
    self->alloc = alloc == Py_None ? NULL : Py_NewRef(alloc);
    self->release = release == Py_None ? NULL : Py_NewRef(release);
    self->clear = clear;
    PyObject_GC_Track((PyObject *)self);
    return (PyObject *)self;
}

static PyMethodDef cdata_owner_functions[] = {
    {"gcp", (PyCFunction)(void (*)(void))cdata_py_gcp, METH_VARARGS | METH_KEYWORDS,
     "gcp(cdata, destructor, size=0) -> cdata; destructor None: removes it in place"},
    {"newp_handle", cdata_py_newp_handle, METH_VARARGS, "newp_handle(void * ctype, object)"},
    {"from_handle", cdata_py_from_handle, METH_O, "from_handle(pointer) -> object"},
    {"release", cdata_py_release, METH_O, "release(cdata): frees now what it owns"},
    {"new_allocator", (PyCFunction)(void (*)(void))cdata_py_new_allocator,
     METH_VARARGS | METH_KEYWORDS,
     "new_allocator(alloc=None, free=None, should_clear_after_alloc=True) -> callable"},
    {NULL, NULL, 0, NULL},
};

int cdata_owner_init(core_state *state)
{
    state->handle_table = cdata_handles_new();
    return state->handle_table == NULL ? -1 : 0;
}

int cdata_owner_offer(PyObject *module, core_state *state)
{
    if (core_publish_type(state, CDATA_NEED(state, gc)) < 0 ||
        core_publish_type(state, CDATA_NEED(state, handle)) < 0)
        return -1;
    return PyModule_AddFunctions(module, cdata_owner_functions);
}
