"""Runs tests on a core that watches itself: `make sanitize`, `make valgrind`.

    python testing/sanitize/run.py asan [pytest arguments]
    python testing/sanitize/run.py valgrind [pytest arguments]

`asan`: the environment's core was built with BUILD_FLAGS below (the Makefile
asks for them with `flags`), that is with AddressSanitizer and UBSan; this
preloads their run time, which must come before everything else in a process
whose executable does not know it.  `valgrind`: any build will do.  Both stop
at the first finding with a stack trace and a status that is not 0.
Neighbour: python.supp, what valgrind says of CPython itself.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# vptr: the C++ that throws through the core comes from libraries without type checks.
BUILD_FLAGS = ("-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize=vptr "
               "-fno-sanitize-recover=undefined")
ASAN_TESTS = ("testing/c_backend", "testing/cffi_like", "testing/cppbind")
# Every path of a call: valgrind is some fifty times slower, so no more than that.
VALGRIND_TESTS = tuple("testing/c_backend/test_%s.py" % name for name in (
    "call_scalars", "call_pointers", "call_records", "call_signatures", "call_variadic", "call_errors",
    "callback", "cpp_guard", "dynlib"))
FINDING = 99                    # the exit status of a process with a finding


def runtime_library(name, language):
    """The path of a run-time library of the compiler that compiles `language`."""
    variable, default = {"c": ("CC", "gcc"), "c++": ("CXX", "g++")}[language]
    compiler = os.environ.get(variable, default).split()
    path = subprocess.check_output(compiler + ["-print-file-name=" + name], text=True).strip()
    if not os.path.isabs(path):
        sys.exit("%s has no %s: install its sanitizers" % (compiler[0], name))
    return path


def pytest_command(tests, arguments):
    named = [word for word in arguments if os.path.exists(word.split("::")[0])]
    # -s: a finding ends the process, and what pytest had captured would be lost.
    # The script, not `-m pytest`: that would put the source tree before what is installed.
    pytest = os.path.join(os.path.dirname(sys.executable), "pytest")
    return [sys.executable, pytest, "-q", "-s", "-p", "no:cacheprovider"] + (
        list(arguments) if named else list(tests) + list(arguments))


def run_asan(arguments):
    environment = dict(
        os.environ, PYTHONMALLOC="malloc",
        LD_PRELOAD="%s %s" % (runtime_library("libasan.so", "c"),
                              runtime_library("libstdc++.so", "c++")),
        # Leaks: the interpreter never frees everything; test_leaks.py counts.
        # A size that no machine has must stay a MemoryError.
        ASAN_OPTIONS="detect_leaks=0:allocator_may_return_null=1:exitcode=%d" % FINDING,
        UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1:exitcode=%d" % FINDING)
    check = ("import sys; import _cffi_like; "
             "sys.exit(0 if b'__asan_init' in open(_cffi_like.__file__, 'rb').read() else "
             "'this core was built without AddressSanitizer')")
    subprocess.run([sys.executable, "-c", check], env=environment, check=True, cwd="/")
    return subprocess.run(pytest_command(ASAN_TESTS, arguments), env=environment,
                          cwd=ROOT, check=False).returncode


def run_valgrind(arguments):
    if not shutil.which("valgrind"):
        sys.exit("valgrind is not installed (Debian: apt-get install valgrind)")
    suppressions = Path(__file__).with_name("python.supp")
    command = ["valgrind", "--quiet", "--error-exitcode=%d" % FINDING, "--exit-on-first-error=no",
               "--suppressions=%s" % suppressions, "--num-callers=30", "--leak-check=no"]
    return subprocess.run(command + pytest_command(VALGRIND_TESTS, arguments),
                          env=dict(os.environ, PYTHONMALLOC="malloc"), cwd=ROOT, check=False).returncode


def main():
    kind, arguments = sys.argv[1], sys.argv[2:]
    if kind == "flags":
        print(BUILD_FLAGS)
        return 0
    return {"asan": run_asan, "valgrind": run_valgrind}[kind](arguments)


if __name__ == "__main__":
    sys.exit(main())
