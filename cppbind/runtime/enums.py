"""C++ enums as Python's: a subclass of int per enum, one object per enumerator.

Unscoped and scoped ones look alike in Python; the core knows which of them C++
lets an int become.  Values without a name are possible, as in C++.
"""

from .. import format as fmt


class EnumMeta(type):
    """The class of enum classes: iterates, counts and looks up enumerators."""

    def __iter__(cls):
        return iter(cls.__members__.values())

    def __len__(cls):
        return len(cls.__members__)

    def __contains__(cls, value):
        return value in cls.__by_value__

    def __getitem__(cls, name):
        try:
            return cls.__members__[name]
        except KeyError:
            raise KeyError("'%s' has no enumerator '%s'" % (cls.__cpp_name__, name)) from None

    def __setattr__(cls, name, value):
        if name in cls.__members__:
            raise TypeError("'%s::%s' is an enumerator and cannot be assigned" % (cls.__cpp_name__, name))
        type.__setattr__(cls, name, value)

    def __repr__(cls):
        return "<C++ enum '%s'>" % cls.__cpp_name__


class EnumValue(int):
    """The base of all enum classes."""

    __slots__ = ()

    @property
    def name(self):
        """The enumerator's name, None where this value has none; of equal ones the first declared."""
        known = self.__by_value__.get(int(self))
        return None if known is None else self.__names__[int(self)]

    @property
    def value(self):
        """The number, as a plain int."""
        return int(self)

    def __repr__(self):
        name = self.name
        if name is None:
            return "%s(%d)" % (self.__cpp_name__, self)
        return "<%s::%s: %d>" % (self.__cpp_name__, name, self)

    __str__ = int.__repr__

    def __reduce__(self):
        return _restore, (self.__cpp_name__, int(self))


def _restore(name, value):
    """Unpickle: the dictionary must be loaded, or be found by the class loader."""
    from .proxy import enum_for
    return enum_for(name)(value)


def _new(cls, value=0):
    known = cls.__by_value__.get(value)
    if known is not None:
        return known
    if not isinstance(value, int):
        raise TypeError("'%s' takes an int, not %s" % (cls.__cpp_name__, type(value).__name__))
    low, high = cls.__limits__
    if not low <= value <= high:
        raise ValueError("%d does not fit into '%s' (%d to %d)" % (value, cls.__cpp_name__, low, high))
    return int.__new__(cls, value)


def build_enum(record, module, qualname):
    """The class of an `enums` record."""
    dictionary = record.dictionary
    underlying = dictionary.record("types", record.underlying)
    bits = 8 * (dictionary.number(underlying.size, 4) if underlying is not None else 4)
    unsigned = bool(record.flags & fmt.ENUM_UNSIGNED)
    limits = (0, 2**bits - 1) if unsigned else (-2**(bits - 1), 2**(bits - 1) - 1)
    members, by_value, names = {}, {}, {}
    cls = EnumMeta(record.simple_name or "(unnamed)", (EnumValue,), {
        "__slots__": (), "__module__": module, "__qualname__": qualname or "(unnamed)",
        "__cpp_name__": record.name or "(unnamed enum)", "__doc__": record.doc or None, "__members__": members,
        "__by_value__": by_value, "__names__": names, "__limits__": limits, "__new__": _new,
        "__cpp_size__": bits // 8, "__scoped__": bool(record.flags & fmt.ENUM_SCOPED)})
    for item in dictionary.records("enumerators", record.enumerators_first, record.enumerators_count):
        number = dictionary.number(item.value, 0)
        if unsigned and number < 0:
            number += 2**64     # the table has int64
        value = by_value.get(number)
        if value is None:
            value = by_value[number] = int.__new__(cls, number)
            names[number] = item.name
        type.__setattr__(cls, item.name, value)
        members[item.name] = value
    return cls
