"""std::filesystem::path: an os.PathLike, made from whatever is one.

Neighbours: pythonize.py, the table; stl.py, which has the functions `_stl_...`.
"""

import os

from . import native
from .pythonize_sequence import store_all


def path(cls):
    """std::filesystem::path: open(), os and pathlib take it; equal to a str or path of the same text; / joins."""
    text, put = cls.__dict__.get("string"), cls.__dict__.get("_stl_put")
    if text is None or put is None:
        return

    def other_text(other):
        return os.fsdecode(other) if isinstance(other, (str, bytes)) or hasattr(other, "__fspath__") else None

    def __eq__(self, other):
        theirs = other_text(other)
        return NotImplemented if theirs is None else text(self) == theirs

    def __ne__(self, other):
        equal = __eq__(self, other)
        return equal if equal is NotImplemented else not equal

    def __truediv__(self, other):
        theirs = other_text(other)
        return NotImplemented if theirs is None else cls(os.path.join(text(self), theirs))

    def __rtruediv__(self, other):
        theirs = other_text(other)
        return NotImplemented if theirs is None else cls(os.path.join(theirs, text(self)))

    store_all(cls, {"__fspath__": lambda self: text(self), "__str__": lambda self: text(self), "__eq__": __eq__,
                    "__ne__": __ne__, "__hash__": lambda self: hash(text(self)), "__truediv__": __truediv__,
                    "__rtruediv__": __rtruediv__, "__bool__": lambda self: bool(text(self)), "__iter__": None})

    def from_python(kind, value):
        self = kind()
        put(self, os.fspath(value))
        return self
    native.set_source(cls, from_python, (str, bytes, lambda value: hasattr(type(value), "__fspath__")), None)
