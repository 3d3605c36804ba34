"""library_file.py: looks at a shared library's file before it is opened.

The system's loader maps a file without asking whether it is whole; a
truncated one kills the process with SIGBUS.  The ELF header says how long
the file must be (System V ABI, chapter 4 and 5), so that can be refused.
Imports nothing; used by symbol_table.py and by dictionaries.
"""

from sys import byteorder

# For 32 and 64 bits: size of an offset, places of e_phoff and e_phentsize
# (which e_phnum follows); in a program header of p_offset and p_filesz.
_LAYOUTS = {1: (4, 28, 42, 4, 16), 2: (8, 32, 54, 8, 32)}


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
    width, at_offset, at_counts, at_start, at_size = _LAYOUTS[head[4]]

    def number(content, at, size):
        return int.from_bytes(content[at:at + size], byteorder)

    start = number(head, at_offset, width)
    entry_size = number(head, at_counts, 2)
    count = number(head, at_counts + 2, 2)
    end = start + entry_size * count
    file.seek(start)
    table = file.read(entry_size * count)
    for at in range(0, len(table) - entry_size + 1, entry_size or 1):
        end = max(end, number(table, at + at_start, width) + number(table, at + at_size, width))
    return end
