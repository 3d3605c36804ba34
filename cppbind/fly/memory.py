"""A dictionary without a library: for declarations that need no code, because libraries define what they name.

Its tables are those that a compiler would have made; the few numbers in them are sizes of built-in types, which the
core knows.  Neighbours: ../dictionary.py, which it is one of; `session`, which makes and keeps it.
"""

import re
import struct

from .. import format as fmt
from ..dictionary import Dictionary

_SIZES = {"bool": "_Bool", "std::nullptr_t": "void *", "__int128": None, "unsigned __int128": None,
          "char8_t": "unsigned char"}


class MemoryDictionary(Dictionary):
    """`data` is what DictionaryTables.data gave; `label` stands for the path in messages."""

    def __init__(self, label, data, engine=None):
        if engine is None:
            from cffi_like.engine import load
            engine = load()
        self.path, self._engine = label, engine
        self._most_slots = None
        self._slots, self._string_cache = {}, {}
        self._symbols = None
        self._types()
        self.library = engine.load_library(None, engine.RTLD_NOW)
        self.abi = self.generator = ""
        self._tables, self._counts = {}, {}
        for table in fmt.TABLES:
            if table.name == "strings":
                view = memoryview(data["strings"].encode("utf-8", "replace"))
                count = len(view)
            elif table.name in ("numbers", "fills"):
                numbers = data["numbers"] if table.name == "numbers" else []
                view, count = memoryview(struct.pack("=%dq" % len(numbers), *numbers)).cast("q"), len(numbers)
            else:
                rows = data["rows"].get(table.name, [])
                words = [value for row in rows for value in row]
                view, count = memoryview(struct.pack("=%dI" % len(words), *words)).cast("I"), len(rows)
            self._tables[table.name], self._counts[table.name] = view, count


def evaluate(expression):
    """The value of 'sizeof(...)' of a built-in type or a pointer, as this machine has it; None for anything else."""
    from cffi_like.engine import load
    engine = load()
    found = re.match(r"sizeof\((.*)\)\Z", expression)
    if not found:
        return None
    name = found.group(1)
    if name.endswith("*"):
        return engine.sizeof(engine.new_pointer_type(engine.new_void_type()))
    try:
        return engine.sizeof(engine.new_primitive_type(_SIZES.get(name, name)))
    except (KeyError, TypeError, NotImplementedError, ValueError):
        return None
