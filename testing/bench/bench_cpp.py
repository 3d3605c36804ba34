"""How long do C++ methods, members, objects and containers take?  Against nanobind, pybind11 and cppyy.

A std::vector is iterated beside a list of Python's, which is as fast as iteration can be.

Reads harness.py and peers.py.  `python bench_cpp.py [--json FILE]`.
"""

import sys

import harness
import peers

OURS = "ours"
LIST = "list"
ITERATION = "for x in v: pass"

# (table, bar against nanobind, bar against cppyy, {operation: statement})
TABLES = [
    ("C++ method calls", 1.0, 0.5, {
        "touch()": "c.touch()", "get() const": "c.get()", "add(int)": "c.add(3)",
        "scale(double, double)": "c.scale(1.5, 2.5)", "add3(int, int, int)": "c.add3(1, 2, 3)",
        "virtual twice(int)": "c.twice(4)",
    }),
    ("C++ overloads, the right one last", 0.7, 0.6, {"pick(double)": "c.pick(2.5)"}),
    ("C++ data members and statics", 0.8, 0.8, {
        "get int": "c.value", "set int": "c.value = 5", "get double": "c.weight",
        "set double": "c.weight = 2.5", "get static": "Counter.total", "set static": "Counter.total = 3",
    }),
    ("C++ construction and destruction", 1.0, 0.35, {"Counter()": "Counter()", "Counter(7)": "Counter(7)"}),
    ("C++ strings", 1.2, None, {"returns std::string": "c.name()", "takes const std::string &": "c.measure(text)"}),
    ("C++ list of 100 to const std::vector<int> &", 1.2, 0.06, {"total(list)": "total(hundred)"}),
    ("C++ iterating over std::vector<int>, 100 items", None, 0.2, {"for x in v": ITERATION}),
    ("C++ virtual calls answered in Python, 100 of them", 1.0, None, {
        "answer(int)": "ask(mine, 100)", "weigh(double, double)": "weigh(mine, 100)",
        "not overridden": "ask(plain, 100)"}),
]


def our_module():
    import cppbind
    cppbind.load_reflection_info(peers.dictionary(peers.NATIVE / "bench_cpp.h", "libBenchDict.so"))
    return cppbind.gbl


def cppyy_module():
    import cppyy
    cppyy.include(str(peers.NATIVE / "bench_cpp.h"))
    return cppyy.gbl


def names_of(module):
    """What the statements use, of one contestant."""
    class Mine(module.Answer):
        def answer(self, a):
            return a

        def weigh(self, a, b):
            return b

    class Plain(module.Answer):
        pass

    names = {"Counter": module.Counter, "c": module.Counter(5), "text": "the quick brown fox", "total": module.total,
             "hundred": list(range(100)), "ask": module.ask, "weigh": module.weigh, "mine": Mine(), "plain": Plain()}
    if hasattr(module, "numbers"):
        names["v"] = module.numbers(100)
    return names


def questions():
    makers = {OURS: our_module, "nanobind": lambda: peers.nanobind_module("nb_cpp"),
              "pybind11": lambda: peers.pybind11_module("pb_cpp"), "cppyy": cppyy_module}
    names, absent = {}, {}
    for contestant, make in makers.items():
        try:
            names[contestant] = names_of(make())
        except Exception as error:
            absent[contestant] = "%s: %s" % (type(error).__name__, str(error)[-2000:])
    for title, bar, cppyy_bar, statements in TABLES:
        bars = {(OURS, "nanobind"): bar, (OURS, "pybind11"): None, (OURS, "cppyy"): cppyy_bar}
        if ITERATION in statements.values():
            bars = {(OURS, "cppyy"): cppyy_bar, (OURS, LIST): None}
        question = harness.Question(title, [*makers, LIST], [OURS], bars)
        question.absent.update(absent)
        if ITERATION in statements.values():
            question.add("for x in v", LIST, ITERATION, {"v": [7] * 100})
        for contestant, variables in names.items():
            for operation, statement in statements.items():
                if statement != ITERATION or "v" in variables:
                    question.add(operation, contestant, statement, variables)
        yield question


if __name__ == "__main__":
    sys.exit(harness.run([questions]))
