"""The descriptor of a data member: of objects, of a class (static) and of a namespace (global).

A number of an object is read and written by code made for it; everything else by the member's type.  A static member
stands in the class's dict and in its metaclass's.
"""

from ... import format as fmt
from . import fast
from .classes import info_of
from .cpptype import CppType, converted_by_user
from .instance import REFERENCE, bind, subobject, use

CONST, STATIC, BY_POINTER = 1, 2, 4


class CppMember(property):
    """A data member of objects."""

    def __new__(cls, name, owner, type_, place, flags, doc, getter, setter):
        return property.__new__(cls)

    def __init__(self, name, owner, type_, place, flags, doc, getter, setter):
        self.__name__, self.__objclass__, self.type = name, owner, type_
        self._owner, self._place, self._flags = info_of(owner), place, flags
        self._getter, self._setter = getter, setter
        self._kept = None
        if flags & STATIC:
            accessors = self._get_slow, self._set_slow
        elif getter is not None:
            accessors = self._get_slow, self._set_slow
        else:
            accessors = fast.make_accessors(self, self._owner, type_, place)
        setter = self._refuse_const if flags & CONST else accessors[1]
        property.__init__(self, accessors[0], setter, self._refuse_delete, doc)
        self.__name__ = name        # again: from CPython 3.13 on, property.__init__ forgets it

    def _get_slow(self, instance):
        if self._getter is not None:
            return self._getter(instance)
        return self.type.load(subobject(self._owner, instance) + self._place, instance)

    def _set_slow(self, instance, value):
        if self._setter is not None:
            self._set_bits(instance, value)
            return
        address = subobject(self._owner, instance) + self._place
        use(instance, 1)
        try:
            self._store(address, value, instance)
        finally:
            use(instance, -1)

    def _set_bits(self, instance, value):
        try:
            self._setter(instance, value)
        except TypeError:
            converted = converted_by_user(self.type, value)
            if converted is None:
                raise
            self._setter(instance, converted[0])

    def _store(self, address, value, owner):
        try:
            self.type.put(address, value, owner)
        except (ReferenceError, MemoryError):
            raise
        except Exception as error:
            raise type(error)("'%s.%s': %s" % (self._owner.name, self.__name__, error)) from None

    def _refuse_const(self, _instance, _value):
        raise TypeError("'%s.%s' is const" % (self._owner.name, self.__name__))

    def _refuse_delete(self, _instance):
        raise TypeError("'%s.%s' is a C++ data member and cannot be deleted" % (self._owner.name, self.__name__))

    def __repr__(self):
        return "<C++ data member %s.%s of type '%s'>" % (self._owner.name, self.__name__, self.type.spelling)


class CppStatic(CppMember):
    """A static member or a global: one variable, whoever names it."""

    def __get__(self, instance, cls=None):
        if self._flags & BY_POINTER:
            # A pointer to an object is followed each time, so that assignment on either side is seen on the other.
            return bind(self.type.target.info(), self._place, REFERENCE)
        return self.type.load(self._place)

    def __set__(self, instance, value):
        if self._flags & CONST:
            self._refuse_const(instance, value)
        self._store(self._place, value, None)
        if self.type.kind == fmt.TYPE_POINTER:
            self._kept = value


def cpp_new_member(name, owner, type_, place, flags, doc, getter, setter):
    """A data member.  place: offset in the owner's object, or address; getter, setter: methods of a bit-field."""
    if info_of(owner) is None:
        raise TypeError("%r is no C++ class" % (owner,))
    if not isinstance(type_, CppType):
        raise TypeError("a CppType is needed, not '%s'" % type(type_).__name__)
    if type_.kind != fmt.TYPE_POINTER or type_.target is None or type_.target.kind != fmt.TYPE_CLASS:
        flags &= ~BY_POINTER
    return (CppStatic if flags & STATIC else CppMember)(name, owner, type_, place, flags, doc, getter, setter)

