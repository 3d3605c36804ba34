"""What classes have by expressions: comparisons by operator<=>, text by operator<<; names that using-directives bring in."""

import pytest
from cpp_runtime import load_text

HEADER = """
#include <compare>
#include <ostream>
#include <string>
namespace expr {
struct Version { int major = 0, minor = 0; auto operator<=>(const Version &) const = default; };
struct Distance { double v = 0; std::partial_ordering operator<=>(const Distance &o) const { return v <=> o.v; } bool operator==(const Distance &o) const { return v == o.v; } };
struct Level {
    int v; Level(int v = 0) : v(v) {}
    std::strong_ordering operator<=>(int o) const { return v <=> o; } bool operator==(int o) const { return v == o; }
    std::strong_ordering operator<=>(const Version &o) const { return v <=> o.major; }
};
struct Weight { int v = 0; friend std::strong_ordering operator<=>(const Weight &a, const Weight &b) { return b.v <=> a.v; } };
struct Streamed { int v = 3; };
inline std::ostream &operator<<(std::ostream &o, const Streamed &s) { return o << "S" << s.v; }
struct Derived : Streamed {};
struct InClass { int v = 4; friend std::ostream &operator<<(std::ostream &o, const InClass &s) { return o << "I" << s.v; } };
struct Both { operator std::string() const { return "both"; } };
inline std::ostream &operator<<(std::ostream &o, const Both &) { return o << "stream"; }
namespace inner { struct X { int a = 2; }; inline int f() { return 3; } inline int f(double) { return 33; } inline int v = 11; }
using inner::v;
namespace pulled { inline int pf() { return 4; } struct PX { int a = 5; }; inline int pv = 6; enum PE { pa = 7 }; inline int own() { return 1; } }
using namespace pulled;
inline int own() { return 2; }
}
using namespace expr::pulled;
"""


@pytest.fixture(scope="module")
def expr(tmp_path_factory):
    return load_text(HEADER, tmp_path_factory.mktemp("expr"), standard="c++20").expr


def test_defaulted_three_way_comparison(expr):
    """A defaulted operator<=> gives all six comparisons (C++20 [class.compare.default])."""
    old, new = expr.Version(1, 2), expr.Version(1, 3)
    assert (old < new, old <= new, old > new, old >= new, old == new, old != new) == (True, True, False, False, False, True)
    assert old <= expr.Version(1, 2) and old >= expr.Version(1, 2) and old == expr.Version(1, 2)
    assert max([old, new]) is new
    with pytest.raises(TypeError):
        assert old < 3


def test_partial_ordering(expr):
    """What compares unordered is neither less nor greater."""
    one, two, nan = expr.Distance(1.0), expr.Distance(2.0), expr.Distance(float("nan"))
    assert one < two and not one > two and one == expr.Distance(1.0)
    assert not nan < one and not nan >= one and nan != nan


def test_three_way_comparison_that_is_no_member(expr):
    """One that is a friend serves as well."""
    assert expr.Weight(2) < expr.Weight(1) and [item.v for item in sorted(map(expr.Weight, (1, 3, 2)))] == [3, 2, 1]


def test_three_way_comparison_with_others(expr):
    """An operator<=> may take a number or another class; Python turns the comparison round, as C++ does."""
    level = expr.Level(3)
    assert level < 4 and level <= 3 and not level > 3 and level >= 2 and 4 > level and 2 <= level and level == 3 == level
    assert level < expr.Version(4) and expr.Version(2) < level and level != 4


def test_text_by_a_stream(expr):
    """str() is what operator<< writes, for derived classes too; an operator std::string goes before it."""
    assert str(expr.Streamed(7)) == "S7" and "%s" % expr.Derived() == "S3" and str(expr.InClass()) == "I4"
    assert str(expr.Both()) == "both"
    assert repr(expr.Streamed()).startswith("<cppbind.gbl.expr.Streamed object")


def test_using_names(expr):
    """Using-declarations of variables, and everything of a namespace by a using-directive; its own names go before."""
    import cppbind
    assert expr.v == 11 and expr.pf() == 4 and expr.PX is expr.pulled.PX and expr.pa == 7
    expr.pv = 9
    assert expr.pulled.pv == 9 and expr.own() == 2 and expr.pulled.own() == 1
    assert cppbind.gbl.pf() == 4 and cppbind.gbl.PX is expr.PX
