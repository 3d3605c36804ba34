"""Scripts that use templates as cppyy's users do: arguments given in brackets, static members, deduced results.

Each runs unchanged on cppyy but for the import.  Neighbours: test_fly_templates.py, test_cppyy_classes.py.
"""

import pytest

import cppbind as cppyy
from cppbind import gbl

CODE = """
namespace bracket {
struct Leaf { double weight = 0.5; };
struct Twig : Leaf {};
using LeafPointer = Leaf *;
template <class T> int count(const std::vector<Leaf *> &leaves) { return leaves.size() * sizeof(T); }
template <class T> struct Seed { T value{7}; };
template <class T> bool judge(const std::function<bool(const Seed<T> &)> &judgement) { return judgement({}); }
template <class T> T sow(T (*planter)(const Seed<T> &), int times) { return planter({}) * times; }
template <class T> bool is_null(T const &value) { return !value; }
template <class... Parts> std::string joined(Parts &&...parts) {
    std::ostringstream out;
    ((out << parts << '|'), ...);
    return out.str();
}
template <class T> T same(T value) { return value; }
struct Press {
    template <int Times> static int stamp() { return Times; }
    template <class... Inks> static int inks(Inks &&...) { return sizeof...(Inks); }
    template <class R, class T> static R convert(T value) { return static_cast<R>(value); }
    template <class T> static double weight(const T &leaf) { return leaf.weight; }
    template <class T> int size_of(T *) { return sizeof(T); }
    int size_of(void *, bool) { return -1; }
};
template <class T> struct Deduced {
    T start{3};
    auto next() const { return start + 1; }
    decltype(auto) first() { return (start); }
    static auto half(T value) { return value / 2.0; }
    auto both(int) { return 1; }
    auto both(double) { return 2; }
};
}
"""


@pytest.fixture(scope="module")
def bracket():
    cppyy.cppdef(CODE)
    return gbl.bracket


def test_lists_for_given_arguments(bracket):
    """What template arguments in brackets leave open no more is converted as for other functions: a list of objects is
    a vector of pointers to them."""
    twig = bracket.Twig()
    assert bracket.count["char"]([twig]) == 1
    assert bracket.count["short"]([twig, bracket.Leaf()]) == 4
    with pytest.raises(TypeError, match="Leaf"):
        bracket.count["char"](["no leaf"])


def test_lambdas_for_given_arguments(bracket):
    """Python functions without annotations are what the parameter says: a std::function, or a pointer to a function."""
    assert bracket.judge[int](lambda seed: seed.value == 7)
    assert not bracket.judge["short"](lambda seed: False)
    assert bracket.sow[int](lambda seed: seed.value + 1, 3) == 24


def test_names_of_the_template_s_namespace(bracket):
    """Names in brackets may be those of the namespace that the template is in."""
    assert bracket.is_null["LeafPointer"](cppyy.nullptr)
    assert not bracket.is_null["LeafPointer"](bracket.Leaf())
    with pytest.raises(TypeError, match="Blossom"):
        bracket.is_null["Blossom"](1)


def test_text_as_a_pointer(bracket):
    """`const char *` in brackets takes a str, where the parameter is a forwarding reference, too."""
    assert bracket.joined["const char*"]("ab") == "ab|"
    assert bracket.joined("ab", 1, 2.5) == "ab|1|2.5|"


def test_static_member_templates(bracket):
    """Static member templates are called on the class, with and without arguments in brackets."""
    Press = bracket.Press
    assert Press.stamp[8]() == 8
    assert Press.inks(1, 2.5, "three") == 3 and Press.inks() == 0
    assert Press.convert["int"](2.75) == 2
    assert Press.weight(bracket.Leaf()) == 0.5
    press = Press()
    assert press.stamp[3]() == 3 and press.inks(1) == 1
    assert Press.inks(press) == 1           # the object is the argument, not the one it is called on
    assert Press.size_of(press, bracket.Leaf()) == 8
    with pytest.raises(TypeError, match="Press"):
        Press.size_of(3)


def test_pointers_before_void(bracket):
    """An object goes to a template's T *, before a function of void * has it."""
    press = bracket.Press()
    assert press.size_of(bracket.Leaf()) == 8
    assert press.size_of(bracket.Leaf(), True) == -1


def test_deduced_results(bracket):
    """Functions of class templates whose result is deduced are called as any other."""
    deduced = bracket.Deduced[int]()
    assert deduced.next() == 4 and deduced.first() == 3
    assert bracket.Deduced[int].half(5) == 2.5
    assert bracket.Deduced["double"]().next() == 4.0


def test_integers_too_large(bracket):
    """An int that no integer type of C++ holds is an OverflowError."""
    assert bracket.same(2**64 - 1) == 2**64 - 1
    for number in (2**64, -2**63 - 1):
        with pytest.raises(OverflowError):
            bracket.same(number)


def test_conversion_functions_of_template_instances():
    """`operator T` of a class template is float() and int() of its instances, also for overrides in Python, and what a
    cast to a number uses."""
    cppyy.cppdef("""namespace tcnv { template <class T> struct Value { virtual ~Value() {} virtual T get() { return 2; } operator T() { return get(); } };
        template <class T> struct Box { T item; operator const T &() const { return item; } explicit operator bool() const { return item != T(); } };
        struct Both { operator double() const { return 1.5; } operator int() const { return 7; } }; struct Neither {}; }""")
    tcnv = cppyy.gbl.tcnv

    class Mine(tcnv.Value["double"]):
        def get(self):
            return 2.5
    assert float(Mine()) == cppyy.ll.cast["double"](Mine()) == 2.5 and int(tcnv.Value[int]()) == 2
    assert int(tcnv.Box[int](4)) == 4 and not tcnv.Box[int](0) and float(tcnv.Box["float"](0.5)) == 0.5
    assert cppyy.ll.static_cast["int"](tcnv.Both()) == 7 and cppyy.ll.cast["float"](tcnv.Both()) == 1.5
    with pytest.raises(TypeError, match="'tcnv::Neither' has no conversion to 'int'"):
        cppyy.ll.static_cast["int"](tcnv.Neither())


def test_arrays_and_pointers_are_pointers_for_templates():
    """A pointer with a length, an array of C++ or of ll.malloc goes to `T *`, as C++ arrays do."""
    cppyy.cppdef("""namespace tarr { int numbers[3] = {1, 2, 3}; int grid[2][2] = {{1, 2}, {3, 4}}; double *reals() { static double d[2] = {0.5, 1.5}; return d; }
        template <class T> T last(T *p, int n) { return p[n - 1]; } template <class T> T corner(T (*p)[2]) { return p[1][1]; } }""")
    tarr = cppyy.gbl.tarr
    assert tarr.last(tarr.numbers, 3) == 3 and tarr.corner(tarr.grid) == 4 and tarr.last(tarr.reals(), 1) == 0.5
    reals = tarr.reals()
    reals.reshape((2,))
    assert tarr.last(reals, 2) == 1.5
    memory = cppyy.ll.malloc["short"](2)
    memory[1] = 9
    assert tarr.last(memory, 2) == 9
    cppyy.ll.free(memory)


def test_float_as_template_argument():
    """Python's `float` between brackets is C++'s float, by its name; a value that is passed is a double; a typedef is
    what it says."""
    cppyy.cppdef("""namespace tflt { typedef double real; template <class T> int size() { return sizeof(T); } template <class T> int passed(T) { return sizeof(T); } }""")
    tflt, std = cppyy.gbl.tflt, cppyy.gbl.std
    assert tflt.size[float]() == 4 and tflt.size["double"]() == tflt.size[tflt.real]() == tflt.passed(1.5) == 8
    assert std.vector[float] is std.vector["float"] and std.vector[tflt.real] is std.vector["double"] is type(std.vector([1.5]))
    assert isinstance(tflt.real(3), float) and cppyy.ll.cast[float](0.1) != 0.1


def test_references_to_temporaries():
    """What refers to an argument that was converted for the call is returned by value: it would not outlive the call."""
    cppyy.cppdef("""namespace ttmp { template <class T> const T &less(const T &a, const T &b) { return b < a ? b : a; }
        struct Text { std::string text; Text(const char *t) : text(t) {} }; template <class T> const std::string &text(const T &t) { return t.text; }
        struct Fixed { int v = 3; Fixed() {} Fixed(const Fixed &) = delete; }; template <class T> T fresh() { return T(); }
        template <class T> const T &same(const T &x) { return x; } }""")
    ttmp, std = cppyy.gbl.ttmp, cppyy.gbl.std
    assert ttmp.less["double"](1, 2) == std.min["double"](2, 1) == std.max[float](0, 1) == 1.0
    long = "a text that is not kept in the object itself"
    assert ttmp.less["std::string"]("b" + long, "a" + long) == "a" + long
    kept = ttmp.Text(long)
    assert ttmp.text(kept) == long and ttmp.same(kept) is kept
    assert ttmp.fresh["ttmp::Fixed"]().v == 3


def test_bases_of_partial_specialisations():
    """A specialisation for a pattern of its parameters has its bases, which may count a pack."""
    cppyy.cppdef("""namespace tpspec { template <int N> struct Sized { static constexpr int size = N; }; template <class... T> struct Pack {};
        template <class T> struct Size; template <class... T> struct Size<Pack<T...>> : Sized<sizeof...(T)> {};
        template <class T> struct Of { T value = 3; }; template <class T> struct Held; template <class T> struct Held<T *> : Of<T> {}; }""")
    tpspec, std = cppyy.gbl.tpspec, cppyy.gbl.std
    assert tpspec.Size[tpspec.Pack["int", "char", "tpspec::Of<int>"]].size == 3 and tpspec.Held["short *"]().value == 3
    assert std.tuple_size[std.tuple[int, str]].value == 2 and std.tuple_size["std::pair<int, int>"].value == 2


def test_smart_pointer_of_an_object():
    """`__smartptr__()` is what holds the object: a smart pointer itself, None for objects without one."""
    cppyy.cppdef("namespace tsmart { struct Plain { int x = 1; }; }")
    plain, shared = cppyy.gbl.tsmart.Plain(), cppyy.gbl.std.make_shared["tsmart::Plain"]()
    assert plain.__smartptr__() is None and shared.__smartptr__() is shared
