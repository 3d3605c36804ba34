"""`cppbind.py`: what tunes how C++ classes look in Python, under cppyy's names.  Neighbour: runtime/pythonize.py."""

from .runtime.pythonize import add_pythonization, remove_pythonization

__all__ = ["add_pythonization", "remove_pythonization"]
