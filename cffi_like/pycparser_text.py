"""Spells the tokens of a cdef as C that pycparser reads.

Neighbours: lexer.py made the tokens, pycparser_ast.py walks the result.  What
is CFFI's or a compiler's (dots, `extern "Python"`, `__stdcall`, attributes) is
replaced or taken out, and kept by token.  Every token gets a line of its own,
so the line of a node is the token it comes from, in every version of pycparser.
"""

from .common_types import SPECIFIER_WORDS
from .declarator import CONVENTIONS, KEYWORDS, QUALIFIERS, TAGS
from .lexer import is_identifier

#: What stands for `...`: a type, a value, and the beginning of names.
DOTS_TYPE = "__cffi_dots_type"
DOTS_VALUE = "__cffi_dots_value"
_DOTS_NAME = "__cffi_dots_%d"

#: Line 1 holds the typedefs of what is known already; token 0 is on line 2.
FIRST_LINE = 2

_SPELLINGS = {
    "__inline": "inline", "__inline__": "inline", "__extension__": "", "__thread": "",
    "alignas": "_Alignas", "alignof": "_Alignof", "__alignof__": "_Alignof", "static_assert": "_Static_assert",
    **QUALIFIERS}
_LANGUAGES = ("Python", "Python+C", "C")


class Spelling:
    """`text` for pycparser; the rest tells what was taken out of it.

    `extern_blocks`: (first, last token, language); `conventions`: tokens;
    `assertions`: tokens of `_Static_assert` inside braces, which older versions
    of pycparser do not read there.  `parser` is the parser.CDefParser with the
    tokens; its scope says which names are types.
    """

    def __init__(self, parser):
        self.parser = parser
        self.words = parser.words
        self.lines = [_SPELLINGS.get(word, word) for word in parser.words]
        self.extern_blocks = []
        self.conventions = set()
        self.assertions = []
        self._open_block = None     # (first token, language) of extern "..." {
        self._depth = 0
        self._rewrite()
        self.text = self._prelude() + "\n" + "\n".join(self.lines)

    def _rewrite(self):
        words, index = self.words, 0
        while words[index]:
            word = words[index]
            if word in ("{", "}"):
                self._brace(index, word)
            elif word == "...":
                self._dots(index)
            elif word in CONVENTIONS:
                self.lines[index] = ""
                self.conventions.add(index)
            elif word == "extern" and words[index + 1][-1:] == '"':
                index = self._extern(index)
                continue
            elif word in ("__attribute__", "__attribute"):
                index = self._attributes(index)
                continue
            elif word in ("_Static_assert", "static_assert") and self._depth:
                self.assertions.append(index)
                index = self._blank_until(index, ";")
                continue
            index += 1
        if self._open_block:
            raise self.parser.error("'{' is never closed", self._open_block[0] + 2)

    def _brace(self, index, word):
        if word == "{":
            self._depth += 1
        elif self._depth:
            self._depth -= 1
        elif self._open_block:
            start, language = self._open_block
            self.lines[index] = ""
            self.extern_blocks.append((start, index, language))
            self._open_block = None

    def _blank_until(self, index, last):
        """Take out the tokens up to `last`; returns the token behind it."""
        while self.words[index]:
            self.lines[index] = ""
            index += 1
            if self.words[index - 1] == last:
                break
        return index

    def _attributes(self, index):
        """Refused by the parser's own rule if it would change a layout; `packed`
        is read again where the record is defined."""
        parser = self.parser
        parser.position = index
        parser.attributes()
        for place in range(index, parser.position):
            self.lines[place] = ""
        return parser.position

    def _extern(self, index):
        """extern "language" ( declaration | { ... } )"""
        words, error = self.words, self.parser.error
        language = words[index + 1][1:-1]
        if language not in _LANGUAGES:
            raise error('extern "%s": expected "Python" or "Python+C"' % language, index + 1)
        if self._open_block:
            raise error('extern "%s" inside extern "%s"' % (language, self._open_block[1]),
                        index + 1)
        self.lines[index] = self.lines[index + 1] = ""
        if words[index + 2] == "{":
            self.lines[index + 2] = ""
            self._open_block = (index, language)
            return index + 3
        end = index + 2
        while words[end] and words[end] != ";":
            end += 1
        self.extern_blocks.append((index, end, language))
        return index + 2

    def _dots(self, index):
        words, lines = self.words, self.lines
        before, behind = words[index - 1] if index else "", words[index + 1]
        if behind == ")":
            return              # a variadic function
        if before == "[" and behind == "]" or before == "=":
            lines[index] = DOTS_VALUE
        elif behind == ";" and before in ("{", "}", ";"):
            lines[index] = "int " + _DOTS_NAME % index
        elif before in (",", "{") and behind in (",", "}"):
            lines[index] = _DOTS_NAME % index
        else:
            lines[index] = DOTS_TYPE
            for place in self.words_before_dots(index):
                lines[place] = ""

    def words_before_dots(self, index):
        """The tokens of `unsigned int` in `typedef unsigned int... name`."""
        found = []
        while index:
            index -= 1
            if self.words[index] in SPECIFIER_WORDS:
                found.insert(0, index)
            elif self.words[index] not in QUALIFIERS:
                break
        return found

    def language(self, index):
        """The language of the extern block round a token, or None."""
        for first, last, language in self.extern_blocks:
            if first <= index <= last:
                return language
        return None

    def _enumerators(self):
        """The names that enum definitions declare."""
        names, inside = set(), False
        for index, word in enumerate(self.words[:-2]):
            if word == "{":
                inside = self.words[index - 1] == "enum" or self.words[index - 2] == "enum"
            elif word == "}":
                inside = False
            if inside and word in ("{", ","):
                names.add(self.words[index + 1])
        return names

    def _prelude(self):
        """The names in the text that are types before it: pycparser must know."""
        parser, hidden = self.parser, self._enumerators()
        known = [name for name in dict.fromkeys(self.words)
                 if is_identifier(name) and name not in KEYWORDS
                 and parser.typedef(name) is not None
                 and (name not in hidden or parser.scope.typedef(name) is not None)]
        return "".join("typedef int %s;" % name for name in [DOTS_TYPE] + known)

    # ---- from a node back to the tokens -------------------------------------

    def tag_before(self, index):
        """The `struct`, `union` or `enum` of the specifier that token is in."""
        while index and self.words[index] not in TAGS:
            index -= 1
        return index

    def conventions_before(self, index):
        """The calling conventions before a declarator's token, the nearest first."""
        found = []
        while index:
            index -= 1
            if index in self.conventions:
                found.append(index)
            elif self.words[index] != "*" and self.words[index] != "(" \
                    and self.words[index] not in QUALIFIERS:
                break
        return found

