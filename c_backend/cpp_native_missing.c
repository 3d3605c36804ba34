/* cpp_native_missing.c: stands in for cpp_native.cpp where there was no C++
   compiler.  Memory still works; strings and dynamic classes are not known. */
#include "cpp_native.h"

#if !HAVE_CPP_GUARD

#include <stdlib.h>
#include <string.h>

int cpp_native_available(void)
{
    return 0;
}

int cpp_native_string_new(void *place, const char *text, size_t size)
{
    (void)place, (void)text, (void)size;
    return -1;
}

int cpp_native_string_assign(void *place, const char *text, size_t size)
{
    (void)place, (void)text, (void)size;
    return -1;
}

const char *cpp_native_string_read(const void *place, size_t *size)
{
    (void)place;
    *size = 0;
    return "";
}

void cpp_native_string_delete(void *place)
{
    (void)place;
}

void *cpp_native_allocate(size_t size, size_t align)
{
    size = size ? size : 1;
    if (align <= sizeof(long double))
        return malloc(size);
    return aligned_alloc(align, (size + align - 1) / align * align);
}

void cpp_native_free(void *memory, size_t align)
{
    (void)align;
    free(memory);
}

char *cpp_native_demangle(const char *mangled)
{
    (void)mangled;
    return NULL;
}

char *cpp_native_dynamic_name(const void *object, ptrdiff_t *offset_to_top)
{
    (void)object;
    *offset_to_top = 0;
    return NULL;
}

#else
typedef int cpp_native_is_compiled;
#endif
