"""Scripts in the manner of cppyy's documentation: classes, functions, enumerations, inheritance, pythonizations.

Each runs unchanged on cppyy but for the import.  Neighbours: test_cppyy_library.py, test_cppyy_lowlevel.py.
"""

import pytest

import cppbind as cppyy


def test_first_steps():
    """A class from a string, its functions, its data, a Python class derived from it, a C++ function as a method."""
    cppyy.cppdef("""
    class FirstClass {
    public:
        FirstClass(int i) : m_data(i) {}
        virtual ~FirstClass() {}
        virtual int add_int(int i) { return m_data + i; }
        int m_data;
    };
    int first_callback(FirstClass *m, int i) { return m->add_int(i); }
    int first_data(FirstClass *m) { return m->m_data; }""")
    from cppbind.gbl import FirstClass, first_callback
    m = FirstClass(42)
    FirstClass.data_of = cppyy.gbl.first_data
    assert m.data_of() == 42
    m.m_data = 13
    assert m.data_of() == 13

    class PyFirst(FirstClass):
        def add_int(self, i):
            return self.m_data + 2 * i

    assert first_callback(m, 2) == 15
    assert first_callback(PyFirst(1), 2) == 5


def test_constructors_and_defaults():
    """Default arguments and overloaded constructors; wrong arguments are TypeErrors that show the signatures."""
    cppyy.cppdef("""namespace ctor { class Concrete { public:
        Concrete(int n = 42) : m_int(n), m_const_int(17) {}
        Concrete(const char *) : m_int(1), m_const_int(18) {}
        int m_int; const int m_const_int; }; }""")
    Concrete = cppyy.gbl.ctor.Concrete
    assert Concrete().m_int == 42 and Concrete(13).m_int == 13 and Concrete("x").m_const_int == 18
    assert Concrete(n=7).m_int == 7
    with pytest.raises(TypeError) as problem:
        Concrete([], 2)
    assert "Concrete(int n = 42)" in str(problem.value) or "Concrete(int n=42)" in str(problem.value)


def test_const_data():
    """A const member cannot be set."""
    cppyy.cppdef("namespace constd { struct C { const int n = 3; static const int s = 4; }; }")
    c = cppyy.gbl.constd.C()
    assert c.n == 3 and c.s == 4
    with pytest.raises(TypeError):
        c.n = 71


def test_static_data():
    """Static data is one variable, seen through the class and its objects."""
    cppyy.cppdef("namespace statd { struct C { static int s; static int get() { return s; } }; int C::s = 321; }")
    C = cppyy.gbl.statd.C
    c = C()
    assert c.s == C.s == 321
    C.s = 5
    assert c.s == 5 and C.get() == 5
    c.s = 6
    assert C.get() == 6


def test_type_checks():
    """Bases are Python bases; typed data members refuse what does not fit."""
    cppyy.cppdef("namespace chk { struct A { virtual ~A() {} }; struct B : A { int i = 0; }; }")
    B = cppyy.gbl.chk.B
    b = B()
    assert isinstance(b, cppyy.gbl.chk.A) and issubclass(B, cppyy.gbl.chk.A)
    with pytest.raises(TypeError):
        b.i = "text"
    with pytest.raises((OverflowError, ValueError)):
        b.i = 2 ** 40
    assert B.__cpp_name__ == "chk::B" and B.__name__ == "B"


def test_abstract_class():
    """An abstract class cannot be instantiated, its derived class can."""
    cppyy.cppdef("""namespace abst { class Abstract { public: virtual ~Abstract() {} virtual int method() = 0; };
        class Concrete : public Abstract { public: int method() { return 8; } };
        int call(Abstract *a) { return a->method(); } }""")
    abst = cppyy.gbl.abst
    with pytest.raises(TypeError):
        abst.Abstract()
    assert abst.call(abst.Concrete()) == 8


def test_automatic_downcast():
    """What comes back as a pointer to a base is the class that it is; a void pointer is bound by hand."""
    cppyy.cppdef("""namespace down { struct Base { virtual ~Base() {} }; struct Derived : Base { int id = 7; };
        Base *make() { static Derived d; return &d; }
        void *opaque() { return make(); } }""")
    down = cppyy.gbl.down
    d = down.make()
    assert type(d) is down.Derived and d.id == 7
    b = cppyy.bind_object(down.opaque(), "down::Derived")
    assert b.id == 7
    assert cppyy.bind_object(cppyy.addressof(d), down.Derived).id == 7
    assert cppyy.addressof(b) == cppyy.addressof(d)


def test_operators():
    """Operators, calls, conversions and comparison of C++ classes."""
    cppyy.cppdef("""namespace oper { struct V { double x, y; V(double x = 0, double y = 0) : x(x), y(y) {}
        V operator+(const V &o) const { return V(x + o.x, y + o.y); }
        V operator-() const { return V(-x, -y); }
        V &operator+=(const V &o) { x += o.x; y += o.y; return *this; }
        bool operator==(const V &o) const { return x == o.x && y == o.y; }
        double operator[](int i) const { return i ? y : x; }
        double operator()(double f) const { return f * x; }
        operator bool() const { return x || y; } operator double() const { return x; } operator const char *() const { return "V"; } };
        V operator*(const V &v, double f) { return V(v.x * f, v.y * f); }
        V operator*(double f, const V &v) { return V(v.x * f, v.y * f); } }""")
    V = cppyy.gbl.oper.V
    a = V(1, 2)
    assert a + V(2, 2) == V(3, 4) and -a == V(-1, -2) and a != V(5, 5)
    assert (a * 2).y == 4 and (2 * a).x == 2
    assert a[1] == 2 and a(4) == 4 and float(a) == 1.0
    assert bool(a) and not V() and str(a) == "V"
    a += V(1, 1)
    assert a.x == 2


def test_streamed_str():
    """operator<< gives str()."""
    cppyy.cppdef("""#include <ostream>
        namespace strm { struct P { int n = 3; };
        std::ostream &operator<<(std::ostream &s, const P &p) { return s << "P(" << p.n << ")"; } }""")
    assert str(cppyy.gbl.strm.P()) == "P(3)"


def test_inner_and_namespaced_names():
    """Namespaces are modules, nested classes attributes; reopened namespaces grow."""
    cppyy.cppdef("namespace outer { namespace inner { struct K { struct Nested { int v = 2; }; enum E { a, b }; }; } int g = 9; }")
    from cppbind.gbl import outer
    from cppbind.gbl.outer.inner import K
    assert K.Nested().v == 2 and K.b == 1 and outer.inner.K is K
    cppyy.cppdef("namespace outer { int late() { return g + 1; } }")
    outer.g = 11
    assert outer.late() == 12
    with pytest.raises(AttributeError):
        outer.nothing  # noqa: B018


def test_unscoped_enum():
    """Values of enums are ints, in the scope that C++ puts them; an enum called with a value."""
    cppyy.cppdef("namespace en { enum EFruit { kApple = 78, kBanana = 29, kCitrus = 34 }; "
                 "struct S { enum { kInner = 5 }; EFruit f = kBanana; }; int take(EFruit f) { return f; } }")
    en = cppyy.gbl.en
    assert en.kApple == 78 and en.EFruit.kCitrus == 34 and isinstance(en.kApple, int)
    assert en.S.kInner == 5 and en.take(en.kApple) == 78 and en.EFruit(29) == en.kBanana
    s = en.S()
    s.f = en.kCitrus
    assert s.f == 34
    assert en.kApple in (78,) and en.kBanana + 1 == 30


def test_scoped_enum():
    """Scoped enums have their values as attributes, and go where the enum is wanted."""
    cppyy.cppdef("""namespace scen { enum class Color : unsigned char { red = 1, green = 2 };
        int number(Color c) { return (int)c; } Color make() { return Color::green; } }""")
    scen = cppyy.gbl.scen
    assert scen.number(scen.Color.red) == 1 and scen.make() == scen.Color.green
    assert not hasattr(scen, "red")
    assert cppyy.sizeof(scen.Color) == 1


def test_function_overloads():
    """The argument decides; __overload__ chooses by signature."""
    cppyy.cppdef("""namespace ovl { int f(int i) { return i; } double f(double d) { return d * 2; }
        std::string f(const std::string &s) { return s + "!"; } }""")
    ovl = cppyy.gbl.ovl
    assert ovl.f(3) == 3 and ovl.f(3.) == 6. and ovl.f("a") == "a!"
    assert ovl.f.__overload__("double")(3) == 6.0
    with pytest.raises(TypeError):
        ovl.f(object())


def test_keyword_arguments():
    """Arguments by name, mixed with defaults."""
    cppyy.cppdef("namespace kw { int f(int a, int b = 5, int c = 3) { return 100 * a + 10 * b + c; } }")
    f = cppyy.gbl.kw.f
    assert f(1) == 153 and f(1, c=7) == 157 and f(a=1, b=2, c=4) == 124


def test_doc_string():
    """A function's __doc__ is its signatures."""
    cppyy.cppdef("namespace docs { struct D { int sum(int a, int b) { return a + b; } }; int free_one(double x) { return (int)x; } }")
    assert "int docs::D::sum(int a, int b)" in cppyy.gbl.docs.D.sum.__doc__
    assert "int docs::free_one(double x)" in cppyy.gbl.docs.free_one.__doc__


def test_reference_arguments():
    """ctypes values go for references."""
    import ctypes
    cppyy.cppdef("namespace refs { void uint_ref_assign(unsigned int &target, unsigned int value) { target = value; } "
                 "void twice(double *d) { *d *= 2; } }")
    u = ctypes.c_uint(0)
    cppyy.gbl.refs.uint_ref_assign(u, 42)
    assert u.value == 42
    d = ctypes.c_double(4)
    cppyy.gbl.refs.twice(d)
    assert d.value == 8


def test_globals():
    """Globals are read and written through the namespace; pointers to objects follow."""
    cppyy.cppdef("""namespace glob { int number = 5; const double pi_ish = 3.14; const char *text = "hi";
        struct C { int v = 1; }; C one; C *pointer = &one; C *none = nullptr; int get() { return number; } }""")
    glob = cppyy.gbl.glob
    glob.number = 8
    assert glob.get() == 8 and glob.pi_ish == 3.14 and glob.text == "hi"
    glob.one.v = 4
    assert glob.pointer.v == 4 and not glob.none
    with pytest.raises(TypeError):
        glob.pi_ish = 2.0


def test_nullptr():
    """cppyy.nullptr and null pointers."""
    cppyy.cppdef("namespace nul { struct C {}; C *none() { return nullptr; } bool is_null(C *c) { return !c; } }")
    nul = cppyy.gbl.nul
    assert nul.none() == cppyy.nullptr and not nul.none() and nul.is_null(cppyy.nullptr)
    assert cppyy.bind_object(cppyy.nullptr, nul.C) == cppyy.nullptr


def test_ownership():
    """Python owns what it makes; __python_owns__ and __creates__ say otherwise; __destruct__ ends."""
    cppyy.cppdef("""namespace own { struct C { static int n; C() { ++n; } ~C() { --n; } static C *make() { return new C; } };
        int C::n = 0; C *factory() { return new C; } }""")
    C = cppyy.gbl.own.C
    c = C()
    assert C.n == 1 and c.__python_owns__
    del c
    assert C.n == 0
    cppyy.gbl.own.factory.__creates__ = True
    c = cppyy.gbl.own.factory()
    assert C.n == 1
    c.__destruct__()
    assert C.n == 0
    c = C.make()
    c.__python_owns__ = True
    del c
    assert C.n == 0


def test_override_virtuals():
    """Python classes override virtuals, call the base's, read protected data."""
    cppyy.cppdef("""namespace over { class Base { public: Base(int i = 1) : m_i(i) {} virtual ~Base() {}
        virtual std::string whoami() const { return "Base"; } virtual int number() = 0; protected: int m_i; };
        std::string who(const Base &b) { return b.whoami(); } int number(Base *b) { return b->number(); } }""")
    over = cppyy.gbl.over

    class Mine(over.Base):
        def __init__(self, i):
            super().__init__(i)

        def whoami(self):
            return "Mine of " + super().whoami()

        def number(self):
            return self.m_i * 10

    mine = Mine(4)
    assert over.who(mine) == "Mine of Base" and over.number(mine) == 40


def test_multi():
    """Several C++ bases by cppyy.multi."""
    cppyy.cppdef("""namespace mult { struct A { virtual ~A() {} virtual int a() { return 1; } };
        struct B { virtual ~B() {} virtual int b() { return 2; } }; int ca(A &x) { return x.a(); } int cb(B &x) { return x.b(); } }""")
    mult = cppyy.gbl.mult

    class Both(cppyy.multi(mult.A, mult.B)):
        def a(self):
            return 10

        def b(self):
            return 20

    both = Both()
    assert mult.ca(both) == 10 and mult.cb(both) == 20


def test_python_exception_through_cpp():
    """What an override raises arrives in Python as what it was."""
    cppyy.cppdef("namespace pyex { struct C { virtual ~C() {} virtual void f() {} }; void call(C &c) { c.f(); } }")

    class Mine(cppyy.gbl.pyex.C):
        def f(self):
            raise KeyError("mine")

    with pytest.raises(KeyError):
        cppyy.gbl.pyex.call(Mine())


def test_cpp_exceptions():
    """Classes derived from std::exception are Python exceptions, with bases, data and what()."""
    cppyy.cppdef("""#include <stdexcept>
        namespace cppex { class SomeError : public std::exception { public: explicit SomeError(const std::string &m) : msg(m) {}
            const char *what() const noexcept override { return msg.c_str(); } std::string msg; int code = 5; };
        class SomeOther : public SomeError { public: explicit SomeOther(const std::string &m) : SomeError(m) {} };
        void fail(int i) { if (i == 1) throw SomeError("first"); if (i == 2) throw SomeOther("second"); if (i == 3) throw 4;
            throw std::runtime_error("standard"); } }""")
    cppex = cppyy.gbl.cppex
    some, other, standard = cppex.SomeError, cppex.SomeOther, cppyy.gbl.std.exception
    with pytest.raises(some) as caught:
        cppex.fail(1)
    assert "first" in str(caught.value) and caught.value.code == 5
    with pytest.raises(some) as caught:
        cppex.fail(2)
    assert caught.type is other
    with pytest.raises(Exception):  # noqa: B017
        cppex.fail(3)
    with pytest.raises(standard) as caught:
        cppex.fail(4)
    assert "standard" in str(caught.value)
    assert issubclass(some, Exception)


def test_pythonization():
    """A function is called for each class of a namespace, with its name, and may give it methods."""
    names = []

    def hook(cls, name):
        names.append(name)
        if name == "Sized":
            cls.__len__ = lambda self: self.size

    cppyy.py.add_pythonization(hook, "pyz")
    cppyy.cppdef("namespace pyz { struct Sized { int size = 4; }; }")
    assert len(cppyy.gbl.pyz.Sized()) == 4 and names == ["Sized"]
    assert cppyy.py.remove_pythonization(hook, "pyz")


def test_pythonization_callback_in_class():
    """A class asks for it with a static __cppyy_pythonize__."""
    cppyy.cppdef("""#include <Python.h>
        namespace pyzc { struct C { int value = 3;
          static void __cppyy_pythonize__(PyObject *cls, const std::string &name) {
            PyObject *text = PyUnicode_FromString(name.c_str()); PyObject_SetAttrString(cls, "mark", text); Py_DECREF(text); } }; }""")
    assert cppyy.gbl.pyzc.C.mark in ("pyzc::C", "C")


def test_pythonization_helpers():
    """rename_attribute, make_property, add_overload, compose_method, set_ownership_policy under cppyy's names."""
    cppyy.py.add_pythonization(cppyy.py.rename_attribute("Thing", "getIt", "it"), "pyzh")
    cppyy.py.add_pythonization(cppyy.py.make_property("Thing", "get(.*)", "set(.*)"), "pyzh")
    cppyy.cppdef("namespace pyzh { struct Thing { int m = 1; int getIt() { return 2; } int getM() { return m; } void setM(int v) { m = v; } }; }")
    thing = cppyy.gbl.pyzh.Thing()
    assert thing.it() == 2
    thing.M = 6
    assert thing.M == 6


def test_pin_type():
    """A pinned base is not downcast."""
    cppyy.cppdef("namespace pin { struct B { virtual ~B() {} }; struct D : B {}; B *make() { static D d; return &d; } }")
    pin = cppyy.gbl.pin
    cppyy.py.pin_type(pin.B)
    assert type(pin.make()) is pin.B


def test_smart_pointers():
    """Smart pointers behave like what they point to, and go where the object is wanted."""
    cppyy.cppdef("""#include <memory>
        namespace csmart { struct C { int v = 6; }; std::shared_ptr<C> shared() { return std::make_shared<C>(); }
        std::unique_ptr<C> unique() { return std::make_unique<C>(); } int by_ref(const C &c) { return c.v; } int by_ptr(C *c) { return c->v; }
        int by_shared(std::shared_ptr<C> c) { return c->v + (int)c.use_count(); } }""")
    smart = cppyy.gbl.csmart
    s = smart.shared()
    assert s.v == 6 and smart.by_ref(s) == 6 and smart.by_ptr(s) == 6 and smart.by_shared(s) == 8
    assert smart.unique().v == 6
    assert cppyy.gbl.std.make_shared[smart.C]().v == 6
    assert s.__smartptr__().use_count() == 1


def test_add_overload():
    """A Python function takes what no C++ overload does."""
    cppyy.cppdef("namespace addo { struct C { int f(int i) { return i; } }; }")
    C = cppyy.gbl.addo.C

    class Special:
        pass

    C.f.__add_overload__(lambda self, what: "special")
    assert C().f(3) == 3 and C().f(Special()) == "special"


def test_aggregate_and_arrays():
    """Arrays as data members: items, length, assignment."""
    cppyy.cppdef("namespace arrm { struct C { double m_data[4] = {1, 2, 3, 4}; int grid[2][3] = {{1, 2, 3}, {4, 5, 6}}; }; }")
    c = cppyy.gbl.arrm.C()
    assert len(c.m_data) == 4 and list(c.m_data) == [1, 2, 3, 4]
    c.m_data[1] = 7
    assert c.m_data[1] == 7
    assert c.grid[1][2] == 6 and len(c.grid) == 2 and len(c.grid[0]) == 3
    assert c.grid.shape == (2, 3)
    with pytest.raises(IndexError):
        c.m_data[4]


def test_cppdef_errors():
    """Code that does not compile is a SyntaxError, a missing header an ImportError, a missing library a RuntimeError."""
    with pytest.raises(SyntaxError):
        cppyy.cppdef("int broken( { }")
    with pytest.raises(ImportError):
        cppyy.include("there_is_none.h")
    with pytest.raises(RuntimeError):
        cppyy.load_library("libnone_of_this")
    with pytest.raises(ValueError):
        cppyy.macro("NOT_A_MACRO_AT_ALL")


def test_help_and_dir():
    """dir() and inspection list what is there."""
    cppyy.cppdef("namespace dirs { struct C { int a; int f() { return 1; } static int s() { return 2; } }; int g() { return 3; } }")
    assert {"a", "f", "s"} <= set(dir(cppyy.gbl.dirs.C))
    assert "g" in dir(cppyy.gbl.dirs) and "C" in dir(cppyy.gbl.dirs)
