"""std::variant and std::monostate: one of several types of values.

Neighbours: pythonize.py, the table; stl.py, which has the functions `_stl_...`; std_functions.py, std::get and its kin.
"""

from . import native
from .pythonize_sequence import keeper, store_all
from .state import types_of
from .cpp_types import template_argument_text
from .templates import normal_name, template_arguments

_NONE = type(None)


def monostate(cls):
    """std::monostate: equals None, and is made from it."""
    def __eq__(self, other):
        return other is None or isinstance(other, cls)

    store_all(cls, {"__bool__": lambda self: False, "__eq__": __eq__,
                    "__ne__": lambda self, other: not __eq__(self, other),
                    "__hash__": lambda self: hash(None), "__str__": lambda self: "None"})
    native.set_source(cls, lambda kind, value: kind(), (_NONE,), None)


class _Alternative:
    """One type of a variant: its name, how it is read and written, and how well a value fits."""

    def __init__(self, cls, place, name):
        self.name = name
        self.find = cls.__dict__["_stl_get%d" % place]
        self.put = cls.__dict__.get("_stl_put%d" % place)
        self.keep = keeper(self.find.token[0])
        self.kind = None
        if self.put is not None:
            record = self.put.token[0]
            params = record.dictionary.records("params", record.params_first, record.params_count)
            self.kind = types_of(record.dictionary)[params[1].type]

    def rank(self, value):
        return -1 if self.kind is None else self.kind.rank(value)


def variant(cls):
    """std::variant: compares, prints and hashes as the value it holds, which `value()` gives.

    `holds(T)` asks for a type, `get(T)` or `get(index)` wants it: ValueError where another is held.  A value of
    Python's goes to the alternative that fits best, as C++'s converting constructor has it.
    """
    names = template_arguments(cls.__cpp_name__)
    alternatives = []
    while "_stl_get%d" % len(alternatives) in cls.__dict__:
        alternatives.append(_Alternative(cls, len(alternatives), normal_name(names[len(alternatives)])))
    if not alternatives:
        return
    index = cls.__dict__["index"]

    def value(self):
        """The value that is held, None for std::monostate; ValueError where an exception left none."""
        at = index(self)
        if not 0 <= at < len(alternatives):
            raise ValueError("this '%s' has no value" % cls.__name__)
        if alternatives[at].name == "std::monostate":
            return None
        return alternatives[at].keep(alternatives[at].find(self), self)

    def place(which):
        if isinstance(which, int) and not isinstance(which, bool):
            if not 0 <= which < len(alternatives):
                raise TypeError("'%s' has %d alternatives" % (cls.__name__, len(alternatives)))
            return which
        name = normal_name(template_argument_text(which))
        places = [at for at, alternative in enumerate(alternatives) if alternative.name == name]
        if len(places) != 1:
            raise TypeError("'%s' is %s of '%s'" % (name, "no alternative" if not places else "not the only one",
                                                    cls.__name__))
        return places[0]

    def holds(self, which):
        """Whether the alternative of that type is held: a class, int, float, str, bool, or a C++ type as text."""
        return index(self) == place(which)

    def get(self, which):
        """The value of that type or index; ValueError where another one is held."""
        if index(self) != place(which):
            held = alternatives[index(self)].name if 0 <= index(self) < len(alternatives) else "nothing"
            raise ValueError("this '%s' holds %s, not %s" % (cls.__name__, held, which))
        return value(self)

    def __eq__(self, other):
        return value(self) == (value(other) if isinstance(other, cls) else other)

    store_all(cls, {"value": value, "holds": holds, "get": get, "__eq__": __eq__, "__deref__": value,
                    "__ne__": lambda self, other: not __eq__(self, other), "__hash__": lambda self: hash(value(self)),
                    "__str__": lambda self: str(value(self))})

    def ranked(item):
        ranks = [(alternative.rank(item), at) for at, alternative in enumerate(alternatives)]
        return sorted(rank for rank in ranks if rank[0] >= 0)

    def from_python(kind, item):
        self, problem = kind(), None
        for _rank, at in ranked(item):
            try:
                alternatives[at].put(self, item)
                return self
            except (TypeError, OverflowError, ValueError) as error:
                problem = problem or error
        raise problem or TypeError("'%s' has no alternative for %r" % (cls.__name__, item))
    native.set_source(cls, from_python, (lambda item: bool(ranked(item)),), None)
