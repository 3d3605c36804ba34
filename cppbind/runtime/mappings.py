"""The user's type mappings: how objects of a C++ class cross into Python and back.

Registered in Python (`cppbind.py.add_type_mapping`) or from C++ (cppbind/api.h).  A mapping may be made before its
class is known.  Neighbours: pythonize.py, which asks for new classes; c_backend/cpp_api.c.
"""

from . import native
from .state import lock

_mappings = {}              # qualified name -> (to_python, from_python, accepts)


def add_type_mapping(cls, to_python=None, from_python=None, accepts=()):
    """Map a C++ class, given as a class or by its qualified name, which need not be known yet.

    `to_python(object)` is what Python gets instead of the proxy wherever C++ returns, holds or passes one, unless it
    is a null pointer.  `from_python(cls, value)` makes an object of the class from a value that `accepts` tells (a
    type, a function of the value, or a tuple of such), for arguments by value and const reference and for assignment.
    Objects made by `cls(...)` stay proxies.  A second mapping of a class replaces the first; None leaves that
    direction as it was.

    Raises TypeError where one of them cannot be called.
    """
    name = cls if isinstance(cls, str) else getattr(cls, "__cpp_name__", None)
    if name is None:
        raise TypeError("a C++ class or the name of one is needed, not %r" % (cls,))
    for function in (to_python, from_python):
        if function is not None and not callable(function):
            raise TypeError("a function is needed, not %r" % (function,))
    accepts = accepts if isinstance(accepts, tuple) else () if accepts is None else (accepts,)
    for item in accepts:
        if not callable(item):
            raise TypeError("a type or a function of a value is needed, not %r" % (item,))
    with lock:
        _mappings[name] = (to_python, from_python, accepts)
        from .proxy import known_classes
        for known, known_name in known_classes():
            if name == known_name:
                apply(known, name)


def add_type_reducer(reducible, reduced):
    """Let what C++ returns or holds of one class come as another: what an expression template's operators give as the
    matrix that it stands for.

    Both are classes or their qualified names, which need not be known yet.  The object is made by the constructor of
    `reduced` that takes the other, or by the conversion function.  TypeError where that is not so is raised then.
    """
    names = [cls if isinstance(cls, str) else getattr(cls, "__cpp_name__", None) for cls in (reducible, reduced)]
    if None in names:
        raise TypeError("C++ classes or names of such are needed, not %r" % ((reducible, reduced),))

    def reduce(value):
        from .proxy import class_for
        return class_for(names[1])(value)
    add_type_mapping(names[0], to_python=reduce)


def remove_type_mapping(cls):
    """Objects of a C++ class, or of the class of that name, are proxies again; whether the class was mapped."""
    name = cls if isinstance(cls, str) else getattr(cls, "__cpp_name__", None)
    with lock:
        if _mappings.pop(name, None) is None:
            return False
        from .proxy import known_classes
        for known, known_name in known_classes():
            if name == known_name:
                native.set_mapping(known, None, None, ())
        return True


def is_mapped(name):
    """Whether the user mapped the class of that name."""
    return name in _mappings


def apply(cls, name):
    """Give a class that is known now what was registered for its name."""
    mapping = _mappings.get(name)
    if mapping is None:
        return
    to_python, from_python, accepts = mapping
    native.set_mapping(cls, to_python, None if from_python is None else _checked(from_python, cls), accepts)


def _checked(from_python, cls):
    def make(kind, value):
        made = from_python(kind, value)
        if not isinstance(made, cls):
            raise TypeError("the mapping of '%s' made %s of %r, no such object" % (
                cls.__cpp_name__, type(made).__name__, value))
        return made
    return make
