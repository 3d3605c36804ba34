"""Which classes does a class derive from: virtual bases, ambiguous ones, and those of a selection.

Reads the model alone.
"""

from ..model import walk_classes


class Hierarchy:
    """The classes below a namespace by qualified name, and others of `lineage`.  A base outside has no bases."""

    def __init__(self, root, lineage=()):
        self.classes = {cls.qualified_name: cls for cls in lineage}
        self.classes.update((cls.qualified_name, cls) for cls in walk_classes(root))

    def bases(self, name):
        """The direct bases (model.Base) of a class by name."""
        cls = self.classes.get(name)
        return cls.bases if cls else ()

    def all_bases(self, name):
        """Every direct and indirect base's name, once each, nearest first."""
        found, waiting = [], [base.name for base in self.bases(name)]
        while waiting:
            base = waiting.pop(0)
            if base not in found:
                found.append(base)
                waiting += [inner.name for inner in self.bases(base)]
        return found

    def has_virtual_base(self, name):
        """Whether an offset in the hierarchy of this class is known at run time only."""
        return any(base.virtual or self.has_virtual_base(base.name) for base in self.bases(name))

    def has_storage_operator(self, name):
        """Whether the class may have an `operator new` of its own or from a base; nothing is known of bases outside."""
        cls = self.classes.get(name)
        return cls is None or cls.storage_operator or any(self.has_storage_operator(base.name) for base in cls.bases)

    def is_ambiguous(self, name, base):
        """Whether the class has a direct base a second time, as a base of another one (C++ [class.member.lookup]).

        The conversion to it is then ill-formed.  Virtual ones are shared, so they do not count.
        """
        return self._occurrences(name, base.name, set()) > 1

    def _occurrences(self, name, wanted, seen_virtual):
        count = 0
        for base in self.bases(name):
            if base.virtual:
                if base.name in seen_virtual:
                    continue
                seen_virtual.add(base.name)
            count += (base.name == wanted) + self._occurrences(base.name, wanted, seen_virtual)
        return count
