/* dynlib.h: the names of dlopen()'s flags, for compiled_ffi.c. */
#ifndef DYNLIB_H
#define DYNLIB_H

/* "RTLD_LAZY" and so on; NULL behind the last one. */
const char *dynlib_constant_name(int index);

#endif
