"""Promises for Python code that runs in the middle of a call: no object that C++ uses goes before C++ is done with it."""


import pytest
import support
from cpp_runtime import load_text

import cppbind

HEADER = r"""
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace hostile {
struct Big {
    int value = 7;
    double member = 0;
    long pad[200] = {};
    int row[8] = {};
    int add(int n) { return value += n; }
    int add(const Big &other, int n) { return other.value + n + value; }
    double scale(double by) { return value * by; }
    std::string label(int n) const { return std::string(40, 'x') + std::to_string(n + value); }
    Big copy(int n) const { Big made; made.value = value + n; return made; }
    int run(const std::function<int()> &f) { int given = f(); return given + value; }
};
struct Outer { Big inner; long pad[100] = {}; };
inline int by_reference(const Big &o, int n) { return o.value + n; }
inline int by_pointer(Big *o, double n) { return o->value + static_cast<int>(n); }
inline int by_address(void *o, long n) { return static_cast<Big *>(o)->value + static_cast<int>(n); }
inline int with_text(const Big &o, const std::string &text, int n) { return o.value + n + static_cast<int>(text.size()); }
inline int moved(Big &&o, int n) { return o.value + n; }
inline int listed(Big **all, int n) { int sum = n; for (; *all; ++all) sum += (*all)->value; return sum; }
inline int pointers(const std::vector<Big *> &all, int n) { int sum = n; for (auto *each : all) sum += each->value; return sum; }
inline std::shared_ptr<Big> shared() { return std::make_shared<Big>(); }
inline std::unique_ptr<Big> unique() { return std::unique_ptr<Big>(new Big()); }
struct Items {
    std::vector<int> numbers = std::vector<int>(1000);
    int &operator[](int i) { return numbers.at(i); }
    void clear() { numbers = {}; numbers.shrink_to_fit(); }
};
struct Bigs {
    std::vector<Big> bigs = std::vector<Big>(3);
    Big &operator[](int i) { return bigs.at(i); }
    void clear() { bigs = {}; bigs.shrink_to_fit(); }
};
struct Timer {
    std::function<int(int)> f;
    int (*raw)(int) = nullptr;
    void set(const std::function<int(int)> &g) { f = g; }
    int fire(int n) { return f(n); }
    void set_raw(int (*g)(int)) { raw = g; }
    int fire_raw(int n) { return raw(n); }
};
struct Loud { std::function<void()> f; ~Loud() { if (f) f(); } void set(const std::function<void()> &g) { f = g; } };
struct LoudRaw { void (*f)() = nullptr; ~LoudRaw() { if (f) f(); } void set(void (*g)()) { f = g; } };
struct Virtual {
    virtual ~Virtual() = default;
    virtual int f(int n) { return n; }
    virtual const std::string &name() const { return own; }
    virtual const char *tag() const { return "x"; }
    int go(int n) { int given = f(n); return given + value; }
    std::string names() const { const std::string &a = name(), &b = name(); return a + b; }
    std::string tags() const { const char *a = tag(), *b = tag(); return std::string(a) + b; }
    int value = 3;
    std::string own = "own";
};
inline std::string texts(const std::function<const std::string &(int)> &f) {
    const std::string &a = f(1), &b = f(2), &c = f(3);
    return a + b + c;
}
inline std::string chars(const std::function<const char *(int)> &f) {
    const char *a = f(1), *b = f(2), *c = f(3);
    return std::string(a) + b + c;
}
inline std::string raw_chars(const char *(*f)(int)) {
    const char *a = f(1), *b = f(2), *c = f(3);
    return std::string(a) + b + c;
}
}
"""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    return load_text(HEADER, tmp_path_factory.mktemp("hostile")).hostile


class Evil:
    """A number that does something when it is converted."""

    def __init__(self, do, value=0):
        self.do, self.value = do, value

    def __index__(self):
        self.do()
        return self.value

    def __float__(self):
        self.do()
        return float(self.value)


# ---- arguments ---------------------------------------------------------------------------------------

DESTROYING = {
    "this": lambda big, evil, lib: big.add(evil),
    "this, a double": lambda big, evil, lib: big.scale(evil),
    "this, a text comes back": lambda big, evil, lib: big.label(evil),
    "this, an object comes back": lambda big, evil, lib: big.copy(evil),
    "an argument of a method": lambda big, evil, lib: lib.Big().add(big, evil),
    "a reference": lambda big, evil, lib: lib.by_reference(big, evil),
    "keywords": lambda big, evil, lib: lib.by_reference(o=big, n=evil),
    "a pointer": lambda big, evil, lib: lib.by_pointer(big, evil),
    "void *": lambda big, evil, lib: lib.by_address(big, evil),
    "with scratch memory": lambda big, evil, lib: lib.with_text(big, "text", evil),
    "to be moved": lambda big, evil, lib: lib.moved(cppbind.gbl.std.move(big), evil),
}


@pytest.mark.parametrize("call", DESTROYING.values(), ids=DESTROYING)
def test_an_object_that_an_argument_destroys(hostile, call):
    """The conversion of a later argument destroys an object: ReferenceError, and C++ is not called."""
    big = hostile.Big()
    with pytest.raises(ReferenceError, match="destroyed"):
        call(big, Evil(big.__destruct__), hostile)


@pytest.mark.parametrize("make", ("shared", "unique"))
def test_a_pointee_that_an_argument_drops(hostile, make):
    """So it is with what a smart pointer pointed to."""
    pointer = getattr(hostile, make)()
    assert hostile.by_reference(pointer, 1) == 8
    with pytest.raises(ReferenceError):
        hostile.by_reference(pointer, Evil(pointer.reset))


def test_a_part_whose_whole_is_destroyed(hostile):
    """A part goes with its whole, and the whole stays while a part is assigned to."""
    outer = hostile.Outer()
    with pytest.raises(ReferenceError, match="lay in"):
        outer.inner.add(Evil(outer.__destruct__))
    outer = hostile.Outer()
    with pytest.raises(RuntimeError, match="in use"):
        outer.inner.value = Evil(outer.__destruct__)
    outer.__destruct__()


@pytest.mark.parametrize("member, value", (("value", Evil), ("member", Evil), ("row", lambda do: [1, Evil(do), 3])))
def test_an_object_stays_while_a_member_is_assigned(hostile, member, value):
    """The value of an assignment cannot destroy the object."""
    if member == "row" and support.engine_name() == "cffi" and not support.IS_PYPY:
        pytest.skip("CFFI's arrays take no items with __index__ on CPython, so nothing of the item runs")
    big = hostile.Big()
    with pytest.raises(RuntimeError, match="'.*Big' is in use"):
        setattr(big, member, value(big.__destruct__))
    assert big.value == 7


def test_lists_hold_what_they_held(hostile):
    """Objects in a list live until the call is over, even if another argument empties the list."""
    for take in (hostile.listed, hostile.pointers):
        items = [hostile.Big()]
        assert take(items, Evil(items.clear, 5)) == 12 and not items
    big = hostile.Big()
    with pytest.raises((RuntimeError, ReferenceError), match="in use|destroyed"):
        hostile.listed([big], Evil(big.__destruct__))
    kept = cppbind.gbl.std.vector["hostile::Big*"]([hostile.Big() for _ in range(3)])
    support.collect()
    assert hostile.pointers(kept, 0) == 21


def test_items_that_move_while_one_is_assigned(hostile):
    """`a[i] = x` converts x before C++ is asked where the item is."""
    items = hostile.Items()
    with pytest.raises(IndexError):
        items[5] = Evil(items.clear, 3)
    items = hostile.Items()
    items[5] = Evil(lambda: None, 3)
    assert items[5] == 3
    bigs = hostile.Bigs()
    with pytest.raises(IndexError):
        bigs[1] = {"value": Evil(bigs.clear, 3)}


def test_vectors_that_change_under_their_own_functions(hostile):
    """What clears a std::vector while it is used gets an exception, or the other half of the work done."""
    vector = hostile.Items().numbers
    for use in (lambda evil: vector.__setitem__(5, evil), lambda evil: vector.__setitem__(evil, 5),
                lambda evil: vector.__getitem__(evil), lambda evil: vector.insert(5, evil), vector.push_back, vector.pop,
                vector.at, vector.__delitem__,
                lambda evil: vector.__setitem__(slice(0, 3), [evil, 2, 3]),
                lambda evil: vector.extend(int(evil) for _ in range(3)), lambda evil: [int(evil) for _ in vector]):
        vector.extend(range(1000))
        try:
            use(Evil(vector.clear, 900))
        except (IndexError, ValueError, TypeError, RuntimeError):
            pass
        assert len(vector) < 1000
        vector.clear()


# ---- during the call ----------------------------------------------------------------------------------

def test_a_callback_cannot_destroy_what_runs(hostile):
    """An object is in use while a function runs on it; afterwards it can be destroyed."""
    big, timer = hostile.Big(), hostile.Timer()
    timer.set(lambda n: timer.__destruct__() or 1)
    for call in (lambda: big.run(lambda: big.__destruct__() or 1), lambda: timer.fire(1)):
        with pytest.raises(RuntimeError, match="in use"):
            call()
    big.__destruct__()
    timer.__destruct__()


def test_a_function_that_replaces_itself(hostile):
    """A std::function may be assigned to in its own call, and a function pointer."""
    def once(n):
        timer.set(lambda n: n + 100)
        support.collect()
        if n < 0:
            raise ValueError("gone")
        return n + 1

    timer = hostile.Timer()
    timer.set(lambda n: once(n))
    assert timer.fire(1) == 2 and timer.fire(1) == 101
    timer.set(lambda n: once(n))
    with pytest.raises(ValueError, match="gone"):
        timer.fire(-1)

    held = [lambda n: held.clear() or timer.set_raw(None) or n + 1]
    timer.set_raw(held[0])
    assert timer.fire_raw(1) == 2


def test_an_override_cannot_destroy_its_object(hostile):
    """Neither in its body nor by its result; and its class may lose it meanwhile."""
    class Body(hostile.Virtual):
        def f(self, n):
            self.__destruct__()

    class Result(hostile.Virtual):
        def f(self, n):
            return Evil(self.__destruct__)

    class Forgets(hostile.Virtual):
        def f(self, n):
            del Forgets.f
            support.collect()
            return 5

    for cls in Body, Result:
        with pytest.raises(RuntimeError, match="in use"):
            cls().go(1)
    forgets = Forgets()
    assert forgets.go(2) == 8 and forgets.go(2) == 5


def test_results_that_cpp_compares(hostile):
    """C++ may call again before it looks at the reference or text that it got."""
    class Named(hostile.Virtual):
        def name(self):
            return "name" * 20 + str(next(numbers))

        def tag(self):
            return "tag" * 20 + str(next(numbers))

    numbers, named = iter(range(9)), Named()
    assert named.names() == "name" * 20 + "0" + "name" * 20 + "1"
    assert named.tags() == "tag" * 20 + "2" + "tag" * 20 + "3"
    for call in (hostile.texts, hostile.chars, hostile.raw_chars):
        assert call(lambda n: "r" * 50 + str(n)) == "r" * 50 + "1" + "r" * 50 + "2" + "r" * 50 + "3"


@pytest.mark.parametrize("name", ("Loud", "LoudRaw"))
def test_destructors_that_call_python_while_something_is_raised(hostile, name):
    """A callback of a destructor runs, and the exception goes on behind it."""
    def make():
        made = getattr(hostile, name)()
        made.set(seen)
        return made

    def seen():
        calls.append(1)

    calls = []
    with pytest.raises(ZeroDivisionError):
        [make(), 1 / 0]
    support.collect()
    assert calls == [1]
