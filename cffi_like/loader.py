"""loader.py: what a generated NAME.py calls when it is imported.

`open_abi` makes `ffi`; `open_api` opens the compiled part and makes `ffi` and
`lib`.  Nothing is parsed, and no type is made before it is named.  The native
core does this itself (c_backend/compiled_open.c); other cores, and modules
with which something is wrong, have module_reader.py.
"""

from .engine import load as load_engine

_native = getattr(load_engine(), "open_api", None)


def open_abi(module_name, format_number, tables, includes=()):
    """The `ffi` of an ABI-mode module; libraries are opened with `ffi.dlopen`.

    `tables` are encoded declarations (opcodes.py), `includes` the names of
    modules to look names up in as well.  Raises ImportError for a file that
    another version generated.
    """
    from .module_reader import open_abi
    return open_abi(module_name, format_number, tables, includes)


def open_api(module_name, file, format_number, library, fingerprint, tables, includes=()):
    """The (ffi, lib) of an API-mode module whose NAME.py is `file`.

    `library` is the file name of the compiled part beside it, and carries
    `fingerprint`.  `lib` is also entered as the module `NAME.lib`.  Raises
    ImportError, naming both sides, if the two do not belong together.
    """
    if _native is not None:
        opened = _native(module_name, file, format_number, library, fingerprint, tables, includes)
        if opened is not None:
            return opened
    from .module_reader import open_api
    return open_api(module_name, file, format_number, library, fingerprint, tables, includes)
