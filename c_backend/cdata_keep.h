/* cdata_keep.h: owned memory that keeps what is stored into its pointers. */
#ifndef CDATA_KEEP_H
#define CDATA_KEEP_H

#include "cdata.h"

/* newp(..., keepalive): like owned memory, but known to the cycle collector. */
typedef struct cdata_keep {
    cdata_sized sized;
    PyObject *memory;           /* owned: cdata whose block the bytes lie in */
    PyObject *kept;             /* owned dict: offset of a pointer -> the object it keeps */
} cdata_keep;

/* A copy of such memory with what it keeps. */
PyObject *cdata_keep_copy(cdata *self);
int cdata_keep_init(PyObject *module, core_state *state);

#endif
