"""erase() and insert() of the library's containers by iterators.

What begin(), end() and find() return is a class of stl_text.py.  erase() ends every iterator of its container, which is
more than C++ asks for of those that have nodes; what it returns is good.  So does insert() but for std::list.
Neighbours: items.py, which says what drops items; pythonize_sequence.py and pythonize_mapping.py, the other methods.
"""

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

    def insert(self, index, value):
        """Insert before the item at `index`, or before an iterator; then the iterator of the new item is returned."""
        if not is_iterator(index):
            return by_index(self, index, value)
        value = cls([value])[0]             # converting may run Python code, which may change the container
        if stays:
            return bound(put(self, index, value), self)
        return _moving(self, put, (index,), value)
    return insert
