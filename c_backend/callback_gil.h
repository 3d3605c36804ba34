/* callback_gil.h: how a thread that runs C gets back into Python.

   Used by callback.c, and by whoever else is called by C or C++. */
#ifndef CALLBACK_GIL_H
#define CALLBACK_GIL_H

#include "core.h"

typedef enum callback_gil_how {
    CALLBACK_GIL_HELD,          /* C was called without giving up the GIL */
    CALLBACK_GIL_RESTORED,      /* a call of ours gave up `thread`: it took it back */
    CALLBACK_GIL_KEPT,          /* a thread of C: its own thread state, kept for it */
    CALLBACK_GIL_ENSURED,       /* a thread that other code made known to Python */
    CALLBACK_GIL_TEMPORARY      /* a sub-interpreter: a thread state for this once */
} callback_gil_how;

/* What callback_gil_give needs to undo callback_gil_take. */
typedef struct callback_gil {
    callback_gil_how how;
    PyThreadState *thread;
    PyThreadState *outer;       /* of another interpreter, which this thread ran; NULL: none */
    PyGILState_STATE ensured;
} callback_gil;

static inline PyThreadState *callback_gil_current(void)
{
#if PY_VERSION_HEX >= 0x030d0000
    return PyThreadState_GetUnchecked();
#else
    return _PyThreadState_UncheckedGet();
#endif
}

/* Whether an interpreter besides the main one has imported the core; stays so. */
extern int callback_gil_many;

/* The thread state by which this thread runs Python; NULL: by none. */
static inline PyThreadState *callback_gil_own(void)
{
    PyThreadState *current = callback_gil_current();

#if PY_VERSION_HEX < 0x030c0000
    /* Whoever has the GIL; a thread-local since 3.12.  Our own thread state alone may be looked into, others may go at
       any time.  PyGILState knows that of the main interpreter alone; where there are more, a number has to tell. */
    if (current != NULL && current != PyGILState_GetThisThreadState() &&
        (!callback_gil_many || current->thread_id != PyThread_get_thread_ident()))
        current = NULL;
#endif
    return current;
}

/* Whether this thread has the GIL and is in this interpreter: it need not enter. */
static inline int callback_gil_is_held(PyInterpreterState *interpreter)
{
    PyThreadState *current = callback_gil_own();

    return current != NULL && current->interp == interpreter;
}

/* Enters Python in this interpreter, from any thread.  Python must be
   initialised. */
callback_gil callback_gil_take(PyInterpreterState *interpreter);
void callback_gil_give(callback_gil gil);

#endif
