"""Promises of type mappings and of the memory regulator."""

import sys

import pytest
import support
from cpp_runtime import load_text

import cppbind

HEADER = r"""
#include <string>

namespace app {

class Text {
public:
    Text() = default;
    Text(const char *text, int repeat) { for (int i = 0; i < repeat; i++) value += text; }
    Text(const Text &) = default;
    Text &operator=(const Text &) = default;
    int size() const { return static_cast<int>(value.size()); }
    const char *c_str() const { return value.c_str(); }
    std::string value;
};
struct Holder { Text text; Text *pointer = nullptr; int plain = 1; };
inline Text make(int count) { return Text("x", count); }
inline const Text &known() { static Text text("known", 1); return text; }
inline Text *null_text() { return nullptr; }
inline int measure(const Text &text) { return text.size(); }
inline int measure_value(Text text) { return text.size(); }

struct Node { int number = 0; static inline int alive = 0; Node() { ++alive; } ~Node() { --alive; } };

}  // namespace app
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    return load_text(HEADER, tmp_path_factory.mktemp("app")).app


@pytest.fixture
def text(app):
    cppbind.py.add_type_mapping("app::Text", to_python=lambda object: object.c_str(),
                                from_python=lambda cls, value: cls(value, 1), accepts=str)
    yield
    cppbind.py.remove_type_mapping("app::Text")


def test_results_and_arguments_are_mapped(app, text):
    """What C++ returns is what the mapping makes of it, and a str goes where an object is wanted."""
    assert app.make(3) == "xxx" and app.known() == "known"
    assert app.null_text() is None or not app.null_text()
    assert app.measure("four") == 4 and app.measure_value("fourteen") == 8
    assert app.measure(app.Text("ab", 2)) == 4


def test_members_are_mapped(app, text):
    """Data members read as Python values and are assigned from them."""
    holder = app.Holder()
    assert holder.text == ""
    holder.text = "assigned"
    assert holder.text == "assigned" and app.measure(holder.text) == 8


def test_constructors_give_proxies(app, text):
    """cls(...) is an object, whatever its results are mapped to; it can be converted with the same value."""
    made = app.Text("ab", 2)
    assert isinstance(made, app.Text) and made.size() == 4


def test_removing_a_mapping(app):
    """Without its mapping a class is a proxy again, and no str converts."""
    cppbind.py.add_type_mapping(app.Text, to_python=str.upper)
    assert cppbind.py.remove_type_mapping(app.Text) and not cppbind.py.remove_type_mapping(app.Text)
    assert isinstance(app.make(1), app.Text)
    with pytest.raises(TypeError):
        app.measure("text")


def test_errors_of_mappings(app):
    """What a mapping raises comes to the caller; one that makes something else is a TypeError that says so."""
    def broken(*args):
        raise LookupError("broken mapping")

    cppbind.py.add_type_mapping("app::Text", broken, broken, (str,))
    try:
        with pytest.raises(LookupError, match="broken"):
            app.make(1)
        with pytest.raises(LookupError, match="broken"):
            app.measure("text")
        cppbind.py.add_type_mapping("app::Text", from_python=lambda cls, value: 3, accepts=str)
        with pytest.raises(TypeError, match="mapping of 'app::Text' made int"):
            app.measure("text")
    finally:
        cppbind.py.remove_type_mapping("app::Text")
    for wrong in ((3,), ("app::Text", 3), ("app::Text", None, None, 3)):
        with pytest.raises(TypeError):
            cppbind.py.add_type_mapping(*wrong)


def test_asking_for_proxies(app):
    """The proxy of an address, and all there are."""
    node = app.Node()
    address = cppbind.addressof(node)
    assert cppbind.memory.find(address) is node and cppbind.memory.find(node, app.Node) is node
    assert cppbind.memory.find(address, app.Text) is None and cppbind.memory.find(0) is None
    assert any(proxy is node for proxy in cppbind.memory.proxies())
    assert cppbind.memory.deleted(node) == 1 and cppbind.memory.find(address) is None
    assert cppbind.memory.deleted(address) == 0
    with pytest.raises(ReferenceError):
        node.number
    app.Node.alive -= 1


def test_watching(app, monkeypatch):
    """Python is told of each proxy that comes and goes; what a watcher raises is reported, not raised."""
    events, reported = [], []
    cppbind.memory.watch(lambda address, cls: events.append(("+", address, cls)),
                         lambda address, cls: events.append(("-", address, cls)))
    try:
        node = app.Node()
        address = cppbind.addressof(node)
        del node
        support.collect()
        mine = [event for event in events if event[1] == address and event[2] is app.Node]
        assert [sign for sign, _, _ in mine] == ["+", "-"]
        monkeypatch.setattr(sys, "unraisablehook", lambda report: reported.append(report.exc_type))
        cppbind.memory.watch(lambda address, cls: 1 / 0)
        app.Node()
        assert reported == [ZeroDivisionError]
    finally:
        cppbind.memory.watch()
    with pytest.raises(TypeError):
        cppbind.memory.watch(3)
