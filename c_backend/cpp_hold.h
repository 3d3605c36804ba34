/* cpp_hold.h: views of the memory of a C++ object, see cpp_hold.c.  Include after cpp_instance.h. */
#ifndef CPP_HOLD_H
#define CPP_HOLD_H

#include "core.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Cdata of an array type in the memory of `owner`'s object, which stays where it is as long as that lives.
   New reference, or NULL with an error. */
PyObject *cpp_hold_array(struct ctype *type, char *address, Py_ssize_t size, PyObject *owner);
/* An object that lets nobody move the items of `owner` as long as it lives. */
PyObject *cpp_hold_new(PyObject *owner);
/* C++ destroyed the object: its arrays have no memory from now on. */
void cpp_hold_empty(cpp_instance *owner);

#ifdef __cplusplus
}
#endif
#endif
