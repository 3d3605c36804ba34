"""Idioms of large C++ libraries' scripts: bases with values as arguments, names that other namespaces bring in.

Each runs unchanged on cppyy but for the import.  Neighbours: test_cppyy_templates.py, test_cppyy_habits.py.
"""

import pytest

import cppbind as cppyy
from cppbind import gbl

CODE = """
namespace idiom {
enum Mode { slow, fast };
template <class I, class O, int N = 4> struct Image {
    typedef I in_type;
    static const int vsize = N;
    static int twice() { return 2 * N; }
    int size() const { return N; }
};
template <class I, class O, int N = 4> struct Filter : Image<I, O, N> { int own() const { return 1; } };
template <bool B> struct Flag { bool flag() const { return B; } };
template <Mode M, bool B = true> struct Moded : Flag<B> { int mode() const { return M; } };
template <class T, T V> struct Constant { T get() const { return V; } };
template <class T, T V> struct Known : Constant<T, V> {};

namespace inner {
template <class T> struct Box { T value; Box(T given = 0) : value(given) {} };
template <class T> T same(T value) { return value; }
template <class T> using Other = Box<T>;
struct Plain {};
}
namespace outer { using inner::Box; using inner::same; using inner::Other; using inner::Plain; }
}
"""


@pytest.fixture(scope="module")
def idiom():
    cppyy.cppdef(CODE)
    return gbl.idiom


def test_values_among_the_arguments_of_a_base_are_put_in(idiom):
    """What a class template has from a base that depends on a number is there, given or by default."""
    for cls, size in ((idiom.Filter[int, float, 4], 4), (idiom.Filter[int, float], 4), (idiom.Filter[int, float, 5], 5)):
        assert (cls.vsize, cls.twice(), cls().size(), cls().own()) == (size, 2 * size, size, 1)
        assert cls.in_type(3) == 3
    assert idiom.Filter[int, float] is idiom.Filter[int, float, 4]


def test_enumerators_bools_and_values_of_a_given_type_are_put_in(idiom):
    """So are bools, enumerators, large and negative numbers, of types that are arguments themselves."""
    assert idiom.Moded[idiom.fast]().flag() is True and idiom.Moded[idiom.fast]().mode() == 1
    assert idiom.Moded[idiom.fast, False]().flag() is False
    assert idiom.Known["long", -7]().get() == -7
    assert idiom.Known["unsigned long", "18446744073709551615"]().get() == 2 ** 64 - 1


def test_a_template_that_a_namespace_brings_in_is_found_there(idiom):
    """`using ns::Template;` gives a namespace the template itself: classes, functions and aliases."""
    assert idiom.outer.Box[int](3).value == 3
    assert idiom.outer.Box[int] is idiom.inner.Box[int]
    assert idiom.outer.Other[int] is idiom.inner.Box[int]
    assert idiom.outer.Plain is idiom.inner.Plain
    assert idiom.outer.same(3) == 3 and idiom.outer.same["double"](1) == 1.0
