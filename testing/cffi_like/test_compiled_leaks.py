"""Compiled modules many times over, in threads and in sub-interpreters: nothing is left behind."""

import gc
import importlib.util
import itertools
import sys
import threading
import weakref

import leak_support
import pytest
import support
from built_modules import builder, import_from

from cffi_like.engine import load, native_ffi

pytestmark = pytest.mark.skipif(native_ffi(load()) is None, reason="another core has the reader in Python, which keeps "
                                                                   "every module that it opened")

CDEF = """
    #define LIMIT ...
    #define WRONG 8
    struct node { struct node *next; int value; ...; };
    struct flags { unsigned a : 3; };
    struct bad { long a; };
    enum color { RED, GREEN = ... };
    typedef int... number_t;
    int add(int first, int second);
    struct node second(struct node);
    struct flags same(struct flags);
    extern int counter, numbers[...], open[];
    extern "Python" int answer(int);
"""
SOURCE = """
    #define LIMIT 9
    #define WRONG 7
    struct node { int value; struct node *next; };
    struct flags { unsigned a : 3; };
    struct bad { int a; };
    enum color { RED, GREEN = 7 };
    typedef short number_t;
    static int add(int a, int b) { return a + b; }
    static struct node second(struct node n) { return *n.next; }
    static struct flags same(struct flags f) { return f; }
    static int counter, numbers[3], open[2];
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    found = tmp_path_factory.mktemp("leaks")
    first = builder(CDEF, SOURCE, "_leaks_one")
    first.compile(tmpdir=str(found))
    second = builder("struct both { struct node n; };", "struct node { int value; struct node *next; };"
                     "struct both { struct node n; };", "_leaks_two", include=[first])
    second.compile(tmpdir=str(found))
    sys.path.insert(0, str(found))      # _leaks_two imports _leaks_one
    yield found
    sys.path.remove(str(found))


def opened(folder, name="_leaks_one"):
    """The module once more."""
    spec = importlib.util.spec_from_file_location("_leaks_again", str(folder / (name + ".py")))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    del sys.modules["_leaks_again.lib"]
    return module


def fails(act):
    try:
        act()
    except Exception as error:
        return str(error)
    raise AssertionError("no error")


def use_lib(module):
    lib = module.lib
    lib.add(1, second=2)
    lib.counter += 1
    assert (lib.LIMIT, lib.GREEN, len(lib.numbers), lib.open[1]) == (9, 7, 3, 0)
    assert dir(lib) and lib.__all__ and lib.__name__ and lib.answer


def use_types(module):
    ffi = module.ffi
    node = ffi.new("struct node *", {"value": 3})
    assert ffi.sizeof("struct node") == 16 and ffi.sizeof("number_t[2]") == 4 and node.value == 3
    ffi.cast("enum color", 7), ffi.typeof("int(*)(struct node *, ...)"), ffi.addressof(module.lib, "counter")
    ffi.callback("int(int)", abs), ffi.getctype("int[2]", "*"), ffi.NULL, ffi.error, ffi.errno


def use_python(module):
    """What the reader in Python makes: calls with structs, answers, the whole `ffi`."""
    module.lib.same({"a": 1})
    module.lib.second({"next": module.ffi.new("struct node *")})
    module.ffi.def_extern("answer")(lambda value: value)
    assert module.ffi.list_types()[1] == ["bad", "flags", "node"]
    module.ffi.new("struct flags *")


def use_errors(module):
    for act in (lambda: module.lib.nobody, lambda: module.lib.WRONG, lambda: module.ffi.new("struct bad *"),
                lambda: setattr(module.lib, "add", 1), lambda: setattr(module.lib, "counter", "x"),
                lambda: delattr(module.lib, "counter"), lambda: module.ffi.typeof("int[")):
        assert fails(act)


@pytest.mark.parametrize("use", [lambda module: None, use_lib, use_types, use_python, use_errors])
def test_a_module_opened_again_and_again(folder, use, monkeypatch):
    """`ffi`, `lib` and all that they made die together."""
    monkeypatch.setattr(leak_support, "ROUNDS", 300)
    monkeypatch.setattr(leak_support, "OBJECTS_ROOM", 100)
    rounds = itertools.count(1)

    def act(name):
        use(opened(folder, name))
        if next(rounds) % 30 == 0:
            gc.collect()        # only cycles of everything; how many there are should not matter

    for name in ("_leaks_one", "_leaks_two"):
        if name == "_leaks_one" or use is use_lib:
            assert leak_support.stays(lambda name=name: act(name), [type(opened(folder).lib)]) == ""


def test_one_module_used_again_and_again(folder):
    """Each attribute, each type is made once."""
    module = import_from(folder, "_leaks_one")
    for use in (use_lib, use_types, use_errors):
        assert leak_support.stays(lambda use=use: use(module), [module.lib, module.ffi]) == ""


def test_lib_and_ffi_die(folder):
    """They refer to each other; the collector of cycles finds them, used or not."""
    for use in (use_lib, use_types, use_python):
        module = opened(folder)
        use(module)
        watch = weakref.ref(module.ffi)
        del module
        gc.collect()
        assert watch() is None


def test_threads_that_are_the_first(folder):
    """A function and a type are one object, whichever thread came first."""
    for _ in range(20):
        module, found, start = opened(folder, "_leaks_two"), [], threading.Barrier(6)

        def run(module=module, found=found, start=start):
            start.wait()
            found.append((module.lib.add, module.lib.same, module.ffi.typeof("struct both"),
                          module.ffi.typeof("struct node"), module.ffi.typeof("struct flags")))

        threads = [threading.Thread(target=run) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == 6 and all(a is b for one in found for a, b in zip(one, found[0]))


def test_sub_interpreters(folder):
    """Each opens the module for itself."""
    assert support.run_python('''
import sys
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
folder, = sys.argv[1:]
code = """
import sys; sys.path[:] = %r
from _leaks_two import ffi, lib
assert lib.add(2, 3) == 5 and lib.LIMIT == 9 and ffi.sizeof("struct both") == 16
try:
    lib.WRONG
except ffi.error:
    pass
assert ffi.list_types()[1] == ["bad", "both", "flags", "node"]
""" % ([folder] + sys.path,)
for _ in range(3):
    number = interpreters.create()
    problem = interpreters.run_string(number, code)
    assert not problem, problem
    interpreters.destroy(number)
exec(code)
print("done")
''', folder).stdout == "done\n"
