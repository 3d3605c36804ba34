/* cpp_variadic.h: what an ellipsis takes.  Include after cpp_candidate.h. */
#ifndef CPP_VARIADIC_H
#define CPP_VARIADIC_H

#include "core.h"

/* Places args[candidate->count] and what follows in the frame.  0, or -1 -
   position of the argument that could not be passed, error set. */
Py_ssize_t cpp_variadic_convert(cpp_candidate *candidate, cpp_runtime *runtime, PyObject *const *args,
                                Py_ssize_t count, call_regs_frame *frame, cpp_call *call);

#endif
