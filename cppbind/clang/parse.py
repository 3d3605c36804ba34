"""Parses headers: `parse_headers` is the way from file names to the model.

Builds a translation unit that includes the headers, reports what clang refused, and leaves the
reading to `declarations`.
"""

import os

from ..compiler import Options, system_include_dirs
from ..errors import HeaderError
from ..model import Headers
from .cursor import TranslationUnit
from .declarations import DeclarationReader
from .functions import user_path
from .instantiate import add_exceptions, add_instances

_SOURCE_NAME = "cppbind_headers.cpp"
_WARNING, _ERROR, _FATAL = 2, 3, 4


def parse_headers(headers, options=Options(), named=(), narrow=None):
    """Parse C++ headers and return a model.Headers.

    `headers` are file names as one writes them after `#include`, found from the current directory or through
    `options.include_dirs`; `named` are instances of templates, such as 'std::vector<int>', and of
    function templates (`function_instances.Prototype`), to be read too.
    `narrow(headers, names)` gives the model.Headers of what will be used in the end, and those of the names of template
    instances that are chosen in their own right, or excluded: other instances are not read.  Raises HeaderError with
    the compiler's words if a header is missing or does not parse, and ClangNotFoundError without libclang.
    """
    headers = tuple(headers)
    source = "".join('#include "%s"\n' % header for header in headers)
    system = system_include_dirs()
    arguments = ["-x", "c++", "-nostdinc", "-nostdinc++", "-Wno-pragma-once-outside-header", "-ferror-limit=0"]
    arguments += options.preprocessor_flags() + ["-I" + os.curdir]
    for path in system:
        arguments += ["-isystem", path]
    try:
        unit = TranslationUnit(_SOURCE_NAME, source, arguments)
    except ValueError as error:
        raise HeaderError(str(error)) from None
    warnings = _check(unit)
    directories = options.include_dirs + (os.curdir,) + system
    files = header_files(headers, directories)
    is_users = _UserFiles(files, package_folders(headers, directories))
    reader = DeclarationReader(is_users)
    root = reader.read(unit.cursor)
    root, canonical, support = add_instances(
        root, unit, lambda text: TranslationUnit(_SOURCE_NAME, source + text, arguments), is_users, tuple(named),
        narrow and (lambda part, names, known: narrow(
            Headers(headers, part, tuple(files), named=tuple(known.items())), names)))
    lineage = reader.lineage(root)
    root = add_exceptions(root, lineage)
    return Headers(headers, root, tuple(files), warnings, tuple(sorted(support)), tuple(sorted(canonical.items())),
                   lineage)


def header_files(headers, directories):
    """The real paths of the headers, those that are found."""
    found = []
    for header in headers:
        for directory in ("",) + tuple(directories):
            path = os.path.join(directory, header)
            if os.path.isfile(path):
                found.append(os.path.realpath(path))
                break
    return found


def package_folders(headers, directories):
    """The folders of the libraries that the headers belong to, such as /usr/include/glm of <glm/glm.hpp>.

    A header that is not in a folder of its own below an include directory belongs to none.
    """
    found = set()
    for header in headers:
        first = os.path.normpath(header).split(os.sep)
        if len(first) > 1 and first[0] not in ("", os.pardir):
            found.update(os.path.realpath(os.path.join(directory, first[0])) for directory in directories
                         if os.path.isfile(os.path.join(directory, header)))
    return tuple(folder + os.sep for folder in sorted(found))


class _UserFiles:
    """Tells whether a location belongs to the user: not in a system header, unless that one was asked for by name, or
    belongs to the library of one that was: its classes are then there for a selection, and as bases."""

    def __init__(self, files, folders=()):
        self._asked = set(files)
        self._folders = folders
        self._known = {}

    def __call__(self, location):
        if not location.file:
            return False
        if not location.system:
            return True
        answer = self._known.get(location.file)
        if answer is None:
            path = os.path.realpath(location.file)
            answer = self._known[location.file] = path in self._asked or path.startswith(self._folders)
        return answer


def _check(unit):
    """Raise for errors in the user's headers; return the warnings.

    GCC's own headers (intrinsics) are not all clear to clang.  An error inside a system header alone does not stop
    the reading, since the C++ compiler, which has the last word, knows its own headers.
    """
    errors, warnings = [], []
    for severity, location, text in unit.diagnostics():
        # The synthetic source is not the user's: an error there is a header that was not found.
        place = "%s:%d:%d: " % (user_path(location.file), location.line, location.column)
        if location.file in ("", _SOURCE_NAME):
            place = ""
        if severity >= _FATAL or (severity == _ERROR and not location.system):
            errors.append((place + text, location))
        elif severity >= _WARNING and not location.system:
            warnings.append(place + text)
    if errors:
        first = next((location for text, location in errors if location.file not in ("", _SOURCE_NAME)), None)
        message = "\n".join(text for text, location in errors)
        if first is None:
            raise HeaderError(message)
        raise HeaderError(message, user_path(first.file), first.line, first.column)
    return tuple(warnings)
