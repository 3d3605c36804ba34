"""Promises of the cache: private, bounded, safe between processes, and a warm one needs neither clang nor a compiler."""

import os
import stat
import subprocess
import sys

import pytest
import support

from cppbind.errors import CacheError
from cppbind.fly import cache as store
from cppbind.fly.cache import Cache

# The process may use the cache alone: no tool can be started, no libclang be found.
WITHOUT_TOOLS = """
import subprocess, sys
def refuse(*arguments, **keywords):
    raise AssertionError("a tool was started: %r" % (arguments,))
import cppbind.clang.library
cppbind.clang.library.load = refuse
subprocess.run = subprocess.Popen = refuse
"""
PROGRAM = """
import cppbind
cppbind.add_include_path(FOLDER)
cppbind.include("warm.h")
cppbind.cppdef("struct Warm { int x = 4; }; template <class T> T warm_twice(T t) { return t + t; }")
gbl = cppbind.gbl
print(gbl.Warm().x, gbl.warm_value(), list(gbl.std.vector["short"]([1, 2])), gbl.std.map({"a": 1})["a"],
      hasattr(gbl, "nowhere"), cppbind.macro("WARM_MACRO"))
"""


def run(program, cache, folder, check=True, **more):
    environment = dict(PYTHONPATH=support.package_folder(), CPPBIND_CACHE=str(cache), **more)
    return support.run_python(program.replace("FOLDER", repr(str(folder))), check=check, env=environment).stdout.strip()


def test_a_second_process_needs_no_tools(tmp_path):
    """What one process compiled another one loads, without parsing or compiling anything; a changed header is seen."""
    header = tmp_path / "warm.h"
    header.write_text("#define WARM_MACRO 7\n#include \"inner.h\"\n")
    (tmp_path / "inner.h").write_text("inline int warm_value() { return 1; }\n")
    first = run(PROGRAM, os.environ["CPPBIND_CACHE"], tmp_path)
    assert first == "4 1 [1, 2] 1 False 7"
    assert run(WITHOUT_TOOLS + PROGRAM, os.environ["CPPBIND_CACHE"], tmp_path) == first
    # A new date alone changes nothing, a new text of a header that a header includes does.
    os.utime(header, (1, 1))
    assert run(WITHOUT_TOOLS + PROGRAM, os.environ["CPPBIND_CACHE"], tmp_path) == first
    (tmp_path / "inner.h").write_text("inline int warm_value() { return 2; }\n")
    assert run(PROGRAM, os.environ["CPPBIND_CACHE"], tmp_path) == "4 2 [1, 2] 1 False 7"


def test_processes_share_the_work(tmp_path):
    """Several processes that want the same at once all get it."""
    program = ("import cppbind\ncppbind.cppdef('struct Together%d { long n = 11; };')\n"
               "print(cppbind.gbl.Together%d().n)" % (os.getpid(), os.getpid()))
    environment = dict(os.environ, PYTHONPATH=support.package_folder())
    processes = [subprocess.Popen([sys.executable, "-c", program], env=environment, cwd=str(tmp_path),
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for _ in range(3)]
    assert [process.communicate()[0].decode().strip() for process in processes] == ["11"] * 3


def test_made_private(tmp_path):
    """The folder is made for its user alone."""
    cache = Cache(tmp_path / "new" / "cache")
    cache.write("name", {"a": 1})
    assert stat.S_IMODE(os.stat(str(tmp_path / "new" / "cache")).st_mode) == 0o700
    assert cache.read("name") == {"a": 1} and cache.read("other") is None


def test_refuses_what_others_can_write(tmp_path):
    """No code is loaded from a folder that others can write to, or replace."""
    folder = tmp_path / "open"
    folder.mkdir(mode=0o700)
    folder.chmod(0o770)
    with pytest.raises(CacheError, match="others can write to the cache '.*open' \\(mode 770\\)"):
        Cache(folder).folder()
    folder.chmod(0o700)
    tmp_path.chmod(0o777)
    with pytest.raises(CacheError, match="others can replace the cache"):
        Cache(folder).folder()
    tmp_path.chmod(0o700)
    (tmp_path / "link").symlink_to(folder)
    with pytest.raises(CacheError, match="is no folder"):
        Cache(tmp_path / "link").folder()
    assert Cache(folder).folder() == str(folder)
    output = run("import cppbind; cppbind.cppdef('int x;')", tmp_path / "link", tmp_path, check=False)
    assert "cppbind.errors.CacheError" in output


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
def test_refuses_what_others_own(tmp_path):
    """No code is loaded from a folder that belongs to another user."""
    folder = tmp_path / "theirs"
    folder.mkdir(mode=0o700)
    os.chown(str(folder), 12345, 12345)
    with pytest.raises(CacheError, match="belongs to another user \\(12345\\)"):
        Cache(folder).folder()


def test_place(monkeypatch):
    """CPPBIND_CACHE, else XDG_CACHE_HOME, else ~/.cache."""
    monkeypatch.setenv("CPPBIND_CACHE", "/some/where")
    assert store.place() == "/some/where"
    monkeypatch.delenv("CPPBIND_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/xdg")
    assert store.place() == "/xdg/cppbind"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", "/home/me")
    assert store.place() == "/home/me/.cache/cppbind"


def test_bounded(tmp_path, monkeypatch):
    """What was used longest ago goes first when the cache is too large."""
    cache = Cache(tmp_path / "cache")
    for age, name in enumerate(("new", "middle", "old")):
        with open(cache.file(name, ".so"), "wb") as file:
            file.write(b"x" * 1000)
        cache.write(name, {})
        for suffix in (".so", ".json"):
            os.utime(cache.file(name, suffix), (10000 - age, 10000 - age))
    cache.read("old")                           # using an entry keeps it
    cache.trim(2100)
    assert sorted(name for name, _size, _used in cache.entries()) == ["new", "old"]
    monkeypatch.setenv("CPPBIND_CACHE_SIZE", "0.001")
    cache.trim()
    assert [name for name, _size, _used in cache.entries()] == ["old"]
    monkeypatch.setenv("CPPBIND_CACHE_SIZE", "much")
    with pytest.raises(CacheError, match="is a number of megabytes, not 'much'"):
        cache.trim()


def test_damaged_entries_are_made_anew(tmp_path):
    """A file that is damaged, or half of an entry, is as good as none."""
    program = "import cppbind; cppbind.cppdef('int damaged() { return 5; }'); print(cppbind.gbl.damaged())"
    cache = tmp_path / "cache"
    assert run(program, cache, tmp_path) == "5"
    for path in cache.iterdir():
        if path.suffix == ".so":
            path.unlink()
    assert run(program, cache, tmp_path) == "5"
    for path in cache.iterdir():
        if path.suffix == ".json":
            path.write_text("{")
    assert run(program, cache, tmp_path) == "5"


def test_command_line(tmp_path):
    """`python -m cppbind cache` shows and clears it."""
    cache = Cache(tmp_path / "cache")
    cache.write("entry", {})
    environment = {"CPPBIND_CACHE": cache.path, "PYTHONPATH": support.package_folder()}

    def command(*words):
        return support.run([sys.executable, "-m", "cppbind", "cache"] + list(words),
                           env=dict(os.environ, **environment), cwd=str(tmp_path)).stdout
    assert "%s: 1 entries, 0.0 of at most 2048 MB" % cache.path in command()
    assert "entry" in command("-v")
    assert "1 entries removed" in command("--clear")
    assert cache.entries() == []


def test_standard_of_dictionaries(tmp_path):
    """STDCXX is the standard of dictionaries, too, unless --std names another."""
    (tmp_path / "standard.h").write_text("inline long standard() { return __cplusplus; }\n")
    for words, expected in (([], "202002"), (["--std", "c++17"], "201703")):
        support.run([sys.executable, "-m", "cppbind", "build", "standard.h", "-o", "s.so", "-q"] + words,
                    env=dict(os.environ, PYTHONPATH=support.package_folder(), STDCXX="20"), cwd=str(tmp_path))
        output = support.run_python("import cppbind; cppbind.load_reflection_info(%r); print(cppbind.gbl.standard())"
                                    % str(tmp_path / "s.so"), env={"PYTHONPATH": support.package_folder()}).stdout
        assert output.strip() == expected
