"""Pointers to members: results, arguments, members, and applied to objects."""

import pytest
from cpp_runtime import load_text

HEADER = """
#include <functional>
#include <string>
#include <vector>
namespace mem {
struct Part { int n = 4; };
struct Point {
    double x = 1, y = 2; Part part; const int fixed = 6; int row[2] = {7, 8}; std::function<int(int)> call;
    double sum() const { return x + y; }
    virtual int kind() const { return 1; }
    void move(double by, const std::string &which) { (which == "x" ? x : y) += by; }
    Part copy(Part given, int more) { given.n += more; return given; }
    Part &own() { return part; }
    virtual ~Point() {}
};
struct Solid : Point { double z = 3; int kind() const override { return 3; } };
typedef double Point::*Data;
typedef double (Point::*Sum)() const;
inline Data x() { return &Point::x; }
inline Data y() { return &Point::y; }
inline Data none() { return nullptr; }
inline Part Point::*part() { return &Point::part; }
inline const int Point::*fixed() { return &Point::fixed; }
inline std::function<int(int)> Point::*call() { return &Point::call; }
inline Sum sum() { return &Point::sum; }
inline int (Point::*kind())() const { return &Point::kind; }
inline void (Point::*move())(double, const std::string &) { return &Point::move; }
inline Part (Point::*copy())(Part, int) { return &Point::copy; }
inline Part &(Point::*own())() { return &Point::own; }
inline double get(const Point &p, Data d) { return d ? p.*d : -1; }
inline double get_ref(const Point &p, const Data &d) { return p.*d; }
inline double run(const Point &p, Sum f) { return (p.*f)(); }
inline void swap(Data &a, Data &b) { Data c = a; a = b; b = c; }
struct Holder { Data d = &Point::y; Sum f = &Point::sum; double get(const Point &p) const { return p.*d; } };
static Data current = &Point::x;
struct Column { Column(const std::string &name, Data where) : name(name), where(where) {} std::string name; Data where; };
}
"""


@pytest.fixture(scope="module")
def mem(tmp_path_factory):
    return load_text(HEADER, tmp_path_factory.mktemp("members")).mem


def test_passed_back(mem):
    """What C++ returns, holds or refers to goes back as an argument, to a member, to a global, to a constructor."""
    point, holder = mem.Point(), mem.Holder()
    assert mem.get(point, mem.x()) == 1 and mem.get(point, mem.y()) == 2 == mem.get_ref(point, holder.d)
    assert mem.run(point, mem.sum()) == 3 == mem.run(point, holder.f)
    holder.d = mem.x()
    assert holder.get(point) == 1 and mem.Column("y", mem.y()).where(point) == 2
    mem.current = mem.y()
    assert mem.current(point) == 2
    first, second = mem.x(), mem.y()
    mem.swap(first, second)
    assert first(point) == 2 and second == mem.x()


def test_null_and_equality(mem):
    """None is the null pointer, which is false; equal ones are equal."""
    assert mem.get(mem.Point(), None) == -1 and not mem.none() and mem.x()
    assert mem.x() == mem.x() != mem.y() and mem.sum() == mem.Holder().f
    holder = mem.Holder()
    holder.d = None
    assert not holder.d
    with pytest.raises(ReferenceError, match="null"):
        mem.none()(mem.Point())


def test_applied_to_data(mem):
    """Called with an object, it gives its member; subscribed it sets it."""
    point, where = mem.Solid(), mem.x()
    where[point] = 5
    assert where(point) == 5.0 == point.x and mem.fixed()(point) == 6
    mem.part()(point).n = 9
    assert point.part.n == 9


def test_applied_to_functions(mem):
    """With an object and arguments, it calls the function: virtual ones that of the object."""
    point = mem.Point()
    assert mem.sum()(point) == 3 and (mem.kind()(point), mem.kind()(mem.Solid())) == (1, 3)
    mem.move()(point, 4, "x")
    assert point.x == 5 and mem.copy()(point, mem.Part(2), 3).n == 5
    mem.own()(point).n = 11
    assert point.part.n == 11


def test_errors(mem):
    """Another type of pointer, another object and other things are refused."""
    for given in (mem.sum(), mem.fixed(), 3, "x", lambda p: 1):
        with pytest.raises(TypeError, match="Data|double mem::Point::"):
            mem.get(mem.Point(), given)
    with pytest.raises(TypeError):
        mem.x()(mem.Part())
    with pytest.raises(TypeError):
        mem.sum()(mem.Point(), 1)
