"""The folder in which compiled code and what was read of headers is kept between processes.

An entry is a name (a hash of all that it was made from) with one file per part: `NAME.json` says what is there and is
written last, `NAME.so` is a library.  Files come into being under another name and are moved into place, so a reader
sees whole ones; a lock per name keeps processes from doing the same work twice.  Knows nothing of C++.
"""

import contextlib
import hashlib
import json
import os
import stat
import threading
import time

try:
    import fcntl
except ImportError:             # no Unix: work may be done twice, with the same result
    fcntl = None

from ..errors import CacheError

FORMAT = "1"                    # part of every key; raised where what is kept changes its meaning
_DEFAULT_SIZE = 2048            # megabytes
_SUFFIXES = (".json", ".so", ".dylib", ".hpp", ".hpp.gch", ".pch", ".lock")


def place():
    """The path of the cache: $CPPBIND_CACHE, else cppbind in $XDG_CACHE_HOME, else in ~/.cache."""
    chosen = os.environ.get("CPPBIND_CACHE")
    if chosen:
        return os.path.abspath(chosen)
    base = os.environ.get("XDG_CACHE_HOME")
    if not base or not os.path.isabs(base):         # a relative one is to be ignored (XDG Base Directory)
        base = os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "cppbind")


def size_limit():
    """How many bytes the cache may take: $CPPBIND_CACHE_SIZE megabytes.  CacheError where that is no number."""
    text = os.environ.get("CPPBIND_CACHE_SIZE", str(_DEFAULT_SIZE))
    try:
        limit = float(text)
    except ValueError:
        limit = -1
    if not limit >= 0:
        raise CacheError("CPPBIND_CACHE_SIZE is a number of megabytes, not %r" % text)
    return int(limit * 1024 * 1024)


def check_private(path):
    """Raise CacheError unless the folder is this user's and nobody else can write to it.

    Code is loaded from it.  The folders above are looked at as well: one that everybody may write to must at least
    keep others from renaming what lies in it (the sticky bit).
    """
    status = os.lstat(path)
    if not stat.S_ISDIR(status.st_mode):
        raise CacheError("the cache '%s' is no folder; set CPPBIND_CACHE to another place" % path)
    if hasattr(os, "geteuid"):
        if status.st_uid != os.geteuid():
            raise CacheError("the cache '%s' belongs to another user (%d): code is not loaded from there; set "
                             "CPPBIND_CACHE to another place" % (path, status.st_uid))
        if status.st_mode & 0o022:
            raise CacheError("others can write to the cache '%s' (mode %03o): code is not loaded from there; "
                             "chmod 700 it, or set CPPBIND_CACHE to another place" % (path, status.st_mode & 0o777))
    above = os.path.dirname(os.path.realpath(path))
    while True:
        mode = os.stat(above).st_mode
        if mode & 0o002 and not mode & stat.S_ISVTX:
            raise CacheError("others can replace the cache '%s', since everybody can write to '%s'; set CPPBIND_CACHE "
                             "to another place" % (path, above))
        if above == os.path.dirname(above):
            return
        above = os.path.dirname(above)


def hash_of(*parts):
    """A name for what these strings (and None) stand for."""
    digest = hashlib.blake2b(digest_size=20)
    for part in (FORMAT,) + parts:
        data = b"\0" if part is None else part.encode("utf-8", "surrogateescape")
        digest.update(b"%d:" % len(data))
        digest.update(data)
    return digest.hexdigest()


class Cache:
    """The cache at a path, `place()` by default.  The folder is made, mode 0700, when it is first used.

    CacheError where it cannot be made or is not private to this user.
    """

    def __init__(self, path=None):
        self.path = place() if path is None else os.path.abspath(path)
        self._checked = False
        self._written = 0

    def folder(self):
        """The path, after it was made and checked."""
        if not self._checked:
            try:
                os.makedirs(os.path.dirname(self.path), exist_ok=True)
                with contextlib.suppress(FileExistsError):
                    os.mkdir(self.path, 0o700)
                check_private(self.path)
            except OSError as problem:
                raise CacheError("cannot use the cache '%s': %s; set CPPBIND_CACHE to another place"
                                 % (self.path, problem.strerror)) from None
            self._checked = True
        return self.path

    def file(self, name, suffix):
        """The path of a part of an entry, whether it exists or not."""
        return os.path.join(self.folder(), name + suffix)

    def read(self, name):
        """What was written under a name, a dict, or None.  Marks it as used."""
        path = self.file(name, ".json")
        try:
            with open(path, encoding="utf-8") as file:
                value = json.load(file)
            os.utime(path)
        except (OSError, ValueError):
            return None
        return value if isinstance(value, dict) else None

    def write(self, name, value):
        """Keep a dict under a name; its other parts are there already."""
        with self.replacing(self.file(name, ".json")) as path:
            with open(path, "w", encoding="utf-8") as file:
                json.dump(value, file)
        self._written += 1
        if self._written % 16 == 1:
            self.trim(keep_since=time.time() - 60)      # what is just being used stays, whatever the limit

    @contextlib.contextmanager
    def replacing(self, path):
        """A path beside `path`, which is moved there at the end; removed where the block raises."""
        import tempfile         # late: what is in the cache already is loaded without it
        handle, temporary = tempfile.mkstemp(suffix=os.path.splitext(path)[1], prefix="new-", dir=self.folder())
        os.close(handle)
        try:
            yield temporary
            os.replace(temporary, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise

    @contextlib.contextmanager
    def lock(self, name):
        """While it is held no other process holds the same: one works, the others wait and find the result."""
        if fcntl is None:
            yield
            return
        path = self.file(name, ".lock")
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            # Others may hold the removed file still: then they do the work once more, and no harm is done.
            with contextlib.suppress(OSError):
                os.unlink(path)
            os.close(handle)

    # ---- upkeep -------------------------------------------------------------------------------

    def entries(self):
        """[(name, bytes, time of last use)], the one that was used last first."""
        found = {}
        for entry in os.scandir(self.folder()):
            name = next((entry.name[:-len(suffix)] for suffix in sorted(_SUFFIXES, key=len, reverse=True)
                         if entry.name.endswith(suffix)), None)
            if name is None:
                continue
            with contextlib.suppress(OSError):
                status = entry.stat(follow_symlinks=False)
                size, used = found.get(name, (0, 0))
                found[name] = size + status.st_size, max(used, status.st_mtime)
        return sorted(((name, size, used) for name, (size, used) in found.items()), key=lambda item: -item[2])

    def remove(self, name):
        """Remove an entry; what is loaded from it stays loaded."""
        for suffix in _SUFFIXES:
            with contextlib.suppress(OSError):
                os.unlink(self.file(name, suffix))

    def clear(self):
        """Remove everything; how many entries there were."""
        names = [name for name, _size, _used in self.entries()]
        for name in names:
            self.remove(name)
        return len(names)

    def trim(self, limit=None, keep_since=float("inf")):
        """Remove what was used longest ago until the rest takes no more than `limit` bytes (`size_limit()`).

        What was used at the time `keep_since` or later is kept.
        """
        limit = size_limit() if limit is None else limit
        total = 0
        for name, size, used in self.entries():
            total += size
            if total > limit and used < keep_since:
                self.remove(name)


# ---- files that an entry was made from ---------------------------------------------------------

_hashes = {}                    # path -> (mtime, size, hash): a file is read once in a process
_hashes_lock = threading.Lock()


def stamp(path):
    """[mtime in ns, size] of a file; None where it cannot be read."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return [status.st_mtime_ns, status.st_size]


def record_files(paths):
    """What `files_unchanged` needs to tell whether these files are still the same: [[path, mtime, size, hash]]."""
    return [[path] + (stamp(path) or [0, -1]) + [_content(path)] for path in sorted(set(paths))]


def files_unchanged(records):
    """Whether each file has the time and size it had, or at least the content."""
    return all(stamp(path) == [mtime, size] or (size >= 0 and _content(path) == content)
               for path, mtime, size, content in records)


def files_hash(records):
    """One hash for the names and contents of files."""
    return hash_of(*[text for path, _mtime, _size, content in records for text in (path, content)])


def _content(path):
    now = stamp(path)
    if now is None:
        return ""
    with _hashes_lock:
        known = _hashes.get(path)
    if known is not None and list(known[:2]) == now:
        return known[2]
    try:
        with open(path, "rb") as file:
            content = hashlib.blake2b(file.read(), digest_size=16).hexdigest()
    except OSError:
        return ""
    with _hashes_lock:
        _hashes[path] = (now[0], now[1], content)
    return content
