"""What compiles and reflects on the fly: the compiler and its identity, the C++ standard, search paths, and the
precompiled headers of the standard library, one for the compiler and one for libclang.

Neighbours: `cache` keeps the precompiled headers, ../compiler.py runs the compiler, `session` uses both.
"""

import atexit
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace

from ..compiler import SHARED_FLAGS, Options, accepts, find_compiler, system_include_dirs
from ..errors import CompileError
from . import cache as store

DEFAULT_STANDARD = "20"
# The standards by their years, with the names that compilers had for them while they were drafts.
_STANDARDS = {"26": "2c", "23": "2b", "20": "2a", "17": "1z", "14": "1y", "11": "0x"}
# Inline functions and variables are shared between units, so they are not hidden.
FLAGS = ("-fno-semantic-interposition", "-fno-visibility-inlines-hidden")

# GCC's <immintrin.h> and its like define these, which clang has built in and does not let one define; under other
# names it reads them, and keeps headers such as Eigen's precompiled.
_CLANG_BUILTINS = ("_mm_getcsr", "_mm_setcsr", "_mm_prefetch", "_mm_clflush", "_mm_lfence", "_mm_mfence", "_mm_sfence",
                   "_mm_pause", "__rdtsc")

# What is there without being included; the second is added when a name of std is asked for that the first lacks.
BASIC_HEADERS = ("algorithm", "array", "complex", "cstdint", "cstring", "deque", "exception", "functional", "iostream",
                 "list", "map", "memory", "new", "optional", "set", "sstream", "stdexcept", "string", "tuple",
                 "type_traits", "unordered_map", "unordered_set", "utility", "vector")
ALL_HEADERS = ("any", "atomic", "barrier", "bit", "bitset", "cassert", "cctype", "cerrno", "cfloat",
               "charconv", "chrono", "climits", "clocale", "cmath", "compare", "concepts", "condition_variable",
               "coroutine", "csignal", "cstdarg", "cstddef", "cstdio", "cstdlib", "ctime", "cwchar", "expected",
               "filesystem", "format", "forward_list", "fstream", "future", "iomanip", "ios", "iosfwd", "istream",
               "iterator", "limits", "locale", "mutex", "numbers", "numeric", "ostream", "queue", "random", "ranges",
               "ratio", "regex", "scoped_allocator", "semaphore", "shared_mutex", "source_location", "span", "stack",
               "stop_token", "streambuf", "string_view", "syncstream", "system_error", "thread", "typeindex",
               "typeinfo", "valarray", "variant")


def header_text(names):
    """Includes of headers of the standard library, each where the compiler has it."""
    return "".join("#if __has_include(<%s>)\n#include <%s>\n#endif\n" % (name, name) for name in names)


def requested_standard():
    """The year of $STDCXX ('20', 'c++20', '2020', 'gnu++20'), DEFAULT_STANDARD without it.  CompileError for
    another."""
    text = os.environ.get("STDCXX", "").strip().lower()
    found = re.match(r"(?:-?-?std=)?(?:c\+\+|gnu\+\+)?(?:20)?(\d[\dxyzabc])\Z", text)
    if not text:
        return DEFAULT_STANDARD
    year = {draft: year for year, draft in _STANDARDS.items()}.get(found.group(1), found.group(1)) if found else ""
    if year not in _STANDARDS:
        raise CompileError("STDCXX is a C++ standard such as 17 or 20, not %r" % text)
    return year


def generator_identity():
    """What tells this generator of dictionaries from another: its files, by time and size."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    words = []
    for folder in ("", "clang", "analysis", "fly"):
        with os.scandir(os.path.join(package, folder)) as entries:
            words += ["%s %s %s" % ((entry.name,) + tuple(store.stamp(entry.path))) for entry in entries
                      if entry.name.endswith(".py")]
    return store.hash_of(*sorted(words))


def faster_linker(command):
    """Flags by which a compiler uses a linker that takes a fifth of the usual one's time, [] where there is none."""
    import tempfile
    for name in ("mold", "lld", "gold"):
        if shutil.which("ld." + name) is None:
            continue
        with tempfile.TemporaryDirectory(prefix="cppbind-") as folder:
            source = os.path.join(folder, "empty.cpp")
            with open(source, "w", encoding="utf-8") as file:
                file.write("int cppbind_linked() { return 0; }\n")
            flags = ["-fuse-ld=" + name]
            done = subprocess.run(command + flags + list(SHARED_FLAGS) + [
                source, "-o", os.path.join(folder, "empty.so")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            if done.returncode == 0:
                return flags
    return []


class Toolchain:
    """The tools of this process, looked at once.  CompileError where there is no compiler."""

    def __init__(self, cache):
        self.cache = cache
        self.command = find_compiler()
        self.include_dirs = ()
        self._builds = {}               # name of a precompiled header -> the compiler that makes it
        path = shutil.which(self.command[0])
        if path is None:
            raise CompileError("cannot run the C++ compiler '%s': there is none" % self.command[0])
        self.identity = "%s %s %s" % (" ".join(self.command), os.path.realpath(path),
                                      store.stamp(os.path.realpath(path)))
        self._generator = generator_identity()
        self._year = requested_standard()
        self.standard, system, self._linker = self._ask_compiler()
        self.system_dirs = tuple(system)

    def _ask_compiler(self):
        """(the standard as the compiler spells it, its include directories, flags for a linker that is faster than its
        own), from the cache if it was asked before."""
        name = store.hash_of("compiler and linker", self.identity, self._year, os.environ.get("CPLUS_INCLUDE_PATH"),
                             os.environ.get("CPATH"))
        known = self.cache.read(name)
        if known is None:
            chosen = None
            # A default that an old compiler does not have is replaced by the next one; a wish is not.
            years = [self._year] if "STDCXX" in os.environ else [
                year for year in _STANDARDS if year <= self._year]
            for year in years:
                spellings = ["c++" + year, "c++" + _STANDARDS[year]]
                chosen = chosen or next((text for text in spellings if accepts("-std=" + text)), None)
            if chosen is None:
                raise CompileError("the C++ compiler '%s' does not know C++%s" % (" ".join(self.command), self._year))
            known = {"standard": chosen, "system": list(system_include_dirs()), "linker": faster_linker(self.command)}
            self.cache.write(name, known)
        return known["standard"], known["system"], tuple(known["linker"])

    def options(self):
        """How units are compiled, as compiler.Options."""
        return Options(include_dirs=self.include_dirs, standard=self.standard, flags=FLAGS + self._linker)

    def clang_arguments(self):
        """What libclang is called with."""
        arguments = ["-x", "c++", "-nostdinc", "-nostdinc++", "-Wno-pragma-once-outside-header", "-ferror-limit=0",
                     "-Wno-c++17-extensions", "-Wno-c++20-extensions", "-Wno-unused-command-line-argument",
                     "-std=" + self.standard]
        arguments += ["-D%s=cppbind%s" % (name, name) for name in _CLANG_BUILTINS]
        arguments += ["-I" + path for path in self.include_dirs] + ["-I" + os.curdir]
        for path in self.system_dirs:
            arguments += ["-isystem", path]
        return arguments

    def key(self):
        """What the tools have to say in every key of the cache.  Include paths are part of a session's text."""
        return "\n".join((self._generator, self.identity, self.standard, " ".join(FLAGS), sys.platform,
                          os.uname().machine))

    # ---- the compiler's precompiled header -----------------------------------------------------

    def precompiled_options(self, text):
        """`options` for a source that begins with `text`, a precompiled header used where there is one already.

        Where there is none one is begun, in the background: the first unit does not wait for it.
        """
        name = store.hash_of("header", self.identity, self.standard, " ".join(FLAGS), text)
        header = self.cache.file(name, ".hpp")
        running = self._builds.get(name)
        if running is not None and running.poll() is not None:
            running.finish()
            running = self._builds[name] = None
        if os.path.exists(header + ".gch") and os.path.exists(header):
            os.utime(header)
        elif name not in self._builds:
            with self.cache.replacing(header) as path:
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
            self._builds[name] = _Precompilation(self.cache, self.command, self.options(), header)
        options = self.options()
        return replace(options, flags=options.flags + ("-include", header, "-Wno-invalid-pch"))


class _Precompilation:
    """A compiler that makes a precompiled header while the program goes on; stopped if the program ends first."""

    def __init__(self, cache, command, options, header):
        self._target = header + ".gch"
        import tempfile
        handle, self._temporary = tempfile.mkstemp(prefix="new-", suffix=".gch", dir=cache.folder())
        os.close(handle)
        flags = [flag for flag in options.preprocessor_flags() if flag.startswith("-std=")] + [
            flag for flag in SHARED_FLAGS if flag != "-shared"]
        try:
            self._process = subprocess.Popen(
                command + flags + list(FLAGS) + ["-x", "c++-header", header, "-o", self._temporary],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        except OSError:
            self._process = None
        atexit.register(self._stop)

    def poll(self):
        return 1 if self._process is None else self._process.poll()

    def finish(self):
        """Put the finished header in place, or take away what failed."""
        atexit.unregister(self._stop)
        try:
            if self.poll() == 0:
                os.replace(self._temporary, self._target)
            else:
                os.unlink(self._temporary)
        except OSError:
            pass

    def _stop(self):
        if self.poll() is None:
            self._process.terminate()
            self._process.wait()
        self.finish()
