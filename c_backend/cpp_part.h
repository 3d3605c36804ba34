/* cpp_part.h: the border between the core and its C++ part.

   Loading libstdc++ takes longer than loading all of the core, and only cppbind
   needs it.  So what is compiled as C++ is a module of its own, _cffi_like_cpp,
   that cppbind imports; it hands its functions to the core, and gets those of the
   core that it calls.

       _cffi_like      all .c    cpp_part.c      calls OFFERS through `offers`
       _cffi_like_cpp  all .cpp   cpp_module.cpp  calls NEEDS through `needs`

   Include after the headers that declare these functions.
   ROW(result, return or nothing, name, (parameters), (arguments)) */
#ifndef CPP_PART_H
#define CPP_PART_H

#define CPP_PART_CAPSULE "_cffi_like._cpp_part"

/* The C++ part's, which the core calls by these names. */
#define CPP_PART_OFFERS(ROW)                                                                        \
    ROW(int, return, cpp_guard_invoke,                                                              \
        (call_regs_shape shape, void (*fn)(void), const call_regs_frame *frame,                     \
         call_regs_value *value, cpp_guard_error *error), (shape, fn, frame, value, error))         \
    ROW(int, return, cpp_guard_invoke_variadic,                                                     \
        (call_regs_shape shape, void (*fn)(void), const call_regs_frame *frame,                     \
         call_regs_value *value, cpp_guard_error *error), (shape, fn, frame, value, error))         \
    ROW(void, , cpp_guard_throw, (cpp_python_error *error), (error))                                \
    ROW(void, , cpp_guard_error_clear, (cpp_guard_error *error), (error))                           \
    ROW(void, , cpp_guard_drop, (void *keeper), (keeper))                                           \
    ROW(void *, return, cpp_throw_allocate, (size_t size), (size))                                  \
    ROW(void, , cpp_throw_free, (void *object), (object))                                           \
    ROW(int, return, cpp_native_string_new, (void *place, const char *text, size_t size),           \
        (place, text, size))                                                                        \
    ROW(int, return, cpp_native_string_assign, (void *place, const char *text, size_t size),        \
        (place, text, size))                                                                        \
    ROW(const char *, return, cpp_native_string_read, (const void *place, size_t *size),            \
        (place, size))                                                                              \
    ROW(void, , cpp_native_string_delete, (void *place), (place))                                   \
    ROW(int, return, cpp_native_wide_new, (int unit, void *place, const void *text, size_t size),   \
        (unit, place, text, size))                                                                  \
    ROW(int, return, cpp_native_wide_assign, (int unit, void *place, const void *text, size_t size), \
        (unit, place, text, size))                                                                  \
    ROW(const void *, return, cpp_native_wide_read, (int unit, const void *place, size_t *size),    \
        (unit, place, size))                                                                        \
    ROW(void, , cpp_native_wide_delete, (int unit, void *place), (unit, place))                     \
    ROW(void, , cpp_native_view_set, (void *place, const void *text, size_t size),                  \
        (place, text, size))                                                                        \
    ROW(const void *, return, cpp_native_view_read, (const void *place, size_t *size),              \
        (place, size))                                                                              \
    ROW(void, , cpp_native_callable, (cpp_callable *self), (self))                                  \
    ROW(const cpp_native_strings *, return, cpp_native_string_class, (void), ())                    \
    ROW(void *, return, cpp_native_allocate, (size_t size, size_t align), (size, align))            \
    ROW(void, , cpp_native_free, (void *memory, size_t align), (memory, align))                     \
    ROW(char *, return, cpp_native_dynamic_name, (const void *object, int number, ptrdiff_t *offset), \
        (object, number, offset))                                                                   \
    ROW(char *, return, cpp_native_demangle, (const char *mangled), (mangled))                      \
    ROW(const cpp_director_hooks *, return, cpp_part_director_hooks, (void), ())                    \
    ROW(int, return, cpp_signals_policy, (int everywhere), (everywhere))                            \
    ROW(cpp_candidate_call *, return, cpp_plain_choose,                                             \
        (const cpp_candidate *candidate, cpp_plain_kind kind), (candidate, kind))                   \
    ROW(void, , cpp_signals_enter, (int step), (step))

/* Also the C++ part's: the core keeps their addresses as the vectorcall of its objects. */
#define CPP_PART_ENTRIES(ROW)   \
    ROW(cpp_entry_method)       \
    ROW(cpp_entry_function)     \
    ROW(cpp_entry_class)

#define CPP_PART_VECTORCALL \
    (PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *keyword_names)

/* The core's, which the C++ part calls. */
#define CPP_PART_NEEDS(ROW)                                                                         \
    ROW(PyObject *, return, cpp_method_vectorcall, CPP_PART_VECTORCALL,                             \
        (callable, args, nargsf, keyword_names))                                                    \
    ROW(PyObject *, return, cpp_method_function_vectorcall, CPP_PART_VECTORCALL,                    \
        (callable, args, nargsf, keyword_names))                                                    \
    ROW(PyObject *, return, cpp_construct_vectorcall, CPP_PART_VECTORCALL,                          \
        (callable, args, nargsf, keyword_names))                                                    \
    ROW(PyObject *, return, cpp_candidate_box,                                                      \
        (cpp_candidate *candidate, call_regs_value *value, PyObject *owner, int creates),           \
        (candidate, value, owner, creates))                                                         \
    ROW(void *, return, cpp_callable_run,                                                           \
        (cpp_callable *self, void **arguments, void *room, void **hold, cpp_python_error **raised), \
        (self, arguments, room, hold, raised))                                                      \
    ROW(void, , cpp_callable_done, (cpp_callable *self, void *hold), (self, hold))                  \
    ROW(void, , cpp_callable_release, (cpp_callable *self), (self))                                 \
    ROW(void, , cpp_python_error_retain, (cpp_python_error *error), (error))                        \
    ROW(void, , cpp_python_error_release, (cpp_python_error *error), (error))                       \
    ROW(void, , cpp_candidate_use, (cpp_candidate *candidate, PyObject *const *args, int step),       \
        (candidate, args, step))                                                                    \
    ROW(void, , cpp_candidate_explain, (cpp_candidate *candidate, Py_ssize_t position),             \
        (candidate, position))                                                                      \
    ROW(void, , cpp_candidate_raise, (cpp_runtime *runtime, cpp_guard_error *error),                \
        (runtime, error))                                                                           \
    ROW(Py_ssize_t, return, cpp_class_virtual_offset,                                               \
        (cpp_class *from, cpp_cast *cast, void *address), (from, cast, address))                    \
    ROW(int, return, cpp_candidate_is_fast, (const cpp_candidate *candidate), (candidate))          \
    ROW(int, return, cpp_convert_double_slow, (cpp_type *type, PyObject *value, double *result),    \
        (type, value, result))                                                                      \
    ROW(int, return, cpp_convert_int_slow, (cpp_type *type, PyObject *value, int64_t *result),      \
        (type, value, result))                                                                      \
    ROW(void, , cpp_runtime_forget, (cpp_runtime *runtime, void *address, PyObject *proxy),         \
        (runtime, address, proxy))                                                                  \
    ROW(int, return, cpp_runtime_remember, (cpp_runtime *runtime, void *address, PyObject *proxy),  \
        (runtime, address, proxy))                                                                  \
    ROW(void *, return, cpp_instance_cast_slow,                                                     \
        (cpp_class *owner, cpp_site **sites, PyObject *object), (owner, sites, object))             \
    ROW(int, return, cpp_type_refuse, (cpp_type *type, PyObject *value, const char *why),           \
        (type, value, why))                                                                         \
    ROW(int, return, cpp_director_call,                                                             \
        (void *proxy, uint32_t index, void *const *arguments, void *result,                         \
         cpp_director_taker *take, uint32_t flags, cpp_python_error **raised),                      \
        (proxy, index, arguments, result, take, flags, raised))                                     \
    ROW(void, , cpp_director_gone, (void *proxy), (proxy))

#define CPP_PART_MEMBER(result, keyword, name, parameters, arguments) result (*name) parameters;
#define CPP_PART_ENTRY(name) PyObject *(*name) CPP_PART_VECTORCALL;

typedef struct cpp_part_offers {
    CPP_PART_OFFERS(CPP_PART_MEMBER)
    CPP_PART_ENTRIES(CPP_PART_ENTRY)
} cpp_part_offers;

typedef struct cpp_part_needs {
    CPP_PART_NEEDS(CPP_PART_MEMBER)
} cpp_part_needs;

/* What the capsule points to. */
typedef struct cpp_part_border {
    size_t size;                    /* of this struct: both sides must be of one version */
    const cpp_part_needs *needs;
    cpp_part_offers *offers;        /* written once, always with the same values */
} cpp_part_border;

#undef CPP_PART_MEMBER
#undef CPP_PART_ENTRY

#endif
