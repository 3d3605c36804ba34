"""The objects of C++ behind Python's exceptions.

An exception class of C++ (exceptions.py) derives from BaseException, and no class can have both its layout and that of
a proxy.  So an exception holds the proxy of its C++ object, and what it does not have itself it finds there: data
members, methods, static data, nested classes.  The object is the one that C++ threw, which the exception keeps alive,
or the one that the exception was constructed with; C++ gets a copy of it when the exception is raised in a function
that it calls (c_backend/cpp_throw.cpp).  Neighbours: exceptions.py, proxy.py.
"""

import weakref

from .. import format as fmt
from . import native
from .state import registry

OBJECT = "_cpp_object"         # in an exception's __dict__: a proxy, or a _Thrown until that is asked for
# What Python itself gives an exception.
_OWN = frozenset(dir(BaseException)) | {OBJECT, "cpp_type", "what"}


class _Thrown:
    """What C++ threw: where it is, and what keeps it."""

    __slots__ = ("address", "keeper")

    def __init__(self, address, keeper):
        self.address, self.keeper = address, keeper


class ExceptionClass(type):
    """The class of exception classes: static data, nested classes and constants are those of the C++ class."""

    def __getattr__(cls, name):
        proxy = None if name.startswith("__") or cls.__dict__.get("cpp_type") is None else proxy_class(cls)
        if proxy is None:
            raise AttributeError("type object '%s' has no attribute '%s'" % (cls.__name__, name))
        return getattr(proxy, name)

    def __setattr__(cls, name, value):
        if not name.startswith("_") and name not in _OWN and cls.cpp_type is not None:
            proxy = proxy_class(cls)
            if proxy is not None and name in type(proxy).__dict__:
                setattr(proxy, name, value)
                return
        type.__setattr__(cls, name, value)

    def __instancecheck__(cls, value):
        """Objects of the C++ class that are no exceptions, as `cls.__cpp_class__` makes them, count as well."""
        if type.__instancecheck__(cls, value):
            return True
        return isinstance(value, native.Instance) and cls.__dict__.get("cpp_type") in [
            base.__dict__.get("__cpp_name__") for base in type(value).__mro__]

    @property
    def __cpp_class__(cls):
        """The class of C++ objects; None where no dictionary has it."""
        return proxy_class(cls)

    @property
    def __exception__(cls):
        """The class itself: what objects of the C++ class arrive as."""
        return cls


def proxy_class(cls, make=True):
    """The class of C++ objects for an exception class, or one that Python derived from it; None where no dictionary has
    it.  Without `make` only what is made already counts: C++ may throw what nobody ever named."""
    from .proxy import class_for, made_class
    name = cls.cpp_type
    known = None if name is None else made_class(name)
    if known is not None or name is None or not make:
        return known
    scope = registry.class_scope(name)
    return None if scope is None or scope.flags & fmt.SCOPE_INCOMPLETE else class_for(name)


def hold_thrown(exception, address, keeper):
    """The exception stands for what C++ threw: at that address as long as `keeper`, a capsule, lives."""
    exception.__dict__[OBJECT] = _Thrown(address, keeper)


def hold_object(exception, proxy):
    """The exception stands for the object of a proxy."""
    exception.__dict__[OBJECT] = proxy


def object_of(exception):
    """The proxy of the C++ object that an exception stands for; None where there is none, or no dictionary has its
    class."""
    held = exception.__dict__.get(OBJECT)
    if held is None:
        return _constructed(exception)
    if not isinstance(held, _Thrown):
        return held
    cls = proxy_class(type(exception))
    if cls is None:
        return None
    proxy = native.bind(cls, held.address, 0, held.keeper, False)
    exception.__dict__[OBJECT] = proxy
    return proxy


def construct(exception, arguments, keywords):
    """Make the C++ object of an exception, and give its text; None where no dictionary has the class."""
    cls = proxy_class(type(exception))
    if cls is None:
        return None
    arguments = [unwrapped(argument) for argument in arguments]
    if "__cpp_name__" in type(exception).__dict__:
        made = cls(*arguments, **keywords)
        exception.__dict__[OBJECT] = made
        return text_of(made)
    made = _derived_class(type(exception), cls)(exception, arguments, keywords)
    return text_of(super(type(made), made))


def text_of(proxy):
    """What its what() says, '' where it has none."""
    what = getattr(proxy, "what", None)
    return str(what()) if what is not None else ""


def own_text(exception):
    """The text of an exception that is just being made, by C++'s own what()."""
    held = exception.__dict__.get(OBJECT)
    return text_of(super(type(held), held)) if isinstance(held, native.Instance) else ""


def _derived_class(cls, proxy_base):
    """For an exception class of Python's: a class of C++ objects whose virtual functions are those that it defines."""
    known = cls.__dict__.get("_cpp_derived")
    if known is not None:
        return known

    def __init__(self, exception, arguments, keywords):
        self._cpp_exception = weakref.ref(exception)
        exception.__dict__[OBJECT] = self
        proxy_base.__init__(self, *arguments, **keywords)
    namespace = {"__init__": __init__, "__module__": cls.__module__}
    for base in cls.__mro__:
        if "__cpp_name__" in base.__dict__:
            break
        for name, value in base.__dict__.items():
            if name not in namespace and not name.startswith("__") and callable(value) and hasattr(proxy_base, name):
                namespace[name] = _call_of_exception(name)
    known = type(cls.__name__, (proxy_base,), namespace)
    type.__setattr__(cls, "_cpp_derived", known)
    return known


def _call_of_exception(name):
    """C++ calls a virtual function: the exception has it."""
    def call(self, *arguments):
        exception = self._cpp_exception()
        if exception is None:
            raise ReferenceError("the exception whose '%s' C++ calls is gone" % name)
        return getattr(exception, name)(*arguments)
    call.__name__ = name
    return call


def add_methods(cls):
    """Let `super().name()` find the functions of C++ from an exception class of Python's."""
    for base in cls.__mro__:
        proxy = proxy_class(base) if "__cpp_name__" in base.__dict__ else None
        for name, value in () if proxy is None else list(proxy.__dict__.items()):
            if isinstance(value, native.Method) and not name.startswith(("_", "operator")) and \
                    name not in base.__dict__:
                type.__setattr__(base, name, _method_of_base(name))


def _method_of_base(name):
    def call(self, *arguments, **keywords):
        target = object_of(self)
        # Of a class of Python's: C++'s own, not what that overrides it with.
        found = target if "__cpp_name__" in type(target).__dict__ else super(type(target), target)
        return getattr(found, name)(*map(unwrapped, arguments), **keywords)
    call.__name__ = name
    return call


def _constructed(exception):
    """The object for an exception that was made from a text alone, which needs none until C++ is to see it."""
    cls = proxy_class(type(exception))
    if cls is None or cls.__cpp_name__ == "std::exception":
        return None
    try:
        construct(exception, exception.args, {})
    except TypeError:
        return None
    return exception.__dict__[OBJECT]


def thrown(exception):
    """What C++ is to throw for an exception: a proxy, the capsule of what it threw before, or None."""
    held = exception.__dict__.get(OBJECT)
    if isinstance(held, _Thrown):
        return held.keeper if proxy_class(type(exception), make=False) is None else object_of(exception)
    if held is None and type(exception).cpp_type is None:
        return None
    proxy = object_of(exception)
    if proxy is None or "__cpp_name__" in type(proxy).__dict__:
        return proxy
    return proxy_class(type(exception))(proxy)      # what Python overrides stays here


def unwrapped(value):
    """The proxy for an exception that stands for a C++ object, or its class; any other value as it is."""
    if isinstance(value, BaseException) and isinstance(type(value), ExceptionClass):
        found = object_of(value)
        return value if found is None else found
    if isinstance(value, ExceptionClass):
        found = proxy_class(value)
        return value if found is None else found
    return value
