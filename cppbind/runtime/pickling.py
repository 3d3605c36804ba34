"""Pickles of C++ objects: of aggregates, by their members, and of the standard library's containers, by their items.

Others have state that nobody sees, so pickling them stays an error, unless the user's class has `__reduce__`.  Neighbour:
proxy.py.
"""

from .. import format as fmt
from . import native
from .members import is_static, is_visible


def add_pickling(cls, scope):
    """Let objects of a class be pickled, if its members are all of it and are values: no pointers, no references."""
    if not scope.flags & fmt.SCOPE_AGGREGATE or not scope.flags & fmt.SCOPE_DEFAULT_CONSTRUCTIBLE or scope.bases_count \
            or scope.kind == fmt.SCOPE_UNION:
        return
    dictionary = scope.dictionary
    records = [record for record in dictionary.records("members", scope.members_first, scope.members_count)
               if not is_static(record)]
    if not all(record.name and is_visible(record) and not record.flags & fmt.MEMBER_CONST
               and _is_value(dictionary, record.type) for record in records):
        return
    names = tuple(record.name for record in records)
    native.store(cls, "__reduce_ex__", lambda self, protocol: (
        _restore, (cls.__cpp_name__, tuple(_plain(getattr(self, name)) for name in names))))


_CONTENTS = {
    "std::vector": list, "std::deque": list, "std::list": list, "std::array": list, "std::set": list,
    "std::multiset": list, "std::unordered_set": list, "std::pair": tuple, "std::tuple": tuple, "std::complex": complex,
    "std::map": lambda value: dict(value.items()), "std::unordered_map": lambda value: dict(value.items()),
    "std::optional": lambda value: value.value_or(None)}


def add_container_pickling(cls, template):
    """Let instances of a library template be pickled by what Python makes of them; `template` is its name."""
    contents = _CONTENTS.get(template)
    if contents is not None:
        native.store(cls, "__reduce_ex__", lambda self, protocol: (_restore, (cls.__cpp_name__, (contents(self),))))


def _is_value(dictionary, index):
    """Whether a member of this type is its own value; of a class, that class says."""
    record = dictionary.record("types", index)
    while record is not None and record.kind == fmt.TYPE_ARRAY:
        record = dictionary.record("types", record.target)
    return record is not None and fmt.TYPE_BOOL <= record.kind <= fmt.TYPE_LONGDOUBLE or (
        record is not None and record.kind in (fmt.TYPE_CLASS, fmt.TYPE_ENUM))


def _plain(value):
    """An array as lists: it is a view of the object."""
    if isinstance(value, native.engine.CData):
        return [_plain(item) for item in value]
    return value


def _restore(name, values):
    """Unpickle: the dictionary must be loaded, or be found by the class loader."""
    from .proxy import class_for
    return class_for(name)(*values)
