"""Functions with an ellipsis."""

import pytest
from cpp_runtime import load


@pytest.fixture(scope="module")
def ptr():
    return load("Pointers").ptr


def test_variadic_functions(ptr):
    """What follows is passed by its Python type: integers, floats, text, pointers."""
    assert ptr.format("%d %s %.1f %c|%ld", 3, "x", 2.5, ord("c"), -2**40) == "3 x 2.5 c|%d" % -2**40
    assert ptr.format("none") == "none"
    assert ptr.format("%g %g %g %g %g %g %g %g %g %g", *[n / 2 for n in range(10)]) == "0 0.5 1 1.5 2 2.5 3 3.5 4 4.5"
    assert ptr.format("%s-%p", b"bytes", None) == "bytes-(nil)"
    assert ptr.Scale().total(3, 1, 2, 3) == 12


def test_variadic_functions_are_checked(ptr):
    """The named arguments are needed, and not everything can follow."""
    with pytest.raises(TypeError):
        ptr.format()
    with pytest.raises(TypeError, match="'...'"):
        ptr.format("%d", object())
    with pytest.raises(ValueError, match="null character"):
        ptr.format("%s", "a\0b")
    assert ptr.chosen(1) == 1 and ptr.chosen(1, 2) == 2
