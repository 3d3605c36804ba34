"""by_type: function(types[cdecl], ...) without a Python frame."""

import gc
import inspect
import weakref

import pytest
from data_support import native  # noqa: F401


def make(native):
    """(the function, the calls that reached Python)."""
    calls, types = [], {"int *": native.t("int *")}

    def new(cdecl, init=None):
        """Documented."""
        calls.append(cdecl)
        if not isinstance(cdecl, str):
            raise TypeError("no type: %r" % (cdecl,))
        types[cdecl] = native.t(cdecl)
        return native.newp(types[cdecl], init)

    return native.by_type(native.newp, types, new), calls


def test_known_types_go_straight(native):
    """What is in the dict does not call Python; what is not does, once."""
    new, calls = make(native)
    assert new("int *")[0] == 0 and new("int *", 5)[0] == 5 and calls == []
    assert list(new("int[]", [1, 2])) == [1, 2] and list(new("int[]", [3])) == [3]
    assert calls == ["int[]"]


def test_keywords_and_wrong_arguments_go_to_python(native):
    """So they mean, and raise, what the Python function says."""
    new, calls = make(native)
    assert new("int *", init=5)[0] == 5 and new(cdecl="int *")[0] == 0
    for wrong in ((), ("int *", 1, 2), (["unhashable"],), (5,)):
        with pytest.raises(TypeError):
            new(*wrong)
    with pytest.raises(TypeError, match="an integer is required"):
        new("int *", "x")


def test_it_shows_itself_as_the_python_function(native):
    """help(), inspect and functools see what they know."""
    new, _ = make(native)
    assert new.__doc__ == "Documented." and new.__name__ == "new" and callable(new)
    assert list(inspect.signature(new).parameters) == ["cdecl", "init"]
    with pytest.raises(TypeError):
        native.by_type(native.newp, {}, None)
    with pytest.raises(TypeError):
        native.by_type(native.newp, None, native.newp)


def test_it_is_collected(native):
    """An object that holds it, and that it calls, goes away."""
    class Holder:
        def new(self, cdecl):
            return None

    holder = Holder()
    holder.fast = native.by_type(native.newp, {"holder": holder}, holder.new)
    dead = weakref.ref(holder)
    del holder
    gc.collect()
    assert dead() is None
