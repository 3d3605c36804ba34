"""The public functions of cppbind, under cppyy's names."""

import os
import sys

from . import memory, py
from .given import add_include_path, c_include, cppdef, cppexec, include, macro, set_debug
from .loader import add_autoload_map, add_library_path, load_library, load_reflection_info
from .multiple import multi
from .runtime import default, gbl, native, nullptr, proxy
from .runtime.enums import EnumValue
from .runtime.exception_objects import unwrapped
from .runtime.exceptions import CppException
from .runtime.members import member_address
from .runtime.namespaces import is_namespace
from .runtime.state import registry

__all__ = ["gbl", "nullptr", "default", "load_reflection_info", "load_library", "add_library_path", "add_autoload_map",
           "addressof", "bind_object", "sizeof", "typeid", "CppException", "py", "include", "c_include", "cppdef",
           "cppexec", "macro", "add_include_path", "set_debug", "memory", "get_include", "multi"]


def get_include():
    """The folder with cppbind/api.h, for a C++ compiler's -I."""
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), "include")


def _class_of(what):
    """A proxy class from a class, an object or a qualified name."""
    if isinstance(what, str):
        if registry.class_scope(what) is None:
            raise TypeError("no loaded dictionary has the class '%s'" % what)
        return proxy.class_for(what)
    what = unwrapped(what)
    cls = what if isinstance(what, type) else type(what)
    if not (isinstance(cls, native.Class) and issubclass(cls, native.Instance)) or is_namespace(cls):
        raise TypeError("a C++ class, object or class name is needed, not %r" % (what,))
    return cls


def addressof(what, member=None):
    """The address of a C++ object, of cdata, in a capsule of `ll.as_capsule`, or 0 for a null pointer (0 too), as an
    int; with `member`, the name of a data member of an object, where that lies.

    The memory is not kept alive.  Raises TypeError for anything else, AttributeError for what is no data member,
    ReferenceError for an object that is gone.
    """
    if member is not None:
        return member_address(what, member)
    if what is None or what is nullptr or type(what) is int and what == 0:
        return 0
    what = unwrapped(what)
    if isinstance(what, native.Instance) or type(what).__name__ == "PyCapsule":
        return native.addressof(what)
    engine = native.engine
    if isinstance(what, engine.CData):
        word = engine.new_primitive_type("uintptr_t")
        return int(engine.cast(word, engine.cast(engine.new_pointer_type(engine.new_void_type()), what)))
    raise TypeError("a C++ object or cdata is needed, not %s" % type(what).__name__)


def bind_object(address, cls, cast=False):
    """A proxy of `cls` for the object at an address (int, cdata, a capsule of `ll.as_capsule` or another proxy).

    `cls` is a C++ class or its name.  Python does not own the object.  With `cast` the dynamic class is looked for.
    Nothing can be checked: a wrong address or class crashes.
    """
    cls = _class_of(cls)
    if not isinstance(address, int) or isinstance(address, bool):
        address = addressof(address)
    if not 0 <= address < 1 << 64:
        raise OverflowError("%d is no address" % address)
    return native.bind(cls, address, 0, None, bool(cast))


_SIZES = {"bool": "_Bool", "char": "char", "signed char": "signed char", "unsigned char": "unsigned char",
          "short": "short", "unsigned short": "unsigned short", "int": "int", "unsigned int": "unsigned int",
          "unsigned": "unsigned int", "long": "long", "unsigned long": "unsigned long", "long long": "long long",
          "unsigned long long": "unsigned long long", "float": "float", "double": "double",
          "long double": "long double", "wchar_t": "wchar_t", "char16_t": "char16_t", "char32_t": "char32_t",
          "size_t": "size_t"}


_PYTHON_SIZES = {int: "int", float: "double", bool: "bool"}


def sizeof(what):
    """sizeof, in bytes, of a C++ class (or an object or name of one), of a built-in type by its C++ name or as Python's
    int, float or bool, of an enum, or of ctypes' types and objects.

    Raises TypeError where the size is not known.
    """
    if isinstance(what, str) and what in _SIZES:
        return native.engine.sizeof(native.engine.new_primitive_type(_SIZES[what]))
    if isinstance(what, str) and what.endswith("*"):
        return native.engine.sizeof(native.engine.new_pointer_type(native.engine.new_void_type()))
    if isinstance(what, type) and issubclass(what, EnumValue):
        return what.__cpp_size__
    ctypes = sys.modules.get("ctypes")
    if ctypes is not None and issubclass(what if isinstance(what, type) else type(what),
                                         ctypes.c_int.__mro__[-2]):        # what all types of ctypes derive from
        return ctypes.sizeof(what)
    if isinstance(what, type) and what in _PYTHON_SIZES:
        return sizeof(_PYTHON_SIZES[what])
    if isinstance(what, type) and issubclass(what, (int, float)) and "__cpp_name__" in what.__dict__:
        return sizeof(what.__cpp_name__)
    return native.sizeof(_cpp_class(_class_of(what)))


def _cpp_class(cls):
    """The C++ class itself for a Python class derived from it."""
    return next(base for base in cls.__mro__ if "__cpp_name__" in base.__dict__)


class TypeInfo:
    """What `typeid` gives: compares and hashes by type."""

    __slots__ = ("_name",)

    def __init__(self, name):
        self._name = name

    def name(self):
        """The qualified C++ name."""
        return self._name

    def __eq__(self, other):
        return isinstance(other, TypeInfo) and other._name == self._name

    def __hash__(self):
        return hash(self._name)

    def __repr__(self):
        return "<C++ type_info '%s'>" % self._name


def typeid(what):
    """The TypeInfo of a C++ class, object, enum, or of the name of a class or built-in type."""
    if isinstance(what, str) and what in _SIZES:
        return TypeInfo({"unsigned": "unsigned int", "size_t": "unsigned long"}.get(what, what))
    if isinstance(what, type) and "__cpp_name__" in what.__dict__ and not isinstance(what, native.Class):
        return TypeInfo(what.__cpp_name__)
    return TypeInfo(_cpp_class(_class_of(what)).__cpp_name__)
