"""What std::string has of C++'s own: substr, insert, erase and the like.  Positions count bytes, as in C++.

Functions that C++ overloads with those of str (`find`, `replace`) are str's.  Neighbour: strings.py, the class.
"""

from .cpp_types import fixed_type

NPOS = 2 ** 64 - 1


def methods(data):
    """{name: function}, where `data(self)` is the bytes of a std::string."""
    return {"npos": NPOS, "size_type": fixed_type("size_t"), **_reading(data), **_writing(data), **_searching(data)}


def _text(value):
    return value.decode("utf-8", "surrogateescape")


def _given(value):
    if isinstance(value, int):
        return bytes((value,))
    return value.encode("utf-8", "surrogateescape") if isinstance(value, str) else bytes(value)


def _check(held, position, last):
    if not 0 <= position <= last:
        raise IndexError("position %d of a std::string of %d characters" % (position, len(held)))


def _reading(data):
    def at(self, position):
        """The character at a position.  IndexError where there is none."""
        held = data(self)
        _check(held, position, len(held) - 1)
        return _text(held[position:position + 1])

    def substr(self, position=0, count=NPOS):
        """The `count` characters from `position` on."""
        held = data(self)
        _check(held, position, len(held))
        return _text(held[position:position + count])

    def compare(self, other):
        """-1, 0 or 1: where it sorts."""
        mine, theirs = data(self), _given(other)
        return (mine > theirs) - (mine < theirs)
    return {"at": at, "substr": substr, "compare": compare, "front": lambda self: at(self, 0),
            "back": lambda self: at(self, len(data(self)) - 1),
            "starts_with": lambda self, value: data(self).startswith(_given(value)),
            "ends_with": lambda self, value: data(self).endswith(_given(value))}


def _writing(data):
    def insert(self, position, value):
        """Put text in before a position."""
        held = data(self)
        _check(held, position, len(held))
        self.assign(held[:position] + _given(value) + held[position:])
        return self

    def erase(self, position=0, count=NPOS):
        """Take `count` characters out from `position` on."""
        held = data(self)
        _check(held, position, len(held))
        self.assign(held[:position] + held[position + count:])
        return self

    def resize(self, count, filler="\0"):
        """Cut it, or fill it, to `count` characters."""
        held = data(self)[:count]
        self.assign(held + _given(filler) * (count - len(held)))

    def push_back(self, character):
        """Put a character in at the end."""
        self.assign(data(self) + _given(character))

    def pop_back(self):
        """Take out the last character."""
        self.assign(data(self)[:-1])
    return {"insert": insert, "erase": erase, "resize": resize, "push_back": push_back, "pop_back": pop_back}


def _searching(data):
    def searcher(wanted, positions):
        def find(self, characters, position=None):
            held, among = data(self), _given(characters)
            for index in positions(len(held), position):
                if (held[index] in among) == wanted:
                    return index
            return NPOS
        return find

    def forward(size, position):
        return range(position or 0, size)

    def backward(size, position):
        return range(size - 1 if position is None else min(position, size - 1), -1, -1)
    return {"find_first_of": searcher(True, forward), "find_last_of": searcher(True, backward),
            "find_first_not_of": searcher(False, forward), "find_last_not_of": searcher(False, backward)}
