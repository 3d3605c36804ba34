"""Names that a class has from two bases: C++ calls them ambiguous ([class.member.lookup]), Python would take the first.

Neighbours: proxy.py (which asks), casts.py (how often a base occurs).
"""

from . import casts, native

_MEMBERS = (native.Method, native.Function)


class _Ambiguous:
    """Stands for a name that C++ refuses to look up."""

    def __init__(self, cls, name, owners):
        self._text = "'%s' is ambiguous in '%s': it is in %s" % (
            name, cls.__cpp_name__, " and in ".join("'%s'" % owner.__cpp_name__ for owner in owners))
        self.__doc__ = self._text

    def __get__(self, instance, cls=None):
        raise AttributeError(self._text)

    def __set__(self, instance, value):
        raise AttributeError(self._text)


def hide_ambiguous(cls, direct):
    """Make an error of each name that two of the direct bases have and the class itself has not.

    `direct` is what casts.base_paths takes.  A name that the class brings in by a using-declaration is its own.
    """
    found = {}
    for base, _offset, _upcast, _inner in direct:
        for name, owner in _names(base).items():
            owners = found.setdefault(name, [])
            if owner not in owners:
                owners.append(owner)
    once = {base: not ambiguous for base, ambiguous, _steps in casts.base_paths(direct)}
    for name, owners in found.items():
        # One that lies in a virtual base is hidden by a class between.
        owners = [owner for owner in owners if not (once.get(owner) and any(
            other is not owner and issubclass(other, owner) for other in owners))]
        if len(owners) > 1 and name not in cls.__dict__:
            native.store(cls, name, _Ambiguous(cls, name, owners))


def _names(cls):
    """{name: class that declares it} of the data members and methods that a class has, its own first."""
    names = {}
    for base in cls.__mro__:
        if not isinstance(base, native.Class) or base is native.Instance:
            continue
        for name, value in base.__dict__.items():
            if name.startswith(("__", "operator")):
                continue
            if isinstance(value, _MEMBERS) or type(value).__name__ in ("CppMember", "_LazyStatic", "_Ambiguous"):
                names.setdefault(name, base)
    return names
