"""`cppbind.multi(A, B)`: one C++ class that derives from several, for Python classes to derive from.

The class is defined on the fly, so this needs a compiler, unless the cache has it.  Neighbours: given.py (defines
it), runtime/directors.py (lets Python derive from it).
"""

import itertools
import os

from . import format as fmt
from . import given, on_demand
from .errors import HeaderError
from .runtime import gbl, native
from .runtime.copying import cpp_class_of
from .runtime.exception_objects import unwrapped
from .runtime.namespaces import is_namespace
from .runtime.state import lock, registry

_known = {}                 # tuple of classes -> the class that derives from them
_NAMESPACE = "cppbind_multi"
_CONSTRUCTORS = 64          # combinations of the bases' constructors; more are left out


def multi(*bases):
    """A C++ class that derives from all of `bases`, two or more C++ classes, in this order.

    A Python class derives from it: `class Mine(cppbind.multi(A, B))`.  Its `__init__` takes the arguments of all
    bases' constructors one after the other, or one tuple for each base: `super().__init__((1, 2), ("name",))`.  The
    same classes give the same class.

    A Python class that derives from a C++ class may be among them: what is given then is a new Python class, which has
    its methods and overrides.  Its `__init__` is not called: the C++ classes' constructors are.

    Raises TypeError for what is no complete C++ class or cannot be derived from together.
    """
    if len(bases) < 2:
        raise TypeError("multi() takes two or more C++ classes")
    python = tuple(map(unwrapped, bases))
    bases = tuple(_checked(base) for base in python)
    with lock:
        known = _known.get(bases)
        if known is None:
            known = _known[bases] = _make(bases)
    mixed = tuple(base for base, cpp in zip(python, bases) if base is not cpp)
    return type(known)("_".join(base.__name__ for base in python), (known,) + mixed, {}) if mixed else known


def _checked(base):
    base = unwrapped(base)
    if not isinstance(base, type) or not isinstance(base, native.Class) or is_namespace(base):
        raise TypeError("a C++ class is needed, not %r" % (base,))
    base = cpp_class_of(base)
    scope = registry.class_scope(base.__cpp_name__)
    if scope is None or scope.flags & fmt.SCOPE_INCOMPLETE:
        raise TypeError("'%s' is only declared" % base.__cpp_name__)
    return base


def _make(bases):
    session = on_demand.session()
    for base in bases:
        header = registry.class_scope(base.__cpp_name__).file
        if header and os.path.isfile(header):
            session.include(os.path.abspath(header))
    name = "_".join(["M%d" % len(_known)] + [base.__name__ for base in bases])
    name = "".join(character if character.isalnum() or character == "_" else "_" for character in name)
    try:
        given.cppdef("namespace %s {\nstruct %s : %s {\n%s};\n}" % (
            _NAMESPACE, name, ", ".join("public ::" + base.__cpp_name__ for base in bases),
            "".join(_constructors(name, bases))))
    except HeaderError as problem:
        raise TypeError("no class can derive from %s: %s" % (
            " and ".join("'%s'" % base.__cpp_name__ for base in bases), problem)) from None
    cls = getattr(getattr(gbl, _NAMESPACE), name)

    def __init__(self, *args, **keywords):
        if len(args) == len(bases) and all(isinstance(arg, tuple) for arg in args):
            args = tuple(itertools.chain(*args))
        native.Instance.__init__(self, *args, **keywords)
    native.store(cls, "__init__", __init__)
    return cls


def _constructors(name, bases):
    """The text of one constructor for each combination of the bases' own, as far as their parameters differ."""
    seen = set()
    for choice in itertools.islice(itertools.product(*map(_parameter_lists, bases)), _CONSTRUCTORS):
        declared, initializers = [], []
        for base, types in zip(bases, choice):
            names = ["a%d" % (len(declared) + place) for place in range(len(types))]
            declared += ["%s %s" % (_declarable(type_), name) for type_, name in zip(types, names)]
            initializers.append("::%s(%s)" % (base.__cpp_name__, ", ".join(
                "static_cast<decltype(%s) &&>(%s)" % (name, name) for name in names)))
        key = tuple(itertools.chain(*choice))
        if key not in seen:
            seen.add(key)
            yield "    %s(%s) : %s {}\n" % (name, ", ".join(declared), ", ".join(initializers))


def _declarable(type_):
    return "typename std::common_type<%s>::type" % type_ if "(" in type_ or "[" in type_ else type_


def _parameter_lists(base):
    """The parameter types of each constructor that is no copy, in C++'s spelling; one without any where none is
    known."""
    scope = registry.class_scope(base.__cpp_name__)
    dictionary, lists = scope.dictionary, []
    for record in dictionary.records("functions", scope.functions_first, scope.functions_count):
        if record.kind != fmt.FUNCTION_CONSTRUCTOR or record.flags & (
                fmt.FUNCTION_COPY | fmt.FUNCTION_MOVE | fmt.FUNCTION_PRIVATE | fmt.FUNCTION_PROTECTED):
            continue
        params = dictionary.records("params", record.params_first, record.params_count)
        lists.append(tuple(dictionary.record("types", param.type).spelling for param in params))
    return lists or [()]
