/* cpp_enter.c: from C++ into Python, as long as there is one: see cpp_enter.h.

   CPython ends a thread that takes the GIL while the interpreter ends, by
   pthread_exit(): where a frame of C++ on its stack is noexcept, which destructors
   and many functions of threads are, that ends the process.  So nobody may wait for the
   GIL by then: atexit refuses who comes and lets out who is in.
   Neighbour: callback_gil.c, how a thread enters. */
#include "cpp_runtime.h"
#include "call.h"
#include "callback_gil.h"
#include "cpp_enter.h"

#include <time.h>

/* How long a thread of C++ may stay in Python when the interpreter ends.  Those that wait for the GIL need a
   fraction of it; one that waits for ever must not keep the process alive. */
#define ENTER_PATIENCE_MS 1000

/* Whether this thread gave up this interpreter in a call of ours: it is no stranger. */
static int enter_is_back(const cpp_runtime *runtime)
{
    PyThreadState *released = call_current_thread.released;

    return released != NULL && released->interp == runtime->interpreter;
}

int cpp_enter(cpp_runtime *runtime, callback_gil *gil)
{
    if (runtime->end == CPP_END_COMPLETE)
        return 0;
    if (callback_gil_is_held(runtime->interpreter)) {
        if (runtime->end != CPP_END_NONE &&
            PyInterpreterState_GetID(callback_gil_own()->interp) != runtime->interpreter_id)
            return 0;
        *gil = callback_gil_take(runtime->interpreter);
        return 1;
    }
    if (!Py_IsInitialized())
        return 0;
    __atomic_add_fetch(&runtime->entered, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&runtime->end, __ATOMIC_SEQ_CST) != CPP_END_NONE && !enter_is_back(runtime)) {
        __atomic_sub_fetch(&runtime->entered, 1, __ATOMIC_SEQ_CST);
        return 0;
    }
    *gil = callback_gil_take(runtime->interpreter);
    return 1;
}

void cpp_leave(cpp_runtime *runtime, callback_gil gil)
{
    callback_gil_give(gil);
    if (gil.how != CALLBACK_GIL_HELD)
        __atomic_sub_fetch(&runtime->entered, 1, __ATOMIC_SEQ_CST);
}

/* atexit */
static PyObject *enter_end(PyObject *module, PyObject *Py_UNUSED(ignored))
{
    cpp_runtime *runtime = cpp_runtime_of(core_state_of(module));
    const struct timespec millisecond = {0, 1000000};

    if (runtime == NULL)
        return NULL;
    __atomic_store_n(&runtime->end, CPP_END_BEGUN, __ATOMIC_SEQ_CST);
    Py_BEGIN_ALLOW_THREADS
    for (int i = 0; i < ENTER_PATIENCE_MS && __atomic_load_n(&runtime->entered, __ATOMIC_SEQ_CST) > 0; i++)
        (void)nanosleep(&millisecond, NULL);
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

static PyMethodDef enter_end_function = {
    "cpp_interpreter_ends", enter_end, METH_NOARGS, "From now on no thread of C++ comes into Python.",
};

int cpp_enter_watch_end(PyObject *module)
{
    PyObject *function = PyCFunction_New(&enter_end_function, module), *done = NULL;
    PyObject *atexit = function == NULL ? NULL : PyImport_ImportModule("atexit");

    if (atexit != NULL)
        done = PyObject_CallMethod(atexit, "register", "O", function);
    Py_XDECREF(atexit);
    Py_XDECREF(function);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}
