"""Pointers computed from owned memory know its ends and keep it."""

import gc
import warnings
import weakref

import pytest
from data_support import native, core  # noqa: F401


@pytest.fixture
def point(native):
    native.record("struct point", ("x", "int"), ("y", "int"))
    native.record("struct box", ("head", "int"), ("corners", "struct point[3]"), ("numbers", "int[4]"))
    return native


def address(core, text, thing, offset=0):
    return core.rawaddressof(core.t(text), thing, offset)


# How a pointer is made, and the first and last index that are its memory.
POINTERS = {
    "array + n": (lambda core: core.new("int[10]", list(range(10))) + 3, -3, 6),
    "array - n": (lambda core: core.new("int[10]", list(range(10))) - 2, 2, 11),
    "past the end": (lambda core: core.new("int[10]") + 10, -10, -1),
    "far away": (lambda core: core.new("int[10]") + 2**40, -2**40, 9 - 2**40),
    "owned + n": (lambda core: core.new("int *") + 1, -1, -1),
    "slice + n": (lambda core: core.new("int[10]")[2:5] + 1, -3, 6),
    "pointer + n": (lambda core: core.new("int[10]") + 3 - 2 + 4, -5, 4),
    "addressof an item": (lambda core: address(core, "int *", core.new("int[10]"), 12), -3, 6),
    "addressof a member": (lambda core: address(core, "int *", core.new("struct box *")[0], 28), -7, 3),
    "addressof a part": (lambda core: address(core, "int *", core.new("struct box *").numbers, 4), -8, 2),
    "member array + n": (lambda core: core.new("struct box *").numbers + 2, -9, 1),
    "records": (lambda core: core.new("struct point[4]") + 1, -1, 2),
    "2d": (lambda core: core.new("int[3][2]") + 1, -1, 1),
    "from_buffer": (lambda core: core.from_buffer(core.t("int[]"), bytearray(40)) + 3, -3, 6),
    "allocator": (lambda core: core.new_allocator()(core.t("int[10]")) + 3, -3, 6),
    "own allocator": (lambda core: core.new_allocator(lambda size: core.newp(core.t("char[]"), size))(
        core.t("int[10]")) + 3, -3, 6),
    "gc": (lambda core: core.gcp(core.new("int[10]") + 3, lambda dead: None), -3, 6),
    "gc + n": (lambda core: core.gcp(core.new("int[10]"), lambda dead: None) + 3, -3, 6),
    "keepalive": (lambda core: core.newp_keeping(core.t("int[10]")) + 3, -3, 6),
}


@pytest.mark.parametrize("name", POINTERS)
def test_items_inside_and_outside(point, name):
    """Every item of the memory can be read and written, none outside; the error names index and bounds."""
    make, first, last = POINTERS[name]
    pointer = make(point)
    for index in (first, last, (first + last) // 2):
        pointer[index] = pointer[index]
        pointer[index:index + 1]
    kind = UserWarning if name == "from_buffer" else IndexError
    for index in (first - 1, last + 1, first - 1000, last + 1000, 2**62, -2**62, 2**63 - 1, -2**63):
        text = "index %d is outside the memory of cdata .*expected %d <= index < %d" % (index, first, last + 1)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with pytest.raises(kind, match=text):
                pointer[index]
        with pytest.raises(IndexError, match=text):
            pointer[index] = 0
    for start, stop in ((first - 1, last), (first, last + 2), (last + 2, last + 3), (first - 2**40, first)):
        with pytest.raises(IndexError, match="expected %d <= index < %d" % (first, last + 1)):
            pointer[start:stop] = [0] * min(stop - start, 100)
        view = pointer[start:stop]      # CFFI's users may make it; nobody can use it
        assert len(view) == stop - start
        with pytest.raises(IndexError, match="expected %d <= index < %d" % (first, last + 1)):
            view[0]
        with pytest.raises(IndexError, match="expected %d <= index < %d" % (first, last + 1)):
            next(iter(view))
    assert len(pointer[last + 1:last + 1]) == 0


@pytest.mark.parametrize("name", POINTERS)
def test_pointers_keep_their_memory(point, name):
    """The memory outlives the name of the array."""
    make, first, last = POINTERS[name]
    pointers = [make(point) for _ in range(100)]
    gc.collect()
    for pointer in pointers:
        pointer[last] = pointer[first]


def test_the_owner_goes_with_the_last_pointer(point):
    owner = point.new("struct box *")
    reference = weakref.ref(owner)
    pointers = [owner.numbers + 1, address(point, "int *", owner, 4), address(point, "struct point *", owner.corners)]
    del owner
    while pointers:
        gc.collect()
        assert reference() is not None
        pointers.pop()
    gc.collect()
    assert reference() is None


def test_computed_pointers_are_as_before(core):
    """Type, repr, comparison, hash, length, subtraction and conversion are those of any pointer."""
    array = core.new("int[10]", list(range(10)))
    pointer = array + 3
    plain = core.cast_to("int *", pointer)
    assert core.typeof(pointer) is core.t("int *") and repr(pointer) == repr(plain)
    assert pointer == plain and hash(pointer) == hash(plain) and pointer != array and pointer > array
    assert pointer - array == 3 and pointer - 3 == array and array + 10 > pointer
    assert int(core.cast_to("uintptr_t", pointer)) == int(core.cast_to("uintptr_t", array)) + 12
    assert bool(pointer) and core.sizeof(pointer) == core.sizeof(core.t("int *"))
    assert len(core.buffer(pointer)) == 4 and core.unpack(pointer, 7) == list(range(3, 10))
    assert plain[-3] == 0 and plain[6] == 9
    for operation in (len, iter, lambda x: x(), core.release, lambda x: x.field):
        with pytest.raises((TypeError, ValueError, AttributeError)):
            operation(pointer)


def test_cast_and_pointers_from_memory_have_no_bounds(native):
    """What C gave is C's, and a cast is the user's word."""
    array = native.new("int[10]")
    holder = native.new("int *[1]", [array + 5])
    assert holder[0][-5] == 0 and holder[0][4] == 0
    assert native.typeof(native.cast_to("int *", array + 3) + 100) is native.t("int *")
    type_of_plain = type(native.cast_to("int *", 0))
    assert type(holder[0]) is type_of_plain and type(native.cast_to("int *", array + 3)) is type_of_plain


def test_members_through_a_pointer(point):
    """A pointer to a record reads members that lie in the memory, also where the record ends behind it."""
    array = point.new("struct point[2]", [[1, 2], [3, 4]])
    pointer = array + 1
    assert (pointer.x, pointer.y, pointer[-1].y, pointer[0].x) == (3, 4, 2, 3)
    pointer.x = 7
    assert array[1].x == 7
    for outside in (array + 2, array + 100, array - 1, array - 2**50):
        for name in "xy":
            with pytest.raises(IndexError, match="field '%s' is outside the memory of cdata 'struct point \\*'" % name):
                getattr(outside, name)
            with pytest.raises(IndexError):
                setattr(outside, name, 1)
        with pytest.raises(AttributeError):
            outside.z
    half = address(point, "struct point *", array, 12)
    assert half.x == 4
    with pytest.raises(IndexError, match="16 bytes, in which the struct begins at 12 and the field at 16"):
        half.y
    with pytest.raises(IndexError):
        half[0]


def test_container_of(point):
    """Back from a member to its record, as C code does it."""
    box = point.new("struct box *", {"head": 9, "numbers": [1, 2, 3, 4]})
    numbers = address(point, "char *", box.numbers)
    again = point.rawaddressof(point.t("struct box *"), numbers - 28, 0)
    assert again == box and again.head == 9 and again.numbers[3] == 4
    del box
    gc.collect()
    assert again.head == 9


def test_short_buffers_under_a_record(point):
    """from_buffer() of a record pointer reads the members that the object has."""
    record = point.from_buffer(point.t("struct box *"), bytearray(b"\1\0\0\0\2\0\0\0\3"))
    assert record.head == 1
    with pytest.raises(IndexError):
        record.corners
    with pytest.raises(IndexError):
        record.numbers = [1]
    with pytest.raises(IndexError):
        record[0].head      # the reference as a whole has no memory


def test_scalars_outside_from_buffer(native):
    """CFFI's own tests read one item more: a warning, and zero for what is not the object's."""
    pointer = native.from_buffer(native.t("short *"), bytearray(b"\1\0\2\0\3"))
    assert pointer[1] == 2
    for index, value in ((2, 3), (3, 0), (-1, 0), (10**15, 0), (-10**15, 0)):
        with pytest.warns(UserWarning, match="index %d is outside the memory" % index):
            assert pointer[index] == value


def test_flexible_array_members(native):
    """They end where the memory does, however the record is reached."""
    native.record("struct tail", ("count", "int"), ("items", "int[]"))
    native.record("struct outer", ("head", "int"), ("tail", "struct tail"))
    owned = native.new("struct tail *", [3, [1, 2, 3]])
    pointer = native.rawaddressof(native.t("struct tail *"), owned, 0)
    nested = native.new("struct outer *", [1, [2, [5, 6]]])
    for items, length in ((owned.items, 3), (pointer.items, 3), (nested.tail.items, 2)):
        items[length - 1] = 9
        for index in (length, length + 100):
            with pytest.raises(IndexError):
                items[index]
    assert pointer.items[-1] == 3 and native.typeof(pointer.items) is native.t("int *")
    for holder in (pointer, nested.tail, owned):
        with pytest.raises(IndexError):
            holder.items = [1] * 50
    pointer.items = [7, 8]
    assert list(owned.items) == [7, 8, 9]


def test_functions_that_read_many_items(native):
    """string(), unpack(), buffer() and memmove() stop at the end of the memory."""
    text = native.new("char[4]", b"abcd")
    other = native.new("char[20]")
    assert native.string(text + 1) == b"bcd" and native.string(text + 1, 100) == b"bcd"
    assert native.string(text, 100) == b"abcd" and native.string(text + 4) == b""
    assert native.string(text + 5) == b"" and native.string(text - 1) == b""
    wide = native.new("wchar_t[3]", "xyz")
    assert native.string(wide + 1) == "yz" and native.string(wide[1:2], 50) == "yz"
    assert native.string(native.from_buffer(native.t("char *"), b"abc")[0:3] + 1) == b"bc"
    assert native.unpack(text + 1, 3) == b"bcd"
    for bad in (text + 2, text + 5, text - 1):
        with pytest.raises(IndexError):
            native.unpack(bad, 3)
        with pytest.raises(ValueError, match="points to %d bytes, 3 are asked for" % (2 if bad == text + 2 else 0)):
            native.buffer(bad, 3)
        for arguments in ((bad, b"abc", 3), (other, bad, 3)):
            with pytest.raises(ValueError, match="memmove"):
                native.memmove(*arguments)
    assert native.buffer(text + 1, 3)[:] == b"bcd"
    with pytest.warns(UserWarning, match="owns only 4 bytes"):
        assert len(native.buffer(text, 100)) == 4
    empty = native.buffer(native.cast_to("char *", 0), 4)
    for use in (lambda: empty[0], lambda: empty[:], lambda: memoryview(empty), lambda: bytes(empty), lambda: list(empty)):
        with pytest.raises(RuntimeError):
            use()
    with pytest.raises(RuntimeError):
        empty[0:2] = b"ab"


def test_handles_have_no_bytes(native):
    """The memory of a handle is the interpreter's."""
    handle = native.newp_handle(native.t("void *"), [])
    with pytest.raises(ValueError):
        native.memmove(handle, b"x" * 16, 16)
    with pytest.raises(ValueError):
        native.memmove(bytearray(16), handle + 1, 1)
    with pytest.raises(ValueError):
        native.buffer(handle, 8)
    assert native.from_handle(handle + 0) == []


def test_slices_of_null(native):
    """A slice of NULL is NULL, wherever it starts."""
    null = native.new("int *[1]")[0]
    for view in (null[1:3], null[0:3], null[-1:5]):
        for use in (lambda view=view: view[0], lambda view=view: list(view), lambda view=view: view[1:2][0],
                    lambda view=view: native.unpack(view, 1), lambda view=view: memoryview(view)):
            with pytest.raises((RuntimeError, BufferError)):
                use()
        with pytest.raises(RuntimeError):
            view[0] = 1
        with pytest.raises(RuntimeError):
            native.new("int[6]")[0:len(view)] = view
    assert native.new("int *[1]", [null[1:3]])[0] == null


def test_pointers_into_keeping_memory_keep(native):
    """What is stored through a computed pointer is kept as what is stored directly."""
    native.record("struct user", ("name", "char *"), ("number", "int"))
    users = native.newp_keeping(native.t("struct user[3]"))
    names = native.newp_keeping(native.t("char *[3]"))
    stores = [lambda name: setattr(users + 1, "name", name), lambda name: (users + 1).__setitem__(1, [name, 5]),
              lambda name: (names + 1).__setitem__(1, name), lambda name: (names + 1).__setitem__(slice(-1, 0), [name])]
    for store in stores:
        name = native.new("char[]", b"a name")
        reference = weakref.ref(name)
        store(name)
        del name
        gc.collect()
        assert reference() is not None
    assert native.string(users[1].name) == native.string(users[2].name) == b"a name"
    assert native.string(names[0]) == native.string(names[2]) == b"a name"


def test_gc_over_owned_memory_keeps_it_past_a_release(native):
    """release() runs the destructor; the memory of new() goes with the last who can read it."""
    seen = []
    pointer = native.gcp(native.new("int[4]", [1, 2, 3, 4]), seen.append)
    native.release(pointer)
    assert len(seen) == 1
    seen.clear()
    gc.collect()
    assert list(pointer) == [1, 2, 3, 4]
