"""Finds what a qualified name means in what a session has so far, and reads it into a model.

A using-declaration makes clang list all that a name stands for, however it got there: overloads, templates, what other
using-declarations and inline namespaces brought in.  So a name costs the parse of one line.  Neighbours: `units`
parses, `declarations` and `instantiate` read.
"""

import re
from collections import namedtuple
from dataclasses import replace

from .. import model
from . import cursor as cx
from .declarations import DeclarationReader, last_name, namespace_name, used
from .functions import FRAGMENTS, location_of
from .instantiate import add_instances
from .types import nominal_name
from .units import SOURCE_NAME

# root: the model.Namespace of what was found, None where there is nothing to compile.  space: it is a namespace.
# class_template, function_template, variable_template: it is one, too.  canonical: the name of the type that a type's
# name stands for.
# support: headers of `stl` that the instances in it need.  problem: what clang says of a type's name.  origin: a
# model.Namespace of names alone, with the places of what was found.
# lineage: as in model.Headers.
Found = namedtuple("Found", "root space class_template function_template variable_template canonical support problem "
                            "origin lineage")

_ALIAS_TEMPLATE = 601           # CXCursor_TypeAliasTemplateDecl
# Operators that need not be members: those of a class are looked for with it, in its namespace.
_OPERATORS = "cppbind_operators"
_OPERATOR_MARKS = (
    "+ - * / % ^ & | ~ ! < > += -= *= /= %= ^= &= |= << >> <<= >>= == != <= >= <=> && || ++ -- ,").split()
_ENTITY, _SPACE, _TYPE = "cppbind_entity", "cppbind_space", "cppbind_type_of"


def probe_text(name):
    """The declarations that ask for a qualified name: each may be an error, and then costs nothing."""
    plain_name = not name.startswith("decltype(")
    text = "namespace %s { typedef %s%s asked; }\n" % (_TYPE, "::" if plain_name else "", name)
    if plain_name and "<" not in name:
        text += "namespace %s { using ::%s; }\nnamespace %s { namespace asked = ::%s; }\n" % (
            _ENTITY, name, _SPACE, name)
        space = name.rpartition("::")[0]
        if space != "std" and not space.startswith("std::"):
            prefix = space + "::" if space else ""
            text += "".join("namespace %s { using ::%soperator%s; }\n" % (_OPERATORS, prefix, mark)
                            for mark in _OPERATOR_MARKS)
    return text


def find_name(name, parse, known):
    """What `name` stands for, as Found.

    `parse(tail)` parses the session's text with a tail and gives a TranslationUnit; `known(name)` tells whether a
    class is loaded already, and so need not be read again.
    """
    unit = parse(probe_text(name))
    entities, type_, space = _answers(unit, name)
    reader = _NameReader(name)
    kinds = {cursor.kind for cursor in entities}
    for cursor in entities:
        if not (cursor.kind == cx.FUNCTION and cursor.location.file.endswith(SOURCE_NAME)):
            reader.add(cursor)          # functions of the session's own text are in the dictionaries of that
    canonical, named = "", ()
    if any(cursor.kind in cx.RECORDS for cursor in entities):
        for cursor in _operators(unit, nominal_name(entities[0].type.canonical())):
            reader.add(cursor)
    if type_ is not None:
        declaration = type_.declaration()
        if type_.kind in (cx.RECORD_TYPE, 106):
            canonical = nominal_name(type_)
            if "<" in canonical:
                named = (canonical,)
            elif not entities or any(cursor.kind in (cx.TYPEDEF, cx.TYPE_ALIAS) for cursor in entities):
                reader.add_type(declaration)
        reader.alias(name, entities)
    root = reader.close(known)
    support = ()
    if root is not None or named:
        root = root or model.Namespace("", "")
        root, _names, support = add_instances(
            root, unit, lambda tail: parse(probe_text(name) + tail), _is_users, named)
    if root is not None:
        root = None if _is_empty(root) else _without_reserved(root)
    return Found(root, space is not None, cx.CLASS_TEMPLATE in kinds or _ALIAS_TEMPLATE in kinds,
                 cx.FUNCTION_TEMPLATE in kinds, cx.UNEXPOSED_DECL in kinds, canonical, tuple(sorted(support)),
                 "" if canonical else _problem(unit),
                 _origin(entities + ([] if space is None else [space])), () if root is None else reader.lineage(root))


def _origin(entities):
    return model.Namespace("", "", typedefs=tuple(
        model.Typedef(cursor.spelling, "", None, location=location_of(cursor)) for cursor in entities))


def _problem(unit):
    """What clang says of the type that was asked for: its errors without their places, each once."""
    errors = [text for severity, location, text in unit.diagnostics()
              if severity >= 3 and not cx.is_intrinsic(location)]
    return "; ".join(dict.fromkeys(errors[:3]))


def read_text(text, parse):
    """(model.Namespace of what a text declares, headers of `stl` for it, why it does not compile or '').

    `parse(tail, files)` as for `find_name`.
    """
    name = FRAGMENTS + "generated"
    files = ((name, text + "\n"),)
    include = '#include "%s"\n' % name
    unit = parse(include, files)
    errors = unit.explained_errors()
    if errors:
        return None, (), "; ".join(dict.fromkeys(text for error in errors[:2] for text in error))
    root = DeclarationReader(lambda location: location.file == name).read(unit.cursor)
    root, _names, support = add_instances(root, unit, lambda tail: parse(include + tail, files), _is_users)
    return root, tuple(sorted(support)), ""


def _is_users(location):
    return not location.system


def _is_empty(root):
    return not any(namespace.classes or namespace.functions or namespace.variables or namespace.enums
                   or namespace.typedefs for namespace in model.walk_namespaces(root))


def _operators(unit, name):
    """The operators of the namespace, no templates, that take a class of that name."""
    for space in unit.cursor.children():
        if space.kind == cx.NAMESPACE and space.spelling == _OPERATORS:
            for cursor in (found for child in space.children() if child.kind == cx.USING_DECLARATION
                           for found in used(child)):
                if cursor.kind == cx.FUNCTION and any(name in argument.canonical().spelling
                                                      for argument in cursor.type.arguments()):
                    yield cursor


def _without_reserved(namespace):
    """Without members of the standard library's classes that are its own business (C++ [lex.name]/3); what its classes
    declare, it defines."""
    def is_ours(declared):
        return not declared.name.startswith("__") and not (
            declared.name[:1] == "_" and declared.name[1:2].isupper())

    def cleaned(cls):
        return replace(cls, classes=tuple(cleaned(inner) for inner in cls.classes if is_ours(inner)),
                       functions=tuple(replace(function, external=False) for function in cls.functions
                                       if is_ours(function)),
                       members=tuple(filter(is_ours, cls.members)), typedefs=tuple(filter(is_ours, cls.typedefs)),
                       enums=tuple(filter(is_ours, cls.enums)))
    inner = tuple(map(_without_reserved, namespace.namespaces))
    if (namespace.qualified_name + "::").startswith("std::"):
        return replace(namespace, namespaces=inner, classes=tuple(map(cleaned, namespace.classes)))
    return replace(namespace, namespaces=inner)


def _answers(unit, name):
    """([cursors of what the name stands for], its canonical type or None, the namespace that it is or None)."""
    entities, type_, space = [], None, None
    for child in unit.cursor.children():
        if child.kind != cx.NAMESPACE or child.spelling not in (_ENTITY, _SPACE, _TYPE):
            continue
        for asked in child.children():
            if asked.kind == cx.USING_DECLARATION:
                entities += list(used(asked))
            elif asked.kind == cx.NAMESPACE_ALIAS:
                named = [part.referenced() for part in asked.children() if part.kind == cx.NAMESPACE_REF]
                space = named[-1] if named else None
            elif asked.kind == cx.TYPEDEF:
                found = asked.underlying_type.canonical()
                # An error in a typedef leaves int behind.
                if found.kind in (cx.RECORD_TYPE, 106) or _is_type(entities):
                    type_ = found
    if type_ is None and entities and all(cursor.kind in (cx.TYPEDEF, cx.TYPE_ALIAS) for cursor in entities):
        type_ = entities[0].underlying_type.canonical()
    return entities, type_, space


def _is_type(entities):
    return any(cursor.kind in (cx.TYPEDEF, cx.TYPE_ALIAS) for cursor in entities)


class _NameReader(DeclarationReader):
    """Reads single declarations, each into the namespace that it is asked for in."""

    def __init__(self, name):
        super().__init__(lambda location: True)
        self._space = "" if "<" in name or "(" in name else "::".join(name.split("::")[:-1])
        self._simple = last_name(name)
        self._bases = []

    def add(self, cursor):
        kind = cursor.kind
        parts = self._parts_or_root(self._space)
        if kind in cx.RECORDS:
            self.add_type(cursor)
        elif kind == cx.FUNCTION:
            self._function(cursor, parts)
        elif kind == cx.VARIABLE:
            self._variable(cursor, parts)
        elif kind == cx.ENUM:
            self.add_type(cursor)
        elif kind == cx.ENUM_CONSTANT:
            self.add_type(cursor.parent())
        elif kind in (cx.TYPEDEF, cx.TYPE_ALIAS):
            self._typedef(cursor, parts)

    def alias(self, name, entities):
        """A class that a using-declaration brought here is an alias of this namespace."""
        for cursor in entities:
            if cursor.kind in cx.RECORDS + (cx.ENUM,) and nominal_name(cursor.type.canonical()) != name:
                parts = self._parts_or_root(self._space)
                from .types import convert
                parts.typedefs[self._simple] = model.Typedef(self._simple, name, convert(cursor.type))

    def _parts_or_root(self, space):
        return self._parts(space) if space else self._root

    def add_type(self, cursor):
        """A class or enum, in the namespace that it belongs to; of a nested one, the class around it."""
        while cursor.parent().kind in cx.RECORDS:
            cursor = cursor.parent()
        space = namespace_name(cursor.parent())
        if space is None:
            return
        parts = self._parts_or_root(space)
        if cursor.kind == cx.ENUM:
            self._enum(cursor if cursor.definition().null else cursor.definition(), parts)
        elif cursor.kind in cx.RECORDS:
            definition = cursor.definition()
            cursor = cursor if definition.null else definition
            self._class(cursor, parts)
            self._bases += [child.type.canonical().declaration() for child in cursor.children()
                            if child.kind == cx.BASE_SPECIFIER]

    def close(self, known):
        """The root namespace, with the bases of its classes that are not `known`; None where nothing was read."""
        seen = set()
        while self._bases:
            base = self._bases.pop()
            name = nominal_name(base.type.canonical())
            if name not in seen and "<" not in name and not known(name):
                self.add_type(base)
            seen.add(name)
        root = self._root.freeze()
        return None if _is_empty(root) else root


def plain(name):
    """A name without a leading '::' and without blanks around its marks."""
    return re.sub(r"\s*(::|[<>,*&])\s*", r"\1", name.strip()).lstrip(":")
