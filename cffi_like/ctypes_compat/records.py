"""records.py: Structure and Union of ctypes_compat, in both byte orders.

A class becomes a record of model.py when it gets its `_fields_`.  Neighbours: data.py, pointers.py.
"""

import sys

from .. import model as _m
from .data import _Data, _ffi, _in_order, _Meta, _type, c_char, c_wchar, sizeof
from .pointers import Array

_count = [0]


class _Field:
    """The descriptor of a member; `offset` and `size` as in ctypes."""

    def __init__(self, owner, name, kind, bits):
        self.name, self.kind, self.bits = name, kind, bits
        self.offset = _ffi.offsetof(owner._node, name) if bits is None else 0
        self.size = sizeof(kind)
        # A member that is an array of characters is read as a string.
        self.is_text = issubclass(kind, Array) and kind._type_ in (c_char, c_wchar)

    def __get__(self, instance, cls=None):
        if instance is None:
            return self
        if self.bits is not None:
            return getattr(instance._memory, self.name)
        if self.is_text:
            return self.kind._at(self._place(instance)).value
        return self.kind._get(self._place(instance), instance)

    def __set__(self, instance, value):
        if self.bits is not None:
            value = int(value) & ((1 << self.bits) - 1)
            kind = _type(self.kind._node)
            if value >> (self.bits - 1) and int(_ffi.cast(kind, -1)) < 0:
                value -= 1 << self.bits
            setattr(instance._memory, self.name, value)
            return
        instance.__dict__["_kept_" + self.name] = self.kind._set(self._place(instance), value)

    def _place(self, instance):
        return _ffi.cast(_m.Pointer(self.kind._node), _ffi.cast("char *", instance._memory) + self.offset)


class _RecordMeta(_Meta):
    def __new__(mcs, name, bases, names):
        fields = names.pop("_fields_", None)
        cls = super().__new__(mcs, name, bases, names)
        if "_kind" not in names:
            _count[0] += 1
            tag = "%s_%d" % (name, _count[0])
            cls._node = _m.RecordRef(cls._kind, tag)
            _ffi.declare(_m.Record(cls._kind, tag, "%s %s" % (cls._kind, tag)))
        if fields is not None:
            cls._fields_ = fields
        return cls

    def __setattr__(cls, name, value):
        if name == "_fields_":
            if "_fields_" in cls.__dict__:
                raise AttributeError("_fields_ is final")
            _define(cls, value)
        super().__setattr__(name, value)


def _define(cls, fields):
    """Complete the record of a class; a base class's members come first."""
    rows = list(getattr(cls, "_rows", ()))
    own = []
    order = getattr(cls, "_order", sys.byteorder)
    for name, kind, *bits in fields:
        if order != sys.byteorder:
            if bits:
                raise TypeError("bit-fields in the other byte order are not supported: %s.%s" % (cls.__name__, name))
            try:
                kind = _in_order(kind, order)
            except AttributeError as problem:
                raise TypeError("This type does not support other endian: %s" % kind.__name__) from problem
        own.append((name, kind, bits[0] if bits else None))
    rows += own
    declared = tuple(_m.Field(name, kind._node, -1 if bits is None else bits) for name, kind, bits in rows)
    _ffi.declare(_m.Record(cls._node.kind, cls._node.tag, "%s %s" % (cls._node.kind, cls._node.tag), declared,
                           pack=getattr(cls, "_pack_", 0)))
    for name, kind, bits in rows:
        type.__setattr__(cls, name, _Field(cls, name, kind, bits))
    for name in getattr(cls, "_anonymous_", ()):
        outer = cls.__dict__[name]
        for inner, _, _ in outer.kind._rows:
            type.__setattr__(cls, inner, property(
                lambda self, outer=outer, inner=inner: getattr(outer.__get__(self), inner),
                lambda self, value, outer=outer, inner=inner: setattr(outer.__get__(self), inner, value)))
    type.__setattr__(cls, "_rows", tuple(rows))


class Structure(_Data, metaclass=_RecordMeta):
    """Derive from it and set `_fields_`: (name, type) or (name, type, bits)."""

    _kind, _rows = "struct", ()

    def __init__(self, *values, **named):
        self.__dict__.update(_memory=_ffi.new(_m.Pointer(self._node)), _owner=None)
        if len(values) > len(self._rows):
            raise TypeError("too many initializers")
        for (name, _, _), value in zip(self._rows, values):
            setattr(self, name, value)
        for name, value in named.items():
            if name in [row[0] for row in self._rows[:len(values)]]:
                raise TypeError("duplicate values for field %r" % name)
            setattr(self, name, value)


class Union(Structure):
    """Like Structure; all members begin at offset 0."""

    _kind = "union"


class _OtherOrder:
    """Its members have the byte order that this processor has not."""

    _order = "big" if sys.byteorder == "little" else "little"


class _SwappedStructure(_OtherOrder, Structure):
    _kind = "struct"


class _SwappedUnion(_OtherOrder, Union):
    _kind = "union"


if sys.byteorder == "little":
    LittleEndianStructure, LittleEndianUnion = Structure, Union
    BigEndianStructure, BigEndianUnion = _SwappedStructure, _SwappedUnion
else:
    LittleEndianStructure, LittleEndianUnion = _SwappedStructure, _SwappedUnion
    BigEndianStructure, BigEndianUnion = Structure, Union
