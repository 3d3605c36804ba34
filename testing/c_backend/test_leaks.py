"""Every operation of the core many times: no reference, object or memory is left behind."""

import contextlib
import copy
import gc
import sys

import leak_support
import pytest
from call_support import B, fn, load, new, t

INT, INT_P = t("int"), t("int*")
NODE_P = B.new_pointer_type(t("struct node"))
ECHO = {name: load("echo_" + name, fn(kind, kind)) for name, kind in (
    ("int", "int"), ("double", "double"), ("float", "float"), ("char", "char"), ("longdouble", "long double"),
    ("bool", "_Bool"), ("wchar", "wchar_t"), ("pointer", "void*"), ("doublecomplex", "_cffi_double_complex_t"))}
SUM_INTS = load("sum_ints", fn("int", "int*", "int"))
FIRST_BYTE = load("first_byte", fn("int", "void*"))
STRLEN = B.load_library(None, 0).load_function(fn("size_t", "char*"), "strlen")
DESCRIBE = load("describe", fn("int", "char*", "size_t", "char*", "..."))
SWAP = load("swap_ints", fn("struct ints", "struct ints"))
BIG = load("double_big", fn("struct big", "struct big"))
CALL_INT = load("call_int", fn("int", fn("int", "int"), "int"))
IN_THREAD = load("call_from_thread", fn("int", fn("int", "int"), "int"))
COLOUR = B.new_enum_type("enum colour", ("RED", "BLUE"), (1, 2), t("unsigned int"))

array, text, pairs = new("int[4]", [1, 2, 3, 4]), new("char[]", b"hello"), new("struct ints[3]")
node, wide = new("struct node"), new("wchar_t[]", "wide")
data = bytearray(b"0123456789abcdef")


def fails(error, action):
    """`action` raises `error`, and that is an operation too."""
    def run():
        with contextlib.suppress(error):
            action()
            raise AssertionError("no %s" % error)
    return run


def fill():
    array[1:3] = [7, 8]
    text[0:2] = b"xy"
    array[0] = 3
    node.value = 4
    node.next = node
    pairs[1] = {"a": 1, "b": 2}
    pairs[2] = (3, 4)


def records():
    made = B.new_struct_type("struct made")
    B.complete_struct_or_union(made, [
        ("a", INT, 3), ("b", INT, 5), ("c", t("double[2]")), ("next", B.new_pointer_type(made)),
        ("tail", t("char[]"))])
    made.fields
    B.typeoffsetof(made, "c")
    B.newp(B.new_pointer_type(made), {"a": 1, "tail": b"12345"})
    anonymous = B.new_union_type("union $1")
    B.complete_struct_or_union(anonymous, [("x", INT, -1), ("y", t("float"), -1)])
    outer = B.new_struct_type("struct outer")
    B.complete_struct_or_union(outer, [("", anonymous, -1), ("z", INT, -1)])
    return B.newp(B.new_pointer_type(outer), {"y": 1.5})[0].x


def types():
    odd = B.new_array_type(B.new_pointer_type(B.new_array_type(INT_P, 77)), 33)
    kind = B.new_function_type((odd, t("double"), COLOUR), B.new_pointer_type(odd), True)
    enum = B.new_enum_type("enum other", ("A", "B"), (0, 5), INT)
    return (odd.item, odd.length, kind.args, kind.result, kind.cname, repr(kind), enum.elements, enum.relements,
            hash(odd), odd == kind, dir(kind))


def fresh_function():
    kind = B.new_function_type((t("long"), B.new_struct_type("struct never")) [:1], t("short"), False)
    return B.cast(kind, 0), B.function_at(kind, int(B.cast(t("size_t"), STRLEN)), "strlen")


def gc_objects():
    seen = []
    made = B.gcp(new("int"), seen.append)
    B.gcp(made, None)
    with B.gcp(new("int"), seen.append):
        pass
    B.release(B.gcp(new("int"), seen.append, 100))
    cycle = []
    cycle.append(B.gcp(new("int"), lambda dead, keep=cycle: keep.clear()))


def handles():
    content = object()
    handle = B.newp_handle(t("void*"), content)
    assert B.from_handle(handle) is content
    cycle = []
    cycle.append(B.newp_handle(t("void*"), cycle))


def buffers():
    view = B.buffer(array, 8)
    view[0:4] = view[4:8]
    view[0] = b"1"
    memoryview(view).tobytes()
    bytes(view), view == b"x", len(view), view[:], list(view)
    memoryview(B.buffer(pairs)).release()
    with B.from_buffer(t("char[]"), data) as shared:
        shared[0], shared[0:2], repr(shared)
    B.from_buffer(t("int[]"), data)[1]
    B.memmove(array, data, 16)
    B.memmove(data, array, 16)


def iterate():
    list(array), list(pairs), sorted(array), [item.a for item in pairs]
    iterator = iter(array)
    next(iterator)


def callbacks():
    assert CALL_INT(B.callback(fn("int", "int"), lambda value: value + 1), 3) == 4
    cycle = []
    cycle.append(B.callback(fn("int", "int"), lambda value, keep=cycle: value))


@contextlib.contextmanager
def quiet():
    hook = sys.unraisablehook
    sys.unraisablehook = lambda args: None
    try:
        yield
    finally:
        sys.unraisablehook = hook


FAILING = B.callback(fn("int", "int"), lambda value: 1 // 0, 42)
WRONG = B.callback(fn("int", "int"), lambda value: "text", 42)
WATCHED = B.callback(fn("int", "int"), lambda value: 1 // 0, 42, lambda *error: 7)
FINE = B.callback(fn("int", "int"), lambda value: value + 1)


def callback_errors():
    with quiet():
        assert CALL_INT(FAILING, 1) == 42 and CALL_INT(WRONG, 1) == 42 and CALL_INT(WATCHED, 1) == 7


def allocators():
    kept = []
    take = B.new_allocator if hasattr(B, "new_allocator") else None
    if take is not None:
        def free(pointer):
            kept.pop()

        def allocate(size):
            kept.append(new("char[%d]" % size))
            return B.cast(t("void*"), kept[-1])
        take(allocate, free)(INT_P, 5)


def beyond_cffi():
    """Exported buffers, copies, memory that keeps its targets, 128-bit integers."""
    one = B.newp(NODE_P)
    views = [memoryview(new("int[2][3]")), memoryview(new("struct ints", (5, 6))), memoryview(one)]
    lent = B.from_buffer(t("int[]"), bytearray(16))
    views.append(memoryview(lent))
    B.release(lent)
    fails(BufferError, lambda: memoryview(B.cast(INT_P, 5)))()
    ring = B.newp_keeping(NODE_P)
    ring.next = B.newp_keeping(NODE_P, {"next": ring})
    many = B.newp_keeping(t("int *[3]"), [new("int"), new("int"), B.cast(INT_P, 0)])
    many[0:2] = [new("int"), many[1]]
    fails(TypeError, lambda: many.__setitem__(0, 5))()
    copy.copy(many), copy.deepcopy(one), copy.copy(new("int[5]")[1:3])
    wide = new("__int128[]", [1, -2**100])
    fails(OverflowError, lambda: wide.__setitem__(0, 2**127))()
    return list(wide), B.cast(t("unsigned __int128"), -1), views


def libraries():
    library = B.load_library("libz.so.1", 0)
    library.load_function(fn("unsigned long", "unsigned long", "char*", "unsigned int"), "crc32")(0, b"abc", 3)
    B.load_library(None, 0).load_function(fn("int", "int"), "abs")(-4)
    library.close_lib()


OPERATIONS = {
    "new": lambda: (new("int", 5), new("int[10]", [1, 2]), new("char[]", b"abc"), new("wchar_t[]", "abc"),
                    new("struct node", {"value": 3}), new("struct ints", (1, 2)), new("int[]", 100000)),
    "new of a type named in the loop": lambda: new("double[%d]" % 17),
    "cast": lambda: (B.cast(INT, 3.5), B.cast(INT_P, 5), B.cast(t("char"), b"a"), B.cast(t("wchar_t"), "\u1234"),
                     B.cast(t("double"), 3), B.cast(t("long double"), 1.5), B.cast(COLOUR, 2), B.cast(t("size_t"), array),
                     B.cast(t("_cffi_double_complex_t"), 1j), B.cast(INT, 2**70)),
    "numbers": lambda: (int(B.cast(INT, 500)), float(B.cast(t("float"), 2)), bool(B.cast(INT, 0)),
                        hash(B.cast(INT, 3)), B.cast(INT, 3) == 3, repr(B.cast(t("long double"), 2)),
                        complex(B.cast(t("_cffi_float_complex_t"), 1j))),
    "read": lambda: (array[3], array[0:2], text[1], wide[0], node.value, node.next, pairs[1],
                     pairs[1].a, pairs[0:2], dir(pairs[0]), len(array), repr(array), str(text), hash(array)),
    "write": fill,
    "pointers": lambda: (array + 1, (array + 3) - array, array == array + 0, array < array + 1, bool(array),
                         B.rawaddressof(INT_P, array, 4), B.typeoffsetof(t("struct ints"), "b"), array != None),  # noqa: E711
    "iterate": iterate,
    "string and unpack": lambda: (B.string(text), B.string(text, 2), B.string(wide), B.unpack(array, 4),
                                  B.unpack(text, 3), B.unpack(wide, 2), B.unpack(pairs, 3),
                                  B.string(B.cast(COLOUR, 2)), B.string(B.cast(COLOUR, 9))),
    "types": types, "records": records, "function types": fresh_function,
    "names": lambda: (B.getcname(INT_P, "*"), B.sizeof(array), B.alignof(INT), B.typeof(array), repr(B.typeof(array))),
    "calls of scalars": lambda: (ECHO["int"](500), ECHO["double"](2.5), ECHO["float"](2), ECHO["char"](b"x"),
                                 ECHO["longdouble"](1.5), ECHO["bool"](True), ECHO["wchar"]("\u1234"),
                                 ECHO["pointer"](array), ECHO["doublecomplex"](1j)),
    "calls with temporary arrays": lambda: (SUM_INTS([1, 2, 3], 3), SUM_INTS(array, 4), FIRST_BYTE(b"abc"),
                                            STRLEN(b"hello"), SUM_INTS(list(range(3000)), 3000)),
    "variadic calls": lambda: DESCRIBE(text, 6, b"id", B.cast(INT, 1), B.cast(t("double"), 2)),
    "calls with structs": lambda: (SWAP((1, 2)), SWAP({"a": 1}), SWAP(pairs[0]), BIG(([1, 2],))),
    "libraries": libraries, "beyond cffi": beyond_cffi,
    "callbacks": callbacks, "callback errors": callback_errors,
    "callbacks from a thread": lambda: IN_THREAD(FINE, 3),
    "gc": gc_objects, "handles": handles, "buffers": buffers, "allocators": allocators,
    "shared structs": lambda: (new("struct ints", (5, 6)), B.newp(NODE_P)[0].next, B.newp(NODE_P)[0]),
    "errno": lambda: (B.set_errno(5), B.get_errno()),
}

ERRORS = {
    "new: not a type": (TypeError, lambda: B.newp(5)), "new: not memory": (TypeError, lambda: B.newp(INT)),
    "new: too many items": (IndexError, lambda: new("int[2]", [1, 2, 3])),
    "new: a bad item": (TypeError, lambda: new("int[20]", [1, 2, "x"])),
    "new: a bad field": (KeyError, lambda: new("struct ints", {"zz": 1})),
    "new: too much memory": (MemoryError, lambda: new("int[]", 2**60)),
    "new: too long": ((OverflowError, MemoryError), lambda: new("int[]", 2**62)),
    "new: negative": (ValueError, lambda: new("int[]", -1)),
    "cast": (TypeError, lambda: B.cast(t("double"), array)), "cast to a struct": (TypeError, lambda: B.cast(t("struct ints"), 1)),
    "read: index": (IndexError, lambda: array[99]), "read: field": (AttributeError, lambda: pairs[0].zz),
    "read: null": (RuntimeError, lambda: B.cast(INT_P, 0)[0]), "read: slice": (IndexError, lambda: array[0:99]),
    "write: overflow": (OverflowError, lambda: array.__setitem__(0, 2**40)),
    "write: type": (TypeError, lambda: setattr(pairs[0], "a", "x")),
    "write: few values": (ValueError, lambda: array.__setitem__(slice(0, 3), [1])),
    "write: many values": (ValueError, lambda: array.__setitem__(slice(0, 1), iter([1, 2]))),
    "write: pointer": (TypeError, lambda: setattr(node, "next", text)),
    "call: count": (TypeError, lambda: SUM_INTS(1)), "call: type": (TypeError, lambda: SUM_INTS([1, "x"], 2)),
    "call: overflow": (OverflowError, lambda: ECHO["int"](2**40)), "call: text": (TypeError, lambda: STRLEN("text")),
    "call: vararg": (TypeError, lambda: DESCRIBE(text, 6, b"i", 1)),
    "call: struct": (TypeError, lambda: SWAP((1, "x"))), "call: keyword": (TypeError, lambda: ECHO["int"](value=1, other=2)),
    "callback: variadic": (NotImplementedError, lambda: B.callback(fn("int", "int", "..."), abs)),
    "callback: no callable": (TypeError, lambda: B.callback(fn("int", "int"), 5)),
    "string": (TypeError, lambda: B.string(array)), "unpack": (ValueError, lambda: B.unpack(array, -1)),
    "buffer": (TypeError, lambda: B.buffer(5)), "from_buffer": (TypeError, lambda: B.from_buffer(t("char[]"), "text")),
    "memmove": (TypeError, lambda: B.memmove(array, "text", 1)), "gc": (TypeError, lambda: B.gcp(5, abs)),
    "library": (OSError, lambda: B.load_library("no such library.so", 0)),
    "symbol": (AttributeError, lambda: load("no_such_symbol", fn("int"))),
    "record: twice": ((TypeError, ValueError), lambda: B.complete_struct_or_union(t("struct ints"), [("a", INT, -1)])),
    "record: bits": (TypeError, lambda: B.complete_struct_or_union(B.new_struct_type("struct b"), [("a", INT, 99)])),
    "record: a row": (TypeError, lambda: B.complete_struct_or_union(B.new_struct_type("struct b"), [("a",)])),
    "function: of an array": ((TypeError, ValueError), lambda: B.new_function_type((), t("int[3]"), False)),
    "primitive": (KeyError, lambda: B.new_primitive_type("no such type")),
    "array": (ValueError, lambda: B.new_array_type(B.new_pointer_type(t("void")), 3)),
}

WATCHED_OBJECTS = [INT, INT_P, NODE_P, t("struct node"), t("struct ints"), COLOUR, type(array), type(INT), B.CData,
                   array, text, pairs, node, wide, data, FINE, FAILING, B]


@pytest.mark.parametrize("name", OPERATIONS)
def test_operations(name):
    """An operation that succeeds leaves nothing behind."""
    assert leak_support.stays(OPERATIONS[name], WATCHED_OBJECTS) == ""


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    """An operation that fails leaves nothing behind either."""
    error, action = ERRORS[name]
    assert leak_support.stays(fails(error, action), WATCHED_OBJECTS) == ""


@pytest.mark.parametrize("leak", [
    lambda kept: kept.append(array), lambda kept: kept.append(new("int")), lambda kept: kept.append([]),
    lambda kept: kept.append(new("char[600]"))], ids=["reference", "cdata", "object", "memory"])
def test_a_leak_is_seen(leak):
    """One reference, object or block in each round is enough to fail."""
    kept = []
    assert leak_support.stays(lambda: leak(kept), WATCHED_OBJECTS) != ""


def test_types_die():
    """Types that nobody uses leave the table of types, with their function plans and fields."""
    gc.collect()
    before = sum(type(item) is type(INT) for item in gc.get_objects())
    for number in range(200):
        B.new_array_type(INT_P, 1000 + number)
        made = B.new_struct_type("struct t%d" % number)
        B.complete_struct_or_union(made, [("me", B.new_pointer_type(made), -1)])
        B.newp(B.new_pointer_type(made))
    del made
    gc.collect()
    assert sum(type(item) is type(INT) for item in gc.get_objects()) - before < 20
