"""setuptools_ext.py: `setup(cffi_modules=[...])` and `[tool.cffi_like]`.

setuptools calls `finalize` for every distribution, and `check_keyword` for
those that give `cffi_modules`, because the metadata of this project registers
both (pyproject.toml, entry points).  What is to be built is found out here;
the commands that build it are in setuptools_commands.py.

PyPI's cffi registers the same keyword.  `finalize` runs before all keywords
are handled (its `order` is negative), takes the modules whose FFI is one of
ours out of the list, and leaves the rest to cffi.  So both may be installed,
and one setup() may even use both.
"""

import os
import sys

from setuptools.errors import SetupError

KEYWORD = "cffi_modules"


def finalize(dist):
    """Entry point `setuptools.finalize_distribution_options`."""
    given = getattr(dist, KEYWORD, None)
    builders = _as_list(given, "setup(%s=...)" % KEYWORD)
    settings = _pyproject("pyproject.toml")
    configured = _as_list(settings.get("cffi-modules", settings.get("cffi_modules")),
                          "[tool.cffi_like] cffi-modules in pyproject.toml")
    ours, others = [], []
    if not builders and not configured:
        return
    # Not above: this runs for every distribution, and where the core is missing they must still build.
    from .api import FFI
    for text in builders + [c for c in configured if c not in builders]:
        ffi = _find_ffi(text)
        if isinstance(ffi, FFI):
            ours.append(_checked(ffi, text))
        elif text in configured or not _is_foreign_ffi(ffi):
            raise TypeError("'%s' is no cffi_like.FFI but %r" % (text, type(ffi).__name__))
        else:
            others.append(text)
    if given is not None:
        setattr(dist, KEYWORD, others or None)
    if ours:
        from .setuptools_commands import add_modules
        add_modules(dist, ours)


# Before setuptools hands the keywords to those who registered them (order 0).
finalize.order = -10


def check_keyword(dist, attr, value):
    """Entry point `distutils.setup_keywords`.  What `finalize` left belongs to
    PyPI's cffi, whose own entry point sees it as well."""


def _as_list(value, where):
    if value is None:
        return []
    if isinstance(value, str):
        return [value]
    if not isinstance(value, (list, tuple)) or not all(isinstance(v, str) for v in value):
        raise TypeError("%s must be a str or a list of str, not %r" % (where, value))
    return list(value)


def _find_ffi(text):
    path, colon, name = text.rpartition(":")
    if not colon:
        raise SetupError("%s=%r must be of the form 'path/build.py:ffi_variable'"
                         % (KEYWORD, text))
    if not os.path.exists(path):
        hint = ""
        if os.path.exists(path.replace(".", "/") + ".py"):
            hint = "; did you mean '%s.py:%s'?" % (path.replace(".", "/"), name)
        raise SetupError("%s=%r: '%s' does not name an existing file%s"
                         % (KEYWORD, text, path, hint))
    from .cli import Mistake, run_builder
    sys.path.insert(0, os.getcwd())
    try:
        return run_builder(path, name, "__cffi__", check=False)
    except Mistake as mistake:
        raise SetupError("%s=%r: %s" % (KEYWORD, text, mistake)) from None
    finally:
        sys.path.remove(os.getcwd())


def _is_foreign_ffi(ffi):
    """Whether it is an FFI of PyPI's cffi, which has to build it."""
    return any(base.__name__ == "FFI" and base.__module__.partition(".")[0] == "cffi"
               for base in type(ffi).__mro__)


def _checked(ffi, text):
    if ffi._source is None:
        raise TypeError("%s=%r: the FFI did not call set_source()" % (KEYWORD, text))
    return ffi


def _pyproject(path):
    """The table [tool.cffi_like] of the project in the current folder, or {}."""
    try:
        with open(path, "rb") as file:
            raw = file.read()
    except OSError:
        return {}
    if b"cffi_like" not in raw:         # spare most projects the parser
        return {}
    return _load_toml(path).get("tool", {}).get("cffi_like", {})


def _load_toml(path):
    try:
        import tomllib
    except ImportError:                 # Python before 3.11: setuptools has a copy
        from setuptools.config.pyprojecttoml import load_file
        return load_file(path)
    with open(path, "rb") as file:
        return tomllib.load(file)
