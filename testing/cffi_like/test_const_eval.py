"""Constant expressions have the values the C compiler gives them."""

import pytest
from cffi_like import CDefError
from parsing import parse

EXPRESSIONS = [
    "1 + 2 * 3", "(1 + 2) * 3", "7 / 2", "-7 / 2", "-7 % 3", "7 % -3", "1 << 4", "-8 >> 1",
    "~0", "~0u", "~0UL", "!5", "!0", "-5", "+5", "- -5", "0x10", "010", "0b101", "1 ? 2 : 3",
    "0 ? 2 : 0 ? 3 : 4", "1 < 2", "2 <= 1", "3 == 3", "3 != 3", "1 && 0", "1 || 0",
    "1 | 6 & 3", "5 ^ 1", "1 << 2 + 1", "10 - 4 - 3", "100 / 10 / 5", "-1 < 0u", "1 - 2u > 0",
    "0u - 1", "(char)300", "(unsigned char)-1", "(short)0x18000", "(int)3000000000",
    "(unsigned)-1", "(long)-1", "(unsigned long long)-1", "(_Bool)7", "(int)3.9",
    "sizeof(int)", "sizeof(char *)", "sizeof(long) * 2", "sizeof(int[7])", "sizeof(short)",
    "sizeof 1", "sizeof(1ll)", "'a'", "'\\n'", "'\\x41'", "'\\101'", "'\\\\'", "L'x'",
    "2147483647", "4294967295", "0xFFFFFFFF", "0xFFFFFFFFFFFFFFFF", "9223372036854775807",
    "(1 << 3) | (1 << 5)", "sizeof(unsigned) == 4 ? 10 : 20", "1 == 1 == 1",
    "(unsigned short)(1 + 65535)", "-(1 + 2)", "0x7fffffff + 0u + 1u",
]


@pytest.fixture(scope="module")
def compiled_values(compile_shared):
    """The value and sign that the C compiler gives each expression."""
    lines = ["#include <stddef.h>",
             "const long long values[] = {%s};"
             % ", ".join("(long long)(%s)" % text for text in EXPRESSIONS),
             "const int negatives[] = {%s};"
             % ", ".join("((%s) < 0)" % text for text in EXPRESSIONS)]
    from cffi_like import FFI
    ffi = FFI()
    ffi.cdef("extern const long long values[]; extern const int negatives[];")
    lib = ffi.dlopen(str(compile_shared("\n".join(lines))))
    result = {}
    for index, text in enumerate(EXPRESSIONS):
        value = lib.values[index]
        result[text] = value if value >= 0 or lib.negatives[index] else value + (1 << 64)
    return result


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_as_the_compiler(text, compiled_values):
    """Types of C included: unsigned arithmetic wraps, casts cut, division goes to zero."""
    assert parse("#define X %s" % text).constants["X"].value == compiled_values[text]


@pytest.mark.parametrize("text, value", [
    ("1.5", 1.5), (".5e1", 5.0), ("1.5f", 1.5), ("0x1p4", 16.0), ("1 / 2.0", 0.5),
    ("(double)3", 3.0), ("-2.5 + 1", -1.5), ('"a\\tb"', b"a\tb"), ('sizeof("abc")', 4),
    ('u8"x"', b"x"), ("1.5 < 2", 1)])
def test_floats_and_strings(text, value):
    """Further than CFFI: a #define may be any arithmetic constant or a string."""
    found = parse("#define X %s" % text).constants["X"].value
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize("text, message", [
    ("1 / 0", "division by zero"), ("5 % 0", "division by zero"),
    ("1 +", "unexpected end"), ("1 2", "unexpected '2'"), ("0x", "not a number of C"),
    ("12abc", "'12abc' is not a number of C"), ("089", "'089' is not a number of C"),
    ("99999999999999999999", "too large"), ("~1.5", "'~' on a floating value"),
    ("1.5 % 2", "'%' on a floating value"), ("'ab'", "not one character"),
    ("1 << 64", "shift by 64"), ('"a" + 1', "on a string"), ("nobody", "not a known constant"),
    ("sizeof(void)", "size"), ("sizeof(nobody)", "'nobody' is not a known constant"),
    ("'\\q'", "unknown escape"), ("(int)1e999", "infinity"), ("0x1p9999", "too large"),
    ('"\\x110000"', "range"), ("@", "unexpected '@'"), ("", "no value"),
])
def test_mistakes(text, message):
    """Each is a CDefError that names the place and the token."""
    with pytest.raises(CDefError, match="cdef:1:.*" + message):
        parse("#define X %s" % text)


def test_sizeof_of_records():
    """Layouts are computed where an FFI is there to do it, also of this very cdef."""
    from cffi_like import FFI
    ffi = FFI()
    ffi.cdef("struct a { char c; int i; }; typedef struct { struct a x[2]; } b;"
             "struct c { char pad[sizeof(b)]; char al[_Alignof(struct a)]; };\n"
             "#define SIZE sizeof(struct c)")
    assert ffi.sizeof("struct c") == 16 + 4
    assert ffi.integer_const("SIZE") == 20
    with pytest.raises(CDefError, match="cdef:1:27: this size is not known: .*opaque"):
        ffi.cdef("struct opaque; enum { X = sizeof(struct opaque) };")


def test_static_assertions():
    """_Static_assert is checked."""
    parse('_Static_assert(sizeof(int) == 4, "int"); struct s { static_assert(1); int x; };')
    with pytest.raises(CDefError, match='cdef:1:1: static assertion failed: "no"'):
        parse('_Static_assert(1 > 2, "no");')
