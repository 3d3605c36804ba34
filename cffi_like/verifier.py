"""verifier.py: in-line API mode, FFI.verify().

The C source of the declarations is compiled into a cache whose file names
depend on the content, so that nothing is compiled twice; what is in the cache,
or installed in a package (`ext_package`), works where there is no compiler.
Neighbours: build.py makes the texts, verified.py joins library and FFI.
"""

import hashlib
import importlib
import os
import shutil
import sys
import tempfile
from importlib.machinery import EXTENSION_SUFFIXES

from .build import Source, write_if_changed
from .code_table import FORMAT
from .compiler import Compiler, shared_suffix
from .emit_extension import emit_extension
from .errors import VerificationError
from .opcodes import encode_declarations
from .verified import declared

#: Keywords with paths, which `relative_to` is for.
_PATHS = ("sources", "include_dirs", "library_dirs", "extra_objects", "depends")


class Verifier:
    """What `ffi.verify(source, ...)` compiles and opens, in separate steps.

    `ffi.verifier` is the one of the last call.  Accepts what `FFI.verify`
    accepts.  Attributes: `tmpdir`, `ext_package`, `sourcefilename`,
    `modulefilename`.
    """

    def __init__(self, ffi, preamble="", tmpdir=None, modulename=None, ext_package=None, tag="",
                 force_generic_engine=False, source_extension=".c", flags=None, relative_to=None,
                 caller_file=None, **kwds):
        if modulename and tag:
            raise TypeError("can't specify both 'modulename' and 'tag'")
        self.ffi = ffi
        self.preamble = preamble
        self.kwds = _relative_to(kwds, relative_to)
        self.ext_package = ext_package
        self.flags = flags
        Compiler(".", self.kwds)                # refuses unknown keywords
        with ffi._lock:
            self._name = modulename or self._content_name(tag)
            self._source = Source(self._name, preamble, source_extension, self.kwds,
                                  declared(ffi), [])
        self.tmpdir = tmpdir or os.environ.get("CFFI_TMPDIR") or _cache_folder(caller_file)
        self.sourcefilename = os.path.join(self.tmpdir, self._name + source_extension)
        self.modulefilename = os.path.join(self.tmpdir, self._name + shared_suffix())
        self._text = None

    def _content_name(self, tag):
        """A name for the declarations, the source and how it is compiled."""
        content = repr((FORMAT, sorted(encode_declarations(declared(self.ffi)).items()),
                        self.preamble, sorted(self.kwds.items()), sys.platform,
                        sys.maxsize, shared_suffix()))
        return "_cffi_%s_%s" % (tag, hashlib.sha256(content.encode("utf-8")).hexdigest()[:20])

    def _emit(self):
        """(C source, tables, fingerprint), once."""
        if self._text is None:
            with self.ffi._lock:
                self._text = self._source.c_text()
        return self._text

    # ---- the steps ----------------------------------------------------------

    def get_module_name(self):
        """The name of the module file without suffixes; `modulefilename` may be set."""
        return os.path.basename(self.modulefilename).partition(".")[0]

    def generates_python_module(self):
        """False: what is compiled contains no Python."""
        return False

    def write_source(self, file=None):
        """Write the C source to `sourcefilename`, or to the open `file`."""
        if file is not None:
            file.write(self._emit()[0])
        else:
            write_if_changed(self.sourcefilename, self._emit()[0])

    def compile_module(self):
        """Compile the source into `modulefilename`."""
        self.write_source()
        here = os.getcwd()
        # A folder for this process alone: others may compile the same.
        objects = tempfile.mkdtemp(prefix="build_", dir=self.tmpdir)
        try:
            Compiler(here, self.kwds, object_folder=objects).build(
                [os.path.abspath(self.sourcefilename)], os.path.abspath(self.modulefilename))
        finally:
            shutil.rmtree(objects, ignore_errors=True)

    def load_library(self):
        """The `lib`, compiled if it is neither installed nor in the cache."""
        path = self.find_module()
        if path is not None:
            try:
                return self._open(path)
            except ImportError as error:
                if os.path.dirname(path) != self.tmpdir or path != self.modulefilename:
                    raise VerificationError(str(error)) from None
                # An older one of the name that the user gave: make it again.
        self._make_tmpdir()
        self.compile_module()
        try:
            return self._open(self.modulefilename)
        except ImportError as error:
            raise VerificationError(str(error)) from None

    def find_module(self):
        """The file of a library that was built before, or None."""
        folders = [self.tmpdir]
        if self.ext_package:
            try:
                package = importlib.import_module(self.ext_package)
            except ImportError:
                package = None
            folders[:0] = getattr(package, "__path__", ())
        for folder in folders:
            for suffix in (shared_suffix(), *EXTENSION_SUFFIXES):
                path = os.path.join(folder, self._name + suffix)
                if os.path.isfile(path):
                    return path
        return None

    def _make_tmpdir(self):
        try:
            os.makedirs(self.tmpdir, exist_ok=True)
        except OSError as error:
            raise VerificationError("cannot make the cache folder of verify(): %s (give tmpdir=..., "
                                    "or set CFFI_TMPDIR)" % error) from None

    def _open(self, path):
        from .symbol_table import SymbolTable
        from .verified import join
        _, tables, fingerprint = self._emit()
        engine = self.ffi._engine
        flags = self.flags
        if flags is None:
            flags = engine.RTLD_NOW
            if hasattr(sys, "getdlopenflags"):
                flags |= sys.getdlopenflags()
        symbols = SymbolTable(engine, self._name, path, fingerprint, flags)
        _open_tables.append(symbols)
        return join(self.ffi, tables, symbols, self._name)

    def get_extension(self):
        """An Extension for `setup(ext_modules=[...], ext_package=...)`, which installs
        the library so that verify() with the same `ext_package` finds it.  Its name
        is that of the library alone, as in CFFI: setuptools puts the package before it."""
        from setuptools import Extension
        text, tables, fingerprint = self._emit()
        self._make_tmpdir()
        write_if_changed(self.sourcefilename, text + emit_extension(self._name, tables, fingerprint))
        options = dict(self.kwds)
        sources = [_shortest(self.sourcefilename), *options.pop("sources", ())]
        return Extension(self._name, sources, **options)


# Functions may be anywhere, so libraries stay open.
_open_tables = []


def _shortest(path):
    """`path` counted from the current folder if it lies below it, as setuptools wants it."""
    relative = os.path.relpath(path)
    return path if relative.startswith(os.pardir) else relative


def _relative_to(kwds, path):
    """The keywords, with paths relative to the folder of the file `path`."""
    if not path:
        return kwds
    folder = os.path.dirname(path)
    kwds = dict(kwds)
    for name in _PATHS:
        if name in kwds:
            kwds[name] = [os.path.join(folder, value) for value in kwds[name]]
    return kwds


def _cache_folder(caller_file):
    folder = os.path.dirname(os.path.abspath(caller_file)) if caller_file else os.getcwd()
    return os.path.join(folder, "__pycache__")


__all__ = ["Verifier"]
