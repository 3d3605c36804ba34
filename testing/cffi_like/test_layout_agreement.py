"""Layouts: what the compiler says and what the ABI's rules give must agree.

Many random records are declared in full, so a false contradiction, or a field
in the wrong place, fails here.
"""

import random

import pytest
from built_modules import build, builder, fresh_name, import_from

from cffi_like import FFI

SCALARS = ["char", "signed char", "short", "int", "unsigned int", "long", "long long", "float",
           "double", "long double", "_Bool", "void *", "int (*)(int)", "uint8_t", "int64_t",
           "enum shade", "wchar_t"]
BIT_TYPES = ["int", "unsigned int", "long long", "unsigned char", "short"]


def member(rng, name, earlier, depth):
    """A declaration of one member."""
    choice = rng.random()
    if choice < 0.12 and depth < 2:
        inner = members(rng, depth + 1, name + "_", earlier)
        return "%s { %s } %s;" % (rng.choice(["struct", "union"]), inner,
                                  name if rng.random() < 0.5 else "")
    if choice < 0.24 and earlier:
        base = rng.choice(earlier)
    else:
        base = rng.choice(SCALARS)
    if base == "int (*)(int)":
        return "int (*%s)(int);" % name
    lengths = "".join("[%d]" % rng.randint(1, 4) for _ in range(rng.choice([0, 0, 0, 1, 2])))
    return "%s %s%s%s;" % (base, name, lengths, attribute(rng, 0.1))


def attribute(rng, probability):
    """An alignment for a member or a record, most times none."""
    if rng.random() > probability:
        return ""
    return " __attribute__((%s))" % rng.choice(
        ["aligned(1)", "aligned(2)", "aligned(8)", "aligned(32)", "aligned", "packed", "packed, aligned(4)"])


def members(rng, depth, prefix, earlier):
    return " ".join(member(rng, "%sm%d" % (prefix, i), earlier, depth)
                    for i in range(rng.randint(1, 5)))


def records(seed, count):
    """[(name, definition)] of random structs and unions, some packed."""
    rng = random.Random(seed)
    made, names = [], []
    for number in range(count):
        kind = rng.choice(["struct", "struct", "union"])
        name = "%s r%d" % (kind, number)
        packed = rng.choice([0, 0, 0, 1, 2, 4])
        text = "%s { %s }%s;" % (name, members(rng, 0, "", names), attribute(rng, 0.2))
        if packed:
            text = "#pragma pack(push, %d)\n%s\n#pragma pack(pop)" % (packed, text)
        made.append((name, text))
        names.append(name)
    return made


@pytest.mark.parametrize("seed", range(3))
def test_full_declarations_agree(tmp_path, seed):
    """Size and alignment of each record are those of C, and nothing is contradicted."""
    made = records(seed, 60)
    text = "enum shade { LIGHT, DARK };\n" + "\n".join(code for _, code in made)
    sizes = "".join("int size_%d(void); int align_%d(void);\n" % (i, i) for i in range(len(made)))
    source = "".join("static int size_%d(void) { return sizeof(%s); }\n"
                     "static int align_%d(void) { return __alignof__(%s); }\n"
                     % (i, name, i, name) for i, (name, _) in enumerate(made))
    module = build(tmp_path, text + "\n" + sizes, "#include <wchar.h>\n" + text + "\n" + source)
    for i, (name, code) in enumerate(made):
        expected = getattr(module.lib, "size_%d" % i)(), getattr(module.lib, "align_%d" % i)()
        assert (module.ffi.sizeof(name), module.ffi.alignof(name)) == expected, code
    plain = FFI()
    plain.cdef(text)
    for name, code in made:
        assert places(plain, name) == places(module.ffi, name), code


def places(ffi, name):
    """Size, alignment and members of a record as an FFI has them."""
    return (ffi.sizeof(name), ffi.alignof(name),
            [(member, field.offset) for member, field in ffi.typeof(name).fields])


def test_partial_declarations_take_any_layout(tmp_path):
    """With `...;`, the members that are named are found among others, wherever they are."""
    rng = random.Random(5)
    cdef, source, expected = [], [], []
    for number in range(40):
        types = [rng.choice(["char", "short", "int", "double", "long"]) for _ in range(8)]
        full = "".join("%s m%d;" % (type_, i) for i, type_ in enumerate(types))
        chosen = rng.sample(range(8), 3)
        shown = "".join("%s m%d;" % (types[i], i) for i in chosen)
        cdef.append("struct p%d { %s ...; }; int fill%d(struct p%d *);"
                    % (number, shown, number, number))
        source.append("struct p%d { %s }; static int fill%d(struct p%d *p) { %s return sizeof *p; }"
                      % (number, full, number, number,
                         "".join("p->m%d = %d;" % (i, i + 1) for i in range(8))))
        expected.append(chosen)
    module = build(tmp_path, "\n".join(cdef), "\n".join(source))
    for number, chosen in enumerate(expected):
        value = module.ffi.new("struct p%d *" % number)
        assert getattr(module.lib, "fill%d" % number)(value) == module.ffi.sizeof(value[0])
        for i in chosen:
            got = getattr(value, "m%d" % i)
            assert (got[0] if isinstance(got, bytes) else got) == i + 1


@pytest.mark.parametrize("seed", range(2))
def test_bit_fields_agree(tmp_path, seed):
    """Bit-fields written in Python are read in C, in structs that mix them with others."""
    rng = random.Random(100 + seed)
    cdef, source, expected = [], [], []
    for number in range(25):
        fields = []
        for i in range(rng.randint(2, 7)):
            type_ = rng.choice(BIT_TYPES)
            limit = {"int": 32, "unsigned int": 32, "long long": 64, "unsigned char": 8,
                     "short": 16}[type_]
            width = rng.choice([0, 0, rng.randint(1, limit)])
            fields.append((type_, "b%d" % i, width))
        body = "".join("%s %s%s;" % (t, n, " : %d" % w if w else "") for t, n, w in fields)
        cdef.append("struct b%d { %s };" % (number, body))
        source.append("struct b%d { %s };" % (number, body))
        for type_, name, width in fields:
            cdef.append("%s get_%d_%s(struct b%d *);" % (type_, number, name, number))
            source.append("static %s get_%d_%s(struct b%d *p) { return p->%s; }"
                          % (type_, number, name, number, name))
        expected.append(fields)
    name = fresh_name("bits")
    builder("\n".join(cdef), "\n".join(source), name).compile(str(tmp_path))
    module = import_from(tmp_path, name)
    for number, fields in enumerate(expected):
        value = module.ffi.new("struct b%d *" % number)
        for type_, field, width in fields:
            low, high = (0, 2 ** (width or 8) - 1) if "unsigned" in type_ else \
                (-2 ** ((width or 8) - 1), 2 ** ((width or 8) - 1) - 1)
            setattr(value, field, rng.randint(low, high))
        for _, field, _ in fields:
            getter = getattr(module.lib, "get_%d_%s" % (number, field))
            assert getter(value) == getattr(value, field)
