"""Iterators of the library's containers: erase() and insert() by them, and arithmetic of those that go by number.

What begin(), end() and find() return is a class of stl_text.py.  erase() ends the iterators of its container, but for
what it returns; those of containers with nodes stay good, as in C++, while their own node is there (`_stl_holds` of
their class is asked).  So does insert() of vectors and deques.
Neighbours: items.py, which says what drops items; pythonize_sequence.py and pythonize_mapping.py, the other methods.
"""

import copy
import operator

from .. import stl
from . import native


def is_iterator(value):
    """Whether a value is an iterator of a container."""
    return stl.is_position(getattr(type(value), "__cpp_name__", ""))


def bound(iterator, container):
    """The new iterator, which keeps its container alive."""
    return native.bind_iterator(iterator, container)


def _moving(self, function, iterators, *arguments):
    """Call a function of the dictionary that moves or drops items, with iterators that are good until then."""
    for at in iterators:
        native.addressof(at)                    # a ReferenceError where it is not good any more
    native.check_items(self, True)
    try:
        for at in iterators:
            native.keep_item(at, self)
        result = function(self, *iterators, *arguments)
    finally:
        native.check_items(self, True)
    return bound(result, self)


def _checked(cls, name, values):
    for value in values:
        if not is_iterator(value):
            raise TypeError("%s.%s needs iterators, as begin(), end() and find() return them, not '%s'"
                            % (cls.__name__, name, type(value).__name__))
    return values


def add_erase(cls, by_key=None):
    """erase(iterator) and erase(first, last); erase(key) where there are keys (a function that removes one)."""
    drop = cls.__dict__.get("_stl_erase_at")
    if drop is None:
        return

    def erase(self, first, *last):
        """Remove the item at an iterator, or those of [first, last), and return the iterator behind them."""
        if by_key is not None and not last and not is_iterator(first):
            return by_key(self, first)
        if len(last) > 1:
            raise TypeError("%s.erase takes 1 or 2 arguments, not %d" % (cls.__name__, 1 + len(last)))
        iterators = _checked(cls, "erase", (first, *last))
        return _moving(self, drop, iterators, *([] if last else [None]))
    native.store(cls, "erase", erase)


def inserting(cls, by_index):
    """insert(), by an iterator too: `by_index` is the function for indexes."""
    put = cls.__dict__.get("_stl_insert_at")
    if put is None:
        return by_index
    stays = cls.__cpp_name__.startswith("std::list<")

    def insert(self, index, value, *more):
        """Insert before the item at `index`, or before an iterator; then the iterator of the new item is returned.

        `insert(iterator, n, value)` inserts n of it, `insert(iterator, first, last)` the items of a range.
        """
        if not is_iterator(index):
            return by_index(self, index, value, *more)
        # Converting may run Python code, which may change the container.
        values = cls(_several(cls, value, *more) if more else [value])
        for at in range(len(values) - 1, -1, -1):
            value = values[at]
            index = bound(put(self, index, value), self) if stays else _moving(self, put, (index,), value)
        return index
    return insert


def _several(cls, first, last, *more):
    """The items that `insert(iterator, first, last)` or `insert(iterator, n, value)` mean."""
    if more:
        raise TypeError("%s.insert takes 2 or 3 arguments, not %d" % (cls.__name__, 3 + len(more)))
    if not is_iterator(first) or type(first) is not type(last):
        count = operator.index(first)
        if count < 0:
            raise ValueError("%s.insert of %d items" % (cls.__name__, count))
        return [last] * count
    found, at = [], copy.copy(first)
    while at != last:
        found.append(copy.copy(at.__deref__()))
        at.__preinc__()
    return found


def add_arithmetic(cls, step, between):
    """What iterators have that go by number; `step` and `between` are functions of the dictionary."""
    def stepped(self, by):
        return native.keep_item(step(self, by), self)

    def __add__(self, by):
        return stepped(self, operator.index(by)) if hasattr(by, "__index__") else NotImplemented

    def __sub__(self, other):
        if type(other) is cls:
            return between(other, self)
        return stepped(self, -operator.index(other)) if hasattr(other, "__index__") else NotImplemented

    def comparison(compare):
        return lambda self, other: compare(between(other, self), 0) if type(other) is cls else NotImplemented

    methods = {"__add__": __add__, "__radd__": __add__, "__sub__": __sub__,
               "__getitem__": lambda self, by: stepped(self, by).__deref__(), "__iter__": None}
    for name in ("lt", "le", "gt", "ge"):
        methods["__%s__" % name] = comparison(getattr(operator, name))
    for name, method in methods.items():
        native.store(cls, name, method)
