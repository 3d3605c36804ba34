"""Promises of namespaces: globals, functions, enums, typedefs; and of cppbind.gbl."""

import pickle
import sys

import pytest
import support
from cpp_dictionaries import fixture_library
from cpp_runtime import load, load_text

import cppbind


@pytest.fixture
def gbl():
    gbl = load("Globals")
    gbl.gCounterPtr = gbl.gCounter
    return gbl


# ---- globals --------------------------------------------------------------------

def test_global_numbers_are_shared(gbl):
    """A global is read and assigned through the namespace."""
    gbl.gInt = 12
    assert gbl.gInt == 12
    gbl.gInt = 11
    gbl.outer.value = 70
    assert gbl.outer.value == 70
    gbl.outer.value = 7


def test_global_is_assigned_before_it_was_read(tmp_path):
    """The first use of a global may be an assignment."""
    gbl = load_text("inline int gFirst = 1; inline int ReadFirst() { return gFirst; }", tmp_path)
    gbl.gFirst = 2
    assert gbl.ReadFirst() == 2


def test_global_is_typed(gbl):
    """A wrong type is a TypeError that names the global."""
    with pytest.raises(TypeError) as caught:
        gbl.gInt = "eleven"
    assert "gInt" in str(caught.value) and gbl.gInt == 11


def test_global_constants(gbl):
    """Constants have their values and cannot be assigned."""
    assert gbl.gConst == 42 and gbl.gRatio == 0.5
    with pytest.raises(TypeError):
        gbl.gConst = 1


def test_global_object(gbl):
    """A global object has one proxy; Python does not own it."""
    assert gbl.gCounter is gbl.gCounter and not gbl.gCounter.__python_owns__
    before = gbl.gCounter.count
    assert gbl.gCounter.Next() == before + 1 == gbl.gCounter.count


def test_global_pointer_is_bound_by_reference(gbl):
    """Rebinding a global pointer on either side is seen on the other, by a proxy taken before too."""
    pointer = gbl.gCounterPtr
    assert pointer == gbl.gCounter
    gbl.gOtherCounter.count = 500
    gbl.PointTo(gbl.gOtherCounter)
    assert pointer.count == gbl.gCounterPtr.count == 500
    mine = gbl.Counter()
    gbl.gCounterPtr = mine
    assert gbl.PointedTo() is mine and pointer.count == 0


def test_global_pointer_can_be_null(gbl):
    """None and nullptr make a global pointer null; using it then is a ReferenceError."""
    for null in (None, cppbind.nullptr):
        gbl.gCounterPtr = null
        assert not gbl.gCounterPtr and gbl.PointedTo() == cppbind.nullptr
        with pytest.raises(ReferenceError):
            gbl.gCounterPtr.count
    with pytest.raises(TypeError):
        gbl.gCounterPtr = 5


def test_global_pointer_keeps_its_object(gbl):
    """An object that Python made lives as long as a global pointer that Python set points to it."""
    gbl.gCounterPtr = gbl.Counter()
    gbl.gCounterPtr.count = 9
    assert gbl.PointedTo().Next() == 10


def test_global_array(gbl):
    """A global array is a view of its memory."""
    assert list(gbl.gArray) == [1.0, 2.0, 4.0]
    gbl.gArray[1] = 8.0
    assert list(gbl.gArray) == [1.0, 8.0, 4.0]
    gbl.gArray = [1.0, 2.0, 4.0]
    assert list(gbl.gArray) == [1.0, 2.0, 4.0]
    with pytest.raises(IndexError):
        gbl.gArray[3]


def test_global_text(gbl):
    """A global const char * is a str and can be set to another."""
    assert gbl.gText == "text"
    gbl.gText = "other " + str(5)
    assert gbl.gText == "other 5"
    gbl.gText = "text"


def test_variable_that_is_defined_nowhere(gbl):
    """An extern variable without definition is an AttributeError that names its symbol."""
    with pytest.raises(AttributeError) as caught:
        gbl.declared_only
    assert "declared_only" in str(caught.value)


# ---- names ----------------------------------------------------------------------------

def test_unknown_name(gbl):
    """A name that no dictionary has is an AttributeError that says where it was looked for."""
    with pytest.raises(AttributeError) as caught:
        gbl.no_such_name
    assert "no_such_name" in str(caught.value) and "Globals" in str(caught.value)
    with pytest.raises(AttributeError) as caught:
        gbl.outer.no_such_name
    assert "'outer'" in str(caught.value)


def test_assignment_to_unknown_name(gbl):
    """A typo in an assignment is an AttributeError, not a new variable."""
    with pytest.raises(AttributeError):
        gbl.gImt = 3


def test_namespaces(gbl):
    """Nested, inline, reopened and aliased namespaces are as in C++."""
    assert gbl.outer.inner.Depth() == 2 and gbl.outer.Versioned() == 1 and gbl.outer.Half(3) == 1.5
    assert gbl.alias is gbl.outer.inner
    assert gbl.outer.Square(3) == 9 and gbl.outer.Square(3, 4) == 12


def test_namespaces_cannot_be_called(gbl):
    """A namespace is no class to its user."""
    with pytest.raises(TypeError):
        gbl.outer()
    assert repr(gbl.outer) == "<C++ namespace 'outer'>"


def test_dir_lists_what_is_there(gbl):
    """dir() knows the names of all dictionaries without making them."""
    assert {"gInt", "Counter", "outer", "PointTo", "kRed", "Color"} <= set(dir(gbl))
    assert {"Square", "inner", "value", "DeepAlias"} <= set(dir(gbl.outer))


def test_namespace_over_several_dictionaries(tmp_path):
    """A namespace has what all dictionaries put into it, overloads included."""
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    gbl = load_text("namespace merged { inline int one(int) { return 1; } }", tmp_path / "one")
    assert gbl.merged.one(1) == 1
    load_text("namespace merged { inline int two() { return 2; } inline int one(const char *) { return 3; } }",
              tmp_path / "two")
    assert gbl.merged.two() == 2 and gbl.merged.one(1) == 1 and gbl.merged.one("x") == 3


def test_gbl_can_be_imported():
    """`from cppbind.gbl import Class` works, as for a module."""
    load("Globals")
    namespace = {}
    exec("from cppbind.gbl import Counter\nfrom cppbind.gbl.outer import Square\nimport cppbind.gbl.outer", namespace)
    assert namespace["Counter"] is cppbind.gbl.Counter and namespace["Square"](2) == 4
    with pytest.raises(ImportError):
        exec("from cppbind.gbl import NoSuchClass", {})
    before = cppbind.gbl.gInt
    cppbind.gbl.gInt = 1234         # gbl is the namespace still
    assert cppbind.gbl.outer.Square(2) == 4 and cppbind.gbl.gInt == 1234 and "gInt" not in cppbind.gbl.__dict__
    cppbind.gbl.gInt = before


def test_typedefs(gbl):
    """A typedef is what it names."""
    assert gbl.outer.DeepAlias is gbl.outer.inner.Deep


def test_callback_typedef(gbl):
    """A typedef of a function pointer is the C type that a callback is made with."""
    import cffi_like
    ffi = cffi_like.FFI()
    callback = ffi.callback(gbl.outer.Callback, lambda x: x + 100)
    assert gbl.outer.Apply(callback, 1) == 101


def test_c_function(gbl):
    """extern "C" functions are functions like others."""
    assert gbl.c_function(4) == 5


# ---- enums ---------------------------------------------------------------------------------

def test_unscoped_enum(gbl):
    """Enumerators are in the enum and in the scope round it, and are ints."""
    assert gbl.kGreen is gbl.Color.kGreen and gbl.kGreen == 5 and isinstance(gbl.kGreen, int)
    assert gbl.kAnonymous == 99


def test_scoped_enum(gbl):
    """Enumerators of an enum class are in the enum alone."""
    assert gbl.Level.high == 200
    with pytest.raises(AttributeError):
        gbl.high


def test_enum_arguments_and_results(gbl):
    """Functions take and return enumerators; an int is taken for an unscoped enum only."""
    assert gbl.outer.NextColor(gbl.kRed) is gbl.kGreen and gbl.outer.NextColor(0) is gbl.kGreen
    assert gbl.outer.Raise(gbl.Level.low) is gbl.Level.high
    for wrong in (1, gbl.kRed, "low"):
        with pytest.raises(TypeError):
            gbl.outer.Raise(wrong)
    with pytest.raises(TypeError):
        gbl.outer.NextColor(gbl.Level.low)


def test_enum_member(gbl):
    """A data member of enum type is an enumerator, typed."""
    deep = gbl.outer.inner.Deep()
    assert deep.kind is gbl.outer.inner.Deep.kRound
    deep.kind = deep.kFlat
    assert deep.kind == 0
    with pytest.raises(TypeError):
        deep.kind = gbl.kRed


def test_enums_iterate_and_look_up(gbl):
    """An enum lists its enumerators, finds them by name and by value."""
    assert [value.name for value in gbl.Color] == ["kRed", "kGreen", "kBlue"] and len(gbl.Color) == 3
    assert gbl.Color["kBlue"] is gbl.Color(6) and 6 in gbl.Color and 7 not in gbl.Color
    with pytest.raises(KeyError):
        gbl.Color["kPink"]


def test_enums_of_every_underlying_type(tmp_path):
    """Narrow, signed, character and bool underlying types keep their values, in results and members."""
    gbl = load_text("enum class EnS8 : signed char { low = -128, minus = -1 }; enum class EnC16 : char16_t { big = 65535 };"
                    "enum class EnBool : bool { no, yes }; enum EnChar : char { kNeg = -5 };"
                    "enum class EnI64 : long long { min = -0x7fffffffffffffffLL - 1 };"
                    "struct EnAll { EnS8 a = EnS8::minus; EnC16 b = EnC16::big; EnBool c = EnBool::yes; EnChar d = kNeg;"
                    " EnI64 e = EnI64::min; }; inline EnS8 EnSame(EnS8 x) { return x; }"
                    "inline EnBool EnNot(EnBool x) { return x == EnBool::no ? EnBool::yes : EnBool::no; }", tmp_path)
    made = gbl.EnAll()
    assert [made.a, made.b, made.c, made.d, made.e] == [-1, 65535, 1, -5, -2**63]
    assert made.a is gbl.EnS8.minus and made.c is gbl.EnBool.yes and made.d is gbl.kNeg
    made.a, made.c = gbl.EnS8.low, gbl.EnBool.no
    assert gbl.EnSame(made.a) is gbl.EnS8.low and gbl.EnNot(made.c) is gbl.EnBool.yes
    with pytest.raises(ValueError):
        gbl.EnS8(128)


def test_enum_values_without_name(gbl):
    """A value without a name is possible within the underlying type, as in C++."""
    assert gbl.Color(77) == 77 and gbl.Color(77).name is None
    with pytest.raises(ValueError):
        gbl.Level(256)
    assert gbl.kWide == 2**64 - 1


def test_enum_display_and_pickle(gbl):
    """repr names enum and value; str is the number; pickling gives the same object back."""
    assert repr(gbl.kGreen) == "<Color::kGreen: 5>" and str(gbl.kGreen) == "5"
    assert pickle.loads(pickle.dumps(gbl.Level.high)) is gbl.Level.high


def test_enumerators_are_constant(gbl):
    """An enumerator cannot be assigned."""
    with pytest.raises(TypeError):
        gbl.Color.kRed = 3


# ---- the package -------------------------------------------------------------------------------

def test_import_is_light():
    """Neither the import nor a dictionary brings the generator's half: no libclang, no pycparser."""
    path = fixture_library("MyClass")
    done = support.run_python("""
        import sys, cppbind
        cppbind.load_reflection_info(sys.argv[1])
        assert cppbind.gbl.MyClass(3).GetMyInt() == 3
        heavy = [name for name in sys.modules if name.split('.')[0] in ('clang', 'pycparser', 'ctypes', 'cffi')
                 or name.startswith('cppbind.clang')]
        assert not heavy, heavy
    """, path)
    assert done.stdout == ""


def test_nullptr():
    """nullptr is false, equal to None, and one object."""
    assert not cppbind.nullptr and cppbind.nullptr == None and repr(cppbind.nullptr) == "nullptr"  # noqa: E711
    assert cppbind.nullptr != 0 and hash(cppbind.nullptr) == hash(cppbind.nullptr)


def test_sizeof(gbl):
    """sizeof takes classes, objects, names of both kinds; unknown sizes are a TypeError."""
    assert cppbind.sizeof(gbl.Counter) == cppbind.sizeof("Counter") == cppbind.sizeof(gbl.gCounter) == 4
    assert cppbind.sizeof("double") == 8 and cppbind.sizeof("void *") == (8 if sys.maxsize > 2**32 else 4)
    for wrong in (5, "NoSuchClass", list, gbl.outer):
        with pytest.raises(TypeError):
            cppbind.sizeof(wrong)


def test_typeid(gbl):
    """typeid compares types by their C++ names."""
    assert cppbind.typeid(gbl.Counter) == cppbind.typeid(gbl.gCounter) and cppbind.typeid(gbl.Counter).name() == "Counter"
    assert cppbind.typeid(gbl.Color) != cppbind.typeid(gbl.Counter)


def test_hooks_are_checked():
    """The core refuses what it cannot use, without a crash."""
    from cppbind.runtime import native
    with pytest.raises(TypeError):
        native.set_hooks(no_such_hook=print)
    with pytest.raises(TypeError):
        native.bind(int, 0, 0, None, False)
    with pytest.raises(TypeError):
        native.new_class("X", (int,), {}, {}, False)
    with pytest.raises(TypeError):
        native.addressof(5)


@pytest.mark.skipif(support.engine_name() != "native", reason="the C enumeration is the compiled core's")
def test_kinds_of_types_agree_with_the_core():
    """The numbers of TYPE_ kinds in the format are those of the C enumeration."""
    import _cffi_like
    from cppbind import format as fmt
    assert tuple(fmt.TYPE_KINDS.values()) == _cffi_like.CPP_TYPE_KINDS
