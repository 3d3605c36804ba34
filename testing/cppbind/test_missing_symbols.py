"""Promises about libraries that keep to themselves what their headers declare: dictionaries load, nothing crashes."""

import subprocess
import sys

import pytest

import cppbind
from cppbind.build import build
from cppbind.compiler import Options, find_compiler
from cppbind.missing_symbols import is_variable, read_linker

if sys.platform == "darwin":
    pytest.skip("hidden visibility is told apart for ELF alone", allow_module_level=True)

HEADER = """
#define EXPORT __attribute__((visibility("default")))
namespace kept {
class EXPORT Shown {
public:
    Shown();
    virtual ~Shown();
    virtual int answer() const;
};
class Hidden : public Shown {
public:
    Hidden();
    ~Hidden();
    int answer() const override;
    int own() const;
    int twice() const { return 2 * own(); }
};
class Inlined : public Shown {      // its virtual table lies where answer() is defined
public:
    Inlined() {}
    int answer() const override;
    int three() const { return 3; }
};
struct Derived : Inlined {
    int more() const { return 4; }
};
EXPORT Inlined *inlined();
class EXPORT Mixed {
public:
    Mixed() {}
    int open() const;
    EXPORT_NOT int closed() const;
    int both() const { return closed() + 1; }
    friend int peek(const Mixed &);
};
int peek(const Mixed &);
int hidden(int);
inline int calls(int x) { return hidden(x) + 1; }
extern int number;
inline int reads() { return number; }
struct Value {
    Value();
    Value(const Value &);
    ~Value();
    int v;
};
EXPORT int take(Value v);
EXPORT Value give();
}
""".replace("EXPORT_NOT", '__attribute__((visibility("hidden")))')
SOURCE = """
#include "kept.h"
namespace kept {
Shown::Shown() {}
Shown::~Shown() {}
int Shown::answer() const { return 1; }
Hidden::Hidden() {}
Hidden::~Hidden() {}
int Hidden::answer() const { return 2; }
int Hidden::own() const { return 3; }
int Inlined::answer() const { return 4; }
Inlined *inlined() { static Inlined made; return &made; }
int Mixed::open() const { return 5; }
int Mixed::closed() const { return 6; }
int peek(const Mixed &) { return 7; }
int hidden(int x) { return x; }
int number = 8;
Value::Value() : v(9) {}
Value::Value(const Value &other) : v(other.v) {}
Value::~Value() {}
int take(Value value) { return value.v; }
Value give() { return Value(); }
}
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kept")
    (folder / "kept.h").write_text(HEADER)
    (folder / "kept.cpp").write_text(SOURCE)
    subprocess.check_call(find_compiler() + ["-shared", "-fPIC", "-fvisibility=hidden", str(folder / "kept.cpp"),
                                             "-o", str(folder / "libkept.so")])
    return build(["kept.h"], str(folder / "libkeptDict.so"), options=Options(
        include_dirs=(str(folder),), library_dirs=(str(folder),), libraries=("kept",),
        flags=("-Wl,-rpath," + str(folder),)))


@pytest.fixture(scope="module")
def kept(built):
    cppbind.load_reflection_info(built.library)
    return cppbind.gbl.kept


def test_what_is_exported_works(kept):
    """The dictionary loads, and what the library exports is there, overriding included."""
    assert kept.Shown().answer() == 1 and kept.Mixed().open() == 5 and kept.give().v == 9

    class Mine(kept.Shown):
        def answer(self):
            return 10
    assert Mine().answer() == 10


def test_hidden_functions_are_errors(kept):
    """Calling what the library keeps to itself says so and names the symbol."""
    for call, symbol in ((lambda: kept.Mixed().closed(), "_ZNK4kept5Mixed6closedEv"), (kept.Hidden, "_ZN4kept6HiddenC"),
                         (lambda: kept.hidden(1), "_ZN4kept6hiddenEi"), (kept.Value, "_ZN4kept5ValueC")):
        with pytest.raises(TypeError, match="does not export it .*" + symbol):
            call()
    with pytest.raises(TypeError, match="no loaded library defines it .*_ZN4kept4peekERKNS_5MixedE"):
        kept.peek(kept.Mixed())


def test_inline_code_that_uses_hidden_functions(kept):
    """An inline function that comes to one throws, and so does a copy that C++ makes."""
    for call, symbol in ((lambda: kept.calls(1), "_ZN4kept6hiddenEi"), (lambda: kept.Mixed().both(), "6closedEv"),
                         (lambda: kept.take(kept.give()), "_ZN4kept5ValueC1ERKS0_")):
        with pytest.raises(RuntimeError, match="its library does not export: .*" + symbol):
            call()


def test_hidden_variables(kept):
    """Neither the variable nor an inline function that reads it is there."""
    with pytest.raises(AttributeError, match="_ZN4kept6numberE"):
        kept.number
    with pytest.raises(TypeError, match="a variable that its library does not export"):
        kept.reads()


def test_hidden_virtual_tables(kept):
    """A class without its virtual table cannot be constructed; the library's objects of it, and what is derived, serve."""
    with pytest.raises(TypeError, match="the virtual table of 'kept::Inlined'"):
        kept.Inlined()
    assert kept.inlined().answer() == 4 and kept.inlined().three() == 3
    derived = kept.Derived()
    assert derived.more() == 4 and derived.three() == 3
    with pytest.raises(RuntimeError, match="6answerEv"):
        derived.answer()

    class Mine(kept.Inlined):
        def answer(self):
            return 11
    assert Mine().answer() == 11
    with pytest.raises(RuntimeError, match="_ZN4kept6HiddenC"):
        type("Other", (kept.Hidden,), {})()


def test_the_build_tells(built):
    """What is not available is listed, once each, and the linker's messages are no warnings."""
    assert built.warnings == []
    listed = [text for text in built.unavailable if "does not export" in text]
    assert any("'int kept::Mixed::closed() const'" in text for text in listed)
    assert any("'kept::number'" in text for text in listed) and len(listed) == len(set(listed))


def test_what_linkers_say():
    """GNU's linker, gold and LLVM's are understood; other messages stay."""
    found, rest = read_linker("/usr/bin/ld: x.o: in function `_Zf':\nx.cpp:(.text+0x5): warning: undefined reference to `_Zg'\n"
                              "y.h:3: warning: something else\n"
                              "x.cpp:3: error: undefined reference to '_Zh'\n"
                              "ld.lld: warning: undefined symbol: _Zi\n>>> referenced by x.cpp\n"
                              "ld: out.so: hidden symbol `_Zj' isn't defined\n")
    assert found == {"_Zg": {"_Zf"}, "_Zh": {"_Zf"}, "_Zi": {"_Zf"}, "_Zj": {"_Zf"}}
    assert rest == "y.h:3: warning: something else\n"
    assert is_variable("_ZN4kept6numberE") and not is_variable("_ZN4kept6hiddenEi") and not is_variable("_ZTVN1a1bE")
