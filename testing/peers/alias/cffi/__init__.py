"""`cffi` as scripts and packages import it: cffi_like under its name.

Only for running other projects' code unmodified (see ../../run_cffi.py and run_packages.py).
The version is that of the CFFI whose behaviour this is.  The private modules beside this file hold
only what upstream's tests and published packages import from them.
"""

import cffi_like
from cffi_like import CDefError, FFIError, PkgConfigError, VerificationError, VerificationMissing  # noqa: F401

__all__ = ["FFI", "VerificationError", "VerificationMissing", "CDefError", "FFIError"]
__version__ = "2.1.1"
__version_info__ = (2, 1, 1)


class FFI(cffi_like.FFI):
    """Upstream's tests delete `_assigned_source` to call set_source() again, and ask how to
    link to Python's library."""

    def _apply_embedding_fix(self, kwds):
        from cffi_like.emit_embedding import embedding_options
        kwds.update(embedding_options(kwds))

    @property
    def _assigned_source(self):
        return self._source

    @_assigned_source.deleter
    def _assigned_source(self):
        if self._source is None:
            raise AttributeError("_assigned_source")
        self._source = None
