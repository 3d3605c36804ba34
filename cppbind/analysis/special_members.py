"""Which special member functions does the compiler supply (C++ [special])?

Only whether the user left them to the compiler is asked here.  Whether they are usable is the compiler's own answer
(std::is_copy_constructible and its like), evaluated where the dictionary is compiled.
"""

from .. import format as fmt
from ..model import Function, Parameter, Type
from .hidden import spoken_name

DEFAULT_CONSTRUCTOR, COPY_CONSTRUCTOR, COPY_ASSIGNMENT = "default", "copy", "assign"

_VOID = Type(fmt.TYPE_VOID, "void")


def implicit_members(cls):
    """[(which, model.Function)] of the special members that a class may get from the compiler."""
    self_type = Type(fmt.TYPE_CLASS, spoken_name(cls), name=cls.qualified_name)
    const_self = Type(fmt.TYPE_CLASS, "const " + spoken_name(cls), const=True, name=cls.qualified_name)
    const_ref = Type(fmt.TYPE_LVALUE_REF, "const %s &" % spoken_name(cls), target=const_self)
    result_ref = Type(fmt.TYPE_LVALUE_REF, spoken_name(cls) + " &", target=self_type)
    simple_name = cls.name.split("<", 1)[0]
    found = []
    if not cls.has_constructor:
        found.append((DEFAULT_CONSTRUCTOR, _member(cls, simple_name, fmt.FUNCTION_CONSTRUCTOR, _VOID, ())))
    if not cls.has_copy and not cls.has_move:
        found.append((COPY_CONSTRUCTOR, _member(cls, simple_name, fmt.FUNCTION_CONSTRUCTOR, _VOID,
                                                (Parameter("other", const_ref),), copy=True)))
    if not any(_is_assignment(function, cls) for function in cls.functions):
        found.append((COPY_ASSIGNMENT, _member(cls, "operator=", fmt.FUNCTION_METHOD, result_ref,
                                               (Parameter("other", const_ref),), copy=True)))
    return found


def _member(cls, name, kind, result, parameters, copy=False):
    return Function(name, cls.qualified_name + "::" + name, kind, result, parameters, inline=True, copy=copy,
                    location=cls.location)


def _is_assignment(function, cls):
    """Whether this is a copy or move assignment operator of the class."""
    if function.name != "operator=" or len(function.parameters) != 1:
        return False
    type_ = function.parameters[0].type
    return (type_.target or type_).name == cls.qualified_name
