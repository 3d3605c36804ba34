/* cdata_spare.h: parts of owned memory come and go with each `p[0]` and slice, so
   the blocks of a few dead ones are kept for the next.  Included by cdata.c and
   cdata_new.c, and by module.c, which frees them. */
#ifndef CDATA_SPARE_H
#define CDATA_SPARE_H

#include "core.h"

/* The GIL is the lock, and a sanitizer must see each death. */
#if defined(Py_GIL_DISABLED) || defined(__SANITIZE_ADDRESS__)
#  define CDATA_SPARE_MOST 0
#else
#  define CDATA_SPARE_MOST 16
#endif

/* Structs and slices alike: cdata_new.c checks that they fit. */
#define CDATA_SPARE_SIZE 64

static inline void *cdata_spare_get(core_state *state)
{
    void *block = state->spare_parts;

    if (COMPAT_UNLIKELY(block == NULL))
        return PyObject_Malloc(CDATA_SPARE_SIZE);
    memcpy(&state->spare_parts, block, sizeof(void *));
    state->spare_count--;
    return block;
}

static inline void cdata_spare_put(core_state *state, void *block)
{
    if (COMPAT_UNLIKELY(state->spare_count >= CDATA_SPARE_MOST)) {
        PyObject_Free(block);
        return;
    }
    memcpy(block, &state->spare_parts, sizeof(void *));
    state->spare_parts = block;
    state->spare_count++;
}

static inline void cdata_spare_clear(core_state *state)
{
    while (state->spare_count > 0)
        PyObject_Free(cdata_spare_get(state));
}

#endif
