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
