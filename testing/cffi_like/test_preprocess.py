"""Comments, directives and the places of what is left."""

import pytest
from cffi_like import CDefError
from parsing import parse


@pytest.mark.parametrize("text", [
    "int f(/* none */void);", "int f(void); // the end", "int /* a\n b */ f(void);",
    "int f(void); // goes on \\\n int g(void);", "int f\\\n(void);",
    "int f(void); // Windows \\\r\n goes on\r\n",
    '/* "quotes" \' */ int f(void); // "', "\n\n# 7 \"x.h\"\nint f(void);"])
def test_comments_and_continued_lines(text):
    """They count as white space."""
    assert set(parse(text).functions) == {"f"}


def test_a_comment_mark_in_a_string():
    """It is part of the string."""
    assert parse('#define URL "http://x/*y*/"').constants["URL"].value == b"http://x/*y*/"


@pytest.mark.parametrize("text, place", [
    ("int f(void);\nint g(nobody);", "cdef:2:7"),
    ("/* one\n two */ int g(nobody);", "cdef:2:15"),
    ("int \\\n\\\n g(nobody);", "cdef:3:4"),
    ('# 40 "stdio.h" 3 4\nint g(nobody);', "stdio.h:40:7"),
    ('#line 40 "stdio.h"\n\nint g(nobody);', "stdio.h:41:7"),
    ('# 40 "a.h"\nint f(void);\n# 50 "b.h"\n\n  int g(nobody);', "b.h:51:9"),
    ("#line 9\nint g(nobody);", "cdef:9:7"),
    ("#define A 1\n#define B 2\nint g(nobody);", "cdef:3:7"),
    ("\tint g(nobody);", "cdef:1:8"),
])
def test_places_are_those_of_the_text(text, place):
    """Whatever was taken out before, line and column are what the user sees."""
    with pytest.raises(CDefError) as caught:
        parse(text)
    assert str(caught.value).startswith(place + ": unknown type 'nobody'")


@pytest.mark.parametrize("text, message", [
    ("int f(void);\n  #include <stdio.h>", "cdef:2:3: directive '#include' is not supported: .*"
     "paste the declarations"),
    ("#ifdef X\n#endif", "cdef:1:1: directive '#ifdef' is not supported: .*only with cdef"),
    ("#if 1", "cdef:1:1: .*'#if'"), ("#undef A", "cdef:1:1: .*'#undef'"),
    ("#error no", "cdef:1:1: directive '#error'"),
    ("int f(void); /* never", "cdef:1:14: comment is never closed"),
    ("#define MAX(a, b) a", "cdef:1:1: macro 'MAX' takes arguments; declare it as a function"),
    ("#define EMPTY", "cdef:1:1: macro 'EMPTY' has no value"),
    ("#define A foo(1)", "cdef:1:11: 'foo' is not a known constant"),
    ("#define A 1 2", "cdef:1:13: unexpected '2'"),
    ("#define A (1", r"cdef:1:13: unexpected end of the text, expected '\)'"),
    ("#pragma pack(3)", "cdef:1:1: #pragma pack"),
    ("#pragma pack(pop)", "cdef:1:1: #pragma pack.pop. without push"),
])
def test_directives_that_are_refused(text, message):
    """With the place, and what to do instead where there is something."""
    with pytest.raises(CDefError, match=message):
        parse(text)


def test_ignored_directives():
    """Those that say nothing about declarations."""
    assert set(parse("#pragma once\n#ident \"x\"\n#\nint f(void);").functions) == {"f"}


@pytest.mark.parametrize("text, value", [
    ("#define A 5", 5), ("#define A 0x1F", 31), ("#define A -3", -3), ("#define A (7)", 7),
    ("# define A 010 /* octal */", 8), ("#define A 1 + \\\n 2", 3), ("#define A 10UL", 10),
    ("#define A 1.5", 1.5), ('#define A "a" "b"', b"ab"), ("#define A 'x'", 120),
    ("#define A B + 1\n#define B 2", 3),
    ("enum { B = 4 };\n#define A B * 2", 8),
])
def test_values_of_defines(text, value):
    """Integers, floats, strings, and expressions of what is known, also further down."""
    assert parse(text).constants["A"].value == value


def test_a_define_in_a_circle():
    """It is an unknown name, not an endless loop."""
    with pytest.raises(CDefError, match="cdef:1:11: 'B' is not a known constant"):
        parse("#define A B\n#define B A")


def test_a_define_is_known_where_it_is_used():
    """Lengths of arrays, widths of bit-fields, enumerators, before and after."""
    found = parse("struct s { int a[N]; };\n#define N 3\nextern int b[N]; enum { M = N };")
    assert found.records["struct", "s"].fields[0].type.length == 3
    assert found.variables["b"].type.length == 3
