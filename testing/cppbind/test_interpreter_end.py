"""Promises for the end of an interpreter, and for several of them: C++ may still hold objects of Python, run threads
that call them, and call them from static destructors; the process ends as it should.

Neighbours: test_directors.py, test_stl_callables.py (the same in the middle of a life), testing/c_backend/test_stress.py
(interpreters and the C part).
"""

import sys

import pytest
import support
from cpp_dictionaries import build_text

HEADER = r"""
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>
namespace ending {
struct Object { int value = 7; };
struct Virtual {
    Virtual() {}
    Virtual(int n) : value(n) {}
    virtual ~Virtual() = default;
    virtual int f(int n) { return n; }
    int go(int n) { return f(n) + value; }
    int value = 3;
};
struct Pure { virtual ~Pure() = default; virtual int f() = 0; virtual void g() = 0; };
struct Quiet { virtual ~Quiet() = default; virtual int f() noexcept { return 1; } };

// Destructors, which must not throw, call Python.
struct Loud { std::function<void()> f; ~Loud() { if (f) f(); } void set(const std::function<void()> &g) { f = g; } };
struct LoudInt {
    std::function<int()> f;
    ~LoudInt() { if (f && f() == 99) std::abort(); }
    void set(const std::function<int()> &g) { f = g; }
};
struct LoudRaw { int (*f)() = nullptr; ~LoudRaw() { if (f) f(); } void set(int (*g)()) { f = g; } };
struct Owner {
    std::vector<Quiet *> quiet;
    std::vector<Pure *> pure;
    void take(Quiet *each) { quiet.push_back(each); }
    void take(Pure *each) { pure.push_back(each); }
    ~Owner() {
        for (auto *each : quiet) { each->f(); delete each; }
        for (auto *each : pure) { each->f(); each->g(); delete each; }
    }
};
struct Shared {
    std::vector<std::shared_ptr<Virtual>> all;
    void take(std::shared_ptr<Virtual> each) { all.push_back(each); }
    int sum() { int total = 0; for (auto &each : all) total += each->go(1); return total; }
};
struct Pool {
    std::thread thread;
    std::atomic<bool> stop{false};
    std::atomic<int> calls{0};
    void run(const std::function<int(int)> &f) {
        thread = std::thread([this, f]() noexcept { while (!stop) { f(1); ++calls; } });
    }
    void run_virtual(Virtual *object) {
        thread = std::thread([this, object]() noexcept { while (!stop) { object->f(1); ++calls; } });
    }
    int count() { return calls; }
    ~Pool() { stop = true; if (thread.joinable()) thread.join(); }
};
inline Loud &static_loud() { static Loud all; return all; }
inline LoudInt &static_loud_int() { static LoudInt all; return all; }
inline Owner &static_owner() { static Owner all; return all; }
inline Shared &static_shared() { static Shared all; return all; }
inline Pool &static_pool() { static Pool all; return all; }
inline void detached(const std::function<int(int)> &f) {
    std::thread([f]() noexcept { for (;;) f(1); }).detach();
}
inline int run(const std::function<int(int)> &f, int n) { return f(n); }
inline void again() { if (static_loud().f) static_loud().f(); }
}
"""

pytestmark = pytest.mark.skipif(support.engine_name() != "native", reason="threads and interpreters of the compiled core")

BEGINNING = """\
import builtins, gc, sys, time
import cppbind
cppbind.load_reflection_info(sys.argv[1])
ending, std = cppbind.gbl.ending, cppbind.gbl.std

class V(ending.Virtual):
    def f(self, n):
        return n * 10

class P(ending.Pure):
    def f(self):
        return 4

    def g(self):
        pass

class Q(ending.Quiet):
    def f(self):
        return 2

def let_go(made):
    made.__python_owns__ = False
    return made
"""

ENDS = {
    "destructors of globals": """
        l, i, r = ending.Loud(), ending.LoudInt(), ending.LoudRaw()
        text = "at the end"
        l.set(lambda: sys.stdout.write(text))
        i.set(lambda: 3)
        kept = lambda: 4
        r.set(kept)
        """,
    "destructors of what other modules hold": """
        builtins.l, sys.i = ending.Loud(), ending.LoudInt()
        builtins.l.set(lambda: None)
        sys.i.set(lambda: 3)
        sys.modules["nobody"] = [builtins.l, sys.i, V(3), let_go(V(4)), ending.Object()]
        """,
    "destructors of static objects": """
        ending.static_loud().set(lambda: None)
        ending.static_loud_int().set(lambda: 99)
        """,
    "overrides in static objects": """
        ending.static_owner().take(let_go(Q()))
        ending.static_owner().take(let_go(P()))
        ending.static_owner().pure[0].f()
        ending.static_shared().take(std.shared_ptr[ending.Virtual](V(1)))
        assert ending.static_shared().sum() == 11
        """,
    "overrides that were never called": "ending.static_owner().take(let_go(Q()))",
    "cycles": """
        v = V(1)
        v.itself, v.object, v.other = v, ending.Object(), P()
        v.other.back = v
        """,
    "a thread of a static object": """
        ending.static_pool().run(lambda n: n + 1)
        while ending.static_pool().count() < 100:
            time.sleep(0.001)
        """,
    "a thread that calls an override": """
        ending.static_pool().run_virtual(let_go(V(1)))
        while ending.static_pool().count() < 100:
            time.sleep(0.001)
        """,
    "threads that go on": """
        calls = []
        for _ in range(3):
            ending.detached(lambda n: calls.append(n) or 1)
        while len(calls) < 1000:
            time.sleep(0.001)
        """,
    "atexit functions that call": """
        import atexit
        atexit.register(lambda: sys.exit(2) if ending.run(lambda n: n + 1, 3) != 4 else None)
        l = ending.Loud()
        l.set(lambda: None)
        atexit.register(l.__destruct__)
        """,
}


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    return build_text(HEADER, tmp_path_factory.mktemp("ending"))


def run(library, code):
    return support.run_python(BEGINNING + support.textwrap.dedent(code) + "\nprint('done', flush=True)\n", library)


@pytest.mark.parametrize("code", ENDS.values(), ids=ENDS)
def test_the_process_ends(library, code):
    """With status 0, whatever C++ holds, and whoever calls while Python goes or when it is gone."""
    assert run(library, code).stdout.startswith("done\n")


def test_destructors_run_python_at_the_end(library):
    """What a destructor calls while the modules go is called, as __del__ is."""
    done = run(library, """
        import functools, os
        l = ending.Loud()
        l.set(functools.partial(os.write, 1, b"called"))
        """)
    assert done.stdout == "done\ncalled"


# ---- several interpreters -------------------------------------------------------------------------------

INTERPRETERS = """
import sys
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters

def create(kind):
    if sys.version_info >= (3, 13):
        return interpreters.create("isolated" if kind == "own" else "legacy")
    return interpreters.create(isolated=kind == "own")

CODE = '''
import sys
sys.path[:] = %r
sys.argv = [None, %r]
''' % (sys.path, sys.argv[1]) + sys.argv[2] + '''
for i in range(50):
    v = V(1)
    assert v.go(4) == 41
    assert ending.run(lambda n: n + 1, 3) == 4
    try:
        ending.run(lambda n: 1 // 0, 3)
    except ZeroDivisionError:
        pass
    with_end = ending.Loud()
    with_end.set(lambda: None)
    shared = std.shared_ptr[ending.Virtual](V(2))
    assert shared.go(1) == 12
'''

def one(kind, more):
    interpreter = create(kind)
    failure = interpreters.run_string(interpreter, CODE + more)
    if failure is not None:
        raise SystemExit(str(failure))
    interpreters.destroy(interpreter)
"""

KINDS = [pytest.param("shared", id="shared GIL"),
         pytest.param("own", id="own GIL", marks=pytest.mark.skipif(
             sys.version_info < (3, 12), reason="interpreters with a GIL of their own came with CPython 3.12"))]


def run_interpreters(library, code):
    return support.run_python(INTERPRETERS + support.textwrap.dedent(code) + "\nprint('done', flush=True)\n", library,
                              BEGINNING)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("in_main", (False, True), ids=("alone", "beside the main one"))
def test_interpreters_one_after_the_other(library, kind, in_main):
    """Classes, overrides, callables and exceptions work in a sub-interpreter as they do in the main one."""
    done = run_interpreters(library, """
        if %r:
            exec(CODE)
        for _ in range(3):
            one(%r, "")
        if %r:
            assert V(1).go(4) == 41
        """ % (in_main, kind, in_main))
    assert done.stdout.endswith("done\n")


@pytest.mark.parametrize("kind", KINDS)
def test_interpreters_at_the_same_time(library, kind):
    """In threads."""
    done = run_interpreters(library, """
        import threading
        threads = [threading.Thread(target=one, args=(%r, "")) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        """ % kind)
    assert done.stdout.endswith("done\n")


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_dead_interpreter_left_in_cpp(library, kind):
    """Its callables give zero, its overrides the base's answer; neither is called, nor what others made at its address."""
    done = run_interpreters(library, """
        exec(CODE)
        LEAVE = ("ending.static_loud().set(lambda: sys.exit('called'))\\n"
                 "ending.static_shared().take(std.shared_ptr[ending.Virtual](V(2)))")
        for count in range(1, 4):
            one(%r, LEAVE)
            ending.again()
            assert ending.static_shared().sum() == count * 3, ending.static_shared().sum()
        ending.static_loud().set(lambda: calls.append(1))
        calls = []
        ending.again()
        assert calls == [1]
        """ % kind)
    assert done.stdout.endswith("done\n")


@pytest.mark.parametrize("kind", KINDS)
def test_one_interpreter_calls_another(library, kind):
    """A callable runs in the interpreter it comes from, whichever calls."""
    done = run_interpreters(library, """
        exec(CODE)
        calls = []
        ending.static_loud().set(lambda: calls.append(sys.argv[1]))
        one(%r, "ending.again()")
        assert len(calls) == 1
        """ % kind)
    assert done.stdout.endswith("done\n")
