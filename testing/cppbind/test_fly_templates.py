"""Promises of templates on demand: classes by subscription or deduction, functions for the types of their arguments."""

import array
import platform
import threading

import pytest
import support
from cpp_runtime import load_text

import cppbind
from cppbind import gbl

CODE = """
namespace flyt {
template <class T, int N = 3> struct Row {
    T cells[N];
    int size() const { return N; }
    template <class U> U get(int i) const { return static_cast<U>(cells[i]); }
    template <class U> Row &fill(U value) { for (auto &cell : cells) cell = value; return *this; }
    template <class U> std::string operator()(const U &) const { return sizeof(U) == 1 ? "small" : "large"; }
};
template <class T> struct Box { T value; explicit Box(T v) : value(v) {} };
template <class T> using List = std::vector<T>;
template <class T> struct Kind { static constexpr int value = 1; };
template <class T> struct Kind<T *> { static constexpr int value = 2; };
template <> struct Kind<short> { static constexpr int value = 3; };
template <class... T> struct Pack { int count() const { return sizeof...(T); } };
struct Animal { virtual ~Animal() {} virtual int legs() const { return 4; } };
struct Bird : Animal { int legs() const override { return 2; } };

template <class T> T twice(T value) { return value + value; }
template <class T> T total(const std::vector<T> &items) { T sum{}; for (auto &item : items) sum += item; return sum; }
template <class F> int apply(F f) { return f(20); }
template <class... A> int count(const A &...) { return sizeof...(A); }
template <int N> int number() { return N; }
template <class R, class T> R convert(T value) { return static_cast<R>(value); }
template <class T> int legs(const T &animal) { return animal.legs(); }
template <class T> T *pointer(T &object) { return &object; }
std::string which(int) { return "plain"; }
template <class T> std::string which(T) { return "template"; }
template <class T> auto only_classes(T value) -> typename T::value_type { return value.front(); }
}
"""


@pytest.fixture(scope="module")
def flyt():
    cppbind.cppdef(CODE)
    return gbl.flyt


def test_class_templates(flyt):
    """Types of Python and C++, text, numbers and defaults are template arguments."""
    assert flyt.Row[int]().size() == 3
    assert flyt.Row["double", 7]().size() == 7
    assert flyt.Row["double, 7"] is flyt.Row["double", 7]
    assert flyt.Pack[int, flyt.Animal, "std::vector<int>"]().count() == 3
    assert flyt.List[int] is gbl.std.vector[int]
    assert [flyt.Kind[kind].value for kind in ("int", "int*", "short", flyt.Animal)] == [1, 2, 3, 1]


def test_deduced_class_templates(flyt):
    """The arguments of a constructor tell those of the template, as in C++17."""
    box = flyt.Box(2.5)
    assert type(box) is flyt.Box["double"] and box.value == 2.5
    pair = gbl.std.pair(1, 2.5)
    assert type(pair) is gbl.std.pair["int", "double"] and (pair.first, pair.second) == (1, 2.5)
    assert tuple(gbl.std.tuple(1, 2.5, True)) == (1, 2.5, True)
    assert list(gbl.std.vector([1, 2])) == [1, 2]
    assert gbl.std.map({"a": 1})["a"] == 1
    with pytest.raises(TypeError, match="the template arguments of 'flyt::Row' cannot be told from 1"):
        flyt.Row(1)


def test_substitution_that_fails(flyt):
    """What cannot be instantiated is a TypeError with the instance and the compiler's words."""
    with pytest.raises(TypeError, match="cannot instantiate 'flyt::Box<nowhere>': use of undeclared identifier 'nowhere'"):
        flyt.Box["nowhere"]
    with pytest.raises(TypeError, match="cannot instantiate 'flyt::Row<int, int>'.*must be an expression"):
        flyt.Row[int, int]
    with pytest.raises(TypeError, match="cannot instantiate 'flyt::only_classes\\(int\\)': .*no matching function.*"
                                        "substitution failure \\[with T = int\\]"):
        flyt.only_classes(1)
    with pytest.raises(TypeError, match="cannot instantiate 'flyt::legs\\(int\\)'"):
        flyt.legs(1)        # only its body is wrong: the compiler says so
    with pytest.raises(TypeError, match="no C\\+\\+ type stands for <object"):
        flyt.twice(object())


def test_function_templates(flyt):
    """A call deduces its template arguments; subscribed, they are given, all or the first ones."""
    assert (flyt.twice(3), flyt.twice(2.5), flyt.twice("ab")) == (6, 5.0, "abab")
    assert flyt.twice(2**40) == 2**41
    assert flyt.twice["double"](3) == 6.0 and isinstance(flyt.twice["double"](3), float)
    assert flyt.total([1, 2, 3]) == 6 and flyt.total(gbl.std.vector["double"]([0.5, 1])) == 1.5
    assert (flyt.count(1, 2.5, "a"), flyt.count()) == (3, 0)
    assert flyt.number[4]() == 4
    assert flyt.convert["double"](3) == 3.0 and flyt.convert["int", "double"](3.9) == 3
    assert list(flyt.twice[int](1) for _ in range(2)) == [2, 2]


def test_objects_as_arguments(flyt):
    """Objects go by reference, as what they are declared to be in Python."""
    bird = flyt.Bird()
    assert flyt.legs(bird) == 2
    assert flyt.pointer(bird) is bird
    assert gbl.std.make_shared[flyt.Box["int"]](3).value == 3


def test_templates_and_functions_of_one_name(flyt):
    """C++ chooses among templates and other functions."""
    assert flyt.which(1) == "plain" and flyt.which(2.5) == "template"


def test_callables(flyt):
    """A Python function with annotations is a std::function of that signature."""
    def half(number: int) -> int:
        return number // 2
    assert flyt.apply(half) == 10
    with pytest.raises(TypeError, match="needs annotations that tell the C\\+\\+ types"):
        flyt.apply(lambda number: number)


def test_member_templates(flyt):
    """Member templates, operator() among them, deduced and with arguments given."""
    row = flyt.Row[int]().fill(2.75)
    assert list(row.cells) == [2, 2, 2]
    assert row.get["double"](1) == 2.0
    assert (row(True), row(1)) == ("small", "large")
    with pytest.raises(TypeError, match="cannot instantiate 'flyt::Row<int>::get\\(int\\)': .*couldn't infer template"):
        row.get(1)


def test_standard_library():
    """Names of std are there without an include: classes, functions, constants, streams."""
    std = gbl.std
    assert std.max(3, 4) == 4 and std.to_string(5) == "5"
    assert std.chrono.seconds(5).count() == 5       # its constructors are templates, as are those of the next
    assert std.variant["int", "std::string"]("text").index() == 1
    assert std.numeric_limits["unsigned char"].max() in (255, "\xff")
    assert std.is_same["int", "int"].value is True
    stream = std.ostringstream()
    stream.width(5)
    assert std.stringstream("text").str() == "text" and stream.str() == ""


def test_ranges():
    """Views are iterated, although their iterators have no name that anybody may use."""
    assert list(gbl.std.views.iota(1, 4)) == [1, 2, 3]
    cppbind.cppdef("namespace flyr { auto tail(std::vector<int> &v) { return v | std::views::drop(1); } }")
    numbers = gbl.std.vector["int"]([1, 2, 3])
    assert list(gbl.flyr.tail(numbers)) == [2, 3]


def test_names_of_std_are_found_for_definitions():
    """A definition may use std without including what declares it."""
    cppbind.cppdef("int fly_clamped(int x) { std::mutex m; std::lock_guard<std::mutex> hold(m); "
                   "return std::clamp(x, 0, 9); }")
    assert gbl.fly_clamped(12) == 9


def test_threads_that_use_one_template_first():
    """Threads that need the same instance at the same time get one class."""
    cppbind.cppdef("template <class T> struct FlyRace { T t = 5; }; template <class T> T fly_race(T t) { return t; }")
    found, start = [], threading.Barrier(4)

    def work():
        start.wait()
        found.append((gbl.FlyRace["long"], gbl.fly_race(7)))
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4 and len({cls for cls, _value in found}) == 1
    assert found[0][0]().t == 5 and {value for _cls, value in found} == {7}


def test_without_tools_dictionaries_say_what_is_missing(tmp_path):
    """Where nothing can be compiled, a missing instance is a TypeError that says so."""
    code = """
        import cppbind
        try:
            cppbind.gbl.std.vector["short"]
        except TypeError as problem:
            print(problem)
    """
    done = support.run_python(code, env={"PYTHONPATH": support.package_folder(), "CXX": "/nowhere/c++"})
    assert "no loaded dictionary has 'std::vector<short>'" in done.stdout
    assert "nothing can be compiled here: cannot run the C++ compiler '/nowhere/c++'" in done.stdout


def test_intrinsics():
    """Headers that include the compiler's intrinsics (<immintrin.h>) do not keep templates from being called."""
    if platform.machine() not in ("x86_64", "AMD64"):
        pytest.skip("<immintrin.h> is a header of x86")
    cppbind.cppdef("""#include <immintrin.h>
        namespace flyintr { template <class T> T same(T x) { return x; }
        inline float sum(const float *p) { float out[4]; _mm_storeu_ps(out, _mm_loadu_ps(p)); return out[0] + out[3]; } }""")
    assert cppbind.gbl.flyintr.same(3) == 3 and cppbind.gbl.flyintr.same("x") == "x"
    assert cppbind.gbl.flyintr.sum(array.array("f", [1, 2, 3, 4])) == 5


def test_members_that_ask_for_one_that_is_refused():
    """Members of an instance that cannot be compiled are refused when called, however many lead to one error; the others
    work."""
    asking = " ".join("void ask%d() { refused(); }" % number for number in range(7))
    cppbind.cppdef("""namespace flyask { template <class T> struct Asking { T x{}; void refused() { static_assert(sizeof(T) > 100, "too small"); }
        %s int fine() { return 4; } }; inline Asking<int> make() { return {}; } }""" % asking)
    found = cppbind.gbl.flyask.make()
    assert found.fine() == 4
    for name in ("refused", "ask0", "ask6"):
        with pytest.raises(TypeError, match="too small"):
            getattr(found, name)()


def test_templates_of_what_a_dictionary_alone_declares(tmp_path):
    """A call that needs the header, or a compiler where there is none, says so."""
    header = "#include <vector>\nnamespace flyalone { struct P { int x; P(int x) : x(x) {} }; inline std::vector<P> make() { return {P(1)}; } }"
    load_text(header, tmp_path)
    with pytest.raises(TypeError, match=r"emplace_back\(int\)'.*undeclared identifier 'flyalone'.*cppbind.include"):
        gbl.flyalone.make().emplace_back(2)
    code = """
import cppbind
cppbind.load_reflection_info(%r)
try:
    cppbind.gbl.flyalone.make().emplace_back(2)
except TypeError as error:
    assert "there is none (a template's call that no dictionary has needs a C++ compiler)" in str(error), error
else:
    assert False
""" % str(next(tmp_path.glob("*" + support.SHARED_SUFFIX)))
    support.run_python(code, env={"CXX": "/nonexistent"})
