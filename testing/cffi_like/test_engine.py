"""Which core is chosen, and what is said when there is none."""

import pytest
import support

on_cpython = pytest.mark.skipif(support.IS_PYPY, reason="PyPy has one core, its own")


def test_the_engine_has_the_whole_interface():
    """Every name of the seam is there, whatever is below."""
    from cffi_like import engine
    names = """new_void_type new_primitive_type new_pointer_type new_array_type new_struct_type
        new_union_type complete_struct_or_union new_enum_type new_function_type newp cast sizeof
        alignof typeof typeoffsetof rawaddressof getcname string unpack buffer memmove gcp release
        newp_handle from_handle from_buffer callback get_errno set_errno load_library
        function_at CData CType FFI_DEFAULT_ABI FFI_CDECL RTLD_NOW RTLD_LAZY RTLD_GLOBAL
        RTLD_LOCAL SF_PACKED""".split()
    found = engine.load()
    assert [name for name in names if not hasattr(found, name)] == []
    assert engine.load() is found


def test_function_at(compile_shared):
    """A callable for a known address."""
    from cffi_like import FFI, engine
    ffi = FFI()
    ffi.cdef("int twice(int);")
    lib = ffi.dlopen(str(compile_shared("int twice(int x) { return 2 * x; }")))
    address = int(ffi.cast("intptr_t", lib.twice))
    twice = engine.load().function_at(ffi.typeof("int(*)(int)"), address, "twice",
                                      release_gil=False)
    assert twice(21) == 42 and ffi.typeof(twice) is ffi.typeof("int(*)(int)")


@on_cpython
def test_an_unknown_choice(run_python):
    """A misspelt CFFI_LIKE_ENGINE is an ImportError that lists the right ones."""
    run_python("""
        import os
        os.environ["CFFI_LIKE_ENGINE"] = "fast"
        from cffi_like import engine
        try:
            engine.load()
        except ImportError as error:
            assert "CFFI_LIKE_ENGINE='fast': expected 'native' or 'cffi'" in str(error)
        else:
            raise AssertionError
    """)


@on_cpython
def test_no_core_at_all(run_python):
    """One ImportError that says what was tried and how to get one."""
    run_python("""
        import os, sys
        os.environ.pop("CFFI_LIKE_ENGINE", None)
        sys.modules["_cffi_backend"] = None
        sys.modules["_cffi_like"] = None
        try:
            from cffi_like import FFI
        except ImportError as error:
            text = str(error)
            assert "native:" in text and "cffi:" in text and "install the package 'cffi'" in text
        else:
            raise AssertionError
    """)


@pytest.mark.skipif(support.engine_name() != "native", reason="needs the native core")
def test_the_native_core_comes_first(run_python):
    """Without a choice the native core is taken."""
    run_python("""
        import os
        os.environ.pop("CFFI_LIKE_ENGINE", None)
        import _cffi_like
        from cffi_like import engine
        assert engine.load() is _cffi_like
    """)


def test_a_backend_given_by_the_user():
    """FFI(backend=...) works on that module alone."""
    _cffi_backend = pytest.importorskip("_cffi_backend")
    from cffi_like import FFI
    ffi = FFI(backend=_cffi_backend)
    ffi.cdef("struct s { int x; };")
    p = ffi.new("struct s *", [4])
    assert isinstance(p, ffi.CData) and ffi.string(ffi.new("char[]", b"x")) == b"x"
    assert type(ffi.typeof("int")) is _cffi_backend.CType and p.x == 4
