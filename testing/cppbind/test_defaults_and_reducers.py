"""`cppbind.default` for a parameter's default, and classes that come as others (`py.add_type_reducer`)."""

import pytest
from cpp_runtime import load_text

import cppbind

HEADER = """
#include <string>
namespace red {
struct Box {
    int v;
    explicit Box(int v = 5, int more = 2, const std::string &text = "x") : v(v + more + int(text.size())) {}
    int add(int a, int b = 10, int c = 100) const { return v + a + b + c; }
};
inline std::string all(int a = 1, double b = 2.5, const std::string &c = "z") { return std::to_string(a + int(b * 2)) + c; }
inline int hidden() { return 3; }
inline int hard(int a = hidden(), int b = 2) { return a * 10 + b; }
inline int needed(int a, int b) { return a + b; }

struct Vector { double x; explicit Vector(double x = 0) : x(x) {} };
struct Sum { const Vector *a, *b; operator Vector() const { return Vector(a->x + b->x); } };
struct Scaled { double by; };
struct Wide { double x; explicit Wide(const Scaled &s) : x(s.by) {} };
inline Sum operator+(const Vector &a, const Vector &b) { return Sum{&a, &b}; }
inline Scaled scaled(double by) { return Scaled{by}; }
}
"""


@pytest.fixture(scope="module")
def red(tmp_path_factory):
    return load_text(HEADER, tmp_path_factory.mktemp("reducers")).red


def test_default_as_an_argument(red):
    """In any place it is C++'s default: of functions, methods and constructors."""
    default = cppbind.default
    assert red.all(default) == red.all(default, default, default) == red.all() == "6z"
    assert red.all(4, default, "q") == "9q" and red.all(default, 1.5) == "4z" and red.all(default, default, "w") == "6w"
    box = red.Box(default, 3)
    assert box.v == 9 and box.add(1, default, 5) == 25 and box.add(1, default) == 120
    assert red.hard(default) == 32 and red.hard(4, default) == 42


def test_no_default(red):
    """Where there is none, or none that can be worked out, that is a TypeError."""
    for call in (lambda: red.needed(1, cppbind.default), lambda: red.hard(cppbind.default, 4), lambda: red.Box().add(cppbind.default)):
        with pytest.raises(TypeError):
            call()
    assert repr(cppbind.default) == "default"


def test_type_reducer(red):
    """What C++ returns of the one class is the other, made by its constructor or a conversion function."""
    cppbind.py.add_type_reducer("red::Sum", "red::Vector")
    cppbind.py.add_type_reducer(red.Scaled, red.Wide)
    first, second = red.Vector(1), red.Vector(2)
    assert type(first + second) is red.Vector and (first + second).x == 3
    assert type(red.scaled(4)) is red.Wide and red.scaled(4).x == 4
    cppbind.py.remove_type_mapping(red.Scaled)
    assert type(red.scaled(4)) is red.Scaled
    with pytest.raises(TypeError):
        cppbind.py.add_type_reducer(3, "red::Vector")
