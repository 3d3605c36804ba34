"""Idioms of large C++ libraries' scripts: bases with values as arguments, names that other namespaces bring in.

Each runs unchanged on cppyy but for the import.  Neighbours: test_cppyy_templates.py, test_cppyy_habits.py.
"""

import ctypes

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


HIDDEN = """
namespace idiom_hidden {
struct Counted {
    static int live;
    int uses = 1;
    Counted() { ++live; }
    void release() { if (--uses == 0) delete this; }
private:
    ~Counted() { --live; }
};
int Counted::live = 0;
struct Implicit { int held = 5; int get() { return held; } private: ~Implicit() {} };
class Virtual { public: virtual int get() { return 6; } protected: virtual ~Virtual() {} };
template <class T> struct Instance { T held = 7; T get() { return held; } protected: ~Instance() {} };
struct Whole { Implicit *part = nullptr; int get() { return 8; } ~Whole() = delete; };
struct Part { Implicit part; };
}
"""


def test_a_class_whose_destructor_is_hidden_is_constructed():
    """A class with a private, protected or deleted destructor has its constructors, the implicit one too; its objects
    are C++'s to destroy."""
    cppyy.cppdef(HIDDEN)
    space = gbl.idiom_hidden
    assert [cls().get() for cls in (space.Implicit, space.Virtual, space.Instance[int], space.Whole)] == [5, 6, 7, 8]
    counted = space.Counted()
    assert space.Counted.live == 1
    counted.release()
    del counted
    assert space.Counted.live == 0
    with pytest.raises(TypeError, match="no default constructor"):
        space.Part()                # nor is it constructed in C++: its part could not be destroyed


SMALLER = """
#include <vector>
namespace idiom_small {
struct First { virtual ~First() {} virtual int first() { return 1; } };
struct Second { virtual ~Second() {} virtual int second() { return 2; } };
int first_of(First &object) { return object.first(); }
int second_of(Second &object) { return object.second(); }
typedef void (*Callback)(int);
template <class T> struct Holder { T held; };
template <unsigned long N> struct Sized { unsigned long size() { return N; } };
template <class T> struct Outer { template <class U> struct Within { U held; }; struct Plain {}; };
struct Derived : Holder<int> {};
void letter(wchar_t &given) { given = 'q'; }
}
"""


@pytest.fixture(scope="module")
def small():
    cppyy.cppdef(SMALLER)
    return gbl.idiom_small


def test_python_classes_among_those_of_multi_keep_their_overrides(small):
    """`multi` of Python classes gives a class with the overrides of all of them; a class derived from it adds its own."""
    class One(small.First):
        def first(self):
            return 11

    class Two(small.Second):
        def second(self):
            return 22

    both = cppyy.multi(One, Two)()
    assert (small.first_of(both), small.second_of(both), both.first(), both.second()) == (11, 22, 11, 22)
    assert isinstance(both, One) and isinstance(both, Two)

    class Mixed(cppyy.multi(One, small.Second)):
        def second(self):
            return 33

    mixed = Mixed()
    assert (small.first_of(mixed), small.second_of(mixed)) == (11, 33)
    plain = cppyy.multi(small.First, small.Second)
    assert plain is cppyy.multi(small.First, small.Second)
    assert (small.first_of(plain()), small.second_of(plain())) == (1, 2)


def test_what_has_a_cpp_name_is_a_template_argument(small):
    """A Python function with `__cpp_name__` stands for that type; an object does not stand for its class."""
    def callback(value):
        return None

    with pytest.raises(TypeError, match="no template argument"):
        small.Holder[callback]
    callback.__cpp_name__ = "idiom_small::Callback"
    assert small.Holder[callback] is small.Holder["idiom_small::Callback"]
    with pytest.raises(TypeError, match="no template argument"):
        small.Holder[small.First()]
    assert small.Sized[gbl.uint64_t(4)]().size() == 4


def test_an_instance_knows_its_template(small):
    """`__cpp_template__` of a class that is an instance of a template, or derives from one, is that template."""
    assert small.Holder[int].__cpp_template__ is small.Holder
    assert small.Holder[int].__cpp_template__["double"] is small.Holder["double"]
    assert gbl.std.vector[int]([1]).__cpp_template__ is gbl.std.vector
    assert small.Derived.__cpp_template__ is small.Holder
    assert not hasattr(small.First, "__cpp_template__")
    assert not hasattr(small.Outer[int].Plain, "__cpp_template__")


def test_an_object_is_bound_from_its_capsule(small):
    """What `ll.as_capsule` gives, `bind_object` takes; capsules of others are refused."""
    holder = small.Holder[int]()
    holder.held = 7
    bound = cppyy.bind_object(cppyy.ll.as_capsule(holder), small.Holder[int])
    assert bound.held == 7 and cppyy.addressof(bound) == cppyy.addressof(holder)
    import datetime
    with pytest.raises(TypeError, match="PyCapsule"):
        cppyy.bind_object(datetime.datetime_CAPI, small.Holder[int])


def test_a_wide_character_of_ctypes_goes_by_reference(small):
    """`ctypes.c_wchar` for `wchar_t &` has what C++ set."""
    given = ctypes.c_wchar("a")
    small.letter(given)
    assert given.value == "q"


def test_bases_that_are_packs_or_come_from_other_parameters():
    """Each class of a pack is a base, the rest of a pack goes on, templates among the parameters are put in; partial
    specialisations have theirs."""
    cppyy.cppdef("""namespace idiom_packs {
        struct One { int one = 1; int twice() { return 2 * one; } };
        struct Two { int two = 2; };
        template <class... Parts> struct Mix : Parts... { int own = 3; };
        template <class T> struct Box { T boxed{}; };
        template <class... Parts> struct Boxes : Box<Parts>... {};
        template <class T, class... Rest> struct Chain : Chain<Rest...> { T head = 7; T first() { return head; } };
        template <class T> struct Chain<T> { T tail = 8; T last() { return tail; } };
        template <class T, template <class> class Holder> struct Held : Holder<T> {};
        template <class T, class U> struct Special { int general = 0; };
        template <class T> struct Special<T, char> : Box<T>, One {};
        template <class T> struct Chosen : std::conditional<std::is_integral<T>::value, One, Two>::type {};
    }""")
    packs = gbl.idiom_packs
    mixed = packs.Mix[packs.One, packs.Two]()
    assert (mixed.one, mixed.twice(), mixed.two, mixed.own) == (1, 2, 2, 3) and isinstance(mixed, packs.Two)
    assert packs.Mix[packs.One]().one == 1 and packs.Mix["idiom_packs::Two"]().two == 2
    chain = packs.Chain[int, float, "long"]()
    assert chain.first() == 7 and chain.last() == 8 and isinstance(chain, packs.Chain[float, "long"])
    assert packs.Held[int, packs.Box]().boxed == 0
    special = packs.Special[int, "char"]()
    assert special.boxed == 0 and special.twice() == 2 and packs.Special[int, int]().general == 0
    assert packs.Chosen[int]().one == 1 and packs.Chosen[float]().two == 2
    assert len(packs.Boxes[int, float].__bases__) == 2
