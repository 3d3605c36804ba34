"""verified.py: joins an FFI with cdef to a compiled part, for FFI.verify().

Modules compiled out of line make their types from codes alone.  Here the FFI
that made the declarations goes on working, so the types must be its own:
what the compiler found out is written into its declarations, and its lowering
asks the compiled part for layouts.  Used by verifier.py.
"""

import re

from .compiled_codes import CompiledCodes
from .compiled_library import make_library
from .compiled_types import CompiledDeclarations
from .errors import FFIError, VerificationError
from .lower import Lowering
from .model import Declarations, Primitive, RecordRef
from .opcodes import TypeDecoder
from .record_layout import placed_fields

_COMPLETED = ("typedefs", "enums", "records", "variables", "constants")


class VerifiedLowering(Lowering):
    """A Lowering whose records are laid out by compilers.

    `parts` are the Parts of this FFI, the newest first.
    """

    def _complete(self, key):
        for part in self.parts:
            found = part.codes.record(key)
            if found is not None and (found[1] is not None or _is_nameless(key, found[0])):
                part.complete(self, key, *found)
                self._incomplete.pop(key, None)
                return
        super()._complete(key)

    def enum_base(self, enum):
        for part in self.parts:
            found = part.codes.enum(enum.tag)
            if found is not None and found[1]:
                return Primitive("%sint%d_t" % ("" if found[2] else "u", 8 * found[1]))
        return None


class Part:
    """One compiled part, with the interface of a Realizer over the types of the
    FFI, so that CompiledLibrary works with it."""

    def __init__(self, ffi, tables, symbols, included):
        self.ffi = ffi
        self.engine = ffi._engine
        self.lock = ffi._lock
        self.codes = CompiledCodes(tables, symbols, [part.codes for part in included])
        self._decoder = TypeDecoder(self.codes.unknown)

    def type(self, code):
        """The engine type of a code; a function gives its pointer type."""
        return self.ffi._lowering.lower(self._decoder.decode(code))

    # What record_layout.py asks of the one who makes types.

    def _build(self, code):
        return self.ffi._lowering._lower(self._decoder.decode(code))

    def need_complete(self, code):
        self.ffi._lowering._need_complete(self._decoder.decode(code))

    def new_record(self, kind, name):
        make = self.engine.new_union_type if kind == "union" else self.engine.new_struct_type
        return make(name)

    def complete_record(self, ctype, record, placed, size=-1, alignment=-1):
        fields = []
        for name, code, bitsize, offset in placed:
            fields.append((name, self._build(code), bitsize, offset))
            self.need_complete(code)
        flags = (0, record.pack) if record.pack else ()
        self.engine.complete_struct_or_union(ctype, fields, None, size, alignment, *flags)

    def complete(self, lowering, key, record, measures):
        """Lay out the record `key` of `lowering` as the compiler did."""
        if measures is None:
            # C has no name for a record inside another one; its own place is not asked
            # for where the outer one ends in `...`.
            self.complete_record(lowering._records[key], record,
                                 [(*field, -1) for field in record.fields])
            return
        placed = placed_fields(self, key[0], record, measures)
        self.complete_record(lowering._records[key], record, placed, *measures[:2])


def _is_nameless(key, record):
    """Whether C has no name for a record that ends in `...`."""
    return record.partial and "$" in key[1] and "$" in record.name


# record_layout.py goes on to explain what to do in a cdef for set_source().
_MISMATCH = re.compile(r"\(cdef says (\d+), but C compiler says (\d+)\)\. fix it .*")


def join(ffi, tables, symbols, module_name):
    """The `lib` for the functions in `symbols`, and `ffi` completed by what the
    compiler knows.  VerificationError where compiler and cdef disagree."""
    with ffi._lock:
        others = [other for other in ffi._included if hasattr(other, "_verified")]
        part = Part(ffi, tables, symbols, [o._verified[0] for o in others])
        lowering = ffi._lowering
        if not isinstance(lowering, VerifiedLowering):
            lowering.__class__ = VerifiedLowering
            lowering.parts = ffi._verified = []
        lowering.parts.insert(0, part)
        try:
            _complete_declarations(ffi, part)
        except (FFIError, VerificationError) as error:
            del lowering.parts[0]
            raise VerificationError(_MISMATCH.sub(r"(we have \1, but C compiler says \2)",
                                                  str(error))) from None
        return make_library(ffi, module_name, part, [o._verified_lib for o in others])


def declared(ffi):
    """The declarations as cdef made them, without what verify() found out before:
    another source may have other values for the same `...`."""
    result = Declarations(**ffi._declarations.__dict__)
    for kind, completed in getattr(ffi, "_completed", {}).items():
        table = dict(getattr(result, kind))
        for key, (before, after) in completed.items():
            if table.get(key) is after:         # a later cdef may have replaced it
                table[key] = before
        setattr(result, kind, table)
    return result


def _complete(ffi, kind, found):
    """Put the completed entries in the place of those of the table `kind`."""
    table = getattr(ffi._declarations, kind)
    saved = ffi._completed.setdefault(kind, {})
    for key, before in list(table.items()):
        after = found[key]
        if key in saved and saved[key][1] is before:
            before = saved[key][0]
        saved[key] = before, after
        table[key] = after


def _complete_declarations(ffi, part):
    declarations = declared(ffi)
    if not hasattr(ffi, "_completed"):
        ffi._completed = {}
    known = CompiledDeclarations(part.codes, [o._declarations for o in ffi._included])
    for tag, enum in declarations.enums.items():
        _check_enum(enum, known.enums[tag])
    for name, constant in declarations.constants.items():
        _check_constant(constant, part.codes.integer(name))
    for kind in _COMPLETED:
        _complete(ffi, kind, getattr(known, kind))
    ffi._resolver.forget_enumerators()
    ffi._types.clear()
    lowering = ffi._lowering
    for (kind, tag), record in declarations.records.items():
        if record.fields is None:
            continue
        laid_out = (kind, tag) in lowering._records and (kind, tag) not in lowering._incomplete
        lowering.lower(RecordRef(kind, tag))        # its layout is checked now
        found = part.codes.record((kind, tag))
        if laid_out and found is not None and found[1] is not None:
            placed_fields(part, kind, *found)       # only the check: it stays as it is


def _check_constant(declared, actual):
    if isinstance(declared.value, int) and actual not in (None, declared.value):
        raise VerificationError("%s has the real value %d, not %d"
                                % (declared.name, actual, declared.value))


def _check_enum(declared, actual):
    for ours, real in zip(declared.enumerators or (), actual.enumerators or ()):
        if not declared.partial and ours.value not in (None, real.value):
            raise VerificationError("%s: %s has the real value %d, not %d"
                                    % (declared.name, ours.name, real.value, ours.value))
