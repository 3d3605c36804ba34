"""The wheel of this project, as somebody gets it who has no compiler."""

import os
import re
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
import support

pytestmark = pytest.mark.skipif(
    support.IS_PYPY or not sys.platform.startswith("linux"),
    reason="the wheel of PyPy has no core; auditwheel is for Linux")

SCRIPT = support.TESTING / "packaging" / "build_wheel.py"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    done = subprocess.run([sys.executable, str(SCRIPT), str(tmp_path_factory.mktemp("wheel"))],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, universal_newlines=True)
    if done.returncode and ("No matching distribution" in done.stderr or "ConnectionError" in done.stderr):
        pytest.skip("auditwheel is not installed and there is no package index")
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())


def test_the_wheel_names_an_old_platform_and_brings_libffi(wheel):
    """It is a manylinux or musllinux wheel, and libffi is inside: in the core, or beside it."""
    assert "-manylinux_2_" in wheel.name or "-musllinux_1_" in wheel.name
    with zipfile.ZipFile(str(wheel)) as archive:
        names = archive.namelist()
        core, = [archive.read(name) for name in names if name.startswith("_cffi_like.")]
    needed = re.findall(rb"libffi[-.\w]*\.so", core)
    assert not needed or [name for name in names if name.startswith("cffi_like.libs/libffi")]
    assert "cffi_like/_core_missing.txt" not in names


def test_it_runs_where_there_is_no_compiler(wheel, tmp_path):
    """In an empty environment with nothing else on PATH: the demo's ABI part
    gives the right results, through the libffi of the wheel."""
    venv.create(str(tmp_path / "env"), with_pip=True, symlinks=True)
    python = str(tmp_path / "env" / "bin" / "python")
    environment = {"PATH": str(tmp_path / "env" / "bin"), "HOME": str(tmp_path)}
    subprocess.run([python, "-m", "pip", "install", "-q", "--no-index", "--no-deps", str(wheel)],
                   check=True, env=environment)
    done = support.run([python, str(support.TESTING / "demo" / "run.py"), "--only", "abi"],
                       cwd=str(tmp_path), env=environment)
    assert "WRONG" not in done.stdout.upper().replace("0 WRONG", "")
    code = ("import _cffi_like, cffi_like; maps = open('/proc/self/maps').read();"
            "assert cffi_like.FFI().callback('int(int)', lambda x: x + 1)(4) == 5;"
            "print(cffi_like.__file__, _cffi_like.__file__, *[l for l in maps.split() if 'libffi' in l])")
    said = support.run([python, "-c", code], cwd=str(tmp_path), env=environment).stdout.split()
    inside = os.path.realpath(str(tmp_path / "env"))
    assert [path for path in said if not os.path.realpath(path).startswith(inside)] == []


def test_the_configuration_of_cibuildwheel(tmp_path):
    """cibuildwheel itself reads it, and would build for each CPython from 3.9 on, free-threaded ones too.
    (The builds need its containers, and are not run here.)"""
    venv.create(str(tmp_path / "env"), with_pip=True, symlinks=True)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = support.run([str(tmp_path / "env" / "bin" / "python"), "-m", "pip", "install", "-q", "cibuildwheel"],
                       check=False, env=environment)
    if done.returncode:
        pytest.skip("no package index, or this Python is too old for cibuildwheel: " + done.stdout.splitlines()[-1])
    said = support.run([str(tmp_path / "env" / "bin" / "cibuildwheel"), "--print-build-identifiers",
                        "--platform", "linux", str(support.ROOT)], env=environment).stdout.split()
    assert {word.partition("-")[0] for word in said} >= {"cp39", "cp310", "cp311", "cp312", "cp313", "cp314", "cp314t"}
    assert {word.partition("-")[2].partition("_")[0] for word in said} == {"manylinux", "musllinux"}
