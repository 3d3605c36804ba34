"""Files with one job, functions that fit a screen."""

import pytest
import sources

# "About 600" and "about 60": a little room, so that nobody squeezes lines.
FILE_LINES = 650
PYTHON_FUNCTION_LINES = 70
C_FUNCTION_LINES = 85

CODE = sources.files(".py", ".c", ".h", ".cpp", ".def")
PYTHON = [name for name in sources.files(".py") if not name.startswith("testing/peers/")]
C_CODE = sources.files(".c", ".cpp", ".h", under="c_backend/")


@pytest.mark.parametrize("name", [name for name in CODE if "/golden/" not in name])
def test_file_size(name):
    """A file that grows past its limit has more than one job."""
    assert sources.text_of(name).count("\n") <= FILE_LINES


@pytest.mark.parametrize("name", PYTHON)
def test_python_function_size(name):
    """A Python function fits a screen (its docstring not counted)."""
    assert ["%s:%d %s has %d lines" % (name, line, function, lines)
            for function, line, lines in sources.python_functions(name)
            if lines > PYTHON_FUNCTION_LINES] == []


@pytest.mark.parametrize("name", C_CODE)
def test_c_function_size(name):
    """A C function fits a tall screen."""
    assert ["%s:%d %s has %d lines" % (name, line, function, lines)
            for function, line, lines in sources.c_functions(name)
            if lines > C_FUNCTION_LINES] == []


def test_the_scan_finds_functions():
    """The size rule sees real functions, so it can fail."""
    names = {function for name in C_CODE for function, _, _ in sources.c_functions(name)}
    assert "PyInit__cffi_like" in names and len(names) > 5
