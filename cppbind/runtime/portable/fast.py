"""Writes Python code for plain members and methods, which a JIT compiles to a load, a store or a machine call.

The code knows the names of the fields it reads (classes.py) and the types it takes; for whatever is not plain (a null
pointer, another type, a number out of range) it calls the long way, which does everything and explains what is wrong.
What it refers to are cells of a closure, which PyPy's JIT takes for constants.
"""

from . import memory
from .candidate import ASSIGN, THIS
from .classes import POLYMORPHIC
from .convert_class import ClassPointer, ClassRef, ClassRvalue, ClassValue, Enum
from .convert_number import Bool, Floating, Integer
from .convert_text import CharPointer
from .cpptype import Void
from ... import format as fmt


def _build(source, name, **names):
    """The function that the source defines inside of one whose parameters are `names`."""
    whole = "def build(%s):\n%s    return made\n" % (", ".join(names), source)
    space = {}
    # The globals are this module's, so that built-in names are found there at once.
    exec(compile(whole, "<cppbind %s>" % name, "exec"), globals(), space)
    return space["build"](**names)


# ---- members ----------------------------------------------------------------------------------------

_GET = """\
    def made(self):
        try:
            return {load}
        except AttributeError:
            return slow(self)
"""
_SET = """\
    def made(self, value):
        if {check}:
            try:
                self.__cppbind_p__.{field} = value
                return
            except (AttributeError, OverflowError, TypeError):
                pass
        slow(self, value)
"""


def make_accessors(member, owner, type_, place):
    """(getter, setter) of a data member; a number becomes a field of its owner's struct."""
    plain = isinstance(type_, (Integer, Floating, Bool)) and type_.register is not memory.word
    if not plain or owner.casts is not None:
        return member._get_slow, member._set_slow
    field = "m_%d_%d" % (owner.serial, len(owner.own_fields))
    owner.own_fields.append((field, type_.register, place))
    load, check = "self.__cppbind_p__." + field, "type(value) is int"
    if isinstance(type_, Floating):
        check = "type(value) is float or type(value) is int"
    elif isinstance(type_, Bool):
        load, check = load + " != 0", "value is True or value is False"
    name = "%s.%s" % (owner.name, member.__name__)
    return (_build(_GET.format(load=load), name, slow=member._get_slow),
            _build(_SET.format(check=check, field=field), name, slow=member._set_slow))


# ---- methods ------------------------------------------------------------------------------------------

class _Writer:
    """The code of one candidate while it is written."""

    def __init__(self, candidate):
        self.names = {}             # of the closure
        self.reads = []             # statements that may raise AttributeError
        self.checks = []            # statements after them
        self.passed, self.types = [], []        # what the call gets, as text and as C types
        self.candidate = candidate

    def argument(self, position, type_):
        """Pass an argument; whether that is plain."""
        name, register = "a%d" % position, type_.register
        check = None
        if isinstance(type_, Integer):
            check = "type(%s) is not int" % name
        elif isinstance(type_, Floating) and register is not memory.word:
            self.checks += ["if type(%s) is not float:" % name, "    if type(%s) is not int:" % name,
                            "        return {slow}", "    %s = float(%s)" % (name, name)]
        elif isinstance(type_, Bool):
            check = "%s is not True and %s is not False" % (name, name)
        elif isinstance(type_, Enum):
            check = "type(%s) is not e%d" % (name, position)
            self.names["e%d" % position] = type_.enum()
        elif isinstance(type_, (ClassPointer, ClassRef, ClassValue)) and not isinstance(type_, ClassRvalue):
            self.reads.append("%s = %s.__cppbind_p__.%s" % ("x%d" % position, name, type_.target_info().base_field))
            name, register = "x%d" % position, memory.void_pointer
        elif isinstance(type_, CharPointer) and type_.target.flags & fmt.TYPE_CONST:
            check = "type(%s) is not str or '\\0' in %s" % (name, name)
            register = memory.char_pointer
        else:
            return False
        if check is not None:
            self.checks += ["if %s:" % check, "    return {slow}"]
        if isinstance(type_, CharPointer):
            self.checks.append('%s = %s.encode("utf-8", "surrogateescape")' % (name, name))
        self.passed.append(name)
        self.types.append(register)
        return True

    def this(self, owner):
        """Pass the object; whether its function can be found."""
        candidate = self.candidate
        if not candidate.flags & THIS:
            return True
        self.reads.append("this = self.__cppbind_p__.%s" % owner.base_field)
        self.passed.insert(0, "this")
        self.types.insert(0, memory.void_pointer)
        if candidate.slot >= 0:
            if not owner.flags & POLYMORPHIC or candidate.guard is None:
                return False
            self.reads.append("target = self.__cppbind_p__.%s[%d]" % (
                owner.table_field, candidate.slot // memory.WORD_SIZE))
        return True

    def source(self, arguments):
        """The whole function."""
        slow = "slow((%s), {})" % "".join(name + ", " for name in arguments)
        lines = ["def made(%s):" % ", ".join(arguments)]
        if self.reads:
            lines += ["    try:"] + ["        " + line for line in self.reads]
            lines += ["    except AttributeError:", "        return " + slow]
        lines += ["    " + line.replace("{slow}", slow) for line in self.checks]
        guarded = self.candidate.guard is not None
        passed = self.passed + ["target"] * guarded
        lines += ["    try:", "        value = function(%s)" % ", ".join(passed), "    except OverflowError:",
                  "        return " + slow]
        if guarded:
            lines += ["    if pending[0]:", "        thrown()"]
        lines.append("    " + self._result("self" if self.candidate.flags & THIS else "None"))
        return "".join("    %s\n" % line for line in lines)

    def _result(self, owner):
        result = self.candidate.result
        if isinstance(result, Void):
            return "return None"
        if isinstance(result, Bool):
            return "return value != 0"
        if isinstance(result, (Integer, Floating)) and result.register is not memory.word:
            return "return value"
        self.names["result"] = result.result
        return "return result(value, %s)" % owner


def make(method, candidate):
    """A function for calls of a candidate with its number of arguments; None where it is not plain."""
    if candidate.reason is not None or candidate.in_storage or candidate.in_object or candidate.adjust:
        return None
    if candidate.flags & ASSIGN or (candidate.slot < 0 and candidate.guard is None and candidate.direct is None):
        return None
    writer = _Writer(candidate)
    try:
        if not all(writer.argument(position, type_) for position, type_ in enumerate(candidate.types)):
            return None
    except TypeError:               # a class without reflection: the long way says so
        return None
    if not writer.this(method.owner):
        return None
    result = candidate.registers()[0]
    if candidate.guard is not None:
        address = candidate.guards.address(candidate.code())
        function = memory.function(result, writer.types + [memory.word], address)
        writer.names.update(pending=candidate.pending, thrown=candidate.raise_thrown)
        if candidate.slot < 0:
            writer.names["target"] = candidate.address
    else:
        function = memory.function(result, writer.types, candidate.address)
    arguments = ["self"] * bool(candidate.flags & THIS) + ["a%d" % at for at in range(candidate.count)]
    return _build(writer.source(arguments), "%s.%s" % (method.owner.name, method.__name__), function=function,
                  slow=method.call_slow, **writer.names)
