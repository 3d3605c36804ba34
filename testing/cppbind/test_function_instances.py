"""Promises of naming functions by prototype: instances of function templates, members of classes, and errors."""

import pytest
from cpp_runtime import load_text

import cppbind
from cppbind.build import build
from cppbind.clang.function_instances import split_prototype

HEADER = """
#include <string>
#include <vector>
namespace fi {
template <class T> struct Vec {
    T x, y;
    explicit Vec(T a = T(), T b = T()) : x(a), y(b) {}
    template <class U> explicit Vec(const Vec<U> &other) : x(T(other.x)), y(T(other.y)) {}
    /// Adds any other vector.
    template <class U> Vec &operator+=(const Vec<U> &other) { x += T(other.x); y += T(other.y); return *this; }
    template <class F> auto apply(F f) const -> Vec<decltype(f(x))> { return Vec<decltype(f(x))>(f(x), f(y)); }
};
typedef Vec<int> IVec;
typedef Vec<double> DVec;
/// The inner product.
template <class T> T dot(const Vec<T> &a, const Vec<T> &b) { return a.x * b.x + a.y * b.y; }
template <class T> Vec<T> operator+(const Vec<T> &a, const Vec<T> &b) { return Vec<T>(a.x + b.x, a.y + b.y); }
template <class T> void clear(Vec<T> &v) { v = Vec<T>(); }
template <class T> std::vector<T> both(const Vec<T> &v, T extra = 9) { return {v.x, v.y, extra}; }
inline int plain(const std::string &s) { return int(s.size()); }
inline int plain(int) { return -1; }
}
"""

SELECTION = """<lcgdict>
  <class name="fi::IVec">
    <method proto_name="operator+=(fi::DVec)"/>
    <method proto_name="IVec(const fi::DVec &amp;)"/>
    <method proto_name="nothing(int)"/>
  </class>
  <class name="fi::DVec"/>
  <function proto_name="fi::dot(fi::IVec, fi::IVec)"/>
  <function proto_name="fi::dot(fi::DVec, fi::DVec)"/>
  <function proto_name="fi::operator+(fi::IVec, fi::IVec)"/>
  <function proto_name="fi::clear(fi::IVec &)"/>
  <function proto_name="fi::both(fi::IVec)"/>
  <function proto_name="fi::plain(std::string const&)"/>
  <function proto_name="fi::dot(int)"/>
</lcgdict>"""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fi")
    (folder / "fi.h").write_text(HEADER)
    (folder / "fi.xml").write_text(SELECTION)
    built = build([str(folder / "fi.h")], str(folder / "libfiDict.so"), str(folder / "fi.xml"))
    cppbind.load_reflection_info(built.library)
    return built


@pytest.fixture
def fi(built):
    return cppbind.gbl.fi


def test_function_templates(fi):
    """The instances that were named are an overload set, with the template's comment and parameter names."""
    assert fi.dot(fi.IVec(1, 2), fi.IVec(3, 4)) == 11 and fi.dot(fi.DVec(.5, 0), fi.DVec(1, 1)) == .5
    assert "The inner product." in fi.dot.__doc__ and "const fi::Vec<int> &a" in fi.dot.__doc__
    total = fi.IVec(1, 2) + fi.IVec(10, 20)
    assert (total.x, total.y) == (11, 22) and type(total) is fi.IVec
    fi.clear(total)
    assert (total.x, total.y) == (0, 0)
    assert list(fi.both(fi.IVec(1, 2))) == [1, 2, 9] and list(fi.both(fi.IVec(1, 2), 3)) == [1, 2, 3]


def test_members_that_are_templates(fi):
    """Methods and constructors of a class, named inside of its rule."""
    v = fi.IVec(fi.DVec(1.5, 2.5))
    assert (v.x, v.y) == (1, 2)
    v += fi.DVec(2.9, 1)
    assert (v.x, v.y) == (3, 3)


def test_plain_functions_in_the_users_spelling(fi):
    """A prototype is compared by its types, not by how they are written; other overloads stay out."""
    assert fi.plain("four") == 4
    with pytest.raises(TypeError):
        fi.plain(4)


def test_what_is_not_found_is_told(built):
    """A prototype that no function can be called by is a warning that names it."""
    said = "\n".join(built.warnings)
    assert 'proto_name="fi::dot(int)"> matches nothing' in said
    assert '<method proto_name="nothing(int)"> of fi::IVec matches nothing' in said and len(built.warnings) == 2


@pytest.mark.parametrize("text, parts", [
    ("ns::f(int, X<a, b>)", ("ns::f", ["int", "X<a, b>"])), ("f()", ("f", [])), ("f(void)", ("f", [])),
    ("operator()(int (*)(char, char), int[2])", ("operator()", ["int (*)(char, char)", "int[2]"])), ("f", ("f", None))])
def test_split_prototype(text, parts):
    """Commas and parentheses inside of types do not count."""
    assert split_prototype(text) == parts


def test_specialisations_and_anonymous_unions(tmp_path):
    """Members come from the partial specialisation that C++ chooses; those of anonymous unions and structs, typedefs
    and enums are there."""
    gbl = load_text("""
        namespace ps {
        template <int N, class T> struct vec;
        template <class T> struct vec<2, T> {
            typedef T value_type;
            enum { Length = 2 };
            enum class Axis { X, Y = 5 };
            union { T x, r; };
            union { struct { T y; }; T g; };
            vec(T a, T b) : x(a), y(b) {}
            T sum() const { return x + y; }
        };
        template <class T> struct vec<3, T> { T z; T sum() const { return z; } };
        typedef vec<2, int> ivec2;
        inline vec<3, double> make() { return {4.5}; }
        template <class T> struct box { int plain; };
        template <class T> struct box<T *> { T *pointer; };
        struct holder { box<int> a; box<int *> b; };
        }""", tmp_path)
    v = gbl.ps.ivec2(3, 4)
    assert (v.x, v.r, v.y, v.g, v.sum()) == (3, 3, 4, 4, 7)
    v.g = 10
    assert v.sum() == 13 and gbl.ps.ivec2.value_type is int
    assert gbl.ps.ivec2.Length == 2 and int(gbl.ps.ivec2.Axis.Y) == 5
    assert gbl.ps.make().sum() == 4.5 and gbl.ps.make().z == 4.5
    assert hasattr(gbl.ps.holder().a, "plain") and hasattr(gbl.ps.holder().b, "pointer")
