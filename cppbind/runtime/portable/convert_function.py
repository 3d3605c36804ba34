"""Function pointers both ways: cdata, functions of C++, and Python's callables by closures of the engine.

Which address a callable has is decided by cppbind/runtime/functions.py, through hooks.  An exception cannot be thrown
through C++ from here: it is reported on stderr, and C++ gets a zero.
"""

from . import memory
from .classes import info_of
from .convert_pointer import Data, is_cdata
from .cpptype import CONVERSION, EXACT, USER, Call, Unknown
from .hooks import hooks, is_null
from .instance import keep
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


class _Closure:
    """C code that calls what `reference` refers to, with conversion of arguments and result."""

    def __init__(self, result, parameters, reference):
        self.reference = reference
        registers = tuple(one.register for one in parameters)
        kept = [None]           # what the last result points to: C++ looks at it after the call

        def called(*values):
            function = self.reference()
            if function is None:
                raise ReferenceError("C++ called a Python function that is gone")
            answer = function(*[one.result(value, None) for one, value in zip(parameters, values)])
            if result.kind == fmt.TYPE_VOID:
                return None
            kept[0] = Call()
            return result.argument(answer, kept[0])

        self._code = engine.callback(engine.new_function_type(registers, result.register), called)
        self.address = memory.address_of(self._code)


def cpp_new_closure(result, parameters, reference, _may_throw):
    """A closure of a function type; `reference()` is the callable or None.  Its `address` is what C++ calls."""
    return _Closure(result, parameters, reference)
