"""Memory that release() gives back: what was read out of it before is empty, and what is in use stays."""

import gc
import weakref

import pytest
import support
from call_support import B, fn, load, t
from data_support import native  # noqa: F401


class Number:
    """Something like a number, whose conversion runs `action`."""

    def __init__(self, action, value=1):
        self.action, self.value = action, value

    def __index__(self):
        self.action()
        return self.value

    def __float__(self):
        return float(self.__index__())


def lenders(core):
    """(memory of int[10], function that reuses it once it was given back) of each kind."""
    source = bytearray(40)
    blocks = []

    def alloc(size):
        blocks.append(core.newp(core.t("char[]"), size))
        return core.cast_to("char *", blocks[-1])
    return [(core.from_buffer(core.t("int[]"), source), lambda: source.extend(bytes(100000))),
            (core.new_allocator(alloc, lambda dead: None)(core.t("int[10]")), blocks.clear)]


PARTS = {
    "slice": lambda core, x: x[2:5],
    "slice of a slice": lambda core, x: x[1:9][1:4],
    "pointer": lambda core, x: x + 2,
    "addressof": lambda core, x: core.rawaddressof(core.t("int *"), x, 8),
    "pointer of a slice": lambda core, x: x[1:5] + 1,
    "row": lambda core, x: core.rawaddressof(core.new_pointer_type(core.t("int[2]")), x, 8)[0],
}


@pytest.mark.parametrize("kind", [0, 1], ids=["from_buffer", "allocator"])
@pytest.mark.parametrize("name", PARTS)
def test_parts_are_empty_afterwards(native, name, kind):
    """Reading, writing, passing and copying a part of released memory raises; the interpreter stays."""
    whole, reuse = lenders(native)[kind]
    part = PARTS[name](native, whole)
    spare = [PARTS[name](native, whole) for _ in range(5)]
    del spare[1], spare[-1]
    view, iterator = native.buffer(part, 4), iter(whole)
    next(iterator)
    part[0] = 7
    assert view[0] == b"\7"
    native.release(whole)
    reuse()
    gc.collect()
    array = native.new("int[%d]" % (len(part) if native.typeof(part).kind == "array" else 1))
    uses = [lambda: part[0], lambda: part[1], lambda: part.__setitem__(0, 1), lambda: next(iterator), lambda: view[0],
            lambda: view[:], lambda: view.__setitem__(0, b"a"), lambda: memoryview(view), lambda: native.unpack(part, 1),
            lambda: native.new("int *[1]", [part]), lambda: part.__setitem__(slice(0, 1), [1]),
            lambda: load("sum_ints", fn("int", "int*", "int"))(part, 1), lambda: native.memmove(bytearray(4), part, 4),
            lambda: load("sum_ints", fn("int", "int*", "int"))([part[0]], 1)]
    uses += [lambda other=other: other[0] for other in spare]
    if native.typeof(part).kind == "array":
        uses += [lambda: list(part), lambda: array.__setitem__(slice(0, len(part)), part), lambda: memoryview(part)]
    for use in uses:
        with pytest.raises((RuntimeError, BufferError, ValueError)):
            use()
    repr(part), hash(part), part == whole, bool(part), part[0:1] if name == "slice" else 0


def test_records(native):
    """A struct, its members and pointers to it."""
    native.record("struct s", ("x", "int"), ("inner", "int[3]"))
    source = bytearray(64)
    whole = native.from_buffer(native.t("struct s *"), source)
    parts = [whole[0], whole[1], whole + 1, native.from_buffer(native.t("struct s[]"), bytearray(64))[1]]
    inner = whole.inner
    native.release(whole)
    source.extend(bytes(100000))
    for part in parts[:3]:
        for use in (lambda: part.x, lambda: part.inner, lambda: setattr(part, "x", 1),
                    lambda: native.new("struct s *", part) if native.typeof(part).kind == "struct" else part[0].x):
            with pytest.raises(RuntimeError):
                use()
    for use in (lambda: inner[0], lambda: whole.x, lambda: whole[0].x, lambda: setattr(whole, "x", 1)):
        with pytest.raises(RuntimeError):
            use()
    assert parts[3].x == 0


def test_from_buffer_reads_the_object_again(native):
    """As with CFFI, an item of a released array is what the object has, as long as it has it."""
    source = bytearray(b"abcdef")
    memory = native.from_buffer(native.t("char[]"), source)
    native.release(memory)
    source += b"x" * 100000
    assert memory[2] == b"c"
    del source[3:]
    with pytest.raises(RuntimeError, match="too small for index 4"):
        memory[4]
    with pytest.raises(IndexError):
        memory[6]
    with pytest.raises(RuntimeError):
        memory[0] = b"x"
    for use in (lambda: memory[0:2][0], lambda: list(memory), lambda: native.string(memory)):
        with pytest.raises(RuntimeError):
            use()


@pytest.mark.parametrize("kind", [0, 1], ids=["from_buffer", "allocator"])
def test_a_conversion_that_releases_what_it_is_for(native, kind):
    """While a value is converted for it, memory is not given back: release() raises, the value arrives."""
    def refused(whole):
        def action():
            with pytest.raises(BufferError, match="cannot release cdata"):
                native.release(whole)
            called.append(1)
        return Number(action)

    def items(whole):
        yield 5
        yield refused(whole)
    called = []
    whole, _ = lenders(native)[kind]
    whole[1] = refused(whole)
    whole[0:2] = items(whole)
    whole[2:4][0] = refused(whole)
    (whole + 4)[0] = refused(whole)
    (whole + 4)[1:3] = items(whole)
    assert list(whole)[:7] == [5, 1, 1, 0, 1, 5, 1]
    load("sum_ints", fn("int", "int*", "int"))(whole, refused(whole))
    load("sum_ints", fn("int", "int*", "int"))(whole + 1, refused(whole))
    assert len(called) == 7
    native.release(whole)


def test_a_member_that_releases_its_record(native):
    native.record("struct s", ("x", "int"), ("bits", "int", 3), ("inner", "double[3]"))
    source = bytearray(64)
    whole = native.from_buffer(native.t("struct s *"), source)

    def action():
        with pytest.raises(BufferError):
            native.release(whole)
        with pytest.raises(BufferError):
            source.extend(bytes(100000))
    for record in (whole, whole[0], whole + 0):
        record.x = Number(action)
        record.bits = Number(action)
        record.inner = [1, Number(action)]
    whole[0] = {"x": Number(action)}
    native.release(whole)
    source.extend(b"x")


def test_keys_that_release(native):
    """An index is worked out before the memory is looked at."""
    for kind in (0, 1):
        for use in (lambda x, key: x[key], lambda x, key: x.__setitem__(key, 5), lambda x, key: (x + 0)[key],
                    lambda x, key: x[0:2][key], lambda x, key: x[key:2][0], lambda x, key: native.unpack(x, key),
                    lambda x, key: native.buffer(x, key)[0], lambda x, key: native.memmove(bytearray(9), x, key)):
            whole, reuse = lenders(native)[kind]
            part = whole[1:9]

            def action(whole=whole, reuse=reuse):
                native.release(whole)
                reuse()
            try:
                use(part, Number(action))
            except (RuntimeError, ValueError, BufferError):
                pass


def test_views_and_aliases_hold_the_memory(native):
    """A view of a buffer, and a gc() of lent memory, refuse the release until they are gone."""
    for whole, _ in lenders(native):
        view = memoryview(native.buffer(whole[1:3]))
        with pytest.raises(BufferError, match="1 views"):
            native.release(whole)
        view.release()
        alias = native.gcp(whole, lambda dead: None)
        with pytest.raises(BufferError):
            native.release(whole)
        del alias
        gc.collect()
        native.release(whole)
        with pytest.raises((BufferError, RuntimeError)):
            memoryview(native.buffer(whole, 4))


def test_an_allocator_on_top_of_lent_memory(native):
    """What alloc() returned stays as long as what lies in it, and no longer than its release."""
    source = bytearray(40)
    below = native.from_buffer(native.t("char[]"), source)
    numbers = native.new_allocator(lambda size: below)(native.t("int[10]"))
    with pytest.raises(BufferError):
        native.release(below)
    with pytest.raises(ValueError, match="returned 39 bytes"):
        native.new_allocator(lambda size: below + 1)(native.t("int[10]"))
    native.release(numbers)
    gc.collect()
    native.release(below)
    source.extend(bytes(1000))


def test_a_destructor_that_releases(native):
    """gc(x, release) of lent memory gives it back; the alias is empty then."""
    for whole, reuse in lenders(native):
        alias = native.gcp(whole, native.release)
        part = alias[2:4]
        assert alias[0] == part[0] == 0
        native.release(alias)
        reuse()
        for use in (lambda: alias[0], lambda: part[0], lambda: alias[1:2][0], lambda: native.buffer(alias)[0:1]):
            with pytest.raises(RuntimeError):
                use()


def test_garbage_that_is_used_while_it_is_collected(native):
    """In a cycle the destructor of an allocator may run before somebody's __del__ reads the memory."""
    blocks, seen = [], []

    def alloc(size):
        blocks.append(native.newp(native.t("char[]"), size))
        return native.cast_to("char *", blocks[-1])
    allocate = native.new_allocator(alloc, lambda dead: blocks.clear())

    class Reader:
        def __del__(self):
            try:
                seen.append(self.memory[0])
            except RuntimeError:
                seen.append(None)
    for order in (0, 1):
        readers = [Reader(), Reader()]
        for reader in readers:
            reader.memory, reader.cycle = allocate(native.t("int[1000]")), reader
        readers[order].also = readers
        del readers, reader
        gc.collect()
    assert len(seen) == 4 and set(seen) <= {0, None}


def test_lists_whose_items_go_during_a_call():
    """Pointers in a list argument are alive until the call is over, whatever becomes of the list."""
    source = "int sum_of_first(int **rows, int n) { int sum = 0; while (n-- > 0) sum += rows[n][0]; return sum; }"
    first = B.load_library(support.compile_shared(source, "rows"), 0).load_function(
        fn("int", "int**", "int"), "sum_of_first")
    rows = [B.newp(t("int[2]"), [5, 6]), B.newp(t("int[2]"), [7, 8])]
    references, alive = [weakref.ref(row) for row in rows], []

    def action():
        rows.clear()
        gc.collect()
        alive.append(sum(reference() is not None for reference in references))
    assert first(rows, Number(action, 2)) == 12
    assert alive == [2] and not rows and not any(reference() for reference in references)
