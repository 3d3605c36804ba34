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

/* Enters Python in this interpreter, from any thread.  Python must be
   initialised. */
callback_gil callback_gil_take(PyInterpreterState *interpreter);
void callback_gil_give(callback_gil gil);

#endif
