"""RE2 (text): regular expressions, with the library's own string type in the signatures."""

import pytest

import cppbind


@pytest.fixture(scope="module")
def re2(dictionary):
    dictionary("re2")
    return cppbind.gbl.re2


def test_match_and_groups(re2):
    """A str becomes a StringPiece; groups come back in an array of them."""
    pattern = re2.RE2(r"(?P<user>\w+)@(?P<host>[\w.]+)")
    assert pattern.ok() and pattern.NumberOfCapturingGroups() == 2 and pattern.pattern().startswith("(?P<user>")
    assert dict(pattern.NamedCapturingGroups().items()) == {"host": 2, "user": 1}
    assert re2.RE2.PartialMatchN("write to joe@example.org", pattern, None, 0)
    assert not re2.RE2.FullMatchN("write to joe@example.org", pattern, None, 0)


def test_errors(re2):
    """A pattern that is none is told by code and text."""
    options = re2.RE2.Options()
    options.set_log_errors(False)
    bad = re2.RE2("a(b", options)
    assert not bad.ok() and bad.error_code() == re2.RE2.ErrorMissingParen and "missing" in bad.error()


def test_options_are_an_inner_class(re2):
    """Inner classes and enums: options that change how a pattern matches."""
    options = re2.RE2.Options(re2.RE2.Quiet)
    options.set_case_sensitive(False)
    assert re2.RE2.FullMatchN("HELLO", re2.RE2("hello", options), None, 0)
    assert not re2.RE2.FullMatchN("HELLO", re2.RE2("hello"), None, 0)
    assert re2.RE2.QuoteMeta("a.b") == r"a\.b"


def test_string_piece(re2):
    """A StringPiece looks at text: indexing, searching, slicing."""
    piece = re2.StringPiece("hello world")
    assert piece.size() == len(piece) == 11 and piece[4] == "o" and piece.find("wor", 0) == 6
    assert list(piece)[:5] == list("hello")
    piece.remove_prefix(6)
    assert piece.as_string() == "world" and piece.starts_with("wor")
