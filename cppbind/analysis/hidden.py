"""Which classes and enums does a function or variable of the same name hide, so that C++ wants `struct stat`?

C++ [basic.scope.hiding]/2: such a type is named with its keyword.  `elaborate` writes that into the model, so that the
emitter need not know.  Reads the model alone.
"""

import re
from dataclasses import fields, is_dataclass, replace

from .. import format as fmt
from .. import model

_KEYWORDS = {fmt.SCOPE_CLASS: "class", fmt.SCOPE_STRUCT: "struct", fmt.SCOPE_UNION: "union"}
# Those of the system, whose functions no user's header declares: the keyword is right with or without them.
_SYSTEM = {name: "struct" for name in ("stat", "stat64", "lstat", "statfs", "statvfs", "sigaction", "timezone",
                                       "flock")}

_ALIAS = "cppbind_hidden_%d"


def hidden_types(root):
    """{qualified name: keyword} of the classes and enums below a namespace that a function or variable hides."""
    found = {}
    for scope in list(model.walk_namespaces(root)) + list(model.walk_classes(root)):
        data = scope.members if isinstance(scope, model.Class) else scope.variables
        names = {declared.name for declared in scope.functions + data}
        found.update((cls.qualified_name, _KEYWORDS[cls.kind]) for cls in scope.classes
                     if cls.name in names and not _is_constructor(cls, scope))
        found.update((enum.qualified_name, "enum") for enum in scope.enums if enum.name and enum.name in names)
    return found


def _is_constructor(cls, scope):
    """A nested class is never called like the class around it ([class.mem]); its constructors are not of that scope."""
    return isinstance(scope, model.Class) and cls.name == scope.name


def elaborate(root, hidden):
    """The namespace with the hidden types named as C++ wants them.  The classes among them get `cpp_name`, which
    `alias_lines` declares."""
    names = dict(_SYSTEM, **hidden)
    pattern = re.compile(r"(?<![\w:])(?<!struct )(?<!union )(?<!class )(?<!enum )(?:::)?(%s)(?![\w<]|::)"
                         % "|".join(re.escape(name) for name in sorted(names)))
    if not hidden and not _mentions(root, pattern):
        return root
    numbers = {name: number for number, name in enumerate(sorted(hidden))}

    def spell(type_):
        spelling = pattern.sub(lambda match: names[match.group(1)] + " " + match.group(1), type_.spelling)
        return replace(type_, spelling=spelling, target=change(type_.target), parameters=change(type_.parameters))

    def change(value):
        if isinstance(value, tuple):
            return tuple(map(change, value))
        if isinstance(value, model.Type):
            return spell(value)
        if not is_dataclass(value) or isinstance(value, model.Location):
            return value
        changed = {field.name: change(getattr(value, field.name)) for field in fields(value)
                   if isinstance(getattr(value, field.name), tuple) or is_dataclass(getattr(value, field.name))}
        if isinstance(value, model.Class) and value.qualified_name in numbers:
            changed["cpp_name"] = _ALIAS % numbers[value.qualified_name]
        return replace(value, **changed)
    return change(root)


def _mentions(root, pattern):
    """Whether a function or member takes a type whose spelling matches."""
    for scope in list(model.walk_namespaces(root)) + list(model.walk_classes(root)):
        data = scope.members if isinstance(scope, model.Class) else scope.variables
        types = [declared.type for declared in data]
        for function in scope.functions:
            types += [function.result] + [parameter.type for parameter in function.parameters]
        if any(pattern.search(type_.spelling) for type_ in types):
            return True
    return False


def alias_lines(hidden):
    """The declarations of what `elaborate` calls the classes."""
    return ["typedef %s ::%s %s;" % (keyword, name, _ALIAS % number)
            for number, (name, keyword) in enumerate(sorted(hidden.items())) if keyword != "enum"]


def spoken_name(cls):
    """The qualified name of a class as a type in C++, with its keyword if it is hidden."""
    is_hidden = cls.cpp_name.startswith(_ALIAS.partition("%")[0])
    return (_KEYWORDS[cls.kind] + " " if is_hidden else "") + cls.qualified_name
