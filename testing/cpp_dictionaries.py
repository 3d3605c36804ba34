"""Dictionaries for tests: headers from text, the fixtures built once, their tables read independently.

The reader here is not the product's: it goes through `format` field by field and checks as it goes, so
that the emitter's tests do not rest on `cppbind.dictionary`.
"""

import functools
import hashlib
import os
import shutil
import struct
import tempfile
from pathlib import Path
from types import SimpleNamespace

import support

import cppbind
from cffi_like import FFI
from cppbind import format as fmt
from cppbind.build import build
from cppbind.clang.parse import parse_headers
from cppbind.compiler import Options

CPP_FIXTURES = support.FIXTURES / "cpp"
_STANDARDS = {"Modern": "c++20"}


def parse(text, **options):
    """The model.Headers of a header with that text."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "header.h")
        Path(path).write_text(text)
        return parse_headers([path], Options(**options))


@functools.lru_cache(maxsize=None)
def fixture_library(name):
    """The path of the dictionary of testing/fixtures/cpp/<name>.h, built once per process."""
    file = "lib%sDict%s" % (name, support.SHARED_SUFFIX)

    def make(folder):
        path = os.path.join(folder, file)
        build([name + ".h"], path, options=Options(include_dirs=(str(CPP_FIXTURES),),
                                                   standard=_STANDARDS.get(name, "c++17")))
        return path
    folder = tempfile.mkdtemp(prefix="dictionary_", dir=str(support._cache_folder()))
    return prepared(name, make, folder)


# ---- dictionaries that another interpreter uses ------------------------------------------------------

@functools.lru_cache(maxsize=None)
def _sources_digest():
    """Of everything that decides what a dictionary looks like, besides its header."""
    digest = hashlib.sha256()
    package = Path(cppbind.__file__).parent
    for path in sorted(package.glob("*.py")) + sorted(package.glob("analysis/*.py")) + sorted(
            package.glob("clang/*.py")) + sorted(CPP_FIXTURES.iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def prepared(key, make, folder):
    """The path of a dictionary's library: `make(folder)`, unless it was prepared.

    With CPPBIND_TEST_DICTIONARIES=FOLDER dictionaries are kept there by what they are made from: CPython's run of the
    tests prepares those that PyPy, which has no libclang, then uses.
    """
    kept = os.environ.get("CPPBIND_TEST_DICTIONARIES")
    if not kept:
        if support.IS_PYPY:
            raise AssertionError("dictionaries are built by CPython: set CPPBIND_TEST_DICTIONARIES, see Makefile")
        return make(folder)
    name = hashlib.sha256((_sources_digest() + repr(key)).encode()).hexdigest()[:24]
    place = os.path.join(kept, name)
    if not os.path.isdir(place):
        if support.IS_PYPY:
            raise AssertionError("%s has no dictionary for %.200r: run the same tests under CPython first" % (kept, key))
        made = make(folder)
        os.makedirs(kept, exist_ok=True)
        part = tempfile.mkdtemp(prefix="part_", dir=kept)
        shutil.copy(made, part)
        try:
            os.rename(part, place)
        except OSError:             # another process was faster
            shutil.rmtree(part)
        return made
    # A copy: the dynamic loader knows libraries by file, and two tests may want one of their own.
    found, = os.listdir(place)
    return shutil.copy(os.path.join(place, found), os.path.join(folder, found))


def build_text(text, folder, selection=None, **options):
    """The path of the dictionary of a header with that text, without its tables.  Options as of `build_tables`."""
    key = text, sorted(options.items()), selection and Path(selection).read_text()
    return prepared(key, lambda place: build_tables(text, Path(place), selection=selection, **options)[0].library,
                    str(folder))


@functools.lru_cache(maxsize=None)
def fixture_tables(name):
    return Tables(fixture_library(name))


def build_tables(text, tmp_path, standard="c++17", flags=(), include_dirs=(), **arguments):
    """(build.Built, Tables) of a header with that text."""
    (tmp_path / "header.h").write_text(text)
    options = Options(include_dirs=(str(tmp_path),) + tuple(include_dirs), standard=standard, flags=("-O1",) + tuple(flags))
    built = build(["header.h"], str(tmp_path / "libheaderDict.so"), options=options, **arguments)
    return built, Tables(built.library)


class Tables:
    """All tables of a dictionary library: `tables.scopes[3].name`, records as namespaces with strings decoded."""

    def __init__(self, path):
        self.ffi = FFI()
        self.ffi.cdef("extern const char %s[]; void *malloc(size_t); void free(void *);" % fmt.SYMBOL)
        self.library = self.ffi.dlopen(path)
        self.process = self.ffi.dlopen(None)
        self.address = int(self.ffi.cast("uintptr_t", getattr(self.library, fmt.SYMBOL)))
        header = struct.unpack(fmt.HEADER, self.bytes_at(self.address, fmt.HEADER_SIZE))
        self.magic, self.version, self.byte_order, self.header_size, abi, count, generator = header
        assert count == len(fmt.TABLES)
        self.raw = {}
        for index, table in enumerate(fmt.TABLES):
            place = self.address + fmt.HEADER_SIZE + index * fmt.DESCRIPTOR_SIZE
            data, rows, width, zero = struct.unpack(fmt.DESCRIPTOR, self.bytes_at(place, fmt.DESCRIPTOR_SIZE))
            assert (width, zero) == (table.width, 0)
            self.raw[table.name] = self.bytes_at(data, rows * width) if rows else b""
        self.numbers = [value for value, in struct.iter_unpack("=q", self.raw["numbers"])]
        self.fills = [value for value, in struct.iter_unpack("=Q", self.raw["fills"])]
        self.abi, self.generator = self.string(abi), self.string(generator)
        for table in fmt.TABLES:
            if table.fields:
                rows = struct.iter_unpack("=%dI" % len(table.fields), self.raw[table.name])
                setattr(self, table.name, [self._record(table, row) for row in rows])

    def bytes_at(self, address, size):
        return bytes(self.ffi.buffer(self.ffi.cast("char *", address), size))

    def string(self, offset):
        pool = self.raw["strings"]
        return pool[offset:pool.index(b"\0", offset)].decode("utf-8")

    def _record(self, table, row):
        values = {}
        for field, value in zip(table.fields, row):
            if field.role == "string":
                value = self.string(value)
            elif field.role in ("index", "slot") and value == fmt.NONE:
                value = None
            elif field.role == "index" and field.table == "numbers":
                value = self.numbers[value]
            values[field.name] = value
        return SimpleNamespace(**values)

    # ---- looking up ---------------------------------------------------------------

    def scope(self, name):
        return next(scope for scope in self.scopes if scope.name == name)

    def range(self, record, field, table=None):
        first = getattr(record, field + "_first")
        return getattr(self, table or field)[first:first + getattr(record, field + "_count")]

    def functions_of(self, scope_name, name=None):
        found = self.range(self.scope(scope_name), "functions")
        return [function for function in found if name in (None, function.name)]

    def function(self, signature):
        """The function of that signature; there must be one.  Directors repeat those of their bases."""
        directors = [director.scope for director in self.directors]
        found, = [function for function in self.functions
                  if function.signature == signature and function.scope not in directors]
        return found

    def member(self, scope_name, name):
        found, = [member for member in self.range(self.scope(scope_name), "members") if member.name == name]
        return found

    def lookup(self, name):
        """(NAME_..., index) by the hash table, as a reader finds it; None."""
        place = fmt.name_hash(name)
        for _ in self.names:
            place &= len(self.names) - 1
            entry = self.names[place]
            if entry.kind == fmt.NAME_EMPTY:
                return None
            if entry.name == name:
                return entry.kind, entry.index
            place += 1
        raise AssertionError("the name table is full")

    def type_of(self, index):
        return self.types[index].spelling

    # ---- running -------------------------------------------------------------------

    def slots(self, scope_name):
        """[(address, adjustment)] of a scope."""
        scope = self.scope(scope_name)
        words = self.ffi.new("uintptr_t[]", 2 * scope.slot_count)
        self.ffi.cast("void(*)(uintptr_t *)", self.fills[scope.fill])(words)
        return [(words[2 * slot], words[2 * slot + 1]) for slot in range(scope.slot_count)]

    def slot(self, scope_name, slot):
        return self.slots(scope_name)[slot]

    def call(self, signature, c_type, *arguments):
        """Call a function record by its signature with the C function pointer type that the format prescribes."""
        function = self.function(signature)
        assert function.call in (fmt.CALL_DIRECT, fmt.CALL_WRAPPER), function.reason
        address, adjustment = self.slot(self.scopes[function.scope].name, function.address)
        assert adjustment == 0
        if function.flags & fmt.FUNCTION_VIRTUAL and function.call == fmt.CALL_DIRECT:
            assert address & 1
            vtable = self.ffi.cast("uintptr_t **", arguments[0])[0]
            address = vtable[(address - 1) // 8]
        return self.ffi.cast(c_type, address)(*arguments)

    def new(self, scope_name):
        """Storage for an object of a class, kept by the caller; not constructed."""
        return self.ffi.new("char[]", self.scope(scope_name).size + 16)
