/* callback.c: Python callables as C function pointers, by libffi closures.

   A callback is a cdata of a function type that owns its closure, so it is
   callable from Python too (by way of C).  An exception cannot cross C: it
   goes to sys.unraisablehook, or to the user's `onerror`, and C gets the
   error value.  libffi allots the trampolines, from static ones where memory
   may not be writable and executable.

   Neighbours: call_ffi.c describes the signature, callback_gil.c enters Python. */
#include "callback.h"
#include "callback_gil.h"
#include "call.h"
#include "cdata.h"
#include "call_plan.h"
#include "call_entries.h"
#include "call_ffi.h"
#include "convert.h"

#include <structmember.h>

typedef struct cdata_callback {
    cdata_function function;    /* head.data is the address of the trampoline */
    struct callback_target *target; /* owned */
    PyObject *callable;         /* owned; NULL once the cycle collector cleared it */
    PyObject *onerror;          /* owned or NULL */
} cdata_callback;

/* What the closure points to.  It outlives the object when Python ends while
   threads of C go on calling: they get `error` then. */
typedef struct callback_target {
    ffi_closure *closure;       /* owned */
    cdata_callback *self;       /* borrowed; NULL once it is gone */
    PyInterpreterState *interpreter;
    size_t error_size;
    char error[];               /* the result for C on an exception, as it is stored */
} callback_target;

enum { CALLBACK_FAST_ARGS = 8 };

/* --- results and errors --------------------------------------------------- */

/* Stores what Python returned where libffi reads it: small integers widened
   to an ffi_arg.  0, or -1 with an error and `result` as it was. */
static int callback_store_result(ctype *type, void *result, PyObject *value)
{
    char bytes[16] = {0};
    ffi_sarg widened;
    int64_t slot;

    if (type->kind == CTYPE_VOID) {
        if (value == Py_None)
            return 0;
        PyErr_SetString(PyExc_TypeError,
                        "callback with the return type 'void' must return None");
        return -1;
    }
    if (!ctype_is_integer(type))
        return convert_store(type, result, value);
    if (convert_store(type, bytes, value) < 0)
        return -1;
    memcpy(&slot, bytes, sizeof slot);
    call_extend_slot(&slot, call_plan_extend(type));
    widened = (ffi_sarg)slot;
    memcpy(result, &widened, sizeof widened);
    return 0;
}

/* Reports the current exception as "Exception ignored <where>". */
static void callback_write_unraisable(PyObject *where)
{
#if PY_VERSION_HEX >= 0x030d0000
    PyErr_FormatUnraisable("Exception ignored %U", where);
#else
    PyObject *class, *error, *traceback;
    const char *text;

    PyErr_Fetch(&class, &error, &traceback);
    text = PyUnicode_AsUTF8(where);
    if (text == NULL) {
        PyErr_Clear();
        text = "from cffi callback";
    }
    PyErr_Restore(class, error, traceback);
    _PyErr_WriteUnraisableMsg(text, NULL);
#endif
}

static void callback_report(PyObject *callable, const char *doing)
{
    PyObject *class, *error, *traceback, *where;

    PyErr_Fetch(&class, &error, &traceback);
    where = PyUnicode_FromFormat("from cffi callback %R%s", callable, doing);
    if (where == NULL) {
        PyErr_Clear();
        where = PyUnicode_FromString("from cffi callback");
    }
    PyErr_Restore(class, error, traceback);
    if (where != NULL)
        callback_write_unraisable(where);
    Py_XDECREF(where);
}

/* Asks the user's `onerror` about the current exception.  0: dealt with. */
static int callback_ask_onerror(cdata_callback *self, PyObject *onerror, void *result,
                                PyObject *callable, const char *doing)
{
    PyObject *class, *error, *traceback, *answer, *where;
    PyObject *class2, *error2, *traceback2;

    PyErr_Fetch(&class, &error, &traceback);
    PyErr_NormalizeException(&class, &error, &traceback);
    answer = PyObject_CallFunctionObjArgs(onerror, class, error != NULL ? error : Py_None,
                                          traceback != NULL ? traceback : Py_None, NULL);
    if (answer != NULL &&
        (answer == Py_None ||
         callback_store_result(self->function.head.type->item, result, answer) == 0)) {
        Py_DECREF(answer);
        Py_XDECREF(class);
        Py_XDECREF(error);
        Py_XDECREF(traceback);
        return 0;
    }
    Py_XDECREF(answer);
    PyErr_Fetch(&class2, &error2, &traceback2);
    PyErr_Restore(class, error, traceback);
    callback_report(callable, doing);
    PyErr_Restore(class2, error2, traceback2);
    where = PyUnicode_FromString("during handling of the above exception by 'onerror'");
    if (where != NULL)
        callback_write_unraisable(where);
    else
        PyErr_Clear();
    Py_XDECREF(where);
    return -1;
}

static void callback_give_error(const callback_target *target, void *result)
{
    memcpy(result, target->error, target->error_size);
}

static COMPAT_NOINLINE void callback_failed(cdata_callback *self, PyObject *callable,
                                            void *result, const char *doing)
{
    PyObject *onerror = self->onerror;

    callback_give_error(self->target, result);
    if (onerror == NULL) {
        callback_report(callable, doing);
        return;
    }
    Py_INCREF(onerror);
    (void)callback_ask_onerror(self, onerror, result, callable, doing);
    Py_DECREF(onerror);
}

/* --- the call from C ------------------------------------------------------ */

/* A struct is copied: its place in C's frame is gone when C gets its result. */
static PyObject *callback_load_argument(ctype *type, void *address)
{
    PyObject *copy;

    if (!ctype_is_record(type))
        return convert_load(type, address);
    copy = cdata_new_owned(type, type->size);
    if (copy != NULL)
        memcpy(((cdata *)copy)->data, address, (size_t)type->size);
    return copy;
}

static PyObject *callback_call(PyObject *callable, PyObject *types, void **args)
{
    Py_ssize_t i, count = PyTuple_GET_SIZE(types);
    PyObject *few[CALLBACK_FAST_ARGS + 1], **values = few, *result = NULL;

    if (count > CALLBACK_FAST_ARGS) {
        values = PyMem_Malloc((size_t)(count + 1) * sizeof *values);
        if (values == NULL)
            return PyErr_NoMemory();
    }
    /* values[0] is for the callee: PY_VECTORCALL_ARGUMENTS_OFFSET. */
    for (i = 0; i < count; i++) {
        values[i + 1] = callback_load_argument((ctype *)PyTuple_GET_ITEM(types, i), args[i]);
        if (values[i + 1] == NULL)
            goto done;
    }
    result = PyObject_Vectorcall(callable, values + 1,
                                 (size_t)count | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
done:
    while (i-- > 0)
        Py_DECREF(values[i + 1]);
    if (values != few)
        PyMem_Free(values);
    return result;
}

static void callback_run(callback_target *target, void *result, void **args)
{
    cdata_callback *self = target->self;
    PyObject *callable = self == NULL ? NULL : self->callable, *value;
    ctype *type;

    if (callable == NULL) {
        callback_give_error(target, result);
        return;
    }
    /* The callable may drop the last reference to the callback. */
    Py_INCREF(self);
    Py_INCREF(callable);
    type = self->function.head.type;
    value = callback_call(callable, type->u.function.args, args);
    if (value == NULL)
        callback_failed(self, callable, result, "");
    else if (callback_store_result(type->item, result, value) < 0)
        callback_failed(self, callable, result, ", trying to convert the result back to C");
    Py_XDECREF(value);
    Py_DECREF(callable);
    Py_DECREF(self);
}

static void callback_entry(ffi_cif *Py_UNUSED(cif), void *result, void **args, void *data)
{
    callback_target *target = data;
    callback_gil gil;

    call_save_errno();
    if (!Py_IsInitialized()) {
        callback_give_error(target, result);
        return;
    }
    gil = callback_gil_take(target->interpreter);
    callback_run(target, result, args);
    callback_gil_give(gil);
    call_restore_errno();
}

/* --- the object ----------------------------------------------------------- */

static int callback_set_target(cdata_callback *self, PyObject *error)
{
    ctype *result = self->function.head.type->item;
    size_t size = result->kind == CTYPE_VOID ? 0
                  : ctype_is_integer(result) ? sizeof(ffi_arg)
                                             : (size_t)result->size;
    callback_target *target = PyMem_RawCalloc(1, sizeof *target + size + 16);

    if (target == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    self->target = target;
    target->self = self;
    target->interpreter = self->function.head.type->state->interpreter;
    target->error_size = size;
    return error == Py_None ? 0 : callback_store_result(result, target->error, error);
}

static int callback_set_closure(cdata_callback *self)
{
    ctype *type = self->function.head.type;
    call_ffi_description *description = call_ffi_description_of(type);
    callback_target *target = self->target;
    void *address;
    ffi_status status;

    if (description == NULL)
        return -1;
    target->closure = ffi_closure_alloc(sizeof *target->closure, &address);
    if (target->closure == NULL) {
        PyErr_SetString(PyExc_MemoryError, "libffi cannot allocate a closure: this system may "
                        "forbid memory that is both writable and executable");
        return -1;
    }
    status = ffi_prep_closure_loc(target->closure, &description->cif, callback_entry, target,
                                  address);
    if (status != FFI_OK) {
        PyErr_Format(PyExc_SystemError, "libffi cannot prepare a closure for '%U'", type->name);
        return -1;
    }
    self->function.head.data = address;
    return 0;
}

static int callback_check(ctype *type, PyObject *callable, PyObject *onerror)
{
    if (type->kind != CTYPE_FUNCTION) {
        PyErr_Format(PyExc_TypeError, "expected a function ctype, got '%U'", type->name);
        return -1;
    }
    if (!PyCallable_Check(callable)) {
        PyErr_Format(PyExc_TypeError, "expected a callable object, not %.200s",
                     Py_TYPE(callable)->tp_name);
        return -1;
    }
    if (onerror != Py_None && !PyCallable_Check(onerror)) {
        PyErr_Format(PyExc_TypeError, "expected a callable object for 'onerror', not %.200s",
                     Py_TYPE(onerror)->tp_name);
        return -1;
    }
    if (type->u.function.ellipsis) {
        PyErr_Format(PyExc_NotImplementedError,
                     "%U: callback with unsupported argument or return type or with '...'",
                     type->name);
        return -1;
    }
    return 0;
}

static PyTypeObject *callback_class(core_state *state);

PyObject *callback_new(ctype *type, PyObject *callable, PyObject *error, PyObject *onerror)
{
    PyTypeObject *class = callback_class(type->state);
    cdata_callback *self;

    if (class == NULL || callback_check(type, callable, onerror) < 0)
        return NULL;
    self = (cdata_callback *)class->tp_alloc(class, 0);
    if (self == NULL)
        return NULL;
    self->function.head.type = (ctype *)Py_NewRef((PyObject *)type);
    self->function.release_gil = 1;
    self->callable = Py_NewRef(callable);
    if (onerror != Py_None)
        self->onerror = Py_NewRef(onerror);
    if (callback_set_target(self, error) < 0 || callback_set_closure(self) < 0) {
        Py_DECREF(self);
        return NULL;
    }
    call_prepare_function(&self->function);
    return (PyObject *)self;
}

static int callback_traverse(PyObject *object, visitproc visit, void *arg)
{
    cdata_callback *self = (cdata_callback *)object;

    Py_VISIT(Py_TYPE(object));
    Py_VISIT(self->function.head.type);
    Py_VISIT(self->callable);
    Py_VISIT(self->onerror);
    return 0;
}

static int callback_clear(PyObject *object)
{
    cdata_callback *self = (cdata_callback *)object;

    Py_CLEAR(self->callable);
    Py_CLEAR(self->onerror);
    return 0;
}

/* While Python ends, C may still call: the closure stays, with its cif, which
   the type owns. */
static void callback_free_target(cdata_callback *self)
{
    callback_target *target = self->target;

    if (target != NULL)
        target->self = NULL;
    if (!Py_IsInitialized())
        return;
    if (target != NULL && target->closure != NULL)
        ffi_closure_free(target->closure);
    PyMem_RawFree(target);
    Py_XDECREF(self->function.head.type);
}

static void callback_dealloc(PyObject *object)
{
    cdata_callback *self = (cdata_callback *)object;
    PyTypeObject *class = Py_TYPE(object);

    PyObject_GC_UnTrack(object);
    if (self->function.head.weakrefs != NULL)
        PyObject_ClearWeakRefs(object);
    (void)callback_clear(object);
    Py_XDECREF(self->function.name);
    callback_free_target(self);
    class->tp_free(object);
    Py_DECREF(class);
}

static PyObject *callback_repr(PyObject *object)
{
    cdata_callback *self = (cdata_callback *)object;

    return PyUnicode_FromFormat("<cdata '%U' calling %R>", self->function.head.type->name,
                                self->callable != NULL ? self->callable : Py_None);
}

/* --- module function ------------------------------------------------------ */

PyDoc_STRVAR(callback_doc,
"callback(ctype, callable, error=None, onerror=None)\n--\n\n"
"A cdata of a function type whose C code calls `callable`.\n\n"
"Keep it as long as C may call it.  When the callable raises, C gets `error`\n"
"(None: zero), after onerror(class, exception, traceback) had its say: what\n"
"that returns, unless None, is the result.  Without onerror the exception goes\n"
"to sys.unraisablehook.");

static PyObject *callback_function(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"ctype", "callable", "error", "onerror", NULL};
    core_state *state = core_state_of(module);
    PyObject *type, *callable, *error = Py_None, *onerror = Py_None;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O!O|OO:callback", keywords,
                                     state->ctype_type, &type, &callable, &error, &onerror))
        return NULL;
    return callback_new((ctype *)type, callable, error, onerror);
}

static PyMethodDef callback_functions[] = {
    {"callback", (PyCFunction)(void (*)(void))callback_function, METH_VARARGS | METH_KEYWORDS,
     callback_doc},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef callback_members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(cdata_function, call), READONLY, NULL},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(cdata, weakrefs), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot callback_slots[] = {
    {Py_tp_dealloc, (void *)callback_dealloc},
    {Py_tp_traverse, (void *)callback_traverse},
    {Py_tp_clear, (void *)callback_clear},
    {Py_tp_repr, (void *)callback_repr},
    {Py_tp_call, (void *)PyVectorcall_Call},
    {Py_tp_members, callback_members},
    COMPAT_NO_NEW_SLOT
    {0, NULL},
};

static PyType_Spec callback_spec = {
    .name = CORE_TYPE_NAME("__CDataCallback"),
    .basicsize = sizeof(cdata_callback),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL |
             Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = callback_slots,
};

static PyTypeObject *callback_class(core_state *state)
{
    return CORE_NEED_TYPE(state, cdata_callback_type, &callback_spec, state->cdata_type);
}

int callback_offer(PyObject *module, core_state *state)
{
    return core_publish_type(state, callback_class(state)) < 0
               ? -1
               : PyModule_AddFunctions(module, callback_functions);
}
