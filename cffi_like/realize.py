"""realize.py: makes engine types of type codes, for compiled modules.

What lower.py does with the model, `Realizer` does with codes and with the
compiler's layouts, so that using a module needs neither model nor parser.
compiled_types.py joins the two: records and enums are made here alone, and
every type is one object whichever way it is asked for.
"""

from _thread import RLock

from .code_table import (PRIMITIVE_OF_LETTER, malformed, quote, split_function,
                         unqualified, unquote)
from .errors import VerificationMissing

_STEMS = {1: "signed char", 2: "short", 4: "int", 8: "long long"}


def _record_key(code):
    """(kind, tag) of the code of a record, else None."""
    if code[0] not in "SU":
        return None
    return "union" if code[0] == "U" else "struct", unquote(code[1:-1])


class Realizer:
    """The engine types of one module.  `codes` is its CompiledCodes, `peers` the
    Realizers of included modules: what they define is theirs.

    `lock` must be held around every call; the module's FFI and lib share it.  It
    and the table of types may be given: another reader of the module has them.
    """

    def __init__(self, engine, codes, peers=(), types=None, lock=None):
        self.engine = engine
        self.codes = codes
        self.peers = list(peers)
        self.lock = RLock() if lock is None else lock
        self._types = {} if types is None else types    # type code -> engine type
        self._records = {}      # (kind, tag) -> engine type
        self._pending = []      # keys of records to complete
        self._open = []         # keys of those that are being completed
        self._undo = None       # what to forget if the outermost call fails

    # ---- entry points -------------------------------------------------------

    def type(self, code):
        """The engine type of a code; a function gives its pointer type.

        Raises what the engine raises, FFIError where the compiler contradicts
        the cdef, ValueError for a malformed code.  A failure leaves nothing.
        """
        if self._undo is not None:
            return self._build(code)
        found = self._types.get(code)
        if found is not None:
            return found
        self._undo = []
        try:
            found = self._build(code)
            while self._pending:
                self._complete(self._pending.pop())
        except BaseException as error:
            for table, key in self._undo:
                table.pop(key, None)
            del self._pending[:], self._open[:]
            if isinstance(error, (IndexError, KeyError)):
                raise malformed(code) from None
            raise
        finally:
            self._undo = None
        return found

    def record(self, kind, tag):
        return self.type("%s%s;" % ("U" if kind == "union" else "S", quote(tag)))

    def enum(self, tag):
        return self.type("N%s;" % quote(tag))

    # ---- types --------------------------------------------------------------

    def _build(self, code):
        found = self._types.get(code)
        if found is None:
            found = self._new(code)
            self._types[code] = found
            self._undo.append((self._types, code))
        return found

    def _new(self, code):
        engine = self.engine
        letter = code[0]
        name = PRIMITIVE_OF_LETTER.get(letter)
        if name is not None or letter == "v":
            if len(code) != 1:
                raise malformed(code)
            return engine.new_void_type() if name is None else self._primitive(name)
        if letter == "P":
            target = unqualified(code[1:])
            if target[0] in "FG":
                return self._build(target)
            return engine.new_pointer_type(self._build(target))
        if letter in "KQ":
            return self._build(unqualified(code))
        if letter == "A":
            return self._array(code)
        if letter in "FG":
            return self._function(code)
        if code.index(";") != len(code) - 1:
            raise malformed(code)
        name = unquote(code[1:-1])
        if letter == "S" or letter == "U":
            return self._record("union" if letter == "U" else "struct", name, code)
        if letter == "N":
            return self._enum(name, code)
        if letter == "T":
            return self._build(self.codes.unknown(letter, name))
        if letter in "IO":
            name = self.codes.unknown_primitive(letter, name)
        elif letter != "=":
            raise malformed(code)
        return self._primitive(name)

    def _primitive(self, name):
        try:
            return self.engine.new_primitive_type(name)
        except KeyError:
            raise NotImplementedError("the core of this interpreter has no type '%s'"
                                      % name) from None

    def _array(self, code):
        end = code.index("_")
        length, item = code[1:end], code[end + 1:]
        if length == ".":
            raise VerificationMissing("the length of an array ('[...]') is not known")
        item_type = self._build(item)
        self.need_complete(item)
        return self.engine.new_array_type(self.engine.new_pointer_type(item_type),
                                          int(length) if length else None)

    def _function(self, code):
        result, parameters, ellipsis, abi = split_function(code)
        engine = self.engine
        result_type = self._build(result)
        types = tuple([self._build(p) for p in parameters])
        new = engine.new_function_type
        if self._open and hasattr(engine, "new_forward_function_type") \
                and any(map(self._is_unfinished, (result, *parameters))):
            # A member that takes or returns the record it is in; see lower.py.
            new = engine.new_forward_function_type
        else:
            self.need_complete(result)
            for parameter in parameters:
                self.need_complete(parameter)
        # __stdcall differs from the default only where the engine knows it.
        number = getattr(engine, "FFI_STDCALL", None) if abi == "__stdcall" else None
        if number is None or ellipsis:
            return new(types, result_type, ellipsis)
        return new(types, result_type, False, number)

    def need_complete(self, code):
        """Before a type that contains `code` by value is built or asked its size."""
        code = unqualified(code)
        while code[0] == "A":
            code = unqualified(code[code.index("_") + 1:])
        key = _record_key(code)
        if key in self._pending:
            self._pending.remove(key)
            self._complete(key)

    def _is_unfinished(self, code):
        key = _record_key(unqualified(code))
        return key in self._open or key in self._pending

    # ---- records ------------------------------------------------------------

    def _owner(self, table, key):
        for peer in self.peers:
            if key in getattr(peer.codes, table):
                return peer
            owner = peer._owner(table, key)
            if owner is not None:
                return owner
        return None

    def _record(self, kind, tag, code):
        key = kind, tag
        found = self.codes.record(key)
        if found is None or found[0].fields is None:
            owner = self._owner("records", key)
            if owner is not None:
                with owner.lock:
                    return owner.type(code)
            if tag == "_IO_FILE":
                from .lower import file_type    # one type of FILE for everybody
                return file_type(self.engine)
        record = found[0] if found is not None else None
        new = self.new_record(kind, record.name if record is not None else "%s %s" % key)
        self._records[key] = new
        self._undo.append((self._records, key))
        if record is not None and record.fields is not None:
            self._pending.append(key)
        return new

    def new_record(self, kind, name):
        make = self.engine.new_union_type if kind == "union" \
            else self.engine.new_struct_type
        return make(name)

    def _complete(self, key):
        # Imported here: most modules are opened long before a record is needed.
        from .record_layout import placed_fields
        record, measures = self.codes.record(key)
        self._open.append(key)
        if measures is None:
            # Nothing is known in C of a record inside another one that has no name.
            self.complete_record(self._records[key], record, *self._natural(key[0], record))
        else:
            self.complete_record(self._records[key], record,
                                 placed_fields(self, key[0], record, measures),
                                 *measures[:2])
        self._open.pop()

    def _natural(self, kind, record):
        """What complete_record takes for the layout that the ABI's rules give."""
        placed = [(*field, -1) for field in record.fields]
        if not record.aligns:
            return placed, -1, -1
        rows = []
        for name, code, bitsize in record.fields:
            rows.append((name, self._build(code), bitsize))
            self.need_complete(code)

        def scratch(_):
            found = self.new_record(kind, record.name)
            self.complete_record(found, record, placed)
            return found

        from . import aligned_layout
        rows, size, alignment = aligned_layout.rows(
            self.engine, kind == "union", record.name, rows, record.aligns, record.pack,
            record.align, scratch)
        return [(name, code, bitsize, row[3] if len(row) > 3 else -1)
                for (name, code, bitsize), row in zip(record.fields, rows)], size, alignment

    def complete_record(self, ctype, record, placed, size=-1, alignment=-1):
        """Give the record type its fields: (name, type code, bitsize, offset)."""
        fields = []
        for name, code, bitsize, offset in placed:
            fields.append((name, self._build(code), bitsize, offset))
            self.need_complete(code)
        engine = self.engine
        if record.pack:
            engine.complete_struct_or_union(ctype, fields, None, size, alignment, 0,
                                            record.pack)
        else:
            engine.complete_struct_or_union(ctype, fields, None, size, alignment)

    # ---- enums --------------------------------------------------------------

    def _enum(self, tag, code):
        found = self.codes.enum(tag)
        if found is None or found[0].opaque:
            owner = self._owner("enums", tag)
            if owner is not None:
                with owner.lock:
                    return owner.type(code)
        if found is None:
            return self.engine.new_enum_type("enum " + tag, (), (),
                                             self.engine.new_primitive_type("unsigned int"))
        enum, size, signed = found
        values = [value for _, value in enum.items]
        if not size:            # it has no name in C: as compilers choose, by its values
            low, high = min(values, default=0), max(values, default=0)
            signed = low < 0
            size = 4 if low >= -1 << 31 and high < 1 << (31 if signed else 32) else 8
        stem = _STEMS[size]
        if not signed:
            stem = "unsigned " + stem.replace("signed ", "")
        return self.engine.new_enum_type(
            enum.name, tuple([name for name, _ in enum.items]), tuple(values),
            self.engine.new_primitive_type(stem))
