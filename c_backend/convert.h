/* convert.h: between Python objects and C values.

   convert_scalar.c holds numbers, characters and pointers; convert_aggregate.c
   arrays, structs and unions.  `ctype.load` and `ctype.store` point to
   functions of these files. */
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

/* Sets `load` and `store` from kind, class and size (which a new type does not
   have yet: it gets functions that raise). */
void convert_choose(ctype *type);
void convert_choose_scalar(ctype *type);
void convert_choose_floating(ctype *type);
void convert_choose_pointer(ctype *type);
void convert_choose_int128(ctype *type);
void convert_choose_aggregate(ctype *type);

/* Integers as C99 6.3.1.3 would not: out of range is an OverflowError, never a
   wrap.  Accept int, objects with __index__, and integer cdata; never float.
   Return -1 with an error set (check PyErr_Occurred), else the value. */
long long convert_as_longlong(PyObject *value);
unsigned long long convert_as_ulonglong(PyObject *value);
/* As cast() does: wraps silently, truncates floats. */
unsigned long long convert_as_ulonglong_wrapping(PyObject *value);
/* float, objects with __float__ or __index__, and float cdata. */
double convert_as_double(PyObject *value);

/* An int for what is int-like: see convert_as_longlong.  New reference. */
PyObject *convert_integer_object(ctype *type, PyObject *value);
/* OverflowError "integer N does not fit 'T'"; returns -1. */
int convert_overflow(ctype *type, PyObject *value);
/* The lowest 128 bits of an int (as cast() does); 0, or -1 with an error. */
int convert_cast_int128(PyObject *number, char *address);
double convert_int128_as_double(const ctype *type, const char *address);

/* The integer in memory, sign- or zero-extended as the type says. */
long long convert_read_integer(const ctype *type, const char *address);
int convert_reads_signed(const ctype *type);
void convert_write_integer(const ctype *type, char *address, unsigned long long value);
double convert_read_double(const ctype *type, const char *address);  /* FLOAT, LONGDOUBLE */
void convert_write_double(const ctype *type, char *address, double value);
Py_complex convert_read_complex(const ctype *type, const char *address);
void convert_write_complex(const ctype *type, char *address, Py_complex value);
/* The code of a str or bytes of length 1, -1 for anything else (no error). */
long convert_character(PyObject *value);

/* The pointer that `value` (cdata pointer, array, function, NULL; buffers are
   not taken here) gives when stored into `type` (CTYPE_POINTER or
   CTYPE_FUNCTION).  0, or -1 with a TypeError that names both sides. */
int convert_as_pointer(ctype *type, PyObject *value, char **result);

/* A pointer *argument*: additionally list, tuple, str, bytes (not copied) and
   Python files for FILE *.  Returns 0: `*result` is set and needs nothing;
   n > 0: the caller provides n zeroed bytes that live as long as the call and
   calls convert_fill_argument; -1: error. */
Py_ssize_t convert_prepare_argument(ctype *type, PyObject *value, char **result);
int convert_fill_argument(ctype *type, PyObject *value, char *memory, Py_ssize_t size);

/* Bit-fields (System V ABI: allocated from the low bit up on little-endian). */
PyObject *convert_load_bitfield(cfield *field, char *address);
int convert_store_bitfield(cfield *field, char *address, PyObject *value);

/* Initializers of new memory.  The size that `value` asks for is `*size` or, for
   a struct with a flexible array member, more (C11 6.7.2.1p18). */
int convert_initializer_size(ctype *type, PyObject *value, Py_ssize_t *size);
/* As store, into zeroed memory that goes to `end`: an int for a flexible array
   member is its length and sets nothing. */
int convert_initialize(ctype *type, char *address, PyObject *value, const char *end);
/* The items that an initializer of `T[]` needs; -1 with an error. */
Py_ssize_t convert_array_length(ctype *type, PyObject *value);
/* Stores list, tuple, bytes or str into an array of `length` items (-1: all
   of them, unchecked). */
int convert_store_array(ctype *type, char *address, Py_ssize_t length, PyObject *value);

/* Strings of `length` characters from memory. */
PyObject *convert_load_wide_string(ctype *item, const char *address, Py_ssize_t length);

/* A FILE * for a Python file, kept open with it.  NULL with an error. */
void *convert_file_pointer(PyObject *file);

/* "initializer for ctype 'int' must be a ..., not str"; returns -1. */
int convert_error(ctype *type, const char *expected, PyObject *value);

#ifdef __cplusplus
}
#endif
#endif
