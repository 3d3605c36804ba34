"""What the tests of cppbind's run time share: fixtures loaded once, dictionaries from a header's text."""

import functools

from cpp_dictionaries import build_text, fixture_library

import cppbind


@functools.lru_cache(maxsize=None)
def load(name):
    """gbl, with the dictionary of testing/fixtures/cpp/<name>.h loaded."""
    cppbind.load_reflection_info(fixture_library(name))
    return cppbind.gbl


def load_text(text, folder, **options):
    """gbl, with the dictionary of a header with that text, built in `folder`, loaded."""
    cppbind.load_reflection_info(build_text(text, folder, **options))
    return cppbind.gbl
