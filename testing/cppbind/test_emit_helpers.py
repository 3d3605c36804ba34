"""Promises of the helpers in a dictionary: for run times that cannot catch C++ exceptions themselves."""

import pytest
from cpp_dictionaries import build_tables

from cffi_like import FFI
from cppbind.dictionary import Dictionary
from cppbind import format as fmt

HEADER = """
#include <stdexcept>
#include <string>
namespace guarded {
struct Base : std::runtime_error { using std::runtime_error::runtime_error; };
struct Error : Base { Error() : Base("too deep") {} };
struct Thing {
    explicit Thing(double);
    double scale(int by, double x, float y) const { if (by < 0) throw Error(); return by * x + y; }
    void any() const { throw 5; }
    int sure() const noexcept { return 1; }
    std::string text(long double) const { return ""; }
};
}
"""


@pytest.fixture(scope="module")
def helpers(tmp_path_factory):
    """(ffi, {name: address}, Tables) of the header above."""
    built, tables = build_tables(HEADER, tmp_path_factory.mktemp("helpers"))
    return FFI(), Dictionary(built.library).helpers(), tables


def told(ffi, helpers):
    size = ffi.new("size_t *")
    text = ffi.cast("const char *(*)(size_t *)", helpers["tell"])(size)
    return ffi.buffer(text, size[0])[:].split(b"\0")[:-1]


def test_one_guard_per_shape(helpers):
    """Functions that may throw have a guard for the registers they use; those that may not need none."""
    _ffi, known, _tables = helpers
    guards = {name[len("guard "):] for name in known if name.startswith("guard ")}
    assert {"d:ggdf", "v:g", "v:gd", "v:ggg"} <= guards and "g:g" not in guards
    assert fmt.guard_code(fmt.TYPE_DOUBLE, (fmt.TYPE_POINTER, fmt.TYPE_INT, fmt.TYPE_DOUBLE, fmt.TYPE_FLOAT)) == "d:ggdf"


def test_a_guard_calls_and_catches(helpers):
    """What the function returns comes back; what it throws is kept until it is asked for, with type, text and bases."""
    ffi, known, tables = helpers
    guard = ffi.cast("double(*)(void *, int, double, float, uintptr_t)", known["guard d:ggdf"])
    pending = ffi.cast("int *", known["pending"])
    function = tables.function("double guarded::Thing::scale(int by, double x, float y) const")
    address, _adjustment = tables.slot("guarded::Thing", function.address)
    this = ffi.new("char[]", 1)
    assert guard(this, 3, 2.0, 0.5, address) == 6.5 and pending[0] == 0 and told(ffi, known) == []
    assert guard(this, -3, 2.0, 0.5, address) == 0 and pending[0] == 1
    assert told(ffi, known) == [b"guarded::Error", b"+too deep", b"guarded::Base", b"std::runtime_error",
                                b"std::exception"]
    assert pending[0] == 0 and told(ffi, known) == []


def test_what_is_no_exception_class(helpers):
    """Anything can be thrown in C++: its type is told."""
    ffi, known, tables = helpers
    function = tables.function("void guarded::Thing::any() const")
    address, _adjustment = tables.slot("guarded::Thing", function.address)
    ffi.cast("void(*)(void *, uintptr_t)", known["guard v:g"])(ffi.new("char[]", 1), address)
    assert told(ffi, known) == [b"int", b"-"]


def test_strings_and_memory(helpers):
    """A std::string is made, read, assigned and dropped; memory is what `delete` takes."""
    ffi, known, _tables = helpers
    memory = ffi.cast("void *(*)(size_t, size_t)", known["allocate"])(64, 64)
    assert int(ffi.cast("uintptr_t", memory)) % 64 == 0
    size = ffi.new("size_t *")
    text = "ab\0c" * 20
    assert ffi.cast("int(*)(void *, const char *, size_t)", known["string_new1"])(memory, text.encode(), len(text)) == 0
    data = ffi.cast("const char *(*)(void *, size_t *)", known["string_data1"])
    assert ffi.buffer(data(memory, size), size[0])[:] == text.encode()
    assert ffi.cast("int(*)(void *, const char *, size_t)", known["string_assign1"])(memory, b"x", 1) == 0
    assert ffi.buffer(data(memory, size), size[0])[:] == b"x"
    ffi.cast("void(*)(void *)", known["string_delete1"])(memory)
    ffi.cast("void(*)(void *, size_t)", known["release"])(memory, 64)
