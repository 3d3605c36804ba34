"""Declares the module ex_meson._point; the build system compiles it."""

from cffi_like import FFI

ffibuilder = FFI()
ffibuilder.cdef("""
    typedef struct { double x, y; ...; } point_t;
    double length(point_t *);
""")
ffibuilder.set_source("ex_meson._point", """
    #include <math.h>
    typedef struct { int tag; double x, y; } point_t;
    static double length(point_t *p) { return hypot(p->x, p->y); }
""")
