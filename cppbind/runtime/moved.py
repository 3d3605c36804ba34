"""std::move: an object that C++ may move from.

Passed for `T &&` the object itself is what C++ gets; afterwards it is in whatever state its class leaves it.
Neighbours: methods.py, c_backend/cpp_convert_class.c (which knows the class below by the hook `moved_class`).
"""

from . import native


class Moved:
    """What `std.move(object)` gives: an argument for `T &&`, for `T` and `const T &`, and the object of `&&`
    methods."""

    __slots__ = ("object",)

    def __init__(self, value):
        self.object = value

    def __repr__(self):
        return "std.move(%r)" % (self.object,)

    def __getattr__(self, name):
        """A method called on the temporary: those that C++ has for it go before the others."""
        from .methods import make_rvalue_method
        found = getattr(type(self.object), name)
        if isinstance(found, native.Method):
            return make_rvalue_method(found).__get__(self.object)
        return getattr(self.object, name)


def move(value):
    """C++'s std::move for an object of a C++ class.  TypeError for anything else."""
    if isinstance(value, Moved):
        return value
    if not isinstance(value, native.Instance):
        raise TypeError("only objects of C++ classes are moved from, not %s" % type(value).__name__)
    return Moved(value)
