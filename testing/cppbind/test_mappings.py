"""Promises of type mappings and of the memory regulator, from Python and from C++."""

import gc
import sys
import sysconfig

import pytest
from cpp_runtime import load_text

import cppbind

HEADER = r"""
#include <cppbind/api.h>

#include <cstring>
#include <string>
#include <vector>

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

class Angle {
public:
    explicit Angle(double degrees) : degrees(degrees) {}
    double degrees;
};
inline Angle right() { return Angle(90); }
inline double turn(const Angle &angle) { return angle.degrees; }

inline PyObject *angle_to_python(void *object) { return PyFloat_FromDouble(static_cast<Angle *>(object)->degrees); }
inline int angle_from_python(PyObject *value, void *storage) {
    double degrees = PyFloat_AsDouble(value);
    if (degrees == -1.0 && PyErr_Occurred()) return -1;
    if (degrees < 0) { PyErr_SetString(PyExc_ValueError, "a negative angle"); return -1; }
    new (storage) Angle(degrees);
    return 0;
}
inline int angle_accepts(PyObject *value) { return PyFloat_Check(value) || PyLong_Check(value); }
inline const cppbind_type_mapping angle_mapping = {angle_to_python, angle_from_python, angle_accepts};
inline int map_angles() {
    const cppbind_api *api = cppbind_import();
    return api == nullptr ? -1 : api->map_type("app::Angle", &angle_mapping);
}

struct Node { int number = 0; static inline int alive = 0; Node() { ++alive; } ~Node() { --alive; } };
inline std::vector<Node *> &nodes() { static std::vector<Node *> all; return all; }
inline Node *grow() { nodes().push_back(new Node); return nodes().back(); }
inline Py_ssize_t prune() {
    const cppbind_api *api = cppbind_import();
    Py_ssize_t count = 0;
    for (Node *node : nodes()) { count += api->object_deleted(node); delete node; }
    nodes().clear();
    return count;
}
inline int &made() { static int count; return count; }
inline int &gone() { static int count; return count; }
inline void on_made(void *, PyObject *cls, void *) { made() += std::strcmp(((PyTypeObject *)cls)->tp_name, "Node") == 0; }
inline void on_gone(void *, PyObject *cls, void *) { gone() += std::strcmp(((PyTypeObject *)cls)->tp_name, "Node") == 0; }
inline int watch(bool on) {
    const cppbind_api *api = cppbind_import();
    return api->watch(on ? on_made : nullptr, on ? on_gone : nullptr, nullptr);
}
inline PyObject *adopt(int number) {
    Node *node = new Node;
    node->number = number;
    return cppbind_import()->bind(node, "app::Node", 1);
}
inline int number_of(PyObject *proxy) {
    const cppbind_api *api = cppbind_import();
    if (!api->is_instance(proxy)) return -1;
    return static_cast<Node *>(api->address_of(proxy))->number;
}

}  // namespace app
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    folders = [cppbind.get_include(), sysconfig.get_paths()["include"]]
    return load_text(HEADER, tmp_path_factory.mktemp("app"), include_dirs=folders).app


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


def test_mappings_of_cpp(app):
    """C++ registers functions of its own for a class; refused values raise what they raise."""
    assert app.map_angles() == 0
    try:
        assert app.right() == 90.0 and isinstance(app.right(), float)
        assert app.turn(45) == 45.0 and app.turn(1.5) == 1.5
        assert app.turn(app.Angle(3)) == 3
        with pytest.raises(ValueError, match="negative angle"):
            app.turn(-1.0)
        with pytest.raises(TypeError):
            app.turn("north")
    finally:
        cppbind.py.remove_type_mapping("app::Angle")


def test_cpp_tells_what_it_deletes(app):
    """Proxies of what C++ deleted raise ReferenceError and are not destroyed a second time."""
    first, second = app.grow(), app.grow()
    second.__python_owns__ = True
    assert app.prune() == 2 and app.Node.alive == 0
    for node in (first, second):
        with pytest.raises(ReferenceError):
            node.number
    del first, second
    assert app.Node.alive == 0


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
        gc.collect()
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


def test_cpp_watches(app):
    """C++ is told of proxies by functions of its own."""
    before = cppbind.gbl.app.made(), cppbind.gbl.app.gone()
    assert app.watch(True) == 0
    app.Node()
    assert app.watch(False) == 0
    app.Node()
    assert (app.made() - before[0], app.gone() - before[1]) == (1, 1)


def test_cpp_makes_and_takes_proxies(app):
    """The C++ interface binds objects, with Python as the owner, and reads their addresses."""
    node = app.adopt(7)
    assert isinstance(node, app.Node) and node.__python_owns__ and node.number == 7
    assert app.number_of(node) == 7 and app.number_of("text") == -1
    alive = app.Node.alive
    del node
    assert app.Node.alive == alive - 1
