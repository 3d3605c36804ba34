"""Which sequences of C++ are buffers, and the format of their items: numbers, and structs of numbers for NumPy.

Formats are those of PEP 3118, `struct`'s letters with names: "T{=i:channel:4x=d:charge:}".  Neighbours:
c_backend/cpp_sequence.c, which gives the memory; pythonize_sequence.py and pythonize_span.py, which use this.
"""

from .. import format as fmt
from . import native
from .state import registry

# What lies in memory as a number of the buffer protocol.
NUMBERS = tuple(kind for kind in range(fmt.TYPE_CHAR, fmt.TYPE_DOUBLE + 1)
                if kind not in (fmt.TYPE_INT128, fmt.TYPE_UINT128, fmt.TYPE_WCHAR, fmt.TYPE_CHAR16, fmt.TYPE_CHAR32))
_FIXED = {1: "b", 2: "h", 4: "i", 8: "q"}
_UNSIGNED = (fmt.TYPE_UCHAR, fmt.TYPE_CHAR8, fmt.TYPE_USHORT, fmt.TYPE_UINT, fmt.TYPE_ULONG, fmt.TYPE_ULONGLONG,
             fmt.TYPE_CHAR16, fmt.TYPE_CHAR32)
_SIZES = {fmt.TYPE_BOOL: 1, fmt.TYPE_CHAR: 1, fmt.TYPE_SCHAR: 1, fmt.TYPE_UCHAR: 1, fmt.TYPE_CHAR8: 1,
          fmt.TYPE_SHORT: 2, fmt.TYPE_USHORT: 2, fmt.TYPE_INT: 4, fmt.TYPE_UINT: 4, fmt.TYPE_LONG: 8, fmt.TYPE_ULONG: 8,
          fmt.TYPE_LONGLONG: 8, fmt.TYPE_ULONGLONG: 8, fmt.TYPE_FLOAT: 4, fmt.TYPE_DOUBLE: 8}
_DEPTH = 8


def add_buffer(cls, layout, readonly=False):
    """Make the objects of a sequence class buffers, if its items are numbers or structs of numbers."""
    from .pythonize_sequence import item_type
    items, record = item_type(cls)
    size = _SIZES.get(record.kind, 0)
    letter = native.item_format(items) if record.kind in NUMBERS else None
    if letter is None and record.kind == fmt.TYPE_CLASS:
        letter, size = struct_format(record.name)
    if letter is not None and size:
        native.set_buffer(cls, layout, letter.encode("utf-8"), size, readonly)


def has_buffer(value):
    """Whether a value has the buffer protocol."""
    try:
        memoryview(value)
    except (TypeError, BufferError, ValueError):
        return False
    return True


def struct_format(name, depth=0):
    """(format, size in bytes) of a class that is nothing but data; (None, 0) of others."""
    scope = registry.class_scope(name)
    if scope is None or depth > _DEPTH or not scope.flags & fmt.SCOPE_TRIVIALLY_COPYABLE or scope.bases_count \
            or scope.flags & fmt.SCOPE_POLYMORPHIC or scope.kind == fmt.SCOPE_UNION:
        return None, 0
    dictionary, at, text = scope.dictionary, 0, ""
    for member in dictionary.records("members", scope.members_first, scope.members_count):
        offset = dictionary.number(member.offset)
        if not member.name or offset is None or member.flags & (fmt.MEMBER_STATIC | fmt.MEMBER_BIT_FIELD):
            continue
        letter, size = _member_format(dictionary, dictionary.record("types", member.type), depth)
        if letter is None or offset < at:
            continue            # what is no number is not shown
        text += _padding(offset - at) + letter + ":%s:" % member.name
        at = offset + size
    whole = dictionary.number(scope.size, 0)
    return ("T{%s%s}" % (text, _padding(whole - at)), whole) if text else (None, 0)


def _padding(count):
    return "%dx" % count if count > 0 else ""


def _member_format(dictionary, record, depth):
    """(format, size in bytes) of a member's type; (None, 0) of what is no number."""
    size = _SIZES.get(record.kind, 0)
    if record.kind == fmt.TYPE_BOOL:
        return "=?", size
    if record.kind in (fmt.TYPE_FLOAT, fmt.TYPE_DOUBLE):
        return "=f" if size == 4 else "=d", size
    if size:
        return "=" + (_FIXED[size].upper() if record.kind in _UNSIGNED else _FIXED[size]), size
    if record.kind == fmt.TYPE_ENUM:
        return _member_format(dictionary, dictionary.record("types", record.target), depth)
    if record.kind == fmt.TYPE_CLASS:
        return struct_format(record.name, depth + 1)
    if record.kind == fmt.TYPE_ARRAY and not record.flags & fmt.TYPE_OPEN and depth < _DEPTH:
        letter, size = _member_format(dictionary, dictionary.record("types", record.target), depth + 1)
        return ("(%d)%s" % (record.extent, letter), size * record.extent) if letter else (None, 0)
    return None, 0
