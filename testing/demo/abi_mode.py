"""Part 1: libraries that are already on the machine, opened with ffi.dlopen.

No compiler is involved.  Expected values come from Python's own modules.
"""

import math
import random
import sys
import zlib
from pathlib import Path

from cffi_like import FFI

DECLARATIONS = """
    unsigned long crc32(unsigned long crc, const unsigned char *buf, unsigned int len);
    unsigned long compressBound(unsigned long sourceLen);
    int compress2(unsigned char *dest, unsigned long *destLen,
                  const unsigned char *source, unsigned long sourceLen, int level);
    int uncompress(unsigned char *dest, unsigned long *destLen,
                   const unsigned char *source, unsigned long sourceLen);
    const char *zlibVersion(void);

    double pow(double x, double y);
    double hypot(double x, double y);
    float sqrtf(float x);

    typedef struct { int quot; int rem; } div_t;
    div_t div(int numerator, int denominator);
    void qsort(void *base, size_t count, size_t size,
               int (*compare)(const void *, const void *));
    int snprintf(char *str, size_t size, const char *format, ...);
    size_t strlen(const char *s);
    int toupper(int c);
"""


def library_name(linux, darwin):
    return darwin if sys.platform == "darwin" else linux


def run(table):
    ffi = FFI()
    ffi.cdef(DECLARATIONS)
    use_zlib(table, ffi)
    use_libm(table, ffi)
    use_libc(table, ffi, ffi.dlopen(None))


def use_zlib(table, ffi):
    libz = ffi.dlopen(library_name("libz.so.1", "libz.dylib"))
    # A real file of some size: the source of Python's own argparse.
    data = Path(sys.modules["argparse"].__file__).read_bytes()
    table.check("zlib: zlibVersion()", ffi.string(libz.zlibVersion()).decode(),
                zlib.ZLIB_RUNTIME_VERSION, "zlib.ZLIB_RUNTIME_VERSION")
    table.check("zlib: crc32 of argparse.py, %d bytes" % len(data),
                libz.crc32(0, data, len(data)), zlib.crc32(data), "zlib.crc32")

    packed = ffi.new("unsigned char[]", libz.compressBound(len(data)))
    size = ffi.new("unsigned long *", len(packed))
    status = libz.compress2(packed, size, data, len(data), 9)
    table.check("zlib: compress2(level 9) returns", status, 0, "zlib.h: Z_OK")
    packed_bytes = ffi.buffer(packed, size[0])[:]
    table.check("zlib: Python reads what C compressed", zlib.decompress(packed_bytes), data,
                "the file itself", show="%d -> %d bytes" % (len(data), len(packed_bytes)))

    packed_bytes = zlib.compress(data, 6)
    plain = ffi.new("unsigned char[]", len(data))
    size = ffi.new("unsigned long *", len(data))
    libz.uncompress(plain, size, ffi.from_buffer(packed_bytes), len(packed_bytes))
    table.check("zlib: C reads what Python compressed", bytes(ffi.buffer(plain, size[0])), data,
                "the file itself", show="%d -> %d bytes" % (len(packed_bytes), size[0]))


def use_libm(table, ffi):
    libm = ffi.dlopen(library_name("libm.so.6", "libm.dylib"))
    table.check("libm: pow(2, 0.5)", libm.pow(2, 0.5), math.pow(2, 0.5), "math.pow")
    table.check("libm: hypot(3, 4)", libm.hypot(3, 4), math.hypot(3, 4), "math.hypot")
    table.check("libm: sqrtf(6.25f), a float", libm.sqrtf(6.25), math.sqrt(6.25), "math.sqrt")


def use_libc(table, ffi, libc):
    numbers = random.Random(42).sample(range(-10**6, 10**6), 500)
    array = ffi.new("int[]", numbers)
    calls = []

    @ffi.callback("int(const void *, const void *)")
    def compare(left, right):
        a, b = ffi.cast("int *", left)[0], ffi.cast("int *", right)[0]
        calls.append((a, b))
        return (a > b) - (a < b)

    libc.qsort(array, len(array), ffi.sizeof("int"), compare)
    table.check("libc: qsort of 500 ints, compared in Python", ffi.unpack(array, len(array)),
                sorted(numbers), "sorted()", show="%d comparisons" % len(calls))

    text = ffi.new("char[]", 100)
    written = libc.snprintf(text, len(text), b"%s: %d items, %.3f %c %lu", ffi.new("char[]", b"total"),
                            ffi.cast("int", 42), ffi.cast("double", math.pi),
                            ffi.cast("char", b"x"), ffi.cast("unsigned long", 2**40))
    expected = "%s: %d items, %.3f %s %d" % ("total", 42, math.pi, "x", 2**40)
    table.check("libc: snprintf, variadic", ffi.string(text).decode(), expected, "Python's %")
    table.check("libc: snprintf's count", written, len(expected), "len()")

    result = libc.div(17, 5)
    table.check("libc: div(17, 5), a struct by value", (result.quot, result.rem), divmod(17, 5),
                "divmod")
    table.check("libc: strlen of 'h\\u00e9llo' in UTF-8", libc.strlen("h\u00e9llo".encode()),
                len("h\u00e9llo".encode()), "len()")
    table.check("libc: toupper of each letter",
                "".join(chr(libc.toupper(ord(letter))) for letter in "quick"), "QUICK", "str.upper")
