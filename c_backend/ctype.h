/* ctype.h: a C type as the core sees it.

   A ctype is an immutable, interned Python object (`CType`), with the one
   exception that an opaque struct, union or enum may be completed once.
   Two equal types are the same object, so `is` compares types. */
#ifndef CTYPE_H
#define CTYPE_H

#include "core.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ctype ctype;
typedef struct cfield cfield;
struct call_plan;               /* call_plan.h */

/* ORDER: ctype_kind_names in ctype.c; ctype_is_aggregate below. */
typedef enum ctype_kind {
    CTYPE_VOID,
    CTYPE_PRIMITIVE,
    CTYPE_ENUM,
    CTYPE_POINTER,
    CTYPE_FUNCTION,             /* a pointer to a function: `int(*)(int)` */
    CTYPE_ARRAY,
    CTYPE_STRUCT,
    CTYPE_UNION,
    CTYPE_KIND_COUNT
} ctype_kind;

/* What the value of a scalar is, for conversions and register classes.
   An enum has the class of its underlying type. */
typedef enum ctype_class {
    CTYPE_CLASS_NONE,           /* void, array, struct, union */
    CTYPE_CLASS_BOOL,
    CTYPE_CLASS_CHAR,           /* char and wide characters */
    CTYPE_CLASS_SIGNED,
    CTYPE_CLASS_UNSIGNED,
    CTYPE_CLASS_FLOAT,          /* float and double, by size */
    CTYPE_CLASS_LONGDOUBLE,
    CTYPE_CLASS_COMPLEX,
    CTYPE_CLASS_POINTER,        /* pointers and function pointers */
    CTYPE_CLASS_INT128          /* no ctype_is_integer(): fits no register */
} ctype_class;

/* ORDER: primitives.def. */
typedef enum ctype_primitive {
#define PRIMITIVE(enumerator, name, type, class_) CTYPE_##enumerator,
#include "primitives.def"
#undef PRIMITIVE
    CTYPE_PRIMITIVE_COUNT
} ctype_primitive;

/* Flags of ctype.flags. */
enum {
    CTYPE_IS_CHAR_LIKE   = 1 << 0,  /* 1-byte integer or char: bytes fill an array of it */
    CTYPE_IS_WIDE_CHAR   = 1 << 1,  /* wchar_t, char16_t, char32_t: str fills an array of it */
    CTYPE_IS_VOID_PTR    = 1 << 2,  /* void * */
    CTYPE_IS_OPAQUE      = 1 << 3,  /* struct, union or enum not (yet) completed */
    CTYPE_HAS_VAR_ARRAY  = 1 << 4,  /* struct that ends in a flexible array member */
    CTYPE_HAS_BITFIELD   = 1 << 5,  /* struct with a bit-field, or containing one */
    CTYPE_IS_FILE        = 1 << 6,  /* struct _IO_FILE: Python files convert to its pointer */
    CTYPE_IS_PACKED      = 1 << 7,  /* some member lies off its natural alignment */
    CTYPE_LAYOUT_GIVEN   = 1 << 8   /* sizes and offsets came from a compiler (may have gaps):
                                       not to be passed by value from field types alone */
};

/* Reads the C value at `address` as a new Python object; NULL with an error. */
typedef PyObject *(*ctype_load_fn)(ctype *type, char *address);
/* Writes `value` converted to the type at `address`; 0, or -1 with an error. */
typedef int (*ctype_store_fn)(ctype *type, char *address, PyObject *value);

struct ctype {
    PyObject_HEAD
    core_state *state;          /* the type holds state->module, which owns the state: at the end of
                                   the interpreter ob_type lets go of the module before its instances go */
    ctype_load_fn load;         /* never NULL; raises where no value can be made */
    ctype_store_fn store;       /* never NULL */
    Py_ssize_t size;            /* bytes; -1 unknown (void, open array, opaque) */
    ctype *item;                /* owned or NULL: target of a pointer, item of an array,
                                   result of a function, underlying type of an enum */
    uint32_t flags;
    uint16_t align;             /* bytes; 0 unknown */
    uint8_t kind;               /* ctype_kind */
    uint8_t class_;             /* ctype_class */
    union {
        struct {
            ctype_primitive which;
        } primitive;
        struct {
            Py_ssize_t length;  /* items; -1 for an open array `T[]` */
            ctype *pointer;     /* owned: `T *`, what the array decays to */
        } array;
        struct {
            PyObject *fields;   /* owned dict name -> cfield, in order; NULL while opaque */
            cfield *first;      /* borrowed from fields' values: chained by `next` */
            struct ctype_field_table *table; /* owned; NULL while opaque */
        } record;
        struct {
            PyObject *by_name;  /* owned dict enumerator -> int */
            PyObject *by_value; /* owned dict int -> enumerator, the first one given */
        } enumeration;
        struct {
            PyObject *args;     /* owned tuple of ctype, already adjusted */
            int abi;            /* an ffi_abi */
            int ellipsis;
            struct call_plan *plan; /* owned; NULL until the first call */
        } function;
    } u;
    PyObject *name;             /* owned str, such as "int(*)[5]" */
    Py_ssize_t name_position;   /* where a declarator goes into the name, in characters */
    PyObject *pointer_to;       /* owned weak reference to the interned `T *`, or NULL */
    PyObject *open_array;       /* of a pointer `T *`: weak reference to `T[]`, or NULL */
    PyObject *key;              /* owned bytes: the key in the table of interned types, or NULL */
    PyObject *weakrefs;
};

/* A member of a struct or union (`CField`). */
struct cfield {
    PyObject_HEAD
    PyObject *name;             /* owned str, interned */
    ctype *type;                /* owned */
    Py_ssize_t offset;          /* bytes from the start of the record */
    short bitshift;             /* from the low bit of the storage unit; or one of: */
#define CFIELD_REGULAR (-1)
#define CFIELD_EMPTY_ARRAY (-2) /* the flexible array member */
    short bitsize;              /* bits; 0 unless a bit-field */
    unsigned char flags;        /* what `CField.flags` shows */
#define CFIELD_NOT_IN_LIST 1    /* a further member of a union: initialized by name only */
    cfield *next;               /* borrowed: owned by the record's dict, declaration order */
};

/* The fields of a record by the address of their interned name: what attribute
   access tries before the dict.  Written once, before the record is completed. */
typedef struct ctype_field_table {
    size_t mask;                /* a power of two, minus one */
    cfield *slots[1];           /* borrowed; NULL ends a probe sequence */
} ctype_field_table;

#define CTYPE_CHECK(state, object) (Py_TYPE(object) == CORE_TYPE(state, ctype_type))

/* Where the Python types of this module say they live: the name that CFFI's
   users know from messages, reprs and tests, on every engine. */
#define CORE_TYPE_NAME(name) "_cffi_backend." name

/* Constructors return a new reference to the interned type, or NULL with an error. */
ctype *ctype_new_primitive(core_state *state, ctype_primitive which);
ctype *ctype_new_pointer(ctype *target);
/* length -1: open.  `pointer` is the type `item *`. */
ctype *ctype_new_array(ctype *pointer, Py_ssize_t length);
ctype *ctype_new_function(PyObject *args, ctype *result, int ellipsis, int abi);

/* Not interned: a record, opaque until layout_complete(), and an enum over a primitive
   integer type. */
ctype *ctype_new_record(core_state *state, PyObject *name, ctype_kind kind);
ctype *ctype_new_enum(ctype *base, PyObject *name, PyObject *names, PyObject *values);
/* layout.c: sets the fields of an opaque record once.  `rows` is a tuple of tuples (name,
   ctype, bits or -1, offset or -1); size and align: -1 where they are to be worked out;
   flags: layout.c's, or LAYOUT_AS_TOLD: the sizes and offsets given must be those that the
   ABI's rules give; pack: 0 or the largest alignment of a field.  0, or -1 with an error. */
enum { LAYOUT_AS_TOLD = 0x80 };
int layout_complete(ctype *record, PyObject *rows, Py_ssize_t size, Py_ssize_t align, int flags,
                    int pack);

/* The interned `T[]` for a pointer `T *`, which slices have.  New reference. */
ctype *ctype_new_open_array(ctype *pointer);
/* The interned `void *` and `char *`.  Borrowed, or NULL with an error. */
ctype *ctype_void_pointer(core_state *state);
ctype *ctype_char_pointer(core_state *state);

/* A new type object without a name, not yet tracked by the cycle collector;
   takes what ctype_new.c's constructors and layout.c need.  Internal. */
int ctype_new_init(core_state *state);
int ctype_record_init(core_state *state);
int ctype_new_offer(PyObject *module);
int ctype_record_offer(PyObject *module);
/* CField.  Borrowed, or NULL with an error. */
PyTypeObject *ctype_field_class(core_state *state);
/* For ctype_new.c and ctype_record.c: a type that `name` (stolen) is given to, and what
   makes it complete (NULL passes). */
ctype *ctype_new_bare(core_state *state, ctype_kind kind, PyObject *name, Py_ssize_t position);
ctype *ctype_new_finish(ctype *type);

/* TypeError "NAME() argument N must be _cffi_backend.CType, not X"; returns NULL. */
PyObject *ctype_wrong_argument(const char *function, int position, PyObject *got);

/* layout.c: the field called `name` of a completed record.  Borrowed, or NULL
   without an error. */
cfield *ctype_find_field(ctype *type, PyObject *name);

/* The member of a record (`which`: str; `following`: a pointer to the record does
   not stand for it) or item of a pointer or array (int): its type, borrowed, and
   offset; NULL with an error. */
ctype *ctype_member(ctype *type, PyObject *which, int following, Py_ssize_t *offset);

/* The name with `declarator` put where C wants it: ("int[5]", "*") gives
   "int(*)[5]".  New str, or NULL. */
PyObject *ctype_name_with(ctype *type, const char *declarator);

/* Inline predicates for hot paths. */
static inline int ctype_is_integer(const ctype *type)
{
    return type->class_ == CTYPE_CLASS_SIGNED || type->class_ == CTYPE_CLASS_UNSIGNED ||
           type->class_ == CTYPE_CLASS_BOOL || type->class_ == CTYPE_CLASS_CHAR;
}

static inline int ctype_is_pointer(const ctype *type)
{
    return type->kind == CTYPE_POINTER || type->kind == CTYPE_FUNCTION;
}

/* Arrays, structs and unions: read as cdata that refers to the memory. */
static inline int ctype_is_aggregate(const ctype *type)
{
    return type->kind >= CTYPE_ARRAY;
}

static inline int ctype_is_record(const ctype *type)
{
    return type->kind == CTYPE_STRUCT || type->kind == CTYPE_UNION;
}

#ifdef __cplusplus
}
#endif
#endif
