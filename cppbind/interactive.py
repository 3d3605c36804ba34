"""`from cppbind.interactive import *`: the names one wants at a prompt, as cppyy.interactive has them."""

from .api import (add_include_path, add_library_path, addressof, bind_object, cppdef, cppexec, gbl, include,
                  load_library, load_reflection_info, nullptr, sizeof, typeid)

g = gbl
std = gbl.std

__all__ = ["g", "gbl", "std", "add_include_path", "add_library_path", "addressof", "bind_object", "cppdef", "cppexec",
           "include", "load_library", "load_reflection_info", "nullptr", "sizeof", "typeid"]
