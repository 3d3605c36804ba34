"""Promises of erase() and insert() by iterators of the library's containers, and of what iterating over a map gives."""

import pytest

import cppbind
from cppbind import gbl

std = gbl.std
SEQUENCES = ("vector", "list", "deque")


def after(iterator, steps):
    for _ in range(steps):
        iterator.__preinc__()
    return iterator


@pytest.fixture(params=SEQUENCES)
def numbers(request):
    return getattr(std, request.param)[int]([1, 2, 3, 4])


@pytest.fixture
def pairs():
    before = cppbind.py.set_map_iteration("pairs")
    yield before
    cppbind.py.set_map_iteration(before)


def test_erase(numbers):
    """erase() removes one item or a range, and returns the iterator behind."""
    at = numbers.erase(after(numbers.begin(), 1))
    assert list(numbers) == [1, 3, 4] and at.__deref__() == 3
    assert numbers.erase(at, numbers.end()) == numbers.end()
    assert list(numbers) == [1]
    assert numbers.erase(numbers.begin(), numbers.begin()) == numbers.begin()
    assert list(numbers) == [1]


def test_erase_while_walking(numbers):
    """The loop of C++ that erases what it does not want."""
    at = numbers.begin()
    while at != numbers.end():
        at = numbers.erase(at) if at.__deref__() % 2 else at.__preinc__()
    assert list(numbers) == [2, 4]


def test_insert(numbers):
    """insert() before an iterator returns that of the new item; indexes are taken as before."""
    at = numbers.insert(after(numbers.begin(), 2), 9)
    assert list(numbers) == [1, 2, 9, 3, 4] and at.__deref__() == 9
    numbers.insert(numbers.end(), 5)
    numbers.insert(0, 0)
    assert list(numbers) == [0, 1, 2, 9, 3, 4, 5]


def test_bad_iterators(numbers):
    """An iterator of another container, at the end, in the wrong order, and what is none."""
    other = type(numbers)([1, 2])
    for wrong in (lambda: numbers.erase(other.begin()), lambda: numbers.insert(other.begin(), 1),
                  lambda: numbers.erase(numbers.begin(), other.end()),
                  lambda: numbers.erase(after(numbers.begin(), 2), numbers.begin())):
        with pytest.raises(ValueError):
            wrong()
    with pytest.raises(IndexError):
        numbers.erase(numbers.end())
    for wrong in (lambda: numbers.erase(1), lambda: numbers.erase(numbers.begin(), 2),
                  lambda: numbers.erase(numbers.begin(), numbers.end(), numbers.end())):
        with pytest.raises(TypeError, match="erase"):
            wrong()
    with pytest.raises(TypeError):
        numbers.insert(numbers.begin(), "text")
    assert list(numbers) == [1, 2, 3, 4] and list(other) == [1, 2]


def test_stale_iterators(numbers):
    """erase() and insert() end all iterators of what has no nodes; those of a list stay but for what was erased."""
    is_list = type(numbers).__name__.startswith("list")
    first, last = numbers.begin(), numbers.end()
    numbers.erase(first)
    for wrong in (first.__deref__, lambda: numbers.erase(first)) + (
            () if is_list else (lambda: numbers.erase(numbers.begin(), last),)):
        with pytest.raises(ReferenceError):
            wrong()
    assert not is_list or numbers.end() == last
    at = numbers.begin()
    numbers.insert(at, 7)
    if is_list:
        assert at.__deref__() == 2
    else:
        with pytest.raises(ReferenceError):
            at.__deref__()
    assert list(numbers) == [7, 2, 3, 4]


def test_viewed_items_do_not_move():
    """While a vector is viewed, nothing is erased or inserted, and its iterators stay good."""
    vector = std.vector[int]([1, 2])
    at = vector.begin()
    with memoryview(vector):
        for wrong in (lambda: vector.erase(at), lambda: vector.insert(at, 3)):
            with pytest.raises(BufferError):
                wrong()
    assert vector.erase(at).__deref__() == 2


def test_value_that_changes_the_container(numbers):
    """Where converting the value drops the items, the iterator is not used any more."""
    class Clearing:
        def __index__(self):
            numbers.clear()
            return 5

    with pytest.raises(ReferenceError):
        numbers.insert(numbers.begin(), Clearing())
    assert len(numbers) == 0


def test_bools_and_objects():
    """std::vector<bool>, which has iterators of its own, and items that are objects or cannot be copied."""
    bools = std.vector[bool]([True, False, True])
    bools.erase(bools.insert(bools.begin(), False), bools.end())
    assert list(bools) == []
    texts = std.vector[std.string](["a", "b", "c"])
    assert str(texts.erase(texts.begin()).__deref__()) == "b"
    texts.insert(texts.end(), "d")
    assert list(texts) == ["b", "c", "d"]
    nested = std.vector[std.vector[int]]([[1], [2]])
    nested.insert(nested.begin(), nested[1])
    assert [list(each) for each in nested] == [[2], [1], [2]]


@pytest.mark.parametrize("name", ("map", "unordered_map", "multimap", "unordered_multimap"))
def test_maps(name):
    """Maps erase at an iterator, in a range and by key, and take a pair."""
    cls = getattr(std, name)[int, float]
    numbers = cls({1: 1.5, 2: 2.5, 3: 3.5})
    numbers.erase(numbers.find(2))
    assert sorted(numbers.keys()) == [1, 3]
    assert numbers.erase(3) == 1 and numbers.erase(3) == 0
    numbers.insert(std.pair[int, float](5, 0.5))
    assert sorted(numbers.items()) == [(1, 1.5), (5, 0.5)]
    assert numbers.erase(numbers.begin(), numbers.end()) == numbers.end() and len(numbers) == 0
    with pytest.raises(IndexError):
        numbers.erase(numbers.end())
    with pytest.raises(ValueError):
        numbers.erase(cls({1: 1.5}).begin())


@pytest.mark.parametrize("name", ("set", "unordered_set", "multiset", "unordered_multiset"))
def test_sets(name):
    """Sets erase at an iterator, in a range and by key."""
    numbers = getattr(std, name)[int]([1, 2, 3])
    numbers.erase(numbers.find(2))
    assert sorted(numbers) == [1, 3]
    assert numbers.erase(3) == 1 and numbers.erase(3) == 0
    assert numbers.erase(numbers.begin()) == numbers.end()


def test_remove_and_erase():
    """C++'s way to drop what equals a value."""
    numbers = std.vector[int]([1, 2, 3, 2])
    numbers.erase(std.remove(numbers.begin(), numbers.end(), 2), numbers.end())
    assert list(numbers) == [1, 3]


def test_map_iteration(pairs):
    """A map gives its keys; where a script asked for it, pairs as in C++."""
    assert pairs == "keys"
    for name in ("map", "multimap"):
        numbers = getattr(std, name)[int, float]({1: 1.5, 2: 2.5})
        assert [(key, value) for key, value in numbers] == [(1, 1.5), (2, 2.5)]
        assert [item.first + item.second for item in numbers] == [2.5, 4.5]
        assert list(numbers.keys()) == [1, 2] and 1 in numbers and dict(numbers.items()) == {1: 1.5, 2: 2.5}
        cppbind.py.set_map_iteration("keys")
        assert list(numbers) == [1, 2]
        assert cppbind.py.set_map_iteration("pairs") == "keys"
    with pytest.raises(ValueError, match="keys"):
        cppbind.py.set_map_iteration("values")
