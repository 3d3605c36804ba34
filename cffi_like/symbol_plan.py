"""symbol_plan.py: how a compiled library's symbol table is numbered and read.

emit_c.py writes the table, compiled_codes.py and c_backend/compiled_*.c read it; what both must agree on is
here, so that neither imports the other.  The table has four parts:

    address(i)         a C function giving the address of a wrapper or variable
    constant(i, out)   a C function storing a constant, evaluated when asked
    numbers[i]         sizes, alignments, offsets and lengths, all static data
    python[i]          the slots that `extern "Python"` functions jump through

An entry of the encoded declarations carries its first index in each part that
it uses, in the order given below for its kind ("-" = the entry has no index):

    functions      address [, address of the wrapper that takes pointers]
    variables      address, numbers
    constants      constant
    extern_python  python slot, address
    typedefs       numbers
    records        numbers
    enums          numbers, constants (one for each enumerator)

Numbers of a typedef: size, is-signed for `int...`; size, is-a-float for `float...`;
one length for each `[...]`.  Of a variable: size (0 if not known to C), then the
lengths.  Of an enum: size, is-signed.  Of a record: size, alignment, then for
each item of `measured_members` its offset, size (0 for `[]`) and lengths.
The table itself is opened by symbol_table.py.  Reads model.py only.
"""

from . import model as m


def unknown_lengths(type_):
    """How many outer dimensions of an array type are `[...]`, as a list of
    depths: [0] for `int a[...]`, [1] for `int a[3][...]`."""
    depths, depth = [], 0
    while isinstance(type_, m.Array):
        if type_.length is m.DOTS:
            depths.append(depth)
        type_ = type_.item
        depth += 1
    return depths


def with_lengths(type_, lengths):
    """The array type with each `[...]` replaced, outermost first."""
    if not isinstance(type_, m.Array):
        return type_
    length = type_.length
    if length is m.DOTS:
        length, lengths = lengths[0], lengths[1:]
    return m.Array(with_lengths(type_.item, lengths), length)


def measured_members(record, find_record):
    """Yields (field index, member name, type) for each member of `record` that
    has an offset in C, those of anonymous records included.

    `find_record(ref)` gives the `model.Record` of a reference, or None.
    Bit-fields have no address and are left out (C11 6.5.3.2 p1).
    """
    for index, field in enumerate(record.fields or ()):
        if field.bitsize >= 0:
            continue
        if field.name:
            yield index, field.name, field.type
        elif isinstance(field.type, m.RecordRef):
            inner = find_record(field.type)
            if inner is not None:
                for _, name, type_ in measured_members(inner, find_record):
                    yield index, name, type_


def _bare(type_):
    return type_.type if isinstance(type_, m.Qualified) else type_


def passed_by_pointer(type_):
    """Whether a wrapper takes and returns the type through a pointer: records,
    and complex numbers, which libffi does not know everywhere."""
    type_ = _bare(type_)
    return (isinstance(type_, m.RecordRef)
            or isinstance(type_, m.Primitive) and "complex" in type_.name)


def needs_pointers(function):
    return (passed_by_pointer(function.result)
            or any(map(passed_by_pointer, function.parameters)))


def pointer_form(function):
    """The function type a wrapper has that passes records by pointer: the
    result, if it is one, becomes the first parameter."""
    parameters = [m.Pointer(_bare(p)) if passed_by_pointer(p) else p
                  for p in function.parameters]
    result = _bare(function.result)
    if passed_by_pointer(result):
        parameters.insert(0, m.Pointer(result))
        result = m.Void()
    return m.Function(result, tuple(parameters))
