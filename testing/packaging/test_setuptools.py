"""`setup(cffi_modules=...)` and `[tool.cffi_like]`: what packagers do, from outside."""

import os
import shutil
import subprocess
import sys
import tarfile
from importlib import metadata

import packaging_projects as projects
import pytest
import support

KINDS = {"setup.py": {"setup_py": projects.SETUP_PY}, "pyproject.toml": {"pyproject": projects.PYPROJECT}}

OWN_EXTENSION = """
#include <Python.h>
static struct PyModuleDef d = {PyModuleDef_HEAD_INIT, "_own"};
PyMODINIT_FUNC PyInit__own(void) { return PyModule_Create(&d); }
"""


@pytest.fixture
def site(tmp_path):
    return projects.registered(tmp_path / "site")


@pytest.fixture(params=sorted(KINDS))
def project(request, tmp_path):
    return projects.make_project(tmp_path / "project", **KINDS[request.param])


def other_interpreter():
    """An interpreter of the other implementation, or None."""
    return shutil.which("python3" if support.IS_PYPY else "pypy3")


def use(interpreter, *paths):
    """Import the built modules; returns what the program printed."""
    env = dict(os.environ, PYTHONPATH=os.pathsep.join([*paths, support.package_folder()]))
    env.pop("CFFI_LIKE_ENGINE", None)
    return support.run([interpreter, "-c", projects.USE], env=env).stdout.split()


def test_one_wheel_for_every_interpreter(project, site, tmp_path):
    """pip wheel, without a network: one py3-none-PLATFORM wheel, which this
    interpreter and the other implementation import as it is."""
    wheel = projects.pip_wheel(project, site, tmp_path / "dist")
    assert wheel.name.startswith("thepkg-1.0-py3-none-") and not wheel.name.endswith("-any.whl")
    there = projects.unpack(wheel, tmp_path / "unpacked")
    assert use(sys.executable, there) == [sys.implementation.name, "ok"]
    names = {os.path.join(folder, name)[len(there) + 1:] for folder, _, names in os.walk(there) for name in names}
    assert {"thepkg/_api.py", "thepkg/_api.lib.so", "_plain_abi.py"} <= names
    assert not [name for name in names if name.endswith((".c", ".o"))]
    other = other_interpreter()
    if other is None or support.IS_PYPY:
        pytest.skip("there is no second implementation here")
    assert use(other, there) == ["pypy", "ok"]


def test_a_wheel_of_abi_modules_is_for_every_platform(site, tmp_path):
    """Nothing compiled: py3-none-any."""
    project = projects.make_project(tmp_path / "project", setup_py=projects.SETUP_PY.replace(
        '"build_both.py:ffibuilder", ', ""))
    wheel = projects.pip_wheel(project, site, tmp_path / "dist")
    assert wheel.name == "thepkg-1.0-py3-none-any.whl"
    there = projects.unpack(wheel, tmp_path / "unpacked")
    assert os.path.exists(there + "/_plain_abi.py")


def test_build_ext_in_place(site, tmp_path):
    """`setup.py build_ext -i` puts both kinds of modules where Python finds them
    in the source tree, and a second run does not write what is the same."""
    project = projects.make_project(tmp_path / "project", setup_py=projects.SETUP_PY)
    projects.setup_py(project, site, "build_ext", "-i")
    source = project / "src"
    assert use(sys.executable, str(source))[-1] == "ok"
    assert (source / "_plain_abi.py").exists() and (source / "thepkg" / "_api.py").exists()
    before = (source / "_plain_abi.py").stat().st_mtime_ns
    projects.setup_py(project, site, "build_ext", "-i")
    assert (source / "_plain_abi.py").stat().st_mtime_ns == before


def test_editable_install(project, site, tmp_path):
    """pip install -e: the modules stand in the source tree and are imported from there."""
    target = tmp_path / "target"
    # Old versions of pip run `setup.py develop`, which runs pip again: isolated, so without `site`.
    old = ["--use-pep517"] if int(metadata.version("pip").split(".")[0]) < 25 else []
    projects.run([sys.executable, "-m", "pip", "install", "-e", ".", "--no-build-isolation", "--no-deps",
                  "--no-index", "--disable-pip-version-check", "--prefix", str(target), *old], project, site)
    pth, = [path for path in target.rglob("*.pth")]
    code = "import site; site.addsitedir(%r)\n" % str(pth.parent) + projects.USE
    code += "import thepkg._api; assert thepkg._api.__file__.startswith(%r)" % str(project)
    env = dict(os.environ, PYTHONPATH=support.package_folder())
    support.run([sys.executable, "-c", code], env=env)


def test_sdist_carries_generated_sources_and_builds(project, site, tmp_path):
    """The sdist has the build script, what it depends on and the generated C and
    Python; a wheel can be built from it alone."""
    code = "from setuptools import build_meta as b; print(b.build_sdist(%r))" % str(tmp_path)
    projects.run([sys.executable, "-c", code], project, site)
    with tarfile.open(str(tmp_path / "thepkg-1.0.tar.gz")) as tar:
        tar.extractall(str(tmp_path / "sdist"), **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    root = tmp_path / "sdist" / "thepkg-1.0"
    generated = root / "_cffi_like_generated"
    assert (root / "build_both.py").exists() and (root / "include" / "answer.h").exists()
    assert "twice" in (generated / "thepkg" / "_api.c").read_text()
    assert (generated / "thepkg" / "_api.py").exists() and (generated / "_plain_abi.py").exists()
    wheel = projects.pip_wheel(root, site, tmp_path / "dist")
    assert use(sys.executable, projects.unpack(wheel, tmp_path / "unpacked"))[-1] == "ok"
    # Another build system needs only a C compiler.
    folder = generated / "thepkg"
    subprocess.run(["cc", "-shared", "-fPIC", "-fvisibility=hidden", "-I" + str(root / "include"), "_api.c",
                    "-o", "_api.lib.so"], cwd=str(folder), check=True)
    assert use(sys.executable, str(generated))[-1] == "ok"


def test_pre_run(site, tmp_path):
    """A build_ext of the project's own may change the options before a module
    is built: pre_run(ext, ffi).  The folder of the build is there by then."""
    project = projects.make_project(tmp_path / "project", setup_py="""
from setuptools import setup
from setuptools.command.build_ext import build_ext
class Mine(build_ext):
    def pre_run(self, ext, ffi):
        assert ext.name == "thepkg._api" and ffi.cdef
        open(self.build_temp + "/made_by_pre_run", "w").close()
        ext.include_dirs.append("include")
        ext.define_macros.append(("EXTRA", "1"))
        print("pre_run called")
setup(name="thepkg", version="1.0", packages=["thepkg"], package_dir={"": "src"}, cmdclass={"build_ext": Mine},
      cffi_modules="build_both.py:ffibuilder")
""", script=projects.BUILD_SCRIPT.replace('include_dirs=["include"], ', "").replace(
        '#include "answer.h"', '#include "answer.h"\\n#ifndef EXTRA\\n#error no EXTRA\\n#endif'))
    assert "pre_run called" in projects.setup_py(project, site, "build_ext", "-i").stdout
    assert (project / "src" / "thepkg" / "_api.lib.so").exists()


def test_ext_package(site, tmp_path):
    """setup(ext_package=...) is the package of compiled modules, in the wheel, in
    place and in the sdist; modules of ABI mode stay where they say, as with CFFI."""
    project = projects.make_project(
        tmp_path / "project", setup_py=projects.SETUP_PY.replace("cffi_modules", "ext_package='thepkg', cffi_modules"),
        script=projects.BUILD_SCRIPT.replace('"thepkg._api"', '"_api"'))
    there = projects.unpack(projects.pip_wheel(project, site, tmp_path / "dist"), tmp_path / "unpacked")
    assert use(sys.executable, there)[-1] == "ok"
    projects.setup_py(project, site, "build_ext", "-i")
    assert use(sys.executable, str(project / "src"))[-1] == "ok"
    projects.setup_py(project, site, "sdist", "-d", str(tmp_path), "--formats=gztar")
    with tarfile.open(str(tmp_path / "thepkg-1.0.tar.gz")) as tar:
        assert "thepkg-1.0/_cffi_like_generated/thepkg/_api.c" in tar.getnames()


@pytest.mark.parametrize("own", ["", "ext_modules=[Extension('thepkg._own', ['own.c'])], "])
def test_static_libraries_of_the_project(site, tmp_path, own):
    """What setup(libraries=[...]) builds is linked to, with and without an
    extension of the project's own beside the module."""
    project = projects.make_project(tmp_path / "project", setup_py=projects.SETUP_PY.replace(
        "import setup", "import setup, Extension").replace(
        "cffi_modules", "libraries=[('doubling', {'sources': ['doubling.c']})], " + own + "cffi_modules"),
        script=projects.BUILD_SCRIPT.replace("static int twice(int x) { return 2 * x; }", "int twice(int);"))
    (project / "doubling.c").write_text("int twice(int x) { return 2 * x; }\n")
    (project / "own.c").write_text(OWN_EXTENSION)
    there = projects.unpack(projects.pip_wheel(project, site, tmp_path / "dist"), tmp_path / "unpacked")
    assert use(sys.executable, there)[-1] == "ok"


def test_a_wheel_with_an_extension_of_its_own_stays_for_one_python(site, tmp_path):
    """A project that also has an ordinary extension module keeps that one's tag."""
    project = projects.make_project(tmp_path / "project", setup_py=projects.SETUP_PY.replace(
        "import setup", "import setup, Extension").replace(
        "cffi_modules", "ext_modules=[Extension('thepkg._own', ['own.c'])], cffi_modules"))
    (project / "own.c").write_text(OWN_EXTENSION)
    wheel = projects.pip_wheel(project, site, tmp_path / "dist")
    assert "-py3-none-" not in wheel.name
    there = projects.unpack(wheel, tmp_path / "unpacked")
    support.run([sys.executable, "-c", "import thepkg._own, thepkg._api"],
                env=dict(os.environ, PYTHONPATH=there + os.pathsep + support.package_folder()))


@pytest.mark.skipif(support.IS_PYPY, reason="PyPI's cffi is not for PyPy")
def test_together_with_cffi(site, tmp_path):
    """PyPI's cffi registers the same keyword: each builds the modules of its own FFIs."""
    pytest.importorskip("cffi.setuptools_ext")
    project = projects.make_project(tmp_path / "project", setup_py=projects.SETUP_PY.replace(
        "cffi_modules=[", "cffi_modules=['theirs.py:ffi', "))
    (project / "theirs.py").write_text("from cffi import FFI\nffi = FFI()\nffi.cdef('int abs(int);')\n"
                                       "ffi.set_source('_theirs', '#include <stdlib.h>')\n")
    projects.setup_py(project, site, "build_ext", "-i")
    source = project / "src"
    assert use(sys.executable, str(source))[-1] == "ok"
    support.run([sys.executable, "-c", "import _theirs; assert _theirs.lib.abs(-3) == 3"],
                env=dict(os.environ, PYTHONPATH=str(source)))


MISTAKES = [
    ("cffi_modules=5", "setup(cffi_modules=...) must be a str or a list of str, not 5"),
    ("cffi_modules='build_both.py'", "must be of the form 'path/build.py:ffi_variable'"),
    ("cffi_modules='nowhere.py:ffi'", "'nowhere.py' does not name an existing file"),
    ("cffi_modules='build_both:ffi'", "did you mean 'build_both.py:ffi'?"),
    ("cffi_modules='build_both.py:nothing'", "'build_both.py' has no variable 'nothing'"),
    ("cffi_modules='build_both.py:FFI'", "the FFI did not call set_source()"),
    ("cffi_modules='build_both.py:__name__'", "'build_both.py:__name__' is no cffi_like.FFI but 'str'"),
]


@pytest.mark.parametrize("keyword, message", MISTAKES)
def test_mistakes_are_named(site, tmp_path, keyword, message):
    """What is wrong with `cffi_modules` is said in one line, and the build fails."""
    project = projects.make_project(
        tmp_path / "project", setup_py="from setuptools import setup\nsetup(name='x', %s)" % keyword)
    done = projects.setup_py(project, site, "--version", check=False)
    assert done.returncode != 0 and message in done.stdout, done.stdout


def test_oldest_setuptools(site, tmp_path):
    """setuptools 61, the first that reads pyproject.toml, builds the same wheel."""
    if sys.version_info >= (3, 12):
        pytest.skip("setuptools 61 needs distutils, which this Python does not have")
    old = tmp_path / "old"
    done = support.run([sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--target",
                        str(old), "setuptools==61.0.0", "wheel==0.37.1"], check=False)
    if done.returncode:
        pytest.skip("no package index: " + done.stdout.splitlines()[-1])
    project = projects.make_project(tmp_path / "project", pyproject=projects.PYPROJECT)
    wheel = projects.pip_wheel(project, site, tmp_path / "dist", also=[str(old)])
    assert wheel.name.startswith("thepkg-1.0-py3-none-")
    assert use(sys.executable, projects.unpack(wheel, tmp_path / "unpacked"))[-1] == "ok"


EXTENSION_SETUP = """
from setuptools import setup
from cffi_like import FFI
ffi = FFI()
ffi.cdef("int thrice(int); struct s { int a; ...; };")
ffi.set_source("thepkg._ext", "struct s { long x; int a; }; static int thrice(int x) { return 3 * x; }")
setup(name="thepkg", version="1.0", packages=["thepkg"], package_dir={"": "src"},
      ext_modules=[ffi.distutils_extension()])
"""


def test_distutils_extension(site, tmp_path):
    """ffi.distutils_extension() is an ordinary Extension: it builds an importable module."""
    project = projects.make_project(tmp_path / "project", setup_py=EXTENSION_SETUP)
    projects.setup_py(project, site, "build_ext", "-i")
    code = ("from thepkg._ext import ffi, lib\nfrom thepkg._ext.lib import thrice\n"
            "assert lib.thrice(5) == thrice(5) == 15 and ffi.sizeof('struct s') == 16")
    support.run([sys.executable, "-c", code],
                env=dict(os.environ, PYTHONPATH=str(project / "src") + os.pathsep + support.package_folder()))


VERIFY_MODULE = """
import os
from cffi_like import FFI
ffi = FFI()
ffi.cdef("int thrice(int);")
lib = ffi.verify("static int thrice(int x) { return 3 * x; }", modulename="_thrice", ext_package="thepkg",
                 tmpdir=os.environ.get("BUILD_TMP", "nowhere"))
"""


def test_verify_installed_by_setup(site, tmp_path):
    """`ext_modules=[ffi.verifier.get_extension()]` with setup's own `ext_package`, as
    scripts for CFFI have it, installs what verify() then finds without a compiler."""
    project = projects.make_project(tmp_path / "project", setup_py="""
import sys
sys.path.insert(0, "src")
from setuptools import setup
from thepkg.fast import ffi
setup(name="thepkg", version="1.0", packages=["thepkg"], package_dir={"": "src"}, zip_safe=False,
      ext_modules=[ffi.verifier.get_extension()], ext_package="thepkg")
""")
    (project / "src" / "thepkg" / "fast.py").write_text(VERIFY_MODULE)
    wheel = projects.pip_wheel(project, site, tmp_path / "dist", BUILD_TMP="build")
    there = projects.unpack(wheel, tmp_path / "unpacked")
    support.run([sys.executable, "-c", "from thepkg.fast import lib; assert lib.thrice(4) == 12"],
                cwd=str(tmp_path), env=dict(os.environ, CC="no-such-compiler", PATH="/nonexistent",
                                            PYTHONPATH=there + os.pathsep + support.package_folder()))
