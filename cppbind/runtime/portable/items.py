"""Items of containers, which C++ may move or drop while their proxies live.

An item is a PART of its container's proxy, so its address is asked for by instance.address_of, which asks here whether
it is still there:

    in a std::vector   whether it lies between first and last, whoever changed that
    in nodes           whether something that drops items was called since; if so the dictionary's _stl_holds looks
    behind a pointer   whether the smart pointer still points to it

Iterators are owned by Python and items of their container as well.  Neighbours: instance.py (proxies),
cppbind/runtime/items.py (the rules).
"""

from . import classes, memory
from .classes import info_of, own_info
from .instance import (CHANGEABLE, ITEM, OWNED, PART, SIMPLE, address_of, checks, cpp_exports, export, is_used, lives)

NOWHERE, IN_VECTOR, IN_NODES, BEHIND = 0, 1, 2, 3       # native.py
_SIZES = {IN_VECTOR: (3 * memory.WORD_SIZE, 3 * memory.WORD_SIZE), BEHIND: (memory.WORD_SIZE, 1 << 62)}


def _is_in_vector(base, address):
    """libstdc++ and libc++ agree on the first two words of a std::vector: its first item, and behind its last one."""
    ends = memory.cast(memory.word_pointer, base)
    return ends[0] <= address < ends[1]


def _is_pointee(info, base, address):
    pointer = memory.read_word(base)
    if not pointer or pointer == address or info.pointee is None:
        return pointer == address
    try:
        return classes.dynamic_class(info.pointee.info(), pointer)[1] == address
    except TypeError:               # no reflection
        return False


def _is_there(life, whole, base):
    """Whether an ITEM still lies in its container, whose object is at `base`."""
    container = whole.__cppbind_life__
    if life.flags & OWNED:
        # An iterator.  The dictionary tells whether that into a node still has it.
        if life.epoch != container.epoch and (life.info.holds is None or not life.info.holds(base, life.address)):
            return False
        life.epoch = container.epoch
        return True
    info = container.info
    if info.items_lie == IN_VECTOR:
        return _is_in_vector(base, life.address)
    if info.items_lie == BEHIND:
        return _is_pointee(info, base, life.address)
    if life.epoch != container.epoch:
        if info.holds is None or not info.holds(base, life.address):
            return False
        life.epoch = container.epoch
    return True


def place(owner, address, is_reference):
    """The flags of an object that a function of `owner` returned: PART where it lies in that, with ITEM where it may be
    dropped; 0 where it lies elsewhere."""
    info = owner.__cppbind_life__.info
    try:
        base = address_of(owner)
    except ReferenceError:
        return 0
    lie = info.items_lie
    if base <= address < base + info.size:
        return PART | ITEM if lie == IN_NODES else PART
    if lie == NOWHERE:
        return 0
    if lie == IN_VECTOR:
        return PART | ITEM if _is_in_vector(base, address) else 0
    if lie == BEHIND:
        return PART | ITEM if memory.read_word(base) == address else 0
    return PART | ITEM if is_reference else 0


def container_of(owner):
    """Where an iterator's items lie; None for what is no iterator."""
    life = owner.__cppbind_life__
    return life.lifeline if life.flags & OWNED and life.flags & ITEM else None


def _set_container(proxy, container):
    """What uses or views the item uses its container, too."""
    life = proxy.__cppbind_life__
    life.lifeline = container           # or who kept it until somebody knew better
    life.flags = life.flags & ~SIMPLE | PART | ITEM
    proxy.__cppbind_a__ = 0
    life.epoch = container.__cppbind_life__.epoch
    for each in lives(container):
        each.uses += life.uses
        each.exports += life.exports


def _adopt(proxy, container):
    """What `container` gave by reference: a proxy without an owner becomes its item."""
    container = container_of(container) or container
    life = proxy.__cppbind_life__
    if life.flags & PART:
        if life.flags & ITEM and life.lifeline is container:
            life.epoch = container.__cppbind_life__.epoch
    elif life.flags & SIMPLE and not life.flags & OWNED and not life.handle and life not in lives(container):
        _set_container(proxy, container)


def look_again(value):
    """Something may have dropped items of the object, if that is a container."""
    life = getattr(value, "__cppbind_life__", None)
    if life is not None and life.info.items_lie != NOWHERE:
        life.epoch += 1


def check(container, drops):
    """Before items are replaced (`drops` false) or moved and dropped: an error while they are viewed or in use."""
    life = container.__cppbind_life__
    if life.exports and cpp_exports(container):
        raise BufferError("the items of this '%s' are viewed, so they cannot move: release the view first"
                          % type(container).__name__)
    if not drops:
        return
    if not life.flags & CHANGEABLE and is_used(container):
        raise RuntimeError("this '%s' is in use: C++ is running on it or on an item of it" % type(container).__name__)
    life.epoch += 1


checks.is_there, checks.adopt = _is_there, _adopt


# ---- functions for cppbind ------------------------------------------------------------------------

def _is_proxy(value):
    return info_of(type(value)) is not None


def cpp_set_items(cls, rule, holds):
    """How items of a class's objects are known to be there.  holds: the address of its _stl_holds, or 0."""
    info = own_info(cls)
    least, most = _SIZES.get(rule, (0, 1 << 62))
    if not NOWHERE <= rule <= BEHIND or not least <= info.size <= most:
        raise TypeError("cpp_set_items: %r has another layout" % (cls,))
    info.holds = memory.function(memory.byte, (memory.word, memory.word), holds) if holds else None
    info.items_lie = rule


def cpp_keep_item(value, container):
    """What a function of the container returned a reference to, as an item of it."""
    if not _is_proxy(value) or not _is_proxy(container):
        raise TypeError("cpp_keep_item: two C++ objects are needed")
    _adopt(value, container)
    return value


def cpp_bind_iterator(value, container):
    """The iterator, until the container drops items."""
    if not _is_proxy(value) or not _is_proxy(container):
        raise TypeError("cpp_bind_iterator: two C++ objects are needed")
    life = value.__cppbind_life__
    if life.flags & (SIMPLE | OWNED | PART) != SIMPLE | OWNED or life.lifeline is not None:
        raise TypeError("cpp_bind_iterator: a new '%s' is needed" % type(value).__name__)
    _set_container(value, container)
    return value


def cpp_check_items(container, drops):
    """BufferError while the items are viewed; where they are dropped also RuntimeError while they are in use."""
    if not _is_proxy(container):
        raise TypeError("a C++ object is needed, not '%s'" % type(container).__name__)
    check(container, drops)


class _Hold:
    """Counts as a view of an object's memory."""

    __slots__ = ("owner", "__weakref__")


def cpp_hold(value):
    """An object that counts as a view of a C++ object: nobody moves its items while it lives."""
    if not _is_proxy(value):
        raise TypeError("a C++ object is needed, not '%s'" % type(value).__name__)
    held = _Hold()
    held.owner = value
    export(value, held)
    return held
