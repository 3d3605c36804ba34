"""code_table.py: tables of encoded declarations, at the level of their text.

opcodes.py explains the encoding.  Here is what a compiled module needs when
it is opened and used: finding an entry, taking a code apart.  It imports
nothing, so that opening a module costs little; opcodes.py builds on it.
"""

KINDS = ("records", "enums", "typedefs", "functions", "variables", "constants",
         "extern_python")

#: Of the encoding and of the call of a generated module; readers refuse others.
FORMAT = 2

#: The largest prime of 64 bits, so that every changed byte changes the remainder.
_PRIME = 2 ** 64 - 59

LETTER_OF_PRIMITIVE = {
    "_Bool": "b", "char": "c", "signed char": "a", "unsigned char": "h",
    "short": "s", "unsigned short": "t", "int": "i", "unsigned int": "j",
    "long": "l", "unsigned long": "m", "long long": "x",
    "unsigned long long": "y", "float": "f", "double": "d", "long double": "e",
    "wchar_t": "w",
}
PRIMITIVE_OF_LETTER = {code: name for name, code in LETTER_OF_PRIMITIVE.items()}

#: What a name may hold unquoted: printable ASCII without the separators, and
#: without what has a meaning in a Python string.
_PLAIN = frozenset(map(chr, range(0x21, 0x7F))) - frozenset("%;:|,#='\\\"")


# ---- names -----------------------------------------------------------------

def quote(name):
    """`name` with white space, separators and non-ASCII as %XX (UTF-8)."""
    if _PLAIN.issuperset(name):
        return name
    return "".join(c if c in _PLAIN else
                   "".join("%%%02X" % byte for byte in c.encode("utf-8"))
                   for c in name)


def unquote(text):
    if "%" not in text:
        return text
    head, *rest = text.split("%")
    raw = head.encode("ascii")
    for piece in rest:
        raw += bytes((int(piece[:2], 16),)) + piece[2:].encode("ascii")
    return raw.decode("utf-8")


def encode_key(key):
    """Keys are names, except for records: (kind, tag)."""
    if isinstance(key, tuple):
        return ("u" if key[0] == "union" else "s") + quote(key[1])
    return quote(key) or "%"


def decode_key(text, is_record):
    if is_record:
        return ("union" if text[0] == "u" else "struct"), unquote(text[1:])
    return "" if text == "%" else unquote(text)


# ---- tables ----------------------------------------------------------------

class CodeTable:
    """One kind of declaration: keys and codes, in order of declaration.

    The first few entries are searched in the text; splitting all of it pays
    only for a program that uses many.
    """

    __slots__ = ("_text", "_is_record", "_codes", "_searches")

    def __init__(self, text, is_record=False):
        self._text = "\n" + text + "\n"
        self._is_record = is_record
        self._codes = None if text else {}
        self._searches = 16

    def _split(self):
        parts = iter(self._text.split())
        self._codes = codes = dict(zip(parts, parts))
        return codes

    def _search(self, key):
        if not self._searches:
            return self._split().get(key)
        self._searches -= 1
        text = self._text
        start = text.find("\n%s " % key)
        if start < 0:
            return None
        start += len(key) + 2
        return text[start:text.index("\n", start)]

    def find(self, key):
        """(code, indices) of an entry, or None.  The indices are those that were
        given to `opcodes.encode_declarations`."""
        try:
            key = encode_key(key)
        except (TypeError, AttributeError):     # not a name at all
            return None
        text = self._search(key) if self._codes is None else self._codes.get(key)
        if text is None:
            return None
        code, _, numbers = text.partition("#")
        return code, tuple(map(int, numbers.split(","))) if numbers else ()

    def __contains__(self, key):
        return self.find(key) is not None

    def __iter__(self):
        codes = self._split() if self._codes is None else self._codes
        for text in codes:
            yield decode_key(text, self._is_record)

    def __len__(self):
        return len(self._split() if self._codes is None else self._codes)


def fingerprint_of(tables):
    """A number that a library and its NAME.py share: of the encoded declarations.

    The texts as one large number, each filled with zeroes to whole words of 64
    bits and followed by its length.  c_backend/compiled_table.c does the same.
    """
    value = 1
    for kind in KINDS:
        text = tables.get(kind, "").encode("utf-8")
        words = (len(text) + 7) // 8
        value = (value << 64 * words) + int.from_bytes(text.ljust(8 * words, b"\0"), "big")
        value = ((value << 64) + len(text)) % _PRIME
    return value


def open_tables(tables):
    """{kind: CodeTable} for what `opcodes.encode_declarations` returned."""
    return {kind: CodeTable(tables.get(kind, ""), kind == "records")
            for kind in KINDS}


# ---- taking codes apart ----------------------------------------------------

def malformed(code):
    return ValueError("malformed type code %r" % (code,))


def end_of_type(code, at=0):
    """The position behind the type that begins at `at`."""
    letter = code[at]
    while letter in "PKAQG":        # prefixes of another type
        if letter == "G":
            at = code.index(";", at)
        elif letter in "AQ":
            at = code.index("_", at)
        at += 1
        letter = code[at]
    if letter == "F":
        at = end_of_type(code, at + 1)
        while code[at] not in "Ez":
            at = end_of_type(code, at)
        return at + 1
    if letter in "SUNIOT=":
        return code.index(";", at) + 1
    if letter == "v" or letter in PRIMITIVE_OF_LETTER:
        return at + 1
    raise malformed(code)


def split_function(code):
    """(result, [parameters], ellipsis, abi) of a function's code."""
    abi = None
    at = 0
    if code[0] == "G":
        end = code.index(";")
        abi, at = unquote(code[1:end]), end + 1
    if code[at] != "F":
        raise malformed(code)
    start, at = at + 1, end_of_type(code, at + 1)
    result = code[start:at]
    parameters = []
    while code[at] not in "Ez":
        start, at = at, end_of_type(code, at)
        parameters.append(code[start:at])
    if at + 1 != len(code):
        raise malformed(code)
    return result, parameters, code[at] == "z", abi


def unqualified(code):
    """The type without its outermost qualifiers."""
    while code[0] in "KQ":
        code = code[1:] if code[0] == "K" else code[code.index("_") + 1:]
    return code


def is_const(code):
    """Whether an object of the type is read-only, an array by its items."""
    while code[0] == "A":
        code = code[code.index("_") + 1:]
    return code[0] == "K" or code[0] == "Q" and "c" in code[:code.index("_")]


def array_lengths(code):
    """(['', '.', '3'...], item code) of the outer dimensions of a type."""
    lengths = []
    while code[0] == "A":
        end = code.index("_")
        lengths.append(code[1:end])
        code = code[end + 1:]
    return lengths, code


def with_lengths(code, numbers):
    """The type with each `[...]` of its outer dimensions replaced by the next
    of the iterator `numbers`."""
    if not code.startswith("A"):
        return code
    lengths, item = array_lengths(code)
    return "".join("A%s_" % (next(numbers) if n == "." else n)
                   for n in lengths) + item


def is_integer(code):
    """Whether it is an integer type whose values are Python ints."""
    code = unqualified(code)
    if code[0] == "=":
        return "char" not in code and "complex" not in code
    return code in ("b", "a", "h", "s", "t", "i", "j", "l", "m", "x", "y")


def passed_by_pointer(code):
    """As symbol_plan.passed_by_pointer."""
    code = unqualified(code)
    return code[0] in "SU" or code[0] == "=" and "complex" in code


def pointer_form(result, parameters):
    """(result, parameters) as symbol_plan.pointer_form."""
    passed = ["P" + unqualified(p) if passed_by_pointer(p) else p
              for p in parameters]
    if passed_by_pointer(result):
        passed.insert(0, "P" + unqualified(result))
        result = "v"
    return result, passed


def decode_pack(text):
    """(pack, align) of a record: "4" or "4.16"."""
    pack, _, align = text.partition(".")
    return int(pack), int(align or 0)


def decode_width(text):
    """(bitsize or -1, align) of a member: "", "3" or "@16"."""
    if text[:1] == "@":
        return -1, int(text[1:])
    return int(text) if text else -1, 0


class RecordCode:
    """A record's code, taken apart.  `fields` is None while it is opaque, else
    [(name, type code, bitsize or -1)]; `aligns` has Field.align of each, and is
    None if all of them and `align` are 0."""

    __slots__ = ("name", "partial", "pack", "align", "fields", "aligns")

    def __init__(self, code):
        name, flags, pack, _, *fields = code.split("|")
        self.name = unquote(name)
        self.partial = "p" in flags
        self.pack, self.align = decode_pack(pack)
        self.fields = self.aligns = None
        if "o" not in flags:
            self.fields, aligns = [], []
            for text in fields:
                field, type_code, bitsize, _ = text.split(",")
                bits, align = decode_width(bitsize)
                self.fields.append((unquote(field), type_code, bits))
                aligns.append(align)
            if self.align or any(aligns):
                self.aligns = aligns


class EnumCode:
    """An enum's code, taken apart.  `items` is [(name, value or None)]."""

    __slots__ = ("name", "partial", "opaque", "items")

    def __init__(self, code):
        name, flags, _, items = code.split("|")
        self.name = unquote(name)
        self.partial = "p" in flags
        self.opaque = "o" in flags
        self.items = []
        for item in items.split(",") if items else ():
            label, value = item.split("=")
            self.items.append((unquote(label), None if value == "." else int(value)))


def constant_value(text):
    """(known, value) of the encoded value of a constant."""
    if text == ".":
        return False, None
    if text[0] == "i":
        return True, int(text[1:])
    if text[0] == "f":
        return True, float.fromhex(text[1:])
    return True, unquote(text[1:]).encode("latin-1")
