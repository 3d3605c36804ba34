"""cppbind.py and cppbind.ll: cppyy's functions that tune classes, and casts and raw memory."""

import itertools

import pytest
import support
from cpp_runtime import load, load_text

import cppbind

_numbers = itertools.count()


@pytest.fixture(scope="module")
def lang():
    return load("Language").lang


def tuned(hook, folder):
    """The namespace of a header's classes that a pythonization was added for."""
    space = "tune%d" % next(_numbers)
    cppbind.py.add_pythonization(hook, space)
    try:
        gbl = load_text("""
namespace NAME {
struct Part { int n = 4; };
struct Machine {
    int getSpeed() const { return m_speed; }
    void setSpeed(int speed) { m_speed = speed; }
    Part *makePart() { return new Part; }
    int add(int a) { return a + 1; }
    int m_speed = 3;
};
}
""".replace("NAME", space), folder)
        assert getattr(gbl, space).Machine
        return getattr(gbl, space)
    finally:
        cppbind.py.remove_pythonization(hook, space)


def test_make_property(tmp_path):
    """Getters and setters become properties, by a group of the expressions or by a name."""
    machine = tuned(cppbind.py.make_property("Machine", "get(.*)", "set(.*)"), tmp_path).Machine()
    assert machine.Speed == 3
    machine.Speed = 8
    assert machine.m_speed == 8
    with pytest.raises(ValueError):
        cppbind.py.make_property("Machine", "getSpeed")


def test_rename_attribute(tmp_path):
    """A member gets another name."""
    tune = tuned(cppbind.py.rename_attribute("Machine", "m_speed", "speed"), tmp_path)
    assert tune.Machine().speed == 3 and not hasattr(tune.Machine(), "m_speed")


def test_ownership_policy(tmp_path):
    """Python owns what matching methods return."""
    machine = tuned(cppbind.py.set_ownership_policy("Mach.*", "make.*", True), tmp_path).Machine()
    assert machine.makePart().__python_owns__


def test_gil_policy(tmp_path):
    """The GIL is released in matching methods."""
    tune = tuned(cppbind.py.set_gil_policy("Machine", "add"), tmp_path)
    assert tune.Machine.add.__release_gil__ and not tune.Machine.getSpeed.__release_gil__
    assert tune.Machine().add(2) == 3


def test_compose_method(tmp_path):
    """Results go through a function."""
    tune = tuned(cppbind.py.compose_method("Machine", "add", lambda self, result: (self.m_speed, result)), tmp_path)
    assert tune.Machine().add(4) == (3, 5)


def test_add_overload(tmp_path):
    """A Python function takes what no C++ overload does; what one takes stays C++'s."""
    tune = tuned(cppbind.py.add_overload("Machine", "add", lambda self, text: len(text) + self.m_speed), tmp_path)
    assert tune.Machine().add(4) == 5 and tune.Machine().add("four") == 7


def test_pin_type(tmp_path):
    """A pinned class is not looked for behind a pointer to its base."""
    pinned = load_text("""
namespace pinned {
struct Base { virtual ~Base() {} };
struct Derived : Base {};
inline Base *make() { static Derived derived; return &derived; }
}
""", tmp_path).pinned
    cppbind.py.pin_type(pinned.Derived)
    assert type(pinned.make()) is pinned.Base
    with pytest.raises(TypeError):
        cppbind.py.pin_type(int)


def test_exception_mapping(lang):
    """A C++ exception derives from the Python class that it is mapped to."""
    class Mine(Exception):
        pass

    cppbind.py.add_exception_mapping("lang::Special", Mine)
    with pytest.raises(Mine, match="special") as caught:
        lang.fail()
    assert isinstance(caught.value, RuntimeError) and caught.value.cpp_type == "lang::Special"
    with pytest.raises(TypeError):
        cppbind.py.add_exception_mapping("lang::Special", int)


# ---- ll ------------------------------------------------------------------------------------------------

def test_static_cast(lang):
    """To a base, and unchecked to a derived class, wherever it lies; of numbers."""
    ll = cppbind.ll
    both = lang.NamedSquare()
    shape = ll.static_cast[lang.Shape](both)
    assert type(shape) is lang.Shape and shape.id == 5 and cppbind.addressof(shape) != cppbind.addressof(both)
    back = ll.static_cast["lang::NamedSquare *"](shape)
    assert back is both
    assert ll.static_cast["int"](3.9) == 3 and ll.static_cast[float](2) == 2.0
    assert not ll.static_cast[lang.Shape](None)
    with pytest.raises(TypeError, match="not related"):
        ll.static_cast[lang.Point](shape)
    with pytest.raises(TypeError, match="no built-in type"):
        ll.static_cast["nothing"](3)


def test_dynamic_cast(lang):
    """To what the object is, across the hierarchy too, else a null pointer."""
    ll = cppbind.ll
    both = lang.NamedSquare()
    shape = ll.static_cast[lang.Shape](both)
    assert ll.dynamic_cast[lang.Named](shape).name == "n"
    assert not ll.dynamic_cast[lang.Named](lang.Square())


def test_reinterpret_cast(lang):
    """The same address as something else."""
    ll = cppbind.ll
    point = lang.Point(1.5, 2.5)
    numbers = ll.reinterpret_cast["double *"](point)
    assert (numbers[0], numbers[1]) == (1.5, 2.5)
    assert ll.cast[lang.Point](numbers) is point
    assert ll.cast["unsigned long"](ll.cast["void*"](point)) == cppbind.addressof(point)


def test_memory(lang):
    """malloc and array_new give arrays until they are freed, once."""
    ll = cppbind.ll
    numbers = ll.malloc["int"](4)
    numbers[3] = 7
    assert list(numbers) == [0, 0, 0, 7]
    ll.free(numbers)
    with pytest.raises(ValueError):
        ll.free(numbers)
    reals = ll.array_new[float](2)
    assert len(reals) == 2
    ll.array_delete(reals)
    with pytest.raises(ValueError):
        ll.malloc["int"](-1)
    with pytest.raises(TypeError, match="std::vector"):
        ll.malloc[lang.Point](2)


def test_views(lang):
    """The memory of an object as a memoryview, its address as a capsule."""
    view = cppbind.ll.as_memoryview(lang.Point(1.0, 2.0))
    assert view.cast("d").tolist() == [1.0, 2.0]
    if support.engine_name() == "native":
        assert "capsule" in repr(cppbind.ll.as_capsule(lang.Point()))
    else:
        with pytest.raises(NotImplementedError, match="PyCapsule belongs to CPython"):
            cppbind.ll.as_capsule(lang.Point())
        with pytest.raises(NotImplementedError, match="signals become exceptions in CPython only"):
            lang.pick.__sig2exc__ = True
    assert cppbind.ll.argc() == len(cppbind.ll.argv())
    assert cppbind.ll.addressof(None) == 0
