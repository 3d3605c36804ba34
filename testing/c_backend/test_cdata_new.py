"""newp and cast: what memory there is, who owns it, how it shows itself."""

import gc
import sys

import pytest
from data_support import core, native  # noqa: F401


def test_new_memory_is_zero_and_owned(core):
    """Size as in C; repr tells the bytes that are owned."""
    number = core.new("int *")
    assert number[0] == 0 and repr(number) == "<cdata 'int *' owning 4 bytes>"
    array = core.new("int[5]")
    assert list(array) == [0] * 5 and repr(array) == "<cdata 'int[5]' owning 20 bytes>"
    assert repr(core.new("int[]", 7)) == "<cdata 'int[]' owning 28 bytes>"
    assert core.sizeof(core.new("int[]", 7)) == 28 and core.sizeof(number) == core.sizeof(core.t("int *"))


@pytest.mark.parametrize("size", [1, 100, 500, 512, 513, 5000, 10**6])
def test_memory_of_every_size_is_zero(core, size):
    """Small blocks and large ones alike; after blocks of that size were used."""
    for _ in range(3):
        used = core.new("unsigned char[]", size)
        assert core.buffer(used)[:] == bytes(size)
        core.buffer(used)[:] = b"\xff" * size
        del used


@pytest.mark.parametrize("alignment", [1, 2, 4, 8, 16, 32, 64, 256])
def test_memory_is_aligned(native, alignment):
    """As the type asks, beyond what malloc gives too (_Alignas(64))."""
    made = native.record("struct aligned", ("a", "char"), size=alignment * 3, align=alignment)
    pointer, array = native.new_pointer_type(made), native.t("struct aligned[3]")
    for _ in range(20):
        for memory in (native.newp(pointer), native.newp(array)):
            assert int(native.cast_to("uintptr_t", memory)) % alignment == 0
            assert native.buffer(memory)[:] == bytes(len(native.buffer(memory)))


def test_long_double_and_complex_arrays_are_aligned(native):
    """16-byte types lie at multiples of 16."""
    for text in ("long double[3]", "_cffi_double_complex_t[3]"):
        assert int(native.cast_to("uintptr_t", native.new(text))) % native.alignof(native.t(text)) == 0


@pytest.mark.parametrize("text, init, error", [
    ("int", None, TypeError), ("void *", None, TypeError), ("int[]", None, TypeError),
    ("int[]", -1, ValueError), ("int[]", 2**70, OverflowError), ("int[]", sys.maxsize, OverflowError),
    ("char[]", "text", TypeError), ("int[2]", [1, 2, 3], IndexError), ("int[2]", 3, TypeError),
    ("char[2]", b"abc", IndexError), ("wchar_t[2]", "abc", IndexError), ("int[2]", {1: 2}, TypeError)])
def test_memory_that_cannot_be(core, text, init, error):
    """Each wrong request raises, and names the type where there is one."""
    with pytest.raises(error):
        core.new(text, init)


def test_a_huge_array_is_a_memory_error(core):
    """What does not fit into memory raises."""
    with pytest.raises(MemoryError):
        core.new("char[]", sys.maxsize // 2)


def test_strings_fill_arrays(core):
    """With a final null where there is room; the open array makes room."""
    assert core.buffer(core.new("char[]", b"ab"))[:] == b"ab\0"
    assert core.buffer(core.new("char[2]", b"ab"))[:] == b"ab"
    assert list(core.new("wchar_t[]", "a\u1234")) == ["a", "\u1234", "\0"]
    assert len(core.new("char16_t[]", "\U00012345")) == 3
    assert core.string(core.new("char16_t[]", "x\U00012345")) == "x\U00012345"
    assert core.buffer(core.new("unsigned char[]", b"\xff"))[:] == b"\xff\0"


def test_pointer_and_struct_own_together(core):
    """p[0] keeps the struct alive without p, and both say so."""
    record = core.record("struct s", ("a", "int"), ("b", "int"), ("c", "int"))
    pointer = core.newp(core.new_pointer_type(record))
    value = pointer[0]
    assert repr(pointer) == "<cdata 'struct s *' owning 12 bytes>"
    assert repr(value) == "<cdata 'struct s' owning 12 bytes>"
    value.a = 5
    assert pointer.a == 5
    again = core.cast(core.new_pointer_type(record), pointer)
    assert repr(again[0]).startswith("<cdata 'struct s &' 0x")
    del pointer, again
    gc.collect()
    assert value.a == 5


def test_parts_keep_their_memory(native):
    """Beyond CFFI: nested structs, items and slices outlive the variable they came from."""
    native.record("struct inner", ("x", "int"), ("y", "int[3]"))
    native.record("struct outer", ("inner", "struct inner"), ("table", "struct inner[2]"))
    pointer = native.new("struct outer *", {"inner": [1, [2, 3, 4]], "table": [[5], [6, [7, 8, 9]]]})
    parts = [pointer.inner, pointer.inner.y, pointer.table, pointer.table[1], pointer.table[1].y,
             pointer.table[0:2], pointer.table[0:2][1].y[1:3], list(pointer.table)[1].y]
    native.record("struct flexible", ("n", "int"), ("tail", "short[]"))
    tails = [native.new("struct flexible *", [1, [2, 3]]).tail,
             native.new("struct flexible *", [1, [2, 3]])[0].tail]
    del pointer
    gc.collect()
    filler = [native.new("struct outer *", {"inner": [99]}) for _ in range(50)]
    assert parts[0].x == 1 and list(parts[1]) == [2, 3, 4] and parts[2][0].x == 5
    assert parts[3].x == 6 and list(parts[4]) == [7, 8, 9] and parts[5][1].x == 6
    assert list(parts[6]) == [8, 9] and list(parts[7]) == [7, 8, 9]
    assert repr(parts[0]).startswith("<cdata 'struct inner &' 0x")
    assert repr(parts[6]) == "<cdata 'int[]' sliced length 2>"
    assert [list(tail) for tail in tails] == [[2, 3], [2, 3]]
    assert len(filler) == 50


def test_flexible_array_members(core):
    """An initializer sizes the struct (C11 6.7.2.1p18): items, or their number."""
    core.record("struct flexible", ("n", "int"), ("tail", "short[]"))
    for init in ([7, [1, 2, 3]], {"n": 7, "tail": (1, 2, 3)}):
        made = core.new("struct flexible *", init)
        assert core.sizeof(made[0]) == 4 + 6 and list(made.tail) == [1, 2, 3]
        assert repr(made) == "<cdata 'struct flexible *' owning 10 bytes>"
    tail = core.new("struct flexible *", [7, [4, 5]])[0].tail
    assert core.typeof(tail) is core.t("short[]") and len(tail) == 2
    made = core.new("struct flexible *", [7, 5])
    assert list(made.tail) == [0] * 5 and len(made[0].tail) == 5
    assert len(core.new("struct flexible *").tail) == 0
    with pytest.raises(IndexError):
        made.tail[5]
    with pytest.raises(TypeError):
        made.tail = 3
    with pytest.raises(ValueError):
        core.new("struct flexible *", [7, -1])
    with pytest.raises(OverflowError):
        core.new("struct flexible *", [7, sys.maxsize])


def test_a_list_cannot_write_behind_a_flexible_array(native):
    """CFFI writes on; ours knows where the memory ends."""
    native.record("struct flexible", ("n", "int"), ("tail", "short[]"))
    native.record("struct nest", ("n", "int"), ("flexible", "struct flexible"))
    made = native.new("struct flexible *", [7, 3])
    made.tail = [1, 2, 3]
    with pytest.raises(IndexError):
        made.tail = [1, 2, 3, 4]
    nest = native.new("struct nest *", [1, [2, [3, 4]]])
    assert native.sizeof(nest[0]) == 12
    with pytest.raises(IndexError):
        nest.flexible = [2, list(range(1000))]
    with pytest.raises(IndexError):
        native.new("struct flexible[2]")[1] = [1, [2] * 100]


def test_an_initializer_that_changes_while_it_is_read(native):
    """Python code that runs in between cannot make us write behind the memory."""
    native.record("struct flexible", ("n", "int"), ("tail", "int[]"))

    class Growing:
        def __index__(self):
            tail.extend([1] * 100000)
            return 5

    tail = [1, 2, 3]
    with pytest.raises(IndexError):
        native.new("struct flexible *", [Growing(), tail])
    items = [0, 0, 0]

    class Shrinking:
        def __index__(self):
            items.clear()
            return 5

    items[0] = Shrinking()
    assert list(native.new("int[]", items)) == [5, 0, 0]


def test_cast_makes_values(core):
    """Numbers and characters are held by value and wrap as in C."""
    assert repr(core.cast_to("int", 2**32 + 5)) == "<cdata 'int' 5>"
    assert repr(core.cast_to("unsigned char", -1)) == "<cdata 'unsigned char' 255>"
    assert repr(core.cast_to("char", 200)) == "<cdata 'char' b'\\xc8'>"
    assert repr(core.cast_to("wchar_t", "\u1234")) == "<cdata 'wchar_t' '\u1234'>"
    assert repr(core.cast_to("float", 1.1)).startswith("<cdata 'float' 1.10000002")
    assert repr(core.cast_to("long double", 1.5)) == "<cdata 'long double' 1.500000E+00>"
    assert repr(core.cast_to("int *", 0)) == "<cdata 'int *' NULL>"
    assert repr(core.cast_to("void *", -1)) == "<cdata 'void *' 0x%x>" % (
        2 ** (8 * core.sizeof(core.t("void *"))) - 1)
    assert int(core.cast_to("_Bool", 3)) == 1 and int(core.cast_to("int", 3.99)) == 3


def test_enum_values_show_their_name(core):
    """repr has number and name; string() the name, or the number's digits."""
    enum = core.new_enum_type("enum e", ("A", "B"), (0, -20), core.t("int"))
    assert repr(core.cast(enum, -20)) == "<cdata 'enum e' -20: B>"
    assert repr(core.cast(enum, 7)) == "<cdata 'enum e' 7>"
    assert core.string(core.cast(enum, 0)) == "A" and core.string(core.cast(enum, 7)) == "7"


def test_rawaddressof(core):
    """Address plus bytes, as a pointer of the wanted type."""
    record = core.record("struct s", ("a", "char"), ("b", "char"))
    pointer = core.newp(core.new_pointer_type(record), [b"x", b"y"])
    assert core.rawaddressof(core.t("char *"), pointer[0], 1)[0] == b"y"
    assert core.rawaddressof(core.t("char *"), pointer, 1)[0] == b"y"
    for bad in [(core.t("char"), pointer, 0), (core.t("char *"), core.cast_to("int", 1), 0),
                (core.t("char *"), 5, 0)]:
        with pytest.raises(TypeError):
            core.rawaddressof(*bad)


def test_an_owned_int_takes_no_more_bytes_than_cffis(native):
    """Head and value are one block: 5 words and the value on a 64-bit machine."""
    before = sys.getallocatedblocks()
    kept = [native.new("int *", n) for n in range(1000)]
    assert sys.getallocatedblocks() - before <= 1010
    assert sys.getsizeof(kept[0]) <= 5 * native.sizeof(native.t("void *"))


@pytest.mark.parametrize("make", [
    lambda core: core.new("int *", 5), lambda core: core.new("int[]", [1, 2]),
    lambda core: core.new("struct s *", {"a": 1})[0], lambda core: core.cast_to("int", 5),
    lambda core: core.new("int[5]")[1:3], lambda core: core.cast_to("char *", 5) + 1,
    lambda core: core.buffer(core.new("int *")), lambda core: list(core.new("struct s[3]")),
    lambda core: core.new("struct s *").inner, lambda core: core.new("struct s *").next,
    lambda core: core.gcp(core.new("int *"), lambda pointer: None),
    lambda core: core.newp_handle(core.t("void *"), []), lambda core: core.from_buffer(core.t("char[]"), b"x"),
    lambda core: core.unpack(core.new("int *[3]"), 3), lambda core: core.new("int[2]", [1, "x"])])
def test_nothing_leaks(native, make):
    """The same again and again takes no more memory, whether it works or raises."""
    pointer = native.opaque("struct s")
    native.record("struct inner", ("x", "int"))
    native.complete_struct_or_union(pointer, [
        ("a", native.t("int")), ("inner", native.t("struct inner")), ("next", native.t("struct s *"))])

    def once():
        try:
            make(native)
        except TypeError:
            pass

    for _ in range(10):
        once()
    gc.collect()
    before = sys.getallocatedblocks()
    for _ in range(500):
        once()
    gc.collect()
    assert sys.getallocatedblocks() - before < 30
