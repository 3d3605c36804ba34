"""Promises for items of containers: one that was moved or dropped is a ReferenceError, never freed memory."""

import copy

import pytest
import support
from cpp_runtime import load_text

import cppbind

HEADER = r"""
#include <deque>
#include <forward_list>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <set>
#include <stack>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace kept_items {
struct Item {
    int value = 7;
    std::string text = std::string(50, 't');
    int row[4] = {1, 2, 3, 4};
    std::vector<int> numbers = {1, 2, 3};
    Item(int value = 7) : value(value) {}
    int size() const { return static_cast<int>(text.size()); }
    int run(const std::function<int()> &f) { int given = f(); return given + value + row[3]; }
    bool operator<(const Item &other) const { return value < other.value; }
};
struct Other { double value = 1.5; std::string text = std::string(50, 'o'); };
typedef std::vector<Item> Vector;
struct Owner {
    std::vector<Item> vector = std::vector<Item>(3);
    std::list<Item> list = std::list<Item>(3);
    std::vector<std::vector<Item>> nested = std::vector<std::vector<Item>>(2, std::vector<Item>(2));
    Item item;
    void clear() { vector.clear(); vector.shrink_to_fit(); }
    std::vector<Item> &reference() { return vector; }
};
inline std::vector<Item> vector() { return std::vector<Item>(3); }
inline std::vector<int> numbers() { return {1, 2, 3}; }
inline std::vector<std::vector<int>> rows() { return std::vector<std::vector<int>>(3, std::vector<int>(3)); }
inline std::deque<Item> deque() { return std::deque<Item>(3); }
inline std::list<Item> list() { return std::list<Item>(3); }
inline std::forward_list<Item> forward() { return std::forward_list<Item>(3); }
inline std::map<int, Item> map() { return {{1, Item()}, {2, Item()}}; }
inline std::unordered_map<std::string, Item> hashed() { return {{"1", Item()}, {"2", Item()}}; }
inline std::multimap<int, Item> multimap() { return {{1, Item()}, {1, Item()}}; }
inline std::set<Item> set() { std::set<Item> made; made.insert(Item(1)); made.insert(Item(2)); return made; }
inline std::queue<Item> queue() { std::queue<Item> made; made.push(Item()); return made; }
inline std::stack<Item> stack() { std::stack<Item> made; made.push(Item()); return made; }
inline std::optional<Item> optional() { return Item(); }
inline std::variant<Item, Other> variant() { return Item(); }
inline std::tuple<Item, int> tuple() { return {Item(), 1}; }
inline std::pair<int, Item> pair() { return {1, Item()}; }
inline std::unique_ptr<Item> unique() { return std::unique_ptr<Item>(new Item()); }
inline std::shared_ptr<Item> shared() { return std::make_shared<Item>(); }
inline void drop(std::vector<Item> &items) { items = {}; items.shrink_to_fit(); }
inline void drop_nodes(std::list<Item> *items) { items->clear(); }
inline void fill(std::vector<Item> &items) { for (Item &each : items) each.value = 9; }
inline int take(std::vector<Item> &&items) { std::vector<Item> mine(std::move(items)); return static_cast<int>(mine.size()); }
inline int sink(std::unique_ptr<Item> item) { return item->value; }
inline int with(Item &item, const std::function<int()> &f) { int given = f(); return given + item.value + item.size(); }
inline int with_pointer(Item *item, const std::function<int()> &f) { return with(*item, f); }
inline Item &back(Item &item, const std::function<int()> &f) { f(); return item; }
struct Watcher {
    int seen;
    Watcher(const Item &item, const std::function<int()> &f) { seen = f(); seen += item.value + item.size(); }
};
}
"""


@pytest.fixture(scope="module")
def lib(tmp_path_factory):
    return load_text(HEADER, tmp_path_factory.mktemp("items")).kept_items


def gone(item, match="item of a"):
    """Using the item is a ReferenceError, by every way of doing so."""
    for use in (lambda: item.value, lambda: item.size(), lambda: setattr(item, "value", 1), lambda: copy.copy(item),
                lambda: item.row[0], lambda: item.numbers[0]):
        with pytest.raises(ReferenceError, match=match):
            use()
    assert not repr(item).endswith("at 0x0>")


# ---- std::vector -----------------------------------------------------------------------------------------

VECTOR_DROPS = {
    "clear": lambda v, lib: v.clear(),
    "del": lambda v, lib: v.__delitem__(slice(0, 3)),
    "pop": lambda v, lib: [v.pop() for _ in range(3)],
    "reallocation": lambda v, lib: [v.push_back(lib.Item()) for _ in range(64)],
    "append": lambda v, lib: [v.append(lib.Item()) for _ in range(64)],
    "extend": lambda v, lib: v.extend([lib.Item()] * 64),
    "reserve": lambda v, lib: v.reserve(1000),
    "resize": lambda v, lib: v.resize(0),
    "swap": lambda v, lib: v.swap(type(v)()),
    "assigned": lambda v, lib: v.__assign__(type(v)()),
    "slice": lambda v, lib: v.__setitem__(slice(None), []),
    "moved": lambda v, lib: lib.take(cppbind.gbl.std.move(v)),
    "by C++": lambda v, lib: lib.drop(v),
    "destroyed": lambda v, lib: v.__destruct__(),
}


@pytest.mark.parametrize("drop", VECTOR_DROPS.values(), ids=VECTOR_DROPS)
@pytest.mark.parametrize("get", (lambda v: v[0], lambda v: v.at(0), lambda v: v.front(), lambda v: v.data(),
                                 lambda v: v.begin().__deref__(), lambda v: next(iter(v)), lambda v: list(v)[0]),
                         ids=("[]", "at", "front", "data", "iterator", "iter", "list"))
def test_item_of_a_vector(lib, get, drop):
    """What is kept of a vector that moves or drops its items is a ReferenceError from then on."""
    vector = lib.vector()
    item = get(vector)
    assert item.value == 7 and item.size() == 50
    drop(vector, lib)
    gone(item, "item of a|destroyed|lay in|changed")


def test_items_that_stay(lib):
    """An item that is there is one Python object, and stays valid while nothing moves it."""
    vector = lib.vector()
    item = vector[0]
    assert vector[0] is item and vector.front() is item and vector.at(0) is item
    lib.fill(vector)
    vector[1] = lib.Item(5)
    assert item.value == 9 and vector[1].value == 5
    vector.pop()
    assert item.value == 9
    del vector
    support.collect()
    assert item.value == 9 and item.text == "t" * 50


def test_unchecked_access(lib):
    """C++'s operator[] of an item that is not there is an IndexError as well."""
    vector = lib.vector()
    assert getattr(vector, "operator[]")(0) is vector[0]
    with pytest.raises(IndexError):
        getattr(vector, "operator[]")(5)


def test_member_vectors(lib):
    """So it is with a vector that is a member, whoever changes it, C++ among them."""
    owner = lib.Owner()
    for get in (lambda: owner.vector, lambda: owner.reference()):
        owner.vector = lib.vector()
        item = get()[0]
        owner.clear()
        gone(item)
        owner.vector = lib.vector()
        item = get()[0]
        owner.vector = []
        gone(item)
    item = lib.Owner().vector[1]
    support.collect()
    assert item.value == 7


def test_nested_containers(lib):
    """An item of an item goes with that."""
    owner = lib.Owner()
    item = owner.nested[1][1]
    inner = owner.nested[0]
    assert item.value == 7
    del owner.nested[1]
    gone(item)
    owner.nested.clear()
    with pytest.raises(ReferenceError):
        len(inner)
    with pytest.raises(ReferenceError):
        inner.push_back(lib.Item())


def test_parts_of_items(lib):
    """The members of an item go with it; what views them holds the vector."""
    vector = lib.vector()
    numbers = vector[0].numbers
    vector.clear()
    with pytest.raises(ReferenceError):
        numbers[0]
    vector = lib.vector()
    row = vector[0].row
    with pytest.raises(BufferError):
        vector.clear()
    assert list(row) == [1, 2, 3, 4]
    del row
    if not support.HAS_BUFFERS:
        return
    view = memoryview(vector[1].numbers)
    with pytest.raises(BufferError):
        vector.push_back(lib.Item())
    with pytest.raises(BufferError):
        vector.__destruct__()
    view.release()
    vector.clear()


def test_a_view_of_a_member_holds_the_object(lib):
    """An object is not destroyed by hand while an array or vector in it is viewed."""
    owner = lib.Owner()
    makers = [lambda: owner.item.row, lambda: owner.item.numbers.data()]
    if support.HAS_BUFFERS:
        makers.append(lambda: memoryview(owner.item.numbers))
    if support.engine_name() == "native":           # slices of other cores keep nothing
        makers.append(lambda: owner.item.row[1:3])
    for make in makers:
        view = make()
        with pytest.raises(BufferError):
            owner.__destruct__()
        assert view[0] in (1, 2)
        del view
    owner.__destruct__()


def test_data_of_numbers(lib):
    """data() is a view: while it lives the items stay, and what is computed from it keeps the vector."""
    numbers = lib.numbers()
    data = numbers.data()
    with pytest.raises(BufferError):
        numbers.push_back(4)
    part = data[1:3] if support.engine_name() == "native" else data
    del data, numbers
    support.collect()
    noise = [lib.numbers() for _ in range(50)]
    assert list(part)[-2:] == [2, 3] and noise
    assert not lib.Vector().data()


# ---- nodes -----------------------------------------------------------------------------------------------------

NODES = {
    "deque": (lambda c: c[0], lambda c: c.clear()),
    "deque, pop": (lambda c: c[0], lambda c: c.pop_front()),
    "list": (lambda c: c[0], lambda c: c.__delitem__(0)),
    "list, pop": (lambda c: c.front(), lambda c: c.pop_front()),
    "list, iterator": (lambda c: c.begin().__deref__(), lambda c: c.clear()),
    "forward": (lambda c: c[0], lambda c: c.clear()),
    "map": (lambda c: c[1], lambda c: c.__delitem__(1)),
    "map, at": (lambda c: c.at(1), lambda c: c.erase(1)),
    "map, values": (lambda c: list(c.values())[0], lambda c: c.pop(1)),
    "map, clear": (lambda c: c.begin()._stl_value(), lambda c: c.clear()),
    "map, assigned": (lambda c: c[1], lambda c: c.__assign__(type(c)())),
    "hashed": (lambda c: c["1"], lambda c: c.__delitem__("1")),
    "multimap": (lambda c: c.getlist(1)[0], lambda c: c.__delitem__(1)),
    "set": (lambda c: next(iter(c)), lambda c: c.clear()),
    "queue": (lambda c: c.front(), lambda c: c.pop()),
    "stack": (lambda c: c.top(), lambda c: c.pop()),
    "optional": (lambda c: c.value(), lambda c: c.reset()),
    "variant": (lambda c: c.value(), lambda c: c.__assign__(type(c)(cppbind.gbl.kept_items.Other()))),
    "unique": (lambda c: c.get(), lambda c: c.reset()),
    "unique, moved": (lambda c: c.get(), lambda c: cppbind.gbl.kept_items.sink(cppbind.gbl.std.move(c))),
    "shared": (lambda c: c.__deref__(), lambda c: c.reset()),
}


@pytest.mark.parametrize("name", NODES)
def test_item_of_a_node(lib, name):
    """What the other containers, optionals, variants and smart pointers drop is a ReferenceError, too."""
    container = getattr(lib, name.partition(",")[0])()
    get, drop = NODES[name]
    item = get(container)
    assert item.value in (1, 7) and item.size() == 50
    drop(container)
    gone(item)


def test_nodes_that_stay(lib):
    """What stays in its node stays valid, whatever else comes and goes."""
    for make, first, second in ((lib.map, 1, 2), (lib.list, 0, 1), (lib.hashed, "1", "2")):
        container = make()
        item = container[first]
        del container[second]
        assert item.value == 7 and container[first] is item
        for number in range(100):
            if make is lib.list:
                container.append(lib.Item())
            else:
                container[str(number + 5) if make is lib.hashed else number + 5] = lib.Item()
        assert item.value == 7
        item.value = 8
        assert container[first].value == 8


def test_nodes_that_cpp_drops(lib):
    """A container that was passed to be changed is looked through again."""
    items = lib.list()
    item = items[0]
    lib.drop_nodes(items)
    gone(item)


def test_stamps_do_not_repeat(lib):
    """However often the container changes: a dropped item is not taken for one that is there."""
    items = lib.list()
    item, kept = items[0], items[2]
    items.pop_front()
    for _ in range(2 ** 16 + 5):
        items.push_back(kept)
        items.pop_back()
    gone(item, "item of a|destroyed")


def test_tuples_and_pairs(lib):
    """An item of a tuple lies in it."""
    for make, place in ((lib.tuple, 0), (lib.pair, 1)):
        whole = make()
        item = whole[place]
        assert item.value == 7
        whole.__destruct__()
        gone(item, "lay in")
        item = make()[place]
        support.collect()
        assert item.size() == 50


def test_smart_pointers_that_point_elsewhere(lib):
    """What a smart pointer pointed to is gone for Python when it points to another; an object that was given up, too."""
    pointer = lib.unique()
    item = pointer.get()
    pointer.reset()
    assert not pointer
    gone(item)
    given = lib.Item(3)
    shared = cppbind.gbl.std.shared_ptr[lib.Item](given)
    assert given.value == 3 and shared.get() is given
    shared.reset()
    gone(given)


# ---- iterators -------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", ("vector", "deque", "list", "map", "set", "hashed", "numbers"))
def test_iterators(lib, name):
    """An iterator is of no use once its container dropped items, and goes no further than the end."""
    container = getattr(lib, name)()
    at, end = container.begin(), container.end()
    assert at != end and at.__deref__() is not None
    for wrong in (end.__deref__, end.__preinc__):
        with pytest.raises(IndexError):
            wrong()
    for _ in range(len(container)):
        at.__preinc__()
    assert at == end
    at = container.begin()
    container.clear()
    for wrong in (at.__deref__, at.__preinc__):
        with pytest.raises(ReferenceError, match="changed"):
            wrong()
    del container
    support.collect()
    with pytest.raises(ReferenceError):
        at.__deref__()


def test_iterator_outlives_its_container(lib):
    """An iterator keeps its container."""
    at = lib.list().begin()
    support.collect()
    assert at.__deref__().value == 7


# ---- in use -------------------------------------------------------------------------------------------------

def test_items_in_use_are_not_dropped(lib):
    """While C++ runs on an item its container drops nothing."""
    vector, nodes, optional = lib.vector(), lib.map(), lib.optional()
    for item, drop in ((vector[0], vector.clear), (vector[0], lambda: vector.push_back(lib.Item())),
                       (vector[0], lambda: vector.__destruct__()), (nodes[1], nodes.clear),
                       (nodes[1], lambda: nodes.__delitem__(1)), (optional.value(), optional.reset)):
        with pytest.raises(RuntimeError, match="in use"):
            item.run(lambda drop=drop: drop() or 1)
        assert item.run(lambda: 1) == 12


@pytest.mark.parametrize("call", ("with", "with_pointer", "back", "Watcher"))
def test_arguments_in_use(lib, call):
    """So it is with an object that is an argument: no callback destroys, moves or drops it."""
    function = getattr(lib, call)
    item, vector, unique, nodes = lib.Item(), lib.vector(), lib.unique(), lib.list()
    for argument, drop in ((item, item.__destruct__), (vector[0], vector.clear), (unique.get(), unique.reset),
                           (unique, unique.reset), (nodes[0], nodes.clear),
                           (unique, lambda: lib.sink(cppbind.gbl.std.move(unique)))):
        with pytest.raises(RuntimeError, match="in use"):
            function(argument, lambda drop=drop: drop() or 1)
        function(argument, lambda: 1)
    item.__destruct__()
    vector.clear()
    unique.reset()


ITERATED = """
#include <deque>
#include <list>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
namespace nodes {
inline std::list<int> numbers() { return {1, 2, 3, 4, 5}; }
inline std::set<int> ordered() { return {1, 2, 3, 4, 5}; }
inline std::multiset<int> several() { return {1, 2, 3, 4, 5}; }
inline std::unordered_set<int> hashed() { return {1, 2, 3, 4, 5}; }
inline std::map<int, std::string> names() { return {{1, "a"}, {2, "b"}, {3, "c"}, {4, "d"}, {5, "e"}}; }
inline std::multimap<int, int> pairs() { return {{1, 1}, {2, 2}, {3, 3}, {4, 4}, {5, 5}}; }
inline std::unordered_map<int, int> table() { return {{1, 1}, {2, 2}, {3, 3}, {4, 4}, {5, 5}}; }
inline std::deque<int> queue() { return {1, 2, 3, 4, 5}; }
}
"""


def _places(container):
    """{item or key: its iterator}, and the end."""
    found, at = {}, container.begin()
    for _ in range(len(container)):
        value, place = at.__deref__(), container.begin()
        for _ in found:
            place.__preinc__()
        found[getattr(value, "first", value)] = place
        at.__preinc__()
    return found, container.end()


@pytest.fixture(scope="module")
def nodes(tmp_path_factory):
    return load_text(ITERATED, tmp_path_factory.mktemp("nodes")).nodes


@pytest.mark.parametrize("make", ["numbers", "ordered", "several", "hashed", "names", "pairs", "table"])
def test_iterators_into_nodes(nodes, make):
    """erase of a container with nodes ends the iterators of what it removed, as in C++, and no others."""
    container = getattr(nodes, make)()
    places, end = _places(container)

    def good():
        found = []
        for key, place in places.items():
            try:
                value = place.__deref__()
            except ReferenceError:
                continue
            found.append(getattr(value, "first", value))
            assert found[-1] == key
        return sorted(found)
    container.erase(places[2])
    assert good() == [1, 3, 4, 5]
    if make in ("numbers",):
        container.remove(4)
    else:
        container.erase(4)
    assert good() == [1, 3, 5] and places[3] != end
    container.erase(places[3])
    assert good() == [1, 5] and container.end() == end
    with pytest.raises(ReferenceError):
        container.erase(places[3])
    with pytest.raises(IndexError):
        end.__deref__()
    container.clear()
    assert good() == [] and container.begin() == end


def test_iterators_into_arrays(nodes):
    """Items of a deque move when others go: all its iterators end."""
    container = nodes.queue()
    places, _end = _places(container)
    container.erase(places[2])
    for place in places.values():
        with pytest.raises(ReferenceError):
            place.__deref__()
