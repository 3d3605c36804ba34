"""__int128 and unsigned __int128: values, layout, calls.  CFFI has neither."""

import pytest

from cffi_like import FFI

EDGES = [0, 1, -1, 2**63 - 1, 2**63, -2**63 - 1, 2**64 - 1, 2**64, 2**100, 2**127 - 1, -2**127]
UNSIGNED_EDGES = [abs(value) for value in EDGES] + [2**127, 2**128 - 1]

SOURCE = """
typedef __int128 T;
typedef unsigned __int128 U;
struct wide { char c; T i; };
T add(T a, T b) { return a + b; }
U umul(U a, unsigned long b) { return a * b; }
/* The registers run out before `f`; `h` and `k` lie on the stack, aligned to 16 bytes. */
T mixed(int a, int b, int c, int d, int e, T f, int g, T h, double x, T k)
{ return a + 2*b + 3*c + 4*d + 5*e + 6*f + 7*g + 8*h + (T)x + 9*k; }
struct wide by_value(struct wide s, T x) { s.i += x; s.c++; return s; }
T number = -5;
T call(T (*f)(T, int), T a) { return f(a, 3) + 1; }
"""
DECLARATIONS = """
typedef __int128 T;
typedef unsigned __int128 U;
struct wide { char c; T i; };
T add(T, T); U umul(U, unsigned long);
T mixed(int a, int b, int c, int d, int e, T f, int g, T h, double x, T k);
struct wide by_value(struct wide, T);
extern T number;
T call(T (*f)(T, int), T a);
"""


@pytest.fixture
def ffi():
    return FFI()


@pytest.fixture
def lib(ffi, compile_shared):
    ffi.cdef(DECLARATIONS)
    return ffi.dlopen(str(compile_shared(SOURCE)))


def test_all_spellings_are_the_two_types(ffi):
    signed, unsigned = ffi.typeof("__int128"), ffi.typeof("unsigned __int128")
    assert ffi.typeof("signed __int128") is ffi.typeof("__int128_t") is signed
    assert ffi.typeof("__int128 unsigned") is ffi.typeof("__uint128_t") is unsigned
    assert ffi.sizeof("__int128") == ffi.alignof("__int128") == 16


@pytest.mark.parametrize("name, values", [("__int128", EDGES), ("unsigned __int128", UNSIGNED_EDGES)])
def test_every_value_is_stored_and_read(ffi, name, values):
    array = ffi.new(name + "[]", values)
    assert list(array) == ffi.unpack(array, len(values)) == values
    pointer = ffi.new(name + " *")
    for value in values:
        pointer[0] = value
        assert pointer[0] == value
        number = ffi.cast(name, value)
        assert int(number) == value and hash(number) == hash(value) and number == value
        assert bool(number) == bool(value)
        assert repr(number) == "<cdata '%s' %d>" % (name, value)


@pytest.mark.parametrize("name, value", [
    ("__int128", 2**127), ("__int128", -2**127 - 1), ("__int128", 10**60), ("unsigned __int128", -1),
    ("unsigned __int128", 2**128)])
def test_what_does_not_fit_overflows(ffi, name, value):
    with pytest.raises(OverflowError, match="does not fit '%s'" % name):
        ffi.new(name + " *", value)


@pytest.mark.parametrize("value", [1.5, "x", None, b"ab"])
def test_only_integers_are_stored(ffi, value):
    with pytest.raises(TypeError):
        ffi.new("__int128[1]", [value])


def test_casts_wrap(ffi):
    def cast(name, value):
        return int(ffi.cast(name, value))
    assert cast("__int128", 2**127) == -2**127
    assert cast("unsigned __int128", -1) == 2**128 - 1
    assert cast("__int128", 2**130 + 3) == 3
    assert cast("__int128", 1.9) == 1 and cast("__int128", b"a") == 97
    assert cast("__int128", ffi.cast("unsigned __int128", -1)) == -1
    assert cast("unsigned __int128", ffi.cast("int", -3)) == 2**128 - 3
    assert cast("int", ffi.cast("__int128", 2**100 + 7)) == 7
    assert cast("__int128", ffi.cast("char *", 16)) == 16
    assert float(ffi.cast("double", ffi.cast("unsigned __int128", 2**127))) == 2.0**127
    assert ffi.new("long *", ffi.cast("__int128", -5))[0] == -5
    with pytest.raises(OverflowError):
        ffi.new("long *", ffi.cast("__int128", 2**64))


def test_members_are_aligned_to_16_bytes(ffi):
    ffi.cdef("struct s { char c; __int128 i; unsigned __int128 u[2]; char d; };")
    assert (ffi.offsetof("struct s", "i"), ffi.sizeof("struct s"), ffi.alignof("struct s")) == (16, 80, 16)
    one = ffi.new("struct s *", {"i": -2**127, "u": [2**128 - 1, 5]})
    assert (one.i, one.u[0], one.u[1]) == (-2**127, 2**128 - 1, 5)
    assert int(ffi.cast("uintptr_t", one)) % 16 == 0


def test_calls(ffi, lib):
    assert lib.add(2**100, -2**101) == -2**100
    assert lib.umul(2**70, 2**40) == 2**110
    assert lib.mixed(1, 2, 3, 4, 5, 2**70, 7, 2**80, 3.0, -2**90) == (
        1 + 4 + 9 + 16 + 25 + 6 * 2**70 + 49 + 8 * 2**80 + 3 - 9 * 2**90)
    with pytest.raises(OverflowError, match="argument 2 of 'add'"):
        lib.add(1, 2**127)


def test_records_with_it_by_value(ffi, lib):
    result = lib.by_value(ffi.new("struct wide *", [b"a", 2**90])[0], 2**90)
    assert (result.c, result.i) == (b"b", 2**91)


def test_variables_and_callbacks(ffi, lib):
    assert lib.number == -5
    lib.number = 2**99
    assert lib.number == ffi.addressof(lib, "number")[0] == 2**99
    assert lib.call(ffi.callback("T(T, int)", lambda a, b: a * b), -2**90) == -3 * 2**90 + 1


def test_a_buffer_of_it_has_two_halves(ffi):
    view = memoryview(ffi.new("__int128[2]", [-1, 2**64]))
    assert (view.format, view.itemsize) == ("T{^Q:low:^q:high:}", 16)


def test_modules_in_api_mode(ffi, tmp_path):
    ffi.cdef(DECLARATIONS + "static const T LIMIT;")
    ffi.set_source("_wide_module", SOURCE + "static const T LIMIT = 77;")
    ffi.compile(tmpdir=str(tmp_path))
    import importlib
    import sys
    sys.path.insert(0, str(tmp_path))
    try:
        module = importlib.import_module("_wide_module")
    finally:
        sys.path.remove(str(tmp_path))
    assert module.lib.add(2**100, 1) == 2**100 + 1
    assert module.lib.umul(2**70, 2**40) == 2**110
    assert module.lib.number == -5
    one = module.ffi.new("struct wide *", [b"a", 2**90])
    assert module.lib.by_value(one[0], 1).i == 2**90 + 1
