"""The C source and the NAME.py that are written for a module.

Golden outputs are in testing/golden/emit_c: NAME.cdef.h and NAME.source.c are the input,
NAME.c and NAME.py what is written.  CFFI_LIKE_REWRITE_GOLDEN=1 rewrites them.
"""

import os
import re

import pytest
import support
from built_modules import builder

from cffi_like import VerificationError, model as m
from cffi_like.build import source_of
from cffi_like.c_spelling import Spelling, Unspellable
from cffi_like.emit_c import emit_c

GOLDEN = support.TESTING / "golden" / "emit_c"
INPUTS = sorted(path.name[:-len(".cdef.h")] for path in GOLDEN.glob("*.cdef.h"))
REWRITE = os.environ.get("CFFI_LIKE_REWRITE_GOLDEN")


def texts(cdef, source, name="_golden"):
    return source_of(builder(cdef, source, name), "emit_c_code").texts("_golden.lib.so")


@pytest.mark.parametrize("name", INPUTS)
def test_golden(name):
    """The same declarations give the same text, byte for byte."""
    written = texts((GOLDEN / (name + ".cdef.h")).read_text(),
                    (GOLDEN / (name + ".source.c")).read_text())
    for suffix, text in zip((".c", ".py"), written):
        path = GOLDEN / (name + suffix)
        if REWRITE:
            path.write_text(text)
        assert path.read_text() == text


def test_there_are_golden_files():
    """The folder is where the tests look for it."""
    assert {"everything", "nothing", "extern_python"} <= set(INPUTS)


@pytest.mark.parametrize("name", INPUTS)
@pytest.mark.parametrize("compiler, suffix", [("cc -std=c11", ".c"), ("c++ -std=c++17", ".cpp")])
def test_the_text_compiles_without_a_warning(name, compiler, suffix, tmp_path):
    """Generated C is clean under -Wall -Wextra, as C11 and as C++17."""
    path = tmp_path / ("text" + suffix)
    path.write_text((GOLDEN / (name + ".c")).read_text())
    done = support.run([*compiler.split(), "-Wall", "-Wextra", "-Wpointer-arith", "-Werror",
                        "-fsyntax-only", path])
    assert done.stdout == ""


def test_no_python_in_the_text():
    """Nothing generated needs Python's headers or names its API."""
    text = texts("int f(int); struct s { int x; ...; };",
                 "struct s { int x; }; int f(int x) { return x; }")[0]
    assert "Python.h" not in text and not re.search(r"\bPy[A-Z_]", text)


def test_the_source_is_verbatim():
    """What the user wrote stands in the text unchanged."""
    source = "/* \\ \"%s\" ??/ \t */\nint x;\n#define A \\\n  3\n"
    assert source in texts("int x;", source)[0]


def test_a_gnu_source_of_the_user_is_no_redefinition():
    """The user may define _GNU_SOURCE as if nothing stood before."""
    text = texts("int f(void);", "#define _GNU_SOURCE\nint f(void) { return 0; }")[0]
    path = support.compile_shared(text)
    folder = os.path.dirname(path)
    done = support.run(["cc", "-fsyntax-only", os.path.join(folder, "fixture.c")])
    assert "redefined" not in done.stdout


def test_a_model_built_by_hand_is_enough():
    """The emitter needs no cdef: the model is public."""
    declarations = m.Declarations()
    declarations.functions["twice"] = m.FunctionDeclaration(
        "twice", m.Function(m.Primitive("int"), (m.Primitive("int"),)))
    text, tables, fingerprint = emit_c(declarations, "_m", "#define twice(x) (x + x)")
    assert "static int cffi_like_call_twice(int x0_)" in text
    assert tables == {"functions": "twice FiiE|||#0"}
    assert "0x%016x" % fingerprint in text


def test_the_fingerprint_is_of_the_declarations():
    """It changes with the cdef, and not with the source."""
    def fingerprint(cdef, source):
        return re.search(r"0x[0-9a-f]{16}", texts(cdef, source)[0]).group()
    one = fingerprint("int f(int);", "int f(int);")
    assert one == fingerprint("int f(int);", "/* other */ int f(int);")
    assert one != fingerprint("int f(long);", "int f(int);")


POINTER = m.Pointer(m.Primitive("int"))
FUNCTION = m.Function(m.Primitive("int"), (m.Primitive("char"),))


@pytest.mark.parametrize("type_, expected", [
    (POINTER, "int *x"),
    (m.Qualified(POINTER, ("const",)), "int *const x"),
    (m.Pointer(m.Qualified(m.Primitive("char"), ("const", "volatile"))),
     "const volatile char *x"),
    (m.Array(POINTER, 3), "int *x[3]"),
    (m.Pointer(m.Array(m.Primitive("int"), 3)), "int (*x)[3]"),
    (m.Array(m.Array(m.Primitive("int"), 3), None), "int x[][3]"),
    (m.Pointer(FUNCTION), "int (*x)(char)"),
    (m.Pointer(m.Function(m.Pointer(FUNCTION), (m.Pointer(FUNCTION),), True)),
     "int (*(*x)(int (*)(char), ...))(char)"),
    (m.Array(m.Pointer(m.Function(m.Void(), ())), 2), "void (*x[2])(void)"),
    (m.Pointer(m.Function(m.Void(), (), False, "__stdcall")), "void (__stdcall *x)(void)"),
    (m.RecordRef("union", "u"), "union u x"), (m.EnumRef("e"), "enum e x"),
    (m.Primitive("_cffi_double_complex_t"), "double _Complex x"),
])
def test_spelling(type_, expected):
    """C declarators are written inside out (C11 6.7.6)."""
    assert " ".join(Spelling(m.Declarations()).declare(type_, "x").split()) == expected


def test_a_nameless_type_is_spelled_by_its_typedef():
    """`typedef ... *handle` has no other name in C."""
    declarations = builder("typedef ... *handle; handle f(void);", "")._declarations
    handle = declarations.functions["f"].type.result
    assert Spelling(declarations).declare(handle, "x") == "handle x"
    with pytest.raises(Unspellable):
        Spelling(m.Declarations()).declare(m.RecordRef("struct", "$1"))


def test_an_unspellable_type_is_refused():
    """A type without any name in C gives an error that says what to do."""
    declarations = m.Declarations()
    declarations.variables["v"] = m.VariableDeclaration("v", m.RecordRef("struct", "$9"))
    declarations.functions["f"] = m.FunctionDeclaration(
        "f", m.Function(m.Void(), (m.RecordRef("struct", "$9"),)))
    ffi = builder("", "")
    ffi._declarations.functions.update(declarations.functions)
    with pytest.raises(VerificationError, match=r"no name for 'struct \$9'.*typedef"):
        source_of(ffi, "compile").texts()
