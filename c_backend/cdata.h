/* cdata.h: C data as Python objects.

   The tree of types (all have the layout of `cdata` as their head):

     CData                pointer, array view, primitive made by cast, struct reference
      ├─ owned            memory made by new(): the bytes lie in or behind the object
      ├─ struct owner     what p[0] of an owning struct pointer shares with p
      ├─ function         callable: vectorcall slot, plan and name
      ├─ gc               ffi.gc(): origin and destructor
      ├─ handle           ffi.new_handle()
      ├─ buffer           ffi.from_buffer(): holds a Py_buffer
      └─ callback         a libffi closure
*/
#ifndef CDATA_H
#define CDATA_H

#include "core.h"
#include "ctype.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cdata {
    PyObject_HEAD
    ctype *type;                /* owned */
    char *data;                 /* pointer kinds: the pointer's value; others: where the value lies */
    PyObject *weakrefs;
} cdata;

/* A primitive or enum by value: `data` points at `value`. */
typedef struct cdata_scalar {
    cdata head;
    union {
        long long integer;
        double real;
        long double long_real;
        char bytes[16];
    } value;
} cdata_scalar;

/* An array view of an open type, or an owned open array, knows its length. */
typedef struct cdata_sized {
    cdata head;
    Py_ssize_t length;
} cdata_sized;

/* A callable.  `call` is what vectorcall runs; calls.c sets it from the plan. */
typedef struct cdata_function {
    cdata head;
    vectorcallfunc call;
    struct call_plan *plan;     /* borrowed from type->u.function.plan; NULL before the first call */
    PyObject *name;             /* owned str for messages, or NULL */
    int release_gil;
} cdata_function;

/* Any of the CData types. */
int cdata_check(core_state *state, PyObject *object);

/* A new view: no ownership of `data`.  For CTYPE_FUNCTION a cdata_function.
   New reference, or NULL with an error. */
PyObject *cdata_new_view(ctype *type, char *data);
PyObject *cdata_new_array_view(ctype *type, char *data, Py_ssize_t length);
/* A struct, union or array by value: zeroed memory that the object owns. */
PyObject *cdata_new_owned(ctype *type, Py_ssize_t size);
/* call.c: a callable for `address` (release_gil as cdata_function). */
PyObject *cdata_new_function(ctype *type, void *address, PyObject *name, int release_gil);

/* Items of an array cdata: its type's length, or its own. */
Py_ssize_t cdata_array_length(cdata *self);

#ifdef __cplusplus
}
#endif
#endif
