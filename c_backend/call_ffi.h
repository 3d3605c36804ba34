/* call_ffi.h: signatures as libffi sees them.

   Used by call_plan.c (the path of a signature) and callback.c (closures). */
#ifndef CALL_FFI_H
#define CALL_FFI_H

#include <ffi.h>
#include "core.h"
#include "ctype.h"

typedef struct call_ffi_description {
    ffi_cif cif;
    ffi_type **types;           /* of the arguments; lies in `blocks` */
    struct call_ffi_block *blocks;  /* all memory that the cif points to */
} call_ffi_description;

/* 0, or -1 with NotImplementedError: a type that libffi cannot pass by value.
   `role` is "argument" or "return value". */
int call_ffi_check(ctype *type, const char *role);

/* The cif of a function ctype that is not variadic; NULL with an error. */
call_ffi_description *call_ffi_describe(ctype *function);
void call_ffi_description_free(call_ffi_description *description);

/* The description that the function ctype's plan owns, made if need be.
   Borrowed; NULL with an error. */
call_ffi_description *call_ffi_description_of(ctype *function);

int call_ffi_is_default_abi(const ctype *function);

/* libffi widens small results to an ffi_arg. */
static inline size_t call_ffi_result_size(const ctype *type)
{
    return type->size < (Py_ssize_t)sizeof(ffi_arg) ? sizeof(ffi_arg) : (size_t)type->size;
}

static inline size_t call_ffi_align(size_t offset)
{
    return (offset + 15) & ~(size_t)15;
}

#endif
