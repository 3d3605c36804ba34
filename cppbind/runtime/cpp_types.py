"""Which C++ type does a Python value stand for, where no parameter says so: for the arguments of templates.

Reads values, makes nothing.  Neighbours: function_templates.py and templates.py, which put the answer into C++.
"""

from . import native
from .enums import EnumValue
from .moved import Moved

_PLAIN = {bool: "bool", float: "double", str: "std::string", bytes: "std::string", type(None): "std::nullptr_t",
          complex: "std::complex<double>"}
_NUMPY = {"b1": "bool", "f4": "float", "f8": "double", "i1": "signed char", "i2": "short", "i4": "int", "i8": "long",
          "u1": "unsigned char", "u2": "unsigned short", "u4": "unsigned int", "u8": "unsigned long",
          "c8": "std::complex<float>", "c16": "std::complex<double>"}
_ANNOTATIONS = {int: "int", float: "double", bool: "bool", str: "std::string", None: "void", type(None): "void",
                bytes: "std::string", complex: "std::complex<double>"}

_MOVED = "static_cast<%s &&>(%%s)"

# By its name, as in cppyy: `vector[float]` is a std::vector<float>; a Python float that is passed is a double.
_TEMPLATE_ARGUMENTS = {int: "int", float: "float", bool: "bool", str: "std::string", complex: "std::complex<double>",
                 bytes: "std::string"}

def argument_text(value):
    """The C++ type of a value, as text: 'int', 'ns::Class &', 'std::vector<double>'.

    Integers are int where they fit, else long, else unsigned long; sequences and dicts go by their first item;
    functions need annotations.  TypeError for what C++ has no type for.
    """
    kind = type(value)
    known = _PLAIN.get(kind)
    if known is not None:
        return known
    if kind is int:
        return _integer(value)
    if isinstance(value, native.Instance):
        return class_name(kind) + " &"
    if isinstance(value, EnumValue):
        return kind.__cpp_name__
    if isinstance(value, Moved):
        return class_name(type(value.object)) + " &&"
    return _composed(value, kind)


_numbers = {}               # C++ type -> class
_FIXED = {"int8_t": "signed char", "uint8_t": "unsigned char", "int16_t": "short", "uint16_t": "unsigned short",
          "int32_t": "int", "uint32_t": "unsigned int", "int64_t": "long", "uint64_t": "unsigned long",
          "size_t": "unsigned long", "ptrdiff_t": "long", "intptr_t": "long", "uintptr_t": "unsigned long"}


def number_type(name):
    """What a built-in type of numbers is in Python: int for `int`, for others a class derived from int or float, which
    knows the type as `__cpp_name__`."""
    if name == "int":
        return int
    known = _numbers.get(name)
    if known is None:
        kind = float if name in ("float", "double", "long double") else int
        known = _numbers.setdefault(name, type(name, (kind,), {
            "__slots__": (), "__module__": "cppbind.gbl", "__cpp_name__": name, "__doc__": "C++'s %s." % name}))
    return known


_BUILTIN = frozenset((
    "int", "double", "char", "signed char", "unsigned char", "wchar_t", "char8_t", "char16_t", "char32_t", "short",
    "unsigned short", "unsigned int", "long", "unsigned long", "long long", "unsigned long long", "__int128",
    "unsigned __int128", "float", "long double"))


def builtin_type(name):
    """A type that C++ itself has, such as 'unsigned int', as `number_type` has it; None for other names."""
    return bool if name == "bool" else number_type(name) if name in _BUILTIN else None


def fixed_type(name):
    """The type of a name of <cstdint> or <cstddef>, such as 'uint64_t', as `number_type` has it; None for others."""
    return number_type(_FIXED[name]) if name in _FIXED else None


def class_name(cls):
    """The C++ class behind a Python class that may derive from it."""
    return next(base.__dict__["__cpp_name__"] for base in cls.__mro__ if "__cpp_name__" in base.__dict__)


def _integer(value):
    if -2**31 <= value < 2**31:
        return "int"
    if -2**63 <= value < 2**63:
        return "long"
    if value < 2**64:
        return "unsigned long"
    raise OverflowError("%d does not fit into any integer type of C++" % value)


def _composed(value, kind):
    if isinstance(value, native.engine.CData):
        return _of_cdata(native.engine.typeof(value))
    if kind.__module__ == "numpy" and hasattr(value, "dtype"):
        item = _NUMPY.get(value.dtype.str[1:])
        if item is not None:
            return item if getattr(value, "ndim", 0) == 0 else "std::vector<%s>" % item
    if isinstance(value, int):
        return _integer(int(value))
    if isinstance(value, dict) and value:
        return "std::map<%s>" % ", ".join(_item(item) for item in next(iter(value.items())))
    if isinstance(value, (list, tuple, range, set, frozenset)) and len(value):
        items = [_item(item) for item in value]
        # 1 and 2.5 in one list are two doubles.
        item = next((wide for wide in ("std::complex<double>", "double", "unsigned long", "long") if wide in items
                     and set(items) <= {"std::complex<double>", "double", "int", "long", "unsigned long"}), items[0])
        return "std::%s<%s>" % ("set" if isinstance(value, (set, frozenset)) else "vector", item)
    from . import nullptr
    if value is nullptr:
        return "std::nullptr_t"
    if callable(value) and not isinstance(value, type):
        return _callable(value)
    raise TypeError("a template's argument: no C++ type stands for %r" % (value,))


def _of_cdata(ctype):
    """The type of C data as an argument.  Arrays are pointers to their first item (C++ [conv.array]), as are pointers
    that have got a length by `reshape`."""
    if ctype.kind != "array":
        return ctype.cname
    item = ctype.item
    return "std::add_pointer_t<%s>" % item.cname if item.kind in ("array", "function") else item.cname + " *"


def _item(value):
    return argument_text(value).rstrip(" &")


def _callable(value):
    """std::function with the signature from a function's annotations."""
    import inspect
    try:
        signature = inspect.signature(value)
        texts = [_annotation(parameter.annotation) for parameter in signature.parameters.values()]
        result = _annotation(signature.return_annotation)
    except (TypeError, ValueError, LookupError):
        raise TypeError("a template's argument: %r needs annotations that tell the C++ types of its parameters and its "
                        "result" % (value,)) from None
    return "std::function<%s(%s)>" % (result, ", ".join(texts))


def _annotation(annotation):
    if isinstance(annotation, str):
        return {"int": "int", "float": "double", "str": "std::string", "None": "void"}.get(annotation, annotation)
    if isinstance(annotation, native.Class):
        return class_name(annotation)
    return _ANNOTATIONS[annotation]


def argument_forms(arguments, texts, by_address=True):
    """How a call may pass arguments of these types: [[(parameter type, expression)]], the likeliest first.

    `by_address`: objects go to pointers, too; not to those of operators, which would compare addresses.
    """
    def changed(applies, form):
        return [form(text) if applies(text, argument) else _form(text, _MOVED % text)
                for argument, text in zip(arguments, texts)]

    def is_text(_text, argument):
        return isinstance(argument, str)

    forms = [[_form(text, _MOVED % text) for text in texts], [_form(text, "%s") for text in texts],
             changed(is_text, lambda text: ("const char *", "%s")),
             changed(is_text, lambda text: ("const char *", "static_cast<const char *&&>(%s)")),
             changed(_is_python_function, lambda text: ("std::add_pointer_t<%s" % text[len("std::function<"):], "%s"))]
    if by_address:              # as in calls of functions that are no templates
        forms.append(changed(lambda text, _argument: text.endswith(" &"),
                             lambda text: ("::" + text, "std::addressof(%s)")))
    return [form for index, form in enumerate(forms) if form not in forms[:index]]


def declared_form(function):
    """The form of a call whose arguments have the types in 'std::function<R (A, B)>'; None for another name."""
    if not function.startswith("std::function<") or not function.endswith(")>"):
        return None
    depth, parts, end = 0, [], len(function) - 2
    for at in range(end - 1, 0, -1):
        character = function[at]
        depth += (character in ")>]") - (character in "(<[")
        if (character == "," and not depth) or depth < 0:
            parts.insert(0, function[at + 1:end].strip())
            end = at
        if depth < 0:
            break
    # A declarator may lie around the name, as in `int (*a0)(int)`.
    return [("std::enable_if_t<true, %s>" % text if "(" in text else text, "std::forward<%s>(%%s)" % text)
            for text in parts if text]


def _is_python_function(text, argument):
    """Whether it goes as a std::function, and could as a pointer to a function."""
    return text.startswith("std::function<") and not isinstance(argument, native.Instance)


def _form(text, expression):
    if text.endswith("&&"):
        return "::" + text, "static_cast<::%s>(%%s)" % text
    if text.endswith("&"):
        return "::" + text, "%s"
    if text.endswith("*") or text == "std::nullptr_t":
        return text, "%s"
    # By reference, so that a result which refers to the argument does not outlive it.
    return text + " &&", expression


def template_argument_text(argument):
    """A template argument in C++: of a type of Python or C++, a number, or text, which stays as it is; a Python
    function that has a `__cpp_name__` stands for what that names."""
    if isinstance(argument, str):
        return argument
    if callable(argument) and not isinstance(argument, native.Instance) and getattr(argument, "__cpp_name__", None):
        return argument.__cpp_name__
    if argument in _TEMPLATE_ARGUMENTS:
        return _TEMPLATE_ARGUMENTS[argument]
    if isinstance(argument, EnumValue):
        return _enumerator_text(argument)
    if isinstance(argument, bool):
        return "true" if argument else "false"
    if isinstance(argument, int):
        return str(argument)
    if isinstance(argument, type) and argument.__module__.startswith("numpy"):
        import numpy
        return {"f4": "float", "f8": "double", "i1": "signed char", "i2": "short", "i4": "int", "i8": "long",
                "u1": "unsigned char", "u2": "unsigned short", "u4": "unsigned int",
                "u8": "unsigned long"}.get(numpy.dtype(argument).str[1:], argument.__name__)
    raise TypeError("%r is no template argument: a type, a number, or a C++ type as text" % (argument,))


def _enumerator_text(value):
    """An enumerator as C++ names it, a value without a name as a cast."""
    cpp_name = type(value).__cpp_name__
    if value.name is None:
        return "(%s)%d" % (cpp_name, value)
    return (cpp_name if value.__scoped__ else cpp_name.rpartition("::")[0]).rstrip(":") + "::" + value.name
