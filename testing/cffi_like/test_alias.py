"""Promises of `cffi_like.install_as_cffi` and `python -m cffi_like run`: scripts that import cffi run unchanged."""

import sys

import pytest
import support

SCRIPT = '''
import sys
import cffi
from cffi import FFI, VerificationError
from cffi.error import CDefError
import cffi.api, cffi.pkgconfig
from beside_the_script import double

ffi = FFI()
ffi.cdef("int abs(int);")
assert ffi.dlopen(None).abs(-double(4)) == 8 and __name__ == "__main__"
assert cffi.api.FFI is cffi.FFI is FFI and cffi.error.CDefError is CDefError is cffi.CDefError
assert cffi.__version_info__ >= (2, 1) and cffi.__version__ == "%d.%d.%d" % cffi.__version_info__ and "FFI" in dir(cffi)
try:
    ffi.cdef("int f(")
except cffi.CDefError as error:
    print("refused:", type(error).__name__)
for missing in ("import cffi.nothing", "from cffi import nothing"):
    try:
        exec(missing)
    except ImportError as error:
        assert "cffi" in str(error) and "nothing" in str(error), error
    else:
        assert False, missing
print(sys.argv[1:])
sys.exit(int(sys.argv[2]))
'''


@pytest.mark.parametrize("as_module", [False, True])
def test_run(tmp_path, as_module):
    """The script finds cffi and its modules, the modules beside it, its arguments (whatever they look like); its exit
    status is the command's."""
    (tmp_path / "beside_the_script.py").write_text("import cffi\ndef double(x): return 2 * x\n")
    (tmp_path / "program.py").write_text(SCRIPT)
    what = ["-m", "program"] if as_module else [tmp_path / "program.py"]
    done = support.run([sys.executable, "-m", "cffi_like", "run", *what, "--debug", "7", "--help"], check=False, cwd=str(tmp_path))
    assert done.returncode == 7, done.stdout
    assert done.stdout == "refused: CDefError\n['--debug', '7', '--help']\n"


def test_what_cannot_be_run(tmp_path):
    """A script that is not there, and none: a message and status 2; what a script raises is a traceback of its own."""
    def run(*arguments, status):
        done = support.run([sys.executable, "-m", "cffi_like", "run", *arguments], check=False, cwd=str(tmp_path))
        assert done.returncode == status, done.stdout
        return done.stdout

    assert run("nothing.py", status=2) == "cffi_like: there is no file 'nothing.py'\n"
    assert run("-m", status=2) == "cffi_like: -m needs the name of a module\n"
    assert run(status=2) == "cffi_like: which script?\n"
    assert "import cffi" in run("--help", status=0)
    (tmp_path / "fails.py").write_text("import cffi\n1 / 0\n")
    assert run("fails.py", status=1).endswith("ZeroDivisionError: division by zero\n")


def test_install_twice_and_beside_another():
    """Again is the same module; where CFFI itself is loaded nothing is changed, and the error says so."""
    support.run_python("""
import cffi_like, sys
module = cffi_like.install_as_cffi()
assert cffi_like.install_as_cffi() is module is sys.modules["cffi"] and module.FFI is cffi_like.FFI
""")
    support.run_python("""
import cffi_like, sys, types
sys.modules["cffi"] = other = types.ModuleType("cffi")
try:
    cffi_like.install_as_cffi()
except ImportError as error:
    assert "imported already" in str(error)
else:
    assert False
assert sys.modules["cffi"] is other
""")


def test_a_build_script_for_cffi(tmp_path):
    """What is built under that name belongs to this package."""
    (tmp_path / "build_it.py").write_text(
        "from cffi import FFI\nffibuilder = FFI()\nffibuilder.cdef('int twice(int);')\n"
        "ffibuilder.set_source('_twice', 'static int twice(int x) { return 2 * x; }')\n"
        "if __name__ == '__main__':\n    ffibuilder.compile()\n    from _twice import lib\n    print(lib.twice(21))\n")
    done = support.run([sys.executable, "-m", "cffi_like", "run", "build_it.py"], cwd=str(tmp_path))
    assert done.stdout == "42\n"
