"""Promises of memory that C++ and Python share: spans, buffers of vectors and arrays, structs for NumPy."""

import array
import gc

import pytest
import support
from cpp_runtime import load

np = pytest.importorskip("numpy")
pytestmark = pytest.mark.skipif(support.engine_name() != "native",
                                reason="without the compiled core, vectors of structs and spans are no buffers")


@pytest.fixture
def modern():
    return load("Modern").modern


@pytest.fixture
def std():
    return load("Modern").std


# ---- spans as arguments ------------------------------------------------------------------------------

def test_span_takes_buffers(modern, std):
    """NumPy arrays, array.array, memoryviews, vectors and arrays of C++ are passed without a copy."""
    numbers = np.arange(4.0)
    modern.scale(numbers, 2)
    assert list(numbers) == [0, 2, 4, 6] and modern.sum(numbers) == 12 and modern.sum(numbers[:2]) == 2
    plain = array.array("d", [1, 2])
    modern.scale(plain, 10)
    modern.scale(memoryview(plain)[1:], 2)
    assert list(plain) == [10, 40] and modern.sum(plain) == 50
    vector, triple = std.vector["double"]([1, 2, 3]), modern.triple()
    modern.scale(vector, 3)
    modern.scale(triple, 2)
    assert vector == [3, 6, 9] and modern.sum(vector) == 18 and triple == [2, 4, 6] and modern.sum(triple) == 12
    assert modern.bytes(b"\1\2") == 3 == modern.bytes(bytearray(b"\1\2")) and modern.bytes(np.uint8([200])) == 200


def test_span_takes_lists_for_const_items(modern):
    """A list is copied for the call where C++ cannot change it, and refused where it could."""
    assert modern.sum([1, 2.5]) == 3.5 and modern.sum(()) == 0 and modern.sum3([1, 2, 3]) == 6
    with pytest.raises(TypeError):
        modern.scale([1.0], 2)


def test_span_refuses_what_does_not_fit(modern):
    """Items of another type, read-only memory for items that are not const, strides, dimensions, a wrong length."""
    frozen = np.arange(3.0)
    frozen.flags.writeable = False
    assert modern.sum(frozen) == 3
    for call in (lambda: modern.sum(np.arange(3)), lambda: modern.sum(np.float32([1])), lambda: modern.scale(frozen, 2),
                 lambda: modern.sum(np.arange(6.0)[::2]), lambda: modern.sum(np.ones((2, 2))), lambda: modern.sum("text"),
                 lambda: modern.sum(None), lambda: modern.sum(b"12345678")):
        with pytest.raises(TypeError):
            call()
    with pytest.raises(ValueError):
        modern.sum3(np.arange(4.0))


def test_span_of_objects(modern):
    """A vector of objects is passed for a span of them."""
    assert modern.channels(modern.hits()) == 3 and modern.channels(modern.hit_pair()) == 3
    assert modern.channels(type(modern.hits())()) == 0


# ---- spans as results --------------------------------------------------------------------------------

def test_span_result_is_a_view(modern, std):
    """A span that C++ returns reads and writes the memory it views, as a sequence and as a buffer."""
    vector = std.vector["double"]([1, 2, 3])
    view = modern.whole_of(vector)
    view[0] = 7
    assert vector[0] == 7 and list(view) == [7, 2, 3] and view[-1] == 3 and len(view) == 3 and view[1:] == [2, 3]
    np.asarray(view)[1] = 8
    assert vector == [7, 8, 3] and 8 in view and view == [7, 8, 3]
    with pytest.raises(IndexError):
        view[3]


def test_span_result_keeps_its_owner(modern):
    """What a span may look into lives as long as it: the object it was asked of, and arguments."""
    array_ = np.asarray(modern.Store().values())
    hits = modern.Store().hits()
    tail = modern.tail(std_vector(modern, [1, 2, 3]))
    gc.collect()
    noise = [std_vector(modern, [9] * 3) for _ in range(50)]
    assert list(array_) == [1, 2, 3] and hits[1].charge == 2.5 and list(tail) == [2, 3] and noise


def std_vector(modern, items):
    return type(modern.ints())(items)


def test_span_of_a_temporary(modern):
    """A list that was converted for the call lives as long as a span that views it."""
    tail = modern.tail([5, 6, 7])
    noise = [modern.int_sum([1] * 3) for _ in range(50)]
    assert list(tail) == [6, 7] and list(np.asarray(tail)) == [6, 7] and noise


def test_const_span_is_read_only(modern):
    """A span of const items is a buffer that cannot be written to."""
    view = memoryview(modern.tail(modern.ints()))
    assert view.readonly and view.tolist() == [1, 2]
    with pytest.raises(TypeError):
        modern.tail(modern.ints())[0] = 5


# ---- vectors and arrays ---------------------------------------------------------------------------------

def test_array_of_a_vector_keeps_it(modern):
    """np.asarray(v) outlives v."""
    vector = modern.ints()
    numbers = np.asarray(vector)
    del vector
    gc.collect()
    noise = [modern.ints() for _ in range(50)]
    assert list(numbers) == [3, 1, 2] and noise and numbers.dtype == np.int32


def test_vector_of_structs_is_a_structured_array(modern):
    """Objects of nothing but numbers are records for NumPy, in place; the array keeps the vector alive."""
    hits = modern.hits()
    records = np.asarray(hits)
    assert records.dtype.names == ("channel", "charge", "good") and list(records["charge"]) == [1.5, 2.5]
    records["channel"][0] = 77
    assert hits[0].channel == 77 and records.dtype.itemsize == 24 and list(records["good"]) == [True, False]
    with pytest.raises(BufferError):
        hits.push_back(modern.Hit())
    del hits
    gc.collect()
    noise = [modern.hits() for _ in range(50)]
    assert records["channel"].tolist() == [77, 2] and noise
    assert list(np.asarray(modern.hit_pair())["channel"]) == [1, 2] and list(np.asarray(modern.Store().hits())["charge"]) == [1.5, 2.5]


def test_nested_structs(modern):
    """Structs and arrays in a struct are records and sub-arrays."""
    cells = modern.cells()
    records = np.asarray(cells)
    records["at"][1] = [1, 2, 3]
    records["hit"]["charge"][1] = 6.5
    assert records.dtype["at"].shape == (3,) and cells[1].hit.charge == 6.5 and list(cells[1].at) == [1, 2, 3]
    assert cells[0].hit.charge == 1 and records["kind"].dtype == np.uint8


def test_vector_of_other_objects(modern):
    """Objects that are more than numbers become an array of proxies, which keep the vector alive."""
    named = modern.named()
    objects = np.asarray(named)
    del named
    gc.collect()
    assert objects.dtype == object and [item.name for item in objects] == ["a", "b"]


def test_std_array_is_a_buffer(modern):
    """std::array of numbers is a buffer of its own memory."""
    triple = modern.triple()
    numbers = np.asarray(triple)
    numbers[0] = 9
    assert triple[0] == 9 and memoryview(triple).format == "d"
    del triple
    gc.collect()
    assert list(numbers) == [9, 2, 3]


# ---- peers' defects ----------------------------------------------------------------------------------------

def test_numpy_integers(modern):
    """NumPy's integers are passed for int, long, optional and in vectors; its floats are no integers."""
    assert modern.as_int(np.int32(5)) == 5 == modern.as_int(np.int64(5)) and modern.as_long(np.int64(2**40)) == 2**40
    assert modern.as_long(np.uint8(7)) == 7 and modern.maybe(np.int64(3)) == 3
    assert modern.int_sum([np.int32(1), np.int64(2)]) == 3 == modern.int_sum(np.array([1, 2], "int32"))
    with pytest.raises(TypeError):
        modern.as_int(np.float64(5))
    with pytest.raises(OverflowError):
        modern.as_int(np.int64(2**40))


def test_none(modern):
    """None is an empty optional, a null const char *, and nothing else."""
    assert modern.maybe(None) == -1 and modern.length(None) == -1 and modern.maybe_text(False) == None  # noqa: E711
    for call in (lambda: modern.as_int(None), lambda: modern.int_sum(None), lambda: modern.depth(None)):
        with pytest.raises(TypeError):
            call()


def test_list_methods(modern):
    """vector has append, extend, pop, sort, remove, index, del, slice assignment and equality with lists."""
    items = modern.ints()
    items.append(5)
    items.extend(range(2))
    items.sort()
    items.remove(5)
    del items[0]
    items[1:2] = [7, 8]
    assert items == [1, 7, 8, 2, 3] and items != [1] and items.index(8) == 2 and items[::-1] == [3, 2, 8, 7, 1]
    assert items.pop() == 3 and items
    items.clear()
    assert not items and items == []


def test_deque_counts_from_the_end(modern):
    """A deque takes negative indices, slices and list methods."""
    deque = modern.deque()
    deque.append(4)
    assert deque[-1] == 4 and deque[-4] == 1 and deque[1:3] == [2, 3] and deque == [1, 2, 3, 4]
    with pytest.raises(IndexError):
        deque[-5]
