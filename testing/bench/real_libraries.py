"""Dictionaries of real C++ libraries: how large they are, how long building and loading them takes.

    python testing/bench/real_libraries.py [--keep FOLDER] [NAME...]

Prints a Markdown table of those of testing/cpp_libraries.py that are installed (or named).  Build time is the wall
clock's, user time the processors'; loading is timed in a new interpreter, best of five, after cppbind was imported: the
dictionary, and with it the first class.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import cpp_libraries  # noqa: E402

_LOAD = """
import sys, time
import cppbind
cppbind.gbl
start = time.perf_counter()
cppbind.load_reflection_info(sys.argv[1])
loaded = time.perf_counter()
space = cppbind.gbl
for part in sys.argv[2].split("::"):
    space = getattr(space, part)
print(loaded - start, time.perf_counter() - loaded)
"""


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--keep", metavar="FOLDER", help="leave the dictionaries there")
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args(arguments)
    known = cpp_libraries.TESTED + cpp_libraries.REPORTED
    unknown = set(options.names) - {library.name for library in known}
    if unknown:
        parser.error("no such library: %s" % ", ".join(sorted(unknown)))
    print("| library | package | classes | functions | unavailable | size, MB | build, s | user, s | load, ms | first class, ms |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for library in known:
            if library.name in options.names or (not options.names and cpp_libraries.is_installed(library)):
                print("| " + " | ".join(_measure(library, options.keep or folder)) + " |", flush=True)
    return 0


def _measure(library, folder):
    before, start = _user_time(), time.time()
    built = cpp_libraries.build(library, folder)
    elapsed, user = time.time() - start, _user_time() - before
    classes = [name for kind, name in built.names if kind == "class"]
    # One that has no template arguments can be named part by part; where all have, a typedef of one.
    first = next(name for kind in ("class", "typedef") for known, name in built.names if known == kind and "<" not in name)
    times = [_load_times(built.library, first) for _ in range(5)]
    return [library.name, library.package, str(len(classes)), str(_function_count(built.library)),
            str(len(built.unavailable)), "%.2f" % (os.path.getsize(built.library) / 1e6), "%.1f" % elapsed,
            "%.1f" % user, "%.2f" % (1000 * min(load for load, _ in times)),
            "%.2f" % (1000 * min(first for _, first in times))]


def _user_time():
    return sum(resource.getrusage(who).ru_utime for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def _load_times(library, name):
    done = subprocess.run([sys.executable, "-c", _LOAD, library, name], stdout=subprocess.PIPE, check=True)
    return [float(word) for word in done.stdout.split()]


def _function_count(library):
    from cppbind.dictionary import Dictionary
    return Dictionary(library).count("functions")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
