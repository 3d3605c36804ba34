"""In-line API mode: ffi.verify(), its cache, and installed modules."""

import os
import threading

import pytest
import support

from cffi_like import FFI, VerificationError

STRUCTS = """
    typedef int... number_t;
    typedef struct { double weight; ...; } item_t;
    struct whole { int a; char b[4]; };
    enum color { RED, GREEN, ... };
    #define LIMIT ...
    extern int table[...];
    number_t total;
    double weigh(item_t *);
    item_t make(int);
    int whole_sum(struct whole);
"""
SOURCE = """
    typedef unsigned short number_t;
    typedef struct { int before; double weight; } item_t;
    struct whole { int a; char b[4]; };
    enum color { RED = 5, GREEN = -7 };
    #define LIMIT 99
    int table[7] = {1, 2, 3};
    number_t total = 65535;
    double weigh(item_t *item) { return item->weight; }
    item_t make(int n) { item_t item = {0, n}; return item; }
    int whole_sum(struct whole w) { return w.a + w.b[0]; }
"""


def verified(tmp_path, cdef=STRUCTS, source=SOURCE, **kwds):
    ffi = FFI()
    ffi.cdef(cdef)
    return ffi, ffi.verify(source, tmpdir=str(tmp_path), **kwds)


def test_the_compiler_fills_in_the_rest(tmp_path):
    """Every `...` is completed, and the ffi that declared it works with the result."""
    ffi, lib = verified(tmp_path)
    item = ffi.new("item_t *", {"weight": 2.5})
    assert lib.weigh(item) == 2.5 and lib.make(4).weight == 4.0
    assert (lib.LIMIT, lib.RED, lib.GREEN, lib.total) == (99, 5, -7, 65535)
    assert list(lib.table) == [1, 2, 3, 0, 0, 0, 0]
    assert ffi.sizeof("item_t") == 16 and ffi.sizeof("number_t") == 2
    assert ffi.typeof(lib.make(1)) is ffi.typeof("item_t")
    assert lib.whole_sum({"a": 3, "b": b"\x04"}) == 7


def test_types_made_before_stay_the_same(tmp_path):
    """verify() completes the FFI; it does not replace its types."""
    ffi = FFI()
    ffi.cdef(STRUCTS)
    before = ffi.typeof("struct whole *")
    value = ffi.new(before, {"a": 1, "b": b"\x02"})
    lib = ffi.verify(SOURCE, tmpdir=str(tmp_path))
    assert ffi.typeof("struct whole *") is before
    assert lib.whole_sum(value[0]) == 3


def test_more_declarations_after_verify(tmp_path):
    """cdef() and verify() may be called again on the same FFI."""
    ffi, lib = verified(tmp_path)
    ffi.cdef("struct more { number_t n; ...; }; int more_of(struct more *);")
    second = ffi.verify(SOURCE + "struct more { long x; number_t n; };"
                                 "int more_of(struct more *m) { return m->n; }", tmpdir=str(tmp_path))
    assert second.more_of(ffi.new("struct more *", {"n": 9})) == 9
    assert second.weigh(ffi.new("item_t *", [1.5])) == lib.weigh(ffi.new("item_t *", [1.5])) == 1.5


def test_variables_are_shared_with_c(tmp_path):
    """Writing a variable of the library is seen by C."""
    ffi, lib = verified(tmp_path, "int counter; int read(void);", "int counter; static int read(void) { return counter; }")
    lib.counter = 12
    assert lib.read() == 12 and ffi.addressof(lib, "counter")[0] == 12


@pytest.mark.parametrize("cdef, source, said", [
    ("int f(int);", "", "f"),
    ("struct s { int a, b; };", "struct s { int b, a; };", "wrong offset for field 'a'"),
    ("enum e { A = 2 };", "enum e { A = 3 };", "A"),
    ("#define X 5", "#define X 6", "X has the real value 6, not 5"),
    ("struct s { int a; };", "struct s { int a; int c; };", "wrong total size"),
])
def test_disagreement_is_a_verification_error(tmp_path, cdef, source, said):
    """What C says and what cdef() says must agree; the error names what does not."""
    ffi = FFI()
    ffi.cdef(cdef)
    with pytest.raises(VerificationError) as error:
        ffi.verify(source, tmpdir=str(tmp_path))
    assert said in str(error.value)


def test_enum_values_are_checked(tmp_path):
    """Given values that agree are kept, and names are found by value."""
    ffi = FFI()
    ffi.cdef("enum e { A = 1, B = 2 };")
    lib = ffi.verify("enum e { A = 1, B = 2 };", tmpdir=str(tmp_path))
    assert (lib.A, lib.B) == (1, 2) and ffi.string(ffi.cast("enum e", 2)) == "B"


def libraries(tmp_path):
    return sorted(path.name for path in tmp_path.iterdir() if ".lib." in path.name)


def test_the_cache_is_by_content(tmp_path):
    """The same declarations and source are compiled once; any change makes another file."""
    verified(tmp_path, "int f(int);", "static int f(int x) { return x + 1; }")
    first = libraries(tmp_path)
    stamp = os.stat(str(tmp_path / first[0])).st_mtime_ns
    verified(tmp_path, "int f(int);", "static int f(int x) { return x + 1; }")
    assert libraries(tmp_path) == first and os.stat(str(tmp_path / first[0])).st_mtime_ns == stamp
    _, lib = verified(tmp_path, "int f(int);", "static int f(int x) { return x + 2; }")
    assert lib.f(1) == 3 and len(libraries(tmp_path)) == 2
    verified(tmp_path, "int f(int);", "static int f(int x) { return x + 2; }", define_macros=[("A", "1")])
    assert len(libraries(tmp_path)) == 3


def test_a_warm_cache_needs_no_compiler(tmp_path, monkeypatch):
    """Where everything is compiled, no compiler is asked for; where it is not, the error says so."""
    verified(tmp_path)
    monkeypatch.setenv("CC", "no-such-compiler")
    _, lib = verified(tmp_path)
    assert lib.LIMIT == 99
    with pytest.raises(VerificationError, match="no-such-compiler"):
        verified(tmp_path, "int f(void);", "static int f(void) { return 1; }")


def test_an_installed_module_comes_first(tmp_path, monkeypatch):
    """With ext_package, a library inside the package is used, whatever the cache has."""
    package = tmp_path / "verified_pkg"
    package.mkdir()
    (package / "__init__.py").write_text("")
    ffi, _ = verified(package, modulename="_fast")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("CC", "no-such-compiler")
    other, lib = verified(tmp_path / "nowhere", modulename="_fast", ext_package="verified_pkg")
    assert lib.LIMIT == 99 and not (tmp_path / "nowhere").exists()
    with pytest.raises(VerificationError, match="other declarations"):
        verified(tmp_path / "nowhere", "int f(void);", "", modulename="_fast", ext_package="verified_pkg")


def test_names(tmp_path):
    """`tag` goes into the generated name, `modulename` is the name; not both."""
    ffi, _ = verified(tmp_path, "int abs(int);", "#include <stdlib.h>", tag="mine")
    assert ffi.verifier.get_module_name().startswith("_cffi_mine_")
    ffi, _ = verified(tmp_path, "int abs(int);", "#include <stdlib.h>", modulename="exactly")
    assert (tmp_path / "exactly.c").exists() and os.path.exists(ffi.verifier.modulefilename)
    # A later program with other declarations and this name makes it again.
    support.run_python("""
        from cffi_like import FFI
        ffi = FFI()
        ffi.cdef("long labs(long);")
        assert ffi.verify("#include <stdlib.h>", tmpdir=%r, modulename="exactly").labs(-3) == 3
    """ % str(tmp_path), env={"PYTHONPATH": support.package_folder()})
    with pytest.raises(TypeError):
        verified(tmp_path, "int abs(int);", "", modulename="a", tag="b")
    with pytest.raises(TypeError, match="no_such_keyword"):
        verified(tmp_path, "int abs(int);", "", no_such_keyword=1)


def test_relative_to(tmp_path):
    """Paths in keywords count from the folder of `relative_to`."""
    (tmp_path / "own.c").write_text("int own(void) { return 17; }\n")
    (tmp_path / "inc").mkdir()
    (tmp_path / "inc" / "own.h").write_text("int own(void);\n")
    _, lib = verified(tmp_path / "cache", "int own(void);", '#include "own.h"', sources=["own.c"],
                      include_dirs=["inc"], relative_to=str(tmp_path / "script.py"))
    assert lib.own() == 17
    assert not list(tmp_path.glob("*.o"))


def test_default_folder_is_beside_the_caller(tmp_path):
    """Without tmpdir: __pycache__ of the calling file, or CFFI_TMPDIR."""
    script = tmp_path / "script.py"
    script.write_text("from cffi_like import FFI\nffi = FFI()\nffi.cdef('int abs(int);')\n"
                      "assert ffi.verify('#include <stdlib.h>').abs(-2) == 2\n")
    path = {"PYTHONPATH": support.package_folder(), "CFFI_TMPDIR": ""}
    support.run_python("import runpy; runpy.run_path(%r)" % str(script), env=path)
    assert len(libraries(tmp_path / "__pycache__")) == 1
    path["CFFI_TMPDIR"] = str(tmp_path / "elsewhere")
    support.run_python("import runpy; runpy.run_path(%r)" % str(script), env=path)
    assert len(libraries(tmp_path / "elsewhere")) == 1


def test_include_of_a_verified_ffi(tmp_path):
    """What another verified FFI declares is one type in both."""
    base = FFI()
    base.cdef("typedef struct { int x; ...; } shared_t; typedef int... num;")
    base_source = "typedef struct { long pad; int x; } shared_t; typedef long num;"
    base.verify(base_source, tmpdir=str(tmp_path))
    ffi = FFI()
    ffi.include(base)
    ffi.cdef("int get(shared_t *); num big(void);")
    lib = ffi.verify(base_source + "int get(shared_t *s) { return s->x; } num big(void) { return -1L << 40; }",
                     tmpdir=str(tmp_path))
    assert lib.get(base.new("shared_t *", {"x": 8})) == 8 and lib.big() == -1 << 40
    assert ffi.typeof("shared_t") is base.typeof("shared_t")


def test_many_threads_compile_the_same(tmp_path):
    """Several at once on a cold cache: each gets a whole library."""
    results, errors = [], []

    def work():
        try:
            results.append(verified(tmp_path)[1].LIMIT)
        except BaseException as error:      # reported by the assertion below
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == [] and results == [99] * 4
    assert len(libraries(tmp_path)) == 1


def test_a_c_plus_plus_source(tmp_path):
    """source_extension chooses the language."""
    _, lib = verified(tmp_path, "int f(int);", "template<class T> T twice(T x) { return x + x; }\n"
                                               "static int f(int x) { return twice(x); }", source_extension=".cpp")
    assert lib.f(4) == 8


def test_every_source_is_checked(tmp_path):
    """A second verify() of the same FFI compares types that exist already, too."""
    ffi, _ = verified(tmp_path, "struct s { char x; int y; };", "struct s { char x; int y; };")
    ffi.sizeof("struct s")
    with pytest.raises(VerificationError, match="struct s: wrong offset for field 'x'"):
        ffi.verify("struct s { int y; char x; };", tmpdir=str(tmp_path))


def test_dots_in_a_nameless_member(tmp_path):
    """The members of a nameless record with `...;` may be anywhere in the outer one."""
    ffi, _ = verified(tmp_path, "struct s { struct { char b; ...; }; union { char c, d; }; };",
                      "struct s { int a, padding; char c, d, b; };")
    assert ffi.sizeof("struct s") == 12
    assert [ffi.offsetof("struct s", name) for name in "cdb"] == [8, 9, 10]


def test_what_a_source_defines_is_exported(tmp_path):
    """With RTLD_GLOBAL a library that is opened later finds the symbols, as in CFFI."""
    first, _ = verified(tmp_path, "extern int cffi_like_exported;", "int cffi_like_exported = 42;",
                        flags=FFI.RTLD_GLOBAL | FFI.RTLD_NOW)
    second, lib = verified(tmp_path, "int get(void);", "extern int cffi_like_exported;"
                           "static int get(void) { return cffi_like_exported; }")
    assert lib.get() == 42


def test_two_sources_with_other_values(tmp_path):
    """One cdef, two libraries: `#define X ...` is what each of them says (lmdb does this)."""
    ffi, first = verified(tmp_path, "#define X ...\nint f(void);",
                          "#define X 0\nstatic int f(void) { return X; }", modulename="first")
    second = ffi.verify("#define X 1\nstatic int f(void) { return X; }", tmpdir=str(tmp_path),
                        modulename="second")
    assert (first.X, first.f(), second.X, second.f()) == (0, 0, 1, 1)
    ffi.cdef("#define X 7", override=True)
    with pytest.raises(VerificationError, match="X has the real value 1, not 7"):
        ffi.verify("#define X 1\nstatic int f(void) { return X; }", tmpdir=str(tmp_path))
