"""Splits C++ that a user gave as text into what is compiled once and what later units see of it.

A definition may be compiled once only (C++ [basic.def.odr]), but every unit that is compiled later has to see what was
declared.  So a fragment has two texts: `definition`, compiled into one library, and `declared`, in which functions
have lost their bodies.  What would be another object in each unit (`static`, unnamed namespaces) and what cannot be
declared without its initializer (variables, functions with a deduced result) becomes `inline` in both texts: the
dynamic linker makes one of all copies, and only the first is initialised.  Templates and inline functions stay.
"""

import re
from collections import namedtuple

from . import cursor as cx
from .declarations import namespace_name
from .types import is_unnamed

# definition, declared: C++ text.  names: qualified names that it declares.  eager: it has to be loaded at once, since
# initializers run.  templates: qualified names of the templates among the names.  bodies: [USR, "line:column", name] of
# the functions and static members that are defined in `definition` alone, so that clang does not see a second one.
Fragment = namedtuple("Fragment", "definition declared names eager templates bodies")

UNNAMED = "cppbind_unnamed"     # what the unnamed namespace is called: one for all that was given as text

_FUNCTIONS = (cx.FUNCTION, cx.METHOD, cx.CONSTRUCTOR, cx.DESTRUCTOR, cx.CONVERSION)
_TEMPLATES = (cx.FUNCTION_TEMPLATE, cx.CLASS_TEMPLATE)
_TYPES = cx.RECORDS + (cx.ENUM, cx.TYPEDEF, cx.TYPE_ALIAS)
_COMPOUND, _TRY = 202, 223
_DEDUCED = re.compile(r"\bauto\b|\bdecltype\s*\(\s*auto\s*\)")


def split_fragment(unit, name, text):
    """The Fragment of a text that was parsed, bodies included, as the file `name` of a TranslationUnit."""
    reader = _Splitter(name, text)
    reader.read(unit.cursor)
    return reader.result()


class _Splitter:
    def __init__(self, name, text):
        self._name, self._data = name, text.encode("utf-8", "surrogateescape")
        self._both, self._declared = {}, {}         # (first, last) offset -> replacement
        self._names, self._templates, self._bodies = [], [], []
        self._eager = False

    def result(self):
        def text(edits):
            data, end, parts = self._data, 0, []
            for (first, last), new in sorted(edits.items()):
                if first >= end:            # what lies in something that was replaced as a whole is gone
                    parts += [data[end:first], new.encode("utf-8", "surrogateescape")]
                    end = last
            return b"".join(parts + [data[end:]]).decode("utf-8", "surrogateescape")
        declared = dict(self._both)
        declared.update(self._declared)
        return Fragment(text(self._both), text(declared), sorted(set(self._names)), self._eager,
                        sorted(set(self._templates)), self._bodies)

    def read(self, cursor):
        for child in cursor.children():
            if child.location.file == self._name:
                self._declaration(child)

    def _declaration(self, child):
        kind = child.kind
        if kind == cx.NAMESPACE:
            self._namespace(child)
        elif kind in (cx.LINKAGE_SPEC, cx.UNEXPOSED_DECL):
            self.read(child)
        elif kind in _FUNCTIONS:
            self._note(child)
            if child.test("isCursorDefinition"):
                self._function(child)
        elif kind == cx.VARIABLE:
            self._note(child)
            if child.test("isCursorDefinition"):
                self._variable(child)
        elif kind in _TYPES + _TEMPLATES:
            self._note(child)
        elif kind == cx.NAMESPACE_ALIAS:
            self._note(child)
        elif kind == cx.USING_DECLARATION:
            for declared in child.children():
                if declared.kind == cx.OVERLOADED_DECL_REF and declared.spelling:
                    found = declared.overloaded()
                    self._note(child, declared.spelling, bool(found) and not any(
                        cursor.kind in _FUNCTIONS + _TYPES + (cx.VARIABLE,) for cursor in found))

    def _note(self, cursor, name=None, of_template=False):
        """Enter what a namespace has; members of classes are found through their class.  `of_template`: a
        using-declaration brought a template."""
        name = cursor.spelling if name is None else name
        space = namespace_name(cursor.parent()) if cursor.parent().kind not in cx.RECORDS else None
        if space is None or (not name and cursor.kind != cx.ENUM):
            return
        prefix = space + "::" if space and space != UNNAMED else ""
        if cursor.kind == cx.ENUM:
            self._names += [prefix + item.spelling for item in cursor.children() if item.kind == cx.ENUM_CONSTANT]
        if name and not is_unnamed(name):
            self._names.append(prefix + name)
            if of_template or cursor.kind in _TEMPLATES:
                self._templates.append(prefix + name)

    # ---- edits ---------------------------------------------------------------------------------

    def _namespace(self, cursor):
        extent = cursor.extent()
        if not cursor.spelling or is_unnamed(cursor.spelling):
            if extent is not None and self._data[extent[1]:extent[2]].startswith(b"namespace"):
                self._both[extent[1], extent[1] + len(b"namespace")] = "inline namespace " + UNNAMED
        else:
            self._note(cursor)
        self.read(cursor)

    def _function(self, cursor):
        extent = cursor.extent()
        if extent is None:
            return
        start, end = extent[1:]
        inlined = cursor.test("Cursor_isFunctionInlined")
        parent = cursor.parent()
        if parent.kind in (cx.CLASS_TEMPLATE, cx.CLASS_PARTIAL_SPECIALIZATION):
            return
        body, in_macro = self._body(cursor, start)
        head = self._data[start:end if body is None else body[0]].decode("utf-8", "surrogateescape")
        if not cursor.template().null and not re.match(r"template\s*<\s*>", head):
            return                          # an explicit instantiation, whose text is that of its template
        edits = len(self._declared)
        if in_macro and not inlined:
            self._from_macro(cursor, start, end)
        elif inlined:
            self._without_static(cursor, start, head, "")
        elif parent.kind in cx.RECORDS and not head.lstrip().startswith("template"):
            self._declared[start, end] = ""
        elif cursor.linkage == cx.INTERNAL_LINKAGE and re.search(r"\bstatic\b", head):
            self._without_static(cursor, start, head, "inline")
        elif _DEDUCED.search(head) and "->" not in head:
            self._insert(start, "inline ")
        elif body:
            self._declared[body] = ";"
        if len(self._declared) > edits:
            self._remember(cursor)

    def _remember(self, cursor):
        """What later units see no definition of must not be defined again."""
        place = cursor.location
        self._bodies.append([cursor.usr, "%d:%d" % (place.line, place.column), cursor.spelling])

    def _body(self, cursor, start):
        """((first, last) offset of a function's body, whether a macro wrote it); None for the offsets if so, and where
        there is none (`= default`)."""
        for child in cursor.children():
            if child.kind in (_COMPOUND, _TRY):
                extent = child.extent()
                if extent is not None and extent[1] > start and self._data[extent[1]:extent[1] + 1] in (b"{", b"t"):
                    return (extent[1], extent[2]), False
                return None, True
        return None, False

    def _from_macro(self, cursor, start, end):
        """What a macro defined is declared in clang's words; of several from one call, all are."""
        text = cursor.pretty().partition(" {")[0].rstrip() + ";"
        self._declared[start, end] = self._declared.get((start, end), "") + text

    def _without_static(self, cursor, start, head, new):
        found = re.search(r"\bstatic\b", head)
        if found:
            at = start + len(head[:found.start()].encode("utf-8", "surrogateescape"))
            self._both[at, at + len(b"static")] = new

    def _insert(self, at, text):
        self._both[at, at] = text

    def _variable(self, cursor):
        extent = cursor.extent()
        if extent is None or cursor.parent().kind in (cx.CLASS_TEMPLATE, cx.CLASS_PARTIAL_SPECIALIZATION):
            return
        start, end = extent[1:]
        text = self._data[start:end].decode("utf-8", "surrogateescape")
        head = text.partition("=")[0].partition("{")[0]
        if not re.search(r"\bconstexpr\b", head) and self._runs(cursor):
            self._eager = True
        if cursor.parent().kind in cx.RECORDS:
            if not re.search(r"\binline\b", head):
                self._declared[start, end] = ""
                self._remember(cursor)
        elif re.search(r"\binline\b", head):
            self._without_static(cursor, start, head, "")
        elif re.search(r"\b(static|extern)\b", head):
            found = re.search(r"\b(static|extern)\b", head)
            at = start + len(head[:found.start()].encode("utf-8", "surrogateescape"))
            self._both[at, at + len(found.group())] = "inline"
        else:
            self._insert(start, "inline ")

    @staticmethod
    def _runs(cursor):
        """Whether code may run to initialise a variable."""
        if cursor.evaluate() is not None:
            return False
        if any(100 <= child.kind < 200 for child in cursor.children()):
            return True
        type_ = cursor.type.canonical()
        while type_.kind == 112:
            type_ = type_.element().canonical()
        return type_.kind == cx.RECORD_TYPE
