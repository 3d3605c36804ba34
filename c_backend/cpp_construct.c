/* cpp_construct.c: makes objects of C++ classes: cls(args), __init__, aggregates.

   cpp_entry.cpp takes the plain cases; what it leaves comes here.  Neighbours:
   cpp_class.c (memory), cpp_method.c (the constructor's overloads). */
#include "cpp_runtime.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_type.h"
#include "cpp_convert.h"
#include "cpp_guard.h"
#include "cpp_candidate.h"
#include "cpp_method.h"
#include "cpp_sequence.h"
#include "cpp_director.h"

static int construct_check(cpp_class *cls)
{
    const char *why = NULL;

    if (cls->flags & CPP_CLASS_NAMESPACE)
        why = "it is a namespace";
    else if (cls->flags & CPP_CLASS_INCOMPLETE)
        why = "C++ only declares it, so its size is unknown";
    else if (cls->flags & CPP_CLASS_ABSTRACT)
        why = "it is an abstract class";
    else if (cls->constructor == NULL)
        why = "it has no accessible constructor";
    if (why == NULL)
        return 0;
    PyErr_Format(PyExc_TypeError, "cannot instantiate '%s': %s",
                 ((PyTypeObject *)cls)->tp_name, why);
    return -1;
}

/* Whether the proxy has no object yet. */
static int construct_check_empty(const cpp_instance *self)
{
    if (self->address == NULL && !(self->flags & CPP_INNER))
        return 0;
    PyErr_Format(PyExc_RuntimeError, "this '%s' object is constructed already", Py_TYPE(self)->tp_name);
    return -1;
}

/* C++ [dcl.init.aggr]: members in order or by name, the others by default.
   An object of the class itself is copied. */
static int construct_is_aggregate(cpp_class *cls, PyObject *const *args, Py_ssize_t count, PyObject *keyword_names)
{
    if (cls->aggregate == NULL || (count == 0 && keyword_names == NULL))
        return 0;
    return count != 1 || keyword_names != NULL || !PyType_IsSubtype(Py_TYPE(args[0]), (PyTypeObject *)cls);
}

static PyObject *construct_aggregate(cpp_class *cls, PyObject *const *args, Py_ssize_t count,
                                      PyObject *keyword_names)
{
    Py_ssize_t known = PyTuple_GET_SIZE(cls->aggregate);
    Py_ssize_t total = count + (keyword_names == NULL ? 0 : PyTuple_GET_SIZE(keyword_names));
    const char *class_name = ((PyTypeObject *)cls)->tp_name;
    PyObject *self;

    if (count > known)
        return PyErr_Format(PyExc_TypeError, "'%s' has %zd members to be initialised, %zd values were given",
                            class_name, known, count);
    if (total > 1 && (cls->cxx->flags & CPP_CLASS_UNION))
        return PyErr_Format(PyExc_TypeError, "'%s' is a union: one of its members is initialised, %zd values were given",
                            class_name, total);
    self = cpp_construct_vectorcall((PyObject *)cls, NULL, 0, NULL);
    for (Py_ssize_t i = 0; self != NULL && i < total; i++) {
        PyObject *name = i < count ? PyTuple_GET_ITEM(cls->aggregate, i) : PyTuple_GET_ITEM(keyword_names, i - count);
        Py_ssize_t at = 0;
        while (i >= count && at < known && PyUnicode_Compare(PyTuple_GET_ITEM(cls->aggregate, at), name) != 0)
            at++;
        if (i >= count && (at == known || at < count))
            PyErr_Format(PyExc_TypeError, at == known ? "'%s' has no member '%U' to be initialised"
                                                      : "'%s': two values for the member '%U'", class_name, name);
        if (PyErr_Occurred() || PyObject_SetAttr(self, name, args[i]) < 0)
            Py_CLEAR(self);
    }
    return self;
}

/* The functions of Python's that the constructor was given.  0, or -1 with an error and `self` released. */
static int construct_keep(cpp_class *cls, PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *names)
{
    if (COMPAT_LIKELY(!(((cpp_method *)cls->constructor)->flags & CPP_METHOD_CALLBACKS)))
        return 0;
    if (cpp_method_keep_callbacks(cls->constructor, self, args,
                                  count + (names == NULL ? 0 : PyTuple_GET_SIZE(names))) == 0)
        return 0;
    Py_DECREF(self);
    return -1;
}

/* cls(args): one allocation for the proxy, one for the object. */
PyObject *cpp_construct_vectorcall(PyObject *callable, PyObject *const *args, size_t nargsf,
                               PyObject *keyword_names)
{
    cpp_class *cls = (cpp_class *)callable;
    void *memory;

    if (COMPAT_UNLIKELY(cls->constructor == NULL ||
                        (cls->flags & (CPP_CLASS_ABSTRACT | CPP_CLASS_INCOMPLETE)))) {
        if (construct_check(cls) < 0)
            return NULL;
    }
    if (cls->cxx->from_python != NULL && !(cls->cxx->flags & CPP_CLASS_MAPPED) && PyVectorcall_NARGS(nargsf) == 1 && keyword_names == NULL &&
        cpp_sequence_is_source(cls->cxx, args[0]))
        return PyObject_CallFunctionObjArgs(cls->cxx->from_python, callable, args[0], NULL);
    if (construct_is_aggregate(cls, args, PyVectorcall_NARGS(nargsf), keyword_names))
        return construct_aggregate(cls, args, PyVectorcall_NARGS(nargsf), keyword_names);
    memory = cpp_class_allocate(cls);
    if (memory == NULL)
        return NULL;
    if (cpp_method_construct(cls->constructor, memory, args, PyVectorcall_NARGS(nargsf),
                             keyword_names) < 0) {
        cpp_class_free(cls, memory);
        return NULL;
    }
    PyObject *self = cpp_instance_new_empty(cls);
    if (self == NULL || cpp_instance_adopt((cpp_instance *)self, cls, memory) < 0) {
        if (cls->destroy != NULL)
            cls->destroy(memory);
        Py_XDECREF(self);
        return NULL;
    }
    return construct_keep(cls, self, args, PyVectorcall_NARGS(nargsf), keyword_names) < 0 ? NULL : self;
}

/* CppInstance.__init__: what a class written in Python comes to. */
int cpp_construct_init(PyObject *self, PyObject *args, PyObject *keywords)
{
    cpp_class *cls = cpp_instance_class(self);
    cpp_instance *instance = (cpp_instance *)self;
    PyObject *names = NULL, **stack = NULL;
    Py_ssize_t count = PyTuple_GET_SIZE(args), extra = keywords ? PyDict_GET_SIZE(keywords) : 0;
    void *memory = NULL;
    int status = -1;

    if (cls == NULL) {
        PyErr_SetString(PyExc_TypeError, "CppInstance is no C++ class");
        return -1;
    }
    if (construct_check(cls) < 0 || construct_check_empty(instance) < 0)
        return -1;
    stack = PyMem_Malloc((size_t)(count + extra + 1) * sizeof(PyObject *));
    if (stack == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < count; i++)
        stack[i] = PyTuple_GET_ITEM(args, i);
    if (extra > 0) {
        PyObject *key, *value;
        Py_ssize_t position = 0, i = 0;
        names = PyTuple_New(extra);
        if (names == NULL)
            goto done;
        while (i < extra && PyDict_Next(keywords, &position, &key, &value)) {
            PyTuple_SET_ITEM(names, i, Py_NewRef(key));
            stack[count + i++] = value;
        }
    }
    memory = cpp_class_allocate(cls);
    if (memory == NULL)
        goto done;
    if (cpp_method_construct(cls->constructor, memory, stack, count, names) < 0) {
        cpp_class_free(cls, memory);
        goto done;
    }
    /* An argument, or the constructor itself, may have come here with the same object. */
    status = construct_check_empty(instance);
    if (status == 0) {
        instance->flags &= CPP_KEEPS;
        cpp_director_attach(cls, memory, self);
        status = cpp_instance_adopt(instance, cls, memory);
    }
    if (status == 0 && construct_keep(cls, Py_NewRef(self), stack, count, names) == 0)
        Py_DECREF(self);
    else if (status == 0)
        status = -1;
    else if (cls->destroy != NULL) {
        cpp_director_detach(cls, memory);
        cls->destroy(memory);
    }
done:
    Py_XDECREF(names);
    PyMem_Free(stack);
    return status;
}
