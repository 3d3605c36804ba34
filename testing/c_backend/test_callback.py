"""Python callables that C calls: values both ways, errors, threads, lifetime."""

import contextlib
import gc
import sys
import threading
import weakref

import pytest
import support
from call_support import B, fn, library, load, new, only_ours, plain, t

INT = "int(int)"


def call_int(callback, value):
    return load("call_int", fn("int", t(INT), "int"))(callback, value)


@contextlib.contextmanager
def unraisable():
    """A list of what sys.unraisablehook is told: (exception class, message, text of the place)."""
    seen, hook = [], sys.unraisablehook
    # Not in a fixture: pytest sets a hook of its own when a test starts.
    sys.unraisablehook = lambda args: seen.append(
        (args.exc_type, str(args.exc_value), args.err_msg))
    try:
        yield seen
    finally:
        sys.unraisablehook = hook


def test_c_calls_python():
    """C's argument comes in, Python's result goes out."""
    assert call_int(B.callback(t(INT), lambda value: value * 2), 21) == 42


def test_a_callback_is_a_callable_cdata():
    """It has the function type, a repr with the callable, and can be called from Python."""
    callback = B.callback(t(INT), abs)
    assert B.typeof(callback) is t(INT)
    assert callback(-3) == 3
    assert "calling <built-in function abs>" in repr(callback)
    assert callback and callback == B.cast(t(INT), callback)


@pytest.mark.parametrize("name, kind, values", [
    ("schar", "signed char", (-128, -1, 0, 127)), ("uchar", "unsigned char", (0, 128, 255)),
    ("short", "short", (-2**15, -1, 2**15 - 1)), ("ushort", "unsigned short", (0, 2**16 - 1)),
    ("uint", "unsigned int", (0, 2**31, 2**32 - 1))])
def test_narrow_results_are_widened(name, kind, values):
    """A caller that reads the whole register sees the value extended by its sign."""
    callback = B.callback(fn(kind, kind), lambda value: value)
    call = load("call_narrow_" + name, fn("int64_t", fn(kind, kind), kind))
    for value in values:
        assert call(callback, value) == value


def test_floating_values():
    """float, double and long double pass both ways."""
    for name, kind in (("float", "float"), ("double", "double"), ("longdouble", "long double")):
        callback = B.callback(fn(kind, kind), lambda value: float(value) / 4)
        call = load("call_" + name, fn(kind, fn(kind, kind), kind))
        assert float(call(callback, 10.0)) == 2.5


@only_ours
def test_structs_by_value():
    """Struct arguments are copies that outlive the call (CFFI: they point into C's frame);
    struct results are initializers."""
    kept = []

    def swap(pair):
        kept.append(pair)
        return (pair.y, pair.x)

    kind = fn("struct doubles", "struct doubles")
    call = load("call_doubles", fn("struct doubles", kind, "struct doubles"))
    callback = B.callback(kind, swap)
    assert plain(call(callback, (1.5, 2.5))) == (2.5, 1.5)
    assert plain(call(callback, (3.5, 4.5))) == (4.5, 3.5)
    assert [plain(pair) for pair in kept] == [(1.5, 2.5), (3.5, 4.5)]


def test_large_structs_by_value():
    """A struct that travels in memory comes back whole."""
    kind = fn("struct cursor", "struct cursor")
    call = load("call_cursor", fn("struct cursor", kind, "struct cursor"))
    callback = B.callback(kind, lambda cursor: cursor)
    given = new("struct cursor", [1, 2, [B.cast(t("void*"), n) for n in (3, 4, 5)]])[0]
    assert plain(call(callback, given)) == (1, 2, (3, 4, 5))


def test_pointers():
    """Pointer arguments are cdata; a pointer result is cdata that the user keeps alive."""
    answer = new("char[]", b"answer")
    asked = []
    kind = fn("char*", "char*")
    callback = B.callback(kind, lambda text: (asked.append(B.string(text)), answer)[1])
    assert B.string(load("call_string", fn("char*", kind, "char*"))(callback, b"q")) == b"answer"
    assert asked == [b"q"]


def test_many_arguments():
    """Arguments past the registers reach Python in order."""
    args = ["long"] * 5 + ["double"] + ["long"] * 4 + ["double"]
    kind = fn("long", *args)
    seen = []
    callback = B.callback(kind, lambda *values: seen.append(values) or 99)
    assert load("call_many", fn("long", kind))(callback) == 99
    assert seen == [(1, 2, 3, 4, 5, 6.0, 7, 8, 9, 10, 11.0)]


def test_qsort():
    """libc's qsort with a comparison in Python."""
    kind = fn("int", "int*", "int*")
    qsort = B.load_library(None, 0).load_function(
        fn("void", "void*", "size_t", "size_t", fn("int", "void*", "void*")), "qsort")
    values = [5, -3, 99, 0, 42, -3, 7]
    array = new("int[]", values)
    compare = B.callback(kind, lambda a, b: (a[0] > b[0]) - (a[0] < b[0]))
    qsort(array, len(values), 4, B.cast(fn("int", "void*", "void*"), compare))
    assert list(array) == sorted(values)


def test_recursion():
    """A callback may call C that calls it again, many levels deep."""
    def down(value):
        return 0 if value == 0 else 1 + call_int(callback, value - 1)

    callback = B.callback(t(INT), down)
    assert call_int(callback, 50) == 50


@only_ours
def test_called_while_the_gil_is_kept():
    """C that was called without releasing the GIL may call back as well."""
    call = library().load_function(fn("int", t(INT), "int"), "call_int", release_gil=False)
    callback = B.callback(t(INT), lambda value: call_int(plus, value) * 2)
    plus = B.callback(t(INT), lambda value: value + 1)
    assert call(callback, 4) == 10
    nested = B.callback(t(INT), lambda value: call(callback, value))
    assert call_int(nested, 5) == 12


def test_void_callback():
    """A void callback returns None."""
    seen = []
    kind = fn("void", "int")
    call = load("call_void", fn("void", kind, "int"))
    assert call(B.callback(kind, seen.append), 5) is None
    assert seen == [5]


def test_exception_gives_zero():
    """Without an error value C gets zero, and sys.unraisablehook the exception."""
    with unraisable() as seen:
        assert call_int(B.callback(t(INT), lambda value: 1 // 0), 5) == 0
    (kind, _, place), = seen
    assert kind is ZeroDivisionError and "from cffi callback <function" in place


def test_exception_gives_the_error_value():
    """`error` is what C gets instead."""
    callback = B.callback(t(INT), lambda value: 1 // 0, -42)
    with unraisable() as seen:
        assert call_int(callback, 5) == -42 and call_int(callback, 5) == -42
    assert len(seen) == 2


def test_result_that_does_not_convert():
    """A result of the wrong type is an error of the callback, told as such."""
    with unraisable() as seen:
        for result in ("text", 2**40, None):
            assert call_int(B.callback(t(INT), lambda value, result=result: result, 7), 5) == 7
    assert [error[0] for error in seen] == [TypeError, OverflowError, TypeError]
    assert all("trying to convert the result" in error[2] for error in seen)


def test_void_callback_must_return_none():
    """A value where C expects none is an error."""
    kind = fn("void", "int")
    with unraisable() as seen:
        load("call_void", fn("void", kind, "int"))(B.callback(kind, lambda value: value), 1)
    assert seen[0][0] is TypeError and "must return None" in seen[0][1]


def test_onerror():
    """`onerror` gets the exception; what it returns is the result, None the error value."""
    asked = []

    def onerror(kind, value, traceback):
        asked.append((kind, value, traceback))
        return 5 if len(asked) == 1 else None

    def fail(value):
        raise KeyError("gone")

    callback = B.callback(t(INT), fail, 42, onerror)
    with unraisable() as seen:
        assert call_int(callback, 1) == 5
        assert call_int(callback, 1) == 42
    assert seen == []
    kind, value, traceback = asked[0]
    assert kind is KeyError and isinstance(value, KeyError)
    assert traceback.tb_frame.f_code.co_name == "fail"


def test_onerror_that_fails():
    """Both exceptions are told, the first one first."""
    def onerror(kind, value, traceback):
        raise IndexError("second")

    def fail(value):
        return 1 // 0

    with unraisable() as seen:
        assert call_int(B.callback(t(INT), fail, 42, onerror), 1) == 42
        assert call_int(B.callback(t(INT), fail, 43, lambda *args: "bad"), 1) == 43
    assert [error[0] for error in seen] == [ZeroDivisionError, IndexError,
                                            ZeroDivisionError, TypeError]
    assert "onerror" in seen[1][2]


def test_wrong_callbacks():
    """The callable, `onerror`, the type and the error value are checked at once."""
    with pytest.raises(TypeError):
        B.callback(t(INT), 3)
    with pytest.raises(TypeError):
        B.callback(t(INT), abs, 0, 3)
    with pytest.raises(TypeError):
        B.callback(t("int"), abs)
    with pytest.raises(TypeError):
        B.callback(t(INT), abs, "x")
    with pytest.raises(TypeError):
        B.callback(fn("void", "int"), abs, 3)
    with pytest.raises(NotImplementedError):
        B.callback(fn("int", "int", "..."), abs)


def test_threads_of_c():
    """Threads that Python does not know may call back, several at once."""
    seen = set()

    def where(value):
        seen.add(threading.get_ident())
        return value + 1

    callback = B.callback(t(INT), where)
    assert load("call_from_thread", fn("int", t(INT), "int"))(callback, 41) == 42
    total = load("call_from_threads", fn("int", t(INT), "int"))(callback, 20)
    assert total == sum(range(20)) + 20
    assert threading.get_ident() not in seen


def test_a_thread_of_c_stays_the_same_thread():
    """threading.local() lasts from one callback of a thread to the next, and ends with it."""
    local = threading.local()
    seen = []

    def remember(value):
        seen.append(getattr(local, "value", None))
        local.value = value
        return value

    callback = B.callback(t(INT), remember)
    repeat = load("repeat_from_thread", fn("int", t(INT), "int"))
    assert repeat(callback, 4) == 0 + 1 + 2 + 3
    assert seen == [None, 0, 1, 2]
    assert repeat(callback, 2) == 1
    assert seen[4:] == [None, 0]


@only_ours
def test_calls_from_a_thread_of_c():
    """A callback on such a thread may call C, with and without the GIL, that calls back."""
    plus = B.callback(t(INT), lambda value: value + 1)
    keeping = load("call_int", fn("int", t(INT), "int"), release_gil=False)
    callback = B.callback(t(INT), lambda value: 10 * call_int(plus, value) + keeping(plus, value))
    repeat = load("repeat_from_thread", fn("int", t(INT), "int"))
    assert repeat(callback, 3) == 11 + 22 + 33


def test_threads_of_c_leave_nothing():
    """What Python knew of a thread goes when the thread is gone."""
    callback = B.callback(t(INT), lambda value: value)
    repeat = load("repeat_from_thread", fn("int", t(INT), "int"))
    for _ in range(20):
        repeat(callback, 2)
    before = sys.getallocatedblocks()
    for _ in range(300):
        repeat(callback, 2)
    assert sys.getallocatedblocks() - before < 300


def test_exception_in_a_thread_of_c():
    """An exception there ends in the hook, too."""
    callback = B.callback(t(INT), lambda value: 1 // 0, 9)
    with unraisable() as seen:
        assert load("call_from_thread", fn("int", t(INT), "int"))(callback, 1) == 9
    assert seen[0][0] is ZeroDivisionError


def test_errno_round_a_callback():
    """A callback finds C's errno, and C finds what the callback leaves in it."""
    seen = []

    def look(value):
        seen.append(B.get_errno())
        B.set_errno(77)
        return 0

    assert load("call_errno", fn("int", t(INT), "int"))(B.callback(t(INT), look), 33) == 77
    assert seen == [33]


def test_lifetime():
    """Dropping a callback drops its callable; a cycle through it is collected."""
    class Work:
        def __call__(self, value):
            return value

    work = Work()
    reference = weakref.ref(work)
    callback = B.callback(t(INT), work)
    del work
    assert reference() is not None and call_int(callback, 3) == 3
    del callback
    gc.collect()
    assert reference() is None
    work = Work()
    reference = weakref.ref(work)
    work.callback = B.callback(t(INT), work)
    del work
    gc.collect()
    assert reference() is None


def test_dropped_while_it_runs():
    """A callback that drops its own last reference finishes."""
    holder = {}

    def run(value):
        holder.clear()
        gc.collect()
        return value + 1

    holder["callback"] = B.callback(t(INT), run)
    load("keep", fn("void", t(INT)))(holder["callback"])
    assert load("call_kept", t(INT))(1) == 2
    assert holder == {}


def test_many_callbacks():
    """Thousands of closures have addresses of their own and give them back."""
    callbacks = [B.callback(t(INT), lambda value, n=n: value + n) for n in range(3000)]
    assert len({int(B.cast(t("uintptr_t"), callback)) for callback in callbacks}) == 3000
    assert [call_int(callbacks[n], 1) for n in (0, 1, 1500, 2999)] == [1, 2, 1501, 3000]


@only_ours
def test_python_ends_while_c_calls_back():
    """Threads of C that go on calling do not crash an interpreter that ends."""
    support.run_python("""
        import sys, time
        sys.path.insert(0, sys.argv[1])
        from call_support import B, fn, load, t
        calls = []
        callback = B.callback(t("int(int)"), lambda value: calls.append(value) or 0)
        load("start_threads", fn("void", t("int(int)"), "int"))(callback, 3)
        while not calls:
            time.sleep(0.001)
    """, str(support.TESTING))
