/* ffi_core.h: the object behind every `ffi`; compiled_ffi.c knows those of compiled
   modules. */
#ifndef FFI_CORE_H
#define FFI_CORE_H

#include "core.h"
#include "ctype.h"

struct compiled_reader;

typedef struct ffi_core {
    PyObject_HEAD
    core_state *state;          /* the type holds the module, which owns the state */
    PyObject *types;            /* owned dict: str -> ctype; NULL: Python does all */
    PyObject *former;           /* owned: the dict before that one, which may still be read */
    struct compiled_reader *reader; /* owned, of a compiled module; else NULL */
    int is_plain;               /* of the class that compiled_ffi.c makes: not in Python yet */
} ffi_core;

/* compiled_ffi.c: the type that a string names, entered into `types`.  Gives up: NULL
   without an error. */
ctype *compiled_ffi_type(ffi_core *self, PyObject *text);
/* Makes a plain `ffi` an object of cffi_like's class; 0, or -1 with an error. */
int compiled_ffi_to_python(ffi_core *self);

#endif
