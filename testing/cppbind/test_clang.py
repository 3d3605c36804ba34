"""Promises of reading headers: what the model says of C++, and how a header that does not parse is reported."""

import os

import pytest
from cpp_dictionaries import parse

from cppbind import format as fmt
from cppbind import model
from cppbind.clang import library
from cppbind.clang.comments import clean_comment
from cppbind.clang.parse import parse_headers
from cppbind.compiler import Options
from cppbind.errors import ClangNotFoundError, CppBindError, HeaderError


def one_class(text, **options):
    return parse(text, **options).root.classes[0]


def one_function(text, **options):
    return parse(text, **options).root.functions[0]


def type_of(declaration, before=""):
    """The model.Type of a variable declared that way."""
    return parse("%s\nextern %s;" % (before, declaration)).root.variables[-1].type


# ---- errors --------------------------------------------------------------------------

def test_error_names_file_line_and_column(tmp_path):
    """A header with an error is refused with the compiler's words and the place of the first one."""
    path = tmp_path / "broken.h"
    path.write_text("struct A {};\nstruct B { Unknown x; };\nint f(;\n")
    with pytest.raises(HeaderError) as caught:
        parse_headers([str(path)])
    lines = str(caught.value).splitlines()
    assert lines[0] == "%s:2:12: unknown type name 'Unknown'" % path
    assert lines[1].startswith("%s:3:" % path)
    assert (caught.value.filename, caught.value.lineno, caught.value.offset) == (str(path), 2, 12)
    assert isinstance(caught.value, SyntaxError) and isinstance(caught.value, CppBindError)


def test_error_in_an_included_header(tmp_path):
    """The place is where the error is, not the header that was asked for."""
    (tmp_path / "inner.h").write_text("\nclass X { int };\n")
    (tmp_path / "outer.h").write_text('#include "inner.h"\n')
    with pytest.raises(HeaderError) as caught:
        parse_headers(["outer.h"], Options(include_dirs=(str(tmp_path),)))
    assert caught.value.filename == str(tmp_path / "inner.h") and caught.value.lineno == 2


def test_missing_header():
    """A header that is not there is an error that names it."""
    with pytest.raises(HeaderError, match="'no_such_header.h' file not found"):
        parse_headers(["no_such_header.h"])


def test_missing_include(tmp_path):
    """So is one that a header includes, with the line of the #include."""
    (tmp_path / "a.h").write_text('\n\n#include "gone.h"\n')
    with pytest.raises(HeaderError, match=r"a\.h:3:10: 'gone\.h' file not found"):
        parse_headers([str(tmp_path / "a.h")])


def test_warnings_are_collected(tmp_path):
    """A warning does not stop the reading."""
    (tmp_path / "w.h").write_text("#warning look here\nint f();\n")
    headers = parse_headers([str(tmp_path / "w.h")])
    assert "w.h:1:2: look here" in headers.warnings[0] and headers.root.functions[0].name == "f"


def test_intrinsics_of_the_compiler_do_not_disturb():
    """GCC's own headers, which clang does not understand in full, can be included."""
    headers = parse("#include <immintrin.h>\nint f(int);" if os.uname().machine == "x86_64" else "int f(int);")
    assert [function.name for function in headers.root.functions] == ["f"]


def test_libclang_not_found(tmp_path, monkeypatch):
    """Without libclang the message says how to get it and what was tried."""
    missing = str(tmp_path / "libclang.so")
    monkeypatch.setenv("CPPBIND_LIBCLANG", missing)
    monkeypatch.setattr(library, "_library", None)
    with pytest.raises(ClangNotFoundError) as caught:
        library.load()
    assert missing in str(caught.value) and "pip install libclang" in str(caught.value)
    assert isinstance(caught.value, ImportError)


def test_a_library_that_is_not_libclang(monkeypatch, compile_shared):
    """Some other library under that name is not used, and the message says what it lacks."""
    other = compile_shared("int clang_createIndex(void) { return 0; }", name="notclang")
    monkeypatch.setenv("CPPBIND_LIBCLANG", other)
    monkeypatch.setattr(library, "_library", None)
    with pytest.raises(ClangNotFoundError, match="has no clang_Cursor_isInlineNamespace: not libclang's C interface"):
        library.load()


def test_options_reach_the_parser(tmp_path):
    """Include directories, macros defined and undefined, and the standard are the user's."""
    (tmp_path / "other.h").write_text("struct Other {};")
    text = ('#include "other.h"\n#if defined(FIRST) && SECOND == 2 && !defined(__linux__)\n'
            "struct Yes { long cpp = __cplusplus; };\n#endif\n#if __cplusplus >= 202002L\nstruct New {};\n#endif\n")
    headers = parse(text, include_dirs=(str(tmp_path),), defines=("FIRST", "SECOND=2"), undefines=("__linux__",),
                    standard="c++20")
    assert [cls.name for cls in headers.root.classes] == ["Other", "Yes", "New"]


# ---- classes -------------------------------------------------------------------------

def test_members_and_access():
    """Members are told with their access; the emitter decides what to do with it."""
    cls = one_class("class X { int a; protected: int b; public: int c; mutable int d; static int e; };")
    assert [(member.name, member.access) for member in cls.members] == [
        ("a", model.PRIVATE), ("b", model.PROTECTED), ("c", model.PUBLIC), ("d", model.PUBLIC), ("e", model.PUBLIC)]
    assert cls.members[3].mutable and cls.members[4].static and cls.members[4].external
    assert cls.members[4].mangled == "_ZN1X1eE"


def test_method_properties():
    """const, static, virtual, pure, override, final, noexcept, reference qualifiers, explicit, deleted."""
    headers = parse("""
        struct Base { virtual int f() const = 0; virtual void g() {} virtual ~Base(); };
        struct X : Base {
            explicit X(int);
            int f() const override final;
            void g() noexcept override {}
            static int s();
            void l() &; void r() &&; void v() volatile;
            void gone() = delete;
            explicit operator bool() const;
        };""")
    base, cls = headers.root.classes
    methods = {function.name: function for function in cls.functions}
    assert base.functions[0].pure and base.functions[0].virtual and base.abstract and not cls.abstract
    assert methods["f"].override and methods["f"].final and methods["f"].const and methods["f"].virtual
    assert methods["g"].noexcept and methods["g"].inline and not methods["g"].external
    assert methods["f"].external and not methods["f"].noexcept
    assert methods["s"].kind == fmt.FUNCTION_STATIC
    assert [methods[name].reference_qualifier for name in "lrf"] == ["&", "&&", ""]
    assert methods["v"].volatile and methods["gone"].deleted
    assert methods["X"].explicit and methods["X"].kind == fmt.FUNCTION_CONSTRUCTOR
    assert methods["operator bool"].explicit and methods["operator bool"].kind == fmt.FUNCTION_CONVERSION
    assert base.destructor.virtual and base.destructor.external and cls.destructor is None


def test_noexcept_expressions():
    """noexcept(expression) counts by its value."""
    headers = parse("void a() noexcept(true); void b() noexcept(sizeof(int) == 0); void c() noexcept(sizeof(int) > 1);"
                    "void d() throw(); void e() noexcept(false); void f();")
    assert [function.name for function in headers.root.functions if function.noexcept] == ["a", "c", "d"]


def test_which_special_members_the_user_declared():
    """Declared constructors, of any access and deleted ones too, keep the compiler from supplying them."""
    headers = parse("""
        struct Nothing {}; struct Any { Any(int); };
        struct NoCopy { NoCopy(const NoCopy &) = delete; };
        class Mover { Mover(Mover &&); };""")
    flags = {cls.name: (cls.has_constructor, cls.has_copy, cls.has_move) for cls in headers.root.classes}
    assert flags == {"Nothing": (False, False, False), "Any": (True, False, False),
                     "NoCopy": (True, True, False), "Mover": (True, False, True)}


def test_anonymous_members_belong_to_the_class():
    """Members of anonymous structs and unions are the class's own; their access counts."""
    cls = one_class("class X { union { int i; float f; }; public: struct { int a; union { int b; char c; }; }; };")
    assert [(member.name, member.access) for member in cls.members] == [
        ("i", "private"), ("f", "private"), ("a", "public"), ("b", "public"), ("c", "public")]


def test_bit_fields_and_padding():
    """Bit-fields are told; unnamed ones, which are padding, are no members."""
    cls = one_class("struct X { int a : 3; int : 2; int b; };")
    assert [(member.name, member.bit_field) for member in cls.members] == [("a", True), ("b", False)]


def test_using_declarations():
    """Functions, members and constructors that a using-declaration brings, with its access."""
    headers = parse("""
        struct Base { Base(int, double = 1); Base(const Base &); int f(int); int f(double); int x; };
        struct Derived : private Base { using Base::Base; using Base::f; using Base::x; };
        class Hidden : Base { using Base::f; };""")
    derived, hidden = headers.root.classes[1:]
    described = [(function.qualified_name, [parameter.type.spelling for parameter in function.parameters],
                  function.inherited_from) for function in derived.functions]
    assert described == [("Derived::Derived", ["int", "double"], "Base"), ("Derived::f", ["int"], "Base"),
                         ("Derived::f", ["double"], "Base")]
    assert [member.qualified_name for member in derived.members] == ["Derived::x"]
    assert {function.access for function in hidden.functions} == {"private"}


def test_friends_belong_to_the_namespace():
    """A function defined in a class as a friend is a function of the namespace, by ADL only unless declared there."""
    headers = parse("""
        namespace ns { struct X; bool seen(X); struct X {
            friend bool operator==(const X &, const X &) { return true; }
            friend bool seen(X) { return true; }
            friend class Other; }; }""")
    functions = {function.name: function.adl_only for function in headers.root.namespaces[0].functions}
    assert functions == {"operator==": True, "seen": False}


def test_nested_and_forward_declared_classes():
    """A definition replaces its forward declaration; what is never defined is incomplete."""
    headers = parse("class Later; class Never; class Later { public: class Inner; class Inner { struct Deep {}; }; };")
    assert [(cls.name, cls.complete) for cls in headers.root.classes] == [("Never", False), ("Later", True)]
    inner, = headers.root.classes[1].classes
    assert (inner.qualified_name, inner.classes[0].qualified_name) == ("Later::Inner", "Later::Inner::Deep")


def test_c_style_typedefs():
    """`typedef struct {...} X` is the class X, and no typedef besides."""
    headers = parse("typedef struct { int a; } First; typedef struct Second { int b; } Second;"
                    "typedef enum { kA } Kind;")
    assert [cls.qualified_name for cls in headers.root.classes] == ["First", "Second"]
    assert [enum.qualified_name for enum in headers.root.enums] == ["Kind"] and headers.root.typedefs == ()


def test_bases():
    """Direct bases in order, with access and virtuality."""
    headers = parse("struct A {}; struct B {}; struct C {}; class X : public A, protected virtual B, C {};")
    cls = headers.root.classes[-1]
    assert cls.bases == (model.Base("A", False, "public"), model.Base("B", True, "protected"),
                         model.Base("C", False, "private"))


def test_templates_are_not_classes():
    """Templates have no layout; a full specialisation is a class named with its arguments, and so is an instance that
    a function returns by value."""
    headers = parse("""
        template <class T> struct Box { T content; }; template <class T> T f(T x) { return x; }
        template <> struct Box<int> { int special; }; template <> inline int f(int x) { return 2; }
        Box<double> box();""")
    assert [(cls.qualified_name, cls.template_instance) for cls in headers.root.classes] == [("Box<int>", True), ("Box<double>", True)]
    assert [function.name for function in headers.root.functions] == ["box"]
    assert headers.root.functions[0].result.name == "Box<double>"


def test_own_operator_new():
    """A class that allocates its own way says so; the operators are no methods."""
    cls = one_class("#include <cstddef>\nstruct X { void *operator new(std::size_t); void operator delete(void *); };")
    assert cls.storage_operator and cls.functions == ()


# ---- functions -----------------------------------------------------------------------

def test_default_arguments_come_from_the_syntax_tree():
    """Defaults are told as clang prints them, whatever macros and comments are about."""
    function = one_function("#define FIVE 2 + 3\n"
                            "int f(int a, int b[4], int c = FIVE, const char *d = \"x = y\", int = 7);")
    assert [parameter.default for parameter in function.parameters] == [None, None, "2 + 3", '"x = y"', "7"]
    assert [parameter.name for parameter in function.parameters] == ["a", "b", "c", "d", ""]


def test_redeclarations_are_one_function():
    """Default arguments, names and definitions may come from different declarations."""
    headers = parse("int f(int, int = 2); int f(int a = 1, int b); inline int f(int, int c) { return c; }")
    functions = headers.root.functions
    assert len(functions) == 1
    assert [(parameter.name, parameter.default) for parameter in functions[0].parameters] == [("a", "1"), ("b", "2")]
    assert not functions[0].external


def test_mangled_names():
    """Mangled names are those of the Itanium C++ ABI; C functions have their own."""
    headers = parse('namespace n { int f(double); } extern "C" { int g(double); } extern "C" int h();')
    assert headers.root.namespaces[0].functions[0].mangled == "_ZN1n1fEd"
    assert [function.mangled for function in headers.root.functions] == ["g", "h"]


def test_variadic_and_operators():
    """An ellipsis and an operator's name."""
    headers = parse("struct X {}; int p(const char *, ...); X operator+(X, X);")
    assert headers.root.functions[0].variadic and len(headers.root.functions[0].parameters) == 1
    assert headers.root.functions[1].name == "operator+"


# ---- namespaces, enums, variables ----------------------------------------------------

def test_namespaces_are_merged():
    """A namespace that is opened twice is one; unnamed ones are invisible; inline ones belong to the outer."""
    root = parse("""
        /// First.
        namespace a { int f(); } namespace a { int g(); namespace b { int h(); } inline namespace v2 { int i(); } }
        namespace { int hidden(); } namespace a::b { int j(); } namespace c = a::b;""").root
    outer, = root.namespaces
    assert [function.qualified_name for function in outer.functions] == ["a::f", "a::g", "a::i"]
    assert [function.qualified_name for function in outer.namespaces[0].functions] == ["a::b::h", "a::b::j"]
    assert (outer.aliases, root.aliases, outer.doc) == ((("v2", "a"),), (("c", "a::b"),), "First.")


def test_enums():
    """Scoped and unscoped enums, underlying types, anonymous ones, enumerators' qualified names."""
    root = parse("namespace n { enum E { a, b }; enum class S : short { c }; enum { d }; } "
                 "struct X { enum K { e }; };").root
    enums = root.namespaces[0].enums
    described = [(enum.qualified_name, enum.scoped, [entry.qualified_name for entry in enum.enumerators])
                 for enum in enums]
    assert described == [("n::E", False, ["n::a", "n::b"]), ("n::S", True, ["n::S::c"]), ("", False, ["n::d"])]
    assert enums[1].underlying.kind == fmt.TYPE_SHORT
    assert root.classes[0].enums[0].enumerators[0].qualified_name == "X::e"


def test_variables():
    """Definitions, declarations, constants in a class, thread-local ones."""
    root = parse("int a; extern int b; extern int c; int c = 1; thread_local int d; const int e = 3;\n"
                 "struct X { static const int f = 4; static int g; };").root
    assert {variable.name: variable.external for variable in root.variables} == {
        "a": False, "b": True, "c": False, "d": False, "e": False}
    assert {variable.name for variable in root.variables if variable.thread_local} == {"d"}
    assert [(member.constant, member.external) for member in root.classes[0].members] == [(True, False), (False, True)]


def test_inline_definitions_after_the_class():
    """`inline void X::f() {}` after the class is a definition in the header, like one inside."""
    cls, = parse("""
        namespace n { struct X { X(); ~X(); void f(int); void f(double); operator int(); static int s(); void g(); };
        inline X::X() {} inline X::~X() {} inline void X::f(int) {} inline X::operator int() { return 1; } }
        inline int n::X::s() { return 1; } void n::X::g() {}""").root.namespaces[0].classes
    assert [(function.name, function.external) for function in cls.functions] == [
        ("X", False), ("f", False), ("f", True), ("operator int", False), ("s", False), ("g", True)]
    assert not cls.destructor.external


def test_definitions_outside_of_their_scope():
    """What is defined with a qualified name belongs to the scope that the name says."""
    root = parse("""
        namespace n { int f(int); struct X { static int s; struct Inner; class Never; enum class E; Inner *i; }; }
        inline int n::f(int named) { return named; }
        int n::X::s = 1;
        struct n::X::Inner { int a; };
        enum class n::X::E { e };""").root
    assert not (root.functions or root.variables or root.classes or root.enums)
    space, = root.namespaces
    cls, = space.classes
    assert [(function.qualified_name, function.external) for function in space.functions] == [("n::f", False)]
    assert [(inner.qualified_name, inner.complete, len(inner.members)) for inner in cls.classes] \
        == [("n::X::Inner", True, 1), ("n::X::Never", False, 0)]
    assert [(member.name, member.external) for member in cls.members] == [("s", False), ("i", False)]
    assert [len(enum.enumerators) for enum in cls.enums] == [1]


def test_system_headers_are_not_visited():
    """What system headers declare is not the user's, unless the user asked for that very header."""
    assert parse("#include <vector>\n#include <cstdio>\nint mine();").root.functions[0].name == "mine"
    names = {function.name for function in parse_headers(["stdlib.h"]).root.functions}
    assert {"malloc", "qsort", "div"} <= names


# ---- types ---------------------------------------------------------------------------

@pytest.mark.parametrize("declaration, kind, spelling", [
    ("bool x", fmt.TYPE_BOOL, "bool"), ("char x", fmt.TYPE_CHAR, "char"), ("wchar_t x", fmt.TYPE_WCHAR, "wchar_t"),
    ("unsigned char x", fmt.TYPE_UCHAR, "unsigned char"), ("char16_t x", fmt.TYPE_CHAR16, "char16_t"),
    ("long long unsigned x", fmt.TYPE_ULONGLONG, "unsigned long long"), ("float x", fmt.TYPE_FLOAT, "float"),
    ("__int128 x", fmt.TYPE_INT128, "__int128"), ("long double x", fmt.TYPE_LONGDOUBLE, "long double"),
    ("decltype(nullptr) x", fmt.TYPE_NULLPTR, "std::nullptr_t"), ("const int x", fmt.TYPE_INT, "const int"),
    ("int *x", fmt.TYPE_POINTER, "int *"), ("int &x", fmt.TYPE_LVALUE_REF, "int &"),
    ("int &&x", fmt.TYPE_RVALUE_REF, "int &&"), ("int x[2][3]", fmt.TYPE_ARRAY, "int[2][3]"),
    ("int x[]", fmt.TYPE_ARRAY, "int[]"), ("int (*x)(char, ...)", fmt.TYPE_POINTER, "int (*)(char, ...)"),
])
def test_type_kinds(declaration, kind, spelling):
    """Every kind of type, with its canonical spelling."""
    type_ = type_of(declaration)
    assert (type_.kind, type_.spelling, type_.problem) == (kind, spelling, "")


def test_type_structure():
    """Qualifiers, targets, extents and parameters."""
    assert type_of("const volatile int x").const and type_of("const volatile int x").volatile
    pointer = type_of("const char *const x")
    assert pointer.const and pointer.target.const and pointer.target.kind == fmt.TYPE_CHAR
    array = type_of("int x[2][3]")
    assert (array.extent, array.target.extent, type_of("int x[]").extent) == (2, 3, None)
    function = type_of("double (*x)(int, const char *, ...)").target
    assert (function.kind, function.target.spelling, function.variadic) == (fmt.TYPE_FUNCTION, "double", True)
    assert [parameter.spelling for parameter in function.parameters] == ["int", "const char *"]


def test_typedefs_are_seen_through():
    """Types are canonical, but int8_t is known for what it is, behind pointers as well."""
    assert type_of("Number x", "typedef long Base; typedef Base Number;").spelling == "long"
    assert type_of("std::int8_t x", "#include <cstdint>").as_integer
    assert type_of("const uint8_t *x", "#include <stdint.h>").target.as_integer
    assert not type_of("unsigned char *x").target.as_integer


def test_class_types_are_named():
    """Classes and enums by qualified name; std::string under that name; member pointers with their class."""
    assert type_of("const n::X &x", "namespace n { struct X {}; }").target.name == "n::X"
    assert type_of("std::string x", "#include <string>").name == "std::string"
    assert type_of("std::vector<std::string> x", "#include <string>\n#include <vector>").name.startswith(
        "std::vector<std::string")
    assert type_of("std::ostream *x", "#include <iosfwd>").target.name == "std::basic_ostream<char>"
    enum = type_of("E x", "enum E : short {};")
    assert (enum.kind, enum.name, enum.target.kind) == (fmt.TYPE_ENUM, "E", fmt.TYPE_SHORT)
    member = type_of("int X::*x", "struct X {};")
    assert (member.kind, member.name) == (fmt.TYPE_MEMBER_POINTER, "X")
    assert not type_of("X *x", "struct X;").target.complete


def test_types_that_cannot_be_named():
    """Private and unnamed types carry the reason; so does what contains them."""
    cls = one_class("class X { struct P {}; public: P *p(); struct { int a; } u; void q(P (*)(int)); };")
    assert cls.functions[0].result.problem == "the private type 'X::P'"
    assert cls.functions[1].parameters[0].type.problem == "the private type 'X::P'"
    assert cls.members[0].type.problem == "an unnamed type"


# ---- comments ------------------------------------------------------------------------

@pytest.mark.parametrize("raw, text", [
    ("/// One line.", "One line."),
    ("/// Two\n    /// lines.", "Two\nlines."),
    ("//! Qt.\n//!  Indented.", "Qt.\n Indented."),
    ("/** Block. */", "Block."),
    ("/**\n * Title\n *\n *   code\n */", "Title\n\n  code"),
    ("/*!\n   Without stars\n     kept\n*/", "Without stars\n  kept"),
    ("///< After.", "After."),
    ("", ""),
])
def test_comments_lose_their_marks(raw, text):
    """Documentation is text: marks and the common indentation go, relative indentation stays."""
    assert clean_comment(raw) == text


def test_documentation_is_attached():
    """Classes, functions, members and enumerators have their comments, also those that stand behind."""
    root = parse("/// A class.\nstruct X {\n  /// Does it.\n  void f();\n  int a; ///< A member.\n};\n"
                 "enum E { e, ///< First.\n };").root
    cls = root.classes[0]
    assert (cls.doc, cls.functions[0].doc, cls.members[0].doc) == ("A class.", "Does it.", "A member.")
    assert root.enums[0].enumerators[0].doc == "First."
