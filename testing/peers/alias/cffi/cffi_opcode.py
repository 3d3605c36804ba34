"""`cffi.cffi_opcode`: the names of primitive types (their numbers mean nothing here)."""

from cffi_like.common_types import PRIMITIVES

PRIMITIVE_TO_INDEX = {name: number for number, name in enumerate(
    [name for name in PRIMITIVES if "__int128" not in name], 1)}
