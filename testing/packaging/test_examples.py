"""The examples for other build systems, built as they are and used."""

import os
import shutil
import sys
import venv

import packaging_projects as projects
import pytest
import support

EXAMPLES = support.ROOT / "docs" / "examples"
TOOLS = ["meson-python", "scikit-build-core", "ninja"] + ([] if shutil.which("cmake") else ["cmake"])


@pytest.fixture(scope="module")
def builder(tmp_path_factory):
    """A Python that has the build systems."""
    folder = tmp_path_factory.mktemp("tools") / "env"
    venv.create(str(folder), with_pip=True, symlinks=True)
    python = str(folder / "bin" / "python")
    done = support.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *TOOLS], check=False,
                       env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"})
    if done.returncode:
        pytest.skip("no package index: " + done.stdout.splitlines()[-1])
    return python


@pytest.mark.skipif(support.IS_PYPY, reason="the build systems need a newer PyPy than 3.9")
@pytest.mark.parametrize("folder, package", [("meson-python", "ex_meson"), ("scikit-build-core", "ex_cmake")])
def test_example(builder, tmp_path, folder, package):
    """pip wheel builds the example; what it built is imported by CPython and PyPy."""
    shutil.copytree(str(EXAMPLES / folder), str(tmp_path / "project"))
    site = projects.registered(tmp_path / "site")
    env = dict(os.environ, PYTHONPATH=site, PATH=os.path.dirname(builder) + os.pathsep + os.environ["PATH"])
    support.run([builder, "-m", "pip", "wheel", "--no-build-isolation", "--no-deps", "--no-index",
                 "--disable-pip-version-check", "-w", str(tmp_path / "dist"), "."],
                cwd=str(tmp_path / "project"), env=env)
    wheel, = (tmp_path / "dist").glob("*.whl")
    there = projects.unpack(wheel, tmp_path / "unpacked")
    code = "import %s as p; assert p.length(3, 4) == 5.0; print(p.ffi.sizeof('point_t'))" % package
    for interpreter in filter(None, (sys.executable, shutil.which("pypy3"))):
        env = dict(os.environ, PYTHONPATH=there + os.pathsep + support.package_folder())
        env.pop("CFFI_LIKE_ENGINE", None)
        assert support.run([interpreter, "-c", code], env=env).stdout.split() == ["24"]
