"""Numbers that C++ gives to Python by reference: an int or a float whose `value` is C++'s variable.

A callback or an override writes `argument.value = 5` to give C++ a result; what the number was at the call is the
argument itself.  Neighbour: c_backend/cpp_given.c, which asks for them and ends them with the call.
"""


class _Reference:
    """`pointer` is cdata, None once the call is over: C++'s variable may be gone then."""

    @property
    def value(self):
        """C++'s variable, read and written.  ReferenceError after the call it was given to."""
        return self._read()[0]

    @value.setter
    def value(self, new):
        self._read()[0] = new

    def _read(self):
        pointer = self.__dict__.get("pointer")
        if pointer is None:
            raise ReferenceError("what C++ gave by reference is there during the call alone")
        return pointer

    def __reduce__(self):
        base = type(self).__mro__[2]
        return base, (base(self),)


class IntReference(_Reference, int):
    """An int that C++ gave by reference."""


class FloatReference(_Reference, float):
    """A float that C++ gave by reference."""


def number_reference(value, pointer):
    """The hook of the core: a number, and cdata that points to where it came from."""
    made = (FloatReference if isinstance(value, float) else IntReference)(value)
    made.pointer = pointer
    return made
