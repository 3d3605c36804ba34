"""`cffi.setuptools_ext`: what the entry point `cffi_modules` of an installed cffi calls."""

from cffi_like.setuptools_ext import finalize


def cffi_modules(dist, attr, value):
    setattr(dist, attr, value)
    finalize(dist)
