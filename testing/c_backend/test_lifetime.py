"""What is read out of owned memory keeps that memory: reading it later is no accident."""

import gc
import weakref

import pytest
from data_support import native  # noqa: F401

READS = {
    "item of an array": ("struct s[3]", lambda core, x: x[1]),
    "slice": ("struct s[3]", lambda core, x: x[1:3]),
    "iteration": ("struct s[3]", lambda core, x: list(x)[1]),
    "iterator": ("struct s[3]", lambda core, x: iter(x)),
    "unpack": ("struct s[3]", lambda core, x: core.unpack(x, 3)[1]),
    "struct": ("struct s *", lambda core, x: x[0]),
    "member that is a struct": ("struct s *", lambda core, x: x.inner),
    "member that is an array": ("struct s *", lambda core, x: x.numbers),
    "flexible array member": ("struct s *", lambda core, x: x.tail),
    "part of a part": ("struct s[3]", lambda core, x: x[1:3][0].inner),
    "buffer": ("struct s[3]", lambda core, x: core.buffer(x)),
    "gc": ("struct s *", lambda core, x: core.gcp(x, lambda dead: None)),
}


@pytest.mark.parametrize("name", READS)
def test_parts_keep_the_whole(native, name):
    """An item, member, slice or view has the memory's owner alive (CFFI: only some of them do)."""
    inner = native.record("struct inner", ("a", "int"), ("b", "int"))
    flexible = [("tail", "int[]")] if name == "flexible array member" else []
    native.record("struct s", ("inner", inner), ("numbers", "int[4]"), *flexible)
    text, read = READS[name]
    owner = native.new(text, {"tail": [1, 2, 3]} if flexible else None)
    reference = weakref.ref(owner)
    part = read(native, owner)
    del owner
    gc.collect()
    assert reference() is not None
    repr(part), hash(part) if name != "buffer" else 0
    del part
    gc.collect()
    assert reference() is None


@pytest.mark.parametrize("link", [
    lambda core, x: core.gcp(x, lambda dead: None),
    lambda core, x: core.newp_handle(core.t("void *"), x),
    lambda core, x: core.from_buffer(core.t("char[]"), core.buffer(x))],
    ids=["gc", "handle", "buffer"])
def test_long_chains(native, link):
    """100,000 objects, each the owner of the next, are freed without a stack of as many calls."""
    last = native.new("char[16]")
    for _ in range(100000):
        last = link(native, last)
    del last
    gc.collect()
