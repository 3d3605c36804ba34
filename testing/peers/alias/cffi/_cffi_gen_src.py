"""`cffi-gen-src`: `python -m cffi_like gen-src` under CFFI's name."""

from cffi_like.cli import gen_src


def run():
    return gen_src("cffi-gen-src")
