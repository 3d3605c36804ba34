"""Promises of dictionaries at scale: ten thousand classes cost nothing, ten thousand damaged copies no crash."""

import support
from cpp_dictionaries import fixture_library

from cppbind import format as fmt
from cppbind.emit_tables import DictionaryTables

FUZZ = """
import random, sys
import cppbind
from cppbind import format as fmt
from cppbind.errors import DictionaryError
from cppbind.runtime import namespaces, native, proxy, state

cppbind.load_reflection_info(sys.argv[1])
dictionary, = state.registry.dictionaries
name, rounds = sys.argv[2], int(sys.argv[3])
chance = random.Random(int(sys.argv[4]))
intact = dict(dictionary._tables)
# Addresses are written by the dynamic loader over what the file has there, so no damage to a file reaches them.
tables = [table for table in fmt.TABLES if len(intact[table.name]) and table.name != "fills"]
outcomes = {"fine": 0, "refused": 0}

def everything(name):
    "Whatever can be asked about a class without calling into it."
    entry = dictionary.find(name)
    cls = proxy.class_for(name)
    for attribute in dir(cls):
        value = cls.__dict__.get(attribute)
        repr(value), getattr(value, "__doc__", None), getattr(value, "signatures", None)
    state.registry.names_in("")
    if entry is not None and entry[0] == fmt.NAME_SCOPE:
        for part in ("functions", "members", "bases", "enums", "typedefs"):
            scope = dictionary.record("scopes", entry[1])
            for record in dictionary.records(part, getattr(scope, part + "_first"), getattr(scope, part + "_count")):
                repr(record)

for number in range(rounds):
    table = chance.choice(tables)
    view = intact[table.name]
    data = bytearray(view.cast("B") if view.format != "B" else view)
    for _ in range(chance.choice((1, 1, 2, 8))):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    dictionary._tables = dict(intact)
    dictionary._tables[table.name] = memoryview(data).cast(view.format) if view.format != "B" else memoryview(data)
    dictionary._string_cache.clear()
    dictionary._slots.clear()
    state._types.clear()
    proxy._classes.clear()
    proxy._opaque.clear()
    proxy._enums.clear()
    proxy._direct_bases.clear()
    try:
        everything(name)
        outcomes["fine"] += 1
    except (DictionaryError, AttributeError, TypeError, ValueError, RuntimeError, OverflowError, MemoryError, KeyError,
            IndexError, UnicodeError, RecursionError) as problem:
        outcomes["refused"] += 1
print(outcomes["fine"], outcomes["refused"])
"""


def _fuzz(fixture, name, rounds, seed):
    fine, refused = map(int, support.run_python(FUZZ, fixture_library(fixture), name, str(rounds), str(seed)).stdout
                        .split())
    assert fine + refused == rounds and fine and refused


def test_flipped_bits_of_a_class():
    """Six thousand copies of a dictionary's tables with flipped bits: an exception or an answer, never a crash."""
    _fuzz("MyClass", "MyClass", 6000, 3)


def test_flipped_bits_with_bases():
    """The same for classes with virtual bases, and for containers: four thousand."""
    _fuzz("Diamond", "D", 2000, 5)
    _fuzz("Library", "std::vector<int>", 2000, 7)


def test_ten_thousand_classes():
    """Loading builds nothing: only what is named becomes a Python class, and the tables take no memory of Python's."""
    tables, count = DictionaryTables(), 10000
    tables.add("scopes", kind=fmt.SCOPE_NAMESPACE, children_first=1, children_count=count)
    size = tables.number("8")
    for number in range(count):
        name = "Many%05d" % number
        tables.add("scopes", name=name, simple_name=name, kind=fmt.SCOPE_CLASS, parent=0, size=size)
        tables.name(name, fmt.NAME_SCOPE, number + 1)
    source = "#include <cstdint>\n#include <cstddef>\n" + tables.source()
    library = support.compile_shared(source, name="many", language="c++")
    done = support.run_python("""
        import sys, tracemalloc
        import cppbind
        from cppbind.runtime import proxy
        cppbind.gbl
        tracemalloc.start()
        cppbind.load_reflection_info(sys.argv[1])
        assert tracemalloc.get_traced_memory()[0] < 300000, tracemalloc.get_traced_memory()
        print(len(proxy._classes), cppbind.gbl.Many00000.__name__, cppbind.gbl.Many09999.__name__, len(proxy._classes))
        try:
            cppbind.gbl.Many10000
        except AttributeError:
            print("none such")
    """, library)
    assert done.stdout == "0 Many00000 Many09999 2\nnone such\n"
