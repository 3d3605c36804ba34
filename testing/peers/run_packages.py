"""Builds published packages that use cffi, unmodified, against this project, and runs their tests.

    python testing/peers/run_packages.py NAME [--only ours|cffi] [--keep FOLDER]

Each run has a virtual environment of its own: one with this project under the name cffi (alias/),
one with CFFI itself.  The package is built from its sdist, which pip fetches; nothing of it is
kept in this repository.  Prints what passed and failed on both.  Exit status 0 when ours
passes as many tests as CFFI and fails no more.
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
import venv

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
CFFI = "cffi==2.1.1"
LEFT_OUT = (".git", "build", "*.so", "*.o", "__pycache__", "*.egg-info", ".venv*", ".pytest_cache")


class Package:
    """How one package is built and tested.

    `mode` says what of CFFI it uses, `environment` what it is built and run with, `needs` what
    its build wants besides setuptools.  `tests` is the command behind `python`, run in the
    folder `where` of the sdist, from which the packages in `hide` are taken away.
    """

    def __init__(self, name, mode, tests, environment=(), needs=(), where=".", hide=()):
        self.name = name
        self.mode = mode
        self.tests = tests
        self.environment = dict(environment)
        self.needs = needs
        self.where = where
        self.hide = hide


_PYTEST = ["-m", "pytest", "-q", "-p", "no:cacheprovider"]

PACKAGES = {package.name: package for package in (
    Package("pycryptodome==4.4.0", "in-line ABI", ["-m", "Crypto.SelfTest", "--skip-slow-tests"], hide=["lib"]),
    Package("lmdb==3.0.0", "verify()", _PYTEST + ["tests"],
            environment={"LMDB_FORCE_CFFI": "1"}, needs=["patch-ng"], hide=["lmdb"]),
    Package("pymunk==7.3.1", "out-of-line API, def_extern", _PYTEST + ["--pyargs", "pymunk.tests"],
            hide=["pymunk"]),
    Package("argon2-cffi-bindings==25.1.0", "out-of-line API", _PYTEST + ["tests"], needs=["setuptools-scm"],
            hide=["src"]),
    Package("cmarkgfm==2025.10.22", "out-of-line API", _PYTEST + ["tests"], hide=["src"]),
    Package("miniaudio==1.71", "out-of-line API, def_extern", _PYTEST + ["tests"],
            hide=["miniaudio", "miniaudio.py"]),
    Package("pynacl==1.6.2", "out-of-line API", _PYTEST + ["tests"], needs=["hypothesis"], hide=["src"]),
    Package("xattr==1.3.0", "out-of-line API, ext_package", _PYTEST + ["tests"], hide=["xattr"]),
    Package("zstandard==0.25.0", "distutils_extension()", _PYTEST + ["tests"],
            environment={"PYTHON_ZSTANDARD_IMPORT_POLICY": "cffi"}, needs=["packaging", "hypothesis"],
            hide=["zstandard"]),
    # These want a library of the system: libcairo, libsndfile, libgit2 1.5 with its headers.
    Package("cairocffi==1.7.1", "in-line ABI", _PYTEST + ["--pyargs", "cairocffi"],
            needs=["flit-core", "numpy", "pikepdf"], hide=["cairocffi"]),
    Package("soundfile==0.14.0", "out-of-line ABI", _PYTEST + ["tests"], needs=["numpy", "typing-extensions"],
            hide=["soundfile.py"]),
    Package("pygit2==1.11.1", "out-of-line API, def_extern", _PYTEST + ["test"], hide=["pygit2"]))}


def find(name):
    for package in PACKAGES.values():
        if package.name.partition("==")[0] == name:
            return package
    raise SystemExit("unknown package '%s'; known: %s" % (
        name, ", ".join(key.partition("==")[0] for key in PACKAGES)))


def call(command, **keywords):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, **keywords)
    if done.returncode:
        raise SystemExit("%s\nfailed with exit status %d:\n%s" % (" ".join(command), done.returncode, done.stdout))
    return done.stdout


def clean_environment(extra):
    environment = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "CFFI_LIKE_ENGINE")}
    return dict(environment, PIP_DISABLE_PIP_VERSION_CHECK="1", **extra)


def make_environment(folder, ours, package, environment):
    """The python of a new virtual environment in which `cffi` is ours, or CFFI."""
    venv.create(folder, with_pip=True)
    python = os.path.join(folder, "bin", "python")
    pip = [python, "-m", "pip", "install", "-q"]
    call(pip + ["setuptools>=77", "wheel", "pytest", "pycparser", *package.needs], env=environment)
    if ours:
        copy = os.path.join(folder, "project")
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*LEFT_OUT))
        call(pip + ["--no-build-isolation", "--no-deps", copy], env=environment)
        call(pip + ["--no-build-isolation", "--no-deps", os.path.join(copy, "testing", "peers", "alias")],
             env=environment)
    else:
        call(pip + [CFFI], env=environment)
    return python


def fetch(package, folder):
    """The unpacked sdist below `folder`."""
    call([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", package.name.partition("==")[0],
          "-d", folder, package.name])
    archive, = glob.glob(os.path.join(folder, "*.tar.gz"))
    with tarfile.open(archive) as tar:
        tar.extractall(folder, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    return archive[:-len(".tar.gz")]


def counts(output):
    """(passed, failed, skipped) from the last lines of pytest or unittest."""
    tail = "\n".join(output.strip().splitlines()[-6:])
    ran = re.search(r"Ran (\d+) tests", output)
    if ran:
        failed = sum(map(int, re.findall(r"(?:failures|errors)=(\d+)", tail)))
        skipped = sum(map(int, re.findall(r"skipped=(\d+)", tail)))
        return int(ran.group(1)) - failed - skipped, failed, skipped
    words = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|skipped|error)", tail)}
    return words.get("passed", 0), words.get("failed", 0) + words.get("error", 0), words.get("skipped", 0)


def run(package, ours, folder):
    """Build, install and test; returns the counts."""
    os.makedirs(folder)
    environment = clean_environment(package.environment)
    source = fetch(package, folder)
    python = make_environment(os.path.join(folder, "venv"), ours, package, environment)
    call([python, "-m", "pip", "install", "-q", "--no-build-isolation", "--no-deps", source], env=environment)
    where = os.path.join(source, package.where)
    for name in package.hide:           # so that the installed package is tested
        shutil.move(os.path.join(where, name), os.path.join(folder, "hidden_" + name))
    done = subprocess.run([python, *package.tests], cwd=where, env=environment, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, universal_newlines=True)
    with open(os.path.join(folder, "tests.log"), "w", encoding="utf-8") as file:
        file.write(done.stdout)
    found = counts(done.stdout)
    if found[1] or done.returncode:
        print("\n".join(done.stdout.splitlines()[-40:]))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name")
    parser.add_argument("--only", choices=["ours", "cffi"])
    parser.add_argument("--keep", metavar="FOLDER", help="work there, and leave everything for inspection")
    options = parser.parse_args()
    package = find(options.name)
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("ours", "cffi"):
            if options.only in (None, kind):
                results[kind] = run(package, kind == "ours", os.path.join(options.keep or folder, kind))
    for kind, (passed, failed, skipped) in results.items():
        print("%s (%s) on %s: %d passed, %d failed, %d skipped" % (
            package.name, package.mode, "cffi_like" if kind == "ours" else CFFI, passed, failed, skipped))
    if len(results) == 2:
        return int(results["ours"][0] < results["cffi"][0] or results["ours"][1] > results["cffi"][1])
    return int(any(failed for _, failed, _ in results.values()))


if __name__ == "__main__":
    sys.exit(main())
