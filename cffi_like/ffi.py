"""The run-time FFI: everything that works on types and data, without cdef.

`RuntimeFFI` is what a compiled module publishes as `ffi`; api.FFI adds cdef
and building to it.  Type strings go through one dictionary, so that a string
is parsed once.  Functions that need nothing from the FFI are the engine's own
and cost no Python frame; those that take a type are in ffi_methods.py.
"""

import sys
from _thread import RLock

from . import engine as engine_package
from . import living
from .errors import CDefError, FFIError
from .ffi_methods import methods_for
from .lower import Lowering
from .model import Type as model_types
from .resolve import Resolver

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
        if isinstance(key, model_types):
            return self.ffi._type_of_node(key)
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


class RuntimeFFI(*methods_for(_DEFAULT_ENGINE)):
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
        if engine is _DEFAULT_ENGINE and engine_package.native_ffi(engine):
            self._native_types = self._types
        self._init_once_results = {}
        self._libraries = []
        for other in included:
            self._add_included(other)
        living.register(self)
        if engine is not _DEFAULT_ENGINE:
            for name in _ENGINE_FUNCTIONS:
                setattr(self, name, getattr(engine, name, None))

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

    def _type_of_node(self, node):
        """The engine type of a type of the model."""
        from .declare import check_type
        check_type(node, node)
        with self._lock:
            if self._lowering.is_function(node):
                self._lowering.lower(node)
                raise CDefError("%r is a function type, not a pointer-to-function type" % (node,))
            found = self._types[node] = self._lowering.lower(node)
        return found

    def _lower_string(self, text, functions):
        node = self._parse_type(text)
        ctype = self._lowering.lower(node)
        if not functions and self._lowering.is_function(node):
            raise CDefError("the type '%s' is a function type, not a pointer-to-function "
                            "type" % ctype.cname.replace("(*)", "", 1))
        return ctype

    def _parse_type(self, text):
        # Imported here: it takes longer than all the rest, and programs that open a
        # library of a generated module may need no type string.
        from .type_string import parse_type
        return parse_type(text, self._resolver)

    # ---- memory -----------------------------------------------------------

    def new_allocator(self, alloc=None, free=None, should_clear_after_alloc=True):
        """A replacement of `new` on top of `alloc(size) -> cdata pointer` and
        `free(pointer)`.  NULL from `alloc` becomes MemoryError."""
        allocate = self._engine.new_allocator(alloc, free, should_clear_after_alloc)
        types = self._types

        def new(cdecl, init=None):
            return allocate(types[cdecl], init)

        return new

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
            elif isinstance(cdecl, model_types):
                ctype = self._types[cdecl]
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
