"""`cffi` as scripts and packages import it: cffi_like under its name.

Only for running other projects' code unmodified (see ../../run_cffi.py and run_packages.py).
The version is that of the CFFI whose behaviour this is.  The private modules beside this file hold
only what upstream's tests and published packages import from them.
"""

from cffi_like import FFI, CDefError, FFIError, PkgConfigError, VerificationError, VerificationMissing

__all__ = ["FFI", "VerificationError", "VerificationMissing", "CDefError", "FFIError"]
__version__ = "2.1.1"
__version_info__ = (2, 1, 1)
