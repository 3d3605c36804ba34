"""C++ operators as Python's special methods.

Where Python has no such operator the method has cppyy's name: __assign__,
__preinc__, __postinc__, __predec__, __postdec__, __deref__, __follow__, __comma__.
"""

from .. import format as fmt

# Spelling -> (special method for one operand, for two).
_OPERATORS = {
    "+": ("__pos__", "__add__"), "-": ("__neg__", "__sub__"), "*": ("__deref__", "__mul__"),
    "/": (None, "__truediv__"), "%": (None, "__mod__"), "&": (None, "__and__"), "|": (None, "__or__"),
    "^": (None, "__xor__"), "<<": (None, "__lshift__"), ">>": (None, "__rshift__"), "~": ("__invert__", None),
    "==": (None, "__eq__"), "!=": (None, "__ne__"), "<": (None, "__lt__"), "<=": (None, "__le__"),
    ">": (None, "__gt__"), ">=": (None, "__ge__"), "[]": (None, "__getitem__"), "=": (None, "__assign__"),
    "+=": (None, "__iadd__"), "-=": (None, "__isub__"), "*=": (None, "__imul__"), "/=": (None, "__itruediv__"),
    "%=": (None, "__imod__"), "&=": (None, "__iand__"), "|=": (None, "__ior__"), "^=": (None, "__ixor__"),
    "<<=": (None, "__ilshift__"), ">>=": (None, "__irshift__"), "++": ("__preinc__", "__postinc__"),
    "--": ("__predec__", "__postdec__"), "->": ("__follow__", None),
    ",": (None, "__comma__")}

_PYTHON = {"__add__", "__sub__", "__mul__", "__truediv__", "__mod__", "__and__", "__or__", "__xor__", "__lshift__",
           "__rshift__"}
# By their spelling those that are written with Python's own operators.
BINARY = {spelling: pair[1] for spelling, pair in _OPERATORS.items() if pair[1] in _PYTHON}
INPLACE = {spelling + "=": "__i" + special[2:] for spelling, special in BINARY.items()}
UNARY = {"+": "__pos__", "-": "__neg__", "~": "__invert__"}

_REVERSED = {"__add__": "__radd__", "__sub__": "__rsub__", "__mul__": "__rmul__", "__truediv__": "__rtruediv__",
             "__mod__": "__rmod__", "__and__": "__rand__", "__or__": "__ror__", "__xor__": "__rxor__",
             "__lshift__": "__rlshift__", "__rshift__": "__rrshift__"}

# The special methods that may answer NotImplemented.
SYMMETRIC = frozenset(_REVERSED) | frozenset((
    "__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__iadd__", "__isub__", "__imul__", "__itruediv__",
    "__imod__", "__iand__", "__ior__", "__ixor__", "__ilshift__", "__irshift__"))


def special_method(name, operands):
    """The special method of 'operator...' with that many operands (`this` included), or None."""
    spelling = name[len("operator"):].strip()
    if spelling == "()":
        return "__call__"
    pair = _OPERATORS.get(spelling)
    if pair is None or operands not in (1, 2):
        return None
    return pair[operands - 1]


def reversed_method(special):
    """The method Python calls on the right operand, or None."""
    return _REVERSED.get(special)


_INTEGERS = frozenset(range(fmt.TYPE_CHAR, fmt.TYPE_UINT128 + 1))


def conversion_method(function):
    """The special method of a conversion operator, by the kind of its result, or None.  A reference counts as what
    it refers to."""
    dictionary = function.dictionary
    result = dictionary.record("types", function.result)
    if result is not None and result.kind in (fmt.TYPE_LVALUE_REF, fmt.TYPE_RVALUE_REF):
        result = dictionary.record("types", result.target)
    if result is None:
        return None
    if result.kind == fmt.TYPE_BOOL:
        return "__bool__"
    if result.kind in (fmt.TYPE_FLOAT, fmt.TYPE_DOUBLE, fmt.TYPE_LONGDOUBLE):
        return "__float__"
    if result.kind in _INTEGERS:
        return "__int__"
    if result.kind == fmt.TYPE_CLASS and result.name.startswith("std::") and "string" in result.name:
        return "__str__"
    if result.kind == fmt.TYPE_POINTER:
        target = dictionary.record("types", result.target)
        if target is not None and target.kind == fmt.TYPE_CHAR:
            return "__str__"
        # How classes told whether they are null before C++11 had explicit conversions: see proxy.py.
        if target is not None and target.kind in (fmt.TYPE_FUNCTION, fmt.TYPE_VOID):
            return "__bool__"
    return None
