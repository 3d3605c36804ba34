"""The command line: `python -m cppbind build`, `genreflex`, `stubs`, `run`, `cache` and `cmake-dir`.

Reads options and prints; the work is in `build` and `stubs`.
"""

import argparse
import os
import sys
import time

from .build import build, generate, write_map
from .compiler import DEFAULT_STANDARD, Options
from .errors import CppBindError

# Options of genreflex that change nothing here: they tune ROOT's own files.
_GENREFLEX_FLAGS = (
    "--multiDict", "--noGlobalUsingStd", "--interpreteronly", "--split", "--deep", "--selSyntaxOnly",
    "--noIncludePaths", "--dataonly", "--no_membertypedefs", "--no_templatetypedefs", "--with-methods-info",
    "--class_extraonly", "--quiet-warnings")
_GENREFLEX_VALUES = ("--gccxmlpath", "--gccxmlopt", "--gccxmlpost", "--capabilities", "--class_extra", "--comments",
                     "-m", "--pcm")


def main(arguments=None):
    """Run a command line (a list of str, by default the program's); returns the exit status."""
    try:
        parser = _parser()
    except CppBindError as error:
        print("cppbind: error: %s" % error, file=sys.stderr)
        return 1
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["run"] and arguments[1:2] not in (["-h"], ["--help"]):
        return _run(arguments[1:])      # every other word is the script's
    # As compilers write it; argparse would take it for -s.  genreflex has levels of --debug.
    arguments = ["-" + argument if argument.startswith("-std=") else
                 "--debug" if argument.startswith("--debug=") else argument
                 for argument in arguments]
    options, rest = parser.parse_known_args(arguments)
    if not getattr(options, "run", None):
        parser.print_help(sys.stderr)
        return 2
    unknown = [argument for argument in rest if not _tolerated(argument, options)]
    if unknown:
        parser.error("unknown option: %s" % " ".join(unknown))
    try:
        return options.run(options)
    except CppBindError as error:
        print("cppbind: error: %s" % error, file=sys.stderr)
    except OSError as error:
        print("cppbind: error: %s: %s" % (error.filename, error.strerror), file=sys.stderr)
    return 1


def _tolerated(argument, options):
    """genreflex hands the compiler what it does not know, so warning flags and their like are welcome there."""
    return options.command == "genreflex" and argument.startswith(("-W", "-f", "-m", "-O", "-g", "-pthread", "-pipe"))


def _parser():
    parser = argparse.ArgumentParser(prog="python -m cppbind", description="Reflection dictionaries of C++ headers.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    command = commands.add_parser("build", help="build a dictionary library", allow_abbrev=False,
                                  description="Build a reflection dictionary of C++ headers: a shared library, and"
                                              " beside it a map file with its names.")
    command.set_defaults(run=_build)
    _common(command)
    command.add_argument("-o", "--output", metavar="LIBRARY", help="default: libHEADERDict.so after the first header")
    command.add_argument("-L", dest="library_dirs", action="append", default=[], metavar="DIR",
                         help="where to look for libraries")
    command.add_argument("-l", dest="libraries", action="append", default=[], metavar="NAME",
                         help="a library in which the headers' functions are defined")
    command.add_argument("--std", default=_standard(), help="C++ standard (default: %(default)s)")
    command.add_argument("--cxxflag", dest="flags", action="append", default=[], metavar="FLAG",
                         help="a flag for the compiler, such as --cxxflag=-g")
    command.add_argument("--source", metavar="FILE", help="keep the generated C++ there")

    command = commands.add_parser("genreflex", help="write the source of a dictionary", allow_abbrev=False,
                                  description="Write the C++ source of a dictionary; takes genreflex's options.")
    command.set_defaults(run=_genreflex)
    _common(command)
    command.add_argument("-o", "--output", metavar="FILE", help="default: HEADER_rflx.cpp, for each header")
    command.add_argument("--rootmap", metavar="FILE", help="write the map file there")
    command.add_argument("--rootmap-lib", metavar="LIBRARY", help="the library that the map file names")
    command.add_argument("-l", "--library", dest="rootmap_lib", metavar="LIBRARY", help=argparse.SUPPRESS)
    command.add_argument("--std", default=_standard(), help="C++ standard (default: %(default)s)")
    command.add_argument("--fail_on_warnings", "--failOnWarnings", dest="fail_on_warnings", action="store_true",
                         help="warnings are errors")
    command.add_argument("--gccopt", "--cppflags", dest="compiler_options", action="append", default=[],
                         metavar="OPTIONS", help="more options for the preprocessor: -I, -D, -U and -std are used")
    command.add_argument("--debug", action="store_true", help="report everything that is left out")
    for name in _GENREFLEX_FLAGS:
        command.add_argument(name, action="store_true", help=argparse.SUPPRESS)
    for name in _GENREFLEX_VALUES:
        command.add_argument(name, help=argparse.SUPPRESS)
    command = commands.add_parser("stubs", help="write type stubs of dictionaries", allow_abbrev=False,
                                  description="Write a stub package (PEP 561) of what dictionaries have.")
    command.set_defaults(run=_stubs)
    command.add_argument("dictionaries", nargs="+", metavar="LIBRARY", help="a dictionary, by name or path")
    command.add_argument("-o", "--output", metavar="FOLDER", default="cppbind-stubs", help="default: %(default)s")
    command = commands.add_parser("run", help="run a script that imports cppyy", usage="python -m cppbind run"
                                  " [-m MODULE | SCRIPT] [ARGUMENT...]",
                                  description="Run a Python script or module for which `import cppyy` gives cppbind.")
    command = commands.add_parser("cache", help="show or clear what was compiled on the fly", allow_abbrev=False,
                                  description="Show the cache of what was compiled on the fly (CPPBIND_CACHE, else"
                                              " cppbind in XDG_CACHE_HOME or ~/.cache), or clear it.")
    command.set_defaults(run=_cache)
    command.add_argument("--clear", action="store_true", help="remove everything")
    command.add_argument("--trim", metavar="MB", type=float, help="remove what was used longest ago, down to this size")
    command.add_argument("-v", "--verbose", action="store_true", help="list the entries")

    command = commands.add_parser("cmake-dir", help="print the folder of the CMake package",
                                  description="Print the folder for CppBind_DIR: it has CppBindConfig.cmake.")
    command.set_defaults(run=_cmake_dir)
    return parser


def _run(arguments):
    from cffi_like.alias import run_command

    from .as_cppyy import install_as_cppyy
    install_as_cppyy()
    return run_command(arguments, "cppbind: error")


def _stubs(arguments):
    from .stubs import write_stubs
    for path in write_stubs(arguments.dictionaries, arguments.output):
        print(path)
    return 0


def _cmake_dir(_arguments):
    print(os.path.join(os.path.dirname(os.path.abspath(__file__)), "cmake"))
    return 0


def _standard():
    """The C++ standard of $STDCXX, else the default."""
    from .fly.toolchain import requested_standard
    return "c++" + requested_standard() if os.environ.get("STDCXX", "").strip() else DEFAULT_STANDARD


def _common(command):
    command.add_argument("headers", nargs="+", metavar="HEADER")
    command.add_argument("-s", "--selection", "--selection_file", dest="selection", metavar="FILE",
                         help="selection file (XML); default: everything the headers declare")
    command.add_argument("-I", dest="include_dirs", action="append", default=[], metavar="DIR")
    command.add_argument("-D", dest="defines", action="append", default=[], metavar="NAME[=VALUE]")
    command.add_argument("-U", dest="undefines", action="append", default=[], metavar="NAME")
    command.add_argument("-q", "--quiet", action="store_true", help="print errors only")
    command.add_argument("-v", "--verbose", action="store_true", help="report everything that is left out")


def _options(arguments, **more):
    return Options(include_dirs=tuple(arguments.include_dirs), defines=tuple(arguments.defines),
                   undefines=tuple(arguments.undefines), standard=arguments.std, **more)


def _report(arguments, result):
    """Print what is worth knowing of a result, to standard error."""
    if arguments.quiet:
        return
    for warning in result.warnings:
        print("cppbind: warning: %s" % warning, file=sys.stderr)
    if arguments.verbose or getattr(arguments, "debug", False):
        for text in result.unavailable:
            print("cppbind: note: %s" % text, file=sys.stderr)
    elif result.unavailable:
        count = len(result.unavailable)
        print("cppbind: note: %d declaration%s cannot be used from Python; -v tells which, and why"
              % (count, "" if count == 1 else "s"), file=sys.stderr)


def _build(arguments):
    name = os.path.splitext(os.path.basename(arguments.headers[0]))[0]
    output = arguments.output or "lib%sDict%s" % (name, ".dylib" if sys.platform == "darwin" else ".so")
    options = _options(arguments, library_dirs=tuple(arguments.library_dirs), libraries=tuple(arguments.libraries),
                       flags=tuple(arguments.flags))
    built = build(arguments.headers, output, arguments.selection, options, arguments.source)
    _report(arguments, built)
    if not arguments.quiet:
        print("%s: %s" % (output, _count(built.names)))
    return 0


def _count(names):
    """'2 classes, 1 namespace'"""
    plural = {"class": "classes", "var": "variables"}
    singular = {"var": "variable"}
    counts = {}
    for kind, _ in names:
        counts[kind] = counts.get(kind, 0) + 1
    return ", ".join("%d %s" % (count, singular.get(kind, kind) if count == 1 else plural.get(kind, kind + "s"))
                     for kind, count in counts.items()) or "nothing declared"


def _genreflex(arguments):
    _split_compiler_options(arguments)
    outputs = [(arguments.headers, arguments.output)]
    if arguments.output is None:
        outputs = [([header], os.path.splitext(os.path.basename(header))[0] + "_rflx.cpp")
                   for header in arguments.headers]
    names = []
    for headers, output in outputs:
        generated = generate(headers, arguments.selection, _options(arguments))
        _report(arguments, generated)
        if generated.warnings and arguments.fail_on_warnings:
            print("cppbind: error: there were warnings", file=sys.stderr)
            return 1
        with open(output, "w", encoding="utf-8") as file:
            file.write(generated.source)
        names += generated.names
    if arguments.rootmap:
        library = arguments.rootmap_lib or os.path.splitext(os.path.basename(arguments.rootmap))[0] + ".so"
        write_map(arguments.rootmap, library, names, arguments.headers)
    return 0


def _split_compiler_options(arguments):
    """Take -I, -D, -U and -std out of `--gccopt="..."` and its like."""
    for word in " ".join(arguments.compiler_options).split():
        for prefix, target in (("-I", arguments.include_dirs), ("-D", arguments.defines),
                               ("-U", arguments.undefines)):
            if word.startswith(prefix) and len(word) > 2:
                target.append(word[2:])
        if word.startswith("-std="):
            arguments.std = word[5:]


def _cache(arguments):
    from .fly.cache import Cache, size_limit
    cache = Cache()
    if arguments.clear:
        print("%s: %d entries removed" % (cache.path, cache.clear()))
        return 0
    if arguments.trim is not None:
        cache.trim(int(arguments.trim * 1024 * 1024))
    entries = cache.entries()
    print("%s: %d entries, %.1f of at most %.0f MB" % (
        cache.path, len(entries), sum(size for _name, size, _used in entries) / 1048576, size_limit() / 1048576))
    for name, size, used in entries if arguments.verbose else ():
        print("%s %10d bytes, used %s" % (name, size, time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(used))))
    return 0
