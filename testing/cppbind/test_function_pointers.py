"""Function pointers both ways: arguments, members, globals, results; what lives how long; exceptions through C++."""

import inspect
import sys

import pytest
import support
from cpp_runtime import load, load_text

import cppbind


through_cpp = pytest.mark.skipif(support.engine_name() != "native", reason="closures of other cores cannot throw: they "
                                 "report, see test_what_cannot_be_thrown_is_reported")


@pytest.fixture(scope="module")
def ptr():
    return load("Pointers").ptr


def test_python_function_for_a_pointer(ptr):
    """Any callable goes for a function pointer, and a null pointer for None."""
    class Times:
        def __call__(self, a, b):
            return a * b

        def minus(self, a, b):
            return a - b

    assert ptr.call(lambda a, b: a * 10 + b, 3, 4) == 34
    assert ptr.call(Times(), 3, 4) == 12
    assert ptr.call(Times().minus, 3, 4) == -1
    assert ptr.call(max, 3, 4) == 4
    assert ptr.call(None, 3, 4) == ptr.call(cppbind.nullptr, 3, 4) == -1
    assert ptr.call_double(lambda x, y: x + y, 2) == 2.5


def test_what_is_no_function_is_refused(ptr):
    """A number, text or a class is no function; a reference to a function is never null."""
    for value in (3, "add", object(), int):
        with pytest.raises(TypeError, match=r"int \(\*"):
            ptr.call(value, 1, 2)
    with pytest.raises(TypeError, match="null reference"):
        ptr.call_reference(None)


def test_cpp_function_keeps_its_address(ptr):
    """Of an overload set the function of that very type is taken, by its own address; so is a static one."""
    assert ptr.call(ptr.add, 3, 4) == 7
    assert ptr.call_reference(ptr.add) == 5 and ptr.call_reference(lambda a, b: a * b) == 6
    assert ptr.same(ptr.add, ptr.adder())
    assert ptr.call(ptr.Handler.twice, 3, 4) == 14
    assert not ptr.same(ptr.add, ptr.Handler.twice)


def test_result_can_be_called(ptr):
    """A function pointer that C++ returns is a function; the same one is the same object; null is None."""
    adder = ptr.adder()
    assert adder(3, 4) == 7
    assert ptr.adder() is adder
    assert ptr.none() is None
    assert ptr.joiner()(ptr.Named("a"), "b") == "ab"
    with pytest.raises(TypeError):
        adder("3", 4)
    assert "int (int, int)" in inspect.getdoc(adder)


def test_member_and_global(ptr):
    """A member or global takes and gives functions; Python's own comes back as itself and lives as long as the object."""
    handler = ptr.Handler()
    assert handler.f(3, 4) == 7 and handler.run(3, 4) == 7
    handler.f = lambda a, b: a - b
    support.collect()
    assert handler.run(9, 4) == 5 and handler.f(9, 4) == 5
    function = handler.f
    assert handler.f is function and function.__name__ == "<lambda>"
    handler.f = ptr.add
    assert handler.run(9, 4) == 13
    handler.f = None
    assert handler.f is None and handler.run(1, 1) == -1
    with pytest.raises(TypeError, match="Handler.f"):
        handler.f = 3
    ptr.kept = lambda a, b: a * b
    support.collect()
    assert ptr.run_kept(3, 4) == 12
    ptr.kept = ptr.add
    assert ptr.run_kept(3, 4) == 7


@through_cpp
def test_function_that_is_gone_is_an_error(ptr):
    """C++ that calls a Python function after its end gets a ReferenceError, not a crash."""
    def function(a, b):
        return 5

    slots = ptr.Handler()
    pointer = ptr.Handler()
    slots.f = function
    assert ptr.same(function, function)
    cppbind.gbl.ptr.kept = function
    pointer.f = ptr.add
    copied = ptr.Handler(slots)         # a copy of the pointer, which nothing keeps
    ptr.kept = ptr.add
    del slots, function
    support.collect()
    with pytest.raises(ReferenceError, match="is gone"):
        copied.run(1, 2)


def test_functions_made_again_and_again(ptr):
    """Passing a new function each time does not go wrong."""
    for number in range(2000):
        assert ptr.call(lambda a, b: number, 0, 0) == number    # noqa: B023


def test_objects_and_text_in_and_out(ptr):
    """Arguments and results of a Python function are converted as those of any C++ function."""
    named = ptr.Named("me")
    assert ptr.on_name(lambda given, more: given.name + more, named) == "me!"
    assert ptr.on_text(lambda text: text + "side") == "inside"
    assert ptr.on_object(lambda given, flag: given if flag else None, named) is named
    assert not ptr.on_object(lambda given, flag: None, named)
    seen = []
    ptr.on_nothing(lambda: seen.append(1))
    assert seen == [1]


@through_cpp
def test_wrong_result_is_an_error(ptr):
    """What the function returns has to fit the type that C++ wants."""
    with pytest.raises(TypeError, match="'int'"):
        ptr.call(lambda a, b: "text", 1, 2)
    with pytest.raises(OverflowError):
        ptr.call(lambda a, b: 2**40, 1, 2)
    with pytest.raises(TypeError):
        ptr.call(lambda: 1, 1, 2)


@through_cpp
def test_python_exception_crosses_cpp(ptr):
    """An exception goes through C++ and is itself again; C++ can catch it as a std::exception."""
    class Special(Exception):
        pass

    def problem():
        raise Special("mine")

    with pytest.raises(Special, match="mine") as caught:
        ptr.on_nothing(problem)
    assert any(entry.name == "problem" for entry in caught.traceback)
    assert "Special" in ptr.what_comes(problem)
    assert ptr.what_comes(lambda: None) == "nothing"
    with pytest.raises(IndexError, match="from C"):
        ptr.on_nothing(ptr.fail)
    with pytest.raises(IndexError, match="from C"):
        ptr.on_nothing(lambda: ptr.fail())


@pytest.fixture
def reported(monkeypatch):
    """The exceptions that went to sys.unraisablehook."""
    problems = []
    monkeypatch.setattr(sys, "unraisablehook", lambda problem: problems.append(problem.exc_type))
    return problems


def test_noexcept_function_does_not_throw(ptr, reported):
    """Behind a pointer to a noexcept function, an exception is reported and C++ gets 0."""
    assert ptr.quiet(lambda x: x + 1) == 2
    assert ptr.quiet(lambda x: 1 // 0) == 0
    assert reported == [ZeroDivisionError]


@pytest.mark.skipif(support.engine_name() == "native", reason="closures of the compiled core throw")
def test_what_cannot_be_thrown_is_reported(ptr, reported):
    """Without the compiled core a function pointer's exception is reported, and C++ goes on with 0."""
    def function(a, b):
        return 5

    slots = ptr.Handler()
    slots.f = function
    copied = ptr.Handler(slots)         # a copy of the pointer, which nothing keeps
    assert ptr.call(lambda a, b: "text", 1, 2) == 0 and ptr.call(lambda a, b: 2**40, 1, 2) == 0
    assert ptr.what_comes(lambda: 1 // 0) == "nothing"
    del slots, function
    support.collect()
    assert copied.run(1, 2) == 0
    assert reported == [TypeError, OverflowError, ZeroDivisionError, ReferenceError]


def test_temporary_argument_is_a_copy(tmp_path):
    """Of an object that C++ destroys after the call Python has a copy, or, where there is none, a proxy that is empty afterwards."""
    temporary = load_text(r"""
        namespace temporary {
        struct Copied { int value = 3; };
        struct Single { Single() {} Single(const Single &) = delete; int value = 4; };
        inline int copied(int (*take)(Copied &&)) { return take(Copied()); }
        inline int single(int (*take)(Single &&)) { return take(Single()); }
        }
        """, tmp_path).temporary
    kept = []
    assert temporary.copied(lambda given: kept.append(given) or given.value) == 3
    assert temporary.single(lambda given: kept.append(given) or given.value) == 4
    assert kept[0].value == 3
    with pytest.raises(ReferenceError):
        kept[1].value
