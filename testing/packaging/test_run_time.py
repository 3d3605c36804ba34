"""What an installation without the core says when it is used."""

import shutil

import pytest
import support

BLOCK_CFFI = "import sys; sys.modules['_cffi_backend'] = None\n"


def package_without_core(folder, reason=None):
    """A copy of the installed cffi_like, as an installation leaves it where compiling failed."""
    import cffi_like
    source = cffi_like.__path__[0]
    copy = folder / "cffi_like"
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns("*.so", "*.pyd", "__pycache__"))
    # Lest that of the installation is found.
    (folder / "_cffi_like.py").write_text("raise ImportError('the core is not there')\n")
    if reason:
        (copy / "_core_missing.txt").write_text(reason)
    return str(folder)


def use(folder, before=""):
    code = before + "from cffi_like import FFI; print(FFI().sizeof('int'))"
    return support.run_python(code, check=False,
                              env={"PYTHONPATH": folder, "CFFI_LIKE_ENGINE": ""})


@pytest.mark.skipif(support.IS_PYPY, reason="PyPy always has its own core")
def test_without_any_core_the_message_says_why(tmp_path):
    """No core and no cffi: ImportError repeats what setup.py found missing."""
    folder = package_without_core(tmp_path, "missing: C compiler (cc: not there)\n  apt: apt-get install gcc\n")
    done = use(folder, BLOCK_CFFI)
    assert done.returncode != 0
    assert "ImportError" in done.stdout
    assert "missing: C compiler (cc: not there)" in done.stdout
    assert "cffi" in done.stdout


def test_without_the_core_the_c_side_works_through_cffi(tmp_path):
    """No core, but cffi (or PyPy's own core): the C side works."""
    folder = package_without_core(tmp_path, "missing: C compiler\n")
    done = use(folder)
    assert done.returncode == 0, done.stdout
    assert done.stdout.split() == [str(4)]
