/* cpp_regulator.c: the memory regulator: asks and tells about the table of proxies.

   Neighbours: cpp_runtime.c (the table), cpp_instance.c (proxies), cppbind/memory.py. */
#include "cpp_runtime.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_type.h"
#include "cpp_director.h"
#include "cpp_regulator.h"

void cpp_regulator_tell(cpp_regulator *self, int is_new, void *address, PyTypeObject *cls)
{
    PyObject *type, *value, *traceback, *done;
    PyObject *function = Py_XNewRef(is_new ? self->registered : self->unregistered);
    cpp_regulator_function *c_function = is_new ? self->c_registered : self->c_unregistered;

    PyErr_Fetch(&type, &value, &traceback);
    if (c_function != NULL)
        c_function(address, (PyObject *)cls, self->data);
    if (function != NULL) {
        done = PyObject_CallFunction(function, "NO", PyLong_FromVoidPtr(address), (PyObject *)cls);
        if (done == NULL)
            PyErr_WriteUnraisable(function);
        Py_XDECREF(done);
        Py_DECREF(function);
    }
    PyErr_Restore(type, value, traceback);
}

/* The regulator, made when it is first needed. */
static cpp_regulator *regulator_of(cpp_runtime *runtime)
{
    if (runtime->regulator == NULL && (runtime->regulator = PyMem_RawCalloc(1, sizeof(cpp_regulator))) == NULL)
        PyErr_NoMemory();
    return runtime->regulator;
}

/* Without anybody to tell, proxies are made and dropped without asking. */
static void regulator_trim(cpp_runtime *runtime)
{
    cpp_regulator *self = runtime->regulator;

    if (self->registered == NULL && self->unregistered == NULL && self->c_registered == NULL &&
        self->c_unregistered == NULL) {
        runtime->regulator = NULL;
        PyMem_RawFree(self);
    }
}

int cpp_regulator_set_functions(cpp_runtime *runtime, cpp_regulator_function *registered,
                                cpp_regulator_function *unregistered, void *data)
{
    cpp_regulator *self = regulator_of(runtime);

    if (self == NULL)
        return -1;
    self->c_registered = registered;
    self->c_unregistered = unregistered;
    self->data = data;
    regulator_trim(runtime);
    return 0;
}

void cpp_regulator_free(cpp_regulator *self)
{
    if (self == NULL)
        return;
    Py_CLEAR(self->registered);
    Py_CLEAR(self->unregistered);
    PyMem_RawFree(self);
}

Py_ssize_t cpp_regulator_deleted(cpp_runtime *runtime, void *address, cpp_class *cls)
{
    PyObject *found = cpp_runtime_list(runtime, address);
    Py_ssize_t count = 0;

    for (Py_ssize_t i = 0; found != NULL && i < PyList_GET_SIZE(found); i++) {
        PyObject *proxy = PyList_GET_ITEM(found, i);
        if (cls != NULL && !PyType_IsSubtype(Py_TYPE(proxy), (PyTypeObject *)cls))
            continue;
        cpp_instance_expire(proxy);
        count++;
    }
    Py_XDECREF(found);
    return found == NULL ? -1 : count;
}

/* ---- Python's view ------------------------------------------------------------------ */

static PyObject *regulator_set(PyObject *module, PyObject *args)
{
    cpp_runtime *runtime = cpp_runtime_of(core_state_of(module));
    PyObject *registered, *unregistered;

    if (runtime == NULL || !PyArg_ParseTuple(args, "OO:cpp_set_regulator", &registered, &unregistered))
        return NULL;
    cpp_regulator *self = regulator_of(runtime);
    if (self == NULL)
        return NULL;
    PyObject *before[] = {self->registered, self->unregistered};
    self->registered = registered == Py_None ? NULL : Py_NewRef(registered);
    self->unregistered = unregistered == Py_None ? NULL : Py_NewRef(unregistered);
    regulator_trim(runtime);
    Py_XDECREF(before[0]);      /* its end may come here again */
    Py_XDECREF(before[1]);
    Py_RETURN_NONE;
}

static PyObject *regulator_list(PyObject *module, PyObject *address)
{
    cpp_runtime *runtime = cpp_runtime_of(core_state_of(module));
    void *place = address == Py_None ? NULL : PyLong_AsVoidPtr(address);

    if (runtime == NULL || PyErr_Occurred())
        return NULL;
    return cpp_runtime_list(runtime, place);
}

static PyObject *regulator_delete(PyObject *module, PyObject *args)
{
    core_state *state = core_state_of(module);
    cpp_runtime *runtime = cpp_runtime_of(state);
    unsigned long long address;
    PyObject *cls;

    if (runtime == NULL || !PyArg_ParseTuple(args, "KO:cpp_object_deleted", &address, &cls))
        return NULL;
    if (cls != Py_None && (!PyType_Check(cls) || !cpp_class_check(state, (PyTypeObject *)cls)))
        return PyErr_Format(PyExc_TypeError, "%R is no C++ class", cls);
    Py_ssize_t count = cpp_regulator_deleted(runtime, (void *)(uintptr_t)address,
                                             cls == Py_None ? NULL : ((cpp_class *)cls)->cxx);
    return count < 0 ? NULL : PyLong_FromSsize_t(count);
}

static PyMethodDef regulator_functions[] = {
    {"cpp_set_regulator", regulator_set, METH_VARARGS,
     "(registered, unregistered): functions of (address, class), or None."},
    {"cpp_proxies", regulator_list, METH_O, "(address or None): the living proxies of that address, or all."},
    {"cpp_object_deleted", regulator_delete, METH_VARARGS,
     "(address, class or None): C++ deleted the object there; how many proxies are empty now."},
    {NULL, NULL, 0, NULL},
};

int cpp_regulator_init(PyObject *module, core_state *state)
{
    (void)state;
    return PyModule_AddFunctions(module, regulator_functions);
}
