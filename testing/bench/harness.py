"""Measures statements of several contestants in alternation and prints ns and ratios.

Used by every bench_*.py.  A benchmark is a report, never a test: it asserts
nothing about time.  How a figure is made:
- a statement is repeated ten times in the body of a loop over itertools.repeat, in a
  generated function where every name is a local variable;
- the number of iterations is chosen so that one sample takes about `SAMPLE_SECONDS`;
- an empty loop of as many iterations is measured beside it; the best of it is subtracted
  from the best of the loop (the best difference would be that of a disturbed empty loop);
- every contestant takes one sample in turn, `ROUNDS` times, so that a noisy moment hits
  all of them; the best sample of each counts.
"""

import argparse
import contextlib
import itertools
import json
import os
import platform
import subprocess
import sys
import time

UNROLL = 10
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "25"))
SAMPLE_SECONDS = float(os.environ.get("BENCH_SAMPLE_SECONDS", "0.004"))


class Case:
    """One cell of the table: a statement that one contestant runs.

    `names` are the variables of the statement.  `operations` is how many
    operations one execution of it stands for.
    """

    def __init__(self, statement, names, operations=1):
        self.statement = statement
        self.operations = operations
        self._loop = self._compile([statement] * UNROLL, names)
        self._empty = self._compile(["pass"], names)
        self._repeats = 0
        self._best_loop = self._best_empty = float("inf")

    @property
    def best(self):
        """ns per operation."""
        spent = max(self._best_loop - self._best_empty, 0.0)
        return spent / (self._repeats * UNROLL * self.operations) * 1e9

    @staticmethod
    def _compile(body, names):
        lines = ["def loop(iterations, clock, %s):" % ", ".join(names or ("_",)),
                 "    start = clock()", "    for _ in iterations:"]
        lines += ["        " + line for line in body]
        lines += ["    return clock() - start"]
        scope = {}
        exec("\n".join(lines), scope)
        values = tuple(names.values()) or (None,)
        return lambda count: scope["loop"](itertools.repeat(None, count), time.perf_counter, *values)

    def calibrate(self):
        """Warms up (also caches and a JIT) and chooses the number of iterations."""
        count, spent = 1, 0.0
        while spent < SAMPLE_SECONDS / 4:
            count *= 2
            spent = self._loop(count)
        self._repeats = max(1, int(count * SAMPLE_SECONDS / spent))

    def sample(self):
        self._best_loop = min(self._best_loop, self._loop(self._repeats))
        self._best_empty = min(self._best_empty, self._empty(self._repeats))


class Process:
    """One cell that needs a fresh interpreter: a program that prints the seconds it measured."""

    def __init__(self, program):
        self.program = program
        self.best = float("inf")

    def calibrate(self):
        self.sample()           # writes what is cached: byte code, compiled modules

    def sample(self):
        done = subprocess.run([sys.executable, "-c", self.program],
                              cwd=os.path.dirname(os.path.abspath(__file__)), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr.decode(errors="replace"))
        self.best = min(self.best, float(done.stdout) * 1e9)


class Question:
    """One table: operations down, contestants across.

    `ours` are the contestants of this project.  `bars` maps (ours, peer) to the ratio that
    is aimed at, or to None where the ratio is just reported.
    """

    def __init__(self, title, contestants, ours, bars, unit="ns"):
        self.title = title
        self.unit = unit        # of the printed table; figures are always in ns
        self.contestants = list(contestants)
        self.ours = list(ours)
        self.bars = dict(bars)
        self.cells = {}         # operation -> {contestant: Case}
        self.absent = {}        # contestant -> why

    def add(self, operation, contestant, statement, names, operations=1):
        """Adds a cell; an error while it is tried once is reported, not raised."""
        row = self.cells.setdefault(operation, {})
        try:
            exec(statement, dict(names))
            row[contestant] = Case(statement, names, operations)
        except Exception as error:
            self.absent["%s, %s" % (contestant, operation)] = "%s: %s" % (type(error).__name__, error)

    def add_process(self, operation, contestant, program):
        """Adds a cell measured in interpreters of its own; `program` prints seconds."""
        case = Process(program)
        try:
            case.sample()
        except Exception as error:
            self.absent["%s, %s" % (contestant, operation)] = str(error)[-2000:]
        else:
            self.cells.setdefault(operation, {})[contestant] = case

    @contextlib.contextmanager
    def contestant(self, name):
        """Around the set-up of one contestant: where it fails, its column stays empty."""
        try:
            yield
        except Exception as error:
            if os.environ.get("BENCH_DEBUG"):
                raise
            self.absent[name] = "%s: %s" % (type(error).__name__, str(error)[-2000:])

    def measure(self):
        cases = [case for row in self.cells.values() for case in row.values()]
        for case in cases:
            case.calibrate()
        for _ in range(ROUNDS):
            for row in self.cells.values():
                for case in row.values():
                    case.sample()

    def figures(self):
        """{operation: {contestant: ns}}"""
        return {operation: {name: round(case.best, 2) for name, case in row.items()}
                for operation, row in self.cells.items()}

    def ratios(self):
        """{(ours, peer): {operation: ratio}} for every pair that `bars` names."""
        figures, found = self.figures(), {}
        for ours, peer in self.bars:
            found[ours, peer] = {operation: row[ours] / row[peer] for operation, row in figures.items()
                                 if row.get(peer) and ours in row}
        return found

    # ---- printing ----------------------------------------------------------

    def report(self):
        heading = self.unit + " per operation"
        scale = {"ns": 1, "ms": 1e6}[self.unit]
        width = max(map(len, list(self.cells) + [heading])) + 2
        columns = [name for name in self.contestants
                   if any(name in row for row in self.cells.values())]
        print("\n%s" % self.title)
        print(heading.ljust(width) + "".join(name.rjust(max(10, len(name) + 2))
                                                        for name in columns))
        for operation, row in self.figures().items():
            cells = ["%.1f" % (row[name] / scale) if name in row else "-" for name in columns]
            print(operation.ljust(width) + "".join(
                cell.rjust(max(10, len(name) + 2)) for cell, name in zip(cells, columns)))
        self._report_ratios()
        for name, why in self.absent.items():
            print("not measured: %s (%s)" % (name, why))
        sys.stdout.flush()

    def _report_ratios(self):
        print("ratio (smaller is better; * misses the bar)")
        for (ours, peer), row in self.ratios().items():
            bar = self.bars[ours, peer]
            title = "  %s / %s%s" % (ours, peer, "" if bar is None else ", bar %.2f" % bar)
            cells = ["%s %.2f%s" % (operation, ratio, "*" if bar is not None and ratio > bar else "")
                     for operation, ratio in row.items()]
            print("%s\n      %s" % (title, ", ".join(cells) if cells else "nothing to compare"))

    def as_json(self):
        return {"title": self.title, "ns": self.figures(), "absent": self.absent,
                "ratios": {"%s / %s" % pair: {name: round(ratio, 3) for name, ratio in row.items()}
                           for pair, row in self.ratios().items()},
                "bars": {"%s / %s" % pair: bar for pair, bar in self.bars.items()}}


def machine():
    return {"python": "%s %s" % (platform.python_implementation(), platform.python_version()),
            "platform": platform.platform(), "processor": processor_name(),
            "rounds": ROUNDS, "sample_seconds": SAMPLE_SECONDS}


def processor_name():
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def run(programs, arguments=None):
    """Measures the questions of `programs` (functions that return a list of Question)."""
    parser = argparse.ArgumentParser(description="Prints ns per operation, and ratios.")
    parser.add_argument("--json", metavar="FILE", help="write the figures to FILE as well")
    options = parser.parse_args(arguments)
    facts = machine()
    print("%(python)s, %(processor)s, %(platform)s; best of %(rounds)d" % facts)
    results = []
    for program in programs:
        for question in program():
            question.measure()
            question.report()
            results.append(question.as_json())
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"machine": facts, "questions": results}, file, indent=2)
    return 0
