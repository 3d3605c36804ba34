"""What does C++ on the fly cost: a first instance, a first definition, cold and warm?  Against cppyy.

Reads harness.py.  Every sample is an interpreter of its own, import included.  "cold": the cache has the precompiled
headers of the standard library and nothing else; "warm": another process did the same before.  cppyy keeps nothing,
so its figure is the same for both.  `python bench_fly.py [--json FILE]`.
"""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import harness

ROOT = Path(__file__).resolve().parent.parent.parent

VECTOR = """
vector = {package}.gbl.std.vector[int]
assert vector([1, 2, 3]).size() == 3
"""
CLASS = """
{package}.cppdef("struct Bench {{ int x; explicit Bench(int v) : x(v) {{}} int twice() const {{ return 2 * x; }} }};")
assert {package}.gbl.Bench(21).twice() == 42
"""
FUNCTION = """
{package}.cppdef("template <class T> T bench_twice(T t) {{ return t + t; }}")
assert {package}.gbl.bench_twice(21) == 42
"""
IMPORT = "{package}.gbl"

PROGRAM = """
import time
start = time.perf_counter()
import {package}
%s
print(time.perf_counter() - start)
"""

# What was compiled is removed; precompiled headers, and what is known of the compiler, stay.
FORGET = """
import os
os.environ["CPPBIND_CACHE"] = {cache!r}
for name in os.listdir({cache!r}):
    if name.endswith(".so") or name.endswith(".json") and '"files"' not in open(os.path.join({cache!r}, name)).read() \\
            and '"standard"' not in open(os.path.join({cache!r}, name)).read():
        os.unlink(os.path.join({cache!r}, name))
"""


def _prepare(cache):
    """A cache with the precompiled headers; the compiler makes its own in the background."""
    program = PROGRAM.format(package="cppbind") % VECTOR.format(package="cppbind") + """
import time
from cppbind import on_demand
while not any(name.endswith(".gch") and not name.startswith("new-") for name in __import__("os").listdir(%r)):
    time.sleep(0.2)
    on_demand.session().toolchain.precompiled_options(on_demand.session().base)
""" % cache
    subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.DEVNULL,
                   env=dict(os.environ, CPPBIND_CACHE=cache))


def questions():
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    cache = tempfile.mkdtemp(prefix="bench_fly_")
    atexit.register(shutil.rmtree, cache, True)
    ours, peer = "cppbind", "cppyy"
    question = harness.Question("C++ on the fly, from the import to the first use", [ours, peer], [ours],
                                {(ours, peer): None}, unit="ms")
    with question.contestant(ours):
        _prepare(cache)
    warm = "import os; os.environ['CPPBIND_CACHE'] = %r\n" % cache
    for name, code in (("import", IMPORT), ("std::vector[int]", VECTOR), ("cppdef of a class", CLASS),
                       ("function template", FUNCTION)):
        kinds = ("warm",) if code is IMPORT else ("cold", "warm")
        for kind in kinds:
            before = FORGET.format(cache=cache) if kind == "cold" else warm
            label = name if code is IMPORT else "%s, %s" % (name, kind)
            question.add_process(label, ours, before + PROGRAM.format(package=ours) % code.format(package=ours))
            question.add_process(label, peer, PROGRAM.format(package=peer) % code.format(package=peer))
    return [question]


if __name__ == "__main__":
    sys.exit(harness.run([questions]))
