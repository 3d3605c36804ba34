"""ffi.cdef() of whole preprocessed headers, as `gcc -E` writes them."""

import os
import subprocess

import pytest
import support

from cffi_like import CDefError, FFI


def preprocessed(*headers):
    """The text of headers and of all they include, by the C compiler."""
    header = headers[0]
    done = subprocess.run([*support._compiler("c"), "-E", "-"], input="".join("#include <%s>\n" % name for name in headers),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
    if done.returncode:
        if header in OPTIONAL:
            pytest.skip("the header is not installed")
        raise AssertionError(done.stderr)
    return done.stdout


OPTIONAL = ("sqlite3.h", "zlib.h", "png.h", "X11/Xlib.h")


@pytest.mark.parametrize("header", [
    *OPTIONAL, "stdio.h", "stdlib.h", "string.h", "math.h", "complex.h", "unistd.h", "sys/socket.h", "sys/stat.h",
    "time.h", "signal.h", "pthread.h", "errno.h", "netdb.h", "termios.h", "dirent.h", "fcntl.h", "locale.h",
    "wchar.h", "inttypes.h", "setjmp.h", "poll.h", "dlfcn.h"])
def test_whole_headers(header, monkeypatch):
    """Nothing has to be cut out of a preprocessed header: all of it is declared by the own grammar."""
    monkeypatch.setenv("CFFI_LIKE_PARSER", "builtin")
    ffi = FFI()
    ffi.cdef(preprocessed(header))
    assert ffi._declarations.functions


@pytest.mark.filterwarnings("ignore:Global variable")
def test_what_a_header_declares_works():
    """Functions, structs, inline functions and symbols with another name, out of headers as they are."""
    ffi = FFI()
    ffi.cdef(preprocessed("stdio.h", "stdlib.h", "time.h", "math.h", "string.h"))
    lib = ffi.dlopen(None)
    buffer = ffi.new("char[]", 40)
    assert lib.snprintf(buffer, 40, b"%d %s", ffi.cast("int", 3), ffi.new("char[]", b"x")) == 3
    assert lib.div(7, 2).quot == 3 and lib.strtol(b"42", ffi.NULL, 10) == 42
    time = ffi.new("time_t *", 0)
    assert lib.gmtime(time).tm_year == 70
    # <string.h> gives strerror_r the symbol __xpg_strerror_r where POSIX rules.
    assert lib.strerror_r(2, buffer, 40) == 0 and b"No such file" in ffi.string(buffer)
    assert ffi.dlopen("m").cos(0.0) == 1.0
    assert ffi.sizeof("int8_t") == 1 and ffi.sizeof("u_int64_t") == 8


def test_a_header_of_sockets():
    """Structs from <sys/socket.h> have the layout of C."""
    ffi = FFI()
    ffi.cdef(preprocessed("sys/socket.h"))
    assert ffi.sizeof("struct sockaddr") == 16 and ffi.sizeof("struct sockaddr_storage") == 128
    pair = ffi.new("int[2]")
    lib = ffi.dlopen(None)
    assert lib.socketpair(1, lib.SOCK_STREAM, 0, pair) == 0
    for number in pair:
        os.close(number)


def test_bodies_of_inline_functions_are_skipped():
    """An inline function is declared; what it does stays with the compiler.  Others are refused."""
    ffi = FFI()
    ffi.cdef("static __inline__ int one(int x) { if (x) { return '}' + 1; } return x; } int two(int);")
    assert list(ffi._declarations.functions) == ["one", "two"]
    with pytest.raises(CDefError, match="cdef:1:5: 'f' has a body"):
        ffi.cdef("int f(void) { return 1; }")
    with pytest.raises(CDefError, match="cdef:1:26: '{' is never closed"):
        ffi.cdef("static inline int g(int) { return 1;")


def test_asm_labels(tmp_path):
    """An asm label names the symbol, in line and out of line."""
    path = support.compile_shared("int real_f(int x) { return x + 1; } int real_v = 5;", "labels")
    text = 'int f(int) __asm__("" "real_f") __attribute__((pure)); extern int v asm("real_v");'
    ffi = FFI()
    ffi.cdef(text)
    ffi.set_source("_labels_abi", None)
    ffi.emit_python_code(str(tmp_path / "_labels_abi.py"))
    names = {}
    exec((tmp_path / "_labels_abi.py").read_text(), names)
    for one in (ffi, names["ffi"]):
        lib = one.dlopen(str(path))
        assert lib.f(1) == 2 and lib.v == 5 and one.addressof(lib, "v")[0] == 5
        lib.v = 6
        assert lib.v == 6
        lib.v = 5
    with pytest.raises(CDefError, match="expected the symbol as a string"):
        ffi.cdef("int g(int) asm(real);")


@pytest.mark.parametrize("text, size, lowest", [
    ("typedef int t __attribute__((__mode__(__QI__)));", 1, -1), ("typedef unsigned t __attribute__((mode(DI)));", 8, 0),
    ("typedef int t __attribute__((__mode__(__word__)));", 8, -1)])
def test_modes(text, size, lowest):
    """The attribute `mode` gives the width, the type the sign."""
    ffi = FFI()
    ffi.cdef(text)
    assert ffi.sizeof("t") == size and min(0, int(ffi.cast("t", -1))) == lowest


def test_other_spellings():
    """GCC's spellings of keywords, and the types that compilers know by themselves."""
    ffi = FFI()
    ffi.cdef("typedef __signed__ char a; typedef _Float32 b; typedef _Float64 c; typedef __complex__ double d;"
             "int vprint(const char *, __builtin_va_list); _Float128 quad(_Float128);")
    assert [ffi.typeof(name).cname for name in "abc"] == ["signed char", "float", "double"]
    if not support.IS_PYPY:       # whose core has no complex types
        assert ffi.sizeof("d") == 16
    with pytest.raises(CDefError, match="mode 'TF' is not supported"):
        ffi.cdef("typedef float t __attribute__((mode(TF)));")


@pytest.mark.parametrize("text, message", [
    ("static const struct s *p = &;", "cdef:1:29: unexpected ';', expected an expression"),
    ("extern int a[] = {, 2};", "unexpected ',', expected an expression"),
    ("extern int a[] = {1 2;};", "unexpected ';', expected ',' or '}'"),
    ("enum e {};", "cdef:1:9: unexpected '}', expected an enumerator"),
    ("int f(int a[static ]);", "expected the length that 'static' is for"),
    ("struct s { static int x; };", "a member cannot be 'static'"),
    ("struct s { register int x; };", "a member cannot be 'register'"),
    ("int f(typedef int x);", "a parameter cannot be 'typedef'"),
    ("int f(int", "unexpected end of the text"),
])
def test_texts_that_are_no_c(text, message, monkeypatch):
    """What no compiler takes is refused at its place."""
    monkeypatch.setenv("CFFI_LIKE_PARSER", "builtin")
    with pytest.raises(CDefError) as caught:
        FFI().cdef(text)
    assert message in str(caught.value)


@pytest.mark.parametrize("text", [
    "extern int a[] = {1, 2,};", "static const struct s *p = &thing;", "extern struct s x = {.a = {1, 2}, .b = f(1, 2)};",
    "int f(register int);", "extern int a[2][2] = {{1, 2}, {3, 4}};", "extern int n = (1 + 2) * 3, m[3];"])
def test_initialisers_are_accepted(text, monkeypatch):
    """Values of variables are skipped, with designators and nested braces."""
    monkeypatch.setenv("CFFI_LIKE_PARSER", "builtin")
    FFI().cdef(text)
