"""Looks names up in a `Declarations` table and in the tables it includes.

`Resolver` is the one interface the parsers, lowering and the libraries have to
declarations.  A table may be the plain `model.Declarations` or anything with
the same attributes whose members are mappings (a lazily decoded table, say).
A lazy table may also have `enumerator(name)` returning an int or None, which
saves decoding all enums to find one name.
"""

from . import common_types, model


def named_by(typedefs, node):
    """The name in a table of typedefs that stands for `node`, or None; the very object
    goes before one that is equal."""
    equal = None
    for name, type_ in typedefs.items():
        if type_ is node:
            return name
        if equal is None and type_ == node:
            equal = name
    return equal


class Resolver:
    """Finds the meaning of names.  Every lookup returns None for "not there".

    `strict` tells whether an undeclared tag (`struct nobody`) is an error; an
    FFI with cdef allows it, because a later cdef may declare it.
    """

    def __init__(self, declarations, strict=False):
        self.declarations = declarations
        self.strict = strict
        self.anonymous_count = 0
        self._included = []
        self._shared = {}  # id of a table -> the resolver that others gave us for it
        self._enumerators = None

    def share(self, resolver):
        """Use `resolver` for its table, if that is among the included ones: what
        it forgets, we forget."""
        self._shared[id(resolver.declarations)] = resolver

    def included(self):
        """Resolvers of the included tables, in order."""
        tables = self.declarations.included
        known = self._included
        if len(known) != len(tables):  # there was another include()
            known.extend(self._shared.get(id(table)) or Resolver(table, self.strict)
                         for table in tables[len(known):])
        return known

    def _find(self, table, key):
        found = getattr(self.declarations, table).get(key)
        if found is None and self.declarations.included:
            for other in self.included():
                found = other._find(table, key)
                if found is not None:
                    break
        return found

    def typedef(self, name):
        return self._find("typedefs", name)

    def typedef_of(self, node):
        """The name of a typedef for `node` (see named_by), or None."""
        found = named_by(self.declarations.typedefs, node)
        for other in self.included():
            found = found or other.typedef_of(node)
        return found

    def record(self, kind, tag):
        return self._find("records", (kind, tag)) or common_types.common_record(kind, tag)

    def enum(self, tag):
        return self._find("enums", tag)

    def function(self, name):
        return self._find("functions", name)

    def variable(self, name):
        return self._find("variables", name)

    def constant_declaration(self, name):
        return self._find("constants", name)

    def constant(self, name):
        """The value of a `#define`, an initialised constant or an enumerator:
        an int, float or bytes; None if unknown here or left to the compiler."""
        found = self.declarations.constants.get(name)
        if found is not None:
            return None if found.value is model.DOTS else found.value
        value = self._enumerator(name)
        if value is None and self.declarations.included:
            for other in self.included():
                value = other.constant(name)
                if value is not None:
                    break
        return value

    def _enumerator(self, name):
        lazy = getattr(self.declarations, "enumerator", None)
        if lazy is not None:
            return lazy(name)
        return self.enumerators().get(name)

    def is_unknown_enumerator(self, name):
        """True for an enumerator whose value is left to the compiler."""
        if name in self.enumerators():
            return self.enumerators()[name] is None
        return any(other.is_unknown_enumerator(name) for other in self.included())

    def enumerators(self):
        """name -> value of all enumerators of this table (not of included
        ones), built once until `forget_enumerators`."""
        known = self._enumerators
        if known is None:
            known = self._enumerators = {}
            for enum in self.declarations.enums.values():
                for enumerator in enum.enumerators or ():
                    known[enumerator.name] = enumerator.value
        return known

    def forget_enumerators(self):
        self._enumerators = None
