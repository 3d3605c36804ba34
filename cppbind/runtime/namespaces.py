"""C++ namespaces as Python objects: gbl and what lies in it.

A namespace is a class of its own without instances, so its globals can be
assigned through its metaclass.  A name is looked up in the registry when it is
first used, and kept.  Neighbours: proxy.py (classes), c_backend/cpp_class.c
(the attribute access that comes here for a name it does not have).
"""

from .. import format as fmt
from . import nameless, native
from .cpp_types import builtin_type, fixed_type
from .enums import EnumValue
from .exceptions import STANDARD, CppException, public_class, standard_class
from .function_templates import FunctionTemplate
from .hidden import type_by_keyword
from .members import make_member
from .methods import make_callable, visible
from .proxy import ROOT_MODULE, class_for, enum_of, type_value
from .state import lock, registry
from .moved import move
from .templates import Template, find_template
from .variable_templates import VariableTemplate

_namespaces = {}
# What namespace std has without a dictionary.
_STD = {"string": lambda: class_for("std::string"), "move": lambda: move}


def namespace_for(name):
    """The object of a namespace; '' is the global one."""
    known = _namespaces.get(name)
    if known is None:
        with lock:
            known = _namespaces.get(name)
            if known is None:
                known = _namespaces[name] = _make(name)
    return known


def is_namespace(value):
    """Whether it is the object of a namespace."""
    return any(value is known for known in _namespaces.values())


def _make(name):
    outer, _, simple = name.rpartition("::")
    module = ROOT_MODULE + ("." + outer.replace("::", ".") if outer else "")
    qualname = simple or "gbl"
    if not name:
        module = "cppbind"
    return native.new_class(qualname, (native.Instance,), {
        "__slots__": (), "__module__": module, "__qualname__": qualname, "__cpp_name__": name,
        "__doc__": "The C++ namespace '%s'." % (name or "::")},
        {"__repr__": _repr, "__dir__": _dir, "__getitem__": type_by_keyword}, True)


def _repr(cls):
    return "<C++ namespace '%s'>" % (cls.__cpp_name__ or "::")


def _dir(cls):
    return sorted(set(registry.names_in(cls.__cpp_name__)) | set(type.__dir__(cls)))


def _missing(cls, name):
    space = cls.__cpp_name__
    from .. import on_demand
    from ..loader import lost_library
    problem = on_demand.why_not()
    lost = lost_library(space + "::" + name if space else name)
    return AttributeError("%s has no '%s' in the loaded dictionaries (%s)%s%s%s" % (
        "namespace '%s'" % space if space else "the global namespace", name,
        ", ".join(dictionary.path for dictionary in registry.dictionaries
                  if not on_demand.is_own(dictionary.path)) or "there are none",
        ", nor in the C++ that was given" if on_demand.given() else "",
        "; nothing can be compiled here: " + problem if problem and space == "std" else "",
        "; " + lost if lost else ""))


def get_attribute(cls, name):
    """The hook of the core: the value of a name that the namespace's object does not have yet."""
    if name.startswith("__") and name.endswith("__"):
        raise AttributeError("type object '%s' has no attribute '%s'" % (cls.__name__, name))
    with lock:
        space = cls.__cpp_name__
        if space == "std" and "std::" + name in STANDARD:
            value = standard_class("std::" + name)      # needs no dictionary
            native.store(cls, name, value)
            return value
        found = registry.find(space + "::" + name if space else name)
        if not found:
            if (space, name) == ("", "std"):
                return namespace_for("std")     # there always, so that what it lacks can be told
            if space == "std" and name in _STD:
                value = _STD[name]()
                native.store(cls, name, value)
                return value
            value = (find_template(space, name) or _without_code(space, name)
                     or _given(space + "::" + name if space else name)
                     or (fixed_type(name) if space in ("", "std") else None)
                     or (builtin_type(name) if space == "" else None))
            if value is None:
                raise _missing(cls, name)
            native.store(cls, name, value)
            return value
        return _templated(cls, name, _value(cls, name, found))


def _templated(cls, name, value):
    """The value, or with function templates of the same name both as one callable."""
    from .. import on_demand
    qualified = cls.__cpp_name__ + "::" + name if cls.__cpp_name__ else name
    if not isinstance(value, native.Function) or not (
            on_demand.facts(qualified).get("function_template")
            or (on_demand.given() and cls.__cpp_name__ != "cppbind_calls" and nameless.all_nameless(value))):
        return value
    value = FunctionTemplate(qualified, value)
    native.store(cls, name, value)
    return value


def _without_code(space, name):
    """What the library's names mean that need no code in a dictionary: std::get, std::chrono::seconds, ...; None."""
    if not space.startswith("std"):
        return None
    from .std_functions import find
    return find(space, name)


def _given(name):
    """What the C++ that was given says that a name is which no dictionary has: a namespace or a type; None: nothing."""
    from .. import on_demand
    facts = on_demand.facts(name)
    if facts.get("space"):
        return namespace_for(name)
    if facts.get("function_template"):
        return FunctionTemplate(name)
    if facts.get("class_template"):
        return Template(*name.rpartition("::")[::2])
    if facts.get("variable_template"):
        return VariableTemplate(name)
    if facts.get("canonical") and registry.class_scope(facts["canonical"]) is not None:
        return public_class(class_for(facts["canonical"]))
    return None


def _value(cls, name, found):
    dictionary, kind, index = found[0]
    if kind == fmt.NAME_MEMBER:
        member = make_member(dictionary.record("members", index), cls)
        type.__setattr__(type(cls), name, member)
        return member.__get__(None, cls)
    if kind == fmt.NAME_SCOPE:
        scope = dictionary.record("scopes", index)
        space = scope.kind == fmt.SCOPE_NAMESPACE
        value = namespace_for(scope.name) if space else public_class(class_for(scope.name))
    elif kind == fmt.NAME_FUNCTION:
        value = make_callable(name, cls, _overloads(found))
    elif kind == fmt.NAME_ENUM:
        value = enum_of(dictionary.record("enums", index))
    elif kind == fmt.NAME_ENUMERATOR:
        item = dictionary.record("enumerators", index)
        value = enum_of(dictionary.record("enums", item.enum))[item.name]
    elif kind == fmt.NAME_TYPEDEF:
        value = type_value(dictionary, dictionary.record("typedefs", index).type)
    else:
        raise _missing(cls, name)
    native.store(cls, name, value)
    return value


def _overloads(found):
    """The overload set of a name over all dictionaries, each signature once."""
    functions, known = [], set()
    for dictionary, kind, index in found:
        if kind != fmt.NAME_FUNCTION:
            continue
        first = dictionary.record("functions", index)
        scope = dictionary.record("scopes", first.scope)
        for at in range(index, scope.functions_first + scope.functions_count):
            function = dictionary.record("functions", at)
            if function.name != first.name:
                break
            if function.signature not in known:
                known.add(function.signature)
                functions.append(function)
    return visible(functions)


def set_attribute(cls, name, value):
    """The hook of the core: assign a global that was not used before.  AttributeError for a name C++ does not have."""
    if not (name.startswith("__") and name.endswith("__")) and name not in cls.__dict__:
        try:
            getattr(cls, name)
        except AttributeError:
            raise _missing(cls, name) from None
        member = type(cls).__dict__.get(name)
        if member is not None:
            member.__set__(cls, value)
            return
        if isinstance(cls.__dict__.get(name), EnumValue):
            raise TypeError("'%s::%s' is an enumerator and cannot be assigned" % (cls.__cpp_name__, name))
    native.store(cls, name, value)


def forget_exceptions():
    """Exception classes were made anew."""
    for space in list(_namespaces.values()):
        for name, value in list(space.__dict__.items()):
            if isinstance(value, type) and issubclass(value, CppException):
                native.store(space, name, None, True)


def forget_functions():
    """After a dictionary was loaded: overload sets of namespaces may have grown."""
    with lock:
        for space in _namespaces.values():
            for name, value in list(space.__dict__.items()):
                if isinstance(value, (native.Function, FunctionTemplate)):
                    native.store(space, name, None, True)
