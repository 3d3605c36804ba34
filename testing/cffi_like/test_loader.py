"""Importing a built module: what is found, what is refused, what is not needed."""

import importlib.util
import os
import re
import subprocess
import sys
import threading

import pytest
import support
from built_modules import build, builder, fresh_name, import_from, signed

from cffi_like import FFI
from cffi_like.compiler import shared_suffix
from cffi_like.ffi import RuntimeFFI

CDEF = """
    #define LIMIT ...
    struct s { int a; ...; };
    int add(int, int);
    extern int counter;
"""
SOURCE = """
    #define LIMIT 9
    struct s { char c; int a; };
    static int counter = 3;
    static int add(int a, int b) { return a + b; }
"""


@pytest.fixture
def folder(tmp_path):
    builder(CDEF, SOURCE, "_demo").compile(tmpdir=str(tmp_path))
    return tmp_path


def in_new_process(folder, code, check=True, executable=sys.executable):
    path = os.pathsep.join([str(folder), support.package_folder()])
    done = subprocess.run([executable, "-c", code], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False, cwd=str(folder),
                          env=dict(os.environ, PYTHONPATH=path), universal_newlines=True)
    if check:
        assert done.returncode == 0, done.stdout
    return done.stdout


def change(folder, old, new):
    """Replaces text in NAME.py, as if it had been generated and compiled so."""
    path, library = folder / "_demo.py", folder / ("_demo" + shared_suffix())
    assert old in path.read_text()
    text, content = signed(path.read_text().replace(old, new), library.read_bytes())
    path.write_text(text)
    library.write_bytes(content)


# ---- names -----------------------------------------------------------------

def test_lib_is_a_module_as_well(folder):
    """`from _demo.lib import X` and `import _demo.lib` work, star included."""
    assert in_new_process(folder, """
import _demo.lib
from _demo import ffi, lib
from _demo.lib import add, LIMIT
assert add(1, 2) == 3 and LIMIT == 9 and _demo.lib is lib
names = {}
exec('from _demo.lib import *', names)
assert names['add'] is add and 'counter' not in names    # a copy of a variable misleads
print(lib, lib.__name__)
""") == "<Lib object for '_demo'> _demo.lib\n"


def test_an_unknown_name_cannot_be_imported(folder):
    """`from _demo.lib import nope` is an ImportError as for any module."""
    assert "ImportError" in in_new_process(folder, "from _demo.lib import nope", check=False)


def test_a_module_in_a_package(tmp_path):
    """A dotted name puts both files into the package's folder."""
    builder(CDEF, SOURCE, "pack.sub._inner").compile(tmpdir=str(tmp_path))
    for package in ("pack", "pack/sub"):
        (tmp_path / package / "__init__.py").write_text("")
    assert in_new_process(tmp_path, """
from pack.sub._inner import ffi, lib
from pack.sub._inner.lib import add
print(add(2, 2), ffi.offsetof('struct s', 'a'), lib.__name__)
""") == "4 4 pack.sub._inner.lib\n"


# ---- what it needs ---------------------------------------------------------

def test_nothing_is_parsed_when_a_module_is_used(folder):
    """No parser of C, no compiler code and no pycparser is imported."""
    loaded = in_new_process(folder, """
import sys
from _demo import ffi, lib
lib.add(1, 2), lib.counter, lib.LIMIT, ffi.new('struct s *')
print(*sorted(sys.modules))
""").split()
    assert ("cffi_like.engine" in loaded) is (support.engine_name() != "native")
    for name in ("pycparser", "cffi_like.parse", "cffi_like.record_parser", "cffi_like.emit_c",
                 "cffi_like.build", "cffi_like.compiler", "cffi_like.api", "subprocess", "cffi"):
        assert name not in loaded


def test_the_library_exports_one_symbol(folder):
    """One data symbol, and nothing of Python is needed or defined."""
    listed = support.run(["nm", "-D", folder / ("_demo" + shared_suffix())]).stdout
    defined = [line.split()[1:] for line in listed.splitlines() if len(line.split()) == 3]
    assert defined == [["D", "cffi_like_table"]]
    assert " Py" not in listed and " _Py" not in listed


def test_python_does_not_take_the_library_for_the_module(folder):
    """The importer must find NAME.py, not NAME.lib.so beside it."""
    assert in_new_process(folder, "import _demo; print(_demo.__file__)").strip() \
        == str(folder / "_demo.py")


def test_pypy_imports_the_same_files(folder):
    """One build serves every interpreter: PyPy loads it unchanged."""
    import shutil
    pypy = shutil.which("pypy3")
    if pypy is None:
        pytest.skip("pypy3 is not installed")
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert in_new_process(folder, """
from _demo import ffi, lib
lib.counter += 4
print(lib.add(20, 22), lib.counter, lib.LIMIT, ffi.sizeof('struct s'))
""", executable=pypy) == "42 7 9 8\n"
    assert {name: (folder / name).stat().st_mtime_ns for name in before} == before


def test_entries_are_made_only_when_named(folder):
    """A malformed entry that nobody names does not disturb the others."""
    change(folder, "add FiiiE", "add F?iiE")
    assert in_new_process(folder, """
from _demo import ffi, lib
print(lib.LIMIT, lib.counter)
try:
    lib.add
except ValueError as error:
    print(error)
""") == "9 3\nmalformed type code 'F?iiE'\n"


def open_again(folder, name):
    """The files of _demo as a module of another name: nothing of it is used yet."""
    spec = importlib.util.spec_from_file_location(name, str(folder / "_demo.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_threads_may_all_be_the_first_to_use_an_ffi(folder):
    """`ffi` is made at its first use: once, and no thread sees it half made."""
    for _ in range(20):
        ffi = open_again(folder, fresh_name("again")).ffi
        barrier = threading.Barrier(6)
        seen = []

        def use(ffi=ffi, barrier=barrier, seen=seen):
            barrier.wait()
            seen.append((ffi.typeof("struct s"), ffi.NULL, ffi.new("int *", 3)[0]))
        threads = [threading.Thread(target=use) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(seen) == 6 and all(s == seen[0] for s in seen)


def test_an_ffi_behaves_the_same_from_its_first_use(folder):
    """isinstance, errno, dir and missing attributes need no earlier use."""
    fresh = [open_again(folder, fresh_name("fresh")).ffi for _ in range(5)]
    assert isinstance(fresh[0], RuntimeFFI)
    fresh[1].errno = 4
    assert fresh[1].errno == 4
    assert "new" in dir(fresh[2]) and "cdef" not in dir(fresh[2])
    with pytest.raises(AttributeError, match="cdef"):
        _ = fresh[3].cdef
    assert fresh[4].error is FFI.error
    other = FFI()
    other.include(open_again(folder, fresh_name("fresh")).ffi)
    assert other.sizeof("struct s") == 8


# ---- what is refused -------------------------------------------------------

def import_error(folder):
    out = in_new_process(folder, """
try:
    import _demo
except ImportError as error:
    print(error.name, '|', error)
""")
    assert out.startswith("_demo | ")
    return out


def test_a_missing_library(folder):
    """The message names the file and what to do."""
    os.unlink(str(folder / ("_demo" + shared_suffix())))
    out = import_error(folder)
    assert "_demo" + shared_suffix() in out and "build it with compile()" in out


def test_a_file_that_is_no_library(folder):
    """Text instead of a library is an ImportError, not a crash."""
    (folder / ("_demo" + shared_suffix())).write_text("hello")
    assert "cannot open the compiled part of module '_demo'" in import_error(folder)


@pytest.mark.parametrize("size", [3, 40, 64, 200, 2000, 4096, 5000, 6000])
def test_a_truncated_library(folder, size):
    """A half-copied file is an ImportError wherever it ends; it would be a SIGBUS."""
    path = folder / ("_demo" + shared_suffix())
    content = path.read_bytes()
    assert size < len(content)
    path.write_bytes(content[:size])
    out = import_error(folder)
    assert str(path) in out
    assert "truncated" in out or size < 5


def test_another_library(folder):
    """A library without the table says so."""
    other = support.compile_shared("int f(void) { return 1; }")
    (folder / ("_demo" + shared_suffix())).write_bytes(open(other, "rb").read())
    assert "has no symbol 'cffi_like_table'" in import_error(folder)


def test_a_library_of_other_declarations(folder, tmp_path):
    """NAME.py and library belong together; both fingerprints are shown."""
    other = tmp_path / "other"
    builder(CDEF + "int sub(int);", SOURCE + "static int sub(int a) { return a; }",
            "_demo").compile(tmpdir=str(other))
    name = "_demo" + shared_suffix()
    (folder / name).write_bytes((other / name).read_bytes())
    out = import_error(folder)
    assert "built from other declarations" in out and "build both again" in out


@pytest.mark.parametrize("old, new, message", [
    (b"CFFILIKE\1\0\0\0", b"CFFILIKF\1\0\0\0", "its table begins with b'CFFILIKF'"),
    (b"CFFILIKE\1\0\0\0", b"CFFILIKE\7\0\0\0", "version 7, this cffi_like reads version 1"),
    (b"CFFILIKE\1\0\0\0\x08", b"CFFILIKE\1\0\0\0\x04", "4-byte pointers.*8-byte pointers"),
])
def test_a_table_that_does_not_fit(folder, old, new, message):
    """Magic, version and ABI are checked before anything is used."""
    path = folder / ("_demo" + shared_suffix())
    content = path.read_bytes()
    assert content.count(old) == 1
    path.write_bytes(content.replace(old, new))
    assert re.search(message, import_error(folder))


@pytest.mark.parametrize("old, new", [
    ("add FiiiE|,||4.9#0", "add FiilE|,||4.9#0"), ("LIMIT .||2.19#0", "LIMIT .||2.19#9"), ("'variables'", "'variablez'"),
    ("counter", "c0unter"), ("0x", "0x1"),
])
@pytest.mark.parametrize("reader", ["native", "Python"])
def test_a_damaged_file(folder, old, new, reader):
    """Declarations that are not those NAME.py was written with are refused as a whole: both
    fingerprints are shown."""
    path = folder / "_demo.py"
    text = path.read_text()
    path.write_text(text.replace(old, new, 1) if old != "0x" else re.sub("0x.", "0x1", text))
    if reader == "Python":
        path.write_text(path.read_text().replace("from _cffi_like import", "from cffi_like.module_reader import"))
    assert path.read_text() != text
    assert re.search(r"_demo.py' is damaged: .* fingerprint \w{16} instead of \w{16}; build", import_error(folder))


@pytest.mark.parametrize("old, new, expression, what", [
    ("add FiiiE|,||4.9#0", "add FiiiE|,||4.9#99", "lib.add", "address 99"),
    ("add FiiiE|,||4.9#0", "add FiiiE|,||4.9#77", "ffi.addressof(lib, 'add')", "address 77"),
    ("counter i|5.16#1,4", "counter i|5.16#1,400", "lib.counter", "number 400"),
    ("a,i,,3.20#0", "a,i,,3.20#88", "ffi.sizeof('struct s')", "number 88"),
    ("LIMIT .||2.19#0", "LIMIT .||2.19#55", "lib.LIMIT", "constant 55"),
])
def test_every_index_is_checked(folder, old, new, expression, what):
    """A table that asks for more than the library has is refused, not followed."""
    change(folder, old, new)
    out = in_new_process(folder, """
from _demo import ffi, lib
try:
    %s
except ImportError as error:
    print(error)
""" % expression)
    assert "_demo%s' has no %s, which '_demo.py' asks for" % (shared_suffix(), what) in out


def test_a_slot_that_is_not_there(tmp_path):
    """Writing behind the slots of extern "Python" would corrupt memory."""
    builder('extern "Python" int f(int);', "", "_demo").compile(tmpdir=str(tmp_path))
    change(tmp_path, "#0,0", "#5,0")
    assert "has no slot 5" in in_new_process(tmp_path, """
from _demo import ffi, lib
try:
    ffi.def_extern("f")(lambda x: x)
except ImportError as error:
    print(error)
""")


def test_a_module_of_another_version(folder):
    """NAME.py says in which format it was written."""
    path = folder / "_demo.py"
    path.write_text(path.read_text().replace("__file__, 2,", "__file__, 9,"))
    assert "generated in format 9, this cffi_like reads format 2" in import_error(folder)


def test_a_missing_symbol_is_an_import_error(tmp_path):
    """What cannot be linked is found at import, not at the first call."""
    builder("int nowhere(void);", "int nowhere(void);", "_demo").compile(tmpdir=str(tmp_path))
    assert "undefined symbol: nowhere" in import_error(tmp_path)


# ---- include ---------------------------------------------------------------

@pytest.fixture(scope="module")
def two_modules(tmp_path_factory):
    folder = tmp_path_factory.mktemp("include")
    base = builder("""
        #define BASE_LIMIT ...
        typedef int... word;
        struct shared { int wanted; ...; };
        enum kind { ONE = ..., TWO, ... };
        int base_function(struct shared *);
        extern int base_counter;
    """, """
        #define BASE_LIMIT 5
        typedef short word;
        struct shared { char c; int wanted; };
        enum kind { ONE = 8, TWO };
        static int base_counter = 2;
        static int base_function(struct shared *s) { return s->wanted; }
    """, fresh_name("base"))
    base.compile(tmpdir=str(folder))
    top = builder("word top_function(struct shared *, enum kind);", """
        typedef short word;
        struct shared { char c; int wanted; };
        enum kind { ONE = 8, TWO };
        static word top_function(struct shared *s, enum kind k) { return s->wanted + k; }
    """, fresh_name("top"), include=[base])
    top.compile(tmpdir=str(folder))
    return [import_from(folder, ffi._source[0]) for ffi in (top, base)]


def test_included_types_are_the_same(two_modules):
    """A type of the included module is one object in both."""
    top, base = two_modules
    assert top.ffi.typeof("struct shared *") is base.ffi.typeof("struct shared *")
    assert top.ffi.typeof("word") is base.ffi.typeof("int16_t")
    value = base.ffi.new("struct shared *", {"wanted": 4})
    assert top.lib.top_function(value, base.lib.TWO) == 13


def test_included_names_are_found(two_modules):
    """`lib` of the including module has the names of both, variables live."""
    top, base = two_modules
    assert top.lib.BASE_LIMIT == 5 and top.lib.TWO == 9
    assert top.lib.base_function(top.ffi.new("struct shared *", [6])) == 6
    assert top.lib.base_function is base.lib.base_function
    top.lib.base_counter = 30
    assert base.lib.base_counter == 30
    assert "base_counter" in dir(top.lib) and "top_function" not in dir(base.lib)
    assert top.ffi.addressof(top.lib, "base_counter")[0] == 30


# ---- a cdef that is wrong --------------------------------------------------

@pytest.fixture(scope="module")
def wrong(tmp_path_factory):
    return build(tmp_path_factory.mktemp("wrong"), """
        #define FIVE 5
        #define HALF 0.5
        #define TEXT "yes"
        static const int SEVEN = 7;
        enum e { ZERO, ONE };
        struct size { int a; long b; };
        struct offset { int a; int b; };
        struct total { int a; };
        struct inner { int k; union { int i; long l; }; };
        struct bits { int a : 3; int b; int c : 2; };
        struct bits_total { int a : 3; char b; };
        extern long variable;
        typedef struct { char c; short s; } alignment;
        int fine(void);
    """, """
        #define FIVE 6
        #define HALF 0.25
        #define TEXT "no"
        #define SEVEN -7
        enum e { ZERO, TWO, ONE };
        struct size { int a; int b; };
        struct offset { int a; char hole; int b; };
        struct total { int a; int more; };
        struct inner { int k; union { int i; int l; }; };
        struct bits { int a : 3; int : 0; int more; int b; int c : 2; };
        struct bits_total { int a : 3; char b; int c; };
        static int variable;
        typedef struct { char c; short s; } __attribute__((aligned(8))) alignment;
        static int fine(void) { return 1; }
    """.replace("static int variable;", "static short variable_;\n"
                "#define variable (*(long *)&variable_)"))


@pytest.mark.parametrize("expression, message", [
    ("lib.FIVE", "the C compiler says 'FIVE' is equal to 6 (0x6), but the cdef disagrees"),
    ("lib.SEVEN", "the C compiler says 'SEVEN' is equal to -7, but the cdef disagrees"),
    ("lib.HALF", "'HALF' is equal to 0.25, but the cdef disagrees (0.5)"),
    ("lib.TEXT", "'TEXT' is equal to b'no', but the cdef disagrees (b'yes')"),
    ("ffi.new('struct size *')",
     "struct size: wrong size for field 'b' (cdef says 8, but C compiler says 4)"),
    ("ffi.new('struct offset *')",
     "struct offset: wrong offset for field 'b' (cdef says 4, but C compiler says 8)"),
    ("ffi.new('struct total *')",
     "struct total: wrong total size (cdef says 4, but C compiler says 8)"),
    ("ffi.new('struct inner *')",
     "struct inner: wrong size for field 'l' (cdef says 8, but C compiler says 4)"),
    ("ffi.new('struct bits *')",
     "struct bits: wrong offset for field 'b' (cdef says 4, but C compiler says 8)"),
    ("ffi.new('struct bits_total *')",
     "struct bits_total: wrong total size (cdef says 4, but C compiler says 8)"),
    ("ffi.sizeof('alignment')",
     "alignment: wrong total size (cdef says 4, but C compiler says 8)"),
])
def test_a_contradiction_is_reported_at_first_use(wrong, expression, message):
    """ffi.error names the thing and both numbers; everything else works on."""
    for _ in range(2):
        with pytest.raises(wrong.ffi.error) as caught:
            eval(expression, vars(wrong).copy())
        assert message in str(caught.value)
    assert wrong.lib.fine() == 1


def test_enumerators_are_the_compilers(wrong):
    """As in CFFI, an enum has the values of C even where the cdef gives others."""
    assert wrong.lib.ONE == 2
    assert wrong.ffi.typeof("enum e").elements == {0: "ZERO", 2: "ONE"}


def test_a_variable_of_another_size(tmp_path):
    """A variable whose size differs is refused before it is touched."""
    module = build(tmp_path, "extern long v;", "static long v_ = 3;\n"
                   "#define v (*(short *)&v_)\n#pragma GCC diagnostic ignored "
                   "\"-Wincompatible-pointer-types\"")
    with pytest.raises(module.ffi.error, match="global variable 'v' should be 8 bytes "
                                               "according to the cdef, but is actually 2"):
        _ = module.lib.v
    with pytest.raises(module.ffi.error):
        module.lib.v = 3
