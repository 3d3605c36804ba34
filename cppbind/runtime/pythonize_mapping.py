"""std::map, std::set and their kin as dicts and sets of Python's.

Iterating reads the keys first, so changing the container meanwhile does no harm.  Neighbours: pythonize.py, the table;
stl.py, which has the functions `_stl_...`.
"""

import collections
import collections.abc

from .. import format as fmt
from . import native
from .iterators import add_erase
from .pythonize_sequence import (add_positions, class_of_result, keeper, kept, moved_out, moves_items, plain_copy,
                                  store_all, truth)

_NOTHING = object()
_Pair = collections.namedtuple("_Pair", "first second")
_read = {"iteration": "keys"}


def set_map_iteration(what):
    """Whether iterating over a map gives its "keys", as a dict does, or "pairs" (key, value), which have the names
    `first` and `second` too.

    For scripts that were written for cppyy: it goes for every map of the process, also where other modules iterate.
    Returns what was set before; ValueError for anything else than the two words.
    """
    if what not in ("keys", "pairs"):
        raise ValueError("'keys' or 'pairs' is needed, not %r" % (what,))
    before, _read["iteration"] = _read["iteration"], what
    return before


def _walk(self, read):
    """[read(position)] of a container, in its order."""
    at = self.begin()
    found = []
    advance = type(at).__dict__["__preinc__"]
    for _ in range(len(self)):
        found.append(read(at))
        advance(at)
    return found


def _no_part(value, _owner):
    return value


def _key_keeper(has):
    """`kept` where keys are objects, which lie in the container."""
    function = has.token[0]
    dictionary = function.dictionary
    param = dictionary.records("params", function.params_first, function.params_count)[1]
    record = dictionary.record("types", dictionary.record("types", param.type).target)
    return kept if record is not None and record.kind == fmt.TYPE_CLASS else _no_part


def _has(cls):
    has = cls.__dict__["_stl_has"]

    def __contains__(self, key):
        try:
            return has(self, key)
        except TypeError:
            return False
    return __contains__


def mapping(cls):
    """std::map and std::unordered_map."""
    namespace = cls.__dict__
    size, has, find, drop = (namespace[name] for name in ("size", "_stl_has", "_stl_get", "_stl_drop"))
    put = namespace.get("_stl_put")
    store_all(cls, _views(_key_keeper(has), keeper(find.token[0])))
    store_all(cls, _dict_methods(cls, has, find, drop))
    store_all(cls, {"__len__": size, "__bool__": truth(size), "__contains__": _has(cls), "__hash__": None})
    native.store(cls, "copy", lambda self: type(self)(self))
    add_positions(cls)
    add_erase(cls, drop)
    if put is None:
        native.store(cls, "__setitem__", None)      # the values cannot be copied
        return
    native.store(cls, "__setitem__", lambda self, key, value: put(self, key, value))
    native.store(cls, "insert", _insert(namespace.get("insert"), has, put))

    def from_python(kind, values):
        self = kind()
        for key, value in _pairs(values):
            put(self, key, value)
        return self
    native.set_source(cls, from_python, (dict,), None)


def _insert(original, has, put):
    """insert of a map: C++'s own (`original`, None where the dictionary has none), which takes a tuple for the pair."""
    def insert(self, *arguments):
        """Add a pair, as a std::pair or a tuple, unless its key is there: (its iterator, whether it was added)."""
        pair = arguments[0] if len(arguments) == 1 else None
        if original is not None and not (isinstance(pair, (tuple, list)) and len(pair) == 2):
            return original.__get__(self)(*arguments)
        if len(arguments) != 1:
            raise TypeError("insert() takes a pair, %d arguments were given" % len(arguments))
        key, value = pair
        added = not has(self, key)
        if added:
            put(self, key, value)
        return self.find(key), added
    return insert


class _View:
    """What keys(), values() and items() give: it follows the map, and reads it anew for every iteration."""

    __slots__ = ()

    def __init__(self, owner, read):
        self._mapping, self._read = owner, read

    def __len__(self):
        return len(self._mapping)

    def __iter__(self):
        return iter(self._read(self._mapping))

    def __reversed__(self):
        return iter(self._read(self._mapping)[::-1])

    def __repr__(self):
        return "%s(%r)" % (type(self).__name__.strip("_"), self._read(self._mapping))


class _Keys(_View, collections.abc.KeysView):
    __slots__ = ("_read",)

    def __contains__(self, key):
        return key in self._mapping


class _Items(_View, collections.abc.ItemsView):
    __slots__ = ("_read",)

    def __contains__(self, item):
        return isinstance(item, tuple) and len(item) == 2 and item in self._read(self._mapping)


class _Values(_View, collections.abc.ValuesView):
    __slots__ = ("_read",)

    def __contains__(self, value):
        return value in self._read(self._mapping)


def _views(keep_key, keep):
    def read_keys(self):
        return _walk(self, lambda at: keep_key(at._stl_key(), self))

    def read_values(self):
        return _walk(self, lambda at: keep(at._stl_value(), self))

    def read_items(self):
        return _walk(self, lambda at: (keep_key(at._stl_key(), self), keep(at._stl_value(), self)))

    def keys(self):
        """A view of the keys, like that of a dict."""
        return _Keys(self, read_keys)

    def values(self):
        """A view of the values, in the order of the keys."""
        return _Values(self, read_values)

    def items(self):
        """A view of (key, value), in the order of the keys."""
        return _Items(self, read_items)

    def __iter__(self):
        if _read["iteration"] == "pairs":
            return iter([_Pair(*item) for item in read_items(self)])
        return iter(read_keys(self))
    return {"__iter__": __iter__, "keys": keys, "values": values, "items": items}


def _dict_methods(cls, has, find, drop):
    keep, put = keeper(find.token[0]), cls.__dict__.get("_stl_put")
    taken = moved_out if put is not None and moves_items(put) else plain_copy

    def __getitem__(self, key):
        if not has(self, key):
            raise KeyError(key)
        return keep(find(self, key), self)

    def __delitem__(self, key):
        if not drop(self, key):
            raise KeyError(key)

    def get(self, key, default=None):
        """The value of a key, or `default`."""
        return self[key] if has(self, key) else default

    def pop(self, key, default=_NOTHING):
        """Remove a key and return its value; `default`, or KeyError, where it is not there."""
        if not has(self, key):
            if default is _NOTHING:
                raise KeyError(key)
            return default
        value = taken(find(self, key))
        drop(self, key)
        return value

    def update(self, other=(), **more):
        """Take the items of a dict, of another map, or of an iterable of pairs."""
        for key, value in _pairs(other) + list(more.items()):
            self[key] = value

    def setdefault(self, key, default):
        """The value of a key, which is set to `default` first if it is not there."""
        if not has(self, key):
            self[key] = default
        return self[key]

    def __eq__(self, other):
        if not isinstance(other, (dict, cls)):
            return native.Instance.__eq__(self, None) if other is None else NotImplemented
        return len(self) == len(other) and all(key in other and other[key] == value for key, value in self.items())

    def __ne__(self, other):
        equal = __eq__(self, other)
        return equal if equal is NotImplemented else not equal

    return {"__getitem__": __getitem__, "__delitem__": __delitem__, "get": get, "pop": pop, "update": update,
            "setdefault": setdefault, "__eq__": __eq__, "__ne__": __ne__}


def _pairs(values):
    return list(values.items()) if hasattr(values, "items") else [(key, value) for key, value in values]


def multimap(cls):
    """std::multimap and std::unordered_multimap: keys may be there several times.

    keys(), values() and items() have them all, `getlist(key)` the values of one; `add(key, value)`, `del m[key]` (all
    of them), `count(key)`.  Made from a dict or from pairs.
    """
    namespace = cls.__dict__
    has, find, drop, size = (namespace[name] for name in ("_stl_has", "_stl_find", "_stl_drop", "size"))
    count, put = namespace.get("count"), namespace.get("_stl_add")
    position = dict(class_of_result(find).__dict__)
    keep = keeper(position["_stl_value"].token[0])

    def getlist(self, key):
        """A list of the values of a key, empty where it is not there."""
        if not has(self, key):
            return []
        at, values = find(self, key), []
        for _ in range(count(self, key)):
            values.append(keep(at._stl_value(), self))
            at.__preinc__()
        return values

    def __delitem__(self, key):
        if not drop(self, key):
            raise KeyError(key)

    def __eq__(self, other):
        if not isinstance(other, (dict, list, cls)):
            return native.Instance.__eq__(self, None) if other is None else NotImplemented
        theirs = _pairs(other)
        return len(theirs) == len(self) and all(item in theirs for item in self.items()) and all(
            item in self.items() for item in theirs)

    def __ne__(self, other):
        equal = __eq__(self, other)
        return equal if equal is NotImplemented else not equal

    store_all(cls, _views(_key_keeper(has), keep))
    store_all(cls, {"__len__": size, "__bool__": truth(size), "__contains__": _has(cls), "__hash__": None,
                    "getlist": getlist, "__delitem__": __delitem__, "__eq__": __eq__, "__ne__": __ne__,
                    "copy": lambda self: type(self)(self)})
    add_positions(cls)
    add_erase(cls, drop)
    if put is None:
        return

    def add(self, key, value):
        """Add a value under a key, behind those that are there."""
        put(self, key, value)

    def insert(self, key, *value):
        """Add a value under a key: two arguments, or one pair of them."""
        put(self, *(key, *value) if value else key)

    def from_python(kind, values):
        self = kind()
        for key, value in _pairs(values):
            put(self, key, value)
        return self
    store_all(cls, {"add": add, "insert": insert})
    native.set_source(cls, from_python, (dict,), None)


def set_like(cls):
    """std::set, std::multiset and std::unordered_set."""
    size, drop = cls.__dict__["size"], cls.__dict__["_stl_drop"]
    put, keep = cls.__dict__.get("_stl_add"), _key_keeper(cls.__dict__["_stl_has"])

    def __iter__(self):
        return iter(_walk(self, lambda at: keep(at.__deref__(), self)))

    def discard(self, key):
        """Remove a key if it is there."""
        drop(self, key)

    def remove(self, key):
        """Remove a key; KeyError where it is not there."""
        if not drop(self, key):
            raise KeyError(key)

    def update(self, values):
        """Add every item of an iterable."""
        for value in list(values):
            put(self, value)

    def __eq__(self, other):
        if not isinstance(other, (set, frozenset, cls)):
            return native.Instance.__eq__(self, None) if other is None else NotImplemented
        return len(self) == len(other) and all(item in other for item in self)

    def __ne__(self, other):
        equal = __eq__(self, other)
        return equal if equal is NotImplemented else not equal

    store_all(cls, {"__len__": size, "__bool__": truth(size), "__contains__": _has(cls), "__iter__": __iter__,
                    "discard": discard, "remove": remove, "__eq__": __eq__, "__ne__": __ne__, "__hash__": None,
                    "copy": lambda self: type(self)(self)})
    add_positions(cls)
    add_erase(cls, drop)
    if put is None:
        return

    def add(self, value):
        """Add an item."""
        put(self, value)
    store_all(cls, {"add": add, "insert": add, "update": update})

    def from_python(kind, values):
        self = kind()
        for value in values:
            put(self, value)
        return self
    native.set_source(cls, from_python, (set, frozenset, list, tuple), None)
