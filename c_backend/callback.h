/* callback.h: Python callables as C function pointers. */
#ifndef CALLBACK_H
#define CALLBACK_H

#include "core.h"
#include "ctype.h"

/* A cdata of `type` whose address C may call as long as the object lives.
   `error` (None: zero) is what C gets when the callable raises; `onerror`
   (None: no) is called with the exception first.  New reference, or NULL. */
PyObject *callback_new(ctype *type, PyObject *callable, PyObject *error, PyObject *onerror);

#endif
