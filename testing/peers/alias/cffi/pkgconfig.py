"""`cffi.pkgconfig`: flags from pkg-config."""

from cffi_like.pkgconfig import pkgconfig_flags as flags_from_pkgconfig  # noqa: F401
