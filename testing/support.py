"""Helpers that the tests share.  `import support` works in every test.

Neighbours: conftest.py makes fixtures of some of these.  Nothing here imports
cffi_like or cppbind when it is loaded, so the lint tests can use it too.
"""

import gc
import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TESTING = ROOT / "testing"
FIXTURES = TESTING / "fixtures"

IS_PYPY = sys.implementation.name == "pypy"
SHARED_SUFFIX = ".dylib" if sys.platform == "darwin" else ".so"

# Tests start interpreters in other folders: a relative path must still be found there.
if os.environ.get("PYTHONPATH"):
    os.environ["PYTHONPATH"] = os.pathsep.join(
        os.path.abspath(path) for path in os.environ["PYTHONPATH"].split(os.pathsep))


def engine_name():
    """'native', 'cffi' or 'pypy': the core that cffi_like stands on here."""
    if IS_PYPY:
        return "pypy"
    chosen = os.environ.get("CFFI_LIKE_ENGINE")
    if chosen:
        return chosen
    try:
        import _cffi_like  # noqa: F401
    except ImportError:
        return "cffi"
    return "native"


def collect():
    """Everything that is unreachable goes, finalizers run.  PyPy needs a round for each link of a chain of them."""
    for _ in range(5 if IS_PYPY else 1):
        gc.collect()


# Whether proxies of vectors are buffers: always with the compiled core, else where Python can define such classes.
HAS_BUFFERS = engine_name() == "native" or IS_PYPY or sys.version_info >= (3, 12)


def package_folder():
    """The folder from which cffi_like is imported here, as a str for PYTHONPATH."""
    import cffi_like
    return os.path.dirname(os.path.dirname(os.path.abspath(cffi_like.__file__)))


# ---- compiling fixtures ----------------------------------------------------

def _compiler(language):
    variable, names = {"c": ("CC", ("cc", "gcc", "clang")),
                       "c++": ("CXX", ("c++", "g++", "clang++"))}[language]
    if os.environ.get(variable):
        return shlex.split(os.environ[variable])
    for name in names:
        if shutil.which(name):
            return [name]
    raise RuntimeError("no compiler for %s: install one, or set %s" % (language, variable))


def _cache_folder():
    """One folder for each user and session of tests; its content is keyed, so it may be shared."""
    folder = os.environ.get("CFFI_LIKE_TEST_CACHE")
    if not folder:
        folder = tempfile.mkdtemp(prefix="cffi_like_test_")
        os.environ["CFFI_LIKE_TEST_CACHE"] = folder
    return Path(folder)


def compile_shared(source, name="fixture", language=None, flags=(), link_flags=()):
    """Compiles C or C++ into a shared library and returns its path as a str.

    `source` is a Path to a file or the source text itself; `language` is 'c' or
    'c++' (default: from the file's suffix, 'c' for text).  The same text and
    flags compile once per session.  Raises AssertionError with the compiler's
    messages.
    """
    if isinstance(source, Path):
        language = language or ("c" if source.suffix == ".c" else "c++")
        text, include = source.read_text(), ["-I%s" % source.parent]
        name = source.stem
    else:
        language = language or "c"
        text, include = textwrap.dedent(source), []
    standard = "-std=c11" if language == "c" else "-std=c++17"
    command = _compiler(language) + [standard, "-O1", "-fPIC", "-shared", "-w"]
    command += include + list(flags)
    key = hashlib.sha256(repr((command, list(link_flags), text)).encode()).hexdigest()[:16]
    folder = _cache_folder() / key
    target = folder / ("lib%s%s" % (name, SHARED_SUFFIX))
    if target.exists():
        return str(target)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (name + (".c" if language == "c" else ".cpp"))
    path.write_text(text)
    # Another process may compile the same fixture: move it into place whole.
    part = folder / ("part-%d" % os.getpid())
    run(command + [str(path), "-o", str(part)] + list(link_flags))
    os.replace(part, target)
    return str(target)


# ---- other processes -------------------------------------------------------

def run(command, check=True, **options):
    """subprocess.run with text output captured; a failure shows all output."""
    options.setdefault("stdout", subprocess.PIPE)
    options.setdefault("stderr", subprocess.STDOUT)
    done = subprocess.run([str(word) for word in command], universal_newlines=True,
                          check=False, **options)
    if check:
        assert done.returncode == 0, "%s\nreturned %d:\n%s" % (
            shlex.join(map(str, command)), done.returncode, done.stdout)
    return done


def run_python(code, *arguments, check=True, cwd=None, env=None):
    """Runs `code` in a new interpreter and returns the finished process.

    It starts in an empty folder, so the source tree is not on its path
    by accident; `env` is added to the environment.
    """
    environment = dict(os.environ, **(env or {}))
    command = [sys.executable, "-c", textwrap.dedent(code)] + list(arguments)
    if cwd is not None:
        return run(command, check=check, cwd=str(cwd), env=environment)
    with tempfile.TemporaryDirectory() as folder:
        return run(command, check=check, cwd=folder, env=environment)


def python_include_folders():
    """Folders with Python.h, for fixtures that need it."""
    paths = sysconfig.get_paths()
    return sorted({paths["include"], paths["platinclude"]})
