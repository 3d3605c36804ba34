"""What is known of a library's file before it is opened."""

import support

from cffi_like.library_file import problem_with


def library():
    return support.compile_shared("int f(void) { return 1; } int g = 3;")


def test_a_whole_library_is_fine():
    """Nothing is known against a file that the linker wrote."""
    assert problem_with(library()) is None


def test_every_truncation_that_the_loader_would_map_is_found(tmp_path):
    """Wherever a segment is cut, the message gives both lengths."""
    content = open(library(), "rb").read()
    path = tmp_path / "lib.so"
    for size in range(64, len(content), 500):
        path.write_bytes(content[:size])
        problem = problem_with(str(path))
        if problem is None:     # only the section table is missing: not mapped
            support.run_python("import sys; from cffi_like import FFI; FFI().dlopen(sys.argv[1])", path)
        else:
            assert "truncated" in problem and "it has %d" % size in problem
    path.write_bytes(content[:30])
    assert "ELF header has 30 bytes" in problem_with(str(path))


def test_other_files_are_left_to_the_loader(tmp_path):
    """Text, an empty file and a missing one are none of this module's business."""
    path = tmp_path / "x.so"
    for content in (b"", b"hello", b"\x7fELF\x09" + bytes(60)):
        path.write_bytes(content)
        assert problem_with(str(path)) is None
    assert problem_with(str(tmp_path / "missing.so")) is None
