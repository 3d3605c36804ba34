"""std::function: called from Python, and made from what Python can call.

The dictionary has a function object for each signature, which calls back through c_backend/cpp_callable.c; nothing is
compiled here.  Neighbours: pythonize.py, the table; stl_text.py, `trampoline`.
"""

from . import native
from .pythonize_sequence import store_all
from .state import types_of

_NONE = type(None)


def function(cls):
    """std::function: called with conversion of arguments and result; false where it is empty.

    It is made from None, which is an empty one, and from whatever can be called.  Its copies in C++ share the
    callable and release it with the last of them, on whichever thread that is.  What the callable raises crosses
    C++ as an exception and is the same exception again in Python.
    """
    call, has, bind = (cls.__dict__.get(name) for name in ("operator()", "_stl_has", "_stl_bind"))
    if call is None or has is None or bind is None:
        return
    record = call.token[0]
    types = types_of(record.dictionary)
    params = record.dictionary.records("params", record.params_first, record.params_count)
    described = (types[record.result],) + tuple(types[param.type] for param in params)
    pointer = native.engine.new_pointer_type(native.engine.new_void_type())

    def __eq__(self, other):
        return not has(self) if other is None else self is other

    store_all(cls, {"__call__": call, "__bool__": lambda self: has(self), "__eq__": __eq__,
                    "__ne__": lambda self, other: not __eq__(self, other), "__hash__": native.Instance.__hash__})

    def from_python(kind, value):
        self = kind()
        if value is not None:
            if not callable(value):
                raise TypeError("'%s' is made from a callable, not from %r" % (cls.__name__, value))
            target = native.new_callable(value, cls.__cpp_name__, described)
            bind(self, native.engine.cast(pointer, target))
        return self
    native.set_source(cls, from_python, (_NONE, callable), None)



def member_pointer(cls):
    """A pointer to member: called with an object, and the arguments of a function; None is the null pointer."""
    apply = cls.__dict__.get("__call__")

    def __call__(self, *arguments):
        if not self:
            raise ReferenceError("the pointer to member '%s' is null" % cls.__cpp_name__[1:-1])
        return apply(self, *arguments)

    if apply is not None:
        store_all(cls, {"__call__": __call__})
    native.set_source(cls, lambda kind, value: kind(), (_NONE,), None)
