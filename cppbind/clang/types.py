"""Turns libclang's types into `model.Type`.  Used by `declarations`; sits on `cursor`."""

from .. import format as fmt
from ..model import Type
from ..stl import CLASSES
from .cursor import ENUM, PRIVATE, PROTECTED, RECORDS

# CXTypeKind -> TYPE_...
_BUILTIN = {
    2: fmt.TYPE_VOID, 3: fmt.TYPE_BOOL, 4: fmt.TYPE_CHAR, 5: fmt.TYPE_UCHAR, 6: fmt.TYPE_CHAR16, 7: fmt.TYPE_CHAR32,
    8: fmt.TYPE_USHORT, 9: fmt.TYPE_UINT, 10: fmt.TYPE_ULONG, 11: fmt.TYPE_ULONGLONG, 12: fmt.TYPE_UINT128,
    13: fmt.TYPE_CHAR, 14: fmt.TYPE_SCHAR, 15: fmt.TYPE_WCHAR, 16: fmt.TYPE_SHORT, 17: fmt.TYPE_INT,
    18: fmt.TYPE_LONG, 19: fmt.TYPE_LONGLONG, 20: fmt.TYPE_INT128, 21: fmt.TYPE_FLOAT, 22: fmt.TYPE_DOUBLE,
    23: fmt.TYPE_LONGDOUBLE, 24: fmt.TYPE_NULLPTR,
}
_POINTER, _LVALUE_REF, _RVALUE_REF, _RECORD, _ENUM = 101, 103, 104, 105, 106
_FUNCTION = 111
_CONSTANT_ARRAY, _INCOMPLETE_ARRAY, _MEMBER_POINTER = 112, 114, 117
ARRAYS = (_CONSTANT_ARRAY, _INCOMPLETE_ARRAY)
_INDIRECT = {_POINTER: fmt.TYPE_POINTER, _LVALUE_REF: fmt.TYPE_LVALUE_REF, _RVALUE_REF: fmt.TYPE_RVALUE_REF}
_STRUCTURAL = (_POINTER, _LVALUE_REF, _RVALUE_REF, _FUNCTION, _CONSTANT_ARRAY, _INCOMPLETE_ARRAY)

_BYTE_NAMES = {"int8_t", "uint8_t", "__int8_t", "__uint8_t"}

# std::string as everybody writes it, whatever clang makes of its template arguments.
_STRING_SPELLINGS = ("std::basic_string<char, std::char_traits<char>, std::allocator<char>>", "std::basic_string<char>")


def convert(type_):
    """The model's Type of a ClangType.  A type that cannot be named or is not known gets a `problem`."""
    canonical = type_.canonical()
    kind = canonical.kind
    qualifiers = {"const": canonical.const, "volatile": canonical.volatile}
    spelling = type_spelling(canonical)
    # One level of sugar stays where the structure is the same, because int8_t is told by its name.
    shape = type_ if type_.kind in _STRUCTURAL else canonical
    if kind in _BUILTIN:
        if kind == 24:
            spelling = spelling.replace("std::nullptr_t", "nullptr_t").replace("nullptr_t", "std::nullptr_t")
        return Type(_BUILTIN[kind], spelling, as_integer=_is_byte(type_, kind), **qualifiers)
    if kind in _INDIRECT:
        target = convert(shape.pointee())
        spelling = _respell(spelling, canonical.pointee(), target)
        return Type(_INDIRECT[kind], spelling, target=target, problem=target.problem, **qualifiers)
    if kind == _FUNCTION:
        return _function(shape, canonical, spelling)
    if kind in ARRAYS:
        item = convert(shape.element())
        extent = shape.extent() if kind == _CONSTANT_ARRAY else None
        spelling = _respell(spelling, canonical.element(), item)
        return Type(fmt.TYPE_ARRAY, spelling, target=item, extent=extent, problem=item.problem, **qualifiers)
    if kind == _MEMBER_POINTER:
        target = convert(canonical.pointee())
        owner = convert(canonical.member_class())
        return Type(fmt.TYPE_MEMBER_POINTER, spelling, target=target, name=owner.name,
                    problem=owner.problem or target.problem, **qualifiers)
    if kind in (_RECORD, _ENUM):
        return _nominal(canonical, spelling, qualifiers)
    if spelling.split()[-1] == "char8_t":       # libclang has no kind of its own for it
        return Type(fmt.TYPE_CHAR8, spelling, **qualifiers)
    return Type(fmt.TYPE_UNKNOWN, spelling, problem="a type that is not supported: '%s'" % spelling, **qualifiers)


def type_spelling(canonical):
    """A canonical type in C++; `std::string` under that name."""
    spelling = canonical.spelling
    if "basic_string<char" in spelling:
        spelling = spelling.replace("std::__cxx11::basic_string", "std::basic_string")
        for long_name in _STRING_SPELLINGS:
            spelling = spelling.replace(long_name, "std::string")
    return spelling


def _is_byte(type_, kind):
    """Whether a char type was written as int8_t or uint8_t."""
    if kind not in (5, 14):
        return False
    words = type_.spelling.replace("std::", "").split()
    return any(word in _BYTE_NAMES for word in words)


def _respell(spelling, part, converted):
    """The spelling of a type with one part of it spelt as it was converted."""
    if "<" not in spelling and "(unnamed" not in spelling:
        return spelling
    return spelling.replace(type_spelling(part), converted.spelling)


def _function(shape, canonical, spelling):
    result = convert(shape.result())
    parameters = tuple(convert(argument) for argument in shape.arguments())
    for part, converted in zip([canonical.result()] + canonical.arguments(), (result,) + parameters):
        spelling = _respell(spelling, part, converted)
    problem = next((part.problem for part in (result,) + parameters if part.problem), "")
    return Type(fmt.TYPE_FUNCTION, spelling, target=result, parameters=parameters, variadic=shape.variadic,
                problem=problem)


def _nominal(canonical, spelling, qualifiers):
    """A class or enum type; the same one is looked at once per translation unit."""
    known = canonical.unit.nominal_types
    type_ = known.get(spelling)
    if type_ is None:
        type_ = known[spelling] = _read_nominal(canonical, spelling, qualifiers)
    return type_


def _read_nominal(canonical, spelling, qualifiers):
    declaration = canonical.declaration()
    written = unqualified(spelling)
    arguments = [convert(argument) for argument in canonical.template_arguments() if argument.kind] \
        if "<" in written else []
    name = canonical.unit.unnamed.get(written) or _rename(canonical, written, arguments)
    spelling = spelling.replace(written, name)
    # Of an instance, whether it is complete and who may name it is up to its template.
    template = declaration.template() if "<" in written else declaration
    instance = declaration
    if not template.null:
        declaration = template
    problem = next((argument.problem for argument in arguments if argument.problem), "")
    if is_unnamed(name):
        problem = "an unnamed type"
    else:
        access = _least_access(declaration)
        if access:
            problem = "the %s type '%s'" % (access, name)
    if ("<" in written or name in CLASSES) and not problem and not template.null:
        canonical.unit.instances[name] = instance, template
        if not name.endswith(">") and instance.parent().kind in RECORDS:
            convert(instance.parent().type)         # of a nested class the instance that it lies in, too
    if declaration.kind == ENUM:
        return Type(fmt.TYPE_ENUM, spelling, target=convert(declaration.integer_type), name=name, problem=problem,
                    **qualifiers)
    # std::function<void ()> and its like have partial specialisations alone, which are not looked for unless needed:
    # such a type passes for complete, and if it is not, the C++ compiler says so.  So do instances of the user's
    # templates that have partial specialisations.
    of_signature = any(argument.kind == fmt.TYPE_FUNCTION for argument in arguments)
    complete = of_signature or not declaration.definition().null \
        or (declaration is template and declaration.usr in canonical.unit.partly_specialized)
    return Type(fmt.TYPE_CLASS, spelling, name=name, complete=complete,
                problem=problem, **qualifiers)


def nominal_name(canonical):
    """The qualified name of a class or enum, template arguments included."""
    return convert(canonical).name


def _rename(canonical, name, arguments):
    """The name with its template arguments spelt anew.

    clang prints those of an explicit specialisation as they were written, which means something where they were
    written only.  Arguments that are no types cannot be asked for; such a name stays as it is.
    """
    if not name.endswith(">") or len(arguments) != len(canonical.template_arguments()) or not arguments:
        return name
    template = template_name(name)
    spelt = ", ".join(argument.spelling for argument in arguments)
    # As it is, but for default arguments at the end, which clang leaves out.
    if (spelt + ", ").startswith(name[len(template) + 1:-1] + ", "):
        return name
    return "%s<%s>" % (template, spelt)


def template_name(name):
    """The name of a template from that of an instance: 'ns::A<int>::B' of 'ns::A<int>::B<char>'."""
    depth = 0
    for index in range(len(name) - 1, -1, -1):
        depth += (name[index] == ">") - (name[index] == "<")
        if depth == 0:
            return name[:index]
    return name


def unqualified(spelling):
    """A class type's spelling without const and volatile."""
    words = spelling.split(" ")
    while words and words[0] in ("const", "volatile"):
        words.pop(0)
    return " ".join(words)


def is_unnamed(name):
    """Whether clang had to describe a type instead of naming it: '(unnamed struct at x.h:3:1)', '(anonymous ...'."""
    return "(unnamed" in name or "(anonymous" in name or "(lambda" in name


def _least_access(declaration):
    """'private' or 'protected' if the type or a class around it is, else ''."""
    while not declaration.null:
        access = declaration.access
        if access == PRIVATE:
            return "private"
        if access == PROTECTED:
            return "protected"
        parent = declaration.parent()
        if parent.null or parent == declaration or access == 0:      # 0: not a member of a class
            return ""
        declaration = parent
    return ""
