"""Python functions called from C."""

import pytest
from cffi_like import FFI


@pytest.fixture(scope="module")
def ffi():
    ffi = FFI()
    ffi.cdef("void qsort(void *, size_t, size_t, int (*)(const void *, const void *));")
    return ffi


def test_qsort(ffi):
    """C sorts with Python's comparison."""
    @ffi.callback("int(const void *, const void *)")
    def compare(a, b):
        return ffi.cast("int *", a)[0] - ffi.cast("int *", b)[0]

    array = ffi.new("int[]", [3, 1, 2])
    ffi.dlopen(None).qsort(array, 3, ffi.sizeof("int"), compare)
    assert list(array) == [1, 2, 3]


@pytest.mark.parametrize("cdecl", ["int(int)", "int(*)(int)"])
def test_both_spellings(ffi, cdecl):
    """The function type and the pointer type are both understood, also as a ctype."""
    assert ffi.callback(cdecl, lambda x: x + 1)(4) == 5
    assert ffi.callback(ffi.typeof("int(*)(int)"), lambda x: x + 1)(4) == 5
    assert ffi.typeof(ffi.callback(cdecl, abs)) is ffi.typeof("int(*)(int)")


def test_errors_in_callbacks(ffi, capsys, monkeypatch):
    """The error value goes back to C; onerror sees the exception."""
    import sys
    monkeypatch.setattr(sys, "unraisablehook", lambda *args: None, raising=False)

    def fail(x):
        raise KeyError(x)

    assert ffi.callback("int(int)", fail)(1) == 0
    assert ffi.callback("int(int)", fail, error=-7)(1) == -7
    seen = []

    def onerror(kind, value, traceback):
        seen.append((kind, value.args, traceback is not None))
        return 99

    assert ffi.callback("int(int)", fail, onerror=onerror)(3) == 99
    assert seen == [(KeyError, (3,), True)]
    capsys.readouterr()


def test_mistakes(ffi):
    """No callable, no function type, a variadic type, a wrong error value."""
    with pytest.raises(TypeError, match="not callable"):
        ffi.callback("int(int)", 5)
    with pytest.raises(TypeError):
        ffi.callback("int", lambda: 0)
    with pytest.raises(TypeError):
        ffi.callback(3, lambda: 0)
    with pytest.raises(NotImplementedError):
        ffi.callback("int(int, ...)", lambda x: 0)
    with pytest.raises(TypeError):
        ffi.callback("int(int)", lambda x: 0, error="x")
