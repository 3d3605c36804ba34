"""Characters, C strings, strings and string views of every character type.

Text is UTF-8 with "surrogateescape", so bytes that are no text survive the way to Python and back; `bytes` is taken as
it is wherever str is.
"""

from ... import format as fmt
from . import memory
from .classes import info_of
from .convert_class import load_object
from .convert_number import as_int, is_index
from .convert_pointer import Data
from .cpptype import CONVERSION, EXACT, STRING, UNIT2, UNIT4, UNSIGNED, VIEW, CppType
from .hooks import is_null
from .instance import address_of, keep


def encode(value):
    """The bytes of str or bytes; None for anything else."""
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    return value if isinstance(value, bytes) else None


def decode(data):
    """Text as Python's."""
    return data.decode("utf-8", "surrogateescape")


class Character(CppType):
    """One character: a str of length 1."""

    def __init__(self, kind, *description):
        super().__init__(kind, *description)
        # `char` and `wchar_t` are signed here.
        self.unsigned = kind in UNSIGNED

    def rank(self, value):
        if isinstance(value, str):
            return CONVERSION + self.kind if len(value) == 1 else -1
        if isinstance(value, bytes):
            return CONVERSION if len(value) == 1 and self.size == 1 else -1
        return CONVERSION + 50 + self.kind if is_index(value) else -1

    def argument(self, value, call):
        if isinstance(value, str):
            if len(value) != 1:
                raise self.refuse(value, "a string of length 1 is needed")
            number = ord(value)
            if self.size < 4 and number >> 8 * self.size:
                raise ValueError("cannot convert %r to '%s': the character does not fit" % (value, self.spelling))
        elif isinstance(value, bytes) and self.size == 1:
            if len(value) != 1:
                raise self.refuse(value, "bytes of length 1 are needed")
            number = value[0]
        elif not is_index(value):
            raise self.refuse(value, "a string of length 1 is needed")
        else:
            number = as_int(self, value)
        number &= (1 << 8 * self.size) - 1
        if self.kind == fmt.TYPE_SCHAR and number > 127:
            number -= 256
        return number

    def result(self, value, owner):
        value &= (1 << 8 * self.size) - 1
        if value > 0x10FFFF:
            raise ValueError("%d in '%s' is no character" % (value, self.spelling))
        return chr(value)

    def load(self, address, owner=None):
        return self.result(memory.cast(self.memory_pointer, address)[0], owner)

    def store(self, address, value, owner=None):
        memory.cast(self.memory_pointer, address)[0] = self.argument(value, None)


class CharPointer(Data):
    """char *: text up to its NUL."""

    def rank(self, value):
        if is_null(value):
            return CONVERSION
        if self.target.flags & fmt.TYPE_CONST and isinstance(value, (str, bytes)):
            return EXACT
        return super().rank(value)

    def _bytes(self, value, why):
        if not self.target.flags & fmt.TYPE_CONST:
            raise self.refuse(value, why)
        try:
            data = encode(value)
        except UnicodeEncodeError:
            raise self.refuse(value) from None
        if b"\0" in data:
            raise ValueError("cannot convert to '%s': embedded null character" % self.spelling)
        return memory.newp(memory.chars, data)

    def argument(self, value, call):
        if not isinstance(value, (str, bytes)):
            return super().argument(value, call)
        data = self._bytes(value, "C++ may write there; pass a bytearray or an array of char")
        call.kept.append(data)
        return memory.address_of(data)

    def result(self, value, owner):
        if not value:
            return None
        if not self.target.flags & fmt.TYPE_CONST and self.target.kind != fmt.TYPE_CHAR:
            return super().result(value, owner)
        return decode(memory.c_string(value))

    def store(self, address, value, owner=None):
        """The characters live as long as the owner; those of a global for ever, since C++ may keep the pointer."""
        if not isinstance(value, (str, bytes)):
            super().store(address, value, owner)
            return
        data = self._bytes(value, "C++ may write there")
        if owner is not None:
            keep(owner, address, data)
        else:
            _global_texts.setdefault(address, []).append(data)
        memory.write_word(address, memory.address_of(data))


_global_texts = {}          # address of a global -> the texts that it pointed to


_ENCODINGS = {1: ("utf-8", "surrogateescape"), 2: ("utf-16-le", "surrogatepass"), 4: ("utf-32-le", "surrogatepass")}
_STRINGS = {unit: memory.Strings(unit) for unit in _ENCODINGS}


class UnitsPointer(Data):
    """const wchar_t *, const char16_t *, const char32_t *: text up to its null character."""

    def rank(self, value):
        return 1 if isinstance(value, str) else super().rank(value)     # char * is the better match

    def _text(self, value):
        if "\0" in value:
            raise ValueError("cannot convert to '%s': embedded null character" % self.spelling)
        return memory.newp(memory.chars, value.encode(*_ENCODINGS[self.target.size]) + bytes(self.target.size))

    def argument(self, value, call):
        if not isinstance(value, str):
            return super().argument(value, call)
        text = self._text(value)
        call.kept.append(text)
        return memory.address_of(text)

    def result(self, value, owner):
        if not value:
            return None
        units, count = memory.cast(self.target.memory_pointer, value), 0
        while units[count]:
            count += 1
        return memory.read_bytes(value, count * self.target.size).decode(*_ENCODINGS[self.target.size])

    def store(self, address, value, owner=None):
        if not isinstance(value, str):
            super().store(address, value, owner)
            return
        text = self._text(value)
        if owner is not None:
            keep(owner, address, text)
        else:
            _global_texts.setdefault(address, []).append(text)
        memory.write_word(address, memory.address_of(text))


class Text(CppType):
    """Strings and string views of every character type, by value.  The base of the others, which refer to one."""

    def __init__(self, *description):
        super().__init__(*description)
        flags = (self if self.kind == fmt.TYPE_CLASS else self.target).flags
        self.unit = 2 if flags & UNIT2 else 4 if flags & UNIT4 else 1
        self.is_view, self.strings = bool(flags & VIEW), _STRINGS[self.unit]
        # const char * is the better match, then std::string, then views, then wide strings.
        self._ranks = (1, 2) if flags & STRING else (2, 3) if self.is_view else (3, 3)
        self._has_class = bool(flags & STRING)

    def rank(self, value):
        if isinstance(value, str):
            return self._ranks[0]
        if isinstance(value, bytes) and self.unit == 1:
            return self._ranks[1]
        return 1 if self._is_string(value) else -1

    def _is_string(self, value):
        """Whether it is a proxy of a std::string, and this the type of such."""
        given = info_of(type(value))
        if given is None or not self._has_class:
            return False
        try:
            return given is (self if self.kind == fmt.TYPE_CLASS else self.target).info()
        except TypeError:
            return False

    def _data(self, value):
        if self._is_string(value):
            return self.strings.read(address_of(value))
        if isinstance(value, str):
            try:
                return value.encode(*_ENCODINGS[self.unit])
            except UnicodeEncodeError:
                raise self.refuse(value, "a str or bytes is needed") from None
        if self.unit == 1 and isinstance(value, bytes):
            return value
        raise self.refuse(value, "a str or bytes is needed" if self.unit == 1 else "a str is needed")

    def _set_view(self, address, data):
        """Point a view to a copy of the text, which is returned: it must live as long."""
        held = memory.newp(memory.chars, data)
        memory.helpers.view_set(address, memory.address_of(held), len(data) // self.unit)
        return held

    def argument(self, value, call):
        if self._is_string(value):
            return address_of(value)
        data, place = self._data(value), call.scratch(memory.STRING_SIZE)
        if self.is_view:
            call.kept.append(self._set_view(place, data))
        else:
            self.strings.new(place, data)
            call.cleanups.append(lambda: self.strings.delete(place))
        return place

    def read(self, address):
        """The text that lies there."""
        data = memory.view_read(address, self.unit) if self.is_view else self.strings.read(address)
        return data.decode(*_ENCODINGS[self.unit])

    def load(self, address, owner=None):
        return self.read(address)

    def result(self, value, owner):
        return self.read(value)

    def store(self, address, value, owner=None):
        data = self._data(value)
        if not self.is_view:
            self.strings.assign(address, data)
            return
        # Of a global the text is kept for ever: nothing tells when C++ stops looking at it.
        held = self._set_view(address, data)
        if owner is not None:
            keep(owner, address, held)
        else:
            _global_texts.setdefault(address, []).append(held)

    def refuse_text(self, value):
        """The TypeError for what is no object that C++ can change."""
        why = "C++ may write there, and Python strings cannot change"
        return self.refuse(value, why + (": pass a cppbind.gbl.std.string" if self._has_class else ""))

    def drop(self, address):
        """Run the destructor of one that was constructed."""
        if not self.is_view:
            self.strings.delete(address)


class TextRef(Text):
    """const std::string &, std::string && and the like."""

    def load(self, address, owner=None):
        return self.read(memory.read_word(address))

    def store(self, address, value, owner=None):
        self.store_through(memory.read_word(address), value, owner)

    def store_through(self, address, value, owner):
        """Assign to what the reference refers to."""
        if self.target.flags & fmt.TYPE_CONST:
            raise self.refuse(value, "the string is const")
        self.target.store(address, value, owner)


class TextMutable(TextRef):
    """std::string &: C++ writes into the string of a proxy."""

    def rank(self, value):
        return EXACT if self._is_string(value) else -1

    def argument(self, value, call):
        if self._is_string(value):
            return address_of(value)
        raise self.refuse_text(value)


class TextPointer(TextRef):
    """const std::string *: text and None.  Where C++ may change it the object itself is seen."""

    def rank(self, value):
        if is_null(value):
            return CONVERSION
        rank = super().rank(value)
        if rank < 0 or self._is_string(value):
            return rank
        if not self.target.flags & fmt.TYPE_CONST:
            return -1
        return 4 if self.is_view and isinstance(value, str) else 5

    def argument(self, value, call):
        if is_null(value):
            return 0
        if not self.target.flags & fmt.TYPE_CONST and not self._is_string(value):
            raise self.refuse_text(value)
        return super().argument(value, call)

    def load(self, address, owner=None):
        return self.result(memory.read_word(address), owner)

    def result(self, value, owner):
        if self._has_class and not self.target.flags & fmt.TYPE_CONST:
            return load_object(self.target.info(), value, owner, False)
        return self.read(value) if value else None

    def store(self, address, value, owner=None):
        """Only an object can be pointed to; it lives as long as the owner."""
        if not is_null(value) and not self._is_string(value):
            raise self.refuse(value, "no object of C++ would own it")
        if owner is not None:
            keep(owner, address, None if is_null(value) else value)
        memory.write_word(address, 0 if is_null(value) else address_of(value))
