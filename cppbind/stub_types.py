"""What a C++ type, and a C++ name, is in a type stub.

Neighbour: `stubs`, which writes the stubs.  Knows records of dictionaries, not the classes of the run time.
"""

import keyword
import re

from . import format as fmt

_STRING = re.compile(r"std::(__cxx11::)?(basic_string(_view)?<.*|(w|u8|u16|u32)?string(_view)?)$")
_WORDS = ("str", "Exception", "staticmethod", "Any", "Callable", "ClassVar", "overload", "IntEnum")
_CHARACTERS = range(fmt.TYPE_CHAR, fmt.TYPE_CHAR32 + 1)


def mangled(name):
    """A name as Python can write it: 'vector<int>' is vector_int_, 'lambda' is lambda_."""
    if keyword.iskeyword(name):
        return name + "_"
    text = re.sub(r"\W+", "_", name)
    return text if text.isidentifier() else "_" + text


class Names:
    """The classes and enums that the stubs of some dictionaries declare, by their qualified C++ names."""

    def __init__(self, dictionaries):
        self._places, self._shadowed = {}, set()
        for dictionary in dictionaries:
            scopes = dictionary.records("scopes", 0, dictionary.count("scopes"))
            for scope in scopes[:1]:
                self._enter(dictionary, scope, "_gbl")
            for table in ("functions", "members", "enumerators", "typedefs"):
                self._shadowed.update(record.name for record in dictionary.records(table, 0, dictionary.count(table))
                                      if record.name in _WORDS)

    def _enter(self, dictionary, scope, place):
        """What lies in a scope; what is in one without a name cannot be written."""
        children = dictionary.records("scopes", scope.children_first, scope.children_count)
        for record in children + dictionary.records("enums", scope.enums_first, scope.enums_count):
            if not record.simple_name or not record.name:
                continue
            inner = "%s.%s" % (place, mangled(record.simple_name))
            self._shadowed.update({record.simple_name}.intersection(_WORDS))
            if record in children:
                self._enter(dictionary, record, inner)
                if record.kind == fmt.SCOPE_NAMESPACE:
                    continue
            self._places[record.name] = inner

    def reference(self, name):
        """How an annotation names a class or enum; None for one that the stubs do not declare."""
        return self._places.get(name)

    def builtin(self, name):
        """A name of Python's builtins, through the module where something in C++ is called the same."""
        return "_builtins." + name if name in self._shadowed else name

    def typing(self, name, module="_typing"):
        """The same of a name that the stubs import."""
        return "%s.%s" % (module, name) if name in self._shadowed else name


def annotation(names, dictionary, index, is_parameter=False):
    """The Python type of a `types` record; `Any` for what has none.  A parameter that C++ writes through is Any."""
    record = dictionary.record("types", index)
    if record is None:
        return names.typing("Any")
    kind = record.kind
    if kind == fmt.TYPE_VOID:
        return "None"
    if kind in (fmt.TYPE_LVALUE_REF, fmt.TYPE_RVALUE_REF, fmt.TYPE_POINTER):
        return _indirect(names, dictionary, record, is_parameter)
    return _value(names, record)


def _value(names, record):
    kind = record.kind
    if kind == fmt.TYPE_BOOL:
        return names.builtin("bool")
    if kind in _CHARACTERS:
        return names.builtin("int" if record.flags & fmt.TYPE_AS_INTEGER else "str")
    if fmt.TYPE_SHORT <= kind <= fmt.TYPE_UINT128:
        return names.builtin("int")
    if kind in (fmt.TYPE_FLOAT, fmt.TYPE_DOUBLE, fmt.TYPE_LONGDOUBLE):
        return names.builtin("float")
    if kind == fmt.TYPE_FUNCTION or (kind == fmt.TYPE_CLASS and record.name.startswith("std::function<")):
        return "%s[..., %s]" % (names.typing("Callable"), names.typing("Any"))
    if kind == fmt.TYPE_CLASS and _STRING.match(record.name):
        return names.builtin("str")
    if kind in (fmt.TYPE_CLASS, fmt.TYPE_ENUM):
        return names.reference(record.name) or names.typing("Any")
    return names.typing("Any")


def _indirect(names, dictionary, record, is_parameter):
    """Of a pointer or reference: the class, or text, or a function; a reference to what is only read, that."""
    target = dictionary.record("types", record.target)
    if target is None:
        return names.typing("Any")
    if target.kind == fmt.TYPE_FUNCTION or (target.kind == fmt.TYPE_CLASS and (
            record.kind != fmt.TYPE_POINTER or not _STRING.match(target.name))):
        return _value(names, target)
    is_const = bool(target.flags & fmt.TYPE_CONST)
    if record.kind == fmt.TYPE_POINTER:
        is_text = is_const and target.kind in _CHARACTERS and not (
            target.flags & fmt.TYPE_AS_INTEGER or target.kind in (fmt.TYPE_SCHAR, fmt.TYPE_UCHAR))
        return names.builtin("str") if is_text else names.typing("Any")
    if is_parameter and not is_const and record.kind == fmt.TYPE_LVALUE_REF:
        return names.typing("Any")
    return annotation(names, dictionary, record.target)
