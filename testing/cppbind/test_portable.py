"""Promise of the two implementations of the run time's roles: the same results and the same messages."""

import pytest
import support
from cpp_dictionaries import fixture_library

pytestmark = pytest.mark.skipif(support.engine_name() != "native", reason="one of the two needs the compiled core")

PROGRAM = """
    import sys, cppbind
    for library in sys.argv[1:]:
        cppbind.load_reflection_info(library)
    gbl = cppbind.gbl
    MyClass, shapes, Histogram = gbl.MyClass, gbl.shapes, gbl.Histogram
    one, point, square = MyClass(4), shapes.Point(), shapes.Square(2.0)
    gone = MyClass(1)
    gone.__destruct__()

    def assign(owner, name, value):
        setattr(owner, name, value)

    def show(*actions):
        for action in actions:
            try:
                print(action())
            except Exception as error:
                print(type(error).__name__, type(error).__mro__[1].__name__, error)

    show(lambda: MyClass([]), lambda: MyClass(1, 2, 3), lambda: MyClass(j=1), lambda: MyClass(2 ** 40),
         lambda: shapes.Shape("x"), lambda: shapes.Singleton(), lambda: shapes.Point(1, 2, 3), lambda: shapes.Point(z=1),
         lambda: one.SetMyInt("text"), lambda: one.SetMyInt(2 ** 31), lambda: one.SetMyInt(), lambda: one.SetMyInt(1.5),
         lambda: MyClass.SetMyInt(), lambda: MyClass.SetMyInt(point, 1), lambda: gone.GetMyInt(), lambda: gone.m_myint,
         lambda: assign(one, "m_myint", "text"), lambda: assign(one, "m_myint", 2 ** 31), lambda: assign(one, "m_const", 1),
         lambda: assign(MyClass, "s_instances", None), lambda: assign(MyClass, "s_limit", 1), lambda: assign(gbl, "new", 1),
         lambda: delattr(one, "m_myint"), lambda: one.Sum(point), lambda: one.Sum(None), lambda: one.missing,
         lambda: MyClass.GetMyInt, lambda: MyClass.GetMyInt.__doc__, lambda: MyClass.SetMyInt.signatures,
         lambda: MyClass.__dict__["m_myint"], lambda: MyClass.__dict__["m_myint"].type, lambda: MyClass, lambda: gone,
         lambda: Histogram(0, 1.0, 2.0), lambda: Histogram(4, 0.0, 1.0).binContent(9), lambda: gbl.NoSuch,
         lambda: cppbind.addressof(5), lambda: cppbind.sizeof("Nope"), lambda: cppbind.bind_object(1, int),
         lambda: gbl.gCounter.__destruct__(), lambda: shapes.Point(1) == 3, lambda: shapes.Point() != None,
         lambda: square.Area(), lambda: isinstance(square, shapes.Shape), lambda: one.m_ratio, lambda: one.m_low)
"""


def test_same_results_and_messages():
    """What a user sees does not depend on which implementation runs."""
    libraries = [fixture_library(name) for name in ("MyClass", "Shapes", "Histogram", "Globals")]
    shown = [support.run_python(PROGRAM, *libraries, env={"CFFI_LIKE_ENGINE": engine}).stdout.splitlines()
             for engine in ("native", "cffi")]
    assert shown[0] == shown[1] and len(shown[0]) > 45
