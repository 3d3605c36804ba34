/* cpp_convert_pointer.c: pointers and references to what is no class, and arrays.

   On Python's side these are cdata of cffi_like (`int *`, `void *`, functions),
   or any object with a buffer of the right item type.  Neighbours: cdata.h,
   convert.h of the C side, which own those values. */
#include "cdata.h"
#include "convert.h"
#include "cpp_runtime.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_type.h"
#include "cpp_convert.h"

#include <stdlib.h>

/* ---- buffers ------------------------------------------------------------------------- */

typedef struct pointer_buffer {
    cpp_cleanup cleanup;
    Py_buffer view;
} pointer_buffer;

static void pointer_release_buffer(cpp_cleanup *cleanup)
{
    PyBuffer_Release(&((pointer_buffer *)cleanup)->view);
}

/* Whether an item of the buffer has the representation of `target`. */
static int pointer_item_matches(const cpp_type *target, const Py_buffer *view)
{
    const char *format = view->format == NULL ? "B" : view->format;

    if (target->kind == CPP_VOID)
        return 1;
    if (*format == '@' || *format == '=' || *format == '<')
        format++;
    if (format[0] == '\0' || format[1] != '\0' || view->itemsize != target->size)
        return 0;
    switch ((cpp_kind)target->kind) {
    case CPP_BOOL:
        return *format == '?';
    case CPP_FLOAT: case CPP_DOUBLE: case CPP_LONGDOUBLE:
        return strchr("efdg", *format) != NULL;
    case CPP_UCHAR: case CPP_USHORT: case CPP_UINT: case CPP_ULONG: case CPP_ULONGLONG:
        return strchr("cBHILQN", *format) != NULL;
    case CPP_CHAR: case CPP_CHAR8:
        return strchr("cbB", *format) != NULL;
    case CPP_SCHAR: case CPP_SHORT: case CPP_INT: case CPP_LONG: case CPP_LONGLONG:
        return strchr("cbhilqn", *format) != NULL;
    default:
        return 0;
    }
}

/* 0, or -1 with an error. */
static int pointer_get_buffer(cpp_type *type, PyObject *value, Py_buffer *view)
{
    int flags = PyBUF_C_CONTIGUOUS | PyBUF_FORMAT;

    if (!(type->target->flags & CPP_TYPE_CONST))
        flags |= PyBUF_WRITABLE;
    if (PyObject_GetBuffer(value, view, flags) < 0) {
        PyErr_Clear();
        return cpp_type_refuse(type, value, flags & PyBUF_WRITABLE ? "its buffer is not writable and contiguous"
                                                                   : "its buffer is not contiguous");
    }
    if (pointer_item_matches(type->target, view))
        return 0;
    PyErr_Format(PyExc_TypeError, "cannot convert %s to '%U': the items of its buffer have format '%s'",
                 Py_TYPE(value)->tp_name, type->spelling, view->format == NULL ? "B" : view->format);
    PyBuffer_Release(view);
    return -1;
}

/* ---- pointers --------------------------------------------------------------------------- */

static int pointer_from_cdata(cpp_type *type, PyObject *value, char **result)
{
    if (type->ctype == NULL)
        return cpp_type_refuse(type, value, "this type has no counterpart in C");
    return convert_as_pointer(type->ctype, value, result);
}

static int pointer_rank_data(cpp_type *type, PyObject *value)
{
    core_state *state = type->runtime->state;
    int rank = type->target->kind == CPP_VOID ? CPP_RANK_CONVERSION : CPP_RANK_EXACT;

    if (cpp_type_is_null(type, value))
        return CPP_RANK_CONVERSION + 1;
    if (cdata_check(state, value)) {
        char *ignored;
        if (pointer_from_cdata(type, value, &ignored) == 0)
            return rank;
        PyErr_Clear();
        return CPP_RANK_NONE;
    }
    if (type->target->kind == CPP_VOID && cpp_class_check(state, Py_TYPE(value)))
        return CPP_RANK_CONVERSION + 2;
    if (PyObject_CheckBuffer(value)) {
        Py_buffer view;
        if (pointer_get_buffer(type, value, &view) == 0) {
            PyBuffer_Release(&view);
            return rank + 1;
        }
        PyErr_Clear();
    }
    return CPP_RANK_NONE;
}

static int pointer_pass_data(cpp_type *type, PyObject *value, void *place, cpp_call *call, void *scratch)
{
    core_state *state = type->runtime->state;

    *(void **)place = NULL;
    if (cpp_type_is_null(type, value))
        return 0;
    if (cdata_check(state, value))
        return pointer_from_cdata(type, value, place);
    if (type->target->kind == CPP_VOID && cpp_class_check(state, Py_TYPE(value))) {
        *(void **)place = cpp_instance_address((cpp_instance *)value);
        return *(void **)place == NULL ? -1 : 0;
    }
    if (PyObject_CheckBuffer(value) && type->target->kind != CPP_FUNCTION) {
        pointer_buffer *buffer = scratch;
        if (pointer_get_buffer(type, value, &buffer->view) < 0)
            return -1;
        cpp_call_defer(call, &buffer->cleanup, pointer_release_buffer);
        *(void **)place = buffer->view.buf;
        return 0;
    }
    return cpp_type_refuse(type, value, NULL);
}

static PyObject *pointer_load_data(cpp_type *type, char *address, PyObject *Py_UNUSED(owner))
{
    if (type->ctype == NULL)
        return cpp_convert_unknown.load(type, address, NULL);
    return cdata_new_view(type->ctype, *(char **)address);
}

static int pointer_store_data(cpp_type *type, char *address, PyObject *value, PyObject *owner)
{
    char *pointer = NULL;

    if (!cpp_type_is_null(type, value)) {
        if (!cdata_check(type->runtime->state, value))
            return cpp_type_refuse(type, value, "a cdata pointer is needed");
        if (pointer_from_cdata(type, value, &pointer) < 0)
            return -1;
    }
    if (owner != NULL && cpp_instance_keep(owner, address, pointer == NULL ? NULL : value) < 0)
        return -1;
    *(char **)address = pointer;
    return 0;
}

const cpp_ops cpp_convert_pointer_data = {
    pointer_rank_data, pointer_pass_data, pointer_load_data, pointer_store_data, 112,
};

/* ---- const T & and T && of scalars --------------------------------------------------------- */

static int pointer_rank_const_ref(cpp_type *type, PyObject *value)
{
    return type->target->ops->rank(type->target, value);
}

/* The temporary that the reference is bound to lies in the scratch memory; the
   image of a register begins with the value (little-endian). */
static int pointer_pass_const_ref(cpp_type *type, PyObject *value, void *place, cpp_call *call, void *scratch)
{
    *(void **)place = scratch;
    return type->target->ops->argument(type->target, value, scratch, call, (char *)scratch + 16);
}

static PyObject *pointer_load_ref(cpp_type *type, char *place, PyObject *owner)
{
    return type->target->ops->load(type->target, *(char **)place, owner);
}

static int pointer_store_ref(cpp_type *type, char *place, PyObject *value, PyObject *owner)
{
    if (type->target->flags & CPP_TYPE_CONST)
        return cpp_type_refuse(type, value, "the value is const");
    return type->target->ops->store(type->target, *(char **)place, value, owner);
}

const cpp_ops cpp_convert_pointer_const_ref = {
    pointer_rank_const_ref, pointer_pass_const_ref, pointer_load_ref, pointer_store_ref, 128,
};

/* ---- T & of scalars: C++ writes into memory that Python named ------------------------------- */

static int pointer_rank_ref(cpp_type *type, PyObject *value)
{
    return cpp_type_is_null(type, value) ? CPP_RANK_NONE : pointer_rank_data(type, value);
}

static int pointer_pass_ref(cpp_type *type, PyObject *value, void *place, cpp_call *call, void *scratch)
{
    core_state *state = type->runtime->state;

    if (!cdata_check(state, value) && !PyObject_CheckBuffer(value))
        return cpp_type_refuse(type, value, "C++ may write there: pass cdata such as ffi.new('int *'), "
                                            "or a writable buffer");
    if (pointer_pass_data(type, value, place, call, scratch) < 0)
        return -1;
    if (*(void **)place == NULL)
        return cpp_type_refuse(type, value, "there is no null reference");
    if (!cdata_check(state, value) && ((pointer_buffer *)scratch)->view.len < type->target->size)
        return cpp_type_refuse(type, value, "its buffer is empty");
    return 0;
}

const cpp_ops cpp_convert_pointer_ref = {
    pointer_rank_ref, pointer_pass_ref, pointer_load_ref, pointer_store_ref, 112,
};

/* ---- arrays: members and globals -------------------------------------------------------------- */

static PyObject *pointer_load_objects(cpp_type *type, char *address, PyObject *owner)
{
    Py_ssize_t count = type->extent, stride = type->target->size;
    PyObject *result = PyTuple_New(count);

    for (Py_ssize_t i = 0; result != NULL && i < count; i++) {
        PyObject *item = type->target->ops->load(type->target, address + i * stride, owner);
        if (item == NULL)
            Py_CLEAR(result);
        else
            PyTuple_SET_ITEM(result, i, item);
    }
    return result;
}

/* char[N] is text up to its NUL; numbers give a view that keeps the object
   alive; anything else a tuple of its items. */
static PyObject *pointer_load_array(cpp_type *type, char *address, PyObject *owner)
{
    if (type->extent < 0 || (type->flags & CPP_TYPE_OPEN))
        return cpp_convert_unknown.load(type, address, owner);
    if (type->target->kind == CPP_CHAR)
        return PyUnicode_DecodeUTF8(address, (Py_ssize_t)strnlen(address, (size_t)type->extent),
                                    "surrogateescape");
    if (type->ctype == NULL)
        return pointer_load_objects(type, address, owner);
    PyObject *view = cdata_new_view(type->ctype, address);
    if (view != NULL && owner != NULL && type->runtime->hold_view != NULL) {
        PyObject *done = PyObject_CallFunctionObjArgs(type->runtime->hold_view, view, owner, NULL);
        if (done == NULL)
            Py_CLEAR(view);
        Py_XDECREF(done);
    }
    return view;
}

static int pointer_store_array(cpp_type *type, char *address, PyObject *value, PyObject *owner)
{
    if (type->flags & CPP_TYPE_OPEN)
        return cpp_type_refuse(type, value, "its length is unknown");
    if (type->target->kind == CPP_CHAR && PyUnicode_Check(value)) {
        Py_ssize_t size;
        const char *text = PyUnicode_AsUTF8AndSize(value, &size);
        if (text == NULL)
            return -1;
        if (size > type->extent)
            return cpp_type_refuse(type, value, "the string is too long");
        memset(address, 0, (size_t)type->extent);
        memcpy(address, text, (size_t)size);
        return 0;
    }
    if (type->ctype != NULL)
        return convert_store(type->ctype, address, value);
    PyObject *items = PySequence_Fast(value, "a sequence is needed to assign an array");
    if (items == NULL)
        return -1;
    Py_ssize_t count = PySequence_Fast_GET_SIZE(items);
    int status = count <= type->extent ? 0 : cpp_type_refuse(type, value, "too many items");
    /* The size again: converting an item runs Python, which may shorten the list. */
    for (Py_ssize_t i = 0; status == 0 && i < count && i < PySequence_Fast_GET_SIZE(items); i++) {
        PyObject *item = Py_NewRef(PySequence_Fast_GET_ITEM(items, i));
        status = type->target->ops->store(type->target, address + i * type->target->size, item, owner);
        Py_DECREF(item);
    }
    Py_DECREF(items);
    return status;
}

const cpp_ops cpp_convert_pointer_array = {
    pointer_rank_data, pointer_pass_data, pointer_load_array, pointer_store_array, 112,
};
