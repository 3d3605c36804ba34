"""Symbols that headers refer to and no given library exports: what a dictionary does about them.

A library may keep functions, or whole classes, to itself although its headers declare them (hidden visibility), and
inline code of the headers may use them.  The linker tells which; `build` then emits again, with these functions as
unavailable, and with stand-ins here, so that the dictionary loads: a function throws when it is called, a typeinfo is
made anew, a virtual table throws.  Only for ELF.  Neighbours: compiler.py (asks the linker), emit_dictionary.py.
"""

import re

from . import format as fmt
from . import model
from .analysis.signature import signature
from .analysis.special_members import COPY_ASSIGNMENT, implicit_members
from .emit_code import class_text

_MISSING = re.compile(r"undefined (?:reference to|symbol:) [`']?([^\s']+)'?|hidden symbol [`']([^\s']+)' isn't defined")
_WITHIN = re.compile(r": in function [`']([^\s']+)'")
# What the linker says in a line about such a symbol, and nothing else does.
_ABOUT = re.compile(r": in function [`']|undefined (reference to|symbol:) |more undefined references to|referenced by ")
_DATA = ("_ZTV", "_ZTI", "_ZTT")

_STAND_INS = """\

// What the headers refer to and no library exports.
#include <stdexcept>
#include <typeinfo>
#define CPPBIND_STAND_IN(symbol, name) __asm__(".weak " symbol "\\n.hidden " symbol "\\n.set " symbol ", " name);
#define CPPBIND_LOCAL extern "C" __attribute__((visibility("hidden"), used))
CPPBIND_LOCAL void cppbind_missing_virtual() {
    throw std::runtime_error("a virtual function was called that its library does not export");
}
CPPBIND_LOCAL void cppbind_missing_destructor() {}
extern "C" const char cppbind_class_type_info[] __asm__("_ZTVN10__cxxabiv117__class_type_infoE");
extern "C" const char cppbind_si_class_type_info[] __asm__("_ZTVN10__cxxabiv120__si_class_type_infoE");
typedef void (*cppbind_missing_slot)();
#define CPPBIND_8(x) x, x, x, x, x, x, x, x
#define CPPBIND_64(x) CPPBIND_8(CPPBIND_8(x))
extern "C" __attribute__((visibility("hidden"), used)) const cppbind_missing_slot cppbind_missing_table[] = {
    nullptr, nullptr, CPPBIND_64(&cppbind_missing_virtual), CPPBIND_64(&cppbind_missing_virtual),
    CPPBIND_64(&cppbind_missing_virtual), CPPBIND_64(&cppbind_missing_virtual)};
"""


def read_linker(text):
    """({symbol: functions it is used in}, what else a compiler and linker said)."""
    found, rest, within = {}, [], ""
    for line in text.splitlines(keepends=True):
        place, symbol = _WITHIN.search(line), _MISSING.search(line)
        within = place.group(1) if place else within
        if symbol:
            found.setdefault(symbol.group(1) or symbol.group(2), set()).add(within)
        if not _ABOUT.search(line) and not symbol:
            rest.append(line)
    return found, "".join(rest)


def refusals(headers, missing, source=(), owners=None):
    """{owner: reason} of what a dictionary of the model cannot have without these symbols, as `read_linker` gave them.

    `source`: lines of the dictionary as it was, `owners` theirs as in `Emitted`: a function that was inlined into a
    wrapper is found there.
    """
    users = {name for symbol, within in missing.items() if is_variable(symbol) for name in within}
    wanted = {_complete(symbol) for symbol in missing}
    refused = {}
    for cls, function in _functions(headers.root):
        symbol = _complete(function.mangled)
        if symbol in wanted and not function.virtual:       # the object's own virtual table has those
            reason = "its library does not export it (%s)" % function.mangled
        elif function.mangled and function.mangled in users:
            reason = "it uses a variable that its library does not export"
        elif cls is not None and function.kind == fmt.FUNCTION_CONSTRUCTOR and "_ZTV" + mangled(cls) in wanted:
            reason = "its library does not export the virtual table of '%s'" % cls.qualified_name
        else:
            continue
        for leading in [None] + list(range(len(function.parameters))):
            refused["function", signature(function, leading), leading] = reason
    for cls in _classes(headers.root):
        refused.update(_class_refusals(cls, wanted))
    for variable in _variables(headers.root):
        if variable.mangled in missing:
            refused["member", variable.qualified_name] = "its library does not export it (%s)" % variable.mangled
    refused.update(_inlined(users, source, owners or {}))
    return refused


def _class_refusals(cls, wanted):
    if "_ZTV" + mangled(cls) in wanted:
        reason = "its library does not export the virtual table of '%s'" % cls.qualified_name
        yield from (((which, cls.qualified_name), reason) for which, _function in implicit_members(cls)
                    if which != COPY_ASSIGNMENT)
    if cls.destructor is not None and cls.destructor.mangled and _complete(cls.destructor.mangled) in wanted:
        reason = "its library does not export its destructor"
        yield ("destroy", cls.qualified_name), reason
        yield ("delete", cls.qualified_name), reason


def _inlined(users, source, owners):
    """The owners of the wrappers among the names of functions that use what is missing."""
    wrappers = {found.group() for name in users for found in [re.search(r"cppbind_\d+_\d+", name)] if found}
    for number, line in enumerate(source, 1):
        found = wrappers and number in owners and re.search(r"\b(cppbind_\d+_\d+)\(", line)
        if found and found.group(1) in wrappers:
            yield owners[number], "it uses a variable that its library does not export"


def stand_ins(headers, missing):
    """C++ text, for the end of a dictionary, that defines these symbols for the dictionary alone; "" for none."""
    if not missing:
        return ""
    classes = {mangled(cls): cls for cls in _classes(headers.root)}
    lines = [_STAND_INS]
    for number, symbol in enumerate(sorted(missing)):
        name = "cppbind_missing_%d" % number
        if symbol.startswith("_ZTI"):
            lines += [_typeinfo(classes.get(symbol[4:]), symbol, name), _stand_in(symbol, name)]
        elif symbol.startswith(_DATA):
            lines.append(_stand_in(symbol, "cppbind_missing_table"))
        elif is_variable(symbol) or symbol in {variable.mangled for variable in _variables(headers.root)}:
            lines.append('__asm__(".weak %s");' % symbol)
        elif re.search(r"D[012]Ev$", symbol):
            lines.append(_stand_in(symbol, "cppbind_missing_destructor"))
        else:
            lines.append('CPPBIND_LOCAL void %s() { throw std::runtime_error("a function was called that its library '
                         'does not export: %s"); }' % (name, symbol))
            lines.append(_stand_in(symbol, name))
    return "\n".join(lines) + "\n"


def _stand_in(symbol, name):
    return 'CPPBIND_STAND_IN("%s", "%s")' % (symbol, name)


def _typeinfo(cls, symbol, name):
    """The typeinfo of a class (Itanium C++ ABI 2.9.5), with its base where it has one public one."""
    bases = cls.bases if cls is not None else ()
    single = len(bases) == 1 and not bases[0].virtual and bases[0].access == model.PUBLIC
    base = ", &typeid(%s)" % class_text(bases[0].name) if single else ""
    return ('CPPBIND_LOCAL const void *const %s[] = {cppbind_%sclass_type_info + 2 * sizeof(void *), "%s"%s};'
            % (name, "si_" if single else "", symbol[4:], base))


def is_variable(symbol):
    """Whether a mangled name (Itanium C++ ABI 5.1) is that of a variable in a namespace or class."""
    at = 3
    if not symbol.startswith("_ZN"):
        return False
    while at < len(symbol) and symbol[at].isdigit():
        length = re.match(r"\d+", symbol[at:]).group()
        at += len(length) + int(length)
    return symbol[at:] == "E"


def mangled(cls):
    """How the ABI spells a class in the names of its parts; "?" for an instance of a template without functions."""
    if not cls.template_instance and "<" not in cls.qualified_name:
        parts = "".join("%d%s" % (len(part), part) for part in cls.qualified_name.split("::"))
        return "N%sE" % parts if "::" in cls.qualified_name else parts
    for function in cls.functions:
        found = re.match(r"_ZNK?(\w+?)%d%sE" % (len(function.name), function.name), function.mangled or "")
        if found:
            return "N%sE" % found.group(1)
    return "?"


def _complete(symbol):
    """One name for the two or three symbols of a constructor or destructor."""
    return re.sub(r"([CD])[0-2](E)", r"\g<1>1\2", symbol or "")


def _classes(root):
    for namespace in model.walk_namespaces(root):
        for cls in namespace.classes:
            yield cls
            yield from model.walk_classes(cls)


def _functions(root):
    for namespace in model.walk_namespaces(root):
        yield from ((None, function) for function in namespace.functions)
    for cls in _classes(root):
        yield from ((cls, function) for function in cls.functions)


def _variables(root):
    for namespace in model.walk_namespaces(root):
        yield from namespace.variables
    for cls in _classes(root):
        yield from (member for member in cls.members if member.static)
