"""copy, deepcopy and pickle of C++ objects.

Copies are made by the C++ copy constructor.  A pickle holds values, so that it outlives the process: what a
container holds, or the data members of a class that has no others than public ones.  Classes derived in Python add
their attributes.  Neighbour: proxy.py.
"""

import copy

from .. import format as fmt
from . import native
from .state import registry

# What a container gives of itself, and takes.
_CONTENT = {
    "std::vector": list, "std::deque": list, "std::list": list, "std::forward_list": list, "std::array": list,
    "std::map": lambda value: dict(value.items()),
    "std::unordered_map": lambda value: dict(value.items()), "std::set": list,
    "std::multiset": list, "std::unordered_set": list,
    "std::pair": tuple, "std::tuple": tuple, "std::complex": complex,
    "std::optional": lambda value: value.value_or(None),
}


def cpp_class_of(cls):
    """The C++ class of a proxy class or one derived from it in Python."""
    return next(base for base in cls.__mro__ if "__cpp_name__" in base.__dict__)


def methods(scope):
    """(name, method) of what the class of a `scopes` record has for the module copy."""
    if scope.flags & fmt.SCOPE_ABSTRACT or scope.flags & fmt.SCOPE_COPY_CONSTRUCTIBLE:
        return ("__copy__", copied), ("__deepcopy__", deep_copied)
    return ("__copy__", _refused), ("__deepcopy__", _refused)


def _refused(self, memo=None):
    raise TypeError("C++ has no copy of '%s'" % cpp_class_of(type(self)).__cpp_name__)


def copied(self):
    """copy.copy: by the copy constructor; the attributes of a class derived in Python are shared."""
    return _copy(self, lambda attributes: attributes)


def deep_copied(self, memo):
    """copy.deepcopy: C++ copies as deep as the class says, attributes of Python are copied."""
    return _copy(self, lambda attributes: copy.deepcopy(attributes, memo))


def _copy(self, duplicate):
    cls = type(self)
    if "__cpp_name__" in cls.__dict__:
        return cls(self)
    made = cls.__new__(cls)
    native.Instance.__init__(made, self)
    for name, value in duplicate(_attributes(self)).items():
        object.__setattr__(made, name, value)
    return made


def _attributes(self):
    """What Python keeps in an object of a class derived in Python: its dict, and its slots."""
    found = dict(getattr(self, "__dict__", ()))
    for base in type(self).__mro__:
        if "__cpp_name__" in base.__dict__:
            break
        slots = base.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__") and hasattr(self, name):
                found[name] = getattr(self, name)
    return found


def reduce(self):
    """The hook of the core: how to pickle an object.  TypeError where its values are not all that it is."""
    cls = type(self)
    own = cls.__reduce__
    if own is not object.__reduce__:
        return own(self)
    cpp = cpp_class_of(cls)
    if hasattr(cls, "__getnewargs__"):
        return cls if cls is not cpp else _named, (cpp.__cpp_name__,) * (cls is cpp) + tuple(self.__getnewargs__())
    values = _values(self, cpp)
    if cls is cpp:
        return _restore, (cpp.__cpp_name__, values)
    return _restore_derived, (cls, values, _attributes(self))


def _values(self, cpp):
    content = _CONTENT.get(cpp.__cpp_name__.partition("<")[0]) if cpp.__cpp_name__.endswith(">") else None
    if content is not None:
        return (content(self),)
    members = {}
    for name in _member_names(cpp):
        value = getattr(self, name)
        if isinstance(value, native.engine.CData):
            value = _plain(value)
        members[name] = value
    return members


def _plain(value):
    """An array as lists: it is a view of the object."""
    return [_plain(item) if isinstance(item, native.engine.CData) else item for item in value]


def _member_names(cpp):
    """The data members of a class and its bases.  TypeError where they are not all of the object."""
    names = []
    for cls in reversed(cpp.__mro__):
        name = cls.__dict__.get("__cpp_name__")
        scope = None if name is None else registry.class_scope(name)
        if scope is None:
            continue
        needed = fmt.SCOPE_PUBLIC_DATA | (fmt.SCOPE_DEFAULT_CONSTRUCTIBLE if cls is cpp else 0)
        if scope.flags & needed != needed or scope.kind == fmt.SCOPE_UNION:
            raise TypeError("cannot pickle '%s': '%s' %s; give it a __reduce__ or __getnewargs__" % (
                cpp.__cpp_name__, name, "is a union" if scope.kind == fmt.SCOPE_UNION else "has data that is not public"
                if not scope.flags & fmt.SCOPE_PUBLIC_DATA else "has no default constructor"))
        for record in scope.dictionary.records("members", scope.members_first, scope.members_count):
            if record.flags & (fmt.MEMBER_STATIC | fmt.MEMBER_GLOBAL) or not record.name:
                continue
            kind = scope.dictionary.record("types", record.type).kind
            if kind == fmt.TYPE_POINTER:
                raise TypeError("cannot pickle '%s': its member '%s' is a pointer" % (name, record.name))
            if record.flags & fmt.MEMBER_CONST or kind in (fmt.TYPE_LVALUE_REF, fmt.TYPE_RVALUE_REF):
                raise TypeError("cannot pickle '%s': its member '%s' cannot be assigned" % (name, record.name))
            names.append(record.name)
    return names


def _named(name, *args):
    from .proxy import class_for
    return class_for(name)(*args)


def _restore(name, values):
    """Unpickle: the dictionary must be loaded, or be found by the class loader."""
    from .proxy import class_for
    if registry.class_scope(name) is None:
        raise TypeError("no loaded dictionary has the class '%s' of the pickle" % name)
    cls = class_for(name)
    if isinstance(values, tuple):
        return cls(*values)
    return _fill(cls(), values)


def _restore_derived(cls, values, attributes):
    made = cls.__new__(cls)
    native.Instance.__init__(made, *(values if isinstance(values, tuple) else ()))
    for name, value in attributes.items():
        object.__setattr__(made, name, value)
    return made if isinstance(values, tuple) else _fill(made, values)


def _fill(made, values):
    for name, value in values.items():
        setattr(made, name, value)
    return made
