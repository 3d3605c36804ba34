"""record_layout.py: checks the layout that a compiler reports against the cdef.

A record declared in full must have the layout that the ABI's rules give (C11
6.7.2.1, System V AMD64 3.1.2); one with `...;` may have any, but its members
the declared size.  Used by realize.py, which passes itself for the types.
"""

from .errors import FFIError


def checked_offsets(types, kind, record, measures):
    """The offset of each field of a RecordCode, -1 where the engine is to place
    a bit-field.  `measures` are those of CompiledCodes.record; `types` makes
    engine types (`_build`, `need_complete`).

    Raises FFIError naming record, field and both numbers if they disagree.
    """
    engine = types.engine
    size, alignment, members = measures
    lowered = [None] * len(record.fields)
    offsets = [-1] * len(record.fields)
    for index, name, _, offset, actual in members:
        field, code, _ = record.fields[index]
        ctype = lowered[index] = types._build(code)
        types.need_complete(code)
        if field:
            declared = engine.sizeof(ctype) if actual else 0
        else:
            inner, inner_offset = engine.typeoffsetof(ctype, name, 0)
            offset -= inner_offset
            declared = engine.sizeof(inner) if actual else 0
        if declared != actual:
            raise _mismatch(record, "wrong size for field '%s'" % name, declared, actual)
        if offsets[index] not in (-1, offset):
            raise _mismatch(record, "wrong offset for field '%s'" % name,
                            offsets[index], offset)
        offsets[index] = offset
    if not record.partial:
        _check_natural(engine, kind, record, lowered, offsets, size, alignment)
    return offsets


def _check_natural(engine, kind, record, lowered, offsets, size, alignment):
    """Behind a bit-field nothing is checked: it has no offset in C."""
    end, largest = 0, 1
    for (name, code, _), ctype, offset in zip(record.fields, lowered, offsets):
        if offset < 0:
            return
        align = engine.alignof(ctype)
        if record.pack:
            align = min(align, record.pack)
        largest = max(largest, align)
        natural = 0 if kind == "union" else end + -end % align
        if natural != offset:
            raise _mismatch(record, "wrong offset for field '%s'" % name, natural, offset)
        if not code.startswith("A_"):       # a flexible array adds nothing
            end = max(end, offset + engine.sizeof(ctype))
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
