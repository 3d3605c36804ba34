/* cpp_convert_text.c: characters, C strings and std::string.

   Text is UTF-8 with "surrogateescape", so bytes that are no text survive the
   way to Python and back; `bytes` is taken as it is wherever str is. */
#include "cpp_runtime.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_type.h"
#include "cpp_convert.h"
#include "cpp_native.h"

/* ---- one character --------------------------------------------------------------------- */

static int text_rank_char(cpp_type *type, PyObject *value)
{
    if (PyUnicode_Check(value))
        return PyUnicode_GET_LENGTH(value) == 1 ? CPP_RANK_CONVERSION + type->kind : CPP_RANK_NONE;
    if (PyBytes_Check(value))
        return PyBytes_GET_SIZE(value) == 1 && type->size == 1 ? CPP_RANK_CONVERSION : CPP_RANK_NONE;
    if (PyFloat_Check(value) || !PyIndex_Check(value))
        return CPP_RANK_NONE;
    return CPP_RANK_CONVERSION + 50 + type->kind;
}

static int text_pass_char(cpp_type *type, PyObject *value, void *place, cpp_call *Py_UNUSED(call),
                          void *Py_UNUSED(scratch))
{
    int64_t *result = place;

    if (PyUnicode_Check(value)) {
        if (PyUnicode_GET_LENGTH(value) != 1)
            return cpp_type_refuse(type, value, "a string of length 1 is needed");
        Py_UCS4 character = PyUnicode_READ_CHAR(value, 0);
        if (type->size < 4 && character >> (8 * type->size)) {
            PyErr_Format(PyExc_ValueError, "cannot convert %R to '%U': the character does not fit", value,
                         type->spelling);
            return -1;
        }
        *result = character;
        if (type->kind == CPP_CHAR || type->kind == CPP_SCHAR)
            *result = (signed char)character;
        return 0;
    }
    if (PyBytes_Check(value) && type->size == 1) {
        if (PyBytes_GET_SIZE(value) != 1)
            return cpp_type_refuse(type, value, "bytes of length 1 are needed");
        *result = type->kind == CPP_UCHAR || type->kind == CPP_CHAR8
                      ? (unsigned char)PyBytes_AS_STRING(value)[0] : (signed char)PyBytes_AS_STRING(value)[0];
        return 0;
    }
    if (PyFloat_Check(value) || !PyIndex_Check(value))
        return cpp_type_refuse(type, value, "a string of length 1 is needed");
    return cpp_convert_int_slow(type, value, result);
}

static PyObject *text_load_char(cpp_type *type, char *address, PyObject *Py_UNUSED(owner))
{
    uint32_t character = type->size == 1 ? *(uint8_t *)address : type->size == 2 ? *(uint16_t *)address
                                                                                : *(uint32_t *)address;
    if (character > 0x10FFFF)
        return PyErr_Format(PyExc_ValueError, "%u in '%U' is no character", character, type->spelling);
    return PyUnicode_FromOrdinal((int)character);
}

static int text_store_char(cpp_type *type, char *address, PyObject *value, PyObject *Py_UNUSED(owner))
{
    int64_t number;

    if (text_pass_char(type, value, &number, NULL, NULL) < 0)
        return -1;
    memcpy(address, &number, (size_t)type->size);
    return 0;
}

const cpp_ops cpp_convert_text_char = {
    text_rank_char, text_pass_char, text_load_char, text_store_char, 0,
};

/* ---- bytes of a str --------------------------------------------------------------------- */

/* The UTF-8 of str or bytes.  Borrowed from the value, or from `*holder`, a new
   reference that the caller drops.  NULL with an error; with no error set where
   the value is neither. */
static const char *text_bytes(PyObject *value, Py_ssize_t *size, PyObject **holder)
{
    *holder = NULL;
    if (PyUnicode_Check(value)) {
        const char *text = PyUnicode_AsUTF8AndSize(value, size);
        if (text != NULL)
            return text;
        PyErr_Clear();
        *holder = PyUnicode_AsEncodedString(value, "utf-8", "surrogateescape");
        if (*holder == NULL)
            return NULL;
        value = *holder;
    }
    if (!PyBytes_Check(value))
        return NULL;
    *size = PyBytes_GET_SIZE(value);
    return PyBytes_AS_STRING(value);
}

static PyObject *text_decode(const char *text, size_t size)
{
    return PyUnicode_DecodeUTF8(text, (Py_ssize_t)size, "surrogateescape");
}

typedef struct text_holder {
    cpp_cleanup cleanup;
    PyObject *held;
} text_holder;

static void text_drop_holder(cpp_cleanup *cleanup)
{
    Py_DECREF(((text_holder *)cleanup)->held);
}

/* ---- char * ------------------------------------------------------------------------------- */

static int text_rank_pointer(cpp_type *type, PyObject *value)
{
    if (cpp_type_is_null(type, value))
        return CPP_RANK_CONVERSION;
    if (type->target->flags & CPP_TYPE_CONST) {
        if (PyUnicode_Check(value))
            return CPP_RANK_EXACT;
        if (PyBytes_Check(value))
            return CPP_RANK_EXACT;
    }
    return cpp_convert_pointer_data.rank(type, value);
}

static int text_pass_pointer(cpp_type *type, PyObject *value, void *place, cpp_call *call, void *scratch)
{
    if (PyUnicode_Check(value) || PyBytes_Check(value)) {
        PyObject *holder;
        Py_ssize_t size;
        if (!(type->target->flags & CPP_TYPE_CONST))
            return cpp_type_refuse(type, value, "C++ may write there; pass a bytearray or an array of char");
        const char *text = text_bytes(value, &size, &holder);
        if (text == NULL)
            return cpp_type_refuse(type, value, NULL);
        if (holder != NULL) {
            text_holder *keeper = scratch;
            keeper->held = holder;
            cpp_call_defer(call, &keeper->cleanup, text_drop_holder);
        }
        if (strlen(text) != (size_t)size) {
            PyErr_Format(PyExc_ValueError, "cannot convert to '%U': embedded null character", type->spelling);
            return -1;
        }
        *(const char **)place = text;
        return 0;
    }
    return cpp_convert_pointer_data.argument(type, value, place, call, scratch);
}

static PyObject *text_load_pointer(cpp_type *type, char *address, PyObject *owner)
{
    const char *text = *(const char **)address;

    if (text == NULL)
        Py_RETURN_NONE;
    if (!(type->target->flags & CPP_TYPE_CONST) && type->target->kind != CPP_CHAR)
        return cpp_convert_pointer_data.load(type, address, owner);
    return text_decode(text, strlen(text));
}

/* The characters of a str live only as long as it does, so assigning one to a
   pointer that C++ keeps ties it to the owner. */
static int text_store_pointer(cpp_type *type, char *address, PyObject *value, PyObject *owner)
{
    PyObject *holder;
    Py_ssize_t size;

    if (!PyUnicode_Check(value) && !PyBytes_Check(value))
        return cpp_convert_pointer_data.store(type, address, value, owner);
    if (!(type->target->flags & CPP_TYPE_CONST))
        return cpp_type_refuse(type, value, "C++ may write there");
    const char *text = text_bytes(value, &size, &holder);
    if (text == NULL)
        return cpp_type_refuse(type, value, NULL);
    if (strlen(text) != (size_t)size) {
        Py_XDECREF(holder);
        PyErr_Format(PyExc_ValueError, "cannot convert to '%U': embedded null character", type->spelling);
        return -1;
    }
    PyObject *keep = holder != NULL ? holder : value;
    int status = 0;
    if (owner != NULL)
        status = cpp_instance_keep(owner, address, keep);
    else if (holder != NULL)
        Py_INCREF(keep);        /* a global's descriptor keeps the str, not these bytes */
    if (status == 0)
        *(const char **)address = text;
    Py_XDECREF(holder);
    return status;
}

const cpp_ops cpp_convert_text_pointer = {
    text_rank_pointer, text_pass_pointer, text_load_pointer, text_store_pointer, 112,
};

/* ---- std::string ----------------------------------------------------------------------------- */

typedef struct text_temporary {
    cpp_cleanup cleanup;
    char string[CPP_STRING_SIZE] __attribute__((aligned(16)));
} text_temporary;

static void text_drop_temporary(cpp_cleanup *cleanup)
{
    cpp_native_string_delete(((text_temporary *)cleanup)->string);
}

/* The std::string that a proxy of one holds, or NULL; with an error for one that is gone. */
static void *text_string_of(cpp_type *type, PyObject *value)
{
    cpp_class *given = cpp_class_of_type(Py_TYPE(value)), *cls;

    if (given == NULL)
        return NULL;
    cls = cpp_type_class(type->kind == CPP_CLASS ? type : type->target);
    return cls != NULL && given->cxx == cls ? cpp_instance_address((cpp_instance *)value) : NULL;
}

static int text_rank_string(cpp_type *type, PyObject *value)
{
    if (PyUnicode_Check(value))
        return 1;               /* const char * is the better match */
    if (PyBytes_Check(value))
        return 2;
    void *string = text_string_of(type, value);
    PyErr_Clear();
    return string != NULL ? 1 : CPP_RANK_NONE;
}

/* A std::string of libstdc++ that is longer than its own memory: where the text
   lies, how long it is, how much memory is there. */
typedef struct text_borrowed {
    const char *text;
    size_t size, capacity;
} text_borrowed;

/* Whether that is the layout, found out once from a string. */
static int text_can_borrow(void)
{
    static int known;           /* 1: it is; -1: it is not.  Always the same, so no lock is needed. */
    int answer = __atomic_load_n(&known, __ATOMIC_RELAXED);

    if (COMPAT_UNLIKELY(answer == 0)) {
        static const char sample[] = "a text that is longer than the memory of any std::string";
        char string[CPP_STRING_SIZE] __attribute__((aligned(16)));
        size_t size;
        if (cpp_native_string_new(string, sample, sizeof sample - 1) < 0)
            return 0;
        const text_borrowed *seen = (const void *)string;
        answer = seen->text == cpp_native_string_read(string, &size) && seen->size == size &&
                 seen->capacity >= size && seen->capacity < 8 * size ? 1 : -1;
        cpp_native_string_delete(string);
        __atomic_store_n(&known, answer, __ATOMIC_RELAXED);
    }
    return answer > 0;
}

static int text_pass_string(cpp_type *type, PyObject *value, void *place, cpp_call *call, void *scratch)
{
    text_temporary *temporary = scratch;
    PyObject *holder;
    Py_ssize_t size;
    const char *text = text_bytes(value, &size, &holder);

    /* C++ does not change what a const reference refers to, so the str's own text will do: it is never destroyed. */
    if (COMPAT_LIKELY(text != NULL && holder == NULL && type->kind == CPP_LVALUE_REF && text_can_borrow())) {
        *(text_borrowed *)(void *)temporary->string = (text_borrowed){text, (size_t)size, (size_t)size};
        *(void **)place = temporary->string;
        return 0;
    }

    if (text == NULL) {
        *(void **)place = text_string_of(type, value);
        return *(void **)place != NULL ? 0 : cpp_type_refuse(type, value, "a str or bytes is needed");
    }
    int status = cpp_native_string_new(temporary->string, text, (size_t)size);
    Py_XDECREF(holder);
    if (status < 0) {
        PyErr_NoMemory();
        return -1;
    }
    cpp_call_defer(call, &temporary->cleanup, text_drop_temporary);
    *(void **)place = temporary->string;
    return 0;
}

static PyObject *text_load_string(cpp_type *Py_UNUSED(type), char *address, PyObject *Py_UNUSED(owner))
{
    size_t size;
    const char *text = cpp_native_string_read(address, &size);

    return text_decode(text, size);
}

static int text_store_string(cpp_type *type, char *address, PyObject *value, PyObject *Py_UNUSED(owner))
{
    PyObject *holder;
    Py_ssize_t size;
    const char *text = text_bytes(value, &size, &holder);

    if (text == NULL) {
        void *string = text_string_of(type, value);
        if (string == NULL)
            return cpp_type_refuse(type, value, "a str or bytes is needed");
        text = cpp_native_string_read(string, (size_t *)&size);
    }
    int status = cpp_native_string_assign(address, text, (size_t)size);
    Py_XDECREF(holder);
    if (status < 0)
        PyErr_NoMemory();
    return status;
}

static PyObject *text_load_string_ref(cpp_type *type, char *address, PyObject *owner)
{
    return text_load_string(type->target, *(char **)address, owner);
}

static int text_store_string_ref(cpp_type *type, char *address, PyObject *value, PyObject *owner)
{
    if (type->target->flags & CPP_TYPE_CONST)
        return cpp_type_refuse(type, value, "the string is const");
    return text_store_string(type->target, *(char **)address, value, owner);
}

/* std::string &: C++ writes into the string of a proxy. */
static int text_rank_mutable(cpp_type *type, PyObject *value)
{
    void *string = text_string_of(type, value);

    PyErr_Clear();
    return string != NULL ? CPP_RANK_EXACT : CPP_RANK_NONE;
}

static int text_pass_mutable(cpp_type *type, PyObject *value, void *place, cpp_call *Py_UNUSED(call),
                             void *Py_UNUSED(scratch))
{
    *(void **)place = text_string_of(type, value);
    return *(void **)place != NULL ? 0 : cpp_type_refuse(
        type, value, "C++ may write there, and Python strings cannot change: pass a cppbind.gbl.std.string");
}

/* Where C++ may change it the object itself is seen, not its text. */
static PyObject *text_load_string_pointer(cpp_type *type, char *address, PyObject *owner)
{
    if (!(type->target->flags & CPP_TYPE_CONST))
        return cpp_convert_class_pointer.load(type, address, owner);
    if (*(void **)address == NULL)
        Py_RETURN_NONE;
    return text_load_string(type->target, *(char **)address, owner);
}

static int text_store_string_pointer(cpp_type *type, char *address, PyObject *value, PyObject *owner)
{
    return cpp_convert_class_pointer.store(type, address, value, owner);
}

static int text_rank_string_pointer(cpp_type *type, PyObject *value)
{
    if (cpp_type_is_null(type, value))
        return CPP_RANK_CONVERSION;
    int rank = text_rank_string(type, value);
    return rank < 0 || (type->target->flags & CPP_TYPE_CONST) || !(PyUnicode_Check(value) || PyBytes_Check(value))
               ? rank : CPP_RANK_NONE;
}

static int text_pass_string_pointer(cpp_type *type, PyObject *value, void *place, cpp_call *call, void *scratch)
{
    if (cpp_type_is_null(type, value)) {
        *(void **)place = NULL;
        return 0;
    }
    if (!(type->target->flags & CPP_TYPE_CONST))
        return text_pass_mutable(type, value, place, call, scratch);
    return text_pass_string(type, value, place, call, scratch);
}

const cpp_ops cpp_convert_text_string = {
    text_rank_string, text_pass_string, text_load_string, text_store_string, sizeof(text_temporary),
};
const cpp_ops cpp_convert_text_string_ref = {
    text_rank_string, text_pass_string, text_load_string_ref, text_store_string_ref, sizeof(text_temporary),
};
const cpp_ops cpp_convert_text_string_mutable = {
    text_rank_mutable, text_pass_mutable, text_load_string_ref, text_store_string_ref, 0,
};
const cpp_ops cpp_convert_text_string_pointer = {
    text_rank_string_pointer, text_pass_string_pointer, text_load_string_pointer, text_store_string_pointer,
    sizeof(text_temporary),
};
