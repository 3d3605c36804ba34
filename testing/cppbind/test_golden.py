"""Promise of the emitter's text: it changes only when somebody means it to.

testing/golden/<name>.cpp is the whole dictionary of testing/fixtures/cpp/<name>.h.  After an intended change,
`CPPBIND_REWRITE_GOLDEN=1` writes the files anew, and the difference is reviewed like any other.
"""

import difflib
import os

import pytest
import support
from cpp_dictionaries import CPP_FIXTURES

from cppbind.build import generate

GOLDEN = support.TESTING / "golden"


@pytest.mark.parametrize("name", ["Diamond", "Globals", "Histogram"])
def test_emitted_source_is_as_reviewed(name, monkeypatch):
    """The source of a fixture's dictionary is, line by line, the golden one."""
    monkeypatch.chdir(CPP_FIXTURES)         # so that no path of this machine is in it
    emitted = generate([name + ".h"]).source
    golden = GOLDEN / (name + ".cpp")
    if os.environ.get("CPPBIND_REWRITE_GOLDEN"):
        golden.write_text(emitted)
    difference = difflib.unified_diff(golden.read_text().splitlines(), emitted.splitlines(), str(golden), "emitted",
                                      lineterm="")
    assert "\n".join(difference) == ""
