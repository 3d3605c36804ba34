/* call_entries.h: the vectorcall entries, for the files of the call group only
   (call_plan.c names them in a plan, call.c puts them into callables). */
#ifndef CALL_ENTRIES_H
#define CALL_ENTRIES_H

#include "core.h"
#include "ctype.h"

struct cdata_function;
struct call_plan;

/* call_entries.c: sets plan->keeping and plan->releasing. */
void call_choose_entries(struct call_plan *plan);
/* call_bind.c: the wrong number of arguments raises; keywords are put into their
   places, if the names of the parameters are known, and called again. */
PyObject *call_refuse_arguments(struct cdata_function *self, PyObject *const *args, size_t nargsf,
                                PyObject *kwnames);

/* call_names.c: keyword arguments, for a function whose parameters are known. */
PyObject *call_with_keywords(struct cdata_function *self, PyObject *const *args, size_t nargsf,
                             PyObject *kwnames);

/* call_bind.c: the function's name for messages, or its type's.  Borrowed. */
PyObject *call_name_of(struct cdata_function *self);

/* call.c: sets self->call (and plan) from type, address and release_gil. */
void call_prepare_function(struct cdata_function *self);

/* call_ffi.c: the paths `ffi` and `variadic`. */
PyObject *call_ffi_keeping(PyObject *callable, PyObject *const *args, size_t nargsf,
                           PyObject *kwnames);
PyObject *call_ffi_releasing(PyObject *callable, PyObject *const *args, size_t nargsf,
                             PyObject *kwnames);

#endif
