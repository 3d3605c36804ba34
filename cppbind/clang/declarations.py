"""Turns the declarations of a translation unit into the model.

`parse` hands in the top-level cursor and says which files are the user's.  Only what lies in
those is visited; a namespace of a system header costs one look at its place.
"""

import re
from dataclasses import replace

from .. import format as fmt
from .. import model
from . import cursor as cx
from .comments import clean_comment
from .functions import (access_of, class_name, is_deleted, is_external, location_of, merge_redeclaration,
                        read_function)
from .types import ARRAYS, convert, is_unnamed, nominal_name, type_spelling, unqualified

_METHODS = (cx.METHOD, cx.CONSTRUCTOR, cx.DESTRUCTOR, cx.CONVERSION)
_CLASS_TEMPLATES = (cx.CLASS_TEMPLATE, cx.CLASS_PARTIAL_SPECIALIZATION)
_SCOPES_OF_DEFINITIONS = (cx.NAMESPACE, cx.LINKAGE_SPEC, cx.UNEXPOSED_DECL)
_QUALIFIABLE = cx.RECORDS + (cx.FUNCTION, cx.VARIABLE, cx.ENUM)
_SCOPE_KIND = {cx.CLASS: fmt.SCOPE_CLASS, cx.STRUCT: fmt.SCOPE_STRUCT, cx.UNION: fmt.SCOPE_UNION}


class _NamespaceParts:
    """The parts of one namespace while they are collected; the tables keep declaration order."""

    def __init__(self, name, qualified_name, doc="", location=model.Location()):
        self.name, self.qualified_name = name, qualified_name
        self.doc, self.location = doc, location
        self.namespaces, self.classes, self.functions = {}, {}, {}
        self.variables, self.enums, self.typedefs, self.aliases, self.usings = {}, {}, {}, {}, []

    def freeze(self):
        return model.Namespace(
            self.name, self.qualified_name, doc=self.doc, location=self.location,
            namespaces=tuple(parts.freeze() for parts in self.namespaces.values()),
            classes=tuple(self.classes.values()), functions=tuple(self.functions.values()),
            variables=tuple(self.variables.values()), enums=tuple(self.enums.values()),
            typedefs=tuple(self.typedefs.values()), aliases=tuple(self.aliases.items()),
            usings=tuple(self.usings))

    def qualify(self, name):
        return self.qualified_name + "::" + name if self.qualified_name else name


class DeclarationReader:
    """Reads a translation unit.  `is_users(location)` tells whether a Location lies in the user's headers."""

    def __init__(self, is_users):
        self._is_users = is_users
        self._root = _NamespaceParts("", "")
        self._base_cursors = {}     # of every class that was read, by name

    def read(self, unit_cursor):
        """The global model.Namespace below the cursor of a translation unit."""
        self.look_ahead(unit_cursor)
        self._declarations(unit_cursor, self._root)
        return self._root.freeze()

    def lineage(self, root):
        """The bases of the classes in a namespace that are not in it: model.Class of each, instances of templates
        not."""
        known = {cls.qualified_name for cls in model.walk_classes(root)}
        waiting = [base.name for cls in model.walk_classes(root) for base in cls.bases]
        found = {}
        while waiting:
            name = waiting.pop(0)
            cursor = self._base_cursors.get(name)
            if name in known or name in found or cursor is None or "<" in name or cursor.definition().null:
                continue
            cls = self._read_class(cursor.definition())
            if cls is not None:
                found[name] = cls
                waiting += [base.name for base in cls.bases]
        return tuple(found.values())

    def look_ahead(self, cursor):
        """Note what is declared in a class or class template and defined after it, `inline void Class::f() {}`, and
        which class templates have partial specialisations.

        libclang leads from a declaration to such a definition only if it has read the bodies, and to no specialisation.
        """
        for child in cursor.children():
            kind = child.kind
            if kind in _SCOPES_OF_DEFINITIONS:
                if self._is_users(child.location):
                    self.look_ahead(child)
            elif kind in _METHODS and (child.test("Cursor_isFunctionInlined")
                                       or child.parent().kind in _CLASS_TEMPLATES):
                child.unit.inline_definitions.add(child.usr)
            elif kind == cx.CLASS_PARTIAL_SPECIALIZATION:
                child.unit.partly_specialized.add(child.template().usr)

    # ---- namespaces ---------------------------------------------------------------

    def _declarations(self, cursor, parts):
        for child in cursor.children():
            if self._is_users(child.location):
                self._declaration(child, parts)

    def _declaration(self, child, parts):
        kind = child.kind
        if kind in _QUALIFIABLE:
            # `int Class::member = 1;` belongs to the class, `int ns::f() {}` to the namespace it names.
            parent = child.parent()
            if parent.kind in cx.RECORDS:
                return
            parts = self._namespace_of(parent, parts)
        if kind == cx.NAMESPACE:
            self._namespace(child, parts)
        elif kind in (cx.LINKAGE_SPEC, cx.UNEXPOSED_DECL):
            # extern "C" { ... }; UNEXPOSED_DECL in old versions of libclang.
            self._declarations(child, parts)
        elif kind in cx.RECORDS:
            self._class(child, parts)
        elif kind == cx.FUNCTION:
            self._function(child, parts)
        elif kind == cx.VARIABLE:
            self._variable(child, parts)
        elif kind == cx.ENUM:
            self._enum(child, parts)
        elif kind in (cx.TYPEDEF, cx.TYPE_ALIAS):
            self._typedef(child, parts)
        elif kind == cx.NAMESPACE_ALIAS:
            # outer::inner is written as two references, the last one is meant.
            named = [part for part in child.children() if part.kind == cx.NAMESPACE_REF]
            target = namespace_name(named[-1].referenced()) if named else None
            if target is not None:
                parts.aliases[child.spelling] = target
        elif kind == cx.USING_DIRECTIVE:
            named = [part for part in child.children() if part.kind == cx.NAMESPACE_REF]
            target = namespace_name(named[-1].referenced()) if named else None
            if target and target not in parts.usings:
                parts.usings.append(target)
        elif kind == cx.USING_DECLARATION:
            self._using(child, parts)

    def _namespace(self, cursor, parts):
        name = cursor.spelling
        if not name or is_unnamed(name):
            return          # unnamed: nothing in it has a name that another file could use
        if cursor.test("Cursor_isInlineNamespace"):
            # Its members are members of the enclosing namespace (C++11 [namespace.def]/8).
            parts.aliases[name] = parts.qualified_name
            self._declarations(cursor, parts)
            return
        inner = parts.namespaces.get(name)
        if inner is None:
            inner = _NamespaceParts(name, parts.qualify(name), clean_comment(cursor.comment), location_of(cursor))
            parts.namespaces[name] = inner
        self._declarations(cursor, inner)

    def _function(self, cursor, parts, adl_only=False):
        if cursor.template_argument_count >= 0:
            return          # an explicit specialisation, reached through its template
        function = read_function(cursor, parts.qualified_name, adl_only)
        key = cursor.usr
        known = parts.functions.get(key)
        parts.functions[key] = merge_redeclaration(known, function) if known else function

    def _variable(self, cursor, parts):
        unnamed = self._unnamed_class(cursor, parts.qualified_name, "::" + parts.qualify(cursor.spelling))
        if unnamed is not None:
            parts.classes[unnamed.qualified_name] = unnamed
        variable = read_variable(cursor, parts.qualified_name)
        known = parts.variables.get(variable.name)
        if known is not None:
            # extern int x; int x = 1;
            variable = replace(variable, external=known.external and variable.external, doc=known.doc or variable.doc)
        parts.variables[variable.name] = variable

    def _class(self, cursor, parts):
        cls = self._read_class(cursor)
        if cls is None:
            return
        known = parts.classes.get(cls.qualified_name)
        if known is None or (cls.complete and not known.complete):
            parts.classes[cls.qualified_name] = cls
        self._friends(cursor, parts)

    def _friends(self, cursor, parts):
        """A function that a friend declaration declares belongs to the namespace around; if nothing else declares it,
        only argument-dependent lookup finds it."""
        for child in cursor.children():
            if child.kind == cx.FRIEND:
                for declared in child.children():
                    if declared.kind == cx.FUNCTION:
                        self._function(declared, self._namespace_of(declared.parent(), parts), adl_only=True)
            elif child.kind in cx.RECORDS:
                self._friends(child, parts)

    def _namespace_of(self, cursor, parts):
        """The parts of the namespace behind a cursor; `parts` are those of where it is written."""
        name = namespace_name(cursor)
        return parts if name == parts.qualified_name or name is None else self._parts(name)

    def _parts(self, qualified_name):
        parts = self._root
        for name in filter(None, qualified_name.split("::")):
            parts = parts.namespaces.setdefault(name, _NamespaceParts(name, parts.qualify(name)))
        return parts

    def _enum(self, cursor, parts):
        enum = read_enum(cursor, parts.qualified_name)
        # An enum is named by itself, an anonymous one by its place.
        key = enum.qualified_name if enum.name else str(enum.location)
        if enum.enumerators or key not in parts.enums:
            parts.enums[key] = enum

    def _typedef(self, cursor, parts):
        typedef = read_typedef(cursor, parts.qualified_name)
        if typedef is not None:
            parts.typedefs[typedef.name] = typedef

    def _using(self, cursor, parts):
        for declared in used(cursor):
            if declared.kind == cx.FUNCTION:
                self._function(declared, parts)
            elif declared.kind == cx.VARIABLE:
                parts.variables.setdefault(declared.spelling, read_variable(declared, parts.qualified_name))
            elif declared.kind in cx.RECORDS + (cx.ENUM, cx.TYPEDEF, cx.TYPE_ALIAS):
                name = declared.spelling
                parts.typedefs[name] = model.Typedef(name, parts.qualify(name), convert(declared.type),
                                                     location=location_of(cursor))

    # ---- classes --------------------------------------------------------------------

    def _read_class(self, cursor):
        """The model.Class of a class cursor, None for one that has no name or no content of its own."""
        name = class_name(cursor)
        if is_unnamed(name):
            return None
        complete = cursor.test("isCursorDefinition")
        if not complete and not cursor.definition().null:
            # The definition of a nested class may stand outside; any other comes by itself, or came.
            return self._read_class(cursor.definition()) if cursor.parent().kind in cx.RECORDS else None
        cls = model.Class(
            name=last_name(name), qualified_name=name, kind=_SCOPE_KIND[cursor.kind], complete=complete,
            template_instance="<" in name, access=access_of(cursor), doc=clean_comment(cursor.comment),
            location=location_of(cursor))
        if not complete:
            return cls
        parts = _ClassParts(name)
        self._class_members(cursor, parts, model.PUBLIC)
        if cls.template_instance and not (parts.functions or parts.members):
            return None         # an explicit instantiation: libclang shows no members of it
        return replace(cls, bases=tuple(parts.bases), members=tuple(parts.members), functions=tuple(parts.functions),
                       classes=tuple(parts.classes), enums=tuple(parts.enums), typedefs=tuple(parts.typedefs),
                       destructor=parts.destructor, has_constructor=parts.has_constructor, has_copy=parts.has_copy,
                       has_move=parts.has_move, storage_operator=parts.storage_operator,
                       templates=tuple(parts.templates),
                       abstract=cursor.test("CXXRecord_isAbstract"), final=parts.final,
                       public_data=parts.public_data)

    def _unnamed_class(self, cursor, scope_name, variable):
        """The class of `struct { int x; } variable;`, None for a variable of any other type.

        It is named by the variable: for C++ by `decltype`, and in the dictionary in words.
        """
        type_ = cursor.type.canonical()
        while type_.kind in ARRAYS:
            type_ = type_.element()
        description = unqualified(type_spelling(type_))
        declaration = type_.declaration()
        if not is_unnamed(description) or declaration.kind not in cx.RECORDS or declaration.definition().null \
                or description in cursor.unit.unnamed or "anonymous namespace" in description:
            return None
        name = "(unnamed type of %s)" % cursor.spelling
        name = scope_name + "::" + name if scope_name else name
        cursor.unit.unnamed[description] = name
        cursor.unit.nominal_types.pop(description, None)       # it was known without a name until here
        parts = _ClassParts(name, "cppbind_plain<decltype(%s)>" % variable)
        self._class_members(declaration, parts, model.PUBLIC)
        return model.Class(
            name="", qualified_name=name, cpp_name=parts.cpp_name, kind=_SCOPE_KIND[declaration.kind],
            members=tuple(parts.members), functions=_call_operators(parts, description),
            classes=tuple(parts.classes), enums=tuple(parts.enums), location=location_of(declaration))

    def _class_members(self, cursor, parts, access):
        """Collect the members of a class; `access` limits those of an anonymous union or struct inside."""
        for child in cursor.children():
            kind = child.kind
            if kind == cx.BASE_SPECIFIER:
                parts.bases.append(model.Base(base_name(child), child.test("isVirtualBase"), access_of(child)))
                self._base_cursors.setdefault(base_name(child), child.type.canonical().declaration())
            elif kind in (cx.FIELD, cx.VARIABLE):
                if child.spelling:      # an unnamed bit-field is padding
                    if _least(access, access_of(child)) == model.PUBLIC:
                        parts.add_class(self._unnamed_class(child, parts.name, parts.cpp_name + "::" + child.spelling))
                    variable = read_variable(child, parts.name)
                    parts.members.append(_restrict(variable, access))
                    parts.public_data &= variable.static or parts.members[-1].access == model.PUBLIC
            elif kind in (cx.METHOD, cx.CONSTRUCTOR, cx.CONVERSION):
                parts.add_function(read_function(child, parts.name))
            elif kind == cx.DESTRUCTOR:
                parts.destructor = model.Destructor(
                    child.test("CXXMethod_isVirtual"), child.test("CXXMethod_isPureVirtual"), is_deleted(child),
                    is_external(child), access_of(child), child.complete_object_mangled)
            elif kind in cx.RECORDS:
                if child.test("Cursor_isAnonymousRecordDecl"):
                    parts.public_data &= kind != cx.UNION
                    self._class_members(child, parts, _least(access, access_of(child)))
                else:
                    parts.add_class(self._read_class(child))
            elif kind == cx.ENUM:
                definition = child.definition()
                parts.add_enum(read_enum(child if definition.null else definition, parts.name))
            elif kind in (cx.TYPEDEF, cx.TYPE_ALIAS):
                typedef = read_typedef(child, parts.name)
                if typedef is not None:
                    parts.typedefs.append(typedef)
            elif kind == cx.FUNCTION_TEMPLATE:
                parts.add_template(child)
            elif kind == cx.USING_DECLARATION:
                self._class_using(child, parts)
            elif kind == cx.FINAL_ATTRIBUTE:
                parts.final = True

    def _class_using(self, cursor, parts):
        """`using Base::f;`, `using Base::x;`, `using Base::Base;`."""
        access = access_of(cursor)
        for declared in used(cursor):
            owner = class_name(declared.parent()) if declared.kind in _MEMBER_KINDS else ""
            if declared.kind in (cx.METHOD, cx.CONVERSION, cx.CONSTRUCTOR):
                function = read_function(declared, parts.name)
                if function.kind == fmt.FUNCTION_CONSTRUCTOR:
                    if function.copy or function.move or not function.parameters:
                        continue        # not inherited (C++17 [namespace.udecl]/4, [class.default.ctor])
                    name = last_name(parts.name).split("<", 1)[0]
                    function = replace(function, name=name, qualified_name=parts.name + "::" + name)
                    parts.functions.append(replace(function, inherited_from=owner))
                else:
                    parts.functions.append(replace(function, inherited_from=owner, access=access))
            elif declared.kind in (cx.FIELD, cx.VARIABLE):
                parts.members.append(replace(read_variable(declared, parts.name), access=access))


_MEMBER_KINDS = (cx.METHOD, cx.CONVERSION, cx.CONSTRUCTOR, cx.FIELD, cx.VARIABLE)


def _call_operators(parts, description):
    """What a lambda's class has: its call, unless that is a template."""
    return tuple(replace(function, qualified_name=parts.cpp_name + "::operator()") for function in parts.functions
                 if "(lambda" in description and function.name == "operator()")


class _ClassParts:
    """The members of one class while they are collected."""

    def __init__(self, name, cpp_name=""):
        self.name, self.cpp_name = name, cpp_name or "::" + name
        self.bases, self.members, self.functions, self.classes, self.enums, self.typedefs = [], [], [], [], [], []
        self.templates = []
        self.destructor = None
        self.has_constructor = self.has_copy = self.has_move = self.storage_operator = self.final = False
        self.public_data = True

    def add_function(self, function):
        if function.kind == fmt.FUNCTION_CONSTRUCTOR:
            self.has_constructor = True
            self.has_copy |= function.copy
            self.has_move |= function.move
        if function.name in ("operator new", "operator delete", "operator new[]", "operator delete[]"):
            # Storage is the runtime's business; nobody calls these by name.
            self.storage_operator |= (function.name == "operator new" and len(function.parameters) == 1
                                      and function.access == model.PUBLIC and not function.deleted)
            return
        self.functions.append(function)

    def add_template(self, cursor):
        name = template_member_name(cursor)
        if access_of(cursor) == model.PUBLIC and name and name not in self.templates:
            self.templates.append(name)

    def add_enum(self, enum):
        if not enum.name or enum.name not in [known.name for known in self.enums]:
            self.enums.append(enum)

    def add_class(self, cls):
        if cls is None:
            return
        for index, known in enumerate(self.classes):
            if known.qualified_name == cls.qualified_name:
                if cls.complete:
                    self.classes[index] = cls
                return
        self.classes.append(cls)


def template_member_name(cursor):
    """The name by which one calls a function template of a class, a constructor's too; "" for conversions."""
    if re.fullmatch(r"operator[^\w\s]+", cursor.spelling):
        return cursor.spelling
    name = cursor.spelling.partition("<")[0]
    return name if name.isidentifier() else ""


def used(cursor):
    """The declarations that a using-declaration brings in."""
    for child in cursor.children():
        if child.kind == cx.OVERLOADED_DECL_REF:
            # clang keeps them the other way round.
            yield from sorted(child.overloaded(), key=_place)


def _place(cursor):
    location = cursor.location
    return location.file, location.line, location.column


def _restrict(variable, access):
    return replace(variable, access=_least(access, variable.access))


def _least(first, second):
    order = (model.PUBLIC, model.PROTECTED, model.PRIVATE)
    return max(first, second, key=order.index)


def last_name(qualified_name):
    """The part after the last '::' that is not inside template arguments."""
    depth = 0
    for index in range(len(qualified_name) - 1, 0, -1):
        char = qualified_name[index]
        depth += (char == ">") - (char == "<")
        if depth == 0 and qualified_name[index - 1:index + 1] == "::":
            return qualified_name[index + 1:]
    return qualified_name


def base_name(specifier):
    return nominal_name(specifier.type.canonical())


def namespace_name(cursor):
    """The qualified name of a namespace cursor, inline namespaces left out; None inside an unnamed one."""
    names = []
    while not cursor.null and cursor.kind in (cx.NAMESPACE, cx.LINKAGE_SPEC, cx.UNEXPOSED_DECL):
        if cursor.kind == cx.NAMESPACE:
            if not cursor.spelling or is_unnamed(cursor.spelling):
                return None
            if not cursor.test("Cursor_isInlineNamespace"):
                names.append(cursor.spelling)
        cursor = cursor.parent()
    return "::".join(reversed(names))


def read_variable(cursor, scope_name):
    """A field, a static member or a variable of a namespace."""
    static = cursor.kind == cx.VARIABLE
    name = cursor.spelling
    external = static and cursor.definition().null
    initialised = external and any(100 <= child.kind < 300 for child in cursor.children())
    return model.Variable(
        name=name, qualified_name=scope_name + "::" + name if scope_name else name, type=convert(cursor.type),
        static=static, bit_field=not static and cursor.test("Cursor_isBitField"),
        mutable=not static and cursor.test("CXXField_isMutable"), external=external and not initialised,
        constant=initialised, thread_local=static and bool(cursor.unit.lib.clang_getCursorTLSKind(cursor.raw)),
        access=access_of(cursor), mangled=cursor.mangled if static else "", doc=clean_comment(cursor.comment),
        location=location_of(cursor))


def read_enum(cursor, scope_name):
    """The model.Enum of an enum cursor in the scope of that qualified name."""
    name = class_name(cursor)
    name = "" if is_unnamed(name) else name
    scoped = cursor.test("EnumDecl_isScoped")
    # Enumerators of an unscoped enum are found in the scope around it (and since C++11 in the enum, too).
    prefix = name if scoped else scope_name
    enumerators = tuple(
        model.Enumerator(child.spelling, prefix + "::" + child.spelling if prefix else child.spelling,
                         clean_comment(child.comment))
        for child in cursor.children() if child.kind == cx.ENUM_CONSTANT)
    return model.Enum(name=last_name(name), qualified_name=name, underlying=convert(cursor.integer_type),
                      scoped=scoped, enumerators=enumerators, access=access_of(cursor),
                      doc=clean_comment(cursor.comment), location=location_of(cursor))


def read_typedef(cursor, scope_name):
    """The model.Typedef of a cursor; None for `typedef struct X {...} X`, which adds no name."""
    name = cursor.spelling
    qualified_name = scope_name + "::" + name if scope_name else name
    type_ = convert(cursor.underlying_type)
    if type_.name == qualified_name and type_.kind in (fmt.TYPE_CLASS, fmt.TYPE_ENUM):
        return None
    return model.Typedef(name, qualified_name, type_, access_of(cursor), clean_comment(cursor.comment),
                         location_of(cursor))
