"""Python's own values for objects of library classes: what converts, and std::vector of numbers in its memory.

libstdc++ and libc++ agree on three pointers: to the first item, behind the last one, and behind the memory.
"""

import operator

from ... import format as fmt
from . import memory
from .classes import info_of, own_info
from .cpptype import CppType
from .hooks import hooks, type_name
from .instance import address_of, export, is_readonly, subobject
from .memory import engine

_FORMATS = {
    fmt.TYPE_CHAR: "b", fmt.TYPE_SCHAR: "b", fmt.TYPE_UCHAR: "B", fmt.TYPE_CHAR8: "B", fmt.TYPE_SHORT: "h",
    fmt.TYPE_USHORT: "H", fmt.TYPE_INT: "i", fmt.TYPE_UINT: "I", fmt.TYPE_LONG: "l", fmt.TYPE_ULONG: "L",
    fmt.TYPE_LONGLONG: "q", fmt.TYPE_ULONGLONG: "Q", fmt.TYPE_FLOAT: "f", fmt.TYPE_DOUBLE: "d"}
_CHUNK = 512
VECTOR, SPAN, INLINE = 0, 1, 2      # native.py
_VECTOR_SIZE = 3 * memory.WORD_SIZE


def takes(info, value, explicitly=False):
    """Whether `value` converts to the class implicitly, or by cls(value)."""
    for kind in info.from_types:
        if not isinstance(kind, type):
            if not isinstance(value, info.cls) and _ask(kind, value, explicitly):
                return True
            continue
        # int stands for all that can be an index, NumPy's numbers among them.
        if isinstance(value, kind) or (kind is int and hasattr(type(value), "__index__")):
            return not isinstance(value, info.cls)
    if info.items is None or isinstance(value, (info.cls, str)):
        return False
    try:
        memoryview(value).release()
    except (TypeError, BufferError):
        return False
    return True


def _ask(function, value, explicitly):
    """A function of the value tells: True, or, where only cls(value) takes it, something else that is true."""
    try:
        answer = function(value)
        return answer is True or explicitly and bool(answer)
    except Exception:               # said again when it is converted
        return False


def is_source(info, value):
    """Whether cls(value) makes an object from it: what converts, and everything that can be iterated over."""
    if isinstance(value, info.cls):
        return False
    return getattr(type(value), "__iter__", None) is not None or takes(info, value, True)


def pass_list(info, value, call):
    """A list or tuple as the argument of a `const std::vector<number> &`: the address of a vector."""
    items, count = info.items, len(value)
    room = memory.newp(engine.new_array_type(items.memory_pointer, max(count, 1)))
    try:
        for at in range(count):
            room[at] = items.take(value[at], call)
    except IndexError:
        raise RuntimeError("the list became shorter while it was converted") from None
    first = memory.address_of(room)
    vector = memory.newp(memory.words, (first, first + count * items.size, first + count * items.size))
    call.kept += (room, vector)
    return memory.address_of(vector)


# ---- items ------------------------------------------------------------------------------------

def _vector(value):
    """(first, number of items, their type) of a std::vector of numbers."""
    info = info_of(type(value))
    if info is not None and info.items is None:         # or a base is one
        info = next((cast.base for cast in info.casts.values() if cast.base.items and not cast.ambiguous), None)
    if info is None:
        raise TypeError("a std::vector of numbers is needed, not '%s'" % type_name(value))
    words = memory.cast(memory.word_pointer, subobject(info, value))
    first = words[0]
    return first, (words[1] - first) // info.items.size, info.items


def cpp_get_item(value, index):
    """An item; negative indices count from the end."""
    index = operator.index(index)
    first, count, items = _vector(value)
    if not -count <= index < count:
        raise IndexError("index %d of a '%s' of %d items" % (index, type(value).__name__, count))
    return items.load(first + (index + count if index < 0 else index) * items.size)


def cpp_get_items(value, start, stop):
    """A list of the items from `start` to `stop`, those there are."""
    first, count, items = _vector(value)
    start, stop = max(start, 0), min(stop, count)
    if stop <= start:
        return []
    numbers = engine.unpack(memory.cast(items.memory_pointer, first + start * items.size), stop - start)
    if isinstance(numbers, bytes):
        numbers = list(numbers)
    return numbers if items.is_number else [items.result(number, None) for number in numbers]


def cpp_iterate(value):
    """Each item in turn, of a vector that may change meanwhile."""
    return _items(value, 0, cpp_get_items(value, 0, _CHUNK))


def _items(value, at, chunk):
    while chunk:
        yield from chunk
        at += len(chunk)
        chunk = cpp_get_items(value, at, at + _CHUNK)


def cpp_put_items(value, start, values):
    """Assign items that exist."""
    if not isinstance(values, (list, tuple)):
        raise TypeError("a list or tuple is needed, not '%s'" % type_name(values))
    for at, item in enumerate(values):
        # Converting may run code that changes the vector, so it comes first.
        number = _vector(value)[2].take(item, None)
        first, count, items = _vector(value)
        if not 0 <= start + at < count:
            raise IndexError("item %d of '%s' does not exist" % (start + at, type(value).__name__))
        memory.cast(items.memory_pointer, first)[start + at] = number


def _range(self, layout, size):
    """(address, number of items) of an object's items."""
    address, info = address_of(self), type(self).__cppbind_info__
    if layout == INLINE:
        return address, info.size // size
    words = memory.cast(memory.word_pointer, address)
    return words[0], words[1] if layout == SPAN else (words[1] - words[0]) // size


def _buffer(self, _flags):
    """A view of the items.  What would move them refuses as long as it lives."""
    info = type(self).__cppbind_info__
    layout, letter, size, readonly = info.buffer
    first, count = _range(self, layout, size)
    pointer = memory.cast(memory.char_pointer, first) if count else memory.newp(memory.chars, 1)
    exported = engine.buffer(pointer, count * size)
    if is_readonly(self):
        # What C++ lent as const for a call goes with it: the view has the items of its own.
        return memoryview(exported[:]).cast(letter)
    export(self, exported)
    hooks.hold_view(exported, self)
    view = memoryview(exported).cast("B").cast(letter)
    return view.toreadonly() if readonly else view


def cpp_item_format(type_):
    """A number's format in a buffer, or None."""
    return _FORMATS.get(type_.kind)


def cpp_set_buffer(cls, layout, letter, size, readonly):
    """The class's objects have the buffer protocol.  Only numbers: a memoryview made here has no format of structs."""
    info, letter = own_info(cls), letter.decode("utf-8")
    if len(letter) == 1:
        info.buffer = layout, letter, size, bool(readonly)
        type.__setattr__(cls, "__buffer__", _buffer)


def cpp_set_view(cls):
    """The class's objects point into others, which results keep alive."""
    own_info(cls).is_view = True


def cpp_set_pointee(cls, type_):
    """The class's objects are smart pointers to that, taken wherever a pointer or reference is wanted."""
    own_info(cls).pointee = type_


def cpp_set_source(cls, function, types, items):
    """function(class, value) makes objects from values of Python's; those of `types` convert implicitly, or of a type
    for which a function there says so.  With an item type the class is a std::vector of such numbers."""
    info = own_info(cls)
    if not isinstance(types, tuple) or not all(map(callable, types)):
        raise TypeError("cpp_set_source: a tuple of types and functions is needed")
    if items is not None:
        if not isinstance(items, CppType) or items.kind not in _FORMATS or info.size != _VECTOR_SIZE:
            raise TypeError("cpp_set_source: %r is no std::vector of numbers" % (items,))
        info.items = items
    info.from_types, info.from_python = types, function


def cpp_set_mapping(cls, to_python, from_python, types):
    """The user's type mapping of a class; without `from_python` what was there stays."""
    info = own_info(cls)
    info.to_python = to_python
    if from_python is not None or info.is_mapped:
        info.from_types, info.from_python = () if from_python is None else types, from_python
        info.is_mapped = from_python is not None
