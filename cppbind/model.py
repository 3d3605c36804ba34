"""The model: what C++ headers declare, as plain, frozen data.

`clang` produces it, `analysis` asks questions of it, `selection` chooses from it and
`emit_dictionary` writes it out.  Nothing here knows any of them.  Enumerators of kinds are
those of `format`.

Types are canonical (typedefs seen through).  A class or enum type refers to its declaration
by qualified name, so the model has no cycles.  Sizes and offsets are not here: the C++
compiler computes them when the dictionary is compiled.
"""

from dataclasses import dataclass
from typing import Optional, Tuple

PUBLIC, PROTECTED, PRIVATE = "public", "protected", "private"


@dataclass(frozen=True)
class Location:
    file: str = ""
    line: int = 0
    column: int = 0

    def __str__(self):
        return "%s:%d:%d" % (self.file, self.line, self.column)


@dataclass(frozen=True)
class Type:
    """A canonical C++ type.

    kind        TYPE_... of `format`
    spelling    in C++, complete and valid wherever its parts are visible
    const, volatile   top-level qualifiers
    target      pointee, referee, array item, function result, or underlying type of an enum
    extent      of an array, None for `[]`
    parameters  of a function prototype
    variadic    prototype with an ellipsis
    name        qualified name of a class or enum; of the class of a member pointer
    as_integer  a char type that was declared as int8_t or uint8_t
    complete    an object type whose definition was seen
    problem     why a dictionary cannot name this type, "" if it can
    """

    kind: int
    spelling: str
    const: bool = False
    volatile: bool = False
    target: Optional["Type"] = None
    extent: Optional[int] = None
    parameters: Tuple["Type", ...] = ()
    variadic: bool = False
    name: str = ""
    as_integer: bool = False
    complete: bool = True
    problem: str = ""


@dataclass(frozen=True)
class Parameter:
    """`default` is the text of the default argument, None if there is none."""

    name: str
    type: Type
    default: Optional[str] = None


@dataclass(frozen=True)
class Function:
    """A function, member function, constructor or conversion (`kind` is FUNCTION_...).

    `qualified_name` is what a caller writes after `::`.  `adl_only`: a friend that is visible to
    argument-dependent lookup alone (C++ [basic.lookup.argdep]).  `inherited_from`: the class that
    a using-declaration took it from.  `hints`: what the selection says of it, of `selection.HINTS`.
    `template`: a member template; only its name is known.
    """

    name: str
    qualified_name: str
    kind: int
    result: Type
    parameters: Tuple[Parameter, ...] = ()
    const: bool = False
    volatile: bool = False
    virtual: bool = False
    pure: bool = False
    override: bool = False
    final: bool = False
    noexcept: bool = False
    explicit: bool = False
    reference_qualifier: str = ""
    inline: bool = False
    variadic: bool = False
    deleted: bool = False
    defaulted: bool = False
    external: bool = False
    copy: bool = False
    move: bool = False
    adl_only: bool = False
    template: bool = False
    inherited_from: str = ""
    access: str = PUBLIC
    mangled: str = ""
    doc: str = ""
    location: Location = Location()
    hints: Tuple[str, ...] = ()


@dataclass(frozen=True)
class Variable:
    """A data member (static or not) or a variable of a namespace.

    `static` covers both static members and namespace variables.  `external`: not defined in the
    headers.  `constant`: initialised inside the class, so that it has a value but perhaps no object.
    """

    name: str
    qualified_name: str
    type: Type
    static: bool = False
    bit_field: bool = False
    mutable: bool = False
    external: bool = False
    constant: bool = False
    thread_local: bool = False
    access: str = PUBLIC
    mangled: str = ""
    doc: str = ""
    location: Location = Location()


@dataclass(frozen=True)
class Enumerator:
    name: str
    qualified_name: str
    doc: str = ""


@dataclass(frozen=True)
class Enum:
    """`name` is "" for an anonymous enum; its enumerators belong to the enclosing scope."""

    name: str
    qualified_name: str
    underlying: Type
    scoped: bool = False
    enumerators: Tuple[Enumerator, ...] = ()
    access: str = PUBLIC
    doc: str = ""
    location: Location = Location()


@dataclass(frozen=True)
class Typedef:
    name: str
    qualified_name: str
    type: Type
    access: str = PUBLIC
    doc: str = ""
    location: Location = Location()


@dataclass(frozen=True)
class Base:
    """A direct base class."""

    name: str
    virtual: bool = False
    access: str = PUBLIC


@dataclass(frozen=True)
class Destructor:
    """A destructor that the user declared; `mangled` is its variant for complete objects."""

    virtual: bool = False
    pure: bool = False
    deleted: bool = False
    external: bool = False
    access: str = PUBLIC
    mangled: str = ""


@dataclass(frozen=True)
class Class:
    """A class, struct or union (`kind` is SCOPE_...).

    `has_constructor`, `has_copy`, `has_move`: the user declared one, of any access, deleted ones
    included, so the compiler supplies none.  `abstract`: it has a pure virtual function.  `final`: nothing derives
    from it.
`public_data`: it has no data but public members, each with memory of its own.
    `storage_operator`: it declares its own `operator new` for single objects, which everybody may use.
    `templates`: names of its public member functions that are templates.
    `cpp_name`: what C++ can call it where it has no name, by the variable that has its type, or where its name is
    hidden (analysis/hidden.py); "" for all others.
    """

    name: str
    qualified_name: str
    kind: int
    complete: bool = True
    bases: Tuple[Base, ...] = ()
    members: Tuple[Variable, ...] = ()
    functions: Tuple[Function, ...] = ()
    classes: Tuple["Class", ...] = ()
    enums: Tuple[Enum, ...] = ()
    typedefs: Tuple[Typedef, ...] = ()
    destructor: Optional[Destructor] = None
    has_constructor: bool = False
    has_copy: bool = False
    has_move: bool = False
    abstract: bool = False
    final: bool = False
    storage_operator: bool = False
    public_data: bool = False
    templates: Tuple[str, ...] = ()
    template_instance: bool = False
    cpp_name: str = ""
    access: str = PUBLIC
    doc: str = ""
    location: Location = Location()


@dataclass(frozen=True)
class Namespace:
    """A namespace, all its parts merged; the global one has the name "".

    `aliases` maps names of namespaces that are visible here to qualified names; `usings` are the namespaces of
    using-directives.
    """

    name: str
    qualified_name: str
    inline: bool = False
    namespaces: Tuple["Namespace", ...] = ()
    classes: Tuple[Class, ...] = ()
    functions: Tuple[Function, ...] = ()
    variables: Tuple[Variable, ...] = ()
    enums: Tuple[Enum, ...] = ()
    typedefs: Tuple[Typedef, ...] = ()
    aliases: Tuple[Tuple[str, str], ...] = ()
    usings: Tuple[str, ...] = ()
    doc: str = ""
    location: Location = Location()


@dataclass(frozen=True)
class Headers:
    """All that was read.

    `includes` are the headers as the user named them, `files` their real paths; `root` is the global namespace,
    which also holds what other headers of the user declare that these include.  `support` are the headers of the
    standard library that instances of its templates need (see `stl`); `named` maps names of instances that were asked
    for to those that the model has.  `lineage` are bases of its classes that are not in it, as far as they could be
    read.
    """

    includes: Tuple[str, ...]
    root: Namespace
    files: Tuple[str, ...] = ()
    warnings: Tuple[str, ...] = ()
    support: Tuple[str, ...] = ()
    named: Tuple[Tuple[str, str], ...] = ()
    lineage: Tuple[Class, ...] = ()


def walk_classes(scope):
    """Every class in a namespace or class, outer ones first."""
    for cls in scope.classes:
        yield cls
        yield from walk_classes(cls)
    for namespace in getattr(scope, "namespaces", ()):
        yield from walk_classes(namespace)


def walk_namespaces(namespace):
    """A namespace and every namespace in it, outer ones first."""
    yield namespace
    for inner in namespace.namespaces:
        yield from walk_namespaces(inner)
