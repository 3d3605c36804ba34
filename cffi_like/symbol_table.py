"""symbol_table.py: opens a library compiled by build.py and checks its table.

The library exports one data symbol, whose parts symbol_plan.py explains.
`SymbolTable` reads them through the engine it is given.  Nothing is imported
and nothing computed that the first look at a module does not need.
"""

import os
import sys

from .library_file import problem_with

MAGIC = b"CFFILIKE"
VERSION = 1
SYMBOL = "cffi_like_table"

_POINTER = 8 if sys.maxsize > 1 << 32 else 4
#: Of the table: the sizes of magic, version, abi, fingerprint, number of
#: numbers, number of slots; addresses of address(), constant(), the numbers,
#: the slots.  There is no padding between them.
_SIZES = (8, 4, 4, 8, 4, 4) + (_POINTER,) * 4
HEADER_SIZE = sum(_SIZES)


def describe_abi(abi):
    return ("%d-byte pointers, %d-byte long, %d-byte wchar_t, %d-byte long double"
            % tuple(abi >> shift & 255 for shift in (0, 8, 16, 24)))


class EngineTypes:
    """The engine types the table is read with, made once per engine."""

    def __init__(self, engine):
        e = self.engine = engine
        pointer = e.new_pointer_type
        self.char = e.new_primitive_type("char")
        self.header = e.new_array_type(pointer(self.char), HEADER_SIZE)
        self.int = e.new_primitive_type("int")
        self.size = e.new_primitive_type("size_t")
        self.unsigned = e.new_primitive_type("unsigned long long")
        self.void_p = pointer(e.new_void_type())
        self.void_pp = pointer(self.void_p)
        self.unsigned_p = pointer(self.unsigned)
        self.signed_p = pointer(e.new_primitive_type("long long"))
        self.address = e.new_function_type((self.int,), self.void_p)
        self.constant = e.new_function_type((self.int, self.void_p), self.int)
        sizes = [e.sizeof(self.void_p)]
        sizes += [e.sizeof(e.new_primitive_type(name))
                  for name in ("long", "wchar_t", "long double")]
        self.abi = sum(size << 8 * i for i, size in enumerate(sizes))


_types_of_engine = {}


def engine_types(engine):
    found = _types_of_engine.get(id(engine))     # an engine may be unhashable
    if found is None:
        found = _types_of_engine[id(engine)] = EngineTypes(engine)
    return found


class SymbolTable:
    """The open library at `path`, which belongs to the module `module_name`.

    `fingerprint` is what the generated NAME.py expects, `flags` are for
    dlopen().  Raises ImportError if
    the library is missing, is something else, or was built from other
    declarations or for another platform ABI; the message names both sides.
    The library stays open as long as the object lives.
    """

    def __init__(self, engine, module_name, path, fingerprint, flags):
        self.types = engine_types(engine)
        self.path = path
        self.module_name = module_name
        problem = problem_with(path)
        if problem is not None:
            raise self._refuse(problem)
        try:
            self.library = engine.load_library(path, flags)
        except OSError as error:
            hint = "" if os.path.exists(path) else " (build it with compile())"
            raise ImportError("cannot open the compiled part of module '%s': %s%s"
                              % (module_name, error, hint),
                              name=module_name, path=path) from None
        try:
            header = self._read_header()
            self._check(header, fingerprint)
        except ImportError:
            # dlopen() knows files by their names: one built in its place could not be opened.
            self.library.close_lib()
            raise
        self.count, self.slot_count = header[4:6]
        address, constant, numbers, slots = header[6:]
        self._cast = cast = engine.cast
        function_at = engine.function_at
        types = self.types
        self.pointer = function_at(types.address, address, "address", False)
        self._constant = function_at(types.constant, constant, "constant")
        self.numbers = cast(types.unsigned_p, numbers)
        self._slots = cast(types.void_pp, slots)

    def _read_header(self):
        engine = self.types.engine
        try:
            table = self.library.read_variable(self.types.header, SYMBOL)
        except (AttributeError, KeyError):
            raise self._refuse("it has no symbol '%s', so it was not built by "
                               "cffi_like" % SYMBOL) from None
        content = engine.buffer(table)[:]
        parts, at = [], 0
        for size in _SIZES:
            parts.append(int.from_bytes(content[at:at + size], sys.byteorder))
            at += size
        parts[0] = content[:8]
        return parts

    def _refuse(self, why):
        return ImportError("'%s' is not the compiled part of module '%s': %s"
                           % (self.path, self.module_name, why),
                           name=self.module_name, path=self.path)

    def _check(self, header, fingerprint):
        magic, version, abi, found = header[:4]
        if magic != MAGIC:
            raise self._refuse("its table begins with %r instead of %r"
                               % (magic, MAGIC))
        if version != VERSION:
            raise self._refuse("its table has version %d, this cffi_like reads "
                               "version %d; build it again" % (version, VERSION))
        if abi != self.types.abi:
            raise self._refuse("it was built for %s; this interpreter has %s"
                               % (describe_abi(abi), describe_abi(self.types.abi)))
        if found != fingerprint:
            raise self._refuse("it was built from other declarations (fingerprint "
                               "%016x, '%s.py' has %016x); build both again"
                               % (found, self.module_name.rpartition(".")[2],
                                  fingerprint))

    # `pointer(index)` is the C function address() itself: a `void *`, unchecked.

    def address(self, index):
        """The address (an int) of a function or variable."""
        address = int(self._cast(self.types.size, self.pointer(index)))
        if not address:
            raise self._damaged("address", index)
        return address

    def _damaged(self, what, index):
        return ImportError("'%s' has no %s %d, which '%s.py' asks for" % (
            self.path, what, index, self.module_name.rpartition(".")[2]),
            name=self.module_name, path=self.path)

    def number(self, index):
        if not 0 <= index < self.count:
            raise self._damaged("number", index)
        return self.numbers[index]

    def read_constant(self, index, place):
        """Store a constant at the pointer `place`; True if it is an integer that
        is not positive, and so to be read as a signed one."""
        found = self._constant(index, place)
        if found < 0:
            raise self._damaged("constant", index)
        return found > 0

    def set_slot(self, index, callback):
        """Let `extern "Python"` function number `index` jump to `callback`."""
        if not 0 <= index < self.slot_count:
            raise self._damaged("slot", index)
        self._slots[index] = self._cast(self.types.void_p, callback)

    def integer(self, index):
        """The value of an integer constant."""
        types = self.types
        place = types.engine.newp(types.unsigned_p, None)
        if self.read_constant(index, place):
            return types.engine.cast(types.signed_p, place)[0]      # `place` owns the memory
        return place[0]
