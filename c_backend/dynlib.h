/* dynlib.h: shared libraries, for compiled_*.c. */
#ifndef DYNLIB_H
#define DYNLIB_H

#include "core.h"

/* The CLibrary of a file name (str, bytes, path), None or a `void *` handle. */
PyObject *dynlib_load(core_state *state, PyObject *file, int flags);
/* "RTLD_LAZY" and so on; NULL behind the last one. */
const char *dynlib_constant_name(int index);

#endif
