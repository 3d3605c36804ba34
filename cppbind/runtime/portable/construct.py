"""Makes objects of C++ classes: cls(args), __init__, aggregates."""

from . import sequence
from .classes import ABSTRACT, INCOMPLETE, NAMESPACE, UNION
from .instance import adopt, new_empty


def _check(info):
    for flag, why in ((NAMESPACE, "it is a namespace"), (ABSTRACT, "it is an abstract class"),
                      (INCOMPLETE, "C++ only declares it, so its size is unknown")):
        if info.flags & flag:
            raise TypeError("cannot instantiate '%s': %s" % (info.name, why))
    if info.constructor is None:
        raise TypeError("cannot instantiate '%s': it has no accessible constructor" % info.name)


def _new_object(info, proxy, arguments, keywords):
    """Construct an object for an empty proxy."""
    address = info.allocate()
    try:
        info.constructor.construct(address, arguments, keywords)
    except BaseException:
        info.release(address)
        raise
    adopt(proxy, info, address)
    info.constructor.keep_callbacks(proxy, arguments, keywords)
    return proxy


def construct(info, arguments, keywords):
    """cls(args) of a C++ class."""
    if info.constructor is None or info.flags & (ABSTRACT | INCOMPLETE | NAMESPACE):
        _check(info)
    one = len(arguments) == 1 and not keywords
    if one and info.from_python is not None and not info.is_mapped and sequence.is_source(info, arguments[0]):
        return info.from_python(info.cls, arguments[0])
    # C++ [dcl.init.aggr]; an object of the class itself is copied.
    if info.aggregate is not None and (arguments or keywords) and not (one and isinstance(arguments[0], info.cls)):
        return _aggregate(info, arguments, keywords)
    return _new_object(info, new_empty(info), arguments, keywords)


def _aggregate(info, arguments, keywords):
    """Members in order or by name, the others by default."""
    names = info.aggregate
    if len(arguments) > len(names):
        raise TypeError("'%s' has %d members to be initialised, %d values were given"
                        % (info.name, len(names), len(arguments)))
    if info.flags & UNION and len(arguments) + len(keywords) > 1:
        raise TypeError("'%s' is a union: one of its members is initialised, %d values were given"
                        % (info.name, len(arguments) + len(keywords)))
    proxy = construct(info, (), {})
    for name, value in zip(names, arguments):
        setattr(proxy, name, value)
    for name, value in keywords.items():
        if name not in names:
            raise TypeError("'%s' has no member '%s' to be initialised" % (info.name, name))
        if names.index(name) < len(arguments):
            raise TypeError("'%s': two values for the member '%s'" % (info.name, name))
        setattr(proxy, name, value)
    return proxy


def initialise(proxy, arguments, keywords):
    """CppInstance.__init__: what a class written in Python comes to."""
    info = type(proxy).__cppbind_info__
    if info is None:
        raise TypeError("CppInstance is no C++ class")
    _check(info)
    if proxy.__cppbind_life__.address:
        raise RuntimeError("this '%s' object is constructed already" % type(proxy).__name__)
    _new_object(info, proxy, arguments, keywords)
