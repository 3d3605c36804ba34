"""alias.py: a package of this project under the name of another one, in this process.

For scripts and packages that import `cffi` (`install_as_cffi`) or, by cppbind, `cppyy`.  Nothing is written
anywhere: an import hook gives this project's modules.  Neighbours: cli.py and cppbind/as_cppyy.py, whose
commands `run` start scripts under such a name.
"""

import importlib
import importlib.util
import os
import runpy
import sys
import types
from importlib.machinery import ModuleSpec

CFFI_VERSION = (2, 1, 1)        # of the CFFI whose behaviour this is: scripts ask for it


class AliasModule(types.ModuleType):
    """A module with the attributes of the package `_package`."""

    def __getattr__(self, name):
        try:
            return getattr(sys.modules[self.__dict__["_package"]], name)
        except AttributeError:
            raise AttributeError("module '%s' has no attribute '%s'" % (self.__name__, name)) from None

    def __dir__(self):
        return sorted(set(super().__dir__()) | set(dir(sys.modules[self._package])))


class _Finder:
    """Gives `alias.x.y` the module `package.x.y`; some modules have other names there."""

    def __init__(self, alias, package, renamed):
        self.alias, self.package, self.renamed = alias, package, renamed

    def _ours(self, name):
        rest = name[len(self.alias) + 1:]
        return "%s.%s" % (self.package, self.renamed.get(rest, rest))

    def find_spec(self, name, path=None, target=None):
        if not name.startswith(self.alias + ".") or importlib.util.find_spec(self._ours(name)) is None:
            return None
        return ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        # What stands there afterwards is what the import statement gives.
        sys.modules[module.__name__] = importlib.import_module(self._ours(module.__name__))


def install_alias(alias, package, version, renamed=None):
    """Let `import alias` give the package (names), with this version, a tuple of int; modules in it may be renamed
    ({name there: name here}).

    Returns (the module, whether it is new).  Raises ImportError where another module of that name is loaded.
    """
    found = sys.modules.get(alias)
    if isinstance(found, AliasModule) and found._package == package:
        return found, False
    if found is not None:
        raise ImportError("%s itself is imported already, from %s: install_as_%s() has to come before"
                          % (alias, getattr(found, "__file__", "somewhere"), alias))
    module = AliasModule(alias, sys.modules[package].__doc__)
    module._package = package
    module.__version__, module.__version_info__ = ".".join(map(str, version)), version
    module.__path__, module.__file__ = [], sys.modules[package].__file__
    module.__spec__ = ModuleSpec(alias, None, is_package=True)
    sys.modules[alias] = module
    sys.meta_path.insert(0, _Finder(alias, package, renamed or {}))
    return module, True


def install_as_cffi():
    """Let `import cffi`, `from cffi import FFI` and their like give this package, in the whole process.

    `cffi.__version__` is that of the CFFI which this follows.  Returns the module `cffi`; calling it again changes
    nothing.  Raises ImportError where CFFI itself was imported before.
    """
    return install_alias("cffi", __package__, CFFI_VERSION, {"error": "errors"})[0]


class NothingToRun(Exception):
    """A command line names no script, or one that is not there; `str()` says what."""


def run_command(arguments, program):
    """The command `run` of a program: the exit status, 2 with a message that begins with its name for no script."""
    try:
        run(arguments)
    except NothingToRun as error:
        print("%s: %s" % (program, error), file=sys.stderr)
        return 2
    return 0


def run(arguments):
    """Run a script, or with "-m" a module, as Python would.

    `arguments`: the script's path, or "-m" and the module's name, then its own arguments.
    Raises NothingToRun, and whatever the script raises.
    """
    if arguments[:1] == ["-m"]:
        if len(arguments) < 2:
            raise NothingToRun("-m needs the name of a module")
        sys.argv = arguments[1:]
        sys.path.insert(0, "")
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
        return
    if not arguments:
        raise NothingToRun("which script?")
    if not os.path.exists(arguments[0]):
        raise NothingToRun("there is no file '%s'" % arguments[0])
    sys.argv = list(arguments)
    sys.path.insert(0, os.path.dirname(os.path.realpath(arguments[0])))
    runpy.run_path(arguments[0], run_name="__main__")
