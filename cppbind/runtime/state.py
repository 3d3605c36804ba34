"""What the parts of the run time share: the registry, the lock, descriptions by dictionary."""

from _thread import RLock

from ..registry import Registry
from .convert import Types

registry = Registry()
# Held while a class, an overload set or an enum is being made, so that each is made once.
lock = RLock()
_types = {}


def types_of(dictionary):
    """The type descriptions of a dictionary."""
    known = _types.get(dictionary)
    if known is None:
        known = _types.setdefault(dictionary, Types(dictionary))
    return known
