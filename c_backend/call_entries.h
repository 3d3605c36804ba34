/* call_entries.h: the vectorcall entries, for the files of the call group only
   (call_plan.c names them in a plan, call.c and call_ffi.c define them). */
#ifndef CALL_ENTRIES_H
#define CALL_ENTRIES_H

#include "call_plan.h"
#include "cdata.h"

/* call.c: sets plan->keeping and plan->releasing. */
void call_choose_entries(call_plan *plan);
/* call.c: the wrong number of arguments, or keywords.  Returns NULL. */
PyObject *call_refuse_arguments(cdata_function *self, const call_plan *plan, Py_ssize_t given,
                                PyObject *kwnames);

/* The function's name for messages, or its type's.  Borrowed. */
static inline PyObject *call_name_of(cdata_function *self)
{
    return self->name != NULL ? self->name : self->head.type->name;
}

/* call.c: sets self->call (and plan) from type, address and release_gil. */
void call_prepare_function(cdata_function *self);

/* call_ffi.c: the paths `ffi` and `variadic`. */
PyObject *call_ffi_keeping(PyObject *callable, PyObject *const *args, size_t nargsf,
                           PyObject *kwnames);
PyObject *call_ffi_releasing(PyObject *callable, PyObject *const *args, size_t nargsf,
                             PyObject *kwnames);

#endif
