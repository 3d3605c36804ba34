"""`cppbind.py`: what tunes how C++ classes look in Python, under cppyy's names.

Neighbours: runtime/pythonize.py (hooks), pythonizations.py (factories of hooks).
"""

from .pythonizations import (
    add_overload,
    compose_method,
    make_property,
    rename_attribute,
    set_gil_policy,
    set_method_property,
    set_ownership_policy,
)
from .runtime.exceptions import add_exception_mapping
from .runtime.mappings import add_type_mapping, add_type_reducer, remove_type_mapping
from .runtime.proxy import pin_type
from .runtime.pythonize import add_pythonization, remove_pythonization
from .runtime.pythonize_mapping import set_map_iteration

__all__ = ["add_pythonization", "remove_pythonization", "pin_type", "add_exception_mapping", "set_gil_policy",
           "set_ownership_policy", "rename_attribute", "add_overload", "compose_method", "set_method_property",
           "make_property", "add_type_mapping", "add_type_reducer", "remove_type_mapping",
           "set_map_iteration"]
