/* cpp_plain.h: the calls that are compiled for their signature.

   Every candidate that needs no memory of its own has one function that calls it
   (cpp_candidate.call).  For the commonest signatures, up to three arguments that
   are integers and doubles, there is one for each in cpp_plain.cpp, without a frame
   and without a loop; the others share those of cpp_entry.cpp.  An argument that is
   not exactly Python's own int of one digit or float goes to the shared ones too: so
   no plain call runs code of Python's before C++ has the arguments, and nothing can
   have been destroyed meanwhile.  Include after cpp_method.h. */
#ifndef CPP_PLAIN_H
#define CPP_PLAIN_H

#include "core.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the callable is. */
typedef enum cpp_plain_kind { CPP_PLAIN_METHOD, CPP_PLAIN_FUNCTION, CPP_PLAIN_CLASS } cpp_plain_kind;

/* The function for a candidate, NULL where only cpp_method.c can call it. */
cpp_candidate_call *cpp_plain_choose(const cpp_candidate *candidate, cpp_plain_kind kind);

/* cpp_entry.cpp: any candidate of that kind that cpp_plain_choose does not refuse. */
cpp_candidate_call cpp_entry_framed_method, cpp_entry_framed_function, cpp_entry_framed_class;

#ifdef __cplusplus
}
#endif
#endif
