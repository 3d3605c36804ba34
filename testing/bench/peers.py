"""Compiles what the contestants need: the C and C++ code that all call, and the peers' modules.

Used by the bench_*.py.  Everything is built with -O3 -DNDEBUG into
build/bench/<interpreter>/ and kept there while source, flags and versions stay the same.
"""

import hashlib
import importlib
import importlib.util
import os
import shlex
import subprocess
import sys
import sysconfig
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
FOLDER = ROOT / "build" / "bench" / ("%s-%d.%d" % ((sys.implementation.name,) + sys.version_info[:2]))
NATIVE = HERE / "native"

CC = shlex.split(os.environ.get("CC", "cc"))
CXX = shlex.split(os.environ.get("CXX", "c++"))
OPTIMISED = ["-O3", "-DNDEBUG", "-fPIC", "-I%s" % NATIVE]


def compile_to(target, command, sources):
    """Runs the command unless `target` was made by the same command from the same sources."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    key = hashlib.sha256(repr(command).encode())
    for source in list(sources) + sorted(NATIVE.glob("*.h")):
        key.update(Path(source).read_bytes())
    note = target.with_name(target.name + ".key")
    if target.exists() and note.exists() and note.read_text() == key.hexdigest():
        return target
    print("building %s" % target.name, file=sys.stderr, flush=True)
    done = subprocess.run(list(map(str, command)) + ["-o", str(target)], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise RuntimeError(done.stdout.decode(errors="replace"))
    note.write_text(key.hexdigest())
    return target


def c_library():
    """The C functions that every contestant calls, as one shared library."""
    source = NATIVE / "bench_c.c"
    return compile_to(FOLDER / "libbench_c.so", CC + OPTIMISED + ["-std=c11", "-shared", source],
                      [source])


def _python_includes():
    paths = sysconfig.get_paths()
    return ["-I" + path for path in sorted({paths["include"], paths["platinclude"]})]


def _link_c_library():
    return ["-L%s" % FOLDER, "-lbench_c", "-Wl,-rpath,%s" % FOLDER]


def _import(name, path):
    spec = importlib.util.spec_from_file_location(name, str(path))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _module_path(name):
    return FOLDER / (name + sysconfig.get_config_var("EXT_SUFFIX"))


def nanobind_module(name):
    """Compiles native/NAME.cpp with nanobind, as its CMake does in Release mode, and imports it.

    Its library is compiled with -O3 too (its CMake takes -Os unless told otherwise), for the
    version-specific ABI and statically linked.
    """
    import nanobind
    base = Path(nanobind.__file__).parent
    c_library()
    flags = CXX + OPTIMISED + ["-std=c++17", "-fvisibility=hidden", "-fno-strict-aliasing", "-w"]
    flags += _python_includes() + ["-I%s" % (base / "include"), "-DNB_COMPACT_ASSERTIONS"]
    if os.uname().machine == "x86_64" and sys.platform == "linux":
        flags += ["-mtls-dialect=gnu2"]
    combined = base / "src" / "nb_combined.cpp"
    library = compile_to(
        FOLDER / "nb_combined.o",
        flags + ["-I%s" % (base / "ext" / "robin_map" / "include"), "-DNB_BUILD", "-c", combined,
                 "-DBENCH_PEER_VERSION=\"%s\"" % nanobind.__version__], [combined])
    source = NATIVE / (name + ".cpp")
    path = compile_to(_module_path(name), flags + ["-fno-stack-protector", "-shared", source, library]
                      + _link_c_library(), [source, library])
    return _import(name, path)


def pybind11_module(name):
    """Compiles native/NAME.cpp with pybind11's flags for a release, LTO included, and imports it."""
    import pybind11
    c_library()
    source = NATIVE / (name + ".cpp")
    command = CXX + OPTIMISED + ["-std=c++17", "-fvisibility=hidden", "-flto", "-w", "-shared",
                                 "-DBENCH_PEER_VERSION=\"%s\"" % pybind11.__version__]
    command += _python_includes() + ["-I%s" % pybind11.get_include(), source] + _link_c_library()
    return _import(name, compile_to(_module_path(name), command, [source]))


def api_module(package, name, declarations, source):
    """Builds an API-mode module with the FFI class of `package` ('cffi' or 'cffi_like')."""
    ffi = importlib.import_module(package).FFI()
    ffi.cdef(declarations)
    c_library()
    ffi.set_source(name, source, include_dirs=[str(NATIVE)], libraries=["bench_c"],
                   library_dirs=[str(FOLDER)], runtime_library_dirs=[str(FOLDER)],
                   extra_compile_args=["-O3", "-DNDEBUG"])
    folder = FOLDER / name
    folder.mkdir(parents=True, exist_ok=True)
    ffi.compile(tmpdir=str(folder))
    sys.path.insert(0, str(folder))
    return importlib.import_module(name)


def dictionary(header, output):
    """Builds a reflection dictionary of `header` with `python -m cppbind build`."""
    target = FOLDER / output
    FOLDER.mkdir(parents=True, exist_ok=True)
    done = subprocess.run([sys.executable, "-m", "cppbind", "build", str(header), "-o", str(target)],
                          cwd=str(FOLDER), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise RuntimeError(done.stdout.decode(errors="replace"))
    return str(target)
