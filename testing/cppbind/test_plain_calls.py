"""Promises of the calls that the core compiles for their signature: up to three integers and doubles, in any order."""

import itertools

import pytest
import support
from cpp_runtime import load_text

HEADER = r"""
#include <cstdint>
#include <stdexcept>
#include <string>

namespace plain {

// What f(values...) of every signature gives: each value with its place and kind.
inline double told() { return 0; }
template <class First, class... Rest> inline double told(First first, Rest... rest) {
    return (sizeof(First) == 4 ? first : first * 2) + 10 * told(rest...);
}

struct Base { virtual ~Base() {} long base = 1000; virtual int who(int a) { return a; } };

#define SIGNATURE(name, parameters, arguments)                                          \
    double m##name parameters { return own + told arguments; }                          \
    std::string s##name parameters { return std::to_string(static_cast<long>(told arguments)); } \
    static double f##name parameters { return told arguments; }

struct Side { int side = 7; int aside(int a) const { return side + a; } };

struct All : Base, Side {
    All() {}
    int own = 100000;
    All(int a) : own(a) {}
    All(int a, double b) : own(static_cast<int>(a + 10 * b)) {}
    All(double a, int b, int c) : own(static_cast<int>(a + 10 * b + 100 * c)) {
        if (c < 0) throw std::range_error("no such thing");
    }
    int who(int a) override { return -a; }
    SIGNATURE(0, (), ())
    SIGNATURE(i, (int a), (a))
    SIGNATURE(d, (double a), (a))
    SIGNATURE(ii, (int a, int b), (a, b))
    SIGNATURE(id, (int a, double b), (a, b))
    SIGNATURE(di, (double a, int b), (a, b))
    SIGNATURE(dd, (double a, double b), (a, b))
    SIGNATURE(iii, (int a, int b, int c), (a, b, c))
    SIGNATURE(iid, (int a, int b, double c), (a, b, c))
    SIGNATURE(idi, (int a, double b, int c), (a, b, c))
    SIGNATURE(idd, (int a, double b, double c), (a, b, c))
    SIGNATURE(dii, (double a, int b, int c), (a, b, c))
    SIGNATURE(did, (double a, int b, double c), (a, b, c))
    SIGNATURE(ddi, (double a, double b, int c), (a, b, c))
    SIGNATURE(ddd, (double a, double b, double c), (a, b, c))
    std::int8_t int8(std::int8_t a) { return a; }
    std::uint8_t uint8(std::uint8_t a) { return a; }
    short int16(short a) { return a; }
    unsigned short uint16(unsigned short a) { return a; }
    unsigned uint32(unsigned a) { return a; }
    long int64(long a) { return a; }
    unsigned long uint64(unsigned long a) { return a; }
    int int32(int a) { return a; }
    float single(int a) { return a / 2.0f; }
    bool odd(long a) { return a % 2 != 0; }
    int untouched(int a) { return a; }
    int fail(int a) { if (a > 0) throw std::out_of_range("too far"); return a; }
    std::string text(int which) const {
        switch (which) {
        case 0: return "";
        case 1: return "x";
        case 2: return "\xc3\xa9";
        case 3: return std::string("a\0b", 3);
        case 4: return "\xff bytes";
        case 5: return "sixteen bytes ok";
        case 6: return "sixteen bytes \xc3\xa9";
        case 7: return std::string(1000, 'y');
        case 8: return std::string(1000, 'y') + "\xe2\x82\xac";
        default: throw std::invalid_argument("no text");
        }
    }
};
struct Pair {
    Pair(int a, int b) : a(a), b(b) { ++alive; }
    Pair(const Pair &other) : a(other.a), b(other.b) { ++alive; }
    ~Pair() { --alive; }
    int a, b;
    Pair self() const { return *this; }
    Pair times(int by) const { if (by == 0) throw std::domain_error("nothing left"); return Pair(a * by, b * by); }
    Pair both(double x, double y) const { return Pair(a + static_cast<int>(x), b + static_cast<int>(y)); }
    Pair operator+(const Pair &other) const { return Pair(a + other.a, b + other.b); }
    int dot(const Pair &other) const { return a * other.a + b * other.b; }
    static Pair of(const Pair &other) { return other; }
    inline static int alive = 0;
};
struct Triple : Pair { Triple() : Pair(7, 8) {} int c = 9; };
struct Holder { All part; Pair pair{5, 6}; };
struct Derived : All {};

}
"""


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return load_text(HEADER, tmp_path_factory.mktemp("plain_calls")).plain


def told(name, values):
    """What the header's `told` gives."""
    result = 0
    for kind, value in reversed(list(zip(name, values))):
        result = value * (1 if kind == "i" else 2) + 10 * result
    return result


NAMES = ["".join(kinds) for count in range(4) for kinds in itertools.product("id", repeat=count)]


@pytest.mark.parametrize("name", NAMES, ids=lambda name: name or "nothing")
def test_every_signature(plain, name):
    """Every argument arrives in its place, whether it is an int or a float in Python, of methods and functions."""
    thing, suffix = plain.All(), name or "0"
    for values in itertools.product((3, -4, 70000), repeat=len(name)):
        floats = [float(value) if kind == "d" else value for kind, value in zip(name, values)]
        for given in (values, floats):
            assert getattr(thing, "m" + suffix)(*given) == 100000 + told(name, values)
            assert getattr(plain.All, "f" + suffix)(*given) == told(name, values)
            assert getattr(thing, "s" + suffix)(*given) == str(told(name, values))


def test_what_is_no_plain_number_arrives_too(plain):
    """Objects with __index__ and __float__, True, and large ints take the long way to the same function."""
    class Number:
        def __index__(self):
            return 5

        def __float__(self):
            return 5.0

    thing = plain.All()
    for value in (Number(), 2 ** 31 - 1, -2 ** 31):
        assert thing.mii(value, 1) == 100000 + told("ii", (value.__index__(), 1))
    assert thing.mdd(Number(), 2 ** 40) == 100000 + told("dd", (5, 2 ** 40))
    assert thing.mi(True) == 100001


def test_methods_of_derived_objects_and_parts(plain):
    """A method is called on the part of the object that it is of: a base, a second base, a member."""
    derived = plain.Derived()
    assert derived.mi(1) == 100001 and derived.aside(1) == 8 and derived.who(3) == -3
    assert plain.Base.who(derived, 3) == -3 and plain.Base().who(3) == 3
    holder = plain.Holder()
    assert holder.part.mi(1) == 100001 and holder.part.aside(2) == 9 and holder.part.s0() == "0"
    with pytest.raises(TypeError, match="All"):
        plain.All.mi(plain.Base(), 1)


def test_constructors(plain):
    """The constructor of that signature runs; where it throws nothing is left."""
    assert plain.All().own == 100000 and plain.All(3).own == 3 and plain.All(3, 4.0).own == 43
    assert plain.All(1.0, 2, 3).own == 321
    for _ in range(100):
        with pytest.raises(Exception, match="no such thing"):
            plain.All(1.0, 2, -3)
    objects = [plain.All(number) for number in range(2000)]
    assert [thing.own for thing in objects] == list(range(2000))
    del objects[::2]
    support.collect()
    objects += [plain.All(number) for number in range(1000)]
    assert [thing.own for thing in objects] == list(range(1, 2000, 2)) + list(range(1000))


@pytest.mark.parametrize("name, low, high", [
    ("int8", -2 ** 7, 2 ** 7 - 1), ("uint8", 0, 2 ** 8 - 1), ("int16", -2 ** 15, 2 ** 15 - 1),
    ("uint16", 0, 2 ** 16 - 1), ("int32", -2 ** 31, 2 ** 31 - 1), ("uint32", 0, 2 ** 32 - 1),
    ("int64", -2 ** 63, 2 ** 63 - 1), ("uint64", 0, 2 ** 64 - 1)])
def test_integers_keep_to_their_range(plain, name, low, high):
    """Every value of the type arrives and comes back; the next one is an OverflowError."""
    call = getattr(plain.All(), name)
    for value in {low, low + 1, -6, -5, 0, 255, 256, 257, 2 ** 30 - 1, 2 ** 30, high - 1, high}:
        if low <= value <= high:
            assert call(value) == value
    for value in (low - 1, high + 1):
        with pytest.raises(OverflowError, match="out of range"):
            call(value)


def test_other_results(plain):
    """float and bool come back as they are; an exception is Python's, and the object is free again."""
    thing = plain.All()
    assert thing.single(5) == 2.5 and thing.odd(3) is True and thing.odd(2 ** 40) is False
    with pytest.raises(IndexError, match="too far"):
        thing.fail(1)
    assert thing.fail(-300) == -300
    thing.__destruct__()
    with pytest.raises(ReferenceError, match="destroyed"):
        thing.fail(-1)


def test_strings(plain):
    """A std::string result is text in UTF-8, of any length; bytes that are none survive."""
    thing = plain.All()
    assert [thing.text(which) for which in range(9)] == [
        "", "x", "\xe9", "a\0b", "\udcff bytes", "sixteen bytes ok", "sixteen bytes \xe9", "y" * 1000,
        "y" * 1000 + "\u20ac"]
    with pytest.raises(ValueError, match="no text"):
        thing.text(9)
    assert thing.text(1) + thing.text(0) == "x"


def test_objects_by_value(plain):
    """An object that comes back is Python's own, destroyed once; one that was never made leaves nothing."""
    support.collect()           # what other tests left
    before = plain.Pair.alive
    pair = plain.Pair(3, 4)
    made = [pair.self(), pair.times(2), pair.both(1.5, 2), pair + plain.Pair(10, 20), plain.Pair.of(pair), pair + pair]
    assert [(each.a, each.b) for each in made] == [(3, 4), (6, 8), (4, 6), (13, 24), (3, 4), (6, 8)]
    support.collect()
    assert all(each.__python_owns__ for each in made) and plain.Pair.alive == before + 7
    for _ in range(50):
        with pytest.raises(Exception, match="nothing left"):
            pair.times(0)
    with pytest.raises(TypeError):
        pair + 3
    made[0].__destruct__()
    with pytest.raises(ReferenceError, match="destroyed"):
        pair + made[0]
    del made, pair
    support.collect()
    assert plain.Pair.alive == before


def test_objects_as_arguments(plain):
    """Objects of the class itself, of derived ones, and parts of others are taken alike."""
    pair, triple, holder = plain.Pair(1, 2), plain.Triple(), plain.Holder()
    assert [pair.dot(other) for other in (pair, triple, holder.pair)] == [5, 23, 17]
    assert [triple.dot(other) for other in (pair, triple, holder.pair)] == [23, 113, 83]
    assert [holder.pair.dot(other) for other in (pair, triple, holder.pair)] == [17, 83, 61]
    for wrong in (3, None, plain.All(), "pair"):
        with pytest.raises((TypeError, ReferenceError)):
            pair.dot(wrong)
    with pytest.raises(TypeError, match="Pair"):
        plain.Pair.dot(3, pair)


def test_first_call_with_what_is_no_such_object(plain):
    """The method's very first call says what it needs when it is given something else as its object."""
    for wrong in (3, "text", None, plain.Pair(1, 2)):
        with pytest.raises(TypeError, match="a 'All' object is needed"):
            plain.All.untouched(wrong, 1)
