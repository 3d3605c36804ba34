"""Promises of exceptions: what C++ throws is a Python exception with its type and text."""

import pytest
from cpp_runtime import load, load_text

import cppbind


@pytest.fixture
def instance():
    return load("MyClass").MyClass(1)


@pytest.fixture(scope="module")
def throwing(tmp_path_factory):
    return load_text(r"""
        #include <new>
        #include <stdexcept>
        #include <system_error>
        #include <typeinfo>
        namespace throwing {
        struct Error : std::runtime_error { using std::runtime_error::runtime_error; };
        struct Closed : Error { Closed() : Error("closed") {} };
        struct Odd { int i; };
        inline void Throw(int what) {
            switch (what) {
            case 0: throw std::runtime_error("runtime");
            case 1: throw std::out_of_range("range");
            case 2: throw std::invalid_argument("argument");
            case 3: throw std::bad_alloc();
            case 4: throw std::overflow_error("overflow");
            case 5: throw std::bad_cast();
            case 6: throw Closed();
            case 7: throw Odd{1};
            case 8: throw "text";
            case 9: throw std::logic_error("logic");
            case 10: throw std::system_error(std::make_error_code(std::errc::no_such_file_or_directory), "file");
            }
        }
        struct Ctor { Ctor(int i) { if (i < 0) throw std::domain_error("negative"); } };
        struct Virtual { virtual ~Virtual() {} virtual int Get() { throw Error("virtual"); } };
        inline std::string Text() { throw Error("by value"); }
        inline Ctor Object() { throw Error("object"); }
        inline int Take(const std::string &) { throw Error("with a temporary"); }
        }""", tmp_path_factory.mktemp("throwing")).throwing


@pytest.mark.parametrize("number, python, text", [
    (0, RuntimeError, "runtime"), (1, IndexError, "range"), (2, ValueError, "argument"), (3, MemoryError, "bad_alloc"),
    (4, OverflowError, "overflow"), (5, TypeError, "bad_cast"), (10, OSError, "file")])
def test_standard_exceptions_have_counterparts(throwing, number, python, text):
    """std:: exceptions can be caught as the Python exception that means the same."""
    with pytest.raises(python) as caught:
        throwing.Throw(number)
    assert text in str(caught.value) and isinstance(caught.value, cppbind.CppException)


def test_exceptions_have_their_cpp_type(throwing):
    """The class has the C++ name, and the bases are those of C++."""
    with pytest.raises(cppbind.CppException) as caught:
        throwing.Throw(6)
    names = [cls.__name__ for cls in type(caught.value).__mro__]
    assert names[:4] == ["Closed", "Error", "runtime_error", "exception"]
    assert caught.value.cpp_type == "throwing::Closed" and caught.value.what() == "closed"
    assert isinstance(caught.value, RuntimeError)


def test_exception_classes_are_made_once(throwing):
    """Two exceptions of one C++ type are of one Python class, which can be caught."""
    with pytest.raises(cppbind.CppException) as first:
        throwing.Throw(9)
    with pytest.raises(type(first.value)):
        throwing.Throw(9)


@pytest.mark.parametrize("number, name", [(7, "throwing::Odd"), (8, "char const*")])
def test_other_things_thrown(throwing, number, name):
    """What is no std::exception is a CppException that names its type."""
    with pytest.raises(cppbind.CppException) as caught:
        throwing.Throw(number)
    assert caught.value.cpp_type == name and name in str(caught.value)


def test_thrown_int(instance):
    """Even an int can be thrown."""
    with pytest.raises(cppbind.CppException) as caught:
        instance.ThrowInt(3)
    assert caught.value.cpp_type == "int"


def test_exceptions_of_methods(instance):
    """Methods throw as functions do, and the object stays usable."""
    with pytest.raises(RuntimeError) as caught:
        instance.ThrowRuntimeError("boo")
    assert str(caught.value) == "boo"
    with pytest.raises(IndexError) as caught:
        instance.ThrowOutOfRange(7)
    assert str(caught.value) == "index 7" and instance.GetMyInt() == 1


def test_exceptions_everywhere(throwing):
    """Constructors, virtual methods and results by value may throw."""
    with pytest.raises(ValueError) as caught:
        throwing.Ctor(-1)
    assert str(caught.value) == "negative"
    for call in (throwing.Virtual().Get, throwing.Text, throwing.Object, lambda: throwing.Take("x")):
        with pytest.raises(RuntimeError):
            call()
    assert throwing.Ctor(1)


def test_exception_without_gil(throwing):
    """An exception crosses a call that runs without the GIL."""
    throwing.Throw.__release_gil__ = True
    try:
        with pytest.raises(IndexError):
            throwing.Throw(1)
    finally:
        throwing.Throw.__release_gil__ = False
    assert throwing.Throw(100) is None


def test_overload_error_is_not_an_exception_of_cpp(instance):
    """A failed overload resolution is Python's own TypeError."""
    with pytest.raises(TypeError) as caught:
        instance.Which(object())
    assert not isinstance(caught.value, cppbind.CppException)
