"""`_cffi_backend` as CFFI's own low-level tests import it: the native core.

Only for running the suites of other projects (see `run_cffi.py`).
"""

import os
import shlex
import subprocess
import sysconfig
import tempfile

from cffi_like import _backend
from cffi_like._backend import *        # noqa: F401,F403  (the tests do the same)
from cffi_like._backend import _get_types  # noqa: F401

__version__ = "2.1.1"       # the version whose behaviour this is

_library = None


def _get_common_types(names):
    """Fill a dict with the names that mean a type everywhere: the front end's table."""
    from cffi_like import common_types
    names.update((name, node.name) for name, node in common_types.COMMON_NAMES.items()
                 if hasattr(node, "name"))


def _load_test_functions():
    """Compile `test_functions.c` once in this process."""
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "test_functions.c")
    with tempfile.TemporaryDirectory() as folder:
        output = os.path.join(folder, "test_functions.so")
        compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")
        subprocess.run(compiler[:1] + ["-shared", "-fPIC", "-O1", source, "-o", output], check=True)
        return _backend.load_library(output, 0)


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
