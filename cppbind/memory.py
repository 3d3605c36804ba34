"""`cppbind.memory`: the memory regulator, which knows every proxy and is told who deletes what; the memory policy.

Neighbours: c_backend/cpp_regulator.c; cppbind/api.h, by which C++ does the same.
"""

from .runtime import native

__all__ = ["proxies", "find", "deleted", "watch", "set_policy", "HEURISTICS", "STRICT"]

# The memory policies, cppyy's kMemoryHeuristics and kMemoryStrict.  ORDER: c_backend/cpp_method.h
HEURISTICS, STRICT = 256, 512


def _address(what):
    if isinstance(what, int) and not isinstance(what, bool):
        return what
    from .api import addressof
    return addressof(what)


def proxies():
    """All living proxies of C++ objects, as a list in no order.

    Those of null pointers and of globals that are pointers are not among them.
    """
    return native.proxies(None)


def find(address, cls=None):
    """The proxy of the object at an address (int, cdata or another proxy), or None where there is none.

    `cls`: the C++ class it is to be of, or derived from; without it the first one found, as an object and its first
    member lie at one address.
    """
    address = _address(address)
    for proxy in native.proxies(address) if address else ():
        if cls is None or isinstance(proxy, cls):
            return proxy
    return None


def deleted(what, cls=None):
    """Tell that C++ deleted an object, given as its proxy or address; how many proxies there were.

    Using them raises ReferenceError from now on, and no destructor runs.  `cls` as for `find`; without it all proxies
    of the address are meant.
    """
    address = _address(what)
    return native.object_deleted(address, cls) if address else 0


def watch(registered=None, unregistered=None):
    """Call `registered(address, cls)` when a proxy is made and `unregistered(address, cls)` before one goes.

    They replace those given before; None calls nothing.  What they raise goes to sys.unraisablehook.  TypeError where
    one cannot be called.
    """
    for function in (registered, unregistered):
        if function is not None and not callable(function):
            raise TypeError("a function of (address, class) is needed, not %r" % (function,))
    native.set_regulator(registered, unregistered)


def set_policy(policy):
    """Set who owns objects that C++ is given by a pointer to what is not const; the policy before.

    HEURISTICS: C++ does, from the call on.  STRICT, the default: who owned them.  It holds for the functions, methods
    and constructors that have none of their own, which is their `__mempolicy__`.  ValueError for anything else.
    """
    if isinstance(policy, bool) or policy not in (HEURISTICS, STRICT):
        raise ValueError("a memory policy is cppbind.memory.HEURISTICS or cppbind.memory.STRICT, not %r" % (policy,))
    return HEURISTICS if native.memory_policy(policy == HEURISTICS) else STRICT
