"""Promises of the loader: where libraries are searched, and that a class finds its library."""

import os
import shutil

import pytest
import support
from cpp_dictionaries import build_tables, fixture_library

import cppbind
from cppbind.errors import DictionaryError
from cppbind.loader import find_library


def test_missing_dictionary_says_where_it_was_looked_for(tmp_path):
    """A dictionary that is nowhere is a DictionaryError (a RuntimeError) with the folders."""
    cppbind.add_library_path(tmp_path)
    with pytest.raises(RuntimeError) as caught:
        cppbind.load_reflection_info("libNoSuchDict.so")
    assert isinstance(caught.value, DictionaryError)
    assert "libNoSuchDict.so" in str(caught.value) and str(tmp_path) in str(caught.value)


def test_missing_path():
    """A path is taken as it is."""
    with pytest.raises(DictionaryError):
        cppbind.load_reflection_info("/no/such/folder/libXDict.so")


def test_path_objects_and_repetition():
    """Paths may be path objects; loading twice does nothing."""
    from pathlib import Path

    from cppbind.runtime.state import registry
    path = Path(fixture_library("Histogram"))
    cppbind.load_reflection_info(path)
    count = len(registry.dictionaries)
    cppbind.load_reflection_info(str(path))
    cppbind.load_reflection_info(os.path.relpath(str(path)))
    assert len(registry.dictionaries) == count


def test_relative_to_the_current_folder(tmp_path, monkeypatch):
    """A bare name is found in the current folder."""
    shutil.copy(fixture_library("MyClass"), tmp_path / "libHereDict.so")
    monkeypatch.chdir(tmp_path)
    assert find_library("libHereDict.so") == str(tmp_path / "libHereDict.so")


def test_library_path_and_environment(tmp_path, monkeypatch):
    """add_library_path comes before LD_LIBRARY_PATH; name endings may be left out."""
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
        shutil.copy(fixture_library("MyClass"), folder / "libSomewhereDict.so")
    monkeypatch.setenv("LD_LIBRARY_PATH", str(second))
    assert find_library("libSomewhereDict.so") == str(second / "libSomewhereDict.so")
    cppbind.add_library_path(str(first))
    assert find_library("libSomewhereDict.so") == find_library("SomewhereDict") == str(first / "libSomewhereDict.so")


def test_library_path_must_be_a_folder(tmp_path):
    """A folder that is not there is an error at once."""
    with pytest.raises(OSError):
        cppbind.add_library_path(tmp_path / "nothing")


@pytest.mark.parametrize("name", ["z", "libz", "m", "libz.so.1"])
def test_bare_names_of_the_system(name):
    """A library of the system goes by the name that the linker's -l has, with or without "lib"."""
    assert cppbind.load_library(name) is True


def test_load_library():
    """load_library makes the functions of a library available; failure is a RuntimeError that names it."""
    library = support.compile_shared("int loaded_answer(void) { return 42; }", name="loaded")
    assert cppbind.load_library(library) is True
    with pytest.raises(RuntimeError) as caught:
        cppbind.load_library("libnosuchlibrary.so")
    assert "libnosuchlibrary.so" in str(caught.value)


def test_functions_defined_in_another_library(tmp_path):
    """A function that is only declared in the header is found in a library that is loaded."""
    (tmp_path / "ext.h").write_text("int ext_twice(int i); extern int ext_value;")
    library = support.compile_shared("int ext_twice(int i) { return 2 * i; } int ext_value = 5;", name="ext",
                                     language="c++")
    built, _tables = build_tables("int ext_twice(int i); extern int ext_value; struct ExtOther { int i = 1; };", tmp_path)
    cppbind.load_reflection_info(built.library)
    assert cppbind.gbl.ExtOther().i == 1
    cppbind.load_library(library)
    assert cppbind.gbl.ext_twice(4) == 8 and cppbind.gbl.ext_value == 5
    cppbind.gbl.ext_value = 6
    assert cppbind.gbl.ext_value == 6


def test_missing_dependency(tmp_path):
    """A library that the dynamic loader refuses is a DictionaryError with the loader's words."""
    source = "extern int not_there(void); int f(void) { return not_there(); }"
    library = support.compile_shared(source, name="dependent", link_flags=["-Wl,-z,now"])
    with pytest.raises(DictionaryError) as caught:
        cppbind.load_reflection_info(library)
    assert "not_there" in str(caught.value)


def test_class_loader(tmp_path):
    """With a map file in a library folder a class finds its dictionary by itself."""
    built, _tables = build_tables("namespace auto_ns { struct Found { int i = 12; }; } struct AutoTop { int j = 13; };",
                                  tmp_path)
    assert any(name.endswith(".rootmap") for name in os.listdir(tmp_path))
    with pytest.raises(AttributeError):
        cppbind.gbl.AutoTop
    cppbind.add_library_path(tmp_path)
    assert cppbind.gbl.AutoTop().j == 13
    assert cppbind.gbl.auto_ns.Found().i == 12


def test_map_file_by_hand(tmp_path):
    """add_autoload_map takes a map from anywhere; nonsense in it is passed over."""
    built, _tables = build_tables("struct HandMapped { int i = 14; };", tmp_path)
    target = tmp_path / "maps"
    target.mkdir()
    (target / "my.map").write_text("# comment\nnonsense\n[ %s ]\nclass HandMapped\nheader x.h\n\n[ ]\nclass\n"
                                   % built.library)
    cppbind.add_autoload_map(target / "my.map")
    assert cppbind.gbl.HandMapped().i == 14
    with pytest.raises(OSError):
        cppbind.add_autoload_map(target / "none.map")


def test_failed_load_leaves_everything_usable(tmp_path):
    """After an error, what was loaded before works, and the next load too."""
    cppbind.load_reflection_info(fixture_library("MyClass"))
    (tmp_path / "libBad.so").write_bytes(b"\x7fELF" + b"\0" * 100)
    with pytest.raises(DictionaryError):
        cppbind.load_reflection_info(tmp_path / "libBad.so")
    assert cppbind.gbl.MyClass(2).GetMyInt() == 2
    cppbind.load_reflection_info(fixture_library("Shapes"))


def test_map_of_a_library_that_is_gone(tmp_path):
    """A name that a map file promises, of a library that is not there, is an error that names map and library; maps that
    hold anything else do no harm."""
    (tmp_path / "libGone.rootmap").write_text("[ libGone.so ]\nclass gone::Gone\nnamespace gone\nclass Lost\n")
    (tmp_path / "libNoise.rootmap").write_bytes(bytes(range(256)) + b"\n[ x\nclass\n]\nclass [\n")
    code = """
        import cppbind
        for name in ("Lost", "Other"):
            try:
                getattr(cppbind.gbl, name)
            except AttributeError as error:
                print(error)
    """
    said = support.run_python(code, env={"LD_LIBRARY_PATH": str(tmp_path), "PYTHONPATH": support.package_folder()}).stdout
    lost, other = said.splitlines()
    assert "no 'Lost'" in lost and "libGone.rootmap names libGone.so, which is not found" in lost
    assert "no 'Other'" in other and "rootmap" not in other
