"""compiled_ffi.py: the `ffi` of generated modules, made when it is first used.

Opening a module makes an `UnusedFFI`, which costs nothing; its first use
turns it into the run-time FFI (ffi.py).  Programs that use `lib` alone, or
import many modules, never pay for the rest.
"""

from .errors import FFIError


class UnusedFFI:
    """An `ffi` that nobody has used.  Any use of it runs `make(self)`, which
    must make it an object of another class; isinstance() is such a use."""

    error = FFIError

    def __init__(self, make, lock):
        self.__dict__["_make"] = make
        self.__dict__["_lock"] = lock

    def _become(self):
        with self.__dict__["_lock"]:
            make = self.__dict__.pop("_make", None)
            if make is not None:
                make(self)

    def __getattr__(self, name):
        if name[:2] == "__" and name != "__class__":
            raise AttributeError(name)      # copy, pickle and others ask for hooks
        self._become()
        return getattr(self, name)

    def __setattr__(self, name, value):
        self._become()
        setattr(self, name, value)

    def __dir__(self):
        self._become()
        return dir(self)

    @property
    def __class__(self):
        self._become()
        return type(self)


_set_class = object.__dict__["__class__"].__set__


def become_abi(ffi, tables, included):
    """Make `ffi` the FFI of an ABI-mode module; `included` are FFIs."""
    from .ffi import RuntimeFFI
    from .opcodes import LazyDeclarations
    declarations = LazyDeclarations(tables, [other._declarations for other in included])
    _set_class(ffi, RuntimeFFI)
    ffi.__init__(declarations, included=included)


def become_api(ffi, realizer, included):
    """Make `ffi` the FFI of an API-mode module, whose `_lib` it has already."""
    from .compiled_api import CompiledFFI
    _set_class(ffi, CompiledFFI)
    ffi.__init__(realizer, included)
