"""Promises of the analyses: one question each, answered from the model."""

import pytest
from cpp_dictionaries import parse

from cppbind import format as fmt
from cppbind.analysis.callability import call_kind
from cppbind.analysis.hierarchy import Hierarchy
from cppbind.analysis.overloads import leading_counts, overload_sets, required_count
from cppbind.analysis.signature import signature
from cppbind.analysis.special_members import implicit_members


def functions(text):
    return parse(text).root.functions


# ---- callability ---------------------------------------------------------------------

@pytest.mark.parametrize("declaration, expected", [
    ("inline int f(int, double, const char *) { return 0; }", fmt.CALL_DIRECT),
    ("inline S &f(const S &, S *, S &&); inline S &f(const S &, S *, S &&x) { return x; }", fmt.CALL_DIRECT),
    ("inline int f(const char *, ...) { return 0; }", fmt.CALL_DIRECT),
    ("inline E f(E e) { return e; }", fmt.CALL_DIRECT),
    ("inline S f() { return S(); }", fmt.CALL_WRAPPER),
    ("inline int f(S) { return 0; }", fmt.CALL_WRAPPER),
    ("inline long double f() { return 0; }", fmt.CALL_WRAPPER),
    ("inline int f(__int128) { return 0; }", fmt.CALL_WRAPPER),
    ("int f(int);", fmt.CALL_SYMBOL),
    ("S f(int);", fmt.CALL_WRAPPER),
])
def test_how_a_function_is_called(declaration, expected):
    """Scalars, pointers and references go straight; classes and wide numbers through a wrapper; libraries by symbol."""
    function = functions("struct S {}; enum E { e };\n" + declaration)[0]
    assert call_kind(function) == (expected, "")


@pytest.mark.parametrize("declaration, reason", [
    ("Never f();", "it returns a value of the incomplete type 'Never'"),
    ("int f(int, Never);", "argument 2 is a value of the incomplete type 'Never'"),
    ("class S { struct P {}; friend int f(P *); };", "argument 1 is the private type 'S::P'"),
    ("struct S {}; int f(int S::*);", "argument 1 is a pointer to member"),
    ("int f(__builtin_va_list);", "argument 1 is a va_list"),
    ("struct S {}; S f(int, ...);", "it is variadic and needs a wrapper"),
    ("typedef float V __attribute__((vector_size(16))); V f();", "it returns a type that is not supported"),
])
def test_why_a_function_cannot_be_called(declaration, reason):
    """Each signature that cannot be served has a reason that names the part."""
    function, = functions("class Never;\n" + declaration)
    call, why = call_kind(function)
    assert call == fmt.CALL_UNAVAILABLE and why.startswith(reason)


def test_arguments_left_out_do_not_matter():
    """A default argument of a type that cannot be passed does not make the shorter calls impossible."""
    function, = functions("class Never; int f(int, int (*)(Never) = 0, int Never::* = nullptr);")
    assert call_kind(function)[0] == fmt.CALL_UNAVAILABLE
    assert call_kind(function, leading=2)[0] == call_kind(function, leading=1)[0] == fmt.CALL_WRAPPER


def test_constructors_of_abstract_classes():
    """An abstract class has constructors, but none that can be called."""
    cls, = parse("struct A { A(int); virtual void f() = 0; };").root.classes
    assert call_kind(cls.functions[0], cls) == (fmt.CALL_UNAVAILABLE, "'A' is abstract")
    assert call_kind(cls.functions[1], cls) == (fmt.CALL_DIRECT, "")


# ---- overloads -----------------------------------------------------------------------

def test_overload_sets_are_sorted_by_name():
    """Names by their bytes, declaration order inside; private and deleted functions are no part."""
    cls, = parse("class X { public: void b(int); void a(); void b(); void B(); void gone() = delete;"
                 " private: void hidden(); };").root.classes
    sets = [(name, [len(function.parameters) for function in found]) for name, found in overload_sets(cls.functions)]
    assert sets == [("B", [0]), ("a", [0]), ("b", [1, 0])]


@pytest.mark.parametrize("text, counts", [
    ("int f(int a, int b = 1, int c = 2);", [2, 1]),
    ("int f(int a = 1);", [0]),
    ("int f(int a);", []),
    ("int f(int a, int b = 1); int f(int a);", []),
    ("int f(int a, int b = 1, int c = 2); int f(const int &a);", [2]),
    ("int f(int a, int b = 1); int f(double a);", [1]),
    ("int f(int a = 1); int f();", []),
    ("int f(int a = 1); int f(double a = 1);", []),
])
def test_which_defaults_can_be_left_out(text, counts):
    """A shorter call is offered unless another overload takes the same arguments."""
    overloads = functions(text)
    assert leading_counts(overloads[0], overloads) == counts
    assert required_count(overloads[0]) <= min(counts, default=len(overloads[0].parameters))


# ---- hierarchy -----------------------------------------------------------------------

def test_hierarchy():
    """Virtual bases are seen through generations; bases are listed once, nearest first."""
    hierarchy = Hierarchy(parse("""
        struct A {}; struct B : virtual A {}; struct C : virtual A {}; struct D : B, C {}; struct E : D {};
        struct P : A {}; struct Q : P, A {}; struct R : P {};""").root)
    assert [name for name in "ABCDEPQR" if hierarchy.has_virtual_base(name)] == ["B", "C", "D", "E"]
    assert hierarchy.all_bases("E") == ["D", "B", "C", "A"]
    ambiguous = {(name, base.name) for name in "BDEQR" for base in hierarchy.bases(name)
                 if hierarchy.is_ambiguous(name, base)}
    assert ambiguous == {("Q", "A")}
    assert hierarchy.bases("std::string") == () and not hierarchy.has_virtual_base("std::string")


# ---- special members -----------------------------------------------------------------

@pytest.mark.parametrize("text, expected", [
    ("struct X {};", ["default", "copy", "assign"]),
    ("struct X { X(int); };", ["copy", "assign"]),
    ("struct X { X(const X &); };", ["assign"]),
    ("struct X { X(X &&); };", ["assign"]),
    ("struct X { X &operator=(const X &) = delete; };", ["default", "copy"]),
    ("struct X { X &operator=(int); };", ["default", "copy", "assign"]),
])
def test_what_the_compiler_may_supply(text, expected):
    """A special member is listed unless the user declared it."""
    cls, = parse(text).root.classes
    assert [which for which, function in implicit_members(cls)] == expected


# ---- signatures ----------------------------------------------------------------------

@pytest.mark.parametrize("text, expected", [
    ("int f(int a, const char *b = nullptr, ...);", "int f(int a, const char *b = nullptr, ...)"),
    ("namespace n { const int &g(int &&, int (&x)[3], void (*h)(int)); }",
     "const int &n::g(int &&, int (&x)[3], void (*h)(int))"),
    ("struct X { explicit X(int) noexcept; };", "X::X(int) noexcept"),
    ("struct X { operator const char *() const; };", "X::operator const char *() const"),
    ("struct X { static X make() noexcept; };", "static X X::make() noexcept"),
    ("struct X { int f() const volatile &&; };", "int X::f() const volatile &&"),
])
def test_signatures_read_like_declarations(text, expected):
    """What messages and help() show is what one would write in C++."""
    root = parse(text).root
    found = (root.functions or (root.classes[0].functions if root.classes else root.namespaces[0].functions))[0]
    assert signature(found) == expected


def test_signature_of_a_shorter_call():
    """With fewer arguments the defaults are gone, they have been used."""
    function, = functions("int f(int a, int b = 1, int c = 2);")
    assert signature(function, 2) == "int f(int a, int b)"
