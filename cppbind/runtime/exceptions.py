"""C++ exceptions as Python's.

Every C++ class derived from std::exception is a Python exception class under its own name, derived from its C++ bases;
those of the standard library derive from the Python exception that means the same as well, so `except IndexError`
catches std::out_of_range.  Neighbour: exception_objects.py, the objects behind them.
"""

import copy

from . import exception_objects as objects
from . import native
from .state import lock


class CppException(Exception, metaclass=objects.ExceptionClass):
    """A C++ exception.  `cpp_type` is the C++ type's name; what was thrown need not be a std::exception.

    Called, a class that C++ derives from std::exception constructs an object with these arguments; attributes are those
    of the object.  AttributeError for what it has not, or where no dictionary has the class.
    """

    cpp_type = None

    def __init__(self, *args, **keywords):
        name = type(self).cpp_type
        if name is not None and name != "std::exception" and not (
                name in STANDARD and not keywords and len(args) == 1 and type(args[0]) is str):
            text = objects.construct(self, args, keywords)
            if text is not None:
                args, keywords = (text,), {}
        if keywords:
            raise TypeError("'%s' takes no keyword arguments" % (name or type(self).__name__))
        self.args = args

    def __init_subclass__(cls, **keywords):
        super().__init_subclass__(**keywords)
        if "__cpp_name__" not in cls.__dict__ and cls.cpp_type is not None:
            objects.add_methods(cls)

    def __getattr__(self, name):
        target = None if name.startswith("__") or type(self).cpp_type is None else objects.object_of(self)
        if target is None:
            raise AttributeError("'%s' object has no attribute '%s'" % (type(self).__name__, name))
        return getattr(target, name)

    def __setattr__(self, name, value):
        if not name.startswith("_") and type(self).cpp_type is not None and not hasattr(Exception, name):
            cls = objects.proxy_class(type(self))
            if cls is not None and hasattr(cls, name):
                setattr(objects.object_of(self), name, value)
                return
        super().__setattr__(name, value)

    def __str__(self):
        """what(), of the class of C++."""
        return self.args[0] if len(self.args) == 1 and isinstance(self.args[0], str) else Exception.__str__(self)

    def __copy__(self):
        """The C++ object is copied too."""
        target = objects.object_of(self)
        made = _instance(type(self), *self.args)
        made.__dict__.update(self.__dict__)
        if target is not None:
            objects.hold_object(made, copy.copy(target))
        return made

    def __deepcopy__(self, memo):
        return self.__copy__()

    def __reduce__(self):
        """A pickle has the text and what Python put into the exception, no C++ object."""
        state = {key: value for key, value in self.__dict__.items() if key != objects.OBJECT}
        if "__cpp_name__" in type(self).__dict__:
            bases = tuple(base.__cpp_name__ for base in type(self).__mro__[1:] if "__cpp_name__" in base.__dict__)
            return _restored, (type(self).cpp_type, bases, self.args), state
        return _restored, (type(self), (), self.args), state

    @property
    def __cpp_thrown__(self):
        """For the core: what C++ gets when this exception is raised in a function that it calls."""
        return objects.thrown(self)

    def what(self):
        """The text of std::exception::what(), '' where there is none."""
        return str(self.args[0]) if self.args else objects.own_text(self)


def _restored(which, bases, args):
    cls = which if isinstance(which, type) else CppException if which is None else exception_class(which, bases)
    return _instance(cls, *args)


class FatalError(Exception):
    """A signal came from C++ code, and the call was given up: see cppbind.ll.signals_as_exception."""


class SegmentationViolation(FatalError):
    """SIGSEGV: memory that is not there, or not to be written."""


class IllegalInstruction(FatalError):
    """SIGILL."""


class BusError(FatalError):
    """SIGBUS."""


class ArithmeticSignal(FatalError):
    """SIGFPE: a division of integers by zero, most often."""


class AbortSignal(FatalError):
    """SIGABRT: abort(), a failed assert, heap memory that malloc found destroyed."""


# ORDER: the names are those of c_backend/cpp_signals.cpp.
_SIGNALS = {"signal SIGSEGV": SegmentationViolation, "signal SIGILL": IllegalInstruction, "signal SIGBUS": BusError,
            "signal SIGFPE": ArithmeticSignal, "signal SIGABRT": AbortSignal}

# C++ standard library -> Python, ISO C++ [std.exceptions], [support.exception], [syserr].
_COUNTERPARTS = {
    "std::runtime_error": RuntimeError, "std::out_of_range": IndexError,
    "std::invalid_argument": ValueError, "std::domain_error": ValueError, "std::length_error": ValueError,
    "std::range_error": ArithmeticError, "std::overflow_error": OverflowError, "std::underflow_error":
    ArithmeticError, "std::bad_alloc": MemoryError, "std::bad_array_new_length": MemoryError,
    "std::bad_cast": TypeError, "std::bad_typeid": TypeError, "std::system_error": OSError,
    "std::ios_base::failure": OSError, "std::filesystem::filesystem_error": OSError}


def plain_name(name):
    """A name that was demangled, as C++ code has it."""
    return name.replace("[abi:cxx11]", "").replace("::__cxx11::", "::")



# Those of the standard library by their bases: they are known without a dictionary, and made of a text alone.
STANDARD = {
    "std::exception": (), "std::logic_error": ("std::exception",), "std::runtime_error": ("std::exception",),
    "std::bad_alloc": ("std::exception",), "std::bad_cast": ("std::exception",), "std::bad_typeid": ("std::exception",),
    "std::bad_exception": ("std::exception",), "std::bad_array_new_length": ("std::bad_alloc", "std::exception"),
    "std::bad_function_call": ("std::exception",), "std::bad_weak_ptr": ("std::exception",),
    "std::bad_optional_access": ("std::exception",), "std::bad_variant_access": ("std::exception",),
    "std::bad_any_cast": ("std::bad_cast", "std::exception"),
    "std::invalid_argument": ("std::logic_error", "std::exception"),
    "std::domain_error": ("std::logic_error", "std::exception"),
    "std::length_error": ("std::logic_error", "std::exception"),
    "std::out_of_range": ("std::logic_error", "std::exception"),
    "std::range_error": ("std::runtime_error", "std::exception"),
    "std::overflow_error": ("std::runtime_error", "std::exception"),
    "std::underflow_error": ("std::runtime_error", "std::exception"),
    "std::regex_error": ("std::runtime_error", "std::exception"),
    "std::system_error": ("std::runtime_error", "std::exception")}

_classes = {}
_HEAP_TYPE = 1 << 9             # of type.__flags__: a class that is not built in


def exception_class(name, bases=()):
    """The Python class of the C++ exception class `name`; `bases` are its C++ bases, nearest first."""
    known = _classes.get(name)
    if known is None:
        with lock:
            known = _classes.get(name)
            if known is None:
                from .proxy import made_class
                cls = made_class(name)
                made = _class_of_proxy(cls) if cls is not None else _make(
                    name, [exception_class(bases[0], bases[1:])] if bases else [])
                known = _classes.setdefault(name, made)
    return known


def standard_class(name):
    """The class of an exception of the standard library, one of STANDARD."""
    return exception_class(name, STANDARD[name])


def _class_of_proxy(cls):
    return _make(cls.__cpp_name__, [public_class(base) for base in cls.__bases__ if is_exception(base)])


def is_exception(cls):
    """Whether a proxy class is std::exception or derives from it."""
    return any(base.__dict__.get("__cpp_name__") == "std::exception" for base in cls.__mro__)


def public_class(cls):
    """What a user gets who names a C++ class: the exception class for one that derives from std::exception."""
    return exception_class(cls.__cpp_name__) if isinstance(cls, native.Class) and is_exception(cls) else cls


class ExceptionOf:
    """`Class.__exception__` of a proxy class: the Python exception as which its objects arrive."""

    def __get__(self, instance, cls):
        return public_class(next(base for base in cls.__mro__ if "__cpp_name__" in base.__dict__))


def wrap(proxy):
    """The exception for a proxy that C++ gave."""
    cls = next(base for base in type(proxy).__mro__ if "__cpp_name__" in base.__dict__)
    made = _instance(exception_class(cls.__cpp_name__), objects.text_of(proxy))
    objects.hold_object(made, proxy)
    return made


def _instance(cls, *args):
    """An exception that __init__ does not run for."""
    base = cls.__base__
    while base.__flags__ & _HEAP_TYPE:
        base = base.__base__
    made = base.__new__(cls, *args)         # cls.__new__ may be another base's
    made.args = args                        # OSError's __new__ leaves that to __init__
    return made


def _make(name, bases):
    from .methods import ConstructorSignature
    python = bases or [CppException]
    counterpart = _COUNTERPARTS.get(name)
    if counterpart is not None and not issubclass(python[0], counterpart):
        python.append(counterpart)
    scope, _, simple = name.rpartition("::")
    namespace = {"__module__": "cppbind.gbl" + ("." + scope.replace("::", ".") if scope else ""),
                 "cpp_type": name, "__cpp_name__": name, "__doc__": "The C++ exception %s." % name,
                 "__signature__": ConstructorSignature()}
    return type(simple or name, tuple(python), namespace)


def add_exception_mapping(cpp_exception, py_exception):
    """Let the C++ exception class of that name derive from a Python exception class from now on.

    `cpp_exception` is the qualified name or the C++ class.  TypeError where `py_exception` is no exception class.
    """
    if not (isinstance(py_exception, type) and issubclass(py_exception, Exception)):
        raise TypeError("an exception class is needed, not %r" % (py_exception,))
    name = getattr(cpp_exception, "__cpp_name__", cpp_exception)
    with lock:
        _COUNTERPARTS[name] = py_exception
        _classes.clear()            # derived ones too
        from .namespaces import forget_exceptions
        forget_exceptions()


def translate(name, message, bases, address=0, keeper=None):
    """The Python exception for a C++ one: the hook of the core.

    `name`: type of what was thrown; `message`: its what(), None where it is no std::exception; `address`: where the
    object is as long as `keeper` lives, 0 where that is not known.
    """
    if name in _SIGNALS:
        return _SIGNALS[name]("%s in C++" % message)
    if name is None:
        name = "an exception that is not of C++"
    if name == "std::exception" or "std::exception" in bases:
        name = plain_name(name)
        exception = _instance(exception_class(name, tuple(map(plain_name, bases))), message or "")
        if keeper is not None:
            objects.hold_thrown(exception, address, keeper)
    else:
        exception = CppException("C++ exception of type '%s'%s" % (name, ": " + message if message else ""))
        exception.cpp_type = name
    return exception
