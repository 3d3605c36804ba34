"""Finds and loads libraries: dictionaries by name, and the one that has a class.

The search goes over the path as given, `add_library_path`, the dynamic
loader's LD_LIBRARY_PATH and the system's folders.  Map files (`*.rootmap`,
text, written beside each dictionary) in those folders tell which library has
which name, so a class can be found without its library being named.
"""

import os
import sys

from .errors import DictionaryError
from .runtime.state import lock, registry

_SYSTEM_FOLDERS = ("/usr/local/lib", "/usr/lib", "/lib", "/usr/lib64", "/lib64")
_NAME_WORDS = ("class", "struct", "union", "namespace", "enum", "enumerator", "function", "variable", "var",
               "typedef", "header")

_folders = []               # add_library_path
_maps = {}                  # map file -> {name: path of the library}
_scanned = {}               # folder -> its modification time when it was searched for map files


def add_library_path(path):
    """Search `path` (a folder, str or path object) for libraries before LD_LIBRARY_PATH.  OSError where it is none."""
    folder = os.path.abspath(os.fspath(path))
    if not os.path.isdir(folder):
        raise NotADirectoryError("'%s' is no folder" % folder)
    if folder not in _folders:
        _folders.append(folder)


def library_folders():
    """Where libraries are searched, first to last."""
    variable = "DYLD_LIBRARY_PATH" if sys.platform == "darwin" else "LD_LIBRARY_PATH"
    return _folders + [folder for folder in os.environ.get(variable, "").split(os.pathsep) if folder]


def find_library(name):
    """The path of a library's file, or None.  A name with a folder in it is taken as it is, from the current one."""
    name = os.fspath(name)
    if os.path.isfile(name):
        return os.path.abspath(name)
    if os.path.dirname(name):
        return None
    suffix = ".dylib" if sys.platform == "darwin" else ".so"
    names = [name] if suffix in name else [name, name + suffix, "lib" + name + suffix]
    for folder in library_folders() + list(_SYSTEM_FOLDERS):
        for candidate in names:
            path = os.path.join(folder, candidate)
            if os.path.isfile(path):
                return os.path.abspath(path)
    return None


def load_reflection_info(name):
    """Load a reflection dictionary, such as "libEventDict.so"; its classes are then under `cppbind.gbl`.

    Accepts a name or path (str or path object); loading it again does nothing.  The library stays loaded.  Raises
    DictionaryError (a RuntimeError) where it is not found, cannot be loaded, is no dictionary, is damaged, or was
    made for another version or ABI; what was loaded before stays usable.
    """
    path = find_library(name)
    if path is None:
        raise DictionaryError("there is no dictionary '%s' in: the current folder%s" % (
            os.fspath(name), "".join(", " + folder for folder in library_folders())))
    load_file(path)


def load_file(path):
    """`load_reflection_info` of a path."""
    def opened():
        from .dictionary import Dictionary
        try:
            return Dictionary(path)
        except OSError as problem:
            raise DictionaryError("cannot load %s: %s" % (path, problem)) from problem
    add_dictionary(os.path.realpath(path), opened)


def add_dictionary(name, make):
    """Make a dictionary known under a name, once; `make()` gives it."""
    from .runtime import after_load
    with lock:
        if registry.known(name) is None:
            registry.add(make(), name)
            after_load()


def load_library(name):
    """Load a shared library whose functions dictionaries refer to; True.

    Accepts what the dynamic loader accepts, what `find_library` finds, and the bare name of a library of the system:
    "z" or "libz".  RuntimeError where it cannot be loaded.
    """
    path = find_library(name)
    name = os.fspath(name)
    try:
        return _load(path or name)
    except OSError as problem:
        if path is None and os.path.basename(name) == name:
            from cffi_like.find_library import candidates
            for path in candidates(name[3:] if name.startswith("lib") else name):
                try:
                    return _load(path)
                except OSError:
                    continue
        raise RuntimeError(str(problem)) from problem


def _load(path):
    from cffi_like.engine import load
    engine = load()
    if os.path.isfile(path):
        from .library_check import check_library
        check_library(path)
    _libraries.append(engine.load_library(path, engine.RTLD_NOW | engine.RTLD_GLOBAL))
    return True


_libraries = []             # kept, so they stay loaded


# ---- the class loader ---------------------------------------------------------------------

def add_autoload_map(path):
    """Use a map file from any folder: {name of a class: library}.  OSError where it cannot be read."""
    _maps[os.path.abspath(os.fspath(path))] = _read_map(os.fspath(path))


def _read_map(path):
    names, library = {}, None
    folder = os.path.dirname(os.path.abspath(path))
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            line = line.strip()
            if line.startswith("[") and line.endswith("]"):
                # Several libraries may stand there: the first has the names, the others are what it needs.
                words = line[1:-1].split()
                library = words[0] if words else None
                if library and os.path.isfile(os.path.join(folder, library)):
                    library = os.path.join(folder, library)
            elif library and line and not line.startswith("#"):
                word, _, name = line.partition(" ")
                if word in _NAME_WORDS and word != "header" and name:
                    names.setdefault(name.strip(), library)
    return names


def _scan():
    for folder in library_folders():
        try:
            changed = os.stat(folder).st_mtime_ns
        except OSError:
            continue
        if _scanned.get(folder) == changed:
            continue
        _scanned[folder] = changed
        for name in sorted(os.listdir(folder)):
            if name.endswith(".rootmap"):
                path = os.path.join(folder, name)
                try:
                    _maps[path] = _read_map(path)
                except OSError:
                    continue


def load_for(name):
    """Load the libraries whose map has `name`; whether one was loaded that was not."""
    if not name or name.startswith("__"):
        return False
    _scan()
    loaded = False
    for names in list(_maps.values()):
        library = names.get(name)
        path = library and find_library(library)
        if path and registry.known(os.path.realpath(path)) is None:
            load_file(path)
            loaded = True
    return loaded


def lost_library(name):
    """'a.rootmap names libA.so, which is not found' for a name whose library is in no folder; "" for all others."""
    for path, names in list(_maps.items()):
        library = names.get(name)
        if library and find_library(library) is None:
            return "%s names %s, which is not found" % (path, library)
    return ""


registry.load_for = load_for
