"""Looks names up in a session when no dictionary has them, and makes dictionaries of what is found.

A name that means nothing but the standard library is looked up, and kept in the cache, without what the session has
beside it: `std::vector<int>` is compiled once for all programs.  Neighbours: `session`, ../clang/lookup.py.
"""

import re

from .. import format as fmt
from ..errors import CompileError, HeaderError
from ..on_demand import LIBRARY_SPACES
from ..runtime.state import registry
from . import cache as store
from .session import LibraryView, View
from .toolchain import ALL_HEADERS, header_text

_BUILTIN_WORDS = frozenset(
    "void bool char signed unsigned short int long float double const volatile char8_t char16_t char32_t wchar_t true "
    "false nullptr decltype size_t int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t".split())


def is_library_name(name):
    """Whether a name, template arguments included, is made of the standard library's and the language's words alone."""
    words = re.findall(r"[A-Za-z_]\w*(?:::[A-Za-z_~]\w*)*", name)
    return all(word.startswith(LIBRARY_SPACES) or word in _BUILTIN_WORDS for word in words)


def _is_function(name):
    return any(kind == fmt.NAME_FUNCTION for _dictionary, kind, _index in registry.find(name, ask=False))


def _helper_model(view, text):
    """(model.Headers, facts) of what a text declares that is compiled with its dictionary."""
    from ..clang.lookup import read_text
    from ..model import Headers
    root, support, problem = read_text(text, view.parse)
    if problem:
        return None, {"problem": problem}
    return Headers((), root, support=support), {"problem": ""}


class Names:
    """The names of one session."""

    def __init__(self, session):
        self._session = session
        self._known = {}            # name -> (generation of the session, facts)
        self._views = []            # of the standard library: basic headers, all headers
        session.headers_for = lambda name: self.facts(name).get("headers", ())

    def facts(self, name):
        """What is known of a name after everything that it stands for was loaded: {} for nothing, else

        space, class_template, function_template, variable_template: whether it is one; canonical: the name of the type
        that it names;
        problem: what the compiler said of it.
        """
        session = self._session
        known = self._known.get(name)
        if known is not None and known[0] == session.generation:
            return known[1]
        if "cppbind_calls::result_" in name:
            from ..runtime.nameless import classes_in
            session.declare(classes_in(name))
        if session.declares(name):
            session.flush()
        # What was defined as text is in a dictionary now, unless headers add overloads to it.
        if session.defines(name) and not session.is_template(name) and not (
                session.has_headers and _is_function(name)):
            self._known[name] = session.generation, {}
            return {}
        library = "std::" in name and is_library_name(name)
        if not library and not session.items:
            facts = {}
        elif library:
            facts = self._library_facts(name)
        else:
            facts = self._session_facts(name)
        self._known[name] = session.generation, facts
        return facts

    def helper(self, text, function, words):
        """Compile a helper and make it known; {'problem': why that cannot be, or ''}.

        `text` defines one inline function of that qualified name; `words` are the names of what it uses, by which it
        is told whether the standard library is enough.
        """
        session = self._session
        session.flush()
        for word in sorted({word for name in words for word in re.findall(r"\bstd(?:::\w+)+", name)}):
            for header in self._library_facts(word).get("headers", ()):
                text = "#include <%s>\n%s" % (header, text)
        library = all(map(is_library_name, words))
        view = next(self._library_views()) if library else View(session)
        key = store.hash_of("helper", view.hash, text)
        try:
            return session.make(key, lambda: _helper_model(view, text), view, function, more=text + "\n")
        except (CompileError, HeaderError) as problem:
            # clang does not look into bodies of templates, the compiler does.
            said = [line.split("error: ", 1)[1] for line in str(problem).splitlines() if "error: " in line]
            return {"problem": "; ".join(dict.fromkeys(said[:2])) or str(problem)}

    def known(self, name):
        """The facts of a name that was asked for before, or None."""
        known = self._known.get(name)
        return None if known is None else known[1]

    def _session_facts(self, name):
        session = self._session
        key = store.hash_of("name", session.hash, name)
        # What is loaded may use what the user defined: that comes first.
        session.flush()
        view = View(session)
        facts = session.make(key, lambda: self._look(name, view), view, name)
        if not facts["found"] and "std::" in name:
            # The library's part of the name may be what is not known.
            for word in set(re.findall(r"\bstd(?:::\w+)+", name)):
                for header in self._library_facts(word).get("headers", ()):
                    session.include_text("#include <%s>\n" % header, header)
            if session.hash != view.hash:
                return self._session_facts(name)
        return facts

    def _library_facts(self, name):
        session = self._session
        facts = {}
        for view in self._library_views():
            key = store.hash_of("name", view.hash, name)
            facts = session.make(key, lambda view=view: self._look(name, view), view, name)
            if facts.get("found"):
                break
        return facts

    def _library_views(self):
        session = self._session
        for index, text in enumerate((session.base, session.base + header_text(ALL_HEADERS))):
            if index == len(self._views):
                self._views.append(LibraryView(session, text))
            yield self._views[index]

    @staticmethod
    def _look(name, view):
        """(model.Headers or None, facts) of a name."""
        from ..clang.lookup import find_name
        from ..model import Headers
        found = find_name(name, view.parse, lambda known: bool(registry.find(known, ask=False)))
        facts = {"space": found.space, "class_template": found.class_template,
                 "function_template": found.function_template, "variable_template": found.variable_template,
                 "canonical": found.canonical,
                 "problem": found.problem}
        facts["found"] = any(facts[kind] for kind in ("space", "class_template", "function_template",
                                                         "variable_template", "canonical")) \
            or found.root is not None
        facts["headers"] = view.headers_of(found.origin)
        headers = None if found.root is None else Headers((), found.root, support=found.support, lineage=found.lineage)
        return headers, facts
