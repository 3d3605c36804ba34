"""`gbl["struct stat"]`: a class or enum by C++'s elaborated name, where a function or variable of its name hides it.

Neighbours: namespaces.py and proxy.py, whose classes have this as their subscription; analysis/hidden.py.
"""

from .. import format as fmt
from .state import registry

_CLASS_WORDS = ("struct", "class", "union")


def type_by_keyword(scope, name):
    """What `scope["struct name"]`, `scope["enum name"]` is: the class or enum; a name without keyword is that
    attribute.

    `scope`: the object of a namespace or a class.  TypeError for anything but text, KeyError where there is none.
    """
    from .proxy import class_for, enum_of
    if not isinstance(name, str):
        raise TypeError("'%s' is no template: a name such as \"struct x\" is needed, not %r" % (scope.__name__, name))
    words = name.split()
    if len(words) == 1 and not name.startswith("__"):
        return getattr(scope, name)
    space = scope.__cpp_name__
    qualified = space + "::" + words[-1] if space and words else "".join(words[-1:])
    for dictionary, kind, index in registry.find(qualified) if len(words) > 1 else ():
        if kind == fmt.NAME_SCOPE and words[0] in _CLASS_WORDS:
            record = dictionary.record("scopes", index)
            if record.kind != fmt.SCOPE_NAMESPACE and (record.kind == fmt.SCOPE_UNION) == (words[0] == "union"):
                return class_for(record.name)
        elif kind == fmt.NAME_ENUM and words[0] == "enum":
            return enum_of(dictionary.record("enums", index))
    raise KeyError("%s has no '%s' in the loaded dictionaries" % (
        "'%s'" % space if space else "the global namespace", name))
