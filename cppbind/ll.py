"""`cppbind.ll`: casts and raw memory, under cppyy's names.

`static_cast[T](x)` and its like take T as a C++ class or as text (`"Event"`, `"Event *"`, `"unsigned int"`, `"double
*"`). Objects stay where they are and are owned by whoever owned them.  Neighbours: api.py, runtime/casts.py.
"""

import sys

from .api import addressof
from .runtime import hold_view, native, nullptr, proxy
from .runtime.exception_objects import unwrapped
from .runtime.exceptions import (AbortSignal, ArithmeticSignal, BusError, FatalError, IllegalInstruction,
                                 SegmentationViolation)
from .runtime.state import registry

__all__ = ["addressof", "cast", "static_cast", "reinterpret_cast", "dynamic_cast", "malloc", "free", "array_new",
           "array_delete", "as_capsule", "as_cobject", "as_ctypes", "as_memoryview", "argc", "argv",
           "signals_as_exception", "set_signals_as_exception", "FatalError", "SegmentationViolation", "BusError",
           "IllegalInstruction", "ArithmeticSignal", "AbortSignal"]

_engine = native.engine
_held = {}                      # address -> the cdata of memory that `free` has not freed


class _Templated:
    """A function of (type, ...) that is written function[type](...)."""

    def __init__(self, name, function):
        self.__name__, self.__doc__, self._function = name, function.__doc__, function

    def __getitem__(self, what):
        def instance(*arguments, **keywords):
            return self._function(what, *arguments, **keywords)
        instance.__name__ = "%s[%s]" % (self.__name__, getattr(what, "__cpp_name__", what))
        instance.__doc__ = self.__doc__
        return instance

    def __repr__(self):
        return "<cppbind.ll.%s[type](...)>" % self.__name__


def _templated(function):
    return _Templated(function.__name__.lstrip("_"), function)


_PYTHON = {bool: "_Bool", int: "int", float: "float"}        # by name, as template arguments


def _class_named(what):
    """The C++ class of a class or its name, of a pointer or reference to it; None for other types."""
    what = unwrapped(what)
    if isinstance(what, native.Class):
        return what
    if isinstance(what, str):
        name = what.replace("const ", "").rstrip(" *&").strip()
        if registry.class_scope(name) is not None:
            return proxy.class_for(name)
    return None


def _c_type(what):
    """The C type of a built-in one, or of a pointer to one."""
    text = _PYTHON.get(what, what)
    if not isinstance(text, str):
        raise TypeError("a C++ class or the name of a type is needed, not %r" % (what,))
    words, stars = text.replace("*", " * ").split(), 0
    while words and words[-1] == "*":
        stars += 1
        words.pop()
    name = " ".join(word for word in words if word != "const")
    name = {"bool": "_Bool", "unsigned": "unsigned int"}.get(name, name)
    try:
        made = _engine.new_void_type() if name == "void" else _engine.new_primitive_type(name)
    except KeyError:
        raise TypeError("'%s' is no C++ class of a loaded dictionary and no built-in type" % text) from None
    for _ in range(stars):
        made = _engine.new_pointer_type(made)
    return made


def _address(value):
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return addressof(value)


def _reinterpret(what, value):
    """C++'s reinterpret_cast: the same address, or the same bits, as another type.  Nothing is checked."""
    cls, value = _class_named(what), unwrapped(value)
    if cls is not None:
        return native.bind(cls, _address(value), 0, value if isinstance(value, native.Instance) else None, False)
    made = _c_type(what)
    if isinstance(value, native.Instance) or value is None or value is nullptr:
        value = _engine.cast(_engine.new_pointer_type(_engine.new_void_type()), addressof(value))
    result = _engine.cast(made, value)
    return result if made.kind in ("pointer", "array", "function") else _plain(made, result)


_CONVERSIONS = dict.fromkeys(("float", "double", "long double"), ("__float__", "__int__"))


def _converted(made, value):
    """The number that a conversion function of the object gives; None where its class has none.

    The wanted kind of number goes before the other (C++ [over.match.conv])."""
    if made.cname == "_Bool":
        return bool(value)
    for name in _CONVERSIONS.get(made.cname, ("__int__", "__float__")):
        convert = getattr(type(value), name, None)
        if convert is not None:
            return _plain(made, _engine.cast(made, convert(value)))
    return None


def _number_of_object(what, value):
    """(whether an object is to become a number, that number or None)"""
    value = unwrapped(value)
    if isinstance(value, native.Instance) and _class_named(what) is None:
        made = _c_type(what)
        if made.kind == "primitive":
            return True, _converted(made, value)
    return False, None


def _cast(what, value):
    """C++'s `(T)value`: of an object to a number, what its conversion function gives; else as reinterpret_cast."""
    is_number, number = _number_of_object(what, value)
    return number if is_number and number is not None else _reinterpret(what, value)


def _plain(made, result):
    name = made.cname
    return float(result) if name in ("float", "double", "long double") else bool(int(result)) if name == "_Bool" \
        else int(result)


def _static(what, value):
    """C++'s static_cast: of an object to one of its bases or, unchecked, to a class derived from its own; of a number,
    or an object that has a conversion function, to a built-in type.  TypeError where the types are not related."""
    cls, value = _class_named(what), unwrapped(value)
    if cls is None:
        is_number, number = _number_of_object(what, value)
        if is_number and number is None:
            raise TypeError("'%s' has no conversion to '%s'" % (type(value).__cpp_name__, what))
        return number if is_number else _reinterpret(what, value)
    if value is None or value is nullptr or (isinstance(value, native.Instance) and not value):
        return native.bind(cls, 0, 0, None, False)
    if not isinstance(value, native.Instance):
        return _reinterpret(what, value)
    if isinstance(value, cls):
        return native.bind(cls, native.cast_address(value, cls), 0, value, False)
    own = next(base for base in type(value).__mro__ if "__cpp_name__" in base.__dict__)
    if not issubclass(cls, own):
        raise TypeError("'%s' and '%s' are not related" % (own.__cpp_name__, cls.__cpp_name__))
    return native.bind(cls, addressof(value) - native.base_offset(cls, own), 0, value, False)


def _dynamic(what, value):
    """C++'s dynamic_cast: the object as a `T` if it is one, else a null pointer to T."""
    cls, value = _class_named(what), unwrapped(value)
    if cls is None:
        raise TypeError("dynamic_cast takes a C++ class, not %r" % (what,))
    if not isinstance(value, native.Instance) or not value:
        return native.bind(cls, 0, 0, None, False)
    own = next(base for base in type(value).__mro__ if "__cpp_name__" in base.__dict__)
    whole = native.bind(own, addressof(value), 0, value, True)
    if not isinstance(whole, cls):
        return native.bind(cls, 0, 0, None, False)
    return native.bind(cls, native.cast_address(whole, cls), 0, value, False)


def _malloc(what, count=1):
    """Memory for `count` items of a built-in type, until `free`; cdata of an array.  Not initialised in C++'s sense:
    it is zeroed."""
    if not isinstance(count, int) or count < 0:
        raise ValueError("a count that is not negative is needed, not %r" % (count,))
    if _class_named(what) is not None:
        raise TypeError("memory for objects: construct them, or take a std::vector")
    item = _engine.new_pointer_type(_c_type(what))
    memory = _engine.newp(_engine.new_array_type(item, None), count)
    _held[_array_address(memory)] = memory
    return memory


def _array_new(what, count=1, managed=False):
    """As malloc, freed by array_delete; with `managed` it goes with the array, and array_delete is not for it."""
    memory = _malloc(what, count)
    if managed:
        del _held[_array_address(memory)]
    return memory


def _array_address(memory):
    return int(_engine.cast(_engine.new_primitive_type("uintptr_t"), memory))


def free(memory):
    """Frees what `malloc` or `array_new` gave.  ValueError for anything else, and for what is freed already."""
    if memory is None or memory is nullptr:
        return
    if _held.pop(_array_address(memory), None) is None:
        raise ValueError("%r is no memory of malloc or array_new, or it is freed already" % (memory,))


array_delete = free
cast, reinterpret_cast = _templated(_cast), _templated(_reinterpret)
static_cast, dynamic_cast, malloc = _templated(_static), _templated(_dynamic), _templated(_malloc)
array_new = _templated(_array_new)


def as_capsule(value):
    """A PyCapsule without a name that holds the address of an object, for other extension modules."""
    return native.new_capsule(addressof(value))


as_cobject = as_capsule


def as_ctypes(value, byref=False):
    """The address of an object as a ctypes.c_void_p; with `byref` that of a pointer to it, which the result keeps.

    The object is not kept alive.  TypeError where the program has not imported ctypes, and so cannot want one.
    """
    ctypes = sys.modules.get("ctypes")
    if ctypes is None:
        raise TypeError("import ctypes first: as_ctypes gives one of its objects")
    pointer = ctypes.c_void_p(addressof(value))
    if not byref:
        return pointer
    result = ctypes.c_void_p(ctypes.addressof(pointer))
    result.pointer = pointer
    return result


def as_memoryview(value):
    """The memory of an object, or of a cdata array, as a writable memoryview that keeps it alive."""
    if not isinstance(value, native.Instance):
        return memoryview(value)
    cls = next(base for base in type(value).__mro__ if "__cpp_name__" in base.__dict__)
    pointer = _engine.cast(_engine.new_pointer_type(_engine.new_primitive_type("char")), addressof(value))
    view = _engine.buffer(pointer, native.sizeof(cls))
    hold_view(view, value)
    return memoryview(view)


def argc():
    """How many arguments `argv` has."""
    return len(sys.argv)


def argv():
    """sys.argv as C++ wants it: a list, which goes for `char **` and `const char *[]`."""
    return list(sys.argv)


def set_signals_as_exception(enable):
    """Whether SIGSEGV, SIGILL, SIGBUS, SIGFPE and SIGABRT in any call of C++ are FatalErrors from now on; what it was.

    For finding mistakes: the C++ code is left where it stands, without its destructors, and may hold locks.  Where the
    call was in a Python function that C++ called, that is given up, too.  NotImplementedError on PyPy.
    """
    if native.signals_policy is None:
        raise NotImplementedError("signals become exceptions in CPython only")
    return native.signals_policy(bool(enable))


class signals_as_exception:
    """`with signals_as_exception():` is set_signals_as_exception(True), until the end of the block."""

    def __enter__(self):
        self._before = set_signals_as_exception(True)

    def __exit__(self, *_problem):
        set_signals_as_exception(self._before)
