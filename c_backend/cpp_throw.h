/* cpp_throw.h: what Python raised, as C++ throws it.

   An exception that stands for an object of a C++ class is thrown as a copy of
   that object, so that C++ catches it by its type; any other as a
   cpp_python_exception.  cpp_guard.cpp finds Python's exception again when it
   comes back.  Include after cpp_callable.h. */
#ifndef CPP_THROW_H
#define CPP_THROW_H

#include "core.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Memory for an object to be thrown, NULL where there is none. */
void *cpp_throw_allocate(size_t size);
/* Gives it back while nothing is constructed in it. */
void cpp_throw_free(void *object);

#ifdef __cplusplus
}

#include <exception>

/* Throws it; takes over the reference. */
[[noreturn]] void cpp_throw_error(cpp_python_error *error);
/* The Python exception for which the object at that address was thrown, a new
   reference; nullptr for any other. */
cpp_python_error *cpp_throw_known(void *object);

/* Where the thrown object lies: the one word of a std::exception_ptr, in libstdc++ and libc++. */
inline void *cpp_throw_object(const std::exception_ptr &pointer)
{
    static_assert(sizeof pointer == sizeof(void *), "a std::exception_ptr is one pointer");
    return *reinterpret_cast<void *const *>(&pointer);
}
#endif
#endif
