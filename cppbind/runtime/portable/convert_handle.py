"""Pointers to pointers: `T **`, `T *&`, arrays of strings.

A proxy passed for `T **` or `T *&` stands for the pointer itself: where C++ writes another address, the proxy is that
object's afterwards, and Python does not own it.  A list becomes an array for the time of the call, with a null pointer
behind it.  Neighbours: convert_class.py, convert_text.py.
"""

from ... import format as fmt
from . import memory
from .classes import info_of
from .convert_pointer import Array, Data
from .convert_text import encode
from .cpptype import CONVERSION, EXACT
from .hooks import is_null
from .instance import NULL, REFERENCE, address_of, rebind


class _Handle(Data):
    """What the two below share."""

    def _is_list(self, value):
        return self.kind != fmt.TYPE_LVALUE_REF and isinstance(value, (list, tuple))

    def load(self, address, owner=None):
        if self.kind == fmt.TYPE_LVALUE_REF:
            return self.target.load(memory.read_word(address), owner)
        return super().load(address, owner)

    def result(self, value, owner):
        return self.target.load(value, owner) if self.kind == fmt.TYPE_LVALUE_REF else super().result(value, owner)

    def store(self, address, value, owner=None):
        if self.kind == fmt.TYPE_LVALUE_REF:
            self.store_through(memory.read_word(address), value, owner)
        else:
            super().store(address, value, owner)

    def store_through(self, address, value, owner):
        """Assign to what the reference refers to."""
        self.target.store(address, value, owner)


class ObjectHandle(_Handle):
    """Pointers and references to pointers to objects."""

    def rank(self, value):
        try:
            info = self.target.target.info()
        except TypeError:           # said again when it is passed
            return -1
        if type(value) is info.cls:
            return EXACT
        return CONVERSION if self._is_list(value) else super().rank(value)

    def argument(self, value, call):
        info = self.target.target.info()
        if self._is_list(value):
            items = tuple(value)
            array = memory.newp(memory.words, [self.target.argument(item, call) for item in items] + [0])
            call.kept += (items, array)
            return memory.address_of(array)
        given = info_of(type(value))
        if given is None:
            if self.kind == fmt.TYPE_LVALUE_REF and is_null(value):
                raise self.refuse(value, "C++ may write there: pass an object, or cppbind.bind_object(0, Class)")
            return super().argument(value, call)
        # Of the very class: C++ writes an address of that, not of a derived class.
        if given is not info:
            raise self.refuse(value, "an object of that very class is needed")
        life = value.__cppbind_life__
        if life.flags & REFERENCE:
            return life.address         # a global pointer: that itself
        before = 0 if life.flags & NULL else address_of(value)
        place = memory.newp(memory.words, [before])

        def follow():
            if place[0] != before:
                rebind(value, place[0])
        call.cleanups.append(follow)
        return memory.address_of(place)


class StringsHandle(_Handle):
    """`char **` and `const char **`: a list of texts, which C++ may change as it likes."""

    def rank(self, value):
        if self._is_list(value):
            return CONVERSION if all(item is None or isinstance(item, (str, bytes)) for item in value) else -1
        return super().rank(value)

    def argument(self, value, call):
        if not self._is_list(value):
            return super().argument(value, call)
        addresses = []
        for item in value:
            data = encode(item)
            if data is None and item is not None:
                raise self.refuse(item, "str, bytes or None is needed in the list")
            if data is not None:
                call.kept.append(memory.newp(memory.chars, data))
            addresses.append(0 if data is None else memory.address_of(call.kept[-1]))
        array = memory.newp(memory.words, addresses + [0])
        call.kept.append(array)
        return memory.address_of(array)


class ObjectArray(ObjectHandle, Array):
    """Arrays of pointers to objects: a parameter that is one is a pointer to the first."""


class StringsArray(StringsHandle, Array):
    """Arrays of `char *`."""
