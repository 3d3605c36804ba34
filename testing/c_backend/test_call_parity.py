"""Calls, value for value, against CFFI's core: the same result or the same exception class.

Every kind of parameter meets every kind of value.
"""

import sys
from fractions import Fraction

import pytest
import support
from data_support import native, oracle  # noqa: F401

SCALARS = {"bool": "_Bool", "char": "char", "schar": "signed char", "uchar": "unsigned char",
           "short": "short", "ushort": "unsigned short", "int": "int", "uint": "unsigned int",
           "long": "long", "ulong": "unsigned long", "longlong": "long long",
           "ulonglong": "unsigned long long", "float": "float", "double": "double",
           "longdouble": "long double", "wchar": "wchar_t", "char16": "char16_t",
           "char32": "char32_t"}
POINTERS = ["char *", "unsigned char *", "signed char *", "_Bool *", "short *", "int *", "long *",
            "float *", "double *", "wchar_t *", "char16_t *", "void *", "char * *", "void * *",
            "struct s *", "struct o *"]


class Both:
    """Int-like and float-like."""

    def __init__(self, value):
        self.value = value

    def __int__(self):
        return int(self.value)

    def __float__(self):
        return float(self.value)

    __index__ = __int__


class SubInt(int):
    pass


class SubBytes(bytes):
    pass


PLAIN = [0, 1, -1, 2, 127, 128, -128, -129, 255, 256, 2**15, -2**15, -2**15 - 1, 2**16 - 1, 2**16,
         2**30 - 1, 2**30, -2**30, 2**31 - 1, 2**31, -2**31, -2**31 - 1, 2**32 - 1, 2**32,
         2**60, 2**62 + 1, 2**63 - 1, 2**63, -2**63, -2**63 - 1, 2**64 - 1, 2**64, 2**100, -2**100,
         True, False, SubInt(5), SubInt(2**40), 0.0, -0.0, 0.5, -1.5, 1e10, 1e300, float("inf"),
         float("-inf"), float("nan"), 1j, Fraction(1, 2), Fraction(4, 2),
         "", "a", "ab", "\0", "\xff", "\u1234", "\U00012345", b"", b"a", b"ab", b"\0", b"\xff",
         b"\2", SubBytes(b"a"), bytearray(b"a"), memoryview(b"a"),
         None, [], (), [0], [1, 0], (1, 0), [b"a", b"\0"], ["a", "\0"], [1.5], [[1]], [None],
         [1, "x"], [300, 0], [2**70], {}, {"a": 1}, [{"a": 1}, {"a": 2}], set(), object(), int, len,
         Both(3), Both(3.5), Ellipsis, NotImplemented, range(3), slice(1)]
CDATA = ["_Bool 1", "char 97", "signed char -1", "short -5", "unsigned short 65535", "int 5",
         "unsigned int 4294967295", "long 5", "unsigned long 5", "float 1.5", "double 2.5",
         "long double 3.5", "wchar_t 97", "char16_t 97"]
MEMORY = ["char[3]", "unsigned char[3]", "signed char[3]", "_Bool[3]", "short[3]", "int[3]",
          "int[2][2]", "float[3]", "double[3]", "wchar_t[3]", "char *", "int *", "void * *",
          "struct s *", "struct s[2]", "char *[2]"]


def names():
    return (["plain %d: %.30r" % (i, value) for i, value in enumerate(PLAIN)]
            + ["cdata " + text for text in CDATA] + ["memory " + text for text in MEMORY]
            + ["null " + text for text in POINTERS] + ["struct", "enum", "function", "type"])


def make(core, name):
    """The value called `name`, made on `core`, and what must live as long."""
    kind, _, rest = name.partition(" ")
    if kind == "plain":
        return PLAIN[int(rest.partition(":")[0])]
    if kind == "cdata":
        text, _, value = rest.rpartition(" ")
        return core.cast(core.t(text), float(value))
    if kind == "memory":
        made = core.t(rest)
        return core.newp(made if made.kind == "array" else core.new_pointer_type(made.item), None)
    if kind == "null":
        return core.cast(core.t(rest), 0)
    if kind == "struct":
        return core.newp(core.t("struct s *"), None)[0]
    if kind == "enum":
        return core.cast(core.new_enum_type("enum e", ("A",), (1,), core.t("unsigned int")), 1)
    if kind == "function":
        return core.cast(core.function("int", "int"), 0)
    return core.t("int")


@pytest.fixture(scope="module")
def path():
    return support.compile_shared(support.FIXTURES / "c" / "calls.c", link_flags=("-lpthread",))


def outcomes(core, path, name, result, argument):
    """What a call with each value gives: a repr, or the class of the exception."""
    if "struct s" not in core._records:
        core.record("struct s", ("a", "int"))
        core.opaque("struct o")
    call = core.load_library(path, 0).load_function(core.function(result, argument), name)
    found = {}
    for value in names():
        made = make(core, value)
        found[value] = core.outcome(lambda core, made=made: call(made))
    return found


@pytest.mark.parametrize("name", SCALARS)
def test_scalars(native, oracle, path, name):  # noqa: F811
    """Which values are a scalar argument, and what C makes of them."""
    arguments = (path, "echo_" + name, SCALARS[name], SCALARS[name])
    ours, theirs = outcomes(native, *arguments), outcomes(oracle, *arguments)
    assert {value: (ours[value], theirs[value]) for value in ours
            if ours[value] != theirs[value]} == {}


@pytest.mark.parametrize("text", POINTERS)
def test_pointers(native, oracle, path, text):  # noqa: F811
    """Which values are a pointer argument; that it is not NULL, where it is not."""
    arguments = (path, "is_null", "int", text)
    ours, theirs = outcomes(native, *arguments), outcomes(oracle, *arguments)
    assert {value: (ours[value], theirs[value]) for value in ours
            if ours[value] != theirs[value]} == {}


def test_the_values_tell_types_apart():
    """The list holds what each type takes and what it does not."""
    assert len(set(names())) == len(names()) > 100 and sys.maxsize > 2**32
