"""Checks that a file is a whole shared library of this machine before it is opened.

The dynamic loader maps a truncated file and dies of SIGBUS, so the sizes that
the ELF headers state (System V gABI, chapters 4 and 5) are compared with the
file's own.  Used by `dictionary`.  Systems without ELF are not checked.
"""

import os
import struct
import sys

from .errors import DictionaryError

_MAGIC = b"\x7fELF"
_TYPE_SHARED = 3            # ET_DYN
_PT_LOAD = 1
_SHT_NOBITS = 8             # a section without bytes in the file
# e_machine of what this toolkit runs on, by os.uname().machine.
_MACHINES = {"x86_64": 62, "AMD64": 62, "aarch64": 183, "arm64": 183, "i386": 3, "i686": 3, "ppc64le": 21,
             "s390x": 22, "riscv64": 243}
_NAMES = {62: "x86_64", 183: "aarch64", 3: "i386", 21: "ppc64", 22: "s390x", 243: "riscv64", 40: "arm"}


def check_library(path):
    """Raise DictionaryError unless `path` is a complete ELF shared library for this machine.

    Returns how many bytes of memory it takes from its base address on, None where that is not known.  Raises OSError
    where the file cannot be read.
    """
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        header = file.read(64)
        if not header.startswith(_MAGIC):
            if sys.platform.startswith("linux"):
                raise DictionaryError("%s is no shared library: it begins with %r, not with %r"
                                      % (path, header[:4], _MAGIC))
            return None
        return _Elf(path, file, size, header).check()


class _Elf:
    """One look through the headers of a file."""

    def __init__(self, path, file, size, header):
        self.path, self.file, self.size, self.header = path, file, size, header

    def refuse(self, why):
        raise DictionaryError("%s is damaged or not for this machine: %s" % (self.path, why))

    def unpack(self, fields, data, offset=0):
        try:
            return struct.unpack_from(self.order + fields, data, offset)
        except struct.error:
            self.refuse("its ELF headers are cut off, the file has %d bytes" % self.size)

    def check(self):
        if len(self.header) < 64:
            self.refuse("its ELF header is cut off, the file has %d bytes" % self.size)
        bits, order = self.header[4], self.header[5]
        own_bits = 64 if sys.maxsize > 2**32 else 32
        if bits not in (1, 2) or 32 * bits != own_bits:
            self.refuse("it has %s-bit code, this Python %d-bit code" % (
                {1: "32", 2: "64"}.get(bits, "unknown"), own_bits))
        if {1: "little", 2: "big"}.get(order) != sys.byteorder:
            self.refuse("its byte order is not %s-endian" % sys.byteorder)
        self.order = "<" if order == 1 else ">"
        kind, machine = self.unpack("HH", self.header, 16)
        own = _MACHINES.get(os.uname().machine)
        if own is not None and machine != own:
            self.refuse("it is for the processor %s, this is %s"
                        % (_NAMES.get(machine, "number %d" % machine), os.uname().machine))
        if kind != _TYPE_SHARED:
            self.refuse("its ELF type is %d, a shared library has %d" % (kind, _TYPE_SHARED))
        return self.check_tables() if bits == 2 else None

    def check_tables(self):
        end = 0
        program, sections = self.unpack("QQ", self.header, 32)
        program_width, program_count, section_width, section_count = self.unpack("HHHH", self.header, 54)
        self.within("its program headers", program, program_width * program_count)
        for data in self.records(program, program_width, program_count, 56):
            kind, _flags, offset, address, _physical, length, memory = self.unpack("IIQQQQQ", data)
            if kind == _PT_LOAD:
                self.within("a segment", offset, length)
                end = max(end, address + memory)
        self.within("its section table", sections, section_width * section_count)
        for data in self.records(sections, section_width, section_count, 64):
            _name, kind, _flags, _address, offset, length = self.unpack("IIQQQQ", data)
            if kind not in (0, _SHT_NOBITS):
                self.within("a section", offset, length)
        return end

    def records(self, offset, width, count, least):
        if count and width < least:
            self.refuse("a table of its headers has records of %d bytes" % width)
        self.file.seek(offset)
        data = self.file.read(width * count)
        return [data[at:at + width] for at in range(0, width * count, width or 1)]

    def within(self, what, offset, length):
        if offset + length > self.size:
            self.refuse("%s ends at byte %d, but the file has %d bytes" % (what, offset + length, self.size))
