"""One cdef and one source, built by this package and by the cffi package: `ffi` and
`lib` must behave alike, value for value and exception for exception.

Needs the package cffi, which PyPy does not install beside its own core.
"""

import importlib.util
import re
import sys
import warnings

import pytest
import support
from built_modules import build

CDEF = """
    #define ANSWER 42
    #define NEGATIVE ...
    #define HUGE_ ...
    static const int COUNT;
    static const double RATIO;
    static char *const GREETING;
    enum color { RED, GREEN = ..., BLUE, ... };
    enum full { ONE, TWO = 5 };
    typedef int... small;
    typedef float... real;
    typedef ... hidden;
    typedef ... *handle;
    typedef int row[...];
    struct pair { int a; long b; };
    struct partial { int wanted; ...; };
    struct arrays { short values[...]; char tail[]; ...; };
    struct bits { unsigned a : 3; int b : 5; };
    struct outer { int k; struct { int z; } in; };
    struct wrong { int a; int b; };
    union number { int i; float f; };
    typedef struct { double x, y; } point;
    int add(int, int);
    int TWICE(int);
    small next(small);
    struct pair swap(struct pair);
    struct partial bump(struct partial, int);
    union number as_number(float);
    hidden *get_hidden(void);
    handle get_handle(void);
    int apply(int (*)(int), int);
    int variadic(const char *, ...);
    void nothing(void);
    char first(const char *);
    extern int counter;
    extern int table[...];
    extern int open_ended[];
    extern const char *names[2];
    extern struct pair shared;
    extern int (*hook)(int);
    extern "Python" int on_call(int);
"""

SOURCE = """
    #define ANSWER 42
    #define NEGATIVE (-5)
    #define HUGE_ 0xFFFFFFFFFFFFFFFFULL
    #define COUNT 12
    #define RATIO 0.75
    static char greeting[] = "hello";
    #define GREETING greeting
    enum color { RED, ORANGE, GREEN = 10, BLUE };
    enum full { ONE, TWO = 6 };
    typedef short small;
    typedef float real;
    typedef struct { int v; } hidden;
    typedef struct { int v; } *handle;
    typedef int row[7];
    struct pair { int a; long b; };
    struct partial { char c[9]; int wanted; };
    struct arrays { char c; short values[3]; char tail[]; };
    struct bits { unsigned a : 3; int b : 5; };
    struct outer { int k; struct { int z; } in; };
    struct wrong { int a; char hole; int b; };
    union number { int i; float f; };
    typedef struct { double x, y; } point;
    static int add(int a, int b) { return a + b; }
    #define TWICE(x) ((x) * 2)
    static small next(small x) { return (small)(x + 1); }
    static struct pair swap(struct pair p) { struct pair r; r.a = (int)p.b; r.b = p.a; return r; }
    static struct partial bump(struct partial p, int by) { p.wanted += by; return p; }
    static union number as_number(float f) { union number n; n.f = f; return n; }
    static hidden *get_hidden(void) { return 0; }
    static handle get_handle(void) { return 0; }
    static int apply(int (*f)(int), int x) { return f(x); }
    static int variadic(const char *s, ...) { return s[0]; }
    static void nothing(void) { }
    static char first(const char *s) { return s[0]; }
    static int counter = 5, table[7] = { 1, 2, 3 }, open_ended[3] = { 11, 12, 13 };
    static const char *names[2] = { "one", "two" };
    static struct pair shared = { 1, 2 };
    static int (*hook)(int);
    static int on_call(int);
"""

EXPRESSIONS = """
    lib.ANSWER; lib.NEGATIVE; lib.HUGE_; lib.COUNT; lib.RATIO; ffi.string(lib.GREETING); lib.GREETING
    lib.RED; lib.GREEN; lib.BLUE; lib.TWO; lib.ORANGE; ffi.integer_const("GREEN")
    ffi.typeof("enum color").elements; ffi.typeof("enum full").elements; ffi.typeof("enum color")
    ffi.typeof("small"); ffi.typeof("real"); ffi.typeof("row"); ffi.typeof("handle"); ffi.typeof("hidden *")
    ffi.sizeof("hidden"); ffi.new("hidden *"); ffi.sizeof("struct partial"); ffi.alignof("struct pair")
    ffi.offsetof("struct partial", "wanted"); ffi.offsetof("struct partial", "c")
    [(n, f.offset, f.type.cname) for n, f in ffi.typeof("struct arrays").fields]
    [(n, f.bitshift, f.bitsize) for n, f in ffi.typeof("struct bits").fields]
    ffi.typeof("struct outer").fields[1][1].type.kind; ffi.typeof("point"); ffi.new("point *")
    ffi.new("struct wrong *"); ffi.typeof("struct nobody"); ffi.typeof("nobody"); ffi.sizeof("int[ANSWER]")
    lib.add(1, 2); lib.add(1); lib.add(1, "2"); lib.add(2 ** 40, 1); lib.add(1.5, 2); lib.TWICE(4)
    lib.next(5); lib.next(2 ** 15); lib.next(-2 ** 15); lib.nothing(); lib.nothing(1); lib.first(b"x"); lib.first("x")
    lib.swap([1, 2]).a; lib.swap({"a": 7}).b; lib.swap(5); lib.swap(); lib.swap([1, 2, 3]); lib.swap({"c": 1})
    lib.bump([1], 2).wanted; lib.bump([1], 2); lib.as_number(1.0).i; lib.as_number("x")
    lib.get_hidden(); lib.get_handle(); lib.variadic(b"a", ffi.cast("int", 1)); lib.variadic(b"a", 1); lib.variadic()
    ffi.typeof(lib.add); ffi.typeof(lib.swap); ffi.typeof(lib.variadic); ffi.typeof(lib.on_call)
    ffi.addressof(lib, "add"); ffi.addressof(lib, "counter"); ffi.addressof(lib, "table"); ffi.addressof(lib, "shared")
    ffi.addressof(lib, "ANSWER"); ffi.addressof(lib, "nope"); ffi.addressof(lib, "on_call")
    lib.counter; setattr(lib, "counter", 9); lib.counter; setattr(lib, "counter", "x"); setattr(lib, "counter", 2 ** 31)
    lib.table; list(lib.table); lib.table[7]; lib.open_ended; lib.open_ended[2]; lib.names; ffi.string(lib.names[1])
    setattr(lib, "table", [4, 5]); list(lib.table); setattr(lib, "table", [0] * 8)
    lib.shared; lib.shared.b; setattr(lib, "shared", [8, 9]); lib.shared.a; setattr(lib, "shared", 3)
    lib.hook; setattr(lib, "hook", ffi.NULL); setattr(lib, "hook", 5)
    setattr(lib, "ANSWER", 1); setattr(lib, "add", 1); setattr(lib, "nope", 1); delattr(lib, "counter"); lib.nope
    lib.apply(ffi.callback("int(int)", lambda x: x + 1), 5); lib.apply(ffi.addressof(lib, "TWICE"), 5); lib.apply(5, 5)
    lib.on_call(3); ffi.def_extern("on_call")(lambda x: x * 2) and lib.on_call(3); ffi.def_extern("zz")(abs)
    ffi.def_extern("on_call", error="x")(abs); ffi.def_extern("on_call", onerror=3)(abs); ffi.def_extern("on_call")(3)
    ffi.list_types(); dir(lib); ffi.dlclose(lib); hasattr(lib, "__file__"); isinstance(ffi.NULL, ffi.CData)
    lib.__name__.rpartition(".")[2]; lib.__all__; sorted(n for n in dir(ffi) if n[0] != "_" and n != "release")
"""

def questions():
    return [text.strip() for line in EXPRESSIONS.strip().splitlines()
            for text in line.split("; ")]


def normal(value):
    """A repr without addresses, module names and the order of dicts."""
    if isinstance(value, dict):
        value = sorted(value.items())
    text = re.sub(r"0x[0-9a-f]+", "0x..", repr(value))
    return re.sub(r"_(theirs|ours)\b", "_module", text)


def answer(module, question):
    names = {"ffi": module.ffi, "lib": module.lib}
    try:
        return "value", normal(eval(question, names))
    except module.ffi.error:
        return "raises", "ffi.error"
    except Exception as error:
        return "raises", type(error).__name__


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    cffi = pytest.importorskip("cffi")
    folder = tmp_path_factory.mktemp("same")
    theirs = cffi.FFI()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs.cdef(CDEF)
    theirs.set_source("_theirs", SOURCE, extra_compile_args=["-w"])
    path = theirs.compile(str(folder / "theirs"))
    spec = importlib.util.spec_from_file_location("_theirs", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["_theirs"] = module
    spec.loader.exec_module(module)
    return build(folder, CDEF, SOURCE, "_ours"), module


@pytest.mark.skipif(support.IS_PYPY, reason="PyPy has cffi's core built in, and no other to compare")
def test_the_same_questions_have_the_same_answers(both):
    """Every line of EXPRESSIONS, in order, so that writes are seen by later reads."""
    ours, theirs = both
    different = []
    for question in questions():
        mine, other = answer(ours, question), answer(theirs, question)
        if mine != other:
            different.append("%s\n    here %s: %s\n    cffi %s: %s"
                             % (question, *mine, *other))
    assert not different, "\n" + "\n".join(different)
