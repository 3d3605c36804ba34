"""Overload sets: from the `functions` records of a name to a callable of the core.

A callable is made with a token, the records it stands for; the candidates are
described when it is called first.  Neighbours: operators.py (which operator is
which special method), c_backend/cpp_candidate.h (what a candidate is).
"""

import functools
import keyword
import operator
import weakref
from types import FunctionType, MethodType

from .. import format as fmt
from . import native
from .function_templates import SETTINGS
from .state import registry, types_of

# What the selection of a dictionary said of a function, for its whole overload set.
_HINT_ATTRIBUTES = ((fmt.FUNCTION_CREATES, "__creates__"), (fmt.FUNCTION_LIFELINE, "__set_lifeline__"),
                    (fmt.FUNCTION_RELEASE_GIL, "__release_gil__"))
_HINTS = fmt.FUNCTION_CREATES | fmt.FUNCTION_LIFELINE | fmt.FUNCTION_RELEASE_GIL | fmt.FUNCTION_TAKES
_HEURISTICS = 256           # ORDER: c_backend/cpp_method.h
_HIDDEN = fmt.FUNCTION_PROTECTED | fmt.FUNCTION_PRIVATE


def visible(functions):
    """Without what C++ would not let a user call by access."""
    return [function for function in functions if not function.flags & _HIDDEN]


def make_callable(name, owner, functions, operator=False):
    """A Method, or a Function where nothing takes `this`, for records of one name.  `owner`: class or namespace."""
    takes_this = [function.kind in (fmt.FUNCTION_METHOD, fmt.FUNCTION_CONVERSION) for function in functions]
    flags = 0
    if not any(takes_this):
        flags |= native.METHOD_STATIC
    elif not all(takes_this):
        flags |= native.METHOD_MIXED
    if operator and flags == 0:
        flags |= native.METHOD_OPERATOR
    method = native.new_method(name, owner, flags, tuple(functions))
    said = 0
    for function in functions:
        said |= function.flags
    if said & _HINTS:
        for flag, attribute in _HINT_ATTRIBUTES:
            if said & flag:
                setattr(method, attribute, True)
        _set_policy(method, said)
    return method


def _set_policy(method, said):
    if said & fmt.FUNCTION_TAKES:
        method.__mempolicy__ = _HEURISTICS


class AsMethod:
    """The record of a function beside a class whose first parameter, a reference to an object of that, is `this`."""

    kind = fmt.FUNCTION_METHOD

    def __init__(self, function):
        self._function = function

    def __getattr__(self, name):
        return getattr(self._function, name)


class _Assigning(tuple):
    """The token of a method that assigns through the reference its functions return."""


def make_assignment(name, owner, functions):
    """`owner[i] = value` from those of the records that return a reference C++ may write to; None without such."""
    writable = _Assigning(function for function in functions if _target_written(function) is not None)
    return native.new_method(name, owner, 0, writable) if writable else None


def _target_written(function):
    """The index of the type that a non-const lvalue reference result refers to, else None."""
    dictionary = function.dictionary
    result = dictionary.record("types", function.result)
    if result is None or result.kind != fmt.TYPE_LVALUE_REF:
        return None
    target = dictionary.record("types", result.target)
    return None if target is None or target.flags & fmt.TYPE_CONST else result.target


def make_constructor(owner, functions):
    """The constructor of a class, or None where it has none that can be called."""
    if not functions:
        return None
    plain = tuple(function for function in functions if not function.flags & fmt.FUNCTION_TEMPLATE)
    flags = native.METHOD_CONSTRUCTOR | (native.METHOD_TEMPLATE if len(plain) < len(functions) else 0)
    method = native.new_method("__init__", owner, flags, plain)
    _set_policy(method, functools.reduce(operator.or_, (function.flags for function in plain), 0))
    return method


def resolve(method):
    """The hook of the core: describe the candidates of a method that is called for the first time."""
    functions = method.token
    describe = _DESCRIBE.get(type(functions), _describe)
    candidates = [describe(function) for function in functions]
    method.set_candidates(candidates, _doc(functions))


def _doc(functions):
    """One line per overload, then the doc comments."""
    lines = [function.signature for function in functions if not function.flags & fmt.FUNCTION_DEFAULTED]
    comments = []
    for function in functions:
        if function.doc and function.doc not in comments:
            comments.append(function.doc)
    return "\n".join(lines + ([""] if comments else []) + comments)


def address_of(function):
    """((pointer, adjustment), reason or None) of a function record."""
    dictionary = function.dictionary
    if function.call == fmt.CALL_UNAVAILABLE:
        return (0, 0), function.reason or "the dictionary has no code for it"
    if function.call == fmt.CALL_SYMBOL:
        address = dictionary.symbol(function.mangled)
        return (address, 0), None if address else (
            "it is declared in %s:%d, but no loaded library defines it (%s)"
            % (function.file, function.line, function.mangled))
    scope = dictionary.record("scopes", function.scope)
    pointer, adjustment = dictionary.slot(scope, function.address)
    # A virtual function in the first slot of AArch64 has offset 0, its adjustment tells.
    if not pointer and not (adjustment & 1 and function.flags & fmt.FUNCTION_VIRTUAL):
        return (0, 0), function.reason or "the dictionary has no address for it"
    return (pointer, adjustment), None


def _describe(function):
    """The core's description of one candidate."""
    dictionary = function.dictionary
    types = types_of(dictionary)
    params = dictionary.records("params", function.params_first, function.params_count)
    (pointer, adjustment), reason = address_of(function)
    flags = 0
    if function.kind in (fmt.FUNCTION_METHOD, fmt.FUNCTION_CONVERSION):
        flags |= native.CANDIDATE_THIS
    if function.kind == fmt.FUNCTION_CONSTRUCTOR:
        flags |= native.CANDIDATE_CONSTRUCTOR
    if function.call == fmt.CALL_WRAPPER:
        flags |= native.CANDIDATE_WRAPPER
    if function.flags & fmt.FUNCTION_EXPLICIT:
        flags |= native.CANDIDATE_EXPLICIT
    if function.flags & (fmt.FUNCTION_COPY | fmt.FUNCTION_MOVE):
        flags |= native.CANDIDATE_COPY
    if function.flags & fmt.FUNCTION_NOEXCEPT:
        flags |= native.CANDIDATE_NOEXCEPT
    if function.flags & fmt.FUNCTION_VARIADIC:
        flags |= native.CANDIDATE_VARIADIC
    if function.kind == fmt.FUNCTION_STATIC and function.name.startswith("_stl_"):
        flags |= native.CANDIDATE_HELPER
    if function.flags & fmt.FUNCTION_RVALUE_THIS and reason is None:
        reason = _FOR_TEMPORARIES
    if isinstance(function, AsMethod):      # a pointer, as `this` of a wrapper is: see format.py on calls
        flags, params = flags | native.CANDIDATE_WRAPPER, params[1:]
    return (function.signature, flags, pointer, adjustment, types[function.result],
            tuple(types[param.type] for param in params), tuple(param.name for param in params), reason)


def _describe_assignment(function):
    """The same with one more argument, which is assigned to the result."""
    signature, flags, pointer, adjustment, result, types, names, reason = _describe(function)
    value = types_of(function.dictionary)[_target_written(function)]
    return (signature + " = value", flags | native.CANDIDATE_ASSIGN, pointer, adjustment, result, types + (value,),
            names + ("value",), reason)


_rvalue_methods = weakref.WeakKeyDictionary()


class _Rvalue(tuple):
    """The token of a method that is called on a temporary."""


def make_rvalue_method(method):
    """The method as C++ chooses among its overloads for a temporary: those for lvalues alone are left out, and where
    there are ones for rvalues they alone remain (C++ [over.match.funcs])."""
    known = _rvalue_methods.get(method)
    if known is None:
        functions = [function for function in method.token or () if not function.flags & fmt.FUNCTION_LVALUE_THIS
                     or function.flags & fmt.FUNCTION_CONST]
        meant = [function for function in functions if function.flags & fmt.FUNCTION_RVALUE_THIS]
        token = _Rvalue(meant or functions)
        known = native.new_method(method.__name__, method.__objclass__, 0, token) if token else method
        _rvalue_methods[method] = known
    return known


def restrict(method, wanted, const):
    """The hook of `__overload__`: the method with those of its overloads alone that have these parameters.

    `wanted` is "int, double", or a whole signature, or ":any:"; blanks and parameter names do not matter.  `const` True
    or False asks for a const or non-const method.  What was set of the method (`__creates__`, ...) holds for the new
    one.  LookupError where there is none.
    """
    wanted = wanted[wanted.index("(") + 1:wanted.rindex(")")] if "(" in wanted and wanted.endswith(")") else wanted
    texts = _split_types(wanted)
    chosen = [function for function in method.token or () if (wanted == ":any:" or _takes(function, texts))
              and (const is None or bool(function.flags & fmt.FUNCTION_CONST) == bool(const))]
    if not chosen:
        raise LookupError("no overload of '%s' takes (%s): %s" % (method.__name__, wanted,
                                                                 "; ".join(method.signatures)))
    restricted = make_callable(method.__name__, method.__objclass__, chosen)
    for attribute in SETTINGS:
        value = getattr(method, attribute, None)
        if value not in (None, -1, getattr(restricted, attribute, value)):
            setattr(restricted, attribute, value)
    return restricted


def _split_types(text):
    """'int a, std::map<int, int> b' to its parts."""
    parts, depth, start = [], 0, 0
    for at, character in enumerate(text):
        depth += (character in "<([") - (character in ">)]")
        if character == "," and not depth:
            parts.append(text[start:at])
            start = at + 1
    return [part for part in parts + [text[start:]] if part.strip() not in ("", "void")]


def _takes(function, texts):
    dictionary = function.dictionary
    params = dictionary.records("params", function.params_first, function.params_count)
    if len(params) != len(texts):
        return False
    for param, text in zip(params, texts):
        spelling = dictionary.record("types", param.type).spelling.replace(" ", "")
        words = text.partition("=")[0].split()
        shorter = " ".join(words[:-1]) if len(words) > 1 else text
        if spelling not in (text.replace(" ", ""), (shorter + "".join(
                character for character in words[-1] if character in "*&")).replace(" ", "") if words else ""):
            return False
    return True


def signature(method, is_bound=False):
    """The hook of the core: what inspect.signature says of a method or function.

    One function has its parameters, with C++'s types as annotations and C++'s default values as text; an overload
    set has `*args, **kwargs`.  `is_bound`: without the object.
    """
    import inspect
    functions = [function for function in method.token or () if not function.flags & fmt.FUNCTION_DEFAULTED]
    leading = [] if is_bound or isinstance(method, native.Function) else [
        inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)]
    if len(functions) != 1 or isinstance(method.token, _Assigning):
        return _anything(leading)
    return _signature_of(functions[0], leading)


def _anything(leading):
    import inspect
    return inspect.Signature(leading + [inspect.Parameter("args", inspect.Parameter.VAR_POSITIONAL),
                                        inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD)])


def _signature_of(function, leading):
    """The inspect.Signature of one record; `leading`: what comes before its parameters."""
    import inspect
    dictionary = function.dictionary
    params, names = [], {param.name for param in leading}
    for position, param in enumerate(dictionary.records("params", function.params_first, function.params_count)):
        named = param.name.isidentifier() and not keyword.iskeyword(param.name) and param.name not in names
        names.add(param.name)
        params.append(inspect.Parameter(
            param.name if named else "arg%d" % (position + 1),
            inspect.Parameter.POSITIONAL_OR_KEYWORD if named else inspect.Parameter.POSITIONAL_ONLY,
            default=_CppText(param.default) if param.default else inspect.Parameter.empty,
            annotation=dictionary.record("types", param.type).spelling))
    result = dictionary.record("types", function.result)
    returned = inspect.Signature.empty if result is None or function.kind == fmt.FUNCTION_CONSTRUCTOR \
        else result.spelling
    try:
        return inspect.Signature(leading + params, return_annotation=returned)
    except ValueError:          # parameters without a name after some that have one
        params = [param.replace(kind=inspect.Parameter.POSITIONAL_ONLY) for param in params]
        return inspect.Signature(leading + params)


class ConstructorSignature:
    """`cls.__signature__`, by which inspect.signature says how a class is called: one constructor has its parameters,
    several have `*args, **kwargs`.  Copy and move constructors that the compiler supplies do not count.  A Python
    class with an `__init__` has that one's."""

    def __get__(self, instance, cls):
        import inspect
        if instance is not None:        # an object is called by operator()
            raise AttributeError("__signature__")
        for base in cls.__mro__:
            if "__cpp_name__" in base.__dict__:
                return _constructor_signature(base.__cpp_name__)
            if isinstance(base.__dict__.get("__init__"), FunctionType):
                return inspect.signature(MethodType(base.__dict__["__init__"], cls))
        return _anything([])


def _constructor_signature(name):
    scope = registry.class_scope(name, ask=False)
    if scope is None or name == "std::string":      # whose constructors are the run time's own
        return _anything([])
    implied = fmt.FUNCTION_COPY | fmt.FUNCTION_MOVE
    constructors = [
        function for function in visible(scope.dictionary.records("functions", scope.functions_first,
                                                                  scope.functions_count))
        if function.kind == fmt.FUNCTION_CONSTRUCTOR and not function.flags & fmt.FUNCTION_DEFAULTED
        and not (function.flags & fmt.FUNCTION_IMPLICIT and function.flags & implied)]
    if len(constructors) != 1 or constructors[0].flags & fmt.FUNCTION_TEMPLATE or (
            constructors[0].flags & fmt.FUNCTION_IMPLICIT and scope.flags & fmt.SCOPE_AGGREGATE):
        return _anything([])            # an aggregate takes its members as well
    return _signature_of(constructors[0], [])


def _describe_rvalue(function):
    described = _describe(function)
    return described[:-1] + (None if described[-1] is _FOR_TEMPORARIES else described[-1],)


_FOR_TEMPORARIES = "it is called on temporaries only: std.move(object).method(...)"
_DESCRIBE = {_Assigning: _describe_assignment, _Rvalue: _describe_rvalue}


class _CppText(str):
    """A default value as C++ spells it."""

    __slots__ = ()
    __repr__ = str.__str__
