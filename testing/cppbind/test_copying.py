"""Promises of copy, deepcopy and pickle for C++ objects and for Python classes derived from C++."""

import copy
import pickle

import pytest
from cpp_runtime import load_text

HEADER = r"""
#include <complex>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace data {
struct Point { double x = 0; double y = 0; };
enum class Colour { red, green = 4 };
struct Base { int number = 1; };
struct Track : Base {
    std::string name;
    Point start;
    std::vector<Point> points;
    std::map<std::string, int> counts;
    Colour colour = Colour::red;
    int cells[3] = {1, 2, 3};
    unsigned flag : 3;
    static inline int total = 0;
    Track() : flag(0) {}
};
class Closed { public: explicit Closed(int value = 0) : value_(value) {} int value() const { return value_; } private: int value_; };
struct NoDefault { explicit NoDefault(int v) : v(v) {} int v; };
struct Fixed { const int f = 3; };
struct Mixed { union { int i; float f; }; };
struct Linked { Linked *next = nullptr; };
struct MoveOnly { std::unique_ptr<int> p; };
struct Shape { virtual ~Shape() = default; virtual int sides() const { return 0; } int size = 1; };
inline int ask(const Shape &shape) { return shape.sides(); }
struct Unique { Unique() = default; Unique(const Unique &) = delete; virtual ~Unique() = default; int u = 1; };
struct Holder { virtual ~Holder() = default; std::vector<std::unique_ptr<int>> all; int h = 2; };
inline std::vector<std::vector<int>> nested() { return {{1, 2}, {3}}; }
inline std::pair<int, std::string> couple() { return {1, "one"}; }
inline std::set<int> some() { return {3, 1}; }
inline std::complex<double> phase() { return {1, 2}; }
}  // namespace data
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return load_text(HEADER, tmp_path_factory.mktemp("copying")).data


def round_trip(value):
    return pickle.loads(pickle.dumps(value))


def make_track(data):
    track = data.Track()
    track.number, track.name, track.flag = 7, "out", 5
    track.start = data.Point(1, 2)
    track.points = [data.Point(3, 4), data.Point(5, 6)]
    track.counts = {"hits": 9}
    track.colour = data.Colour.green
    track.cells[1] = 20
    return track


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, round_trip])
def test_values_survive(data, duplicate):
    """A copy, or what comes out of a pickle, has every public data member of the class and its bases."""
    track = make_track(data)
    other = duplicate(track)
    assert type(other) is data.Track and other is not track
    track.points[0].x = -1
    track.name = "changed"
    assert (other.number, other.name, other.flag, other.colour) == (7, "out", 5, data.Colour.green)
    assert (other.start.x, other.start.y) == (1, 2) and list(other.cells) == [1, 20, 3]
    assert [(point.x, point.y) for point in other.points] == [(3, 4), (5, 6)]
    assert dict(other.counts) == {"hits": 9}


def test_containers(data):
    """Containers are pickled by what they hold."""
    assert round_trip(data.nested()) == [[1, 2], [3]]
    assert tuple(round_trip(data.couple())) == (1, "one")
    assert sorted(round_trip(data.some())) == [1, 3]
    assert complex(round_trip(data.phase())) == 1 + 2j
    assert type(round_trip(data.nested())) is type(data.nested())


def test_what_has_more_than_its_values_is_refused(data):
    """Private data, const members, unions, pointers and missing constructors are TypeErrors that say so."""
    for value, reason in ((data.Closed(3), "not public"), (data.NoDefault(1), "default constructor"),
                          (data.Fixed(), "cannot be assigned"), (data.Mixed(), "not public"), (data.Linked(), "pointer")):
        with pytest.raises(TypeError, match="cannot pickle.*" + reason):
            pickle.dumps(value)
    assert copy.copy(data.Closed(3)).value() == 3


def test_users_tell_how(data):
    """A class of which a pythonization says how is pickled so."""
    data.NoDefault.__getnewargs__ = lambda self: (self.v,)
    data.Closed.__reduce__ = lambda self: (data.Closed, (self.value(),))
    try:
        assert round_trip(data.NoDefault(5)).v == 5
    finally:
        del data.NoDefault.__getnewargs__, data.Closed.__reduce__


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, round_trip])
def test_classes_derived_in_python(data, duplicate, monkeypatch):
    """Attributes of Python come along, the copy answers C++ as the original does."""
    class Polygon(data.Shape):
        __slots__ = ("kind", "__dict__")

        def __init__(self, count):
            super().__init__()
            self.count = count
            self.tags = ["a"]
            self.kind = "regular"

        def sides(self):
            return self.count

    Polygon.__qualname__ = "Polygon"
    monkeypatch.setitem(globals(), "Polygon", Polygon)
    polygon = Polygon(6)
    polygon.size = 4
    other = duplicate(polygon)
    assert type(other) is Polygon and other is not polygon
    assert data.ask(other) == 6 and other.size == 4 and other.kind == "regular"
    assert (other.tags is polygon.tags) == (duplicate is copy.copy) and other.tags == ["a"]


def test_what_cannot_be_copied(data):
    """Classes without a copy constructor raise TypeError, derived in Python or not; they can be derived from all the same."""
    for base in (data.Unique, data.Holder, data.MoveOnly):
        derived = type("Mine", (base,), {})
        for cls in (base, derived):
            with pytest.raises(TypeError):
                copy.copy(cls())
