/* cdata_access.c: reading and writing through C data: x[i], x[i:j], x.field.

   The paths that find what they look for are short; errors are made out of
   line. */
#include "cdata.h"
#include "convert.h"

/* ---- errors ------------------------------------------------------------ */

static COMPAT_NOINLINE char *cdata_array_index_error(cdata *self, Py_ssize_t index)
{
    if (self->data == NULL && (size_t)index < (size_t)cdata_array_length(self))
        return cdata_null_error(self);
    if (index < 0)
        PyErr_SetString(PyExc_IndexError, "negative index");
    else
        PyErr_Format(PyExc_IndexError, "index too large for cdata '%U' (expected %zd < %zd)",
                     self->type->name, index, cdata_array_length(self));
    return NULL;
}

static COMPAT_NOINLINE int cdata_index_slow(PyObject *key, Py_ssize_t *index)
{
    *index = PyNumber_AsSsize_t(key, PyExc_IndexError);
    return *index == -1 && PyErr_Occurred() ? -1 : 0;
}

static inline int cdata_index(PyObject *key, Py_ssize_t *index)
{
    if (COMPAT_LIKELY(PyLong_CheckExact(key) && compat_small_int(key, index)))
        return 0;
    return cdata_index_slow(key, index);
}

/* ---- x[i] -------------------------------------------------------------- */

/* Memory that the object itself owns, so that its end is known. */
static inline int cdata_owns_target(cdata *self)
{
    core_state *state = cdata_state(self);

    return Py_TYPE(self) == CORE_TYPE(state, cdata_owned_type) ||
           COMPAT_UNLIKELY(Py_TYPE(self) == CORE_TYPE(state, cdata_keep_type)) ||
           (COMPAT_UNLIKELY(Py_TYPE(self) == CORE_TYPE(state, cdata_gc_type)) &&
            ((cdata_gc *)self)->is_memory);
}

static COMPAT_NOINLINE char *cdata_pointer_slot_slow(cdata *self, Py_ssize_t index)
{
    ctype *type = self->type;

    if (type->kind != CTYPE_POINTER) {
        PyErr_Format(PyExc_TypeError, "cdata of type '%U' cannot be indexed", type->name);
        return NULL;
    }
    if (cdata_owns_target(self)) {
        if (index == 0)
            return self->data != NULL ? self->data : cdata_null_error(self);
        PyErr_Format(PyExc_IndexError, "cdata '%U' can only be indexed by 0", type->name);
        return NULL;
    }
    if (self->data == NULL)
        return cdata_null_error(self);
    if (type->item->size < 0 && index != 0) {
        PyErr_Format(PyExc_TypeError, "ctype '%U' points to items of unknown size", type->name);
        return NULL;
    }
    if (Py_TYPE(self) != CORE_TYPE(cdata_state(self), cdata_type) &&
        cdata_bounds_check(self, index, 1) < 0)
        return NULL;
    return (char *)((uintptr_t)self->data + (uintptr_t)index * (uintptr_t)type->item->size);
}

/* Where item `index` lies; NULL with an error. */
static inline char *cdata_slot(cdata *self, Py_ssize_t index)
{
    if (COMPAT_LIKELY(self->type->kind == CTYPE_ARRAY)) {
        Py_ssize_t length = cdata_array_length(self);

        if (COMPAT_LIKELY((size_t)index < (size_t)length && self->data != NULL))
            return self->data + index * self->type->item->size;
        return cdata_array_index_error(self, index);
    }
    if (Py_TYPE(self) == CORE_TYPE(cdata_state(self), cdata_owned_type) && COMPAT_LIKELY(index == 0) &&
        self->type->kind == CTYPE_POINTER)
        return self->data;
    return cdata_pointer_slot_slow(self, index);
}

/* ---- x[i:j] ------------------------------------------------------------ */

typedef struct cdata_span {
    ctype *array;               /* owned: `T[]` */
    char *data;
    Py_ssize_t length;
    int outside;                /* of what is known of the memory: an IndexError is set */
} cdata_span;

static int cdata_span_bounds(PySliceObject *slice, Py_ssize_t *start, Py_ssize_t *stop)
{
    if (slice->step != Py_None) {
        PyErr_SetString(PyExc_IndexError, "slice with step not supported");
        return -1;
    }
    if (slice->start == Py_None) {
        PyErr_SetString(PyExc_IndexError, "slice start must be specified");
        return -1;
    }
    if (slice->stop == Py_None) {
        PyErr_SetString(PyExc_IndexError, "slice stop must be specified");
        return -1;
    }
    if (cdata_index(slice->start, start) < 0 || cdata_index(slice->stop, stop) < 0)
        return -1;
    if (*start > *stop) {
        PyErr_SetString(PyExc_IndexError, "slice start > stop");
        return -1;
    }
    return 0;
}

static int cdata_span_of(cdata *self, PyObject *slice, cdata_span *span)
{
    ctype *type = self->type, *pointer = type;
    Py_ssize_t start, stop, limit = -1;

    if (cdata_span_bounds((PySliceObject *)slice, &start, &stop) < 0)
        return -1;
    if (type->kind == CTYPE_ARRAY) {
        pointer = type->u.array.pointer;
        limit = cdata_array_length(self);
    }
    else if (type->kind != CTYPE_POINTER) {
        PyErr_Format(PyExc_TypeError, "cdata of type '%U' cannot be indexed", type->name);
        return -1;
    }
    else if (cdata_owns_target(self))
        limit = 1;
    if (limit >= 0 && start < 0) {
        PyErr_SetString(PyExc_IndexError, "negative index");
        return -1;
    }
    if (limit >= 0 && stop > limit) {
        PyErr_Format(PyExc_IndexError, "index too large (expected %zd <= %zd)", stop, limit);
        return -1;
    }
    if (__builtin_sub_overflow(stop, start, &span->length)) {
        PyErr_SetString(PyExc_OverflowError, "slice length would overflow a Py_ssize_t");
        return -1;
    }
    span->array = ctype_new_open_array(pointer);
    if (span->array == NULL)
        return -1;
    span->outside = limit < 0 && self->data != NULL &&
                    Py_TYPE(self) != CORE_TYPE(cdata_state(self), cdata_type) &&
                    cdata_bounds_check(self, start, span->length) < 0;
    /* A slice of NULL is NULL, so that reading it is refused. */
    span->data = self->data == NULL ? NULL
                                    : (char *)((uintptr_t)self->data +
                                               (uintptr_t)start * (uintptr_t)type->item->size);
    return 0;
}

static PyObject *cdata_get_slice(cdata *self, PyObject *slice)
{
    cdata_span span;
    PyObject *result;

    if (cdata_span_of(self, slice, &span) < 0)
        return NULL;
    if (COMPAT_UNLIKELY(span.outside))
        result = cdata_new_outside(span.array, span.length, self);
    else
        result = cdata_new_part_slice(span.array, span.data, span.length, self);
    Py_DECREF(span.array);
    return result;
}

/* Bytes into an array of 1-byte items, without a loop. */
static int cdata_set_slice_bytes(cdata_span *span, const char *bytes, Py_ssize_t length)
{
    if (length != span->length) {
        PyErr_Format(PyExc_ValueError, "need a string of length %zd, got %zd", span->length,
                     length);
        return -1;
    }
    memmove(span->data, bytes, (size_t)length);
    return 0;
}

static int cdata_set_slice_items(cdata_span *span, PyObject *value)
{
    ctype *item = span->array->item;
    PyObject *iterator = PyObject_GetIter(value), *object;
    char *address = span->data;
    Py_ssize_t i;
    int result = 0;

    if (iterator == NULL)
        return -1;
    for (i = 0; result == 0 && i < span->length; i++) {
        object = PyIter_Next(iterator);
        if (object == NULL) {
            if (!PyErr_Occurred())
                PyErr_Format(PyExc_ValueError, "need %zd values to unpack, got %zd", span->length,
                             i);
            result = -1;
            break;
        }
        result = convert_store(item, address, object);
        address += item->size;
        Py_DECREF(object);
    }
    if (result == 0) {
        object = PyIter_Next(iterator);
        if (object != NULL) {
            Py_DECREF(object);
            PyErr_Format(PyExc_ValueError, "got more than %zd values to unpack", span->length);
        }
        result = PyErr_Occurred() ? -1 : 0;
    }
    Py_DECREF(iterator);
    return result;
}

static COMPAT_NOINLINE int cdata_delete_error(void)
{
    PyErr_SetString(PyExc_TypeError, "'del x[n]' not supported for cdata objects");
    return -1;
}

static int cdata_set_slice(cdata *self, PyObject *slice, PyObject *value)
{
    cdata_span span;
    ctype *item = self->type->item;
    int result;

    if (value == NULL)
        return cdata_delete_error();
    if (cdata_span_of(self, slice, &span) < 0)
        return -1;
    if (span.outside)
        result = -1;
    else if (span.data == NULL && span.length > 0) {
        cdata_null_error(self);
        result = -1;
    }
    else if (CDATA_CHECK(value) && ((cdata *)value)->type->kind == CTYPE_ARRAY &&
             ((cdata *)value)->type->item == item &&
             cdata_array_length((cdata *)value) == span.length &&
             (((cdata *)value)->data != NULL || span.length == 0)) {
        memmove(span.data, ((cdata *)value)->data, (size_t)(span.length * item->size));
        result = 0;
    }
    else if (PyBytes_Check(value) && (item->flags & CTYPE_IS_CHAR_LIKE) &&
             item->class_ == CTYPE_CLASS_CHAR)
        result = cdata_set_slice_bytes(&span, PyBytes_AS_STRING(value), PyBytes_GET_SIZE(value));
    else if (PyByteArray_Check(value) && (item->flags & CTYPE_IS_CHAR_LIKE))
        result = cdata_set_slice_bytes(&span, PyByteArray_AS_STRING(value),
                                       PyByteArray_GET_SIZE(value));
    else
        result = cdata_set_slice_items(&span, value);
    Py_DECREF(span.array);
    return result;
}

/* Reads a value at an address inside what `self` is or points to. */
static inline PyObject *cdata_load_part(cdata *self, ctype *type, char *address)
{
    if (COMPAT_UNLIKELY(ctype_is_aggregate(type)))
        return cdata_new_part(type, address, self);
    return convert_load(type, address);
}

/* ---- the mapping slots ------------------------------------------------- */

/* array[i, j] for array[i][j], after a key that was no index; NULL with that error where it is no tuple. */
static COMPAT_NOINLINE PyObject *cdata_get_nested(PyObject *object, PyObject *key, Py_ssize_t count)
{
    PyObject *result;

    if (!PyTuple_Check(key) || PyTuple_GET_SIZE(key) == 0)
        return NULL;
    PyErr_Clear();
    result = Py_NewRef(object);
    for (Py_ssize_t i = 0; result != NULL && i < PyTuple_GET_SIZE(key) + count; i++)
        Py_SETREF(result, PyObject_GetItem(result, PyTuple_GET_ITEM(key, i)));
    return result;
}

static COMPAT_NOINLINE int cdata_set_nested(PyObject *object, PyObject *key, PyObject *value)
{
    PyObject *row = cdata_get_nested(object, key, -1);
    int status = -1;

    if (row != NULL && value == NULL)
        status = cdata_delete_error();
    else if (row != NULL)
        status = PyObject_SetItem(row, PyTuple_GET_ITEM(key, PyTuple_GET_SIZE(key) - 1), value);
    Py_XDECREF(row);
    return status;
}

PyObject *cdata_access_subscript(PyObject *object, PyObject *key)
{
    cdata *self = (cdata *)object;
    ctype *item = self->type->item;
    Py_ssize_t index;
    char *address;

    if (COMPAT_UNLIKELY(PySlice_Check(key)))
        return cdata_get_slice(self, key);
    if (COMPAT_UNLIKELY(cdata_index(key, &index) < 0))
        return cdata_get_nested(object, key, 0);
    address = cdata_slot(self, index);
    if (COMPAT_UNLIKELY(address == NULL))
        return NULL;
    /* p and p[0] own the struct together. */
    if (ctype_is_record(item) && self->type->kind == CTYPE_POINTER && cdata_owns_target(self))
        return cdata_new_shared(item, address, object);
    return cdata_load_part(self, item, address);
}

int cdata_access_ass_subscript(PyObject *object, PyObject *key, PyObject *value)
{
    cdata *self = (cdata *)object;
    Py_ssize_t index;
    char *address;

    if (COMPAT_UNLIKELY(PySlice_Check(key)))
        return cdata_set_slice(self, key, value);
    if (COMPAT_UNLIKELY(cdata_index(key, &index) < 0))
        return cdata_set_nested(object, key, value);
    address = cdata_slot(self, index);
    if (COMPAT_UNLIKELY(address == NULL))
        return -1;
    if (COMPAT_UNLIKELY(value == NULL))
        return cdata_delete_error();
    return convert_store(self->type->item, address, value);
}

/* ---- x.field ----------------------------------------------------------- */

/* The struct or union that `self` is or points to, or NULL. */
static inline ctype *cdata_record(cdata *self)
{
    ctype *type = self->type;

    if (type->kind == CTYPE_POINTER)
        type = type->item;
    return ctype_is_record(type) ? type : NULL;
}

/* Replaces the AttributeError of the generic lookup. */
static COMPAT_NOINLINE void cdata_no_field(cdata *self, PyObject *name, const char *verb)
{
    ctype *record = cdata_record(self);

    if (!PyErr_ExceptionMatches(PyExc_AttributeError))
        return;
    PyErr_Clear();
    if (record == NULL)
        PyErr_Format(PyExc_AttributeError, "cdata '%U' has no attribute '%U'", self->type->name,
                     name);
    else if (record->flags & CTYPE_IS_OPAQUE)
        PyErr_Format(PyExc_AttributeError, "cdata '%U' points to an opaque type: cannot %s fields",
                     self->type->name, verb);
    else
        PyErr_Format(PyExc_AttributeError, "cdata '%U' has no field '%U'", self->type->name, name);
}

/* Room for items of the flexible array member, -1 where the end is unknown. */
static Py_ssize_t cdata_flexible_room(cdata *self, cfield *field)
{
    ctype *record = cdata_record(self);
    Py_ssize_t size, item = field->type->item->size;

    if (!(record->flags & CTYPE_HAS_VAR_ARRAY) || field->type->u.array.length >= 0)
        return -1;
    size = cdata_known_size(self);
    if (size < 0)
        size = cdata_reach(self);
    if (size < 0)
        return -1;
    return item > 0 && size > field->offset ? (size - field->offset) / item : 0;
}

/* An array without a length is a pointer, unless the memory's end is known. */
static COMPAT_NOINLINE PyObject *cdata_get_empty_array(cdata *self, cfield *field)
{
    char *address = self->data + field->offset;

    if (cdata_known_size(self) >= 0 && cdata_flexible_room(self, field) >= 0)
        return cdata_new_part_slice(field->type, address, cdata_flexible_room(self, field), self);
    return cdata_new_computed(field->type->u.array.pointer, address, self);
}

PyObject *cdata_access_getattro(PyObject *object, PyObject *name)
{
    cdata *self = (cdata *)object;
    ctype *record = cdata_record(self);
    PyObject *result;

    if (COMPAT_LIKELY(record != NULL)) {
        cfield *field = ctype_find_field(record, name);

        if (COMPAT_LIKELY(field != NULL)) {
            if (COMPAT_UNLIKELY(self->data == NULL))
                return cdata_null_error(self);
            if (COMPAT_LIKELY(field->bitshift == CFIELD_REGULAR))
                return cdata_load_part(self, field->type, self->data + field->offset);
            if (field->bitshift == CFIELD_EMPTY_ARRAY)
                return cdata_get_empty_array(self, field);
            return convert_load_bitfield(field, self->data + field->offset);
        }
        if (PyErr_Occurred())
            return NULL;
    }
    result = PyObject_GenericGetAttr(object, name);
    if (result == NULL)
        cdata_no_field(self, name, "read");
    return result;
}

static COMPAT_NOINLINE int cdata_set_special_field(cdata *self, cfield *field, PyObject *value)
{
    char *address = self->data + field->offset;

    if (field->bitshift != CFIELD_EMPTY_ARRAY)
        return convert_store_bitfield(field, address, value);
    if (field->type->u.array.length >= 0)
        return convert_store(field->type, address, value);
    return convert_store_array(field->type, address, cdata_flexible_room(self, field), value);
}

int cdata_access_setattro(PyObject *object, PyObject *name, PyObject *value)
{
    cdata *self = (cdata *)object;
    ctype *record = cdata_record(self);

    if (COMPAT_LIKELY(record != NULL)) {
        cfield *field = ctype_find_field(record, name);

        if (COMPAT_LIKELY(field != NULL)) {
            if (COMPAT_UNLIKELY(value == NULL)) {
                PyErr_Format(PyExc_AttributeError, "cannot delete struct field '%U'", name);
                return -1;
            }
            if (COMPAT_UNLIKELY(self->data == NULL)) {
                cdata_null_error(self);
                return -1;
            }
            if (COMPAT_LIKELY(field->bitshift == CFIELD_REGULAR))
                return convert_store(field->type, self->data + field->offset, value);
            return cdata_set_special_field(self, field, value);
        }
        if (PyErr_Occurred())
            return -1;
    }
    if (PyObject_GenericSetAttr(object, name, value) < 0) {
        cdata_no_field(self, name, "write");
        return -1;
    }
    return 0;
}

PyObject *cdata_access_dir(PyObject *object, PyObject *Py_UNUSED(ignored))
{
    ctype *record = cdata_record((cdata *)object);

    if (record == NULL || (record->flags & CTYPE_IS_OPAQUE))
        return PyList_New(0);
    return PyDict_Keys(record->u.record.fields);
}
