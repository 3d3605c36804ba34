"""NumPy's structured arrays as vectors and spans of structs, and back."""

import gc

import pytest
import support
from cpp_runtime import load_text

import cppbind
from cppbind.runtime.records import fields_of

np = pytest.importorskip("numpy")

HEADER = """
#include <cstdint>
#include <deque>
#include <span>
#include <vector>
namespace recs {
enum Kind : std::uint8_t { near, far };
struct Hit { int channel; double charge; bool good; };
struct Pair { float x, y; };
struct Cell { Hit hit; std::int16_t at[3]; Kind kind; Pair corners[2]; };
struct Tagged { int id; const char *tag; };
class Closed { public: int id; Closed(int id = 0) : id(id), secret(1) {} private: int secret; };
struct NoDefault { int id; explicit NoDefault(int id) : id(id) {} };
inline double total(const std::vector<Hit> &hits) {
    double sum = 0;
    for (const Hit &hit : hits) sum += hit.charge;
    return sum;
}
inline int cells(const std::vector<Cell> &cells) {
    int sum = 0;
    for (const Cell &cell : cells) sum += cell.at[2] + cell.kind;
    return sum;
}
inline double queued(const std::deque<Hit> &hits) { return hits.empty() ? 0 : hits.back().charge; }
inline int ids(const std::vector<Tagged> &all) { return static_cast<int>(all.size()); }
inline int closed(const std::vector<Closed> &all) { return static_cast<int>(all.size()); }
inline int exact(const std::vector<NoDefault> &all) { return all.empty() ? 0 : all[0].id; }
inline double spanned(std::span<const Hit> hits) {
    double sum = 0;
    for (const Hit &hit : hits) sum += hit.charge;
    return sum;
}
inline void scale(std::span<Hit> hits, double by) { for (Hit &hit : hits) hit.charge *= by; }
inline std::span<Hit> same(std::span<Hit> hits) { return hits; }
inline std::vector<Hit> make() { return {{1, 1.5, true}, {2, 2.5, false}}; }
}
"""
HIT = [("channel", "i4"), ("charge", "f8"), ("good", "?")]


@pytest.fixture(scope="module")
def recs(tmp_path_factory):
    return load_text(HEADER, tmp_path_factory.mktemp("recs"), standard="c++20").recs


@pytest.fixture
def hits():
    array = np.zeros(3, np.dtype(HIT, align=True))
    array["channel"], array["charge"], array["good"] = [1, 2, 3], [0.5, 1.5, 2.5], [True, False, True]
    return array


def test_vectors_from_structured_arrays(recs, hits):
    """A vector of structs is made from an array of such records, as an argument too; it is a copy."""
    assert recs.total(hits) == 4.5 and recs.total(hits[::2]) == 3 and recs.total(hits[:0]) == 0
    vector = cppbind.gbl.std.vector[recs.Hit](hits)
    hits["charge"] = 0
    assert [(hit.channel, hit.charge, hit.good) for hit in vector] == [(1, 0.5, True), (2, 1.5, False), (3, 2.5, True)]
    if support.engine_name() == "native":       # without the compiled core views have no format of structs
        assert recs.queued(np.asarray(vector)) == 2.5
    assert recs.total([recs.Hit(1, 7.0, True)]) == 7


def test_spans_share_structured_arrays(recs, hits):
    """A span shows the array itself and keeps it alive; one that C++ may write to wants a writable array."""
    assert recs.spanned(hits) == 4.5
    recs.scale(hits, 2)
    assert hits["charge"].tolist() == [1, 3, 5]
    span = recs.same(hits.copy())
    gc.collect()
    noise = [np.ones(3, hits.dtype) for _ in range(50)]
    assert [hit.charge for hit in span] == [1, 3, 5] and noise
    if support.engine_name() == "native":       # without the compiled core views have no format of structs
        back = np.asarray(span)
        back["channel"][0] = 9
        assert span[0].channel == 9 and back.dtype.names == ("channel", "charge", "good")
    hits.flags.writeable = False
    assert recs.spanned(hits) == 9
    with pytest.raises(TypeError, match="read-only"):
        recs.scale(hits, 2)
    with pytest.raises(TypeError, match="not contiguous"):
        recs.spanned(hits[::2])


@pytest.mark.skipif(support.engine_name() != "native", reason="without the compiled core views have no format of structs")
def test_round_trip(recs):
    """What a vector shows as a structured array goes back as it is."""
    vector = recs.make()
    array = np.asarray(vector)
    assert recs.total(array) == recs.spanned(array) == 4
    recs.scale(array, 10)
    assert vector[1].charge == 25


def test_nested_records(recs):
    """Structs and arrays in the struct, and enums, are records, sub-arrays and numbers."""
    hit = np.dtype(HIT, align=True)
    corner = [("x", "f4"), ("y", "f4")]
    cell = np.dtype([("hit", hit), ("at", "i2", (3,)), ("kind", "u1"), ("corners", corner, (2,))], align=True)
    array = np.zeros(2, cell)
    array["at"][:, 2], array["kind"] = [5, 6], [0, 1]
    assert recs.cells(array) == 12


def test_layouts_that_differ(recs, hits):
    """The error names the field and both sides."""
    for dtype, match in (
            (HIT, "its field 'charge' is float of 8 bytes at byte 4, that of 'recs::Hit' is float of 8 bytes at byte 8"),
            ([("channel", "i4"), ("charge", "f4"), ("good", "?")], "field 'charge' is float of 4 bytes"),
            ([("channel", "u4"), ("charge", "f8"), ("good", "?")], "'channel' is unsigned int of 4 bytes at byte 0"),
            ([("channel", ">i4"), ("charge", "f8"), ("good", "?")], "'channel' is foreign int"),
            ([("channel", "i4"), ("charge", "f8")], "it has no field 'good'"),
            ([("channel", "i4"), ("charge", "f8"), ("good", "?"), ("more", "i4")], "has no member 'more'"),
            ([("canal", "i4"), ("charge", "f8"), ("good", "?")], "it has no field 'channel'")):
        array = np.zeros(2, np.dtype(dtype, align=dtype is not HIT))
        for function in (recs.total, recs.spanned):
            with pytest.raises(TypeError, match="does not hold objects of 'recs::Hit': .*" + match):
                function(array)
    wide = np.zeros(2, {"names": ["channel", "charge", "good"], "formats": ["i4", "f8", "?"], "offsets": [0, 8, 16],
                        "itemsize": 32})
    with pytest.raises(TypeError, match="32 bytes, a 'recs::Hit' has 24"):
        recs.total(wide)
    with pytest.raises(TypeError, match="2 dimensions"):
        recs.total(hits.reshape(1, 3))


def test_classes_that_are_no_records(recs):
    """What has pointers, or members that Python does not see, is not made from bytes."""
    with pytest.raises(TypeError):
        recs.ids(np.zeros(1, [("id", "i8"), ("tag", "i8")]))
    with pytest.raises(TypeError):
        recs.closed(np.zeros(1, [("id", "i4"), ("secret", "i4")]))
    assert recs.exact(np.array([(5,)], [("id", "i4")])) == 5


def test_formats():
    """Formats of PEP 3118: byte orders, alignment, padding, nested structs, arrays."""
    assert [tuple(field) for field in fields_of("T{i:a:xxxxd:b:?:c:}")] == [
        ("a", 0, "int", 4, ()), ("b", 8, "float", 8, ()), ("c", 16, "bool", 1, ())]
    assert [tuple(field) for field in fields_of("T{b:a:=d:b:(2,3)=h:m:}")] == [
        ("a", 0, "int", 1, ()), ("b", 1, "float", 8, ()), ("m", 9, "int", 2, (2, 3))]
    assert [tuple(field) for field in fields_of("T{=b:n:(2)T{=h:x:4x=i:y:}:in:=i:z:}")] == [
        ("n", 0, "int", 1, ()), ("in.x", 1, "int", 2, (2,)), ("in.y", 7, "int", 4, (2,)), ("z", 21, "int", 4, ())]
    assert fields_of("i") == [] == fields_of("")
