"""Which functions make up an overload set, and which calls with default arguments can C++ tell apart?

Reads the model alone.
"""

from .. import format as fmt
from ..model import PUBLIC


def overload_sets(functions):
    """[(name, [functions])] of the public, callable-by-name functions, names sorted by their bytes, declaration order
    kept inside a set.  Deleted functions are no part of it: nothing could be done with them."""
    sets = {}
    for function in functions:
        if function.access == PUBLIC and not function.deleted:
            sets.setdefault(function.name, []).append(function)
    return sorted(sets.items(), key=lambda item: item[0].encode("utf-8"))


def required_count(function):
    """How many parameters have no default."""
    count = len(function.parameters)
    while count and function.parameters[count - 1].default is not None:
        count -= 1
    return count


def leading_counts(function, overloads):
    """For how many arguments, fewer than all, a call with default arguments is possible; most arguments first.

    A count is left out when another function of the set takes the same arguments: C++ calls that ambiguous, or prefers
    the other one.
    """
    counts = []
    for count in range(len(function.parameters) - 1, required_count(function) - 1, -1):
        if not any(_competes(other, function, count) for other in overloads if other is not function):
            counts.append(count)
    return counts


def _competes(other, function, count):
    if not required_count(other) <= count <= len(other.parameters):
        return False
    return all(_decayed(mine.type) == _decayed(theirs.type)
               for mine, theirs in zip(function.parameters[:count], other.parameters[:count]))


def _decayed(type_):
    """What is left of a parameter type when references and top-level qualifiers are dropped."""
    if type_.kind in (fmt.TYPE_LVALUE_REF, fmt.TYPE_RVALUE_REF):
        type_ = type_.target
    return type_.name or " ".join(word for word in type_.spelling.split() if word not in ("const", "volatile"))
