"""The methods of an `ffi` that take a type, on whatever core: in C on the native one."""

import gc
import inspect
import weakref

import pytest
from cffi_like import FFI, FFIError

METHODS = ("new", "cast", "from_buffer", "new_handle", "gc", "addressof", "typeof", "sizeof",
           "alignof", "offsetof", "getctype")


@pytest.fixture
def ffi():
    made = FFI()
    made.cdef("struct inner { char c; int n[3]; }; struct outer { double d; struct inner in; "
              "int bits : 3; }; struct unknown;")
    return made


def test_each_way_of_naming_a_type_is_the_same(ffi):
    """A string seen for the first time, one seen before, a ctype, a string of a subclass."""
    class Text(str):
        pass

    for cdecl in ("struct inner", "struct inner", ffi.typeof("struct inner"), Text("struct inner")):
        assert ffi.sizeof(cdecl) == 16 and ffi.alignof(cdecl) == 4
        assert ffi.offsetof(cdecl, "n") == 4 and ffi.offsetof(cdecl, "n", 2) == 12
        assert ffi.getctype(cdecl) == "struct inner"
        assert ffi.getctype(cdecl, "*x") == "struct inner *x"
    assert ffi.typeof(Text("int")) is ffi.typeof("int")
    assert ffi.new(Text("int *"), 3)[0] == 3 and int(ffi.cast(Text("char"), 300)) == 44


def test_keywords_mean_what_they_say(ffi):
    """Every parameter has the name that the documentation gives."""
    assert ffi.new(cdecl="int *", init=4)[0] == 4
    assert ffi.new("int[]", init=[1, 2])[1] == 2
    assert int(ffi.cast(cdecl="int", source=7)) == 7
    assert ffi.typeof(cdecl="int") is ffi.typeof("int") and ffi.sizeof(cdecl="int") == 4
    assert ffi.alignof(cdecl="double") == 8
    assert ffi.getctype("int", replace_with="*") == "int *"
    memory = bytearray(8)
    assert ffi.sizeof(ffi.from_buffer("int[]", python_buffer=memory, require_writable=True)) == 8
    handle = ffi.new_handle(python_object=memory)
    assert ffi.from_handle(handle) is memory
    seen = []
    owned = ffi.gc(cdata=ffi.new("int *", 5), destructor=lambda p: seen.append(p[0]), size=4)
    del owned
    gc.collect()
    assert seen == [5]


def test_addresses_of_parts(ffi):
    """&cdata, &cdata.field and a longer path, with the type of what is there."""
    outer = ffi.new("struct outer *")[0]
    assert ffi.typeof(ffi.addressof(outer)) is ffi.typeof("struct outer *")
    inner = ffi.addressof(outer, "in")
    assert ffi.typeof(inner) is ffi.typeof("struct inner *")
    assert ffi.addressof(outer, "in", "n", 1) == ffi.addressof(inner.n, 1)
    assert ffi.cast("char *", inner) - ffi.cast("char *", ffi.addressof(outer)) == 8
    inner.n[1] = 9
    assert ffi.addressof(outer, "in", "n", 1)[0] == 9
    with pytest.raises(TypeError):
        ffi.addressof(outer, "bits")
    with pytest.raises(KeyError):
        ffi.addressof(outer, "nothing")
    with pytest.raises(TypeError):
        ffi.addressof(ffi.cast("int", 3))
    with pytest.raises(TypeError):
        ffi.addressof(ffi.NULL)
    with pytest.raises(TypeError):
        ffi.addressof(5)


@pytest.mark.parametrize("arguments, error", [
    (("new",), TypeError), (("new", "int"), TypeError), (("new", 5), TypeError),
    (("new", "struct unknown *"), TypeError), (("new", "nonsense"), FFIError),
    (("new", "int *", "x"), TypeError), (("cast", "int"), TypeError),
    (("cast", "struct inner", 5), TypeError), (("cast", "int", "xy"), TypeError),
    (("typeof", 5), TypeError), (("typeof", "int("), FFIError), (("typeof", "int(int)"), FFIError),
    (("sizeof", "struct unknown"), ValueError), (("sizeof", None), TypeError),
    (("alignof", "void"), ValueError), (("offsetof", "struct inner"), TypeError),
    (("offsetof", "struct inner", "x"), KeyError), (("offsetof", "struct inner", 1.5), TypeError),
    (("getctype", 5), TypeError), (("getctype", "int", "*", 5), TypeError),
    (("from_buffer", "int[]", "text"), TypeError), (("from_buffer", "text"), TypeError),
    (("from_buffer", "int[100]", b"short"), ValueError),
    (("from_buffer", "char[]", b"read-only", True), (BufferError, TypeError)),
    (("gc", 5, print), TypeError), (("gc",), TypeError), (("new_handle",), TypeError),
], ids=str)
def test_what_is_refused(ffi, arguments, error):
    """Wrong arguments raise, whether the type was seen before or not."""
    name, *arguments = arguments
    for _ in range(2):
        with pytest.raises(error):
            getattr(ffi, name)(*arguments)


def test_a_replaced_type_is_looked_up_again(ffi):
    """cdef(override=True) changes what a string means; the methods follow."""
    ffi.cdef("typedef int thing;")
    assert ffi.sizeof("thing") == 4 and ffi.new("thing *", 1)[0] == 1
    ffi.cdef("typedef char thing;", override=True)
    assert ffi.sizeof("thing") == 1 and ffi.sizeof(ffi.cast("thing", 1)) == 1


def test_methods_show_what_they_take(ffi):
    """help() and inspect.signature() of a method name its parameters."""
    for name in METHODS:
        method = getattr(ffi, name)
        assert method.__name__ == name and method.__doc__
        assert "self" not in inspect.signature(method).parameters
    assert list(inspect.signature(ffi.cast).parameters) == ["cdecl", "source"]


def test_a_class_of_the_user_may_replace_a_method():
    """Deriving from FFI works as for any class, super() included."""
    class Counting(FFI):
        def new(self, cdecl, init=None):
            self.count = getattr(self, "count", 0) + 1
            return super().new(cdecl, init)

    ffi = Counting()
    assert ffi.new("int *", 5)[0] == 5 and ffi.new("int *")[0] == 0 and ffi.count == 2


def test_an_ffi_is_collected():
    """It is part of a cycle with its table of types, and still goes away."""
    ffi = FFI()
    ffi.new("int *")
    ffi.itself = ffi
    dead = weakref.ref(ffi)
    del ffi
    gc.collect()
    assert dead() is None


def test_a_class_that_never_ran_init_still_raises():
    """An object without tables is no reason to crash."""
    ffi = FFI.__new__(FFI)
    for name in METHODS:
        with pytest.raises((AttributeError, TypeError)):
            getattr(ffi, name)("int", 5)


def test_many_handles(ffi):
    """Each stands for its own object, also after others came and went."""
    objects = [object() for _ in range(1000)]
    handles = [ffi.new_handle(one) for one in objects]
    del handles[::2]
    assert [ffi.from_handle(handle) for handle in handles] == objects[1::2]
    again = [ffi.new_handle(one) for one in objects]
    assert all(ffi.from_handle(ffi.cast("void *", handle)) is one for handle, one in zip(again, objects))
    assert len(set(again + handles)) == 1500
