/* compiled_ffi.c: `ffi` of a compiled module.

   It begins as an object of a class made here, whose methods are those of ffi_core.c and
   a few more.  When something is asked of it that only Python can do, it becomes an
   object of cffi_like's class for that (module_reader.use), with the same types. */
#include "core.h"
#include "compiled.h"
#include "callback.h"
#include "cdata.h"
#include "dynlib.h"
#include "ffi_core.h"

/* --- to Python ------------------------------------------------------------- */

static PyObject *compiled_ffi_use_abi(ffi_core *self, PyObject *included)
{
    PyObject *state = compiled_python_state(self->reader);

    return state == NULL ? NULL
                         : compiled_in_python("use_abi", (PyObject *)self, state, included, NULL);
}

int compiled_ffi_to_python(ffi_core *self)
{
    compiled_reader *reader = self->reader;
    PyObject *done = NULL, *included;
    Py_ssize_t count;

    if (!self->is_plain)
        return 0;
    if (reader == NULL) {
        PyErr_SetString(PyExc_TypeError, "this 'ffi' belongs to no module");
        return -1;
    }
    if (compiled_lock(reader) < 0)
        return -1;
    count = PyTuple_GET_SIZE(reader->peers);
    included = self->is_plain ? PyTuple_New(count) : NULL;
    for (Py_ssize_t i = 0; included != NULL && i < count; i++) {
        PyObject *ffi = ((compiled_reader *)PyTuple_GET_ITEM(reader->peers, i))->ffi;

        PyTuple_SET_ITEM(included, i, Py_NewRef(ffi == NULL ? Py_None : ffi));
    }
    if (included != NULL && reader->symbols == NULL)
        done = compiled_ffi_use_abi(self, included);
    else if (included != NULL && reader->lib != NULL)
        done = compiled_in_python("use", (PyObject *)self, reader->lib, included, NULL);
    if (done != NULL)
        self->is_plain = 0;
    else if (self->is_plain && !PyErr_Occurred())
        PyErr_SetString(PyExc_RuntimeError, "the module of this 'ffi' is gone");
    Py_XDECREF(done);
    Py_XDECREF(included);
    compiled_unlock(reader);
    return self->is_plain ? -1 : 0;
}

/* What stands in the class for an attribute that is made later: one that only Python has, or
   what the core's module has under that name. */
typedef struct compiled_later {
    PyObject_HEAD
    PyObject *name;             /* owned */
    int of_module;
} compiled_later;

/* That takes the place of `self` in the class. */
static PyObject *compiled_later_of_module(compiled_later *self)
{
    PyObject *module = PyType_GetModule(Py_TYPE(self)), *value;
    core_state *state = module == NULL ? NULL : core_state_of(module);

    value = module == NULL ? NULL : PyObject_GetAttr(module, self->name);
    if (value != NULL && PyObject_SetAttr(state->compiled_ffi_class, self->name, value) < 0)
        Py_CLEAR(value);
    return value;
}

static PyObject *compiled_later_get(PyObject *object, PyObject *ffi,
                                    PyObject *Py_UNUSED(class))
{
    compiled_later *self = (compiled_later *)object;

    if (self->of_module)
        return compiled_later_of_module(self);
    if (ffi == NULL || ffi == Py_None)
        return Py_NewRef(object);
    if (compiled_ffi_to_python((ffi_core *)ffi) < 0)
        return NULL;
    return PyObject_GetAttr(ffi, self->name);
}

static void compiled_later_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    Py_XDECREF(((compiled_later *)self)->name);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyType_Slot compiled_later_slots[] = {
    {Py_tp_doc, (void *)PyDoc_STR("An attribute of `ffi` that is made when it is asked for.")},
    {Py_tp_dealloc, (void *)compiled_later_dealloc},
    {Py_tp_descr_get, (void *)compiled_later_get},
    COMPAT_NO_NEW_SLOT
    {0, NULL},
};

static PyType_Spec compiled_later_spec = {
    .name = CORE_TYPE_NAME("_LaterAttribute"),
    .basicsize = sizeof(compiled_later),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = compiled_later_slots,
};

/* --- types ----------------------------------------------------------------- */

static ctype *compiled_ffi_read(ffi_core *self, PyObject *text, int functions)
{
    ctype *type;

    if (self->reader == NULL || compiled_lock(self->reader) < 0)
        return NULL;
    type = compiled_string(self->reader, text, functions);
    if (type == NULL)
        PyErr_Clear();          /* Python meets the same, and words it */
    compiled_unlock(self->reader);
    return type;
}

ctype *compiled_ffi_type(ffi_core *self, PyObject *text)
{
    ctype *type = compiled_ffi_read(self, text, 0);

    if (type != NULL && PyDict_SetItem(self->types, text, (PyObject *)type) < 0)
        Py_CLEAR(type);
    if (type == NULL)
        PyErr_Clear();
    return type;
}

/* --- methods that other FFIs have in Python -------------------------------- */

static PyObject *compiled_ffi_in_python(PyObject *self, const char *name, PyObject *const *args,
                                        Py_ssize_t count, PyObject *names)
{
    PyObject *method, *result;

    if (compiled_ffi_to_python((ffi_core *)self) < 0)
        return NULL;
    method = PyObject_GetAttrString(self, name);
    if (method == NULL)
        return NULL;
    result = PyObject_Vectorcall(method, args, (size_t)count, names);
    Py_DECREF(method);
    return result;
}

static PyObject *compiled_ffi_callback(PyObject *object, PyObject *const *args, Py_ssize_t count,
                                       PyObject *names)
{
    ffi_core *self = (ffi_core *)object;
    PyObject *result;
    ctype *type = NULL;

    if (names == NULL && count >= 2 && count <= 4 && PyCallable_Check(args[1])) {
        if (CTYPE_CHECK(self->state, args[0]))
            type = (ctype *)Py_NewRef(args[0]);
        else if (PyUnicode_CheckExact(args[0]))
            type = compiled_ffi_read(self, args[0], 1);
    }
    if (type == NULL)
        return compiled_ffi_in_python(object, "callback", args, count, names);
    result = callback_new(type, args[1], count > 2 ? args[2] : Py_None,
                          count > 3 ? args[3] : Py_None);
    Py_DECREF(type);
    return result;
}

static PyObject *compiled_ffi_def_extern(PyObject *object, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"name", "error", "onerror", NULL};
    compiled_reader *reader = ((ffi_core *)object)->reader;
    PyObject *name = Py_None, *error = Py_None, *onerror = Py_None;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|OOO:def_extern", keywords, &name, &error,
                                     &onerror))
        return NULL;
    if (reader == NULL || reader->lib == NULL) {
        PyErr_SetString(PyExc_ValueError, "ffi.def_extern() is only available on API-mode FFI "
                                          "objects");
        return NULL;
    }
    return compiled_in_python("def_extern", reader->lib, name, error, onerror, NULL);
}

static PyObject *compiled_ffi_dlopen(PyObject *object, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"name", "flags", NULL};
    compiled_reader *reader = ((ffi_core *)object)->reader;
    PyObject *name, *found = NULL, *method;
    int flags = 0;

    if (reader != NULL && reader->symbols == NULL) {
        if (PyArg_ParseTupleAndKeywords(args, kwargs, "O|i:dlopen", keywords, &name, &flags) &&
            (name == Py_None || PyUnicode_CheckExact(name)))
            found = compiled_open_for(reader, name, flags);
        if (found != NULL)
            return found;
        PyErr_Clear();          /* Python meets the same, and words it */
    }
    if (compiled_ffi_to_python((ffi_core *)object) < 0)
        return NULL;
    method = PyObject_GetAttrString(object, "dlopen");
    found = method == NULL ? NULL : PyObject_Call(method, args, kwargs);
    Py_XDECREF(method);
    return found;
}

static PyMethodDef compiled_ffi_methods[] = {
    {"dlopen", (PyCFunction)(void (*)(void))compiled_ffi_dlopen, METH_VARARGS | METH_KEYWORDS,
     PyDoc_STR("dlopen($self, name, flags=0)\n--\n\n"
               "Open a shared library: a file name, a bare name such as 'z' or 'm', None\n"
               "for the program itself, or an already open `void *` handle.\n\n"
               "Raises OSError with everything that was tried.")},
    {"callback", (PyCFunction)(void (*)(void))compiled_ffi_callback,
     METH_FASTCALL | METH_KEYWORDS,
     PyDoc_STR("callback($self, cdecl, python_callable=None, error=None, onerror=None)\n--\n\n"
               "A C function pointer that calls `python_callable`.  Without one, a\n"
               "decorator.  The result must be kept alive while C may call it.\n\n"
               "`error` is returned to C after an exception, which `onerror(type, value,\n"
               "traceback)` may handle.  Raises NotImplementedError for a variadic type.")},
    {"def_extern", (PyCFunction)(void (*)(void))compiled_ffi_def_extern,
     METH_VARARGS | METH_KEYWORDS,
     PyDoc_STR("def_extern($self, name=None, error=None, onerror=None)\n--\n\n"
               "A decorator that attaches a Python function to the `extern \"Python\"`\n"
               "function of the same name, or of `name`.  Attaching again replaces.\n\n"
               "`error` is returned to C after an exception, which `onerror(type, value,\n"
               "traceback)` may handle.  Raises ffi.error for an unknown name, TypeError\n"
               "if `error` does not convert to the result type.")},
    {NULL, NULL, 0, NULL},
};

/* --- attributes ------------------------------------------------------------ */

static PyObject *compiled_ffi_module_function(PyObject *self, const char *name, PyObject *value)
{
    PyObject *module = ((ffi_core *)self)->state->module;

    return value == NULL ? PyObject_CallMethod(module, name, NULL)
                         : PyObject_CallMethod(module, name, "O", value);
}

static PyObject *compiled_ffi_get_errno(PyObject *self, void *Py_UNUSED(closure))
{
    return compiled_ffi_module_function(self, "get_errno", NULL);
}

static int compiled_ffi_set_errno(PyObject *self, PyObject *value, void *Py_UNUSED(closure))
{
    PyObject *done;

    if (value == NULL) {
        PyErr_SetString(PyExc_AttributeError, "errno cannot be deleted");
        return -1;
    }
    done = compiled_ffi_module_function(self, "set_errno", value);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

static PyObject *compiled_ffi_get_error(PyObject *Py_UNUSED(self), void *Py_UNUSED(closure))
{
    PyObject *module = PyImport_ImportModule("cffi_like.errors"), *error = NULL;

    if (module != NULL)
        error = PyObject_GetAttrString(module, "FFIError");
    Py_XDECREF(module);
    return error;
}

/* For isinstance(), which believes this only if it is not type(self). */
static PyObject *compiled_ffi_get_class(PyObject *self, void *Py_UNUSED(closure))
{
    compiled_reader *reader = ((ffi_core *)self)->reader;

    return compiled_in_python(reader != NULL && reader->symbols == NULL ? "abi_class" : "api_class",
                              NULL);
}

static PyGetSetDef compiled_ffi_getset[] = {
    {"errno", compiled_ffi_get_errno, compiled_ffi_set_errno,
     PyDoc_STR("The value of C's errno behind the last call of this thread."), NULL},
    {"error", compiled_ffi_get_error, NULL, PyDoc_STR("The exception class of cffi_like."), NULL},
    {"__class__", compiled_ffi_get_class, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

/* What is the module's, and an attribute of an FFI as it stands. */
static const char *const compiled_ffi_of_module[] = {
    "string", "unpack", "memmove", "release", "buffer", "from_handle", "CData", "CType",
};

/* What only Python has: RuntimeFFI and CompiledFFI. */
static const char *const compiled_ffi_later[] = {
    "dlclose", "new_allocator", "init_once", "integer_const", "list_types",
    "_add_included", "_cast", "_declarations", "_engine", "_function_type", "_included",
    "_init_once_results", "_lib", "_libraries", "_lock", "_lower_string", "_lowering", "_newp",
    "_parse_type", "_pointer_to", "_resolver", "_type_of_node", "_type_of_string", "_typeoffsetof",
    "_types", "_unknown_size",
};

/* --- the class ------------------------------------------------------------- */

/* Takes `value` (NULL: an error is set). */
static int compiled_ffi_add(PyObject *dict, PyObject *name, PyObject *value)
{
    int result = name == NULL || value == NULL ? -1 : PyDict_SetItem(dict, name, value);

    Py_XDECREF(value);
    return result;
}

static int compiled_ffi_add_object(PyObject *dict, const char *name, PyObject *value)
{
    PyObject *key = PyUnicode_InternFromString(name);
    int result = compiled_ffi_add(dict, key, value);

    Py_XDECREF(key);
    return result;
}

static int compiled_ffi_add_descriptor(PyObject *dict, PyObject *descriptor)
{
    return compiled_ffi_add(dict, descriptor == NULL ? NULL : PyDescr_NAME(descriptor), descriptor);
}

static int compiled_ffi_add_later(core_state *state, PyObject *dict, const char *name,
                                  int of_module)
{
    PyTypeObject *type = CORE_TYPE(state, compiled_later_type);
    compiled_later *self = (compiled_later *)type->tp_alloc(type, 0);

    if (self == NULL)
        return -1;
    self->of_module = of_module;
    self->name = PyUnicode_InternFromString(name);
    return compiled_ffi_add(dict, self->name, (PyObject *)self);
}

static int compiled_ffi_fill(core_state *state, PyObject *dict)
{
    PyTypeObject *base = CORE_TYPE(state, ffi_core_type);
    const char *name;
    int failed = 0;

    for (PyMethodDef *row = compiled_ffi_methods; row->ml_name != NULL; row++)
        failed |= compiled_ffi_add_descriptor(dict, PyDescr_NewMethod(base, row));
    for (PyGetSetDef *row = compiled_ffi_getset; row->name != NULL; row++)
        failed |= compiled_ffi_add_descriptor(dict, PyDescr_NewGetSet(base, row));
    for (size_t i = 0; i < sizeof compiled_ffi_of_module / sizeof *compiled_ffi_of_module; i++)
        failed |= compiled_ffi_add_later(state, dict, compiled_ffi_of_module[i], 1);
    for (int i = 0; (name = dynlib_constant_name(i)) != NULL; i++)
        failed |= compiled_ffi_add_later(state, dict, name, 1);
    for (size_t i = 0; i < sizeof compiled_ffi_later / sizeof *compiled_ffi_later; i++)
        failed |= compiled_ffi_add_later(state, dict, compiled_ffi_later[i], 0);
    failed |= compiled_ffi_add_object(dict, "__module__", PyUnicode_FromString("_cffi_backend"));
    failed |= compiled_ffi_add_object(dict, "NULL",
                                      cdata_new_view((ctype *)state->void_pointer_type, NULL));
    return failed ? -1 : 0;
}

/* A class made in Python, so that its objects can become those of another one. */
static PyObject *compiled_ffi_class(core_state *state)
{
    PyObject *dict, *class;

    if (state->compiled_ffi_class != NULL)
        return state->compiled_ffi_class;
    dict = PyDict_New();
    if (dict == NULL || compiled_ffi_fill(state, dict) < 0) {
        Py_XDECREF(dict);
        return NULL;
    }
    class = PyObject_CallFunction((PyObject *)&PyType_Type, "s(O)O", "FFI", state->ffi_core_type,
                                  dict);
    Py_DECREF(dict);
    if (class != NULL && state->compiled_ffi_class == NULL)
        state->compiled_ffi_class = Py_NewRef(class);
    Py_XDECREF(class);
    return state->compiled_ffi_class;
}

/* --- objects --------------------------------------------------------------- */

/* For pickling, which looks for the FFI that knows a type.  Dead ones are dropped when
   another is added. */
static int compiled_ffi_list(core_state *state, PyObject *ffi)
{
    PyObject *reference = PyWeakref_NewRef(ffi, NULL), *living = PyList_New(0), *former = NULL;
    int failed = reference == NULL || living == NULL;

    Py_BEGIN_CRITICAL_SECTION(state->module);
    for (Py_ssize_t i = 0; !failed && i < PyList_GET_SIZE(state->compiled_ffis); i++) {
        PyObject *known = PyList_GetItem(state->compiled_ffis, i);
        PyObject *alive = compat_weakref_get(known);

        failed = alive != NULL && PyList_Append(living, known) < 0;
        Py_XDECREF(alive);
    }
    failed = failed || PyList_Append(living, reference) < 0;
    if (!failed) {
        former = state->compiled_ffis;
        state->compiled_ffis = living;
    }
    Py_END_CRITICAL_SECTION();
    Py_XDECREF(reference);
    Py_XDECREF(former);
    if (failed)
        Py_XDECREF(living);
    return failed ? -1 : 0;
}

static PyObject *compiled_ffi_living(PyObject *module, PyObject *Py_UNUSED(ignored))
{
    PyObject *living = PyList_New(0), *references;
    int failed = living == NULL;

    Py_BEGIN_CRITICAL_SECTION(module);
    references = Py_NewRef(core_state_of(module)->compiled_ffis);
    Py_END_CRITICAL_SECTION();
    for (Py_ssize_t i = 0; !failed && i < PyList_GET_SIZE(references); i++) {
        PyObject *alive = compat_weakref_get(PyList_GET_ITEM(references, i));

        failed = alive != NULL && PyList_Append(living, alive) < 0;
        Py_XDECREF(alive);
    }
    Py_DECREF(references);
    if (failed)
        Py_CLEAR(living);
    return living;
}

PyObject *compiled_ffi_new(compiled_reader *reader)
{
    core_state *state = reader->state;
    PyObject *class = compiled_ffi_class(state), *empty = PyTuple_New(0);
    ffi_core *self = NULL;

    if (class != NULL && empty != NULL)
        self = (ffi_core *)((PyTypeObject *)class)->tp_new((PyTypeObject *)class, empty, NULL);
    Py_XDECREF(empty);
    if (self == NULL)
        return NULL;
    self->is_plain = 1;
    self->reader = (compiled_reader *)Py_NewRef((PyObject *)reader);
    self->types = PyDict_New();
    if (self->types == NULL || compiled_ffi_list(state, (PyObject *)self) < 0)
        Py_CLEAR(self);
    return (PyObject *)self;
}

static PyMethodDef compiled_ffi_module_functions[] = {
    {"compiled_ffis", compiled_ffi_living, METH_NOARGS,
     PyDoc_STR("compiled_ffis()\n--\n\nThe living `ffi`s of compiled modules, oldest first.")},
    {NULL, NULL, 0, NULL},
};

int compiled_ffi_init(PyObject *module, core_state *state)
{
    state->compiled_later_type = PyType_FromModuleAndSpec(module, &compiled_later_spec, NULL);
    state->compiled_ffis = PyList_New(0);
    return state->compiled_later_type == NULL || state->compiled_ffis == NULL ? -1 : 0;
}

int compiled_ffi_offer(PyObject *module, core_state *Py_UNUSED(state))
{
    return PyModule_AddFunctions(module, compiled_ffi_module_functions);
}
