"""Operators, iterators and pythonizations as scripts for cppyy use them.

Each runs unchanged on cppyy but for the import, except where a test says so.  Neighbours: test_cppyy_classes.py,
test_runtime_operators.py.
"""

import pytest

import cppbind as cppyy
from cppbind import gbl

CODE = """
#include "Python.h"
namespace opers {
struct Grid { int cell = 42; int &operator()(int, int) { return cell; } const int &operator()(int, int) const { return cell; } };
struct Both {
    int cell = 42;
    int &operator[](int) { return cell; }
    int operator[](int) const { return cell; }
    int &operator()(int, int) { return cell; }
    int operator()(int, int) const { return cell; }
};
struct Line { float operator[](float x) { return x; } };
struct Called : Line { float operator()(float) { return 5; } };

struct Vec {
    double x, y;
    Vec(double x, double y = 0) : x(x), y(y) {}
    Vec operator*(const Vec &other) const { return {x * other.x, y * other.y}; }
    Vec operator-() const { return {-x, -y}; }
};
Vec operator*(const Vec &vec, double by) { return {vec.x * by, vec.y * by}; }
Vec operator+(Vec vec, const Vec &other) { vec.x += other.x; return vec; }
Vec operator-(const Vec &vec, const Vec &other) { return {vec.x - other.x, vec.y - other.y}; }
struct Square : Vec { explicit Square(double a) : Vec(a, a) {} };
double operator*(const Square &square, const Square &other) { return square.x * other.x; }

struct Any {
    int seen = 0;
    template <class T> bool operator<(T) const { return true; }
    template <class T> int operator+(T) const { return sizeof(T); }
    template <class T> Any &operator=(const T &value) { seen = value.size(); return *this; }
    template <class T> bool operator==(const T &value) const { return value.size() == 3; }
};
struct Sum { int value; Sum(int value) : value(value) {} Sum &operator,(int by) { value += by; return *this; }
             Sum operator++(int) { return Sum(value++); } };

struct Inner { int size = 4; int twice() const { return 2 * size; } };
struct Handle { Inner inner; int own = 1; Inner *operator->() { return &inner; } };
struct Itself { Itself *operator->() { return this; } };
struct Nowhere { Inner *operator->() { return nullptr; } };

struct Part { virtual ~Part() {} int size = 3; };
std::shared_ptr<Part> make_part() { return std::make_shared<Part>(); }
std::unique_ptr<Part> own_part() { return std::make_unique<Part>(); }

struct Told { static void __cppyy_explicit_pythonize__(PyObject *cls, const std::string &name) {
    PyObject *text = PyUnicode_FromString(name.c_str()); PyObject_SetAttrString(cls, "told", text); Py_DECREF(text); } };
struct Heir : Told {};
struct Known { static void __cppyy_pythonize__(PyObject *cls, const std::string &name) {
    PyObject *text = PyUnicode_FromString(name.c_str()); PyObject_SetAttrString(cls, "known", text); Py_DECREF(text); } };
struct Child : Known {};
struct Late1 {}; struct Late2 {};
}
"""


@pytest.fixture(scope="module")
def opers():
    cppyy.cppdef(CODE)
    return gbl.opers


def test_calls_as_subscripts(opers):
    """operator() that returns a reference is subscription too, for reading and for assignment."""
    grid = opers.Grid()
    assert grid[1, 2] == grid(1, 2) == 42
    grid[1, 2] = 27
    assert grid.cell == grid[1, 2] == grid(1, 2) == 27
    both = opers.Both()
    assert both[1, 2] == both[1] == 42
    both[1, 2] = 27
    assert both[1, 2] == both[1] == both(1, 2) == 27
    both[1] = 83
    assert both.cell == both[1, 2] == 83
    with pytest.raises(TypeError):
        both[1, 2, 3]
    assert opers.Called()[42] == 42 and opers.Called()(1) == 5
    with pytest.raises(TypeError):
        iter(grid)


def test_operators_inside_and_beside(opers):
    """C++ chooses among the operators of a class and those beside it, whatever their order."""
    Vec, Square = opers.Vec, opers.Square
    assert (Vec(2, 3) * 2.0).y == 6 and (Vec(2, 3) * Vec(2, 2)).y == 6
    first = Vec(1, 1)
    assert (first + Vec(2)).x == 3 and (first + 5.0).x == 6 and first.x == 1
    assert (Vec(3) - Vec(1)).x == 2 and (-Vec(3)).x == -3
    assert Square(2) * Square(3) == 6 and (Square(2) * 3.0).y == 6
    with pytest.raises(TypeError):          # cppyy: NotImplementedError
        first * "text"
    with pytest.raises(TypeError):
        first / 2


def test_operators_that_are_member_templates(opers):
    """They are operators of Python; where C++ refuses the operand Python goes on as usual."""
    value, three = opers.Any(), gbl.std.vector[int]([1, 2, 3])
    assert value < 1 and value + 1 == 4 and value == three
    assert not value == 5                   # an int has no size()
    value.__assign__(three)
    assert value.seen == 3


def test_operators_without_a_like_in_python(opers):
    """Comma is __comma__; postfix operators take the int that C++ tells them by."""
    total = opers.Sum(1)
    assert total.__comma__(2).__comma__(3).value == 6
    assert total.__postinc__(0).value == 6 and total.__postinc__().value == 7 and total.value == 8


def test_arrow(opers):
    """What a class with operator-> has not itself is that of what it points to."""
    handle = opers.Handle()
    assert handle.size == 4 and handle.twice() == 8 and handle.own == 1
    handle.size = 7                         # cppyy: an attribute of the handle
    handle.own = 2
    assert handle.inner.size == 7 and handle.own == 2
    for wrong in (handle, opers.Itself()):
        with pytest.raises(AttributeError):
            wrong.nothing
    with pytest.raises(ReferenceError):     # cppyy: as C++ leaves it
        opers.Nowhere().size


def test_pointers_are_instances_of_what_they_point_to(opers):
    """isinstance() of a smart pointer asks what it points to."""
    for pointer in (opers.make_part(), opers.own_part()):
        assert isinstance(pointer, opers.Part) and not isinstance(pointer, opers.Vec)


@pytest.mark.parametrize("name", ["vector", "deque"])
def test_arithmetic_of_iterators(name):
    """Iterators that go by number are added to, subtracted and compared."""
    numbers = getattr(gbl.std, name)[int]([1, 2, 3])
    begin, end = numbers.begin(), numbers.end()
    assert (end - 1).__deref__() == 3 and (begin + 1).__deref__() == 2 and end - begin == 3
    assert begin < end and begin <= begin and not begin > end and end >= begin
    assert gbl.std.max_element(begin, end) - begin == 2
    for wrong in (lambda: begin - 1, lambda: begin + 4):        # cppyy: as C++ leaves it
        with pytest.raises(IndexError):
            wrong()
    with pytest.raises(TypeError):
        begin + "one"
    at = begin
    at += 1
    numbers.erase(at)
    assert list(numbers) == [1, 3]


def test_insert_of_several():
    """insert() of n items and of a range returns the iterator of the first."""
    numbers, more = gbl.std.vector[int]([1, 2]), gbl.std.vector[int]([7, 8])
    numbers.insert(numbers.begin(), 2, 9)
    assert list(numbers) == [9, 9, 1, 2]
    at = numbers.insert(numbers.end(), more.begin(), more.end())
    assert list(numbers) == [9, 9, 1, 2, 7, 8] and at.__deref__() == 7
    numbers.insert(numbers.begin(), numbers.begin() + 2, numbers.begin() + 4)
    assert list(numbers)[:4] == [1, 2, 9, 9]
    items = gbl.std.list[int]([1])
    items.insert(items.begin(), 2, 5)
    assert list(items) == [5, 5, 1]
    with pytest.raises((TypeError, ValueError)):
        numbers.insert(numbers.begin(), -1, 5)


def test_pythonizations_of_all_namespaces(opers):
    """Without a scope a function sees every class, by its qualified name, after those of the scope."""
    def scoped(cls, name):
        if name.startswith("Late"):
            cls.mark = 1

    def everywhere(cls, name):
        if name == "opers::Late1":
            cls.mark = 2
    cppyy.py.add_pythonization(scoped, "opers")
    cppyy.py.add_pythonization(everywhere)
    try:
        assert opers.Late1.mark == 2 and opers.Late2.mark == 1
    finally:
        cppyy.py.remove_pythonization(scoped, "opers")
        assert cppyy.py.remove_pythonization(everywhere)


def test_pythonizations_in_classes(opers):
    """A class is told itself; what is not explicit also for the classes derived from it."""
    assert opers.Told.told == opers.Heir.told == "opers::Told"
    assert opers.Child.known == "opers::Child" and opers.Known.known == "opers::Known"
