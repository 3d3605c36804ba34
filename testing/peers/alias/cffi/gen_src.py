"""`python -m cffi.gen_src`."""

import sys

from cffi_like.cli import gen_src

if __name__ == "__main__":
    sys.exit(gen_src("python -m cffi.gen_src"))
