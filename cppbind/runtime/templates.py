"""Class templates as Python objects: `gbl.std.vector[int]` finds the dictionary's class `std::vector<int>`.

What no loaded dictionary has is made on the fly where that can be; else the error tells what to add to a dictionary.
Neighbours: namespaces.py (where the name is looked up), proxy.py (the classes).
"""

import re

from .. import stl
from .cpp_types import argument_text, template_argument_text
from .exceptions import public_class
from .proxy import class_for, split_name, type_value
from .state import registry

# Other ways to write what clang calls a type.
_SYNONYMS = {
    "unsigned": "unsigned int", "long int": "long", "unsigned long int": "unsigned long", "short int": "short",
    "unsigned short int": "unsigned short", "long long int": "long long", "size_t": "unsigned long",
    "std::size_t": "unsigned long", "string": "std::string", "int8_t": "signed char", "uint8_t": "unsigned char",
    "int16_t": "short", "uint16_t": "unsigned short", "int32_t": "int", "uint32_t": "unsigned int", "int64_t": "long",
    "uint64_t": "unsigned long", "std::basic_string<char>": "std::string"}
# Template arguments that everybody leaves to their defaults.
_DEFAULTS = ("std::allocator<", "std::less<", "std::hash<", "std::equal_to<", "std::default_delete<",
             "std::char_traits<")


def normal_name(name):
    """A type's name as the dictionaries spell it, without blanks: default arguments and inline namespaces dropped."""
    name = re.sub(r"\s*([<>,:*&()])\s*", r"\1", " ".join(name.split())).replace("std::__cxx11::", "std::")
    name = name[2:] if name.startswith("::") else name
    head, arguments, tail = _parts(name)
    if arguments is None:
        base = re.match(r"(const )?(.*?)([*&]*)\Z", name)
        return (base.group(1) or "") + _SYNONYMS.get(base.group(2), base.group(2)) + base.group(3)
    arguments = [normal_name(argument) for argument in arguments]
    while len(arguments) > 1 and arguments[-1].startswith(_DEFAULTS):
        arguments.pop()
    whole = "%s<%s>" % (head, ",".join(arguments))
    return _SYNONYMS.get(whole, whole) + (normal_name(tail) if tail.startswith("::") else tail)


def _parts(name):
    """('std::map', ['int', 'x<y>'], '') of 'std::map<int,x<y>>'; arguments None for a name without any."""
    start = name.find("<")
    if start < 0:
        return name, None, ""
    arguments, depth, begin = [], 0, start + 1
    for at in range(start, len(name)):
        character = name[at]
        if character in "<(":
            depth += 1
        elif character in ">)":
            depth -= 1
        if (character == "," and depth == 1) or (character == ">" and depth == 0):
            arguments.append(name[begin:at])
            begin = at + 1
            if depth == 0:
                return name[:start], arguments, name[at + 1:]
    return name, None, ""


def instances(space, name):
    """{normal name: name} of the instances of a template that loaded dictionaries have.  `space`: its namespace."""
    found = {}
    for scope in registry.scopes(space, ask=False):
        low, high = scope.children_first, scope.children_first + scope.children_count
        dictionary, end, wanted = scope.dictionary, scope.children_first + scope.children_count, (name + "<").encode()
        while low < high:                       # children are sorted by name
            middle = (low + high) // 2
            if dictionary.record("scopes", middle).simple_name.encode() < wanted:
                low = middle + 1
            else:
                high = middle
        while low < end and dictionary.record("scopes", low).simple_name.encode().startswith(wanted):
            qualified = dictionary.record("scopes", low).name
            found[normal_name(qualified)] = qualified
            low += 1
    return found


def aliases(space, name):
    """{normal name: (dictionary, type)} of the instances of an alias template that loaded dictionaries have."""
    found = {}
    for scope in registry.scopes(space, ask=False):
        for typedef in scope.dictionary.records("typedefs", scope.typedefs_first, scope.typedefs_count):
            if typedef.name.startswith(name + "<"):
                found[normal_name(space + "::" + typedef.name)] = scope.dictionary, typedef.type
    return found


def find_template(space, name):
    """The Template of a name in a namespace, or None: no dictionary has an instance, nor is it one of `stl`."""
    qualified = space + "::" + name if space else name
    if qualified in stl.TEMPLATES or instances(space, name) or aliases(space, name):
        return Template(space, name)
    return None


class Template:
    """A class template.  `template[arguments]`, or `template(arguments)`, is its instance; arguments are Python types
    (int, float, str, bool), C++ classes, numbers, or C++ types as text."""

    def __init__(self, space, name):
        self._space, self._name = space, name
        self.__name__ = name
        self.__cpp_name__ = space + "::" + name if space else name
        self.__doc__ = "The C++ class template %s.  Subscribe it to get a class." % self.__cpp_name__

    def __repr__(self):
        return "<C++ class template '%s'>" % self.__cpp_name__

    def __getitem__(self, arguments):
        """The class with these template arguments.  TypeError where no loaded dictionary has it."""
        from .. import on_demand
        if not isinstance(arguments, tuple):
            arguments = (arguments,)
        spelt = "%s<%s>" % (self.__cpp_name__, ", ".join(template_argument_text(argument) for argument in arguments))
        known = instances(self._space, self._name)
        name = known.get(normal_name(spelt))
        if name is None and registry.class_scope(spelt) is not None:
            name = spelt                        # found through a map file, or made on the fly
        if name is None:
            alias = aliases(self._space, self._name).get(normal_name(spelt))
            if alias is not None:
                return type_value(*alias)
        facts = on_demand.facts(spelt)
        if name is None and facts.get("canonical") and registry.class_scope(facts["canonical"]) is not None:
            name = facts["canonical"]           # what an alias stands for
        if name is None and facts.get("problem"):
            advice = "" if not known else (
                "; no loaded dictionary has it either: add <class name=\"%s\"/> to the selection file of one"
                " (known are: %s)"
                % (spelt, ", ".join(sorted(known.values()))))
            raise TypeError("cannot instantiate '%s': %s%s" % (spelt, facts["problem"], advice))
        if name is None:
            there = "known are: " + ", ".join(sorted(known.values())) if known else "none has any " + self.__cpp_name__
            problem = on_demand.why_not()
            raise TypeError("no loaded dictionary has '%s': add <class name=\"%s\"/> to the selection file of one"
                            " (%s)%s" % (
                                spelt, spelt, there, "; nothing can be compiled here: " + problem if problem else ""))
        return public_class(class_for(name))

    def __call__(self, *arguments):
        """With types, the instance; with one value, an object of the instance that fits its items."""
        if arguments and all(isinstance(argument, (type, str, Template)) for argument in arguments):
            return self[arguments]
        if len(arguments) == 1:
            deduced = self._deduce(arguments[0])
            if deduced is not None:
                return self[deduced](arguments[0])
        return self._deduced_by_clang(arguments)(*arguments)

    def _deduced_by_clang(self, arguments):
        """The instance that C++ deduces from constructor arguments (C++17 [over.match.class.deduct])."""
        from .. import on_demand
        try:
            texts = [argument_text(argument) for argument in arguments]
            problem = "there are no arguments" if not arguments else ""
        except TypeError as error:
            problem = str(error)
        if not problem:
            facts = on_demand.type_of("decltype(::%s(%s))" % (
                self.__cpp_name__, ", ".join("std::declval<%s>()" % text for text in texts)))
            if facts.get("canonical"):
                cls = class_for(facts["canonical"])
                # The constructors of a tuple are templates; a Python tuple is converted.
                return (lambda *items: cls(items)) if self.__cpp_name__ == "std::tuple" else cls
            problem = facts.get("problem") or on_demand.why_not()
        raise TypeError("the template arguments of '%s' cannot be told from %s: write %s[...]%s" % (
            self.__cpp_name__, ", ".join(map(repr, arguments)) or "nothing", self._name,
            " (%s)" % problem if problem else ""))

    def _deduce(self, value):
        """The template arguments for a Python collection, by its first item; None for anything else."""
        known = getattr(type(value), "__cpp_name__", None)
        if isinstance(value, (tuple, list)) and self.__cpp_name__ in ("std::pair", "std::tuple"):
            return tuple(_type_of(item) for item in value)
        if isinstance(value, dict) and value:
            return tuple(_type_of(item) for item in next(iter(value.items())))
        if known is None and hasattr(value, "__len__") and hasattr(value, "__iter__") and len(value):
            first = _type_of(next(iter(value)))
            return (first, len(value)) if self.__cpp_name__ == "std::array" else (first,)
        return None


def _type_of(value):
    if isinstance(value, float):
        return "double"         # the class itself stands for C++'s float
    return next((kind for kind in (bool, int, str) if isinstance(value, kind)), type(value))


def template_arguments(name):
    """The arguments in the name of an instance, as text."""
    return _parts(split_name(name)[-1])[1] or []
