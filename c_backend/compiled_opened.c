/* compiled_opened.c: a library that an ABI-mode module opened with `ffi.dlopen`.

   Makes its functions, which is all that most programs use.  For everything else, such
   as variables, and whenever anything is wrong, it opens the library again with
   cffi_like/library.py and lets that answer. */
#include "core.h"
#include "compiled.h"
#include "cdata.h"
#include "dynlib.h"
#include "ffi_core.h"

typedef struct compiled_opened {
    PyObject_HEAD
    compiled_reader *reader;    /* owned */
    PyObject *handle;           /* owned CLibrary; NULL: closed */
    PyObject *name;             /* owned: what ffi.dlopen() got */
    PyObject *flags;            /* owned int */
    PyObject *functions;        /* owned dict: name -> function */
    PyObject *python;           /* owned: what library.py opened; NULL: not needed yet */
} compiled_opened;

/* The same library in Python: borrowed, or NULL with an error. */
static PyObject *compiled_opened_python(compiled_opened *self)
{
    PyObject *ffi, *library = NULL;

    if (self->python != NULL)
        return self->python;
    if (compiled_lock(self->reader) < 0)
        return NULL;
    ffi = Py_XNewRef(self->reader->ffi);
    if (ffi == NULL)
        PyErr_SetString(PyExc_RuntimeError, "the 'ffi' of this library is gone");
    else if (self->python == NULL && compiled_ffi_to_python((ffi_core *)ffi) == 0)
        library = compiled_in_python("open_library", ffi, self->name, self->flags, NULL);
    if (library != NULL && self->python == NULL)
        self->python = Py_NewRef(library);
    compiled_unlock(self->reader);
    Py_XDECREF(library);
    Py_XDECREF(ffi);
    return self->python;
}

/* --- attributes ------------------------------------------------------------ */

/* Gives up, or has an error.  The lock is held. */
static PyObject *compiled_opened_make(compiled_opened *self, PyObject *name)
{
    compiled_code entry;
    PyObject *parameters = NULL, *function = NULL;
    ctype *type = NULL;
    int keeps_gil;

    if (compiled_find_name(self->reader, COMPILED_FUNCTIONS, name, &entry) <= 0 ||
        entry.count != 0)
        return NULL;
    type = compiled_function_type(self->reader, entry, &parameters, &keeps_gil);
    if (type != NULL)
        function = PyObject_CallMethod(self->handle, "load_function", "OOiO", type, name,
                                       !keeps_gil, parameters);
    Py_XDECREF(type);
    Py_XDECREF(parameters);
    if (function != NULL && PyDict_SetItem(self->functions, name, function) < 0)
        Py_CLEAR(function);
    return function;
}

static PyObject *compiled_opened_getattro(PyObject *object, PyObject *name)
{
    compiled_opened *self = (compiled_opened *)object;
    PyObject *found = compat_dict_get(self->functions, name), *python;

    if (COMPAT_LIKELY(found != NULL) || PyErr_Occurred())
        return found;
    if (self->python == NULL) {
        if (compiled_lock(self->reader) < 0)
            return NULL;
        found = self->handle == NULL ? NULL : compiled_opened_make(self, name);
        compiled_unlock(self->reader);
        if (found != NULL)
            return found;
        PyErr_Clear();          /* Python meets the same, and words it */
    }
    python = compiled_opened_python(self);
    return python == NULL ? NULL : PyObject_GetAttr(python, name);
}

static int compiled_opened_setattro(PyObject *object, PyObject *name, PyObject *value)
{
    PyObject *python = compiled_opened_python((compiled_opened *)object);

    return python == NULL ? -1 : PyObject_SetAttr(python, name, value);
}

static PyObject *compiled_opened_repr(PyObject *object)
{
    PyObject *python = compiled_opened_python((compiled_opened *)object);

    return python == NULL ? NULL : PyObject_Repr(python);
}

/* --- methods of the type, for ffi_methods.py and ffi.py ---------------------- */

static PyObject *compiled_opened_dir(PyObject *object, PyObject *Py_UNUSED(ignored))
{
    PyObject *python = compiled_opened_python((compiled_opened *)object);

    return python == NULL ? NULL : PyObject_Dir(python);
}

static PyObject *compiled_opened_addressof(PyObject *object, PyObject *args)
{
    PyObject *python = compiled_opened_python((compiled_opened *)object), *method, *result;

    method = python == NULL ? NULL : PyObject_GetAttrString((PyObject *)Py_TYPE(python),
                                                            "__cffi_addressof__");
    if (method == NULL)
        return NULL;
    result = PyTuple_GET_SIZE(args) == 1
                 ? PyObject_CallFunctionObjArgs(method, python, PyTuple_GET_ITEM(args, 0), NULL)
                 : NULL;
    if (result == NULL && !PyErr_Occurred())
        PyErr_SetString(PyExc_TypeError, "addressof(lib, name) takes one name");
    Py_DECREF(method);
    return result;
}

static PyObject *compiled_opened_close(PyObject *object, PyObject *Py_UNUSED(ignored))
{
    compiled_opened *self = (compiled_opened *)object;
    PyObject *python = compiled_opened_python(self), *handle, *done;

    done = python == NULL ? NULL : PyObject_CallMethod((PyObject *)Py_TYPE(python),
                                                       "__cffi_close__", "O", python);
    if (done == NULL || compiled_lock(self->reader) < 0) {
        Py_XDECREF(done);
        return NULL;
    }
    handle = self->handle;
    self->handle = NULL;
    PyDict_Clear(self->functions);
    compiled_unlock(self->reader);
    if (handle != NULL) {
        Py_SETREF(done, PyObject_CallMethod(handle, "close_lib", NULL));
        Py_DECREF(handle);
    }
    return done;
}

static PyMethodDef compiled_opened_methods[] = {
    {"__dir__", compiled_opened_dir, METH_NOARGS, PyDoc_STR("All names, sorted.")},
    {"__cffi_addressof__", compiled_opened_addressof, METH_VARARGS,
     PyDoc_STR("A pointer to a function or variable; AttributeError for the others.")},
    {"__cffi_close__", compiled_opened_close, METH_NOARGS,
     PyDoc_STR("Closes the library: its functions raise ValueError from now on.")},
    {NULL, NULL, 0, NULL},
};

/* --- the type -------------------------------------------------------------- */

static int compiled_opened_traverse(PyObject *object, visitproc visit, void *arg)
{
    compiled_opened *self = (compiled_opened *)object;

    Py_VISIT(Py_TYPE(object));
    Py_VISIT(self->reader);
    Py_VISIT(self->functions);
    Py_VISIT(self->python);
    return 0;
}

static int compiled_opened_clear(PyObject *object)
{
    /* The dict itself is needed as long as the object can be asked. */
    PyDict_Clear(((compiled_opened *)object)->functions);
    Py_CLEAR(((compiled_opened *)object)->python);
    return 0;
}

static void compiled_opened_dealloc(PyObject *object)
{
    compiled_opened *self = (compiled_opened *)object;
    PyTypeObject *type = Py_TYPE(object);

    PyObject_GC_UnTrack(object);
    Py_XDECREF(self->functions);
    Py_XDECREF(self->python);
    Py_XDECREF(self->handle);
    Py_XDECREF(self->name);
    Py_XDECREF(self->flags);
    Py_XDECREF(self->reader);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyType_Slot compiled_opened_slots[] = {
    {Py_tp_doc, (void *)PyDoc_STR("The functions, variables and constants of a library that the\n"
                                  "`ffi` of a generated module opened: see Library.")},
    {Py_tp_dealloc, (void *)compiled_opened_dealloc},
    {Py_tp_traverse, (void *)compiled_opened_traverse},
    {Py_tp_clear, (void *)compiled_opened_clear},
    {Py_tp_repr, (void *)compiled_opened_repr},
    {Py_tp_getattro, (void *)compiled_opened_getattro},
    {Py_tp_setattro, (void *)compiled_opened_setattro},
    {Py_tp_methods, compiled_opened_methods},
    COMPAT_NO_NEW_SLOT
    {0, NULL},
};

static PyType_Spec compiled_opened_spec = {
    .name = CORE_TYPE_NAME("__FFILibrary"),
    .basicsize = sizeof(compiled_opened),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION |
             Py_TPFLAGS_IMMUTABLETYPE,
    .slots = compiled_opened_slots,
};

/* The CLibrary of what needs no search: the program itself, or a file.  Gives up, or has an
   error. */
static PyObject *compiled_opened_load(core_state *state, PyObject *name, int flags)
{
    const char *text = name == Py_None ? NULL : PyUnicode_AsUTF8(name);

    if (name != Py_None &&
        (text == NULL || strpbrk(text, "./") == NULL ||
         (strchr(text, '/') != NULL && (!PyUnicode_IS_ASCII(name) || !compiled_file_is_right(text)))))
        return NULL;
    return dynlib_load(state, name, flags);
}

PyObject *compiled_open_for(compiled_reader *reader, PyObject *name, int flags)
{
    core_state *state = reader->state;
    PyTypeObject *type = CORE_NEED_TYPE(state, compiled_opened_type, &compiled_opened_spec, NULL);
    PyObject *handle = type == NULL ? NULL : compiled_opened_load(state, name, flags);
    compiled_opened *self = handle == NULL ? NULL : (compiled_opened *)type->tp_alloc(type, 0);

    if (self == NULL) {
        Py_XDECREF(handle);
        return NULL;
    }
    self->handle = handle;
    self->reader = (compiled_reader *)Py_NewRef((PyObject *)reader);
    self->name = Py_NewRef(name);
    self->flags = PyLong_FromLong(flags);
    self->functions = PyDict_New();
    if (self->flags == NULL || self->functions == NULL)
        Py_CLEAR(self);
    return (PyObject *)self;
}
