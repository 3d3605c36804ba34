"""Structured arrays as items of C++ containers: whether their records lie in memory as the objects of a struct do.

A record is compared with the reflection of the struct field by field: name, place, size, kind of number, shape.  The
formats are those of PEP 3118.  Neighbours: buffers.py, which writes the format of a struct; pythonize_sequence.py and
pythonize_span.py, which use this.
"""

import re
import struct
import sys
from collections import namedtuple

from .. import format as fmt
from . import native
from .buffers import has_buffer, struct_format
from .state import registry

# kind: "int", "unsigned int", "float", "bool", "complex" or "object"; size: of one number; shape: of an array, else ().
Field = namedtuple("Field", "name offset kind size shape")

_TOKEN = re.compile(r"\s*(?:(?P<open>T\{)|(?P<shape>\([\d, ]*\))|(?P<order>[@=<>!^|])|(?P<count>\d+)"
                    r"|(?P<code>Z?[a-zA-Z?])|(?P<name>:[^:]*:)|(?P<close>\}))")
_KINDS = {"?": "bool", "c": "int", "s": "int", "b": "int", "B": "unsigned int", "h": "int", "H": "unsigned int",
          "i": "int", "I": "unsigned int", "l": "int", "L": "unsigned int", "q": "int", "Q": "unsigned int", "n": "int",
          "N": "unsigned int", "e": "float", "f": "float", "d": "float"}
_FOREIGN = ">!" if sys.byteorder == "little" else "<"


class _Reader:
    """Reads one format into fields, those of nested structs as "outer.inner"."""

    def __init__(self, text):
        self._tokens = [(found.lastgroup, found.group(found.lastgroup)) for found in _TOKEN.finditer(text)]
        self._at, self._order, self.fields = 0, "@", []

    def _next(self):
        self._at += 1
        return self._tokens[self._at - 1] if self._at <= len(self._tokens) else ("close", "}")

    def read(self, start, prefix):
        """The fields from here to the closing brace; where they end."""
        at, shape, count = start, (), None
        while True:
            kind, text = self._next()
            if kind == "close":
                return at
            if kind == "order":
                self._order = text
            elif kind == "shape":
                shape = tuple(int(part) for part in text[1:-1].split(",") if part.strip())
            elif kind == "count":
                count = int(text)
            elif kind == "code" and text == "x":
                at, count = at + (1 if count is None else count), None
            elif kind in ("open", "code"):
                at = self._item(kind, text, at, prefix, shape, count)
                shape, count = (), None

    def _item(self, kind, text, at, prefix, shape, count):
        shape += () if count is None else (count,)
        items = 1
        for extent in shape:
            items *= extent
        if kind == "open":
            first = len(self.fields)
            end = self.read(at, "")
            name = prefix + self._name()
            self.fields[first:] = [field._replace(name="%s.%s" % (name, field.name), shape=shape + field.shape)
                                   for field in self.fields[first:]]
            return at + (end - at) * items
        size = 1 if text in "cs" else 0
        if not size and text in _KINDS:
            size = struct.calcsize(("@" if self._order in "@^|" else "=") + text)
        if self._order == "@" and size:
            at = (at + size - 1) // size * size
        name = _KINDS.get(text, "object")
        name = "foreign " + name if self._order in _FOREIGN else name
        self.fields.append(Field(prefix + self._name(), at, name, size, shape))
        return at + size * items

    def _name(self):
        if self._at < len(self._tokens) and self._tokens[self._at][0] == "name":
            return self._next()[1][1:-1]
        return ""


def fields_of(text):
    """The fields (a list of Field) of a format such as "T{i:channel:xxxxd:charge:}"; none for what is no struct."""
    reader = _Reader(text)
    if not reader._tokens or reader._next()[0] != "open":
        return []
    reader.read(0, "")
    return reader.fields


def is_record_array(value):
    """Whether a value is a buffer of structs."""
    return not isinstance(value, (native.Instance, bytes, bytearray, str, list, tuple)) and has_buffer(value) and (
        memoryview(value).format.startswith("T{"))


def has_records(name):
    """Whether the objects of a class are nothing but numbers, all of which Python may see."""
    return _hidden_part(name, 0) is None


def _hidden_part(name, depth):
    """Why a buffer cannot say all about the objects of a class; None where it can."""
    scope = registry.class_scope(name)
    if scope is None or struct_format(name)[0] is None or not scope.flags & fmt.SCOPE_PUBLIC_DATA or depth > 8:
        return "'%s' is not a struct of numbers alone" % name
    dictionary = scope.dictionary
    shown = {field.name.partition(".")[0] for field in fields_of(struct_format(name)[0])}
    for member in dictionary.records("members", scope.members_first, scope.members_count):
        if member.flags & fmt.MEMBER_STATIC:
            continue
        if member.name not in shown:
            return "'%s::%s' is no number" % (name, member.name)
        record = dictionary.record("types", member.type)
        while record.kind == fmt.TYPE_ARRAY:
            record = dictionary.record("types", record.target)
        if record.kind == fmt.TYPE_CLASS and _hidden_part(record.name, depth + 1):
            return _hidden_part(record.name, depth + 1)
    return None


def check_records(name, value):
    """A memoryview of a buffer whose items are like the objects of the class `name`.

    TypeError that names the first difference and both sides, or what of the class no buffer can hold.
    """
    view = memoryview(value)
    text, size = struct_format(name)
    problem = _hidden_part(name, 0)
    if problem is None and view.ndim != 1:
        problem = "the array has %d dimensions, not one" % view.ndim
    if problem is None:
        problem = _difference(name, fields_of(view.format), fields_of(text))
    if problem is None and view.itemsize != size:
        problem = "an item has %d bytes, a '%s' has %d" % (view.itemsize, name, size)
    if problem is not None:
        raise TypeError("the array does not hold objects of '%s': %s" % (name, problem))
    return view


def _difference(name, given, wanted):
    known = {field.name: field for field in given}
    for field in wanted:
        other = known.pop(field.name, None)
        if other is None:
            return "it has no field '%s'; '%s' has %s" % (field.name, name, _describe(field))
        if other[1:] != field[1:]:
            return "its field '%s' is %s, that of '%s' is %s" % (field.name, _describe(other), name, _describe(field))
    return "'%s' has no member '%s'" % (name, next(iter(known))) if known else None


def _describe(field):
    shape = "".join("[%d]" % extent for extent in field.shape)
    return "%s of %d bytes%s at byte %d" % (field.kind, field.size, shape, field.offset)


def address_of(view, writable):
    """(address of the first item of a contiguous buffer, what keeps it): TypeError where it cannot be had."""
    engine = native.engine
    if not view.c_contiguous:
        raise TypeError("the array is not contiguous")
    if writable and view.readonly:
        raise TypeError("the array is read-only, and C++ may write to it")
    characters = engine.new_array_type(engine.new_pointer_type(engine.new_primitive_type("char")), None)
    held = engine.from_buffer(characters, view)
    return int(engine.cast(engine.new_primitive_type("uintptr_t"), held)), held


def fill(container, append, item_class, value):
    """Append a copy of each record of an array to a container, by its function `append`."""
    view = check_records(item_class.__cpp_name__, value)
    copied = bytearray(view.tobytes())
    address, held = address_of(memoryview(copied), True)
    for at in range(len(view)):
        append(container, native.bind(item_class, address + at * view.itemsize, 0, None, False))
    del held
