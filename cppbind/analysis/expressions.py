"""Which functions does a class have by what expressions with it mean?

Comparisons that C++ makes of operator<=> ([over.match.oper]/3.4), and its text where it can be written to a stream.
Nobody declared those, so each comes with the C++ that evaluates it.  Reads the model alone.
"""

from dataclasses import replace

from .. import format as fmt
from ..model import PUBLIC, Function, Parameter, Type, walk_namespaces
from .hidden import spoken_name
from .member_pointers import is_member_pointer, operations

_BOOL = Type(fmt.TYPE_BOOL, "bool")
_STRING = Type(fmt.TYPE_CLASS, "std::string", name="std::string")
_TEXT = ("std::ostringstream stream;\n    stream << *self;\n"
         "    ::new (static_cast<void *>(result)) std::string(stream.str());")
_STREAMS = ("std::basic_ostream<char", "std::ostream")


def operators_on(root, name):
    """{class name: function} of the operators of that name in namespaces, by the class of their last parameter."""
    found = {}
    for namespace in walk_namespaces(root):
        for function in namespace.functions:
            if function.name == name and not function.deleted and len(function.parameters) == 2:
                first, last = (_class_name(parameter.type) for parameter in function.parameters)
                if last and (first == last or (name == "operator<<" and first.startswith(_STREAMS))):
                    found.setdefault(last, function)
    return found


def _class_name(type_):
    if type_.kind in (fmt.TYPE_LVALUE_REF, fmt.TYPE_RVALUE_REF) and type_.target is not None:
        type_ = type_.target
    return type_.name if type_.kind == fmt.TYPE_CLASS else ""


def expressions(cls, compared, streamed):
    """[(model.Function, body of its wrapper as C++, mangled name that has to be defined or "")] of what a class has
    beyond its functions.

    The wrapper is called as `format` says: `self`, `other` and `result` are pointers.  `compared` and `streamed` are
    `operators_on` of operator<=> and operator<<.
    """
    if is_member_pointer(cls):
        return [(_method(cls, name, _BOOL, (_other(cls),) if binary else ()), body, "")
                for name, binary, body in operations()]
    name = cls.qualified_name
    own = {function.name for function in cls.functions if function.access == PUBLIC and not function.deleted}
    orderings = [function for function in cls.functions if function.name == "operator<=>"
                 and function.access == PUBLIC and not function.deleted and len(function.parameters) == 1]
    if not orderings and name in compared:
        orderings = [compared[name]]
    found = []
    for ordering in orderings:
        wanted = ["<", "<=", ">", ">="] + (["=="] if ordering.defaulted else [])
        other = _compared_with(ordering.parameters[-1].type, cls)
        found += [(_method(cls, "operator" + sign, _BOOL, (other,)), "return *self %s *other;" % sign, "")
                  for sign in wanted if "operator" + sign not in own and other is not None]
    stream = streamed.get(name)
    if stream is not None and not any(
            function.kind == fmt.FUNCTION_CONVERSION and ("string" in function.name or "char *" in function.name)
            for function in cls.functions):
        found.append((_method(cls, "__str__", _STRING, ()), _TEXT,
                      stream.mangled if stream.external else ""))
    return found


def _compared_with(type_, cls):
    """The parameter of a comparison: the class itself, or, by reference, the number or class that its operator<=>
    takes; None where that is neither."""
    referred = type_.target if type_.kind in (fmt.TYPE_LVALUE_REF, fmt.TYPE_RVALUE_REF) else type_
    if referred is None or referred.name == cls.qualified_name:
        return _other(cls)
    if referred.kind != fmt.TYPE_CLASS and not fmt.TYPE_BOOL <= referred.kind <= fmt.TYPE_DOUBLE:
        return None
    spoken = referred.spelling if referred.const else "const " + referred.spelling
    target = replace(referred, const=True, spelling=spoken)
    return Parameter("other", Type(fmt.TYPE_LVALUE_REF, spoken + " &", target=target))


def _other(cls):
    spoken = "const " + spoken_name(cls)
    const_self = Type(fmt.TYPE_CLASS, spoken, const=True, name=cls.qualified_name)
    return Parameter("other", Type(fmt.TYPE_LVALUE_REF, spoken + " &", target=const_self))


def _method(cls, name, result, parameters):
    return Function(name, cls.qualified_name + "::" + name, fmt.FUNCTION_METHOD, result, parameters, const=True,
                    inline=True, location=cls.location)
