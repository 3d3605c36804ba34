"""Generated signatures: whatever the mix and number of arguments, C sees the values sent.

One C file with a function for each signature, compiled once.  Every function
writes its arguments out; Python writes the same text from the values it sent.
Signatures of up to 30 arguments take both paths, registers and libffi.
"""

import random
import struct as struct_module

import pytest
import support
from call_support import B, IS_OURS, fn, new

COUNT = 150
SEED = 20240731

# C type: (printf format, C expression, random value, what C prints)
INTEGER_BITS = {"signed char": 8, "unsigned char": 8, "short": 16, "unsigned short": 16,
                "int": 32, "unsigned int": 32, "long": 64, "unsigned long": 64,
                "long long": 64, "_Bool": 1, "unsigned long long": 64}
TYPES = list(INTEGER_BITS) + ["float", "double", "double", "void*", "struct pair", "struct trio",
                              "struct both"]
PRELUDE = """
#include <stdio.h>
#include <string.h>
struct pair { int a; float b; };
struct trio { long a, b, c; };
struct both { double a; long b; };
static const char *bytes(const void *data, int size)
{
    static char texts[64][80]; static int next;
    char *text = texts[next++ % 64];
    for (int i = 0; i < size; i++)
        sprintf(text + 2 * i, "%02x", ((const unsigned char *)data)[i]);
    return text;
}
"""
STRUCTS = {"struct pair": (["int", "float"], "if"), "struct trio": (["long"] * 3, "lll"),
           "struct both": (["double", "long"], "dl")}


def ctypes_of():
    types = {name: B.new_primitive_type(name) for name in INTEGER_BITS}
    types.update({name: B.new_primitive_type(name) for name in ("float", "double", "char")})
    types["void*"] = B.new_pointer_type(B.new_void_type())
    for name, (members, _) in STRUCTS.items():
        types[name] = B.new_struct_type(name)
        B.complete_struct_or_union(types[name], [("abc"[i], types[member], -1, -1)
                                                 for i, member in enumerate(members)])
    return types


def random_value(choose, kind):
    if kind in INTEGER_BITS:
        bits = INTEGER_BITS[kind]
        low, high = ((0, 2**bits - 1) if kind.startswith("unsigned") or kind == "_Bool"
                     else (-2**(bits - 1), 2**(bits - 1) - 1))
        return choose.choice([low, high, 0, choose.randint(low, high),
                              max(low, min(high, choose.randint(-100, 100)))])
    if kind in ("float", "double"):
        return choose.choice([0.0, choose.randint(-2**20, 2**20) / 16, 1])
    if kind == "void*":
        return choose.getrandbits(48)
    return tuple(random_value(choose, member) for member in STRUCTS[kind][0])


def bytes_of(kind, value):
    """The bytes of the C value, as the fixture prints them."""
    if kind in STRUCTS:
        return struct_module.pack("@" + STRUCTS[kind][1], *value).hex()
    if kind in ("float", "double"):
        return struct_module.pack("@f" if kind == "float" else "@d", value).hex()
    size = 8 if kind == "void*" else max(1, INTEGER_BITS[kind] // 8)
    return (value % (1 << 8 * size)).to_bytes(size, "little").hex()


def make_signatures():
    choose = random.Random(SEED)
    signatures = []
    for index in range(COUNT):
        # Runs of one class overflow its registers; short ones are the common case.
        pool = choose.choice([TYPES, TYPES[:11], ["float", "double"], ["double", "long"], TYPES])
        args = [choose.choice(pool) for _ in range(choose.choice([0, 1, 2, 3, 5, 8, 12, 16, 30]))]
        signatures.append((choose.choice(TYPES), args, index))
    return signatures


def source_of(signatures):
    lines = [PRELUDE]
    for result, args, index in signatures:
        params = ["char *out", "%s *in" % result] + [
            "%s a%d" % (kind, i) for i, kind in enumerate(args)]
        lines.append("%s f%d(%s)\n{\n    out[0] = 0;" % (result, index, ", ".join(params)))
        for i in range(len(args)):
            lines.append("    strcat(strcat(out, bytes(&a%d, sizeof a%d)), \" \");" % (i, i))
        lines.append("    return *in;\n}")
    return "\n".join(lines)


SIGNATURES = make_signatures()


@pytest.fixture(scope="module")
def generated():
    return ctypes_of(), B.load_library(support.compile_shared(source_of(SIGNATURES), "signatures"),
                                       0)


def to_c(types, kind, value):
    if kind == "void*":
        return B.cast(types[kind], value)
    return value


def from_c(kind, value):
    if kind == "void*":
        return int(B.cast(B.new_primitive_type("unsigned long"), value))
    if kind in STRUCTS:
        return tuple(getattr(value, name) for name in "abc"[:len(STRUCTS[kind][0])])
    return value


@pytest.mark.parametrize("release_gil", [True, False])
def test_generated_signatures(generated, release_gil):
    """Arguments arrive bit by bit, and so does the result, whatever the signature."""
    types, lib = generated
    choose = random.Random(SEED + 1)
    out = new("char[4000]")
    for result, args, index in SIGNATURES:
        ctype = fn(types[result], B.new_pointer_type(types["char"]),
                   B.new_pointer_type(types[result]), *[types[kind] for kind in args])
        options = {"release_gil": release_gil} if IS_OURS else {}
        call = lib.load_function(ctype, "f%d" % index, **options)
        values = [random_value(choose, kind) for kind in args]
        wanted = random_value(choose, result)
        cell = B.newp(B.new_pointer_type(types[result]), to_c(types, result, wanted))
        got = call(out, cell, *[to_c(types, *pair) for pair in zip(args, values)])
        context = (result, args, values)
        expected = [bytes_of(*pair) for pair in zip(args, values)]
        assert B.string(out).decode().split() == expected, context
        assert from_c(result, got) == wanted, context
