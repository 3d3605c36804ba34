"""pkgconfig.py: asks `pkg-config` for the keywords of set_source().

Used by build.py for `FFI.set_source_pkgconfig`.
"""

import os
import shlex
import subprocess
import sys

from .errors import PkgConfigError

_PREFIXES = (("-I", "include_dirs"), ("-L", "library_dirs"), ("-l", "libraries"))


def call(package, option):
    """The words that pkg-config answers, as one string.  Raises PkgConfigError."""
    command = shlex.split(os.environ.get("PKG_CONFIG", "pkg-config"))
    command += ["--print-errors", option, package]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              check=False)
    except OSError as error:
        raise PkgConfigError("cannot run '%s': %s (install pkg-config, or set "
                             "PKG_CONFIG)" % (command[0], error)) from None
    if done.returncode:
        raise PkgConfigError(done.stderr.decode("utf-8", "replace").strip()
                             or "%s: exit status %d" % (" ".join(command),
                                                        done.returncode))
    return done.stdout.decode(sys.getfilesystemencoding())


def merge_flags(flags, more):
    """Add the lists of `more` to those of `flags`; returns `flags`."""
    for keyword, values in more.items():
        flags[keyword] = flags.get(keyword, []) + list(values)
    return flags


def _keyword(word, other):
    """(keyword of set_source, value) of one word; `other` takes what has no keyword."""
    for prefix, keyword in _PREFIXES:
        if word.startswith(prefix):
            return keyword, word[2:]
    if word.startswith("-D"):
        name, equals, value = word[2:].partition("=")
        return "define_macros", (name, value if equals else None)
    return other, word


def flags_from_pkgconfig(packages):
    """{keyword of set_source: list} for a list of package names.

    Raises PkgConfigError if pkg-config is missing or does not know a package.
    """
    flags = {}
    for package in packages:
        for option, other in (("--cflags", "extra_compile_args"),
                              ("--libs", "extra_link_args")):
            for word in shlex.split(call(package, option)):
                keyword, value = _keyword(word, other)
                merge_flags(flags, {keyword: [value]})
    return flags
