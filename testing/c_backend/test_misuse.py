"""Random wrong uses of owned memory: nothing without a cast may read or write outside of it.

A finding is a crash, which AddressSanitizer makes certain (`make sanitize`).
CFFI_LIKE_FUZZ=2000 for a long run: that many runs of 150 operations, each with its number as seed.
"""

import copy
import gc
import os
import random
import warnings

import pytest
from data_support import native  # noqa: F401

RUNS = int(os.environ.get("CFFI_LIKE_FUZZ", "60"))
OPERATIONS = 150
POOL = 24
FINE = (TypeError, IndexError, ValueError, RuntimeError, OverflowError, AttributeError, BufferError, MemoryError,
        KeyError, UserWarning, StopIteration, NotImplementedError, ZeroDivisionError)
ARRAYS = ("int[5]", "int[]", "char[7]", "char[]", "short[2][3]", "double[3]", "wchar_t[4]", "struct point[3]",
          "struct box[2]", "uint8_t[]", "long double[2]", "_Bool[4]", "struct none[2]")
POINTERS = ("int *", "char *", "double *", "struct point *", "struct box *", "struct tail *", "wchar_t *", "short *",
            "struct nested *", "struct none *")
NAMES = ("x", "y", "bits", "corners", "numbers", "text", "count", "items", "tail", "head", "missing")
INTERESTING = (0, 1, -1, 2, 3, 5, 6, 7, 16, 28, -8, 100, -100, 2**31, -2**31, 2**40, 2**62, -2**62, 2**63 - 1, -2**63)


class Evil:
    """A number whose conversion does something else first."""

    def __init__(self, misuse, value):
        self.misuse, self.value = misuse, value

    def __index__(self):
        self.misuse.step()
        return self.value

    def __float__(self):
        return float(self.__index__())

    def __iter__(self):
        for _ in range(3):
            self.misuse.step()
            yield self.value


class Misuse:
    def __init__(self, core, seed):
        self.core, self.choose = core, random.Random(seed)
        self.pool, self.others, self.sources, self.depth = [], [], [bytearray(40)], 0
        self.plain = type(core.cast_to("int *", 0))
        self.allocate = core.new_allocator(self.alloc, lambda block: self.blocks.pop(id(block), None))
        self.blocks = {}
        self.steps = [getattr(self, name) for name in sorted(dir(self)) if name.startswith("do_")]

    def alloc(self, size):
        """Memory that is gone after the free(): an array behind a pointer without bounds."""
        block = self.core.newp(self.core.t("char[]"), max(size, 1))
        pointer = self.core.cast_to("char *", block)
        self.blocks[id(pointer)] = block
        return pointer

    # ---- choices -------------------------------------------------------------

    def number(self):
        return self.choose.choice(INTERESTING) if self.choose.random() < 0.4 else self.choose.randint(-4, 12)

    def key(self):
        return Evil(self, self.number()) if self.choose.random() < 0.1 else self.number()

    def any(self):
        return self.choose.choice(self.pool) if self.pool else self.core.new("int[5]")

    def value(self, depth=0):
        kind = self.choose.randrange(9)
        if kind < 2:
            return self.number()
        if kind == 2:
            return Evil(self, self.choose.randint(0, 3))
        if kind == 3:
            return self.any()
        if kind == 4 and depth < 2:
            return [self.value(depth + 1) for _ in range(self.choose.randrange(6))]
        if kind == 5 and depth < 2:
            return {name: self.value(depth + 1) for name in self.choose.sample(NAMES, 3)}
        return self.choose.choice((b"abc", b"", b"0123456789", "text", 1.5, None, b"x", bytearray(b"12345")))

    def add(self, thing):
        """A pointer that was read from memory, or cast, has no bounds: C's, not used here."""
        if not self.core.is_cdata(thing) or type(thing) is self.plain:
            return
        self.pool.append(thing)
        if len(self.pool) > POOL:
            del self.pool[self.choose.randrange(POOL)]

    def step(self):
        if self.depth > 3:
            return
        self.depth += 1
        try:
            self.add(self.choose.choice(self.steps)())
        except FINE:
            pass
        finally:
            self.depth -= 1

    # ---- operations ----------------------------------------------------------

    def do_new(self):
        text = self.choose.choice(ARRAYS + POINTERS)
        init = self.choose.randrange(8) if text.endswith("[]") else None
        make = self.choose.choice((self.core.newp, self.core.newp, self.core.newp_keeping, self.allocate))
        return make(self.core.t(text), init)

    def do_new_from_a_value(self):
        return self.core.newp(self.core.t(self.choose.choice(ARRAYS + POINTERS)), self.value())

    def do_from_buffer(self):
        if self.choose.random() < 0.5:
            self.sources.append(bytearray(self.choose.randrange(50)))
        return self.core.from_buffer(self.core.t(self.choose.choice(ARRAYS + POINTERS)), self.choose.choice(self.sources))

    def do_resize(self):
        source = self.choose.choice(self.sources)
        if self.choose.random() < 0.5:
            source.clear()
        source.extend(bytes(self.choose.randrange(100)))
        del self.sources[4:]

    def do_item(self):
        return self.any()[self.key()]

    def do_small_item(self):
        return self.any()[self.choose.randrange(4)]

    def do_slice(self):
        return self.any()[self.key():self.key()]

    def do_member(self):
        return getattr(self.any(), self.choose.choice(NAMES))

    def do_set_item(self):
        self.any()[self.key()] = self.value()

    def do_set_slice(self):
        self.any()[self.key():self.key()] = self.value()

    def do_set_member(self):
        setattr(self.any(), self.choose.choice(NAMES), self.value())

    def do_add(self):
        return self.any() + self.key()

    def do_small_add(self):
        return self.any() + self.choose.randint(-3, 3)

    def do_subtract(self):
        return self.any() - (self.any() if self.choose.random() < 0.5 else self.key())

    def do_addressof(self):
        return self.core.rawaddressof(self.core.t(self.choose.choice(POINTERS)), self.any(), self.key())

    def do_iterate(self):
        thing = iter(self.any())
        self.others.append(thing)
        for _ in range(3):
            self.add(next(thing))

    def do_go_on(self):
        thing = self.choose.choice(self.others) if self.others else iter(b"")
        del self.others[8:]
        if hasattr(thing, "__next__"):
            return next(thing)
        thing[self.key()] = self.value()
        thing[self.key():self.key()] = self.value()
        bytes(thing)

    def do_buffer(self):
        thing = self.core.buffer(self.any(), self.key()) if self.choose.random() < 0.5 else self.core.buffer(self.any())
        self.others.append(thing if self.choose.random() < 0.5 else memoryview(thing))

    def do_memoryview(self):
        thing = memoryview(self.any())
        self.others.append(thing)
        bytes(thing)

    def do_string(self):
        self.core.string(self.any(), self.key()) if self.choose.random() < 0.5 else self.core.string(self.any())

    def do_unpack(self):
        for item in self.core.unpack(self.any(), self.choose.randrange(12))[:3]:
            self.add(item)

    def do_memmove(self):
        sides = [self.any(), self.any(), bytearray(20), b"0123456789"]
        self.core.memmove(self.choose.choice(sides), self.choose.choice(sides), self.choose.randrange(40))

    def do_release(self):
        self.core.release(self.any())

    def do_gc(self):
        return self.core.gcp(self.any(), lambda dead: self.step())

    def do_handle(self):
        return self.core.newp_handle(self.core.t("void *"), self.any())

    def do_copy(self):
        return copy.copy(self.any())

    def do_look(self):
        x, y = self.any(), self.any()
        repr(x), hash(x), bool(x), x == y, x < y, x != y, dir(x), self.core.sizeof(x), len(x)

    def do_list(self):
        thing = self.any()
        if len(thing) < 100:
            for item in list(thing)[:3]:
                self.add(item)

    def do_enter(self):
        with self.any() as thing:
            self.step()
        return thing

    def do_drop(self):
        if self.pool:
            del self.pool[self.choose.randrange(len(self.pool)):]

    def do_collect(self):
        if self.choose.random() < 0.1:
            gc.collect()


@pytest.mark.filterwarnings("ignore")
def test_no_use_leaves_the_memory(native):
    """Every operation gives a value or raises; none touches what is not the owner's."""
    native.record("struct none", size=0)
    native.record("struct point", ("x", "int"), ("y", "short"), ("bits", "int", 5))
    native.record("struct box", ("head", "int"), ("corners", "struct point[2]"), ("numbers", "short[3]"),
                  ("text", "char[5]"))
    native.record("struct tail", ("count", "int"), ("items", "int[]"))
    native.record("struct nested", ("head", "char"), ("tail", "struct tail"))
    native.is_cdata = lambda thing, base=native._CDataBase: isinstance(thing, base)
    done = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for seed in range(RUNS):
            misuse = Misuse(native, seed)
            for _ in range(OPERATIONS):
                misuse.step()
                done += 1
            misuse.pool.clear()
            misuse.others.clear()
    assert done == RUNS * OPERATIONS
