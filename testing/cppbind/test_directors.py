"""Promises of classes in Python that derive from classes of C++: what they override answers C++ too."""

import gc
import sys
import threading
import weakref

import pytest
import support
from cpp_runtime import load_text

import cppbind

HEADER = r"""
#include <condition_variable>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace play {

struct Point { double x = 0, y = 0; Point() = default; Point(double x, double y) : x(x), y(y) {} };

class Shape {
public:
    Shape() { ++alive; }
    explicit Shape(const std::string &name, int level = 3) : label(name), level_(level) { ++alive; }
    Shape(const Shape &) = delete;
    virtual ~Shape() { --alive; }

    /// How much it covers.
    virtual double area() const = 0;
    virtual std::string name() const { return label; }
    virtual Point centre(const Point &near) const { return near; }
    virtual int count(int first, int second = 2) { return first + second; }
    virtual int count(const char *text) { return text[0]; }
    virtual long long wide(unsigned char a, short b, float c, bool d, const char *e, long long f, double g, int h,
                           unsigned i, long j) {
        return a + b + static_cast<int>(c) + d + e[0] + f + static_cast<int>(g) + h + i + j;
    }
    virtual float half(float value) const { return value / 2; }
    virtual bool same(const Shape &other) const noexcept { return this == &other; }
    virtual Shape *partner() { return nullptr; }
    virtual const std::string &title() const { return label; }
    virtual const char *tag() const { return "none"; }
    virtual void fill(std::vector<int> &into) { into.push_back(1); }
    virtual std::vector<int> parts() const { return {1, 2}; }
    virtual Point take(Point by_value) { return by_value; }
    virtual int operator()(int value) { return value; }
    virtual int sealed() final { return 42; }
    virtual void quiet() noexcept {}
    int level() const { return level_; }
    std::string label = "shape";
    static inline int alive = 0;

protected:
    virtual int secret(int value) { return value * 2; }
    int hidden(int value = 4) const { return value + level_; }
    static int shared() { return 77; }
    int stock = 11;
    const int fixed = 12;

public:
    int read_stock() const { return stock; }
    int reveal(int value) { return secret(value); }

private:
    virtual int own() { return 7; }
    int level_ = 0;
};

inline double twice(const Shape &shape) { return 2 * shape.area(); }
inline std::string greet(const Shape &shape) { return "I am " + shape.name(); }
inline Point where(const Shape &shape, double at) { return shape.centre(Point(at, at)); }
inline int counts(Shape &shape) { return shape.count(1) * 1000 + shape.count("A"); }
inline long long widest(Shape &shape) { return shape.wide(200, -3, 1.5f, true, "A", 1LL << 40, 2.5, -7, 4000000000u, -1); }
inline float halves(const Shape &shape) { return shape.half(5); }
inline bool same(const Shape &shape, const Shape &other) { return shape.same(other); }
inline Shape *partner(Shape &shape) { return shape.partner(); }
inline std::string title(const Shape &shape) { return shape.title() + shape.title(); }
inline std::string tag(const Shape &shape) { return shape.tag(); }
inline std::vector<int> filled(Shape &shape) { std::vector<int> all; shape.fill(all); return all; }
inline int parts(const Shape &shape) { int sum = 0; for (int part : shape.parts()) sum += part; return sum; }
inline double taken(Shape &shape) { return shape.take(Point(3, 4)).y; }
inline int called(Shape &shape, int value) { return shape(value); }
inline void hush(Shape &shape) { shape.quiet(); }
inline void destroy(Shape *shape) { delete shape; }
inline std::string caught(const Shape &shape) {
    try { shape.area(); } catch (const std::exception &problem) { return problem.what(); }
    return "nothing";
}
inline double translated(const Shape &shape) {
    try { return shape.area(); } catch (...) { throw std::out_of_range("translated"); }
}
inline double in_thread(const Shape &shape, int calls) {
    double sum = 0;
    std::thread other([&] { for (int i = 0; i < calls; i++) sum += shape.area(); });
    other.join();
    return sum;
}

class Store {
public:
    void keep(Shape *shape) { kept.emplace_back(shape); }
    double total() const { double sum = 0; for (auto &shape : kept) sum += shape->area(); return sum; }
    Shape *first() { return kept.front().get(); }
    void clear() { kept.clear(); }
private:
    std::vector<std::unique_ptr<Shape>> kept;
};

class Square : public Shape {
public:
    explicit Square(double side = 1) : side(side) {}
    double area() const override { return side * side; }
    double side;
};

class Cube : public Square {
public:
    using Square::Square;
    std::string name() const override { return "cube"; }
};

struct Left { virtual ~Left() = default; virtual int left() { return 1; } virtual int both() { return 10; } };
struct Right { virtual ~Right() = default; virtual int right() { return 2; } virtual int both() { return 20; } };
struct Pair : Left, Right { int ballast = 5; virtual int third() { return 3; } };
inline int ask_left(Left &left) { return left.left() + left.both(); }
inline int ask_right(Right &right) { return right.right() + right.both(); }
inline Right *as_right(Right *right) { return right; }

struct Root { virtual ~Root() = default; virtual int root() { return 1; } int data = 9; };
struct One : virtual Root { virtual int one() { return 10; } };
struct Two : virtual Root { virtual int two() { return 20; } };
struct Join : One, Two { int root() override { return 5; } };
inline int ask_root(Root &root) { return root.root() + root.data; }

struct Guarded {
    virtual ~Guarded() = default;
    virtual int value() { return 1; }
protected:
    Guarded() = default;
    explicit Guarded(int) {}
};
inline int guarded(Guarded &object) { return object.value(); }

struct Locked final { virtual ~Locked() = default; virtual int f() { return 1; } };
struct Plain { int f() { return 1; } };
}  // namespace play
"""

@pytest.fixture(scope="module")
def play(tmp_path_factory):
    return load_text(HEADER, tmp_path_factory.mktemp("play")).play


@pytest.fixture
def Circle(play):
    class Circle(play.Shape):
        def __init__(self, radius=2):
            super().__init__("circle")
            self.radius = radius

        def area(self):
            return 3.0 * self.radius

    return Circle


def test_an_abstract_class_is_completed(play, Circle):
    """C++ gets Python's answer to a pure virtual function; the class itself still cannot be made."""
    circle = Circle(4)
    assert play.twice(circle) == 24 and circle.level() == 3 and circle.label == "circle"
    assert circle.radius == 4 and isinstance(circle, play.Shape)
    with pytest.raises(TypeError, match="abstract"):
        play.Shape()


def test_what_is_not_overridden_stays_cpps(play, Circle):
    """Functions that the class does not define are those of the base, called from either side."""
    circle = Circle()
    assert play.greet(circle) == "I am circle" and circle.name() == "circle"
    assert play.counts(circle) == 3 * 1000 + 65 and circle.count(4) == 6
    assert play.where(circle, 2.5).x == 2.5


def test_super_reaches_the_base(play, Circle):
    """super().f() and Base.f(self) run the base's function, not the override again."""
    class Named(Circle):
        def name(self):
            return "my " + super().name()

        def count(self, *args):
            return 10 * play.Shape.count(self, *args)

    named = Named()
    assert named.name() == "my circle" and play.greet(named) == "I am my circle"
    assert named.count(1) == 30 and play.counts(named) == 30 * 1000 + 650


def test_a_missing_answer_is_an_error_of_the_call(play):
    """A pure virtual function without a Python method raises NotImplementedError that names both."""
    class Nothing(play.Shape):
        pass

    with pytest.raises(NotImplementedError, match="'Nothing' does not define 'area'"):
        play.twice(Nothing())
    with pytest.raises(TypeError, match="pure virtual"):
        Nothing().area()


def test_arguments_and_results_of_every_kind(play, Circle):
    """Numbers, text, objects by value, reference and pointer arrive and come back converted."""
    seen = []

    class Probe(Circle):
        def wide(self, *args):
            seen.append(args)
            return 1 << 41

        def centre(self, near):
            return play.Point(near.x + 1, 7)

        def half(self, value):
            return value / 4

        def same(self, other):
            return other is self

        def partner(self):
            return self

        def title(self):
            return "title%d" % len(seen)

        def tag(self):
            return "tagged"

        def fill(self, into):
            into += [5, 6]

        def parts(self):
            return [10, 20]

        def take(self, by_value):
            seen.append(by_value)
            return by_value

        def __call__(self, value):
            return -value

    probe = Probe()
    assert play.widest(probe) == 1 << 41
    assert seen.pop() == (chr(200), -3, 1.5, True, "A", 1 << 40, 2.5, -7, 4000000000, -1)
    centre = play.where(probe, 2.5)
    assert (centre.x, centre.y) == (3.5, 7)
    assert play.halves(probe) == 1.25
    assert play.same(probe, probe) and not play.same(probe, Circle())
    assert play.partner(probe) is probe
    assert play.title(probe) == "title0title0" and play.tag(probe) == "tagged"
    assert list(play.filled(probe)) == [5, 6] and play.parts(probe) == 30
    assert play.taken(probe) == 4 and seen[0].y == 4 and seen[0].__python_owns__
    assert play.called(probe, 3) == -3


def test_a_new_object_as_a_pointer_result_lives_on(play, Circle):
    """What an override returns by pointer or reference lives until the object answers that again."""
    class Twin(Circle):
        def partner(self):
            return Circle(9)

    twin = Twin()
    support.collect()
    before = play.Shape.alive
    partner = play.partner(twin)
    assert partner.radius == 9 and play.Shape.alive == before + 1
    del partner
    support.collect()
    assert play.Shape.alive == before + 1
    del twin
    support.collect()
    assert play.Shape.alive == before - 1


def test_wrong_results_are_type_errors(play, Circle):
    """An answer of another type is a TypeError that names the method and the C++ function."""
    class Wrong(Circle):
        def area(self):
            return "large"

        def centre(self, near):
            return None

    with pytest.raises(TypeError, match="result of 'Wrong.area', which overrides .*area"):
        play.twice(Wrong())
    with pytest.raises(TypeError, match="Wrong.centre"):
        play.where(Wrong(), 1)


def test_exceptions_cross_cpp_and_come_back(play, Circle):
    """The same exception object arrives, with its traceback; C++ may catch it as a std::exception."""
    class NoArea(LookupError):
        pass

    problems = [NoArea("no such area")]

    class Broken(Circle):
        def area(self):
            raise problems[0]

    broken = Broken()
    with pytest.raises(LookupError) as caught:
        play.twice(broken)
    assert caught.value is problems[0]
    assert any(entry.name == "area" for entry in caught.traceback)
    assert play.caught(broken) == "NoArea: no such area"
    with pytest.raises(IndexError, match="translated"):
        play.translated(broken)
    for _ in range(50):
        play.caught(broken)
    reference = weakref.ref(problems.pop())
    del caught
    support.collect()
    assert not reference()


def test_noexcept_functions_report_and_go_on(play, Circle, monkeypatch):
    """What a noexcept override raises goes to sys.unraisablehook; the base's function answers."""
    seen = []
    monkeypatch.setattr(sys, "unraisablehook", lambda report: seen.append(report.exc_value))

    class Loud(Circle):
        def quiet(self):
            raise ValueError("loud")

        def same(self, other):
            raise ValueError("differs")

    loud = Loud()
    play.hush(loud)
    assert play.same(loud, loud) is True
    assert [str(problem) for problem in seen] == ["loud", "differs"]


def test_protected_functions(play, Circle):
    """A protected virtual function can be overridden and called from the derived class, not from outside."""
    class Spy(Circle):
        def secret(self, value):
            return super().secret(value) + 1

        def look(self):
            self.stock += 1
            return self.hidden() - 3, self.shared(), self.stock, self.fixed

    spy = Spy()
    assert spy.reveal(5) == 11 and Circle().reveal(5) == 10
    assert spy.look() == (4, 77, 12, 12) and spy.read_stock() == 12
    square = play.Square()
    for name in ("secret", "hidden", "stock", "shared"):
        with pytest.raises(AttributeError, match=name):
            getattr(square, name)
    with pytest.raises(TypeError, match="const"):
        spy.fixed = 3
    with pytest.raises(AttributeError):
        spy.hidden = 3


def test_final_and_private_functions_are_not_overridden(play, Circle):
    """A method of the name of a final function is Python's alone."""
    class Mine(Circle):
        def sealed(self):
            return 1

    assert Mine().sealed() == 1 and play.Shape.sealed(Mine()) == 42


def test_deep_hierarchies(play):
    """Classes far below, in C++ and in Python, override what far bases declare."""
    class A(play.Cube):
        def area(self):
            return 100.0

    class B(A):
        def name(self):
            return "B" + super().name()

    class C(B):
        pass

    c = C(3)
    assert c.side == 3 and play.twice(c) == 200 and play.greet(c) == "I am Bcube"
    assert play.twice(play.Cube(3)) == 18


def test_multiple_bases(play):
    """Every base's functions ask the same object; a function that two bases have each is left to them."""
    class Both(play.Pair):
        def left(self):
            return 100

        def right(self):
            return 200

        def third(self):
            return 300

    both = Both()
    assert play.ask_left(both) == 110 and play.ask_right(both) == 220
    assert play.as_right(both) is both and both.ballast == 5 and both.third() == 300


def test_virtual_bases(play):
    """Overrides and data are found through virtual bases."""
    class Mine(play.Join):
        def root(self):
            return 50 + super().root()

    mine = Mine()
    assert play.ask_root(mine) == 64 and mine.data == 9 and mine.one() == 10


def test_protected_constructors(play):
    """What only a derived class may construct, a Python class does."""
    class Mine(play.Guarded):
        def value(self):
            return 8

    assert play.guarded(Mine()) == 8 and play.guarded(Mine(3)) == 8
    with pytest.raises(TypeError):
        play.Guarded()


def test_bases_outside_of_the_dictionary(tmp_path):
    """Functions of bases that the dictionary does not describe, of the standard library for one, are overridden too."""
    gbl = load_text("#include <stdexcept>\nstruct AppError : std::runtime_error { AppError() : runtime_error(\"app\") {} };"
                    "inline std::string said(const AppError &error) { return error.what(); }", tmp_path)

    class Mine(gbl.AppError):
        def what(self):
            return "mine, not " + super().what()

    assert gbl.said(Mine()) == "mine, not app" and gbl.said(gbl.AppError()) == "app"


def test_classes_without_virtuals_can_be_derived_from(play):
    """Deriving from final and plain classes adds Python's side only."""
    class Mine(play.Plain):
        def f(self):
            return 2

    class Mine2(play.Locked):
        def f(self):
            return 2

    assert Mine().f() == 2 and Mine2().f() == 2


def test_methods_can_be_changed_later(play, Circle):
    """Assigning to and deleting from the class, or one between, is seen by the next call."""
    class Base(Circle):
        pass

    class Later(Base):
        pass

    later = Later(1)
    assert play.twice(later) == 6
    Later.area = lambda self: 5.0
    assert play.twice(later) == 10
    del Later.area
    Base.area = lambda self: 7.0
    assert play.twice(later) == 14
    Base.name = lambda self: "late"
    assert play.greet(later) == "I am late"
    del Base.name
    assert play.greet(later) == "I am circle"


def test_mixins_static_methods_and_other_callables(play):
    """What the attribute gives is called: a mixin's method, a static method, a callable object, a bound one."""
    class Mixin:
        def area(self):
            return 1.5

    class Mixed(Mixin, play.Shape):
        name = staticmethod(lambda: "static")

        half = type("Half", (), {"__call__": lambda self, value: value})()

    mixed = Mixed()
    assert play.twice(mixed) == 3 and play.greet(mixed) == "I am static" and play.halves(mixed) == 5


def test_cpp_owns(play, Circle):
    """With __python_owns__ false the proxy lives as long as the C++ object, and is the one that C++ gives back."""
    store = play.Store()
    circle = Circle(2)
    circle.__python_owns__ = False
    store.keep(circle)
    reference = weakref.ref(circle)
    address = id(circle)
    del circle
    support.collect()
    assert store.total() == 6
    again = store.first()
    assert id(again) == address and again.radius == 2 and again is reference()
    support.collect()
    before = play.Shape.alive
    store.clear()
    assert play.Shape.alive == before - 1
    with pytest.raises(ReferenceError, match="destroyed"):
        again.level()
    del again
    support.collect()
    assert reference() is None


def test_python_takes_back_ownership(play, Circle):
    """__python_owns__ can be set again: then the object goes with its proxy."""
    support.collect()
    before = play.Shape.alive
    circle = Circle()
    for _ in range(3):
        circle.__python_owns__ = False
        circle.__python_owns__ = True
    del circle
    support.collect()
    assert play.Shape.alive == before


def test_cpp_deletes_what_python_owns(play, Circle):
    """An object that C++ deletes is gone for Python as well, and is not destroyed twice."""
    support.collect()
    before = play.Shape.alive
    circle = Circle()
    play.destroy(circle)
    assert play.Shape.alive == before
    with pytest.raises(ReferenceError, match="destroyed"):
        circle.area.__func__ and play.twice(circle)
    del circle
    assert play.Shape.alive == before


def test_threads_of_cpp(play, Circle):
    """A call from a thread that C++ started takes the GIL, whether Python's call released it or not."""
    seen = set()

    class Threaded(Circle):
        def area(self):
            seen.add(threading.get_ident())
            return 1.0

    play.in_thread.__release_gil__ = True
    try:
        assert play.in_thread(Threaded(), 20) == 20
    finally:
        play.in_thread.__release_gil__ = False
    assert len(seen) == 1 and threading.get_ident() not in seen


def test_messages_name_the_class_that_is_derived_from(play, Circle):
    """What is wrong with the arguments of __init__ is told by the signatures of the C++ class."""
    with pytest.raises(TypeError, match=r"play::Square::Square\(double side"):
        type("Mine", (play.Square,), {})(1, 2, 3)


def test_objects_that_end_during_the_call(play, Circle):
    """An override may have C++ delete its own object and the call ends as it should; `__destruct__` there is refused."""
    class Deleted(Circle):
        def area(self):
            play.destroy(self)
            return 4.0

    class Destroyed(Circle):
        def area(self):
            self.__destruct__()
            return 5.0

    deleted = Deleted()
    deleted.__python_owns__ = False
    support.collect()
    before = play.Shape.alive
    assert play.twice(deleted) == 8
    with pytest.raises(RuntimeError, match="'Destroyed' is in use"):
        play.twice(Destroyed())
    support.collect()
    assert play.Shape.alive == before - 1


def test_init_must_be_called(play):
    """A class whose __init__ forgets the base's has no C++ object: ReferenceError."""
    class Forgot(play.Square):
        def __init__(self):
            pass

    with pytest.raises(ReferenceError, match="not constructed"):
        Forgot().area()


def test_nothing_leaks(play, Circle):
    """Objects, arguments and results of overrides are given back."""
    class Busy(Circle):
        def centre(self, near):
            return play.Point(near.x, near.y)

        def name(self):
            return "busy"

        def title(self):
            return "titled"

    support.collect()
    alive = play.Shape.alive

    def round_trip():
        busy = Busy()
        play.where(busy, 1)
        play.greet(busy)
        play.title(busy)

    round_trip()
    support.collect()
    before = 0 if support.IS_PYPY else len(gc.get_objects()), cppbind.runtime.native.proxy_count()
    for _ in range(100):
        round_trip()
    support.collect()
    assert play.Shape.alive == alive
    assert cppbind.runtime.native.proxy_count() <= before[1]
    if not support.IS_PYPY:         # whose JIT makes objects of its own
        assert len(gc.get_objects()) <= before[0] + 5


def test_classes_are_collected(play):
    """A Python class and what it remembered go when nobody uses them."""
    def make():
        class Short(play.Square):
            def area(self):
                return 1.0

        assert play.twice(Short()) == 2
        return weakref.ref(Short)

    reference = make()
    support.collect()
    assert reference() is None
