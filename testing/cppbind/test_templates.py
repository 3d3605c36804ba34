"""Promises of class templates: instances named in a selection, found by subscription, errors that help."""

import pytest
from cpp_dictionaries import build_tables, parse
from cpp_runtime import load, load_text

import cppbind
from cppbind.selection import parse_selection

HEADER = """
#pragma once
#include <map>
#include <string>
#include <vector>
namespace tpl {
/// One event.
struct Event { int id = 7; };
template <class T, int N = 2> struct Grid { T cells[N]; int size() const { return N; } };
using Names = std::vector<std::string>;
typedef std::vector<unsigned short> Marks;
inline int plain() { return 1; }
}
"""
SELECTION = """
<lcgdict>
  <!-- a "quoted" remark -->
  <class name="std::vector<short>"/>
  <class name="std::map< std::string , tpl::Event >"/>
  <class name='std::vector<tpl::Event, std::allocator<tpl::Event>>'/>
  <class name="tpl::Grid&lt;float, 3&gt;"/>
  <typedef name="tpl::Names"/>
  <typedef name="tpl::Marks"/>
  <class name="std::vector<tpl::NoSuchThing>"/>
</lcgdict>
"""


@pytest.fixture(scope="module")
def gbl(tmp_path_factory):
    folder = tmp_path_factory.mktemp("templates")
    (folder / "selection.xml").write_text(SELECTION)
    return load_text(HEADER, folder, selection=str(folder / "selection.xml"))


def test_named_instances(gbl):
    """What a selection names is there, with what it holds; default arguments and blanks do not matter."""
    assert gbl.std.vector["short"]([1, 2]) == [1, 2]
    events = gbl.std.map["std::string", gbl.tpl.Event]()
    events["a"] = gbl.tpl.Event()
    assert events["a"].id == 7
    assert len(gbl.std.vector[gbl.tpl.Event]([gbl.tpl.Event()])) == 1
    assert gbl.tpl.Grid["float", 3]().size() == 3


def test_unmatched_name_is_a_warning(tmp_path):
    """A type that does not exist is reported, and costs itself alone."""
    (tmp_path / "selection.xml").write_text(SELECTION)
    built, _tables = build_tables(HEADER, tmp_path, selection=str(tmp_path / "selection.xml"))
    warning, = [text for text in built.warnings if "matches nothing" in text]
    assert "std::vector<tpl::NoSuchThing>" in warning


def test_selection_takes_raw_angle_brackets():
    """Attributes may hold '<', as genreflex allows it."""
    assert parse_selection('<lcgdict><class name="A<B<int>>"/></lcgdict>').rules[0].name == "A<B<int>>"


@pytest.mark.parametrize("arguments", ["short", "short int", " short "])
def test_spellings(gbl, arguments):
    """Other ways to write a type find the same class."""
    assert gbl.std.vector[arguments] is gbl.std.vector["short"]


def test_inline_namespaces_and_defaults(gbl):
    """__cxx11, std::string's own template and default arguments are seen through."""
    Map = gbl.std.map[str, gbl.tpl.Event]
    assert Map is gbl.std.map["std::__cxx11::basic_string<char>", "tpl::Event", "std::less<std::string>"]
    assert Map.__cpp_name__ == "std::map<std::string, tpl::Event>"


def test_call_form_and_deduction():
    """template(type) is the class; template(values) an object, by the type of the first item."""
    std = load("Library").std
    assert std.vector(int) is std.vector[int] is std.vector["int"]
    assert std.vector([1.5]).__class__ is std.vector["double"] and std.map({"a": 1}) == {"a": 1}
    with pytest.raises(TypeError):
        std.vector([])


def test_missing_instance_tells_what_to_do(gbl):
    """TypeError that names what to write into the selection, and what there is."""
    with pytest.raises(TypeError) as caught:
        gbl.std.vector["tpl::Missing"]
    assert '<class name="std::vector<tpl::Missing>"/>' in str(caught.value) and "std::vector<short>" in str(caught.value)
    with pytest.raises(TypeError):
        gbl.std.vector[object()]


def test_typedef_is_the_class(gbl):
    """An alias is a plain reference to the same class."""
    assert gbl.tpl.Names is gbl.std.vector["std::string"]
    assert gbl.tpl.Marks is gbl.std.vector["unsigned short"] and gbl.tpl.Marks([1]) == [1]
    assert load("Library").lib.Events is load("Library").std.vector["lib::Ev"]


def test_doc_comments(gbl):
    """Doc comments reach __doc__."""
    assert gbl.tpl.Event.__doc__ == "One event."


def test_templates_are_told(gbl):
    """A template has a name, a repr and a doc string."""
    assert repr(gbl.std.vector) == "<C++ class template 'std::vector'>" and gbl.std.vector.__name__ == "vector"


def test_std_is_always_there():
    """Known templates are there before any dictionary has an instance."""
    assert repr(cppbind.gbl.std.deque) == "<C++ class template 'std::deque'>"


def test_members_by_probe():
    """Members have concrete types; allocators and implementation types do not show."""
    headers = parse("#include <vector>\ninline int f(const std::vector<long> &v) { return v.size(); }")
    std, = [space for space in headers.root.namespaces if space.name == "std"]
    vector, = [cls for cls in std.classes if cls.qualified_name == "std::vector<long>"]
    signatures = {(function.name, tuple(parameter.type.spelling for parameter in function.parameters))
                  for function in vector.functions}
    assert {("push_back", ("const long &",)), ("at", ("unsigned long",)), ("vector", ("unsigned long",))} <= signatures
    assert not any("alloc" in parameter or "std::_" in parameter for _name, types in signatures for parameter in types)
