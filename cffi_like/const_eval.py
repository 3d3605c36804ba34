"""Values of C constant expressions (C11 6.6).

`ConstantExpressions` is the part of the parser that reads an expression and
computes it in one go.  It works on the token cursor of its subclass
(declarator.py), which supplies type names and the constants known so far.
Arithmetic is typed as C's: `~0u` is 4294967295.  A signed result that does
not fit is undefined in C; it is kept exact here, in the next wider type.
"""

import re

from . import common_types, model
from .lexer import describe, is_identifier

# The type of a value: its bits and whether it is unsigned.  Floats are Python
# floats and strings are bytes; they need no type.
INT = (32, False)
UNSIGNED = (32, True)
LONG_LONG = (64, False)
UNSIGNED_LONG_LONG = (64, True)
SIZE = (common_types.POINTER_SIZE * 8, True)

_BINARY = {  # operator -> how tightly it binds
    "||": 1, "&&": 2, "|": 3, "^": 4, "&": 5, "==": 6, "!=": 6,
    "<": 7, ">": 7, "<=": 7, ">=": 7, "<<": 8, ">>": 8,
    "+": 9, "-": 9, "*": 10, "/": 10, "%": 10,
}

_SUFFIXES = frozenset(("", "u", "l", "ll", "ul", "ull", "lu", "llu"))
# Texts, not compiled: few programs have floats or escapes, and `re` keeps what
# it compiled.
_FLOAT = (r"(?i)((?:[0-9]+\.[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?"
          r"|[0-9]+e[+-]?[0-9]+)[fl]?\Z")
_HEX_FLOAT = r"(?i)(0x[0-9a-f]*\.?[0-9a-f]*p[+-]?[0-9]+)[fl]?\Z"
_ESCAPE = r"(?s)\\(?:x([0-9a-fA-F]+)|([0-7]{1,3})|(.))"
_SIMPLE_ESCAPES = {"n": 10, "t": 9, "r": 13, "a": 7, "b": 8, "f": 12, "v": 11,
                   "e": 27, "\\": 92, "'": 39, '"': 34, "?": 63}


class NotConstant(ValueError):
    """Raised inside this file; `parse_constant` adds the place."""


def parse_integer(text):
    """(value, type) of an integer constant (C11 6.4.4.1), None for other text."""
    text = text.lower()
    digits = text.rstrip("ul")
    suffix = text[len(digits):]
    base = 10
    if digits[:1] == "0":
        base = 16 if digits[1:2] == "x" else 2 if digits[1:2] == "b" else 8
    decimal = base == 10
    try:
        value = int(digits, base)
    except ValueError:
        return None
    if suffix not in _SUFFIXES or "_" in digits or not digits[0].isdigit():
        return None
    bits = 64 if "ll" in suffix else 32
    if suffix.replace("u", "") == "l":
        bits = common_types.PRIMITIVES["long"][1] * 8
    for candidate in (INT, UNSIGNED, LONG_LONG, UNSIGNED_LONG_LONG):
        if candidate[0] < bits or "u" in suffix and not candidate[1]:
            continue
        # A decimal constant without `u` is never 32 bits unsigned; that it may
        # be 64 bits unsigned is a common extension.
        if decimal and candidate == UNSIGNED and "u" not in suffix:
            continue
        if value <= _limits(candidate)[1]:
            return value, candidate
    raise NotConstant("integer constant '%s' is too large" % text)


def _limits(kind):
    bits, unsigned = kind
    return (0, (1 << bits) - 1) if unsigned else (-1 << bits - 1, (1 << bits - 1) - 1)


def _fit(value, kind):
    """`value` as the result of an operation of type `kind`."""
    bits, unsigned = kind
    if unsigned:
        return value & ((1 << bits) - 1), kind
    low, high = _limits(kind)
    if low <= value <= high:
        return value, kind
    for wider in (LONG_LONG, UNSIGNED_LONG_LONG):
        low, high = _limits(wider)
        if low <= value <= high:
            return value, wider
    raise NotConstant("the value %d does not fit into 64 bits" % value)


def _unescape(body):
    """The character codes of a string or character constant's inside."""
    codes, place = [], 0
    for match in re.finditer(_ESCAPE, body):
        codes.extend(map(ord, body[place:match.start()]))
        place = match.end()
        hexadecimal, octal, simple = match.groups()
        if hexadecimal:
            codes.append(int(hexadecimal, 16))
        elif octal:
            codes.append(int(octal, 8))
        elif simple in _SIMPLE_ESCAPES:
            codes.append(_SIMPLE_ESCAPES[simple])
        else:
            raise NotConstant("unknown escape '\\%s'" % simple)
    codes.extend(map(ord, body[place:]))
    return codes


def _character(word):
    """(value, type) of a character constant (C11 6.4.4.4)."""
    prefix, _, rest = word.partition("'")
    codes = _unescape(rest[:-1])
    if len(codes) != 1:
        raise NotConstant("character constant %s is not one character" % word)
    code = codes[0]
    if not prefix:
        if code > 255:
            raise NotConstant("character constant %s is not one byte" % word)
        if code > 127 and common_types.CHAR_IS_SIGNED:
            code -= 256
        return code, INT
    return code, INT if prefix == "L" else UNSIGNED


def _string(word):
    prefix, _, rest = word.partition('"')
    if prefix not in ("", "u8"):
        raise NotConstant("wide string constant %s is not supported" % word)
    codes = _unescape(rest[:-1])
    return b"".join(bytes((code,)) if code < 256 else chr(code).encode()
                    for code in codes)


def convert(value, node):
    """The value of `(node)value` for an arithmetic type of the model."""
    family, size = common_types.PRIMITIVES[node.name]
    if family == common_types.FLOAT:
        return float(value), None
    if family == common_types.BOOL:
        return int(value != 0), INT
    if family == common_types.COMPLEX:
        raise NotConstant("a complex value is not supported here")
    bits = 8 * size
    value = int(value) & ((1 << bits) - 1)
    signed = family == common_types.SIGNED or (
        family == common_types.CHAR and common_types.CHAR_IS_SIGNED) or (
        family == common_types.WIDE and node.name == "wchar_t" and size == 4)
    if signed and value >> (bits - 1):
        value -= 1 << bits
    if bits < 32:
        return value, INT
    return value, (bits, not signed)


def _arithmetic(operator, left, right):
    """One binary operator on two (value, type) pairs."""
    (a, a_kind), (b, b_kind) = left, right
    if isinstance(a, bytes) or isinstance(b, bytes):
        raise NotConstant("'%s' on a string" % operator)
    if operator in ("<<", ">>"):
        return _shift(operator, a, a_kind, b, b_kind)
    if a_kind is None or b_kind is None:
        if operator in ("%", "&", "|", "^"):
            raise NotConstant("'%s' on a floating value" % operator)
        return _compute(operator, float(a), float(b)), None
    kind = max(a_kind, b_kind)
    if kind[1]:
        a, b = _fit(a, kind)[0], _fit(b, kind)[0]
    return _fit(_compute(operator, a, b), kind)


def _shift(operator, a, a_kind, b, b_kind):
    if a_kind is None or b_kind is None:
        raise NotConstant("'%s' on a floating value" % operator)
    if not 0 <= b < 64:
        raise NotConstant("shift by %d" % b)
    return _fit(a << b if operator == "<<" else a >> b, a_kind)


def _compute(operator, a, b):
    if operator == "+":
        return a + b
    if operator == "-":
        return a - b
    if operator == "*":
        return a * b
    if operator == "&":
        return a & b
    if operator == "|":
        return a | b
    if operator == "^":
        return a ^ b
    if b == 0:
        raise NotConstant("division by zero")
    if isinstance(a, float):
        return a / b
    quotient = abs(a) // abs(b)  # C11 6.5.5 p6: towards zero
    if (a < 0) != (b < 0):
        quotient = -quotient
    return quotient if operator == "/" else a - b * quotient


def _compare(operator, left, right):
    (a, a_kind), (b, b_kind) = left, right
    if isinstance(a, bytes) or isinstance(b, bytes):
        raise NotConstant("'%s' on a string" % operator)
    if a_kind is not None and b_kind is not None:
        kind = max(a_kind, b_kind)
        if kind[1]:
            a, b = _fit(a, kind)[0], _fit(b, kind)[0]
    result = {"==": a == b, "!=": a != b, "<": a < b, ">": a > b,
              "<=": a <= b, ">=": a >= b}[operator]
    return int(result), INT


def cast(node, operand):
    """`(node)operand` on a (value, type) pair."""
    value = operand[0]
    if isinstance(node, model.Qualified):
        node = node.type
    if isinstance(node, model.EnumRef):
        node = common_types.PRIMITIVE_NODES["int"]
    elif isinstance(node, model.Pointer):
        node = common_types.PRIMITIVE_NODES["intptr_t"]
    if not isinstance(node, model.Primitive):
        raise NotConstant("a cast to this type is not a constant")
    if isinstance(value, bytes):
        raise NotConstant("a cast of a string is not a constant")
    return convert(value, node)


def unary(operator, operand):
    """One of - + ~ ! on a (value, type) pair."""
    value, kind = operand
    if isinstance(value, bytes):
        raise NotConstant("'%s' on a string" % operator)
    if operator == "!":
        return int(not value), INT
    if operator == "~":
        if kind is None:
            raise NotConstant("'~' on a floating value")
        return _fit(~value, kind)
    value = -value if operator == "-" else value
    return (value, None) if kind is None else _fit(value, kind)


def binary(operator, left, right):
    """A binary operator on two (value, type) pairs."""
    level = _BINARY[operator]
    if level > 2:
        return (_compare if level in (6, 7) else _arithmetic)(operator, left, right)
    if operator == "&&":
        return int(bool(left[0]) and bool(right[0])), INT
    return int(bool(left[0]) or bool(right[0])), INT


def size_of_value(operand):
    """sizeof a (value, type) pair."""
    value, kind = operand
    if isinstance(value, bytes):
        return len(value) + 1, SIZE
    return (8 if kind is None else kind[0] // 8), SIZE


def choose(condition, first, second):
    """condition ? first : second, of (value, type) pairs (C11 6.5.15 p5)."""
    chosen = first if condition[0] else second
    if first[1] is None or second[1] is None:
        return chosen
    return _fit(chosen[0], max(first[1], second[1]))


class ConstantExpressions:
    """Reads a constant expression at the cursor (`self.words`, `self.position`).

    The subclass has `at_type()`, `type_name()`, `constant(name)` (an int,
    float or bytes, or None for an unknown name), `size_of(type)` and
    `error(message, index)`.
    """

    def parse_constant(self):
        """conditional-expression -> int, float or bytes.  CDefError otherwise."""
        start = self.position
        try:
            return self._conditional()[0]
        except (NotConstant, OverflowError, ValueError) as problem:
            # The latter two: a float too large for Python or for an integer.
            raise self.error(str(problem), start) from None

    def parse_integer_constant(self, purpose):
        """As `parse_constant`, but only an integer will do."""
        words, position = self.words, self.position
        if words[position + 1] in ("]", ",", "}", ";"):
            word = words[position]
            if word.isdigit() and (word[0] != "0" or word == "0") and len(word) < 10:
                self.position = position + 1
                return int(word)
        value = self.parse_constant()
        if not isinstance(value, int):
            raise self.error("%s must be an integer" % purpose, position)
        return value

    def _conditional(self):
        """conditional-expression: binary [ ? expression : conditional ]"""
        condition = self._binary(1)
        if self.words[self.position] != "?":
            return condition
        self.position += 1
        first = self._conditional()
        self.expect(":")
        return choose(condition, first, self._conditional())

    def _binary(self, lowest):
        """Operator precedence climbing; all C binary operators group left."""
        left = self._unary()
        while True:
            operator = self.words[self.position]
            level = _BINARY.get(operator, 0)
            if level < lowest:
                return left
            self.position += 1
            left = binary(operator, left, self._binary(level + 1))

    def _unary(self):
        """unary: (+ | - | ~ | !) unary | sizeof ... | ( type ) unary | primary"""
        word = self.words[self.position]
        if word in ("-", "+", "~", "!"):
            self.position += 1
            return unary(word, self._unary())
        if word in ("sizeof", "_Alignof", "alignof", "__alignof__"):
            return self._size(word)
        if word == "(":
            self.position += 1
            if self.at_type():
                node = self.type_name()
                self.expect(")")
                return cast(node, self._unary())
            result = self._conditional()
            self.expect(")")
            return result
        return self._primary(word)

    def _size(self, word):
        """sizeof ( type ) | sizeof unary"""
        start = self.position
        self.position += 1
        if self.words[self.position] == "(":
            self.position += 1
            if self.at_type():
                node = self.type_name()
                self.expect(")")
                return self.size_of(node, start, word != "sizeof"), SIZE
            self.position -= 1
        if word != "sizeof":
            raise self.unexpected("a type in parentheses")
        return size_of_value(self._unary())

    def _primary(self, word):
        """primary: number | character | string... | name"""
        if not word:
            raise self.unexpected("a constant expression")
        if word[-1] == "'":
            self.position += 1
            return _character(word)
        if word[-1] == '"':
            pieces = []
            while self.words[self.position][-1:] == '"':
                pieces.append(_string(self.words[self.position]))
                self.position += 1
            return b"".join(pieces), None
        if word[0].isdigit() or word[0] == "." and word != "...":
            self.position += 1
            return self._number(word)
        if is_identifier(word):
            return self._name(word)
        raise self.unexpected("a constant expression")

    def _number(self, word):
        found = parse_integer(word)
        if found is not None:
            return found
        match = re.match(_FLOAT, word)
        if match:
            return float(match.group(1)), None
        match = re.match(_HEX_FLOAT, word)
        if match:
            return float.fromhex(match.group(1)), None
        raise self.error("%s is not a number of C" % describe(word), self.position - 1)

    def _name(self, word):
        value = self.constant(word)
        if value is None:
            raise self.error("'%s' is not a known constant" % word, self.position)
        self.position += 1
        if not isinstance(value, int):
            return value, None
        for kind in (INT, LONG_LONG, UNSIGNED_LONG_LONG):
            low, high = _limits(kind)
            if low <= value <= high:
                return value, kind
        raise NotConstant("the value of '%s' does not fit into 64 bits" % word)
