"""std::chrono: durations and time points, to and from datetime's.

Conversion is exact or an error, as in C++: a timedelta of 1.5 s is no number of seconds.  What is finer than Python's
microseconds is rounded on the way to datetime.  Neighbours: pythonize.py, the table; stl.py, the functions `_stl_...`.
"""

import operator
from fractions import Fraction

from . import native
from .pythonize_sequence import store_all
from .templates import template_arguments

_MICRO = Fraction(1, 10**6)
_SUFFIXES = {Fraction(1, 10**9): "ns", _MICRO: "us", Fraction(1, 1000): "ms", Fraction(1): "s", Fraction(60): "min",
             Fraction(3600): "h", Fraction(86400): "d"}


def _python():
    """The module datetime, imported by the first use: it takes time, and interpreters with a GIL of their own cannot
    import it at the same time."""
    import datetime
    return datetime


def _epoch():
    return _python().datetime(1970, 1, 1, tzinfo=_python().timezone.utc)


def _ratio(name):
    """The Fraction of 'std::ratio<1, 1000>'."""
    numbers = [int(number.rstrip("L")) for number in template_arguments(name)]
    return Fraction(*numbers)


def of_duration(name):
    """(period in seconds, whether the count is a floating point number) of 'std::chrono::duration<...>'."""
    arguments = template_arguments(name)
    return (_ratio(arguments[1]) if len(arguments) > 1 else Fraction(1)), arguments[0] in (
        "float", "double", "long double")


def _seconds_of(delta):
    return ((delta.days * 86400 + delta.seconds) * 10**6 + delta.microseconds) * _MICRO


def _delta(seconds):
    return _python().timedelta(microseconds=round(seconds / _MICRO))


def _count(cls, seconds, period, is_float):
    """The count for a time in seconds; ValueError where it is not whole."""
    count = seconds / period
    if is_float:
        return float(count)
    if count.denominator != 1:
        raise ValueError("%s s is no whole number of periods of '%s'" % (float(seconds), cls.__name__))
    return int(count)


def _is_duration(value):
    return hasattr(type(value), "_stl_period")


def _is_number(value):
    return isinstance(value, (int, float)) or (hasattr(value, "__index__") and not isinstance(value, native.Instance))


def _compare(seconds):
    """The comparison operators for what `seconds(self, other)` gives: two numbers, or None."""
    def compared(compare, unequal):
        def method(self, other):
            pair = seconds(self, other)
            return unequal if pair is None else compare(*pair)
        return method
    return {"__eq__": compared(operator.eq, NotImplemented), "__ne__": compared(operator.ne, NotImplemented),
            "__lt__": compared(operator.lt, NotImplemented), "__le__": compared(operator.le, NotImplemented),
            "__gt__": compared(operator.gt, NotImplemented), "__ge__": compared(operator.ge, NotImplemented)}


# ---- durations ------------------------------------------------------------------------------------

def duration(cls):
    """std::chrono::duration: like a timedelta, in units of its own.

    It is made from a timedelta, from a duration that C++ would convert, and explicitly from a number of its
    units.  `count()`, `timedelta()`, `total_seconds()`; + - * and comparison with durations and timedeltas.
    """
    count, put = cls.__dict__.get("count"), cls.__dict__.get("_stl_put")
    if count is None or put is None:
        return
    period, is_float = of_duration(cls.__cpp_name__)

    def seconds(self):
        return Fraction(count(self)) * period

    def of(value):
        if isinstance(value, _python().timedelta):
            return _seconds_of(value)
        return value._stl_seconds() if _is_duration(value) else None

    def pair(self, other):
        theirs = of(other)
        return None if theirs is None else (seconds(self), theirs)

    def made(total):
        self = cls()
        put(self, _count(cls, total, period, is_float))
        return self

    def combined(combine):
        def method(self, other):
            theirs = of(other)
            if theirs is None:
                return NotImplemented
            total = combine(seconds(self), theirs)
            return made(total) if isinstance(other, cls) else _delta(total)
        return method

    def __mul__(self, factor):
        return made(seconds(self) * Fraction(factor)) if _is_number(factor) else NotImplemented

    def __str__(self):
        return "%s%s" % (count(self), _SUFFIXES.get(period, "[%s]s" % period))

    store_all(cls, _compare(pair))
    store_all(cls, {
        "_stl_period": period, "_stl_seconds": seconds, "total_seconds": lambda self: float(seconds(self)),
        "timedelta": lambda self: _delta(seconds(self)), "__bool__": lambda self: bool(count(self)),
        "__hash__": lambda self: hash(_delta(seconds(self))), "__str__": __str__,
        "__mul__": __mul__, "__rmul__": __mul__,
        "__add__": combined(operator.add), "__radd__": combined(operator.add), "__sub__": combined(operator.sub),
        "__rsub__": combined(lambda mine, theirs: theirs - mine), "__neg__": lambda self: made(-seconds(self)),
        "__abs__": lambda self: made(abs(seconds(self)))})

    def takes(value):
        if isinstance(value, _python().timedelta):
            return True
        if _is_duration(value):
            return is_float or (type(value)._stl_period / period).denominator == 1
        return "explicitly" if _is_number(value) else False

    def from_python(kind, value):
        total = of(value)
        if total is None and not _is_number(value):
            raise TypeError("'%s' is made from a timedelta or a number, not from %r" % (cls.__name__, value))
        self = kind()
        put(self, value if total is None else _count(cls, total, period, is_float))
        return self
    native.set_source(cls, from_python, (takes,), None)


# ---- time points -------------------------------------------------------------------------------------

def time_point(cls):
    """std::chrono::time_point: that of the system's clock is like a datetime in UTC.

    It is made from a datetime; one without a time zone is local time, as for datetime.timestamp().  `datetime()`,
    `time_since_epoch()`; + and - with durations and timedeltas, comparison with datetimes and points of its clock.
    """
    since, put, elapsed = (cls.__dict__.get(name) for name in ("_stl_since", "_stl_put", "time_since_epoch"))
    if since is None or put is None:
        return
    arguments = template_arguments(cls.__cpp_name__)
    period, is_float = of_duration(arguments[1])
    clock, is_system = arguments[0], arguments[0].rpartition("::")[2] == "system_clock"

    def seconds(self):
        return Fraction(since(self)) * period

    def of(value):
        if is_system and isinstance(value, _python().datetime):
            return _seconds_of(value.astimezone(_python().timezone.utc) - _epoch())
        return value._stl_moment() if getattr(type(value), "_stl_clock", None) == clock else None

    def pair(self, other):
        theirs = of(other)
        return None if theirs is None else (seconds(self), theirs)

    def made(total):
        self = cls()
        put(self, _count(cls, total, period, is_float))
        return self

    def step(value):
        if isinstance(value, _python().timedelta):
            return _seconds_of(value)
        return value._stl_seconds() if _is_duration(value) else None

    def __add__(self, other):
        return NotImplemented if step(other) is None else made(seconds(self) + step(other))

    def __sub__(self, other):
        if step(other) is not None:
            return made(seconds(self) - step(other))
        if isinstance(other, cls) and elapsed is not None:
            return elapsed(self) - elapsed(other)
        return NotImplemented if of(other) is None else _delta(seconds(self) - of(other))

    store_all(cls, _compare(pair))
    store_all(cls, {"_stl_clock": clock, "_stl_moment": seconds, "__add__": __add__, "__radd__": __add__,
                    "__sub__": __sub__, "__hash__": lambda self: hash(_epoch() + _delta(seconds(self)))})

    def from_python(kind, value):
        total = of(value)
        if total is None:
            raise TypeError("'%s' is not made from %r" % (cls.__name__, value))
        return made(total)
    if is_system:
        def moment(self):
            """The datetime, in UTC."""
            return _epoch() + _delta(seconds(self))
        store_all(cls, {"datetime": moment, "__str__": lambda self: str(moment(self)),
                        "__rsub__": lambda self, other: NotImplemented if of(other) is None else _delta(
                            of(other) - seconds(self))})
    native.set_source(cls, from_python, (lambda value: of(value) is not None and not isinstance(value, cls),), None)
