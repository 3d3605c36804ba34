"""Which way of conversion each kind of type takes.  Neighbour: ../convert.py, which describes the types."""

from ... import format as fmt
from . import (convert_class, convert_file, convert_function, convert_handle, convert_number, convert_pointer,
               convert_text)
from .cpptype import TEXT, CppType, Nullptr, Unknown, Void

_BY_KIND = {
    fmt.TYPE_VOID: Void, fmt.TYPE_BOOL: convert_number.Bool, fmt.TYPE_NULLPTR: Nullptr,
    fmt.TYPE_FLOAT: convert_number.Floating, fmt.TYPE_DOUBLE: convert_number.Floating,
    fmt.TYPE_LONGDOUBLE: convert_number.LongDouble,
    fmt.TYPE_INT128: convert_number.Int128, fmt.TYPE_UINT128: convert_number.Int128}
_BY_KIND.update(dict.fromkeys((fmt.TYPE_CHAR, fmt.TYPE_WCHAR, fmt.TYPE_CHAR8, fmt.TYPE_CHAR16, fmt.TYPE_CHAR32),
                              convert_text.Character))
_BY_KIND.update(dict.fromkeys(range(fmt.TYPE_SHORT, fmt.TYPE_ULONGLONG + 1), convert_number.Integer))


def _is_handle(target):
    return target.kind == fmt.TYPE_POINTER and isinstance(target, convert_class.ClassPointer)


def _is_text(target):
    return target.kind == fmt.TYPE_POINTER and target.target is not None and target.target.kind == fmt.TYPE_CHAR


def _array(target):
    if _is_handle(target):
        return convert_handle.ObjectArray
    return convert_handle.StringsArray if _is_text(target) else convert_pointer.Array


def _pointer(target):
    if target.kind == fmt.TYPE_FUNCTION:
        return convert_function.Function
    if target.kind == fmt.TYPE_CLASS:
        if target.name == "_object":
            return convert_pointer.Object
        if target.name == "_IO_FILE":
            return convert_file.File
        return convert_text.TextPointer if target.flags & TEXT else convert_class.ClassPointer
    if target.kind in (fmt.TYPE_CHAR, fmt.TYPE_CHAR8):
        return convert_text.CharPointer
    if target.kind in (fmt.TYPE_SCHAR, fmt.TYPE_UCHAR):
        return convert_pointer.Data if target.flags & fmt.TYPE_AS_INTEGER else convert_text.CharPointer
    if target.kind in (fmt.TYPE_UNKNOWN, fmt.TYPE_MEMBER_POINTER):
        return Unknown
    if _is_handle(target):
        return convert_handle.ObjectHandle
    if _is_text(target):
        return convert_handle.StringsHandle
    if target.kind in (fmt.TYPE_WCHAR, fmt.TYPE_CHAR16, fmt.TYPE_CHAR32) and target.flags & fmt.TYPE_CONST:
        return convert_text.UnitsPointer
    return convert_pointer.Data


def _reference(kind, target):
    constant = target.flags & fmt.TYPE_CONST or kind == fmt.TYPE_RVALUE_REF
    if target.kind == fmt.TYPE_CLASS:
        if target.flags & TEXT:
            return convert_text.TextRef if constant else convert_text.TextMutable
        return convert_class.ClassRvalue if kind == fmt.TYPE_RVALUE_REF else convert_class.ClassRef
    if target.kind == fmt.TYPE_FUNCTION:
        return convert_function.Function
    if isinstance(target, Unknown) or target.kind in (
            fmt.TYPE_VOID, fmt.TYPE_INT128, fmt.TYPE_UINT128, fmt.TYPE_LONGDOUBLE):
        return Unknown
    if isinstance(target, convert_pointer.Array):
        return Unknown if target.flags & fmt.TYPE_OPEN else convert_pointer.ArrayRef
    if _is_handle(target) and not constant:
        return convert_handle.ObjectHandle
    return convert_pointer.ConstRef if constant else convert_pointer.Ref


def _choose(kind, flags, target):
    if kind in _BY_KIND:
        return _BY_KIND[kind]
    if kind in (fmt.TYPE_SCHAR, fmt.TYPE_UCHAR):
        return convert_number.Integer if flags & fmt.TYPE_AS_INTEGER else convert_text.Character
    if kind == fmt.TYPE_CLASS:
        return convert_text.Text if flags & TEXT else convert_class.ClassValue
    if target is None:
        return Unknown
    if kind == fmt.TYPE_POINTER:
        return _pointer(target)
    if kind in (fmt.TYPE_LVALUE_REF, fmt.TYPE_RVALUE_REF):
        return _reference(kind, target)
    if kind == fmt.TYPE_ARRAY:
        return _array(target)
    return convert_class.Enum if kind == fmt.TYPE_ENUM else Unknown


def cpp_new_type(kind, flags, size, extent, target, name, spelling, ctype):
    """The description of a C++ type.

    target: that of the pointee, referee, item or underlying type, or None; ctype: what cdata of it has, or None.
    """
    if not 0 <= kind < len(fmt.TYPE_KINDS):
        raise ValueError("unknown kind of C++ type: %d" % kind)
    if target is not None and not isinstance(target, CppType):
        raise TypeError("the target must be a CppType, not '%s'" % type(target).__name__)
    return _choose(kind, flags, target)(kind, flags, size, extent, target, name, spelling, ctype)
