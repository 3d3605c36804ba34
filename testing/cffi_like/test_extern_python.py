"""`extern "Python"`: C functions that are answered in Python."""

import gc
import sys
import threading

import pytest
from built_modules import build

CDEF = """
    struct pair { int a; long b; };
    union number { int i; float f; };
    extern "Python" int on_add(int, int);
    extern "Python" struct pair on_pair(struct pair, int);
    extern "Python" void on_union(union number);
    extern "Python" const char *on_text(const char *);
    extern "Python" double on_double(double);
    extern "Python" {
        int in_block(void);
        void *on_handle(void *);
    }
    extern "Python+C" int exported(int);
    int call_add(int, int);
    struct pair call_pair(struct pair, int);
    void call_union(float);
    double call_double(double);
    int call_exported(int);
    int in_thread(int, int);
"""

SOURCE = """
    #include <pthread.h>
    struct pair { int a; long b; };
    union number { int i; float f; };
    static int on_add(int, int);
    static struct pair on_pair(struct pair, int);
    static void on_union(union number);
    static double on_double(double);
    extern int exported(int);
    static int call_add(int a, int b) { return on_add(a, b); }
    static struct pair call_pair(struct pair p, int x) { return on_pair(p, x); }
    static void call_union(float f) { union number n; n.f = f; on_union(n); }
    static double call_double(double x) { return on_double(x); }
    static int call_exported(int x) { return exported(x) + 1; }

    static int numbers[3];
    static void *body(void *unused)
    { (void)unused; numbers[2] = on_add(numbers[0], numbers[1]); return 0; }
    static int in_thread(int a, int b)
    {
        pthread_t thread;
        numbers[0] = a; numbers[1] = b;
        pthread_create(&thread, 0, body, 0);
        pthread_join(thread, 0);
        return numbers[2];
    }
"""


@pytest.fixture
def module(tmp_path):
    """A fresh module for each test: nothing is attached yet."""
    return build(tmp_path, CDEF, SOURCE, extra_link_args=["-pthread"])


@pytest.fixture
def reported(monkeypatch, capfd):
    """A function giving what was reported since the last call: exceptions go to
    sys.unraisablehook where the interpreter has it, the rest to stderr."""
    seen = []
    monkeypatch.setattr(sys, "unraisablehook", lambda hook: seen.append(
        "%s: %s" % (hook.exc_type.__name__, hook.exc_value)), raising=False)

    def take():
        text = "".join(seen) + capfd.readouterr().err
        del seen[:]
        return text
    return take


def test_before_anything_is_attached(module, reported):
    """The call returns zero and says on stderr what is missing."""
    assert module.lib.call_add(1, 2) == 0
    result = module.lib.call_pair([1, 2], 3)
    assert (result.a, result.b) == (0, 0)
    err = reported()
    assert ('extern "Python": function %s.on_add() called, but no code was attached to it '
            'yet with @ffi.def_extern().  Returning 0.' % module.__name__) in err
    assert "on_pair() called" in err


def test_def_extern_by_the_functions_name(module):
    """The decorator attaches to the declaration of the same name, and gives the
    function back unchanged."""
    @module.ffi.def_extern()
    def on_add(a, b):
        return a * 10 + b
    assert module.lib.call_add(4, 2) == 42
    assert on_add(1, 1) == 11


def test_def_extern_by_name(module):
    """The name can be given; attaching again replaces."""
    module.ffi.def_extern("on_add")(lambda a, b: a + b)
    assert module.lib.call_add(4, 2) == 6
    module.ffi.def_extern(name="on_add")(lambda a, b: a - b)
    gc.collect()
    assert module.lib.call_add(4, 2) == 2


def test_the_c_function_can_be_called_and_passed(module):
    """`lib.name` is the C function itself."""
    module.ffi.def_extern("on_add")(lambda a, b: a + b)
    assert module.lib.on_add(2, 3) == 5
    assert module.ffi.typeof(module.lib.on_add) is module.ffi.typeof("int(*)(int, int)")
    assert module.ffi.addressof(module.lib, "on_add") == module.lib.on_add
    assert "on_add" in dir(module.lib)
    with pytest.raises(AttributeError, match="cannot write to function"):
        module.lib.on_add = None


def test_structs_by_value(module):
    """A struct argument is a copy that may be kept; a struct result may be
    whatever initialises one."""
    kept = []

    @module.ffi.def_extern()
    def on_pair(pair, x):
        kept.append(pair)
        return {"a": pair.a + x, "b": pair.b * x}
    result = module.lib.call_pair([3, 4], 10)
    assert (result.a, result.b) == (13, 40)
    module.lib.call_pair([0, 0], 0)
    gc.collect()
    assert (kept[0].a, kept[0].b) == (3, 4)
    assert module.ffi.typeof(kept[0]) is module.ffi.typeof("struct pair")


def test_unions_by_value(module):
    """Also what libffi cannot pass."""
    seen = []
    module.ffi.def_extern("on_union")(lambda number: seen.append(number.i))
    module.lib.call_union(1.0)
    assert seen == [0x3F800000]


def test_python_plus_c_is_visible_to_c(module):
    """"Python+C" defines a function that other C files of the module can link to."""
    module.ffi.def_extern("exported")(lambda x: x * 2)
    assert module.lib.call_exported(5) == 11


def test_exceptions_give_the_error_value(module, reported):
    """The exception is reported; C gets `error`, or zero."""
    module.ffi.def_extern("on_add", error=-7)(lambda a, b: 1 // 0)
    assert module.lib.call_add(1, 2) == -7
    assert "ZeroDivisionError" in reported()
    module.ffi.def_extern("on_add")(lambda a, b: "not an int")
    assert module.lib.call_add(1, 2) == 0
    assert "TypeError" in reported()


def test_exceptions_with_struct_results(module, reported):
    """`error` is then an initialiser of the struct."""
    module.ffi.def_extern("on_pair", error=[55, 66])(lambda pair, x: 1 // 0)
    result = module.lib.call_pair([1, 2], 3)
    assert (result.a, result.b) == (55, 66)
    assert "ZeroDivisionError" in reported()
    module.ffi.def_extern("on_pair")(lambda pair, x: 3.5)
    result = module.lib.call_pair([1, 2], 3)
    assert (result.a, result.b) == (0, 0)
    assert "TypeError" in reported()


@pytest.mark.parametrize("name, call, error, replacement", [
    ("on_add", lambda lib: lib.call_add(1, 2), -7, 99),
    ("on_pair", lambda lib: lib.call_pair([1, 2], 3).a, [-7, 0], [99, 0])])
def test_onerror(module, reported, name, call, error, replacement):
    """`onerror` gets the exception and may give the result; None leaves `error`."""
    seen = []

    def onerror(kind, value, traceback):
        seen.append((kind, str(value), traceback is not None))
        return replacement if len(seen) == 1 else None
    module.ffi.def_extern(name, error=error, onerror=onerror)(lambda *args: {}["key"])
    assert call(module.lib) == 99
    assert call(module.lib) == -7
    assert seen == [(KeyError, "'key'", True)] * 2
    assert reported() == ""


def test_wrong_uses_of_def_extern(module):
    """Each mistake is found when the decorator runs, not when C calls."""
    ffi = module.ffi
    with pytest.raises(ffi.error, match="def_extern\\('nope'\\): no 'extern \"Python\"' function"):
        ffi.def_extern("nope")(lambda: 0)
    with pytest.raises(ffi.error, match="'<lambda>'"):
        ffi.def_extern()(lambda: 0)
    with pytest.raises(ffi.error):
        ffi.def_extern("call_add")(lambda a, b: 0)
    with pytest.raises(TypeError, match="expected a string or None for 'name', not int"):
        ffi.def_extern(42)(lambda: 0)
    for name in ("on_add", "on_pair"):
        with pytest.raises(TypeError, match="expected a callable object, not int"):
            ffi.def_extern(name)(3)
        with pytest.raises(TypeError, match="expected a callable object for 'onerror', not int"):
            ffi.def_extern(name, onerror=4)(lambda *args: 0)
        with pytest.raises(TypeError):
            ffi.def_extern(name, error="text")(lambda *args: 0)


def test_calls_from_threads_started_by_c(module):
    """C may call from a thread that Python has not seen."""
    names = []

    @module.ffi.def_extern()
    def on_add(a, b):
        names.append(threading.get_ident())
        return a + b
    assert module.lib.in_thread(20, 22) == 42
    assert names and names[0] != threading.get_ident()


def test_recursion(module):
    """Python may call C, which calls Python, and so on."""
    @module.ffi.def_extern()
    def on_double(x):
        return x if x < 2 else x * module.lib.call_double(x - 1)
    assert module.lib.call_double(10.0) == 3628800.0


def test_text_and_handles(module):
    """Pointers in and out; a handle brings back the Python object."""
    ffi, lib = module.ffi, module.lib
    kept = ffi.new("char[]", b"back")
    module.ffi.def_extern("on_text")(lambda text: kept if ffi.string(text) == b"go" else ffi.NULL)
    assert ffi.string(lib.on_text(b"go")) == b"back"
    assert lib.on_text(b"no") == ffi.NULL
    thing = object()
    handle = ffi.new_handle(thing)
    ffi.def_extern("on_handle")(lambda h: h if ffi.from_handle(h) is thing else ffi.NULL)
    assert lib.on_handle(handle) == handle
