"""Pointers and references to what is no class, and arrays.

On Python's side these are cdata of the engine (`int *`, `void *`, functions), or any object with a buffer of the right
item type.
"""

from ... import format as fmt
from . import memory
from .classes import info_of
from .cpptype import CONVERSION, EXACT, Call, CppType, Unknown
from .hooks import hooks, is_null, is_zero
from .instance import address_of, export, is_readonly, keep
from .memory import engine

_FORMATS = {}
for _kinds, _letters in (
        ((fmt.TYPE_BOOL,), "?"), ((fmt.TYPE_FLOAT, fmt.TYPE_DOUBLE, fmt.TYPE_LONGDOUBLE), "efdg"),
        ((fmt.TYPE_UCHAR, fmt.TYPE_USHORT, fmt.TYPE_UINT, fmt.TYPE_ULONG, fmt.TYPE_ULONGLONG), "cBHILQN"),
        ((fmt.TYPE_CHAR, fmt.TYPE_CHAR8), "cbB"),
        ((fmt.TYPE_WCHAR,), "u"),
        ((fmt.TYPE_SCHAR, fmt.TYPE_SHORT, fmt.TYPE_INT, fmt.TYPE_LONG, fmt.TYPE_LONGLONG), "cbhilqn")):
    for _kind in _kinds:
        _FORMATS[_kind] = _letters


def is_cdata(value):
    """Whether it is cdata of the engine."""
    return isinstance(value, engine.CData)


def view_of(value):
    """A memoryview of a value's buffer, None where it has none."""
    try:
        return memoryview(value)
    except TypeError:
        return None


def _without_order(letter):
    return letter[1:] if letter[:1] in ("@", "=", "<") else letter


def _matches(target, letter, size):
    """Whether items of a struct-module format have the representation of `target`.  size: of an item, 0: not known.

    Of ctypes, '&' is a pointer to what follows, 'P' void *, 'z' char *.
    """
    while target.kind == fmt.TYPE_ARRAY:
        target = target.target          # rows of a matrix
    letter = _without_order(letter)
    if target.kind == fmt.TYPE_POINTER and target.target is not None:
        if letter[:1] == "&":
            return target.target.kind == fmt.TYPE_VOID or _matches(target.target, letter[1:], 0)
        return letter == "P" or letter == "z" and target.target.kind == fmt.TYPE_CHAR
    letters = "bBhHiIlLqQ" if target.kind == fmt.TYPE_ENUM else _FORMATS.get(target.kind, "")
    return len(letter) == 1 and letter in letters and size in (0, target.size)


def _is_indirect(target, view):
    """Whether a view is that of a ctypes pointer: of one item, which is the address."""
    letter = _without_order(view.format)
    if view.ndim or not letter:
        return False
    if target.kind == fmt.TYPE_VOID and letter in "PzZ":
        return True
    if letter == "z":
        return target.kind == fmt.TYPE_CHAR and bool(target.flags & fmt.TYPE_CONST)
    return letter[0] == "&" and (target.kind == fmt.TYPE_VOID or _matches(target, letter[1:], 0))


def _referent(value):
    """What ctypes.byref(x) names on CPython: x; any other value, byref(x, offset) too, is itself."""
    if type(value).__name__ != "CArgObject" or not hasattr(value, "_obj"):
        return value
    # Only its repr, <cparam 'P' (0x...)>, tells an offset.
    start = memory.address_of(engine.from_buffer(memory.chars, value._obj))
    return value._obj if "(%#x)" % start in repr(value) else value


def view_at(ctype, address):
    """cdata of a pointer, function or array type: the pointer itself, or a view of the array that lies there."""
    if ctype.kind == "array":
        return memory.cast(engine.new_pointer_type(ctype), address)[0]
    return memory.cast(ctype, address)


class Data(CppType):
    """T * where T is a number, void, a pointer, a function."""

    def _from_cdata(self, value):
        """The address that cdata holds, if C would convert it."""
        if self.ctype is None:
            raise self.refuse(value, "this type has no counterpart in C")
        ctype = self.ctype
        if ctype.kind == "array":
            ctype = engine.new_pointer_type(ctype.item)
        holder = memory.newp(engine.new_pointer_type(ctype), value)
        return memory.address_of(holder[0])

    def _buffer(self, value, view):
        """cdata that keeps the buffer of a memoryview; TypeError where it does not fit."""
        constant, target = self.target.flags & fmt.TYPE_CONST, self.target
        if not view.c_contiguous or view.readonly and not constant:
            raise self.refuse(value, "its buffer is not contiguous" if constant else
                              "its buffer is not writable and contiguous")
        if not (target.kind == fmt.TYPE_VOID or _is_indirect(target, view)
                or _matches(target, view.format, view.itemsize)):
            raise TypeError("cannot convert %s to '%s': the items of its buffer have format '%s'" % (
                type(value).__name__, self.spelling, view.format))
        return view

    def rank(self, value):
        exact = CONVERSION if self.target.kind == fmt.TYPE_VOID else EXACT
        if is_null(value):
            return CONVERSION + 1
        if is_cdata(value):
            try:
                self._from_cdata(value)
            except (TypeError, OverflowError, ValueError):
                return -1
            return exact
        if info_of(type(value)) is not None:
            if self.target.kind == fmt.TYPE_VOID:
                return CONVERSION + 2
        view = view_of(_referent(value))
        if view is not None:
            try:
                self._buffer(value, view)
            except TypeError:
                return -1
            finally:
                view.release()
            return exact + 1
        return CONVERSION + 3 if is_zero(value) else -1

    def argument(self, value, call):
        if is_null(value) or is_zero(value):
            return 0
        if is_cdata(value):
            call.kept.append(value)
            return self._from_cdata(value)
        if self.target.kind == fmt.TYPE_VOID and info_of(type(value)) is not None:
            return address_of(value)
        value = _referent(value)
        view = None if self.target.kind == fmt.TYPE_FUNCTION else view_of(value)
        if view is None:
            raise self.refuse(value)
        try:
            self._buffer(value, view)
        except TypeError:
            view.release()
            raise
        empty, indirect = not view.nbytes, _is_indirect(self.target, view)
        call.cleanups.append(view.release)
        if empty:
            return call.scratch(1)
        held = engine.from_buffer(memory.chars, value)
        call.kept.append(held)
        address = memory.address_of(held)
        # A null pointer to a pointer is one that C++ is to set.
        given = memory.read_word(address) if indirect else 0
        return given if indirect and (given or self.target.kind != fmt.TYPE_POINTER) else address

    def load(self, address, owner=None):
        return self.result(memory.read_word(address), owner)

    def result(self, value, owner):
        if self.ctype is None:
            return Unknown.load(self, 0)
        return view_at(self.ctype, value)

    def store(self, address, value, owner=None):
        pointer = 0
        if not is_null(value) and not is_zero(value):
            if is_cdata(value):
                pointer = self._from_cdata(value)
            elif owner is None or not self._is_number():
                raise self.refuse(value, "a cdata pointer is needed")
            else:
                call = Call()           # what it holds is held as long as C++ points there
                pointer = self.argument(value, call)
                value = value, call
        if owner is not None:
            keep(owner, address, value if pointer else None)
        memory.write_word(address, pointer)

    def _is_number(self):
        return self.target.kind == fmt.TYPE_VOID or self.target.kind in _FORMATS


class _Reference(CppType):
    """What references have in common: results and members are what they refer to."""

    def load(self, address, owner=None):
        return self.result(memory.read_word(address), owner)

    def result(self, value, owner):
        return self.target.load(value, owner)

    def store(self, address, value, owner=None):
        self.store_through(memory.read_word(address), value, owner)


class ConstRef(_Reference):
    """const T & and T && of a scalar: bound to a temporary."""

    def rank(self, value):
        return self.target.rank(value)

    def argument(self, value, call):
        given, place = self.target.argument(value, call), call.scratch(16)
        memory.cast(self.target.memory_pointer, place)[0] = given
        return place

    def store_through(self, address, value, owner):
        """Assign to what the reference refers to."""
        if self.target.flags & fmt.TYPE_CONST:
            raise self.refuse(value, "the value is const")
        self.target.store(address, value, owner)


class Ref(Data):
    """T & of a scalar: C++ writes into memory that Python named."""

    def rank(self, value):
        return -1 if is_null(value) else super().rank(value)

    def argument(self, value, call):
        value = _referent(value)
        view = None if is_cdata(value) or info_of(type(value)) is not None else view_of(value)
        if not is_cdata(value) and view is None:
            raise self.refuse(value, "C++ may write there: pass cdata such as ffi.new('int *'), or a writable buffer")
        size = self.target.size if view is None else view.nbytes
        if view is not None:
            view.release()
        address = super().argument(value, call)
        if not address:
            raise self.refuse(value, "there is no null reference")
        if size < self.target.size:
            raise self.refuse(value, "its buffer is empty")
        return address

    load, result, store = ConstRef.load, ConstRef.result, ConstRef.store
    store_through = ConstRef.store_through


class Array(Data):
    """Arrays that are members or globals: text, a view of numbers, a tuple of anything else."""

    def load(self, address, owner=None):
        if self.extent < 0 or self.flags & fmt.TYPE_OPEN:
            return Unknown.load(self, address)
        if self.target.kind == fmt.TYPE_CHAR:
            data = memory.read_bytes(address, self.extent)
            return data.split(b"\0", 1)[0].decode("utf-8", "surrogateescape")
        if self.ctype is None:
            return tuple(self.target.load(address + at * self.target.size, owner) for at in range(self.extent))
        view = view_at(self.ctype, address)
        if owner is not None and is_readonly(owner):
            # What C++ lent as const for a call goes with it: Python gets items of its own.
            copied = memory.newp(self.ctype)
            engine.memmove(copied, memory.cast(memory.char_pointer, address), engine.sizeof(self.ctype))
            return copied
        if owner is not None and hooks.hold_view is not None:
            hooks.hold_view(view, owner)
            export(owner, view)
        return view

    def result(self, value, owner):
        return self.load(value, owner)

    def store(self, address, value, owner=None):
        if self.flags & fmt.TYPE_OPEN:
            raise self.refuse(value, "its length is unknown")
        if self.target.kind == fmt.TYPE_CHAR and isinstance(value, str):
            data = value.encode("utf-8")
            if len(data) > self.extent:
                raise self.refuse(value, "the string is too long")
            memory.write_bytes(address, data.ljust(self.extent, b"\0"))
            return
        view = None if isinstance(value, (str, bytes)) or is_cdata(value) else view_of(value)
        if view is not None:
            self._store_buffer(address, value, view)
            return
        if self.ctype is not None:
            try:
                memory.cast(engine.new_pointer_type(self.ctype), address)[0] = value
                return
            except TypeError:
                # There may be objects with conversion functions among them.
                if not isinstance(value, (list, tuple)):
                    raise
        items = list(value)
        if len(items) > self.extent:
            raise self.refuse(value, "too many items")
        for at, item in enumerate(items):
            self.target.put(address + at * self.target.size, item, owner)


    def _store_buffer(self, address, value, view):
        """Items of numbers, exactly as many as there are."""
        with view:
            if not view.c_contiguous or not _matches(self.target, view.format, view.itemsize):
                raise self.refuse(value, "the items of its buffer have format '%s'" % view.format)
            if view.nbytes != self.byte_size():
                raise self.refuse(value, "its buffer has another number of items")
            if view.nbytes:
                engine.memmove(memory.cast(memory.char_pointer, address), value, view.nbytes)

    def byte_size(self):
        """Of the whole array."""
        item = self.target
        return self.extent * (item.byte_size() if isinstance(item, Array) else item.size)


class ArrayRef(_Reference, Data):
    """T (&)[N]: an array of exactly that many items; a list where C++ does not write."""

    def _given(self, value):
        """The address of an array in cdata or a buffer, and what keeps it; None for anything else."""
        array = self.target
        if is_cdata(value):
            kind = engine.typeof(value)
            fits = kind.kind == "array" and array.ctype is not None and (
                kind is array.ctype or kind.item is array.ctype.item and len(value) == array.extent)
            return (memory.address_of(value), value) if fits else None
        view = view_of(value)
        if view is None or info_of(type(value)) is not None:
            return None
        writable = not view.readonly or array.target.flags & fmt.TYPE_CONST
        fits = view.c_contiguous and writable and view.nbytes == array.byte_size() and _matches(
            array, view.format, view.itemsize)
        if not fits:
            view.release()
            return None
        held = engine.from_buffer(memory.chars, value)
        return memory.address_of(held), (held, view)

    def _takes_list(self, value):
        item = self.target.target
        while item.kind == fmt.TYPE_ARRAY:
            item = item.target
        return item.flags & fmt.TYPE_CONST and isinstance(value, (list, tuple))

    def rank(self, value):
        if self._takes_list(value):
            return CONVERSION
        return -1 if self._given(value) is None else EXACT

    def argument(self, value, call):
        if self._takes_list(value):
            if len(value) != self.target.extent:
                raise self.refuse(value, "the number of items is another")
            place = call.scratch(self.target.byte_size())
            self.target.store(place, value)
            return place
        given = self._given(value)
        if given is None:
            raise self.refuse(value, "an array of that type and length is needed")
        call.kept.append(given[1])
        return given[0]

    def store_through(self, address, value, owner):
        """Assign to the array."""
        self.target.store(address, value, owner)


class Object(CppType):
    """PyObject *: only CPython's own core knows what that is."""

    def argument(self, value, call):
        raise self.refuse(value, "this needs CPython and the compiled core of cffi_like")

    def load(self, address, owner=None):
        raise TypeError("'%s' is not read from C++: whether it is a new reference is not known" % self.spelling)

    def result(self, value, owner):
        return self.load(value)

    def store(self, address, value, owner=None):
        raise self.refuse(value, "C++ would not own the reference")
