"""What lies in the repository: the top level, first comments, words that do not belong."""

import ast
import re

import pytest
import sources

TOP_LEVEL = {"cffi_like", "cppbind", "c_backend", "docs", "testing", "setup.py", "README.md",
             "pyproject.toml", "Makefile", ".ci", "CHANGELOG.md", "LICENSE", ".gitignore"}
TEXT = sources.files(".py", ".c", ".h", ".cpp", ".def", ".md", ".toml", ".xml") + ["Makefile"]
PRODUCT = [name for name in sources.files(".py", ".c", ".h", ".cpp", ".def")
           if not name.startswith("testing/")]

# The project speaks of itself alone.  Spelt in pieces, so that this file passes too.
STRANGE_WORDS = re.compile("|".join([
    r"/wor" r"k/", r"/roo" r"t/", r"(the|this) sessi" r"on's (brief|helper)", r"\bpye" r"nv/versions",
    r"\bsub-?hel" r"pers?\b", r"\bC" r"EO\b"]))
MARKS = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
PRIVATE_HOSTS = re.compile(r"https?://[\w.-]*\.(?:internal|corp|lan|local)\b"
                           r"|\b(?:10|192\.168)\.\d+\.\d+\.\d+\b")


def lines_matching(name, pattern):
    return ["%s:%d: %s" % (name, number, line.strip())
            for number, line in enumerate(sources.text_of(name).splitlines(), 1)
            if pattern.search(line)]


def test_top_level():
    """The folder listing reads like the architecture page."""
    assert {name.split("/")[0] for name in sources.tracked_files()} - TOP_LEVEL == set()


@pytest.mark.parametrize("name", TEXT)
def test_words(name):
    """No private paths or hosts, and no marks of unfinished work."""
    assert lines_matching(name, STRANGE_WORDS) == []
    assert lines_matching(name, PRIVATE_HOSTS) == []
    assert lines_matching(name, MARKS) == []


@pytest.mark.parametrize("name", PRODUCT)
def test_first_comment(name):
    """A file's first comment says its job."""
    text = sources.text_of(name)
    if name.endswith(".py"):
        assert not text.strip() or ast.get_docstring(ast.parse(text)), name
    else:
        assert text.lstrip().startswith(("/*", "//")), name


def test_tests_do_not_shadow_the_packages():
    """testing/ is on the path of the tests; a package testing/cffi_like would hide the real one."""
    assert [name for name in sources.files("__init__.py", under="testing/")
            if name.count("/") <= 2] == []


def test_no_binaries():
    """Nothing compiled is tracked."""
    assert sources.files(".so", ".o", ".a", ".pyc", ".dylib", ".whl") == []
