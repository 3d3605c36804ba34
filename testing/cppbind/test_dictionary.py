"""Promises of the dictionary reader: what it gives, and that no file can harm it."""

import random
import shutil
import struct

import pytest
import support
from cpp_dictionaries import CPP_FIXTURES, fixture_library

import cppbind
from cppbind import format as fmt
from cppbind.dictionary import Dictionary
from cppbind.library_check import check_library
from cppbind.emit_tables import DictionaryTables
from cppbind.errors import DictionaryError


@pytest.fixture(scope="module")
def path():
    return fixture_library("MyClass")


@pytest.fixture(scope="module")
def content(path):
    with open(path, "rb") as file:
        return file.read()


@pytest.fixture
def patched(content, tmp_path):
    """A copy of the dictionary with bytes replaced: patched({offset: bytes}), offsets from the header's magic."""
    start = content.index(fmt.MAGIC + struct.pack("=I", fmt.VERSION))

    def patch(changes, absolute=False):
        data = bytearray(content)
        for offset, value in changes.items():
            at = offset if absolute else start + offset
            data[at:at + len(value)] = value
        # Every copy needs a name of its own: the dynamic loader knows libraries by file.
        target = tmp_path / ("libPatched%d.so" % random.getrandbits(60))
        target.write_bytes(bytes(data))
        return str(target)

    return patch


def tables_library(tables, name, code=""):
    """A dictionary with these tables, compiled."""
    source = "#include <cstdint>\n#include <cstddef>\n" + code + tables.source()
    return support.compile_shared(source, name=name, language="c++")


# ---- reading -------------------------------------------------------------------------

def test_reads_records(path):
    """Records have their fields as attributes, with strings decoded."""
    dictionary = Dictionary(path)
    kind, index = dictionary.find("MyClass")
    scope = dictionary.record("scopes", index)
    assert kind == fmt.NAME_SCOPE and scope.name == "MyClass" and scope.kind == fmt.SCOPE_CLASS
    names = [member.name for member in dictionary.records("members", scope.members_first, scope.members_count)]
    assert names[:2] == ["m_myint", "m_const"]
    assert dictionary.number(scope.size) >= 40 and "MyClass" in repr(scope)


def test_finds_names_by_hash(path):
    """A name is found, another one is not."""
    dictionary = Dictionary(path)
    assert dictionary.find("MyClas") is None and dictionary.find("") is None and dictionary.find("MyClass::x") is None


def test_addresses_are_resolved_when_asked_for(path):
    """The slots of a scope are filled by its own function."""
    dictionary = Dictionary(path)
    scope = dictionary.record("scopes", dictionary.find("MyClass")[1])
    addresses = [dictionary.slot(scope, slot)[0] for slot in range(scope.slot_count)]
    assert any(addresses) and dictionary.slot(scope, fmt.NONE) == (0, 0)
    with pytest.raises(DictionaryError):
        dictionary.slot(scope, scope.slot_count)


def test_indices_are_checked(path):
    """An index outside of its table is a DictionaryError that names file, table and both numbers."""
    dictionary = Dictionary(path)
    count = dictionary.count("members")
    for use in (lambda: dictionary.record("members", count), lambda: dictionary.records("members", 0, count + 1),
                lambda: dictionary.records("members", count, 1), lambda: dictionary.record("members", 2**32 - 2)):
        with pytest.raises(DictionaryError) as caught:
            use()
        assert "members" in str(caught.value) and str(count) in str(caught.value) and path in str(caught.value)
    for use in (lambda: dictionary.string(2**31), lambda: dictionary.number(2**31)):
        with pytest.raises(DictionaryError):
            use()
    assert dictionary.record("members", fmt.NONE) is None and dictionary.number(fmt.NONE, 7) == 7


def test_abi_and_generator_are_told(path):
    """A dictionary says who made it and for what."""
    dictionary = Dictionary(path)
    assert dictionary.abi.startswith("itanium:") and dictionary.generator.startswith("cppbind ")


# ---- files that are no dictionaries -------------------------------------------------------

def test_text_file(tmp_path):
    """A file that is no library is refused by its first bytes."""
    target = tmp_path / "libText.so"
    target.write_text("this is no library")
    with pytest.raises(DictionaryError) as caught:
        cppbind.load_reflection_info(target)
    assert "b'this'" in str(caught.value) and str(target) in str(caught.value)


def test_empty_file(tmp_path):
    """So is an empty one."""
    target = tmp_path / "libEmpty.so"
    target.write_bytes(b"")
    with pytest.raises(DictionaryError):
        cppbind.load_reflection_info(target)


def test_library_without_dictionary():
    """A library without the symbol is refused, and the symbol named."""
    library = support.compile_shared("int f(void) { return 1; }", name="nodictionary")
    with pytest.raises(DictionaryError) as caught:
        cppbind.load_reflection_info(library)
    assert fmt.SYMBOL in str(caught.value)


@pytest.mark.parametrize("part", [0.0005, 0.002, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 0.9999])
def test_truncated_file(content, tmp_path, part):
    """A truncated dictionary is an exception that names both sizes, not a crash."""
    target = tmp_path / "libTruncated.so"
    size = int(len(content) * part)
    target.write_bytes(content[:size])
    with pytest.raises(DictionaryError) as caught:
        cppbind.load_reflection_info(target)
    assert str(size) in str(caught.value) or size < 4


def test_other_processor(patched):
    """A library for another processor is refused before it is opened."""
    with pytest.raises(DictionaryError) as caught:
        check_library(patched({18: struct.pack("<H", 40)}, absolute=True))
    assert "arm" in str(caught.value)


def test_executable_or_object_file(patched):
    """An ELF file that is no shared library is refused."""
    with pytest.raises(DictionaryError) as caught:
        check_library(patched({16: struct.pack("<H", 1)}, absolute=True))
    assert "type is 1" in str(caught.value)


def test_damaged_elf_headers(content, tmp_path):
    """Random damage to the ELF headers gives an exception or is harmless, in a process of its own."""
    chance = random.Random(5)
    for number in range(20):
        data = bytearray(content)
        for _ in range(4):
            data[chance.randrange(4, 64)] = chance.randrange(256)
        target = tmp_path / ("libDamaged%d.so" % number)
        target.write_bytes(bytes(data))
        try:
            check_library(str(target))
        except DictionaryError as refused:
            assert str(target) in str(refused)


# ---- dictionaries that are not ours ---------------------------------------------------------

def test_other_version(patched):
    """A dictionary of another version is refused; both versions are named."""
    with pytest.raises(DictionaryError) as caught:
        cppbind.load_reflection_info(patched({8: struct.pack("=I", 99)}))
    assert "version 99" in str(caught.value) and "version %d" % fmt.VERSION in str(caught.value)


def test_other_magic(patched):
    """A wrong magic is refused."""
    with pytest.raises(DictionaryError) as caught:
        cppbind.load_reflection_info(patched({0: b"NOTCPPB\0"}))
    assert "NOTCPPB" in str(caught.value)


def test_other_byte_order(patched):
    """A dictionary of another byte order is refused."""
    with pytest.raises(DictionaryError) as caught:
        cppbind.load_reflection_info(patched({12: struct.pack("=I", 0x04030201)}))
    assert "byte order" in str(caught.value)


def test_other_abi(patched, content):
    """A dictionary for another ABI is refused; both are named."""
    dictionary_abi = content.index(b"itanium:")
    with pytest.raises(DictionaryError) as caught:
        cppbind.load_reflection_info(patched({dictionary_abi: b"msabi__:"}, absolute=True))
    assert "msabi__:" in str(caught.value) and "itanium:" in str(caught.value)


def test_other_record_width(patched):
    """Records of another width are refused, naming the table."""
    index = fmt.TABLE_INDEX["members"]
    at = fmt.HEADER_SIZE + fmt.DESCRIPTOR_SIZE * index + 16
    with pytest.raises(DictionaryError) as caught:
        cppbind.load_reflection_info(patched({at: struct.pack("=I", 4)}))
    assert "'members'" in str(caught.value) and " 4 bytes" in str(caught.value)


def test_other_table_count(patched):
    """A header with more tables than the format has is refused."""
    with pytest.raises(DictionaryError):
        cppbind.load_reflection_info(patched({24: struct.pack("=I", 200)}))


def test_table_outside_of_the_library(patched):
    """A table that is longer than the library is refused, not read."""
    at = fmt.HEADER_SIZE + fmt.DESCRIPTOR_SIZE * fmt.TABLE_INDEX["functions"] + 8
    with pytest.raises(DictionaryError) as caught:
        cppbind.load_reflection_info(patched({at: struct.pack("=Q", 10**7)}))
    assert "'functions'" in str(caught.value) and "outside" in str(caught.value)


def test_strings_without_end(patched):
    """A string pool that does not end in NUL is refused."""
    at = fmt.HEADER_SIZE + fmt.DESCRIPTOR_SIZE * fmt.TABLE_INDEX["strings"] + 8
    with pytest.raises(DictionaryError) as caught:
        cppbind.load_reflection_info(patched({at: struct.pack("=Q", 3)}))
    assert "strings" in str(caught.value)


def test_names_that_are_no_hash_table():
    """A table of names whose size is no power of two is refused when it is used."""
    tables = DictionaryTables()
    tables.add("scopes", kind=fmt.SCOPE_NAMESPACE)
    tables.name("DamagedName", fmt.NAME_SCOPE, 77)
    library = tables_library(tables, "damagednames")
    dictionary = Dictionary(library)
    kind, index = dictionary.find("DamagedName")
    with pytest.raises(DictionaryError):
        dictionary.record("scopes", index)


def test_damaged_class_is_an_error_when_used():
    """A class whose records point outside of their tables is an error when it is named; others stay usable."""
    tables = DictionaryTables()
    tables.add("scopes", kind=fmt.SCOPE_NAMESPACE, children_first=1, children_count=1)
    tables.add("scopes", name="DamagedClass", simple_name="DamagedClass", kind=fmt.SCOPE_CLASS, parent=0,
               size=tables.number("8"), members_first=5, members_count=1000)
    tables.name("DamagedClass", fmt.NAME_SCOPE, 1)
    cppbind.load_reflection_info(tables_library(tables, "damagedclass"))
    with pytest.raises(DictionaryError) as caught:
        cppbind.gbl.DamagedClass
    assert "'members'" in str(caught.value)
    cppbind.load_reflection_info(fixture_library("MyClass"))
    assert cppbind.gbl.MyClass(4).GetMyInt() == 4


def test_recursive_types():
    """A type that points to itself for ever is cut off, not followed."""
    tables = DictionaryTables()
    tables.add("scopes", kind=fmt.SCOPE_NAMESPACE, functions_count=1)
    loop = tables.add("types", kind=fmt.TYPE_POINTER, target=0, spelling="loop")
    tables.add("functions", name="damaged_loop", scope=0, kind=fmt.FUNCTION_FREE, result=loop,
               call=fmt.CALL_UNAVAILABLE, signature="loop damaged_loop()")
    tables.name("damaged_loop", fmt.NAME_FUNCTION, 0)
    cppbind.load_reflection_info(tables_library(tables, "damagedloop"))
    with pytest.raises(TypeError) as caught:
        cppbind.gbl.damaged_loop()
    assert "no code" in str(caught.value)


def test_random_damage_is_survived(content, tmp_path):
    """Whatever number in the tables is wrong, the reader raises a Python exception: tried in another process."""
    start = content.index(fmt.MAGIC + struct.pack("=I", fmt.VERSION))
    chance = random.Random(11)
    names = []
    for number in range(40):
        data = bytearray(content)
        for _ in range(3):
            table = chance.randrange(len(fmt.TABLES))
            at = start + fmt.HEADER_SIZE + fmt.DESCRIPTOR_SIZE * table + 8
            count, = struct.unpack_from("=Q", data, at)
            struct.pack_into("=Q", data, at, chance.choice((chance.randrange(count + 1), 2 * count, count + 1000,
                                                            count + 10**6, 2**40, 2**63)))
        target = tmp_path / ("libRandom%d.so" % number)
        target.write_bytes(bytes(data))
        names.append(str(target))
    done = support.run_python("""
        import sys, cppbind
        from cppbind.errors import DictionaryError
        for name in sys.argv[1:]:
            try:
                cppbind.load_reflection_info(name)
                cppbind.gbl.MyClass(1).GetMyInt()
            except (DictionaryError, AttributeError, TypeError):
                pass
        print("survived")
    """, *names)
    assert done.stdout.splitlines()[-1] == "survived"


def test_random_damage_to_records_is_survived(path, content, tmp_path):
    """Records with wrong numbers give exceptions when their classes are named and described, in another process."""
    dictionary = Dictionary(path)
    chance = random.Random(17)
    places = []
    for table in fmt.TABLES:
        records = bytes(dictionary._tables[table.name]) if table.fields else b""
        if len(records) >= 16:
            places.append((content.index(records), len(records) // 4))
    names = []
    for number in range(30):
        data = bytearray(content)
        for _ in range(3):
            start, words = chance.choice(places)
            value = chance.choice((chance.randrange(64), chance.randrange(4000), chance.getrandbits(32), fmt.NONE))
            struct.pack_into("=I", data, start + 4 * chance.randrange(words), value)
        target = tmp_path / ("libRecords%d.so" % number)
        target.write_bytes(bytes(data))
        names.append(str(target))
    done = support.run_python("""
        import sys, cppbind
        from cppbind.runtime import native, proxy, state
        for name in sys.argv[1:]:
            try:
                cppbind.load_reflection_info(name)
                cls = cppbind.gbl.MyClass
                for attribute in dir(cls):
                    getattr(getattr(cls, attribute), "signatures", None)
            except Exception:
                pass
            # The next file is to be the only one.
            state.registry.dictionaries = []
            proxy._classes.clear()
            if "MyClass" in cppbind.gbl.__dict__:
                native.store(cppbind.gbl, "MyClass", None, True)
        print("survived")
    """, *names)
    assert done.stdout.splitlines()[-1] == "survived"


def test_hand_made_dictionary(tmp_path):
    """A dictionary written by hand after the format's description is read like a generated one."""
    source = tmp_path / "hand.cpp"
    support.run([__import__("sys").executable, str(support.TESTING / "hand_dictionary.py"), str(source)],
                env=dict(__import__("os").environ, PYTHONPATH=__import__("os").pathsep.join(__import__("sys").path)))
    library = support.compile_shared(source, name="hand", flags=["-I%s" % CPP_FIXTURES])
    done = support.run_python("""
        import sys, cppbind
        cppbind.load_reflection_info(sys.argv[1])
        instance = cppbind.gbl.MyClass(3)
        instance.m_signed = -2
        print(instance.GetMyInt(), cppbind.gbl.MyClass().m_myint, instance.m_signed, cppbind.gbl.MyClass.s_limit,
              instance.Which(1.5), cppbind.gbl.MyClass.Twice(8), repr(instance.GetName()))
    """, library)
    assert done.stdout == "3 5 -2 100 2 16 ''\n"


def test_copy_of_a_dictionary(path, tmp_path):
    """The same dictionary under another name does no harm."""
    target = tmp_path / "libCopyDict.so"
    shutil.copy(path, target)
    cppbind.load_reflection_info(path)
    before = cppbind.gbl.MyClass
    cppbind.load_reflection_info(target)
    assert cppbind.gbl.MyClass is before
