"""Promises of ownership: who destroys what and when, what keeps what alive, one proxy per object."""

import weakref

import pytest
import support
from cpp_runtime import load, load_text

import cppbind


@pytest.fixture
def MyClass():
    MyClass = load("MyClass").MyClass
    support.collect()
    return MyClass


def alive(MyClass):
    support.collect()
    return MyClass.Instances()


def test_python_owns_what_it_constructs(MyClass):
    """The destructor runs when the last reference goes."""
    before = alive(MyClass)
    made = [MyClass(i) for i in range(5)]
    assert made[0].__python_owns__ and alive(MyClass) == before + 5
    del made
    assert alive(MyClass) == before


def test_results_by_value_are_owned(MyClass):
    """An object returned by value is Python's."""
    first = MyClass(1)
    before = alive(MyClass)
    copy = first.Copy()
    assert copy.__python_owns__ and copy is not first and alive(MyClass) == before + 1
    del copy
    assert alive(MyClass) == before


def test_references_and_pointers_are_not_owned(MyClass):
    """A reference or pointer result belongs to whoever had it."""
    counters = load("Globals")
    assert not counters.PointedTo().__python_owns__
    before = alive(MyClass)
    first = MyClass(1)
    for _ in range(3):
        first.Self()
        first.Ref()
    assert first.__python_owns__ and alive(MyClass) == before + 1


def test_one_proxy_per_object(MyClass):
    """The same address and class give the same proxy while it lives."""
    first = MyClass(1)
    assert first.Self() is first and first.Ref() is first
    assert cppbind.bind_object(cppbind.addressof(first), MyClass) is first


def test_python_class_comes_back(MyClass):
    """An object of a Python class comes back from C++ as itself."""
    class Mine(MyClass):
        pass

    mine = Mine(4)
    assert mine.Self() is mine


def test_destruct(MyClass):
    """__destruct__ destroys at once; everything afterwards is a ReferenceError, and nothing is destroyed twice."""
    before = alive(MyClass)
    made = MyClass(1)
    made.__destruct__()
    assert MyClass.Instances() == before and not made
    for use in (made.GetMyInt, lambda: made.m_myint, lambda: setattr(made, "m_myint", 1),
                lambda: MyClass(made), lambda: MyClass(1).Sum(made), lambda: cppbind.addressof(made)):
        with pytest.raises(ReferenceError):
            use()
    made.__destruct__()
    made = None
    assert alive(MyClass) == before


def test_destruct_needs_ownership(MyClass):
    """What C++ owns is not destroyed by a slip: globals, pointer results, parts."""
    gbl = load("Globals")
    gbl.gCounterPtr = gbl.gCounter
    for foreign in (gbl.gCounter, gbl.gCounterPtr, gbl.PointedTo()):
        with pytest.raises(TypeError) as caught:
            foreign.__destruct__()
        assert "__python_owns__" in str(caught.value)
    assert gbl.gCounter.Next() == gbl.gCounter.count


def test_ownership_can_be_given_away_and_taken(MyClass):
    """__python_owns__ says who destroys."""
    before = alive(MyClass)
    made = MyClass(1)
    address = cppbind.addressof(made)
    made.__python_owns__ = False
    del made
    assert alive(MyClass) == before + 1
    again = cppbind.bind_object(address, MyClass)
    assert not again.__python_owns__ and again.GetMyInt() == 1
    again.__python_owns__ = True
    del again
    assert alive(MyClass) == before


def test_ownership_of_nothing(MyClass):
    """What is no object of its own cannot be owned."""
    empty = MyClass.__new__(MyClass)
    with pytest.raises(ReferenceError):
        empty.__python_owns__ = True
    with pytest.raises(TypeError):
        del MyClass(1).__python_owns__


def test_creates(MyClass):
    """A function marked __creates__ hands its result over."""
    gbl = load("Diamond")
    assert not gbl.MakeD.__creates__
    gbl.MakeD.__creates__ = True
    try:
        assert gbl.MakeD().__python_owns__
    finally:
        gbl.MakeD.__creates__ = False


def test_proxies_can_be_referenced_weakly(MyClass):
    """Weak references die with the proxy."""
    made = MyClass(1)
    weak = weakref.ref(made)
    assert weak() is made
    del made
    support.collect()
    assert weak() is None


def test_identity_table_does_not_grow(MyClass):
    """Proxies leave the table when they die, in any order."""
    from cppbind.runtime import native
    support.collect()
    before = native.proxy_count()
    made = [MyClass(i) for i in range(3000)]
    assert native.proxy_count() == before + 3000
    assert [m.Self() for m in made] == made and all(m.Self() is m for m in made)
    del made[::2]
    assert all(m.Self() is m for m in made)
    del made[:]
    support.collect()
    assert native.proxy_count() == before


def test_parts_keep_the_whole_alive(tmp_path):
    """A member object, a pointer and a reference into an object keep it alive."""
    gbl = load_text("inline int &PaAlive() { static int i = 0; return i; } struct PaInner { int i = 3; };"
                    "struct PaOuter { PaInner inner; PaOuter() { ++PaAlive(); } ~PaOuter() { --PaAlive(); }"
                    " PaInner *Pointer() { return &inner; } PaInner &Reference() { return inner; } };", tmp_path)
    for part in (gbl.PaOuter().inner, gbl.PaOuter().Pointer(), gbl.PaOuter().Reference()):
        assert part.i == 3 and gbl.PaAlive() >= 1
    del part
    support.collect()
    assert gbl.PaAlive() == 0


def test_parts_die_with_the_whole(tmp_path):
    """Destroying the whole by hand makes its parts unusable; they cannot be destroyed themselves."""
    gbl = load_text("struct PdInner { int i = 3; }; struct PdOuter { PdInner inner; };", tmp_path)
    outer = gbl.PdOuter()
    inner = outer.inner
    with pytest.raises(TypeError):
        inner.__destruct__()
    outer.__destruct__()
    with pytest.raises(ReferenceError):
        inner.i


def test_pointer_member_keeps_its_object(tmp_path):
    """An object that Python owns lives as long as an object that was made to point to it, or until it points elsewhere."""
    gbl = load_text("inline int &PkAlive() { static int i = 0; return i; }"
                    "struct PkNode { PkNode *next = nullptr; int i; PkNode(int i) : i(i) { ++PkAlive(); }"
                    " ~PkNode() { --PkAlive(); } };", tmp_path)
    head = gbl.PkNode(1)
    head.next = gbl.PkNode(2)
    support.collect()
    assert head.next.i == 2 and gbl.PkAlive() == 2
    for value in range(10):
        head.next = gbl.PkNode(value)
    support.collect()
    assert head.next.i == 9 and gbl.PkAlive() == 2
    head.next = None
    support.collect()
    assert gbl.PkAlive() == 1


def test_class_with_its_own_storage():
    """A class's own operator new and delete are used."""
    OwnStorage = load("Shapes").shapes.OwnStorage
    before = OwnStorage.Allocations()
    made = OwnStorage()
    assert made.value == 3 and OwnStorage.Allocations() == before + 1
    del made
    support.collect()
    assert OwnStorage.Allocations() == before


def test_over_aligned_class(tmp_path):
    """Objects lie as aligned as C++ wants them."""
    gbl = load_text("struct alignas(64) AlBig { char c = 1; };", tmp_path)
    made = [gbl.AlBig() for _ in range(10)]
    assert all(cppbind.addressof(m) % 64 == 0 for m in made)


def test_destruction_through_a_base(tmp_path):
    """An owned object is destroyed by its dynamic class."""
    gbl = load_text("inline int &DbDone() { static int i = 0; return i; } struct DbBase { virtual ~DbBase() {} };"
                    "struct DbDerived : DbBase { ~DbDerived() { ++DbDone(); } };"
                    "inline DbBase *DbMake() { return new DbDerived; }", tmp_path)
    gbl.DbMake.__creates__ = True
    made = gbl.DbMake()
    assert type(made) is gbl.DbDerived
    del made
    support.collect()
    assert gbl.DbDone() == 1


def test_exception_in_constructor_frees_the_memory():
    """A constructor that throws leaves neither object nor proxy."""
    from cppbind.runtime import native
    Histogram = load("Histogram").Histogram
    support.collect()
    before = native.proxy_count()
    for _ in range(100):
        with pytest.raises(ValueError):
            Histogram(0, 1.0, 2.0)
    support.collect()
    assert native.proxy_count() == before


def test_bind_object(MyClass):
    """bind_object takes an address, cdata or proxy, and a class or its name; nonsense is refused."""
    first = MyClass(5)
    address = cppbind.addressof(first)
    assert cppbind.bind_object(address, "MyClass").GetMyInt() == 5
    assert not cppbind.bind_object(0, MyClass) and not cppbind.bind_object(cppbind.nullptr, MyClass)
    for wrong in ((address, int), (address, "NoSuchClass"), ("text", MyClass), (1.5, MyClass)):
        with pytest.raises(TypeError):
            cppbind.bind_object(*wrong)
    with pytest.raises(OverflowError):
        cppbind.bind_object(-1, MyClass)


def test_equality_and_hash_without_operator(MyClass):
    """Proxies of one object are equal; different objects are not; they can be keys."""
    first, second = MyClass(1), MyClass(1)
    assert first == first.Self() and first != second
    assert {first: 1}[first.Self()] == 1
    assert first != 5 and first != None  # noqa: E711


def test_copy(MyClass):
    """copy and deepcopy go through the copy constructor; what cannot be copied or pickled is a TypeError."""
    import copy
    import pickle
    first = MyClass(6)
    for second in (copy.copy(first), copy.deepcopy(first)):
        assert second is not first and second.GetMyInt() == 6 and second.__python_owns__
    with pytest.raises(TypeError):
        pickle.dumps(first)
    with pytest.raises(TypeError):
        copy.copy(load("Shapes").shapes.MakeMoveOnly(1))


def test_class_of_an_object_cannot_change(MyClass):
    """The memory is of one C++ class; only Python classes derived from the same can be exchanged."""
    class Mine(MyClass):
        __slots__ = ()

    first = MyClass(1)
    with pytest.raises(TypeError):
        first.__class__ = load("Diamond").A
    with pytest.raises(TypeError):
        first.__class__ = int
    assert first.__class__ is MyClass and isinstance(Mine(2), MyClass)


def test_dynamic_class_becomes_known_later(tmp_path):
    """A pointer to base gives the derived class as soon as a dictionary has it."""
    text = ("struct DyBase { virtual ~DyBase() {} int b = 1; }; struct DyDerived : DyBase { int d = 2; };"
            "inline DyBase *DyMake() { static DyDerived made; return &made; }")
    selection = tmp_path / "selection.xml"
    selection.write_text('<lcgdict><class name="DyBase"/><function name="DyMake"/></lcgdict>')
    for folder in ("first", "second"):
        (tmp_path / folder).mkdir()
    gbl = load_text(text, tmp_path / "first", selection=str(selection))
    assert type(gbl.DyMake()) is gbl.DyBase and not hasattr(gbl, "DyDerived")
    load_text(text, tmp_path / "second")
    assert type(gbl.DyMake()) is gbl.DyDerived and gbl.DyMake().d == 2
