"""Building and packing: the core is optional, what is missing is named, the sdist is whole.

Runs setup.py on a copy of the project, so nothing is left in the tree.
"""

import os
import shutil
import subprocess
import sys
import tarfile

import pytest
import support

SOURCES = ("cffi_like", "cppbind", "c_backend", "testing", "docs", ".ci", "setup.py", "README.md",
           "pyproject.toml", "Makefile", "CHANGELOG.md", "LICENSE")
MANAGERS = ("apt-get install -y", "dnf install -y", "apk add", "brew install")
BUILT = shutil.ignore_patterns("*.so", "*.o", "*.pyc", "__pycache__", "_core_missing.txt")

on_cpython = pytest.mark.skipif(support.IS_PYPY, reason="PyPy has its own core: nothing is built")


@pytest.fixture
def project(tmp_path):
    """A copy of the sources, without anything built."""
    root = tmp_path / "project"
    root.mkdir()
    for name in SOURCES:
        if (support.ROOT / name).is_dir():
            shutil.copytree(support.ROOT / name, root / name, ignore=BUILT)
        else:
            shutil.copy(support.ROOT / name, root / name)
    return root


def setup_py(project, *arguments, check=True, **environment):
    clean = {name: value for name, value in os.environ.items()
             if name not in ("CFFI_LIKE_CORE", "CC", "CXX", "CFLAGS", "LDFLAGS")}
    return support.run([sys.executable, "setup.py"] + list(arguments), cwd=str(project), check=check,
                       env=dict(clean, **environment))


def built_file(project, name):
    return list(project.glob("build/lib*/" + name))


@on_cpython
def test_without_a_compiler_the_build_succeeds_and_says_so(project):
    """No compiler: packages are built, the message says what is missing and what works."""
    done = setup_py(project, "build", CC="no-such-compiler")
    assert built_file(project, "cffi_like/__init__.py") and not built_file(project, "_cffi_like*")
    assert "WITHOUT its compiled core" in done.stdout
    assert "missing: C compiler (no-such-compiler: No such file or directory)" in done.stdout
    assert "pip install 'cffi-like[cffi]'" in done.stdout
    assert [manager for manager in MANAGERS if manager not in done.stdout] == []


@on_cpython
def test_without_a_c_plus_plus_compiler_the_c_side_is_native(project):
    """The core is built without its C++ parts; only cppbind does not work, and says why."""
    done = setup_py(project, "build_ext", "--inplace", CXX="no-such-compiler", CFLAGS="-O0")
    assert "No C++ compiler was found" in done.stdout and "gcc-c++" in done.stdout
    code = """
        import sys
        sys.path[:] = [folder for folder in sys.path if "site-packages" not in folder]      # another core lies there
        import _cffi_like
        from cffi_like import FFI
        ffi = FFI()
        ffi.cdef("int abs(int);")
        assert ffi.dlopen(None).abs(-3) == 3 and not _cffi_like.CPP_AVAILABLE
        import cppbind
        try:
            cppbind.gbl
        except ImportError as error:
            print(error)
    """
    said = support.run_python(code, env={"PYTHONPATH": str(project), "CFFI_LIKE_ENGINE": "native"}).stdout
    assert "compiled with a C++ compiler" in said


@on_cpython
def test_the_reason_is_kept_for_run_time(project):
    """The installed package knows why it has no core."""
    setup_py(project, "build", CC="no-such-compiler")
    reason, = built_file(project, "cffi_like/_core_missing.txt")
    assert "no-such-compiler" in reason.read_text()


@on_cpython
def test_missing_libffi_is_named(project):
    """Without ffi.h the message names libffi's development package for each manager."""
    done = setup_py(project, "build", LIBFFI_CFLAGS="", LIBFFI_LIBS="-lno_such_libffi")
    assert "missing: ffi.h" in done.stdout
    for package in ("libffi-dev pkg-config", "libffi-devel", "apk add libffi-dev", "brew install libffi"):
        assert package in done.stdout


@on_cpython
def test_a_core_that_does_not_compile_is_reported(project):
    """A compiler's error leaves an installation that works without the core."""
    for path in list(project.glob("c_backend/*.c")) + list(project.glob("c_backend/*.cpp")):
        path.unlink()
    (project / "c_backend" / "broken.c").write_text("this is no C\n")
    done = setup_py(project, "build")
    assert "WITHOUT its compiled core" in done.stdout
    assert "broken.c does not compile" in done.stdout and "pip install -v" in done.stdout
    assert not built_file(project, "_cffi_like*")


@on_cpython
def test_require_makes_it_an_error(project):
    """CFFI_LIKE_CORE=require is for those who must have the core."""
    done = setup_py(project, "build", check=False, CC="no-such-compiler", CFFI_LIKE_CORE="require")
    assert done.returncode != 0
    assert "missing: C compiler" in done.stdout


@on_cpython
def test_skip_builds_nothing(project):
    """CFFI_LIKE_CORE=skip does not look for a compiler."""
    done = setup_py(project, "build", CFFI_LIKE_CORE="skip")
    assert "CFFI_LIKE_CORE=skip was set" in done.stdout
    assert not built_file(project, "_cffi_like*")


def test_a_misspelt_choice_is_refused(project):
    """CFFI_LIKE_CORE takes three words; another one is an error, not a default."""
    done = setup_py(project, "build", check=False, CFFI_LIKE_CORE="yes")
    assert done.returncode != 0
    assert "CFFI_LIKE_CORE is 'yes': not auto, require or skip" in done.stdout


def test_the_sdist_is_whole(project, tmp_path):
    """Everything that the project consists of is in the sdist, C headers included."""
    setup_py(project, "sdist", "--dist-dir", str(tmp_path / "dist"))
    archive, = (tmp_path / "dist").glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        packed = {name.partition("/")[2] for name in tar.getnames()}
    expected = {str(path.relative_to(project)) for name in SOURCES
                for path in [project / name] + sorted((project / name).rglob("*"))
                if path.is_file() and ".egg-info" not in str(path) and "__pycache__" not in str(path)}
    assert expected - packed == set()
    assert "c_backend/core.h" in packed and "c_backend/toolchain.py" in packed


def test_the_report_names_packages(tmp_path):
    """`toolchain.py` alone (what `make` runs first) names the packages too, and fails."""
    done = subprocess.run([sys.executable, str(support.ROOT / "c_backend" / "toolchain.py")],
                          env={"PATH": str(tmp_path), "CC": "no-such-cc", "CXX": "no-such-c++"},
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    said = done.stdout.decode()
    assert done.returncode == 1
    assert "missing: C compiler (no-such-cc" in said and "missing: C++ compiler (no-such-c++" in said
    for packages in ("gcc libc6-dev g++", "gcc glibc-devel gcc-c++", "gcc musl-dev g++", "brew install gcc"):
        assert packages in said
