"""`cffi.model`: the primitive types, whose names upstream's tests run through."""

from cffi_like.common_types import PRIMITIVES


def _letter(name):
    """'i' integer, 'c' character, 'f' float, 'j' complex."""
    if "complex" in name:
        return "j"
    if name in ("char", "wchar_t", "char16_t", "char32_t"):
        return "c"
    return "f" if name in ("float", "double", "long double") else "i"


class PrimitiveType:
    ALL_PRIMITIVE_TYPES = {name: _letter(name) for name in PRIMITIVES if "__int128" not in name}

    def __init__(self, name):
        self.name = name

    def is_integer_type(self):
        return self.ALL_PRIMITIVE_TYPES[self.name] == "i"

    def is_float_type(self):
        return self.ALL_PRIMITIVE_TYPES[self.name] == "f"

    def is_char_type(self):
        return self.ALL_PRIMITIVE_TYPES[self.name] == "c"

    def is_complex_type(self):
        return self.ALL_PRIMITIVE_TYPES[self.name] == "j"
