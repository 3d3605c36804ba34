"""Parses what a session has so far, with precompiled headers, so that one more line costs milliseconds.

The text of a session only grows.  Its beginning, the standard library, is kept as a precompiled header of libclang, and
so is a longer one that was slow to read twice; of a text, what follows the longest of them is parsed.  Each stands by
itself: libclang 18 crashes when it reads one that was made on top of another.
Neighbours: `fragments` and `lookup` read what is parsed here; fly/session.py has the text.
"""

import os
import time

from ..errors import HeaderError
from . import library
from .cursor import TranslationUnit
from .functions import user_path

WARNING, ERROR, FATAL = 2, 3, 4
SOURCE_NAME = "cppbind_headers.cpp"
_SLOW = 0.25                # seconds; what follows a precompiled header mostly takes a tenth of it


class UnitParser:
    """`toolchain` and `cache` are those of fly/."""

    def __init__(self, toolchain, cache):
        library.load()                  # ClangNotFoundError before anything is done
        self._toolchain, self._cache = toolchain, cache
        self._prefixes = []             # texts for which there is a precompiled header, longest first
        self._slow = set()              # texts that took long once

    def parse(self, text, tail="", files=(), skip_bodies=True):
        """(TranslationUnit, its diagnostics [(severity, text)]) of `text` followed by `tail`.

        `files`: texts that the tail may include.
        """
        for _attempt in range(2):
            prefix = next((known for known in self._prefixes if text.startswith(known)), "")
            arguments = self._toolchain.clang_arguments()
            if prefix:
                arguments += ["-include-pch", self._path(prefix, ".pch")]
            begun = time.monotonic()
            try:
                unit = TranslationUnit(SOURCE_NAME, text[len(prefix):] + tail, arguments, skip_bodies, files)
            except ValueError as error:
                unit, problem = None, error
            said = unit.formatted_diagnostics() if unit is not None else []
            if prefix and (unit is None or any(severity >= FATAL and _is_stale(words) for severity, words in said)):
                self._forget(prefix)
                continue
            if unit is None:
                raise HeaderError(str(problem))
            if skip_bodies and time.monotonic() - begun > _SLOW and len(prefix) < len(text):
                if text in self._slow:
                    self.precompile(text)
                self._slow.add(text)
            return unit, said
        raise HeaderError("libclang does not read what it wrote itself: %s" % self._cache.path)

    def precompile(self, text):
        """Keep a text as a precompiled header, unless it has errors; the files that it includes, see
        `TranslationUnit.included_files`."""
        header, path = self._path(text, ".hpp"), self._path(text, ".pch")
        with self._cache.lock(os.path.basename(path)[:-4]):
            with self._cache.replacing(header) as temporary:
                with open(temporary, "w", encoding="utf-8", errors="surrogateescape") as file:
                    file.write(text)
            arguments = ["c++-header" if word == "c++" else word for word in self._toolchain.clang_arguments()]
            unit = TranslationUnit(header, text, arguments)
            if not any(severity >= ERROR for severity, _words in unit.formatted_diagnostics()):
                with self._cache.replacing(path) as temporary:
                    saved = unit.save(temporary)
                if saved:
                    self.adopt(text)
        return {user_path(name): outer for name, outer in unit.included_files().items() if name != header}

    def adopt(self, text):
        """Use the precompiled header of a text if it is in the cache; whether it is."""
        try:
            os.utime(self._path(text, ".pch"))      # it is in use: others go first when the cache is too large
        except OSError:
            return False
        if text not in self._prefixes:
            self._prefixes = sorted(self._prefixes + [text], key=len, reverse=True)
        return True

    def _path(self, text, suffix):
        from ..fly.cache import hash_of
        return self._cache.file(hash_of("pch", library.version(), self._toolchain.key(), text), suffix)

    def _forget(self, prefix):
        """A header that went into it was changed: it is made anew where nothing shorter serves."""
        self._prefixes = [known for known in self._prefixes if known != prefix]
        for suffix in (".pch", ".hpp"):
            try:
                os.unlink(self._path(prefix, suffix))
            except OSError:
                pass
        if not any(prefix.startswith(known) for known in self._prefixes):
            self.precompile(prefix)


def _is_stale(words):
    return any(mark in words for mark in ("precompiled", "PCH", "AST file", ".pch"))
