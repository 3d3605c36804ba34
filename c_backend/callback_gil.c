/* callback_gil.c: how a thread that runs C gets back into Python.

   A thread that C started is not known to Python.  Its first callback makes a
   thread state, and the later ones find it again: making one takes 30 times as
   long as the whole callback, and threading.local() would forget everything in
   between.  The thread state of a thread that has ended cannot be deleted when
   the thread ends (whoever waits for its end may hold the GIL), so the next new
   thread does it.

   Neighbours: call.h has the thread-locals, callback.c and cppbind's overrides
   call this. */
#include "callback_gil.h"
#include "call.h"

#include <pthread.h>

/* A thread that C started, from its first callback on. */
typedef struct callback_thread {
    PyThreadState *state;       /* NULL once CPython has cleared it (Py_Finalize) */
    struct callback_thread *next;   /* in callback_ended */
} callback_thread;

/* Process-wide, because threads are; no Python object among it. */
static pthread_once_t callback_once = PTHREAD_ONCE_INIT;
static pthread_key_t callback_key;          /* a callback_thread, for callback_thread_ends */
static int callback_has_key;
int callback_gil_many;
static pthread_mutex_t callback_lock = PTHREAD_MUTEX_INITIALIZER;
static callback_thread *callback_ended;     /* under the lock: to be deleted */

static const char callback_capsule_name[] = "cffi_like thread";

/* --- the life of a thread state ------------------------------------------- */

static void callback_thread_ends(void *data)
{
    callback_thread *self = data;

    pthread_mutex_lock(&callback_lock);
    self->next = callback_ended;
    callback_ended = self;
    pthread_mutex_unlock(&callback_lock);
}

static void callback_make_key(void)
{
    callback_has_key = pthread_key_create(&callback_key, callback_thread_ends) == 0;
}

/* The thread state's dict goes: the thread state is being cleared. */
static void callback_state_ends(PyObject *capsule)
{
    callback_thread *self = PyCapsule_GetPointer(capsule, callback_capsule_name);

    if (self != NULL)
        self->state = NULL;
    else
        PyErr_Clear();
}

static void callback_delete_state(PyThreadState *state)
{
    PyThreadState_Clear(state);
#if PY_VERSION_HEX >= 0x030c0000
    /* Else PyThreadState_Delete would make PyGILState forget the *current*
       thread (CPython 3.12 and later). */
    state->_status.bound_gilstate = 0;
#endif
    PyThreadState_Delete(state);
}

/* Deletes what ended threads left; the GIL is held. */
static void callback_delete_ended(void)
{
    callback_thread *ended;

    for (;;) {
        pthread_mutex_lock(&callback_lock);
        ended = callback_ended;
        if (ended != NULL)
            callback_ended = ended->next;
        pthread_mutex_unlock(&callback_lock);
        if (ended == NULL)
            return;
        if (ended->state != NULL)
            callback_delete_state(ended->state);
        free(ended);
    }
}

/* Remembers the current thread state for this thread; the GIL is held.
   0, or -1 without an error: it will be made again each time. */
static int callback_keep_state(PyThreadState *state)
{
    PyObject *dict = PyThreadState_GetDict();
    callback_thread *self = malloc(sizeof *self);
    PyObject *capsule = NULL;
    int failed = 1;

    if (self == NULL || dict == NULL)
        goto done;
    self->state = state;
    capsule = PyCapsule_New(self, callback_capsule_name, callback_state_ends);
    if (capsule == NULL || PyDict_SetItemString(dict, callback_capsule_name, capsule) < 0)
        goto done;
    if (pthread_setspecific(callback_key, self) != 0) {
        (void)PyDict_DelItemString(dict, callback_capsule_name);
        goto done;
    }
    free(call_current_thread.own);  /* of a Python that was finalized */
    call_current_thread.own = self;
    failed = 0;
done:
    if (failed)
        PyErr_Clear();
    Py_XDECREF(capsule);
    if (failed)
        free(self);
    return failed ? -1 : 0;
}

/* --- entering and leaving ------------------------------------------------- */

/* The main interpreter, from a thread that no call of ours comes from. */
static callback_gil callback_gil_take_foreign(void)
{
    callback_gil gil = {CALLBACK_GIL_ENSURED, NULL, NULL, PyGILState_UNLOCKED};
    callback_thread *own = call_current_thread.own;
    int is_new;

    if (own != NULL && own->state != NULL) {
        if (own->state == callback_gil_current()) {
            gil.how = CALLBACK_GIL_HELD;
            return gil;
        }
        gil.how = CALLBACK_GIL_KEPT;
        gil.thread = own->state;
        PyEval_RestoreThread(own->state);
        return gil;
    }
    (void)pthread_once(&callback_once, callback_make_key);
    is_new = PyGILState_GetThisThreadState() == NULL;
    gil.ensured = PyGILState_Ensure();
    if (is_new && callback_has_key) {
        callback_delete_ended();
        gil.thread = PyThreadState_Get();
        if (callback_keep_state(gil.thread) == 0)
            gil.how = CALLBACK_GIL_KEPT;    /* never released: PyGILState counts to 1 */
    }
    return gil;
}

callback_gil callback_gil_take(PyInterpreterState *interpreter)
{
    call_thread *thread = &call_current_thread;
    PyThreadState *released = thread->released;
    PyThreadState *current = callback_gil_own();
    callback_gil gil = {CALLBACK_GIL_HELD, NULL, NULL, PyGILState_UNLOCKED};

    if (current != NULL && current->interp == interpreter)
        return gil;             /* a call of ours that kept the GIL */
    if (current != NULL)
        gil.outer = PyEval_SaveThread();
    if (released != NULL && released->interp == interpreter) {
        gil.how = CALLBACK_GIL_RESTORED;
        gil.thread = released;
        thread->released = NULL;
        PyEval_RestoreThread(released);
        return gil;
    }
    if (current == NULL && interpreter == PyInterpreterState_Main())
        return callback_gil_take_foreign();
    gil.how = CALLBACK_GIL_TEMPORARY;
    gil.thread = PyThreadState_New(interpreter);
    PyEval_RestoreThread(gil.thread);
    return gil;
}

void callback_gil_give(callback_gil gil)
{
    switch (gil.how) {
    case CALLBACK_GIL_HELD:
        break;
    case CALLBACK_GIL_RESTORED:
        PyEval_SaveThread();
        call_current_thread.released = gil.thread;
        break;
    case CALLBACK_GIL_KEPT:
        PyEval_SaveThread();
        break;
    case CALLBACK_GIL_ENSURED:
        PyGILState_Release(gil.ensured);
        break;
    case CALLBACK_GIL_TEMPORARY:
        PyThreadState_Clear(gil.thread);
        PyThreadState_DeleteCurrent();
        break;
    }
    if (gil.outer != NULL)
        PyEval_RestoreThread(gil.outer);
}
