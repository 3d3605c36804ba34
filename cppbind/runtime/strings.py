"""std::string as an object: what C++ changes through `std::string &` or `std::string *`.

Values are str everywhere else.  The class needs no dictionary, since the core knows std::string.  Neighbour:
proxy.py, which asks for it by name.
"""

from .. import format as fmt
from . import native
from .string_methods import methods

NAME = "std::string"

_METHODS = ("capitalize", "casefold", "center", "count", "encode", "endswith", "expandtabs", "find", "format", "index",
            "isalnum", "isalpha", "isascii", "isdecimal", "isdigit", "isidentifier", "islower", "isnumeric",
            "isprintable", "isspace", "istitle", "isupper", "join", "ljust", "lower", "lstrip", "partition", "replace",
            "rfind", "rindex", "rjust", "rpartition", "rsplit", "rstrip", "split", "splitlines", "startswith", "strip",
            "swapcase", "title", "translate", "upper", "zfill", "__len__", "__iter__", "__getitem__", "__contains__",
            "__add__", "__mul__", "__rmul__", "__mod__", "__hash__", "__format__")


def make_string_class(place):
    """The class of std::string; `place` is its (module, qualified name)."""
    module, qualname = place
    cls = native.new_class("string", (native.Instance,), {
        "__slots__": (), "__module__": module, "__qualname__": qualname, "__cpp_name__": NAME,
        "__doc__": "A C++ std::string that C++ may change; in Python it behaves as the str that it holds now."},
        {}, False)
    _setup(cls)
    for name in _METHODS:
        native.store(cls, name, _of_text(name))
    for name in ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"):
        native.store(cls, name, _comparison(name))
    for name, function in (("__str__", _text), ("c_str", _text), ("data", _text),
                           ("clear", lambda self: self.assign("")), ("__repr__", _repr), ("__bytes__", _bytes),
                           ("__bool__", lambda self: native.addressof(self) != 0 and _text(self) != ""),
                           ("empty", lambda self: _text(self) == ""),
                           ("__radd__", lambda self, other: other + _text(self)),
                           ("__iadd__", lambda self, other: (self.append(other), self)[1]),
                           ("__copy__", lambda self: cls(self)), ("__deepcopy__", lambda self, memo: cls(self)),
                           ("__reduce__", lambda self: (_restore, (_bytes(self),)))):
        native.store(cls, name, function)
    for name, value in methods(_bytes).items():
        native.store(cls, name, value)
    return cls


def _setup(cls):
    (size, align, construct, copy, assign, append, length, destructor, delete) = native.string_parts()
    value = native.new_type(fmt.TYPE_CLASS, native.TYPE_STRING, size, 0, None, NAME, NAME, None)
    const = native.new_type(fmt.TYPE_CLASS, native.TYPE_STRING | fmt.TYPE_CONST, size, 0, None, NAME, "const " + NAME,
                            None)
    reference = native.new_type(fmt.TYPE_LVALUE_REF, 0, 8, 0, const, "", "const std::string &", None)
    void = native.new_type(fmt.TYPE_VOID, 0, 0, 0, None, "", "void", None)
    count = native.new_type(fmt.TYPE_ULONG, 0, 8, 0, None, "", "unsigned long", None)
    global _value_type
    _value_type = value
    constructor = native.new_method("__init__", cls, native.METHOD_CONSTRUCTOR, None)
    made = native.CANDIDATE_CONSTRUCTOR | native.CANDIDATE_WRAPPER
    constructor.set_candidates([
        ("std::string::string()", made, construct, 0, void, (), (), None),
        ("std::string::string(const std::string &text)", made, copy, 0, void, (reference,), ("text",), None)], None)
    this = native.CANDIDATE_THIS | native.CANDIDATE_WRAPPER
    for names, signature, address, result, types in (
            (("assign", "__assign__"), "void std::string::assign(const std::string &text)", assign, void, (reference,)),
            (("append",), "void std::string::append(const std::string &text)", append, void, (reference,)),
            (("size", "length"), "unsigned long std::string::size() const", length, count, ())):
        for name in names:
            method = native.new_method(name, cls, 0, None)
            method.set_candidates([(signature, this, address, 0, result, types, ("text",) * len(types), None)],
                                  signature)
            native.store(cls, name, method)
    native.setup_class(cls, size, align, 0, delete, destructor, 0, constructor, (), None)


_value_type = None


def _text(self):
    address = native.addressof(self)
    if not address:
        raise ReferenceError("attempt to access a null pointer to 'std::string'")
    return _value_type.load(address)


def _repr(self):
    return repr(_text(self)) if native.addressof(self) else "<a null pointer to 'std::string'>"


def _bytes(self):
    return _text(self).encode("utf-8", "surrogateescape")


def _restore(text):
    from .proxy import class_for
    return class_for(NAME)(text)


def _of_text(name):
    function = getattr(str, name)

    def method(self, *args, **keywords):
        return function(_text(self), *[_plain(argument) for argument in args], **keywords)
    method.__name__, method.__doc__ = name, function.__doc__
    return method


def _comparison(name):
    function = getattr(str, name)

    def compare(self, other):
        if other is None and name in ("__eq__", "__ne__"):
            return getattr(native.Instance, name)(self, None)
        if isinstance(other, bytes):
            return getattr(bytes, name)(_bytes(self), other)
        try:
            return function(_text(self), _plain(other))
        except ReferenceError:
            if name not in ("__eq__", "__ne__") or native.addressof(self) and (
                    not isinstance(other, native.Instance) or native.addressof(other)):
                raise
            return getattr(native.Instance, name)(self, other)          # a null pointer
    compare.__name__ = name
    return compare


def _plain(value):
    """The str of a std::string, anything else itself."""
    return _text(value) if getattr(type(value), "__cpp_name__", None) == NAME else value
