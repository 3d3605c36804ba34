/* compiled_lib.c: `lib` of a compiled module: its functions, variables and constants.

   An attribute is made when it is first named, and kept in a dict.  A variable is kept
   as an object that reads and writes it.  In Python: cffi_like/compiled_library.py. */
#include "core.h"
#include "compiled.h"
#include "cdata.h"
#include "convert.h"

typedef struct compiled_lib {
    PyObject_HEAD
    compiled_reader *reader;    /* owned */
    PyObject *dict;             /* owned: name -> value, or compiled_variable */
} compiled_lib;

compiled_reader *compiled_lib_reader(PyObject *lib)
{
    return ((compiled_lib *)lib)->reader;
}

/* --- functions ------------------------------------------------------------- */

/* As parameters.python_names: what Python calls the parameters.  New tuple, or NULL. */
static PyObject *compiled_parameter_names(compiled_code text, Py_ssize_t count)
{
    static const char *const keywords =
        " False None True and as assert async await class def del elif except finally from global"
        " import in is lambda nonlocal not or pass raise try with yield ";
    PyObject *names = PyTuple_New(count);
    Py_ssize_t given = text.at < text.end, named = 0, i;
    int like_arg = 0, usable = 1;

    for (const char *at = text.at; at < text.end; at++)
        given += *at == ',';
    if (names == NULL)
        return NULL;
    for (i = 0; i < count && given == count; i++) {
        compiled_code part = compiled_part(&text, ',');
        size_t length = (size_t)(part.end - part.at);
        PyObject *name = compiled_unquoted(part);
        char word[16];

        if (name != NULL && length > 0 && length < sizeof word - 2) {
            word[0] = word[length + 1] = ' ';
            word[length + 2] = '\0';
            memcpy(word + 1, part.at, length);
            if (strstr(keywords, word) != NULL)
                Py_SETREF(name, PyUnicode_FromFormat("%U_", name));
        }
        if (name == NULL) {
            Py_DECREF(names);
            return NULL;
        }
        PyUnicode_InternInPlace(&name);
        PyTuple_SET_ITEM(names, i, name);
        named += length > 0;
        like_arg |= length >= 3 && memcmp(part.at, "arg", 3) == 0;
        for (Py_ssize_t j = 0; j < i; j++)
            usable &= length == 0 || PyTuple_GET_ITEM(names, j) != name;
    }
    if (usable && given == count && (named == count || !like_arg))
        return names;
    Py_DECREF(names);
    names = PyTuple_New(count);
    for (i = 0; names != NULL && i < count; i++)
        PyTuple_SET_ITEM(names, i, PyUnicode_FromStringAndSize(NULL, 0));
    return names;
}

/* type|names|g if the GIL is kept|location */
ctype *compiled_function_type(compiled_reader *reader, compiled_code entry, PyObject **parameters,
                              int *keeps_gil)
{
    compiled_code rest = entry, code = compiled_part(&rest, '|');
    compiled_code names = compiled_part(&rest, '|'), flags = compiled_part(&rest, '|');
    ctype *type;

    if (reader->symbols == NULL && memchr(flags.at, '=', (size_t)(flags.end - flags.at)) != NULL)
        return NULL;            /* its symbol has another name */
    flags = compiled_part(&flags, '=');
    *keeps_gil = flags.at < flags.end && memchr(flags.at, 'g', (size_t)(flags.end - flags.at));
    type = compiled_type(reader, code);
    if (type == NULL)
        return NULL;
    *parameters = type->kind != CTYPE_FUNCTION
                      ? NULL
                      : compiled_parameter_names(names, PyTuple_GET_SIZE(type->u.function.args));
    if (*parameters == NULL)
        Py_CLEAR(type);
    return type;
}

/* Gives up, or has an error. */
static PyObject *compiled_make_function(compiled_reader *reader, PyObject *name,
                                        compiled_code entry)
{
    compiled_code rest = entry, code = compiled_part(&rest, '|');
    PyObject *parameters = NULL, *function = NULL;
    void *address;
    ctype *type;
    int keeps_gil;

    if (entry.count < 1)
        return NULL;
    address = reader->symbols->address((int)entry.index[0]);
    type = address == NULL ? NULL : compiled_function_type(reader, entry, &parameters, &keeps_gil);
    /* Asked of a type that could be made: its records do not contain themselves. */
    if (type != NULL && (entry.count == 1 || compiled_function_by_value(reader, code)))
        function = cdata_new_function(type, address, name, parameters, !keeps_gil);
    Py_XDECREF(parameters);
    Py_XDECREF(type);
    return function;
}

/* --- constants ------------------------------------------------------------- */

/* code_table.is_integer */
static int compiled_is_integer_code(compiled_code code)
{
    compiled_skip_qualifiers(&code);
    return code.end - code.at == 1 && strchr("bahstijlmxy", *code.at) != NULL;
}

/* A number or pointer that the cdef says nothing of but its type. */
static PyObject *compiled_load_constant(compiled_reader *reader, compiled_code code, int index)
{
    union {
        long double alignment;
        char bytes[32];
    } place = {0};
    ctype *type = compiled_type(reader, code);
    PyObject *value = NULL;

    if (type != NULL && !ctype_is_aggregate(type) && type->size > 0 &&
        type->size <= (Py_ssize_t)sizeof place.bytes &&
        reader->symbols->constant(index, &place) >= 0)
        value = convert_load(type, place.bytes);
    Py_XDECREF(type);
    return value;
}

/* value|type|location; gives up, or has an error. */
static PyObject *compiled_make_constant(compiled_reader *reader, compiled_code entry)
{
    compiled_code rest = entry, known = compiled_part(&rest, '|'), code = compiled_part(&rest, '|');
    int has_type = code.at < code.end, is_known = !compiled_is(known, ".");
    PyObject *value = NULL, *text, *declared;
    int equal;

    if (entry.count != 1 || known.at == known.end)
        return NULL;
    if (has_type && !is_known && !compiled_is_integer_code(code) && *code.at != '=')
        return compiled_load_constant(reader, code, (int)entry.index[0]);
    if ((has_type && !compiled_is_integer_code(code)) || (is_known && *known.at != 'i') ||
        compiled_integer(reader, entry.index[0], &value) < 0)
        return NULL;
    if (!is_known)
        return value;
    text = PyUnicode_DecodeUTF8(known.at + 1, known.end - known.at - 1, NULL);
    declared = text == NULL ? NULL : PyLong_FromUnicodeObject(text, 10);
    equal = declared == NULL ? -1 : PyObject_RichCompareBool(value, declared, Py_EQ);
    Py_XDECREF(text);
    Py_XDECREF(declared);
    if (equal != 1)
        Py_CLEAR(value);
    return value;
}

/* --- all kinds ------------------------------------------------------------- */

/* The address of a function, as the pointer that it is in C. */
static PyObject *compiled_function_pointer(compiled_reader *reader, compiled_code entry, int which)
{
    compiled_code rest = entry, code = compiled_part(&rest, '|');
    void *address = which < entry.count ? reader->symbols->address((int)entry.index[which]) : NULL;
    ctype *type = address == NULL ? NULL : compiled_type(reader, code);
    PyObject *pointer = type == NULL ? NULL : cdata_new_view(type, address);

    Py_XDECREF(type);
    return pointer;
}

static PyObject *compiled_make_enumerator(compiled_reader *reader, PyObject *name)
{
    PyObject *index, *value = NULL;

    if (reader->enumerators == NULL && compiled_list_enumerators(reader) < 0)
        return NULL;
    index = compat_dict_get(reader->enumerators, name);
    if (index != NULL)
        (void)compiled_integer(reader, PyLong_AsLong(index), &value);
    Py_XDECREF(index);
    return value;
}

/* What the Python reader makes of a name. */
static PyObject *compiled_make_in_python(compiled_reader *reader, PyObject *name)
{
    PyObject *state, *value;
    compiled_variable *variable;

    if (PyErr_Occurred()) {
        if (PyErr_ExceptionMatches(PyExc_MemoryError))
            return NULL;
        PyErr_Clear();
    }
    state = compiled_python_state(reader);
    value = state == NULL ? NULL : compiled_in_python("attribute", state, name, NULL);
    if (value == NULL || Py_TYPE(value) != &PyProperty_Type)
        return value;
    variable = compiled_new_variable(reader, name);
    if (variable != NULL)
        variable->property = Py_NewRef(value);
    Py_DECREF(value);
    return (PyObject *)variable;
}

/* What goes into the dict for a name that this module declares.  1, 0: it does not; -1. */
static int compiled_make(compiled_reader *reader, PyObject *name, PyObject **value)
{
    static const compiled_kind kinds[] = {COMPILED_FUNCTIONS, COMPILED_VARIABLES,
                                          COMPILED_CONSTANTS, COMPILED_EXTERN_PYTHON};
    compiled_code entry;
    size_t i;
    int found = 0;

    *value = NULL;
    for (i = 0; i < sizeof kinds / sizeof *kinds && !found; i++)
        found = compiled_find_name(reader, kinds[i], name, &entry);
    if (found < 0)
        return -1;
    if (found)
        switch (kinds[i - 1]) {
        case COMPILED_FUNCTIONS:
            *value = compiled_make_function(reader, name, entry);
            break;
        case COMPILED_VARIABLES:
            *value = (PyObject *)compiled_make_variable(reader, name, entry);
            break;
        case COMPILED_CONSTANTS:
            *value = compiled_make_constant(reader, entry);
            break;
        default:
            *value = compiled_function_pointer(reader, entry, 1);
        }
    else if ((*value = compiled_make_enumerator(reader, name)) != NULL)
        found = 1;
    else
        found = reader->enumerators != NULL && PyDict_Contains(reader->enumerators, name) == 1;
    if (*value == NULL && (found || PyErr_Occurred())) {
        *value = compiled_make_in_python(reader, name);
        if (*value == NULL && !found && PyErr_ExceptionMatches(PyExc_AttributeError))
            PyErr_Clear();
        else
            found = 1;
    }
    return !found ? 0 : *value == NULL ? -1 : 1;
}

/* The value or variable of a name: 1 with it, 0, or -1 with an error. */
static int compiled_lookup(compiled_lib *self, PyObject *name, PyObject **value)
{
    compiled_reader *reader = self->reader;
    int found;

    *value = compat_dict_get(self->dict, name);
    if (*value != NULL)
        return 1;
    if (PyErr_Occurred() || compiled_lock(reader) < 0)
        return -1;
    *value = compat_dict_get(self->dict, name);      /* of another thread */
    found = *value != NULL ? 1 : PyErr_Occurred() ? -1 : compiled_make(reader, name, value);
    for (Py_ssize_t i = 0; found == 0 && i < PyTuple_GET_SIZE(reader->peers); i++) {
        compiled_reader *peer = (compiled_reader *)PyTuple_GET_ITEM(reader->peers, i);

        if (peer->lib != NULL)
            found = compiled_lookup((compiled_lib *)peer->lib, name, value);
    }
    if (found > 0 && PyDict_SetItem(self->dict, name, *value) < 0) {
        Py_CLEAR(*value);
        found = -1;
    }
    compiled_unlock(reader);
    return found;
}

static PyObject *compiled_missing(compiled_lib *self, PyObject *name)
{
    PyErr_Format(PyExc_AttributeError, "cffi library '%U' has no function, constant or global "
                 "variable named '%U'", self->reader->module_name, name);
    return NULL;
}

/* --- names ----------------------------------------------------------------- */

static int compiled_collect_names(compiled_reader *reader, int variables, PyObject *set)
{
    int failed = compiled_add_names(reader, COMPILED_FUNCTIONS, set) < 0 ||
                 compiled_add_names(reader, COMPILED_CONSTANTS, set) < 0 ||
                 compiled_add_names(reader, COMPILED_EXTERN_PYTHON, set) < 0 ||
                 (variables && compiled_add_names(reader, COMPILED_VARIABLES, set) < 0);

    if (!failed && compiled_lock(reader) == 0) {
        PyObject *key, *value;
        Py_ssize_t place = 0;

        failed = reader->enumerators == NULL && compiled_list_enumerators(reader) < 0;
        while (!failed && PyDict_Next(reader->enumerators, &place, &key, &value))
            failed = PySet_Add(set, key) < 0;
        compiled_unlock(reader);
    }
    for (Py_ssize_t i = 0; !failed && i < PyTuple_GET_SIZE(reader->peers); i++)
        failed = compiled_collect_names((compiled_reader *)PyTuple_GET_ITEM(reader->peers, i),
                                        variables, set) < 0;
    return failed || PyErr_Occurred() ? -1 : 0;
}

static PyObject *compiled_names(compiled_lib *self, int variables)
{
    PyObject *set = PySet_New(NULL), *list = NULL;

    if (set != NULL && compiled_collect_names(self->reader, variables, set) == 0)
        list = PySequence_List(set);
    Py_XDECREF(set);
    if (list != NULL && PyList_Sort(list) < 0)
        Py_CLEAR(list);
    return list;
}

/* All of them, as in CFFI: variables as objects of their own. */
static PyObject *compiled_whole_dict(compiled_lib *self)
{
    PyObject *names = compiled_names(self, 1), *value;

    for (Py_ssize_t i = 0; names != NULL && i < PyList_GET_SIZE(names); i++) {
        if (compiled_lookup(self, PyList_GET_ITEM(names, i), &value) < 0) {
            Py_DECREF(names);
            return NULL;
        }
        Py_XDECREF(value);
    }
    Py_XDECREF(names);
    return names == NULL ? NULL : Py_NewRef(self->dict);
}

/* A library is also in sys.modules, as `_demo.lib`.  NULL without an error: no such name. */
static PyObject *compiled_module_attribute(compiled_lib *self, PyObject *name)
{
    compiled_reader *reader = self->reader;
    const char *text = PyUnicode_AsUTF8(name);
    PyObject *state;

    if (text == NULL || text[0] != '_' || text[1] != '_')
        return NULL;
    if (strcmp(text, "__all__") == 0)
        return compiled_names(self, 0);
    if (strcmp(text, "__dict__") == 0)
        return compiled_whole_dict(self);
    if (strcmp(text, "__class__") == 0)
        return Py_NewRef((PyObject *)&PyModule_Type);
    if (strcmp(text, "__name__") == 0)
        return PyUnicode_FromFormat("%U.lib", reader->module_name);
    if (strcmp(text, "__package__") == 0)
        return Py_NewRef(reader->module_name);
    if (strcmp(text, "__spec__") == 0 || strcmp(text, "__loader__") == 0)
        return Py_NewRef(Py_None);
    if (strcmp(text, "__cffi_state__") != 0 || compiled_lock(reader) < 0)
        return NULL;
    state = compiled_python_state(reader);
    Py_XINCREF(state);
    compiled_unlock(reader);
    return state;
}

/* --- attributes ------------------------------------------------------------ */

static PyObject *compiled_lib_getattro(PyObject *object, PyObject *name)
{
    compiled_lib *self = (compiled_lib *)object;
    PyObject *value = compat_dict_get(self->dict, name), *variable;

    if (COMPAT_UNLIKELY(value == NULL)) {
        if (PyErr_Occurred() || compiled_lookup(self, name, &value) < 0)
            return NULL;
        if (value == NULL) {
            value = compiled_module_attribute(self, name);
            return value != NULL || PyErr_Occurred() ? value : compiled_missing(self, name);
        }
    }
    if (COMPAT_LIKELY(!COMPILED_IS_VARIABLE(self->reader->state, value)))
        return value;
    variable = value;
    value = compiled_variable_read((compiled_variable *)variable, object);
    Py_DECREF(variable);
    return value;
}

static int compiled_lib_setattro(PyObject *object, PyObject *name, PyObject *value)
{
    compiled_lib *self = (compiled_lib *)object;
    PyObject *found;
    int result = compiled_lookup(self, name, &found);

    if (result == 0)
        (void)compiled_missing(self, name);
    if (result <= 0)
        return -1;
    result = -1;
    if (value == NULL)
        PyErr_SetString(PyExc_AttributeError, "C attribute cannot be deleted");
    else if (COMPILED_IS_VARIABLE(self->reader->state, found))
        result = compiled_variable_write((compiled_variable *)found, object, value);
    else
        PyErr_Format(PyExc_AttributeError, "cannot write to function or constant '%U'", name);
    Py_DECREF(found);
    return result;
}

/* 1 with the pointer, 0: nothing here has an address, -1 with an error. */
static int compiled_address(compiled_reader *reader, PyObject *name, PyObject **pointer)
{
    compiled_code entry;
    PyObject *found;
    int result;

    *pointer = NULL;
    if ((result = compiled_find_name(reader, COMPILED_FUNCTIONS, name, &entry)) > 0)
        *pointer = compiled_function_pointer(reader, entry, 0);
    else if (result == 0 &&
             (result = compiled_find_name(reader, COMPILED_EXTERN_PYTHON, name, &entry)) > 0)
        *pointer = compiled_function_pointer(reader, entry, 1);
    else if (result == 0 &&
             (result = compiled_find_name(reader, COMPILED_VARIABLES, name, &entry)) > 0 &&
             reader->lib != NULL &&
             compiled_lookup((compiled_lib *)reader->lib, name, &found) > 0) {
        compiled_variable *variable = (compiled_variable *)found;
        void *address = NULL;

        if (COMPILED_IS_VARIABLE(reader->state, found) && variable->property == NULL &&
            (address = compiled_variable_address(variable)) != NULL) {
            ctype *type = variable->is_open ? ctype_new_pointer(variable->type)
                                            : (ctype *)Py_NewRef((PyObject *)variable->pointer);

            *pointer = type == NULL ? NULL : cdata_new_view(type, address);
            Py_XDECREF(type);
        }
        Py_DECREF(found);
    }
    if (result > 0 && *pointer == NULL) {
        PyObject *state;

        PyErr_Clear();
        state = compiled_python_state(reader);
        *pointer = state == NULL ? NULL : compiled_in_python("address", state, name, NULL);
        return *pointer == NULL ? -1 : 1;
    }
    return result;
}

/* Whether dir() has the name: 1, 0, or -1 with an error. */
static int compiled_lib_knows(compiled_lib *self, PyObject *name)
{
    PyObject *names = compiled_names(self, 1);
    int found = names == NULL ? -1 : PySequence_Contains(names, name);

    Py_XDECREF(names);
    return found;
}

PyObject *compiled_lib_address(PyObject *object, PyObject *name)
{
    compiled_lib *self = (compiled_lib *)object;
    compiled_reader *reader = self->reader;
    PyObject *pointer = NULL;
    int found;

    if (!PyUnicode_Check(name)) {
        PyErr_Format(PyExc_TypeError, "addressof(): the name must be str, not %.200s",
                     Py_TYPE(name)->tp_name);
        return NULL;
    }
    if (compiled_lock(reader) < 0)
        return NULL;
    found = compiled_address(reader, name, &pointer);
    compiled_unlock(reader);
    if (found != 0)
        return pointer;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(reader->peers); i++) {
        compiled_reader *peer = (compiled_reader *)PyTuple_GET_ITEM(reader->peers, i);

        found = peer->lib == NULL ? 0 : compiled_lib_knows((compiled_lib *)peer->lib, name);
        if (found != 0)
            return found < 0 ? NULL : compiled_lib_address(peer->lib, name);
    }
    found = compiled_lib_knows(self, name);
    if (found == 0)
        return compiled_missing(self, name);
    if (found < 0 || compiled_lookup(self, name, &pointer) < 0)
        return NULL;
    if (pointer != NULL && CDATA_CHECK(pointer) && ((cdata *)pointer)->type->kind == CTYPE_FUNCTION)
        return pointer;         /* `int (*const f)(int)` declares a function, too */
    Py_XDECREF(pointer);
    PyErr_Format(PyExc_AttributeError, "cannot take the address of the constant '%U'", name);
    return NULL;
}

/* --- methods of the type, for ffi_methods.py and ffi.py ---------------------- */

static PyObject *compiled_lib_addressof(PyObject *self, PyObject *args)
{
    PyObject *pointer, *state, *result = NULL, *path;

    if (PyTuple_GET_SIZE(args) < 1) {
        PyErr_SetString(PyExc_TypeError, "addressof(lib, name): the name is missing");
        return NULL;
    }
    pointer = compiled_lib_address(self, PyTuple_GET_ITEM(args, 0));
    if (pointer == NULL || PyTuple_GET_SIZE(args) == 1)
        return pointer;
    path = PyTuple_GetSlice(args, 1, PyTuple_GET_SIZE(args));
    state = path == NULL ? NULL : compiled_python_state(((compiled_lib *)self)->reader);
    if (state != NULL)
        result = compiled_in_python("address_inside", state, pointer, path, NULL);
    Py_DECREF(pointer);
    Py_XDECREF(path);
    return result;
}

/* The library is part of its module, which stays loaded. */
static PyObject *compiled_lib_close(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    Py_RETURN_NONE;
}

static PyObject *compiled_lib_dir(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return compiled_names((compiled_lib *)self, 1);
}

static PyMethodDef compiled_lib_methods[] = {
    {"__dir__", compiled_lib_dir, METH_NOARGS, PyDoc_STR("All names, sorted.")},
    {"__cffi_addressof__", compiled_lib_addressof, METH_VARARGS,
     PyDoc_STR("A pointer to a function or variable; AttributeError for the others.")},
    {"__cffi_close__", compiled_lib_close, METH_NOARGS, PyDoc_STR("Nothing.")},
    {NULL, NULL, 0, NULL},
};

/* --- the type -------------------------------------------------------------- */

static PyObject *compiled_lib_repr(PyObject *self)
{
    return PyUnicode_FromFormat("<Lib object for '%U'>",
                                ((compiled_lib *)self)->reader->module_name);
}

static int compiled_lib_traverse(PyObject *object, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(((compiled_lib *)object)->reader);
    Py_VISIT(((compiled_lib *)object)->dict);
    return 0;
}

static int compiled_lib_clear(PyObject *object)
{
    /* The dict itself is needed as long as the object can be asked. */
    PyDict_Clear(((compiled_lib *)object)->dict);
    return 0;
}

static void compiled_lib_dealloc(PyObject *object)
{
    compiled_lib *self = (compiled_lib *)object;
    PyTypeObject *type = Py_TYPE(object);

    PyObject_GC_UnTrack(object);
    Py_XDECREF(self->dict);
    Py_XDECREF(self->reader);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyType_Slot compiled_lib_slots[] = {
    {Py_tp_doc, (void *)PyDoc_STR("The functions, variables and constants of a compiled module.\n\n"
                                  "Raises AttributeError for an unknown name and for writing\n"
                                  "anything but a variable, ffi.error where the cdef contradicts\n"
                                  "the compiler.")},
    {Py_tp_dealloc, (void *)compiled_lib_dealloc},
    {Py_tp_traverse, (void *)compiled_lib_traverse},
    {Py_tp_clear, (void *)compiled_lib_clear},
    {Py_tp_repr, (void *)compiled_lib_repr},
    {Py_tp_getattro, (void *)compiled_lib_getattro},
    {Py_tp_setattro, (void *)compiled_lib_setattro},
    {Py_tp_methods, compiled_lib_methods},
    COMPAT_NO_NEW_SLOT
    {0, NULL},
};

static PyType_Spec compiled_lib_spec = {
    .name = CORE_TYPE_NAME("Lib"),
    .basicsize = sizeof(compiled_lib),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION |
             Py_TPFLAGS_IMMUTABLETYPE,
    .slots = compiled_lib_slots,
};

PyObject *compiled_lib_new(compiled_reader *reader)
{
    PyTypeObject *type = CORE_TYPE(reader->state, compiled_lib_type);
    compiled_lib *self = (compiled_lib *)type->tp_alloc(type, 0);

    if (self == NULL)
        return NULL;
    self->reader = (compiled_reader *)Py_NewRef((PyObject *)reader);
    self->dict = PyDict_New();
    if (self->dict == NULL)
        Py_CLEAR(self);
    return (PyObject *)self;
}

int compiled_lib_init(PyObject *module, core_state *state)
{
    state->compiled_lib_type = PyType_FromModuleAndSpec(module, &compiled_lib_spec, NULL);
    return state->compiled_lib_type == NULL ? -1 : 0;
}

int compiled_lib_offer(PyObject *Py_UNUSED(module), core_state *state)
{
    return core_publish_type(state, CORE_TYPE(state, compiled_lib_type));
}
