"""Pickles of C data: numbers, arrays, structs, unions and owning pointers as bytes.

A pickle holds the bytes and a description of the type: plain tuples of names,
offsets and sizes.  Loading looks for the type in this order, so that a record
comes back as what the user's own FFI declares:

1. the type of this process that was last pickled with this description, or loaded,
2. a record of an FFI that lives in this process, of the same name and layout,
3. a new type, made from the description.

Addresses mean nothing in another process: a pointer that is not NULL is a
TypeError that names it.  Neighbours: c_backend/cdata_copy.c calls `reduce` (and
engine/builtin.py registers it), living.py lists the FFIs.
"""

import sys
import weakref

from . import engine as engine_package
from . import living

_engine = engine_package.load()

#: description -> type, and the other way round (a type made here may not tell
#: all that its description does).
_types = weakref.WeakValueDictionary()
_descriptions = weakref.WeakKeyDictionary()


# ---- descriptions ----------------------------------------------------------

def describe(ctype):
    """The structure of a type as nested tuples of str and int.

    ('primitive', name, size), ('enum', name, enumerators, size, signed),
    ('pointer', name), ('function', name), ('array', item, length or None),
    ('struct' or 'union', name, members, size, alignment) with the members
    (name, type, offset, bitshift, bitsize).  TypeError for an opaque type.
    """
    found = _descriptions.get(ctype)
    if found is None:
        found = _describe(ctype)
        _descriptions[ctype] = found
    return found


def _remember(ctype):
    """Of equal types the one that was pickled last is loaded."""
    while ctype.kind == "array":
        _types[describe(ctype)] = ctype
        ctype = ctype.item
    _types[describe(ctype)] = ctype


def _describe(ctype):
    kind, name = ctype.kind, ctype.cname
    if kind == "primitive":
        return kind, name, _engine.sizeof(ctype)
    if kind in ("pointer", "function"):
        return kind, name
    if kind == "array":
        return kind, describe(ctype.item), ctype.length
    if kind == "enum":
        return (kind, name, tuple(ctype.relements.items()), _engine.sizeof(ctype),
                int(_engine.cast(ctype, -1)) < 0)
    if kind == "void" or ctype.fields is None:
        raise TypeError("cannot pickle ctype '%s': it is opaque" % name)
    members = tuple([(member, describe(field.type), field.offset, field.bitshift, field.bitsize)
                     for member, field in ctype.fields])
    return kind, name, members, _engine.sizeof(ctype), _engine.alignof(ctype)


def realise(description):
    """The type of a description; see the module's text for where it comes from."""
    found = _types.get(description)
    if found is None:
        found = _realise(description)
        _descriptions[found] = description
        found = _types.setdefault(description, found)
    return found


def _realise(description):
    kind = description[0]
    if kind == "primitive":
        return _realise_primitive(*description[1:])
    if kind == "array":
        item = realise(description[1])
        return _engine.new_array_type(_engine.new_pointer_type(item), description[2])
    if kind in ("pointer", "function"):
        # Only NULL is ever loaded into it.
        return (_of_living_ffi(description)
                or _engine.new_pointer_type(_engine.new_void_type()))
    return _of_living_ffi(description) or _realise_new(*description)


def _realise_primitive(name, size):
    found = _engine.new_primitive_type(name)
    if _engine.sizeof(found) != size:
        raise TypeError("cannot unpickle '%s': it has %d bytes there and %d here"
                        % (name, size, _engine.sizeof(found)))
    return found


def _of_living_ffi(description):
    """What the first FFI that declares exactly this type says, or None."""
    for ffi in living.ffis():
        if ffi._engine is not _engine:
            continue
        try:
            found = ffi.typeof(description[1])
            if _describe(found) == description:
                return found
        except Exception:       # this FFI does not know the name, or only half of it
            continue
    return None


def _realise_new(kind, name, details, size, last):
    if kind == "enum":
        base = {(4, True): "int", (4, False): "unsigned int", (8, True): "int64_t",
                (8, False): "uint64_t", (1, True): "int8_t", (1, False): "uint8_t",
                (2, True): "int16_t", (2, False): "uint16_t"}[size, last]
        return _engine.new_enum_type(name, tuple([item for item, _ in details]),
                                     tuple([value for _, value in details]),
                                     _engine.new_primitive_type(base))
    new = _engine.new_struct_type if kind == "struct" else _engine.new_union_type
    found = new(name)
    rows = [(member, realise(inner), bits, -1 if bits > 0 else offset)
            for member, inner, offset, _, bits in details]
    _engine.complete_struct_or_union(found, rows, None, size, last)
    made = [(member, field.offset, field.bitshift) for member, field in found.fields]
    if made != [(member, offset, shift) for member, _, offset, shift, _ in details]:
        raise TypeError("cannot unpickle '%s': its bit-fields lie where only its declaration "
                        "tells: declare it in an FFI first" % name)
    return found


# ---- values ----------------------------------------------------------------

def _check(description, data, offset, path):
    """TypeError if there is a pointer other than NULL in the bytes of a value."""
    kind = description[0]
    if kind in ("pointer", "function"):
        pointer = data[offset:offset + _POINTER_SIZE]
        if any(pointer):
            raise TypeError("cannot pickle a pointer: %sis '%s' and not NULL"
                            % ("'%s' " % path if path else "it ", description[1]))
    elif kind == "array":
        if _holds_pointers(description[1]):
            size = _size(description[1])
            length = (len(data) - offset) // size if description[2] is None else description[2]
            for index in range(length):
                _check(description[1], data, offset + index * size, "%s[%d]" % (path, index))
    elif kind in ("struct", "union"):
        for member, inner, start, _, _ in description[2]:
            if _holds_pointers(inner):
                _check(inner, data, offset + start, path + "." * bool(path) + member)


def _holds_pointers(description):
    kind = description[0]
    if kind in ("struct", "union"):
        return any(_holds_pointers(member[1]) for member in description[2])
    return kind in ("pointer", "function") or (kind == "array" and _holds_pointers(description[1]))


def _size(description):
    kind = description[0]
    if kind == "array":
        return _size(description[1]) * (description[2] or 0)
    return _POINTER_SIZE if kind in ("pointer", "function") else description[
        3 if kind in ("enum", "struct", "union") else 2]


_POINTER_SIZE = _engine.sizeof(_engine.new_pointer_type(_engine.new_void_type()))


def _owns(cdata):
    return repr(cdata).rpartition("' ")[2].startswith("owning ")


def _bytes_of(cdata, ctype):
    """The bytes of an array, a record, or of what an owning pointer owns."""
    if not cdata:
        raise TypeError("cannot pickle cdata '%s': it is NULL or was released" % ctype.cname)
    try:
        return memoryview(cdata).tobytes()      # which knows what was released
    except BufferError as problem:
        raise TypeError("cannot pickle: %s" % problem) from None
    except TypeError:
        pass
    if ctype.kind in ("struct", "union"):
        pointer = _engine.rawaddressof(_engine.new_pointer_type(ctype), cdata, 0)
        return _engine.buffer(pointer, _engine.sizeof(cdata))[:]
    return _engine.buffer(cdata)[:]


def reduce(cdata):
    """What pickle stores for C data.  TypeError for a pointer without memory of its
    own, and for pointers within a value that are not NULL."""
    ctype = _engine.typeof(cdata)
    kind = ctype.kind
    if kind in ("primitive", "enum"):
        target = ctype
        box = _engine.newp(_engine.new_pointer_type(ctype), cdata)
        data = _engine.buffer(box, _engine.sizeof(ctype))[:]
    elif kind == "function" or (kind == "pointer" and not _owns(cdata)):
        raise TypeError("cannot pickle a pointer: %r" % (cdata,))
    else:
        target = ctype.item if kind == "pointer" else ctype
        data = _bytes_of(cdata, ctype)
    description = describe(target)
    _remember(target)
    _check(description, data, 0, "")
    return load, (sys.byteorder, kind == "pointer", description, data)


def _open_ended(description):
    """The path of member names to the flexible array at the end of a record, the
    bytes before it and those of one item; None without one."""
    if description[0] != "struct" or not description[2]:
        return None
    name, inner, offset, _, _ = description[2][-1]
    if inner[0] == "array" and inner[2] is None:
        return (name,), offset, _size(inner[1])
    deeper = _open_ended(inner)
    return deeper and ((name,) + deeper[0], offset + deeper[1], deeper[2])


def load(byteorder, is_pointer, description, data):
    """The value that `reduce` took apart, in memory of its own."""
    if byteorder != sys.byteorder:
        raise TypeError("cannot unpickle '%s': its bytes are in %s-endian order"
                        % (description[1], byteorder))
    ctype = realise(description)
    kind = description[0]
    init = None
    if kind == "array":
        if description[2] is None:
            init = len(data) // max(1, _size(description[1]))
        found = _engine.newp(ctype, init)
    else:
        open_ended = _open_ended(description)
        if open_ended and len(data) > description[3]:
            path, start, item = open_ended
            init = -(-(len(data) - start) // item)
            for name in reversed(path):
                init = {name: init}
        found = _engine.newp(_engine.new_pointer_type(ctype), init)
    _engine.memmove(found, data, len(data))
    if kind in ("primitive", "enum"):
        return found if is_pointer else _engine.cast(ctype, found[0])
    return found[0] if kind in ("struct", "union") and not is_pointer else found
