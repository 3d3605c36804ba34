"""std::map, std::set and their kin as dicts and sets of Python's.

Iterating reads the keys first, so changing the container meanwhile does no harm.  Neighbours: pythonize.py, the table;
stl.py, which has the functions `_stl_...`.
"""

from .. import format as fmt
from . import native
from .pythonize_sequence import add_positions, keeper, kept, plain_copy, store_all

_NOTHING = object()


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
    store_all(cls, {"__len__": size, "__contains__": _has(cls), "__hash__": None})
    native.store(cls, "copy", lambda self: type(self)(self))
    add_positions(cls)
    if put is None:
        native.store(cls, "__setitem__", None)      # the values cannot be copied
        return
    native.store(cls, "__setitem__", lambda self, key, value: put(self, key, value))

    def from_python(kind, values):
        self = kind()
        for key, value in _pairs(values):
            put(self, key, value)
        return self
    native.set_source(cls, from_python, (dict,), None)


def _views(keep_key, keep):
    def keys(self):
        """A list of the keys."""
        return _walk(self, lambda at: keep_key(at._stl_key(), self))

    def values(self):
        """A list of the values, in the order of the keys."""
        return _walk(self, lambda at: keep(at._stl_value(), self))

    def items(self):
        """A list of (key, value), in the order of the keys."""
        return _walk(self, lambda at: (keep_key(at._stl_key(), self), keep(at._stl_value(), self)))
    return {"__iter__": lambda self: iter(keys(self)), "keys": keys, "values": values, "items": items}


def _dict_methods(cls, has, find, drop):
    keep = keeper(find.token[0])

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
        value = plain_copy(find(self, key))
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
            return NotImplemented
        return len(self) == len(other) and all(key in other and other[key] == value for key, value in self.items())

    def __ne__(self, other):
        equal = __eq__(self, other)
        return equal if equal is NotImplemented else not equal

    return {"__getitem__": __getitem__, "__delitem__": __delitem__, "get": get, "pop": pop, "update": update,
            "setdefault": setdefault, "__eq__": __eq__, "__ne__": __ne__}


def _pairs(values):
    return list(values.items()) if hasattr(values, "items") else [(key, value) for key, value in values]


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
            return NotImplemented
        return len(self) == len(other) and all(item in other for item in self)

    def __ne__(self, other):
        equal = __eq__(self, other)
        return equal if equal is NotImplemented else not equal

    store_all(cls, {"__len__": size, "__contains__": _has(cls), "__iter__": __iter__, "discard": discard,
                    "remove": remove, "__eq__": __eq__, "__ne__": __ne__, "__hash__": None,
                    "copy": lambda self: type(self)(self)})
    add_positions(cls)
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
