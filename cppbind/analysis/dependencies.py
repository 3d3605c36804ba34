"""Which classes and enums can a declaration not be used without?

Bases, and what is held, passed or returned by value; pointers and references do without, except to instances of the
standard library's templates, which no other dictionary need have.  Reads the model alone.
"""

from .. import format as fmt
from .. import model, stl

_INDIRECT = (fmt.TYPE_POINTER, fmt.TYPE_LVALUE_REF, fmt.TYPE_RVALUE_REF)


def needed_types(declaration):
    """The names of the classes and enums that a class, function or variable needs, some of them more than once."""
    if isinstance(declaration, model.Variable):
        yield from _by_value(declaration.type)
    elif isinstance(declaration, model.Function):
        yield from _by_value(declaration.result)
        for parameter in declaration.parameters:
            yield from _by_value(parameter.type)
    elif isinstance(declaration, model.Class):
        for base in declaration.bases:
            yield base.name
        for member in declaration.members + declaration.functions + declaration.classes:
            if member.access == model.PUBLIC:
                yield from needed_types(member)


def function_class(function):
    """The std::function by which a dictionary passes functions of a type with classes by value as plain pointers, ""
    where none is needed or possible.  A std::string needs none (c_backend/cpp_closure.c)."""
    parts = (function.target,) + function.parameters
    usable = not function.variadic and not function.problem and "noexcept" not in function.spelling
    if not usable or any(part.kind == fmt.TYPE_CLASS and not part.complete for part in parts):
        return ""
    by_value = any(part.kind == fmt.TYPE_CLASS and part.name != "std::string" for part in parts)
    return "std::function<%s>" % function.spelling if by_value else ""


def _by_value(type_):
    while type_.kind == fmt.TYPE_ARRAY:
        type_ = type_.target
    if type_.kind in _INDIRECT and type_.target is not None and type_.target.kind == fmt.TYPE_FUNCTION:
        name = function_class(type_.target)
        if name:
            yield name
            for part in (type_.target.target,) + type_.target.parameters:
                yield from _by_value(part)
        return
    if type_.kind in _INDIRECT and type_.target is not None:
        type_ = type_.target
        if stl.template_of(type_.name) is None:
            return
    if type_.kind in (fmt.TYPE_CLASS, fmt.TYPE_ENUM):
        yield type_.name
