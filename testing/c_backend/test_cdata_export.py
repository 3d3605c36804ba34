"""C data under the buffer protocol: shapes, formats, what is refused, how long it lives."""

import gc
import struct

import pytest
from data_support import native  # noqa: F401


@pytest.mark.parametrize("name, letter", [
    ("_Bool", "?"), ("signed char", "b"), ("unsigned char", "B"), ("short", "h"), ("uint16_t", "H"),
    ("int", "i"), ("unsigned int", "I"), ("long", "l"), ("unsigned long", "L"), ("long long", "q"),
    ("unsigned long long", "Q"), ("float", "f"), ("double", "d"), ("char", "c")])
def test_an_array_of_numbers_has_the_format_of_its_items(native, name, letter):
    """struct.unpack with the format of the view reads what was stored."""
    values = [b"a", b"b", b"c"] if name == "char" else [1, 0, 1]
    view = memoryview(native.new(name + "[3]", values))
    assert (view.format, view.shape, view.itemsize) == (letter, (3,), struct.calcsize(letter))
    assert view.tolist() == list(struct.unpack("3" + letter, view.tobytes())) == values
    assert not view.readonly and view.c_contiguous


def test_an_array_of_arrays_has_the_shape_of_both(native):
    view = memoryview(native.new("int[2][3]", [[1, 2, 3], [4, 5, 6]]))
    assert (view.shape, view.strides, view.tolist()) == ((2, 3), (12, 4), [[1, 2, 3], [4, 5, 6]])


def test_an_open_array_has_its_own_length(native):
    assert memoryview(native.new("int[]", 4)).shape == (4,)
    assert memoryview(native.new("int[][2]", 4)).shape == (4, 2)
    assert memoryview(native.new("int[5]")[1:3]).shape == (2,)
    assert memoryview(native.new("int[0]")).shape == (0,)


def test_writing_through_the_view_writes_to_c(native):
    numbers = native.new("short[4]")
    memoryview(numbers)[2] = -5
    assert numbers[2] == -5


def test_owned_pointers_show_what_they_point_to(native):
    """The memory of new("T *") is one T, without a dimension."""
    number = native.new("int *", 7)
    view = memoryview(number)
    assert (view.shape, view.format, view.nbytes, view[()]) == ((), "i", 4, 7)
    native.record("struct pair", ("a", "short"), ("b", "int"))
    pair = native.new("struct pair *")
    assert memoryview(pair).format == memoryview(pair[0]).format == "T{^h:a:2x^i:b:}"
    rows = native.newp(native.new_pointer_type(native.t("int[3]")))
    assert memoryview(rows).shape == (3,)


def test_pointers_without_a_known_end_are_refused(native):
    for name in ("int *", "void *"):
        with pytest.raises(BufferError, match=r"'(int|void) \*' does not know the size"):
            memoryview(native.cast_to(name, 1))
    with pytest.raises(BufferError, match="'int' has no memory"):
        memoryview(native.cast_to("int", 1))
    with pytest.raises(BufferError, match="NULL"):
        memoryview(native.cast_to("int[3]", 0))


def test_what_pep_3118_has_no_word_for(native):
    """Overlapping members are one raw member, bit-fields padding, pointers unsigned integers."""
    native.record("union number", ("i", "int"), ("f", "double"))
    native.record("struct odd", ("u", "union number"), ("p", "char *"), ("bits", "int", 3),
                  ("more", "int", 9), ("c", "char16_t"), ("w", "wchar_t"), ("g", "long double"))
    assert memoryview(native.new("struct odd[2]")).format == (
        "T{T{8x:i|f:}:u:^L:p:2x^H:c:^w:w:8x^g:g:}")


def test_packed_records_and_flexible_arrays(native):
    native.record("struct packed", ("a", "char"), ("b", "double"), pack=1)
    assert memoryview(native.new("struct packed *")).format == "T{^c:a:^d:b:}"
    native.record("struct tail", ("n", "int"), ("items", "short[]"))
    tail = native.new("struct tail *", [3, [1, 2, 3]])
    assert memoryview(tail).format == "T{^i:n:(3)^h:items:}"
    assert memoryview(tail).nbytes == native.sizeof(tail[0]) == 10


def test_a_view_keeps_its_memory(native):
    view = memoryview(native.new("int[1000]", list(range(1000))))
    part = memoryview(native.new("int[2][2]", [[1, 2], [3, 4]])[1])
    for _ in range(50):
        native.new("int[1000]")
    gc.collect()
    assert view.tolist() == list(range(1000))
    assert part.tolist() == [3, 4]


def test_memory_with_a_view_is_not_released(native):
    """release() of an allocator's memory waits for the views, as mmap.close() does."""
    freed = []
    allocate = native.new_allocator(lambda size: native.newp(native.t("char[]"), size), freed.append)
    numbers = allocate(native.t("int[4]"))
    view = memoryview(numbers)
    with pytest.raises(BufferError, match=r"cannot release cdata 'int\[4\]': 1 views"):
        native.release(numbers)
    assert not freed
    view.release()
    native.release(numbers)
    assert len(freed) == 1
    with pytest.raises(BufferError, match="was released"):
        memoryview(numbers)


def test_memory_of_another_object_stays_locked(native):
    """A view of from_buffer's cdata locks the object itself, and is as writable as that."""
    source = bytearray(12)
    numbers = native.from_buffer(native.t("int[]"), source)
    view = memoryview(numbers)
    native.release(numbers)
    view[2] = 7
    with pytest.raises(BufferError):
        source.append(1)
    view.release()
    source.append(1)
    assert source[8] == 7
    assert memoryview(native.from_buffer(native.t("int[]"), b"12345678")).readonly


def test_functions_that_take_buffers_know_cdata_first(native):
    """What CFFI does with cdata stays: from_buffer() refuses it, memmove() takes pointers,
    bytes() goes by the items, a buffer never equals a cdata."""
    numbers = native.new("int[3]", [1, 2, 3])
    with pytest.raises(TypeError, match=r"not cdata 'int\[3\]': cast\(\)"):
        native.from_buffer(native.t("char[]"), numbers)
    target = native.new("int[3]")
    native.memmove(target, numbers, 8)
    assert list(target) == [1, 2, 0]
    assert bytes(numbers) == b"\1\2\3"
    assert native.buffer(numbers) != numbers
    with pytest.raises(TypeError):
        bytes(native.new("int *"))


def test_parts_of_lent_memory_keep_it(native):
    """Rows and slices of an allocator's or a Python object's memory hold the whole."""
    freed = []
    allocate = native.new_allocator(lambda size: native.newp(native.t("char[]"), size), freed.append)
    row = allocate(native.t("int[2][2]"), [[1, 2], [3, 4]])[1]
    view = memoryview(row[0:2])
    gc.collect()
    assert not freed and list(row) == view.tolist() == [3, 4]
    del row, view
    gc.collect()
    assert len(freed) == 1
    part = native.from_buffer(native.t("int[2][2]"), bytearray(b"\1\0\0\0" * 4))[1]
    gc.collect()
    assert list(part) == [1, 1]


def test_a_view_of_a_part_keeps_the_whole_from_being_released(native):
    allocate = native.new_allocator(lambda size: native.newp(native.t("char[]"), size), lambda memory: None)
    whole = allocate(native.t("int[2][2]"))
    view = memoryview(whole[1])
    with pytest.raises(BufferError, match="1 views"):
        native.release(whole)
    view.release()
    native.release(whole)


def test_memory_of_an_aligned_struct(native):
    """new() aligns what its type wants, up to a page."""
    for align in (32, 64, 4096):
        native.record("struct aligned%d" % align, ("a", "int"), size=align, align=align)
        for _ in range(20):
            one = native.new("struct aligned%d *" % align)
            assert int(native.cast_to("uintptr_t", one)) % align == 0
