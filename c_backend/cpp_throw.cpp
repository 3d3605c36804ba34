// cpp_throw.cpp: throws for cpp_callable.c, which calls Python.
#include "cpp_runtime.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_type.h"
#include "cpp_callable.h"

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

}  // namespace

extern "C" void cpp_native_callable(cpp_callable *self)
{
    self->call = call;
    self->done = cpp_callable_done;
    self->release = cpp_callable_release;
}
