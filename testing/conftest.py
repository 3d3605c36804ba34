"""What every test gets: fixtures, the engine in the header, the cache of compiled fixtures.

Neighbour: support.py, the plain functions behind the fixtures.
"""

import os
import shutil
from pathlib import Path

import pytest
import support

_OWN_CACHE = pytest.StashKey[bool]()


def pytest_configure(config):
    # The session that makes the cache removes it; workers of xdist inherit it.
    config.stash[_OWN_CACHE] = "CFFI_LIKE_TEST_CACHE" not in os.environ
    # What is compiled on the fly: kept for the length of the run, unless a place is given.
    os.environ.setdefault("CPPBIND_CACHE", str(Path(support._cache_folder()) / "on_the_fly"))
    _check_which_package(config)


def pytest_unconfigure(config):
    if config.stash.get(_OWN_CACHE, False):
        folder = os.environ.pop("CFFI_LIKE_TEST_CACHE", None)
        if folder:
            shutil.rmtree(folder, ignore_errors=True)


def _check_which_package(config):
    """`make test` means the installed package; the source tree must not answer for it."""
    if not os.environ.get("CFFI_LIKE_TEST_INSTALLED"):
        return
    import cffi_like
    import cppbind
    for package in (cffi_like, cppbind):
        place = Path(package.__file__).resolve()
        if place.parent.parent == support.ROOT:
            raise pytest.UsageError("%s is imported from the source tree (%s), not from where "
                                    "it was installed" % (package.__name__, place))


def pytest_report_header(config):
    import cffi_like
    return "engine: %s, cffi_like in %s" % (
        support.engine_name(), os.path.dirname(cffi_like.__file__ or "(nowhere)"))


def pytest_ignore_collect(collection_path, config):
    """The core's own tests need the core."""
    if support.engine_name() != "native" and collection_path.name == "c_backend":
        return True
    return None


@pytest.fixture(scope="session", autouse=True)
def _work_elsewhere(tmp_path_factory):
    """`python -m cppbind` finds packages in the current folder: let that be an empty one."""
    before = os.getcwd()
    os.chdir(tmp_path_factory.mktemp("work"))
    yield
    os.chdir(before)


@pytest.fixture(scope="session")
def engine_name():
    """'native', 'cffi' or 'pypy'."""
    return support.engine_name()


@pytest.fixture(scope="session")
def compile_shared():
    """support.compile_shared: C or C++ source to the path of a shared library."""
    return support.compile_shared


@pytest.fixture(scope="session")
def run_python():
    """support.run_python: code in a new interpreter, started in an empty folder."""
    return support.run_python
