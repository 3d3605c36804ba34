"""embedding.py: runs the initialisation code of an embedded module.

The C file that emit_embedding.py writes calls `start`, once, in the thread
that came first.  Neighbour: engine/__init__.py, which opens the very library again.
"""

import linecache
import sys
import traceback
from types import ModuleType

from .engine import open_api


def start(module_name, path, format_number, fingerprint, tables, includes, init_code):
    """Make the module `module_name`, whose compiled part is the library `path`,
    and run `init_code`, which may import it.

    Returns whether that worked; an exception is reported on stderr.
    """
    module = ModuleType(module_name)
    module.__file__ = path
    sys.modules[module_name] = module
    file = "<init code for '%s'>" % module_name
    # So that a traceback shows the lines.
    linecache.cache[file] = (len(init_code), None, init_code.splitlines(True), file)
    try:
        folder, _, name = path.rpartition("/")
        module.ffi, module.lib = open_api(module_name, path, format_number, name, fingerprint,
                                          tables, includes)
        exec(compile(init_code, file, "exec"), {"__name__": module_name + ".init"})
    except BaseException:       # also sys.exit(), which is not for the program to obey
        traceback.print_exc()
        return False
    return True
