"""A C++ type as the run time sees it: how values of it are ranked, passed, read and written.

`CppType` is the interface; its subclasses are in convert_number.py, convert_text.py, convert_class.py and
convert_pointer.py, and `choose.py` says which kind of type takes which.
"""

import threading

from ... import format as fmt
from . import memory
from .hooks import hooks
from .memory import engine

# Conversion ranks of one argument: the sum decides between overloads.  C++ [over.ics.rank] in numbers, with Python's
# types for its own.  None: not viable.
EXACT, PROMOTION, CONVERSION, USER = 0, 10, 100, 1000
# Beside the TYPE_ flags of format.
STRING, SCOPED, VIEW, UNIT2, UNIT4 = 1 << 16, 1 << 17, 1 << 18, 1 << 19, 1 << 20
TEXT = STRING | VIEW | UNIT2 | UNIT4

_C_NAMES = {
    fmt.TYPE_BOOL: "unsigned char", fmt.TYPE_CHAR: "unsigned char", fmt.TYPE_SCHAR: "signed char",
    fmt.TYPE_UCHAR: "unsigned char", fmt.TYPE_CHAR8: "unsigned char", fmt.TYPE_CHAR16: "uint16_t",
    fmt.TYPE_CHAR32: "uint32_t", fmt.TYPE_WCHAR: "uint32_t", fmt.TYPE_SHORT: "short", fmt.TYPE_USHORT: "unsigned short",
    fmt.TYPE_INT: "int", fmt.TYPE_UINT: "unsigned int", fmt.TYPE_LONG: "long", fmt.TYPE_ULONG: "unsigned long",
    fmt.TYPE_LONGLONG: "long long", fmt.TYPE_ULONGLONG: "unsigned long long", fmt.TYPE_FLOAT: "float",
    fmt.TYPE_DOUBLE: "double"}
_C_TYPES = {kind: engine.new_primitive_type(name) for kind, name in _C_NAMES.items()}
_C_POINTERS = {kind: engine.new_pointer_type(ctype) for kind, ctype in _C_TYPES.items()}
_SIZES = {kind: engine.sizeof(ctype) for kind, ctype in _C_TYPES.items()}
_SIZES.update({fmt.TYPE_INT128: 16, fmt.TYPE_UINT128: 16, fmt.TYPE_NULLPTR: 8, fmt.TYPE_POINTER: memory.WORD_SIZE,
               fmt.TYPE_LVALUE_REF: memory.WORD_SIZE, fmt.TYPE_RVALUE_REF: memory.WORD_SIZE, fmt.TYPE_LONGDOUBLE:
               engine.sizeof(engine.new_primitive_type("long double"))})
UNSIGNED = frozenset((fmt.TYPE_UCHAR, fmt.TYPE_USHORT, fmt.TYPE_UINT, fmt.TYPE_ULONG, fmt.TYPE_ULONGLONG,
                      fmt.TYPE_CHAR8, fmt.TYPE_CHAR16, fmt.TYPE_CHAR32, fmt.TYPE_BOOL))


# Converting constructors do not nest: one user-defined conversion per argument, [over.best.ics]/4.
converting = threading.local()


def converted_by_user(type_, value):
    """(what a conversion function of an object gives for the type,), or None ([over.ics.user])."""
    if not hasattr(value, "__cppbind_life__") or hooks.convert_value is None or getattr(converting, "on", False):
        return None
    # What is stored by way of a reference goes where that refers to.
    return hooks.convert_value(type_.target if type_.kind == fmt.TYPE_LVALUE_REF else type_, value)


class Call:
    """A call in progress: what must live until it is over, and what is to be done then."""

    __slots__ = ("kept", "cleanups")

    def __init__(self):
        self.kept, self.cleanups = [], []

    def scratch(self, size):
        """Memory for the time of the call, as an address aligned to 16 bytes."""
        room = memory.newp(memory.chars, size + 15)
        self.kept.append(room)
        return memory.address_of(room) + 15 & ~15

    def clean(self):
        """The call is over."""
        while self.cleanups:
            self.cleanups.pop()()


class CppType:
    """The description of one C++ type; also the conversion of types that have none."""

    usable = True
    parameters = None           # of a function type: a tuple of types; its `target` is the result
    is_number = False           # an integer type whose C counterpart takes and gives the same ints

    def __init__(self, kind, flags, size, extent, target, name, spelling, ctype):
        self.kind, self.flags, self.extent, self.target = kind, flags, extent, target
        self.size = size if size > 0 else _SIZES.get(kind, 0)
        self.name, self.spelling, self.ctype = name, spelling, ctype
        # What a register of it is in C; pointers and references are addresses.
        self.register = _C_TYPES.get(kind, memory.word)
        self.memory_pointer = _C_POINTERS.get(kind, memory.word_pointer)
        self._class = None

    def __repr__(self):
        return "<C++ type '%s'>" % self.spelling

    @property
    def is_string(self):
        """Whether it is std::string."""
        return bool(self.flags & STRING)

    def set_parameters(self, result, parameters):
        """(result type, argument types) of a function type, once."""
        if self.kind == fmt.TYPE_FUNCTION and self.parameters is None:
            self.target, self.parameters = result, parameters

    # ---- the interface

    def rank(self, value):
        """How well a Python value fits; -1: not at all."""
        return -1

    def argument(self, value, call):
        """What C gets for a value: a number, or an address."""
        raise NotImplementedError

    def load(self, address, owner=None):
        """The value that lies at an address.  `owner`: the proxy whose object holds it.  Unsafe."""
        raise NotImplementedError

    def store(self, address, value, owner=None):
        """Write a value there."""
        raise NotImplementedError

    def result(self, value, owner):
        """The value of a register that came back."""
        raise NotImplementedError

    def put(self, address, value, owner=None):
        """`store`, of what a conversion function of the value gives where the value itself is refused."""
        try:
            self.store(address, value, owner)
        except TypeError:
            converted = converted_by_user(self, value)
            if converted is None:
                raise
            self.store(address, converted[0], owner)

    def take(self, value, call):
        """`argument` in the same way."""
        try:
            return self.argument(value, call)
        except TypeError:
            converted = converted_by_user(self, value)
            if converted is None:
                raise
            return self.argument(converted[0], call)

    # ---- for subclasses

    def refuse(self, value, why=None):
        """The TypeError for a value that cannot be converted."""
        return TypeError("cannot convert %s to '%s'%s" % (
            "None" if value is None else type(value).__name__, self.spelling, ": " + why if why else ""))

    def info(self):
        """The Info of the class."""
        if self._class is None:
            from .classes import info_of
            if hooks.class_by_name is None:
                raise RuntimeError("cppbind is not set up")
            answer = hooks.class_by_name(self.name)
            info = info_of(answer) if isinstance(answer, type) else None
            if info is None:
                raise TypeError("'%s' is no C++ class" % self.name)
            self._class = info
        return self._class

    def enum(self):
        """The enum class."""
        if self._class is None:
            if hooks.enum_by_name is None:
                raise RuntimeError("cppbind is not set up")
            answer = hooks.enum_by_name(self.name)
            if not isinstance(answer, type):
                raise TypeError("'%s' is no C++ enum" % self.name)
            self._class = answer
        return self._class


class Unknown(CppType):
    """What has no reflection."""

    usable = False

    def argument(self, value, call):
        raise self.refuse(value, "this type has no reflection")

    def load(self, address, owner=None):
        raise TypeError("cannot convert '%s' to a Python object: this type has no reflection" % self.spelling)

    def result(self, value, owner):
        return self.load(0)

    def store(self, address, value, owner=None):
        raise self.refuse(value, "this type has no reflection")


class Void(Unknown):
    """void: a result only."""

    usable = True
    parameters = None           # of a function type: a tuple of types; its `target` is the result

    def __init__(self, *description):
        super().__init__(*description)
        self.register = memory.void

    def load(self, address, owner=None):
        return None


class Nullptr(CppType):
    """std::nullptr_t."""

    def rank(self, value):
        return EXACT if value is None or value is hooks.null_constant else -1

    def argument(self, value, call):
        if self.rank(value) < 0:
            raise self.refuse(value)
        return 0

    def load(self, address, owner=None):
        return hooks.null_constant

    def result(self, value, owner):
        return hooks.null_constant

    def store(self, address, value, owner=None):
        raise self.refuse(value, "this type has no reflection")
