/* cpp_signals.h: signals in C++ code as exceptions, if that is asked for.

   Of the C++ part (cpp_part.h).  Include after cpp_guard.h. */
#ifndef CPP_SIGNALS_H
#define CPP_SIGNALS_H

#ifdef __cplusplus
extern "C" {
#endif

/* Whether all calls are protected from now on; what it was before. */
int cpp_signals_policy(int everywhere);
/* 1: the calls of this thread are protected until it is called with -1. */
void cpp_signals_enter(int step);

#ifdef __cplusplus
}

typedef int cpp_signals_call(call_regs_shape shape, void (*fn)(void), const call_regs_frame *frame,
                             call_regs_value *value, cpp_guard_error *error);

/* Makes the call.  0, or -1 with *error set where it threw or a signal came. */
int cpp_signals_invoke(cpp_signals_call *call, call_regs_shape shape, void (*fn)(void), const call_regs_frame *frame,
                       call_regs_value *value, cpp_guard_error *error);

extern int cpp_signals_everywhere;          /* read by every call, hence no function */
extern thread_local int cpp_signals_depth;
#endif
#endif
