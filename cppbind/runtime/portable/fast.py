"""Writes Python code for plain members and methods, which a JIT compiles to a load, a store or a machine call.

The code knows where bases and members lie (classes.py) and the types it takes; for whatever is not plain (a null
pointer, another type, a number out of range) it calls the long way, which does everything and explains what is wrong.
What it refers to are cells of a closure, which PyPy's JIT takes for constants.
"""

from . import items, memory
from .candidate import ASSIGN, THIS
from .classes import POLYMORPHIC
from .convert_class import ClassPointer, ClassRef, ClassRvalue, ClassValue, Enum
from .convert_number import Bool, Floating, Integer
from .convert_text import CharPointer
from .cpptype import Void
from .instance import address_of  # noqa: F401      for the code
from ... import format as fmt


# Whether C++ owns what it is given by pointer, where a method does not say otherwise.  A global name, which a JIT takes
# for a constant as long as nobody assigns to it.
heuristics = False


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
            address = self.__cppbind_a__ or address_of(self)
            return cast(pointer, address + type(self).{at} + {place})[0]{convert}
        except (AttributeError, ReferenceError, TypeError):
            return slow(self)
"""
_SET = """\
    def made(self, value):
        if {check}:
            try:
                address = self.__cppbind_a__ or address_of(self)
                cast(pointer, address + type(self).{at} + {place})[0] = value
                return
            except (AttributeError, OverflowError, ReferenceError, TypeError):
                pass
        slow(self, value)
"""


def make_accessors(member, owner, type_, place):
    """(getter, setter) of a data member: code of its own for a number."""
    if not isinstance(type_, (Integer, Floating, Bool)) or type_.register is memory.word:
        return member._get_slow, member._set_slow
    convert, check = "", "type(value) is int"
    if isinstance(type_, Floating):
        check = "type(value) is float or type(value) is int"
    elif isinstance(type_, Bool):
        convert, check = " != 0", "value is True or value is False"
    name, at = "%s.%s" % (owner.name, member.__name__), owner.place_name
    names = {"cast": memory.cast, "pointer": type_.memory_pointer}
    return (_build(_GET.format(at=at, place=place, convert=convert), name, slow=member._get_slow, **names),
            _build(_SET.format(at=at, place=place, check=check), name, slow=member._set_slow, **names))


# ---- methods ------------------------------------------------------------------------------------------

class _Writer:
    """The code of one candidate while it is written."""

    def __init__(self, candidate):
        self.names = {}             # of the closure
        self.reads = []             # statements that may raise AttributeError, ReferenceError or TypeError
        self.checks = []            # statements after them
        self.after = []             # statements behind the call
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
            self.read("x%d" % position, name, type_.target_info().place_name)
            if position in self.candidate.changing and type_.target_info().items_lie:
                self.after.append("look_again(%s)" % name)
                self.names["look_again"] = items.look_again
            name, register = "x%d" % position, memory.word
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
        if candidate.slot >= 0 and (not owner.flags & POLYMORPHIC or candidate.guard is None):
            return False
        self.read("this", "self", owner.place_name if candidate.slot < 0 else owner.table_name)
        self.passed.insert(0, "this")
        self.types.insert(0, memory.word)
        if candidate.slot >= 0:
            self.names.update(cast=memory.cast, pointer=memory.word_pointer)
            self.checks.append("target = cast(pointer, cast(pointer, this)[0] + %d)[0]" % candidate.slot)
        return True

    def read(self, place, name, attribute):
        """The address of a base of an object."""
        self.reads += ["%s = %s.__cppbind_a__ or address_of(%s)" % (place, name, name),
                       "%s += type(%s).%s" % (place, name, attribute)]

    def source(self, arguments, drops):
        """The whole function.  drops: of one that moves items whether it drops them, None of others."""
        slow = "slow((%s), {})" % "".join(name + ", " for name in arguments)
        lines = ["def made(%s):" % ", ".join(arguments)]
        if self.candidate.gives:
            lines += ["    if heuristics:", "        return " + slow]
        if self.reads:
            lines += ["    try:"] + ["        " + line for line in self.reads]
            lines += ["    except (AttributeError, ReferenceError, TypeError):", "        return " + slow]
        if drops is not None:
            lines.append("    check(%s, %r)" % (arguments[0], drops))
            self.names["check"] = items.check
        lines += ["    " + line.replace("{slow}", slow) for line in self.checks]
        guarded = self.candidate.guard is not None
        passed = self.passed + ["target"] * guarded
        if guarded:
            lines.append("    thrown_here = pending")       # a constant, which the call would make a JIT forget
        lines += ["    try:", "        value = function(%s)" % ", ".join(passed), "    except OverflowError:",
                  "        return " + slow]
        lines += ["    " + line for line in self.after]
        if guarded:
            lines += ["    if thrown_here[0]:", "        thrown()"]
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


def make(method, candidate, drops=None):
    """A function for calls of a candidate with its number of arguments; None where it is not plain.  drops: see
    _Writer.source."""
    if candidate.reason is not None or candidate.is_variadic or candidate.adjust:
        return None
    if candidate.in_storage or candidate.in_object:
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
    if drops is not None and not (writer.reads and writer.reads[0].endswith("address_of(%s)" % arguments[0])):
        return None
    source = writer.source(arguments, drops)
    return _build(source, "%s.%s" % (method.owner.name, method.__name__), function=function,
                  slow=method.call_slow, **writer.names)


_CALL = """\
    def made(self, *arguments, **keywords):
        if not keywords:
            count = len(arguments)
{cases}        return self.call_slow(arguments, keywords)
"""


def make_class(kind, chosen):
    """A class of overload sets for one of them: what it is is found without reading its attributes, which a JIT would
    not take for constants.  chosen: {number of arguments: function}."""
    if not chosen:
        return kind
    cases = "".join("            if count == %d:\n                return f%d(*arguments)\n" % (count, count)
                    for count in chosen)
    made = _build(_CALL.format(cases=cases), "call", **{"f%d" % count: chosen[count] for count in chosen})
    return type(kind.__name__, (kind,), {"__call__": made, "__doc__": kind.__dict__["__doc__"],
                                         "__module__": kind.__module__})
