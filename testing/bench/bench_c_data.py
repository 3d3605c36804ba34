"""How long do fields, items, allocation and conversions of C data take?  Against CFFI.

Reads harness.py.  `python bench_c_data.py [--json FILE]`.
"""

import importlib
import sys

import harness

DECLARATIONS = """
    struct point { int x; double y; struct point *next; char name[16]; };
    struct flags { unsigned a : 3; int b : 5; };
"""
OURS, CFFI = "ours", "CFFI"

# (table, bar, {operation: statement})
TABLES = [
    ("C data: fields and items", 0.6, {
        "get p.x": "p.x", "set p.x": "p.x = 7", "get p.y": "p.y", "set p.y": "p.y = 1.5",
        "get p.next": "p.next", "get bit-field": "flags.b", "set bit-field": "flags.b = -3",
        "get a[5]": "a[5]", "set a[5]": "a[5] = 9", "get d[5]": "d[5]", "pointer[5]": "ap[5]",
        "p[0]": "p[0]", "int *: p[0]": "one[0]", "a[2:5]": "a[2:5]", "p.name": "p.name", "(a + 1)[5]": "computed[5]",
    }),
    ("C data: allocation", 0.5, {
        "new('struct point *')": "new('struct point *')", "new(ctype)": "new(point_type)",
        "new('int[100]')": "new('int[100]')", "new('int[]', 100)": "new('int[]', 100)",
    }),
    ("C data: conversions", 0.7, {
        "list of 1,000 to int[]": "new('int[]', numbers)", "unpack of 1,000 ints": "unpack(thousand, 1000)",
        "list(int[1000])": "list(thousand)", "string(char[16])": "string(text)",
        "buffer(int[1000])[:]": "buffer(thousand)[:]", "from_buffer(bytearray)": "from_buffer(raw)",
        "cast('int', 5)": "cast('int', 5)", "cast(ctype, pointer)": "cast(void_pointer, p)",
        "p + 1": "ap + 1", "p == q": "p == q", "int(cast)": "int(five)",
    }),
    ("C data: types", 0.7, {
        "typeof('int[10]')": "typeof('int[10]')", "sizeof('struct point')": "sizeof('struct point')",
        "typeof(p)": "typeof(p)", "offsetof": "offsetof('struct point', 'y')",
        "alignof": "alignof('struct point')", "getctype": "getctype('int[10]')",
        "addressof(p[0])": "addressof(record)", "new_handle": "new_handle(numbers)", "gc": "gc(p, hash)",
    }),
]


def names_of(package):
    ffi = importlib.import_module(package).FFI()
    ffi.cdef(DECLARATIONS)
    numbers = list(range(1000))
    array = ffi.new("int[10]")
    point = ffi.new("struct point *")
    names = {name: getattr(ffi, name) for name in
             ("new", "unpack", "string", "buffer", "from_buffer", "cast", "typeof", "sizeof", "offsetof",
              "alignof", "getctype", "addressof", "new_handle", "gc")}
    names.update(p=point, record=point[0], q=ffi.new("struct point *"), flags=ffi.new("struct flags *"), a=array,
                 d=ffi.new("double[10]"), ap=ffi.cast("int *", array), numbers=numbers,
                 one=ffi.new("int *"), computed=array + 1,
                 thousand=ffi.new("int[]", numbers), text=ffi.new("char[16]", b"some text"),
                 raw=bytearray(100), point_type=ffi.typeof("struct point *"),
                 void_pointer=ffi.typeof("void *"), five=ffi.cast("int", 5))
    return names


def questions():
    for title, bar, statements in TABLES:
        question = harness.Question(title, [OURS, CFFI], [OURS], {(OURS, CFFI): bar})
        for contestant, package in ((OURS, "cffi_like"), (CFFI, "cffi")):
            with question.contestant(contestant):
                names = names_of(package)
                for operation, statement in statements.items():
                    question.add(operation, contestant, statement, names)
        yield question


if __name__ == "__main__":
    sys.exit(harness.run([questions]))
