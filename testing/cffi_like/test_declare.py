"""FFI.declare: declarations as objects of cffi_like.model, equal in power to cdef."""

import io

import pytest
from built_modules import import_from

from cffi_like import CDefError, FFI, FFIError
from cffi_like import model as m

INT, DOUBLE, CHAR = m.Primitive("int"), m.Primitive("double"), m.Primitive("char")
POINT = m.RecordRef("struct", "point")
DECLARED = (
    m.Record("struct", "point", "struct point", (m.Field("x", INT), m.Field("y", INT))),
    m.Record("union", "either", "union either", (m.Field("i", INT), m.Field("d", DOUBLE))),
    m.Record("struct", "bits", "struct bits", (m.Field("a", INT, 3), m.Field("b", INT, 5), m.Field("c", CHAR)), pack=1),
    m.Record("struct", "handle", "struct handle"),
    m.Typedef("point_t", POINT),
    m.Enum("color", "enum color", (m.Enumerator("RED", 0), m.Enumerator("BLUE", 5))),
    m.ConstantDeclaration("LIMIT", 7),
    m.VariableDeclaration("environ", m.Pointer(m.Pointer(CHAR))),
    m.FunctionDeclaration("abs", m.Function(INT, (INT,)), ("number",)),
    m.FunctionDeclaration("absolute", m.Function(INT, (INT,)), symbol="abs"),
    m.FunctionDeclaration("snprintf", m.Function(INT, (
        m.Pointer(CHAR), m.Primitive("size_t"), m.Pointer(m.Qualified(CHAR, ("const",)))), ellipsis=True)))
SAME_TEXT = """
    struct point { int x; int y; };
    union either { int i; double d; };
    struct handle;
    typedef struct point point_t;
    enum color { RED = 0, BLUE = 5 };
    #define LIMIT 7
    extern char **environ;
    int abs(int number);
    int absolute(int) __asm__("abs");
    int snprintf(char *, size_t, const char *, ...);
"""


@pytest.fixture
def ffi():
    ffi = FFI()
    ffi.declare(*DECLARED)
    return ffi


def test_what_is_declared_works(ffi):
    """Types, functions, variables, enums and constants, as from a cdef."""
    lib = ffi.dlopen(None)
    point = ffi.new("point_t *", [1, 2])
    assert (point.x, point.y, ffi.sizeof("struct point"), ffi.sizeof("union either")) == (1, 2, 8, 8)
    assert ffi.sizeof("struct bits") == 2 and ffi.typeof("struct handle *").item.cname == "struct handle"
    assert lib.abs(-3) == lib.absolute(-3) == 3 and (lib.BLUE, lib.LIMIT) == (5, 7)
    buffer = ffi.new("char[]", 10)
    assert lib.snprintf(buffer, 10, b"%d", ffi.cast("int", 42)) == 2 and ffi.string(buffer) == b"42"
    assert lib.environ != ffi.NULL


def test_the_same_as_text():
    """A cdef of the same declarations makes the same tables, places apart."""
    text, objects = FFI(), FFI()
    text.cdef(SAME_TEXT)
    objects.declare(*[item for item in DECLARED if getattr(item, "tag", "") != "bits"])
    for one in (text, objects):
        assert one.typeof("point_t").fields[1][1].offset == 4
    for table in ("records", "enums", "typedefs", "functions", "variables", "constants"):
        assert set(getattr(text._declarations, table)) == set(getattr(objects._declarations, table))
    assert text._declarations.functions["abs"].type == objects._declarations.functions["abs"].type


def test_types_of_the_model_are_types(ffi):
    """Where a type string may stand, a type of the model may; equal ones are one type."""
    assert ffi.typeof(m.Pointer(POINT)) is ffi.typeof("point_t *")
    assert ffi.new(m.Pointer(POINT), (3, 4)).x == 3 and ffi.sizeof(m.Array(INT, 3)) == 12
    assert int(ffi.cast(INT, 3.7)) == 3 and ffi.offsetof(POINT, "y") == 4 and ffi.alignof(DOUBLE) == 8
    assert ffi.getctype(m.Array(INT, 3), "a") == "int a[3]"
    callback = ffi.callback(m.Pointer(m.Function(INT, (INT,))), lambda x: x + 1)
    assert callback(1) == 2
    with pytest.raises(TypeError, match="expected a type of cffi_like.model"):
        ffi.typeof(m.Pointer("int"))


def test_api_mode(tmp_path):
    """set_source() takes declarations of objects like those of text, dots included."""
    ffi = FFI()
    ffi.declare(m.Record("struct", "s", "struct s", (m.Field("b", INT),), partial=True),
                m.ConstantDeclaration("N", m.DOTS), m.FunctionDeclaration("get", m.Function(m.RecordRef("struct", "s"), ())))
    ffi.set_source("_declared", "struct s { double a; int b; };\n#define N 12\n"
                   "static struct s get(void) { struct s s = {1, 5}; return s; }")
    ffi.compile(str(tmp_path))
    module = import_from(tmp_path, "_declared")
    assert module.lib.N == 12 and module.lib.get().b == 5 and module.ffi.sizeof("struct s") == 16


@pytest.mark.parametrize("item, error, message", [
    (3, TypeError, "takes declarations of cffi_like.model, not 3"),
    (m.Typedef("a b", INT), ValueError, "'a b' is no name of C"),
    (m.Typedef("t", "int"), TypeError, "expected a type of cffi_like.model, not 'int'"),
    (m.FunctionDeclaration("f", INT), TypeError, "the type of .* is a model.Function"),
    (m.Record("class", "s", "class s"), ValueError, "'struct' or 'union', not 'class'"),
    (m.Record("struct", "s", "struct s", (m.Field("x", INT), m.Field("x", INT))), ValueError, "duplicate member 'x'"),
    (m.Record("struct", "s", "struct s", (m.Field("x", m.Void()),)), ValueError, "member 'x' has a type"),
    (m.Record("struct", "s", "struct s", (), pack=3), ValueError, "pack is a power of two, not 3"),
    (m.Record("struct", "s", "struct s", ("x",)), TypeError, "is a model.Field, not 'x'"),
    (m.Enum("e", "enum e", ("A",)), TypeError, "is a model.Enumerator, not 'A'"),
    (m.Typedef("point_t", INT), FFIError, "multiple declarations of point_t"),
    (m.VariableDeclaration("abs", INT), FFIError, "multiple declarations of abs"),
    (m.Record("struct", "point", "struct point", ()), FFIError, "multiple declarations of struct point"),
])
def test_mistakes_declare_nothing(ffi, item, error, message):
    """One clear exception, and not even the good declarations of the call stay."""
    with pytest.raises(error, match=message):
        ffi.declare(m.Typedef("fine_t", INT), item)
    with pytest.raises(CDefError, match="fine_t"):
        ffi.typeof("fine_t")


def test_override_and_opaque(ffi):
    """`override` replaces; an opaque record may be completed without it; repetition is harmless."""
    ffi.declare(*DECLARED)
    ffi.declare(m.Record("struct", "handle", "struct handle", (m.Field("fd", INT),)))
    assert ffi.new("struct handle *", [3]).fd == 3
    ffi.declare(m.Typedef("point_t", DOUBLE), override=True)
    assert ffi.sizeof("point_t") == 8 and ffi.typeof("point_t").kind == "primitive"


HEADER = """
    typedef struct { int x : 3, y : 4; char *s; union { int i; float f; }; } item;
    struct tree { int (*compare)(struct tree); struct tree *left, *right; _Alignas(16) char pad; };
    #pragma pack(1)
    struct tight { char c; int i; };
    #pragma pack()
    enum { A = sizeof(item), B, C = -1 };
    struct partial { int a; ...; };
    typedef int... number; typedef float... real; typedef ... hidden; typedef ... *handle; typedef int row[...];
    enum open { X, Y = ..., ... };
    #define SIZE ...
    #define RATE 1.5
    #define NAME "n"
    static const int limit; extern row *rows; extern const char *const text;
    int f(item, row *, const struct tree *, int n, ...); double g(double (*)(handle), enum open) __asm__("g_v2");
    extern "Python" int answer(item *); extern "Python+C" void told(int);
"""


def test_equal_in_power_to_cdef():
    """What a cdef declares, all dots included, can be declared object by object: the tables and the
    generated C source are the same."""
    ffi, again = FFI(), FFI()
    ffi.cdef(HEADER)
    tables = ffi._declarations
    again.declare(*[m.Typedef(*item) for item in tables.typedefs.items()],
                  *[item for kind in ("records", "enums", "functions", "variables", "constants", "extern_python")
                    for item in getattr(tables, kind).values()])
    assert again._declarations == tables
    texts = []
    for each in (ffi, again):
        each.set_source("_power", "")
        text = io.StringIO()
        each.emit_c_code(text)
        texts.append(text.getvalue())
    assert texts[0] == texts[1] and "answer" in texts[0]
