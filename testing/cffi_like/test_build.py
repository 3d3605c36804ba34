"""Building modules: files, options, errors, both modes."""

import os

import pytest
import support
from built_modules import build, builder, fresh_name, import_from

from cffi_like import FFI, PkgConfigError, VerificationError, VerificationMissing
from cffi_like.compiler import plain_shared_suffix, shared_suffix

CDEF = "int twice(int);"
SOURCE = "static int twice(int x) { return 2 * x; }"


# ---- files -----------------------------------------------------------------

def test_the_path_of_the_library_is_returned(tmp_path):
    """compile() tells what it built; the C source stays beside it."""
    path = builder(CDEF, SOURCE, "_one").compile(tmpdir=str(tmp_path))
    assert path == str(tmp_path / ("_one" + shared_suffix()))
    assert {"_one.c", "_one.py", "_one" + shared_suffix()} <= set(os.listdir(str(tmp_path)))


def test_the_default_folder_is_the_current_one(tmp_path, monkeypatch):
    """compile() without arguments works where it is called, and returns a whole path."""
    monkeypatch.chdir(tmp_path)
    assert builder(CDEF, SOURCE, "_here").compile() == os.path.join(os.getcwd(), "_here" + shared_suffix())
    assert (tmp_path / "_here.py").exists()


@pytest.mark.parametrize("source", [SOURCE, None])
def test_a_module_can_be_imported_where_it_was_looked_for(tmp_path, monkeypatch, source):
    """Python remembers what a folder holds; compile() makes it look again."""
    folder, name = tmp_path / "later", fresh_name("later")
    monkeypatch.syspath_prepend(str(folder))
    for _ in range(2):
        with pytest.raises(ImportError):
            __import__(name)
    builder(CDEF, source, name).compile(str(folder))
    assert __import__(name).ffi.sizeof("int") == 4


def test_folders_are_made(tmp_path):
    """The folder of a package below a new folder is created."""
    path = builder(CDEF, SOURCE, "pack.mod").compile(tmpdir=str(tmp_path / "new"))
    assert path == str(tmp_path / "new" / "pack" / ("mod" + shared_suffix()))


def test_unchanged_texts_are_not_written(tmp_path):
    """Building again leaves the generated texts untouched, a change rewrites them."""
    def times():
        return [(tmp_path / name).stat().st_mtime_ns for name in ("_same.c", "_same.py")]
    builder(CDEF, SOURCE, "_same").compile(tmpdir=str(tmp_path))
    for name in ("_same.c", "_same.py"):
        os.utime(str(tmp_path / name), ns=(10 ** 18, 10 ** 18))
    builder(CDEF, SOURCE, "_same").compile(tmpdir=str(tmp_path))
    assert times() == [10 ** 18] * 2
    builder(CDEF, SOURCE + "/* */", "_same").compile(tmpdir=str(tmp_path))
    assert times()[0] != 10 ** 18 and times()[1] == 10 ** 18


def test_a_library_in_use_can_be_rebuilt(tmp_path):
    """The new library replaces the file and does not write into the open one."""
    module = build(tmp_path, CDEF, SOURCE, "_inuse")
    builder(CDEF, "static int twice(int x) { return 3 * x; }", "_inuse").compile(
        tmpdir=str(tmp_path))
    assert module.lib.twice(4) == 8


def test_target(tmp_path):
    """The library's file name can be chosen; NAME.py knows it."""
    path = builder(CDEF, SOURCE, "_aimed").compile(str(tmp_path), target="my_*.*")
    assert os.path.basename(path) == "my__aimed" + plain_shared_suffix()
    assert import_from(tmp_path, "_aimed").lib.twice(5) == 10
    with pytest.raises(ValueError, match="file name without a folder"):
        builder(CDEF, SOURCE, "_aimed2").compile(str(tmp_path), target="a/b.so")


def test_emit_c_code(tmp_path):
    """The C source can be had without compiling, for other build systems."""
    ffi = builder(CDEF, SOURCE, "_text")
    ffi.emit_c_code(str(tmp_path / "_text.c"))
    assert SOURCE in (tmp_path / "_text.c").read_text()
    assert sorted(os.listdir(str(tmp_path))) == ["_text.c", "_text.py"]
    support.run(["cc", "-shared", "-fPIC", tmp_path / "_text.c", "-o",
                 tmp_path / ("_text" + shared_suffix())])
    assert import_from(tmp_path, "_text").lib.twice(6) == 12
    with pytest.raises(TypeError, match="only for ABI mode|only for dlopen"):
        ffi.emit_python_code(str(tmp_path / "x.py"))


@pytest.mark.parametrize("call", [
    lambda ffi: ffi.compile(), lambda ffi: ffi.emit_c_code("x.c"),
    lambda ffi: ffi.emit_python_code("x.py")])
def test_set_source_comes_first(call):
    """Without set_source there is nothing to build."""
    with pytest.raises(ValueError, match=r"set_source\(\) must be called before"):
        call(FFI())


@pytest.mark.parametrize("source", [5, b"int x;", ["int x;"]])
def test_source_is_text(source):
    """What is no text is refused where it is given, not by the build."""
    ffi = FFI()
    with pytest.raises(TypeError, match="'source' must be a string, or None for ABI mode, not '%s'" % type(source).__name__):
        ffi.set_source("_module", source)


# ---- options ---------------------------------------------------------------

def test_macros_folders_and_further_sources(tmp_path):
    """define_macros, undef_macros, include_dirs, sources: relative to tmpdir."""
    (tmp_path / "inc").mkdir()
    (tmp_path / "inc" / "extra.h").write_text("int extra(int);\n")
    (tmp_path / "extra.c").write_text('#include "extra.h"\nint extra(int x) { return x + FIVE; }\n')
    module = build(tmp_path, "int extra(int); int gone(void);", """
        #include "extra.h"
        #ifdef GONE
        # error GONE is defined
        #endif
        static int gone(void) { return SIX; }
    """, sources=["extra.c"], include_dirs=["inc"], undef_macros=["GONE"],
        define_macros=[("FIVE", "5"), ("SIX", 6), ("GONE", None)])
    assert module.lib.extra(1) == 6 and module.lib.gone() == 6


def test_libraries(tmp_path):
    """libraries and library_dirs link; extra_link_args come last."""
    library = support.compile_shared("int deep(void) { return 77; }", name="deep")
    folder = os.path.dirname(library)
    module = build(tmp_path, "int deep(void); double cos(double);",
                   "#include <math.h>\nint deep(void);", libraries=["deep", "m"],
                   library_dirs=[folder], extra_link_args=["-Wl,-rpath," + folder])
    assert module.lib.deep() == 77 and module.lib.cos(0.0) == 1.0


def test_extra_objects(tmp_path):
    """Objects of other build steps are linked in."""
    (tmp_path / "part.c").write_text("int part(void) { return 6; }")
    support.run(["cc", "-fPIC", "-c", tmp_path / "part.c", "-o", tmp_path / "part_.o"])
    module = build(tmp_path, "int part(void);", "int part(void);", extra_objects=["part_.o"])
    assert module.lib.part() == 6


def test_compile_arguments_and_debug(tmp_path):
    """extra_compile_args follow our own flags, so they win."""
    name = fresh_name()
    builder("extern int level;", "static int level = __OPTIMIZE__ + LEVEL;", name,
            extra_compile_args=["-DLEVEL=4", "-O1"]).compile(str(tmp_path), debug=True)
    assert import_from(tmp_path, name).lib.level == 5


def test_cplusplus(tmp_path):
    """source_extension='.cpp' compiles C++; the module is as any other."""
    module = build(tmp_path, """
        int length(const char *);
        struct s { int n; ...; };
        struct s make(int);
        extern "Python" int answer(int);
        int ask(int);
        enum e { A, B, ... };
        #define LIMIT ...
        extern int variable;
        static const double HALF;
    """, """
        #include <string>
        #include <vector>
        enum e { A, B };
        #define LIMIT 3000000000u
        static int variable = 4;
        static const double HALF = 0.5;
        struct s { std::vector<int> *p; int n; };
        static struct s make(int n) { struct s r = { nullptr, n }; return r; }
        static int length(const char *t) { return (int)std::string(t).size(); }
        static int answer(int);
        static int ask(int x) { return answer(x); }
    """, source_extension=".cpp")
    lib, ffi = module.lib, module.ffi
    ffi.def_extern("answer")(lambda x: -x)
    assert (lib.length(b"four"), lib.make(7).n, lib.ask(5)) == (4, 7, -5)
    assert (lib.B, lib.LIMIT, lib.variable, lib.HALF) == (1, 3000000000, 4, 0.5)
    assert ffi.offsetof("struct s", "n") == 8


def test_c_words_that_cplusplus_lacks(tmp_path):
    """`_Bool` and `restrict` in cdef are `bool` and nothing special in C++."""
    module = build(tmp_path, "struct s { _Bool flag; int *restrict p; };"
                   "_Bool invert(_Bool); extern int fixed[3]; extern int open_[2];",
                   "struct s { bool flag; int *__restrict p; }; extern int open_[];"
                   "static bool invert(bool x) { return !x; } static int fixed[3] = { 4, 5, 6 };"
                   "int open_[2];", source_extension=".cpp")
    assert module.lib.invert(False) is True and module.ffi.sizeof("struct s") == 16
    assert list(module.lib.fixed) == [4, 5, 6] and len(module.lib.open_) == 2
    with pytest.raises(VerificationError, match="the length of fixed is not 4 as cdef"):
        builder("extern int fixed[4];", "static int fixed[3];",
                source_extension=".cpp").compile(str(tmp_path))


def test_source_that_includes_python_h(tmp_path):
    """Python's headers are not needed, but are there for who wants them."""
    module = build(tmp_path, "#define HEX ...", "#include <Python.h>\n"
                   "#define HEX PY_VERSION_HEX")
    import sys
    assert module.lib.HEX == sys.hexversion


def test_names_that_the_preamble_provides(tmp_path):
    """size_t, uint8_t, NULL, malloc, memcpy: there without an include, as in CFFI."""
    module = build(tmp_path, "size_t f(uint8_t x);", """
        static size_t f(uint8_t x)
        { char *p = malloc(4); size_t n; if (p == NULL) return 0;
          memset(p, 0, 4); snprintf(p, 4, "%d", x); n = strlen(p); free(p); return n; }""")
    assert module.lib.f(200) == 3


def test_the_source_can_tell_who_compiles_it(tmp_path):
    """`_CFFI_` is defined, as in CFFI."""
    assert build(tmp_path, "#define YES ...", "#ifdef _CFFI_\n#define YES 8\n#endif").lib.YES == 8


def test_a_source_path_with_dots(tmp_path):
    """`x/../file.c` is file.c, also when there is no folder x."""
    (tmp_path / "dotted.c").write_text("int dotted(void) { return 4; }")
    assert build(tmp_path, "int dotted(void);", "int dotted(void);",
                 sources=["none/../dotted.c"]).lib.dotted() == 4


def test_an_unknown_keyword(tmp_path):
    """A misspelt option is not ignored."""
    with pytest.raises(TypeError, match="unexpected keyword argument 'include_dir'"):
        builder(CDEF, SOURCE, include_dir=["x"]).compile(str(tmp_path))
    with pytest.raises(TypeError, match="libraries must be a list of strings, not the string 'm'"):
        builder(CDEF, SOURCE, libraries="m").compile(str(tmp_path))


def test_the_environment(tmp_path, monkeypatch):
    """CC and CFLAGS are obeyed."""
    monkeypatch.setenv("CFLAGS", "-DFROM_ENV=8")
    assert build(tmp_path, "#define FROM_ENV ...", "").lib.FROM_ENV == 8
    monkeypatch.setenv("CC", "/no/such/compiler")
    with pytest.raises(VerificationError, match="/no/such/compiler"):
        builder(CDEF, SOURCE).compile(str(tmp_path))


# ---- errors ----------------------------------------------------------------

@pytest.mark.parametrize("cdef, source, message", [
    ("int f(int);", "int f(int, int);", "too few arguments to function"),
    ("int f(int, int);", "int f(int);", "too many arguments to function"),
    ("int f(void);", "", "implicit declaration of function.*f"),
    ("int f(void);", "void f(void);", "void value not ignored"),
    ("int f(void);", "char *f(void);", "makes integer from pointer without a cast"),
    ("char *f(void);", "int f(void);", "makes pointer from integer without a cast"),
    ("int f(const char *);", "int f(int);", "integer from pointer"),
    ("extern int v;", "", "'v' undeclared"),
    ("#define X ...", "", "'X' undeclared"),
    ("#define X ...", '#define X "text"', "invalid operands to binary"),
    ("struct s { int missing; ...; };", "struct s { int other; };", "has no member named 'missing'"),
    ("struct s { int *p; ...; };", "struct s { int p; };", "incompatible pointer|from incompatible"),
    ("typedef int... t;", "typedef float t;", "invalid operands to binary"),
    ("int f(int);", "int f(int x) { return y; }", "'y' undeclared"),
    ("extern int a[10];", "int a[9];", "the length of a is not 10 as cdef"),
    ("extern int a[3];", "int *a;", "the length of a is not 3 as cdef"),
])
def test_the_compilers_message_is_passed_on(tmp_path, cdef, source, message, monkeypatch):
    """What the compiler says stands in the VerificationError, with the file and line."""
    import re
    monkeypatch.setenv("LC_ALL", "C")
    name = fresh_name("bad")
    with pytest.raises(VerificationError) as caught:
        builder(cdef, source, name, extra_compile_args=["-Werror=incompatible-pointer-types"]
                ).compile(str(tmp_path))
    assert re.search(message, str(caught.value))
    assert re.search(r"%s\.c:\d+:\d+: error" % name, str(caught.value))
    assert not (tmp_path / (name + ".py")).exists()


@pytest.mark.parametrize("cdef, message", [
    ("struct a; struct b { struct a x[2]; };",
     r"struct b: field 'b\.x' is of an opaque type \(not declared in cdef\(\)\)"),
    ("typedef ... a; a f(int);", "function f: 'a' is used as result type, but is opaque"),
    ("struct a; int f(int, struct a);",
     "function f: 'struct a' is used as argument 2, but is opaque"),
])
def test_opaque_records_have_no_values(tmp_path, cdef, message):
    """What no compiler could compile is refused in the words of the cdef."""
    with pytest.raises(TypeError, match=message):
        builder(cdef, "").compile(str(tmp_path))


def test_dots_and_bit_fields(tmp_path):
    """A bit-field among unknown members would be anywhere."""
    with pytest.raises(NotImplementedError, match=r"cdef:1:16: struct s has both '...' and the "
                                                  "bit-field 'a'"):
        builder("struct s { int a : 3; ...; };", "").compile(str(tmp_path))


def test_a_linker_error(tmp_path):
    """So is what the linker says."""
    with pytest.raises(VerificationError, match="linking.*failed[^$]*no_such_library"):
        builder(CDEF, SOURCE, libraries=["no_such_library"]).compile(str(tmp_path))


def test_warnings_do_not_stop_a_build(tmp_path, capfd):
    """They are shown, and the module works."""
    module = build(tmp_path, CDEF, SOURCE.replace("2 * x", "2 * x; char unused_name"),
                   extra_compile_args=["-Wunused-variable"])
    assert module.lib.twice(2) == 4
    assert "unused_name" in capfd.readouterr().err


def test_verbose_shows_the_commands(tmp_path, capsys):
    """verbose prints what is run; the default prints nothing."""
    builder(CDEF, SOURCE).compile(str(tmp_path))
    assert capsys.readouterr() == ("", "")
    builder(CDEF, SOURCE).compile(str(tmp_path), verbose=True)
    assert "-shared" in capsys.readouterr().out


# ---- ABI mode --------------------------------------------------------------

ABI_CDEF = """
    typedef struct { int quot; int rem; } div_t;
    div_t div(int, int);
    size_t strlen(const char *);
    enum color { RED, GREEN = 5 };
    #define LIMIT 12
    typedef struct node { struct node *next; int bits : 3; } node;
    struct opaque;
    int printf(const char *, ...);
"""


def test_abi_module(tmp_path):
    """A module without C source has only `ffi`, and opens libraries itself."""
    name = fresh_name("abi")
    path = builder(ABI_CDEF, None, name).compile(str(tmp_path))
    assert path == str(tmp_path / (name + ".py"))
    assert [n for n in os.listdir(str(tmp_path)) if n != "__pycache__"] == [name + ".py"]
    module = import_from(tmp_path, name)
    assert not hasattr(module, "lib")
    lib = module.ffi.dlopen(None)
    result = lib.div(17, 5)
    assert (result.quot, result.rem) == (3, 2)
    assert (lib.strlen(b"abc"), lib.GREEN, lib.LIMIT) == (3, 5, 12)
    assert module.ffi.sizeof("node") == 16
    assert module.ffi.typeof("enum color").elements == {0: "RED", 5: "GREEN"}
    with pytest.raises(AttributeError):
        _ = lib.nope
    with pytest.raises(AttributeError):
        _ = module.ffi.cdef


def test_emit_python_code(tmp_path):
    """The module can be written where it is wanted; unchanged, it is left alone."""
    path = tmp_path / "chosen.py"
    ffi = builder(ABI_CDEF, None, "whatever")
    ffi.emit_python_code(str(path))
    os.utime(str(path), ns=(10 ** 18, 10 ** 18))
    ffi.emit_python_code(str(path))
    assert path.stat().st_mtime_ns == 10 ** 18
    assert import_from(tmp_path, "chosen").ffi.sizeof("div_t") == 8
    with pytest.raises(TypeError, match="only for"):
        ffi.emit_c_code(str(tmp_path / "x.c"))


def test_abi_modules_include_each_other(tmp_path):
    """include() makes the generated module import the other one."""
    base = builder("typedef struct { int quot; int rem; } div_t;", None, fresh_name("abase"))
    base.compile(str(tmp_path))
    top = builder("div_t div(int, int);", None, fresh_name("atop"), include=[base])
    top.compile(str(tmp_path))
    module = import_from(tmp_path, top._source[0])
    assert module.ffi.dlopen(None).div(9, 4).rem == 1
    base_ffi = import_from(tmp_path, base._source[0]).ffi
    assert base_ffi.typeof("div_t") is module.ffi.typeof("div_t")


def test_an_included_ffi_needs_a_module(tmp_path):
    """What is included must be importable when the module is loaded."""
    loose = FFI()
    loose.cdef("typedef int thing;")
    with pytest.raises(VerificationError, match="set_source"):
        builder("thing f(void);", None, include=[loose]).compile(str(tmp_path))


@pytest.mark.parametrize("inner, outer", [(None, "typedef int thing;"), ("", None)])
def test_included_modules_are_of_one_kind(tmp_path, inner, outer):
    """A module with C source and one without cannot include each other."""
    base = builder("typedef int thing;", inner, "_kind_a")
    with pytest.raises(VerificationError, match="'_kind_b' includes '_kind_a'.*of one kind"):
        builder("thing f(void);", outer, "_kind_b", include=[base]).compile(str(tmp_path))


@pytest.mark.parametrize("cdef, error, message", [
    ("#define X ...", VerificationError, "macro X: cannot use the syntax '...'"),
    ("extern int arr[...];", VerificationError, "variable arr: '\\[...\\]' needs a C compiler"),
    ("typedef int... t;", VerificationError, "typedef t"),
    ("enum e { A = ... };", VerificationMissing, "enum e"),
    ('extern "Python" int f(int);', VerificationError, "extern_python f"),
])
def test_dots_need_a_compiler(tmp_path, cdef, error, message):
    """In ABI mode nobody could fill them in, and the message names the place."""
    with pytest.raises(error, match=message):
        builder(cdef, None).compile(str(tmp_path))


# ---- pkg-config ------------------------------------------------------------

@pytest.fixture
def packages(tmp_path, monkeypatch):
    (tmp_path / "mypack.pc").write_text(
        "Name: mypack\nDescription: test\nVersion: 1\n"
        "Cflags: -I/opt/inc -DFOO -DBAR=2 -fno-common\nLibs: -L/opt/lib -lm -Wl,-O1\n")
    monkeypatch.setenv("PKG_CONFIG_PATH", str(tmp_path))
    return tmp_path


def test_pkgconfig(packages):
    """Each flag becomes the keyword that setuptools has for it."""
    import shutil
    if shutil.which("pkg-config") is None:
        pytest.skip("pkg-config is not installed")
    ffi = FFI()
    ffi.cdef("#define FOO ...\n#define BAR ...")
    ffi.set_source_pkgconfig("_pc", ["mypack"], "", libraries=["c"])
    assert ffi._source[3] == {
        "include_dirs": ["/opt/inc"], "define_macros": [("FOO", None), ("BAR", "2")],
        "extra_compile_args": ["-fno-common"], "library_dirs": ["/opt/lib"],
        "libraries": ["c", "m"], "extra_link_args": ["-Wl,-O1"]}
    ffi.compile(str(packages))
    assert import_from(packages, "_pc").lib.BAR == 2


def test_an_unknown_package(packages):
    """pkg-config's own message is passed on."""
    with pytest.raises(PkgConfigError, match="no_such_pack|pkg-config"):
        FFI().set_source_pkgconfig("_pc2", ["no_such_pack"], "")


def test_texts_go_to_an_open_file(tmp_path):
    """emit_c_code and emit_python_code take a file object; neither makes a folder."""
    import io
    ffi = builder("int f(void);", "static int f(void) { return 1; }", "_emitted")
    text = io.StringIO()
    ffi.emit_c_code(text)
    assert "static int f(void) { return 1; }" in text.getvalue()
    with pytest.raises(OSError):
        ffi.emit_c_code(str(tmp_path / "missing" / "x.c"))
    ffi, text = builder("int f(void);", None, "_emitted"), io.StringIO()
    ffi.emit_python_code(text)
    assert "open_abi" in text.getvalue()
    with pytest.raises(OSError):
        ffi.emit_python_code(str(tmp_path / "missing" / "x.py"))


def test_a_module_publishes_two_names(tmp_path):
    """`from module import *` brings ffi and lib, nothing else."""
    ffi = builder("int f(void);", "static int f(void) { return 1; }", "_two_names")
    ffi.compile(str(tmp_path))
    module = import_from(tmp_path, "_two_names")
    assert sorted(name for name in vars(module) if name[:2] != "__") == ["ffi", "lib"]
