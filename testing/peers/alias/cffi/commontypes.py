"""`cffi.commontypes`: names that mean a type everywhere."""

from cffi_like.common_types import COMMON_NAMES

COMMON_TYPES = {name: getattr(node, "name", name) for name, node in COMMON_NAMES.items()}
