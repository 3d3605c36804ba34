"""pointers.py: arrays, pointers and memory of ctypes_compat.

Neighbours: data.py, records.py.
"""

from .. import model as _m
from .data import (ArgumentError, _address, _address_of, _Data, _ffi, _Meta, c_char, c_void_p, c_wchar, sizeof)


class Array(_Data):
    """`T * n`; also what create_string_buffer() returns."""

    _type_, _length_ = None, 0

    def __init__(self, *values):
        self.__dict__.update(_memory=_ffi.new(_m.Pointer(self._node)), _owner=None, _kept={})
        for index, value in enumerate(values):
            self[index] = value

    def __len__(self):
        return self._length_

    def _place(self, index):
        if index < 0:
            index += self._length_
        if not 0 <= index < self._length_:
            raise IndexError("invalid index")
        return _ffi.cast(_m.Pointer(self._type_._node), self._memory) + index

    def __getitem__(self, index):
        if isinstance(index, slice):
            found = [self[i] for i in range(*index.indices(self._length_))]
            if self._type_ is c_char:
                return b"".join(found)
            return "".join(found) if self._type_ is c_wchar else found
        return self._type_._get(self._place(index), self)

    def __setitem__(self, index, value):
        if isinstance(index, slice):
            places = range(*index.indices(self._length_))
            if len(places) != len(value):
                raise ValueError("Can only assign sequence of same size")
            for place, item in zip(places, value):
                self[place] = item
            return
        kept = self._type_._set(self._place(index), value)
        self.__dict__.setdefault("_kept", {})[index] = kept

    def __iter__(self):
        return (self[index] for index in range(self._length_))

    @property
    def raw(self):
        return bytes(self)

    @raw.setter
    def raw(self, value):
        if len(value) > sizeof(self):
            raise ValueError("byte string too long")
        _ffi.memmove(self._memory, value, len(value))

    @property
    def value(self):
        return _ffi.string(self._memory[0])

    @value.setter
    def value(self, value):
        if len(value) > self._length_:
            raise ValueError("byte string too long")
        self[:len(value)] = value if isinstance(value, str) else [value[i:i + 1] for i in range(len(value))]
        if len(value) < self._length_:
            self[len(value)] = value[:0] + (b"\0" if isinstance(value, bytes) else "\0")

    @classmethod
    def _set(cls, memory, value):
        if cls._type_ in (c_char, c_wchar) and isinstance(value, (bytes, str)):
            cls._at(memory).value = value
            return None
        return super()._set(memory, value)

    @classmethod
    def _argument(cls, value):
        if isinstance(value, bytes) and cls._type_ is c_char:
            return _ffi.from_buffer("char[]", value)
        return _ffi.cast(_m.Pointer(cls._type_._node), _address_of(value))


_arrays, _pointers = {}, {}


def _array(kind, length):
    if not isinstance(length, int):
        raise TypeError("can't multiply sequence by non-int of type '%s'" % type(length).__name__)
    if length < 0:
        raise ValueError("Array length must be >= 0, not %d" % length)
    found = _arrays.get((kind, length))
    if found is None:
        found = _arrays[kind, length] = _Meta("%s_Array_%d" % (kind.__name__, length), (Array,), {
            "_type_": kind, "_length_": length, "_node": _m.Array(kind._node, length)})
    return found


_Meta._array = staticmethod(_array)


class _Pointer(_Data):
    _type_ = None

    def __init__(self, target=None):
        self.__dict__.update(_memory=_ffi.new(_m.Pointer(self._node)), _owner=None)
        if target is not None:
            self.contents = target

    @property
    def contents(self):
        if not self:
            raise ValueError("NULL pointer access")
        kept = self.__dict__.get("_target")
        if kept is not None and _address(kept._memory) == _address(self._memory[0]):
            return kept
        return self._type_._at(self._memory[0], self)

    @contents.setter
    def contents(self, target):
        if not isinstance(target, self._type_):
            raise TypeError("expected %s instead of %s" % (self._type_.__name__, type(target).__name__))
        self._memory[0] = target._memory
        self.__dict__["_target"] = target

    def __getitem__(self, index):
        if isinstance(index, slice):
            found = [self[i] for i in range(index.start or 0, index.stop, index.step or 1)]
            if self._type_ is c_char:
                return b"".join(found)
            return "".join(found) if self._type_ is c_wchar else found
        if not self:
            raise ValueError("NULL pointer access")
        return self._type_._get(self._memory[0] + index, self)

    def __setitem__(self, index, value):
        if not self:
            raise ValueError("NULL pointer access")
        self.__dict__.setdefault("_kept", {})[index] = self._type_._set(self._memory[0] + index, value)

    def __bool__(self):
        return bool(self._memory[0])

    def _stands_for(self):
        return _address(self._memory[0])

    @classmethod
    def _set(cls, memory, value):
        found = memory[0] = cls._argument(value)
        return found, value

    @classmethod
    def _argument(cls, value):
        target = _m.Pointer(cls._type_._node) if cls._type_ else cls._node
        if value is None:
            return _ffi.cast(target, 0)
        if isinstance(value, (_Reference, cls, Array)) or cls._type_ and isinstance(value, cls._type_):
            kind = value._obj if isinstance(value, _Reference) else value
            if isinstance(value, (_Reference, Array)) and not isinstance(kind, (cls._type_, getattr(
                    kind, "_type_", None) is cls._type_ and type(kind) or cls._type_)):
                raise ArgumentError("expected %s instance instead of %s" % (cls.__name__, type(kind).__name__))
            return _ffi.cast(target, _address_of(value))
        raise ArgumentError("expected %s instance instead of %s" % (cls.__name__, type(value).__name__))


def POINTER(kind):
    """The class of pointers to `kind`; c_void_p for None."""
    if kind is None:
        return c_void_p
    found = _pointers.get(kind)
    if found is None:
        found = _pointers[kind] = _Meta("LP_" + kind.__name__, (_Pointer,), {
            "_type_": kind, "_node": _m.Pointer(kind._node)})
    return found


def pointer(target):
    return POINTER(type(target))(target)


class _Reference:
    """What byref() returns: only for arguments."""

    def __init__(self, target, offset):
        self._obj, self._offset = target, offset

    def _stands_for(self):
        return _address(self._obj._memory) + self._offset


def byref(target, offset=0):
    if not isinstance(target, _Data):
        raise TypeError("byref() argument must be a ctypes instance, not '%s'" % type(target).__name__)
    return _Reference(target, offset)


def cast(value, kind):
    """`value` as an object of another pointer type, which keeps it alive."""
    address = _address(_place(value))
    if hasattr(kind, "_stands_for") and not issubclass(kind, _Pointer):     # a prototype
        found = kind(address)
    else:
        found = kind()
        found._memory[0] = _ffi.cast(kind._node, address)
    found.__dict__["_cast_of"] = value
    return found


def create_string_buffer(init, size=None):
    """A mutable array of c_char: from bytes (with a final NUL), or of a length."""
    if isinstance(init, int):
        return (c_char * init)()
    found = (c_char * (len(init) + 1 if size is None else size))()
    found.raw = init
    return found


def create_unicode_buffer(init, size=None):
    if isinstance(init, int):
        return (c_wchar * init)()
    found = (c_wchar * (len(init) + 1 if size is None else size))()
    found[:len(init)] = init
    return found


def _place(value):
    if isinstance(value, bytes):
        return _ffi.cast("char *", _ffi.from_buffer(value))
    return _ffi.cast("char *", value or 0 if value is None or isinstance(value, int) else _address_of(value))


def string_at(address, size=-1):
    return _ffi.string(_place(address)) if size < 0 else bytes(_ffi.buffer(_place(address), size))


def memmove(target, source, count):
    _ffi.memmove(_place(target), source if isinstance(source, bytes) else _place(source), count)


def memset(target, value, count):
    _ffi.memmove(_place(target), bytes((value & 255,)) * count, count)


def wstring_at(address, size=-1):
    characters = _ffi.cast("wchar_t *", _place(address))
    return _ffi.string(characters) if size < 0 else "".join(_ffi.unpack(characters, size))


def resize(value, size):
    """Give an object that owns its memory `size` bytes, at least those of its type."""
    least = sizeof(type(value))
    if size < least:
        raise ValueError("minimum size is %d" % least)
    if value._owner is not None:
        raise ValueError("Memory cannot be resized because this object doesn't own it")
    memory = _ffi.new("char[]", size)
    _ffi.memmove(memory, value._memory, min(size, sizeof(value)))
    value.__dict__.update(_memory=_ffi.cast(_m.Pointer(value._node), memory), _resized=memory, _size=size)
