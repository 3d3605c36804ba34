"""Promises of type mappings and of the memory regulator as C++ uses them, by cppbind/api.h."""

import sysconfig

import pytest
import support
from cpp_runtime import load_text

import cppbind

pytestmark = pytest.mark.skipif(support.engine_name() != "native", reason="the interface is that of the compiled core, "
                                                                          "to Python.h")

HEADER = r"""
#include <cppbind/api.h>

#include <cstring>
#include <vector>

namespace app_api {

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
    return api == nullptr ? -1 : api->map_type("app_api::Angle", &angle_mapping);
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
    return cppbind_import()->bind(node, "app_api::Node", 1);
}
inline int number_of(PyObject *proxy) {
    const cppbind_api *api = cppbind_import();
    if (!api->is_instance(proxy)) return -1;
    return static_cast<Node *>(api->address_of(proxy))->number;
}

}  // namespace app_api_api
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    folders = [cppbind.get_include(), sysconfig.get_paths()["include"]]
    return load_text(HEADER, tmp_path_factory.mktemp("app_api"), include_dirs=folders).app_api


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
        cppbind.py.remove_type_mapping("app_api::Angle")


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


def test_cpp_watches(app):
    """C++ is told of proxies by functions of its own."""
    before = cppbind.gbl.app_api.made(), cppbind.gbl.app_api.gone()
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
