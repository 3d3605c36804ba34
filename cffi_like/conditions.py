"""conditions.py: `#if` and its relatives, for the names that the user gives.

`without_inactive` blanks what a C preprocessor would leave out (C11 6.10.1) and
the directives that decide it; every place stays true.  Used by preprocess.py
when cdef() got `defines`; comments are gone already.
"""

import re

from .const_eval import ConstantExpressions
from .lexer import Source, Tokens, describe, is_identifier

_DIRECTIVE = r"(?m)^[ \t\f\v]*\#[ \t]*(if|ifdef|ifndef|elif|else|endif|define|undef|error)\b((?:[^\n\\]|\\\n|\\.)*)"


def without_inactive(text, defines, place):
    """`text` with blanks where a condition is false.  `place` is a Source for
    errors.  Raises CDefError, TypeError for a value that is no integer."""
    return _Conditions(text, _checked(defines), place).run()


def _checked(defines):
    names = {}
    for name, value in dict(defines).items():
        if value is None or value == "":
            value = None
        elif not isinstance(value, int):
            raise TypeError("defines[%r] is an integer or None, not %r" % (name, value))
        names[name] = value if value is None else int(value)
    return names


class _Group:
    """One #if ... #endif.  `taken`: whether a branch was active already."""

    def __init__(self, start, outer, active):
        self.start = start
        self.outer = outer
        self.active = self.taken = active
        self.last = False       # behind #else


class _Conditions:
    def __init__(self, text, names, place):
        self.text = text
        self.names = names
        self.place = place
        self.groups = []
        self.pieces = []
        self.position = 0

    @property
    def active(self):
        return not self.groups or self.groups[-1].active

    def run(self):
        for match in re.finditer(_DIRECTIVE, self.text):
            self._copy(match.start(), self.active)
            word = match.group(1)
            kept = getattr(self, "_" + word)(match)
            self._copy(match.end(), bool(kept))
        self._copy(len(self.text), self.active)
        if self.groups:
            raise self.place.error(self.groups[-1].start, "#if without #endif")
        return "".join(self.pieces)

    def _copy(self, end, keep):
        piece = self.text[self.position:end]
        self.pieces.append(piece if keep else re.sub(r"[^\n]", " ", piece))
        self.position = end

    # ---- directives; the result tells whether the directive stays ---------------

    def _begin(self, match, condition):
        outer = self.active
        self.groups.append(_Group(match.start(1) - 1, outer, outer and condition(match)))

    def _if(self, match):
        self._begin(match, self._holds)

    def _ifdef(self, match):
        self._begin(match, lambda match: self._name(match) in self.names)

    def _ifndef(self, match):
        self._begin(match, lambda match: self._name(match) not in self.names)

    def _elif(self, match):
        group = self._group(match)
        group.active = group.outer and not group.taken and self._holds(match)
        group.taken = group.taken or group.active

    def _else(self, match):
        group = self._group(match)
        group.active = group.outer and not group.taken
        group.last = True

    def _endif(self, match):
        self._group(match, True)
        self.groups.pop()

    def _define(self, match):
        if not self.active:
            return False
        found = re.match(r"\s*([A-Za-z_$][\w$]*)(\()?\s*(.*)", match.group(2), re.S)
        if found and not found.group(2):
            name, value = found.group(1), found.group(3).strip()
            self.names[name] = (match.start(2) + found.start(3), value) if value else None
            return bool(value)      # a name alone is only for conditions
        return True

    def _undef(self, match):
        if self.active:
            self.names.pop(self._name(match), None)
        return False

    def _error(self, match):
        if self.active:
            raise self.place.error(match.start(1) - 1, "#error " + match.group(2).strip())
        return False

    def _group(self, match, end=False):
        if not self.groups:
            raise self.place.error(match.start(1) - 1, "#%s without #if" % match.group(1))
        group = self.groups[-1]
        if group.last and not end:
            raise self.place.error(match.start(1) - 1, "#%s behind #else" % match.group(1))
        return group

    def _name(self, match):
        words = match.group(2).split()
        if len(words) != 1 or not is_identifier(words[0]):
            raise self.place.error(match.start(2), "#%s takes one name" % match.group(1))
        return words[0]

    def _holds(self, match):
        text = match.group(2).replace("\\\n", " \n")
        return bool(self._value(text, match.start(2), ()))

    def _value(self, text, offset, asked):
        expression = _Expression(Source(text, parent=self.place, base=offset), self, asked)
        value = expression.parse_constant()
        if expression.words[expression.position]:
            raise expression.error("unexpected %s" % describe(expression.words[expression.position]))
        if not isinstance(value, int):
            raise self.place.error(offset, "the condition is no integer")
        return value

    def value_of(self, name, asked):
        """The integer that a name stands for; 0 for one that is not defined."""
        value = self.names.get(name, 0)
        if isinstance(value, tuple) and name not in asked:
            return self._value(value[1], value[0], (*asked, name))
        return value if isinstance(value, int) else 0


class _Expression(ConstantExpressions):
    """A constant expression with `defined` and without types (C11 6.10.1 p4)."""

    def __init__(self, source, conditions, asked):
        self.tokens = Tokens(source)
        self.words = self.tokens.words
        self.position = 0
        self.conditions = conditions
        self.asked = asked
        self._replace_defined()

    def _replace_defined(self):
        words, index = self.words, 0
        while words[index]:
            if words[index] == "defined":
                first = index + 1 + (words[index + 1] == "(")
                if not is_identifier(words[first]) or (first > index + 1 and words[first + 1] != ")"):
                    raise self.error("'defined' takes one name", index)
                words[index] = "1" if words[first] in self.conditions.names else "0"
                self._blank(index + 1, first + 1 + (first > index + 1))
            index += 1

    def _blank(self, start, end):
        del self.words[start:end]
        del self.tokens._matches[start:end]

    def error(self, message, index=None):
        index = self.position if index is None else index
        return self.tokens.source.error(self.tokens.offset(index), message)

    def unexpected(self, wanted):
        return self.error("unexpected %s, expected %s" % (describe(self.words[self.position]), wanted))

    def expect(self, word):
        if self.words[self.position] != word:
            raise self.unexpected("'%s'" % word)
        self.position += 1

    def at_type(self):
        return False

    def constant(self, name):
        return self.conditions.value_of(name, self.asked)
