"""`make demo`: three uses on real input, each result checked against an independent answer.

Reads abi_mode.py, api_mode.py (built by api_build.py) and cpp_mode.py.
Exit status 1 when a result is wrong.  Under PyPy the C parts run, on PyPy's
own core, with the module that CPython built if there is one.
"""

import argparse
import os
import platform
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
IS_PYPY = sys.implementation.name == "pypy"

sys.path.insert(0, str(HERE))
from table import Table  # noqa: E402

BUILT_BY = "built_by.txt"


def this_python():
    return "%s %s" % (platform.python_implementation(), platform.python_version())


def build_api_module(folder, policy):
    """Makes `_demo` in `folder` unless it is there and may be reused; tells who built it."""
    note = folder / BUILT_BY
    if policy == "auto":
        policy = "reuse" if IS_PYPY and note.exists() else "build"
    if policy == "reuse":
        if not note.exists():
            sys.exit("--modules reuse: nothing was built in %s" % folder)
        return "the module that %s built, unchanged" % note.read_text()
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, str(HERE / "api_build.py"), str(folder)], check=True,
                   stdout=subprocess.DEVNULL)
    note.write_text(this_python())
    return "the module built just now by %s" % this_python()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "demo",
                        help="where modules and dictionaries are built")
    parser.add_argument("--modules", choices=("auto", "build", "reuse"), default="auto",
                        help="build the API-mode module, or reuse the one in the folder\n"
                             "(auto: PyPy reuses what it finds)")
    parser.add_argument("--only", choices=("abi", "api", "cpp"), help="one part alone")
    options = parser.parse_args()
    chosen = [options.only] if options.only else ["abi", "api"] if IS_PYPY else ["abi", "api", "cpp"]

    table = Table()
    print("%s on %s, core: %s" % (this_python(), platform.platform(), core_name()))
    if "abi" in chosen:
        table.part("1. C, ABI mode: libraries opened with ffi.dlopen", run_abi)
    if "api" in chosen:
        table.part("2. C, API mode: from _demo import ffi, lib", run_api, options)
    if "cpp" in chosen:
        import cpp_mode
        table.part("3. C++: a reflection dictionary, loaded at run time", cpp_mode.run,
                   options.folder / "cpp")
    elif IS_PYPY and not options.only:
        print("\n3. C++: not run under PyPy")
    return table.finish()


def run_abi(table):
    import abi_mode
    abi_mode.run(table)


def run_api(table, options):
    folder = options.folder / "api"
    print("using " + build_api_module(folder, options.modules))
    sys.path.insert(0, str(folder))
    import api_mode
    api_mode.run(table)


def core_name():
    if IS_PYPY:
        return "PyPy's built-in _cffi_backend"
    if os.environ.get("CFFI_LIKE_ENGINE"):
        return os.environ["CFFI_LIKE_ENGINE"]
    try:
        import _cffi_like
    except ImportError as error:
        return "not built (%s)" % error
    return "native, " + os.path.basename(_cffi_like.__file__)


if __name__ == "__main__":
    sys.exit(main())
