"""Python callables as targets of std::function; what they raise crosses C++.  Neighbours: answers.py,
cppbind/runtime/pythonize_callable.py."""

from . import answers, given, in_use, memory
from .cpptype import CppType

_callables = {}             # id -> _Callable


class _Callable:
    """One target; C++ releases it."""

    def __init__(self, function, signature, types):
        self.function, self.signature = function, signature
        self.result, self.types = types[0], types[1:]
        self.kept = []

    def keep(self, what):
        """The last answers stay."""
        self.kept = self.kept[1 - answers.KEPT:] + [what]

    def run(self, arguments, room, said):
        """Call it."""
        values = []
        try:
            for at, type_ in enumerate(self.types):
                values.append(given.value_at(type_, arguments[at]))
            value = self.function(*values)
            try:
                answers.store_result(self.result, value, room, said, self.keep)
            except (TypeError, OverflowError, ValueError) as error:
                raise type(error)("result of the Python callable for '%s': %s" % (self.signature, error)) from None
        finally:
            given.give_back(self.types, values)


@in_use.answers
def _run(number, arguments, room, said):
    try:
        _callables[number].run(arguments, room, said)
        return 1
    except BaseException as error:
        return answers.tell_raised(said, error)


def _release(number):
    _callables.pop(number, None)


answers.targets.update(run=_run, release=_release)


def cpp_new_callable(function, signature, types):
    """The address of what C++ calls a callable by; whoever is given that releases it.  types: the result's first."""
    if not callable(function):
        raise TypeError("a callable is needed, not '%s'" % type(function).__name__)
    if not isinstance(types, tuple) or not types or not all(isinstance(one, CppType) for one in types):
        raise TypeError("cpp_new_callable: a tuple of CppType is needed, the result's first")
    answers.start()
    made = _Callable(function, signature, types)
    address = memory.helpers.callable_new(id(made))
    if not address:
        raise MemoryError("a std::function")
    _callables[id(made)] = made
    return address
