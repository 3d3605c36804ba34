"""C++ exceptions as Python's.

Every C++ exception class becomes a Python class under its own name, derived
from its C++ bases; those of the standard library derive from the Python
exception that means the same as well, so `except IndexError` catches
std::out_of_range.
"""

from .state import lock


class CppException(Exception):
    """A C++ exception.  `cpp_type` is the C++ type's name; what was thrown need not be a std::exception."""

    cpp_type = None

    def what(self):
        """The text of std::exception::what(), '' where there is none."""
        return self.args[0] if self.args else ""


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
    "std::ios_base::failure[abi:cxx11]": OSError, "std::ios_base::failure": OSError,
    "std::filesystem::filesystem_error": OSError, "std::filesystem::__cxx11::filesystem_error": OSError}

_classes = {}


def exception_class(name, bases=()):
    """The Python class of the C++ exception class `name`; `bases` are its C++ bases, nearest first."""
    known = _classes.get(name)
    if known is None:
        with lock:
            known = _classes.get(name) or _classes.setdefault(name, _make(name, bases))
    return known


class ExceptionOf:
    """`Class.__exception__`: the Python exception as which an object of the C++ class arrives, for `except`."""

    def __get__(self, instance, cls):
        names = [base.__dict__["__cpp_name__"] for base in cls.__mro__ if "__cpp_name__" in base.__dict__]
        return exception_class(names[0], tuple(names[1:]))


def _make(name, bases):
    python = [exception_class(bases[0], bases[1:])] if bases else [CppException]
    counterpart = _COUNTERPARTS.get(name)
    if counterpart is not None and not issubclass(python[0], counterpart):
        python.append(counterpart)
    scope, _, simple = name.rpartition("::")
    namespace = {"__module__": "cppbind.gbl" + ("." + scope.replace("::", ".") if scope else ""),
                 "cpp_type": name, "__cpp_name__": name, "__doc__": "The C++ exception %s." % name}
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


def translate(name, message, bases):
    """The Python exception for a C++ one: the hook of the core.

    `name`: type of what was thrown; `message`: its what(), None where it is no std::exception.
    """
    if name in _SIGNALS:
        return _SIGNALS[name]("%s in C++" % message)
    if name is None:
        name = "an exception that is not of C++"
    if name == "std::exception" or "std::exception" in bases:
        cls = exception_class(name, bases)
        exception = cls(message or "")
    else:
        exception = CppException("C++ exception of type '%s'%s" % (name, ": " + message if message else ""))
        exception.cpp_type = name
    return exception
