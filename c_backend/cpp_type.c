/* cpp_type.c: the objects that describe C++ types, and which way of conversion
   each takes.  Built by cppbind/runtime/convert.py from a dictionary's records. */
#include "cpp_runtime.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_type.h"
#include "cpp_native.h"

/* ---- classes by name --------------------------------------------------------------- */

static PyObject *type_ask(cpp_type *type, PyObject *hook, const char *what)
{
    if (hook == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "cppbind is not set up");
        return NULL;
    }
    PyObject *answer = PyObject_CallOneArg(hook, type->name);
    if (answer != NULL && !PyType_Check(answer)) {
        PyErr_Format(PyExc_TypeError, "'%U' is no %s", type->name, what);
        Py_CLEAR(answer);
    }
    return answer;
}

static void type_set_class(cpp_type *type, PyObject *answer)
{
    CPP_MEMO_LOCK(type->runtime);
    if (type->class_ == NULL) {
        CPP_STORE_POINTER(type->class_, answer);
        answer = NULL;
    }
    CPP_MEMO_UNLOCK(type->runtime);
    Py_XDECREF(answer);
}

cpp_class *cpp_type_class(cpp_type *type)
{
    PyObject *known = CPP_LOAD_POINTER(type->class_);

    if (COMPAT_UNLIKELY(known == NULL)) {
        PyObject *answer = type_ask(type, type->runtime->class_by_name, "C++ class");
        if (answer == NULL)
            return NULL;
        if (!cpp_class_check(type->runtime->state, (PyTypeObject *)answer)) {
            PyErr_Format(PyExc_TypeError, "'%U' is no C++ class", type->name);
            Py_DECREF(answer);
            return NULL;
        }
        type_set_class(type, answer);
        known = type->class_;
    }
    return (cpp_class *)known;
}

PyObject *cpp_type_enum(cpp_type *type)
{
    PyObject *known = CPP_LOAD_POINTER(type->class_);

    if (COMPAT_UNLIKELY(known == NULL)) {
        PyObject *answer = type_ask(type, type->runtime->enum_by_name, "C++ enum");
        if (answer == NULL)
            return NULL;
        type_set_class(type, answer);
        known = type->class_;
    }
    return known;
}

/* ---- messages ------------------------------------------------------------------------ */

COMPAT_NOINLINE int cpp_type_refuse(cpp_type *type, PyObject *value, const char *why)
{
    if (!PyErr_Occurred())
        PyErr_Format(PyExc_TypeError, "cannot convert %s to '%U'%s%s",
                     value == Py_None ? "None" : Py_TYPE(value)->tp_name, type->spelling,
                     why == NULL ? "" : ": ", why == NULL ? "" : why);
    return -1;
}

/* ---- the choice ------------------------------------------------------------------------ */

/* Pointers to pointers, and references to them. */
static const cpp_ops *type_choose_handle(const cpp_type *pointer)
{
    if (pointer->ops == &cpp_convert_class_pointer)
        return &cpp_convert_handle_object;
    if (pointer->target != NULL && pointer->target->kind == CPP_CHAR)
        return &cpp_convert_handle_strings;
    return &cpp_convert_pointer_data;
}

static const cpp_ops *type_choose_pointer(cpp_type *target)
{
    switch (target->kind) {
    case CPP_CLASS:
        if (PyUnicode_CompareWithASCIIString(target->name, "_object") == 0)
            return &cpp_convert_object;
        if (target->flags & CPP_TYPE_STRING)
            return &cpp_convert_text_string_pointer;
        if (target->flags & CPP_TYPE_TEXT)
            return target->flags & CPP_TYPE_CONST ? &cpp_convert_wide_pointer : &cpp_convert_wide_mutable_pointer;
        if (PyUnicode_CompareWithASCIIString(target->name, "_IO_FILE") == 0)
            return &cpp_convert_pointer_file;
        return &cpp_convert_class_pointer;
    case CPP_FUNCTION:
        return &cpp_convert_function;
    case CPP_POINTER:
        return type_choose_handle(target);
    case CPP_CHAR: case CPP_CHAR8:
        return &cpp_convert_text_pointer;
    case CPP_SCHAR: case CPP_UCHAR:
        return target->flags & CPP_TYPE_AS_INTEGER ? &cpp_convert_pointer_data : &cpp_convert_text_pointer;
    case CPP_WCHAR: case CPP_CHAR16: case CPP_CHAR32:
        return target->flags & CPP_TYPE_CONST ? &cpp_convert_units_pointer : &cpp_convert_pointer_data;
    case CPP_UNKNOWN: case CPP_MEMBER_POINTER:
        return &cpp_convert_unknown;
    default:
        return &cpp_convert_pointer_data;
    }
}

static const cpp_ops *type_choose_reference(cpp_type *self, cpp_type *target)
{
    int is_const = (target->flags & CPP_TYPE_CONST) || self->kind == CPP_RVALUE_REF;

    if (target->kind == CPP_CLASS) {
        if (target->flags & CPP_TYPE_STRING)
            return is_const ? &cpp_convert_text_string_ref : &cpp_convert_text_string_mutable;
        if (target->flags & CPP_TYPE_TEXT)
            return is_const ? &cpp_convert_wide_ref : &cpp_convert_wide_mutable;
        return self->kind == CPP_RVALUE_REF ? &cpp_convert_class_rvalue : &cpp_convert_class_ref;
    }
    if (target->kind == CPP_FUNCTION)
        return &cpp_convert_function;
    if (target->ops == &cpp_convert_unknown || target->kind == CPP_VOID || target->kind == CPP_INT128 ||
        target->kind == CPP_UINT128 || target->kind == CPP_LONGDOUBLE)
        return &cpp_convert_unknown;
    if (target->kind == CPP_ARRAY)
        return &cpp_convert_pointer_array_ref;
    if (!is_const && target->ops == &cpp_convert_class_pointer)
        return &cpp_convert_handle_object;
    return is_const ? &cpp_convert_pointer_const_ref : &cpp_convert_pointer_ref;
}

static const cpp_ops *type_choose(cpp_type *self)
{
    switch ((cpp_kind)self->kind) {
    case CPP_VOID:
        return &cpp_convert_void;
    case CPP_BOOL:
        return &cpp_convert_bool;
    case CPP_SCHAR: case CPP_UCHAR:
        return self->flags & CPP_TYPE_AS_INTEGER ? &cpp_convert_integer : &cpp_convert_text_char;
    case CPP_CHAR: case CPP_WCHAR: case CPP_CHAR8: case CPP_CHAR16: case CPP_CHAR32:
        return &cpp_convert_text_char;
    case CPP_SHORT: case CPP_USHORT: case CPP_INT: case CPP_UINT: case CPP_LONG: case CPP_ULONG:
    case CPP_LONGLONG: case CPP_ULONGLONG:
        return &cpp_convert_integer;
    case CPP_INT128: case CPP_UINT128:
        return &cpp_convert_int128;
    case CPP_FLOAT: case CPP_DOUBLE:
        return &cpp_convert_float;
    case CPP_LONGDOUBLE:
        return &cpp_convert_long_double;
    case CPP_NULLPTR:
        return &cpp_convert_nullptr;
    case CPP_POINTER:
        return self->target == NULL ? &cpp_convert_unknown : type_choose_pointer(self->target);
    case CPP_LVALUE_REF: case CPP_RVALUE_REF:
        return self->target == NULL ? &cpp_convert_unknown : type_choose_reference(self, self->target);
    case CPP_ARRAY:
        if (self->target != NULL && self->target->kind == CPP_POINTER && (self->flags & CPP_TYPE_OPEN))
            return type_choose_handle(self->target);        /* a parameter: const char *names[] */
        return self->target == NULL ? &cpp_convert_unknown : &cpp_convert_pointer_array;
    case CPP_CLASS:
        if (self->flags & CPP_TYPE_STRING)
            return &cpp_convert_text_string;
        return self->flags & CPP_TYPE_TEXT ? &cpp_convert_wide_value : &cpp_convert_class_value;
    case CPP_ENUM:
        return &cpp_convert_class_enum;
    case CPP_UNKNOWN: case CPP_FUNCTION: case CPP_MEMBER_POINTER: case CPP_KIND_COUNT:
        break;
    }
    return &cpp_convert_unknown;
}

static Py_ssize_t type_default_size(cpp_kind kind)
{
    static const unsigned char sizes[CPP_KIND_COUNT] = {
        [CPP_BOOL] = sizeof(_Bool), [CPP_CHAR] = 1, [CPP_SCHAR] = 1, [CPP_UCHAR] = 1,
        [CPP_WCHAR] = sizeof(wchar_t), [CPP_CHAR8] = 1, [CPP_CHAR16] = 2, [CPP_CHAR32] = 4,
        [CPP_SHORT] = sizeof(short), [CPP_USHORT] = sizeof(short), [CPP_INT] = sizeof(int),
        [CPP_UINT] = sizeof(int), [CPP_LONG] = sizeof(long), [CPP_ULONG] = sizeof(long),
        [CPP_LONGLONG] = sizeof(long long), [CPP_ULONGLONG] = sizeof(long long), [CPP_INT128] = 16,
        [CPP_UINT128] = 16, [CPP_FLOAT] = sizeof(float), [CPP_DOUBLE] = sizeof(double),
        [CPP_LONGDOUBLE] = sizeof(long double), [CPP_NULLPTR] = sizeof(void *),
        [CPP_POINTER] = sizeof(void *), [CPP_LVALUE_REF] = sizeof(void *),
        [CPP_RVALUE_REF] = sizeof(void *),
    };
    return sizes[kind];
}

/* ---- the object -------------------------------------------------------------------------- */

static PyObject *type_new(PyObject *module, PyObject *args)
{
    core_state *state = core_state_of(module);
    cpp_runtime *runtime = cpp_runtime_of(state);
    unsigned int kind, flags;
    Py_ssize_t size, extent;
    PyObject *target, *name, *spelling, *ctype_object;

    if (runtime == NULL || !PyArg_ParseTuple(args, "IInnOUUO:cpp_new_type", &kind, &flags, &size, &extent,
                                             &target, &name, &spelling, &ctype_object))
        return NULL;
    if (kind >= CPP_KIND_COUNT)
        return PyErr_Format(PyExc_ValueError, "unknown kind of C++ type: %u", kind);
    /* Sizes of builtin types are those of the compiler that made the core. */
    if (kind < CPP_POINTER && size > 0 && size != type_default_size((cpp_kind)kind))
        return PyErr_Format(PyExc_ValueError, "'%U' of %zd bytes, not %zd: the dictionary is damaged, or of another compiler",
                            spelling, size, type_default_size((cpp_kind)kind));
    if (target != Py_None && !CPP_TYPE_CHECK(state, target))
        return PyErr_Format(PyExc_TypeError, "the target must be a CppType, not '%s'", Py_TYPE(target)->tp_name);
    if (ctype_object != Py_None && !CTYPE_CHECK(state, ctype_object))
        return PyErr_Format(PyExc_TypeError, "a CType is needed, not '%s'", Py_TYPE(ctype_object)->tp_name);
    cpp_type *self = PyObject_New(cpp_type, CORE_TYPE(state, cpp_type_type));
    if (self == NULL)
        return NULL;
    self->runtime = runtime;
    self->runtime_owner = Py_NewRef(state->cpp_instances);
    self->kind = (uint8_t)kind;
    self->flags = flags;
    self->size = size > 0 ? size : type_default_size((cpp_kind)kind);
    self->extent = extent;
    self->target = target == Py_None ? NULL : (cpp_type *)Py_NewRef(target);
    self->name = Py_NewRef(name);
    self->spelling = Py_NewRef(spelling);
    self->class_ = NULL;
    self->parameters = NULL;
    self->ctype = ctype_object == Py_None ? NULL : (ctype *)Py_NewRef(ctype_object);
    self->sites = NULL;
    self->is_floating = kind == CPP_FLOAT || kind == CPP_DOUBLE;
    self->ops = type_choose(self);
    if (kind == CPP_ENUM && self->target == NULL)
        self->ops = &cpp_convert_unknown;
    return (PyObject *)self;
}

static void type_dealloc(PyObject *object)
{
    cpp_type *self = (cpp_type *)object;
    PyTypeObject *type = Py_TYPE(object);

    Py_XDECREF(self->target);
    Py_XDECREF(self->name);
    Py_XDECREF(self->spelling);
    Py_XDECREF(self->class_);
    Py_XDECREF(self->parameters);
    Py_XDECREF(self->ctype);
    Py_XDECREF(self->runtime_owner);
    cpp_instance_free_sites(self->sites);
    PyObject_Free(object);
    Py_DECREF(type);
}

static PyObject *type_repr(PyObject *self)
{
    return PyUnicode_FromFormat("<C++ type '%U'>", ((cpp_type *)self)->spelling);
}

/* Reading and writing at an address, for globals that are no descriptors and for tests. */
static PyObject *type_load(PyObject *self, PyObject *args)
{
    unsigned long long address;

    if (!PyArg_ParseTuple(args, "K:load", &address))
        return NULL;
    return ((cpp_type *)self)->ops->load((cpp_type *)self, (char *)(uintptr_t)address, NULL);
}

static PyObject *type_rank(PyObject *self, PyObject *value)
{
    return PyLong_FromLong(((cpp_type *)self)->ops->rank((cpp_type *)self, value));
}

/* set_parameters(result type, tuple of types): of a function, once. */
static PyObject *type_set_parameters(PyObject *object, PyObject *args)
{
    cpp_type *self = (cpp_type *)object;
    PyObject *result, *parameters;

    if (!PyArg_ParseTuple(args, "O!O!:set_parameters", Py_TYPE(object), &result, &PyTuple_Type, &parameters))
        return NULL;
    if (self->kind == CPP_FUNCTION && self->parameters == NULL) {
        self->target = (cpp_type *)Py_NewRef(result);
        self->parameters = Py_NewRef(parameters);
    }
    Py_RETURN_NONE;
}

static PyObject *type_get_target(PyObject *self, void *Py_UNUSED(closure))
{
    return Py_NewRef(((cpp_type *)self)->target != NULL ? (PyObject *)((cpp_type *)self)->target : Py_None);
}

static PyObject *type_get_parameters(PyObject *self, void *Py_UNUSED(closure))
{
    return Py_NewRef(((cpp_type *)self)->parameters != NULL ? ((cpp_type *)self)->parameters : Py_None);
}

static PyObject *type_get_kind(PyObject *self, void *Py_UNUSED(closure))
{
    return PyLong_FromLong(((cpp_type *)self)->kind);
}

static PyObject *type_get_name(PyObject *self, void *Py_UNUSED(closure))
{
    return Py_NewRef(((cpp_type *)self)->name);
}

static PyObject *type_get_flags(PyObject *self, void *Py_UNUSED(closure))
{
    return PyLong_FromUnsignedLong(((cpp_type *)self)->flags);
}

static PyObject *type_get_spelling(PyObject *self, void *Py_UNUSED(closure))
{
    return Py_NewRef(((cpp_type *)self)->spelling);
}

static PyObject *type_get_is_string(PyObject *self, void *Py_UNUSED(closure))
{
    return PyBool_FromLong((((cpp_type *)self)->flags & CPP_TYPE_STRING) != 0);
}

static PyObject *type_get_usable(PyObject *self, void *Py_UNUSED(closure))
{
    return PyBool_FromLong(((cpp_type *)self)->ops != &cpp_convert_unknown);
}

static PyMethodDef type_methods[] = {
    {"load", type_load, METH_VARARGS, "(address): the value that lies there.  Unsafe."},
    {"set_parameters", type_set_parameters, METH_VARARGS, "(result type, argument types) of a function type."},
    {"rank", type_rank, METH_O, "How well a Python value fits; -1: not at all."},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef type_getset[] = {
    {"kind", type_get_kind, NULL, "As in cppbind.format.", NULL},
    {"flags", type_get_flags, NULL, "The TYPE_ flags of cppbind.format, and others.", NULL},
    {"name", type_get_name, NULL, "The qualified name of a class or enum, else empty.", NULL},
    {"spelling", type_get_spelling, NULL, "As the header writes it.", NULL},
    {"target", type_get_target, NULL, "What it points or refers to, an item, or a function's result.", NULL},
    {"parameters", type_get_parameters, NULL, "Of a function type; else None.", NULL},
    {"is_string", type_get_is_string, NULL, "Whether it is std::string.", NULL},
    {"usable", type_get_usable, NULL, "Whether values of it can be converted at all.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot type_slots[] = {
    {Py_tp_dealloc, (void *)type_dealloc},
    {Py_tp_repr, (void *)type_repr},
    {Py_tp_methods, (void *)type_methods},
    {Py_tp_getset, (void *)type_getset},
    {0, NULL},
};

static PyType_Spec type_spec = {
    .name = "_cffi_like.CppType",
    .basicsize = sizeof(cpp_type),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = type_slots,
};

/* (size, align, construct, copy, assign, append, length, destructor, delete): see cpp_native.h. */
static PyObject *type_string_parts(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    const cpp_native_strings *known = cpp_native_string_class();

    if (known == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "the C++ part of the core is missing");
        return NULL;
    }
#define TYPE_ADDRESS(function) ((unsigned long long)(uintptr_t)known->function)
    return Py_BuildValue("(nnKKKKKKK)", (Py_ssize_t)known->size, (Py_ssize_t)known->align, TYPE_ADDRESS(construct),
                         TYPE_ADDRESS(copy), TYPE_ADDRESS(assign), TYPE_ADDRESS(append), TYPE_ADDRESS(length),
                         TYPE_ADDRESS(destruct), TYPE_ADDRESS(destroy));
#undef TYPE_ADDRESS
}

static PyMethodDef type_functions[] = {
    {"cpp_string_parts", type_string_parts, METH_NOARGS, "What the class of std::string is made of."},
    {"cpp_new_type", type_new, METH_VARARGS,
     "(kind, flags, size, extent, target, name, spelling, ctype): a description of a C++ type."},
    {NULL, NULL, 0, NULL},
};

int cpp_type_init(PyObject *module, core_state *state)
{
    PyObject *names = PyTuple_New(CPP_KIND_COUNT);
    Py_ssize_t i = 0;
    int status;

    if (names == NULL)
        return -1;
#define TYPE_KIND_NAME(name) PyTuple_SET_ITEM(names, i++, PyUnicode_FromString("TYPE_" #name));
    CPP_KINDS(TYPE_KIND_NAME)
#undef TYPE_KIND_NAME
    status = PyErr_Occurred() ? -1 : PyModule_AddObjectRef(module, "CPP_TYPE_KINDS", names);
    Py_DECREF(names);
    if (status < 0)
        return -1;
    state->cpp_type_type = PyType_FromModuleAndSpec(module, &type_spec, NULL);
    return state->cpp_type_type == NULL ? -1 : PyModule_AddFunctions(module, type_functions);
}
