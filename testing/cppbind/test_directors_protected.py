"""Protected members through the Python class that derives, not only through its objects."""

import pytest
from cpp_runtime import load_text

HEADER = """
namespace guard {
class Base {
public:
    virtual ~Base() {}
    virtual int f() { return 1; }
protected:
    static int made() { return 77; }
    static int made(int a) { return a + 1; }
    int hidden() const { return 6 + stock; }
    int stock = 3;
};
class Next : public Base {
protected:
    static int later() { return 8; }
};
}
"""

@pytest.fixture(scope="module")
def guard(tmp_path_factory):
    return load_text(HEADER, tmp_path_factory.mktemp("guard")).guard


def test_protected_statics(guard):
    """`Derived.f`, `cls.f` in a class method and `super().f` reach protected functions."""
    class Mine(guard.Base):
        @classmethod
        def ask(cls):
            return cls.made(), super().made(4)

        @staticmethod
        def plain():
            return Mine.made()

    class Further(Mine):
        pass

    assert Mine.ask() == (77, 5) and Mine.plain() == Mine.made() == Further.made() == type(Mine()).made() == 77
    assert Mine.hidden(Mine()) == Mine().hidden() == 9

    class Last(guard.Next):
        def both(self):
            return self.later() + self.made()

    assert Last.later() == 8 and Last.made(1) == 2 and Last().both() == 85


def test_from_outside(guard):
    """The C++ class itself, and its objects, do not give them."""
    class Mine(guard.Base):
        pass

    for holder in (guard.Base, guard.Next, guard.Base(), guard.Next()):
        for name in ("made", "hidden", "stock"):
            with pytest.raises(AttributeError, match=name):
                getattr(holder, name)


def test_virtuals_of_using_declarations(tmp_path):
    """A virtual function that a class has by a using-declaration is overridden like its own."""
    space = load_text("""
        namespace using_virtuals {
        struct Base { virtual ~Base() {} virtual int f() { return 1; } virtual int f(int) { return 2; } };
        struct Derived : Base { using Base::f; int f(int) override { return 3; } };
        inline int call(Base &base) { return base.f() * 10 + base.f(1); }
        }""", tmp_path).using_virtuals

    class Mine(space.Derived):
        def f(self, *arguments):
            return 5 + len(arguments)
    mine = Mine()
    assert space.call(mine) == 56 and space.call(space.Derived()) == 13
