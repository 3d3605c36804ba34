// cpp_signals.cpp: a signal in C++ code as an error of the call.
//
// A protected call marks its frame with sigsetjmp; the handler jumps back to it,
// and what was called is told to have thrown "signal SIGSEGV".  C++ frames in
// between are left without running their destructors, so this is for finding
// mistakes.  Neighbours: cpp_guard.cpp, which asks; cppbind/ll.py, whose
// classes these signals become.
#include "cpp_runtime.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_type.h"
#include "cpp_callable.h"
#include "cpp_guard.h"
#include "cpp_signals.h"

#include <csetjmp>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <mutex>

int cpp_signals_everywhere;
thread_local int cpp_signals_depth;

namespace {

struct caught_signal {
    int number;
    const char *name, *meaning;
};
// ORDER: the names are those of runtime/exceptions.py.
const caught_signal SIGNALS[] = {
    {SIGSEGV, "signal SIGSEGV", "segmentation violation"},
    {SIGILL, "signal SIGILL", "illegal instruction"},
    {SIGBUS, "signal SIGBUS", "bus error"},
    {SIGFPE, "signal SIGFPE", "arithmetic exception"},
    {SIGABRT, "signal SIGABRT", "abort"},
};
constexpr int COUNT = sizeof SIGNALS / sizeof *SIGNALS;

struct sigaction before[COUNT];         // who handled them when the handlers were installed
thread_local sigjmp_buf *armed;         // the innermost protected call of this thread
std::mutex installing;

void handle(int number)
{
    if (armed != nullptr)
        siglongjmp(*armed, number);
    for (int i = 0; i < COUNT; i++)     // not ours: again, for whoever had it
        if (SIGNALS[i].number == number)
            sigaction(number, &before[i], nullptr);
    raise(number);
}

void install()
{
    std::lock_guard<std::mutex> guard(installing);
    for (int i = 0; i < COUNT; i++) {
        struct sigaction mine, now;
        std::memset(&mine, 0, sizeof mine);
        mine.sa_handler = handle;
        mine.sa_flags = SA_NODEFER | SA_ONSTACK;
        sigaction(SIGNALS[i].number, nullptr, &now);
        if (now.sa_handler == handle)
            continue;
        before[i] = now;
        sigaction(SIGNALS[i].number, &mine, nullptr);
    }
}

char *signal_copy(const char *text)
{
    std::size_t size = std::strlen(text) + 1;
    char *copy = static_cast<char *>(std::malloc(size));
    if (copy != nullptr)
        std::memcpy(copy, text, size);
    return copy;
}

void signal_describe(cpp_guard_error *error, int number)
{
    std::memset(error, 0, sizeof *error);
    error->kind = CPP_GUARD_FOREIGN;
    for (const caught_signal &row : SIGNALS) {
        if (row.number == number) {
            error->type_name = signal_copy(row.name);
            error->what = signal_copy(row.meaning);
        }
    }
}

}  // namespace

extern "C" int cpp_signals_policy(int everywhere)
{
    int known = cpp_signals_everywhere;

    if (everywhere)
        install();
    cpp_signals_everywhere = everywhere;
    return known;
}

extern "C" void cpp_signals_enter(int step)
{
    if (step > 0 && cpp_signals_depth == 0)
        install();
    cpp_signals_depth += step;
}

int cpp_signals_invoke(cpp_signals_call *call, call_regs_shape shape, void (*fn)(void), const call_regs_frame *frame,
                       call_regs_value *value, cpp_guard_error *error)
{
    sigjmp_buf here;
    sigjmp_buf *const outer = armed;
    int number = sigsetjmp(here, 1);

    if (number != 0) {
        armed = outer;
        signal_describe(error, number);
        return -1;
    }
    armed = &here;
    int status = call(shape, fn, frame, value, error);
    armed = outer;
    return status;
}
