"""Small projects that use cffi_like from setuptools, and ways to build them.

Used by the tests of packaging.  Nothing here needs a network.
"""

import configparser
import importlib.util
import os
import re
import shutil
import sys

import support

BUILD_SCRIPT = r'''\
from cffi_like import FFI

ffibuilder = FFI()
ffibuilder.cdef("int twice(int);\n#define ANSWER ...")
ffibuilder.set_source("thepkg._api", """
    #include "answer.h"
    static int twice(int x) { return 2 * x; }
""", include_dirs=["include"], depends=["include/answer.h"])


def abi():
    ffi = FFI()
    ffi.cdef("double cos(double);")
    ffi.set_source("_plain_abi", None)
    return ffi
'''

SETUP_PY = '''\
from setuptools import setup
setup(name="thepkg", version="1.0", packages=["thepkg"], package_dir={"": "src"},
      cffi_modules=["build_both.py:ffibuilder", "build_both.py:abi"])
'''

# No setup.py at all.
PYPROJECT = '''\
[build-system]
requires = ["setuptools", "cffi_like"]
build-backend = "setuptools.build_meta"
[project]
name = "thepkg"
version = "1.0"
[tool.setuptools]
packages = ["thepkg"]
package-dir = {"" = "src"}
[tool.cffi_like]
cffi-modules = ["build_both.py:ffibuilder", "build_both.py:abi"]
'''

USE = """
from thepkg._api import ffi, lib
import _plain_abi
assert lib.twice(21) == lib.ANSWER == 42
assert _plain_abi.ffi.dlopen("libm.so.6").cos(0.0) == 1.0
import sys
print(sys.implementation.name, "ok")
"""


def make_project(folder, setup_py=None, pyproject=None, script=BUILD_SCRIPT):
    """A project below `folder` (src layout) with the given files."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "src" / "thepkg").mkdir(parents=True)
    (folder / "src" / "thepkg" / "__init__.py").write_text("")
    (folder / "include").mkdir()
    (folder / "include" / "answer.h").write_text("#define ANSWER 42\n")
    (folder / "build_both.py").write_text(script)
    if setup_py:
        (folder / "setup.py").write_text(setup_py)
    if pyproject:
        (folder / "pyproject.toml").write_text(pyproject)
    return folder


def registered(folder):
    """A folder for PYTHONPATH that holds cffi_like with its entry points, as an
    installation does, whether or not it is installed here."""
    folder.mkdir(exist_ok=True)
    package = os.path.join(support.package_folder(), "cffi_like")
    if not (folder / "cffi_like").exists():
        os.symlink(package, str(folder / "cffi_like"), target_is_directory=True)
        core = importlib.util.find_spec("_cffi_like")
        if core is not None:
            os.symlink(core.origin, str(folder / os.path.basename(core.origin)))
        info = folder / "cffi_like-0.1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: cffi-like\nVersion: 0.1.0\n")
        (info / "entry_points.txt").write_text(entry_points())
    return str(folder)


def entry_points():
    """entry_points.txt as pyproject.toml asks for it."""
    text = (support.ROOT / "pyproject.toml").read_text()
    parser = configparser.ConfigParser()
    for group, body in re.findall(r'^\[project\.entry-points\."(.*)"\]\n((?:[a-z_]+ = .*\n)+)', text, re.M):
        parser[group] = dict(line.replace('"', "").split(" = ") for line in body.splitlines())
    assert parser.sections(), "pyproject.toml registers no entry points"
    lines = []
    for group in parser.sections():
        lines += ["[%s]" % group] + ["%s = %s" % pair for pair in parser[group].items()]
    return "\n".join(lines) + "\n"


def run(command, project, site, check=True, **environment):
    """A command in the folder of the project, with `site` importable."""
    path = os.pathsep.join([site] + environment.pop("also", []))
    env = dict(os.environ, PYTHONPATH=path, **environment)
    return support.run(command, cwd=str(project), check=check, env=env)


def setup_py(project, site, *arguments, **options):
    return run([sys.executable, "setup.py", *arguments], project, site, **options)


def pip_wheel(project, site, out, **options):
    """The wheel that pip makes of the project, with no network."""
    run([sys.executable, "-m", "pip", "wheel", "--no-build-isolation", "--no-deps", "--no-index",
         "--disable-pip-version-check", "-w", str(out), "."], project, site, **options)
    wheel, = out.glob("*.whl")
    return wheel


def unpack(wheel, folder):
    shutil.unpack_archive(str(wheel), str(folder), "zip")
    return str(folder)
