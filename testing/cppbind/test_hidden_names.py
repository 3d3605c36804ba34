"""Classes and enums that a function or variable of the same name hides."""

import pickle

import pytest
from cpp_runtime import load_text

HEADER = """
#include <sys/stat.h>
#include <string>
namespace hid {
struct info { int size = 3; info() {} explicit info(int size) : size(size) {} int twice() const { return 2 * size; }
              static int made() { return 8; } };
inline int info(const char *, struct info *out) { out->size = 7; return 1; }
inline struct info copied(struct info given) { given.size++; return given; }
inline int size_of(const struct info &given) { return given.size; }
enum colour { red, green };
inline int colour(enum colour given) { return given + 10; }
union cell { int whole; float real; };
static union cell cell;
struct wide : info { int more = 2; };
struct Outer {
    struct item { int v = 4; };
    int item(int a) { return a; }
    enum kind { first, second = 5 };
    int kind = 9;
    struct item make() { return {}; }
};
struct shape { virtual ~shape() {} virtual int sides() const { return 0; } };
inline int shape(const struct shape &of) { return of.sides(); }
inline long length(struct stat *of) { of->st_size = 12; return of->st_size; }
inline unsigned long room() { return sizeof(struct stat); }
}
"""


@pytest.fixture(scope="module")
def hid(tmp_path_factory):
    return load_text(HEADER, tmp_path_factory.mktemp("hidden")).hid


def test_function_and_class_of_one_name(hid):
    """The name is the function, as in C++, and `["struct name"]` the class that it hides."""
    cls = hid["struct info"]
    given = cls(5)
    assert hid.info("x", given) == 1 and given.size == 7 and given.twice() == 14
    assert hid.size_of(given) == 7 and hid.copied(given).size == 8 and cls.made() == 8
    assert cls is hid["class info"] and cls.__cpp_name__ == "hid::info"
    assert type(hid.copied(given)) is cls and issubclass(hid.wide, cls) and hid.size_of(hid.wide()) == 3


def test_function_and_enum_of_one_name(hid):
    """So are enums, and their enumerators have their own names."""
    assert hid.colour(hid.green) == 11 and hid.green is hid["enum colour"].green
    assert pickle.loads(pickle.dumps(hid.green)) is hid.green


def test_variable_and_union_of_one_name(hid):
    """A variable hides a type, too."""
    hid.cell.whole = 3
    assert isinstance(hid.cell, hid["union cell"]) and hid["union cell"](4).whole == 4


def test_hidden_in_a_class(hid):
    """What a member hides is reached by the class's subscription."""
    outer = hid.Outer()
    assert outer.item(3) == 3 and outer.kind == 9
    assert type(outer.make()) is hid.Outer["struct item"] and hid.Outer["struct item"]().v == 4
    assert hid.Outer["enum kind"].second == 5 == hid.Outer.second


def test_hidden_class_can_be_derived_from(hid):
    """Its virtual functions are overridden like any other's."""
    class Square(hid["struct shape"]):
        def sides(self):
            return 4

    assert hid.shape(Square()) == 4 and hid.shape(hid["struct shape"]()) == 0


def test_plain_names_and_errors(hid):
    """A name without keyword is the attribute; what is not there is a KeyError."""
    assert hid["size_of"] is hid.size_of and hid["struct Outer"] is hid.Outer
    for name in ("struct nothing", "union info", "enum info", "struct size_of", "struct"):
        with pytest.raises((KeyError, AttributeError), match=name):
            hid[name]
    with pytest.raises(TypeError, match="no template"):
        hid.Outer[3]


def test_types_of_the_system(hid):
    """`struct stat`, which stat() of the system hides, can be a parameter."""
    assert "stat *of" in hid.length.__doc__ and hid.room() > 0
