"""Overloads chosen by signature and memory policies, as cppyy has them: bound, of a class, per method and for all."""

import copy
import inspect
import pickle
import weakref

import pytest
import support
from cpp_runtime import load_text

import cppbind
from cppbind import memory

HEADER = """
#include <memory>
#include <string>
#include <vector>
namespace bound {
struct Tool {
    int mark = 1;
    std::string f(int) { return "int"; }
    std::string f(double) { return "double"; }
    std::string f(double) const { return "double const"; }
    std::string f(const std::vector<int> &values, int scale = 1) { return "vector"; }
    int one(int a, int b = 3) const { return a + b + mark; }
    static std::string s(int) { return "static int"; }
    static std::string s(double) { return "static double"; }
    std::string mixed(int) { return "method"; }
    static std::string mixed(double) { return "static"; }
};
struct Part {
    static inline int alive = 0;
    Part() { ++alive; }
    virtual ~Part() { --alive; }
    virtual int answer() const { return 1; }
};
struct Special : Part {};
struct Machine {
    std::vector<std::unique_ptr<Part>> parts;
    int add(Part *part) { parts.emplace_back(part); return static_cast<int>(parts.size()); }
    int look(const Part *part) const { return part ? part->answer() : 0; }
    int borrow(Part &part) { return part.answer(); }
    int both(const Part *look, Part *part, int n) { parts.emplace_back(part); return n + look->answer(); }
    void refuse(Part *part, int n) { parts.emplace_back(part); if (n) throw 1; }
};
struct Holder {
    std::unique_ptr<Part> part;
    explicit Holder(Part *part) : part(part) {}
};
inline void eat(Part *part) { delete part; }
inline void eat(int *) {}
}
"""


@pytest.fixture(scope="module")
def bound(tmp_path_factory):
    return load_text(HEADER, tmp_path_factory.mktemp("bound")).bound


@pytest.fixture
def strict():
    """The policy for all is as it was afterwards."""
    yield
    memory.set_policy(memory.STRICT)


# ---- __overload__ ------------------------------------------------------------------------------------

def test_overload_of_an_object_is_bound(bound):
    """`object.f.__overload__(signature)` is called without the object; that of the class with it."""
    tool = bound.Tool()
    assert tool.f.__overload__("int")(1.0 and 1) == "int"
    assert tool.f.__overload__("double")(1) == "double"
    assert bound.Tool.f.__overload__("double")(tool, 1) == "double"
    assert tool.f.__overload__("double").__self__ is tool


def test_const_overloads(bound):
    """The second argument asks for const ones, or for others."""
    tool = bound.Tool()
    assert tool.f.__overload__("double", True)(1) == "double const"
    assert tool.f.__overload__("double", False)(1) == "double"
    assert tool.f.__overload__("double", const=1)(1) == bound.Tool.f.__overload__("double", True)(tool, 1)
    with pytest.raises(LookupError, match="no overload of 'f' takes .int."):
        tool.f.__overload__("int", True)


def test_signatures_of_any_form(bound):
    """A whole signature will do, and ':any:' stands for all overloads."""
    tool = bound.Tool()
    assert tool.f.__overload__("std::string f(const std::vector<int> & values, int scale)")([1], 2) == "vector"
    assert tool.f.__overload__(":any:")(2) == "int" and tool.f.__overload__(":any:")(2.5) == "double"
    with pytest.raises(LookupError, match="long"):
        tool.f.__overload__("long")


def test_static_and_mixed_overloads(bound):
    """Static functions have no object to be bound to, under a name that others share either."""
    tool = bound.Tool()
    assert tool.s.__overload__("double")(1) == bound.Tool.s.__overload__("double")(1) == "static double"
    assert tool.mixed.__overload__("int")(1) == "method" and tool.mixed.__overload__("double")(1) == "static"
    assert bound.Tool.mixed.__overload__("double")(1) == "static"


def test_bound_methods_look_like_pythons(bound):
    """A bound method has the attributes of Python's own, equals its like, is weakly referenced, copied and pickled."""
    tool, other = bound.Tool(), bound.Tool()
    method = tool.one
    assert method(1) == 5 and method(1, b=1) == 3 and method(*[1, 2]) == 4 and method(**{"a": 2}) == 6
    assert method.__self__ is tool and method.__func__ is bound.Tool.one and method.__name__ == "one"
    assert method == tool.one and hash(method) == hash(tool.one) and method != other.one and method != 3
    assert list(inspect.signature(method).parameters) == ["a", "b"] and inspect.isroutine(method)
    assert "int bound::Tool::one(int a, int b" in method.__doc__ and "bound C++ method" in repr(method)
    assert weakref.WeakMethod(method)()(1) == 5
    assert copy.copy(method)(1) == 5 and pickle.loads(pickle.dumps(method))(1) == 5
    with pytest.raises(AttributeError, match="nothing"):
        method.nothing


def test_bound_methods_share_the_settings(bound):
    """What is set of a bound method is set of the method itself, as in cppyy."""
    tool = bound.Tool()
    tool.one.__release_gil__ = True
    assert bound.Tool.one.__release_gil__ and tool.one(1) == 5
    tool.one.__release_gil__ = False
    assert not bound.Tool.one.__release_gil__


def test_bound_methods_keep_the_object(bound):
    """A bound method keeps its object, and cycles through it are found."""
    part = bound.Part()
    answer, where = part.answer, weakref.ref(part)
    del part
    assert answer() == 1
    del answer
    support.collect()
    assert where() is None

    class Derived(bound.Part):
        pass
    derived = Derived()
    derived.mine, where = derived.answer, weakref.ref(derived)
    del derived
    support.collect()
    assert where() is None


# ---- __mempolicy__ -----------------------------------------------------------------------------------

def test_memory_policy_of_a_method(bound, strict):
    """By the heuristic policy C++ owns what it is given by a pointer to what is not const; -1 stands for no policy."""
    machine, add = bound.Machine(), bound.Machine.add
    assert add.__mempolicy__ == machine.add.__mempolicy__ == -1
    part = bound.Part()
    part.__python_owns__ = True
    add.__mempolicy__ = memory.HEURISTICS
    assert add.__mempolicy__ == memory.HEURISTICS
    support.collect()           # what other tests left
    before = bound.Part.alive
    assert machine.add(part) == 1 and not part.__python_owns__
    del part
    support.collect()
    assert bound.Part.alive == before
    add.__mempolicy__ = memory.STRICT
    kept = bound.Part()
    assert machine.add(kept) == 2 and kept.__python_owns__
    kept.__python_owns__ = False
    del machine
    support.collect()
    assert bound.Part.alive == before - 1


def test_what_the_heuristics_leave_alone(bound, strict):
    """Pointers to const and references give nothing away, nor does what Python does not own."""
    machine, part = bound.Machine(), bound.Part()
    for method in (bound.Machine.look, bound.Machine.borrow):
        method.__mempolicy__ = memory.HEURISTICS
    assert machine.look(part) == machine.borrow(part) == 1 and machine.look(None) == 0 and part.__python_owns__
    bound.Machine.both.__mempolicy__ = memory.HEURISTICS
    given = bound.Special()
    assert machine.both(part, given, 3) == 4 and part.__python_owns__ and not given.__python_owns__
    with pytest.raises(TypeError):
        machine.both(part, part, "x")
    assert part.__python_owns__


def test_given_away_before_the_call(bound, strict):
    """C++ owns the object from the call on, also if it deletes it, or throws."""
    machine, part = bound.Machine(), bound.Part()
    bound.Machine.refuse.__mempolicy__ = memory.HEURISTICS
    with pytest.raises(cppbind.CppException):
        machine.refuse(part, 1)
    assert not part.__python_owns__
    before = memory.set_policy(memory.HEURISTICS)
    assert before == memory.STRICT
    alive = bound.Part.alive
    bound.eat(bound.Part())
    assert bound.Part.alive == alive


def test_memory_policy_for_all(bound, strict):
    """The global policy holds for methods, functions and constructors that have none of their own."""
    assert memory.set_policy(memory.HEURISTICS) == memory.STRICT
    assert memory.set_policy(memory.HEURISTICS) == memory.HEURISTICS
    machine, parts = bound.Machine(), [bound.Part() for _ in range(3)]
    bound.Machine.add.__mempolicy__ = memory.STRICT
    machine.add(parts[0])
    assert parts[0].__python_owns__
    parts[0].__python_owns__ = False
    holder = bound.Holder(parts[1])
    assert not parts[1].__python_owns__ and holder.part.answer() == 1
    memory.set_policy(memory.STRICT)
    holder = bound.Holder(parts[2])
    assert parts[2].__python_owns__
    parts[2].__python_owns__ = False


def test_a_python_object_that_was_given_away_lives(bound, strict):
    """An object of a class derived in Python lives as long as C++ has it."""
    class Mine(bound.Part):
        def answer(self):
            return 42
    bound.Machine.add.__mempolicy__ = memory.HEURISTICS
    machine = bound.Machine()
    machine.add(Mine())
    support.collect()
    assert machine.parts[0].answer() == 42


def test_memory_policies_are_checked(bound):
    """Anything but the two policies is an error."""
    for wrong in (0, 5, "x", None, -1):
        with pytest.raises(ValueError, match="HEURISTICS or .*STRICT"):
            bound.Machine.look.__mempolicy__ = wrong
        with pytest.raises(ValueError, match="HEURISTICS or .*STRICT"):
            memory.set_policy(wrong)
    with pytest.raises(ValueError):
        del bound.Machine.look.__mempolicy__


def test_cppyys_names(bound, strict):
    """Scripts for cppyy find them in `_backend`."""
    backend = cppbind._backend
    assert backend.SetMemoryPolicy(backend.kMemoryHeuristics) == backend.kMemoryStrict
    part = bound.Part()
    backend.SetOwnership(part, False)
    assert not part.__python_owns__
    backend.SetOwnership(part, True)
    assert part.__python_owns__


# ---- member templates ------------------------------------------------------------------------------------

def test_methods_beside_member_templates(tmp_path):
    """Where a dictionary is all there is, the functions beside a member template of their name serve, static ones too."""
    cls = load_text("""
    namespace beside {
    struct Sender {
        static int connect(const Sender *a, const char *, const Sender *b, const char *) { return a && b ? 4 : 0; }
        int connect(const Sender *, const char *, const char *) const { return 3; }
        template <class F> static int connect(const Sender *, F f) { return f(); }
        int arg(int) { return 1; }
        int arg(double, int width = 3) { return width; }
        template <class T> T arg(T *value) { return *value; }
        static int only(int x) { return x; }
        template <class T> static T only(T *x) { return *x; }
    };
    }""", tmp_path).beside.Sender
    one, two = cls(), cls()
    assert cls.connect(one, "a", two, "b") == one.connect(one, "a", two, "b") == 4 and two.connect(one, "a", "b") == 3
    assert one.arg(5) == 1 and one.arg(2.5) == 3 and one.arg(2.5, width=7) == 7 and cls.arg(one, 5) == 1
    assert one.arg.__overload__("double")(2) == 3 and len(cls.arg.signatures) == 3
    assert cls.only(5) == one.only(6) - 1 == 5
    cls.arg.__release_gil__ = True
    assert one.arg.__release_gil__ and one.arg(5) == 1
    with pytest.raises(TypeError, match="arg"):
        one.arg("text")
