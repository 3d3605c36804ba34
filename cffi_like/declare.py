"""declare.py: checks what `FFI.declare` is given and puts it into tables.

The counterpart of parse.py for people who build the model (model.py) in Python.
Knows nothing of engines: what a type means is found out when it is lowered.
"""

from . import model
from .errors import FFIError

_TABLES = {model.Record: "records", model.Enum: "enums", model.Typedef: "typedefs",
           model.FunctionDeclaration: "functions", model.VariableDeclaration: "variables",
           model.ConstantDeclaration: "constants", model.ExternPython: "extern_python"}
_ORDINARY = ("functions", "variables", "constants", "extern_python")


def tables_of(items, known, override):
    """A `model.Declarations` with `items`, to be merged into those of `known` (a
    Resolver).  Raises TypeError for what is no declaration, ValueError for one that
    C cannot have, FFIError for one that conflicts with another."""
    new = model.Declarations()
    for item in items:
        table = _TABLES.get(type(item))
        if table is None:
            raise TypeError("declare() takes declarations of cffi_like.model, not %r" % (item,))
        key = _checked(item)
        value = item.type if table == "typedefs" else item
        if not override:
            _check_conflict(new, known.declarations, table, key, value)
        getattr(new, table)[key] = value
    return new


def _checked(item):
    """The key of a declaration whose parts are what they should be."""
    if isinstance(item, (model.Record, model.Enum)):
        _identifier(item, item.tag)
        if isinstance(item, model.Record):
            _check_record(item)
            return item.kind, item.tag
        for enumerator in item.enumerators or ():
            _is(item, "an enumerator", enumerator, model.Enumerator)
            _identifier(item, enumerator.name)
        return item.tag
    _identifier(item, item.name)
    if isinstance(item, (model.FunctionDeclaration, model.ExternPython)):
        _is(item, "the type", item.type, model.Function)
        check_type(item, item.type)
    elif not isinstance(item, model.ConstantDeclaration) or item.type is not None:
        check_type(item, item.type)
    return item.name


def _check_record(item):
    if item.kind not in ("struct", "union"):
        raise ValueError("%s: the kind is 'struct' or 'union', not %r" % (item.name, item.kind))
    if item.pack < 0 or item.pack & (item.pack - 1):
        raise ValueError("%s: pack is a power of two, not %d" % (item.name, item.pack))
    names = set()
    for field in item.fields or ():
        _is(item, "a field", field, model.Field)
        if field.name in names:
            raise ValueError("%s: duplicate member '%s'" % (item.name, field.name))
        if field.name:
            _identifier(item, field.name)
            names.add(field.name)
        check_type(item, field.type)
        if isinstance(field.type, (model.Function, model.Void)):
            raise ValueError("%s: member '%s' has a type that no object has: %r"
                             % (item.name, field.name, field.type))


def _identifier(item, name):
    # `$` stands in tags that the parser makes up for records without one.
    if not isinstance(name, str) or not name.replace("$", "_").isidentifier() or not name.isascii():
        raise ValueError("%r is no name of C, in %r" % (name, item))


def _is(item, what, value, kind):
    if not isinstance(value, kind):
        raise TypeError("%s of %r is a model.%s, not %r" % (what, item, kind.__name__, value))


def check_type(item, node):
    """TypeError unless `node` and all it is made of are types of the model."""
    if not isinstance(node, model.Type):
        raise TypeError("expected a type of cffi_like.model, not %r, in %r" % (node, item))
    for inner in node.__dict__.values():
        if isinstance(inner, tuple) and isinstance(node, model.Function):
            for parameter in inner:
                check_type(item, parameter)
    for name in ("type", "target", "item", "result"):
        if name in node.__dict__:
            check_type(item, getattr(node, name))


def _check_conflict(new, known, table, key, value):
    for tables in (new, known):
        for other in _ORDINARY if table in _ORDINARY else (table,):
            old = getattr(tables, other).get(key)
            if old is None or other == table and (old == value or _is_opaque(old)):
                continue
            raise FFIError("multiple declarations of %s (to replace the first: "
                           "declare(..., override=True))" % (key if isinstance(key, str) else "%s %s" % key))


def _is_opaque(old):
    return isinstance(old, model.Record) and old.fields is None \
        or isinstance(old, model.Enum) and old.enumerators is None
