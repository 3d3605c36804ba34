"""The exceptions of cppbind.  Everything else may import this; it imports nothing."""


class CppBindError(Exception):
    """Base class of everything that cppbind raises on its own."""


class ClangNotFoundError(CppBindError, ImportError):
    """libclang could not be found or is too old."""


class HeaderError(CppBindError, SyntaxError):
    """A header does not parse.

    The message is the compiler's: `file:line:column: text`, one line per error.  `filename`, `lineno` and `offset`
    (1-based line and column, as of SyntaxError) name the first one; they are None when an error has no place.
    """

    def __init__(self, message, filename=None, lineno=None, offset=None):
        super().__init__(message)
        self.msg = message
        self.filename, self.lineno, self.offset = filename, lineno, offset

    def __str__(self):
        return self.msg


class IncludeError(CppBindError, ImportError):
    """A header that was to be included is not found or does not parse; the compiler's words follow."""


class SelectionError(CppBindError, ValueError):
    """A selection file is malformed, or names something that no header declares."""


class CompileError(CppBindError, RuntimeError):
    """The C++ compiler is missing or refused the generated source.  `output` is what it printed."""

    def __init__(self, message, output=""):
        super().__init__(message)
        self.output = output


class DictionaryError(CppBindError, RuntimeError):
    """A file is no dictionary, is damaged, or was made for another version or ABI."""


class CacheError(CppBindError, RuntimeError):
    """The cache for compiled code cannot be used, or others could put code into it."""
