"""parameters.py: the names of a C function's parameters, as Python can use them.

library.py and compiled_library.py give them to the core, which takes keyword
arguments by them; extern_python.py does the same in Python.
"""

from sys import intern

#: What is a keyword in Python and a name in C.
_KEYWORDS = frozenset(
    "False None True and as assert async await class def del elif except finally from global "
    "import in is lambda nonlocal not or pass raise try with yield".split())


def python_names(names, count):
    """`names` (those of a declaration, or none at all) as a tuple of `count` str,
    '' where there is no name.  A keyword of Python gets an underscore: `from_`.
    """
    if len(names) != count:
        return ("",) * count
    names = tuple([intern(name + "_") if name in _KEYWORDS else intern(name) for name in names])
    named = [name for name in names if name]
    if len(set(named)) != len(named) or (
            len(named) != count and any(name[:3] == "arg" for name in named)):
        return ("",) * count            # twice the same, or like those that inspect shows
    return names


def _first_named(names):
    """Parameters before this one are positional only."""
    first = len(names)
    while first and names[first - 1]:
        first -= 1
    return first


def place_keywords(function, names, args, named):
    """All arguments in the order of the parameters.  TypeError as Python's own."""
    first = _first_named(names)
    values = dict(zip(range(len(names)), args))
    for name, value in named.items():
        which = names.index(name) if name and name in names else -1
        if which < 0:
            raise TypeError("%s() got an unexpected keyword argument '%s'" % (function, name))
        if which < first:
            raise TypeError("%s() got some positional-only arguments passed as keyword "
                            "arguments: '%s'" % (function, name))
        if which in values:
            raise TypeError("%s() got multiple values for argument '%s'" % (function, name))
        values[which] = value
    missing = ["'%s'" % (name or "arg%d" % (i + 1))
               for i, name in enumerate(names) if i not in values]
    if missing and len(args) <= len(names):
        last = missing.pop()
        listed = ", ".join(missing) + ("," if len(missing) > 1 else "")
        raise TypeError("%s() missing %d required positional argument%s: %s" % (
            function, len(missing) + 1, "s" if missing else "",
            "%s and %s" % (listed, last) if missing else last))
    return [values[i] for i in range(len(names))] + list(args[len(names):])


def signature(ctype, names):
    """An inspect.Signature; annotations are the names of the C types."""
    from inspect import Parameter, Signature
    first = _first_named(names)
    parameters = [
        Parameter(name or "arg%d" % (i + 1),
                  Parameter.POSITIONAL_ONLY if i < first else Parameter.POSITIONAL_OR_KEYWORD,
                  annotation=arg.cname)
        for i, (name, arg) in enumerate(zip(names, ctype.args))]
    return Signature(parameters, return_annotation=ctype.result.cname)


def _declare(engine, ctype, declarator):
    tight = not declarator or engine.getcname(ctype, "&").partition("&")[0][-1:] == "*"
    return engine.getcname(ctype, declarator if tight else " " + declarator)


def declaration(engine, ctype, name, names):
    """The function as C declares it."""
    parameters = [_declare(engine, arg, declared) for declared, arg in zip(names, ctype.args)]
    return _declare(engine, ctype.result,
                    "%s(%s)" % (name, ", ".join(parameters) or "void")) + ";"
