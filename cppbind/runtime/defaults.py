"""Keyword arguments past default arguments: `f(c=1)` for `f(int a = 1, int b = 2, int c = 3)`.

C++ fills in only what is left out at the end, so the values before are worked out here from the text of the header:
literals,
names of enumerators and constants, operators between such, `Type(...)` and `{...}`.  Neighbours: methods.py,
c_backend/cpp_overload.c, which asks by the hook `fill_defaults`.
"""

import ast
import operator
import re

from .. import format as fmt
from .state import registry

_OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.BitOr: operator.or_,
              ast.BitAnd: operator.and_, ast.BitXor: operator.xor, ast.LShift: operator.lshift,
              ast.RShift: operator.rshift, ast.Mod: operator.mod}
_UNARY = {ast.USub: operator.neg, ast.UAdd: operator.pos, ast.Invert: operator.invert, ast.Not: operator.not_}
_SUFFIX = re.compile(r"(?<![\w.])(0[xX][0-9a-fA-F']+|0[bB][01']+|\d[\d']*(?:\.[\d']*)?(?:[eE][-+]?\d+)?"
                     r"|\.\d+(?:[eE][-+]?\d+)?)"
                     r"([uUlLfFzZ]*)(?!\w)")
_WORDS = {"true": True, "false": False, "nullptr": None, "NULL": None}
_CALL = re.compile(r"^((?:::)?[A-Za-z_][\w:]*(?:<.*>)?)\s*[({](.*)[)}]$", re.S)


class _Unknown(Exception):
    """The text of a default argument that means nothing here."""


def fill_defaults(method, args, keywords):
    """The hook of the core: [(arguments in order), ...] for the overloads that a call with these keywords can mean.

    TypeError where one would do, but for a default argument that cannot be worked out.
    """
    calls, problem = [], None
    for function in method.token or ():
        if function.flags & fmt.FUNCTION_DEFAULTED:
            continue
        params = function.dictionary.records("params", function.params_first, function.params_count)
        try:
            arranged = _arrange(function, params, args, keywords)
        except _Unknown as unknown:
            problem = unknown
            continue
        if arranged is not None:
            calls.append(tuple(arranged))
    if not calls and problem is not None:
        raise TypeError("'%s': %s" % (method.__name__, problem))
    return calls


class _Default:
    """`cppbind.default`: an argument that leaves its parameter to C++'s default."""

    __slots__ = ()

    def __repr__(self):
        return "default"

    def __reduce__(self):
        return "default"


default = _Default()


def without_defaults(method, arguments):
    """The arguments of a call, `default` among them, as a call without it; None where no function has such defaults.

    TypeError where one has, but its default argument cannot be worked out.
    """
    first = next(place for place, argument in enumerate(arguments) if argument is default)
    problem = None
    for function in method.token or ():
        params = function.dictionary.records("params", function.params_first, function.params_count)
        if function.flags & fmt.FUNCTION_DEFAULTED or len(params) < len(arguments) or any(
                argument is default and not param.default for param, argument in zip(params, arguments)):
            continue
        given = {param.name: argument for param, argument in list(zip(params, arguments))[first:]
                 if argument is not default}
        if not given:
            return tuple(arguments[:first])         # C++ itself fills in what is left out at the end
        try:
            arranged = _arrange(function, params, arguments[:first], given) if "" not in given else None
        except _Unknown as unknown:
            problem = unknown
            continue
        if arranged is not None:
            return tuple(arranged)
    if problem is not None:
        raise TypeError("'%s': %s" % (method.__name__, problem))
    return None


def _arrange(function, params, args, keywords):
    names = [param.name for param in params]
    if len(args) > len(params) or any(name not in names[len(args):] for name in keywords):
        return None
    last = max((names.index(name) for name in keywords), default=-1)
    arranged = list(args)
    for param in params[len(args):last + 1]:
        if param.name in keywords:
            arranged.append(keywords[param.name])
        elif not param.default:
            return None
        else:
            arranged.append(_evaluate(param.default, function, param))
    return arranged


def _evaluate(text, function, param):
    record = function.dictionary.record("types", param.type)
    while record is not None and record.kind in (fmt.TYPE_LVALUE_REF, fmt.TYPE_RVALUE_REF):
        record = function.dictionary.record("types", record.target)
    scope = function.dictionary.record("scopes", function.scope)
    try:
        return _value(text.strip(), record, scope.name)
    except Exception:
        raise _Unknown("the default '%s' of '%s' has to be given as well, it cannot be worked out here"
                       % (text, param.name)) from None


def _value(text, record, space):
    if text in _WORDS:
        return _WORDS[text]
    if text.startswith("{") and text.endswith("}"):
        return _construct(record, text[1:-1], space)
    call = _CALL.match(text)
    if call is not None:
        what = _class_named(call.group(1), space)
        if what is None:
            # Of what is no class only the parameter's own type is known by its text.
            if record is None or not record.spelling.replace("const ", "").startswith(call.group(1).lstrip(":")):
                raise ValueError(text)
            what = record
        return _construct(what, call.group(2), space)
    return _Evaluator(space).visit(ast.parse(_python(text), mode="eval").body)


def _construct(what, text, space):
    """`Type(arguments)`: `what` is a class, or the record of the parameter's type."""
    from .methods import _split_types
    from .proxy import class_for
    values = [_value(part.strip(), None, space) for part in _split_types(text)]
    if isinstance(what, type):
        return what(*values)
    if what is None:
        raise ValueError(text)
    if what.kind == fmt.TYPE_CLASS:
        if "basic_string" in what.name or what.name.endswith("string"):
            return values[0] if values else ""
        cls = class_for(what.name)
        return values if len(values) > 1 and what.name.startswith("std::") else cls(*values)
    if what.kind == fmt.TYPE_POINTER and not values:
        return None
    return values[0] if values else 0


def _scopes(space):
    while space:
        yield space + "::"
        space = space.rpartition("::")[0]
    yield ""


def _class_named(name, space):
    from .proxy import class_for
    for prefix in _scopes(space):
        if registry.class_scope(prefix + name.lstrip(":")) is not None:
            return class_for(prefix + name.lstrip(":"))
    return None


def _python(text):
    """A C++ expression of literals, names and operators as Python's."""
    pieces = re.split(r'((?:u8|[uUL])?"(?:[^"\\]|\\.)*"|(?:u8|[uUL])?\'(?:[^\'\\]|\\.)\')', text)
    for place in range(0, len(pieces), 2):
        piece = _SUFFIX.sub(_number, pieces[place]).replace("::", ".").replace("&&", " and ").replace("||", " or ")
        pieces[place] = re.sub(r"!(?!=)", " not ", piece)
    for place in range(1, len(pieces), 2):
        pieces[place] = re.sub(r"^(u8|[uUL])", "", pieces[place])
    return "".join(pieces).strip().lstrip(".")


def _number(match):
    digits, suffix = match.group(1).replace("'", ""), match.group(2)
    if re.match(r"0[0-7]+$", digits):
        return "0o" + digits[1:]
    return digits if "f" not in suffix.lower() or digits.lower().startswith("0x") else "float(%s)" % digits


class _Evaluator(ast.NodeVisitor):
    """Works out what `_python` made; anything that it does not know is a ValueError."""

    def __init__(self, space):
        self._space = space

    def generic_visit(self, node):
        raise ValueError(ast.dump(node))

    def visit_Constant(self, node):
        return node.value

    def visit_Call(self, node):
        if isinstance(node.func, ast.Name) and node.func.id == "float" and len(node.args) == 1:
            return float(self.visit(node.args[0]))
        raise ValueError("a call")

    def visit_UnaryOp(self, node):
        return _UNARY[type(node.op)](self.visit(node.operand))

    def visit_BinOp(self, node):
        left, right = self.visit(node.left), self.visit(node.right)
        if isinstance(node.op, ast.Div):
            whole = isinstance(left, int) and isinstance(right, int)
            return int(left / right) if whole else left / right
        return _OPERATORS[type(node.op)](left, right)

    def visit_Name(self, node):
        return self._look_up(node.id)

    def visit_Attribute(self, node):
        parts = []
        while isinstance(node, ast.Attribute):
            parts.insert(0, node.attr)
            node = node.value
        return self._look_up(".".join([node.id] + parts))

    def _look_up(self, name):
        from .namespaces import namespace_for
        if name in _WORDS:
            return _WORDS[name]
        for prefix in _scopes(self._space):
            value = namespace_for("")
            try:
                for part in (prefix.replace("::", ".") + name).split("."):
                    value = getattr(value, part)
            except AttributeError:
                continue
            return value
        raise ValueError(name)
