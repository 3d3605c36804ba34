"""Looks at a shared library's file before it is opened.

The system's loader maps a file without asking whether it is whole; a truncated
one kills the process with SIGBUS.  The ELF headers say how long the file must
be (System V gABI, chapters 4 and 5), so that can be refused.  Used for the
libraries of dlopen(), compiled modules and C++ dictionaries.  Standard library
only, and of that only what every Python has loaded by now.
"""

import os
import sys

_TYPE_SHARED = 3            # ET_DYN
_PT_LOAD = 1
# e_machine of what this toolkit runs on, by os.uname().machine.
_MACHINES = {"x86_64": 62, "AMD64": 62, "aarch64": 183, "arm64": 183, "i386": 3, "i686": 3,
             "ppc64le": 21, "s390x": 22, "riscv64": 243}
_NAMES = {62: "x86_64", 183: "aarch64", 3: "i386", 21: "ppc64", 22: "s390x", 243: "riscv64",
          40: "arm"}


class NotLoadable(Exception):
    """Why a file must not be opened as a library; the text does not name the file."""


def problem_with(path):
    """Why the file must not be opened as a library, as text; None if nothing is known
    against it (also if it is not ELF, or cannot be read: the loader will say so)."""
    try:
        examine(path)
    except NotLoadable as problem:
        return str(problem)
    except OSError:
        pass
    return None


def examine(path):
    """How many bytes of memory the library takes from its base address on.

    None where that is not known: the file is not ELF, or is of 32 bits.  Raises
    NotLoadable for a truncated file or one for another machine, OSError where the
    file cannot be read.
    """
    with open(path, "rb") as file:
        head = file.read(64)
        if head[:4] != b"\x7fELF":
            return None
        return _Headers(file, head).check()


class _Headers:
    """One look through the headers of a file."""

    def __init__(self, file, head):
        self.file, self.head = file, head
        self.size = os.fstat(file.fileno()).st_size

    def number(self, data, at, width):
        return int.from_bytes(data[at:at + width], self.order)

    def check(self):
        head = self.head
        if len(head) < 64:
            raise NotLoadable("the file is truncated: its ELF header has %d bytes" % len(head))
        own_bits = 64 if sys.maxsize > 2**32 else 32
        bits = {1: 32, 2: 64}.get(head[4])
        if bits != own_bits:
            raise NotLoadable("it has %s-bit code, this Python %d-bit code"
                              % (bits or "unknown", own_bits))
        self.order = {1: "little", 2: "big"}.get(head[5])
        if self.order != sys.byteorder:
            raise NotLoadable("its byte order is not %s-endian" % sys.byteorder)
        kind, machine = self.number(head, 16, 2), self.number(head, 18, 2)
        own = _MACHINES.get(os.uname().machine) if hasattr(os, "uname") else None
        # A 32-bit Python on a 64-bit machine cannot be told from its name.
        if own is not None and bits == 64 and machine != own:
            raise NotLoadable("it is for the processor %s, this is %s" % (
                _NAMES.get(machine, "number %d" % machine), os.uname().machine))
        if kind != _TYPE_SHARED:
            raise NotLoadable("its ELF type is %d, a shared library has %d" % (kind, _TYPE_SHARED))
        return self.check_tables() if bits == 64 else None

    def check_tables(self):
        """The program headers, the segments they name, and the section table, which linkers
        write last: a file that has lost its end is told by that alone."""
        head, number = self.head, self.number
        program, sections = number(head, 32, 8), number(head, 40, 8)
        program_width, program_count = number(head, 54, 2), number(head, 56, 2)
        self.within("its section table", sections, number(head, 58, 2) * number(head, 60, 2))
        self.within("its table of segments", program, program_width * program_count)
        if program_count and program_width < 56:
            raise NotLoadable("its table of segments has records of %d bytes" % program_width)
        self.file.seek(program)
        table = self.file.read(program_width * program_count)
        end = 0
        for at in range(0, len(table), program_width or 1):
            if number(table, at, 4) == _PT_LOAD:
                self.within("a segment", number(table, at + 8, 8), number(table, at + 32, 8))
                end = max(end, number(table, at + 16, 8) + number(table, at + 40, 8))
        return end

    def within(self, what, offset, length):
        if offset + length > self.size:
            raise NotLoadable("the file is truncated: %s ends at byte %d, it has %d bytes"
                              % (what, offset + length, self.size))
