"""Modules of ABI mode (`set_source(name, None)`): what their `ffi` and the libraries that it opens do.

The native core reads such a module itself (c_backend/compiled_opened.c), or leaves it to Python
(cffi_like/compiled_ffi.py) as the other engines do: the same is expected of both.
"""

import importlib.util
import os
import sys
import threading

import pytest
import support
from built_modules import builder, fresh_name, import_from

from cffi_like import FFI
from cffi_like.ffi import RuntimeFFI

CDEF = """
    #define LIMIT 5
    struct item { int id; double weight; struct item *next; char name[16]; };
    struct flags { unsigned a : 3; unsigned b : 5; struct { int x, y; }; };
    enum color { RED, GREEN = 5, BLUE };
    typedef int (*compare_t)(const void *, const void *);
    typedef struct item item_t;
    int add(int first, int second);
    int weigh(item_t *item);
    struct item by_value(struct item item);
    int apply(compare_t compare, int value);
    int sum(int count, ...);
    int not_there(int);
    extern int counter, gone;
    extern struct item first;
    static const int fixed;
"""
SOURCE = """
    #include <stdarg.h>
    struct item { int id; double weight; struct item *next; char name[16]; };
    int add(int a, int b) { return a + b; }
    int weigh(struct item *item) { return (int)item->weight; }
    struct item by_value(struct item item) { item.id++; return item; }
    int apply(int (*compare)(const void *, const void *), int value) { return compare(&value, &value); }
    int sum(int count, ...)
    {
        va_list list;
        int total = 0;
        va_start(list, count);
        while (count--)
            total += va_arg(list, int);
        va_end(list);
        return total;
    }
    int counter = 3;
    struct item first = {7, 1.5, 0, "first"};
    const int fixed = 11;
"""


@pytest.fixture(scope="module")
def path():
    return support.compile_shared(SOURCE)


@pytest.fixture(scope="module", params=["native", "Python"])
def module(request, tmp_path_factory):
    """Opened by each of the readers, where there are two."""
    folder = tmp_path_factory.mktemp("abi")
    name = fresh_name("abi")
    builder(CDEF, None, name).compile(tmpdir=str(folder))
    text = (folder / (name + ".py")).read_text()
    if request.param == "Python":
        (folder / (name + ".py")).write_text(text.replace("from _cffi_like", "from cffi_like.engine"))
    return folder / (name + ".py")


def unused(path):
    """The `ffi` of a NAME.py, of which nothing was used yet."""
    spec = importlib.util.spec_from_file_location(fresh_name("abi"), str(path))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.ffi


@pytest.fixture
def ffi(module):
    return unused(module)


def test_functions(ffi, path):
    """Arguments and results of every kind; names of parameters; the same object each time."""
    lib = ffi.dlopen(path)
    item = ffi.new("struct item *", {"id": 4, "weight": 2.5})
    assert lib.add(2, 3) == 5 and lib.add is lib.add and lib.weigh(item) == 2
    assert lib.by_value(item[0]).id == 5
    assert lib.sum(2, ffi.cast("int", 5), ffi.cast("int", 6)) == 11
    callback = ffi.callback("compare_t", lambda a, b: ffi.cast("int *", a)[0] * 2)
    assert lib.apply(callback, 21) == 42
    assert ffi.typeof(lib.add) is ffi.typeof("int(*)(int, int)")
    with pytest.raises(TypeError):
        lib.add("2", 3)


def test_variables_and_constants(ffi, path):
    """Variables are C's; constants and enumerators are values, and are not written."""
    lib = ffi.dlopen(path)
    lib.counter += 4
    assert lib.counter == 7 and lib.first.id == 7 and ffi.string(lib.first.name) == b"first"
    lib.counter = 3
    assert (lib.LIMIT, lib.GREEN, lib.BLUE, lib.fixed) == (5, 5, 6, 11)
    assert ffi.addressof(lib, "counter")[0] == 3 and ffi.addressof(lib, "first").id == 7
    assert ffi.addressof(lib, "add")(1, 2) == 3
    for name in ("add", "LIMIT", "fixed"):
        with pytest.raises(AttributeError):
            setattr(lib, name, 1)
    assert lib.add(1, 1) == 2 and {"add", "counter", "LIMIT", "BLUE", "fixed"} <= set(dir(lib))
    assert path in repr(lib) and ffi.integer_const("LIMIT") == 5


def test_what_is_not_there(ffi, path):
    """An undeclared name, a function or variable that the library lacks, a missing library."""
    lib = ffi.dlopen(path)
    with pytest.raises(AttributeError, match="undeclared"):
        lib.undeclared
    with pytest.raises(AttributeError, match="not_there") as caught:
        lib.not_there
    assert isinstance(caught.value, ffi.error)
    with pytest.raises(AttributeError, match="gone"):
        lib.gone
    with pytest.raises(OSError, match="no_such_file"):
        ffi.dlopen("/no_such_file.so")
    with pytest.raises(OSError, match="cannot load library"):
        ffi.dlopen("no_such_library.so.9")
    with pytest.raises(TypeError):
        ffi.dlopen(4)
    assert lib.add(1, 2) == 3


def test_a_file_that_is_no_library(ffi, tmp_path):
    """Text, or the half of a library, is an OSError that says so."""
    bad = tmp_path / "bad.so"
    for content in (b"text", open(support.compile_shared(SOURCE), "rb").read()[:3000]):
        bad.write_bytes(content)
        with pytest.raises(OSError, match="bad.so"):
            ffi.dlopen(str(bad))


def test_ways_to_open(ffi, path):
    """The program itself, a path, a bare name, flags, and a handle."""
    assert ffi.dlopen(None) is not ffi.dlopen(None)
    assert ffi.dlopen(path, ffi.RTLD_NOW).add(1, 2) == 3
    assert ffi.dlopen(name=path, flags=ffi.RTLD_LAZY).add(1, 2) == 3
    assert ffi.dlopen("m") is not None
    with pytest.raises(TypeError):
        ffi.dlopen()
    assert "None" in repr(ffi.dlopen(None))


def test_closed(ffi, path):
    """A closed library says so, whatever is asked of it; with the compiled core its functions do not run (those of
    other engines are pointers that know no library)."""
    lib = ffi.dlopen(path)
    add = lib.add
    assert add(1, 2) == 3
    ffi.dlclose(lib)
    ffi.dlclose(lib)
    uses = [lambda: lib.add, lambda: lib.counter, lambda: lib.weigh]
    if support.engine_name() == "native":
        uses.append(lambda: add(1, 2))
    for use in uses:
        with pytest.raises(ValueError):
            use()
    assert "closed" in repr(lib) and ffi.dlopen(path).add(3, 4) == 7


def test_types_are_one_object_before_and_after(ffi, path):
    """What was made before anything unusual was asked stays the type afterwards."""
    lib = ffi.dlopen(path)
    item, color, pointer = ffi.new("item_t *"), ffi.typeof("enum color"), ffi.typeof("compare_t")
    weigh = lib.weigh
    assert "item" in ffi.list_types()[1]         # only Python does this
    assert ffi.typeof("struct item *") is ffi.typeof(item) and ffi.typeof("enum color") is color
    assert ffi.typeof("compare_t") is pointer and ffi.typeof("struct item").fields[2][1].type is ffi.typeof(item)
    assert lib.weigh is weigh and lib.weigh(ffi.new("struct item *", {"weight": 9})) == 9
    assert isinstance(ffi, RuntimeFFI) and not hasattr(ffi, "cdef")


def test_layouts(ffi):
    """Records, bit-fields and nameless members as the ABI lays them out."""
    assert [ffi.sizeof(name) for name in ("struct item", "struct flags", "enum color", "item_t[3]")] == [40, 12, 4, 120]
    flags = ffi.new("struct flags *", {"a": 7, "b": 9, "y": 4})
    assert (flags.a, flags.b, flags.x, flags.y) == (7, 9, 0, 4)
    assert ffi.sizeof("int[LIMIT]") == 20 and ffi.offsetof("struct item", "name") == 24
    for wrong in ("struct nobody", "nobody_t", "int[", "struct nobody *"):
        with pytest.raises(ffi.error):
            ffi.typeof(wrong)


def test_only_modules_with_a_compiled_part_have_def_extern(ffi):
    with pytest.raises(ValueError, match="API-mode"):
        ffi.def_extern()


def test_threads(module, path):
    """All may be the first to use the `ffi` and its library."""
    for _ in range(10):
        ffi = unused(module)
        lib = ffi.dlopen(path)
        barrier, seen = threading.Barrier(6), []

        def use(which, ffi=ffi, lib=lib, barrier=barrier, seen=seen):
            barrier.wait()
            first = lib.counter if which % 2 else None
            seen.append((lib.add, ffi.typeof("struct item"), lib.add(2, 3), first in (3, None)))
        threads = [threading.Thread(target=use, args=(which,)) for which in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(seen) == 6 and all(one[1:] == seen[0][1:] for one in seen)


@pytest.mark.parametrize("used_first", [False, True])
def test_included_modules(tmp_path, path, used_first):
    """Types of an included module are its own; its functions are found in this module's libraries."""
    base = builder("struct item { int id; double weight; struct item *next; char name[16]; };"
                   "int weigh(struct item *); enum color { RED, GREEN = 5 }; extern int counter;", None, fresh_name("base"))
    base.compile(tmpdir=str(tmp_path))
    top = builder("typedef struct item item_t; int add(int, int); struct pair { struct item a, b; };", None,
                  fresh_name("top"), include=[base])
    top.compile(tmpdir=str(tmp_path))
    inner = import_from(tmp_path, base._source[0]).ffi
    if used_first:
        inner.list_types()
    ffi = import_from(tmp_path, top._source[0]).ffi
    assert ffi.typeof("item_t") is inner.typeof("struct item") and ffi.sizeof("struct pair") == 80
    lib = ffi.dlopen(path)
    assert lib.add(1, 2) == 3 and lib.weigh(inner.new("struct item *", {"weight": 3})) == 3
    assert lib.GREEN == 5 and lib.counter == 3
    other = FFI()
    other.include(ffi)
    assert other.sizeof("struct pair") == 80 and other.typeof("item_t") is inner.typeof("struct item")


@pytest.mark.skipif(support.engine_name() != "native", reason="other engines use the reader in Python")
def test_no_line_of_the_package_is_needed(tmp_path, path):
    """Importing the module, opening a library, calling it and making data run in the core alone."""
    builder(CDEF, None, "_abi_lines").compile(tmpdir=str(tmp_path))
    code = """
        import sys
        from _abi_lines import ffi
        lib = ffi.dlopen(%r)
        item = ffi.new("struct item *", {"weight": 2.0})
        assert lib.weigh(item) == 2 and lib.add(1, 2) == 3 and ffi.sizeof("item_t *") == 8
        print(*sorted(name for name in sys.modules if "cffi" in name))
    """ % path
    environment = {"PYTHONPATH": os.pathsep.join([str(tmp_path), support.package_folder()])}
    assert support.run_python(code, env=environment).stdout.split() == ["_cffi_like"]


def test_an_older_format_is_refused(tmp_path):
    """A NAME.py of another version says which."""
    name = fresh_name("abi")
    builder("int f(int);", None, name).compile(tmpdir=str(tmp_path))
    path = tmp_path / (name + ".py")
    path.write_text(path.read_text().replace("__name__, 2,", "__name__, 1,"))
    with pytest.raises(ImportError, match="generated in format 1, this cffi_like reads format 2"):
        import_from(tmp_path, name)
    assert name not in sys.modules
