/* convert.h: between Python objects and C values.

   convert_scalar.c    numbers, characters and bit-fields
   convert_pointer.c   pointers, and pointer arguments with their temporaries
   convert_aggregate.c arrays, structs and unions

   `ctype.load` and `ctype.store` point to functions of these files. */
#ifndef CONVERT_H
#define CONVERT_H

#include "core.h"
#include "ctype.h"

#ifdef __cplusplus
extern "C" {
#endif

static inline PyObject *convert_load(ctype *type, char *address)
{
    return type->load(type, address);
}

static inline int convert_store(ctype *type, char *address, PyObject *value)
{
    return type->store(type, address, value);
}

/* Sets type->load and type->store by kind, class_ and size.  To be called when
   a type is made, and again when an opaque one is completed. */
void convert_choose(ctype *type);

/* ---- numbers (convert_scalar.c) ------------------------------------------------ */

/* Out of range is an OverflowError, never a wrap.  Accept int, objects with
   __index__ (or __int__ but no __float__), and integer cdata; never a float.
   Return -1 with an error set (check PyErr_Occurred), else the value.  `type`
   names the target in messages. */
long long convert_as_longlong(ctype *type, PyObject *value);
unsigned long long convert_as_ulonglong(ctype *type, PyObject *value);
/* As cast() does with an int: the low 64 bits. */
unsigned long long convert_as_ulonglong_wrapping(PyObject *value);
/* float, objects with __float__ or __index__, and floating cdata. */
double convert_as_double(PyObject *value);
long double convert_as_longdouble(core_state *state, PyObject *value);

/* The value of an integer type of any size, as 64 bits. */
long long convert_read_signed(const char *address, Py_ssize_t size);
unsigned long long convert_read_unsigned(const char *address, Py_ssize_t size);
/* The low `size` bytes of `value`. */
void convert_write_integer(char *address, Py_ssize_t size, unsigned long long value);

/* A bit-field; `record` is where its struct lies. */
PyObject *convert_load_bitfield(cfield *field, char *record);
int convert_store_bitfield(cfield *field, char *record, PyObject *value);

/* TypeError "initializer for ctype 'int' must be a ..., not str"; returns -1. */
int convert_error(ctype *type, const char *expected, PyObject *value);
/* OverflowError "integer 300 does not fit 'int8_t'"; returns -1. */
int convert_overflow(ctype *type, PyObject *value);

/* ---- pointers (convert_pointer.c) ---------------------------------------------- */

PyObject *convert_load_pointer(ctype *type, char *address);
int convert_store_pointer(ctype *type, char *address, PyObject *value);

/* The pointer that `value` (a pointer, array or function cdata) gives when
   stored into `type` (CTYPE_POINTER or CTYPE_FUNCTION): of the same type, or
   one side is void *, or both point to 1-byte characters or integers.  0, or
   -1 with a TypeError that names both sides. */
int convert_as_pointer(ctype *type, PyObject *value, char **result);

/* A pointer *argument*: additionally list, tuple, str, bytes (not copied) and
   Python files for FILE *.  Returns 0: `*result` is set and needs nothing;
   n > 0: the caller provides n zeroed bytes, aligned for any type, that live
   as long as the call, and calls convert_fill_argument; -1: error. */
Py_ssize_t convert_prepare_argument(ctype *type, PyObject *value, char **result);
int convert_fill_argument(ctype *type, PyObject *value, char *memory, Py_ssize_t size);

/* ---- aggregates (convert_aggregate.c) ------------------------------------------ */

PyObject *convert_load_aggregate(ctype *type, char *address);
int convert_store_array(ctype *type, char *address, PyObject *value);
int convert_store_record(ctype *type, char *address, PyObject *value);

/* As convert_store, into memory of `size` bytes, which may be more than
   type->size: an open array, or a struct that ends in a flexible array member
   (C11 6.7.2.1 p18). */
int convert_store_sized(ctype *type, char *address, Py_ssize_t size, PyObject *value);
/* Bytes that `initializer` needs in `type`: type->size, or more for a flexible
   array member that is given items or a length.  -1 with an error. */
Py_ssize_t convert_record_size(ctype *type, PyObject *initializer);
/* Items that `initializer` (list, tuple, bytes, str or a length) gives an open
   array of `item`; one more than the text for a string.  -1 with an error. */
Py_ssize_t convert_array_length(ctype *item, PyObject *initializer);

/* A member of the record at `record`, bit-fields included. */
PyObject *convert_load_field(cfield *field, char *record);
int convert_store_field(cfield *field, char *record, PyObject *value);

/* Units of the wide type `item` that `text` takes, without a terminator. */
Py_ssize_t convert_text_length(ctype *item, PyObject *text);
/* Writes them; `address` has room for convert_text_length of them.  -1 with an error. */
int convert_write_text(ctype *item, char *address, PyObject *text);

#ifdef __cplusplus
}
#endif
#endif
