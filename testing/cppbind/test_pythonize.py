"""Promises of pythonizations: functions of the user's that see every class."""

import pytest
import support
from cpp_runtime import load_text

import cppbind


def test_function_sees_classes_of_its_scope(tmp_path):
    """It is called with class and name, once, when the class is first named; methods are added by assignment."""
    seen = []

    def pythonizor(cls, name):
        seen.append(name)
        if name == "Box":
            cls.__len__ = lambda self: self.count
    cppbind.py.add_pythonization(pythonizor, "pyth")
    gbl = load_text("namespace pyth { struct Box { int count = 3; }; struct Other {}; } struct PythGlobal {};", tmp_path)
    assert seen == []
    assert len(gbl.pyth.Box()) == 3
    gbl.PythGlobal
    gbl.pyth.Box
    assert seen == ["Box"]
    assert cppbind.py.remove_pythonization(pythonizor, "pyth") and not cppbind.py.remove_pythonization(pythonizor, "pyth")
    gbl.pyth.Other
    assert seen == ["Box"]


def test_classes_that_are_made_already(tmp_path):
    """A function added late sees them, too."""
    gbl = load_text("namespace late { struct Box {}; }", tmp_path)
    gbl.late.Box
    seen = []

    def pythonizor(cls, name):
        seen.append((cls, name))
    cppbind.py.add_pythonization(pythonizor, "late")
    assert seen == [(gbl.late.Box, "Box")]
    cppbind.py.remove_pythonization(pythonizor, "late")


def test_no_function():
    """TypeError for what cannot be called."""
    with pytest.raises(TypeError):
        cppbind.py.add_pythonization(5)


@pytest.mark.skipif(support.engine_name() != "native", reason="there is a PyObject * on CPython alone, for its own core")
@pytest.mark.parametrize("hook", ["__cppbind_pythonize__", "__cppyy_pythonize__"])
def test_class_pythonizes_itself(tmp_path, hook):
    """A static function of the class is called with the class and its C++ name."""
    name = "Own" + hook.strip("_").partition("_")[0]
    gbl = load_text("""
        #include <string>
        typedef struct _object PyObject;
        struct %s {
            static std::string &told() { static std::string text; return text; }
            static void %s(PyObject *cls, const std::string &name) { if (cls) told() = name; }
        };""" % (name, hook), tmp_path)
    assert getattr(gbl, name).told() == name
