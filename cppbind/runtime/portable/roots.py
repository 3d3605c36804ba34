"""What the first classes of C++ derive from in Python: one class with room for a proxy's slots, on PyPy one of two.

PyPy gives a buffer to objects of `bufferable` alone, and keeps attributes of other objects where they are read with one
load less.  So only the containers that may be buffers derive from `Buffered`.  A class cannot derive from classes of
both kinds: where C++ has one that does, it derives from twins of the containers, which are no buffers.  Neighbours:
instance.py (what both have), classes.py (makes classes).
"""

from .instance import CppInstance

_BUFFERED = ("std::vector<", "std::array<", "std::span<", "std::initializer_list<")
_SLOTS = ("__cppbind_a__", "__cppbind_life__", "__weakref__")


class Plain(CppInstance):
    """The root of most classes."""

    __slots__ = _SLOTS
    __cppbind_new__ = object.__new__


try:
    from __pypy__.bufferable import bufferable
except ImportError:
    Buffered = Plain
else:
    class Buffered(CppInstance, bufferable):
        """The root of classes whose objects can be a memoryview."""

        __slots__ = _SLOTS
        __cppbind_new__ = bufferable.__new__

        def __buffer__(self, _flags):
            raise TypeError("a bytes-like object is required, not '%s'" % type(self).__name__)


def fitting(bases, name):
    """The bases of a new class with that name in C++, None for a namespace."""
    if bases == (CppInstance,):
        return (Buffered if name is not None and name.startswith(_BUFFERED) else Plain,)
    return bases if all(issubclass(base, Buffered) for base in bases) else cpp_plain_bases(bases)


def cpp_plain_bases(bases):
    """The bases, with twins of those that may be buffers."""
    return tuple(base if issubclass(base, Plain) else Plain if base is Buffered else _twin(base) for base in bases)


def _twin(cls):
    """A class that has what `cls` has, but the buffer, and passes for it."""
    info = cls.__cppbind_info__
    if info.twin is None:
        meta = type(cls)
        info.twin = twin = type.__new__(meta, cls.__name__, cpp_plain_bases(cls.__bases__), dict(cls.__dict__))

        def __instancecheck__(self, value):
            return type.__instancecheck__(self, value) or self is cls and type.__instancecheck__(twin, value)

        def __subclasscheck__(self, other):
            return type.__subclasscheck__(self, other) or self is cls and type.__subclasscheck__(twin, other)
        meta.__instancecheck__, meta.__subclasscheck__ = __instancecheck__, __subclasscheck__
    return info.twin
