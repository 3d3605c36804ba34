"""Foreign memory by address, and the helper functions of dictionaries, through cffi_like's engine.

The lowest part of this run time: knows neither classes nor types of C++.  Addresses are ints.  What `helpers` gives
comes from a dictionary that is loaded: see cppbind/format.py, "Helpers".
"""

from cffi_like.engine import load

engine = load()
_pointer = engine.new_pointer_type

void = engine.new_void_type()
void_pointer = _pointer(void)
# Signed, so that a JIT need not ask whether an address fits its own integers.
word = engine.new_primitive_type("intptr_t")
word_pointer = _pointer(word)
words = engine.new_array_type(word_pointer, None)
size_type = engine.new_primitive_type("size_t")
char = engine.new_primitive_type("char")
char_pointer = _pointer(char)
chars = engine.new_array_type(char_pointer, None)
byte = engine.new_primitive_type("unsigned char")
byte_pointer = _pointer(byte)
int_type = engine.new_primitive_type("int")

cast, newp = engine.cast, engine.newp
WORD_SIZE = engine.sizeof(word)


def address_of(cdata):
    """Where a pointer points, or an array lies, as an int."""
    return int(cast(word, cast(void_pointer, cdata)))


def read_word(address):
    """The pointer or size that lies there."""
    return cast(word_pointer, address)[0]


def write_word(address, value):
    """Put a pointer there."""
    cast(word_pointer, address)[0] = value


def read_bytes(address, size):
    """A copy of memory."""
    return engine.buffer(cast(char_pointer, address), size)[:] if size else b""


def write_bytes(address, data):
    """Copy bytes there."""
    engine.buffer(cast(char_pointer, address), len(data))[:] = data


def c_string(address, limit=-1):
    """The bytes up to the NUL."""
    return engine.string(cast(char_pointer, address), limit)


def function(result, arguments, address):
    """A callable for the C function at an address; None for a null one."""
    if not address:
        return None
    return engine.function_at(engine.new_function_type(tuple(arguments), result), address, "function")


class _Helpers:
    """The helpers that any dictionary has, each looked up when it is first used."""

    _TYPES = {
        "dynamic_name": (char_pointer, (word, int_type, _pointer(engine.new_primitive_type("ptrdiff_t")))),
        "tell": (char_pointer, (_pointer(size_type),)),
        "view_set": (void, (word, word, size_type)), "view_data": (word, (word, _pointer(size_type))),
        "allocate": (word, (size_type, size_type)), "release": (void, (word, size_type)),
        "callable_new": (word, (word,))}
    for _unit in "124":
        _TYPES.update({
            "string_new" + _unit: (int_type, (word, char_pointer, size_type)),
            "string_assign" + _unit: (int_type, (word, char_pointer, size_type)),
            "string_data" + _unit: (word, (word, _pointer(size_type))), "string_delete" + _unit: (void, (word,))})

    def __getattr__(self, name):
        from ..state import registry
        for dictionary in registry.dictionaries:
            address = dictionary.helpers().get(name)
            if address:
                # What is no function is used by its address.
                found = function(*self._TYPES[name], address) if name in self._TYPES else address
                setattr(self, name, found)
                return found
        raise RuntimeError("no loaded dictionary has the helper '%s': build them again with this version" % name)


helpers = _Helpers()


# ---- strings ---------------------------------------------------------------------------------

STRING_SIZE = 32            # room for a string or a view of one
_size_pointer = _pointer(size_type)


class Strings:
    """std::basic_string of characters of `unit` bytes."""

    def __init__(self, unit):
        self.unit = unit
        self._new, self._assign, self._data, self._delete = (
            "string_%s%d" % (what, unit) for what in ("new", "assign", "data", "delete"))

    def read(self, address):
        """The bytes of the one at an address."""
        size = newp(_size_pointer)
        data = getattr(helpers, self._data)(address, size)
        return read_bytes(data, size[0] * self.unit)

    def new(self, address, data):
        """Construct one in raw memory."""
        if getattr(helpers, self._new)(address, data, len(data) // self.unit):
            raise MemoryError("a string")

    def assign(self, address, data):
        """Assign to the one at an address."""
        if getattr(helpers, self._assign)(address, data, len(data) // self.unit):
            raise MemoryError("a string")

    def delete(self, address):
        """Run its destructor."""
        getattr(helpers, self._delete)(address)


def view_read(address, unit):
    """The bytes that a std::basic_string_view shows."""
    size = newp(_size_pointer)
    data = helpers.view_data(address, size)
    return read_bytes(data, size[0] * unit)


def cpp_string_parts():
    """(size, align, construct, copy, assign, append, length, destructor, delete) of std::string, functions as
    addresses."""
    return tuple(cast(word_pointer, helpers.string_class)[at] for at in range(9))


# ---- what was thrown ------------------------------------------------------------------------

_RAISED = "cppbind_raised"      # the C++ class of Python's exceptions, see cppbind/emit_answers.py


class Guards:
    """The guarded calls of one dictionary.

    `pending` is a cdata `int *`: not 0 after a call means that some thread's call threw; `thrown()` gives this
    thread's exception.
    """

    def __init__(self, dictionary, translate):
        self._helpers = dictionary.helpers()
        self._translate = translate
        self.pending = cast(_pointer(int_type), self._helpers["pending"]) if "pending" in self._helpers else None
        self._variadic = None
        self._tell = function(*self._tell_type(), self._helpers.get("tell", 0))

    @staticmethod
    def _tell_type():
        return char_pointer, (_size_pointer,)

    def address(self, code):
        """Of the guard for functions of that shape; 0: there is none."""
        return self._helpers.get("guard " + code, 0)

    def variadic(self):
        """The guard for functions with an ellipsis, or None."""
        if self._variadic is None:
            self._variadic = function(word, (word,) * 5, self._helpers.get("variadic", 0))
        return self._variadic

    def thrown(self):
        """The Python exception for what this thread's last call threw, or None."""
        size = newp(_size_pointer)
        text = self._tell(size)
        if not size[0]:
            return None
        fields = engine.buffer(text, size[0])[:].decode("utf-8", "replace").split("\0")[:-1]
        if fields[0] == _RAISED:
            from .answers import take_caught
            return take_caught()
        what = fields[1][1:] if fields[1].startswith("+") else None
        exception = self._translate(fields[0] or None, what, tuple(dict.fromkeys(fields[2:])))
        if not isinstance(exception, BaseException):
            raise TypeError("the hook 'translate' gave a %s" % type(exception).__name__)
        return exception
