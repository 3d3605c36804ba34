"""The classes behind Python classes that override virtual functions.

A director is made when the first Python class derives from its base (a hook of
the core), from what the dictionary has of it (`format`, "Directors").  Nobody
meets it as a class; its objects are those of the Python classes.  Neighbours:
proxy.py (the bases), c_backend/cpp_director.c (virtual calls).
"""


from .. import format as fmt
from . import native
from .members import make_member
from .methods import make_callable, make_constructor
from .state import lock, registry, types_of

_directors = {}             # class -> the class of its director


def director_of(cls):
    """The hook of the core: the class of the director of a C++ class, or None where there is none."""
    known = _directors.get(cls)
    if known is None:
        with lock:
            known = _directors.get(cls)
            if known is None:
                scope = registry.class_scope(cls.__cpp_name__)
                record = None if scope is None else scope.dictionary.record("directors", scope.director)
                if record is None:
                    return None
                known = _directors[cls] = _make(cls, record)
    return known


def _make(cls, record):
    from .proxy import python_names, _setup
    dictionary = record.dictionary
    scope = dictionary.record("scopes", record.scope)
    functions = dictionary.records("functions", scope.functions_first, scope.functions_count)
    base = dictionary.record("bases", scope.bases_first)
    if base is None or base.name != cls.__cpp_name__:
        dictionary._refuse("the director '%s' of '%s' has another base" % (scope.name, cls.__cpp_name__))
    director = native.new_class(cls.__name__, (cls,), {
        "__slots__": (), "__module__": cls.__module__, "__qualname__": cls.__qualname__,
        "__cpp_name__": cls.__cpp_name__, "__doc__": cls.__doc__}, {}, False)
    constructor = make_constructor(director, [item for item in functions if item.kind == fmt.FUNCTION_CONSTRUCTOR])
    named = {}
    for function in functions:
        if function.kind != fmt.FUNCTION_CONSTRUCTOR:
            for name in python_names(function):
                named.setdefault(name, []).append(function)
    for name, records in named.items():
        native.store(director, name, make_callable(name, director, records))
    members = dictionary.records("members", scope.members_first, scope.members_count)
    for member in members:
        native.store(director, member.name, make_member(member, director))
    _setup(director, scope, [(cls, base)], constructor)
    directed = [function for function in functions if function.flags & fmt.FUNCTION_DIRECTED]
    native.setup_director(director, dictionary.number(record.proxy), dictionary.slot(scope, record.hooks)[0],
                          tuple((python_names(function)[::-1], function) for function in directed))
    _mark(cls, {name for function in directed for name in python_names(function)})
    protected = [name for name, records in named.items() if records[0].flags & fmt.FUNCTION_PROTECTED]
    for name in protected + [member.name for member in members]:
        if not hasattr(cls, name):
            native.store(cls, name, _Protected(cls, name))
    return director


class _Protected:
    """A protected member of a C++ class: for objects of classes that derive from it in Python."""

    def __init__(self, cls, name):
        self._cls, self._name = cls, name
        self.__doc__ = "Protected in C++: for derived classes."

    def _member(self, derived):
        """What it is for a class that derives in Python: that of its director."""
        if any("__cpp_answers__" in base.__dict__ for base in derived.__mro__):
            for cls in derived.__mro__:
                member = _directors[cls].__dict__.get(self._name) if cls in _directors else None
                if member is not None:
                    return member
        raise AttributeError("'%s' is protected in '%s'" % (self._name, self._cls.__cpp_name__))

    def __get__(self, instance, cls=None):
        member = self._member(cls if instance is None else type(instance))
        if isinstance(member, native.Method):
            return member.__get__(instance, cls)
        return member if isinstance(member, native.Function) else member.__get__(instance, cls)

    def __set__(self, instance, value):
        member = self._member(type(instance))
        if not hasattr(member, "__set__"):
            raise AttributeError("'%s' of '%s' is no data" % (self._name, self._cls.__cpp_name__))
        member.__set__(instance, value)


def _mark(cls, names):
    """The methods of these names look from now on whether they are called as the base's own."""
    for base in cls.__mro__:
        for name in names.intersection(base.__dict__):
            method = base.__dict__[name]
            if isinstance(method, native.Method):
                native.mark_virtual(method)


def describe(function):
    """The hook of the core: (signature, result type, parameter types) of a function that Python overrides."""
    dictionary = function.dictionary
    described = types_of(dictionary)
    params = dictionary.records("params", function.params_first, function.params_count)
    return function.signature, described[function.result], tuple(described[param.type] for param in params)
