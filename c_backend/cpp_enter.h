/* cpp_enter.h: from C++ into Python, as long as there is one.

   C++ may call at any time: from threads of its own while the interpreter ends, from
   destructors of static objects when it is gone, from another interpreter of the
   process.  Used by cpp_callable.c, cpp_closure.c and cpp_director.c.  Include after
   cpp_runtime.h and callback_gil.h. */
#ifndef CPP_ENTER_H
#define CPP_ENTER_H

/* How far the end of an interpreter has come. */
enum {
    CPP_END_NONE,
    CPP_END_BEGUN,              /* it runs destructors and finalizers, but other threads cannot enter any more */
    CPP_END_COMPLETE            /* the core is gone: nothing of Python's can run */
};

/* Whether this thread is in the interpreter already, which is the common case. */
static inline int cpp_enter_is_in(const cpp_runtime *runtime)
{
    return COMPAT_LIKELY(runtime->end == CPP_END_NONE) && callback_gil_is_held(runtime->interpreter);
}

/* From any thread.  1: cpp_leave must follow.  0: Python is gone, or about to go. */
int cpp_enter(cpp_runtime *runtime, callback_gil *gil);
void cpp_leave(cpp_runtime *runtime, callback_gil gil);

/* Before its end the interpreter waits for threads that are in Python.  0, or -1 with an error. */
int cpp_enter_watch_end(PyObject *module);

#endif
