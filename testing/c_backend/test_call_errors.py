"""Wrong calls raise one clear error and change nothing; errno and threads."""

import errno
import sys
import threading

import pytest
from call_support import B, IS_OURS, fn, load, new, only_ours, t


def message(function, *args, **kwargs):
    with pytest.raises((TypeError, OverflowError, RuntimeError, ValueError)) as caught:
        function(*args, **kwargs)
    return str(caught.value)


@only_ours
def test_wrong_counts_name_the_function():
    """Too few and too many arguments: the name and both numbers."""
    add = load("add", "int(int,int)")
    assert message(add) == "'add' expects 2 arguments, got 0"
    assert message(add, 1, 2, 3) == "'add' expects 2 arguments, got 3"
    assert message(load("noop", "void()"), None) == "'noop' expects 0 arguments, got 1"


def test_a_pointer_without_a_name_tells_its_type():
    """A function pointer made by cast has its type's name in errors."""
    add = B.cast(t("int(int,int)"), load("add", "int(int,int)"))
    assert add(1, 2) == 3
    assert "'int(*)(int, int)' expects 2 arguments, got 1" in message(add, 1)


def test_keyword_arguments():
    """Keywords are refused."""
    add = load("add", "int(int,int)")
    assert "keyword" in message(add, 1, b=2)
    assert "keyword" in message(add, a=1, b=2)
    assert add(*(1, 2), **dict()) == 3


@only_ours
@pytest.mark.skipif(sys.version_info < (3, 10), reason="PyObject_Vectorcall is inline there")
def test_an_empty_tuple_of_keywords():
    """C code may pass "no keywords" to the vectorcall protocol as an empty tuple."""
    def python(name, signature):
        return B.load_library(None).load_function(t(signature), name, release_gil=False)

    vectorcall = python("PyObject_Vectorcall", "void*(void*,void**,size_t,void*)")

    def address(value):
        return B.cast(t("void*"), id(value))

    for function, args, expected in (
            (load("add", "int(int,int)"), (1000, 2000), 3000),
            (load("seen_as_long", fn("long", "long", "...")), (70000,), 70000)):
        result = vectorcall(address(function), [address(arg) for arg in args], len(args),
                            address(()))
        assert python("PyLong_AsLong", "long(void*)")(result) == expected
        python("Py_DecRef", "void(void*)")(result)


@only_ours
@pytest.mark.parametrize("position", range(3))
def test_messages_name_argument_function_and_both_sides(position):
    """Number of the argument, name of the function, the C type and the value's type."""
    fill = load("fill", "void(char*,int,size_t)")
    args = [new("char[4]"), 0, 4]
    args[position] = {}
    text = message(fill, *args)
    assert "argument %d of 'fill'" % (position + 1) in text
    assert "dict" in text and ("char *", "int", "size_t")[position] in text


@only_ours
def test_str_and_bytes_for_pointers():
    """str for char * and bytes for wchar_t * are told what would do."""
    assert message(load("first_byte", "int(char*)"), "text") == (
        "argument 1 of 'first_byte': initializer for ctype 'char *' must be a bytes or list or "
        "tuple, not str")
    assert "must be a str or list" in message(load("wide_length", "size_t(wchar_t*)"), b"text")
    assert "must be a list or tuple" in message(load("sum_ints", "int(int*,int)"), b"text", 1)


@only_ours
def test_messages_of_values_that_do_not_fit():
    """An overflow names the value, the type and the place."""
    text = message(load("add", "int(int,int)"), 1, 2**31)
    assert "argument 2 of 'add'" in text and "2147483648" in text and "'int'" in text
    with pytest.raises(OverflowError):
        load("add", "int(int,int)")(1, 2**31)


def test_errors_of_conversions_pass():
    """An exception of the user's own __index__ or __float__ comes out as it is."""
    class Bad(Exception):
        pass

    class Index:
        def __index__(self):
            raise Bad("mine")

        __float__ = __int__ = __index__

    with pytest.raises(Bad, match="mine"):
        load("add", "int(int,int)")(1, Index())
    with pytest.raises(Bad, match="mine"):
        load("add_doubles", "double(double,double)")(1.0, Index())
    with pytest.raises(Bad, match="mine"):
        load("sum_ints", "int(int*,int)")([1, Index()], 2)


def test_nothing_is_called_after_an_error():
    """A refused argument keeps C from being called."""
    memory = new("char[4]", b"abc")
    with pytest.raises(OverflowError):
        load("fill", "void(char*,int,size_t)")(memory, 0, -1)
    assert B.string(memory) == b"abc"


def test_null_function():
    """Calling NULL raises RuntimeError; the pointer stays usable."""
    null = B.cast(t("int(int)"), 0)
    with pytest.raises(RuntimeError):
        null(1)
    assert not null


def test_what_is_not_callable():
    """Only function pointers are called."""
    for value in (new("int"), new("struct ints")[0], B.cast(t("int"), 3), new("int[2]")):
        with pytest.raises(TypeError):
            value(1)


def test_incomplete_types():
    """A type whose size is unknown cannot be passed; the error names it."""
    opaque = B.new_struct_type("struct opaque")
    with pytest.raises(TypeError) as caught:
        load("noop", fn("void", opaque))(1)
    assert "struct opaque" in str(caught.value)
    with pytest.raises(TypeError):
        load("noop", fn(opaque))()


def test_address_to_callable():
    """An integer cast to a function type is callable."""
    address = int(B.cast(t("uintptr_t"), load("add", "int(int,int)")))
    assert B.cast(t("int(int,int)"), address)(20, 22) == 42


@only_ours
def test_function_at():
    """function_at makes a named callable of an address."""
    address = int(B.cast(t("uintptr_t"), load("add", "int(int,int)")))
    add = B.function_at(t("int(int,int)"), address, "plus")
    assert add(20, 22) == 42
    assert message(add, 1) == "'plus' expects 2 arguments, got 1"
    assert B.function_at(t("int(int,int)"), address, "plus", release_gil=False)(1, 1) == 2
    with pytest.raises(RuntimeError):
        B.function_at(t("int(int,int)"), 0, "nowhere")(1, 2)
    with pytest.raises(TypeError):
        B.function_at(t("int*"), address, "plus")
    with pytest.raises(TypeError):
        B.function_at(t("int(int,int)"), "0x10", "plus")


# ---- errno -----------------------------------------------------------------

MODES = [{}, {"release_gil": False}] if IS_OURS else [{}]


@pytest.mark.parametrize("options", MODES)
def test_errno_is_kept_round_calls(options):
    """C finds the errno that set_errno left, and get_errno tells what C left."""
    set_errno = load("set_errno", "int(int)", **options)
    B.set_errno(errno.EPERM)
    assert set_errno(errno.ENOENT) == errno.EPERM
    # Python's own system calls in between do not disturb it.
    with pytest.raises(OSError):
        open("/nonexistent/file")
    assert B.get_errno() == errno.ENOENT
    assert set_errno(0) == errno.ENOENT
    assert B.get_errno() == 0


def test_errno_of_the_libffi_path():
    """Variadic calls keep errno as well."""
    open_ = B.load_library(None, 0).load_function(fn("int", "char*", "int", "..."), "open")
    B.set_errno(0)
    assert open_(b"/nonexistent/file", 0) == -1
    assert B.get_errno() == errno.ENOENT


def test_errno_is_per_thread():
    """Each thread has an errno of its own."""
    set_errno = load("set_errno", "int(int)")
    set_errno(5)
    seen = []

    def other():
        seen.append(B.get_errno())
        set_errno(9)
        seen.append(B.get_errno())

    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    assert seen == [0, 9] and B.get_errno() == 5


def test_set_errno_takes_an_int():
    """errno is a C int."""
    with pytest.raises(TypeError):
        B.set_errno("x")
    with pytest.raises(OverflowError):
        B.set_errno(2**40)


# ---- threads ---------------------------------------------------------------

def test_calls_run_in_parallel():
    """By default the GIL is released: two threads are in C at the same time."""
    load("meet_again", "void()")()
    meet = load("meet", "int(int)")
    met = []
    threads = [threading.Thread(target=lambda: met.append(meet(20000))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert met == [1, 1]


@only_ours
def test_release_gil_false_keeps_the_gil():
    """With release_gil=False no other Python thread runs during the call."""
    load("meet_again", "void()")()
    meet = load("meet", "int(int)", release_gil=False)
    met = []
    threads = [threading.Thread(target=lambda: met.append(meet(200))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(met) == [0, 1]


def test_many_threads_at_once():
    """The same function object serves many threads."""
    sum6 = load("sum6", "int(int,int,int,int,int,int)")
    sum_ints = load("sum_ints", "int(int*,int)")
    wrong = []

    def work(seed):
        for i in range(500):
            if sum6(seed, i, 0, 0, 0, 1) != seed + 2 * i + 6 or sum_ints([seed, i], 2) != seed + i:
                wrong.append((seed, i))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
