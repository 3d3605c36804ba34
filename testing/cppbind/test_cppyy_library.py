"""Scripts in the manner of cppyy's documentation: templates, the standard library, strings, NumPy, callbacks, threads.

Each runs unchanged on cppyy but for the import.  Neighbours: test_cppyy_classes.py, test_cppyy_lowlevel.py.
"""

import array
import threading

import numpy as np
import pytest

import cppbind as cppyy


def test_vector():
    """Construction, iteration, slices, items, append by +=."""
    from cppbind.gbl.std import vector
    v = vector[int](range(10))
    assert v.size() == 10 == len(v) and list(v) == list(range(10))
    assert list(v[2:5]) == [2, 3, 4] and v[-1] == 9
    v.push_back(42)
    v += [1, 2]
    assert v[10] == 42 and len(v) == 13
    with pytest.raises(IndexError):
        v[20]
    assert sum(vector["double"]([0.5, 1.5])) == 2.0


def test_vector_of_objects():
    """Vectors of C++ objects, items in place."""
    cppyy.cppdef("namespace vo { struct C { C(int i = 0) : v(i) {} int v; }; int total(const std::vector<C> &all) { int t = 0; for (auto &c : all) t += c.v; return t; } }")
    vo = cppyy.gbl.vo
    all_of = cppyy.gbl.std.vector[vo.C]()
    all_of.push_back(vo.C(2))
    all_of.emplace_back(5)
    all_of[0].v = 10
    assert vo.total(all_of) == 15 and [c.v for c in all_of] == [10, 5]


def test_nested_templates():
    """Templates of templates, types by name or class."""
    std = cppyy.gbl.std
    vv = std.vector[std.vector[int]]([[1, 2], [3]])
    assert vv[0][1] == 2 and len(vv) == 2
    assert std.vector["std::vector<int>"] is std.vector[std.vector[int]]


def test_map():
    """Maps from dicts, by item, iterated as pairs."""
    std = cppyy.gbl.std
    m = std.map[str, int]()
    m["one"] = 1
    m["two"] = 2
    assert m["one"] == 1 and len(m) == 2
    assert std.map({"a": 1.5})["a"] == 1.5
    assert m.count("two") == 1 and m.count("three") == 0 and "two" in m
    u = std.unordered_map[int, str]()
    u[3] = "three"
    assert u[3] == "three"


def test_set_pair_tuple():
    """Sets contain, pairs and tuples unpack."""
    std = cppyy.gbl.std
    s = std.set[int]([1, 2, 3])
    assert 2 in s and 5 not in s and len(s) == 3
    first, second = std.pair[int, str](1, "two")
    assert first == 1 and second == "two"
    t = std.make_tuple(1, "x", 2.5)
    a, b, c = t
    assert (a, b, c) == (1, "x", 2.5) and len(t) == 3
    assert std.get[0](t) == 1


def test_strings():
    """std::string compares, hashes and formats like str."""
    std = cppyy.gbl.std
    s = std.string("hello")
    assert s == "hello" and str(s) == "hello" and hash(s) == hash("hello") and {"hello": 1}[s] == 1
    assert s + " world" == "hello world" and len(s) == 5
    assert s.size() == 5 and s.c_str() == "hello" and s.find("l") == 2
    cppyy.cppdef("namespace sns { std::string add(const std::string &a, const char *b) { return a + b; } "
                 "std::string by_view(std::string_view v) { return std::string(v); } bool wide(const std::wstring &w) { return w == L\"w\"; } }")
    assert cppyy.gbl.sns.add(s, "!") == "hello!" and cppyy.gbl.sns.by_view("v") == "v"
    assert cppyy.gbl.sns.wide("w")


def test_byte_strings():
    """Text with null bytes and unicode goes both ways."""
    cppyy.cppdef("namespace bst { std::string echo(const std::string &s) { return s; } size_t size(const std::string &s) { return s.size(); } }")
    assert cppyy.gbl.bst.size(b"a\0b") == 3
    assert cppyy.gbl.bst.echo("\u00e9t\u00e9") == "\u00e9t\u00e9"


def test_numpy_from_vector():
    """A vector is an array without a copy."""
    v = cppyy.gbl.std.vector["double"]([1, 2, 3])
    a = np.array(v)
    assert a.tolist() == [1, 2, 3]
    view = np.frombuffer(v.data(), dtype=np.float64, count=3)
    v[1] = 9
    assert view[1] == 9


def test_numpy_arguments():
    """Arrays go for pointers; the type of the items is checked."""
    cppyy.cppdef("namespace npa { double total(double *d, int n) { double t = 0; for (int i = 0; i < n; ++i) t += d[i]; return t; } "
                 "void fill(int *p, int n) { for (int i = 0; i < n; ++i) p[i] = i; } }")
    npa = cppyy.gbl.npa
    assert npa.total(np.array([1.5, 2.5]), 2) == 4 and npa.total(array.array("d", [1, 2]), 2) == 3
    a = np.zeros(4, dtype=np.int32)
    npa.fill(a, 4)
    assert a.tolist() == [0, 1, 2, 3]
    with pytest.raises(TypeError):
        npa.fill(np.zeros(4, dtype=np.float64), 4)


def test_array_from_pointer():
    """A returned pointer with a size is reshaped and read, also by NumPy, with no copy."""
    cppyy.cppdef("namespace afp { double *get() { static double d[] = {1, 2, 3, 4}; return d; } double at(int i) { return get()[i]; } }")
    data = cppyy.gbl.afp.get()
    data.reshape((4,))
    assert len(data) == 4 and list(data) == [1, 2, 3, 4]
    a = np.frombuffer(data, dtype=np.float64, count=4)
    a[2] = 8
    assert cppyy.gbl.afp.at(2) == 8
    assert data.format == "d" and data.typecode == "d" and data.itemsize == 8 and data.shape == (4,)


def test_multi_dimensional_view():
    """A two-dimensional array is a view with a shape."""
    cppyy.cppdef("namespace mdv { int grid[2][3] = {{1, 2, 3}, {4, 5, 6}}; }")
    grid = cppyy.gbl.mdv.grid
    assert grid.shape == (2, 3)
    a = np.array(grid, copy=False)
    assert a.shape == (2, 3) and a[1, 2] == 6
    grid[1][0] = 40
    assert a[1, 0] == 40


def test_class_template():
    """A class template of one's own, by subscription and with non-type parameters."""
    cppyy.cppdef("""namespace ctm { template <class T> struct Box { T value; Box(T v = T()) : value(v) {} T get() const { return value; } };
        template <class T, int N> struct Row { T cells[N]; int size() { return N; } }; template <class T> using Alias = Box<T>; }""")
    ctm = cppyy.gbl.ctm
    assert ctm.Box[int](3).get() == 3 and ctm.Box["std::string"]("a").get() == "a"
    assert ctm.Row[int, 4]().size() == 4 and ctm.Alias[int] is ctm.Box[int]
    assert type(ctm.Box[int]()).__cpp_name__ == "ctm::Box<int>"


def test_function_template():
    """Function templates: deduced, explicit, overloaded; a failure is a TypeError."""
    cppyy.cppdef("""namespace ftm { template <class T> T add(T a, T b) { return a + b; } template <class R> R make() { return R(7); }
        template <class A, class... R> int count(A, R... r) { return 1 + sizeof...(r); } template <class T> typename T::none nope(T) { return {}; } }""")
    ftm = cppyy.gbl.ftm
    assert ftm.add(1, 2) == 3 and ftm.add[float](1, 2.5) == 3.5 and ftm.add("a", "b") == "ab"
    assert ftm.make[int]() == 7 and ftm.make["double"]() == 7.0 and ftm.count(1, "a", 2.0) == 3
    with pytest.raises(TypeError):
        ftm.nope(1)


def test_member_template():
    """Methods that are templates."""
    cppyy.cppdef("namespace mtm { struct C { template <class T> int size(T) { return sizeof(T); } template <class T> T make() { return T(3); } }; }")
    c = cppyy.gbl.mtm.C()
    assert c.size[float](1.0) == 4 and c.make[int]() == 3


def test_callback_function_pointer():
    """Python functions go for function pointers."""
    cppyy.cppdef("namespace cfp { int call(int (*f)(int, int), int a, int b) { return f(a, b); } int add(int a, int b) { return a + b; } }")
    cfp = cppyy.gbl.cfp
    assert cfp.call(lambda a, b: a * b, 3, 4) == 12 and cfp.call(cfp.add, 3, 4) == 7

    def fail(a, b):
        raise ValueError("mine")

    with pytest.raises(ValueError):
        cfp.call(fail, 1, 2)


def test_callback_std_function():
    """... and for std::function; C++'s std::functions are called."""
    cppyy.cppdef("""#include <functional>
        namespace csf { int call(const std::function<int(int)> &f, int a) { return f(a); }
        std::function<int(int)> make(int s) { return [s](int a) { return a + s; }; } std::function<int(int)> kept = [](int i) { return i; }; }""")
    csf = cppyy.gbl.csf
    assert csf.call(lambda a: a + 1, 3) == 4 and csf.make(10)(5) == 15 and csf.call(csf.make(2), 2) == 4 and csf.kept(4) == 4


def test_callback_template():
    """A Python function with annotations, in C++ or Python types, for a template's callable."""
    cppyy.cppdef("""namespace cbt { template <class R, class... U, class... A> R callT(R (*f)(U...), A &&...a) { return f(a...); }
        template <class F> int apply(F f) { return f(20); } }""")
    cbt = cppyy.gbl.cbt

    def f(arg: "int") -> "double":  # noqa: F821
        return 3.1415 * arg

    def g(arg: int) -> int:
        return arg + 1

    assert abs(cbt.callT(f, 3) - 9.4245) < 1e-9
    assert cbt.callT(g, 3) == 4


def test_lambda():
    """A C++ lambda as a global is called; one that a function returns too."""
    cppyy.cppdef("namespace lam { auto add = [](int a, int b) { return a + b; }; auto make(int s) { return [s](int a) { return a * s; }; } }")
    assert cppyy.gbl.lam.add(3, 4) == 7


def test_functor_and_algorithms():
    """Algorithms of the standard library."""
    cppyy.include("algorithm")
    assert cppyy.gbl.std.max(3, 5) == 5 and cppyy.gbl.std.min(2.5, 1.5) == 1.5


def test_complex_and_builtins():
    """std::complex is complex; bool, char and integer kinds convert with their ranges."""
    cppyy.cppdef("""#include <complex>
        namespace cpl { std::complex<double> conj(std::complex<double> c) { return std::conj(c); } char next(char c) { return c + 1; }
        bool no(bool b) { return !b; } unsigned char uc(unsigned char c) { return c; } unsigned u(unsigned v) { return v; } int8_t i8(int8_t v) { return v; } }""")
    cpl = cppyy.gbl.cpl
    assert complex(cpl.conj(1 + 2j)) == 1 - 2j and cpl.next("a") == "b" and cpl.no(True) is False
    assert cpl.i8(-3) == -3
    with pytest.raises((ValueError, OverflowError, TypeError)):
        cpl.u(-1)


def test_iterators():
    """C++ iterators: compare, dereference, increment."""
    v = cppyy.gbl.std.vector[int]([4, 5])
    it = v.begin()
    total = 0
    while it != v.end():
        total += it.__deref__()
        it.__preinc__()
    assert total == 9


def test_custom_iteration():
    """A class with begin() and end() is iterated, with size() has a length, with [] is indexed."""
    cppyy.cppdef("""namespace cit { struct C { std::vector<int> v{1, 2, 3}; auto begin() { return v.begin(); } auto end() { return v.end(); } }; }""")
    assert list(cppyy.gbl.cit.C()) == [1, 2, 3]


def test_initializer_list():
    """A list goes for an initializer_list."""
    cppyy.cppdef("namespace ini { struct C { C(std::initializer_list<int> l) { for (int i : l) sum += i; } int sum = 0; }; }")
    assert cppyy.gbl.ini.C([1, 2, 3]).sum == 6


def test_implicit_conversion():
    """A converting constructor is used for an argument, once; explicit ones are not."""
    cppyy.cppdef("""namespace imp { struct A { A(int i) : v(i) {} int v; }; struct E { explicit E(int i) : v(i) {} int v; };
        int take(const A &a) { return a.v; } int take_e(const E &e) { return e.v; } }""")
    assert cppyy.gbl.imp.take(5) == 5
    with pytest.raises(TypeError):
        cppyy.gbl.imp.take_e(5)


def test_move():
    """std.move for rvalue references; without it an lvalue is refused."""
    cppyy.cppdef("namespace mov { struct C { int v = 1; }; int take(C &&c) { return c.v; } }")
    mov = cppyy.gbl.mov
    c = mov.C()
    assert mov.take(cppyy.gbl.std.move(c)) == 1
    with pytest.raises((TypeError, ValueError)):
        mov.take(c)


def test_release_gil():
    """A method that releases the GIL runs beside another thread of Python."""
    cppyy.cppdef("""#include <atomic>
        #include <thread>
        #include <chrono>
        namespace rgil { struct Gate { std::atomic<bool> open{false}; void release() { open = true; }
        bool wait() { for (int i = 0; i < 20000 && !open; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1)); return open; } };
        Gate gate; bool wait_free() { return gate.wait(); } }""")
    gate = cppyy.gbl.rgil.gate
    type(gate).wait.__release_gil__ = True
    result = []
    waiting = threading.Thread(target=lambda: result.append(gate.wait()))
    waiting.start()
    gate.release()
    waiting.join()
    assert result == [True]


def test_streams():
    """String streams go where a stream is wanted."""
    cppyy.cppdef("#include <sstream>\nnamespace sts { void put(std::ostream &s, int n) { s << \"n=\" << n; } }")
    s = cppyy.gbl.std.ostringstream()
    cppyy.gbl.sts.put(s, 3)
    assert str(s.str()) == "n=3"
