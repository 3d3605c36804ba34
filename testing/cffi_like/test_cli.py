"""`python -m cffi_like`: building and generating from the command line."""

import io
import os
import sys

import pytest
import support
from built_modules import import_from

from cffi_like.cli import main
from cffi_like.compiler import shared_suffix

SCRIPT = """
from cffi_like import FFI
import helper_of_the_script
ffibuilder = FFI()
ffibuilder.cdef("int seven(void);")
ffibuilder.set_source("{name}", "static int seven(void) {{ return 7; }}")
def make():
    return ffibuilder
number = 3
if __name__ == "__main__":
    raise SystemExit("must not run")
"""


@pytest.fixture
def script(tmp_path):
    def write(name, text=SCRIPT):
        (tmp_path / "helper_of_the_script.py").write_text("")
        path = tmp_path / "build_it.py"
        path.write_text(text.format(name=name))
        return str(path)
    return write


@pytest.mark.parametrize("variable", ["ffibuilder", "make"])
def test_build(script, tmp_path, capsys, variable):
    """FILE:BUILDER is built, from a variable or from a function's result."""
    name = "_cli_" + variable
    out = tmp_path / "out"
    assert main(["build", "%s:%s" % (script(name), variable), "-o", str(out)]) == 0
    assert capsys.readouterr().out.strip() == str(out / (name + shared_suffix()))
    assert import_from(out, name).lib.seven() == 7


@pytest.mark.parametrize("argument, message", [
    ("{}:nothing", "has no variable 'nothing'"), ("{}:number", "is not an instance of cffi_like.FFI but of int"),
    ("no_colon", "expected FILE:BUILDER"), ("/no/such/file.py:x", "/no/such/file.py")])
def test_mistakes(script, capsys, argument, message):
    """One line on stderr and exit status 1."""
    assert main(["build", argument.format(script("_cli_bad"))]) == 1
    err = capsys.readouterr().err
    assert err.startswith("cffi_like: ") and message in err and err.count("\n") == 1


def test_a_compiler_error_is_shown(script, tmp_path, capsys):
    """What the compiler says reaches the user, without a traceback."""
    path = script("_cli_wrong", SCRIPT.replace("return 7", "return sevn"))
    assert main(["build", path + ":ffibuilder", "-o", str(tmp_path)]) == 1
    err = capsys.readouterr().err
    assert "sevn" in err and "Traceback" not in err


def test_gen_src_exec_python(script, tmp_path):
    """The C source and NAME.py are written; another tool compiles."""
    output = tmp_path / "gen" / "_cli_gen.c"
    assert main(["gen-src", "exec-python", "--ffi-var", "make", script("_cli_gen"),
                 str(output)]) == 0
    support.run(["cc", "-shared", "-fPIC", output, "-o",
                 output.parent / ("_cli_gen" + shared_suffix())])
    assert import_from(output.parent, "_cli_gen").lib.seven() == 7


def test_gen_src_read_sources(tmp_path):
    """Declarations and source come from two files."""
    (tmp_path / "decl.h").write_text("int eight(void);")
    (tmp_path / "src.c").write_text("static int eight(void) { return 8; }")
    output = tmp_path / "_cli_read.c"
    assert main(["gen-src", "read-sources", "_cli_read", str(tmp_path / "decl.h"),
                 str(tmp_path / "src.c"), str(output)]) == 0
    assert "eight" in output.read_text() and (tmp_path / "_cli_read.py").exists()
    (tmp_path / "decl.h").write_text("int eight(void;")
    assert main(["gen-src", "read-sources", "_cli_read", str(tmp_path / "decl.h"),
                 str(tmp_path / "src.c"), str(output)]) == 1


def test_as_a_module(script, tmp_path):
    """`python -m cffi_like` is the same; without a command it explains itself."""
    command = [sys.executable, "-m", "cffi_like"]
    environment = dict(os.environ, PYTHONPATH=support.package_folder())
    done = support.run(command + ["build", script("_cli_main") + ":ffibuilder", "-o", tmp_path],
                       env=environment)
    assert done.stdout.strip().endswith("_cli_main" + shared_suffix())
    done = support.run(command, check=False, env=environment)
    assert done.returncode == 2 and "usage: python -m cffi_like" in done.stdout


def test_one_file_for_both(tmp_path, capsys):
    """The declarations and the source cannot be one file: exit status 1."""
    path = tmp_path / "both.txt"
    path.write_text("int f(void);")
    assert main(["gen-src", "read-sources", "m", str(path), str(path), str(tmp_path / "o.c")]) == 1
    assert "are the same file" in capsys.readouterr().err


def test_standard_streams(tmp_path, capsys, monkeypatch):
    """`-` is standard input for one of the two files, and standard output."""
    (tmp_path / "src.c").write_text("static int nine(void) { return 9; }")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.StringIO("int nine(void);"))
    assert main(["gen-src", "read-sources", "_cli_nine", "-", "src.c", "-"]) == 0
    assert "nine" in capsys.readouterr().out
    assert os.listdir() == ["src.c"]


def test_what_an_ffi_refuses_is_one_line(script, tmp_path, capsys):
    """An FFI without set_source() is a mistake like others: no traceback."""
    path = script("_cli_none", "from cffi_like import FFI\nffibuilder = FFI()\n")
    assert main(["gen-src", "exec-python", path, str(tmp_path / "o.c")]) == 1
    err = capsys.readouterr().err
    assert "set_source() must be called" in err and err.count("\n") == 1
