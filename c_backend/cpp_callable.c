/* cpp_callable.c: C++ calls a Python callable: arguments and result are
   converted as those of a C++ function are, the other way round.

   Everything here may run on a thread of C++, so it takes the GIL itself
   (callback_gil.h).  Neighbours: cpp_throw.cpp (what throws), cpp_guard.cpp
   (which catches), runtime/pythonize_callable.py (which makes them). */
#include "cpp_runtime.h"
#include "callback_gil.h"
#include "cpp_enter.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_type.h"
#include "cpp_convert.h"
#include "cpp_given.h"
#include "cpp_guard.h"
#include "cpp_candidate.h"
#include "cpp_callable.h"
#include "cpp_answer.h"
#include "cpp_method.h"
#include "cpp_throw.h"

#include <stdlib.h>

/* ---- exceptions ----------------------------------------------------------------------- */

static char *callable_describe(PyObject *type, PyObject *value)
{
    PyObject *text = PyObject_Str(value);
    const char *utf8 = text == NULL ? NULL : PyUnicode_AsUTF8(text);
    const char *name = PyType_Check(type) ? ((PyTypeObject *)type)->tp_name : "exception";
    size_t size = strlen(name) + (utf8 == NULL ? 0 : strlen(utf8)) + 3;
    char *result = malloc(size);

    if (result != NULL)
        (void)snprintf(result, size, utf8 == NULL || *utf8 == '\0' ? "%s%s" : "%s: %s", name, utf8 == NULL ? "" : utf8);
    Py_XDECREF(text);
    PyErr_Clear();
    return result;
}

/* A copy of the C++ object that the exception stands for, to be thrown; where C++ threw it, what keeps that.  An
   exception that stands for none has no such attribute, or None there. */
static void callable_take_object(cpp_python_error *self)
{
    PyObject *proxy = PyObject_GetAttrString(self->value, "__cpp_thrown__");
    cpp_class *cls = proxy == NULL ? NULL : cpp_class_of_type(Py_TYPE(proxy));

    if (proxy != NULL && PyCapsule_IsValid(proxy, CPP_KEEPER_CAPSULE))
        self->keeper = PyCapsule_GetPointer(proxy, CPP_KEEPER_CAPSULE);
    else if (cls != NULL && cls->cxx->constructor != NULL && cls->cxx->destructor != NULL) {
        void *memory = cpp_throw_allocate((size_t)cls->cxx->size);
        if (memory != NULL && cpp_method_construct(cls->cxx->constructor, memory, &proxy, 1, NULL) == 0) {
            self->object = memory;
            self->destructor = cls->cxx->destructor;
        }
        else if (memory != NULL)
            cpp_throw_free(memory);
    }
    Py_XDECREF(proxy);
    PyErr_Clear();
}

cpp_python_error *cpp_python_error_take(cpp_runtime *runtime)
{
    cpp_python_error *self = malloc(sizeof *self);

    if (self == NULL) {
        PyErr_Clear();
        return NULL;
    }
    self->references = 1;
    self->runtime = runtime;
    PyErr_Fetch(&self->type, &self->value, &self->traceback);
    PyErr_NormalizeException(&self->type, &self->value, &self->traceback);
    self->text = callable_describe(self->type, self->value);
    self->object = self->keeper = NULL;
    callable_take_object(self);
    return self;
}

void cpp_python_error_retain(cpp_python_error *self)
{
    __atomic_add_fetch(&self->references, 1, __ATOMIC_RELAXED);
}

void cpp_python_error_release(cpp_python_error *self)
{
    if (__atomic_sub_fetch(&self->references, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    if (self->object != NULL) {
        self->destructor(self->object);
        cpp_throw_free(self->object);
    }
    callback_gil gil;
    if (cpp_enter(self->runtime, &gil)) {
        Py_XDECREF(self->type);
        Py_XDECREF(self->value);
        Py_XDECREF(self->traceback);
        cpp_leave(self->runtime, gil);
    }
    free(self->text);
    free(self);
}

void cpp_python_error_restore(cpp_python_error *self)
{
    PyErr_Restore(Py_XNewRef(self->type), Py_XNewRef(self->value), Py_XNewRef(self->traceback));
}

/* ---- the call ---------------------------------------------------------------------------- */

static PyObject *callable_invoke(cpp_callable *self, void **arguments)
{
    PyObject *small[8], **values = small, *result = NULL;
    Py_ssize_t done = 0;

    if (self->count > 8 && (values = PyMem_Malloc((size_t)self->count * sizeof *values)) == NULL)
        return PyErr_NoMemory();
    for (; done < self->count; done++) {
        values[done] = cpp_given_load(&self->params[done], arguments[done]);
        if (values[done] == NULL)
            break;
    }
    if (done == self->count)
        result = PyObject_Vectorcall(self->callable, values, (size_t)self->count, NULL);
    if (done > 0) {
        PyObject *type, *value, *traceback;
        PyErr_Fetch(&type, &value, &traceback);
        for (Py_ssize_t i = 0; i < done; i++)
            cpp_given_drop(&self->params[i], values[i]);
        PyErr_Restore(type, value, traceback);
    }
    if (values != small)
        PyMem_Free(values);
    return result;
}

/* ---- results ------------------------------------------------------------------------------ */

/* Whether C++ may go on looking at the result after it has it. */
static int callable_is_lasting(const cpp_type *type)
{
    return type->kind == CPP_POINTER || type->kind == CPP_LVALUE_REF || type->kind == CPP_RVALUE_REF ||
           (type->flags & CPP_TYPE_VIEW);
}

static void callable_explain(cpp_callable *self)
{
    PyObject *type, *value, *traceback;

    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (type == PyExc_TypeError || type == PyExc_OverflowError || type == PyExc_ValueError)
        PyErr_Format(type, "result of the Python callable for '%U': %S", self->signature, value);
    else {
        PyErr_Restore(type, value, traceback);
        return;
    }
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
}

/* Those by pointer have no room of their own. */
static int callable_is_by_pointer(const cpp_type *type)
{
    return type->kind == CPP_CLASS || type->kind == CPP_LONGDOUBLE || type->kind == CPP_INT128 ||
           type->kind == CPP_UINT128;
}

/* Steals `result`. */
static void *callable_give(cpp_callable *self, PyObject *result, void *room, void **place)
{
    cpp_type *type = self->result;
    cpp_answer *answer = type->kind == CPP_VOID ? NULL : cpp_answer_new(type, result, room);

    Py_DECREF(result);
    if (type->kind == CPP_VOID)
        return room;
    if (answer == NULL) {
        callable_explain(self);
        return NULL;
    }
    if (callable_is_lasting(type)) {
        cpp_answer_link(answer, __atomic_exchange_n(&self->last, NULL, __ATOMIC_ACQ_REL));
        /* What another thread answered meanwhile. */
        cpp_answer_free(__atomic_exchange_n(&self->last, answer, __ATOMIC_ACQ_REL));
    }
    else
        *place = answer;
    return callable_is_by_pointer(type) ? *(void **)room : room;
}

void *cpp_callable_run(cpp_callable *self, void **arguments, void *room, void **hold, cpp_python_error **raised)
{
    void *given = NULL;
    callback_gil gil;

    *hold = NULL;
    *raised = NULL;
    if (!cpp_enter(self->runtime, &gil))
        return self->has_zero ? memset(room, 0, 16) : NULL;
    /* What was raised before goes on behind this call: a destructor may be what calls. */
    PyObject *type, *value, *traceback;
    const int destroying = self->runtime->destroying;
    PyErr_Fetch(&type, &value, &traceback);
    self->runtime->destroying = 0;      /* what Python calls may throw to it */
    PyObject *result = callable_invoke(self, arguments);
    if (result != NULL)
        given = callable_give(self, result, room, hold);
    self->runtime->destroying = destroying;
    if (given == NULL && destroying && self->has_zero) {
        PyErr_WriteUnraisable(self->callable);
        given = memset(room, 0, 16);
    }
    else if (given == NULL)
        *raised = cpp_python_error_take(self->runtime);
    PyErr_Restore(type, value, traceback);
    cpp_leave(self->runtime, gil);
    return given;
}

void cpp_callable_done(cpp_callable *self, void *held)
{
    callback_gil gil;

    if (held == NULL || !cpp_enter(self->runtime, &gil))
        return;
    cpp_answer_free(held);
    cpp_leave(self->runtime, gil);
}

void cpp_callable_release(cpp_callable *self)
{
    cpp_runtime *runtime = self->runtime;
    callback_gil gil;

    if (!cpp_enter(runtime, &gil))
        return;                 /* what it holds went with Python */
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    cpp_callable_done(self, self->last);
    Py_DECREF(self->callable);
    Py_DECREF(self->signature);
    Py_DECREF(self->types);
    PyErr_Restore(type, value, traceback);
    PyMem_RawFree(self);
    cpp_leave(runtime, gil);
}

/* ---- making -------------------------------------------------------------------------------- */

/* (callable, signature, (result type, parameter types...)): the address of a new cpp_callable. */
static PyObject *callable_new(PyObject *module, PyObject *args)
{
    core_state *state = core_state_of(module);
    PyObject *callable, *signature, *types, *address;

    if (!PyArg_ParseTuple(args, "OUO!:cpp_new_callable", &callable, &signature, &PyTuple_Type, &types))
        return NULL;
    if (!PyCallable_Check(callable))
        return PyErr_Format(PyExc_TypeError, "a callable is needed, not '%s'", Py_TYPE(callable)->tp_name);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(types); i++) {
        if (!CPP_TYPE_CHECK(state, PyTuple_GET_ITEM(types, i)))
            return PyErr_Format(PyExc_TypeError, "cpp_new_callable: a tuple of CppType is needed");
    }
    if (PyTuple_GET_SIZE(types) == 0)
        return PyErr_Format(PyExc_TypeError, "cpp_new_callable: the result type is missing");
    Py_ssize_t count = PyTuple_GET_SIZE(types) - 1;
    cpp_callable *self = PyMem_RawCalloc(1, sizeof *self + (size_t)count * sizeof(cpp_given));
    if (self == NULL)
        return PyErr_NoMemory();
    address = PyLong_FromVoidPtr(self);
    if (address == NULL) {
        PyMem_RawFree(self);
        return NULL;
    }
    cpp_native_callable(self);
    self->callable = Py_NewRef(callable);
    self->signature = Py_NewRef(signature);
    self->types = Py_NewRef(types);
    self->result = (cpp_type *)PyTuple_GET_ITEM(types, 0);
    self->runtime = self->result->runtime;
    self->has_zero = cpp_type_has_zero(self->result) && !callable_is_by_pointer(self->result) &&
                     self->result->kind != CPP_POINTER;
    self->count = count;
    self->params = (cpp_given *)(self + 1);
    for (Py_ssize_t i = 0; i < count; i++)
        cpp_given_init(&self->params[i], (cpp_type *)PyTuple_GET_ITEM(types, i + 1));
    return address;
}

static PyMethodDef callable_functions[] = {
    {"cpp_new_callable", callable_new, METH_VARARGS,
     "(callable, signature, (result type, parameter types...)): the address of what C++ calls it by.\n"
     "Whoever is given that releases it."},
    {NULL, NULL, 0, NULL},
};

int cpp_callable_init(PyObject *module, core_state *Py_UNUSED(state))
{
    return PyModule_AddFunctions(module, callable_functions);
}
