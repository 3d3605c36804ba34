"""Offsets and sizes of structs and unions, against the C compiler and CFFI."""

import random
import re
import sys

import pytest
import support
from data_support import core, native, oracle  # noqa: F401

SF_MSVC_BITFIELDS, SF_GCC_ARM_BITFIELDS, SF_GCC_X86_BITFIELDS = 0x01, 0x02, 0x10
SF_PACKED, SF_STD_FIELD_POS = 0x08, 0x80

SCALARS = ["_Bool", "char", "signed char", "unsigned char", "short", "unsigned short", "int",
           "unsigned int", "long", "unsigned long", "long long", "float", "double", "long double",
           "void *", "char *"]
BIT_TYPES = ["_Bool", "signed char", "unsigned char", "short", "unsigned short", "int",
             "unsigned int", "long", "unsigned long"]
BITS = {"_Bool": 1, "signed char": 8, "unsigned char": 8, "short": 16, "unsigned short": 16,
        "int": 32, "unsigned int": 32, "long": 64, "unsigned long": 64}


def random_record(random, index, earlier):
    """(name, fields, pack): fields are (name, type, array length or None, bits or None)."""
    name = random.choice(["struct", "struct", "struct", "union"]) + " r%d" % index
    pack = random.choice([0, 0, 0, 0, 1, 2, 4])
    fields = []
    for n in range(random.randint(1, 8)):
        if random.random() < 0.35:
            kind = random.choice(BIT_TYPES)
            bits = random.randint(0, BITS[kind])
            fields.append(("" if bits == 0 or random.random() < 0.15 else "f%d" % n, kind, None, bits))
        elif random.random() < 0.2 and earlier:
            fields.append(("f%d" % n, random.choice(earlier), random.choice([None, 2]), None))
        else:
            fields.append(("f%d" % n, random.choice(SCALARS),
                           random.choice([None, None, None, 1, 3, 5]), None))
    if not any(field[0] for field in fields):
        fields.append(("last", "char", None, None))
    return name, fields, pack


def packs_bits(record):
    """CFFI refuses most of these."""
    return record[2] and any(bits is not None for _, _, _, bits in record[1])


def generated_records(count=400):
    source = random.Random(20)
    records = []
    for index in range(count):
        simple = [record[0] for record in records[-20:] if not packs_bits(record)]
        records.append(random_record(source, index, simple))
    return records


def c_declaration(name, fields, pack):
    lines = ["%s %s%s%s;" % (kind, field, "" if length is None else "[%d]" % length,
                             "" if bits is None else " : %d" % bits)
             for field, kind, length, bits in fields]
    text = "%s { %s };" % (name, " ".join(lines))
    return "#pragma pack(push, %d)\n%s\n#pragma pack(pop)" % (pack, text) if pack else text


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """{name: (size, alignment, {field: offset}, {bit-field: bytes with it set to all ones})}."""
    records = generated_records()
    lines = ["#include <stdio.h>", "#include <stddef.h>", "#include <string.h>"]
    lines += [c_declaration(*record) for record in records]
    lines.append("int main(void) {")
    for name, fields, _ in records:
        tag = name.replace(" ", "_")
        lines.append('printf("%s %%zu %%zu\\n", sizeof(%s), _Alignof(%s));' % (tag, name, name))
        for field, kind, _, bits in fields:
            if not field:
                continue
            if bits is None:
                lines.append('printf("%s.%s %%zu\\n", offsetof(%s, %s));' % (tag, field, name, field))
            else:
                lines.append('{ union { %s r; unsigned char b[sizeof(%s)]; } u; memset(&u, 0, sizeof u);'
                             'u.r.%s = -1; printf("%s.%s ");'
                             'for (size_t i = 0; i < sizeof u; i++) printf("%%02x", u.b[i]);'
                             'printf("\\n"); }' % (name, name, field, tag, field))
    lines.append("return 0; }")
    folder = tmp_path_factory.mktemp("layout")
    source, program = folder / "layout.c", folder / "layout"
    source.write_text("\n".join(lines))
    support.run(["cc", "-w", "-O0", str(source), "-o", str(program)])
    answers = dict(line.split(None, 1) for line in support.run([str(program)]).stdout.splitlines())
    return records, answers


def build(core, record):
    name, fields, pack = record
    rows = []
    for field, kind, length, bits in fields:
        made = core.t(kind if length is None else "%s[%d]" % (kind, length))
        rows.append((field, made, -1 if bits is None else bits))
    return core.record(name, *rows, pack=pack)


@pytest.mark.skipif(sys.platform == "win32", reason="the rules of System V are compared")
def test_generated_records_lie_as_the_compiler_lays_them(native, measured):
    """400 random structs and unions, bit-fields and #pragma pack included."""
    records, answers = measured
    for record in records:
        name, fields, _ = record
        tag, made = name.replace(" ", "_"), build(native, record)
        told = c_declaration(*record)
        assert (native.sizeof(made), native.alignof(made)) == tuple(
            map(int, answers[tag].split())), told
        for field, kind, _, bits in fields:
            if not field:
                continue
            expected = answers["%s.%s" % (tag, field)].strip()
            if bits is None:
                assert native.typeoffsetof(made, field)[1] == int(expected), (field, told)
            else:
                memory = native.newp(native.new_pointer_type(made))
                setattr(memory, field, 1 if kind == "_Bool" else
                        2**bits - 1 if kind.startswith("unsigned") else -1)
                assert native.buffer(memory)[:].hex() == expected, (field, told)


def test_generated_records_agree_with_cffi(native, oracle, measured):
    """Every field's offset, shift, width and flags are CFFI's, for each set of bit-field rules."""
    for record in measured[0]:
        if packs_bits(record):
            continue
        for flags in (0, SF_MSVC_BITFIELDS, SF_GCC_ARM_BITFIELDS):
            def described(core):
                name, fields, pack = record
                rows = [(field, core.t(kind if length is None else "%s[%d]" % (kind, length)),
                         -1 if bits is None else bits) for field, kind, length, bits in fields]
                made = core.record(name + "x", *rows, flags=flags, pack=pack)
                core._records.pop(name + "x")
                return (core.sizeof(made), core.alignof(made),
                        [(key, field.type.cname, field.offset, field.bitshift, field.bitsize, field.flags)
                         for key, field in made.fields])
            for core in (native, oracle):
                if record[0] not in core._records:
                    build(core, record)
            if flags == SF_MSVC_BITFIELDS and record[0].startswith("union"):
                continue        # CFFI gives negative offsets there
            assert described(native) == described(oracle), c_declaration(*record)


def test_bit_fields_hold_their_values(native):
    """Random values written to random bit-fields read back, and leave the others alone."""
    source = random.Random(5)
    for _ in range(60):
        widths = [(kind, source.randint(1, BITS[kind]))
                  for kind in (source.choice(BIT_TYPES[1:]) for _ in range(6))]
        made = native.record("struct b", *[("f%d" % n, kind, bits)
                                           for n, (kind, bits) in enumerate(widths)])
        memory = native.newp(native.new_pointer_type(made))
        values = {}
        for _ in range(40):
            n = source.randrange(len(widths))
            kind, bits = widths[n]
            low, high = (0, 2**bits - 1) if kind.startswith("unsigned") else (
                -2**(bits - 1), 2**(bits - 1) - 1)
            values[n] = source.randint(low, high)
            setattr(memory, "f%d" % n, values[n])
            assert {m: getattr(memory, "f%d" % m) for m in values} == values


def test_a_packed_bit_field_stays_inside_its_struct(native):
    """A unit that sticks out of a packed struct is not touched beyond the struct."""
    made = native.record("struct small", ("a", "int", 9), pack=1)
    pair = native.record("struct pair", ("s", made), ("after", "unsigned char[6]"), pack=1)
    memory = native.newp(native.new_pointer_type(pair), {"after": [255] * 6})
    memory.s.a = -1
    assert native.sizeof(made) == 2
    assert memory.s.a == -1 and list(memory.after) == [255] * 6


def test_anonymous_members_belong_to_the_record(core):
    """C11 6.7.2.1p13; the further members of a union are left out of list initializers."""
    inner = core.record("union inner", ("x", "int"), ("y", "float"))
    outer = core.record("struct outer", ("a", "int"), ("", inner), ("b", "int"))
    assert [(name, field.offset, field.flags) for name, field in outer.fields] == [
        ("a", 0, 0), ("x", 4, 0), ("y", 4, 1), ("b", 8, 0)]
    value = core.newp(core.new_pointer_type(outer), [1, 2, 3])
    assert (value.a, value.x, value.b) == (1, 2, 3)


def test_given_offsets_and_sizes_win(core):
    """What a compiler told is taken: gaps, order, total size, alignment."""
    made = core.record("struct given", ("c", "double", -1, 8), ("a", "char", -1, 2), size=24, align=8)
    assert (core.sizeof(made), core.alignof(made)) == (24, 8)
    assert core.typeoffsetof(made, "a") == (core.t("char"), 2)
    with pytest.raises(TypeError, match="cannot be of size 3"):
        core.record("struct small", ("a", "int"), size=3)


@pytest.mark.parametrize("offset, size, align, what", [
    (8, -1, -1, "wrong offset for field 'b' .cdef says 4, but C compiler says 8"),
    (4, 16, -1, "wrong total size .cdef says 8, but C compiler says 16"),
    (4, 8, 8, "wrong total alignment .cdef says 4, but C compiler says 8")])
def test_layouts_that_must_be_standard(core, offset, size, align, what):
    """SF_STD_FIELD_POS refuses what C would not give: the cdef is wrong."""
    with pytest.raises(Exception, match="struct s: " + what) as caught:
        core.record("struct s", ("a", "int", -1, 0), ("b", "int", -1, offset), size=size, align=align,
                    flags=SF_STD_FIELD_POS)
    assert caught.type.__name__ == "error"
    made = core.record("struct s", ("a", "int", -1, 0), ("b", "int", -1, 4), size=8, align=4,
                       flags=SF_STD_FIELD_POS)
    assert core.sizeof(made) == 8


def test_flexible_array_member(core):
    """T[] may be last only; it adds nothing to the size."""
    made = core.record("struct flexible", ("n", "int"), ("tail", "short[]"))
    assert core.sizeof(made) == 4
    assert made.fields[1][1].bitshift == -2
    with pytest.raises(TypeError, match="unknown size"):
        core.record("struct wrong", ("tail", "short[]"), ("n", "int"))


@pytest.mark.parametrize("field, error", [
    (("a", "int", 33), "exceeds the width"), (("a", "double", 3), "cannot be a bit field"),
    (("a", "int *", 3), "cannot be a bit field"), (("a", "int", 0), "declared with :0"),
    (("a", "int", 3, 0), "fixed offset"), (("a", "void"), "unknown size")])
def test_fields_that_cannot_be(core, field, error):
    """Each error names struct and field; the struct stays opaque and can be tried again."""
    made = core.opaque("struct s")
    with pytest.raises(TypeError, match=error) as caught:
        core.complete_struct_or_union(made, [(field[0], core.t(field[1])) + field[2:]])
    assert re.search(r"struct s\.a", str(caught.value))
    assert made.fields is None
    core.complete_struct_or_union(made, [("a", core.t("int"))])
    assert core.sizeof(made) == 4


def test_completing_what_is_no_struct(native):
    """A TypeError, as in CFFI (which crashes later, so it is not asked)."""
    with pytest.raises(TypeError, match="non-initialized.*'int'"):
        native.complete_struct_or_union(native.t("int"), [])


def test_wrong_use(core):
    """Twice the same name, twice completed, what is no field."""
    with pytest.raises(KeyError, match="duplicate field name 'a'"):
        core.record("struct s", ("a", "int"), ("a", "int"))
    done = core.record("struct t", ("a", "int"))
    with pytest.raises(TypeError, match="non-initialized"):
        core.complete_struct_or_union(done, [])
    with pytest.raises(TypeError):
        core.complete_struct_or_union(core.opaque("struct u"), 5)


def test_a_field_that_is_no_tuple(native):
    """CFFI raises SystemError here; we say what a field must be."""
    with pytest.raises(TypeError, match="struct u.*must be a tuple"):
        native.complete_struct_or_union(native.opaque("struct u"), [5])


def test_packed_as_cffi_has_it(core):
    """The flag alone means what it means there: no bit-field across its unit."""
    with pytest.raises(NotImplementedError):
        core.record("struct s", ("a", "long", 30), ("b", "char", 5), flags=SF_PACKED)


def test_packed_bit_fields_run_across_their_units(native):
    """As GCC lays them out, whatever bytes they touch; CFFI refuses them."""
    native.record("struct s", ("a", "int", 3), ("b", "long", 62), ("c", "int", 30), pack=1)
    assert native.sizeof(native.t("struct s")) == 12
    one = native.new("struct s *")
    for value in (2**61 - 1, -2**61, 0x123456789abcdef, 0):
        for around in (0, -1):
            one.a = one.c = around
            one.b = value
            assert (one.a, one.b, one.c) == (around, value, around)
    one.a = one.c = 0
    one.b = -1
    assert native.buffer(one)[:] == b"\xf8" + b"\xff" * 7 + b"\x01\0\0\0"


def test_huge_structs(core):
    """Sizes up to the limit work; beyond it is an OverflowError, not a wrap."""
    assert core.sizeof(core.record("struct s", ("a", "char[%d]" % sys.maxsize))) == sys.maxsize


def test_a_struct_larger_than_memory(native):
    """Two huge members do not wrap around to a small struct."""
    with pytest.raises(OverflowError):
        native.record("struct s", ("a", "char[%d]" % sys.maxsize), ("b", "int"))


def test_empty_struct(core):
    """Has one byte, so that two of them have two addresses (as CFFI)."""
    made = core.record("struct empty")
    assert (core.sizeof(made), core.alignof(made), made.fields) == (1, 1, [])
