"""CType: names, attributes, identity, life."""

import gc
import sys
import threading
import weakref

import pytest
from data_support import core, native, oracle  # noqa: F401

PRIMITIVES = """_Bool char short int long float double wchar_t char16_t char32_t size_t ssize_t
    int8_t uint8_t int16_t uint16_t int32_t uint32_t int64_t uint64_t intptr_t uintptr_t ptrdiff_t
    intmax_t uintmax_t int_least8_t uint_least64_t int_fast16_t uint_fast32_t""".split() + [
        "signed char", "unsigned char", "unsigned short", "unsigned int", "unsigned long", "long long",
        "unsigned long long", "long double", "_cffi_float_complex_t", "_cffi_double_complex_t"]


@pytest.mark.parametrize("name", PRIMITIVES)
def test_primitives_have_the_platforms_size(native, oracle, name):
    """Size and alignment are the compiler's, as CFFI's are."""
    ours, theirs = native.t(name), oracle.t(name)
    assert (native.sizeof(ours), native.alignof(ours)) == (oracle.sizeof(theirs),
                                                          oracle.alignof(theirs))
    assert (ours.kind, ours.cname, repr(ours)) == (theirs.kind, theirs.cname, repr(theirs))


def test_unknown_primitive(core):
    """A name that is no type is a KeyError with that name."""
    with pytest.raises(KeyError, match="foo"):
        core.new_primitive_type("foo")
    with pytest.raises(TypeError):
        core.new_primitive_type(5)


@pytest.mark.parametrize("text, cname", [
    ("int *", "int *"), ("int * *", "int * *"), ("int[5]", "int[5]"), ("int[]", "int[]"),
    ("int[25][42]", "int[25][42]"), ("int[][42]", "int[][42]")])
def test_names_of_derived_types(core, text, cname):
    """A name reads as its declaration does in C."""
    assert core.t(text).cname == cname


def test_names_with_a_declarator_inside(core):
    """Pointers to arrays and functions put the declarator in the middle."""
    assert core.new_pointer_type(core.t("int[5]")).cname == "int(*)[5]"
    pointer = core.new_pointer_type(core.t("int[5]"))
    assert core.new_array_type(pointer, 3).cname == "int[3][5]"
    function = core.function("int", "int", "char *")
    assert function.cname == "int(*)(int, char *)"
    assert core.new_function_type((), function).cname == "int(*(*)())(int, char *)"
    assert core.new_pointer_type(function).cname == "int(* *)(int, char *)"
    assert core.function("void", "char *", ellipsis=True).cname == "void(*)(char *, ...)"
    assert core.getcname(core.new_pointer_type(core.t("int[5]")), " x") == "int(* x)[5]"
    assert core.getcname(core.t("int[5]"), "<-->") == "int<-->[5]"


def test_equal_types_are_one_object(core):
    """`is` compares types; structs, unions and enums are as many as were made."""
    assert core.t("int *") is core.t("int *")
    assert core.t("int[5]") is core.t("int[5]")
    assert core.t("int[5]") is not core.t("int[6]")
    assert core.t("int[]") is core.t("int[]")
    assert core.function("int", "int") is core.function("int", "int")
    assert core.function("int", "int") is not core.function("int", "int", ellipsis=True)
    assert core.function("int", "int") is not core.function("long", "int")
    assert core.new_struct_type("struct x") is not core.new_struct_type("struct x")
    assert core.new_void_type() is core.new_void_type()


def test_types_from_many_threads_are_one_object(native):
    """Interning holds when threads ask at the same time."""
    seen = []
    barrier = threading.Barrier(4)

    def ask():
        barrier.wait()
        seen.append([native.t("short[%d]" % n) for n in range(200)])

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(a is b for other in seen[1:] for a, b in zip(seen[0], other))


def test_unused_types_die(native):
    """A derived type lives as long as somebody uses it, then is made anew."""
    function = native.function("int", "short[7]", "int")
    array = native.t("short[77]")
    dead = [weakref.ref(function), weakref.ref(array)]
    del function, array
    gc.collect()
    assert [ref() for ref in dead] == [None, None]
    assert native.t("short[77]").length == 77
    assert native.function("int", "short[7]", "int").cname == "int(*)(short *, int)"


def test_recursive_types_are_collected(native):
    """struct node { struct node *next; int (*f)(struct node *); } is a cycle."""
    node = native.new_struct_type("struct node")
    pointer = native.new_pointer_type(node)
    callback = native.new_function_type((pointer,), native.t("int"))
    native.complete_struct_or_union(node, [("next", pointer), ("f", callback)])
    dead = weakref.ref(node)
    del node, pointer, callback
    gc.collect()
    assert dead() is None


def test_types_do_not_leak(native):
    """Making the same types again and again takes no more memory."""
    def make():
        made = native.record("struct tmp", ("a", "int"), ("b", "char[3]"))
        native.new_function_type((native.new_pointer_type(made),), native.t("int"))
        native.new_enum_type("enum tmp", ("A", "B"), (1, 2), native.t("int"))
        native._records.clear()

    for _ in range(20):
        make()
    gc.collect()
    before = sys.getallocatedblocks()
    for _ in range(200):
        make()
    gc.collect()
    assert sys.getallocatedblocks() - before < 50


@pytest.mark.parametrize("text, names", [
    ("int", ["cname", "kind"]), ("void", ["cname", "kind"]), ("int *", ["cname", "item", "kind"]),
    ("int[5]", ["cname", "item", "kind", "length"])])
def test_dir_lists_what_the_type_has(core, text, names):
    """dir() has only attributes that can be read."""
    found = [name for name in dir(core.t(text)) if not name.startswith("_")]
    assert found == names


def test_attributes_that_a_type_does_not_have(core):
    """Reading what belongs to another kind is an AttributeError; nothing can be set."""
    for name in ("item", "length", "fields", "args", "result", "ellipsis", "abi", "elements",
                 "relements", "nonsense"):
        with pytest.raises(AttributeError, match=name):
            getattr(core.t("int"), name)
    with pytest.raises(AttributeError):
        core.t("int").cname = "long"
    with pytest.raises(TypeError):
        type(core.t("int"))()


def test_attributes_of_pointers_arrays_functions(core):
    """item, length, args, result, ellipsis, abi."""
    assert core.t("int *").item is core.t("int")
    assert core.t("int[5]").item is core.t("int")
    assert (core.t("int[5]").length, core.t("int[]").length) == (5, None)
    function = core.function("int", "int", "char *")
    assert function.kind == "function"
    assert function.args == (core.t("int"), core.t("char *"))
    assert function.result is core.t("int")
    assert function.ellipsis is False
    assert function.abi == core.FFI_DEFAULT_ABI == core.FFI_CDECL


def test_array_arguments_are_pointers(native):
    """C11 6.7.6.3p7: an argument declared as an array is a pointer."""
    assert native.function("int", "int[5]") is native.function("int", "int *")


def test_enum(core):
    """Names and values both ways; the first of equal values names it."""
    enum = core.new_enum_type("enum e", ("A", "B", "C"), (5, -2, 5), core.t("int"))
    assert (enum.kind, enum.cname) == ("enum", "enum e")
    assert enum.elements == {5: "A", -2: "B"}
    assert enum.relements == {"A": 5, "B": -2, "C": 5}
    enum.elements[7] = "not kept"
    assert 7 not in enum.elements
    assert core.sizeof(enum) == core.sizeof(core.t("int"))


@pytest.mark.parametrize("names, values, base, error", [
    (("A",), (1, 2), "int", ValueError), (("A",), (2**31,), "int", OverflowError),
    (("A",), (-1,), "unsigned int", OverflowError), (("A",), ("x",), "int", TypeError),
    ((5,), (5,), "int", TypeError), (("A",), (1,), "double", TypeError),
    (("A",), (1,), "char", TypeError)])
def test_enum_that_cannot_be(core, names, values, base, error):
    """Each enumerator is a str, each value fits the integer type below."""
    with pytest.raises(error):
        core.new_enum_type("enum e", names, values, core.t(base))


@pytest.mark.parametrize("make, error", [
    (lambda core: core.new_pointer_type(5), TypeError),
    (lambda core: core.new_array_type(core.t("int"), 5), TypeError),
    (lambda core: core.new_array_type(core.t("int *"), -5), ValueError),
    (lambda core: core.new_array_type(core.t("int *"), "x"), TypeError),
    (lambda core: core.new_array_type(core.t("int *"), sys.maxsize), OverflowError),
    (lambda core: core.new_array_type(core.t("int *"), 2**70), OverflowError),
    (lambda core: core.new_array_type(core.t("void *"), 3), ValueError),
    (lambda core: core.new_array_type(core.new_pointer_type(core.t("int[]")), 3), ValueError),
    (lambda core: core.function("int", "void"), TypeError),
    (lambda core: core.function("int[5]", "int"), TypeError),
    (lambda core: core.new_function_type((), core.opaque("struct o")), TypeError),
    (lambda core: core.new_function_type((core.opaque("struct o"),), core.t("int")), TypeError),
    (lambda core: core.new_function_type([core.t("int")], core.t("int")), TypeError),
    (lambda core: core.new_function_type((5,), core.t("int")), TypeError),
    (lambda core: core.new_function_type((), core.t("int"), False, 77), SystemError),
    (lambda core: core.new_struct_type(5), TypeError)])
def test_types_that_cannot_be(core, make, error):
    """Wrong parts of a type raise at once."""
    with pytest.raises(error):
        make(core)


def test_sizeof_and_alignof_errors(core):
    """Unknown sizes are ValueErrors that name the type; other objects TypeErrors."""
    opaque = core.opaque("struct opaque")
    for bad in (opaque, core.t("void"), core.t("int[]")):
        with pytest.raises(ValueError, match="unknown size"):
            core.sizeof(bad)
    with pytest.raises(ValueError, match="struct opaque"):
        core.alignof(opaque)
    with pytest.raises(TypeError):
        core.sizeof(5)
    with pytest.raises(TypeError):
        core.alignof(5)
    with pytest.raises(TypeError):
        core.typeof(5)
    assert core.alignof(core.t("int[]")) == core.alignof(core.t("int"))


def test_typeoffsetof(core):
    """Type and offset of a field or item, through one pointer unless `following`."""
    record = core.record("struct s", ("a", "char"), ("b", "int"), ("bits", "int", 3))
    pointer = core.new_pointer_type(record)
    assert core.typeoffsetof(record, "b") == (core.t("int"), 4)
    assert core.typeoffsetof(pointer, "b") == (core.t("int"), 4)
    assert core.typeoffsetof(pointer, 3) == (record, 36)
    assert core.typeoffsetof(core.t("int[5]"), -2) == (core.t("int"), -8)
    for bad in [(pointer, "b", 1), (record, 3), (record, None), (record, "bits"), (core.t("int"), "x"),
                (core.t("void *"), 1), (core.opaque("struct o"), "x")]:
        with pytest.raises(TypeError):
            core.typeoffsetof(*bad)
    with pytest.raises(KeyError, match="zz"):
        core.typeoffsetof(record, "zz")
    with pytest.raises(OverflowError):
        core.typeoffsetof(core.t("int *"), sys.maxsize)


def test_no_class_derives_from_core_types(core):
    """CData and CType are closed, so the core may rely on their layout."""
    for final in (type(core.t("int")), type(core.cast_to("int", 1)), type(core.new("int *"))):
        with pytest.raises(TypeError):
            type("Derived", (final,), {})


def test_types_survive_their_module(native):
    """What outlives the module's dict still works: types hold the module's state."""
    pointer = native.new("int *", 7)
    kinds = native._get_types()
    assert isinstance(pointer, kinds[0]) and isinstance(native.t("int"), kinds[1])
    assert kinds[0] is native.CData and kinds[1] is native.CType
