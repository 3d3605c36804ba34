"""std::queue, stack and priority_queue, std::bitset.

Neighbours: pythonize.py, the table; stl.py, which has the functions `_stl_...`.
"""

import operator

from . import native
from .pythonize_sequence import checked_methods, plain_copy, store_all, truth


def queue(cls):
    """std::queue, stack and priority_queue: push, len(), C++'s front, back or top, and a pop that returns the item.

    IndexError where there is no item.  They are made from an iterable, whose items are pushed in order.
    """
    namespace = cls.__dict__
    size, push, drop = namespace["size"], namespace.get("_stl_append"), namespace["pop"]
    peek = namespace.get("top") or namespace.get("front")
    store_all(cls, checked_methods(cls, size))
    store_all(cls, {"__len__": size, "__bool__": truth(size)})

    def pop(self):
        """Remove the item that is next and return it; IndexError where there is none."""
        if not size(self):
            raise IndexError("pop from an empty %s" % cls.__name__)
        value = plain_copy(peek(self))
        drop(self)
        return value
    native.store(cls, "pop", pop)
    if push is None:
        return
    native.store(cls, "push", lambda self, value: push(self, value))

    def from_python(kind, values):
        self = kind()
        for value in values:
            push(self, value)
        return self
    native.set_source(cls, from_python, (list, tuple), None)


_BITWISE = {"and": operator.and_, "or": operator.or_, "xor": operator.xor}
_SHIFTS = {"lshift": operator.lshift, "rshift": operator.rshift}


def _bitset_operators(cls, number, assign, made):
    """The operators of std::bitset, as C++ has them: what is shifted out is gone."""
    def whole(self, value):
        return value & ((1 << len(self)) - 1)

    def add(name, operation, accepts):
        def binary(self, other):
            return made(cls, whole(self, operation(number(self), operator.index(other)))) if accepts(other) \
                else NotImplemented

        def inplace(self, other):
            if not accepts(other):
                return NotImplemented
            assign(self, whole(self, operation(number(self), operator.index(other))))
            return self
        binary.__name__, inplace.__name__ = "__%s__" % name, "__i%s__" % name
        store_all(cls, {binary.__name__: binary, inplace.__name__: inplace})

    for name, operation in _BITWISE.items():
        add(name, operation, lambda other: isinstance(other, cls))
    for name, operation in _SHIFTS.items():
        add(name, operation, lambda other: isinstance(other, int) and other >= 0)
    store_all(cls, {"__invert__": lambda self: made(cls, whole(self, ~number(self)))})


def bitset(cls):
    """std::bitset: a sequence of bools, the lowest bit first; int(), from an int or from text of 0 and 1."""
    size, item, put, text = (cls.__dict__.get(name) for name in ("size", "_stl_item", "_stl_put", "_stl_text"))
    if None in (size, item, put, text):
        return

    def place(self, index):
        at, count = operator.index(index), size(self)
        if not -count <= at < count:
            raise IndexError("bit %d of a '%s'" % (at, cls.__name__))
        return at + count if at < 0 else at

    def __getitem__(self, index):
        if isinstance(index, slice):
            return list(self)[index]
        return item(self, place(self, index))

    def __setitem__(self, index, value):
        put(self, place(self, index), value)

    def __int__(self):
        return int(text(self) or "0", 2)

    def __eq__(self, other):
        if isinstance(other, (cls, int)):
            return __int__(self) == int(other)
        return list(self) == list(other) if isinstance(other, (list, tuple)) else NotImplemented

    def __ne__(self, other):
        equal = __eq__(self, other)
        return equal if equal is NotImplemented else not equal

    store_all(cls, {"__len__": size, "__getitem__": __getitem__, "__setitem__": __setitem__, "__int__": __int__,
                    "__index__": __int__, "__iter__": lambda self: iter([item(self, at) for at in range(size(self))]),
                    "__eq__": __eq__, "__ne__": __ne__, "__hash__": lambda self: hash(__int__(self)),
                    "__str__": lambda self: text(self), "to_string": lambda self: text(self),
                    "__bool__": lambda self: __int__(self) != 0})

    def from_python(kind, value):
        self = kind()
        number = int(value, 2) if isinstance(value, str) else operator.index(value)
        if not 0 <= number < 1 << size(self):
            raise OverflowError("%r does not fit into '%s'" % (value, cls.__name__))
        assign(self, number)
        return self

    def assign(self, number):
        for at in range(size(self)):
            put(self, at, bool(number >> at & 1))

    _bitset_operators(cls, __int__, assign, from_python)
    native.set_source(cls, from_python, (int, lambda value: "explicitly" if isinstance(value, str) else False), None)
