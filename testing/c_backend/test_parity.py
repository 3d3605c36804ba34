"""Ours and CFFI's core side by side: the same value, or the same class of exception.

Each test crosses types with values.  What differs on purpose is listed here and
nowhere else.
"""

from decimal import Decimal
from fractions import Fraction

import pytest
from data_support import native, oracle  # noqa: F401

INTEGERS = ["_Bool", "signed char", "unsigned char", "short", "unsigned short", "int", "unsigned int",
            "long", "unsigned long", "long long", "unsigned long long", "int8_t", "uint64_t", "size_t"]
FLOATING = ["float", "double", "long double", "_cffi_float_complex_t", "_cffi_double_complex_t"]
CHARACTERS = ["char", "wchar_t", "char16_t", "char32_t"]
SCALARS = INTEGERS + FLOATING + CHARACTERS


class HasInt:
    def __int__(self):
        return 7


class HasFloat:
    def __float__(self):
        return 7.5


class HasComplex:
    def __complex__(self):
        return 7.5 + 1j


class HasIndex:
    def __index__(self):
        return 7


VALUES = {
    "0": 0, "1": 1, "-1": -1, "2": 2, "127": 127, "128": 128, "-128": -128, "-129": -129, "255": 255,
    "256": 256, "2**15": 2**15, "2**16": 2**16, "2**31": 2**31, "-2**31-1": -2**31 - 1,
    "2**32": 2**32, "2**62": 2**62, "2**63": 2**63, "-2**63": -2**63, "-2**63-1": -2**63 - 1,
    "2**64-1": 2**64 - 1, "2**64": 2**64, "10**30": 10**30, "True": True, "False": False,
    "1.0": 1.0, "1.5": 1.5, "-0.0": -0.0, "3e38": 3e38, "1e300": 1e300, "inf": float("inf"),
    "1j": 1j, "None": None, "''": "", "'a'": "a", "'ab'": "ab", "'\\u1234'": "\u1234",
    "'\\U00012345'": "\U00012345", "b''": b"", "b'a'": b"a", "b'\\xff'": b"\xff", "b'ab'": b"ab",
    "bytearray": bytearray(b"a"), "[]": [], "[1]": [1], "(1,)": (1,), "{}": {}, "object": object(),
    "Decimal": Decimal(3), "Fraction": Fraction(7, 2), "HasInt": HasInt(), "HasFloat": HasFloat(),
    "HasComplex": HasComplex(), "Ellipsis": ...}
CDATA = {
    "int 5": ("int", 5), "int -5": ("int", -5), "long 2**40": ("long", 2**40),
    "unsigned long 2**63": ("unsigned long", 2**63), "char a": ("char", b"a"),
    "wchar_t a": ("wchar_t", "a"), "char16_t a": ("char16_t", "a"), "_Bool 1": ("_Bool", 1),
    "double 2.5": ("double", 2.5), "float 2.5": ("float", 2.5), "long double 2.5": ("long double", 2.5),
    "complex": ("_cffi_double_complex_t", 1 + 2j), "int * NULL": ("int *", 0),
    "void * 8": ("void *", 8), "int[3] NULL": ("int[3]", 0)}

# repr() of a wide character beyond 0x10ffff: SystemError in CFFI, its number in ours.
NO_CHARACTER = {(name, text) for text in ("wchar_t", "char32_t") for name in (
    "-1", "-128", "-129", "2**31", "-2**31-1", "-2**63-1", "2**64-1", "10**30", "int -5")}
# Only ours takes a long double for a complex number.
WIDER = {("long double 2.5", text) for text in ("_cffi_float_complex_t", "_cffi_double_complex_t")}


def value_of(core, name):
    return core.cast_to(*CDATA[name]) if name in CDATA else VALUES[name]


@pytest.mark.parametrize("text", SCALARS)
@pytest.mark.parametrize("name", list(VALUES) + list(CDATA))
def test_storing(native, oracle, text, name):
    """new("T *", value)[0]"""
    def store(core):
        return core.new(text + " *", value_of(core, name))[0]
    assert native.outcome(store) == oracle.outcome(store)


@pytest.mark.parametrize("text", SCALARS + ["int *", "void *", "int[3]", "int[]", "void"])
@pytest.mark.parametrize("name", list(VALUES) + list(CDATA))
def test_casting(native, oracle, text, name):
    """cast("T", value)"""
    if (name, text) in NO_CHARACTER | WIDER:
        assert isinstance(native.cast_to(text, value_of(native, name)), native.CData)
        return

    def cast(core):
        return core.cast_to(text, value_of(core, name))
    assert native.outcome(cast) == oracle.outcome(cast)


POINTERS = ["int *", "char *", "signed char *", "unsigned char *", "void *", "_Bool *", "int * *",
            "unsigned int *", "wchar_t *", "int[3]", "char[3]", "struct s *", "struct o *", "pointer to int[3]",
            "function"]


def pointer_type(core, name):
    if name == "function":
        return core.function("int", "int")
    if name.startswith("pointer to"):
        return core.new_pointer_type(core.t(name[len("pointer to"):]))
    return core.t(name)


@pytest.mark.parametrize("text", POINTERS)
@pytest.mark.parametrize("name", POINTERS + ["int", "double"])
def test_pointers_into_pointers(native, oracle, text, name):
    """Which pointers are taken without a cast."""
    def store(core):
        core.record("struct s", ("a", "int"))
        core.opaque("struct o")
        core.newp(core.new_pointer_type(pointer_type(core, text)), core.cast(pointer_type(core, name), 0))
    if "[" in text and not text.startswith("pointer"):
        return                  # an array is copied: NULL must not be read
    assert native.outcome(store) == oracle.outcome(store)


INITIALIZERS = {
    "None": None, "[]": [], "[1, 2]": [1, 2], "(1, 2, 3)": (1, 2, 3), "[1]*4": [1] * 4, "3": 3, "-1": -1,
    "2**70": 2**70, "1.5": 1.5, "'ab'": "ab", "'abcd'": "abcd", "b'ab'": b"ab", "b'abcd'": b"abcd",
    "b'\\1\\0'": b"\1\0", "{}": {}, "{'a': 1}": {"a": 1}, "{'zz': 1}": {"zz": 1}, "iterator": iter([1]),
    "['a']": ["a"], "[b'a']": [b"a"], "[None]": [None], "bytearray": bytearray(b"ab"), "[[1], [2]]": [[1], [2]],
    "[1.5]": [1.5], "[[1, 2], {'a': 3}]": [[1, 2], {"a": 3}]}


@pytest.mark.parametrize("text", [
    "int[3]", "int[]", "char[3]", "char[]", "unsigned char[3]", "_Bool[3]", "wchar_t[3]", "wchar_t[]",
    "char16_t[3]", "double[]", "int[2][2]", "int[][2]", "struct s *", "union u *", "struct s[2]",
    "struct flexible *", "struct opaque *", "void *", "int", "struct s"])
@pytest.mark.parametrize("name", list(INITIALIZERS))
def test_initializing(native, oracle, text, name):
    """new() of arrays, structs and unions: the bytes, the size, or the error."""
    def make(core):
        core.record("struct s", ("a", "int"), ("b", "double"))
        core.record("union u", ("a", "int"), ("b", "double"))
        core.record("struct flexible", ("a", "int"), ("tail", "int[]"))
        core.opaque("struct opaque")
        made = core.new(text, INITIALIZERS[name])
        return repr(made), core.sizeof(made), core.buffer(made)[:]
    assert native.outcome(make) == oracle.outcome(make)


OBJECTS = {
    "int": lambda core: core.cast_to("int", 5), "char": lambda core: core.cast_to("char", b"a"),
    "double": lambda core: core.cast_to("double", 2.5), "complex": lambda core: core.cast_to(
        "_cffi_double_complex_t", 2j), "_Bool": lambda core: core.cast_to("_Bool", 1),
    "long double": lambda core: core.cast_to("long double", 2.5),
    "wchar_t": lambda core: core.cast_to("wchar_t", "x"),
    "int * 16": lambda core: core.cast_to("int *", 16), "NULL": lambda core: core.cast_to("int *", 0),
    "void * 16": lambda core: core.cast_to("void *", 16),
    "function": lambda core: core.cast(core.function("int"), 16),
    "function NULL": lambda core: core.cast(core.function("int"), 0),
    "owned": lambda core: core.new("int *", 3), "array": lambda core: core.new("int[3]", [1, 2, 3]),
    "open": lambda core: core.new("int[]", [1, 2, 3]), "text": lambda core: core.new("char[]", b"ab"),
    "wide": lambda core: core.new("wchar_t[]", "ab"),
    "struct *": lambda core: core.newp(core.new_pointer_type(core.record(
        "struct s", ("a", "int"))), [4]),
    "struct": lambda core: core.newp(core.new_pointer_type(core.record("struct s", ("a", "int"))), [4])[0],
    "opaque *": lambda core: core.cast(core.new_pointer_type(core.opaque("struct o")), 16),
    "enum": lambda core: core.cast(core.new_enum_type("enum e", ("A",), (5,), core.t("int")), 5),
    "slice": lambda core: KEPT.setdefault(core, core.new("int[3]", [1, 2, 3]))[1:3]}
KEPT = {}                       # CFFI's slices do not keep their memory

OPERATIONS = {
    "bool": bool, "int": int, "float": float, "complex": complex, "len": len, "list": list,
    "iter": lambda x: iter(x) and 0,
    "dir": lambda x: [name for name in dir(x) if not name.startswith("_")], "neg": lambda x: -x,
    "mul": lambda x: x * 2, "str": lambda x: str(x) == repr(x),
    "x + 1.5": lambda x: x + 1.5, "x + 'a'": lambda x: x + "a", "x + 2**70": lambda x: x + 2**70,
    "1 - x": lambda x: 1 - x, "x - x": lambda x: x - x, "(x + 2) - x": lambda x: (x + 2) - x,
    "x == x": lambda x: x == x, "x != 5": lambda x: x != 5, "x == 5": lambda x: x == 5,
    "x == 5.0": lambda x: x == 5.0, "x == b'a'": lambda x: x == b"a", "x < 6": lambda x: x < 6,
    "x < x": lambda x: x < x, "x == None": lambda x: x == None,  # noqa: E711
    "hash": lambda x: hash(x) == hash(x), "x[0]": lambda x: x[0] and 0, "x[1]": lambda x: x[1] and 0,
    "x[-1]": lambda x: x[-1] and 0, "x['a']": lambda x: x["a"], "x[None]": lambda x: x[None],
    "x[2**70]": lambda x: x[2**70], "x[1.0]": lambda x: x[1.0], "x[:1]": lambda x: x[:1],
    "x[0:]": lambda x: x[0:], "x[0:2:1]": lambda x: x[0:2:1], "x[2:1]": lambda x: x[2:1],
    "x[0:99]": lambda x: x[0:99], "x.a": lambda x: x.a, "x.zz": lambda x: x.zz, "x()": lambda x: x(1, 2, 3),
    "del x[0]": lambda x: x.__delitem__(0), "del x.a": lambda x: x.__delattr__("a"),
    "x.a = 'x'": lambda x: setattr(x, "a", "x"), "x.zz = 1": lambda x: setattr(x, "zz", 1),
    "with": lambda x: x.__enter__() and 0}
# Reads of addresses that nobody owns: both would crash.
CRASHES = {(thing, operation) for thing in ("int * 16", "opaque *")
           for operation in ("x[0]", "x[1]", "x[-1]")} | {("function", "x()")}
# CFFI reads behind what it owns: ours checks.
CHECKED = {("owned", "x[0:99]"), ("struct *", "x[0:99]")}


@pytest.mark.parametrize("thing", OBJECTS)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_operations(native, oracle, thing, operation):
    """Operators, built-in functions, indexes and attributes on every kind of cdata."""
    if (thing, operation) in CRASHES:
        pytest.skip("reads memory that is not there")
    if (thing, operation) in CHECKED:
        with pytest.raises(IndexError):
            OPERATIONS[operation](OBJECTS[thing](native))
        return

    def act(core):
        return OPERATIONS[operation](OBJECTS[thing](core))
    assert native.outcome(act) == oracle.outcome(act)


FUNCTIONS = {
    "string": lambda core, x: core.string(x), "string 1": lambda core, x: core.string(x, 1),
    "unpack 2": lambda core, x: core.unpack(x, 2), "unpack -1": lambda core, x: core.unpack(x, -1),
    "unpack 'a'": lambda core, x: core.unpack(x, "a"), "buffer": lambda core, x: len(core.buffer(x)),
    "buffer 1": lambda core, x: len(core.buffer(x, 1)), "sizeof": lambda core, x: core.sizeof(x),
    "alignof": lambda core, x: core.alignof(x), "typeof": lambda core, x: core.typeof(x),
    "release": lambda core, x: core.release(x), "from_handle": lambda core, x: core.from_handle(x) if not x else 0,
    "memmove": lambda core, x: core.memmove(bytearray(4), x, 2), "gcp None": lambda core, x: core.gcp(x, None),
    "rawaddressof": lambda core, x: core.rawaddressof(core.t("char *"), x, 0) and 0,
    "memmove str": lambda core, x: core.memmove(x, "ab", 2), "memmove neg": lambda core, x: core.memmove(x, x, -1),
    "cast int": lambda core, x: core.cast_to("int", x) and 0, "cast double": lambda core, x: core.cast_to("double", x),
    "store in int": lambda core, x: core.new("int *", x), "store in double": lambda core, x: core.new("double *", x),
    "store in char": lambda core, x: core.new("char *", x), "store in int *": lambda core, x: core.new("int * *", x),
    "store in void *": lambda core, x: core.new("void * *", x), "as array": lambda core, x: core.new("int[]", x)}
READS_16 = {"string", "string 1", "unpack 2", "memmove", "memmove str"}


@pytest.mark.parametrize("thing", OBJECTS)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_functions(native, oracle, thing, function):
    """The module's functions on every kind of cdata."""
    if function in READS_16 and thing in ("int * 16", "void * 16", "opaque *", "NULL"):
        pytest.skip("reads memory that is not there")
    if (thing, function) in {("owned", "unpack 2"), ("struct *", "unpack 2")}:
        with pytest.raises(IndexError):     # CFFI reads behind what it owns
            native.unpack(OBJECTS[thing](native), 2)
        return

    def act(core):
        return FUNCTIONS[function](core, OBJECTS[thing](core))
    assert native.outcome(act) == oracle.outcome(act)


@pytest.mark.parametrize("text", INTEGERS)
def test_objects_with_index(native, text):
    """Beyond CFFI: __index__ is enough for an integer (parity-c: int-like)."""
    if text == "_Bool":
        with pytest.raises(OverflowError):
            native.new(text + " *", HasIndex())
    else:
        assert native.new(text + " *", HasIndex())[0] == 7
        assert int(native.cast_to(text, HasIndex())) == 7
