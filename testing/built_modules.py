"""Builds and imports compiled modules for the tests of API mode."""

import importlib
import itertools
import re
import sys
import warnings

from cffi_like import FFI
from cffi_like.code_table import fingerprint_of

_numbers = itertools.count(1)


def fresh_name(stem="mod"):
    """A module name that nobody imported yet in this process."""
    return "_%s_%d" % (stem, next(_numbers))


def builder(cdef, source, name=None, include=(), **options):
    """An FFI with `cdef` and `set_source` done, and no warnings of style."""
    ffi = FFI()
    for other in include:
        ffi.include(other)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ffi.cdef(cdef)
    ffi.set_source(name or fresh_name(), source, **options)
    return ffi


def import_from(folder, name):
    """Import module `name` that was built below `folder`."""
    sys.path.insert(0, str(folder))
    try:
        importlib.invalidate_caches()
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(folder))


def build(folder, cdef, source, name=None, **options):
    """Build a module in `folder` and return it, imported."""
    name = name or fresh_name()
    builder(cdef, source, name, **options).compile(tmpdir=str(folder))
    return import_from(folder, name)


def signed(text, library):
    """`text` of a NAME.py that somebody changed, and its `library` (bytes), with the fingerprint that
    goes with the changed tables: what else is checked then shows."""
    before = re.search("0x[0-9a-f]{16}", text).group()
    call = text[text.index("ffi, lib = open_api("):].replace("del open_api", "")
    names = {"open_api": lambda *arguments: (fingerprint_of(arguments[5]), None), "__name__": "", "__file__": ""}
    exec(call, names)
    old, new = (value.to_bytes(8, sys.byteorder) for value in (int(before, 16), names["ffi"]))
    assert library.count(old) == 1
    return text.replace(before, "0x%016x" % names["ffi"]), library.replace(old, new)
