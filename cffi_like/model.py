"""The model: C declarations as plain, frozen data.

Parsing produces it, lowering turns it into engine types, the emitters write
it out.  Nothing here reaches the engine, the parser or an emitter, so it can
also be built by hand by people who do not want to write declarations as
strings.

Records and enums are *nominal* (C11 6.7.2.3): a type refers to one by kind
and tag, and the definition lives in a `Declarations` table.  That keeps every
node immutable although C types may refer to themselves.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional, Union


def _node(cls):
    """Makes a frozen value class of annotations, as `dataclass(frozen=True)` would.

    The standard library's takes longer to import than all of this package, and
    every program that uses FFI waits for it.  Values live in `__dict__`, in
    order of declaration.
    """
    names = tuple(cls.__annotations__)
    parameters = "".join(
        ", %s=%s" % (name, "_defaults[%r]" % name) if name in cls.__dict__ else ", " + name
        for name in names)
    lines = ["def __init__(self%s):" % parameters, "    values = self.__dict__"]
    lines += ["    values[%r] = %s" % (name, name) for name in names]
    space = {"_defaults": dict(cls.__dict__)}
    exec("\n".join(lines), space)
    cls.__init__ = space["__init__"]
    cls.__match_args__ = names
    return cls


class _Node:
    """What all nodes have in common: values that compare by content."""

    __annotations__ = {}

    def __eq__(self, other):
        if self.__class__ is not other.__class__:
            return NotImplemented
        return self.__dict__ == other.__dict__

    def __hash__(self):
        return hash((self.__class__, *self.__dict__.values()))

    def __repr__(self):
        return "%s(%s)" % (self.__class__.__name__, ", ".join(
            "%s=%r" % item for item in self.__dict__.items()))

    def __setattr__(self, name, value):
        raise AttributeError("cannot assign to '%s': %s is frozen"
                             % (name, self.__class__.__name__))

    def __delattr__(self, name):
        raise AttributeError("cannot delete '%s': %s is frozen"
                             % (name, self.__class__.__name__))


def replace(node, **changes):
    """A node like `node` with some values changed."""
    return node.__class__(**dict(node.__dict__, **changes))


class _Dots:
    """The marker for "let the compiler find out" (`...` in a declaration)."""

    __slots__ = ()

    def __repr__(self):
        return "DOTS"


DOTS = _Dots()


# ---- types -----------------------------------------------------------------

@_node
class Void(_Node):
    """The type `void`."""


@_node
class Primitive(_Node):
    """An arithmetic type under its canonical name, such as 'unsigned long',
    'int8_t', '_Bool' or 'char16_t' (the names of `common_types.PRIMITIVES`)."""

    name: str


@_node
class UnknownInteger(_Node):
    """`typedef int... name;`: an integer type whose width and sign the
    compiler finds out."""

    name: str


@_node
class UnknownFloat(_Node):
    """`typedef float... name;`: float or double, whichever the compiler finds."""

    name: str


@_node
class UnknownArray(_Node):
    """What a pointer points to whose target is `typedef T name[...];`: an array whose
    lengths the compiler finds out.  (The typedef itself is an `Array` with `DOTS`.)
    With `depth` 1 it is an item of that array, itself an array."""

    name: str
    depth: int = 0


@_node
class Qualified(_Node):
    """A type with `const`, `volatile` or `restrict`, in that order."""

    type: "Type"
    qualifiers: tuple[str, ...]


@_node
class Pointer(_Node):
    target: "Type"


@_node
class Array(_Node):
    """`length` is a count of items, None for `[]`, `DOTS` for `[...]`."""

    item: "Type"
    length: Union[int, None, _Dots]


@_node
class Function(_Node):
    """A bare function type; a function pointer is `Pointer(Function(...))`.

    `parameters` are already adjusted (arrays and functions are pointers,
    C11 6.7.6.3 p7-8).  `abi` is None or '__stdcall'.
    """

    result: "Type"
    parameters: tuple["Type", ...]
    ellipsis: bool = False
    abi: Optional[str] = None


@_node
class RecordRef(_Node):
    """A reference to a struct or union; `kind` is 'struct' or 'union'."""

    kind: str
    tag: str


@_node
class EnumRef(_Node):
    tag: str


#: The classes of types, for isinstance().
Type = (Void, Primitive, UnknownInteger, UnknownFloat, UnknownArray, Qualified, Pointer,
        Array, Function, RecordRef, EnumRef)


# ---- definitions -----------------------------------------------------------

@_node
class Location(_Node):
    """A place in the user's text; `source` is 'cdef' or a file name."""

    source: str = "cdef"
    line: int = 0
    column: int = 0

    def __str__(self):
        return "%s:%d:%d" % (self.source, self.line, self.column)


@_node
class Field(_Node):
    """A member of a record.  `name` is '' for an anonymous record or an
    unnamed bit-field; `bitsize` is -1 for an ordinary member.  `align` is 0 for
    the natural alignment, n for `aligned(n)` or `_Alignas(n)`, -n where the
    member is `packed`: exactly n bytes."""

    name: str
    type: Type
    bitsize: int = -1
    location: Location = Location()
    align: int = 0


@_node
class Record(_Node):
    """A struct or union.

    `fields` is None while it is opaque.  `partial` means that the declaration
    ended in `...;`: the compiler supplies size, offsets and further fields.
    `pack` is the largest alignment of a member in bytes, 0 for the natural
    one.  `align` is the least alignment of the whole (`aligned(n)`), 0 for the
    natural one.  `name` is how C spells the type: 'struct foo', or 'foo_t' when only
    a typedef names it ('' never).
    """

    kind: str
    tag: str
    name: str
    fields: Optional[tuple[Field, ...]] = None
    partial: bool = False
    pack: int = 0
    location: Location = Location()
    align: int = 0


@_node
class Enumerator(_Node):
    """`value` is None where the compiler finds it out (`A = ...`)."""

    name: str
    value: Optional[int]


@_node
class Enum(_Node):
    """`enumerators` is None while it is opaque; `partial` as for `Record`."""

    tag: str
    name: str
    enumerators: Optional[tuple[Enumerator, ...]] = None
    partial: bool = False
    location: Location = Location()


@_node
class Typedef(_Node):
    """A name for a type, for `FFI.declare`; a table keeps it as name -> type."""

    name: str
    type: Type


@_node
class FunctionDeclaration(_Node):
    """`release_gil` is what `cdef(release_gil=...)` said.  `symbol` is the name that
    the library has for it, if an asm label gave another one, else ''."""

    name: str
    type: Function
    parameter_names: tuple[str, ...] = ()
    release_gil: bool = True
    location: Location = Location()
    symbol: str = ""


@_node
class VariableDeclaration(_Node):
    """`symbol` as for `FunctionDeclaration`."""

    name: str
    type: Type
    location: Location = Location()
    symbol: str = ""


@_node
class ConstantDeclaration(_Node):
    """`#define NAME 5`, `#define NAME ...` or `static const T NAME;`.

    `value` is an int, float or bytes, or `DOTS` for the compiler to find out.
    `type` is None for `#define` (an integer of any size).
    """

    name: str
    value: Union[int, float, bytes, _Dots]
    type: Optional[Type] = None
    location: Location = Location()


@_node
class ExternPython(_Node):
    """`extern "Python"` (or "Python+C"): a C function answered in Python."""

    name: str
    type: Function
    plus_c: bool = False
    location: Location = Location()


class Declarations:
    """Everything one FFI declares, each table in order of declaration.

    Keys: records by (kind, tag), all others by name.  `included` are the
    tables of FFIs given to `include`, looked up after this one.
    """

    def __init__(self, records=None, enums=None, typedefs=None, functions=None,
                 variables=None, constants=None, extern_python=None, included=None):
        self.records: dict[tuple[str, str], Record] = {} if records is None else records
        self.enums: dict[str, Enum] = {} if enums is None else enums
        self.typedefs: dict[str, Type] = {} if typedefs is None else typedefs
        self.functions: dict[str, FunctionDeclaration] = {} if functions is None else functions
        self.variables: dict[str, VariableDeclaration] = {} if variables is None else variables
        self.constants: dict[str, ConstantDeclaration] = {} if constants is None else constants
        self.extern_python: dict[str, ExternPython] = (
            {} if extern_python is None else extern_python)
        self.included: list[Declarations] = [] if included is None else included

    def __eq__(self, other):
        if not isinstance(other, Declarations):
            return NotImplemented
        return self.__dict__ == other.__dict__

    __hash__ = None

    def __repr__(self):
        return "Declarations(%s)" % ", ".join(
            "%s=%r" % item for item in self.__dict__.items())
