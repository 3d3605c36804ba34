/* cdata_copy.c: copy.copy(), copy.deepcopy() and pickle of C data.

   Values are copied: arrays, records, and what newp made behind an owning
   pointer.  Pointers without memory of their own, functions and numbers never
   change, so they are their own copy.  Pickling is Python's: cffi_like/pickling.py. */
#include "cdata.h"

static PyObject *cdata_copy_released(cdata *self)
{
    PyErr_Format(PyExc_ValueError, "cannot copy cdata '%U': it was released", self->type->name);
    return NULL;
}

static int cdata_copy_is_released(cdata *self)
{
    core_state *state = cdata_state(self);

    if (Py_TYPE(self) == CORE_TYPE(state, cdata_gc_type) && ((cdata_gc *)self)->origin == NULL)
        return 1;
    return self->data == NULL && cdata_keeper(self) != NULL;
}

/* Where newp would remember a length, the copy does. */
static cdata *cdata_copy_memory(cdata *self, Py_ssize_t size)
{
    ctype *type = self->type, *target = type->kind == CTYPE_POINTER ? type->item : type;
    Py_ssize_t length = -1, room = size;

    if (type->kind == CTYPE_ARRAY && type->u.array.length < 0)
        length = cdata_array_length(self);
    else if (ctype_is_record(target) && (target->flags & CTYPE_HAS_VAR_ARRAY))
        length = size;
    else if (type->kind == CTYPE_POINTER && target->class_ == CTYPE_CLASS_CHAR)
        room *= 2;              /* the final null that newp adds */
    return cdata_new_memory(type, room, target->align > 0 ? target->align : 1, length);
}

PyObject *cdata_copy(PyObject *object, PyObject *Py_UNUSED(ignored))
{
    cdata *self = (cdata *)object, *result;
    Py_ssize_t size = cdata_known_size(self);

    if (Py_TYPE(object) == CORE_TYPE(cdata_state(self), cdata_keep_type))
        return cdata_keep_copy(self);
    if (ctype_is_record(self->type) && size < 0)
        size = self->type->size;
    if (cdata_copy_is_released(self))
        return cdata_copy_released(self);
    if (size < 0 || self->data == NULL || self->type->kind == CTYPE_FUNCTION ||
        self->type->kind == CTYPE_PRIMITIVE || self->type->kind == CTYPE_ENUM)
        return Py_NewRef(object);
    result = cdata_copy_memory(self, size);
    if (result != NULL)
        memcpy(result->data, self->data, (size_t)size);
    return (PyObject *)result;
}

PyObject *cdata_copy_deep(PyObject *self, PyObject *Py_UNUSED(memo))
{
    return cdata_copy(self, NULL);
}

PyObject *cdata_copy_reduce(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    PyObject *module = PyImport_ImportModule("cffi_like.pickling");
    PyObject *result = module == NULL ? NULL : PyObject_CallMethod(module, "reduce", "O", self);

    Py_XDECREF(module);
    return result;
}
