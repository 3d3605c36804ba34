"""Keyword arguments of C functions by the names of their parameters, and what inspect sees."""

import gc
import inspect
import keyword
import pydoc
import sys

import pytest
from built_modules import build
from cffi_like import FFI, parameters
from cffi_like.engine import load, native_ffi

DECLARATIONS = """
    typedef struct { int quot; int rem; } div_t;
    int abs(int number);
    double pow(double base, double exponent);
    void *memmove(void *to, const void *from, size_t count);
    int atoi(const char *);
    long strtol(const char *text, char **end, int);
    int snprintf(char *buffer, size_t size, const char *format, ...);
    int getpagesize(void);
    div_t div(int numerator, int denominator);
    void (*signal(int number, void (*handler)(int code)))(int);
    typedef int converter(int letter);
    converter toupper;
"""
needs_names = pytest.mark.skipif(
    native_ffi(load()) is None,
    reason="other cores take no keyword arguments, as CFFI does not")
pytestmark = needs_names


def abi():
    ffi = FFI()
    ffi.cdef(DECLARATIONS)
    return ffi, ffi.dlopen(None)


@pytest.fixture(scope="module", params=["ABI", "API"])
def ffi_and_lib(request, tmp_path_factory):
    if request.param == "ABI":
        return abi()
    module = build(tmp_path_factory.mktemp("keywords"), DECLARATIONS.replace(
        "int rem; }", "int rem; ...; }"),
        "#include <stdlib.h>\n#include <string.h>\n#include <stdio.h>\n#include <math.h>\n"
        "#include <ctype.h>\n#include <signal.h>\n#include <unistd.h>\n", libraries=["m"])
    return module.ffi, module.lib


@pytest.fixture
def ffi(ffi_and_lib):
    return ffi_and_lib[0]


@pytest.fixture
def lib(ffi_and_lib):
    return ffi_and_lib[1]


def test_keywords_find_their_parameters(ffi, lib):
    """All by name, in any order, or the first by position."""
    assert lib.abs(number=-5) == 5
    assert lib.pow(2, 3) == lib.pow(2, exponent=3) == lib.pow(exponent=3, base=2) == 8
    to = ffi.new("char[8]")
    assert lib.memmove(count=3, **{"from_": b"abc", "to": to}) == ffi.cast("void *", to)
    assert ffi.string(to) == b"abc"
    assert lib.pow(*[2], **{"exponent": 4}) == 16 and lib.pow(2, 3, **{}) == 8
    name = "".join(["num", "ber"])          # not the same object
    assert lib.abs(**{name: -1}) == 1


def test_structs_by_value(lib):
    """A function that takes or returns structs is no different."""
    result = lib.div(denominator=3, numerator=17)
    assert (result.quot, result.rem) == (5, 2)
    with pytest.raises(TypeError, match=r"div\(\) missing 1 required positional argument: 'denominator'"):
        lib.div(numerator=1)
    assert str(inspect.signature(lib.div)) == "(numerator: 'int', denominator: 'int') -> 'div_t'"
    assert lib.div.__doc__ == "div_t div(int numerator, int denominator);"


def test_variadic(ffi, lib):
    """The fixed parameters have names; what follows is positional."""
    buffer = ffi.new("char[32]")
    assert lib.snprintf(buffer, 32, b"%d %s", ffi.cast("int", 5), ffi.new("char[]", b"x")) == 3
    assert lib.snprintf(size=32, format=b"plain", buffer=buffer) == 5
    assert ffi.string(buffer) == b"plain"
    assert str(inspect.signature(lib.snprintf)) == (
        "(buffer: 'char *', size: 'size_t', format: 'char *', *args) -> 'int'")
    with pytest.raises(TypeError, match=r"snprintf\(\) got multiple values for argument 'size'"):
        lib.snprintf(buffer, 32, b"%d", ffi.cast("int", 5), size=4)


@pytest.mark.parametrize("call, words", [
    (lambda lib: lib.pow(2, power=3), "pow() got an unexpected keyword argument 'power'"),
    (lambda lib: lib.pow(2, 3, base=3), "pow() got multiple values for argument 'base'"),
    (lambda lib: lib.pow(base=2), "pow() missing 1 required positional argument: 'exponent'"),
    (lambda lib: lib.memmove(count=0), "memmove() missing 2 required positional arguments: 'to' and 'from_'"),
    (lambda lib: lib.snprintf(**{"size": 0}),
     "snprintf() missing 2 required positional arguments: 'buffer' and 'format'"),
    (lambda lib: lib.getpagesize(x=1), "getpagesize() got an unexpected keyword argument 'x'"),
    (lambda lib: lib.atoi(text=b"1"), "atoi() got an unexpected keyword argument 'text'"),
    (lambda lib: lib.strtol(text=b"1"),
     "strtol() got some positional-only arguments passed as keyword arguments: 'text'"),
    (lambda lib: lib.atoi(**{"": b"1"}), "atoi() got an unexpected keyword argument ''"),
])
def test_errors_are_those_of_python(lib, call, words):
    """They name the function and the parameter, in Python's words."""
    with pytest.raises(TypeError) as caught:
        call(lib)
    assert str(caught.value) == words


def test_a_wrong_value_names_its_place(lib):
    """As for a positional argument."""
    with pytest.raises(TypeError, match="argument 2 of 'pow'"):
        lib.pow(2, exponent="x")


def test_signature(lib):
    """Names, kinds and C types; a nameless parameter makes those before it positional."""
    assert str(inspect.signature(lib.pow)) == "(base: 'double', exponent: 'double') -> 'double'"
    assert str(inspect.signature(lib.getpagesize)) == "() -> 'int'"
    assert str(inspect.signature(lib.strtol)) == (
        "(text: 'char *', end: 'char * *', arg3: 'int', /) -> 'long'")
    assert str(inspect.signature(lib.atoi)) == "(arg1: 'char *', /) -> 'int'"
    bound = inspect.signature(lib.memmove).bind(1, count=2, from_=3)
    assert bound.args == (1, 3, 2)


def test_name_and_documentation(lib):
    """A function tells its name, and its declaration in C as documentation."""
    assert lib.pow.__name__ == lib.pow.__qualname__ == "pow"
    assert lib.pow.__doc__ == "double pow(double base, double exponent);"
    assert lib.memmove.__doc__ == "void *memmove(void *to, void *from_, size_t count);"
    assert lib.getpagesize.__doc__ == "int getpagesize(void);"
    assert lib.snprintf.__doc__ == "int snprintf(char *buffer, size_t size, char *format, ...);"
    assert "double pow(double base, double exponent);" in pydoc.render_doc(lib.pow)


def test_functions_of_functions(lib):
    """The names are those of the function, not of what it takes or returns."""
    assert list(inspect.signature(lib.signal).parameters) == ["number", "handler"]
    assert list(inspect.signature(lib.toupper).parameters) in (["arg1"], ["letter"])


def test_pointers_without_a_name(ffi, lib):
    """They take no keywords, and say so; their signature has the types."""
    pointer = ffi.cast("int(*)(int)", ffi.addressof(lib, "abs"))
    assert pointer(-3) == 3
    with pytest.raises(TypeError, match="keyword"):
        pointer(number=-3)
    assert str(inspect.signature(pointer)) == "(arg1: 'int', /) -> 'int'"
    assert not hasattr(pointer, "__name__") and pointer.__doc__


def test_names_that_python_cannot_have():
    """Keywords get an underscore; names that contradict each other do not count."""
    c_only = set("if else for while return break continue".split())
    assert parameters._KEYWORDS == set(keyword.kwlist) - c_only
    assert parameters.python_names(("a", "in"), 2) == ("a", "in_")
    assert parameters.python_names(("a", "a"), 2) == ("", "")
    assert parameters.python_names(("in", "in_"), 2) == ("", "")
    assert parameters.python_names((), 2) == ("", "")
    assert parameters.python_names(("", "b"), 2) == ("", "b")
    assert parameters.python_names(("", "arg1"), 2) == ("", "")


def test_many_parameters_and_no_leak():
    """More than fit on the stack of the call; references come out even."""
    ffi = FFI()
    names = ["p%d" % i for i in range(20)]
    ffi.cdef("int abs(%s);" % ", ".join("int " + name for name in names))
    function = ffi.dlopen(None).abs
    values = {name: 1000 + i for i, name in enumerate(names)}
    keys = list(values)
    before = [sys.getrefcount(value) for value in values.values()]
    for _ in range(100):
        assert function(**values) == 1000
        with pytest.raises(TypeError):
            function(**dict(values, unknown=1))
        with pytest.raises(TypeError, match="missing 19 required"):
            function(p3=5)
        inspect.signature(function)
        function.__doc__
    gc.collect()
    assert [sys.getrefcount(value) for value in values.values()] == before and keys == names


def test_the_core_checks_the_names():
    """function_at() and load_function() refuse what does not fit the type."""
    engine = load()
    ffi = FFI()
    ctype = ffi.typeof("int(*)(int)")
    for wrong in (("a", "b"), ["a"], (5,), "a"):
        with pytest.raises(TypeError):
            engine.function_at(ctype, 1, "f", True, wrong)
        with pytest.raises(TypeError):
            engine.load_library(None).load_function(ctype, "abs", parameters=wrong)
