"""compiler.py: runs the C compiler for build.py.

Objects and library are made with the compiler that `CC`/`CXX`, else Python's
own configuration, name.  Python's flags are not taken over, because nothing
here is a Python extension; `CPPFLAGS CFLAGS CXXFLAGS LDFLAGS` of the
environment are.  Knows nothing of declarations.
"""

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from _thread import get_ident

from .errors import VerificationError

CXX_SUFFIXES = (".cpp", ".cc", ".cxx", ".c++", ".C", ".mm")
KEYWORDS = ("include_dirs", "library_dirs", "runtime_library_dirs", "libraries",
            "define_macros", "undef_macros", "extra_compile_args",
            "extra_link_args", "sources", "extra_objects", "depends", "language")
#: Known to setuptools and harmless here: there is no Python API to limit.
IGNORED = ("py_limited_api", "depends", "swig_opts", "export_symbols", "optional")


def shared_suffix():
    """The suffix of a compiled part.  It begins with `.lib`, so that Python's
    importer does not take the file for an extension module."""
    return ".lib" + plain_shared_suffix()


def plain_shared_suffix():
    """The platform's suffix of a shared library."""
    return {"win32": ".dll", "darwin": ".dylib"}.get(sys.platform, ".so")


def own_temporary(path):
    """A name beside `path` for what will replace it, of this thread alone."""
    return "%s.%d.%d.new" % (path, os.getpid(), get_ident())


def _words(variable, fallback=""):
    return shlex.split(os.environ.get(variable) or fallback or "")


def find_compiler(cplusplus=False):
    """The command of the C (or C++) compiler as a list.  Raises
    VerificationError if there is none."""
    variable, names = ("CXX", ("c++", "g++", "clang++")) if cplusplus else (
        "CC", ("cc", "gcc", "clang"))
    command = _words(variable)
    if command:
        return command
    configured = shlex.split(sysconfig.get_config_var(variable) or "")
    if configured and shutil.which(configured[0]):
        return configured
    for name in names:
        if shutil.which(name):
            return [name]
    raise VerificationError(
        "no C%s compiler found: install one (apt: build-essential, dnf: gcc gcc-c++, "
        "apk: build-base, macOS: xcode-select --install) or set %s"
        % ("++" if cplusplus else "", variable))


class Compiler:
    """Compiles sources into one shared library, below the folder `folder`.

    `options` are the keywords of `set_source`; relative paths in them count
    from `folder`, as in CFFI.  Objects are made beside the sources, or below
    `object_folder`.  Raises TypeError for an unknown keyword.
    """

    def __init__(self, folder, options, debug=False, verbose=0, object_folder=None):
        unknown = set(options) - set(KEYWORDS) - set(IGNORED)
        if unknown:
            raise TypeError("set_source() got an unexpected keyword argument '%s'; "
                            "known: %s" % (sorted(unknown)[0], ", ".join(KEYWORDS)))
        self.folder = folder
        self.options = options
        self.debug = debug
        self.verbose = verbose
        self.object_folder = object_folder
        #: Set for a library that C programs are linked with: their variables and its
        #: are the same (copy relocations), so it may not insist on its own.
        self.for_programs = False

    def _option(self, name):
        value = self.options.get(name) or ()
        if isinstance(value, str):
            raise TypeError("%s must be a list of strings, not the string %r"
                            % (name, value))
        return list(value)

    def _preprocessor_flags(self):
        flags = ["-I" + path for path in self._option("include_dirs")]
        # For sources that include Python.h by their own choice.
        flags.append("-I" + sysconfig.get_path("include"))
        for macro in self._option("define_macros"):
            name, value = (tuple(macro) + (None,))[:2] if not isinstance(
                macro, str) else (macro, None)
            flags.append("-D" + name if value is None else "-D%s=%s" % (name, value))
        flags += ["-U" + name for name in self._option("undef_macros")]
        return flags

    def build(self, sources, target):
        """Compile `sources` and those of the options; make `target`.

        Returns the full path of the library.  It replaces an old one in one
        step, so a process that has the old one open is not disturbed.
        """
        sources = [os.path.normpath(source)
                   for source in [*sources, *self._option("sources")]]
        objects = [self._compile(source) for source in sources]
        cplusplus = (self.options.get("language") == "c++"
                     or any(s.endswith(CXX_SUFFIXES) for s in sources))
        self._link(objects, target, cplusplus)
        return os.path.join(self.folder, target)

    def _compile(self, source):
        cplusplus = source.endswith(CXX_SUFFIXES)
        target = self._object(os.path.splitext(source)[0])
        command = find_compiler(cplusplus)
        # What the source defines is exported, as from CFFI's modules: with RTLD_GLOBAL
        # another library may use it.  _link lets it use its own names all the same.
        command.append("-fPIC")
        command += ["-O0", "-g"] if self.debug else ["-O2"]
        command += _words("CPPFLAGS") + _words("CXXFLAGS" if cplusplus else "CFLAGS")
        command += self._preprocessor_flags()
        command += ["-c", source, "-o", target]
        command += self._option("extra_compile_args")
        self._run(command, "compiling '%s'" % source)
        return target

    def _object(self, base):
        inside = self.object_folder
        if inside is not None and not os.path.relpath(base, inside).startswith(os.pardir):
            return base + ".o"          # a generated source is there already
        if os.path.isabs(base) or base.startswith(os.pardir):
            base = os.path.basename(base)
        if inside is not None:
            base = os.path.join(inside, base)
            os.makedirs(os.path.join(self.folder, os.path.dirname(base)), exist_ok=True)
        return base + ".o"

    def _link(self, objects, target, cplusplus):
        command = find_compiler(cplusplus)
        command += ["-bundle", "-undefined", "dynamic_lookup"] \
            if sys.platform == "darwin" else ["-shared"]
        if sys.platform == "linux":
            command.append("-Wl,-z,noseparate-code")    # two mappings, not four: quicker to open
            if not self.for_programs:
                command.append("-Wl,-Bsymbolic")
        new = own_temporary(target)
        command += objects + self._option("extra_objects") + _words("LDFLAGS")
        for path in self._option("library_dirs"):
            command.append("-L" + path)
        for path in self._option("runtime_library_dirs"):
            command.append("-Wl,-rpath," + path)
        command += ["-l" + name for name in self._option("libraries")]
        command += ["-o", new] + self._option("extra_link_args")
        try:
            self._run(command, "linking '%s'" % target)
            os.replace(os.path.join(self.folder, new), os.path.join(self.folder, target))
        finally:
            if os.path.exists(os.path.join(self.folder, new)):
                os.unlink(os.path.join(self.folder, new))

    def _run(self, command, doing):
        if self.verbose:
            print(" ".join(map(shlex.quote, command)))
        try:
            done = subprocess.run(command, cwd=self.folder, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, check=False)
        except OSError as error:
            raise VerificationError("%s: cannot run '%s': %s"
                                    % (doing, command[0], error)) from None
        output = done.stdout.decode("utf-8", "replace")
        if done.returncode:
            raise VerificationError("%s failed (%s, exit status %d)\n%s" % (
                doing, " ".join(map(shlex.quote, command)), done.returncode,
                output.rstrip()))
        if output:
            sys.stderr.write(output)
