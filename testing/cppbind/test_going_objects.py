"""Promises for proxies that are being made or dropped: whoever meets one then gets an exception, never a freed object.

Neighbours: test_hostile_python.py (Python code in the middle of a call), test_object_misuse.py (the same at random).
"""

import copy
import gc
import pickle
import weakref

import pytest
import support
from cpp_runtime import load_text

import cppbind
from cppbind import memory

HEADER = r"""
#include <functional>
#include <string>
namespace going {
struct Big {
    int value = 7; long pad[100] = {};
    Big() {}
    Big(int n) : value(n) {}
    Big(double d, int n) : value(n) { if (d < 0) throw d; }
};
struct Outer { Big inner; };
struct Virtual {
    Virtual() {}
    Virtual(int n) : value(n) {}
    virtual ~Virtual() = default;
    virtual int f(int n) { return n; }
    int go(int n) { return f(n) + value; }
    int value = 3;
};
struct Loud {
    std::function<void(Loud *)> f;
    int value = 5;
    ~Loud() { if (f) f(this); }
    void set(const std::function<void(Loud *)> &g) { f = g; }
    void call(const std::function<void(Loud *)> &g) { g(this); }
};
}
"""

pytestmark = pytest.mark.skipif(support.engine_name() != "native", reason="proxies of the compiled core are looked for here")


@pytest.fixture(scope="module")
def going(tmp_path_factory):
    return load_text(HEADER, tmp_path_factory.mktemp("going")).going


class Evil:
    """A number that does something when it is converted."""

    def __init__(self, do, value=0):
        self.do, self.value = do, value

    def __index__(self):
        self.do()
        return self.value


def is_gone(proxy):
    with pytest.raises(ReferenceError, match="destroyed"):
        cppbind.addressof(proxy)
    return True


# ---- dropped ------------------------------------------------------------------------------------------

def test_weak_references_look_for_the_object(going):
    """A weak reference's callback that asks for the object at the address gets one that is destroyed."""
    for cls in going.Big, going.Virtual, going.Outer:
        found, big = [], cls()
        address = cppbind.addressof(big)
        reference = weakref.ref(big, lambda _: found.append(cppbind.bind_object(address, cls)))
        del big
        assert reference() is None and is_gone(found[0])
        found.clear()
        assert [made for made in [cls() for _ in range(20)] if cppbind.addressof(made)]


def test_a_part_is_found_again(going):
    """A proxy that owns nothing and is dropped has a successor, which is as good."""
    outer, found = going.Outer(), []
    part = outer.inner
    reference = weakref.ref(part, lambda _: found.append(outer.inner))
    del part
    assert reference() is None and found[0].value == 7 and outer.inner is found[0]


@pytest.mark.parametrize("asked", ("Virtual", "Big"))
def test_attributes_that_look_for_their_object(going, asked):
    """The same of what the attributes of an object do when they go with it, by whatever class they look for it."""
    class Attribute:
        def __del__(self):
            found.append(cppbind.bind_object(address, getattr(going, asked)))

    class Derived(going.Virtual):
        pass

    found, derived = [], Derived(3)
    derived.attribute, address = Attribute(), cppbind.addressof(derived)
    del derived
    support.collect()
    assert is_gone(found[0])


def test_destructors_that_show_their_object(going):
    """A destructor gives Python a pointer to what it destroys: to be used then, and empty afterwards."""
    for drop in (lambda loud: loud.__destruct__(), lambda loud: None):
        seen, loud = [], going.Loud()
        loud.set(lambda pointer: seen.append((pointer, pointer.value)))
        drop(loud)
        del loud
        assert seen[0][1] == 5 and is_gone(seen[0][0])


def test_destructors_that_raise(going, monkeypatch):
    """What a destructor calls cannot raise out of it: sys.unraisablehook has it; what that calls itself may raise."""
    def fail(loud):
        with pytest.raises(ZeroDivisionError):
            other = going.Loud()
            other.call(lambda _: 1 // 0)
        raise KeyError("in a destructor")

    seen = []
    monkeypatch.setattr("sys.unraisablehook", lambda unraisable: seen.append(unraisable.exc_type))
    for drop in (lambda loud: loud.__destruct__(), lambda loud: None):
        loud = going.Loud()
        loud.set(fail)
        drop(loud)
        del loud
    assert seen == [KeyError, KeyError]


def test_resurrected_objects(going):
    """__del__ may keep the object, which is whole and has its class's overrides."""
    class Kept(going.Virtual):
        def f(self, n):
            return n * 10

        def __del__(self):
            kept.append(self)

    kept = [Kept(1)]
    kept.pop()
    assert kept[0].go(2) == 21
    reference = weakref.ref(kept[0])
    kept.clear()                # __del__ is called once
    support.collect()
    assert reference() is None


def test_a_regulator_looks_for_the_object(going):
    """A memory regulator that looks for the object it is told of: whole when it is made, destroyed when it goes."""
    def made(address, cls):
        proxy = memory.find(address)
        values.append(proxy.value)
        with pytest.raises(RuntimeError, match="already"):
            proxy.__init__()

    def dropped(address, cls):
        gone.append(cppbind.bind_object(address, cls))

    class Derived(going.Virtual):
        pass

    values, gone = [], []
    memory.watch(made, dropped)
    try:
        objects = [going.Big(4), going.Virtual(5), Derived(6)]
        assert values == [4, 5, 6]
        objects.clear()
    finally:
        memory.watch()
    assert len(gone) == 3 and all(map(is_gone, gone))


def test_a_regulator_destroys_what_it_is_told_of(going):
    """Then the constructor gives an object that is destroyed."""
    class Derived(going.Virtual):
        pass

    def destroy(address, cls):
        memory.find(address).__destruct__()

    memory.watch(destroy)
    try:
        objects = [going.Big(4), going.Virtual(5), Derived(6)]
    finally:
        memory.watch()
    assert all(map(is_gone, objects))


def test_regulators_that_replace_themselves(going):
    """The end of one regulator may set another, or none."""
    class Told:
        def __call__(self, address, cls):
            pass

        def __del__(self):
            memory.watch()

    for pair in (Told(), Told()), (None, Told()), (Told(), None), (None, None):
        memory.watch(*pair)
        del pair
    memory.watch()
    assert going.Big(3).value == 3


# ---- being made ----------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", ("Big", "Virtual"))
def test_init_within_init(going, name):
    """The arguments of __init__ construct the same object: one of the two is refused, and nothing is lost."""
    class Derived(getattr(going, name)):
        pass

    for cls in getattr(going, name), Derived:
        made = cls.__new__(cls)
        with pytest.raises(RuntimeError, match="already"):
            made.__init__(Evil(lambda: made.__init__(3), 4))
        assert made.value == 3
        assert memory.find(made) is made


def half_made(going):
    class Forgets(going.Virtual):
        def __init__(self):
            self.itself = self

    class Throws(going.Big):
        def __init__(self):
            halves.append(self)
            super().__init__(-1.0, 3)

    halves = [going.Big.__new__(going.Big), going.Virtual.__new__(going.Virtual), Forgets()]
    with pytest.raises(Exception, match="double"):
        Throws()
    assert len(halves) == 4
    return halves


USES = {
    "a member": lambda half: half.value, "assignment": lambda half: setattr(half, "value", 3),
    "a method": lambda half: half.go(1) if hasattr(half, "go") else half.value,
    "an argument": lambda half: type(half).__mro__[-3](half) if len(type(half).__mro__) > 3 else type(half)(half),
    "destruction": lambda half: half.value if half.__destruct__() is None else None,
    "ownership": lambda half: setattr(half, "__python_owns__", True), "address": cppbind.addressof,
    "copy": copy.copy, "pickle": pickle.dumps, "a move": lambda half: type(half)(cppbind.gbl.std.move(half)),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_objects_without_an_object(going, use):
    """__new__ without __init__, or with one that raised or did not call its base's: ReferenceError or TypeError."""
    for half in half_made(going):
        with pytest.raises((ReferenceError, TypeError)):
            use(half)
        assert repr(half) and hash(half) == hash(half) and half == half and not half


def test_the_collector_meets_halves(going):
    """gc.get_objects() has them, and cycles of them are collected."""
    halves = half_made(going)
    for each in gc.get_objects():
        gc.get_referents(each)
    references = [weakref.ref(half) for half in halves]
    del halves, each
    support.collect()
    assert [reference() for reference in references] == [None] * 4


# ---- classes --------------------------------------------------------------------------------------------

def test_classes_that_change_below_their_objects(going):
    """Neither __class__ nor __bases__ makes an object one of another C++ class."""
    class One(going.Virtual):
        __slots__ = ()

    class Other(going.Big):
        __slots__ = ()

    for made, cls in ((going.Big(), going.Virtual), (going.Virtual(), going.Big), (One(), Other), (Other(), One),
                      (One(), going.Big), (going.Big(), int)):
        for assign in setattr, object.__setattr__:
            with pytest.raises(TypeError):
                assign(made, "__class__", cls)
    made = One(4)
    One.__bases__ = (going.Big,)
    with pytest.raises(TypeError, match="'Big' object is needed"):
        made.value
    with pytest.raises(TypeError):
        class Mixed(One):
            pass
    One.__bases__ = (going.Virtual,)
    assert made.go(1) == 5


def test_an_mro_without_the_class(going):
    """A metaclass that leaves the C++ class out of the MRO makes a class without objects."""
    class Meta(type(going.Big)):
        def mro(cls):
            return [cls, object]

    class Lost(going.Big, metaclass=Meta):
        pass

    for make in Lost, lambda: Lost.__new__(Lost), lambda: object.__new__(Lost), lambda: going.Big.__new__(Lost):
        with pytest.raises(TypeError):
            make()
