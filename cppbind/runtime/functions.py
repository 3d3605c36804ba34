"""Function pointers both ways.

A C++ function, or one that Python got from C++, goes to C++ by its own address; any other callable by a closure
of the core, made for the function's type, or, where classes go by value, by one of the functions that the dictionary
has for that type.  A closure does not keep its callable alive: when that is gone, the closure
waits in a queue and is given to another callable of the same type only after `_WAITING` others, so that C++ which
calls what is gone gets a ReferenceError.  Neighbours: methods.py (candidates), c_backend/cpp_closure.c.
"""

import gc
import types
import weakref
from collections import deque

from .. import format as fmt
from . import native
from .state import lock, types_of

_WAITING = 256
_PLAIN = 32                             # functions for a type in stl_text.py, `plain`

_at = weakref.WeakValueDictionary()     # (spelling, address) -> the callable made for it
_addresses = weakref.WeakKeyDictionary()    # callables of C++ -> {spelling: address}
_closures = {}                          # (spelling, id of the callable) -> (its weak reference, closure)
_behind = {}                            # address of a closure -> it
_made = {}                              # spelling -> how many of the dictionary's functions are used
_idle = {}                              # spelling -> closures whose callable is gone


def _function_of(type_):
    """The description of the function that a pointer or reference is to."""
    function = type_.target
    if function is None or function.parameters is None:
        raise TypeError("the signature of '%s' is not known" % type_.spelling)
    return function


def _normal(spelling):
    return spelling.replace(" noexcept", "").replace(" ", "")


def _own_address(function, value):
    """The address of the C++ function in an overload set that has exactly this type, or 0."""
    known = _addresses.get(value, {}).get(_normal(function.spelling))
    if known is not None:
        return known
    if not isinstance(value, native.Function):
        return 0
    from .methods import address_of
    wanted = _normal(function.spelling)
    for record in value.token or ():
        if record.call not in (fmt.CALL_DIRECT, fmt.CALL_SYMBOL) or record.flags & fmt.FUNCTION_DEFAULTED:
            continue
        described = types_of(record.dictionary)
        params = record.dictionary.records("params", record.params_first, record.params_count)
        spelt = "%s(%s%s)" % (described[record.result].spelling, ",".join(described[param.type].spelling
                                                                          for param in params),
                              ",..." if record.flags & fmt.FUNCTION_VARIADIC else "")
        if _normal(spelt) == wanted:
            (address, _adjustment), _reason = address_of(record)
            return address
    return 0


def function_address(type_, value):
    """The hook of the core: an address for C++ that calls `value`, a callable of Python's."""
    function = _function_of(type_)
    if isinstance(value, (native.Function, types.FunctionType)):
        address = _own_address(function, value)
        if address:
            return address
    with lock:
        return _closure(function, value).address


def _closure(function, value):
    key = function.spelling, id(value)
    known = _closures.get(key)
    if known is not None:
        return known[1]
    idle = _idle.setdefault(function.spelling, deque())

    def gone(_reference):
        # May run at any moment: no lock, only steps that are whole by themselves.
        idle.append(_closures.pop(key)[1])

    try:
        reference = weakref.ref(value, gone)
    except TypeError:               # such objects cannot be watched: it stays for ever
        reference = lambda: value   # noqa: E731
    by_value = _function_class(function)
    if by_value and not idle and _made.get(function.spelling, 0) >= _PLAIN:
        gc.collect()                # functions that nobody uses may still be there
    if len(idle) > (0 if by_value and _made.get(function.spelling, 0) >= _PLAIN else _WAITING):
        closure = idle.popleft()
        closure.reference = reference
    else:
        closure = (_Plain(function, reference, by_value) if by_value else native.new_closure(
            function.target, function.parameters, reference, "noexcept" not in function.spelling.rpartition(")")[2]))
        _behind[closure.address] = closure
    _closures[key] = reference, closure
    return closure


def _function_class(function):
    """The dictionary's std::function for a type that takes or returns classes by value, None for other types."""
    if not any(map(_by_value, (function.target,) + function.parameters)):
        return None
    from .proxy import class_for
    cls = class_for("std::function<%s>" % function.spelling)
    return cls if "_stl_plain" in cls.__dict__ else None


class _Plain:
    """One of the dictionary's functions for a type, as the core's closures are: it calls what its reference gives."""

    def __init__(self, function, reference, cls):
        self.reference = reference
        at = _made.get(function.spelling, 0)
        self.address = 0
        if at < _PLAIN:
            target = native.new_callable(self, function.spelling, (function.target,) + function.parameters)
            self.address = cls.__dict__["_stl_plain"](native.engine.cast(native.engine.new_pointer_type(
                native.engine.new_void_type()), target), at)
        if not self.address:
            raise TypeError("C++ has pointers to %d Python functions of the type '%s', which is all that it can have "
                            "at a time" % (at, function.spelling))
        _made[function.spelling] = at + 1

    def __call__(self, *arguments):
        value = self.reference()
        if value is None:
            raise ReferenceError("C++ called a Python function that is gone: keep it alive as long as C++ has a "
                                 "pointer to it")
        return value(*arguments)


def _cpp_function(function, cls, address):
    """A callable for a C++ function that takes or returns classes by value."""
    holder = cls()
    cls.__dict__["_stl_from"](holder, address)

    def call(*arguments, **keywords):
        return holder(*arguments, **keywords)
    call.__name__ = call.__qualname__ = "(function pointer)"
    call.__doc__ = function.spelling
    return call


def function_at(type_, address):
    """The hook of the core: a callable for the C++ function at an address; Python's own one, if it is that."""
    closure = _behind.get(address)
    if closure is not None:
        value = closure.reference()
        if value is not None:
            return value
    function = _function_of(type_)
    known = _at.get((function.spelling, address))
    if known is not None:
        return known
    cls = _function_class(function)
    if cls is not None:
        _at[function.spelling, address] = made = _cpp_function(function, cls, address)
        _addresses[made] = {_normal(function.spelling): address}
        return made
    from .namespaces import namespace_for
    made = native.new_method("(function pointer)", namespace_for(""), native.METHOD_STATIC, None)
    variadic = function.spelling.rpartition(")")[0].endswith("...")
    reason = next(("it takes or returns '%s' by value" % part.spelling
                   for part in (function.target,) + function.parameters if _by_value(part)), None)
    made.set_candidates([(function.spelling, native.CANDIDATE_VARIADIC if variadic else 0, address, 0, function.target,
                          function.parameters, ("",) * len(function.parameters), reason)], function.spelling)
    _addresses[made] = {_normal(function.spelling): address}
    _at[function.spelling, address] = made
    return made


def _by_value(type_):
    """Whether values of it need code of their own to be passed; a std::string does not (Itanium C++ ABI 3.1.1)."""
    return type_.kind in (fmt.TYPE_LONGDOUBLE, fmt.TYPE_INT128, fmt.TYPE_UINT128) or (
        type_.kind == fmt.TYPE_CLASS and not type_.is_string)
