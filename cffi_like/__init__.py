"""Call C from Python: paste declarations, open a library, call it.

    from cffi_like import FFI
    ffi = FFI()
    ffi.cdef("double cos(double);")
    lib = ffi.dlopen("m")
    lib.cos(0.0)

The interface is that of CFFI.  Names are loaded at their first use, so that
compiled modules, which need only the run-time part, start fast.
"""

from .errors import (CDefError, FFIError, PkgConfigError, VerificationError,
                     VerificationMissing)

__version__ = "0.1.0"
__version_info__ = (0, 1, 0)
__all__ = ["FFI", "CDefError", "FFIError", "PkgConfigError", "VerificationError",
           "VerificationMissing", "__version__"]


def __getattr__(name):
    if name == "FFI":
        from .api import FFI
        globals()["FFI"] = FFI
        return FFI
    raise AttributeError("module 'cffi_like' has no attribute '%s'" % name)


def __dir__():
    return sorted(set(globals()) | {"FFI"})
