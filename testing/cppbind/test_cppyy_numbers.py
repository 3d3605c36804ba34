"""Scripts in the manner of cppyy's own tests: numbers by reference in callbacks, arrays of several dimensions, types by name.

Each runs unchanged on cppyy but for the import.  Neighbours: test_cppyy_pointers.py, test_cppyy_library.py.
"""

import ctypes
import pickle

import pytest

import cppbind as cppyy
from cppbind import gbl

CODE = """
namespace counted {
enum Kind { one = 1 };
int grid[3][4]; double cube[2][3][4];
int call_int(void (*f)(int &)) { int i = -1; f(i); return i; }
double call_double(const std::function<void(double &)> &f) { double d = 1.5; f(d); return d; }
int call_const(int (*f)(const int &)) { return f(7); }
struct Base { virtual ~Base() {} virtual void fill(int &count, float &mean, unsigned long &size) {} };
std::string use(Base &base) {
    int count = 1; float mean = 0.5; unsigned long size = 9; base.fill(count, mean, size);
    return std::to_string(count) + " " + std::to_string((int)mean) + " " + std::to_string(size); }
}
"""


@pytest.fixture(scope="module")
def counted():
    cppyy.cppdef(CODE)
    return gbl.counted


def test_numbers_by_reference(counted):
    """What C++ gives by reference is a number whose `value` is C++'s variable, as long as the call lasts."""
    kept = []

    def change(number):
        kept.append(number)
        number.value = number + 5
        assert number.value == number + 5

    assert counted.call_int(change) == 4 and counted.call_double(change) == 6.5
    assert kept[0] == -1 and isinstance(kept[0], int) and kept[1] == 1.5 and isinstance(kept[1], float)
    assert type(pickle.loads(pickle.dumps(kept[0]))) is int
    for number in kept:
        with pytest.raises(ReferenceError, match="during the call"):
            number.value = 3
    assert counted.call_const(lambda number: type(number) is int) == 1
    with pytest.raises(OverflowError):
        counted.call_int(lambda number: setattr(number, "value", 2**40))


def test_overrides_fill_references(counted):
    """An override gives its results through references."""
    class Filling(counted.Base):
        def fill(self, count, mean, size):
            count.value, mean.value, size.value = 3, mean * 8, size + 1

    assert counted.use(Filling()) == "3 4 10" and counted.use(counted.Base()) == "1 0 9"


def test_arrays_of_several_dimensions(counted):
    """array[i, j] is array[i][j]."""
    counted.grid[1, 2] = 5
    counted.cube[1, 2, 3] = 2.5
    assert counted.grid[1, 2] == counted.grid[1][2] == 5 and counted.cube[1][2][3] == counted.cube[1, 2, 3] == 2.5
    assert list(counted.cube[1, 2]) == [0, 0, 0, 2.5]
    for wrong in ((1, 9), (3, 0)):
        with pytest.raises(IndexError):
            counted.grid[wrong]
        with pytest.raises(IndexError):
            counted.grid[wrong] = 1
    for wrong in ((), ("a", 1), (1, 2, 3)):
        with pytest.raises(TypeError):
            counted.grid[wrong]


def test_types_that_containers_name(counted):
    """value_type and the like are types of Python that go for template arguments."""
    std = gbl.std
    assert std.vector[int].value_type is int and std.deque["double"]().value_type is gbl.double
    assert std.vector["counted::Kind"].value_type is counted.Kind
    assert std.map[str, int].key_type is std.string and std.map[str, int].mapped_type is int
    assert std.map[int, str].value_type is std.pair["const int", str]
    assert std.set["unsigned int"].key_type is gbl.uint32_t and std.pair[int, bool].second_type is bool
    assert std.shared_ptr["counted::Base"].element_type is counted.Base
    assert std.vector[std.vector["std::vector<int>"].value_type]([[1]])[0][0] == 1
    assert std.vector["int *"].value_type == "int *" and std.list[int].size_type is gbl.size_t


def test_types_that_cpp_has(counted):
    """gbl has the types of C++ itself, by their names."""
    assert gbl.int is int and issubclass(gbl.double, float) and gbl.bool is bool
    assert getattr(gbl, "unsigned int") is gbl.uint32_t and gbl.std.vector[gbl.short] is gbl.std.vector["short"]
    assert not hasattr(gbl, "unsigned number")


def test_strings_have_what_cpp_has():
    """A std::string object has C++'s functions beside those of str."""
    text = gbl.std.string("hello")
    assert text.substr(1, 3) == "ell" and text.substr(2) == "llo" and text.at(0) == "h" and text.back() == "o"
    text.insert(2, "XX").erase(0, 1)
    text.push_back("!")
    assert text == "eXXllo!" and text.compare("a") == 1 and text.compare(text) == 0
    assert text.find_first_of("lX") == 1 and text.find_last_not_of("!") == 5
    assert text.find_first_of("?") == gbl.std.string.npos == 2**64 - 1
    text.resize(9, ".")
    text.pop_back()
    assert text == "eXXllo!." and text.starts_with("eX") and not text.ends_with("!")
    for wrong in (lambda: text.at(8), lambda: text.substr(9), lambda: text.insert(-1, "a")):
        with pytest.raises(IndexError):
            wrong()


def test_a_pointer_to_a_pointer_of_ctypes(counted):
    """as_ctypes(object, byref=True) is the address of a pointer to it."""
    base = counted.Base()
    pointer = cppyy.ll.as_ctypes(base, byref=True)
    assert ctypes.c_void_p.from_address(pointer.value).value == cppyy.addressof(base)
