"""Function templates of namespace std that need no code in a dictionary, because the objects can do it.

`gbl.std.get[int](variant)` and its like, as C++ and cppyy write them.  Neighbours: namespaces.py, where the names are
looked up; pythonize_variant.py and pythonize_value.py, which have the methods.
"""

import copy
from fractions import Fraction

from . import native
from .proxy import class_for
from .cpp_types import class_name, template_argument_text
from .templates import instances


class _FunctionTemplate:
    """`template[arguments](values)`."""

    def __init__(self, name, call):
        self.__name__ = name
        self.__cpp_name__ = "std::" + name
        self.__doc__ = call.__doc__
        self._call = call

    def __getitem__(self, argument):
        call = self._call
        return lambda *values: call(argument, *values)

    def __call__(self, *values):
        raise TypeError("std::%s takes its template argument in [...]" % self.__name__)

    def __repr__(self):
        return "<C++ function template 'std::%s'>" % self.__name__


def _get(which, holder):
    """std::get: the item of a pair or tuple at an index, the value of a variant by index or type."""
    if hasattr(type(holder), "holds"):
        return holder.get(which)
    if not isinstance(which, int):
        raise TypeError("std::get of a '%s' needs an index" % type(holder).__name__)
    return holder[which]


def _holds_alternative(which, holder):
    """std::holds_alternative: whether a variant holds a value of that type."""
    return holder.holds(which)


def _make(pointer):
    def make(kind, *values):
        if isinstance(kind, native.Class):
            name = class_name(kind)
            # Of a class derived in Python: the C++ object goes to the pointer, and is Python's object all the time.
            derived = "__cpp_name__" not in kind.__dict__
            make_object = copy.copy if derived and len(values) == 1 and isinstance(values[0], kind) else kind
        else:
            name = template_argument_text(kind)
            make_object = class_for(name)
        return class_for("std::%s<%s>" % (pointer, name))(make_object(*values))
    make.__doc__ = "std::make_%s: a new object that a std::%s owns." % (pointer[:-len("_ptr")], pointer)
    return make


def visit(function, holder):
    """std::visit: function(value) of the value that a variant holds."""
    return function(holder.value())


_UNITS = {"nanoseconds": 10**9, "microseconds": 10**6, "milliseconds": 1000}
_PERIODS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400, "weeks": 604800}


def _duration(name):
    """The class of std::chrono::milliseconds and the like, where a dictionary has it; else None."""
    from .pythonize_chrono import of_duration
    period = Fraction(1, _UNITS[name]) if name in _UNITS else Fraction(_PERIODS[name])
    for qualified in instances("std::chrono", "duration").values():
        if of_duration(qualified) == (period, False):
            return class_for(qualified)
    return None


def find(space, name):
    """What a name of the library's means although no dictionary lists it; None where it means nothing."""
    if space == "std":
        return FUNCTIONS.get(name)
    return _duration(name) if space == "std::chrono" and (name in _UNITS or name in _PERIODS) else None


FUNCTIONS = {
    "get": _FunctionTemplate("get", _get),
    "holds_alternative": _FunctionTemplate("holds_alternative", _holds_alternative),
    "make_shared": _FunctionTemplate("make_shared", _make("shared_ptr")),
    "make_unique": _FunctionTemplate("make_unique", _make("unique_ptr")),
    "visit": visit,
}
