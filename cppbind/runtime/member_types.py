"""The types that classes of the standard library name: value_type, key_type, first_type and the like.

They follow from the template's arguments, so no dictionary has to have them.  Neighbours: pythonize.py, which asks for
them, cpp_types.py, which knows the types of numbers.
"""

from . import native
from .cpp_types import builtin_type, fixed_type
from .lazy import Lazy
from .templates import template_arguments

_VALUE, _KEY = {"value_type": 0}, {"key_type": 0, "value_type": 0}
_MAP = {"key_type": 0, "mapped_type": 1, "value_type": (0, 1)}
_POINTER = {"element_type": 0}
_NAMED = dict(
    {"std::" + name: _VALUE for name in (
        "vector", "deque", "list", "forward_list", "array", "initializer_list", "queue", "stack", "priority_queue",
        "optional", "complex")},
    **{"std::" + name: _KEY for name in ("set", "multiset", "unordered_set", "unordered_multiset")},
    **{"std::" + name: _MAP for name in ("map", "multimap", "unordered_map", "unordered_multimap")},
    **{"std::" + name: _POINTER for name in ("shared_ptr", "unique_ptr", "weak_ptr")},
    **{"std::pair": {"first_type": 0, "second_type": 1}})
_SIZED = frozenset(_NAMED) - {"std::optional", "std::complex", "std::pair", "std::shared_ptr", "std::unique_ptr",
                              "std::weak_ptr"}


def add_member_types(cls, name):
    """Give a class of the standard library the types that it names."""
    template = name.partition("<")[0]
    for wanted, at in _NAMED.get(template, {}).items():
        if wanted not in cls.__dict__:
            native.store(cls, wanted, Lazy(cls, wanted, lambda at=at: _argument(name, at)))
    if template in _SIZED:
        for wanted, fixed in (("size_type", "size_t"), ("difference_type", "ptrdiff_t")):
            if wanted not in cls.__dict__:
                native.store(cls, wanted, fixed_type(fixed))


def _argument(name, at):
    arguments = [argument.strip() for argument in template_arguments(name)]
    if isinstance(at, tuple):
        return python_type("std::pair<const %s, %s>" % tuple(arguments[:2]))
    return python_type(arguments[at])


def python_type(name):
    """What a type of that name is in Python: a class, an enum class, a type of numbers; its name where that is none of
    them, a pointer for example.  Each goes for a template argument."""
    from .exceptions import public_class
    from .proxy import class_for, enum_for
    from .state import registry
    known = builtin_type(name)
    if known is not None:
        return known
    if name.endswith(("*", "&", ")", "]")) or name.startswith("const "):
        return name
    from .. import format as fmt
    if any(kind == fmt.NAME_ENUM for _dictionary, kind, _index in registry.find(name)):
        return enum_for(name)
    return public_class(class_for(name))
