"""Gives classes of C++ what Python expects of them: a table of rules, and the user's own.

A rule is a function of a proxy class, run once when the class is made.  Those of the standard library are in
pythonize_*.py, one function per template; others go by what methods a class has (pythonize_range.py).  Users add theirs
by `cppbind.py.add_pythonization` or write `__cppbind_pythonize__` in C++.
Neighbours: proxy.py, which makes the classes; stl.py, which says what functions a dictionary has for them.
"""

from . import (exceptions, items, mappings, nameless, native, operator_templates, pythonize_adaptor,
               pythonize_callable, pythonize_chrono, pythonize_mapping, pythonize_path, pythonize_range,
               pythonize_sequence, pythonize_span, pythonize_stream, pythonize_value, pythonize_variant)
from .member_types import add_member_types
from .state import lock

_RULES = {
    "std::basic_ostream": pythonize_stream.stream,
    "std::vector": pythonize_sequence.vector, "std::deque": pythonize_sequence.growing,
    "std::list": pythonize_sequence.growing, "std::array": pythonize_sequence.inline,
    "std::map": pythonize_mapping.mapping, "std::unordered_map": pythonize_mapping.mapping,
    "std::set": pythonize_mapping.set_like, "std::multiset": pythonize_mapping.set_like,
    "std::unordered_set": pythonize_mapping.set_like,
    "std::pair": pythonize_value.pair, "std::tuple": pythonize_value.tuple_like,
    "std::unordered_multiset": pythonize_mapping.set_like,
    "std::multimap": pythonize_mapping.multimap, "std::unordered_multimap": pythonize_mapping.multimap,
    "std::forward_list": pythonize_sequence.growing, "std::bitset": pythonize_adaptor.bitset,
    "std::queue": pythonize_adaptor.queue, "std::stack": pythonize_adaptor.queue,
    "std::priority_queue": pythonize_adaptor.queue, "std::span": pythonize_span.span,
    "std::initializer_list": pythonize_span.initializer_list, "std::function": pythonize_callable.function,
    "std::variant": pythonize_variant.variant, "std::monostate": pythonize_variant.monostate,
    "std::chrono::duration": pythonize_chrono.duration, "std::chrono::time_point": pythonize_chrono.time_point,
    "std::filesystem::path": pythonize_path.path, "std::weak_ptr": pythonize_value.weak_pointer,
    "std::optional": pythonize_value.optional, "std::complex": pythonize_value.complex_like,
    "std::unique_ptr": pythonize_value.smart_pointer, "std::shared_ptr": pythonize_value.smart_pointer,
    "cppbind_stl::position": pythonize_value.iterator, "cppbind_stl::map_position": pythonize_value.iterator,
}
_LIBRARY = ("std::", "__gnu_cxx::", "cppbind_stl::", "cppbind_calls::")
# What a class of C++ may define to be asked itself; the others are cppyy's names, the last is for derived classes too.
_OWN = ("__cppbind_pythonize__", "__cppyy_explicit_pythonize__", "__cppyy_pythonize__")
_INTERNAL = ("cppbind_stl::", "cppbind_calls::")

_users = []                 # (scope, function) of add_pythonization, in order


def pythonize(cls, name):
    """Run the rules for a class that was just made; `name` is its qualified C++ name."""
    rule = _RULES.get(name.partition("<")[0]) if name.startswith(("std::", "cppbind_stl::")) else None
    if rule is not None:
        items.prepare(cls, name.partition("<")[0])
        add_member_types(cls, name)
    if name.startswith("(") and "::*" in name:
        rule = pythonize_callable.member_pointer
    if name.startswith(nameless.PREFIX):
        rule = nameless.result
    (rule or pythonize_range.iterable)(cls)
    if "<" in name and on_demand_given():
        operator_templates.add_comparisons(cls)
        if not name.startswith(_LIBRARY):
            operator_templates.add_text(cls)
    mappings.apply(cls, name)
    if "__follow__" in cls.__dict__ and not name.startswith(_LIBRARY):
        pythonize_value.follow(cls)
    if not name.startswith(_INTERNAL):
        users = list(_users)
        for wanted, function in users:
            if wanted and wanted == _scope(name):
                function(cls, _name_in(wanted, name))
        for wanted, function in users:
            if not wanted:
                function(cls, name)
    if exceptions.is_exception(cls):
        native.store(cls, "__exception__", exceptions.ExceptionOf())
        if native.has_mappings and not mappings.is_mapped(name):
            native.set_mapping(cls, exceptions.wrap, None, ())
    for own in _OWN:
        function = cls.__dict__.get(own) if own != _OWN[-1] else getattr(cls, own, None)
        if function is not None:
            function(cls, name)


def on_demand_given():
    """Whether the user gave C++: only then are there operators beside a class that no dictionary lists."""
    from .. import on_demand
    return on_demand.given()


def _scope(name):
    from .proxy import split_name
    return "::".join(split_name(name)[:-1])


def _name_in(scope, name):
    return name[len(scope) + 2:] if scope else name


def add_pythonization(function, scope=""):
    """Call `function(cls, name)` for every class of C++ in the namespace `scope` when it is made, and at once for those
    that are made already; "" stands for all namespaces, whose functions are called last.

    `name` is the class's name in that namespace: for "" the qualified one.  Assigning to `cls.attribute` is how a
    method is added.  What the function raises comes to whoever named the class.  TypeError where it cannot be called.
    """
    from .proxy import known_classes
    if not callable(function):
        raise TypeError("a function of (class, name) is needed, not %r" % (function,))
    with lock:
        _users.append((scope, function))
        for cls, name in known_classes():
            if scope in ("", _scope(name)) and not name.startswith(_INTERNAL):
                function(cls, _name_in(scope, name))


def remove_pythonization(function, scope=""):
    """Do not call it for further classes; whether it was there.  Classes that it changed stay changed."""
    with lock:
        if (scope, function) not in _users:
            return False
        _users.remove((scope, function))
        return True
