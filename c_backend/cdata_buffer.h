/* cdata_buffer.h: the memory that a cdata refers to, as bytes. */
#ifndef CDATA_BUFFER_H
#define CDATA_BUFFER_H

#include "core.h"
#include "ctype.h"

struct cdata;

/* The bytes that a pointer (its target) or an array (all items) refers to.
   0, or -1 with a TypeError for other types and targets of unknown size. */
int cdata_buffer_extent(struct cdata *data, char **start, Py_ssize_t *size);

#endif
