"""cdef text to model: structs, unions, enums, bit-fields, packing and the dots."""

import pytest
from cffi_like import CDefError, model
from cffi_like.model import DOTS, Array, EnumRef, Field, Pointer, Primitive, RecordRef
from parsing import CHAR, INT, parse


def fields_of(text, kind="struct", tag="s"):
    """(name, type, bitsize) of the fields of one record."""
    return [(item.name, item.type, item.bitsize)
            for item in parse(text).records[kind, tag].fields]


def test_fields_in_order():
    """Each declarator of a member is a field."""
    assert fields_of("struct s { int a, *b; char c[3]; };") == [
        ("a", INT, -1), ("b", Pointer(INT), -1), ("c", Array(CHAR, 3), -1)]


def test_bit_fields():
    """Widths are constant expressions; an unnamed one has no name."""
    assert fields_of("enum { W = 2 }; struct s { int a:3, b:W+1; unsigned :0; int c; };") == [
        ("a", INT, 3), ("b", INT, 3), ("", Primitive("unsigned int"), 0), ("c", INT, -1)]


@pytest.mark.parametrize("member, message", [
    ("float x:1;", "cdef:1:20: bit-field 'x' is not of an integer type"),
    ("int x:33;", r"cdef:1:18: bit-field 'x' is wider than its type \(33 > 32 bits\)"),
    ("int x:0;", "bit-field 'x' has width 0"), ("int x:-1;", "bit-field 'x' has width -1"),
    ("int x; char x;", "cdef:1:24: duplicate member 'x'"),
    ("int f(void);", "cdef:1:16: member 'f' is a function"),
    ("void v;", "cdef:1:17: member 'v' has type void"),
    ("int *;", "cdef:1:17: unexpected ';', expected a member's name"),
])
def test_impossible_members(member, message):
    """Each is refused at its place."""
    with pytest.raises(CDefError, match=message):
        parse("struct s { %s };" % member)


def test_anonymous_records_inside():
    """A record without a tag and a name lends its members (C11 6.7.2.1 p13)."""
    found = parse("struct s { int a; union { int b; float c; }; struct { int d; } e; };")
    inner, named = found.records["struct", "s"].fields[1:]
    assert inner.name == "" and inner.type.kind == "union"
    assert [item.name for item in found.records["union", inner.type.tag].fields] == ["b", "c"]
    assert named.name == "e" and found.records["struct", named.type.tag].name.startswith("struct $")


def test_a_tagged_record_inside_is_only_a_declaration():
    """It has no member of its own, as the C compiler sees it."""
    found = parse("struct s { struct inner { int b; }; int a; };")
    assert [item.name for item in found.records["struct", "s"].fields] == ["a"]
    assert found.records["struct", "inner"].fields[0].name == "b"


def test_names_of_typedefs():
    """A record is called by its first plain typedef."""
    found = parse("typedef struct { int x; } point; typedef struct tree { int y; } tree_t, other;"
                  "typedef struct { int z; } *ptr; typedef enum { A } en;")
    assert found.records["struct", "$point"].name == "point"
    assert found.records["struct", "tree"].name == "tree_t"
    assert found.typedefs["other"] == found.typedefs["tree_t"] == RecordRef("struct", "tree")
    assert found.records["struct", found.typedefs["ptr"].target.tag].name == "struct $1"
    assert found.enums[found.typedefs["en"].tag].name == "en"


def test_numbers_of_the_nameless():
    """Counted from the outside in and over all cdefs; a typedef's name takes no number."""
    found = parse("struct s { struct { union { int a; } b; } c; };",
                  "typedef struct { struct { int d; } e; } __attribute__((packed)) named;"
                  "enum { A }; struct t { enum { B } f; };")
    assert [key for key in found.records if key[1][0] == "$"] == [
        ("union", "$2"), ("struct", "$1"), ("struct", "$3"), ("struct", "$named")]
    assert list(found.enums) == ["$4", "$5"]


def test_opaque_and_self_referential():
    """A tag exists when it is mentioned."""
    found = parse("struct a { struct a *me; struct b *other; }; union c;")
    assert found.records["struct", "b"].fields is None
    assert found.records["union", "c"].fields is None
    assert found.records["struct", "a"].fields[0].type == Pointer(RecordRef("struct", "a"))


@pytest.mark.parametrize("text, pack", [
    ("struct s { char a; int b; };", 0),
    ("struct __attribute__((packed)) s { char a; int b; };", 1),
    ("struct s { char a; int b; } __attribute__((__packed__));", 1),
    ("#pragma pack(2)\nstruct s { char a; int b; };", 2),
    ("#pragma pack(push, 1)\n#pragma pack(pop)\nstruct s { char a; int b; };", 0),
    ("#pragma pack(push)\n#pragma pack(4)\nstruct s { char a; int b; };", 4),
    ("#pragma pack(1)\n#pragma pack()\nstruct s { char a; int b; };", 0),
    ("#pragma GCC visibility push(default)\nstruct s { char a; int b; };", 0),
])
def test_packing(text, pack):
    """The attribute and the pragma, each for the records behind it."""
    assert parse(text).records["struct", "s"].pack == pack


def test_pack_of_the_cdef():
    """cdef(pack=...) is what #pragma pack() returns to."""
    found = parse("struct a { int x; };\n#pragma pack(1)\nstruct b { int x; };\n"
                  "#pragma pack()\nstruct c { int x; };", pack=2)
    assert [found.records["struct", tag].pack for tag in "abc"] == [2, 1, 2]


# ---- enums -------------------------------------------------------------------

def values(text, tag="e"):
    return [(item.name, item.value) for item in parse(text).enums[tag].enumerators]


def test_enumerators_count_on():
    """From 0, from the last explicit value, with earlier names usable."""
    assert values("enum e { A, B = 10, C, D = -3, E, F = B + C, };") == [
        ("A", 0), ("B", 10), ("C", 11), ("D", -3), ("E", -2), ("F", 21)]


def test_enum_types():
    """An enum may be used where it is defined."""
    found = parse("struct s { enum e { A, B } kind; enum { C } other; }; enum e f(enum e);")
    kind, other = found.records["struct", "s"].fields
    assert kind.type == EnumRef("e") and found.enums[other.type.tag].enumerators[0].name == "C"
    assert found.functions["f"].type.result == EnumRef("e")


@pytest.mark.parametrize("text, message", [
    ("enum e { A B };", "cdef:1:12: unexpected 'B', expected ',' or '}'"),
    ("enum e { A = };", "cdef:1:14: unexpected '}', expected a constant expression"),
    ("enum e { A = 1.5 };", "cdef:1:14: the value of an enumerator must be an integer"),
    ("enum e { 3 };", "cdef:1:10: unexpected '3', expected the name of an enumerator"),
    ("enum e { A,", "cdef:1:8: '{' is never closed"),
    ("enum e { A = B };", "cdef:1:14: 'B' is not a known constant"),
])
def test_enum_mistakes(text, message):
    """Each names the token."""
    with pytest.raises(CDefError, match=message):
        parse(text)


# ---- the dots ------------------------------------------------------------------

def test_partial_records():
    """`...;` leaves size and offsets to the compiler."""
    found = parse("struct s { int a; ...; }; struct t { struct s s; }; struct u { int a; };")
    assert [found.records["struct", tag].partial for tag in "stu"] == [True, True, False]
    assert [item.name for item in found.records["struct", "s"].fields] == ["a"]


def test_unknown_lengths():
    """`[...]` is left to the compiler; in a struct it makes the layout unknown."""
    found = parse("extern int v[...]; struct s { int a[...]; int b; };")
    assert found.variables["v"].type == Array(INT, DOTS)
    assert found.records["struct", "s"].partial
    assert parse("extern int m[...][4];").variables["m"].type == Array(Array(INT, 4), DOTS)


def test_unknown_types():
    """`typedef ...` in its four forms."""
    found = parse("typedef ... op; typedef ... *ptr; typedef int... i; typedef unsigned long... u;"
                  "typedef float... f; typedef double... d;")
    assert found.typedefs["op"] == RecordRef("struct", "$op")
    assert found.records["struct", "$op"].name == "op"
    target = found.typedefs["ptr"].target
    assert found.records["struct", target.tag].fields is None
    assert found.typedefs["i"] == model.UnknownInteger("i")
    assert found.typedefs["u"] == model.UnknownInteger("u")
    assert found.typedefs["f"] == model.UnknownFloat("f")
    assert found.typedefs["d"] == model.UnknownFloat("d")


def test_partial_enums():
    """`= ...` and a final `...` leave values to the compiler."""
    found = parse("enum e { A = ..., B, C = 5 }; enum f { D, E = 7, F, ... };")
    assert found.enums["e"].partial and found.enums["f"].partial
    assert [item.value for item in found.enums["e"].enumerators] == [None, None, 5]
    assert [item.value for item in found.enums["f"].enumerators] == [None, 7, None]


@pytest.mark.parametrize("text", ["int... f(void);", "extern ... x;", "void f(... *);",
                                  "struct s { int... x; };", "typedef void... x;",
                                  "typedef int... *x;"])
def test_dots_elsewhere_are_refused(text):
    """They mean something only where the compiler can be asked."""
    with pytest.raises(CDefError, match=r"cdef:1:\d+: "):
        parse(text)


def test_fields_know_their_place():
    """A later error about a field can point to it."""
    field = parse("\nstruct s {\n    int first;\n    char *second;\n};").records[
        "struct", "s"].fields[1]
    assert field == Field("second", Pointer(CHAR), -1, model.Location("cdef", 4, 11))


@pytest.mark.parametrize("text", ["struct s { int a:2, b:3; ...; };", "typedef struct { ...; int a:2; } s;"])
def test_bit_fields_among_unknown_members(text):
    """Where they lie cannot be found out, as in CFFI: NotImplementedError at the cdef, with the place."""
    with pytest.raises(NotImplementedError, match=r"^cdef:1:\d+: (struct )?s has both '...' and the bit-field 'a'"):
        parse(text)
