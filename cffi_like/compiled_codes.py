"""compiled_codes.py: encoded declarations with what the compiler found out.

`CompiledCodes` is a module's tables (code_table.py) beside its symbol table
(symbol_table.py): it replaces every unknown length, width and value, entry
by entry, when an entry is first named.  Below it there are only texts and
numbers; realize.py makes engine types of them, compiled_types.py the model.
"""

from .code_table import (EnumCode, RecordCode, array_lengths, constant_value, is_integer,
                         open_tables, passed_by_pointer, unqualified, unquote, with_lengths)
from .errors import FFIError

_FLOAT_OF_SIZE = {4: "float", 8: "double"}


def check_integer(name, declared, actual):
    if declared != actual:
        shown = "%d" % actual if actual <= 0 else "%d (0x%x)" % (actual, actual)
        raise FFIError("the C compiler says '%s' is equal to %s, but the cdef disagrees"
                       % (name, shown))


class CompiledCodes:
    """Lookups in the tables of one module; `included` are those of others.

    A value that the cdef gives and the compiler contradicts raises FFIError
    naming both.  `records`, `functions` and so on are `code_table.CodeTable`s.
    """

    def __init__(self, tables, symbols, included=()):
        self.tables = tables = open_tables(tables)
        self.records = tables["records"]
        self.enums = tables["enums"]
        self.typedefs = tables["typedefs"]
        self.functions = tables["functions"]
        self.variables = tables["variables"]
        self.constants = tables["constants"]
        self.extern_python = tables["extern_python"]
        self.symbols = symbols
        self.included = list(included)
        self._enumerators = None

    # ---- types --------------------------------------------------------------

    def unknown_primitive(self, letter, name):
        """The name of the primitive behind `typedef int... name` (letter I) or
        `typedef float... name` (letter O)."""
        found = self.typedefs.find(name)
        if found is None:
            for included in self.included:
                try:
                    return included.unknown_primitive(letter, name)
                except FFIError:
                    pass
            raise FFIError("typedef '%s' is not declared here" % name)
        code, (first, *_) = found
        if unquote(code[1:-1]) != name:     # a typedef of another unknown type
            return self.unknown_primitive(letter, unquote(code[1:-1]))
        size = self.symbols.number(first)
        if letter == "O":
            if not self.symbols.number(first + 1):
                raise FFIError("primitive floating-point type with an unexpected size (or "
                               "not a float type at all)")
            return _FLOAT_OF_SIZE.get(size, "long double")
        sign = "" if self.symbols.number(first + 1) else "u"
        return "%sint%d_t" % (sign, 8 * size)

    def unknown(self, letter, name):
        """The type code of what only the compiler knew: I, O and T of opcodes.py."""
        if letter != "T":
            return "=%s;" % self.unknown_primitive(letter, name)
        name, _, depth = name.partition(".")
        found = self.typedef(name)
        for included in self.included if found is None else ():
            found = found or included.typedef(name)
        if found is None:
            raise FFIError("typedef '%s' is not declared here" % name)
        return found[found.index("_") + 1:] if depth else found

    def _numbers_from(self, at):
        while True:
            yield self.symbols.number(at)
            at += 1

    def typedef(self, name):
        """The type code of a typedef, or None."""
        found = self.typedefs.find(name)
        if found is None:
            return None
        code, indices = found
        if indices and code[0] == "A":
            return with_lengths(code, self._numbers_from(indices[0]))
        return code

    def record(self, key):
        """(RecordCode with its true field types, measures) or None.

        The measures are None where the table says nothing, else (size,
        alignment, members), each member being (field index, member name, type
        code, offset, size) in the order of symbol_plan.measured_members.
        """
        found = self.records.find(key)
        if found is None:
            return None
        code, indices = found
        record = RecordCode(code)
        if not indices:
            return record, None
        number = self.symbols.number
        at = indices[0]
        size, alignment = number(at), number(at + 1)
        at += 2
        members = []
        for index, name, type_code in self._members(record):
            unknown = sum(n == "." for n in array_lengths(type_code)[0])
            type_code = with_lengths(type_code, self._numbers_from(at + 2))
            members.append((index, name, type_code, number(at), number(at + 1)))
            at += 2 + unknown
            field, _, bitsize = record.fields[index]
            if field == name:
                record.fields[index] = field, type_code, bitsize
        return record, (size, alignment, members)

    def _members(self, record):
        """As symbol_plan.measured_members, on codes."""
        for index, (name, type_code, bitsize) in enumerate(record.fields or ()):
            if bitsize >= 0:
                continue
            if name:
                yield index, name, type_code
            elif type_code[0] in "SU":
                kind = "union" if type_code[0] == "U" else "struct"
                inner = self.records.find((kind, unquote(type_code[1:-1])))
                if inner is not None:
                    for _, member, inner_code in self._members(RecordCode(inner[0])):
                        yield index, member, inner_code

    def enum(self, tag):
        """(EnumCode, size in bytes or 0, is signed) or None.  All values are the
        compiler's, whatever the cdef says."""
        found = self.enums.find(tag)
        if found is None:
            return None
        code, indices = found
        enum = EnumCode(code)
        if not indices:
            return enum, 0, False
        numbers, first = indices
        enum.items = [(name, self.symbols.integer(first + i))
                      for i, (name, _) in enumerate(enum.items)]
        return (enum, self.symbols.number(numbers),
                bool(self.symbols.number(numbers + 1)))

    # ---- values -------------------------------------------------------------

    def enumerators(self):
        """{name: index of the constant}"""
        known = self._enumerators
        if known is None:
            known = {}
            for tag in self.enums:
                code, indices = self.enums.find(tag)
                for i, (name, _) in enumerate(EnumCode(code).items):
                    known[name] = indices[1] + i
            self._enumerators = known
        return known

    def enumerator(self, name):
        """The value of an enumerator, or None."""
        index = self.enumerators().get(name)
        return None if index is None else self.symbols.integer(index)

    def variable(self, name):
        """(type code, index of the address, size in C or 0) or None."""
        found = self.variables.find(name)
        if found is None:
            return None
        code, (address, numbers) = found
        code = code[:code.index("|")]
        return (with_lengths(code, self._numbers_from(numbers + 1)), address,
                self.symbols.number(numbers))

    def constant(self, name):
        """(is known, value, type code or '', index) or None.  Integers are known:
        their value is the compiler's."""
        found = self.constants.find(name)
        if found is None:
            return None
        code, (index,) = found
        value, type_code, _ = code.split("|")
        known, value = constant_value(value)
        if is_integer(type_code) if type_code else not known or isinstance(value, int):
            actual = self.symbols.integer(index)
            if known:
                check_integer(name, value, actual)
            return True, actual, type_code, index
        return known, value, type_code, index

    def integer(self, name):
        """What the compiler says of an integer constant; None for another one."""
        found = self.constants.find(name)
        value, type_code, _ = found[0].split("|") if found is not None else ("", "", "")
        if found is None or (type_code and not is_integer(type_code)):
            return None
        known, value = constant_value(value)
        return self.symbols.integer(found[1][0]) if known and isinstance(value, int) else None

    # ---- calls --------------------------------------------------------------

    def goes_by_value(self, code):
        """Whether every engine can pass the type by value: scalars, and records
        that are declared in full with nothing but ordinary members.  Others go
        through a wrapper that takes pointers."""
        code = unqualified(code)
        if not passed_by_pointer(code):
            return True
        if code[0] != "S":
            return False
        found = self.records.find(("struct", unquote(code[1:-1])))
        if found is None:
            return any(other.goes_by_value(code) for other in self.included)
        record = RecordCode(found[0])
        if record.partial or record.pack or record.aligns or not record.fields:
            return False
        for name, type_code, bitsize in record.fields:
            lengths, item = array_lengths(unqualified(type_code))
            if bitsize >= 0 or not name or {"", "0"} & set(lengths):
                return False
            if not self.goes_by_value(item):
                return False
        return True
