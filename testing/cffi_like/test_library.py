"""dlopen and the lib object, on real libraries and on one compiled for the test."""

import gc
import os
import sys

import pytest
import support
from cffi_like import FFI, VerificationMissing, find_library

SOURCE = """
#include <errno.h>
#include <stdarg.h>
struct point { int x, y; };
int counter = 5;
double table[3] = {1.5, 2.5, 3.5};
struct point origin = {3, 4};
const int limit = 77;
char *message = "hello";
int add(int a, int b) { return a + b; }
struct point flip(struct point p) { struct point r = {p.y, p.x}; return r; }
int sum(int n, ...) { va_list v; int s = 0; va_start(v, n);
                      while (n--) s += va_arg(v, int); va_end(v); return s; }
int fail(int e) { errno = e; return -1; }
int apply(int (*f)(int), int x) { return f(x); }
int (*hook)(int) = 0;
int call_hook(int x) { return hook ? hook(x) : -1; }
int total(const int *p, int n) { int s = 0; while (n--) s += *p++; return s; }
"""

CDEF = """
struct point { int x, y; };
extern int counter; extern double table[3]; extern struct point origin;
extern const int limit; extern char *message; extern int missing_variable;
int add(int a, int b); struct point flip(struct point p); int sum(int n, ...);
int fail(int e); int apply(int (*f)(int), int x); int missing_function(int);
extern int (*hook)(int); int call_hook(int x); int total(const int *p, int n);
enum { RED, GREEN = 5 };
#define SIZE 16
#define RATIO 1.5
#define NAME "demo"
"""


@pytest.fixture(scope="module")
def path(compile_shared):
    return str(compile_shared(SOURCE))


@pytest.fixture
def ffi():
    ffi = FFI()
    ffi.cdef(CDEF)
    return ffi


@pytest.fixture
def lib(ffi, path):
    return ffi.dlopen(path)


def test_calls(lib, ffi):
    """Scalars, structs by value, variadic, arrays, callbacks."""
    assert lib.add(2, 3) == 5
    flipped = lib.flip([1, 2])
    assert (flipped.x, flipped.y) == (2, 1)
    assert lib.sum(3, ffi.cast("int", 1), ffi.cast("int", 2), ffi.cast("int", 3)) == 6
    assert lib.total([1, 2, 3], 3) == 6 and lib.total(ffi.new("int[]", [4, 5]), 2) == 9
    assert lib.apply(ffi.callback("int(int)", lambda x: x * 2), 21) == 42


@pytest.mark.parametrize("arguments, error", [
    ((1,), TypeError), ((1, 2, 3), TypeError), ((1, "x"), TypeError), ((1.5, 2), TypeError),
    ((None, 2), TypeError), ((2**31, 0), OverflowError), ((0, -2**31 - 1), OverflowError)])
def test_wrong_arguments(lib, arguments, error):
    """Count, type and range are checked before the call."""
    with pytest.raises(error):
        lib.add(*arguments)


@pytest.mark.skipif(support.engine_name() != "native",
                    reason="messages of the other cores are their own")
def test_messages_name_function_and_argument(lib, ffi):
    """Which argument of which function, and both types."""
    for call, message in [(lambda: lib.add(1, "x"), "argument 2 of 'add': .*'int'.*str"),
                          (lambda: lib.add(1), "'add' expects 2 arguments, got 1"),
                          (lambda: lib.add(2**31, 0), "argument 1 of 'add': .*2147483648.*'int'"),
                          (lambda: lib.total("abc", 1), "argument 1 of 'total': .*'int \\*'.*str"),
                          (lambda: lib.sum(1, 5), "argument 2 passed in the variadic part")]:
        with pytest.raises((TypeError, OverflowError), match=message):
            call()


def test_wrong_arguments_of_other_kinds(lib, ffi):
    """Pointers of another type, untyped variadic arguments, a struct from nonsense."""
    for call, error in [(lambda: lib.total(ffi.new("double[]", 3), 1), TypeError),
                        (lambda: lib.total("abc", 1), TypeError),
                        (lambda: lib.sum(1, 5), TypeError),
                        (lambda: lib.flip(5), TypeError),
                        (lambda: lib.flip({"z": 1}), KeyError),
                        (lambda: lib.apply(abs, 1), TypeError)]:
        with pytest.raises(error):
            call()


def test_variables(lib, ffi):
    """Read and written in place, through every kind of type."""
    assert lib.counter == 5
    lib.counter = 6
    assert lib.counter == 6 and ffi.addressof(lib, "counter")[0] == 6
    lib.counter = 5
    assert list(lib.table) == [1.5, 2.5, 3.5]
    lib.table[1] = 9.0
    assert lib.table[1] == 9.0
    lib.origin.x = 8
    assert (lib.origin.x, lib.origin.y) == (8, 4)
    assert ffi.string(lib.message) == b"hello"
    assert lib.hook == ffi.NULL and lib.call_hook(1) == -1
    callback = ffi.callback("int(int)", lambda x: x + 1)
    lib.hook = callback
    assert lib.call_hook(1) == 2
    lib.hook = ffi.NULL
    with pytest.raises(TypeError):
        lib.counter = "x"
    with pytest.raises(OverflowError):
        lib.counter = 2**31


def test_constants(lib):
    """Enumerators and #defines; a const variable is read from the library."""
    assert (lib.RED, lib.GREEN, lib.SIZE, lib.RATIO, lib.NAME) == (0, 5, 16, 1.5, b"demo")
    assert lib.limit == 77


@pytest.mark.parametrize("name", ["add", "RED", "SIZE", "limit", "undeclared"])
def test_only_variables_can_be_written(lib, name):
    """AttributeError that names it, before and after it was used."""
    for _ in range(2):
        with pytest.raises(AttributeError, match=name):
            setattr(lib, name, 3)
        getattr(lib, name, None)


def test_missing_symbols(lib, path):
    """Declared but not in the library: AttributeError with both names, every time."""
    for name in ("missing_function", "missing_variable"):
        for _ in range(2):
            with pytest.raises(AttributeError, match=name) as caught:
                getattr(lib, name)
            assert os.path.basename(path) in str(caught.value)
    with pytest.raises(AttributeError, match="missing_variable"):
        lib.missing_variable = 3
    assert not hasattr(lib, "missing_function")
    with pytest.raises(FFI.error):      # what modules made out of line raise in CFFI
        lib.missing_function


def test_undeclared_names(lib, path):
    """In the library but not in the cdef: AttributeError that says so."""
    with pytest.raises(AttributeError, match="puts: not declared in cdef.*" +
                       os.path.basename(path).replace(".", r"\.")):
        lib.puts
    assert not hasattr(lib, "__no_such_protocol__")


def test_what_only_a_compiler_knows(ffi, path):
    """`#define X ...` is not there in ABI mode; an enumerator that `...` hides says why."""
    ffi.cdef("#define X ...\nenum dots { A, ... };")
    lib = ffi.dlopen(path)
    with pytest.raises(AttributeError, match="X: declared with '...'"):
        lib.X
    assert "X" not in dir(lib) and "A" in dir(lib)
    with pytest.raises(VerificationMissing, match="'A' is in an enum declared with '...'"):
        lib.A


def test_functions_are_looked_up_once(lib):
    """The second access is a plain attribute."""
    assert lib.add is lib.add and "add" in vars(lib)


def test_dir_and_repr(lib, path):
    """Everything declared, and which library."""
    assert {"add", "counter", "RED", "SIZE", "limit", "missing_function"} <= set(dir(lib))
    assert path in repr(lib)


def test_addressof(lib, ffi):
    """Functions and variables have addresses, constants and strangers have none."""
    assert ffi.addressof(lib, "add")(1, 2) == 3
    assert ffi.typeof(ffi.addressof(lib, "counter")) is ffi.typeof("int *")
    assert ffi.addressof(lib, "table")[0][0] == 1.5
    assert ffi.addressof(lib, "origin").y == 4
    for name in ("RED", "SIZE", "undeclared", "missing_variable", "missing_function"):
        with pytest.raises(AttributeError, match=name):
            ffi.addressof(lib, name)


def test_errno(lib, ffi):
    """Kept behind each call, and set before the next."""
    assert lib.fail(42) == -1 and ffi.errno == 42
    ffi.errno = 7
    assert ffi.errno == 7


def test_later_cdef(lib, ffi):
    """Declarations made after dlopen are found."""
    assert not hasattr(lib, "abs")
    ffi.cdef("int abs(int);")
    assert lib.abs(-3) == 3


def test_override_after_use(lib, ffi):
    """A function that was looked up gets its new type."""
    assert lib.add(1, 2) == 3
    ffi.cdef("long add(int, int);", override=True)
    assert ffi.typeof(lib.add).result is ffi.typeof("long")


def test_keeping_the_gil(ffi, path):
    """release_gil=False changes how, not what, is called."""
    fast = FFI()
    fast.cdef("int add(int, int);", release_gil=False)
    assert fast.dlopen(path).add(2, 3) == 5


def test_functions_outlive_the_lib_object(path):
    """The library stays open while its FFI lives."""
    ffi = FFI()
    ffi.cdef("int add(int, int);")
    add = ffi.dlopen(path).add
    gc.collect()
    assert add(1, 2) == 3


# ---- opening and closing ---------------------------------------------------------

def test_the_program_itself(ffi):
    """dlopen(None) sees what the process has loaded."""
    ffi.cdef("size_t strlen(const char *);")
    assert ffi.dlopen(None).strlen(b"hello") == 5


def test_bare_names():
    """As the linker's -l: 'm' is libm, 'z' is libz."""
    ffi = FFI()
    ffi.cdef("double cos(double); unsigned long crc32(unsigned long, const char *, unsigned);")
    assert ffi.dlopen("m").cos(0.0) == 1.0
    assert ffi.dlopen("z").crc32(0, b"123456789", 9) == 0xCBF43926


def test_paths(path):
    """A str, an os.PathLike, or a path relative to here."""
    import pathlib
    ffi = FFI()
    ffi.cdef("int add(int, int);")
    assert ffi.dlopen(pathlib.Path(path)).add(1, 1) == 2
    assert ffi.dlopen(os.path.relpath(path), ffi.RTLD_NOW | ffi.RTLD_GLOBAL).add(1, 1) == 2


@pytest.mark.parametrize("name, message", [
    ("nosuchlibrary", "cannot load library 'nosuchlibrary': no library of this name was found.*"
     "tried .*libnosuchlibrary"),
    ("./nosuch.so", "cannot load library './nosuch.so'.*[Nn]o such file"),
    ("libnosuch.so.5", "cannot load library 'libnosuch.so.5'"),
])
def test_missing_libraries(name, message):
    """OSError with the name and all that was tried."""
    with pytest.raises(OSError, match=message):
        FFI().dlopen(name)


def test_a_file_that_is_no_library(tmp_path):
    """OSError with the loader's reason."""
    bad = tmp_path / "bad.so"
    bad.write_bytes(b"this is no library at all" * 10)
    with pytest.raises(OSError, match="bad.so"):
        FFI().dlopen(str(bad))


@pytest.mark.parametrize("name", [3, 1.5, b"libm.so.6", ["m"]])
def test_what_is_no_name(name):
    """TypeError that says what would be one."""
    with pytest.raises(TypeError, match="must be a file name, None, or an already-opened"):
        FFI().dlopen(name)


def test_an_open_handle(path):
    """A `void *` from C's dlopen."""
    ffi = FFI()
    ffi.cdef("void *dlopen(const char *, int); int dlclose(void *); int add(int, int);")
    c = ffi.dlopen(None)
    handle = c.dlopen(path.encode(), ffi.RTLD_NOW)
    assert handle != ffi.NULL
    assert ffi.dlopen(handle).add(3, 4) == 7
    with pytest.raises((TypeError, RuntimeError, OSError)):
        ffi.dlopen(ffi.cast("int *", 0))


def test_dlclose(ffi, path):
    """Afterwards names fail with ValueError; closing twice is fine; others are untouched."""
    lib, other = ffi.dlopen(path), ffi.dlopen(path)
    assert lib.add(1, 2) == 3 and lib.counter == 5
    ffi.dlclose(lib)
    ffi.dlclose(lib)
    for name in ("add", "counter", "fail"):
        with pytest.raises(ValueError, match="already been closed"):
            getattr(lib, name)
    with pytest.raises(FFI.error, match="already been closed"):
        ffi.addressof(lib, "counter")
    assert "closed" in repr(lib) and other.add(1, 2) == 3 and lib.RED == 0


@pytest.mark.skipif(sys.platform != "linux", reason="the search rules of ELF systems")
def test_candidates(tmp_path, monkeypatch):
    """LD_LIBRARY_PATH is searched; every name is given once."""
    (tmp_path / "libmine.so.3").write_bytes(b"")
    monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path))
    found = list(find_library.candidates("mine"))
    assert str(tmp_path / "libmine.so.3") in found and found[-1] == "libmine.so"
    assert len(set(found)) == len(found)
    assert "libm.so.6" in list(find_library.candidates("m"))[:2] or os.path.exists("/etc/alpine-release")


def test_what_a_library_does_not_have():
    """A missing variable is caught as in CFFI, in line by KeyError and out of line by ffi.error, and by
    AttributeError; a missing function likewise, but it is no KeyError."""
    ffi = FFI()
    ffi.cdef("extern int no_such_variable; int no_such_function(int);")
    lib = ffi.dlopen(None)
    for error in (KeyError, AttributeError, ffi.error):
        with pytest.raises(error) as caught:
            lib.no_such_variable
        assert str(caught.value).startswith("variable 'no_such_variable' not found in library")
        with pytest.raises(error):
            lib.no_such_variable = 1
    for error in (AttributeError, ffi.error):
        with pytest.raises(error, match="^function/symbol 'no_such_function' not found in library"):
            lib.no_such_function
    assert not hasattr(lib, "no_such_variable")
