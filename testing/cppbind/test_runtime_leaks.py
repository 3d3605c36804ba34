"""Every operation of C++ objects many times: no reference, object or memory is left behind."""

import contextlib
import gc

import leak_support
import pytest
import support
from cpp_runtime import load

import cppbind

if support.IS_PYPY:
    pytest.skip("counts references, which PyPy does not have", allow_module_level=True)

gbl = load("MyClass")
load("Shapes"), load("Globals")
MyClass, shapes, outer = gbl.MyClass, gbl.shapes, gbl.outer
one, square, polygon, point = MyClass(4), shapes.Square(3.0), shapes.Polygon(), shapes.Point()


class Derived(MyClass):
    """A Python class below a C++ class."""


def fails(error, action):
    def run():
        with contextlib.suppress(error):
            action()
            raise AssertionError("no %r" % (error,))
    return run


def members():
    one.m_myint = one.m_myint + 1
    one.m_ratio = 0.5
    one.m_low = 3
    MyClass.s_instances = MyClass.s_instances
    return one.m_const, one.m_signed, MyClass.s_limit, polygon.MakeCorner(1, point).at.x


def global_variables():
    gbl.gInt = gbl.gInt + 1
    gbl.gCounterPtr = gbl.gOtherCounter
    gbl.gCounterPtr = gbl.gCounter
    return gbl.gArray[1], gbl.gConst, gbl.gText, gbl.gCounterPtr.Next(), outer.value, outer.inner.Deep().m_deep


def ownership():
    made = MyClass(1)
    made.__destruct__()
    other = MyClass(2)
    address = cppbind.addressof(other)
    assert cppbind.bind_object(address, MyClass) is other
    cycle = [MyClass(3)]
    cycle.append(cycle)
    derived = Derived(4)
    derived.me = derived
    assert derived.Self() is derived


OPERATIONS = {
    "construct": lambda: (MyClass(), MyClass(3), MyClass(one), shapes.Point(), shapes.Square(2.0)),
    "construct a Python class": lambda: Derived(3).GetMyInt(),
    "methods": lambda: (one.GetMyInt(), one.SetMyInt(3), one.Add(1), one.Add(1, 2, 3.0), MyClass.Twice(4)),
    "overloads": lambda: (one.Which(1), one.Which(1.5), one.Which("text"), one.Which(one)),
    "text": lambda: (one.SetName("name"), one.GetName(), one.NameRef(), one.SetLabel("label"), one.Label(),
                     one.Repeat("ab", 3), one.SetName("x" * 100), one.GetName()),
    "objects": lambda: (one.Copy(), one.Self(), one.Ref(), one.Sum(MyClass(1)), one.Take(one)),
    "members": members, "globals": global_variables, "ownership": ownership,
    "virtual methods": lambda: (square.Area(), square.Describe(), square.Name(), polygon.Area()),
    "operators": lambda: (-square, square < square, square(2.0), square[2], float(square), bool(square),
                          point + point, point == point),
    "functions": lambda: (outer.Square(3), outer.Square(3, 4), outer.Half(1.5), gbl.c_function(1),
                          shapes.Default("text"), shapes.Deref(3)),
    "enums": lambda: (outer.NextColor(gbl.kRed), gbl.kGreen, outer.Raise(gbl.Level.low), repr(gbl.kBlue)),
    "exceptions": fails(RuntimeError, lambda: one.ThrowRuntimeError("what")),
    "exceptions with a number": fails(IndexError, lambda: one.ThrowOutOfRange(3)),
    "exceptions that are no classes": fails(cppbind.CppException, lambda: one.ThrowInt(3)),
    "a wrong argument": fails(TypeError, lambda: one.SetMyInt("text")),
    "no overload": fails(TypeError, lambda: one.Which([])),
    "too many arguments": fails(TypeError, lambda: one.GetMyInt(1, 2)),
    "no such attribute": fails(AttributeError, lambda: one.nothing),
    "no such name": fails(AttributeError, lambda: gbl.NoSuchName),
    "a wrong value of a member": fails(TypeError, lambda: setattr(one, "m_myint", "text")),
    "a constant member": fails((TypeError, AttributeError), lambda: setattr(one, "m_const", 3)),
    "an abstract class": fails(TypeError, lambda: shapes.Shape("name")),
    "a constructor's argument": fails(TypeError, lambda: MyClass([])),
    "repr": lambda: (repr(one), str(one), repr(MyClass), hash(one), one == one, dir(MyClass)),
}

WATCHED = [MyClass, Derived, shapes.Square, one, square, polygon, gbl.gCounter, type(MyClass), cppbind.CppException]


@pytest.mark.parametrize("name", OPERATIONS)
def test_operations(name):
    """An operation, whether it succeeds or fails, leaves nothing behind."""
    assert leak_support.stays(OPERATIONS[name], WATCHED) == ""


def test_every_object_is_destroyed():
    """As many destructors as constructors have run."""
    gc.collect()
    before = MyClass.Instances()
    for action in OPERATIONS.values():
        action()
    gc.collect()
    assert MyClass.Instances() == before
