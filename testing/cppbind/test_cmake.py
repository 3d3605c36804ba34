"""Promises of the CMake functions: a project's library becomes a Python package."""

import os
import shutil
import subprocess
import sys

import pytest
import support

EXAMPLE = support.ROOT / "docs" / "examples" / "cppbind-cmake"

pytestmark = pytest.mark.skipif(shutil.which("cmake") is None or shutil.which("make") is None,
                                reason="the Debian packages cmake and make are not installed")


def _cmake(*arguments, check=True):
    env = dict(os.environ, PYTHONPATH=support.package_folder())
    return support.run(["cmake", *arguments], env=env, check=check)


def _configure(source, build, check=True):
    return _cmake("-S", str(source), "-B", str(build), "-DPython_EXECUTABLE=" + sys.executable, check=check)


def test_example(tmp_path):
    """The example is configured, built, installed, and used from there; another build does nothing."""
    source = shutil.copytree(str(EXAMPLE), str(tmp_path / "source"))
    _configure(source, tmp_path / "build")
    assert "EventsDict" in _cmake("--build", str(tmp_path / "build")).stdout
    assert "Building the dictionary" not in _cmake("--build", str(tmp_path / "build")).stdout
    _cmake("--install", str(tmp_path / "build"), "--prefix", str(tmp_path / "site"))
    assert sorted(os.listdir(str(tmp_path / "site" / "ex_events"))) == [
        "__init__.py", "libEventsDict.rootmap", "libEventsDict.so", "libevents.so"]
    shutil.rmtree(str(tmp_path / "build"))
    shutil.rmtree(source)
    code = """
        import ex_events
        event = ex_events.Event("muons")
        event.add(1.5)
        event.add(2)
        print(event.name(), event.total(), hasattr(ex_events, "Internal"), "Event" in dir(ex_events))
    """
    path = os.pathsep.join([str(tmp_path / "site"), support.package_folder()])
    assert support.run_python(code, env={"PYTHONPATH": path}).stdout.split() == ["muons", "7.0", "False", "True"]


@pytest.mark.parametrize("call, message", [
    ("cppbind_add_dictionary(d)", "HEADERS are needed"),
    ("cppbind_add_dictionary(d HEADERS a.h HEADER b.h)\ncppbind_add_dictionary(e SELECTION)", "e): HEADERS are needed"),
    ("cppbind_install_package(p)", "DICTIONARIES are needed"),
    ("add_custom_target(t)\ncppbind_install_package(p DICTIONARIES t)", "t is no dictionary")])
def test_errors(call, message, tmp_path):
    """A call that lacks something stops the configuration with the function's and the target's name."""
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.15)\nproject(p LANGUAGES NONE)\nset(CppBind_DIR \"%s\")\n"
        "find_package(CppBind REQUIRED)\n%s\n" % (_folder(), call))
    done = _configure(tmp_path, tmp_path / "build", check=False)
    assert done.returncode and message in " ".join(done.stdout.split())


def _folder():
    env = dict(os.environ, PYTHONPATH=support.package_folder())
    return subprocess.run([sys.executable, "-m", "cppbind", "cmake-dir"], env=env, stdout=subprocess.PIPE,
                          check=True, universal_newlines=True).stdout.strip()


def test_cmake_dir():
    """The command prints the folder that find_package needs."""
    assert os.listdir(_folder()) == ["CppBindConfig.cmake"]
