"""Which virtual functions can a derived class override, and which classes can Python derive from so?

Reads the model alone.  The rules are C++'s: [class.virtual] for what overrides what and for the final overrider of
each function, [class.access.base] for what a derived class may name.
"""

from .. import format as fmt
from .. import model, stl
from .callability import value_problem

_METHODS = (fmt.FUNCTION_METHOD, fmt.FUNCTION_CONVERSION)


def can_derive(hierarchy, cls):
    """Whether a derived class of `cls` would be more than `cls` itself: it is polymorphic, and C++ lets one derive."""
    if (not cls.complete or cls.final or not cls.name or cls.kind == fmt.SCOPE_UNION
            or stl.template_of(cls.qualified_name)):
        return False
    lineage = [hierarchy.classes[name] for name in [cls.qualified_name] + hierarchy.all_bases(cls.qualified_name)
               if name in hierarchy.classes]
    destructor = cls.destructor
    if destructor is not None and (destructor.access == model.PRIVATE or destructor.deleted):
        return False
    return (any(each.destructor is not None and each.destructor.virtual for each in lineage)
            or any(function.virtual for each in lineage for function in each.functions)) and (
                not cls.has_constructor or bool(derived_constructors(cls)))


def derived_constructors(cls):
    """The constructors, but for those that copy, which a derived class can call."""
    return [function for function in cls.functions
            if function.kind == fmt.FUNCTION_CONSTRUCTOR and function.access != model.PRIVATE and not function.deleted
            and not function.copy and not function.move and not function.variadic
            and not any(value_problem(parameter.type) for parameter in function.parameters)]


def protected_members(hierarchy, cls, overridden):
    """([functions], [data members]) that are protected, so that a derived class alone can use them.

    Without those of `overridden`, those that a nearer class hides, and those that cannot be passed to Python.
    """
    functions, members, hidden = [], [], {function.name for function in overridden}
    for name in [cls.qualified_name] + hierarchy.all_bases(cls.qualified_name):
        each = hierarchy.classes.get(name)
        if each is None:
            continue
        functions += [function for function in each.functions if _is_protected(function, hidden)]
        members += [member for member in each.members
                    if member.access == model.PROTECTED and member.name and member.name not in hidden
                    and not member.static and not member.bit_field]
        hidden = hidden.union((function.name for function in each.functions), (member.name for member in each.members))
    return functions, [] if hierarchy.has_virtual_base(cls.qualified_name) else members


def _is_protected(function, hidden):
    return (function.access == model.PROTECTED and function.kind in (fmt.FUNCTION_METHOD, fmt.FUNCTION_STATIC)
            and function.name not in hidden and not function.deleted and not function.pure
            and not function.inherited_from and not function.name.startswith("operator") and _is_answerable(function))


def overridable(hierarchy, cls):
    """The virtual functions that a class derived from `cls` can override: the final overrider of each.

    Without those that are final, that cannot be passed to Python (unless they are pure: then nothing can be derived),
    that are private and have a body, and those that two bases have, each its own.
    """
    found = _final_overriders(hierarchy, cls)
    return [function for function in found if function is not None and not function.final and _is_answerable(function)]


def _is_answerable(function):
    if function.pure:
        return True
    return (function.access != model.PRIVATE and not function.variadic and not value_problem(function.result)
            and not any(value_problem(parameter.type) for parameter in function.parameters))


def _final_overriders(hierarchy, cls):
    merged = {}
    for base in cls.bases:
        inner = hierarchy.classes.get(base.name)
        if inner is None:
            continue
        for key, function in _keyed(_final_overriders(hierarchy, inner)):
            merged[key] = _dominant(hierarchy, merged[key], function) if key in merged else function
    for key, function in _keyed(function for function in cls.functions if _is_virtual(function)):
        merged[key] = function
    return [function for function in merged.values() if function is not None]


def _is_virtual(function):
    return (function.virtual and function.kind in _METHODS and not function.inherited_from and not function.deleted
            and function.name != "operator=")


def _dominant(hierarchy, first, second):
    """Of two final overriders in different bases: the one that hides the other; None where both stand."""
    if first is None or second is None or first == second:
        return first if first == second else None
    mine, theirs = (function.qualified_name[:-len(function.name) - 2] for function in (first, second))
    if theirs in hierarchy.all_bases(mine):
        return first
    if mine in hierarchy.all_bases(theirs):
        return second
    return first if first.pure and second.pure else None


def _keyed(functions):
    for function in functions:
        yield (function.name if function.kind == fmt.FUNCTION_METHOD else "operator " + function.result.spelling,
               tuple(_without_qualifiers(parameter.type) for parameter in function.parameters), function.const,
               function.volatile, function.reference_qualifier), function


def _without_qualifiers(type_):
    """A parameter's type as far as it tells functions apart ([dcl.fct]/5): its own const does not."""
    if not (type_.const or type_.volatile):
        return type_.spelling
    words = type_.spelling.replace("*const", "*").replace("*volatile", "*").split()
    if type_.kind != fmt.TYPE_POINTER:
        words = [word for word in words if word not in ("const", "volatile")]
    return " ".join(words)
