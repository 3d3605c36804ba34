"""aligned_layout.py: where GCC puts members that carry `aligned`, `packed` or `_Alignas`.

The engine knows records without such attributes; for the others lower.py (at
run time) and record_layout.py (compiled modules) ask here and give the engine
finished offsets.  Knows numbers only.

`aligned(n)` raises an alignment, `#pragma pack` limits it, `packed` on a member
makes it 1; on a record `aligned(n)` raises the alignment of the whole.
"""


def effective(natural, wanted, pack):
    """The alignment of a member: its type's, model.Field.align, and `pack`."""
    if wanted < 0:
        return -wanted
    found = max(natural, wanted)
    return min(found, pack) if pack else found


def place(is_union, members, pack, align):
    """([offset], size, alignment) for members (size, alignment, Field.align)."""
    offsets, end, largest = [], 0, 1
    for size, natural, wanted in members:
        boundary = effective(natural, wanted, pack)
        largest = max(largest, boundary)
        offset = 0 if is_union else end + -end % boundary
        offsets.append(offset)
        end = max(end, offset + size)
    largest = max(largest, align)
    return offsets, max(1, end + -end % largest), largest


def measures(engine, ctypes):
    """[(size, alignment)] of engine types; a flexible array has no size."""
    found = []
    for ctype in ctypes:
        is_open = ctype.kind == "array" and ctype.length is None
        found.append((0 if is_open else engine.sizeof(ctype), engine.alignof(ctype)))
    return found


def rows(engine, is_union, name, fields, aligns, pack, align, natural):
    """(fields with offsets, size, alignment) for complete_struct_or_union.

    `fields` are its rows (name, ctype, bitsize), `aligns` their Field.align;
    `natural(rows)` gives a scratch record of the engine's own layout.  Raises
    NotImplementedError for bit-fields beside members that are moved.
    """
    if all(bitsize < 0 for _, _, bitsize in fields):
        sizes = measures(engine, [ctype for _, ctype, _ in fields])
        offsets, size, alignment = place(
            is_union, [(*both, wanted) for both, wanted in zip(sizes, aligns)], pack, align)
        return [(*row, offset) for row, offset in zip(fields, offsets)], size, alignment
    if any(aligns):
        raise NotImplementedError("'%s' has bit-fields and members that are packed or aligned: "
                                  "only a compiler knows its layout; end it with '...;'" % name)
    scratch = natural(fields)
    alignment = max(engine.alignof(scratch), align)
    size = engine.sizeof(scratch)
    return fields, size + -size % alignment, alignment
