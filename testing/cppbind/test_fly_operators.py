"""Promises of what C++ has beside classes, on demand: operator templates, variable templates, bit sets."""

import pytest

import cppbind
from cppbind import gbl

std = gbl.std
CODE = """
namespace flyo {
template <class T> struct Vec {
    T x;
    explicit Vec(T value = {}) : x(value) {}
};
template <class T> Vec<T> operator+(const Vec<T> &a, const Vec<T> &b) { return Vec<T>(a.x + b.x); }
template <class T> Vec<T> operator*(T k, const Vec<T> &b) { return Vec<T>(k * b.x); }
template <class T> Vec<T> operator-(const Vec<T> &a) { return Vec<T>(-a.x); }
template <class T> Vec<T> &operator+=(Vec<T> &a, T k) { a.x += k; return a; }
template <class T> bool operator==(const Vec<T> &a, const Vec<T> &b) { return a.x == b.x; }
template <class T> bool operator<(const Vec<T> &a, const Vec<T> &b) { return a.x < b.x; }
template <class T> std::ostream &operator<<(std::ostream &out, const Vec<T> &v) { return out << '<' << v.x << '>'; }
template <class T> struct Bare { T x = 1; };

template <class T> constexpr T pi = T(3.25);
template <int N> constexpr int square = N * N;
template <class T> T count = T();
template <class T, class U> constexpr bool wider = sizeof(T) > sizeof(U);
template <class T> Vec<T> origin = Vec<T>(T(7));
inline int counted() { return count<int>; }
}
"""


@pytest.fixture(scope="module")
def flyo():
    cppbind.cppdef(CODE)
    return gbl.flyo


def test_operator_templates(flyo):
    """Operators that are templates beside the class are found for the operands, from either side."""
    Vec = flyo.Vec["double"]
    a = Vec(1.5)
    assert (a + Vec(2)).x == 3.5 and (2.0 * a).x == 3.0 and (-a).x == -1.5
    before = a
    a += 2.5
    assert a is before and a.x == 4.0


def test_comparison_templates(flyo):
    """So are comparisons, and `!=` and `>` by them; without an operator, `==` is identity."""
    Vec, Bare = flyo.Vec["double"], flyo.Bare[int]
    assert Vec(1) == Vec(1) and Vec(1) != Vec(2) and Vec(1) < Vec(2) and Vec(2) > Vec(1)
    one = Bare()
    assert one == one and one != Bare() and {one: 1}[one] == 1
    with pytest.raises(TypeError, match="not supported between"):
        _ = one < Bare()


def test_no_such_operator(flyo):
    """Operands that no operator takes raise Python's TypeError."""
    with pytest.raises(TypeError, match="unsupported operand"):
        _ = flyo.Bare[int]() + flyo.Bare[int]()
    with pytest.raises(TypeError, match="unsupported operand"):
        _ = flyo.Vec["double"](1) + object()
    with pytest.raises(TypeError, match="bad operand type for unary"):
        _ = -flyo.Bare[int]()


def test_text_by_a_template(flyo):
    """str() is what an operator<< template writes; without one it is repr()."""
    assert str(flyo.Vec["double"](2.5)) == "<2.5>"
    bare = flyo.Bare[int]()
    assert str(bare) == repr(bare)


def test_variable_templates(flyo):
    """A variable template is subscribed with types or numbers."""
    assert flyo.pi[float] == 3.25 and flyo.pi[int] == 3 and flyo.square[5] == 25
    assert flyo.wider["long", "char"] is True
    assert std.is_same_v[int, int] is True and std.is_same_v[int, float] is False
    assert flyo.origin["double"].x == 7.0
    assert repr(flyo.pi) == "<C++ variable template 'flyo::pi'>"


def test_variable_templates_are_assigned(flyo):
    """An instance is one variable for C++ and Python; a constant is not assigned to."""
    flyo.count[int] = 5
    assert flyo.count[int] == 5 and flyo.counted() == 5
    flyo.origin["double"].x = 8
    assert flyo.origin["double"].x == 8.0
    with pytest.raises(TypeError, match="cannot use 'flyo::pi<float>'"):
        flyo.pi[float] = 4
    with pytest.raises(TypeError, match="cannot use 'flyo::pi<nowhere>'"):
        _ = flyo.pi["nowhere"]


def test_bitset():
    """std::bitset: made from a number or text, indexed from the lowest bit, with C++'s operators."""
    Bits = std.bitset[8]
    bits = Bits(5)
    assert bits.count() == 2 and bits.to_ulong() == 5 and bits[0] and not bits[1] and bits.test(2)
    bits[1] = True
    assert int(bits) == 7 and str(bits) == bits.to_string() == "00000111"
    assert int(bits & Bits(3)) == 3 and int(bits | Bits(8)) == 15 and int(bits ^ Bits(1)) == 6 and int(~bits) == 248
    assert int(bits << 6) == 192 and int(bits >> 1) == 3 and int(Bits("101")) == 5
    before = bits
    bits &= Bits(6)
    bits <<= 1
    assert bits is before and int(bits) == 12 and bits == 12 and bits != Bits(13)
    bits.flip(0)
    bits.reset(2)
    bits.set(7)
    assert int(bits) == 0b10001001 and len(bits) == bits.size() == 8 and list(Bits(1))[:2] == [True, False]
    with pytest.raises(OverflowError):
        Bits(256)
    with pytest.raises(IndexError):
        _ = bits[8]
    with pytest.raises(TypeError):
        _ = bits & std.bitset[9](1)
