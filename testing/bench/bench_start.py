"""How long does a program take to start: import, declarations, a compiled module?  Against CFFI.

Reads harness.py and peers.py.  Every sample is an interpreter of its own.
`python bench_start.py [--json FILE]`.
"""

import subprocess
import sys

import harness
import peers

FUNCTIONS = 500

FIRST_USE = """
import time
start = time.perf_counter()
from {package} import FFI
ffi = FFI()
ffi.cdef('''
    typedef struct {{ int x, y; }} point;
    int puts(const char *text);
    double pow(double x, double y);
    size_t strlen(const char *text);
''')
print(time.perf_counter() - start)
"""

# In proportions like those of a real header; every name depends on an earlier one now and then.
MANY = """
import time
parts = []
for i in range(600):
    parts.append("typedef struct s%d {{ int id; double weight; struct s%d *next; char name[16]; }} s%d_t;"
                 % (i, i, i))
    parts.append("enum e%d {{ E%d_A, E%d_B = 4, E%d_C }};" % ((i,) * 4))
    parts.append("#define LIMIT_%d %d" % (i, i * 7))
    parts.append("int f%d(s%d_t *item, const char *name, unsigned long flags);" % (i, i))
    parts.append("double g%d(enum e%d kind, double (*apply)(double, void *), void *data);" % (i, i))
text = "\\n".join(parts)
from {package} import FFI
ffi = FFI()
start = time.perf_counter()
ffi.cdef(text)
print(time.perf_counter() - start)
"""

REAL = """
import time
text = open({path!r}).read()
from {package} import FFI
ffi = FFI()
start = time.perf_counter()
ffi.cdef(text)
print(time.perf_counter() - start)
"""

# What CFFI's parser does not know; ours reads the header without this.
PLAIN = ["-D__attribute__(x)=", "-D__extension__=", "-D__restrict=", "-D__asm__(x)=", "-D__builtin_va_list=int"]

IMPORT = """
import sys, time
sys.path.insert(0, {folder!r})
start = time.perf_counter()
from {name} import ffi, lib
{use}
print(time.perf_counter() - start)
"""

# What a program does with the module after its import.
USES = (("%d functions" % FUNCTIONS, "lib.f7"),
        ("the same, a call and a new", "lib.f7(1, 2.0, ffi.NULL); ffi.new('struct item *')"))


def build_large_module(package):
    """An API-mode module with many functions and a struct; returns its name."""
    name = "_bench_large_%s" % package
    numbers = range(FUNCTIONS)
    struct = "struct item { int id; double weight; struct item *next; char name[16]; };\n"
    peers.api_module(package, name,
                     struct + "\n".join("int f%d(int a, double b, const char *c);" % i for i in numbers),
                     struct + "\n".join("static int f%d(int a, double b, const char *c)"
                               " { return a + (int)b + (c != 0) + %d; }" % (i, i) for i in numbers))
    return name


def preprocessed(header):
    """The file with the text of a header as `cc -E` writes it, or None if it is not installed."""
    path = peers.FOLDER / (header.replace("/", "_") + ".i")
    path.parent.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["cc", "-E", "-P", *PLAIN, "-"], input="#include <%s>\n" % header, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, universal_newlines=True)
    if done.returncode:
        return None
    path.write_text(done.stdout)
    return str(path)


def questions():
    contestants = {"ours": "cffi_like", "CFFI": "cffi"}
    pair = ("ours", "CFFI")
    first = harness.Question("Import, first FFI() and a cdef of four lines", contestants, ["ours"],
                             {pair: 0.6}, unit="ms")
    many = harness.Question("cdef of 3,000 declarations", contestants, ["ours"], {pair: 0.7}, unit="ms")
    module = harness.Question("Import of a compiled module", contestants, ["ours"], {pair: 1.0}, unit="ms")
    for contestant, package in contestants.items():
        first.add_process("first use", contestant, FIRST_USE.format(package=package))
        many.add_process("cdef", contestant, MANY.format(package=package))
        with module.contestant(contestant):
            name = build_large_module(package)
            for label, use in USES:
                module.add_process(label, contestant, IMPORT.format(
                    folder=str(peers.FOLDER / name), name=name, use=use))
    real = harness.Question("cdef of a preprocessed header", contestants, ["ours"], {pair: 0.7}, unit="ms")
    path = preprocessed("sqlite3.h")
    if path is None:
        return [first, many, module]
    for contestant, package in contestants.items():
        real.add_process("sqlite3.h", contestant, REAL.format(package=package, path=path))
    return [first, many, real, module]


if __name__ == "__main__":
    sys.exit(harness.run([questions]))
