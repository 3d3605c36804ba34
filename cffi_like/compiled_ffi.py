"""compiled_ffi.py: the `ffi` of generated modules, made when it is first used.

Opening a module makes an `UnusedFFI`, which costs nothing; its first use
turns it into the run-time FFI (ffi.py).  Programs that use `lib` alone, or
import many modules, never pay for the rest.  `open_abi` is what engine/__init__.py
offers to the NAME.py of an ABI-mode module; module_reader.py opens the others.
"""

import sys
from _thread import RLock

from . import living
from .code_table import FORMAT, open_tables
from .engine import load as load_engine
from .engine import native_ffi
from .errors import FFIError

_native = native_ffi(load_engine())


# An object changes its class only to one of the same base in C.
class UnusedFFI(_native or object):
    """An `ffi` that nobody has used.  Its first use turns it into what `make()`
    returns: the same class, which `class_of()` tells, and the same state."""

    error = FFIError

    def __init__(self, class_of, make, lock):
        self.__dict__.update(_class_of=class_of, _make=make, _lock=lock)
        living.register(self)

    def __getattribute__(self, name):
        # Also for names that the base class has.  Copy, pickle and others ask for hooks.
        if name[:2] == "__" or name == "error":
            return object.__getattribute__(self, name)
        return getattr(_used(self), name)

    def __setattr__(self, name, value):
        setattr(_used(self), name, value)

    def __dir__(self):
        return dir(_used(self))

    @property
    def __class__(self):
        # For isinstance(), which believes this only if it is not type(self).
        return self.__dict__["_class_of"]()


_set_class = object.__dict__["__class__"].__set__


def _used(ffi):
    """`ffi`, after it became what it stands for.  Its class changes last, so no
    thread sees it half made."""
    state = ffi.__dict__
    with state["_lock"]:
        make = state.get("_make")
        if make is not None:
            take_over(ffi, make())
            del state["_make"], state["_class_of"]
    return ffi


def take_over(ffi, made):
    """Makes `ffi` what `made` is.  Its class changes last, so that no thread sees it
    half made."""
    ffi.__dict__.update(made.__dict__)
    made._types.ffi = ffi
    if _native is not None:
        _native._native_types.__set__(ffi, made._types)
    _set_class(ffi, type(made))


def abi_class():
    from .ffi import RuntimeFFI
    return RuntimeFFI


def make_abi(tables, included, realizer=None):
    """The FFI of an ABI-mode module; `included` are FFIs.  `realizer` makes its records
    and enums, if some may have been made by another reader."""
    from .opcodes import LazyDeclarations
    declarations = LazyDeclarations(tables, [other._declarations for other in included])
    if realizer is None:
        return abi_class()(declarations, included=included)
    from .compiled_types import CompiledLowering
    from .resolve import Resolver
    lowering = CompiledLowering(realizer.engine, Resolver(declarations, True), realizer)
    ffi = abi_class()(declarations, lowering, included, realizer.engine)
    ffi._lock = realizer.lock
    return ffi


def api_class():
    from .compiled_api import CompiledFFI
    return CompiledFFI


def make_api(lib, realizer, included):
    """The FFI of an API-mode module with the library `lib`."""
    ffi = api_class()(realizer, included)
    ffi._lib = lib
    return ffi


# ---- opening -----------------------------------------------------------------

def check_format(module_name, found):
    if found != FORMAT:
        raise ImportError(
            "module '%s' was generated in format %r, this cffi_like reads format %d: "
            "generate it again with this version" % (module_name, found, FORMAT),
            name=module_name)


def included_modules(names):
    modules = []
    for name in names:
        __import__(name)
        modules.append(sys.modules[name])
    return modules


def open_abi(module_name, format_number, tables, includes=()):
    """The `ffi` of an ABI-mode module; libraries are opened with `ffi.dlopen`.

    `tables` are encoded declarations (opcodes.py), `includes` the names of
    modules to look names up in as well.  Raises ImportError for a file that
    another version generated.
    """
    check_format(module_name, format_number)
    ffis = [module.ffi for module in included_modules(includes)]
    tables = open_tables(tables)
    return UnusedFFI(abi_class, lambda: make_abi(tables, ffis), RLock())
