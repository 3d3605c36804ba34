"""`_cffi_backend` as CFFI's own low-level tests import it: the native core.

Only for running the code of other projects (see `run_cffi.py`, `run_packages.py`).
"""

import importlib.machinery
import importlib.util
import os
import shlex
import subprocess
import sysconfig
import tempfile

import _cffi_like as _backend
from _cffi_like import *        # noqa: F401,F403  (the tests do the same)
from _cffi_like import _get_types  # noqa: F401
from cffi_like.errors import FFIError
from cffi_like.ffi import RuntimeFFI
from cffi_like.model import Declarations

globals().update((_name, getattr(_backend, _name)) for _name in dir(_backend)
                 if _name == "_CDataBase" or _name.startswith("__CData"))
__version__ = "2.1.1"       # the version whose behaviour this is

_library = None


class FFI(RuntimeFFI):
    """The run-time FFI by itself: with the types of C, and no declarations."""

    error = FFIError
    NULL = _backend.cast(_backend.new_pointer_type(_backend.new_void_type()), 0)

    def __new__(cls, *args, **keywords):
        # Not in __init__, which a class derived from this need not call.
        self = super().__new__(cls)
        RuntimeFFI.__init__(self, Declarations())
        return self

    def __init__(self):
        pass

    def _unknown_size(self, cdecl, problem):
        return FFIError(str(problem))


def _get_common_types(names):
    """Fill a dict with the names that mean a type everywhere: the front end's table."""
    from cffi_like import common_types
    names.update((name, node.name) for name, node in common_types.COMMON_NAMES.items()
                 if hasattr(node, "name"))


def _compile_and_load(name, load, *flags):
    """What `load` makes of the library of the C file `name`, which is compiled first."""
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".c")
    with tempfile.TemporaryDirectory() as folder:
        output = os.path.join(folder, name + ".so")
        compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")
        subprocess.run(compiler[:1] + ["-shared", "-fPIC", "-O1", source, "-o", output, *flags], check=True)
        return load(output)


def _load_test_functions():
    """Compile `test_functions.c` once in this process."""
    return _compile_and_load("test_functions", lambda path: _backend.load_library(path, 0))


def _load_module(path):
    loader = importlib.machinery.ExtensionFileLoader("test_buffers", path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("test_buffers", loader))
    loader.exec_module(module)
    return module


def _testbuff(kind, methods):
    """Give a class the buffer protocol."""
    _compile_and_load("test_buffers", _load_module, "-I" + sysconfig.get_paths()["include"]).give(kind, methods)


def _testfunc(number):
    """The address of one of the functions that the upstream tests call."""
    global _library
    if _library is None:
        _library = _load_test_functions()
    void = _backend.new_void_type()
    lookup = _library.load_function(
        _backend.new_function_type((_backend.new_primitive_type("int"),),
                                   _backend.new_pointer_type(void)), "test_function")
    address = lookup(number)
    if not address:
        raise ValueError("no test function %d" % number)
    return int(_backend.cast(_backend.new_primitive_type("intptr_t"), address))
