/* cpp_type.h: a C++ type as the run time sees it: how values of it are ranked,
   passed, read and written.

   `cpp_ops` is one way of doing so; cpp_type.c chooses it from the kind once.
   cpp_convert.c holds those of numbers, cpp_convert_text.c of characters and
   strings, cpp_convert_wide.c of the other strings and of string views, cpp_convert_class.c of classes and enums, cpp_convert_pointer.c of
   the other pointers, references and arrays.  Include after cpp_instance.h. */
#ifndef CPP_TYPE_H
#define CPP_TYPE_H

#include "core.h"
#include "ctype.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ORDER: cppbind/format.py, TYPE_KINDS (a test compares). */
#define CPP_KINDS(ROW)                                                                      \
    ROW(UNKNOWN) ROW(VOID) ROW(BOOL) ROW(CHAR) ROW(SCHAR) ROW(UCHAR) ROW(WCHAR) ROW(CHAR8)  \
    ROW(CHAR16) ROW(CHAR32) ROW(SHORT) ROW(USHORT) ROW(INT) ROW(UINT) ROW(LONG) ROW(ULONG)  \
    ROW(LONGLONG) ROW(ULONGLONG) ROW(INT128) ROW(UINT128) ROW(FLOAT) ROW(DOUBLE)            \
    ROW(LONGDOUBLE) ROW(NULLPTR) ROW(POINTER) ROW(LVALUE_REF) ROW(RVALUE_REF) ROW(ARRAY)    \
    ROW(CLASS) ROW(ENUM) ROW(FUNCTION) ROW(MEMBER_POINTER)

typedef enum cpp_kind {
#define CPP_KIND_ENUMERATOR(name) CPP_##name,
    CPP_KINDS(CPP_KIND_ENUMERATOR)
#undef CPP_KIND_ENUMERATOR
    CPP_KIND_COUNT
} cpp_kind;

enum {                          /* ORDER: cppbind/format.py, TYPE_FLAGS; the last are native.py's */
    CPP_TYPE_CONST = 1 << 0,
    CPP_TYPE_VOLATILE = 1 << 1,
    CPP_TYPE_AS_INTEGER = 1 << 2,
    CPP_TYPE_OPEN = 1 << 3,
    CPP_TYPE_VARIADIC = 1 << 4,
    CPP_TYPE_STRING = 1 << 16,  /* std::string */
    CPP_TYPE_SCOPED = 1 << 17,  /* enum class */
    CPP_TYPE_VIEW = 1 << 18,    /* std::basic_string_view, of char unless one of the next two is set */
    CPP_TYPE_UNIT2 = 1 << 19,   /* std::basic_string of characters of 2 bytes */
    CPP_TYPE_UNIT4 = 1 << 20,
    CPP_TYPE_TEXT = CPP_TYPE_STRING | CPP_TYPE_VIEW | CPP_TYPE_UNIT2 | CPP_TYPE_UNIT4
};

/* Conversion ranks of one argument: the sum decides between overloads.
   C++ [over.ics.rank] in numbers, with Python's types for its own. */
enum {
    CPP_RANK_NONE = -1,         /* not viable */
    CPP_RANK_EXACT = 0,
    CPP_RANK_PROMOTION = 10,
    CPP_RANK_CONVERSION = 100,
    CPP_RANK_USER = 1000
};

/* Runs when a call is over, last first. */
typedef struct cpp_cleanup {
    void (*run)(struct cpp_cleanup *self);
    struct cpp_cleanup *next;
} cpp_cleanup;

/* A call in progress, as far as arguments are concerned. */
typedef struct cpp_call {
    cpp_cleanup *cleanups;
} cpp_call;

typedef struct cpp_type cpp_type;

typedef struct cpp_ops {
    /* How well `value` fits: a rank.  Sets no error.  May judge by type alone. */
    int (*rank)(cpp_type *type, PyObject *value);
    /* Writes the register image (8 bytes) of the argument.  `scratch` is the
       argument's own memory of scratch_size bytes, alive until the cleanups ran.
       0, or -1 with an error that says "cannot convert X to 'type'". */
    int (*argument)(cpp_type *type, PyObject *value, void *place, cpp_call *call, void *scratch);
    /* Reads a value from memory.  `owner`: the proxy whose object holds it, or NULL. */
    PyObject *(*load)(cpp_type *type, char *address, PyObject *owner);
    /* Writes it.  NULL: cannot be assigned. */
    int (*store)(cpp_type *type, char *address, PyObject *value, PyObject *owner);
    int scratch_size;           /* a multiple of 16 */
} cpp_ops;

struct cpp_type {
    PyObject_HEAD
    const cpp_ops *ops;
    cpp_runtime *runtime;       /* borrowed: runtime_owner holds it */
    PyObject *runtime_owner;
    Py_ssize_t size;            /* bytes; 0 unknown */
    Py_ssize_t extent;          /* items of an array */
    cpp_type *target;           /* owned or NULL: pointee, referee, item, underlying type */
    PyObject *name;             /* owned str: qualified name of a class or enum, else "" */
    PyObject *spelling;         /* owned str: as the header writes it */
    PyObject *parameters;       /* owned tuple or NULL: of a function */
    PyObject *class_;           /* owned or NULL until asked for: proxy class or enum class */
    ctype *ctype;               /* owned or NULL: what cdata of it has (pointers, arrays, functions) */
    cpp_site *sites;            /* classes that were converted to this one */
    uint32_t flags;
    uint8_t kind;               /* cpp_kind */
    uint8_t is_floating;        /* passed in a vector register */
};

#define CPP_TYPE_CHECK(state, object) (Py_TYPE(object) == CORE_TYPE(state, cpp_type_type))

/* The proxy class of a CPP_CLASS, the enum class of a CPP_ENUM, by way of the
   registry.  Borrowed from the type; NULL with an error. */
cpp_class *cpp_type_class(cpp_type *type);
PyObject *cpp_type_enum(cpp_type *type);

/* After `value` was refused with the error that is set: what a conversion function of it gives, [over.ics.user], as a new
   reference, or NULL with that error where none serves. */
PyObject *cpp_type_convert(cpp_type *type, PyObject *value);
/* Stores that.  0, or -1 with an error. */
int cpp_type_store_converted(cpp_type *type, char *address, PyObject *value, PyObject *owner);
static inline int cpp_type_store(cpp_type *type, char *address, PyObject *value, PyObject *owner)
{
    int status = type->ops->store(type, address, value, owner);

    return COMPAT_LIKELY(status == 0) ? 0 : cpp_type_store_converted(type, address, value, owner);
}

/* TypeError "cannot convert X to 'type'" with `why` behind it, or NULL; -1. */
int cpp_type_refuse(cpp_type *type, PyObject *value, const char *why);

/* Whether zero bytes are a value of the type: what C++ is given where Python cannot answer any more. */
static inline int cpp_type_has_zero(const cpp_type *type)
{
    switch ((cpp_kind)type->kind) {
    case CPP_CLASS: case CPP_LVALUE_REF: case CPP_RVALUE_REF: case CPP_UNKNOWN: case CPP_FUNCTION: case CPP_ARRAY:
        return 0;
    default:
        return 1;
    }
}

static inline int cpp_type_is_null(cpp_type *type, PyObject *value)
{
    return value == Py_None || value == type->runtime->null_constant;
}

/* C++'s other null pointer constant: 0 itself, no other int, and no bool. */
static inline int cpp_type_is_zero(PyObject *value)
{
    return PyLong_CheckExact(value) && PyObject_Not(value) == 1;
}

static inline void cpp_call_defer(cpp_call *call, cpp_cleanup *cleanup, void (*run)(cpp_cleanup *))
{
    cleanup->run = run;
    cleanup->next = call->cleanups;
    call->cleanups = cleanup;
}

/* All ways, by file. */
extern const cpp_ops cpp_convert_void, cpp_convert_unknown, cpp_convert_bool, cpp_convert_integer,
    cpp_convert_float, cpp_convert_long_double, cpp_convert_int128, cpp_convert_nullptr;
extern const cpp_ops cpp_convert_text_char, cpp_convert_text_pointer, cpp_convert_text_string,
    cpp_convert_text_string_ref, cpp_convert_text_string_mutable;
extern const cpp_ops cpp_convert_wide_value, cpp_convert_wide_ref, cpp_convert_wide_mutable, cpp_convert_wide_pointer,
    cpp_convert_wide_mutable_pointer;
/* Destroys a text that was constructed at `place`. */
void cpp_convert_wide_delete(cpp_type *type, void *place);
extern const cpp_ops cpp_convert_class_value, cpp_convert_class_ref, cpp_convert_class_rvalue,
    cpp_convert_class_pointer, cpp_convert_class_enum;
extern const cpp_ops cpp_convert_units_pointer;
extern const cpp_ops cpp_convert_pointer_data, cpp_convert_pointer_const_ref, cpp_convert_pointer_ref,
    cpp_convert_pointer_array, cpp_convert_pointer_array_ref, cpp_convert_pointer_file, cpp_convert_object;
extern const cpp_ops cpp_convert_function, cpp_convert_handle_object, cpp_convert_handle_strings,
    cpp_convert_text_string_pointer;
/* Whether Python owns the object and nothing but the call refers to it: a result by value, or one just made. */
int cpp_convert_class_is_temporary(PyObject *value);
/* Whether an argument that was converted to `address` is still what it was.  0, or -1 with an error. */
int cpp_convert_class_verify(cpp_type *type, PyObject *value, void *address);
/* What is stored by way of `type`, a reference, so that storing it runs no Python code: new reference, or NULL with an error. */
PyObject *cpp_convert_class_prepare(cpp_type *type, PyObject *value);
/* The buffer of a value whose items are those of `array`; 0, or -1 with an error. */
typedef struct pointer_buffer_hold {
    Py_buffer view;
    const char *data;
    Py_ssize_t size;
} pointer_buffer_hold;
int cpp_convert_pointer_open(cpp_type *array, PyObject *value, int writable, pointer_buffer_hold *hold);
void cpp_convert_pointer_close(pointer_buffer_hold *hold);
/* A PyObject * that a function returned: a new reference, or an error. */
PyObject *cpp_convert_object_result(cpp_type *type, void *result);

/* What the fast paths of cpp_convert.h leave: anything but exact small ints and floats. */
int cpp_convert_int_slow(cpp_type *type, PyObject *value, int64_t *result);
int cpp_convert_double_slow(cpp_type *type, PyObject *value, double *result);
/* The 32-bit integers between these fit into the integer type. */
void cpp_convert_bounds(const cpp_type *type, int32_t *low, int32_t *high);

#ifdef __cplusplus
}
#endif
#endif
