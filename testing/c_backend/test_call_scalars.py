"""Scalars through C functions: every width, its limits, and what lies beyond."""

import math
import sys

import pytest
from call_support import B, library, load, only_ours, t

INTEGERS = {"schar": "signed char", "uchar": "unsigned char", "short": "short",
            "ushort": "unsigned short", "int": "int", "uint": "unsigned int", "long": "long",
            "ulong": "unsigned long", "longlong": "long long", "ulonglong": "unsigned long long"}


def limits(kind):
    bits = 8 * B.sizeof(t(kind))
    if kind.startswith("unsigned"):
        return 0, 2**bits - 1
    return -2**(bits - 1), 2**(bits - 1) - 1


@pytest.mark.parametrize("name", INTEGERS)
def test_integer_limits(name):
    """Both limits, 0 and values round powers of two come back unchanged."""
    kind = INTEGERS[name]
    echo = load("echo_" + name, "%s(%s)" % (kind, kind))
    low, high = limits(kind)
    values = {low, low + 1, high, high - 1, 0, 1, -1}
    values |= {sign * (2**bit + more) for bit in (7, 8, 15, 16, 29, 30, 31, 32, 59, 60, 61, 63)
               for more in (-1, 0, 1) for sign in (1, -1)}
    for value in values:
        if low <= value <= high:
            assert echo(value) == value
            assert type(echo(value)) is int


@pytest.mark.parametrize("name", INTEGERS)
def test_integer_beyond_its_limits(name):
    """One more than fits is an OverflowError, never a wrap."""
    kind = INTEGERS[name]
    echo = load("echo_" + name, "%s(%s)" % (kind, kind))
    low, high = limits(kind)
    for value in (low - 1, high + 1, -2**64, 2**64, 2**100, -2**100):
        with pytest.raises(OverflowError):
            echo(value)
    assert echo(1) == 1


@pytest.mark.parametrize("name", INTEGERS)
def test_integer_like_values(name):
    """True, subclasses of int, __index__ and integer cdata are integers."""
    class Index:
        def __index__(self):
            return 42

        __int__ = __index__

    class Sub(int):
        pass

    kind = INTEGERS[name]
    echo = load("echo_" + name, "%s(%s)" % (kind, kind))
    assert echo(True) == 1
    assert echo(Index()) == 42
    assert echo(Sub(43)) == 43
    assert echo(B.cast(t("int"), 44)) == 44


@pytest.mark.parametrize("value", [1.0, 1.5, "1", b"1", None, [1], 1j])
def test_what_is_no_integer(value):
    """A float is never taken for an int, nor is a string."""
    with pytest.raises(TypeError):
        load("echo_int", "int(int)")(value)


def test_narrow_results_are_cut_to_their_type():
    """Only the type's own bits of the result register count, sign-extended or not."""
    dirty = 0x1234567889ABCDEF
    for kind in ("signed char", "short", "int", "long"):
        bits = 8 * B.sizeof(t(kind))
        value = dirty & (2**bits - 1)
        expected = value - 2**bits if value >> (bits - 1) else value
        assert load("dirty_result", "%s(long)" % kind)(dirty) == expected
    for kind in ("unsigned char", "unsigned short", "unsigned int", "unsigned long"):
        expected = dirty & (2**(8 * B.sizeof(t(kind))) - 1)
        assert load("dirty_result", "%s(long)" % kind)(dirty) == expected


@only_ours
def test_narrow_arguments_fill_their_register():
    """A callee compiled by clang relies on the caller's extension to 32 bits."""
    for kind, value in (("signed char", -5), ("short", -5), ("int", -5), ("unsigned char", 200),
                        ("unsigned short", 50000), ("unsigned int", 2**32 - 1)):
        assert load("seen_as_long", "long(%s)" % kind)(value) == value
    # Values that take the way of conversions too.
    assert load("seen_as_long", "long(short)")(B.cast(t("short"), -5)) == -5
    assert load("seen_as_long", "long(char)")(b"\x85") in (-123, 133)


def test_bool():
    """_Bool takes 0 and 1 and gives a bool."""
    echo = load("echo_bool", "_Bool(_Bool)")
    assert echo(0) is False and echo(1) is True
    assert echo(True) is True and echo(False) is False
    for value in (2, -1, 2**70):
        with pytest.raises(OverflowError):
            echo(value)
    with pytest.raises(TypeError):
        echo("1")


def test_char():
    """char is bytes of length 1, both ways."""
    echo = load("echo_char", "char(char)")
    for value in (b"a", b"\0", b"\x7f", b"\x80", b"\xff"):
        assert echo(value) == value
    for value in (b"", b"ab", "a", 97):
        with pytest.raises(TypeError):
            echo(value)


@pytest.mark.parametrize("name, kind, characters", [
    ("wchar", "wchar_t", "a\0\xff\u1234\U00012345"),
    ("char16", "char16_t", "a\0\xff\u1234"),
    ("char32", "char32_t", "a\0\xff\u1234\U0010ffff")])
def test_wide_characters(name, kind, characters):
    """Wide characters are str of length 1."""
    echo = load("echo_" + name, "%s(%s)" % (kind, kind))
    for value in characters:
        assert echo(value) == value
    for value in ("", "ab", b"a", 97):
        with pytest.raises(TypeError):
            echo(value)


DOUBLES = [0.0, -0.0, 1.5, -1e308, 5e-324, math.pi, math.inf, -math.inf, sys.float_info.max]


@pytest.mark.parametrize("value", DOUBLES)
def test_double(value):
    """A double comes back bit by bit."""
    result = load("echo_double", "double(double)")(value)
    assert result == value and math.copysign(1, result) == math.copysign(1, value)


def test_double_takes_what_float_takes():
    """int, __float__, __index__, float subclasses and float cdata; NaN stays NaN."""
    class Real:
        def __float__(self):
            return 2.5

    class Sub(float):
        pass

    echo = load("echo_double", "double(double)")
    assert echo(3) == 3.0 and type(echo(3)) is float
    assert echo(-2**80) == -2.0**80
    assert echo(Real()) == 2.5 and echo(Sub(0.25)) == 0.25
    assert echo(B.cast(t("float"), 1.25)) == 1.25
    assert math.isnan(echo(math.nan))
    for value in ("1.5", b"1", None, 1j, [1.0]):
        with pytest.raises(TypeError):
            echo(value)


def test_float():
    """A float is rounded once; what is too large becomes an infinity, as in C."""
    echo = load("echo_float", "float(float)")
    assert echo(1.5) == 1.5 and echo(-3) == -3.0
    assert echo(0.1) == float(B.cast(t("float"), 0.1)) != 0.1
    assert echo(1e300) == math.inf
    with pytest.raises(TypeError):
        echo("x")


def test_long_double_keeps_its_precision():
    """A long double comes back as cdata with all its bits (the path libffi)."""
    echo = load("echo_longdouble", "long double(long double)")
    result = echo(1.25)
    assert B.typeof(result) is t("long double") and float(result) == 1.25
    assert float(echo(result)) == 1.25
    assert float(echo(3)) == 3.0


@only_ours
def test_complex():
    """Complex numbers pass by libffi, which CFFI refuses."""
    for name, kind in (("double", "_cffi_double_complex_t"), ("float", "_cffi_float_complex_t")):
        assert load("echo_%scomplex" % name, "%s(%s)" % (kind, kind))(0.5 - 2j) == 0.5 - 2j


def test_enum():
    """An enum is an int in calls; its result is the plain integer."""
    kind = B.new_enum_type("enum color", ("RED", "GREEN"), (0, 5), t("unsigned int"))
    echo = load("echo_uint", B.new_function_type((kind,), kind))
    assert int(echo(5)) == 5
    assert int(echo(B.cast(kind, 5))) == 5
    with pytest.raises(TypeError):
        echo("GREEN")
    with pytest.raises(OverflowError):
        echo(-1)


def test_void_result_is_none():
    """A void function gives None, and runs."""
    before = library().read_variable(t("int"), "calls_of_noop")
    assert load("noop", "void()")() is None
    assert library().read_variable(t("int"), "calls_of_noop") == before + 1


def test_registers_then_stack():
    """Arguments past the registers reach the stack in order: ints, doubles, both."""
    numbers = list(range(1, 13))
    expected = sum((i + 1) * n for i, n in enumerate(numbers))
    assert load("sum12", "long(%s)" % ",".join(["long"] * 12))(*numbers) == expected
    assert load("sum12_doubles", "double(%s)" % ",".join(["double"] * 12))(*numbers) == expected
    assert load("sum6", "int(%s)" % ",".join(["int"] * 6))(1, 2, 3, 4, 5, 6) == 91
    assert load("mix_floats", "float(int,float,short,float)")(2, 1.5, -3, 0.5) == 1.5


@only_ours
def test_keeping_the_gil_gives_the_same_results():
    """release_gil=False changes nothing but the speed."""
    assert load("add", "int(int,int)", release_gil=False)(2, -5) == -3
    assert load("add_doubles", "double(double,double)", release_gil=False)(2, 0.5) == 2.5
    assert load("noop", "void()", release_gil=False)() is None
    assert load("sum12", "long(%s)" % ",".join(["long"] * 12), release_gil=False)(*[1] * 12) == 78
