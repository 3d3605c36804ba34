"""`object[key]` and `object[key] = value` of C++ classes: operator[], and operator() where that returns a reference.

Python cannot assign to a call, so a matrix of C++ is subscripted: `m[i, j] = x` is `m(i, j) = x`.
Neighbours: proxy.py, which calls this; methods.py, which makes the callables.
"""

from . import native
from .methods import make_assignment, make_callable


def add_subscripts(cls, named):
    """Give a class __getitem__ and __setitem__; `named`: the records of its functions by their names in Python."""
    plain = named.get("__getitem__", ())
    assignment = make_assignment("__setitem__", cls, plain) if plain else None
    if assignment is not None:
        native.store(cls, "__setitem__", assignment)
    _add_keys(cls, named.get("__call__", ()), "__call__")
    _add_keys(cls, [function for function in named.get("operator[]", ()) if function.params_count > 1], "operator[]")
    if "__getitem__" in cls.__dict__ and "__iter__" not in cls.__dict__:
        # Without an end, Python's old protocol would index for ever.
        native.store(cls, "__iter__", None)


def _inherited(cls, special):
    return next((base.__dict__[special] for base in cls.__mro__ if base.__dict__.get(special) is not None), None)


def _add_keys(cls, functions, name):
    """Let a key of several parts, and any key where there is no operator[] of one, go to functions of the parts."""
    assigning = make_assignment("__setitem__", cls, functions) if functions else None
    if name == "__call__" and assigning is None:
        return
    if not functions:
        return
    parts = cls.__dict__["__call__"] if name == "__call__" else make_callable(name, cls, functions)
    read, write = _inherited(cls, "__getitem__"), _inherited(cls, "__setitem__")

    def __getitem__(self, key):
        if isinstance(key, tuple):
            return parts(self, *key)
        return parts(self, key) if read is None else read(self, key)

    def __setitem__(self, key, value):
        if isinstance(key, tuple):
            assigning(self, *key, value)
        elif write is None:
            assigning(self, key, value)
        else:
            write(self, key, value)

    __getitem__.__doc__, __setitem__.__doc__ = "As in C++: object(key...).", "As in C++: object(key...) = value."
    native.store(cls, "__getitem__", __getitem__)
    if assigning is not None:
        native.store(cls, "__setitem__", __setitem__)
