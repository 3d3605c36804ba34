"""Promises for arguments that C++ gives to Python: what dies with the call is not reachable after it."""

import copy
import weakref

import pytest
import support
from cpp_runtime import load_text

HEADER = r"""
#include <functional>
#include <string>
#include <vector>

namespace lent {
struct Event {
    int number = 7;
    std::string text = std::string(50, 'e');
    int row[4] = {1, 2, 3, 4};
    std::vector<int> hits = {1, 2, 3};
    Event *self() { return this; }
};
struct Derived : Event { virtual ~Derived() = default; int more = 8; };
typedef std::function<void(Event &)> Taker;
inline void by_reference(const std::function<void(Event &)> &f) { Event local; f(local); }
inline void by_const(const std::function<void(const Event &)> &f) { Event local; f(local); }
inline void by_pointer(const std::function<void(Event *)> &f) { Event local; f(&local); }
inline void by_plain(void (*f)(Event &)) { Event local; f(local); }
inline void on_heap(const std::function<void(Event &)> &f) { Event *made = new Event; f(*made); delete made; }
inline void derived(const std::function<void(Event &)> &f) { Derived local; f(local); }
inline void twice(const std::function<void(Event &)> &f) { Event local; f(local); f(local); }
inline void nested(const std::function<void(Event &, const std::function<void(Event &)> &)> &f,
                   const std::function<void(Event &)> &g) { Event local; f(local, g); }
inline void numbers(const std::function<void(const std::vector<double> &)> &f) { std::vector<double> local(3, 1.5); f(local); }
typedef std::vector<int> Numbers;
inline int changed(const std::function<void(Numbers &)> &f) { Numbers local{1}; f(local); return int(local.size()); }
inline int change(Numbers &numbers, const std::function<void(Numbers &)> &f) { f(numbers); f(numbers); return int(numbers.size()); }
inline int look(const Numbers &numbers, const std::function<void()> &f) { f(); return int(numbers.size()); }
inline void with(Event &event, const std::function<void(Event &)> &f) { f(event); }
inline Event *the_event() { static Event event; return &event; }
inline void the_pointer(const std::function<void(Event *)> &f) { f(the_event()); }
struct Visitor {
    virtual ~Visitor() = default;
    virtual void visit(const Event &) {}
    void run() { Event local; visit(local); }
};
struct Holder {
    Event *made = new Event;
    Holder() = default;
    Holder(const Holder &) = delete;
    ~Holder() { made->number = -1; delete made; }
    Event &reference() { return *made; }
    Event *pointer() { return made; }
    Event *next = nullptr;
};
struct Node { int value = 3; Node *next = nullptr; Node *after() { return next; } ~Node() { value = -1; } };
}
"""


@pytest.fixture(scope="module")
def lib(tmp_path_factory):
    return load_text(HEADER, tmp_path_factory.mktemp("lent")).lent


@pytest.mark.parametrize("name", ("by_reference", "by_const", "by_pointer", "by_plain", "on_heap", "derived", "twice"))
def test_a_kept_argument_is_empty(lib, name):
    """An argument by reference, or a pointer to a local variable, is there during the call and empty after it."""
    kept = []

    def take(event):
        assert event.number == 7 and event.text == "e" * 50
        kept.extend((event, event.hits, event.row, copy.copy(event)))
    getattr(lib, name)(take)
    support.collect()
    for event, hits, row, copied in zip(*[iter(kept)] * 4):
        for use in (lambda event=event: event.number, lambda event=event: event.self(),
                    lambda event=event: setattr(event, "number", 1), lambda hits=hits: hits[0], lambda hits=hits: len(hits)):
            with pytest.raises(ReferenceError):
                use()
        if support.engine_name() == "native":
            with pytest.raises(RuntimeError):
                row[0]
        elif name == "by_const":
            assert list(row) == [1, 2, 3, 4]        # a copy: arrays of other cores cannot be emptied
        assert copied.number == 7 and copied.text == "e" * 50


def test_an_override_that_keeps_its_argument(lib):
    """So it is for virtual functions that Python overrides."""
    class Mine(lib.Visitor):
        def visit(self, event):
            self.kept = event
            self.number = event.number

    mine = Mine()
    mine.run()
    assert mine.number == 7
    with pytest.raises(ReferenceError):
        mine.kept.number


def test_what_is_not_kept_costs_nothing(lib):
    """Changing the argument changes C++'s object."""
    seen = []
    lib.twice(lambda event: seen.append(event.number) or setattr(event, "number", event.number + 1))
    assert seen == [7, 8]


def test_known_objects_stay(lib):
    """An object that Python had before the call stays what it is, as does a pointer to what is no local variable."""
    event, kept = lib.Event(), []
    getattr(lib, "with")(event, kept.append)
    assert kept[0] is event and event.number == 7
    lib.the_pointer(kept.append)
    assert kept[1].number == 7


def test_nested_calls(lib):
    """An argument that is passed on is empty when the outermost call is over, not before."""
    kept = []

    def outer(event, inner):
        getattr(lib, "with")(event, inner)
        assert kept[0] is event and event.number == 7
    lib.nested(outer, kept.append)
    with pytest.raises(ReferenceError):
        kept[0].number


@pytest.mark.skipif(not support.HAS_BUFFERS, reason="before CPython 3.12 Python cannot define classes with buffers")
def test_arrays_of_const_arguments(lib):
    """NumPy's view of a const argument is a copy, so it outlives the call."""
    np, kept = pytest.importorskip("numpy"), []
    lib.numbers(lambda values: kept.extend((np.asarray(values), values)))
    support.collect()
    assert kept[0].tolist() == [1.5] * 3 and not kept[0].flags.writeable
    with pytest.raises(ReferenceError):
        len(kept[1])


# ---- results --------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", ("reference", "pointer"))
def test_what_an_object_returns_keeps_it(lib, name):
    """What a function returns a reference or pointer to may be its object's: that lives as long as the result."""
    event = getattr(lib.Holder(), name)()
    support.collect()
    assert event.number == 7
    hits = getattr(lib.Holder(), name)().hits
    support.collect()
    assert list(hits) == [1, 2, 3]


def test_no_cycles(lib):
    """An object that points to what it returned itself is destroyed as ever."""
    holder = lib.Holder()
    event = holder.pointer()
    holder.next = event
    assert holder.next is event
    alive = weakref.ref(holder)
    del holder, event
    support.collect()
    assert alive() is None


def test_long_chains(lib):
    """A hundred thousand objects that point to each other are walked and destroyed."""
    first = node = lib.Node()
    for _ in range(100000):
        node.next = lib.Node()
        node = node.next
    node, count = first, 0
    while node:
        node, count = node.after(), count + 1
    assert count == 100001
    node = first if support.IS_PYPY else None       # which collects a chain of finalizers one by one
    while node:
        following, node.next = node.after(), None
        node = following
    del first, node
    support.collect()


def test_containers_that_are_given_to_be_changed(lib):
    """What C++ passes by a reference that is not const may grow and shrink, whoever owns it; what C++ reads may not."""
    def change(numbers):
        numbers += [5, 6]
        numbers.pop()
        assert numbers[-1] == 5
    assert lib.changed(change) == 2
    mine = lib.Numbers([9])
    assert lib.change(mine, change) == 3 and list(mine) == [9, 5, 5]

    with pytest.raises(RuntimeError, match="in use"):
        lib.look(mine, mine.clear)
    assert lib.look(mine, lambda: None) == 3
    mine.clear()
    assert len(mine) == 0
