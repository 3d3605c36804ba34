/* cpp_method_bound.c: a method of an object as a value, `object.f`.

   What Python's own bound methods are, but for `__overload__`, whose result is bound to the same object, and for
   attributes, which are set of the method.  A call `object.f(x)` makes none of these, see cpp_method.c. */
#include "cpp_runtime.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_type.h"
#include "cpp_convert.h"
#include "cpp_guard.h"
#include "cpp_candidate.h"
#include "cpp_method.h"

#include <structmember.h>

typedef struct cpp_bound {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    PyObject *method;           /* owned: a cpp_method */
    PyObject *object;           /* owned */
    PyObject *weakrefs;
} cpp_bound;

#define BOUND_ON_STACK 10

/* Where the caller left no place before its arguments. */
static COMPAT_NOINLINE PyObject *bound_call_copied(cpp_bound *self, PyObject *const *args, Py_ssize_t count,
                                                   PyObject *keyword_names)
{
    Py_ssize_t total = count + (keyword_names == NULL ? 0 : PyTuple_GET_SIZE(keyword_names));
    PyObject *on_stack[BOUND_ON_STACK], **stack = on_stack, *result;

    if (total >= BOUND_ON_STACK) {
        stack = PyMem_Malloc((size_t)(total + 1) * sizeof *stack);
        if (stack == NULL)
            return PyErr_NoMemory();
    }
    stack[0] = self->object;
    if (total > 0)
        memcpy(stack + 1, args, (size_t)total * sizeof *stack);
    result = PyObject_Vectorcall(self->method, stack, (size_t)count + 1, keyword_names);
    if (stack != on_stack)
        PyMem_Free(stack);
    return result;
}

static PyObject *bound_vectorcall(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *keyword_names)
{
    cpp_bound *self = (cpp_bound *)callable;
    Py_ssize_t count = PyVectorcall_NARGS(nargsf);

    if (!(nargsf & PY_VECTORCALL_ARGUMENTS_OFFSET))
        return bound_call_copied(self, args, count, keyword_names);
    PyObject **before = (PyObject **)args - 1, *saved = *before;
    *before = self->object;
    PyObject *result = ((cpp_method *)self->method)->vectorcall(self->method, before, (size_t)count + 1, keyword_names);
    *before = saved;
    return result;
}

PyObject *cpp_method_bind(PyObject *method, PyObject *object)
{
    PyTypeObject *type = CORE_TYPE(((cpp_method *)method)->owner->runtime->state, cpp_bound_type);
    cpp_bound *self = PyObject_GC_New(cpp_bound, type);

    if (self == NULL)
        return NULL;
    self->vectorcall = bound_vectorcall;
    self->method = Py_NewRef(method);
    self->object = Py_NewRef(object);
    self->weakrefs = NULL;
    PyObject_GC_Track(self);
    return (PyObject *)self;
}

/* type(object.f)(method, object), as weakref.WeakMethod makes them. */
static PyObject *bound_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    PyObject *method, *object;

    if (keywords != NULL && PyDict_GET_SIZE(keywords) > 0)
        return PyErr_Format(PyExc_TypeError, "a bound C++ method is made of a method and an object, without keywords");
    if (!PyArg_ParseTuple(args, "OO:CppBoundMethod", &method, &object))
        return NULL;
    if (Py_TYPE(method) != CORE_TYPE((core_state *)PyType_GetModuleState(type), cpp_method_type))
        return PyErr_Format(PyExc_TypeError, "a C++ method is needed, not '%s'", Py_TYPE(method)->tp_name);
    return cpp_method_bind(method, object);
}

/* ---- attributes ------------------------------------------------------------------------------- */

static PyObject *bound_getattro(PyObject *object, PyObject *name)
{
    PyObject *found = PyObject_GenericGetAttr(object, name);

    if (found != NULL || !PyErr_ExceptionMatches(PyExc_AttributeError))
        return found;
    PyErr_Clear();
    return PyObject_GetAttr(((cpp_bound *)object)->method, name);
}

static int bound_setattro(PyObject *object, PyObject *name, PyObject *value)
{
    return PyObject_SetAttr(((cpp_bound *)object)->method, name, value);
}

static PyObject *bound_overload(PyObject *object, PyObject *args, PyObject *keywords)
{
    cpp_bound *self = (cpp_bound *)object;
    PyObject *chosen = cpp_method_overload(self->method, args, keywords), *result;

    if (chosen == NULL || Py_TYPE(chosen) != Py_TYPE(self->method))
        return chosen;              /* static functions have no object */
    result = cpp_method_bind(chosen, self->object);
    Py_DECREF(chosen);
    return result;
}

static PyObject *bound_reduce(PyObject *object, PyObject *Py_UNUSED(ignored))
{
    cpp_bound *self = (cpp_bound *)object;
    PyObject *builtins = PyEval_GetBuiltins();      /* borrowed */
    PyObject *get = builtins == NULL ? NULL : PyDict_GetItemString(builtins, "getattr");

    if (get == NULL)
        return PyErr_Format(PyExc_RuntimeError, "there is no builtin getattr");
    return Py_BuildValue("O(OO)", get, self->object, ((cpp_method *)self->method)->name);
}

static PyObject *bound_get_doc(PyObject *object, void *Py_UNUSED(closure))
{
    return PyObject_GetAttrString(((cpp_bound *)object)->method, "__doc__");
}

static PyObject *bound_get_signature(PyObject *object, void *Py_UNUSED(closure))
{
    cpp_bound *self = (cpp_bound *)object;
    PyObject *hook = ((cpp_method *)self->method)->owner->runtime->signature;

    return hook == NULL ? Py_NewRef(Py_None) : PyObject_CallFunctionObjArgs(hook, self->method, Py_True, NULL);
}

/* obj.f of a class attribute stays what it is. */
static PyObject *bound_descr_get(PyObject *self, PyObject *Py_UNUSED(instance), PyObject *Py_UNUSED(cls))
{
    return Py_NewRef(self);
}

static PyObject *bound_repr(PyObject *object)
{
    cpp_bound *self = (cpp_bound *)object;
    cpp_method *method = (cpp_method *)self->method;

    return PyUnicode_FromFormat("<bound C++ method %s.%U of %R>", ((PyTypeObject *)method->owner)->tp_name, method->name,
                                self->object);
}

static PyObject *bound_compare(PyObject *object, PyObject *other, int operation)
{
    if (Py_TYPE(object) != Py_TYPE(other) || (operation != Py_EQ && operation != Py_NE))
        Py_RETURN_NOTIMPLEMENTED;
    int equal = ((cpp_bound *)object)->method == ((cpp_bound *)other)->method &&
                ((cpp_bound *)object)->object == ((cpp_bound *)other)->object;
    return PyBool_FromLong(equal == (operation == Py_EQ));
}

static Py_hash_t bound_hash(PyObject *object)
{
    uintptr_t method = (uintptr_t)((cpp_bound *)object)->method, of = (uintptr_t)((cpp_bound *)object)->object;
    Py_hash_t hash = (Py_hash_t)((method >> 4) * 1000003u ^ (of >> 4));

    return hash == -1 ? -2 : hash;
}

/* ---- the object --------------------------------------------------------------------------------- */

static int bound_traverse(PyObject *object, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(((cpp_bound *)object)->method);
    Py_VISIT(((cpp_bound *)object)->object);
    return 0;
}

static void bound_dealloc(PyObject *object)
{
    cpp_bound *self = (cpp_bound *)object;
    PyTypeObject *type = Py_TYPE(object);

    PyObject_GC_UnTrack(object);
    if (self->weakrefs != NULL)
        PyObject_ClearWeakRefs(object);
    Py_DECREF(self->method);
    Py_DECREF(self->object);
    PyObject_GC_Del(object);
    Py_DECREF(type);
}

static PyMemberDef bound_members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(cpp_bound, vectorcall), READONLY, NULL},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(cpp_bound, weakrefs), READONLY, NULL},
    {"__func__", T_OBJECT, offsetof(cpp_bound, method), READONLY, "The method."},
    {"__self__", T_OBJECT, offsetof(cpp_bound, object), READONLY, "The object."},
    {NULL, 0, 0, 0, NULL},
};

static PyGetSetDef bound_getset[] = {
    {"__doc__", bound_get_doc, NULL, NULL, NULL},
    {"__signature__", bound_get_signature, NULL, "For inspect.signature.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMethodDef bound_methods[] = {
    {"__overload__", (PyCFunction)(void (*)(void))bound_overload, METH_VARARGS | METH_KEYWORDS,
     "(signature, const=None): those overloads alone whose parameter types are these, bound to the object."},
    {"__reduce__", bound_reduce, METH_NOARGS, "The method of that name of the object."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot bound_slots[] = {
    {Py_tp_new, (void *)bound_new},
    {Py_tp_dealloc, (void *)bound_dealloc},
    {Py_tp_traverse, (void *)bound_traverse},
    {Py_tp_repr, (void *)bound_repr},
    {Py_tp_call, (void *)PyVectorcall_Call},
    {Py_tp_getattro, (void *)bound_getattro},
    {Py_tp_setattro, (void *)bound_setattro},
    {Py_tp_descr_get, (void *)bound_descr_get},
    {Py_tp_richcompare, (void *)bound_compare},
    {Py_tp_hash, (void *)bound_hash},
    {Py_tp_members, (void *)bound_members},
    {Py_tp_getset, (void *)bound_getset},
    {Py_tp_methods, (void *)bound_methods},
    {0, NULL},
};

static PyType_Spec bound_spec = {
    .name = "_cffi_like.CppBoundMethod",
    .basicsize = sizeof(cpp_bound),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = bound_slots,
};

int cpp_method_bound_init(PyObject *module, core_state *state)
{
    state->cpp_bound_type = PyType_FromModuleAndSpec(module, &bound_spec, NULL);
    return state->cpp_bound_type == NULL ? -1 : 0;
}
