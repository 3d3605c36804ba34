"""The second parser: pycparser's AST turned into the model.

Neighbours: test_parse_types.py and test_parse_records.py, which `make test` also runs with
CFFI_LIKE_PARSER=pycparser.
"""

import ast
import warnings

import pytest
import support
from parsing import CHAR, INT, parse

from cffi_like import FFI, CDefError, FFIError, model
from cffi_like.model import Array, Function, Pointer, Primitive, Qualified
from cffi_like.parse import parse_cdef
from cffi_like.resolve import Resolver

#: Every construct of the cdef language, one text each.
CORPUS = [
    "char a(signed char, unsigned char, short, unsigned short int, int, unsigned, long int);",
    "long long b(unsigned long long int, long unsigned, signed, long signed int long);",
    "float c(double, long double, float _Complex, double _Complex, _Bool);",
    "int8_t d(uint64_t, size_t, ssize_t, intptr_t, ptrdiff_t, int_fast16_t, uintmax_t);",
    "wchar_t e(char16_t, char32_t, FILE *, bool); DWORD WINAPI w(HANDLE, LPCSTR, BOOL *);",
    "extern int a, *b, **c, d[2], *e[3], (*f)[4], g[2][3]; extern const char *const *h;",
    "int f(); int g(void); int h(int, ...); int (*i(int a))(char b); void j(int [], int [3][4]);",
    "extern int (*p)(int, int (*)(void)); extern int (*(*q[2])(void))[3];",
    "int f(int a[static 3], int b[const], int c[*], register int d, const int e, int (g)(int));",
    "typedef int t, *u, v[4]; typedef t w; t f(u, v, w x); typedef int fn(int); fn g; fn *h;",
    "typedef int (*cb)(void *, const char *); cb set(cb old); typedef cb table[8];",
    "int const volatile *restrict f(char *__restrict p, __const int q);",
    "struct s { int x, *y, z[3]; }; union u { int i; float f; }; struct s f(union u, struct t *);",
    "struct node { struct node *next; struct { int a; union { int b; char c; }; }; struct { int d; } e; };",
    "struct b { unsigned x:3, y:5; int :4; int :0; unsigned long z:40; _Bool w:1; enum { P } p:2; };",
    "struct flex { int n; char tail[]; }; struct empty { }; struct opaque; union other;",
    "typedef struct { int x; } anon_t; typedef struct tag { int y; } tag_t, *tag_p; tag_p f(anon_t);",
    "typedef struct fwd fwd_t; struct fwd { fwd_t *next; }; typedef const struct fwd cf;",
    "struct v { int x; } one(void); extern struct { int q; } two, *three;",
    "enum e { A, B = 5, C, D = A - 1, E = B << 2, }; enum e f(enum e); typedef enum { G } g_t;",
    "enum { SIZE = 4 }; extern int a[SIZE * 2]; static const int N = SIZE + 1; extern char b[N];",
    "#define A 5\n#define B -0x1F\n#define C \"text\"\n#define D 1.5\n#define F A + H\n#define H 2\n",
    "enum { A = sizeof(int), B = sizeof(char *[3]), C = (int)3.9, D = ~0u > 0 ? 'x' : L'y', "
    "E = !0 && 1 || 0, F = -7 / 2 % 3, G = sizeof \"ab\" \"c\", H = 1 ^ 6 & 3 | 8, "
    "I = _Alignof(double), J = sizeof(struct { char c; }), K = (unsigned char)-1 >> 1 };",
    "extern int x = 3; static const double y = 2.5; extern const int z; extern char *const w;"
    "static const int list[] = { 1, 2 }; extern int *q = &x;",
    "typedef int... i_t; typedef unsigned long... u_t; typedef float... f_t; i_t f(u_t *, f_t);",
    "typedef ... opaque_t; typedef ... *handle_t; typedef ... **pp; handle_t f(opaque_t *, pp);",
    "struct s { int x; ...; }; struct t { ...; }; typedef struct { char a[...]; ...; } u_t;",
    "extern int a[...]; extern int b[][...]; typedef int c[...];",
    "enum e { A, B, ... }; enum f { C = ..., D = 4, E = ... }; enum g { ... };",
    "#define X ...\nint f(void);\n#define Y ...",
    'extern "Python" int a(int); extern "Python" { void b(void); int c(char); } int d(void);'
    'extern "Python+C" int e(void); extern "C" { int g(void); struct s { int x; }; }',
    "int __stdcall a(int); extern int (WINAPI *b)(int); int __cdecl c(int); void d(int (__stdcall *)(int));"
    "typedef int (__stdcall *cb)(void); int *__stdcall e(void); int (__stdcall *g(int x))(char y);",
    "struct __attribute__((packed)) p { char c; int i; }; struct q { char c; int i; } __attribute__((packed));"
    "int f(int) __attribute__((nonnull(1), pure)); __extension__ extern int g(void);",
    "struct a { char c; int i; };\n#pragma pack(push, 1)\nstruct b { char c; int i; };\n"
    "#pragma pack(pop)\nstruct c { char c; int i; };",
    "typedef struct {\n#pragma pack(2)\n char c; int i; } t;\n#pragma pack()\nstruct d { int i; };",
    "static inline int a(void); _Noreturn void b(void); extern _Thread_local int c; __inline int d(void);",
    "_Static_assert(sizeof(int) == 4, \"int\"); struct s { int a; _Static_assert(1, \"\"); int b; };"
    "_Static_assert(sizeof(struct s) == 8);",
    "/* text */ int f(void); // more\n# 7 \"file.h\"\nint g(int\\\n x);",
    "typedef unsigned char BYTE; enum { INT, FLOAT }; struct BOOL { BYTE CHAR; };",
    ";; int f(void);; typedef int t; ;",
    "int f(struct local { int x; } *p); extern struct outer { struct inner { int z; } y; } o;"
    "extern struct inner i;",
    "long typedef int unsigned odd; int typedef plain; struct s { int x; } typedef s_t;",
    "",
]


@pytest.fixture
def use(monkeypatch):
    """use("builtin", text) parses with one parser."""
    def parse_with(name, text, **options):
        monkeypatch.setenv("CFFI_LIKE_PARSER", name)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return parse_cdef(text, Resolver(model.Declarations()), size_of=FFI()._size_of,
                              **options)
    return parse_with


@pytest.fixture(autouse=True)
def both_parsers(monkeypatch):
    """Whatever the run forces, these tests choose for themselves."""
    monkeypatch.delenv("CFFI_LIKE_PARSER", raising=False)


def outcome(parse_with, name, text):
    try:
        return parse_with(name, text)
    except (FFIError, NotImplementedError):
        return "refused"


@pytest.mark.parametrize("text", CORPUS)
def test_both_parsers_give_the_same_model(use, text):
    """Equal in everything: order, names, types, places, the count of anonymous records."""
    new, anonymous = use("pycparser", text)
    expected, count = use("builtin", text)
    assert new == expected and anonymous == count
    for table in vars(expected):
        assert list(getattr(new, table)) == list(getattr(expected, table))


def test_options_reach_both_parsers(use):
    """pack and release_gil are properties of what is declared."""
    text = "struct s { char c; int i; }; int f(void);"
    options = {"pack": 2, "release_gil": False}
    new = use("pycparser", text, **options)[0]
    assert new == use("builtin", text, **options)[0]
    assert new.records["struct", "s"].pack == 2 and not new.functions["f"].release_gil


def texts_of_tests():
    """Every string in the tests of the front end that may be declarations."""
    for path in sorted((support.TESTING / "cffi_like").glob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) \
                    and (";" in node.value or "#define" in node.value):
                yield path.name, node.value


# `int;` declares nothing: pycparser holds that against it.  `%s` is a template of C.
ONLY_BUILTIN = ("int;", "const long long values[] = {%s};", "const int negatives[] = {%s};")


@pytest.mark.filterwarnings("ignore")
def test_the_texts_of_all_tests(use):
    """Good or bad, both parsers think the same of them and find the same in them."""
    differing, accepted, refused = [], 0, 0
    for name, text in texts_of_tests():
        own, other = outcome(use, "builtin", text), outcome(use, "pycparser", text)
        accepted += own != "refused"
        refused += own == "refused"
        # The headers have asm labels and modes, which pycparser does not know.
        if own != other and text not in ONLY_BUILTIN and name not in (
                "test_pycparser.py", "test_headers.py", "test_declare.py"):
            differing.append((name, text))
    assert differing == []
    assert accepted > 150 and refused > 100


# ---- what only pycparser reads -------------------------------------------------

@pytest.mark.parametrize("text, parameters", [
    ("static inline int f(int x) { return x * 2; }", (INT,)),
    ("inline int f(int x) { struct { int y; } z; if (x) { z.y = 1; } return x; }", (INT,)),
    ("int f(a, b) int a; char *b; { return a; }", (INT, Pointer(CHAR))),
    ("int f(a, b, c) float a; short b, c[]; { }",
     (Primitive("double"), INT, Pointer(Primitive("short")))),
    ("int f(int n, int a[n]);", (INT, Pointer(INT))),
    ("int f(_Atomic int *p, _Atomic(long) q);", (Pointer(INT), Primitive("long"))),
])
def test_functions_that_only_pycparser_reads(text, parameters):
    """The second parser is asked by itself; what it reads is declared."""
    found = parse(text + " int after(void);")
    assert found.functions["f"].type == Function(INT, parameters)
    assert set(found.functions) == {"f", "after"}


def test_names_of_old_style_parameters():
    """They are those of the list, as in a prototype."""
    assert parse("int f(b, a) int a; char *b; { }").functions["f"].parameter_names == ("b", "a")


@pytest.mark.parametrize("parser", ["builtin", "pycparser"])
def test_alignments(use, parser):
    """Members and records keep what they ask for; a variable's is nobody's business."""
    found, *_ = use(parser, "struct s { _Alignas(16) int x; alignas(double) char d, e; int f; };"
                "struct p { char c __attribute__((aligned(8))); __attribute__((aligned)) int a;"
                " struct { char z; } __attribute__((aligned(4))) in; long q __attribute__((packed)); };"
                "struct __attribute__((packed, aligned(32))) w { char c; int x __attribute__((aligned(8))); };"
                "extern _Alignas(64) char page[64];")

    def aligns(tag):
        return [field.align for field in found.records["struct", tag].fields]

    assert aligns("s") == [16, 8, 8, 0] and found.records["struct", "s"].align == 0
    assert aligns("p") == [8, 16, 0, -1] and found.records["struct", "$1"].align == 4
    assert aligns("w") == [0, -8]
    assert (found.records["struct", "w"].align, found.records["struct", "w"].pack) == (32, 1)
    assert found.variables["page"].type == Array(CHAR, 64)


def test_qualified_atomic():
    """_Atomic leaves the other qualifiers alone."""
    found = parse("extern const _Atomic int x;")
    assert found.constants["x"].type == Qualified(INT, ("const",))


def test_a_whole_cdef_with_calls(run_python):
    """From cdef to a call, with the second parser in between."""
    run_python("""
        import sys
        from cffi_like import FFI
        ffi = FFI()
        ffi.cdef("int abs(int);")
        assert "pycparser" not in sys.modules
        ffi.cdef("static inline int twice(int x) { return 2 * x; } int atoi(s) char *s; { }")
        assert "pycparser" in sys.modules
        lib = ffi.dlopen(None)
        assert lib.abs(-3) == 3 and lib.atoi(b"42") == 42
    """)


# ---- errors ------------------------------------------------------------------------

@pytest.mark.parametrize("text, message", [
    ("int f(void) { return 1; }", "cdef:1:13: 'f' has a body"),
    ("int f(a);", "cdef:1:7: unknown type 'a'"),
    ("int f(a, b) int a; { }", "cdef:1:10: unknown type 'b'"),
    ("int f(const *p);", "cdef:1:.*type"),
    ("inline int f(void) { }\nint g(int __stdcall);", "cdef:2:11: '__stdcall' belongs to no function"),
    ("struct s { int x : 3 __attribute__((aligned(8))); };", "cdef:1:16: 'aligned' of the bit-field 'x'"),
    ("typedef int t __attribute__((aligned(8)));", "cdef:1:13: the typedef 't' has an alignment of its own"),
    ("struct s { _Alignas(3) int x; };", r"cdef:1:.*_Alignas\(3\) is not a power of two"),
    ("struct s { int x; }; extern _Atomic struct s v;", "_Atomic is only supported for scalar"),
    ("enum { A, , B };", "cdef:1:11: "),
    ("struct s { int a; int a; };", "cdef:1:23: duplicate member 'a'"),
    ("int x[-1];", "cdef:1:7: negative array length -1"),
    ("enum { A = 1 / 0 };", "cdef:1:12: division by zero"),
    ("int f(int n, int a[n][n]);", "cdef:1:23: 'n' is not a known constant"),
    ("int f(int\n", "cdef:1:10: "),
    ("typedef ;", "cdef:1:9: "),
    ("int x = ...;", r"cdef:1:9: "),
    ("...;", "cdef:1:1: "),
])
def test_errors_of_the_forced_parser(use, text, message):
    """They are CDefError with the place, as those of the other parser."""
    with pytest.raises(CDefError, match=message):
        use("pycparser", text)


def test_what_pycparser_alone_refuses(use):
    """The message names it, and the place in the user's text."""
    with pytest.raises(CDefError, match=r"cdef:2:13: .*\(pycparser\)"):
        use("pycparser", "\n int f(int) __asm__(\"g\");")


@pytest.mark.parametrize("text, message", [
    ("int f(int\nx y);", "cdef:2:3: unexpected 'y', expected"),
    ("struct s { _Alignas(3) int x; };", r"cdef:1:21: _Alignas\(3\) is not a power of two"),
    ("int f(x) int x; { }\nint g(nobody);", "cdef:1:7: unknown type 'x'"),
])
def test_both_refuse(text, message):
    """The error is that of the parser that was first."""
    with pytest.raises(CDefError, match=message) as caught:
        parse(text)
    assert caught.value.__cause__ is None


def test_a_failed_second_opinion_declares_nothing():
    """Whichever parser stops halfway, the tables stay as they were."""
    resolver = Resolver(model.Declarations())
    with pytest.raises(CDefError):
        parse_cdef("int f(x) int x; { } struct s { int x; }; int g(nobody);", resolver)
    assert resolver.declarations == model.Declarations() and resolver.anonymous_count == 0


# ---- the choice ---------------------------------------------------------------------

def test_the_choice_by_environment(use):
    """builtin never asks pycparser, pycparser never uses the other one's model."""
    text = "int f(x) int x; { }"
    with pytest.raises(CDefError, match="unknown type 'x'"):
        use("builtin", text)
    assert set(use("pycparser", text)[0].functions) == {"f"}
    with pytest.raises(ImportError, match="CFFI_LIKE_PARSER='other': expected 'builtin' or"):
        use("other", "int f(void);")


def test_without_pycparser(run_python):
    """It is not missed until it is forced; then the error is plain."""
    run_python("""
        import os, sys
        sys.modules["pycparser"] = None
        from cffi_like import FFI, CDefError
        ffi = FFI()
        ffi.cdef("int f(void);")
        for text in ("int g(x) int x; { }", "int g(nobody);"):
            try:
                ffi.cdef(text)
            except CDefError as error:
                assert str(error).startswith("cdef:1:"), error
            else:
                raise AssertionError(text)
        os.environ["CFFI_LIKE_PARSER"] = "pycparser"
        try:
            ffi.cdef("int h(void);")
        except ImportError as error:
            assert "pycparser" in str(error)
        else:
            raise AssertionError("no error")
    """)


@pytest.mark.parametrize("name", ["builtin", "pycparser"])
def test_a_warning_points_at_the_caller(monkeypatch, name):
    """A variable without extern: the warning's file is that of the cdef() call."""
    monkeypatch.setenv("CFFI_LIKE_PARSER", name)
    with pytest.warns(UserWarning, match="Global variable 'x'") as caught:
        FFI().cdef("int x;")
    assert [warning.filename for warning in caught] == [__file__]


def test_names_of_parameters_are_those_of_the_function():
    """A type of a function that has its own names gives none to the next one."""
    found = parse("typedef int fn(int a); int h(char other); fn g;")
    assert found.functions["g"].parameter_names == ()
    assert found.functions["h"].parameter_names == ("other",)


def test_a_function_is_placed_at_its_name():
    """Not at the last parameter that has one."""
    place = parse("int f(int a, int (*b)(int c));").functions["f"].location
    assert (place.line, place.column) == (1, 5)
