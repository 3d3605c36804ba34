"""util.py: `from ctypes.util import find_library`, for ctypes_compat."""

from .. import find_library as _find_library
from .data import _ffi


def find_library(name):
    """The name under which the loader finds library `name` ('z', 'm'), or None."""
    for candidate in _find_library.candidates(name):
        try:
            _ffi._engine.load_library(candidate, 0)
        except OSError:
            continue
        return candidate
    return None
