"""ffi.new(..., keepalive=True): pointers in memory keep what they point to."""

import gc
import weakref

import pytest
import support

from cffi_like import FFI

pytestmark = pytest.mark.skipif(support.engine_name() != "native",
                                reason="only the compiled core keeps what is stored")


@pytest.fixture
def ffi():
    made = FFI()
    made.cdef("""struct in { void *p; };
        struct node { int value; struct node *next; char *name; struct in inner; int *many[3]; };
        struct tail { int n; char *items[]; };""")
    return made


def dead(reference):
    gc.collect()
    return reference() is None


def test_an_assigned_pointer_is_kept_until_the_next_assignment(ffi):
    node = ffi.new("struct node *", keepalive=True)
    other = ffi.new("struct node *", {"value": 5})
    reference = weakref.ref(other)
    node.next = other
    del other
    assert not dead(reference) and node.next.value == 5
    node.value = 3
    assert not dead(reference)
    node.next = ffi.NULL
    assert dead(reference)


def test_without_it_nothing_is_kept(ffi):
    node = ffi.new("struct node *")
    other = ffi.new("struct node *")
    reference = weakref.ref(other)
    node.next = other
    del other
    assert dead(reference)


@pytest.mark.parametrize("store, forget", [
    (lambda ffi, node, p: setattr(node.inner, "p", p), lambda ffi, node: setattr(node.inner, "p", ffi.NULL)),
    (lambda ffi, node, p: setattr(node[0].inner, "p", p),
     lambda ffi, node: setattr(node, "inner", [ffi.NULL])),
    (lambda ffi, node, p: setattr(node, "inner", {"p": p}),
     lambda ffi, node: setattr(node, "inner", ffi.new("struct in *")[0])),
    (lambda ffi, node, p: node.many.__setitem__(1, p), lambda ffi, node: node.many.__setitem__(1, ffi.NULL)),
    (lambda ffi, node, p: node.many.__setitem__(slice(1, 3), [p, p]),
     lambda ffi, node: setattr(node, "many", [ffi.NULL] * 3)),
    (lambda ffi, node, p: node.many.__setitem__(slice(0, 2), iter([p, p])),
     lambda ffi, node: node.many.__setitem__(slice(0, 2), ffi.new("int *[2]"))),
    (lambda ffi, node, p: setattr(node, "many", [p]),
     lambda ffi, node: node.__setitem__(0, ffi.new("struct node *")[0])),
    (lambda ffi, node, p: node.__setitem__(0, {"many": [p]}), lambda ffi, node: ffi.release(node))])
def test_every_way_to_store_and_to_forget(ffi, store, forget):
    node = ffi.new("struct node *", keepalive=True)
    target = ffi.new("int *", 7)
    reference = weakref.ref(target)
    store(ffi, node, target)
    del target
    assert not dead(reference)
    forget(ffi, node)
    assert dead(reference)


def test_initialisers_are_kept_too(ffi):
    texts = ffi.new("char *[]", [ffi.new("char[]", b"text %d" % i) for i in range(20)], keepalive=True)
    node = ffi.new("struct node *", {"name": ffi.new("char[]", b"a"), "many": (ffi.new("int *", 5),)},
                   keepalive=True)
    tail = ffi.new("struct tail *", [2, [ffi.new("char[]", b"x"), ffi.new("char[]", b"y")]], keepalive=True)
    gc.collect()
    assert [ffi.string(text) for text in texts] == [b"text %d" % i for i in range(20)]
    assert (ffi.string(node.name), node.many[0][0]) == (b"a", 5)
    assert [ffi.string(text) for text in tail.items] == [b"x", b"y"]
    tail.items[0] = ffi.new("char[]", b"zz")
    gc.collect()
    assert ffi.string(tail[0].items[0]) == b"zz" and ffi.sizeof(tail[0]) == 24


def test_values_bring_along_what_they_keep(ffi):
    import copy
    nodes = ffi.new("struct node[2]", keepalive=True)
    name = ffi.new("char[]", b"abc")
    reference = weakref.ref(name)
    nodes[0] = ffi.new("struct node *", {"name": name}, keepalive=True)[0]
    del name
    nodes[1] = nodes[0]
    nodes[0].name = ffi.NULL
    assert not dead(reference) and ffi.string(nodes[1].name) == b"abc"
    copied = copy.copy(nodes)
    del nodes
    assert not dead(reference) and ffi.string(copied[1].name) == b"abc"
    del copied
    assert dead(reference)


def test_handles_callbacks_and_parts_are_kept(ffi):
    ffi.cdef("struct user { int (*call)(int); void *data; int *row; };")
    rows = ffi.new("int[2][2]", [[1, 2], [3, 4]])
    user = ffi.new("struct user *", [ffi.callback("int(int)", lambda x: x + 1),
                                     ffi.new_handle(["data"]), rows[1]], keepalive=True)
    reference = weakref.ref(rows)
    del rows
    gc.collect()
    assert (user.call(4), ffi.from_handle(user.data), user.row[1]) == (5, ["data"], 4)
    assert not dead(reference)
    del user
    assert dead(reference)


def test_a_ring_is_collected(ffi):
    first = ffi.new("struct node *", keepalive=True)
    second = ffi.new("struct node *", {"next": first}, keepalive=True)
    first.next = second
    references = [weakref.ref(first), weakref.ref(second)]
    del first, second
    assert all(map(dead, references))


def test_a_part_keeps_the_whole(ffi):
    many = ffi.new("struct node *", {"many": [ffi.new("int *", 8)]}, keepalive=True).many
    gc.collect()
    assert many[0][0] == 8
    part = many[0:2]
    del many
    gc.collect()
    assert part[0][0] == 8


def test_it_is_memory_like_any_other(ffi):
    node = ffi.new("struct node *", [5], keepalive=True)
    assert repr(node) == "<cdata 'struct node *' owning %d bytes>" % ffi.sizeof("struct node")
    with pytest.raises(IndexError):
        node[1]
    with pytest.raises(TypeError):
        node.next = 5
    assert ffi.buffer(node)[:4] == b"\5\0\0\0" and memoryview(node).nbytes == ffi.sizeof("struct node")
