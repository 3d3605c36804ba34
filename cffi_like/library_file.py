"""library_file.py: looks at a shared library's file before it is opened.

The system's loader maps a file without asking whether it is whole; a
truncated one kills the process with SIGBUS.  The ELF header says how long
the file must be (System V ABI, chapter 4 and 5), so that can be refused.
Imports nothing but struct; used by symbol_table.py and by dictionaries.
"""

from struct import Struct

# e_phoff and e_phentsize, e_phnum; then of a program header p_offset, p_filesz.
_LAYOUTS = {1: (Struct("I"), 28, Struct("HH"), 42, Struct("II"), 4, 16),
            2: (Struct("Q"), 32, Struct("HH"), 54, Struct("QQ"), 8, 32)}


def problem_with(path):
    """Why the file must not be opened as a library, as text; None if nothing
    is known against it (also if it is not ELF, or cannot be read: the loader
    will say so).  Headers of the other byte order are left to the loader."""
    try:
        with open(path, "rb") as file:
            head = file.read(64)
            if head[:4] != b"\x7fELF" or len(head) < 5 or head[4] not in _LAYOUTS:
                return None
            if len(head) < 64:
                return "the file is truncated: its ELF header has %d bytes" % len(head)
            needed = _needed_bytes(file, head)
            actual = file.seek(0, 2)
    except OSError:
        return None
    if needed > actual:
        return ("the file is truncated: its headers tell of %d bytes, it has %d"
                % (needed, actual))
    return None


def _needed_bytes(file, head):
    word, at_offset, counts, at_counts, pair, at_start, at_size = _LAYOUTS[head[4]]
    start, = word.unpack_from(head, at_offset)
    entry_size, count = counts.unpack_from(head, at_counts)
    end = start + entry_size * count
    file.seek(start)
    table = file.read(entry_size * count)
    for at in range(0, len(table) - entry_size + 1, entry_size or 1):
        offset = pair.unpack_from(table, at + at_start)[0]
        size = pair.unpack_from(table, at + at_size)[0]
        end = max(end, offset + size)
    return end
