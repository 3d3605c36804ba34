/* ffi_core.c: FFI, the C part of every `ffi`: the methods that look up a type and
   act on it, without a Python frame.

   The Python class (cffi_like/ffi.py) derives from it and from the class with the
   same methods in Python.  `types` is the FFI's own dict from type strings to
   ctypes; whatever is not in it yet, keywords, and what is refused go to the
   method of the next class.  Neighbours: cdata_*.c do the work. */
#include "core.h"
#include "ctype.h"
#include "cdata.h"
#include "compiled.h"
#include "ffi_core.h"

/* --- what all methods share ------------------------------------------------ */

/* The method `name` of the next class in line. */
static COMPAT_NOINLINE PyObject *ffi_core_in_python(ffi_core *self, const char *name,
                                                    PyObject *const *args, Py_ssize_t count,
                                                    PyObject *names)
{
    PyObject *rest, *method = NULL, *result = NULL;

    if (self->is_plain && compiled_ffi_to_python(self) < 0)
        return NULL;
    rest = PyObject_CallFunctionObjArgs((PyObject *)&PySuper_Type, self->state->ffi_core_type,
                                        (PyObject *)self, NULL);
    if (rest != NULL)
        method = PyObject_GetAttrString(rest, name);
    if (method != NULL)
        result = PyObject_Vectorcall(method, args, (size_t)count, names);
    Py_XDECREF(method);
    Py_XDECREF(rest);
    return result;
}

#define FFI_CORE_IN_PYTHON(name) ffi_core_in_python(self, name, args, count, names)

/* The type that `cdecl` names, if that is known without parsing.  New reference;
   NULL without an error where it is not. */
static COMPAT_ALWAYS_INLINE ctype *ffi_core_type_of(ffi_core *self, PyObject *cdecl)
{
    PyObject *found;

    if (COMPAT_UNLIKELY(self->types == NULL))
        return NULL;
    if (CTYPE_CHECK(self->state, cdecl))
        return (ctype *)Py_NewRef(cdecl);
    if (COMPAT_UNLIKELY(!PyUnicode_CheckExact(cdecl)))
        return NULL;
    found = compat_dict_get(self->types, cdecl);
    if (COMPAT_UNLIKELY(found == NULL)) {
        PyErr_Clear();
        if (self->reader != NULL)
            return compiled_ffi_type(self, cdecl);
    }
    return (ctype *)found;
}

/* The type of the first argument, where the method can go on in C. */
#define FFI_CORE_TYPE(least, most)                                                     \
    (COMPAT_LIKELY(names == NULL && count >= (least) && count <= (most))               \
         ? ffi_core_type_of(self, args[0])                                             \
         : NULL)

#define FFI_CORE_METHOD(name)                                                          \
    static PyObject *ffi_core_##name(PyObject *object, PyObject *const *args,          \
                                     Py_ssize_t count, PyObject *names)

/* --- memory ---------------------------------------------------------------- */

FFI_CORE_METHOD(new)
{
    ffi_core *self = (ffi_core *)object;
    ctype *type = FFI_CORE_TYPE(1, 2);
    PyObject *result;

    if (type == NULL)
        return FFI_CORE_IN_PYTHON("new");
    result = cdata_new_initialized(type, count == 2 ? args[1] : Py_None);
    Py_DECREF(type);
    return result;
}

FFI_CORE_METHOD(cast)
{
    ffi_core *self = (ffi_core *)object;
    ctype *type = FFI_CORE_TYPE(2, 2);
    PyObject *result;

    if (type == NULL)
        return FFI_CORE_IN_PYTHON("cast");
    result = cdata_cast(type, args[1]);
    Py_DECREF(type);
    return result;
}

FFI_CORE_METHOD(from_buffer)
{
    ffi_core *self = (ffi_core *)object;
    PyObject *result;
    ctype *type = NULL;
    int writable = 0;

    if (names == NULL && count == 1)
        type = ffi_core_type_of(self, self->state->name_char_array);
    else if (count >= 2)
        type = FFI_CORE_TYPE(2, 3);
    if (type == NULL)
        return FFI_CORE_IN_PYTHON("from_buffer");
    if (count == 3)
        writable = PyObject_IsTrue(args[2]);
    result = writable < 0 ? NULL : cdata_new_from_buffer(type, args[count > 1], writable);
    Py_DECREF(type);
    return result;
}

FFI_CORE_METHOD(new_handle)
{
    ffi_core *self = (ffi_core *)object;

    if (names != NULL || count != 1 || self->types == NULL)
        return FFI_CORE_IN_PYTHON("new_handle");
    return cdata_new_handle((ctype *)self->state->void_pointer_type, args[0]);
}

FFI_CORE_METHOD(gc)
{
    ffi_core *self = (ffi_core *)object;

    if (names != NULL || count != 2 || self->types == NULL || !CDATA_CHECK(args[0]) ||
        args[1] == Py_None)
        return FFI_CORE_IN_PYTHON("gc");
    return (PyObject *)cdata_new_gc((cdata *)args[0], args[1]);
}

/* &cdata, or &cdata.field; deeper paths go to Python. */
FFI_CORE_METHOD(addressof)
{
    ffi_core *self = (ffi_core *)object;
    Py_ssize_t offset = 0;
    ctype *type, *pointer;
    PyObject *result;

    if (names == NULL && count == 2 && COMPILED_LIB_CHECK(self->state, args[0]))
        return compiled_lib_address(args[0], args[1]);
    if (names != NULL || count < 1 || count > 2 || self->types == NULL || !CDATA_CHECK(args[0]))
        return FFI_CORE_IN_PYTHON("addressof");
    type = ((cdata *)args[0])->type;
    if (count == 2 && (type->kind == CTYPE_POINTER || type->kind == CTYPE_ARRAY ||
                       ctype_is_record(type))) {
        type = ctype_member(type, args[1], 0, &offset);
        if (type == NULL)
            return NULL;
    }
    else if (count == 2 || !ctype_is_aggregate(type))
        return FFI_CORE_IN_PYTHON("addressof");
    pointer = ctype_new_pointer(type);
    if (pointer == NULL)
        return NULL;
    result = cdata_new_computed(pointer, (char *)((uintptr_t)((cdata *)args[0])->data +
                                                  (uintptr_t)offset), (cdata *)args[0]);
    Py_DECREF(pointer);
    return result;
}

/* --- types ----------------------------------------------------------------- */

FFI_CORE_METHOD(typeof)
{
    ffi_core *self = (ffi_core *)object;
    ctype *type = NULL;

    if (names == NULL && count == 1 && self->types != NULL) {
        if (CDATA_CHECK(args[0]))
            return Py_NewRef((PyObject *)((cdata *)args[0])->type);
        if (PyUnicode_CheckExact(args[0]))
            type = ffi_core_type_of(self, args[0]);
    }
    return type != NULL ? (PyObject *)type : FFI_CORE_IN_PYTHON("typeof");
}

FFI_CORE_METHOD(sizeof)
{
    ffi_core *self = (ffi_core *)object;
    Py_ssize_t size = -1;
    ctype *type;

    if (names == NULL && count == 1 && self->types != NULL && CDATA_CHECK(args[0])) {
        size = cdata_sizeof((cdata *)args[0]);
        return size < 0 ? NULL : PyLong_FromSsize_t(size);
    }
    type = FFI_CORE_TYPE(1, 1);
    if (type != NULL) {
        size = type->size;
        Py_DECREF(type);
    }
    return size < 0 ? FFI_CORE_IN_PYTHON("sizeof") : PyLong_FromSsize_t(size);
}

FFI_CORE_METHOD(alignof)
{
    ffi_core *self = (ffi_core *)object;
    ctype *type = NULL;
    long align = 0;

    if (names == NULL && count == 1 && self->types != NULL)
        type = CDATA_CHECK(args[0]) ? (ctype *)Py_NewRef((PyObject *)((cdata *)args[0])->type)
                                    : ffi_core_type_of(self, args[0]);
    if (type != NULL) {
        align = type->align;
        Py_DECREF(type);
    }
    return align == 0 ? FFI_CORE_IN_PYTHON("alignof") : PyLong_FromLong(align);
}

FFI_CORE_METHOD(offsetof)
{
    ffi_core *self = (ffi_core *)object;
    ctype *type = FFI_CORE_TYPE(2, PY_SSIZE_T_MAX), *inner = type;
    Py_ssize_t offset = 0, distance, i;

    if (type == NULL)
        return FFI_CORE_IN_PYTHON("offsetof");
    for (i = 1; i < count && inner != NULL; i++) {
        distance = 0;
        inner = ctype_member(inner, args[i], i > 1, &distance);
        if (inner != NULL && __builtin_add_overflow(offset, distance, &offset)) {
            /* Python's ints hold it. */
            Py_DECREF(type);
            return FFI_CORE_IN_PYTHON("offsetof");
        }
    }
    Py_DECREF(type);
    return inner == NULL ? NULL : PyLong_FromSsize_t(offset);
}

/* Whether "*x" needs parentheses in the name: C's declarators of pointers to arrays. */
static int ffi_core_needs_parentheses(ctype *type, const char *extra)
{
    PyObject *marked = *extra == '*' ? ctype_name_with(type, "&") : NULL;
    const char *text = marked == NULL ? NULL : PyUnicode_AsUTF8(marked);
    int needs = text != NULL && strstr(text, "&[") != NULL;

    Py_XDECREF(marked);
    return needs;
}

static PyObject *ffi_core_declare(ctype *type, PyObject *wanted)
{
    PyObject *extra = PyObject_CallMethod(wanted, "strip", NULL), *name = NULL;
    const char *text = extra == NULL ? NULL : PyUnicode_AsUTF8(extra);

    if (text != NULL && ffi_core_needs_parentheses(type, text))
        Py_SETREF(extra, PyUnicode_FromFormat("(%U)", extra));
    else if (text != NULL && *text != '\0' && *text != '[' && *text != '(')
        Py_SETREF(extra, PyUnicode_FromFormat(" %U", extra));
    text = extra == NULL || PyErr_Occurred() ? NULL : PyUnicode_AsUTF8(extra);
    if (text != NULL)
        name = ctype_name_with(type, text);
    Py_XDECREF(extra);
    return name;
}

FFI_CORE_METHOD(getctype)
{
    ffi_core *self = (ffi_core *)object;
    ctype *type = FFI_CORE_TYPE(1, 2);
    PyObject *name;

    if (type == NULL || (count == 2 && !PyUnicode_CheckExact(args[1]))) {
        Py_XDECREF(type);
        return FFI_CORE_IN_PYTHON("getctype");
    }
    name = count == 1 ? Py_NewRef(type->name) : ffi_core_declare(type, args[1]);
    Py_DECREF(type);
    return name;
}

/* --- the type -------------------------------------------------------------- */

static int ffi_core_traverse(PyObject *object, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(((ffi_core *)object)->types);
    Py_VISIT(((ffi_core *)object)->former);
    Py_VISIT(((ffi_core *)object)->reader);
    return 0;
}

static int ffi_core_clear(PyObject *object)
{
    Py_CLEAR(((ffi_core *)object)->types);
    Py_CLEAR(((ffi_core *)object)->former);
    Py_CLEAR(((ffi_core *)object)->reader);
    return 0;
}

static void ffi_core_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);

    PyObject_GC_UnTrack(object);
    (void)ffi_core_clear(object);
    type->tp_free(object);
    Py_DECREF(type);
}

/* The arguments are for __init__ of the Python class. */
static PyObject *ffi_core_new_object(PyTypeObject *type, PyObject *Py_UNUSED(args),
                                     PyObject *Py_UNUSED(kwargs))
{
    PyTypeObject *base = type;
    ffi_core *self;

    /* A class made in Python has a dealloc of its own. */
    while (base->tp_dealloc != ffi_core_dealloc)
        base = base->tp_base;
    self = (ffi_core *)type->tp_alloc(type, 0);
    if (self != NULL)
        self->state = PyType_GetModuleState(base);
    return (PyObject *)self;
}

static PyObject *ffi_core_get_types(PyObject *object, void *Py_UNUSED(closure))
{
    PyObject *types = ((ffi_core *)object)->types;

    return Py_NewRef(types == NULL ? Py_None : types);
}

static int ffi_core_set_types(PyObject *object, PyObject *value, void *Py_UNUSED(closure))
{
    ffi_core *self = (ffi_core *)object;

    if (value == NULL || !PyDict_Check(value) || (self->types != NULL && !self->is_plain)) {
        PyErr_SetString(PyExc_TypeError, "the table of types is a dict and is set once");
        return -1;
    }
    self->former = self->types;
    self->types = Py_NewRef(value);
    return 0;
}

static PyGetSetDef ffi_core_getset[] = {
    {"_native_types", ffi_core_get_types, ffi_core_set_types,
     PyDoc_STR("The dict from type strings to types; set once."), NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

#define FFI_CORE_ROW(name, signature, doc)                                                   \
    {#name, (PyCFunction)(void (*)(void))ffi_core_##name, METH_FASTCALL | METH_KEYWORDS,     \
     PyDoc_STR(#name "($self, " signature ")\n--\n\n" doc)}

static PyMethodDef ffi_core_methods[] = {
    FFI_CORE_ROW(new, "cdecl, init=None, keepalive=False",
                 "Allocate zeroed memory for a pointer type's target or an array, and\n"
                 "initialise it.  The returned cdata owns it.\n\n"
                 "With `keepalive` it also keeps the owner of every cdata that is stored\n"
                 "into one of its pointers, by `init` or by assignment, until that pointer\n"
                 "is assigned again.\n\n"
                 "Raises TypeError for another type, what the conversion of `init` raises."),
    FFI_CORE_ROW(cast, "cdecl, source",
                 "`(cdecl)source` as in C: integers wrap, floats are cut.  Owns nothing."),
    FFI_CORE_ROW(from_buffer, "cdecl, python_buffer=None, require_writable=False",
                 "A cdata on the memory of `python_buffer`, which it keeps alive and locked.\n\n"
                 "`from_buffer(obj)` is `from_buffer(\"char[]\", obj)`.  Raises ValueError if\n"
                 "the object is smaller than the type, BufferError if it is not contiguous\n"
                 "or, with `require_writable`, read-only."),
    FFI_CORE_ROW(new_handle, "python_object",
                 "A `void *` that stands for a Python object; it keeps the object alive,\n"
                 "and must itself be kept alive while C has it."),
    FFI_CORE_ROW(gc, "cdata, destructor, size=0",
                 "A new cdata equal to `cdata` that calls `destructor(cdata)` when it dies.\n"
                 "With None, takes the destructor of `cdata` away and returns None."),
    FFI_CORE_ROW(addressof, "cdata, *fields_or_indexes",
                 "`&cdata`, `&cdata.field[index]...` or, for a library and a name, the\n"
                 "address of a function or variable.  Does not keep `cdata` alive."),
    FFI_CORE_ROW(typeof, "cdecl",
                 "The ctype of a type string, or of a cdata.  Equal types are one object.\n\n"
                 "Raises CDefError for a string that is not a type or is a bare function\n"
                 "type, TypeError for any other object."),
    FFI_CORE_ROW(sizeof, "cdecl",
                 "The size in bytes of a type (string or ctype) or of a cdata.\n\n"
                 "Raises ValueError for a type of unknown size."),
    FFI_CORE_ROW(alignof, "cdecl",
                 "The alignment in bytes of a type (string or ctype) or of a cdata's type."),
    FFI_CORE_ROW(offsetof, "cdecl, *fields_or_indexes",
                 "The offset in bytes of a field (str) or item (int) of a type, followed\n"
                 "through nested records and arrays.  Raises KeyError for an unknown field."),
    FFI_CORE_ROW(getctype, "cdecl, replace_with=\"\"",
                 "The C name of a type, with `replace_with` (such as 'name' or '*[5]') put\n"
                 "where a declared name would stand."),
    {NULL, NULL, 0, NULL},
};

static PyType_Slot ffi_core_slots[] = {
    {Py_tp_doc, (void *)PyDoc_STR("What every `ffi` does in C.  Methods fall back on those of the "
                                  "next class.")},
    {Py_tp_new, (void *)ffi_core_new_object},
    {Py_tp_dealloc, (void *)ffi_core_dealloc},
    {Py_tp_traverse, (void *)ffi_core_traverse},
    {Py_tp_clear, (void *)ffi_core_clear},
    {Py_tp_methods, ffi_core_methods},
    {Py_tp_getset, ffi_core_getset},
    {0, NULL},
};

static PyType_Spec ffi_core_spec = {
    .name = CORE_TYPE_NAME("FFI"),
    .basicsize = sizeof(ffi_core),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE |
             Py_TPFLAGS_IMMUTABLETYPE,
    .slots = ffi_core_slots,
};

int ffi_core_init(PyObject *module, core_state *state)
{
    state->name_char_array = PyUnicode_InternFromString("char[]");
    if (state->name_char_array == NULL || ctype_void_pointer(state) == NULL)
        return -1;
    state->ffi_core_type = PyType_FromModuleAndSpec(module, &ffi_core_spec, NULL);
    return state->ffi_core_type == NULL ? -1 : 0;
}

int ffi_core_offer(PyObject *Py_UNUSED(module), core_state *state)
{
    return core_publish_type(state, CORE_TYPE(state, ffi_core_type));
}
