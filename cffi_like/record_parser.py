"""Parses the definitions of structs, unions and enums (C11 6.7.2.1-2).

`RecordParser` stands between the grammar of types (declarator.py) and that of
declarations (parse.py).  It keeps the tables of the cdef being parsed, which
hide those of the scope.
"""

from . import common_types, model
from .declarator import KEYWORDS, TypeParser
from .errors import FFIError
from .lexer import is_identifier
from .resolve import named_by


class RecordParser(TypeParser):
    """Types whose tags may be defined.  `new` is the table of this cdef."""

    dots_allowed = True

    def __init__(self, tokens, scope):
        super().__init__(tokens, scope)
        self.new = model.Declarations()
        self.constants = {}      # name -> value, of this cdef
        self.override = False
        self.pack = 0
        self.record_size = None
        self.in_typedef = False
        self.partial_length = False
        self.anonymous = scope.anonymous_count

    # ---- names, this cdef first -------------------------------------------

    def typedef(self, name):
        node = self.new.typedefs.get(name)
        return super().typedef(name) if node is None else node

    def typedef_of(self, node):
        return named_by(self.new.typedefs, node) or super().typedef_of(node)

    def record(self, kind, tag):
        found = self.new.records.get((kind, tag))
        return self.scope.record(kind, tag) if found is None else found

    def enum(self, tag):
        found = self.new.enums.get(tag)
        return self.scope.enum(tag) if found is None else found

    def reference(self, kind, tag):
        """`struct tag`: declares the tag if it is new (C11 6.7.2.3 p8)."""
        index = self.position - 1
        if kind == "enum":
            if self.enum(tag) is None:
                self.new.enums[tag] = model.Enum(
                    tag, "enum " + tag, location=self.tokens.location(index))
            return model.EnumRef(tag)
        if self.record(kind, tag) is None:
            self.new.records[kind, tag] = model.Record(
                kind, tag, "%s %s" % (kind, tag), location=self.tokens.location(index))
        return model.RecordRef(kind, tag)

    def size_of(self, node, index, alignment):
        if self.record_size is None:
            return super().size_of(node, index, alignment)
        try:
            return self.record_size(node, self.new, alignment)
        except Exception as problem:
            raise self.error("this size is not known: %s" % problem, index) from problem

    def checked_length(self, length, index):
        if length < 0:
            raise self.error("negative array length %d" % length, index)
        return length

    # ---- records and enums ------------------------------------------------

    def tagged(self, kind):
        """(struct | union | enum) [ tag ] [ { ... } ]"""
        start = self.position
        self.position += 1
        outer = self.packed_attribute, self.alignment
        self.packed_attribute, self.alignment = False, 0
        self.attributes()
        tag = ""
        word = self.words[self.position]
        if is_identifier(word) and word not in KEYWORDS:
            tag = word
            self.position += 1
        if self.words[self.position] == "{":
            define = self._enum_definition if kind == "enum" else self._record_definition
            node = define(kind, tag, start)
        elif not tag:
            raise self.unexpected("a tag or '{'")
        else:
            node = self.reference(kind, tag)
            if kind != "enum":
                self._name_by_typedef(node)
        self.packed_attribute, self.alignment = outer
        return node

    def _typedef_name(self, place=None):
        """Behind a definition or reference: the name if it is typedef'd as it is."""
        if not self.in_typedef:
            return ""
        place = self.position if place is None else place
        while self.words[place] in ("const", "volatile"):
            place += 1
        name = self.words[place]
        if is_identifier(name) and name not in KEYWORDS \
                and self.words[place + 1] in (";", ",", "__attribute__", "__attribute"):
            return name
        return ""

    def _name_by_typedef(self, node):
        """`typedef struct tag name;`: the record is called `name` from now on."""
        name = self._typedef_name()
        key = (node.kind, node.tag)
        known = self.new.records.get(key) or self.scope.declarations.records.get(key)
        if name and known is not None and known.name == "%s %s" % key:
            self.new.records[key] = model.replace(known, name=name)

    def _anonymous_tag(self, kind):
        """(tag, C name) of a definition that has no tag, at its `{`.  Those that no
        typedef names are counted from the outside in, as CFFI does."""
        name = self._typedef_name(self._behind_body()) if self.in_typedef else ""
        if name:
            return "$" + name, name
        self.anonymous += 1
        tag = "$%d" % self.anonymous
        return tag, "%s %s" % (kind, tag)

    def _behind_body(self):
        """At `{`: the position behind its `}` and attributes, nothing checked."""
        words, place, depth = self.words, self.position, 0
        while words[place]:
            depth += (words[place] == "{") - (words[place] == "}")
            place += 1
            if not depth:
                break
        while words[place] in ("__attribute__", "__attribute"):
            depth, place = 0, place + 1
            while words[place]:
                depth += (words[place] == "(") - (words[place] == ")")
                place += 1
                if not depth:
                    break
        return place

    def _record_definition(self, kind, tag, start):
        """{ member* } [ attributes ]"""
        location = self.tokens.location(start)
        if tag:
            known = self.record(kind, tag)
            if known is not None and known.fields is not None and not (
                    self.override and (kind, tag) not in self.new.records):
                raise self.error("duplicate declaration of %s %s (the first is at %s)"
                                 % (kind, tag, known.location), start)
            if known is None:
                # The members may point to the record itself.
                self.new.records[kind, tag] = model.Record(
                    kind, tag, "%s %s" % (kind, tag), location=location)
        else:
            tag, name = self._anonymous_tag(kind)
        typedef, self.in_typedef = self.in_typedef, False
        outer_length, self.partial_length = self.partial_length, False
        before = self.packed_attribute, self.alignment
        fields, partial = self._members()
        if partial:
            _refuse_bit_fields(fields, name if tag[0] == "$" else "%s %s" % (kind, tag))
        partial = partial or self.partial_length
        self.partial_length = outer_length
        self.in_typedef = typedef
        self.packed_attribute, self.alignment = before
        self.attributes()
        pack = self.pack
        if self.packed_attribute:
            fields = [self._packed(field) for field in fields]
            pack = 1
        if tag[0] != "$":
            known = self.record(kind, tag)
            name = self._typedef_name()
            if known is not None and known.name != "%s %s" % (kind, tag):
                name = known.name
            name = name or "%s %s" % (kind, tag)
        self.new.records[kind, tag] = model.Record(
            kind, tag, name, tuple(fields), partial, pack, location, self.alignment)
        return model.RecordRef(kind, tag)

    def _packed(self, field):
        """A member of a packed record: only what asks for an alignment has one."""
        if field.align <= 0:
            return field
        return model.replace(field, align=-min(field.align, self.pack or field.align))

    def member_alignment(self, name, node, bitsize, index):
        """model.Field.align by the attributes that were read."""
        align, packed = self.alignment, self.packed_attribute
        if not align and not packed:
            return 0
        if bitsize >= 0:
            raise self.error("'%s' of the bit-field '%s' is not supported"
                             % ("aligned" if align else "packed", name), index)
        if packed:
            return -min(max(1, align), self.pack or max(1, align))
        return align

    def directives_before_member(self):
        """Called before each member; cdef obeys `#pragma pack` here."""

    def static_assert(self):
        raise self.unexpected("a member")

    def _members(self):
        """{ ( member | ... ; | ; )* }: (fields, whether there were dots)"""
        words, opening = self.words, self.position
        self.position += 1
        fields, names, partial = [], {}, False
        while True:
            word = words[self.position]
            if word == "}":
                self.position += 1
                return fields, partial
            if word == "...":
                self.position += 1
                self.expect(";")
                partial = True
            elif word == ";":
                self.position += 1
            elif not word:
                raise self.error("'{' is never closed", opening)
            elif word in ("_Static_assert", "static_assert"):
                self.static_assert()
            else:
                self.directives_before_member()
                self._member(fields, names)

    def _member(self, fields, names):
        """specifiers [ declarator [ : width ] ( , ... )* ] ;"""
        words, start = self.words, self.position
        self.storage = ()
        self.packed_attribute, self.alignment = False, 0
        node = self.specifiers()
        if self.storage:
            self.refuse_storage("a member", start)
        common = self.packed_attribute, self.alignment
        if words[self.position] == ";":
            self.position += 1
            # C11 6.7.2.1 p13: only a record without a tag brings its members.
            if isinstance(node, model.RecordRef) and node.tag[0] == "$":
                fields.append(model.Field("", node, -1, self.tokens.location(start),
                                          self.member_alignment("", node, -1, start)))
                self._inherit_partial(node)
            return
        while True:
            self.name_index = self.position
            name, whole = ("", node) if words[self.position] == ":" \
                else self.declarator(node)
            index = self.name_index
            bitsize = -1
            if words[self.position] == ":":
                bitsize = self._bit_width(name, whole)
            elif not name:
                raise self.unexpected("a member's name")
            self.attributes()
            field = self.checked_field(name, whole, bitsize, index, names)
            align = self.member_alignment(name, whole, bitsize, index)
            fields.append(model.replace(field, align=align) if align else field)
            self.packed_attribute, self.alignment = common
            if words[self.position] == ";":
                self.position += 1
                return
            if words[self.position] != ",":
                raise self.unexpected("',' or ';'")
            self.position += 1

    def _bit_width(self, name, node):
        """: constant"""
        self.position += 1
        start = self.position
        width = self.parse_integer_constant("the width of a bit-field")
        return self.checked_width(name, node, width, start)

    def checked_width(self, name, node, width, start):
        """`width` if C11 6.7.2.1 p4-5 allows it for a bit-field of type `node`."""
        bare = node.type if isinstance(node, model.Qualified) else node
        if not (common_types.is_integer(bare) or isinstance(bare, model.EnumRef)):
            raise self.error("bit-field '%s' is not of an integer type" % name, start)
        if width < 0 or width == 0 and name:
            raise self.error("bit-field '%s' has width %d" % (name, width), start)
        if isinstance(bare, model.Primitive):
            limit = 8 * common_types.PRIMITIVES[bare.name][1]
            if width > limit:
                raise self.error("bit-field '%s' is wider than its type (%d > %d bits)"
                                 % (name, width, limit), start)
        return width

    def checked_field(self, name, node, bitsize, index, names):
        if name:
            if name in names:
                raise self.error("duplicate member '%s'" % name, index)
            names[name] = True
        bare = node
        while isinstance(bare, (model.Array, model.Qualified)):
            if isinstance(bare, model.Array) and bare.length is model.DOTS:
                self.partial_length = True
            bare = bare.item if isinstance(bare, model.Array) else bare.type
        if isinstance(bare, model.Function):
            raise self.error("member '%s' is a function" % name, index)
        if bare is common_types.VOID:
            raise self.error("member '%s' has type void" % name, index)
        if isinstance(bare, model.RecordRef):
            self._inherit_partial(bare)
        return model.Field(name, node, bitsize, self.tokens.location(index))

    def _inherit_partial(self, node):
        """A record that holds one with dots has no known layout either."""
        inner = self.record(node.kind, node.tag)
        if inner is not None and inner.partial:
            self.partial_length = True

    def _enum_definition(self, kind, tag, start):
        """{ name [ = constant | = ... ] ( , ... )* [ , ... ] }"""
        location = self.tokens.location(start)
        if tag:
            known = self.enum(tag)
            if known is not None and known.enumerators is not None and not (
                    self.override and tag not in self.new.enums):
                raise self.error("duplicate declaration of enum %s (the first is at %s)"
                                 % (tag, known.location), start)
        else:
            tag, name = self._anonymous_tag("enum")
        typedef, self.in_typedef = self.in_typedef, False
        enumerators, partial = self._enumerators()
        self.in_typedef = typedef
        self.attributes()
        if tag[0] != "$":
            name = self._typedef_name() or "enum " + tag
        self.new.enums[tag] = model.Enum(tag, name, tuple(enumerators), partial, location)
        return model.EnumRef(tag)

    def _enumerators(self):
        words, opening = self.words, self.position
        self.position += 1
        dots = False
        enumerators, partial, value = [], False, 0
        implied = []  # those without a value of their own
        if words[self.position] == "}":
            raise self.unexpected("an enumerator")
        while words[self.position] != "}":
            name, index = words[self.position], self.position
            if name == "...":
                partial = dots = True
            elif not name:
                raise self.error("'{' is never closed", opening)
            elif not is_identifier(name) or name in KEYWORDS:
                raise self.unexpected("the name of an enumerator")
            self.position += 1
            if name != "...":
                if words[self.position] == "=":
                    self.position += 1
                    if words[self.position] == "...":
                        self.position += 1
                        value, partial = None, True
                    else:
                        value = self.parse_integer_constant("the value of an enumerator")
                else:
                    implied.append(len(enumerators))
                self.declare_enumerator(name, value, index)
                enumerators.append(model.Enumerator(name, value))
                value = None if value is None else value + 1
            if words[self.position] == ",":
                self.position += 1
            elif words[self.position] != "}":
                raise self.unexpected("',' or '}'")
        self.position += 1
        if dots:
            self.forget_implied(enumerators, implied)
        return enumerators, partial

    def forget_implied(self, enumerators, implied):
        """There may be others between these: only the compiler can count."""
        for place in implied:
            name = enumerators[place].name
            enumerators[place] = model.Enumerator(name, None)
            self.constants.pop(name, None)

    def declare_enumerator(self, name, value, index):
        known = self.constants.get(name)
        if known is None:
            known = self.scope.constant(name)
        if known is not None and known != value and not self.override:
            raise FFIError("%s: multiple declarations of constant: %s"
                           % (self.tokens.location(index), name))
        if value is not None:
            self.constants[name] = value


def _refuse_bit_fields(fields, name):
    """In a record with `...;` nobody can tell where they lie: they have no offset in C."""
    for field in fields:
        if field.bitsize >= 0 and field.name:
            raise NotImplementedError("%s: %s has both '...' and the bit-field '%s', whose place in it cannot be found "
                                      "out" % (field.location, name, field.name))
