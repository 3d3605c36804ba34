"""Promises of overrides that fail where C++ cannot be told: virtual functions that are pure and noexcept."""

import sys

import pytest
import support
from cpp_dictionaries import build_text
from cpp_runtime import load_text

HEADER = r"""
#include <string>

namespace silent {

enum class Level { low, high };
enum Old { first = 3 };
struct Point { int x = 5; };

class Source {
public:
    virtual ~Source() {}
    virtual void start() noexcept = 0;
    virtual int number() const noexcept = 0;
    virtual double weight() const noexcept = 0;
    virtual bool open() const noexcept = 0;
    virtual unsigned char byte() const noexcept = 0;
    virtual long double wide() const noexcept = 0;
    virtual Level level() const noexcept = 0;
    virtual Old old() const noexcept = 0;
    virtual Source *next() noexcept = 0;
    virtual const char *text() const noexcept = 0;
    virtual int known() const noexcept { return 42; }
};

class Place {
public:
    virtual ~Place() {}
    virtual Point point() const noexcept = 0;
};

class Sum {
public:
    virtual ~Sum() {}
    virtual int sum(const int values[3], int &&last) const { return values[0] + last; }
};

inline void start(Source &source) { source.start(); }
inline int number(const Source &source) { return source.number(); }
inline double weight(const Source &source) { return source.weight(); }
inline bool open(const Source &source) { return source.open(); }
inline int byte(const Source &source) { return source.byte(); }
inline double wide(const Source &source) { return static_cast<double>(source.wide()); }
inline int level(const Source &source) { return static_cast<int>(source.level()); }
inline int old(const Source &source) { return source.old(); }
inline bool last(Source &source) { return source.next() == nullptr; }
inline bool no_text(const Source &source) { return source.text() == nullptr; }
inline int known(const Source &source) { return source.known(); }
inline int point(const Place &place) { return place.point().x; }
inline int sum(const Sum &who) { int values[3] = {1, 2, 3}; return who.sum(values, 4); }

}
"""

# What C++ gets of a function that fails, by the function that asks.
ZERO = {"start": None, "number": 0, "weight": 0.0, "open": False, "byte": 0, "wide": 0.0, "level": 0, "old": 0,
        "last": True, "no_text": True}
NAMES = {"last": "next", "no_text": "text"}


@pytest.fixture(scope="module")
def silent(tmp_path_factory):
    return load_text(HEADER, tmp_path_factory.mktemp("silent")).silent


@pytest.fixture
def reported(monkeypatch):
    seen = []
    monkeypatch.setattr(sys, "unraisablehook", lambda report: seen.append(str(report.exc_value)))
    return seen


@pytest.mark.parametrize("asks", sorted(ZERO))
def test_zero_stands_for_what_was_raised(silent, reported, asks):
    """Of a function that is pure and noexcept the exception is reported, and C++ goes on with nothing, zero or null."""
    name = NAMES.get(asks, asks)

    def fail(self):
        raise ValueError("no " + name)

    source = type("Failing", (silent.Source,), {name: fail})()
    for _ in range(3):
        assert getattr(silent, asks)(source) == ZERO[asks]
    assert reported == ["no " + name] * 3


@pytest.mark.parametrize("asks", sorted(ZERO))
def test_zero_stands_for_what_is_not_defined(silent, reported, asks):
    """The same where the class does not define the function."""
    class Empty(silent.Source):
        pass

    assert getattr(silent, asks)(Empty()) == ZERO[asks]
    assert len(reported) == 1 and NAMES.get(asks, asks) in reported[0] and "pure virtual" in reported[0]


def test_zero_stands_for_what_does_not_convert(silent, reported):
    """A result of another type is reported like an exception."""
    class Wrong(silent.Source):
        def number(self):
            return "three"

        def known(self):
            raise KeyError("unknown")

    wrong = Wrong()
    assert silent.number(wrong) == 0
    assert silent.known(wrong) == 42        # not pure: the base answers
    assert len(reported) == 2 and "three" not in reported[0] and "int" in reported[0]


def test_what_answers_is_not_disturbed(silent, reported):
    """Functions that answer are asked as ever."""
    class Good(silent.Source):
        def number(self):
            return 7

        def weight(self):
            return 2

        def level(self):
            return silent.Level.high

    good = Good()
    assert silent.number(good) == 7 and silent.weight(good) == 2.0 and silent.level(good) == 1
    assert reported == []


def test_no_object_can_be_made_up(tmp_path):
    """Where the result is an object there is no such value: C++'s std::terminate ends the process, after the report."""
    done = support.run_python("""
        import sys
        import cppbind
        cppbind.load_reflection_info(sys.argv[1])
        silent = cppbind.gbl.silent
        class Failing(silent.Place):
            def point(self):
                raise ValueError("no point in it")
        print(silent.point(Failing()), "went on")
        """, build_text(HEADER, tmp_path), check=False)
    assert done.returncode != 0 and "no point in it" in done.stdout and "went on" not in done.stdout


def test_an_array_argument_is_its_items(silent):
    """A parameter that is an array is a pointer to its items; a number by rvalue reference is that number."""
    class Mine(silent.Sum):
        def sum(self, values, last):
            return 100 * values[2] + last

    assert silent.sum(Mine()) == 304
