"""The C core compiles without a warning."""

import subprocess
import sys

import pytest
import sources

sys.path.insert(0, str(sources.ROOT / "c_backend"))
import toolchain  # noqa: E402

UNITS = sources.files(".c", ".cpp", under="c_backend/")


@pytest.mark.parametrize("name", UNITS)
def test_compiles_without_warnings(name, tmp_path):
    """-Wall -Wextra has nothing to say about any file (-O2, so that it looks at the flow too)."""
    if name.endswith(".c"):
        command = toolchain.c_compiler() + ["-std=c11"]
    else:
        command = toolchain.cxx_compiler() + ["-std=c++17"]
    command += ["-Wall", "-Wextra", "-Werror", "-O2", "-fPIC", "-fvisibility=hidden"]
    command += toolchain.python_include_flags() + toolchain.libffi_flags()[0]
    done = subprocess.run(command + ["-c", name, "-o", str(tmp_path / "unit.o")], cwd=sources.ROOT,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert done.returncode == 0, done.stdout.decode(errors="replace")
