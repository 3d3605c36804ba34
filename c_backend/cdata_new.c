/* cdata_new.c: makes C data: views, owned memory, newp and rawaddressof.

   Owned memory lies in the same block as its object, behind the head, so one
   allocation makes both. */
#include "cdata.h"
#include "convert.h"
#include "cdata_spare.h"

_Static_assert(sizeof(cdata_struct) <= CDATA_SPARE_SIZE && sizeof(cdata_slice) <= CDATA_SPARE_SIZE,
               "a spare block holds any part");

/* Up to this size of block the allocator gives zeroed memory no faster. */
#define CDATA_SMALL_BLOCK 512
/* What PyObject_Malloc aligns to. */
#define CDATA_BLOCK_ALIGN 16

/* The head of an object, and what it takes to align the memory behind it. */
static inline size_t cdata_head_size(size_t head, size_t align)
{
    return align > sizeof(void *) ? (head + align - 1) / align * align : head;
}

static inline cdata *cdata_fill(cdata *self, PyTypeObject *python_type, ctype *type, char *data)
{
    PyObject_Init((PyObject *)self, python_type);
    self->type = (ctype *)Py_NewRef((PyObject *)type);
    self->data = data;
    self->weakrefs = NULL;
    return self;
}

static inline cdata *cdata_allocate(PyTypeObject *python_type, size_t size, ctype *type, char *data)
{
    cdata *self = PyObject_Malloc(size);

    if (COMPAT_UNLIKELY(self == NULL))
        return (cdata *)PyErr_NoMemory();
    return cdata_fill(self, python_type, type, data);
}

PyObject *cdata_new_view(ctype *type, char *data)
{
    if (COMPAT_UNLIKELY(type->kind == CTYPE_FUNCTION))
        return cdata_new_function(type, data, NULL, NULL, 1);
    return (PyObject *)cdata_allocate(CORE_TYPE(type->state, cdata_type), sizeof(cdata), type,
                                      data);
}

PyObject *cdata_new_array_view(ctype *type, char *data, Py_ssize_t length)
{
    cdata_sized *self = (cdata_sized *)cdata_allocate(CORE_TYPE(type->state, cdata_type),
                                                      sizeof(cdata_sized), type, data);

    if (self != NULL)
        self->length = length;
    return (PyObject *)self;
}

PyObject *cdata_new_scalar(ctype *type, const char *address)
{
    size_t head = cdata_head_size(sizeof(cdata), type->align);
    cdata *self = cdata_allocate(CORE_TYPE(type->state, cdata_type), head + (size_t)type->size, type,
                                 NULL);

    if (self != NULL) {
        self->data = (char *)self + head;
        memcpy(self->data, address, (size_t)type->size);
    }
    return (PyObject *)self;
}

static inline PyObject *cdata_new_owning(PyTypeObject *python_type, ctype *type, char *data,
                                         PyObject *owner)
{
    cdata_struct *self;

    if (COMPAT_UNLIKELY(python_type == NULL))
        return NULL;
    self = cdata_spare_get(type->state);
    if (COMPAT_UNLIKELY(self == NULL))
        return PyErr_NoMemory();
    cdata_fill(&self->head, python_type, type, data);
    self->owner = Py_NewRef(owner);
    return (PyObject *)self;
}

static inline PyObject *cdata_new_owning_slice(PyTypeObject *python_type, ctype *type, char *data,
                                               Py_ssize_t length, PyObject *owner)
{
    cdata_slice *self;

    if (COMPAT_UNLIKELY(python_type == NULL))
        return NULL;
    self = cdata_spare_get(type->state);
    if (COMPAT_UNLIKELY(self == NULL))
        return PyErr_NoMemory();
    cdata_fill(&self->sized.head, python_type, type, data);
    self->sized.length = length;
    self->owner = Py_NewRef(owner);
    return (PyObject *)self;
}

/* In the memory of any other owner than newp's. */
static COMPAT_NOINLINE PyObject *cdata_new_special_part(ctype *type, char *data, Py_ssize_t length,
                                                        PyObject *owner)
{
    core_state *state = type->state;
    cdata_extent extent = {owner, NULL, NULL};

    if (cdata_lender_of(owner) != NULL) {
        (void)cdata_extent_of((cdata *)owner, &extent);
        return cdata_new_lent(type, data, length, &extent);
    }
    if (length < 0)
        return cdata_new_owning(CDATA_CLASS(state, keep_part), type, data, owner);
    return cdata_new_owning_slice(CDATA_CLASS(state, keep_slice), type, data, length, owner);
}

static inline int cdata_is_newp(core_state *state, PyObject *owner)
{
    return COMPAT_LIKELY(Py_TYPE(owner) == CORE_TYPE(state, cdata_owned_type));
}

PyObject *cdata_new_shared(ctype *type, char *data, PyObject *owner)
{
    if (cdata_is_newp(type->state, owner))
        return cdata_new_owning(CDATA_CLASS(type->state, struct), type, data, owner);
    return cdata_new_special_part(type, data, -1, owner);
}

PyObject *cdata_keeper(cdata *self)
{
    core_state *state = cdata_state(self);
    PyTypeObject *python_type = Py_TYPE(self);

    if (python_type == CORE_TYPE(state, cdata_type))
        return NULL;
    if (python_type == CORE_TYPE(state, cdata_owned_type))
        return (PyObject *)self;
    if (python_type == CORE_TYPE(state, cdata_struct_type) ||
        python_type == CORE_TYPE(state, cdata_view_type))
        return ((cdata_struct *)self)->owner;
    if (python_type == CORE_TYPE(state, cdata_slice_type) ||
        python_type == CORE_TYPE(state, cdata_keep_slice_type))
        return ((cdata_slice *)self)->owner;
    if (python_type == CORE_TYPE(state, cdata_keep_part_type))
        return ((cdata_struct *)self)->owner;
    if (python_type == CORE_TYPE(state, cdata_bounded_type) ||
        python_type == CORE_TYPE(state, cdata_lent_type))
        return ((cdata_bounded *)self)->extent.owner;
    if (python_type == CORE_TYPE(state, cdata_gc_type))
        return ((cdata_gc *)self)->is_memory ? (PyObject *)self : ((cdata_gc *)self)->extent.owner;
    return python_type == CORE_TYPE(state, cdata_keep_type) ||
                   python_type == CORE_TYPE(state, cdata_buffer_type)
               ? (PyObject *)self
               : NULL;
}

PyObject *cdata_new_part(ctype *type, char *data, cdata *whole)
{
    PyObject *owner = cdata_keeper(whole);

    if (owner == NULL)
        return cdata_new_view(type, data);
    if (cdata_is_newp(type->state, owner))
        return cdata_new_owning(CDATA_CLASS(type->state, view), type, data, owner);
    return cdata_new_special_part(type, data, -1, owner);
}

PyObject *cdata_new_part_slice(ctype *type, char *data, Py_ssize_t length, cdata *whole)
{
    PyObject *owner = cdata_keeper(whole);

    if (owner == NULL)
        return cdata_new_array_view(type, data, length);
    if (!cdata_is_newp(type->state, owner))
        return cdata_new_special_part(type, data, length, owner);
    return cdata_new_owning_slice(CDATA_CLASS(type->state, slice), type, data, length, owner);
}

/* As cdata_new_memory, with or without zeroes. */
static COMPAT_ALWAYS_INLINE cdata *cdata_new_block(ctype *type, Py_ssize_t size, size_t align,
                                                   Py_ssize_t length, int clear)
{
    size_t head = cdata_head_size(length >= 0 ? sizeof(cdata_sized) : sizeof(cdata), align), total;
    cdata *self;

    if (align > CDATA_BLOCK_ALIGN)
        head += align - CDATA_BLOCK_ALIGN;
    if (COMPAT_UNLIKELY(size > PY_SSIZE_T_MAX - (Py_ssize_t)head)) {
        PyErr_SetString(PyExc_OverflowError, "array size would overflow a Py_ssize_t");
        return NULL;
    }
    total = head + (size_t)size;
    self = !clear || total <= CDATA_SMALL_BLOCK ? PyObject_Malloc(total)
                                                : PyObject_Calloc(1, total);
    if (COMPAT_UNLIKELY(self == NULL))
        return (cdata *)PyErr_NoMemory();
    cdata_fill(self, CORE_TYPE(type->state, cdata_owned_type), type, (char *)self + head);
    if (COMPAT_UNLIKELY(align > CDATA_BLOCK_ALIGN)) {
        uintptr_t least = (uintptr_t)self + head - (align - CDATA_BLOCK_ALIGN);

        self->data = (char *)((least + align - 1) / align * align);
    }
    if (length >= 0)
        ((cdata_sized *)self)->length = length;
    if (clear && total <= CDATA_SMALL_BLOCK)
        memset(self->data, 0, (size_t)size);
    return self;
}

cdata *cdata_new_memory(ctype *type, Py_ssize_t size, size_t align, Py_ssize_t length)
{
    return cdata_new_block(type, size, align, length, 1);
}

cdata *cdata_new_uncleared(ctype *type, const cdata_plan *plan)
{
    return cdata_new_block(type, plan->size, plan->target->align, plan->length, 0);
}

PyObject *cdata_new_owned(ctype *type, Py_ssize_t size)
{
    return (PyObject *)cdata_new_memory(type, size, type->align > 0 ? type->align : 1,
                                        type->flags & CTYPE_HAS_VAR_ARRAY ? size : -1);
}

/* ---- newp -------------------------------------------------------------- */

int cdata_plan_memory(ctype *type, PyObject *init, cdata_plan *plan)
{
    ctype *item = type->item;

    plan->length = -1;
    if (type->kind == CTYPE_POINTER) {
        plan->size = item->size;
        plan->target = item;
        if (COMPAT_UNLIKELY(plan->size < 0)) {
            PyErr_Format(PyExc_TypeError, "cannot instantiate ctype '%U' of unknown size",
                         item->name);
            return -1;
        }
        if (item->class_ == CTYPE_CLASS_CHAR)
            plan->size *= 2;    /* a final null, so that string() ends */
        if (COMPAT_UNLIKELY(item->flags & CTYPE_HAS_VAR_ARRAY) && ctype_is_record(item)) {
            if (init != Py_None && convert_initializer_size(item, init, &plan->size) < 0)
                return -1;
            plan->length = plan->size;
        }
        return 0;
    }
    if (COMPAT_UNLIKELY(type->kind != CTYPE_ARRAY)) {
        PyErr_Format(PyExc_TypeError, "expected a pointer or array ctype, got '%U'", type->name);
        return -1;
    }
    plan->target = type;
    plan->size = type->size;
    if (plan->size >= 0)
        return 0;
    plan->length = convert_array_length(type, init);
    if (plan->length < 0)
        return -1;
    if (__builtin_mul_overflow(plan->length, item->size, &plan->size)) {
        PyErr_SetString(PyExc_OverflowError, "array size would overflow a Py_ssize_t");
        return -1;
    }
    return 0;
}

int cdata_initialize(const cdata_plan *plan, char *data, PyObject *init)
{
    ctype *target = plan->target;

    if (ctype_is_record(target))
        return convert_initialize(target, data, init, data + plan->size);
    if (target->kind != CTYPE_ARRAY || target->size >= 0)
        return convert_store(target, data, init);
    if (PyIndex_Check(init))
        return 0;               /* it was the length */
    return convert_store_array(target, data, plan->length, init);
}

PyObject *cdata_new_initialized(ctype *type, PyObject *init)
{
    cdata_plan plan;
    cdata *self;

    if (cdata_plan_memory(type, init, &plan) < 0)
        return NULL;
    self = cdata_new_memory(type, plan.size, plan.target->align, plan.length);
    if (self != NULL && init != Py_None && cdata_initialize(&plan, self->data, init) < 0)
        Py_CLEAR(self);
    return (PyObject *)self;
}

static PyObject *cdata_py_newp(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    if (count < 1 || count > 2) {
        PyErr_Format(PyExc_TypeError, "newp() takes 1 or 2 arguments (%zd given)", count);
        return NULL;
    }
    if (!CTYPE_CHECK(core_state_of(module), args[0]))
        return ctype_wrong_argument("newp", 1, args[0]);
    return cdata_new_initialized((ctype *)args[0], count == 2 ? args[1] : Py_None);
}

/* ---- rawaddressof ------------------------------------------------------ */

/* rawaddressof(pointer ctype, cdata, bytes=0): the address as that type. */
static PyObject *cdata_py_rawaddressof(PyObject *module, PyObject *args)
{
    core_state *state = core_state_of(module);
    PyObject *type, *object;
    Py_ssize_t offset = 0;
    cdata *self;

    if (!PyArg_ParseTuple(args, "O!O|n:rawaddressof", CORE_TYPE(state, ctype_type), &type, &object,
                          &offset))
        return NULL;
    if (!CDATA_CHECK(object))
        return cdata_wrong_argument("rawaddressof", 2, object);
    self = (cdata *)object;
    if (((ctype *)type)->kind != CTYPE_POINTER) {
        PyErr_Format(PyExc_TypeError, "expected a pointer ctype, not '%U'", ((ctype *)type)->name);
        return NULL;
    }
    if (self->type->kind != CTYPE_POINTER && self->type->kind != CTYPE_ARRAY &&
        !ctype_is_record(self->type)) {
        PyErr_Format(PyExc_TypeError,
                     "expected a cdata struct/union/array/pointer object, not '%U'",
                     self->type->name);
        return NULL;
    }
    return cdata_new_computed((ctype *)type, (char *)((uintptr_t)self->data + (uintptr_t)offset),
                              self);
}

static PyMethodDef cdata_new_functions[] = {
    {"newp", (PyCFunction)(void (*)(void))cdata_py_newp, METH_FASTCALL,
     "newp(ctype, init=None) -> cdata that owns its memory"},
    {"rawaddressof", cdata_py_rawaddressof, METH_VARARGS,
     "rawaddressof(pointer ctype, cdata, bytes=0) -> cdata"},
    {NULL, NULL, 0, NULL},
};

int cdata_new_offer(PyObject *module)
{
    return PyModule_AddFunctions(module, cdata_new_functions);
}
