/* cdata.c: the Python types of C data: their life, repr, hash, length, iteration.

   The tree of types is drawn in cdata.h.  Neighbours: cdata_new.c and
   cdata_cast.c make cdata, cdata_access.c reads and writes through it,
   cdata_arith.c computes, cdata_owner.c has what frees memory. */
#include "cdata.h"
#include "cdata_shape.h"
#include "convert.h"
#include "call.h"
#include "cdata_export.h"
#include "cdata_spare.h"
#include <structmember.h>

int cdata_check(core_state *Py_UNUSED(state), PyObject *object)
{
    return CDATA_CHECK(object);
}

PyObject *cdata_wrong_argument(const char *function, int position, PyObject *got)
{
    PyErr_Format(PyExc_TypeError,
                 "%s() argument %d must be " CORE_TYPE_NAME("_CDataBase") ", not %.200s",
                 function, position, Py_TYPE(got)->tp_name);
    return NULL;
}

/* ---- size -------------------------------------------------------------- */

Py_ssize_t cdata_array_length(cdata *self)
{
    Py_ssize_t length = self->type->u.array.length;

    return length >= 0 ? length : ((cdata_sized *)self)->length;
}

Py_ssize_t cdata_known_size(cdata *self)
{
    core_state *state = cdata_state(self);
    ctype *type = self->type;

    if (type->kind == CTYPE_ARRAY) {
        Py_ssize_t size;

        /* A slice of a pointer may be longer than any memory. */
        return __builtin_mul_overflow(cdata_array_length(self), type->item->size, &size)
                   ? PY_SSIZE_T_MAX : size;
    }
    if (Py_TYPE(self) == CORE_TYPE(state, cdata_struct_type))
        return cdata_known_size((cdata *)((cdata_struct *)self)->owner);
    if (Py_TYPE(self) == CORE_TYPE(state, cdata_keep_part_type) ||
        (Py_TYPE(self) == CORE_TYPE(state, cdata_lent_type) && ctype_is_record(type))) {
        cdata *owner = (cdata *)cdata_keeper(self);

        return owner->data == self->data && owner->type->item == type ? cdata_known_size(owner)
                                                                      : -1;
    }
    if (Py_TYPE(self) == CORE_TYPE(state, cdata_owned_type) ||
        Py_TYPE(self) == CORE_TYPE(state, cdata_keep_type) ||
        (Py_TYPE(self) == CORE_TYPE(state, cdata_gc_type) && ((cdata_gc *)self)->is_memory)) {
        ctype *memory = type->kind == CTYPE_POINTER ? type->item : type;

        return memory->flags & CTYPE_HAS_VAR_ARRAY ? ((cdata_sized *)self)->length : memory->size;
    }
    return -1;
}

Py_ssize_t cdata_sizeof(cdata *self)
{
    Py_ssize_t size = self->type->size;

    if (self->type->kind == CTYPE_ARRAY)
        size = cdata_known_size(self);
    else if (ctype_is_record(self->type) && cdata_known_size(self) >= 0)
        size = cdata_known_size(self);
    if (size < 0)
        PyErr_Format(PyExc_ValueError, "ctype '%U' is of unknown size", self->type->name);
    return size;
}

/* ---- life -------------------------------------------------------------- */

static void cdata_dealloc(PyObject *self)
{
    PyTypeObject *python_type = Py_TYPE(self);

    if (((cdata *)self)->weakrefs != NULL)
        PyObject_ClearWeakRefs(self);
    Py_DECREF(((cdata *)self)->type);
    PyObject_Free(self);
    Py_DECREF(python_type);
}

/* The block goes back before the type, which may be the last to hold the state. */
static inline void cdata_part_dealloc(PyObject *self, PyObject *owner)
{
    PyTypeObject *python_type = Py_TYPE(self);
    ctype *type = ((cdata *)self)->type;

    if (COMPAT_UNLIKELY(((cdata *)self)->weakrefs != NULL))
        PyObject_ClearWeakRefs(self);
    cdata_spare_put(type->state, self);
    Py_DECREF(type);
    Py_DECREF(python_type);
    Py_DECREF(owner);
}

static void cdata_struct_dealloc(PyObject *self)
{
    cdata_part_dealloc(self, ((cdata_struct *)self)->owner);
}

static void cdata_slice_dealloc(PyObject *self)
{
    cdata_part_dealloc(self, ((cdata_slice *)self)->owner);
}

static void cdata_function_dealloc(PyObject *self)
{
    Py_XDECREF(((cdata_function *)self)->name);
    Py_XDECREF(((cdata_function *)self)->parameters);
    cdata_dealloc(self);
}

/* ---- repr -------------------------------------------------------------- */

/* "1.500000E+00": a long double has no Python equivalent that keeps it. */
static PyObject *cdata_repr_longdouble(cdata *self)
{
    char digits[128];
    long double value;

    memcpy(&value, self->data, sizeof(value));
    snprintf(digits, sizeof(digits), "%LE", value);
    return PyUnicode_FromString(digits);
}

/* What follows the type's name. */
static PyObject *cdata_repr_value(cdata *self)
{
    core_state *state = cdata_state(self);
    ctype *type = self->type;
    PyObject *value, *name, *result;
    int is_owned = CDATA_IS_OWNED(self) ||
                   Py_TYPE(self) == CORE_TYPE(state, cdata_struct_type) ||
                   Py_TYPE(self) == CORE_TYPE(state, cdata_keep_type) ||
                   (Py_TYPE(self) == CORE_TYPE(state, cdata_gc_type) &&
                    ((cdata_gc *)self)->is_memory);

    if (is_owned)
        return PyUnicode_FromFormat("owning %zd bytes", cdata_known_size(self));
    if (type->class_ == CTYPE_CLASS_LONGDOUBLE)
        return cdata_repr_longdouble(self);
    if (type->kind == CTYPE_ARRAY && type->u.array.length < 0)
        return PyUnicode_FromFormat("sliced length %zd", cdata_array_length(self));
    if (type->kind != CTYPE_PRIMITIVE && type->kind != CTYPE_ENUM)
        return self->data == NULL ? PyUnicode_FromString("NULL")
                                  : PyUnicode_FromFormat("%p", self->data);
    if (type->flags & CTYPE_IS_WIDE_CHAR && type->size == 4 &&
        (unsigned long)convert_read_integer(type, self->data) > 0x10ffff)
        value = PyLong_FromLongLong(convert_read_integer(type, self->data));
    else
        value = convert_load(type, self->data);
    if (value == NULL)
        return NULL;
    name = type->kind != CTYPE_ENUM ? NULL
           : PyDict_GetItemWithError(type->u.enumeration.by_value, value);
    result = name == NULL ? PyObject_Repr(value) : PyUnicode_FromFormat("%S: %S", value, name);
    Py_DECREF(value);
    return result;
}

static PyObject *cdata_repr(PyObject *self)
{
    ctype *type = ((cdata *)self)->type;
    PyObject *value = cdata_repr_value((cdata *)self), *result;
    /* A struct or union elsewhere is a C++-like reference. */
    int is_view = ctype_is_record(type) && cdata_known_size((cdata *)self) < 0;

    if (value == NULL)
        return NULL;
    result = PyUnicode_FromFormat("<cdata '%U%s' %U>", type->name, is_view ? " &" : "", value);
    Py_DECREF(value);
    return result;
}

/* ---- hash, length, iteration ------------------------------------------- */

/* Numbers hash as Python's, so that equal ones do; the rest by address. */
Py_hash_t cdata_hash(PyObject *object)
{
    cdata *self = (cdata *)object;

    if (self->type->kind == CTYPE_PRIMITIVE || self->type->kind == CTYPE_ENUM) {
        PyObject *value = convert_load(self->type, self->data);
        Py_hash_t hash;

        if (value == NULL)
            return -1;
        if (!CDATA_CHECK(value)) {
            hash = PyObject_Hash(value);
            Py_DECREF(value);
            return hash;
        }
        Py_DECREF(value);
        return compat_hash_pointer(self);
    }
    return compat_hash_pointer(self->data);
}

static Py_ssize_t cdata_length(PyObject *object)
{
    cdata *self = (cdata *)object;

    if (self->type->kind == CTYPE_ARRAY)
        return cdata_array_length(self);
    PyErr_Format(PyExc_TypeError, "cdata of type '%U' has no len()", self->type->name);
    return -1;
}

typedef struct cdata_iterator {
    PyObject_HEAD
    cdata *array;               /* owned */
    Py_ssize_t next, length;    /* items */
} cdata_iterator;

static PyTypeObject *cdata_iterator_class(core_state *state);

static PyObject *cdata_iter(PyObject *object)
{
    cdata *self = (cdata *)object;
    PyTypeObject *class;
    cdata_iterator *iterator;

    if (self->type->kind != CTYPE_ARRAY) {
        PyErr_Format(PyExc_TypeError, "cdata '%U' does not support iteration", self->type->name);
        return NULL;
    }
    class = cdata_iterator_class(cdata_state(self));
    iterator = class == NULL ? NULL : PyObject_New(cdata_iterator, class);
    if (iterator == NULL)
        return NULL;
    iterator->array = (cdata *)Py_NewRef(object);
    iterator->next = 0;
    iterator->length = cdata_array_length(self);
    return (PyObject *)iterator;
}

static PyObject *cdata_iterator_next(PyObject *object)
{
    cdata_iterator *self = (cdata_iterator *)object;
    ctype *item = self->array->type->item;
    char *address;

    if (self->next >= self->length)
        return NULL;
    if (self->array->data == NULL)
        return cdata_null_error(self->array);
    address = self->array->data + self->next++ * item->size;
    if (ctype_is_aggregate(item))
        return cdata_new_part(item, address, self->array);
    return convert_load(item, address);
}

static void cdata_iterator_dealloc(PyObject *object)
{
    PyTypeObject *python_type = Py_TYPE(object);

    Py_DECREF(((cdata_iterator *)object)->array);
    PyObject_Free(object);
    Py_DECREF(python_type);
}

/* ---- types ------------------------------------------------------------- */

static PyObject *cdata_get_name(PyObject *Py_UNUSED(self), void *Py_UNUSED(closure))
{
    return PyUnicode_FromString("<cdata>");
}

static PyObject *cdata_exit(PyObject *self, PyObject *Py_UNUSED(args))
{
    return cdata_release_now(self);
}

static PyObject *cdata_enter(PyObject *self, PyObject *Py_UNUSED(ignored));

/* bytes(array of integers) goes by the items, as for CFFI's cdata, and not by
   the buffer. */
static PyObject *cdata_bytes(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    PyObject *items = PySequence_List(self), *result;

    if (items == NULL)
        return NULL;
    result = PyBytes_FromObject(items);
    Py_DECREF(items);
    return result;
}

static PyMethodDef cdata_methods[] = {
    {"__copy__", cdata_copy, METH_NOARGS, NULL},
    {"__deepcopy__", cdata_copy_deep, METH_O, NULL},
    {"__reduce__", cdata_copy_reduce, METH_NOARGS, NULL},
    {"__bytes__", cdata_bytes, METH_NOARGS, NULL},
    {"__dir__", cdata_access_dir, METH_NOARGS, NULL},
    {"__complex__", cdata_arith_complex, METH_NOARGS, NULL},
    {"__enter__", cdata_enter, METH_NOARGS, NULL},
    {"__exit__", cdata_exit, METH_VARARGS, NULL},
    {"reshape", cdata_shape_reshape, METH_O, "(shape) In place: what memory of C or C++ is an array of."},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef cdata_getset[] = {
    {"__name__", cdata_get_name, NULL, NULL, NULL},
    {"shape", cdata_shape_get_shape, NULL, "The lengths of an array, outer ones first.", NULL},
    {"itemsize", cdata_shape_get_itemsize, NULL, "The bytes of one item of an array.", NULL},
    {"format", cdata_shape_get_format, NULL, "The type of an array's items, as in the struct module.", NULL},
    {"typecode", cdata_shape_get_format, NULL, "The same as format.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMemberDef cdata_members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(cdata, weakrefs), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot cdata_slots[] = {
    {Py_tp_doc, "C data.  Made by new(), cast(), and by reading C memory."},
    {Py_tp_dealloc, (void *)cdata_dealloc},
    {Py_tp_repr, (void *)cdata_repr},
    {Py_tp_hash, (void *)cdata_hash},
    {Py_tp_richcompare, (void *)cdata_arith_richcompare},
    {Py_tp_call, (void *)call_cdata},
    {Py_tp_iter, (void *)cdata_iter},
    {Py_tp_getattro, (void *)cdata_access_getattro},
    {Py_tp_setattro, (void *)cdata_access_setattro},
    {Py_mp_length, (void *)cdata_length},
    {Py_mp_subscript, (void *)cdata_access_subscript},
    {Py_mp_ass_subscript, (void *)cdata_access_ass_subscript},
    {Py_nb_add, (void *)cdata_arith_add},
    {Py_nb_subtract, (void *)cdata_arith_subtract},
    {Py_nb_bool, (void *)cdata_arith_bool},
    {Py_nb_int, (void *)cdata_arith_int},
    {Py_nb_float, (void *)cdata_arith_float},
    {Py_bf_getbuffer, (void *)cdata_export_getbuffer},
    {Py_bf_releasebuffer, (void *)cdata_export_releasebuffer},
    {Py_tp_methods, cdata_methods},
    {Py_tp_getset, cdata_getset},
    {Py_tp_members, cdata_members},
    COMPAT_NO_NEW_SLOT
    {0, NULL},
};

#define CDATA_TYPE_FLAGS (Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | \
                          Py_TPFLAGS_IMMUTABLETYPE)

static PyType_Spec cdata_spec = {
    .name = CORE_TYPE_NAME("_CDataBase"),
    .basicsize = sizeof(cdata),
    .flags = CDATA_TYPE_FLAGS,
    .slots = cdata_slots,
};

static PyType_Slot cdata_owned_slots[] = {
    {Py_tp_doc, "C data that owns its memory."},
    {Py_tp_dealloc, (void *)cdata_dealloc},
    COMPAT_NO_NEW_SLOT
    {0, NULL},
};

static PyType_Spec cdata_owned_spec = {
    .name = CORE_TYPE_NAME("__CDataOwn"),
    .basicsize = sizeof(cdata),
    .flags = CDATA_TYPE_FLAGS,
    .slots = cdata_owned_slots,
};

static PyType_Slot cdata_struct_slots[] = {
    {Py_tp_doc, "A struct that shares the memory of the pointer it came from."},
    {Py_tp_dealloc, (void *)cdata_struct_dealloc},
    COMPAT_NO_NEW_SLOT
    {0, NULL},
};

static PyType_Spec cdata_struct_spec = {
    .name = CORE_TYPE_NAME("__CDataShared"),
    .basicsize = sizeof(cdata_struct),
    .flags = CDATA_TYPE_FLAGS,
    .slots = cdata_struct_slots,
};

static PyType_Slot cdata_view_slots[] = {
    {Py_tp_doc, "A struct, union or array inside the memory of another object."},
    {Py_tp_dealloc, (void *)cdata_struct_dealloc},
    COMPAT_NO_NEW_SLOT
    {0, NULL},
};

static PyType_Spec cdata_view_spec = {
    .name = CORE_TYPE_NAME("__CDataView"),
    .basicsize = sizeof(cdata_struct),
    .flags = CDATA_TYPE_FLAGS,
    .slots = cdata_view_slots,
};

static PyType_Slot cdata_slice_slots[] = {
    {Py_tp_doc, "A slice of the memory of another object."},
    {Py_tp_dealloc, (void *)cdata_slice_dealloc},
    COMPAT_NO_NEW_SLOT
    {0, NULL},
};

static PyType_Spec cdata_slice_spec = {
    .name = CORE_TYPE_NAME("__CDataSlice"),
    .basicsize = sizeof(cdata_slice),
    .flags = CDATA_TYPE_FLAGS,
    .slots = cdata_slice_slots,
};

static PyMemberDef cdata_function_members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(cdata_function, call), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot cdata_function_slots[] = {
    {Py_tp_dealloc, (void *)cdata_function_dealloc},
    {Py_tp_getset, call_names_getset},
    {Py_tp_call, (void *)PyVectorcall_Call},
    {Py_tp_members, cdata_function_members},
    COMPAT_NO_NEW_SLOT
    {0, NULL},
};

static PyType_Spec cdata_function_spec = {
    .name = CORE_TYPE_NAME("__CDataFunction"),
    .basicsize = sizeof(cdata_function),
    .flags = CDATA_TYPE_FLAGS | Py_TPFLAGS_HAVE_VECTORCALL,
    .slots = cdata_function_slots,
};

static PyType_Slot cdata_iterator_slots[] = {
    {Py_tp_dealloc, (void *)cdata_iterator_dealloc},
    {Py_tp_iter, (void *)PyObject_SelfIter},
    {Py_tp_iternext, (void *)cdata_iterator_next},
    COMPAT_NO_NEW_SLOT
    {0, NULL},
};

static PyType_Spec cdata_iterator_spec = {
    .name = CORE_TYPE_NAME("__CData_iterator"),
    .basicsize = sizeof(cdata_iterator),
    .flags = CDATA_TYPE_FLAGS,
    .slots = cdata_iterator_slots,
};

static PyTypeObject *cdata_iterator_class(core_state *state)
{
    return CORE_NEED_TYPE(state, cdata_iterator_type, &cdata_iterator_spec, NULL);
}

static PyObject *cdata_enter(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    core_state *state = cdata_state((cdata *)self);

    if ((CDATA_IS_OWNED(self) && !ctype_is_record(((cdata *)self)->type)) ||
        Py_TYPE(self) == CORE_TYPE(state, cdata_gc_type) ||
        Py_TYPE(self) == CORE_TYPE(state, cdata_keep_type) ||
        Py_TYPE(self) == CORE_TYPE(state, cdata_buffer_type))
        return Py_NewRef(self);
    return cdata_release_now(self);
}

/* ---- module functions -------------------------------------------------- */

static PyObject *cdata_py_typeof(PyObject *Py_UNUSED(module), PyObject *object)
{
    if (!CDATA_CHECK(object)) {
        PyErr_Format(PyExc_TypeError, "expected a 'cdata' object, not %.200s",
                     Py_TYPE(object)->tp_name);
        return NULL;
    }
    return Py_NewRef((PyObject *)((cdata *)object)->type);
}

static PyObject *cdata_py_sizeof(PyObject *module, PyObject *object)
{
    Py_ssize_t size;

    if (CDATA_CHECK(object))
        size = cdata_sizeof((cdata *)object);
    else if (CTYPE_CHECK(core_state_of(module), object)) {
        size = ((ctype *)object)->size;
        if (size < 0)
            PyErr_Format(PyExc_ValueError, "ctype '%U' is of unknown size",
                         ((ctype *)object)->name);
    }
    else {
        PyErr_Format(PyExc_TypeError, "expected a 'cdata' or 'ctype' object, not %.200s",
                     Py_TYPE(object)->tp_name);
        return NULL;
    }
    return size < 0 ? NULL : PyLong_FromSsize_t(size);
}

static PyMethodDef cdata_functions[] = {
    {"typeof", cdata_py_typeof, METH_O, "typeof(cdata) -> ctype"},
    {"sizeof", cdata_py_sizeof, METH_O, "sizeof(cdata or ctype) -> bytes"},
    {NULL, NULL, 0, NULL},
};

PyTypeObject *cdata_struct_class(core_state *state)
{
    return CDATA_NEED(state, struct);
}

PyTypeObject *cdata_view_class(core_state *state)
{
    return CDATA_NEED(state, view);
}

PyTypeObject *cdata_slice_class(core_state *state)
{
    return CDATA_NEED(state, slice);
}

int cdata_init(PyObject *Py_UNUSED(module), core_state *state)
{
    return CORE_NEED_TYPE(state, cdata_type, &cdata_spec, NULL) == NULL ||
                   CDATA_NEED(state, owned) == NULL || CDATA_NEED(state, function) == NULL ||
                   cdata_owner_init(state) < 0
               ? -1
               : 0;
}

int cdata_offer(PyObject *module, core_state *state)
{
    if (PyModule_AddObjectRef(module, "CData", state->cdata_type) < 0 ||
        core_publish_type(state, CORE_TYPE(state, cdata_type)) < 0 ||
        core_publish_type(state, CORE_TYPE(state, cdata_owned_type)) < 0 ||
        core_publish_type(state, cdata_struct_class(state)) < 0 ||
        core_publish_type(state, CORE_TYPE(state, cdata_function_type)) < 0 ||
        core_publish_type(state, cdata_view_class(state)) < 0 ||
        core_publish_type(state, cdata_slice_class(state)) < 0 ||
        core_publish_type(state, cdata_iterator_class(state)) < 0 ||
        cdata_bounds_offer(state) < 0 || cdata_lent_offer(state) < 0 ||
        cdata_keep_offer(module, state) < 0 || cdata_owner_offer(module, state) < 0 ||
        cdata_new_offer(module) < 0 || cdata_cast_offer(module) < 0)
        return -1;
    return PyModule_AddFunctions(module, cdata_functions);
}
