/* cpp_native.h: what the C types need from libstdc++ and the C++ ABI.

   cpp_native.cpp implements it, in the C++ part; cpp_part.c where that is missing. */
#ifndef CPP_NATIVE_H
#define CPP_NATIVE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Room for a std::string, suitably aligned. */
#define CPP_STRING_SIZE 32

/* Construct, assign, read, destroy the std::string at `place`.  The first two
   return 0, or -1 when there is no memory. */
int cpp_native_string_new(void *place, const char *text, size_t size);
int cpp_native_string_assign(void *place, const char *text, size_t size);
const char *cpp_native_string_read(const void *place, size_t *size);
void cpp_native_string_delete(void *place);

/* The same for a std::basic_string whose characters have `unit` bytes, 2 or 4;
   sizes are in characters. */
int cpp_native_wide_new(int unit, void *place, const void *text, size_t size);
int cpp_native_wide_assign(int unit, void *place, const void *text, size_t size);
const void *cpp_native_wide_read(int unit, const void *place, size_t *size);
void cpp_native_wide_delete(int unit, void *place);
/* A std::basic_string_view of any character type. */
void cpp_native_view_set(void *place, const void *text, size_t size);
const void *cpp_native_view_read(const void *place, size_t *size);
/* What a proxy class of std::string is made of.  The functions are called as the
   wrappers of a dictionary are (cppbind/format.py, "Calls"). */
typedef struct cpp_native_strings {
    size_t size, align;
    void (*construct)(void *storage);
    void (*copy)(void *storage, const void *other);
    void (*assign)(void *self, const void *other);
    void (*append)(void *self, const void *other);
    size_t (*length)(const void *self);
    void (*destruct)(void *self);
    void (*destroy)(void *self);
} cpp_native_strings;
const cpp_native_strings *cpp_native_string_class(void);

/* Global operator new and delete.  new gives NULL when there is no memory. */
void *cpp_native_allocate(size_t size, size_t align);
void cpp_native_free(void *memory, size_t align);

/* The name of the dynamic class of a polymorphic object (`number` 0) or of one
   of its public bases, nearest first (1, 2, ...), demangled into malloc'ed
   memory (the caller frees it), and how far that part lies from `object`.
   NULL where there is none. */
char *cpp_native_dynamic_name(const void *object, int number, ptrdiff_t *offset);
char *cpp_native_demangle(const char *mangled);

#ifdef __cplusplus
}
#endif
#endif
