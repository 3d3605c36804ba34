"""`cffi._imp_emulation`: import the module whose compiled part is at a path; find a package."""

import importlib.machinery
import importlib.util
import sys


def load_dynamic(name, path):
    """The module `name`: an extension module, or the NAME.py beside a compiled part NAME.lib.so."""
    base, found, _ = path.rpartition(".lib.")
    if found:
        loader = importlib.machinery.SourceFileLoader(name, base + ".py")
    else:
        loader = importlib.machinery.ExtensionFileLoader(name, path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    sys.modules[name] = module
    loader.exec_module(module)
    return module


def find_module(name):
    """(None, the folder of the package, None)"""
    return None, importlib.util.find_spec(name).submodule_search_locations[0], None
