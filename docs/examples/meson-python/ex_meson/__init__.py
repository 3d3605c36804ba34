"""length(x, y), computed in C."""

from ._point import ffi, lib


def length(x, y):
    return lib.length(ffi.new("point_t *", {"x": x, "y": y}))
