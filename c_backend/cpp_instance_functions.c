/* cpp_instance_functions.c: what cppbind asks of proxies: bind, address, casts, lifelines.

   Neighbours: cpp_instance.c (proxies), runtime/native.py (the names). */
#include "cpp_runtime.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_type.h"

static PyObject *instance_functions_bind(PyObject *module, PyObject *args)
{
    core_state *state = core_state_of(module);
    PyObject *type, *lifeline;
    unsigned long long address;
    unsigned int flags;
    int dynamic;

    if (!PyArg_ParseTuple(args, "O!KIOp:cpp_bind", &PyType_Type, &type, &address, &flags, &lifeline, &dynamic))
        return NULL;
    if (!cpp_class_check(state, (PyTypeObject *)type))
        return PyErr_Format(PyExc_TypeError, "%R is no C++ class", type);
    if (flags & ~(uint32_t)(CPP_OWNED | CPP_REFERENCE | CPP_PART | CPP_ITEM))
        return PyErr_Format(PyExc_ValueError, "cpp_bind: unknown flags %u", flags);
    lifeline = lifeline == Py_None ? NULL : lifeline;
    cpp_class *cls = ((cpp_class *)type)->cxx;
    return dynamic ? cpp_instance_bind_dynamic(cls, (void *)(uintptr_t)address, flags, lifeline)
                   : cpp_instance_bind(cls, (void *)(uintptr_t)address, flags, lifeline);
}

static PyObject *instance_functions_addressof(PyObject *module, PyObject *object)
{
    if (PyCapsule_IsValid(object, NULL))        /* as instance_functions_new_capsule makes them */
        return PyLong_FromVoidPtr(PyCapsule_GetPointer(object, NULL));
    if (!cpp_class_check(core_state_of(module), Py_TYPE(object)))
        return PyErr_Format(PyExc_TypeError, "a C++ object is needed, not '%s'", Py_TYPE(object)->tp_name);
    cpp_instance *self = (cpp_instance *)object;
    if (self->flags & CPP_NULL)
        return PyLong_FromLong(0);
    if (self->flags & CPP_REFERENCE)
        return PyLong_FromVoidPtr(*(void **)self->address);
    void *address = cpp_instance_address(self);
    return address == NULL ? NULL : PyLong_FromVoidPtr(address);
}

static PyObject *instance_functions_add_lifeline(PyObject *module, PyObject *args)
{
    PyObject *object, *other;

    if (!PyArg_ParseTuple(args, "OO:cpp_keep_alive", &object, &other))
        return NULL;
    if (!cpp_class_check(core_state_of(module), Py_TYPE(object)))
        return PyErr_Format(PyExc_TypeError, "a C++ object is needed, not '%s'", Py_TYPE(object)->tp_name);
    if (cpp_instance_keep(object, other, other) < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* (proxy, class): the address of that base in the proxy's object. */
static PyObject *instance_functions_cast_address(PyObject *module, PyObject *args)
{
    PyObject *object, *type;

    if (!PyArg_ParseTuple(args, "OO!:cpp_cast_address", &object, &PyType_Type, &type))
        return NULL;
    if (!cpp_class_check(core_state_of(module), (PyTypeObject *)type))
        return PyErr_Format(PyExc_TypeError, "%R is no C++ class", type);
    void *address = cpp_instance_cast_slow(((cpp_class *)type)->cxx, NULL, object);
    return address == NULL ? NULL : PyLong_FromVoidPtr(address);
}

/* (derived, base): where the base lies, if that is the same in every object. */
static PyObject *instance_functions_base_offset(PyObject *module, PyObject *args)
{
    PyObject *derived, *base;
    core_state *state = core_state_of(module);

    if (!PyArg_ParseTuple(args, "O!O!:cpp_base_offset", &PyType_Type, &derived, &PyType_Type, &base))
        return NULL;
    if (!cpp_class_check(state, (PyTypeObject *)derived) || !cpp_class_check(state, (PyTypeObject *)base))
        return PyErr_Format(PyExc_TypeError, "two C++ classes are needed, not %R and %R", derived, base);
    cpp_class *from = ((cpp_class *)derived)->cxx, *to = ((cpp_class *)base)->cxx;
    if (from == to)
        return PyLong_FromLong(0);
    cpp_cast *cast = cpp_class_find_cast(from, to);
    if (cast == NULL || cast->is_ambiguous || cast->is_virtual)
        return PyErr_Format(PyExc_TypeError, "'%s' is %s base of '%s'", ((PyTypeObject *)to)->tp_name,
                            cast == NULL ? "no" : cast->is_virtual ? "a virtual" : "an ambiguous",
                            ((PyTypeObject *)from)->tp_name);
    return PyLong_FromSsize_t(cast->offset);
}

static PyObject *instance_functions_new_capsule(PyObject *Py_UNUSED(module), PyObject *address)
{
    void *pointer = PyLong_AsVoidPtr(address);

    if (pointer == NULL) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_ReferenceError, "a null pointer has no capsule");
        return NULL;
    }
    return PyCapsule_New(pointer, NULL, NULL);
}

static PyMethodDef instance_functions[] = {
    {"cpp_cast_address", instance_functions_cast_address, METH_VARARGS, "(proxy, class): the address of that base in its object."},
    {"cpp_base_offset", instance_functions_base_offset, METH_VARARGS, "(derived, base): the offset of a base that is not virtual."},
    {"cpp_new_capsule", instance_functions_new_capsule, METH_O, "A capsule of an address."},
    {"cpp_bind", instance_functions_bind, METH_VARARGS,
     "(class, address, flags, lifeline, dynamic): the proxy of the object at an address.  Unsafe."},
    {"cpp_addressof", instance_functions_addressof, METH_O, "The address of a proxy's object, or in a capsule; 0 for a null pointer."},
    {"cpp_keep_alive", instance_functions_add_lifeline, METH_VARARGS, "(proxy, object): the object lives as long."},
    {NULL, NULL, 0, NULL},
};

int cpp_instance_functions_init(PyObject *module, core_state *Py_UNUSED(state))
{
    return PyModule_AddFunctions(module, instance_functions);
}
