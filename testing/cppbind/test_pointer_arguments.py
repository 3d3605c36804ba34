"""Arrays, in-out arguments, pointers to pointers, files and strings that C++ changes."""

import array
import ctypes
import tempfile

import pytest
from cpp_runtime import load, load_text

import cffi_like
import cppbind

np = pytest.importorskip("numpy")
ffi = cffi_like.FFI()


@pytest.fixture(scope="module")
def ptr():
    return load("Pointers").ptr


def test_numbers_of_numpy_for_an_ellipsis(ptr):
    """NumPy's numbers are passed as Python's; test_variadic.py has the rest."""
    assert ptr.format("%d %g", np.int32(4), np.float32(0.5)) == "4 0.5"


# ---- arrays ------------------------------------------------------------------------------------------

def test_references_to_arrays(ptr):
    """`T (&)[N]` takes an array of exactly that many items; a list only where C++ cannot write."""
    arrays = ptr.Arrays()
    assert ptr.sum(arrays.row) == ptr.sum(array.array("i", [1, 2, 3])) == ptr.sum(np.arange(1, 4, dtype="i4")) == 6
    assert ptr.sum_const([1, 2, 3]) == ptr.sum_const((1, 2, 3)) == 6
    assert ptr.sum_matrix(arrays.matrix) == ptr.sum_matrix(np.arange(1.0, 7).reshape(2, 3)) == 21
    for wrong in (np.zeros(4, "i4"), np.zeros(3), array.array("d", [1, 2, 3]), [1, 2, 3], 3):
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
    assert ptr.Arrays().rows()[1][2] == 6


def test_array_members(ptr):
    """Members are read, written item by item and as a whole, from lists and buffers."""
    arrays = ptr.Arrays()
    arrays.row = np.array([7, 8, 9], dtype="i4")
    assert list(arrays.row) == [7, 8, 9]
    arrays.matrix = [[1, 1, 1], [2, 2, 2]]
    arrays.matrix[1][0] = 5
    assert [list(row) for row in arrays.matrix] == [[1, 1, 1], [5, 2, 2]]
    arrays.matrix = np.zeros((2, 3))
    assert ptr.sum_matrix(arrays.matrix) == 0
    assert np.asarray(arrays.matrix).shape == (2, 3)
    assert arrays.words == ("x", "y") and [item.name for item in arrays.items] == ["n", "n"]
    named = ptr.Named("held")
    arrays.objects = [named, None]
    assert arrays.objects[0] is named and not arrays.objects[1]
    with pytest.raises(TypeError):
        arrays.row = np.zeros(4, "i4")
    with pytest.raises(TypeError):
        arrays.row = np.zeros(3)


def test_rows_of_a_matrix(ptr):
    """`double [][3]` takes a matrix."""
    matrix = np.ones((2, 3))
    ptr.negate(matrix, 2)
    assert (matrix == -1).all()


# ---- in and out --------------------------------------------------------------------------------------

@pytest.mark.parametrize("name, kind, wanted", (
    ("set", ctypes.c_int, 42), ("set_pointed", ctypes.c_int, 43), ("set_double", ctypes.c_double, 1.5),
    ("set_bool", ctypes.c_bool, True), ("set_color", ctypes.c_int, 2), ("set_color", ctypes.c_uint, 2)))
def test_ctypes_values(ptr, name, kind, wanted):
    """A ctypes value, byref and pointer are places that C++ writes to."""
    value, other, third = kind(), kind(), kind()
    getattr(ptr, name)(value)
    getattr(ptr, name)(ctypes.byref(other))
    assert value.value == other.value == wanted
    if name == "set_pointed":
        ptr.set_pointed(ctypes.pointer(third))
        assert third.value == wanted


def test_numpy_and_cdata_values(ptr):
    """So are arrays without dimensions and cdata; a number is not, nor an item of another type."""
    zero = np.zeros((), "i4")
    ptr.set(zero)
    cell = ffi.new("int *")
    ptr.set(cell)
    assert int(zero) == cell[0] == 42
    for wrong in (3, ctypes.c_double(), ctypes.c_short(), np.zeros((), "i8"), np.int32(3)):
        with pytest.raises(TypeError):
            ptr.set(wrong)


def test_pointers_to_pointers(ptr):
    """`T **` takes a place for an address: of cdata or ctypes."""
    cell = ffi.new("int **")
    ptr.set_address(cell)
    assert cell[0][0] == 12
    address = ctypes.POINTER(ctypes.c_int)()
    ptr.set_address(address)
    assert address[0] == 12
    any_address = ctypes.c_void_p()
    ptr.set_any(any_address)
    assert any_address.value
    text = ctypes.c_char_p()
    ptr.set_text(text)
    assert text.value == b"told"


def test_pointer_members_keep_what_they_point_to(ptr):
    """A pointer member takes an array, cdata, an object for `void *`."""
    slots = ptr.Slots()
    slots.numbers = np.array([5, 6], dtype="i4")
    assert slots.numbers[1] == 6
    slots.numbers = ffi.new("int *", 3)
    assert slots.numbers[0] == 3
    named = ptr.Named("x")
    slots.any = named
    assert int(ffi.cast("uintptr_t", slots.any)) == cppbind.addressof(named)
    with pytest.raises(TypeError):
        slots.numbers = np.zeros(2)


# ---- files and strings -------------------------------------------------------------------------------

def test_files(ptr):
    """A Python file goes for `FILE *`."""
    with tempfile.TemporaryFile("w+") as file:
        ptr.write(file, "hello ")
        ptr.write(file, "there")
        file.seek(0)
        assert file.read() == "hello there"
    with pytest.raises(TypeError):
        ptr.write("name", "text")


def test_strings_that_cpp_changes(ptr):
    """gbl.std.string is a string that C++ can change; in Python it behaves as the str it holds."""
    text = cppbind.gbl.std.string("abc")
    ptr.append(text, "def")
    assert text == "abcdef" and str(text) == "abcdef" and len(text) == 6 and text[1:3] == "bc" and "cd" in text
    assert ptr.append_to(text) and text.endswith("+") and text.upper() == "ABCDEF+"
    ptr.append(text, text)
    assert text.size() == 14 and hash(text) == hash("abcdef+abcdef+") and text + "x" == "abcdef+abcdef+x"
    assert not ptr.append_to(None)
    assert ptr.Named(text).name == text
    with pytest.raises(TypeError, match="std.string"):
        ptr.append("abc", "def")
    assert ptr.length("abc") == 3 and ptr.length(text) == 14 and ptr.length(None) == -1
    there = ptr.the_string()
    assert there == "static" and there is ptr.the_string()
    there.assign("changed")
    assert ptr.the_string() == "changed"


# ---- rvalues -----------------------------------------------------------------------------------------

def test_move(ptr):
    """std.move lets C++ move from an object."""
    move = cppbind.gbl.std.move
    named = ptr.Named("full")
    with pytest.raises(TypeError, match="move"):
        ptr.take(named)
    assert ptr.take(move(named)) == "full" and named.name == ""
    assert ptr.either(named) == "const" and ptr.either(move(named)) == "rvalue"
    with pytest.raises(TypeError):
        move(3)


def test_reference_qualified_methods(ptr):
    """A method for temporaries is called on what std.move gives."""
    move, object_ = cppbind.gbl.std.move, ptr.Qualified()
    assert object_.f() == 1 and move(object_).f() == 2 and move(object_).only() == 3 and move(object_).any() == 4
    with pytest.raises(TypeError, match="temporaries"):
        object_.only()


# ---- Python's own objects ----------------------------------------------------------------------------

def test_python_objects(tmp_path):
    """`PyObject *`: a result is a new reference, null an error, a member owns what it refers to."""
    import sys
    import sysconfig
    header = """
#include <Python.h>
namespace objects {
inline PyObject *same(PyObject *value) { Py_INCREF(value); return value; }
inline PyObject *number() { return PyLong_FromLong(123456789); }
inline PyObject *failed() { PyErr_SetString(PyExc_KeyError, "gone"); return nullptr; }
inline PyObject *silent() { return nullptr; }
struct Holder { PyObject *held = nullptr; };
}
"""
    objects = load_text(header, tmp_path, include_dirs=(sysconfig.get_paths()["include"],)).objects
    value = ["list"]
    before = sys.getrefcount(value)
    for _ in range(10):
        assert objects.same(value) is value
    assert sys.getrefcount(value) == before
    assert objects.number() == 123456789
    with pytest.raises(KeyError, match="gone"):
        objects.failed()
    with pytest.raises(SystemError):
        objects.silent()
    holder = objects.Holder()
    assert holder.held is None
    holder.held = value
    assert holder.held is value
    assert sys.getrefcount(value) == before + 1
    holder.held = None
    assert sys.getrefcount(value) == before
