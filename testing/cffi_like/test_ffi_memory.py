"""new, cast, sizeof and their kin; conversions; bad values; buffers and owners."""

import gc
import weakref

import pytest
import support
from cffi_like import FFI


@pytest.fixture(scope="module")
def ffi():
    ffi = FFI()
    ffi.cdef("struct point { int x; int y; }; union number { int i; float f; };"
             "struct line { struct point a, b[3]; char *name; }; struct flex { int n; int v[]; };"
             "enum color { RED, GREEN = 5 }; struct opaque; typedef struct point point_t;")
    return ffi


def test_new_is_zeroed_and_owns(ffi):
    """Memory is zero, and its repr tells who owns how much."""
    p = ffi.new("int *")
    assert p[0] == 0 and "owning 4 bytes" in repr(p)
    a = ffi.new("int[10]")
    assert list(a) == [0] * 10 and len(a) == 10 and "owning 40 bytes" in repr(a)


@pytest.mark.parametrize("cdecl, init, expected", [
    ("int[]", [1, 2, 3], [1, 2, 3]), ("int[]", (4, 5), [4, 5]), ("int[]", 3, [0, 0, 0]),
    ("int[4]", [1], [1, 0, 0, 0]), ("char[]", b"ab", [b"a", b"b", b"\0"]),
    ("char[4]", b"ab", [b"a", b"b", b"\0", b"\0"]), ("wchar_t[]", "xy", ["x", "y", "\0"]),
    ("double[2]", [1, 2.5], [1.0, 2.5]), ("_Bool[2]", [True, False], [True, False])])
def test_initial_values_of_arrays(ffi, cdecl, init, expected):
    """Lists, tuples, strings, or a length for an open array."""
    assert list(ffi.new(cdecl, init)) == expected


def test_initial_values_of_records(ffi):
    """By position, by name, nested, or from another value."""
    line = ffi.new("struct line *", {"a": [1, 2], "b": [(3, 4), {"y": 5}]})
    assert (line.a.x, line.a.y, line.b[0].x, line.b[1].y, line.b[2].x) == (1, 2, 3, 5, 0)
    assert line.name == ffi.NULL
    copy = ffi.new("struct line *", line[0])
    copy.a.x = 9
    assert line.a.x == 1 and copy.b[1].y == 5
    assert ffi.new("union number *", [7]).i == 7
    flex = ffi.new("struct flex *", [2, [10, 20, 30]])
    assert flex.v[2] == 30 and ffi.sizeof(flex[0]) == 16


@pytest.mark.parametrize("cdecl, init, error", [
    ("int", None, TypeError), ("struct point", None, TypeError), ("int *", "x", TypeError),
    ("int *", 1.5, TypeError), ("int *", 2**31, OverflowError), ("int *", -2**31 - 1, OverflowError),
    ("unsigned char *", 256, OverflowError), ("unsigned *", -1, OverflowError),
    ("char *", b"ab", TypeError), ("char *", "a", TypeError), ("_Bool *", 2, OverflowError),
    ("float *", "x", TypeError), ("int[2]", [1, 2, 3], IndexError), ("int[]", -1, ValueError),
    ("char[2]", b"abc", IndexError), ("int[]", "abc", TypeError),
    ("struct point *", [1, 2, 3], ValueError), ("struct point *", {"z": 1}, KeyError),
    ("struct point *", 5, TypeError), ("union number *", [1, 2], ValueError),
    ("struct opaque *", None, TypeError), ("void *", 0, TypeError),
    ("int **", 5, TypeError), ("wchar_t *", "ab", TypeError),
])
def test_values_that_do_not_fit(ffi, cdecl, init, error):
    """Wrong type, range, count or field: the exception of CFFI, and nothing is made."""
    with pytest.raises(error):
        ffi.new(cdecl, init)


@pytest.mark.parametrize("cdecl, value, expected", [
    ("int", 2**32 + 5, 5), ("unsigned char", -1, 255), ("signed char", 200, -56),
    ("int", 3.99, 3), ("int", -3.99, -3), ("int", b"A", 65), ("long long", 2**63, -2**63),
    ("unsigned long long", -1, 2**64 - 1), ("_Bool", 5, 1), ("enum color", 5, 5)])
def test_integer_casts(ffi, cdecl, value, expected):
    """As in C: integers wrap, floats are cut."""
    assert int(ffi.cast(cdecl, value)) == expected


def test_other_casts(ffi):
    """Pointers to integers and back, floats, enums by name."""
    p = ffi.new("int[2]", [1, 2])
    address = int(ffi.cast("uintptr_t", p))
    assert ffi.cast("int *", address)[1] == 2
    assert ffi.cast("char *", p)[4] == b"\x02"
    assert float(ffi.cast("float", 1.1)) != 1.1 and float(ffi.cast("double", 3)) == 3.0
    assert repr(ffi.cast("enum color", 5)) == "<cdata 'enum color' 5: GREEN>"
    assert ffi.string(ffi.cast("enum color", 5)) == "GREEN"
    assert ffi.string(ffi.cast("enum color", 9)) == "9"


@pytest.mark.parametrize("cdecl, value", [
    ("int", "xy"), ("float", "xy"), ("struct point", 0), ("void", 0), ("int", None),
    ("int", [1]), ("int *", "abc"), ("int *", None)])
def test_impossible_casts(ffi, cdecl, value):
    """TypeError."""
    with pytest.raises(TypeError):
        ffi.cast(cdecl, value)


def test_sizes(ffi):
    """Of types as strings and ctypes, and of values."""
    assert ffi.sizeof("struct line") == ffi.sizeof(ffi.typeof("struct line")) == 40
    assert ffi.sizeof(ffi.new("int[7]")) == 28 and ffi.alignof("short") == 2
    assert ffi.alignof("struct line") == ffi.sizeof("void *")
    assert ffi.alignof(ffi.new("short[5]")) == 2
    for cdecl in ("void", "struct opaque", "int[]"):
        with pytest.raises(ValueError):
            ffi.sizeof(cdecl)
    with pytest.raises(TypeError):
        ffi.sizeof(5)


def test_offsets(ffi):
    """Fields and indexes, followed through nested types."""
    assert ffi.offsetof("struct point", "y") == 4
    assert ffi.offsetof("struct line", "b", 2, "y") == 8 + 16 + 4
    assert ffi.offsetof("int[5]", 3) == 12 and ffi.offsetof("int *", 3) == 12
    assert ffi.offsetof(ffi.typeof("point_t"), "x") == 0
    for path, error in [(("nowhere",), KeyError), (("a", "nowhere"), KeyError), ((), TypeError),
                        ((0,), TypeError), (("a", "x", "y"), TypeError)]:
        with pytest.raises(error):
            ffi.offsetof("struct line", *path)
    with pytest.raises(TypeError):
        ffi.offsetof("int", "x")


@pytest.mark.parametrize("cdecl, extra, expected", [
    ("int", "", "int"), ("int", "x", "int x"), ("int *", "*", "int * *"),
    ("int[5]", "*", "int(*)[5]"), ("int[5]", "[3]", "int[3][5]"), ("int", " x ", "int x"),
    ("int(*)(long)", "f", "int(* f)(long)"), ("int[5]", "a", "int a[5]"),
    ("struct line", "*p", "struct line *p"), ("int[5]", "*p", "int(*p)[5]")])
def test_getctype(ffi, cdecl, extra, expected):
    """C spelling of a type with something declared by it."""
    assert ffi.getctype(cdecl, extra) == expected


def test_addressof(ffi):
    """Addresses of records, fields and items share memory."""
    line = ffi.new("struct line *")
    assert ffi.addressof(line[0]) == line
    y = ffi.addressof(line[0], "b", 1, "y")
    y[0] = 7
    assert line.b[1].y == 7 and ffi.typeof(y) is ffi.typeof("int *")
    array = ffi.new("int[3]")
    assert ffi.addressof(array, 1) == array + 1
    assert ffi.addressof(line, "a", "y") == ffi.addressof(line.a, "y")
    for value, path, error in [(line, (), TypeError), (line[0], ("nowhere",), KeyError),
                               (ffi.cast("int", 3), (), TypeError), (3, (), TypeError)]:
        with pytest.raises(error):
            ffi.addressof(value, *path)


def test_string_and_unpack(ffi):
    """C strings up to their end, arrays by count."""
    text = ffi.new("char[]", b"hello\0world")
    assert ffi.string(text) == b"hello" and ffi.string(text, 3) == b"hel"
    assert ffi.unpack(text, 11) == b"hello\0world"
    assert ffi.unpack(ffi.new("int[]", [1, 2, 3]), 2) == [1, 2]
    assert ffi.string(ffi.new("wchar_t[]", "né")) == "né"
    with pytest.raises(RuntimeError):
        ffi.string(ffi.cast("char *", 0))
    with pytest.raises(RuntimeError):
        ffi.unpack(ffi.cast("int *", 0), 1)
    with pytest.raises(ValueError):
        ffi.unpack(text, -1)
    with pytest.raises(TypeError):
        ffi.string(ffi.cast("double", 3.0))


def test_buffer(ffi):
    """Raw memory as a buffer: read, write, compare, convert."""
    array = ffi.new("int[2]", [1, 2])
    view = ffi.buffer(array)
    assert len(view) == 8 and view[:] == ffi.buffer(array)[:] and isinstance(view, ffi.buffer)
    view[0:1] = b"\x05"
    assert array[0] == 5 and bytes(view)[4:5] == b"\x02"
    assert len(ffi.buffer(array, 3)) == 3
    assert memoryview(view).nbytes == 8
    with pytest.raises(TypeError):
        ffi.buffer(ffi.cast("int", 3))


def test_from_buffer(ffi):
    """Memory of a Python object, locked while it is used."""
    data = bytearray(b"\x01\0\0\0\x02\0\0\0\x03")
    array = ffi.from_buffer("int[]", data)
    assert len(array) == 2 and array[1] == 2
    array[0] = 5
    assert data[0] == 5
    assert ffi.string(ffi.from_buffer(b"abc\0")) == b"abc"
    assert ffi.from_buffer("struct point *", bytearray(8)).y == 0
    with pytest.raises((BufferError, TypeError)):  # the latter on PyPy
        ffi.from_buffer("char[]", b"abc", require_writable=True)
    with pytest.raises(ValueError):
        ffi.from_buffer("int[3]", data)
    with pytest.raises(TypeError):
        ffi.from_buffer("int[]", "text")
    with pytest.raises(TypeError):
        ffi.from_buffer("int", data)


def test_memmove(ffi):
    """Between cdata and buffers, overlapping included."""
    array = ffi.new("char[]", b"abcdef")
    ffi.memmove(array + 1, array, 3)
    assert ffi.string(array) == b"aabcef"
    target = bytearray(3)
    ffi.memmove(target, array, 3)
    assert target == b"aab"
    with pytest.raises(ValueError):
        ffi.memmove(array, array, -1)
    with pytest.raises((TypeError, BufferError)):
        ffi.memmove(b"abc", array, 1)


def test_indexing_and_null(ffi):
    """Bounds, null pointers and unknown names are exceptions, never a crash."""
    array = ffi.new("int[3]")
    one = ffi.new("int *")
    null = ffi.cast("int *", 0)
    for action, error in [
            (lambda: array[3], IndexError), (lambda: array[-1], IndexError),
            (lambda: one[1], IndexError), (lambda: null[0], RuntimeError),
            (lambda: ffi.cast("int(*)(int)", 0)(3), RuntimeError),
            (lambda: ffi.cast("struct point *", 0)[0], RuntimeError),
            (lambda: array["x"], TypeError), (lambda: ffi.NULL[0], (TypeError, RuntimeError)),
            (lambda: ffi.new("struct point *").z, AttributeError),
            (lambda: array.x, AttributeError), (lambda: array[0:4], IndexError),
            (lambda: ffi.typeof("int").item, AttributeError)]:
        with pytest.raises(error):
            action()
    with pytest.raises(IndexError):
        array[3] = 1
    with pytest.raises(AttributeError):
        ffi.new("struct point *").z = 1


@pytest.mark.skipif(support.engine_name() != "native",
                    reason="the cores of CFFI and PyPy crash on this")
def test_fields_behind_null(ffi):
    """A field of a null pointer is a RuntimeError too, for reading and writing."""
    null = ffi.cast("struct point *", 0)
    with pytest.raises(RuntimeError):
        null.x
    with pytest.raises(RuntimeError):
        null.x = 3


def test_null(ffi):
    """One null `void *`, equal to every null pointer."""
    assert ffi.NULL == ffi.cast("int *", 0) and not ffi.NULL and ffi.NULL is ffi.NULL
    assert ffi.typeof(ffi.NULL) is ffi.typeof("void *")


def test_gc(ffi):
    """The destructor runs once with the original, or never after gc(x, None)."""
    calls = []
    p = ffi.new("int *", 5)
    owner = ffi.gc(p, calls.append)
    assert owner[0] == 5
    del owner
    gc.collect()
    assert calls == [p]
    kept = ffi.gc(p, calls.append)
    assert ffi.gc(kept, None) is None
    del kept
    gc.collect()
    assert len(calls) == 1


def test_release_and_with(ffi):
    """Early release, by name or by a block; twice is fine."""
    calls = []
    owner = ffi.gc(ffi.new("int *"), calls.append)
    ffi.release(owner)
    ffi.release(owner)
    assert len(calls) == 1
    data = bytearray(4)
    with ffi.from_buffer("char[]", data) as view:
        assert len(view) == 4
    data.append(1)
    with pytest.raises(ValueError):
        ffi.release(ffi.cast("int *", 5))


def test_handles(ffi):
    """A Python object behind a void pointer."""
    class Thing:
        pass

    thing = Thing()
    handle = ffi.new_handle(thing)
    assert ffi.typeof(handle) is ffi.typeof("void *")
    assert ffi.from_handle(ffi.cast("void *", int(ffi.cast("intptr_t", handle)))) is thing
    assert ffi.new_handle(thing) != handle
    alive = weakref.ref(thing)
    del thing
    gc.collect()
    assert alive() is not None
    with pytest.raises(RuntimeError):
        ffi.from_handle(ffi.NULL)


def test_allocator(ffi):
    """Memory from the user's functions, given back once."""
    blocks, freed = {}, []

    def alloc(size):
        block = ffi.new("char[]", size)
        blocks[int(ffi.cast("intptr_t", block))] = block
        ffi.buffer(block)[:] = b"X" * size
        return block

    def free(pointer):
        freed.append(int(ffi.cast("intptr_t", pointer)))

    new = ffi.new_allocator(alloc, free)
    array = new("int[]", [1, 2])
    assert list(array) == [1, 2] and int(ffi.cast("intptr_t", array)) in blocks
    point = new("struct point *")
    assert (point.x, point.y) == (0, 0)
    del array, point
    gc.collect()
    assert sorted(freed) == sorted(blocks)
    dirty = ffi.new_allocator(alloc, free, should_clear_after_alloc=False)
    assert dirty("char[3]")[1] == b"X"
    with pytest.raises(MemoryError):
        ffi.new_allocator(lambda size: ffi.NULL)("int *")
    with pytest.raises(TypeError):
        ffi.new_allocator(lambda size: 5)("int *")
    with pytest.raises(TypeError):
        ffi.new_allocator(free=free)
    assert ffi.new_allocator()("int *", 4)[0] == 4


def test_init_once(ffi):
    """Once per tag; an exception is forgotten."""
    calls = []

    def work():
        calls.append(1)
        if len(calls) == 1:
            raise OSError("first")
        return len(calls)

    with pytest.raises(OSError):
        ffi.init_once(work, "tag")
    assert ffi.init_once(work, "tag") == 2 and ffi.init_once(work, "tag") == 2
    assert ffi.init_once(work, "other") == 3


def test_types_of_values(ffi):
    """typeof() of a cdata, and what a ctype tells about itself."""
    point = ffi.typeof("struct point")
    assert ffi.typeof(ffi.new("struct point *")) is ffi.typeof("struct point *")
    assert point.kind == "struct" and [name for name, _ in point.fields] == ["x", "y"]
    assert ffi.typeof("int[5]").length == 5 and ffi.typeof("int[]").length is None
    function = ffi.typeof("int(*)(char, ...)")
    assert (function.kind, function.ellipsis) == ("function", True)
    assert function.args == (ffi.typeof("char"),) and function.result is ffi.typeof("int")
    assert ffi.typeof("struct opaque").fields is None
    assert isinstance(point, ffi.CType) and isinstance(ffi.NULL, ffi.CData)
