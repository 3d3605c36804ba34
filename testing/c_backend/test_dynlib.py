"""Shared libraries: opening, symbols, variables, closing, and what goes wrong."""

import pathlib
import re
import sys

import pytest
import support
from call_support import B, fn, library, only_ours, plain, t


@pytest.fixture
def own_library():
    """A library that nothing else has open."""
    source = "int number = 5; int *nothing; int twice(int value) { return 2 * value; }"
    return support.compile_shared(source, "own")


def test_functions():
    """load_function gives a callable cdata of the type."""
    add = library().load_function(t("int(int,int)"), "add")
    assert B.typeof(add) is t("int(int,int)") and add(1, 2) == 3
    assert re.fullmatch(r"<cdata 'int\(\*\)\(int, int\)' 0x[0-9a-f]+>", repr(add))


def test_addresses():
    """load_function with a pointer type gives the address of a variable."""
    pointer = library().load_function(t("int*"), "counter")
    assert B.typeof(pointer) is t("int*")
    pointer[0] = 8
    assert library().read_variable(t("int"), "counter") == 8
    pointer[0] = 7


def test_variables():
    """Reading and writing scalars, pointers, arrays and structs."""
    lib = library()
    lib.write_variable(t("int"), "counter", 123)
    assert lib.read_variable(t("int"), "counter") == 123
    lib.write_variable(t("int"), "counter", 7)
    assert B.string(lib.read_variable(t("char*"), "motto")) == b"festina lente"
    assert list(lib.read_variable(t("int[4]"), "table")) == [1, 2, 3, 4]
    assert plain(lib.read_variable(t("struct ints"), "origin")) == (3, 4)
    lib.read_variable(t("struct ints"), "origin").a = 30
    assert plain(lib.read_variable(t("struct ints"), "origin")) == (30, 4)
    lib.write_variable(t("struct ints"), "origin", [3, 4])
    with pytest.raises(TypeError):
        lib.write_variable(t("int"), "counter", "x")
    with pytest.raises(OverflowError):
        lib.write_variable(t("int"), "counter", 2**40)
    assert lib.read_variable(t("int"), "counter") == 7


def test_missing_symbols():
    """The error names symbol and library; AttributeError for functions, KeyError for variables."""
    with pytest.raises(AttributeError) as caught:
        library().load_function(t("int(int)"), "no_such_function")
    assert "no_such_function" in str(caught.value) and "libcalls" in str(caught.value)
    for access in (lambda: library().read_variable(t("int"), "no_such_variable"),
                   lambda: library().write_variable(t("int"), "no_such_variable", 1)):
        with pytest.raises(KeyError) as caught:
            access()
        assert "no_such_variable" in str(caught.value) and "libcalls" in str(caught.value)


def test_missing_library():
    """OSError with the name and the loader's words."""
    with pytest.raises(OSError) as caught:
        B.load_library("libno_such_library.so.3", 0)
    assert "libno_such_library.so.3" in str(caught.value)
    assert "cannot load library" in str(caught.value)


def test_a_file_that_is_no_library(tmp_path):
    """A text file is refused by the loader, with its name."""
    path = tmp_path / "text.so"
    path.write_text("not a library")
    with pytest.raises(OSError) as caught:
        B.load_library(str(path), 0)
    assert "text.so" in str(caught.value)


@pytest.mark.parametrize("name", [3, 1.5, [], object()])
def test_names_that_are_none(name):
    """A library's name is a str, bytes, path or None."""
    with pytest.raises(TypeError):
        B.load_library(name, 0)


@only_ours
def test_names_of_other_kinds(own_library):
    """bytes and paths name files, too; a NUL inside is refused."""
    for name in (own_library.encode(), pathlib.Path(own_library)):
        assert B.load_library(name).load_function(t("int(int)"), "twice")(4) == 8
    with pytest.raises(ValueError):
        B.load_library("a\0b")


def test_the_process_itself():
    """None opens what is loaded already."""
    lib = B.load_library(None, 0)
    assert lib.load_function(fn("size_t", "char*"), "strlen")(b"four") == 4
    assert "None" in repr(lib)


def test_close(own_library):
    """A closed library refuses everything; closing again does nothing."""
    lib = B.load_library(own_library, 0)
    assert lib.read_variable(t("int"), "number") == 5
    assert lib.close_lib() is None
    assert lib.close_lib() is None
    for access in (lambda: lib.read_variable(t("int"), "number"),
                   lambda: lib.write_variable(t("int"), "number", 1),
                   lambda: lib.load_function(t("int(int)"), "twice")):
        with pytest.raises(ValueError) as caught:
            access()
        assert "already been closed" in str(caught.value)


@only_ours
def test_closing_by_an_argument(own_library):
    """A conversion that closes the library: the call is refused, and a variable that is being written stays."""
    class Number:
        def __index__(self):
            lib.close_lib()
            return 4
    lib = B.load_library(own_library, 0)
    with pytest.raises(ValueError, match="a value is being written"):
        lib.write_variable(t("int"), "number", Number())
    twice = lib.load_function(t("int(int)"), "twice")
    assert twice(4) == 8
    with pytest.raises(ValueError, match="cannot call 'twice': its library has been closed"):
        twice(Number())


def test_handle_of_dlopen(own_library):
    """A void * from dlopen() is a library as well; NULL and other pointers are not."""
    process = B.load_library(None, 0)
    dlopen = process.load_function(fn("void*", "char*", "int"), "dlopen")
    lib = B.load_library(dlopen(own_library.encode(), B.RTLD_NOW), 0)
    assert lib.load_function(t("int(int)"), "twice")(21) == 42
    assert "0x" in repr(lib)
    with pytest.raises(RuntimeError):
        B.load_library(B.cast(t("void*"), 0), 0)
    with pytest.raises(TypeError):
        B.load_library(B.cast(t("int*"), 0), 0)


def test_flags():
    """The loader's flags are there, with the platform's values."""
    assert B.RTLD_LAZY and B.RTLD_NOW and B.RTLD_GLOBAL
    assert isinstance(B.RTLD_LOCAL, int)
    assert B.load_library(None, B.RTLD_LAZY | B.RTLD_GLOBAL)


def test_wrong_types():
    """Only functions, pointers and arrays have an address to load."""
    with pytest.raises(TypeError):
        library().load_function(t("int"), "add")
    with pytest.raises(TypeError):
        library().load_function("int(int,int)", "add")


@only_ours
def test_functions_outlive_their_library_object(own_library):
    """Dropping the library object closes nothing, so its functions stay callable."""
    twice = B.load_library(own_library).load_function(t("int(int)"), "twice")
    assert [twice(n) for n in range(3)] == [0, 2, 4]


@only_ours
def test_functions_of_a_closed_library(own_library):
    """Calling a function of a closed library raises, and names it."""
    lib = B.load_library(own_library)
    twice = lib.load_function(t("int(int)"), "twice")
    again = [lib.load_function(t("int(int)"), "twice", release_gil=False) for _ in range(3)]
    assert twice(2) == 4
    lib.close_lib()
    for function in [twice] + again:
        with pytest.raises(ValueError) as caught:
            function(2)
        assert "'twice'" in str(caught.value) and "closed" in str(caught.value)


@only_ours
def test_a_library_forgets_dropped_functions(own_library):
    """Loading the same function for ever does not fill memory."""
    lib = B.load_library(own_library)
    kept = lib.load_function(t("int(int)"), "twice")
    for _ in range(1000):
        lib.load_function(t("int(int)"), "twice")
    before = sys.getallocatedblocks()
    for _ in range(10000):
        lib.load_function(t("int(int)"), "twice")
    assert sys.getallocatedblocks() - before < 1000
    lib.close_lib()
    with pytest.raises(ValueError):
        kept(1)
