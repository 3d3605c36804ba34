"""Errors of conversions name both sides; what is accepted, exactly."""

import pytest
from data_support import core, native  # noqa: F401


@pytest.mark.parametrize("text, value, error, message", [
    ("int *", "x", TypeError, "an integer is required for ctype 'int', not str"),
    ("int *", 1.5, TypeError, "an integer is required for ctype 'int', not float"),
    ("int *", 2**40, OverflowError, "integer 1099511627776 does not fit 'int'"),
    ("unsigned short *", -1, OverflowError, "integer -1 does not fit 'unsigned short'"),
    ("long *", 2**64, OverflowError, "integer 18446744073709551616 does not fit 'long'"),
    ("_Bool *", 2, OverflowError, "integer 2 does not fit '_Bool'"),
    ("double *", "x", TypeError, "initializer for ctype 'double' must be a real number, not str"),
    ("char *", 65, TypeError, "initializer for ctype 'char' must be a bytes of length 1, not int"),
    ("wchar_t *", b"x", TypeError, "ctype 'wchar_t' must be a unicode string of length 1, not bytes"),
    ("wchar_t *", "xy", TypeError, "not unicode string of length 2"),
    ("char16_t *", "\U00012345", TypeError, "not larger-than-0xFFFF character"),
    ("int * *", 5, TypeError, "initializer for ctype 'int \\*' must be a cdata pointer, not int"),
    ("int[2]", [1, 2, 3], IndexError, "too many initializers for 'int\\[2\\]' \\(got 3\\)"),
    ("int[2]", 5, TypeError, "initializer for ctype 'int\\[2\\]' must be a list or tuple, not int"),
    ("char[2]", "x", TypeError, "'char\\[2\\]' must be a bytes or list or tuple, not str"),
    ("char[2]", b"xyz", IndexError, "too long for 'char\\[2\\]' \\(got 3 characters\\)"),
    ("struct s *", 5, TypeError, "'struct s' must be a list or tuple or dict or struct-cdata, not int"),
    ("struct s *", [1, 2, 3], ValueError, "too many initializers for 'struct s' \\(got 3\\)"),
    ("struct s *", {"zz": 1}, KeyError, "zz")])
def test_messages_name_type_and_value(native, text, value, error, message):
    """The target's C type and the value, or its Python type."""
    native.record("struct s", ("a", "int"), ("b", "double"))
    with pytest.raises(error, match=message):
        native.new(text, value)


def test_messages_name_cdata_by_its_c_type(core):
    """Not as a Python object."""
    core.record("struct s", ("a", "int"))
    core.record("struct t", ("a", "int"))
    with pytest.raises(TypeError, match="'struct s' must be a .*, not cdata 'struct s \\*'"):
        core.new("struct s *", core.new("struct s *"))
    with pytest.raises(TypeError, match="'struct t \\*' must be a .*, not cdata 'struct s \\*'"):
        core.new("struct t * *", core.new("struct s *"))
    with pytest.raises(TypeError, match="'int \\*' must be a pointer or array, not cdata 'double'"):
        core.new("int * *", core.cast_to("double", 1))


def test_two_structs_of_one_name(core):
    """The message says that they are not the same."""
    first, second = core.new_struct_type("struct s"), core.new_struct_type("struct s")
    pointers = [core.new_pointer_type(core.new_pointer_type(each)) for each in (first, second)]
    with pytest.raises(TypeError, match="appears indeed to be 'struct s \\*', but the types are different"):
        core.newp(pointers[0], core.newp(pointers[1])[0])


def test_an_integer_of_thousands_of_digits(native):
    """Is an OverflowError too, though Python does not print it."""
    with pytest.raises(OverflowError, match="does not fit 'int'"):
        native.new("int *", 10**10000)


def test_structs_are_copied(core):
    """From cdata of the same type; other types are refused."""
    core.record("struct s", ("a", "int"), ("b", "int"))
    first = core.new("struct s *", [1, 2])
    second = core.new("struct s *", first[0])
    first.a = 9
    assert (second.a, second.b) == (1, 2)
    array = core.new("struct s[2]", [first[0], {"b": 5}])
    assert (array[0].a, array[1].b) == (9, 5)
    array[1] = second[0]
    assert array[1].a == 1
    same = core.new("int[3]", core.new("int[3]", [1, 2, 3]))
    assert list(same) == [1, 2, 3]


def test_unions_take_one_item(core):
    """Of a list the first member; of a dict any."""
    core.record("union u", ("a", "int"), ("b", "double"))
    assert core.new("union u *", [5]).a == 5 and core.new("union u *", {"b": 2.5}).b == 2.5
    with pytest.raises(ValueError):
        core.new("union u *", [1, 2])


def test_nested_initializers(core):
    """Structs of arrays of structs, from lists, tuples and dicts together."""
    core.record("struct point", ("x", "int"), ("y", "int"))
    core.record("struct shape", ("name", "char[8]"), ("points", "struct point[3]"), ("count", "int"))
    shape = core.new("struct shape *", {"name": b"abc", "points": [(1, 2), {"y": 4}], "count": 2})
    assert core.string(shape.name) == b"abc"
    assert [(point.x, point.y) for point in shape.points] == [(1, 2), (0, 4), (0, 0)]


def test_a_failed_initializer_changes_nothing_else(core):
    """An item that does not convert raises; a struct in use keeps its other members."""
    core.record("struct s", ("a", "int"), ("b", "int"))
    value = core.new("struct s *", [1, 2])
    with pytest.raises(TypeError):
        value[0] = {"b": "x"}
    assert (value.a, value.b) == (1, 2)


def test_unsigned_long_bit_fields_take_64_bits(native):
    """CFFI refuses the upper half."""
    native.record("struct s", ("a", "unsigned long", 64))
    assert native.new("struct s *", [2**64 - 1]).a == 2**64 - 1


def test_files_become_FILE_pointers(core, tmp_path):
    """cast() of a Python file, for functions of stdio."""
    core.opaque("FILE")
    path = tmp_path / "out"
    with open(path, "wb") as file:
        file.write(b"first ")
        pointer = core.cast_to("FILE *", file)
        fputs = core.load_library(None).load_function(core.function("int", "char *", "FILE *"), "fputs")
        assert fputs(b"second", pointer) >= 0 and fputs(b" third", file) >= 0
    assert path.read_bytes() == b"first second third"
    with pytest.raises(TypeError):
        core.cast_to("FILE *", object())
