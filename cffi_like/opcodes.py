"""opcodes.py: the text encoding of declarations, for generated modules.

`encode_declarations` writes a `model.Declarations` as a few strings; a
generated NAME.py (emit_py.py) carries them; `LazyDeclarations` gives the same
lookups as `model.Declarations` and decodes an entry when it is first named.
Reads model.py only; knows nothing of engines, compilers or files.

A table is one string of `name code` pairs separated by white space, so that
opening it is a single `str.split`.  In a code, `|` separates parts, `,` items,
and `#1,2` at the end are the indices of the entry in the symbol table of the
compiled library (see emit_c.py; absent in ABI mode).

    type      prefix notation, one letter per node:
              v void     b _Bool    c char     a signed char  h unsigned char
              s t short  i j int    l m long   x y long long  (second: unsigned)
              f float    d double   e long double             w wchar_t
              =name;     any other primitive
              P T        pointer          A n _ T   array (n empty or `.` for ...)
              F R T* E   function         F R T* z  the same with an ellipsis
              G abi; F.. function with a calling convention
              K T        const            Q letters _ T  (letters of c, v, r)
              S tag;  U tag;  N tag;      struct, union, enum
              I name; O name; T name;     unknown integer, float, array (of a typedef;
                                          T name.1; an item of that array)
    typedef   type
    function  type|parameter,names|g if the GIL is kept|location
    variable  type|location
    constant  value|type|location      value: i12  f0x1.8p+0  btext  .
    extern    type|parameter... none|c if "Python+C"|location
    record    name|flags|pack|location|field|field...   key: s or u, then tag
              (pack: "pack" or "pack.align"; bitsize of a field: digits, or "@align")
              flags: o opaque, p partial;  field: name,type,bitsize,location
    enum      name|flags|location|A=1,B=.   (`.` where the compiler decides)
    location  line.column.source; `.source` is left out for 'cdef'

Names are percent-quoted, so white space and the separators never appear.
"""

from .code_table import (decode_pack, decode_width, KINDS, LETTER_OF_PRIMITIVE, PRIMITIVE_OF_LETTER, encode_key,
                         malformed, quote, unquote)

LETTER_OF_QUALIFIER = {"const": "c", "volatile": "v", "restrict": "r"}
QUALIFIER_OF_LETTER = {code: name for name, code in LETTER_OF_QUALIFIER.items()}


def _model():
    # Imported late: a compiled module that is only opened needs no model.
    from . import model
    return model


# ---- types -----------------------------------------------------------------

def encode_type(type_):
    """The code of a `model.Type`.  Raises TypeError for anything else."""
    m = _model()
    kind = type(type_)
    if kind is m.Void:
        return "v"
    if kind is m.Primitive:
        letter = LETTER_OF_PRIMITIVE.get(type_.name)
        return letter or "=%s;" % quote(type_.name)
    if kind is m.Pointer:
        return "P" + encode_type(type_.target)
    if kind is m.Array:
        if type_.length is None:
            length = ""
        else:
            length = "." if type_.length is m.DOTS else "%d" % type_.length
        return "A%s_%s" % (length, encode_type(type_.item))
    if kind is m.Function:
        return "%sF%s%s%s" % (
            "G%s;" % quote(type_.abi) if type_.abi else "",
            encode_type(type_.result),
            "".join(map(encode_type, type_.parameters)),
            "z" if type_.ellipsis else "E")
    if kind is m.Qualified:
        if type_.qualifiers == ("const",):
            return "K" + encode_type(type_.type)
        letters = "".join(LETTER_OF_QUALIFIER[q] for q in type_.qualifiers)
        return "Q%s_%s" % (letters, encode_type(type_.type))
    if kind is m.RecordRef:
        return "%s%s;" % ("U" if type_.kind == "union" else "S", quote(type_.tag))
    if kind is m.EnumRef:
        return "N%s;" % quote(type_.tag)
    if kind is m.UnknownInteger:
        return "I%s;" % quote(type_.name)
    if kind is m.UnknownFloat:
        return "O%s;" % quote(type_.name)
    if kind is m.UnknownArray:
        return "T%s%s;" % (quote(type_.name), ".1" if type_.depth else "")
    raise TypeError("not a type of the model: %r" % (type_,))


class TypeDecoder:
    """Decodes type codes.  `unknown(letter, name)` gives the code of what an unknown
    integer (`I`), float (`O`) or array (`T`) is; without it they stay unknown."""

    def __init__(self, unknown=None):
        self._model = m = _model()
        self._simple = {code: m.Primitive(name)
                        for code, name in PRIMITIVE_OF_LETTER.items()}
        self._simple["v"] = m.Void()
        self._unknown = unknown
        self._cache = {}

    def decode(self, code):
        """The `model.Type` of `code`; ValueError if it is malformed."""
        found = self._cache.get(code)
        if found is None:
            try:
                found, end = self._decode(code, 0)
            except (IndexError, KeyError, ValueError):
                end = -1
            if end != len(code):
                raise malformed(code)
            self._cache[code] = found
        return found

    def _decode(self, code, at):
        letter = code[at]
        simple = self._simple.get(letter)
        if simple is not None:
            return simple, at + 1
        m = self._model
        if letter == "P":
            target, at = self._decode(code, at + 1)
            return m.Pointer(target), at
        if letter == "K":
            inner, at = self._decode(code, at + 1)
            return m.Qualified(inner, ("const",)), at
        if letter == "F":
            return self._decode_function(code, at, None)
        if letter in "AQ":
            return self._decode_prefixed(letter, code, at + 1)
        end = code.index(";", at)
        name = unquote(code[at + 1:end])
        if letter == "G":
            return self._decode_function(code, end + 1, name)
        return self._named(letter, name), end + 1

    def _decode_prefixed(self, letter, code, at):
        end = code.index("_", at)
        prefix = code[at:end]
        inner, after = self._decode(code, end + 1)
        m = self._model
        if letter == "Q":
            names = tuple(QUALIFIER_OF_LETTER[q] for q in prefix)
            return m.Qualified(inner, names), after
        if prefix == "":
            length = None
        else:
            length = m.DOTS if prefix == "." else int(prefix)
        return m.Array(inner, length), after

    def _decode_function(self, code, at, abi):
        if code[at] != "F":
            raise malformed(code)
        result, at = self._decode(code, at + 1)
        parameters = []
        while code[at] not in "Ez":
            parameter, at = self._decode(code, at)
            parameters.append(parameter)
        return self._model.Function(result, tuple(parameters),
                                    code[at] == "z", abi), at + 1

    def _named(self, letter, name):
        m = self._model
        if letter == "S":
            return m.RecordRef("struct", name)
        if letter == "U":
            return m.RecordRef("union", name)
        if letter == "N":
            return m.EnumRef(name)
        if letter == "=":
            return m.Primitive(name)
        if letter not in "IOT":
            raise KeyError(letter)
        if self._unknown is not None:
            return self.decode(self._unknown(letter, name))
        if letter == "T":
            name, _, depth = name.partition(".")
            return m.UnknownArray(name, int(depth or 0))
        return m.UnknownInteger(name) if letter == "I" else m.UnknownFloat(name)


# ---- declarations: encoding ------------------------------------------------

def _encode_location(location):
    if location == _model().Location():
        return ""
    text = "%d.%d" % (location.line, location.column)
    return text if location.source == "cdef" else text + "." + quote(location.source)


def _encode_record(record):
    flags = "p" if record.partial else ""
    if record.fields is None:
        flags += "o"
    parts = [quote(record.name), flags,
             "%d.%d" % (record.pack, record.align) if record.align else "%d" % record.pack,
             _encode_location(record.location)]
    for f in record.fields or ():
        parts.append("%s,%s,%s,%s" % (
            quote(f.name), encode_type(f.type),
            "@%d" % f.align if f.align else "" if f.bitsize < 0 else f.bitsize, _encode_location(f.location)))
    return "|".join(parts)


def _encode_enum(enum):
    flags = "p" if enum.partial else ""
    if enum.enumerators is None:
        flags += "o"
    items = ["%s=%s" % (quote(e.name), "." if e.value is None else e.value)
             for e in enum.enumerators or ()]
    return "|".join((quote(enum.name), flags, _encode_location(enum.location),
                     ",".join(items)))


def _encode_function(declaration):
    return "|".join((encode_type(declaration.type),
                     ",".join(map(quote, declaration.parameter_names)),
                     ("" if declaration.release_gil else "g") + _encode_symbol(declaration),
                     _encode_location(declaration.location)))


def _encode_symbol(declaration):
    return "=" + quote(declaration.symbol) if declaration.symbol else ""


def _encode_variable(declaration):
    symbol = _encode_symbol(declaration)
    return "%s|%s%s" % (encode_type(declaration.type), _encode_location(declaration.location),
                        "|" + symbol if symbol else "")


def _encode_value(value):
    if value is _model().DOTS:
        return "."
    if isinstance(value, int):
        return "i%d" % value
    if isinstance(value, float):
        return "f" + value.hex()
    return "b" + quote(value.decode("latin-1"))


_ENCODERS = {
    "records": _encode_record,
    "enums": _encode_enum,
    "typedefs": encode_type,
    "functions": _encode_function,
    "variables": _encode_variable,
    "constants": lambda d: "%s|%s|%s" % (
        _encode_value(d.value), encode_type(d.type) if d.type else "",
        _encode_location(d.location)),
    "extern_python": lambda d: "%s|%s|%s" % (
        encode_type(d.type), "c" if d.plus_c else "",
        _encode_location(d.location)),
}


def encode_declarations(declarations, indices=None):
    """The tables of `declarations` as {kind: text}, without empty ones.

    `indices` maps (kind, key) to a tuple of ints that is kept with the entry
    and read back by `LazyDeclarations.index`.  What `declarations.included`
    holds is not encoded: a generated module names the modules instead.
    """
    tables = {}
    for kind in KINDS:
        encode = _ENCODERS[kind]
        lines = []
        for key, value in getattr(declarations, kind).items():
            index = (indices or {}).get((kind, key), ())
            suffix = "#" + ",".join(map(str, index)) if index else ""
            lines.append("%s %s%s" % (encode_key(key), encode(value), suffix))
        if lines:
            tables[kind] = "\n".join(lines)
    return tables


# ---- declarations: decoding ------------------------------------------------

def _decode_location(text):
    m = _model()
    if not text:
        return m.Location()
    line, column, *source = text.split(".", 2)
    return m.Location(unquote(source[0]) if source else "cdef",
                      int(line), int(column))


def _decode_record(types, key, code):
    m = _model()
    name, flags, pack, location, *fields = code.split("|")
    decoded = []
    for text in fields:
        field_name, type_code, bitsize, where = text.split(",")
        bits, align = decode_width(bitsize)
        decoded.append(m.Field(unquote(field_name), types.decode(type_code), bits,
                               _decode_location(where), align))
    pack, align = decode_pack(pack)
    return m.Record(key[0], key[1], unquote(name),
                    None if "o" in flags else tuple(decoded),
                    "p" in flags, pack, _decode_location(location), align)


def _decode_enum(types, key, code):
    m = _model()
    name, flags, location, items = code.split("|")
    enumerators = []
    for item in items.split(",") if items else ():
        label, value = item.split("=")
        enumerators.append(m.Enumerator(unquote(label),
                                        None if value == "." else int(value)))
    return m.Enum(key, unquote(name),
                  None if "o" in flags else tuple(enumerators),
                  "p" in flags, _decode_location(location))


def _decode_function(types, key, code):
    type_code, names, flags, location = code.split("|")
    flags, _, symbol = flags.partition("=")
    return _model().FunctionDeclaration(
        key, types.decode(type_code),
        tuple(map(unquote, names.split(","))) if names else (),
        "g" not in flags, _decode_location(location), unquote(symbol))


def _decode_variable(types, key, code):
    type_code, location, *symbol = code.split("|")
    return _model().VariableDeclaration(key, types.decode(type_code), _decode_location(location),
                                        unquote(symbol[0][1:]) if symbol else "")


def _decode_constant(types, key, code):
    m = _model()
    text, type_code, location = code.split("|")
    if text == ".":
        value = m.DOTS
    elif text[0] == "i":
        value = int(text[1:])
    elif text[0] == "f":
        value = float.fromhex(text[1:])
    else:
        value = unquote(text[1:]).encode("latin-1")
    return m.ConstantDeclaration(key, value,
                                 types.decode(type_code) if type_code else None,
                                 _decode_location(location))


def _decode_extern(types, key, code):
    type_code, flags, location = code.split("|")
    return _model().ExternPython(key, types.decode(type_code), "c" in flags,
                                 _decode_location(location))


def _decode_typedef(types, key, code):
    return types.decode(code)


_DECODERS = {
    "records": _decode_record, "enums": _decode_enum,
    "typedefs": _decode_typedef, "functions": _decode_function,
    "variables": _decode_variable, "constants": _decode_constant,
    "extern_python": _decode_extern,
}


class LazyTable:
    """One kind of declaration, a read-only mapping in order of declaration.

    `decode(key, code)` makes the value; it runs once per key.
    """

    __slots__ = ("_codes", "_decode", "_values")

    def __init__(self, codes, decode):
        self._codes = codes         # a CodeTable
        self._decode = decode
        self._values = {}

    def __getitem__(self, key):
        try:
            return self._values[key]
        except KeyError:
            pass
        found = self._codes.find(key)
        if found is None:
            raise KeyError(key)
        value = self._decode(key, found[0])
        # setdefault: two threads that decode at once agree on one object.
        return self._values.setdefault(key, value)

    def get(self, key, default=None):
        return self[key] if key in self._codes else default

    def __contains__(self, key):
        return key in self._codes

    def __iter__(self):
        return iter(self._codes)

    def __len__(self):
        return len(self._codes)

    def index(self, key):
        """The ints kept with the entry (`encode_declarations`); KeyError if
        there is no entry."""
        found = self._codes.find(key)
        if found is None:
            raise KeyError(key)
        return found[1]

    def keys(self):
        return list(self)

    def values(self):
        return [self[key] for key in self]

    def items(self):
        return [(key, self[key]) for key in self]


class LazyDeclarations:
    """The lookups of `model.Declarations` over encoded tables.

    `tables` is what `code_table.open_tables` returned; `included` a list of
    declarations looked up after these; `unknown` as for `TypeDecoder`.
    """

    def __init__(self, tables, included=(), unknown=None):
        self.included = list(included)
        self._unknown = unknown
        self._types = None
        for kind in KINDS:
            setattr(self, kind, LazyTable(tables[kind], self._decoder(kind)))

    def _decoder(self, kind):
        decoder = _DECODERS[kind]

        def decode(key, code):
            if self._types is None:
                self._types = TypeDecoder(self._unknown)
            return decoder(self._types, key, code)

        return decode

    def index(self, kind, key):
        """The indices kept with an entry, such as index("functions", "sin")."""
        return getattr(self, kind).index(key)
