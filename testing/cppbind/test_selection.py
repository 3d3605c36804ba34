"""Promises of selection: the default, what rules name, what is needed besides, and malformed files."""

from pathlib import Path

import pytest

from cppbind import model
from cppbind.clang.parse import parse_headers
from cppbind.compiler import Options
from cppbind.errors import CppBindError, SelectionError
from cppbind.selection import Rule, parse_selection, read_selection, select

HEADER = """
#include "included.h"
namespace ns {
class Event : public Base { public: Hit hit; void debug(); void fill(int); void fill(double); int cache;
    struct Inner { int a; }; };
class Track {};
class Trick {};
enum Kind { kA };
inline int count(int x) { return x; }
inline int count(double x) { return 1; }
inline int other;
namespace deep { struct Hidden {}; }
}
class Outside {};
class Forward;
typedef ns::Track TrackAlias;
enum { kLoose };
ns::Track *pointer();
"""
INCLUDED = """
struct Base {}; struct Hit { Side side; }; struct Unneeded {};
"""


@pytest.fixture(scope="module")
def headers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("selection")
    (folder / "event.h").write_text(HEADER)
    (folder / "included.h").write_text("#pragma once\nenum Side { kLeft };" + INCLUDED)
    return parse_headers(["event.h"], Options(include_dirs=(str(folder),)))


def chosen(headers, text=None):
    """(sorted qualified names of what is chosen, unused rules)"""
    selection = None if text is None else parse_selection("<lcgdict>%s</lcgdict>" % text)
    result, unused = select(headers, selection)
    names = []
    for namespace in model.walk_namespaces(result.root):
        for declared in (namespace.classes, namespace.functions, namespace.variables, namespace.enums,
                         namespace.typedefs):
            names += [declaration.qualified_name for declaration in declared]
    return sorted(names), unused


def test_default_is_what_the_headers_declare(headers):
    """Everything in the given header; of the included one only what that needs; nothing that is only declared."""
    names, unused = chosen(headers)
    assert names == sorted([
        "ns::Event", "ns::Track", "ns::Trick", "ns::Kind", "ns::count", "ns::count", "ns::other", "ns::deep::Hidden",
        "Outside", "TrackAlias", "", "pointer", "Base", "Hit", "Side"])
    assert unused == []


def test_class_by_name_brings_what_it_needs(headers):
    """Bases and types of members come along, and what those need in turn; pointers' targets do not."""
    assert chosen(headers, '<class name="ns::Event"/>')[0] == ["Base", "Hit", "Side", "ns::Event"]
    assert chosen(headers, '<function name="pointer"/>')[0] == ["pointer"]


def test_pattern(headers):
    """'*' stands for any characters."""
    assert chosen(headers, '<class pattern="ns::Tr*k"/>')[0] == ["TrackAlias", "ns::Track", "ns::Trick"]


def test_every_kind_of_rule(headers):
    """function, variable, enum, typedef, struct, namespace."""
    assert chosen(headers, '<function name="ns::count"/>')[0] == ["ns::count", "ns::count"]
    assert chosen(headers, '<variable name="ns::other"/>')[0] == ["ns::other"]
    assert chosen(headers, '<enum name="ns::Kind"/>')[0] == ["ns::Kind"]
    assert chosen(headers, '<enum name="kLoose"/>')[0] == [""]
    assert chosen(headers, '<typedef name="TrackAlias"/>')[0] == ["TrackAlias", "ns::Track"]
    assert chosen(headers, '<struct name="Outside"/>')[0] == ["Outside"]
    assert chosen(headers, '<namespace name="ns::deep"/>')[0] == ["ns::deep::Hidden"]
    assert "ns::deep::Hidden" in chosen(headers, '<namespace name="ns"/>')[0]


def test_prototype_picks_one_overload(headers):
    """proto_name tells overloads apart, blanks aside."""
    selection = parse_selection('<lcgdict><function proto_name="ns::count( double )"/></lcgdict>')
    result, _ = select(headers, selection)
    function, = result.root.namespaces[0].functions
    assert function.parameters[0].type.spelling == "double"


def test_class_by_its_typedef(headers):
    """A class may be named by a typedef."""
    assert chosen(headers, '<class name="TrackAlias"/>')[0] == ["TrackAlias", "ns::Track"]


def test_nested_class_brings_the_outer(headers):
    """A nested class cannot stand without the class around it."""
    assert "ns::Event" in chosen(headers, '<class name="ns::Event::Inner"/>')[0]


def test_included_headers_can_be_selected(headers):
    """With a selection file the place does not matter, unless file_name says so."""
    assert chosen(headers, '<class name="Unneeded"/>')[0] == ["Unneeded"]
    assert chosen(headers, '<class pattern="*" file_name="included.h"/>')[0] == ["Base", "Hit", "Side", "Unneeded"]
    assert chosen(headers, '<class name="Unneeded" file_name="event.h"/>')[0] == []
    assert "Outside" in chosen(headers, '<class pattern="*" file_pattern="*/event.h"/>')[0]


def test_exclusion(headers):
    """What <exclusion> names is left out, even if it is needed."""
    names, _ = chosen(headers, '<namespace name="ns"/><exclusion><class name="ns::Tr*"/><class pattern="ns::Tr*"/>'
                               '<function name="ns::count"/><class name="Base"/></exclusion>')
    assert names == ["Hit", "Side", "ns::Event", "ns::Kind", "ns::deep::Hidden", "ns::other"]


def test_exclusion_of_members(headers):
    """Methods, fields and nested classes of a chosen class can be left out."""
    selection = parse_selection(
        '<lcgdict><class name="ns::Event"/><exclusion><class name="ns::Event"><method name="debug"/>'
        '<field name="cache"/></class><class name="ns::Event::Inner"/></exclusion></lcgdict>')
    result, _ = select(headers, selection)
    event, = result.root.namespaces[0].classes
    assert [function.name for function in event.functions] == ["fill", "fill"]
    assert [member.name for member in event.members] == ["hit"] and event.classes == ()


def test_names_are_compared_without_blanks(headers):
    """Blanks, and a leading '::', make no difference."""
    assert Rule("class", name="::std::map< int , A* >").matches("std::map<int, A *>")
    assert chosen(headers, '<class name=" ns::Track "/>')[0] == ["TrackAlias", "ns::Track"]


def test_unused_rules_are_reported(headers):
    """A rule that names nothing is handed back, for a warning."""
    _, unused = chosen(headers, '<class name="Outside"/><class name="Typo"/>')
    assert [str(rule) for rule in unused] == ['<class name="Typo">']


def test_rootdict_and_selection_elements(headers):
    """The other spellings of the root, nested <selection>, comments and a declaration are understood."""
    text = ('<?xml version="1.0"?>\n<!-- all -->\n<rootdict><selection><class name="Outside"/></selection>'
            '<ioread sourceClass="x"/></rootdict>')
    result, _ = select(headers, parse_selection(text))
    assert [cls.name for cls in result.root.classes] == ["Outside"]
    result, _ = select(headers, parse_selection('<selection><enum name="ns::Kind"/></selection>'))
    assert result.root.namespaces[0].enums[0].name == "Kind"


def test_empty_selection_chooses_nothing(headers):
    """An empty root is a selection of nothing."""
    assert chosen(headers, "") == ([], [])


@pytest.mark.parametrize("text, message", [
    ("<lcgdict><class name='X'></lcgdict>", "s.xml:1: mismatched tag"),
    ("<lcgdict>\n<class name=X/>\n</lcgdict>", "s.xml:2: not well-formed"),
    ("<lcgdict><klass name='X'/></lcgdict>", "unknown element <klass> in <lcgdict>"),
    ("<class name='X'/>", "<class> stands outside of <lcgdict>"),
    ("<other/>", "unknown element <other>"),
    ("<lcgdict><class/></lcgdict>", "<class> needs a name or a pattern"),
    ("<lcgdict><exclusion><class name='X'><method/></class></exclusion></lcgdict>", "<method> needs a name"),
    ("", "no <lcgdict>"),
])
def test_malformed_files(text, message, tmp_path):
    """A malformed file is one clear error with the file's name."""
    path = tmp_path / "s.xml"
    path.write_text(text)
    with pytest.raises(SelectionError) as caught:
        read_selection(str(path))
    assert message in str(caught.value).replace(str(tmp_path) + "/", "") and str(path) in str(caught.value)
    assert isinstance(caught.value, CppBindError)


def test_missing_file(tmp_path):
    """So is a file that is not there, or is no text."""
    with pytest.raises(SelectionError, match="No such file"):
        read_selection(str(tmp_path / "none.xml"))
    Path(tmp_path / "binary.xml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SelectionError, match="not UTF-8"):
        read_selection(str(tmp_path / "binary.xml"))
