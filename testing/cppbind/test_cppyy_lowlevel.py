"""Scripts in the manner of cppyy's documentation: low-level memory, casts, pointers, ctypes, signals, odds and ends.

Each runs unchanged on cppyy but for the import.  Neighbours: test_cppyy_classes.py, test_cppyy_library.py.
"""

import ctypes
from importlib import import_module

import numpy as np
import pytest

import cppbind as cppyy
import cppbind.ll  # noqa: F401


def test_casts():
    """cast, static_cast, reinterpret_cast and dynamic_cast, by type in brackets."""
    cppyy.cppdef("namespace lcast { struct B { virtual ~B() {} int b = 1; }; struct D : B { int d = 2; }; D *make() { static D d; return &d; } void *v() { return make(); } }")
    lcast, ll = cppyy.gbl.lcast, cppyy.ll
    d = ll.cast["lcast::D*"](lcast.v())
    assert d.d == 2
    assert ll.reinterpret_cast["lcast::D*"](lcast.v()).d == 2
    b = ll.static_cast["lcast::B*"](lcast.make())
    assert b.b == 1
    assert ll.dynamic_cast["lcast::D*"](b).d == 2
    assert ll.static_cast["int"](3.7) == 3


def test_malloc():
    """malloc[T] gives an array that is indexed and freed."""
    ll = cppyy.ll
    arr = ll.malloc[int](4)
    arr[0], arr[3] = 5, 7
    assert (arr[0], arr[3], len(arr)) == (5, 7, 4)
    ll.free(arr)
    arr = ll.array_new[int](4)
    assert [arr[i] for i in range(4)] == [0, 0, 0, 0]
    with pytest.raises(IndexError):
        arr[4]
    ll.array_delete(arr)


def test_out_parameters():
    """ctypes values and pointers are out parameters."""
    cppyy.cppdef("namespace lout { void set(int *i) { *i = 42; } void ref(double &d) { d = 2.5; } void create(int **p) { static int v = 7; *p = &v; } }")
    lout = cppyy.gbl.lout
    i = ctypes.c_int()
    lout.set(i)
    assert i.value == 42
    lout.set(ctypes.byref(i))
    lout.set(ctypes.pointer(i))
    pair = (ctypes.c_int * 2)(1, 2)
    with pytest.raises(TypeError, match="cannot convert .*CArgObject to 'int \\*'"):
        lout.set(ctypes.byref(pair, ctypes.sizeof(ctypes.c_int)))       # where it points is not to be learnt
    assert list(pair) == [1, 2]
    d = ctypes.c_double()
    lout.ref(d)
    assert d.value == 2.5
    p = ctypes.POINTER(ctypes.c_int)()
    lout.create(p)
    assert p.contents.value == 7
    lout.create(ctypes.byref(p))


def test_numpy_out_parameter():
    """An array of one item is a place for a result."""
    cppyy.cppdef("namespace lnp { void set(int *i) { *i = 42; } }")
    place = np.zeros(1, dtype=np.int32)
    cppyy.gbl.lnp.set(place)
    assert place[0] == 42


def test_pointer_to_pointer():
    """T** of a class takes a proxy to be set."""
    cppyy.cppdef("namespace lpp { struct C { int v = 5; }; void create(C **c) { *c = new C; } int get(C **c) { return (*c)->v; } }")
    lpp = cppyy.gbl.lpp
    c = cppyy.bind_object(cppyy.nullptr, lpp.C)
    lpp.create(c)
    assert c.v == 5 and lpp.get(c) == 5
    c.__python_owns__ = True


def test_const_char_array():
    """const char*[] takes a list of strings or a ctypes array."""
    cppyy.cppdef("namespace lcc { int total(const char *all[], int n) { int t = 0; for (int i = 0; i < n; ++i) t += (int)std::string(all[i]).size(); return t; } }")
    lcc = cppyy.gbl.lcc
    words = (ctypes.c_char_p * 2)(b"one", b"three")
    assert lcc.total(words, 2) == 8


def test_argv():
    """argc() and argv() go where main's arguments are wanted."""
    cppyy.cppdef("namespace larg { int count(int argc, char **argv) { return argv[0] ? argc : -1; } }")
    ll = cppyy.ll
    assert cppyy.gbl.larg.count(ll.argc(), ll.argv()) == ll.argc()


def test_void_pointer():
    """void* takes objects, ints of addresses, ctypes; intptr_t of a result is int()."""
    cppyy.cppdef("namespace lvp { struct C { int v = 5; }; intptr_t where(void *p) { return (intptr_t)p; } }")
    c = cppyy.gbl.lvp.C()
    assert cppyy.gbl.lvp.where(c) == cppyy.addressof(c)
    assert cppyy.gbl.lvp.where(cppyy.nullptr) == 0
    assert cppyy.gbl.lvp.where(ctypes.c_void_p(cppyy.addressof(c))) == cppyy.addressof(c)


def test_as_ctypes_and_views():
    """as_memoryview, as_capsule, as_cobject, as_ctypes of an object."""
    cppyy.cppdef("namespace lact { struct C { int v = 5; }; }")
    c = cppyy.gbl.lact.C()
    assert type(cppyy.ll.as_capsule(c)).__name__ == "PyCapsule"
    assert type(cppyy.ll.as_cobject(c)).__name__ == "PyCapsule"
    pointer = cppyy.ll.as_ctypes(c)
    assert isinstance(pointer, ctypes.c_void_p) and pointer.value == cppyy.addressof(c)


def test_as_memoryview():
    """An array of C++ as a memoryview."""
    arr = cppyy.ll.array_new[int](3)
    view = cppyy.ll.as_memoryview(arr)
    view[1] = 4
    assert arr[1] == 4 and view.nbytes == 12
    view.release()
    cppyy.ll.array_delete(arr)


def test_signals_as_exception():
    """A signal inside of a call is an exception of its own class, all of them FatalErrors."""
    cppyy.cppdef("""#include <cstdlib>
        #include <csignal>
        namespace lsig { int *null() { return nullptr; } int segv() { return *(volatile int *)null(); } void aborted() { abort(); }
        void fpe() { raise(SIGFPE); } void ill() { raise(SIGILL); } void bus() { raise(SIGBUS); } int fine() { return 3; } }""")
    ll, lsig = cppyy.ll, cppyy.gbl.lsig
    assert lsig.fine() == 3
    with ll.signals_as_exception():
        with pytest.raises(ll.SegmentationViolation):
            lsig.segv()
        with pytest.raises(ll.AbortSignal):
            lsig.aborted()
        assert lsig.fine() == 3
    for error in (ll.SegmentationViolation, ll.AbortSignal, ll.BusError, ll.IllegalInstruction):
        assert issubclass(error, ll.FatalError)


def test_sig2exc_of_a_method():
    """__sig2exc__ asks for it for one function."""
    cppyy.cppdef("namespace lse { int *null() { return nullptr; } int segv() { return *(volatile int *)null(); } "
                 "struct C { int segv() { return *(volatile int *)null(); } }; }")
    cppyy.gbl.lse.segv.__sig2exc__ = True
    with pytest.raises(cppyy.ll.SegmentationViolation):
        cppyy.gbl.lse.segv()
    cppyy.gbl.lse.C.segv.__sig2exc__ = True
    with pytest.raises(cppyy.ll.SegmentationViolation):
        cppyy.gbl.lse.C().segv()


def test_set_signals_as_exception():
    """The policy for all calls; it returns what was set before."""
    cppyy.cppdef("namespace lss { int *null() { return nullptr; } int segv() { return *(volatile int *)null(); } }")
    assert cppyy.ll.set_signals_as_exception(True) is False
    try:
        with pytest.raises(cppyy.ll.SegmentationViolation):
            cppyy.gbl.lss.segv()
    finally:
        assert cppyy.ll.set_signals_as_exception(False) is True


def test_sizeof_typeid_macro():
    """sizeof, typeid, macro."""
    cppyy.cppdef("#define LSM_ANSWER 42\nnamespace lsm { struct C { double d[3]; }; }")
    assert cppyy.sizeof("int") == 4 and cppyy.sizeof(cppyy.gbl.lsm.C) == 24 and cppyy.sizeof("lsm::C") == 24
    assert cppyy.typeid(cppyy.gbl.lsm.C) == cppyy.typeid("lsm::C") and cppyy.typeid("int") != cppyy.typeid("double")
    assert cppyy.macro("LSM_ANSWER") == 42


def test_builtin_sizes():
    """sizeof of Python types and ctypes."""
    assert cppyy.sizeof(int) == 4 and cppyy.sizeof(ctypes.c_double) == 8 and cppyy.sizeof("double") == 8


def test_cppexec():
    """cppexec runs statements; what they declare stays."""
    cppyy.cppexec("int exec_made = 3; exec_made += 4;")
    assert cppyy.gbl.exec_made == 7


def test_varargs():
    """Variadic C functions."""
    cppyy.cppdef("#include <cstdarg>\nnamespace lva { int sum(int n, ...) { va_list l; va_start(l, n); int t = 0; for (int i = 0; i < n; ++i) t += va_arg(l, int); va_end(l); return t; } }")
    assert cppyy.gbl.lva.sum(3, 1, 2, 4) == 7


def test_pyobject():
    """PyObject* passes Python's own objects."""
    cppyy.cppdef("#include <Python.h>\nnamespace lpo { PyObject *same(PyObject *o) { Py_INCREF(o); return o; } }")
    what = object()
    assert cppyy.gbl.lpo.same(what) is what


def test_union_and_anonymous():
    """Anonymous unions and structs are flattened as C++ does; bit-fields are there."""
    cppyy.cppdef("namespace lun { struct C { union { int i; float f; }; struct { int a, b; } pair; int flag : 1; }; }")
    c = cppyy.gbl.lun.C()
    c.f = 1.0
    assert c.i == 0x3F800000
    c.pair.a = 4
    assert c.pair.a == 4


def test_types_module():
    """The classes of proxies, for isinstance."""
    import_module("cppbind.types")
    cppyy.cppdef("namespace ltm { struct C { int f() { return 1; } }; int g() { return 1; } template <class T> T h(T t) { return t; } template <class T> struct K {}; }")
    ltm = cppyy.gbl.ltm
    assert isinstance(ltm.C, cppyy.types.Scope) and isinstance(ltm.C(), cppyy.types.Instance)
    assert isinstance(ltm.g, cppyy.types.Function) and isinstance(ltm.h, cppyy.types.Template)


def test_interactive():
    """cppyy.interactive has the names for interactive use."""
    from cppbind import interactive
    assert {"g", "std", "cppdef", "include"} <= set(dir(interactive)) or hasattr(interactive, "cppdef")


def test_lifeline():
    """What points into a temporary keeps it alive with __set_lifeline__."""
    cppyy.cppdef("namespace lli { struct In { int v = 4; }; struct Out { static int n; In in; Out() { ++n; } ~Out() { --n; } In *get() { return &in; } }; int Out::n = 0; }")
    Out = cppyy.gbl.lli.Out
    Out.get.__set_lifeline__ = True
    inner = Out().get()
    value = inner.v
    assert (Out.n, value) == (1, 4)
    del inner
    assert Out.n == 0


def test_paths(tmp_path):
    """Paths of headers are added; a missing folder is an OSError."""
    (tmp_path / "path_header.h").write_text("namespace lph { inline int five() { return 5; } }")
    cppyy.add_include_path(str(tmp_path))
    cppyy.include("path_header.h")
    assert cppyy.gbl.lph.five() == 5
    with pytest.raises(OSError):
        cppyy.add_include_path("/no/such/folder")
