"""The methods of an `ffi` that take a type and act on it, in Python.

The native core has the same methods in C, in the class `FFI` that ffi.py derives
from; these are what it falls back on: type strings to be parsed, keywords, and
what is refused.  On other engines they do all the work.
"""

from .engine import native_ffi

_unspecified = object()


def _is_model(value):
    """Whether it is a type of model.py, which a program without any need not import."""
    return type(value).__module__ == "cffi_like.model"


def methods_for(engine):
    """The classes that RuntimeFFI derives from, on this engine."""
    native = native_ffi(engine)
    return (TypeMethods,) if native is None else (native, TypeMethods)


class TypeMethods:
    """Needs `_engine`, its `newp` and `cast`, and the table `_types`."""

    # ---- types ------------------------------------------------------------

    def _pointer_to(self, ctype):
        return self._engine.new_pointer_type(ctype)

    def typeof(self, cdecl):
        """The ctype of a type string, or of a cdata.  Equal types are one object.

        Raises CDefError for a string that is not a type or is a bare function
        type, TypeError for any other object.
        """
        if isinstance(cdecl, str):
            return self._types[cdecl]
        if isinstance(cdecl, self.CData):
            return self._engine.typeof(cdecl)
        base = getattr(cdecl, "_cffi_base_type", None)
        if isinstance(base, self.CType):
            return base
        if _is_model(cdecl):
            return self._types[cdecl]
        raise TypeError(type(cdecl))

    def sizeof(self, cdecl):
        """The size in bytes of a type (string or ctype) or of a cdata.

        Raises ValueError for a type of unknown size.
        """
        if isinstance(cdecl, str) or _is_model(cdecl):
            cdecl = self._types[cdecl]
        try:
            return self._engine.sizeof(cdecl)
        except ValueError as problem:
            raise self._unknown_size(cdecl, problem) from None

    def _unknown_size(self, ctype, problem):
        return problem

    def alignof(self, cdecl):
        """The alignment in bytes of a type (string or ctype) or of a cdata's type."""
        if isinstance(cdecl, self.CData):
            cdecl = self._engine.typeof(cdecl)
        return self._engine.alignof(self._types[cdecl])

    def offsetof(self, cdecl, *fields_or_indexes):
        """The offset in bytes of a field (str) or item (int) of a type, followed
        through nested records and arrays.  Raises KeyError for an unknown field."""
        return self._typeoffsetof(self._types[cdecl], fields_or_indexes)[1]

    def _typeoffsetof(self, ctype, path):
        if not path:
            raise TypeError("offsetof() needs at least one field name or index")
        following = False
        offset = 0
        for step in path:
            ctype, distance = self._engine.typeoffsetof(ctype, step, following)
            offset += distance
            following = True
        return ctype, offset

    def getctype(self, cdecl, replace_with=""):
        """The C name of a type, with `replace_with` (such as 'name' or '*[5]') put
        where a declared name would stand."""
        ctype = self._types[cdecl]
        extra = replace_with.strip()
        if extra.startswith("*") and "&[" in self._engine.getcname(ctype, "&"):
            extra = "(%s)" % extra
        elif extra and extra[0] not in "[(":
            extra = " " + extra
        return self._engine.getcname(ctype, extra)

    # ---- memory -----------------------------------------------------------

    def new(self, cdecl, init=None, keepalive=False):
        """Allocate zeroed memory for a pointer type's target or an array, and
        initialise it.  The returned cdata owns it.

        With `keepalive` it also keeps the owner of every cdata that is stored
        into one of its pointers, by `init` or by assignment, until that pointer
        is assigned again (the native core only: NotImplementedError elsewhere).

        Raises TypeError for another type, what the conversion of `init` raises.
        """
        if keepalive:
            return self._engine.newp_keeping(self._types[cdecl], init)
        return self._newp(self._types[cdecl], init)

    def cast(self, cdecl, source):
        """`(cdecl)source` as in C: integers wrap, floats are cut.  Owns nothing."""
        return self._cast(self._types[cdecl], source)

    def addressof(self, cdata, *fields_or_indexes):
        """`&cdata`, `&cdata.field[index]...` or, for a library and a name, the
        address of a function or variable.  Does not keep `cdata` alive."""
        bind = getattr(type(cdata), "__cffi_addressof__", None)
        if bind is not None:
            return bind(cdata, *fields_or_indexes)
        ctype = self._engine.typeof(cdata)
        if fields_or_indexes:
            ctype, offset = self._typeoffsetof(ctype, fields_or_indexes)
        elif ctype.kind == "pointer":
            raise TypeError("addressof(pointer)")
        else:
            offset = 0
        return self._engine.rawaddressof(self._pointer_to(ctype), cdata, offset)

    def from_buffer(self, cdecl, python_buffer=_unspecified, require_writable=False):
        """A cdata on the memory of `python_buffer`, which it keeps alive and locked.

        `from_buffer(obj)` is `from_buffer("char[]", obj)`.  Raises ValueError if
        the object is smaller than the type, BufferError if it is not contiguous
        or, with `require_writable`, read-only.
        """
        if python_buffer is _unspecified:
            cdecl, python_buffer = "char[]", cdecl
        return self._engine.from_buffer(self._types[cdecl], python_buffer, require_writable)

    def gc(self, cdata, destructor, size=0):
        """A new cdata equal to `cdata` that calls `destructor(cdata)` when it dies.
        With None, takes the destructor of `cdata` away and returns None."""
        return self._engine.gcp(cdata, destructor, size)

    def new_handle(self, python_object):
        """A `void *` that stands for a Python object; it keeps the object alive,
        and must itself be kept alive while C has it."""
        return self._engine.newp_handle(self._types["void *"], python_object)
