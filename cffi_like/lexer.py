"""Cuts C text into tokens and tells where each of them stands.

Knows nothing of grammar.  Used by the parser of type strings and by the
parser of cdef; reads errors.py and model.py.
"""

import bisect
import re

from . import model
from .errors import CDefError

# Longer operators stand before their prefixes.  The last alternative takes any
# other visible character, so that nothing is ever skipped in silence; the
# parser refuses it by name.
_TOKEN = re.compile(r"""
    (?:u8|[uUL])? (?: "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*' )
  | [A-Za-z_$][A-Za-z0-9_$]*
  | \.?[0-9](?:[eEpP][+-]|[A-Za-z0-9_.])*
  | \.\.\. | <<=? | >>=? | [-+*/%&|^!=<>]= | -> | \+\+ | -- | && | \|\|
  | \S
""", re.VERBOSE)


class Source:
    """A piece of C text with the map from offsets to places.

    `text` may have had comments and directives blanked out, but has the
    original's length, so offsets are those of what the user wrote.  `markers`
    are the `# NUM "file"` lines: (offset after it, line, file).  A piece cut
    out of another source at `base` takes its places from that one.
    """

    def __init__(self, text, name="cdef", markers=(), parent=None, base=0):
        self.text = text
        self.name = name
        self.markers = markers
        self.parent = parent
        self.base = base
        self._line_starts = None

    def location(self, offset):
        """The model.Location of an offset; lines and columns count from 1."""
        if self.parent is not None:
            return self.parent.location(self.base + offset)
        starts = self._line_starts
        if starts is None:
            starts = self._line_starts = [0]
            find = self.text.find
            end = find("\n")
            while end >= 0:
                starts.append(end + 1)
                end = find("\n", end + 1)
        index = bisect.bisect_right(starts, offset) - 1
        name, line = self.name, index + 1
        column = offset - starts[index] + 1
        for marker_offset, marker_line, marker_name in reversed(self.markers):
            if marker_offset <= offset:
                first = bisect.bisect_right(starts, marker_offset) - 1
                name, line = marker_name, marker_line + index - first
                break
        return model.Location(name, line, column)

    def error(self, offset, message, kind=CDefError):
        """A CDefError (not raised) that names the place of `offset`."""
        return kind("%s: %s" % (self.location(offset), message))


class Tokens:
    """All tokens of a source.  `words` ends with two empty strings, so that the
    parser may look one token ahead anywhere."""

    def __init__(self, source):
        self.source = source
        self._matches = matches = list(_TOKEN.finditer(source.text))
        self.words = words = [match.group() for match in matches]
        words += ("", "")

    def offset(self, index):
        if index < len(self._matches):
            return self._matches[index].start()
        # The end stands behind the last character that is not blank.
        return len(self.source.text.rstrip())

    def location(self, index):
        return self.source.location(self.offset(index))


def is_identifier(word):
    return bool(word) and (word[0].isalpha() or word[0] in "_$") and \
        word[-1] not in "\"'"


def describe(word):
    """How an error message calls a token."""
    return "'%s'" % word if word else "end of the text"
