"""compiled_types.py: the model's view of a compiled module.

Type strings are parsed into the model (type_string.py), so the names in them
must be found as model nodes, and what they mean be lowered to the very types
that realize.py makes.  Loaded by the first type string of a module; `lib`
works without.
"""

from . import model as m
from .lower import Lowering
from .opcodes import LazyDeclarations


class CompiledDeclarations(LazyDeclarations):
    """The lookups of `model.Declarations` over CompiledCodes: every unknown
    length, width and value is what the compiler says."""

    def __init__(self, codes, included=()):
        super().__init__(codes.tables, included, codes.unknown)
        self.codes = codes

    def _decoder(self, kind):
        plain = super()._decoder(kind)
        complete = _COMPLETE.get(kind)
        if complete is None:
            return plain
        return lambda key, code: complete(self, key, plain(key, code))

    def _typedef(self, name, type_):
        if not isinstance(type_, m.Array):
            return type_
        return self._types.decode(self.codes.typedef(name))

    def _record(self, key, record):
        fields = self.codes.record(key)[0].fields
        if fields is None:
            return record
        return m.replace(record, fields=tuple([
            m.replace(field, type=self._types.decode(code))
            for field, (_, code, _) in zip(record.fields, fields)]))

    def _enum(self, tag, enum):
        if enum.enumerators is None:
            return enum
        items = self.codes.enum(tag)[0].items
        return m.replace(enum, enumerators=tuple([m.Enumerator(*item) for item in items]))

    def _variable(self, name, variable):
        return m.replace(variable, type=self._types.decode(self.codes.variable(name)[0]))

    def _constant(self, name, constant):
        known, value, _, _ = self.codes.constant(name)
        return m.replace(constant, value=value) if known else constant

    def enumerator(self, name):
        """The value of an enumerator, or None (resolve.py asks for it)."""
        return self.codes.enumerator(name)


_COMPLETE = {
    "typedefs": CompiledDeclarations._typedef,
    "records": CompiledDeclarations._record,
    "enums": CompiledDeclarations._enum,
    "variables": CompiledDeclarations._variable,
    "constants": CompiledDeclarations._constant,
}


class CompiledLowering(Lowering):
    """Lowering that leaves records and enums to a Realizer."""

    def __init__(self, engine, resolver, realizer):
        super().__init__(engine, resolver)
        self.realizer = realizer

    def _lower(self, node):
        if isinstance(node, m.RecordRef):
            return self.realizer.record(node.kind, node.tag)
        if isinstance(node, m.EnumRef):
            return self.realizer.enum(node.tag)
        return super()._lower(node)
