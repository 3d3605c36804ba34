"""Dictionaries of real libraries, each built once; where a library is not installed its tests are skipped, except where
everything must be tested (CI is set)."""

import os

import cpp_libraries
import pytest

_built = {}


@pytest.fixture(scope="session")
def dictionary(tmp_path_factory):
    """dictionary(name): the Built of a library of the catalogue, loaded."""
    import cppbind

    def load(name):
        if name not in _built:
            library = next(library for library in cpp_libraries.TESTED if library.name == name)
            if not cpp_libraries.is_installed(library):
                message = "the Debian package %s is not installed" % library.package
                if os.environ.get("CI"):
                    pytest.fail(message + ", and in CI nothing is left out", pytrace=False)
                pytest.skip(message)
            _built[name] = cpp_libraries.build(library, tmp_path_factory.mktemp(name))
            cppbind.load_reflection_info(_built[name].library)
        return _built[name]
    return load
