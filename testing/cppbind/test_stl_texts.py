"""Promises of strings and string views of every character type, of std::byte, and of containers of bytes."""

import gc

import pytest
import support
from cpp_runtime import load


@pytest.fixture
def texts():
    return load("Texts").texts


@pytest.mark.parametrize("name", ["length", "length_ref"])
def test_view_takes_text_and_bytes(texts, name):
    """str goes as UTF-8, bytes as they are, a NUL inside is part of it; nothing else is taken."""
    length = getattr(texts, name)
    assert (length("abc"), length("h\xe4\xdf"), length(b"a\0b"), length("")) == (3, 5, 3, 0)
    for wrong in (None, 3, bytearray(b"x")):
        with pytest.raises(TypeError):
            length(wrong)


def test_view_argument_lives_for_the_call(texts):
    """Texts made for the call are there while C++ looks at them; bytes that are no text survive the way."""
    assert texts.doubled("x" * 1000, "".join(["y", "z"])) == "x" * 1000 + "yz"
    assert texts.doubled(b"\xff".decode("utf-8", "surrogateescape"), b"\xfe") == "\udcff\udcfe"


def test_view_result_is_text(texts):
    """A view that C++ returns is a str of its own."""
    assert texts.literal() == "literal" and texts.nothing() == "" and texts.word("") == "word"


def test_view_member_keeps_its_text(texts):
    """A view that is a member keeps the text alive that was assigned to it."""
    holder = texts.Holder()
    assert holder.view == ""
    holder.view = "".join(["long enough " * 20, "end"])
    support.collect()
    assert holder.seen() == 243 and holder.copy().endswith("end") and holder.view.startswith("long")
    holder.view = b"\xc3\xa4"
    assert holder.view == "\xe4"
    texts.view_global = "".join(["glo", "bal"])
    support.collect()
    assert texts.view_global == "global"


@pytest.mark.parametrize("name", ["shout", "shout_ref", "shout_moved"])
def test_wide_strings(texts, name):
    """std::wstring is str, by value and by reference."""
    assert getattr(texts, name)("h\xe9\U0001f600") == "h\xe9\U0001f600!" and getattr(texts, name)("") == "!"
    with pytest.raises(TypeError):
        getattr(texts, name)(b"bytes")


def test_unicode_strings(texts):
    """u16string has UTF-16, u32string characters; half a pair survives."""
    assert texts.sixteen("a\U0001f600") == "a\U0001f600." and texts.thirtytwo("a\U0001f600") == "a\U0001f600."
    assert texts.units("a\U0001f600") == 3 and texts.wide_units("a\U0001f600") == 2
    assert texts.sixteen("\ud800") == "\ud800."


def test_text_members(texts):
    """Strings of every kind are members that can be assigned."""
    holder = texts.Holder()
    holder.wide, holder.u16, holder.u32 = "\U0001f600" * 9, "b\U0001f600", "c"
    assert (holder.wide, holder.u16, holder.u32) == ("\U0001f600" * 9, "b\U0001f600", "c")
    with pytest.raises(TypeError):
        holder.wide = 3


def test_texts_by_pointer(texts):
    """A pointer to a const string takes text and None, and gives text and None."""
    assert (texts.size_of("abc"), texts.size_of(None), texts.wide_size_of("ab"), texts.wide_size_of(None)) == (3, 99, 2, 99)
    assert texts.pointer(True) == "there" and texts.pointer(False) is None


@pytest.mark.parametrize("text", ["", "a", "x" * 15, "x" * 16, "x" * 3000, "h\xe4\0b", "\udcff", "\U0001f600" * 5])
def test_strings_of_every_length(texts, text):
    """What C++ copies from a const reference is its own: short, long, with a NUL inside, or no text at all."""
    encoded = text.encode("utf-8", "surrogateescape")
    assert texts.copied(text) == text == texts.copied(encoded)
    kept = texts.with_kept("".join(["kept ", text]))
    gc.collect()
    assert kept == "kept " + text + "k" and texts.size_of(text) == len(encoded)


def test_references_to_texts(texts):
    """A reference result is read; Python's strings are not passed where C++ would change them."""
    assert texts.text_global() == "global"
    assert texts.wide_global() == "wide"
    with pytest.raises(TypeError, match="C\\+\\+ may write there"):
        texts.change("x")


def test_overloads_of_texts(texts):
    """const char * goes before std::string, a view of bytes before a wide string."""
    assert texts.first("x") == 1 and texts.second("x") == 1


def test_byte_is_a_number(texts):
    """std::byte is an integer from 0 to 255, alone and in a vector."""
    assert texts.next(4) == 5 and texts.Holder().byte == 7 and list(texts.raw()) == [1, 255]
    for wrong in (-1, 256):
        with pytest.raises(OverflowError):
            texts.next(wrong)


def test_containers_of_bytes(texts):
    """Items of containers of int8_t and uint8_t are integers, those of char are text."""
    assert texts.deque_bytes() == [1, 255] and texts.list_bytes() == [1, -1] and texts.array_bytes() == [1, 255]
    assert texts.signed_bytes() == [1, -1] and texts.characters() == ["a", "b"]
    assert (texts.total([1, 255]), texts.total(b"\1\2"), texts.total(bytearray(b"\3"))) == (256, 3, 3)
    bytes_ = texts.deque_bytes()
    bytes_.append(7)
    bytes_[0] = 9
    assert list(bytes_) == [9, 255, 7] and 255 in bytes_ and bytes_.index(7) == 2
    with pytest.raises(OverflowError):
        bytes_[0] = 256


def test_vector_of_bool(texts):
    """std::vector<bool> is a list of bools."""
    flags = texts.flags()
    assert list(flags) == [True, False, True] and flags[1] is False and flags.count(True) == 2
    flags[1] = True
    flags.append(False)
    flags[0:2] = [False]
    assert flags == [False, True, False] and texts.count([1, 0, True]) == 2 and texts.count(flags) == 1


def test_containers_of_wide_strings(texts):
    """Strings of every kind are items."""
    wides = texts.wides()
    wides.append("\U0001f600")
    assert wides == ["a", "b", "\U0001f600"]
