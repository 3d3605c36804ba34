"""c_spelling.py: writes types of the model the way C source spells them.

emit_c.py uses it for wrappers and checks.  Unlike the names of engine types
(type_string.py), the text must compile: a record that C code cannot name is
spelled by a typedef of it, or not at all.  Reads model.py and common_types.py.
"""

from . import model as m

#: Primitives whose canonical name is not what C calls them.
_C_NAMES = {"_cffi_float_complex_t": "float _Complex",
            "_cffi_double_complex_t": "double _Complex"}


class Unspellable(Exception):
    """C source has no name for a type; `str()` says which."""


class Spelling:
    """Spells types within one `model.Declarations`.

    Typedefs that lead to something nameless (`typedef ... *handle`) are
    remembered, so that a type equal to theirs is written by their name.
    """

    def __init__(self, declarations):
        self._declarations = declarations
        self._typedefs = {}
        self._aliases = {}      # a nameless record or enum: C text for it
        self._collect(declarations)
        self._find_aliases()

    def _collect(self, declarations):
        for name, type_ in declarations.typedefs.items():
            self._typedefs.setdefault(type_, name)
        for included in declarations.included:
            self._collect(included)

    def _find_aliases(self):
        """Nameless records and enums by where they stand: as the member of
        something that has a name, or behind a typedef'd pointer."""
        for type_, name in self._typedefs.items():
            self._add_alias(type_, "(*(%s *)0)" % name)
        before = -1
        while len(self._aliases) != before:     # a member may have members
            before = len(self._aliases)
            for key, record in self._declarations.records.items():
                try:
                    outer = self._name(m.RecordRef(*key))
                except Unspellable:
                    continue
                for field in record.fields or ():
                    if field.name and field.bitsize < 0:
                        self._add_alias(field.type, "((%s *)0)->%s"
                                        % (outer, field.name))

    def _add_alias(self, type_, lvalue):
        while isinstance(type_, (m.Pointer, m.Array, m.Qualified)):
            if isinstance(type_, m.Qualified):
                type_ = type_.type
                continue
            lvalue = "(%s)[0]" % lvalue
            type_ = type_.target if isinstance(type_, m.Pointer) else type_.item
        if isinstance(type_, (m.RecordRef, m.EnumRef)):
            try:
                self._name(type_)
            except Unspellable:
                self._aliases[type_] = "__typeof__(%s)" % lvalue

    def declare(self, type_, declarator=""):
        """C text that declares `declarator` with the type; with an empty
        declarator, a type name.  Raises Unspellable."""
        name = self._typedefs.get(type_)
        if name is not None and self._is_nameless(type_):
            return _join(name, declarator)
        return self._declare(type_, declarator)

    def _is_nameless(self, type_):
        while isinstance(type_, (m.Pointer, m.Array, m.Qualified)):
            if isinstance(type_, m.Qualified):
                type_ = type_.type
            else:
                type_ = type_.target if isinstance(type_, m.Pointer) else type_.item
        if not isinstance(type_, (m.RecordRef, m.EnumRef)):
            return False
        try:
            return "__typeof__" in self._name(type_)
        except Unspellable:
            return True

    def _declare(self, type_, declarator):
        if isinstance(type_, m.Pointer):
            return self._pointer(type_, declarator)
        if isinstance(type_, m.Qualified):
            # C++ compilers know `__restrict` alone; so do all C compilers.
            words = " ".join(type_.qualifiers).replace("restrict", "__restrict")
            if isinstance(type_.type, m.Pointer):
                return self._pointer(type_.type, _join(words, declarator))
            return words + " " + self.declare(type_.type, declarator)
        if isinstance(type_, m.Array):
            if type_.length is m.DOTS:
                raise Unspellable("an array of unknown length")
            length = "" if type_.length is None else type_.length
            return self.declare(type_.item, "%s[%s]" % (declarator, length))
        if isinstance(type_, m.Function):
            return self._function(type_, declarator)
        return _join(self._name(type_), declarator)

    def _pointer(self, type_, declarator):
        declarator = "*" + declarator
        target = type_.target
        if isinstance(target, m.Function):
            if target.abi:
                declarator = "%s %s" % (target.abi, declarator)
            declarator = "(%s)" % declarator
        elif isinstance(target, m.Array):
            declarator = "(%s)" % declarator
        return self.declare(target, declarator)

    def _function(self, type_, declarator):
        parameters = [self.declare(p) for p in type_.parameters]
        if type_.ellipsis:
            parameters.append("...")
        return self.declare(type_.result, "%s(%s)" % (
            declarator, ", ".join(parameters) or "void"))

    def find_record(self, ref):
        """The `model.Record` of a reference, included declarations too, or None."""
        return _find(self._declarations, "records", (ref.kind, ref.tag))

    def _name(self, type_):
        if isinstance(type_, m.Void):
            return "void"
        if isinstance(type_, m.Primitive):
            return _C_NAMES.get(type_.name, type_.name)
        if isinstance(type_, m.UnknownArray) and type_.depth:
            return "__typeof__((*(%s *)0)[0])" % type_.name
        if isinstance(type_, (m.UnknownInteger, m.UnknownFloat, m.UnknownArray)):
            return type_.name
        if isinstance(type_, m.RecordRef):
            found = self.find_record(type_)
            plain = "%s %s" % (type_.kind, type_.tag)
        else:
            found = _find(self._declarations, "enums", type_.tag)
            plain = "enum %s" % type_.tag
        name = found.name if found is not None else plain
        if "$" in name:
            if type_ in self._aliases:
                return self._aliases[type_]
            raise Unspellable(plain)
        return name


def _join(base, declarator):
    return base + " " + declarator if declarator else base


def _find(declarations, table, key):
    found = getattr(declarations, table).get(key)
    for included in declarations.included:
        if found is not None:
            break
        found = _find(included, table, key)
    return found


def unqualified(type_):
    """The type without its outermost qualifiers."""
    return type_.type if isinstance(type_, m.Qualified) else type_


def is_const(type_):
    """Whether an object of the type is read-only, an array by its items."""
    if isinstance(type_, m.Array):
        return is_const(type_.item)
    return isinstance(type_, m.Qualified) and "const" in type_.qualifiers
