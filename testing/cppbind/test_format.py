"""Promises of the format: one list of records, found by name; hashing; tables written and read back."""

import pytest
import support
from cpp_dictionaries import CPP_FIXTURES, Tables
from hand_dictionary import hand_dictionary

from cppbind import format as fmt
from cppbind.emit_tables import DictionaryTables


def test_every_range_has_its_count():
    """A 'first' field is followed by its 'count', and every table a field refers to exists."""
    for table in fmt.TABLES:
        for position, field in enumerate(table.fields or ()):
            if field.role == "first":
                after = table.fields[position + 1]
                assert after.role == "count" and after.name == field.name[:-len("first")] + "count"
            assert field.table is None or field.table in fmt.TABLE
        if table.fields:
            assert table.width == 4 * len(table.fields)
            assert fmt.FIELD_INDEX[table.name][table.fields[-1].name] == len(table.fields) - 1


def test_hash_is_fnv_1a():
    """The published test vectors of FNV-1a, 32 bit."""
    assert [fmt.name_hash(name) for name in ("", "a", "foobar")] == [0x811C9DC5, 0xE40C292C, 0xBF9CF968]


def test_enumerators_are_published():
    """Kinds count from 0, flags are single bits, and both have names for messages."""
    assert fmt.TYPE_UNKNOWN == 0 and fmt.TYPE_KINDS[fmt.TYPE_VOID] == "TYPE_VOID"
    assert all(bin(bit).count("1") == 1 for bit in fmt.FUNCTION_FLAGS) and fmt.FUNCTION_FLAGS[1] == "FUNCTION_CONST"


def test_unknown_field_is_an_error():
    """A record with a field that the format does not have is refused."""
    with pytest.raises(TypeError, match="table 'params' has no field typo"):
        DictionaryTables().add("params", name="x", typo=1)


def test_strings_and_numbers_are_shared():
    """The same text and the same expression are stored once."""
    tables = DictionaryTables()
    assert tables.string("x") == tables.string("x") == 1 and tables.string("") == tables.string(None) == 0
    assert tables.number("sizeof(int)") == tables.number("sizeof(int)") == 0


def test_a_dictionary_written_by_hand():
    """The tables alone make a dictionary: what was put in is read back, and the code it names is called."""
    library = support.compile_shared(hand_dictionary(), language="c++", flags=["-I" + str(CPP_FIXTURES)], name="hand")
    tables = Tables(library)
    assert [member.name for member in tables.range(tables.scope("MyClass"), "members")] == [
        "m_myint", "m_const", "m_ratio", "m_signed", "s_instances", "s_limit"]
    assert tables.lookup("MyClass") == (fmt.NAME_SCOPE, 1) and tables.lookup("Other") is None
    storage = tables.new("MyClass")
    tables.call("MyClass::MyClass()", "void(*)(void *)", storage)
    assert tables.call("int MyClass::GetMyInt() const", "int(*)(void *)", storage) == 5


def test_many_names_are_all_found():
    """Probing ends: every one of a thousand names is found, and none that is not there."""
    tables = DictionaryTables()
    tables.add("scopes", kind=fmt.SCOPE_NAMESPACE)
    for index in range(1000):
        tables.name("ns::Class%d" % index, fmt.NAME_TYPEDEF, index)
    read = Tables(support.compile_shared("#include <cstdint>\n" + tables.source(), language="c++", name="names"))
    assert all(read.lookup("ns::Class%d" % index) == (fmt.NAME_TYPEDEF, index) for index in range(1000))
    assert read.lookup("ns::Class1000") is None
