"""Promises of std::function: called from Python, made from what Python can call, and what exceptions do on the way."""

import sys
import weakref

import pytest
import support
from cpp_runtime import load


@pytest.fixture
def calls():
    return load("Callables").calls


def test_result_is_called(calls):
    """A std::function that C++ returns is called with conversion; a wrong argument is a TypeError."""
    add = calls.adder(3)
    assert add(4) == 7 and add(-3) == 0 and bool(add) and add != None  # noqa: E711
    for wrong in ("x", None, 1.5):
        with pytest.raises(TypeError):
            add(wrong)
    with pytest.raises(TypeError):
        add()
    assert calls.curried()(4)(2) == 42


def test_closure_is_called(calls):
    """What a function returns as a closure is the std::function of its signature, its state kept."""
    count = calls.counter()
    assert calls.doubler()(21) == 42 and calls.joiner("-")("a", "b") == "a-b" and [count(), count()] == [1, 2]


@pytest.mark.parametrize("name", ["apply", "apply_value", "apply_moved"])
def test_callables_are_passed(calls, name):
    """Functions, bound methods, types and objects with __call__ are passed by value and by reference."""
    class Square:
        def __call__(self, x):
            return x * x

        def cube(self, x):
            return x**3
    apply = getattr(calls, name)
    assert apply(lambda x: x + 1, 1) == 2 and apply(Square(), 7) == 49 and apply(Square().cube, 2) == 8
    assert apply(abs, -5) == 5 and apply(int, 6) == 6 and apply([5, 6, 7].__getitem__, 1) == 6
    with pytest.raises(TypeError):
        apply(3, 3)
    with pytest.raises(TypeError):
        apply("text", 3)


def test_none_is_empty(calls):
    """None is an empty std::function, which is false, equals None and cannot be called."""
    assert calls.apply(None, 1) == -1
    button = calls.Button()
    assert not button.clicked and button.clicked == None  # noqa: E711
    with pytest.raises(Exception, match="bad_function_call") as caught:
        button.clicked("x")
    assert type(caught.value).__name__ == "bad_function_call"


def test_functions_of_cpp_are_passed_back(calls):
    """A std::function goes back to C++ as it is, through Python too."""
    assert calls.apply(calls.adder(5), 1) == 6 and calls.same(lambda x: x - 1)(4) == 3
    assert calls.apply(calls.same(calls.same(abs)), -4) == 4


def test_arguments_and_results_of_all_kinds(calls):
    """Numbers, text, enumerators, bool and many arguments go both ways."""
    assert calls.mean(lambda a, b: a + b) == 1.5 and calls.text(lambda a, b: a + b + "\xe4") == "ab\xe4"
    assert calls.truth(lambda *values: values == ("c", 100, 0.5)) is True
    assert calls.turned(lambda side: calls.Side.right if side == calls.Side.left else side) == calls.Side.right
    assert calls.wide(lambda x: x * 2) == 3.0 and calls.nothing(lambda: 5) is None
    assert calls.nine(lambda *values: sum(values)) == 45 and calls.made_vector(lambda: [1, 2, 3]) == 6
    assert calls.c_text(lambda: "".join(["kept", " text"])) == "kept text" and calls.c_text(lambda: None) is None


def test_objects_as_arguments(calls):
    """An object by value is a copy that Python keeps; one by reference is C++'s own, in its own class."""
    kept = []
    assert calls.by_value(lambda event: kept.append(event) or event.id) == 3
    support.collect()
    assert kept[0].id == 3 and kept[0].__python_owns__
    assert calls.by_reference(lambda event: event.weight() if type(event) is calls.Heavy else 0) == 100

    def change(event):
        event.id = 77
    assert calls.by_mutable(change) == 77
    assert calls.by_pointer(lambda event: event.id if event else 50) == 56


def test_objects_that_cannot_be_copied(calls):
    """What C++ destroys after the call, and Python cannot copy, is empty afterwards and says so."""
    kept = []
    assert calls.by_rvalue(lambda token: kept.append(token) or token.serial) == 8
    assert calls.by_unique(lambda pointer: kept.append(pointer) or pointer.weight()) == 100
    with pytest.raises(ReferenceError):
        kept[0].serial
    with pytest.raises(ReferenceError):
        kept[1].weight()


def test_objects_as_results(calls):
    """An object that the callable returns is copied, moved where it cannot be, or pointed to."""
    event = calls.Event(31)
    assert calls.made(calls.Event) == 9 and calls.made(lambda n: event) == 31 and event.id == 31
    assert calls.made_pointer(lambda: event) == 31 and calls.made_pointer(lambda: None) == -1
    assert calls.made_pointer(lambda: calls.Event(5)) == 5      # kept until the next result
    assert calls.made_unique(lambda: calls.heavy(6)).weight() == 100 and not calls.made_unique(lambda: None)


def test_wrong_result(calls):
    """A result that does not convert is a TypeError that names the signature."""
    with pytest.raises(TypeError, match=r"result of the Python callable for 'std::function<int \(int\)>': cannot convert"):
        calls.apply(lambda x: "text", 3)
    with pytest.raises(OverflowError):
        calls.apply(lambda x: 2**40, 3)
    with pytest.raises(TypeError):
        calls.apply(lambda: 1, 3)


def test_python_exception_comes_back(calls):
    """What the callable raises is the same object behind C++, its traceback kept; C++ has unwound between."""
    problem = KeyError("lost", 3)

    def fail():
        raise problem
    before = calls.unwound
    with pytest.raises(KeyError) as caught:
        calls.guarded(fail)
    assert caught.value is problem and calls.unwound == before + 1
    names, frame = [], caught.value.__traceback__
    while frame is not None:
        names.append(frame.tb_frame.f_code.co_name)
        frame = frame.tb_next
    assert names[-1] == "fail"
    with pytest.raises(SystemExit):
        calls.guarded(sys.exit)


def test_cpp_sees_python_exceptions(calls):
    """For C++ it is a std::exception that tells type and text; what C++ throws instead is C++'s."""
    def fail():
        raise ValueError("no such channel")
    assert calls.caught(fail) == "ValueError: no such channel"
    assert calls.caught(lambda: None) == "nothing"
    with pytest.raises(RuntimeError, match="wrapped ValueError: no such channel"):
        calls.wrapped(fail)
    reference = weakref.ref(_raise_and_forget(calls))
    support.collect()
    assert reference() is None


def _raise_and_forget(calls):
    class Problem(Exception):
        pass
    problem = Problem()

    def fail():
        raise problem
    calls.caught(fail)
    problem.__traceback__ = None
    return problem


def test_cpp_exception_through_python(calls):
    """An exception of C++ below a Python callable below C++ arrives as itself."""
    with pytest.raises(IndexError, match="refused"):
        calls.guarded(lambda: calls.refuse())
    with pytest.raises(IndexError, match="refused"):
        calls.guarded(calls.refuser())
    assert calls.caught(calls.refuser()) == "refused"


def test_member_and_map(calls):
    """A callable is assigned to a member and to the items of a map."""
    button, seen = calls.Button(), []
    button.clicked = seen.append
    button.click("here")
    button.clicked("there")
    assert seen == ["here", "there"] and button.clicked
    button.clicked = None
    button.click("nowhere")
    button.handlers["twice"] = lambda x: 2 * x
    assert button.handle("twice", 4) == 8 and button.handlers["twice"](5) == 10 and len(seen) == 2


def test_lifetime(calls):
    """Copies in C++ keep the callable; the last of them releases it."""
    class Callable:
        def __call__(self, x):
            return x + 1
    target = Callable()
    reference = weakref.ref(target)
    calls.store(target)
    del target
    support.collect()
    assert reference() is not None and calls.call_stored(1) == 2
    button = calls.Button()
    button.handlers["stored"] = reference()
    calls.store(None)
    assert reference() is not None
    del button
    support.collect()
    assert reference() is None


def test_threads(calls):
    """C++ calls and drops the callable on threads of its own."""
    for function in (calls.drop_on_thread, calls.call_on_thread, calls.fail_on_thread):
        function.__release_gil__ = True
    assert calls.call_on_thread(lambda x: x * 3, 5) == 15

    def fail():
        raise OSError("on a thread")
    assert calls.fail_on_thread(fail) == "OSError: on a thread"

    class Callable:
        def __call__(self, x):
            return x
    target = Callable()
    reference = weakref.ref(target)
    calls.store(target)
    del target
    calls.drop_on_thread()
    support.collect()
    assert reference() is None


def test_no_leaks(calls):
    """Calls, failures and results leave no references behind."""
    def fail(x):
        raise ValueError(x)
    for _ in range(50):
        with pytest.raises(ValueError):
            calls.apply(fail, 1)
        calls.same(fail)
    reference = weakref.ref(fail)
    del fail
    support.collect()
    assert reference() is None


def test_predicate(calls):
    """A loop in C++ stops where the callable says so."""
    assert calls.visit([1, 2, 3, 4], lambda item: item < 3) == 2
