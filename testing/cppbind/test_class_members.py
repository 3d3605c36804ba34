"""What classes of every kind hold: bit-fields, virtual bases with data, enums, shadowed names, inner unions, refusals."""

import gc
import inspect
import pickle
import pydoc
import rlcompleter

import pytest
import support
from cpp_runtime import load_text

import cppbind

HEADER = """
#include <cstdint>
#include <string>
#include <type_traits>
namespace every_kind {
enum Level : unsigned char { low, mid = 5, high = 250 };
enum class Sign : int8_t { minus = -1, zero, plus };
enum Huge : unsigned long long { biggest = 0xffffffffffffffffULL };
enum { unnamed_one = 41, unnamed_two };
struct Fields {
    int a : 3; unsigned b : 5; bool c : 1; Level d : 8; signed e : 4; int64_t f : 40; unsigned : 0; uint16_t g : 9;
    Fields() : a(-2), b(17), c(true), d(mid), e(-8), f(-5), g(300) {}
    int sum() const { return a + int(b) + c + d + e + int(f) + g; }
};
struct Wider : Fields { unsigned h : 2; Wider() : h(3) {} };
struct Top { virtual ~Top() {} int t = 1; std::string name = "top"; };
struct Left : virtual Top { int l = 2; };
struct Right : virtual Top { int r = 3; };
struct Bottom : Left, Right { int b = 4; int all() const { return t + l + r + b; } };
struct Deeper : Bottom { double pad = 0; int t2 = 9; };
inline Top *as_top(Bottom *b) { return b; }
inline Left &as_left(Deeper &d) { return d; }
struct Base { int x = 1; int f() const { return 1; } int f(int a) const { return a; } static int count; };
inline int counted() { return Base::count; }
struct Shadow : Base { int x = 2; int f() const { return 2; } };
struct Refuses {
    Refuses() = default; explicit Refuses(int v) : v(v) {} Refuses(const Refuses &) = delete;
    void gone(int) = delete; void gone(double d) { v = int(d); }
    int v = 0;
};
inline int take(const Refuses &r) { return r.v; }
struct Variant {
    enum Kind { integer, real, text };
    Kind kind = integer;
    union { int i; double d; struct { short low, high; } parts; };
    union Named { int i; unsigned char bytes[4]; } named;
    Variant() : i(7) { named.i = 0x01020304; }
};
template <Level L, Sign S> struct Tagged { int value() const { return int(L) * 10 + int(S); } };
typedef Tagged<mid, Sign::minus> MidMinus;
struct Owner { struct Part { int p = 6; } part; Part *own() { return &part; } const Part &ref() const { return part; } };
inline int documented(int first, const std::string &second = "x") { return first + int(second.size()); }
}
"""


@pytest.fixture(scope="module")
def kinds(tmp_path_factory):
    return load_text(HEADER + "int every_kind::Base::count = 4;\n", tmp_path_factory.mktemp("kinds")).every_kind


def test_bit_fields(kinds):
    """Bit-fields of signed, unsigned, bool and enum types, wide ones and those of bases: read, written, in range."""
    fields = kinds.Fields()
    assert (fields.a, fields.b, fields.c, fields.d, fields.e, fields.f, fields.g) == (-2, 17, True, 5, -8, -5, 300)
    assert fields.c is True and fields.d is kinds.mid
    fields.a, fields.b, fields.c, fields.d, fields.e, fields.f, fields.g = 3, 31, False, kinds.high, 7, 2**39 - 1, 511
    assert (fields.a, fields.b, fields.c, fields.d, fields.e, fields.f, fields.g) == (3, 31, False, 250, 7, 2**39 - 1, 511)
    wider = kinds.Wider()
    wider.a, wider.h = 1, 2
    assert (wider.a, wider.b, wider.h) == (1, 17, 2) and kinds.Fields.b.__get__(wider) == 17
    with pytest.raises(TypeError):
        fields.a = "x"


def test_virtual_bases_with_data(kinds):
    """Data of a virtual base is one, wherever the object came from."""
    bottom, deeper = kinds.Bottom(), kinds.Deeper()
    for one in (bottom, deeper):
        one.t = 10
        assert (one.t, one.l, one.r, one.b, one.name) == (10, 2, 3, 4, "top") and one.all() == 19
        assert kinds.Top.t.__get__(one) == 10
    top = kinds.as_top(bottom)
    assert top is bottom and isinstance(kinds.as_left(deeper), kinds.Deeper)
    deeper.name = "deep"
    assert kinds.as_left(deeper).name == "deep" and deeper.t2 == 9
    with pytest.raises(TypeError):
        kinds.as_left(bottom)


def test_enums(kinds):
    """Enums have values of their underlying type, are iterable, picklable, hashable, and template arguments."""
    assert [(item.name, int(item)) for item in kinds.Level] == [("low", 0), ("mid", 5), ("high", 250)]
    assert [int(item) for item in kinds.Sign] == [-1, 0, 1] and kinds.biggest == 2**64 - 1
    assert (kinds.unnamed_one, kinds.unnamed_two) == (41, 42)
    for item in (kinds.mid, kinds.Sign.plus, kinds.biggest, kinds.Variant.real):
        assert pickle.loads(pickle.dumps(item)) is item and {item: 1}[item] == 1
    assert kinds.Level(5) is kinds.mid and kinds.Sign["minus"] is kinds.Sign.minus
    assert kinds.Tagged[kinds.mid, kinds.Sign.minus] is kinds.MidMinus and kinds.MidMinus().value() == 49
    assert kinds.low < kinds.mid and isinstance(kinds.mid, int) and not kinds.low


def test_shadowed_names(kinds):
    """A member of the derived class hides the base's, overloads included; the base's own is there by its class."""
    shadow = kinds.Shadow()
    assert shadow.x == 2 and kinds.Base.x.__get__(shadow) == 1 and shadow.f() == 2
    shadow.x = 5
    assert kinds.Base.x.__get__(shadow) == 1
    assert kinds.Base.f(shadow) == 1 and kinds.Base.f(shadow, 7) == 7
    with pytest.raises(TypeError):
        shadow.f(3)
    shadow.count = 6
    assert kinds.Base.count == kinds.Shadow.count == kinds.counted() == 6
    kinds.Base.count = 4


def test_refusals(kinds):
    """`explicit` constructors do not convert, deleted functions are not there, misspelt attributes are refused."""
    refuses = kinds.Refuses(3)
    assert kinds.take(refuses) == 3
    with pytest.raises(TypeError):
        kinds.take(3)
    with pytest.raises(TypeError):
        kinds.Refuses(refuses)
    refuses.gone(2.5)
    assert refuses.v == 2
    for name in ("misspelt", "V"):
        with pytest.raises(AttributeError, match=name):
            setattr(refuses, name, 1)
        with pytest.raises(AttributeError, match=name):
            getattr(refuses, name)
    with pytest.raises(AttributeError):
        kinds.misspelt = 3


def test_unions_inside(kinds):
    """Members of an anonymous union are those of the class; a named one is an object in it."""
    variant = kinds.Variant()
    assert (variant.i, variant.kind) == (7, kinds.Variant.integer)
    variant.parts.high = 1
    assert variant.i == 7 + (1 << 16) and variant.parts.low == 7
    variant.d = 2.5
    assert variant.d == 2.5 and variant.named.i == 0x01020304


def test_parts_keep_their_owner(kinds):
    """A part keeps the object that it lies in, however it was got."""
    for part in (kinds.Owner().part, kinds.Owner().own(), kinds.Owner().ref()):
        gc.collect()
        assert part.p == 6 and not part.__python_owns__


def test_tools_of_python(kinds):
    """dir, tab completion, help and inspect.signature know the members."""
    assert {"a", "sum", "h"} <= set(dir(kinds.Wider())) and {"Fields", "documented", "mid"} <= set(dir(kinds))
    completer = rlcompleter.Completer({"w": kinds.Wider(), "kinds": kinds})
    assert completer.complete("w.su", 0).startswith("w.sum(")
    assert completer.complete("kinds.docu", 0).startswith("kinds.documented(")
    assert "first: 'int'" in str(inspect.signature(kinds.documented)) and "documented(int first" in kinds.documented.__doc__
    assert str(inspect.signature(kinds.Fields().sum)) == "() -> 'int'"
    assert "sum" in pydoc.render_doc(kinds.Fields) and "documented" in pydoc.render_doc(kinds.documented)


def test_signatures_of_classes(tmp_path):
    """inspect.signature of a class is that of its constructor, with C++'s defaults; several give `*args, **kwargs`; a
    derived Python class has that of its own `__init__`, else the base's.  It never raises."""
    space = load_text("""
        #include <exception>
        #include <string>
        namespace class_signatures {
        struct Failure : std::exception { Failure(int code) {} };
        struct Point { int x, y; Point(int x = 0, int y = 0) : x(x), y(y) {} };
        struct Mixed { explicit Mixed(int lambda, double, int self) {} };
        struct Many { Many(int) {} Many(const std::string &) {} };
        struct Wide { template <class T> Wide(T) {} };
        struct Aggregate { int a; };
        struct Abstract { Abstract(int size) {} virtual int f() = 0; virtual ~Abstract() {} };
        struct None { None(const None &) = delete; private: None() {} };
        struct Virtual { Virtual(int a) {} virtual int f() { return 1; } virtual ~Virtual() {} };
        inline std::string text() { return ""; }
        }""", tmp_path).class_signatures
    assert str(inspect.signature(space.Point)) == "(x: 'int' = 0, y: 'int' = 0)"
    assert list(inspect.signature(space.Mixed).parameters) == ["arg1", "arg2", "self"]
    assert str(inspect.signature(space.Abstract)) == "(size: 'int')"
    assert str(inspect.signature(space.Failure)) == "(code: 'int')"
    for name in ("Many", "Wide", "Aggregate", "None"):
        assert str(inspect.signature(getattr(space, name))) == "(*args, **kwargs)", name
    assert str(inspect.signature(cppbind.gbl.std.string)) == "(*args, **kwargs)"

    class Plain(space.Virtual):
        pass

    class Own(space.Virtual):
        def __init__(self, first, second=2):
            super().__init__(first)
    assert str(inspect.signature(Plain)) == "(a: 'int')" and str(inspect.signature(Own)) == "(first, second=2)"
    with pytest.raises(TypeError):
        inspect.signature(space.Point())


@pytest.mark.skipif(support.engine_name() != "native", reason="the compiled core alone knows which objects are const")
def test_const_objects(tmp_path):
    """Members of a const variable or of a const member are not assigned to, at any depth; others are."""
    space = load_text("""
        namespace const_objects {
        struct Inner { int x = 1; int bits : 3; Inner() : bits(1) {} };
        struct Outer { Inner inner; const Inner fixed; int y = 2; };
        inline const Outer frozen;
        inline Outer open_one;
        }""", tmp_path).const_objects
    for store in (lambda: setattr(space.frozen, "y", 3), lambda: setattr(space.frozen.inner, "x", 3),
                  lambda: setattr(space.frozen.inner, "bits", 3), lambda: setattr(space.open_one.fixed, "x", 3),
                  lambda: setattr(space.Outer().fixed, "x", 3)):
        with pytest.raises(TypeError, match="const object"):
            store()
    space.open_one.inner.x = 5
    space.open_one.y = 6
    assert (space.open_one.inner.x, space.open_one.y, space.open_one.fixed.x, space.frozen.y) == (5, 6, 1, 2)


def test_bit_field_overflow(tmp_path):
    """A number that needs more bits than the field has is an OverflowError, and the field stays as it was."""
    header = """namespace bitover { struct Bits { unsigned low : 3; int high : 4; bool flag : 1; unsigned long long wide : 40; };
    inline Bits make() { return {5, -3, true, 9}; } }"""
    bits = load_text(header, tmp_path).bitover.make()
    for name, bad in (("low", 8), ("low", -1), ("low", 2 ** 33), ("high", 8), ("high", -9), ("wide", 2 ** 40)):
        with pytest.raises(OverflowError):
            setattr(bits, name, bad)
    assert (bits.low, bits.high, bits.flag, bits.wide) == (5, -3, True, 9)
    bits.low, bits.high, bits.flag, bits.wide = 7, -8, False, 2 ** 40 - 1
    assert (bits.low, bits.high, bits.flag, bits.wide) == (7, -8, False, 2 ** 40 - 1)
