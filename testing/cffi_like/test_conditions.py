"""cdef(..., defines={...}): conditions on the names that the user gives."""

import pytest

from cffi_like import FFI, CDefError


def functions(text, **defines):
    ffi = FFI()
    ffi.cdef(text, defines=defines)
    return list(ffi._declarations.functions)


IF = "#if %s\nint yes(void);\n#else\nint no(void);\n#endif\n"


@pytest.mark.parametrize("condition, holds", [
    ("1", True), ("0", False), ("A", True), ("B", False), ("C", False), ("defined(C)", True), ("defined C && A > 2", True),
    ("!defined(B)", True), ("A == 3 ? 0 : 1", False), ("A >= 2 && (B || A < 4)", True), ("'a' == 97", True),
    ("defined(A) + defined(B) == 1", True), ("A \\\n == 3", True)])
def test_expressions(condition, holds):
    """Constant expressions as in C: names that are not defined are 0."""
    assert functions(IF % condition, A=3, C=None) == ["yes" if holds else "no"]


def test_all_directives():
    """#ifdef, #ifndef, #elif, #else, #undef, guards, and #define inside a branch."""
    assert functions("""
        #ifndef HEADER_H    /* a guard */
        #define HEADER_H
        # define TWO (1 + 1)
        #ifdef A
        int a(void);
        #  if TWO == 2
        int two(void);
        #  elif broken (
        #  endif
        #elif 1
        int b(void);
        #else
        #error never
        #endif
        #undef TWO
        #ifdef TWO
        int not_this(void);
        #endif
        #endif
    """, A=1) == ["a", "two"]


def test_constants_in_branches():
    """A #define in an active branch is a constant like any other; in another one it is nothing."""
    ffi = FFI()
    ffi.cdef("#if A\n#define X 5\n#else\n#define X 6\n#define Y 7\n#endif", defines={"A": True})
    assert ffi.integer_const("X") == 5
    with pytest.raises(AttributeError):
        ffi.integer_const("Y")


@pytest.mark.parametrize("text, message", [
    ("#if 1\nint f(void);", "cdef:1:1: #if without #endif"), ("int f(void);\n#endif", "cdef:2:1: #endif without #if"),
    ("#if 1\n#else\n#else\n#endif", "cdef:3:1: #else behind #else"), ("#ifdef\n#endif", "#ifdef takes one name"),
    ("#if 1 +\n#endif", "cdef:1:"), ("#if 1 2\n#endif", "unexpected '2'"), ("#if defined(3)\n#endif", "'defined' takes one"),
    ("#if 1\n#error too old\n#endif", "cdef:2:1: #error too old"), ("#if 1 / 0\n#endif", "division by zero"),
    ("#if 0\n#endif\nint f(nobody);", "cdef:3:7: unknown type 'nobody'")])
def test_mistakes(text, message):
    """Each with its place, which skipped lines do not move."""
    with pytest.raises(CDefError) as caught:
        functions(text)
    assert message in str(caught.value)


def test_without_defines():
    """Then a condition is refused, and the message says what to give."""
    with pytest.raises(CDefError, match=r"cdef\(\.\.\., defines=\{\.\.\.\}\)"):
        FFI().cdef("#ifdef A\n#endif")
    with pytest.raises(TypeError, match=r"defines\['A'\] is an integer or None, not 'x'"):
        FFI().cdef("#if A\n#endif", defines={"A": "x"})
