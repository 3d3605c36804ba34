"""Promises of building: library and map file, what the compiler refuses, libraries that define what headers declare."""

import os
import subprocess
import sys

import pytest
import support
from cpp_dictionaries import CPP_FIXTURES, Tables, build_tables

from cppbind import compiler
from cppbind import format as fmt
from cppbind.build import blame, build, generate
from cppbind.compiler import Options
from cppbind.errors import CompileError, HeaderError


def test_build_makes_library_and_map(tmp_path):
    """Beside the library lies a map file that names what it holds."""
    built, tables = build_tables("namespace n { struct X {}; enum E { e }; inline int f() { return 1; } }\n"
                                 "inline int g;", tmp_path)
    assert built.library == str(tmp_path / "libheaderDict.so")
    assert built.map_file == str(tmp_path / "libheaderDict.rootmap")
    lines = (tmp_path / "libheaderDict.rootmap").read_text().splitlines()
    assert lines[1:] == ["[ libheaderDict.so ]", "header header.h", "class n::X", "enum n::E", "enumerator n::e",
                         "function n::f", "namespace n", "var g"]
    assert tables.lookup("n::X") and built.warnings == []


def test_several_headers(tmp_path):
    """One dictionary of several headers, found through -I or by path."""
    (tmp_path / "a.h").write_text("struct A {};")
    (tmp_path / "b.h").write_text("#pragma once\nstruct B {};")
    built = build(["a.h", str(tmp_path / "b.h")], str(tmp_path / "libAB.so"),
                  options=Options(include_dirs=(str(tmp_path),)))
    assert [name for kind, name in built.names] == ["A", "B"]


def test_headers_relative_to_the_current_directory(tmp_path, monkeypatch):
    """A header in the working directory needs no -I, wherever the output goes."""
    (tmp_path / "here.h").write_text("struct Here {};")
    (tmp_path / "out").mkdir()
    monkeypatch.chdir(tmp_path)
    built = build(["here.h"], "out/new/libHere.so")
    assert os.path.exists(tmp_path / "out" / "new" / "libHere.so") and built.names == [("class", "Here")]


def test_selection_file(tmp_path):
    """Only what the selection names is in the library; unmatched rules are warnings."""
    (tmp_path / "s.xml").write_text('<lcgdict><class name="A"/><class name="Typo"/></lcgdict>')
    built, tables = build_tables("struct A {}; struct B {};", tmp_path, selection=str(tmp_path / "s.xml"))
    assert [name for kind, name in built.names] == ["A"]
    assert len(built.warnings) == 1 and '<class name="Typo"> matches nothing' in built.warnings[0]


def test_functions_of_a_library(tmp_path):
    """What a library defines is called through the dictionary: directly by symbol, or by a wrapper that links to it."""
    library = support.compile_shared("""
        #include <string>
        int plain(int x) { return x + 1; }
        int counter = 5;
        std::string text(int n) { return std::string(n, 'x'); }""", language="c++", name="plain")
    (tmp_path / "header.h").write_text(
        "#include <string>\nint plain(int x); extern int counter; std::string text(int n);")
    folder, file = os.path.split(library)
    options = Options(include_dirs=(str(tmp_path),), library_dirs=(folder,), libraries=(file[3:].split(".")[0],),
                      flags=("-Wl,-rpath," + folder,))
    tables = Tables(build(["header.h"], str(tmp_path / "libD.so"), options=options).library)
    function = tables.function("int plain(int x)")
    assert function.call == fmt.CALL_SYMBOL
    ffi = tables.ffi
    ffi.cdef("int %s(int); extern int counter;" % function.mangled)
    found = ffi.dlopen(str(tmp_path / "libD.so"))       # the symbol is found through the dictionary's own handle
    assert getattr(found, function.mangled)(41) == 42 and found.counter == 5
    storage = ffi.new("void *[4]")
    tables.call("std::string text(int n)", "void(*)(void *, int)", storage, 3)
    assert ffi.string(ffi.cast("char *", storage[0])) == b"xxx"


def test_missing_definitions_leave_null_slots(tmp_path):
    """Wrappers of functions that no library defines are null, with the reason; loading does not fail for them."""
    _, tables = build_tables("""
        #include <string>
        std::string text(int n = 1);
        struct X { X(int); X(const X &); ~X(); std::string name() const; X twice(); int here() { return 2; } };
        """, tmp_path)
    for function in tables.functions:
        if function.name in ("text", "X", "name", "twice"):
            assert function.call == fmt.CALL_WRAPPER and function.flags & fmt.FUNCTION_EXTERNAL
            assert tables.slot(tables.scopes[function.scope].name, function.address) == (0, 0)
            assert function.reason == "no loaded library defines it (%s)" % function.mangled
    assert tables.slot("X", tables.scope("X").destructor) == (0, 0)
    assert tables.slot("X", tables.scope("X").delete) == (0, 0)
    assert tables.call("int X::here()", "int(*)(void *)", tables.new("X")) == 2


def test_what_the_compiler_refuses_becomes_unavailable(tmp_path):
    """A declaration whose code does not compile is left out with the compiler's reason; the rest is built."""
    built, tables = build_tables("""
        #include <memory>
        #include <vector>
        template <class T> struct Broken { void go() { static_assert(sizeof(T) == 0, "not for use"); } };
        struct Holder { std::vector<std::unique_ptr<int>> parts; };
        struct X { int fine() { return 1; } };
        template <class T> struct Only { Only(T); Only(const Only &) { T::nothing(); } };
        struct Copies { int take(Only<X> x) { return 1; } };
        """, tmp_path)
    assert tables.function("int X::fine()").call == fmt.CALL_DIRECT
    copy = tables.function("Holder::Holder(const Holder &other)")
    assert copy.call == fmt.CALL_UNAVAILABLE and copy.reason.startswith("the compiler refuses it: ")
    take = tables.function("int Copies::take(Only<X> x)")
    assert take.call == fmt.CALL_UNAVAILABLE and "nothing" in take.reason
    assert any("Copies::take" in text for text in built.unavailable)


def test_undefined_inline_functions_do_not_keep_it_from_loading(tmp_path):
    """An inline function that the headers do not define is unavailable, and the dictionary loads."""
    built, tables = build_tables("struct X { inline int gone(int x, int y = 0) const; int here() { return 1; } };",
                                 tmp_path)
    gone = tables.function("int X::gone(int x, int y = 0) const")
    assert gone.call == fmt.CALL_UNAVAILABLE and gone.reason == "it is inline, but not defined in the headers"
    assert tables.function("int X::here()").call == fmt.CALL_DIRECT
    assert built.warnings == [] and "gone" in built.unavailable[0]


def test_templates_of_any_kind(tmp_path):
    """Instances in signatures: undefined templates, private ones, arguments that are private, specialisations."""
    built, tables = build_tables("""
        template <class T> class Undefined;
        template <class T> struct Box { T content; };
        namespace n {
        struct Tag {};
        template <class A, class B> struct Trait { int general; };
        template <> struct Trait<Tag, int> { int special; };
        class X {
            struct Secret {};
            template <class T> struct Inner {};
        public:
            Undefined<int> *pointer() { return nullptr; }
            Undefined<int> value();
            Box<Secret> *secret() { return nullptr; }
            Box<Inner<int>> inner() { return {}; }
            Box<Box<int>> fine() { return {}; }
            Trait<Tag, int> *special() { return nullptr; }
        };
        }""", tmp_path)
    calls = {function.name: (function.call, function.reason) for function in tables.functions_of("n::X")}
    assert calls["pointer"] == (fmt.CALL_DIRECT, "") and calls["fine"] == (fmt.CALL_WRAPPER, "")
    assert calls["value"] == (fmt.CALL_UNAVAILABLE, "it returns a value of the incomplete type 'Undefined<int>'")
    assert calls["secret"] == (fmt.CALL_UNAVAILABLE, "it returns the private type 'n::X::Secret'")
    assert calls["inner"] == (fmt.CALL_UNAVAILABLE, "it returns the private type 'n::X::Inner<int>'")
    assert tables.scope("n::Trait<n::Tag, int>").members_count == 1
    special, = tables.functions_of("n::X", "special")
    assert tables.types[tables.types[special.result].target].name == "n::Trait<n::Tag, int>"


def test_a_base_outside_is_told(tmp_path):
    """What a class inherits from a base that is in no header of the user's is missing, and the build says so."""
    built, tables = build_tables("#include <locale>\nstruct Problem : std::locale {\n"
                                 "explicit Problem(const char *name) : std::locale(name) {} int code() { return 4; }"
                                 " };", tmp_path)
    assert len(built.unavailable) == 1
    assert "'class Problem' is not fully available: what it inherits from 'std::locale'" in built.unavailable[0]
    base, = tables.range(tables.scope("Problem"), "bases")
    assert (base.name, base.scope, base.offset) == ("std::locale", None, 0)


def test_members_of_undefined_types(tmp_path):
    """A class that cannot be destroyed or copied, since a member's class is not defined, keeps everything else."""
    built, tables = build_tables("#include <memory>\nclass Hidden;\n"
                                 "struct Handle { std::unique_ptr<Hidden> hidden; int number() { return 4; } };",
                                 tmp_path)
    assert tables.call("int Handle::number()", "int(*)(void *)", tables.new("Handle")) == 4
    assert any("'Handle::~Handle()' is not available: the compiler refuses it" in text for text in built.unavailable)
    assert tables.scope("Handle").destructor is None


def test_compile_error_without_owner_is_reported(tmp_path):
    """An error that no declaration of ours is to blame for is the user's: CompileError with the compiler's output."""
    text = "#ifndef __clang__\n#error only for clang\n#endif\nint f();"
    (tmp_path / "header.h").write_text(text)
    with pytest.raises(CompileError, match="only for clang") as caught:
        build(["header.h"], str(tmp_path / "libX.so"), options=Options(include_dirs=(str(tmp_path),)))
    assert "header.h" in caught.value.output and not os.path.exists(tmp_path / "libX.so")


def test_a_failed_build_leaves_the_old_library(tmp_path):
    """The output is replaced only when everything went well."""
    build_tables("struct Old {};", tmp_path)
    before = (tmp_path / "libheaderDict.so").read_bytes()
    (tmp_path / "header.h").write_text("struct New { Unknown x; };")
    with pytest.raises(HeaderError):
        build(["header.h"], str(tmp_path / "libheaderDict.so"), options=Options(include_dirs=(str(tmp_path),)))
    assert (tmp_path / "libheaderDict.so").read_bytes() == before


def test_blame_of_gcc_and_clang():
    """Errors are traced to the generated line that asked for the code: g++ names it before the error, clang++ after."""
    owners = {10: ("function", "ten"), 20: ("function", "twenty"), 30: ("class", "A<unsigned long, B<int>>")}
    gcc = ("In file included from d.cpp:1:\nx.h: In instantiation of 'void f() [with T = int]':\n"
           "d.cpp:10:5:   required from here\nx.h:3:4: error: no member 'a'\n    3 | code\n"
           "x.h:5:4: error: no member 'c'\n"
           "d.cpp:20:7: error: 'b' is private\n")
    assert blame(gcc, "d.cpp", owners) == {owners[10]: "the compiler refuses it: no member 'a'",
                                           owners[20]: "the compiler refuses it: 'b' is private"}
    clang = ("x.h:3:4: error: no member named 'a'\n"
             "d.cpp:10:5: note: in instantiation of member function 'f' requested here\n1 error generated.\n")
    assert blame(clang, "d.cpp", owners) == {owners[10]: "the compiler refuses it: no member named 'a'"}
    trait = ("t.h:1:1:   required from 'struct std::is_copy_constructible<A<long unsigned int, B<int> > >'\n"
             "d.cpp:5:1:   required from here\nx.h:3:4: error: no\n")
    assert blame(trait, "d.cpp", owners) == {owners[30]: "the compiler refuses it: no"}
    assert blame("x.h:3:4: error: stray\n", "d.cpp", owners) == {}
    both = "d.cpp:10:5: error: a\nIn file included from d.cpp:1:\nx.h:3:4: error: stray\n"
    assert blame(both, "d.cpp", owners) == {owners[10]: "the compiler refuses it: a"}


def test_compiler_is_the_users_choice(monkeypatch, tmp_path):
    """$CXX is obeyed, with arguments; a compiler that is not there is named."""
    monkeypatch.setenv("CXX", "no-such-compiler -m64")
    assert compiler.find_compiler() == ["no-such-compiler", "-m64"]
    (tmp_path / "h.h").write_text("struct X {};")
    with pytest.raises(CompileError, match="cannot run the C\\+\\+ compiler 'no-such-compiler'"):
        build([str(tmp_path / "h.h")], str(tmp_path / "libX.so"))


def test_no_compiler(monkeypatch):
    """Without any, the message says what to do."""
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(CompileError, match="install g\\+\\+ or clang\\+\\+, or set CXX"):
        compiler.find_compiler()


def test_generate_compiles_by_hand(tmp_path):
    """What `generate` returns is a complete source that any build system can compile."""
    generated = generate(["Histogram.h"], options=Options(include_dirs=(str(CPP_FIXTURES),)))
    library = support.compile_shared(generated.source, language="c++", flags=["-I" + str(CPP_FIXTURES)], name="byhand")
    assert Tables(library).lookup("Histogram") is not None
    assert ("class", "Histogram") in generated.names and generated.unavailable == []


def test_loading_is_independent_of_size(tmp_path):
    """The dictionary is read-only data: relocations grow with scopes by one each, not with their members."""
    def relocations(members):
        folder = tmp_path / str(members)
        folder.mkdir()
        text = "".join("struct S%d { %s };" % (i, " ".join("int m%d; int f%d() { return m%d; }" % (j, j, j)
                                                          for j in range(members))) for i in range(10))
        built, _ = build_tables(text, folder)
        listed = subprocess.run(["readelf", "-r", "-W", built.library], stdout=subprocess.PIPE, check=True).stdout
        return listed.count(b"R_")
    if sys.platform == "linux":
        assert relocations(2) == relocations(20)
