"""Promises of `python -m cppbind stubs`: the stubs are Python, and declare what the dictionary has."""

import ast

import pytest
from cpp_dictionaries import build_text

from cppbind.cli import main

HEADER = """
#include <functional>
#include <string>
#include <vector>
namespace stubbed {
/// A "point" of the plane.
struct Point {
    Point(int x = 0, int y = 0) : x(x), y(y) {}
    int x, y;
    static int count;
    enum class Side : unsigned { left, None = 4000000000u };
    struct Inner { double depth; bool on; };
    Inner inner() const { return {}; }
    Point operator+(const Point &other) const { return other; }
    Point *next() { return this; }
    static Point origin() { return {}; }
    /// Moves it.
    void move(int by) { x += by; }
    void move(double by, const std::string &from = "a") {}
private:
    int hidden() { return 1; }
};
struct Three : Point { const char *text() const { return ""; } int str() { return 1; } };
enum Level { low, high = 5 };
typedef Point Place;
inline std::vector<int> numbers(const std::function<int(int)> &lambda, int in, int &out) { return {}; }
inline double from = 1;
namespace deeper { inline int deep(char c, float, long = 3) { return 1; } }
}
int stubbed::Point::count = 1;
"""


@pytest.fixture(scope="module")
def stubs(tmp_path_factory):
    """{path below the folder: text} of the stubs of HEADER."""
    folder = tmp_path_factory.mktemp("stubs")
    assert main(["stubs", str(build_text(HEADER, folder)), "-o", str(folder / "cppbind-stubs")]) == 0
    return {str(path.relative_to(folder / "cppbind-stubs")): path.read_text()
            for path in (folder / "cppbind-stubs").rglob("*") if path.is_file()}


def _class(text, name):
    return next(node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef) and node.name == name)


def _lines(node):
    return [ast.unparse(item) for item in node.body]


def test_one_file_per_namespace(stubs):
    """Each namespace is a package, all of them Python, and `py.typed` says that they are a part of cppbind."""
    assert {"gbl/__init__.pyi", "gbl/stubbed/__init__.pyi", "gbl/stubbed/deeper/__init__.pyi"} <= set(stubs)
    assert stubs.pop("py.typed") == "partial\n"
    for text in stubs.values():
        ast.parse(text)
    assert "from . import stubbed as stubbed" in stubs["gbl/__init__.pyi"]
    assert "def deep(c: _builtins.str, arg2: float, arg3: int = ...) -> int: ..." in stubs[
        "gbl/stubbed/deeper/__init__.pyi"]


def test_classes(stubs):
    """Constructors, data, statics, overloads, operators, inner classes, bases and comments; nothing private."""
    text = stubs["gbl/stubbed/__init__.pyi"]
    point = _class(text, "Point")
    assert ast.get_docstring(point) == 'A "point" of the plane.' and "hidden" not in text
    lines = "\n".join(_lines(point))
    for line in ("x: int", "count: ClassVar[int]", "def __init__(self, x: int=..., y: int=...) -> None",
                 "def __add__(self, other: _gbl.stubbed.Point) -> _gbl.stubbed.Point",
                 "def inner(self) -> _gbl.stubbed.Point.Inner", "def next(self) -> _gbl.stubbed.Point",
                 "@staticmethod\ndef origin() -> _gbl.stubbed.Point", "depth: float", "on: bool",
                 "@overload\ndef move(self, by: int) -> None:\n    \"\"\"Moves it.\"\"\"",
                 "@overload\ndef move(self, by: float, from_: _builtins.str=...) -> None"):
        assert line in lines, line
    assert ast.unparse(_class(text, "Three").bases[0]) == "_gbl.stubbed.Point"
    assert "def text(self) -> _builtins.str" in "\n".join(_lines(_class(text, "Three")))


def test_the_rest(stubs):
    """Enums with their values, typedefs, functions and variables; what is no name in Python has another one."""
    text = stubs["gbl/stubbed/__init__.pyi"]
    assert _lines(_class(text, "Level")) == ["low = 0", "high = 5"]
    assert _lines(_class(text, "Side")) == ["left = 0", "None_ = 4000000000"]
    for line in ("high: _gbl.stubbed.Level\n", "Place = _gbl.stubbed.Point\n", "from_: float  # C++: from\n",
                 "def numbers(lambda_: Callable[..., Any], in_: int, out: Any) -> _gbl.std.vector_int_: ..."):
        assert line in text, line
    assert "class vector_int_:  # C++: vector<int>\n" in stubs["gbl/std/__init__.pyi"]


def test_refusals(tmp_path, capsys):
    """What is no dictionary is an error with a message."""
    assert main(["stubs", str(tmp_path / "none.so"), "-o", str(tmp_path / "out")]) == 1
    assert "none.so" in capsys.readouterr().err and not (tmp_path / "out").exists()
