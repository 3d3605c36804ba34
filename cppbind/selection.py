"""Chooses what goes into a dictionary: the default, or a selection file (XML).

Works on the model alone: `select` takes a model.Headers and returns a smaller one.

Without a file everything is chosen that the given headers declare, not what they include.  With one, what its
rules name, wherever it is declared outside of system headers:

    <lcgdict>                               or <rootdict>, or <selection>
      <class name="ns::Event"/>             or pattern="ns::*"; file_name=, file_pattern= restrict the place
      <function name="f"/> <variable name="v"/> <enum name="E"/> <typedef name="T"/>
      <namespace name="ns"/>                everything in it
      <exclusion>
        <class name="ns::Hidden"/>
        <class name="ns::Event"><method name="debug"/><field name="cache"/></class>
      </exclusion>
    </lcgdict>

In a pattern '*' stands for any characters.  A nested class brings the class around it.  A class or enum that the
chosen ones need (as a base, or by value) is chosen with them, and so is a typedef of a chosen one.  Classes that
are only declared are never chosen: pointers and references to them work without.
"""

import os
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, replace
from typing import Optional, Tuple

from . import model
from .analysis.dependencies import needed_types
from .analysis.signature import prototype
from .errors import SelectionError

_ROOTS = ("lcgdict", "rootdict", "selection")
_KINDS = ("class", "struct", "function", "variable", "enum", "namespace", "typedef")
_MEMBERS = ("method", "field")
# Attributes of <function>, <method>, and <class> for all its methods: Python owns the object that the result points to;
# the result keeps the object that it was asked of alive; other threads run during the call; C++ owns what it is given
# by pointers to what is not const.
HINTS = ("creates", "lifeline", "release_gil", "takes")
_HINTED = ("function", "method", "class", "struct")
# Elements of genreflex's files that say nothing about what is chosen.
_IGNORED = ("ioread", "read", "readraw", "version", "properties", "class_version")


@dataclass(frozen=True)
class Rule:
    """One rule: `kind` of declaration; a name, a pattern or a prototype; where it is declared.

    `methods` and `fields` narrow an exclusion to those members of the class.  `hints`: of HINTS, for the functions.
    """

    kind: str
    name: Optional[str] = None
    pattern: Optional[str] = None
    prototype: Optional[str] = None
    file_name: Optional[str] = None
    file_pattern: Optional[str] = None
    methods: Tuple["Rule", ...] = ()
    fields: Tuple["Rule", ...] = ()
    hints: Tuple[str, ...] = ()

    def matches(self, name, file="", prototype=""):
        """Whether a declaration of that qualified name, in that file, is meant."""
        if self.prototype is not None and _squeeze(self.prototype) != _squeeze(prototype):
            return False
        if self.name is not None and _squeeze(self.name) != _squeeze(name):
            return False
        if self.pattern is not None and not _wildcard(_squeeze(self.pattern)).match(_squeeze(name)):
            return False
        if self.file_name is not None:
            wanted = os.path.normpath(self.file_name)
            if not (os.path.normpath(file) == wanted or file.endswith(os.sep + wanted)):
                return False
        return self.file_pattern is None or bool(_wildcard(self.file_pattern).match(file))

    def __str__(self):
        parts = [(word, getattr(self, key)) for word, key in (
            ("name", "name"), ("pattern", "pattern"), ("proto_name", "prototype"), ("file_name", "file_name"),
            ("file_pattern", "file_pattern"))]
        return "<%s %s>" % (self.kind, " ".join('%s="%s"' % part for part in parts if part[1] is not None))


@dataclass(frozen=True)
class Selection:
    rules: Tuple[Rule, ...]
    exclusions: Tuple[Rule, ...] = ()


# ---- reading ---------------------------------------------------------------------------

def read_selection(path):
    """The Selection of an XML file.  Raises SelectionError with file and line if it is missing or malformed."""
    try:
        with open(path, encoding="utf-8") as file:
            return parse_selection(file.read(), path)
    except OSError as error:
        raise SelectionError("%s: %s" % (path, error.strerror)) from None
    except UnicodeDecodeError as error:
        raise SelectionError("%s: not UTF-8: %s" % (path, error)) from None


def parse_selection(text, path="<selection>"):
    """The Selection of an XML text.  Several elements at the top, as genreflex allows them, are taken together."""
    # A comment or declaration may stand before the root; a second root may follow it.
    body = re.sub(r"^\s*<\?xml.*?\?>", "", text, flags=re.S)
    # genreflex lets '<' stand in an attribute, as in name="std::vector<int>"; so may '&'.
    body = re.sub(r"""<!--.*?-->|=\s*(?:"[^"]*"|'[^']*')""", _escape, body, flags=re.S)
    try:
        tree = ElementTree.fromstring("<file>%s</file>" % body)
    except ElementTree.ParseError as error:
        raise SelectionError("%s:%d: %s" % (path, error.position[0], error.msg.split(":")[0])) from None
    rules, exclusions = [], []
    if not len(tree):
        raise SelectionError("%s: no <lcgdict>, <rootdict> or <selection>" % path)
    for root in tree:
        if root.tag in _KINDS or root.tag == "exclusion":
            raise SelectionError("%s: <%s> stands outside of <lcgdict>" % (path, root.tag))
        if root.tag not in _ROOTS:
            raise SelectionError("%s: unknown element <%s>, expected <lcgdict>, <rootdict> or <selection>"
                                 % (path, root.tag))
        _read_rules(root, path, rules, exclusions)
    return Selection(tuple(rules), tuple(exclusions))


def _escape(match):
    """An attribute's value with every '<' and every '&' that begins no entity escaped; a comment as it is."""
    text = match.group()
    return text if text.startswith("<") else re.sub(r"&(?!\w+;|#\w+;)", "&amp;", text).replace("<", "&lt;")


def _read_rules(element, path, rules, exclusions):
    for child in element:
        if child.tag == "exclusion":
            _read_rules(child, path, exclusions, exclusions)
        elif child.tag == "selection":
            _read_rules(child, path, rules, exclusions)
        elif child.tag in _KINDS:
            rules.append(_rule(child, path))
        elif child.tag not in _IGNORED:
            raise SelectionError("%s: unknown element <%s> in <%s>" % (path, child.tag, element.tag))


def _rule(element, path):
    values = {key: element.get(key) for key in ("name", "pattern", "file_name", "file_pattern")}
    prototype = element.get("proto_name")
    if not any(values.values()) and not prototype:
        raise SelectionError("%s: <%s> needs a name or a pattern" % (path, element.tag))
    members = {tag: tuple(_rule(child, path) for child in element.findall(tag)) for tag in _MEMBERS}
    return Rule("class" if element.tag == "struct" else element.tag, prototype=prototype, methods=members["method"],
                fields=members["field"], hints=_hints(element, path), **values)


def _hints(element, path):
    found = []
    for hint in HINTS if element.tag in _HINTED else ():
        value = element.get(hint, "false")
        if value not in ("true", "false"):
            raise SelectionError('%s: %s="%s" in <%s>: "true" or "false" is expected'
                                 % (path, hint, value, element.tag))
        if value == "true":
            found.append(hint)
    return tuple(found)


def _hinted(function, rules):
    """The function with the hints of those of the rules that match it."""
    names = {function.name, function.qualified_name}
    found = {hint for rule in rules if rule.hints for name in names
             if rule.matches(name, function.location.file, _prototype(function)) for hint in rule.hints}
    return replace(function, hints=tuple(sorted(found))) if found else function


def _wildcard(pattern):
    return re.compile("".join(".*" if char == "*" else re.escape(char) for char in pattern) + r"\Z", re.S)


def _squeeze(name):
    """A name without the blanks that C++ does not need, and without a leading '::'."""
    return re.sub(r"\s*([<>,():*&])\s*", r"\1", name.strip()).lstrip(":")


def rename_rules(selection, names):
    """The Selection with the names of template instances, and prototypes, as the model has them."""
    def renamed(rules):
        return tuple(replace(rule, name=names.get(rule.name, rule.name),
                             prototype=names.get(rule.prototype, rule.prototype)) for rule in rules)
    return Selection(renamed(selection.rules), renamed(selection.exclusions))


def chosen_instances(selection, names):
    """(those of the names of template instances that a rule of the Selection (None: none) matches by name, those that
    one of its exclusions does)."""
    def matched(rules):
        rules = [rule for rule in rules if rule.kind in ("class", "namespace") and not rule.file_name
                 and not rule.file_pattern and not rule.methods and not rule.fields]
        return {name for name in names if any(rule.matches(part) for rule in rules for part in (
            [name] if rule.kind == "class" else _namespaces_of(name)))}
    return (set(), set()) if selection is None else (matched(selection.rules), matched(selection.exclusions))


def _namespaces_of(name):
    """The names of the namespaces (and classes) around a name, outer ones first."""
    parts = name.partition("<")[0].split("::")
    return ["::".join(parts[:count]) for count in range(1, len(parts))]


# ---- choosing --------------------------------------------------------------------------

def select(headers, selection=None):
    """(model.Headers of what is chosen, [rules that matched nothing])."""
    return _Selector(headers, selection).select()


class _Selector:
    def __init__(self, headers, selection):
        self.headers, self.selection = headers, selection
        self.files = {}
        self.used = set()
        self.chosen = set()             # id() of chosen declarations of namespaces
        # By name, whether chosen or not: the classes and enums of the user, those in classes with the outer one.
        self.owners = {}

    def select(self):
        for namespace in model.walk_namespaces(self.headers.root):
            self._index(namespace)
        for namespace in model.walk_namespaces(self.headers.root):
            self._choose(namespace)
        self._close()
        root = self._filter(self.headers.root) or replace(
            self.headers.root, namespaces=(), classes=(), functions=(), variables=(), enums=(), typedefs=(), aliases=())
        unused = [] if self.selection is None else [rule for rule in self.selection.rules if id(rule) not in self.used]
        return replace(self.headers, root=root), unused

    def _index(self, namespace):
        for enum in namespace.enums:
            self.owners[enum.qualified_name] = enum
        for cls in namespace.classes:
            self.owners[cls.qualified_name] = cls
            for inner in [cls] + list(model.walk_classes(cls)):
                self.owners[inner.qualified_name] = cls
                for enum in inner.enums:
                    self.owners[enum.qualified_name] = cls

    def _choose(self, namespace):
        for kind, declared in (("class", namespace.classes), ("function", namespace.functions),
                               ("variable", namespace.variables), ("enum", namespace.enums),
                               ("typedef", namespace.typedefs)):
            for declaration in declared:
                if self._wanted(kind, declaration):
                    self.chosen.add(id(declaration))
                    if kind == "typedef" and self.selection is not None:
                        self._add(declaration.type.name)

    def _wanted(self, kind, declaration):
        if self.selection is None:
            return self._is_given(declaration.location.file)
        names = [declaration.qualified_name]
        if kind == "class":
            names += [inner.qualified_name for inner in model.walk_classes(declaration)]
        elif kind == "enum":
            names += [enumerator.qualified_name for enumerator in declaration.enumerators if not declaration.name]
        # Every rule is tried, not only until one matches: an unused one is reported.
        return any([self._rule_matches(rule, kind, declaration, name)
                    for name in names for rule in self.selection.rules])

    def _rule_matches(self, rule, kind, declaration, name):
        file = declaration.location.file
        if rule.kind == "namespace":
            matched = any(rule.matches(around, file) for around in _namespaces_of(name))
        else:
            # A class may be named by a typedef of it.
            same = rule.kind == kind or (rule.kind == "class" and kind == "typedef" and declaration.type.name)
            matched = bool(same) and rule.matches(name, file, _prototype(declaration) if rule.prototype else "")
        if matched:
            self.used.add(id(rule))
        return matched

    def _is_given(self, file):
        answer = self.files.get(file)
        if answer is None:
            answer = self.files[file] = os.path.realpath(file) in self.headers.files
        return answer

    # ---- what the chosen ones need ---------------------------------------------------

    def _add(self, name):
        """Choose a class or enum of the user by name; returns it if that is news."""
        owner = self.owners.get(name)
        if owner is None or id(owner) in self.chosen or self._excluded(owner):
            return None
        self.chosen.add(id(owner))
        return owner

    def _close(self):
        """Add what the chosen classes, functions and variables need: bases, and types by value."""
        waiting = []
        for namespace in model.walk_namespaces(self.headers.root):
            for declared in (namespace.classes, namespace.functions, namespace.variables):
                waiting += [declaration for declaration in declared if id(declaration) in self.chosen]
        while waiting:
            for name in needed_types(waiting.pop()):
                added = self._add(name)
                if isinstance(added, model.Class):
                    waiting.append(added)

    # ---- the smaller model -----------------------------------------------------------

    def _excluded(self, declaration):
        kind = {model.Class: "class", model.Function: "function", model.Variable: "variable", model.Enum: "enum",
                model.Typedef: "typedef"}[type(declaration)]
        return self.selection is not None and any(
            self._rule_matches(rule, kind, declaration, declaration.qualified_name)
            for rule in self.selection.exclusions if not rule.methods and not rule.fields)

    def _keep(self, declarations):
        return tuple(declaration for declaration in declarations
                     if id(declaration) in self.chosen and not self._excluded(declaration))

    def _filter(self, namespace):
        """The namespace with the chosen declarations alone; None if none is left."""
        inner = tuple(filter(None, map(self._filter, namespace.namespaces)))
        classes = tuple(self._narrow(cls) for cls in self._keep(namespace.classes) if cls.complete)
        rules = [rule for rule in self.selection.rules if rule.kind == "function"] if self.selection else ()
        functions = tuple(_hinted(function, rules) for function in self._keep(namespace.functions))
        kept = dict(classes=classes, functions=functions,
                    variables=self._keep(namespace.variables), enums=self._keep(namespace.enums),
                    typedefs=self._typedefs(namespace))
        if not inner and not any(kept.values()):
            return None
        return replace(namespace, namespaces=inner, **kept)

    def _typedefs(self, namespace):
        """With a selection file a typedef of something chosen comes along."""
        def follows(typedef):
            owner = self.owners.get(typedef.type.name)
            return (self.selection is not None and owner is not None and id(owner) in self.chosen
                    and not self._excluded(owner))
        return tuple(typedef for typedef in namespace.typedefs
                     if (id(typedef) in self.chosen or follows(typedef)) and not self._excluded(typedef))

    def _narrow(self, cls):
        """The class without excluded members and nested classes."""
        if self.selection is None:
            return replace(cls, classes=tuple(inner for inner in cls.classes if inner.complete))
        rules = [rule for rule in self.selection.exclusions
                 if rule.kind == "class" and rule.matches(cls.qualified_name, cls.location.file)]
        methods = [member for rule in rules for member in rule.methods]
        fields = [member for rule in rules for member in rule.fields]

        def is_excluded(function):
            return any(rule.matches(function.name, prototype=_prototype(function)) for rule in methods)
        hints = [method for rule in self.selection.rules if rule.kind == "class"
                 and rule.matches(cls.qualified_name, cls.location.file)
                 for method in rule.methods + (Rule("method", pattern="*", hints=rule.hints),) if method.hints]
        return replace(
            cls,
            functions=tuple(_hinted(function, hints) for function in cls.functions if not is_excluded(function)),
            members=tuple(member for member in cls.members
                          if not any(rule.matches(member.name) for rule in fields)),
            classes=tuple(self._narrow(inner) for inner in cls.classes
                          if inner.complete and not self._excluded(inner)))


def _prototype(declaration):
    return prototype(declaration) if isinstance(declaration, model.Function) else ""
