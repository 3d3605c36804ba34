"""Arrays, places that C++ writes to, and files, without NumPy: on every interpreter.

test_pointer_arguments.py has the rest.
"""

import array
import ctypes
import tempfile

import pytest
import support
from cpp_runtime import load


@pytest.fixture(scope="module")
def ptr():
    return load("Pointers").ptr


def matrix(values):
    """Two rows of three doubles."""
    return memoryview(bytearray(array.array("d", values).tobytes())).cast("d", (2, 3))


def test_references_to_arrays(ptr):
    """`T (&)[N]` takes an array of exactly that many items; a list only where C++ cannot write."""
    arrays = ptr.Arrays()
    assert ptr.sum(arrays.row) == ptr.sum(array.array("i", [1, 2, 3])) == 6
    assert ptr.sum_const([1, 2, 3]) == ptr.sum_const((1, 2, 3)) == ptr.sum_const(array.array("i", [3, 2, 1])) == 6
    assert ptr.sum_matrix(arrays.matrix) == ptr.sum_matrix(matrix(range(1, 7))) == 21
    for wrong in (array.array("i", [1, 2, 3, 4]), array.array("d", [1, 2, 3]), [1, 2, 3], 3, None, arrays.matrix):
        with pytest.raises(TypeError):
            ptr.sum(wrong)
    with pytest.raises(TypeError, match="number of items"):
        ptr.sum_const([1, 2])


def test_arrays_that_come_back(ptr):
    """A returned reference to an array is a view that keeps the object alive."""
    arrays = ptr.Arrays()
    row = arrays.reference()
    row[1] = 20
    assert list(arrays.row) == [1, 20, 3]
    rows = ptr.Arrays().rows()
    support.collect()
    assert rows[1][2] == 6


def test_array_members(ptr):
    """Members are assigned as a whole from lists and buffers of exactly their type and length."""
    arrays = ptr.Arrays()
    arrays.row = array.array("i", [7, 8, 9])
    assert list(arrays.row) == [7, 8, 9]
    arrays.matrix = [[1, 1, 1], [2, 2, 2]]
    arrays.matrix[1][0] = 5
    assert [list(row) for row in arrays.matrix] == [[1, 1, 1], [5, 2, 2]]
    arrays.matrix = matrix([0] * 6)
    assert ptr.sum_matrix(arrays.matrix) == 0
    for wrong in (array.array("i", [1, 2, 3, 4]), array.array("d", [1, 2, 3])):
        with pytest.raises(TypeError):
            arrays.row = wrong


def test_rows_of_a_matrix(ptr):
    """`double [][3]` takes a matrix."""
    values = matrix([1] * 6)
    ptr.negate(values, 2)
    assert values.tolist() == [[-1.0] * 3] * 2


@pytest.mark.parametrize("name, kind, wanted", (
    ("set", ctypes.c_int, 42), ("set_pointed", ctypes.c_int, 43), ("set_double", ctypes.c_double, 1.5),
    ("set_bool", ctypes.c_bool, True), ("set_color", ctypes.c_int, 2), ("set_color", ctypes.c_uint, 2)))
def test_ctypes_values(ptr, name, kind, wanted):
    """A ctypes value and byref of one are places that C++ writes to."""
    value, other = kind(), kind()
    getattr(ptr, name)(value)
    getattr(ptr, name)(ctypes.byref(other))
    assert value.value == other.value == wanted
    with pytest.raises(TypeError):
        getattr(ptr, name)(ctypes.c_int64())


def test_pointers_to_pointers(ptr):
    """`T **` takes a ctypes place for an address."""
    address, any_address, text = ctypes.POINTER(ctypes.c_int)(), ctypes.c_void_p(), ctypes.c_char_p()
    ptr.set_address(address)
    ptr.set_any(any_address)
    ptr.set_text(text)
    assert address[0] == 12 and any_address.value and text.value == b"told"


def test_pointer_members_keep_what_they_point_to(ptr):
    """A pointer member takes a buffer, which cannot be resized as long as C++ points to it."""
    slots, numbers = ptr.Slots(), array.array("i", [5, 6])
    slots.numbers = numbers
    assert slots.numbers[1] == 6
    del numbers
    support.collect()
    assert slots.numbers[0] == 5
    with pytest.raises(TypeError):
        slots.numbers = array.array("d", [1])
    slots.numbers = None
    assert not slots.numbers


def test_files(ptr):
    """A Python file goes for `FILE *`, opened as it is, and C++ and Python write in turn."""
    with tempfile.TemporaryFile("w+") as file:
        ptr.write(file, "hello ")
        file.write("from ")
        ptr.write(file, "both")
        file.seek(0)
        assert file.read() == "hello from both"
    for wrong in ("name", 3, open):
        with pytest.raises(TypeError):
            ptr.write(wrong, "text")
    with pytest.raises(ValueError, match="closed"):
        ptr.write(file, "text")
