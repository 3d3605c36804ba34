"""Proxies of C++ objects: life, identity, ownership.

A proxy has two slots.  `__cppbind_a__` is the object's address while it is simply there; generated code adds to it.  In
every other state it is 0, which sends that code the long way, by way of `__cppbind_life__`.  That also runs the
destructor: it dies after the proxy, whatever the proxy's class defines.
Neighbours: classes.py (their classes), members.py and methods.py (what can be done with them).
"""

import gc
import operator
import sys
import traceback
import weakref
from types import SimpleNamespace

from . import classes, memory
from .classes import CppClass, info_of
from .hooks import hooks, is_null

checks = SimpleNamespace(is_running=None, is_there=None, adopt=None)     # in_use.py and items.py set them
watchers = SimpleNamespace(registered=None, unregistered=None)          # functions of (address, class), or None
directors = SimpleNamespace(attach=None, detach=None, hold=None)        # director.py sets them
SIMPLE, OWNED, REFERENCE, PART, NULL, REMEMBERED, DESTROYED = 1, 2, 4, 8, 16, 32, 64
# A part that its container may move or drop (items.py); what C++ lent for the time of a call, and lent as const; what
# it gave to be changed, although C++ runs on it (given.py).
ITEM, LENT, READONLY, CHANGEABLE = 1024, 2048, 4096, 8192


class _Life:
    """What is known of the object behind one proxy."""

    __slots__ = ("address", "flags", "info", "lifeline", "kept", "entry", "exports", "handle", "uses", "epoch")

    def __init__(self, info, address, flags, lifeline):
        self.info, self.address, self.flags, self.lifeline = info, address, flags, lifeline
        self.kept = self.entry = None
        self.exports = ()           # weak references to views of the object's memory
        self.handle = 0             # by which a director's object knows its proxy
        self.uses = 0               # calls from C++ that run on the object
        # Of a container: grows when its items may have moved; of an item: when it was seen there.
        self.epoch = 0

    def forget(self):
        """Leave the identity table."""
        if self.flags & REMEMBERED:
            if watchers.unregistered is not None:
                _tell(watchers.unregistered, self)
            self.flags &= ~REMEMBERED
            proxies = self.info.proxies
            if proxies.get(self.address) is self.entry:
                del proxies[self.address]

    def __del__(self):
        self.forget()
        if self.flags & OWNED and self.flags & (SIMPLE | ITEM):
            if self.handle:
                directors.detach(self, True)
            if self.info.destroy is not None:
                self.info.destroy(self.address)


def _remember(proxy, life):
    life.entry = life.info.proxies[life.address] = weakref.ref(proxy)
    life.flags |= REMEMBERED
    if watchers.registered is not None:
        _tell(watchers.registered, life)


def _tell(watcher, life):
    info = life.info if life.info.director is None else life.info.director.base
    try:
        watcher(life.address, info.cls)
    except BaseException as error:
        report(error, watcher)


def report(error, function):
    """What cannot be raised goes to sys.unraisablehook."""
    if sys.implementation.name == "cpython" and sys.unraisablehook is sys.__unraisablehook__:
        # CPython's takes nothing but what CPython makes.
        print("Exception ignored in: %r" % (function,), file=sys.stderr)
        traceback.print_exception(type(error), error, error.__traceback__)
        return
    sys.unraisablehook(SimpleNamespace(exc_type=type(error), exc_value=error, exc_traceback=error.__traceback__,
                                       err_msg=None, object=function))


def adopt(proxy, info, address):
    """The object at `address` was constructed for `proxy`, which owns it now."""
    life = proxy.__cppbind_life__
    life.info, life.address = info, address
    life.flags |= SIMPLE | OWNED
    proxy.__cppbind_a__ = address
    _remember(proxy, life)
    if info.director is not None:
        directors.attach(proxy, life)


def new_empty(info):
    """A proxy without an object."""
    proxy = info.cls.__cppbind_new__(info.cls)
    proxy.__cppbind_a__ = 0
    proxy.__cppbind_life__ = _Life(info, 0, 0, None)
    return proxy


def find(info, address):
    """The proxy that stands in the identity table, or None."""
    entry = info.proxies.get(address)
    if entry is None and info.derived is not None:
        entry = info.derived.proxies.get(address)
    return entry() if entry is not None else None


def _is_known(life, proxy, flags, lifeline):
    """Whether a proxy is that of the object there now: a part of an owner that is gone is not."""
    if not life.flags & PART:
        return True
    if not life.flags & ITEM:
        return life.lifeline is lifeline
    if flags & OWNED:
        return False
    if life.lifeline is lifeline and flags & ITEM:
        return True             # the container has just given it
    if lifeline is not None and life.lifeline is not lifeline:
        return False
    try:
        return address_of(proxy) != 0
    except ReferenceError:
        return False


def bind(info, address, flags=0, lifeline=None):
    """A proxy for the object at `address`, the known one if there is one.  flags: OWNED, REFERENCE, PART, ITEM."""
    if flags & (PART | ITEM) and (lifeline is None or info_of(type(lifeline)) is None):
        flags &= ~(PART | ITEM)
    if address and not flags & REFERENCE:
        known = find(info, address)
        if known is not None:
            life = known.__cppbind_life__
            if _is_known(life, known, flags, lifeline):
                if flags & OWNED:
                    life.flags |= OWNED
                    if life.handle:
                        directors.hold(known, False)
                if flags & ITEM:
                    checks.adopt(known, lifeline)
                return known
    proxy = new_empty(info)
    life = proxy.__cppbind_life__
    life.address, life.lifeline = address, lifeline
    if flags & REFERENCE:
        life.flags = REFERENCE
    elif not address:
        life.flags = NULL
    else:
        life.flags = flags & (PART | ITEM) if flags & PART else SIMPLE | flags & OWNED
        if life.flags & SIMPLE:
            proxy.__cppbind_a__ = address
        elif flags & ITEM:
            life.epoch = lifeline.__cppbind_life__.epoch
        _remember(proxy, life)
    return proxy


def bind_dynamic(info, address, flags=0, lifeline=None):
    """As above after looking for the dynamic class, for pointers and references."""
    info, address = classes.dynamic_class(info, address)
    return bind(info, address, flags, lifeline)


# ---- the object behind a proxy ---------------------------------------------------------------

def address_of(proxy):
    """The object's address.  ReferenceError where there is none."""
    life = proxy.__cppbind_life__
    flags, name = life.flags, type(proxy).__name__
    if flags & SIMPLE:
        return life.address
    if flags & REFERENCE:
        address = memory.read_word(life.address)
        if address:
            return address
        raise ReferenceError("attempt to access a null pointer to '%s'" % name)
    if flags & PART:
        # The owner's destruction by hand takes its parts with it.
        whole = life.lifeline
        if whole.__cppbind_life__.flags & (SIMPLE | PART | REFERENCE):
            if _is_inside(life, whole, address_of(whole)):
                return life.address
            raise ReferenceError(("this '%s' was made before its '%s' changed" if flags & OWNED else
                                  "this '%s' was an item of a '%s' that has moved or dropped it")
                                 % (name, type(whole).__name__))
        raise ReferenceError("this '%s' lay in a '%s' that is destroyed" % (name, type(whole).__name__))
    if flags & NULL:
        raise ReferenceError("attempt to access a null pointer to '%s'" % name)
    if flags & DESTROYED:
        raise ReferenceError("this '%s' object is destroyed" % name)
    raise ReferenceError("this '%s' object is not constructed: its __init__ was not called" % name)


def _is_inside(life, whole, base):
    """Whether a part still lies in the object that is at `base`."""
    if life.flags & ITEM:
        return checks.is_there(life, whole, base)
    holder = whole.__cppbind_life__
    # A pointer may point to another object by now.
    return not holder.flags & REFERENCE or base <= life.address < base + holder.info.size


def subobject(owner, value):
    """The address of the `owner` (an Info) in a proxy's object.  TypeError where it has none, ReferenceError where the
    object is gone."""
    info = info_of(type(value))
    if info is None or info is not owner and not isinstance(value, owner.cls):
        raise TypeError("a '%s' object is needed, not '%s'" % (owner.name, type(value).__name__))
    return info.subobject(address_of(value), owner)


def is_null_proxy(value):
    """Whether a proxy is a null pointer."""
    life = value.__cppbind_life__
    return bool(life.flags & NULL or life.flags & REFERENCE and not memory.read_word(life.address))


def keep(proxy, key, other):
    """`other` lives as long as the proxy's object, or until the same key is used again; None forgets it."""
    life = proxy.__cppbind_life__
    while life.flags & PART and life.lifeline is not None:
        life = life.lifeline.__cppbind_life__       # a part's lifeline is its owner, so others hang on that
    if life.kept is None:
        life.kept = {}
    if other is None:
        life.kept.pop(key, None)
    else:
        life.kept[key] = other


def lives(proxy):
    """What is known of the object and of all that it lies in."""
    life = proxy.__cppbind_life__
    yield life
    while life.flags & PART and life.lifeline is not None:
        life = life.lifeline.__cppbind_life__
        yield life


def use(proxy, count):
    """Python code that runs now cannot destroy the object (1), or it can again (-1)."""
    for life in lives(proxy):
        life.uses += count


def is_used(proxy):
    """Whether C++ runs on the object or on a part of it."""
    return proxy.__cppbind_life__.uses > 0 or checks.is_running(proxy)


def is_readonly(proxy):
    """Whether C++ lent the object as const for a call, or what it lies in."""
    return any(life.flags & READONLY for life in lives(proxy))


def export(proxy, view):
    """Nobody moves or destroys the object as long as `view` lives."""
    for life in lives(proxy):
        life.exports = tuple(each for each in life.exports if each() is not None) + (weakref.ref(view),)


def _peek(proxy):
    """The address for comparison and display; 0 where there is none."""
    life = proxy.__cppbind_life__
    if life.flags & REFERENCE:
        return memory.read_word(life.address)
    return life.address if life.flags & (SIMPLE | PART) else 0


def expire(proxy):
    """C++ destroyed the object."""
    life = proxy.__cppbind_life__
    life.flags &= ~OWNED
    _destroy(proxy, False)


def rebind(proxy, address):
    """C++ made the pointer that the proxy stands for point to another object, or to none; Python does not own it."""
    life = proxy.__cppbind_life__
    life.forget()
    life.lifeline = None
    life.address, life.flags, proxy.__cppbind_a__ = address, SIMPLE if address else NULL, address
    if address:
        _remember(proxy, life)


def _destroy(proxy, is_alive=True):
    life = proxy.__cppbind_life__
    life.forget()
    if life.handle:
        directors.detach(life, is_alive)
    flags, address, life.flags, life.address = life.flags, life.address, DESTROYED, 0
    proxy.__cppbind_a__ = 0
    if address and flags & OWNED and life.info.destroy is not None:
        life.info.destroy(address)


# ---- Python's view ----------------------------------------------------------------------------

class CppInstance(metaclass=CppClass):
    """The base of all proxies of C++ objects.  Their slots are in roots.py."""

    __slots__ = ()
    __cppbind_info__ = None

    def __new__(cls, *_arguments, **_keywords):
        info = cls.__cppbind_info__
        if info is None:
            raise TypeError("'%s' is no C++ class" % cls.__name__)
        proxy = cls.__cppbind_new__(cls)
        proxy.__cppbind_a__ = 0
        proxy.__cppbind_life__ = _Life(info, 0, 0, None)
        return proxy

    def __init__(self, *arguments, **keywords):
        from .construct import initialise
        initialise(self, arguments, keywords)

    def __repr__(self):
        cls, address = type(self), _peek(self)
        return "<%s.%s object at %s>" % (cls.__module__, cls.__qualname__, hex(address) if address else "(nil)")

    def __bool__(self):
        return _peek(self) != 0

    def __hash__(self):
        life = self.__cppbind_life__
        return id(self) >> 4 if life.flags & REFERENCE else life.address >> 4

    def __eq__(self, other):
        if is_null(other):
            return not _peek(self)
        theirs = info_of(type(other))
        if theirs is None:
            return NotImplemented
        return self is other or (type(self).__cppbind_info__ is theirs and _peek(self) == _peek(other))

    def __ne__(self, other):
        equal = CppInstance.__eq__(self, other)
        return equal if equal is NotImplemented else not equal

    __iter__ = None         # an array in C++ does not tell where it ends

    def __getitem__(self, key):
        info, life = type(self).__cppbind_info__, self.__cppbind_life__
        if not hasattr(key, "__index__") or info.size <= 0 or life.flags & OWNED:
            raise TypeError("'%s' object is not subscriptable" % type(self).__name__)
        index = operator.index(key)
        if index < 0:
            raise IndexError("a pointer to '%s' has no index %d" % (type(self).__name__, index))
        address = address_of(self)
        return self if index == 0 else bind(info, address + index * info.size, 0, self)

    def __get_class(self):
        return type(self)

    def __set_class(self, cls):
        # The memory behind a proxy is of one C++ class; Python classes derived from it can be exchanged.
        info = info_of(cls) if isinstance(cls, type) else None
        if info is None or info is not type(self).__cppbind_info__:
            raise TypeError("a '%s' cannot become an object of another C++ class" % type(self).__name__)
        object.__dict__["__class__"].__set__(self, cls)

    def __get_owns(self):
        return bool(self.__cppbind_life__.flags & OWNED)

    def __set_owns(self, owns):
        life = self.__cppbind_life__
        if owns and not life.flags & SIMPLE:
            raise ReferenceError("there is no '%s' object of its own to be owned" % type(self).__name__)
        life.flags = life.flags | OWNED if owns else life.flags & ~OWNED
        if life.handle:
            directors.hold(self, not owns)

    def __delete_owns(self):
        raise TypeError("__python_owns__ cannot be deleted")

    __class__ = property(__get_class, __set_class, None, "The object's class.")
    __python_owns__ = property(__get_owns, __set_owns, __delete_owns,
                               "Whether Python destroys the C++ object together with this proxy.")

    def __smartptr__(self):
        """None: the object is not behind a smart pointer.  Those give themselves."""

    def __destruct__(self):
        """Destroy the C++ object, which Python must own, now.  Later use raises ReferenceError."""
        life, name = self.__cppbind_life__, type(self).__name__
        if life.flags & PART:
            raise TypeError("this '%s' lies in another object, which destroys it" % name)
        if not life.flags & OWNED and life.flags & (SIMPLE | REFERENCE):
            raise TypeError("Python does not own this '%s': C++ destroys it, unless __python_owns__ is set first"
                            % name)
        if cpp_exports(self):
            raise BufferError("the memory of this '%s' is viewed: release the view first" % name)
        if is_used(self):
            raise RuntimeError("this '%s' is in use: C++ is running on it" % name)
        _destroy(self)

    def __dispatch__(self, name, signature, const=None):
        """The overloads of that signature alone, bound to the object."""
        return getattr(self, name).__overload__(signature, const)

    def __reduce_ex__(self, _protocol):
        """For pickle: the values of a container or of public data members; TypeError for other classes."""
        if hooks.reduce is None:
            raise TypeError("cannot pickle the C++ object of '%s'" % type(self).__name__)
        return hooks.reduce(self)


# ---- functions for cppbind -------------------------------------------------------------------------

def _proxy(value):
    if info_of(type(value)) is None:
        raise TypeError("a C++ object is needed, not '%s'" % type(value).__name__)
    return value


def cpp_bind(cls, address, flags, lifeline, dynamic):
    """The proxy of the object at an address.  Unsafe."""
    info = _info(cls)
    if info.director is not None:
        info = info.director.base
    if flags & ~(OWNED | REFERENCE | PART | ITEM):
        raise ValueError("cpp_bind: unknown flags %d" % flags)
    return (bind_dynamic if dynamic else bind)(info, address, flags, lifeline)


def cpp_addressof(value):
    """The address of a proxy's object; 0 for a null pointer."""
    life = _proxy(value).__cppbind_life__
    if life.flags & NULL:
        return 0
    return memory.read_word(life.address) if life.flags & REFERENCE else address_of(value)


def cpp_new_capsule(_address):
    """A PyCapsule of an address: there are none without CPython's C interface."""
    raise NotImplementedError("a PyCapsule belongs to CPython's C interface: it needs the compiled core of cffi_like")


def cpp_keep_alive(value, other):
    """The object lives as long as the proxy."""
    keep(_proxy(value), ("object", id(other)), other)


def cpp_cast_address(value, cls):
    """The address of that base in a proxy's object."""
    return subobject(_info(cls), value)


def cpp_base_offset(derived, base):
    """Where a base lies, if that is the same in every object."""
    derived, base = _info(derived), _info(base)
    if derived is base:
        return 0
    found = derived.find_cast(base)
    if found is None or found.ambiguous or found.is_virtual:
        raise TypeError("'%s' is %s base of '%s'" % (
            base.name, "no" if found is None else "a virtual" if found.is_virtual else "an ambiguous", derived.name))
    return found.offset


def _info(cls):
    info = info_of(cls) if isinstance(cls, type) else None
    if info is None:
        raise TypeError("%r is no C++ class" % (cls,))
    return info


def cpp_exports(value):
    """How many views of an object's memory there are."""
    life = _proxy(value).__cppbind_life__
    if not life.exports:
        return 0
    if any(view() is not None for view in life.exports):
        gc.collect()                # a view that was released is still there until it is collected
    return sum(1 for view in life.exports if view() is not None)


def cpp_proxy_count():
    """How many live proxies the identity table holds."""
    return sum(len(info.proxies) for info in classes.infos)


# ---- the memory regulator -----------------------------------------------------------------------------

def cpp_set_regulator(registered, unregistered):
    """Functions of (address, class) that are told of proxies; None tells nobody."""
    watchers.registered, watchers.unregistered = registered, unregistered


def cpp_proxies(address):
    """The living proxies of an address, or all."""
    entries = []
    for info in classes.infos:
        entries += [info.proxies.get(address)] if address is not None else list(info.proxies.values())
    found = [entry() for entry in entries if entry is not None]
    return [proxy for proxy in found if proxy is not None]


def cpp_object_deleted(address, cls):
    """C++ deleted the object there; how many proxies, of the class or of all, are empty now."""
    if cls is not None:
        _info(cls)
    found = [proxy for proxy in cpp_proxies(address) if cls is None or isinstance(proxy, cls)]
    for proxy in found:
        expire(proxy)
    return len(found)
