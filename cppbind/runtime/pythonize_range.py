"""Classes that have begin() and end() are iterated as C++'s range-based for does it (C++ [stmt.ranged]).

For every class that no rule of its own knows.  Neighbours: pythonize.py, the table; pythonize_sequence.py, the
containers of the standard library.
"""

import copy

from .. import format as fmt
from . import native
from .pythonize_sequence import kept, store_all
from .walk import walk

_CHARACTERS = (fmt.TYPE_CHAR, fmt.TYPE_SCHAR, fmt.TYPE_UCHAR, fmt.TYPE_WCHAR, fmt.TYPE_CHAR8, fmt.TYPE_CHAR16,
               fmt.TYPE_CHAR32)


def iterable(cls):
    """Give a class with begin() and end() iteration, and len() if it has size()."""
    own = cls.__dict__
    if "__preinc__" in own and "__deref__" in own and "__eq__" not in own:
        _add_comparison(cls)
    if "begin" not in own or "end" not in own or own.get("__iter__") is not None:
        return
    if not _gives_text(own["begin"]):
        store_all(cls, {"__iter__": _iterate})
    elif "size" in own and "operator[]" in own:
        store_all(cls, {"__iter__": _items})
    if "size" in own and "__len__" not in own:
        store_all(cls, {"__len__": _length})


def _add_comparison(cls):
    """An iterator without an own ==: the library's are templates beside the class, so C++ is asked when it is used."""
    from .function_templates import operator_of
    operand = "const ::%s &" % cls.__cpp_name__
    equal = operator_of(operand, "==", operand, [cls.__cpp_name__])

    def __eq__(self, other):
        return bool(equal(self, other)) if isinstance(other, cls) else NotImplemented

    def __ne__(self, other):
        return not equal(self, other) if isinstance(other, cls) else NotImplemented
    store_all(cls, {"__eq__": __eq__, "__ne__": __ne__, "__hash__": None})


def _gives_text(method):
    """Whether a method returns a pointer to characters, of which Python would make a str, up to a null one."""
    function = method.token[0]
    dictionary = function.dictionary
    result = dictionary.record("types", function.result)
    target = result and result.kind == fmt.TYPE_POINTER and dictionary.record("types", result.target)
    return bool(target) and target.kind in _CHARACTERS


def _items(self):
    """Each item in turn, by its number."""
    for number in range(self.size()):
        yield self[number]


def _length(self):
    return self.size()


def _iterate(self):
    """Each item in turn.  An item that is a reference keeps the container alive."""
    try:
        first, last = self.begin(), self.end()
    except TypeError:
        walked = walk(self)             # iterators of a type without a name that anybody may use
        if walked is None:
            raise
        return walked
    if isinstance(first, native.engine.CData):
        return _numbers(self, first, last)
    if not isinstance(first, native.Instance):
        raise TypeError("'%s' cannot be iterated: its begin() returns %r" % (type(self).__name__, first))
    if hasattr(type(first), "__deref__") and hasattr(type(first), "__preinc__"):
        return _steps(self, first, last)
    if first.__python_owns__:           # no pointer
        raise TypeError("'%s' cannot be iterated: '%s', which its begin() returns, has no ++ or * that can be called"
                        % (
            type(self).__name__, type(first).__name__))
    return _objects(self, first, last)


def _steps(container, at, last):
    """By an iterator of a class."""
    place, size = native.addressof(at), native.sizeof(type(at))
    while at != last:
        item = at.__deref__()
        if isinstance(item, native.Instance):
            # Some iterators return a part of themselves, which the next step changes.
            inside = place <= native.addressof(item) < place + size
            item = copy.copy(item) if inside else kept(item, container)
        yield item
        at.__preinc__()


def _numbers(_container, first, last):
    """By a pointer to numbers."""
    count = last - first
    for place in range(count):
        yield first[place]


def _objects(container, first, last):
    """By a pointer to objects."""
    cls = type(first)
    for address in range(native.addressof(first), native.addressof(last), native.sizeof(cls)):
        yield kept(native.bind(cls, address, 0, None, False), container)
