"""How long do C++ methods, members and objects take?  Against nanobind and pybind11.

Reads harness.py and peers.py.  `python bench_cpp.py [--json FILE]`.
"""

import sys

import harness
import peers

OURS = "ours"

# (table, bar against nanobind, {operation: statement})
TABLES = [
    ("C++ method calls", 1.0, {
        "touch()": "c.touch()", "get() const": "c.get()", "add(int)": "c.add(3)",
        "scale(double, double)": "c.scale(1.5, 2.5)", "add3(int, int, int)": "c.add3(1, 2, 3)",
        "virtual twice(int)": "c.twice(4)",
    }),
    ("C++ overloads, the right one last", 0.7, {"pick(double)": "c.pick(2.5)"}),
    ("C++ data members and statics", 0.8, {
        "get int": "c.value", "set int": "c.value = 5", "get double": "c.weight",
        "set double": "c.weight = 2.5", "get static": "Counter.total", "set static": "Counter.total = 3",
    }),
    ("C++ construction and destruction", 1.0, {"Counter()": "Counter()", "Counter(7)": "Counter(7)"}),
    ("C++ strings", 1.2, {"returns std::string": "c.name()", "takes const std::string &": "c.measure(text)"}),
]


def our_class():
    import cppbind
    cppbind.load_reflection_info(peers.dictionary(peers.NATIVE / "bench_cpp.h", "libBenchDict.so"))
    return cppbind.gbl.Counter


def questions():
    makers = {OURS: our_class,
              "nanobind": lambda: peers.nanobind_module("nb_cpp").Counter,
              "pybind11": lambda: peers.pybind11_module("pb_cpp").Counter}
    classes, absent = {}, {}
    for contestant, make in makers.items():
        try:
            classes[contestant] = make()
        except Exception as error:
            absent[contestant] = "%s: %s" % (type(error).__name__, str(error)[-2000:])
    for title, bar, statements in TABLES:
        question = harness.Question(title, makers, [OURS],
                                    {(OURS, "nanobind"): bar, (OURS, "pybind11"): None})
        question.absent.update(absent)
        for contestant, counter in classes.items():
            names = {"Counter": counter, "c": counter(5), "text": "the quick brown fox"}
            for operation, statement in statements.items():
                question.add(operation, contestant, statement, names)
        yield question


if __name__ == "__main__":
    sys.exit(harness.run([questions]))
