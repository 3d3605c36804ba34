/* cpp_closure.h: Python callables as C++ function pointers.

   cpp_closure.c has the object; an exception of Python's that leaves a closure
   crosses C++ as an exception of C++ and is Python's again where a call of ours
   catches it.  Include after cpp_callable.h. */
#ifndef CPP_CLOSURE_H
#define CPP_CLOSURE_H

#include "core.h"

#ifdef __cplusplus
extern "C" {
#endif

/* cpp_guard.cpp: throws the C++ exception that carries the error, which it owns
   then.  Does not return. */
void cpp_guard_throw(cpp_python_error *error);

#ifdef __cplusplus
}
#endif
#endif
