"""Conversion functions of C++ objects, used for arguments as C++ does."""

import pytest
from cpp_runtime import load_text

HEADER = """
#include <string>
namespace conv {
enum Color { red, green, blue };
struct Number { int v = 42; Number(int v = 42) : v(v) {} operator int() const { return v; } };
struct Real { operator double() const { return 2.5; } };
struct Strict { explicit operator int() const { return 7; } explicit operator double() const { return 7.5; } };
struct Both { operator int() const { return 1; } operator double() const { return 1.5; } };
struct Shade { operator Color() const { return blue; } };
struct Named { operator std::string() const { return "named"; } };
struct Chars { operator const char *() const { return "chars"; } };
struct Target { int b = 5; Target() {} explicit Target(int b) : b(b) {} Target *self() { return this; } };
struct Derived : Target { int more = 1; };
struct Maker { operator Target() const { return Target(11); } };
struct Keeper { Target held; operator const Target &() const { return held; } operator Target *() { return &held; } };
struct Open { Target held; operator Target &() { return held; } };
struct ToDerived { operator Derived() const { Derived d; d.b = 21; return d; } };
struct Child : Maker {};
struct FromMaker { int how = 0; FromMaker(const Maker &) : how(1) {} FromMaker(const Target &) : how(2) {} };
inline int take_int(int x) { return x; }
inline double take_double(double x) { return x; }
inline bool take_bool(bool x) { return x; }
inline int take_color(Color c) { return c; }
inline std::string take_text(const std::string &t) { return t; }
inline std::string take_chars(const char *t) { return t; }
inline int take(const Target &t) { return t.b; }
inline int take_value(Target t) { return t.b; }
inline int take_rvalue(Target &&t) { return t.b; }
inline int change(Target &t) { return ++t.b; }
inline int pointer(Target *t) { return t ? t->b : -1; }
inline int two(const Target &a, int b) { return a.b * 100 + b; }
inline std::string over(int) { return "int"; }
inline std::string over(const std::string &) { return "text"; }
inline std::string exact(const Number &) { return "Number"; }
inline std::string exact(int) { return "int"; }
inline std::string pick(int) { return "int"; }
inline std::string pick(double) { return "double"; }
inline int chain(const FromMaker &f) { return f.how; }
inline int fail(int x) { return x; }
struct Taker { int t; Taker(const Target &target, int t) : t(target.b + t) {} int add(int x) const { return t + x; }
               static int plain(double d) { return int(d * 2); } };
inline int operator+(const Target &t, int x) { return t.b + x; }
}
"""


@pytest.fixture(scope="module")
def conv(tmp_path_factory):
    return load_text(HEADER, tmp_path_factory.mktemp("conversions")).conv


def test_numbers(conv):
    """`operator int` serves any arithmetic parameter, the nearest of several first; enums and text have their own."""
    assert conv.take_int(conv.Number(3)) == 3 and conv.take_double(conv.Number(3)) == 3.0
    assert conv.take_double(conv.Real()) == 2.5 and conv.take_bool(conv.Number(0)) is False
    assert conv.take_int(conv.Both()) == 1 and conv.take_double(conv.Both()) == 1.5
    assert conv.take_color(conv.Shade()) == 2 == conv.take_int(conv.Shade())
    assert conv.take_text(conv.Named()) == "named" and conv.take_chars(conv.Chars()) == "chars"


def test_classes(conv):
    """A conversion to a class serves values, const references and rvalues; one to a reference gives the object itself."""
    for given, value in ((conv.Maker(), 11), (conv.Child(), 11), (conv.Keeper(), 5), (conv.ToDerived(), 21)):
        assert conv.take(given) == conv.take_value(given) == value
    assert conv.two(conv.Maker(), conv.Number(7)) == 1107
    keeper, opened = conv.Keeper(), conv.Open()
    assert conv.pointer(keeper) == 5 and conv.change(opened) == 6 == opened.held.b
    assert conv.Taker(conv.Maker(), 1).t == 12 and conv.Taker(conv.Target(1), conv.Number(2)).add(conv.Number(3)) == 6
    assert conv.Taker.plain(conv.Real()) == 5 and conv.Target(3) + conv.Number(4) == 7


def test_ranks(conv):
    """A user-defined conversion comes last: an overload that needs none is taken, then the nearest result."""
    assert conv.exact(conv.Number()) == "Number" and conv.over(conv.Number()) == "int" and conv.over(conv.Named()) == "text"
    assert conv.pick(conv.Real()) == "double" and conv.pick(conv.Number()) == "int"
    assert conv.chain(conv.Maker()) == 1 and conv.chain(conv.Target()) == 2


def test_what_cpp_refuses(conv):
    """Explicit functions, two conversions of one argument, temporaries for non-const references: TypeError."""
    for function in (conv.take_int, conv.take_double, conv.over, conv.Taker.plain):
        with pytest.raises(TypeError, match="Strict"):
            function(conv.Strict())
    for function, given in ((conv.change, conv.Maker()), (conv.take_text, conv.Chars()), (conv.take, conv.Number()),
                            (conv.pointer, conv.Maker()), (conv.chain, conv.Child)):
        with pytest.raises(TypeError):
            function(given)
    assert float(conv.Strict()) == 7.5 and int(conv.Strict()) == 7


def test_errors_stay_what_they_are(conv):
    """Where nothing converts, the error is the one about the argument."""
    with pytest.raises(TypeError, match="argument 1 of .*take_int.*cannot convert Maker to 'int'"):
        conv.take_int(conv.Maker())
    with pytest.raises(TypeError, match=r"no overload of .*over.*takes \(Maker\)"):
        conv.over(conv.Maker())
