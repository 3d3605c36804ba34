"""copy.copy, copy.deepcopy and pickle of C data."""

import copy
import gc
import pickle

import pytest
import support
from built_modules import builder

from cffi_like import FFI

native_only = pytest.mark.skipif(support.engine_name() != "native",
                                 reason="cdata of this engine has no __copy__")
SHAPES = """
    typedef enum { RED, GREEN = 5 } color_t;
    struct in { short a; long double g; };
    struct s { char name[4]; struct in many[2]; int flag : 3; color_t color; union { int i; float f; } u;
               void *link; COMPLEX z; };
    struct tail { int n; short items[]; };
    union number { int i; double d; };
""".replace("COMPLEX", "double" if support.IS_PYPY else "double _Complex")


def again(value, **options):
    return pickle.loads(pickle.dumps(value, **options))


@pytest.fixture
def ffi():
    made = FFI()
    made.cdef(SHAPES)
    return made


@native_only
def test_a_copy_is_a_value_of_its_own(ffi):
    """Arrays, records and owned pointers get memory of their own, of the same type."""
    one = ffi.new("struct s *", {"name": b"abc", "flag": -2})
    for copied in (copy.copy(one), copy.deepcopy(one), copy.copy(one[0])):
        copied.flag = 1
        assert (one.flag, copied.flag, ffi.string(copied.name)) == (-2, 1, b"abc")
    assert ffi.typeof(copy.copy(one)) is ffi.typeof("struct s *")
    assert ffi.typeof(copy.copy(one[0])) is ffi.typeof("struct s")
    numbers = ffi.new("int[]", [1, 2, 3])
    part = copy.copy(numbers[1:3])
    del numbers
    gc.collect()
    assert list(part) == [2, 3]
    row = copy.copy(ffi.new("int[2][2]", [[1, 2], [3, 4]])[1])
    assert list(row) == [3, 4] and ffi.typeof(row) is ffi.typeof("int[2]")
    tail = copy.copy(ffi.new("struct tail *", [2, [7, 8]]))
    assert list(tail.items) == [7, 8]


@native_only
def test_pointers_and_numbers_are_their_own_copy(ffi):
    pointer = ffi.cast("int *", 16)
    number = ffi.cast("long", 5)
    function = ffi.cast("int(*)(int)", 0)
    for value in (pointer, number, function, ffi.NULL):
        assert copy.copy(value) is value and copy.deepcopy(value) is value


@native_only
def test_copying_released_memory_is_refused(ffi):
    numbers = ffi.from_buffer("int[]", bytearray(8))
    ffi.release(numbers)
    with pytest.raises(ValueError, match="was released"):
        copy.copy(numbers)
    with pytest.raises(TypeError, match="was released"):
        pickle.dumps(numbers)


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("ctype, value", [
    ("int", -5), ("uint64_t", 2**64 - 1), ("double", 0.1), ("char", b"x"), ("wchar_t", "\u1234"),
    ("_Bool", 1), ("color_t", 5),
    pytest.param("double _Complex", 1 + 2j, marks=pytest.mark.skipif(
        support.IS_PYPY, reason="PyPy's core has no complex types"))])
def test_a_number_comes_back(ffi, ctype, value, protocol):
    number = ffi.cast(ctype, value)
    back = again(number, protocol=protocol)
    assert ffi.typeof(back) is ffi.typeof(ctype)
    assert repr(back) == repr(number)


def test_a_long_double_keeps_its_digits(ffi):
    third = ffi.new("long double *", ffi.cast("long double", 1))
    assert repr(again(third[0])) == repr(third[0])


def test_arrays_come_back(ffi):
    for name, init in (("int[3]", [1, 2, 3]), ("char[]", b"hello"), ("short[][2]", [[1, 2], [3, 4]]),
                       ("double[0]", [])):
        array = ffi.new(name, init)
        back = again(array)
        assert ffi.typeof(back) is ffi.typeof(name)
        assert ffi.buffer(back)[:] == ffi.buffer(array)[:]


def test_a_record_comes_back_as_the_type_it_was(ffi):
    one = ffi.new("struct s *", {"name": b"ab", "many": [[3], [4]], "flag": -1, "color": 5})
    one.u.i = 12
    for value in (one, one[0]):
        back = again(value)
        assert ffi.typeof(back) is ffi.typeof(value)
        assert (back.many[1].a, back.flag, back.color, back.u.i, back.link) == (4, -1, 5, 12, ffi.NULL)
    array = ffi.new("union number[2]", [{"d": 2.5}, {"i": 3}])
    assert again(array)[0].d == 2.5
    assert list(again(ffi.new("struct tail *", [3, [1, 2, 3]])).items)[:3] == [1, 2, 3]


def test_pickling_a_pointer_names_it(ffi):
    with pytest.raises(TypeError, match=r"cannot pickle a pointer: <cdata 'int \*' 0x10>"):
        pickle.dumps(ffi.cast("int *", 16))
    several = ffi.new("struct s[3]")
    pickle.dumps(several)
    several[1].link = ffi.cast("void *", 8)
    with pytest.raises(TypeError, match=r"'\[1\].link' is 'void \*' and not NULL"):
        pickle.dumps(several)
    with pytest.raises(TypeError, match=r"'\[1\]' is 'char \*'"):
        pickle.dumps(ffi.new("char *[2]", [ffi.NULL, ffi.new("char *")]))


_ELSEWHERE = """
import pickle, sys
from cffi_like import FFI
%s
value = pickle.loads(bytes.fromhex(%r))
%s
"""


def test_another_process_without_the_declaration(ffi, run_python):
    """The type is made from its description: all members are there."""
    one = ffi.new("struct s *", {"name": b"ab", "many": [[3], [4]], "flag": -1, "color": 5})
    done = run_python(_ELSEWHERE % ("", pickle.dumps(one).hex(), """
ffi = FFI()
assert value.many[1].a == 4 and value.flag == -1 and value.color == 5, value
assert ffi.typeof(value).cname == "struct s *" and ffi.sizeof(value[0]) == %d
assert ffi.typeof(pickle.loads(pickle.dumps(value))) is ffi.typeof(value)
print("good")""" % ffi.sizeof("struct s")))
    assert "good" in done.stdout, done.stderr


def test_another_process_that_declares_the_same(ffi, run_python):
    """The value has the type of the FFI that lives there, so it fits its functions and members."""
    one = ffi.new("struct s[2]", [{"name": b"ab"}])
    done = run_python(_ELSEWHERE % ("ffi = FFI(); ffi.cdef('''%s''')" % SHAPES, pickle.dumps(one).hex(), """
assert ffi.typeof(value) is ffi.typeof("struct s[2]")
assert ffi.string(value[0].name) == b"ab"
print("good")"""))
    assert "good" in done.stdout, done.stderr


def test_a_compiled_module_knows_its_types_again(tmp_path):
    """What a module's function returned is, in another process that imported the module, of
    the module's own type, whether its `ffi` was used before or not."""
    builder("typedef struct { int a; ...; } inner_t; inner_t make(int);",
            "typedef struct { char pad[8]; int a; double d; } inner_t;"
            "static inner_t make(int a) { inner_t s = {{0}, a, 2.5}; return s; }",
            "_pickled").compile(tmpdir=str(tmp_path))
    support.run_python("""
        import pickle, sys
        sys.path.insert(0, sys.argv[1])
        from _pickled import lib
        with open(sys.argv[1] + "/value", "wb") as file:
            pickle.dump(lib.make(5), file)
    """, str(tmp_path))
    support.run_python("""
        import pickle, sys
        sys.path.insert(0, sys.argv[1])
        from _pickled import ffi, lib
        with open(sys.argv[1] + "/value", "rb") as file:
            value = pickle.load(file)
        assert value.a == 5
        assert ffi.typeof(value) is ffi.typeof("inner_t")
        assert ffi.typeof(lib.make(6)) is ffi.typeof(value)
    """, str(tmp_path))
