"""Collects the records of a dictionary and writes them as C++ arrays.

The lower half of the emitter: follows `format` to the letter and knows nothing
of the model.  `emit_dictionary` fills a `DictionaryTables` and adds the code
that the tables refer to.

A value of a record is an int, or a string that is a C++ constant expression
which the compiler evaluates (flags that only the compiler can tell).
"""

from . import format as fmt

GENERATOR = "cppbind 0.1.0"
_ROW_WIDTH = 110        # columns of generated source


class DictionaryTables:
    """The tables of one dictionary while they are being built."""

    def __init__(self):
        self.rows = {table.name: [] for table in fmt.TABLES if table.fields}
        self.fills = []             # names of fill functions, in order
        self._strings = {"": 0}     # text -> offset; dicts keep insertion order
        self._string_bytes = 1
        self._numbers = {}          # C++ expression -> (index, owner)
        self._row_owners = {}       # (table, index) -> owner
        self._names = {}            # qualified name -> (kind, index)

    def string(self, text):
        """The offset of `text` in the string pool, adding it if it is new."""
        text = (text or "").replace("\0", " ")
        offset = self._strings.get(text)
        if offset is None:
            offset = self._strings[text] = self._string_bytes
            self._string_bytes += len(text.encode("utf-8", "replace")) + 1
        return offset

    def number(self, expression, owner=None):
        """The index of a number that the compiler computes from `expression`; `owner` is who first asked for it."""
        return self._numbers.setdefault(str(expression), (len(self._numbers), owner))[0]

    def fill(self, function_name):
        """The index of a fill function, by the name it has in the generated source."""
        self.fills.append(function_name)
        return len(self.fills) - 1

    def count(self, table):
        """How many records `table` has, which is the index of the next one."""
        return len(self.rows[table])

    def add(self, table, **values):
        """Append a record and return its index.

        A value is given by field name: for a string field the text itself, for an index or slot None where there is
        nothing; fields left out are "", nothing or 0.  Raises TypeError for a field that the table does not have.
        """
        self.rows[table].append([])
        return self.set(table, len(self.rows[table]) - 1, **values)

    def set(self, table, index, owner=None, **values):
        """Replace a record, with the values of `add`: for one whose index was needed before its values.

        `owner` is what the record describes, for the lines of `lines`.
        """
        if owner is not None:
            self._row_owners[table, index] = owner
        row = []
        for field in fmt.TABLE[table].fields:
            value = values.pop(field.name, None)
            if field.role == "string":
                value = self.string(value)
            elif value is None:
                value = fmt.NONE if field.role in ("index", "slot") else 0
            row.append(value)
        if values:
            raise TypeError("table '%s' has no field %s" % (table, ", ".join(sorted(values))))
        self.rows[table][index] = row
        return index

    def name(self, qualified_name, kind, index):
        """Enter a name into the hash table; the first entry of a name stays."""
        self._names.setdefault(qualified_name, (kind, index))

    def has_name(self, qualified_name):
        """Whether the hash table has a name."""
        return qualified_name in self._names

    def names_in(self, scope):
        """[(simple name, (kind, index))] of what the hash table has in a scope."""
        prefix = scope + "::"
        return [(name[len(prefix):], entry) for name, entry in self._names.items()
                if name.startswith(prefix) and "::" not in name[len(prefix):].partition("<")[0]]

    def source(self):
        """The tables as C++ source, ending in the exported header."""
        return "\n".join(text for text, owner in self.lines())

    def lines(self):
        """`source` as [(line, owner)]; the owner is None where a line belongs to no declaration."""
        self._hash_names()
        header_size = fmt.HEADER_SIZE + fmt.DESCRIPTOR_SIZE * len(fmt.TABLES)
        generator = self.string(GENERATOR)
        lines = _plain(fmt.ABI_TAG_SOURCE) + _plain("namespace {") + _plain(self._string_source())
        lines += self._number_lines() + _plain(self._fill_source())
        for table in fmt.TABLES:
            if table.fields:
                lines += self._record_lines(table)
        lines += _plain(_HEADER_TYPES % len(fmt.TABLES)) + _plain("}  // namespace\n")
        descriptors = ",\n".join("    " + self._descriptor(table) for table in fmt.TABLES)
        return lines + _plain(_HEADER % {
            "symbol": fmt.SYMBOL, "version": fmt.VERSION, "order": fmt.BYTE_ORDER, "size": header_size,
            "abi": self._string_bytes, "tables": len(fmt.TABLES), "generator": generator, "descriptors": descriptors})

    def data(self, evaluate):
        """{'strings': text, 'numbers': [int], 'rows': {table: [[int]]}}, or None where only a compiler can tell a
        value.

        `evaluate(expression)` gives the value of a number, None where it cannot.
        """
        self._hash_names()
        numbers = [evaluate(expression) for expression in self._numbers]
        if None in numbers or not all(isinstance(value, int) for rows in self.rows.values()
                                      for row in rows for value in row):
            return None
        return {"strings": "\0".join(self._strings) + "\0", "numbers": numbers, "rows": self.rows}

    # ---- pieces -----------------------------------------------------------------

    def _hash_names(self):
        size = 4
        while size * 3 < len(self._names) * 4 + 3:      # at most three quarters full
            size *= 2
        entries = [None] * size
        for name, (kind, index) in self._names.items():
            value = fmt.name_hash(name)
            place = value & (size - 1)
            while entries[place] is not None:
                place = (place + 1) & (size - 1)
            entries[place] = [value, self.string(name), kind, index]
        self.rows["names"] = [entry or [0, 0, fmt.NAME_EMPTY, 0] for entry in entries]

    def _string_source(self):
        # The ABI tag, which only the compiler knows, comes last, so its length moves nothing.
        literals = [_literal(text) for text in self._strings]
        lines = _fold(literals, " ") + "\n    CPPBIND_ABI"
        return "const char cppbind_strings[] =\n%s;\n" % lines

    def _number_lines(self):
        if not self._numbers:
            return []
        lines = [("    static_cast<std::int64_t>(%s)," % text, owner) for text, (_, owner) in self._numbers.items()]
        return _plain("const std::int64_t cppbind_numbers[] = {") + lines + _plain("};\n")

    def _fill_source(self):
        if not self.fills:
            return ""
        return ("typedef void (*cppbind_fill_function)(std::uintptr_t *);\n"
                "const cppbind_fill_function cppbind_fills[] = {\n%s\n};\n" % _fold(
                    [name + "," for name in self.fills], " "))

    def _record_lines(self, table):
        rows = self.rows[table.name]
        if not rows:
            return []
        lines = [("    %s," % ", ".join(map(_value, row)), self._row_owners.get((table.name, index)))
                 for index, row in enumerate(rows)]
        names = " ".join(field.name for field in table.fields)
        return _plain("// %s\nconst std::uint32_t cppbind_%s[] = {" % (names, table.name)) + lines + _plain("};\n")

    def _descriptor(self, table):
        count = {"strings": "sizeof cppbind_strings", "numbers": len(self._numbers),
                 "fills": len(self.fills)}.get(table.name)
        if count is None:
            count = len(self.rows[table.name])
        data = "cppbind_" + table.name if count else "nullptr"
        return "{%s, %s, %d, 0}" % (data, count, table.width)


def _plain(text):
    """Text as lines without owner."""
    return [(line, None) for line in text.split("\n")] if text else []


def _value(value):
    if isinstance(value, int):
        return "%du" % value if value > 9 else str(value)
    return value


def _literal(text):
    """A C++ string literal of the text and its NUL.  Escapes keep to three octal digits, so that no digit which
    follows is drawn in, and hide '?' from trigraphs."""
    out = []
    for byte in text.encode("utf-8", "replace"):
        char = chr(byte)
        if char in '"\\?' or not 32 <= byte < 127:
            out.append("\\%03o" % byte)
        else:
            out.append(char)
    return '"%s\\0"' % "".join(out)


def _fold(words, separator):
    """Words joined into lines of at most `_ROW_WIDTH` columns."""
    lines, line = [], "   "
    for word in words:
        if len(line) + len(word) > _ROW_WIDTH and line.strip():
            lines.append(line)
            line = "   "
        line += separator + word if line.strip() else " " + word
    lines.append(line)
    return "\n".join(lines)


_HEADER_TYPES = """\
struct cppbind_table {
    const void *data;
    std::uint64_t count;
    std::uint32_t width, reserved;
};

struct cppbind_dictionary {
    char magic[8];
    std::uint32_t version, byte_order, header_size, abi, table_count, generator;
    cppbind_table tables[%d];
};
"""

_HEADER = """\
extern "C" __attribute__((visibility("default"))) const cppbind_dictionary %(symbol)s;
const cppbind_dictionary %(symbol)s = {
    {'C', 'P', 'P', 'B', 'I', 'N', 'D', 0}, %(version)d, 0x%(order)08x, %(size)d, %(abi)d, %(tables)d, %(generator)d, {
%(descriptors)s
}};
"""
