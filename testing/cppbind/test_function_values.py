"""Plain function pointers whose functions take or return classes by value, both ways."""


import pytest
import support
from cpp_runtime import load_text

HEADER = """
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>
namespace val {
struct Point { double x = 1, y = 2; Point() {} Point(double x, double y) : x(x), y(y) {} };
struct Small { int a, b; };
struct Mixed { float f; long n; };
struct Rich { std::string text = "x"; std::vector<int> items; };
struct Movable { std::unique_ptr<int> p; explicit Movable(int v = 0) : p(new int(v)) {} int get() const { return *p; } };
typedef Point (*Change)(Point);
inline double measure(double (*f)(Point), double x) { return f ? f(Point(x, 1)) : -1; }
inline Point make(Point (*f)(double)) { return f(4); }
inline int small(Small (*f)(Small)) { return f(Small{1, 2}).b; }
inline double mixed(Mixed (*f)(Mixed, int)) { Mixed m = f(Mixed{1.5f, 2}, 3); return m.f + m.n; }
inline Rich rich(Rich (*f)(const Rich &, Rich)) { Rich r; return f(r, r); }
inline int move(int (*f)(Movable)) { return f(Movable(5)); }
inline Point shifted(Point p) { return Point(p.x + 1, p.y); }
inline Change shifter() { return &shifted; }
inline bool same(Change a, Change b) { return a == b; }
inline Point twice(Change f, Point p) { return f(f(p)); }
struct Holder { Change f = &shifted; Point run() const { return f(Point(1, 1)); } };
static Change kept;
inline Point run_kept() { return kept(Point(2, 2)); }
inline std::string what_comes(Change f) { try { f(Point()); } catch (const std::exception &e) { return e.what(); } return ""; }
inline int quiet(int (*f)(Small) noexcept) { return f(Small{1, 2}); }
struct Undefined;
inline int never(int (*f)(Undefined)) { return f != nullptr; }
}
"""

@pytest.fixture(scope="module")
def val(tmp_path_factory):
    return load_text(HEADER, tmp_path_factory.mktemp("values")).val


def test_python_function_takes_and_returns_classes(val):
    """Objects of any size and kind go in and out by value."""
    assert val.measure(lambda p: p.x + p.y, 3) == 4.0 and val.measure(None, 3) == -1
    assert val.make(lambda x: val.Point(x, 3)).x == 4.0
    assert val.small(lambda s: val.Small(s.a, s.b + 5)) == 7
    assert val.mixed(lambda m, n: val.Mixed(m.f * 2, m.n + n)) == 8.0
    assert val.rich(lambda a, b: val.Rich(a.text + b.text, [1, 2])).text == "xx"
    assert val.move(lambda m: m.get() + 1) == 6


def test_argument_is_a_copy(val):
    """What C++ passes by value is Python's own afterwards, or empty where it cannot be copied."""
    seen = []
    val.measure(lambda p: seen.append(p) or p.x, 3)
    assert seen[0].x == 3.0
    val.move(lambda m: seen.append(m) or 1)
    with pytest.raises(ReferenceError):
        seen[1].get()


def test_function_of_cpp(val):
    """What C++ returns or holds is called, and goes back by its own address."""
    function = val.shifter()
    assert function(val.Point(2, 2)).x == 3.0 and val.shifter() is function
    assert val.same(function, val.Holder().f) and val.twice(function, val.Point(0, 0)).x == 2.0
    assert val.twice(val.shifted, val.Point(0, 0)).x == 2.0 and "Point" in function.__doc__
    with pytest.raises(TypeError):
        function("x")


def test_member_and_global(val):
    """A member or global keeps the function it was given."""
    holder = val.Holder()
    assert holder.f(val.Point(2, 2)).x == 3.0
    holder.f = lambda p: val.Point(p.y * 10, 0)
    val.kept = lambda p: val.Point(p.x * 7, 0)
    support.collect()
    assert holder.run().x == 10.0 and val.run_kept().x == 14.0


def test_many_functions(val):
    """Functions that are gone make room; when too many are in use at a time, that is an error."""
    for number in range(500):
        assert val.measure(lambda p: number, 0) == number      # noqa: B023
    functions = [lambda p, n=number: n for number in range(40)]
    with pytest.raises(TypeError, match="at a time"):
        for function in functions:
            val.measure(function, 0)
    del functions, function
    assert val.measure(lambda p: 5.0, 0) == 5.0


def test_errors(val):
    """Exceptions cross C++, a wrong result is one, and a function that is gone is a ReferenceError."""
    def problem(point):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        val.measure(problem, 1)
    assert "KeyError" in val.what_comes(problem)
    with pytest.raises(TypeError, match="Point"):
        val.make(lambda x: "text")
    first, second = val.Holder(), val.Holder()
    first.f = lambda p: p
    second = val.Holder(first)
    del first
    support.collect()
    with pytest.raises(ReferenceError, match="is gone"):
        second.run()


def test_what_cannot_be_is_refused(val):
    """Nothing may be thrown through noexcept, and an incomplete class cannot be passed."""
    with pytest.raises(TypeError, match="noexcept"):
        val.quiet(lambda s: 1)
    with pytest.raises(TypeError, match="Undefined"):
        val.never(lambda s: 1)
