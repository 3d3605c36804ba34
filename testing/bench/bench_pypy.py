"""What do C++ members and methods cost under PyPy's JIT?  Against `__slots__`, raw cdata, and C++ itself.

CPython builds the dictionary and starts PyPy with this file: `python bench_pypy.py [pypy3] [--values N]`.  A figure is
the best of 7 samples of processor time; the operations run over a list of 1,000 objects, so that the JIT cannot take them out of the
loop.  The C++ side of the histogram is the same loop with std::mt19937, compiled with -O2.
"""

import argparse
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures" / "cpp"
OBJECTS, ROUNDS, SAMPLES = 1000, 300, 7

PROGRAM = """
#include "Histogram.h"
#include <cstdio>
#include <random>
int main() {
    Histogram h(100, 0.0, 1.0);
    std::mt19937 engine(1);
    std::uniform_real_distribution<double> uniform(0.0, 1.0);
    for (long i = 0; i < %d; i++) h.fill(uniform(engine));
    std::printf("%%ld\\n", (long)h.entries());
}
"""
HEADER = """
struct Point { int x = 1; double y = 0.5; int add(int i) { return x + i; } };
extern "C" inline int point_add(Point *p, int i) { return p->x + i; }
inline long point_add_address() { return (long)&point_add; }
"""


def best(function, objects, rounds=ROUNDS):
    """ns per object of `function(objects, rounds)`."""
    figure = float("inf")
    for _ in range(SAMPLES):
        start = time.process_time()
        function(objects, rounds)
        figure = min(figure, time.process_time() - start)
    return figure / (rounds * len(objects)) * 1e9


class Slots:
    """The measure for data members."""

    __slots__ = ("x",)

    def __init__(self):
        self.x = 1


def get_and_set(objects, rounds):
    """On attributes, whatever the objects are."""
    for _ in range(rounds):
        for one in objects:
            one.x = one.x + 1


def call_method(objects, rounds):
    """The proxy's."""
    for _ in range(rounds):
        for one in objects:
            one.add(3)


def nothing(objects, rounds):
    """The loop alone."""
    for _ in range(rounds):
        for _one in objects:
            pass


def callers(raw):
    """(loop over a raw function, the same by way of a function of Python's)."""
    def call_raw(objects, rounds):
        for _ in range(rounds):
            for one in objects:
                raw(one, 3)

    def wrapped(pointer, number):
        return raw(pointer, number)

    def call_wrapped(objects, rounds):
        for _ in range(rounds):
            for one in objects:
                wrapped(one, 3)
    return call_raw, call_wrapped


def under_pypy(points, histogram, values):
    """Print the figures; this runs in PyPy."""
    import cppbind
    from cffi_like import FFI
    cppbind.load_reflection_info(points)
    gbl = cppbind.gbl
    proxies = [gbl.Point() for _ in range(OBJECTS)]
    ffi = FFI()
    ffi.cdef("struct point { int x; double y; };")
    structs = [ffi.cast("struct point *", cppbind.addressof(one)) for one in proxies]
    call_raw, call_wrapped = callers(ffi.cast("int(*)(struct point *, int)", gbl.point_add_address()))
    # Different kinds of objects get loops of their own: one loop for all would be compiled for all.
    loops = {name: type(get_and_set)(get_and_set.__code__.replace(co_name=name), globals())
             for name in ("slots", "cdata", "proxy")}
    empty = best(nothing, proxies)
    member = {"slots": best(loops["slots"], [Slots() for _ in range(OBJECTS)]) - empty,
              "cdata": best(loops["cdata"], structs) - empty, "proxy": best(loops["proxy"], proxies) - empty}
    call = {"raw": best(call_raw, structs) - empty, "wrapped": best(call_wrapped, structs) - empty,
            "proxy": best(call_method, proxies) - empty}
    print("data member get+set: proxy %.1f ns, __slots__ %.1f (%.2f), raw cdata field %.1f (%.2f)" % (
        member["proxy"], member["slots"], member["proxy"] / member["slots"], member["cdata"],
        member["proxy"] / member["cdata"]))
    print("method call: proxy %.1f ns, raw cdata function %.1f (%.2f), a Python function round it %.1f (%.2f)" % (
        call["proxy"], call["raw"], call["proxy"] / call["raw"], call["wrapped"], call["proxy"] / call["wrapped"]))
    cppbind.load_reflection_info(histogram)
    filled = gbl.Histogram(100, 0.0, 1.0)
    uniform, start = random.Random(1).random, time.process_time()
    for _ in range(values):
        filled.fill(uniform())
    print("histogram %.3f %d" % (time.process_time() - start, filled.entries()))


def main():
    """Build, run both sides, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pypy", nargs="?", default="pypy3")
    parser.add_argument("--values", type=int, default=10_000_000)
    options = parser.parse_args()
    from cppbind.build import build
    from cppbind.compiler import Options
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "Point.h").write_text(HEADER)
        libraries = []
        for name, include in (("Point", folder), ("Histogram", str(FIXTURES))):
            libraries.append(build([name + ".h"], str(place / ("lib%sDict.so" % name)), options=Options(
                include_dirs=(include,), flags=("-O2",))).library)
        (place / "fill.cpp").write_text(PROGRAM % options.values)
        subprocess.run(["c++", "-O2", "-std=c++17", "-I", str(FIXTURES), "fill.cpp", "-o", "fill"], cwd=folder, check=True)
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        subprocess.run([str(place / "fill")], check=True, stdout=subprocess.DEVNULL)
        native = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
        done = subprocess.run([options.pypy, __file__, "--in-pypy"] + libraries + [str(options.values)], check=True,
                              stdout=subprocess.PIPE, universal_newlines=True)
    *lines, last = done.stdout.splitlines()
    print("\n".join(lines))
    seconds = float(last.split()[1])
    print("histogram fill, %d values: %.2f s, the same in C++ %.2f s (%.2f)" % (
        options.values, seconds, native, seconds / native))


if __name__ == "__main__":
    if "--in-pypy" in sys.argv:
        at = sys.argv.index("--in-pypy")
        under_pypy(sys.argv[at + 1], sys.argv[at + 2], int(sys.argv[at + 3]))
    else:
        main()
