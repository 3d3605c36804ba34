"""Finds the file of a library from its bare name ('m', 'z', 'ssl').

Does what the linker's `-l` does, at run time and without a compiler.  Returns
candidates only; the caller opens them.
"""

import glob
import os
import re
import subprocess
import sys

_DIRECTORIES = ("/lib", "/usr/lib", "/usr/local/lib", "/lib64", "/usr/lib64")


def candidates(name):
    """File names to try for library `name`, best first, each once."""
    if sys.platform == "win32":
        found = _windows(name)
    elif sys.platform == "darwin":
        found = _darwin(name)
    else:
        found = _elf(name)
    seen = set()
    for path in found:
        if path not in seen:
            seen.add(path)
            yield path


def _windows(name):
    if name in ("c", "m"):
        return ["ucrtbase.dll", "msvcrt.dll"]
    if name.lower().endswith(".dll"):
        return [name]
    return [name + ".dll", "lib" + name + ".dll"]


def _darwin(name):
    return ["lib%s.dylib" % name, "%s.dylib" % name, "/usr/lib/lib%s.dylib" % name,
            "%s.framework/%s" % (name, name),
            "/System/Library/Frameworks/%s.framework/%s" % (name, name)]


def _elf(name):
    """Sonames of the loader's cache, then what lies in the usual directories
    (a system without a cache, such as Alpine), then the linker's name, which
    may be a text file that cannot be opened."""
    yield from _ldconfig(name)
    pattern = "lib%s.so" % glob.escape(name)
    path = os.environ.get("LD_LIBRARY_PATH", "").split(":")
    for directory in [item for item in path if item] + list(_DIRECTORIES):
        for suffix in (".[0-9]*", ""):
            yield from sorted(glob.glob(os.path.join(directory, pattern + suffix)))
    yield "lib%s.so" % name


def _ldconfig(name):
    wanted = re.compile(r"^\s+(lib%s\.so(?:\.\S*)?) \(.*?\) => (\S+)$" % re.escape(name),
                        re.MULTILINE)
    environment = dict(os.environ, LC_ALL="C", LANG="C")
    for program in ("/sbin/ldconfig", "ldconfig"):
        try:
            output = subprocess.run([program, "-p"], stdin=subprocess.DEVNULL,
                                    stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                    env=environment, check=False).stdout
        except OSError:
            continue
        # A soname with a version first: the plain one is often a linker script.
        found = wanted.findall(output.decode("utf-8", "replace"))
        found.sort(key=lambda item: item[0].endswith(".so"))
        for soname, path in found:
            yield soname
            yield path
        return
