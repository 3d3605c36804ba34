"""Promises of C++ that is given as text: compiled once, seen by what comes later, errors with their place.

What is defined here stays in the process, so every test uses names of its own.
"""

import re
import warnings

import pytest
import support

import cppbind
from cppbind import gbl


def test_classes_functions_variables():
    """What cppdef defines is there at once, and True is what it returns."""
    assert cppbind.cppdef("""
        struct FlyA { int x; explicit FlyA(int v) : x(v) {} int twice() const { return 2 * x; } };
        int fly_add(int a, int b = 10) { return a + b; }
        namespace fly { double half = 0.5; enum Color { red = 3, green }; typedef FlyA Alias; }
    """) is True
    assert gbl.FlyA(21).twice() == 42
    assert (gbl.fly_add(1, 2), gbl.fly_add(1)) == (3, 11)
    gbl.fly.half = 0.25
    assert gbl.fly.half == 0.25
    assert gbl.fly.green == 4 and gbl.fly.Color.red == 3
    assert gbl.fly.Alias is gbl.FlyA


def test_later_code_sees_earlier_code():
    """One definition rule: a function's counter and a variable are the same for every later piece of code."""
    cppbind.cppdef("int fly_counter() { static int n = 0; return ++n; } int fly_shared = 5;")
    assert gbl.fly_counter() == 1
    cppbind.cppdef("int fly_count_twice() { fly_shared += 1; return fly_counter() * 100 + fly_counter(); }")
    assert gbl.fly_count_twice() in (203, 302)
    assert gbl.fly_shared == 6
    gbl.fly_shared = 9
    cppbind.cppdef("int fly_look() { return fly_shared; }")
    assert gbl.fly_look() == 9 and gbl.fly_counter() == 4


def test_static_and_unnamed_namespace_are_one():
    """What has internal linkage in a file is one object for all code of a session."""
    cppbind.cppdef("""
        static int fly_static = 1;
        static int fly_bump() { static int n = 0; return ++n; }
        namespace { int fly_hidden = 7; int fly_secret() { return fly_hidden * 2; } }
        auto fly_deduced() { return 2.5; }
    """)
    assert (gbl.fly_bump(), gbl.fly_secret()) == (1, 14)
    cppbind.cppdef("int fly_see() { fly_static = 4; fly_hidden = 1; return fly_bump() + fly_deduced(); }")
    assert gbl.fly_see() == 4
    assert (gbl.fly_static, gbl.fly_hidden, gbl.fly_bump()) == (4, 1, 3)


def test_members_defined_outside_of_their_class():
    """Member functions, constructors, static members and specialisations may be defined after their class."""
    cppbind.cppdef("""
        struct FlyOut { FlyOut(int); ~FlyOut(); int get() const; static int alive; int value; };
        FlyOut::FlyOut(int v) : value(v) { ++alive; }
        FlyOut::~FlyOut() { --alive; }
        int FlyOut::get() const { return value; }
        int FlyOut::alive = 0;
        template <class T> struct FlyTraits { int kind() { return 0; } };
        template <> int FlyTraits<double>::kind() { return 8; }
    """)
    one = gbl.FlyOut(5)
    cppbind.cppdef("int fly_alive(const FlyOut &o) { return FlyOut::alive * 10 + o.get(); }")
    assert gbl.fly_alive(one) == 15
    del one
    assert gbl.FlyOut.alive == 0


def test_initializers_run_once_and_at_once():
    """A variable whose initializer runs code is initialised when it is defined, once."""
    cppbind.cppdef("int fly_runs = 0; int fly_run() { return ++fly_runs; }")
    cppbind.cppdef("int fly_value = fly_run(); std::vector<int> fly_items = {1, 2, fly_run()};")
    assert gbl.fly_runs == 2
    cppbind.cppdef("int fly_use() { return fly_value + fly_items[2] + (int)fly_items.size(); }")
    assert gbl.fly_use() == 1 + 2 + 3
    assert (gbl.fly_runs, gbl.fly_value) == (2, 1)


def test_macros_that_define():
    """A definition that comes out of a macro is compiled once as well."""
    cppbind.cppdef("#define FLY_GETTER(name, value) int name() { static int n = value; return n++; }\n"
                   "FLY_GETTER(fly_first, 1) FLY_GETTER(fly_second, 10)")
    assert gbl.fly_first() == 1
    cppbind.cppdef("FLY_GETTER(fly_third, 100) int fly_all() { return fly_first() + fly_second() + fly_third(); }")
    assert gbl.fly_all() == 112


def test_overloads_accumulate():
    """A function that is defined later joins the overloads of those that were there."""
    cppbind.cppdef("std::string fly_over(int) { return \"int\"; }")
    assert gbl.fly_over(1) == "int"
    cppbind.cppdef("std::string fly_over(const std::string &) { return \"string\"; }")
    assert gbl.fly_over("a") == "string" and gbl.fly_over(1) == "int"


def test_errors_have_file_line_and_words():
    """A SyntaxError says where and why, in the compiler's words."""
    with pytest.raises(SyntaxError, match="Failed to parse the given C\\+\\+ code") as caught:
        cppbind.cppdef("int fly_good() { return 1; }\nint fly_bad() { return fly_missing; }")
    error = caught.value
    assert re.match(r"cppdef_\d+\Z", error.filename) and (error.lineno, error.offset) == (2, 24)
    assert "use of undeclared identifier 'fly_missing'" in str(error)


def test_a_failed_definition_leaves_no_trace():
    """Nothing of code that does not compile stays: its names can be defined anew."""
    with pytest.raises(SyntaxError):
        cppbind.cppdef("struct FlyRetry { int a; };\nint fly_retry() { return nothing; }")
    assert not hasattr(gbl, "FlyRetry")
    cppbind.cppdef("struct FlyRetry { double b = 1.5; };")
    assert gbl.FlyRetry().b == 1.5
    with pytest.raises(SyntaxError, match="redefinition"):
        cppbind.cppdef("struct FlyRetry { int c; };")
    with pytest.raises(TypeError, match="is a str, not bytes"):
        cppbind.cppdef(b"int x;")


def test_a_second_body_is_refused_where_it_is_given():
    """Functions and static members are defined once; overloads, and what failed the first time, are something else."""
    cppbind.cppdef("""namespace fly_twice { int body() { return 1; } struct S { int f(); static int s; };
                      int S::f() { return s; } int S::s = 3; int over(int) { return 1; } }""")
    for again in ("int body() { return 2; }", "int S::f() { return 4; }", "int S::s = 5;"):
        with pytest.raises(SyntaxError, match="(?s)redefinition.*note: previous definition is here"):
            cppbind.cppdef("namespace fly_twice { %s }" % again)
    with pytest.raises(SyntaxError):
        cppbind.cppdef("namespace fly_twice { int late() { return nothing; } }")
    cppbind.cppdef("namespace fly_twice { int over(long) { return 2; } int late() { return body(); } }")
    assert gbl.fly_twice.late() == 1 and gbl.fly_twice.S().f() == 3


def test_explicit_instantiations():
    """`template int f<int>(int);` leaves its template a template, whatever is defined after it."""
    cppbind.cppdef("""namespace fly_explicit { template <class T> T same(T t) { return t; } template char same<char>(char);
        template <class T> struct Box { T it{}; T get() { return it; } }; template struct Box<int>;
        template <> long same<long>(long) { return 7; } }""")
    assert gbl.fly_explicit.same[int](4) == 4 and gbl.fly_explicit.same["long"](4) == 7
    cppbind.cppdef("namespace fly_explicit { int later() { return same(5); } }")
    assert gbl.fly_explicit.later() == 5 and gbl.fly_explicit.Box[int]().get() == 0


def test_a_last_declaration_without_semicolon():
    """cppexec ends its last statement, a declaration too."""
    assert cppbind.cppexec("int fly_unended = 4")
    cppbind.cppexec("fly_unended += 1; int fly_unended_too = fly_unended // with a comment")
    assert gbl.fly_unended_too == 5


def test_warnings_are_syntax_warnings():
    """What the compiler warns of is a SyntaxWarning, also when the code comes from the cache."""
    with pytest.warns(SyntaxWarning, match="fly is deprecated"):
        cppbind.cppdef('#warning "fly is deprecated"\nint fly_warned;')
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cppbind.cppdef("int fly_clean() { return 0; }")


def test_exceptions():
    """What the code throws comes as it does from any C++ function."""
    cppbind.cppdef('int fly_throw() { throw std::out_of_range("too far"); }')
    with pytest.raises(IndexError, match="too far"):
        gbl.fly_throw()


def test_cppexec():
    """Statements run at once; variables that they declare are globals; an expression needs no semicolon."""
    assert cppbind.cppexec("int fly_q = 5; fly_q += 1; int fly_r = fly_q * 2;") is True
    assert (gbl.fly_q, gbl.fly_r) == (6, 12)
    cppbind.cppexec("fly_q = 40")
    assert gbl.fly_q == 40
    cppbind.cppexec("for (int i = 0; i < 3; i++) { fly_q += i; }")
    assert gbl.fly_q == 43
    with pytest.raises(ValueError, match="wrong"):
        cppbind.cppexec('throw std::invalid_argument("wrong");')
    with pytest.raises(SyntaxError, match="fly_nowhere"):
        cppbind.cppexec("fly_nowhere();")


def test_macro():
    """Constants in macros have their values; what is no macro is a ValueError."""
    cppbind.cppdef('#define FLY_N 42\n#define FLY_S "abc"\n#define FLY_F 2.5f\n#define FLY_NEG (-FLY_N)\n'
                   "#define FLY_C 'c'\n#define FLY_YES true\n#define FLY_CALL std::string(\"made\")")
    assert [cppbind.macro(name) for name in ("FLY_N", "FLY_S", "FLY_F", "FLY_NEG", "FLY_C", "FLY_YES")] == [
        42, "abc", 2.5, -42, "c", True]
    assert cppbind.macro("FLY_CALL") == "made"
    with pytest.raises(ValueError, match="FLY_NO_MACRO"):
        cppbind.macro("FLY_NO_MACRO")
    with pytest.raises(ValueError, match="no name of a macro"):
        cppbind.macro("1 + 1")


def test_headers(tmp_path):
    """include makes a header's declarations known: nothing is read of what is not used."""
    (tmp_path / "fly_header.h").write_text("""
        #pragma once
        #include <vector>
        struct FlyHeader { int a = 3; std::vector<int> items() const { return {a, a}; } };
        inline int fly_inline(const FlyHeader &h) { return h.a; }
        namespace fly_ns { struct Base { virtual ~Base() {} virtual int v() { return 1; } };
                           struct Derived : Base { int v() override { return 2; } };
                           inline Base *make() { return new Derived; } }
    """)
    with pytest.raises(ImportError, match="fly_header.h"):
        cppbind.include("fly_header.h")
    cppbind.add_include_path(tmp_path)
    assert cppbind.include("fly_header.h") is True
    assert cppbind.include("<vector>") is True
    assert gbl.fly_inline(gbl.FlyHeader()) == 3
    assert list(gbl.FlyHeader().items()) == [3, 3]
    assert gbl.fly_ns.make().v() == 2
    assert isinstance(gbl.fly_ns.Derived(), gbl.fly_ns.Base)
    with pytest.raises(OSError, match="No such directory"):
        cppbind.add_include_path(tmp_path / "nowhere")


def test_header_with_an_error(tmp_path):
    """A header that does not compile is an ImportError with the compiler's words, and changes nothing."""
    path = tmp_path / "fly_broken.h"
    path.write_text("struct FlyBroken { int a; };\n    integer f();\n")
    with pytest.raises(ImportError, match="fly_broken.h:2:5: error: unknown type name 'integer'"):
        cppbind.include(str(path))
    assert not hasattr(gbl, "FlyBroken")
    path.write_text("struct FlyBroken { int a; };\n")
    cppbind.include(str(path))
    assert gbl.FlyBroken().a == 0


def test_library_functions_need_no_compiler(tmp_path):
    """Functions of a library are called by their mangled names, and nothing is compiled for them."""
    source = tmp_path / "fly_lib.cpp"
    (tmp_path / "fly_lib.h").write_text(
        "namespace flylib { int triple(int); const char *name(double, long *); unsigned missing(); }")
    source.write_text('#include "fly_lib.h"\nnamespace flylib { int triple(int x) { return 3 * x; }\n'
                      'const char *name(double d, long *out) { *out = d; return "named"; } }')
    library = tmp_path / ("libfly" + support.SHARED_SUFFIX)
    support.run(["c++", "-shared", "-fPIC", source, "-o", library])
    code = """
        import os, cppbind
        cppbind.add_include_path(%r)
        cppbind.include("fly_lib.h")
        cppbind.load_library(%r)
        os.environ["PATH"] = os.environ["CXX"] = ""
        assert cppbind.gbl.flylib.triple(14) == 42
        try:
            cppbind.gbl.flylib.missing()
        except TypeError as problem:
            assert "no loaded library defines it" in str(problem), problem
    """ % (str(tmp_path), str(library))
    support.run_python(code, env={"PYTHONPATH": support.package_folder()})


def test_c_headers():
    """c_include gives functions C linkage where the header does not."""
    cppbind.cppdef('extern "C" int fly_c_function(int x) { return x + 1; }')
    assert gbl.fly_c_function(1) == 2
    cppbind.c_include("zlib.h")
    cppbind.load_library("libz.so.1")
    assert gbl.crc32(0, b"abc", 3) == 891568578
    assert cppbind.macro("ZLIB_VERSION") == gbl.zlibVersion()


def test_missing_names():
    """A name that no code has is an AttributeError that says where it was looked for."""
    cppbind.cppdef("namespace fly_empty { int one; }")
    with pytest.raises(AttributeError, match="has no 'nowhere'.*nor in the C\\+\\+ that was given"):
        gbl.fly_empty.nowhere
    with pytest.raises(AttributeError, match="namespace 'std' has no 'nowhere'"):
        gbl.std.nowhere


# Before a compiler has all of C++23 it reports 202100.
@pytest.mark.parametrize("standard, expected", [("17", {201703}), ("20", {202002}), ("c++23", {202100, 202302}),
                                                ("11", {201103})])
def test_standard(standard, expected):
    """STDCXX chooses the standard."""
    code = "import cppbind; cppbind.cppdef('long std_c = __cplusplus;'); print(cppbind.gbl.std_c)"
    done = support.run_python(code, env={"PYTHONPATH": support.package_folder(), "STDCXX": standard})
    assert int(done.stdout) in expected


def test_unknown_standard():
    """A standard that does not exist is an error that says so."""
    done = support.run_python("import cppbind; cppbind.cppdef('int x;')", check=False,
                              env={"PYTHONPATH": support.package_folder(), "STDCXX": "21"})
    assert "STDCXX is a C++ standard such as 17 or 20, not '21'" in done.stdout


@pytest.mark.parametrize("environment, words", [
    ({"CXX": "/nowhere/g++"}, "cannot run the C++ compiler '/nowhere/g++'"),
    ({"CPPBIND_LIBCLANG": "/nowhere/libclang.so"}, "libclang not found")])
def test_missing_tools(environment, words, tmp_path):
    """Where a tool is missing the error says which; dictionaries do without."""
    environment = dict(environment, PYTHONPATH=support.package_folder(), CPPBIND_CACHE=str(tmp_path / "cache"))
    code = """
        import cppbind
        try:
            cppbind.gbl.std.thread
        except AttributeError as problem:
            print("attribute:", problem)
        cppbind.cppdef("int x;")
    """
    done = support.run_python(code, check=False, env=environment)
    assert done.stdout.count(words) >= 2, done.stdout


def test_operators_of_header_classes(tmp_path):
    """Operators that are no members of a header's class come with the class."""
    (tmp_path / "fly_operators.h").write_text("""
        namespace fly_op { struct Money { int cents; explicit Money(int c) : cents(c) {} };
        inline Money operator+(const Money &a, const Money &b) { return Money(a.cents + b.cents); }
        inline bool operator==(const Money &a, const Money &b) { return a.cents == b.cents; }
        struct Other {}; inline int operator-(const Other &, int) { return 1; } }
    """)
    cppbind.include(str(tmp_path / "fly_operators.h"))
    Money = gbl.fly_op.Money
    assert (Money(1) + Money(2)).cents == 3 and Money(3) == Money(3)


def test_lambdas():
    """A variable that holds a lambda is called."""
    cppbind.cppdef("namespace fly { auto triple = [](int x) { return 3 * x; }; int offset = 4;"
                   " auto shifted = [by = offset](double x) { return x + by; }; }")
    assert gbl.fly.triple(5) == 15 and gbl.fly.shifted(0.5) == 4.5
    cppbind.cppdef("int fly_via_lambda(int x) { return fly::triple(x) + 1; }")
    assert gbl.fly_via_lambda(2) == 7


def test_classes_of_python_derive_from_given_ones():
    """A Python class overrides virtual functions of a class that was just defined."""
    cppbind.cppdef("struct FlyVirtual { virtual ~FlyVirtual() {} virtual int number() const { return 1; } };"
                   "int fly_number(const FlyVirtual &v) { return v.number(); }")

    class Derived(gbl.FlyVirtual):
        def number(self):
            return 99
    assert (gbl.fly_number(gbl.FlyVirtual()), gbl.fly_number(Derived())) == (1, 99)


def test_a_header_of_definitions_again(tmp_path):
    """Including it twice is one time, also where it has no guard."""
    (tmp_path / "flytwice.h").write_text("namespace flytwice { int f() { return 4; } int counter = 0; }")
    cppbind.include(str(tmp_path / "flytwice.h"))
    cppbind.include(str(tmp_path / "flytwice.h"))
    assert cppbind.gbl.flytwice.f() == 4
