"""How can a function be called: by its address, through a wrapper, or not at all?

Reads the model alone.  The rules are those of `format`: "Calls".
"""

from .. import format as fmt

_THROUGH_POINTER = (fmt.TYPE_CLASS, fmt.TYPE_LONGDOUBLE, fmt.TYPE_INT128, fmt.TYPE_UINT128)


def by_pointer(type_):
    """Whether a wrapper takes or returns a value of this type through a pointer."""
    return type_.kind in _THROUGH_POINTER


def call_kind(function, cls=None, leading=None):
    """(CALL_..., reason) of a function of class `cls`, or of a namespace.

    `leading`: called with that many arguments, default arguments do the rest; None: with all.  The reason is "" unless
    the call is CALL_UNAVAILABLE.
    """
    parameters = function.parameters if leading is None else function.parameters[:leading]
    reason = _problem(function, parameters)
    if not reason and cls is not None and cls.abstract and function.kind == fmt.FUNCTION_CONSTRUCTOR:
        reason = "'%s' is abstract" % cls.qualified_name
    if reason:
        return fmt.CALL_UNAVAILABLE, reason
    needs_wrapper = (leading is not None or function.kind == fmt.FUNCTION_CONSTRUCTOR or function.adl_only
                     or function.inherited_from or by_pointer(function.result)
                     or any(by_pointer(parameter.type) for parameter in parameters))
    if function.variadic and leading is None and function.kind != fmt.FUNCTION_CONSTRUCTOR and not any(
            by_pointer(part) and part.name != "std::string"
            for part in (function.result,) + tuple(parameter.type for parameter in parameters)):
        # A std::string is passed and returned by its address by the ABI, too (Itanium C++ ABI 3.1.1).
        needs_wrapper = bool(function.adl_only or function.inherited_from)
    if needs_wrapper:
        if function.variadic:
            return fmt.CALL_UNAVAILABLE, "it is variadic and needs a wrapper"
        return fmt.CALL_WRAPPER, ""
    # A virtual function needs no symbol: a pointer to member holds its place in the vtable.
    if function.external and not function.virtual and function.mangled:
        return fmt.CALL_SYMBOL, ""
    return fmt.CALL_DIRECT, ""


def _problem(function, parameters):
    reason = value_problem(function.result)
    if reason and function.kind != fmt.FUNCTION_CONSTRUCTOR:
        return "it returns " + reason
    for index, parameter in enumerate(parameters):
        reason = value_problem(parameter.type)
        if reason:
            return "argument %d is %s" % (index + 1, reason)
    return ""


def value_problem(type_):
    """Why a value of this type cannot be passed, "" if it can."""
    if type_.problem:
        return type_.problem
    if "__va_list_tag" in type_.spelling:
        return "a va_list"
    if type_.kind == fmt.TYPE_CLASS and not type_.complete:
        return "a value of the incomplete type '%s'" % type_.name
    if type_.kind == fmt.TYPE_MEMBER_POINTER:
        return "a pointer to member"
    return ""
