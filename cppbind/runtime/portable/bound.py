"""A method of an object as a value, `object.f`.

What Python's own bound methods are, but for `__overload__`, whose result is bound to the same object, and for
attributes, which are set of the method.  A JIT makes none of these for a call `object.f(x)`.  Neighbour: methods.py.
"""

from .hooks import hooks


class CppBoundMethod:
    """A method bound to an object."""

    __slots__ = ("__func__", "__self__", "__weakref__")

    def __new__(cls, method, instance):
        from .methods import CppMethod
        if not isinstance(method, CppMethod):
            raise TypeError("a C++ method is needed, not '%s'" % type(method).__name__)
        return bind_method(method, instance)

    def __call__(self, *arguments, **keywords):
        return self.__func__(self.__self__, *arguments, **keywords)

    def __getattr__(self, name):
        return getattr(self.__func__, name)

    def __setattr__(self, name, value):
        setattr(self.__func__, name, value)

    def __delattr__(self, name):
        delattr(self.__func__, name)

    def __get__(self, _instance, _cls=None):
        return self             # obj.f of a class attribute stays what it is

    def __overload__(self, signature, const=None):
        """Those overloads alone whose parameter types are these, bound to the object."""
        chosen = self.__func__.__overload__(signature, const)
        get = getattr(type(chosen), "__get__", None)
        return chosen if get is None else get(chosen, self.__self__)        # static functions have no object

    def __reduce__(self):
        return getattr, (self.__self__, self.__func__.__name__)

    def __eq__(self, other):
        if type(other) is not CppBoundMethod:
            return NotImplemented
        return self.__func__ is other.__func__ and self.__self__ is other.__self__

    def __hash__(self):
        return hash((id(self.__func__), id(self.__self__)))

    def __repr__(self):
        return "<bound C++ method %s.%s of %r>" % (self.__func__.owner.name, self.__func__.__name__, self.__self__)

    @property
    def __signature__(self):
        return None if hooks.signature is None else hooks.signature(self.__func__, True)


class _Doc:
    """The documentation: that of the method, of the class where there is none."""

    def __get__(self, bound, _cls=None):
        return "A method of a C++ class, bound to an object." if bound is None else bound.__func__.__doc__


_new = object.__new__
_set_function, _set_object = CppBoundMethod.__func__.__set__, CppBoundMethod.__self__.__set__


def bind_method(method, instance):
    """`instance.method`."""
    bound = _new(CppBoundMethod)
    _set_function(bound, method)
    _set_object(bound, instance)
    return bound


type.__setattr__(CppBoundMethod, "__doc__", _Doc())
