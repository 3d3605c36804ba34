/* call.c: callable C data, and what a module offers of it.

   Neighbours: call_plan.c decides how a signature is called, call_entries.c
   and call_ffi.c do it. */
#include "call.h"
#include "cdata.h"
#include "call_plan.h"
#include "call_entries.h"
#include "call_ffi.h"

CALL_THREAD_LOCAL call_thread call_current_thread;

/* --- callables ------------------------------------------------------------ */

static PyObject *call_null(PyObject *callable, PyObject *const *Py_UNUSED(args),
                           size_t Py_UNUSED(nargsf), PyObject *Py_UNUSED(kwnames))
{
    PyErr_Format(PyExc_RuntimeError, "cannot call null function pointer from cdata '%U'",
                 ((cdata *)callable)->type->name);
    return NULL;
}

static PyObject *call_closed(PyObject *callable, PyObject *const *Py_UNUSED(args),
                             size_t Py_UNUSED(nargsf), PyObject *Py_UNUSED(kwnames))
{
    PyErr_Format(PyExc_ValueError, "cannot call '%U': its library has been closed",
                 call_name_of((cdata_function *)callable));
    return NULL;
}

void call_disarm(PyObject *function)
{
    __atomic_store_n(&((cdata_function *)function)->call, call_closed, __ATOMIC_RELEASE);
}

int call_was_closed(PyObject *function)
{
    if (COMPAT_LIKELY(((cdata_function *)function)->call != call_closed))
        return 0;
    (void)call_closed(function, NULL, 0, NULL);
    return 1;
}

/* A type that could not be planned when the pointer was made: an argument was
   opaque then, or cannot be passed at all. */
static PyObject *call_unplanned(PyObject *callable, PyObject *const *args, size_t nargsf,
                                PyObject *kwnames)
{
    cdata_function *self = (cdata_function *)callable;
    call_plan *plan = call_plan_of(self->head.type);

    if (plan == NULL)
        return NULL;
    __atomic_store_n(&self->plan, plan, __ATOMIC_RELEASE);
    return (self->release_gil ? plan->releasing : plan->keeping)(callable, args, nargsf, kwnames);
}

void call_prepare_function(cdata_function *self)
{
    call_plan *plan;

    self->call = call_null;
    if (self->head.data == NULL)
        return;
    plan = call_plan_of(self->head.type);
    self->plan = plan;
    if (plan == NULL) {
        PyErr_Clear();
        self->call = call_unplanned;
    }
    else
        self->call = self->release_gil ? plan->releasing : plan->keeping;
}

PyObject *cdata_new_function(ctype *type, void *address, PyObject *name, PyObject *parameters,
                             int release_gil)
{
    PyTypeObject *class = CORE_TYPE(type->state, cdata_function_type);
    cdata_function *self = (cdata_function *)class->tp_alloc(class, 0);

    if (self == NULL)
        return NULL;
    self->head.type = (ctype *)Py_NewRef((PyObject *)type);
    self->head.data = address;
    self->name = Py_XNewRef(name);
    self->parameters = Py_XNewRef(parameters);
    self->release_gil = release_gil;
    call_prepare_function(self);
    return (PyObject *)self;
}

PyObject *call_cdata(PyObject *self, PyObject *args, PyObject *kwargs)
{
    cdata *data = (cdata *)self;
    PyObject *function, *result;

    if (data->type->kind != CTYPE_FUNCTION) {
        PyErr_Format(PyExc_TypeError, "cdata '%U' is not callable", data->type->name);
        return NULL;
    }
    function = cdata_new_function(data->type, data->data, NULL, NULL, 1);
    if (function == NULL)
        return NULL;
    result = PyObject_Call(function, args, kwargs);
    Py_DECREF(function);
    return result;
}

/* --- module functions ----------------------------------------------------- */

PyDoc_STRVAR(call_function_at_doc,
"function_at(ctype, address, name=None, release_gil=True, parameters=None)\n--\n\n"
"A callable cdata for the function at an address.\n\n"
"ctype: a function type; address: int; name: str for error messages, or None;\n"
"release_gil: whether other threads run during a call; parameters: a tuple of\n"
"str, by which keyword arguments name them ('': none), or None.\n"
"The caller vouches for the address and keeps its library open.");

static PyObject *call_function_at(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"ctype", "address", "name", "release_gil", "parameters", NULL};
    core_state *state = core_state_of(module);
    PyObject *type, *address, *name = Py_None, *parameters = Py_None;
    int release_gil = 1;
    void *pointer;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O!O!|OpO:function_at", keywords,
                                     state->ctype_type, &type, &PyLong_Type, &address, &name,
                                     &release_gil, &parameters))
        return NULL;
    if (((ctype *)type)->kind != CTYPE_FUNCTION) {
        PyErr_Format(PyExc_TypeError, "expected a function ctype, got '%U'",
                     ((ctype *)type)->name);
        return NULL;
    }
    if (name != Py_None && !PyUnicode_Check(name)) {
        PyErr_Format(PyExc_TypeError, "function_at: name must be a str or None, not %.200s",
                     Py_TYPE(name)->tp_name);
        return NULL;
    }
    if (parameters != Py_None && call_names_check((ctype *)type, parameters) < 0)
        return NULL;
    pointer = PyLong_AsVoidPtr(address);
    if (pointer == NULL && PyErr_Occurred())
        return NULL;
    return cdata_new_function((ctype *)type, pointer, name == Py_None ? NULL : name,
                              parameters == Py_None ? NULL : parameters, release_gil);
}

static PyObject *call_get_errno(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    return PyLong_FromLong(call_current_thread.saved_errno);
}

static PyObject *call_set_errno(PyObject *Py_UNUSED(module), PyObject *value)
{
    long number = PyLong_AsLong(value);

    if (number == -1 && PyErr_Occurred())
        return NULL;
    if (number != (int)number) {
        PyErr_SetString(PyExc_OverflowError, "errno value too large for an int");
        return NULL;
    }
    call_current_thread.saved_errno = (int)number;
    Py_RETURN_NONE;
}

static PyMethodDef call_functions[] = {
    {"function_at", (PyCFunction)(void (*)(void))call_function_at, METH_VARARGS | METH_KEYWORDS,
     call_function_at_doc},
    {"get_errno", call_get_errno, METH_NOARGS,
     PyDoc_STR("get_errno()\n--\n\nThis thread's C errno as the last call left it.")},
    {"set_errno", call_set_errno, METH_O,
     PyDoc_STR("set_errno(value)\n--\n\nSets the errno that this thread's next call finds.")},
    {NULL, NULL, 0, NULL},
};

int call_offer(PyObject *module, core_state *Py_UNUSED(state))
{
    if (PyModule_AddFunctions(module, call_functions) < 0 ||
        PyModule_AddIntConstant(module, "FFI_DEFAULT_ABI", FFI_DEFAULT_ABI) < 0 ||
        PyModule_AddIntConstant(module, "FFI_CDECL", FFI_DEFAULT_ABI) < 0)
        return -1;
    return 0;
}
