"""Promises of smart pointers: who accepts them, what they convert to, when their objects die."""

import gc

import pytest
import support
from cpp_runtime import load, load_text

import cppbind


def collect():
    """On PyPy an object that another one's finalizer lets go is found in a later round."""
    for _ in range(4):
        gc.collect()


@pytest.fixture
def ptr():
    collect()
    return load("SmartPointers").smart


@pytest.fixture
def std():
    load("SmartPointers")
    return load("SmartPointers").std


@pytest.mark.parametrize("make", ["square", "shape", "unique", "unique_square"])
def test_object_behind_a_pointer_is_passed(ptr, make):
    """What a smart pointer points to is passed for a reference or pointer to it or to a base of it."""
    pointer = getattr(ptr, make)()
    assert [function(pointer) for function in (ptr.object, ptr.mutable_object, ptr.pointer, ptr.const_pointer)] == [4] * 4
    assert pointer.id == 50
    if "square" in make:
        assert ptr.tag(pointer) == 11
    else:
        with pytest.raises(TypeError):
            ptr.tag(pointer)


def test_empty_pointer_is_no_object(ptr):
    """An empty one is a null pointer; for a reference it is a ReferenceError."""
    empty = ptr.no_shape()
    assert ptr.pointer(empty) == -1 and ptr.by_value(empty) == -1 and not empty
    for call in (lambda: ptr.object(empty), lambda: ptr.mutable_object(empty), lambda: empty.sides()):
        with pytest.raises(ReferenceError):
            call()


def test_const_is_kept(ptr):
    """A pointer to const is not passed where C++ could change the object."""
    pointer = ptr.const_shape()
    assert ptr.object(pointer) == 4 == ptr.const_pointer(pointer) == ptr.by_const(pointer)
    for wrong in (ptr.mutable_object, ptr.pointer):
        with pytest.raises(TypeError):
            wrong(pointer)


def test_pointer_to_base(ptr):
    """A shared_ptr to a derived class is passed for one to a base or to const; both own the object."""
    square = ptr.square()
    before = square.use_count()
    assert ptr.by_value(square) == 4 == ptr.by_reference(square) == ptr.by_const(square)
    collect()
    assert ptr.uses(square) == before + 1
    collect()
    assert square.use_count() == before
    for wrong in (ptr.Other(), 3, "text"):
        with pytest.raises(TypeError):
            ptr.by_value(wrong)
    assert ptr.by_value(ptr.unique_square()) == 4


def test_overloads(ptr):
    """Where the pointer itself is wanted it is preferred to its object."""
    assert ptr.choose(ptr.shape()) == 2 and ptr.choose(ptr.Square()) == 1


def test_none_is_an_empty_pointer(ptr):
    """None is passed and assigned for every smart pointer."""
    assert (ptr.by_value(None), ptr.by_reference(None), ptr.sink(None), ptr.look(None), ptr.pointer(None)) == (-1,) * 5
    drawing = ptr.Drawing()
    drawing.main = ptr.square()
    assert drawing.main.sides() == 4
    drawing.main = None
    assert not drawing.main and drawing.main == None  # noqa: E711


def test_moved_from(ptr):
    """A unique_ptr passed by value is empty afterwards, and using it says so; one by reference stays."""
    pointer = ptr.unique()
    assert ptr.look(pointer) == 4 and pointer and ptr.sink(pointer) == 4 and not pointer
    with pytest.raises(ReferenceError):
        pointer.sides()
    assert pointer.get() is None and ptr.look(pointer) == -1
    square = ptr.unique_square()
    assert ptr.sink(square) == 4 and not square


def test_objects_die_once(ptr, std):
    """Every object is destroyed with the last pointer to it."""
    before = ptr.alive
    pointers = [ptr.square(), ptr.shape(), ptr.unique(), std.make_shared[ptr.Square](), std.make_unique["smart::Shape"]()]
    drawing = ptr.Drawing()
    drawing.main = pointers[0]
    drawing.named["a"] = pointers[1]
    assert ptr.alive == before + 6 and drawing.named["a"].sides() == 4
    ptr.sink(pointers[2])
    ptr.by_value(pointers[0])
    pointee = pointers[3].get()
    assert ptr.alive == before + 5
    del pointers
    collect()
    assert ptr.alive == before + 4 and pointee.sides() == 4 and drawing.main.sides() == 4
    del drawing, pointee
    collect()
    assert ptr.alive == before


def test_unique_members(ptr):
    """A unique_ptr member lies in its object: its pointee keeps that alive, and nothing is destroyed twice."""
    before = ptr.alive
    own = ptr.Drawing().own
    collect()
    assert own.sides() == 4 and ptr.alive == before + 1
    pointee = own.get()
    del own
    collect()
    assert pointee.sides() == 4
    del pointee
    collect()
    assert ptr.alive == before
    drawing = ptr.Drawing()
    cycle = [drawing.own]
    cycle.append(cycle)
    del drawing, cycle
    collect()
    assert ptr.alive == before


def test_made_from_an_object(ptr, std):
    """A pointer is made from an object that Python owns, and owns it then; nothing else does that implicitly."""
    before, square = ptr.alive, ptr.Square()
    pointer = std.shared_ptr["smart::Shape"](square)
    assert not square.__python_owns__ and pointer.sides() == 4 and pointer.get() is not None
    with pytest.raises(TypeError):
        std.shared_ptr["smart::Shape"](square)
    with pytest.raises(TypeError):
        ptr.by_value(ptr.Square())
    del pointer, square
    collect()
    assert ptr.alive == before


def test_pointer_member(ptr):
    """A raw pointer that is assigned a smart pointer keeps that alive."""
    drawing = ptr.Drawing()
    drawing.raw = ptr.square()
    collect()
    assert drawing.raw_sides() == 4
    drawing.raw = None
    assert drawing.raw_sides() == -1


def test_weak_pointers(ptr):
    """A weak_ptr is made from a shared_ptr, and knows when its object is gone."""
    shape = ptr.shape()
    weak = ptr.weak(shape)
    assert weak and weak.lock().sides() == 4 and ptr.weak_sides(shape) == 4 == ptr.weak_sides(weak)
    del shape
    collect()
    assert weak.expired() and not weak and not weak.lock() and ptr.weak_sides(weak) == -1


def test_pointers_in_containers(ptr):
    """Items are pointers: members of what they point to are theirs; None and pointers are assigned."""
    shapes = ptr.shapes()
    assert [shape.sides() if shape else None for shape in shapes] == [4, None, 4]
    shapes.append(ptr.square())
    shapes[0] = None
    assert len(shapes) == 4 and not shapes[0] and shapes[3].sides() == 4
    uniques = ptr.uniques()
    assert uniques[0].sides() == 4 and ptr.object(uniques[0]) == 4


def test_reference_to_a_pointer(ptr):
    """C++ may replace what a shared_ptr points to where it takes it by reference."""
    pointer = ptr.shape()
    assert ptr.reset(pointer) == 0 and pointer.sides() == 0


OWNERS = """
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>
namespace owners {
struct Shape { virtual ~Shape() { ++gone; } virtual int area() const { return 1; } static inline int gone = 0; };
struct Square : Shape { int side; Square(int s) : side(s) {} int area() const override { return side * side; } };
typedef std::unique_ptr<Shape> Owner;
inline Owner shape(int side) { return std::make_unique<Square>(side); }
inline std::unique_ptr<Square> square(int side) { return std::make_unique<Square>(side); }
inline std::vector<Owner> shapes() { std::vector<Owner> made; made.push_back(shape(2)); made.push_back(shape(3)); return made; }
inline std::list<Owner> listed() { std::list<Owner> made; made.push_back(shape(2)); return made; }
inline std::map<std::string, Owner> named() { std::map<std::string, Owner> made; made["a"] = shape(2); return made; }
inline int total(const std::vector<Owner> &shapes) {
    int total = 0;
    for (auto &shape : shapes) total += shape ? shape->area() : 0;
    return total;
}
class Handle {          // is moved, never copied
public:
    explicit Handle(int v = 0) : v(v) {}
    Handle(Handle &&other) : v(other.v) { other.v = -1; }
    Handle &operator=(Handle &&other) { v = other.v; other.v = -1; return *this; }
    int v;
};
inline std::vector<Handle> handles() { return std::vector<Handle>(2); }
}
"""


@pytest.fixture(scope="module")
def owners(tmp_path_factory):
    return load_text(OWNERS, tmp_path_factory.mktemp("owners")).owners


def test_items_that_cannot_be_copied_are_moved(owners):
    """A vector of std::unique_ptr is a list: its items are assigned, inserted, taken out and sorted by moving."""
    move, shapes = cppbind.gbl.std.move, owners.shapes()
    shapes[0] = move(owners.shape(4))
    shapes[-1] = move(owners.square(5))
    assert owners.total(shapes) == 16 + 25
    shapes.insert(1, move(owners.shape(1)))
    shapes.append(move(owners.square(6)))
    shapes.extend([move(owners.shape(7))])
    shapes[1:2] = [move(owners.shape(8))]
    assert [shape.area() for shape in shapes] == [16, 64, 25, 36, 49]
    shapes.sort(key=lambda shape: shape.area())
    shapes.reverse()
    last = shapes.pop()
    assert [shape.area() for shape in shapes] == [64, 49, 36, 25] and last.area() == 16 and last.__python_owns__
    del shapes[1:]
    shapes[0] = None
    assert owners.total(shapes) == 0 and len(shapes) == 1
    made = type(shapes)([move(last), None])
    assert owners.total(made) == 16 and not last
    with pytest.raises(TypeError, match="copied"):
        made.copy()


def test_temporaries_of_items(owners):
    """append and push_back take what a call returns; what has a name is moved from only if std.move says so."""
    shapes, named = owners.shapes(), owners.shape(9)
    if support.engine_name() == "native":       # others cannot tell what has a name
        named = owners.square(9)
        shapes.append(owners.shape(4))
        shapes.push_back(owners.square(5))
        assert owners.total(shapes) == 4 + 9 + 16 + 25
    for store in (shapes.append, shapes.push_back, lambda value: shapes.insert(0, value),
                  lambda value: shapes.__setitem__(0, value)):
        with pytest.raises(TypeError, match="std.move"):
            store(named)
    assert named.area() == 81


def test_maps_and_lists_of_owners(owners):
    """So do maps and lists; a value that is replaced is destroyed."""
    move, named, listed = cppbind.gbl.std.move, owners.named(), owners.listed()
    before = owners.Shape.gone
    named["a"] = move(owners.square(3))
    named["b"] = move(owners.shape(4))
    assert {key: value.area() for key, value in named.items()} == {"a": 9, "b": 16} and owners.Shape.gone == before + 1
    assert named.pop("b").area() == 16 and list(named) == ["a"]
    listed.append(move(owners.shape(5)))
    listed[0] = move(owners.shape(6))
    assert [shape.area() for shape in listed] == [36, 25]
    handles = owners.handles()
    handles[1] = move(owners.Handle(4))
    handles.append(move(owners.Handle(5)))
    assert [handle.v for handle in handles] == [0, 4, 5] and handles.pop().v == 5
