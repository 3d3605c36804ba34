"""Reads a reflection dictionary in place, through cffi_like's engine.

Opens the library, checks it (ELF file, magic, version, byte order, ABI, record
widths) and gives its tables; every index is checked when it is used, since a
dictionary is data from outside.  `format` describes the layout.  Neighbours:
`registry` looks names up, runtime/ builds classes.
"""

import os
import struct
import sys

from . import format as fmt
from .library_check import check_library
from .errors import DictionaryError

NONE = fmt.NONE


class Record:
    """One record: its fields as attributes, strings decoded, the rest as they stand.

    `index` is the record's own index in its table.
    """

    __slots__ = ("dictionary", "index", "_row")
    _table = None               # set by the subclasses that _record_class makes

    def __init__(self, dictionary, index, row):
        self.dictionary, self.index, self._row = dictionary, index, row

    def __repr__(self):
        fields = fmt.TABLE[self._table].fields
        return "<%s %d of %s: %s>" % (self._table, self.index, self.dictionary.path, ", ".join(
            "%s=%r" % (field.name, getattr(self, field.name)) for field in fields))


def _record_class(table):
    def plain(position):
        return property(lambda self: self._row[position])

    def string(position):
        return property(lambda self: self.dictionary.string(self._row[position]))

    names = {field.name: (string if field.role == "string" else plain)(position)
             for position, field in enumerate(table.fields)}
    names.update(__slots__=(), _table=table.name)
    return type(table.name, (Record,), names)


_RECORDS = {table.name: _record_class(table) for table in fmt.TABLES if table.fields}


def own_abi():
    """The first three parts of the ABI tag that this process can use."""
    machine = os.uname().machine if hasattr(os, "uname") else ""
    processor = {"arm64": "aarch64", "AMD64": "x86_64", "i686": "i386"}.get(machine, machine)
    if processor not in ("x86_64", "aarch64", "i386"):
        processor = "unknown"
    system = "linux" if sys.platform.startswith("linux") else "darwin" if sys.platform == "darwin" else "unknown"
    return "itanium:%s:%s" % (processor, system)


class Dictionary:
    """The tables of one open dictionary.  It stays open for the life of the process.

    Raises DictionaryError where the file is no dictionary or damaged, OSError where it cannot be read or loaded.
    """

    def __init__(self, path, engine=None):
        if engine is None:
            from cffi_like.engine import load
            engine = load()
        self.path = path
        self._engine = engine
        self._most_slots = None
        self._extent = check_library(path)
        self._helpers = None
        self._slots = {}            # scope index -> list of (address, adjustment)
        self._symbols = None        # the process itself, for functions defined elsewhere
        self._string_cache = {}
        self.library = self._open(path)
        self._types()
        self._check_header()

    # ---- opening ---------------------------------------------------------------

    def _open(self, path):
        engine = self._engine
        return engine.load_library(path, engine.RTLD_NOW | engine.RTLD_GLOBAL)

    def _types(self):
        engine = self._engine
        self._char = engine.new_primitive_type("char")
        self._char_pointer = engine.new_pointer_type(self._char)
        self._void_pointer = engine.new_pointer_type(engine.new_void_type())
        self._word = engine.new_primitive_type("uintptr_t")
        self._word_pointer = engine.new_pointer_type(self._word)

    def _refuse(self, why):
        raise DictionaryError("%s: %s" % (self.path, why))

    def _memory(self, address, size):
        """A read-only view of foreign memory."""
        if size == 0:
            return memoryview(b"")
        engine = self._engine
        pointer = engine.cast(self._char_pointer, engine.cast(self._void_pointer, address))
        return memoryview(engine.buffer(pointer, size)).toreadonly()

    def _address(self, array):
        """Where an array lies, as an int."""
        return int(self._engine.cast(self._word, self._engine.cast(self._void_pointer, array)))

    def _check_header(self):
        engine = self._engine
        array = engine.new_array_type(self._char_pointer, fmt.HEADER_SIZE)
        try:
            symbol = self.library.read_variable(array, fmt.SYMBOL)
        except (AttributeError, KeyError, OSError):
            self._refuse("no dictionary: the library does not export '%s'" % fmt.SYMBOL)
        address = self._address(symbol)
        header = self._memory(address, fmt.HEADER_SIZE)
        magic, version, order, size, abi, count, generator = struct.unpack(fmt.HEADER, header)
        if magic != fmt.MAGIC:
            self._refuse("no dictionary: '%s' begins with %r, not with %r" % (fmt.SYMBOL, magic, fmt.MAGIC))
        if order != fmt.BYTE_ORDER:
            self._refuse("its byte order is %#x, this machine's %#x" % (order, fmt.BYTE_ORDER))
        if version != fmt.VERSION:
            self._refuse("it has dictionary version %d, this cppbind reads version %d: build it again"
                         % (version, fmt.VERSION))
        expected = fmt.HEADER_SIZE + fmt.DESCRIPTOR_SIZE * len(fmt.TABLES)
        if count != len(fmt.TABLES) or size != expected:
            self._refuse("its header has %d tables in %d bytes, expected are %d in %d"
                         % (count, size, len(fmt.TABLES), expected))
        self._read_descriptors(address)
        self.abi, self.generator = self.string(abi), self.string(generator)
        if not (self.abi + ":").startswith(own_abi() + ":"):
            self._refuse("it was built for the ABI '%s', this process has '%s'" % (self.abi, own_abi()))

    def _library_range(self, address):
        """(first, behind the last) address of the library that has `address`; (0, 0) where it cannot be told."""
        engine = self._engine
        words = engine.newp(engine.new_array_type(self._word_pointer, 4))   # a Dl_info: name, base, symbol, address
        signature = engine.new_function_type((self._word, self._word_pointer), engine.new_primitive_type("int"))
        try:
            found = engine.load_library(None, engine.RTLD_NOW).load_function(signature, "dladdr")(address, words)
        except (AttributeError, KeyError, OSError):
            found = 0
        return (words[1], words[1] + self._extent) if found and self._extent else (0, 0)

    def _read_descriptors(self, address):
        descriptors = self._memory(address + fmt.HEADER_SIZE, fmt.DESCRIPTOR_SIZE * len(fmt.TABLES))
        self._tables, self._counts = {}, {}
        low, high = self._library_range(address)
        for index, table in enumerate(fmt.TABLES):
            data, count, width, _zero = struct.unpack_from(fmt.DESCRIPTOR, descriptors,
                                                           index * fmt.DESCRIPTOR_SIZE)
            if width != table.width:
                self._refuse("the records of its table '%s' have %d bytes, expected are %d"
                             % (table.name, width, table.width))
            inside = not count or not low or (low <= data and data + count * width <= high)
            if count >= NONE or (count and not data) or not inside:
                self._refuse("its table '%s' has %d records at %#x, outside of the library" % (
                    table.name, count, data))
            view = self._memory(data, count * width)
            self._counts[table.name] = count
            self._tables[table.name] = view if table.name == "strings" else view.cast(
                "B").cast({"numbers": "q", "fills": "Q"}.get(table.name, "I"))
        strings = self._tables["strings"]
        if not len(strings) or strings[0] != 0 or strings[-1] != 0:
            self._refuse("its table 'strings' does not begin and end with NUL")

    # ---- tables -----------------------------------------------------------------

    def count(self, table):
        """How many records `table` has."""
        return self._counts[table]

    def string(self, offset):
        """The string at an offset of the pool."""
        known = self._string_cache.get(offset)
        if known is not None:
            return known
        strings = self._tables["strings"]
        if not 0 <= offset < len(strings):
            self._refuse("string offset %d lies outside of the %d bytes of strings" % (offset, len(strings)))
        end = offset
        step = 64
        while True:                 # the table ends in NUL, so this ends
            chunk = bytes(strings[end:end + step])
            at = chunk.find(b"\0")
            if at >= 0:
                end += at
                break
            end += len(chunk)
            step *= 4
        text = bytes(strings[offset:end]).decode("utf-8", "replace")
        self._string_cache[offset] = text
        return text

    def number(self, index, default=None):
        """A number that the C++ compiler computed; `default` where there is none."""
        if index == NONE:
            return default
        numbers = self._tables["numbers"]
        if index >= len(numbers):
            self._refuse("number %d of %d" % (index, len(numbers)))
        return numbers[index]

    def record(self, table, index):
        """A record, or None for NONE."""
        if index == NONE:
            return None
        if index >= self._counts[table]:
            self._refuse("record %d of table '%s', which has %d" % (index, table, self._counts[table]))
        width = fmt.TABLE[table].width // 4
        return _RECORDS[table](self, index, self._tables[table][index * width:(index + 1) * width])

    def records(self, table, first, count):
        """The records of a range."""
        if count and (first >= self._counts[table] or first + count > self._counts[table]):
            self._refuse("records %d to %d of table '%s', which has %d"
                         % (first, first + count, table, self._counts[table]))
        width = fmt.TABLE[table].width // 4
        words, kind = self._tables[table], _RECORDS[table]
        return [kind(self, index, words[index * width:(index + 1) * width]) for index in range(first, first + count)]

    def find(self, name):
        """(kind, index) of a qualified name, or None."""
        count = self._counts["names"]
        if not count:
            return None
        if count & (count - 1):
            self._refuse("its table 'names' has %d entries, which is no power of two" % count)
        wanted = fmt.name_hash(name)
        names = self._tables["names"]
        at = wanted & (count - 1)
        for _ in range(count):
            known_hash, offset, kind, index = names[4 * at:4 * at + 4]
            if kind == fmt.NAME_EMPTY:
                return None
            if known_hash == wanted and self.string(offset) == name:
                return kind, index
            at = (at + 1) & (count - 1)
        return None

    # ---- addresses ----------------------------------------------------------------

    def slot(self, scope, slot):
        """(address, adjustment) of a slot of a scope record; (0, 0) for NONE."""
        if slot == NONE or scope is None:
            return 0, 0
        slots = self._slots.get(scope.index)
        if slots is None:
            slots = self._slots[scope.index] = self._fill(scope)
        if slot >= len(slots):
            self._refuse("slot %d of '%s', which has %d" % (slot, scope.name, len(slots)))
        return slots[slot]

    def _fill(self, scope):
        count = scope.slot_count
        if count > 1 << 24:
            self._refuse("'%s' has %d slots" % (scope.name, count))
        if scope.fill == NONE or not count:
            return ()
        # The function writes what its generator counted; were slot_count damaged, there is room for what it can be.
        # Were the index of the function damaged, another scope's might be run.
        room = count + scope.functions_count + 3 * scope.members_count + scope.bases_count + 3
        if room > 1 << 24:
            self._refuse("'%s' has %d functions and %d members" % (
                scope.name, scope.functions_count, scope.members_count))
        values = self._run_fill(scope.fill, 2 * max(room, self._largest_fill()), 2 * count)
        return [(values[i], _signed(values[i + 1])) for i in range(0, 2 * count, 2)]

    def helpers(self):
        """{name: address} of what the dictionary has for run times without the compiled core, see `format`."""
        if self._helpers is None:
            records = self.records("helpers", 0, self.count("helpers"))
            self._helpers = {}
            if records:
                words = self._run_fill(records[0].fill, 2 * self._largest_fill(), len(records))
                self._helpers = dict(zip([record.name for record in records], words))
        return self._helpers

    def _run_fill(self, index, room, count):
        """The first `count` words that a fill function writes, which has `room` for as many."""
        fills = self._tables["fills"]
        if index >= len(fills):
            self._refuse("fill function %d of %d" % (index, len(fills)))
        engine = self._engine
        words = engine.newp(engine.new_array_type(self._word_pointer, room))
        function = engine.new_function_type((self._word_pointer,), engine.new_void_type())
        engine.function_at(function, fills[index], "fill")(words)
        return engine.unpack(words, count)

    def _largest_fill(self):
        """How many slots the scope with most of them has."""
        if self._most_slots is None:
            table = fmt.TABLE["scopes"]
            column = [field.name for field in table.fields].index("slot_count")
            counts = self._tables["scopes"][column::table.width // 4]
            # The helpers' function writes one word each.
            self._most_slots = max([self.count("helpers")] + [count for count in counts if count <= 1 << 20])
        return self._most_slots

    def symbol(self, mangled):
        """The address of a symbol of the libraries behind this dictionary or of the process; 0: none."""
        engine = self._engine
        array = engine.new_array_type(self._char_pointer, 1)
        if self._symbols is None:
            self._symbols = engine.load_library(None, engine.RTLD_NOW)
        for library in (self.library, self._symbols):
            try:
                place = library.read_variable(array, mangled)
            except (AttributeError, KeyError, OSError):
                continue
            return self._address(place)
        return 0


def _signed(word):
    return word - (1 << 64) if word >> 63 else word
