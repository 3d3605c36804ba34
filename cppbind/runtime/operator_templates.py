"""Operators of C++ that no dictionary lists, because they are templates beside a class: asked for when they are used.

Python looks for a special method in a class and its bases; the last of these has the methods here, which let C++ choose
an operator for the operands and compile that.  Neighbours: global_operators.py (operators that are no templates),
function_templates.py (which compiles calls).
"""

import hashlib

from . import native
from .function_templates import Calls
from .operators import BINARY, INPLACE, UNARY, reversed_method

_COMPARISONS = {"__lt__": "<", "__le__": "<=", "__gt__": ">", "__ge__": ">="}
_calls = {}                 # C++ spelling and number of operands -> its calls
_refused = {}               # (spelling, number, types of operands) -> the session's state that has no such operator


class _Operators(Calls):
    """The instances of one operator, by the types of its operands."""

    is_operator = True

    def __init__(self, spelling, operands):
        super().__init__("operator" + spelling, "operator" + spelling, None)
        self._spelling, self._operands = spelling, operands

    def expression(self, passed):
        if self._operands == 1:
            return self._spelling + passed[0]
        return "%s %s %s" % (passed[0], self._spelling, passed[1])

    def words(self, form):
        return [declared for declared, _passed in form]


def apply(spelling, *operands):
    """What C++ gives for an operator and operands; NotImplemented where it has no such operator, or nothing can be
    compiled for their classes."""
    from .. import on_demand
    from .cpp_types import class_name
    if not all(on_demand.can_know(class_name(type(operand))) for operand in operands
               if isinstance(operand, native.Instance)):
        return NotImplemented
    key = spelling, len(operands)
    calls = _calls.get(key)
    if calls is None:
        calls = _calls.setdefault(key, _Operators(*key))
    refused = key + tuple(map(type, operands))
    if _refused.get(refused) == on_demand.generation():
        return NotImplemented
    try:
        function = calls.find(operands)
    except TypeError:
        _refused[refused] = on_demand.generation()
        return NotImplemented
    return function(*operands)


def _binary(spelling):
    return lambda self, other: apply(spelling, self, other)


def _reversed(spelling):
    return lambda self, other: apply(spelling, other, self)


def _inplace(spelling):
    def method(self, other):
        found = apply(spelling, self, other)
        return found if found is NotImplemented else self
    return method


def _unary(spelling):
    def method(self):
        found = apply(spelling, self)
        if found is NotImplemented:
            raise TypeError("bad operand type for unary %s: '%s'" % (spelling, type(self).__name__))
        return found
    return method


def _methods():
    for spelling, special in BINARY.items():
        yield special, _binary(spelling)
        yield reversed_method(special), _reversed(spelling)
    for spelling, special in INPLACE.items():
        yield special, _inplace(spelling)
    for spelling, special in UNARY.items():
        yield special, _unary(spelling)


def install():
    """Give the last base of all C++ classes these operators."""
    for special, method in _methods():
        if special not in native.Instance.__dict__:
            method.__name__ = special
            type.__setattr__(native.Instance, special, method)


_TEXT = """\
#include <sstream>
namespace cppbind_calls {
inline auto %(function)s(const ::%(name)s &value)
    -> decltype(static_cast<void>(std::declval<std::ostream &>() << value), std::string()) {
    std::ostringstream stream;
    stream << value;
    return stream.str();
}
}"""


def add_text(cls):
    """Let str() give what C++ writes of an object of the class where that has an operator<<, else what repr() gives."""
    if any("__str__" in base.__dict__ for base in cls.__mro__ if base.__dict__.get("__cpp_name__")):
        return
    known = []

    def __str__(self):
        if not known:
            known.append(_writer(cls.__cpp_name__))
        return repr(self) if known[0] is None else known[0](self)
    native.store(cls, "__str__", __str__)


def _writer(name):
    from .. import on_demand
    from .namespaces import namespace_for
    function = "text_" + hashlib.blake2b(name.encode("utf-8"), digest_size=10).hexdigest()
    if on_demand.compile_helper(_TEXT % {"function": function, "name": name}, "operator<< of " + name, [name]):
        return None
    return getattr(namespace_for("cppbind_calls"), function)


def add_comparisons(cls):
    """Give a class those comparisons that it has not itself: `==` by C++ where that has one, else by identity."""
    def has(special):
        return any(special in base.__dict__ for base in cls.__mro__ if base.__dict__.get("__cpp_name__"))

    for special, spelling in _COMPARISONS.items():
        if not has(special):
            native.store(cls, special, _binary(spelling))
    if has("__eq__"):
        return
    same = native.Instance.__eq__

    def __eq__(self, other):
        found = apply("==", self, other) if isinstance(other, native.Instance) and other else NotImplemented
        return same(self, other) if found is NotImplemented else bool(found)

    def __ne__(self, other):
        equal = __eq__(self, other)
        return equal if equal is NotImplemented else not equal
    native.store(cls, "__eq__", __eq__)
    native.store(cls, "__ne__", __ne__)
    native.store(cls, "__hash__", native.Instance.__hash__)
