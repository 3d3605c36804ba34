"""Adapts a `_cffi_backend` (PyPy's own, or that of the cffi package) to an engine.

Adds the names and extensions that our core has.  `release_gil` and `parameters`
are accepted and ignored: this core always releases the GIL around a call, and
takes no keyword arguments.
"""

import copyreg
from types import SimpleNamespace


class _Library:
    """A library with our signature of `load_function`."""

    __slots__ = ("_load_function", "read_variable", "write_variable", "close_lib",
                 "_library")

    def __init__(self, library):
        self._library = library
        self._load_function = library.load_function
        for name in ("read_variable", "write_variable", "close_lib"):
            setattr(self, name, getattr(library, name, None))

    def load_function(self, ctype, name, release_gil=True, parameters=None):
        return self._load_function(ctype, name)

    def __repr__(self):
        return repr(self._library)


def _reduce(cdata):
    from ..pickling import reduce
    return reduce(cdata)


def _register_pickling(cls):
    """Our core has __reduce__ itself; this one's types learn it through copyreg."""
    copyreg.pickle(cls, _reduce)
    for derived in cls.__subclasses__():
        _register_pickling(derived)


def adapt(backend=None):
    """The engine on top of `backend`, by default the installed `_cffi_backend`."""
    if backend is None:
        import _cffi_backend as backend
    engine = SimpleNamespace(**{name: getattr(backend, name) for name in dir(backend)
                                if not name.startswith("__")})
    load_library = backend.load_library
    engine.CData = getattr(backend, "_CDataBase", None)
    if engine.CData is not None:
        _register_pickling(engine.CData)
    for name in ("newp", "cast", "CType"):
        # A user's backend may have less; what it lacks fails when it is used.
        engine.__dict__.setdefault(name, None)
    engine.SF_PACKED = 0x08

    def load(name, flags=0):
        return _Library(load_library(name, flags))

    def function_at(ctype, address, name, release_gil=True, parameters=None):
        return backend.cast(ctype, address)

    def newp_keeping(ctype, init=None):
        raise NotImplementedError("ffi.new(keepalive=True) needs the compiled core of cffi_like")

    def new_allocator(alloc, free, should_clear_after_alloc):
        return backend.FFI().new_allocator(
            alloc, free, should_clear_after_alloc=should_clear_after_alloc)

    engine.load_library = load
    engine.function_at = function_at
    engine.newp_keeping = newp_keeping
    if hasattr(backend, "FFI"):
        engine.new_allocator = new_allocator
    return engine
