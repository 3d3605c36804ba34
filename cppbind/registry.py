"""All loaded dictionaries as one tree of names.

A name is looked up by hash in each dictionary, newest last; a namespace is the
union of what all of them have in it.  Neighbours: `dictionary` (one file),
`loader` (finds a dictionary for a name that is in none), runtime/ (classes).
"""

from _thread import allocate_lock

from . import format as fmt


class Registry:
    """The dictionaries of this process.

    `load_for(name)` may load another one and tells whether it did; `reflect(name, known)` may make one.
    """

    def __init__(self):
        self.dictionaries = []
        self._paths = {}
        self._lock = allocate_lock()
        self.load_for = self.reflect = None

    def add(self, dictionary, path):
        """Enter a dictionary; the same file is entered once."""
        with self._lock:
            if path not in self._paths:
                self._paths[path] = dictionary
                self.dictionaries = self.dictionaries + [dictionary]
            return self._paths[path]

    def known(self, path):
        """The dictionary of a file that was added, or None."""
        return self._paths.get(path)

    def find(self, name, ask=True):
        """[(dictionary, kind, index)] of a qualified name; [] where no dictionary has it.

        Without `ask` only dictionaries that are loaded are looked at.
        """
        found = self._find(name)
        if not ask:
            return found
        if not found and self.load_for is not None and self.load_for(name):
            found = self._find(name)
        if self.reflect is not None and self.reflect(name, bool(found)):
            found = self._find(name)
        return found

    def _find(self, name):
        found = []
        for dictionary in self.dictionaries:
            entry = dictionary.find(name)
            if entry is not None:
                found.append((dictionary,) + entry)
                if entry[0] in (fmt.NAME_FUNCTION, fmt.NAME_MEMBER):
                    entry = dictionary.find(fmt.HIDDEN + name)
                    if entry is not None:
                        found.append((dictionary,) + entry)
        return found

    def scopes(self, name, ask=True):
        """The scope records of a qualified name, one for each dictionary that has it; `ask` as for `find`."""
        if not name:
            return [dictionary.record("scopes", 0) for dictionary in self.dictionaries
                    if dictionary.count("scopes")]
        return [dictionary.record("scopes", index) for dictionary, kind, index in self.find(name, ask)
                if kind == fmt.NAME_SCOPE]

    def known_class_scope(self, name):
        """As `class_scope`, without loading a library for the name."""
        return any(kind == fmt.NAME_SCOPE for _dictionary, kind, _index in self._find(name)) or None

    def class_scope(self, name, ask=True):
        """The best scope record of a class: a complete one before one that is only declared.  None: unknown."""
        best = None
        for scope in self.scopes(name, ask):
            if scope.kind == fmt.SCOPE_NAMESPACE:
                continue
            if not scope.flags & fmt.SCOPE_INCOMPLETE:
                return scope
            best = best or scope
        return best

    def names_in(self, name):
        """The simple names that a namespace has in all dictionaries."""
        names = set()
        for scope in self.scopes(name, ask=False):
            of = scope.dictionary
            names.update(child.simple_name for child in of.records("scopes", scope.children_first,
                                                                   scope.children_count))
            names.update(member.name for member in of.records("members", scope.members_first, scope.members_count))
            names.update(alias.name for alias in of.records("typedefs", scope.typedefs_first, scope.typedefs_count))
            names.update(function.name for function in of.records("functions", scope.functions_first,
                                                                  scope.functions_count))
            for enum in of.records("enums", scope.enums_first, scope.enums_count):
                if enum.simple_name:
                    names.add(enum.simple_name)
                if not enum.flags & fmt.ENUM_SCOPED:
                    names.update(item.name for item in of.records("enumerators", enum.enumerators_first,
                                                                  enum.enumerators_count))
        return sorted(name for name in names if name and not name.startswith(("operator", "cppbind_")))
