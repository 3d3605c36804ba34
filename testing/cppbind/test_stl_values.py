"""Promises of maps, sets, pairs, tuples, optionals, complex numbers and smart pointers."""

import pytest
import support
from cpp_runtime import load


@pytest.fixture
def lib():
    return load("Library").lib


def test_map_reads_like_a_dict(lib):
    """len, [], in, iteration, keys, values, items, get, ==; KeyError for a missing key."""
    counts = lib.counts()
    assert len(counts) == 2 and counts["a"] == 1 and "b" in counts and "z" not in counts and 5 not in counts
    assert list(counts) == list(counts.keys()) == ["a", "b"] and list(counts.values()) == [1, 2]
    assert list(counts.items()) == [("a", 1), ("b", 2)] and dict(counts) == {"a": 1, "b": 2} and counts == {"a": 1, "b": 2}
    assert counts.get("z") is None and counts.get("a") == 1 and counts != {"a": 1}
    with pytest.raises(KeyError):
        counts["z"]


def test_map_changes_like_a_dict(lib):
    """Assignment, del, pop, update, setdefault; reading a missing key adds none."""
    counts = lib.counts()
    counts["c"] = 3
    counts["a"] += 10
    del counts["b"]
    counts.update({"d": 4})
    assert counts.setdefault("d", 9) == 4 and counts.pop("d") == 4 and counts.pop("q", None) is None
    assert counts == {"a": 11, "c": 3}
    with pytest.raises(KeyError):
        del counts["b"]
    for key in counts:
        del counts[key]
    assert len(counts) == 0


def test_map_from_python(lib):
    """A dict is passed for a const map; construction takes dicts and pairs."""
    Map = load("Library").std.map["std::string", int]
    assert lib.sum({"a": 1, "b": 5}) == 6 and Map({"x": 2})["x"] == 2 and Map([("y", 3)]) == {"y": 3}
    with pytest.raises(TypeError):
        lib.sum({1: 1})


def test_other_maps(lib):
    """unordered_map, enum keys, values that are vectors or cannot be copied."""
    assert lib.um() == {1: 1.5} and lib.by_color()[lib.Color.red] == [1, 2] and len(lib.owned_by_name()) == 0


def test_set(lib):
    """len, in, iteration in order, add, remove, discard, == with a set."""
    numbers = lib.numbers()
    numbers.add(9)
    numbers.discard(77)
    assert list(numbers) == [1, 2, 3, 9] and 2 in numbers and numbers == {1, 2, 3, 9} and len(numbers) == 4
    numbers.remove(9)
    with pytest.raises(KeyError):
        numbers.remove(9)


def test_pair_and_tuple(lib):
    """len, index, unpacking, == with tuples; a tuple is passed for one."""
    number, text = lib.pr()
    assert (number, text) == (3, "x") and lib.pr() == (3, "x") and lib.pr()[-1] == "x" and len(lib.pr()) == 2
    assert lib.pr().first == 3 and tuple(lib.tu()) == (3, 2.5, "x") and lib.tu()[1:] == (2.5, "x")
    assert lib.tsum((1, 2, "x")) == 3 and hash(lib.pr()) == hash((3, "x"))
    with pytest.raises(IndexError):
        lib.tu()[3]
    with pytest.raises(TypeError):
        lib.tsum((1, 2))


def test_optional(lib):
    """Empty is None and false; None and values are passed for one; value() of an empty one is an error."""
    assert lib.opt(True) == 5 and lib.opt(True).value() == 5 and lib.opt(True)
    assert lib.opt(False) == None and not lib.opt(False) and lib.opt(False).value_or(3) == 3  # noqa: E711
    assert (lib.getopt(None), lib.getopt(3), lib.getopt(lib.opt(True))) == (-1, 3, 5)
    with pytest.raises(ValueError):
        lib.opt(False).value()
    with pytest.raises(TypeError):
        lib.getopt("text")


def test_optional_takes_any_integer(lib):
    """What can be an index is an integer for std::optional<int>."""
    class Index:
        def __index__(self):
            return 6
    assert lib.getopt(Index()) == 6


def test_complex(lib):
    """Converts both ways."""
    assert complex(lib.cx(1 + 2j)) == 2 + 4j and lib.cx(1j) == 2j and abs(lib.cx(3 + 4j)) == 10


def test_smart_pointers(lib):
    """Members of what is pointed to are theirs; empty is None and false; None is passed for one."""
    unique, shared = lib.mk(3), lib.sh(4)
    assert unique.twice() == 6 and unique.a == 3 and unique and shared.a == 4 and lib.use(shared) == 4
    shared.a = 8
    assert lib.use(shared) == 8 and lib.use(None) == -1
    assert not lib.mk(0) and lib.sh(0) == None and lib.mk(3) != None  # noqa: E711
    with pytest.raises(ReferenceError):
        lib.mk(0).twice()
    with pytest.raises(AttributeError):
        unique.nothing


def test_pointee_lives(lib):
    """What a smart pointer points to keeps it alive."""
    pointee = lib.mk(5).get()
    support.collect()
    assert pointee.a == 5


def test_incomplete_items(lib):
    """A smart pointer to a class that is only declared does not keep the dictionary from being built."""
    assert lib.hidden(None) == 1
