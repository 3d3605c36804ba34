"""Reads the functions that a selection names by prototype: `glm::dot(glm::vec3, glm::vec3)`.

What such a call would mean is what clang finds, instances of function templates included, with concrete types.  So the
headers are parsed a second time with one call for each prototype after them, unevaluated.  `instantiate` calls this,
and adds to the model what is not in it.
"""

from collections import namedtuple
from dataclasses import replace

from . import cursor as cx
from .declarations import namespace_name
from .functions import class_name, read_function

# What a selection asks for: a prototype such as 'f(int, double)', of a member of the class `owner` unless that is "".
Prototype = namedtuple("Prototype", "owner text")

_CALLS = "cppbind_calls"
_CALL = 103                 # CXCursor_CallExpr
_DECLVAL = "declval"


def split_prototype(text):
    """('ns::f', ['int', 'X<a, b>']) of 'ns::f(int, X<a, b>)'; (text, None) for what has no parameter list."""
    text = text.strip()
    if not text.endswith(")"):
        return text, None
    depth, end = 0, len(text) - 1
    for start in range(end, -1, -1):
        depth += (text[start] == ")") - (text[start] == "(")
        if depth == 0:
            break
    arguments, depth, begin = [], 0, start + 1
    for at in range(start + 1, end + 1):
        character = text[at]
        if at == end or (character == "," and depth == 0):
            arguments.append(text[begin:at].strip())
            begin = at + 1
        depth += (character in "<([") - (character in ">)]")
    return text[:start].strip(), [argument for argument in arguments if argument and argument != "void"]


def call_source(prototypes):
    """A call for each Prototype, unevaluated; one that means nothing costs itself alone."""
    lines = []
    for number, asked in enumerate(prototypes):
        name, arguments = split_prototype(asked.text)
        if arguments is not None:
            passed = ", ".join("std::declval<%s>()" % argument for argument in arguments)
            lines.append("const unsigned long asked_%d = sizeof((%s(%s), 0));" % (number, _callee(asked, name), passed))
    return "#include <utility>\nnamespace %s {\n%s\n}\n" % (_CALLS, "\n".join(lines))


def _callee(asked, name):
    if not asked.owner:
        return name
    # The constructor has the class's name.
    if name == asked.owner.partition("<")[0].rsplit("::", 1)[-1]:
        return asked.owner
    return "std::declval<%s &>().%s" % (asked.owner, name)


def read_calls(unit, prototypes):
    """{Prototype: (place, model.Function)}: what a call means; `place`: the namespace or class around it."""
    found = {}
    for space in unit.cursor.children():
        if space.kind != cx.NAMESPACE or space.spelling != _CALLS:
            continue
        for child in space.children():
            called = _called(child) if child.spelling.startswith("asked_") else None
            if called is not None:
                found[prototypes[int(child.spelling[len("asked_"):])]] = _read(called)
    return found


def _called(cursor):
    """The function of the outermost call below a cursor, None without one."""
    for child in cursor.children():
        if child.kind == _CALL:
            function = child.referenced()
            if not function.null and function.spelling != _DECLVAL:
                return function
        found = _called(child)
        if found is not None:
            return found
    return None


def _read(function):
    parent = function.parent()
    place = namespace_name(parent) if function.kind == cx.FUNCTION else class_name(parent)
    read = read_function(function, place or "")
    # Where its template is defined, it is.
    return place, read if function.template().null else replace(read, external=False)
