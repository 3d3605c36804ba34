// cpp_guard.cpp: the try block round a register-class call, and what it tells
// of the exception.  Itanium C++ ABI 2.9.5 gives the classes behind type_info.
// Neighbour: cpp_method.c, which turns the answer into a Python exception.
#include "cpp_runtime.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_type.h"
#include "cpp_callable.h"
#include "cpp_guard.h"
#include "cpp_closure.h"
#include "cpp_signals.h"
#include "cpp_throw.h"

#include <cstdlib>
#include <cstring>
#include <cxxabi.h>
#include <exception>
#include <ios>
#include <new>
#include <stdexcept>
#include <system_error>
#include <typeinfo>

namespace {

// A copy in malloc's memory; NULL stays NULL.
char *copy_of(const char *text)
{
    if (text == nullptr)
        return nullptr;
    std::size_t size = std::strlen(text) + 1;
    char *copy = static_cast<char *>(std::malloc(size));
    if (copy != nullptr)
        std::memcpy(copy, text, size);
    return copy;
}

char *demangled(const std::type_info &type)
{
    int status = 0;
    char *name = abi::__cxa_demangle(type.name(), nullptr, nullptr, &status);
    return name != nullptr ? name : copy_of(type.name());
}

bool has_base(const cpp_guard_error *error, const char *name)
{
    for (int i = 0; i < error->base_count; i++)
        if (std::strcmp(error->bases[i], name) == 0)
            return true;
    return false;
}

void add_base(cpp_guard_error *error, const std::type_info &type)
{
    char *name = demangled(type);
    if (name == nullptr || has_base(error, name)) {
        std::free(name);
        return;
    }
    void *grown = std::realloc(error->bases, (error->base_count + 1) * sizeof(char *));
    if (grown == nullptr) {
        std::free(name);
        return;
    }
    error->bases = static_cast<char **>(grown);
    error->bases[error->base_count++] = name;
}

// Direct bases first, then theirs: nearest first for single inheritance, and
// every class of a diamond once.
void add_bases(cpp_guard_error *error, const std::type_info &type)
{
    if (auto single = dynamic_cast<const abi::__si_class_type_info *>(&type)) {
        add_base(error, *single->__base_type);
        add_bases(error, *single->__base_type);
    }
    else if (auto many = dynamic_cast<const abi::__vmi_class_type_info *>(&type)) {
        for (unsigned i = 0; i < many->__base_count; i++)
            add_base(error, *many->__base_info[i].__base_type);
        for (unsigned i = 0; i < many->__base_count; i++)
            add_bases(error, *many->__base_info[i].__base_type);
    }
}

template <class Class>
bool is_a(const std::exception *exception)
{
    return dynamic_cast<const Class *>(exception) != nullptr;
}

cpp_guard_kind kind_of(const std::exception &exception)
{
#define CPP_GUARD_TRY(enumerator, type)    \
    if (is_a<type>(&exception))            \
        return CPP_GUARD_##enumerator;
    CPP_GUARD_EXCEPTIONS(CPP_GUARD_TRY)
#undef CPP_GUARD_TRY
    return CPP_GUARD_OTHER;
}

// Inside a handler only: describes the exception that is being handled.
void describe(cpp_guard_error *error, cpp_guard_kind kind, const char *what)
{
    std::memset(error, 0, sizeof *error);
    error->kind = kind;
    error->what = copy_of(what);
    const std::type_info *type = abi::__cxa_current_exception_type();
    if (type == nullptr) {
        error->kind = CPP_GUARD_FOREIGN;
        return;
    }
    error->type_name = demangled(*type);
    add_bases(error, *type);
    std::exception_ptr *keeper = new (std::nothrow) std::exception_ptr(std::current_exception());
    if (keeper != nullptr) {
        error->object = cpp_throw_object(*keeper);
        error->keeper = keeper;
    }
}

// Describes an exception of Python's that crossed C++.
void describe_python(cpp_guard_error *error, cpp_python_error *python)
{
    std::memset(error, 0, sizeof *error);
    error->kind = CPP_GUARD_PYTHON;
    error->python = python;
}

}  // namespace

extern "C" void cpp_guard_catch(cpp_guard_error *error)
{
    try {
        throw;
    }
#ifdef __GLIBCXX__
    catch (abi::__forced_unwind &) {
        throw;                  // the thread is being cancelled: not ours to stop
    }
#endif
    catch (const cpp_python_exception &exception) {
        cpp_python_error_retain(exception.error);
        describe_python(error, exception.error);
    }
    catch (const std::exception &exception) {
        cpp_python_error *python = cpp_throw_known(cpp_throw_object(std::current_exception()));
        if (python != nullptr)
            describe_python(error, python);
        else
            describe(error, kind_of(exception), exception.what());
    }
    catch (...) {
        describe(error, CPP_GUARD_OTHER, nullptr);
    }
}

extern "C" void cpp_guard_throw(cpp_python_error *error)
{
    cpp_throw_error(error);
}

extern "C" void cpp_guard_drop(void *keeper)
{
    delete static_cast<std::exception_ptr *>(keeper);
}

static int guard_invoke(call_regs_shape shape, void (*fn)(void),
                        const call_regs_frame *frame, call_regs_value *value,
                        cpp_guard_error *error)
{
#if CALL_REGS_AVAILABLE
    try {
        call_regs_invoke(shape, fn, frame, value);
        return 0;
    }
    catch (...) {
        cpp_guard_catch(error);
    }
    return -1;
#else
    (void)shape, (void)fn, (void)frame, (void)value, (void)error;
    return 0;
#endif
}

extern "C" int cpp_guard_invoke(call_regs_shape shape, void (*fn)(void),
                                const call_regs_frame *frame, call_regs_value *value,
                                cpp_guard_error *error)
{
    if (COMPAT_UNLIKELY(cpp_signals_everywhere || cpp_signals_depth))
        return cpp_signals_invoke(guard_invoke, shape, fn, frame, value, error);
    return guard_invoke(shape, fn, frame, value, error);
}

extern "C" void cpp_guard_error_clear(cpp_guard_error *error)
{
    for (int i = 0; i < error->base_count; i++)
        std::free(error->bases[i]);
    std::free(error->bases);
    if (error->python != nullptr)
        cpp_python_error_release(error->python);
    cpp_guard_drop(error->keeper);
    std::free(error->type_name);
    std::free(error->what);
    std::memset(error, 0, sizeof *error);
}

static int guard_invoke_variadic(call_regs_shape shape, void (*fn)(void),
                                 const call_regs_frame *frame, call_regs_value *value,
                                 cpp_guard_error *error)
{
#if CALL_REGS_AVAILABLE
#define FRAME_ALL frame->g[0], frame->g[1], frame->g[2], frame->g[3], frame->g[4], frame->g[5], VARIADIC_MORE   \
    frame->x[0], frame->x[1], frame->x[2], frame->x[3], frame->x[4], frame->x[5], frame->x[6], frame->x[7],      \
    VARIADIC_STACK
#if CALL_REGS_GENERAL > 6
#define VARIADIC_MORE frame->g[6], frame->g[7],
#else
#define VARIADIC_MORE
#endif
#if CALL_REGS_STACK > 0
#define VARIADIC_STACK frame->s[0], frame->s[1], frame->s[2], frame->s[3], frame->s[4], frame->s[5], frame->s[6], \
    frame->s[7], frame->s[8], frame->s[9]
#else
#define VARIADIC_STACK 0L
#endif
    try {
        if (shape.result == CALL_REGS_DOUBLE)
            value->real = reinterpret_cast<double (*)(int64_t, ...)>(fn)(FRAME_ALL);
        else
            value->integer = reinterpret_cast<int64_t (*)(int64_t, ...)>(fn)(FRAME_ALL);
        return 0;
    }
    catch (...) {
        cpp_guard_catch(error);
    }
    return -1;
#undef FRAME_ALL
#undef VARIADIC_MORE
#undef VARIADIC_STACK
#else
    (void)shape, (void)fn, (void)frame, (void)value, (void)error;
    return 0;
#endif
}

extern "C" int cpp_guard_invoke_variadic(call_regs_shape shape, void (*fn)(void),
                                         const call_regs_frame *frame, call_regs_value *value,
                                         cpp_guard_error *error)
{
    if (COMPAT_UNLIKELY(cpp_signals_everywhere || cpp_signals_depth))
        return cpp_signals_invoke(guard_invoke_variadic, shape, fn, frame, value, error);
    return guard_invoke_variadic(shape, fn, frame, value, error);
}
