/* cpp_closure.c: a Python callable behind a C++ function pointer, by a libffi
   closure.

   The closure knows its callable by a weak reference, so it does not keep it
   alive, and its trampoline is never freed: C++ may still hold the address.
   When the callable is gone cppbind/runtime/functions.py gives the closure to
   another one, later.  Neighbours: cpp_convert_function.c (who asks for closures),
   callback.c (the same for C). */
#include "cpp_runtime.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_type.h"
#include "cpp_convert.h"
#include "cpp_given.h"
#include "cpp_guard.h"
#include "cpp_candidate.h"
#include "cpp_native.h"
#include "cpp_callable.h"
#include "cpp_closure.h"
#include "callback_gil.h"
#include "cpp_enter.h"

#include <ffi.h>
#include <structmember.h>

#define CLOSURE_ARGUMENTS 24
#define CLOSURE_SCRATCH 256
#define CLOSURE_KEPT 8              /* C++ may call again before it looks at a result */

typedef struct cpp_closure {
    PyObject_HEAD
    ffi_closure *closure;       /* never freed */
    void *code;
    ffi_cif cif;
    cpp_runtime *runtime;       /* borrowed from `result` */
    cpp_type *result;           /* owned */
    PyObject *reference;        /* owned: weakref.ref of the callable, or a function that gives it */
    PyObject *kept[CLOSURE_KEPT];   /* owned or NULL: what the last results point into */
    unsigned int turn;          /* which of them is the next */
    int count;
    unsigned char may_throw, by_storage;
    ffi_type *types[CLOSURE_ARGUMENTS + 1];
    cpp_given arguments[CLOSURE_ARGUMENTS];     /* their types are owned */
} cpp_closure;

/* ---- the signature ------------------------------------------------------------------ */

/* NULL: a value of this type cannot cross.  A std::string crosses as a pointer to it
   (Itanium C++ ABI 3.1.1: it is not trivial for the purposes of calls). */
static ffi_type *closure_type(const cpp_type *type)
{
    switch ((cpp_kind)type->kind) {
    case CPP_VOID: return &ffi_type_void;
    case CPP_FLOAT: return &ffi_type_float;
    case CPP_DOUBLE: return &ffi_type_double;
    case CPP_POINTER: case CPP_LVALUE_REF: case CPP_RVALUE_REF: case CPP_ARRAY: case CPP_NULLPTR:
        return type->ops == &cpp_convert_unknown ? NULL : &ffi_type_pointer;
    case CPP_CLASS: return type->flags & CPP_TYPE_STRING ? &ffi_type_pointer : NULL;
    case CPP_ENUM: return type->target == NULL ? NULL : closure_type(type->target);
    case CPP_UNKNOWN: case CPP_FUNCTION: case CPP_MEMBER_POINTER: case CPP_LONGDOUBLE: case CPP_INT128:
    case CPP_UINT128: case CPP_KIND_COUNT:
        return NULL;
    default:
        break;
    }
    int is_signed = type->kind == CPP_SHORT || type->kind == CPP_INT || type->kind == CPP_LONG ||
                    type->kind == CPP_LONGLONG || type->kind == CPP_SCHAR ||
                    (type->kind == CPP_CHAR && (char)-1 < 0) || (type->kind == CPP_WCHAR && (wchar_t)-1 < 0);
    switch (type->size) {
    case 1: return is_signed ? &ffi_type_sint8 : &ffi_type_uint8;
    case 2: return is_signed ? &ffi_type_sint16 : &ffi_type_uint16;
    case 4: return is_signed ? &ffi_type_sint32 : &ffi_type_uint32;
    case 8: return is_signed ? &ffi_type_sint64 : &ffi_type_uint64;
    default: return NULL;
    }
}

/* ---- the call from C++ ----------------------------------------------------------------- */

static PyObject *closure_call(cpp_closure *self, PyObject *callable, void **places)
{
    PyObject *values[CLOSURE_ARGUMENTS + 1], *result = NULL;
    int made = 0;

    for (; made < self->count; made++) {
        const cpp_given *given = &self->arguments[made];
        void *place = places[made + self->by_storage];
        values[made + 1] = cpp_given_load(given, given->type->kind == CPP_CLASS ? *(void **)place : place);
        if (values[made + 1] == NULL)
            break;
    }
    if (made == self->count)
        result = PyObject_Vectorcall(callable, values + 1, (size_t)made | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
    if (made > 0) {
        PyObject *type, *error, *traceback;
        PyErr_Fetch(&type, &error, &traceback);
        while (made-- > 0)
            cpp_given_drop(&self->arguments[made], values[made + 1]);
        PyErr_Restore(type, error, traceback);
    }
    return result;
}

/* Writes what Python returned where libffi reads it.  0, or -1 with an error. */
static int closure_store(cpp_closure *self, void *result, void **places, PyObject *value)
{
    cpp_type *type = self->result;
    char scratch[CLOSURE_SCRATCH] __attribute__((aligned(16)));
    cpp_call call = {NULL};
    int64_t image = 0;

    if (type->kind == CPP_VOID)
        return 0;
    if (self->by_storage) {
        int status = cpp_native_string_new(*(void **)places[0], "", 0);
        if (status == 0 && (status = type->ops->store(type, *(char **)places[0], value, NULL)) < 0)
            cpp_native_string_delete(*(void **)places[0]);
        else if (status < 0 && !PyErr_Occurred())
            PyErr_NoMemory();
        *(void **)result = *(void **)places[0];
        return status;
    }
    if (type->ops->scratch_size > CLOSURE_SCRATCH)
        return cpp_type_refuse(type, value, NULL);
    int status = type->ops->argument(type, value, &image, &call, scratch);
    if (status == 0 && call.cleanups != NULL) {
        PyErr_Format(PyExc_TypeError, "cannot return %s as '%U': it would point to what is gone after the call",
                     Py_TYPE(value)->tp_name, type->spelling);
        status = -1;
    }
    if (type->kind == CPP_LVALUE_REF && (char *)(intptr_t)image >= scratch &&
        (char *)(intptr_t)image < scratch + sizeof scratch)
        status = cpp_type_refuse(type, value, "the reference would refer to what is gone after the call");
    cpp_candidate_clean(&call);
    if (status < 0)
        return -1;
    if (type->kind == CPP_FLOAT)
        memcpy(result, &image, sizeof(float));
    else
        memcpy(result, &image, sizeof image);   /* an ffi_arg, or a double */
    if (type->kind == CPP_POINTER || type->kind == CPP_LVALUE_REF)
        Py_XSETREF(self->kept[self->turn++ % CLOSURE_KEPT], Py_NewRef(value));
    return 0;
}

/* A new reference to the callable; NULL with a ReferenceError once it is gone. */
static PyObject *closure_callable(cpp_closure *self)
{
    PyObject *callable = PyObject_CallNoArgs(self->reference);

    if (callable == Py_None) {
        Py_DECREF(callable);
        PyErr_SetString(PyExc_ReferenceError, "C++ called a Python function that is gone: keep it alive as long as "
                                              "C++ has a pointer to it");
        return NULL;
    }
    return callable;
}

static void closure_entry(ffi_cif *Py_UNUSED(cif), void *result, void **places, void *data)
{
    cpp_closure *self = data;
    PyObject *callable, *value, *before[3];
    cpp_python_error *error = NULL;
    int status = -1;

    memset(result, 0, sizeof(ffi_arg));
    callback_gil gil;
    if (!cpp_enter(self->runtime, &gil)) {
        if (self->by_storage && cpp_native_string_new(*(void **)places[0], "", 0) == 0)
            *(void **)result = *(void **)places[0];
        return;
    }
    /* What was raised before goes on behind this call: a destructor may be what calls. */
    PyErr_Fetch(&before[0], &before[1], &before[2]);
    const int destroying = self->runtime->destroying;
    self->runtime->destroying = 0;
    callable = closure_callable(self);
    value = callable == NULL ? NULL : closure_call(self, callable, places);
    if (value != NULL)
        status = closure_store(self, result, places, value);
    self->runtime->destroying = destroying;
    if (status < 0) {
        /* Where no frame of Python's is below nobody would catch it, nor out of a destructor. */
        if (self->may_throw && !destroying && PyEval_GetFrame() != NULL)
            error = cpp_python_error_take(self->runtime);
        else
            PyErr_WriteUnraisable(callable != NULL ? callable : Py_None);
    }
    Py_XDECREF(value);
    Py_XDECREF(callable);
    PyErr_Restore(before[0], before[1], before[2]);
    cpp_leave(self->runtime, gil);  /* the closure itself is never freed */
    if (error != NULL)
        cpp_guard_throw(error);
}

/* ---- the object -------------------------------------------------------------------------- */

static int closure_describe(core_state *state, cpp_closure *self, PyObject *types)
{
    int hidden = self->by_storage, n = 0;

    if (hidden)
        self->types[n++] = &ffi_type_pointer;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(types); i++) {
        PyObject *type = PyTuple_GET_ITEM(types, i);
        if (!CPP_TYPE_CHECK(state, type)) {
            PyErr_Format(PyExc_TypeError, "a CppType is needed, not '%s'", Py_TYPE(type)->tp_name);
            return -1;
        }
        ffi_type *form = closure_type((cpp_type *)type);
        if (form == NULL || form == &ffi_type_void) {
            PyErr_Format(PyExc_TypeError, "a Python function cannot take '%U' from C++",
                         ((cpp_type *)type)->spelling);
            return -1;
        }
        cpp_given_init(&self->arguments[self->count++], (cpp_type *)Py_NewRef(type));
        self->types[n++] = form;
    }
    ffi_type *form = hidden ? &ffi_type_pointer : closure_type(self->result);
    if (form == NULL) {
        PyErr_Format(PyExc_TypeError, "a Python function cannot return '%U' to C++", self->result->spelling);
        return -1;
    }
    if (ffi_prep_cif(&self->cif, FFI_DEFAULT_ABI, (unsigned)n, form, self->types) == FFI_OK)
        return 0;
    PyErr_SetString(PyExc_SystemError, "libffi does not take this signature");
    return -1;
}

/* cpp_new_closure(result, types, reference, may_throw) */
static PyObject *closure_new(PyObject *module, PyObject *args)
{
    core_state *state = core_state_of(module);
    PyObject *result, *types, *reference;
    int may_throw;

    if (!PyArg_ParseTuple(args, "O!O!Op:cpp_new_closure", state->cpp_type_type, &result, &PyTuple_Type, &types,
                          &reference, &may_throw))
        return NULL;
    if (PyTuple_GET_SIZE(types) > CLOSURE_ARGUMENTS)
        return PyErr_Format(PyExc_TypeError, "a Python function takes at most %d arguments from C++",
                            CLOSURE_ARGUMENTS);
    cpp_closure *self = PyObject_New(cpp_closure, CORE_TYPE(state, cpp_closure_type));
    if (self == NULL)
        return NULL;
    memset((char *)self + sizeof(PyObject), 0, sizeof(cpp_closure) - sizeof(PyObject));
    self->result = (cpp_type *)Py_NewRef(result);
    self->reference = Py_NewRef(reference);
    self->runtime = self->result->runtime;
    self->may_throw = (unsigned char)may_throw;
    self->by_storage = self->result->kind == CPP_CLASS && (self->result->flags & CPP_TYPE_STRING);
    if (closure_describe(state, self, types) < 0)
        goto failed;
    self->closure = ffi_closure_alloc(sizeof *self->closure, &self->code);
    if (self->closure == NULL) {
        PyErr_SetString(PyExc_MemoryError, "libffi cannot allocate a closure");
        goto failed;
    }
    if (ffi_prep_closure_loc(self->closure, &self->cif, closure_entry, self, self->code) != FFI_OK) {
        PyErr_SetString(PyExc_SystemError, "libffi cannot prepare a closure");
        goto failed;
    }
    Py_INCREF(self);            /* C++ may have its address for ever */
    return (PyObject *)self;
failed:
    Py_DECREF(self);
    return NULL;
}

static void closure_dealloc(PyObject *object)
{
    cpp_closure *self = (cpp_closure *)object;
    PyTypeObject *type = Py_TYPE(object);

    for (int i = 0; i < self->count; i++)
        Py_DECREF(self->arguments[i].type);
    Py_XDECREF(self->result);
    Py_XDECREF(self->reference);
    for (int i = 0; i < CLOSURE_KEPT; i++)
        Py_XDECREF(self->kept[i]);
    if (self->closure != NULL)
        ffi_closure_free(self->closure);
    PyObject_Free(object);
    Py_DECREF(type);
}

static PyObject *closure_get_address(PyObject *object, void *Py_UNUSED(closure))
{
    return PyLong_FromVoidPtr(((cpp_closure *)object)->code);
}

static PyObject *closure_get_reference(PyObject *object, void *Py_UNUSED(closure))
{
    return Py_NewRef(((cpp_closure *)object)->reference);
}

static int closure_set_reference(PyObject *object, PyObject *value, void *Py_UNUSED(closure))
{
    cpp_closure *self = (cpp_closure *)object;

    if (value == NULL) {
        PyErr_SetString(PyExc_TypeError, "the reference cannot be deleted");
        return -1;
    }
    for (int i = 0; i < CLOSURE_KEPT; i++)
        Py_CLEAR(self->kept[i]);
    Py_SETREF(self->reference, Py_NewRef(value));
    return 0;
}

static PyGetSetDef closure_getset[] = {
    {"address", closure_get_address, NULL, "Of the C++ function.", NULL},
    {"reference", closure_get_reference, closure_set_reference,
     "What gives the callable when it is called, or None.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot closure_slots[] = {
    {Py_tp_dealloc, (void *)closure_dealloc},
    {Py_tp_getset, (void *)closure_getset},
    {0, NULL},
};

static PyType_Spec closure_spec = {
    .name = "_cffi_like.CppClosure",
    .basicsize = sizeof(cpp_closure),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = closure_slots,
};

static PyMethodDef closure_functions[] = {
    {"cpp_new_closure", closure_new, METH_VARARGS,
     "(result type, argument types, reference, may throw): a C++ function that calls what `reference()` gives."},
    {NULL, NULL, 0, NULL},
};

int cpp_closure_init(PyObject *module, core_state *state)
{
    state->cpp_closure_type = PyType_FromModuleAndSpec(module, &closure_spec, NULL);
    return state->cpp_closure_type == NULL ? -1 : PyModule_AddFunctions(module, closure_functions);
}
