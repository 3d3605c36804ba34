"""The two readers of compiled modules, in C and in Python, agree, on damaged files too."""

import importlib.util
import random
import re
import sys
from pathlib import Path

import pytest
import support
from built_modules import builder, fresh_name, signed

from cffi_like import module_reader
from cffi_like.compiler import shared_suffix
from cffi_like.engine import load, native_ffi

pytestmark = pytest.mark.skipif(native_ffi(load()) is None, reason="another core has the reader in Python alone")

CDEF = """
    #define LIMIT ...
    #define FIVE 5
    #define PI 3.25
    #define GREETING "hello"
    #define NEGATIVE -7
    #define BIG 0xffffffffffffffff
    typedef int... number_t;
    typedef float... real_t;
    typedef unsigned char byte_t;
    typedef int row_t[...];
    typedef int (*compare_t)(const void *, const void *);
    typedef int operation_t(int, int);
    typedef struct { int x, y; } point_t;
    typedef struct opaque_s *opaque_p;
    struct node { struct node *next; point_t at; double weights[3]; union either *either; };
    union either { int i; float f; char text[8]; };
    struct partial { short b; ...; };
    struct lengths { int n[...]; char rest[]; };
    struct flags { unsigned a : 3; int b : 5; int c; };
    struct outer { int before; struct { int x, y; }; int after; };
    struct nested { char kind; union { struct { short low : 5; short high : 7; double d[2]; }; struct { int q; }; }; int tail; };
    struct gaps { unsigned char a : 3; int : 4; unsigned char b : 2; int : 0; long long wide : 40; char end; };
    union bits { unsigned all; unsigned low : 4; };
    struct holds { struct flags flags; struct gaps gaps[2]; int n; };
    struct tree { int (*compare)(struct tree); int key; };
    struct wrong_bits { int a : 3; int b : 5; short c; };
    struct wrong_inner { int before; struct { int p; int q; }; };
    struct pair { point_t first; float second[2]; };
    struct mutual_b;
    struct mutual_a { struct mutual_b *b; int v; };
    struct mutual_b { struct mutual_a a; };
    enum color { RED, GREEN = 5, BLUE = ... };
    typedef enum { SMALL, LARGE = 1000000 } size_e;
    int add(int first, int second);
    double scale(real_t value, double from);
    number_t count(size_t n, const char *name, ...);
    point_t middle(point_t a, point_t b);
    struct flags by_pointer(struct flags f);
    struct pair paired(struct pair p, const point_t by);
    int twice(struct tree t);
    union either united(union either e, int (*use)(point_t));
    struct nested nesting(struct nested n);
    float complexly(float _Complex z);
    int sort(void *base, compare_t compare, operation_t *operation);
    void with_file(FILE *file, wchar_t letter, bool yes, unsigned long long many);
    int nameless(int, char *lambda, long);
    extern int counter;
    extern const int fixed;
    extern double table[4];
    extern int unknown[...];
    extern int open[];
    extern struct node head;
    extern const char *const text;
    static const double half;
    static char *const label;
    extern "Python" int answer(int, void *);
    extern "Python" point_t moved(point_t);
"""
SOURCE = r"""
    #include <stdbool.h>
    #define LIMIT 9
    #define FIVE 5
    #define PI 3.25
    #define GREETING "hello"
    #define NEGATIVE (-7)
    #define BIG 0xffffffffffffffffULL
    typedef long number_t; typedef float real_t; typedef unsigned char byte_t;
    typedef int row_t[6];
    typedef int (*compare_t)(const void *, const void *);
    typedef int operation_t(int, int);
    typedef struct { int x, y; } point_t;
    typedef struct opaque_s *opaque_p;
    union either { int i; float f; char text[8]; };
    struct node { struct node *next; point_t at; double weights[3]; union either *either; };
    struct partial { long a; short b; long c; };
    struct lengths { int n[7]; char rest[]; };
    struct flags { unsigned a : 3; int b : 5; int c; };
    struct outer { int before; struct { int x, y; }; int after; };
    struct nested { char kind; union { struct { short low : 5; short high : 7; double d[2]; }; struct { int q; }; }; int tail; };
    struct gaps { unsigned char a : 3; int : 4; unsigned char b : 2; int : 0; long long wide : 40; char end; };
    union bits { unsigned all; unsigned low : 4; };
    struct holds { struct flags flags; struct gaps gaps[2]; int n; };
    struct tree { int (*compare)(struct tree); int key; };
    struct wrong_bits { int a : 13; int b : 15; short c; };
    struct wrong_inner { int before; struct { int q; int p; }; };
    struct pair { point_t first; float second[2]; };
    struct mutual_b;
    struct mutual_a { struct mutual_b *b; int v; };
    struct mutual_b { struct mutual_a a; };
    enum color { RED, GREEN = 5, BLUE = -3 };
    typedef enum { SMALL, LARGE = 1000000 } size_e;
    static int add(int a, int b) { return a + b; }
    static double scale(real_t v, double f) { return v * f; }
    static number_t count(size_t n, const char *name, ...) { return (long)n + (name != 0); }
    static point_t middle(point_t a, point_t b) { a.x = (a.x + b.x) / 2; a.y = (a.y + b.y) / 2; return a; }
    static struct flags by_pointer(struct flags f) { f.c++; return f; }
    static struct pair paired(struct pair p, const point_t by) { p.first.x += by.x; return p; }
    static int twice(struct tree t) { return 2 * t.key; }
    static union either united(union either e, int (*use)(point_t)) { e.i += use != 0; return e; }
    static struct nested nesting(struct nested n) { n.tail++; return n; }
    static float complexly(float _Complex z) { return __real__ z; }
    static int sort(void *b, compare_t c, operation_t *o) { return b && c && o; }
    static void with_file(FILE *f, wchar_t l, bool y, unsigned long long m) { (void)f; (void)l; (void)y; (void)m; }
    static int nameless(int a, char *b, long c) { return a + (b != 0) + (int)c; }
    static int counter = 3;
    static const int fixed = 4;
    static double table[4] = {1, 2, 3, 4};
    static int unknown[5] = {5};
    static int open[3] = {6, 7};
    static struct node head;
    static const char *const text = "text";
    static const double half = 0.5;
    static char *const label = "label";
"""
STRINGS = """int|unsigned long int*|int[3]|int[]|int[2][3]|int *[4]|int(*)[4]|char const * const *|point_t|point_t *|struct node
struct node[2]|struct partial|struct lengths|struct flags *|struct outer|union either|struct mutual_a|struct mutual_b
struct nested|struct gaps|union bits|struct holds|struct wrong_bits|struct wrong_inner *|struct pair[2]|struct tree
enum color|size_e|number_t|real_t|byte_t[3]|row_t|row_t[2]|row_t *|compare_t|operation_t *|operation_t|opaque_p|struct opaque_s *
FILE *|bool|size_t|uint8_t[4]|wchar_t|long double|void *|void|int(*)(int, char *)|int(*)(void)|int(*)()|void(*)(int, ...)
int(*(*)(long))(short)|int(*[3])(int[2])|int(*)(int(int))|int(int)|int()|double(*)(point_t, struct node *)|signed char|signed
unsigned|long long|long long unsigned|short int|unsigned char|int x|int(*)(int a)|int[FIVE]|int[LIMIT]|int[0x10]|int[010]
struct nobody|struct nobody *|nobody|nobody *|union node *|enum nobody|int[|int]|int(|int)|*|int**)|int[-1]|int[3|int 5|long float
struct|enum|unsigned point_t|point_t int|void[3]|int(*)(void, int)|int(*)(...)|int(*)(int, ..., int)|int[][]|int[3][]|int[3](int)
int(*)(int)(int)|int(*)[3](int)|()|int(*)(,)|int(*)(int,)|int * const volatile|const int|int const|int volatile * restrict
unsigned signed|char char|short long|_Bool|float _Complex|DWORD|__int128|int /* note */ *|struct { int a; }|int&|char16_t|\t int \t*"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    found = tmp_path_factory.mktemp("readers")
    builder(CDEF, SOURCE, "_readers").compile(tmpdir=str(found))
    return found


def opened(path, in_python, monkeypatch):
    """The module of a NAME.py under another name, by one of the readers."""
    name = fresh_name("reader")
    spec = importlib.util.spec_from_file_location(name, str(path))
    module = importlib.util.module_from_spec(spec)
    with monkeypatch.context() as patch:
        if in_python:
            patch.setattr("_cffi_like.open_api", module_reader.open_api)
        spec.loader.exec_module(module)
    assert (type(module.lib).__name__ == "CompiledLibrary") is in_python
    module.shown = name
    return module


def both(path, monkeypatch):
    return [opened(path, in_python, monkeypatch) for in_python in (False, True)]


def outcome(module, act):
    """What `act` gives or raises, as text that does not depend on addresses and names."""
    try:
        found = act(module)
        found = "%s %r" % (type(found).__name__, found)
    except Exception as error:
        found = "%s: %s" % (type(error).__name__, error)
    return re.sub("0x[0-9a-f]{6,}", "ADDRESS", found.replace(module.shown, "MODULE"))


def fields(ctype):
    return [(name, field.type.cname, field.offset, field.bitshift, field.bitsize)
            for name, field in ctype.fields or ()]


def describe(ctype):
    found = [ctype.cname, ctype.kind]
    if ctype.kind in ("struct", "union"):
        found.append(fields(ctype))
    if ctype.kind == "enum":
        found.append(ctype.elements)
    return found


def acts():
    """{what: function of a module} for everything that is declared, and some that is not."""
    names = re.findall(r"\b[A-Za-z_]\w*", CDEF) + ["nobody", "a b", "f|g", "größe", "", "__all__", "__name__x"]
    found = {}
    for name in sorted(set(names) - {"extern", "Python"}):
        found["lib." + name] = lambda m, n=name: getattr(m.lib, n)
        found["set " + name] = lambda m, n=name: setattr(m.lib, n, 1)
        found["addressof " + name] = lambda m, n=name: m.ffi.addressof(m.lib, n)
    for text in STRINGS.replace("\n", "|").split("|"):
        found["typeof %r" % text] = lambda m, t=text: describe(m.ffi.typeof(t))
        found["sizeof %r" % text] = lambda m, t=text: m.ffi.sizeof(t)
        found["callback %r" % text] = lambda m, t=text: m.ffi.typeof(m.ffi.callback(t, lambda *args: 0))
    return found


ACTS = acts()


def compare(modules, what):
    """The differences between two modules, tried in this order."""
    different = []
    for name in what:
        first, second = [outcome(module, ACTS[name]) for module in modules]
        if first != second:
            different.append((name, first, second))
    return different


def test_both_readers_give_the_same(folder, monkeypatch):
    """Every name, every kind of type string: one result, or one error, whoever reads."""
    assert compare(both(folder / "_readers.py", monkeypatch), ACTS) == []


@pytest.mark.parametrize("seed", range(6))
def test_in_any_order(folder, monkeypatch, seed):
    """What was asked before does not matter."""
    what = list(ACTS)
    random.Random(seed).shuffle(what)
    assert compare(both(folder / "_readers.py", monkeypatch), what) == []


def test_common_declarations_need_one_reader(folder):
    """Bit-fields, nameless members and structs by value are used without an import of the package."""
    code = """
import sys
sys.path.insert(0, %r)
from _readers import ffi, lib
flags = ffi.new("struct flags *", [5, -3, 7])
assert (flags.a, flags.b, flags.c) == (5, -3, 7)
nested = ffi.new("struct nested *", {"low": 3, "high": -4, "tail": 9})
assert (nested.low, nested.high, nested.tail, ffi.offsetof("struct nested", "d")) == (3, -4, 9, 16)
holds = ffi.new("struct holds *")
holds.gaps[1].wide = -(1 << 39)
assert holds.gaps[1].wide == -(1 << 39) and ffi.sizeof("union bits") == 4
pair = lib.paired([[1, 2], [0.5, 1.5]], [10, 0])
assert (pair.first.x, pair.first.y, list(pair.second)) == (11, 2, [0.5, 1.5])
assert lib.middle([0, 0], [4, 6]).y == 3
print("cffi_like" in sys.modules)
assert lib.by_pointer(flags[0]).c == 8 and lib.nesting(nested[0]).tail == 10
""" % str(folder)
    assert support.run([sys.executable, "-c", code]).stdout == "False\n"


def damaged(text, chance):
    """The text of a NAME.py with one to three places of its tables changed."""
    start = text.index("{")
    end = text.rindex("}")
    for _ in range(chance.randint(1, 3)):
        at = chance.randint(start + 12, end - 6)
        new = chance.choice("PKAFESUNIO=;_.,|#%$ijvz0129-\n x")
        if text[at] not in "'{}:" and text[at - 1:at + 1] != ",\n":
            text = text[:at] + chance.choice([new, "", text[at] + new]) + text[at + 1:]
    return text


#: Nothing here reads C memory: a damaged entry may say of an int that it is a pointer.
FUZZ = """
import random, sys
sys.path[:0] = [{testing!r}, {tests!r}]
import pytest
import test_readers as t
path = t.Path({path!r})
harmless = [name for name in t.ACTS if name.startswith(("typeof", "sizeof"))]
harmless += ["addressof " + name for name in ("add", "count", "sort", "counter", "table", "head", "answer")]
for seed in range({first}, {last}):
    chance = random.Random(seed)
    with pytest.MonkeyPatch.context() as patch:
        try:
            modules = t.both(t.{damage}(path, chance, seed), patch)
        except (ValueError, SyntaxError, TypeError, AssertionError):
            continue
    for name, first, second in t.compare(modules, chance.sample(harmless, 100)):
        if "Error:" not in first + second:
            print(seed, name, first, second, sep="\\n   ")
print("done")
"""


def write_damaged(path, seed, text, library):
    """Another module beside `path`: dlopen() knows files by their names."""
    name = "_damaged%d.lib.so" % seed
    path.with_name(name).write_bytes(library)
    path = path.with_name("_damaged.py")
    path.write_text(text.replace("_readers.lib.so", name))
    return path


def damaged_declarations(path, chance, seed):
    return write_damaged(path, seed, *signed(damaged(path.read_text(), chance),
                                             path.with_name("_readers" + shared_suffix()).read_bytes()))


def damaged_numbers(path, chance, seed):
    """With one to three bytes of what the compiler filled in (sizes, offsets, lengths) changed."""
    with pytest.MonkeyPatch.context() as patch:
        symbols = opened(path, True, patch).lib.__cffi_state__.codes.symbols
    numbers = b"".join(symbols.number(i).to_bytes(8, sys.byteorder) for i in range(symbols.count))
    library = bytearray(path.with_name("_readers" + shared_suffix()).read_bytes())
    start = library.index(numbers)
    for _ in range(chance.randint(1, 3)):
        library[start + chance.randrange(len(numbers))] = chance.choice([0, 1, 4, 8, 127, 128, 255])
    return write_damaged(path, seed, path.read_text(), library)


@pytest.mark.parametrize("damage", ["damaged_declarations", "damaged_numbers"])
def test_damaged_tables(folder, damage):
    """Whatever a NAME.py or the numbers of its library say, types are made or refused, by both readers
    alike, and nothing crashes.  (A NAME.py that was changed alone is refused: see test_loader.py.)"""
    code = FUZZ.format(testing=str(support.ROOT / "testing"), tests=str(Path(__file__).parent),
                       path=str(folder / "_readers.py"), damage=damage, first=0, last=120)
    assert support.run([sys.executable, "-c", code]).stdout == "done\n"
