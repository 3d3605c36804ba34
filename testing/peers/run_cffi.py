"""Runs the tests of CFFI's source distribution against this project.

    python testing/peers/run_cffi.py [--suite low|cffi0|cffi1|embedding] [pytest arguments]

Fetches the sdist and the tools that some tests ask for (virtualenv, meson-python)
with pip into a temporary folder (nothing of it is kept in this repository), puts the
modules of `alias/` in place of CFFI's own, runs pytest and prints its counts.  Exit status 0 when at least the number of tests
in `SUITES` passed.  excluded.py names the tests that are left out, each with
its reason.
"""

import argparse
import glob
import importlib.util
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import xml.etree.ElementTree

from excluded import EXCLUDED

VERSION = "2.1.1"
HERE = os.path.dirname(os.path.abspath(__file__))

# suite: (paths in the sdist, tests that must pass)
SUITES = {"low": (("src/c/test_c.py",), 222), "cffi0": (("testing/cffi0",), 1075),
          "cffi1": (("testing/cffi1",), 530), "embedding": (("testing/embedding",), 16)}


# What a test installs from the sdist's folder: the code itself comes by PYTHONPATH.
_PROJECT = """\
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"
[project]
name = "cffi"
version = "%s"
[project.scripts]
cffi-gen-src = "cffi._cffi_gen_src:run"
[project.entry-points."distutils.setup_keywords"]
cffi_modules = "cffi.setuptools_ext:cffi_modules"
[tool.setuptools]
packages = []
"""
_METADATA = {"METADATA": "Metadata-Version: 2.1\nName: cffi\nVersion: %s\n" % VERSION,
             "entry_points.txt": "[distutils.setup_keywords]\n"
                                 "cffi_modules = cffi.setuptools_ext:cffi_modules\n"}


def provide_tools(folder):
    """Programs and modules that tests start, in `folder`; without an index those tests are skipped."""
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--target", folder, "virtualenv", "meson-python",
                    "ninja"], check=False)


def provide_alias(folder):
    """`alias/` and this project in one folder: some tests pass on nothing but the folder of `cffi`."""
    os.makedirs(folder)
    found = importlib.util.find_spec("cffi_like")
    if found is None:
        sys.exit("%s cannot import cffi_like: run `pip install .`, or set PYTHONPATH to a checkout that is built in place"
                 % sys.executable)
    project = os.path.dirname(os.path.abspath(found.origin))
    alias = os.path.join(HERE, "alias")
    core = [spec.origin for spec in [importlib.util.find_spec("_cffi_like")] if spec]
    for path in [project, *core] + [os.path.join(alias, name) for name in os.listdir(alias)]:
        os.symlink(path, os.path.join(folder, os.path.basename(path)))
    # As if it were installed, so that setuptools knows the keyword `cffi_modules`.
    installed = os.path.join(folder, "cffi-%s.dist-info" % VERSION)
    os.makedirs(installed)
    for name, text in _METADATA.items():
        with open(os.path.join(installed, name), "w", encoding="utf-8") as file:
            file.write(text)


def fetch(folder):
    """The unpacked sdist below `folder`."""
    subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:",
                    "-d", folder, "cffi==" + VERSION], check=True)
    archive, = glob.glob(os.path.join(folder, "cffi-*.tar.gz"))
    with tarfile.open(archive) as tar:
        tar.extractall(folder, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    return archive[:-len(".tar.gz")]


def place(source, paths, folder):
    """(folder to run in, tests) away from CFFI's own package, which stands beside them."""
    base = os.path.join(folder, "tests")
    os.makedirs(base)
    # Some tests look for the folders of the sdist around them.
    for part in ("testing", "doc", os.path.join("src", "c"), os.path.join("src", "cffi")):
        shutil.copytree(os.path.join(source, part), os.path.join(base, part))
    shutil.copy(os.path.join(source, "setup_base.py"), base)
    with open(os.path.join(base, "pyproject.toml"), "w", encoding="utf-8") as file:
        file.write(_PROJECT % VERSION)
    return base, [os.path.join(base, path) for path in paths]


def counts_of(path):
    """(passed, failed, skipped) of pytest's XML file: what it prints depends on its arguments."""
    count = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    if os.path.exists(path):
        for suite in xml.etree.ElementTree.parse(path).getroot().iter("testsuite"):
            for name in count:
                count[name] += int(suite.get(name, 0))
    bad = count["failures"] + count["errors"]
    return count["tests"] - bad - count["skipped"], bad, count["skipped"]


def run(suite, arguments, folder):
    paths, expected = SUITES[suite]
    base, tests = place(fetch(folder), paths, folder)
    alias, tools = os.path.join(folder, "alias"), os.path.join(folder, "tools")
    provide_alias(alias)
    provide_tools(tools)
    inherited = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    environment = dict(os.environ, PATH=os.path.join(tools, "bin") + os.pathsep + os.environ["PATH"])
    environment["PYTHONPATH"] = os.pathsep.join(
        [alias, *(os.path.abspath(path) for path in inherited if path), tools])
    prefix = os.path.dirname(paths[0]) if paths[0].endswith(".py") else paths[0]
    environment["LEAVE_OUT"] = " ".join(prefix + "/" + test for test, _ in EXCLUDED[suite])
    arguments = arguments + ["--ignore=" + os.path.join(base, prefix, test)
                             for test, _ in EXCLUDED[suite] if "::" not in test]
    result = os.path.join(folder, "result.xml")
    subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "leave_out",
                    "--junitxml=" + result] + tests + arguments, env=environment, cwd=base, check=False)
    passed, failed, skipped = counts_of(result)
    for test, reason in EXCLUDED[suite]:
        print("left out: %s: %s" % (test, reason))
    print("cffi %s, suite '%s': %d passed, %d failed, %d skipped, at least %d expected to pass" % (
        VERSION, suite, passed, failed, skipped, expected))
    return 0 if passed >= expected else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--suite", choices=sorted(SUITES), default="low")
    options, rest = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as folder:
        return run(options.suite, rest, folder)


if __name__ == "__main__":
    sys.exit(main())
