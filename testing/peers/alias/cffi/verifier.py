"""`cffi.verifier`: verify() in separate steps, and the folder that its tests empty."""

import os

from cffi_like import verifier as _verifier
from cffi_like.compiler import shared_suffix
from cffi_like.verifier import Verifier  # noqa: F401

# Upstream's tests put a function of their own in its place.
Verifier._write_source = Verifier.write_source

_FORCE_GENERIC_ENGINE = False
_TMPDIR = None


def set_tmpdir(dirname):
    """Where verify() keeps its cache if no `tmpdir` is given."""
    global _TMPDIR
    _TMPDIR = dirname
    os.environ["CFFI_TMPDIR"] = dirname


def cleanup_tmpdir(tmpdir=None, keep_so=False):
    """Remove the cached files, or with `keep_so` all but the libraries."""
    folder = tmpdir or os.environ.get("CFFI_TMPDIR") or _verifier._cache_folder(None)
    try:
        names = os.listdir(folder)
    except OSError:
        return
    for name in names:
        if name.startswith("_cffi_") and not (keep_so and name.endswith(shared_suffix())):
            try:
                os.unlink(os.path.join(folder, name))
            except OSError:
                pass


def _get_so_suffixes():
    return [shared_suffix()]


class _Engine:
    _class_key = ""
    _gen_python_module = False


def _locate_engine_class(ffi, force_generic_engine):
    return _Engine
