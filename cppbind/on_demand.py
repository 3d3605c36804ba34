"""Where names go that no dictionary has: to the session of fly/, once there is one.

A session begins when C++ is given (`cppdef`, `include`), or when a name of std is used that no dictionary has.  Where
it cannot begin, since the compiler or libclang is missing, dictionaries work as ever, and `why_not` says what is
missing.
"""

from . import stl
from .errors import CacheError, ClangNotFoundError, CompileError
from .runtime.state import lock, registry

MEMORY = "declared in headers"        # the path of dictionaries that have no library
LIBRARY_SPACES = ("std::", "__gnu_cxx::")        # the standard library's own: its iterators are in the second
_session = None
_names = None
_problem = None             # why no session could begin for a name of std
_busy = set()               # names that are being looked up: what that loads may ask for them again


def session():
    """The session, begun if there is none.  CompileError, ClangNotFoundError or CacheError where that cannot be."""
    global _session, _names
    with lock:
        if _session is None:
            from .fly.names import Names
            from .fly.session import Session
            _session = Session()
            _names = Names(_session)
            from .runtime.operator_templates import install
            install()
        return _session


def given():
    """Whether the user gave C++."""
    return _session is not None and bool(_session.items)


def generation():
    """A number that grows with the C++ that was given."""
    return -1 if _session is None else _session.generation


def reflect(name, known):
    """Load what `name` stands for in the session; `known`: dictionaries have it.  Whether anything may have changed."""
    global _problem
    if name.startswith(("cppbind_calls", "cppbind_stl")):
        return False            # generated: whoever had it compiled loaded it
    if not name or name in _busy or name == "std" or name in stl.TEMPLATES or any(
            mark in name for mark in ("(unnamed", "(lambda", "(anonymous")):
        return False
    if not given():
        if known or not name.startswith(LIBRARY_SPACES) or _problem is not None:
            return False
    elif known and not _may_grow(name):
        return False
    with lock:
        try:
            session()
        except (CompileError, ClangNotFoundError, CacheError) as problem:
            _problem = str(problem)
            return False
        _busy.add(name)
        try:
            _names.facts(name)
        except ClangNotFoundError as problem:
            _problem = str(problem)
        finally:
            _busy.discard(name)
    return True


def _may_grow(name):
    """Whether what is loaded of a name need not be all of it: overloads may have been added."""
    from . import format as fmt
    return _session.declares(name) or any(
        kind == fmt.NAME_FUNCTION or (kind == fmt.NAME_SCOPE and dictionary.record("scopes", index).flags
                                      & fmt.SCOPE_INCOMPLETE)
        for dictionary, kind, index in registry.find(name, ask=False))


def facts(name):
    """What the session knows of a name (see fly.names.Names.facts); {} without a session."""
    if _names is None or not name:
        return {}
    with lock:
        known = _names.known(name)
        return known or {}


def type_of(expression):
    """The facts of a type such as 'decltype(f(1))'; {} where no session can begin."""
    global _problem
    with lock:
        try:
            session()
            return _names.facts(expression)
        except (CompileError, ClangNotFoundError, CacheError) as problem:
            _problem = str(problem)
            return {}


def compile_helper(text, function, words):
    """Compile generated C++ now, and make known what it declares: why that cannot be, '' where it can.

    `text`: C++ that may use all that was given; `function`: a name for it in messages; `words`: names of what it uses.
    """
    with lock:
        try:
            session()
            from .runtime.nameless import with_classes
            return _names.helper(with_classes(text), function, words)["problem"]
        except (CompileError, ClangNotFoundError, CacheError) as problem:
            return str(problem)


def can_know(name):
    """Whether the session may know a class: it is the standard library's, or C++ was given."""
    return given() or name.startswith(LIBRARY_SPACES)


def is_own(path):
    """Whether a dictionary was made on the fly."""
    return path == MEMORY or (_session is not None and path.startswith(_session.cache.path))


def why_not():
    """Why nothing can be compiled here, '' where it can."""
    return _problem or ""


registry.reflect = reflect
