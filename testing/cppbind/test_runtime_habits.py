"""Promises about habits of real libraries: hidden implementations, inherited operator new, begin() and end(), wide C
strings, conversions that mean "not null", inline functions without a definition.
"""

import gc

import pytest
import support
from cpp_dictionaries import build_tables
from cpp_runtime import load_text

import cppbind
from cppbind.build import build
from cppbind.clang.parse import parse_headers
from cppbind.compiler import Options
from cppbind.elf_symbols import undefined_symbols


def test_downcast_to_the_nearest_class_that_is_known(tmp_path):
    """An object of a class without reflection gets the class of the nearest base that has, at the right offset."""
    library = support.compile_shared("""
        struct Node { virtual ~Node(); int number = 1; };
        struct Named { virtual const char *name() const; long pad = 7; };
        struct Element : Named, Node { virtual int children() const; };
        struct Shared : virtual Node { virtual int shares() const; };
        Node::~Node() {}
        const char *Named::name() const { return "named"; }
        int Element::children() const { return 3; }
        int Shared::shares() const { return 4; }
        namespace { struct Hidden : Element { int children() const override { return 5; } };
                    struct Deep : Shared, Named { int shares() const override { return 6; } };
                    struct Private : private Shared, public virtual Node {}; }
        Node *make(int which) {
            if (which == 0) return new Hidden;
            if (which == 1) return new Deep;
            if (which == 2) return new Private;
            return new Node;
        }""", name="near", language="c++")
    cppbind.load_library(library)
    gbl = load_text("""
        struct Node { virtual ~Node(); int number; };
        struct Named { virtual const char *name() const; long pad; };
        struct Element : Named, Node { virtual int children() const; };
        struct Shared : virtual Node { virtual int shares() const; };
        Node *make(int which);""", tmp_path)
    element, shared, hidden, plain = (gbl.make(which) for which in range(4))
    assert type(element) is gbl.Element and (element.children(), element.name(), element.number) == (5, "named", 1)
    assert type(shared) is gbl.Shared and (shared.shares(), shared.number) == (6, 1)
    assert type(hidden) is gbl.Node and type(plain) is gbl.Node and hidden.number == plain.number == 1


def test_inherited_operator_new(tmp_path):
    """A class whose operators new and delete come from a base is made and freed by them."""
    gbl = load_text("""
        #include <cstdlib>
        #include <cstddef>
        struct Pool {
            static int alive;
            static void *operator new(std::size_t n) {
                alive++; char *p = static_cast<char *>(std::malloc(n + 64)); *p = 42; return p + 64;
            }
            static void operator delete(void *p) {
                if (static_cast<char *>(p)[-64] != 42) std::abort();
                alive--; std::free(static_cast<char *>(p) - 64);
            }
        };
        inline int Pool::alive = 0;
        struct Middle : Pool { virtual ~Middle() {} };
        struct Pooled : Middle { int x = 5; };
        struct Hides : Pool { static void *operator new(std::size_t, int) { return nullptr; } int x = 6; };
        """, tmp_path)
    objects = [gbl.Pooled() for _ in range(3)]
    assert gbl.Pool.alive == 3 and objects[0].x == 5
    del objects
    gc.collect()
    assert gbl.Pool.alive == 0


RANGES = """
#include <cstddef>
#include <vector>
namespace ranges {
struct Item { int n; explicit Item(int v = 0) : n(v) {} };
struct Stepper {                    // returns a part of itself
    Item current;
    explicit Stepper(int at) : current(at) {}
    const Item &operator*() const { return current; }
    Stepper &operator++() { current.n++; return *this; }
    bool operator!=(const Stepper &other) const { return current.n != other.current.n; }
    bool operator==(const Stepper &other) const { return current.n == other.current.n; }
};
struct Counted { int to; Stepper begin() const { return Stepper(0); } Stepper end() const { return Stepper(to); } };
struct Objects {
    Item items[3] = {Item(7), Item(8), Item(9)};
    Item *begin() { return items; }
    Item *end() { return items + 3; }
    std::size_t size() const { return 3; }
};
struct Numbers { double v[2] = {.5, 2}; const double *begin() const { return v; } const double *end() const { return v + 2; } };
struct Text {
    const char *at = "abcdef";
    const char *begin() const { return at; }
    const char *end() const { return at + 3; }
    std::size_t size() const { return 3; }
    char operator[](std::size_t i) const { return at[i]; }
};
struct Opaque { const char *begin() const { return ""; } const char *end() const { return ""; } };
struct Nothing { int begin() const { return 1; } int end() const { return 2; } };
struct Derived : Objects {};
}"""


@pytest.fixture(scope="module")
def ranges(tmp_path_factory):
    return load_text(RANGES, tmp_path_factory.mktemp("ranges")).ranges


def test_ranges(ranges):
    """A class with begin() and end() is iterated: by iterators, pointers to objects and to numbers."""
    items = list(ranges.Counted(3))
    assert [item.n for item in items] == [0, 1, 2]          # copies: the iterator shows one object
    assert list(ranges.Counted(0)) == []
    assert list(ranges.Numbers()) == [.5, 2]
    objects = ranges.Objects()
    for item in objects:
        item.n += 1                                         # no copies
    assert [item.n for item in objects] == [8, 9, 10] and len(objects) == 3
    assert [item.n for item in ranges.Derived()] == [7, 8, 9] and 8 in [item.n for item in ranges.Derived()]


def test_items_keep_their_container(ranges):
    """An item that lies in a container keeps it alive."""
    item = next(iter(ranges.Objects()))
    gc.collect()
    assert item.n == 7


def test_ranges_of_characters(ranges):
    """Pointers to characters are not read as C strings, which need an end: items are taken by number."""
    assert list(ranges.Text()) == ["a", "b", "c"] and len(ranges.Text()) == 3
    with pytest.raises(TypeError):
        iter(ranges.Opaque())
    with pytest.raises(TypeError, match="begin"):
        list(ranges.Nothing())


@pytest.mark.parametrize("unit", ["wchar_t", "char16_t", "char32_t"])
def test_wide_c_strings(unit, tmp_path):
    """const wchar_t *, const char16_t * and const char32_t * are str both ways; those C++ may write to are not."""
    space = load_text("""
        #include <string>
        namespace wide_UNIT {
        typedef std::basic_string<UNIT> string;
        inline int length(const UNIT *s) { int n = 0; while (s && s[n]) n++; return n; }
        inline const UNIT *same(const UNIT *s) { static string kept; if (!s) return nullptr; kept = s; return kept.c_str(); }
        inline int writes(UNIT *s) { s[0] = 65; return 1; }
        inline int pick(const UNIT *) { return 1; }
        inline int pick(const char *) { return 2; }
        struct Holder { const UNIT *text = nullptr; };
        }""".replace("UNIT", unit), tmp_path)
    space = getattr(space, "wide_" + unit)
    assert space.length("añb") == 3 and space.length("") == 0 and space.length(None) == 0
    assert space.length("\U0001f600") == (2 if unit == "char16_t" else 1)
    for text in ("", "plain", "añb\u20ac", "\U0001f600 \U0010ffff", "\ud800 alone"):
        assert space.same(text) == text
    assert space.same(None) is None and space.pick("x") == 2
    holder = space.Holder()
    assert holder.text is None
    holder.text = "ke" + "pt"
    gc.collect()
    assert holder.text == "kept"
    for wrong, error in ((b"bytes", TypeError), (3, TypeError), ("nul\0l", ValueError)):
        with pytest.raises(error):
            space.length(wrong)
    with pytest.raises(TypeError):
        space.writes("text")


def test_conversion_to_a_pointer_is_truth(tmp_path):
    """What told "not null" before explicit operator bool: a conversion to a function pointer or to void *."""
    gbl = load_text("""
        struct Safe { typedef void (*truth)(int ***); static void yes(int ***) {} int v; explicit Safe(int x) : v(x) {}
                      operator truth() const { return v ? yes : nullptr; } };
        struct Old { int v; explicit Old(int x) : v(x) {} operator void *() const { return v ? (void *)this : nullptr; } };
        """, tmp_path)
    assert bool(gbl.Safe(1)) and not gbl.Safe(0) and bool(gbl.Old(1)) and not gbl.Old(0)


def test_inline_function_that_no_header_defines(tmp_path):
    """In a header of the system compilers do not warn of it; the dictionary loads, and calling it names the symbol."""
    folder = tmp_path / "system"
    folder.mkdir()
    (folder / "sys.h").write_text("""
        struct Sys { inline int missing(int); inline int there() { return 1; } ~Sys() {} };
        inline const char *gone(); inline Sys make_sys(int);""")
    built = build([str(folder / "sys.h")], str(tmp_path / "libsys.so"), options=Options(
        flags=("-isystem", str(folder), "-w")))
    cppbind.load_reflection_info(built.library)
    assert cppbind.gbl.Sys().there() == 1
    for call in (lambda: cppbind.gbl.Sys().missing(1), cppbind.gbl.gone, lambda: cppbind.gbl.make_sys(1)):
        with pytest.raises(TypeError, match="no loaded library defines it"):
            call()
    assert not any("missing" in name or "gone" in name for name in undefined_symbols(built.library))


def test_undefined_symbols(tmp_path):
    """What a library takes from others and must have; weak references, and what is no ELF file, do not count."""
    library = support.compile_shared("extern int needed(void); extern int perhaps(void) __attribute__((weak));\n"
                                     "int f(void) { return needed() + (perhaps ? perhaps() : 0); }")
    found = undefined_symbols(library)
    assert "needed" in found and "perhaps" not in found and "f" not in found
    (tmp_path / "text").write_bytes(b"no library")
    assert undefined_symbols(str(tmp_path / "text")) == set()


def test_headers_of_one_library_belong_together(tmp_path, monkeypatch):
    """A system header asked for by name brings the other headers in its library's folder into reach of a selection."""
    include = tmp_path / "include"
    (include / "lib" / "sub").mkdir(parents=True)
    (include / "other").mkdir()
    (include / "lib" / "base.h").write_text("namespace lib { struct Base { int b; }; }")
    (include / "lib" / "sub" / "all.h").write_text(
        '#include <lib/base.h>\n#include <other/o.h>\nnamespace lib { struct Top : Base {}; }')
    (include / "other" / "o.h").write_text("namespace other { struct Foreign {}; }")
    monkeypatch.setattr("cppbind.clang.parse.system_include_dirs", lambda: (str(include),))
    read = parse_headers(["lib/sub/all.h"])
    assert [(space.name, [cls.name for cls in space.classes]) for space in read.root.namespaces] \
        == [("lib", ["Base", "Top"])]


def test_dictionary_without_a_selection_has_bases_of_the_library(tmp_path):
    """What the given header declares is chosen, and what that needs, wherever the library declares it."""
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "base.h").write_text("#pragma once\nnamespace lb { struct Base { int b; }; struct Else {}; }")
    (tmp_path / "lib" / "top.h").write_text('#include "base.h"\nnamespace lb { struct Top : Base {}; }')
    built, _tables = build_tables('#include "lib/top.h"\nstruct Mine : lb::Top {};', tmp_path)
    assert [name for kind, name in built.names if kind == "class"] == ["Mine", "lb::Base", "lb::Top"]


def test_constants_of_enum_type(tmp_path):
    """A static constant that has a value in its class and no definition anywhere has that value."""
    gbl = load_text("""
        enum KoE { koa = 1, kob = 7 };
        struct Ko { enum In { x = 3 }; static const KoE e = kob; static const In i = x; static const int n = 5; };
        """, tmp_path, standard="c++11", flags=("-O0",))
    assert (int(gbl.Ko.e), int(gbl.Ko.i), gbl.Ko.n) == (7, 3, 5)
