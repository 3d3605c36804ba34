"""Hypothesis strategies for test_fuzz.py: C types, values for them, operations.

Everything generated is plain data ("specs"), so that one example can be run on
two cores.  Types: ("prim", name), ("void",), ("ptr", spec), ("array", spec,
length or None), ("struct" or "union", fields, pack) with fields (name, spec,
bits or -1), ("enum", values, base name), ("fn", argument specs, result spec),
("opaque",).  Values are Python objects, or ("new", spec, value), ("cast", spec,
value) and ("self",) for C data; fuzz_run.py makes them.
"""

from hypothesis import strategies as st

INTEGERS = {"_Bool": 1, "signed char": 8, "unsigned char": 8, "short": 16, "unsigned short": 16,
            "int": 32, "unsigned int": 32, "long": 64, "unsigned long": 64, "long long": 64,
            "unsigned long long": 64, "int8_t": 8, "uint16_t": 16, "int64_t": 64, "size_t": 64}
FLOATING = ["float", "double", "long double", "_cffi_float_complex_t", "_cffi_double_complex_t"]
CHARACTERS = ["char", "wchar_t", "char16_t", "char32_t"]
BIT_TYPES = [name for name in INTEGERS if name not in ("size_t",)]
FIELD_NAMES = ("a", "b", "c", "d", "e")


def primitives():
    return st.sampled_from([("prim", name) for name in list(INTEGERS) + FLOATING + CHARACTERS])


def enums():
    bases = st.sampled_from(["int", "unsigned int", "long", "unsigned long", "signed char"])
    values = st.lists(st.sampled_from([0, 1, 2, 5, 100, -1, -100, 2**31 - 1]), min_size=0, max_size=4)
    return st.builds(lambda base, numbers: ("enum", tuple(numbers), base), bases, values)


@st.composite
def records(draw, members):
    kind = draw(st.sampled_from(["struct", "struct", "union"]))
    pack = draw(st.sampled_from([0, 0, 0, 1, 2]))
    fields = []
    for name in FIELD_NAMES[:draw(st.integers(0, 4))]:
        # CFFI misplaces bit-fields of packed records: test_layout.py asks the compiler instead.
        if not pack and draw(st.integers(0, 4)) == 0:
            base = draw(st.sampled_from(BIT_TYPES))
            fields.append((name, ("prim", base), draw(st.integers(1, INTEGERS[base]))))
        else:
            fields.append((name, draw(members), -1))
    if kind == "struct" and fields and draw(st.integers(0, 7)) == 0:
        fields.append(("tail", ("array", draw(primitives()), None), -1))
    return (kind, tuple(fields), pack)


def types(depth=2):
    """Object types, and now and then one that is none."""
    base = st.one_of(primitives(), primitives(), enums(),
                     st.sampled_from([("ptr", ("void",)), ("ptr", ("prim", "char"))]))
    if depth == 0:
        return base
    inner = types(depth - 1)
    return st.one_of(
        base,
        st.builds(lambda item, length: ("array", item, length), inner, st.integers(0, 4)),
        st.builds(lambda item: ("ptr", item), inner),
        records(inner),
        st.just(("ptr", ("opaque",))),
        st.builds(lambda result: ("fn", (("prim", "int"),), result), base))


def memory_types():
    """What newp takes: a pointer or an array, also an open one; sometimes another type."""
    item = types()
    return st.one_of(st.builds(lambda spec: ("ptr", spec), item),
                     st.builds(lambda spec: ("array", spec, None), item),
                     st.builds(lambda spec, length: ("array", spec, length), item, st.integers(0, 4)),
                     types(), st.just(("ptr", ("void",))))


# ---- values ------------------------------------------------------------------

INTERESTING = st.sampled_from([0, 1, -1, 2, 5, 127, 128, -128, -129, 255, 256, 2**15, 2**16, 2**31 - 1, 2**31,
                               -2**31 - 1, 2**32, 2**63 - 1, 2**63, -2**63, -2**63 - 1, 2**64 - 1, 2**64, True])
SMALL = st.integers(-3, 6)
TEXTS = st.sampled_from(["", "a", "ab", "abcde", "\u1234", "\U00012345", "a\0b", "\ud800"])
BYTES = st.sampled_from([b"", b"a", b"\xff", b"ab", b"abcde", b"a\0b", b"\0"])
FLOATS = st.one_of(st.sampled_from([0.0, -0.0, 1.5, -2.75, 1e300, -1e40, float("inf"), float("nan")]),
                   st.floats(-1000, 1000))
SCALARS = st.one_of(SMALL, INTERESTING, FLOATS, TEXTS, BYTES, st.none(), st.just(1.5 + 2j),
                    st.just(bytearray(b"ab")))


def cdata_values():
    """C data of some type, for places that may not take it."""
    new = st.builds(lambda spec: ("new", spec, None), st.sampled_from([
        ("ptr", ("prim", "int")), ("ptr", ("prim", "char")), ("array", ("prim", "int"), 3),
        ("array", ("prim", "char"), 2), ("ptr", ("ptr", ("void",))), ("array", ("prim", "wchar_t"), 2)]))
    cast = st.builds(lambda name, number: ("cast", ("prim", name), number),
                     st.sampled_from(list(INTEGERS) + FLOATING[:3] + ["char", "wchar_t"]), st.integers(0, 120))
    null = st.sampled_from([("cast", ("ptr", ("void",)), 0), ("cast", ("ptr", ("prim", "int")), 0)])
    return st.one_of(new, cast, null)


def any_value():
    flat = st.one_of(SCALARS, cdata_values())
    return st.one_of(flat, st.lists(SCALARS, max_size=4), st.tuples(SMALL, SMALL),
                     st.dictionaries(st.sampled_from(FIELD_NAMES + ("zz",)), SCALARS, max_size=3))


def fitting(spec):
    """Values that `spec` mostly takes."""
    kind = spec[0]
    if kind == "prim":
        if spec[1] in INTEGERS:
            bits = INTEGERS[spec[1]]
            signed = spec[1] in ("signed char", "short", "int", "long", "long long") or spec[1].startswith("int")
            low = -2**(bits - 1) if signed else 0
            return st.one_of(SMALL, st.integers(low, low + 2**bits - 1))
        if spec[1] in FLOATING:
            return st.one_of(FLOATS, SMALL, st.just(2j)) if "complex" in spec[1] else st.one_of(FLOATS, SMALL)
        return BYTES.filter(lambda text: len(text) == 1) if spec[1] == "char" else \
            TEXTS.filter(lambda text: len(text) == 1)
    if kind == "enum":
        return st.one_of(st.sampled_from(spec[1] or (0,)), SMALL)
    if kind == "ptr":
        if spec[1][0] in ("void", "opaque"):
            return st.just(("cast", ("ptr", ("void",)), 0))
        return st.one_of(st.just(("cast", ("ptr", ("void",)), 0)), st.just(("new", spec, None)))
    if kind == "array":
        texts = [BYTES] if spec[1] == ("prim", "char") else [TEXTS] if spec[1][1:2] == ("wchar_t",) else []
        lengths = [SMALL.filter(lambda number: number >= 0)] if spec[2] is None else []
        items = st.lists(value(spec[1]), max_size=5 if spec[2] is None else spec[2])
        return st.one_of(items, items, items.map(tuple), *texts, *lengths)
    if kind in ("struct", "union"):
        return record_values(spec)
    return st.just(("cast", ("ptr", ("void",)), 0))


def record_values(spec):
    fields = spec[1] if spec[0] == "struct" else spec[1][:1]
    in_order = st.tuples(*[value(field[1]) for field in fields])
    if not spec[1]:
        return st.sampled_from([[], {}, ()])
    some = st.lists(st.sampled_from(spec[1]), max_size=3 if spec[0] == "struct" else 1,
                    unique_by=lambda field: field[0])
    by_name = some.flatmap(lambda chosen: st.fixed_dictionaries({name: value(kind) for name, kind, _ in chosen}))
    return st.one_of(in_order, in_order.map(list), by_name)


def value(spec):
    """Mostly what fits, sometimes anything."""
    return st.integers(0, 7).flatmap(lambda dice: any_value() if dice == 0 else fitting(spec))


# ---- operations ----------------------------------------------------------------

KEYS = st.one_of(SMALL, SMALL, SMALL, st.sampled_from([None, "a", 1.0, 2**70, -2**70, True]))
BOUNDS = st.one_of(SMALL, SMALL, SMALL, SMALL, st.sampled_from([None, "a", 2**70]))
UNARY = ("len", "bool", "int", "float", "complex", "iter", "hash", "dir", "neg", "repr", "string", "sizeof", "alignof",
         "typeof", "buffer", "copy", "self==", "self-", "release", "gc", "view", "from_handle", "getcname", "call")


def steps(spec):
    """From an object to a part of it: ("index", key) or ("field", name)."""
    return st.one_of(st.just(("index", 0)), st.builds(lambda key: ("index", key), KEYS),
                     st.builds(lambda name: ("field", name), st.sampled_from(FIELD_NAMES + ("tail", "zz"))))


@st.composite
def operations(draw, spec):
    """(path, operation, arguments...) on an object of newp(spec)."""
    path, here = [], spec
    while draw(st.integers(0, 2)) == 0 and len(path) < 4:
        path.append(draw(steps(here)))
        here = part(here, path[-1])
    name = draw(st.sampled_from(UNARY * 2 + ("get", "set", "setfield", "slice", "setslice", "unpack", "add", "compare",
                                             "cast", "stringn", "memmove", "set", "setfield", "get", "identity",
                                             "offsetof", "addressof") * 4))
    if name == "memmove" and "'ptr'" in repr(here[1:]):
        name = "len"            # the bytes of pointers are addresses, which differ
    return (tuple(path), name) + draw(arguments_of(name, here))


def part(spec, step):
    """The spec that a step leads to; ("void",) where it leads nowhere."""
    if step[0] == "index" and spec[0] in ("ptr", "array"):
        return spec[1]
    if step[0] == "field":
        record = spec[1] if spec[0] == "ptr" else spec
        if record[0] in ("struct", "union"):
            return next((field[1] for field in record[1] if field[0] == step[1]), ("void",))
    return ("void",)


def arguments_of(name, here):
    item = here[1] if here[0] in ("ptr", "array") else here
    names = st.sampled_from(FIELD_NAMES + ("zz",))
    if name == "get":
        return st.tuples(KEYS)
    if name == "set":
        return st.tuples(KEYS, value(item))
    if name == "setfield":
        return names.flatmap(lambda field: st.tuples(st.just(field), value(part(here, ("field", field)))))
    if name == "slice":
        return st.tuples(BOUNDS, BOUNDS)
    if name == "setslice":
        return st.tuples(BOUNDS, BOUNDS, st.one_of(st.lists(value(item), max_size=4), any_value()))
    if name in ("unpack", "stringn", "memmove"):
        return st.tuples(st.one_of(st.integers(-2, 5), st.sampled_from([None, "a", 2.0])))
    if name == "add":
        return st.tuples(st.one_of(SMALL, st.sampled_from([None, 1.5, 2**70, "a"])))
    if name == "compare":
        return st.tuples(st.sampled_from(["==", "!=", "<", ">="]), SCALARS)
    if name == "cast":
        return st.tuples(types(0))
    if name == "identity":
        return st.tuples(st.just(item), value(item))
    if name == "offsetof":
        return st.tuples(st.one_of(names, SMALL, st.just(2**70)))
    if name == "addressof":
        return st.tuples(st.one_of(names, SMALL))
    return st.just(())
