"""Structs by value, both ways: every way that the ABI has to pass them."""

import pytest
from call_support import B, fn, load, new, only_ours, plain, t

SF_PACKED = 8

# name of the struct, function, what goes in, what comes back
CASES = [
    ("one", "swap_one", (5,), (-5,)),
    ("ints", "swap_ints", (3, -4), (-4, 3)),
    ("floats2", "swap_floats2", (1.5, 2.5), (2.5, 1.5)),
    ("floats3", "swap_floats3", (1.5, 2.5, 3.5), (3.5, 1.5, 2.5)),
    ("doubles", "swap_doubles", (1.5, -2.5), (-2.5, 1.5)),
    ("int_double", "swap_int_double", (-7, 9.0), (9, -7.0)),
    ("double_int", "swap_double_int", (-7.0, 9), (9.0, -7)),
    ("mixed", "swap_mixed", (1.5, 7, 2.5), (2.5, 8, 1.5)),
    ("cursor", "next_cursor", (1, 2, (16, 32, 48)), (2, 1, (48, 16, 32))),
    ("odd", "turn_odd", (tuple(range(13)),), (tuple(range(12, -1, -1)),)),
    ("nested", "turn_nested", ((1, 2), ((3, 4), (5, 6))), ((2, 1), ((6, 5), (4, 3)))),
    ("big", "double_big", (tuple(range(20)),), (tuple(range(0, 40, 2)),)),
]


def make(name, values):
    """An owned struct; pointers in it are given as ints."""
    if name == "cursor":
        values = values[:2] + (tuple(B.cast(t("void*"), item) for item in values[2]),)
    return new("struct " + name, values)[0]


@pytest.mark.parametrize("name, function, given, expected", CASES, ids=[c[1] for c in CASES])
def test_struct_in_and_out(name, function, given, expected):
    """Every class of struct arrives and comes back whole, again and again."""
    call = load(function, "struct %s(struct %s)" % (name, name))
    for _ in range(3):
        result = call(make(name, given))
        assert B.typeof(result) is t("struct " + name)
        assert plain(result) == expected


@pytest.mark.parametrize("name, function, given, expected", CASES, ids=[c[1] for c in CASES])
@only_ours
def test_struct_in_and_out_keeping_the_gil(name, function, given, expected):
    """The same without releasing the GIL."""
    call = load(function, "struct %s(struct %s)" % (name, name), release_gil=False)
    assert plain(call(make(name, given))) == expected


def test_results_own_their_memory():
    """Two results do not share memory, and changing one changes nothing else."""
    swap = load("swap_ints", "struct ints(struct ints)")
    first, second = swap([1, 2]), swap([3, 4])
    first.a = 100
    assert plain(first) == (100, 1) and plain(second) == (4, 3)


@only_ours
def test_initializers_for_struct_arguments():
    """A list, tuple or dict initializes a struct argument; what is missing is zero (CFFI: left
    over from an earlier call)."""
    swap = load("swap_ints", "struct ints(struct ints)")
    assert plain(swap([1, 2])) == (2, 1)
    assert plain(swap((3,))) == (0, 3)
    assert plain(swap({"b": 5})) == (5, 0)


def test_wrong_structs():
    """Another struct, a pointer or a number is refused; a field error is the field's."""
    swap = load("swap_ints", "struct ints(struct ints)")
    for value in (make("doubles", (1, 2)), 5, new("struct ints")):
        with pytest.raises(TypeError):
            swap(value)
    with pytest.raises(OverflowError):
        swap([1, 2**40])
    with pytest.raises(ValueError):
        swap([1, 2, 3])


def test_many_large_structs():
    """32-byte structs between scalars fill the stack in order (more than the ten words)."""
    a, b = make("cursor", (1, 2, (3, 4, 5))), make("cursor", (1, 2, (3, 4, 6)))
    equal = load("equal_cursors", "int(struct cursor,struct cursor)")
    assert equal(a, a) == 1 and equal(a, b) == 0
    three = load("three_cursors", "int(struct cursor,int,struct cursor,double,struct cursor)")
    c = [make("cursor", (kind, 0, (0, 0, 0))) for kind in (1, 3, 5)]
    assert three(c[0], 2, c[1], 4.0, c[2]) == 54321


def test_a_pair_that_does_not_fit_the_registers():
    """A struct goes to the stack as a whole, and the next int still gets the register."""
    late = load("late_pair", "long(long,long,long,long,long,struct longs,long)")
    assert late(1, 2, 3, 4, 5, [6, 7], 8) == 15 + 6000 + 700000 + 80000000


def make_record(record, fields, more=()):
    B.complete_struct_or_union(record, fields, *more)
    return record


def test_what_cannot_pass_by_value():
    """Unions, bit-fields and packed structs are refused with NotImplementedError."""
    union = make_record(B.new_union_type("union u"), [("a", t("int"), -1, -1),
                                                      ("b", t("float"), -1, -1)])
    bits = make_record(B.new_struct_type("struct bits"), [("a", t("int"), 3, -1)])
    packed = make_record(B.new_struct_type("struct packed"),
                         [("a", t("char"), -1, -1), ("b", t("int"), -1, -1)],
                         more=(None, -1, -1, SF_PACKED))
    flexible = make_record(B.new_struct_type("struct flexible"),
                           [("a", t("int"), -1, -1), ("b", t("int[0]"), -1, -1)])
    for kind in (union, bits, packed, flexible):
        function = load("noop", fn("void", kind))
        with pytest.raises(NotImplementedError) as caught:
            function(B.newp(B.new_pointer_type(kind))[0])
        assert kind.cname in str(caught.value)
        with pytest.raises(NotImplementedError):
            load("noop", fn(kind))()


def test_a_struct_completed_later():
    """A function type may be made of an opaque struct; calling waits for its fields."""
    kind = B.new_struct_type("struct later")
    pointer = B.new_pointer_type(kind)
    is_null = load("is_null", fn("int", pointer))
    assert is_null(B.cast(pointer, 0)) == 1
    B.complete_struct_or_union(kind, [("a", t("int"), -1, -1)])
    assert is_null(B.newp(pointer, [5])) == 0
