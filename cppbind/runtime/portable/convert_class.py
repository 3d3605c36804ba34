"""Objects of C++ classes by value, reference and pointer, and enumerators.

A class goes to C++ as the address of the right base subobject; the wrappers of a dictionary copy where C++ takes it by
value.  Neighbours: instance.py (proxies), overload.py (converting constructors), sequence.py (Python's own values).
"""

from ... import format as fmt
from . import items, memory, overload, sequence
from .classes import ABSTRACT, TRIVIAL, info_of
from .convert_number import Integer, as_int
from .cpptype import CONVERSION, EXACT, SCOPED, USER, CppType
from .hooks import hooks, is_null, is_zero
from .instance import (OWNED, PART, address_of, bind, bind_dynamic, cpp_exports, is_null_proxy, is_used, keep, lives,
                       subobject)


def _rank_object(info, value):
    """By how far up the base lies; -1: none."""
    given = info_of(type(value))
    if given is None:
        return -1
    if given is info:
        return EXACT
    found = given.find_cast(info)
    return -1 if found is None or found.ambiguous else CONVERSION + found.distance


def _moved(value):
    """The object that std.move was given, or None."""
    return value.object if type(value) is hooks.moved_class else None


def _keeper(owner):
    """Who must live as long as something that a function of `owner` returned a pointer to: the object that Python owns
    among those it lies in or was got from; None where there is none."""
    while owner is not None and info_of(type(owner)) is not None:
        life = owner.__cppbind_life__
        if life.flags & OWNED or life.kept is not None:
            return owner
        owner = life.lifeline
    return None


def _what_to_keep(value, owner):
    """A proxy that does not own its object has who keeps that; None where that is `owner` itself."""
    if info_of(type(value)) is None:
        return value
    whole = [*lives(owner)][-1]
    while True:
        life = value.__cppbind_life__
        if life.flags & OWNED or life.handle or life.kept is not None or info_of(type(life.lifeline)) is None:
            return None if life is whole else value
        value = life.lifeline


def load_object(info, address, owner, is_reference):
    """The object that a pointer or reference leads to, which a function of `owner` gave."""
    if not address:
        return bind_dynamic(info, address)
    flags = 0
    if owner is not None:
        container = items.container_of(owner)
        flags = items.place(container or owner, address, is_reference)
        # operator[] and its like do not look where they are told to.
        if not flags and is_reference and container is None and (
                owner.__cppbind_life__.info.items_lie == items.IN_VECTOR):
            raise IndexError("there is no such item in this '%s'" % type(owner).__name__)
        owner = container or owner
    return info.mapped(bind_dynamic(info, address, flags, owner if flags else _keeper(owner)))


class ClassValue(CppType):
    """A class by value.  The base of the others, which refer to one."""

    takes_temporary = True

    def target_info(self):
        """The Info of the class that a value must have."""
        return self.info()

    def _info_or_none(self):
        try:
            return self.target_info()
        except TypeError:           # said again when it is passed
            return None

    def rank(self, value):
        info = self._info_or_none()
        if info is None:
            return -1
        rank = self._rank_object(info, value)
        if rank < 0:
            moved = _moved(value)
            if moved is None or not self.takes_temporary:
                return self._rank_conversion(info, value)
            rank = _rank_object(info, moved)
            return self._rank_conversion(info, value) if rank < 0 else rank + 2
        return rank + (1 if self._is_copied() else 0)

    def _is_copied(self):
        return True

    def _rank_object(self, info, value):
        return _rank_object(info, value)

    def _rank_conversion(self, info, value):
        """One user-defined conversion is allowed, [class.conv]: by a constructor that is not explicit, of a value that
        needs no other."""
        if not self.takes_temporary:
            return -1
        moved = _moved(value)
        if info.from_python is not None and sequence.takes(info, value if moved is None else moved):
            return USER
        if info.constructor is None or info.flags & ABSTRACT:
            return -1
        rank = overload.rank_conversion(info.constructor, value)
        return -1 if rank < 0 else USER + rank

    def argument(self, value, call):
        info = self.target_info()
        if isinstance(value, info.cls):
            return subobject(info, value)
        return self._converted(info, value, call)

    def _converted(self, info, value, call):
        moved = _moved(value)
        if moved is not None and self.takes_temporary and isinstance(moved, info.cls):
            if cpp_exports(moved):
                raise BufferError("the memory of this '%s' is viewed, so it cannot be moved: release the view first"
                                  % type(moved).__name__)
            if is_used(moved):
                raise RuntimeError("this '%s' is in use: C++ is running on it" % type(moved).__name__)
            return subobject(info, moved)
        given = value if moved is None else moved
        if info.from_python is not None and self.takes_temporary and sequence.takes(info, given):
            if info.items is not None and self.kind != fmt.TYPE_RVALUE_REF and type(value) in (list, tuple):
                return sequence.pass_list(info, value, call)
            made = info.from_python(info.cls, given)
        elif value is None:
            raise self.refuse(value, "there is no null reference")
        elif self._rank_conversion(info, value) < 0:
            raise self.refuse(value)
        else:
            made = overload.convert(info.cls, value)
        call.kept.append(made)
        return address_of(made)

    def load(self, address, owner=None):
        return self.info().mapped(self._proxy(address, owner))

    def _proxy(self, address, owner):
        return bind(self.info(), address, PART if owner is not None else 0, owner)

    def result(self, value, owner):
        return self.load(value, owner)

    def store(self, address, value, owner=None):
        """Copy assignment: the class's own, or its bytes where that is the same."""
        info = self.info()
        if not isinstance(value, info.cls) and self.rank(value) < 0:
            if info.aggregate is None or type(value) not in (tuple, list, dict):
                raise self.refuse(value)
            # As `member = {1, 2}` in C++.
            value = info.cls(**value) if type(value) is dict else info.cls(*value)
        if info.flags & TRIVIAL and isinstance(value, info.cls):
            memory.engine.memmove(memory.cast(memory.char_pointer, address),
                                  memory.cast(memory.char_pointer, subobject(info, value)), info.size)
            return
        self._proxy(address, owner).__assign__(value)


class ClassRef(ClassValue):
    """A class by lvalue reference.  A smart pointer to such an object is taken too."""

    def _pointee(self, info, value):
        """The Info of what a smart pointer points to, if that is an `info`; else None."""
        given = info_of(type(value))
        pointee = None if given is None or self.kind == fmt.TYPE_RVALUE_REF else given.pointee
        if pointee is None or pointee.flags & fmt.TYPE_CONST and not self.target.flags & fmt.TYPE_CONST:
            return None
        try:
            found = pointee.info()
        except TypeError:
            return None
        way = found.find_cast(info)
        return found if found is info or way is not None and not way.ambiguous else None

    def _rank_object(self, info, value):
        rank = _rank_object(info, value)
        return CONVERSION + 500 if rank < 0 and self._pointee(info, value) is not None else rank

    def argument(self, value, call):
        info = self.target_info()
        if not isinstance(value, info.cls):
            found = self._pointee(info, value)
            if found is not None:
                address = memory.read_word(address_of(value))
                if not address and self.kind != fmt.TYPE_POINTER:
                    raise ReferenceError("this '%s' points to nothing" % type(value).__name__)
                return found.subobject(address, info) if address else 0
        return super().argument(value, call)

    def __init__(self, *description):
        super().__init__(*description)
        self.takes_temporary = self.kind == fmt.TYPE_RVALUE_REF or bool(self.target.flags & fmt.TYPE_CONST)

    def target_info(self):
        return self.target.info()

    def _is_copied(self):
        return self.target.flags & fmt.TYPE_CONST

    def load(self, address, owner=None):
        return self.result(memory.read_word(address), owner)

    def result(self, value, owner):
        return load_object(self.target_info(), value, owner, self.kind == fmt.TYPE_LVALUE_REF)

    def store(self, address, value, owner=None):
        self.store_through(memory.read_word(address), value, owner)

    def store_through(self, address, value, owner):
        """Assign to what the reference refers to."""
        if self.target.flags & fmt.TYPE_CONST:
            raise self.refuse(value, "the object is const")
        self.target.store(address, value, owner)


class ClassRvalue(ClassRef):
    """A class by rvalue reference: temporaries only, since a proxy is an lvalue."""

    def rank(self, value):
        info, moved = self._info_or_none(), _moved(value)
        if info is not None and moved is not None:
            rank = _rank_object(info, moved)
            return rank if rank >= 0 else self._rank_conversion(info, value)
        return -1 if info is None or _rank_object(info, value) >= 0 else self._rank_conversion(info, value)

    def argument(self, value, call):
        info = self.target_info()
        if isinstance(value, info.cls):
            raise self.refuse(value, "C++ would move from it; pass std.move(object) if it may")
        return self._converted(info, value, call)


class ClassPointer(ClassRef):
    """A pointer to a class."""

    takes_temporary = False

    def rank(self, value):
        if is_null(value):
            return CONVERSION
        if is_zero(value):
            return CONVERSION + 3
        info = self._info_or_none()
        return -1 if info is None else self._rank_object(info, value)

    def argument(self, value, call):
        if is_null(value) or is_zero(value):
            return 0
        info = self.target_info()
        if isinstance(value, info.cls):
            return 0 if is_null_proxy(value) else subobject(info, value)
        if self._pointee(info, value) is None:
            raise self.refuse(value)
        return super().argument(value, call)

    def store(self, address, value, owner=None):
        pointer = self.argument(value, None)
        # An object that Python owns lives as long as something in C++ points to it from here.
        if owner is not None:
            keep(owner, address, _what_to_keep(value, owner) if pointer else None)
        memory.write_word(address, pointer)


class Enum(CppType):
    """Enumerators.  Read as a number whatever the underlying type is: bool and characters too."""

    def __init__(self, *description):
        super().__init__(*description)
        under = self.target
        self._number = Integer(under.kind, under.flags, under.size, 0, None, "", under.spelling, None)
        if under.kind in (fmt.TYPE_CHAR, fmt.TYPE_WCHAR):
            self._number.unsigned = False
            self._number.register = memory.engine.new_primitive_type("int%d_t" % (8 * under.size))
            self._number.memory_pointer = memory.engine.new_pointer_type(self._number.register)
        self.register, self.memory_pointer = self._number.register, self._number.memory_pointer
        self.size = self._number.size

    def rank(self, value):
        try:
            cls = self.enum()
        except TypeError:
            return -1
        if type(value) is cls:
            return EXACT
        return CONVERSION + 20 if type(value) is int and not self.flags & SCOPED else -1

    def argument(self, value, call):
        if type(value) is not self.enum():
            if type(value) is not int:
                raise self.refuse(value)
            if self.flags & SCOPED:
                raise self.refuse(value, "a scoped enum takes its own enumerators only")
        return int(as_int(self._number, value))

    def load(self, address, owner=None):
        return self.result(self._number.load(address), owner)

    def result(self, value, owner):
        cls = self.enum()
        known = cls.__by_value__.get(value)
        return cls(value) if known is None else known

    def store(self, address, value, owner=None):
        memory.cast(self.memory_pointer, address)[0] = self.argument(value, None)
