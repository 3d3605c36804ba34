"""Promises of std::vector and its kin: lists of Python's, in both directions, with buffers that keep them alive."""

import array
import copy
import random
import weakref

import pytest
import support
from cpp_runtime import load, load_text

try:
    import numpy
except ImportError:
    numpy = None
needs_numpy = pytest.mark.skipif(numpy is None, reason="NumPy is not installed")
needs_buffers = pytest.mark.skipif(not support.HAS_BUFFERS, reason="without the compiled core a class has a buffer on PyPy "
                                   "and from CPython 3.12 on")


@pytest.fixture
def lib():
    return load("Library").lib


@pytest.fixture
def Ints():
    return load("Library").std.vector[int]


# ---- to C++ ---------------------------------------------------------------------------

@pytest.mark.parametrize("value", [[1, 2, 3], (1, 2, 3), range(1, 4), {1, 2, 3}, array.array("i", [1, 2, 3])])
def test_collections_convert(lib, value):
    """What can be iterated over is passed for `const vector<int> &`."""
    assert lib.total(value) == 6


def test_by_value_and_rvalue(lib):
    """By value and by rvalue reference, too; C++ owns what it moves from."""
    assert lib.dtotal([1, 2.5]) == 3.5 and lib.taken([1, 2]) == 3


def test_empty_list(lib):
    """An empty list is an empty vector."""
    assert lib.total([]) == 0 and lib.dtotal(()) == 0


def test_wrong_item(lib):
    """An item of another type is a TypeError that names argument, function and type; one too large an OverflowError."""
    with pytest.raises(TypeError, match="argument 1 of 'int lib::total.*cannot convert str to 'int'"):
        lib.total([1, "a"])
    with pytest.raises(OverflowError):
        lib.total([2**40])


def test_no_temporary_for_a_mutable_reference(lib, Ints):
    """A list is not passed where C++ would change it, since nobody would see that; a vector is."""
    with pytest.raises(TypeError):
        lib.twice([1])
    vector = Ints([1, 2])
    lib.twice(vector)
    assert vector == [2, 4]


def test_items_that_change_the_list(lib):
    """A conversion that shortens the list while it is read is an error, not a crash."""
    values = []

    class Evil:
        def __index__(self):
            values.clear()
            return 1
    values += [1, Evil(), 3]
    with pytest.raises(RuntimeError):
        lib.total(values)


def test_strings_and_classes(lib):
    """Items can be strings and classes."""
    assert lib.join(["a", "b"]) == "a,b,"
    assert lib.sum_of([lib.Ev(1), lib.Ev(5)]) == 6


def test_overloads_take_their_own_kind(lib):
    """A list, a dict, a str and an int choose different overloads."""
    assert [lib.pick(value) for value in (5, [1], {"a": 1}, "text")] == [1, 2, 3, 4]


# ---- a vector as a list -----------------------------------------------------------------

def test_length_and_index(Ints):
    """len, positive and negative index; IndexError outside."""
    vector = Ints([4, 5, 6])
    assert (len(vector), vector[0], vector[-1]) == (3, 4, 6)
    for index in (3, -4, 10**30):
        with pytest.raises(IndexError):
            vector[index]
    with pytest.raises(IndexError):
        vector[3] = 1
    with pytest.raises(TypeError):
        vector["a"]


SLICES = [slice(None), slice(1, 3), slice(-2, None), slice(None, None, -1), slice(5, 1), slice(0, 6, 2)]


@pytest.mark.parametrize("index", SLICES)
def test_slices(Ints, index):
    """A slice is a vector with the items that a list would give."""
    assert Ints(range(6))[index] == list(range(6))[index]


@pytest.mark.parametrize("index", [index for index in SLICES if index.step is None])
@pytest.mark.parametrize("values", [[], [9], [7, 8, 9, 10, 11, 12, 13]])
def test_slice_assignment(Ints, index, values):
    """Assigning to a slice does what it does to a list, deleting one too."""
    expected, vector = list(range(6)), Ints(range(6))
    expected[index] = values
    vector[index] = values
    assert vector == expected
    expected, vector = list(range(6)), Ints(range(6))
    del expected[index]
    del vector[index]
    assert vector == expected


def test_extended_slice_assignment(Ints):
    """With a step the number of values must be right."""
    vector = Ints(range(4))
    vector[::2] = [8, 9]
    assert vector == [8, 1, 9, 3]
    with pytest.raises(ValueError):
        vector[::2] = [1]


def test_list_methods(Ints):
    """append, extend, insert, pop, remove, index, count, sort, reverse, del, +=, +, in, copy."""
    vector = Ints([3, 1])
    vector.append(2)
    vector.extend([5, 4])
    vector += (6,)
    vector.insert(0, 9)
    vector.insert(-1, 7)
    assert vector == [9, 3, 1, 2, 5, 4, 7, 6]
    assert (vector.pop(), vector.pop(0), vector.index(5), vector.count(4)) == (6, 9, 3, 1)
    vector.remove(7)
    del vector[0]
    assert vector == [1, 2, 5, 4] and 5 in vector and 3 not in vector
    vector.sort(reverse=True)
    assert vector == [5, 4, 2, 1]
    vector.reverse()
    assert list(reversed(vector)) == [5, 4, 2, 1] and vector + [8] == [1, 2, 4, 5, 8]
    twin = copy.copy(vector)
    twin.append(3)
    assert len(vector) == 4 and vector.copy() == vector
    for wrong in (lambda: vector.remove(77), lambda: vector.index(77)):
        with pytest.raises(ValueError):
            wrong()
    with pytest.raises(IndexError):
        Ints().pop()


def test_failed_extend_changes_nothing(Ints):
    """A wrong item leaves the vector as it was."""
    vector = Ints([1])
    with pytest.raises(TypeError):
        vector.extend([2, "a"])
    assert vector == [1]


def test_comparison(Ints):
    """Equal to lists, tuples and vectors with equal items; ordered as they are; not hashable, as it can change."""
    vector = Ints([1, 2])
    assert vector == [1, 2] and vector == (1, 2) and vector == Ints([1, 2]) and vector != [1] and not vector != [1, 2]
    assert vector < [1, 3] and vector >= [1, 2] and vector != "12"
    with pytest.raises(TypeError):
        hash(vector)


def test_iteration_sees_growth(Ints):
    """Appending while iterating is safe; over a large vector every item comes once."""
    vector = Ints(range(2000))
    for item in vector:
        if item == 100:
            for more in range(3000, 3100):
                vector.push_back(more)
    assert list(vector) == list(range(2000)) + list(range(3000, 3100))


def test_construction(Ints):
    """From any iterable, a generator, another vector, a size; a number is a size, not an item."""
    assert Ints(number for number in (1, 2)) == [1, 2]
    assert Ints(Ints([1])) == [1] and Ints() == [] and Ints(3) == [0, 0, 0] and Ints(2, 7) == [7, 7]
    assert load("Library").std.vector["double"](Ints([1, 2])) == [1.0, 2.0]
    with pytest.raises(TypeError):
        Ints(object())


@needs_buffers
def test_bytes_are_numbers(lib):
    """Elements of vector<uint8_t>, which is vector<unsigned char>, are ints, in a buffer too."""
    octets = lib.octets()
    octets.append(7)
    octets.insert(0, 9)
    octets.push_back(8)
    octets.extend(b"ab")
    octets[1] = 3
    assert list(octets) == memoryview(octets).tolist() == [9, 3, 2, 255, 7, 8, 97, 98] and octets[1:3] == [3, 2]
    assert lib.bytes().pop() == 255 and 2 in lib.bytes()


@needs_numpy
def test_numpy_numbers(lib, Ints):
    """NumPy's arrays are lists, its integers and floats items and arguments like Python's."""
    assert lib.total(numpy.array([1, 2, 3], "i4")) == 6
    assert lib.total([numpy.int64(2), numpy.int32(3)]) == 5 and lib.dtotal([numpy.float32(0.5), numpy.int8(1)]) == 1.5
    assert Ints([1, 2])[numpy.int64(1)] == 2 and lib.pick(numpy.int32(4)) == 1


def test_nested(lib):
    """Vectors of vectors are nested; the inner ones are parts."""
    assert [list(inner) for inner in lib.nested()] == [[1, 2], [3]]


def test_bool(lib):
    """vector<bool> has bools."""
    bits = lib.bits()
    bits.append(True)
    bits[0] = False
    assert list(bits) == [False, False, True]


def test_class_items_live(lib):
    """An item keeps the vector alive; what pop returns is a copy of its own."""
    events = lib.Events()
    events.append(lib.Ev(3))
    events.append(lib.Ev(4))
    item, popped = events[0], events.pop()
    del events
    support.collect()
    assert (item.a, popped.a) == (3, 4)


def test_item_of_a_temporary(lib):
    """An item of a vector that nobody named lives on."""
    assert lib.nested()[0][1] == 2 and lib.owned()[0].a == 4


def test_pointer_items_keep_nothing(lib):
    """What a vector of pointers points to lies elsewhere: it does not keep vectors alive."""
    event, dead = lib.only_event(), []
    for _ in range(3):
        vector = lib.pointers()
        assert vector[0] is event
        dead.append(weakref.ref(vector))
        del vector
    support.collect()
    assert [ref() for ref in dead] == [None] * 3


def test_items_that_cannot_be_copied(lib):
    """Their vectors can be read; methods that would copy are not there."""
    vector = lib.uncopied()
    assert [item.z for item in vector] == [3, 3] and not hasattr(vector, "append")
    with pytest.raises(TypeError):
        vector[0] = lib.NoCopy()


def test_items_without_default(lib):
    """Items that need arguments can be appended."""
    vector = lib.undefaulted()
    vector.append(lib.NoDefault(8))
    assert [item.a for item in vector] == [6, 8]


def test_recursive_type(lib):
    """A class that holds a vector of itself."""
    tree = lib.Tree()
    tree.kids.append(lib.Tree())
    tree.kids[0].kids.append(lib.Tree())
    assert len(tree.kids[0].kids) == 1


def test_enum_items(lib):
    """Items can be enumerators."""
    assert lib.colors() == [lib.Color.green]


# ---- buffers --------------------------------------------------------------------------------

@needs_numpy
@needs_buffers
def test_array_views_the_vector(Ints):
    """NumPy sees the vector's own memory, and writes to it."""
    vector = Ints([1, 2, 3])
    view = numpy.asarray(vector)
    view[0] = 9
    vector[1] = 8
    assert list(vector) == [9, 8, 3] and list(view) == [9, 8, 3] and view.dtype == numpy.intc


@needs_numpy
@needs_buffers
def test_array_keeps_the_vector(Ints):
    """The view lives longer than the name of the vector."""
    vector = Ints(range(1000))
    view = numpy.asarray(vector)
    del vector
    support.collect()
    other = [Ints([7] * 1000) for _ in range(20)]
    assert view.sum() == 499500 and len(other) == 20


@needs_buffers
def test_viewed_items_do_not_move(Ints):
    """While a view exists, what would move the items is a BufferError; after it, it works."""
    vector = Ints([1, 2])
    view = memoryview(vector)
    for change in (lambda: vector.push_back(3), lambda: vector.append(3), lambda: vector.clear(),
                   lambda: vector.reserve(100), lambda: vector.extend([1]), lambda: vector.__destruct__()):
        with pytest.raises(BufferError):
            change()
    view.release()
    vector.push_back(3)
    assert vector == [1, 2, 3]


@needs_numpy
@needs_buffers
def test_empty_and_class_vectors(lib, Ints):
    """An empty vector has an empty buffer; a vector of classes that are more than numbers none."""
    assert numpy.asarray(Ints()).shape == (0,) and numpy.asarray(lib.Events()).shape == (0,)
    with pytest.raises(TypeError):
        memoryview(lib.dq())


# ---- list, deque, array ------------------------------------------------------------------------

def test_other_sequences(lib):
    """list, deque and array: index, negative index, slices, assignment, growth where there is one."""
    numbers = lib.li()
    numbers.append(5)
    assert list(numbers) == [3, 1, 2, 5] and numbers[-1] == 5 and numbers[1:3] == [1, 2]
    queue = lib.dq()
    queue.insert(0, "w")
    assert queue == ["w", "x", "y"] and queue[-1] == "y"
    fixed = lib.ar()
    fixed[0] = 7
    assert fixed == [7, 1, 2] and len(fixed) == 3 and not hasattr(fixed, "append")
    with pytest.raises(IndexError):
        fixed[3]


def test_iterators(Ints):
    """begin and end compare, dereference and advance."""
    vector, found = Ints([1, 2]), []
    at = vector.begin()
    while at != vector.end():
        found.append(at.__deref__())
        at.__preinc__()
    assert found == [1, 2]


@pytest.mark.parametrize("make", [lambda std: std.vector[int], lambda std: std.list[int], lambda std: std.vector["bool"]])
def test_like_a_list_for_any_operations(make):
    """A thousand random operations leave what they leave in a list, and raise what they raise."""
    chance, cls, mine, lists = random.Random(5), make(load("Library").std), None, None
    mine, lists = cls(), []
    for _ in range(1000):
        value, first, last = chance.randrange(2), chance.randrange(-9, 9), chance.choice((None, chance.randrange(-9, 9)))
        operation = chance.choice((
            lambda it: it.append(value), lambda it: it.insert(first, value), lambda it: it.pop(first),
            lambda it: it.remove(value), lambda it: it.__delitem__(slice(first, last)), lambda it: it.reverse(),
            lambda it: it.__setitem__(slice(first, last), [value] * 3), lambda it: it.__setitem__(first, value),
            lambda it: it.extend([value, 1]), lambda it: it.index(value, first), lambda it: it.sort(),
            lambda it: it.__delitem__(first), lambda it: list(it[first:last]), lambda it: it.count(value)))
        results = []
        for it in (mine, lists):
            try:
                results.append(operation(it))
            except (IndexError, ValueError) as problem:
                results.append(type(problem))
        assert results[0] == results[1] and list(mine) == lists and len(mine) == len(lists)
        if len(lists) > 40:
            del mine[5:], lists[5:]


def test_class_derived_in_python(Ints):
    """A Python class derived from a vector is made from a list, too."""
    class Mine(Ints):
        def total(self):
            return sum(self)
    assert Mine([1, 2]).total() == 3 and Mine().total() == 0


def test_empty_containers(lib, Ints):
    """front, back and pop_back of an empty container are an IndexError; C++ would not notice."""
    for empty in (Ints(), load("Library").std.list[int](), lib.Events()):
        for name in ("front", "back", "pop_back"):
            with pytest.raises(IndexError):
                getattr(empty, name)()
    vector = Ints([1, 2, 3])
    vector.pop_back()
    assert (vector.front(), vector.back(), len(vector)) == (1, 2, 2)


@needs_buffers
def test_not_constructed(Ints):
    """What was made without its constructor is a ReferenceError or TypeError, not a crash."""
    empty = Ints.__new__(Ints)
    for use in (lambda: empty[0], lambda: list(empty), lambda: memoryview(empty), lambda: empty.append(1)):
        with pytest.raises(ReferenceError):
            use()


def test_containers_as_one_base_of_several(tmp_path):
    """A class may derive from containers and from others, in whatever order they become known."""
    mixed = load_text("""
    #include <array>
    #include <string>
    #include <vector>
    namespace mixed {
    struct Named { int name = 4; virtual ~Named() = default; virtual int twice() const { return 2 * name; } };
    typedef std::vector<long> Longs;
    struct Track : Named, Longs { Track() { push_back(7); } int length() const { return size(); } };
    struct Both : Longs, std::array<short, 2> { int own = 3; };
    typedef std::vector<std::string> Texts;
    struct Words : Texts, Named { Words() { push_back("a"); push_back("b"); } };
    struct Further : Track { double more = 1.5; };
    inline long sum(const Longs &values) { long total = 0; for (long each : values) total += each; return total; }
    inline int name_of(const Named *named) { return named->name; }
    inline Longs plain() { return {1, 2}; }
    }""", tmp_path).mixed
    plain, track, both, further = mixed.plain(), mixed.Track(), mixed.Both(), mixed.Further()
    for one in (track, further):
        assert isinstance(one, mixed.Named) and isinstance(one, mixed.Longs) and issubclass(type(one), mixed.Longs)
        one.push_back(1)
        one.name += 1
        assert (len(one), one.front(), one.back(), one.name, one.twice(), one.length()) == (2, 7, 1, 5, 10, 2)
        assert mixed.sum(one) == 8 and mixed.name_of(one) == 5
    assert further.more == 1.5 and both.own == 3 and isinstance(both, mixed.Longs)
    words = mixed.Words()
    assert (list(words), words[1], words.name, isinstance(words, mixed.Texts)) == (["a", "b"], "b", 4, True)
    assert not isinstance(plain, mixed.Track) and not issubclass(mixed.Longs, mixed.Track)
    assert mixed.sum(plain) == 3 and type(plain) is mixed.Longs

    class Mine(mixed.Track):
        def twice(self):
            return 1
    assert Mine().twice() == 1 and mixed.sum(Mine()) == 7 and isinstance(Mine(), mixed.Longs)
    assert not support.HAS_BUFFERS or memoryview(plain).tolist() == [1, 2]
