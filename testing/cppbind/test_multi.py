"""Promises of cppbind.multi: Python classes that derive from several C++ classes."""

import gc

import pytest
from cpp_runtime import load_text

import cppbind

HEADER = r"""
#include <string>
namespace several {
struct Named { explicit Named(const std::string &name = "?") : label(name) {} virtual ~Named() = default;
               virtual std::string name() const { return label; } std::string label; };
struct Sized { Sized(int width, int height = 2) : width(width), height(height) {} virtual ~Sized() = default;
               virtual int area() const = 0; int width, height; static inline int alive = 0; };
struct Plain { int value = 4; };
struct Locked final {};
struct Closed { private: Closed() = default; };
inline std::string describe(const Named &named) { return "<" + named.name() + ">"; }
inline int measure(const Sized &sized) { return sized.area() * 10; }
inline const Sized *same(const Sized *sized) { return sized; }
}
"""


@pytest.fixture(scope="module")
def several(tmp_path_factory):
    return load_text(HEADER, tmp_path_factory.mktemp("several")).several


@pytest.fixture(scope="module")
def Tile(several):
    class Tile(cppbind.multi(several.Named, several.Sized, several.Plain)):
        def __init__(self, *args):
            super().__init__(*args)

        def name(self):
            return "tile of " + super().name()

        def area(self):
            return self.width * self.height

    return Tile


def test_every_base_is_overridden(several, Tile):
    """C++ functions that take any of the bases reach the same Python object."""
    tile = Tile(("left",), (3, 5), ())
    assert isinstance(tile, several.Named) and isinstance(tile, several.Sized) and isinstance(tile, several.Plain)
    assert several.describe(tile) == "<tile of left>" and several.measure(tile) == 150
    assert tile.value == 4 and several.same(tile) is tile
    gc.collect()


def test_arguments_of_constructors(several, Tile):
    """One tuple per base, with the defaults of each; or all arguments in a row."""
    assert Tile((), (3,), ()).height == 2 and Tile((), (3,), ()).label == "?"
    tile = Tile("flat", 6, 7)
    assert (tile.label, tile.width, tile.height) == ("flat", 6, 7)
    with pytest.raises(TypeError):
        Tile((1, 2, 3), (4,), ())


def test_the_same_classes_give_the_same_class(several):
    """The class is made once; the order of the bases matters."""
    first = cppbind.multi(several.Named, several.Plain)
    assert cppbind.multi(several.Named, several.Plain) is first
    assert cppbind.multi(several.Plain, several.Named) is not first


def test_what_cannot_be_combined(several):
    """Final classes, the same one twice, and what is no class are TypeErrors."""
    for wrong in ((several.Named,), (several.Named, several.Locked), (several.Named, several.Named),
                  (several.Named, int), (several.Named, "Plain"), (several, several.Named)):
        with pytest.raises(TypeError):
            cppbind.multi(*wrong)
