"""cli.py: `python -m cffi_like`.

    build FILE:BUILDER [-o FOLDER] [--target NAME] [-v] [--debug]
        runs FILE and compiles the FFI that it calls BUILDER (a variable, or a
        function that returns one)
    gen-src exec-python [--ffi-var NAME] SCRIPT OUTPUT
        writes the C source only, for other build systems; NAME.py beside it
    gen-src read-sources MODULE CDEF_FILE SOURCE_FILE OUTPUT
        the same from a file of declarations and one of C source; the name of one may
        be `-` for standard input
    run [-m MODULE | SCRIPT] [ARGUMENT...]
        runs a Python script for which `import cffi` gives this package

OUTPUT may be `-` for standard output; then NAME.py is not written.

FILE and SCRIPT are run as by runpy with the name '__cffi_like_build__', so
`if __name__ == "__main__":` parts do not run.  Exit status 1 and one line on
stderr for an error of the user.
"""

import argparse
import os
import sys

from .alias import install_as_cffi, run_command
from .api import FFI
from .errors import (CDefError, FFIError, PkgConfigError, VerificationError,
                     VerificationMissing)

_USER_ERRORS = (CDefError, FFIError, PkgConfigError, VerificationError,
                VerificationMissing, OSError)


class Mistake(Exception):
    """Something in the command line is wrong; `str()` says what."""


def run_builder(path, name, script_name="__cffi_like_build__", check=True):
    """Run the script `path` and return the FFI it calls `name`, which may also be
    a function without parameters that returns it.  With `check` false anything
    may come back.  Raises Mistake if there is no such name or no FFI.
    """
    with open(path, encoding="utf-8") as file:
        code = compile(file.read(), path, "exec")
    names = {"__name__": script_name, "__file__": path}
    folder = os.path.dirname(os.path.abspath(path))
    sys.path.insert(0, folder)
    try:
        exec(code, names)
        if name not in names:
            raise Mistake("NameError: '%s' has no variable '%s'" % (path, name))
        ffi = names[name]
        if not isinstance(ffi, FFI) and callable(ffi):
            ffi = ffi()
    finally:
        sys.path.remove(folder)
    if isinstance(ffi, FFI):
        ffi._built_by = path            # an sdist takes the script along
    elif check:
        raise Mistake("TypeError: '%s' in '%s' is not an instance of cffi_like.FFI but of %s"
                      % (name, path, type(ffi).__name__))
    return ffi


def _build(options):
    path, _, name = options.builder.rpartition(":")
    if not path:
        raise Mistake("expected FILE:BUILDER, such as demo_build.py:ffibuilder, not '%s'"
                       % options.builder)
    ffi = run_builder(path, name)
    print(ffi.compile(options.output, verbose=options.verbose, target=options.target,
                      debug=options.debug or None))


def _write(emit, path):
    """`emit(path)`, one of the methods of an FFI; what they refuse is a mistake here."""
    if path == "-":
        path = sys.stdout
    else:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    try:
        emit(path)
    except (TypeError, ValueError, NotImplementedError) as problem:
        raise Mistake(str(problem)) from problem


def _exec_python(options):
    ffi = run_builder(options.script, options.ffi_var)
    abi = ffi._source is not None and ffi._source[1] is None
    _write(ffi.emit_python_code if abi else ffi.emit_c_code, options.output)


def _read(path):
    if path == "-":
        return sys.stdin.read()
    with open(path, encoding="utf-8") as file:
        return file.read()


def _read_sources(options):
    if os.path.realpath(options.cdef) == os.path.realpath(options.source):
        raise Mistake("CDEF_FILE and SOURCE_FILE are the same file and should not be: %s"
                      % options.cdef)
    ffi = FFI()
    ffi.cdef(_read(options.cdef))
    ffi.set_source(options.module, _read(options.source))
    _write(ffi.emit_c_code, options.output)


def parser():
    top = argparse.ArgumentParser(prog="python -m cffi_like", description=(
        "Build modules from C declarations."))
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    build = commands.add_parser("build", help="compile the module that a script describes")
    build.add_argument("builder", metavar="FILE:BUILDER", help="a script and its variable, or function, with the FFI")
    build.add_argument("-o", "--output", default=".", metavar="FOLDER", help="where the module goes (.)")
    build.add_argument("--target", metavar="NAME", help="file name of the library")
    build.add_argument("--debug", action="store_true", help="with debugging information, not optimised")
    build.add_argument("-v", "--verbose", action="store_true", help="show the commands")
    build.set_defaults(run=_build)

    _add_gen_src(commands.add_parser("gen-src", help="write the C source only, for another build system"))
    commands.add_parser("run", help="run a script that imports cffi", description=(
        "Run a Python script or module for which `import cffi` gives cffi_like."),
        usage="python -m cffi_like run [-m MODULE | SCRIPT] [ARGUMENT...]")
    return top


def _add_gen_src(parser):
    kinds = parser.add_subparsers(dest="kind", metavar="KIND")
    parser.set_defaults(run=lambda options: parser.error("a subcommand is required"))
    script = kinds.add_parser("exec-python", help="from a Python script that makes an FFI")
    script.add_argument("--ffi-var", default="ffibuilder", metavar="NAME", help=(
        "the variable of the script that is the FFI, or the function that returns it (ffibuilder)"))
    script.add_argument("script", help="path of the script")
    _add_output(script)
    script.set_defaults(run=_exec_python)
    sources = kinds.add_parser("read-sources", help="from files of declarations and C source")
    for name, text in (("module", "full name of the module, such as pkg._demo"),
                       ("cdef", "file of declarations, as for ffi.cdef(); - for standard input"),
                       ("source", "file of C source, as for ffi.set_source(); - for standard input")):
        sources.add_argument(name, help=text)
    _add_output(sources)
    sources.set_defaults(run=_read_sources)


def _add_output(parser):
    parser.add_argument("output", help="where the C source goes, NAME.py beside it; - for standard output")


def gen_src(prog, arguments=None):
    """`gen-src` as a program of its own, called `prog`."""
    parser = argparse.ArgumentParser(prog=prog, description="Write the C source of a module.")
    _add_gen_src(parser)
    return _run(parser.parse_args(arguments))


def main(arguments=None):
    """Run the command; returns the exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["run"] and arguments[1:2] not in (["-h"], ["--help"]):
        return _run_script(arguments[1:])       # every other word is the script's
    return _run(parser().parse_args(arguments))


def _run_script(arguments):
    install_as_cffi()
    return run_command(arguments, "cffi_like")


def _run(options):
    try:
        options.run(options)
    except (Mistake, *_USER_ERRORS) as error:
        print("cffi_like: %s" % error, file=sys.stderr)
        return 1
    return 0
