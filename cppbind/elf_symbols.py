"""Which symbols does a shared library take from others, and which has it?  Reads the dynamic section of an ELF file.

`build` asks it of a fresh dictionary: a function that headers declare as inline and do not define shows there, and so
does one that its library keeps to itself.  System V gABI, chapters 4 ("Sections", "Symbol Table") and 5 ("Dynamic
Section").
"""

import os
import struct

_DYNAMIC_SYMBOLS, _DYNAMIC = 11, 6      # SHT_DYNSYM, SHT_DYNAMIC
_NEEDED, _RPATH, _RUNPATH = 1, 15, 29   # DT_...
_GLOBAL, _WEAK = 1, 2       # STB_...
_UNDEFINED = 0              # SHN_UNDEF
_SYMBOL = "IBBHQQ"          # Elf64_Sym: st_name st_info st_other st_shndx st_value st_size
_SECTION = "IIQQQQIIQQ"     # Elf64_Shdr: sh_name sh_type sh_flags sh_addr sh_offset sh_size sh_link ...


class _File:
    """The sections of an ELF64 file; none of any other."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = data = file.read()
        self.sections, self.order = [], "<"
        if data[:5] != b"\x7fELF\x02":
            return
        self.order = {1: "<", 2: ">"}[data[5]]
        table, = struct.unpack_from(self.order + "Q", data, 40)
        width, count = struct.unpack_from(self.order + "HH", data, 58)
        self.sections = [struct.unpack_from(self.order + _SECTION, data, table + index * width)
                         for index in range(count)]

    def entries(self, kind, layout):
        """(fields, where its strings begin) of the entries of the sections of a kind."""
        for section in self.sections:
            if section[1] == kind:
                strings = self.sections[section[6]][4]
                for fields in struct.iter_unpack(self.order + layout, self.data[section[4]:section[4] + section[5]]):
                    yield fields, strings

    def text(self, start):
        return self.data[start:self.data.index(b"\0", start)].decode("utf-8", "replace")


def undefined_symbols(path, weak=False):
    """The names (a set of str) that must be defined elsewhere for the library to load; empty for what is not ELF64.

    `weak`: those that may be defined elsewhere.
    """
    file = _File(path)
    return {file.text(strings + fields[0]) for fields, strings in file.entries(_DYNAMIC_SYMBOLS, _SYMBOL)
            if fields[3] == _UNDEFINED and fields[1] >> 4 == (_WEAK if weak else _GLOBAL)}


def exported_symbols(paths, folders, find):
    """The names that these libraries, and those that they need, define; None where one is not found, or not ELF64.

    A library that is needed is looked for as the dynamic loader does, in `folders`, and by `find(name)`, which gives a
    path or None.
    """
    waiting, seen, names = list(paths), set(), set()
    while waiting:
        path = os.path.realpath(waiting.pop())
        if path in seen:
            continue
        seen.add(path)
        file = _File(path)
        if not file.sections:
            return None
        names.update(file.text(strings + fields[0]) for fields, strings in file.entries(_DYNAMIC_SYMBOLS, _SYMBOL)
                     if fields[3] != _UNDEFINED and fields[1] >> 4 != 0)
        for needed in _needed(file, path, folders, find):
            if needed is None:
                return None
            waiting.append(needed)
    return names


def _needed(file, path, folders, find):
    """The paths of the libraries that one needs, None for one that is not found."""
    entries = [(fields[0], file.text(strings + fields[1])) for fields, strings in file.entries(_DYNAMIC, "QQ")
               if fields[0] in (_NEEDED, _RPATH, _RUNPATH)]
    own = [folder.replace("${ORIGIN}", "$ORIGIN").replace("$ORIGIN", os.path.dirname(path))
           for tag, text in entries if tag != _NEEDED for folder in text.split(":")]
    for tag, name in entries:
        if tag == _NEEDED:
            places = [os.path.join(folder, name) for folder in own + list(folders)]
            yield next((place for place in places if os.path.isfile(place)), None) or find(name)
