"""C types from a few words, and the fixture library, without the front end.

`C_BACKEND=_cffi_backend` runs the same tests on CFFI's core, to compare.
Used by test_call_*.py, test_callback.py and test_dynlib.py.
"""

import functools
import importlib
import os
import re

import pytest
import support

BACKEND = os.environ.get("C_BACKEND", "_cffi_like")
B = importlib.import_module(BACKEND)
IS_OURS = BACKEND == "_cffi_like"
only_ours = pytest.mark.skipif(not IS_OURS, reason="CFFI's core does this otherwise")

STRUCTS = {
    "one": [("a", "int8_t")],
    "ints": [("a", "int"), ("b", "int")],
    "longs": [("p", "long"), ("q", "long")],
    "floats2": [("x", "float"), ("y", "float")],
    "floats3": [("x", "float"), ("y", "float"), ("z", "float")],
    "doubles": [("x", "double"), ("y", "double")],
    "int_double": [("a", "int64_t"), ("x", "double")],
    "double_int": [("x", "double"), ("a", "int64_t")],
    "mixed": [("x", "float"), ("a", "int"), ("y", "double")],
    "cursor": [("kind", "int"), ("xdata", "int"), ("data", "void*[3]")],
    "odd": [("bytes", "signed char[13]")],
    "nested": [("pair", "struct ints"), ("table", "short[2][2]")],
    "big": [("words", "long[20]")],
    "node": [("value", "int"), ("next", "struct node*")],
}


@functools.lru_cache(None)
def struct(name):
    new = B.new_struct_type("struct " + name)
    if name == "node":
        pointer = B.new_pointer_type(new)
        fields = [("value", t("int"), -1, -1), ("next", pointer, -1, -1)]
    else:
        fields = [(field, t(kind), -1, -1) for field, kind in STRUCTS[name]]
    B.complete_struct_or_union(new, fields)
    return new


@functools.lru_cache(None)
def t(text):
    """'int', 'char*', 'int[3]', 'struct ints', 'int(int, double)' (a function), ..."""
    text = text.strip()
    if text.endswith(")"):
        result, args = re.fullmatch(r"(.*?)\((.*)\)", text).groups()
        return fn(result, *[arg for arg in args.split(",") if arg.strip()])
    if text.endswith("*"):
        return B.new_pointer_type(t(text[:-1]))
    if text.endswith("]"):
        base, lengths = re.fullmatch(r"(.*?)((?:\[\d*\])+)", text).groups()
        new = t(base)
        for length in reversed(re.findall(r"\[(\d*)\]", lengths)):
            new = B.new_array_type(B.new_pointer_type(new), int(length) if length else None)
        return new
    if text == "void":
        return B.new_void_type()
    if text.startswith("struct "):
        return struct(text[len("struct "):])
    return B.new_primitive_type(text)


def fn(result, *args):
    """A function type; the last argument may be '...'; types are words or ctypes."""
    types = [t(arg) if isinstance(arg, str) else arg for arg in args if arg != "..."]
    return B.new_function_type(tuple(types), t(result) if isinstance(result, str) else result,
                               args[-1:] == ("...",))


def plain(value):
    """Arrays, structs and pointers within `value` as tuples and ints."""
    try:
        kind = B.typeof(value)
    except TypeError:
        return value
    if kind.kind == "struct":
        return tuple(plain(getattr(value, name)) for name, _ in kind.fields)
    if kind.kind == "array":
        return tuple(plain(item) for item in value)
    if kind.kind == "pointer":
        return int(B.cast(t("uintptr_t"), value))
    return value


@functools.lru_cache(None)
def library():
    path = support.compile_shared(support.FIXTURES / "c" / "calls.c", link_flags=("-lpthread",))
    return B.load_library(path, 0)


def load(name, signature, **options):
    """The fixture's function `name`; `signature` as t() takes it."""
    ctype = t(signature) if isinstance(signature, str) else signature
    return library().load_function(ctype, name, **options)


def new(text, *init):
    """B.newp of '<text>*' for scalars and structs, of the array type itself for arrays."""
    ctype = t(text)
    return B.newp(ctype if ctype.kind == "array" else B.new_pointer_type(ctype), *init)
