"""FFI.cdef and what belongs to it: options, failure, include, set_source's checks."""

import shutil
import threading

import cffi_like
import pytest
from cffi_like import FFI, CDefError, FFIError, PkgConfigError


@pytest.mark.parametrize("value", [None, 3, b"int f(void);", ["int f(void);"]])
def test_cdef_takes_a_string(value):
    """TypeError for anything else."""
    with pytest.raises(TypeError, match=r"cdef\(\) argument must be a string"):
        FFI().cdef(value)


@pytest.mark.parametrize("options, message", [
    ({"pack": 3}, "'pack' must be a power of two, not 3"),
    ({"pack": -2}, "'pack' must be a power of two, not -2"),
    ({"pack": "x"}, "'pack' must be a power of two, not 'x'"),
    ({"packed": True, "pack": 2}, "cannot give both"),
    ({"packed": 2}, "'packed' should be False or True")])
def test_pack_options(options, message):
    """ValueError with what was given."""
    with pytest.raises(ValueError, match=message):
        FFI().cdef("int f(void);", **options)


@pytest.mark.parametrize("text", [
    "int good(void); int bad(nobody);", "struct s { int x; }; struct t { nobody y; };",
    "typedef int good_t; int (;", "enum { GOOD = 1 }; enum { BAD = NOBODY };",
    "#define GOOD 1\n#define BAD nobody"])
def test_a_failed_cdef_leaves_nothing(text):
    """Not one declaration of it, and the FFI goes on."""
    ffi = FFI()
    ffi.cdef("struct before { int x; };")
    with pytest.raises(CDefError, match=r"^cdef:\d+:\d+: "):
        ffi.cdef(text)
    assert ffi.list_types() == ([], ["before"], [])
    assert dir(ffi.dlopen(None)) == []
    ffi.cdef("typedef long good_t; struct s { long y; }; long good(void); enum { GOOD = 2 };")
    assert ffi.sizeof("struct s") == ffi.sizeof("long") and ffi.integer_const("GOOD") == 2


def test_cdef_changes_a_type_already_used():
    """A typedef overridden after its string was cached has its new meaning."""
    ffi = FFI()
    ffi.cdef("typedef short t;")
    assert ffi.sizeof("t[2]") == 4
    ffi.cdef("typedef int t;", override=True)
    assert ffi.sizeof("t[2]") == 8


def test_a_typedef_declared_after_a_common_name_was_used():
    """The user's meaning replaces the built-in one in type strings too."""
    ffi = FFI()
    assert ffi.sizeof("DWORD *") == ffi.sizeof("void *") and ffi.sizeof("DWORD[3]") == 12
    ffi.cdef("typedef unsigned short DWORD;")
    assert ffi.sizeof("DWORD[3]") == 6 and ffi.sizeof("DWORD") == 2


def test_list_types():
    """Names of typedefs, structs and unions, sorted, with included ones."""
    base, ffi = FFI(), FFI()
    base.cdef("struct z; typedef int base_t;")
    ffi.include(base)
    ffi.cdef("typedef struct { int x; } anon_t; struct b { union { int x; }; }; union u;"
             "typedef int a_t;")
    assert ffi.list_types() == (["a_t", "anon_t", "base_t"], ["b", "z"], ["u"])


def test_include_checks():
    """Only another FFI can be included."""
    ffi = FFI()
    with pytest.raises(TypeError, match="expects an argument that is also of type"):
        ffi.include(3)
    with pytest.raises(ValueError, match=r"self.include\(self\)"):
        ffi.include(ffi)


def test_include_shares_names():
    """Typedefs, constants and functions of the included FFI are there, also later ones."""
    base, ffi = FFI(), FFI()
    base.cdef("typedef int number; enum { N = 3 };\n#define M 4\nint abs(int);")
    ffi.include(base)
    ffi.cdef("number labs_(number[N]); struct s { number a[M]; };")
    assert ffi.sizeof("struct s") == 16
    lib = ffi.dlopen(None)
    assert lib.abs(-5) == 5 and (lib.N, lib.M) == (3, 4)
    base.cdef("typedef char late; enum { LATE = 9 };")
    assert ffi.sizeof("late") == 1 and lib.LATE == ffi.integer_const("LATE") == 9
    assert {"abs", "N", "M", "labs_", "LATE"} == set(dir(lib))


def test_include_in_a_circle():
    """Refused before lookups would never end."""
    one, two, three = FFI(), FFI(), FFI()
    one.include(two)
    two.include(three)
    with pytest.raises(FFIError, match="already includes this one"):
        three.include(one)


def test_set_unicode():
    """TCHAR and its relatives, chosen once."""
    wide, narrow = FFI(), FFI()
    wide.set_unicode(True)
    narrow.set_unicode(False)
    assert wide.typeof("TCHAR") is wide.typeof("wchar_t")
    assert wide.typeof("LPCTSTR") is wide.typeof("wchar_t *")
    assert narrow.typeof("LPTSTR") is narrow.typeof("char *")
    with pytest.raises(ValueError, match="only be called once"):
        wide.set_unicode(False)


def test_integer_const():
    """Integers only; AttributeError otherwise."""
    ffi = FFI()
    ffi.cdef("enum { A = -5 };\n#define B 0x10\n#define F 1.5\nstatic const long C = 7;")
    assert [ffi.integer_const(name) for name in "ABC"] == [-5, 16, 7]
    for name in ("F", "nobody"):
        with pytest.raises(AttributeError, match=name):
            ffi.integer_const(name)


@pytest.mark.parametrize("call, error, message", [
    (lambda ffi: ffi.set_source("a/b", ""), ValueError, "must not contain '/'"),
    (lambda ffi: ffi.set_source(3, ""), TypeError, "'module_name' must be a string"),
    (lambda ffi: ffi.compile(), ValueError, "set_source.. must be called before compile"),
    (lambda ffi: ffi.emit_c_code("x.c"), ValueError, "set_source.. must be called before"),
    (lambda ffi: ffi.emit_python_code("x.py"), ValueError, "set_source.. must be called before"),
    (lambda ffi: ffi.def_extern(), ValueError, "only available on API-mode"),
    (lambda ffi: [ffi.set_source("a", ""), ffi.set_source("a", "")], ValueError,
     "cannot be called several times"),
    (lambda ffi: [ffi.set_source("a", None), ffi.emit_c_code("x.c")], TypeError, "API mode"),
    (lambda ffi: [ffi.set_source("a", ""), ffi.emit_python_code("x.py")], TypeError, "ABI mode"),
    (lambda ffi: ffi.set_source_pkgconfig("a", "zlib", ""), TypeError, "must be a list"),
    (lambda ffi: ffi.integer_const("x"), AttributeError, "'x'"),
])
def test_mistakes_of_builders(call, error, message):
    """Said before anything is written."""
    with pytest.raises(error, match=message):
        call(FFI())


def test_package_exports():
    """What `from cffi_like import *` gives, and the base of the errors."""
    assert {"FFI", "CDefError", "FFIError", "VerificationError", "VerificationMissing",
            "PkgConfigError", "__version__"} <= set(dir(cffi_like))
    assert issubclass(CDefError, FFIError) and FFI.error is FFIError
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        cffi_like.nothing


def test_import_is_light(run_python):
    """Importing the package loads no parser and no ctypes; the first cdef does the former."""
    run_python("""
        import os, sys
        os.environ.pop("CFFI_LIKE_PARSER", None)
        import cffi_like
        assert "cffi_like.api" not in sys.modules
        ffi = cffi_like.FFI()
        assert "cffi_like.parse" not in sys.modules
        ffi.cdef("int f(void);")
        assert "ctypes" not in sys.modules and "pycparser" not in sys.modules
    """)


@pytest.mark.parametrize("text", [
    "extern int " + "*" * 3000 + "x;", "struct a {" * 2000,
    "enum e { A = " + "(" * 3000 + "1", "typedef int x" + "[1]" * 3000 + ";",
    "int f(" * 2000, "#define X " + "- " * 3000 + "1"])
@pytest.mark.filterwarnings("ignore:Global variable")
def test_nesting_has_a_limit(text):
    """Text nested beyond any sense is refused, or at the latest when it is used."""
    ffi = FFI()
    with pytest.raises(CDefError):
        ffi.cdef(text)
        ffi.typeof("x")
        ffi.dlopen(None).x
    assert ffi.sizeof("int") == 4


@pytest.mark.parametrize("text", [
    "int" + "*" * 3000, "int" + "[1]" * 3000, "int(" * 2000,
    "int" + "(*" * 1500 + ")(int)" * 1500, "int[" + "(" * 3000 + "1"])
def test_nesting_of_type_strings(text):
    """The same for type strings."""
    ffi = FFI()
    with pytest.raises(CDefError, match="nested too deeply"):
        ffi.typeof(text)
    assert ffi.sizeof("int *") == ffi.sizeof("void *")


def test_threads_share_one_ffi():
    """Types looked up by many threads at once are one object each."""
    ffi = FFI()
    ffi.cdef("".join("struct s%d { struct s%d *next; int a[%d]; };" % (i, (i + 1) % 50, i + 1)
                     for i in range(50)))
    results, errors = [], []
    start = threading.Barrier(4)

    def work():
        try:
            start.wait()
            results.append([ffi.typeof("struct s%d *" % i) for i in range(50)])
        except Exception as error:  # reported by the assertion below
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    for other in results[1:]:
        assert all(one is two for one, two in zip(results[0], other))


@pytest.mark.filterwarnings("ignore:Global variable")
def test_damaged_text_never_surprises():
    """Whatever is cut out of or put into a cdef, the error is FFIError with a place."""
    import random
    import re
    text = ("typedef struct { int x; ...; } foo_t;\n#define Q 5 + 3\nstruct a { int x:3, y; "
            "struct { char *s[2][3]; }; int (*fp)(int (*)(void), foo_t *); };\n"
            "enum e { A, B = Q * 2, C = ... };\n#pragma pack(push, 1)\n"
            'extern "Python" { int cb(int); } int printf(const char *fmt, ...); '
            "typedef ... *op; typedef int... ti; static const int K = sizeof(int) << 2;")
    tokens = re.findall(r"\w+|\s+|\.\.\.|.", text, re.DOTALL)
    chance = random.Random(7)
    failures = 0
    for _ in range(400):
        damaged = list(tokens)
        for _ in range(chance.randint(1, 3)):
            place = chance.randrange(len(damaged))
            damaged[place:place + chance.randint(0, 2)] = chance.choices(
                tokens, k=chance.randint(0, 2))
        try:
            FFI().cdef("".join(damaged))
        except FFIError as error:
            failures += 1
            assert re.match(r"cdef:\d+:\d+: .", str(error))
    assert failures > 100


def test_pkgconfig(tmp_path, monkeypatch):
    """The flags of a .pc file become keywords, added to those given."""
    (tmp_path / "demo.pc").write_text(
        "Name: demo\nDescription: d\nVersion: 1\nCflags: -I/inc -DA -DB=2 -pthread\n"
        "Libs: -L/opt/demo -ldemo -Wl,--as-needed\n")
    monkeypatch.setenv("PKG_CONFIG_PATH", str(tmp_path))
    if not shutil.which("pkg-config"):
        with pytest.raises(PkgConfigError, match="cannot run 'pkg-config'"):
            FFI().set_source_pkgconfig("mod", ["demo"], "")
        return
    ffi = FFI()
    ffi.set_source_pkgconfig("mod", ["demo"], "int x;", libraries=["m"])
    name, source, extension, keywords = ffi._source
    assert (name, source, extension) == ("mod", "int x;", ".c")
    assert keywords["include_dirs"] == ["/inc"]
    assert keywords["define_macros"] == [("A", None), ("B", "2")]
    assert keywords["libraries"] == ["m", "demo"] and keywords["library_dirs"] == ["/opt/demo"]
    assert keywords["extra_compile_args"] == ["-pthread"]
    assert keywords["extra_link_args"] == ["-Wl,--as-needed"]
    with pytest.raises(PkgConfigError, match="nosuchpackage"):
        FFI().set_source_pkgconfig("mod", ["nosuchpackage"], "")


@pytest.mark.parametrize("text", ["int f(int)[3];", "typedef int f_t(int); f_t g(int);", "typedef int a_t[3]; a_t g(int);"])
def test_a_type_that_c_does_not_have(text):
    """A function that returns an array or a function is a CDefError with its place, and a TypeError,
    as which CFFI refuses it."""
    for error in (CDefError, TypeError):
        with pytest.raises(error, match=r"^cdef:1:\d+: a function cannot return a"):
            FFI().cdef(text)


@pytest.mark.parametrize("text, message", [
    ("class X {};", "unknown type 'class' .*this is C.., which cppbind reads"),
    ("int &f(int);", "unexpected '&', expected a name .this is C.., which cppbind reads"),
    ("time_t time(time_t *);", "unknown type 'time_t' .*'typedef int... time_t;'"),
    ("int f(DIR *);", "unknown type 'DIR' .*'typedef ... DIR;'"),
    ("_Float16 f(void);", ".*the core has no numbers of this type"),
    ("int;", "this declares nothing"), ("const unsigned;", "this declares nothing")])
def test_a_hint_where_one_is_known(text, message):
    """The message tells what to do, behind the place and the token."""
    with pytest.raises(CDefError, match=r"^cdef:1:\d+: " + message):
        FFI().cdef(text)
