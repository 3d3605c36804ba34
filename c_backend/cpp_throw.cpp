// cpp_throw.cpp: throws for cpp_callable.c and cpp_director.c, which call Python.
#include "cpp_runtime.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_type.h"
#include "cpp_callable.h"
#include "cpp_director.h"

#include <cstdint>
#include <new>
#include <stdexcept>

namespace {

void *call(cpp_callable *self, void **arguments, void *room, void **hold)
{
    cpp_python_error *raised = nullptr;
    void *result = cpp_callable_run(self, arguments, room, hold, &raised);

    if (raised != nullptr)
        throw cpp_python_exception(raised);
    if (result == nullptr)
        throw std::runtime_error("a Python callable was called, but Python is shut down");
    return result;
}

int director_call(void *proxy, std::uint32_t index, void *const *arguments, void *result, cpp_director_taker *take,
                  std::uint32_t flags)
{
    cpp_python_error *raised = nullptr;
    int status = cpp_director_call(proxy, index, arguments, result, take, flags, &raised);

    if (COMPAT_UNLIKELY(status < 0)) {
        if (raised == nullptr)
            throw std::bad_alloc();
        throw cpp_python_exception(raised);
    }
    return status;
}

const cpp_director_hooks director_hooks = {director_call, cpp_director_gone};

}  // namespace

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
