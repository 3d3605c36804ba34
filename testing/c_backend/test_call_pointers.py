"""Pointer arguments and results: cdata, bytes, and temporaries for one call."""

import pytest
from call_support import B, load, new, t


def test_cdata_of_the_very_type():
    """A pointer and an array of the item type are taken as they are."""
    sum_ints = load("sum_ints", "int(int*,int)")
    assert sum_ints(new("int[3]", [1, 2, 3]), 3) == 6
    assert sum_ints(new("int[]", [4, 5]), 2) == 9
    assert sum_ints(new("int", 7), 1) == 7


def test_lists_and_tuples_are_temporary_arrays():
    """A list or tuple becomes an array that lives as long as the call."""
    sum_ints = load("sum_ints", "int(int*,int)")
    assert sum_ints([1, 2, 3, 4], 4) == 10
    assert sum_ints((5, 6), 2) == 11
    assert sum_ints(list(range(10000)), 10000) == sum(range(10000))
    assert sum_ints([], 0) == 0


def test_a_list_of_structs():
    """Items of a temporary array are converted like any initializer."""
    sum_nodes = load("sum_nodes", "int(struct node*,int)")
    assert sum_nodes([{"value": 3}, [4], (5,)], 3) == 12


def test_an_item_that_does_not_fit():
    """A bad item of a list raises what the item alone would raise."""
    sum_ints = load("sum_ints", "int(int*,int)")
    with pytest.raises(TypeError):
        sum_ints([1, "2"], 2)
    with pytest.raises(OverflowError):
        sum_ints([1, 2**31], 2)
    assert sum_ints([1, 2], 2) == 3


def test_bytes_are_not_copied():
    """bytes for char*, unsigned char*, signed char* and void* pass their own memory."""
    data = b"abc"
    same = {load("echo_pointer", "void*(%s)" % kind)(data)
            for kind in ("char*", "unsigned char*", "signed char*", "void*")}
    assert len(same) == 1
    assert load("first_byte", "int(void*)")(b"xyz") == ord("x")


def test_bytes_for_other_pointers():
    """bytes are no int array, and str is no char array."""
    with pytest.raises(TypeError):
        load("sum_ints", "int(int*,int)")(b"abcd", 1)
    with pytest.raises(TypeError):
        load("first_byte", "int(char*)")("abc")
    with pytest.raises(TypeError):
        load("first_byte", "int(char*)")(bytearray(b"abc"))


def test_str_for_wide_pointers():
    """str becomes a temporary wchar_t array with its terminator."""
    wide_length = load("wide_length", "size_t(wchar_t*)")
    assert wide_length("hello \u1234\U00012345") == 8
    assert wide_length("") == 0
    with pytest.raises(TypeError):
        wide_length(b"bytes")


def test_void_pointer_takes_any_pointer():
    """Any pointer or array is a void *, and a void * is any pointer."""
    is_null = load("is_null", "int(void*)")
    assert is_null(new("int")) == 0
    assert is_null(new("struct node[2]")) == 0
    assert is_null(B.cast(t("int*"), 0)) == 1
    assert is_null(load("add", "int(int,int)")) == 0
    assert load("sum_ints", "int(int*,int)")(B.cast(t("void*"), 0), 0) == 0


def test_other_pointers_are_refused():
    """An int * is no struct node *; None and ints are no pointers."""
    sum_nodes = load("sum_nodes", "int(struct node*,int)")
    for value in (new("int"), None, 0, 3.5):
        with pytest.raises(TypeError):
            sum_nodes(value, 0)


def test_char_family():
    """char *, unsigned char * and signed char * stand for each other."""
    first_byte = load("first_byte", "int(char*)")
    assert first_byte(new("unsigned char[]", b"q")) == ord("q")
    assert first_byte(new("signed char[]", [7])) == 7


def test_pointer_results():
    """A pointer result is cdata of its type; NULL is cdata that is false."""
    text = load("greeting", "char*()")()
    assert B.typeof(text) is t("char*") and B.string(text) == b"hello"
    null = load("null_pointer", "void*()")()
    assert null == B.cast(t("void*"), 0) and not null


def test_memory_is_the_callees_to_write():
    """C writes through the pointer into memory that Python owns."""
    memory = new("char[5]")
    load("fill", "void(char*,int,size_t)")(memory, ord("z"), 4)
    assert B.buffer(memory)[:] == b"zzzz\0"


def test_function_pointers_in_and_out():
    """A function pointer result is callable and can be an argument."""
    get = load("get_add_one", B.new_function_type((), t("int(int)")))
    add_one = get()
    assert B.typeof(add_one) is t("int(int)") and add_one(41) == 42
    call = load("call_int", B.new_function_type((t("int(int)"), t("int")), t("int")))
    assert call(add_one, 1) == 2
    assert call(B.cast(t("void*"), add_one), 2) == 3
    with pytest.raises(TypeError):
        call(load("add", "int(int,int)"), 1)
    with pytest.raises(TypeError):
        call(len, 1)


def test_pointers_into_structs_and_items():
    """An address inside an object is an argument like any other."""
    nodes = new("struct node[3]", [{"value": 1}, {"value": 2}, {"value": 3}])
    sum_nodes = load("sum_nodes", "int(struct node*,int)")
    assert sum_nodes(nodes + 1, 2) == 5
    assert sum_nodes(B.rawaddressof(t("struct node*"), nodes[2], 0), 1) == 3
