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
    PyGILState_STATE ensured;
} callback_gil;

/* Whether this thread has the GIL and is in this interpreter: it need not enter. */
static inline int callback_gil_is_held(PyInterpreterState *interpreter)
{
#if PY_VERSION_HEX >= 0x030d0000
    return PyThreadState_GetUnchecked() != NULL && interpreter != NULL;     /* a thread-local since 3.12 */
#elif PY_VERSION_HEX >= 0x030c0000
    return _PyThreadState_UncheckedGet() != NULL && interpreter != NULL;
#else
    PyThreadState *current = _PyThreadState_UncheckedGet();

    /* Whoever has the GIL.  Our own thread state alone may be looked into, others may go at any time. */
    return current != NULL && current == PyGILState_GetThisThreadState() && current->interp == interpreter;
#endif
}

/* Enters Python in this interpreter, from any thread.  Python must be
   initialised. */
callback_gil callback_gil_take(PyInterpreterState *interpreter);
void callback_gil_give(callback_gil gil);

#endif
