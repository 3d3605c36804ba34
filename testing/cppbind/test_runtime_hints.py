"""Promises of the hints in a selection file: ownership, lifelines and the GIL, per function."""

import pytest
import support

import cppbind
from cppbind.build import build
from cppbind.errors import SelectionError
from cppbind.selection import parse_selection

HEADER = """
namespace hints {
struct Counted {
    static int alive;
    int value;
    Counted *child = nullptr;
    explicit Counted(int v = 0) : value(v) { alive++; }
    Counted(const Counted &other) : value(other.value) { alive++; }
    ~Counted() { alive--; delete child; }
    Counted *clone() const { return new Counted(*this); }
    Counted *copy() const { return new Counted(*this); }
    Counted *kept() { if (!child) child = new Counted(value + 1); return child; }
    int slow() const { return value; }
};
inline int Counted::alive = 0;
inline Counted *make(int v) { return new Counted(v); }
inline Counted *make(double v) { return new Counted(int(v)); }
inline void drop(Counted *counted) { delete counted; }
inline int look(Counted *counted) { return counted->value; }
struct Box {
    Counted *held;
    explicit Box(Counted *counted = nullptr) : held(counted) {}
    Box(const Box &) = delete;
    ~Box() { delete held; }
    void put(Counted *counted) { delete held; held = counted; }
};
struct Factory {
    Counted *first() const { return new Counted(1); }
    Counted *second() const { return new Counted(2); }
};
}
"""
SELECTION = """<lcgdict>
  <class name="hints::Counted">
    <method name="clone" creates="true"/>
    <method proto_name="hints::Counted::kept()" lifeline="true"/>
    <method name="slow" release_gil="true" creates="false"/>
  </class>
  <function name="hints::make" creates="true"/>
  <function name="hints::drop" takes="true"/>
  <function name="hints::look"/>
  <class name="hints::Box" takes="true"/>
  <class name="hints::Factory" creates="true" lifeline="false"/>
</lcgdict>"""


@pytest.fixture(scope="module")
def hints(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hints")
    (folder / "hints.h").write_text(HEADER)
    (folder / "hints.xml").write_text(SELECTION)
    built = build([str(folder / "hints.h")], str(folder / "libhints.so"), str(folder / "hints.xml"))
    assert built.warnings == []
    cppbind.load_reflection_info(built.library)
    return cppbind.gbl.hints


def test_creates(hints):
    """What such a function returns belongs to Python: it goes when its last reference does."""
    made = [hints.make(1), hints.make(2.5)]
    made.append(made[0].clone())
    assert hints.Counted.alive == 3 and all(each.__python_owns__ for each in made)
    del made
    support.collect()
    assert hints.Counted.alive == 0
    assert hints.Counted.clone.__creates__ and not hints.Counted.copy.__creates__ and hints.make.__creates__


def test_without_a_hint(hints):
    """Without one, C++ keeps what a pointer points to."""
    original = hints.Counted(1)
    copied = original.copy()
    assert not copied.__python_owns__
    copied.__python_owns__ = True
    del copied, original
    support.collect()
    assert hints.Counted.alive == 0


def test_lifeline_and_gil(hints):
    """A result with a lifeline keeps the object it came from; the other hint is the method's attribute."""
    kept = hints.Counted(4).kept()
    support.collect()
    assert kept.value == 5
    del kept
    assert hints.Counted.slow.__release_gil__ and not hints.Counted.clone.__release_gil__


def test_malformed_hint():
    """Anything but true and false is an error that names the attribute."""
    with pytest.raises(SelectionError, match='creates="yes" in <function>'):
        parse_selection('<lcgdict><function name="f" creates="yes"/></lcgdict>')


def test_takes(hints):
    """C++ owns what such a function, method or constructor is given by pointer; a hint of a class is one for all of these."""
    support.collect()           # what other tests left
    assert hints.Counted.alive == 0
    hints.drop(hints.Counted(1))
    box = hints.Box(hints.Counted(2))
    box.put(hints.Counted(3))
    kept = hints.Counted(4)
    assert hints.look(kept) == 4 and kept.__python_owns__ and box.held.value == 3
    assert hints.Counted.alive == 2
    del box, kept
    support.collect()
    assert hints.Counted.alive == 0
    assert hints.Box.put.__mempolicy__ == cppbind.memory.HEURISTICS and hints.look.__mempolicy__ == -1


def test_hints_of_a_class(hints):
    """A hint of a class holds for all its methods, and can be taken back at run time."""
    factory = hints.Factory()
    made = [factory.first(), factory.second()]
    assert all(each.__python_owns__ for each in made)
    hints.Factory.first.__creates__ = False
    try:
        one = factory.first()
        assert not one.__python_owns__
        one.__python_owns__ = True
    finally:
        hints.Factory.first.__creates__ = True
    del made, one
    support.collect()
    assert hints.Counted.alive == 0
