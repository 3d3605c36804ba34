"""Types of the model as types of the engine: identity, layout, recursion, failure."""

import pytest
import support
from cffi_like import FFI, CDefError, FFIError, VerificationMissing, model
from cffi_like.common_types import PRIMITIVES
from cffi_like.ffi import RuntimeFFI
from parsing import CHAR, INT


@pytest.mark.parametrize("name", sorted(PRIMITIVES))
def test_every_primitive(name):
    """Each name of the table is a type of the size the table says."""
    ffi = FFI()
    if "complex" in name and support.IS_PYPY or "__int128" in name and support.engine_name() != "native":
        with pytest.raises(NotImplementedError, match="the core in use has no type"):
            ffi.typeof(name)
        return
    assert ffi.typeof(name).kind == "primitive"
    assert ffi.sizeof(name) == PRIMITIVES[name][1]


def test_types_are_one_object():
    """Equal types are the same object, however they were spelled and in any FFI."""
    one, two = FFI(), FFI()
    one.cdef("typedef int *ip;")
    assert one.typeof("ip[3]") is one.typeof("int *[3]") is two.typeof("int*[ 3 ]")
    assert one.typeof("int(*)(ip)") is two.typeof("int(*)(int *)")


def test_records_belong_to_their_ffi():
    """Two FFIs that declare struct s have two types of that name."""
    one, two = FFI(), FFI()
    for ffi in (one, two):
        ffi.cdef("struct s { int x; };")
    assert one.typeof("struct s") is not two.typeof("struct s")
    assert one.typeof("struct s *").item is one.typeof("struct s")


@pytest.mark.parametrize("members, size, offsets", [
    ("char a; int b;", 8, (0, 4)), ("char a; double b; char c;", 24, (0, 8, 16)),
    ("char a; short b; int c; long long d;", 16, (0, 2, 4, 8)),
    ("char a[3]; int b;", 8, (0, 4)), ("int a[2][3]; char b;", 28, (0, 24)),
    ("struct { char x; int y; } a; char b;", 12, (0, 8)), ("char a; int b[];", 4, (0, 4)),
    ("enum { A } a; char b;", 8, (0, 4)), ("void *a; char b;", 16, (0, 8)),
])
def test_layout(members, size, offsets):
    """Natural alignment, as the C compiler lays it out (x86-64, AArch64)."""
    ffi = FFI()
    ffi.cdef("struct s { %s };" % members)
    assert ffi.sizeof("struct s") == size
    assert tuple(item.offset for _, item in ffi.typeof("struct s").fields) == offsets


@pytest.mark.parametrize("options, size", [
    ({}, 12), ({"packed": True}, 6), ({"pack": 1}, 6), ({"pack": 2}, 8), ({"pack": 8}, 12)])
def test_packing(options, size):
    """cdef(packed=..., pack=...) limits the alignment of members."""
    ffi = FFI()
    ffi.cdef("struct s { char a; int b; char c; };", **options)
    assert ffi.sizeof("struct s") == size


def test_layouts_agree_with_the_compiler(compile_shared):
    """Bit-fields, packing, unions and nesting: sizeof and offsetof are those of C."""
    definitions = {
        "a": "struct a { int x:3; int y:30; char z; };",
        "b": "struct b { char c; unsigned long long x:40, y:24; short s; };",
        "c": "struct c { char c; int :0; char d; int :5; char e; };",
        "d": "union d { char c[5]; int i; struct { short s; } t; };",
        "e": "struct e { struct a a; union d d[3]; _Bool b; };",
        "f": "#pragma pack(push, 2)\nstruct f { char c; double d; int i:7; };\n"
             "#pragma pack(pop)\n",
        "g": "struct g { char c; struct { char c2; union { long l; float f; }; }; char e; };",
        "h": "struct h { long double l; char c; };",
    }
    text = "\n".join(definitions.values())
    kinds = {tag: "union" if tag == "d" else "struct" for tag in definitions}
    source = "#include <stddef.h>\n%s\nconst size_t sizes[] = {%s};" % (text, ", ".join(
        "sizeof(%s %s), _Alignof(%s %s)" % (kinds[tag], tag, kinds[tag], tag)
        for tag in definitions))
    source += "\nconst size_t more[] = {offsetof(struct g, f), offsetof(struct e, b)};"
    ffi = FFI()
    ffi.cdef(text + "extern const size_t sizes[], more[2];")
    lib = ffi.dlopen(str(compile_shared(source)))
    for index, tag in enumerate(definitions):
        name = "%s %s" % (kinds[tag], tag)
        found = (ffi.sizeof(name), ffi.alignof(name))
        assert (name,) + found == (name, lib.sizes[2 * index], lib.sizes[2 * index + 1])
    assert ffi.offsetof("struct g", "f") == lib.more[0]
    assert ffi.offsetof("struct e", "b") == lib.more[1]


def test_bit_fields_hold_values():
    """Reading gives back what was written, neighbours untouched, overflow refused."""
    ffi = FFI()
    ffi.cdef("struct s { int a:3; unsigned b:5; int c:20; };")
    s = ffi.new("struct s *", [-4, 31, -5])
    assert (s.a, s.b, s.c) == (-4, 31, -5)
    s.b = 0
    assert (s.a, s.b, s.c) == (-4, 0, -5)
    with pytest.raises(OverflowError):
        s.a = 4


def test_recursive_and_mutual_records():
    """Pointers close the circle; the types are complete when they are handed out."""
    ffi = FFI()
    ffi.cdef("struct a { struct b *b; int x; }; struct b { struct a a[2]; struct c *c; };"
             "struct c { struct b b; };")
    a = ffi.typeof("struct a")
    b = dict(a.fields)["b"].type.item
    assert ffi.sizeof(b) == 40 and dict(b.fields)["a"].type.item is a
    assert dict(dict(b.fields)["c"].type.item.fields)["b"].type is b


def test_a_record_that_contains_itself():
    """It has no size; the error leaves the FFI usable."""
    ffi = FFI()
    ffi.cdef("struct a { int x; struct a inner; }; struct b { int y; };")
    for _ in range(2):
        with pytest.raises(TypeError):
            ffi.typeof("struct a")
    assert ffi.sizeof("struct b") == 4


@pytest.mark.parametrize("items, base, kind", [
    ("A, B = 5", "unsigned int", int), ("A = -1, B", "int", int),
    ("A = 0xFFFFFFFF", "unsigned int", int), ("A = 0x100000000", "unsigned long", int),
    ("A = -1, B = 0xFFFFFFFF", "long", int), ("A = 0xFFFFFFFFFFFFFFFF", "unsigned long", int)])
def test_the_integer_behind_an_enum(items, base, kind):
    """The smallest of unsigned int, int, unsigned long, long that holds all values."""
    ffi = FFI()
    ffi.cdef("enum e { %s };" % items)
    assert ffi.sizeof("enum e") == ffi.sizeof(base)
    low = int(ffi.cast("enum e", -1))
    assert (low < 0) == (not base.startswith("unsigned"))


def test_an_enum_too_wide():
    """No integer type holds -1 and 2**64 - 1."""
    ffi = FFI()
    ffi.cdef("enum e { A = -1, B = 0xFFFFFFFFFFFFFFFF };")
    with pytest.raises(CDefError, match="cdef:1:1: .*'enum e' do not all fit"):
        ffi.typeof("enum e")


def test_enum_elements():
    """Both directions, by name and by value."""
    ffi = FFI()
    ffi.cdef("typedef enum { RED, GREEN = 7 } color;")
    assert ffi.typeof("color").elements == {0: "RED", 7: "GREEN"}
    assert ffi.typeof("color").relements == {"RED": 0, "GREEN": 7}


def test_an_opaque_enum_warns():
    """An enum without values is taken for unsigned int, and says so."""
    ffi = FFI()
    with pytest.warns(UserWarning, match="'enum e' has no values explicitly defined"):
        assert ffi.sizeof("enum e") == 4


# ---- what only a compiler knows ------------------------------------------------

@pytest.mark.parametrize("text, use, error", [
    ("struct s { int a; ...; };", "struct s", VerificationMissing),
    ("struct s { int a; ...; }; struct t { struct s *s; };", "struct t", VerificationMissing),
    ("struct s { int a[...]; };", "struct s", VerificationMissing),
    ("enum e { A = ... };", "enum e", VerificationMissing),
    ("enum e { A, ... };", "enum e", VerificationMissing),
    ("typedef int... t;", "t", NotImplementedError),
    ("typedef float... t;", "t *", NotImplementedError),
])
def test_dots_need_a_compiler(text, use, error):
    """In ABI mode nobody can fill them in; the error names the type, each time."""
    ffi = FFI()
    ffi.cdef(text)
    for _ in range(2):
        with pytest.raises(error):
            ffi.typeof(use)
    assert ffi.sizeof("int") == 4


# ---- several cdefs, several FFIs --------------------------------------------------

def test_an_opaque_record_completed_later():
    """The type object stays and gets its fields."""
    ffi = FFI()
    ffi.cdef("struct s;")
    opaque = ffi.typeof("struct s *").item
    with pytest.raises(TypeError):
        ffi.new("struct s *")
    ffi.cdef("struct s { int x; };")
    assert ffi.typeof("struct s") is opaque
    assert ffi.new("struct s *", [5]).x == 5


def test_a_tag_from_a_type_string_completed_later():
    """The same for a tag that only a type string mentioned."""
    ffi = FFI()
    pointer = ffi.typeof("struct unknown *")
    ffi.cdef("struct unknown { char c[3]; };")
    assert ffi.sizeof(pointer.item) == 3


def test_override_gives_new_types():
    """Old values keep the old type, new ones have the new."""
    ffi = FFI()
    ffi.cdef("struct s { int x; }; typedef struct s s_t;")
    old = ffi.new("s_t *", [1])
    with pytest.raises(FFIError):
        ffi.cdef("struct s { int x, y; };")
    ffi.cdef("struct s { int x, y; };", override=True)
    assert ffi.sizeof("struct s") == ffi.sizeof("s_t") == 8
    assert ffi.sizeof(old[0]) == 4 and old.x == 1


def test_included_types_are_shared():
    """A record of an included FFI is one type on both sides, at any depth."""
    base, middle, top = FFI(), FFI(), FFI()
    base.cdef("typedef struct node { int value; struct node *next; } node_t;"
              "enum color { RED, GREEN }; struct opaque;")
    middle.include(base)
    middle.cdef("struct pair { node_t a, b; };")
    top.include(middle)
    top.cdef("struct all { struct pair p; enum color c; struct opaque *o; };")
    fields = dict(top.typeof("struct all").fields)
    assert fields["p"].type is middle.typeof("struct pair")
    assert top.typeof("node_t") is base.typeof("struct node")
    assert fields["c"].type is base.typeof("enum color")
    assert fields["o"].type is base.typeof("struct opaque *")
    assert top.integer_const("GREEN") == 1


def test_a_model_written_by_hand():
    """Declarations need no C text: the model is public."""
    declarations = model.Declarations()
    declarations.records["struct", "point"] = model.Record(
        "struct", "point", "struct point",
        (model.Field("x", INT), model.Field("y", INT), model.Field("tag", model.Array(CHAR, 4))))
    declarations.typedefs["point"] = model.RecordRef("struct", "point")
    ffi = RuntimeFFI(declarations)
    p = ffi.new("point *", {"x": 3, "tag": b"ab"})
    assert (p.x, p.y, ffi.string(p.tag)) == (3, 0, b"ab") and ffi.sizeof("point") == 12
