"""C++ classes as Python's: what is known of one (`Info`), casts to bases, downcasts, memory, the root metaclass.

Every C++ class knows as attributes where its bases lie, which a JIT takes for constants, so that generated code
(fast.py) adds one number to an address.  Neighbours: instance.py (proxies), construct.py (how objects are made).
"""

from . import memory
from .hooks import hooks
from .memory import engine

ABSTRACT, POLYMORPHIC, INCOMPLETE, TRIVIAL, NAMESPACE, UNION = 1, 2, 4, 8, 16, 128

_offset = engine.new_pointer_type(engine.new_primitive_type("ptrdiff_t"))
_generation = [0]
infos = []                  # of all C++ classes, by serial number


class Cast:
    """The way from a class to one of its bases."""

    __slots__ = ("base", "ambiguous", "steps", "is_virtual", "offset", "distance", "_memo")

    def __init__(self, base, ambiguous, steps, distance):
        self.base, self.ambiguous, self.distance = base, ambiguous, distance
        self.steps = [(offset, memory.function(memory.word, (memory.word,), upcast)) for offset, upcast in steps]
        self.is_virtual = any(upcast is not None for _offset, upcast in self.steps)
        self.offset = sum(offset for offset, _upcast in self.steps)
        self._memo = {}             # vtable pointer -> offset: it tells the dynamic class

    def apply(self, address):
        """Where the base lies in the object at `address`, which must be alive."""
        if not self.is_virtual:
            return address + self.offset
        table = memory.read_word(address)
        offset = self._memo.get(table)
        if offset is None:
            at = address
            for step, upcast in self.steps:
                at += step
                if upcast is not None:
                    at = upcast(at)
            offset = self._memo[table] = at - address
        return address + offset


class Info:
    """What the run time knows of a C++ class or namespace."""

    def __init__(self, cls, flags):
        self.cls, self.flags, self.name = cls, flags, cls.__name__
        self.serial = len(infos)
        infos.append(self)
        self.size, self.align = 0, 1
        self.destroy = self.destructor = self.storage = None
        self.constructor = self.aggregate = self.from_python = self.items = None
        self.from_types = ()
        self.to_python, self.is_mapped = None, False        # the user's type mapping
        self.buffer = self.pointee = None
        self.director = None        # of a director: what director.py has of it
        self.twin = None            # see roots.py
        self.derived = None         # Info of the class's director, once Python derives from it
        self.items_lie, self.holds = 0, None        # of a container: see items.py
        self.is_view = False        # its objects point into others, which results keep alive
        self.casts = None           # Info of the base -> Cast
        self.proxies = {}           # address -> weak reference to the proxy
        self.dynamic = {}           # vtable pointer -> (Info of the dynamic class, offset, generation)
        # Attributes of every class that has this one as a base: where it begins, and the same where virtual calls go
        # through the vtable pointer that lies there; None where the place is not constant.
        self.place_name, self.table_name = "__cppbind_at%d__" % self.serial, "__cppbind_vt%d__" % self.serial

    def mapped(self, proxy):
        """The object as the user's type mapping has it."""
        return proxy if self.to_python is None else self.to_python(proxy)

    def find_cast(self, base):
        return None if self.casts is None else self.casts.get(base)

    def subobject(self, address, base):
        """The `base` in the object at `address` of this class.  TypeError where it is there twice."""
        if base is self:
            return address
        found = self.find_cast(base)
        if found is None or found.ambiguous:
            raise TypeError("'%s' is an ambiguous base of '%s'" % (base.name, self.name))
        return found.apply(address)

    def lay_out(self, cls):
        """Tell where the bases lie in objects of a Python class."""
        places = [(item.base, None if item.ambiguous or item.is_virtual else item.offset)
                  for item in self.casts.values()]
        for base, offset in [(self, 0)] + places:
            type.__setattr__(cls, base.place_name, offset)
            # Virtual calls on a director go the long way: there it is known whether they are the base's.
            if base.flags & POLYMORPHIC:
                type.__setattr__(cls, base.table_name, offset if self.director is None else None)

    def allocate(self):
        """Memory for one object, as an int."""
        address = self.storage() if self.storage is not None else memory.helpers.allocate(self.size, self.align)
        if not address:
            raise MemoryError("an object of '%s'" % self.name)
        return address

    def release(self, address):
        """Give back memory in which nothing is constructed.

        A class's own operator new has no counterpart that could be called without an object: that memory is lost.
        """
        if self.storage is None:
            memory.helpers.release(address, self.align)


def dynamic_class(info, address):
    """(Info, address) of the most derived known class of the object there; what was given if none is known."""
    if not info.flags & POLYMORPHIC or not address:
        return info, address
    table = memory.read_word(address)
    known = info.dynamic.get(table)
    if known is None or (known[0] is info and known[2] != _generation[0]):
        known = info.dynamic[table] = _ask_dynamic(info, address)
    return known[0], address + known[1]


def _ask_dynamic(info, address):
    place, number = memory.newp(_offset), 0
    while hooks.downcast is not None:
        name = memory.helpers.dynamic_name(address, number, place)
        if not name:
            break
        answer = hooks.downcast(info.cls, engine.string(name).decode("utf-8", "replace"))
        found = info_of(answer) if isinstance(answer, type) else None
        # Where it is the class itself as a base, another base may be below it, virtually.
        if found is not None and (found is not info or not number):
            return found, place[0] if found is not info else 0, _generation[0]
        number += 1
    return info, 0, _generation[0]


def cpp_new_generation():
    """After a dictionary was loaded: look for dynamic classes again."""
    _generation[0] += 1


# ---- metaclasses ------------------------------------------------------------------------------

class CppClass(type):
    """The metaclass below the metaclass of every C++ class."""

    def __new__(metatype, name, bases, namespace, **keywords):
        """A class statement of the user's: class Mine(gbl.MyClass)."""
        cls = type.__new__(metatype, name, bases, namespace, **keywords)
        found = None
        for base in cls.__mro__[1:]:
            info = info_of(base)
            if info is None:
                continue
            if found is None:
                found = info
            elif not issubclass(found.cls, (info if info.director is None else info.director.base).cls):
                raise TypeError("'%s' cannot derive from two C++ classes, '%s' and '%s'"
                                % (name, found.name, info.name))
        if found is not None:
            _derive(cls, found)
        return cls

    def __call__(cls, *arguments, **keywords):
        info = cls.__cppbind_info__
        if info is None or info.cls is not cls:
            return type.__call__(cls, *arguments, **keywords)
        from .construct import construct
        return construct(info, arguments, keywords)

    def __setattr__(cls, name, value):
        """Static data goes to its descriptor on the metaclass; new names of a namespace are refused."""
        for holder in type(cls).__mro__:
            known = holder.__dict__.get(name)
            if known is not None:
                if hasattr(type(known), "__set__"):
                    known.__set__(cls, value)
                    return
                break
        info = cls.__cppbind_info__
        if info is not None and info.cls is cls and name in cls.__dict__:
            known = getattr(cls, name, None)
            if isinstance(known, int) and hasattr(type(known), "__cpp_name__"):
                raise TypeError("'%s::%s' is an enumerator and cannot be assigned" % (cls.__name__, name))
        if info is not None and info.flags & NAMESPACE and hooks.namespace_set is not None:
            hooks.namespace_set(cls, name, value)
        else:
            type.__setattr__(cls, name, value)


def _derive(cls, info):
    """Objects of a Python class are directors, where virtual functions can be overridden."""
    if info.director is None and info.flags & POLYMORPHIC and hooks.director is not None:
        director = hooks.director(info.cls)
        if director is not None:
            info = own_info(director)
            if info.director is None:
                raise TypeError("the hook 'director' gave %r" % (director,))
    if info.director is not None:
        type.__setattr__(cls, "__cpp_answers__", {})        # what director.py has found
        info.lay_out(cls)
    type.__setattr__(cls, "__cppbind_info__", info)


def _get_in_namespace(cls, name):
    if hooks.namespace_get is None:
        raise AttributeError("type object '%s' has no attribute '%s'" % (cls.__name__, name))
    return hooks.namespace_get(cls, name)


def info_of(cls):
    """The Info of a C++ class, or of the one that a Python class derives from; None for any other class."""
    return cls.__cppbind_info__ if isinstance(cls, CppClass) else None


def own_info(value):
    """The Info of a class that is a C++ class itself; TypeError for anything else."""
    info = info_of(value) if isinstance(value, type) else None
    if info is None or info.cls is not value:
        raise TypeError("%r is no C++ class" % (value,))
    return info


def _metaclass_bases(bases):
    """The metaclasses of the bases, each once, without those that another one covers."""
    metas = [type(base) for base in bases]
    return tuple(meta for at, meta in enumerate(metas) if not any(
        issubclass(other, meta) if other is not meta else before < at for before, other in enumerate(metas)))


def cpp_new_class(name, bases, namespace, meta_namespace, is_namespace):
    """A class with a metaclass of its own; incomplete before cpp_setup_class."""
    from .instance import CppInstance
    from .roots import fitting
    for base in bases:
        if base is not CppInstance and info_of(base) is None:
            raise TypeError("cpp_new_class: %r is no C++ class" % (base,))
    meta_namespace, bases = dict(meta_namespace), fitting(bases, namespace.get("__cpp_name__"))
    if is_namespace:
        meta_namespace["__getattr__"] = _get_in_namespace
    meta = type(name + "_meta", _metaclass_bases(bases), meta_namespace)
    cls = type.__new__(meta, name, bases, dict(namespace, __cppbind_info__=None))
    type.__setattr__(cls, "__cppbind_info__", Info(cls, NAMESPACE if is_namespace else INCOMPLETE))
    return cls


def cpp_setup_class(cls, size, align, flags, delete, destructor, storage, constructor, casts, aggregate):
    """Complete a class, once.  delete, destructor, storage: addresses, 0 for none; casts: as casts.base_paths gives."""
    info = own_info(cls)
    if info.casts is not None:
        raise RuntimeError("%r is set up already" % cls)
    info.size, info.align, info.flags = size, align, flags
    info.destroy = memory.function(memory.void, (memory.word,), delete)
    info.destructor = memory.function(memory.void, (memory.word,), destructor)
    info.storage = memory.function(memory.word, (), storage)
    info.constructor, info.aggregate = constructor, aggregate
    info.casts = {own_info(base): Cast(own_info(base), ambiguous, steps, distance + 1)
                  for distance, (base, ambiguous, steps) in enumerate(casts)}
    info.lay_out(cls)


def cpp_sizeof(cls):
    """sizeof of a C++ class."""
    info = own_info(cls)
    if info.flags & (INCOMPLETE | NAMESPACE):
        raise TypeError("the size of '%s' is unknown" % info.name)
    return info.size


def cpp_store_attribute(cls, name, value, remove=False):
    """Put a name into the class itself, past namespaces and static data."""
    own_info(cls)
    # `type` asks the metaclass first: its static data of that name must not answer.
    holders = [holder for holder in type(cls).__mro__ if name in holder.__dict__ and issubclass(holder, CppClass)]
    known = [holder.__dict__[name] for holder in holders]
    for holder in holders:
        type.__delattr__(holder, name)
    try:
        if remove:
            type.__delattr__(cls, name)
        else:
            type.__setattr__(cls, name, value)
    finally:
        for holder, value in zip(holders, known):
            type.__setattr__(holder, name, value)
