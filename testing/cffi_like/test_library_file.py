"""What is known of a library's file before it is opened."""

import pytest
import support

from cffi_like import FFI
from cffi_like.library_file import problem_with


def library():
    return support.compile_shared("int f(void) { return 1; } int g = 3;")


def test_a_whole_library_is_fine():
    """Nothing is known against a file that the linker wrote."""
    assert problem_with(library()) is None


def test_every_truncation_is_found(tmp_path):
    """Wherever the file is cut, the message gives both lengths, and dlopen() refuses it."""
    content = open(library(), "rb").read()
    path = tmp_path / "lib.so"
    for size in range(64, len(content), 500):
        path.write_bytes(content[:size])
        problem = problem_with(str(path))
        assert "truncated" in problem and "it has %d bytes" % size in problem
        with pytest.raises(OSError, match="truncated"):
            FFI().dlopen(str(path))
    path.write_bytes(content[:30])
    assert "ELF header has 30 bytes" in problem_with(str(path))


def test_other_files_are_left_to_the_loader(tmp_path):
    """Text, an empty file and a missing one are none of this module's business."""
    path = tmp_path / "x.so"
    for content in (b"", b"hello"):
        path.write_bytes(content)
        assert problem_with(str(path)) is None
    assert problem_with(str(tmp_path / "missing.so")) is None
