"""Promises of calls: overloads, conversions of arguments and results, strings, default arguments, keywords."""

import array

import pytest
from cpp_runtime import load, load_text

import cffi_like
import cppbind


@pytest.fixture
def instance():
    return load("MyClass").MyClass(10)


@pytest.fixture
def shapes():
    return load("Shapes").shapes


@pytest.fixture(scope="module")
def kinds(tmp_path_factory):
    """One function per kind of argument and result."""
    return load_text(r"""
        #include <cstdint>
        #include <string>
        namespace kinds {
        inline bool Not(bool x) { return !x; }
        inline char NextChar(char c) { return c + 1; }
        inline char16_t Same16(char16_t c) { return c; }
        inline wchar_t SameWide(wchar_t c) { return c; }
        inline std::int8_t Int8(std::int8_t x) { return x; }
        inline std::uint8_t UInt8(std::uint8_t x) { return x; }
        inline short Short(short x) { return x; }
        inline unsigned short UShort(unsigned short x) { return x; }
        inline unsigned UInt(unsigned x) { return x; }
        inline long Long(long x) { return x; }
        inline unsigned long ULong(unsigned long x) { return x; }
        inline long long LongLong(long long x) { return x; }
        inline unsigned long long ULongLong(unsigned long long x) { return x; }
        inline __int128 Huge(__int128 x) { return x; }
        inline float Float(float x) { return x * 2; }
        inline double Double(double x) { return x * 2; }
        inline long double LongDouble(long double x) { return x * 2; }
        inline const char *Text(const char *s) { return s; }
        inline std::string String(const std::string &s) { return s; }
        inline std::string ByValue(std::string s) { return s + "!"; }
        inline std::string ByRvalue(std::string &&s) { return s + "?"; }
        inline void Mutable(std::string &s) { s += "x"; }
        inline std::size_t Length(const std::string &s) { return s.size(); }
        inline std::nullptr_t Null(std::nullptr_t p) { return p; }
        inline void Fill(char *buffer, int size) { for (int i = 0; i < size; ++i) buffer[i] = 'a' + i; }
        inline int SumInts(const int *p, int n) { int s = 0; while (n--) s += *p++; return s; }
        inline void Twice(double *p, int n) { while (n--) *p++ *= 2; }
        inline int *Pointer() { static int i = 42; return &i; }
        inline const void *Address(const void *p) { return p; }
        inline int Many(int a, double b, int c, float d, int e, double f, int g, long h, char i, int j, int k,
                        double l) { return a + int(b) + c + int(d) + e + int(f) + g + int(h) + i + j + k + int(l); }
        inline int Floats(double a, double b, double c, double d, double e, double f, double g, double h, double i,
                          double j) { return int(a + 2 * b + c + d + e + f + g + h + 10 * i + 100 * j); }
        inline int Pick(short) { return 1; } inline int Pick(long) { return 2; } inline int Pick(float) { return 3; }
        inline int Pick(const std::string &) { return 4; } inline int Pick(bool) { return 5; }
        inline int Wide(int) { return 1; } inline int Wide(long long) { return 2; } inline int Wide(double) { return 3; }
        struct Made { Made(int i) : i(i) {} int i; };
        struct Strict { explicit Strict(int i) : i(i) {} int i; };
        inline int TakeMade(const Made &m) { return m.i; }
        inline int TakeStrict(const Strict &s) { return s.i; }
        inline int TakePointer(const Made *m) { return m ? m->i : -1; }
        inline int Ref(Made &m) { return ++m.i; }
        struct Sets { static int f(int i) { return i; } int f(int i, int j) { return i + j; } };
        }""", tmp_path_factory.mktemp("kinds")).kinds


# ---- overloads -----------------------------------------------------------------------

def test_overload_by_argument_type(instance):
    """The best conversion decides, not the order of declaration."""
    assert [instance.Which(1), instance.Which(1.5), instance.Which("a"), instance.Which(instance)] == [1, 2, 3, 4]


def test_overload_choice_is_remembered_by_type_alone(kinds):
    """A value that does not fit the remembered overload goes to another one, and back."""
    assert [kinds.Wide(value) for value in (1, 2**40, 2, 1.5, 2**50, 3)] == [1, 2, 1, 3, 2, 1]


def test_overloads_by_rank(kinds):
    """bool, int, float and str each find their own."""
    assert [kinds.Pick(value) for value in (True, 7, 1.5, "s")] == [5, 2, 3, 4]


def test_no_overload_lists_all(instance):
    """The TypeError names every candidate and why it was not taken."""
    with pytest.raises(TypeError) as caught:
        instance.Which([])
    text = str(caught.value)
    assert "MyClass.Which" in text and "(list)" in text
    for signature in ("Which(int)", "Which(double)", "Which(const char *)", "Which(const MyClass &)"):
        assert "int MyClass::" + signature in text
    assert text.count("cannot convert list") == 4


def test_wrong_argument_names_place_and_both_sides(instance):
    """One candidate: position, signature, Python type and C++ type."""
    with pytest.raises(TypeError) as caught:
        instance.SetMyInt("x")
    text = str(caught.value)
    assert "argument 1 of 'void MyClass::SetMyInt(int i)'" in text and "str" in text and "'int'" in text


def test_wrong_count(instance):
    """Too few and too many arguments are a TypeError with the signature."""
    for arguments in ((), (1, 2)):
        with pytest.raises(TypeError) as caught:
            instance.SetMyInt(*arguments)
        assert "void MyClass::SetMyInt(int i) => takes 1 argument" in str(caught.value)


def test_static_and_method_of_one_name(kinds):
    """Static and non-static overloads share a name; both can be called."""
    sets = kinds.Sets()
    assert kinds.Sets.f(4) == 4 and sets.f(1, 2) == 3 and sets.f(5) == 5


# ---- default arguments and keywords ------------------------------------------------------

def test_default_arguments(instance):
    """Left out arguments have C++'s values."""
    assert (instance.Add(1), instance.Add(1, 2), instance.Add(1, 2, 0.5)) == (14, 16, 11)


def test_keywords(instance):
    """Keyword arguments go by the names of the header."""
    assert instance.Add(1, j=2, scale=0.5) == 11 and instance.Add(j=2, i=1) == 16


def test_keyword_given_twice(instance):
    """A parameter given by position and name is a TypeError."""
    with pytest.raises(TypeError):
        instance.Add(1, i=2)


def test_default_class_arguments(shapes):
    """Defaults of class type work as well."""
    assert (shapes.Default(), shapes.Default("ab")) == (10, 5)


def test_inspect_signature(instance):
    """inspect.signature tells names, C++ types and default values; an overload set takes anything."""
    import inspect
    assert str(inspect.signature(type(instance).Add)) == (
        "(self, /, i: 'int', j: 'int' = 1, scale: 'double' = 2.) -> 'int'")
    assert str(inspect.signature(instance.SetMyInt)) == "(i: 'int') -> 'void'"
    assert str(inspect.signature(type(instance).Twice)) == "(i: 'int') -> 'int'"
    assert str(inspect.signature(instance.Which)) == "(*args, **kwargs)"


def test_bound_method(instance):
    """A method can be taken from an object and called later."""
    method = instance.GetMyInt
    instance.SetMyInt(55)
    assert method() == 55 and list(map(instance.Add, [1, 2])) == [59, 61]


# ---- numbers ---------------------------------------------------------------------------------

@pytest.mark.parametrize("name, low, high", [
    ("Int8", -2**7, 2**7 - 1), ("UInt8", 0, 2**8 - 1), ("Short", -2**15, 2**15 - 1), ("UShort", 0, 2**16 - 1),
    ("UInt", 0, 2**32 - 1), ("Long", -2**63, 2**63 - 1), ("ULong", 0, 2**64 - 1), ("LongLong", -2**63, 2**63 - 1),
    ("ULongLong", 0, 2**64 - 1), ("Huge", -2**127, 2**127 - 1)])
def test_integers_keep_their_range(kinds, name, low, high):
    """Both ends of the range go there and back; one more is an OverflowError, a float a TypeError."""
    function = getattr(kinds, name)
    assert (function(low), function(high), function(7)) == (low, high, 7)
    for wrong in (low - 1, high + 1):
        with pytest.raises(OverflowError):
            function(wrong)
    with pytest.raises(TypeError):
        function(1.0)


def test_objects_with_index_are_integers(kinds):
    """Whatever has __index__ is an integer, as numpy's are."""
    class Index:
        def __index__(self):
            return 9

    assert kinds.Long(Index()) == 9 and kinds.Short(True) == 1


def test_floats(kinds):
    """float, double and long double take floats, ints and what has __float__."""
    class Real:
        def __float__(self):
            return 0.5

    for function in (kinds.Float, kinds.Double, kinds.LongDouble):
        assert (function(1.5), function(2), function(Real())) == (3.0, 4.0, 1.0)
        with pytest.raises(TypeError):
            function("1.5")


def test_bool(kinds):
    """bool takes bools and 0 or 1."""
    assert kinds.Not(True) is False and kinds.Not(0) is True
    for wrong in (2, 1.0, "x"):
        with pytest.raises(TypeError):
            kinds.Not(wrong)


def test_characters(kinds):
    """char is a str of length 1, in and out; int8_t and uint8_t are integers."""
    assert kinds.NextChar("a") == "b" and kinds.NextChar(b"b") == "c" and kinds.NextChar(99) == "d"
    assert kinds.Same16("é") == "é" and kinds.SameWide("\U0001F600") == "\U0001F600"
    with pytest.raises(TypeError):
        kinds.NextChar("ab")
    with pytest.raises(ValueError):
        kinds.Same16("\U0001F600")


def test_many_arguments(kinds):
    """Arguments beyond the registers go to the stack."""
    assert kinds.Many(1, 2.0, 3, 4.0, 5, 6.0, 7, 8, "\t", 10, 11, 12.0) == sum(range(1, 13))
    assert kinds.Floats(1, 2, 3, 4, 5, 6, 7, 8, 9, 10) == 1 + 4 + 3 + 4 + 5 + 6 + 7 + 8 + 90 + 1000


# ---- strings ------------------------------------------------------------------------------------

def test_std_string(instance):
    """str goes to std::string and back, by value and by reference."""
    instance.SetName("hällo")
    assert instance.GetName() == instance.NameRef() == instance.Label() == "hällo"
    assert (instance.Repeat("ab"), instance.Repeat("ab", 3)) == ("abab", "ababab")


def test_string_with_nul_and_long_strings(kinds):
    """std::string has a length of its own."""
    for text in ("", "a\0b", "x" * 100000):
        assert kinds.String(text) == text and kinds.Length(text) == len(text)


def test_bytes_are_taken_as_they_are(kinds):
    """bytes that are no UTF-8 survive the way to C++ and back, as surrogate escapes."""
    assert kinds.String(b"\xff\xfe") == "\udcff\udcfe" and kinds.String("\udcff\udcfe") == "\udcff\udcfe"
    assert kinds.Length(b"\xff\0x") == 3


def test_temporary_strings(kinds):
    """std::string by value and by rvalue reference take str."""
    assert kinds.ByValue("a") == "a!" and kinds.ByRvalue("b") == "b?"


def test_mutable_string_is_refused(kinds):
    """A str cannot be written to: TypeError, not a lost change."""
    with pytest.raises(TypeError):
        kinds.Mutable("text")


def test_c_string(kinds, instance):
    """const char * takes str, bytes, None and nullptr; a null pointer is None."""
    assert kinds.Text("abc") == "abc" and kinds.Text(b"abc") == "abc"
    assert kinds.Text(None) is None and kinds.Text(cppbind.nullptr) is None
    instance.SetLabel("label")
    assert instance.GetName() == "label"


def test_c_string_with_nul(kinds):
    """What C++ would cut off is a ValueError."""
    with pytest.raises(ValueError):
        kinds.Text("a\0b")


def test_strings_refuse_other_types(kinds):
    """Numbers and None are no strings."""
    for wrong in (5, None, [], 1.5):
        with pytest.raises(TypeError):
            kinds.String(wrong)
    with pytest.raises(TypeError):
        kinds.Text(5)


# ---- pointers and references -------------------------------------------------------------------------

def test_buffers_for_pointers(kinds):
    """Buffers of the right item type are passed without a copy."""
    numbers = array.array("d", [1.0, 2.0])
    kinds.Twice(numbers, 2)
    assert list(numbers) == [2.0, 4.0]
    assert kinds.SumInts(array.array("i", [1, 2, 3]), 3) == 6
    text = bytearray(4)
    kinds.Fill(text, 3)
    assert text == b"abc\0"


def test_buffers_are_checked(kinds):
    """Another item type, or memory that cannot be written, is a TypeError."""
    with pytest.raises(TypeError) as caught:
        kinds.Twice(array.array("f", [1.0]), 1)
    assert "format 'f'" in str(caught.value)
    with pytest.raises(TypeError):
        kinds.Fill(b"1234", 3)
    with pytest.raises(TypeError):
        kinds.SumInts([1, 2, 3], 3)


def test_cdata_for_pointers(kinds, shapes):
    """cdata of cffi_like goes to pointers and references, and comes back from pointer results."""
    ffi = cffi_like.FFI()
    number = ffi.new("int *", 5)
    shapes.Increment(number)
    assert number[0] == 6 and kinds.SumInts(number, 1) == 6
    assert kinds.Pointer()[0] == 42
    with pytest.raises(TypeError):
        kinds.SumInts(ffi.new("double *"), 1)


def test_references_to_numbers(shapes):
    """const int & takes an int; int & needs memory that C++ can write."""
    assert shapes.Deref(3) == 3 and shapes.Moved(4) == 4
    for wrong in (3, None, cppbind.nullptr):
        with pytest.raises(TypeError):
            shapes.Increment(wrong)


def test_void_pointer(kinds, instance):
    """void * takes objects, cdata, buffers and None."""
    ffi = cffi_like.FFI()
    address = cppbind.addressof(instance)
    assert int(ffi.cast("uintptr_t", kinds.Address(instance))) == address
    assert not kinds.Address(None)


def test_function_pointer(shapes):
    """A function pointer takes a callback of cffi_like."""
    ffi = cffi_like.FFI()

    @ffi.callback("int(int)")
    def triple(x):
        return 3 * x

    assert shapes.Call(triple, 5) == 15
    assert shapes.Call(lambda x: x + 1, 5) == 6
    with pytest.raises(TypeError):
        shapes.Call(3, 5)


# ---- objects -----------------------------------------------------------------------------------------

def test_objects_by_value_pointer_and_reference(kinds, instance):
    """An object goes by value, pointer and reference; None only to a pointer."""
    made = kinds.Made(4)
    assert kinds.TakeMade(made) == kinds.TakePointer(made) == 4
    assert kinds.TakePointer(None) == kinds.TakePointer(cppbind.nullptr) == -1
    assert kinds.Ref(made) == 5 and made.i == 5
    for function in (kinds.TakeMade, kinds.Ref):
        with pytest.raises(TypeError):
            function(None)
        with pytest.raises(TypeError):
            function(instance)
    assert instance.Take(type(instance)(3)) == 7 and instance.Sum(instance) == 20


def test_converting_constructor(kinds):
    """One implicit conversion is made for const T &, none by an explicit constructor, none for T &."""
    assert kinds.TakeMade(3) == 3
    with pytest.raises(TypeError):
        kinds.TakeStrict(3)
    with pytest.raises(TypeError):
        kinds.Ref(3)


def test_null_result_is_a_null_proxy(tmp_path):
    """A null pointer result is false, equal to nullptr and None, and a ReferenceError on use."""
    gbl = load_text("struct NuThing { int i = 1; int Get() { return i; } };"
                    "inline NuThing *NuNone() { return nullptr; }"
                    "inline bool NuIsNull(NuThing *t) { return !t; }", tmp_path)
    null = gbl.NuNone()
    assert not null and null == cppbind.nullptr and null == None  # noqa: E711
    assert isinstance(null, gbl.NuThing) and gbl.NuIsNull(null)
    for use in (lambda: null.i, null.Get, lambda: setattr(null, "i", 3)):
        with pytest.raises(ReferenceError):
            use()


def test_moved_from_is_refused(tmp_path):
    """T && does not take an object that Python still names."""
    gbl = load_text("struct MoThing { int i = 1; }; inline int MoTake(MoThing &&t) { return t.i; }", tmp_path)
    thing = gbl.MoThing()
    with pytest.raises(TypeError):
        gbl.MoTake(thing)


def test_gil_can_be_released(instance):
    """__release_gil__ is the user's choice for each method; results are the same."""
    method = type(instance).GetMyInt
    assert method.__release_gil__ is False
    method.__release_gil__ = True
    try:
        assert instance.GetMyInt() == 10
    finally:
        method.__release_gil__ = False


def test_undefined_function_is_named():
    """A function that no library defines is an error when it is called, with its symbol."""
    with pytest.raises(TypeError) as caught:
        load("Globals").never_defined(1)
    assert "never_defined" in str(caught.value)
