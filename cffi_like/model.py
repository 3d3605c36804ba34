"""The model: C declarations as plain, frozen data.

Parsing produces it, lowering turns it into engine types, the emitters write
it out.  Nothing here reaches the engine, the parser or an emitter, so it can
also be built by hand by people who do not want to write declarations as
strings.

Records and enums are *nominal* (C11 6.7.2.3): a type refers to one by kind
and tag, and the definition lives in a `Declarations` table.  That keeps every
node immutable although C types may refer to themselves.
"""

from dataclasses import dataclass, field
from typing import Dict, List, Optional, Tuple, Union as _Union


class _Dots:
    """The marker for "let the compiler find out" (`...` in a declaration)."""

    __slots__ = ()

    def __repr__(self):
        return "DOTS"


DOTS = _Dots()


# ---- types -----------------------------------------------------------------

@dataclass(frozen=True)
class Void:
    """The type `void`."""


@dataclass(frozen=True)
class Primitive:
    """An arithmetic type under its canonical name, such as 'unsigned long',
    'int8_t', '_Bool' or 'char16_t' (the names of `common_types.PRIMITIVES`)."""

    name: str


@dataclass(frozen=True)
class UnknownInteger:
    """`typedef int... name;`: an integer type whose width and sign the
    compiler finds out."""

    name: str


@dataclass(frozen=True)
class UnknownFloat:
    """`typedef float... name;`: float or double, whichever the compiler finds."""

    name: str


@dataclass(frozen=True)
class Qualified:
    """A type with `const`, `volatile` or `restrict`, in that order."""

    type: "Type"
    qualifiers: Tuple[str, ...]


@dataclass(frozen=True)
class Pointer:
    target: "Type"


@dataclass(frozen=True)
class Array:
    """`length` is a count of items, None for `[]`, `DOTS` for `[...]`."""

    item: "Type"
    length: _Union[int, None, _Dots]


@dataclass(frozen=True)
class Function:
    """A bare function type; a function pointer is `Pointer(Function(...))`.

    `parameters` are already adjusted (arrays and functions are pointers,
    C11 6.7.6.3 p7-8).  `abi` is None or '__stdcall'.
    """

    result: "Type"
    parameters: Tuple["Type", ...]
    ellipsis: bool = False
    abi: Optional[str] = None


@dataclass(frozen=True)
class RecordRef:
    """A reference to a struct or union; `kind` is 'struct' or 'union'."""

    kind: str
    tag: str


@dataclass(frozen=True)
class EnumRef:
    tag: str


Type = _Union[Void, Primitive, UnknownInteger, UnknownFloat, Qualified, Pointer,
              Array, Function, RecordRef, EnumRef]


# ---- definitions -----------------------------------------------------------

@dataclass(frozen=True)
class Location:
    """A place in the user's text; `source` is 'cdef' or a file name."""

    source: str = "cdef"
    line: int = 0
    column: int = 0

    def __str__(self):
        return "%s:%d:%d" % (self.source, self.line, self.column)


@dataclass(frozen=True)
class Field:
    """A member of a record.  `name` is '' for an anonymous record or an
    unnamed bit-field; `bitsize` is -1 for an ordinary member."""

    name: str
    type: Type
    bitsize: int = -1
    location: Location = Location()


@dataclass(frozen=True)
class Record:
    """A struct or union.

    `fields` is None while it is opaque.  `partial` means that the declaration
    ended in `...;`: the compiler supplies size, offsets and further fields.
    `pack` is the largest alignment of a member in bytes, 0 for the natural
    one.  `name` is how C spells the type: 'struct foo', or 'foo_t' when only
    a typedef names it ('' never).
    """

    kind: str
    tag: str
    name: str
    fields: Optional[Tuple[Field, ...]] = None
    partial: bool = False
    pack: int = 0
    location: Location = Location()


@dataclass(frozen=True)
class Enumerator:
    """`value` is None where the compiler finds it out (`A = ...`)."""

    name: str
    value: Optional[int]


@dataclass(frozen=True)
class Enum:
    """`enumerators` is None while it is opaque; `partial` as for `Record`."""

    tag: str
    name: str
    enumerators: Optional[Tuple[Enumerator, ...]] = None
    partial: bool = False
    location: Location = Location()


@dataclass(frozen=True)
class FunctionDeclaration:
    """`release_gil` is what `cdef(release_gil=...)` said."""

    name: str
    type: Function
    parameter_names: Tuple[str, ...] = ()
    release_gil: bool = True
    location: Location = Location()


@dataclass(frozen=True)
class VariableDeclaration:
    name: str
    type: Type
    location: Location = Location()


@dataclass(frozen=True)
class ConstantDeclaration:
    """`#define NAME 5`, `#define NAME ...` or `static const T NAME;`.

    `value` is an int, float or bytes, or `DOTS` for the compiler to find out.
    `type` is None for `#define` (an integer of any size).
    """

    name: str
    value: _Union[int, float, bytes, _Dots]
    type: Optional[Type] = None
    location: Location = Location()


@dataclass(frozen=True)
class ExternPython:
    """`extern "Python"` (or "Python+C"): a C function answered in Python."""

    name: str
    type: Function
    plus_c: bool = False
    location: Location = Location()


@dataclass
class Declarations:
    """Everything one FFI declares, each table in order of declaration.

    Keys: records by (kind, tag), all others by name.  `included` are the
    tables of FFIs given to `include`, looked up after this one.
    """

    records: Dict[Tuple[str, str], Record] = field(default_factory=dict)
    enums: Dict[str, Enum] = field(default_factory=dict)
    typedefs: Dict[str, Type] = field(default_factory=dict)
    functions: Dict[str, FunctionDeclaration] = field(default_factory=dict)
    variables: Dict[str, VariableDeclaration] = field(default_factory=dict)
    constants: Dict[str, ConstantDeclaration] = field(default_factory=dict)
    extern_python: Dict[str, ExternPython] = field(default_factory=dict)
    included: List["Declarations"] = field(default_factory=list)
