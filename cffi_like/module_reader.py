"""module_reader.py: reads generated modules, in Python.

`open_api` is what engine/__init__.py offers to the NAME.py of an API-mode module, for
every core but the native one, which opens modules in C (c_backend/compiled.h) and comes
here for what it leaves to Python: declarations that are unusual, and everything that is
wrong.  Both readers of a module share one table of types and one lock.  ABI mode needs
only compiled_ffi.py.
"""

import os
import sys
from types import SimpleNamespace

from .code_table import fingerprint_of
from .compiled_codes import CompiledCodes
from .compiled_ffi import (UnusedFFI, abi_class, api_class, check_format, included_modules, make_abi,
                           make_api, take_over)
from .compiled_library import (answer_extern, library_state, make_address, make_attribute,
                               make_library, refuse_null)
from .engine import load as load_engine
from .realize import Realizer
from .symbol_table import SymbolTable

# A compiled part stays open until the process ends, like every extension
# module: functions and pointers into it may be anywhere.
_open_tables = []


def check_fingerprint(module_name, file, fingerprint, tables):
    found = fingerprint_of(tables)
    if found != fingerprint:
        raise ImportError(
            "'%s' is damaged: its declarations have the fingerprint %016x instead of %016x; "
            "build the module again" % (file, found, fingerprint), name=module_name, path=file)


def open_api(module_name, file, format_number, library, fingerprint, tables, includes=()):
    """The (ffi, lib) of an API-mode module whose NAME.py is `file`.

    `library` is the file name of the compiled part beside it, and carries
    `fingerprint`, which is that of `tables`.  `lib` is also entered as the module
    `NAME.lib`.  Raises ImportError, naming both sides, if these do not belong together.
    """
    check_format(module_name, format_number)
    check_fingerprint(module_name, file, fingerprint, tables)
    modules = [m for m in included_modules(includes) if hasattr(m, "lib")]
    states = [module.lib.__cffi_state__ for module in modules]
    path = os.path.join(os.path.dirname(os.path.abspath(file)), library)
    engine = load_engine()
    # As for extension modules, sys.setdlopenflags() decides who sees the symbols.
    flags = engine.RTLD_NOW
    if hasattr(sys, "getdlopenflags"):
        flags |= sys.getdlopenflags()
    symbols = SymbolTable(engine, module_name, path, fingerprint, flags)
    _open_tables.append(symbols)
    codes = CompiledCodes(tables, symbols, [state.codes for state in states])
    realizer = Realizer(engine, codes, [state.realizer for state in states])
    ffis = [module.ffi for module in modules]
    ffi = UnusedFFI(api_class, lambda: make_api(lib, realizer, ffis), realizer.lock)
    lib = make_library(ffi, module_name, realizer, [module.lib for module in modules])
    sys.modules[module_name + ".lib"] = lib
    return ffi, lib


# ---- for the native core -----------------------------------------------------

def new_state(module_name, path, fingerprint, flags, tables, libs, types, lock, ffi):
    """What compiled_library.py knows of a module that the native core has opened, and
    keeps open."""
    engine = load_engine()
    symbols = SymbolTable(engine, module_name, path, fingerprint, flags)
    states = [lib.__cffi_state__ for lib in libs]
    realizer = Realizer(engine, CompiledCodes(tables, symbols, [state.codes for state in states]),
                        [state.realizer for state in states], types, lock)
    return library_state(ffi, module_name, realizer, libs)


def new_abi_state(tables, peers, types, lock, ffi):
    """The same of a module in ABI mode: it has no compiled part to be asked."""
    codes = CompiledCodes(tables, None, [peer.codes for peer in peers])
    return SimpleNamespace(codes=codes, ffi=ffi, realizer=Realizer(
        load_engine(), codes, [peer.realizer for peer in peers], types, lock))


def type_of_code(state, code):
    """The engine type of a code."""
    return state.realizer.type(code)


attribute = make_attribute
address = make_address


def address_inside(state, pointer, path):
    """`pointer` to a member or item of what it points to."""
    return state.ffi.addressof(pointer[0], *path)


def use(ffi, lib, included):
    """Makes the native `ffi` of a module with the library `lib` an object of api_class().
    `included` are the FFIs of included modules."""
    take_over(ffi, make_api(lib, lib.__cffi_state__.realizer, included))
    return True


def use_abi(ffi, state, included):
    """The same for an ABI-mode module: an object of abi_class()."""
    take_over(ffi, make_abi(state.codes.tables, included, state.realizer))
    return True


def open_library(ffi, name, flags):
    from .library import open_library
    return open_library(ffi, name, flags)


def def_extern(lib, name, error, onerror):
    """As CompiledFFI.def_extern."""
    def attach(python_callable):
        wanted = name
        if wanted is None:
            wanted = getattr(python_callable, "__name__", None)
        answer_extern(lib, wanted, python_callable, error, onerror)
        return python_callable

    return attach


__all__ = ["abi_class", "address", "address_inside", "api_class", "attribute", "def_extern", "new_abi_state",
           "new_state", "open_api", "open_library", "refuse_null", "type_of_code", "use", "use_abi"]
