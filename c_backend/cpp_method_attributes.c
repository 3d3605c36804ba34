/* cpp_method_attributes.c: what Python code reads and sets of an overload set.

   Neighbours: cpp_method.c (the object, its calls), runtime/methods.py. */
#include "cpp_runtime.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_type.h"
#include "cpp_item.h"
#include "cpp_convert.h"
#include "cpp_guard.h"
#include "cpp_signals.h"
#include "cpp_candidate.h"
#include "cpp_method.h"

static PyObject *method_get_signatures(PyObject *object, void *Py_UNUSED(closure))
{
    cpp_method *self = (cpp_method *)object;

    if (!(self->flags & CPP_METHOD_READY) && cpp_method_resolve(self) < 0)
        return NULL;
    PyObject *result = PyTuple_New(self->candidate_count);
    for (Py_ssize_t i = 0; result != NULL && i < self->candidate_count; i++)
        PyTuple_SET_ITEM(result, i, Py_NewRef(self->candidates[i]->signature));
    return result;
}

static PyObject *method_get_doc(PyObject *object, void *Py_UNUSED(closure))
{
    cpp_method *self = (cpp_method *)object;

    if (!(self->flags & CPP_METHOD_READY) && cpp_method_resolve(self) < 0)
        return NULL;
    return Py_NewRef(self->doc);
}

static PyObject *method_get_signature(PyObject *object, void *Py_UNUSED(closure))
{
    PyObject *hook = ((cpp_method *)object)->owner->runtime->signature;

    return hook == NULL ? Py_NewRef(Py_None) : PyObject_CallOneArg(hook, object);
}

static PyObject *method_get_qualname(PyObject *object, void *Py_UNUSED(closure))
{
    cpp_method *self = (cpp_method *)object;
    PyObject *outer = PyObject_GetAttrString((PyObject *)self->owner, "__qualname__");
    PyObject *result = outer == NULL ? NULL : PyUnicode_FromFormat("%S.%U", outer, self->name);

    Py_XDECREF(outer);
    return result;
}

/* closure: the flag's bit. */
static PyObject *method_get_flag(PyObject *object, void *closure)
{
    return PyBool_FromLong((((cpp_method *)object)->flags & (uint32_t)(uintptr_t)closure) != 0);
}

static int method_set_flag(PyObject *object, PyObject *value, void *closure)
{
    cpp_method *self = (cpp_method *)object;
    int set = value == NULL ? 0 : PyObject_IsTrue(value);

    if (set < 0)
        return -1;
    self->flags = set ? self->flags | (uint32_t)(uintptr_t)closure
                      : self->flags & ~(uint32_t)(uintptr_t)closure;
    cpp_method_choose_entry(self);
    return 0;
}

static PyObject *method_get_policy(PyObject *object, void *Py_UNUSED(closure))
{
    uint32_t flags = ((cpp_method *)object)->flags;

    return PyLong_FromLong(flags & CPP_METHOD_HEURISTICS ? CPP_POLICY_HEURISTICS
                           : flags & CPP_METHOD_STRICT   ? CPP_POLICY_STRICT : -1);
}

static int method_set_policy(PyObject *object, PyObject *value, void *Py_UNUSED(closure))
{
    cpp_method *self = (cpp_method *)object;
    long policy = value == NULL || !PyLong_Check(value) ? -1 : PyLong_AsLong(value);

    if (policy != CPP_POLICY_HEURISTICS && policy != CPP_POLICY_STRICT) {
        PyErr_SetString(PyExc_ValueError, "a memory policy is cppbind.memory.HEURISTICS or cppbind.memory.STRICT");
        return -1;
    }
    self->flags &= ~(uint32_t)(CPP_METHOD_HEURISTICS | CPP_METHOD_STRICT);
    self->flags |= policy == CPP_POLICY_HEURISTICS ? CPP_METHOD_HEURISTICS : CPP_METHOD_STRICT;
    cpp_method_index_direct(self);
    return 0;
}

/* ---- __overload__, __add_overload__, __set_lifeline__ ------------------------------------- */

PyObject *cpp_method_overload(PyObject *object, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"signature", "const", NULL};
    PyObject *hook = ((cpp_method *)object)->owner->runtime->restrict_overloads, *wanted, *is_const = Py_None;

    if (!PyArg_ParseTupleAndKeywords(args, keywords, "U|O:__overload__", names, &wanted, &is_const))
        return NULL;
    if (hook == NULL)
        return PyErr_Format(PyExc_RuntimeError, "cppbind is not set up");
    return PyObject_CallFunctionObjArgs(hook, object, wanted, is_const, NULL);
}

PyObject *cpp_method_add_overload(PyObject *object, PyObject *function)
{
    cpp_method *self = (cpp_method *)object;

    if (!PyCallable_Check(function))
        return PyErr_Format(PyExc_TypeError, "a callable is needed, not '%s'", Py_TYPE(function)->tp_name);
    if (self->flags & CPP_METHOD_CONSTRUCTOR)
        return PyErr_Format(PyExc_TypeError, "constructors have no overloads in Python");
    Py_XSETREF(self->fallback, Py_NewRef(function));
    cpp_method_choose_entry(self);
    Py_RETURN_NONE;
}

/* C++ may call later what it is given now by a pointer to function, and knows nothing of references. */
void cpp_method_note_callbacks(cpp_method *self)
{
    for (Py_ssize_t i = 0; i < self->candidate_count; i++)
        if (self->candidates[i]->has_functions &&
            (self->candidates[i]->flags & (CPP_CANDIDATE_THIS | CPP_CANDIDATE_CONSTRUCTOR)))
            self->flags |= CPP_METHOD_CALLBACKS;
}

int cpp_method_keep_callbacks(PyObject *method, PyObject *object, PyObject *const *args, Py_ssize_t count)
{
    for (Py_ssize_t i = 0; i < count; i++)
        if (PyCallable_Check(args[i]) && !PyType_Check(args[i]) && cpp_class_of_type(Py_TYPE(args[i])) == NULL &&
            cpp_instance_keep(object, (char *)method + i, args[i]) < 0)
            return -1;
    return 0;
}

PyObject *cpp_method_extended(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *keyword_names)
{
    cpp_method *self = (cpp_method *)callable;
    PyObject *result;

    if ((self->flags & (CPP_METHOD_REPLACES | CPP_METHOD_DROPS)) && PyVectorcall_NARGS(nargsf) > 0 &&
        cpp_class_of_type(Py_TYPE(args[0])) != NULL && cpp_item_check(args[0], (self->flags & CPP_METHOD_DROPS) != 0) < 0)
        return NULL;
    if (self->flags & CPP_METHOD_SIGNALS)
        cpp_signals_enter(1);
    result = self->plain(callable, args, nargsf, keyword_names);
    if (self->flags & CPP_METHOD_SIGNALS)
        cpp_signals_enter(-1);
    if (self->fallback != NULL && (result == Py_NotImplemented ||
                                   (result == NULL && PyErr_ExceptionMatches(PyExc_TypeError)))) {
        PyErr_Clear();
        Py_XDECREF(result);
        return PyObject_Vectorcall(self->fallback, args, nargsf, keyword_names);
    }
    if (result != NULL && (self->flags & CPP_METHOD_LENDS) &&
        cpp_lend_keep(result, args, PyVectorcall_NARGS(nargsf)) < 0)
        Py_CLEAR(result);
    if (result != NULL && (self->flags & CPP_METHOD_LIFELINE) && !(self->flags & CPP_METHOD_STATIC) &&
        PyVectorcall_NARGS(nargsf) > 0 && result != args[0] && cpp_class_of_type(Py_TYPE(result)) != NULL &&
        cpp_instance_keep(result, args[0], args[0]) < 0)
        Py_CLEAR(result);
    if (result != NULL && (self->flags & CPP_METHOD_CALLBACKS) && PyVectorcall_NARGS(nargsf) > 0 &&
        cpp_class_of_type(Py_TYPE(args[0])) != NULL &&
        cpp_method_keep_callbacks(callable, args[0], args + 1, PyVectorcall_NARGS(nargsf) - 1 + (
            keyword_names == NULL ? 0 : PyTuple_GET_SIZE(keyword_names))) < 0)
        Py_CLEAR(result);
    return result;
}

PyGetSetDef cpp_method_getset[] = {
    {"__doc__", method_get_doc, NULL, NULL, NULL},
    {"__qualname__", method_get_qualname, NULL, NULL, NULL},
    {"__signature__", method_get_signature, NULL, "For inspect.signature.", NULL},
    {"signatures", method_get_signatures, NULL, "The C++ signatures of all candidates.", NULL},
    {"__creates__", method_get_flag, method_set_flag, "Whether Python owns what a pointer result points to.",
     (void *)(uintptr_t)CPP_METHOD_CREATES},
    {"__release_gil__", method_get_flag, method_set_flag, "Whether other threads run during the call.",
     (void *)(uintptr_t)CPP_METHOD_NO_GIL},
    {"__sig2exc__", method_get_flag, method_set_flag, "Whether a signal during the call, such as a segmentation "
     "violation, is an exception.", (void *)(uintptr_t)CPP_METHOD_SIGNALS},
    {"__mempolicy__", method_get_policy, method_set_policy, "Whether C++ owns what it is given by a pointer to what is "
     "not const: cppbind.memory.HEURISTICS, STRICT, or -1 where what holds for all does.", NULL},
    {"__set_lifeline__", method_get_flag, method_set_flag, "Whether an object that comes back keeps `self` alive.",
     (void *)(uintptr_t)CPP_METHOD_LIFELINE},
    {"__replaces_items__", method_get_flag, method_set_flag, "Whether it assigns to items of `self`, which is refused "
     "while they are viewed.", (void *)(uintptr_t)CPP_METHOD_REPLACES},
    {"__drops_items__", method_get_flag, method_set_flag, "Whether it moves or drops items of `self`, which is refused "
     "while they are viewed or in use.", (void *)(uintptr_t)CPP_METHOD_DROPS},
    {NULL, NULL, NULL, NULL, NULL},
};
