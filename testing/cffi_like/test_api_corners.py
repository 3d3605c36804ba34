"""Corners of modules built from C source, each in a module of its own.

Neighbour: test_api_mode.py, one module with everything ordinary.
"""

import sys
import threading

import pytest
import support
from built_modules import build, fresh_name, import_from

from cffi_like import FFI


def test_members_of_a_partial_anonymous_record_lie_anywhere(tmp_path):
    """With `...` they need not be together, nor in a record at all."""
    module = build(tmp_path, "struct s { struct { char b; ...; }; union { char c, d; }; };"
                   "struct t { union { char c, d; }; struct { int a; char b; }; ...; };",
                   "struct s { int a, padding; char c, d, b; };"
                   "struct t { int a, padding; char c, d, b; };")
    for name in ("struct s", "struct t"):
        assert module.ffi.sizeof(name) == 12
        assert [module.ffi.offsetof(name, member) for member in "bcd"] == [10, 8, 9]
    value = module.ffi.new("struct t *", {"a": 5, "b": b"x", "d": b"y"})
    assert (value.a, value.b, value.c, value.d) == (5, b"x", b"\0", b"y")


def test_nested_plain_structs_by_value(tmp_path):
    """A struct of structs and arrays, of every size that the ABI treats apart."""
    sizes = (1, 3, 8, 12, 16, 17, 40)
    cdef = "".join("struct a%d { char c[%d]; }; struct b%d { struct a%d in[2]; double d; };"
                   "struct a%d fa%d(struct a%d, int); struct b%d fb%d(int, struct b%d);"
                   % ((n,) * 10) for n in sizes)
    source = "".join("struct a%d { char c[%d]; }; struct b%d { struct a%d in[2]; double d; };"
                     "static struct a%d fa%d(struct a%d x, int k) { x.c[%d - 1] += k; return x; }"
                     "static struct b%d fb%d(int k, struct b%d x) { x.in[1].c[0] += k;"
                     " x.d *= 2; return x; }" % ((n,) * 11) for n in sizes)
    module = build(tmp_path, cdef, source)
    for n in sizes:
        text = bytes(range(65, 65 + n))
        result = getattr(module.lib, "fa%d" % n)([text], 3)
        assert module.ffi.buffer(module.ffi.addressof(result))[:] == \
            text[:-1] + bytes([text[-1] + 3])
        result = getattr(module.lib, "fb%d" % n)(4, {"in": [[text], [text]], "d": 1.5})
        assert result.d == 3.0 and getattr(result, "in")[1].c[0] == b"E"
        assert getattr(result, "in")[0].c[n - 1] == text[-1:]


def test_names_that_generated_code_might_use(tmp_path):
    """No name of the user is hidden by a local name of the generated text."""
    names = ["p", "q", "v", "x0", "out", "index", "result", "address", "constant", "table"]
    cdef = "".join("extern int %s; int get_%s(void); struct s_%s { int %s; ...; };"
                   "int f_%s(int %s);" % ((name,) * 6) for name in names)
    source = "".join("static int %s = %d; static int get_%s(void) { return %s; }"
                     "struct s_%s { char c; int %s; }; static int f_%s(int i) { return i + %s; }"
                     % (name, number, name, name, name, name, name, name)
                     for number, name in enumerate(names))
    module = build(tmp_path, cdef, "#define index user_index\n" + source)
    for number, name in enumerate(names):
        assert getattr(module.lib, name) == number
        setattr(module.lib, name, number + 100)
        assert getattr(module.lib, "get_" + name)() == number + 100
        assert getattr(module.lib, "f_" + name)(1) == number + 101
        assert module.ffi.offsetof("struct s_" + name, name) == 4


@pytest.mark.parametrize("release_gil", [True, False])
def test_release_gil(tmp_path, release_gil):
    """`cdef(..., release_gil=False)` keeps the GIL around the call: no other thread
    runs.  Cores other than ours release it always."""
    ffi = FFI()
    ffi.cdef("int wait(volatile int *flag, int rounds); struct s { int x; ...; };"
             "struct s wait_s(struct s, volatile int *flag, int rounds);",
             release_gil=release_gil)
    name = fresh_name("gil")
    ffi.set_source(name, """
        #include <unistd.h>
        struct s { char c; int x; };
        static int wait(volatile int *flag, int rounds)
        { while (!*flag && rounds--) usleep(1000); return *flag; }
        static struct s wait_s(struct s s, volatile int *flag, int rounds)
        { s.x = wait(flag, rounds); return s; }
    """)
    ffi.compile(str(tmp_path))
    module = import_from(tmp_path, name)
    kept = support.engine_name() == "native" and not release_gil
    # Made and called once before: what is imported for that releases the GIL as it reads files.
    done = module.ffi.new("int *", 1)
    assert module.lib.wait(done, 1) == module.lib.wait_s([0], done, 1).x == 1
    rounds = 50 if kept else 20000
    for call in (lambda flag: module.lib.wait(flag, rounds),
                 lambda flag: module.lib.wait_s([0], flag, rounds).x):
        flag = module.ffi.new("int *")
        started = threading.Event()

        def raise_flag(flag=flag, started=started):
            started.wait()
            flag[0] = 1
        thread = threading.Thread(target=raise_flag)
        thread.start()
        old = sys.getswitchinterval() if hasattr(sys, "getswitchinterval") else None
        if old is not None:
            sys.setswitchinterval(10.0)
        try:
            started.set()
            result = call(flag)
        finally:
            if old is not None:
                sys.setswitchinterval(old)
        thread.join()
        assert result == (0 if kept else 1)


def test_a_variable_that_is_a_macro_is_evaluated_at_each_access(tmp_path):
    """Also one for each thread: its address is not kept."""
    module = build(tmp_path, """
        extern int current;
        extern int per_thread;
        extern int open_[];
        extern const int snapshot;
        extern int position;
        int incomplete_sum(void);
        extern int incomplete[3];
    """, """
        static int position, values[4] = { 10, 20, 30, 40 };
        #define current values[position]
        #define open_ (values + position)
        static __thread int per_thread = 1;
        #define snapshot (position * 2)
        extern int incomplete[];
        static int incomplete_sum(void) { return incomplete[0] + incomplete[2]; }
        int incomplete[3] = { 1, 2, 3 };
    """.replace("extern const int snapshot;", ""))
    lib = module.lib
    assert (lib.current, lib.open_[0]) == (10, 10)
    lib.position = 2
    assert (lib.current, lib.open_[0]) == (30, 30)
    lib.current = 33
    lib.position = 0
    assert (lib.current, lib.open_[2]) == (10, 33)
    seen = []
    lib.per_thread = 5
    thread = threading.Thread(target=lambda: seen.append(lib.per_thread))
    thread.start()
    thread.join()
    assert (seen, lib.per_thread) == ([1], 5)
    lib.incomplete[2] = 7
    assert lib.incomplete_sum() == 8


def test_a_macro_variable_is_evaluated_once_for_each_access(tmp_path):
    """Also when it calls back into Python; NULL is an exception."""
    module = build(tmp_path, "extern int value; extern int *(*get_value)(void);",
                   "static int *(*get_value)(void);\n#define value (*get_value())")
    ffi, lib = module.ffi, module.lib
    values = ffi.new("int[5]", [41])
    count = iter(range(5))
    getter = ffi.callback("int *(*)(void)", lambda: values + next(count, 100)
                          if len(seen) < 4 else ffi.NULL)
    seen = []
    lib.get_value = getter
    seen.append(lib.value)
    pointer = ffi.addressof(lib, "value")
    seen.append(pointer == values + 1)
    lib.value = 42
    seen.append(values[2])
    seen.append(lib.value)
    assert seen == [41, True, 42, 0]
    for access in (lambda: lib.value, lambda: setattr(lib, "value", 3),
                   lambda: ffi.addressof(lib, "value")):
        with pytest.raises(ffi.error, match="global variable 'value' is at address NULL"):
            access()


def test_things_of_unknown_size(tmp_path):
    """An opaque constant or variable has no value in Python, but a variable has an
    address."""
    module = build(tmp_path, """
        typedef ... opaque;
        static const opaque CONSTANT;
        extern opaque variable;
        opaque *get(void);
        typedef float... odd;
        odd half(odd);
        int fine(void);
    """, """
        typedef struct { int x; } opaque;
        #define CONSTANT variable
        static opaque variable;
        static opaque *get(void) { return &variable; }
        typedef unsigned long odd;
        static odd half(odd x) { return x / 2; }
        static int fine(void) { return 3; }
    """)
    lib, ffi = module.lib, module.ffi
    with pytest.raises(ffi.error, match="constant 'CONSTANT' is of type 'opaque', whose size"):
        _ = lib.CONSTANT
    with pytest.raises(TypeError):
        lib.variable = []
    assert ffi.addressof(lib, "variable") == lib.get()
    with pytest.raises(ffi.error, match="not a float type at all"):
        _ = lib.half
    assert lib.fine() == 3


def test_a_struct_that_only_a_typedef_of_a_pointer_names(tmp_path):
    """It is measured through the typedef, and can be partial."""
    module = build(tmp_path, """
        typedef struct { int x; ...; } *boxed;
        typedef struct { char c; short s; } **twice;
        boxed make(int);
        int get(boxed);
        short through(twice);
    """, """
        typedef struct { double hidden; int x; } *boxed;
        typedef struct { char c; short s; } **twice;
        static boxed make(int x) { boxed b = malloc(sizeof *b); b->x = x; return b; }
        static int get(boxed b) { int x = b->x; free(b); return x; }
        static short through(twice t) { return (*t)->s; }
    """)
    ffi, lib = module.ffi, module.lib
    value = lib.make(4)
    assert value.x == 4 and ffi.sizeof(value[0]) == 16
    value.x = 9
    assert lib.get(value) == 9
    inner = ffi.new(ffi.typeof("twice").item, {"s": 6})
    assert lib.through(ffi.new("twice", inner)) == 6
