/* cpp_module.cpp: the module _cffi_like_cpp, the C++ side of cpp_part.h.

   Has nothing but the exchange of functions with the core. */
#include "cpp_runtime.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_type.h"
#include "cpp_convert.h"
#include "cpp_guard.h"
#include "cpp_signals.h"
#include "cpp_native.h"
#include "cpp_candidate.h"
#include "cpp_method.h"
#include "cpp_plain.h"
#include "cpp_callable.h"
#include "cpp_director.h"
#include "cpp_closure.h"
#include "cpp_throw.h"
#include "cpp_part.h"

namespace {

/* Copied, so that a call of the core is one indirect call. */
cpp_part_needs core;

}

#define CPP_PART_FORWARD(result, keyword, name, parameters, arguments) \
    extern "C" result name parameters                                  \
    {                                                                  \
        keyword core.name arguments;                                   \
    }
CPP_PART_NEEDS(CPP_PART_FORWARD)
#undef CPP_PART_FORWARD

static int exchange(PyObject *)
{
    PyObject *backend = PyImport_ImportModule("_cffi_like");
    if (backend == nullptr)
        return -1;
    PyObject *capsule = PyObject_GetAttrString(backend, "_cpp_part");
    auto *border = capsule == nullptr ? nullptr :
        static_cast<cpp_part_border *>(PyCapsule_GetPointer(capsule, CPP_PART_CAPSULE));
    int status = -1;
    if (border != nullptr) {
        if (border->size != sizeof(cpp_part_border) + sizeof(cpp_part_needs) + sizeof(cpp_part_offers)) {
            PyErr_SetString(PyExc_ImportError, "_cffi_like and _cffi_like_cpp were built "
                                               "from different versions; build cffi_like again");
        } else {
            core = *border->needs;
#define CPP_PART_STORE(result, keyword, name, parameters, arguments) border->offers->name = name;
#define CPP_PART_STORE_ENTRY(name) border->offers->name = name;
            CPP_PART_OFFERS(CPP_PART_STORE)
            CPP_PART_ENTRIES(CPP_PART_STORE_ENTRY)
#undef CPP_PART_STORE
#undef CPP_PART_STORE_ENTRY
            PyObject *started = PyObject_CallMethod(backend, "start_cpp", nullptr);
            if (started != nullptr)
                status = PyModule_AddIntConstant(backend, "CPP_AVAILABLE", 1);
            Py_XDECREF(started);
        }
    }
    Py_XDECREF(capsule);
    Py_DECREF(backend);
    return status;
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, reinterpret_cast<void *>(exchange)},
#ifdef Py_mod_multiple_interpreters
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
#ifdef Py_mod_gil
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, nullptr},
};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "_cffi_like_cpp", "The C++ part of the core, for cppbind.", 0,
    nullptr, slots, nullptr, nullptr, nullptr,
};

PyMODINIT_FUNC PyInit__cffi_like_cpp(void)
{
    return PyModuleDef_Init(&definition);
}
