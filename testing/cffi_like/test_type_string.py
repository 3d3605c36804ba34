"""Type strings, as given to ffi.new, ffi.cast and ffi.typeof."""

import sys

import pytest
from cffi_like import FFI, CDefError, model
from cffi_like.resolve import Resolver
from cffi_like.type_string import parse_type
from parsing import CHAR, INT, parse


@pytest.fixture(scope="module")
def ffi():
    ffi = FFI()
    ffi.cdef("typedef struct { int x; } foo_t; struct foo { foo_t a; }; enum color { RED };"
             "typedef int fn_t(int); typedef enum { GREEN } green_t; typedef int row_t[4];\n"
             "#define N 3")
    return ffi


@pytest.mark.parametrize("text, name", [
    ("int", "int"), ("  int  ", "int"), ("int*", "int *"), ("int * *", "int * *"),
    ("unsigned long long const *", "unsigned long long *"), ("const char * const*", "char * *"),
    ("int[5]", "int[5]"), ("int []", "int[]"), ("int[][5]", "int[][5]"),
    ("int[2][3][4]", "int[2][3][4]"), ("int *[5]", "int *[5]"), ("int (*)[5]", "int(*)[5]"),
    ("int(*)(int, char *)", "int(*)(int, char *)"), ("void(*)(void)", "void(*)()"),
    ("int(*)(const char *, ...)", "int(*)(char *, ...)"),
    ("int(*(*)(long))(short)", "int(*(*)(long))(short)"),
    ("int(*[3])(int[2])", "int(*[3])(int *)"), ("int(*)(int(int))", "int(*)(int(*)(int))"),
    ("int(*)(int a, char *b)", "int(*)(int, char *)"), ("int x", "int"),
    ("foo_t", "foo_t"), ("foo_t[]", "foo_t[]"), ("foo_t*", "foo_t *"),
    ("struct foo", "struct foo"), ("struct foo[10]", "struct foo[10]"),
    ("enum color", "enum color"), ("green_t", "green_t"), ("fn_t *", "int(*)(int)"),
    ("row_t", "int[4]"), ("row_t *", "int(*)[4]"), ("row_t[2]", "int[2][4]"),
    ("int[N]", "int[3]"), ("int[N + 0x10]", "int[19]"), ("int['a']", "int[97]"),
    ("int[sizeof(int) * 2]", "int[8]"), ("int /* note */ *", "int *"),
    ("FILE *", "FILE *"), ("bool", "_Bool"), ("size_t", "size_t"), ("DWORD", "unsigned int"),
    ("int(__stdcall *)(int)", "int(*)(int)"), ("struct { int x; } *", None),
])
def test_the_type_named(ffi, text, name):
    """A type string gives the type of that C name; spaces and qualifiers do not matter."""
    found = ffi.typeof(text)
    assert name is None or found.cname == name
    assert ffi.typeof(text) is found
    if name:
        assert ffi.typeof(name) is found


@pytest.mark.parametrize("text, message", [
    ("foo", "unknown identifier 'foo'"), ("int *[", "':1:7: unexpected end of the text"),
    ("int;", "':1:4: unexpected ';', expected the end of the type"),
    ("", "the string is empty"), ("  ", "the string is empty"), ("/* */", "the string is empty"),
    ("*", r"unexpected '\*', expected a type"), ("struct", "expected the tag of the struct"),
    ("long float", "'long float' is not a type"), ("int[]*", r"':1:6: unexpected '\*'"),
    ("int(*)(...)", r"only '\(...\)' as argument is not correct C"), ("...", "cannot be used here"),
    ("int...", "'...' cannot be used here"), ("int[...]", "cannot derive the actual"),
    ("int(int)", r"'int\(int\)' is a function type, not a pointer-to-function type"),
    ("fn_t", "is a function type"), ("int[](int)", "an array cannot hold functions"),
    ("int(*)(int", r"':1:\d+: .*never closed|unexpected"), ("int[nobody]", "'nobody' is not a known"),
    ("int(*)(int)(int)", "a function cannot return a function"), ("@", "unexpected '@'"),
    ("int[3", r"expected '\]'"), ("foo_t int", "unexpected 'int'|is not a type"),
    ("int[2](*)", "array cannot hold functions"), ("int(*)(nobody)", "unknown type 'nobody'"),
])
def test_mistakes(ffi, text, message):
    """CDefError, quoting the string and pointing into it."""
    with pytest.raises(CDefError, match=message):
        ffi.typeof(text)
    with pytest.raises(CDefError, match=message):
        ffi.new(text)


@pytest.mark.parametrize("text", ["int[-1]", "void[3]", "int[5][]", "struct nowhere[2]"])
def test_types_that_no_memory_can_have(ffi, text):
    """These parse; the engine refuses them as CFFI's does."""
    with pytest.raises((ValueError, TypeError)):
        ffi.typeof(text)


@pytest.mark.parametrize("value", [None, 3, b"int", ["int"], object()])
def test_other_objects_are_no_types(ffi, value):
    """TypeError, from every method."""
    for method in (ffi.typeof, ffi.new, ffi.alignof, ffi.getctype):
        with pytest.raises(TypeError):
            method(value)
    with pytest.raises(TypeError):
        ffi.cast(value, 0)


def test_undeclared_tags(ffi):
    """Allowed where a later cdef may declare them; an error where nothing can follow."""
    assert ffi.typeof("struct later").cname == "struct later"
    strict = Resolver(parse("struct known { int x; }; enum e { A };"), strict=True)
    assert parse_type("struct known *", strict) == model.Pointer(
        model.RecordRef("struct", "known"))
    for text, message in [("struct nobody *", "undefined struct/union name 'struct nobody'"),
                          ("union known", "undefined struct/union name 'union known'"),
                          ("enum known", "undefined enum name 'enum known'"),
                          ("int[-5]", "':1:5: negative array length -5")]:
        with pytest.raises(CDefError, match=message):
            parse_type(text, strict)


def test_a_definition_needs_cdef():
    """Where there is no cdef, a body is refused."""
    with pytest.raises(CDefError, match="a struct cannot be defined in a type string"):
        parse_type("struct { int x; } *", Resolver(model.Declarations(), strict=True))


def test_model_of_a_type_string():
    """The parser gives model types, bare function types included."""
    resolver = Resolver(parse("typedef char *str;"))
    assert parse_type("str(int)", resolver) == model.Function(model.Pointer(CHAR), (INT,))
    assert parse_type("str[2]", resolver) == model.Array(model.Pointer(CHAR), 2)


def test_the_parser_of_cdef_is_not_needed(run_python):
    """A run-time FFI answers type strings without importing the parser of cdef."""
    run_python("""
        import sys
        from cffi_like import model
        from cffi_like.ffi import RuntimeFFI
        ffi = RuntimeFFI(model.Declarations())
        assert ffi.typeof("int(*)(char[], size_t)").cname == "int(*)(char *, size_t)"
        assert ffi.new("int[]", [1, 2])[1] == 2
        assert "cffi_like.parse" not in sys.modules and "cffi_like.api" not in sys.modules
        assert "pycparser" not in sys.modules and "ctypes" not in sys.modules
    """)


def test_a_string_is_parsed_once(ffi, monkeypatch):
    """The second use of a string is a dictionary lookup."""
    ffi.typeof("unsigned short[11]")
    parser = sys.modules["cffi_like.type_string"]

    def fail(text, resolver):
        raise AssertionError("parsed again: " + text)

    monkeypatch.setattr(parser, "parse_type", fail)
    assert ffi.sizeof("unsigned short[11]") == 22
    assert len(ffi.new("unsigned short[11]")) == 11
