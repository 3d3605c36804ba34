/* cpp_sequence.h: Python's own values for objects of library classes: what
   converts, and lists of numbers as a std::vector.  Include after cpp_type.h. */
#ifndef CPP_SEQUENCE_H
#define CPP_SEQUENCE_H

#include "core.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Of an argument that takes a class: a temporary object, or a vector and its cleanup. */
enum { CPP_SEQUENCE_SCRATCH = 48 };

/* Whether `value` converts to the class implicitly, by its type. */
int cpp_sequence_takes(cpp_class *cls, PyObject *value);
/* Whether cls(value) makes an object from it: what converts, and everything that can be iterated over. */
int cpp_sequence_is_source(cpp_class *cls, PyObject *value);

/* An exact list or tuple as the argument of a `const std::vector<number> &`,
   in `scratch` and memory that a cleanup frees.  0, or -1 with an error. */
int cpp_sequence_pass(cpp_class *cls, PyObject *value, void *place, cpp_call *call, void *scratch);

/* cpp_iterate.c: an iterator over a std::vector of numbers; NULL with an error. */
PyObject *cpp_iterate(PyObject *vector);

int cpp_sequence_init(PyObject *module, core_state *state);

#ifdef __cplusplus
}
#endif
#endif
