"""Keywords past defaults, aggregates, hashes, increments, ambiguous names, template arguments."""

import inspect
import pickle

import pytest
from cpp_runtime import load

import cppbind


@pytest.fixture(scope="module")
def lang():
    return load("Language").lang


def test_keywords_past_defaults(lang):
    """A keyword may come after parameters that keep their defaults, which are worked out from the header's text."""
    assert lang.defaults() == "3x2015/171512-"
    assert lang.defaults(text="abc") == "3abc2015/171512-"
    assert lang.defaults(p=lang.Point(4), a=1) == "1x2415/171512-"
    assert lang.defaults(where=lang.Point()) == "3x2015/171512w"
    assert lang.defaults(5, top=0, color=lang.blue) == "5x2025/17150-"
    assert lang.Made(b=7).a == 1 and lang.Made(b=7).b == 7


def test_defaults_that_cannot_be_worked_out(lang):
    """A default that is a call has to be given; the error says so."""
    assert lang.difficult(a=1) == 12
    with pytest.raises(TypeError, match=r"hidden_value\(\)"):
        lang.difficult(b=3)
    with pytest.raises(TypeError, match="keywords"):
        lang.difficult(c=3)


def test_keywords_choose_the_overload(lang):
    """Names and types of keyword arguments choose among overloads."""
    assert (lang.pick(b=3, a=1), lang.pick(a=5), lang.pick(text="ab"), lang.pick(times=2, text="ab")) == (13, 52, 6, 4)
    with pytest.raises(TypeError, match="'const std::string &'"):
        lang.pick(text=3)


def test_aggregates_within_aggregates(lang):
    """Nested braces are tuples, lists or dicts; so they are in an assignment."""
    line = lang.Line((1, 2), {"y": 4}, 3, "mine", [5, 6])
    assert (line.from_ if hasattr(line, "from_") else getattr(line, "from")).x == 1
    assert (line.to.x, line.to.y, line.width, line.label, list(line.marks)) == (0, 4, 3, "mine", [5, 6])
    line.to = (7, 8)
    assert line.to.x == 7 and lang.Line(width=4, to=[1]).to.x == 1
    with pytest.raises(TypeError):
        line.to = (1, 2, 3)
    with pytest.raises(TypeError, match="z"):
        line.to = {"z": 1}


def test_unions(lang):
    """One member of a union can be initialised, by its place or name."""
    assert lang.Word(3).whole == 3 and lang.Word(real=2.5).real == 2.5
    with pytest.raises(TypeError, match="union"):
        lang.Word(whole=1, real=2.0)


def test_hash(lang):
    """std::hash of a class is its hash."""
    assert hash(lang.Key()) == 1001 and len({lang.Key(), lang.Key(), lang.Key(2)}) == 2
    assert isinstance(hash(lang.Point()), int)


def test_increments(lang):
    """++ and -- have cppyy's names; those behind give the object as it was."""
    counter = lang.Counter()
    assert counter.__preinc__() is counter and counter.v == 1
    assert counter.__postinc__().v == 1 and counter.v == 2
    assert counter.__predec__().v == 1 and counter.__postdec__().v == 1 and counter.v == 0


def test_ambiguous_names(lang):
    """A name of two bases is an error, as in C++; each base's own can be named, and a using-declaration settles it."""
    both = lang.Both()
    with pytest.raises(AttributeError, match="ambiguous.*Left.*Right"):
        both.n
    with pytest.raises(AttributeError, match="ambiguous"):
        both.n = 3
    assert both.same() == 1 and both.over() == 3
    assert lang.Right.n.__get__(both) == 2 and lang.Right.same(both) == 2
    joined = lang.Joined()
    assert joined.t == 1 and joined.f() == 2


def test_enumerators_as_template_arguments(lang):
    """An enumerator is a template argument."""
    assert lang.Painted[lang.green, 3] is lang.Green3 and lang.Green3().value() == 13
    with pytest.raises(TypeError, match="Painted<lang::blue, 3>"):
        lang.Painted[lang.blue, 3]


def test_overload_by_signature(lang):
    """`__overload__` gives the overloads of one signature, const ones apart."""
    holder = lang.Holder()
    assert lang.Holder.plain.__overload__("double")(holder, 2) == 200
    assert lang.Holder.plain.__overload__("int", const=True)(holder, 2) == 3
    assert lang.Holder.plain.__overload__("int a", const=False)(holder, 2) == 2
    assert lang.pick.__overload__("const std::string &, int")("ab", 2) == 4
    with pytest.raises(LookupError, match="plain"):
        lang.Holder.plain.__overload__("long")


def test_dispatch(lang):
    """`object.__dispatch__(name, signature)` gives that overload, bound; errors list what there is."""
    holder = lang.Holder()
    assert holder.__dispatch__("plain", "double")(2) == 200 == lang.Holder.plain.__overload__("double")(holder, 2)
    assert holder.__dispatch__("plain", "int", const=True)(2) == 3 and holder.__dispatch__("plain", "int", False)(2) == 2
    with pytest.raises(LookupError, match="Holder::plain.*int.*Holder::plain.*double"):
        holder.__dispatch__("plain", "long")
    for wrong in (("nothing", "int"), ("plain",), (3, "int")):
        with pytest.raises((AttributeError, TypeError)):
            holder.__dispatch__(*wrong)


def test_lifeline(lang):
    """With `__set_lifeline__` an object that comes back keeps the one it came from."""
    lang.Holder.apart.__set_lifeline__ = True
    try:
        point = lang.Holder().apart()
        assert point.x == 0 and lang.Holder.apart.__set_lifeline__
    finally:
        lang.Holder.apart.__set_lifeline__ = False


def test_typeid(lang):
    """typeid compares by type, built-in ones too."""
    assert cppbind.typeid("int") == cppbind.typeid("int") != cppbind.typeid("double")
    assert cppbind.typeid(lang.Point).name() == "lang::Point" and cppbind.typeid("unsigned") == cppbind.typeid("unsigned int")


def test_dir_and_signature(lang):
    """What an object has can be listed, and signatures tell C++'s types and defaults."""
    assert {"GetValue", "point", "shape"} <= set(dir(lang.Holder()))
    assert str(inspect.signature(lang.difficult)) == "(a: 'int' = hidden_value(), b: 'int' = 2) -> 'int'"


def test_assignment_through_a_call(lang):
    """`matrix(i, j) = x` is `matrix[i, j] = x`."""
    matrix = lang.Matrix()
    matrix[1, 0] = 9.0
    assert matrix(1, 0) == 9.0 and list(matrix.cells) == [1, 2, 9, 4]
    with pytest.raises(TypeError):
        matrix[1] = 2.0


def test_pickles_of_aggregates(lang):
    """An aggregate of values is pickled by its members, aggregates in it too; what has pointers is not."""
    reading = lang.Reading(3, lang.Mode.off, lang.Line((1, 2), width=5, label="x"), [False, True, True], [1.5, 2])
    again = pickle.loads(pickle.dumps(reading))
    assert (again.channel, again.mode, again.line.label, again.line.width) == (3, lang.Mode.off, "x", 5)
    assert again.values == [1.5, 2] and type(again.values) is type(reading.values)
    assert (again.line.__getattribute__("from").y, list(again.flags)) == (2, [False, True, True])
    for other in (lang.Linked(), lang.Holder()):
        with pytest.raises(TypeError, match="pickle"):
            pickle.dumps(other)
