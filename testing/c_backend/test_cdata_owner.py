"""gc(), release(), handles, allocators: who frees what, and when."""

import gc
import sys
import threading
import weakref

import pytest
from data_support import core, native  # noqa: F401


def test_destructor_runs_once_with_the_origin(core):
    """When the last reference goes; it gets the object that was passed."""
    seen = []
    origin = core.new("int *", 5)
    watched = core.gcp(origin, seen.append)
    assert watched == origin and watched[0] == 5 and seen == []
    del watched
    gc.collect()
    assert seen == [origin] and seen[0] is origin


def test_destructor_taken_away(core):
    """gc(x, None) forgets it, for objects of gc() only."""
    seen = []
    watched = core.gcp(core.new("int *"), seen.append)
    assert core.gcp(watched, None) is None
    assert watched[0] == 0
    del watched
    gc.collect()
    assert seen == []
    with pytest.raises(TypeError):
        core.gcp(core.new("int *"), None)


def test_destructors_nest(core):
    """A gc() of a gc(): the outer one runs first."""
    seen = []
    inner = core.gcp(core.new("int *"), lambda _: seen.append("inner"))
    outer = core.gcp(inner, lambda _: seen.append("outer"))
    del inner, outer
    gc.collect()
    assert seen == ["outer", "inner"]


def test_destructor_in_a_cycle(native):
    """The cycle collector finds it and runs the destructor."""
    seen = []

    class Owner:
        pass

    owner = Owner()
    owner.memory = native.gcp(native.new("int *"), lambda _, owner=owner: seen.append(1))
    dead = weakref.ref(owner)
    del owner
    gc.collect()
    assert dead() is None and seen == [1]


def test_destructor_that_raises(native, monkeypatch):
    """The exception goes to sys.unraisablehook; the program goes on."""
    caught = []
    monkeypatch.setattr(sys, "unraisablehook", lambda args: caught.append(args.exc_type))
    watched = native.gcp(native.new("int *"), lambda _: 1 / 0)
    del watched
    gc.collect()
    assert caught == [ZeroDivisionError]


def test_gc_of_every_kind_of_data(native):
    """Arrays keep their length, structs their fields, functions can be called."""
    seen = []
    array = native.gcp(native.new("int[]", [1, 2, 3]), seen.append)
    assert len(array) == 3 and list(array) == [1, 2, 3] and list(array[1:3]) == [2, 3]
    native.record("struct s", ("a", "int"))
    assert native.gcp(native.new("struct s *", [4]), seen.append).a == 4
    function = native.load_library(None).load_function(native.function("int", "int"), "abs")
    assert native.gcp(function, seen.append)(-3) == 3
    assert native.gcp(native.cast_to("int", 5), seen.append) == 5


def test_release_runs_the_destructor_now(core):
    """And never again; as a context manager too."""
    seen = []
    watched = core.gcp(core.new("int *"), seen.append)
    core.release(watched)
    core.release(watched)
    assert len(seen) == 1
    with core.gcp(core.new("int *"), seen.append) as again:
        assert again[0] == 0 and len(seen) == 1
    assert len(seen) == 2
    del watched, again
    gc.collect()
    assert len(seen) == 2


def test_release_of_what_owns_nothing(core):
    """Only new(), gc(), from_buffer() and allocators give what can be released."""
    core.record("struct s", ("a", "int"))
    for bad in (core.cast_to("int *", 5), core.new("struct s *")[0], core.new("int[3]")[0:1],
                core.cast_to("int", 1)):
        with pytest.raises(ValueError, match="ffi.new"):
            core.release(bad)
        with pytest.raises(ValueError), bad:
            raise AssertionError("the body must not run")
    for good in (core.new("int *"), core.new("int[3]"), core.new("struct s *")):
        core.release(good)
        with good:
            pass
    with pytest.raises(TypeError):
        core.release(5)


def test_handles(core):
    """A void * that stands for any object, and keeps it."""
    class Thing(list):
        pass

    thing = Thing([1, 2])
    handle = core.newp_handle(core.t("void *"), thing)
    assert repr(handle) == "<cdata 'void *' handle to [1, 2]>"
    assert core.from_handle(handle) is thing
    assert core.from_handle(core.cast_to("char *", handle)) is thing
    assert core.newp_handle(core.t("void *"), thing) != handle
    alive = weakref.ref(thing)
    del thing
    gc.collect()
    assert core.from_handle(handle) == [1, 2]
    del handle
    gc.collect()
    assert alive() is None


def test_handles_of_the_wrong_type(core):
    """Only void * makes one, only void * and char * are asked for one."""
    with pytest.raises(TypeError, match="needs 'void \\*', got 'int \\*'"):
        core.newp_handle(core.t("int *"), 5)
    for bad in (core.cast_to("int", 0), core.cast_to("int *", 8), core.new("int[3]"), 5):
        with pytest.raises(TypeError):
            core.from_handle(bad)
    with pytest.raises(RuntimeError):
        core.from_handle(core.cast_to("void *", 0))


def test_addresses_that_are_no_handle(native):
    """CFFI ends the process; ours raises and reads nothing."""
    handle = native.newp_handle(native.t("void *"), "object")
    address = int(native.cast_to("uintptr_t", handle))
    del handle
    for bad in (address, 8, address + 8, 2**63):
        with pytest.raises(RuntimeError, match="not the address of a living handle"):
            native.from_handle(native.cast_to("void *", bad))


def test_handle_in_a_cycle(native):
    """An object that holds its own handle is collected."""
    class Owner:
        pass

    owner = Owner()
    owner.handle = native.newp_handle(native.t("void *"), owner)
    dead = weakref.ref(owner)
    del owner
    gc.collect()
    assert dead() is None


def c_allocator(native):
    library = native.load_library(None)
    malloc = library.load_function(native.function("void *", "size_t"), "malloc")
    free = library.load_function(native.function("void", "void *"), "free")
    return malloc, free


def test_allocator(native):
    """Memory from the user's functions behaves as newp's, and is given back once."""
    malloc, free = c_allocator(native)
    log = []

    def alloc(size):
        log.append(("alloc", size))
        return malloc(size)

    def release(pointer):
        log.append(("free",))
        free(pointer)

    new = native.new_allocator(alloc, release)
    native.record("struct s", ("a", "int"), ("b", "int"))
    pointer = new(native.t("struct s *"), [5, 6])
    assert repr(pointer) == "<cdata 'struct s *' owning 8 bytes>" and (pointer.a, pointer.b) == (5, 6)
    with pytest.raises(IndexError):
        pointer[1]
    value = pointer[0]
    del pointer
    gc.collect()
    assert log == [("alloc", 8)] and value.b == 6
    del value
    gc.collect()
    assert log == [("alloc", 8), ("free",)]
    array = new(native.t("int[]"), [1, 2, 3])
    assert list(array) == [1, 2, 3] and len(array) == 3 and native.sizeof(array) == 12
    native.release(array)
    assert log[2:] == [("alloc", 12), ("free",)]


def test_allocator_that_clears_or_not(native):
    """should_clear_after_alloc=True gives zeroes, False what alloc left."""
    block = native.new("unsigned char[]", b"\xff" * 15)
    dirty = native.new_allocator(lambda size: block, None, should_clear_after_alloc=False)
    assert list(dirty(native.t("unsigned char[4]"))) == [255] * 4
    clean = native.new_allocator(alloc=lambda size: block)
    assert list(clean(native.t("unsigned char[4]"))) == [0] * 4 and block[4] == 255
    assert native.new_allocator()(native.t("int *"), 5)[0] == 5


def test_allocators_that_fail(native):
    """NULL is a MemoryError, no cdata a TypeError, exceptions pass."""
    for alloc, error in [(lambda size: native.cast_to("void *", 0), MemoryError),
                         (lambda size: 5, TypeError), (lambda size: native.cast_to("int", 5), TypeError),
                         (lambda size: 1 / 0, ZeroDivisionError)]:
        with pytest.raises(error):
            native.new_allocator(alloc)(native.t("int *"))
    with pytest.raises(TypeError):
        native.new_allocator(None, lambda pointer: None)
    with pytest.raises(TypeError):
        native.new_allocator()(native.t("int"))


def test_weak_references(core):
    """Every kind of cdata can be watched."""
    core.record("struct s", ("a", "int"))
    for make in (lambda: core.new("int *"), lambda: core.new("int[]", 3), lambda: core.cast_to("int", 1),
                 lambda: core.new("struct s *")[0], lambda: core.new("int[3]")[0:2],
                 lambda: core.newp_handle(core.t("void *"), 1),
                 lambda: core.from_buffer(core.t("char[]"), b"x"), lambda: core.buffer(core.new("int *")),
                 lambda: core.cast(core.function("int"), 16),
                 lambda: core.gcp(core.new("int *"), lambda _: None)):
        seen, thing = [], make()
        watch = weakref.ref(thing, seen.append)
        assert watch() is thing
        del thing
        gc.collect()
        assert watch() is None and len(seen) == 1


def test_many_threads_at_once(native):
    """Types, memory, destructors and handles from several threads."""
    native.record("struct s", ("a", "int"), ("items", "short[4]"))
    problems, done = [], []

    def work(seed):
        try:
            for n in range(300):
                pointer = native.new("struct s *", [n, [seed] * 4])
                watched = native.gcp(pointer, lambda _: done.append(1))
                handle = native.newp_handle(native.t("void *"), watched)
                assert native.from_handle(handle).a == n
                assert list(pointer[0].items) == [seed] * 4
                assert native.t("long[%d]" % (n % 7 + 1)).length == n % 7 + 1
        except Exception as problem:
            problems.append(problem)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    gc.collect()
    assert problems == [] and len(done) == 1800


def test_memory_without_zeroes(native):
    """should_clear_after_alloc=False without alloc(): the bytes are what was there before."""
    dirty = native.new_allocator(should_clear_after_alloc=False)
    clean = native.new_allocator()
    array = native.t("char[300]")
    for _ in range(2):
        before = [native.newp(array, b"x" * 300) for _ in range(200)]
        del before
        found = [native.buffer(dirty(array))[:] for _ in range(200)]
    assert any(any(block) for block in found)
    assert not any(any(native.buffer(clean(array))[:]) for _ in range(200))
    assert dirty(native.t("int[]"), [5, 6])[1] == 6


def test_an_allocator_that_gives_too_little(native):
    """What is known of its memory is checked before anything is written."""
    allocate = native.new_allocator(lambda size: native.new("char[]", 4))
    with pytest.raises(ValueError, match=r"alloc\(\) returned 4 bytes for 'int\[100\]', which needs 400"):
        allocate(native.t("int[100]"))
    assert allocate(native.t("int *"), 5)[0] == 5
