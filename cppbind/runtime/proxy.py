"""Python classes for C++ classes, made when they are first named.

One Python class per C++ class, for ever; its bases mirror the C++ bases.  What
lies in a class that other dictionaries may describe (nested classes, enums,
typedefs) is made when it is asked for.  Neighbours: namespaces.py (scopes that
are no classes), methods.py, members.py, casts.py.
"""

from .. import format as fmt
from . import casts, copying, native, strings
from .ambiguity import hide_ambiguous
from .cpp_types import number_type
from .enums import build_enum
from .exceptions import public_class
from .function_templates import MemberTemplate
from .hidden import type_by_keyword
from .lazy import Lazy
from .members import is_static, is_visible, make_member
from .methods import ConstructorSignature, make_callable, make_constructor, visible
from .nameless import is_nameless
from .operators import SYMMETRIC, conversion_method, special_method
from .state import lock, registry, types_of
from .subscripts import add_subscripts

_classes = {}               # qualified name -> class
_opaque = set()             # names of classes that are only declared so far
_direct_bases = {}          # class -> what casts.base_paths takes
_enums = {}                 # qualified name -> enum class

ROOT_MODULE = "cppbind.gbl"


def place_of(name):
    """(module, qualname) of a C++ name: its namespaces, then its classes."""
    parts = split_name(name)
    outer = len(parts) - 1
    while outer and registry.class_scope("::".join(parts[:outer]), ask=False) is not None:
        outer -= 1
    return ".".join([ROOT_MODULE] + parts[:outer]), ".".join(parts[outer:])


def split_name(name):
    """'a::b<c::d>::e' to ['a', 'b<c::d>', 'e']."""
    parts, depth, start = [], 0, 0
    for at, character in enumerate(name):
        if character in "<(":
            depth += 1
        elif character in ">)":
            depth -= 1
        elif character == ":" and not depth and name[at:at + 2] == "::":
            parts.append(name[start:at])
            start = at + 2
    return parts + [name[start:]]


# ---- classes -------------------------------------------------------------------------

def class_for(name):
    """The proxy class of a C++ class; an opaque one where no dictionary describes it.  Never fails for a name."""
    known = _classes.get(name)
    if known is not None:
        return known
    with lock:
        known = _classes.get(name)
        if known is None:
            if name == strings.NAME:
                known = _classes[name] = strings.make_string_class(place_of(name))
                native.store(known, "__signature__", _SIGNATURE)
                return known
            scope = registry.class_scope(name)
            if scope is not None and scope.name != name:
                return class_for(scope.name)
            known = _declare(name, scope)
        return known


def made_class(name):
    """The class of that name if it is made and complete; None otherwise."""
    return None if name in _opaque else _classes.get(name)


def known_classes():
    """[(class, qualified name)] of the classes that are made and complete."""
    return [(cls, name) for name, cls in _classes.items() if name not in _opaque]


def complete_opaque():
    """After a dictionary was loaded: give the classes that were only declared what they have."""
    with lock:
        for name in sorted(_opaque):
            scope = registry.class_scope(name, ask=False)
            if scope is None or scope.flags & fmt.SCOPE_INCOMPLETE:
                continue
            cls = _classes[name]
            bases = _bases_of(scope)
            if name not in _opaque:
                continue            # making a base has completed it
            if bases:
                python = native.plain_bases(_python_bases([base for base, _record in bases]))
                type(cls).__bases__ = tuple(type(base) for base in python)
                cls.__bases__ = python
            _opaque.discard(name)
            _fill(cls, scope, bases)


def _declare(name, scope):
    complete = scope is not None and not scope.flags & fmt.SCOPE_INCOMPLETE
    bases = _bases_of(scope) if complete else []
    module, qualname = place_of(name)
    simple = qualname.rpartition(".")[2]
    namespace = {"__slots__": (), "__module__": module, "__qualname__": qualname, "__cpp_name__": name,
                 "__doc__": (scope.doc or None) if scope is not None else None, "__signature__": _SIGNATURE}
    if name.startswith(("std::shared_ptr<", "std::unique_ptr<")):
        from .pythonize_value import POINTER_CLASS
        namespace.update({"__class__": POINTER_CLASS} if POINTER_CLASS else {})
    cls = native.new_class(simple, _python_bases([base for base, _record in bases]) or (native.Instance,), namespace,
                           {"__repr__": _class_repr, "__getitem__": type_by_keyword}, False)
    if simple.endswith(">"):
        native.store(cls, "__cpp_template__", _TEMPLATE_OF)
    _classes[name] = cls
    if complete:
        _fill(cls, scope, bases)
    else:
        _opaque.add(name)
    return cls


class _TemplateOf:
    """`cls.__cpp_template__`: the template that a class is an instance of."""

    def __get__(self, _instance, cls):
        from .namespaces import namespace_for
        *around, simple = split_name(next(base for base in cls.__mro__
                                          if "__cpp_template__" in base.__dict__).__cpp_name__)
        scope = namespace_for("")
        for number, part in enumerate(around, 1):
            scope = class_for("::".join(around[:number])) if "<" in part else getattr(scope, part)
        return getattr(scope, simple.partition("<")[0])


_TEMPLATE_OF = _TemplateOf()
_SIGNATURE = ConstructorSignature()


def _class_repr(cls):
    return "<class %s.%s>" % (cls.__module__, cls.__qualname__)


def _bases_of(scope):
    """[(class, record)] of the bases that C++ lets a user convert to."""
    dictionary = scope.dictionary
    return [(class_for(record.name), record)
            for record in dictionary.records("bases", scope.bases_first, scope.bases_count)
            if not record.flags & (fmt.BASE_PROTECTED | fmt.BASE_PRIVATE)]


def _python_bases(bases):
    """Without those that another one derives from: Python wants them in one order only."""
    return tuple(base for position, base in enumerate(bases) if not any(
        other is not base and issubclass(other, base) for other in bases) and base not in bases[:position])


def _fill(cls, scope, bases):
    """Everything the class has, once."""
    dictionary = scope.dictionary
    functions = visible(dictionary.records("functions", scope.functions_first, scope.functions_count))
    constructor = make_constructor(cls, [item for item in functions if item.kind == fmt.FUNCTION_CONSTRUCTOR])
    _add_methods(cls, [item for item in functions if item.kind != fmt.FUNCTION_CONSTRUCTOR])
    _add_members(cls, scope)
    _add_nested(cls, scope)
    for name, method in copying.methods(scope):
        native.store(cls, name, method)
    _setup(cls, scope, bases, constructor)
    from .global_operators import add_global_operators
    from .pythonize import pythonize
    add_global_operators(cls, scope.name)
    _add_unequal(cls)
    _add_hash(cls, scope.name)
    if len(bases) > 1:
        hide_ambiguous(cls, _direct_bases[cls])
    pythonize(cls, scope.name)


def _add_unequal(cls):
    """`!=` by `==`, as C++20 has it ([over.match.oper]/3.4), where the class has no other."""
    if "__eq__" not in cls.__dict__ or "__ne__" in cls.__dict__:
        return
    equal = cls.__dict__["__eq__"]

    def unequal(self, other):
        result = equal(self, other)
        return result if result is NotImplemented else not result
    unequal.__name__ = "__ne__"
    native.store(cls, "__ne__", unequal)


def _add_hash(cls, name):
    """`std::hash` of the class, where a dictionary has it, is its hash."""
    if registry.known_class_scope("std::hash<%s>" % name) is None:
        return
    function = []

    def hash_of(self):
        if not function:
            function.append(class_for("std::hash<%s>" % name)())
        return hash(function[0](self))
    native.store(cls, "__hash__", hash_of)


def _setup(cls, scope, bases, constructor):
    dictionary = scope.dictionary
    direct = [(base, dictionary.number(record.offset, 0),
               dictionary.slot(scope, record.upcast)[0] if record.flags & fmt.BASE_VIRTUAL else 0,
               casts.subobjects(_direct_bases.get(base, ()))) for base, record in bases]
    _direct_bases[cls] = direct
    flags = 0
    for cpp, own in ((fmt.SCOPE_ABSTRACT, native.CLASS_ABSTRACT), (fmt.SCOPE_POLYMORPHIC, native.CLASS_POLYMORPHIC),
                     (fmt.SCOPE_TRIVIALLY_COPYABLE, native.CLASS_TRIVIAL)):
        if scope.flags & cpp:
            flags |= own
    if scope.kind == fmt.SCOPE_UNION:
        flags |= native.CLASS_UNION
    native.setup_class(cls, dictionary.number(scope.size, 0), dictionary.number(scope.align, 1) or 1, flags,
                       dictionary.slot(scope, getattr(scope, "delete"))[0], dictionary.slot(scope, scope.destructor)[0],
                       dictionary.slot(scope, scope.storage)[0], constructor, tuple(casts.base_paths(direct)),
                       _aggregate_members(scope))


def _aggregate_members(scope):
    """The names by which an aggregate can be initialised; None for other classes."""
    needed = fmt.SCOPE_AGGREGATE | fmt.SCOPE_DEFAULT_CONSTRUCTIBLE
    if scope.flags & needed != needed or scope.bases_count:
        return None
    members = scope.dictionary.records("members", scope.members_first, scope.members_count)
    return tuple(record.name for record in members if record.name and is_visible(record) and not is_static(record)
                 and not record.flags & (fmt.MEMBER_ANONYMOUS_PARENT | fmt.MEMBER_CONST))


def _add_methods(cls, functions):
    """Methods, static functions and operators, by the names they have in Python."""
    named = {}
    for function in functions:
        for name in python_names(function):
            named.setdefault(name, []).append(function)
    for name, records in named.items():
        plain = [record for record in records if not record.flags & fmt.FUNCTION_TEMPLATE]
        method = make_callable(name, cls, plain, operator=name in SYMMETRIC or name == "__bool__") if plain else None
        if len(plain) != len(records) or all(map(is_nameless, plain)):
            method = MemberTemplate(cls, records[0].name, method)
            if name in SYMMETRIC:
                method = _symmetric(method, name)
        native.store(cls, name, _postfix(method) if name in ("__postinc__", "__postdec__") else method)
    if "__bool__" in named and not any(function.name == "operator bool" for function in named["__bool__"]):
        pointer = cls.__dict__["__bool__"]
        native.store(cls, "__bool__", lambda self: bool(pointer(self)))
    add_subscripts(cls, named)


def _symmetric(template, name):
    """An operator that is a member template as Python's special method: NotImplemented where C++ has none."""
    def method(self, other):
        try:
            return template.__get__(self)(other)
        except TypeError:
            return NotImplemented
    method.__name__, method.__doc__ = name, template.__doc__
    return method


def _postfix(method):
    """`object++` and `object--`, whose int is C++'s way to tell them from the others."""
    def postfix(self, _as_in_cpp=0):
        return method(self, 0)
    postfix.__name__, postfix.__doc__ = method.__name__, "As in C++: the object as it was before."
    return postfix


def python_names(function):
    """The C++ name, and the special methods it stands for."""
    if function.kind == fmt.FUNCTION_CONVERSION:
        special = conversion_method(function)
    elif function.name.startswith("operator") and function.flags & fmt.FUNCTION_TEMPLATE:
        special = special_method(function.name, 2)      # one that deduces nothing would be no template
    elif function.name.startswith("operator") and function.flags & fmt.FUNCTION_OPERATOR:
        special = special_method(function.name, function.params_count + (function.kind == fmt.FUNCTION_METHOD))
    else:
        return (function.name,)
    return (function.name, special) if special else (function.name,)


def _add_members(cls, scope):
    dictionary = scope.dictionary
    for record in dictionary.records("members", scope.members_first, scope.members_count):
        if not is_visible(record) or not record.name:
            continue
        if is_static(record):
            native.store(cls, record.name, _LazyStatic(cls, record))
            type.__setattr__(type(cls), record.name, _LazyStatic(cls, record))
            continue
        member = make_member(record, cls)
        if member is not None:
            native.store(cls, record.name, member)


class _LazyStatic:
    """Stands for a static data member until it is used: the library that defines it may be loaded later."""

    def __init__(self, cls, record):
        self._cls, self._record = cls, record

    def _member(self):
        member = make_member(self._record, self._cls)
        native.store(self._cls, self._record.name, member)
        type.__setattr__(type(self._cls), self._record.name, member)
        return member

    def __get__(self, instance, cls=None):
        return self._member().__get__(instance, cls)

    def __set__(self, instance, value):
        self._member().__set__(instance, value)


def _add_nested(cls, scope):
    dictionary = scope.dictionary

    def add(name, make):
        if name and name not in cls.__dict__:
            native.store(cls, name, Lazy(cls, name, make))

    for child in dictionary.records("scopes", scope.children_first, scope.children_count):
        add(child.simple_name, lambda name=child.name: public_class(class_for(name)))
    for enum in dictionary.records("enums", scope.enums_first, scope.enums_count):
        add(enum.simple_name, lambda enum=enum: enum_of(enum))
        if not enum.flags & fmt.ENUM_SCOPED:
            for item in dictionary.records("enumerators", enum.enumerators_first, enum.enumerators_count):
                add(item.name, lambda enum=enum, name=item.name: enum_of(enum)[name])
    for alias in dictionary.records("typedefs", scope.typedefs_first, scope.typedefs_count):
        add(alias.name, lambda alias=alias: type_value(alias.dictionary, alias.type))


# ---- enums and other types ------------------------------------------------------------------

def enum_of(record):
    """The class of an `enums` record."""
    key = record.name or (record.dictionary, record.index)
    known = _enums.get(key)
    if known is None:
        with lock:
            known = _enums.get(key)
            if known is None:
                module, qualname = place_of(record.name) if record.name else (ROOT_MODULE, "")
                known = _enums[key] = build_enum(record, module, qualname)
    return known


def enum_for(name):
    """The class of an enum by its qualified name.  TypeError where no dictionary has it."""
    known = _enums.get(name)
    if known is not None:
        return known
    for dictionary, kind, index in registry.find(name):
        if kind == fmt.NAME_ENUM:
            return enum_of(dictionary.record("enums", index))
    raise TypeError("no loaded dictionary has the enum '%s'" % name)


# The types of numbers that are not int, by kind: as template arguments they are what they are in C++.
_NUMBERS = {getattr(fmt, "TYPE_" + kind): number_type(name) for kind, name in (
    ("SCHAR", "signed char"), ("UCHAR", "unsigned char"), ("SHORT", "short"), ("USHORT", "unsigned short"),
    ("UINT", "unsigned int"), ("LONG", "long"), ("ULONG", "unsigned long"), ("LONGLONG", "long long"),
    ("ULONGLONG", "unsigned long long"), ("FLOAT", "float"), ("DOUBLE", "double"), ("LONGDOUBLE", "long double"))}
_BUILTIN = {fmt.TYPE_BOOL: bool, fmt.TYPE_CHAR: str, fmt.TYPE_WCHAR: str,
            fmt.TYPE_CHAR16: str, fmt.TYPE_CHAR32: str, fmt.TYPE_VOID: None, **_NUMBERS}


def type_value(dictionary, index):
    """What a typedef of this type is in Python: a class, an enum, a built-in type, a C type, else a description."""
    from .convert import c_type
    record = dictionary.record("types", index)
    if record is None:
        raise AttributeError("the type has no reflection")
    if record.kind == fmt.TYPE_CLASS:
        return public_class(class_for(record.name))
    if record.kind == fmt.TYPE_ENUM:
        return enum_for(record.name)
    if record.kind in _BUILTIN:
        return _BUILTIN[record.kind]
    if fmt.TYPE_SCHAR <= record.kind <= fmt.TYPE_UINT128:
        return int
    return c_type(dictionary, record) or types_of(dictionary)[index]


def downcast(cls, name):
    """The hook of the core: the class of that name if it is known and derives from `cls`, else None."""
    if name == cls.__cpp_name__ or cls in _pinned:
        return cls
    scope = registry.class_scope(name)
    if scope is None or scope.flags & fmt.SCOPE_INCOMPLETE:
        return None
    derived = class_for(name)
    if derived in _pinned or not issubclass(derived, cls):
        return None
    return derived


_pinned = set()             # classes that stay as they are declared, and are not looked for behind a pointer to a base


def pin_type(cls):
    """Cast no object from or to this class: what C++ returns as one stays one, and so does what comes as one of its
    bases.  TypeError for no C++ class."""
    if not isinstance(cls, native.Class):
        raise TypeError("a C++ class is needed, not %r" % (cls,))
    _pinned.add(cls)
    native.new_generation()
