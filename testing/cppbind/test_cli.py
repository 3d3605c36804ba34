"""Promises of `python -m cppbind`: build, genreflex, their options, exit status and messages."""

import os
import subprocess
import sys

import pytest
import support
from cpp_dictionaries import Tables

from cppbind.cli import main


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working directory with a header in it."""
    (tmp_path / "event.h").write_text(
        "#ifdef EXTRA\nstruct Extra { int v[EXTRA]; };\n#endif\n#ifndef GONE\nstruct Gone {};\n#endif\n"
        "struct Event { int id; void f(int x) {} class P {}; private: struct H {}; public: H *h() { return 0; } };\n"
        "struct Other {};\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_build_from_the_command_line(folder):
    """`python -m cppbind build` in a process of its own writes library and map file, and says so."""
    done = support.run([sys.executable, "-m", "cppbind", "build", "event.h", "-o", "libEventDict.so"], cwd=str(folder))
    assert done.stdout.endswith("libEventDict.so: 4 classes\n")
    assert Tables(str(folder / "libEventDict.so")).lookup("Event")
    assert (folder / "libEventDict.rootmap").exists()


def test_default_output(folder):
    """Without -o the library is named after the header."""
    assert main(["build", "event.h", "-q"]) == 0
    assert (folder / ("libeventDict" + support.SHARED_SUFFIX)).exists()


def test_preprocessor_options(folder, capsys):
    """-D and -U, joined or apart, and --std reach both the reading and the compiling."""
    assert main(["build", "event.h", "-DEXTRA=3", "-D", "GONE", "-U", "__linux__", "--std=c++20", "-o", "libE.so"]) == 0
    assert capsys.readouterr().out == "libE.so: 4 classes\n"
    tables = Tables(str(folder / "libE.so"))
    assert tables.scope("Extra").size == 12 and tables.lookup("Gone") is None


def test_selection_option(folder, capsys):
    """-s chooses; what its rules do not find is a warning."""
    (folder / "s.xml").write_text('<lcgdict><class name="Other"/><class name="Nope"/></lcgdict>')
    assert main(["build", "event.h", "-s", "s.xml", "-o", "libE.so"]) == 0
    captured = capsys.readouterr()
    assert captured.out == "libE.so: 1 class\n"
    assert 'warning: s.xml: <class name="Nope"> matches nothing in the headers' in captured.err


def test_verbose_names_what_is_left_out(folder, capsys):
    """-v tells which functions cannot be called, with place and reason; without it they are counted; -q is silent."""
    assert main(["build", "event.h", "-o", "libE.so"]) == 0
    assert capsys.readouterr().err == (
        "cppbind: note: 1 declaration cannot be used from Python; -v tells which, and why\n")
    assert main(["build", "event.h", "-o", "libE.so", "-q"]) == 0
    assert capsys.readouterr() == ("", "")
    assert main(["build", "event.h", "-o", "libE.so", "-v"]) == 0
    assert "event.h:7:86: 'Event::H *Event::h()' is not available: it returns the private type 'Event::H'" \
        in capsys.readouterr().err


def test_source_is_kept_on_request(folder):
    """--source keeps the generated C++."""
    assert main(["build", "event.h", "-o", "libE.so", "-q", "--source", "kept.cpp"]) == 0
    assert '#include "event.h"' in (folder / "kept.cpp").read_text()


def test_broken_header(folder, capsys):
    """A header that does not parse: the compiler's message on standard error, status 1, no output."""
    (folder / "broken.h").write_text("struct X {\n  int a\n};\n")
    assert main(["build", "broken.h", "-o", "libB.so"]) == 1
    assert capsys.readouterr().err.startswith("cppbind: error: broken.h:2:8: expected ';'")
    assert not (folder / "libB.so").exists()


def test_missing_files(folder, capsys):
    """Missing headers and selection files are named."""
    assert main(["build", "none.h"]) == 1
    assert "'none.h' file not found" in capsys.readouterr().err
    assert main(["build", "event.h", "-s", "none.xml"]) == 1
    assert "none.xml: No such file" in capsys.readouterr().err
    assert main(["genreflex", "event.h", "-o", "no/such/folder/x.cpp"]) == 1
    assert "no/such/folder/x.cpp: No such file" in capsys.readouterr().err


def test_usage_errors(folder, capsys):
    """Wrong usage: status 2 and a hint."""
    for arguments in (["build"], ["build", "event.h", "--no-such-option"], ["frobnicate"]):
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        assert caught.value.code == 2
    assert main([]) == 2
    assert "usage: python -m cppbind" in capsys.readouterr().err


# ---- genreflex -----------------------------------------------------------------------

def test_genreflex_stops_at_the_source(folder):
    """genreflex writes a C++ file that compiles into a dictionary."""
    assert main(["genreflex", "event.h", "-o", "event_rflx.cpp", "--quiet"]) == 0
    assert sorted(os.listdir(folder)) == ["event.h", "event_rflx.cpp"]
    support.run(["g++", "-shared", "-fPIC", "event_rflx.cpp", "-o", "libEvent.so"], cwd=str(folder))
    assert Tables(str(folder / "libEvent.so")).lookup("Other")


def test_genreflex_default_output(folder):
    """Without -o each header gets a source named after it."""
    (folder / "second.h").write_text("struct Second {};")
    assert main(["genreflex", "event.h", "second.h"]) == 0
    assert {"event_rflx.cpp", "second_rflx.cpp"} <= set(os.listdir(folder))


def test_genreflex_rootmap(folder):
    """--rootmap writes the map file, --rootmap-lib names the library in it."""
    assert main(["genreflex", "event.h", "-o", "x.cpp", "--rootmap=x.rootmap", "--rootmap-lib=libX.so"]) == 0
    text = (folder / "x.rootmap").read_text()
    assert "[ libX.so ]" in text and "class Event\n" in text
    assert main(["genreflex", "event.h", "-o", "x.cpp", "--rootmap", "libY.rootmap"]) == 0
    assert "[ libY.so ]" in (folder / "libY.rootmap").read_text()


def test_genreflex_options_of_scripts(folder):
    """Build scripts written for genreflex run unchanged: long and short spellings, options that mean nothing here."""
    assert main(["genreflex", "event.h", "-o", "x.cpp", "--deep", "--debug", "--quiet", "--fail_on_warnings",
                 "--gccopt=-DEXTRA=2 -I. -std=c++14", "--multiDict", "--noIncludePaths", "-m", "some.pcm",
                 "-Wno-unused", "-fPIC", "-O2", "-std=c++14", "--capabilities=c.cc"]) == 0
    assert "struct" not in (folder / "x.cpp").read_text().split("#pragma")[0]
    assert "::Extra" in (folder / "x.cpp").read_text()


def test_genreflex_fail_on_warnings(folder, capsys):
    """With --fail_on_warnings a rule that matches nothing is an error and nothing is written."""
    (folder / "s.xml").write_text('<lcgdict><class name="Nope"/></lcgdict>')
    assert main(["genreflex", "event.h", "-s", "s.xml", "-o", "x.cpp", "--fail_on_warnings"]) == 1
    assert "Nope" in capsys.readouterr().err and not (folder / "x.cpp").exists()
    assert main(["genreflex", "event.h", "--selection_file=s.xml", "-o", "x.cpp"]) == 0


def test_help_lists_the_commands():
    """`--help` is of use."""
    done = subprocess.run([sys.executable, "-m", "cppbind", "--help"], stdout=subprocess.PIPE, check=True,
                          env=dict(os.environ))
    assert b"build" in done.stdout and b"genreflex" in done.stdout
