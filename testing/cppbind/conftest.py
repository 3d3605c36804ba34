"""The run-time half needs a core; where there is none those tests have nothing to test."""

import support

_RUN_TIME = ("test_runtime_", "test_dictionary", "test_loader", "test_ownership", "test_exceptions",
             "test_stl_", "test_templates", "test_pythonize", "test_compilers", "test_function_instances", "libraries", "test_fly_")
# cppyy's scripts use what the compiled core alone has: C++ on the fly, signals as exceptions, shapes of arrays.
_COMPILED = ("test_cppyy_",)
_NOT_COMPILED = ("test_cppyy_overloads", "test_cppyy_temporaries")


def pytest_ignore_collect(collection_path, config):
    name = collection_path.name
    if name.startswith(_COMPILED) and not name.startswith(_NOT_COMPILED) and (
            not _has_core() or support.engine_name() != "native"):
        return True
    if collection_path.name.startswith(_RUN_TIME) and not _has_core():
        return True
    return None


def _has_core():
    try:
        from cppbind.runtime import native  # noqa: F401
    except ImportError:
        return False
    return True
