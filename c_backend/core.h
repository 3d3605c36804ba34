/* core.h: the module state and the list of the parts.

   The centre of the star: every header includes at most this and ctype.h.
   All that lives as long as the module hangs on `core_state`; there is no
   process-wide Python object, so each sub-interpreter has a core of its own. */
#ifndef CORE_H
#define CORE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#if PY_VERSION_HEX < 0x030c0000
#  include <structmember.h>     /* part of Python.h since 3.12 */
#  define Py_T_PYSSIZET T_PYSSIZET
#  define Py_T_OBJECT_EX T_OBJECT_EX
#  define Py_READONLY READONLY
#endif
#include <stddef.h>
#include <stdint.h>
#include "compat.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Every Python object that the state owns, once.  module.c derives from this
   list the struct's fields, the visit for the cycle collector and the release.
   Types are stored as PyObject *; use CORE_TYPE(state, name) for the type. */
#define CORE_STATE_OBJECTS(ROW)                                             \
    /* ctype.c */                                                           \
    ROW(ctype_type)          /* CType */                                    \
    ROW(cfield_type)         /* CField: what CType.fields lists */          \
    ROW(ctype_table)         /* dict: the interned types */                 \
    ROW(primitive_types)     /* list: primitives by ctype_primitive */      \
    ROW(void_type)           /* the ctype of void */                        \
    ROW(void_pointer_type)   /* the ctype of void * */                      \
    ROW(char_pointer_type)   /* the ctype of char * */                      \
    ROW(file_type)           /* the ctype of FILE */                        \
    /* cdata.c: the tree of CData types, see cdata.h */                     \
    ROW(cdata_type)                                                         \
    ROW(cdata_owned_type)                                                   \
    ROW(cdata_view_type)     /* part of owned memory */                     \
    ROW(cdata_slice_type)                                                   \
    ROW(cdata_bounded_type)  /* cdata_bounds.c */                           \
    ROW(cdata_lent_type)     /* cdata_lent.c */                             \
    ROW(cdata_keep_type)     /* cdata_keep.c */                             \
    ROW(cdata_keep_part_type)                                               \
    ROW(cdata_keep_slice_type)                                              \
    ROW(cdata_struct_type)                                                  \
    ROW(cdata_function_type)                                                \
    ROW(cdata_gc_type)                                                      \
    ROW(cdata_handle_type)                                                  \
    ROW(cdata_buffer_type)   /* from_buffer */                              \
    ROW(cdata_callback_type)                                                \
    ROW(cdata_iterator_type)                                                \
    ROW(buffer_type)         /* cdata_buffer.c: ffi.buffer */               \
    ROW(handle_table)        /* capsule: the living handles */              \
    ROW(allocator_type)                                                     \
    ROW(library_type)        /* dynlib.c */                                 \
    ROW(ffi_core_type)       /* ffi_core.c */                               \
    ROW(name_char_array)     /* the str "char[]" */                         \
    ROW(compiled_reader_type) /* compiled_*.c */                            \
    ROW(compiled_lib_type)                                                  \
    ROW(compiled_opened_type)                                               \
    ROW(compiled_variable_type)                                             \
    ROW(compiled_later_type)                                                \
    ROW(compiled_ffi_class)  /* Python class; NULL: no module was opened */ \
    ROW(compiled_ffis)       /* list of weak references */                  \
    ROW(ffi_error)           /* the exception class `ffi.error` */          \
    /* cpp_*.c: set up only when cppbind asks for them */                   \
    ROW(cpp_instance_type)                                                  \
    ROW(cpp_member_type)                                                    \
    ROW(cpp_method_type)                                                    \
    ROW(cpp_function_type)   /* the same without `this` */                  \
    ROW(cpp_bound_type)      /* a method with its object */                 \
    ROW(cpp_closure_type)    /* a Python function behind a C++ pointer */   \
    ROW(cpp_type_type)       /* CppType: how a C++ type is converted */     \
    ROW(cpp_iterator_type)   /* over a std::vector of numbers */            \
    ROW(cpp_hold_type)       /* a view of a C++ object's memory */          \
    ROW(cpp_class_type)      /* the metaclass below every C++ metaclass */  \
    ROW(cpp_instances)       /* capsule of cpp_runtime.h: proxies, hooks */

typedef struct core_state {
#define CORE_STATE_FIELD(name) PyObject *name;
    CORE_STATE_OBJECTS(CORE_STATE_FIELD)
#undef CORE_STATE_FIELD
    PyObject *module;               /* borrowed: the module owns this state */
    PyInterpreterState *interpreter; /* for callbacks from foreign threads */
    void *spare_parts;              /* cdata_spare.h: blocks of dead parts, linked by their first word */
    int spare_count;
    int published;                  /* the module has all that CORE_PARTS offer */
} core_state;

/* A type of the state.  Those that core_make_type() makes are NULL until then: no object is
   of such a type, so comparing with it is right all the same. */
#ifdef Py_GIL_DISABLED
#  define CORE_TYPE(state, name) \
      ((PyTypeObject *)__atomic_load_n(&(state)->name, __ATOMIC_ACQUIRE))
#else
#  define CORE_TYPE(state, name) ((PyTypeObject *)(state)->name)
#endif

/* The same for who makes an object: the type is made now if it was not needed before, because
   a type takes longer to make than anything else that importing the core does.  `base`: NULL,
   or the CData type that it derives from.  Borrowed, or NULL with an error. */
PyTypeObject *core_make_type(core_state *state, PyObject **slot, PyType_Spec *spec,
                             PyObject *base);
#define CORE_NEED_TYPE(state, name, spec, base)                        \
    (COMPAT_LIKELY(CORE_TYPE(state, name) != NULL)                     \
         ? CORE_TYPE(state, name)                                      \
         : core_make_type(state, &(state)->name, spec, base))
/* Enters it into the module under the last part of its name.  `type` NULL: an error is set. */
int core_publish_type(core_state *state, PyTypeObject *type);

/* The state of a module-level function's `self`. */
static inline core_state *core_state_of(PyObject *module)
{
    return (core_state *)PyModule_GetState(module);
}

/* What a part needs before anything else is done.  It fills its fields of the state.
   Returns 0, or -1 with an exception set.
   ORDER: as module.c calls them; a part may use what earlier parts set up. */
#define CORE_FIRST_PARTS(ROW) \
    ROW(ctype)                \
    ROW(cdata)                \
    ROW(ffi_core)             \
    ROW(compiled_open)        \
    ROW(compiled_lib)         \
    ROW(compiled_ffi)

/* What a part offers: its types, functions and constants are entered into the module, which
   is done when the module is asked for any of them.  A NAME.py asks for none. */
#define CORE_PARTS(ROW)      \
    ROW(ctype)               \
    ROW(layout)              \
    ROW(cdata)               \
    ROW(cdata_buffer)        \
    ROW(cdata_memory)        \
    ROW(call)                \
    ROW(callback)            \
    ROW(dynlib)              \
    ROW(ffi_core)            \
    ROW(compiled_open)       \
    ROW(compiled_lib)        \
    ROW(compiled_ffi)        \
    ROW(cpp_part)

/* Both at once, when cppbind asks for them. */
#define CORE_CPP_PARTS(ROW)  \
    ROW(cpp_runtime)         \
    ROW(cpp_class)           \
    ROW(cpp_instance)        \
    ROW(cpp_instance_functions) \
    ROW(cpp_type)            \
    ROW(cpp_closure)         \
    ROW(cpp_member)          \
    ROW(cpp_sequence)        \
    ROW(cpp_iterate)         \
    ROW(cpp_item)            \
    ROW(cpp_hold)            \
    ROW(cpp_callable)        \
    ROW(cpp_method)          \
    ROW(cpp_method_bound)    \
    ROW(cpp_director)        \
    ROW(cpp_regulator)       \
    ROW(cpp_api)

#define CORE_PART_INIT(name) int name##_init(PyObject *module, core_state *state);
CORE_FIRST_PARTS(CORE_PART_INIT)
CORE_CPP_PARTS(CORE_PART_INIT)
#undef CORE_PART_INIT
#define CORE_PART_OFFER(name) int name##_offer(PyObject *module, core_state *state);
CORE_PARTS(CORE_PART_OFFER)
#undef CORE_PART_OFFER

#ifdef __cplusplus
}
#endif
#endif
