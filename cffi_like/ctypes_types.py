"""ctypes_types.py: the data types of ctypes_compat.py.

Structure, Union, arrays, pointers and simple types become types of model.py, declared in one FFI
(FFI.declare).  Every class has a `_node`, its type in the model; every object a `_memory`, a
cdata pointer to its bytes, and keeps in `_owner` what these bytes belong to.
"""

from . import model as _m
from .api import FFI as _FFI

_ffi = _FFI()
_count = [0]


class ArgumentError(Exception):
    """An argument does not fit the prototype."""


def _type(node):
    return _ffi.typeof(node)


class _Meta(type):
    def __mul__(cls, length):
        return _array(cls, length)

    __rmul__ = __mul__


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

    def __bytes__(self):
        return bytes(_ffi.buffer(self._memory, sizeof(self)))

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
        if not isinstance(value, int):
            raise TypeError("an integer is required (got type %s)" % type(value).__name__)
        return _ffi.cast(cls._node, value)      # ctypes wraps, too

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
        return bytes((value,)) if isinstance(value, int) else bytes(value)


class c_wchar(_SimpleCData):
    _node, _exact = _m.Primitive("wchar_t"), True

    @classmethod
    def _convert(cls, value):
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
c_longlong, c_ulonglong = _simple("c_longlong", "long long"), _simple("c_ulonglong", "unsigned long long")
c_size_t, c_ssize_t = _simple("c_size_t", "size_t"), _simple("c_ssize_t", "ssize_t")
c_float, c_double = _simple("c_float", "float", _Float), _simple("c_double", "double", _Float)
c_longdouble = _simple("c_longdouble", "long double", _Float)
c_int8, c_uint8, c_int16, c_uint16, c_int32, c_uint32 = c_byte, c_ubyte, c_short, c_ushort, c_int, c_uint
c_int64, c_uint64 = (c_long, c_ulong) if _ffi.sizeof("long") == 8 else (c_longlong, c_ulonglong)


# ---- structures and unions ------------------------------------------------------

class _Field:
    """The descriptor of a member; `offset` and `size` as in ctypes."""

    def __init__(self, owner, name, kind, bits):
        self.name, self.kind, self.bits = name, kind, bits
        self.offset = _ffi.offsetof(owner._node, name) if bits is None else 0
        self.size = sizeof(kind)

    def __get__(self, instance, cls=None):
        if instance is None:
            return self
        if self.bits is not None:
            return getattr(instance._memory, self.name)
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
    for name, kind, *bits in fields:
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
            setattr(self, name, value)


class Union(Structure):
    """Like Structure; all members begin at offset 0."""

    _kind = "union"


# ---- arrays and pointers -----------------------------------------------------------

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
    def _argument(cls, value):
        return _ffi.cast(_m.Pointer(cls._type_._node), _address_of(value))


_arrays, _pointers = {}, {}


def _array(kind, length):
    if length < 0:
        raise ValueError("Array length must be >= 0, not %d" % length)
    found = _arrays.get((kind, length))
    if found is None:
        found = _arrays[kind, length] = _Meta("%s_Array_%d" % (kind.__name__, length), (Array,), {
            "_type_": kind, "_length_": length, "_node": _m.Array(kind._node, length)})
    return found


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
            return b"".join(found) if self._type_ is c_char else found
        if not self:
            raise ValueError("NULL pointer access")
        return self._type_._get(self._memory[0] + index, self)

    def __setitem__(self, index, value):
        if not self:
            raise ValueError("NULL pointer access")
        self.__dict__.setdefault("_kept", {})[index] = self._type_._set(self._memory[0] + index, value)

    def __bool__(self):
        return bool(self._memory[0])

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
            kind = value.target if isinstance(value, _Reference) else value
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
        self.target, self.offset = target, offset


def byref(target, offset=0):
    return _Reference(target, offset)


def _address(pointer):
    return int(_ffi.cast("uintptr_t", pointer))


def _address_of(value):
    """The address that an object stands for where a pointer is wanted."""
    if isinstance(value, _Reference):
        return _address(value.target._memory) + value.offset
    if isinstance(value, (_Pointer, c_void_p, c_char_p)):
        return _address(value._memory[0])
    if isinstance(value, _Data):
        return value._function_address() if hasattr(value, "_function_address") else _address(value._memory)
    raise TypeError("wrong type: %s" % type(value).__name__)


def _class_of(value):
    return value if isinstance(value, type) else type(value)


def sizeof(value):
    return _ffi.sizeof(_class_of(value)._node)


def alignment(value):
    return _ffi.alignof(_class_of(value)._node)


def addressof(value):
    return _address(value._memory)


def cast(value, kind):
    """`value` as an object of another pointer type, which keeps it alive."""
    address = value if isinstance(value, int) else 0 if value is None else \
        _address(_ffi.from_buffer(value)) if isinstance(value, bytes) else _address_of(value)
    found = kind()
    found._memory[0] = _ffi.cast(kind._node, address)
    found.__dict__["_kept"] = value
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
    return _ffi.cast("char *", value if isinstance(value, int) else _address_of(value))


def string_at(address, size=-1):
    return _ffi.string(_place(address)) if size < 0 else bytes(_ffi.buffer(_place(address), size))


def memmove(target, source, count):
    _ffi.memmove(_place(target), source if isinstance(source, bytes) else _place(source), count)


def memset(target, value, count):
    _ffi.memmove(_place(target), bytes((value & 255,)) * count, count)


__all__ = [name for name in dir() if name[0] != "_"]
