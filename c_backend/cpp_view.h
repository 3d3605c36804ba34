/* cpp_view.h: results that point into other objects: std::span, std::initializer_list.

   What such a view may look into lives as long as it.  Used by cpp_method.c.
   Include after cpp_candidate.h. */
#ifndef CPP_VIEW_H
#define CPP_VIEW_H

#include "core.h"

/* What conversions of a call's arguments need, kept beyond the call. */
typedef struct cpp_view_memory {
    cpp_call call;
    char scratch[] __attribute__((aligned(16)));
} cpp_view_memory;

/* Whether the candidate returns a view by value.  No error. */
int cpp_view_is_result(cpp_candidate *candidate);
/* Memory for the arguments of a call; it ends with the capsule that is returned.  NULL with an error. */
PyObject *cpp_view_new_memory(cpp_candidate *candidate, cpp_view_memory **memory);
/* The object that a view was asked of, and those that were passed, live as long as the view.  0, or -1 with an error. */
int cpp_view_keep(cpp_candidate *candidate, PyObject *view, PyObject *owner, PyObject *const *args);

#endif
