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

#include <stdint.h>
#include <string.h>

#if (defined(__x86_64__) || defined(__aarch64__)) && defined(__LP64__) && !defined(__ILP32__) && !defined(_WIN32)
#  define CALL_REGS_AVAILABLE 1
#else
#  define CALL_REGS_AVAILABLE 0
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
    if (placer->stack < CALL_REGS_STACK)
        return (int)(offsetof(call_regs_frame, s) + 8 * placer->stack++);
    return CALL_REGS_NO_PLACE;
}

/* The register that the result comes back in. */
typedef enum call_regs_result {
    CALL_REGS_INTEGER,          /* rax / x0, void too */
    CALL_REGS_DOUBLE,           /* xmm0 / d0 */
    CALL_REGS_FLOAT             /* low half of xmm0 / s0 */
} call_regs_result;

typedef union call_regs_value {
    int64_t integer;
    double real;
    float single;
    void *pointer;
} call_regs_value;

#endif
