"""Builds the compiled core, `_cffi_like`, from c_backend/.

Neighbours: pyproject.toml (everything that is plain data) and
c_backend/toolchain.py (finds compilers and libffi, explains what is missing).

The core is optional.  Where it cannot be compiled the installation succeeds
without it, says why, and leaves the reason in `cffi_like/_core_missing.txt`
for the message that the package gives at run time.  CFFI_LIKE_CORE chooses:
`auto` (this), `require` (a failure is an error; also what `build_ext
--inplace` does) or `skip`.  PyPy has a core of its own, so nothing is built.
"""

import concurrent.futures
import glob
import os
import shlex
import sys

from setuptools import Extension, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_ext import build_ext
from setuptools.command.sdist import sdist

ROOT = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(ROOT, "c_backend"))
import toolchain  # noqa: E402

CORE = "_cffi_like"
# What only cppbind loads, because libstdc++ takes longer to load than all the rest.
CPP_PART = "_cffi_like_cpp"
REASON_FILE = "_core_missing.txt"
CHOICE = os.environ.get("CFFI_LIKE_CORE", "auto")
if CHOICE not in ("auto", "require", "skip"):
    sys.exit("CFFI_LIKE_CORE is %r: not auto, require or skip" % CHOICE)

COMMON_FLAGS = ["-O2", "-fvisibility=hidden", "-Wall", "-Wextra"]
C_FLAGS = COMMON_FLAGS + ["-std=c11"]
CXX_FLAGS = COMMON_FLAGS + ["-std=c++17", "-fvisibility-inlines-hidden"]
# The sdist carries the whole project, so that `make test` works from it.
SDIST_FOLDERS = ("c_backend", "testing", "docs", ".ci")
SDIST_FILES = ("Makefile", "CHANGELOG.md", "LICENSE", "README.md")


def files_below(*patterns):
    """Sorted paths relative to this folder, as setuptools wants them."""
    found = []
    for pattern in patterns:
        found += glob.glob(os.path.join(ROOT, pattern))
    return sorted(os.path.relpath(path, ROOT) for path in found)


class BuildCore(build_ext):
    """Compiles in parallel, only what changed, and may give up politely."""

    def run(self):
        # setuptools clears `inplace` while it builds.
        self.must_work = CHOICE == "require" or bool(self.inplace and not self.editable_mode)
        # The compilers that built this Python need not be on this machine.
        os.environ.setdefault("CC", shlex.join(toolchain.c_compiler()))
        os.environ.setdefault("CXX", shlex.join(toolchain.cxx_compiler()))
        super().run()

    def build_extension(self, ext):
        if ext.name == CPP_PART:
            self._build_cpp_part(ext)
            return
        for stale in (self.get_ext_fullpath(ext.name), self._reason_path(ext)):
            if os.path.exists(stale):
                os.remove(stale)
        if CHOICE == "skip":
            self._give_up(ext, "CFFI_LIKE_CORE=skip was set")
            return
        missing = toolchain.missing(need_cxx=False)
        if missing:
            if self.must_work:
                sys.exit(toolchain.explain(missing))
            self._give_up(ext, toolchain.explain(missing))
            return
        try:
            self._compile_and_link(ext)
        except Exception as error:
            if self.must_work:
                raise
            self._give_up(ext, "%s\n(`pip install -v` shows what the compiler said)" % error)

    def _build_cpp_part(self, ext):
        """Goes with the core, and is left out where there is no C++ compiler."""
        target = self.get_ext_fullpath(ext.name)
        if os.path.exists(target):
            os.remove(target)
        if not os.path.exists(self.get_ext_fullpath(CORE)) or not ext.sources:
            return
        why = toolchain.missing_cxx() and toolchain.install_commands(["C++ compiler"])
        if not why:
            try:
                self._compile_and_link(ext)
                return
            except Exception as error:
                if self.must_work:
                    raise
                why = error
        print("No C++ compiler was found, or it failed: cppbind cannot be used.\n%s" % why, file=sys.stderr)

    def _reason_path(self, ext):
        return os.path.join(os.path.dirname(self.get_ext_fullpath(ext.name)), "cffi_like", REASON_FILE)

    def _give_up(self, ext, why):
        path = self._reason_path(ext)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(why + "\n")
        line = "=" * 72
        print("\n".join([
            line, "cffi_like is installed WITHOUT its compiled core.", why, "",
            "What works now: the C side, slower, through the libffi of PyPI's `cffi`",
            "package: pip install 'cffi-like[cffi]'.  What does not: cppbind and",
            "calls at full speed.  When the above is mended, install again with",
            "pip install --force-reinstall --no-cache-dir.", line]),
            file=sys.stderr, flush=True)

    def _compile_and_link(self, ext):
        ffi_compile, ffi_link = toolchain.libffi_flags()
        if sys.platform == "linux":
            ffi_link.append("-Wl,-z,noseparate-code")    # two mappings, not four: quicker to open
        cplusplus = ext.name == CPP_PART
        variables = ("CXXFLAGS", "CFLAGS") if cplusplus else ("CFLAGS",)
        user = next((os.environ[name] for name in variables if name in os.environ), "")
        # The user's flags come last, so that `CFLAGS=-O0` means what it says.
        flags = ffi_compile + (CXX_FLAGS if cplusplus else C_FLAGS) + shlex.split(user)
        macros = ext.define_macros
        jobs = [(name, flags) for name in ext.sources]
        stamp = self._flags_changed(ext.name, repr((macros, jobs, self.compiler.compiler_so,
                                          os.environ["CC"], os.environ["CXX"])))
        newest_header = max(map(os.path.getmtime, ext.depends), default=0)

        def compile_one(job):
            source, flags = job
            target, = self.compiler.object_filenames([source], output_dir=self.build_temp)
            if stamp or self.force or not os.path.exists(target) or (
                    os.path.getmtime(target) < max(os.path.getmtime(source), newest_header)):
                try:
                    self.compiler.compile(
                        [source], output_dir=self.build_temp, macros=macros,
                        include_dirs=ext.include_dirs, extra_postargs=flags)
                except Exception as error:
                    raise RuntimeError("%s does not compile: %s" % (source, error)) from error
            return target

        with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            objects = list(pool.map(compile_one, jobs))
        self.compiler.link_shared_object(
            objects, self.get_ext_fullpath(ext.name), build_temp=self.build_temp,
            extra_postargs=ffi_link, target_lang="c++" if cplusplus else "c")

    def _flags_changed(self, name, flags):
        """True when the last build used other flags, so no object can be kept."""
        path = os.path.join(self.build_temp, "flags-" + name)
        try:
            with open(path, encoding="utf-8") as file:
                if file.read() == flags:
                    return False
        except OSError:
            os.makedirs(self.build_temp, exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(flags)
        return True

    def get_outputs(self):
        """What is really there: the core or the reason why it is not."""
        paths = [self.get_ext_fullpath(ext.name) for ext in self.extensions]
        paths += [self._reason_path(ext) for ext in self.extensions[:1]]
        return [path for path in paths if os.path.exists(path)]

    def copy_extensions_to_source(self):
        """After an editable build: only what was built."""
        extensions = self.extensions
        self.extensions = [ext for ext in extensions if os.path.exists(
            os.path.join(self.build_lib, self.get_ext_filename(ext.name)))]
        super().copy_extensions_to_source()
        self.extensions = extensions


class Wheel(bdist_wheel):
    """A wheel made by PyPy has no core in it: it must not be taken by CPython."""

    def get_tag(self):
        return ("pp3", "none", "any") if toolchain.is_pypy() else super().get_tag()


class WholeProject(sdist):
    """Adds what setuptools does not know of: sources, tests, documents."""

    def make_distribution(self):
        for folder in SDIST_FOLDERS:
            for path, folders, names in os.walk(os.path.join(ROOT, folder)):
                folders[:] = [name for name in folders if name != "__pycache__"]
                self.filelist.extend(os.path.relpath(os.path.join(path, name), ROOT)
                                     for name in names if not name.endswith((".pyc", ".so", ".o")))
        self.filelist.extend(name for name in SDIST_FILES
                             if os.path.exists(os.path.join(ROOT, name)))
        self.filelist.sort()
        self.filelist.remove_duplicates()
        super().make_distribution()


def core_extensions():
    # No -Ic_backend: our ctype.h would stand in for the system's <ctype.h>.
    depends = files_below("c_backend/*.h", "c_backend/*.def")
    return [Extension(CORE, sources=files_below("c_backend/*.c"), depends=depends),
            Extension(CPP_PART, sources=files_below("c_backend/*.cpp"), depends=depends)]


if __name__ == "__main__":
    setup(ext_modules=[] if toolchain.is_pypy() else core_extensions(),
          cmdclass={"build_ext": BuildCore, "bdist_wheel": Wheel, "sdist": WholeProject})
