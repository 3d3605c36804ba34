"""record_layout.py: checks the layout that a compiler reports against the cdef.

A record declared in full must have the layout that the ABI's rules give (C11
6.7.2.1, System V AMD64 3.1.2); one with `...;` may have any, but its members
the declared size.  Used by realize.py, which passes itself for the types.
"""

from . import aligned_layout
from .errors import FFIError


def placed_fields(types, kind, record, measures):
    """[(name, type code, bitsize, offset)] of a RecordCode, with offset -1 where
    the engine is to place a bit-field.

    `measures` are those of CompiledCodes.record; `types` makes engine types
    (`_build`, `need_complete`).  Where `...` lets the members of an anonymous
    record lie anywhere, they become members of the record itself.
    Raises FFIError naming record, field and both numbers if they disagree.
    """
    engine = types.engine
    size, alignment, members = measures
    lowered = [None] * len(record.fields)
    offsets = [-1] * len(record.fields)
    scattered = {}          # index of an anonymous record: its members
    for index, name, code, offset, actual in members:
        field, field_code, _ = record.fields[index]
        ctype = lowered[index] = types._build(field_code)
        types.need_complete(field_code)
        if field:
            declared = engine.sizeof(ctype) if actual else 0
            base = offset
        else:
            inner, inner_offset = engine.typeoffsetof(ctype, name, 0)
            base = offset - inner_offset
            declared = engine.sizeof(inner) if actual else 0
        if declared != actual:
            raise _mismatch(record, "wrong size for field '%s'" % name, declared, actual)
        if offsets[index] not in (-1, base):
            if not record.partial:
                raise _mismatch(record, "wrong offset for field '%s'" % name,
                                offsets[index] + offset - base, offset)
            scattered[index] = []
        offsets[index] = base
    for index, name, code, offset, _ in members:
        if index in scattered:
            scattered[index].append((name, code, -1, offset))
    if not record.partial:
        _check_natural(types, kind, record, lowered, offsets, size, alignment)
    placed = []
    for index, (field, offset) in enumerate(zip(record.fields, offsets)):
        placed += scattered.get(index) or [(*field, offset)]
    return placed


def _check_natural(types, kind, record, lowered, offsets, size, alignment):
    if record.aligns:
        _check_aligned(types.engine, kind, record, lowered, offsets, size, alignment)
        return
    if any(bitsize >= 0 for _, _, bitsize in record.fields):
        _check_with_bit_fields(types, kind, record, offsets, size, alignment)
        return
    engine = types.engine
    end, largest = 0, 1
    for (name, code, _), ctype, offset in zip(record.fields, lowered, offsets):
        if offset < 0:
            return      # an anonymous record without any member that has an offset
        align = engine.alignof(ctype)
        if record.pack:
            align = min(align, record.pack)
        largest = max(largest, align)
        natural = 0 if kind == "union" else end + -end % align
        if natural != offset:
            raise _mismatch(record, "wrong offset for field '%s'" % name, natural, offset)
        if not code.startswith("A_"):       # a flexible array adds nothing
            end = max(end, offset + engine.sizeof(ctype))
    _check_total(record, end + -end % largest, largest, size, alignment)


def _check_aligned(engine, kind, record, lowered, offsets, size, alignment):
    if any(bitsize >= 0 for _, _, bitsize in record.fields):
        return          # only the compiler knows
    sizes = aligned_layout.measures(engine, lowered)
    expected, total, largest = aligned_layout.place(
        kind == "union", [(*both, wanted) for both, wanted in zip(sizes, record.aligns)],
        record.pack, record.align)
    for (name, _, _), offset, found in zip(record.fields, offsets, expected):
        if offset not in (-1, found):
            raise _mismatch(record, "wrong offset for field '%s'" % name, found, offset)
    _check_total(record, total, largest, size, alignment)


def _check_with_bit_fields(types, kind, record, offsets, size, alignment):
    """The engine knows the rules of bit-fields: let it lay out a record of its
    own, and compare."""
    engine = types.engine
    natural = types.new_record(kind, record.name)
    types.complete_record(natural, record, [(*field, -1) for field in record.fields])
    for (name, _, bitsize), offset in zip(record.fields, offsets):
        if name and bitsize < 0:
            expected = engine.typeoffsetof(natural, name, 0)[1]
            if expected != offset:
                raise _mismatch(record, "wrong offset for field '%s'" % name, expected,
                                offset)
    _check_total(record, engine.sizeof(natural), engine.alignof(natural), size, alignment)


def _check_total(record, total, largest, size, alignment):
    if total != size:
        raise _mismatch(record, "wrong total size", total, size)
    if largest != alignment:
        raise _mismatch(record, "wrong total alignment", largest, alignment)


def _mismatch(record, what, declared, actual):
    return FFIError(
        '%s: %s (cdef says %d, but C compiler says %d). fix it or use "...;" as the '
        'last field in the cdef for %s to make it flexible'
        % (record.name, what, declared, actual, record.name))
