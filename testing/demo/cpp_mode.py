"""Part 3: C++ classes by way of a reflection dictionary, built from demo.h, loaded at run time.

Expected values come from the C++ code itself (functions that compute in C++ what Python
reads), or are worked out in pure Python.
"""

import random
import subprocess
import sys
from pathlib import Path

HEADER = Path(__file__).resolve().parent / "demo.h"


def build_dictionary(folder):
    """Runs `python -m cppbind build`; returns the path of the dictionary.

    In another folder than the sources', whose packages `-m` would take instead of the installed ones.
    """
    folder.mkdir(parents=True, exist_ok=True)
    library = folder / "libDemoDict.so"
    subprocess.run([sys.executable, "-m", "cppbind", "build", str(HEADER), "-o", str(library)],
                   check=True, cwd=str(folder))
    return str(library)


def run(table, folder):
    library = build_dictionary(folder)
    import cppbind
    cppbind.load_reflection_info(library)
    print("using %s, built by `python -m cppbind build demo.h`" % library)
    for part in (use_class, use_diamond, use_statics, use_globals, use_histogram, use_exception):
        part(table, cppbind.gbl)


def use_class(table, gbl):
    instance = gbl.MyClass(42)
    table.check("MyClass(42).GetMyInt()", instance.GetMyInt(), 42, "the argument")
    instance.m_myint = 33
    table.check("m_myint, written in Python, read in C++", instance.GetMyInt(), 33, "the value written")
    instance.SetMyInt(77)
    table.check("m_myint, written in C++, read in Python", instance.m_myint, 77, "the value passed")
    table.check("MyClass(), a default argument", gbl.MyClass().GetMyInt(), 5, "demo.h: int i = 5")
    table.check("std::string in and out", str(instance.Describe("now")), "now 77", "Python's %")
    table.check("a std::string by default", str(instance.Describe()), "value 77", "demo.h")


def use_diamond(table, gbl):
    d = gbl.D()
    table.check("diamond D: m_a, m_b, m_c, m_d", (d.m_a, d.m_b, d.m_c, d.m_d), (1, 2, 3, 4), "demo.h")
    table.check("diamond D: the doubles", (d.m_da, d.m_db, d.m_dc, d.m_dd), (1.1, 2.2, 3.3, 4.4), "demo.h")
    d.m_a, d.m_b, d.m_c, d.m_d = 10, 200, 3000, 40000
    table.check("diamond D: written in Python, summed in C++", gbl.SumInCpp(d), 43210, "10 + 200 + ...")
    alone, within = gbl.OffsetOfA(gbl.C()), gbl.OffsetOfA(d)
    table.check("A lies elsewhere in a C within D than in a C", alone != within, True,
                "the C++ compiler's casts", show="%d and %d bytes" % (alone, within))
    c = gbl.C()
    c.m_a = 11
    table.check("C alone: m_a at its own place", (c.m_a, c.m_c), (11, 3), "demo.h")
    table.check("classes mirror the C++ bases", [base.__name__ for base in gbl.D.__bases__], ["B", "C"],
                "demo.h")


def use_statics(table, gbl):
    before = gbl.MyClass.s_instances
    kept = [gbl.MyClass(number) for number in range(3)]
    table.check("static data through the class", gbl.MyClass.s_instances, before + 3, "three more objects")
    table.check("static data through an instance", kept[0].s_instances, before + 3, "the same variable")
    kept[1].s_instances = 1000
    table.check("written through an instance, read in C++", gbl.InstancesInCpp(), 1000, "the value written")
    gbl.MyClass.s_instances = before + 3
    table.check("written through the class, read by another", kept[2].s_instances, before + 3, "the value written")
    del kept
    table.check("destructors ran", gbl.InstancesInCpp(), before, "as many as before")


def use_globals(table, gbl):
    table.check("a global object", gbl.the_object.m_myint, 17, "demo.h")
    gbl.the_object.m_myint = 18
    table.check("the same, through a global pointer, in C++", gbl.PointedValue(), 18, "the value written")
    table.check("the pointer equals the object", gbl.the_pointer == gbl.the_object, True, "the address")
    pointer = gbl.the_pointer
    gbl.PointToOther()
    table.check("rebound in C++, seen in Python", gbl.the_pointer.m_myint, 23, "demo.h: the_other(23)")
    table.check("by what was read before, too", pointer.m_myint, 23, "bound by reference")
    mine = gbl.MyClass(99)
    gbl.the_pointer = mine
    table.check("rebound in Python, seen in C++", gbl.PointedValue(), 99, "MyClass(99)")
    gbl.the_pointer = None
    table.check("None is the null pointer", gbl.PointedValue(), -1, "demo.h")
    gbl.the_pointer = gbl.the_object


def use_histogram(table, gbl):
    bins, low, high = 20, -2.0, 2.0
    values = [random.Random(7).gauss(0, 1)] + [random.Random(i).gauss(0, 1) for i in range(20000)]
    histogram = gbl.Histogram(bins, low, high)
    for value in values:
        histogram.Fill(value)

    expected = [0.0] * (bins + 2)
    for value in values:
        place = 0 if value < low else bins + 1 if value >= high else 1 + int((value - low) / (high - low) * bins)
        expected[place] += 1
    contents = [histogram.Content(number) for number in range(bins + 2)]
    table.check("Histogram: %d values filled in a loop" % len(values), contents, expected,
                "the same in pure Python", show="bins 8 to 13: %s" % [int(c) for c in contents[8:14]])
    table.check("Histogram: m_entries", histogram.m_entries, len(values), "len()")
    table.check("Histogram: Mean()", histogram.Mean(), sum_in_order(values) / len(values),
                "the same in pure Python")


def sum_in_order(values):
    """As C++ adds up: `sum` itself is more exact from Python 3.12 on."""
    total = 0.0
    for value in values:
        total += value
    return total


def use_exception(table, gbl):
    try:
        gbl.Histogram(0, 0, 1)
    except Exception as error:
        said = str(error)
    else:
        said = "nothing was raised"
    table.check("a C++ exception is a Python exception", "a histogram has 1 to 1000 bins" in said, True,
                "demo.h: std::invalid_argument", show=said.splitlines()[0])
