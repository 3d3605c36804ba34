"""Promises of the model: plain, frozen data that can also be built by hand and emitted without libclang."""

import dataclasses

import pytest
import support
from cpp_dictionaries import Tables

from cppbind import format as fmt
from cppbind import model
from cppbind.emit_dictionary import emit_dictionary

INT = model.Type(fmt.TYPE_INT, "int")
DOUBLE = model.Type(fmt.TYPE_DOUBLE, "double")


def test_nodes_cannot_be_changed():
    """A node is a value: it never changes, and equal ones are the same to a table."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        INT.kind = fmt.TYPE_VOID
    assert INT == model.Type(fmt.TYPE_INT, "int") and len({INT, model.Type(fmt.TYPE_INT, "int"), DOUBLE}) == 2


def test_walks_meet_everything_once():
    """Classes and namespaces are met outer ones first, nested ones included."""
    inner = model.Class("Inner", "a::X::Inner", fmt.SCOPE_CLASS)
    outer = model.Class("X", "a::X", fmt.SCOPE_CLASS, classes=(inner,))
    nested = model.Namespace("b", "a::b", classes=(model.Class("Y", "a::b::Y", fmt.SCOPE_STRUCT),))
    root = model.Namespace("", "", namespaces=(model.Namespace("a", "a", classes=(outer,), namespaces=(nested,)),))
    assert [cls.qualified_name for cls in model.walk_classes(root)] == ["a::X", "a::X::Inner", "a::b::Y"]
    assert [namespace.qualified_name for namespace in model.walk_namespaces(root)] == ["", "a", "a::b"]


def test_a_location_reads_like_a_compilers():
    """file:line:column, as editors understand it."""
    assert str(model.Location("a.h", 3, 14)) == "a.h:3:14"


def test_a_model_built_by_hand_is_emitted(tmp_path):
    """Without any header read: a model written in Python makes a dictionary of functions that exist."""
    power = model.Function("pow", "pow", fmt.FUNCTION_FREE, DOUBLE,
                           (model.Parameter("x", DOUBLE), model.Parameter("y", DOUBLE)), inline=True)
    absolute = model.Function("abs", "abs", fmt.FUNCTION_FREE, INT, (model.Parameter("x", INT),), inline=True)
    headers = model.Headers(("math.h", "stdlib.h"), model.Namespace("", "", functions=(power, absolute)))
    source = emit_dictionary(headers).source
    tables = Tables(support.compile_shared(source, language="c++", name="byhandmodel"))
    assert tables.call("double pow(double x, double y)", "double(*)(double, double)", 2.0, 10.0) == 1024.0
    assert tables.call("int abs(int x)", "int(*)(int)", -5) == 5
