/* cpp_iterate.c: iterating over a std::vector of numbers without a call per item.

   Follows the vector as it is at each step, as a list's iterator does.
   Neighbour: cpp_sequence.c, which has everything else of them. */
#include "cpp_runtime.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_type.h"
#include "cpp_convert.h"
#include "cpp_sequence.h"

typedef struct cpp_iterator {
    PyObject_HEAD
    PyObject *vector;           /* owned; NULL when it is exhausted */
    Py_ssize_t at;              /* in bytes, as `size` */
    Py_ssize_t size;            /* of an item */
    cpp_type *items;            /* owned */
    cpp_kind kind;              /* of an item */
    cpp_runtime *runtime;       /* borrowed: `items` holds it */
} cpp_iterator;

/* libstdc++ and libc++ agree on this beginning of a std::vector. */
typedef struct iterate_vector {
    char *first, *last;
} iterate_vector;

static COMPAT_NOINLINE PyObject *iterate_end(cpp_iterator *self)
{
    Py_CLEAR(self->vector);
    return NULL;
}

static inline PyObject *iterate_item(cpp_iterator *self, const iterate_vector *vector)
{
    char *place = vector->first + self->at;

    if (COMPAT_UNLIKELY(place >= vector->last))
        return iterate_end(self);
    self->at += self->size;
    if (COMPAT_LIKELY(self->kind == CPP_INT))
        return cpp_runtime_int(self->runtime, *(int *)place);
    if (self->kind == CPP_DOUBLE)
        return PyFloat_FromDouble(*(double *)place);
    return self->items->ops->load(self->items, place, NULL);
}

/* Of a part of another object, of one that is gone, at the end. */
static COMPAT_NOINLINE PyObject *iterate_next_slow(cpp_iterator *self)
{
    const iterate_vector *vector = self->vector == NULL ? NULL : cpp_instance_address((cpp_instance *)self->vector);

    return vector == NULL ? NULL : iterate_item(self, vector);
}

static PyObject *iterate_next(PyObject *object)
{
    cpp_iterator *self = (cpp_iterator *)object;
    const cpp_instance *vector = (cpp_instance *)self->vector;

    if (COMPAT_UNLIKELY(vector == NULL || !(vector->flags & CPP_SIMPLE)))
        return iterate_next_slow(self);
    return iterate_item(self, vector->address);
}

static PyObject *iterate_hint(PyObject *object, PyObject *Py_UNUSED(ignored))
{
    cpp_iterator *self = (cpp_iterator *)object;
    iterate_vector *vector;
    Py_ssize_t count = 0;

    if (self->vector != NULL) {
        vector = cpp_instance_address((cpp_instance *)self->vector);
        if (vector == NULL)
            return NULL;
        count = (vector->last - vector->first - self->at) / self->size;
    }
    return PyLong_FromSsize_t(count > 0 ? count : 0);
}

static int iterate_traverse(PyObject *object, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(((cpp_iterator *)object)->vector);
    Py_VISIT(((cpp_iterator *)object)->items);
    return 0;
}

static void iterate_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);

    PyObject_GC_UnTrack(object);
    Py_XDECREF(((cpp_iterator *)object)->vector);
    Py_DECREF(((cpp_iterator *)object)->items);
    PyObject_GC_Del(object);
    Py_DECREF(type);
}

static PyMethodDef iterate_methods[] = {
    {"__length_hint__", iterate_hint, METH_NOARGS, "How many items are left."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot iterate_slots[] = {
    {Py_tp_dealloc, (void *)iterate_dealloc},
    {Py_tp_traverse, (void *)iterate_traverse},
    {Py_tp_iter, (void *)PyObject_SelfIter},
    {Py_tp_iternext, (void *)iterate_next},
    {Py_tp_methods, (void *)iterate_methods},
    COMPAT_NO_NEW_SLOT
    {0, NULL},
};

static PyType_Spec iterate_spec = {
    .name = "_cffi_like.CppIterator",
    .basicsize = sizeof(cpp_iterator),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = iterate_slots,
};

PyObject *cpp_iterate(PyObject *vector)
{
    if (cpp_class_of_type(Py_TYPE(vector)) == NULL)
        return PyErr_Format(PyExc_TypeError, "a std::vector of numbers is needed, not '%s'", Py_TYPE(vector)->tp_name);
    if (cpp_instance_class(vector)->items == NULL)
        return PySeqIter_New(vector);   /* a class that derives from one: wherever the vector lies in it */
    cpp_iterator *self = PyObject_GC_New(cpp_iterator, CORE_TYPE(cpp_instance_class(vector)->runtime->state,
                                                                 cpp_iterator_type));
    if (self == NULL)
        return NULL;
    self->vector = Py_NewRef(vector);
    self->at = 0;
    self->items = (cpp_type *)Py_NewRef((PyObject *)cpp_instance_class(vector)->items);
    self->size = self->items->size;
    self->kind = (cpp_kind)self->items->kind;
    self->runtime = self->items->runtime;
    PyObject_GC_Track(self);
    return (PyObject *)self;
}

static PyObject *iterate_new(PyObject *Py_UNUSED(module), PyObject *vector)
{
    return cpp_iterate(vector);
}

static PyMethodDef iterate_functions[] = {
    {"cpp_iterate", iterate_new, METH_O, "An iterator over a std::vector of numbers."},
    {NULL, NULL, 0, NULL},
};

int cpp_iterate_init(PyObject *module, core_state *state)
{
    state->cpp_iterator_type = PyType_FromModuleAndSpec(module, &iterate_spec, NULL);
    return state->cpp_iterator_type == NULL || PyModule_AddFunctions(module, iterate_functions) < 0 ? -1 : 0;
}
