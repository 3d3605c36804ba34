"""as_cppyy.py: this package under the name `cppyy`, for scripts and packages that import that.

The module `cppyy` is made by cffi_like/alias.py.  Its names are the package's; where the two differ on
purpose and a switch exists (the iteration over maps), it is set to cppyy's way.
Neighbours: cli.py, whose command `run` starts a script with it.
"""

from cffi_like.alias import install_alias

VERSION = (3, 5, 0)             # of the cppyy whose behaviour this is: scripts ask for it


def install_as_cppyy():
    """Let `import cppyy`, `from cppyy.gbl import X` and their like give this package, in the whole process.

    Maps give pairs from then on (`cppbind.py.set_map_iteration`), and `cppyy.__version__` is that of the cppyy
    which this follows.  Returns the module `cppyy`; calling it again changes nothing.  Raises ImportError where
    cppyy itself was imported before.
    """
    module, is_new = install_alias("cppyy", __package__, VERSION)
    if is_new:
        from .runtime.cpp_types import template_argument_text
        from .runtime.pythonize_mapping import set_map_iteration
        module._get_name = template_argument_text       # private there, but published packages use it
        set_map_iteration("pairs")
    return module
