"""Promises of proxy classes: construction, data members, statics, inheritance, bad input."""

import weakref

import pytest
import support
from cpp_runtime import load, load_text

import cppbind


@pytest.fixture
def MyClass():
    return load("MyClass").MyClass


@pytest.fixture
def gbl():
    return load("Diamond")


# ---- construction -----------------------------------------------------------------

def test_constructor_takes_arguments(MyClass):
    """An object is constructed by C++ with the arguments given."""
    assert MyClass(42).GetMyInt() == 42


def test_constructor_default_argument(MyClass):
    """A default argument of the constructor is C++'s."""
    assert MyClass().GetMyInt() == 5


def test_constructor_takes_keywords(MyClass):
    """Parameters can be named."""
    assert MyClass(i=8).GetMyInt() == 8


def test_copy_constructor(MyClass):
    """An object is copied by constructing from it."""
    first = MyClass(3)
    second = MyClass(first)
    second.SetMyInt(4)
    assert (first.GetMyInt(), second.GetMyInt()) == (3, 4)


def test_constructor_refuses_wrong_type(MyClass):
    """A wrong argument is a TypeError that lists the constructors."""
    with pytest.raises(TypeError) as caught:
        MyClass([])
    assert "MyClass::MyClass(int i = 5)" in str(caught.value)
    assert "MyClass::MyClass(const MyClass &other)" in str(caught.value)


def test_constructor_refuses_wrong_count(MyClass):
    """Too many arguments are a TypeError."""
    with pytest.raises(TypeError):
        MyClass(1, 2, 3)


def test_constructor_refuses_unknown_keyword(MyClass):
    """A keyword that no parameter has is a TypeError that names it."""
    with pytest.raises(TypeError) as caught:
        MyClass(j=1)
    assert "'j'" in str(caught.value)


def test_failed_construction_leaves_no_object(MyClass):
    """Nothing was constructed, so nothing is destroyed."""
    before = MyClass.s_instances
    for _ in range(3):
        with pytest.raises(TypeError):
            MyClass("text", 1)
    assert MyClass.s_instances == before


def test_abstract_class_cannot_be_instantiated():
    """TypeError, as for an abstract class of Python's."""
    with pytest.raises(TypeError) as caught:
        load("Shapes").shapes.Shape("name")
    assert "abstract" in str(caught.value)


def test_class_without_accessible_constructor():
    """A class whose constructors are private cannot be constructed, but used."""
    Singleton = load("Shapes").shapes.Singleton
    with pytest.raises(TypeError):
        Singleton()
    assert Singleton.Instance().state == 1


def test_constructors_cannot_be_called_on_raw_memory(MyClass):
    """`__init__` of an object that is there already is refused."""
    with pytest.raises(RuntimeError):
        MyClass(1).__init__(2)


def test_object_without_construction(MyClass):
    """An object made by __new__ alone is a ReferenceError on use, not a crash."""
    empty = MyClass.__new__(MyClass)
    with pytest.raises(ReferenceError):
        empty.GetMyInt()
    with pytest.raises(ReferenceError):
        empty.m_myint
    with pytest.raises(ReferenceError):
        empty.m_myint = 3
    assert not empty and "nil" in repr(empty)
    empty.__init__(6)
    assert empty.GetMyInt() == 6


def test_aggregate_construction():
    """A struct without constructors takes its members in order or by name, the others by default."""
    shapes = load("Shapes").shapes
    point = shapes.Point(1.0, 2.0)
    assert (point.x, point.y) == (1.0, 2.0)
    assert shapes.Point(y=4.0).y == 4.0 and shapes.Point(5, y=6).y == 6.0
    corner = shapes.Polygon.Corner(index=3, at=point)
    assert (corner.index, corner.at.y) == (3, 2.0)
    copied = shapes.Point(point)
    assert copied is not point and copied.x == 1.0


def test_aggregate_construction_is_checked():
    """Too many values, unknown or doubled names and wrong types are a TypeError."""
    Point = load("Shapes").shapes.Point
    for arguments, keywords in (((1, 2, 3), {}), ((), {"z": 1}), ((1,), {"x": 2}), (("text",), {})):
        with pytest.raises(TypeError):
            Point(*arguments, **keywords)


# ---- data members --------------------------------------------------------------------

def test_members_are_shared_with_cpp(MyClass):
    """What Python writes C++ reads, and the other way round."""
    instance = MyClass(1)
    instance.m_myint = 33
    assert instance.GetMyInt() == 33
    instance.SetMyInt(77)
    assert instance.m_myint == 77


def test_members_are_typed(MyClass):
    """A wrong type is a TypeError that names the member and both types; the value stays."""
    instance = MyClass(9)
    for wrong in ("text", 1.5, None, []):
        with pytest.raises(TypeError) as caught:
            instance.m_myint = wrong
        assert "MyClass.m_myint" in str(caught.value) and "'int'" in str(caught.value)
    assert instance.m_myint == 9


def test_members_check_the_range(MyClass):
    """An integer that does not fit is an OverflowError, never cut off."""
    instance = MyClass(9)
    for wrong in (2**31, -2**31 - 1, 2**100):
        with pytest.raises(OverflowError):
            instance.m_myint = wrong
    instance.m_myint = -2**31
    assert instance.GetMyInt() == -2**31


def test_const_member_cannot_be_assigned(MyClass):
    """const is enforced."""
    instance = MyClass(1)
    assert instance.m_const == 17
    with pytest.raises(TypeError) as caught:
        instance.m_const = 3
    assert "const" in str(caught.value) and instance.m_const == 17


def test_member_cannot_be_deleted(MyClass):
    """`del` of a data member is a TypeError."""
    with pytest.raises(TypeError):
        del MyClass(1).m_myint


def test_double_member_takes_int(MyClass):
    """An int is a double, as in C++."""
    instance = MyClass(1)
    assert instance.m_ratio == 0.25
    instance.m_ratio = 3
    assert instance.m_ratio == 3.0 and isinstance(instance.m_ratio, float)


def test_bit_fields_keep_to_their_bits(MyClass):
    """Bit-fields read and write their own bits only."""
    instance = MyClass(1)
    assert (instance.m_low, instance.m_signed) == (5, -1)
    instance.m_low = 2
    assert (instance.m_low, instance.m_signed) == (2, -1)
    instance.m_signed = -16
    assert (instance.m_low, instance.m_signed) == (2, -16)


def test_unknown_attribute(MyClass):
    """A name that C++ does not have is an AttributeError, for reading and for writing."""
    instance = MyClass(1)
    with pytest.raises(AttributeError):
        instance.no_such_member
    with pytest.raises(AttributeError):
        instance.m_mymint = 3       # a typo is not a new attribute


def test_hidden_members_are_hidden(MyClass):
    """Protected and private members are no attributes."""
    for name in ("m_hidden", "m_name"):
        assert not hasattr(MyClass(1), name)


def test_descriptor_refuses_foreign_object(MyClass):
    """A descriptor or method called with something else is a TypeError, not a crash."""
    member = MyClass.__dict__["m_myint"]
    for wrong in (5, "text", load("Diamond").A()):
        with pytest.raises(TypeError):
            member.__get__(wrong, type(wrong))
        with pytest.raises(TypeError):
            member.__set__(wrong, 1)
        with pytest.raises(TypeError):
            MyClass.GetMyInt(wrong)
    with pytest.raises(TypeError):
        MyClass.GetMyInt()


# ---- static data ----------------------------------------------------------------------

def test_static_data_through_class_and_instance(MyClass):
    """A static member is one variable, whoever names it."""
    first, second = MyClass(1), MyClass(2)
    MyClass.s_instances = 100
    assert first.s_instances == second.s_instances == MyClass.Instances() == 100
    second.s_instances = 7
    assert MyClass.s_instances == first.s_instances == 7
    MyClass.s_instances = 2


def test_static_data_is_typed(MyClass):
    """Assigning a wrong type to a static member is a TypeError, through class and instance."""
    instance = MyClass(1)
    with pytest.raises(TypeError):
        MyClass.s_instances = "many"
    with pytest.raises(TypeError):
        instance.s_instances = "many"


def test_static_constant(MyClass):
    """A static constant without definition has its value and cannot be assigned."""
    assert MyClass.s_limit == 100 and MyClass(1).s_limit == 100
    with pytest.raises(TypeError):
        MyClass.s_limit = 1


def test_static_data_is_inherited(tmp_path):
    """A derived class has the same static variable as its base; a name declared again hides it."""
    gbl = load_text("struct StBase { inline static int count = 1; inline static int own = 2; };"
                    "struct StDerived : StBase { inline static int own = 3; };", tmp_path)
    gbl.StDerived.count = 5
    assert gbl.StBase.count == 5
    gbl.StDerived.own = 30
    assert (gbl.StBase.own, gbl.StDerived.own, gbl.StDerived().own) == (2, 30, 30)


# ---- inheritance -----------------------------------------------------------------------

def test_classes_mirror_the_bases(gbl):
    """Python's bases are C++'s, and so is isinstance."""
    assert gbl.D.__bases__ == (gbl.B, gbl.C)
    assert issubclass(gbl.E, gbl.A) and isinstance(gbl.E(), gbl.Plain)


def test_metaclasses_mirror_the_bases(gbl):
    """Each class has a metaclass of its own, derived from those of its bases."""
    assert type(gbl.A) is not type(gbl.B)
    assert type(gbl.D).__bases__ == (type(gbl.B), type(gbl.C))


def test_virtual_bases_lie_where_cpp_says(gbl):
    """Members of virtual bases are found at run-time offsets, in every dynamic class."""
    d = gbl.D()
    assert (d.m_a, d.m_b, d.m_c, d.m_d) == (1, 2, 3, 4)
    d.m_a, d.m_b, d.m_c, d.m_d = 10, 200, 3000, 40000
    assert d.Sum() == 43210
    e = gbl.E()
    e.m_a = 100
    assert (e.m_plain, e.m_e, e.GetA(), e.Sum()) == (1.5, 5, 100, 100 + 2 + 3 + 4)
    b = gbl.B()
    b.m_a = 50
    assert (b.GetA(), b.m_b, d.GetA(), e.GetA()) == (50, 2, 10, 100)


def test_methods_of_bases_get_the_right_this(gbl):
    """A base's method called on a derived object works on its own subobject."""
    e = gbl.E()
    assert (e.GetA(), e.GetB(), e.GetC(), e.GetD()) == (1, 2, 3, 4)
    assert gbl.B.GetB(e) == 2


def test_virtual_methods_go_by_the_dynamic_class(gbl):
    """A virtual call finds the override, from Python and from C++."""
    assert [cls().Who() for cls in (gbl.A, gbl.B, gbl.C, gbl.D, gbl.E)] == [1, 2, 3, 4, 4]
    assert [gbl.WhoIs(cls()) for cls in (gbl.A, gbl.B, gbl.C, gbl.D, gbl.E)] == [1, 2, 3, 4, 4]


def test_pointer_result_has_its_dynamic_class(gbl):
    """A function that returns a pointer to base gives a proxy of the class the object has."""
    made = gbl.MakeD()
    assert type(made) is gbl.D and made.m_d == 4
    made.__python_owns__ = True


def test_python_class_derives_from_cpp(gbl):
    """A class statement can derive from a C++ class; its objects are C++ objects with Python attributes."""
    class Mine(gbl.B):
        def __init__(self, extra):
            super().__init__()
            self.extra = extra

        def both(self):
            return self.extra + self.GetB() + self.m_a

    mine = Mine(100)
    assert mine.both() == 103 and gbl.WhoIs(mine) == 2
    mine.m_b = 7
    assert mine.GetB() == 7
    forgotten = weakref.ref(mine)
    del mine
    support.collect()
    assert forgotten() is None


def test_python_class_that_forgets_init(gbl):
    """Without super().__init__() there is no C++ object: ReferenceError."""
    class Careless(gbl.B):
        def __init__(self):
            pass

    with pytest.raises(ReferenceError):
        Careless().GetB()


def test_python_class_of_two_cpp_classes(gbl):
    """Two unrelated C++ bases are refused where the class is made."""
    MyClass = load("MyClass").MyClass
    with pytest.raises(TypeError):
        class Both(gbl.A, MyClass):
            pass


def test_ambiguous_base_is_refused(tmp_path):
    """Where C++ refuses a conversion to a base that is there twice, Python raises TypeError."""
    gbl = load_text("struct AmTop { int top = 1; }; struct AmLeft : AmTop {}; struct AmRight : AmTop {};"
                    "struct AmBottom : AmLeft, AmRight { int bottom = 2; };"
                    "inline int TakeTop(const AmTop &t) { return t.top; }"
                    "inline int TakeLeft(const AmLeft &t) { return t.top; }", tmp_path)
    bottom = gbl.AmBottom()
    assert bottom.bottom == 2 and gbl.TakeLeft(bottom) == 1
    with pytest.raises(TypeError):
        gbl.TakeTop(bottom)
    with pytest.raises(TypeError):
        bottom.top


def test_base_given_twice_in_another_order(tmp_path):
    """A base that is a base of another base too is no conflict for Python's method order."""
    gbl = load_text("struct OrA { int a = 1; }; struct OrB : virtual OrA { int b = 2; };"
                    "struct OrC : virtual OrA, OrB { int c = 3; };", tmp_path)
    c = gbl.OrC()
    assert (c.a, c.b, c.c) == (1, 2, 3)


# ---- nested and opaque classes ------------------------------------------------------------

def test_nested_classes_enums_and_typedefs():
    """What is declared in a class is an attribute of it."""
    Polygon = load("Shapes").shapes.Polygon
    assert Polygon.Corner.__cpp_name__ == "shapes::Polygon::Corner"
    assert Polygon.Corner is Polygon.Corner and Polygon.Corner.__qualname__ == "Polygon.Corner"
    assert Polygon.kCounter == Polygon.Winding.kCounter == 1


def test_objects_as_members_stay_alive():
    """A member of class type is a proxy that keeps the whole object alive."""
    shapes = load("Shapes").shapes
    corner = shapes.Polygon().MakeCorner(3, shapes.Point())
    inner = corner.at
    inner.x = 2.5
    assert corner.at.x == 2.5 and corner.at is inner
    del corner
    support.collect()
    assert inner.x == 2.5


def test_member_object_is_assigned_by_value():
    """Assigning to a member of class type copies into it."""
    shapes = load("Shapes").shapes
    corner, point = shapes.Polygon.Corner(), shapes.Point()
    point.x, point.y = 1.0, 2.0
    corner.at = point
    point.x = 9.0
    assert (corner.at.x, corner.at.y) == (1.0, 2.0)
    with pytest.raises(TypeError):
        corner.at = 5


def test_opaque_class_can_be_passed_round(tmp_path):
    """A class that is only declared has proxies, which can be passed on but not made."""
    gbl = load_text("struct OpHidden; inline OpHidden *OpMake() { static int i = 4; return (OpHidden *)&i; }"
                    "inline int OpRead(OpHidden *h) { return *(int *)h; }", tmp_path)
    hidden = gbl.OpMake()
    assert gbl.OpRead(hidden) == 4
    with pytest.raises(TypeError):
        type(hidden)()
    with pytest.raises(TypeError):
        cppbind.sizeof(type(hidden))


def test_opaque_class_is_completed_later(tmp_path):
    """A class that another dictionary defines becomes whole when that is loaded, the class object staying the same."""
    (tmp_path / "first").mkdir()
    (tmp_path / "second").mkdir()
    gbl = load_text("struct LaterBase; struct Later; inline Later *LaterNull() { return nullptr; }", tmp_path / "first")
    opaque = type(gbl.LaterNull())
    with pytest.raises(TypeError):
        opaque()
    load_text("struct LaterBase { int b = 6; }; struct Later : LaterBase { int i = 7; };", tmp_path / "second")
    assert gbl.Later is opaque and opaque().i == 7 and opaque().b == 6
    assert issubclass(opaque, gbl.LaterBase)


def test_opaque_class_turns_out_to_be_a_container(tmp_path):
    """So does one that derives from a vector."""
    (tmp_path / "first").mkdir()
    (tmp_path / "second").mkdir()
    gbl = load_text("struct LaterList; inline LaterList *LaterListNull() { return nullptr; }", tmp_path / "first")
    opaque = type(gbl.LaterListNull())
    load_text("""
        #include <string>
        #include <vector>
        typedef std::vector<std::string> LaterTexts;
        struct LaterList : LaterTexts { int i = 7; LaterList() { push_back("a"); } };
        inline std::size_t LaterSize(const LaterTexts &texts) { return texts.size(); }""", tmp_path / "second")
    made = opaque()
    assert made.i == 7 and list(made) == ["a"] and gbl.LaterSize(made) == 1 and isinstance(made, gbl.LaterTexts)


def test_class_names_say_where_they_are():
    """repr, __module__ and __cpp_name__ name the C++ class."""
    Square = load("Shapes").shapes.Square
    assert repr(Square) == "<class cppbind.gbl.shapes.Square>"
    assert repr(Square(1.0)).startswith("<cppbind.gbl.shapes.Square object at 0x")
    assert Square.__cpp_name__ == "shapes::Square"


def test_doc_comments_are_docs(MyClass):
    """Doc comments of the header are docstrings, with the signatures of a method."""
    assert "Holds an int" in MyClass.__doc__
    assert MyClass.GetMyInt.__doc__ == "int MyClass::GetMyInt() const\n\nThe value that was given."


def test_classes_are_made_once():
    """Naming a class twice gives the same object, however it is reached."""
    gbl = load("Globals")
    assert gbl.outer.inner.Deep is gbl.alias.Deep is gbl.outer.DeepAlias


def test_value_that_no_constructor_takes():
    """A number out of range is refused, not offered to the copy constructor without end."""
    with pytest.raises(OverflowError, match="1099511627776 to 'int': out of range"):
        load("MyClass").MyClass(2 ** 40)
