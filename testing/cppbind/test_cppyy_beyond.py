"""Promises where a script of cppyy's meets its limits: signals, shapes, exception classes, iterators.

Neighbours: test_cppyy_classes.py, test_cppyy_library.py and test_cppyy_lowlevel.py, which run on cppyy too.
"""

import ctypes
import threading

import numpy as np
import pytest

import cppbind
from cppbind import gbl, ll


@pytest.fixture(scope="module")
def sig():
    cppbind.cppdef("""#include <csignal>
        #include <cstdlib>
        namespace sigb { int *null() { return nullptr; } int read() { return *(volatile int *)null(); }
        int divide() { std::raise(SIGFPE); return 1; }
        int plain(int i) { return i; }
        struct Bad { int v; Bad() : v(0) {} explicit Bad(int) { v = read(); } int operator+(const Bad &) const { return read(); }
            int get() const { return read(); } }; }""")
    return gbl.sigb


def test_signals_everywhere(sig):
    """Constructors, operators and methods, called before or not, are protected; afterwards all goes on."""
    bad = sig.Bad()
    with ll.signals_as_exception():
        for call in (sig.read, bad.get, lambda: sig.Bad(1), lambda: bad + bad):
            for _ in range(3):
                with pytest.raises(ll.SegmentationViolation, match="segmentation violation in C\\+\\+"):
                    call()
        with pytest.raises(ll.ArithmeticSignal):
            sig.divide()
        assert sig.plain(4) == 4
    assert sig.plain(5) == 5


def test_signals_in_threads(sig):
    """A signal is the exception of the thread whose call it was, with the GIL released or held."""
    sig.read.__release_gil__ = True
    caught = []

    def run():
        for _ in range(20):
            try:
                sig.read()
            except ll.SegmentationViolation as error:
                caught.append(error)

    with ll.signals_as_exception():
        threads = [threading.Thread(target=run) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    sig.read.__release_gil__ = False
    assert len(caught) == 60


def test_one_function_alone(sig):
    """__sig2exc__ is read back, and can be taken away."""
    sig.plain.__sig2exc__ = True
    assert sig.plain.__sig2exc__ and sig.plain(3) == 3
    sig.plain.__sig2exc__ = False
    assert not sig.plain.__sig2exc__ and sig.plain(3) == 3


def test_shapes():
    """reshape() takes an int or a tuple; memory that Python knows the size of, and negative lengths, are refused."""
    cppbind.cppdef("namespace shb { int *cells() { static int all[] = {1, 2, 3, 4}; return all; } int total(int *p) { return p[0] + p[3]; } }")
    cells = gbl.shb.cells()
    with pytest.raises(AttributeError, match="has no attribute .shape."):
        cells.shape  # noqa: B018
    cells.reshape(4)
    assert cells.shape == (4,) and list(cells) == [1, 2, 3, 4] and gbl.shb.total(cells) == 5
    cells.reshape((2, 2))
    assert np.asarray(cells).tolist() == [[1, 2], [3, 4]]
    for wrong in (-1, (2, -2), ()):
        with pytest.raises(ValueError):
            cells.reshape(wrong)
    with pytest.raises(TypeError):
        cells.reshape("ab")
    assert cells.shape == (2, 2)
    with pytest.raises(TypeError, match="memory whose size is known"):
        ll.malloc[int](3).reshape((1, 3))


def test_data_keeps_the_vector():
    """What data() of a vector shows lives as long as somebody looks."""
    view = gbl.std.vector["double"]([1, 2, 3]).data()
    assert view.shape == (3,) and list(view) == [1, 2, 3]


def test_void_pointers_of_ctypes():
    """A c_void_p is the address that it holds, not its own; other ctypes objects are what they are."""
    cppbind.cppdef("namespace vpb { long where(void *p) { return (long)p; } }")
    number = ctypes.c_int(3)
    assert gbl.vpb.where(ctypes.c_void_p(4096)) == 4096
    assert gbl.vpb.where(number) == ctypes.addressof(number)


def test_exception_classes():
    """Class.__exception__ is what arrives, with its bases; other classes have none."""
    cppbind.cppdef("""#include <stdexcept>
        namespace exb { struct Lost : std::out_of_range { using std::out_of_range::out_of_range; }; struct Plain {}; void lose() { throw Lost("lost"); } }""")
    with pytest.raises(gbl.exb.Lost.__exception__, match="lost") as caught:
        gbl.exb.lose()
    assert isinstance(caught.value, IndexError) and caught.type.cpp_type == "exb::Lost"
    assert issubclass(caught.type, gbl.std.out_of_range.__exception__)
    assert not hasattr(gbl.exb.Plain, "__exception__")


def test_iterators_that_return_themselves():
    """The library's iterators are advanced and compared by C++'s operators."""
    cppbind.cppdef("namespace itb { struct Row { std::vector<int> v{1, 2, 3}; std::vector<int>::iterator begin() { return v.begin(); } "
                   "std::vector<int>::iterator end() { return v.end(); } }; }")
    row = gbl.itb.Row()
    assert row.begin() == row.begin() and row.begin() != row.end()
    assert list(row) == [1, 2, 3]
    at = row.begin()
    at.__preinc__()
    assert at.__deref__() == 2


def test_streams():
    """A stream takes numbers, text, and objects that have an operator<<; others are a TypeError."""
    cppbind.cppdef("""#include <sstream>
        namespace stb { struct Point { int x = 3; }; struct Mute {};
        std::ostream &operator<<(std::ostream &s, const Point &p) { return s << "P" << p.x; } }""")
    stream = gbl.std.ostringstream()
    stream << "n=" << 3 << " " << gbl.stb.Point()
    assert stream.str() == "n=3 P3"
    with pytest.raises(TypeError, match="no operator<<"):
        stream << gbl.stb.Mute()


def test_functions_as_methods():
    """A C++ function that is assigned to a class is a method; through its namespace it stays a function."""
    cppbind.cppdef("namespace fmb { struct C { int v = 3; }; int twice(const C &c) { return 2 * c.v; } }")
    gbl.fmb.C.twice = gbl.fmb.twice
    assert gbl.fmb.C().twice() == 6 == gbl.fmb.twice(gbl.fmb.C())


def test_python_headers_are_found():
    """Code that includes Python.h needs no include path."""
    cppbind.cppdef("#include <Python.h>\nnamespace phb { PyObject *pair(long a) { return Py_BuildValue(\"(ll)\", a, a + 1); } }")
    assert gbl.phb.pair(3) == (3, 4)
