"""What a function returns by value goes for `T &&` as it is; what has a name is moved from only if std.move says so.

And values that are stored: members, keywords and items of containers take what arguments take.
"""

import pytest
import support
from cpp_runtime import load_text

import cppbind

counted = pytest.mark.skipif(support.engine_name() != "native", reason="that nothing else refers to an object is told by "
                             "reference counts, which PyPy does not have; there std.move says so")
on_the_fly = pytest.mark.skipif(support.engine_name() != "native", reason="C++ on the fly needs the compiled core")

HEADER = """
#include <array>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>
namespace temp {
struct Node {
    int value;
    static inline int alive = 0;
    explicit Node(int v = 0) : value(v) { ++alive; }
    Node(const Node &other) : value(other.value) { ++alive; }
    virtual ~Node() { --alive; }
};
struct Leaf : Node { explicit Leaf(int v) : Node(v) {} };
typedef std::unique_ptr<Node> Pointer;
inline int by_value(Pointer p) { return p ? p->value : -1; }
inline int by_rvalue(Pointer &&p) { Pointer mine(std::move(p)); return mine ? mine->value : -1; }
inline Pointer make(int v) { return Pointer(new Node(v)); }
inline std::unique_ptr<Leaf> make_leaf(int v) { return std::unique_ptr<Leaf>(new Leaf(v)); }
struct Keeper {
    Pointer kept;
    Keeper() {}
    explicit Keeper(Pointer &&p, int extra = 0) : kept(std::move(p)) { if (extra) kept->value += extra; }
    Pointer &reference() { return kept; }
    int take(Pointer &&p) { kept = std::move(p); return kept->value; }
};
class Handle {          // is moved, never copied
public:
    explicit Handle(int v) : v(v) {}
    Handle(Handle &&other) : v(other.v) { other.v = -1; }
    Handle &operator=(Handle &&other) { v = other.v; other.v = -1; return *this; }
    int v;
};
inline int consume(Handle &&h) { Handle mine(std::move(h)); return mine.v; }
inline Handle handle(int v) { return Handle(v); }
struct Text {
    std::string text = "text";
};
inline Text text() { return Text(); }
inline std::string overloaded(const Text &) { return "const &"; }
inline std::string overloaded(Text &&t) { t.text = "taken"; return "&&"; }
inline std::string only(Text &&t) { std::string was = t.text; t.text = "taken"; return was; }
inline std::string both(Text &&a, Text &&b) { return a.text + b.text; }
typedef std::vector<Pointer> Pointers;
inline Pointers pointers() { return Pointers(); }

struct Meters { double m; Meters(double m = 0) : m(m) {} };
struct Feet {
    double ft;
    explicit Feet(double ft = 0) : ft(ft) {}
    operator Meters() const { return Meters(ft * 0.25); }
    operator double() const { return ft; }
};
struct Name { std::string text; operator std::string() const { return text; } };
enum Color { red, green };
struct Paint { operator Color() const { return green; } explicit operator int() const { return 5; } };
struct Count { int n = 5; operator int() const { return n; } };
struct Strict { double v = 0; explicit operator double() const { return v; } };
struct Record {
    Meters length;
    double plain = 0;
    int whole = 0;
    int bits : 4;
    std::string name;
    Color color = red;
    const Node *node = nullptr;
    double row[2] = {0, 0};
    Meters lengths[2];
    static inline Meters shared;
    Record() : bits(0) {}
};
struct Plain { Meters length; double plain; std::string name; };
struct Built { Meters length; double plain; explicit Built(Meters length, double plain = 1) : length(length), plain(plain) {} };
inline Meters global_length;
struct Items {
    std::vector<Meters> lengths;
    std::vector<double> numbers;
    std::vector<std::string> names;
    std::array<Meters, 2> pair;
    std::deque<Meters> queue;
    std::map<std::string, Meters> table;
    Meters at_[3];
    Meters &operator[](int i) { return at_[i]; }
};
}
"""


@pytest.fixture(scope="module")
def temp(tmp_path_factory):
    return load_text(HEADER, tmp_path_factory.mktemp("temp")).temp


@pytest.fixture
def std():
    return cppbind.gbl.std


# ---- temporaries ---------------------------------------------------------------------------------------

@counted
def test_temporaries_go_for_rvalues(temp, std):
    """A result by value, or an object made in the call, needs no std.move."""
    # Not in assert statements: pytest gives what is called in them names.
    got = [temp.by_rvalue(std.make_unique[temp.Node](3)), temp.by_rvalue(temp.make(4)), temp.by_value(temp.make(5)),
           temp.consume(temp.Handle(6)), temp.consume(temp.handle(7)), temp.by_rvalue(None)]
    assert got == [3, 4, 5, 6, 7, -1]
    texts = temp.both(temp.text(), temp.Text())
    assert texts == "texttext" and temp.Node.alive == 0


@counted
def test_temporaries_of_methods_and_constructors(temp, std):
    """So it is for methods, constructors, keywords and containers of what cannot be copied."""
    keeper = temp.Keeper(temp.make(1))
    got = [keeper.kept.value, keeper.take(temp.make(2)), temp.Keeper(temp.make(3), 4).kept.value,
           temp.Keeper(p=temp.make(5)).kept.value]
    assert got == [1, 2, 7, 5]
    pointers = temp.pointers()
    pointers.push_back(temp.make(8))
    pointers.push_back(std.make_unique[temp.Node](9))
    assert [pointer.value for pointer in pointers] == [8, 9]
    moved = temp.Handle(temp.handle(3))
    assert moved.v == 3


def test_what_has_a_name_is_not_moved_from(temp, std):
    """An object that something else refers to is an lvalue: the error says what to write."""
    pointer, handle = temp.make(3), temp.Handle(4)
    holder = [temp.make(5)]
    for call in (lambda: temp.by_rvalue(pointer), lambda: temp.consume(handle), lambda: temp.by_rvalue(holder[0]),
                 lambda: temp.Keeper().take(pointer)):
        with pytest.raises(TypeError, match=r"C\+\+ would move from it; pass std.move\(object\)"):
            call()
    assert pointer.value == 3 and handle.v == 4 and holder[0].value == 5
    assert temp.by_rvalue(std.move(pointer)) == 3 and temp.consume(std.move(handle)) == 4


def test_references_are_no_temporaries(temp, std):
    """What C++ owns is not moved from, though no name in Python refers to it."""
    keeper = temp.Keeper(std.move(temp.make(6)))
    for call in (lambda: temp.by_rvalue(keeper.reference()), lambda: temp.by_rvalue(keeper.kept)):
        with pytest.raises(TypeError, match="would move from it"):
            call()
    assert keeper.kept.value == 6


@counted
def test_overloads_for_lvalues_come_first(temp):
    """Where a `const T &` serves as well, nothing is moved from."""
    named = temp.Text()
    got = [temp.overloaded(temp.text()), temp.overloaded(named), temp.overloaded(temp.text()), temp.only(temp.text())]
    assert got == ["const &", "const &", "const &", "text"] and named.text == "text"


@counted
def test_derived_pointers_as_temporaries(temp):
    """A pointer to a derived class is converted."""
    got = [temp.by_rvalue(temp.make_leaf(7)), temp.by_value(temp.make_leaf(8))]
    assert got == [7, 8] and temp.Node.alive == 0


def test_members_take_temporaries(temp, std):
    """A member that cannot be copied is assigned what a call returns, and what std.move gives."""
    keeper = temp.Keeper()
    if support.engine_name() == "native":
        keeper.kept = temp.make(3)
    else:
        keeper.kept = std.move(temp.make(3))
    assert keeper.kept.value == 3
    other = temp.make(4)
    with pytest.raises(TypeError, match="std.move"):
        keeper.kept = other
    keeper.kept = std.move(other)
    assert keeper.kept.value == 4


# ---- conversions of what is stored ------------------------------------------------------------------------

def test_members_take_conversions(temp):
    """Assigning a member considers constructors of its class and conversion functions of the value."""
    record, feet = temp.Record(), temp.Feet(8)
    record.length = feet
    assert record.length.m == 2
    record.length = 3.5
    assert record.length.m == 3.5
    record.plain = feet
    record.bits = record.whole = temp.Count()
    record.name = temp.Name("x")
    record.color = temp.Paint()
    assert (record.plain, record.bits, record.whole, record.name, record.color) == (8, 5, 5, "x", temp.green)
    temp.Record.shared = feet
    temp.global_length = temp.Feet(4)
    assert temp.Record.shared.m == 2 and temp.global_length.m == 1
    record.lengths = [feet, 1.5]
    record.lengths[1].__assign__(temp.Feet(12))
    record.row = [feet, 2]
    record.row[1] = feet
    assert [length.m for length in record.lengths] == [2, 3] and list(record.row) == [8, 8]


def test_what_members_do_not_take(temp):
    """Explicit conversions are not made unasked, and the error names member and types."""
    record = temp.Record()
    for name, value in (("plain", temp.Strict()), ("length", temp.Name("x")), ("name", temp.Node()), ("node", temp.Feet(1))):
        with pytest.raises(TypeError, match="Record.%s" % name):
            setattr(record, name, value)
    with pytest.raises(TypeError):
        record.length = "text"


def test_keywords_take_conversions(temp):
    """So do keywords, of aggregates and of constructors."""
    plain = temp.Plain(length=temp.Feet(8), plain=temp.Feet(3), name=temp.Name("n"))
    assert (plain.length.m, plain.plain, plain.name) == (2, 3, "n")
    assert temp.Plain(temp.Feet(4), 1.5).length.m == 1
    built = temp.Built(length=temp.Feet(8), plain=temp.Feet(2))
    assert (built.length.m, built.plain) == (2, 2)
    assert temp.Built(temp.Feet(8), plain=3).plain == 3


def test_items_take_conversions(temp):
    """And items of containers, by index, at the end and as a whole."""
    items, feet = temp.Items(), temp.Feet(8)
    items.lengths = [feet, 1.5]
    items.lengths[1] = feet
    items.lengths.append(feet)
    items.lengths.push_back(temp.Feet(4))
    assert [length.m for length in items.lengths] == [2, 2, 2, 1]
    items.lengths[1:3] = [temp.Feet(4), 7.0]
    assert [length.m for length in items.lengths] == [2, 1, 7, 1]
    items.numbers = [1, feet]
    items.numbers[0] = temp.Feet(3)
    items.numbers.append(feet)
    assert list(items.numbers) == [3, 8, 8]
    items.names = [temp.Name("a"), "b"]
    items.names[1] = temp.Name("c")
    assert list(items.names) == ["a", "c"]
    items.pair[0] = feet
    items.queue.append(feet)
    items.queue[0] = temp.Feet(4)
    items.table["x"] = feet
    items[1] = feet
    assert (items.pair[0].m, items.queue[0].m, items.table["x"].m, items[1].m) == (2, 1, 2, 2)


@on_the_fly
def test_results_that_are_parts_of_temporaries():
    """A reference or pointer that a function gives keeps the arguments that only the call had, those that were made of
    Python values too, as long as it lives; what Python has already keeps nothing."""
    cppbind.cppdef("""namespace tpart { struct Part { static int alive; int x; Part(int v) : x(v) { ++alive; } Part(const Part &p) : x(p.x) { ++alive; } ~Part() { x = -1; --alive; } };
        int Part::alive = 0; struct Whole { Part part{5}; };
        const Part &first(const std::vector<Part> &v) { return v[0]; } Part *address(std::vector<Part> &v) { return &v[0]; } Part &inside(Whole &w) { return w.part; }
        Part &shared(const Part &) { static Part *part = new Part(9); return *part; } struct Static { static const Part &left(const Part &a, const Part &) { return a; } };
        template <class T> const T &front(const std::vector<T> &v) { return v[0]; } }""")
    tpart, parts = cppbind.gbl.tpart, cppbind.gbl.std.vector["tpart::Part"]
    assert tpart.first(parts([tpart.Part(7)])).x == tpart.address(parts([tpart.Part(7)])).x == tpart.first([tpart.Part(7)]).x == 7
    assert tpart.inside(tpart.Whole()).x == 5 and tpart.Static.left(tpart.Part(3), tpart.Part(4)).x == 3
    assert tpart.front(parts([tpart.Part(6)])).x == 6
    assert tpart.Part.alive == 0
    kept = tpart.first([tpart.Part(1), tpart.Part(2)])
    assert tpart.Part.alive == 2 and kept.x == 1
    del kept
    assert tpart.Part.alive == 0
    shared = tpart.shared(tpart.Part(1))
    before = tpart.Part.alive
    for number in range(5):
        assert tpart.shared(tpart.Part(number)) is shared
    assert tpart.Part.alive == before
