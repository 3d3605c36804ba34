/* call_regs.h: one prototype that calls any scalar signature.

   System V x86-64 (psABI 3.2.3): integer and pointer arguments take the next
   of 6 general registers, floating ones the next of 8 vector registers, and
   what overflows goes to the stack in order, in 8-byte slots.  A callee reads
   only what its own signature names, so passing all registers is harmless.
   AAPCS64 is the same with 8 + 8 registers.

        g[0] .. g[5]   rdi rsi rdx rcx r8 r9
        x[0] .. x[7]   xmm0 .. xmm7      (a float lies in the low 32 bits)
        s[0] .. s[9]   the stack, first slot lowest

   Known to call.c, cpp_guard.cpp and the callers of prepared frames.  Knows
   nothing of Python. */
#ifndef CALL_REGS_H
#define CALL_REGS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* CORE_WITHOUT_REGS: everything by libffi, as on other platforms (for tests). */
#if (defined(__x86_64__) || defined(__aarch64__)) && defined(__LP64__) && !defined(__ILP32__) && \
    !defined(_WIN32) && !defined(__AARCH64EB__) && !defined(CORE_WITHOUT_REGS)
#  define CALL_REGS_AVAILABLE 1
#else
#  define CALL_REGS_AVAILABLE 0
#endif

/* Structs by value in registers and on the stack: System V x86-64 only. */
#if CALL_REGS_AVAILABLE && defined(__x86_64__)
#  define CALL_REGS_RECORDS 1
#else
#  define CALL_REGS_RECORDS 0
#endif

#if defined(__aarch64__)
#  define CALL_REGS_GENERAL 8
#else
#  define CALL_REGS_GENERAL 6
#endif
#define CALL_REGS_VECTOR 8
/* Apple packs stack arguments by their own size, so none are passed there. */
#if defined(__APPLE__) && defined(__aarch64__)
#  define CALL_REGS_STACK 0
#else
#  define CALL_REGS_STACK 10
#endif

typedef struct call_regs_frame {
    int64_t g[CALL_REGS_GENERAL];
    double x[CALL_REGS_VECTOR];
    int64_t s[CALL_REGS_STACK > 0 ? CALL_REGS_STACK : 1];
} call_regs_frame;

/* Where an argument goes: an offset in bytes into the frame. */
typedef struct call_regs_placer {
    unsigned char general, vector, stack;
} call_regs_placer;

#define CALL_REGS_NO_PLACE (-1)

static inline int call_regs_place(call_regs_placer *placer, int is_floating)
{
    if (is_floating) {
        if (placer->vector < CALL_REGS_VECTOR)
            return (int)(offsetof(call_regs_frame, x) + 8 * placer->vector++);
    }
    else if (placer->general < CALL_REGS_GENERAL)
        return (int)(offsetof(call_regs_frame, g) + 8 * placer->general++);
#if CALL_REGS_STACK > 0
    if (placer->stack < CALL_REGS_STACK)
        return (int)(offsetof(call_regs_frame, s) + 8 * placer->stack++);
#endif
    return CALL_REGS_NO_PLACE;
}

/* Places a struct of `words` 8-byte words on the stack (psABI: class MEMORY,
   and one whose eightbytes do not all fit into registers). */
static inline int call_regs_place_on_stack(call_regs_placer *placer, size_t words)
{
    int place = (int)(offsetof(call_regs_frame, s) + 8 * placer->stack);

    if (words > (size_t)(CALL_REGS_STACK - placer->stack))
        return CALL_REGS_NO_PLACE;
    placer->stack = (unsigned char)(placer->stack + words);
    return place;
}

/* The registers that the result comes back in.
   ORDER: call_regs_invoke. */
typedef enum call_regs_result {
    CALL_REGS_INTEGER,          /* rax / x0, void too */
    CALL_REGS_DOUBLE,           /* xmm0 / d0 */
    CALL_REGS_FLOAT,            /* low half of xmm0 / s0 */
    CALL_REGS_INTEGERS,         /* struct: rax, rdx */
    CALL_REGS_DOUBLES,          /* struct: xmm0, xmm1 */
    CALL_REGS_INTEGER_DOUBLE,   /* struct: rax, xmm0 */
    CALL_REGS_DOUBLE_INTEGER,   /* struct: xmm0, rax */
    CALL_REGS_RESULT_COUNT
} call_regs_result;

/* A void, scalar or pointer result: the low bytes hold it (a float: `single`).
   A struct result: its eightbytes in order. */
typedef union call_regs_value {
    int64_t integer;
    double real;
    float single;
    void *pointer;
    int64_t integers[2];
    double reals[2];
    unsigned char bytes[16];
} call_regs_value;

/* Which part of the frame is passed.  Less is faster.
   ORDER: each passes all that the one before does; call_regs_invoke. */
typedef enum call_regs_extent {
    CALL_REGS_GENERAL_ONLY,
    CALL_REGS_REGISTERS,
    CALL_REGS_STACK_4,
    CALL_REGS_STACK_10,
    CALL_REGS_EXTENT_COUNT
} call_regs_extent;

typedef struct call_regs_shape {
    uint8_t result;             /* call_regs_result */
    uint8_t extent;             /* call_regs_extent */
} call_regs_shape;

static inline call_regs_extent call_regs_extent_of(const call_regs_placer *placer)
{
    if (placer->stack > 4)
        return CALL_REGS_STACK_10;
    if (placer->stack > 0)
        return CALL_REGS_STACK_4;
    return placer->vector > 0 ? CALL_REGS_REGISTERS : CALL_REGS_GENERAL_ONLY;
}

#if CALL_REGS_AVAILABLE

#if CALL_REGS_GENERAL == 8
#  define CALL_REGS_G_TYPES int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t
#  define CALL_REGS_G(f) f->g[0], f->g[1], f->g[2], f->g[3], f->g[4], f->g[5], f->g[6], f->g[7]
#else
#  define CALL_REGS_G_TYPES int64_t, int64_t, int64_t, int64_t, int64_t, int64_t
#  define CALL_REGS_G(f) f->g[0], f->g[1], f->g[2], f->g[3], f->g[4], f->g[5]
#endif
#define CALL_REGS_X_TYPES double, double, double, double, double, double, double, double
#define CALL_REGS_X(f) f->x[0], f->x[1], f->x[2], f->x[3], f->x[4], f->x[5], f->x[6], f->x[7]
#define CALL_REGS_S4_TYPES int64_t, int64_t, int64_t, int64_t
#define CALL_REGS_S4(f) f->s[0], f->s[1], f->s[2], f->s[3]
#define CALL_REGS_S10_TYPES CALL_REGS_S4_TYPES, CALL_REGS_S4_TYPES, int64_t, int64_t
#define CALL_REGS_S10(f) CALL_REGS_S4(f), f->s[4], f->s[5], f->s[6], f->s[7], f->s[8], f->s[9]

#if CALL_REGS_STACK > 0
#define CALL_REGS_STACK_CASES(TYPE, fn, f, store)                                             \
    case CALL_REGS_STACK_4:                                                                   \
        store(((TYPE (*)(CALL_REGS_G_TYPES, CALL_REGS_X_TYPES, CALL_REGS_S4_TYPES))fn)(       \
            CALL_REGS_G(f), CALL_REGS_X(f), CALL_REGS_S4(f)));                                \
        break;                                                                                \
    case CALL_REGS_STACK_10:                                                                  \
        store(((TYPE (*)(CALL_REGS_G_TYPES, CALL_REGS_X_TYPES, CALL_REGS_S10_TYPES))fn)(      \
            CALL_REGS_G(f), CALL_REGS_X(f), CALL_REGS_S10(f)));                               \
        break;
#else
#define CALL_REGS_STACK_CASES(TYPE, fn, f, store)
#endif

/* The call as a function that returns TYPE, over all extents. */
#define CALL_REGS_BY_EXTENT(TYPE, fn, f, extent, store)                                       \
    switch (extent) {                                                                         \
    case CALL_REGS_GENERAL_ONLY:                                                              \
        store(((TYPE (*)(CALL_REGS_G_TYPES))fn)(CALL_REGS_G(f)));                             \
        break;                                                                                \
    default:                                                                                  \
        store(((TYPE (*)(CALL_REGS_G_TYPES, CALL_REGS_X_TYPES))fn)(                           \
            CALL_REGS_G(f), CALL_REGS_X(f)));                                                 \
        break;                                                                                \
    CALL_REGS_STACK_CASES(TYPE, fn, f, store)                                                 \
    }

#if CALL_REGS_RECORDS
/* What the psABI returns in two registers. */
typedef struct { int64_t first, second; } call_regs_integers;
typedef struct { double first, second; } call_regs_doubles;
typedef struct { int64_t first; double second; } call_regs_integer_double;
typedef struct { double first; int64_t second; } call_regs_double_integer;

/* Structs in registers: out of line in the hot function's eyes. */
static inline void call_regs_invoke_record(call_regs_shape shape, void (*fn)(void),
                                           const call_regs_frame *f, call_regs_value *value)
{
#define CALL_REGS_STORE_RECORD(call) do { RESULT r = (call); memcpy(value, &r, 16); } while (0)
    switch (shape.result) {
    case CALL_REGS_INTEGERS: {
        typedef call_regs_integers RESULT;
        CALL_REGS_BY_EXTENT(RESULT, fn, f, shape.extent, CALL_REGS_STORE_RECORD)
        break;
    }
    case CALL_REGS_DOUBLES: {
        typedef call_regs_doubles RESULT;
        CALL_REGS_BY_EXTENT(RESULT, fn, f, shape.extent, CALL_REGS_STORE_RECORD)
        break;
    }
    case CALL_REGS_INTEGER_DOUBLE: {
        typedef call_regs_integer_double RESULT;
        CALL_REGS_BY_EXTENT(RESULT, fn, f, shape.extent, CALL_REGS_STORE_RECORD)
        break;
    }
    default: {
        typedef call_regs_double_integer RESULT;
        CALL_REGS_BY_EXTENT(RESULT, fn, f, shape.extent, CALL_REGS_STORE_RECORD)
        break;
    }
    }
#undef CALL_REGS_STORE_RECORD
}
#endif

/* Calls `fn` with the part of the frame that the shape names and stores the
   result.  Registers that the signature does not use may be uninitialised. */
static inline void call_regs_invoke(call_regs_shape shape, void (*fn)(void),
                                    const call_regs_frame *f, call_regs_value *value)
{
#define CALL_REGS_STORE_INTEGER(call) value->integer = (call)
#define CALL_REGS_STORE_REAL(call) value->real = (call)
    if (shape.result == CALL_REGS_INTEGER) {
        CALL_REGS_BY_EXTENT(int64_t, fn, f, shape.extent, CALL_REGS_STORE_INTEGER)
    }
    /* A float is the low half of the same register, and of the union. */
    else if (shape.result <= CALL_REGS_FLOAT) {
        CALL_REGS_BY_EXTENT(double, fn, f, shape.extent, CALL_REGS_STORE_REAL)
    }
#if CALL_REGS_RECORDS
    else
        call_regs_invoke_record(shape, fn, f, value);
#endif
#undef CALL_REGS_STORE_INTEGER
#undef CALL_REGS_STORE_REAL
}

#endif
#endif
