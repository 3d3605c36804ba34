/* ctype.c: the Python types CType and CField: their life, names and attributes.

   ctype_new.c makes and interns types, layout.c completes structs and unions.
   Knows nothing of C data. */
#include "ctype.h"
#include "call_plan.h"
#include <structmember.h>

/* ORDER: ctype_kind. */
static const char *const ctype_kind_names[] = {
    "void", "primitive", "enum", "pointer", "function", "array", "struct", "union",
};
_Static_assert(sizeof(ctype_kind_names) / sizeof(ctype_kind_names[0]) == CTYPE_KIND_COUNT,
               "one name per kind");

PyObject *ctype_wrong_argument(const char *function, int position, PyObject *got)
{
    PyErr_Format(PyExc_TypeError, "%s() argument %d must be " CORE_TYPE_NAME("CType") ", not %.200s",
                 function, position, Py_TYPE(got)->tp_name);
    return NULL;
}

/* ---- life -------------------------------------------------------------- */

static int ctype_traverse(PyObject *self, visitproc visit, void *arg)
{
    ctype *type = (ctype *)self;

    Py_VISIT(Py_TYPE(self));
    Py_VISIT(type->state->module);
    Py_VISIT(type->item);
    switch (type->kind) {
    case CTYPE_ARRAY:
        Py_VISIT(type->u.array.pointer);
        break;
    case CTYPE_STRUCT:
    case CTYPE_UNION:
        Py_VISIT(type->u.record.fields);
        break;
    case CTYPE_FUNCTION:
        Py_VISIT(type->u.function.args);
        break;
    default:
        break;
    }
    return 0;
}

/* Every cycle of types runs through the fields of a record. */
static int ctype_clear(PyObject *self)
{
    ctype *type = (ctype *)self;

    if (ctype_is_record(type)) {
        type->flags |= CTYPE_IS_OPAQUE;
        type->u.record.first = NULL;
        PyMem_Free(type->u.record.table);
        type->u.record.table = NULL;
        Py_CLEAR(type->u.record.fields);
    }
    return 0;
}

/* Takes the dead entry of `type` out of the table of interned types.  Another
   thread may have put a living successor there: that one stays. */
static void ctype_forget(ctype *type)
{
    PyObject *table = type->state->ctype_table;
    PyObject *entry, *alive, *kind, *value, *trace;

    if (type->key == NULL || table == NULL)
        return;
    PyErr_Fetch(&kind, &value, &trace);
    Py_BEGIN_CRITICAL_SECTION(table);
    entry = PyDict_GetItemWithError(table, type->key);
    alive = compat_weakref_get(entry);
    if (entry != NULL && alive == NULL && PyDict_DelItem(table, type->key) < 0)
        PyErr_Clear();
    Py_END_CRITICAL_SECTION();
    Py_XDECREF(alive);
    PyErr_Restore(kind, value, trace);
}

static void ctype_dealloc(PyObject *self)
{
    ctype *type = (ctype *)self;
    PyTypeObject *python_type = Py_TYPE(self);
    PyObject *module = type->state->module;     /* holds the state */

    PyObject_GC_UnTrack(self);
    if (type->weakrefs != NULL)
        PyObject_ClearWeakRefs(self);
    ctype_forget(type);
    switch (type->kind) {
    case CTYPE_ARRAY:
        Py_XDECREF(type->u.array.pointer);
        break;
    case CTYPE_STRUCT:
    case CTYPE_UNION:
        PyMem_Free(type->u.record.table);
        Py_XDECREF(type->u.record.fields);
        break;
    case CTYPE_ENUM:
        Py_XDECREF(type->u.enumeration.by_name);
        Py_XDECREF(type->u.enumeration.by_value);
        break;
    case CTYPE_FUNCTION:
        call_plan_free(type->u.function.plan);
        Py_XDECREF(type->u.function.args);
        break;
    default:
        break;
    }
    Py_XDECREF(type->item);
    Py_XDECREF(type->name);
    Py_XDECREF(type->pointer_to);
    Py_XDECREF(type->open_array);
    Py_XDECREF(type->key);
    PyObject_GC_Del(self);
    Py_DECREF(python_type);
    Py_DECREF(module);
}

/* ---- names ------------------------------------------------------------- */

PyObject *ctype_name_with(ctype *type, const char *declarator)
{
    PyObject *before, *after, *result = NULL;
    Py_ssize_t length = PyUnicode_GET_LENGTH(type->name);

    before = PyUnicode_Substring(type->name, 0, type->name_position);
    after = PyUnicode_Substring(type->name, type->name_position, length);
    if (before != NULL && after != NULL)
        result = PyUnicode_FromFormat("%U%s%U", before, declarator, after);
    Py_XDECREF(before);
    Py_XDECREF(after);
    return result;
}

static PyObject *ctype_repr(PyObject *self)
{
    return PyUnicode_FromFormat("<ctype '%U'>", ((ctype *)self)->name);
}

/* ---- attributes -------------------------------------------------------- */

static PyObject *ctype_no_attribute(const char *name)
{
    PyErr_SetString(PyExc_AttributeError, name);
    return NULL;
}

static PyObject *ctype_get_kind(PyObject *self, void *Py_UNUSED(closure))
{
    return PyUnicode_FromString(ctype_kind_names[((ctype *)self)->kind]);
}

static PyObject *ctype_get_cname(PyObject *self, void *Py_UNUSED(closure))
{
    return Py_NewRef(((ctype *)self)->name);
}

static PyObject *ctype_get_item(PyObject *self, void *Py_UNUSED(closure))
{
    ctype *type = (ctype *)self;

    if (type->kind != CTYPE_POINTER && type->kind != CTYPE_ARRAY)
        return ctype_no_attribute("item");
    return Py_NewRef((PyObject *)type->item);
}

static PyObject *ctype_get_length(PyObject *self, void *Py_UNUSED(closure))
{
    ctype *type = (ctype *)self;

    if (type->kind != CTYPE_ARRAY)
        return ctype_no_attribute("length");
    if (type->u.array.length < 0)
        Py_RETURN_NONE;
    return PyLong_FromSsize_t(type->u.array.length);
}

static PyObject *ctype_get_fields(PyObject *self, void *Py_UNUSED(closure))
{
    ctype *type = (ctype *)self;
    PyObject *list;

    if (!ctype_is_record(type))
        return ctype_no_attribute("fields");
    if (type->flags & CTYPE_IS_OPAQUE)
        Py_RETURN_NONE;
    list = PyList_New(0);
    if (list == NULL)
        return NULL;
    for (cfield *field = type->u.record.first; field != NULL; field = field->next) {
        PyObject *pair = PyTuple_Pack(2, field->name, field);
        int failed = pair == NULL || PyList_Append(list, pair) < 0;

        Py_XDECREF(pair);
        if (failed) {
            Py_DECREF(list);
            return NULL;
        }
    }
    return list;
}

static PyObject *ctype_get_args(PyObject *self, void *Py_UNUSED(closure))
{
    ctype *type = (ctype *)self;

    if (type->kind != CTYPE_FUNCTION)
        return ctype_no_attribute("args");
    return Py_NewRef(type->u.function.args);
}

static PyObject *ctype_get_result(PyObject *self, void *Py_UNUSED(closure))
{
    ctype *type = (ctype *)self;

    if (type->kind != CTYPE_FUNCTION)
        return ctype_no_attribute("result");
    return Py_NewRef((PyObject *)type->item);
}

static PyObject *ctype_get_ellipsis(PyObject *self, void *Py_UNUSED(closure))
{
    ctype *type = (ctype *)self;

    if (type->kind != CTYPE_FUNCTION)
        return ctype_no_attribute("ellipsis");
    return PyBool_FromLong(type->u.function.ellipsis);
}

static PyObject *ctype_get_abi(PyObject *self, void *Py_UNUSED(closure))
{
    ctype *type = (ctype *)self;

    if (type->kind != CTYPE_FUNCTION)
        return ctype_no_attribute("abi");
    return PyLong_FromLong(type->u.function.abi);
}

static PyObject *ctype_get_elements(PyObject *self, void *Py_UNUSED(closure))
{
    ctype *type = (ctype *)self;

    if (type->kind != CTYPE_ENUM)
        return ctype_no_attribute("elements");
    return PyDict_Copy(type->u.enumeration.by_value);
}

static PyObject *ctype_get_relements(PyObject *self, void *Py_UNUSED(closure))
{
    ctype *type = (ctype *)self;

    if (type->kind != CTYPE_ENUM)
        return ctype_no_attribute("relements");
    return PyDict_Copy(type->u.enumeration.by_name);
}

static PyGetSetDef ctype_getset[] = {
    {"kind", ctype_get_kind, NULL, "'void', 'primitive', 'enum', 'pointer', ...", NULL},
    {"cname", ctype_get_cname, NULL, "the type written in C", NULL},
    {"item", ctype_get_item, NULL, "pointer: its target; array: the type of its items", NULL},
    {"length", ctype_get_length, NULL, "array: number of items, None for T[]", NULL},
    {"fields", ctype_get_fields, NULL, "struct, union: [(name, CField)], None while opaque", NULL},
    {"args", ctype_get_args, NULL, "function: tuple of the arguments' types", NULL},
    {"result", ctype_get_result, NULL, "function: the result's type", NULL},
    {"ellipsis", ctype_get_ellipsis, NULL, "function: True if variadic", NULL},
    {"abi", ctype_get_abi, NULL, "function: the calling convention", NULL},
    {"elements", ctype_get_elements, NULL, "enum: {value: name}", NULL},
    {"relements", ctype_get_relements, NULL, "enum: {name: value}", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

/* dir() lists only what this type has. */
static PyObject *ctype_dir(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    PyObject *names = PyList_New(0);

    for (PyGetSetDef *row = ctype_getset; names != NULL && row->name != NULL; row++) {
        PyObject *value = row->get(self, NULL);
        PyObject *name = NULL;

        if (value == NULL) {
            PyErr_Clear();
            continue;
        }
        Py_DECREF(value);
        name = PyUnicode_FromString(row->name);
        if (name == NULL || PyList_Append(names, name) < 0)
            Py_CLEAR(names);
        Py_XDECREF(name);
    }
    return names;
}

static PyMethodDef ctype_methods[] = {
    {"__dir__", ctype_dir, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef ctype_members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(ctype, weakrefs), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot ctype_slots[] = {
    {Py_tp_doc, "A C type.  Equal types are the same object."},
    {Py_tp_dealloc, (void *)ctype_dealloc},
    {Py_tp_traverse, (void *)ctype_traverse},
    {Py_tp_clear, (void *)ctype_clear},
    {Py_tp_repr, (void *)ctype_repr},
    COMPAT_NO_NEW_SLOT
    {Py_tp_getset, ctype_getset},
    {Py_tp_methods, ctype_methods},
    {Py_tp_members, ctype_members},
    {0, NULL},
};

static PyType_Spec ctype_spec = {
    .name = CORE_TYPE_NAME("CType"),
    .basicsize = sizeof(ctype),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION |
             Py_TPFLAGS_IMMUTABLETYPE,
    .slots = ctype_slots,
};

/* ---- CField ------------------------------------------------------------ */

static int cfield_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((cfield *)self)->type);
    return 0;
}

static void cfield_dealloc(PyObject *self)
{
    PyTypeObject *python_type = Py_TYPE(self);

    PyObject_GC_UnTrack(self);
    Py_XDECREF(((cfield *)self)->name);
    Py_XDECREF(((cfield *)self)->type);
    PyObject_GC_Del(self);
    Py_DECREF(python_type);
}

static PyObject *cfield_get_bitsize(PyObject *self, void *Py_UNUSED(closure))
{
    short bitsize = ((cfield *)self)->bitsize;

    return PyLong_FromLong(bitsize > 0 ? bitsize : -1);
}

static PyGetSetDef cfield_getset[] = {
    {"bitsize", cfield_get_bitsize, NULL, "bits of a bit-field, else -1", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMemberDef cfield_members[] = {
    {"type", T_OBJECT, offsetof(cfield, type), READONLY, "CType of the member"},
    {"offset", T_PYSSIZET, offsetof(cfield, offset), READONLY, "bytes from the start"},
    {"bitshift", T_SHORT, offsetof(cfield, bitshift), READONLY,
     "bits from the low end of the unit; -1 no bit-field, -2 array of no length"},
    {"flags", T_UBYTE, offsetof(cfield, flags), READONLY, "1: not set by a list initializer"},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot cfield_slots[] = {
    {Py_tp_doc, "A member of a struct or union."},
    {Py_tp_dealloc, (void *)cfield_dealloc},
    {Py_tp_traverse, (void *)cfield_traverse},
    COMPAT_NO_NEW_SLOT
    {Py_tp_getset, cfield_getset},
    {Py_tp_members, cfield_members},
    {0, NULL},
};

static PyType_Spec cfield_spec = {
    .name = CORE_TYPE_NAME("CField"),
    .basicsize = sizeof(cfield),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION |
             Py_TPFLAGS_IMMUTABLETYPE,
    .slots = cfield_slots,
};

/* ---- module functions -------------------------------------------------- */

static PyObject *ctype_getcname(PyObject *module, PyObject *args)
{
    core_state *state = core_state_of(module);
    PyObject *type;
    const char *declarator;

    if (!PyArg_ParseTuple(args, "O!s:getcname", CORE_TYPE(state, ctype_type), &type, &declarator))
        return NULL;
    return ctype_name_with((ctype *)type, declarator);
}

static PyObject *ctype_alignof(PyObject *module, PyObject *object)
{
    if (!CTYPE_CHECK(core_state_of(module), object)) {
        PyErr_Format(PyExc_TypeError, "expected a 'ctype' object, not %.200s",
                     Py_TYPE(object)->tp_name);
        return NULL;
    }
    if (((ctype *)object)->align == 0) {
        PyErr_Format(PyExc_ValueError, "ctype '%U' is of unknown alignment",
                     ((ctype *)object)->name);
        return NULL;
    }
    return PyLong_FromLong(((ctype *)object)->align);
}

/* The member `name` of `type`: its type (borrowed) and offset. */
static ctype *ctype_member_by_name(ctype *type, PyObject *name, int following, Py_ssize_t *offset)
{
    cfield *field;

    if (!following && type->kind == CTYPE_POINTER)
        type = type->item;
    if (!ctype_is_record(type)) {
        PyErr_Format(PyExc_TypeError,
                     "with a field name argument, expected a struct or union ctype, not '%U'",
                     type->name);
        return NULL;
    }
    if (type->flags & CTYPE_IS_OPAQUE) {
        PyErr_Format(PyExc_TypeError, "struct/union is opaque: '%U'", type->name);
        return NULL;
    }
    field = ctype_find_field(type, name);
    if (field == NULL) {
        if (!PyErr_Occurred())
            PyErr_SetObject(PyExc_KeyError, name);
        return NULL;
    }
    if (field->bitshift >= 0) {
        PyErr_Format(PyExc_TypeError, "not supported for bitfields: '%U.%U'", type->name, name);
        return NULL;
    }
    *offset = field->offset;
    return field->type;
}

static ctype *ctype_member_by_index(ctype *type, Py_ssize_t index, Py_ssize_t *offset)
{
    if ((type->kind != CTYPE_POINTER && type->kind != CTYPE_ARRAY) || type->item->size < 0) {
        PyErr_Format(PyExc_TypeError, "with an integer argument, expected an array ctype or a "
                     "pointer to non-opaque, not '%U'", type->name);
        return NULL;
    }
    if (__builtin_mul_overflow(index, type->item->size, offset)) {
        PyErr_SetString(PyExc_OverflowError, "array offset would overflow a Py_ssize_t");
        return NULL;
    }
    return type->item;
}

ctype *ctype_member(ctype *type, PyObject *which, int following, Py_ssize_t *offset)
{
    Py_ssize_t index;

    if (PyUnicode_Check(which))
        return ctype_member_by_name(type, which, following, offset);
    if (!PyIndex_Check(which)) {
        PyErr_Format(PyExc_TypeError, "field name or array index expected, not %.200s",
                     Py_TYPE(which)->tp_name);
        return NULL;
    }
    index = PyNumber_AsSsize_t(which, PyExc_OverflowError);
    if (index == -1 && PyErr_Occurred()) {
        if (PyErr_ExceptionMatches(PyExc_OverflowError))
            PyErr_Format(PyExc_TypeError, "field name or array index expected, not %R", which);
        return NULL;
    }
    return ctype_member_by_index(type, index, offset);
}

/* typeoffsetof(ctype, field name or index, following=0) -> (ctype, bytes) */
static PyObject *ctype_typeoffsetof(PyObject *module, PyObject *args)
{
    core_state *state = core_state_of(module);
    PyObject *type, *which;
    int following = 0;
    Py_ssize_t offset = 0;
    ctype *found;

    if (!PyArg_ParseTuple(args, "O!O|i:typeoffsetof", CORE_TYPE(state, ctype_type), &type, &which,
                          &following))
        return NULL;
    found = ctype_member((ctype *)type, which, following, &offset);
    return found == NULL ? NULL : Py_BuildValue("On", found, offset);
}

static PyObject *ctype_get_types(PyObject *module, PyObject *Py_UNUSED(ignored))
{
    core_state *state = core_state_of(module);

    return PyTuple_Pack(2, state->cdata_type, state->ctype_type);
}

static PyMethodDef ctype_functions[] = {
    {"getcname", ctype_getcname, METH_VARARGS, "getcname(ctype, declarator) -> str"},
    {"alignof", ctype_alignof, METH_O, "alignof(ctype) -> bytes"},
    {"typeoffsetof", ctype_typeoffsetof, METH_VARARGS,
     "typeoffsetof(ctype, name or index, following=0) -> (ctype, bytes)"},
    {"_get_types", ctype_get_types, METH_NOARGS, "_get_types() -> (CData, CType)"},
    {NULL, NULL, 0, NULL},
};

PyTypeObject *ctype_field_class(core_state *state)
{
    return CORE_NEED_TYPE(state, cfield_type, &cfield_spec, NULL);
}

int ctype_init(PyObject *module, core_state *state)
{
    state->ctype_type = PyType_FromModuleAndSpec(module, &ctype_spec, NULL);
    return state->ctype_type == NULL ? -1 : ctype_new_init(state);
}

int ctype_offer(PyObject *module, core_state *state)
{
    if (core_publish_type(state, CORE_TYPE(state, ctype_type)) < 0 ||
        core_publish_type(state, ctype_field_class(state)) < 0 ||
        ctype_new_offer(module) < 0 || ctype_record_offer(module) < 0)
        return -1;
    return PyModule_AddFunctions(module, ctype_functions);
}
