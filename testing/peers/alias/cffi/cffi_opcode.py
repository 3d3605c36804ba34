"""`cffi.cffi_opcode`: the names of primitive types (their numbers mean nothing here), and two
numbers of CFFI's binary format, which upstream's tests hand to CFFI's own C code."""

from cffi_like.common_types import PRIMITIVES

PRIMITIVE_TO_INDEX = {name: number for number, name in enumerate(
    [name for name in PRIMITIVES if "__int128" not in name], 1)}
OP_ENUM, OP_CONSTANT_INT = 11, 31
