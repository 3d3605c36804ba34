"""Conversion functions of C++ objects used for arguments: `struct A { operator int() const; }` where an int is wanted.

Asked when no overload takes the arguments as they are, so what needs no such conversion, or one by a constructor, comes
first.  An argument is converted once (C++ [over.best.ics]/4).  Neighbours: methods.py, c_backend/cpp_overload.c.
"""

import weakref

from .. import format as fmt
from . import native
from .defaults import default, without_defaults
from .exception_objects import unwrapped
from .methods import AsMethod, make_callable, visible
from .state import registry

_known = weakref.WeakKeyDictionary()    # class -> [(result: types record, method)]
_FLOATING = frozenset((fmt.TYPE_FLOAT, fmt.TYPE_DOUBLE, fmt.TYPE_LONGDOUBLE))
_ARITHMETIC = frozenset(range(fmt.TYPE_BOOL, fmt.TYPE_LONGDOUBLE + 1))


def convert_arguments(method, arguments):
    """The hook of the core: the arguments with those converted that have to be for the best of the method's functions,
    `default` (defaults.py) put in or left out, as a tuple, or None where that does not help."""
    if any(argument is default for argument in arguments):
        return without_defaults(method, arguments)
    plain = tuple([unwrapped(argument) for argument in arguments])
    if any(argument is not given for argument, given in zip(plain, arguments)):
        return plain
    best = None
    for function in method.token or ():
        if function.params_count - _given_before(function) == len(arguments) and function.call != fmt.CALL_UNAVAILABLE:
            found = _for_function(function, arguments)
            if found is not None and (best is None or found[0] < best[0]):
                best = found
    if best is None:
        return None
    return tuple(argument if conversion is None else conversion(argument)
                 for argument, conversion in zip(arguments, best[1]))


def convert_value(type_, value):
    """The hook of the core: (what a conversion function of the object gives,) for a value of that type, or None."""
    found = _for_parameter(type(value), type_)
    return None if found is None else (found[1](value),)


def _given_before(function):
    """How many parameters are not among the arguments: the object, of an operator beside its class."""
    return int(isinstance(function, AsMethod))


def _for_function(function, arguments):
    """(how well, [conversion or None]) for the parameters of a function; None where no conversion is of use."""
    before = _given_before(function)
    params = function.dictionary.records("params", function.params_first + before, function.params_count - before)
    chosen, total = [], 0
    for argument, param in zip(arguments, params):
        wanted = function.dictionary.record("types", param.type)
        found = _for_parameter(type(argument), wanted) if isinstance(argument, native.Instance) else None
        total += found[0] if found else 0
        chosen.append(found and found[1])
    return (total, chosen) if any(chosen) else None


def _for_parameter(cls, wanted):
    """(rank, method) of the conversion function of a class that serves a parameter best, or None."""
    if _is_of_class(cls, wanted):
        return None
    found = [(rank, method) for rank, method in (
        (_rank(result, wanted), method) for result, method in _conversions(cls)) if rank is not None]
    return min(found, key=lambda item: item[0]) if found else None


def _conversions(cls):
    """The conversion functions that C++ uses unasked, of the class and its bases."""
    known = _known.get(cls)
    if known is None:
        known = []
        for base in cls.__mro__:
            name = base.__dict__.get("__cpp_name__")
            scope = registry.class_scope(name, ask=False) if name else None
            records = scope.dictionary.records("functions", scope.functions_first,
                                               scope.functions_count) if scope else ()
            known += [(scope.dictionary.record("types", record.result), make_callable(record.name, base, (record,)))
                      for record in visible(records) if record.kind == fmt.FUNCTION_CONVERSION
                      and not record.flags & fmt.FUNCTION_EXPLICIT and record.call != fmt.CALL_UNAVAILABLE]
        _known[cls] = known
    return known


def _referred(type_):
    """What a pointer or reference refers to: of a record, or of a type of the core."""
    target = type_.target
    return type_.dictionary.record("types", target) if isinstance(target, int) else target


def _is_of_class(cls, wanted):
    """Whether an object of the class is what the parameter wants."""
    if wanted.kind in (fmt.TYPE_LVALUE_REF, fmt.TYPE_RVALUE_REF):
        wanted = _referred(wanted)
    return wanted is not None and wanted.kind == fmt.TYPE_CLASS and _derives(cls, wanted.name)


def _derives(cls, name):
    return any(base.__dict__.get("__cpp_name__") == name for base in cls.__mro__)


def _rank(result, wanted):
    """How well what a conversion function returns serves a parameter, from 0; None: not at all."""
    is_reference = result.kind == fmt.TYPE_LVALUE_REF
    if wanted.kind == fmt.TYPE_LVALUE_REF:
        target = _referred(wanted)
        # A temporary does not bind to a reference to what is not const ([dcl.init.ref]).
        if target is None or not (target.flags & fmt.TYPE_CONST or is_reference):
            return None
        wanted = target
    elif wanted.kind == fmt.TYPE_RVALUE_REF:
        wanted = _referred(wanted)
    if result.kind in (fmt.TYPE_LVALUE_REF, fmt.TYPE_RVALUE_REF):
        result = _referred(result)
    if wanted is None or result is None:
        return None
    if wanted.kind == fmt.TYPE_POINTER and result.kind == fmt.TYPE_POINTER:
        first, second = _referred(result), _referred(wanted)
        same = first is not None and second is not None and first.kind == second.kind and first.name == second.name
        return 0 if same and first.kind in (fmt.TYPE_CHAR, fmt.TYPE_CLASS) else None
    if wanted.kind == fmt.TYPE_CLASS and result.kind == fmt.TYPE_CLASS:
        from .proxy import class_for
        return 0 if wanted.name == result.name else 1 if _derives(class_for(result.name), wanted.name) else None
    if wanted.kind == fmt.TYPE_ENUM:
        return 0 if result.kind == fmt.TYPE_ENUM and result.name == wanted.name else None
    if wanted.kind in _ARITHMETIC and (result.kind in _ARITHMETIC or result.kind == fmt.TYPE_ENUM):
        return _arithmetic_rank(result.kind, wanted.kind)
    return None


def _arithmetic_rank(result, wanted):
    if result == wanted:
        return 0
    if wanted == fmt.TYPE_BOOL:
        return 4
    if fmt.TYPE_BOOL in (result, wanted) or (result in _FLOATING) != (wanted in _FLOATING):
        return 3
    return 2
