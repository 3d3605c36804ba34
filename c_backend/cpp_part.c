/* cpp_part.c: the core's side of cpp_part.h.

   Until the C++ part is imported, its functions are the `missing_` ones: memory
   works, strings and dynamic classes are not known, nothing can be caught.
   cppbind does not start without the C++ part, so nobody meets them. */
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

#include <stdlib.h>

static int missing_cpp_guard_invoke(call_regs_shape shape, void (*fn)(void),
                                    const call_regs_frame *frame, call_regs_value *value,
                                    cpp_guard_error *error)
{
    (void)error;
#if CALL_REGS_AVAILABLE
    call_regs_invoke(shape, fn, frame, value);
#else
    (void)shape, (void)fn, (void)frame, (void)value;
#endif
    return 0;
}

static int missing_cpp_guard_invoke_variadic(call_regs_shape shape, void (*fn)(void),
                                             const call_regs_frame *frame, call_regs_value *value,
                                             cpp_guard_error *error)
{
    return missing_cpp_guard_invoke(shape, fn, frame, value, error);
}

static cpp_candidate_call *missing_cpp_plain_choose(const cpp_candidate *candidate, cpp_plain_kind kind)
{
    (void)candidate, (void)kind;
    return NULL;
}

static int missing_cpp_signals_policy(int everywhere)
{
    (void)everywhere;
    return 0;
}

static void missing_cpp_signals_enter(int step)
{
    (void)step;
}

static void missing_cpp_guard_throw(cpp_python_error *error)
{
    (void)error;
}

static const cpp_native_strings *missing_cpp_native_string_class(void)
{
    return NULL;
}

static void missing_cpp_guard_drop(void *keeper)
{
    (void)keeper;
}

static void *missing_cpp_throw_allocate(size_t size)
{
    (void)size;
    return NULL;
}

static void missing_cpp_throw_free(void *object)
{
    (void)object;
}

static void missing_cpp_guard_error_clear(cpp_guard_error *error)
{
    (void)error;
}

static int missing_cpp_native_string_new(void *place, const char *text, size_t size)
{
    (void)place, (void)text, (void)size;
    return -1;
}

static int missing_cpp_native_string_assign(void *place, const char *text, size_t size)
{
    (void)place, (void)text, (void)size;
    return -1;
}

static const char *missing_cpp_native_string_read(const void *place, size_t *size)
{
    (void)place;
    *size = 0;
    return "";
}

static void missing_cpp_native_string_delete(void *place)
{
    (void)place;
}

static int missing_cpp_native_wide_new(int unit, void *place, const void *text, size_t size)
{
    (void)unit, (void)place, (void)text, (void)size;
    return -1;
}

static int missing_cpp_native_wide_assign(int unit, void *place, const void *text, size_t size)
{
    return missing_cpp_native_wide_new(unit, place, text, size);
}

static const void *missing_cpp_native_wide_read(int unit, const void *place, size_t *size)
{
    (void)unit;
    return missing_cpp_native_string_read(place, size);
}

static void missing_cpp_native_wide_delete(int unit, void *place)
{
    (void)unit, (void)place;
}

static void missing_cpp_native_view_set(void *place, const void *text, size_t size)
{
    (void)place, (void)text, (void)size;
}

static const void *missing_cpp_native_view_read(const void *place, size_t *size)
{
    return missing_cpp_native_string_read(place, size);
}

static void missing_cpp_native_callable(cpp_callable *self)
{
    (void)self;
}

static void *missing_cpp_native_allocate(size_t size, size_t align)
{
    size = size ? size : 1;
    if (align <= sizeof(long double))
        return malloc(size);
    return aligned_alloc(align, (size + align - 1) / align * align);
}

static void missing_cpp_native_free(void *memory, size_t align)
{
    (void)align;
    free(memory);
}

static char *missing_cpp_native_dynamic_name(const void *object, int number, ptrdiff_t *offset)
{
    (void)object, (void)number;
    *offset = 0;
    return NULL;
}

static char *missing_cpp_native_demangle(const char *mangled)
{
    (void)mangled;
    return NULL;
}

static const cpp_director_hooks *missing_cpp_part_director_hooks(void)
{
    return NULL;
}

#define CPP_PART_MISSING(result, keyword, name, parameters, arguments) .name = missing_##name,
static cpp_part_offers part_offers = {
    CPP_PART_OFFERS(CPP_PART_MISSING)
    .cpp_entry_method = cpp_method_vectorcall,
    .cpp_entry_function = cpp_method_function_vectorcall,
    .cpp_entry_class = cpp_construct_vectorcall,
};
#undef CPP_PART_MISSING

#define CPP_PART_OURS(result, keyword, name, parameters, arguments) .name = name,
static const cpp_part_needs part_needs = { CPP_PART_NEEDS(CPP_PART_OURS) };
#undef CPP_PART_OURS

static cpp_part_border part_border = {
    .size = sizeof(cpp_part_border) + sizeof(cpp_part_needs) + sizeof(cpp_part_offers),
    .needs = &part_needs, .offers = &part_offers,
};

#define CPP_PART_FORWARD(result, keyword, name, parameters, arguments) \
    result name parameters                                             \
    {                                                                  \
        keyword part_offers.name arguments;                            \
    }
CPP_PART_OFFERS(CPP_PART_FORWARD)
#undef CPP_PART_FORWARD

cpp_part_vectorcall *cpp_part_entry_method(void)
{
    return part_offers.cpp_entry_method;
}

cpp_part_vectorcall *cpp_part_entry_function(void)
{
    return part_offers.cpp_entry_function;
}

cpp_part_vectorcall *cpp_part_entry_class(void)
{
    return part_offers.cpp_entry_class;
}

int cpp_part_offer(PyObject *module, core_state *state)
{
    PyObject *capsule = PyCapsule_New(&part_border, CPP_PART_CAPSULE, NULL);

    (void)state;
    if (capsule == NULL)
        return -1;
    if (PyModule_AddObject(module, "_cpp_part", capsule) < 0) {
        Py_DECREF(capsule);
        return -1;
    }
    /* The C++ part changes it: without it an exception would end the process. */
    return PyModule_AddIntConstant(module, "CPP_AVAILABLE", 0);
}
