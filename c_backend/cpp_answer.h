/* cpp_answer.h: what Python answered to C++ and C++ may go on looking at.

   A reference, pointer or view that a Python function returns looks into a
   Python object, or into memory that its conversion took.  C++ may call again
   before it looks: `f(1) + f(2)`.  So the last answers stay, linked from the newest.
   Used by cpp_callable.c and cpp_director.c.  Include after cpp_type.h. */
#ifndef CPP_ANSWER_H
#define CPP_ANSWER_H

#include "core.h"

#define CPP_ANSWERS_KEPT 8

typedef struct cpp_answer {
    cpp_call call;
    PyObject *value;            /* owned */
    struct cpp_answer *older;   /* owned or NULL */
    char scratch[] __attribute__((aligned(16)));
} cpp_answer;

/* Converts `value`; `image` is what C++ gets.  NULL with an error. */
cpp_answer *cpp_answer_new(cpp_type *type, PyObject *value, void *image);
/* Frees it and those that are older, with the GIL.  An error that is set stays.  NULL does nothing. */
void cpp_answer_free(cpp_answer *answer);
/* Puts `older` behind `newest`, of which CPP_ANSWERS_KEPT are left. */
void cpp_answer_link(cpp_answer *newest, cpp_answer *older);

#endif
