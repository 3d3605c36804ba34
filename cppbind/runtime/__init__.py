"""The run-time half of cppbind: dictionaries become Python classes.

    registry ──► namespaces ──► proxy ──► methods, members, enums, casts
                                  │            │
                                  └── native ◄─┘   the C types that play the three roles:
                                                   instance, data member, method

Nothing here needs a compiler, clang or a header.
"""

import weakref

from . import (constructor_templates, conversions, copying, defaults, directors, exceptions, functions, mappings,
               methods, moved, native, namespaces, proxy, references)


class _NullPointer:
    """C++'s nullptr: equal to every null pointer, and to None."""

    __slots__ = ()

    def __bool__(self):
        return False

    def __eq__(self, other):
        return other is self or other is None or (isinstance(other, native.Instance) and not other)

    def __hash__(self):
        return 0

    def __repr__(self):
        return "nullptr"

    def __reduce__(self):
        return "nullptr"


nullptr = _NullPointer()
default = defaults.default


class _Hold(weakref.ref):
    """Keeps the owner of an array's memory as long as a view of it lives."""

    __slots__ = ("owner",)
    __hash__ = object.__hash__

    def __eq__(self, other):
        return self is other


_held = set()


def hold_view(view, owner):
    """Keep `owner` alive as long as `view`."""
    hold = _Hold(view, _held.discard)
    hold.owner = owner
    _held.add(hold)


def after_load():
    """A dictionary was loaded: what was incomplete may be complete now."""
    native.new_generation()
    proxy.complete_opaque()
    namespaces.forget_functions()


native.set_hooks(
    resolve_method=methods.resolve, restrict_overloads=methods.restrict, fill_defaults=defaults.fill_defaults,
    signature=methods.signature, class_by_name=proxy.class_for,
    enum_by_name=proxy.enum_for, downcast=proxy.downcast, translate=exceptions.translate,
    namespace_get=namespaces.get_attribute, namespace_set=namespaces.set_attribute, hold_view=hold_view,
    function_address=functions.function_address, function_at=functions.function_at, moved_class=moved.Moved,
    number_reference=references.number_reference,
    instantiate_overload=constructor_templates.instantiate, convert_arguments=conversions.convert_arguments,
    convert_value=conversions.convert_value,
    default_constant=defaults.default, null_constant=nullptr, director=directors.director_of,
    describe_override=directors.describe,
    map_type=mappings.add_type_mapping, reduce=copying.reduce)

gbl = namespaces.namespace_for("")
