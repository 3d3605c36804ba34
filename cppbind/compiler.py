"""The C++ compiler of the system: which one, where its headers are, compiling a dictionary.

Used by `clang.parse`, since PyPI's libclang brings no headers of its own, and by `build`.
"""

import functools
import os
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from typing import Tuple

from .errors import CompileError

DEFAULT_STANDARD = "c++17"

# Position-independent, and calls inside the library bound there: an inline function that is forced out by taking
# its address is then found without a search at load time.
SHARED_FLAGS = ("-O2", "-fPIC", "-shared", "-fvisibility-inlines-hidden")


@dataclass(frozen=True)
class Options:
    """What the user said about compiling, in the command line's words."""

    include_dirs: Tuple[str, ...] = ()
    defines: Tuple[str, ...] = ()       # NAME or NAME=VALUE
    undefines: Tuple[str, ...] = ()
    standard: str = DEFAULT_STANDARD    # c++11, gnu++17, ...
    library_dirs: Tuple[str, ...] = ()
    libraries: Tuple[str, ...] = ()
    flags: Tuple[str, ...] = ()         # passed on as they are

    def preprocessor_flags(self):
        """-std, -I, -D and -U: what libclang needs as well."""
        return (["-std=" + self.standard] + ["-I" + path for path in self.include_dirs]
                + ["-D" + name for name in self.defines] + ["-U" + name for name in self.undefines])


def find_compiler():
    """The command, as a list: $CXX, else g++, clang++ or c++ on PATH.  Raises CompileError if there is none."""
    chosen = os.environ.get("CXX")
    if chosen and chosen.strip():
        return shlex.split(chosen)
    for name in ("g++", "clang++", "c++"):
        if shutil.which(name):
            return [name]
    raise CompileError("no C++ compiler: install g++ or clang++, or set CXX")


def accepts(*flags):
    """Whether the compiler takes these flags.  CompileError where there is none."""
    command = find_compiler()
    try:
        return not subprocess.run(command + list(flags) + ["-E", "-x", "c++", os.devnull], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL).returncode
    except OSError as error:
        raise CompileError("cannot run the C++ compiler '%s': %s" % (command[0], error.strerror)) from None


def system_include_dirs():
    """The directories in which the compiler looks for <headers>, in its order; () if it does not tell."""
    return _system_include_dirs(tuple(find_compiler()))


@functools.lru_cache(maxsize=None)
def _system_include_dirs(command):
    try:
        done = subprocess.run(list(command) + ["-E", "-v", "-x", "c++", os.devnull], stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, env=dict(os.environ, LC_ALL="C"))
    except OSError as error:
        raise CompileError("cannot run the C++ compiler '%s': %s" % (command[0], error.strerror)) from None
    lines = done.stderr.decode("utf-8", "replace").splitlines()
    if "#include <...> search starts here:" not in lines:
        return ()
    found = lines[lines.index("#include <...> search starts here:") + 1:]
    if "End of search list." in found:
        found = found[:found.index("End of search list.")]
    # macOS marks frameworks, which are no include directories.
    return tuple(os.path.normpath(line.strip()) for line in found if not line.endswith("(framework directory)"))


# What compilers called a standard before it was one.
_DRAFTS = {"20": "2a", "23": "2b", "26": "2c"}


@functools.lru_cache(maxsize=None)
def _standard_flag(command, flag):
    """-std=c++23 as this compiler knows it; any other flag, and one that it does not know at all, as it is."""
    draft = _DRAFTS.get(flag[-2:]) if flag.startswith("-std=") else None
    if draft is None or _accepts(command, flag) or not _accepts(command, flag[:-2] + draft):
        return flag
    return flag[:-2] + draft


def _accepts(command, flag):
    return subprocess.run(list(command) + [flag, "-E", "-x", "c++", os.devnull], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode == 0


def compile_shared(source, output, options, report_missing=False):
    """Compile the C++ file `source` into the shared library `output`; returns the compiler's warnings (text).

    `report_missing`: symbols that none of the libraries has are named in the warnings, see `missing_symbols`.
    Raises CompileError with what the compiler printed.
    """
    compiler = find_compiler()
    flags = [_standard_flag(tuple(compiler), flag) for flag in options.preprocessor_flags()]
    command = compiler + flags + list(SHARED_FLAGS) + list(options.flags)
    command += [source, "-o", output] + ["-L" + path for path in options.library_dirs]
    # A library the dictionary names may be needed only through symbols that are looked up later.
    command += _linker_flags() + ["-l" + name for name in options.libraries]
    if report_missing and options.libraries and os.uname().sysname != "Darwin":
        command += ["-Wl,--no-undefined", "-Wl,--warn-unresolved-symbols", "-Wl,--no-demangle"]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env=dict(os.environ, LC_ALL="C"))
    except OSError as error:
        raise CompileError("cannot run the C++ compiler '%s': %s" % (command[0], error.strerror)) from None
    text = done.stdout.decode("utf-8", "replace")
    if done.returncode:
        raise CompileError("the C++ compiler failed on %s:\n%s" % (source, _first_lines(text)), text)
    return text


def find_library(name, options):
    """The file that the compiler links for a file name such as "libm.so" or "libm.so.6", None where there is none."""
    for folder in options.library_dirs:
        if os.path.isfile(os.path.join(folder, name)):
            return os.path.join(folder, name)
    done = subprocess.run(find_compiler() + ["-print-file-name=" + name], stdout=subprocess.PIPE)
    path = done.stdout.decode("utf-8", "replace").strip()
    return path if os.path.isabs(path) and os.path.isfile(path) else None


def _linker_flags():
    if os.uname().sysname == "Darwin":
        return ["-Wl,-undefined,dynamic_lookup"]
    return ["-Wl,-Bsymbolic-functions", "-Wl,--no-as-needed"]


def _first_lines(text, count=30):
    lines = text.rstrip().splitlines()
    if len(lines) > count:
        lines[count:] = ["... %d more lines" % (len(lines) - count)]
    return "\n".join(lines)
