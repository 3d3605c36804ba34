"""Promises of `cppbind.install_as_cppyy` and `python -m cppbind run`: scripts that import cppyy run unchanged."""

import sys

import pytest
import support

SCRIPT = '''
import sys
import cppyy
import cppyy.ll
from cppyy.gbl import std
from cppyy.gbl.std import vector
import cppyy.gbl.std as again

assert again is std and cppyy.gbl.std is std and __name__ == "__main__"
cppyy.cppdef("""namespace as_cppyy { struct Reading { int value = 3; }; }""")
from cppyy.gbl.as_cppyy import Reading
from cppyy.gbl import as_cppyy
assert as_cppyy.Reading is Reading and Reading().value == 3
assert list(vector[int]((1, 2))) == [1, 2]
ages = std.map[str, int]()
ages["ann"] = 41
for name, age in ages:
    print(name, age)
assert cppyy.__version__.startswith("3.") and cppyy.ll.cast is not None and "cppdef" in dir(cppyy)
for missing, named in (("import cppyy.nothing", "'cppyy.nothing'"), ("from cppyy import nothing", "'nothing'"),
                       ("from cppyy.gbl import Nothing_at_all", "'cppbind.gbl'"),
                       ("from cppyy.gbl.std import nothing_at_all", "'cppbind.gbl.std'")):
    try:
        exec(missing)
    except ImportError as error:
        assert named in str(error), error
    else:
        assert False, missing
print(sys.argv[1:])
sys.exit(int(sys.argv[2]))
'''


@pytest.fixture
def script(tmp_path):
    (tmp_path / "beside_the_script.py").write_text("import cppyy\nnull = cppyy.nullptr\n")
    path = tmp_path / "program.py"
    path.write_text("import beside_the_script\n" + SCRIPT)
    return path


@pytest.mark.parametrize("as_module", [False, True])
def test_run(script, as_module):
    """The script finds cppyy, the modules beside it, its arguments (whatever they look like); its exit status is the
    command's."""
    what = ["-m", "program"] if as_module else [str(script)]
    done = support.run([sys.executable, "-m", "cppbind", "run", *what, "-std=c++20", "7", "--help"], check=False,
                       cwd=str(script.parent))
    assert done.returncode == 7, done.stdout
    assert done.stdout == "ann 41\n['-std=c++20', '7', '--help']\n"


def test_what_cannot_be_run(tmp_path):
    """A script that is not there, and none: a message and status 2; what a script raises is a traceback of its own."""
    def run(*arguments, status):
        done = support.run([sys.executable, "-m", "cppbind", "run", *arguments], check=False, cwd=str(tmp_path))
        assert done.returncode == status, done.stdout
        return done.stdout

    assert "there is no file 'nothing.py'" in run("nothing.py", status=2)
    assert "-m needs the name of a module" in run("-m", status=2)
    assert "which script?" in run(status=2)
    (tmp_path / "fails.py").write_text("import cppyy\n1 / 0\n")
    assert run("fails.py", status=1).endswith("ZeroDivisionError: division by zero\n")


def test_install_twice_and_beside_another():
    """Again is the same module; where another cppyy is loaded nothing is changed, and the error says so."""
    support.run_python("""
import cppbind, sys, types
module = cppbind.install_as_cppyy()
assert cppbind.install_as_cppyy() is module is sys.modules["cppyy"] and module.gbl is cppbind.gbl
import cppyy
assert cppyy._get_name(cppyy.gbl.std.string) == "std::string" and cppyy._get_name(int) == "int"
assert cppyy is module and cppyy.py is cppbind.py and cppyy.py.set_map_iteration("keys") == "pairs"
""")
    support.run_python("""
import cppbind, sys, types
sys.modules["cppyy"] = other = types.ModuleType("cppyy")
try:
    cppbind.install_as_cppyy()
except ImportError as error:
    assert "imported already" in str(error)
else:
    assert False
assert sys.modules["cppyy"] is other and cppbind.py.set_map_iteration("keys") == "keys"
""")
