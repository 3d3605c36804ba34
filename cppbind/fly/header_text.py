"""Headers that define what may be defined once: found, and written out in place of the directives that include them.

Such a header serves one translation unit, but each library that a session compiles is one.  So its text is given to
`session.define`, like text that the user wrote.  Headers whose definitions are inline, as C++ [basic.def.odr] asks of
those that are included in several units, stay headers.  Neighbour: clang/fragments.py, which splits the text.
"""

import os
import re

from ..clang import cursor as cx

_SCOPES = (cx.NAMESPACE, cx.LINKAGE_SPEC, cx.UNEXPOSED_DECL)
_FUNCTIONS = (cx.FUNCTION, cx.METHOD, cx.CONSTRUCTOR, cx.DESTRUCTOR, cx.CONVERSION)
_TEMPLATES = (cx.CLASS_TEMPLATE, cx.CLASS_PARTIAL_SPECIALIZATION)
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"\n]+)"|<([^>\n]+)>)[^\n]*', re.MULTILINE)
_ONCE = re.compile(r"^[ \t]*#[ \t]*pragma[ \t]+once\b[^\n]*", re.MULTILINE)
# What may stand between the declarator of a function and its body.
_BEFORE_BODY = re.compile(rb"(?:\s|//[^\n]*\n|/\*.*?\*/)*(\{|:(?!:)|try\b)", re.DOTALL)


def read(path):
    """The text of a header."""
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        return file.read()


# ---- which they are -----------------------------------------------------------------------------

def defining_files(unit, direct, own=None):
    """The names of the files with definitions that may be compiled once only: functions and variables that are not
    inline, and, in the files `direct` (real paths), variables that each unit would have its own of.

    Bodies may have been skipped; what stands behind a declarator in the file tells.  `own`: a file that does not count.
    """
    finder = _Finder(direct, own)
    finder.walk(unit.cursor)
    return finder.found


class _Finder:
    def __init__(self, direct, own):
        self.found, self._direct, self._own, self._data = set(), direct, own, {}

    def walk(self, cursor):
        for child in cursor.children():
            place = child.location
            if place.file is None or place.file in self.found or place.system:
                continue
            if child.kind in _SCOPES:
                self.walk(child)
            elif place.file != self._own and (
                    (child.kind in _FUNCTIONS and self._is_function(child))
                    or (child.kind == cx.VARIABLE and self._is_variable(child))):
                self.found.add(place.file)

    def _text(self, cursor):
        """(bytes of the file, first and last offset) of a declaration; None where it has no place."""
        extent = cursor.extent()
        if extent is None or extent[0] != cursor.location.file:
            return None
        if extent[0] not in self._data:
            try:
                with open(extent[0], "rb") as file:
                    self._data[extent[0]] = file.read()
            except OSError:             # a text that was given, no file
                self._data[extent[0]] = b""
        return self._data[extent[0]], extent[1], extent[2]

    def _is_function(self, cursor):
        if (cursor.test("Cursor_isFunctionInlined") or cursor.linkage == cx.INTERNAL_LINKAGE
                or cursor.parent().kind in _TEMPLATES or cursor.usr in cursor.unit.inline_definitions):
            return False
        found = self._text(cursor)
        if found is None:
            return False
        data, first, last = found
        return bool(_BEFORE_BODY.match(data, last)) or data[first:last].endswith(b"}")

    def _is_variable(self, cursor):
        if not cursor.test("isCursorDefinition") or cursor.parent().kind in _TEMPLATES:
            return False
        found = self._text(cursor)
        if found is None:
            return False
        data, first, last = found
        words = set(re.findall(rb"\w+", re.split(rb"[={(]", data[first:last], maxsplit=1)[0]))
        if words & {b"inline", b"constexpr", b"const", b"template", b"thread_local"}:
            return False
        return cursor.linkage != cx.INTERNAL_LINKAGE or os.path.realpath(cursor.location.file) in self._direct


# ---- their text -----------------------------------------------------------------------------------

class Writer:
    """Puts the text of headers in the place of directives: of those in `files`, and of those that include one of them.

    `folders`: where headers are searched.  `done`: the files (real paths) whose text is somewhere already and which no
    macro keeps from being read again (`#pragma once`); such are added to it.
    """

    def __init__(self, files, folders, done):
        self._files = {os.path.realpath(name) for name in files}
        self._folders, self._done = folders, done
        self._leads = {}

    def expand(self, text, folder, seen=()):
        """The text of a file that lies in `folder`; `seen`: the files whose text it is part of."""
        def replaced(match):
            path = self._resolve(match.group(1) or match.group(2), folder if match.group(1) else None)
            if path is None:
                return match.group()
            if path in self._done or path in seen:
                return "" if path in self._done else match.group()
            if self._leads_there(path):
                inner = read(path)
                if _ONCE.search(inner):
                    self._done.add(path)
                    inner = _ONCE.sub("", inner)
                return self.expand(inner, os.path.dirname(path), (*seen, path)) + "\n"
            return '#include "%s"' % path if match.group(1) else match.group()
        return _INCLUDE.sub(replaced, text)

    def includes(self, text, folder):
        """The files (real paths) that directives of the text name, and that are found."""
        return {path for path in (self._resolve(match.group(1) or match.group(2), folder if match.group(1) else None)
                                  for match in _INCLUDE.finditer(text)) if path is not None}

    def changes(self, text, folder):
        """Whether a directive of the text leads to one of the files."""
        return any(path in self._done or self._leads_there(path) for path in self.includes(text, folder))

    def _resolve(self, name, folder):
        for place in ((folder,) if folder is not None else ()) + tuple(self._folders):
            path = os.path.realpath(os.path.join(place, name))
            if os.path.isfile(path):
                return path
        return None

    def _leads_there(self, path):
        """Whether a file is one of them, or includes one."""
        known = self._leads.get(path)
        if known is None:
            self._leads[path] = path in self._files or path in self._done
            if not self._leads[path]:
                self._leads[path] = self.changes(read(path), os.path.dirname(path))
            known = self._leads[path]
        return known
