/* cdata_shape.c: arrays of C++ as cppyy's scripts see them: shape, itemsize,
   format, and reshape(), which says how much memory a pointer points to.

   Neighbours: cdata.c, whose methods these are; cdata_export.c, which shares
   what was reshaped with NumPy. */
#include "cdata.h"
#include "cdata_shape.h"

static ctype *shape_item(ctype *type)
{
    type = type->item;
    while (type->kind == CTYPE_ARRAY)
        type = type->item;
    return type;
}

/* Whether it is an array or a pointer to items of known size. */
static int shape_check(cdata *self, const char *name)
{
    if ((self->type->kind == CTYPE_ARRAY || self->type->kind == CTYPE_POINTER) && shape_item(self->type)->size > 0)
        return 1;
    PyErr_Format(PyExc_AttributeError, "cdata '%U' has no attribute '%s'", self->type->name, name);
    return 0;
}

PyObject *cdata_shape_get_shape(PyObject *object, void *Py_UNUSED(closure))
{
    cdata *self = (cdata *)object;
    Py_ssize_t count = 0;

    if (!shape_check(self, "shape"))
        return NULL;
    if (self->type->kind != CTYPE_ARRAY)
        return PyErr_Format(PyExc_AttributeError, "cdata '%U' has no shape before reshape()", self->type->name);
    for (ctype *type = self->type; type->kind == CTYPE_ARRAY; type = type->item)
        count++;
    PyObject *result = PyTuple_New(count);
    ctype *type = self->type;
    for (Py_ssize_t i = 0; result != NULL && i < count; i++, type = type->item) {
        PyObject *length = PyLong_FromSsize_t(i == 0 ? cdata_array_length(self) : type->u.array.length);
        if (length == NULL)
            Py_CLEAR(result);
        else
            PyTuple_SET_ITEM(result, i, length);
    }
    return result;
}

PyObject *cdata_shape_get_itemsize(PyObject *object, void *Py_UNUSED(closure))
{
    if (!shape_check((cdata *)object, "itemsize"))
        return NULL;
    return PyLong_FromSsize_t(shape_item(((cdata *)object)->type)->size);
}

/* The struct module's letter, as the buffer protocol gives it. */
PyObject *cdata_shape_get_format(PyObject *object, void *Py_UNUSED(closure))
{
    if (!shape_check((cdata *)object, "format"))
        return NULL;
    PyObject *view = PyMemoryView_FromObject(object);
    if (view == NULL) {
        PyErr_Clear();
        return PyErr_Format(PyExc_AttributeError, "cdata '%U' has no format before reshape()",
                            ((cdata *)object)->type->name);
    }
    PyObject *result = PyObject_GetAttrString(view, "format");
    Py_DECREF(view);
    return result;
}

/* Puts the lengths of `shape` round the item, the last one first; a new reference. */
static ctype *shape_array_type(ctype *item, PyObject *shape)
{
    ctype *type = (ctype *)Py_NewRef((PyObject *)item);

    for (Py_ssize_t i = PyTuple_GET_SIZE(shape) - 1; type != NULL && i >= 0; i--) {
        Py_ssize_t length = PyNumber_AsSsize_t(PyTuple_GET_ITEM(shape, i), PyExc_OverflowError);
        ctype *pointer = NULL, *array = NULL;

        if (length < 0 && !PyErr_Occurred())
            PyErr_Format(PyExc_ValueError, "a length cannot be %zd", length);
        if (!PyErr_Occurred() && (pointer = ctype_new_pointer(type)) != NULL)
            array = ctype_new_array(pointer, length);
        Py_XDECREF(pointer);
        Py_DECREF(type);
        type = array;
    }
    return type;
}

PyObject *cdata_shape_reshape(PyObject *object, PyObject *shape)
{
    cdata *self = (cdata *)object;

    if (!shape_check(self, "reshape"))
        return NULL;
    if (!Py_IS_TYPE(object, CORE_TYPE(self->type->state, cdata_type)))
        return PyErr_Format(PyExc_TypeError, "cdata '%U' has memory whose size is known; only what C or C++ returned "
                            "can be given another shape", self->type->name);
    PyObject *lengths = PyLong_Check(shape) ? PyTuple_Pack(1, shape) : PySequence_Tuple(shape);
    if (lengths == NULL)
        return NULL;
    if (PyTuple_GET_SIZE(lengths) == 0) {
        Py_DECREF(lengths);
        return PyErr_Format(PyExc_ValueError, "a shape has one length at least");
    }
    ctype *type = shape_array_type(shape_item(self->type), lengths);
    Py_DECREF(lengths);
    if (type == NULL)
        return NULL;
    Py_SETREF(self->type, type);
    Py_RETURN_NONE;
}
