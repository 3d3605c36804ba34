/* cdata_export.h: the buffer protocol of C data (PEP 3118). */
#ifndef CDATA_EXPORT_H
#define CDATA_EXPORT_H

#include "core.h"

/* The slots Py_bf_getbuffer and Py_bf_releasebuffer of CData. */
int cdata_export_getbuffer(PyObject *self, Py_buffer *view, int flags);
void cdata_export_releasebuffer(PyObject *self, Py_buffer *view);

/* 0, or -1 with a BufferError while views of this memory exist: what frees it
   must wait for them.  `exports` is the count that the functions above keep. */
int cdata_export_check_free(Py_ssize_t exports, PyObject *self);

#endif
