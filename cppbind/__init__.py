"""cppbind: C++ classes from Python, with no compiler, clang or header at run time.

    import cppbind
    cppbind.load_reflection_info("libEventDict.so")
    event = cppbind.gbl.Event(42)

`python -m cppbind build Event.h -o libEventDict.so` makes the dictionary.
"""

import sys as _sys

_PUBLIC = ("gbl", "nullptr", "default", "load_reflection_info", "load_library", "add_library_path", "add_autoload_map",
           "addressof", "bind_object", "sizeof", "typeid", "CppException", "py", "include", "c_include", "cppdef",
           "cppexec", "macro", "add_include_path", "set_debug", "memory", "get_include", "multi", "install_as_cppyy",
           "ll", "types")
__all__ = list(_PUBLIC)
__version__ = "0.1.0"


def __getattr__(name):
    """The run time is loaded when it is first used: the generator of dictionaries does not need it."""
    if name == "_api":          # for cppbind/api.h
        from .runtime import native
        return native.api_capsule
    if name not in _PUBLIC and name != "_backend":
        raise AttributeError("module 'cppbind' has no attribute '%s'" % name)
    if name in ("ll", "types", "_backend"):
        from importlib import import_module
        return import_module("." + name, __name__)
    if name == "install_as_cppyy":
        from .as_cppyy import install_as_cppyy
        return install_as_cppyy
    from . import api
    for public in _PUBLIC[:-3]:
        globals()[public] = getattr(api, public)
    return globals()[name]


def __dir__():
    return sorted(set(globals()) | set(_PUBLIC))


class _GblFinder:
    """Makes `import cppbind.gbl` and `from cppbind.gbl import Event` work: gbl is a namespace, not a file."""

    _imported = {}      # name of a namespace: its name as a module

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name in _GblFinder._imported:
            # `from cppbind.gbl.std import nothing` ends up here: for a module `std`, when no other finder has one.
            raise ImportError("no module named %r, nor has %r the name that was to be imported from it"
                              % (name, _GblFinder._imported[name]), name=name)
        if name != "cppbind.gbl" and not name.startswith("cppbind.gbl."):
            return None
        from importlib.machinery import ModuleSpec
        return ModuleSpec(name, _GblFinder, is_package=True) if _GblFinder.namespace(name) is not None else None

    @staticmethod
    def namespace(name):
        """The namespace of a module name, or None."""
        from .api import gbl
        from .runtime.namespaces import is_namespace
        value = gbl
        for part in name.split(".")[2:]:
            value = getattr(value, part, None)
        return value if is_namespace(value) else None

    @staticmethod
    def create_module(spec):
        return _GblFinder.namespace(spec.name)

    @staticmethod
    def exec_module(module):
        _GblFinder._imported[module.__name__] = module.__spec__.name


_sys.meta_path.append(_GblFinder)
