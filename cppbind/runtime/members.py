"""Data members, static data and globals: from a `members` record to a descriptor of the core."""

from .. import format as fmt
from . import native
from .state import registry, types_of

_HIDDEN = fmt.MEMBER_PROTECTED | fmt.MEMBER_PRIVATE
_STATIC = fmt.MEMBER_STATIC | fmt.MEMBER_GLOBAL


def is_static(record):
    """Whether it is one for the whole class or namespace."""
    return bool(record.flags & _STATIC)


def is_visible(record):
    """Whether C++ lets a user name it."""
    return not record.flags & _HIDDEN


def make_member(record, owner):
    """The descriptor of a member of `owner`, a class or namespace; None where the dictionary has no place for it.

    Raises AttributeError for a variable that no loaded library defines.
    """
    dictionary = record.dictionary
    kind = types_of(dictionary)[record.type]
    flags = native.MEMBER_CONST if record.flags & fmt.MEMBER_CONST else 0
    getter = setter = None
    place = 0
    if is_static(record):
        flags |= native.MEMBER_STATIC | native.MEMBER_BY_POINTER
        place = _static_address(record)
    elif record.getter != fmt.NONE:
        getter, setter = _accessors(record, owner, kind)
    else:
        offset = dictionary.number(record.offset)
        if offset is None:
            return None
        place = offset
    return native.new_member(record.name, owner, kind, place, flags, record.doc or None, getter, setter)


def _static_address(record):
    dictionary = record.dictionary
    address = 0
    if record.address != fmt.NONE:
        address = dictionary.slot(dictionary.record("scopes", record.scope), record.address)[0]
    if not address and record.mangled:
        address = dictionary.symbol(record.mangled)
    if not address:
        raise AttributeError("'%s' is declared in %s:%d, but no loaded library defines it (%s)" % (
            record.name, record.file, record.line, record.mangled))
    return address


def _accessors(record, owner, kind):
    """Bit-fields and references: functions that read and write them."""
    dictionary = record.dictionary
    scope = dictionary.record("scopes", record.scope)
    void = native.new_type(fmt.TYPE_VOID, 0, 0, 0, None, "", "void", None)
    flags = native.CANDIDATE_THIS | native.CANDIDATE_WRAPPER
    spelling = "%s::%s" % (scope.name, record.name)
    made = []
    for slot, result, arguments, names in ((record.getter, kind, (), ()), (record.setter, void, (kind,), ("value",))):
        if slot == fmt.NONE:
            made.append(None)
            continue
        address, _adjustment = dictionary.slot(scope, slot)
        method = native.new_method(record.name, owner, 0, None)
        method.set_candidates([(spelling, flags, address, 0, result, arguments, names, None)], None)
        made.append(method)
    getter, setter = made
    return getter, setter and _exact(getter, setter, spelling)


def _exact(getter, setter, spelling):
    """A bit-field's setter that refuses a number of which C++ would keep the lowest bits: the field stays as it was."""
    def assign(self, value):
        before = getter(self)
        setter(self, value)
        after = getter(self)
        if isinstance(value, int) and isinstance(after, int) and after != value:
            setter(self, before)
            raise OverflowError("%d does not fit into the bit-field '%s'" % (value, spelling))
    return assign


def member_address(what, name):
    """Where a data member of an object lies, an int.  AttributeError for what is none, and for bit-fields."""
    for cls in type(what).__mro__:
        if not isinstance(what, native.Instance) or "__cpp_name__" not in cls.__dict__:
            continue
        for scope in registry.scopes(cls.__cpp_name__):
            for record in scope.dictionary.records("members", scope.members_first, scope.members_count):
                if record.name == name and is_visible(record):
                    if is_static(record):
                        return _static_address(record)
                    offset = scope.dictionary.number(record.offset)
                    if record.getter == fmt.NONE and offset is not None:
                        return native.cast_address(what, cls) + offset
    raise AttributeError("'%s' object has no data member '%s' with an address" % (type(what).__name__, name))
