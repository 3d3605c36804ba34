"""The seam: chooses the core that cffi_like runs on.

An engine is a module-like object with the low-level functions of CFFI's
`_cffi_backend` under their names (`new_primitive_type`, `newp`, `cast`, ...)
and with the extensions

    library.load_function(ctype, name, release_gil=True, parameters=None)
    function_at(ctype, address, name, release_gil=True, parameters=None)
    newp_keeping(ctype, init)           # newp whose pointers keep what they point to
    new_allocator(alloc, free, should_clear_after_alloc)   -> function (ctype, init)

native.py is our own core, builtin.py adapts a `_cffi_backend`.

A generated NAME.py comes here as well, with `open_abi` and `open_api`, for
compiled_ffi.py and module_reader.py.  Only where our core is, it goes there directly:
that opens compiled modules itself (c_backend/compiled_open.c), and comes here if
something is wrong with one.
"""

import os
import sys

_engine = None


def load():
    """The engine of this process, chosen at the first call.

    PyPy has one of its own.  On CPython the environment variable CFFI_LIKE_ENGINE
    ('native' or 'cffi') decides; without it the native core is taken if it was
    built, else the `_cffi_backend` of the `cffi` package.  Raises ImportError if
    there is none.
    """
    global _engine
    if _engine is None:
        wanted = os.environ.get("CFFI_LIKE_ENGINE", "")
        _engine = _cffi() if sys.implementation.name == "pypy" else _choose(wanted)
    return _engine


def native_ffi(engine):
    """The class `FFI` of the native core, or None on another engine (CFFI has a class
    of this name, which is a whole FFI)."""
    found = getattr(engine, "FFI", None)
    return found if hasattr(found, "_native_types") else None


def _native():
    try:
        import _cffi_like
    except ImportError:
        from . import native        # which knows why there is none
        return native.engine
    return _cffi_like


def _cffi():
    from . import builtin
    return builtin.adapt()


_CHOICES = {"native": _native, "cffi": _cffi}


def _choose(wanted):
    if wanted and wanted not in _CHOICES:
        raise ImportError("CFFI_LIKE_ENGINE=%r: expected 'native' or 'cffi'" % wanted)
    failures = []
    for name in (wanted,) if wanted else _CHOICES:
        try:
            return _CHOICES[name]()
        except ImportError as problem:
            failures.append("  %s: %s" % (name, problem))
    raise ImportError(
        "cffi_like found no core to run on. Tried:\n%s\n"
        "Either install cffi_like where a C compiler, Python's headers and libffi's headers "
        "are available, or install the package 'cffi', whose core will be used instead."
        % "\n".join(failures))


# ---- for generated modules ---------------------------------------------------

def open_abi(module_name, format_number, tables, includes=()):
    """The `ffi` of an ABI-mode module; libraries are opened with `ffi.dlopen`.

    `tables` are encoded declarations (opcodes.py), `includes` the names of
    modules to look names up in as well.  Raises ImportError for a file that
    another version generated.
    """
    from ..compiled_ffi import open_abi
    return open_abi(module_name, format_number, tables, includes)


def open_api(module_name, file, format_number, library, fingerprint, tables, includes=()):
    """The (ffi, lib) of an API-mode module whose NAME.py is `file`.

    `library` is the file name of the compiled part beside it, and carries
    `fingerprint`.  `lib` is also entered as the module `NAME.lib`.  Raises
    ImportError, naming both sides, if the two do not belong together.
    """
    try_open = getattr(load(), "try_open", None)
    if try_open is not None:
        opened = try_open(module_name, file, format_number, library, fingerprint, tables, includes)
        if opened is not None:
            return opened
    from ..module_reader import open_api
    return open_api(module_name, file, format_number, library, fingerprint, tables, includes)
