"""Calls of functions with an ellipsis: what it takes is passed by what it is in Python.

An int is passed in 64 bits, which serves `int` and `long` alike, a float as double, text as const char *.  A
dictionary's helper "variadic" fills the registers and catches what is thrown.  Neighbour: candidate.py, for all other
calls.
"""

import operator
import struct
from types import SimpleNamespace

from ... import format as fmt
from . import memory
from .classes import info_of
from .hooks import is_null
from .instance import address_of
from .memory import engine

_ON_STACK = 10
_int64s = engine.new_array_type(engine.new_pointer_type(engine.new_primitive_type("int64_t")), None)
NOTHING = SimpleNamespace(kind=fmt.TYPE_VOID)       # a result that is not in a register


def _bits(number, form="d"):
    return struct.unpack("=q", struct.pack("=" + form, number).ljust(8, b"\0"))[0]


def _text(value, call):
    data = value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value
    if b"\0" in data:
        raise ValueError("cannot convert to 'const char *': embedded null character")
    held = memory.newp(memory.chars, data)
    call.kept.append(held)
    return memory.address_of(held)


def _integer(value):
    number = operator.index(value)
    if not -1 << 63 <= number < 1 << 64:
        raise OverflowError("the integer does not fit into 64 bits")
    return number - (1 << 64) if number >> 63 > 0 else number


def _cdata(value):
    kind = engine.typeof(value).kind
    if kind in ("pointer", "array", "function"):
        return memory.address_of(value)
    try:
        return _integer(int(value))
    except TypeError:
        raise TypeError("%r cannot be passed for '...'" % (value,)) from None


def more(value, call):
    """(whether it goes into a vector register, its 64 bits) of an argument for the ellipsis."""
    kind = type(value)
    if isinstance(value, (str, bytes)):
        return False, _text(value, call)
    if is_null(value):
        return False, 0
    if isinstance(value, engine.CData):
        call.kept.append(value)
        return False, _cdata(value)
    if info_of(kind) is not None:
        return False, address_of(value)
    if isinstance(value, float) or hasattr(kind, "__float__") and not hasattr(kind, "__index__"):
        return True, _bits(float(value))
    if hasattr(kind, "__index__"):
        return False, _integer(value)
    try:
        held = engine.from_buffer(memory.chars, value)
    except TypeError:
        raise TypeError("%s cannot be passed for '...'" % kind.__name__) from None
    call.kept.append(held)
    return False, memory.address_of(held)


def fixed(type_, value):
    """The same of a named parameter that was converted."""
    if type_.kind == fmt.TYPE_DOUBLE:
        return True, _bits(value)
    return (True, _bits(value, "f")) if type_.kind == fmt.TYPE_FLOAT else (False, int(value))


def _place(values):
    """Registers and stack as cdata: general, real, stack."""
    general, real, stack = [], [], []
    limit = 8 if _is_aarch64() else 6
    for is_real, bits in values:
        kept, room = (real, 8) if is_real else (general, limit)
        (kept if len(kept) < room else stack).append(bits)
    if len(stack) > _ON_STACK:
        raise TypeError("more arguments than are supported")
    return [memory.newp(_int64s, part + [0] * (room - len(part)))
            for part, room in ((general, 8), (real, 8), (stack, _ON_STACK))]


def _is_aarch64():
    from .candidate import _is_aarch64
    return _is_aarch64()


def invoke(guards, values, target, result):
    """Call `target`; what it throws waits in the guards.  values: pairs as above; result: its CppType."""
    function = guards.variadic()
    parts = _place(values)
    addresses = [memory.address_of(part) for part in parts]
    if result.kind not in (fmt.TYPE_DOUBLE, fmt.TYPE_FLOAT):
        value = function(*addresses, target, 0)
        return None if result.kind == fmt.TYPE_VOID else int(memory.cast(result.register, value))
    place = memory.newp(_int64s, 1)
    function(*addresses, target, memory.address_of(place))
    data = struct.pack("=q", place[0])
    return struct.unpack("=d", data)[0] if result.kind == fmt.TYPE_DOUBLE else struct.unpack("=f", data[:4])[0]
