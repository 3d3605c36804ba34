"""How well do two threads share the time of calls of 1 ms that release the GIL?  C++ methods and functions, C functions.

"two threads" makes half of the calls in each of two threads, "one thread" all of them: 1.9 times as fast is a ratio
of 0.53.  Needs two idle cores.  Reads harness.py.
"""

import os
import pathlib
import sys

import harness

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CALLS = 100

PROGRAM = '''
import threading, time
import cppbind
from cffi_like import FFI
cppbind.cppdef("""
#include <cstdint>
#include <ctime>
namespace bench_threads {
inline long used() {
    timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return now.tv_sec * 1000000000L + now.tv_nsec;
}
int spin(int nanoseconds) {
    long until = used() + nanoseconds;
    while (used() < until) {}
    return nanoseconds;
}
std::intptr_t address() { return reinterpret_cast<std::intptr_t>(&spin); }
struct Worker { int work(int nanoseconds) const { return spin(nanoseconds); } };
}
""")
space = cppbind.gbl.bench_threads
worker = space.Worker()
space.Worker.work.__release_gil__ = True
space.spin.__release_gil__ = True
call = {"C++ method": worker.work, "C++ function": space.spin,
        "C function": FFI().cast("int (*)(int)", space.address())}[%(kind)r]
call(1000)
def run(calls):
    for _ in range(calls):
        call(1000000)
threads = [threading.Thread(target=run, args=(%(calls)d // %(threads)d,)) for _ in range(%(threads)d)]
start = time.perf_counter()
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print((time.perf_counter() - start) / %(calls)d)
'''


def questions():
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    two, one = "two threads", "one thread"
    question = harness.Question("Calls of 1 ms in threads", [two, one], [two], {(two, one): 0.53}, unit="ms")
    for kind in ("C++ method", "C++ function", "C function"):
        for contestant, threads in ((two, 2), (one, 1)):
            question.add_process(kind, contestant, PROGRAM % {"kind": kind, "calls": CALLS, "threads": threads})
    return [question]


if __name__ == "__main__":
    sys.exit(harness.run([questions]))
