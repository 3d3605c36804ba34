"""Runs an action many times and tells what stayed: references, objects, blocks, bytes.

Used by testing/c_backend/test_leaks.py and testing/cppbind/test_leaks.py.
One leaked reference, block or object in each round is seen; what a round
allocates outside of Python's allocator is seen through glibc's mallinfo2 and
the size of the process.
"""

import gc
import os
import sys

from cffi_like import FFI

WARM_UP, ROUNDS = 60, 600
# Room for what is not ours: caches of the interpreter, growth of tables.
OBJECTS_ROOM = ROUNDS // 10
BYTES_ROOM = ROUNDS * 12        # less than the smallest block in each round
RESIDENT_ROOM = 4 << 20


def _mallinfo():
    """A function that gives the bytes in use from malloc, or None where glibc is not there."""
    ffi = FFI()
    ffi.cdef("""struct mallinfo2 { size_t arena, ordblks, smblks, hblks, hblkhd, usmblks, fsmblks,
                                   uordblks, fordblks, keepcost; };
                struct mallinfo2 mallinfo2(void);""")
    try:
        function = ffi.dlopen(None).mallinfo2
    except (AttributeError, OSError):
        return None

    def in_use():
        info = function()
        return info.uordblks + info.hblkhd
    return in_use


_malloc_in_use = _mallinfo()


def resident():
    """Bytes of the process that are in memory (0 where nobody knows)."""
    if "asan" in os.environ.get("LD_PRELOAD", ""):
        return 0                # AddressSanitizer keeps what was freed
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def _state(watched):
    gc.collect()
    return {"references": [sys.getrefcount(item) for item in watched],
            "objects": len(gc.get_objects()),
            "blocks": sys.getallocatedblocks(),
            "malloc": _malloc_in_use() if _malloc_in_use else 0,
            "resident": resident()}


def growth(action, watched=()):
    """What grew while `action` ran ROUNDS times, as text for a failure; empty if nothing did.

    `watched`: objects whose reference counts must stay.  Counts of immortal
    objects (None since 3.12) never move.
    """
    watched = [None, True, (), "", int, str, bytes, *watched]
    for _ in range(WARM_UP):
        action()
    before = _state(watched)
    for _ in range(ROUNDS):
        action()
    after = _state(watched)
    found = ["references to %.80r: %d to %d" % (item, old, new) for item, old, new in
             zip(watched, before["references"], after["references"]) if abs(new - old) >= OBJECTS_ROOM]
    for name, room in (("objects", OBJECTS_ROOM), ("blocks", OBJECTS_ROOM), ("malloc", BYTES_ROOM),
                       ("resident", RESIDENT_ROOM)):
        if after[name] - before[name] >= room:
            found.append("%s: %d to %d" % (name, before[name], after[name]))
    return "; ".join(found)


def stays(action, watched=()):
    """No growth.  What comes up once in three measurements only is not a leak (a table that grew)."""
    for _ in range(3):
        found = growth(action, watched)
        if not found:
            return ""
    return found
