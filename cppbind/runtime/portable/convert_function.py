"""Function pointers both ways: cdata, functions of C++, and Python's callables by closures of the engine.

Which address a callable has is decided by cppbind/runtime/functions.py, through hooks.  An exception cannot be thrown
through C++ from here: it goes to sys.unraisablehook, and C++ gets a zero.
"""

from . import given, in_use, memory
from .answers import KEPT
from .classes import info_of
from .convert_pointer import Data, is_cdata
from .cpptype import CONVERSION, EXACT, USER, Call, Unknown
from .hooks import hooks, is_null
from .instance import keep, report
from .memory import engine
from ... import format as fmt


class Function(Data):
    """A pointer or reference to a function."""

    def _takes_null(self):
        return self.kind == fmt.TYPE_POINTER

    def rank(self, value):
        if is_null(value):
            return CONVERSION + 1 if self._takes_null() else -1
        if is_cdata(value):
            try:
                self._from_cdata(value)
            except (TypeError, OverflowError, ValueError):
                return -1
            return EXACT
        if not callable(value) or isinstance(value, type):
            return -1
        # A proxy that can be called is first of all an object.
        return CONVERSION if info_of(type(value)) is None else USER

    def argument(self, value, call):
        if is_null(value):
            if not self._takes_null():
                raise self.refuse(value, "there is no null reference")
            return 0
        if is_cdata(value):
            return self._from_cdata(value)
        if not callable(value) or isinstance(value, type) or hooks.function_address is None:
            raise self.refuse(value, "a function is needed")
        address = hooks.function_address(self, value)
        if not address:
            raise self.refuse(value)
        return address

    def result(self, value, owner):
        if not value:
            return None
        if hooks.function_at is None:
            return Unknown.load(self, 0)
        return hooks.function_at(self, value)

    def store(self, address, value, owner=None):
        pointer = self.argument(value, None)
        if owner is not None:
            keep(owner, address, value if pointer else None)
        memory.write_word(address, pointer)


_REFUSED = (fmt.TYPE_UNKNOWN, fmt.TYPE_FUNCTION, fmt.TYPE_MEMBER_POINTER, fmt.TYPE_LONGDOUBLE, fmt.TYPE_INT128,
            fmt.TYPE_UINT128)


def _crosses(type_):
    """Whether a value of it is passed in one register; a std::string is, as a pointer to it (Itanium C++ ABI 3.1.1)."""
    return type_.usable and type_.kind not in _REFUSED and (type_.kind != fmt.TYPE_CLASS or type_.is_string)


class _Closure:
    """C code that calls what `reference` refers to, with conversion of arguments and result."""

    def __init__(self, result, parameters, reference):
        for one in parameters:
            if not _crosses(one) or one.kind == fmt.TYPE_VOID:
                raise TypeError("a Python function cannot take '%s' from C++" % one.spelling)
        if not _crosses(result):
            raise TypeError("a Python function cannot return '%s' to C++" % result.spelling)
        self._result, self._parameters, self._reference = result, parameters, reference
        self._kept = []         # what the last results point to: C++ looks at it after the call
        registers, in_storage = [one.register for one in parameters], result.kind == fmt.TYPE_CLASS
        if in_storage:
            registers.insert(0, memory.word)
        self._code = engine.callback(engine.new_function_type(tuple(registers), memory.word if in_storage else
                                                              result.register),
                                     in_use.answers(self._answer_string if in_storage else self._answer), None,
                                     self._report)
        self.address = memory.address_of(self._code)

    @property
    def reference(self):
        """What gives the callable when it is called, or None."""
        return self._reference

    @reference.setter
    def reference(self, value):
        self._reference, self._kept = value, []

    def _call(self, values):
        function = self._reference()
        if function is None:
            raise ReferenceError("C++ called a Python function that is gone: keep it alive as long as C++ has a "
                                 "pointer to it")
        passed = []
        try:
            for one, value in zip(self._parameters, values):
                passed.append(given.value_of(one, value))
            return function(*passed)
        finally:
            given.give_back(self._parameters, passed)

    def _answer(self, *values):
        answer, result = self._call(values), self._result
        if result.kind == fmt.TYPE_VOID:
            return None
        call = Call()
        image = result.argument(answer, call)
        self._kept = self._kept[-KEPT:] + [(call, answer)]
        return image

    def _answer_string(self, place, *values):
        answer, made = self._call(values), self._result
        made.strings.new(place, b"")
        try:
            made.store(place, answer)
        except BaseException:
            made.drop(place)
            raise
        return place

    def _report(self, _kind, error, _traceback):
        report(error, self._reference())


def cpp_new_closure(result, parameters, reference, _may_throw):
    """A closure of a function type; `reference()` is the callable or None.  Its `address` is what C++ calls."""
    return _Closure(result, parameters, reference)
