"""Variadic functions: cdata behind the dots, with C's default promotions."""

import os
import sys

import pytest
import support
from call_support import B, fn, load, new, only_ours, t


def describe(letters, *values):
    call = load("describe", fn("int", "char*", "size_t", "char*", "..."))
    buffer = new("char[200]")
    length = call(buffer, 200, letters, *values)
    return B.buffer(buffer)[:length].decode().split()


def c(kind, value):
    return B.cast(t(kind), value)


def test_types_behind_the_dots():
    """int, long, double, pointers and arrays pass as what they are."""
    text = new("char[]", b"text")
    assert describe(b"ildsp", c("int", -1), c("long", 2**40), c("double", 1.5), text,
                    c("void*", 0)) == ["-1", str(2**40), "1.5", "text", "0"]


def test_integer_promotions():
    """What is narrower than an int is promoted by its own sign."""
    assert describe(b"iiiiii", c("signed char", -3), c("unsigned char", 250), c("short", -300),
                    c("unsigned short", 60000), c("_Bool", 1), c("char", b"a")) == [
                        "-3", "250", "-300", "60000", "1", "97"]


@only_ours
def test_float_promotes_to_double():
    """float becomes double (C11 6.5.2.2p6)."""
    assert describe(b"d", c("float", 2.5)) == ["2.5"]


@only_ours
def test_float_promotes_to_double_that_nobody_named():
    """Also in a process where no type `double` was made before."""
    code = ("import _cffi_like as B\n"
            "t = B.new_primitive_type\n"
            "pointer = B.new_pointer_type(t('char'))\n"
            "call = B.load_library(None, 0).load_function(B.new_function_type((pointer,), t('int'), True), 'printf')\n"
            "print(call(b'%.1f ', B.cast(t('float'), 2.5)), flush=True)\n")
    assert sorted(support.run([sys.executable, "-c", code], env=dict(
        os.environ, PYTHONPATH=support.package_folder())).stdout.split()) == ["2.5", "4"]


def test_many():
    """Past the registers the stack goes on."""
    values = []
    for i in range(20):
        values += [c("int", i), c("double", i / 2)]
    expected = []
    for i in range(20):
        expected += [str(i), "%g" % (i / 2)]
    assert describe(b"id" * 20, *values) == expected


def test_struct_behind_the_dots():
    """A struct passes by value."""
    assert describe(b"D", new("struct doubles", [1.5, 2.5])[0]) == ["1.5,2.5"]


def test_none_behind_the_dots():
    """A variadic function may be called with its fixed arguments alone."""
    assert describe(b"") == []


@pytest.mark.parametrize("value", [1, 1.5, b"x", None, "x", [1]])
def test_only_cdata(value):
    """A Python object has no C type of its own: TypeError with the argument's number."""
    with pytest.raises(TypeError) as caught:
        describe(b"i", value)
    assert "argument 4" in str(caught.value) and type(value).__name__ in str(caught.value)


def test_too_few():
    """The fixed arguments are needed."""
    with pytest.raises(TypeError) as caught:
        load("describe", fn("int", "char*", "size_t", "char*", "..."))(new("char[2]"), 2)
    assert "expects at least 3 arguments, got 2" in str(caught.value)


def test_snprintf():
    """libc's own snprintf."""
    snprintf = B.load_library(None, 0).load_function(
        fn("int", "char*", "size_t", "char*", "..."), "snprintf")
    buffer = new("char[64]")
    assert snprintf(buffer, 64, b"%s=%d %.2f %ld", new("char[]", b"n"), c("int", 42),
                    c("double", 2.5), c("long", -2**40)) == len("n=42 2.50 -1099511627776")
    assert B.string(buffer) == b"n=42 2.50 -1099511627776"
