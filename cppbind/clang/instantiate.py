"""Reads the members of class template instances that nobody wrote out: `Base<int>`, because something derives from it.

libclang shows no members of an implicit instance.  But a class that derives from it and has a using-declaration for
each member of the template makes clang list the *instantiated* overloads, with concrete types and mangled names:

    struct probe : ::Base<int> { typedef ::Base<int> cppbind_base; using cppbind_base::get; ... };

So the headers are parsed a second time with such probes after them.  `parse` calls this; only templates of the user's
own headers and those of `stl` are looked at, and only instances that a declaration needs (`analysis.dependencies`) or
a selection names.
"""

import re
from dataclasses import replace

from .. import format as fmt
from .. import model, stl
from ..analysis.dependencies import needed_types
from ..analysis.overloads import required_count
from ..analysis.signature import prototype
from . import cursor as cx
from .capability import usable_members
from .comments import clean_comment
from .declarations import last_name, namespace_name, read_enum, read_typedef, read_variable, template_member_name, used
from .dependent_bases import base_specifiers, dependent_bases, filler
from .function_instances import call_source, read_calls
from .functions import access_of, is_deleted, location_of, read_function
from .types import is_unnamed, nominal_name, template_name

_PROBES = "cppbind_probes"
_NAMED = "cppbind_named"
_BASE = "cppbind_base_%d_%d_%d"         # place among the base specifiers, number there, attempt
_NESTED = "cppbind_nested_"
_DEDUCED = "cppbind_deduced_"
_ROUNDS = 6             # an instance may need further ones
_PLAIN_MEMBERS = (cx.FIELD, cx.VARIABLE, cx.METHOD)


def add_instances(root, unit, parse_again, is_users, named=(), narrow=None):
    """(global model.Namespace with the classes of template instances added, {name asked for: its canonical name},
    headers of the standard library that the additions need).

    Added is what the declarations need and what `named` asks for in C++, such as 'std::map<std::string, int>', and
    functions asked for (`function_instances`); with
    `narrow` (see `parse_headers`), what the declarations need that it leaves.
    `parse_again(text)` parses the headers with a text after them and gives a TranslationUnit; `is_users(location)`
    tells which templates count, beside those of `stl`.
    """
    asked, canonical, headers, added = set(), {}, set(), {}
    # Closures are returned as these, which the headers need not name.
    named = tuple(named) + tuple(sorted(name for name in _needed(root) - set(unit.instances)
                                        if name.startswith("std::function<")))
    if named:
        unit, headers, canonical, calls = _read_asked(unit, parse_again, named)
        root, prototypes, added = _add_functions(root, calls)
    explicit = set(canonical.values())
    for alias, name in canonical.items():
        root = _add_alias(root, alias, name)
    canonical.update(prototypes if named else ())
    for _ in range(_ROUNDS):
        needed = _needed(root, narrow, canonical) | explicit
        needed |= {outer for name in needed for outer in _outer_names(name)}
        candidates = [name for name in sorted(needed - asked)
                      if name in unit.instances and (name in explicit or stl.template_of(name) or stl.is_support(name)
                                                     or is_users(unit.instances[name][1].location))]
        unit = _choose_specializations(candidates, unit, parse_again)
        wanted = {name: _defined(unit.instances[name]) for name in candidates
                  if (stl.members_of(name) is not None or not unit.instances[name][1].definition().null)
                  and (is_users(unit.instances[name][1].location) or _is_complete(unit.instances[name][0].type))}
        if not wanted:
            break
        asked |= set(wanted)
        headers |= {known.header for known in map(stl.template_of, wanted) if known}
        ordered = sorted(wanted.items())
        first, unit = unit, parse_again((stl.support_text(headers) if headers else "") + _probe_source(ordered))
        _hand_on(first, unit)
        for probes, (name, (instance, template)) in zip(_probes(unit), ordered):
            place = _namespace_around(template)
            if place is not None:
                cls = _with_functions(_read_instance(name, instance, template, probes, is_users), added)
                explicit |= _nested_names(name, template, probes[0])
                outer = next(_outer_names(name), None)
                root = _insert_nested(root, outer, cls) if outer else _insert(root, place, classes=(cls,))
    return root, canonical, headers


def add_exceptions(root, lineage):
    """The namespace with those of the `lineage` that make its classes exceptions: std::exception, and what the standard
    library derives from it.  So a dictionary tells itself which of its classes `except` takes."""
    classes = {cls.qualified_name: cls for cls in lineage}

    def is_exception(name):
        return name == "std::exception" or name in classes and any(
            is_exception(base.name) for base in classes[name].bases)
    for name, cls in sorted(classes.items()):
        if name.startswith("std::") and is_exception(name):
            root = _insert(root, name[:-len(cls.name) - 2], classes=(cls,))
    return root


def _outer_names(name):
    """The instances that a nested class of that name lies in, the nearest first: 'A<int>' of 'A<int>::B'."""
    while True:
        name = name[:-len(last_name(name)) - 2]
        if "<" not in name:
            return
        yield name


def _namespace_around(template):
    """The name of the namespace that a template, or a class in one, lies in; None inside an unnamed one."""
    parent = template.parent()
    while parent.kind in cx.RECORDS + (cx.CLASS_TEMPLATE, cx.CLASS_PARTIAL_SPECIALIZATION):
        parent = parent.parent()
    return namespace_name(parent)


def _nested_classes(template):
    """The names of the public classes in a template."""
    found = [child.spelling for child in template.children() if child.kind in cx.RECORDS
             and child.access == cx.PUBLIC and child.spelling and not is_unnamed(child.spelling)
             and not child.definition().null and not child.test("Cursor_isAnonymousRecordDecl")]
    return list(dict.fromkeys(found))


def _nested_names(name, template, probe):
    """The names of the classes in an instance, which this makes known to the unit: the typedefs of the probe."""
    if stl.members_of(name) is not None:
        return set()
    types = [child.underlying_type.canonical() for child in probe.children()
             if child.kind == cx.TYPEDEF and child.spelling.startswith(_NESTED)]
    return {nominal_name(type_) for type_ in types if type_.kind == cx.RECORD_TYPE}


def _add_alias(root, alias, name):
    """The namespace with an instance of an alias template that was asked for, as the typedef that it is."""
    alias = alias.strip().lstrip(":")
    head = alias.partition("<")[0].strip()
    if not alias.endswith(">") or not name.endswith(">") or head == template_name(name):
        return root
    last = last_name(alias)
    typedef = model.Typedef(last, alias, model.Type(fmt.TYPE_CLASS, name, name=name))
    place = alias[:-len(last) - 2]
    return _insert(root, place, typedefs=(typedef,)) if "<" not in place else root


def _hand_on(first, unit):
    """What is the same in every translation unit of the same headers."""
    unit.inline_definitions = first.inline_definitions
    unit.partly_specialized = first.partly_specialized


def _choose_specializations(names, unit, parse_again):
    """The unit, or one in which the instances of templates with partial specialisations lead to the right one.

    clang chooses between them when an instance must be complete, so it is asked for sizes.
    """
    pending = [name for name in names if unit.instances[name][1].usr in unit.partly_specialized]
    if not pending:
        return unit
    sizes = "".join("const unsigned long size_%d = sizeof(asked_%d);\n" % (number, number)
                    for number in range(len(pending)))
    chosen = parse_again(_named_source(pending) + "namespace %s {\n%s}\n" % (_NAMED, sizes))
    _hand_on(unit, chosen)
    _read_named(chosen, pending)
    for name, known in unit.instances.items():
        chosen.instances.setdefault(name, known)
    return chosen


def _defined(pair):
    """(instance, template) with the template where it is defined; it may have been declared before."""
    instance, template = pair
    definition = template.definition()
    return instance, template if definition.null else definition


def _is_complete(type_):
    """Whether the classes among a type's template arguments, and among theirs, are defined: most templates of the
    library need that for some member, and the compiler's error then names no place of ours."""
    for argument in type_.canonical().template_arguments():
        if argument.kind and argument.canonical().kind == cx.RECORD_TYPE:
            declaration = argument.canonical().declaration()
            template = declaration.template() if "<" in argument.canonical().spelling else declaration
            if (declaration if template.null else template).definition().null or not _is_complete(argument):
                return False
    return True


# ---- names asked for ---------------------------------------------------------------------------

def _read_asked(unit, parse_again, named):
    """(unit with what was asked for, headers of the library, {name asked: canonical name} of classes, the functions
    as `read_calls` gives them)."""
    names = [name for name in named if isinstance(name, str)]
    prototypes = [name for name in named if not isinstance(name, str)]
    headers = {known.header for known in map(stl.template_of, map(_plain, names)) if known}
    asked = parse_again((stl.support_text(headers) if names else "") + _named_source(names) + call_source(prototypes))
    _hand_on(unit, asked)
    for name, known in unit.instances.items():
        asked.instances.setdefault(name, known)
    return asked, headers, _read_named(asked, names), read_calls(asked, prototypes)


def _add_functions(root, calls):
    """(root with the functions of namespaces, {prototype asked: canonical one}, {class: (functions)})."""
    canonical, members = {}, {}
    for asked, (place, function) in calls.items():
        canonical[asked.text] = prototype(function)
        if function.kind != fmt.FUNCTION_FREE:
            members[place] = members.get(place, ()) + (function,)
        elif place is not None:
            known = {prototype(other) for namespace in model.walk_namespaces(root)
                     if namespace.qualified_name == place for other in namespace.functions}
            if prototype(function) not in known:
                root = _insert(root, place, functions=(function,))
    return _add_members(root, members), canonical, members


def _add_members(scope, members):
    """The namespace or class with functions added to the classes in it; `members`: {class: (functions)}."""
    inner = dict(classes=tuple(_add_members(cls, members) for cls in scope.classes))
    if isinstance(scope, model.Namespace):
        inner["namespaces"] = tuple(_add_members(namespace, members) for namespace in scope.namespaces)
        return replace(scope, **inner)
    return _with_functions(replace(scope, **inner), members)


def _with_functions(cls, members):
    known = {(prototype(function), function.const) for function in cls.functions}
    return replace(cls, functions=cls.functions + tuple(
        function for function in members.get(cls.qualified_name, ())
        if (prototype(function), function.const) not in known))


def _plain(name):
    return re.sub(r"\s*([<>,:*&])\s*", r"\1", name.strip()).lstrip(":")


def _named_source(named):
    """A typedef for each; one that is no type costs itself alone."""
    return "namespace %s {\n%s}\n" % (_NAMED, "".join(
        "typedef %s asked_%d;\n" % (name, number) for number, name in enumerate(named)))


def _read_named(unit, named):
    """{name: canonical name} of those that are instances of class templates."""
    found = {}
    for space in unit.cursor.children():
        if space.kind != cx.NAMESPACE or space.spelling != _NAMED:
            continue
        for child in space.children():
            type_ = child.underlying_type.canonical() if child.kind == cx.TYPEDEF else None
            if type_ is not None and type_.kind == cx.RECORD_TYPE and child.spelling.startswith("asked_"):
                name = nominal_name(type_)
                if name in unit.instances:
                    found[named[int(child.spelling[len("asked_"):])]] = name
    return found


def _needed(root, narrow=None, canonical=None):
    """Names of template instances that the declarations need and that are no classes yet."""
    if narrow is not None:
        everything = _needed(root)
        chosen, named, excluded = narrow(root, everything, canonical)
        return (_needed(chosen.root) & everything | named) - excluded
    found, known = set(), {cls.qualified_name for cls in model.walk_classes(root)}
    for namespace in model.walk_namespaces(root):
        for declaration in namespace.classes + namespace.functions + namespace.variables:
            found.update(filter(_is_read, needed_types(declaration)))
        found.update(typedef.type.name for typedef in namespace.typedefs if _is_read(typedef.type.name))
    return found - known


def _is_read(name):
    return "<" in name or name in stl.CLASSES


# ---- the probe -------------------------------------------------------------------------------

def _probe_source(wanted):
    """A probe per instance, each in a namespace that sees what the template saw."""
    lines = ["namespace %s {" % _PROBES]
    for index, (name, (instance, template)) in enumerate(wanted):
        members = list(stl.members_of(name) or ())
        if stl.members_of(name) is None:
            members = list(dict.fromkeys(_member_names(template, stl.template_of(name) is None)))
        inside = ["typedef ::%s cppbind_base;" % name]
        inside += ["using cppbind_base::%s;" % member for member in members if member]
        inside += ["typedef %s %s;" % (text, _BASE % (place, number, attempt))
                   for place, number, texts in dependent_bases(name, instance, template)
                   for attempt, text in enumerate(texts)]
        if stl.members_of(name) is None:
            inside += ["typedef cppbind_base::%s %s%d;" % (nested, _NESTED, place)
                       for place, nested in enumerate(_nested_classes(template))]
            inside += ["using cppbind_base::operator %s;" % text for text in _conversions(name, instance, template)]
            inside += ["typedef decltype(&cppbind_base::%s) %s%d;" % (member, _DEDUCED, place)
                       for place, member in enumerate(_deduced_members(template))]
        if template.kind == cx.UNION:       # nothing derives from one, but in a class it is instantiated whole
            inside = ["typedef ::%s cppbind_base;" % name, "cppbind_base whole;"] + [
                text for text in inside if text.startswith("typedef cppbind_base::")]
        around = _namespace_around(template)
        helper, functions = stl.helper_of(name, len(instance.type.canonical().template_arguments()))
        helping = "struct helper : %s { typedef %s cppbind_base; %s };" % (helper, helper, " ".join(
            "using cppbind_base::%s;" % function for function in functions)) if helper else ""
        lines.append("namespace scope_%d { %s struct probe %s { %s }; %s }" % (
            index, "using namespace ::%s;" % around if around else "",
            "" if template.kind == cx.UNION else ": ::" + name, " ".join(inside), helping))
    return "\n".join(lines + ["}\n"])


def _member_names(template, types):
    """What the public members of a template are called, some more than once; `types`: typedefs and enums too."""
    for child in template.children():
        if child.kind == cx.CONSTRUCTOR:
            yield "cppbind_base"                    # the name of the base: its constructors
        elif child.access != cx.PUBLIC and not (
                child.access == cx.PROTECTED and child.kind in _PLAIN_MEMBERS and types and not child.location.system):
            continue                                # what is protected is for classes derived in Python
        elif child.kind in _PLAIN_MEMBERS or (types and child.kind in (cx.TYPEDEF, cx.TYPE_ALIAS)):
            yield child.spelling
        elif child.kind in cx.RECORDS and child.test("Cursor_isAnonymousRecordDecl"):
            yield from _member_names(child, False)
        elif child.kind == cx.ENUM and types:
            yield from [child.spelling] if child.spelling and not is_unnamed(child.spelling) else [
                item.spelling for item in child.children() if item.kind == cx.ENUM_CONSTANT]


def _deduced_members(template):
    """The names of public methods whose result is deduced: what their address is needs the bodies, so clang reads
    these.  Overloads have no one address; theirs stay unknown.  The library's templates have bodies and conditions
    that are not for every instance, so reading them would be an error."""
    if template.location.system:
        return []
    found = [child.spelling for child in template.children() if child.kind == cx.METHOD and child.access == cx.PUBLIC
             and re.search(r"\bauto\b", child.type.result().spelling)]
    return [name for name in found if found.count(name) == 1 and re.match(r"[A-Za-z_]\w*$", name)]


def _conversions(name, instance, template):
    """The types of the public conversion functions that are no templates."""
    filled = filler(name, instance, template)
    found = [filled(child.type.result().canonical().spelling) for child in template.children()
             if child.kind == cx.CONVERSION and child.access == cx.PUBLIC]
    return [text for text in dict.fromkeys(found) if "type-parameter-" not in text]


def _probes(unit):
    """The cursors of the probe classes of each instance, in order: its own, and where there is one, the helper's.

    Errors in a probe cost a member, not more.
    """
    found = [child for child in unit.cursor.children() if child.kind == cx.NAMESPACE and child.spelling == _PROBES]
    scopes = [child for child in found[-1].children() if child.kind == cx.NAMESPACE] if found else []
    return [[child for child in scope.children() if child.kind == cx.STRUCT] for scope in scopes]


def _member_templates(template):
    found = [template_member_name(child) for child in template.children()
             if child.kind == cx.FUNCTION_TEMPLATE and access_of(child) == model.PUBLIC]
    # Assignments of the library's drop items, which only methods are known to do (runtime/items.py).
    return tuple(name for name in dict.fromkeys(found) if name and not name.startswith("_") and not (
        template.location.system and name.startswith("operator") and name != "operator()"))


def _members_of(probe, template):
    """The cursors of the instantiated members that a probe found."""
    for child in probe.children():
        if child.kind == cx.USING_DECLARATION:
            yield from used(child)
        elif child.kind == cx.FIELD and template.kind == cx.UNION:
            yield from (member for member in child.type.canonical().declaration().children()
                        if member.access == cx.PUBLIC)


def _read_instance(name, instance, template, probes, is_users):
    """The model.Class of an instance, from its template and the probe that derives from it."""
    members, functions, typedefs, enums = [], [], [], {}
    probe = probes[0]
    for declared in _members_of(probe, template):
        # The member of an anonymous union is an unexposed declaration.
        if declared.kind in (cx.FIELD, cx.VARIABLE, cx.UNEXPOSED_DECL):
            members.append(_read_member(declared, name, template))
        elif declared.kind in (cx.METHOD, cx.CONSTRUCTOR, cx.CONVERSION):
            functions.append(_read_function(declared, name, template))
        elif declared.kind in (cx.TYPEDEF, cx.TYPE_ALIAS):
            typedefs.append(read_typedef(declared, name))
        elif declared.kind in (cx.ENUM, cx.ENUM_CONSTANT):
            enum = _read_enum(declared if declared.kind == cx.ENUM else declared.parent(), name, template)
            enums[str(enum.location)] = enum
    bases = _bases(template, probe)
    if stl.is_support(name) or not is_users(template.location):
        bases = tuple(base for base in bases if base.access == model.PUBLIC and not base.name.startswith("std::_"))
        # What a header of the system declares, it defines.
        functions = [replace(function, external=False) for function in
                     (_without_internals(function, name) for function in functions) if function is not None]
        members = [replace(member, external=False) for member in members]
    for helper in probes[1:]:
        functions += _read_helper(helper, name)
    functions = usable_members(name, instance, functions)
    if stl.template_of(name) is not None or stl.is_support(name):
        functions = [_with_numbers(function) for function in functions]
        members = [replace(member, type=_number(member.type)) for member in members]
    patterns = [child for child in template.children() if child.kind == cx.CONSTRUCTOR] \
        if stl.members_of(name) is None else []
    # clang does not list a default constructor with the others; whether there is one, the compiler can tell.
    system = not is_users(template.location)
    left_out = (system or any(not child.arguments() for child in patterns)) and not any(
        function.kind == fmt.FUNCTION_CONSTRUCTOR and not required_count(function) for function in functions)
    has_copy = any(child.test("CXXConstructor_isCopyConstructor") for child in patterns)
    has_move = any(child.test("CXXConstructor_isMoveConstructor") for child in patterns)
    functions = [function for function in functions
                 if not (function.copy and not has_copy) and not (function.move and not has_move)]
    return model.Class(
        name=last_name(name), qualified_name=name, template_instance=True,
        kind=fmt.SCOPE_UNION if template.kind == cx.UNION else fmt.SCOPE_CLASS,
        bases=bases, members=tuple(members), functions=tuple(functions), enums=tuple(enums.values()),
        typedefs=tuple(typedef for typedef in typedefs if typedef is not None and not typedef.type.problem),
        destructor=_destructor(template), has_constructor=bool(patterns) and not left_out, has_copy=has_copy,
        has_move=has_move,
        templates=_member_templates(template),
        abstract=instance.test("CXXRecord_isAbstract"), doc=clean_comment(template.comment),
        location=location_of(template))


def _without_internals(function, name):
    """The function without parameters of types that only its library names; None if it cannot do without."""
    def is_internal(type_):
        own = type_.target or type_
        if own.name == name:            # an iterator that returns itself
            return False
        return any(part in type_.spelling for part in stl.HIDDEN_TYPES)
    if function.name in ("swap", "operator=") and name.startswith("std::pair<const "):
        return None
    parameters = function.parameters
    while parameters and parameters[-1].default is not None and is_internal(parameters[-1].type):
        parameters = parameters[:-1]
    if is_internal(function.result) or any(is_internal(parameter.type) for parameter in parameters):
        return None
    if function.kind == fmt.FUNCTION_METHOD and function.reference_qualifier == "&&":
        return None
    parameters = tuple(replace(parameter, name=parameter.name.lstrip("_")) for parameter in parameters)
    if len(parameters) != len(function.parameters):
        # Not the function's own signature any more: it has to be called through a wrapper.
        function = replace(function, inherited_from=function.inherited_from or "std")
    return replace(function, parameters=parameters)


def _number(type_):
    """The type with signed and unsigned char as numbers: std::deque<std::uint8_t> is the same class as that of unsigned
    char, and bytes are numbers more often than they are text."""
    if type_.kind in (fmt.TYPE_SCHAR, fmt.TYPE_UCHAR):
        return replace(type_, as_integer=True)
    if type_.kind in (fmt.TYPE_LVALUE_REF, fmt.TYPE_RVALUE_REF, fmt.TYPE_POINTER):
        target = _number(type_.target)
        return type_ if target is type_.target else replace(type_, target=target)
    return type_


def _with_numbers(function):
    return replace(function, result=_number(function.result), parameters=tuple(
        replace(parameter, type=_number(parameter.type)) for parameter in function.parameters))


def _read_helper(helper, name):
    """The functions that `stl` adds to an instance, as static ones of its own."""
    found = []
    scope = stl.helper_of(name, 99)[0]
    for child in helper.children():
        if child.kind == cx.USING_DECLARATION:
            found += [replace(read_function(declared, scope), external=False) for declared in used(child)]
    return found


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


def _read_enum(declared, name, template):
    """An enum; clang does not instantiate the enumerators of a scoped one before they are needed."""
    enum, pattern = read_enum(declared, name), _pattern(declared, template)
    if enum.enumerators or pattern is None:
        return enum
    return replace(enum, enumerators=tuple(
        replace(known, qualified_name="%s::%s" % (enum.qualified_name, known.name))
        for known in read_enum(pattern, name).enumerators))


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
    specifiers = base_specifiers(probe)
    if template.kind in cx.RECORDS and specifiers:      # a nested class is instantiated whole, with its bases
        template = specifiers[0].type.canonical().declaration()
    for place, child in enumerate(base_specifiers(template)):
        types = [child.type.canonical()]
        if types[0].kind != cx.RECORD_TYPE:
            types = {}
            for name, type_ in resolved.items():        # the first attempt that is a class
                if name.startswith(_BASE.partition("%d")[0] + "%d_" % place) and type_.kind == cx.RECORD_TYPE:
                    types.setdefault(int(name.split("_")[3]), type_)
            types = [types[number] for number in sorted(types)]
        found += [model.Base(nominal_name(type_), child.test("isVirtualBase"), access_of(child))
                  for type_ in types if type_.kind == cx.RECORD_TYPE]
    return tuple(found)


def _destructor(template):
    for child in template.children():
        if child.kind == cx.DESTRUCTOR:
            return model.Destructor(child.test("CXXMethod_isVirtual"), child.test("CXXMethod_isPureVirtual"),
                                    is_deleted(child), False, access_of(child))
    return None


def _insert_nested(scope, outer, cls):
    """The namespace or class with a class added to the one named `outer` in it."""
    if scope.qualified_name == outer:
        return replace(scope, classes=scope.classes + (cls,))
    inner = {"classes": tuple(_insert_nested(known, outer, cls) if outer.startswith(known.qualified_name) else known
                              for known in scope.classes)}
    if isinstance(scope, model.Namespace):
        inner["namespaces"] = tuple(_insert_nested(known, outer, cls) for known in scope.namespaces)
    return replace(scope, **inner)


def _insert(namespace, place, **added):
    """The namespace with these (`classes`, `functions`, `typedefs`) added to the one named `place` in it, which is made
    where it is not there."""
    here = namespace.qualified_name
    if here == place:
        return replace(namespace, **{kind: getattr(namespace, kind) + more for kind, more in added.items()})
    next_name = place[len(here) + 2 if here else 0:].partition("::")[0]
    qualified = here + "::" + next_name if here else next_name
    inner = namespace.namespaces
    if qualified not in [known.qualified_name for known in inner]:
        inner += (model.Namespace(next_name, qualified),)
    return replace(namespace, namespaces=tuple(
        _insert(known, place, **added) if known.qualified_name == qualified else known for known in inner))
