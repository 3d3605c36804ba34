/* cpp_api.c: the functions behind cppbind/include/cppbind/api.h, for code in C and C++.

   The table is the same for all interpreters: each function asks for the one
   that runs.  Neighbours: cpp_regulator.c, cppbind/runtime/mappings.py. */
#include "cpp_runtime.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_regulator.h"

#include "../cppbind/include/cppbind/api.h"

#define API_MAPPING "_cffi_like.cpp_type_mapping"

/* What this interpreter's cppbind has; borrowed, NULL with an error. */
static cpp_runtime *api_runtime(void)
{
    PyObject *backend = PyImport_ImportModule("_cffi_like");
    cpp_runtime *runtime = backend == NULL ? NULL : cpp_runtime_of(core_state_of(backend));

    Py_XDECREF(backend);
    return runtime;
}

/* New reference to the class; NULL with an error. */
static cpp_class *api_class(cpp_runtime *runtime, const char *name)
{
    PyObject *cls = runtime->class_by_name == NULL ? NULL : PyObject_CallFunction(runtime->class_by_name, "s", name);

    if (cls == NULL && !PyErr_Occurred())
        PyErr_SetString(PyExc_RuntimeError, "cppbind is not set up");
    return (cpp_class *)cls;
}

static int api_is_instance(PyObject *object)
{
    return cpp_class_of_type(Py_TYPE(object)) != NULL;
}

static void *api_address_of(PyObject *proxy)
{
    if (!api_is_instance(proxy)) {
        PyErr_Format(PyExc_TypeError, "a C++ object is needed, not '%s'", Py_TYPE(proxy)->tp_name);
        return NULL;
    }
    return cpp_instance_address((cpp_instance *)proxy);
}

static PyObject *api_bind(void *address, const char *class_name, int python_owns)
{
    cpp_runtime *runtime = api_runtime();
    cpp_class *cls = runtime == NULL ? NULL : api_class(runtime, class_name);
    PyObject *result = NULL;

    if (cls != NULL)
        result = cpp_instance_bind_dynamic(cls, address, python_owns ? CPP_OWNED : 0, NULL);
    Py_XDECREF(cls);
    return result;
}

/* ---- type mappings --------------------------------------------------------------------- */

static const cppbind_type_mapping *api_mapping(PyObject *capsule)
{
    return PyCapsule_GetPointer(capsule, API_MAPPING);
}

static PyObject *api_to_python(PyObject *capsule, PyObject *proxy)
{
    const cppbind_type_mapping *mapping = api_mapping(capsule);
    void *object = mapping == NULL ? NULL : api_address_of(proxy);

    return object == NULL ? NULL : mapping->to_python(object);
}

/* (class, value): a proxy that owns what from_python constructed. */
static PyObject *api_from_python(PyObject *capsule, PyObject *args)
{
    const cppbind_type_mapping *mapping = api_mapping(capsule);
    PyObject *object, *value, *result;

    if (mapping == NULL || !PyArg_ParseTuple(args, "O!O:from_python", &PyType_Type, &object, &value))
        return NULL;
    cpp_class *cls = cpp_class_of_type((PyTypeObject *)object);
    if (cls == NULL || (cls->cxx->flags & CPP_CLASS_INCOMPLETE))
        return PyErr_Format(PyExc_TypeError, "%R is no complete C++ class", object);
    cls = cls->cxx;
    void *memory = cpp_class_allocate(cls);
    if (memory == NULL)
        return NULL;
    if (mapping->from_python(value, memory) < 0) {
        cpp_class_free(cls, memory);
        return NULL;
    }
    result = cpp_instance_bind(cls, memory, CPP_OWNED, NULL);
    if (result == NULL && cls->destroy != NULL)
        cls->destroy(memory);
    return result;
}

static PyObject *api_accepts(PyObject *capsule, PyObject *value)
{
    const cppbind_type_mapping *mapping = api_mapping(capsule);

    return mapping == NULL ? NULL : PyBool_FromLong(mapping->accepts(value));
}

static PyMethodDef api_functions[] = {
    {"to_python", api_to_python, METH_O, "The Python value of a C++ object, by a function of C++."},
    {"from_python", api_from_python, METH_VARARGS, "(class, value): the C++ object for a Python value, by a function of C++."},
    {"accepts", api_accepts, METH_O, "Whether a value converts to the C++ class."},
};

/* A function whose `self` is the mapping; None where C++ has none. */
static PyObject *api_function(PyMethodDef *definition, int is_there, PyObject *capsule)
{
    return is_there ? PyCFunction_New(definition, capsule) : Py_NewRef(Py_None);
}

static int api_map_type(const char *class_name, const cppbind_type_mapping *mapping)
{
    cpp_runtime *runtime = api_runtime();
    PyObject *capsule, *done = NULL, *to, *from, *accepts;

    if (runtime == NULL || runtime->map_type == NULL) {
        if (runtime != NULL)
            PyErr_SetString(PyExc_RuntimeError, "cppbind is not set up");
        return -1;
    }
    capsule = PyCapsule_New((void *)mapping, API_MAPPING, NULL);
    if (capsule == NULL)
        return -1;
    to = api_function(&api_functions[0], mapping->to_python != NULL, capsule);
    from = api_function(&api_functions[1], mapping->from_python != NULL, capsule);
    accepts = api_function(&api_functions[2], mapping->accepts != NULL, capsule);
    if (to != NULL && from != NULL && accepts != NULL)
        done = PyObject_CallFunction(runtime->map_type, "sOOO", class_name, to, from, accepts);
    Py_DECREF(capsule);
    Py_XDECREF(to);
    Py_XDECREF(from);
    Py_XDECREF(accepts);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

/* ---- the regulator ----------------------------------------------------------------------- */

static Py_ssize_t api_object_deleted(void *address)
{
    cpp_runtime *runtime = api_runtime();

    return runtime == NULL ? -1 : address == NULL ? 0 : cpp_regulator_deleted(runtime, address, NULL);
}

static int api_watch(void (*registered)(void *, PyObject *, void *), void (*unregistered)(void *, PyObject *, void *),
                     void *data)
{
    cpp_runtime *runtime = api_runtime();

    return runtime == NULL ? -1 : cpp_regulator_set_functions(runtime, registered, unregistered, data);
}

static const cppbind_api api_table = {
    CPPBIND_API_VERSION, api_is_instance, api_address_of, api_bind, api_map_type, api_object_deleted, api_watch,
};

int cpp_api_init(PyObject *module, core_state *state)
{
    PyObject *capsule = PyCapsule_New((void *)&api_table, CPPBIND_API_CAPSULE, NULL);
    int status = capsule == NULL ? -1 : PyModule_AddObjectRef(module, "_cpp_api", capsule);

    (void)state;
    Py_XDECREF(capsule);
    return status;
}
