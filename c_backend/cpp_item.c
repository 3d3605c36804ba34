/* cpp_item.c: items of containers, which C++ may move or drop while their proxies live.

   An item is a PART of its container's proxy, so it is looked at by the slow way
   (cpp_instance_address_slow), which asks here whether it is still there:

     in a std::vector   whether it lies between first and last, whoever changed that
     in nodes           whether something that drops items was called since; if so the
                        dictionary's _stl_holds looks for it
     behind a pointer   whether the smart pointer still points to it

   Iterators are owned by Python and items of their container as well; the dictionary
   tells whether the item of one is still in its node.  Neighbours:
   cpp_instance.c (proxies), cpp_hold.c (views of memory), runtime/items.py (the rules). */
#include "cpp_runtime.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_type.h"
#include "cpp_item.h"

/* libstdc++ and libc++ agree on this beginning of a std::vector. */
typedef struct item_vector {
    char *first, *last;
} item_vector;

static int item_is_pointee(cpp_class *cls, char *base, const char *address)
{
    void *pointer = *(void **)base;
    cpp_class *pointee;

    if (pointer == NULL || pointer == address)
        return pointer != NULL;
    pointee = cls->pointee == NULL ? NULL : cpp_type_class(cls->pointee);
    if (pointee == NULL || cpp_class_downcast(pointee, &pointer) == NULL)
        PyErr_Clear();
    return pointer == address;
}

/* Whether an iterator is good although items were dropped: that into a node which is still there. */
static COMPAT_NOINLINE int item_iterator_stays(cpp_instance *self, char *base)
{
    cpp_class *cls = cpp_instance_class((PyObject *)self);

    return cls->cxx->holds != NULL && cls->cxx->holds(base, self->address);
}

int cpp_item_is_there(cpp_instance *self, cpp_instance *whole, char *base)
{
    cpp_class *cls = cpp_instance_class((PyObject *)whole);
    const item_vector *vector = (const item_vector *)base;
    char *address = self->address;

    if (self->flags & CPP_OWNED) {
        if (self->epoch != whole->epoch && !item_iterator_stays(self, base))
            return 0;
        self->epoch = whole->epoch;
        return 1;
    }
    switch (cls->items_lie) {
    case CPP_LIES_IN_VECTOR:
        return address >= vector->first && address < vector->last;
    case CPP_LIES_BEHIND:
        return item_is_pointee(cls, base, address);
    default:
        if (self->epoch == whole->epoch)
            return 1;
        if (cls->holds == NULL || !cls->holds(base, address))
            return 0;
        self->epoch = whole->epoch;
        return 1;
    }
}

uint32_t cpp_item_place(cpp_type *type, PyObject *owner, const char *address)
{
    cpp_class *cls;
    char *base;

    if (owner == NULL || address == NULL)
        return 0;
    cls = cpp_instance_class(owner);
    base = cpp_instance_address((cpp_instance *)owner);
    if (base == NULL) {
        PyErr_Clear();
        return 0;
    }
    if (address >= base && address < base + cls->size)
        return cls->items_lie == CPP_LIES_IN_NODES ? CPP_PART | CPP_ITEM : CPP_PART;
    if (COMPAT_LIKELY(cls->items_lie == CPP_LIES_NOWHERE))
        return 0;
    if (cls->items_lie == CPP_LIES_IN_VECTOR)
        return address >= ((item_vector *)base)->first && address < ((item_vector *)base)->last ? CPP_PART | CPP_ITEM : 0;
    if (cls->items_lie == CPP_LIES_BEHIND)
        return *(char **)base == address ? CPP_PART | CPP_ITEM : 0;
    return type->kind == CPP_LVALUE_REF ? CPP_PART | CPP_ITEM : 0;
}

/* What uses or views the item uses its container, too. */
static void item_set_container(cpp_instance *self, cpp_instance *container)
{
    cpp_instance *each = container;

    Py_XSETREF(self->lifeline, Py_NewRef((PyObject *)container));    /* or who kept it until somebody knew better */
    self->flags = (uint16_t)((self->flags & ~CPP_SIMPLE) | CPP_PART | CPP_ITEM | CPP_INNER);
    self->epoch = container->epoch;
    for (;; each = (cpp_instance *)each->lifeline) {
        CPP_ADD(each->uses, self->uses);
        CPP_ADD(each->exports, self->exports);
        if (!(each->flags & CPP_INNER))
            return;
    }
}

/* Whether `self` keeps `other` alive by way of what it lies in. */
static int item_lies_in(cpp_instance *self, cpp_instance *other)
{
    for (; self != other; self = (cpp_instance *)self->lifeline) {
        if (!(self->flags & CPP_INNER))
            return 0;
    }
    return 1;
}

int cpp_item_adopt(cpp_instance *self, PyObject *object)
{
    cpp_instance *container = (cpp_instance *)object;

    if ((container->flags & (CPP_OWNED | CPP_ITEM)) == (CPP_OWNED | CPP_ITEM)) {
        object = container->lifeline;       /* of an iterator */
        container = (cpp_instance *)object;
    }
    if (self->flags & CPP_PART) {
        if ((self->flags & CPP_ITEM) && self->lifeline == object)
            self->epoch = container->epoch;
        return 0;
    }
    if (!(self->flags & CPP_SIMPLE) || (self->flags & (CPP_OWNED | CPP_HELD)) || item_lies_in(container, self))
        return 0;
    if (self->flags & (CPP_KEEPS | CPP_INNER))
        return cpp_instance_keep((PyObject *)self, object, object);
    item_set_container(self, container);
    return 0;
}

/* The counter has come round: whoever was seen before the latest change is gone, so that no stamp is met twice. */
static COMPAT_NOINLINE void item_come_round(cpp_instance *container, uint16_t latest)
{
    PyObject *type, *value, *traceback, *list;

    PyErr_Fetch(&type, &value, &traceback);
    list = cpp_runtime_list(cpp_instance_class((PyObject *)container)->runtime, NULL);
    for (Py_ssize_t i = 0; list != NULL && i < PyList_GET_SIZE(list); i++) {
        cpp_instance *each = (cpp_instance *)PyList_GET_ITEM(list, i);
        if ((each->flags & CPP_ITEM) && each->lifeline == (PyObject *)container && each->epoch != latest)
            each->flags = (uint16_t)((each->flags & ~(CPP_PART | CPP_ITEM)) | CPP_DESTROYED);
    }
    Py_XDECREF(list);
    PyErr_Restore(type, value, traceback);
}

void cpp_item_look_again(cpp_instance *container)
{
    uint16_t latest = container->epoch++;

    if (COMPAT_UNLIKELY(container->epoch == 0))
        item_come_round(container, latest);
}

int cpp_item_check(PyObject *object, int drops)
{
    cpp_instance *container = (cpp_instance *)object;

    if (container->exports > 0) {
        PyErr_Format(PyExc_BufferError, "the items of this '%s' are viewed, so they cannot move: release the view first",
                     Py_TYPE(object)->tp_name);
        return -1;
    }
    if (!drops)
        return 0;
    if (container->uses > 0 && !(container->flags & CPP_CHANGEABLE)) {
        PyErr_Format(PyExc_RuntimeError, "this '%s' is in use: C++ is running on it or on an item of it",
                     Py_TYPE(object)->tp_name);
        return -1;
    }
    cpp_item_look_again(container);
    return 0;
}

/* ---- functions for cppbind ------------------------------------------------------------ */

/* (class, rule, address of its _stl_holds or 0) */
static PyObject *item_set_rule(PyObject *module, PyObject *args)
{
    core_state *state = core_state_of(module);
    unsigned long long holds;
    PyObject *object;
    int rule;

    if (!PyArg_ParseTuple(args, "OiK:cpp_set_items", &object, &rule, &holds))
        return NULL;
    if (!PyType_Check(object) || !cpp_class_check(state, (PyTypeObject *)object) ||
        ((cpp_class *)object)->cxx != (cpp_class *)object)
        return PyErr_Format(PyExc_TypeError, "%R is no C++ class", object);
    cpp_class *cls = (cpp_class *)object;
    if (rule < CPP_LIES_NOWHERE || rule > CPP_LIES_BEHIND ||
        (rule == CPP_LIES_IN_VECTOR && cls->size != 3 * (Py_ssize_t)sizeof(void *)) ||
        (rule == CPP_LIES_BEHIND && cls->size < (Py_ssize_t)sizeof(void *)))
        return PyErr_Format(PyExc_TypeError, "cpp_set_items: %R has another layout", object);
    cls->holds = (unsigned char (*)(void *, const void *))(uintptr_t)holds;
    cls->items_lie = (unsigned char)rule;
    Py_RETURN_NONE;
}

/* (value, container): what a function of the container returned a reference to. */
static PyObject *item_keep(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    core_state *state = core_state_of(module);
    cpp_instance *self;

    if (nargs != 2 || !cpp_class_check(state, Py_TYPE(args[0])) || !cpp_class_check(state, Py_TYPE(args[1])))
        return PyErr_Format(PyExc_TypeError, "cpp_keep_item: two C++ objects are needed");
    self = (cpp_instance *)args[0];
    return cpp_item_adopt(self, args[1]) < 0 ? NULL : Py_NewRef(args[0]);
}

/* (iterator, container): it is of no use once the container has changed. */
static PyObject *item_bind_iterator(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    core_state *state = core_state_of(module);
    cpp_instance *self;

    if (nargs != 2 || !cpp_class_check(state, Py_TYPE(args[0])) || !cpp_class_check(state, Py_TYPE(args[1])))
        return PyErr_Format(PyExc_TypeError, "cpp_bind_iterator: two C++ objects are needed");
    self = (cpp_instance *)args[0];
    if ((self->flags & (CPP_SIMPLE | CPP_OWNED | CPP_INNER)) != (CPP_SIMPLE | CPP_OWNED) || self->lifeline != NULL)
        return PyErr_Format(PyExc_TypeError, "cpp_bind_iterator: a new '%s' is needed", Py_TYPE(args[0])->tp_name);
    item_set_container(self, (cpp_instance *)args[1]);
    return Py_NewRef(args[0]);
}

/* (container, whether items are dropped): what C++'s own functions of that kind do first. */
static PyObject *item_check(PyObject *module, PyObject *args)
{
    PyObject *object;
    int drops;

    if (!PyArg_ParseTuple(args, "Op:cpp_check_items", &object, &drops))
        return NULL;
    if (!cpp_class_check(core_state_of(module), Py_TYPE(object)))
        return PyErr_Format(PyExc_TypeError, "a C++ object is needed, not '%s'", Py_TYPE(object)->tp_name);
    if (cpp_item_check(object, drops) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef item_functions[] = {
    {"cpp_set_items", item_set_rule, METH_VARARGS,
     "(class, rule, address of a function or 0): how items of its objects are known to be there."},
    {"cpp_keep_item", (PyCFunction)(void (*)(void))item_keep, METH_FASTCALL, "(object, container): the object, as an item of the container."},
    {"cpp_bind_iterator", (PyCFunction)(void (*)(void))item_bind_iterator, METH_FASTCALL,
     "(iterator, container): the iterator, until the container drops items."},
    {"cpp_check_items", item_check, METH_VARARGS,
     "(container, drops): BufferError while its items are viewed; where they are dropped also RuntimeError while they are in use."},
    {NULL, NULL, 0, NULL},
};

int cpp_item_init(PyObject *module, core_state *Py_UNUSED(state))
{
    return PyModule_AddFunctions(module, item_functions);
}
