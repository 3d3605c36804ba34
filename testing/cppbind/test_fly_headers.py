"""Promises of headers that define functions and variables which are not inline: they are compiled once, as cppyy has it."""

import os

import pytest

import cppbind
from cppbind import gbl

PLAIN = """
#ifndef FLYHEAD_PLAIN
#define FLYHEAD_PLAIN
#include <string>
namespace flyhead {
static int hidden = 0;
int shown = 10;
const int limit = 5;
std::string started = std::to_string(++shown);          // an initializer that runs
int bump() { return ++hidden; }
inline int bump_twice() { bump(); return bump(); }
template <class T> T bumped(T by) { return by + bump(); }
struct Keeper {
    static int made;
    Keeper();
    virtual ~Keeper() {}
    virtual int value();
};
int Keeper::made = 0;
Keeper::Keeper() { ++made; }
int Keeper::value() { return hidden; }
}
#endif
"""
LEAF = """
#pragma once
namespace flyhead { struct Leaf { int size = 3; }; }
"""
ONCE = """
#pragma once
#include "sub/leaf.h"
namespace flyhead { static int turns = 0; int turn() { return ++turns + Leaf().size; } }
"""
AROUND = """
#pragma once
#include "once.h"
namespace flyhead { inline int turn_twice() { turn(); return turn(); } }
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("flyhead")
    (path / "sub").mkdir()
    for name, text in (("plain.h", PLAIN), ("sub/leaf.h", LEAF), ("once.h", ONCE), ("around.h", AROUND)):
        (path / name).write_text(text)
    cppbind.add_include_path(path)
    return path


def test_definitions_are_one(folder):
    """Functions, variables, static ones too, and members are the same for all code, however many units that makes."""
    cppbind.include(folder / "plain.h")
    space = gbl.flyhead
    assert space.bump() == 1 and space.bump_twice() == 3
    assert space.bumped[int](10) == 14 and space.bumped(0.5) == 5.5
    assert space.hidden == 5 and space.shown == 11 and space.started == "11" and space.limit == 5
    space.hidden = 20
    assert space.bump() == 21 and space.Keeper().value() == 21 and space.Keeper.made == 1

    class Mine(space.Keeper):
        def value(self):
            return super().value() + 1
    assert Mine().value() == 22
    assert gbl.std.vector[space.Keeper](2)[1].value() == 21
    cppbind.cppdef("namespace flyhead { int more() { return bump() + ++shown; } }")
    assert space.more() == 22 + 12 and space.shown == 12
    cppbind.include("plain.h")
    assert space.bump() == 23


def test_headers_that_are_read_once(folder):
    """`#pragma once` holds, for headers that others include and in another folder as well."""
    cppbind.cppdef('#include "once.h"\nnamespace flyhead { int first() { return turn(); } }')
    space = gbl.flyhead
    assert space.first() == 4 and space.Leaf().size == 3
    cppbind.include("around.h")
    assert space.turn_twice() == 6 and space.turn() == 7 and space.turns == 4
    cppbind.include("once.h")
    cppbind.include(os.fspath(folder / "sub" / "leaf.h"))
    assert space.turn() == 8


def test_c_headers_that_define(folder):
    """`c_include` gives such definitions C linkage."""
    (folder / "flyhead_c.h").write_text("int flyhead_calls = 0;\nint flyhead_c(int by) { return flyhead_calls += by; }\n")
    cppbind.c_include("flyhead_c.h")
    assert gbl.flyhead_c(2) == 2 and gbl.flyhead_c(3) == 5 and gbl.flyhead_calls == 5


def test_declarations_stay_declarations(folder):
    """A header that leaves its definitions to a library is only read: what no library has says so when it is called."""
    (folder / "flyhead_declared.h").write_text(
        "int flyhead_nowhere(int a, const char *text = \"a { b\");\nextern int flyhead_variable;\n"
        "const char *const flyhead_name = \"name\";\ninline int flyhead_here() { return 1; }\n")
    cppbind.include("flyhead_declared.h")
    assert gbl.flyhead_here() == 1 and gbl.flyhead_name == "name"
    with pytest.raises(TypeError, match="no loaded library defines it"):
        gbl.flyhead_nowhere(1)


def test_errors_in_such_headers(folder):
    """A header with errors is an ImportError with the place, and nothing of it stays."""
    (folder / "flyhead_bad.h").write_text("int flyhead_good() { return 1; }\nint flyhead_bad() { return 1 }\nint = 2;\n")
    with pytest.raises(ImportError, match="flyhead_bad.h:3"):
        cppbind.include("flyhead_bad.h")
    assert not hasattr(gbl, "flyhead_good")
