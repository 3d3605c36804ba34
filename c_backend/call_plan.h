/* call_plan.h: how a signature is called, worked out once.

   Made from a function ctype on first use and owned by it.  Read by call.c
   (binds Python arguments), call_ffi.c and callback.c. */
#ifndef CALL_PLAN_H
#define CALL_PLAN_H

#include "core.h"
#include "ctype.h"
#include "call_regs.h"

#ifdef __cplusplus
extern "C" {
#endif

struct call_ffi_description;    /* call_ffi.h */

typedef enum call_path {
    CALL_PATH_REGS,             /* call_regs.h */
    CALL_PATH_FFI,              /* a prepared cif */
    CALL_PATH_VARIADIC          /* a cif for each call */
} call_path;

/* How a Python argument becomes a C one. */
typedef enum call_argument_kind {
    CALL_ARGUMENT_INTEGER,      /* any integer in low .. high */
    CALL_ARGUMENT_DOUBLE,
    CALL_ARGUMENT_FLOAT,
    CALL_ARGUMENT_POINTER,      /* CTYPE_POINTER: temporaries are allowed */
    CALL_ARGUMENT_SCALAR,       /* by the ctype's store, then extended to 64 bits */
    CALL_ARGUMENT_MEMORY,       /* by the ctype's store, `size` bytes as they are */
    CALL_ARGUMENT_PAIR          /* struct of two eightbytes: `place` and `second_place` */
} call_argument_kind;

typedef struct call_argument {
    ctype *type;                /* borrowed: the function ctype holds it */
    int64_t low, high;          /* of an INTEGER; clipped to what int64_t holds */
    uint32_t place;             /* regs: offset into call_regs_frame; ffi: into the buffer */
    uint16_t second_place;
    uint8_t kind;               /* call_argument_kind */
    uint8_t extend;             /* call_extend */
} call_argument;

/* What a scalar narrower than 64 bits is widened by. */
typedef enum call_extend {
    CALL_EXTEND_NONE,
    CALL_EXTEND_S8, CALL_EXTEND_S16, CALL_EXTEND_S32,
    CALL_EXTEND_U8, CALL_EXTEND_U16, CALL_EXTEND_U32
} call_extend;

static inline void call_extend_slot(int64_t *slot, call_extend extend)
{
    switch (extend) {
    case CALL_EXTEND_S8: *slot = (int8_t)*slot; break;
    case CALL_EXTEND_S16: *slot = (int16_t)*slot; break;
    case CALL_EXTEND_S32: *slot = (int32_t)*slot; break;
    case CALL_EXTEND_U8: *slot = (uint8_t)*slot; break;
    case CALL_EXTEND_U16: *slot = (uint16_t)*slot; break;
    case CALL_EXTEND_U32: *slot = (uint32_t)*slot; break;
    case CALL_EXTEND_NONE: break;
    }
}

/* How the result becomes a Python object. */
typedef enum call_result_kind {
    CALL_RESULT_VOID,
    CALL_RESULT_S8, CALL_RESULT_S16, CALL_RESULT_S32, CALL_RESULT_S64,
    CALL_RESULT_U8, CALL_RESULT_U16, CALL_RESULT_U32, CALL_RESULT_U64,
    CALL_RESULT_DOUBLE,
    CALL_RESULT_FLOAT,
    CALL_RESULT_LOAD,           /* by the ctype's load */
    CALL_RESULT_RECORD          /* copied into a new struct */
} call_result_kind;

typedef struct call_plan {
    ctype *result;              /* borrowed */
    uint8_t path;               /* call_path */
    uint8_t result_kind;        /* call_result_kind */
    call_regs_shape shape;      /* of CALL_PATH_REGS */
    uint8_t hidden_result;      /* the result's address is the first integer argument */
    uint32_t buffer_size;       /* of CALL_PATH_FFI: result and arguments */
    Py_ssize_t nargs;           /* fixed ones */
    vectorcallfunc keeping, releasing;  /* entries of call.c: the GIL kept or released */
    struct call_ffi_description *ffi;   /* owned, or NULL */
    call_argument args[];
} call_plan;

/* The plan of a function ctype, made if need be.  Borrowed from the ctype.
   NULL with NotImplementedError (what libffi cannot pass) or TypeError
   (incomplete types).  Safe from several threads. */
call_plan *call_plan_of(ctype *function);

/* For ctype.c's dealloc; NULL is fine. */
void call_plan_free(call_plan *plan);

/* What widens an integer or character of this type to 64 bits. */
call_extend call_plan_extend(const ctype *type);
#ifdef __cplusplus
}
#endif
#endif
