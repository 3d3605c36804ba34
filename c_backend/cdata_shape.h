/* cdata_shape.h: attributes of arrays under cppyy's names.  cdata.c lists them. */
#ifndef CDATA_SHAPE_H
#define CDATA_SHAPE_H

#include "core.h"

/* reshape(shape): in place, what the pointer or array is an array of.  For memory of
   C and C++ alone.  None, or NULL with an error. */
PyObject *cdata_shape_reshape(PyObject *self, PyObject *shape);

PyObject *cdata_shape_get_shape(PyObject *self, void *closure);
PyObject *cdata_shape_get_itemsize(PyObject *self, void *closure);
PyObject *cdata_shape_get_format(PyObject *self, void *closure);

#endif
