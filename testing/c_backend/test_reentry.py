"""Conversions run Python code: what that code does to the objects at hand must not crash."""

import gc

import pytest
from call_support import B, fn, load, new, t


class Number:
    """Something like an int, whose conversion runs `action`."""

    def __init__(self, action, value=1):
        self.action, self.value = action, value

    def __index__(self):
        self.action()
        return self.value


def shrinking(count):
    items = [Number(lambda: items.clear())] + [2] * count
    return items


def growing(count):
    items = [Number(lambda: items.extend([3] * 5000))] + [2] * count
    return items


@pytest.mark.parametrize("make", [shrinking, growing])
def test_lists_that_change(make):
    """Initializers and temporary arrays take what the list has when it is read, within the memory that was made."""
    assert new("int[51]", make(50))[0] == 1
    assert new("int[]", make(50))[0] == 1
    assert B.newp(B.new_pointer_type(t("struct ints")), make(1)).a == 1
    array = new("int[51]")
    with pytest.raises(ValueError):
        array[0:51] = make(50)
    load("sum_ints", fn("int", "int*", "int"))(make(50), 51)


@pytest.mark.parametrize("change", [lambda items: items.extend([3] * 5000), lambda items: items.clear()])
def test_a_later_argument_changes_an_earlier_one(change):
    """The temporary array of an argument stays within its memory although the list has changed since."""
    items = [1] * 50
    load("sum_ints", fn("int", "int*", "int"))(items, Number(lambda: change(items), 10))


def test_dictionaries_that_change():
    """A dict that grows or shrinks while it initializes a struct."""
    items = {}
    items.update(a=Number(lambda: items.clear()), b=2)
    assert B.newp(B.new_pointer_type(t("struct ints")), items).a == 1
    more = {}
    more.update(a=Number(lambda: more.update(("x%d" % i, 1) for i in range(1000))), b=2)
    B.newp(B.new_pointer_type(t("struct ints")), more)


def test_a_length_that_changes():
    """The length of an open array is asked for once."""
    lengths = iter([3, 10**6, 10**6, 10**6])

    class Length:
        def __index__(self):
            return next(lengths)
    assert len(B.newp(t("int[]"), Length())) == 3


def test_fields_that_change():
    """The list of fields may change while it is read, and the record may be completed meanwhile."""
    rows = [("a", t("int"), Number(lambda: rows.clear(), 3)), ("b", t("int"), -1), ("c", t("int"), -1)]
    made = B.new_struct_type("struct changing")
    B.complete_struct_or_union(made, rows)
    assert [name for name, _ in made.fields] == ["a", "b", "c"]
    twice = B.new_struct_type("struct twice")
    with pytest.raises(TypeError):
        B.complete_struct_or_union(twice, [("a", t("int"), Number(
            lambda: B.complete_struct_or_union(twice, [("b", t("int"), -1)]), -1))])
    assert [name for name, _ in twice.fields] == ["b"]


def test_callbacks_that_go_away():
    """A callback, and a destructor's object, that lose their last reference while they run."""
    kept = []

    def run(value):
        kept.clear()
        gc.collect()
        return value + 1
    kept.append(B.callback(fn("int", "int"), run))
    assert load("call_int", fn("int", fn("int", "int"), "int"))(kept[0], 3) == 4
    kept.append(B.gcp(new("int", 5), lambda dead: kept.append(dead)))
    kept.clear()
    gc.collect()
    assert kept[0][0] == 5
