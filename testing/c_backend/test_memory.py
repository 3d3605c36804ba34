"""buffer, from_buffer, string, unpack, memmove: many bytes at once."""

import array
import gc

import pytest
from data_support import core, native  # noqa: F401


def test_buffer_is_the_memory(core):
    """Read and write by index and slice, both directions seen."""
    memory = core.new("char[]", b"hello")
    view = core.buffer(memory)
    assert len(view) == 6 and bytes(view) == view[:] == b"hello\0"
    assert view[1] == b"e" and view[-1] == b"\0" and list(view)[0] == b"h"
    view[0], view[1:3] = b"J", bytearray(b"EL")
    assert core.string(memory) == b"JELlo"
    memory[4] = b"!"
    assert view[4] == b"!"
    assert type(view) is core.buffer and "buffer object at 0x" in repr(view)


def test_buffer_follows_the_rules_of_slices(core):
    """Every pair of ends as bytes has it."""
    raw = b"hi there\0"
    view = core.buffer(core.new("char[]", b"hi there"))
    for start in range(-12, 12):
        for stop in range(-12, 12):
            assert view[start:stop] == raw[start:stop]


def test_buffer_sizes(core):
    """All that is known, or what the caller says; for pointers one item."""
    record = core.record("struct s", ("a", "int"), ("tail", "short[]"))
    assert len(core.buffer(core.new("int *"))) == 4 and len(core.buffer(core.new("int[3]"))) == 12
    assert len(core.buffer(core.new("int[3]"), 5)) == 5
    assert len(core.buffer(core.newp(core.new_pointer_type(record), [1, 3]))) == 10
    for bad in (core.cast_to("void *", 8), core.cast_to("int", 8), core.cast(core.function("int"), 8), 5):
        with pytest.raises(TypeError):
            core.buffer(bad)
    with pytest.warns(UserWarning):
        core.buffer(core.new("int[3]"), 13)


def test_buffer_assignments_that_do_not_fit(core):
    """The length must be that of the slice; keys are integers or slices."""
    view = core.buffer(core.new("char[]", b"hello"))
    for bad in (b"a", b"abc"):
        with pytest.raises(ValueError):
            view[0:2] = bad
    with pytest.raises(IndexError):
        view[6]
    with pytest.raises(TypeError):
        view["a"]
    with pytest.raises(TypeError):
        view[::2]
    with pytest.raises(TypeError):
        view[0:2] = "ab"
    assert view[:] == b"hello\0"


def test_buffer_compares_as_bytes(core):
    """With anything that has bytes; it cannot be hashed."""
    view = core.buffer(core.new("char[3]", b"abc"))
    assert view == b"abc" and view != b"abd" and view < b"abd" and view >= bytearray(b"ab")
    assert view == core.buffer(core.new("char[3]", b"abc"))
    assert (view == "abc") is False
    with pytest.raises(TypeError):
        hash(view)


def test_buffer_keeps_its_memory(core):
    """Memory of new() lives as long as a buffer of it, or a view of that."""
    view = memoryview(core.buffer(core.new("char[]", b"kept")))
    gc.collect()
    assert bytes(view) == b"kept\0" and not view.readonly
    view[0] = ord("K")
    assert bytes(view[:1]) == b"K"


def test_from_buffer_shares(core):
    """The array has as many whole items as fit; writes go through."""
    data = array.array("H", [1, 2, 3])
    memory = core.from_buffer(core.t("unsigned short[]"), data)
    assert list(memory) == [1, 2, 3]
    memory[1] = 500
    assert data[1] == 500
    assert len(core.from_buffer(core.t("int[]"), bytearray(11))) == 2
    assert repr(core.from_buffer(core.t("char[]"), data)) == (
        "<cdata 'char[]' buffer len 6 from 'array.array' object>")
    assert len(core.from_buffer(core.t("short[2]"), data)) == 2
    assert core.from_buffer(core.t("short *"), data)[2] == 3


def test_from_buffer_refuses(core):
    """Too small, read-only, str, not contiguous, no buffer, no array type."""
    cases = [(("int[5]", b"x"), ValueError), (("char[]", "text"), TypeError), (("char[]", 5), TypeError),
             (("int", b"abcd"), TypeError), (("char[]", memoryview(b"abcdef")[::2]), BufferError),
             (("char[]", b"abc", True), BufferError)]
    for (text, *rest), error in cases:
        with pytest.raises(error):
            core.from_buffer(core.t(text), *rest)
    empty = core.record("struct empty", size=0)
    with pytest.raises(ZeroDivisionError):
        core.from_buffer(core.new_array_type(core.new_pointer_type(empty), None), b"abc")


def test_from_buffer_locks_until_released(core):
    """A bytearray cannot be resized meanwhile; release() and the end of `with` unlock it."""
    data = bytearray(b"abc")
    memory = core.from_buffer(core.t("char[]"), data)
    with pytest.raises(BufferError):
        data += b"d"
    core.release(memory)
    core.release(memory)
    data += b"d"
    assert repr(memory) == "<cdata 'char[]' buffer RELEASED>"
    with core.from_buffer(core.t("char[]"), data, True) as again:
        again[0] = b"X"
    data += b"e"
    assert data == b"Xbcde"


def test_string(core):
    """Up to the null, the end of the array, or the limit."""
    assert core.string(core.new("char[]", b"hello")) == b"hello"
    assert core.string(core.new("char[3]", b"abc")) == b"abc"
    assert core.string(core.new("char[]", b"hello"), 2) == b"he"
    for null in ("char *", "short *"):
        with pytest.raises(RuntimeError, match="cannot use string"):
            core.string(core.cast(core.t(null), 0))
    hello = core.new("char[]", b"hello")
    assert core.string(hello + 1) == b"ello"
    assert core.string(core.new("unsigned char[]", b"\xff")) == b"\xff"
    assert core.string(core.new("wchar_t[]", "h\u1234i")) == "h\u1234i"
    assert core.string(core.new("wchar_t[]", "hello"), 2) == "he"
    assert core.string(core.new("char16_t[3]", "abc")) == "abc"
    assert core.string(core.cast_to("char", b"x")) == b"x" and core.string(core.cast_to("wchar_t", "x")) == "x"
    assert core.string(core.new("char *", b"x")) == b"x"
    assert core.string(cdata=core.new("char[]", b"hello"), maxlen=3) == b"hel"


def test_strings_that_are_none(core):
    """NULL is a RuntimeError, other types TypeErrors that name them."""
    with pytest.raises(RuntimeError, match="NULL"):
        core.string(core.cast_to("char *", 0))
    for bad in (core.new("int *"), core.new("short[3]"), core.new("_Bool[2]"), core.cast_to("int", 3),
                core.cast_to("void *", 8)):
        with pytest.raises(TypeError, match="unexpected cdata"):
            core.string(bad)
    for bad in ((), (5,), (core.new("char *"), "a"), (core.new("char *"), 1, 2)):
        with pytest.raises(TypeError):
            core.string(*bad)


def test_wide_characters_that_are_none(native):
    """A code beyond Unicode's last is a ValueError (CFFI: SystemError)."""
    memory = native.new("char32_t[2]")
    native.cast_to("unsigned int *", memory)[0] = 0x110000
    for read in (lambda: memory[0], lambda: native.string(memory), lambda: native.unpack(memory, 2)):
        with pytest.raises(ValueError, match="0x110000"):
            read()


@pytest.mark.parametrize("text, values", [
    ("_Bool[]", [True, False]), ("signed char[]", [-128, 127]), ("unsigned char[]", [0, 255]),
    ("short[]", [-2**15, 2**15 - 1]), ("unsigned short[]", [0, 2**16 - 1]), ("int[]", [-2**31, 2**31 - 1]),
    ("unsigned int[]", [0, 2**32 - 1]), ("long[]", [-2**63, 2**63 - 1]), ("unsigned long[]", [0, 2**64 - 1]),
    ("float[]", [0.5, -1.25]), ("double[]", [1e300, -0.1]), ("_cffi_double_complex_t[]", [1j, 2.5])])
def test_unpack_numbers(core, text, values):
    """A list of what the items are one by one."""
    memory = core.new(text, values)
    result = core.unpack(memory, len(values))
    assert result == values and [type(x) for x in result] == [type(x) for x in memory]


def test_unpack_others(core):
    """Characters come as one string, nulls included; structs and pointers as cdata."""
    assert core.unpack(core.new("char[6]", b"a\0b"), 6) == b"a\0b\0\0\0"
    assert core.unpack(core.new("wchar_t[4]", "a\0b"), 4) == "a\0b\0"
    core.record("struct s", ("a", "int"))
    array = core.new("struct s[2]", [[1], [2]])
    assert [item.a for item in core.unpack(array, 2)] == [1, 2]
    assert core.unpack(core.new("int *[2]"), 2) == [core.cast_to("int *", 0)] * 2
    numbers = core.new("int[3]", [1, 2, 3])
    assert core.unpack(numbers + 1, 2) == [2, 3]
    assert core.unpack(core.new("int[3]"), 0) == []


def test_unpack_refuses(core):
    """NULL, negative lengths, types without items."""
    with pytest.raises(RuntimeError):
        core.unpack(core.cast_to("int *", 0), 0)
    with pytest.raises(ValueError):
        core.unpack(core.new("int[3]"), -1)
    with pytest.raises(ValueError):
        core.unpack(core.cast_to("void *", 8), 1)
    for bad in ((core.cast_to("int", 8), 1), (b"abc", 1), (core.new("int[3]"),), (core.new("int[3]"), "a")):
        with pytest.raises(TypeError):
            core.unpack(*bad)


def test_unpack_stops_at_the_end(native):
    """CFFI reads on behind memory it owns; ours knows where it ends."""
    for memory in (native.new("int[3]"), native.new("int[]", 3), native.new("int[5]")[0:3],
                   native.from_buffer(native.t("int[]"), bytes(12))):
        assert native.unpack(memory, 3) == [0, 0, 0]
        with pytest.raises(IndexError, match="has 3 items, 4 are asked for"):
            native.unpack(memory, 4)


def test_memmove(core):
    """Between cdata and buffers in every combination, overlapping too."""
    memory = core.new("short[]", [1, 2, 3, 4, 5])
    core.memmove(memory, memory + 1, 8)
    assert list(memory) == [2, 3, 4, 5, 5]
    core.memmove(memory + 1, memory, 8)
    assert list(memory) == [2, 2, 3, 4, 5]
    data = bytearray(4)
    core.memmove(data, memory, 4)
    assert data == bytes(core.buffer(memory))[:4]
    core.memmove(memory, b"\1\0\2\0", 4)
    assert list(memory)[:2] == [1, 2]
    core.memmove(dest=data, src=b"wxyz", n=2)
    assert data[:2] == b"wx"


def test_memmove_refuses(core):
    """Negative sizes, read-only targets, what is no memory."""
    memory = core.new("char[5]")
    with pytest.raises(ValueError):
        core.memmove(memory, memory, -1)
    for dest, src in [(b"abcde", memory), (memory, "abcde"), (core.cast_to("int", 5), memory), (memory, 5)]:
        with pytest.raises((TypeError, BufferError)):
            core.memmove(dest, src, 3)


def test_memmove_stops_at_the_ends(native):
    """CFFI moves what it is told; ours looks at the sides whose size it knows."""
    with pytest.raises(ValueError, match="dest has 4 bytes, 5 are asked for"):
        native.memmove(native.new("char[4]"), b"abcdefgh", 5)
    with pytest.raises(ValueError, match="src has 3 bytes, 4 are asked for"):
        native.memmove(native.new("char[4]"), b"abc", 4)
    with pytest.raises(ValueError, match="dest has 2 bytes"):
        native.memmove(bytearray(2), native.new("char[4]"), 3)
