"""std::vector, std::deque, std::list and std::array as sequences of Python's.

Each rule gives a class the methods of a list.  They stand on the functions `_stl_...` of the dictionary, see stl.py;
a vector of numbers is read and written by the core (c_backend/cpp_sequence.c).  Neighbour: pythonize.py, the table.
"""

import copy
import operator

from .. import format as fmt
from . import native
from .buffers import NUMBERS, add_buffer
from .iterators import add_arithmetic, add_erase, bound, inserting
from .moved import Moved
from .records import fill, has_records, is_record_array
from .state import types_of

_SOURCES = (list, tuple, range, set, frozenset)


def item_type(cls):
    """(the core's description of the items, its record) of a sequence, by what `_stl_item` returns."""
    function = cls.__dict__["_stl_item"].token[0]
    dictionary = function.dictionary
    record = dictionary.record("types", function.result)
    if record.kind == fmt.TYPE_LVALUE_REF:
        return types_of(dictionary)[record.target], dictionary.record("types", record.target)
    return types_of(dictionary)[function.result], record


def store_all(cls, namespace):
    """Give the class every function of a namespace (a dict)."""
    for name, value in namespace.items():
        native.store(cls, name, value)


def truth(size):
    """__bool__ of a container: whether there are items; false for a null pointer to one too."""
    exists = native.Instance.__bool__
    return lambda self: exists(self) and size(self) > 0


def plain_copy(value):
    """A value that does not lie in the container any more."""
    return copy.copy(value) if isinstance(value, native.Instance) else value


def moves_items(put):
    """Whether a function of the dictionary moves from the last argument, an item that cannot be copied."""
    record = put.token[0]
    param = record.dictionary.records("params", record.params_first, record.params_count)[-1]
    return record.dictionary.record("types", param.type).kind == fmt.TYPE_RVALUE_REF


def moved_out(value):
    """What is moved out of the container, where it leaves an empty item behind."""
    return type(value)(Moved(value)) if isinstance(value, native.Instance) else value


def kept(value, owner):
    """The value, which is an item of its owner if it is an object: keeps it alive, and is looked for there."""
    if isinstance(value, native.Instance) and value is not owner:
        return native.keep_item(value, owner)
    return value


def keeper(function):
    """`kept` where a function of the dictionary returns a reference to an object; where it returns a number or a
    pointer, which points elsewhere, a function that leaves it alone."""
    dictionary = function.dictionary
    record = dictionary.record("types", function.result)
    if record.kind in (fmt.TYPE_LVALUE_REF, fmt.TYPE_RVALUE_REF):
        record = dictionary.record("types", record.target)
    return kept if record.kind == fmt.TYPE_CLASS else lambda value, owner: value


def class_of_result(function):
    """The class that a function of the dictionary returns by value or points to."""
    from .proxy import class_for
    record = function.token[0]
    result = record.dictionary.record("types", record.result)
    if result.kind != fmt.TYPE_CLASS:
        result = record.dictionary.record("types", result.target)
    return class_for(result.name)


def _held(cls, values, container):
    """The values, which a new container keeps alive if it only points to them."""
    if item_type(cls)[1].kind != fmt.TYPE_POINTER:
        return values
    values = list(values)
    native.keep_alive(container, values)
    return values


def add_positions(cls):
    """begin(), end() and find(), whose results keep the container alive."""
    first, last = cls.__dict__.get("_stl_begin"), cls.__dict__.get("_stl_end")
    if first is not None and last is not None:
        store_all(cls, {"begin": lambda self: bound(first(self), self), "end": lambda self: bound(last(self), self)})
        if "_stl_step" in cls.__dict__:
            add_arithmetic(class_of_result(first), cls.__dict__["_stl_step"], cls.__dict__["_stl_between"])
        find = cls.__dict__.get("_stl_find")
        if find is not None:
            native.store(cls, "find", lambda self, key: bound(find(self, key), self))


def _size_of(cls):
    """The method that tells how many items there are."""
    if "size" in cls.__dict__:
        return cls.__dict__["size"]
    size = cls.__dict__["_stl_size"]                # std::forward_list has to count them
    return lambda self: size(self)


# ---- what all sequences have ------------------------------------------------------------------

def fixed(cls):
    """std::array, and the part of the others that does not change their length."""
    size, item, put = _size_of(cls), cls.__dict__["_stl_item"], cls.__dict__.get("_stl_put")
    keep = keeper(item.token[0])

    def place(self, index):
        count, at = size(self), operator.index(index)
        if not -count <= at < count:
            raise IndexError("index %d of a '%s' of %d items" % (at, cls.__name__, count))
        return at + count if at < 0 else at

    def __getitem__(self, index):
        if isinstance(index, slice):
            return make_slice(cls, [item(self, at) for at in range(*index.indices(size(self)))])
        return keep(item(self, place(self, index)), self)

    def __setitem__(self, index, value):
        if isinstance(index, slice):
            set_slice(self, index, value)
        else:
            put(self, place(self, index), value)

    def set_slice(self, index, values):
        places, values = range(*index.indices(size(self))), [plain_copy(value) for value in values]
        if len(places) != len(values):
            raise ValueError("%d values for %d items" % (len(values), len(places)))
        for at, value in zip(places, values):
            put(self, at, value)

    def __iter__(self):
        at = 0
        while at < size(self):
            yield keep(item(self, at), self)
            at += 1

    store_all(cls, {"__len__": size, "__bool__": truth(size), "__getitem__": __getitem__, "__iter__": __iter__})
    store_all(cls, checked_methods(cls, size))
    store_all(cls, _comparisons(cls))
    store_all(cls, _searches())
    add_positions(cls)
    if put is None:
        native.store(cls, "__setitem__", None)      # the items cannot be copied
        return
    native.store(cls, "__setitem__", __setitem__)

    def from_python(kind, values):
        self = kind()
        values = list(_held(cls, values, self))
        if len(values) > size(self):
            raise ValueError("%d values for a '%s'" % (len(values), cls.__name__))
        for at, value in enumerate(values):
            put(self, at, value)
        return self
    native.set_source(cls, from_python, _SOURCES, None)


def checked_methods(cls, size):
    """Those methods of C++'s that must not be called on an empty container."""
    def checked(name, method):
        keep = keeper(method.token[0])

        def call(self):
            if not size(self):
                raise IndexError("%s of an empty %s" % (name, cls.__name__))
            return keep(method(self), self)
        call.__name__, call.__doc__ = name, "C++'s %s(); IndexError where there is no item." % name
        return call
    return {name: checked(name, cls.__dict__[name]) for name in ("front", "back", "top", "pop_back", "pop_front")
            if name in cls.__dict__}


def make_slice(cls, values):
    """A slice: of the same class, a list where that has a fixed length."""
    return cls([plain_copy(value) for value in values]) if "_stl_append" in cls.__dict__ else values


def _comparisons(cls):
    def __eq__(self, other):
        if not isinstance(other, (list, tuple, cls)):
            return native.Instance.__eq__(self, None) if other is None else NotImplemented
        return len(self) == len(other) and all(mine == theirs for mine, theirs in zip(self, other))

    def __ne__(self, other):
        equal = __eq__(self, other)
        return equal if equal is NotImplemented else not equal

    def ordered(compare):
        def method(self, other):
            if not isinstance(other, (list, tuple, cls)):
                return NotImplemented
            return compare(list(self), list(other))
        return method

    def __str__(self):
        return "{ %s }" % ", ".join(map(str, self)) if len(self) else "{}"
    return {"__eq__": __eq__, "__ne__": __ne__, "__hash__": None, "__str__": __str__,
            "__lt__": ordered(operator.lt), "__le__": ordered(operator.le), "__gt__": ordered(operator.gt),
            "__ge__": ordered(operator.ge)}


def _searches():
    def __contains__(self, value):
        return any(item == value for item in self)

    def __reversed__(self):
        return iter(list(self)[::-1])

    def index(self, value, start=0, stop=None):
        """The place of the first item that equals `value`; ValueError where there is none."""
        for at in range(*slice(start, stop).indices(len(self))):
            if self[at] == value:
                return at
        raise ValueError("%r is not in the %s" % (value, type(self).__name__))

    def count(self, value):
        """How many items equal `value`."""
        return sum(1 for item in self if item == value)
    return {"__contains__": __contains__, "__reversed__": __reversed__, "index": index, "count": count}


def inline(cls):
    """std::array: fixed, and a buffer where its items are numbers."""
    fixed(cls)
    add_buffer(cls, native.ITEMS_INLINE)


# ---- what grows -----------------------------------------------------------------------------------

def growing(cls):
    """std::deque and std::list, and std::vector of anything."""
    fixed(cls)
    add_erase(cls)
    namespace = cls.__dict__
    if not {"_stl_put", "_stl_append", "_stl_insert", "_stl_erase"} <= set(namespace):
        return
    append = namespace["_stl_append"]
    size = _size_of(cls)
    store_all(cls, _list_methods(cls, size, append, namespace["_stl_insert"]))
    store_all(cls, _deleting(cls, size, namespace["_stl_erase"]))
    native.store(cls, "__setitem__", _assigning(size, namespace))

    if moves_items(append):
        _moving_items(cls, size, namespace)

    record = item_type(cls)[1]
    takes_records = record.kind == fmt.TYPE_CLASS and has_records(record.name)

    def from_python(kind, values):
        self = kind()
        if takes_records and is_record_array(values):
            fill(self, append, class_of_item(record), values)
            return self
        for value in _held(cls, values, self):
            append(self, value)
        return self
    native.set_source(cls, from_python, _SOURCES + ((is_record_array,) if takes_records else ()), None)


def _moving_items(cls, size, namespace):
    """What is another way for items that cannot be copied: they are moved."""
    put = namespace["_stl_put"]

    def pop(self, index=-1):
        """Remove the item at `index` and return it."""
        if not size(self):
            raise IndexError("pop from an empty %s" % cls.__name__)
        value = moved_out(self[index])
        del self[index]
        return value

    def reordered(self, values):
        for at, value in enumerate(values):
            put(self, at, Moved(value))

    def sort(self, key=None, reverse=False):
        """Sort in place, as list.sort does."""
        order = sorted(range(size(self)), key=list(map(key, self) if key else self).__getitem__, reverse=reverse)
        values = list(map(moved_out, self))
        reordered(self, [values[at] for at in order])

    def reverse(self):
        """Reverse in place."""
        reordered(self, list(map(moved_out, self))[::-1])

    def copying(self, *arguments):
        raise TypeError("items of '%s' cannot be copied" % cls.__cpp_name__)
    store_all(cls, {"pop": pop, "sort": sort, "reverse": reverse, "copy": copying, "__add__": copying})
    if "push_back" in namespace:        # in C, which knows a temporary
        native.store(cls, "append", namespace["push_back"])


def class_of_item(record):
    """The class of items whose type has this record."""
    from .proxy import class_for
    return class_for(record.name)


def _list_methods(cls, size, append, insert):
    def extend(self, values):
        """Append every item of an iterable."""
        for value in list(values):
            append(self, value)

    def insert_item(self, index, value):
        """Insert before the item at `index`."""
        insert(self, slice(index, None).indices(size(self))[0], value)

    def pop(self, index=-1):
        """Remove the item at `index` and return it."""
        if not size(self):
            raise IndexError("pop from an empty %s" % cls.__name__)
        value = plain_copy(self[index])
        del self[index]
        return value

    def remove(self, value):
        """Remove the first item that equals `value`; ValueError where there is none."""
        del self[self.index(value)]

    def sort(self, key=None, reverse=False):
        """Sort in place, as list.sort does."""
        self[:] = sorted([plain_copy(value) for value in self], key=key, reverse=reverse)

    def reverse(self):
        """Reverse in place."""
        self[:] = [plain_copy(value) for value in self][::-1]

    def __iadd__(self, values):
        self.extend(values)
        return self

    def __add__(self, values):
        result = self.copy()
        result.extend(values)
        return result
    return {"append": append_method(append), "extend": extend, "insert": inserting(cls, insert_item), "pop": pop,
            "remove": remove, "sort": sort, "reverse": reverse, "copy": lambda self: type(self)(self),
            "__iadd__": __iadd__, "__add__": __add__}


def _deleting(cls, size, erase):
    def __delitem__(self, index):
        if not isinstance(index, slice):
            count, at = size(self), operator.index(index)
            if not -count <= at < count:
                raise IndexError("index %d of a '%s' of %d items" % (at, cls.__name__, count))
            at += count if at < 0 else 0
            erase(self, at, at + 1)
            return
        places = range(*index.indices(size(self)))
        if places.step == 1:
            erase(self, places.start, max(places.start, places.stop))
        else:
            for at in sorted(places, reverse=True):
                erase(self, at, at + 1)
    return {"__delitem__": __delitem__}


def _assigning(size, namespace):
    """__setitem__ of what can change its length: a slice may be of another length than its values."""
    put, insert, erase, plain_set = (namespace[name] for name in (
        "_stl_put", "_stl_insert", "_stl_erase", "__setitem__"))

    def __setitem__(self, index, values):
        if not isinstance(index, slice) or index.step not in (None, 1):
            plain_set(self, index, values)
            return
        values = [plain_copy(value) for value in values]
        start, stop, _step = index.indices(size(self))
        stop, shared = max(start, stop), min(max(start, stop) - start, len(values))
        for at in range(shared):
            put(self, start + at, values[at])
        if start + shared < stop:
            erase(self, start + shared, stop)
        for at in range(shared, len(values)):
            insert(self, start + at, values[at])
    return __setitem__


def append_method(append):
    def method(self, value):
        """Append an item."""
        append(self, value)
    method.__name__ = "append"
    return method


# ---- vectors of numbers ------------------------------------------------------------------------------

def _add_data(cls):
    """data() as an array of the vector's length: a view, so what would move the items refuses while it lives."""
    raw, engine = cls.__dict__.get("data"), native.engine
    if raw is None:
        return

    def data(self):
        return engine.from_buffer(engine.new_array_type(engine.typeof(raw(self)), None), self)

    def held_data(self):
        from . import hold_view
        first = raw(self)
        pointer, count = engine.typeof(first), len(self)
        if not count:
            return engine.newp(engine.new_array_type(pointer, 0))
        view = engine.cast(engine.new_pointer_type(engine.new_array_type(pointer, count)), first)[0]
        hold_view(view, native.hold(self))
        return view
    native.store(cls, "data", data if hasattr(engine.CData, "reshape") else held_data)


def _add_first(cls):
    """data() of objects: the first, or a null pointer where there is none."""
    raw, size = cls.__dict__.get("data"), cls.__dict__["size"]
    if raw is not None:
        native.store(cls, "data", lambda self: raw(self) if size(self) else native.bind(
            class_of_result(cls.__dict__["_stl_item"]), 0, 0, None, False))


def vector(cls):
    """std::vector: that of numbers is read by the core, and is a buffer."""
    growing(cls)
    items, record = item_type(cls)
    if native.sizeof(cls) == 24 and cls.__cpp_name__ != "std::vector<bool>":
        add_buffer(cls, native.ITEMS_VECTOR)
    if record.kind == fmt.TYPE_CLASS:
        _add_first(cls)
    if "append" not in cls.__dict__ or "resize" not in cls.__dict__:
        return
    if record.kind not in NUMBERS or cls.__cpp_name__ == "std::vector<bool>" or native.sizeof(cls) != 24:
        return
    if record.kind in (fmt.TYPE_SCHAR, fmt.TYPE_UCHAR):
        # std::vector<std::uint8_t> is the same class as that of unsigned char, and bytes are numbers more often.
        items = native.new_type(record.kind, fmt.TYPE_AS_INTEGER, 1, 0, None, "", record.spelling, None)
    _add_data(cls)
    get, get_items, put_items, iterate = native.get_item, native.get_items, native.put_items, native.iterate
    namespace = dict(cls.__dict__)
    size, resize, object_set = namespace["size"], namespace["resize"], namespace["__setitem__"]

    def __getitem__(self, index):
        if isinstance(index, slice):
            return cls(get_items(self, 0, size(self))[index])
        return get(self, index)

    def __setitem__(self, index, value):
        if isinstance(index, slice):
            object_set(self, index, value)
            return
        at = operator.index(index)
        put_items(self, at + size(self) if at < 0 else at, (value,))

    def __iter__(self):
        return iterate(self)

    def extend(self, values):
        """Append every item of an iterable."""
        values = _as_list(values)
        count = size(self)
        resize(self, count + len(values))
        try:
            put_items(self, count, values)
        except BaseException:
            resize(self, count)
            raise

    store_all(cls, {"__getitem__": __getitem__, "__setitem__": __setitem__, "__iter__": __iter__, "extend": extend})

    def from_python(kind, values):
        self = kind()
        extend(self, values)
        return self
    native.set_source(cls, from_python, _SOURCES, items)


def _as_list(values):
    if isinstance(values, (list, tuple)):
        return values
    if isinstance(values, native.Instance):
        return list(values)
    try:
        view = memoryview(values)
    except TypeError:
        return list(values)
    return view.tolist() if view.ndim == 1 else list(values)
