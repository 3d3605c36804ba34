"""From a virtual call in C++ to the Python method that answers it, and the life of such objects.

A director is a C++ class of a dictionary (cppbind/format.py, "Directors"); its `Info` is that of the Python classes
that derive from its base.  Its object knows its proxy by a number.  Neighbours: cppbind/runtime/directors.py (makes the
classes), answers.py (how C++ gets here), instance.py (proxies).
"""

import itertools
import weakref
from types import FunctionType

from ... import format as fmt
from . import answers, given, in_use, memory
from .classes import CppClass, own_info
from .hooks import hooks
from .instance import directors, expire, report
from .methods import CppFunction, CppMethod

_MISSING = object()
_handles = itertools.count(1)
_proxies = {}               # number of a director's object -> weak reference to its proxy
_held = {}                  # the same -> the proxy, while C++ owns the object


class _Function:
    """One virtual function, in the order of the director's."""

    def __init__(self, names, token):
        self.names, self.token = names, token
        self.signature = self.result = self.types = None

    def describe(self):
        """Its types, by way of the hook."""
        if hooks.describe_override is None:
            raise RuntimeError("cppbind is not set up")
        self.signature, self.result, self.types = hooks.describe_override(self.token)


class Director:
    """What the Info of a director has in addition."""

    def __init__(self, base, offset, functions):
        self.base, self.offset = base, offset       # base: Info; offset: where the object keeps its number
        self.functions = [_Function(names, token) for names, token in functions]


def cpp_setup_director(cls, offset, place, functions):
    """Complete the class of a director.  place: the dictionary's pointer to what its directors call; functions:
    ((names, token), ...)."""
    info = own_info(cls)
    if info.director is not None or not place or not 0 <= offset <= info.size - memory.WORD_SIZE:
        raise ValueError("cpp_setup_director: %r cannot be set up so" % (cls,))
    answers.start()
    base = own_info(cls.__bases__[0])
    info.director = Director(base, offset, functions)
    base.derived = info
    memory.write_word(place, memory.helpers.answers)


def cpp_mark_virtual(method):
    """Calls of the method look from now on whether they are meant for the base's own function."""
    if not isinstance(method, CppMethod):
        raise TypeError("a C++ method is needed, not '%s'" % type(method).__name__)
    method.mark_directed()


# ---- who overrides what ---------------------------------------------------------------------------

def _look_up(cls, name):
    """What a class written in Python says; a C++ class that comes first and has the name hides the rest."""
    for each in cls.__mro__:
        found = each.__dict__.get(name, _MISSING)
        if found is not _MISSING:
            is_cpp = each is object or isinstance(each, CppClass) and own_or_none(each) is not None
            return _MISSING if is_cpp else found
    return _MISSING


def own_or_none(cls):
    """The Info of a class that is a C++ class itself, else None."""
    info = cls.__cppbind_info__
    return info if info is None or info.cls is cls else None


def _find(cls, function):
    """How to call what overrides a function: (True, it) with the object, (False, it) once it is bound; else None."""
    for name in function.names:
        found = _look_up(cls, name)
        if found is not _MISSING:
            return isinstance(found, (FunctionType, CppMethod, CppFunction)), found
    return None


def _answer(cls, function, index):
    # What the name gives tells whether what was found last time is still right, without a walk over the bases.
    known = cls.__cpp_answers__
    seen = [getattr(cls, name, None) for name in function.names]
    entry = known.get(index)
    if entry is not None and len(entry[0]) == len(seen) and all(map(_is, entry[0], seen)):
        return entry[1]
    found = _find(cls, function)
    known[index] = seen, found
    return found


def _is(one, other):
    return one is other


# ---- the call -----------------------------------------------------------------------------------------

def _run(proxy, function, found, arguments, result, said):
    if function.signature is None:
        function.describe()
    life, values = proxy.__cppbind_life__, []
    life.uses += 1
    try:
        for at, type_ in enumerate(function.types):
            values.append(given.value_at(type_, arguments[at]))
        with_object, target = found
        if with_object:
            value = target(proxy, *values)
        else:
            get = getattr(type(target), "__get__", None)
            value = (target if get is None else get(target, proxy, type(proxy)))(*values)
        try:
            answers.store_result(function.result, value, result, said, _Keeper(life, function))
        except TypeError as error:
            raise TypeError("the result of '%s.%s', which overrides '%s': %s" % (
                type(proxy).__name__, function.names[0], function.signature, error)) from None
    finally:
        life.uses -= 1
        given.give_back(function.types, values)


class _Keeper:
    """What a result refers to lives as long as the object, or until that has answered the call some times more."""

    def __init__(self, life, function):
        self._life, self._function = life, function

    def __call__(self, what):
        life = self._life
        if life.kept is None:
            life.kept = {}
        older = life.kept.get(self._function, [])
        life.kept[self._function] = older[1 - answers.KEPT:] + [what]


@in_use.answers
def _answer_call(handle, index, arguments, result, flags, said):
    entry = _proxies.get(handle)
    proxy = entry() if entry is not None else None
    if proxy is None:
        return 0
    cls, found = type(proxy), None
    function = cls.__cppbind_info__.director.functions[index]
    try:
        found = _answer(cls, function, index)
        if found is not None:
            _run(proxy, function, found, arguments, result, said)
            return 1
        if not flags & fmt.DIRECTOR_PURE:
            return 0
        raise NotImplementedError("'%s' does not define '%s', which is pure virtual in C++" % (
            cls.__name__, function.names[0]))
    except BaseException as error:
        if not flags & fmt.DIRECTOR_NOEXCEPT:
            return answers.tell_raised(said, error)
        report(error, proxy if found is None else found[1])
        return int(flags & fmt.DIRECTOR_PURE and _has_zero(function))


def _has_zero(function):
    """Whether there is a value for C++ where Python gave none: the zero that already lies there."""
    if function.signature is None:
        function.describe()
    return function.result.kind not in (fmt.TYPE_CLASS, fmt.TYPE_LVALUE_REF, fmt.TYPE_RVALUE_REF, fmt.TYPE_UNKNOWN,
                                        fmt.TYPE_FUNCTION, fmt.TYPE_ARRAY)


# ---- life -----------------------------------------------------------------------------------------------

def attach(proxy, life):
    """The director that was just constructed belongs to `proxy`."""
    life.handle = handle = next(_handles)
    _proxies[handle] = weakref.ref(proxy)
    memory.write_word(life.address + life.info.director.offset, handle)


def detach(life, is_alive):
    """C++ must not reach Python by this object again."""
    if is_alive:
        memory.write_word(life.address + life.info.director.offset, 0)
    _proxies.pop(life.handle, None)
    _held.pop(life.handle, None)
    life.handle = 0


def hold(proxy, is_held):
    """Who owns the object has changed: the proxy lives as long as an object that C++ owns."""
    handle = proxy.__cppbind_life__.handle
    if is_held:
        _held[handle] = proxy
    else:
        _held.pop(handle, None)


def _gone(handle):
    entry = _proxies.pop(handle, None)
    proxy = entry() if entry is not None else None
    if proxy is not None:
        expire(proxy)
    _held.pop(handle, None)


answers.targets.update(answer=_answer_call, gone=_gone)
directors.attach, directors.detach, directors.hold = attach, detach, hold
