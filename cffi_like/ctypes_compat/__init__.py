"""ctypes_compat: a ctypes script runs here by changing its import.

    from cffi_like.ctypes_compat import *               # was: from ctypes import *
    import cffi_like.ctypes_compat as ctypes            # was: import ctypes
    from cffi_like.ctypes_compat.util import find_library

ctypes' declarations become types of model.py; nothing of ctypes is imported.  data.py has the
simple types, records.py structures and unions, pointers.py arrays, pointers and memory,
functions.py libraries and prototypes.
"""

from . import util  # noqa: F401
from .data import *  # noqa: F403
from .data import _SimpleCData  # noqa: F401
from .functions import *  # noqa: F403
from .pointers import *  # noqa: F403
from .records import *  # noqa: F403

__all__ = [name for name in dir() if name[0] != "_" and name not in (
    "data", "functions", "operator", "pointers", "records", "sys", "util")]
