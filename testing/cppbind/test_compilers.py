"""Promises of the compilers: g++ and clang++ take the generated code, from C++11 to C++23, and the result is the same."""

import shutil

import pytest
from cpp_dictionaries import CPP_FIXTURES

import cppbind
from cppbind.build import build
from cppbind.compiler import Options

HEADER = """
#include <map>
#include <memory>
#include <string>
#include <vector>
namespace SPACE {
enum class Kind : short { A = -1, B = 5 };
struct Base { virtual ~Base() {} virtual int id() const { return 1; } int bits : 3; Base() : bits(2) {} };
struct Left : virtual Base { int id() const override { return 2; } };
struct Both : Left { static constexpr int limit = 12; std::vector<std::string> names;
    Both &&moved() && { return static_cast<Both &&>(*this); }
};
template <class T> struct Box { T item; explicit Box(T v = T()) : item(v) {} T get() const noexcept { return item; } };
typedef Box<double> DBox;
inline std::map<std::string, int> counts() { return {{"a", 1}}; }
inline std::unique_ptr<Base> make() { return std::unique_ptr<Base>(new Both); }
inline std::string join(const std::vector<std::string> &parts, char with = '-') {
    std::string text; for (const std::string &part : parts) text += part + with; return text;
}
inline long double half(long double x) { return x / 2; }
#if __cplusplus >= 202002L
template <class T> concept Number = requires(T x) { x + x; };
template <Number T> T twice(T x) { return x + x; }
struct Ordered { int v; auto operator<=>(const Ordered &) const = default; consteval int never() const { return 1; } };
inline Ordered ordered(int v) { return {v}; }
inline char8_t letter() { return u8'x'; }
#endif
}
"""


@pytest.mark.parametrize("standard", ["c++11", "c++14", "c++17", "c++20", "c++23"])
@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_compilers_and_standards(compiler, standard, tmp_path, monkeypatch):
    """One header, built by each compiler for each standard, does the same."""
    if shutil.which(compiler) is None:
        pytest.skip("the Debian package %s is not installed" % compiler.replace("clang++", "clang"))
    monkeypatch.setenv("CXX", compiler)
    space = "cc_%s_%s" % (compiler.rstrip("+"), standard[-2:])
    (tmp_path / "h.h").write_text(HEADER.replace("SPACE", space))
    built = build([str(tmp_path / "h.h")], str(tmp_path / "libh.so"), options=Options(standard=standard, flags=("-O0",)))
    assert built.warnings == []
    cppbind.load_reflection_info(built.library)
    space = getattr(cppbind.gbl, space)
    both = space.make()
    assert type(both.get()) is space.Both and both.id() == 2 and both.bits == 2
    assert space.Both.limit == 12 and int(space.Kind.B) == 5
    assert dict(space.counts().items()) == {"a": 1} and space.join(["x", "y"]) == "x-y-"
    assert space.DBox(2.5).get() == 2.5 and space.half(3) == 1.5
    if standard >= "c++20":
        assert space.ordered(4).v == 4 and space.letter() == "x"


def test_clang_takes_the_fixtures(tmp_path, monkeypatch):
    """The fixtures of the other tests compile with clang++ as well, with the same names in them."""
    if shutil.which("clang++") is None:
        pytest.skip("the Debian package clang is not installed")
    for name in ("Shapes", "Diamond", "Globals", "Histogram", "MyClass"):
        names = []
        for compiler in ("g++", "clang++"):
            monkeypatch.setenv("CXX", compiler)
            built = build([str(CPP_FIXTURES / (name + ".h"))], str(tmp_path / ("lib%s.so" % name)),
                          options=Options(flags=("-O0",)))
            names.append((sorted(built.names), built.unavailable))
        assert names[0] == names[1]
