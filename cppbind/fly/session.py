"""The C++ that was given so far, in order, and what has been made of it.

A session is a text that grows: the headers of the standard library, then one item for each thing that was included or
defined.  Each item is parsed once, when it is given; its definitions are compiled when something of them is first
used.  What is found out goes to the cache under a hash of all that it depends on, so that the next process neither
parses nor compiles.  Neighbours: `names` looks names up in a session, `unit` compiles, `cache` keeps.
"""

import os
import re
import warnings
from collections import namedtuple

from ..errors import CompileError, DictionaryError, HeaderError, IncludeError
from ..runtime.state import lock
from . import cache as store
from .progress import progress
from .toolchain import BASIC_HEADERS, Toolchain, header_text

# declared: what later units see.  definition: what is compiled once, None where that is nothing.  names: what it
# declares, for definitions.  label: its name in messages.  inline: USRs of members that it defines inline after their
# class.  bodies: {USR: place} of the functions whose bodies later units do not see.
Item = namedtuple("Item", "declared definition names templates label inline bodies hash")

_FOLDER = "/cppbind/"           # where libclang finds fragments: nothing has to exist there
_WARNING, _ERROR = 2, 3
# What clang says of a name of the standard library whose header is not included.
_MISSING = re.compile(r"no (?:\w+ )*named '(\w+)' in namespace '(std(?:::\w+)*)'")


class Session:
    """One per process (`on_demand.session`); everything is done under the lock of the run time.

    CompileError, ClangNotFoundError or CacheError where a tool that is needed is missing.
    """

    def __init__(self, cache=None):
        self.cache = store.Cache() if cache is None else cache
        self.cache.folder()
        self.toolchain = Toolchain(self.cache)
        self.items, self._pending = [], []
        self._parser, self._given = None, 0
        self._warned = set()            # a header is read again with each thing that is given after it
        self._included = set()          # includes that were given as definitions
        self._once = set()              # headers that are written out and would be read again (`#pragma once`)
        self.base = header_text(BASIC_HEADERS)
        self.base_hash = self.read_base(self.base)
        self.generation = 0             # grows with the items
        self.headers_for = lambda name: ()      # of `names`: headers of the standard library that have a name of std

    # ---- the text -------------------------------------------------------------------------------

    @property
    def parser(self):
        """The user of libclang, which a process that finds all it needs in the cache does without."""
        if self._parser is None:
            from ..clang.units import UnitParser
            parser = UnitParser(self.toolchain, self.cache)
            if not parser.adopt(self.base):
                with progress("reading the headers of the standard library"):
                    parser.precompile(self.base)
            self._parser = parser
        return self._parser

    @property
    def hash(self):
        """What this text and the files that it includes are known by."""
        return self.items[-1].hash if self.items else self.base_hash

    def text(self, upto=None):
        """What libclang reads: the standard library's headers and what the items declare."""
        return self.base + "".join(item.declared for item in self.items[:upto])

    def read_base(self, text):
        """The hash of a text of library headers and of the files that it includes; they are read where they changed."""
        key = store.hash_of("base", self.toolchain.key(), text)
        known = self.cache.read(key)
        if known is None or not store.files_unchanged(known["files"]):
            with progress("reading the headers of the standard library"):
                if self._parser is None:
                    from ..clang.units import UnitParser
                    self._parser = UnitParser(self.toolchain, self.cache)
                    self._parser.adopt(self.base)
                files = self._parser.precompile(text)
            known = {"files": store.record_files(map(os.path.abspath, files))}
            known["hash"] = store.files_hash(known["files"])
            folders = sorted(self.toolchain.system_dirs, key=len)       # /usr/include/c++/12 after /usr/include
            self.cache.write(store.hash_of("origins", key), {
                name: os.path.relpath(outer, folder) for name, outer in files.items()
                for folder in folders if outer.startswith(folder + "/")})
            self.cache.write(key, known)
        return store.hash_of(key, known["hash"])

    def origins(self, text):
        """{file of the system: header that `text` includes to get there}."""
        return self.cache.read(store.hash_of("origins", store.hash_of("base", self.toolchain.key(), text))) or {}

    def _push(self, declared, key, files=(), definition=None, names=(), templates=(), label="", inline=(),
              bodies=()):
        self.items.append(Item(declared, definition, frozenset(names), frozenset(templates), label, tuple(inline),
                               {usr: "%s:%s" % (label, place) for usr, place, _name in bodies},
                               store.hash_of(key, store.files_hash(files))))
        self.generation += 1
        if definition is not None:
            self._pending.append(len(self.items) - 1)

    def _warn(self, texts):
        for text in texts:
            if text not in self._warned:
                self._warned.add(text)
                warnings.warn(text, SyntaxWarning, stacklevel=5)

    # ---- headers --------------------------------------------------------------------------------

    def include(self, header, c_linkage=False):
        """Add a header.  IncludeError with clang's words where it is not found or has errors."""
        text = "#include %s\n" % (header if header.startswith("<") and header.endswith(">") else '"%s"' % header)
        if c_linkage:
            text = 'extern "C" {\n%s}\n' % text
        self.include_text(text, header)

    def include_text(self, text, what):
        """Add includes as they stand; nothing where the session has the same already."""
        if text in self._included or any(item.declared == text for item in self.items):
            return
        if self._once and self._writer().changes(text, os.getcwd()):
            self._define_include(text)
            return
        key = store.hash_of("include", self.hash, text)
        known = self.cache.read(key)
        if known is None or not _holds(known):
            from ..clang.units import SOURCE_NAME
            with progress("reading %s" % what):
                unit, said = self.parser.parse(self.text(), text)
            errors = [words for severity, words in said if severity >= _ERROR]
            if any(severity > _ERROR or not _in_system(words, self.toolchain.system_dirs)
                   for severity, words in said if severity >= _ERROR):
                errors = [words.replace(SOURCE_NAME + ":", "line ", 1) for words in errors]
                raise IncludeError('Failed to load header file "%s"\n%s' % (what, "\n".join(errors)))
            known = dict(_files_of(unit), inline=_inline_definitions(unit), warnings=[
                words for severity, words in said if severity == _WARNING and not words.startswith(SOURCE_NAME)],
                defines=bool(self._defining_files(unit, text)))
            self.cache.write(key, known)
        self._warn(known["warnings"])
        if known["defines"]:
            self._define_include(text)
        else:
            self._push(text, key, known["files"], inline=known["inline"])

    def _define_include(self, text):
        self.define(text)
        self._included.add(text)

    def _writer(self, files=(), once=None):
        from .header_text import Writer
        return Writer(files, (os.getcwd(), *self.toolchain.include_dirs), self._once if once is None else once)

    def _defining_files(self, unit, text, own=None):
        """The headers that a text includes and that define what may be defined once; `own`: the file that it is."""
        from .header_text import defining_files
        return defining_files(unit, self._writer().includes(text, os.getcwd()), own)

    def add_include_path(self, path):
        """Search `path` for headers.  NotADirectoryError where there is no folder."""
        folder = os.path.abspath(os.fspath(path))
        if not os.path.isdir(folder):
            raise NotADirectoryError("No such directory: %s" % os.fspath(path))
        if folder not in self.toolchain.include_dirs:
            self.toolchain.include_dirs += (folder,)
            text = "// -I %s\n" % folder.replace("\n", " ")
            self._push(text, store.hash_of("path", self.hash, text))

    # ---- definitions ----------------------------------------------------------------------------

    def define(self, code, kind="cppdef"):
        """Add C++; returns its label, such as 'cppdef_3'.  HeaderError with clang's words where it does not compile.

        It is compiled when something of it is used, at once if variables have initializers that run code.
        """
        self._given += 1
        label = "%s_%d" % (kind, self._given)
        key = store.hash_of("definition", self.hash, code)
        known = self.cache.read(key)
        if known is None or not _holds(known):
            known = self._read_fragment(code, label)
            self.cache.write(key, known)
        self._check_bodies(known["bodies"], label)
        self._once.update(known["once"])
        marker = '# 1 "%s"\n' % label
        kept = len(self.items)
        self._push(marker + known["declared"] + "\n", key, known["files"], marker + known["definition"] + "\n",
                   known["names"], known["templates"], label, known["inline"], known["bodies"])
        self._warn([text.replace("@", label, 1) for text in known["warnings"]])
        if known["eager"]:
            self.flush(kept)
        return label

    def _check_bodies(self, bodies, label):
        """HeaderError where a function has a body already (C++ [basic.def.odr]): clang sees its declaration alone."""
        errors = ["%s:%s: error: redefinition of '%s'\n%s: note: previous definition is here" % (
            label, place, name, item.bodies[usr]) for usr, place, name in bodies for item in self.items
            if usr in item.bodies]
        if errors:
            raise _syntax_error("Failed to parse the given C++ code", errors)

    def _read_fragment(self, code, label, again=4):
        """Parse a fragment, bodies included; what `define` keeps of it."""
        from ..clang.fragments import split_fragment
        name, once, given = _FOLDER + label, set(self._once), code
        if once:
            code = self._writer(once=once).expand(code, os.getcwd())
        with progress("reading %s" % label):
            unit, said = self._parse_fragment(name, code)
            files = _files_of(unit)
            defining = self._defining_files(unit, code, name)
            if defining:
                code = self._writer(defining, once).expand(code, os.getcwd())
                unit, said = self._parse_fragment(name, code)
        said = [(severity, words.replace(_FOLDER, "")) for severity, words in said]
        errors = [words for severity, words in said if severity >= _ERROR
                  and not _in_system(words, self.toolchain.system_dirs)]
        if errors:
            missing = set() if again <= 0 else {
                header for words in errors for found in _MISSING.finditer(words)
                for header in self.headers_for("%s::%s" % (found.group(2), found.group(1)))}
            if missing:
                return self._with_headers(missing, given, label, again)
            raise _syntax_error("Failed to parse the given C++ code", errors)
        fragment = split_fragment(unit, name, code + "\n")
        return dict(files, declared=fragment.declared, definition=fragment.definition, names=fragment.names,
                    templates=fragment.templates, eager=fragment.eager, bodies=fragment.bodies,
                    once=sorted(once),
                    inline=_inline_definitions(unit), warnings=[
                        words.replace(label, "@", 1) for severity, words in said
                        if severity == _WARNING and words.startswith(label)])

    def _parse_fragment(self, name, code):
        return self.parser.parse(self.text(), '#include "%s"\n' % name, ((name, code + "\n"),), skip_bodies=False)

    def _with_headers(self, missing, code, label, again):
        """Read a fragment once more after headers of the standard library that it lacks."""
        before = list(self.items)
        self.include_text("".join("#include <%s>\n" % header for header in sorted(missing)), ", ".join(missing))
        try:
            return self._read_fragment(code, label, again - 1)
        except HeaderError:
            self.items = before
            raise

    def declare(self, text):
        """Let what comes later see declarations that are generated, and need no code of their own."""
        if text and not any(item.declared == text for item in self.items):
            self._push(text, store.hash_of("declare", self.hash, text))

    def declares(self, name):
        """Whether a definition that is not compiled yet declares this name, or something in it."""
        return any(name in self.items[index].names for index in self._pending)

    def defines(self, name):
        """Whether a definition declares this name."""
        return any(name in item.names for item in self.items)

    def is_template(self, name):
        """Whether a definition declares a template of this name."""
        return any(name in item.templates for item in self.items)

    @property
    def has_headers(self):
        """Whether headers were included."""
        return any(item.definition is None for item in self.items)

    def flush(self, kept=None):
        """Compile and load the definitions that were not needed so far, with a dictionary of all that they declare.

        Where the compiler refuses them they are taken back, and all that was given after the first of them (or after
        `kept` items).
        """
        if not self._pending:
            return
        pending, self._pending = self._pending, []
        if all(self._is_empty(self.items[index]) for index in pending):
            return
        key = store.hash_of("unit", self.hash, ",".join(map(str, pending)))
        try:
            self.make(key, lambda: (self._definitions_model(pending), {}), View(self),
                      ", ".join(self.items[index].label for index in pending), pending)
        except (HeaderError, CompileError):
            del self.items[pending[0] if kept is None else min(kept, pending[0]):]
            self.generation += 1
            raise

    @staticmethod
    def _is_empty(item):
        """Whether a definition has nothing that code or a dictionary is made of: templates alone, which are found by
        their instances."""
        return item.names <= item.templates and item.definition == item.declared

    def _definitions_model(self, pending):
        from .. import model
        from ..clang.declarations import DeclarationReader
        from ..clang.instantiate import add_instances
        names = {_FOLDER + self.items[index].label for index in pending}
        files = [(_FOLDER + self.items[index].label, self.items[index].definition.split("\n", 1)[1])
                 for index in pending]
        text = self.text(pending[0])
        tail = "".join('#include "%s"\n' % (_FOLDER + item.label) if index in pending else item.declared
                       for index, item in enumerate(self.items) if index >= pending[0])

        def parse(more=""):
            return self.prepare(self.parser.parse(text, tail + more, files)[0])

        def is_users(location):
            return location.file in names
        unit = parse()
        reader = DeclarationReader(is_users)
        root = reader.read(unit.cursor)
        root, _names, support = add_instances(root, unit, parse, lambda location: not location.system)
        return model.Headers((), root, support=tuple(sorted(support)), lineage=reader.lineage(root))

    # ---- libraries ------------------------------------------------------------------------------

    def prepare(self, unit):
        """A unit that knows which members headers define inline, as if their bodies had been read."""
        for item in self.items:
            unit.inline_definitions.update(item.inline)
        return with_specializations(unit)

    def make(self, key, reflect, view, what, defined=(), more=""):
        """Load what the cache has under a key, or else make it; returns what the cache keeps of it.

        `reflect()` gives (model.Headers or None, facts to be kept, a dict).  It is compiled after the text of a `View`.
        `defined`: the items whose definitions are compiled with it; `more`: text that is.
        """
        library = self.cache.file(key, ".so")

        def read():
            known = self.cache.read(key)
            return None if known and known.get("library") and not os.path.exists(library) else known
        known = read()
        if known is not None:
            try:
                self.load(key, known)
                return known
            except DictionaryError:
                self.cache.remove(key)          # damaged
        with self.cache.lock(key):
            known = read() or self._make(key, library, reflect, view, what, defined, more)
        self.load(key, known)
        return known

    def _make(self, key, library, reflect, view, what, defined, more):
        from .unit import needs_no_code
        with progress("reading %s" % what):
            headers, known = reflect()
        if headers is not None:
            data = None if defined or more else needs_no_code(headers)
            if data is not None:
                known["memory"] = data
            else:
                with progress("compiling %s" % what), self.cache.replacing(library) as path:
                    view.compile(headers, defined, path, more)
                known["library"] = True
        self.cache.write(key, known)
        return known

    def load(self, key, known):
        """Make the dictionary of an entry of the cache known to the run time."""
        if known.get("library"):
            from ..loader import load_file
            load_file(self.cache.file(key, ".so"))
        elif known.get("memory"):
            from ..loader import add_dictionary
            from ..on_demand import MEMORY
            from .memory import MemoryDictionary
            add_dictionary("memory:" + key, lambda: MemoryDictionary(MEMORY, known["memory"]))


class _Everything(set):
    """A set that has everything."""

    def __contains__(self, item):
        return True


def with_specializations(unit):
    """The unit, to be asked of each instance whether a partial specialisation is meant: precompiled headers do not show
    which templates have some."""
    unit.partly_specialized = _Everything()
    return unit


class View:
    """What a session looks like to what is asked of it: all of it."""

    def __init__(self, session):
        self._session = session
        self.hash = session.hash

    def parse(self, tail, files=()):
        """A TranslationUnit of the text with a tail, which may include `files`."""
        session = self._session
        return session.prepare(session.parser.parse(session.text(), tail, files)[0])

    def compile(self, headers, defined, library, more=""):
        """Compile the dictionary of a model.Headers after the items, definitions where they are its own, and `more`."""
        from .unit import compile_unit
        text = "".join(item.definition if index in defined else item.declared
                       for index, item in enumerate(self._session.items)) + more
        compile_unit(headers, text, library, self._session.toolchain.precompiled_options(self._session.base))

    def headers_of(self, root):
        """The headers that declare what is in a model."""
        return ()


class LibraryView(View):
    """The headers of the standard library alone, so that what is made of them serves every session."""

    def __init__(self, session, text):
        super().__init__(session)
        self.hash = session.read_base(text)
        self._text = text
        self._origins = None

    def parse(self, tail, files=()):
        parser = self._session.parser
        if not parser.adopt(self._text):
            with progress("reading all headers of the standard library"):
                parser.precompile(self._text)
        return with_specializations(parser.parse(self._text, tail, files)[0])

    def compile(self, headers, defined, library, more=""):
        """With few headers beside those that are precompiled; with all of them where that is not enough."""
        from .unit import compile_unit
        session = self._session
        options = session.toolchain.precompiled_options(session.base)
        few = "".join("#include <%s>\n" % name for name in self.headers_of(headers.root))
        try:
            compile_unit(headers, few + more, library, options)
        except CompileError:
            if self._text == session.base:
                raise
            compile_unit(headers, self._text[len(session.base):] + more, library, options)

    def headers_of(self, root):
        if self._text == self._session.base or root is None:
            return []
        from .. import model
        if self._origins is None:
            self._origins = self._session.origins(self._text)
        declared = [item for namespace in model.walk_namespaces(root) for item in (
            namespace.functions + namespace.variables + namespace.enums + namespace.typedefs)]
        places = {item.location.file for item in declared + list(model.walk_classes(root))}
        return sorted({self._origins[place] for place in places if place in self._origins})


def _files_of(unit):
    """What `_holds` needs of the files that a unit includes: found from the current folder they mean that one."""
    files = [os.path.abspath(name) for name in unit.included_files() if os.path.exists(name)]
    here = os.getcwd()
    return {"files": store.record_files(files),
            "folder": here if any(name.startswith(here + os.sep) for name in files) else None}


def _holds(known):
    """Whether what was read of files is true still, and here."""
    return known["folder"] in (None, os.getcwd()) and store.files_unchanged(known["files"])


def _inline_definitions(unit):
    from ..clang.declarations import DeclarationReader
    DeclarationReader(lambda location: not location.system).look_ahead(unit.cursor)
    return sorted(unit.inline_definitions)


def _in_system(words, folders):
    """Whether a diagnostic lies in a header of the system: clang does not know all of GCC's."""
    return any(words.startswith(folder + "/") for folder in folders)


def _syntax_error(message, errors):
    place = errors[0].split(":")
    if len(place) > 3 and place[1].isdigit() and place[2].isdigit():
        return HeaderError("%s\n%s" % (message, "\n".join(errors)), place[0], int(place[1]), int(place[2]))
    return HeaderError("%s\n%s" % (message, "\n".join(errors)))


def locked(function):
    """A function that holds the lock of the run time."""
    def run(*arguments, **keywords):
        with lock:
            return function(*arguments, **keywords)
    run.__doc__, run.__name__, run.__qualname__ = function.__doc__, function.__name__, function.__qualname__
    return run
