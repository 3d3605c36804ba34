"""What scripts for cppyy do as a matter of course: types of C++ from Python, shared objects of derived classes, ctypes.

Each runs unchanged on cppyy but for the import.  Neighbours: test_cppyy_templates.py, test_cppyy_lowlevel.py.
"""

import ctypes
import gc

import pytest

import cppbind as cppyy
from cppbind import gbl

CODE = """
namespace habit {
struct Cell { int worth = 6; int times(int by) const { return worth * by; } };
typedef unsigned short Small;
struct Kinds { using wide = long; using narrow = float; using plain = int; };
template <class T> int width(T) { return sizeof(T); }

struct Shape { virtual ~Shape() { ++gone; } virtual int corners() const = 0; static int gone; };
int Shape::gone = 0;
int corners_of(const std::shared_ptr<Shape> &shape) { return shape->corners(); }

template <class T> class Maker {
public:
    explicit Maker(T first) : first_(first) {}
    virtual ~Maker() {}
    T make() { return first_ + next(); }
protected:
    virtual T next() = 0;
    T twice(T value) { return value + value; }
    T reserve{5};
private:
    T first_;
};
template <class T> T use(Maker<T> &maker) { return maker.make(); }

long where(void *place) { return (long)place; }
long where_text(const char *place) { return (long)place; }
std::string second(const char *words[]) { return words[1]; }
}
"""


@pytest.fixture(scope="module")
def habit():
    cppyy.cppdef(CODE)
    return gbl.habit


def test_types_of_numbers(habit):
    """C++'s types of numbers are types of Python that stay what they are as template arguments."""
    limits = gbl.std.numeric_limits
    assert limits[gbl.uint64_t].max() == 2**64 - 1 and limits[gbl.int64_t].min() == -2**63
    assert limits[habit.Small].max() == 65535
    for kind in (habit.Small, habit.Kinds.wide, gbl.size_t):
        assert issubclass(kind, int) and kind(3) == 3
    assert issubclass(habit.Kinds.narrow, float) and habit.Kinds.narrow(0.5) == 0.5
    assert habit.Kinds.plain is int
    assert gbl.std.vector[habit.Kinds.wide] is gbl.std.vector["long"]
    assert habit.width[habit.Small](1) == 2 and habit.width[habit.Kinds.narrow](1) == 4
    assert cppyy.sizeof(habit.Small) == 2


def test_objects_for_methods(habit):
    """A method found in the class needs an object of it: anything else is a TypeError."""
    assert habit.Cell.times(habit.Cell(), 7) == 42
    for wrong in (3, None, "cell", habit.Kinds()):
        with pytest.raises(TypeError, match="Cell"):
            habit.Cell.times(wrong, 7)


def test_shared_objects_of_python_classes(habit):
    """make_shared takes a class derived in Python: C++ owns the object, which is Python's all the time."""
    class Polygon(habit.Shape):
        def __init__(self, count):
            super().__init__()
            self.count = count

        def corners(self):
            return self.count

    gone = habit.Shape.gone
    shared = gbl.std.make_shared[Polygon](6)
    assert habit.corners_of(shared) == 6 and shared.corners() == 6
    del shared
    gc.collect()
    assert habit.Shape.gone == gone + 1
    square = Polygon(4)
    shared = gbl.std.shared_ptr[habit.Shape](square)
    assert not square.__python_owns__ and habit.corners_of(shared) == 4
    del shared
    gc.collect()
    assert habit.Shape.gone == gone + 2
    with pytest.raises(ReferenceError):
        habit.Shape.corners(square)


def test_python_classes_of_template_instances(habit):
    """A Python class derives from an instance of a class template, and has what is protected in it."""
    class Counter(habit.Maker[int]):
        def __init__(self, first, step):
            super().__init__(first)
            self.step = step

        def next(self):
            return self.twice(self.step) + self.reserve

    assert Counter(1, 10).make() == 26
    assert habit.use(Counter(2, 3)) == 13
    assert not hasattr(habit.Maker[int], "twice") and not hasattr(habit.Maker[int], "reserve")
    with pytest.raises(TypeError, match="abstract"):
        habit.Maker[int](1)


def test_pointers_of_ctypes(habit):
    """A pointer of ctypes is the address that it holds."""
    text = ctypes.c_char_p(b"hello")
    address = ctypes.cast(text, ctypes.c_void_p).value
    assert habit.where(text) == habit.where_text(text) == address
    words = (ctypes.c_char_p * 2)(b"one", b"two")
    assert habit.second(words) == habit.second(ctypes.POINTER(ctypes.c_char_p)(words)) == "two"


def test_sizes_of_ctypes():
    """sizeof knows the types and the objects of ctypes."""
    cell = ctypes.c_short()
    assert cppyy.sizeof(cell) == cppyy.sizeof(ctypes.c_short) == 2
    assert cppyy.sizeof(ctypes.pointer(cell)) == ctypes.sizeof(ctypes.c_void_p)
    assert cppyy.sizeof((ctypes.c_int * 5)()) == 20


def test_managed_arrays():
    """An array that is managed needs no array_delete, which refuses it."""
    cells = cppyy.ll.array_new[int](4, managed=True)
    cells[3] = 7
    assert len(cells) == 4 and list(cells) == [0, 0, 0, 7]
    with pytest.raises(ValueError):
        cppyy.ll.array_delete(cells)
