"""Factories of pythonizations, under cppyy's names: what `cppbind.py.add_pythonization` takes.

Each gives a function of (class, name) that changes the members whose names match a regular expression, in the classes
whose names match one (`re.match`, as in cppyy).  Neighbours: py.py (publishes them), runtime/pythonize.py (runs them).
"""

import re

from .runtime import native

__all__ = ["set_gil_policy", "set_ownership_policy", "rename_attribute", "add_overload", "compose_method",
           "set_method_property", "make_property"]


def _for_classes(match_class, change):
    """A pythonization that calls change(class) for classes whose name matches."""
    pattern = re.compile(match_class)

    def pythonize(cls, name):
        if pattern.match(name):
            change(cls)
    return pythonize


def _members(cls, match):
    """[(name, value)] of the class's own members whose names match, and of its bases'."""
    pattern = re.compile(match)
    found = {}
    for base in reversed(cls.__mro__[:-1]):
        if isinstance(base, native.Class) and base is not native.Instance:
            found.update((name, base.__dict__[name]) for name in base.__dict__ if pattern.match(name))
    return sorted(found.items())


def set_method_property(match_class, match_method, prop, value):
    """Set an attribute such as `__creates__` or `__release_gil__` of the methods."""
    def change(cls):
        for _name, method in _members(cls, match_method):
            if isinstance(method, (native.Method, native.Function)):
                setattr(method, prop, value)
    return _for_classes(match_class, change)


def set_gil_policy(match_class, match_method, release_gil=True):
    """Whether other threads run during calls of the methods."""
    return set_method_property(match_class, match_method, "__release_gil__", bool(release_gil))


def set_ownership_policy(match_class, match_method, python_owns_result):
    """Whether Python owns what pointer results of the methods point to."""
    return set_method_property(match_class, match_method, "__creates__", bool(python_owns_result))


def rename_attribute(match_class, orig_attribute, new_attribute, keep_orig=False):
    """Give a member another name; the old one stays with `keep_orig` only."""
    def change(cls):
        for name, value in _members(cls, orig_attribute):
            native.store(cls, new_attribute, value)
            if not keep_orig and name in cls.__dict__:
                delattr(cls, name)
    return _for_classes(match_class, change)


def add_overload(match_class, match_method, overload):
    """Let a Python function take the calls that no C++ overload takes: see `__add_overload__`."""
    def change(cls):
        for _name, method in _members(cls, match_method):
            if isinstance(method, (native.Method, native.Function)):
                method.__add_overload__(overload)
    return _for_classes(match_class, change)


def compose_method(match_class, match_method, g):
    """Pass the results of methods through `g(self, result)`."""
    def compose(method):
        def composed(self, *args, **keywords):
            return g(self, method(self, *args, **keywords))
        composed.__name__, composed.__doc__ = method.__name__, method.__doc__
        return composed

    def change(cls):
        for name, method in _members(cls, match_method):
            if isinstance(method, native.Method):
                native.store(cls, name, compose(method))
    return _for_classes(match_class, change)


def make_property(match_class, match_get, match_set=None, match_del=None, prop_name=None):
    """Make properties of getters and setters.

    The regular expressions have one group, which is the property's name, or none, and then `prop_name` is.
    ValueError where that cannot be told.
    """
    patterns = [re.compile(match) if match else None for match in (match_get, match_set, match_del)]
    groups = {pattern.groups for pattern in patterns if pattern is not None}
    if len(groups) != 1 or max(groups) > 1:
        raise ValueError("the expressions for getter, setter and deleter need one group each, or none")
    if 0 in groups and not prop_name:
        raise ValueError("without a group in the expressions, prop_name is needed")

    def change(cls):
        found = {}
        for place, pattern in enumerate(patterns):
            for name, method in _members(cls, pattern.pattern) if pattern is not None else ():
                if isinstance(method, native.Method):
                    property_name = prop_name or pattern.match(name).group(1)
                    if pattern.groups and prop_name:
                        property_name = prop_name.format(pattern.match(name).group(1))
                    found.setdefault(property_name, [None] * 3)[place] = method
        for name, (get, put, remove) in found.items():
            if get is not None:
                native.store(cls, name, property(get, put, remove, get.__doc__))
    return _for_classes(match_class, change)
