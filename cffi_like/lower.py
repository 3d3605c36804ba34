"""Turns types of the model into types of an engine.

`Lowering` belongs to one FFI.  It keeps what it has built, so a type is built
once and `is` compares types.  Records may refer to themselves: a record's
type is created empty, and completed before the outermost `lower` returns.
Reads model, resolve and the engine; parsers are not needed here.
"""

import warnings

from . import aligned_layout, common_types, model
from .errors import CDefError, VerificationMissing

_FILE_KEY = ("struct", "_IO_FILE")
_file_types = {}  # engine -> the type of FILE, the same for every FFI of an engine


def file_type(engine):
    """The type of FILE in this engine."""
    found = _file_types.get(id(engine))
    if found is None:
        own = getattr(engine, "file_type", None)        # our core makes it itself
        found = _file_types[id(engine)] = own() if own is not None else engine.new_struct_type(
            common_types.common_record(*_FILE_KEY).name)
    return found


class Lowering:
    """Builds and remembers the engine types of one FFI.

    `peers` are the Lowerings of included FFIs; a record or enum that one of
    them defines is its type there.  Not locked: the FFI holds its lock.
    """

    def __init__(self, engine, resolver):
        self.engine = engine
        self.resolver = resolver
        self.peers = []
        self._types = {}      # model type -> engine type
        self._records = {}    # (kind, tag) -> engine type
        self._incomplete = {}  # those of _records with no definition yet
        self._enums = {}      # tag -> engine type
        self._pending = []    # keys of records to complete
        self._open = []       # keys of those that are being completed
        self._undo = None     # what to forget if the outermost call fails

    # ---- for a subclass that knows a compiler's answers (verified.py) -------

    def enum_base(self, enum):
        """The model type an enum is stored as, or None to derive it."""
        return None

    # ---- entry points -----------------------------------------------------

    def lower(self, node):
        """The engine type of a model type; a function gives its pointer type.

        Raises what the engine raises (TypeError, ValueError for impossible
        types), CDefError, VerificationMissing for what only a compiler knows.
        A failure leaves no half-built type behind.
        """
        try:
            return self._lower_whole(node)
        except RecursionError:
            raise CDefError("a type is nested too deeply") from None

    def _lower_whole(self, node):
        found = self._types.get(node)
        if found is not None and not self._pending:
            return found
        if self._undo is not None:
            return self._lower(node)
        self._undo = []
        try:
            found = self._lower(node)
            self._complete_pending()
        except BaseException:
            self._roll_back()
            raise
        finally:
            self._undo = None
        return found

    def is_function(self, node):
        """True for a bare function type, which `lower` turns into a pointer."""
        while isinstance(node, model.Qualified):
            node = node.type
        return isinstance(node, model.Function)

    def complete_declared(self, records):
        """Complete records that were used while opaque and are defined now.
        `records` are keys of the resolver's tables."""
        keys = [key for key in records if key in self._incomplete
                and self.resolver.record(*key).fields is not None]
        if keys:
            self._undo = []
            try:
                self._pending.extend(keys)
                self._complete_pending()
            except BaseException:
                self._roll_back()
                raise
            finally:
                self._undo = None

    def forget(self):
        """Forget all types, because a declaration was overridden.  Types that
        are in use stay valid."""
        for table in (self._types, self._records, self._enums, self._incomplete):
            table.clear()

    # ---- the types --------------------------------------------------------

    def _lower(self, node):
        found = self._types.get(node)
        if found is None:
            found = _BUILDERS[type(node)](self, node)
            self._remember(self._types, node, found)
        return found

    def _remember(self, table, key, value):
        table[key] = value
        if self._undo is not None:
            self._undo.append((table, key))

    def _roll_back(self):
        for table, key in self._undo:
            table.pop(key, None)
        del self._pending[:]
        del self._open[:]

    def _void(self, node):
        return self.engine.new_void_type()

    def _primitive(self, node):
        try:
            return self.engine.new_primitive_type(node.name)
        except KeyError:
            raise NotImplementedError("the core in use has no type '%s'" % node.name) from None

    def _unknown(self, node):
        family = _FAMILIES[type(node)]
        raise NotImplementedError("%s type '%s' can only be used after compilation"
                                  % (family, node.name))

    def _qualified(self, node):
        return self._lower(node.type)

    def _pointer(self, node):
        target = node.target
        while isinstance(target, model.Qualified):
            target = target.type
        if isinstance(target, model.Function):
            return self._lower(target)
        return self.engine.new_pointer_type(self._lower(target))

    def _array(self, node):
        if node.length is model.DOTS:
            raise CDefError("an array of unknown length ('[...]') can only be used after "
                            "compilation")
        item = self._lower(node.item)
        self._need_complete(node.item)
        return self.engine.new_array_type(self.engine.new_pointer_type(item), node.length)

    def _function(self, node):
        """The type of a pointer to the function."""
        result = self._lower(node.result)
        parameters = tuple([self._lower(item) for item in node.parameters])
        new = self.engine.new_function_type
        parts = (node.result, *node.parameters)
        if self._open and hasattr(self.engine, "new_forward_function_type") \
                and any(map(self._is_unfinished, parts)):
            new = self.engine.new_forward_function_type
        else:
            for item in parts:
                self._need_complete(item)
        # __stdcall differs from the default only where the engine knows it.
        abi = getattr(self.engine, "FFI_STDCALL", None) if node.abi == "__stdcall" else None
        if abi is None or node.ellipsis:
            return new(parameters, result, node.ellipsis)
        return new(parameters, result, False, abi)

    def _is_unfinished(self, node):
        """Whether it is a record that will have its members soon."""
        node = node.type if isinstance(node, model.Qualified) else node
        if not isinstance(node, model.RecordRef):
            return False
        key = (node.kind, node.tag)
        return key in self._open or key in self._pending

    # ---- records ----------------------------------------------------------

    def _record(self, node):
        key = (node.kind, node.tag)
        found = self._records.get(key)
        if found is not None:
            return found
        record = self.resolver.declarations.records.get(key)
        if record is None or record.fields is None:
            owner = self._owner("_defines_record", key)
            if owner is not None:
                return owner.lower(node)
            if record is None:
                record = self.resolver.record(*key)
        if key == _FILE_KEY and (record is None or record.fields is None):
            return file_type(self.engine)
        name = record.name if record is not None else "%s %s" % key
        new_type = (self.engine.new_struct_type if node.kind == "struct"
                    else self.engine.new_union_type)
        found = new_type(name)
        self._remember(self._records, key, found)
        self._remember(self._incomplete, key, found)
        if record is not None and record.fields is not None:
            self._pending.append(key)
        return found

    def _owner(self, defines, key):
        for peer in self.peers:
            if getattr(peer, defines)(key):
                return peer
            owner = peer._owner(defines, key)
            if owner is not None:
                return owner
        return None

    def _defines_record(self, key):
        # An opaque record belongs to the FFI that mentioned it first, so that
        # both FFIs see one type.
        return self.resolver.declarations.records.get(key) is not None

    def _defines_enum(self, tag):
        return self.resolver.declarations.enums.get(tag) is not None

    def _need_complete(self, node):
        """Before a type that contains `node` by value is built."""
        while isinstance(node, (model.Qualified, model.Array)):
            node = node.type if isinstance(node, model.Qualified) else node.item
        if isinstance(node, model.RecordRef):
            key = (node.kind, node.tag)
            if key in self._pending:
                self._pending.remove(key)
                self._complete(key)

    def _complete_pending(self):
        while self._pending:
            self._complete(self._pending.pop())

    def _complete(self, key):
        record = self.resolver.record(*key)
        if record.partial:
            raise VerificationMissing(
                "%s: '%s' is declared with '...', so its layout is only known "
                "after compilation" % (record.location, record.name))
        fields = []
        self._open.append(key)
        for item in record.fields:
            fields.append((item.name, self._lower(item.type), item.bitsize))
            self._need_complete(item.type)
        self._open.pop()
        size = alignment = -1
        found = self._records[key]
        if record.align or any(item.align for item in record.fields):
            fields, size, alignment = aligned_layout.rows(
                self.engine, key[0] == "union", record.name, fields,
                [item.align for item in record.fields], record.pack, record.align,
                lambda rows: self._scratch(record, rows))
        self._finish(found, record, fields, size, alignment)
        self._incomplete.pop(key, None)

    def _scratch(self, record, fields):
        """A record for its natural layout only."""
        new_type = (self.engine.new_struct_type if record.kind == "struct"
                    else self.engine.new_union_type)
        scratch = new_type(record.name)
        self._finish(scratch, record, fields, -1, -1)
        return scratch

    def _finish(self, found, record, fields, size, alignment):
        complete = self.engine.complete_struct_or_union
        if record.pack:
            complete(found, fields, None, size, alignment, 0, record.pack)
        else:
            complete(found, fields, None, size, alignment)

    # ---- enums ------------------------------------------------------------

    def _enum(self, node):
        found = self._enums.get(node.tag)
        if found is not None:
            return found
        enum = self.resolver.declarations.enums.get(node.tag)
        if enum is None or enum.enumerators is None:
            owner = self._owner("_defines_enum", node.tag)
            if owner is not None:
                return owner.lower(node)
        if enum is None:
            enum = model.Enum(node.tag, "enum " + node.tag)
        items = enum.enumerators or ()
        base = self._enum_base(enum, items)
        found = self.engine.new_enum_type(
            enum.name, tuple([item.name for item in items]),
            tuple([item.value for item in items]), base)
        if items:
            self._remember(self._enums, node.tag, found)
        return found

    def _enum_base(self, enum, items):
        """The smallest of unsigned int, int, unsigned long, long that holds all
        values, as GCC and Clang choose."""
        chosen = self.enum_base(enum)
        if chosen is not None:
            return self._lower(chosen)
        if any(item.value is None for item in items) or enum.partial:
            raise VerificationMissing(
                "%s: '%s' is declared with '...', so its values are only known "
                "after compilation" % (enum.location, enum.name))
        if not items:
            warnings.warn("'%s' has no values explicitly defined; guessing that it is "
                          "equivalent to 'unsigned int'" % enum.name, stacklevel=2)
            return self.engine.new_primitive_type("unsigned int")
        low = min(item.value for item in items)
        high = max(item.value for item in items)
        sign = "" if low < 0 else "unsigned "
        for stem in ("int", "long"):
            bits = 8 * common_types.PRIMITIVES[stem][1]
            limits = (-1 << bits - 1, 1 << bits - 1) if sign == "" else (0, 1 << bits)
            if limits[0] <= low and high < limits[1]:
                return self.engine.new_primitive_type(sign + stem)
        raise CDefError("%s: the values of '%s' do not all fit into either 'long' or "
                        "'unsigned long'" % (enum.location, enum.name))


_FAMILIES = {model.UnknownInteger: "integer", model.UnknownFloat: "float", model.UnknownArray: "array"}

_BUILDERS = {
    model.Void: Lowering._void,
    model.Primitive: Lowering._primitive,
    model.UnknownInteger: Lowering._unknown,
    model.UnknownFloat: Lowering._unknown,
    model.UnknownArray: Lowering._unknown,
    model.Qualified: Lowering._qualified,
    model.Pointer: Lowering._pointer,
    model.Array: Lowering._array,
    model.Function: Lowering._function,
    model.RecordRef: Lowering._record,
    model.EnumRef: Lowering._enum,
}
