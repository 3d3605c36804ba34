"""Which FFIs there are, for those who look for the one that knows a type.

In a file of its own because the `ffi` of a compiled module is listed before
ffi.py is even imported.  Used by ffi.py, compiled_ffi.py and pickling.py.
"""

from _weakref import ref

from .engine import load as load_engine

#: id -> weak reference.
_references = {}


def register(ffi):
    """List `ffi` as long as it lives."""
    _references[id(ffi)] = ref(ffi, lambda _, key=id(ffi): _references.pop(key, None))


def ffis():
    """The living ones: those that the native core opened, then the others, oldest first."""
    opened = getattr(load_engine(), "compiled_ffis", list)()
    return opened + [ffi for ffi in [reference() for reference in list(_references.values())]
                     if ffi is not None]
