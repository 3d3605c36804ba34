"""From headers to a dictionary: reflect, select, emit, compile.

`build` makes the shared library and the map file beside it, `generate` stops at the C++ source.  The one place where
the steps of the pipeline follow each other.
"""

import os
import re
import shutil
import tempfile
from collections import namedtuple
from dataclasses import replace

from .clang.function_instances import Prototype
from .clang.parse import parse_headers
from .compiler import Options, compile_shared, find_library
from .elf_symbols import exported_symbols, undefined_symbols
from .emit_dictionary import emit_dictionary
from .emit_directors import COPY_OWNER
from .errors import CompileError
from .missing_symbols import read_linker, refusals, stand_ins
from .selection import chosen_instances, read_selection, rename_rules, select

# library, map_file: paths.  names: [(kind, qualified name)] in the map file.  warnings: [str].
# unavailable: [str], functions that are listed but cannot be called, with the reason.
Built = namedtuple("Built", "library map_file names warnings unavailable")
# source: C++ text.  The rest as in Built.
Generated = namedtuple("Generated", "source names warnings unavailable owners")

# How often to leave out what the compiler refuses.  Templates can hide a second error behind the first.
_ATTEMPTS = 12          # compilers report a function that cannot be instantiated for one of those that ask for it


def generate(headers, selection=None, options=Options()):
    """The source of a dictionary of C++ headers, as Generated.

    `headers`: file names as after #include.  `selection`: the path of a selection file, or None for everything the
    headers declare.  Raises HeaderError, SelectionError or ClangNotFoundError.
    """
    chosen, warnings = _reflect(headers, selection, options)
    emitted = emit_dictionary(chosen)
    return Generated(emitted.source, emitted.names, warnings, _describe(emitted), emitted.owners)


def build(headers, output, selection=None, options=Options(), source=None):
    """Build the dictionary library `output` of C++ headers, and its map file; returns Built.

    `headers`, `selection` and errors as for `generate`, and CompileError with what the compiler said.  `source`: a path
    at which the generated C++ is kept.  `output` is replaced only when everything went well.
    """
    chosen, warnings = _reflect(headers, selection, options)
    output = os.path.abspath(output)
    folder = tempfile.mkdtemp(prefix="cppbind-")
    try:
        path = source or os.path.join(folder, os.path.splitext(os.path.basename(output))[0] + ".cpp")
        library = os.path.join(folder, os.path.basename(output))
        emitted, said = compile_model(chosen, path, library, options)
        os.makedirs(os.path.dirname(output), exist_ok=True)
        _move(library, output)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if said.strip():
        warnings.append(said.rstrip())
    map_file = os.path.splitext(output)[0] + ".rootmap"
    write_map(map_file, os.path.basename(output), emitted.names, headers)
    return Built(output, map_file, emitted.names, warnings, _describe(emitted))


def _reflect(headers, selection, options):
    rules = None if selection is None else read_selection(selection)
    named = [] if rules is None else [rule.name for rule in rules.rules + rules.exclusions
                                      if rule.kind == "class" and rule.name and rule.name.rstrip().endswith(">")]
    named += [] if rules is None else _prototypes(rules)

    def narrow(whole, names):
        chosen = select(whole, rules and rename_rules(rules, dict(whole.named)))[0]
        return (chosen,) + chosen_instances(rules, names)
    read = parse_headers(headers, options, named, narrow)
    rules = rules and rename_rules(rules, dict(read.named))
    chosen, unused = select(read, rules)
    warnings = list(read.warnings)
    warnings += ["%s: %s matches nothing in the headers" % (selection, rule) for rule in unused]
    found = {asked for asked, _ in read.named}
    warnings += ['%s: <method proto_name="%s"> of %s matches nothing in the headers'
                 % (selection, asked.text, asked.owner)
                 for asked in (_prototypes(rules) if rules else ()) if asked.owner and asked.text not in found]
    return chosen, warnings


def _prototypes(rules):
    """What the rules name by prototype: functions, and members that they add to a class."""
    for rule in rules.rules:
        if rule.kind == "function" and rule.prototype:
            yield Prototype("", rule.prototype)
        if rule.kind == "class" and rule.name:
            yield from (Prototype(rule.name, method.prototype) for method in rule.methods if method.prototype)


def _describe(emitted):
    return ["%s: '%s' is not fully available: %s" % (location, text, reason) if text.startswith("class ")
            else "%s: '%s' is not available: %s" % (location, text, reason)
            for text, reason, location in emitted.unavailable]


def compile_model(chosen, path, library, options, helpers=True):
    """Emit the dictionary of a model as the file `path` and compile it into `library`; returns (Emitted, warnings).

    What the compiler refuses is emitted as unavailable instead.  `helpers` as for `emit_dictionary`.
    """
    # The source may lie elsewhere: includes are found from the current directory, as when the headers were read.
    options = replace(options, include_dirs=options.include_dirs + (os.getcwd(),))
    refused, elsewhere, missing = {}, set(), {}
    for attempt in range(_ATTEMPTS):
        emitted = emit_dictionary(chosen, refused, elsewhere, helpers)
        with open(path, "w", encoding="utf-8") as file:
            file.write(emitted.source + stand_ins(chosen, missing))
        try:
            said = compile_shared(path, library, options, report_missing=True)
        except CompileError as error:
            blamed = blame(error.output, path, emitted.owners, emitted.places)
            blamed.update(_not_exported(chosen, error.output, emitted, missing)[0])
            if not blamed or attempt == _ATTEMPTS - 1:
                raise
        else:
            not_exported, said = _not_exported(chosen, said, emitted, missing, _unresolved(library, options))
            blamed = undefined_inlines(said, emitted.places)
            blamed.update(not_exported)
            # Inline, and not defined in the headers, of which compilers do not warn where these are the system's.
            undefined = emitted.defined_here & undefined_symbols(library)
            if not (blamed or undefined) or attempt == _ATTEMPTS - 1:
                return emitted, said
            elsewhere |= undefined
        refused.update(blamed)
    raise AssertionError("unreachable")


def _unresolved(library, options):
    """Symbols of C++ that a fresh dictionary may do without, and that none of the libraries given has."""
    weak = [symbol for symbol in undefined_symbols(library, weak=True) if symbol.startswith("_Z")]
    if not weak or not options.libraries:
        return ()

    def find(name):
        return find_library(name, options)
    known = exported_symbols([library], options.library_dirs, find)
    return () if known is None else set(weak) - known


def _not_exported(chosen, said, emitted, missing, unresolved=()):
    """({owner: reason} for the symbols that the linker missed and others that no library has, and what else was said).

    `missing` learns them.
    """
    found, rest = read_linker(said)
    for symbol in unresolved:
        found.setdefault(symbol, set())
    new = {symbol: within for symbol, within in found.items() if symbol not in missing}
    missing.update(new)
    return refusals(chosen, missing, emitted.source.splitlines(), emitted.owners) if new else {}, rest


def blame(output, path, owners, places=()):
    """{owner: reason} for the errors in a compiler's output; one without an owner may go away with another's.

    `owners` maps lines of the generated file `path` to owners.  An error in a template is blamed on the line that
    asked for it: g++ names it before the error ("required from"), clang++ after ("requested here").  Where that line is
    in the helper templates, the class they were asked about is to blame.  A special member that the compiler supplies
    is needed where its class is declared: `places` maps such locations to owners.
    """
    place = re.compile(re.escape(path) + r":(\d+):")
    classes = {_plain_name(owner[1]): owner for owner in owners.values() if owner[0] == "class"}
    places = _real_places(places)
    blamed, context, previous, orphan = {}, [], [], None
    for line in output.splitlines():
        found = place.match(line)
        owner = owners.get(int(found.group(1))) if found else None
        if re.search(r":\d+:(\d+:)? (fatal )?error: ", line):
            reason = "the compiler refuses it: " + line.split("error: ", 1)[1]
            # Of several errors in one instantiation g++ gives the context of the first alone.
            previous = [known for known in context + [owner] if known is not None] or previous
            for known in previous:
                blamed.setdefault(known, reason)
            orphan, context = (None if previous else reason), []
        elif line.startswith("In file included from") or ": In " in line or ": At " in line:
            previous = []
        elif "required from" in line:
            asked = re.search(r"'struct std::is_\w+<(.+)>'", line)
            if owner is not None or asked:
                context.append(owner or classes.get(_plain_name(asked.group(1))))
            elif line.endswith("required from here"):
                context += _owners_at(line, places)
        elif "requested here" in line and owner is not None and orphan:
            blamed.setdefault(owner, orphan)
            orphan = None
    return blamed


def _plain_name(name):
    """A class name in one spelling for both compilers: g++ writes 'long unsigned int' and '> >'."""
    for spelling, common in (("long long unsigned int", "unsigned long long"), ("long unsigned int", "unsigned long"),
                             ("short unsigned int", "unsigned short"), ("long long int", "long long"),
                             ("long int", "long"), ("short int", "short")):
        name = name.replace(spelling, common)
    return name.replace(" ", "")


def _real_places(places):
    return {(os.path.realpath(place.file), place.line, place.column): places[place] for place in places}


def _owners_at(line, places):
    """The owners of copies among those of the place at the beginning of a compiler's line."""
    found = re.match(r"(.+?):(\d+):(\d+):", line)
    place = found and (os.path.realpath(found.group(1)), int(found.group(2)), int(found.group(3)))
    return [owner for owner in places.get(place, ()) if owner[0] == COPY_OWNER]


def undefined_inlines(output, places):
    """{owner: reason} of inline functions that are declared but not defined, by the compiler's warnings.

    Another header may define them.  A library that needs them would not load.
    """
    blamed = {}
    places = _real_places(places)
    for line in output.splitlines():
        found = re.match(r"(.+?):(\d+):(\d+): warning: inline function .*(used but never|is not) defined", line)
        if found:
            place = os.path.realpath(found.group(1)), int(found.group(2)), int(found.group(3))
            for owner in places.get(place, ()):
                blamed[owner] = "it is inline, but not defined in the headers"
    return blamed


def _move(library, output):
    """Put a file in place in one step; across file systems, by a copy beside the target."""
    try:
        os.replace(library, output)
    except OSError:
        beside = output + ".new"
        shutil.copy(library, beside)
        os.replace(beside, output)


def write_map(path, library, names, headers):
    """Write the map file: which names are found in which library, for the class loader.

        [ libEventDict.so ]
        header Event.h
        class Event
        namespace ns
    """
    lines = ["# Names of a reflection dictionary, for the class loader.", "[ %s ]" % library]
    lines += ["header " + os.path.basename(header) for header in headers]
    lines += ["%s %s" % name for name in sorted(set(names))]
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
