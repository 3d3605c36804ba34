"""An attribute of a class that is made when it is asked for first.  Neighbours: proxy.py, member_types.py."""

from . import native


class Lazy:
    """Stands for what `make()` gives, under a name in a class, until it is used."""

    def __init__(self, cls, name, make):
        self._cls, self._name, self._make = cls, name, make

    def __get__(self, instance, cls=None):
        value = self._make()
        native.store(self._cls, self._name, value)
        return value
