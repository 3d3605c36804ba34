"""Compiles what a session needs into one library, or finds that nothing has to be compiled.

A unit is a text (what the user gave, as `clang.fragments` split it) and a model of what Python wants to see of it.  The
steps are those of ../build.py; what the compiler says of the user's own lines becomes a SyntaxError.
"""

import os
import re
import shutil
import sys
import tempfile
from dataclasses import replace

from ..build import compile_model
from ..emit_dictionary import emit_data
from ..errors import CompileError, HeaderError
from .memory import evaluate

# The compiled core catches exceptions itself.
_HAS_CORE = sys.implementation.name == "cpython"
FRAGMENT_NAME = re.compile(r"\A(cppdef|cppexec|macro)_\d+:(\d+):(\d+): (?:fatal )?error: ")


def needs_no_code(headers):
    """The tables of a dictionary that needs no compiler (see `memory`), None for one that does."""
    tables = emit_data(headers)
    return None if tables is None else tables.data(evaluate)


def compile_unit(headers, text, library, options):
    """Compile `text` with the dictionary of a model.Headers into the file `library`.

    Raises HeaderError where the compiler refuses lines of the user's, CompileError otherwise.
    """
    folder = tempfile.mkdtemp(prefix="cppbind-")
    try:
        given = os.path.join(folder, "given.hpp")
        with open(given, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
        options = replace(options, flags=options.flags + ("-include", given))
        made = os.path.join(folder, os.path.basename(library))
        try:
            compile_model(headers, os.path.join(folder, "unit.cpp"), made, options, helpers=not _HAS_CORE)
        except CompileError as error:
            raise _as_users(error) from None
        shutil.copyfile(made, library)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as_users(error):
    """A HeaderError with the place for a CompileError that names a line of the user's."""
    for line in error.output.splitlines():
        found = FRAGMENT_NAME.match(line)
        if found:
            place = line.split(":", 1)[0], int(found.group(2)), int(found.group(3))
            return HeaderError("the C++ compiler refuses what clang accepts\n" + error.output.rstrip(), *place)
    return error
