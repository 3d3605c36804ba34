/* cpp_sequence.c: std::vector of numbers without its methods: a list becomes
   one, its memory becomes a buffer.

   libstdc++ and libc++ agree on three pointers: to the first item, behind the
   last one, and behind the memory.  runtime/pythonize turns this on for classes
   whose size fits.  Neighbours: cpp_convert_class.c and cpp_construct.c, which come here. */
#include "cpp_runtime.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_type.h"
#include "cpp_convert.h"
#include "cpp_guard.h"
#include "cpp_candidate.h"
#include "cpp_method.h"
#include "cpp_sequence.h"

typedef struct sequence_vector {
    char *first, *last, *end;
} sequence_vector;

/* std::span of dynamic extent, in libstdc++ and libc++. */
typedef struct sequence_span {
    char *first;
    size_t count;
} sequence_span;

typedef struct sequence_argument {
    cpp_cleanup cleanup;
    sequence_vector vector;
} sequence_argument;

_Static_assert(sizeof(sequence_argument) <= CPP_SEQUENCE_SCRATCH, "the scratch memory holds a vector and its cleanup");

/* A function of the value tells: True, or, where only cls(value) takes it, something else that is true. */
static int sequence_ask(PyObject *function, PyObject *value, int is_explicit)
{
    PyObject *answer = PyObject_CallOneArg(function, value);
    int result = answer == NULL ? -1 : answer == Py_True ? 1 : is_explicit ? PyObject_IsTrue(answer) : 0;

    Py_XDECREF(answer);
    if (result < 0)
        PyErr_Clear();          /* said again when it is converted */
    return result > 0;
}

static int sequence_takes(cpp_class *cls, PyObject *value, int is_explicit)
{
    for (Py_ssize_t i = 0; cls->from_types != NULL && i < PyTuple_GET_SIZE(cls->from_types); i++) {
        PyTypeObject *type = (PyTypeObject *)PyTuple_GET_ITEM(cls->from_types, i);
        if (!PyType_Check((PyObject *)type)) {
            if (!PyType_IsSubtype(Py_TYPE(value), (PyTypeObject *)cls) && sequence_ask((PyObject *)type, value, is_explicit))
                return 1;
            continue;
        }
        /* int stands for all that can be an index, NumPy's numbers among them. */
        if (PyType_IsSubtype(Py_TYPE(value), type) || (type == &PyLong_Type && PyIndex_Check(value)))
            return cpp_class_of_type(Py_TYPE(value)) == NULL ||
                   !PyType_IsSubtype(Py_TYPE(value), (PyTypeObject *)cls);
    }
    return cls->items != NULL && Py_TYPE(value)->tp_as_buffer != NULL && PyObject_CheckBuffer(value) &&
           !PyType_IsSubtype(Py_TYPE(value), (PyTypeObject *)cls);
}

int cpp_sequence_takes(cpp_class *cls, PyObject *value)
{
    return sequence_takes(cls, value, 0);
}

int cpp_sequence_is_source(cpp_class *cls, PyObject *value)
{
    if (PyType_IsSubtype(Py_TYPE(value), (PyTypeObject *)cls))
        return 0;
    return Py_TYPE(value)->tp_iter != NULL || sequence_takes(cls, value, 1);
}

/* ---- lists as arguments -------------------------------------------------------- */

static void sequence_drop(cpp_cleanup *cleanup)
{
    PyMem_Free(((sequence_argument *)cleanup)->vector.first);
}

static int sequence_store(cpp_type *items, char *address, PyObject *value)
{
    int64_t number;
    double floating;

    switch (items->kind) {
    case CPP_INT:
        if (COMPAT_UNLIKELY(cpp_convert_as_int(items, value, &number) < 0))
            return cpp_type_store_converted(items, address, value, NULL);
        *(int32_t *)address = (int32_t)number;
        return 0;
    case CPP_DOUBLE:
        if (COMPAT_UNLIKELY(cpp_convert_as_double(items, value, &floating) < 0))
            return cpp_type_store_converted(items, address, value, NULL);
        *(double *)address = floating;
        return 0;
    default:
        return cpp_type_store(items, address, value, NULL);
    }
}

/* The items of exactly Python's own int or float, whose conversion runs no code of others: how many, from the start. */
static Py_ssize_t sequence_store_plain(cpp_type *items, char *memory, PyObject *const *values, Py_ssize_t count)
{
    Py_ssize_t i = 0;

    if (items->kind == CPP_INT) {
        int64_t number;
        for (; i < count && cpp_convert_small_int(values[i], &number) && number == (int32_t)number; i++)
            ((int32_t *)memory)[i] = (int32_t)number;
    }
    else if (items->kind == CPP_DOUBLE) {
        for (; i < count && PyFloat_CheckExact(values[i]); i++)
            ((double *)memory)[i] = PyFloat_AS_DOUBLE(values[i]);
    }
    return i;
}

int cpp_sequence_pass(cpp_class *cls, PyObject *value, void *place, cpp_call *call, void *scratch)
{
    sequence_argument *argument = scratch;
    Py_ssize_t count = PySequence_Fast_GET_SIZE(value), size = cls->items->size;
    char *memory = PyMem_Malloc(count == 0 ? 1 : (size_t)(count * size));

    if (memory == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = sequence_store_plain(cls->items, memory, PySequence_Fast_ITEMS(value), count); i < count; i++) {
        if (COMPAT_UNLIKELY(i >= PySequence_Fast_GET_SIZE(value))) {
            PyErr_SetString(PyExc_RuntimeError, "the list became shorter while it was converted");
            goto failed;
        }
        PyObject *item = Py_NewRef(PySequence_Fast_GET_ITEM(value, i));
        int status = sequence_store(cls->items, memory + i * size, item);
        Py_DECREF(item);
        if (COMPAT_UNLIKELY(status < 0))
            goto failed;
    }
    argument->vector.first = memory;
    argument->vector.last = argument->vector.end = memory + count * size;
    cpp_call_defer(call, &argument->cleanup, sequence_drop);
    *(void **)place = &argument->vector;
    return 0;
failed:
    PyMem_Free(memory);
    return -1;
}

/* ---- buffers -------------------------------------------------------------------- */

static const char *sequence_format(const cpp_type *items)
{
    static const char *const formats[CPP_KIND_COUNT] = {
        [CPP_CHAR] = "b", [CPP_SCHAR] = "b", [CPP_UCHAR] = "B", [CPP_CHAR8] = "B", [CPP_SHORT] = "h",
        [CPP_USHORT] = "H", [CPP_INT] = "i", [CPP_UINT] = "I", [CPP_LONG] = "l", [CPP_ULONG] = "L",
        [CPP_LONGLONG] = "q", [CPP_ULONGLONG] = "Q", [CPP_FLOAT] = "f", [CPP_DOUBLE] = "d",
    };
    return formats[items->kind];
}

/* Where the items of the object at `address` begin, and how many bytes they have. */
static char *sequence_range(const cpp_class *cls, void *address, Py_ssize_t *size)
{
    switch (cls->buffer_layout) {
    case CPP_ITEMS_SPAN: {
        const sequence_span *span = address;
        *size = (Py_ssize_t)span->count * cls->buffer_item;
        return span->first;
    }
    case CPP_ITEMS_INLINE:
        *size = cls->size;
        return address;
    default: {
        const sequence_vector *vector = address;
        *size = vector->last - vector->first;
        return vector->first;
    }
    }
}

static int sequence_get_buffer(PyObject *object, Py_buffer *view, int flags)
{
    cpp_class *cls = cpp_instance_class(object);
    cpp_instance *self = (cpp_instance *)object;
    void *address;

    view->obj = NULL;
    if (cls == NULL || cls->buffer_format == NULL) {
        PyErr_Format(PyExc_BufferError, "'%s' has no buffer", Py_TYPE(object)->tp_name);
        return -1;
    }
    if ((flags & PyBUF_WRITABLE) && (cls->flags & CPP_CLASS_READONLY)) {
        PyErr_Format(PyExc_BufferError, "the items of '%s' are const", Py_TYPE(object)->tp_name);
        return -1;
    }
    address = cpp_instance_address(self);
    if (address == NULL)
        return -1;
    char *first = sequence_range(cls, address, &view->len);
    /* What C++ lent as const for a call goes with it: the view has the items of its own. */
    int copied = (self->flags & CPP_READONLY) && !(flags & PyBUF_WRITABLE);
    Py_ssize_t *shape = PyMem_Malloc(2 * sizeof *shape + (copied ? (size_t)view->len : 0));
    if (shape == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    if (cpp_instance_export(object, 1) < 0) {
        PyMem_Free(shape);
        return -1;
    }
    if (copied && first != NULL)
        first = memcpy(shape + 2, first, (size_t)view->len);
    view->itemsize = shape[1] = cls->buffer_item;
    shape[0] = view->len / view->itemsize;
    view->buf = first != NULL ? first : (char *)shape;
    view->readonly = copied || (cls->flags & CPP_CLASS_READONLY) != 0;
    view->format = flags & PyBUF_FORMAT ? PyBytes_AS_STRING(cls->buffer_format) : NULL;
    view->ndim = 1;
    view->shape = flags & PyBUF_ND ? shape : NULL;
    view->strides = (flags & PyBUF_STRIDES) == PyBUF_STRIDES ? shape + 1 : NULL;
    view->suboffsets = NULL;
    view->internal = shape;
    view->obj = Py_NewRef(object);
    return 0;
}

static void sequence_release_buffer(PyObject *object, Py_buffer *view)
{
    (void)cpp_instance_export(object, -1);
    PyMem_Free(view->internal);
}

static PyObject *sequence_get_exports(PyObject *Py_UNUSED(module), PyObject *object)
{
    if (cpp_class_of_type(Py_TYPE(object)) == NULL)
        return PyErr_Format(PyExc_TypeError, "a C++ object is needed, not '%s'", Py_TYPE(object)->tp_name);
    return PyLong_FromUnsignedLong(((cpp_instance *)object)->exports);
}

/* ---- items --------------------------------------------------------------------- */

/* The class itself where it is a std::vector of numbers, else the first base that is one; NULL without an error. */
static cpp_class *sequence_class(cpp_class *cls, cpp_cast **cast)
{
    *cast = NULL;
    if (COMPAT_LIKELY(cls->items != NULL))
        return cls;
    for (Py_ssize_t i = 0; i < cls->cast_count; i++) {
        if (cls->casts[i].base->items != NULL && !cls->casts[i].is_ambiguous) {
            *cast = &cls->casts[i];
            return cls->casts[i].base;
        }
    }
    return NULL;
}

/* The vector of numbers behind a proxy; NULL with an error. */
static sequence_vector *sequence_of(PyObject *object, cpp_type **items)
{
    cpp_class *cls = cpp_class_of_type(Py_TYPE(object)) == NULL ? NULL : cpp_instance_class(object), *found;
    cpp_cast *cast;

    if (cls == NULL || (found = sequence_class(cls, &cast)) == NULL)
        return PyErr_Format(PyExc_TypeError, "a std::vector of numbers is needed, not '%s'", Py_TYPE(object)->tp_name),
               NULL;
    *items = found->items;
    void *address = cpp_instance_address((cpp_instance *)object);
    return address == NULL || cast == NULL ? address : cpp_class_apply_cast(cls, cast, address);
}

/* (vector, index): an item; negative indices count from the end. */
static PyObject *sequence_get_item(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t nargs)
{
    cpp_type *items;
    sequence_vector *vector;
    Py_ssize_t index, count;

    if (nargs != 2)
        return PyErr_Format(PyExc_TypeError, "cpp_get_item takes 2 arguments");
    index = PyNumber_AsSsize_t(args[1], PyExc_IndexError);
    if (index == -1 && PyErr_Occurred())
        return NULL;
    vector = sequence_of(args[0], &items);
    if (vector == NULL)
        return NULL;
    count = (vector->last - vector->first) / items->size;
    if (index < -count || index >= count)
        return PyErr_Format(PyExc_IndexError, "index %zd of a '%s' of %zd items", index, Py_TYPE(args[0])->tp_name,
                            count);
    return items->ops->load(items, vector->first + (index < 0 ? index + count : index) * items->size, NULL);
}

/* (vector, first, last): a list of items, those that exist. */
static PyObject *sequence_get_items(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *object, *list;
    cpp_type *items;
    sequence_vector *vector;
    Py_ssize_t first, last, count;

    if (!PyArg_ParseTuple(args, "Onn:cpp_get_items", &object, &first, &last))
        return NULL;
    vector = sequence_of(object, &items);
    if (vector == NULL)
        return NULL;
    count = (vector->last - vector->first) / items->size;
    first = first < 0 ? 0 : first;
    last = last > count ? count : last;
    count = last > first ? last - first : 0;
    list = PyList_New(count);
    /* Loading a number runs no code of others, so the vector stays as it is. */
    for (Py_ssize_t i = 0; list != NULL && i < count; i++) {
        PyObject *item = items->ops->load(items, vector->first + (first + i) * items->size, NULL);
        if (item == NULL)
            Py_CLEAR(list);
        else
            PyList_SET_ITEM(list, i, item);
    }
    return list;
}

/* (vector, first, list or tuple): assigns items that exist. */
static PyObject *sequence_put_items(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *object, *values;
    cpp_type *items;
    sequence_vector *vector;
    Py_ssize_t first;

    if (!PyArg_ParseTuple(args, "OnO:cpp_put_items", &object, &first, &values))
        return NULL;
    if (!PyList_Check(values) && !PyTuple_Check(values))
        return PyErr_Format(PyExc_TypeError, "a list or tuple is needed, not '%s'", Py_TYPE(values)->tp_name);
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(values); i++) {
        int64_t number[2];
        PyObject *item = Py_NewRef(PySequence_Fast_GET_ITEM(values, i));
        /* Converting may run code that changes the vector, so it comes first. */
        int status = (vector = sequence_of(object, &items)) == NULL ? -1 : sequence_store(items, (char *)number, item);
        Py_DECREF(item);
        if (status < 0 || (vector = sequence_of(object, &items)) == NULL)
            return NULL;
        if (first < 0 || first + i >= (vector->last - vector->first) / items->size)
            return PyErr_Format(PyExc_IndexError, "item %zd of '%s' does not exist", first + i,
                                Py_TYPE(object)->tp_name);
        memcpy(vector->first + (first + i) * items->size, number, (size_t)items->size);
    }
    Py_RETURN_NONE;
}

/* ---- set up ------------------------------------------------------------------------ */

static PyObject *sequence_set_source(PyObject *module, PyObject *args)
{
    core_state *state = core_state_of(module);
    PyObject *object, *function, *types, *items;

    if (!PyArg_ParseTuple(args, "OOO!O:cpp_set_source", &object, &function, &PyTuple_Type, &types, &items))
        return NULL;
    if (!PyType_Check(object) || !cpp_class_check(state, (PyTypeObject *)object) ||
        ((cpp_class *)object)->cxx != (cpp_class *)object)
        return PyErr_Format(PyExc_TypeError, "%R is no C++ class", object);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(types); i++) {
        if (!PyCallable_Check(PyTuple_GET_ITEM(types, i)))
            return PyErr_Format(PyExc_TypeError, "cpp_set_source: a tuple of types and functions is needed");
    }
    cpp_class *cls = (cpp_class *)object;
    if (items != Py_None) {
        if (!CPP_TYPE_CHECK(state, items) || sequence_format((cpp_type *)items) == NULL ||
            cls->size != (Py_ssize_t)sizeof(sequence_vector))
            return PyErr_Format(PyExc_TypeError, "cpp_set_source: %R is no std::vector of numbers", object);
        Py_XSETREF(cls->items, (cpp_type *)Py_NewRef(items));
        /* What the class's __iter__ does, without a call of Python's; another __iter__ takes its place as everywhere. */
        ((PyTypeObject *)cls)->tp_iter = cpp_iterate;
    }
    Py_XSETREF(cls->from_types, Py_NewRef(types));
    Py_XSETREF(cls->from_python, Py_NewRef(function));
    Py_RETURN_NONE;
}

/* The user's mapping of a class, see cppbind/runtime/mappings.py; without `from_python` what was there stays. */
static PyObject *sequence_set_mapping(PyObject *module, PyObject *args)
{
    core_state *state = core_state_of(module);
    PyObject *object, *to_python, *from_python, *types;

    if (!PyArg_ParseTuple(args, "OOOO!:cpp_set_mapping", &object, &to_python, &from_python, &PyTuple_Type, &types))
        return NULL;
    if (!PyType_Check(object) || !cpp_class_check(state, (PyTypeObject *)object) ||
        ((cpp_class *)object)->cxx != (cpp_class *)object)
        return PyErr_Format(PyExc_TypeError, "%R is no C++ class", object);
    cpp_class *cls = (cpp_class *)object;
    Py_XSETREF(cls->to_python, to_python == Py_None ? NULL : Py_NewRef(to_python));
    if (from_python != Py_None || (cls->flags & CPP_CLASS_MAPPED)) {
        Py_XSETREF(cls->from_types, from_python == Py_None ? NULL : Py_NewRef(types));
        Py_XSETREF(cls->from_python, from_python == Py_None ? NULL : Py_NewRef(from_python));
        cls->flags = from_python == Py_None ? cls->flags & ~(uint32_t)CPP_CLASS_MAPPED : cls->flags | CPP_CLASS_MAPPED;
    }
    Py_RETURN_NONE;
}

/* The class's objects are buffers from now on. */
static PyObject *sequence_set_buffer(PyObject *module, PyObject *args)
{
    core_state *state = core_state_of(module);
    PyObject *object, *format;
    Py_ssize_t item;
    int layout, readonly;

    if (!PyArg_ParseTuple(args, "OiSnp:cpp_set_buffer", &object, &layout, &format, &item, &readonly))
        return NULL;
    if (!PyType_Check(object) || !cpp_class_check(state, (PyTypeObject *)object) ||
        ((cpp_class *)object)->cxx != (cpp_class *)object)
        return PyErr_Format(PyExc_TypeError, "%R is no C++ class", object);
    cpp_class *cls = (cpp_class *)object;
    if (item <= 0 || (layout == CPP_ITEMS_VECTOR && cls->size != (Py_ssize_t)sizeof(sequence_vector)) ||
        (layout == CPP_ITEMS_SPAN && cls->size != (Py_ssize_t)sizeof(sequence_span)) ||
        (layout == CPP_ITEMS_INLINE && cls->size % item != 0))
        return PyErr_Format(PyExc_TypeError, "cpp_set_buffer: %R has another layout", object);
    cls->buffer_layout = (unsigned char)layout;
    cls->buffer_item = item;
    cls->flags |= readonly ? CPP_CLASS_READONLY : 0;
    Py_XSETREF(cls->buffer_format, Py_NewRef(format));
    cls->head.as_buffer.bf_getbuffer = sequence_get_buffer;
    cls->head.as_buffer.bf_releasebuffer = sequence_release_buffer;
    PyType_Modified((PyTypeObject *)cls);
    Py_RETURN_NONE;
}

/* A result of this class by value keeps the objects alive that it may point into. */
static PyObject *sequence_set_view(PyObject *module, PyObject *object)
{
    if (!PyType_Check(object) || !cpp_class_check(core_state_of(module), (PyTypeObject *)object))
        return PyErr_Format(PyExc_TypeError, "%R is no C++ class", object);
    ((cpp_class *)object)->flags |= CPP_CLASS_VIEW;
    Py_RETURN_NONE;
}

/* (class, type or None): a smart pointer's first word points to an object of that type. */
static PyObject *sequence_set_pointee(PyObject *module, PyObject *args)
{
    core_state *state = core_state_of(module);
    PyObject *object, *type;

    if (!PyArg_ParseTuple(args, "OO:cpp_set_pointee", &object, &type))
        return NULL;
    if (!PyType_Check(object) || !cpp_class_check(state, (PyTypeObject *)object) || !CPP_TYPE_CHECK(state, type) ||
        ((cpp_type *)type)->kind != CPP_CLASS)
        return PyErr_Format(PyExc_TypeError, "cpp_set_pointee: a C++ class and the type of another are needed");
    Py_XSETREF(((cpp_class *)object)->pointee, (cpp_type *)Py_NewRef(type));
    Py_RETURN_NONE;
}

/* The format of a number in a buffer, None for what is none. */
static PyObject *sequence_item_format(PyObject *module, PyObject *items)
{
    if (!CPP_TYPE_CHECK(core_state_of(module), items))
        return PyErr_Format(PyExc_TypeError, "a CppType is needed, not '%s'", Py_TYPE(items)->tp_name);
    const char *format = sequence_format((cpp_type *)items);
    if (format == NULL)
        Py_RETURN_NONE;
    return PyUnicode_FromString(format);
}

static PyMethodDef sequence_functions[] = {
    {"cpp_set_mapping", sequence_set_mapping, METH_VARARGS,
     "(class, to_python, from_python, types that convert): the user's type mapping; None for no such function."},
    {"cpp_set_buffer", sequence_set_buffer, METH_VARARGS,
     "(class, layout, format as bytes, item size, whether it is read-only): its objects have the buffer protocol."},
    {"cpp_set_view", sequence_set_view, METH_O, "(class): its objects point into others, which results keep alive."},
    {"cpp_set_pointee", sequence_set_pointee, METH_VARARGS,
     "(class, type): its objects are smart pointers to that, taken wherever a pointer or reference is wanted."},
    {"cpp_item_format", sequence_item_format, METH_O, "(type): a number's format in a buffer, or None."},
    {"cpp_set_source", sequence_set_source, METH_VARARGS,
     "(class, function, types, item type or None): function(class, value) makes objects from values of Python's;\n"
     "those of `types` convert implicitly, and those for which a function there says True.  With an item type the\n"
     "class is a std::vector of such numbers."},
    {"cpp_get_item", (PyCFunction)(void (*)(void))sequence_get_item, METH_FASTCALL, "(vector of numbers, index)"},
    {"cpp_get_items", sequence_get_items, METH_VARARGS, "(vector of numbers, first, last): a list of those there are."},
    {"cpp_put_items", sequence_put_items, METH_VARARGS, "(vector of numbers, first, list): assigns existing items."},
    {"cpp_exports", sequence_get_exports, METH_O, "How many buffers of an object's items are in use."},
    {NULL, NULL, 0, NULL},
};

int cpp_sequence_init(PyObject *module, core_state *Py_UNUSED(state))
{
    return PyModule_AddFunctions(module, sequence_functions);
}
