"""Modules built from C source: what their `ffi` and `lib` promise."""

import gc
import threading

import pytest
import support
from built_modules import build

CDEF = """
    #define ANSWER 42
    #define NEGATIVE ...
    #define HUGE_VALUE ...
    static const int COUNT;
    static const int CHECKED = 7;
    static const double RATIO;
    static char *const GREETING;
    static const char *const HOST;
    #define VERSION "1.2"
    #define SCALE 2.5
    static const struct pair ORIGIN;

    enum color { RED, GREEN = ..., BLUE, ... };
    enum { LOOSE_A, LOOSE_B = ... };
    typedef enum { SMALL_ONE = 1, SMALL_TWO } small_t;
    enum wide { WIDE = ..., ... };

    typedef int... id_t_;
    typedef int... flags_t;
    typedef float... real_t;
    typedef int size_alias[...];

    struct pair { int a; long b; };
    struct partial { int wanted; ...; };
    struct with_array { short values[...]; char tail[]; ...; };
    struct bits { unsigned a : 3; unsigned b : 5; int c; };
    struct outer { int kind; union { int i; double d; }; struct { char tag; int n; } in; };
    struct half { struct { int x; ...; } in; ...; };
    union number { int i; float f; };
    typedef struct { double x, y; } point;
    typedef struct node { struct node *next; int value; } node_t;
    typedef ... hidden;
    typedef ... *handle;
    #pragma pack(1)
    struct packed { char c; int i; };
    #pragma pack()

    int add(int a, int b);
    int TWICE(int);
    unsigned long long all_ones(void);
    id_t_ next_id(id_t_);
    real_t halve(real_t);
    struct pair swap(struct pair);
    struct partial bump(struct partial p, int by);
    union number as_number(float);
    struct bits bits_of(struct bits, int);
    double length2(point p);
    point middle(point, const point *);
    hidden *hidden_new(int);
    int hidden_value(hidden *);
    handle open_handle(int);
    int handle_value(handle);
    int sum_list(const node_t *);
    int count_color(enum color);
    int apply(int (*f)(int), int x);
    int format(char *out, size_t size, const char *fmt, ...);
    void set_errno(int);
    char first(const char *);
    float _Complex rotate(float _Complex);
    int narrow(int);

    extern int counter;
    extern int table[...];
    extern int matrix[...][3];
    extern int open_ended[];
    extern const char *names[2];
    extern struct pair shared;
    extern int (*hook)(int);
    extern double errno_like;
    void bump_counter(void);
    int call_hook(int);
"""

SOURCE = r"""
    #include <stdarg.h>
    #include <math.h>
    #include <complex.h>
    #define ANSWER 42
    #define NEGATIVE (-5)
    #define HUGE_VALUE 0xFFFFFFFFFFFFFFFFULL
    static const int COUNT = 12;
    static const int CHECKED = 7;
    #define RATIO 0.75
    #define GREETING "hello"
    #define HOST "localhost"
    #define VERSION "1.2"
    #define SCALE 2.5
    struct pair { int a; long b; };
    static const struct pair ORIGIN = { 3, 4 };

    enum color { RED, ORANGE, GREEN = 10, BLUE };
    enum { LOOSE_A, LOOSE_B = -9 };
    typedef enum { SMALL_ONE = 1, SMALL_TWO } small_t;
    enum wide { WIDE = 0x100000000 };
    typedef short id_t_;
    typedef unsigned char flags_t;
    typedef float real_t;
    typedef int size_alias[3];

    struct partial { char before[11]; int wanted; double after; };
    struct with_array { char c; short values[6]; char tail[]; };
    struct bits { unsigned a : 3; unsigned b : 5; int c; };
    struct outer { int kind; union { int i; double d; }; struct { char tag; int n; } in; };
    struct half { int before; struct { long y; int x; } in; };
    union number { int i; float f; };
    typedef struct { double x, y; } point;
    typedef struct node { struct node *next; int value; } node_t;
    typedef struct { int v; } hidden;
    typedef struct { int v; } *handle;
    #pragma pack(push, 1)
    struct packed { char c; int i; };
    #pragma pack(pop)

    static int add(int a, int b) { return a + b; }
    #define TWICE(x) ((x) * 2)
    static unsigned long long all_ones(void) { return ~0ULL; }
    static id_t_ next_id(id_t_ x) { return x + 1; }
    static real_t halve(real_t x) { return x / 2; }
    static struct pair swap(struct pair p) { struct pair r = { (int)p.b, p.a }; return r; }
    static struct partial bump(struct partial p, int by) { p.wanted += by; return p; }
    static union number as_number(float f) { union number n; n.f = f; return n; }
    static struct bits bits_of(struct bits b, int c) { b.a++; b.c = c; return b; }
    static double length2(point p) { return p.x * p.x + p.y * p.y; }
    static point middle(point a, const point *b)
    { point r = { (a.x + b->x) / 2, (a.y + b->y) / 2 }; return r; }
    static hidden *hidden_new(int v) { static hidden h; h.v = v; return &h; }
    static int hidden_value(hidden *h) { return h->v; }
    static handle open_handle(int v) { return (handle)hidden_new(v); }
    static int handle_value(handle h) { return h->v; }
    static int sum_list(const node_t *n) { int s = 0; for (; n; n = n->next) s += n->value; return s; }
    static int count_color(enum color c) { return (int)c + 1; }
    static int apply(int (*f)(int), int x) { return f(x); }
    static int format(char *out, size_t size, const char *fmt, ...)
    { va_list v; int n; va_start(v, fmt); n = vsnprintf(out, size, fmt, v); va_end(v); return n; }
    static void set_errno(int e) { errno = e; }
    static char first(const char *s) { return s[0]; }
    static float _Complex rotate(float _Complex z) { return z * I; }
    static int narrow(long long x) { return x == (int)x; }

    static int counter = 5;
    static int table[7] = { 1, 2, 3 };
    static int matrix[4][3] = { { 0 }, { 7, 8, 9 } };
    static int open_ended[3] = { 11, 12, 13 };
    static const char *names[2] = { "one", "two" };
    static struct pair shared = { 1, 2 };
    static int (*hook)(int);
    static double errno_like = 0.5;
    static void bump_counter(void) { counter++; }
    static int call_hook(int x) { return hook(x); }
"""


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    return build(tmp_path_factory.mktemp("demo"), CDEF, SOURCE)


@pytest.fixture(scope="module")
def ffi(demo):
    return demo.ffi


@pytest.fixture(scope="module")
def lib(demo):
    return demo.lib


# ---- constants -------------------------------------------------------------

@pytest.mark.parametrize("name, value", [
    ("ANSWER", 42), ("NEGATIVE", -5), ("HUGE_VALUE", 2 ** 64 - 1), ("COUNT", 12),
    ("CHECKED", 7), ("RATIO", 0.75), ("SCALE", 2.5), ("RED", 0), ("GREEN", 10),
    ("BLUE", 11), ("LOOSE_A", 0), ("LOOSE_B", -9), ("SMALL_TWO", 2), ("WIDE", 2 ** 32)])
def test_a_constant_has_the_compilers_value(lib, name, value):
    """Numbers come from the C compiler, with their sign and all 64 bits."""
    assert getattr(lib, name) == value
    assert type(getattr(lib, name)) is type(value)


def test_string_constants_are_char_pointers(ffi, lib):
    """`static char *const X;` is a cdata, as every `char *`."""
    assert ffi.string(lib.GREETING) == b"hello"
    assert ffi.typeof(lib.HOST) is ffi.typeof("char *")


def test_a_string_given_in_the_cdef_is_bytes(lib):
    """`#define VERSION "1.2"` is checked against the C source, and is bytes."""
    assert lib.VERSION == b"1.2"


def test_a_struct_constant_is_a_struct(lib):
    """A constant can have any type that can be copied."""
    assert (lib.ORIGIN.a, lib.ORIGIN.b) == (3, 4)


def test_constants_can_be_used_in_types(ffi):
    """`int[ANSWER]` asks the same table as lib.ANSWER."""
    assert ffi.sizeof("int[ANSWER]") == 42 * 4
    assert ffi.integer_const("GREEN") == 10


def test_constants_and_functions_cannot_be_written(lib):
    """Only variables can be assigned to."""
    for name in ("ANSWER", "add", "RED"):
        with pytest.raises(AttributeError, match="cannot write to function or constant"):
            setattr(lib, name, 1)
    assert lib.ANSWER == 42


# ---- types -----------------------------------------------------------------

def test_a_partial_struct_has_the_compilers_layout(ffi):
    """Fields behind `...` get their true offsets, and the struct its true size."""
    assert ffi.offsetof("struct partial", "wanted") == 12
    assert ffi.sizeof("struct partial") == 24
    assert ffi.new("struct partial *", {"wanted": 3}).wanted == 3


def test_field_length_and_flexible_member(ffi):
    """`[...]` in a field is counted by the compiler; `[]` stays open."""
    fields = dict(ffi.typeof("struct with_array").fields)
    assert fields["values"].type is ffi.typeof("short[6]")
    assert fields["values"].offset == 2
    assert ffi.new("struct with_array *", [[1], b"abc"]).tail[2] == b"c"


def test_bit_fields_share_their_unit(ffi):
    """Bit-fields have no offset in C, and are laid out by the ABI's rules."""
    value = ffi.new("struct bits *", [5, 17, -1])
    assert (value.a, value.b, value.c) == (5, 17, -1)
    assert ffi.sizeof("struct bits") == 8


def test_anonymous_members_belong_to_the_outer_struct(ffi):
    """C11 6.7.2.1 p13: members of an unnamed union are found directly."""
    value = ffi.new("struct outer *")
    value.d = 1.0
    assert value.i == 0 and ffi.offsetof("struct outer", "d") == 8
    getattr(value, "in").n = 5
    assert ffi.offsetof("struct outer", "in", "n") == 20


def test_a_nameless_partial_struct_is_measured_where_it_stands(ffi):
    """A struct that only a member names still gets the compiler's layout."""
    assert ffi.offsetof("struct half", "in", "x") == 16
    assert ffi.sizeof("struct half") == 24


def test_packed_struct(ffi):
    """`#pragma pack` in cdef agrees with the same in C."""
    assert ffi.sizeof("struct packed") == 5
    assert ffi.offsetof("struct packed", "i") == 1


@pytest.mark.parametrize("name, expected", [
    ("id_t_", "int16_t"), ("flags_t", "uint8_t"), ("real_t", "float"),
    ("size_alias", "int[3]")])
def test_unknown_types_become_known(ffi, name, expected):
    """`typedef int... t` is the integer that the compiler says."""
    assert ffi.typeof(name) is ffi.typeof(expected)


def test_enum_elements_are_complete(ffi):
    """Every declared enumerator has its true value; size follows the compiler."""
    assert ffi.typeof("enum color").elements == {0: "RED", 10: "GREEN", 11: "BLUE"}
    assert ffi.sizeof("enum wide") == 8
    assert int(ffi.cast("enum wide", 2 ** 33)) == 2 ** 33


def test_opaque_types_stay_opaque(ffi, lib):
    """`typedef ... hidden` can only be pointed to."""
    assert lib.hidden_value(lib.hidden_new(8)) == 8
    assert lib.handle_value(lib.open_handle(9)) == 9
    with pytest.raises((TypeError, ValueError)):
        ffi.new("hidden *")


# ---- functions -------------------------------------------------------------

def test_functions_and_macros_are_called_alike(lib):
    """A macro declared as a function is one."""
    assert lib.add(2, 3) == 5 and lib.TWICE(21) == 42
    assert lib.all_ones() == 2 ** 64 - 1


def test_unknown_widths_in_signatures(lib):
    """Arguments of `int...` types wrap or overflow at their true width."""
    assert lib.next_id(2 ** 15 - 2) == 2 ** 15 - 1
    with pytest.raises(OverflowError):
        lib.next_id(2 ** 15)
    assert lib.halve(3.0) == 1.5


def test_the_compiler_converts_differing_integers(lib):
    """The cdef says int, C says long long: the wrapper converts, with the sign."""
    assert lib.narrow(-1) == 1


@pytest.mark.parametrize("argument", [[7, 9], (7, 9), {"a": 7, "b": 9}])
def test_structs_by_value_from_python_values(ffi, lib, argument):
    """A struct argument takes whatever initialises a struct."""
    result = lib.swap(argument)
    assert (result.a, result.b) == (9, 7)
    assert ffi.typeof(result) is ffi.typeof("struct pair")


def test_structs_by_value_are_copied(ffi, lib):
    """The function works on a copy, and the result is a new struct."""
    given = ffi.new("struct partial *", {"wanted": 1})
    result = lib.bump(given[0], 4)
    assert (result.wanted, given.wanted) == (5, 1)
    del given
    gc.collect()
    assert result.wanted == 5


def test_unions_and_bit_fields_by_value(ffi, lib):
    """What libffi cannot pass, API mode can."""
    assert lib.as_number(1.0).i == 0x3F800000
    result = lib.bits_of([2, 3, 0], -7)
    assert (result.a, result.b, result.c) == (3, 3, -7)


def test_small_structs_of_doubles(ffi, lib):
    """By value, and by pointer in the same call."""
    assert lib.length2([3, 4]) == 25.0
    middle = lib.middle([0, 0], ffi.new("point *", [2, 4]))
    assert (middle.x, middle.y) == (1.0, 2.0)


def test_complex_numbers_by_value(lib):
    """`float _Complex` goes in and out as a Python complex, where the core has the type."""
    if support.engine_name() == "pypy":
        with pytest.raises(NotImplementedError, match="no type '_cffi_float_complex_t'"):
            _ = lib.rotate
    else:
        assert lib.rotate(2 + 1j) == -1 + 2j


def test_wrong_struct_arguments_are_refused(lib):
    """Type and count are checked as for any function."""
    with pytest.raises(TypeError, match="struct pair"):
        lib.swap(3)
    with pytest.raises(TypeError):
        lib.swap([1, 2], 3)
    with pytest.raises(TypeError, match=r"bump\(\) takes exactly 2 arguments \(1 given\)"):
        lib.bump([1])
    for function, arguments in ((lib.swap, [[2 ** 40, 0]]), (lib.bump, [[2 ** 40], 1])):
        with pytest.raises(OverflowError):
            function(*arguments)


def test_type_of_a_struct_function(ffi, lib):
    """It is the declared type, whatever way the call goes."""
    assert ffi.typeof(lib.swap).cname == "struct pair(*)(struct pair)"
    assert ffi.typeof(lib.add) is ffi.typeof("int(*)(int, int)")


def test_pointers_to_structs_and_lists(ffi, lib):
    """A struct that points to itself works as a list does in C."""
    tail = ffi.new("node_t *", {"value": 5})
    head = ffi.new("struct node *", [tail, 6])
    assert lib.sum_list(head) == 11


def test_enum_arguments(lib):
    """An enum argument takes an int."""
    assert lib.count_color(lib.GREEN) == 11


def test_callbacks(ffi, lib):
    """A Python function can be passed as a function pointer."""
    times3 = ffi.callback("int(int)", lambda x: x * 3)
    assert lib.apply(times3, 5) == 15


def test_address_of_a_function_is_callable_from_c(ffi, lib):
    """`ffi.addressof(lib, name)` is a function pointer for C."""
    pointer = ffi.addressof(lib, "TWICE")
    assert lib.apply(pointer, 8) == 16
    assert ffi.typeof(pointer) is ffi.typeof("int(*)(int)")


def test_address_of_a_struct_function(ffi, lib):
    """A struct of known layout can also be passed through a function pointer."""
    pointer = ffi.addressof(lib, "swap")
    value = ffi.new("struct pair *", [1, 2])
    assert pointer(value[0]).a == 2


def test_variadic_functions(ffi, lib):
    """Additional arguments are cdata, as in ABI mode."""
    out = ffi.new("char[40]")
    size = lib.format(out, 40, b"%d-%s", ffi.cast("int", 7), ffi.new("char[]", b"x"))
    assert (size, ffi.string(out)) == (3, b"7-x")


def test_errno_survives_the_call(ffi, lib):
    """errno is that of the last call."""
    lib.set_errno(17)
    assert ffi.errno == 17


def test_char_results(lib):
    """`char` is bytes of length 1."""
    assert lib.first(b"xyz") == b"x"


def test_wrong_arguments_are_refused(lib):
    """Count, type and range: an exception, never a crash."""
    with pytest.raises(TypeError):
        lib.add(1)
    with pytest.raises(TypeError):
        lib.add(1, "2")
    with pytest.raises(OverflowError):
        lib.add(2 ** 40, 0)


# ---- variables -------------------------------------------------------------

def test_a_variable_is_shared_with_c(lib):
    """Both sides see what the other wrote."""
    lib.counter = 40
    lib.bump_counter()
    assert lib.counter == 41
    lib.counter += 1
    lib.bump_counter()
    assert lib.counter == 43


def test_array_variables(ffi, lib):
    """`[...]` is counted, in every dimension; `[]` is a pointer."""
    assert ffi.typeof(lib.table) is ffi.typeof("int[7]")
    assert list(lib.table)[:4] == [1, 2, 3, 0]
    assert ffi.typeof(lib.matrix) is ffi.typeof("int[4][3]")
    assert list(lib.matrix[1]) == [7, 8, 9]
    assert ffi.typeof(lib.open_ended) is ffi.typeof("int *")
    assert lib.open_ended[2] == 13


def test_array_items_are_written_in_place(lib):
    """An array variable is a view on C's memory."""
    lib.table[6] = 99
    assert lib.table[6] == 99
    with pytest.raises(IndexError):
        lib.table[7]


def test_arrays_of_strings(ffi, lib):
    """Pointers in variables are read when asked."""
    assert [ffi.string(name) for name in lib.names] == [b"one", b"two"]


def test_struct_variables(ffi, lib):
    """A struct variable is a view; assignment copies into it."""
    lib.shared = [5, 6]
    view = lib.shared
    lib.shared.a = 7
    assert (view.a, view.b) == (7, 6)
    assert ffi.addressof(lib, "shared").a == 7


def test_function_pointer_variables(ffi, lib):
    """A hook can be set to a callback and is called by C."""
    assert lib.hook == ffi.NULL
    plus1 = ffi.callback("int(int)", lambda x: x + 1)
    lib.hook = plus1
    assert lib.call_hook(9) == 10
    lib.hook = ffi.NULL


def test_address_of_a_variable(ffi, lib):
    """A pointer to the variable writes through."""
    pointer = ffi.addressof(lib, "errno_like")
    pointer[0] = 1.25
    assert lib.errno_like == 1.25
    with pytest.raises(AttributeError, match="constant 'ANSWER'"):
        ffi.addressof(lib, "ANSWER")


def test_a_variable_refuses_a_wrong_value(lib):
    """The conversion rules are those of assignment through a pointer."""
    with pytest.raises(TypeError):
        lib.counter = "five"
    with pytest.raises(OverflowError):
        lib.counter = 2 ** 31


# ---- the lib object --------------------------------------------------------

def test_unknown_names(ffi, lib, demo):
    """The message names the module and the name."""
    with pytest.raises(AttributeError, match="'%s' has no function, constant or global "
                                             "variable named 'nope'" % demo.__name__):
        _ = lib.nope
    with pytest.raises(AttributeError, match="nope"):
        lib.nope = 3
    with pytest.raises(AttributeError, match="nope"):
        ffi.addressof(lib, "nope")
    assert not hasattr(lib, "nope")


def test_dir_lists_everything(lib):
    """Functions, variables, constants and enumerators, without naming types."""
    names = dir(lib)
    assert {"add", "counter", "ANSWER", "RED", "RATIO"} <= set(names)
    assert names == sorted(names) and "point" not in names


def test_attributes_are_cached(lib):
    """A function is one object; a variable is read anew."""
    assert lib.add is lib.add
    with pytest.raises(AttributeError):
        del lib.counter


def test_type_names_of_a_module(ffi):
    """list_types gives typedefs, structs and unions, not our own tags."""
    typedefs, structs, unions = ffi.list_types()
    assert "point" in typedefs and "hidden" in typedefs
    assert "partial" in structs and unions == ["number"]
    assert not any("$" in name for name in typedefs + structs + unions)


def test_threads_share_a_module(demo):
    """First uses from many threads agree on one object."""
    seen = []

    def use():
        seen.append((demo.lib.sum_list, demo.ffi.typeof("struct outer")))
    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 8 and all(s == seen[0] for s in seen)
