"""`cffi.lock`."""

from threading import Lock as allocate_lock  # noqa: F401
