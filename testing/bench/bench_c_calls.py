"""How long is a call of a C function?  Against CFFI (both modes), ctypes, nanobind and pybind11.

Reads harness.py (measuring) and peers.py (compiling).  `python bench_c_calls.py [--json FILE]`.
"""

import ctypes
import importlib
import sys

import harness
import peers

DECLARATIONS = """
    void noop(void);
    int add(int a, int b);
    double dadd(double a, double b);
    size_t text_length(const char *text);
    long sum6(int a, int b, int c, int d, int e, int f);
"""
STRUCTS = """
    typedef struct { int x, y; } ipoint;
    typedef struct { double x, y; } dpoint;
    typedef struct { double values[4]; } block;
    ipoint ipoint_swap(ipoint p);
    dpoint dpoint_swap(dpoint p);
    block block_swap(block b);
    int call_back(int (*function)(int), int times);
"""
EXTERN = """
    extern "Python" int answer(int number);
    int call_answer(int times);
"""
CALLS = {
    "noop()": "noop()",
    "add(int, int)": "add(2, 3)",
    "dadd(double, double)": "dadd(2.5, 3.5)",
    "strlen(bytes)": "text_length(text)",
    "sum of six ints": "sum6(1, 2, 3, 4, 5, 6)",
}
KEPT, RELEASED, OURS_API = "ours, GIL kept", "ours, released", "ours, API mode"
CFFI_API, CFFI_ABI = "CFFI API", "CFFI ABI"


def functions_of(module):
    names = {name: getattr(module, name) for name in ("noop", "add", "dadd", "text_length", "sum6")}
    # CFFI's functions do not keep their library open, so keep it here.
    return dict(names, text=b"the quick brown fox", library=module)


def abi_library(package, declarations=DECLARATIONS, **options):
    ffi = importlib.import_module(package).FFI()
    ffi.cdef(declarations, **options)
    return ffi, ffi.dlopen(str(peers.c_library()))


def ctypes_functions():
    lib = ctypes.CDLL(str(peers.c_library()))
    types = {"noop": (None, []), "add": (ctypes.c_int, [ctypes.c_int] * 2),
             "dadd": (ctypes.c_double, [ctypes.c_double] * 2),
             "text_length": (ctypes.c_size_t, [ctypes.c_char_p]),
             "sum6": (ctypes.c_long, [ctypes.c_int] * 6)}
    for name, (result, arguments) in types.items():
        getattr(lib, name).restype = result
        getattr(lib, name).argtypes = arguments
    return lib


def api_functions(package, name):
    return peers.api_module(package, name, DECLARATIONS, '#include "bench_c.h"\n').lib


def scalar_calls():
    makers = {
        KEPT: lambda: abi_library("cffi_like", release_gil=False)[1],
        RELEASED: lambda: abi_library("cffi_like")[1],
        OURS_API: lambda: api_functions("cffi_like", "_bench_ours"),
        CFFI_API: lambda: api_functions("cffi", "_bench_cffi"),
        CFFI_ABI: lambda: abi_library("cffi")[1],
        "ctypes": ctypes_functions,
        "nanobind": lambda: peers.nanobind_module("nb_c"),
        "pybind11": lambda: peers.pybind11_module("pb_c"),
    }
    bars = {(KEPT, "nanobind"): 1.0, (KEPT, "pybind11"): None,
            (RELEASED, CFFI_API): 0.7, (RELEASED, CFFI_ABI): 0.35, (RELEASED, "ctypes"): 0.25,
            (OURS_API, CFFI_API): 0.7}
    question = harness.Question("C calls, ABI mode unless the column says otherwise", makers,
                                [KEPT, RELEASED, OURS_API], bars)
    for contestant, make in makers.items():
        with question.contestant(contestant):
            names = functions_of(make())
            for operation, statement in CALLS.items():
                question.add(operation, contestant, statement, names)
    return question


def struct_calls_and_callbacks():
    ours, peer = "ours", CFFI_ABI
    question = harness.Question("C calls with structs by value, and callbacks (ABI mode)",
                                [ours, peer], [ours], {(ours, peer): 0.7})
    for contestant, package in ((ours, "cffi_like"), (peer, "cffi")):
        with question.contestant(contestant):
            ffi, lib = abi_library(package, STRUCTS)
            names = {"i": ffi.new("ipoint *", (1, 2))[0], "d": ffi.new("dpoint *", (1, 2))[0],
                     "b": ffi.new("block *", ([1, 2, 3, 4],))[0], "ipoint_swap": lib.ipoint_swap,
                     "dpoint_swap": lib.dpoint_swap, "block_swap": lib.block_swap,
                     "call_back": lib.call_back, "library": lib,
                     "python": ffi.callback("int(int)", lambda number: number)}
            question.add("struct of two ints", contestant, "ipoint_swap(i)", names)
            question.add("struct of two doubles", contestant, "dpoint_swap(d)", names)
            question.add("struct of 32 bytes", contestant, "block_swap(b)", names)
            question.add("callback, C to Python", contestant, "call_back(python, 100)", names, 100)
    return question


def extern_python():
    """An API-mode module whose C code calls the Python function that def_extern attached."""
    ours, peer = "ours", "CFFI"
    question = harness.Question('extern "Python" (API mode)', [ours, peer], [ours], {(ours, peer): 0.7})
    for contestant, package in ((ours, "cffi_like"), (peer, "cffi")):
        with question.contestant(contestant):
            module = peers.api_module(
                package, "_bench_extern_" + package, EXTERN, "static int answer(int);\n"
                "static int call_answer(int times) { int i, sum = 0;"
                " for (i = 0; i < times; i++) sum += answer(i); return sum; }\n")
            module.ffi.def_extern(name="answer")(lambda number: number)
            question.add('extern "Python", C to Python', contestant, "call_answer(100)",
                         {"call_answer": module.lib.call_answer, "module": module}, 100)
    return question


def questions():
    yield scalar_calls()
    yield struct_calls_and_callbacks()
    yield extern_python()


if __name__ == "__main__":
    sys.exit(harness.run([questions]))
