"""as_cppyy.py: this package under the name `cppyy`, for scripts and packages that import that.

The module `cppyy` is made here, nothing is written anywhere.  Its names are the package's; where the two
differ on purpose and a switch exists (the iteration over maps), it is set to cppyy's way.
Neighbours: cli.py, whose command `run` starts a script with it.
"""

import importlib
import importlib.util
import os
import runpy
import sys
import types
from importlib.machinery import ModuleSpec

#: The cppyy whose behaviour this is: scripts ask for it.
VERSION = "3.5.0"


class _Finder:
    """Makes `import cppyy.gbl.std`, `import cppyy.ll` and the like give the package's modules and namespaces."""

    @staticmethod
    def _ours(name):
        return __package__ + name[len("cppyy"):]

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if not name.startswith("cppyy.") or importlib.util.find_spec(cls._ours(name)) is None:
            return None
        return ModuleSpec(name, cls, is_package=True)

    @staticmethod
    def create_module(spec):
        return None

    @classmethod
    def exec_module(cls, module):
        # What stands there afterwards is what the import statement gives.
        sys.modules[module.__name__] = importlib.import_module(cls._ours(module.__name__))


class _Module(types.ModuleType):
    """The module `cppyy`: its attributes are the package's."""

    def __getattr__(self, name):
        try:
            return getattr(sys.modules[__package__], name)
        except AttributeError:
            raise AttributeError("module 'cppyy' has no attribute '%s'" % name) from None

    def __dir__(self):
        return sorted(set(super().__dir__()) | set(dir(sys.modules[__package__])))


def install_as_cppyy():
    """Let `import cppyy`, `from cppyy.gbl import X` and their like give this package, in the whole process.

    Maps give pairs from then on (`cppbind.py.set_map_iteration`), and `cppyy.__version__` is that of the cppyy
    which this follows.  Returns the module `cppyy`; calling it again changes nothing.  Raises ImportError where
    another cppyy was imported before.
    """
    found = sys.modules.get("cppyy")
    if isinstance(found, _Module):
        return found
    if found is not None:
        raise ImportError("cppyy itself is imported already, from %s: call install_as_cppyy() before"
                          % getattr(found, "__file__", "somewhere"))
    from .runtime.pythonize_mapping import set_map_iteration
    module = _Module("cppyy", sys.modules[__package__].__doc__)
    module.__version__ = VERSION
    module.__path__ = []
    module.__file__ = __file__
    sys.modules["cppyy"] = module
    sys.meta_path.insert(0, _Finder)
    set_map_iteration("pairs")
    return module


def run(arguments):
    """Run a script, or with "-m" a module, as Python would, under `install_as_cppyy`.

    `arguments`: the script's path or "-m" and the module's name, then its own arguments.  Returns None.
    """
    install_as_cppyy()
    if arguments[0] == "-m":
        sys.argv = arguments[1:]
        sys.path.insert(0, "")
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
        return
    sys.argv = list(arguments)
    sys.path.insert(0, os.path.dirname(os.path.realpath(arguments[0])))
    runpy.run_path(arguments[0], run_name="__main__")
