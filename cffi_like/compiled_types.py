"""compiled_types.py: declarations and types of a module whose `...` a compiler filled in.

`CompiledDeclarations` answers the lookups of `model.Declarations` with every
unknown length, width and value replaced by what the symbol table says.
`CompiledLowering` lays records out as the compiler did, and refuses a cdef
that disagrees.  Both work entry by entry, when an entry is first named.
Used by loader.py; reads opcodes, symbol_plan and a SymbolTable.
"""


from . import model as m
from .errors import FFIError
from .lower import Lowering, RecordLayout
from .opcodes import LazyDeclarations
from .symbol_plan import measured_members, unknown_lengths, with_lengths

_FLOAT_OF_SIZE = {4: "float", 8: "double"}
_STEMS = ((1, "signed char"), (2, "short"), (4, "int"), (8, "long long"))


class CompiledDeclarations(LazyDeclarations):
    """Lookups over encoded tables and a `symbol_table.SymbolTable`.

    A value that the cdef gives and the compiler contradicts raises FFIError
    naming both when the entry is first looked up.
    """

    def __init__(self, tables, symbols, included=()):
        super().__init__(tables, included, self._unknown_type)
        self.symbols = symbols
        self._enumerators = None
        self._declared_records = {}     # those with `[...]`, as they were declared

    # ---- what the compiler knows --------------------------------------------

    def _unknown_type(self, letter, name):
        """The primitive behind `typedef int... name` or `typedef float... name`."""
        try:
            first, = self.typedefs.index(name)
        except KeyError:
            for included in self.included:
                found = included.typedefs.get(name)
                if found is not None:
                    return found
            raise FFIError("typedef '%s' is not declared here" % name) from None
        size = self.symbols.number(first)
        if letter == "O":
            return m.Primitive(_FLOAT_OF_SIZE.get(size, "long double"))
        sign = "" if self.symbols.number(first + 1) else "u"
        return m.Primitive("%sint%d_t" % (sign, 8 * size))

    def _lengths(self, first, type_):
        return [self.symbols.number(first + i)
                for i in range(len(unknown_lengths(type_)))]

    def _declared_record(self, ref):
        key = (ref.kind, ref.tag)
        found = self._declared_records.get(key)
        return self.records.get(key) if found is None else found

    def measures(self, key):
        """What the table says of the record `key`, or None if nothing: (size,
        alignment, members), each member being (field index, member name, type
        with its true lengths, offset, size)."""
        indices = self.records.index(key) if key in self.records else ()
        if not indices:
            return None
        # The table has a number for each `[...]` of the declaration.
        record = self._declared_record(m.RecordRef(*key))
        at = indices[0]
        number = self.symbols.number
        size, alignment = number(at), number(at + 1)
        at += 2
        members = []
        for index, name, type_ in measured_members(record, self._declared_record):
            lengths = self._lengths(at + 2, type_)
            members.append((index, name, with_lengths(type_, lengths),
                            number(at), number(at + 1)))
            at += 2 + len(lengths)
        return size, alignment, members

    # ---- entries ------------------------------------------------------------

    def _decode(self, kind, key, code):
        value = super()._decode(kind, key, code)
        complete = _COMPLETE.get(kind)
        return value if complete is None else complete(self, key, value)

    def _complete_typedef(self, name, type_):
        if not unknown_lengths(type_):
            return type_
        return with_lengths(type_, self._lengths(self.typedefs.index(name)[0], type_))

    def _complete_variable(self, name, variable):
        first = self.variables.index(name)[1]
        lengths = self._lengths(first + 1, variable.type)
        if lengths:
            variable = m.replace(variable, type=with_lengths(variable.type, lengths))
        return variable

    def _complete_record(self, key, record):
        if not any(unknown_lengths(f.type) for f in record.fields or ()):
            return record
        self._declared_records[key] = record
        measures = self.measures(key)
        if measures is None:
            return record
        fields = list(record.fields)
        for index, name, type_, _, _ in measures[2]:
            if fields[index].name == name:
                fields[index] = m.replace(fields[index], type=type_)
        return m.replace(record, fields=tuple(fields))

    def _complete_enum(self, tag, enum):
        if not any(e.value is None for e in enum.enumerators or ()):
            return enum
        first = self.enums.index(tag)[1]
        return m.replace(enum, enumerators=tuple(
            m.replace(e, value=self.symbols.integer(first + i)) if e.value is None else e
            for i, e in enumerate(enum.enumerators)))

    def _complete_constant(self, name, constant):
        """An integer gets its value; the others stay DOTS, and are read in C."""
        if constant.type is not None and not is_integer(constant.type):
            return constant
        if constant.value is not m.DOTS and not isinstance(constant.value, int):
            return constant
        value = self.symbols.integer(self.constants.index(name)[0])
        if constant.value is not m.DOTS:
            check_integer(name, constant.value, value)
        return m.replace(constant, value=value)

    def enumerator(self, name):
        """The value of an enumerator, or None."""
        known = self._enumerators
        if known is None:
            known = {}
            for tag, enum in self.enums.items():
                for i, e in enumerate(enum.enumerators or ()):
                    known[e.name] = (tag, i)
            self._enumerators = known
        if name not in known:
            return None
        tag, i = known[name]
        value = self.symbols.integer(self.enums.index(tag)[1] + i)
        check_integer(name, self.enums[tag].enumerators[i].value, value)
        return value

    def enumerator_names(self):
        self.enumerator("")
        return self._enumerators


_COMPLETE = {
    "typedefs": CompiledDeclarations._complete_typedef,
    "records": CompiledDeclarations._complete_record,
    "enums": CompiledDeclarations._complete_enum,
    "variables": CompiledDeclarations._complete_variable,
    "constants": CompiledDeclarations._complete_constant,
}


def is_integer(type_):
    """As emit_c.is_plain_integer: integer types whose values are Python ints."""
    from .common_types import PRIMITIVES
    if isinstance(type_, m.Qualified):
        type_ = type_.type
    return isinstance(type_, m.Primitive) and PRIMITIVES[type_.name][0] in "iub"


def check_integer(name, declared, actual):
    if declared != actual:
        shown = "%d" % actual if actual <= 0 else "%d (0x%x)" % (actual, actual)
        raise FFIError("the C compiler says '%s' is equal to %s, but the cdef disagrees"
                       % (name, shown))


class CompiledLowering(Lowering):
    """Lowering with the compiler's layouts, checked against the cdef."""

    def enum_base(self, enum):
        indices = self.resolver.declarations.enums.index(enum.tag)
        if not indices:
            return None
        symbols = self.resolver.declarations.symbols
        size, signed = (symbols.number(indices[0] + i) for i in (0, 1))
        if not size:                # it has no name in C: by its values
            values = [e.value for e in enum.enumerators] or [0]
            signed = min(values) < 0
            size = 4 if -1 << 31 <= min(values) and max(values) < 1 << (
                31 if signed else 32) else 8
        stem = dict(_STEMS)[size]
        if not signed:
            stem = "unsigned " + stem.replace("signed ", "")
        return m.Primitive(stem)

    def record_layout(self, record):
        declarations = self.resolver.declarations
        measures = declarations.measures((record.kind, record.tag))
        if measures is None:
            if record.partial and record.fields is not None:
                # Inside another record and with no name of its own.
                return RecordLayout(-1, -1, (-1,) * len(record.fields))
            return None
        size, alignment, members = measures
        sizes = [0] * len(record.fields)
        offsets = [-1] * len(record.fields)
        for index, name, type_, offset, actual in members:
            field = record.fields[index]
            lowered = self._complete_type(field.type)
            sizes[index] = lowered
            if field.name:
                declared = self._size(self._complete_type(type_), type_)
            else:
                inner = self.engine.typeoffsetof(lowered, name, 0)
                offset -= inner[1]
                declared = self.engine.sizeof(inner[0]) if actual else 0
            if actual and declared != actual:
                raise _mismatch(record, "wrong size for field '%s'" % name,
                                declared, actual)
            if offsets[index] not in (-1, offset):
                raise _mismatch(record, "wrong offset for field '%s'" % name,
                                offsets[index], offset)
            offsets[index] = offset
        if not record.partial:
            self._check_natural(record, sizes, offsets, size, alignment)
        return RecordLayout(size, alignment, tuple(offsets))

    def _complete_type(self, type_):
        lowered = self._lower(type_)
        self._need_complete(type_)
        return lowered

    def _size(self, lowered, type_):
        if isinstance(type_, m.Array) and type_.length is None:
            return 0
        return self.engine.sizeof(lowered)

    def _check_natural(self, record, types, offsets, size, alignment):
        """The record is declared in full, so the ABI's rules must give what the
        compiler says (C11 6.7.2.1, System V AMD64 3.1.2).  Behind a bit-field
        nothing is checked but that the declared members fit."""
        end, largest, known = 0, 1, True
        for field, lowered, offset in zip(record.fields, types, offsets):
            if offset < 0 or not lowered:
                known = False
                continue
            align = self.engine.alignof(lowered)
            if record.pack:
                align = min(align, record.pack)
            largest = max(largest, align)
            if record.kind == "union":
                natural = 0
            else:
                natural = end + -end % align
            if known and natural != offset:
                raise _mismatch(record, "wrong offset for field '%s'" % field.name,
                                natural, offset)
            end = max(end, offset + self._size(lowered, field.type))
        if not known:
            return
        total = end + -end % largest
        if total != size:
            raise _mismatch(record, "wrong total size", total, size)
        if largest != alignment:
            raise _mismatch(record, "wrong total alignment", largest, alignment)


def _mismatch(record, what, declared, actual):
    return FFIError(
        '%s: %s (cdef says %d, but C compiler says %d). fix it or use "...;" as the '
        'last field in the cdef for %s to make it flexible'
        % (record.name, what, declared, actual, record.name))
