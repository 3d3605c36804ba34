"""cffi_like.ctypes_compat: scripts of ctypes run after a change of their import."""

import pytest
import support

SCRIPTS = sorted((support.TESTING / "fixtures" / "ctypes_scripts").glob("*.py"))


def test_there_are_scripts():
    """Otherwise the test below tests nothing."""
    assert len(SCRIPTS) >= 7


CHANGES = (("from ctypes import", "from cffi_like.ctypes_compat import"),
           ("from ctypes.util import", "from cffi_like.ctypes_compat.util import"),
           ("import ctypes.util", "import cffi_like.ctypes_compat.util"),
           ("import ctypes\n", "import cffi_like.ctypes_compat as ctypes\n"))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_same_output(path):
    """A script prints the same with the standard library's ctypes and with this module."""
    if support.IS_PYPY and path.stem in ("libc", "prototypes", "system"):
        pytest.skip("PyPy's own ctypes cannot run this script: resize(), bytes() of bit-fields, sprintf()")
    text = path.read_text(encoding="utf-8")
    changed = text
    for old, new in CHANGES:
        changed = changed.replace(old, new)
    assert changed != text
    own = support.run_python(changed).stdout
    assert own == support.run_python(text).stdout and own.count("\n") > 5


def test_ctypes_itself_is_not_imported():
    """Nothing of the product stands on ctypes."""
    support.run_python("import sys\nfrom cffi_like.ctypes_compat import *\nassert 'ctypes' not in sys.modules")
