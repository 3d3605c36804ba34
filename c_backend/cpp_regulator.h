/* cpp_regulator.h: who wants to know which proxies there are, and who may tell that C++ deleted an object.

   Python registers by cppbind.memory, C++ by the table of cpp_api.h.  Include after cpp_class.h. */
#ifndef CPP_REGULATOR_H
#define CPP_REGULATOR_H

#include "core.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef void cpp_regulator_function(void *address, PyObject *cls, void *data);

typedef struct cpp_regulator {
    PyObject *registered, *unregistered;        /* owned callables of (address, class), or NULL */
    cpp_regulator_function *c_registered, *c_unregistered;
    void *data;
} cpp_regulator;

/* A proxy of `cls` for the object at `address` was made, or is about to go; keeps an error that is set. */
void cpp_regulator_tell(cpp_regulator *regulator, int is_new, void *address, PyTypeObject *cls);
/* The C++ half of the registration; replaces what was there.  0, or -1 with an error. */
int cpp_regulator_set_functions(cpp_runtime *runtime, cpp_regulator_function *registered,
                                cpp_regulator_function *unregistered, void *data);
/* C++ deleted what lies at `address`: its proxies (of `cls`, or of any class for NULL) are empty.  How many there were. */
Py_ssize_t cpp_regulator_deleted(cpp_runtime *runtime, void *address, cpp_class *cls);
void cpp_regulator_free(cpp_regulator *regulator);

#ifdef __cplusplus
}
#endif
#endif
