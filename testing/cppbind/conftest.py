"""The run-time half needs the compiled core; where it was not built those tests have nothing to test."""

import support

_RUN_TIME = ("test_runtime_", "test_dictionary", "test_loader", "test_ownership", "test_exceptions",
             "test_stl_", "test_templates", "test_pythonize", "test_compilers", "test_function_instances", "libraries", "test_fly_")


def pytest_ignore_collect(collection_path, config):
    if collection_path.name.startswith(_RUN_TIME) and not _has_core():
        return True
    return None


def _has_core():
    if support.IS_PYPY:
        return False
    try:
        from cffi_like import _backend  # noqa: F401
    except ImportError:
        return False
    return True
