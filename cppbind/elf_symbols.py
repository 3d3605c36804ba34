"""Which symbols does a shared library take from others?  Reads the dynamic symbol table of an ELF file.

`build` asks it of a fresh dictionary: a function that headers declare as inline and do not define shows there.
System V gABI, chapters 4 ("Sections", "Symbol Table") and 5.
"""

import struct

_DYNAMIC_SYMBOLS = 11       # SHT_DYNSYM
_GLOBAL = 1                 # STB_GLOBAL: not weak
_UNDEFINED = 0              # SHN_UNDEF
_SYMBOL = "IBBHQQ"          # Elf64_Sym: st_name st_info st_other st_shndx st_value st_size
_SECTION = "IIQQQQIIQQ"     # Elf64_Shdr: sh_name sh_type sh_flags sh_addr sh_offset sh_size sh_link ...


def undefined_symbols(path):
    """The names (a set of str) that must be defined elsewhere for the library to load; empty for what is not ELF64."""
    with open(path, "rb") as file:
        data = file.read()
    if data[:5] != b"\x7fELF\x02":
        return set()
    order = {1: "<", 2: ">"}[data[5]]
    table, = struct.unpack_from(order + "Q", data, 40)
    width, count = struct.unpack_from(order + "HH", data, 58)
    sections = [struct.unpack_from(order + _SECTION, data, table + index * width) for index in range(count)]
    found = set()
    for section in sections:
        if section[1] != _DYNAMIC_SYMBOLS:
            continue
        offset, size, names = section[4], section[5], sections[section[6]][4]
        for name, info, _, index, _, _ in struct.iter_unpack(order + _SYMBOL, data[offset:offset + size]):
            if index == _UNDEFINED and info >> 4 == _GLOBAL:
                start = names + name
                found.add(data[start:data.index(b"\0", start)].decode("utf-8", "replace"))
    return found
