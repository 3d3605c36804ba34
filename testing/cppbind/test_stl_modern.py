"""Promises of variant, chrono, filesystem::path, initializer_list, the adaptors, bitset, forward_list and multimaps."""

import datetime
import gc
import os
import pathlib

import pytest
import support
from cpp_runtime import load


only_native = pytest.mark.skipif(
    support.engine_name() != "native", reason="member templates are compiled on the fly for the compiled core alone")


@pytest.fixture
def modern():
    return load("Modern").modern


@pytest.fixture
def std():
    load("Modern")
    return load("Modern").std


UTC = datetime.timezone.utc


# ---- variant ------------------------------------------------------------------------------------

def test_variant_is_its_value(modern, std):
    """A variant compares, prints and hashes as the value it holds; index(), value(), get and holds_alternative."""
    number, text, real = (modern.value(n) for n in range(3))
    assert (number == 5, text == "text", real == 2.5, number == 6, text == 5) == (True, True, True, False, False)
    assert [held.index() for held in (number, text, real)] == [0, 1, 2] and text.value() == "text" and str(real) == "2.5"
    assert hash(number) == hash(5) and number.holds(int) and not number.holds(str) and text.get(str) == text.get(1) == "text"
    assert std.get[int](number) == 5 and std.get[2](real) == 2.5 and std.holds_alternative["std::string"](text)
    assert std.visit(lambda value: value * 2, text) == "texttext" and number == modern.value(0) and number != text
    for wrong in (str, "double", 1):
        with pytest.raises(ValueError):
            number.get(wrong)
    for wrong in (bytes.__class__, "char", 3, -1):
        with pytest.raises(TypeError):
            number.get(wrong)


@pytest.mark.parametrize("name", ["index", "index_value", "index_moved"])
def test_variant_takes_what_fits_best(modern, name):
    """A value of Python's goes to the alternative that C++ would choose; what fits none is refused."""
    index = getattr(modern, name)
    assert [index(value) for value in (1, "a", 2.5, b"b", True)] == [0, 1, 2, 1, 0]
    for wrong in (None, [1], {}):
        with pytest.raises(TypeError):
            index(wrong)
    assert modern.index(modern.value(1)) == 1


def test_variant_by_size_and_kind(modern):
    """An int that is too large for one goes to the next; bool and enumerators to their own."""
    assert modern.small_or_large(5) == 0 and modern.small_or_large(2**40) == 1
    assert [modern.color_or_int(value) for value in (modern.Color.red, 4, True)] == [0, 1, 2]
    with pytest.raises(OverflowError):
        modern.small_or_large(2**70)


def test_variant_of_objects(modern):
    """Objects, containers and std::monostate are alternatives; an object lies in the variant and keeps that alive."""
    assert modern.mixed(0) == None and modern.mixed(0).value() is None and modern.mixed(2) == [1, 2]  # noqa: E711
    hit = modern.mixed(1).value()
    gc.collect()
    assert (hit.channel, hit.charge, hit.good) == (7, 2.5, False)
    assert [modern.mixed_index(value) for value in (None, hit, [1], range(3))] == [0, 1, 2, 2]


def test_variant_member(modern):
    """A member is assigned from a value, and follows."""
    setting = modern.Setting()
    setting.value = "text"
    assert setting.value == "text" and setting.value.index() == 1
    setting.value = 2.5
    assert setting.value == 2.5
    setting.limit = 4
    assert setting.limit == 4
    setting.limit = None
    assert setting.limit == None and not setting.limit  # noqa: E711


# ---- chrono ---------------------------------------------------------------------------------------

def test_durations(modern, std):
    """A duration counts, converts to a timedelta, compares and calculates with both."""
    time = modern.milliseconds(1500)
    assert time.count() == 1500 and time.timedelta() == datetime.timedelta(seconds=1.5) and time.total_seconds() == 1.5
    assert time == datetime.timedelta(seconds=1.5) and time < datetime.timedelta(seconds=2) and str(time) == "1500ms"
    assert (time + time).count() == 3000 and (time * 2).count() == 3000 and (-time).count() == -1500
    assert time - datetime.timedelta(seconds=1) == datetime.timedelta(seconds=0.5)
    assert datetime.timedelta(seconds=2) - time == datetime.timedelta(seconds=0.5)
    assert hash(time) == hash(datetime.timedelta(seconds=1.5)) and std.chrono.milliseconds is type(time)
    assert std.chrono.milliseconds(7).count() == 7 and std.chrono.seconds(2) == modern.milliseconds(2000)
    assert not modern.milliseconds(0) and time != 1500


def test_durations_as_arguments(modern, std):
    """A timedelta is passed for a duration, a coarser one for a finer, and nothing that would lose time."""
    assert modern.total(datetime.timedelta(days=1)) == 86400000 and modern.total(std.chrono.seconds(3)) == 3000
    assert modern.total_ref(datetime.timedelta(microseconds=1)) == 1000
    assert modern.total_float(datetime.timedelta(milliseconds=250)) == 0.25 == modern.total_float(modern.milliseconds(250))
    with pytest.raises(ValueError, match="no whole number"):
        modern.whole(datetime.timedelta(milliseconds=1500))
    for wrong in (5, 1.5, None, modern.milliseconds(2000)):
        with pytest.raises(TypeError):
            modern.whole(wrong)


def test_time_points(modern):
    """A point of the system's clock is a datetime: with a zone as it is, without one local time."""
    point = modern.at(86400)
    assert point.datetime() == datetime.datetime(1970, 1, 2, tzinfo=UTC) == point
    assert modern.since(datetime.datetime(2000, 1, 1, tzinfo=UTC)) == 946684800
    assert modern.since(datetime.datetime(2000, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=1)))) == 946681200
    naive = datetime.datetime(2020, 6, 1, 12)
    assert modern.since(naive) == int(naive.timestamp()) and modern.since(point) == 86400
    assert (point + datetime.timedelta(days=1)).datetime().day == 3 and point > datetime.datetime(1970, 1, 1, tzinfo=UTC)
    assert point - modern.at(0) == datetime.timedelta(days=1) and point.time_since_epoch().total_seconds() == 86400
    assert point - datetime.datetime(1970, 1, 1, tzinfo=UTC) == datetime.timedelta(days=1)
    with pytest.raises(TypeError):
        modern.since(5)


def test_other_clocks(modern):
    """Points of another clock compare with each other alone."""
    assert modern.tick(5) < modern.tick(6) and (modern.tick(6) - modern.tick(4)).count() == 2
    assert not hasattr(modern.tick(1), "datetime") and modern.tick(0) != modern.at(0)


def test_chrono_members(modern):
    """Members are assigned from timedelta and datetime."""
    timer = modern.Timer()
    assert timer.timeout.count() == 250
    timer.timeout = datetime.timedelta(seconds=2)
    timer.start = datetime.datetime(2001, 2, 3, tzinfo=UTC)
    assert timer.timeout.count() == 2000 and timer.start == datetime.datetime(2001, 2, 3, tzinfo=UTC)


# ---- path -----------------------------------------------------------------------------------------

@only_native
def test_path(modern, tmp_path):
    """A path is an os.PathLike; text, bytes and paths of Python's are passed for one."""
    path = modern.joined(tmp_path, "file.txt")
    assert os.fspath(path) == str(path) == str(tmp_path / "file.txt") and path == tmp_path / "file.txt" and path
    assert pathlib.Path(path).name == "file.txt" and path.extension() == ".txt" and path.parent_path() == tmp_path
    with open(path, "w") as file:
        file.write("x")
    assert os.path.getsize(path) == 1 and modern.joined(b"a", "b") == "a/b" and modern.joined("a", "b") == b"a/b"
    assert path / "deep" == str(path) + "/deep" and "/x" / modern.joined("a", "b") == "/x/a/b"
    assert modern.depth(pathlib.PurePosixPath("a/b/c")) == 3 and modern.depth(path) == len(pathlib.Path(path).parts)
    assert {path: 1}[modern.joined(str(tmp_path), "file.txt")] == 1 and path != "other" and path != 3
    for wrong in (None, 3, ["a"]):
        with pytest.raises(TypeError):
            modern.depth(wrong)


@only_native
def test_path_members(modern):
    """Members and items are paths too; bytes that are no text survive."""
    file = modern.File()
    assert file.path == "/tmp/x.txt" and modern.paths() == ["a", "b/c"]
    file.path = pathlib.Path("a") / "b"
    assert file.path == "a/b"
    file.path = b"\xff"
    assert os.fsencode(file.path) == b"\xff"


# ---- initializer_list -------------------------------------------------------------------------------

def test_initializer_list(modern):
    """A list or tuple is passed for an initializer_list, its items converted; constructors take one too."""
    assert (modern.list_sum([1, 2, 3]), modern.list_sum(()), modern.list_sum(range(4))) == (6, 0, 6)
    assert modern.list_text(["a" * 40, b"b", "c"]) == "a" * 40 + "bc"
    hits = [modern.Hit(), modern.Hit()]
    hits[0].channel, hits[1].channel = 4, 5
    assert modern.list_hits(hits) == 9 and modern.Polygon([1.0, 2]).count == 2
    for wrong in (["a"], 3, None):
        with pytest.raises(TypeError):
            modern.list_sum(wrong)


def test_initializer_list_drops_its_items(modern, std):
    """The items are destroyed with the list, also where one of them does not convert."""
    for _ in range(20):
        with pytest.raises(TypeError):
            modern.list_text(["a" * 100, 3])
    texts = std.initializer_list["std::string"](["x" * 100, "y"])
    assert list(texts) == ["x" * 100, "y"] and len(texts) == 2 and texts[-1] == "y" and modern.list_text(texts).endswith("y")


# ---- adaptors ----------------------------------------------------------------------------------------

def test_queues(modern, std):
    """push, len and a pop that returns the item; IndexError where there is none."""
    queue, stack, heap = modern.queue(), modern.stack(), modern.heap()
    assert (queue.front(), queue.back(), stack.top(), heap.top()) == (1, 2, 2, 3)
    queue.push(9)
    assert [queue.pop() for _ in range(3)] == [1, 2, 9] and len(queue) == 0 and not queue
    assert [stack.pop(), stack.pop()] == [2, 1] and [heap.pop() for _ in range(3)] == [3, 2, 1]
    for empty in (queue, stack, heap):
        for method in (empty.pop, empty.front if empty is queue else empty.top):
            with pytest.raises(IndexError):
                method()
    assert modern.queued([1, 2, 3]) == 3 and std.priority_queue[int]([1, 5, 2]).top() == 5


def test_bitset(modern):
    """A bitset is a sequence of bools, an int and text; C++'s methods are there."""
    bits = modern.bits()
    assert len(bits) == 12 and bits[0] is True and bits[1] is False and bits[-1] is False and int(bits) == 5 == bits
    assert str(bits) == "000000000101" and bits.count() == 2 and list(bits)[:3] == [True, False, True] and bits.any()
    bits[1], bits[-1] = True, True
    assert int(bits) == 2**11 + 7 and bits.test(1) and modern.number(bits) == 2**11 + 7
    assert modern.number(9) == 9 and type(bits)("101") == 5 and type(bits)(5) == type(bits)("101") != 6
    for wrong in (2**12, -1):
        with pytest.raises(OverflowError):
            modern.number(wrong)
    with pytest.raises(IndexError):
        bits[12]
    with pytest.raises(IndexError):
        bits.test(12)
    with pytest.raises(ValueError):
        type(bits)("12")


def test_forward_list(modern):
    """A forward_list has a list's methods."""
    items = modern.forward()
    items.append(9)
    items.insert(1, 5)
    assert items == [1, 5, 2, 9] and len(items) == 4 and items[-1] == 9 and items[1:3] == [5, 2]
    del items[0]
    items.sort()
    assert items.pop() == 9 and list(items) == [2, 5] and 5 in items and modern.forward_sum([1, 2]) == 3
    items.clear()
    with pytest.raises(IndexError):
        items.front()


@only_native
def test_multimaps(modern, std):
    """A multimap has all its items in order, and the values of one key as a list."""
    multi = modern.multi()
    assert list(multi) == [1, 1, 2] and list(multi.items()) == [(1, "a"), (1, "b"), (2, "c")] and len(multi) == 3
    assert multi.getlist(1) == ["a", "b"] and multi.getlist(7) == [] and 1 in multi and multi.count(1) == 2
    multi.add(1, "z")
    assert multi.getlist(1) == ["a", "b", "z"] and multi == [(1, "a"), (1, "b"), (1, "z"), (2, "c")]
    del multi[1]
    assert multi == {2: "c"} and multi != {2: "d"}
    with pytest.raises(KeyError):
        del multi[1]
    assert sorted(modern.unordered_multi().getlist("x")) == [2, 3] and modern.multi_size({1: "a"}) == 1
    assert len(type(multi)([(1, "a"), (1, "b")])) == 2 and list(modern.multiset()) == [1, 1]


def test_map_views(modern):
    """keys(), values() and items() of a map are views in its order, which follow it and work as sets do."""
    lists = modern.lists()
    keys, values, items = lists.keys(), lists.values(), lists.items()
    assert list(lists) == list(keys) == ["a", "b"] and [list(value) for value in values] == [[2, 3], [1]]
    assert [(key, list(value)) for key, value in items] == [("a", [2, 3]), ("b", [1])]
    lists["c"] = [4]
    assert len(keys) == len(values) == len(items) == 3 and "c" in keys and [4] in values and ("c", [4]) in items
    assert keys & {"a", "z"} == {"a"} and keys == {"a", "b", "c"} and list(reversed(keys)) == ["c", "b", "a"]
    assert dict(lists.items()) == {"a": [2, 3], "b": [1], "c": [4]} and sorted(keys, reverse=True)[0] == "c"
    lists["a"].append(9)
    assert lists["a"] == [2, 3, 9] and modern.by_byte() == {65: 1}
