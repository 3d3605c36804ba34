/* cdata_typed.c: by_type(function, types, like): a function that looks up its
   first argument, `function(types[cdecl], ...)`.

   What the front end's `ffi.new` and `ffi.cast` are here, without a Python frame
   between the caller and the core.  Knows nothing of C data itself. */
#include "core.h"
#include "ctype.h"
#include "cdata.h"
#include <structmember.h>

typedef struct cdata_typed {
    PyObject_HEAD
    vectorcallfunc call;
    PyObject *function;         /* owned: called with a ctype first */
    PyObject *types;            /* owned dict, with __missing__: cdecl -> ctype */
    PyObject *like;             /* owned: the same in Python; takes keywords, documents */
    PyObject *weakrefs;
} cdata_typed;

#define CDATA_TYPED_ARGUMENTS 4

static PyObject *cdata_typed_call(PyObject *object, PyObject *const *args, size_t flags,
                                  PyObject *names)
{
    cdata_typed *self = (cdata_typed *)object;
    Py_ssize_t count = PyVectorcall_NARGS(flags);
    PyObject *forwarded[CDATA_TYPED_ARGUMENTS], *type = NULL, *result;

    if (COMPAT_LIKELY(names == NULL && count >= 1 && count <= CDATA_TYPED_ARGUMENTS))
        type = PyDict_GetItemWithError(self->types, args[0]);
    if (COMPAT_UNLIKELY(type == NULL)) {
        /* The first time, keywords, wrong arguments. */
        PyErr_Clear();
        return PyObject_Vectorcall(self->like, args, flags & ~PY_VECTORCALL_ARGUMENTS_OFFSET,
                                   names);
    }
    forwarded[0] = Py_NewRef(type);
    for (Py_ssize_t i = 1; i < count; i++)
        forwarded[i] = args[i];
    result = PyObject_Vectorcall(self->function, forwarded, (size_t)count, NULL);
    Py_DECREF(type);
    return result;
}

/* No tp_clear: a cycle runs through the dict `types` or the attributes of an
   FFI, which have one. */
static int cdata_typed_traverse(PyObject *object, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(((cdata_typed *)object)->function);
    Py_VISIT(((cdata_typed *)object)->types);
    Py_VISIT(((cdata_typed *)object)->like);
    return 0;
}

static void cdata_typed_dealloc(PyObject *object)
{
    cdata_typed *self = (cdata_typed *)object;
    PyTypeObject *python_type = Py_TYPE(object);

    PyObject_GC_UnTrack(object);
    if (self->weakrefs != NULL)
        PyObject_ClearWeakRefs(object);
    Py_DECREF(self->function);
    Py_DECREF(self->types);
    Py_DECREF(self->like);
    PyObject_GC_Del(object);
    Py_DECREF(python_type);
}

/* Name, documentation, signature and the rest are those of `like`. */
static PyObject *cdata_typed_getattro(PyObject *object, PyObject *name)
{
    return PyObject_GetAttr(((cdata_typed *)object)->like, name);
}

static PyObject *cdata_typed_repr(PyObject *object)
{
    return PyObject_Repr(((cdata_typed *)object)->like);
}

static PyMemberDef cdata_typed_members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(cdata_typed, call), READONLY, NULL},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(cdata_typed, weakrefs), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot cdata_typed_slots[] = {
    {Py_tp_dealloc, (void *)cdata_typed_dealloc},
    {Py_tp_traverse, (void *)cdata_typed_traverse},
    {Py_tp_repr, (void *)cdata_typed_repr},
    {Py_tp_getattro, (void *)cdata_typed_getattro},
    {Py_tp_call, (void *)PyVectorcall_Call},
    {Py_tp_members, cdata_typed_members},
    COMPAT_NO_NEW_SLOT
    {0, NULL},
};

static PyType_Spec cdata_typed_spec = {
    .name = CORE_TYPE_NAME("__TypedFunction"),
    .basicsize = sizeof(cdata_typed),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL |
             Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = cdata_typed_slots,
};

/* by_type(function, types, like) */
static PyObject *cdata_py_by_type(PyObject *module, PyObject *args)
{
    core_state *state = core_state_of(module);
    PyObject *function, *types, *like;
    cdata_typed *self;

    if (!PyArg_ParseTuple(args, "OO!O:by_type", &function, &PyDict_Type, &types, &like))
        return NULL;
    if (!PyCallable_Check(function) || !PyCallable_Check(like)) {
        PyErr_Format(PyExc_TypeError, "by_type() needs two callables, not %.200s and %.200s",
                     Py_TYPE(function)->tp_name, Py_TYPE(like)->tp_name);
        return NULL;
    }
    self = PyObject_GC_New(cdata_typed, CORE_TYPE(state, typed_function_type));
    if (self == NULL)
        return NULL;
    self->call = cdata_typed_call;
    self->function = Py_NewRef(function);
    self->types = Py_NewRef(types);
    self->like = Py_NewRef(like);
    self->weakrefs = NULL;
    PyObject_GC_Track((PyObject *)self);
    return (PyObject *)self;
}

static PyMethodDef cdata_typed_functions[] = {
    {"by_type", cdata_py_by_type, METH_VARARGS,
     "by_type(function, types, like): calls function(types[cdecl], ...); what is not in the dict,\n"
     "and keywords, go to like(cdecl, ...)"},
    {NULL, NULL, 0, NULL},
};

int cdata_typed_init(PyObject *module, core_state *state)
{
    state->typed_function_type = cdata_make_type(module, &cdata_typed_spec, NULL);
    return state->typed_function_type == NULL ? -1
                                              : PyModule_AddFunctions(module, cdata_typed_functions);
}
