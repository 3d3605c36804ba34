"""The run-time FFI: everything that works on types and data, without cdef.

`RuntimeFFI` is what a compiled module publishes as `ffi`; api.FFI adds cdef
and building to it.  Type strings go through one dictionary, so that a string
is parsed once.  Functions that need nothing from the FFI are the engine's own
and cost no Python frame.
"""

import sys
from _thread import RLock
from _weakref import ref

from . import engine as engine_package
from .errors import CDefError, FFIError
from .lower import Lowering
from .resolve import Resolver
from .type_string import parse_type

_unspecified = object()

#: id -> weak reference of every FFI, the oldest first (pickling.py asks them).
living = {}
_DEFAULT_ENGINE = engine_package.load()

# Functions of the engine that are methods of the FFI as they stand.
_ENGINE_FUNCTIONS = ("string", "unpack", "memmove", "release", "buffer", "from_handle",
                     "CData", "CType")
_RTLD = [name for name in dir(_DEFAULT_ENGINE) if name.startswith("RTLD_")]


class _TypeCache(dict):
    """Type string -> engine type.  An engine type stands for itself, so that a
    hot path is one subscription whatever the user passed."""

    __slots__ = ("ffi",)

    def __missing__(self, key):
        if isinstance(key, str):
            return self.ffi._type_of_string(key)
        if isinstance(key, self.ffi.CType):
            self[key] = key
            return key
        raise TypeError("expected a C type as a string or a ctype object, got '%s'"
                        % type(key).__name__)


class _Null:
    """Makes ffi.NULL at its first use; then it is an attribute of the FFI."""

    def __get__(self, ffi, cls):
        if ffi is None:
            return self
        null = ffi._cast(ffi._types["void *"], 0)
        ffi.__dict__["NULL"] = null
        return null


class RuntimeFFI:
    """Types, memory, conversions and libraries for one table of declarations.

    `declarations` is a model.Declarations or a lazy table with the same
    lookups (see resolve.py).  `lowering` may be given by a loader that knows
    layouts.  `included` are the RuntimeFFIs whose tables `declarations.included`
    lists.
    """

    error = FFIError
    NULL = _Null()

    def __init__(self, declarations, lowering=None, included=(), engine=None, strict=True):
        engine = _DEFAULT_ENGINE if engine is None else engine
        self._engine = engine
        self._declarations = declarations
        if lowering is None:
            lowering = Lowering(engine, Resolver(declarations, strict))
        self._lowering = lowering
        self._resolver = lowering.resolver
        self._included = []
        self._lock = RLock()
        self._types = _TypeCache()
        self._types.ffi = self
        self._newp = engine.newp
        self._cast = engine.cast
        self._shorten("new", engine.newp)
        self._shorten("cast", engine.cast)
        self._init_once_results = {}
        self._libraries = []
        for other in included:
            self._add_included(other)
        living[id(self)] = ref(self, lambda _, key=id(self): living.pop(key, None))
        if engine is not _DEFAULT_ENGINE:
            for name in _ENGINE_FUNCTIONS:
                setattr(self, name, getattr(engine, name, None))

    def _shorten(self, name, function):
        """Calls of the method `name` go to `function` without a Python frame, where the
        engine can do that and no subclass has a method of its own."""
        by_type = getattr(self._engine, "by_type", None)
        if by_type is not None and getattr(type(self), name) is getattr(RuntimeFFI, name):
            setattr(self, name, by_type(function, self._types, getattr(self, name)))

    def _add_included(self, other):
        self._included.append(other)
        self._resolver.share(other._resolver)
        self._lowering.peers.append(other._lowering)

    # ---- types ------------------------------------------------------------

    def _type_of_string(self, text):
        """The engine type of a type string that is not cached yet."""
        with self._lock:
            found = self._lower_string(text, False)
            self._types[text] = found
        return found

    def _lower_string(self, text, functions):
        node = self._parse_type(text)
        if not functions and self._lowering.is_function(node):
            self._lowering.lower(node)
            raise CDefError("the type '%s' is a function type, not a pointer-to-function "
                            "type" % text)
        return self._lowering.lower(node)

    def _parse_type(self, text):
        return parse_type(text, self._resolver)

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
        raise TypeError(type(cdecl))

    def sizeof(self, cdecl):
        """The size in bytes of a type (string or ctype) or of a cdata.

        Raises ValueError for a type of unknown size.
        """
        if isinstance(cdecl, str):
            cdecl = self._types[cdecl]
        return self._engine.sizeof(cdecl)

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

    def new_allocator(self, alloc=None, free=None, should_clear_after_alloc=True):
        """A replacement of `new` on top of `alloc(size) -> cdata pointer` and
        `free(pointer)`.  NULL from `alloc` becomes MemoryError."""
        allocate = self._engine.new_allocator(alloc, free, should_clear_after_alloc)
        types = self._types

        def new(cdecl, init=None):
            return allocate(types[cdecl], init)

        return new

    def new_handle(self, python_object):
        """A `void *` that stands for a Python object; it keeps the object alive,
        and must itself be kept alive while C has it."""
        return self._engine.newp_handle(self._types["void *"], python_object)

    # ---- callbacks --------------------------------------------------------

    def callback(self, cdecl, python_callable=None, error=None, onerror=None):
        """A C function pointer that calls `python_callable`.  Without one, a
        decorator.  The result must be kept alive while C may call it.

        `error` is returned to C after an exception, which `onerror(type, value,
        traceback)` may handle.  Raises NotImplementedError for a variadic type.
        """
        def wrap(function):
            if not callable(function):
                raise TypeError("the 'python_callable' argument is not callable")
            ctype = cdecl
            if isinstance(cdecl, str):
                ctype = self._function_type(cdecl)
            return self._engine.callback(ctype, function, error, onerror)

        return wrap if python_callable is None else wrap(python_callable)

    def _function_type(self, text):
        """As `_types[text]`, but "int(int)" is taken for "int(*)(int)"."""
        found = dict.get(self._types, text)
        if found is None:
            with self._lock:
                found = self._lower_string(text, True)
        return found

    def def_extern(self, *args, **kwds):
        """Only modules built with set_source() have functions to answer."""
        raise ValueError("ffi.def_extern() is only available on API-mode FFI objects")

    # ---- libraries --------------------------------------------------------

    def dlopen(self, name, flags=0):
        """Open a shared library: a file name, a bare name such as 'z' or 'm', None
        for the program itself, or an already open `void *` handle.

        Raises OSError with everything that was tried.
        """
        from .library import open_library
        if not (name is None or isinstance(name, (str, self.CData)) or hasattr(name, "__fspath__")):
            raise TypeError("dlopen(name): name must be a file name, None, or an "
                            "already-opened 'void *' handle")
        if hasattr(name, "__fspath__"):
            name = name.__fspath__()
        return open_library(self, name, flags)

    def dlclose(self, lib):
        """Close a library.  Its functions must not be called afterwards."""
        type(lib).__cffi_close__(lib)

    def integer_const(self, name):
        """The value of an integer `#define`, constant or enumerator.  AttributeError
        if there is none of this name."""
        value = self._resolver.constant(name)
        if not isinstance(value, int):
            raise AttributeError("no integer constant is declared as '%s'" % name)
        return value

    # ---- others -----------------------------------------------------------

    @property
    def errno(self):
        """The value of C's errno behind the last call of this thread."""
        return self._engine.get_errno()

    @errno.setter
    def errno(self, value):
        self._engine.set_errno(value)

    def init_once(self, func, tag):
        """Call `func()` once per `tag`, under a lock; later calls return the same
        result.  An exception is not remembered."""
        try:
            done, result = self._init_once_results[tag]
        except KeyError:
            done, result = self._init_once_results.setdefault(tag, (False, RLock()))
        if done:
            return result
        with result:
            done, cached = self._init_once_results[tag]
            if done:
                return cached
            value = func()
            self._init_once_results[tag] = (True, value)
        return value

    def list_types(self):
        """(typedef names, struct tags, union tags), each sorted, with included ones."""
        typedefs, structs, unions = set(), set(), set()
        _collect_types(self._declarations, typedefs, structs, unions)
        return sorted(typedefs), sorted(structs), sorted(unions)


def _collect_types(declarations, typedefs, structs, unions):
    typedefs.update(declarations.typedefs)
    for kind, tag in declarations.records:
        # `$1` and `$$name` are ours, not names of the user.
        if tag[0] == "$":
            continue
        (structs if kind == "struct" else unions).add(tag)
    for other in declarations.included:
        _collect_types(other, typedefs, structs, unions)


def _bind_engine(cls, engine):
    for name in _ENGINE_FUNCTIONS:
        function = getattr(engine, name)
        if not isinstance(function, type):
            function = staticmethod(function)
        setattr(cls, name, function)
    for name in _RTLD:
        setattr(cls, name, getattr(engine, name))
    if sys.platform == "win32" and hasattr(engine, "getwinerror"):
        cls.getwinerror = staticmethod(engine.getwinerror)


_bind_engine(RuntimeFFI, _DEFAULT_ENGINE)
