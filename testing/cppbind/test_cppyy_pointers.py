"""Scripts in the manner of cppyy's own tests of data types: null pointers, pointers to arrays, callbacks that are kept, enumerators.

Each runs unchanged on cppyy but for the import.  Neighbours: test_cppyy_lowlevel.py, test_cppyy_classes.py.
"""

import ctypes
import gc
import weakref

import pytest

import cppbind as cppyy
from cppbind import gbl

CODE = """
#include <complex>
namespace held {
struct Same { int a = 0; bool operator==(const Same &other) const { return a == other.a; } };
struct True { int a = 0; explicit operator bool() const { return a; } };
struct Free { int a = 0; };
bool operator==(const Free &x, const Free &y) { return x.a == y.a; }
bool operator!=(const Free &x, const Free &y) { return x.a != y.a; }
Same *no_same() { return nullptr; } True *no_true() { return nullptr; } Free *no_free() { return nullptr; }
std::vector<int> *no_vector() { return nullptr; } std::string *no_string() { return nullptr; }
std::map<int, int> *no_map() { return nullptr; }

struct Cell { int worth; };
struct Row { Cell *cells; Cell one{5}; void *any = nullptr;
             Row() : cells(new Cell[3]) { for (int i = 0; i < 3; ++i) cells[i].worth = 10 * i; } ~Row() { delete[] cells; }
             Cell *first() { return cells; } void point(Cell *to) { target = to; } Cell *target = nullptr; };
struct Other { virtual ~Other() {} int low = 1; };
struct Wide : Row, Other { double high = 2.5; static int shared; };
int Wide::shared = 4;
bool is_null(const Cell *cell) { return !cell; } bool is_nothing(void *any) { return !any; }
std::string which(int) { return "int"; } std::string which(Cell *) { return "cell"; }

class Button { public: Button(int (*on)(int) = nullptr) : on_(on) {} virtual ~Button() {}
    void connect(int (*on)(int), int = 0) { on_ = on; } int press(int n) { return on_(n); } private: int (*on_)(int); };

enum Fruit { apple = 78 }; enum { nameless = 5 };
struct Basket { enum Size { small = 3 }; enum { empty = 4 }; static int count; std::array<double, 3> prices; std::pair<int, int> range; };
int Basket::count = 1;
}
"""


@pytest.fixture(scope="module")
def held():
    cppyy.cppdef(CODE)
    return gbl.held


def test_null_pointers_compare(held):
    """A null pointer is false and equals None and nullptr, whatever operators its class has."""
    for null in (held.no_same, held.no_true, held.no_free, held.no_vector, held.no_string, held.no_map):
        pointer = null()
        assert not pointer and pointer == None and None == pointer and not pointer != None  # noqa: E711
        assert pointer == cppyy.nullptr
    for cls, null in ((held.Same, held.no_same), (held.Free, held.no_free)):
        assert null() == null() and not null() != null()
        assert cls() != null() and null() != cls() and cls() == cls() and cls() != None  # noqa: E711
    gone = held.Same()
    gone.__destruct__()
    with pytest.raises(ReferenceError, match="destroyed"):
        gone == held.Same()
    with pytest.raises(ReferenceError, match="null pointer"):
        held.no_same().a


def test_zero_is_a_null_pointer(held):
    """0 goes for a pointer, as in C++; no other int does, and an overload for numbers comes first."""
    assert held.is_null(0) and held.is_nothing(0) and held.which(0) == "int"
    row = held.Row()
    row.point(row.cells)
    assert row.target
    row.point(0)
    assert not row.target
    row.target, row.any = row.cells, row
    assert row.target and row.any
    row.target = row.any = 0
    assert not row.target and not row.any
    for wrong in (1, False, 0.0):
        with pytest.raises(TypeError):
            held.is_null(wrong)
        with pytest.raises(TypeError):
            held.is_nothing(wrong)
    assert cppyy.addressof(0) == cppyy.addressof(cppyy.nullptr) == 0


def test_pointers_to_arrays_of_objects(held):
    """p[i] of a pointer is the object there; an object of Python's own is no array."""
    row = held.Row()
    assert [row.cells[i].worth for i in range(3)] == [0, 10, 20]
    row.first()[1].worth = 77
    assert row.cells[1].worth == 77 and row.cells[0] is row.cells
    with pytest.raises(TypeError, match="not subscriptable"):
        held.Cell()[0]
    with pytest.raises(TypeError, match="not iterable"):
        iter(row.cells)
    with pytest.raises(IndexError):
        row.cells[-1]
    with pytest.raises(ReferenceError, match="null pointer"):
        row.target[1]


def test_addresses_of_members(held):
    """addressof(object, name) is where a data member lies, those of bases and static ones too."""
    wide = held.Wide()
    assert ctypes.c_double.from_address(cppyy.addressof(wide, "high")).value == 2.5
    ctypes.c_int.from_address(cppyy.addressof(wide, "low")).value = 9
    assert wide.low == 9 and ctypes.c_int.from_address(cppyy.addressof(wide, "shared")).value == 4
    with pytest.raises(AttributeError, match="no data member 'nothing'"):
        cppyy.addressof(wide, "nothing")


def test_callbacks_stay_with_the_object(held):
    """What an object was given for a pointer to function lives as long as the object, or until the next one."""
    button = held.Button(lambda n: n + 1)
    gc.collect()
    assert button.press(1) == 2
    for connect in (lambda: button.connect(lambda n: n * 10), lambda: button.connect(lambda n: n * 10, 3),
                    lambda: button.connect(on=lambda n: n * 10)):
        connect()
        gc.collect()
        assert button.press(2) == 20

    class Counting(held.Button):
        def __init__(self):
            super().__init__(lambda n: n + self.step)
            self.step = 5

    assert Counting().press(1) == 6
    first = lambda n: n  # noqa: E731
    known = weakref.ref(first)
    button.connect(first)
    del first
    assert known() is not None and button.press(3) == 3
    button.connect(lambda n: -n)
    gc.collect()
    assert known() is None and button.press(3) == -3


def test_enumerators_are_constants(held):
    """Assigning to one is a TypeError, in a namespace, a class or the enumeration itself."""
    for owner, name in ((held, "apple"), (held, "nameless"), (held.Fruit, "apple"), (held.Basket, "small"),
                        (held.Basket, "empty"), (held.Basket.Size, "small")):
        with pytest.raises(TypeError, match="enumerator"):
            setattr(owner, name, 42)
    assert (held.apple, held.nameless, held.Basket.small, held.Basket.empty) == (78, 5, 3, 4)
    held.Basket.count = 7
    held.Basket.note = "Python's"
    assert held.Basket().count == 7 and held.Basket.note == "Python's"


def test_complex_looks_like_pythons(held):
    """real and imag are attributes, repr is Python's."""
    for kind in ("double", "float", "int"):
        number = gbl.std.complex[kind](1, 2)
        assert (number.real, number.imag, repr(number)) == (1, 2, "(1+2j)") and number.conjugate() == 1 - 2j
        number.real = 5
        number.imag += 1
        assert number == 5 + 3j and repr(number) == "(5+3j)"


def test_tuples_for_pairs_and_arrays(held):
    """A tuple is what an array, a pair or a container is assigned or made from; a map inserts one as a pair."""
    basket = held.Basket((1.0, 2.0, 3.0))
    assert list(basket.prices) == [1, 2, 3]
    basket.prices = 4.0, 5.0, 6.0
    basket.range = 7, 8
    assert list(basket.prices) == [4, 5, 6] and tuple(basket.range) == (7, 8)
    names = gbl.std.map[str, str]()
    assert names.insert(("a", "b"))[1] and not names.insert(("a", "c"))[1]
    assert names.insert(gbl.std.pair[str, str]("d", "e"))
    assert names["a"] == "b" and names["d"] == "e" and len(names) == 2
