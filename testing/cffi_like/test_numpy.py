"""NumPy arrays in the memory of C data, and C data in the memory of NumPy arrays."""

import gc

import pytest
import support

from cffi_like import FFI

np = pytest.importorskip("numpy")
native_only = pytest.mark.skipif(support.engine_name() != "native",
                                 reason="cdata of this engine has no buffer protocol")


@native_only
def test_an_array_is_shared_not_copied():
    ffi = FFI()
    numbers = ffi.new("double[10]")
    array = np.asarray(numbers)
    array[3] = 2.5
    assert (array.dtype, array.shape, numbers[3]) == (np.float64, (10,), 2.5)
    del numbers
    gc.collect()
    assert array.sum() == 2.5


@native_only
@pytest.mark.parametrize("ctype, dtype", [
    ("_Bool", np.bool_), ("int8_t", np.int8), ("uint8_t", np.uint8), ("int16_t", np.int16),
    ("uint16_t", np.uint16), ("int32_t", np.int32), ("uint32_t", np.uint32), ("int64_t", np.int64),
    ("uint64_t", np.uint64), ("long long", np.longlong), ("size_t", np.uintp), ("float", np.float32),
    ("double", np.float64), ("long double", np.longdouble), ("float _Complex", np.complex64),
    ("double _Complex", np.complex128), ("char", "S1"), ("wchar_t", "U1"), ("char16_t", np.uint16),
    ("void *", np.uintp)])
def test_every_scalar_has_a_dtype(ctype, dtype):
    array = np.asarray(FFI().new("%s[2][3]" % ctype))
    assert (array.dtype, array.shape) == (np.dtype(dtype), (2, 3))


@native_only
def test_a_struct_is_a_structured_dtype():
    """Each member lies in the dtype where C has it, whatever the padding."""
    ffi = FFI()
    ffi.cdef("""struct in { short a; int b; };
        struct s { char c; struct in n; double m[2][3]; union { int i; float f; } u;
                   int flag : 3; struct in many[2]; char tail; };""")
    items = ffi.new("struct s[3]")
    array = np.asarray(items)
    assert array.dtype.itemsize == ffi.sizeof("struct s")
    for name in ("c", "n", "m", "u", "many", "tail"):
        assert array.dtype.fields[name][1] == ffi.offsetof("struct s", name)
    array["m"][1] = 5
    array[2]["n"]["b"] = 7
    array["many"]["a"][0, 1] = 9
    assert (items[1].m[1][2], items[2].n.b, items[0].many[1].a) == (5.0, 7, 9)
    array["u"]["i|f"].view("i4")[1] = 42
    assert items[1].u.i == 42


@native_only
def test_a_packed_struct():
    ffi = FFI()
    ffi.cdef("struct s { char c; double d; int i; };", packed=True)
    array = np.asarray(ffi.new("struct s[2]", [[b"a", 1.5, 3], [b"b", 2.5, 4]]))
    assert array.dtype.itemsize == 13 and array.tolist() == [(b"a", 1.5, 3), (b"b", 2.5, 4)]


@native_only
def test_an_array_as_an_argument_names_the_way():
    ffi = FFI()
    ffi.cdef("size_t strlen(const char *);")
    with pytest.raises(TypeError, match=r"argument 1 of 'strlen'.*ndarray: ffi.from_buffer\('char\[\]', x\)"):
        ffi.dlopen(None).strlen(np.zeros(3, np.int8))


def test_from_buffer_and_buffer_work_on_every_engine():
    ffi = FFI()
    array = np.arange(4, dtype=np.int32)
    numbers = ffi.from_buffer("int32_t[]", array)
    numbers[1] = 50
    assert array.tolist() == [0, 50, 2, 3]
    other = np.frombuffer(ffi.buffer(numbers), dtype=np.int32)
    other[0] = 8
    assert array[0] == 8
