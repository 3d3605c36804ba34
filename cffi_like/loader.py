"""loader.py: what a generated NAME.py calls when it is imported.

`open_abi` makes `ffi`; `open_api` opens the compiled part and makes `ffi` and
`lib`.  Nothing is parsed, and no type is made before it is named.
"""

import os
import sys

from .compiled_library import answer_extern, make_library
from .compiled_types import CompiledDeclarations, CompiledLowering
from .emit_py import FORMAT
from .engine import load as load_engine
from .ffi import RuntimeFFI
from .opcodes import LazyDeclarations
from .resolve import Resolver
from .symbol_table import SymbolTable

# A compiled part stays open until the process ends, like every extension
# module: functions and pointers into it may be anywhere.
_open_tables = []


class CompiledFFI(RuntimeFFI):
    """The `ffi` of an API-mode module."""

    def def_extern(self, name=None, error=None, onerror=None):
        """A decorator that attaches a Python function to the `extern "Python"`
        function of the same name, or of `name`.  Attaching again replaces.

        `error` is returned to C after an exception, which `onerror(type, value,
        traceback)` may handle.  Raises FFIError for an unknown name, TypeError
        if `error` does not convert to the result type.
        """
        def attach(python_callable):
            wanted = name
            if wanted is None:
                wanted = getattr(python_callable, "__name__", None)
            answer_extern(self._lib, wanted, python_callable, error, onerror)
            return python_callable

        return attach


def _check_format(module_name, found):
    if found != FORMAT:
        raise ImportError(
            "module '%s' was generated in format %r, this cffi_like reads format %d: "
            "generate it again with this version" % (module_name, found, FORMAT),
            name=module_name)


def _included_modules(names):
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
    _check_format(module_name, format_number)
    ffis = [module.ffi for module in _included_modules(includes)]
    declarations = LazyDeclarations(tables, [ffi._declarations for ffi in ffis])
    return RuntimeFFI(declarations, included=ffis)


def open_api(module_name, file, format_number, library, fingerprint, tables, includes=()):
    """The (ffi, lib) of an API-mode module whose NAME.py is `file`.

    `library` is the file name of the compiled part beside it, and carries
    `fingerprint`.  `lib` is also entered as the module `NAME.lib`.  Raises
    ImportError, naming both sides, if the two do not belong together.
    """
    _check_format(module_name, format_number)
    modules = _included_modules(includes)
    ffis = [module.ffi for module in modules]
    path = os.path.join(os.path.dirname(os.path.abspath(file)), library)
    engine = load_engine()
    symbols = SymbolTable(engine, module_name, path, fingerprint)
    _open_tables.append(symbols)
    declarations = CompiledDeclarations(tables, symbols,
                                        [ffi._declarations for ffi in ffis])
    lowering = CompiledLowering(engine, Resolver(declarations, True))
    ffi = CompiledFFI(declarations, lowering, ffis, engine)
    lib = make_library(ffi, module_name, symbols, declarations,
                       [module.lib for module in modules if hasattr(module, "lib")])
    ffi._lib = lib
    sys.modules[module_name + ".lib"] = lib
    return ffi, lib
