"""One core used by many threads at once, and one core in each of several interpreters.

Under the GIL these show what happens between two bytecodes and where the GIL is
released (calls, callbacks, destructors).  A free-threaded build runs the same
tests; see docs/differences.md for where they were run.
"""

import gc
import sys
import threading
import weakref

import pytest
import support
from call_support import B, fn, library, load, new, t

THREADS, ROUNDS = 8, 60


def in_threads(action):
    """`action(number)` on THREADS threads that start together; the first exception is raised here."""
    start, failures = threading.Barrier(THREADS), []

    def run(number):
        try:
            start.wait()
            for turn in range(ROUNDS):
                action(number, turn)
        except BaseException as problem:
            failures.append(problem)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    if failures:
        raise failures[0]


def test_types_are_interned_once():
    """The same type made by all threads at once is one object; types that die do not harm others."""
    pointer = B.new_pointer_type(t("int"))
    seen = [None] * THREADS
    meet = threading.Barrier(THREADS)

    def make(number, turn):
        array = B.new_array_type(pointer, 5000 + turn)
        seen[number] = array
        meet.wait()
        assert all(other is array for other in seen)
        meet.wait()
        seen[number] = None
        kind = B.new_function_type((array.item, B.new_pointer_type(array)), t("int"), False)
        assert kind is B.new_function_type((array.item, B.new_pointer_type(array)), t("int"), False)
        del array, kind
        meet.wait()
    in_threads(make)


def test_records():
    """Each thread makes its own records, and all use one that they share."""
    shared = new("struct ints[%d]" % THREADS)

    def use(number, turn):
        made = B.new_struct_type("struct own%d" % number)
        B.complete_struct_or_union(made, [("a", t("int"), -1), ("me", B.new_pointer_type(made), -1)])
        value = B.newp(B.new_pointer_type(made), {"a": turn})
        value.me = value
        assert value.me.me.a == turn
        shared[number].a = turn
        shared[number].b = shared[number].a + 1
        assert (shared[number].a, shared[number].b) == (turn, turn + 1)
    in_threads(use)


def test_calls():
    """Calls on one function object, plans made for the first time by all at once, errno for each thread."""
    set_errno = load("set_errno", fn("int", "int"))
    meet = threading.Barrier(THREADS)
    fresh = {}

    def call(number, turn):
        if meet.wait() == 0:
            # A type that no call has used: its plan is made by whoever comes first.
            kind = B.new_function_type((t("int"), t("int")), t("int"), False, B.FFI_DEFAULT_ABI)
            fresh["add"] = library().load_function(kind, "add")
        meet.wait()
        assert fresh["add"](number, turn) == number + turn
        B.set_errno(number)
        set_errno(100 + number)
        assert B.get_errno() == 100 + number
        assert load("sum_ints", fn("int", "int*", "int"))([number] * 50, 50) == 50 * number
        with pytest.raises(TypeError):
            fresh["add"](number, "text")
    in_threads(call)


def test_callbacks():
    """Callbacks from Python's threads and from C's, made, called and dropped at the same time."""
    call_int = load("call_int", fn("int", fn("int", "int"), "int"))
    from_thread = load("call_from_thread", fn("int", fn("int", "int"), "int"))

    def use(number, turn):
        callback = B.callback(fn("int", "int"), lambda value: value * number)
        assert call_int(callback, turn) == turn * number
        if turn % 5 == 0:
            assert from_thread(callback, turn) == turn * number
    in_threads(use)


def test_life():
    """Weak references, destructors, handles, cycles and the collector, all at once."""
    freed = [0] * THREADS

    def use(number, turn):
        owner = new("struct node")
        freed_by = B.gcp(owner, lambda dead, number=number: freed.__setitem__(number, freed[number] + 1))
        reference = weakref.ref(owner)
        handle = B.newp_handle(t("void*"), reference)
        assert B.from_handle(handle) is reference
        cycle = [freed_by]
        cycle.append(cycle)
        del owner, freed_by, cycle, handle
        if turn % 10 == number % 10:
            gc.collect()
        assert reference() is None or reference().value == 0
    in_threads(use)
    gc.collect()
    assert freed == [ROUNDS] * THREADS


def test_one_object():
    """One array, one buffer and one iterator's source, read, written and released by everybody."""
    numbers = new("int[64]")
    data = bytearray(256)

    def use(number, turn):
        numbers[number] = turn
        numbers[8:16] = range(8)
        assert list(numbers[8:16]) == list(range(8)) and len(list(numbers)) == 64
        with B.from_buffer(t("char[]"), data) as view:
            view[number] = bytes([turn])
            assert view[number] == bytes([turn])
        assert len(B.unpack(numbers, 64)) == 64 and len(B.buffer(numbers)[:]) == 256
    in_threads(use)


# ---- interpreters ------------------------------------------------------------

INTERPRETERS = r"""
import json, os, sys, threading
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
import _cffi_like as B

library, folder = sys.argv[1:]
CODE = '''
import sys
sys.path[:] = %r
import _cffi_like as B
from cffi_like import FFI

ffi = FFI()
ffi.cdef("int add(int, int); int call_int(int (*)(int), int); int call_from_thread(int (*)(int), int);"
         "struct pair { int a, b; };")
lib = ffi.dlopen(%r)
twice = ffi.callback("int(int)", lambda value: 2 * value)
for i in range(100):
    pair = ffi.new("struct pair *", (i, 2))
    assert lib.add(pair.a, pair.b) == i + 2
    assert lib.call_int(twice, i) == 2 * i
    try:
        lib.add(1, "text")
    except TypeError:
        pass
    else:
        raise AssertionError("no TypeError")
if not %r:
    assert lib.call_from_thread(twice, 4) == 8
kept = ffi.gc(ffi.new("int *"), lambda dead: None)
with open(%r, "w") as file:
    print(id(B.CData), id(ffi.typeof("int")), id(type(ffi.NULL)), file=file)
'''

def create():
    try:
        return interpreters.create()
    except TypeError:
        return interpreters.create("isolated")

def run(number):
    name = os.path.join(folder, str(number))
    interpreter = create()
    one_gil = sys.version_info < (3, 12)
    failure = interpreters.run_string(interpreter, CODE % (sys.path, library, one_gil, name))
    assert failure is None, failure
    done.append(name)
    leave.wait()
    interpreters.destroy(interpreter)

done = []
for turn in range(3):
    count = 4
    leave = threading.Barrier(count)
    if sys.version_info >= (3, 12):
        threads = [threading.Thread(target=run, args=(10 * turn + i,)) for i in range(count)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
    else:                               # one GIL: such interpreters take turns
        leave = threading.Barrier(1)
        for i in range(count):
            run(10 * turn + i)
assert len(done) == 12, done
identities = [tuple(map(int, open(name).read().split())) for name in done]
here = (id(B.CData), id(B.new_primitive_type("int")))
assert all(theirs[0] != here[0] and theirs[1] != here[1] for theirs in identities)
assert B.newp(B.new_pointer_type(B.new_primitive_type("int")), 5)[0] == 5
print("fine")
"""


@pytest.mark.skipif(sys.version_info < (3, 12), reason="interpreters with a GIL of their own came with CPython 3.12")
def test_interpreters(tmp_path):
    """Interpreters with their own GIL import the core at the same time: each has its own types, and dies without harm."""
    library_path = support.compile_shared(support.FIXTURES / "c" / "calls.c", link_flags=("-lpthread",))
    done = support.run_python(INTERPRETERS, library_path, str(tmp_path))
    assert done.stdout.split()[-1:] == ["fine"], done.stdout


def test_interpreters_one_after_the_other(tmp_path):
    """The core is set up and torn down again and again within one process."""
    done = support.run_python("""
        import sys
        try:
            import _interpreters as interpreters
        except ImportError:
            import _xxsubinterpreters as interpreters
        import _cffi_like as B
        kept = B.newp(B.new_pointer_type(B.new_primitive_type("int")), 5)
        for turn in range(5):
            try:
                interpreter = interpreters.create()
            except TypeError:
                interpreter = interpreters.create("isolated")
            failure = interpreters.run_string(interpreter,
                "import sys; sys.path[:] = %r\\n"
                "import _cffi_like as B\\n"
                "int_ = B.new_primitive_type('int')\\n"
                "kept = B.newp(B.new_pointer_type(int_), 7)\\n"
                "assert kept[0] == 7\\n"
                "handle = B.newp_handle(B.new_pointer_type(B.new_void_type()), kept)\\n" % (sys.path,))
            assert failure is None, failure
            interpreters.destroy(interpreter)
            assert kept[0] == 5
        print("fine")
        """)
    assert done.stdout.split()[-1:] == ["fine"], done.stdout
