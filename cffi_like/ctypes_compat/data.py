"""data.py: what all data types of ctypes_compat have in common, and the simple ones.

Types become types of model.py, declared in one FFI (FFI.declare).  Every class has a `_node`,
its type in the model; every object a `_memory`, a cdata pointer to its bytes, and keeps in
`_owner` what these bytes belong to.  Neighbours: records.py, pointers.py.
"""

import operator
import sys

from .. import model as _m
from ..api import FFI as _FFI

_ffi = _FFI()


class ArgumentError(Exception):
    """An argument does not fit the prototype."""


def _type(node):
    return _ffi.typeof(node)


class _Meta(type):
    _array = None       # (type, length) -> the class of the array; pointers.py sets it

    def __mul__(cls, length):
        return _Meta._array(cls, length)

    __rmul__ = __mul__

    @property
    def __ctype_be__(cls):
        return _in_order(cls, "big")

    @property
    def __ctype_le__(cls):
        return _in_order(cls, "little")


class _Data(metaclass=_Meta):
    """What all types have in common."""

    _node = None

    @classmethod
    def _at(cls, memory, owner=None):
        self = cls.__new__(cls)
        self.__dict__.update(_memory=memory, _owner=owner)
        return self

    @classmethod
    def from_address(cls, address):
        return cls._at(_ffi.cast(_m.Pointer(cls._node), address))

    @classmethod
    def from_buffer(cls, source, offset=0):
        memory = _ffi.from_buffer(source, require_writable=True)
        if len(memory) - offset < sizeof(cls):
            raise ValueError("Buffer size too small (%d instead of at least %d bytes)"
                             % (len(memory), sizeof(cls) + offset))
        return cls._at(_ffi.cast(_m.Pointer(cls._node), memory + offset), memory)

    @classmethod
    def from_buffer_copy(cls, source, offset=0):
        self = cls()
        size = sizeof(cls)
        data = memoryview(source).cast("B")[offset:offset + size]
        if len(data) < size:
            raise ValueError("Buffer size too small (%d instead of at least %d bytes)" % (len(data), size + offset))
        _ffi.memmove(self._memory, data, size)
        return self

    @classmethod
    def in_dll(cls, library, name):
        return cls._at(library._symbol(_m.Pointer(cls._node), name), library)

    @classmethod
    def from_param(cls, value):
        """`value`, if it can be passed for this type.  A class may have its own, which returns
        what is passed."""
        cls._argument(value)
        return value

    def __bytes__(self):
        return bytes(_ffi.buffer(self._memory, sizeof(self)))

    def __buffer__(self, flags):        # Python 3.12 and newer
        return memoryview(_ffi.buffer(self._memory, sizeof(self)))

    # How a value of the type is read from and written to C; aggregates are views.
    @classmethod
    def _get(cls, memory, owner):
        return cls._at(memory, owner)

    @classmethod
    def _set(cls, memory, value):
        if not isinstance(value, cls):
            value = cls(*value) if isinstance(value, tuple) else cls(value)
        _ffi.memmove(memory, value._memory, sizeof(cls))
        return value

    @classmethod
    def _argument(cls, value):
        if not isinstance(value, cls):
            raise ArgumentError("expected %s instance instead of %s" % (cls.__name__, type(value).__name__))
        return value._memory[0]

    @classmethod
    def _result(cls, value):
        self = cls()
        self._memory[0] = value
        return self


# ---- simple types ------------------------------------------------------------

class _SimpleCData(_Data):
    _zero = 0

    def __init__(self, value=None):
        self.__dict__.update(_memory=_ffi.new(_m.Pointer(self._node)), _owner=None)
        if value is not None:
            self.value = value

    @property
    def value(self):
        return self._read(self._memory)

    @value.setter
    def value(self, value):
        self.__dict__["_kept"] = self._write(self._memory, value)

    @classmethod
    def _read(cls, memory):
        return memory[0]

    @classmethod
    def _write(cls, memory, value):
        memory[0] = cls._convert(value)

    @classmethod
    def _convert(cls, value):
        return _ffi.cast(cls._node, operator.index(value))      # ctypes wraps, too

    @classmethod
    def _get(cls, memory, owner):
        # As in ctypes, an instance of a derived class stays one.
        return cls._read(memory) if cls.__dict__.get("_exact") else cls._at(memory, owner)

    @classmethod
    def _set(cls, memory, value):
        return cls._write(memory, value.value if isinstance(value, _SimpleCData) else value)

    @classmethod
    def _argument(cls, value):
        return cls._convert(value.value if isinstance(value, _SimpleCData) else value)

    @classmethod
    def _result(cls, value):
        memory = _ffi.new(_m.Pointer(cls._node), value)
        return cls._get(memory, memory)

    def __repr__(self):
        return "%s(%r)" % (type(self).__name__, self.value)

    def __bool__(self):
        return bool(self.value)


class _Float(_SimpleCData):
    @classmethod
    def _convert(cls, value):
        if isinstance(value, (str, bytes)):
            raise TypeError("must be real number, not %s" % type(value).__name__)
        return float(value)

    @classmethod
    def _read(cls, memory):
        return float(memory[0])


class c_bool(_SimpleCData):
    _node, _exact = _m.Primitive("_Bool"), True

    @classmethod
    def _convert(cls, value):
        return bool(value)


class c_char(_SimpleCData):
    _node, _exact = _m.Primitive("char"), True

    @classmethod
    def _convert(cls, value):
        if isinstance(value, int) and 0 <= value < 256:
            return bytes((value,))
        if not isinstance(value, (bytes, bytearray)) or len(value) != 1:
            raise TypeError("one character bytes, bytearray or integer expected")
        return bytes(value)


class c_wchar(_SimpleCData):
    _node, _exact = _m.Primitive("wchar_t"), True

    @classmethod
    def _convert(cls, value):
        if not isinstance(value, str):
            raise TypeError("unicode string expected instead of %s instance" % type(value).__name__)
        if len(value) != 1:
            raise TypeError("one character unicode string expected")
        return value


class c_void_p(_SimpleCData):
    _node, _exact = _m.Pointer(_m.Void()), True

    @classmethod
    def _read(cls, memory):
        return int(_ffi.cast("uintptr_t", memory[0])) or None

    @classmethod
    def _write(cls, memory, value):
        found = memory[0] = cls._convert(value)
        return found, value

    @classmethod
    def _convert(cls, value):
        if value is None or isinstance(value, int):
            return _ffi.cast("void *", value or 0)
        if isinstance(value, (bytes, bytearray)):
            return _ffi.cast("void *", _ffi.from_buffer(value))
        return _ffi.cast("void *", _address_of(value))

    @classmethod
    def _argument(cls, value):
        return cls._convert(value.value if isinstance(value, c_void_p) else value)


class c_char_p(_SimpleCData):
    _node, _exact = _m.Pointer(_m.Primitive("char")), True

    @classmethod
    def _read(cls, memory):
        return _ffi.string(memory[0]) if memory[0] else None

    @classmethod
    def _write(cls, memory, value):
        found = memory[0] = cls._convert(value)
        return found

    @classmethod
    def _convert(cls, value):
        if isinstance(value, bytes):
            # The object's own memory, as in ctypes: what C makes point into it (strtol's end)
            # stays good as long as the object.
            return _ffi.from_buffer("char[]", value)
        if value is None or isinstance(value, int):
            return _ffi.cast("char *", value or 0)
        if isinstance(value, str):
            raise TypeError("bytes or integer address expected instead of str instance")
        return _ffi.cast("char *", _address_of(value))

    def __repr__(self):
        return "%s(%s)" % (type(self).__name__, _address(self._memory[0]) or None)


class c_wchar_p(c_char_p):
    _node, _exact = _m.Pointer(_m.Primitive("wchar_t")), True

    @classmethod
    def _convert(cls, value):
        if isinstance(value, str):
            return _ffi.new("wchar_t[]", value)
        return _ffi.cast("wchar_t *", value or 0 if value is None or isinstance(value, int) else _address_of(value))


class py_object:
    """Not here: a C library does not know Python objects."""

    def __init__(self, *_):
        raise NotImplementedError("py_object: C libraries opened here do not know Python objects")


def _simple(name, node, base=_SimpleCData):
    return _Meta(name, (base,), {"_node": _m.Primitive(node), "_exact": True, "__module__": __name__})


c_byte, c_ubyte = _simple("c_byte", "signed char"), _simple("c_ubyte", "unsigned char")
c_short, c_ushort = _simple("c_short", "short"), _simple("c_ushort", "unsigned short")
c_int, c_uint = _simple("c_int", "int"), _simple("c_uint", "unsigned int")
c_long, c_ulong = _simple("c_long", "long"), _simple("c_ulong", "unsigned long")
c_longlong, c_ulonglong = c_long, c_ulong       # one class for one size, as in ctypes
if _ffi.sizeof("long") != 8:
    c_longlong, c_ulonglong = _simple("c_longlong", "long long"), _simple("c_ulonglong", "unsigned long long")
c_size_t, c_ssize_t = (c_ulong, c_long) if _ffi.sizeof("size_t") == _ffi.sizeof("long") else (c_ulonglong, c_longlong)
c_float, c_double = _simple("c_float", "float", _Float), _simple("c_double", "double", _Float)
c_longdouble = _simple("c_longdouble", "long double", _Float)
c_int8, c_uint8, c_int16, c_uint16, c_int32, c_uint32 = c_byte, c_ubyte, c_short, c_ushort, c_int, c_uint
c_int64, c_uint64 = c_longlong, c_ulonglong


# ---- byte orders -------------------------------------------------------------

_swapped = {}


def _in_order(kind, order):
    """`kind`, a number, an array of them or a record of that order, as `order` ("big") has it."""
    if kind._node in _SINGLE_BYTES or getattr(kind, "_order", None) == order:
        return kind
    item = getattr(kind, "_type_", None)
    if getattr(kind, "_length_", None) is not None:
        return _in_order(item, order) * kind._length_
    if "_other_order" in kind.__dict__:
        return kind if order == sys.byteorder else kind._other_order
    if not issubclass(kind, _SimpleCData) or not isinstance(kind._node, _m.Primitive):
        raise AttributeError("%s has no other byte order" % kind.__name__)
    if order == sys.byteorder:
        return kind
    found = _swapped.get(kind)
    if found is None:
        found = _swapped[kind] = _Meta(kind.__name__, (_Swapped, kind), {
            "_node": kind._node, "_exact": True, "_native": kind, "_order": order})
    return found


_SINGLE_BYTES = frozenset(_m.Primitive(name) for name in ("char", "signed char", "unsigned char", "_Bool"))


class _Swapped(_SimpleCData):
    """A number whose bytes in memory are the other way round."""

    _native = None

    @classmethod
    def _read(cls, memory):
        raw = bytes(_ffi.buffer(memory, sizeof(cls)))[::-1]
        place = _ffi.new(_m.Pointer(cls._node))
        _ffi.memmove(place, raw, len(raw))
        return cls._native._read(place)

    @classmethod
    def _write(cls, memory, value):
        place = _ffi.new(_m.Pointer(cls._node))
        cls._native._write(place, value)
        _ffi.memmove(memory, bytes(_ffi.buffer(place))[::-1], sizeof(cls))


# ---- addresses and sizes --------------------------------------------------------

def _address(pointer):
    return int(_ffi.cast("uintptr_t", pointer))


def _address_of(value):
    """The address that an object stands for where a pointer is wanted."""
    if isinstance(value, (c_void_p, c_char_p)):
        return _address(value._memory[0])
    stands_for = getattr(value, "_stands_for", None)        # pointers, references, functions
    if stands_for is not None:
        return stands_for()
    if isinstance(value, _Data):
        return _address(value._memory)
    raise TypeError("wrong type: %s" % type(value).__name__)


def _class_of(value):
    return value if isinstance(value, type) else type(value)


def sizeof(value):
    if not isinstance(value, type) and "_size" in value.__dict__:
        return value._size
    return _ffi.sizeof(_class_of(value)._node)


def alignment(value):
    return _ffi.alignof(_class_of(value)._node)


def addressof(value):
    return _address(value._memory)
