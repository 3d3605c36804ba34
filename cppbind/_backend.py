"""What scripts for cppyy take from its `_backend`: ownership, under cppyy's names.

Neighbour: memory.py, which has the memory policy under names of this project.
"""

from .memory import HEURISTICS as kMemoryHeuristics
from .memory import STRICT as kMemoryStrict
from .memory import set_policy as SetMemoryPolicy

__all__ = ["SetMemoryPolicy", "SetOwnership", "kMemoryHeuristics", "kMemoryStrict"]


def SetOwnership(proxy, python_owns):
    """Say who destroys a C++ object: Python, for True, or C++.  TypeError for what is no C++ object."""
    from .runtime import native
    if not isinstance(proxy, native.Instance):
        raise TypeError("a C++ object is needed, not '%s'" % type(proxy).__name__)
    proxy.__python_owns__ = bool(python_owns)
