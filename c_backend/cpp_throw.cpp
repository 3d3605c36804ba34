// cpp_throw.cpp: throws for cpp_callable.c, cpp_closure.c and cpp_director.c, which call Python.
//
// Objects are thrown as the Itanium C++ ABI has it (2.4.2), since their type is
// known by its vtable only.
#include "cpp_runtime.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_type.h"
#include "cpp_callable.h"
#include "cpp_director.h"
#include "cpp_throw.h"

#include <cstdint>
#include <cxxabi.h>
#include <mutex>
#include <new>
#include <stdexcept>
#include <typeinfo>
#include <unordered_map>

namespace {

// Objects that were thrown for Python, until they are destroyed.
std::mutex thrown_lock;

std::unordered_map<void *, cpp_python_error *> &thrown()
{
    static auto *known = new std::unordered_map<void *, cpp_python_error *>;    // outlives static destructors
    return *known;
}

// What was thrown once more has no end that could be told: it is held until the thread sees another.
class last_thrown {
public:
    ~last_thrown() { hold(nullptr, nullptr); }

    void hold(void *object, cpp_python_error *error)
    {
        cpp_python_error *before = error_;
        object_ = object;
        error_ = error;
        if (before != nullptr)
            cpp_python_error_release(before);
    }

    cpp_python_error *take(void *object)
    {
        cpp_python_error *found = object == object_ ? error_ : nullptr;
        if (found != nullptr)
            object_ = nullptr, error_ = nullptr;
        else
            hold(nullptr, nullptr);
        return found;
    }

private:
    void *object_ = nullptr;
    cpp_python_error *error_ = nullptr;
};

thread_local last_thrown last;

void destroy_thrown(void *object)
{
    cpp_python_error *error = nullptr;
    {
        std::lock_guard<std::mutex> guard(thrown_lock);
        auto found = thrown().find(object);
        if (found == thrown().end())
            return;
        error = found->second;
        thrown().erase(found);
    }
    error->destructor(object);
    cpp_python_error_release(error);
}

[[noreturn]] void throw_object(cpp_python_error *error)
{
    void *object = error->object;
    // Every dynamic class has its vtable pointer first (Itanium C++ ABI 2.4).
    const std::type_info &type = typeid(*static_cast<std::exception *>(object));
    {
        std::lock_guard<std::mutex> guard(thrown_lock);
        thrown()[object] = error;
    }
    error->object = nullptr;
    abi::__cxa_throw(object, const_cast<std::type_info *>(&type), destroy_thrown);
}

void *call(cpp_callable *self, void **arguments, void *room, void **hold)
{
    cpp_python_error *raised = nullptr;
    void *result = cpp_callable_run(self, arguments, room, hold, &raised);

    if (raised != nullptr)
        cpp_throw_error(raised);
    if (result == nullptr)
        throw std::runtime_error("a Python callable was called, but Python is shut down");
    return result;
}

int director_call(void *proxy, std::uint32_t index, void *const *arguments, void *result, cpp_director_taker *take,
                  std::uint32_t flags)
{
    cpp_python_error *raised;

    if (cpp_director_is_silent(static_cast<PyObject *>(proxy), index, flags))
        return 0;
    raised = nullptr;
    int status = cpp_director_call(proxy, index, arguments, result, take, flags, &raised);

    if (COMPAT_UNLIKELY(status < 0)) {
        if (status < -1)
            throw std::runtime_error("a virtual function that Python defines was called, but Python is shut down");
        if (raised == nullptr)
            throw std::bad_alloc();
        cpp_throw_error(raised);
    }
    return status;
}

const cpp_director_hooks director_hooks = {director_call, cpp_director_gone};

}  // namespace

void cpp_throw_error(cpp_python_error *error)
{
    if (error->object != nullptr)
        throw_object(error);
    if (error->keeper != nullptr) {
        std::exception_ptr again = *static_cast<std::exception_ptr *>(error->keeper);
        last.hold(cpp_throw_object(again), error);
        std::rethrow_exception(again);
    }
    throw cpp_python_exception(error);
}

cpp_python_error *cpp_throw_known(void *object)
{
    {
        std::lock_guard<std::mutex> guard(thrown_lock);
        auto found = thrown().find(object);
        if (found != thrown().end()) {
            cpp_python_error_retain(found->second);
            return found->second;
        }
    }
    return last.take(object);
}

extern "C" void *cpp_throw_allocate(std::size_t size)
{
    return abi::__cxa_allocate_exception(size);
}

extern "C" void cpp_throw_free(void *object)
{
    abi::__cxa_free_exception(object);
}

extern "C" const cpp_director_hooks *cpp_part_director_hooks(void)
{
    return &director_hooks;
}

extern "C" void cpp_native_callable(cpp_callable *self)
{
    self->call = call;
    self->done = cpp_callable_done;
    self->release = cpp_callable_release;
}
