"""Indexes, slices and fields: reading, writing, and where it must not go."""

import sys

import pytest
from data_support import core, native  # noqa: F401


def test_array_items(core):
    """From 0 to length - 1, each end checked, reading and writing."""
    array = core.new("int[3]", [1, 2, 3])
    array[1] += 40
    assert [array[0], array[1], array[2]] == [1, 42, 3] and len(array) == 3
    for index in (3, -1, 10**6):
        with pytest.raises(IndexError):
            array[index]
        with pytest.raises(IndexError):
            array[index] = 0
    with pytest.raises(IndexError, match=r"index too large for cdata 'int\[3\]' \(expected 5 < 3\)"):
        array[5]
    with pytest.raises(IndexError, match="negative index"):
        array[-1]


def test_owning_pointer_has_one_item(core):
    """Its end is known."""
    pointer = core.new("int *", 5)
    pointer[0] = 6
    assert pointer[0] == 6
    for index in (1, -1):
        with pytest.raises(IndexError, match="can only be indexed by 0"):
            pointer[index]


def test_other_pointers_go_where_they_are_told(core):
    """As in C: the end is not known."""
    array = core.new("int[3]", [1, 2, 3])
    pointer = array + 1
    assert (pointer[-1], pointer[0], pointer[1]) == (1, 2, 3)
    pointer[1] = 9
    assert array[2] == 9


def test_null_is_never_read(core):
    """A null pointer that lies in zeroed memory raises, whatever is asked of it."""
    core.record("struct s", ("a", "int"))
    pointer = core.new("struct s * *")[0]
    integers = core.new("int * *")[0]
    with pytest.raises(RuntimeError, match="cannot dereference null pointer from cdata 'int \\*'"):
        integers[0]
    with pytest.raises(RuntimeError):
        integers[3] = 1
    with pytest.raises(RuntimeError):
        pointer[0]
    with pytest.raises(RuntimeError):
        core.unpack(integers, 2)
    with pytest.raises(RuntimeError):
        core.string(core.new("char * *")[0])


def test_null_is_never_read_by_fields_and_slices(native):
    """Where CFFI crashes: fields through NULL, slices and iterators of NULL."""
    native.record("struct s", ("a", "int"), ("bits", "int", 3), ("items", "int[2]"))
    pointer = native.new("struct s * *")[0]
    for name in ("a", "bits", "items"):
        with pytest.raises(RuntimeError, match="null pointer from cdata 'struct s \\*'"):
            getattr(pointer, name)
        with pytest.raises(RuntimeError):
            setattr(pointer, name, 1)
    empty = native.new("int * *")[0][0:3]
    with pytest.raises(RuntimeError):
        empty[0]
    with pytest.raises(RuntimeError):
        list(empty)
    with pytest.raises(RuntimeError):
        empty[0:2] = [1, 2]
    with pytest.raises(RuntimeError):
        native.memmove(native.new("int * *")[0], b"abcd", 4)
    with pytest.raises(RuntimeError):
        native.new("int[3]", native.cast_to("int[3]", 0))


def test_types_without_items(core):
    """void, functions, numbers and structs cannot be indexed; opaque types have no size."""
    core.record("struct s", ("a", "int"))
    opaque = core.cast(core.new_pointer_type(core.opaque("struct o")), 16)
    assert repr(opaque[0]) == "<cdata 'struct o &' 0x10>"
    for bad in (core.cast_to("void *", 16), core.cast(core.function("int"), 16), core.cast_to("int", 1),
                core.new("struct s *")[0]):
        with pytest.raises(TypeError):
            bad[0]
        with pytest.raises((TypeError, ValueError)):
            bad[0:1]
    with pytest.raises(TypeError, match="opaque"):
        opaque[0] = [1]


def test_opaque_items_have_no_distance(native):
    """p[1] of an opaque type would be anywhere."""
    opaque = native.cast(native.new_pointer_type(native.opaque("struct o")), 16)
    with pytest.raises(TypeError, match="unknown size"):
        opaque[1]


@pytest.mark.parametrize("key", ["a", 1.5, None, (1, 2), b"a"])
def test_keys_that_are_no_index(core, key):
    """Only integers and slices."""
    with pytest.raises(TypeError):
        core.new("int[3]")[key]
    with pytest.raises(TypeError):
        core.new("int[3]")[key] = 1


def test_slices_are_views(core):
    """They have a length, share the memory, and check as arrays do."""
    array = core.new("int[5]", [0, 1, 2, 3, 4])
    view = array[1:4]
    assert len(view) == 3 and list(view) == [1, 2, 3] and core.typeof(view) is core.t("int[]")
    view[0] = 10
    assert array[1] == 10 and repr(view) == "<cdata 'int[]' sliced length 3>"
    assert list(view[1:2]) == [2] and len(array[5:5]) == 0
    for bad in (slice(1, 6), slice(-1, 2), slice(3, 1), slice(None, 2), slice(1, None), slice(0, 2, 1)):
        with pytest.raises(IndexError):
            array[bad]
    with pytest.raises(IndexError):
        view[3]


def test_slice_assignment(core):
    """From any iterable of the right length, cdata, and bytes for characters."""
    array = core.new("int[5]")
    array[1:3] = [10, 20]
    array[3:5] = iter((30, 40))
    assert list(array) == [0, 10, 20, 30, 40]
    array[0:2] = array[2:4]
    assert list(array) == [20, 30, 20, 30, 40]
    array[0:4] = array[1:5]
    assert list(array) == [30, 20, 30, 40, 40]
    for bad in ([1], [1, 2, 3], b"a"):
        with pytest.raises(ValueError):
            array[0:2] = bad
    with pytest.raises(TypeError):
        array[0:2] = 5
    with pytest.raises(TypeError):
        array[0:2] = ["a", "b"]
    text = core.new("char[]", b"foobar")
    text[1:3] = b"XY"
    text[3:5] = bytearray(b"ZT")
    assert core.string(text) == b"fXYZTr"
    with pytest.raises(ValueError):
        text[1:3] = b"XYZ"


def test_fields(core):
    """Read and written through the struct, and through one pointer to it."""
    core.record("struct s", ("a", "int"), ("b", "double"), ("items", "int[3]"))
    pointer = core.new("struct s *", [1, 2.5, [3, 4]])
    value = pointer[0]
    value.a, pointer.b = 10, 3
    assert (pointer.a, value.b, list(pointer.items)) == (10, 3.0, [3, 4, 0])
    pointer.items = [7, 8, 9]
    assert list(value.items) == [7, 8, 9]
    with pytest.raises(IndexError):
        pointer.items = [1, 2, 3, 4]
    with pytest.raises(OverflowError):
        pointer.a = 2**31
    with pytest.raises(TypeError):
        pointer.a = "x"
    assert pointer.a == 10


def test_fields_by_a_name_made_at_run_time(core):
    """The name need not be the very string of the declaration."""
    core.record("struct s", ("first_field", "int"), ("second", "int"))
    pointer = core.new("struct s *", [1, 2])
    assert getattr(pointer, "".join(["first", "_", "field"])) == 1
    setattr(pointer, "".join(["sec", "ond"]), 5)
    assert pointer.second == 5


def test_many_fields(native):
    """A struct of hundreds of members finds each."""
    names = ["field%d" % n for n in range(500)]
    native.record("struct wide", *[(name, "int") for name in names])
    pointer = native.new("struct wide *", list(range(500)))
    assert [getattr(pointer, name) for name in names] == list(range(500))
    with pytest.raises(AttributeError, match="field500"):
        pointer.field500


def test_fields_that_are_not_there(core):
    """AttributeError names type and field, and says whether the type is opaque."""
    core.record("struct s", ("a", "int"))
    opaque = core.cast(core.new_pointer_type(core.opaque("struct o")), 16)
    cases = [(core.new("struct s *"), "cdata 'struct s \\*' has no field 'zz'"),
             (core.new("struct s *")[0], "cdata 'struct s' has no field 'zz'"),
             (core.cast_to("int", 1), "cdata 'int' has no attribute 'zz'"),
             (core.new("struct s * *"), "cdata 'struct s \\* \\*' has no attribute 'zz'")]
    for thing, message in cases:
        with pytest.raises(AttributeError, match=message):
            thing.zz
        with pytest.raises(AttributeError, match=message):
            thing.zz = 1
    with pytest.raises(AttributeError, match="opaque type: cannot read fields"):
        opaque.zz
    with pytest.raises(AttributeError, match="opaque type: cannot write fields"):
        opaque.zz = 1
    with pytest.raises(AttributeError, match="cannot delete"):
        del core.new("struct s *").a


def test_dir_lists_the_fields(core):
    """For structs and pointers to them."""
    core.record("struct s", ("b", "int"), ("a", "int"))
    assert dir(core.new("struct s *")) == dir(core.new("struct s *")[0]) == ["a", "b"]
    assert dir(core.new("int *")) == []


def test_bit_fields_of_every_width(native):
    """Each takes exactly its range; `int x:1` takes 1 too, for convenience."""
    for bits in range(1, 65):
        kind = "long" if bits > 32 else "int"
        native.record("struct b", ("pad", "unsigned char", 3), ("s", kind, bits), ("u", "unsigned " + kind, bits))
        pointer = native.new("struct b *")
        for value in (0, -1, -2**(bits - 1), 2**(bits - 1) - 1):
            pointer.s = value
            assert pointer.s == value
        for value in (0, 1, 2**bits - 1):
            pointer.u = value
            assert pointer.u == value
        for name, value in (("s", -2**(bits - 1) - 1), ("s", 2**(bits - 1) + (bits == 1)), ("u", -1),
                            ("u", 2**bits)):
            with pytest.raises(OverflowError):
                setattr(pointer, name, value)


def test_bit_field_errors_tell_the_range(core):
    """The message has the value and both ends."""
    core.record("struct b", ("a", "int", 3), ("one", "int", 1))
    pointer = core.new("struct b *")
    with pytest.raises(OverflowError, match="value -5 outside the range .*: -4 <= x <= 3"):
        pointer.a = -5
    pointer.one = 1
    assert pointer.one == -1
    if core.is_ours or sys.version_info >= (3, 10):     # before, CFFI takes what has __int__
        with pytest.raises(TypeError):
            pointer.a = 1.0


def test_items_of_every_scalar_type(core):
    """What is written is read, at addresses of any alignment."""
    raw = core.new("unsigned char[40]")
    for text, value in [("short", -2), ("int", 2**31 - 1), ("long", -2**63), ("unsigned long", 2**64 - 1),
                        ("float", 1.5), ("double", 1e300), ("_cffi_double_complex_t", 1 + 2j),
                        ("wchar_t", "\u1234"), ("char16_t", "\u1234"), ("_Bool", True), ("char", b"x")]:
        for offset in (0, 1, 3):
            pointer = core.cast_to(text + " *", raw + offset)
            pointer[0] = value
            assert pointer[0] == value and type(pointer[0]) is type(value)


def test_a_bool_of_another_value(core):
    """Memory that holds neither 0 nor 1 is a ValueError, not a wrong answer."""
    memory = core.new("char *", b"X")
    with pytest.raises(ValueError, match="expected 0 or 1"):
        core.cast_to("_Bool *", memory)[0]
