"""Describes C++ types to the core, from the `types` table of a dictionary.

One description per record, made when first needed.  Neighbours: native.py (the
core), c_backend/cpp_type.h (what a description does).
"""

import re

from .. import format as fmt
from . import native

# Strings and string views: what they are called, and which characters they have.
_TEXT_NAME = re.compile(
    r"std::(?:__cxx11::|__1::)?basic_string(?P<view>_view)?<(?P<unit>char|wchar_t|char\d+_t)\b[^*]*>\Z")
_ALIASES = {
    "std::string": "char", "std::__cxx11::string": "char", "std::wstring": "wchar_t", "std::u8string": "char8_t",
    "std::u16string": "char16_t", "std::u32string": "char32_t"}
_WIDTHS = {"char": 1, "char8_t": 1, "char16_t": 2, "char32_t": 4, "wchar_t": 4}


def text_flags(name):
    """The TYPE_ flags of a class's name if it is a string or a view of one, else 0."""
    if not name.startswith("std::"):
        return 0
    if name.endswith("_view"):
        unit, view = _ALIASES.get(name[:-len("_view")]), True
    else:
        unit, view = _ALIASES.get(name), False
    if unit is None:
        match = _TEXT_NAME.match(name)
        if match is None:
            return 0
        unit, view = match.group("unit"), match.group("view")
    width = {1: 0 if view else native.TYPE_STRING, 2: native.TYPE_UNIT2, 4: native.TYPE_UNIT4}[_WIDTHS[unit]]
    return width | (native.TYPE_VIEW if view else 0)


_C_NAMES = {
    fmt.TYPE_BOOL: "_Bool", fmt.TYPE_CHAR: "char", fmt.TYPE_SCHAR: "signed char", fmt.TYPE_UCHAR: "unsigned char",
    fmt.TYPE_WCHAR: "wchar_t", fmt.TYPE_CHAR8: "unsigned char", fmt.TYPE_CHAR16: "char16_t",
    fmt.TYPE_CHAR32: "char32_t", fmt.TYPE_SHORT: "short", fmt.TYPE_USHORT: "unsigned short", fmt.TYPE_INT: "int",
    fmt.TYPE_UINT: "unsigned int", fmt.TYPE_LONG: "long", fmt.TYPE_ULONG: "unsigned long",
    fmt.TYPE_LONGLONG: "long long", fmt.TYPE_ULONGLONG: "unsigned long long", fmt.TYPE_FLOAT: "float",
    fmt.TYPE_DOUBLE: "double", fmt.TYPE_LONGDOUBLE: "long double"}

_DEPTH = 32                 # types nested deeper than this are damage, not C++


def c_type(dictionary, record, depth=0):
    """The C type that cdata of this C++ type has, or None where C has none."""
    engine = native.engine
    if depth > _DEPTH or record is None:
        return None
    if record.kind in _C_NAMES:
        name = _C_NAMES[record.kind]
        if record.flags & fmt.TYPE_AS_INTEGER:
            name = {fmt.TYPE_SCHAR: "int8_t", fmt.TYPE_UCHAR: "uint8_t"}.get(record.kind, name)
        return engine.new_primitive_type(name)
    if record.kind == fmt.TYPE_VOID:
        return engine.new_void_type()
    target = dictionary.record("types", record.target)
    if record.kind == fmt.TYPE_CLASS and record.name == "_IO_FILE":
        return engine.new_struct_type("FILE")
    if record.kind == fmt.TYPE_ENUM:
        return engine.new_primitive_type("uint8_t") if record.name == "std::byte" else c_type(
            dictionary, target, depth + 1)
    if record.kind in (fmt.TYPE_POINTER, fmt.TYPE_LVALUE_REF, fmt.TYPE_RVALUE_REF):
        if target is not None and target.kind == fmt.TYPE_FUNCTION:
            return _function_type(dictionary, target, depth + 1)
        item = c_type(dictionary, target, depth + 1)
        return engine.new_pointer_type(engine.new_void_type() if item is None else item)
    if record.kind == fmt.TYPE_ARRAY:
        item = c_type(dictionary, target, depth + 1)
        if item is None or target.kind == fmt.TYPE_CLASS:
            return None
        return engine.new_array_type(engine.new_pointer_type(item),
                                     None if record.flags & fmt.TYPE_OPEN else record.extent)
    return None


def _function_type(dictionary, record, depth):
    engine = native.engine
    arguments = [c_type(dictionary, dictionary.record("types", item.type), depth + 1)
                 for item in dictionary.records("type_lists", record.list_first, record.list_count)]
    result = c_type(dictionary, dictionary.record("types", record.target), depth + 1)
    if result is None or None in arguments:
        return None         # a class by value: no C function has that
    return engine.new_function_type(tuple(arguments), result, bool(record.flags & fmt.TYPE_VARIADIC))


class Types:
    """The descriptions of one dictionary, by index."""

    def __init__(self, dictionary):
        self._dictionary = dictionary
        self._known = {}

    def __getitem__(self, index):
        """The description of a type record.  DictionaryError for an index outside of the table."""
        known = self._known.get(index)
        if known is None:
            known = self._known.setdefault(index, self._describe(index, 0))
        return known

    def _describe(self, index, depth):
        dictionary = self._dictionary
        record = dictionary.record("types", index)
        if record is None or depth > _DEPTH:
            return native.new_type(fmt.TYPE_UNKNOWN, 0, 0, 0, None, "", "?", None)
        target = None
        if record.target != fmt.NONE and record.kind != fmt.TYPE_FUNCTION:
            target = self._part(record.target, depth)
        kind, flags = record.kind, record.flags
        if kind >= len(fmt.TYPE_KINDS):
            kind = fmt.TYPE_UNKNOWN
        if kind == fmt.TYPE_CLASS:
            flags |= text_flags(record.name)
        if kind == fmt.TYPE_ENUM and record.name == "std::byte":
            kind, flags = fmt.TYPE_UCHAR, flags | fmt.TYPE_AS_INTEGER     # an enum without enumerators
        if kind == fmt.TYPE_ENUM:
            enum = dictionary.record("enums", record.enum)
            if enum is not None and enum.flags & fmt.ENUM_SCOPED:
                flags |= native.TYPE_SCOPED
        c = None
        if kind in (fmt.TYPE_POINTER, fmt.TYPE_LVALUE_REF, fmt.TYPE_RVALUE_REF, fmt.TYPE_ARRAY):
            c = c_type(dictionary, record)
        described = native.new_type(kind, flags, dictionary.number(record.size, 0), record.extent, target, record.name,
                                    record.spelling, c)
        if kind == fmt.TYPE_FUNCTION:
            described.set_parameters(self._part(record.target, depth), tuple(
                self._part(item.type, depth)
                for item in dictionary.records("type_lists", record.list_first, record.list_count)))
        return described

    def _part(self, index, depth):
        return self._known.get(index) or self._known.setdefault(index, self._describe(index, depth + 1))
