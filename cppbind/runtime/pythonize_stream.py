"""std::ostream: `stream << value` for text and for what has an operator<< that is no member.

Those operators are function templates for text, which no dictionary has: they are compiled when they are used first.
Neighbours: pythonize.py, the table; function_templates.py, which asks C++.
"""

from . import native
from .cpp_types import class_name
from .function_templates import operator_of
from .pythonize_sequence import store_all


def stream(cls):
    """Let `<<` take str, bytes and objects; the members take the rest."""
    own = cls.__dict__.get("__lshift__")
    if own is None or cls.__cpp_name__ != "std::basic_ostream<char>":
        return
    known = {}                  # C++ class -> the operator

    def __lshift__(self, value):
        if isinstance(value, (str, bytes)):
            name = "std::string"
        elif isinstance(value, native.Instance):
            name = class_name(type(value))
        else:
            return own(self, value)
        if name not in known:
            known[name] = operator_of("::%s &" % cls.__cpp_name__, "<<", "const ::%s &" % name,
                                      [cls.__cpp_name__, name])
        known[name](self, value)
        return self
    store_all(cls, {"__lshift__": __lshift__})
