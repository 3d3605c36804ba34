/* call.h: calling a C function from Python.

   What the parts of a call share: call_entries.c and call_ffi.c (the whole
   call), callback.c (the thread's errno and thread state). */
#ifndef CALL_H
#define CALL_H

#include <errno.h>
#include "core.h"
#include "ctype.h"

#ifdef __cplusplus
extern "C" {
#endif

struct call_argument;           /* call_plan.h */

/* tp_call of the CData types that are not cdata_function: calls what has a
   function type, else raises TypeError.  cdata_function has vectorcall. */
PyObject *call_cdata(PyObject *self, PyObject *args, PyObject *kwargs);

/* call_names.c: __name__, __doc__, __signature__ of cdata_function. */
extern PyGetSetDef call_names_getset[];
/* Whether `parameters` may stand in a cdata_function of this type: 0, or -1 with
   TypeError. */
int call_names_check(ctype *type, PyObject *parameters);

/* Makes a cdata_function raise ValueError from now on: its library is closed. */
void call_disarm(PyObject *function);

/* --- errno and the thread state, per thread ------------------------------ */

typedef struct call_thread {
    int saved_errno;            /* what ffi.errno tells: C's errno between calls */
    int *errno_place;           /* &errno, which costs a function call to find; or NULL */
    PyThreadState *released;    /* the thread state that a running call gave up, or NULL */
    struct callback_thread *own;    /* callback_gil.c: of a thread that C started, or NULL */
} call_thread;

/* initial-exec: no function call to reach it.  glibc keeps room for it in
   libraries opened late; musl does not. */
#if defined(__GLIBC__)
#  define CALL_THREAD_LOCAL __thread __attribute__((tls_model("initial-exec")))
#else
#  define CALL_THREAD_LOCAL __thread
#endif
extern CALL_THREAD_LOCAL call_thread call_current_thread;

static COMPAT_ALWAYS_INLINE int *call_errno_place(void)
{
    call_thread *thread = &call_current_thread;

    if (COMPAT_UNLIKELY(thread->errno_place == NULL))
        thread->errno_place = &errno;
    return thread->errno_place;
}

static COMPAT_ALWAYS_INLINE void call_restore_errno(void)
{
    *call_errno_place() = call_current_thread.saved_errno;
}

static COMPAT_ALWAYS_INLINE void call_save_errno(void)
{
    call_current_thread.saved_errno = *call_errno_place();
}

/* Gives up the GIL.  A callback on this thread takes back this very thread
   state without asking CPython for it (callback.c). */
typedef struct call_released {
    PyThreadState *self, *outer;
} call_released;

static COMPAT_ALWAYS_INLINE call_released call_release_gil(void)
{
    call_thread *thread = &call_current_thread;
    call_released released = {PyEval_SaveThread(), thread->released};

    thread->released = released.self;
    return released;
}

static COMPAT_ALWAYS_INLINE void call_take_gil(call_released released)
{
    call_current_thread.released = released.outer;
    PyEval_RestoreThread(released.self);
}

/* --- memory that lives as long as one call ------------------------------- */

typedef struct call_temporaries {
    struct call_block *blocks;  /* what did not fit into `space` */
    PyObject *held;             /* owned list: tuples of what lists of pointers had, or NULL */
    size_t used;
    union {
        long double alignment;
        char bytes[512];
    } space;
} call_temporaries;

static inline void call_temporaries_init(call_temporaries *temporaries)
{
    temporaries->blocks = NULL;
    temporaries->held = NULL;
    temporaries->used = 0;
}

/* Zeroed, aligned to 16; NULL with MemoryError. */
void *call_temporaries_get(call_temporaries *temporaries, size_t size);
void call_temporaries_clear(call_temporaries *temporaries);

/* Memory of the arguments that release() could give back stays until the call is
   over, whatever conversions and other threads do. */
void call_pin_arguments(PyObject *const *args, Py_ssize_t count);
void call_unpin_arguments(PyObject *const *args, Py_ssize_t count);
/* Whether a conversion closed the function's library: then an error is set. */
int call_was_closed(PyObject *function);

/* --- binding one argument ------------------------------------------------ */

/* Any value, with all conversions and temporaries, into an 8-byte slot.
   0, or -1 with an error that does not name the argument yet. */
int call_bind_slot(const struct call_argument *argument, PyObject *value, int64_t *slot,
                   call_temporaries *temporaries);
/* A pointer argument (CTYPE_POINTER) as call_bind_slot. */
int call_bind_pointer(ctype *type, PyObject *value, char **result,
                      call_temporaries *temporaries);

/* Rewords the current error to "argument N of 'name': ...", naming both sides,
   if it is one that conversions raise (any other passes as it is).  `index`
   counts from 0, `type` is the argument's. */
void call_name_error(PyObject *name, Py_ssize_t index, ctype *type, PyObject *value);

#ifdef __cplusplus
}
#endif
#endif
