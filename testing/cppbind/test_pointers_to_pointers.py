"""Objects and lists for pointers to pointers; test_pointer_arguments.py has other libraries' arrays."""

import pytest
from cpp_runtime import load

import cppbind


@pytest.fixture(scope="module")
def ptr():
    return load("Pointers").ptr


def test_proxy_for_a_pointer_to_its_pointer(ptr):
    """Where C++ writes an address, the proxy is that object's, without owning it."""
    for function, name in ((ptr.make, "made"), (ptr.replace, "replaced")):
        named = cppbind.bind_object(0, ptr.Named)
        assert not named
        function(named)
        assert named.name == name and not named.__python_owns__
        named.__python_owns__ = True
    ptr.forget(named)
    assert not named
    with pytest.raises(ReferenceError):
        named.name


def test_lists_of_objects_and_texts(ptr):
    """A list becomes an array that ends in a null pointer."""
    assert ptr.count([ptr.Named(), ptr.Named()]) == 2 and ptr.count([]) == 0
    assert ptr.lengths(["ab", b"cde"], 2) == 5
    words = ["ab", "cde"]
    assert ptr.until_null(words) == 2 and words == ["ab", "cde"]        # what C++ changes are copies
    with pytest.raises(TypeError):
        ptr.lengths(["ab", 3], 2)
    with pytest.raises(TypeError):
        ptr.count([ptr.Named(), "text"])
