"""Part 2, the using half: `from _demo import ffi, lib` after api_build.py was run.

Expected values are what the C source in api_build.py says, worked out in Python.
"""

import functools
import struct


def run(table):
    from _demo import ffi, lib

    table.check("#define VERSION ...", lib.VERSION, 20701, "the C source")
    table.check("#define LIMIT 1000", lib.LIMIT, 1000, "the C source")
    table.check("enum { RED, GREEN = 5, BLUE, ... }", (lib.RED, lib.GREEN, lib.BLUE), (0, 5, 6),
                "C11 6.7.2.2")
    table.check("enum argument and const char * result",
                [ffi.string(lib.color_name(c)) for c in (lib.RED, lib.GREEN, lib.BLUE)],
                [b"red", b"green", b"blue"], "the C source")
    table.check("SQUARE(12), a macro called as a function", lib.SQUARE(12), 12 * 12, "12 * 12")

    # char[24], double, short, int, pointer: in native alignment.
    layout = "24sdhiP"
    table.check("struct with `...;`: sizeof", ffi.sizeof("struct account"), struct.calcsize(layout),
                "struct.calcsize")
    table.check("struct with `...;`: offsets of id, balance",
                (ffi.offsetof("struct account", "id"), ffi.offsetof("struct account", "balance")),
                (struct.calcsize("24sdhi") - 4, 24), "struct.calcsize")

    balances = [100.0, 250.5, 49.5]
    accounts = [lib.account_open(number, balance) for number, balance in enumerate(balances, 1)]
    table.check("fields of a struct made in C", [(a.id, a.balance) for a in accounts],
                list(enumerate(balances, 1)), "what was passed")
    accounts[0].balance += 1
    array = ffi.new("struct account *[]", accounts)
    table.check("a field written in Python, read in C", lib.account_total(array, len(array)),
                sum(balances) + 1, "sum()")
    table.check("a global variable, counted in C", lib.open_accounts, 3, "three were opened")
    closed = [lib.account_close(account) for account in accounts]
    lib.open_accounts += 40
    table.check("the same, written from Python", (closed, lib.open_accounts), ([1, 2, 3], 40),
                "0 + 40")
    lib.open_accounts = 0

    middle = lib.midpoint({"x": 1, "y": 2}, ffi.new("point *", (5, 10))[0])
    table.check("structs by value, in and out", (middle.x, middle.y), (3.0, 6.0), "(a + b) / 2")

    values = [1.5, 2.5, 4.0, 8.0]
    multiply = ffi.callback("double(double, double)", lambda a, b: a * b)
    table.check("a callback through a function pointer", lib.reduce(multiply, values, len(values)),
                functools.reduce(lambda a, b: a * b, values), "functools.reduce")
