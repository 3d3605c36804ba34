"""Refuses what is no whole shared library of this machine before it is opened.

The look itself is cffi_like's; here it becomes this package's error, with the file named.
Used by `dictionary` and `loader`.
"""

import sys

from cffi_like.library_file import NotLoadable, examine

from .errors import DictionaryError


def check_library(path):
    """Raise DictionaryError unless `path` is a complete ELF shared library for this machine.

    Returns how many bytes of memory it takes from its base address on, None where that is not known.  Raises OSError
    where the file cannot be read.  Systems without ELF are not checked.
    """
    try:
        extent = examine(path)
    except NotLoadable as problem:
        raise DictionaryError("%s is damaged or not for this machine: %s" % (path, problem)) from None
    if extent is None and sys.platform.startswith("linux"):
        with open(path, "rb") as file:
            start = file.read(4)
        if start != b"\x7fELF":
            raise DictionaryError("%s is no shared library: it begins with %r, not with %r"
                                  % (path, start, b"\x7fELF"))
    return extent
