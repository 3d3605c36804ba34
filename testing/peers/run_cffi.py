"""Runs the tests of CFFI's source distribution against this project.

    python testing/peers/run_cffi.py [--suite low] [pytest arguments]

Fetches the sdist with pip into a temporary folder (nothing of it is kept in
this repository), puts the modules of `alias/` in place of CFFI's own, runs
pytest and prints its counts.  Exit status 0 when at least the number of tests
in `EXPECTED` passed.  `EXCLUDED` names the tests that are left out, each with
its reason.
"""

import argparse
import glob
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile

VERSION = "2.1.1"
HERE = os.path.dirname(os.path.abspath(__file__))

# suite: (paths in the sdist, tests that must pass)
SUITES = {"low": (("src/c/test_c.py",), 222)}

# (test, reason)
EXCLUDED = {"low": (
    ("test_c.py::test_call_function_24", "calls a function of another type through `float _Complex f(float, float)` and "
     "expects a refusal; here such calls are made"),
    ("test_c.py::test_call_function_25", "the same with `double _Complex`"),
    ("test_c.py::test_buffer", "expects that memoryview(cdata) is refused; here C data has the buffer protocol"),
    ("test_c.py::test_FILE_only_for_FILE_arg", "compares the beginning of a message; here messages begin with \"argument 2 of "
     "'fputs': \""),
    ("test_c.py::test_type_available_with_correct_names", "names the types of CFFI's own `lib` objects, `Lib` and "
     "`__FFIGlobSupport`; here `lib` is an object of a Python class, and its variables are properties"),
)}


def fetch(folder):
    """The unpacked sdist below `folder`."""
    subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:",
                    "-d", folder, "cffi==" + VERSION], check=True)
    archive, = glob.glob(os.path.join(folder, "cffi-*.tar.gz"))
    with tarfile.open(archive) as tar:
        tar.extractall(folder, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    return archive[:-len(".tar.gz")]


def place(source, paths, folder):
    """Copy the tests away from CFFI's own package, which stands beside them."""
    placed = []
    for path in paths:
        target = os.path.join(folder, "tests", os.path.basename(path))
        full = os.path.join(source, path)
        if os.path.isdir(full):
            shutil.copytree(full, target)
        else:
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy(full, target)
        placed.append(target)
    return placed


def run(suite, arguments, folder):
    paths, expected = SUITES[suite]
    tests = place(fetch(folder), paths, folder)
    environment = dict(os.environ)
    environment["PYTHONPATH"] = os.pathsep.join(
        [os.path.join(HERE, "alias")] + environment.get("PYTHONPATH", "").split(os.pathsep))
    environment["LEAVE_OUT"] = " ".join(test for test, _ in EXCLUDED[suite])
    process = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "leave_out"] + tests + arguments,
        env=environment, cwd=os.path.join(folder, "tests"), stdout=subprocess.PIPE, universal_newlines=True)
    print(process.stdout)
    counts = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|skipped|error)",
                                                               process.stdout.strip().splitlines()[-1])}
    for test, reason in EXCLUDED[suite]:
        print("left out: %s: %s" % (test, reason))
    print("cffi %s, suite '%s': %d passed, %d failed, %d skipped, at least %d expected to pass" % (
        VERSION, suite, counts.get("passed", 0), counts.get("failed", 0), counts.get("skipped", 0), expected))
    return 0 if counts.get("passed", 0) >= expected else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--suite", choices=sorted(SUITES), default="low")
    options, rest = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as folder:
        return run(options.suite, rest, folder)


if __name__ == "__main__":
    sys.exit(main())
