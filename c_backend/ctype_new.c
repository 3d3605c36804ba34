/* ctype_new.c: makes C types; equal ones are made once ("interned").

   The table `state->ctype_table` maps a key (bytes: kind, addresses of the
   parts, numbers) to a weak reference, so a type lives as long as somebody
   uses it.  Primitives and void live as long as the module.  Structs, unions
   and enums are new with each call, as each declaration is.  ctype.c removes a
   dead entry.  Neighbours: convert.h chooses `load` and `store`. */
#include "ctype.h"
#include "convert.h"
#include <ffi.h>

/* What primitives.def says of each. */
typedef struct ctype_primitive_row {
    const char *name;
    unsigned char size, align, class_;
} ctype_primitive_row;

static const ctype_primitive_row ctype_primitive_rows[] = {
#define PRIMITIVE(enumerator, name, type, class_) \
    {name, sizeof(type), _Alignof(type), CTYPE_CLASS_##class_},
#include "primitives.def"
#undef PRIMITIVE
};
_Static_assert(sizeof(ctype_primitive_rows) / sizeof(ctype_primitive_rows[0]) ==
               CTYPE_PRIMITIVE_COUNT, "one row per primitive");

/* A type without parts; its caller fills the rest and tracks it.  Steals
   `name`, which may be NULL with an error set. */
ctype *ctype_new_bare(core_state *state, ctype_kind kind, PyObject *name,
                             Py_ssize_t name_position)
{
    PyTypeObject *python_type = CORE_TYPE(state, ctype_type);
    ctype *type;

    if (name == NULL)
        return NULL;
    type = PyObject_GC_New(ctype, python_type);
    if (type == NULL) {
        Py_DECREF(name);
        return NULL;
    }
    memset((char *)type + sizeof(PyObject), 0, sizeof(ctype) - sizeof(PyObject));
    type->state = state;
    Py_INCREF(state->module);
    type->kind = (uint8_t)kind;
    type->size = -1;
    type->name = name;
    type->name_position = name_position;
    convert_choose(type);
    return type;
}

ctype *ctype_new_finish(ctype *type)
{
    convert_choose(type);
    PyObject_GC_Track((PyObject *)type);
    return type;
}

/* ---- interning --------------------------------------------------------- */

#define CTYPE_KEY_PARTS 4

static PyObject *ctype_key(ctype_kind kind, uintptr_t first, uintptr_t second, uintptr_t third)
{
    uintptr_t parts[CTYPE_KEY_PARTS] = {(uintptr_t)kind, first, second, third};

    return PyBytes_FromStringAndSize((const char *)parts, sizeof(parts));
}

/* The living type under `key`, as a new reference; NULL without an error if
   there is none. */
static ctype *ctype_find_interned(core_state *state, PyObject *key)
{
    PyObject *found = NULL;

    Py_BEGIN_CRITICAL_SECTION(state->ctype_table);
    found = compat_weakref_get(PyDict_GetItemWithError(state->ctype_table, key));
    Py_END_CRITICAL_SECTION();
    return (ctype *)found;
}

/* Enters the finished `type` (stolen) under `key` (stolen).  Returns it, or the
   equal type that another thread entered first. */
static ctype *ctype_intern(ctype *type, PyObject *key)
{
    PyObject *table = type->state->ctype_table;
    PyObject *reference = PyWeakref_NewRef((PyObject *)type, NULL);
    ctype *earlier = NULL;
    int failed = reference == NULL;

    if (!failed) {
        Py_BEGIN_CRITICAL_SECTION(table);
        earlier = (ctype *)compat_weakref_get(PyDict_GetItemWithError(table, key));
        if (earlier == NULL)
            failed = PyDict_SetItem(table, key, reference) < 0;
        Py_END_CRITICAL_SECTION();
    }
    if (!failed && earlier == NULL)
        type->key = Py_NewRef(key);
    Py_XDECREF(reference);
    Py_DECREF(key);
    if (failed || earlier != NULL) {
        Py_DECREF(type);
        return failed ? NULL : earlier;
    }
    return type;
}

/* The type that the slot (`pointer_to` or `open_array`) of `owner` remembers. */
static ctype *ctype_remembered(ctype *owner, PyObject **slot)
{
    PyObject *found;

    (void)owner;                /* unused where the GIL is the lock */
    Py_BEGIN_CRITICAL_SECTION(owner);
    found = compat_weakref_get(*slot);
    Py_END_CRITICAL_SECTION();
    return (ctype *)found;
}

/* Remembers the new `type` (stolen) in the slot; returns it, or the one that
   another thread remembered first. */
static ctype *ctype_remember(ctype *owner, PyObject **slot, ctype *type)
{
    PyObject *reference = PyWeakref_NewRef((PyObject *)type, NULL);
    PyObject *old = NULL;
    ctype *earlier;

    (void)owner;                /* unused where the GIL is the lock */
    if (reference == NULL) {
        Py_DECREF(type);
        return NULL;
    }
    Py_BEGIN_CRITICAL_SECTION(owner);
    earlier = (ctype *)compat_weakref_get(*slot);
    if (earlier == NULL) {
        old = *slot;
        *slot = reference;
    }
    Py_END_CRITICAL_SECTION();
    Py_XDECREF(old);
    if (earlier != NULL) {
        Py_DECREF(reference);
        Py_DECREF(type);
        return earlier;
    }
    return type;
}

/* ---- primitives and void ----------------------------------------------- */

ctype *ctype_new_primitive(core_state *state, ctype_primitive which)
{
    const ctype_primitive_row *row = &ctype_primitive_rows[which];
    PyObject *known = PyList_GET_ITEM(state->primitive_types, which);
    ctype *type;

    if (known != Py_None)
        return (ctype *)Py_NewRef(known);
    type = ctype_new_bare(state, CTYPE_PRIMITIVE, PyUnicode_FromString(row->name),
                          (Py_ssize_t)strlen(row->name));
    if (type == NULL)
        return NULL;
    type->u.primitive.which = which;
    type->size = row->size;
    type->align = row->align;
    type->class_ = row->class_;
    if (type->size == 1 && type->class_ != CTYPE_CLASS_BOOL)
        type->flags |= CTYPE_IS_CHAR_LIKE;
    else if (type->class_ == CTYPE_CLASS_CHAR)
        type->flags |= CTYPE_IS_WIDE_CHAR;
    ctype_new_finish(type);

    Py_BEGIN_CRITICAL_SECTION(state->primitive_types);
    known = PyList_GET_ITEM(state->primitive_types, which);
    if (known == Py_None) {
        PyList_SET_ITEM(state->primitive_types, which, Py_NewRef((PyObject *)type));
        Py_DECREF(Py_None);
    }
    else {
        Py_DECREF(type);
        type = (ctype *)Py_NewRef(known);
    }
    Py_END_CRITICAL_SECTION();
    return type;
}

static PyObject *ctype_py_new_primitive(PyObject *module, PyObject *name)
{
    if (!PyUnicode_Check(name)) {
        PyErr_Format(PyExc_TypeError, "new_primitive_type() argument 1 must be str, not %.200s",
                     Py_TYPE(name)->tp_name);
        return NULL;
    }
    if (PyUnicode_CompareWithASCIIString(name, "float _Complex") == 0)
        return (PyObject *)ctype_new_primitive(core_state_of(module), CTYPE_FLOAT_COMPLEX);
    if (PyUnicode_CompareWithASCIIString(name, "double _Complex") == 0)
        return (PyObject *)ctype_new_primitive(core_state_of(module), CTYPE_DOUBLE_COMPLEX);
    for (int i = 0; i < CTYPE_PRIMITIVE_COUNT; i++)
        if (PyUnicode_CompareWithASCIIString(name, ctype_primitive_rows[i].name) == 0)
            return (PyObject *)ctype_new_primitive(core_state_of(module), (ctype_primitive)i);
    PyErr_SetObject(PyExc_KeyError, name);
    return NULL;
}

static PyObject *ctype_py_new_void(PyObject *module, PyObject *Py_UNUSED(ignored))
{
    return Py_NewRef(core_state_of(module)->void_type);
}

/* ---- pointers and arrays ----------------------------------------------- */

ctype *ctype_new_pointer(ctype *target)
{
    ctype *type = ctype_remembered(target, &target->pointer_to);
    const char *declarator = target->kind == CTYPE_ARRAY ? "(*)" : " *";

    if (type != NULL)
        return type;
    type = ctype_new_bare(target->state, CTYPE_POINTER, ctype_name_with(target, declarator),
                          target->name_position + 2);
    if (type == NULL)
        return NULL;
    type->item = (ctype *)Py_NewRef((PyObject *)target);
    type->size = sizeof(void *);
    type->align = _Alignof(void *);
    type->class_ = CTYPE_CLASS_POINTER;
    if (target->kind == CTYPE_VOID)
        type->flags |= CTYPE_IS_VOID_PTR;
    return ctype_remember(target, &target->pointer_to, ctype_new_finish(type));
}

static ctype *ctype_make_array(ctype *pointer, Py_ssize_t length)
{
    ctype *item = pointer->item, *type;
    char declarator[32];
    Py_ssize_t size = -1;

    if (item->size < 0) {
        PyErr_Format(PyExc_ValueError, "array item of unknown size: '%U'", item->name);
        return NULL;
    }
    if (length < 0)
        strcpy(declarator, "[]");
    else {
        snprintf(declarator, sizeof(declarator), "[%zd]", length);
        if (__builtin_mul_overflow(length, item->size, &size)) {
            PyErr_SetString(PyExc_OverflowError, "array size would overflow a Py_ssize_t");
            return NULL;
        }
    }
    type = ctype_new_bare(pointer->state, CTYPE_ARRAY, ctype_name_with(item, declarator),
                          item->name_position);
    if (type == NULL)
        return NULL;
    type->u.array.length = length;
    type->u.array.pointer = (ctype *)Py_NewRef((PyObject *)pointer);
    type->item = (ctype *)Py_NewRef((PyObject *)item);
    type->size = size;
    type->align = item->align;
    return ctype_new_finish(type);
}

ctype *ctype_new_open_array(ctype *pointer)
{
    ctype *type = ctype_remembered(pointer, &pointer->open_array);

    if (type != NULL)
        return type;
    type = ctype_make_array(pointer, -1);
    return type == NULL ? NULL : ctype_remember(pointer, &pointer->open_array, type);
}

ctype *ctype_new_array(ctype *pointer, Py_ssize_t length)
{
    ctype *type;
    PyObject *key;

    if (length < 0)
        return ctype_new_open_array(pointer);
    key = ctype_key(CTYPE_ARRAY, (uintptr_t)pointer, (uintptr_t)length, 0);
    if (key == NULL)
        return NULL;
    type = ctype_find_interned(pointer->state, key);
    if (type == NULL) {
        type = ctype_make_array(pointer, length);
        if (type != NULL)
            return ctype_intern(type, key);
    }
    Py_DECREF(key);
    return type;
}

ctype *ctype_void_pointer(core_state *state)
{
    if (state->void_pointer_type == NULL)
        state->void_pointer_type = (PyObject *)ctype_new_pointer((ctype *)state->void_type);
    return (ctype *)state->void_pointer_type;
}

ctype *ctype_char_pointer(core_state *state)
{
    return (ctype *)state->char_pointer_type;
}

static PyObject *ctype_py_new_pointer(PyObject *module, PyObject *target)
{
    if (!CTYPE_CHECK(core_state_of(module), target))
        return ctype_wrong_argument("new_pointer_type", 1, target);
    return (PyObject *)ctype_new_pointer((ctype *)target);
}

static PyObject *ctype_py_new_array(PyObject *module, PyObject *args)
{
    PyObject *pointer, *length_object;
    Py_ssize_t length = -1;

    if (!PyArg_ParseTuple(args, "O!O:new_array_type",
                          CORE_TYPE(core_state_of(module), ctype_type), &pointer, &length_object))
        return NULL;
    if (((ctype *)pointer)->kind != CTYPE_POINTER) {
        PyErr_Format(PyExc_TypeError, "first arg must be a pointer ctype, not '%U'",
                     ((ctype *)pointer)->name);
        return NULL;
    }
    if (length_object != Py_None) {
        length = PyNumber_AsSsize_t(length_object, PyExc_OverflowError);
        if (length == -1 && PyErr_Occurred())
            return NULL;
        if (length < 0) {
            PyErr_SetString(PyExc_ValueError, "negative array length");
            return NULL;
        }
    }
    return (PyObject *)ctype_new_array((ctype *)pointer, length);
}

/* ---- functions --------------------------------------------------------- */

/* C11 6.7.6.3p7: an argument declared as an array is a pointer. */
static PyObject *ctype_adjust_arguments(core_state *state, PyObject *args, int forward)
{
    Py_ssize_t count = PyTuple_GET_SIZE(args);
    PyObject *adjusted = PyTuple_New(count);

    for (Py_ssize_t i = 0; adjusted != NULL && i < count; i++) {
        PyObject *arg = PyTuple_GET_ITEM(args, i);
        ctype *type = (ctype *)arg;

        if (!CTYPE_CHECK(state, arg))
            PyErr_Format(PyExc_TypeError, "expected a tuple of ctypes, but item %zd is %.200s", i,
                         Py_TYPE(arg)->tp_name);
        else if (type->kind == CTYPE_ARRAY)
            type = type->u.array.pointer;
        else if (type->size < 0 && !forward)
            PyErr_Format(PyExc_TypeError, "ctype '%U' has incomplete type", type->name);
        if (PyErr_Occurred())
            Py_CLEAR(adjusted);
        else
            PyTuple_SET_ITEM(adjusted, i, Py_NewRef((PyObject *)type));
    }
    return adjusted;
}

/* "int(*)(int, ...)" */
static PyObject *ctype_function_name(PyObject *args, ctype *result, int ellipsis)
{
    Py_ssize_t count = PyTuple_GET_SIZE(args);
    PyObject *names = PyList_New(0), *comma = PyUnicode_FromString(", "), *name = NULL;
    PyObject *joined = NULL, *before = NULL, *after = NULL, *dots = NULL;

    if (names == NULL || comma == NULL)
        goto done;
    for (Py_ssize_t i = 0; i < count; i++)
        if (PyList_Append(names, ((ctype *)PyTuple_GET_ITEM(args, i))->name) < 0)
            goto done;
    if (ellipsis) {
        dots = PyUnicode_FromString("...");
        if (dots == NULL || PyList_Append(names, dots) < 0)
            goto done;
    }
    joined = PyUnicode_Join(comma, names);
    before = PyUnicode_Substring(result->name, 0, result->name_position);
    after = PyUnicode_Substring(result->name, result->name_position,
                                PyUnicode_GET_LENGTH(result->name));
    if (joined != NULL && before != NULL && after != NULL)
        name = PyUnicode_FromFormat("%U(*)(%U)%U", before, joined, after);
done:
    Py_XDECREF(names);
    Py_XDECREF(comma);
    Py_XDECREF(dots);
    Py_XDECREF(joined);
    Py_XDECREF(before);
    Py_XDECREF(after);
    return name;
}

static int ctype_check_result(ctype *result, int forward)
{
    if (result->kind == CTYPE_ARRAY) {
        PyErr_Format(PyExc_TypeError, "invalid result type: '%U'", result->name);
        return -1;
    }
    if (result->size < 0 && result->kind != CTYPE_VOID && !forward) {
        PyErr_Format(PyExc_TypeError, "result type '%U' is not yet initialized", result->name);
        return -1;
    }
    return 0;
}

/* The key of a function: its parts' addresses one after the other. */
static PyObject *ctype_function_key(PyObject *args, ctype *result, int ellipsis, int abi)
{
    Py_ssize_t count = PyTuple_GET_SIZE(args);
    PyObject *key = PyBytes_FromStringAndSize(NULL, (count + 3) * (Py_ssize_t)sizeof(uintptr_t));
    uintptr_t part;
    char *write;

    if (key == NULL)
        return NULL;
    write = PyBytes_AS_STRING(key);
    part = (uintptr_t)CTYPE_FUNCTION | (uintptr_t)(ellipsis != 0) << 8;
    memcpy(write, &part, sizeof(part));
    part = (uintptr_t)abi;
    memcpy(write + sizeof(part), &part, sizeof(part));
    part = (uintptr_t)result;
    memcpy(write + 2 * sizeof(part), &part, sizeof(part));
    for (Py_ssize_t i = 0; i < count; i++) {
        part = (uintptr_t)PyTuple_GET_ITEM(args, i);
        memcpy(write + (Py_ssize_t)sizeof(part) * (i + 3), &part, sizeof(part));
    }
    return key;
}

/* With `forward` records may still be incomplete: a member of a struct may be a pointer to a
   function that takes the struct.  call_plan.c asks again, at the first call. */
static ctype *ctype_new_function_of(PyObject *given, ctype *result, int ellipsis, int abi, int forward)
{
    core_state *state = result->state;
    PyObject *args = ctype_adjust_arguments(state, given, forward), *key = NULL;
    ctype *type = NULL;

    if (args == NULL || ctype_check_result(result, forward) < 0)
        goto done;
    key = ctype_function_key(args, result, ellipsis, abi);
    if (key == NULL)
        goto done;
    type = ctype_find_interned(state, key);
    if (type != NULL)
        goto done;
    type = ctype_new_bare(state, CTYPE_FUNCTION, ctype_function_name(args, result, ellipsis),
                          result->name_position + 2);
    if (type == NULL)
        goto done;
    type->item = (ctype *)Py_NewRef((PyObject *)result);
    type->u.function.args = Py_NewRef(args);
    type->u.function.abi = abi;
    type->u.function.ellipsis = ellipsis != 0;
    type->size = sizeof(void (*)(void));
    type->align = _Alignof(void (*)(void));
    type->class_ = CTYPE_CLASS_POINTER;
    type = ctype_intern(ctype_new_finish(type), Py_NewRef(key));
done:
    Py_XDECREF(args);
    Py_XDECREF(key);
    return type;
}

ctype *ctype_new_function(PyObject *given, ctype *result, int ellipsis, int abi)
{
    return ctype_new_function_of(given, result, ellipsis, abi, 0);
}

static PyObject *ctype_new_function_parsed(PyObject *module, PyObject *args, const char *format, int forward)
{
    PyObject *arguments, *result;
    int ellipsis = 0, abi = FFI_DEFAULT_ABI;

    if (!PyArg_ParseTuple(args, format, &PyTuple_Type, &arguments,
                          CORE_TYPE(core_state_of(module), ctype_type), &result, &ellipsis, &abi))
        return NULL;
    if (abi <= FFI_FIRST_ABI || abi >= FFI_LAST_ABI) {
        PyErr_Format(PyExc_SystemError, "libffi has no calling convention of number %d", abi);
        return NULL;
    }
    return (PyObject *)ctype_new_function_of(arguments, (ctype *)result, ellipsis, abi, forward);
}

static PyObject *ctype_py_new_function(PyObject *module, PyObject *args)
{
    return ctype_new_function_parsed(module, args, "O!O!|ii:new_function_type", 0);
}

static PyObject *ctype_py_new_forward_function(PyObject *module, PyObject *args)
{
    return ctype_new_function_parsed(module, args, "O!O!|ii:new_forward_function_type", 1);
}

/* ---- all ----------------------------------------------------------------- */

static PyMethodDef ctype_new_functions[] = {
    {"new_primitive_type", ctype_py_new_primitive, METH_O, "new_primitive_type(name) -> ctype"},
    {"new_void_type", ctype_py_new_void, METH_NOARGS, "new_void_type() -> ctype"},
    {"new_pointer_type", ctype_py_new_pointer, METH_O, "new_pointer_type(ctype) -> ctype"},
    {"new_array_type", ctype_py_new_array, METH_VARARGS,
     "new_array_type(pointer ctype, length or None) -> ctype"},
    {"new_function_type", ctype_py_new_function, METH_VARARGS,
     "new_function_type(args, result, ellipsis=False, abi=FFI_DEFAULT_ABI) -> ctype"},
    {"new_forward_function_type", ctype_py_new_forward_function, METH_VARARGS,
     "the same, for a member of a record that it takes or returns and that is still incomplete"},
    {NULL, NULL, 0, NULL},
};

int ctype_new_init(core_state *state)
{
    ctype *type, *charp;

    state->ctype_table = PyDict_New();
    state->primitive_types = PyList_New(CTYPE_PRIMITIVE_COUNT);
    if (state->ctype_table == NULL || state->primitive_types == NULL)
        return -1;
    for (Py_ssize_t i = 0; i < CTYPE_PRIMITIVE_COUNT; i++)
        PyList_SET_ITEM(state->primitive_types, i, Py_NewRef(Py_None));
    type = ctype_new_bare(state, CTYPE_VOID, PyUnicode_FromString("void"), 4);
    if (type == NULL)
        return -1;
    state->void_type = (PyObject *)ctype_new_finish(type);
    if (ctype_void_pointer(state) == NULL)
        return -1;
    charp = ctype_new_primitive(state, CTYPE_CHAR);
    if (charp == NULL)
        return -1;
    state->char_pointer_type = (PyObject *)ctype_new_pointer(charp);
    Py_DECREF(charp);
    return state->char_pointer_type == NULL ? -1 : ctype_record_init(state);
}

int ctype_new_offer(PyObject *module)
{
    return PyModule_AddFunctions(module, ctype_new_functions);
}
