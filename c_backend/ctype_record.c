/* ctype_record.c: new structs, unions and enums.

   Unlike the types of ctype_new.c they are not interned: each call makes another one.
   layout.c gives a record its fields. */
#include "core.h"
#include "ctype.h"
#include "convert.h"

/* ---- structs and unions ------------------------------------------------- */

ctype *ctype_new_record(core_state *state, PyObject *name, ctype_kind kind)
{
    ctype *type = ctype_new_bare(state, kind, Py_NewRef(name), PyUnicode_GET_LENGTH(name));

    if (type == NULL)
        return NULL;
    type->flags = CTYPE_IS_OPAQUE;
    if (PyUnicode_CompareWithASCIIString(name, "struct _IO_FILE") == 0 ||
        PyUnicode_CompareWithASCIIString(name, "FILE") == 0)
        type->flags |= CTYPE_IS_FILE;
    return ctype_new_finish(type);
}

static PyObject *ctype_py_new_record(PyObject *module, PyObject *name, ctype_kind kind)
{
    if (!PyUnicode_Check(name)) {
        PyErr_Format(PyExc_TypeError, "%s() argument 1 must be str, not %.200s",
                     kind == CTYPE_STRUCT ? "new_struct_type" : "new_union_type",
                     Py_TYPE(name)->tp_name);
        return NULL;
    }
    return (PyObject *)ctype_new_record(core_state_of(module), name, kind);
}

static PyObject *ctype_py_new_struct(PyObject *module, PyObject *name)
{
    return ctype_py_new_record(module, name, CTYPE_STRUCT);
}

static PyObject *ctype_py_new_union(PyObject *module, PyObject *name)
{
    return ctype_py_new_record(module, name, CTYPE_UNION);
}

/* `FILE`, which Python files convert to: one type for everybody. */
static PyObject *ctype_py_file_type(PyObject *module, PyObject *Py_UNUSED(ignored))
{
    return Py_NewRef(core_state_of(module)->file_type);
}

/* ---- enums --------------------------------------------------------------- */

/* Fills the two dicts; each value must fit the underlying type. */
static int ctype_fill_enum(ctype *type, PyObject *names, PyObject *values)
{
    Py_ssize_t count = PyTuple_GET_SIZE(names);

    type->u.enumeration.by_name = PyDict_New();
    type->u.enumeration.by_value = PyDict_New();
    if (type->u.enumeration.by_name == NULL || type->u.enumeration.by_value == NULL)
        return -1;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i), *value = PyTuple_GET_ITEM(values, i);
        char memory[16];

        if (!PyUnicode_Check(name)) {
            PyErr_Format(PyExc_TypeError, "enumerators must be a list of strings, not %.200s",
                         Py_TYPE(name)->tp_name);
            return -1;
        }
        if (convert_store(type->item, memory, value) < 0 ||
            PyDict_SetItem(type->u.enumeration.by_name, name, value) < 0 ||
            PyDict_SetDefault(type->u.enumeration.by_value, value, name) == NULL)
            return -1;
    }
    return 0;
}

ctype *ctype_new_enum(ctype *base, PyObject *name, PyObject *names, PyObject *values)
{
    ctype *type = ctype_new_bare(base->state, CTYPE_ENUM, Py_NewRef(name),
                                 PyUnicode_GET_LENGTH(name));

    if (type == NULL)
        return NULL;
    type->item = (ctype *)Py_NewRef((PyObject *)base);
    type->size = base->size;
    type->align = base->align;
    type->class_ = base->class_;
    if (ctype_fill_enum(type, names, values) < 0) {
        PyObject_GC_Track((PyObject *)type);
        Py_DECREF(type);
        return NULL;
    }
    return ctype_new_finish(type);
}

static PyObject *ctype_py_new_enum(PyObject *module, PyObject *args)
{
    core_state *state = core_state_of(module);
    PyObject *name, *names, *values;
    ctype *base;

    if (!PyArg_ParseTuple(args, "O!O!O!O!:new_enum_type", &PyUnicode_Type, &name, &PyTuple_Type,
                          &names, &PyTuple_Type, &values, CORE_TYPE(state, ctype_type), &base))
        return NULL;
    if (PyTuple_GET_SIZE(names) != PyTuple_GET_SIZE(values)) {
        PyErr_Format(PyExc_ValueError, "tuple args must have the same size: %zd names, %zd values",
                     PyTuple_GET_SIZE(names), PyTuple_GET_SIZE(values));
        return NULL;
    }
    if (base->kind != CTYPE_PRIMITIVE ||
        (base->class_ != CTYPE_CLASS_SIGNED && base->class_ != CTYPE_CLASS_UNSIGNED)) {
        PyErr_Format(PyExc_TypeError, "expected a primitive signed or unsigned base type, not '%U'",
                     base->name);
        return NULL;
    }
    return (PyObject *)ctype_new_enum(base, name, names, values);
}

static PyMethodDef ctype_record_functions[] = {
    {"new_struct_type", ctype_py_new_struct, METH_O, "new_struct_type(name) -> opaque ctype"},
    {"new_union_type", ctype_py_new_union, METH_O, "new_union_type(name) -> opaque ctype"},
    {"file_type", ctype_py_file_type, METH_NOARGS, "file_type() -> the ctype of FILE"},
    {"new_enum_type", ctype_py_new_enum, METH_VARARGS,
     "new_enum_type(name, enumerators, values, base ctype) -> ctype"},
    {NULL, NULL, 0, NULL},
};

int ctype_record_init(core_state *state)
{
    PyObject *name = PyUnicode_FromString("FILE");

    if (name == NULL)
        return -1;
    state->file_type = (PyObject *)ctype_new_record(state, name, CTYPE_STRUCT);
    Py_DECREF(name);
    return state->file_type == NULL ? -1 : 0;
}

int ctype_record_offer(PyObject *module)
{
    return PyModule_AddFunctions(module, ctype_record_functions);
}
