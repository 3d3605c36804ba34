"""`FILE *` for a Python file: an unbuffered one on a duplicate of its descriptor, so that C++ and Python agree on what
was written.  It is closed when the Python file goes.  Neighbour: convert_pointer.py (cdata goes for it, too)."""

import os
import weakref

from . import memory
from .convert_pointer import Data, is_cdata
from .cpptype import CONVERSION
from .hooks import is_null
from .memory import engine

_streams = weakref.WeakKeyDictionary()      # Python file -> _Stream
_NO_BUFFER = 2                              # _IONBF


def _function(name, result, *arguments):
    return engine.load_library(None).load_function(engine.new_function_type(arguments, result), name)


class _Stream:
    """The FILE of one Python file."""

    def __init__(self, file):
        if not isinstance(file.mode, str):
            raise TypeError("the mode of the file must be str, not %s" % type(file.mode).__name__)
        self.address, descriptor = 0, os.dup(file.fileno())
        mode = memory.newp(memory.chars, file.mode.encode("utf-8"))
        self.address = _function("fdopen", memory.word, memory.int_type, memory.word)(
            descriptor, memory.address_of(mode))
        if not self.address:
            os.close(descriptor)
            raise OSError("fdopen refuses the mode '%s'" % file.mode)
        _function("setvbuf", memory.int_type, memory.word, memory.word, memory.int_type, memory.size_type)(
            self.address, 0, _NO_BUFFER, 0)
        self._close = _function("fclose", memory.int_type, memory.word)

    def __del__(self):
        if self.address:
            self._close(self.address)


def _is_file(value):
    return not isinstance(value, type) and hasattr(value, "fileno") and hasattr(value, "flush")


class File(Data):
    """FILE *."""

    def rank(self, value):
        rank = super().rank(value)
        return CONVERSION if rank < 0 and _is_file(value) else rank

    def argument(self, value, call):
        if is_null(value) or is_cdata(value) or not _is_file(value):
            return super().argument(value, call)
        value.flush()
        stream = _streams.get(value)
        if stream is None:
            stream = _streams[value] = _Stream(value)
        call.kept.append(stream)
        return stream.address
