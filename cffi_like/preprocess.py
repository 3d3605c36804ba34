"""Takes comments and directives out of cdef text, keeping every place true.

The result is a `lexer.Source` of the same length with blanks where comments
and directives stood, and the directives that mean something as a list of
`Define` and `Pack` in order.  Evaluates nothing.
"""

import re
from .lexer import Source

_COMMENT_OR_LITERAL = (
    r"""(?s)/\*.*?\*/|//(?:[^\n\\]|\\.)*|/\*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'""")
_DIRECTIVE = r"(?m)^[ \t\f\v]*\#((?:[^\n\\]|\\\n|\\.)*)"
_NOT_NEWLINE = r"[^\n]"
# Texts, not compiled: `re` keeps what it compiled, and few programs need all.
_LINE_MARKER = r'\s*(?:line\s+)?([0-9]+)(?:\s+"((?:[^"\\]|\\.)*)".*)?\s*\Z'
_DEFINE = r"(?s)\s*define\s+([A-Za-z_$][\w$]*)(\()?\s*(.*)"
_PRAGMA_PACK = r"\s*pragma\s+pack\s*\(\s*([^)]*)\)\s*\Z"

_HINTS = {
    "include": "#include is not read; paste the declarations that are needed instead",
    "if": "conditions are evaluated only with cdef(..., defines={...})",
    "undef": "remove both the #define and the #undef",
}
for _name in ("ifdef", "ifndef", "else", "elif", "endif"):
    _HINTS[_name] = _HINTS["if"]


class Define:
    """`#define name value`; `offset` is that of the value in the source."""

    __slots__ = ("name", "value", "offset")

    def __init__(self, name, value, offset):
        self.name = name
        self.value = value
        self.offset = offset


class Pack:
    """From `offset` on, members are aligned to at most `pack` (0: natural)."""

    __slots__ = ("pack", "offset")

    def __init__(self, pack, offset):
        self.pack = pack
        self.offset = offset


def preprocess(text, name="cdef", pack=0, defines=None):
    """(Source, list of Define and Pack).  Raises CDefError with the place.

    `pack` is the alignment in force at the start, which `#pragma pack()` and
    an emptied stack return to.  With `defines` (name -> integer or None), `#if` and
    its relatives are obeyed.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    original = text
    if "/" in text:
        text = _without_comments(text, name)
    if defines is not None and "#" in text:
        from .conditions import without_inactive
        text = without_inactive(text, defines, Source(original, name))
    if "#" not in text:
        return Source(_join_lines(text), name), []
    events, markers, pack_stack = [], [], [pack]

    def directive(match):
        place = Source(original, name, markers)
        body = match.group(1)
        marker = re.match(_LINE_MARKER, body)
        if marker:
            markers.append((match.end() + 1, int(marker.group(1)),
                            marker.group(2) or place.location(match.start()).source))
        else:
            event = _directive_event(body, match.start(1), pack_stack, place, pack)
            if event is not None:
                events.append(event)
        return _blank(match.group())

    text = re.sub(_DIRECTIVE, directive, text)
    return Source(_join_lines(text), name, markers), events


def _without_comments(text, name):
    def replace(match):
        piece = match.group()
        if piece[0] != "/":
            return piece
        if piece == "/*":
            raise Source(text, name).error(match.start(), "comment is never closed")
        return _blank(piece)

    return re.sub(_COMMENT_OR_LITERAL, replace, text)


def _blank(piece):
    """As many blanks; newlines stay where they are."""
    if "\n" in piece:
        return re.sub(_NOT_NEWLINE, " ", piece)
    return " " * len(piece)


def _join_lines(text):
    """A backslash at the end of a line is only white space outside directives."""
    return text.replace("\\\n", " \n") if "\\" in text else text


def _directive_event(body, offset, pack_stack, place, pack):
    """The event of one directive (its text behind `#`), or None to ignore it."""
    define = re.match(_DEFINE, body)
    if define:
        name, parenthesis, value = define.groups()
        start = offset + define.start(3)
        if parenthesis:
            raise place.error(offset - 1, "macro '%s' takes arguments; declare it as a "
                              "function with the types it is used with" % name)
        value = value.replace("\\\n", " \n").rstrip()
        if not value:
            raise place.error(offset - 1, "macro '%s' has no value: %s"
                              % (name, define_syntax(name, value)))
        return Define(name, value, start)
    pragma = re.match(_PRAGMA_PACK, body)
    if pragma:
        return _pack_event(pragma.group(1), offset, pack_stack, place, pack)
    words = body.split(None, 1)
    if not words or words[0] in ("pragma", "ident"):
        return None
    word = re.match(r"\w*", words[0]).group()
    hint = _HINTS.get(word)
    raise place.error(offset - 1, "directive '#%s' is not supported%s"
                      % (word, ": " + hint if hint else ""))


def _pack_event(arguments, offset, stack, place, initial):
    """`#pragma pack`: (n), (), (push[, name][, n]), (pop[, name])"""
    value = stack[-1]
    words = [word.strip() for word in arguments.split(",") if word.strip()]
    if not words:
        stack[-1] = initial
        return Pack(initial, offset)
    action = words[0]
    if action == "push":
        stack.append(value)
    elif action == "pop":
        if len(stack) == 1:
            raise place.error(offset - 1, "#pragma pack(pop) without push")
        stack.pop()
    for word in words if action.isdigit() else words[1:]:
        if word.isdigit():
            if int(word) not in (0, 1, 2, 4, 8, 16):
                raise place.error(offset - 1, "#pragma pack(%s): not a power of two "
                                  "up to 16" % word)
            stack[-1] = int(word)
        elif not re.match(r"[A-Za-z_]\w*\Z", word):
            raise place.error(offset - 1, "#pragma pack: unexpected '%s'" % word)
    if not action.isdigit() and action not in ("push", "pop"):
        raise place.error(offset - 1, "#pragma pack: unexpected '%s'" % action)
    return Pack(stack[-1], offset)


def define_syntax(name, value):
    """What a #define may look like, for error messages."""
    return ("only supports one of the following syntax:\n"
            "  #define %s ...     (literally dot-dot-dot)\n"
            "  #define %s VALUE   (with VALUE a constant expression or a string)\n"
            "got:\n  #define %s %s" % (name, name, name, value))


