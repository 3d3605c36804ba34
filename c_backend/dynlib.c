/* dynlib.c: shared libraries: opening them and reading their symbols.

   A library is closed by close_lib() only, never because its object was
   dropped: functions and pointers taken from it stay usable.  close_lib()
   disarms the functions that were loaded, so that calling one raises; pointers
   into the library dangle then, as in C.  Neighbour: call.c makes the callables. */
#include "call.h"
#include "core.h"
#include "ctype.h"
#include "cdata.h"
#include "dynlib.h"
#include "convert.h"

#include <dlfcn.h>

typedef struct dynlib {
    PyObject_HEAD
    void *handle;               /* NULL once closed */
    PyObject *name;             /* owned str for messages */
    PyObject *functions;        /* owned list of weak references to what was loaded */
    int writing;                /* conversions under way into its variables */
    Py_ssize_t functions_limit; /* when the list gets this long, the dead ones go */
} dynlib;

/* --- symbols -------------------------------------------------------------- */

static int dynlib_check_open(const dynlib *self)
{
    if (self->handle != NULL)
        return 0;
    PyErr_Format(PyExc_ValueError, "library '%U' has already been closed", self->name);
    return -1;
}

/* The address of a symbol; NULL with an error of class `missing`. */
static void *dynlib_symbol(const dynlib *self, const char *name, PyObject *missing,
                           const char *what)
{
    const char *error;
    void *address;

    if (dynlib_check_open(self) < 0)
        return NULL;
    (void)dlerror();
    address = dlsym(self->handle, name);
    if (address != NULL)
        return address;
    error = dlerror();
    PyErr_Format(missing, "%s '%s' not found in library '%U': %s", what, name, self->name,
                 error != NULL ? error : "its address is NULL");
    return NULL;
}

/* --- functions ------------------------------------------------------------ */

/* Drops the references to functions that are gone.  0, or -1 with an error. */
static int dynlib_forget_dead(dynlib *self)
{
    PyObject *kept = PyList_New(0);
    Py_ssize_t i;

    if (kept == NULL)
        return -1;
    for (i = 0; i < PyList_GET_SIZE(self->functions); i++) {
        PyObject *reference = PyList_GET_ITEM(self->functions, i);
        PyObject *function = compat_weakref_get(reference);

        if (function != NULL && PyList_Append(kept, reference) < 0) {
            Py_DECREF(function);
            Py_DECREF(kept);
            return -1;
        }
        Py_XDECREF(function);
    }
    Py_SETREF(self->functions, kept);
    self->functions_limit = 2 * PyList_GET_SIZE(kept) + 64;
    return 0;
}

static int dynlib_remember(dynlib *self, PyObject *function)
{
    PyObject *reference = PyWeakref_NewRef(function, NULL);
    int failed = reference == NULL;

    Py_BEGIN_CRITICAL_SECTION(self);
    if (!failed && PyList_GET_SIZE(self->functions) >= self->functions_limit)
        failed = dynlib_forget_dead(self) < 0;
    if (!failed)
        failed = PyList_Append(self->functions, reference) < 0;
    Py_END_CRITICAL_SECTION();
    Py_XDECREF(reference);
    return failed ? -1 : 0;
}

static void dynlib_disarm(dynlib *self)
{
    Py_ssize_t i;

    Py_BEGIN_CRITICAL_SECTION(self);
    for (i = 0; i < PyList_GET_SIZE(self->functions); i++) {
        PyObject *function = compat_weakref_get(PyList_GET_ITEM(self->functions, i));

        if (function != NULL)
            call_disarm(function);
        Py_XDECREF(function);
    }
    Py_END_CRITICAL_SECTION();
}

PyDoc_STRVAR(dynlib_load_function_doc,
"load_function(ctype, name, release_gil=True, parameters=None)\n--\n\n"
"The function `name` as a callable cdata (ctype: a function type), or the\n"
"address of a variable (ctype: a pointer or array type).\n"
"parameters: a tuple of str, by which keyword arguments name them ('': none).\n"
"AttributeError: no such symbol.");

static PyObject *dynlib_load_function(PyObject *object, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"ctype", "name", "release_gil", "parameters", NULL};
    dynlib *self = (dynlib *)object;
    core_state *state = PyType_GetModuleState(Py_TYPE(object));
    PyObject *function, *name_object, *parameters = Py_None;
    const char *name;
    int release_gil = 1;
    ctype *type;
    void *address;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O!s|pO:load_function", keywords,
                                     state->ctype_type, &type, &name, &release_gil, &parameters))
        return NULL;
    if (type->kind != CTYPE_FUNCTION && type->kind != CTYPE_POINTER &&
        type->kind != CTYPE_ARRAY) {
        PyErr_Format(PyExc_TypeError, "function or pointer or array cdata expected, got '%U'",
                     type->name);
        return NULL;
    }
    address = dynlib_symbol(self, name, PyExc_AttributeError, "function/symbol");
    if (address == NULL)
        return NULL;
    if (type->kind == CTYPE_ARRAY && type->u.array.length < 0)
        type = type->u.array.pointer;
    if (type->kind != CTYPE_FUNCTION)
        return cdata_new_view(type, address);
    if (parameters == Py_None)
        parameters = NULL;
    else if (call_names_check(type, parameters) < 0)
        return NULL;
    name_object = PyUnicode_FromString(name);
    if (name_object == NULL)
        return NULL;
    function = cdata_new_function(type, address, name_object, parameters, release_gil);
    Py_DECREF(name_object);
    if (function != NULL && dynlib_remember(self, function) < 0)
        Py_CLEAR(function);
    return function;
}

static PyObject *dynlib_read_variable(PyObject *object, PyObject *args)
{
    core_state *state = PyType_GetModuleState(Py_TYPE(object));
    const char *name;
    ctype *type;
    void *address;

    if (!PyArg_ParseTuple(args, "O!s:read_variable", state->ctype_type, &type, &name))
        return NULL;
    address = dynlib_symbol((dynlib *)object, name, PyExc_KeyError, "variable");
    return address == NULL ? NULL : convert_load(type, address);
}

static PyObject *dynlib_write_variable(PyObject *object, PyObject *args)
{
    core_state *state = PyType_GetModuleState(Py_TYPE(object));
    dynlib *self = (dynlib *)object;
    const char *name;
    PyObject *value;
    ctype *type;
    void *address;
    int failed;

    if (!PyArg_ParseTuple(args, "O!sO:write_variable", state->ctype_type, &type, &name, &value))
        return NULL;
    address = dynlib_symbol(self, name, PyExc_KeyError, "variable");
    if (address == NULL)
        return NULL;
    self->writing++;
    failed = convert_store(type, address, value) < 0;
    self->writing--;
    if (failed)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *dynlib_close(PyObject *object, PyObject *Py_UNUSED(ignored))
{
    dynlib *self = (dynlib *)object;
    void *handle = self->handle;

    if (handle == NULL)
        Py_RETURN_NONE;
    if (self->writing > 0) {
        PyErr_Format(PyExc_ValueError, "cannot close library '%U': a value is being written to one "
                     "of its variables", self->name);
        return NULL;
    }
    self->handle = NULL;
    dynlib_disarm(self);
    if (dlclose(handle) != 0) {
        const char *error = dlerror();

        PyErr_Format(PyExc_OSError, "cannot close library '%U': %s", self->name,
                     error != NULL ? error : "unknown error");
        return NULL;
    }
    Py_RETURN_NONE;
}

/* --- the type ------------------------------------------------------------- */

static PyObject *dynlib_repr(PyObject *object)
{
    return PyUnicode_FromFormat("<clibrary '%U'>", ((dynlib *)object)->name);
}

static void dynlib_dealloc(PyObject *object)
{
    PyTypeObject *class = Py_TYPE(object);

    Py_XDECREF(((dynlib *)object)->name);
    Py_XDECREF(((dynlib *)object)->functions);
    class->tp_free(object);
    Py_DECREF(class);
}

static PyMethodDef dynlib_methods[] = {
    {"load_function", (PyCFunction)(void (*)(void))dynlib_load_function,
     METH_VARARGS | METH_KEYWORDS, dynlib_load_function_doc},
    {"read_variable", dynlib_read_variable, METH_VARARGS,
     PyDoc_STR("read_variable(ctype, name)\n--\n\n"
               "The value of the variable; KeyError if there is none.")},
    {"write_variable", dynlib_write_variable, METH_VARARGS,
     PyDoc_STR("write_variable(ctype, name, value)\n--\n\n"
               "Assigns to the variable; KeyError if there is none.")},
    {"close_lib", dynlib_close, METH_NOARGS,
     PyDoc_STR("close_lib()\n--\n\nCloses the library; once more does nothing.  Its functions\n"
               "raise ValueError from now on; pointers into it must not be used.")},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot dynlib_slots[] = {
    {Py_tp_dealloc, (void *)dynlib_dealloc},
    {Py_tp_repr, (void *)dynlib_repr},
    {Py_tp_methods, dynlib_methods},
    {Py_tp_doc, (void *)PyDoc_STR("An open shared library.")},
    COMPAT_NO_NEW_SLOT
    {0, NULL},
};

static PyType_Spec dynlib_spec = {
    .name = CORE_TYPE_NAME("CLibrary"),
    .basicsize = sizeof(dynlib),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = dynlib_slots,
};

/* --- opening -------------------------------------------------------------- */

static PyObject *dynlib_new(core_state *state, void *handle, PyObject *name)
{
    PyTypeObject *class = CORE_NEED_TYPE(state, library_type, &dynlib_spec, NULL);
    dynlib *self = class == NULL ? NULL : (dynlib *)class->tp_alloc(class, 0);

    if (self == NULL)
        return NULL;
    self->handle = handle;
    self->name = Py_NewRef(name);
    self->functions = PyList_New(0);
    if (self->functions == NULL)
        Py_CLEAR(self);
    return (PyObject *)self;
}

/* A handle that the caller got from dlopen() himself. */
static PyObject *dynlib_from_handle(core_state *state, cdata *handle)
{
    PyObject *name, *library;

    if (handle->type->kind != CTYPE_POINTER || !(handle->type->flags & CTYPE_IS_VOID_PTR)) {
        PyErr_Format(PyExc_TypeError, "dlopen() takes a file name or 'void *' handle, not '%U'",
                     handle->type->name);
        return NULL;
    }
    if (handle->data == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "cannot call dlopen(NULL)");
        return NULL;
    }
    name = PyUnicode_FromFormat("%p", handle->data);
    if (name == NULL)
        return NULL;
    library = dynlib_new(state, handle->data, name);
    Py_DECREF(name);
    return library;
}

static PyObject *dynlib_open(core_state *state, const char *path, PyObject *name, int flags)
{
    const char *error;
    void *handle;

    if ((flags & (RTLD_NOW | RTLD_LAZY)) == 0)
        flags |= RTLD_NOW;
    (void)dlerror();
    handle = dlopen(path, flags);
    if (handle == NULL) {
        error = dlerror();
        PyErr_Format(PyExc_OSError, "cannot load library '%U': %s", name,
                     error != NULL ? error : "unknown error");
        return NULL;
    }
    return dynlib_new(state, handle, name);
}

PyDoc_STRVAR(dynlib_load_library_doc,
"load_library(filename=None, flags=0)\n--\n\n"
"Opens a shared library.\n\n"
"filename: str, bytes, path, None for what the process has loaded already, or\n"
"a `void *` cdata from dlopen(); flags: RTLD_* (default RTLD_NOW).\n"
"OSError: the dynamic loader's words.");

static PyObject *dynlib_load_library(PyObject *module, PyObject *args)
{
    PyObject *file = Py_None;
    int flags = 0;

    if (!PyArg_ParseTuple(args, "|Oi:load_library", &file, &flags))
        return NULL;
    return dynlib_load(core_state_of(module), file, flags);
}

PyObject *dynlib_load(core_state *state, PyObject *file, int flags)
{
    PyObject *path = NULL, *name = NULL, *library = NULL;

    if (cdata_check(state, file))
        return dynlib_from_handle(state, (cdata *)file);
    if (file == Py_None) {
        name = PyUnicode_FromString("<None>");
        library = name == NULL ? NULL : dynlib_open(state, NULL, name, flags);
    }
    else if (PyUnicode_FSConverter(file, &path) && PyUnicode_FSDecoder(file, &name))
        library = dynlib_open(state, PyBytes_AS_STRING(path), name, flags);
    Py_XDECREF(path);
    Py_XDECREF(name);
    return library;
}

static PyMethodDef dynlib_functions[] = {
    {"load_library", dynlib_load_library, METH_VARARGS, dynlib_load_library_doc},
    {NULL, NULL, 0, NULL},
};

static const struct {
    const char *name;
    int value;
} dynlib_constants[] = {
    {"RTLD_LAZY", RTLD_LAZY},
    {"RTLD_NOW", RTLD_NOW},
    {"RTLD_GLOBAL", RTLD_GLOBAL},
    {"RTLD_LOCAL", RTLD_LOCAL},
#ifdef RTLD_NODELETE
    {"RTLD_NODELETE", RTLD_NODELETE},
#endif
#ifdef RTLD_NOLOAD
    {"RTLD_NOLOAD", RTLD_NOLOAD},
#endif
#ifdef RTLD_DEEPBIND
    {"RTLD_DEEPBIND", RTLD_DEEPBIND},
#endif
};

const char *dynlib_constant_name(int index)
{
    size_t count = sizeof dynlib_constants / sizeof *dynlib_constants;

    return (size_t)index < count ? dynlib_constants[index].name : NULL;
}

int dynlib_offer(PyObject *module, core_state *state)
{
    PyTypeObject *class = CORE_NEED_TYPE(state, library_type, &dynlib_spec, NULL);
    size_t i;

    if (class == NULL || PyModule_AddObjectRef(module, "CLibrary", (PyObject *)class) < 0)
        return -1;
    for (i = 0; i < sizeof dynlib_constants / sizeof *dynlib_constants; i++)
        if (PyModule_AddIntConstant(module, dynlib_constants[i].name,
                                    dynlib_constants[i].value) < 0)
            return -1;
    return PyModule_AddFunctions(module, dynlib_functions);
}
