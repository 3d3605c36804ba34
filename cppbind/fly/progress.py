"""Tells on standard error what takes long: on a terminal after a second, with `set_debug` at once and with times."""

import contextlib
import sys
import threading
import time

_AFTER = 1.0                # seconds
_debug = 0


def set_debug(level=True):
    """Report every step of work on the fly, with its time, on standard error; False or 0 stops that."""
    global _debug
    _debug = int(level)


@contextlib.contextmanager
def progress(what):
    """While the block runs, `what` ('compiling x') may be reported."""
    stream = sys.stderr
    if _debug:
        begun = time.monotonic()
        yield
        print("cppbind: %s: %.0f ms" % (what, 1000 * (time.monotonic() - begun)), file=stream)
        return
    if stream is None or not hasattr(stream, "isatty") or stream.closed or not stream.isatty():
        yield
        return
    timer = threading.Timer(_AFTER, lambda: print("cppbind: %s ..." % what, file=stream, flush=True))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
