"""`cppbind.types`: the classes behind proxies, for isinstance, under cppyy's names.

    Scope        classes of C++ and namespaces
    Instance     the base of all objects of C++
    Method       overload sets of a class
    Function     overload sets of a namespace
    Template     what is subscribed: templates of classes and of functions
"""

from .runtime.function_templates import FunctionTemplate as _FunctionTemplate
from .runtime.native import Class as Scope
from .runtime.native import Function, Instance, Method
from .runtime.templates import Template as _ClassTemplate

__all__ = ["Scope", "Instance", "Method", "Function", "Template"]


class _AnyTemplate(type):
    def __instancecheck__(cls, value):
        return isinstance(value, (_ClassTemplate, _FunctionTemplate))


class Template(metaclass=_AnyTemplate):
    """What `isinstance(value, Template)` asks for; there are no objects of this class itself."""
