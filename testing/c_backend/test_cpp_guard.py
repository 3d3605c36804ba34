"""The guard round C++ calls: nothing thrown escapes, and what it was is told."""

import re
import sysconfig

import pytest
import support
from call_support import B, fn, new, t

CORE = str(support.ROOT / "c_backend")


@pytest.fixture(scope="module")
def guarded():
    """Calls a function of the fixture under the guard; gives its report split at '|'."""
    lib = B.load_library(support.compile_shared(
        support.FIXTURES / "cpp" / "throwing.cpp", flags=["-iquote", CORE, "-I", sysconfig.get_paths()["include"]]), 0)
    guard = lib.load_function(fn("void", "void*", "int", "long", "double", "char*", "size_t"),
                              "guarded")

    def call(name, integer=0, real=0.0, is_double=0):
        text = new("char[1000]")
        guard(lib.load_function(t("void*"), name), is_double, integer, real, text, 1000)
        return B.string(text).decode().split("|")

    return call


def kinds():
    rows = re.findall(r"ROW\((\w+), +([\w:]+)\)", (support.ROOT / "c_backend" / "cpp_guard.h").read_text())
    return list(enumerate(rows))


def test_a_call_that_returns(guarded):
    """Without an exception the result comes back as from a plain call."""
    assert guarded("fine", 43) == ["returned 42"]
    assert guarded("fine_double", real=5.0, is_double=1) == ["returned 2.5"]


@pytest.mark.parametrize("index, row", kinds(), ids=[row[0] for _, row in kinds()])
def test_standard_exceptions(guarded, index, row):
    """Each standard class has its kind, name and text, and std::exception among its bases."""
    kind, name, what, bases = guarded("throw_standard", index)
    assert int(kind) == index
    assert name.replace("[abi:cxx11]", "").replace("__cxx11::", "").startswith(
        row[1].replace("ios_base::failure", "ios_base"))
    assert what
    if row[0] != "EXCEPTION":
        assert bases.split(", ")[-1] == "std::exception"


def test_a_class_of_the_user(guarded):
    """A derived class has the kind of its nearest standard base, and all bases in order."""
    kind, name, what, bases = guarded("throw_closed")
    names = [row[0] for _, row in kinds()]
    assert names[int(kind)] == "RUNTIME_ERROR"
    assert name == "shop::Closed" and what == "the shop is closed"
    assert bases == "shop::Error, std::runtime_error, std::exception"


def test_what_is_no_exception_class(guarded):
    """An int, a pointer or any class can be thrown; it has no text."""
    other = str(len(kinds()))
    assert guarded("throw_int", 5) == [other, "int", "-", ""]
    assert guarded("throw_pointer") == [other, "char const*", "-", ""]


def test_several_bases(guarded):
    """Every base class is told once, direct ones first."""
    assert guarded("throw_both")[1:] == ["shop::Both", "-", "shop::Plain, shop::Other, shop::Base"]


def test_again_and_again(guarded):
    """A guard that caught something is as good as new."""
    for value in range(1000):
        assert guarded("throw_int", value)[1] == "int"
    assert guarded("fine", 1) == ["returned 0"]
