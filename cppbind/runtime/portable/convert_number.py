"""Numbers and bool between Python and C++.

Ranks follow C++ [over.ics.rank] with Python's int taken as `int` first and the wider types after it; a value that does
not fit is an OverflowError, after which the next overload is tried.
"""

import operator

from ... import format as fmt
from . import memory
from .classes import CppClass
from .cpptype import CONVERSION, EXACT, PROMOTION, UNSIGNED, CppType
from .memory import engine

# How an int goes to each kind.
INT_RANKS = {
    fmt.TYPE_INT: EXACT, fmt.TYPE_LONG: 1, fmt.TYPE_LONGLONG: 2, fmt.TYPE_UINT: PROMOTION + 2,
    fmt.TYPE_ULONG: PROMOTION + 3, fmt.TYPE_ULONGLONG: PROMOTION + 4, fmt.TYPE_SHORT: PROMOTION + 5,
    fmt.TYPE_USHORT: PROMOTION + 6, fmt.TYPE_SCHAR: PROMOTION + 7, fmt.TYPE_UCHAR: PROMOTION + 8,
    fmt.TYPE_INT128: PROMOTION + 9, fmt.TYPE_UINT128: PROMOTION + 10, fmt.TYPE_DOUBLE: CONVERSION,
    fmt.TYPE_FLOAT: CONVERSION + 1, fmt.TYPE_LONGDOUBLE: CONVERSION + 2, fmt.TYPE_BOOL: CONVERSION + 3}


def is_index(value):
    """Whether Python takes the value for an integer."""
    return hasattr(type(value), "__index__") and not isinstance(value, float)


def as_int(type_, value, why="an integer is needed"):
    """The int of a value, in the range of the type."""
    if not is_index(value):
        raise type_.refuse(value, why)
    number = operator.index(value)
    bits = 8 * type_.size
    low, high = (0, 1 << bits) if type_.unsigned else (-1 << bits - 1, 1 << bits - 1)
    if not low <= number < high:
        raise OverflowError("cannot convert %.60s to '%s': out of range" % (repr(value), type_.spelling))
    return number


class Integer(CppType):
    """The integer types that are no characters."""

    is_number = True

    def __init__(self, kind, *description):
        super().__init__(kind, *description)
        self.unsigned = kind in UNSIGNED
        self._rank = INT_RANKS.get(kind, EXACT)

    def rank(self, value):
        kind = type(value)
        if kind is int:
            return self._rank
        if isinstance(value, int):
            return self._rank + PROMOTION           # bool, enumerators
        return self._rank + 5 if is_index(value) else -1        # such as numpy.int64

    def argument(self, value, call):
        return as_int(self, value)

    def load(self, address, owner=None):
        return memory.cast(self.memory_pointer, address)[0]

    def result(self, value, owner):
        return value

    def store(self, address, value, owner=None):
        memory.cast(self.memory_pointer, address)[0] = as_int(self, value)


class Bool(CppType):
    """bool, which takes of the integers 0 and 1 only."""

    unsigned = True

    def rank(self, value):
        if isinstance(value, bool):
            return EXACT
        return CONVERSION + 3 if is_index(value) else -1

    def argument(self, value, call):
        if not is_index(value):
            raise self.refuse(value, "a bool is needed")
        number = operator.index(value)
        if number not in (0, 1):
            raise self.refuse(value, "of the integers only 0 and 1 are bools")
        return int(number)

    def load(self, address, owner=None):
        return memory.cast(memory.byte_pointer, address)[0] != 0

    def result(self, value, owner):
        return value != 0

    def store(self, address, value, owner=None):
        memory.cast(memory.byte_pointer, address)[0] = self.argument(value, None)


class Floating(CppType):
    """float and double."""

    def __init__(self, kind, *description):
        super().__init__(kind, *description)
        self._rank = {fmt.TYPE_DOUBLE: EXACT, fmt.TYPE_FLOAT: 1}.get(kind, 2)

    def rank(self, value):
        if isinstance(value, float):
            return self._rank
        if isinstance(value, int):
            return INT_RANKS[self.kind] + (0 if type(value) is int else PROMOTION)
        kind = type(value)
        if isinstance(value, (complex, str, bytes, bytearray)) or isinstance(kind, CppClass):
            return -1
        if hasattr(kind, "__index__"):
            return CONVERSION + self._rank
        return 5 + self._rank if hasattr(kind, "__float__") else -1         # such as numpy.float32

    def number(self, value):
        """The value as a float."""
        if type(value) is not float:
            # A C++ object is converted by its functions, explicit ones not, or not at all (overload.py).
            if isinstance(value, (str, bytes, bytearray, complex)) or isinstance(type(value), CppClass):
                raise self.refuse(value)
            try:
                value = float(value)
            except TypeError:
                raise self.refuse(value) from None
        return value

    def argument(self, value, call):
        return self.number(value)

    def load(self, address, owner=None):
        return memory.cast(self.memory_pointer, address)[0]

    def result(self, value, owner):
        return value

    def store(self, address, value, owner=None):
        memory.cast(self.memory_pointer, address)[0] = self.number(value)


_long_double = engine.new_primitive_type("long double")
_long_double_pointer = engine.new_pointer_type(_long_double)


class LongDouble(Floating):
    """long double: goes through memory, the wrapper takes a pointer to it."""

    def __init__(self, *description):
        super().__init__(*description)
        self.register = memory.word

    def argument(self, value, call):
        place = call.scratch(self.size)
        self.store(place, value)
        return place

    def load(self, address, owner=None):
        return float(memory.cast(_long_double_pointer, address)[0])

    def store(self, address, value, owner=None):
        memory.cast(_long_double_pointer, address)[0] = self.number(value)


class Int128(CppType):
    """__int128 and its unsigned counterpart, through memory too."""

    def __init__(self, kind, *description):
        super().__init__(kind, *description)
        self.unsigned = kind == fmt.TYPE_UINT128

    rank = Integer.rank

    @property
    def _rank(self):
        return INT_RANKS[self.kind]

    def argument(self, value, call):
        place = call.scratch(16)
        self.store(place, value)
        return place

    def load(self, address, owner=None):
        return int.from_bytes(memory.read_bytes(address, 16), "little", signed=not self.unsigned)

    def result(self, value, owner):
        return value

    def store(self, address, value, owner=None):
        number = as_int(self, value)
        memory.write_bytes(address, number.to_bytes(16, "little", signed=not self.unsigned))
