"""The FFI of scripts and build scripts: cdef, and what is built from it.

`FFI` adds declarations to the run-time FFI (ffi.py).  The parser is imported
by the first cdef, the compiler side (build.py) by the first call that needs
it.
"""

import os
import sys

from . import model
from .errors import FFIError
from .ffi import RuntimeFFI
from .lower import Lowering
from .resolve import Resolver

_UNICODE_TYPES = ("typedef %s TBYTE; typedef %s TCHAR;"
                  "typedef const TCHAR *LPCTSTR, *PCTSTR, *LPCTCH, *PCTCH;"
                  "typedef TCHAR *LPTSTR, *PTSTR, *PTCHAR, *LPTCH; typedef TBYTE *PTBYTE;")


class FFI(RuntimeFFI):
    """Declare C with `cdef`, then open libraries (`dlopen`) or build modules
    (`set_source`, `compile`).

    `backend` may be a module with the interface of CFFI's `_cffi_backend`.
    """

    def __init__(self, backend=None):
        engine = None
        if backend is not None:
            from .engine import builtin
            engine = builtin.adapt(backend)
        super().__init__(model.Declarations(), engine=engine, strict=False)
        self._source = None
        self._init_code = None      # embedding: Python text, or "" before it is given
        self._unicode = None

    # ---- declarations -----------------------------------------------------

    def cdef(self, csource, override=False, packed=False, pack=None, release_gil=True,
             defines=None):
        """Add C declarations.

        `override` lets them replace earlier ones.  `packed` and `pack` (a power
        of two) limit the alignment of members of the records defined here.
        `release_gil=False` keeps the GIL during calls of the functions declared
        here: faster, for functions that are short, never block and never call back.
        `defines` makes `#if`, `#ifdef` and the like work: a dict of the names that are
        defined and their integers (or None for a name alone).

        Raises CDefError with line and column, FFIError for a declaration that
        conflicts with another one.  A cdef that fails declares nothing.
        """
        if not isinstance(csource, str):
            raise TypeError("cdef() argument must be a string")
        self._cdef(csource, override, _pack(packed, pack), release_gil, defines)

    def _cdef(self, csource, override, pack, release_gil, defines=None, exported=False):
        from .parse import parse_cdef
        with self._lock:
            new, anonymous = parse_cdef(csource, self._resolver, override, pack,
                                        release_gil, self._size_of, defines)
            if exported:
                _answer_in_python(new)
            self._merge(new, override)
            self._resolver.anonymous_count = anonymous
            self._lowering.complete_declared(new.records)

    def declare(self, *items, override=False):
        """Add declarations that are objects of `cffi_like.model` instead of text:
        Record, Enum, Typedef, FunctionDeclaration, VariableDeclaration,
        ConstantDeclaration, ExternPython.

        Equal in power to cdef.  Raises TypeError for other objects, ValueError for
        what C cannot have, FFIError for one that conflicts with another (unless
        `override`).  A call that fails declares nothing.
        """
        from .declare import tables_of
        with self._lock:
            new = tables_of(items, self._resolver, override)
            self._merge(new, override)
            self._lowering.complete_declared(new.records)

    def _merge(self, new, override):
        from .parse import merge
        declarations = self._declarations
        replaced = override and _replaces(declarations, new)
        merge(declarations, new)
        if new.enums:
            self._resolver.forget_enumerators()
        if replaced:
            self._lowering.forget()
        if override:
            for lib in self._libraries:
                lib.__cffi_forget__()
        if override or new.typedefs:
            # Strings that were looked up before may mean something else now.
            self._types.clear()

    def _size_of(self, node, new, alignment):
        """sizeof for constant expressions inside a cdef, whose declarations so
        far are `new`: lowered apart, so that nothing of a failed cdef stays."""
        scratch = model.Declarations(included=[self._declarations])
        for table in ("records", "enums", "typedefs"):
            setattr(scratch, table, getattr(new, table))
        resolver = Resolver(scratch)
        resolver.share(self._resolver)
        lowering = Lowering(self._engine, resolver)
        lowering.peers.append(self._lowering)
        ctype = lowering.lower(node)
        return (self._engine.alignof if alignment else self._engine.sizeof)(ctype)

    def _parse_type(self, text):
        if "{" not in text:
            return super()._parse_type(text)
        from .parse import parse_definition
        node, new, self._resolver.anonymous_count = parse_definition(
            text, self._resolver, self._size_of)
        self._declarations.records.update(new.records)
        self._declarations.enums.update(new.enums)
        self._resolver.forget_enumerators()
        return node

    def include(self, ffi_to_include):
        """Use the declarations of another FFI as well, its types being the same."""
        if not isinstance(ffi_to_include, RuntimeFFI):
            raise TypeError("ffi.include() expects an argument that is also of type "
                            "cffi_like.FFI, not %r" % type(ffi_to_include).__name__)
        if ffi_to_include is self:
            raise ValueError("self.include(self)")
        if _reaches(ffi_to_include, self):
            raise FFIError("ffi.include(): the included FFI already includes this one")
        with self._lock:
            self._declarations.included.append(ffi_to_include._declarations)
            self._add_included(ffi_to_include)

    def set_unicode(self, enabled_flag):
        """Windows: declare TCHAR and its relatives as wchar_t (True) or char."""
        if self._unicode is not None:
            raise ValueError("set_unicode() can only be called once")
        enabled_flag = bool(enabled_flag)
        character = "wchar_t" if enabled_flag else "char"
        self.cdef(_UNICODE_TYPES % (character, character))
        self._unicode = enabled_flag

    # ---- building ---------------------------------------------------------

    def set_source(self, module_name, source, source_extension=".c", **kwds):
        """Name the module to build and give its C source (None for ABI mode).

        Keywords are those of a distutils Extension.  Raises ValueError if called
        twice or if the name has a slash, TypeError if name or source is no string.
        """
        if self._source is not None:
            raise ValueError("set_source() cannot be called several times per ffi object")
        if not isinstance(module_name, str):
            raise TypeError("'module_name' must be a string")
        if os.sep in module_name or (os.altsep and os.altsep in module_name):
            raise ValueError("'module_name' must not contain '/': use a dotted name to make "
                             "a 'package.module' location")
        if source is not None and not isinstance(source, str):
            raise TypeError("'source' must be a string, or None for ABI mode, not %r" % type(source).__name__)
        self._source = (module_name, source, source_extension, kwds)

    def set_source_pkgconfig(self, module_name, pkgconfig_libs, source,
                             source_extension=".c", **kwds):
        """set_source() with the flags that pkg-config gives for `pkgconfig_libs`, a
        list of package names.  Raises PkgConfigError."""
        from .pkgconfig import flags_from_pkgconfig
        if not isinstance(pkgconfig_libs, (list, tuple)):
            raise TypeError("the pkgconfig_libs argument must be a list of package names")
        for name, values in flags_from_pkgconfig(pkgconfig_libs).items():
            kwds[name] = list(kwds.get(name, ())) + values
        self.set_source(module_name, source, source_extension, **kwds)

    def embedding_api(self, csource, packed=False, pack=None):
        """Declare, as cdef() does, what C programs are offered: the functions are
        exported, and answered with def_extern() in the initialisation code."""
        if not isinstance(csource, str):
            raise TypeError("embedding_api() argument must be a string")
        self._cdef(csource, False, _pack(packed, pack), True, exported=True)
        if self._init_code is None:
            self._init_code = ""

    def embedding_init_code(self, pysource):
        """Give the Python text that runs when one of the functions is called
        first; it may be indented.  Raises SyntaxError, ValueError if called twice,
        TypeError for what is no text."""
        import textwrap
        if not isinstance(pysource, str):
            raise TypeError("embedding_init_code() argument must be a string, not %r" % type(pysource).__name__)
        if self._init_code:
            raise ValueError("embedding_init_code() can only be called once")
        text = textwrap.dedent(pysource.lstrip("\n"))
        compile(text, "<embedding_init_code>", "exec")
        self._init_code = text

    def _check_source(self, method):
        if self._source is None:
            raise ValueError("set_source() must be called before %s()" % method)

    def distutils_extension(self, tmpdir="build", verbose=True):
        """Write the C source below `tmpdir` and return a setuptools Extension that
        builds the module, for `setup(ext_modules=[...])`.  It is compiled for one
        version of Python; `setup(cffi_modules=[...])` builds for all."""
        self._check_source("distutils_extension")
        from .build import make_extension
        return make_extension(self, tmpdir, verbose)

    def verify(self, source="", tmpdir=None, **kwds):
        """Compile `source` with the declarations, unless that was done before, and
        return the `lib`.

        `tmpdir` is the cache, else the folder CFFI_TMPDIR names, else `__pycache__`
        beside the caller.  An installed library `modulename` (default: a name that
        depends on the content, with `tag`) in the package `ext_package` comes
        first.  `relative_to` is the file that paths count from; `flags` are for
        dlopen; `source_extension` and other keywords are as for set_source().
        Raises VerificationError if the compiler or what it finds disagrees.
        """
        from .verifier import Verifier
        self.verifier = Verifier(self, source, tmpdir, caller_file=_caller_file(),
                                 **self._with_unicode(kwds))
        self._verified_lib = self.verifier.load_library()
        return self._verified_lib

    def _with_unicode(self, kwds):
        if not self._unicode:
            return kwds
        macros = [("UNICODE", "1"), ("_UNICODE", "1"), *kwds.get("define_macros", ())]
        return dict(kwds, define_macros=macros)

    def compile(self, tmpdir=".", verbose=0, target=None, debug=None):
        """Build the module named by set_source() and return the path of the file."""
        self._check_source("compile")
        from .build import compile_module
        return compile_module(self, tmpdir, verbose, target, debug)

    def emit_c_code(self, filename):
        """Write the C source of the module to a file."""
        self._check_source("emit_c_code")
        if self._source[1] is None:
            raise TypeError("emit_c_code() is only for API mode, not for set_source(.., None)")
        from .build import emit_c_code
        emit_c_code(self, filename)

    def emit_python_code(self, filename):
        """Write the Python source of an ABI-mode module to a file."""
        self._check_source("emit_python_code")
        if self._source[1] is not None:
            raise TypeError("emit_python_code() is only for ABI mode, set_source(.., None)")
        from .build import emit_python_code
        emit_python_code(self, filename)


def _answer_in_python(new):
    """Turn new functions into ones that C calls and Python answers."""
    for name, declared in new.functions.items():
        new.extern_python[name] = model.ExternPython(name, declared.type, True, declared.location)
    new.functions.clear()


def _caller_file():
    """The file of whoever called verify(), or None."""
    return sys._getframe(2).f_globals.get("__file__")


def _reaches(ffi, wanted):
    """Whether `wanted` is among what `ffi` includes, at any depth."""
    return any(other is wanted or _reaches(other, wanted) for other in ffi._included)


def _pack(packed, pack):
    """The `packed` and `pack` arguments as an alignment in bytes, 0 for natural."""
    if packed:
        if packed != 1:
            raise ValueError("'packed' should be False or True; use 'pack' to give another "
                             "value")
        if pack:
            raise ValueError("cannot give both 'pack' and 'packed'")
        return 1
    if not pack:
        return 0
    if not isinstance(pack, int) or pack & (pack - 1) or pack < 0:
        raise ValueError("'pack' must be a power of two, not %r" % (pack,))
    return pack


def _replaces(declarations, new):
    """Whether types in use may have changed their meaning."""
    for table in ("records", "enums", "typedefs"):
        old = getattr(declarations, table)
        for key, value in getattr(new, table).items():
            if key in old and old[key] != value:
                return True
    return False


__all__ = ["FFI"]
