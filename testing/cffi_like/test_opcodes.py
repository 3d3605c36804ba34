"""The text encoding of declarations: what goes in comes out, lazily."""

import pytest
from hypothesis import given, settings, strategies as st

from cffi_like import model as m
from cffi_like import code_table, opcodes

def lazy_declarations(original, indices=None):
    tables = opcodes.encode_declarations(original, indices)
    return opcodes.LazyDeclarations(code_table.open_tables(tables))


NAMES = st.text(min_size=1, max_size=12)
PRIMITIVES = st.sampled_from(["int", "unsigned long long", "int8_t", "_Bool",
                              "char16_t", "long double", "float _Complex"])
TYPES = st.recursive(
    st.one_of(st.just(m.Void()), st.builds(m.Primitive, PRIMITIVES),
              st.builds(m.UnknownInteger, NAMES), st.builds(m.UnknownFloat, NAMES),
              st.builds(m.RecordRef, st.sampled_from(["struct", "union"]), NAMES),
              st.builds(m.EnumRef, NAMES)),
    lambda inner: st.one_of(
        st.builds(m.Pointer, inner),
        st.builds(m.Array, inner, st.one_of(
            st.none(), st.just(m.DOTS), st.integers(0, 2 ** 40))),
        st.builds(m.Qualified, inner, st.lists(
            st.sampled_from(["const", "volatile", "restrict"]), min_size=1,
            max_size=3).map(tuple)),
        st.builds(m.Function, inner, st.lists(inner, max_size=4).map(tuple),
                  st.booleans(), st.sampled_from([None, "__stdcall"]))),
    max_leaves=6)
PLACES = st.builds(m.Location, st.sampled_from(["cdef", "a b/x.h", "c.d.e"]),
                   st.integers(0, 9999), st.integers(0, 99))
FIELDS = st.builds(m.Field, st.text(max_size=6), TYPES, st.integers(-1, 64), PLACES)


@settings(deadline=None, max_examples=60)
@given(TYPES)
def test_every_type_round_trips(type_):
    """A type decodes to an equal type, whatever it is made of."""
    assert opcodes.TypeDecoder().decode(opcodes.encode_type(type_)) == type_


@settings(deadline=None, max_examples=60)
@given(NAMES)
def test_names_round_trip_without_separators(name):
    """Any text can be a name, and never disturbs the table around it."""
    quoted = code_table.quote(name)
    assert code_table.unquote(quoted) == name
    assert quoted.isascii() and not set(quoted) & set(" \n\t;:|,#=")


@st.composite
def declarations(draw):
    d = m.Declarations()
    for record in draw(st.lists(st.builds(
            m.Record, st.sampled_from(["struct", "union"]), NAMES, NAMES,
            st.one_of(st.none(), st.lists(FIELDS, max_size=4).map(tuple)),
            st.booleans(), st.sampled_from([0, 1, 8]), PLACES), max_size=3)):
        d.records[record.kind, record.tag] = record
    for enum in draw(st.lists(st.builds(
            m.Enum, NAMES, NAMES, st.one_of(st.none(), st.lists(st.builds(
                m.Enumerator, NAMES, st.one_of(st.none(), st.integers())),
                max_size=4).map(tuple)), st.booleans(), PLACES), max_size=2)):
        d.enums[enum.tag] = enum
    d.typedefs.update(draw(st.dictionaries(NAMES, TYPES, max_size=3)))
    functions = st.builds(m.Function, TYPES, st.lists(TYPES, max_size=3).map(tuple))
    for kind, strategy in (
            ("functions", st.builds(
                m.FunctionDeclaration, NAMES, functions,
                st.lists(NAMES, max_size=3).map(tuple), st.booleans(), PLACES)),
            ("variables", st.builds(m.VariableDeclaration, NAMES, TYPES, PLACES)),
            ("constants", st.builds(
                m.ConstantDeclaration, NAMES, st.one_of(
                    st.just(m.DOTS), st.integers(), st.binary(max_size=9),
                    st.floats(allow_nan=False)), st.one_of(st.none(), TYPES),
                PLACES)),
            ("extern_python", st.builds(m.ExternPython, NAMES, functions,
                                        st.booleans(), PLACES))):
        for value in draw(st.lists(strategy, max_size=3)):
            getattr(d, kind)[value.name] = value
    return d


@settings(deadline=None, max_examples=40)
@given(declarations())
def test_every_declaration_round_trips(original):
    """All tables come back equal and in the order of declaration."""
    lazy = lazy_declarations(original)
    for kind in opcodes.KINDS:
        table = getattr(original, kind)
        assert list(getattr(lazy, kind).items()) == list(table.items())
        assert len(getattr(lazy, kind)) == len(table)


def many_functions(count):
    d = m.Declarations()
    for i in range(count):
        name = "f%d" % i
        d.functions[name] = m.FunctionDeclaration(
            name, m.Function(m.Primitive("int"), (m.Primitive("int"),)))
    return d


def test_an_entry_is_decoded_only_when_named():
    """A damaged entry that nobody names does no harm; naming it says so."""
    tables = opcodes.encode_declarations(many_functions(3))
    tables["functions"] = tables["functions"].replace("f1 FiiE", "f1 F?iE")
    lazy = opcodes.LazyDeclarations(code_table.open_tables(tables))
    assert lazy.functions["f2"].name == "f2"
    assert list(lazy.functions) == ["f0", "f1", "f2"]
    with pytest.raises(ValueError, match="malformed type code"):
        lazy.functions["f1"]


def test_an_entry_is_decoded_once():
    """The same object comes back, so types can be compared by identity."""
    lazy = lazy_declarations(many_functions(2))
    assert lazy.functions["f0"] is lazy.functions["f0"]


def test_indices_travel_with_their_entry():
    """The symbol indices given to the encoder come back for each entry."""
    original = many_functions(2)
    original.records["struct", "a b"] = m.Record("struct", "a b", "struct a b")
    lazy = lazy_declarations(
        original, {("functions", "f1"): (7,), ("records", ("struct", "a b")): (1, 2)})
    assert lazy.index("functions", "f1") == (7,)
    assert lazy.index("functions", "f0") == ()
    assert lazy.index("records", ("struct", "a b")) == (1, 2)
    with pytest.raises(KeyError):
        lazy.index("functions", "f2")


def test_unknown_types_are_resolved_by_the_caller():
    """`typedef int... t` becomes what the symbol table says it is."""
    asked = []

    def unknown(letter, name):
        asked.append((letter, name))
        return "s"
    decoder = opcodes.TypeDecoder(unknown)
    assert decoder.decode("PIt%20;") == m.Pointer(m.Primitive("short"))
    assert asked == [("I", "t ")]


@pytest.mark.parametrize("code", ["", "P", "Fi", "Ai", "A3", "Sfoo", "zi", "ii",
                                  "Qz_i", "Gabi;i", "F", "A_", "A-_i_"])
def test_a_malformed_type_code_is_refused(code):
    """Nothing but ValueError comes out of a damaged code."""
    with pytest.raises(ValueError):
        opcodes.TypeDecoder().decode(code)


def test_absent_names_behave_as_in_a_dict():
    """`get`, `in` and indexing of an absent key are those of a dict."""
    lazy = lazy_declarations(many_functions(1))
    assert lazy.functions.get("nope") is None
    assert "nope" not in lazy.functions and "f0" in lazy.functions
    assert ("struct", "s") not in lazy.records and None not in lazy.typedefs
    with pytest.raises(KeyError):
        lazy.enums["e"]


def test_a_thing_that_is_no_type_is_refused():
    """The encoder names what it was given."""
    with pytest.raises(TypeError, match="not a type of the model: 'int'"):
        opcodes.encode_type("int")


def test_few_and_many_lookups_agree():
    """The first entries are searched, then the text is split: no difference shows."""
    tables = opcodes.encode_declarations(many_functions(40), {("functions", "f1"): (5,)})
    table = code_table.open_tables(tables)["functions"]
    for _ in range(3):
        for i in range(40):
            assert table.find("f%d" % i) == ("FiiE|||", (5,) if i == 1 else ())
            assert table.find("f%d x" % i) is None and table.find("") is None
        assert table.find("FiiE|||") is None and table.find(3) is None
    assert len(table) == 40 and list(table)[:2] == ["f0", "f1"]
