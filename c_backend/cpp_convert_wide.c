/* cpp_convert_wide.c: std::wstring, u16string and u32string, and string views of
   any character type; all of them, and std::string, by pointer.

   A view as an argument points into the str or bytes, or into an encoded copy
   that lives as long as the call; one that is stored ties what it points to to
   the object that holds it.  Neighbour: cpp_convert_text.c, which has std::string. */
#include "cpp_runtime.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_type.h"
#include "cpp_convert.h"
#include "cpp_native.h"

typedef struct wide_temporary {
    cpp_cleanup cleanup;
    cpp_type *type;             /* borrowed for the call: CPP_CLASS */
    PyObject *holder;           /* owned or NULL: the bytes that a view points to */
    char text[CPP_STRING_SIZE] __attribute__((aligned(16)));
} wide_temporary;

enum { WIDE_SCRATCH = (sizeof(wide_temporary) + 15) & ~15 };

static int wide_unit(const cpp_type *type)
{
    return type->flags & CPP_TYPE_UNIT2 ? 2 : type->flags & CPP_TYPE_UNIT4 ? 4 : 1;
}

static cpp_type *wide_type(cpp_type *type)
{
    return type->kind == CPP_CLASS ? type : type->target;
}

/* ---- encodings --------------------------------------------------------------------- */

/* The characters of str, or bytes where C++ has char.  Borrowed from the value or
   from `*holder`, a new reference.  NULL with an error. */
static const void *wide_encode(cpp_type *type, PyObject *value, size_t *size, PyObject **holder)
{
    int unit = wide_unit(type);

    *holder = NULL;
    if (PyUnicode_Check(value)) {
        if (unit == 1) {
            Py_ssize_t length;
            const char *text = PyUnicode_AsUTF8AndSize(value, &length);
            *size = (size_t)length;
            if (text != NULL)
                return text;
            PyErr_Clear();
        }
        *holder = PyUnicode_AsEncodedString(value, unit == 1 ? "utf-8" : unit == 2 ? "utf-16-le" : "utf-32-le",
                                            unit == 1 ? "surrogateescape" : "surrogatepass");
        if (*holder == NULL)
            return NULL;
        value = *holder;
    }
    else if (unit != 1 || !PyBytes_Check(value)) {
        (void)cpp_type_refuse(type, value, unit == 1 ? "a str or bytes is needed" : "a str is needed");
        return NULL;
    }
    *size = (size_t)PyBytes_GET_SIZE(value) / (size_t)unit;
    return PyBytes_AS_STRING(value);
}

static PyObject *wide_decode(int unit, const void *text, size_t size)
{
    int order = PY_LITTLE_ENDIAN ? -1 : 1;

    if (size > (size_t)PY_SSIZE_T_MAX / 4)
        return PyErr_NoMemory();
    if (unit == 1)
        return PyUnicode_DecodeUTF8(text, (Py_ssize_t)size, "surrogateescape");
    if (unit == 2)
        return PyUnicode_DecodeUTF16(text, (Py_ssize_t)size * 2, "surrogatepass", &order);
    return PyUnicode_DecodeUTF32(text, (Py_ssize_t)size * 4, "surrogatepass", &order);
}

static int wide_new(cpp_type *type, void *place, const void *text, size_t size)
{
    int status = 0;

    if (type->flags & CPP_TYPE_VIEW)
        cpp_native_view_set(place, text, size);
    else if (wide_unit(type) == 1)
        status = cpp_native_string_new(place, text, size);
    else
        status = cpp_native_wide_new(wide_unit(type), place, text, size);
    if (status < 0)
        PyErr_NoMemory();
    return status;
}

void cpp_convert_wide_delete(cpp_type *type, void *place)
{
    if (type->flags & CPP_TYPE_VIEW)
        return;
    if (wide_unit(type) == 1)
        cpp_native_string_delete(place);
    else
        cpp_native_wide_delete(wide_unit(type), place);
}

/* ---- arguments --------------------------------------------------------------------- */

static int wide_rank(cpp_type *type, PyObject *value)
{
    if (PyUnicode_Check(value))
        return wide_type(type)->flags & CPP_TYPE_VIEW ? 2 : 3;      /* std::string is the better match */
    return PyBytes_Check(value) && wide_unit(wide_type(type)) == 1 ? 3 : CPP_RANK_NONE;
}

static void wide_drop(cpp_cleanup *cleanup)
{
    wide_temporary *temporary = (wide_temporary *)cleanup;

    cpp_convert_wide_delete(temporary->type, temporary->text);
    Py_XDECREF(temporary->holder);
}

static int wide_pass(cpp_type *type, PyObject *value, void *place, cpp_call *call, void *scratch)
{
    wide_temporary *temporary = scratch;
    size_t size;

    type = wide_type(type);
    const void *text = wide_encode(type, value, &size, &temporary->holder);
    if (text == NULL)
        return -1;
    if (wide_new(type, temporary->text, text, size) < 0) {
        Py_XDECREF(temporary->holder);
        return -1;
    }
    temporary->type = type;
    cpp_call_defer(call, &temporary->cleanup, wide_drop);
    *(void **)place = temporary->text;
    return 0;
}

/* ---- memory ------------------------------------------------------------------------ */

static PyObject *wide_load(cpp_type *type, char *address, PyObject *Py_UNUSED(owner))
{
    size_t size;
    const void *text = type->flags & CPP_TYPE_VIEW ? cpp_native_view_read(address, &size)
                       : wide_unit(type) == 1      ? cpp_native_string_read(address, &size)
                                                   : cpp_native_wide_read(wide_unit(type), address, &size);

    return wide_decode(wide_unit(type), size == 0 ? "" : text, size);
}

static int wide_store(cpp_type *type, char *address, PyObject *value, PyObject *owner)
{
    PyObject *holder;
    size_t size;
    const void *text = wide_encode(type, value, &size, &holder);
    int status = 0;

    if (text == NULL)
        return -1;
    if (!(type->flags & CPP_TYPE_VIEW)) {
        status = wide_unit(type) == 1 ? cpp_native_string_assign(address, text, size)
                                      : cpp_native_wide_assign(wide_unit(type), address, text, size);
        if (status < 0)
            PyErr_NoMemory();
    }
    else {
        /* Of a global the text is kept for ever: nothing tells when C++ stops looking at it. */
        if (owner != NULL)
            status = cpp_instance_keep(owner, address, holder != NULL ? holder : value);
        else
            Py_INCREF(holder != NULL ? holder : value);
        if (status == 0)
            cpp_native_view_set(address, text, size);
    }
    Py_XDECREF(holder);
    return status;
}

const cpp_ops cpp_convert_wide_value = {
    wide_rank, wide_pass, wide_load, wide_store, WIDE_SCRATCH,
};

/* ---- references ---------------------------------------------------------------------- */

static PyObject *wide_load_ref(cpp_type *type, char *place, PyObject *owner)
{
    return wide_load(type->target, *(char **)place, owner);
}

static int wide_store_ref(cpp_type *type, char *place, PyObject *value, PyObject *owner)
{
    if (type->target->flags & CPP_TYPE_CONST)
        return cpp_type_refuse(type, value, "the string is const");
    return wide_store(type->target, *(char **)place, value, owner);
}

static int wide_rank_mutable(cpp_type *Py_UNUSED(type), PyObject *Py_UNUSED(value))
{
    return CPP_RANK_NONE;
}

static int wide_pass_mutable(cpp_type *type, PyObject *value, void *Py_UNUSED(place), cpp_call *Py_UNUSED(call),
                             void *Py_UNUSED(scratch))
{
    return cpp_type_refuse(type, value, "C++ may write there, and Python strings cannot change");
}

const cpp_ops cpp_convert_wide_ref = {
    wide_rank, wide_pass, wide_load_ref, wide_store_ref, WIDE_SCRATCH,
};
const cpp_ops cpp_convert_wide_mutable = {
    wide_rank_mutable, wide_pass_mutable, wide_load_ref, wide_store_ref, 0,
};

/* ---- pointers ------------------------------------------------------------------------- */

static int wide_rank_pointer(cpp_type *type, PyObject *value)
{
    if (cpp_type_is_null(type, value))
        return CPP_RANK_CONVERSION;
    int rank = type->target->flags & CPP_TYPE_CONST ? wide_rank(type, value) : CPP_RANK_NONE;
    return rank < 0 ? rank : rank + 2;
}

static int wide_pass_pointer(cpp_type *type, PyObject *value, void *place, cpp_call *call, void *scratch)
{
    *(void **)place = NULL;
    if (cpp_type_is_null(type, value))
        return 0;
    if (!(type->target->flags & CPP_TYPE_CONST))
        return wide_pass_mutable(type, value, place, call, scratch);
    return wide_pass(type, value, place, call, scratch);
}

static PyObject *wide_load_pointer(cpp_type *type, char *place, PyObject *owner)
{
    if (*(char **)place == NULL)
        Py_RETURN_NONE;
    return wide_load(type->target, *(char **)place, owner);
}

/* There is no std::string of Python's that C++ could point to. */
static int wide_store_pointer(cpp_type *type, char *place, PyObject *value, PyObject *Py_UNUSED(owner))
{
    if (!cpp_type_is_null(type, value))
        return cpp_type_refuse(type, value, "no object of C++ would own it");
    *(void **)place = NULL;
    return 0;
}

const cpp_ops cpp_convert_wide_pointer = {
    wide_rank_pointer, wide_pass_pointer, wide_load_pointer, wide_store_pointer, WIDE_SCRATCH,
};
const cpp_ops cpp_convert_wide_mutable_pointer = {
    wide_rank_pointer, wide_pass_pointer, wide_load_pointer, wide_store_pointer, 0,
};
