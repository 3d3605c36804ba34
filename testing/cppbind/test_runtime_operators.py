"""Promises of operators and of unusual members: what C++ spells with symbols, unions, arrays, references."""

import pytest
from cpp_runtime import load, load_text

import cffi_like


@pytest.fixture
def shapes():
    return load("Shapes").shapes


@pytest.fixture
def square(shapes):
    return shapes.Square(3.0)


def test_comparison(shapes, square):
    """Member and global comparison operators are Python's."""
    assert square < shapes.Square(4.0) and not shapes.Square(4.0) < square
    assert square != shapes.Square(4.0) and not square != shapes.Square(3.0)


def test_comparison_with_other_types(square):
    """== with something C++ cannot compare is False, < a TypeError."""
    assert not square == "text" and square != None  # noqa: E711
    with pytest.raises(TypeError):
        square < "text"


def test_unary_and_in_place(shapes, square):
    """- and *= call the C++ operators; *= keeps the object."""
    assert (-square).m_side == -3.0
    same = square
    square *= 2
    assert square is same and square.m_side == 6.0


def test_call_and_index(square):
    """() and [] call the C++ operators."""
    assert square(2.0) == 6.0 and square[4] == 12.0
    with pytest.raises(TypeError):
        square["x"]
    with pytest.raises(TypeError):
        iter(square)


def test_assignment_to_an_item(tmp_path, square):
    """a[i] = x writes through the reference that operator[] returns; without one it is a TypeError."""
    gbl = load_text('#include <string>\n#include <stdexcept>\nstruct ItPoint { int x = 1; };'
                    'struct ItAll { int numbers[3] = {1, 2, 3}; std::string text; ItPoint point;'
                    ' int &operator[](int i) { if (i > 2) throw std::out_of_range("item"); return numbers[i]; }'
                    ' const int &operator[](int i) const { return numbers[i]; }'
                    ' std::string &operator[](const char *) { return text; } ItPoint &operator[](double) { return point; } };',
                    tmp_path)
    made, point = gbl.ItAll(), gbl.ItPoint()
    made[1] = 20
    assert made[1] == 20 and list(made.numbers) == [1, 20, 3]
    made["any"] = "text"
    assert made["any"] == made.text == "text"
    point.x = 9
    made[0.5] = point
    assert made.point.x == 9
    with pytest.raises(IndexError):
        made[3] = 1
    for wrong in ("x", 1.5, None):
        with pytest.raises(TypeError):
            made[1] = wrong
    with pytest.raises(OverflowError):
        made[1] = 2**40
    with pytest.raises(TypeError):
        square[1] = 2.0


def test_conversions(shapes, square):
    """operator double is float(), operator bool is truth."""
    assert float(square) == 3.0 and bool(square) and not shapes.Square(0.0)


def test_global_binary_operator(shapes):
    """operators that are no members are found in the namespace of the class."""
    a, b = shapes.Point(), shapes.Point()
    a.x, a.y, b.x, b.y = 1.0, 2.0, 10.0, 20.0
    total = a + b
    assert (total.x, total.y) == (11.0, 22.0) and total.__python_owns__
    assert not a == b and a == a
    with pytest.raises(TypeError):
        a + 5


def test_reversed_and_assignment(tmp_path):
    """An operator whose second operand is the class serves `2 * v`; operator= is __assign__."""
    gbl = load_text("struct OpV { double x; OpV(double x = 0) : x(x) {} OpV operator-(const OpV &o) const { return x - o.x; }"
                    " OpV &operator++() { ++x; return *this; } };"
                    "inline OpV operator*(double f, const OpV &v) { return OpV(f * v.x); }", tmp_path)
    v = gbl.OpV(3)
    assert (2 * v).x == 6.0 and (v - gbl.OpV(1)).x == 2.0
    v.__assign__(gbl.OpV(8))
    assert v.x == 8.0 and v.__preinc__() is v and v.x == 9.0


# ---- members of every kind -----------------------------------------------------------------

@pytest.fixture
def layout(shapes):
    target = cffi_like.FFI().new("int *", 77)
    made = shapes.Layout(target)
    return made, target


def test_anonymous_union(layout):
    """Members of an anonymous union are members of the class and share their memory."""
    made, _target = layout
    made.whole = 0x04030201
    assert list(made.bytes) == [1, 2, 3, 4]


def test_narrow_members(layout):
    """char is a character, int8_t an integer, bool a bool, long double a float."""
    made, _target = layout
    assert (made.tiny, made.letter, made.flag, made.wide, made.cache) == (-1, "x", True, 0.5, 0)
    made.tiny, made.letter, made.flag, made.wide = 127, "y", False, 1.25
    assert (made.tiny, made.letter, made.flag, made.wide) == (127, "y", False, 1.25)
    with pytest.raises(OverflowError):
        made.tiny = 128
    with pytest.raises(TypeError):
        made.letter = "ab"


def test_const_bit_field(layout):
    """A const bit-field is read, not assigned."""
    made, _target = layout
    assert made.fixed == 4
    with pytest.raises(TypeError):
        made.fixed = 3


def test_array_member(layout):
    """An array is a view of the object's memory, of all its dimensions."""
    made, _target = layout
    made.matrix[1][2] = 5.5
    assert made.matrix[1][2] == 5.5
    made.matrix = [[1, 2, 3], [4, 5, 6]]
    assert [list(row) for row in made.matrix] == [[1, 2, 3], [4, 5, 6]]
    with pytest.raises(IndexError):
        made.matrix[2]


def test_array_view_keeps_its_object(shapes):
    """The memory behind a view lives as long as the view."""
    target = cffi_like.FFI().new("int *")
    before = shapes.Layout(target)
    before.matrix[0][0] = 4.25
    view = before.matrix
    del before
    others = [shapes.Layout(target) for _ in range(50)]
    assert view[0][0] == 4.25 and len(others) == 50


def test_string_and_pointer_members(tmp_path):
    """std::string, const char *, pointers and arrays of objects as members."""
    gbl = load_text('#include <string>\nstruct MeItem { int i = 1; };'
                    'struct MeAll { std::string text = "a"; const char *c = "b"; MeItem *item = nullptr;'
                    ' MeItem items[3]; int *number = nullptr; char name[8] = "abc"; const std::string fixed = "f"; };',
                    tmp_path)
    made = gbl.MeAll()
    assert (made.text, made.c, made.name, made.fixed) == ("a", "b", "abc", "f")
    made.text, made.c, made.name = "long text " * 10, "literal " + str(1), "xyz"
    assert (made.text, made.c, made.name) == ("long text " * 10, "literal 1", "xyz")
    assert not made.item
    made.item = gbl.MeItem()
    made.item.i = 5
    assert made.item.i == 5
    made.item = None
    assert not made.item
    made.items[1].i = 9
    assert [item.i for item in made.items] == [1, 9, 1]
    with pytest.raises(TypeError):
        made.fixed = "x"
    with pytest.raises(TypeError):
        made.name = "too long for it"
    with pytest.raises(TypeError):
        made.item = made


def test_special_members(shapes):
    """Objects that cannot be copied can be returned and passed by pointer; deleted functions are not there."""
    only = shapes.MakeMoveOnly(6)
    assert only.Get() == 6 and only.__python_owns__
    assert not hasattr(shapes.Polygon(), "Removed")
    with pytest.raises(TypeError):
        shapes.MoveOnly(only)


def test_ref_qualified_methods(shapes):
    """A method for temporaries only is refused with the reason."""
    polygon = shapes.Polygon()
    assert polygon.Clone().Name() == "polygon"
    with pytest.raises(TypeError) as caught:
        polygon.Consume()
    assert "temporar" in str(caught.value)
