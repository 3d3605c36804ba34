/* cpp_guard.h: a register-class call that survives a C++ exception.

   Used by cpp_method.c, which makes the Python exception.  A C++ try block
   costs nothing while nothing is thrown.  Calls nothing of Python, so the
   caller may have released the GIL.  The C++ part of the core has it (cpp_part.h). */
#ifndef CPP_GUARD_H
#define CPP_GUARD_H

#include "call_regs.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The standard exceptions, most derived first, so that the first match is the
   closest.  CPP_GUARD_EXCEPTION(enumerator, C++ type)
   ORDER: cpp_guard.cpp tries them in this order. */
#define CPP_GUARD_EXCEPTIONS(ROW)                       \
    ROW(OUT_OF_RANGE,      std::out_of_range)           \
    ROW(INVALID_ARGUMENT,  std::invalid_argument)       \
    ROW(DOMAIN_ERROR,      std::domain_error)           \
    ROW(LENGTH_ERROR,      std::length_error)           \
    ROW(LOGIC_ERROR,       std::logic_error)            \
    ROW(RANGE_ERROR,       std::range_error)            \
    ROW(OVERFLOW_ERROR,    std::overflow_error)         \
    ROW(UNDERFLOW_ERROR,   std::underflow_error)        \
    ROW(IOS_FAILURE,       std::ios_base::failure)      \
    ROW(SYSTEM_ERROR,      std::system_error)           \
    ROW(RUNTIME_ERROR,     std::runtime_error)          \
    ROW(BAD_ALLOC,         std::bad_alloc)              \
    ROW(BAD_CAST,          std::bad_cast)               \
    ROW(BAD_TYPEID,        std::bad_typeid)             \
    ROW(EXCEPTION,         std::exception)

typedef enum cpp_guard_kind {
#define CPP_GUARD_KIND(enumerator, type) CPP_GUARD_##enumerator,
    CPP_GUARD_EXCEPTIONS(CPP_GUARD_KIND)
#undef CPP_GUARD_KIND
    CPP_GUARD_OTHER,            /* thrown, but not a std::exception */
    CPP_GUARD_FOREIGN,          /* not thrown by C++ */
    CPP_GUARD_PYTHON            /* raised by Python, see cpp_callable.h */
} cpp_guard_kind;

/* What was thrown.  All memory is the struct's; cpp_guard_error_clear frees it.
   A pointer is NULL where there is nothing to tell, or no memory to tell it. */
typedef struct cpp_guard_error {
    cpp_guard_kind kind;
    char *type_name;            /* demangled, such as "my::Error" */
    char *what;                 /* std::exception::what() */
    char **bases;               /* demangled base classes by RTTI: nearest first, each once */
    int base_count;
    struct cpp_python_error *python;    /* owned: of CPP_GUARD_PYTHON alone, where all else is NULL */
    void *object;               /* what was thrown, alive as long as `keeper` */
    void *keeper;               /* owned: a std::exception_ptr, see cpp_guard_drop */
} cpp_guard_error;

/* As below for a function with an ellipsis: System V wants the number of vector
   registers told. */
int cpp_guard_invoke_variadic(call_regs_shape shape, void (*fn)(void), const call_regs_frame *frame,
                              call_regs_value *value, cpp_guard_error *error);
/* 0: returned, *value is set.  -1: threw, *error is set. */
int cpp_guard_invoke(call_regs_shape shape, void (*fn)(void), const call_regs_frame *frame,
                     call_regs_value *value, cpp_guard_error *error);
void cpp_guard_error_clear(cpp_guard_error *error);
/* Gives back a `keeper` that was taken out of a cpp_guard_error. */
void cpp_guard_drop(void *keeper);
/* Inside a handler of the caller's own try block only: describes what it caught.
   Lets the cancellation of a thread pass. */
void cpp_guard_catch(cpp_guard_error *error);

#ifdef __cplusplus
}
#endif
#endif
