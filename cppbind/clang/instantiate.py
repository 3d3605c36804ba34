"""Reads the members of class template instances that nobody wrote out: `Base<int>`, because something derives from it.

libclang shows no members of an implicit instance.  But a class that derives from it and has a using-declaration for
each member of the template makes clang list the *instantiated* overloads, with concrete types and mangled names:

    struct probe : ::Base<int> { typedef ::Base<int> cppbind_base; using cppbind_base::get; ... };

So the headers are parsed a second time with such probes after them.  `parse` calls this; only templates of the user's
own headers are looked at, and only instances that a declaration needs (`analysis.dependencies`).
"""

import re
from dataclasses import replace

from .. import format as fmt
from .. import model
from ..analysis.dependencies import needed_types
from . import cursor as cx
from .comments import clean_comment
from .declarations import last_name, namespace_name, read_variable, used
from .functions import access_of, is_deleted, location_of, read_function
from .types import convert, nominal_name

_PROBES = "cppbind_probes"
_BASE = "cppbind_base_%d"
_ROUNDS = 4             # an instance may need further ones
_PLAIN_MEMBERS = (cx.FIELD, cx.VARIABLE, cx.METHOD)


def add_instances(root, unit, parse_again, is_users):
    """The global model.Namespace with the classes of needed template instances added.

    `parse_again(text)` parses the headers with a text after them and gives a TranslationUnit; `is_users(location)`
    tells which templates count.
    """
    asked = set()
    for _ in range(_ROUNDS):
        wanted = {name: unit.instances[name] for name in _needed(root) - asked
                  if name in unit.instances and _is_readable(unit.instances[name][1], is_users)}
        if not wanted:
            break
        asked |= set(wanted)
        ordered = sorted(wanted.items())
        definitions = unit.inline_definitions
        unit = parse_again(_probe_source(ordered))
        unit.inline_definitions = definitions       # what defines a member is the same in every translation unit
        for probe, (name, (instance, template)) in zip(_probes(unit), ordered):
            place = namespace_name(template.parent())
            if place is not None:
                root = _insert(root, place, _read_instance(name, instance, template, probe))
    return root


def _is_readable(template, is_users):
    return is_users(template.location) and not template.definition().null


def _needed(root):
    """Names of template instances that the declarations need and that are no classes yet."""
    found, known = set(), {cls.qualified_name for cls in model.walk_classes(root)}
    for namespace in model.walk_namespaces(root):
        for declaration in namespace.classes + namespace.functions + namespace.variables:
            found.update(name for name in needed_types(declaration) if name.endswith(">"))
        found.update(typedef.type.name for typedef in namespace.typedefs if typedef.type.name.endswith(">"))
    return found - known


# ---- the probe -------------------------------------------------------------------------------

def _probe_source(wanted):
    """A probe per instance, each in a namespace that sees what the template saw."""
    lines = ["namespace %s {" % _PROBES]
    for index, (name, (instance, template)) in enumerate(wanted):
        members = []
        for child in template.children():
            if child.access == cx.PUBLIC and child.kind in _PLAIN_MEMBERS and child.spelling not in members:
                members.append(child.spelling)
            elif child.kind == cx.CONSTRUCTOR and "cppbind_base" not in members:
                members.append("cppbind_base")      # the name of the base: its constructors
        inside = ["typedef ::%s cppbind_base;" % name]
        inside += ["using cppbind_base::%s;" % member for member in members if member]
        inside += ["typedef %s %s;" % (text, _BASE % place) for place, text in _dependent_bases(instance, template)]
        around = namespace_name(template.parent())
        lines.append("namespace scope_%d { %s struct probe : ::%s { %s }; }" % (
            index, "using namespace ::%s;" % around if around else "", name, " ".join(inside)))
    return "\n".join(lines + ["}\n"])


def _dependent_bases(instance, template):
    """[(place among the base specifiers, text)] of bases such as `Base<T>`, the arguments put in for the parameters."""
    if template.kind != cx.CLASS_TEMPLATE:
        return []           # the parameters of a partial specialisation are not those of the arguments
    arguments = [convert(argument).spelling if argument.kind else None
                 for argument in instance.type.canonical().template_arguments()]
    values = {}
    parameters = [child for child in template.children() if child.kind in cx.TEMPLATE_PARAMETERS]
    for number, (parameter, argument) in enumerate(zip(parameters, arguments)):
        if argument is not None:
            values[parameter.spelling] = values["type-parameter-0-%d" % number] = argument
    found = []
    for place, child in enumerate(_base_specifiers(template)):
        if child.type.canonical().kind != cx.RECORD_TYPE:
            text = re.sub(r"type-parameter-0-\d+|\b[A-Za-z_]\w*\b",
                          lambda match: values.get(match.group(), match.group()), child.type.canonical().spelling)
            found.append((place, text))
    return found


def _base_specifiers(template):
    return [child for child in template.children() if child.kind == cx.BASE_SPECIFIER]


def _probes(unit):
    """The cursors of the probe classes, in order.  Errors in a probe cost a member, not more."""
    found = [child for child in unit.cursor.children() if child.kind == cx.NAMESPACE and child.spelling == _PROBES]
    scopes = [child for child in found[-1].children() if child.kind == cx.NAMESPACE] if found else []
    return [child for scope in scopes for child in scope.children() if child.kind == cx.STRUCT]


def _read_instance(name, instance, template, probe):
    """The model.Class of an instance, from its template and the probe that derives from it."""
    members, functions = [], []
    for child in probe.children():
        if child.kind != cx.USING_DECLARATION:
            continue
        for declared in used(child):
            if declared.kind in (cx.FIELD, cx.VARIABLE):
                members.append(_read_member(declared, name, template))
            elif declared.kind in (cx.METHOD, cx.CONSTRUCTOR):
                functions.append(_read_function(declared, name, template))
    patterns = [child for child in template.children() if child.kind == cx.CONSTRUCTOR]
    has_copy = any(child.test("CXXConstructor_isCopyConstructor") for child in patterns)
    has_move = any(child.test("CXXConstructor_isMoveConstructor") for child in patterns)
    functions = [function for function in functions
                 if not (function.copy and not has_copy) and not (function.move and not has_move)]
    return model.Class(
        name=last_name(name), qualified_name=name, kind=fmt.SCOPE_CLASS, template_instance=True,
        bases=_bases(template, probe), members=tuple(members), functions=tuple(functions),
        destructor=_destructor(template), has_constructor=bool(patterns), has_copy=has_copy, has_move=has_move,
        abstract=instance.test("CXXRecord_isAbstract"), doc=clean_comment(template.comment),
        location=location_of(template))


def _pattern(declared, template):
    """The member of the template that an instantiated one was made from: it stands at the same place."""
    here = declared.location
    for child in template.children():
        if child.kind == declared.kind:
            there = child.location
            if (there.line, there.column, there.file) == (here.line, here.column, here.file):
                return child
    return None


def _read_member(declared, name, template):
    """A data member.  A static one is defined where the template's is."""
    variable = read_variable(declared, name)
    pattern = _pattern(declared, template)
    if variable.external and pattern is not None and not pattern.definition().null:
        return replace(variable, external=False)
    return variable


def _read_function(declared, name, template):
    """A member function, with what only the template's declaration tells.

    It is defined if the template's is, since using it makes the compiler instantiate it.  clang does not instantiate a
    default argument before a call needs it (C++ [temp.inst]), so those are the template's.
    """
    function = read_function(declared, name)
    pattern = _pattern(declared, template)
    if pattern is None:
        return function
    told = read_function(pattern, function.name)
    parameters = function.parameters
    if len(told.parameters) == len(parameters):         # else there is a pack among them
        parameters = tuple(replace(mine, default=mine.default or theirs.default)
                           for mine, theirs in zip(parameters, told.parameters))
    return replace(function, external=told.external, parameters=parameters)


def _bases(template, probe):
    """The bases of an instance: the template's, or, where they depend on its parameters, what the probe found."""
    resolved = {child.spelling: child.underlying_type.canonical() for child in probe.children()
                if child.kind == cx.TYPEDEF}
    found = []
    for place, child in enumerate(_base_specifiers(template)):
        type_ = child.type.canonical()
        if type_.kind != cx.RECORD_TYPE:
            type_ = resolved.get(_BASE % place)
        if type_ is not None and type_.kind == cx.RECORD_TYPE:
            found.append(model.Base(nominal_name(type_), child.test("isVirtualBase"), access_of(child)))
    return tuple(found)


def _destructor(template):
    for child in template.children():
        if child.kind == cx.DESTRUCTOR:
            return model.Destructor(child.test("CXXMethod_isVirtual"), child.test("CXXMethod_isPureVirtual"),
                                    is_deleted(child), False, access_of(child))
    return None


def _insert(namespace, place, cls):
    """The namespace with a class added to the one named `place` in it."""
    if namespace.qualified_name == place:
        return replace(namespace, classes=namespace.classes + (cls,))
    return replace(namespace, namespaces=tuple(
        _insert(inner, place, cls) if (place + "::").startswith(inner.qualified_name + "::") else inner
        for inner in namespace.namespaces))
