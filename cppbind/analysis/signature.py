"""How a declaration reads: signatures for messages, help() and __overload__; prototypes for selections.

Reads the model alone.
"""

from .. import format as fmt


def declare(type_, name):
    """`name` declared with a type, such as 'int (*name)(double)' or 'const char *name'."""
    spelling = type_.spelling
    for mark in ("(*", "(&"):
        if mark in spelling and type_.kind in (fmt.TYPE_POINTER, fmt.TYPE_LVALUE_REF, fmt.TYPE_RVALUE_REF):
            place = spelling.index(mark) + len(mark)
            return spelling[:place] + name + spelling[place:]
    if not name:
        return spelling
    return spelling + name if spelling[-1] in "*&" else spelling + " " + name


def signature(function, count=None):
    """A function as one would declare it, its name qualified; with the first `count` parameters only if given."""
    parameters = function.parameters if count is None else function.parameters[:count]
    texts = []
    for parameter in parameters:
        text = declare(parameter.type, parameter.name)
        if parameter.default is not None and count is None:
            text += " = " + parameter.default
        texts.append(text)
    if function.variadic:
        texts.append("...")
    text = "%s(%s)" % (function.qualified_name, ", ".join(texts))
    if function.kind not in (fmt.FUNCTION_CONSTRUCTOR, fmt.FUNCTION_CONVERSION):
        text = declare(function.result, text)
    if function.kind == fmt.FUNCTION_STATIC:
        text = "static " + text
    for present, word in ((function.const, "const"), (function.volatile, "volatile"),
                          (function.reference_qualifier, function.reference_qualifier),
                          (function.noexcept, "noexcept")):
        if present:
            text += " " + word
    return text


def prototype(function):
    """`ns::name(type,type)`, which a selection's proto_name is compared with."""
    return "%s(%s)" % (function.qualified_name, ",".join(parameter.type.spelling for parameter in function.parameters))
