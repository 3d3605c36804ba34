"""pkgconfig.py: asks `pkg-config` for the keywords of set_source().

Used by build.py for `FFI.set_source_pkgconfig`.
"""

import os
import shlex
import subprocess
import sys

from .errors import PkgConfigError

_PREFIXES = (("-I", "include_dirs"), ("-L", "library_dirs"), ("-l", "libraries"))


def _ask(package, option):
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
    return shlex.split(done.stdout.decode(sys.getfilesystemencoding()))


def pkgconfig_flags(packages):
    """{keyword of set_source: list} for a list of package names.

    Raises PkgConfigError if pkg-config is missing or does not know a package.
    """
    flags = {}

    def add(keyword, value):
        flags.setdefault(keyword, []).append(value)

    for package in packages:
        for option, other in (("--cflags", "extra_compile_args"),
                              ("--libs", "extra_link_args")):
            for word in _ask(package, option):
                for prefix, keyword in _PREFIXES:
                    if word.startswith(prefix):
                        add(keyword, word[2:])
                        break
                else:
                    if word.startswith("-D"):
                        name, equals, value = word[2:].partition("=")
                        add("define_macros", (name, value if equals else None))
                    else:
                        add(other, word)
    return flags
