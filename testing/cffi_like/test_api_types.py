"""Types of compiled modules that only the compiler, or a later declaration, completes.

Neighbours: test_api_mode.py, test_api_corners.py.
"""

import os
import subprocess
import sys
import sysconfig

import pytest
import support
from built_modules import build, builder, fresh_name, import_from

from cffi_like import FFI, CDefError, VerificationError
from cffi_like import model as m

LENGTHS = """
    typedef int row_t[...];
    typedef int other_t[...];
    typedef short matrix_t[...][...];
    struct s { row_t a; row_t *b; const other_t *c; row_t **d; };
    int last(row_t a, row_t *b, row_t **c);
    int corner(matrix_t a, matrix_t *b);
    extern other_t *place;
"""
SOURCE = """
    typedef int row_t[50];
    typedef int other_t[3];
    typedef short matrix_t[6][7];
    struct s { row_t a; row_t *b; const other_t *c; row_t **d; };
    static int last(row_t a, row_t *b, row_t **c) { return (a ? a : b ? *b : **c)[49]; }
    static int corner(matrix_t a, matrix_t *b) { return (a ? a : *b)[5][6]; }
    static other_t numbers = {1, 2, 3}, *place = &numbers;
"""


@pytest.mark.parametrize("how", ["compiled", "verify"])
def test_pointers_to_arrays_of_unknown_length(tmp_path, how):
    """`typedef T name[...];` may be pointed to: members, parameters, variables, type strings; and
    two such typedefs of one item type keep their own lengths."""
    if how == "compiled":
        module = build(tmp_path, LENGTHS, SOURCE)
        ffi, lib = module.ffi, module.lib
    else:
        ffi = FFI()
        ffi.cdef(LENGTHS)
        lib = ffi.verify(SOURCE, tmpdir=str(tmp_path))
    assert ffi.sizeof("row_t") == 200 and ffi.typeof("row_t *").cname == "int(*)[50]"
    s = ffi.new("struct s *")
    s.a[49] = 7
    s.b = ffi.addressof(s, "a")
    s.d = ffi.addressof(s, "b")
    assert ffi.typeof("struct s").fields[2][1].type.cname == "int(*)[3]"
    assert lib.last(s.a, ffi.NULL, ffi.NULL) == lib.last(ffi.NULL, s.b, ffi.NULL) \
        == lib.last(ffi.NULL, ffi.NULL, s.d) == 7
    matrix = ffi.new("matrix_t *")
    matrix[0][5][6] = -4
    assert lib.corner(matrix[0], ffi.NULL) == lib.corner(ffi.NULL, matrix) == -4
    assert ffi.typeof(lib.corner).args[0].cname == "short(*)[7]"
    assert list(lib.place[0]) == [1, 2, 3]
    with pytest.raises(IndexError):
        lib.place[0][3]


def test_an_included_array_typedef(tmp_path):
    """The length is that of the module that was included."""
    ffi = builder("typedef int row_t[...];", "typedef int row_t[9];", fresh_name("rows"))
    ffi.compile(str(tmp_path))
    import_from(tmp_path, ffi._source[0])
    module = build(tmp_path, "int width(row_t *);",
                   "typedef int row_t[9]; static int width(row_t *r) { return sizeof *r; }", include=[ffi])
    assert module.lib.width(module.ffi.new("row_t *")) == 36


def test_an_array_of_unknown_length_needs_a_name():
    """A pointer to `T[...]` without a typedef has no name in C: an error with its place."""
    with pytest.raises(CDefError, match=r"^cdef:1:\d+: .*needs a typedef"):
        FFI().cdef("extern int (*p)[...];")
    ffi = FFI()
    ffi.cdef("typedef int row_t[...];")
    with pytest.raises(NotImplementedError, match="can only be used after compilation"):
        ffi.typeof("row_t *")


def test_the_model_of_a_pointer_to_such_an_array(tmp_path):
    """`UnknownArray` is what stands behind the pointer, for those who build the model."""
    ffi = FFI()
    ffi.declare(m.Typedef("row_t", m.Array(m.Primitive("int"), m.DOTS)),
                m.FunctionDeclaration("width", m.Function(m.Primitive("int"), (m.Pointer(m.UnknownArray("row_t")),))))
    name = fresh_name()
    ffi.set_source(name, "typedef int row_t[4]; static int width(row_t *r) { return sizeof *r; }")
    ffi.compile(str(tmp_path))
    module = import_from(tmp_path, name)
    assert module.lib.width(module.ffi.NULL) == 16


def test_one_enumerator_in_two_enums(tmp_path):
    """Where the compiler is to give the value, both enums and their places are named."""
    with pytest.raises(VerificationError, match=r"cdef:1:\d+: .*'A1' is in 'enum e1' too \(cdef:1:1\)"):
        builder("enum e1 { A1, ... }; enum e2 { A1, ... };", "enum e1 { A1 };").compile(str(tmp_path))


SELF = "struct tree { int (*compare)(struct tree); struct tree (*copy)(struct tree); int key; };"
NATIVE = pytest.mark.skipif(support.engine_name() != "native",
                            reason="this core wants whole structs in function types")


@NATIVE
def test_a_member_that_takes_its_struct_by_value():
    """A function pointer in a struct may take and return the struct, also by way of another."""
    ffi = FFI()
    ffi.cdef(SELF + "struct b; struct a { struct b (*f)(struct b); }; struct b { struct a a; int y; };"
             "struct unknown; struct c { int (*f)(struct unknown); };")
    tree = ffi.new("struct tree *", {"key": 21})
    double = ffi.callback("int(struct tree)", lambda t: 2 * t.key)
    copy = ffi.callback("struct tree(struct tree)", lambda t: t)
    tree.compare, tree.copy = double, copy
    assert tree.compare(tree[0]) == 42 and tree.copy(tree[0]).key == 21

    def add(b):
        b.y += 1
        return b
    answer = ffi.callback("struct b(struct b)", add)
    b = ffi.new("struct b *", {"a": {"f": answer}, "y": 4})
    assert b.a.f(b[0]).y == 5
    with pytest.raises(TypeError, match="'struct unknown' has incomplete type"):
        ffi.new("struct c *")


@NATIVE
def test_the_same_in_a_compiled_module(tmp_path):
    """Such a member takes a function of the module."""
    module = build(tmp_path, SELF + "int twice(struct tree);",
                   SELF + "static int twice(struct tree t) { return 2 * t.key; }")
    tree = module.ffi.new("struct tree *", {"key": 4})
    tree.compare = module.lib.twice
    assert tree.compare(tree[0]) == module.lib.twice(tree[0]) == 8


def test_the_address_of_a_constant_function_pointer(tmp_path):
    """`int (*const f)(int)` in a cdef declares a function: addressof() gives a pointer to it."""
    module = build(tmp_path, "int (*const f)(int); int (*const g)(int); static int *const p;",
                   "static int f(int x) { return x + 1; } static int (*const g)(int) = f; static int *const p = 0;")
    for name in "fg":
        assert module.ffi.addressof(module.lib, name)(4) == getattr(module.lib, name)(4) == 5
    with pytest.raises(AttributeError, match="constant 'p'"):
        module.ffi.addressof(module.lib, "p")


@pytest.mark.skipif(support.IS_PYPY, reason="PyPy's headers are not installed here")
@pytest.mark.parametrize("extension, compiler", [(".c", "cc"), (".cpp", "c++")])
def test_emitted_source_is_an_extension_module(tmp_path, extension, compiler):
    """What emit_c_code() writes is, with Python's headers, an extension module that needs no NAME.py;
    with CFFI_LIKE_NO_EXTENSION or without headers, a plain library."""
    name = fresh_name("emitted")
    path = tmp_path / (name + extension)
    builder("int seven(void);", "static int seven(void) { return 7; }", name).emit_c_code(str(path))
    os.unlink(str(tmp_path / (name + ".py")))
    command = [compiler, "-shared", "-fPIC", "-fvisibility=hidden", "-I" + sysconfig.get_paths()["include"], str(path)]
    support.run(command + ["-o", str(tmp_path / (name + ".so"))])
    env = dict(os.environ, PYTHONPATH=support.package_folder())
    code = "from %s import lib; from %s.lib import seven; print(seven())" % (name, name)
    assert subprocess.check_output([sys.executable, "-c", code], cwd=str(tmp_path), env=env).split() == [b"7"]
    for plain in (command + ["-DCFFI_LIKE_NO_EXTENSION"], [w for w in command if w[:2] != "-I"]):
        support.run(plain + ["-o", str(tmp_path / "plain.so")])
        assert "PyInit" not in support.run(["nm", "-D", str(tmp_path / "plain.so")]).stdout
