"""Call C from Python: paste declarations, open a library, call it.

    from cffi_like import FFI
    ffi = FFI()
    ffi.cdef("double cos(double);")
    lib = ffi.dlopen("m")
    lib.cos(0.0)

The interface is that of CFFI.  Names are loaded at their first use, so that
compiled modules, which need only the run-time part, start fast.
"""

__version__ = "0.1.0"
__version_info__ = (0, 1, 0)
__all__ = ["FFI", "CDefError", "FFIError", "PkgConfigError", "VerificationError",
           "VerificationMissing", "install_as_cffi", "__version__"]


_ERRORS = ("CDefError", "FFIError", "PkgConfigError", "VerificationError", "VerificationMissing")


def __getattr__(name):
    if name == "FFI":
        from .api import FFI as found
    elif name == "install_as_cffi":
        from .alias import install_as_cffi as found
    elif name in _ERRORS:
        from . import errors
        found = getattr(errors, name)
    else:
        raise AttributeError("module 'cffi_like' has no attribute '%s'" % name)
    globals()[name] = found
    return found


def __dir__():
    return sorted(set(globals()) | set(__all__))
