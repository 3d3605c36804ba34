"""Generated types, values and operations on our core and on CFFI's: the same value or the same class of exception.

A normal run takes a bounded number of examples, the same ones every time.  Many
more, and new ones at each run:

    CFFI_LIKE_FUZZ=20000 python -m pytest testing/c_backend/test_fuzz.py

What differs on purpose is in `differs_on_purpose` below and in docs/differences.md.
"""

import importlib
import os

import pytest
from fuzz_run import Runner
from fuzz_types import memory_types, operations, types, value
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

OURS = importlib.import_module("_cffi_like")
CFFI = pytest.importorskip("_cffi_backend", reason="CFFI, which the results are compared with, is not installed")

LONG = int(os.environ.get("CFFI_LIKE_FUZZ", "0"))
FUZZ = settings(max_examples=LONG or 250, derandomize=not LONG, deadline=None, database=None,
                suppress_health_check=list(HealthCheck))


@st.composite
def examples(draw):
    """(type, initializer, operations) with operations in the order in which they run."""
    spec = draw(memory_types())
    return spec, draw(st.one_of(st.none(), value(spec[1] if spec[0] == "ptr" else spec))), \
        draw(st.lists(operations(spec), max_size=6))


def is_checked(what, ours):
    """Ours knows where memory ends, or that it is NULL, and refuses; CFFI would go on, so it is not asked."""
    kind = ours[1] if ours[0] == "error" else None
    return ((kind == "IndexError" and what[1] in ("slice", "setslice", "unpack"))
            or (kind == "ValueError" and what[1] == "memmove" and "are asked for" in ours[2])
            or (kind == "RuntimeError" and what[1] in ("memmove", "slice", "setslice", "iter", "copy"))
            # The flexible array member of a nested struct has no room at all.
            or (kind == "IndexError" and what[0] == "new" and "too many initializers" in ours[2] and "[]'" in ours[2]))


def differs_on_purpose(what, ours, theirs):
    """docs/differences.md explains each of these."""
    if theirs[:2] == ("error", "SystemError"):
        return True                                     # an error of CFFI's
    if ours[:2] == ("error", "NotImplementedError"):
        return "empty struct" in ours[2] or "cannot be passed by value" in ours[2]
    if ours[:2] == ("error", "TypeError") and "must be a list or tuple, not" in ours[2]:
        return "'enum e[" in ours[2] or ("[]' must" in ours[2] and "not int" in ours[2])
    # C data offers the buffer protocol, and bytearray compares itself with any buffer.
    return what[1] == "compare" and isinstance(what[3], bytearray)


def compare(what, action):
    """`action` on both; returns whether to go on."""
    ours = action(0)
    note("%s: %r" % (what, ours))
    if is_checked(what, ours):
        return False
    theirs = action(1)
    if ours[:2] != theirs[:2] and not differs_on_purpose(what, ours, theirs):
        raise AssertionError("%s\nours: %r\nCFFI: %r" % (what, ours, theirs))
    return ours[0] == theirs[0] == "value"


@FUZZ
@given(examples())
def test_memory(example):
    """new() of any type with any initializer, and any operations on it."""
    spec, init, todo = example
    runners = Runner(OURS), Runner(CFFI)
    roots = [None, None]

    def make(which):
        def action():
            roots[which] = runners[which].make(spec, init)
            return roots[which]
        return runners[which].outcome(action)

    if not compare(("new", spec, init), make):
        return
    for operation in todo:
        compare(operation, lambda which: runners[which].outcome(
            lambda: runners[which].operate(roots[which], operation)))


@FUZZ
@given(types(0), st.one_of(st.data()))
def test_cast(spec, data):
    """cast() of any value to any scalar type."""
    given_value = data.draw(value(data.draw(types(0))))
    runners = Runner(OURS), Runner(CFFI)
    compare(("cast", spec, given_value), lambda which: runners[which].outcome(
        lambda: runners[which].do_cast(runners[which].value(given_value), spec)))


@FUZZ
@given(types())
def test_types(spec):
    """Making a type, its name, size, alignment and members."""
    runners = Runner(OURS), Runner(CFFI)

    def describe(which):
        def action():
            made, core = runners[which].ctype(spec), runners[which].core
            facts = [made.cname, made.kind, runners[which].outcome(lambda: core.sizeof(made)),
                     runners[which].outcome(lambda: core.alignof(made))]
            if made.kind in ("struct", "union"):
                facts += [(name, field.offset, field.bitshift, field.bitsize, field.type.cname)
                          for name, field in made.fields]
            return facts
        return runners[which].outcome(action)
    compare(("type", spec), describe)
