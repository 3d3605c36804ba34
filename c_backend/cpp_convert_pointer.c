/* cpp_convert_pointer.c: pointers and references to what is no class.

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

/* Whether items of a struct-module format have the representation of `target`.
   Of ctypes, '&' is a pointer to what follows, 'P' void *, 'z' char *. */
static int pointer_format_matches(const cpp_type *target, const char *format, Py_ssize_t itemsize)
{
    while (target->kind == CPP_ARRAY)
        target = target->target;        /* rows of a matrix */
    if (*format == '@' || *format == '=' || *format == '<')
        format++;
    if (target->kind == CPP_ENUM && target->target != NULL)
        return format[0] != '\0' && format[1] == '\0' && (itemsize == 0 || itemsize == target->target->size) &&
               strchr("bBhHiIlLqQ", *format) != NULL;
    if (target->kind == CPP_POINTER && target->target != NULL) {
        if (*format == '&')
            return target->target->kind == CPP_VOID || pointer_format_matches(target->target, format + 1, 0);
        return (*format == 'P' || (*format == 'z' && target->target->kind == CPP_CHAR)) && format[1] == '\0';
    }
    if (format[0] == '\0' || format[1] != '\0' || (itemsize != 0 && itemsize != target->size))
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
    case CPP_WCHAR:
        return *format == 'u';
    default:
        return 0;
    }
}

/* Whether an item of the buffer has the representation of `target`. */
static int pointer_item_matches(const cpp_type *target, const Py_buffer *view)
{
    return target->kind == CPP_VOID ||
           pointer_format_matches(target, view->format == NULL ? "B" : view->format, view->itemsize);
}

/* A ctypes pointer: a buffer of one item, which is the address. */
static int pointer_is_indirect(const cpp_type *target, const Py_buffer *view)
{
    const char *format = view->format == NULL ? "" : view->format;

    if (*format == '@' || *format == '=' || *format == '<')
        format++;
    if (view->ndim == 0 && ((target->kind == CPP_VOID && (*format == 'P' || *format == 'z' || *format == 'Z')) ||
                            (target->kind == CPP_CHAR && (target->flags & CPP_TYPE_CONST) && *format == 'z')))
        return 1;               /* ctypes.c_void_p, c_char_p, c_wchar_p */
    return *format == '&' && view->ndim == 0 &&
           (target->kind == CPP_VOID || pointer_format_matches(target, format + 1, 0));
}

/* What is passed for a buffer: the address that a ctypes pointer holds, else its own.  A null pointer to a pointer is
   one that C++ is to set. */
static void *pointer_of_buffer(const cpp_type *target, const Py_buffer *view)
{
    if (pointer_is_indirect(target, view) && (target->kind != CPP_POINTER || *(void **)view->buf != NULL))
        return *(void **)view->buf;
    return view->buf;
}

/* Whether a ctypes.byref() points to the start of its object: only its repr, <cparam 'P' (0x...)>, tells an offset. */
static int pointer_is_at_start(PyObject *reference, PyObject *referent)
{
    Py_buffer view;
    PyObject *text = PyObject_Repr(reference);
    const char *address = text == NULL ? NULL : PyUnicode_AsUTF8(text);
    int same = 0;

    if (address != NULL && (address = strstr(address, "(0x")) != NULL &&
        PyObject_GetBuffer(referent, &view, PyBUF_SIMPLE) == 0) {
        same = (uintptr_t)strtoull(address + 1, NULL, 16) == (uintptr_t)view.buf;
        PyBuffer_Release(&view);
    }
    Py_XDECREF(text);
    PyErr_Clear();
    return same;
}

/* What ctypes.byref(x) names: x, which it keeps alive; any other value, byref(x, offset) too, is itself. */
static PyObject *pointer_referent(PyObject *value)
{
    const char *name = Py_TYPE(value)->tp_name, *dot = strrchr(name, '.');

    if (strcmp(dot == NULL ? name : dot + 1, "CArgObject") != 0)    /* _ctypes.CArgObject from CPython 3.13 on */
        return value;
    PyObject *referent = PyObject_GetAttrString(value, "_obj");
    if (referent == NULL) {
        PyErr_Clear();
        return value;
    }
    int whole = pointer_is_at_start(value, referent);
    Py_DECREF(referent);
    return whole ? referent : value;
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
    if (pointer_is_indirect(type->target, view) || pointer_item_matches(type->target, view))
        return 0;
    PyErr_Format(PyExc_TypeError, "cannot convert %s to '%U': the items of its buffer have format '%s'",
                 Py_TYPE(value)->tp_name, type->spelling, view->format == NULL ? "B" : view->format);
    PyBuffer_Release(view);
    return -1;
}

int cpp_convert_pointer_open(cpp_type *array, PyObject *value, int writable, pointer_buffer_hold *hold)
{
    int flags = PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | (writable ? PyBUF_WRITABLE : 0);

    if (PyObject_GetBuffer(value, &hold->view, flags) < 0) {
        PyErr_Clear();
        return cpp_type_refuse(array, value, writable ? "its buffer is not writable and contiguous"
                                                      : "its buffer is not contiguous");
    }
    hold->data = hold->view.buf;
    hold->size = hold->view.len;
    if (pointer_item_matches(array, &hold->view))
        return 0;
    PyErr_Format(PyExc_TypeError, "cannot convert %s to '%U': the items of its buffer have format '%s'",
                 Py_TYPE(value)->tp_name, array->spelling, hold->view.format == NULL ? "B" : hold->view.format);
    PyBuffer_Release(&hold->view);
    return -1;
}

void cpp_convert_pointer_close(pointer_buffer_hold *hold)
{
    PyBuffer_Release(&hold->view);
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

    value = pointer_referent(value);

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
    return cpp_type_is_zero(value) ? CPP_RANK_CONVERSION + 3 : CPP_RANK_NONE;
}

static int pointer_pass_data(cpp_type *type, PyObject *value, void *place, cpp_call *call, void *scratch)
{
    core_state *state = type->runtime->state;

    *(void **)place = NULL;
    if (cpp_type_is_null(type, value))
        return 0;
    value = pointer_referent(value);
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
        *(void **)place = pointer_of_buffer(type->target, &buffer->view);
        return 0;
    }
    return cpp_type_is_zero(value) ? 0 : cpp_type_refuse(type, value, NULL);
}

static PyObject *pointer_load_data(cpp_type *type, char *address, PyObject *Py_UNUSED(owner))
{
    if (type->ctype == NULL)
        return cpp_convert_unknown.load(type, address, NULL);
    return cdata_new_view(type->ctype, *(char **)address);
}

/* A memoryview holds the buffer where it is as long as the owner points there. */
static int pointer_store_buffer(cpp_type *type, char *address, PyObject *value, PyObject *owner)
{
    Py_buffer view;

    value = pointer_referent(value);
    if (!PyObject_CheckBuffer(value) || owner == NULL)
        return cpp_type_refuse(type, value, owner == NULL ? "a cdata pointer is needed"
                                                          : "a cdata pointer or a buffer is needed");
    if (pointer_get_buffer(type, value, &view) < 0)
        return -1;
    char *pointer = pointer_of_buffer(type->target, &view);
    PyBuffer_Release(&view);
    PyObject *keep = PyMemoryView_FromObject(value);
    int status = keep == NULL ? -1 : cpp_instance_keep(owner, address, keep);
    Py_XDECREF(keep);
    if (status == 0)
        *(char **)address = pointer;
    return status;
}

static int pointer_store_data(cpp_type *type, char *address, PyObject *value, PyObject *owner)
{
    char *pointer = NULL;

    PyObject *keep = value;

    if (cpp_type_is_null(type, value) || cpp_type_is_zero(value))
        keep = NULL;
    else if (cdata_check(type->runtime->state, value)) {
        if (pointer_from_cdata(type, value, &pointer) < 0)
            return -1;
    }
    else if (type->target->kind == CPP_VOID && cpp_class_check(type->runtime->state, Py_TYPE(value))) {
        if ((pointer = cpp_instance_address((cpp_instance *)value)) == NULL)
            return -1;
    }
    else
        return pointer_store_buffer(type, address, value, owner);
    if (owner != NULL && cpp_instance_keep(owner, address, keep) < 0)
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

    value = pointer_referent(value);
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

/* ---- FILE * ------------------------------------------------------------------------------------ */

static int pointer_is_file(PyObject *value)
{
    return !PyType_Check(value) && PyObject_HasAttrString(value, "fileno") && PyObject_HasAttrString(value, "flush");
}

static int pointer_rank_file(cpp_type *type, PyObject *value)
{
    int rank = pointer_rank_data(type, value);

    return rank < 0 && pointer_is_file(value) ? CPP_RANK_CONVERSION : rank;
}

static int pointer_pass_file(cpp_type *type, PyObject *value, void *place, cpp_call *call, void *scratch)
{
    if (cpp_type_is_null(type, value) || cdata_check(type->runtime->state, value) || !pointer_is_file(value))
        return pointer_pass_data(type, value, place, call, scratch);
    *(void **)place = convert_file_pointer(value);
    return *(void **)place == NULL ? -1 : 0;
}

const cpp_ops cpp_convert_pointer_file = {
    pointer_rank_file, pointer_pass_file, pointer_load_data, pointer_store_data, 112,
};
