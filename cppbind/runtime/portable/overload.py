"""Chooses among the candidates of a call.

C++ [over.match]: of the viable candidates the one with the best conversions; here by the sum of the arguments' ranks,
ties going to the first declared.  A value may still not fit (an int too large), then the next one is tried.  The choice
depends on types alone and is remembered by them.
"""

from ... import format as fmt
from . import in_use, items
from .candidate import ASSIGN, COPY, EXPLICIT, THIS, explain
from .classes import CppClass, info_of
from .cpptype import Call, converting
from .hooks import hooks
from .instance import cpp_addressof, subobject
from .memory import read_word

_MEMO_LIMIT = 64
ELLIPSIS = 10000            # the rank of an argument for an ellipsis: the worst one, [over.ics.rank]/2


class Refused(Exception):
    """The arguments could not be converted: another candidate may take them.  `error` is what the user gets."""

    def __init__(self, error):
        super().__init__(error)
        self.error = error


# Whose values are converted without running code of the user's.
_PLAIN = (int, float, str, bytes, bool, type(None))


def _is_followed(type_, info):
    """Whether C++ gets what a smart pointer points to, not the smart pointer."""
    target = type_.target if type_.kind in (fmt.TYPE_LVALUE_REF, fmt.TYPE_RVALUE_REF, fmt.TYPE_POINTER) else type_
    return target.kind == fmt.TYPE_CLASS and not issubclass(info.cls, target.info().cls)


def _object(argument):
    """What std.move was given; other arguments as they are."""
    return argument.object if type(argument) is hooks.moved_class else argument


def _check_alive(method, address, owner, arguments, types=(), registers=()):
    """Code that ran while the arguments were converted may have destroyed what C++ would be given."""
    if owner is not None and subobject(method.owner, owner) != address:
        raise ReferenceError("this '%s' object is destroyed" % type(owner).__name__)
    for position, argument in enumerate(arguments):
        if type(argument) in (list, tuple):
            _check_alive(method, 0, None, argument)
            continue
        is_moved = type(argument) is hooks.moved_class
        argument = _object(argument)
        info = info_of(type(argument))
        if info is not None:
            at = cpp_addressof(argument)
            # A smart pointer that is moved from is empty once it was converted to one to a base.
            if (info.pointee is not None and not is_moved and at and not read_word(at) and position < len(types)
                    and registers[position] and _is_followed(types[position], info)):
                raise ReferenceError("this '%s' points to nothing" % type(argument).__name__)


@in_use.calls
def run(method, candidate, address, owner, arguments):
    """Call one candidate.  Refused where an argument does not fit; anything else is the call's own failure."""
    if candidate.reason is not None:
        raise Refused(TypeError("'%s' cannot be called: %s" % (candidate.signature, candidate.reason)))
    call = Call()
    try:
        try:
            if candidate.flags & ASSIGN and type(arguments[-1]) not in _PLAIN:
                arguments = tuple(arguments[:-1]) + (candidate.plain(arguments[-1], call),)
            registers = candidate.convert(arguments, call)
        except Exception as error:
            raise Refused(error) from None
        if any(type(argument) not in _PLAIN and info_of(type(argument)) is None for argument in arguments):
            _check_alive(method, address, owner, arguments, candidate.passed, registers)
        if candidate.gives and method.gives():
            candidate.give(arguments)
        try:
            return candidate.finish(address, owner, registers, arguments, method.creates)
        finally:
            for at in candidate.changing:
                items.look_again(_object(arguments[at]))
    finally:
        call.clean()


def run_only(method, candidate, address, owner, arguments):
    """Call it, with no other in sight."""
    try:
        return run(method, candidate, address, owner, arguments)
    except Refused as refused:
        again = _converted(method, arguments, refused.error)
        if again is None:
            raise refused.error from None
    return _search(method, address, owner, again, bool(candidate.flags & THIS), as_given=False)


def _converted(method, arguments, error):
    """What conversion functions of the arguments give, so that a candidate may take them ([over.ics.user]), or None."""
    if (hooks.convert_arguments is None or not isinstance(error, TypeError) or getattr(converting, "on", False)
            or not any(isinstance(type(argument), CppClass) or isinstance(argument, BaseException)
                       or argument is hooks.default_constant for argument in arguments)):
        return None
    return hooks.convert_arguments(method, tuple(arguments))


# ---- messages ---------------------------------------------------------------------------------

def _list(method, reasons):
    text = ""
    for candidate in method.candidates:
        why = reasons.get(candidate)
        if why is None and candidate.reason is not None:
            why = "cannot be called: %s" % candidate.reason
        if why is None:
            why = "takes %d argument%s" % (candidate.count, "" if candidate.count == 1 else "s")
        text += "\n  %s => %s" % (candidate.signature, why)
    return text


def _no_match(method, arguments, reasons, error_class):
    name = "%s.%s" % (method.owner.name, method.__name__)
    if not method.candidates:
        return TypeError("'%s' has no accessible overload" % name)
    return error_class("no overload of '%s' takes (%s):%s" % (
        name, ", ".join(type(argument).__name__ for argument in arguments), _list(method, reasons)))


# ---- the choice ---------------------------------------------------------------------------------

def _rank(candidate, arguments):
    total = 0
    for type_, argument in zip(candidate.types, arguments):
        rank = type_.rank(argument)
        if rank < 0:
            return -1
        total += rank
    return total + ELLIPSIS * (len(arguments) - candidate.count)


def _applies(method, candidate, has_object, count):
    return candidate.takes(count) and candidate.reason is None and (
        has_object or not candidate.flags & THIS or method.is_static)


def _why(candidate, arguments):
    """Why a candidate that was ruled out by rank is not viable: ask its converters."""
    for position, (type_, argument) in enumerate(zip(candidate.types, arguments)):
        if type_.rank(argument) >= 0:
            continue
        call = Call()
        try:
            type_.argument(argument, call)
            error = TypeError("cannot convert %s to '%s'" % (type(argument).__name__, type_.spelling))
        except Exception as refused:
            error = refused
        finally:
            call.clean()
        return explain(error, candidate.signature, position)
    return None


def _search(method, address, owner, arguments, has_object, as_given=True):
    count = len(arguments)
    applying = [candidate for candidate in method.candidates if _applies(method, candidate, has_object, count)]
    ranked = [(_rank(candidate, arguments), candidate) for candidate in applying]
    viable = sorted([item for item in ranked if item[0] >= 0], key=lambda item: item[0])
    reasons, error_class = {}, None
    for _rank_given, candidate in viable:
        try:
            result = run(method, candidate, address, owner, arguments)
        except Refused as refused:
            reasons[candidate] = refused.error
            kind = type(refused.error)
            error_class = kind if error_class in (None, kind) else TypeError
            continue
        if candidate is viable[0][1] and len(method.memo) < _MEMO_LIMIT:
            method.memo[tuple(map(type, arguments))] = candidate
        return result
    for candidate in applying:
        if candidate not in reasons:
            why = _why(candidate, arguments)
            if why is not None:
                reasons[candidate] = why
    error = _no_match(method, arguments, reasons, error_class or TypeError)
    # A constructor template may have an instance for these arguments.
    if method.is_template and isinstance(error, TypeError) and hooks.instantiate_overload is not None:
        found = hooks.instantiate_overload(method, arguments)
        if found is not None:
            found.resolve()
            return call_positional(found, address, owner, arguments, has_object)
    again = _converted(method, arguments, error) if as_given else None
    if again is None:
        raise error
    return _search(method, address, owner, again, has_object, as_given=False)


def call_positional(method, address, owner, arguments, has_object):
    """Choose by the arguments and call."""
    known = method.memo.get(tuple(map(type, arguments)))
    if known is not None:
        try:
            return run(method, known, address, owner, arguments)
        except Refused:
            pass                # another one may take this value
    candidates = method.candidates
    if len(candidates) == 1 and candidates[0].takes(len(arguments)) and (
            has_object or not candidates[0].flags & THIS):
        return run_only(method, candidates[0], address, owner, arguments)
    return _search(method, address, owner, arguments, has_object)


def _arrange(candidate, arguments, keywords):
    """Positional and keyword arguments in the order of the candidate; None where a name is unknown or given twice."""
    arranged = list(arguments) + [None] * len(keywords)
    used = set(range(len(arguments)))
    for name, value in keywords.items():
        at = candidate.names.index(name) if name in candidate.names else -1
        if at < 0 or at in used:
            return None
        used.add(at)
        arranged[at] = value
    return arranged


def call_keywords(method, address, owner, arguments, keywords, has_object):
    """The same where some arguments are named."""
    total = len(arguments) + len(keywords)
    best = named = None
    for candidate in method.candidates:
        arranged = _arrange(candidate, arguments, keywords) if _applies(method, candidate, has_object, total) else None
        if arranged is None:
            continue
        rank = _rank(candidate, arranged)
        if named is None:
            named = candidate, arranged
        if rank >= 0 and (best is None or rank < best[0]):
            best = rank, candidate, arranged
    if best is None and named is None:
        failed = None
        for filled in hooks.fill_defaults(method, arguments, keywords) if hooks.fill_defaults is not None else ():
            try:
                return call_positional(method, address, owner, filled, has_object)
            except TypeError as problem:
                failed = problem
        raise failed or TypeError("no overload of '%s.%s' takes %d arguments with the keywords %r:%s" % (
            method.owner.name, method.__name__, total, tuple(keywords), _list(method, {})))
    candidate, arranged = named if best is None else best[1:]
    return run_only(method, candidate, address, owner, arranged)


def call(method, address, owner, arguments, keywords, has_object):
    """Choose among several, keywords included."""
    if keywords:
        return call_keywords(method, address, owner, arguments, keywords, has_object)
    return call_positional(method, address, owner, arguments, has_object)


# ---- implicit conversions ---------------------------------------------------------------------------

def rank_conversion(constructor, value):
    """How well a converting constructor takes `value`; -1: none does."""
    if getattr(converting, "on", False):
        return -1
    try:
        constructor.resolve()
    except Exception:
        return -1
    converting.on = True
    try:
        ranks = [candidate.types[0].rank(value) for candidate in constructor.candidates
                 if candidate.count == 1 and candidate.reason is None and not candidate.flags & (EXPLICIT | COPY)]
    finally:
        converting.on = False
    return min([rank for rank in ranks if rank >= 0], default=-1)


def convert(cls, value):
    """A new object of the class made from `value`."""
    outer = getattr(converting, "on", False)
    # Without this, a value that no constructor takes would be offered to the copy constructor, converted for that, and
    # so on without end.
    converting.on = True
    try:
        return cls(value)
    finally:
        converting.on = outer
