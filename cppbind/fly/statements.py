"""What `cppexec` and `macro` need to know of their text: which statements declare, what a macro's value is.

Neighbours: ../given.py, which defines the pieces; `session`, whose parser is used.
"""

import re

from . import cache as store

_FILE = "/cppbind/cppexec"
_ERROR = 3
_COMPOUND, _DECLARATION = 202, 231


def split_statements(session, code):
    """[(C++ to define, name of the function to call or None)] that run the statements of `code` in order.

    What clang refuses inside of a function is defined as it stands: a function, an include.
    """
    key = store.hash_of("statements", session.hash, code)
    known = session.cache.read(key)
    if known is None:
        known = {"pieces": _split(session, code)}
        session.cache.write(key, known)
    pieces = []
    for number, (declares, text) in enumerate(known["pieces"]):
        if declares:
            pieces.append((text, None))
        else:
            function = "cppbind_run_%s_%d" % (key[:12], session.generation + number)
            pieces.append(("void %s() {\n# 1 \"cppexec\"\n%s\n;}" % (function, text), function))
    return pieces


def _split(session, code):
    """[(whether they are declarations, text)] of runs of statements."""
    unit, said = session.parser.parse(session.text(), 'void cppbind_run() {\n#include "%s"\n;}\n' % _FILE,
                                      ((_FILE, code + "\n;"),), skip_bodies=False)
    if any(severity >= _ERROR for severity, _words in said):
        # A single expression needs no semicolon; what is no statement at all is for cppdef, and so are its errors.
        return [(_is_global(code), code)]
    function = [child for child in unit.cursor.children() if child.spelling == "cppbind_run"]
    bodies = [child for child in function[-1].children() if child.kind == _COMPOUND] if function else []
    data, runs = code.encode("utf-8", "surrogateescape"), []
    for child in bodies[0].children() if bodies else ():
        extent = child.extent()
        if extent is None or extent[0] != _FILE:
            if extent is None:
                return [(False, code)]          # macros: clang does not tell where they begin
            continue
        declares = child.kind == _DECLARATION
        if not runs or runs[-1][0] != declares:
            runs.append((declares, extent[1]))
    ends = [first for _declares, first in runs[1:]] + [len(data)]
    pieces = [(declares, data[first:end].decode("utf-8", "surrogateescape"))
              for (declares, first), end in zip(runs, ends)]
    if pieces and pieces[-1][0] and not code.rstrip().endswith(";"):
        pieces[-1] = (True, pieces[-1][1] + "\n;")         # the last statement may lack its semicolon
    return pieces


def _is_global(code):
    return bool(re.match(r"\s*(#|namespace\b|template\b|extern\b|using\s+namespace\b)", code)) or bool(
        re.search(r"\)\s*(const\s*)?\{", code) and not re.match(r"\s*(if|for|while|do|switch|try)\b", code))


def evaluate_macro(session, name):
    """(whether it is a constant that clang can tell, its value).  ValueError where it is no expression."""
    if not isinstance(name, str) or not re.match(r"[A-Za-z_]\w*\Z", name):
        raise ValueError("no name of a macro: %r" % (name,))
    key = store.hash_of("macro", session.hash, name)
    known = session.cache.read(key)
    if known is None:
        unit, said = session.parser.parse(session.text(), "static const auto cppbind_value = (%s);\n" % name)
        errors = [words for severity, words in said if severity >= _ERROR]
        known = {"error": "\n".join(errors)}
        if not errors:
            variable = next(child for child in unit.cursor.children() if child.spelling == "cppbind_value")
            known["value"] = _value(variable)
        session.cache.write(key, known)
    if known["error"]:
        raise ValueError('Failed to evaluate macro "%s"\n%s' % (name, known["error"]))
    return known["value"] is not None, known["value"]


def _value(variable):
    value, kind = variable.evaluate(), variable.type.canonical().kind
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    if kind == 3:               # bool
        return bool(value)
    if kind in (4, 13) and isinstance(value, int):
        return chr(value & 0xFF)
    return value
