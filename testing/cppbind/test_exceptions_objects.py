"""Promises of the C++ objects behind exceptions: classes that `except` takes, members, raising into C++ and back."""

import copy
import gc
import os
import pickle
import weakref

import pytest
import support
from cpp_dictionaries import build_text
from cpp_runtime import load_text

import cppbind

compiled_core = pytest.mark.skipif(support.engine_name() != "native", reason="C++ throws and takes objects, results are "
                                   "mapped, and Python overrides, with the compiled core only")


@pytest.fixture(scope="module")
def exo(tmp_path_factory):
    return load_text(r"""
        #include <functional>
        #include <stdexcept>
        #include <string>
        #include <vector>
        namespace exo {
        struct Error : std::runtime_error {
            Error(const std::string &text, int c = 3) : std::runtime_error(text), code(c) {}
            virtual int twice(int times) const { return code * times; }
            enum Kind { Soft, Hard };
            int code;
            static int limit;
        };
        inline int Error::limit = 7;
        struct Closed : Error { Closed() : Error("closed", 9) {} };
        struct Tag { int tag = 4; };
        struct Mixed : Tag, std::invalid_argument { Mixed() : std::invalid_argument("mixed") {} };
        inline void go(int what) {
            switch (what) {
            case 0: throw Error("bad", 7);
            case 1: throw Closed();
            case 2: throw Mixed();
            default: throw std::out_of_range("far");
            }
        }
        inline int met(const std::function<void()> &call) {
            try { call(); }
            catch (const Closed &error) { return 100 + error.code; }
            catch (const Error &error) { return error.code; }
            catch (const std::out_of_range &) { return -1; }
            catch (const std::exception &) { return -2; }
            return 0;
        }
        inline std::string caught_text(const std::function<void()> &call) {
            try { call(); } catch (const std::exception &error) { return error.what(); }
            return "";
        }
        inline void pass_on(const std::function<void()> &call) { call(); }
        inline std::string text(const Error &error) { return error.what(); }
        inline int times(const Error *error) { return error->twice(2); }
        inline void mark(Error &error) { error.code = 50; }
        inline Error by_value() { return Error("value", 12); }
        inline Error &by_reference() { static Error error("reference", 13); return error; }
        inline int asked(const std::function<int(Error)> &call) { return call(Error("asked", 21)); }
        }""", tmp_path_factory.mktemp("exo"), flags=("-std=c++17",)).exo


@pytest.mark.parametrize("number, name, text, python", [
    (0, "Error", "bad", RuntimeError), (1, "Closed", "closed", RuntimeError), (2, "Mixed", "mixed", ValueError)])
def test_except_takes_the_class_itself(exo, number, name, text, python):
    """`except ns.Error` catches what C++ throws as one, or as a class derived from it."""
    cls = getattr(exo, name)
    try:
        exo.go(number)
    except cls as error:
        assert type(error) is cls and isinstance(error, python) and error.what() == str(error) == text
    else:
        pytest.fail("nothing was thrown")
    assert issubclass(exo.Closed, exo.Error) and not issubclass(exo.Error, exo.Closed)
    assert cls.__exception__ is cls and cls.__cpp_name__ == cls.cpp_type == "exo::" + name


def test_bases_are_caught(exo):
    """Every base of C++'s catches, those of the standard library without any dictionary included."""
    std = cppbind.gbl.std
    for base in (exo.Error, std.runtime_error, std.exception, RuntimeError, cppbind.CppException, Exception):
        with pytest.raises(base):
            exo.go(1)
    with pytest.raises(std.out_of_range) as caught:
        exo.go(3)
    assert isinstance(caught.value, IndexError) and not isinstance(caught.value, std.runtime_error)


@compiled_core
def test_members_of_what_was_thrown(exo):
    """Data members and methods are those of the object that C++ threw, which lives as long as the exception."""
    with pytest.raises(exo.Error) as caught:
        exo.go(0)
    error = caught.value
    gc.collect()
    assert error.code == 7 and error.twice(3) == 21
    error.code = 8
    assert exo.times(error) == 16
    with pytest.raises(AttributeError, match="'Error' object has no attribute 'nothing'"):
        _ = error.nothing


def test_exceptions_constructed_in_python(exo):
    """A class constructs with C++'s constructors; static data and nested names are there."""
    error = exo.Error("made", 5)
    assert (error.code, error.what(), str(error), error.args) == (5, "made", "made", ("made",))
    assert exo.Error("defaults").code == 3 and exo.Closed().code == 9 and exo.Mixed().tag == 4
    with pytest.raises(TypeError):
        exo.Error()
    assert exo.Error.limit == 7 and exo.Error.Hard == 1
    exo.Error.limit = 8
    assert exo.Error.limit == 8
    exo.Error.limit = 7
    with pytest.raises(exo.Error) as caught:
        raise exo.Closed()
    assert caught.value.twice(2) == 18


def test_exceptions_as_arguments_and_results(exo):
    """Where C++ takes an object of the class it takes the exception; what it returns is one."""
    error = exo.Error("argument", 4)
    assert exo.text(error) == "argument" and exo.times(error) == 8
    exo.mark(error)
    assert error.code == 50
    assert exo.by_value().code == 12 and isinstance(exo.by_value(), exo.Error)
    exo.by_reference().code = 14
    assert exo.by_reference().code == 14
    assert exo.by_value().twice(2) == 24 and exo.text(exo.by_reference()) == "reference"
    assert cppbind.sizeof(exo.Error) == cppbind.sizeof("exo::Error") and cppbind.addressof(error)


@compiled_core
def test_results_can_be_raised(exo):
    """An object of an exception class that C++ returns is an exception."""
    with pytest.raises(exo.Error, match="value") as caught:
        raise exo.by_value()
    assert caught.value.code == 12


@compiled_core
def test_exceptions_that_cpp_gives_a_function(exo):
    """An argument by value is a copy, which outlives the call."""
    kept = []

    def call(error):
        kept.append(error)
        return error.code

    assert exo.asked(call) == 21 and kept[0].code == 21 and kept[0].what() == "asked"


def _raiser(exception):
    def call():
        raise exception
    return call


@compiled_core
def test_cpp_catches_what_python_raises(exo):
    """C++ catches an exception of Python's by the C++ class that it is of."""
    assert exo.met(_raiser(exo.Error("x", 11))) == 11 and exo.met(_raiser(exo.Closed())) == 109
    assert exo.met(_raiser(ValueError("x"))) == -2 and exo.met(lambda: None) == 0
    assert exo.caught_text(_raiser(exo.Error("my text"))) == "my text"
    assert exo.caught_text(_raiser(ValueError("no number"))) == "ValueError: no number"
    assert exo.met(lambda: exo.go(3)) == -1 and exo.met(lambda: exo.go(1)) == 109


@compiled_core
def test_exceptions_come_back_as_they_were(exo):
    """What crosses C++ is the same exception behind it, its attributes and traceback included."""
    error = exo.Error("mine", 6)
    error.note = "kept"
    with pytest.raises(exo.Error) as caught:
        exo.pass_on(_raiser(error))
    assert caught.value is error and error.note == "kept" and error.code == 6
    assert any(entry.name == "call" for entry in caught.traceback)
    with pytest.raises(IndexError, match="far") as caught:
        exo.pass_on(lambda: exo.go(3))
    assert "lambda" in [entry.name for entry in caught.traceback][1]


@compiled_core
def test_what_cpp_catches_is_freed(exo):
    """An exception that C++ swallowed does not live on."""
    error = exo.Error("swallowed")
    gone = weakref.ref(error)
    assert exo.met(_raiser(error)) == 3
    del error
    gc.collect()
    assert gone() is None


@compiled_core
def test_classes_of_python(exo):
    """A Python class that derives from one is caught as it, and C++ calls the virtual functions that it overrides."""
    class Mine(exo.Error):
        def __init__(self, name):
            super().__init__("mine", 2)
            self.name = name

        def what(self):
            return "%s, not %s" % (self.name, super().what())

        def twice(self, times):
            return 100 + super().twice(times)

    error = Mine("ours")
    assert exo.text(error) == "ours, not mine" and exo.times(error) == 104
    with pytest.raises(exo.Error) as caught:
        exo.pass_on(_raiser(error))
    assert caught.value is error and caught.value.name == "ours" and caught.value.code == 2


def test_copies_and_pickles(exo):
    """A copy has an object of its own; a pickle has the text."""
    error = exo.Error("first", 5)
    for other in (copy.copy(error), copy.deepcopy(error)):
        other.code = 6
        assert (error.code, other.code, other.what(), type(other)) == (5, 6, "first", exo.Error)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is exo.Error and again.what() == "first"


def test_standard_exceptions_are_raised_without_dictionaries(exo):
    """The exceptions of the standard library are known without one, and made of a text."""
    std = cppbind.gbl.std
    error = std.out_of_range("too far")
    assert isinstance(error, IndexError) and isinstance(error, std.logic_error) and str(error) == "too far"
    assert std.bad_alloc.__mro__[1] is std.exception and issubclass(std.bad_alloc, MemoryError)


@compiled_core
def test_exceptions_without_compiler(tmp_path):
    """A dictionary tells which of its classes are exceptions: neither libclang nor a compiler is asked."""
    path = build_text("""
        #include <stdexcept>
        #include <string>
        namespace exo_alone {
        struct Error : std::runtime_error { int code; Error(int c) : std::runtime_error("no " + std::to_string(c)), code(c) {} };
        struct Own : std::exception { const char *what() const noexcept override { return "own"; } };
        inline void fail(int c) { if (c) throw Error(c); throw Own(); }
        }""", tmp_path)
    script = """if 1:
        import sys, cppbind
        cppbind.load_reflection_info(sys.argv[1])
        space = cppbind.gbl.exo_alone
        assert issubclass(space.Error, RuntimeError) and issubclass(space.Own, cppbind.gbl.std.exception)
        for code in (3, 0):
            try:
                space.fail(code)
            except space.Error as error:
                assert (error.code, error.what()) == (3, "no 3")
            except space.Own as error:
                assert error.what() == "own"
        assert space.Error(4).code == 4 and str(space.Error(4)) == "no 4"
        assert not [name for name in sys.modules if name.startswith(("cppbind.fly", "cppbind.clang"))]"""
    support.run_python(script, path, env=dict(os.environ, CXX="/nonexistent"))
